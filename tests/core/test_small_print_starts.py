"""The small print of starts: from when on a version is in force, whom it means, who had the lead first, and by whose calendar."""

from typing import Any

import pytest

from slamon.core.explain import explain
from tests.core.stories import FOLLOW_UP, Story, cycles, judged, promises

MONDAY = "2026-01-05 09:00"
REPS: list[dict[str, Any]] = [{"id": "rita"}, {"id": "ben"}]


def test_a_promise_goes_on_whatever_other_promises_begin_and_ends_where_its_own_next_version_begins() -> None:
    new = FOLLOW_UP | {"effective_from": "2026-01-12", "within": "1wh"}
    other = FOLLOW_UP | {"sla": "other", "effective_from": "2026-01-07", "within": "3wh"}
    story = Story().stage("2026-01-09 09:00", "mql").stage("2026-01-12 09:00", "mql", "bea")
    found = [(c["sla"], c["lead"], c["due_at"]) for c in cycles(story, FOLLOW_UP, new, other)]
    assert found == [
        ("follow-up", "ada", "2026-01-09 11:00"),
        ("follow-up", "bea", "2026-01-12 10:00"),
        ("other", "ada", "2026-01-09 12:00"),
        ("other", "bea", "2026-01-12 12:00"),
    ]


@pytest.mark.parametrize(
    ("begins", "last", "first"),
    [
        ("2026-03-29", "2026-03-28 22:59", "2026-03-28 23:00"),  # the clocks go forward that night, after midnight
        ("2026-03-30", "2026-03-29 21:59", "2026-03-29 22:00"),
        ("2026-10-25", "2026-10-24 21:59", "2026-10-24 22:00"),
        ("2026-10-26", "2026-10-25 22:59", "2026-10-25 23:00"),
    ],
)
def test_a_version_begins_at_midnight_in_its_calendars_zone_also_next_to_a_night_of_23_or_25_hours(
    begins: str, last: str, first: str
) -> None:
    old = FOLLOW_UP | {"calendar": "berlin"}
    story = Story().stage(last, "mql", "ada").stage(first, "mql", "bea")
    found = cycles(story, old, old | {"effective_from": begins}, as_of="2026-12-01 00:00")
    assert [cycle["version"] for cycle in found] == ["2025-01-01", begins]


def test_leads_that_cannot_be_judged_for_different_reasons_are_all_told() -> None:
    terms = FOLLOW_UP | {"applies_to": {"seats": {"at_least": 5}, "budget": {"at_least": 100}}}
    story = Story().stage(MONDAY, "mql", "ada", attributes={"seats": "many", "budget": "200"})
    story.stage(MONDAY, "mql", "bea", attributes={"seats": "7", "budget": "much"})
    story.stage(MONDAY, "mql", "cleo", attributes={"seats": "7", "budget": "200"})
    story.stage(MONDAY, "mql", "dora", attributes={"seats": "few", "budget": "50"})
    found = {cycle["lead"]: (cycle["state"], cycle["reason"]) for cycle in cycles(story, terms)}
    assert found == {
        "ada": ("unknown", "seats is not a number"),
        "bea": ("unknown", "budget is not a number"),
        "cleo": ("breached", None),
    }


def test_what_became_of_other_leads_says_nothing_of_one_that_nobody_had() -> None:
    story = Story().stage(MONDAY, "mql", "ada").call("2026-01-05 12:00", "ada")
    story.owner("2026-01-05 08:00", "rita", "zoe").stage(MONDAY, "mql", "zoe").call("2026-01-05 13:00", "zoe")
    found = {c["lead"]: (c["cause"], c["system_delay_s"], c["human_delay_s"]) for c in cycles(story, FOLLOW_UP, people=REPS)}
    assert found == {"ada": ("routing", 3 * 3600, None), "zoe": ("owner", 0, 4 * 3600)}


@pytest.mark.parametrize(("default", "named"), [("office", "office"), (None, "")])
def test_a_cycle_is_explained_by_the_calendar_it_ran_on_or_by_none_where_it_ran_round_the_clock(default: str | None, named: str) -> None:
    terms = {key: value for key, value in FOLLOW_UP.items() if key != "calendar"}
    found = explain(judged(Story().stage(MONDAY, "mql"), terms, default_calendar=default), promises(terms, default_calendar=default), "ada")
    assert found is not None
    assert [cycle.calendar for cycle in found.cycles] == [named]

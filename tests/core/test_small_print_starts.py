"""The small print of starts: from when on a version is in force, whom it means, who had the lead first, and by whose calendar."""

from typing import Any
from unittest.mock import patch

import pytest

from slamon.core.explain import explain
from slamon.core.kinds import deadline
from slamon.core.verdicts import Rulings
from slamon.core.working_time.calendars import Calendar
from slamon.core.working_time.instants import NEVER
from tests.core.stories import FOLLOW_UP, Story, cycles, instant, judged, promises

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


# How long it took, and why it was missed.


def test_where_no_source_tells_of_owners_no_delay_and_no_cause_is_told() -> None:
    story = Story().stage(MONDAY, "mql").call("2026-01-05 12:00").stage(MONDAY, "mql", "bea").call("2026-01-05 10:00", "bea")
    (found,) = judged(story, FOLLOW_UP).per_lead
    assert {(c["system_delay_s"], c["human_delay_s"], c["cause"]) for c in cycles(story, FOLLOW_UP)} == {(None, None, None)}
    assert not found.cause.is_any(("owner",)).any()


def test_what_was_answered_as_it_began_took_no_time_at_all() -> None:
    terms = FOLLOW_UP | {"credit_before": "1h"}
    story = Story().owner("2026-01-05 08:00", "rita", "ada").call("2026-01-05 08:30", "ada").stage(MONDAY, "mql", "ada")
    story.call("2026-01-05 08:30", "bea").stage(MONDAY, "mql", "bea")
    (found,) = judged(story, terms, people=REPS).per_lead
    assert (found.system_delay.tolist(), found.human_delay.tolist()) == ([0, 0], [0, NEVER])


def test_what_was_logged_too_late_is_the_cause_also_where_it_is_the_very_first_event_of_all() -> None:
    story = Story().call("2026-01-05 08:00", recorded_at="2026-01-20 08:00").owner("2026-01-05 08:30", "rita").stage(MONDAY, "mql")
    (cycle,) = cycles(story, FOLLOW_UP | {"credit_before": "1h"}, people=REPS)
    assert (cycle["state"], cycle["cause"]) == ("breached", "data late")


def test_a_lead_that_was_back_in_a_queue_at_due_is_charged_to_routing_however_soon_somebody_had_it() -> None:
    story = Story().stage(MONDAY, "mql").owner("2026-01-05 09:05", "rita").owner("2026-01-05 10:55", None).owner("2026-01-05 12:00", "ben")
    (cycle,) = cycles(story, FOLLOW_UP, people=REPS)
    assert (cycle["cause"], cycle["charged_to"]) == ("routing", None)


# What each version brings along, and when an answer was logged.

DAILY = Calendar("Europe/Berlin", {"mon-sun": ["09:00-17:00"]})


def test_each_of_three_versions_measures_by_its_own_calendar_and_target() -> None:
    second = FOLLOW_UP | {"effective_from": "2026-01-07", "within": "3h"}
    third = FOLLOW_UP | {"effective_from": "2026-01-12", "calendar": "berlin"}
    story = Story()
    for lead, day, after in (("ada", "05", "06"), ("bea", "07", "08"), ("cleo", "12", "13")):
        story.owner(f"2026-01-{day} 15:00", None, lead).stage(f"2026-01-{day} 15:30", "mql", lead)
        story.owner(f"2026-01-{day} 16:30", "rita", lead).call(f"2026-01-{after} 10:00", lead)
    found = {c["lead"]: (c["version"], c["human_delay_s"] // 60) for c in cycles(story, FOLLOW_UP, second, third, people=REPS)}
    assert found == {"ada": ("2025-01-01", 90), "bea": ("2026-01-07", 1050), "cleo": ("2026-01-12", 120)}


@pytest.mark.parametrize(("recorded", "state"), [("2026-03-29 08:00", "met"), ("2026-03-29 08:00:00.000001", "breached")])
def test_a_working_day_for_logging_ends_at_the_same_time_of_day_also_after_a_night_of_23_hours(recorded: str, state: str) -> None:
    terms = FOLLOW_UP | {"calendar": "daily", "late_logging": "1wd"}
    story = Story().stage("2026-03-28 08:30", "mql").call("2026-03-28 09:00", recorded_at=recorded)
    (cycle,) = cycles(story, terms, as_of="2026-04-01 00:00", calendars={"daily": DAILY})
    assert cycle["state"] == state


def test_of_answers_logged_late_those_that_a_person_accepted_count_whatever_else_was_logged_in_time() -> None:
    story = Story().stage(MONDAY, "mql").call("2026-01-05 10:00", recorded_at="2026-02-05 10:00", id="accepted")
    story.call("2026-01-05 12:00", recorded_at="2026-01-05 12:01").stage(MONDAY, "mql", "bea")
    story.call("2026-01-05 10:00", "bea", recorded_at="2026-02-05 10:00", id="not accepted")
    found = cycles(story, FOLLOW_UP, rulings=Rulings(accepted=frozenset({"accepted"})))
    assert [(cycle["state"], cycle["answer_event"]) for cycle in found] == [("met", "accepted"), ("breached", None)]


# Hand-overs.


@pytest.mark.parametrize("at_once", [1, 2, 1_000_000])
def test_each_hand_over_in_time_starts_the_clock_again_however_many_are_looked_at_at_once(at_once: int) -> None:
    story = Story()
    for lead, many in (("ada", 6), ("bea", 1), ("cleo", 4), ("dora", 0)):
        story.owner("2026-01-05 08:00", "ben", lead).stage(MONDAY, "mql", lead)
        for each in range(many):
            story.owner(f"2026-01-05 {10 + each}:00", ("rita", "ben")[each % 2], lead)
    story.owner("2026-01-05 08:00", "ben", "eve").stage(MONDAY, "mql", "eve").owner("2026-01-05 10:00", "rita", "eve")
    story.owner("2026-01-05 12:01", "ben", "eve").owner("2026-01-05 12:30", "rita", "eve")
    story.owner("2026-01-05 08:00", "ben", "finn").stage(MONDAY, "mql", "finn").owner("2026-01-05 11:01", "rita", "finn")
    with patch.object(deadline, "_AT_ONCE", at_once):
        found = {c["lead"]: c["due_at"][11:] for c in cycles(story, FOLLOW_UP | {"restart_on_reassignment": True}, people=REPS)}
    assert found == {"ada": "17:00", "bea": "12:00", "cleo": "15:00", "dora": "11:00", "eve": "12:00", "finn": "11:00"}


def test_a_lead_that_nobody_has_by_due_is_judged_by_the_workspaces_calendar() -> None:
    story = Story().owner("2026-01-05 08:00", None).stage("2026-01-05 15:30", "mql").owner("2026-01-05 16:31", "rita")
    terms = FOLLOW_UP | {"calendar": "owner", "within": "1wh"}
    (cycle,) = cycles(story, terms, people=[{"id": "rita", "calendar": "berlin"}], default_calendar="office")
    assert cycle["due_at"] == "2026-01-05 16:30"


@pytest.mark.parametrize(("default", "named"), [("office", "office"), (None, "")])
def test_a_holder_without_a_calendar_of_their_own_or_their_teams_works_by_the_workspaces(default: str | None, named: str) -> None:
    story = Story().owner("2026-01-05 08:00", "rita").stage("2026-01-05 15:30", "mql")
    terms, people = FOLLOW_UP | {"calendar": "owner", "within": "1wh"}, [{"id": "rita", "team": "emea"}]
    found = explain(judged(story, terms, people=people, default_calendar=default), promises(terms, default_calendar=default), "ada")
    assert found is not None
    assert [(cycle.calendar, cycle.due_at) for cycle in found.cycles] == [(named, instant("2026-01-05 16:30"))]


def test_a_breach_is_charged_to_who_has_the_lead_at_due_from_that_very_instant_on_or_since_the_start_itself() -> None:
    story = Story().owner("2026-01-05 08:00", "ben").stage(MONDAY, "mql").owner("2026-01-05 11:00", "rita")
    story.stage(MONDAY, "mql", "bea", owner="rita")
    assert [cycle["charged_to"] for cycle in cycles(story, FOLLOW_UP, people=REPS)] == ["rita", "rita"]

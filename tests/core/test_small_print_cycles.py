"""The small print of cycles: what further starts do while the clock stands, and warnings and counts over several versions."""

from typing import Any

import numpy as np

from slamon.core.explain import explain
from slamon.core.kinds.obligations import alike
from slamon.core.working_time.calendars import Calendar
from slamon.core.working_time.instants import NEVER, iso
from tests.core.stories import FOLLOW_UP, Story, cycles, instant, judged, promises

REPS: list[dict[str, Any]] = [{"id": "rita"}, {"id": "ben"}]
MONDAY = "2026-01-05 09:00"


def starts(*args: Any, **more: Any) -> list[str]:
    return [cycle["started_at"] for cycle in cycles(*args, **more)]


def test_while_the_clock_stands_a_further_start_is_the_same_cycle_however_long_after() -> None:
    story = Story().owner("2026-01-05 08:00", "rita").stage(MONDAY, "mql").owner("2026-01-05 10:00", None).stage("2026-01-12 09:00", "mql")
    assert starts(story, FOLLOW_UP | {"pause": {"while": "unassigned"}}, people=REPS) == [MONDAY]


def test_while_a_cycle_is_open_a_further_start_opens_none_also_right_before_the_answer() -> None:
    story = Story().stage(MONDAY, "mql").stage("2026-01-05 10:30", "mql").call("2026-01-05 10:31")
    assert starts(story, FOLLOW_UP | {"debounce": "5m"}) == [MONDAY]


def test_a_start_within_the_debounce_is_the_same_start_also_where_the_lead_is_taken_out_right_after_it() -> None:
    story = Story().stage(MONDAY, "mql").stage("2026-01-06 09:00", "mql").stage("2026-01-06 10:00", "disqualified")
    assert starts(story, FOLLOW_UP | {"debounce": "9d"}) == [MONDAY]


def test_versions_with_fewer_warnings_than_others_warn_no_more_often() -> None:
    old = FOLLOW_UP | {"warn_at": ["50%", "30wm"], "effective_until": "2026-01-07"}
    new = FOLLOW_UP | {"warn_at": ["75%"], "effective_from": "2026-01-07"}
    story = Story().stage(MONDAY, "mql", "ada").stage("2026-01-07 09:00", "mql", "bea").stage("2026-01-06 09:00", "mql", "cleo")
    (found,) = judged(story, old, new).per_lead
    warned = [["" if each == NEVER else iso(each)[5:16].replace("T", " ") for each in row] for row in found.obligations.warnings.tolist()]
    assert warned == [["01-05 10:00", "01-05 10:30"], ["01-07 10:30", ""], ["01-06 10:00", "01-06 10:30"]]


def test_many_cycles_of_many_versions_calendars_and_targets_stay_apart_and_in_order() -> None:
    draw = np.random.default_rng(7)
    for most in (3, 20, 700):
        ones, others = np.zeros(5_000, np.int64), draw.integers(0, most, 5_000)
        for codes in ((ones, others), (others, ones), (others, draw.integers(0, 3, 5_000))):
            found = alike(*codes)
            assert [members.tolist() for _, members in found] == [
                np.flatnonzero((codes[0] == one) & (codes[1] == other)).tolist() for (one, other), _ in found
            ]
            assert sum(len(members) for _, members in found) == 5_000
            assert len({key for key, _ in found}) == len(found)


# Credit.

CREDITED = FOLLOW_UP | {"within": "1h", "debounce": "5m", "credit_before": "1h"}


def test_a_call_after_a_cancellation_has_answered_nothing_and_is_credited_to_the_next_start() -> None:
    story = Story().stage(MONDAY, "mql").stage("2026-01-05 09:10", "disqualified").call("2026-01-05 10:00").stage("2026-01-05 10:30", "mql")
    assert [cycle["state"] for cycle in cycles(story, CREDITED)] == ["cancelled", "met"]


def test_what_was_logged_too_late_is_told_up_to_the_last_start_that_it_would_have_been_credited_to() -> None:
    for start, told in (("2026-01-05 09:00", [True]), ("2026-01-05 09:01", [False])):
        story = Story().call("2026-01-05 08:00", recorded_at="2026-01-20 08:00").stage(start, "mql")
        assert ["logged late" in (cycle["reason"] or "") for cycle in cycles(story, CREDITED)] == told


def test_a_call_that_came_too_late_for_one_start_and_is_the_next_start_itself_is_credited_to_the_one_after() -> None:
    terms = CREDITED | {"start": {"activity": "call", "direction": "inbound"}, "met_by": {"activity": "call"}}
    for many in (1, 40):
        story = Story()
        for number in range(many):
            lead = f"lead {number:02}"
            story.call(MONDAY, lead, direction="inbound").call("2026-01-05 11:00", lead, direction="inbound")
            story.call("2026-01-05 11:10", lead).call("2026-01-05 11:20", lead, direction="inbound")
        found = [(cycle["state"], cycle["answer_event"]) for cycle in cycles(story, terms)]
        assert found == [each for k in range(many) for each in [("breached", None), ("met", f"e{4 * k + 2}"), ("met", f"e{4 * k + 1}")]]


OWN = {"team_calendars": {"emea": "berlin"}, "default_calendar": "office"}
EMEA: list[dict[str, Any]] = [{"id": "rita", "team": "emea"}]


def test_a_cycle_that_credit_did_not_close_is_measured_by_its_first_holders_calendar() -> None:
    story = Story().stage("2026-01-05 15:30", "mql").owner("2026-01-05 16:30", "rita").call("2026-01-06 09:50")
    (cycle,) = cycles(story, CREDITED | {"calendar": "owner", "within": "2wh"}, people=EMEA, **OWN)
    assert (cycle["due_at"], cycle["human_delay_s"]) == ("2026-01-06 09:30", 110 * 60)


DAILY = Calendar("Europe/Berlin", {"mon-sun": ["09:00-17:00"]})
ONE_DAY = CREDITED | {"calendar": "owner", "within": "1wd", "pause": {"while": [{"stage": "nurture"}]}}


def test_a_cycle_that_credit_closed_as_it_began_is_explained_by_what_was_known_then() -> None:
    """By the workspace's calendar, for nobody had the lead, and without the pause that came after it; the clocks go forward that night."""
    story = (
        Story()
        .call("2026-03-28 08:30")
        .stage("2026-03-28 09:00", "mql")
        .owner("2026-03-28 09:10", "rita")
        .stage("2026-03-28 09:20", "nurture")
    )
    more: dict[str, Any] = OWN | {"default_calendar": "daily", "calendars": {"daily": DAILY}}
    found = explain(judged(story, ONE_DAY, as_of="2026-04-01 00:00", people=EMEA, **more), promises(ONE_DAY, **more), "ada")
    assert found is not None
    (cycle,) = found.cycles
    assert (cycle.state, cycle.calendar) == ("met", "daily")
    assert (cycle.due_at, cycle.strict_due_at) == (instant("2026-03-29 08:00"), instant("2026-03-29 08:00"))

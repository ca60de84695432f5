"""A lead's explanation says of every event what was made of it, by how much an answer was early or late, and who held the lead."""

from typing import Any

from slamon.core.explain import CycleExplained, Explanation, explain
from tests.core.stories import FOLLOW_UP, PROMISE, Story, judged

SIX = PROMISE | {
    "sla": "attempts",
    "kind": "cadence",
    "start": {"stage": "mql"},
    "attempts": 3,
    "attempt": {"activity": "call", "direction": "outbound"},
    "within": "10wd",
    "gap": {"min": "1wd"},
    "ended_by": {"activity": "reply", "direction": "inbound"},
}


def explained(story: Story, terms: dict[str, Any], lead: str = "ada") -> Explanation:
    found = explain(judged(story, terms), lead)
    assert found is not None
    return found


def whys(cycle: CycleExplained) -> list[str]:
    return [candidate.why for candidate in cycle.candidates]


def test_an_answer_in_time_says_how_much_was_to_spare() -> None:
    (cycle,) = explained(Story().stage("2026-01-05 09:00", "mql").call("2026-01-05 10:19"), FOLLOW_UP).cycles
    assert whys(cycle) == ["answers, 41 m 00 s of working time to spare"]


def test_a_late_answer_says_how_late_on_its_own_clock() -> None:
    (cycle,) = explained(Story().stage("2026-01-05 15:30", "mql").call("2026-01-06 10:49:01"), FOLLOW_UP).cycles
    assert cycle.state == "breached"
    assert whys(cycle) == ["answers, 1 h 19 m 01 s of working time late"]


def test_a_further_start_of_the_same_cycle_is_mentioned() -> None:
    story = Story().stage("2026-01-05 09:00", "mql").stage("2026-01-05 09:05", "mql").call("2026-01-05 09:30")
    (cycle,) = explained(story, FOLLOW_UP).cycles
    assert whys(cycle)[0] == "a further start of the same cycle"


def test_a_reply_ends_a_cadence_and_an_attempt_too_soon_says_after_which() -> None:
    story = Story().stage("2026-01-05 09:00", "mql").call("2026-01-05 10:00").call("2026-01-05 11:00").call("2026-01-06 10:00")
    story.call("2026-01-07 12:00", name="reply", direction="inbound")
    (cycle,) = explained(story, SIX).cycles
    assert cycle.state == "met"
    assert whys(cycle) == [
        "an attempt",
        "too soon after the counted attempt of Mon 2026-01-05 10:00",
        "an attempt",
        "ends the cadence: contact",
    ]
    assert [candidate.answers for candidate in cycle.candidates] == [False, False, False, True]


def test_a_lead_that_was_merged_is_explained_as_the_one_that_survived() -> None:
    story = Story().stage("2026-01-05 09:00", "mql", lead="bob").call("2026-01-05 10:00", lead="ada")
    story.tell("2026-01-06 09:00", "merged", lead="ada", value="bob")
    found = explained(story, FOLLOW_UP, lead="ada")
    assert (found.lead, found.merged) == ("bob", "ada")
    assert explained(story, FOLLOW_UP, lead="bob").merged == ""


def test_a_holder_named_by_the_start_itself_is_shown() -> None:
    story = Story().stage("2026-01-05 09:00", "mql", owner="carla").owner("2026-01-05 12:00", "ben")
    (cycle,) = explained(story, FOLLOW_UP).cycles
    assert [holding.name for holding in cycle.holders] == ["carla", "ben"]


def test_nobody_knows_a_lead_of_which_no_event_speaks() -> None:
    assert explain(judged(Story().stage("2026-01-05 09:00", "mql"), FOLLOW_UP), "nobody") is None

"""A lead's explanation says of every event what was made of it, by how much an answer was early or late, and who held the lead."""

from typing import Any

from slamon.core.explain import CycleExplained, Explanation, explain
from slamon.core.working_time.calendars import Calendar
from tests.core.stories import FOLLOW_UP, PROMISE, Story, instant, judged, promises

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


def explained(story: Story, terms: dict[str, Any], lead: str = "ada", **more: Any) -> Explanation:
    seen = more.pop("seen", None)
    found = explain(judged(story, terms, **more), promises(terms), lead, seen=seen)
    assert found is not None
    return found


def whys(cycle: CycleExplained) -> list[str]:
    return [candidate.why for candidate in cycle.candidates]


def test_an_answer_in_time_says_how_much_was_to_spare() -> None:
    (cycle,) = explained(Story().stage("2026-01-05 09:00", "mql").call("2026-01-05 10:19"), FOLLOW_UP).cycles
    assert whys(cycle) == ["answers, 41 m of working time to spare"]


def test_a_late_answer_says_how_late_on_its_own_clock() -> None:
    (cycle,) = explained(Story().stage("2026-01-05 15:30", "mql").call("2026-01-06 10:49:01"), FOLLOW_UP).cycles
    assert cycle.state == "breached"
    assert whys(cycle) == ["answers, 1 h 19 m of working time late"]


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
        "counts",
        "too soon after the counted one of Mon 2026-01-05 10:00",
        "counts",
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
    assert explain(judged(Story().stage("2026-01-05 09:00", "mql"), FOLLOW_UP), promises(FOLLOW_UP), "nobody") is None


def test_an_uncounted_stretch_says_why_by_name() -> None:
    on_leave = [{"id": "rita", "name": "Rita"}], [{"person": "rita", "since": "2026-01-05 13:00", "until": "2026-01-05 15:00"}]
    terms = FOLLOW_UP | {"within": "14wh", "calendar": "berlin", "pause": {"while": ["holder away", {"stage": "nurture"}]}}
    story = Story().owner("2026-01-02 09:00", "rita").stage("2026-01-02 09:00", "mql")
    story.stage("2026-01-05 10:00", "nurture").stage("2026-01-05 11:00", "sal")
    (cycle,) = explained(story, terms, people=on_leave[0], absences=on_leave[1]).cycles
    whys = [stretch.why for stretch in cycle.counted if not stretch.counted]
    assert whys == ["closed", "paused: in stage nurture", "paused: Rita away", "closed"]
    assert cycle.run_s == 14 * 3600


def test_closed_holidays_are_named() -> None:
    story = Story().stage("2026-12-24 15:00", "mql").call("2026-12-28 10:00")
    (cycle,) = explained(story, FOLLOW_UP | {"calendar": "berlin"}, as_of="2027-01-10 00:00").cycles
    closed = "closed: Christmas Day Fri 25 Dec, Second Day of Christmas Sat 26 Dec"
    assert [stretch.why for stretch in cycle.counted if not stretch.counted] == [closed]


def test_a_night_in_which_the_clocks_jump_says_so() -> None:
    night = PROMISE | {"calendar": "night", "sla": "night", "kind": "deadline", "start": {"stage": "mql"}, "within": "8wh"}
    terms = night | {"met_by": {"activity": "call"}}
    calendars = {"night": Calendar("Europe/Berlin", {"mon-sun": ["22:00-06:00"]})}
    story = Story().stage("2026-03-28 21:00", "mql")
    found = explain(judged(story, terms, as_of="2026-04-05 00:00", calendars=calendars), promises(terms, calendars=calendars), "ada")
    assert found is not None
    assert found.cycles[0].counted[0].why == "open; clocks went forward Sun 29 Mar: 1 h less than they show"
    assert found.cycles[0].counted[0].seconds == 7 * 3600


def test_pauses_after_the_answer_do_not_count_as_pauses() -> None:
    story = Story().stage("2026-01-05 09:00", "mql").call("2026-01-05 09:30").stage("2026-01-05 10:00", "nurture")
    (cycle,) = explained(story, FOLLOW_UP | {"pause": {"while": {"stage": "nurture"}}}).cycles
    assert cycle.run_s == 2 * 3600
    assert not cycle.pauses


def test_evidence_that_was_first_seen_after_due_says_that_it_was_a_breach_until_then() -> None:
    story = Story().stage("2026-01-05 09:00", "mql").call("2026-01-05 09:12", seen_at="2026-01-05 11:40")
    (cycle,) = explained(story, FOLLOW_UP, seen={"e1": instant("2026-01-05 11:40")}).cycles
    assert cycle.state == "met"
    assert cycle.known == ("the outbound call of Mon 2026-01-05 09:12 was first seen Mon 2026-01-05 11:40; until then this was a breach",)


def test_a_start_that_was_first_seen_after_due_says_that_nobody_could_be_warned() -> None:
    story = Story().stage("2026-01-05 09:00", "mql", seen_at="2026-01-05 11:40")
    (cycle,) = explained(story, FOLLOW_UP, seen={"e0": instant("2026-01-05 11:40")}).cycles
    assert cycle.state == "breached"
    assert cycle.known == ("the start itself was first seen Mon 2026-01-05 11:40, after due: nobody could be warned",)
    (in_time,) = explained(story, FOLLOW_UP, seen={"e0": instant("2026-01-05 11:00")}).cycles
    assert in_time.known == ()


def test_a_cause_says_why_it_is_that_one() -> None:
    story = Story().stage("2026-01-05 09:00", "mql").owner("2026-01-05 10:30", "rita")
    (cycle,) = explained(story, FOLLOW_UP).cycles
    assert (cycle.cause, cycle.cause_why) == ("routing", "first assigned Mon 2026-01-05 10:30, with 30 m left: less than half")


def test_a_target_of_its_own_says_which_values_chose_it() -> None:
    terms = FOLLOW_UP | {"targets": [{"when": {"amount": {"at_least": 20000}}, "within": "1wh"}]}
    large = Story().stage("2026-01-05 09:00", "mql", attributes={"amount": "50000"})
    small = Story().stage("2026-01-05 09:00", "mql", attributes={"amount": "500"})
    assert explained(large, terms).cycles[0].target_why == "for leads with amount at least 20000 (amount 50000 at the start)"
    assert explained(small, terms).cycles[0].target_why == "no target of its own fits (amount 500 at the start)"


def test_an_activity_says_what_keeps_it_from_answering() -> None:
    terms = FOLLOW_UP | {"met_by": {"activity": "call", "direction": "outbound", "min_seconds": 60, "by": "owner"}}
    story = Story().owner("2026-01-05 08:00", "rita").stage("2026-01-05 09:00", "mql")
    story.call("2026-01-05 09:10", automated=True, actor="rita", seconds=90).call("2026-01-05 09:20", actor="rita", seconds=20)
    story.call("2026-01-05 09:30", actor="ben", seconds=90).call("2026-01-05 09:40", direction="inbound", actor="rita", seconds=90)
    story.call("2026-01-05 09:50", name="email", actor="rita").call("2026-01-05 10:00", actor="rita", seconds=90)
    (cycle,) = explained(story, terms).cycles
    assert whys(cycle) == [
        "done by a machine",
        "too short: 20 s of at least 60 s",
        "not by the owner: rita held the lead",
        "inbound, not outbound",
        "an email is not what the terms ask for",
        "answers, 1 h of working time to spare",
    ]

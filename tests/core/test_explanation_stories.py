"""What an explanation says of the rarer turns of a lead's history, and that each of them is replayed."""

import json
from typing import Any

import pytest

from slamon.core.explain import CycleExplained, Said, as_data, differences, explain, with_said
from slamon.core.verdicts import Rulings
from slamon.core.verdicts.cycle_ids import cycle_ids
from tests.core.stories import FOLLOW_UP, PROMISE, Story, instant, judged, promises

TRIES: dict[str, Any] = PROMISE | {
    "sla": "attempts",
    "kind": "cadence",
    "start": {"stage": "mql"},
    "attempts": 2,
    "attempt": {"activity": ["call", "email"], "direction": "outbound"},
    "within": "5wd",
    "gap": {"min": "1wd", "max": "2wd"},
}
BOTH_WAYS = TRIES | {"channels": 2, "ended_by": [{"activity": "reply"}, {"stage": "disqualified"}]}
RITA = {"id": "rita", "name": "Rita", "team": "emea"}


def explained(story: Story, terms: dict[str, Any], **more: Any) -> CycleExplained:
    """The last cycle of ada's explanation, which is replayed."""
    found = explain(judged(story, terms, **more), promises(terms), "ada")
    assert found is not None
    assert differences(json.loads(json.dumps(as_data(found)))) == []
    return found.cycles[-1]


def whys(cycle: CycleExplained) -> list[str]:
    return [candidate.why for candidate in cycle.candidates]


def started() -> Story:
    return Story().stage("2026-01-05 09:00", "mql")


def test_credit_says_how_long_before_the_start_the_answer_came() -> None:
    story = Story().call("2026-01-05 07:00").call("2026-01-05 08:30").stage("2026-01-05 09:00", "mql")
    cycle = explained(story, FOLLOW_UP | {"credit_before": "3d"})
    assert whys(cycle) == ["the latest one before the start is what counts", "30 m before the start: the promise is kept as it begins"]


def test_an_answer_that_was_used_is_not_credited_again() -> None:
    story = started().call("2026-01-05 09:30").stage("2026-01-07 09:00", "mql")
    assert whys(explained(story, FOLLOW_UP | {"credit_before": "3d"})) == ["answered an earlier start already"]


def test_credit_that_was_logged_late_makes_a_breach_data_late() -> None:
    story = Story().owner("2026-01-05 07:00", "rita").call("2026-01-05 08:30", recorded_at="2026-01-07 08:30")
    cycle = explained(story.stage("2026-01-05 09:00", "mql"), FOLLOW_UP | {"credit_before": "3d"})
    assert cycle.cause == "data late"
    assert cycle.cause_why == "an outbound call of Mon 2026-01-05 08:30 was in time, but logged only Wed 2026-01-07 08:30"
    assert whys(cycle) == ["logged 2 d after it happened: late evidence, counts once a manager accepts it"]
    assert cycle.known == ("accepted by a manager, the late evidence would make it kept",)


def test_late_evidence_after_the_start_is_data_late_too() -> None:
    story = started().owner("2026-01-05 09:00", "rita").call("2026-01-05 09:30", recorded_at="2026-01-07 09:30")
    assert explained(story, FOLLOW_UP).cause == "data late"


def test_a_holder_who_was_away_at_due_is_named() -> None:
    absences = [{"person": "rita", "since": "2026-01-05 08:00", "until": "2026-01-06 08:00"}]
    cycle = explained(started().owner("2026-01-05 09:00", "rita"), FOLLOW_UP, people=[RITA], absences=absences)
    assert (cycle.cause, cycle.cause_why) == ("coverage", "Rita held the lead at due, and was away or not active any more")


def test_a_lead_that_nobody_held_says_so() -> None:
    cycle = explained(started().owner("2026-01-06 09:00", "rita"), FOLLOW_UP)
    assert (cycle.cause, cycle.cause_why) == ("routing", "nobody held the lead before due")


def test_a_lead_that_went_back_to_a_queue_in_good_time_says_that_nobody_held_it_at_due() -> None:
    cycle = explained(started().owner("2026-01-05 09:10", "rita").owner("2026-01-05 10:00", None), FOLLOW_UP, people=[RITA])
    assert (cycle.cause, cycle.cause_why) == ("routing", "nobody held the lead at due: it was back in a queue")


def test_who_held_it_at_due_is_named() -> None:
    cycle = explained(started().owner("2026-01-05 09:00", "rita").owner("2026-01-06 09:00", None), FOLLOW_UP, people=[RITA])
    assert (cycle.cause, cycle.cause_why) == ("owner", "Rita held the lead at due")


def test_an_excused_cycle_says_by_whom() -> None:
    excused = {cycle_ids("follow-up", ["ada"], ["e0"])[0]: "the phones were down (Ana)"}
    cycle = explained(started(), FOLLOW_UP, rulings=Rulings(excused=excused))
    assert (cycle.state, cycle.reason) == ("excused", "the phones were down (Ana)")


def test_evidence_that_a_manager_accepted_answers() -> None:
    story = started().call("2026-01-05 09:30", recorded_at="2026-01-07 09:30")
    assert explained(story, FOLLOW_UP, rulings=Rulings(accepted=frozenset({"e1"}))).state == "met"


@pytest.mark.parametrize(
    ("gone", "called", "said"),
    [
        ("2026-01-05 10:00", "2026-01-05 10:30", ["takes the lead out of the count", "after the end"]),
        ("2026-01-05 11:00", "2026-01-05 12:00", ["not before due: the breach stands", "answers, 1 h of working time late"]),
        ("2026-01-05 10:30", "2026-01-05 10:00", ["after the answer", "answers, 1 h of working time to spare"]),
    ],
)
def test_a_disqualification_says_what_it_did(gone: str, called: str, said: list[str]) -> None:
    cycle = explained(started().stage(gone, "disqualified").call(called), FOLLOW_UP)
    assert sorted(whys(cycle)) == sorted(said)


def test_a_late_answer_before_the_next_working_moment_says_so() -> None:
    cycle = explained(Story().stage("2026-01-05 15:00", "mql").call("2026-01-05 20:00"), FOLLOW_UP)
    assert whys(cycle) == ["answers after due, before the next working moment"]


def test_a_hand_over_restarts_the_clock() -> None:
    story = started().owner("2026-01-05 09:00", "rita").owner("2026-01-05 10:00", "ben").owner("2026-01-05 13:00", "cleo")
    cycle = explained(story, FOLLOW_UP | {"restart_on_reassignment": True})
    assert [each.to for each in cycle.hand_overs] == ["ben", "cleo"]
    assert cycle.run_s == 2 * 3600


def test_a_clock_that_a_manual_pause_stopped_for_good_has_no_due() -> None:
    story = started().stage("2026-01-05 10:00", "nurture")
    terms = FOLLOW_UP | {"within": "2wd", "pause": {"while": {"stage": "nurture"}}, "warn_at": ["1wd"]}
    assert explained(story, terms).state == "pending"


def test_a_deletion_that_was_taken_back_is_a_pause() -> None:
    story = started().tell("2026-01-05 10:00", "deleted").tell("2026-01-05 11:00", "restored")
    assert [pause.why for pause in explained(story, FOLLOW_UP).pauses] == ["paused: deleted meanwhile"]


def test_a_deletion_that_was_taken_back_is_told_once_where_other_states_pause_too() -> None:
    story = started().tell("2026-01-05 10:00", "deleted").tell("2026-01-05 10:30", "restored")
    story.stage("2026-01-05 11:00", "nurture").stage("2026-01-05 11:10", "sal")
    cycle = explained(story, FOLLOW_UP | {"pause": {"while": [{"stage": "nurture"}, "unassigned"]}})
    assert [pause.why for pause in cycle.pauses] == ["paused: deleted meanwhile", "paused: in stage nurture"]
    assert cycle.due_at == instant("2026-01-05 11:40")


def test_a_warning_further_ahead_than_the_target_is_long_comes_with_the_start() -> None:
    for terms in (FOLLOW_UP, TRIES):
        cycle = explained(started(), terms | {"warn_at": ["2000wh"]})
        assert cycle.warnings[0].at == cycle.started_at


def test_a_clock_that_stood_until_somebody_held_the_lead_says_that_it_was_unassigned() -> None:
    cycle = explained(started().owner("2026-01-05 10:30", "rita"), FOLLOW_UP | {"pause": {"while": "unassigned"}})
    assert [(pause.why, pause.begin, pause.end) for pause in cycle.pauses] == [
        ("paused: unassigned", instant("2026-01-05 09:00"), instant("2026-01-05 10:30"))
    ]
    assert cycle.due_at == instant("2026-01-05 12:30")


def test_what_cannot_be_evaluated_says_which_filter_asks() -> None:
    cycle = explained(started(), FOLLOW_UP | {"applies_to": {"amount": {"at_least": 5}}})
    assert (cycle.state, cycle.reason) == ("unknown", "no source provides the attribute amount")
    odd = Story().stage("2026-01-05 09:00", "mql", attributes={"amount": "a lot"})
    assert explained(odd, FOLLOW_UP | {"applies_to": {"amount": {"at_least": 5}}}).reason == (
        "amount is not a number (this promise is for amount: at least 5)"
    )


def test_the_second_channel_completes_a_cadence() -> None:
    story = started().call("2026-01-05 10:00").call("2026-01-06 10:00").call("2026-01-06 11:00", name="email")
    cycle = explained(story, BOTH_WAYS)
    assert (cycle.state, cycle.attempts) == ("met", 2)
    assert [candidate.answers for candidate in cycle.candidates] == [False, False, True]


def test_a_second_channel_that_never_came_is_a_breach_at_the_window_s_end() -> None:
    story = started().call("2026-01-05 10:00").call("2026-01-06 10:00")
    assert explained(story, BOTH_WAYS).state == "breached"
    assert explained(story.call("2026-01-20 10:00", name="email"), BOTH_WAYS).state == "breached"


def test_a_cadence_that_waits_for_its_second_channel_may_end_early() -> None:
    story = started().call("2026-01-05 10:00").call("2026-01-06 10:00").call("2026-01-07 10:00", name="reply", direction="inbound")
    cycle = explained(story.call("2026-01-08 10:00", name="email"), BOTH_WAYS)
    assert whys(cycle) == ["counts", "counts", "ends the cadence: contact", "after the answer"]


def test_both_channels_before_the_last_attempt_complete_it_at_once() -> None:
    story = started().call("2026-01-05 10:00").call("2026-01-05 11:00", name="email").call("2026-01-06 10:00")
    assert explained(story, BOTH_WAYS).state == "met"


def test_a_cadence_ended_by_the_funnel_before_any_attempt_is_cancelled() -> None:
    story = started().stage("2026-01-05 10:00", "disqualified").call("2026-01-05 11:00")
    cycle = explained(story, BOTH_WAYS)
    assert (cycle.state, whys(cycle)) == ("cancelled", ["ends the cadence", "after the end"])


def test_an_end_after_a_missed_attempt_changes_nothing() -> None:
    story = started().stage("2026-01-14 10:00", "disqualified")
    cycle = explained(story, BOTH_WAYS)
    assert (cycle.state, whys(cycle)) == ("breached", ["after the attempt was missed"])


def test_a_largest_gap_brings_the_limit_forward() -> None:
    cycle = explained(started().call("2026-01-05 10:00"), TRIES)
    assert (cycle.state, cycle.due_at < cycle.limits[1]) == ("breached", True)


@pytest.mark.parametrize("length", ["40wh", "72h"])
def test_gaps_in_every_unit_are_replayed(length: str) -> None:
    for gap in ({"min": "3wh"}, {"min": "5h", "max": "20h"}, {"max": "1wd"}, {"min": "1wd"}):
        story = started().call("2026-01-05 10:00").call("2026-01-05 16:00").call("2026-01-06 10:00")
        assert explained(story, TRIES | {"within": length, "gap": gap}).state in ("met", "breached")


def test_a_bulk_import_with_its_own_target_is_named() -> None:
    story = started()
    story.rows[0]["actor"] = "import"
    for number in range(3):
        story.stage(f"2026-01-05 09:0{number}", "mql", lead=f"lead-{number}", actor="import")
    cycle = explained(story, FOLLOW_UP | {"batch": {"size": 3, "within": "3wd"}})
    assert cycle.target_why == "it came in a bulk import of more than 3 leads"
    assert explained(started(), FOLLOW_UP | {"batch": {"size": 3, "within": "3wd"}}).target_why == ""


def test_what_was_recorded_stands_with_its_cycle() -> None:
    terms = FOLLOW_UP
    found = explain(judged(started(), terms), promises(terms), "ada")
    assert found is not None
    said = with_said(found, {found.cycles[0].cycle_id: (Said(7, "breached, after pending"),)})
    assert said.cycles[0].said == (Said(7, "breached, after pending"),)
    assert as_data(said)["cycles"][0]["said"] == [{"at": "1970-01-01T00:00:00.000007Z", "words": "breached, after pending"}]


def test_an_activity_that_does_not_tell_its_length_is_not_said_to_be_short() -> None:
    cycle = explained(started().call("2026-01-05 09:30"), FOLLOW_UP | {"met_by": {"activity": "call", "min_seconds": 60}})
    assert whys(cycle) == ["how long it took is not told, at least 60 s are asked"]


def test_other_activities_are_no_candidates_of_a_promise_about_stages() -> None:
    assert whys(explained(started().call("2026-01-05 09:30"), FOLLOW_UP | {"met_by": {"stage": "sal"}})) == []

"""Deadlines: what opens a cycle, what answers it, what takes it out of the count."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from slamon.core.evaluation import FactFrames, evaluate
from slamon.core.verdicts import Rulings
from slamon.core.working_time.calendars import Calendar
from tests.core.stories import FOLLOW_UP, Story, cycles, promises

REPS = [
    {"id": "rita", "name": "Rita", "team": "emea", "calendar": "office"},
    {"id": "ben", "name": "Ben", "team": "emea"},
    {"id": "queue", "name": "Inbound queue", "automated": True},
]


def states(*args: object, **more: object) -> list[str]:
    return [cycle["state"] for cycle in cycles(*args, **more)]


def test_a_call_in_time_keeps_the_promise() -> None:
    (cycle,) = cycles(Story().stage("2026-01-05 09:00", "mql").call("2026-01-05 10:30"), FOLLOW_UP)
    assert (cycle["state"], cycle["due_at"], cycle["answered_at"]) == ("met", "2026-01-05 11:00", "2026-01-05 10:30")


def test_an_answer_at_exactly_due_keeps_it() -> None:
    assert states(Story().stage("2026-01-05 09:00", "mql").call("2026-01-05 11:00"), FOLLOW_UP) == ["met"]


def test_at_exactly_due_an_unanswered_lead_is_pending_and_breached_only_after_it() -> None:
    story = Story().stage("2026-01-05 09:00", "mql")
    assert states(story, FOLLOW_UP, as_of="2026-01-05 11:00") == ["pending"]
    assert states(story, FOLLOW_UP, as_of="2026-01-05 11:00:00.000001") == ["breached"]


def test_a_breach_that_is_answered_later_stays_breached_and_says_when_it_was_answered() -> None:
    (cycle,) = cycles(Story().stage("2026-01-05 09:00", "mql").call("2026-01-06 09:00"), FOLLOW_UP)
    assert (cycle["state"], cycle["answered_at"]) == ("breached", "2026-01-06 09:00")


@pytest.mark.parametrize(("at", "state"), [("2026-01-05 10:59:59", "cancelled"), ("2026-01-05 11:00", "breached")])
def test_a_cancelling_event_counts_only_before_due(at: str, state: str) -> None:
    assert states(Story().stage("2026-01-05 09:00", "mql").stage(at, "disqualified"), FOLLOW_UP) == [state]


def test_a_status_change_never_stops_a_response_clock() -> None:
    assert states(Story().stage("2026-01-05 09:00", "mql").stage("2026-01-05 09:30", "sal"), FOLLOW_UP) == ["breached"]


def test_an_automated_mail_is_no_answer() -> None:
    assert states(Story().stage("2026-01-05 09:00", "mql").call("2026-01-05 09:10", automated=True), FOLLOW_UP) == ["breached"]


def test_an_inbound_call_answers_only_if_the_terms_say_so() -> None:
    story = Story().stage("2026-01-05 09:00", "mql").call("2026-01-05 09:10", direction="inbound")
    assert states(story, FOLLOW_UP) == ["breached"]
    assert states(story, FOLLOW_UP | {"met_by": {"activity": "call"}}) == ["met"]


def test_further_starts_of_an_open_cycle_change_nothing() -> None:
    story = Story().stage("2026-01-05 09:00", "mql").stage("2026-01-05 10:00", "mql").call("2026-01-05 12:00")
    assert states(story, FOLLOW_UP | {"debounce": "30m"}) == ["breached"]


def test_a_requalified_lead_gets_a_new_cycle_after_the_first_closed() -> None:
    story = Story().stage("2026-01-05 09:00", "mql").call("2026-01-05 09:30").stage("2026-01-07 09:00", "mql")
    assert [(cycle["cycle"], cycle["state"]) for cycle in cycles(story, FOLLOW_UP)] == [(1, "met"), (2, "breached")]


def test_a_start_within_the_debounce_is_the_same_start() -> None:
    story = Story().stage("2026-01-05 09:00", "mql").call("2026-01-05 09:30").stage("2026-01-05 15:00", "mql")
    assert states(story, FOLLOW_UP) == ["met"]


def test_a_cancellation_ends_the_debounce() -> None:
    story = Story().stage("2026-01-05 09:00", "mql").stage("2026-01-05 10:00", "disqualified").stage("2026-01-05 11:00", "mql")
    assert states(story, FOLLOW_UP) == ["cancelled", "breached"]


def test_one_event_answers_one_cycle() -> None:
    credit = FOLLOW_UP | {"credit_before": "3d"}
    story = Story().stage("2026-01-05 09:00", "mql").call("2026-01-05 09:30").stage("2026-01-07 09:00", "mql")
    assert states(story, credit) == ["met", "breached"]


def test_a_rep_who_was_already_on_it_is_credited() -> None:
    credit = FOLLOW_UP | {"credit_before": "3d"}
    (cycle,) = cycles(Story().call("2026-01-05 08:30").stage("2026-01-05 09:00", "mql"), credit)
    assert (cycle["state"], cycle["answered_at"]) == ("met", "2026-01-05 08:30")
    assert states(Story().call("2026-01-05 08:30").stage("2026-01-05 09:00", "mql"), FOLLOW_UP) == ["breached"]


def test_a_late_answer_is_looked_for_only_until_the_next_cycle_starts() -> None:
    story = Story().stage("2026-01-05 09:00", "mql").stage("2026-01-07 09:00", "mql").call("2026-01-07 09:30")
    first, second = cycles(story, FOLLOW_UP)
    assert (first["state"], first["answered_at"], second["state"]) == ("breached", None, "met")


def test_the_target_is_chosen_by_the_attributes_at_the_start_and_later_edits_do_not_move_it() -> None:
    terms = FOLLOW_UP | {"targets": [{"when": {"amount": {"at_least": 20_000}}, "within": "1wh"}]}
    story = Story().stage("2026-01-05 09:00", "mql", attributes={"amount": "20000"})
    story.tell("2026-01-05 09:05", "attribute", "amount", value="100").call("2026-01-05 10:30")
    (cycle,) = cycles(story, terms)
    assert (cycle["due_at"], cycle["state"]) == ("2026-01-05 10:00", "breached")


def test_a_definition_that_names_an_attribute_no_source_provides_cannot_be_evaluated() -> None:
    terms = FOLLOW_UP | {"targets": [{"when": {"budget": {"at_least": 1}}, "within": "1wh"}]}
    (cycle,) = cycles(Story().stage("2026-01-05 09:00", "mql"), terms)
    assert (cycle["state"], cycle["reason"]) == ("unknown", "no source provides the attribute budget")


def test_an_attribute_that_a_source_maps_and_no_lead_has_a_value_of_yet_is_evaluated() -> None:
    story = Story().stage("2026-01-05 09:00", "mql").call("2026-01-05 09:30")
    for target, due in (({"shift": "night"}, "2026-01-05 11:00"), ({"shift": {"not": "night"}}, "2026-01-05 10:00")):
        terms = FOLLOW_UP | {"targets": [{"when": target, "within": "1wh"}]}
        (cycle,) = cycles(story, terms, provided=frozenset({"shift"}))
        assert (cycle["state"], cycle["due_at"]) == ("met", due)
    (plain,) = cycles(story, FOLLOW_UP | {"applies_to": {"shift": {"not": "night"}}}, provided=frozenset({"shift"}))
    assert plain["state"] == "met"
    assert cycles(story, FOLLOW_UP | {"applies_to": {"shift": "night"}}, provided=frozenset({"shift"})) == []


def test_whoever_gives_frames_says_which_attributes_exist_without_a_value() -> None:
    terms = FOLLOW_UP | {"targets": [{"when": {"shift": "night"}, "within": "1wh"}]}
    frames = FactFrames(Story().stage("2026-01-05 09:00", "mql").frame())
    as_of = datetime(2026, 1, 6, tzinfo=UTC)
    told = (frames, replace(frames, provides=frozenset({"shift"})))
    assert [evaluate(promises(terms), each, as_of).verdicts()["state"].tolist() for each in told] == [["unknown"], ["breached"]]


def test_a_cycle_is_judged_by_the_version_in_force_at_its_start() -> None:
    first = FOLLOW_UP | {"effective_until": "2026-01-07"}
    second = FOLLOW_UP | {"effective_from": "2026-01-07", "within": "4wh"}
    story = Story().stage("2026-01-06 16:00", "mql", "ada").stage("2026-01-07 09:00", "mql", "bea")
    assert [(c["version"], c["due_at"]) for c in cycles(story, first, second)] == [
        ("2025-01-01", "2026-01-07 10:00"),
        ("2026-01-07", "2026-01-07 13:00"),
    ]


def test_while_a_clock_is_paused_there_is_no_due_and_due_moves_by_the_working_time_inside_the_pause() -> None:
    terms = FOLLOW_UP | {"pause": {"while": [{"stage": "nurture"}]}}
    story = Story().stage("2026-01-05 09:00", "mql").stage("2026-01-05 10:00", "nurture")
    (paused,) = cycles(story, terms, as_of="2026-01-09 00:00")
    assert (paused["state"], paused["due_at"]) == ("pending", None)
    (resumed,) = cycles(story.stage("2026-01-06 10:00", "mql"), terms | {"debounce": "3d"}, as_of="2026-01-06 10:30")
    assert resumed["due_at"] == "2026-01-06 11:00"


def test_an_answer_logged_late_counts_only_once_a_manager_accepts_it() -> None:
    story = Story().stage("2026-01-05 09:00", "mql").call("2026-01-05 09:30", recorded_at="2026-01-07 09:00")
    (cycle,) = cycles(story, FOLLOW_UP)
    assert (cycle["state"], cycle["reason"]) == ("breached", "outbound call was in time but logged late")
    assert states(story, FOLLOW_UP, rulings=Rulings(accepted=frozenset({"e1"}))) == ["met"]


def test_an_excused_cycle_is_out_of_the_count_with_its_reason() -> None:
    story = Story().stage("2026-01-05 09:00", "mql")
    (cycle,) = cycles(story, FOLLOW_UP)
    rulings = Rulings(excused={cycle["cycle_id"]: "phone outage (ana)"})
    (excused,) = cycles(story, FOLLOW_UP, rulings=rulings)
    assert (excused["state"], excused["reason"]) == ("excused", "phone outage (ana)")


def test_what_was_not_yet_seen_did_not_count_then() -> None:
    story = Story().stage("2026-01-05 09:00", "mql").call("2026-01-05 09:30", seen_at="2026-01-06 08:00")
    assert states(story, FOLLOW_UP, as_of="2026-01-05 12:00") == ["breached"]
    assert states(story, FOLLOW_UP, as_of="2026-01-06 08:00") == ["met"]


def test_a_deleted_leads_open_cycle_is_cancelled_and_a_restored_ones_clock_stood_meanwhile() -> None:
    story = Story().stage("2026-01-05 09:00", "mql").tell("2026-01-05 10:00", "deleted")
    (deleted,) = cycles(story, FOLLOW_UP)
    assert (deleted["state"], deleted["reason"]) == ("cancelled", "deleted")
    (restored,) = cycles(story.tell("2026-01-06 10:00", "restored").call("2026-01-06 11:00"), FOLLOW_UP)
    assert (restored["state"], restored["due_at"]) == ("met", "2026-01-06 11:00")


def test_merged_leads_are_one_with_one_cycle_a_start_within_the_debounce() -> None:
    story = Story().stage("2026-01-05 09:00", "mql", "ada").stage("2026-01-05 09:10", "mql", "bea").call("2026-01-05 10:30", "bea")
    story.tell("2026-01-05 15:00", "merged", lead="ada", value="bea")
    (cycle,) = cycles(story, FOLLOW_UP)
    assert (cycle["lead"], cycle["state"], cycle["started_at"]) == ("bea", "met", "2026-01-05 09:00")


def test_strict_compliance_runs_round_the_clock_from_the_hand_raise() -> None:
    terms = FOLLOW_UP | {"hand_raise": {"touch": "demo request"}}
    story = Story().tell("2026-01-04 20:00", "touch", "demo request").stage("2026-01-05 09:00", "mql").call("2026-01-05 10:00")
    (cycle,) = cycles(story, terms)
    assert (cycle["state"], cycle["strict_state"]) == ("met", "breached")


def test_a_breach_is_charged_to_the_holder_at_due() -> None:
    story = Story().stage("2026-01-05 09:00", "mql").owner("2026-01-05 09:05", "rita").owner("2026-01-05 12:00", "ben")
    (cycle,) = cycles(story, FOLLOW_UP, people=REPS)
    assert (cycle["charged_to"], cycle["team"], cycle["cause"], cycle["holder"]) == ("rita", "emea", "owner", "ben")
    assert cycle["system_delay_s"] == 300


def test_routing_is_the_cause_when_less_than_half_of_the_target_was_left() -> None:
    late = Story().stage("2026-01-05 09:00", "mql").owner("2026-01-05 09:00", "queue").owner("2026-01-05 10:01", "rita")
    never = Story().stage("2026-01-05 09:00", "mql").owner("2026-01-05 09:00", "queue")
    assert [c["cause"] for s in (late, never) for c in cycles(s, FOLLOW_UP, people=REPS)] == ["routing", "routing"]


def test_coverage_is_the_cause_when_the_holder_was_away() -> None:
    story = Story().owner("2026-01-02 09:00", "rita").stage("2026-01-05 09:00", "mql")
    away = [{"person": "rita", "since": "2026-01-05 00:00", "until": "2026-01-10 00:00"}]
    (cycle,) = cycles(story, FOLLOW_UP, people=REPS, absences=away)
    assert (cycle["cause"], cycle["system_delay_s"]) == ("coverage", 0)


def test_where_the_source_tells_nothing_of_ownership_cause_and_delays_are_empty() -> None:
    (cycle,) = cycles(Story().stage("2026-01-05 09:00", "mql"), FOLLOW_UP)
    assert (cycle["cause"], cycle["charged_to"], cycle["system_delay_s"]) == (None, None, None)


def test_with_the_owners_calendar_the_first_human_holders_fixes_due() -> None:
    early = Calendar("UTC", {"mon-fri": ["06:00-10:00"]})
    story = Story().owner("2026-01-02 09:00", "rita").stage("2026-01-05 09:00", "mql")
    people = [{"id": "rita", "calendar": "early"}]
    terms = FOLLOW_UP | {"calendar": "owner"}
    (cycle,) = cycles(story, terms, people=people, calendars={"early": early}, default_calendar="office")
    assert cycle["due_at"] == "2026-01-06 07:00"


def test_with_restart_on_reassignment_each_holder_has_the_whole_target() -> None:
    story = Story().owner("2026-01-02 09:00", "rita").stage("2026-01-05 09:00", "mql").owner("2026-01-05 10:00", "ben")
    (cycle,) = cycles(story, FOLLOW_UP | {"restart_on_reassignment": True}, people=REPS)
    assert cycle["due_at"] == "2026-01-05 12:00"


def test_a_hand_over_after_a_cycle_was_cancelled_starts_nothing_anew() -> None:
    terms = FOLLOW_UP | {"restart_on_reassignment": True, "cancelled_by": {"stage": "disqualified"}}
    story = Story().owner("2026-01-02 09:00", "rita").stage("2026-01-05 09:00", "mql").stage("2026-01-05 09:30", "disqualified")
    (cycle,) = cycles(story.owner("2026-01-05 10:00", "ben"), terms, people=REPS)
    assert (cycle["state"], cycle["due_at"]) == ("cancelled", "2026-01-05 11:00")


def test_a_hand_over_at_the_instant_of_the_answer_starts_nothing_anew() -> None:
    terms = FOLLOW_UP | {"restart_on_reassignment": True}
    story = Story().owner("2026-01-02 09:00", "rita").stage("2026-01-05 09:00", "mql").owner("2026-01-05 10:00", "ben")
    (cycle,) = cycles(story.call("2026-01-05 10:00"), terms, people=REPS)
    assert (cycle["state"], cycle["due_at"]) == ("met", "2026-01-05 11:00")


def test_whoever_gets_a_lead_out_of_the_queue_it_started_in_takes_it_over_from_nobody() -> None:
    story = Story().owner("2026-01-02 09:00", "rita").owner("2026-01-02 10:00", None).stage("2026-01-05 09:00", "mql")
    (cycle,) = cycles(story.owner("2026-01-05 10:00", "ben"), FOLLOW_UP | {"restart_on_reassignment": True}, people=REPS)
    assert cycle["due_at"] == "2026-01-05 11:00"


def test_events_from_the_future_are_findings_and_do_not_count() -> None:
    story = Story().stage("2026-01-05 09:00", "mql").call("2026-01-05 10:30", seen_at="2026-01-05 09:01")
    assert states(story, FOLLOW_UP, as_of="2026-01-05 09:10") == ["pending"]


def test_the_order_of_arrival_changes_nothing() -> None:
    story = Story().stage("2026-01-05 09:00", "mql").call("2026-01-05 10:30").stage("2026-01-07 09:00", "mql")
    for number, row in enumerate(story.rows):
        row["position"] = number
    backwards = Story(list(reversed(story.rows)))
    assert cycles(story, FOLLOW_UP) == cycles(backwards, FOLLOW_UP)

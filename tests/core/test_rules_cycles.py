"""Rules of cycles and deadlines (sections 2 to 4.1): what opens one, what moves its due, who holds it, what it is charged to."""

from collections.abc import Mapping
from typing import Any

import pytest

from slamon.core.scorecards.compliance import Tally, due_within, strict_tally, tally
from slamon.core.verdicts import Rulings
from slamon.core.working_time.calendars import Calendar
from slamon.core.working_time.instants import NEVER, iso
from slamon.core.working_time.periods import bounds_of
from tests.core.stories import FOLLOW_UP, PROMISE, Story, cycles, judged
from tests.core.test_cadence import PERSISTENCE

PEOPLE: list[dict[str, Any]] = [
    {"id": "rita", "name": "Rita", "team": "emea"},
    {"id": "ben", "name": "Ben", "team": "us"},
    {"id": "gone", "name": "Gone", "active": False},
    {"id": "queue", "name": "Inbound queue", "automated": True},
]
NURTURED = FOLLOW_UP | {"pause": {"while": [{"stage": "nurture"}]}, "debounce": "9d"}
MQL = "2026-01-05 09:00"


def states(*args: Any, **more: Any) -> list[str]:
    return [cycle["state"] for cycle in cycles(*args, **more)]


def due(*args: Any, **more: Any) -> str | None:
    (cycle,) = cycles(*args, **more)
    text: str | None = cycle["due_at"]
    return text


def warnings(story: Story, terms: Mapping[str, Any], **more: Any) -> list[str]:
    (found,) = judged(story, terms, **more).per_lead
    return sorted(iso(each)[:16].replace("T", " ") for each in found.obligations.warnings[0].tolist() if each != NEVER)


# What opens a cycle.


def test_a_start_exactly_one_debounce_after_the_last_accepted_one_is_a_new_start() -> None:
    for again, many in (("2026-01-06 08:59:59", 1), ("2026-01-06 09:00", 2)):
        assert len(cycles(Story().stage(MQL, "mql").call("2026-01-05 09:30").stage(again, "mql"), FOLLOW_UP)) == many


def test_the_debounce_is_counted_from_the_last_accepted_start_not_from_a_start_that_was_the_same() -> None:
    story = Story().stage(MQL, "mql").call("2026-01-05 09:30").stage("2026-01-05 20:00", "mql").stage("2026-01-06 10:00", "mql")
    assert [cycle["started_at"] for cycle in cycles(story, FOLLOW_UP)] == [MQL, "2026-01-06 10:00"]


def test_once_it_is_past_due_the_next_start_opens_a_new_cycle_although_nobody_answered() -> None:
    story = Story().stage(MQL, "mql").stage("2026-01-05 11:00", "mql").stage("2026-01-05 11:00:01", "mql")
    found = cycles(story, FOLLOW_UP | {"debounce": "1h"})
    assert [(cycle["cycle"], cycle["started_at"]) for cycle in found] == [(1, MQL), (2, "2026-01-05 11:00:01")]


def test_a_late_answer_is_found_whatever_else_happens_before_the_next_start() -> None:
    story = Story().stage(MQL, "mql").stage("2026-01-05 12:00", "disqualified").owner("2026-01-05 13:00", None).call("2026-01-20 09:30")
    (cycle,) = cycles(story, FOLLOW_UP)
    assert (cycle["state"], cycle["answered_at"]) == ("breached", "2026-01-20 09:30")


def test_further_starts_of_an_open_cadence_change_nothing_and_one_within_the_debounce_is_the_same_start() -> None:
    once = PERSISTENCE | {"attempts": 1, "gap": {}}
    story = Story().stage(MQL, "mql").stage("2026-01-07 09:00", "mql")
    assert len(cycles(story, once)) == 1
    assert len(cycles(story.call("2026-01-08 09:00").stage("2026-01-08 10:00", "mql"), once)) == 2
    assert len(cycles(story, once | {"debounce": "9d"})) == 1


def test_events_at_one_instant_in_one_record_are_taken_as_the_source_lists_them() -> None:
    story = Story().stage(MQL, "mql", position=2).call(MQL, position=1)
    assert states(story, FOLLOW_UP) == ["breached"]
    assert states(Story().stage(MQL, "mql", position=1).call(MQL, position=2), FOLLOW_UP) == ["met"]


def test_the_first_match_after_the_start_answers_not_a_later_one() -> None:
    (cycle,) = cycles(Story().stage(MQL, "mql").call("2026-01-05 09:20").call("2026-01-05 09:10"), FOLLOW_UP)
    assert cycle["answered_at"] == "2026-01-05 09:10"


def test_credit_reaches_as_far_back_as_it_says_and_no_further() -> None:
    credit = FOLLOW_UP | {"credit_before": "30m"}
    for call, state in (("2026-01-05 08:30", "met"), ("2026-01-05 08:29:59", "breached")):
        assert states(Story().call(call).stage(MQL, "mql"), credit) == [state]


# The target.


def test_of_several_targets_the_first_that_matches_wins() -> None:
    targets = [{"when": {"region": "emea"}, "within": "1wh"}, {"when": {"size": {"at_least": 10}}, "within": "3wh"}]
    story = Story().stage(MQL, "mql", attributes={"region": "emea", "size": "50"})
    assert due(story, FOLLOW_UP | {"targets": targets}) == "2026-01-05 10:00"
    assert due(story, FOLLOW_UP | {"targets": targets[::-1]}) == "2026-01-05 12:00"


def test_an_attribute_of_the_very_instant_of_the_start_counts_and_a_later_one_does_not() -> None:
    targets = FOLLOW_UP | {"targets": [{"when": {"region": "emea"}, "within": "1wh"}]}
    for at, expected in ((MQL, "2026-01-05 10:00"), ("2026-01-05 09:00:01", "2026-01-05 11:00")):
        story = Story().tell("2026-01-04 09:00", "touch", "form", attributes={"region": "us"}).stage(MQL, "mql")
        assert due(story.tell(at, "attribute", "region", value="emea"), targets) == expected


def test_the_warning_comes_at_four_fifths_of_the_target_unless_the_terms_say_otherwise() -> None:
    story = Story().stage("2026-01-05 16:00", "mql")
    assert warnings(story, FOLLOW_UP, as_of="2026-01-05 16:00") == ["2026-01-06 09:36"]
    assert warnings(story, FOLLOW_UP | {"warn_at": ["25%", "45wm"]}, as_of="2026-01-05 16:00") == ["2026-01-05 16:30", "2026-01-06 09:15"]


def test_a_warning_runs_on_the_targets_own_clock() -> None:
    story = Story().stage("2026-01-05 16:00", "mql")
    assert warnings(story, FOLLOW_UP | {"within": "10h", "warn_at": ["50%"]}, as_of="2026-01-05 16:00") == ["2026-01-05 21:00"]
    assert warnings(story, FOLLOW_UP | {"within": "10wh", "warn_at": ["50%"]}, as_of="2026-01-05 16:00") == ["2026-01-06 13:00"]


def test_a_target_in_working_days_keeps_the_time_of_day_unless_close_of_business_is_asked_for() -> None:
    story = Story().stage("2026-01-07 15:00", "mql")
    assert due(story, FOLLOW_UP | {"within": "2wd"}) == "2026-01-09 15:00"
    assert due(story, FOLLOW_UP | {"within": "2wd", "close_of_business": True}) == "2026-01-09 17:00"


def test_a_definition_without_a_calendar_runs_on_the_workspaces() -> None:
    terms = {key: value for key, value in FOLLOW_UP.items() if key != "calendar"}
    story = Story().stage("2026-01-05 14:30", "mql")
    for workspaces, expected in (("office", "2026-01-05 16:30"), ("berlin", "2026-01-06 08:30")):
        assert due(story, terms, default_calendar=workspaces) == expected


def test_with_the_owners_calendar_a_hand_over_to_another_zone_does_not_move_due() -> None:
    terms = FOLLOW_UP | {"calendar": "owner"}
    people = [{"id": "rita", "calendar": "office"}, {"id": "kim", "calendar": "berlin"}]
    story = Story().stage("2026-01-05 14:30", "mql").owner("2026-01-05 14:30", "rita").owner("2026-01-05 14:40", "kim")
    assert due(story, terms, people=people, default_calendar="office") == "2026-01-05 16:30"
    story.rows[1]["owner"] = "kim"
    assert due(story, terms, people=people, default_calendar="office") == "2026-01-06 08:30"


# The strict clock.


def test_strict_due_counts_working_hours_as_plain_ones_and_a_working_day_as_24_hours() -> None:
    friday = Story().stage("2026-01-09 16:00", "mql")
    for within, strict in (("2wh", "2026-01-09 18:00"), ("1wd", "2026-01-10 16:00"), ("90m", "2026-01-09 17:30")):
        (found,) = judged(friday, FOLLOW_UP | {"within": within}).per_lead
        assert iso(int(found.obligations.strict_due[0]))[:16].replace("T", " ") == strict


def test_strict_due_is_never_after_due() -> None:
    short_tuesday = Calendar("UTC", {"mon-fri": ["09:00-17:00"]}, special_days={"2026-01-06": ["09:00-13:00"]})
    story, terms = Story().stage("2026-01-05 16:30", "mql"), FOLLOW_UP | {"within": "1wd"}
    (found,) = judged(story, terms, calendars={"office": short_tuesday}).per_lead
    assert [iso(int(each[0]))[:16] for each in (found.obligations.due, found.obligations.strict_due)] == ["2026-01-06T13:00"] * 2


def test_a_missed_promise_is_missed_strictly_too_even_if_it_was_answered_by_the_end_of_24_hours() -> None:
    short_tuesday = Calendar("UTC", {"mon-fri": ["09:00-17:00"]}, special_days={"2026-01-06": ["09:00-13:00"]})
    story, terms = Story().stage("2026-01-05 16:30", "mql").call("2026-01-06 14:00"), FOLLOW_UP | {"within": "1wd"}
    (cycle,) = cycles(story, terms, calendars={"office": short_tuesday})
    assert (cycle["due_at"], cycle["state"], cycle["strict_state"]) == ("2026-01-06 13:00", "breached", "breached")


def test_what_is_due_next_month_counts_there_strictly_too_though_24x7_it_was_due_in_this_one() -> None:
    (found,) = judged(Story().stage("2026-01-30 16:00", "mql").call("2026-02-02 09:30"), FOLLOW_UP).per_lead
    assert [iso(int(each[0]))[:10] for each in (found.obligations.strict_due, found.obligations.due)] == ["2026-01-30", "2026-02-02"]
    january, february = (due_within(found, *bounds_of(month, "UTC")) for month in ("2026-01", "2026-02"))
    assert [(tally(found, each), strict_tally(found, each)) for each in (january, february)] == [
        (Tally(0, 0), Tally(0, 0)),
        (Tally(1, 0), Tally(0, 1)),
    ]


# Pauses.


def test_while_it_is_paused_nothing_warns() -> None:
    story = Story().stage(MQL, "mql").stage("2026-01-05 10:00", "nurture")
    assert warnings(story, NURTURED, as_of="2026-01-05 09:59") == ["2026-01-05 10:36"]
    assert warnings(story, NURTURED, as_of="2026-01-08 12:00") == []


def test_a_pause_before_the_start_moves_due_from_the_start_on_only() -> None:
    story = Story().owner("2026-01-05 08:00", None).stage(MQL, "mql").owner("2026-01-05 09:45", "rita")
    assert due(story, FOLLOW_UP | {"pause": {"while": "unassigned"}}, people=PEOPLE) == "2026-01-05 11:45"


def test_a_pause_that_begins_after_due_moves_nothing() -> None:
    story = Story().stage(MQL, "mql").stage("2026-01-05 11:00:01", "nurture").stage("2026-01-06 12:00", "sal")
    assert due(story, NURTURED) == "2026-01-05 11:00"


def test_several_pauses_of_one_cycle_add_up_and_closed_hours_inside_them_cost_nothing() -> None:
    story = Story().stage(MQL, "mql").stage("2026-01-05 09:30", "nurture").stage("2026-01-05 10:00", "mql")
    story.stage("2026-01-05 10:30", "nurture").stage("2026-01-06 09:30", "mql")
    assert due(story, NURTURED, as_of="2026-01-06 09:40") == "2026-01-06 10:30"


def test_states_that_overlap_are_one_pause_and_their_time_counts_once() -> None:
    both = NURTURED | {"pause": {"while": [{"stage": "nurture"}, "unassigned", "holder away"]}}
    away = [{"person": "rita", "since": "2026-01-05 09:45", "until": "2026-01-05 10:15"}]
    story = Story().owner("2026-01-02 09:00", "rita").stage(MQL, "mql").stage("2026-01-05 09:30", "nurture")
    story.stage("2026-01-05 10:00", "mql").owner("2026-01-05 10:10", None).owner("2026-01-05 10:30", "ben")
    assert due(story, both, people=PEOPLE, absences=away, as_of="2026-01-05 10:30") == "2026-01-05 12:00"


def test_only_the_states_that_the_terms_list_pause() -> None:
    story = Story().owner("2026-01-02 09:00", "rita").stage(MQL, "mql").owner("2026-01-05 09:30", None).owner("2026-01-05 10:00", "ben")
    for listed, expected in ((["unassigned"], "2026-01-05 11:30"), (["holder away"], "2026-01-05 11:00")):
        assert due(story, FOLLOW_UP | {"pause": {"while": listed}}, people=PEOPLE) == expected


@pytest.mark.parametrize("holder", ["queue", None])
def test_a_queue_an_integration_user_or_nobody_is_unassigned(holder: str | None) -> None:
    story = Story().owner("2026-01-02 09:00", "rita").stage(MQL, "mql").owner("2026-01-05 09:30", holder)
    (cycle,) = cycles(story, FOLLOW_UP | {"pause": {"while": "unassigned"}}, people=PEOPLE)
    assert (cycle["state"], cycle["due_at"], cycle["holder"]) == ("pending", None, None)


def test_a_person_whom_no_table_of_people_names_holds_the_lead_and_is_counted() -> None:
    story = Story().stage(MQL, "mql").owner(MQL, "stranger")
    judgement = judged(story, FOLLOW_UP, people=PEOPLE)
    assert (judgement.verdicts()["charged_to"].tolist(), judgement.facts.findings.unknown_owners) == (["stranger"], 1)


def test_somebody_who_is_back_at_an_instant_is_not_away_at_it() -> None:
    story = Story().owner("2026-01-02 09:00", "rita").stage(MQL, "mql")
    for until, cause in (("2026-01-05 11:00", "owner"), ("2026-01-05 11:00:00.000001", "coverage")):
        away = [{"person": "rita", "since": "2026-01-05 00:00", "until": until}]
        assert [cycle["cause"] for cycle in cycles(story, FOLLOW_UP, people=PEOPLE, absences=away)] == [cause]


def test_a_breach_that_is_answered_during_what_would_pause_it_stays_a_breach() -> None:
    story = Story().stage(MQL, "mql").stage("2026-01-05 12:00", "nurture").call("2026-01-05 13:00")
    (cycle,) = cycles(story, NURTURED)
    assert (cycle["state"], cycle["due_at"]) == ("breached", "2026-01-05 11:00")


# What takes a cycle out of the count.


@pytest.mark.parametrize(
    ("cancelled_by", "event", "reason"),
    [
        ({"stage": "disqualified"}, {"kind": "stage", "name": "disqualified"}, "stage disqualified"),
        (
            {"attribute": "do_not_contact", "to": "true"},
            {"kind": "attribute", "name": "do_not_contact", "value": "true"},
            "do_not_contact = true",
        ),
        ({"attribute": "duplicate"}, {"kind": "attribute", "name": "duplicate", "value": "of bea"}, "duplicate = of bea"),
        ({"deleted": True}, {"kind": "deleted"}, "deleted"),
        (None, {"kind": "deleted"}, "deleted"),
    ],
)
def test_a_cancelling_event_takes_the_cycle_out_with_its_reason(
    cancelled_by: Mapping[str, Any] | None, event: dict[str, Any], reason: str
) -> None:
    terms = FOLLOW_UP | {"cancelled_by": cancelled_by} if cancelled_by else {k: v for k, v in FOLLOW_UP.items() if k != "cancelled_by"}
    (cycle,) = cycles(Story().stage(MQL, "mql").tell("2026-01-05 10:00", **event), terms)
    assert (cycle["state"], cycle["reason"], cycle["strict_state"]) == ("cancelled", reason, "cancelled")


def test_a_deletion_at_or_after_due_leaves_the_breach_as_it_is() -> None:
    for at, state in (("2026-01-05 10:59:59", "cancelled"), ("2026-01-05 11:00", "breached"), ("2026-01-06 09:00", "breached")):
        assert states(Story().stage(MQL, "mql").tell(at, "deleted"), FOLLOW_UP) == [state]


def test_a_cycle_that_was_answered_is_not_cancelled_afterwards() -> None:
    story = Story().stage(MQL, "mql").call("2026-01-05 09:30").stage("2026-01-05 10:00", "disqualified")
    assert states(story, FOLLOW_UP) == ["met"]


# Whose it is.


def test_by_default_a_reassignment_leaves_one_cycle_with_one_due() -> None:
    story = Story().stage(MQL, "mql").owner(MQL, "rita").owner("2026-01-05 10:30", "ben")
    (cycle,) = cycles(story, FOLLOW_UP, people=PEOPLE)
    assert (cycle["due_at"], cycle["charged_to"], cycle["team"]) == ("2026-01-05 11:00", "ben", "us")
    assert due(story, FOLLOW_UP | {"restart_on_reassignment": True}, people=PEOPLE) == "2026-01-05 12:30"


def test_system_delay_ends_with_the_first_human_holder_and_human_delay_with_the_answer() -> None:
    story = Story().stage(MQL, "mql").owner(MQL, "queue").owner("2026-01-05 09:20", "rita").call("2026-01-06 09:30")
    (cycle,) = cycles(story, FOLLOW_UP, people=PEOPLE)
    assert (cycle["system_delay_s"], cycle["human_delay_s"]) == (20 * 60, (7 * 60 + 40 + 30) * 60)


def test_a_breach_with_an_answer_that_was_logged_late_is_first_of_all_late_data() -> None:
    story = Story().stage(MQL, "mql").owner("2026-01-05 10:50", "rita").call("2026-01-05 10:55", recorded_at="2026-01-07 09:00")
    (cycle,) = cycles(story, FOLLOW_UP, people=PEOPLE)
    assert cycle["cause"] == "data late"  # and not routing, although it was assigned with ten minutes left
    accepted = Rulings(accepted=frozenset({"e2"}))
    assert states(story, FOLLOW_UP, people=PEOPLE, rulings=accepted) == ["met"]


def test_late_routing_comes_before_an_absence_as_a_cause() -> None:
    away = [{"person": "rita", "since": "2026-01-05 00:00", "until": "2026-01-09 00:00"}]
    for at, cause in (("2026-01-05 10:00", "coverage"), ("2026-01-05 10:00:01", "routing")):
        story = Story().stage(MQL, "mql").owner(MQL, "queue").owner(at, "rita")
        assert [cycle["cause"] for cycle in cycles(story, FOLLOW_UP, people=PEOPLE, absences=away)] == [cause]


def test_somebody_inactive_at_due_is_a_gap_in_coverage() -> None:
    story = Story().stage(MQL, "mql").owner(MQL, "gone")
    assert [cycle["cause"] for cycle in cycles(story, FOLLOW_UP, people=PEOPLE)] == ["coverage"]


def test_half_of_the_target_is_counted_without_pauses() -> None:
    terms = NURTURED | {"pause": {"while": [{"stage": "nurture"}]}}
    story = Story().stage(MQL, "mql").owner(MQL, "queue").stage("2026-01-05 09:10", "nurture").stage("2026-01-05 11:10", "mql")
    story.owner("2026-01-05 11:20", "rita")
    (cycle,) = cycles(story, terms, people=PEOPLE)
    assert (cycle["due_at"], cycle["cause"]) == ("2026-01-05 13:00", "owner")


def test_a_met_cycle_is_charged_to_nobody_and_has_no_cause() -> None:
    (cycle,) = cycles(Story().stage(MQL, "mql").owner(MQL, "rita").call("2026-01-05 09:30"), FOLLOW_UP, people=PEOPLE)
    assert (cycle["charged_to"], cycle["team"], cycle["cause"]) == (None, None, None)


# Other promises of the same kind.


def test_stage_age_assignment_and_disposition_are_deadlines_with_other_events() -> None:
    base = PROMISE | {"kind": "deadline", "start": {"stage": "mql"}}
    age = base | {"sla": "age", "met_by": [{"stage": ["sal", "disqualified"]}], "within": "5wd"}
    routing = base | {"sla": "routing", "met_by": {"owner": "assigned"}, "within": "15m"}
    reason = base | {"sla": "reason", "start": {"stage": "disqualified"}, "met_by": {"attribute": "reason"}, "within": "1wd"}
    story = Story().stage(MQL, "mql").owner("2026-01-05 09:15", "rita").stage("2026-01-13 09:00", "disqualified")
    story.tell("2026-01-14 09:00", "attribute", "reason", value="budget")
    assert {cycle["sla"]: cycle["state"] for cycle in cycles(story, age, routing, reason, people=PEOPLE)} == {
        "age": "breached",
        "reason": "met",
        "routing": "met",
    }

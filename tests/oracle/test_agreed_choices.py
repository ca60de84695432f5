"""What random histories brought up, each as a small story that the core and the oracle have to tell alike."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.oracle.cases import Case, Row, core_rows, oracle_rows
from tests.oracle.facts import Event, Person, Ruling
from tests.oracle.promises_at_random import CALENDARS
from tests.oracle.stories import CADENCE, FOLLOW_UP, call, stage, when

LATER = when("mon 12:00", 8)
REP = Person("ana", "emea", "night")


def told(terms: dict[str, Any], *events: Event, as_of: datetime = LATER, **more: Any) -> list[Row]:
    """The verdicts of a story, the same from both judges."""
    case = Case((terms,), CALENDARS, events, **{"people": (REP,), **more})
    core, oracle = core_rows(case, as_of)[0], oracle_rows(case, as_of)[0]
    assert core == oracle, repr(case)
    return core


def states(*args: Any, **more: Any) -> list[str]:
    return [row["state"] for row in told(*args, **more)]


def given(owner: str | None, text: str, **more: Any) -> Event:
    return Event("L1", when(text), "owner", value=owner, id=f"{owner}@{text}", **more)


MQL = stage("mql", when("mon 09:00"))


def test_a_meeting_that_was_booked_before_counts_once_its_time_has_come() -> None:
    booked = call(when("mon 10:30"), seen_at=when("mon 09:10"))
    assert states(FOLLOW_UP, MQL, booked, as_of=when("mon 10:00")) == ["pending"]
    assert states(FOLLOW_UP, MQL, booked) == ["met"]


def test_leads_merged_in_a_ring_are_the_one_with_the_smallest_id() -> None:
    ring = [Event(a, when("mon 09:10"), "merged", value=b, id=a + b) for a, b in (("L1", "L2"), ("L2", "L1"))]
    assert [row["lead"] for row in told(FOLLOW_UP, MQL, *ring)] == ["L1"]


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_merges_of_one_lead_the_later_holds_whichever_arrives_first(order: int) -> None:
    merges = [Event("L1", when(at), "merged", value=into, id=into) for at, into in (("mon 09:10", "L2"), ("mon 09:20", "L3"))]
    assert [row["lead"] for row in told(FOLLOW_UP, MQL, *merges[::order])] == ["L3"]


def test_merged_away_cancels_nothing_that_is_open() -> None:
    merged = Event("L0", when("mon 09:30"), "merged", value="L1", id="merge")
    assert states(FOLLOW_UP | {"cancelled_by": {"merged": True}}, MQL, merged) == ["breached"]


def test_a_start_after_a_deletion_is_judged_and_a_second_deletion_cancels_it() -> None:
    gone = [Event("L1", when(at), "deleted", id=at) for at in ("mon 08:00", "mon 10:00")]
    assert states(FOLLOW_UP, gone[0], MQL) == ["breached"]
    assert states(FOLLOW_UP, *gone, MQL) == ["cancelled"]


def test_an_excuse_does_not_take_a_kept_promise_out_of_the_count() -> None:
    excuse = (Ruling(MQL.id, when("tue 09:00"), "follow-up"),)
    assert states(FOLLOW_UP, MQL, call(when("mon 10:00")), excuses=excuse) == ["met"]
    [row] = told(FOLLOW_UP, given("ana", "mon 08:00"), MQL, excuses=excuse)
    assert (row["state"], row["strict_state"], row["cause"], row["charged_to"]) == ("excused", "excused", "", "")


def test_a_bad_number_matters_only_where_it_decides() -> None:
    rich: dict[str, Any] = {"when": {"amount": {"at_least": 1}, "region": "us"}, "within": "1wh"}
    asked = FOLLOW_UP | {"targets": [rich]}
    for region, state in (("emea", "breached"), ("us", "unknown")):
        assert states(asked, stage("mql", when("mon 09:00"), attributes={"amount": "a lot", "region": region})) == [state]


def test_what_cannot_be_told_of_a_later_target_does_not_matter_once_one_matched() -> None:
    first: dict[str, Any] = {"when": {"region": "us"}, "within": "1wh"}
    asked = FOLLOW_UP | {"targets": [first, {"when": {"budget": {"at_least": 1}}, "within": "1wd"}]}
    for region, state in (("us", "breached"), ("emea", "unknown")):
        assert states(asked, stage("mql", when("mon 09:00"), attributes={"region": region})) == [state]


def test_an_attribute_written_another_way_has_not_changed() -> None:
    terms = FOLLOW_UP | {"met_by": {"attribute": "amount"}}
    start = stage("mql", when("mon 09:00"), attributes={"amount": "20000"})
    for value, state in (("20000.0", "breached"), ("20001", "met")):
        assert states(terms, start, Event("L1", when("mon 10:00"), "attribute", "amount", value, id="new")) == [state]


def test_a_cycle_closed_by_credit_is_due_without_later_pauses_on_the_first_holders_calendar() -> None:
    terms = FOLLOW_UP | {"credit_before": "1h", "calendar": "owner", "pause": {"while": {"stage": "nurture"}}}
    events = [call(when("mon 08:30")), MQL, stage("nurture", when("mon 09:30")), given("ana", "mon 10:00")]
    [row] = told(terms, *events)
    assert (row["state"], row["due_at"]) == ("met", f"{when('mon 11:00'):%Y-%m-%dT%H:%M:%S.%f}Z")


def test_an_assignment_after_the_answer_moves_no_due() -> None:
    [row] = told(FOLLOW_UP | {"calendar": "owner"}, MQL, call(when("mon 09:30")), given("ana", "mon 10:00"))
    assert row["due_at"] == f"{when('mon 11:00'):%Y-%m-%dT%H:%M:%S.%f}Z"


def test_the_first_holders_calendar_is_a_cadences_too_if_nothing_was_done_before() -> None:
    terms = CADENCE | {"calendar": "owner", "attempts": 1, "within": "2wd", "gap": {}}
    for events, closes in (([given("ana", "mon 10:00")], "thu 06:00"), ([stage("sal", when("mon 09:30"))], "tue 17:00")):
        [row] = told(terms, MQL, *events)
        assert row["due_at"] == f"{when(closes):%Y-%m-%dT%H:%M:%S.%f}Z"


def test_credit_in_working_days_goes_forward_from_the_answer() -> None:
    terms = FOLLOW_UP | {"credit_before": "1wd"}
    monday = stage("mql", when("mon 09:30", 1))
    assert states(terms, call(when("fri 18:00")), monday) == ["met"]
    assert states(terms, call(when("fri 09:00")), monday) == ["breached"]


def test_an_outbound_mail_that_ends_a_cadence_is_no_contact() -> None:
    terms = CADENCE | {"attempt": {"activity": "call"}, "ended_by": {"activity": ["email", "meeting"]}}
    for name, state in (("email", "cancelled"), ("meeting", "met")):
        assert states(terms, MQL, call(when("mon 10:00"), name=name)) == [state]


def test_a_window_that_ends_at_a_night_shifts_close_belongs_to_that_shift() -> None:
    terms = CADENCE | {"calendar": "night", "attempts": 2, "within": "24wh", "gap": {"min": "1wd"}}
    [row] = told(terms, stage("mql", when("thu 16:00")), as_of=when("fri 12:00"))
    assert row["due_at"] == f"{when('sat 06:00'):%Y-%m-%dT%H:%M:%S.%f}Z"


def test_hours_that_two_blocks_share_at_a_clock_change_belong_to_the_one_that_opened_first() -> None:
    terms = CADENCE | {"calendar": "island", "attempts": 1, "within": "1wd", "gap": {}}
    [row] = told(
        terms, stage("mql", datetime.fromisoformat("2026-10-03T12:00:00+00:00")), as_of=datetime.fromisoformat("2026-10-05T00:00:00+00:00")
    )
    assert row["due_at"] == "2026-10-03T17:00:00.000000Z"


def test_from_queue_to_queue_the_owner_did_not_change() -> None:
    people = (REP, Person("queue", human=False), Person("pool", human=False))
    terms = FOLLOW_UP | {"start": {"owner": "unassigned"}, "debounce": "15m"}
    assert len(told(terms, given("ana", "mon 08:00"), given("queue", "mon 09:00"), given("pool", "wed 09:00"), people=people)) == 1


def test_an_owner_without_a_team_is_on_the_owners_team() -> None:
    terms = FOLLOW_UP | {"met_by": {"activity": "call", "by": "team"}}
    assert states(terms, given("ana", "mon 08:00"), MQL, call(when("mon 10:00")), people=(Person("ana"),)) == ["met"]


def test_where_two_versions_calendars_begin_the_day_apart_the_later_takes_over_when_it_begins() -> None:
    old = FOLLOW_UP | {"effective_until": "2026-01-07", "start": {"stage": "mql"}}
    new = FOLLOW_UP | {"effective_from": "2026-01-07", "calendar": "island", "start": {"touch": "form"}}
    case = Case((old, new), CALENDARS, (stage("mql", when("tue 18:00")),))
    assert core_rows(case, LATER) == oracle_rows(case, LATER) == ([], [])


@pytest.mark.parametrize(("minutes", "due"), [(9, "thu 09:30"), (25, "thu 09:30")])
def test_a_stage_that_an_import_writes_after_its_leads_belongs_to_it(minutes: int, due: str) -> None:
    at = when("mon 09:00") + timedelta(minutes=30)
    made = [
        Event(f"L{n}", at + timedelta(minutes=8 * n), "touch", "visit", id=f"t{n}", actor="import", attributes={"source": "list"})
        for n in range(3)
    ]
    [row] = told(FOLLOW_UP | {"batch": {"size": 2, "within": "3wd"}}, *made, stage("mql", at + timedelta(minutes=minutes), lead="L0"))
    assert row["due_at"] == f"{when(due) + timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%S.%f}Z"


def test_an_answer_before_the_start_that_was_logged_late_makes_the_breach_a_matter_of_late_data() -> None:
    early = call(when("mon 08:30"), recorded_at=when("wed 09:00"))
    for credit, cause in (({"credit_before": "1h"}, "data late"), ({"credit_before": "10m"}, "owner"), ({}, "owner")):
        [row] = told(FOLLOW_UP | credit, given("ana", "mon 08:00"), early, MQL)
        assert (row["state"], row["cause"]) == ("breached", cause)


@pytest.mark.parametrize(
    ("debounce", "again", "cycles"),
    [("4wh", "mon 12:59", 1), ("4wh", "mon 13:00", 2), ("9wh", "tue 09:59", 1), ("9wh", "tue 10:00", 2), ("2wd", "wed 08:59", 1)],
)
def test_a_debounce_in_working_time_runs_on_the_promises_calendar(debounce: str, again: str, cycles: int) -> None:
    events = (MQL, call(when("mon 09:30")), stage("mql", when(again)))
    assert len(told(FOLLOW_UP | {"debounce": debounce}, *events)) == cycles


@pytest.mark.parametrize(
    ("allowed", "recorded", "state"),
    [("2wh", "mon 08:00", "met"), ("2wh", "mon 11:00", "met"), ("2wh", "mon 11:01", "breached"), ("1wd", "tue 09:01", "breached")],
)
def test_late_logging_in_working_time_costs_nothing_while_the_calendar_is_closed(allowed: str, recorded: str, state: str) -> None:
    answered = call(when("fri 18:00"), recorded_at=when(recorded, 1))
    assert states(FOLLOW_UP | {"late_logging": allowed, "within": "2wd"}, stage("mql", when("fri 15:00")), answered) == [state]


@pytest.mark.parametrize("nothing", ["", None])
def test_an_attribute_that_changes_to_nothing_is_no_longer_known(nothing: str | None) -> None:
    rich: dict[str, Any] = {"when": {"amount": {"at_least": 1}}, "within": "1wh"}
    known = stage("sal", when("mon 08:00"), attributes={"amount": "5"})
    cleared = Event("L1", when("mon 08:30"), "attribute", "amount", nothing, id="cleared")
    for events, due in (((known, MQL), "mon 10:00"), ((known, cleared, MQL), "mon 11:00")):
        [row] = told(FOLLOW_UP | {"targets": [rich]}, *events)
        assert row["due_at"] == f"{when(due):%Y-%m-%dT%H:%M:%S.%f}Z"


def test_that_an_attribute_is_cleared_answers_nothing_and_stating_it_again_is_a_change() -> None:
    terms = FOLLOW_UP | {"met_by": {"attribute": "reason"}}
    start = stage("mql", when("mon 09:00"), attributes={"reason": "budget"})
    cleared = Event("L1", when("mon 09:30"), "attribute", "reason", "", id="cleared")
    again = Event("L1", when("mon 10:00"), "attribute", "reason", "budget", id="again")
    for events, state in (((cleared,), "breached"), ((again,), "breached"), ((cleared, again), "met")):
        assert states(terms, start, *events) == [state]


def test_a_lead_that_was_back_in_a_queue_at_due_was_missed_by_routing_and_nobody_is_charged() -> None:
    [row] = told(FOLLOW_UP, given("ana", "mon 08:00"), MQL, given(None, "mon 10:30"))
    assert (row["state"], row["cause"], row["charged_to"]) == ("breached", "routing", "")


def test_a_lead_that_is_taken_out_after_its_answer_and_comes_back_within_the_debounce_is_a_new_request() -> None:
    again = stage("mql", when("mon 15:00"))
    assert states(FOLLOW_UP, MQL, call(when("mon 10:00")), again) == ["met"]
    for out in ("mon 11:00", "mon 13:00"):  # before and after due
        assert states(FOLLOW_UP, MQL, call(when("mon 10:00")), stage("disqualified", when(out)), again) == ["met", "breached"]
    assert states(FOLLOW_UP, MQL, stage("disqualified", when("mon 11:00")), again) == ["breached", "breached"]  # at due


def test_while_a_lead_that_comes_back_was_deleted_a_cadence_stands() -> None:
    gone, back = Event("L1", when("wed 09:00"), "deleted", id="gone"), Event("L1", when("mon 09:00", 1), "restored", id="back")
    first = call(when("tue 10:00", 1))
    plain = told(CADENCE, MQL, first, as_of=when("tue 12:00", 1))
    paused = told(CADENCE, MQL, gone, back, first, as_of=when("tue 12:00", 1))
    assert [(row["state"], row["due_at"]) for row in plain] == [("breached", "2026-01-08T16:00:00.000000Z")]
    assert [f"{row['state']}, {row['attempts']} made" for row in paused] == ["pending, 1 made"]
    assert [row["due_at"] for row in paused] == ["2026-01-15T16:00:00.000000Z"]  # three working days later than Monday at 17:00


def test_a_deletion_after_a_cadence_was_kept_moves_nothing() -> None:
    gone, back = Event("L1", when("wed 09:00"), "deleted", id="gone"), Event("L1", when("thu 09:00"), "restored", id="back")
    reply = Event("L1", when("tue 10:00"), "activity", "reply", id="reply", direction="inbound")
    assert told(CADENCE, MQL, reply, gone, back) == told(CADENCE, MQL, reply)


def test_until_the_first_owner_is_known_nobody_is_told_that_routing_was_late() -> None:
    stories = (MQL, given("ana", "tue 09:00"))
    assert [row["cause"] for row in told(FOLLOW_UP, *stories, as_of=when("mon 18:00"))] == [""]
    assert [row["cause"] for row in told(FOLLOW_UP, *stories, as_of=when("tue 18:00"))] == ["routing"]


def test_an_attribute_that_is_told_later_is_asked_for_from_then_on() -> None:
    terms = FOLLOW_UP | {"applies_to": {"intent": "hot"}}
    elsewhere = stage("sal", when("tue 09:00"), lead="L2", attributes={"intent": "cold"})
    before, after = (told(terms, MQL, elsewhere, as_of=when(as_of)) for as_of in ("mon 18:00", "tue 18:00"))
    assert ([row["state"] for row in before], after) == (["unknown"], [])

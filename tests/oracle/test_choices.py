"""The oracle's own choices where the rules are silent, each as a small story."""

from datetime import timedelta
from typing import Any

import pytest

from tests.oracle.facts import Absence, Event, Person
from tests.oracle.judge import judge
from tests.oracle.stories import CADENCE, FOLLOW_UP, NIGHT, OFFICE, call, cycles, one, stage, when


def given(owner: str | None, text: str) -> Event:
    return Event("L1", when(text), "owner", value=owner, id=f"{owner}@{text}")


def test_an_unassigned_lead_stands_still_until_somebody_has_it() -> None:
    terms = FOLLOW_UP | {"pause": {"while": "unassigned"}}
    events = [stage("mql", when("mon 09:00")), given("ana", "mon 11:00")]
    assert one(terms, events, when("mon 12:00")).due_at == when("mon 13:00")
    other = Event("L2", when("mon 08:00"), "owner", value="ana", id="other")
    assert one(terms, [events[0], other], when("mon 12:00")).due_at is None


def test_there_is_no_due_while_the_holder_is_away_even_if_the_return_is_known() -> None:
    terms = FOLLOW_UP | {"pause": {"while": "holder away"}}
    events, away = [given("ana", "mon 08:00"), stage("mql", when("mon 09:00"))], [Absence("ana", when("mon 10:00"), when("wed 10:00"))]
    assert one(terms, events, when("tue 10:00"), [Person("ana")], away).due_at is None
    assert one(terms, events, when("wed 10:00"), [Person("ana")], away).due_at == when("wed 11:00")


def test_what_pauses_after_the_answer_moves_nothing() -> None:
    terms = FOLLOW_UP | {"pause": {"while": {"stage": "nurture"}}}
    events = [stage("mql", when("mon 09:00")), call(when("mon 09:30")), stage("nurture", when("mon 10:00"))]
    assert one(terms, events, when("wed 10:00")).due_at == when("mon 11:00")


@pytest.mark.parametrize(("assigned", "due"), [("mon 10:00", "tue 00:00"), ("mon 15:00", "mon 11:00")])
def test_the_first_holders_calendar_fixes_due_unless_it_was_due_before(assigned: str, due: str) -> None:
    terms = FOLLOW_UP | {"calendar": "owner"}
    events = [stage("mql", when("mon 09:00")), given("nick", assigned)]
    verdict = one(terms, events, when("wed 09:00"), [Person("nick", calendar="night")], default_calendar="office")
    assert verdict.due_at == when(due)


def test_credit_in_working_time_reaches_over_the_weekend() -> None:
    terms = FOLLOW_UP | {"credit_before": "4wh"}
    assert one(terms, [call(when("fri 16:30")), stage("mql", when("mon 09:30", 1))], when("tue 09:00", 1)).state == "met"


def test_a_restart_on_reassignment_gives_the_new_holder_the_whole_target() -> None:
    terms = FOLLOW_UP | {"restart_on_reassignment": True}
    events = [given("ana", "mon 08:00"), stage("mql", when("mon 09:00")), given("bob", "mon 10:00")]
    assert one(terms, events, when("mon 10:30")).due_at == when("mon 12:00")


def test_a_hand_over_after_a_cycle_was_over_starts_nothing_anew() -> None:
    terms = FOLLOW_UP | {"restart_on_reassignment": True}
    gone = Event("L1", when("mon 09:30"), "deleted", id="gone")
    events = [given("ana", "mon 08:00"), stage("mql", when("mon 09:00")), gone, given("bob", "mon 10:00")]
    verdict = one(terms, events, when("mon 10:30"))
    assert (verdict.state, verdict.due_at) == ("cancelled", when("mon 11:00"))


def test_whoever_gets_a_lead_out_of_a_queue_takes_it_over_from_nobody() -> None:
    terms = FOLLOW_UP | {"restart_on_reassignment": True}
    events = [given("ana", "mon 07:00"), given(None, "mon 08:00"), stage("mql", when("mon 09:00")), given("bob", "mon 10:00")]
    assert one(terms, events, when("mon 10:30")).due_at == when("mon 11:00")


def test_that_the_record_merged_away_is_deleted_deletes_nobody() -> None:
    events = [
        stage("mql", when("mon 09:00"), id="a"),
        stage("mql", when("mon 09:05"), lead="loser", id="b"),
        Event("loser", when("mon 09:30"), "merged", value="L1", id="merge"),
        Event("loser", when("mon 09:30"), "deleted", id="gone"),
    ]
    assert one(FOLLOW_UP, events, when("tue 09:00")).state == "breached"


def test_a_deletion_that_is_told_twice_was_the_first() -> None:
    gone = [Event("L1", when(text), "deleted", id=text) for text in ("mon 10:00", "mon 13:00")]
    assert one(FOLLOW_UP, [stage("mql", when("mon 09:00")), *gone], when("tue 09:00")).state == "cancelled"


def test_the_window_of_a_cadence_ends_at_the_close_whatever_its_gap_counts() -> None:
    terms = CADENCE | {"attempts": 1, "within": "2wd", "gap": {"min": "4wh"}}
    verdict = one(terms, [stage("mql", when("mon 09:00")), call(when("tue 20:00"))], when("wed 12:00"))
    assert (verdict.state, verdict.due_at) == ("breached", when("tue 17:00"))


@pytest.mark.parametrize(("leads", "clock", "due"), [(201, "09:30", "thu 09:30"), (200, "09:30", "mon 11:30"), (201, "01:00", "mon 11:00")])
def test_a_bulk_import_has_its_own_target(leads: int, clock: str, due: str) -> None:
    terms: dict[str, Any] = FOLLOW_UP | {"batch": {"within": "3wd"}}
    start = when(f"mon {clock}")  # 01:00 in Berlin is a date at midnight in UTC
    events = [stage("mql", start, lead=f"L{n}", id=str(n), actor="import") for n in range(leads)]
    found = judge([terms], {"office": OFFICE, "night": NIGHT}, events, [], [], start + timedelta(seconds=1))
    assert {verdict.due_at for verdict in found} == {when(due)}


def test_starts_within_the_debounce_are_one() -> None:
    assert len(cycles(FOLLOW_UP, [stage("mql", when("mon 09:00")), stage("mql", when("tue 08:59"))], when("wed 09:00"))) == 1
    assert len(cycles(FOLLOW_UP, [stage("mql", when("mon 09:00")), stage("mql", when("tue 09:00"))], when("wed 09:00"))) == 2

"""The oracle against the examples and rulings that the rules spell out: who checks others is checked first."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.oracle.facts import Absence, Event, Person, Ruling
from tests.oracle.judge import attain, judge
from tests.oracle.stories import CADENCE, FOLLOW_UP, OFFICE, ZONE, call, cycles, one, stage, when


def test_an_answer_at_due_keeps_the_promise_and_as_of_at_due_is_pending() -> None:
    start, due = stage("mql", when("fri 16:30")), when("mon 10:30", 1)
    assert one(FOLLOW_UP, [start], due).state == "pending"
    assert one(FOLLOW_UP, [start], due + timedelta(microseconds=1)).state == "breached"
    assert one(FOLLOW_UP, [start, call(due)], due).state == "met"
    late = one(FOLLOW_UP, [start, call(due + timedelta(microseconds=1))], when("tue 09:00", 1))
    assert (late.state, late.answered_at) == ("breached", due + timedelta(microseconds=1))


def test_the_strict_clock_runs_through_the_weekend() -> None:
    events = [stage("mql", when("fri 16:30")), call(when("mon 09:15", 1))]
    verdict = one(FOLLOW_UP, events, when("tue 09:00", 1))
    assert (verdict.state, verdict.strict_due, verdict.strict_state) == ("met", when("fri 18:30"), "breached")


def test_a_cancellation_before_due_takes_out_of_the_count_and_at_due_comes_too_late() -> None:
    start = stage("mql", when("mon 09:00"))
    assert one(FOLLOW_UP, [start, stage("disqualified", when("mon 10:59"))], when("tue 09:00")).state == "cancelled"
    assert one(FOLLOW_UP, [start, stage("disqualified", when("mon 11:00"))], when("tue 09:00")).state == "breached"


def test_a_cancellation_ends_the_debounce() -> None:
    mqls = [stage("mql", when("mon 09:00")), stage("mql", when("mon 11:00"))]
    assert len(cycles(FOLLOW_UP, mqls, when("tue 09:00"))) == 1
    between = stage("disqualified", when("mon 10:00"))
    assert [c.state for c in cycles(FOLLOW_UP, [mqls[0], between, mqls[1]], when("tue 12:00"))] == ["cancelled", "breached"]


def test_one_event_answers_one_cycle() -> None:
    terms = FOLLOW_UP | {"credit_before": "3d"}
    events = [stage("mql", when("mon 09:00")), call(when("mon 09:30")), stage("mql", when("wed 09:00"))]
    assert [c.state for c in cycles(terms, events, when("wed 12:00"))] == ["met", "breached"]
    again = [*events, call(when("tue 09:00"))]
    assert [c.state for c in cycles(terms, again, when("wed 12:00"))] == ["met", "met"]


def test_pauses_move_due_by_the_working_time_inside_them() -> None:
    terms = FOLLOW_UP | {"pause": {"while": {"stage": "nurture"}}}
    events = [stage("mql", when("mon 16:00")), stage("nurture", when("mon 16:30"))]
    paused = one(terms, events, when("thu 09:00"))
    assert (paused.state, paused.due_at) == ("pending", None)
    back = one(terms, [*events, stage("sal", when("tue 10:00"))], when("thu 09:00"))
    assert (back.state, back.due_at) == ("breached", when("tue 11:30"))


def test_a_lead_deleted_and_restored_was_paused() -> None:
    gone = Event("L1", when("mon 10:00"), "deleted", id="gone")
    events = [stage("mql", when("mon 09:00")), gone]
    assert one(FOLLOW_UP, events, when("wed 09:00")).state == "cancelled"
    restored = one(FOLLOW_UP, [*events, Event("L1", when("tue 12:00"), "restored", id="back")], when("wed 09:00"))
    assert (restored.state, restored.due_at) == ("breached", when("tue 13:00"))


def test_late_evidence_counts_when_it_is_accepted() -> None:
    owned = Event("L1", when("mon 08:00"), "owner", value="ana", id="own")
    late = call(when("mon 10:00"), recorded_at=when("wed 10:00"), seen_at=when("wed 10:00"), id="late")
    events = [owned, stage("mql", when("mon 09:00")), late]
    verdict = one(FOLLOW_UP, events, when("thu 09:00"), [Person("ana", "emea")])
    assert (verdict.state, verdict.cause, verdict.charged_to, verdict.team) == ("breached", "data late", "ana", "emea")
    accepted = (Ruling("late", when("thu 08:00")),)
    assert one(FOLLOW_UP, events, when("thu 09:00"), accepted=accepted).state == "met"
    assert one(FOLLOW_UP, events, when("wed 09:00"), accepted=accepted).state == "breached"


def test_machines_do_not_answer_and_unknown_actors_do_unless_told_otherwise() -> None:
    start = stage("mql", when("mon 09:00"))
    robot, sequence, nobody = (
        call(when("mon 10:00"), actor="112"),
        call(when("mon 10:00"), automated=True),
        call(when("mon 10:00"), actor=None),
    )
    assert one(FOLLOW_UP, [start, robot], when("tue 09:00"), automated_actors=("112",)).state == "breached"
    assert one(FOLLOW_UP, [start, sequence], when("tue 09:00")).state == "breached"
    assert one(FOLLOW_UP, [start, nobody], when("tue 09:00")).state == "met"
    assert one(FOLLOW_UP, [start, nobody], when("tue 09:00"), ignore_unknown_actor=True).state == "breached"


@pytest.mark.parametrize(
    ("assigned", "cause"),
    [("mon 10:00", "owner"), ("mon 10:01", "routing"), ("mon 15:00", "routing")],
)
def test_a_breach_is_routing_when_less_than_half_of_the_target_was_left(assigned: str, cause: str) -> None:
    owned = Event("L1", when(assigned), "owner", value="ana", id="own")
    assert one(FOLLOW_UP, [stage("mql", when("mon 09:00")), owned], when("tue 09:00")).cause == cause


def test_a_breach_while_the_holder_is_away_is_coverage() -> None:
    owned = Event("L1", when("mon 08:00"), "owner", value="ana", id="own")
    away = [Absence("ana", when("mon 10:00"), when("tue 10:00"))]
    assert one(FOLLOW_UP, [owned, stage("mql", when("mon 09:00"))], when("tue 09:00"), [Person("ana")], away).cause == "coverage"


def test_the_example_of_a_cadence_has_its_last_feasible_instants() -> None:
    start = stage("mql", when("mon 09:00"))
    days = [when("thu 17:00"), when("mon 17:00", 1), when("wed 17:00", 1), when("fri 17:00", 1)]
    attempts = [call(when("mon 10:00")), call(when("wed 10:00")), call(when("fri 10:00"))]
    for n, latest in enumerate(days):
        assert one(CADENCE, [start, *attempts[:n]], latest).due_at == latest
        missed = one(CADENCE, [start, *attempts[:n]], latest + timedelta(seconds=1))
        assert (missed.state, missed.attempts, missed.due_at) == ("breached", n, latest)
        assert one(CADENCE, [start, *attempts[:n], call(latest)], latest).attempts == n + 1


def test_six_calls_in_one_morning_are_one_and_a_closed_saturday_is_no_day_after_friday() -> None:
    start = stage("mql", when("mon 09:00"))
    six = [call(when(f"mon 10:0{n}")) for n in range(6)]
    assert one(CADENCE, [start, *six], when("mon 12:00")).attempts == 1
    terms = CADENCE | {"gap": {"min": "1wd"}}
    assert one(terms, [start, call(when("fri 10:00")), call(when("sat 10:00"))], when("sat 12:00")).attempts == 1
    assert one(terms, [start, call(when("sat 10:00")), call(when("mon 10:00", 1))], when("mon 12:00", 1)).attempts == 2


def test_a_cadence_ends_early_met_by_contact_or_an_attempt_else_cancelled() -> None:
    start, reply = stage("mql", when("mon 09:00")), call(when("tue 09:00"), name="reply", direction="inbound", actor=None)
    customer = stage("customer", when("tue 09:00"))
    assert one(CADENCE, [start, reply], when("tue 10:00")).state == "met"
    assert one(CADENCE, [start, customer], when("tue 10:00")).state == "cancelled"
    assert one(CADENCE, [start, call(when("mon 10:00")), customer], when("tue 10:00")).state == "met"


def test_channels_are_counted_over_all_attempts_made_in_time() -> None:
    terms = CADENCE | {"attempts": 3, "channels": 2}
    start, calls = stage("mql", when("mon 09:00")), [call(when("mon 10:00")), call(when("wed 10:00")), call(when("fri 10:00"))]
    too_close = call(when("mon 11:00"), name="email", id="email")
    assert one(terms, [start, *calls], when("fri 12:00")).state == "pending"
    assert one(terms, [start, *calls, too_close], when("fri 12:00")).state == "met"


def test_merged_leads_are_judged_as_their_union_once_the_merge_is_known() -> None:
    events = [
        stage("mql", when("mon 09:00"), lead="loser", id="a"),
        stage("mql", when("mon 09:10"), lead="L1", id="b"),
        call(when("mon 10:30")),
        Event("loser", when("mon 15:00"), "merged", value="L1", id="merge"),
    ]
    assert [(c.lead, c.state) for c in cycles(FOLLOW_UP, events, when("mon 14:00"))] == [("L1", "met"), ("loser", "breached")]
    assert [(c.lead, c.state, c.opened_by) for c in cycles(FOLLOW_UP, events, when("mon 16:00"))] == [("L1", "met", "a")]


def test_a_cycle_is_judged_by_the_version_in_force_at_its_start() -> None:
    old, new = FOLLOW_UP | {"effective_until": "2026-01-06"}, FOLLOW_UP | {"effective_from": "2026-01-06", "within": "4wh"}
    events = [stage("mql", when("mon 23:59"), lead="a"), stage("mql", when("tue 00:00"), lead="b")]
    found = judge([old, new], {"office": OFFICE}, events, [], [], when("wed 09:00"))
    assert [(c.version, c.due_at) for c in found] == [("2025-01-01", when("tue 11:00")), ("2026-01-06", when("tue 13:00"))]


def test_a_reversal_is_a_negative_in_its_own_period_up_to_and_including_the_stated_time() -> None:
    quota = {
        "sla": "sqls",
        "kind": "quota",
        "effective_from": "2026-01-01",
        "counts": {"stage": "sql"},
        "target": 1,
        "per": "month",
        "calendar": "office",
        "reversed_by": {"stage": "disqualified", "within": "30d"},
    }
    start = when("mon 09:00")
    events = [stage("sql", start), stage("disqualified", start + timedelta(days=30)), stage("sql", start + timedelta(days=31))]
    found = attain([quota], {"office": OFFICE}, events, datetime(2026, 3, 1, tzinfo=ZONE))
    assert [(r.period, r.counted, r.reversed, r.state) for r in found] == [
        ("2026-01", 1, 0, "met"),
        ("2026-02", 0, 1, "breached"),
        ("2026-03", 0, 0, "pending"),
    ]


def test_a_cohort_is_judged_when_its_last_member_is_old_enough() -> None:
    ratio = {
        "sla": "acceptance",
        "kind": "ratio",
        "effective_from": "2026-01-01",
        "of": {"stage": "mql"},
        "reach": {"stage": "sql"},
        "at_least": "50%",
        "mature_after": "14d",
        "min_n": 2,
        "calendar": "office",
    }
    last = datetime(2026, 1, 31, 12, tzinfo=UTC)
    events = [stage("mql", when("mon 09:00"), lead="a"), stage("sql", when("tue 09:00"), lead="a"), stage("mql", last, lead="b")]
    before, after = (attain([ratio], {"office": OFFICE}, events, last + timedelta(days=14, seconds=n))[0] for n in (-1, 0))
    assert (before.cohort, before.counted, before.state) == (1, 1, "pending")
    assert (after.cohort, after.counted, after.share, after.state) == (2, 1, 0.5, "met")

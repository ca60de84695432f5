"""Cadences: attempts that count, the last feasible instant of each, early ends."""

import pytest

from slamon.core.working_time.instants import iso
from tests.core.stories import PROMISE, Story, cycles, judged

PERSISTENCE = PROMISE | {
    "sla": "persistence",
    "kind": "cadence",
    "start": {"stage": "mql"},
    "attempts": 4,
    "attempt": {"activity": ["call", "email"], "direction": "outbound"},
    "within": "10wd",
    "gap": {"min": "2wd"},
    "ended_by": [{"activity": "reply"}, {"stage": "disqualified"}],
}
START = "2026-01-05 09:00"
"""A Monday; day 10 is Friday 2026-01-16."""


def calls(*times: str) -> Story:
    story = Story().stage(START, "mql")
    for time in times:
        story.call(f"2026-01-{time}")
    return story


def test_the_last_feasible_instants_are_the_closes_counted_back_from_the_window() -> None:
    story = calls("06 10:00", "08 10:00", "12 10:00", "14 10:00")
    limits = []
    for attempts in range(4):
        partial = Story(story.rows[: attempts + 1])
        (cycle,) = cycles(partial, PERSISTENCE, as_of="2026-01-06 10:00:00" if attempts < 2 else "2026-01-13 09:00")
        limits.append(cycle["due_at"])
    assert limits == ["2026-01-08 17:00", "2026-01-12 17:00", "2026-01-14 17:00", "2026-01-16 17:00"]


def test_four_attempts_two_working_days_apart_keep_it() -> None:
    (cycle,) = cycles(calls("06 10:00", "08 10:00", "12 10:00", "14 10:00"), PERSISTENCE)
    assert (cycle["state"], cycle["attempts"], cycle["answered_at"], cycle["due_at"]) == (
        "met",
        4,
        "2026-01-14 10:00",
        "2026-01-16 17:00",
    )


def test_passing_the_first_limit_without_an_attempt_is_the_breach_and_is_known_then() -> None:
    (cycle,) = cycles(calls(), PERSISTENCE, as_of="2026-01-08 17:00:01")
    assert (cycle["state"], cycle["due_at"], cycle["attempts"]) == ("breached", "2026-01-08 17:00", 0)


def test_an_attempt_at_exactly_the_limit_is_in_time() -> None:
    (cycle,) = cycles(calls("08 17:00"), PERSISTENCE, as_of="2026-01-09 09:00")
    assert (cycle["state"], cycle["attempts"]) == ("pending", 1)


def test_six_calls_in_one_morning_are_one_attempt() -> None:
    (cycle,) = cycles(calls(*(f"06 {hour:02}:00" for hour in range(6, 12))), PERSISTENCE, as_of="2026-01-07 09:00")
    assert (cycle["state"], cycle["attempts"]) == ("pending", 1)


def test_a_call_on_a_closed_saturday_is_no_working_date_after_friday() -> None:
    daily = PERSISTENCE | {"attempts": 2, "gap": {"min": "1wd"}}
    (friday_and_saturday,) = cycles(calls("09 10:00", "10 10:00"), daily, as_of="2026-01-11 09:00")
    (saturday_and_monday,) = cycles(calls("10 10:00", "12 10:00"), daily, as_of="2026-01-12 12:00")
    assert (friday_and_saturday["attempts"], saturday_and_monday["attempts"]) == (1, 2)


def test_an_attempt_outside_hours_counts_on_the_date_it_was_made() -> None:
    (cycle,) = cycles(calls("05 22:00", "07 08:00"), PERSISTENCE | {"attempts": 2}, as_of="2026-01-08 09:00")
    assert (cycle["state"], cycle["attempts"]) == ("met", 2)


@pytest.mark.parametrize(("attempted", "ending", "state"), [(True, "disqualified", "met"), (False, "disqualified", "cancelled")])
def test_an_early_end_is_met_if_an_attempt_was_counted_else_cancelled(attempted: bool, ending: str, state: str) -> None:
    story = calls(*(["06 10:00"] if attempted else [])).stage("2026-01-07 10:00", ending)
    (cycle,) = cycles(story, PERSISTENCE)
    assert (cycle["state"], cycle["attempts"], cycle["answered_at"]) == (state, int(attempted), "2026-01-07 10:00")


def test_a_reply_is_contact_and_keeps_it_without_any_attempt() -> None:
    (cycle,) = cycles(calls().call("2026-01-07 10:00", name="reply", direction="inbound"), PERSISTENCE)
    assert (cycle["state"], cycle["attempts"]) == ("met", 0)


def test_a_breach_is_final_and_the_next_start_opens_the_next_cycle() -> None:
    story = calls().stage("2026-01-19 09:00", "mql")
    for day in ("20", "22", "26", "28"):
        story.call(f"2026-01-{day} 10:00")
    assert [(c["cycle"], c["state"]) for c in cycles(story, PERSISTENCE)] == [(1, "breached"), (2, "met")]


def test_a_longest_gap_ends_the_wait_for_the_next_attempt() -> None:
    terms = PERSISTENCE | {"gap": {"min": "1wd", "max": "2wd"}}
    (cycle,) = cycles(calls("06 10:00"), terms, as_of="2026-01-09 00:00")
    assert (cycle["state"], cycle["due_at"]) == ("breached", "2026-01-08 17:00")


def test_channels_are_counted_over_all_qualifying_attempts_also_those_too_close_to_count() -> None:
    terms = PERSISTENCE | {"attempts": 2, "channels": 2}
    both = calls("06 10:00", "08 10:00").call("2026-01-06 10:05", name="email")
    one = calls("06 10:00", "08 10:00")
    assert [c["state"] for story in (both, one) for c in cycles(story, terms)] == ["met", "breached"]


def test_the_second_channel_may_come_after_the_last_attempt_within_the_window() -> None:
    terms = PERSISTENCE | {"attempts": 2, "channels": 2}
    (cycle,) = cycles(calls("06 10:00", "08 10:00").call("2026-01-15 10:00", name="email"), terms)
    assert (cycle["state"], cycle["answered_at"], cycle["due_at"]) == ("met", "2026-01-15 10:00", "2026-01-16 17:00")


def test_gaps_in_hours_are_hours() -> None:
    terms = PERSISTENCE | {"attempts": 2, "within": "24h", "gap": {"min": "4h"}}
    (cycle,) = cycles(calls("05 10:00", "05 13:59", "05 14:00"), terms)
    assert (cycle["state"], cycle["answered_at"]) == ("met", "2026-01-05 14:00")
    (missed,) = cycles(calls(), terms)
    assert missed["due_at"] == "2026-01-06 05:00"


def test_the_warning_comes_at_the_opening_of_the_limits_day() -> None:
    (found,) = judged(calls("06 10:00"), PERSISTENCE, as_of="2026-01-07 09:00").per_lead
    assert [iso(warning)[:16] for warning in found.obligations.warnings[0] if iso(warning)] == ["2026-01-12T09:00"]


def test_a_start_after_closing_has_the_next_working_day_as_day_one() -> None:
    story = Story().stage("2026-01-09 18:00", "mql")
    (cycle,) = cycles(story, PERSISTENCE | {"attempts": 1, "within": "1wd"}, as_of="2026-01-10 00:00")
    assert cycle["due_at"] == "2026-01-12 17:00"

"""Figures read the same everywhere, and never better than they are."""

import pytest

from slamon.core.working_time.instants import DAY, FOREVER, HOUR, MINUTE, NEVER, SECOND
from slamon.messages import wording
from tests.messages.figures import at

PLAIN = str.maketrans("\u00a0", " ")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (45, "45 s"),
        (60, "1 m"),
        (4320, "1 h 12 m"),
        (7200, "2 h"),
        (93_600 + 600, "26 h 10 m"),
        (468_000, "130 h"),
        (-5, "0 s"),
        (None, "not known"),
    ],
)
def test_lengths_are_hours_and_minutes_and_never_days(seconds: float | None, words: str) -> None:
    assert wording.length(seconds).translate(PLAIN) == words


@pytest.mark.parametrize(
    ("share", "beside", "words"),
    [
        (0.91, None, "91 %"),
        (0.8999, 0.9, "89.99 %"),
        (0.9, 0.9, "90 %"),
        (0.9949, None, "99 %"),
        (0.9996, None, "99.96 %"),
        (1.0, None, "100 %"),
        (0.0004, None, "0.04 %"),
        (0.0, None, "0 %"),
        (0.9249, 0.925, "92.49 %"),
        (0.925, 0.925, "92.5 %"),
        (1.1, 1.0, "110 %"),
        (0.9999, 1.0, "99.99 %"),
        (None, 0.9, "n/a"),
    ],
)
def test_rounding_never_lifts_a_share_over_its_target(share: float | None, beside: float | None, words: str) -> None:
    assert wording.percent(share, beside).translate(PLAIN) == words


@pytest.mark.parametrize(
    ("met", "n", "words"),
    [
        (0, 0, "none due"),
        (17, 19, "17 of 19"),
        (18, 20, "90 % of 20 [70–97 %]"),
        (180, 199, "90 % of 199 [70–97 %]"),
        (1116, 1240, "90 % of 1,240"),
    ],
)
def test_n_stands_with_every_share_counts_when_few_and_the_interval_below_two_hundred(met: int, n: int, words: str) -> None:
    assert wording.of_those_due(met, n, (0.699, 0.972)).translate(PLAIN) == words


def test_instants_are_read_on_the_clock_of_their_zone() -> None:
    assert wording.moment(at("2026-11-16T09:12:00"), "Europe/Berlin").translate(PLAIN) == "Mon 16 Nov 10:12 CET"


@pytest.mark.parametrize("never", [NEVER, FOREVER])
def test_what_has_no_instant_says_so(never: int) -> None:
    assert wording.moment(never, "UTC") == wording.date(never, "UTC") == "no time"


@pytest.mark.parametrize(
    ("past", "words"),
    [
        (0, "just now"),
        (30 * SECOND, "30 s ago"),
        (5 * MINUTE, "5 m ago"),
        (26 * HOUR, "26 h ago"),
        (3 * DAY, "3 days ago"),
        (-HOUR, "just now"),
    ],
)
def test_how_long_ago(past: int, words: str) -> None:
    assert wording.ago(0, past).translate(PLAIN) == words


def test_periods_in_words() -> None:
    assert (wording.month("2026-04"), wording.month_before("2026-01"), wording.week("2026-W06")) == (
        "April 2026",
        "December",
        "Week 6 of 2026",
    )
    assert (wording.month("2026-Q1"), wording.week("2026-04")) == ("2026-Q1", "2026-04")

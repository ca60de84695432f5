"""Periods: every instant lies in exactly the period that its label names, in any zone, on either side of a clock change."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slamon.core.working_time.instants import FOREVER, MINUTE, NEVER, iso, to_datetime, to_micros
from slamon.core.working_time.periods import (
    ALL_PER,
    Per,
    bounds_of,
    instant_of,
    local_date,
    per_of,
    period_before,
    period_containing,
    period_of,
    periods_between,
)

ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Africa/Cairo", "America/Havana", "Pacific/Apia", "Asia/Kathmandu", "America/St_Johns"]


def at(text: str) -> int:
    return to_micros(datetime.fromisoformat(text))


def label(instant: int, per: Per, zone: str = "UTC", fiscal: str | None = None) -> str:
    return str(period_of(np.array([instant], np.int64), per, zone, fiscal)[0])


@pytest.mark.parametrize(("per", "expected"), [("day", "2026-11-20"), ("week", "2026-W47"), ("month", "2026-11"), ("quarter", "2026-Q4")])
def test_labels_read_as_people_write_them(per: Per, expected: str) -> None:
    assert label(at("2026-11-20T12:00:00Z"), per) == expected
    assert per_of(expected) == per


def test_the_first_days_of_january_may_belong_to_the_last_iso_week_of_the_old_year() -> None:
    assert label(at("2027-01-03T12:00:00Z"), "week") == "2026-W53"
    assert label(at("2024-12-30T00:00:00Z"), "week") == "2025-W01"


@pytest.mark.parametrize(
    ("day", "starts", "expected"),
    [
        ("2025-02-01", "02-01", "2026-Q1"),
        ("2026-01-31", "02-01", "2026-Q4"),
        ("2026-02-01", "02-01", "2027-Q1"),
        ("2026-04-01", "04-01", "2027-Q1"),
        ("2026-03-31", "04-01", "2026-Q4"),
        ("2026-09-30", "10-01", "2026-Q4"),
        ("2026-05-05", "01-01", "2026-Q2"),
        ("2026-12-01", "12-01", "2027-Q1"),
    ],
)
def test_a_fiscal_year_has_the_name_of_the_year_in_which_it_ends(day: str, starts: str, expected: str) -> None:
    instant = at(f"{day}T00:00:00Z")
    assert label(instant, "quarter", fiscal=starts) == expected
    since, until = bounds_of(expected, "UTC", starts)
    assert since <= instant < until


def test_a_period_is_cut_at_local_midnight_not_at_utc_midnight() -> None:
    assert label(at("2026-06-30T22:00:00Z"), "month", "Europe/Berlin") == "2026-07"
    assert label(at("2026-06-30T21:59:59.999999Z"), "month", "Europe/Berlin") == "2026-06"
    assert [iso(each) for each in bounds_of("2026-07", "Europe/Berlin")] == ["2026-06-30T22:00:00.000000Z", "2026-07-31T22:00:00.000000Z"]


def test_where_midnight_is_skipped_the_day_begins_with_the_jump() -> None:
    assert iso(bounds_of("2026-04-24", "Africa/Cairo")[0]) == "2026-04-23T22:00:00.000000Z"
    assert local_date(bounds_of("2026-04-24", "Africa/Cairo")[0], "Africa/Cairo") == date(2026, 4, 24)


def test_where_midnight_comes_twice_the_day_begins_with_the_first_and_lasts_25_hours() -> None:
    since, until = bounds_of("2026-11-01", "America/Havana")
    assert iso(since) == "2026-11-01T04:00:00.000000Z"
    assert to_datetime(until) - to_datetime(since) == timedelta(hours=25)


def test_a_date_that_a_zone_skipped_is_empty_and_is_not_enumerated() -> None:
    since, until = bounds_of("2011-12-30", "Pacific/Apia")
    assert since == until
    days = periods_between(at("2011-12-29T12:00:00Z"), at("2012-01-01T12:00:00Z"), "day", "Pacific/Apia")
    assert [each.label for each in days] == ["2011-12-29", "2011-12-31", "2012-01-01", "2012-01-02"]


def test_no_instant_has_no_period() -> None:
    asked = np.array([NEVER, at("2026-11-20T12:00:00Z"), FOREVER], np.int64)
    assert period_of(asked, "month", "UTC").tolist() == ["", "2026-11", ""]
    assert period_of(np.array([NEVER], np.int64), "day", "UTC").tolist() == [""]
    assert period_of(np.array([], np.int64), "day", "UTC").shape == (0,)


@pytest.mark.parametrize("text", ["2026-13", "2026-00", "2026-W54", "2025-W53", "2026-Q5", "2026-02-30", "2026", "Q1-2026", "2026-W1", ""])
def test_a_label_that_names_no_period_is_refused_with_the_mend(text: str) -> None:
    with pytest.raises(ValueError, match="write a day 2026-11-20"):
        bounds_of(text, "UTC")


def test_a_fiscal_year_that_does_not_start_with_a_month_is_refused() -> None:
    with pytest.raises(ValueError, match="first of a month"):
        label(0, "quarter", fiscal="02-15")


def test_periods_follow_each_other_without_a_gap() -> None:
    months = periods_between(at("2025-11-15T00:00:00Z"), at("2026-03-01T00:00:00Z"), "month", "Europe/Berlin")
    assert [each.label for each in months] == ["2025-11", "2025-12", "2026-01", "2026-02", "2026-03"]
    assert all(before.ends_at == after.starts_at for before, after in pairwise(months))
    assert periods_between(1, 0, "month", "UTC") == []


@pytest.mark.parametrize(
    ("text", "before"), [("2026-01-01", "2025-12-31"), ("2026-W01", "2025-W52"), ("2026-01", "2025-12"), ("2026-Q1", "2025-Q4")]
)
def test_the_period_before_the_first_of_a_year_is_in_the_old_year(text: str, before: str) -> None:
    assert period_before(text, "UTC").label == before
    assert period_before(before, "UTC", steps=-1).label == text


@settings(max_examples=150, deadline=None)
@given(
    st.integers(to_micros(datetime(1995, 1, 1, tzinfo=UTC)), to_micros(datetime(2045, 1, 1, tzinfo=UTC))),
    st.sampled_from(ZONES),
    st.sampled_from(ALL_PER),
    st.sampled_from([None, "02-01", "07-01", "11-01"]),
)
def test_the_bounds_of_an_instants_label_hold_the_instant(instant: int, zone: str, per: Per, fiscal: str | None) -> None:
    name = label(instant, per, zone, fiscal)
    since, until = bounds_of(name, zone, fiscal)
    assert since <= instant < until
    assert period_containing(instant, per, zone, fiscal).label == name
    if zone != "America/St_Johns":  # its clocks went back across midnight until 2011: a date came twice
        assert since <= instant_of(local_date(instant, zone), 0, zone) <= instant


@settings(max_examples=100, deadline=None)
@given(st.dates(date(1995, 1, 1), date(2045, 1, 1)), st.integers(0, 24 * 60 - 1), st.sampled_from(ZONES))
def test_a_wall_clock_time_is_one_instant_the_first_that_is_not_before_it(day: date, minute: int, zone: str) -> None:
    naive = datetime(day.year, day.month, day.day, minute // 60, minute % 60)  # noqa: DTZ001 - the reading of a wall clock
    found = to_datetime(instant_of(day, minute * MINUTE, zone))
    early = naive.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    shown = found.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    if early.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == naive:
        assert found == early
    else:
        assert shown > naive
        assert (found - timedelta(microseconds=1)).astimezone(ZoneInfo(zone)).replace(tzinfo=None) < naive

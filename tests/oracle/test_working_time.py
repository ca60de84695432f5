"""The oracle's calendars against the examples that the rules spell out."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.oracle.durations import parse_duration
from tests.oracle.stories import NIGHT, OFFICE, ZONE, when
from tests.oracle.working_time import WorkingTime


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        (when("fri 16:30"), 1, when("mon 09:30", 1)),
        (when("mon 16:00"), 1, when("mon 17:00")),
        (when("sat 11:00"), 1, when("mon 10:00", 1)),
        (when("sat 11:00"), 0, when("sat 11:00")),
    ],
)
def test_working_hours_end_as_the_rules_say(start: datetime, hours: int, end: datetime) -> None:
    calendar = WorkingTime(OFFICE)
    assert calendar.advance(start, timedelta(hours=hours)) == end
    assert calendar.elapsed(start, end) == timedelta(hours=hours)
    assert calendar.elapsed(end, start) == -timedelta(hours=hours)


@pytest.mark.parametrize(
    ("calendar", "start", "days", "end"),
    [
        (OFFICE, when("wed 15:00"), 2, when("fri 15:00")),
        (OFFICE, when("fri 18:00"), 1, when("tue 09:00", 1)),
        (OFFICE, when("fri 17:00"), 1, when("tue 09:00", 1)),
        (NIGHT, when("sat 02:00"), 1, when("tue 02:00", 1)),
        (OFFICE | {"special_days": {"2026-01-06": ["10:00-12:00"]}}, when("mon 15:00"), 1, when("tue 12:00")),
        (OFFICE | {"special_days": {"2026-01-06": ["10:00-12:00"]}}, when("mon 09:30"), 1, when("tue 10:00")),
    ],
)
def test_working_days_keep_the_wall_clock_time(calendar: dict[str, Any], start: datetime, days: int, end: datetime) -> None:
    assert WorkingTime(calendar).advance_days(start, days) == end


def test_night_blocks_have_seven_or_nine_hours_when_the_clocks_change() -> None:
    night = WorkingTime({"timezone": "Europe/Berlin", "hours": {"mon-sun": ["22:00-06:00"]}})
    lengths = {
        day: sum((end - start for start, end, _ in night.day(datetime.fromisoformat(day).date())), timedelta())
        for day in ("2026-03-27", "2026-03-28", "2026-10-24")
    }
    assert [length / timedelta(hours=1) for length in lengths.values()] == [8, 7, 9]


def test_a_working_day_that_lands_on_a_skipped_time_takes_the_first_instant_after_the_jump() -> None:
    calendar = WorkingTime({"timezone": "Europe/Berlin", "hours": {"mon-sun": ["00:00-24:00"]}})
    start = datetime(2026, 3, 28, 2, 30, tzinfo=ZONE)
    assert calendar.advance_days(start, 1) == datetime(2026, 3, 29, 1, tzinfo=UTC)
    start = datetime(2026, 10, 24, 2, 30, tzinfo=ZONE)
    assert calendar.advance_days(start, 1) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_midnights_that_a_zone_skips_begin_the_day_an_hour_later() -> None:
    calendar = WorkingTime({"timezone": "America/Sao_Paulo", "hours": {"mon-sun": ["00:00-24:00"]}})
    [(start, end, _)] = calendar.day(datetime(2017, 10, 15, tzinfo=UTC).date())
    assert (start, end - start) == (datetime(2017, 10, 15, 3, tzinfo=UTC), timedelta(hours=23))


def test_a_calendar_without_working_time_is_refused() -> None:
    calendar = WorkingTime({"timezone": "UTC", "hours": {"mon": []}})
    with pytest.raises(ValueError, match="without any working time"):
        calendar.advance(when("mon 09:00"), timedelta(hours=1))


@pytest.mark.parametrize("text", ["30", "09:00", ".nan", "-2h", "0h", "2 fortnights", ""])
def test_durations_without_a_unit_or_sense_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"duration|more than nothing"):
        parse_duration(text)

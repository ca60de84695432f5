"""Working time at its edges: closings to the microsecond, nights over clock changes, calendars of a day or two, and far away years."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from slamon.core.working_time.calendars import LAST_COMPILED, MARGIN, Calendar
from slamon.core.working_time.durations import parse_duration
from slamon.core.working_time.holidays import check_country
from slamon.core.working_time.instants import DAY, FOREVER, NEVER, Instants, iso, to_micros
from tests.core.stories import OFFICE
from tests.oracle.working_time import WorkingTime

MICRO = timedelta(microseconds=1)
NIGHT = Calendar("UTC", {"mon-sun": ["22:00-06:00"]})
LUNCH = Calendar("UTC", {"mon": ["09:00-17:00"], "tue-fri": ["09:00-12:00", "13:00-17:00"]})


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def micros(*texts: str) -> Instants:
    return np.array([to_micros(at(text)) for text in texts], np.int64)


def texts(instants: Instants) -> list[str]:
    return [iso(int(each))[:16].replace("T", " ") for each in instants]


def dates_of(calendar: Calendar, *moments: str) -> list[str]:
    instants = micros(*moments)
    days = calendar.openings_around(instants).date_of(instants)
    assert days.dtype == np.int64
    return [str(date(1970, 1, 1) + timedelta(days=int(each))) for each in days]


def two_days() -> Calendar:
    """A calendar that is open on two days and never again."""
    return Calendar("UTC", {}, special_days={"2026-01-05": ["09:00-17:00"], "2026-01-06": ["09:00-12:00", "13:00-15:00"]})


# Closings and openings.


def test_a_start_at_closing_belongs_to_the_next_working_day() -> None:
    assert OFFICE.advance_days(at("2026-01-09 17:00"), 1) == at("2026-01-13 09:00")
    assert OFFICE.advance_days(at("2026-01-09 17:00") - MICRO, 1) == at("2026-01-12 17:00") - MICRO


def test_a_time_of_day_at_which_lunch_begins_is_closed_and_moves_to_its_end() -> None:
    assert LUNCH.advance_days(at("2026-01-05 12:00"), 1) == at("2026-01-06 13:00")
    assert LUNCH.advance_days(at("2026-01-05 12:00") - MICRO, 1) == at("2026-01-06 12:00") - MICRO


def test_a_time_of_day_before_the_first_opening_moves_to_it() -> None:
    calendar = Calendar("UTC", {"mon": ["07:00-17:00"], "tue": ["09:00-17:00"]})
    assert calendar.advance_days(at("2026-01-05 07:30"), 1) == at("2026-01-06 09:00")


def test_the_night_before_does_not_lend_its_hours_to_the_next_date() -> None:
    calendar = Calendar("UTC", {"mon": ["02:00-04:00", "22:00-06:00"], "tue": ["22:00-06:00"]})
    assert calendar.advance_days(at("2026-01-05 03:00"), 1) == at("2026-01-06 22:00")


def test_a_date_whose_hours_all_belong_to_the_night_before_is_no_working_day() -> None:
    calendar = Calendar("UTC", {"mon": ["22:00-06:00"], "tue": ["05:00-06:00"], "wed": ["09:00-17:00"]})
    assert calendar.advance_days(at("2026-01-05 23:00"), 1) == at("2026-01-07 17:00")


def test_an_instant_belongs_to_its_openings_date_from_opening_until_before_closing() -> None:
    moments = ["2026-01-05 22:00", "2026-01-06 05:59:59.999999", "2026-01-06 06:00", "2026-01-06 21:59:59.999999", "2026-01-06 22:00"]
    assert dates_of(NIGHT, *moments) == ["2026-01-05", "2026-01-05", "2026-01-06", "2026-01-06", "2026-01-06"]
    assert dates_of(OFFICE, "2026-01-06 08:00", "2026-01-06 18:00", "2026-01-10 12:00") == ["2026-01-06", "2026-01-06", "2026-01-10"]


def test_a_night_that_the_clock_change_cuts_in_two_belongs_to_one_date() -> None:
    night = Calendar("Europe/Berlin", {"sat": ["22:00-06:00"]})
    assert dates_of(night, "2026-03-29 00:59:59", "2026-03-29 01:00", "2026-03-29 03:59:59") == ["2026-03-28"] * 3


def test_hours_that_come_twice_at_a_clock_change_belong_to_one_date_after_the_other() -> None:
    blocks = {"sat": ["22:00-00:30"], "sun": ["00:00-04:00"]}
    night = Calendar("America/Havana", blocks)  # 01:00 becomes 00:00 on 2026-11-01, a Sunday
    moments = ["2026-11-01 04:15", "2026-11-01 04:45", "2026-11-01 05:15", "2026-11-01 05:45"]
    assert dates_of(night, *moments) == ["2026-10-31", "2026-11-01", "2026-11-01", "2026-11-01"]
    oracle = WorkingTime({"timezone": "America/Havana", "hours": blocks})
    assert (
        night.elapsed(at("2026-10-31 12:00"), at("2026-11-01 20:00"))
        == oracle.elapsed(at("2026-10-31 12:00"), at("2026-11-01 20:00")).total_seconds()
    )


def test_working_time_goes_backward_too() -> None:
    assert OFFICE.elapsed(at("2026-01-06 10:00"), at("2026-01-05 16:00")) == -2 * 3600


def test_going_back_by_working_time_ends_at_the_latest_instant_that_leaves_as_much() -> None:
    ends = micros("2026-01-06 10:00", "2026-01-06 11:00", "2026-01-06 10:00", "2026-01-10 12:00")
    hours = np.array([1, 1, 0, 8], np.int64) * 3_600_000_000
    assert texts(OFFICE.retreat_micros(ends, hours)) == ["2026-01-06 09:00", "2026-01-06 10:00", "2026-01-06 10:00", "2026-01-09 09:00"]
    assert OFFICE.retreat_micros(np.array([NEVER]), hours[:1]).tolist() == [NEVER]


def test_going_back_by_nothing_is_the_end_itself_and_by_a_microsecond_is_one() -> None:
    ends = micros("2026-01-10 12:00", "2026-01-06 10:00", "2026-01-10 12:00")
    back = OFFICE.retreat_micros(ends, np.array([0, 1, 1], np.int64))
    assert back.tolist() == [ends[0], ends[1] - 1, micros("2026-01-09 17:00")[0] - 1]


def test_a_block_that_begins_in_the_hour_that_comes_twice_is_open_twice() -> None:
    night = Calendar("Europe/Berlin", {"sun": ["02:30-03:30"]})
    assert night.elapsed(at("2026-03-29 00:00"), at("2026-03-29 12:00")) == 30 * 60  # half of it was skipped
    assert night.elapsed(at("2026-10-25 00:00"), at("2026-10-25 12:00")) == 90 * 60
    assert night.elapsed(at("2026-10-25 00:30"), at("2026-10-25 01:00")) == 30 * 60


# Nothing stays nothing.


@pytest.mark.parametrize("length", ["2wh", "2wd", "2h"])
def test_no_instant_is_never_moved(length: str) -> None:
    starts = np.append(micros("2026-01-05 10:00"), NEVER)
    moved = OFFICE.advance_by(starts, parse_duration(length))
    assert (moved[0] > starts[0], moved[1]) == (True, NEVER)


@pytest.mark.parametrize("length", ["2wh", "2wd", "2h"])
def test_of_no_cycles_there_are_no_dues(length: str) -> None:
    assert OFFICE.advance_by(np.array([], np.int64), parse_duration(length)).tolist() == []


def test_a_calendar_that_was_asked_about_nothing_has_openings_all_the_same() -> None:
    fresh = Calendar("UTC", {"mon-fri": ["09:00-17:00"]})
    assert len(fresh.openings_around(np.array([NEVER, FOREVER], np.int64)).begin) > 0
    assert fresh.advance(at("2026-01-05 09:00"), 60) == at("2026-01-05 09:01")


# How far a calendar reaches.


def test_a_calendar_that_is_asked_about_earlier_years_later_answers_as_before() -> None:
    calendar = Calendar("UTC", {"mon-fri": ["09:00-17:00"]})
    asked = at("2026-01-09 16:30")
    assert calendar.advance(asked, 3600) == at("2026-01-12 09:30")
    assert calendar.advance(at("1980-01-07 16:30"), 3600) == at("1980-01-08 09:30")
    assert calendar.advance(asked, 3600) == at("2026-01-12 09:30")
    assert calendar.elapsed(at("1980-01-07 16:30"), at("1980-01-08 09:30")) == 3600


def test_a_calendar_that_is_asked_about_a_few_years_before_or_after_what_it_knows_answers_too() -> None:
    for first, later in (("2026-01-05", "2012-01-02"), ("2026-01-05", "2040-01-02")):
        calendar = Calendar("UTC", {"mon-fri": ["09:00-17:00"]})
        assert calendar.elapsed(at(f"{first} 09:00"), at(f"{first} 10:00")) == 3600
        assert calendar.elapsed(at(f"{later} 09:00"), at(f"{later} 10:00")) == 3600


def test_openings_reach_at_least_ten_years_around_every_instant_that_was_asked_about() -> None:
    calendar = Calendar("UTC", {"mon-sun": ["09:00-17:00"]})
    ten_years = 3653 * DAY
    for asked in ("2026-01-05 12:00", "2025-02-05 12:00", "2024-02-05 12:00", "2019-06-05 12:00", "2026-12-05 12:00", "2032-06-05 12:00"):
        openings = calendar.openings_around(micros(asked))
        (instant,) = micros(asked).tolist()
        assert openings.begin[0] < instant - ten_years
        assert openings.end[-1] > instant + ten_years


@pytest.mark.parametrize("unknown", [[], [NEVER], [FOREVER], [NEVER, FOREVER]], ids=["all known", "never", "forever", "both"])
def test_openings_reach_around_the_first_and_the_last_of_many_instants(unknown: list[int]) -> None:
    calendar = Calendar("UTC", {"mon-sun": ["09:00-17:00"]})
    first, last = micros("1990-01-05 12:00", "2040-01-05 12:00").tolist()
    openings = calendar.openings_around(np.array([*unknown, last, first], np.int64))
    assert openings.begin[0] < first - 3653 * DAY
    assert openings.end[-1] > last + 3653 * DAY


def test_every_date_asked_about_is_compiled_from_its_first_hour_to_its_last() -> None:
    calendar = Calendar("Pacific/Kiritimati", {"mon-sun": ["00:00-24:00"]})  # 14 hours ahead of UTC
    for span in (("2026-01-05 00:00", "2026-01-05 23:59"), ("1990-06-01 00:00", "2040-06-01 23:59")):
        first, last = (at(text) for text in span)
        assert calendar.elapsed(first, last) == (last - first).total_seconds()


def test_the_last_working_time_there_is_can_be_reached_and_nothing_beyond_it() -> None:
    calendar = two_days()
    assert calendar.advance(at("2026-01-06 13:30"), 90 * 60) == at("2026-01-06 15:00")
    assert calendar.advance_days(at("2026-01-05 16:00"), 1) == at("2026-01-06 15:00")
    assert calendar.advance_days(at("2026-01-05 12:30"), 1) == at("2026-01-06 13:00")
    assert calendar.advance_days(at("2026-01-06 14:00"), 0) == at("2026-01-06 14:00")
    with pytest.raises(ValueError, match="the deadline lies beyond the calendar's last working time"):
        calendar.advance(at("2026-01-06 13:30"), 90 * 60 + 1)
    with pytest.raises(ValueError, match="the deadline lies beyond the calendar's last working time"):
        calendar.advance_days(at("2026-01-06 16:00"), 1)


def test_the_last_opening_of_all_has_its_own_date() -> None:
    calendar = Calendar("UTC", {}, special_days={"2026-01-05": ["09:00-17:00"], "2026-01-06": ["09:00-15:00"]})
    assert calendar.advance_days(at("2026-01-06 14:00"), 0) == at("2026-01-06 14:00")


def test_deadlines_up_to_the_year_2270_are_looked_for() -> None:
    calendar = Calendar("UTC", {"mon": ["09:00-17:00"]})
    calendar.openings_around(np.array([LAST_COMPILED - MARGIN], np.int64))
    assert calendar.extended().end[-1] > LAST_COMPILED + MARGIN - 9 * DAY


def test_before_the_first_opening_of_all_no_time_has_been_worked() -> None:
    calendar = two_days()
    assert calendar.elapsed(at("2025-06-01 00:00"), at("2026-01-05 09:00")) == 0
    assert calendar.elapsed(at("2025-06-01 00:00"), at("2027-01-01 00:00")) == 13 * 3600
    assert calendar.advance(at("2025-06-01 00:00"), 60) == at("2026-01-05 09:01")
    assert calendar.elapsed(at("2026-01-05 09:00"), at("2026-01-05 12:00")) == 3 * 3600


def test_the_first_night_of_all_belongs_to_the_date_on_which_it_began() -> None:
    once = Calendar("UTC", {}, special_days={"2026-01-05": ["22:00-06:00"], "2026-01-07": ["22:00-06:00"]})
    assert dates_of(once, "2026-01-05 21:00", "2026-01-06 02:00") == ["2026-01-05", "2026-01-05"]
    assert dates_of(once, "2026-01-08 02:00", "2026-01-08 06:00") == ["2026-01-07", "2026-01-08"]


def test_a_calendar_whose_holidays_cover_all_its_hours_is_refused() -> None:
    calendar = Calendar("UTC", {}, special_days={"2026-01-05": ["09:00-17:00"]}, breaks={"2026-01-05": ["08:00-18:00"]})
    with pytest.raises(ValueError, match="no working time left: holidays and breaks cover all its hours"):
        calendar.advance(at("2026-01-05 09:00"), 60)


# Days off, special days, breaks.


def test_holidays_close_also_the_first_and_last_days_of_a_year() -> None:
    calendar = Calendar("UTC", {"mon-sun": ["09:00-17:00"]}, {"country": "US"})
    assert calendar.elapsed(at("2025-12-31 00:00"), at("2026-01-02 00:00")) == 8 * 3600
    for year in (2016, 2036):  # the borders of what a question about 2026 compiles
        assert calendar.elapsed(at(f"{year}-12-25 00:00"), at(f"{year}-12-26 00:00")) == 0
        assert calendar.elapsed(at(f"{year}-01-01 00:00"), at(f"{year}-01-02 00:00")) == 0


def test_a_subdivision_has_holidays_of_its_own() -> None:
    bavaria = Calendar("Europe/Berlin", {"mon-fri": ["09:00-17:00"]}, {"country": "DE", "subdivision": "BY"})
    whole = Calendar("Europe/Berlin", {"mon-fri": ["09:00-17:00"]}, {"country": "DE"})
    epiphany = (at("2026-01-06 00:00"), at("2026-01-07 00:00"))
    assert (bavaria.elapsed(*epiphany), whole.elapsed(*epiphany)) == (0, 8 * 3600)
    assert bavaria.holiday_name(date(2026, 1, 6))
    assert whole.holiday_name(date(2026, 1, 6)) is None


def test_a_day_off_says_its_name() -> None:
    calendar = Calendar("UTC", {"mon-fri": ["09:00-17:00"]}, {"country": "US", "add": ["2026-12-24"], "remove": ["2026-07-03"]})
    days = (date(2026, 12, 25), date(2026, 12, 24), date(2026, 7, 3), date(2026, 1, 5))
    names = [calendar.holiday_name(day) for day in days]
    assert (bool(names[0]), names[1:]) == (True, ["own date", None, None])
    own = Calendar("UTC", {"mon-fri": ["09:00-17:00"]}, {"add": ["2026-12-24"]})
    assert [own.holiday_name(day) for day in (date(2026, 12, 24), date(2026, 12, 25))] == ["own date", None]


@pytest.mark.parametrize(
    ("country", "subdivision", "mend"), [("XX", None, "ISO 3166"), ("DE", "ZZ", "has no subdivision 'ZZ'; known are ")]
)
def test_holidays_of_nowhere_are_refused(country: str, subdivision: str | None, mend: str) -> None:
    with pytest.raises(ValueError, match=mend):
        check_country(country, subdivision)
    with pytest.raises(ValueError, match=mend):
        Calendar("UTC", {"mon": ["09:00-17:00"]}, {"country": country, "subdivision": subdivision})


def test_a_special_day_replaces_the_hours_of_an_ordinary_one() -> None:
    calendar = Calendar("UTC", {"mon-fri": ["09:00-17:00"]}, special_days={"2026-12-31": ["09:00-12:00", "20:00-21:00"], "2026-12-30": []})
    assert calendar.elapsed(at("2026-12-30 00:00"), at("2027-01-01 00:00")) == 4 * 3600


def test_own_dates_are_off_beside_a_countrys_holidays() -> None:
    calendar = Calendar("UTC", {"mon-fri": ["09:00-17:00"]}, {"country": "US", "add": ["2026-12-24"]})
    assert calendar.elapsed(at("2026-12-24 00:00"), at("2026-12-26 00:00")) == 0


def test_there_was_working_time_before_1970_too() -> None:
    fresh = Calendar("UTC", {"mon-fri": ["09:00-17:00"]})
    assert fresh.elapsed(at("1965-01-04 00:00"), at("1965-01-06 00:00")) == 16 * 3600
    assert dates_of(fresh, "1965-01-05 18:00", "1965-01-05 12:00") == ["1965-01-05", "1965-01-05"]


def test_special_days_long_before_or_after_what_is_asked_about_count_when_their_time_is_asked_about() -> None:
    calendar = Calendar("UTC", {"mon": ["09:00-17:00"]}, special_days={"1990-01-03": ["09:00-10:00"], "2060-01-07": ["09:00-11:00"]})
    assert calendar.elapsed(at("2026-01-05 00:00"), at("2026-01-06 00:00")) == 8 * 3600
    assert calendar.elapsed(at("1990-01-03 00:00"), at("1990-01-04 00:00")) == 3600
    assert calendar.elapsed(at("2060-01-07 00:00"), at("2060-01-08 00:00")) == 7200


def test_breaks_cut_the_beginning_the_middle_and_the_end_of_a_block_and_what_touches_is_left_alone() -> None:
    hours = {"mon-fri": ["09:00-12:00", "13:00-17:00"]}
    breaks = {"2026-01-05": ["08:00-10:00", "12:00-13:00", "14:00-15:00", "16:30-18:00"]}
    calendar = Calendar("UTC", hours, breaks=breaks)
    openings = calendar.openings_around(micros("2026-01-05 12:00"))
    (low, high) = micros("2026-01-05 00:00", "2026-01-06 00:00").tolist()
    chosen = (openings.begin >= low) & (openings.begin < high)
    assert texts(openings.begin[chosen]) == ["2026-01-05 10:00", "2026-01-05 13:00", "2026-01-05 15:00"]
    assert texts(openings.end[chosen]) == ["2026-01-05 12:00", "2026-01-05 14:00", "2026-01-05 16:30"]


def test_a_break_in_the_night_takes_away_from_the_shift_that_began_the_day_before() -> None:
    night = Calendar("UTC", {"mon-fri": ["22:00-06:00"]}, breaks={"2026-01-06": ["01:00-02:00"]})
    assert night.elapsed(at("2026-01-05 12:00"), at("2026-01-06 12:00")) == 7 * 3600
    assert night.advance_days(at("2026-01-05 23:00"), 1, close_of_business=True) == at("2026-01-07 06:00")


def test_seconds_may_be_fractions_and_are_kept_to_the_microsecond() -> None:
    assert OFFICE.advance(at("2026-01-05 09:00"), 0.25) == at("2026-01-05 09:00:00.250000")
    starts = np.array(["2026-01-05T09:00", "2026-01-05T10:00"], "datetime64[us]")
    moved = OFFICE.advance(starts, np.array([60, 0.000001]))
    assert moved.tolist() == [datetime(2026, 1, 5, 9, 1), datetime(2026, 1, 5, 10, 0, 0, 1)]  # noqa: DTZ001 - datetime64 has no zone
    assert OFFICE.elapsed(starts, moved).tolist() == [60.0, 0.000001]
    assert OFFICE.elapsed(at("2026-01-05 09:00"), at("2026-01-05 09:00:00.000001")) == 0.000001


def test_scalars_give_scalars_and_coarse_arrays_are_understood() -> None:
    assert isinstance(OFFICE.elapsed(at("2026-01-05 09:00"), at("2026-01-05 10:00")), float)
    starts = np.array(["2026-01-05T09:00"], "datetime64[m]")
    assert OFFICE.advance(starts, 60).tolist() == [datetime(2026, 1, 5, 9, 1)]  # noqa: DTZ001 - datetime64 has no zone
    assert OFFICE.advance_days_micros(micros("2026-01-05 10:00"), 1).tolist() == micros("2026-01-06 10:00").tolist()


def test_working_days_of_an_array_keep_each_ones_time_of_day() -> None:
    starts = np.array(["2026-01-05T09:00", "2026-01-09T18:00"], "datetime64[us]")
    assert OFFICE.advance_days(starts, 1).tolist() == [datetime(2026, 1, 6, 9), datetime(2026, 1, 13, 9)]  # noqa: DTZ001 - the same
    closes = OFFICE.advance_days(starts, 1, close_of_business=True)
    assert closes.tolist() == [datetime(2026, 1, 6, 17), datetime(2026, 1, 13, 17)]  # noqa: DTZ001 - the same


def test_a_working_day_beyond_what_was_compiled_is_found_all_the_same() -> None:
    rare = Calendar("UTC", {"mon": ["09:00-17:00"]})
    assert rare.advance_days(at("2026-01-05 10:00"), 52 * 15) == at("2040-12-17 10:00")
    assert rare.advance_days(at("2026-01-05 10:00"), 52 * 15, close_of_business=True) == at("2040-12-17 17:00")


def test_near_and_far_deadlines_of_one_array_are_those_of_each_alone() -> None:
    starts = micros("2020-01-06 10:00", "2026-01-05 10:00")
    alone = [Calendar("UTC", {"mon": ["09:00-17:00"]}).advance_days_micros(starts[[place]], 600)[0] for place in (0, 1)]
    assert Calendar("UTC", {"mon": ["09:00-17:00"]}).advance_days_micros(starts, 600).tolist() == alone
    hours = np.array([1, 4000], np.int64) * 3_600_000_000
    far = Calendar("UTC", {"mon": ["09:00-10:00"]}).advance_micros(micros("2026-01-05 09:00", "2026-01-05 09:00"), hours)
    assert texts(far[:1]) == ["2026-01-05 10:00"]
    assert far[1] > micros("2100-01-01 00:00")[0]


def test_a_calendar_says_its_zone() -> None:
    assert NIGHT.timezone == "UTC"

"""In bulk, working time is read from tables: what comes out is what a search in the openings gives, for every instant."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slamon.core.working_time.buckets import BULK, Buckets
from slamon.core.working_time.calendars import Calendar
from slamon.core.working_time.instants import DAY, FOREVER, HOUR, MINUTE, NEVER, SECOND, Instants
from slamon.core.working_time.openings import Openings
from slamon.core.working_time.worked import WorkedTime
from slamon.core.working_time.zones import Offsets, offsets_of

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DATES = st.dates(date(2025, 1, 1), date(2026, 12, 31)).map(date.isoformat)
SINCE, UNTIL = (int(np.datetime64(day, "us").astype(np.int64)) for day in ("2025-01-01", "2027-01-01"))


@st.composite
def blocks(draw: st.DrawFn) -> str:
    begin, end = draw(st.integers(0, 1439)), draw(st.integers(0, 1440))
    return f"{begin // 60:02}:{begin % 60:02}-{end // 60:02}:{end % 60:02}"


DAYS = st.lists(blocks(), max_size=3)


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """Any hours: night blocks, single minutes, blocks that touch or overlap, special days, holidays, breaks."""
    hours = {day: draw(DAYS) for day in WEEKDAYS} | {draw(st.sampled_from(WEEKDAYS)): ["09:00-17:30"]}
    country = draw(st.sampled_from([None, "DE", "US"]))
    holidays = {"add": draw(st.lists(DATES, max_size=3))} | ({"country": country} if country else {})
    special = draw(st.dictionaries(DATES, DAYS, max_size=3))
    begin = draw(st.integers(8, 15))
    breaks = draw(st.dictionaries(DATES, st.just([f"{begin:02}:00-{begin:02}:05", f"{begin:02}:06-{begin:02}:20"]), max_size=2))
    return Calendar(draw(st.sampled_from(ZONES)), hours, holidays, special, breaks)


def many(calendar: Calendar, seed: int) -> Instants:
    """Instants of two years in any order, many of them at the very boundaries of openings, or a microsecond beside them."""
    rng = np.random.default_rng(seed)
    anywhere = rng.integers(SINCE, UNTIL, BULK)
    openings = calendar.openings_around(anywhere)
    inside = slice(*np.searchsorted(openings.begin, [SINCE, UNTIL]))
    edges = np.concatenate([openings.begin[inside], openings.end[inside]])
    beside = rng.choice(edges, BULK) + rng.integers(-1, 2, BULK) if len(edges) else edges
    return rng.permutation(np.concatenate([anywhere, beside]))


def searched_until(openings: Openings, instants: Instants) -> Instants:
    index = np.maximum(np.searchsorted(openings.begin, instants, side="right") - 1, 0)
    return openings.worked[index] + np.clip(instants, openings.begin[index], openings.end[index]) - openings.begin[index]


def searched_reached(openings: Openings, working: Instants) -> Instants:
    index = np.minimum(np.searchsorted(openings.finished, working, side="left"), len(openings.begin) - 1)
    return openings.begin[index] + working - openings.worked[index]


def searched_left(openings: Openings, working: Instants) -> Instants:
    index = np.maximum(np.searchsorted(openings.worked, working, side="right") - 1, 0)
    return openings.begin[index] + working - openings.worked[index]


@given(calendars(), st.integers(0, 2**32 - 1))
def test_tables_give_what_a_search_gives_in_and_outside_hours_and_far_outside_the_compiled_range(calendar: Calendar, seed: int) -> None:
    instants = many(calendar, seed)
    openings = calendar.openings_around(instants)
    beyond = [
        int(openings.begin[0]) - 5 * DAY,
        int(openings.begin[0]),
        int(openings.end[-1]),
        int(openings.end[-1]) + 5 * DAY,
        NEVER,
        FOREVER,
    ]
    asked = np.append(instants, beyond)
    assert openings.working_until(asked).tolist() == searched_until(openings, asked).tolist()
    working = np.concatenate([searched_until(openings, instants), openings.finished[-9:] + 1, openings.worked[:9] - 1])
    assert openings.reached(working).tolist() == searched_reached(openings, working).tolist()
    assert openings.left_from(working).tolist() == searched_left(openings, working).tolist()


def searched_date(openings: Openings, instants: Instants) -> Instants:
    index = np.maximum(np.searchsorted(openings.begin, instants, side="right") - 1, 0)
    inside = (openings.begin[index] <= instants) & (instants < openings.end[index])
    return np.where(inside, openings.date[index], searched_wall(openings.offsets, instants) // DAY)


def searched_wall(offsets: Offsets, instants: Instants) -> Instants:
    return instants + offsets.offset[np.maximum(np.searchsorted(offsets.begin, instants, side="right") - 1, 0)]


def searched_from_wall(offsets: Offsets, wall: Instants) -> Instants:
    segment = np.searchsorted(offsets.begin[1:] + offsets.offset[:-1], wall, side="right")
    return np.maximum(wall - offsets.offset[segment], offsets.begin[segment])


@given(calendars(), st.integers(0, 2**32 - 1))
def test_in_bulk_dates_and_the_next_working_moment_are_what_a_search_gives(calendar: Calendar, seed: int) -> None:
    instants = many(calendar, seed)
    openings = calendar.openings_around(instants)
    ends = [openings.begin[0], openings.end[-1]]
    asked = np.concatenate([instants, ends, np.array(ends) - 1, np.array(ends) + 5 * DAY])
    index = np.minimum(np.searchsorted(openings.end, asked, side="right"), len(openings.begin) - 1)
    found, moment = openings.next_working(asked)
    assert found.tolist() == index.tolist()
    assert moment.tolist() == np.maximum(asked, openings.begin[index]).tolist()
    assert openings.number_of(found).tolist() == np.searchsorted(openings.days, openings.date[index]).tolist()
    dates = searched_date(openings, asked)
    assert openings.date_of(asked).tolist() == dates.tolist()
    number = np.searchsorted(openings.days, dates, side="right") - 1
    assert openings.day_number(dates).tolist() == openings.number_at(asked).tolist() == number.tolist()


@given(calendars(), st.integers(0, 2**32 - 1))
def test_in_bulk_a_time_of_day_falls_where_a_search_puts_it(calendar: Calendar, seed: int) -> None:
    instants = many(calendar, seed)
    openings = calendar.openings_around(instants)
    rng = np.random.default_rng(seed)
    number = rng.integers(0, len(openings.days), len(instants))
    since_midnight = rng.integers(-DAY // 4, 2 * DAY, len(instants))
    target = searched_from_wall(openings.offsets, openings.days[number] * DAY + since_midnight)
    last = openings.first[number + 1] - 1
    index = np.clip(np.searchsorted(openings.end, target, side="right"), openings.first[number], last)
    expected = np.minimum(np.maximum(target, openings.begin[index]), openings.end[last])
    assert openings.at_time_of_day(number, since_midnight).tolist() == expected.tolist()


@given(st.sampled_from(ZONES), st.integers(0, 2**32 - 1))
def test_in_bulk_wall_clocks_are_read_as_a_search_reads_them_and_none_stays_none(zone: str, seed: int) -> None:
    offsets = offsets_of(zone, SINCE - 40 * 366 * DAY, UNTIL)
    rng = np.random.default_rng(seed)
    anywhere = rng.integers(SINCE - 41 * 366 * DAY, UNTIL + 366 * DAY, BULK)
    near = rng.choice(offsets.begin[-8:], BULK) + rng.integers(-3, 4, BULK) * rng.choice([1, HOUR // 2, HOUR], BULK)
    instants = np.concatenate([anywhere, near[near > SINCE - 41 * 366 * DAY]])
    assert offsets.to_wall(instants).tolist() == searched_wall(offsets, instants).tolist()
    assert offsets.from_wall(instants).tolist() == searched_from_wall(offsets, instants).tolist()
    assert (offsets.to_wall(np.full(BULK, NEVER)) == NEVER).all()


@pytest.mark.parametrize("name", ["begin", "end"])
def test_the_last_boundary_and_what_lies_beyond_it_are_counted_once(name: str) -> None:
    bounds = np.array([3, 10, 20, 21, 40])
    table = Buckets.between(bounds) if name == "begin" else Buckets.over(bounds - 1, bounds)
    asked = np.array([NEVER, -1, 2, 3, 4, 9, 10, 11, 19, 20, 21, 22, 39, 40, 41, 1_000, FOREVER])
    assert table is not None
    assert table.ended(asked).tolist() == np.searchsorted(bounds, asked, side="right").tolist()


def test_boundaries_that_are_not_in_order_or_are_none_have_no_table() -> None:
    assert Buckets.between(np.array([], np.int64)) is None
    assert Buckets.between(np.array([5, 5])) is None


STRETCHES = st.lists(st.tuples(st.sampled_from([0, 1, 2, 50, 10_000]), st.sampled_from([1, 2, 7, 1_000, 50_000])), min_size=1, max_size=60)


@given(STRETCHES, st.integers(-(10**6), 10**6), st.integers(0, 10**6))
def test_a_table_is_right_for_stretches_of_any_length_or_there_is_none(pairs: list, origin: int, worked_before: int) -> None:
    closed, length = np.array(pairs, np.int64).T
    end = origin + np.cumsum(closed + length)
    begin, finished = end - length, worked_before + np.cumsum(length)
    table, ends = WorkedTime.over(begin, end, finished - length), Buckets.over(begin, end)
    asked = np.concatenate([begin, end, begin - 1, end + 1, [NEVER, FOREVER]])
    assert ends is None or (ends.ended(asked) == np.searchsorted(end, asked, side="right")).all()
    if table is None:
        return
    instants = np.arange(origin - 5, end[-1] + 5) if end[-1] - origin < 100_000 else np.concatenate([begin, end, begin - 1, end + 1])
    index = np.maximum(np.searchsorted(begin, instants, side="right") - 1, 0)
    working = (finished - length)[index] + np.clip(instants, begin[index], end[index]) - begin[index]
    assert (table.until(instants) == working).all()
    earliest = np.minimum(np.searchsorted(finished, working, side="left"), len(begin) - 1)
    assert (table.reached(working) == begin[earliest] + working - (finished - length)[earliest]).all()


@pytest.mark.parametrize("hours", [{"mon-fri": ["09:00-17:30"]}, {"mon-fri": ["09:00-12:30", "13:15-17:30"]}, {"mon-sun": ["00:00-24:00"]}])
def test_a_table_takes_at_most_sixty_four_bytes_for_each_opening(hours: dict) -> None:
    openings = Calendar("Europe/Berlin", hours, {"country": "DE"}).openings_around(np.array([SINCE, UNTIL]))
    table = WorkedTime.over(openings.begin, openings.end, openings.worked)
    assert table is not None
    assert max(table.by_instant.index.nbytes, table.by_working.index.nbytes) <= 64 * len(openings.begin)


def test_hours_that_no_bounded_table_fits_are_searched_as_before() -> None:
    crowded = [f"09:{minute:02}-09:{minute + 1:02}" for minute in range(0, 59, 2)]
    calendar = Calendar("UTC", {"mon": ["09:00-09:01"]}, special_days={"2026-03-03": crowded})
    instants = many(calendar, 7)
    openings = calendar.openings_around(instants)
    assert WorkedTime.over(openings.begin, openings.end, openings.worked) is None
    assert openings.working_until(instants).tolist() == searched_until(openings, instants).tolist()


LENGTHS = st.sampled_from([1, SECOND, 7 * MINUTE, 4 * HOUR, 90 * HOUR])


@given(calendars(), st.integers(0, 2**32 - 1), LENGTHS)
def test_in_bulk_elapsed_takes_advance_back_and_no_earlier_instant_has_as_much(calendar: Calendar, seed: int, most: int) -> None:
    start = many(calendar, seed)
    working = np.random.default_rng(seed).integers(1, most + 1, len(start))
    due = calendar.advance_micros(start, working)
    assert (due > start).all()
    assert (calendar.elapsed_micros(start, due) == working).all()
    assert (calendar.elapsed_micros(start, due - 1) < working).all()


@given(calendars(), st.integers(0, 2**32 - 1), LENGTHS)
def test_in_bulk_a_later_start_and_a_longer_target_are_never_due_earlier(calendar: Calendar, seed: int, length: int) -> None:
    start = np.sort(many(calendar, seed))
    due = calendar.advance_micros(start, np.full(len(start), length))
    assert (np.diff(due) >= 0).all()
    longer = calendar.advance_micros(start, np.full(len(start), length + 1))
    assert (longer > due).all()
    assert (np.diff(calendar.elapsed_micros(np.full(len(start), start[0]), start)) >= 0).all()


@given(calendars(), st.integers(0, 2**32 - 1), st.integers(1, 40))
def test_in_bulk_answers_do_not_depend_on_how_far_the_calendar_was_compiled(calendar: Calendar, seed: int, years: int) -> None:
    start = many(calendar, seed)
    other = np.random.default_rng(seed).permutation(start)
    working = np.full(len(start), 3 * HOUR)
    due, elapsed = calendar.advance_micros(start, working), calendar.elapsed_micros(start, other)
    calendar.openings_around(np.array([SINCE - years * 366 * DAY, UNTIL + years * 366 * DAY]))
    assert calendar.advance_micros(start, working).tolist() == due.tolist()
    assert calendar.elapsed_micros(start, other).tolist() == elapsed.tolist()


def test_a_deadline_beyond_the_compiled_range_extends_it_in_bulk_too() -> None:
    rare = Calendar("UTC", {"mon": ["09:00-09:01"]})
    start = np.full(BULK, SINCE)
    due = rare.advance_micros(start, np.full(BULK, 52 * 40 * MINUTE))
    assert date(1970, 1, 1) + timedelta(days=int(due[0] // DAY)) > date(2064, 1, 1)
    assert (due == due[0]).all()


def test_instants_that_are_none_stay_none_and_nothing_is_nothing_in_bulk() -> None:
    calendar = Calendar("Europe/Berlin", {"mon-fri": ["09:00-17:30"]})
    start = np.where(np.arange(2 * BULK) % 2 == 0, NEVER, SINCE)
    due = calendar.advance_micros(start, np.full(len(start), HOUR))
    assert (due[::2] == NEVER).all()
    assert (due[1::2] > SINCE).all()
    assert calendar.advance_micros(start, np.zeros(len(start), np.int64)).tolist() == start.tolist()

"""Clocks and pauses directly: what a clock runs inside pauses, what moves a point, and how far there is still to go."""

from dataclasses import replace

import numpy as np
import pytest

from slamon.core.batches import batch_of
from slamon.core.clocks import Clock, Pauses, Span, before, clock_of, due_after, last_within, moved_by_pauses, paused_within, share_of
from slamon.core.evaluation import completed
from slamon.core.facts.event_columns import columns_of
from slamon.core.facts.histories import history_of
from slamon.core.working_time.calendars import Calendar
from slamon.core.working_time.durations import parse_duration
from slamon.core.working_time.instants import FOREVER, HOUR, NEVER, Instants, iso
from tests.core.stories import FOLLOW_UP, OFFICE, Story, instant, judged

NOBODYS = Pauses(np.zeros(0, np.int32), np.zeros(0, np.int64), np.zeros(0, np.int64))


def at(*times: str) -> Instants:
    """Instants of Monday 2026-01-05, ``tue 09:00`` of the day after; ``…`` for FOREVER, ``-`` for NEVER."""
    special = {"…": FOREVER, "-": NEVER}
    days = {"fri": "02", "mon": "05", "tue": "06", "wed": "07"}
    found = []
    for time in times:
        day, clock = time.split() if " " in time else ("mon", time)
        found.append(special[time] if time in special else instant(f"2026-01-{days[day]} {clock}"))
    return np.array(found, np.int64)


def texts(instants: Instants) -> list[str]:
    return [iso(int(each))[8:16].replace("T", " ") for each in instants]


def codes(*leads: int) -> np.ndarray:
    return np.array(leads, np.int32)


# Lead 1 has three pauses, lead 3 one that has not ended, lead 4 one; the others none.
PAUSES = Pauses(
    codes(1, 1, 1, 3, 4),
    at("09:30", "12:00", "16:30", "10:00", "fri 16:00"),
    at("10:00", "13:00", "tue 09:15", "…", "09:10"),
)


def test_what_a_clock_runs_inside_pauses_is_cut_to_the_stretch_that_is_asked_about() -> None:
    leads = codes(0, 1, 1, 1, 2, 4, 5)
    begin = at("09:00", "09:00", "09:45", "13:00", "09:00", "09:00", "09:00")
    end = at("17:00", "tue 10:00", "12:30", "16:30", "17:00", "09:05", "17:00")
    working = paused_within(Clock(OFFICE), leads, begin, end, PAUSES)
    assert (working / HOUR * 60).tolist() == [0, 30 + 60 + 45, 45, 0, 0, 5, 0]
    assert working.dtype == np.int64
    plain = paused_within(Clock(None), leads, begin, end, PAUSES)
    assert (plain / HOUR * 60).tolist() == [0, 30 + 60 + 16 * 60 + 45, 45, 0, 0, 5, 0]


def test_a_point_is_moved_by_the_pauses_before_it_each_lead_by_its_own() -> None:
    leads = codes(0, 1, 1, 1, 2, 3, 3, 4, 5)
    start = at("09:00", "09:00", "09:00", "12:30", "09:00", "09:00", "09:00", "09:00", "09:00")
    point = at("11:00", "11:00", "09:30", "15:45", "11:00", "11:00", "10:00", "11:00", "11:00")
    moved = moved_by_pauses(Clock(OFFICE), Span(leads, start, np.full(9, FOREVER)), point, PAUSES)
    assert texts(moved) == ["05 11:00", "05 11:30", "05 09:30", "05 16:15", "05 11:00", "", "05 10:00", "05 11:10", "05 11:00"]
    assert moved.dtype == np.int64


def test_a_pause_ends_with_the_event_that_closes_the_cycle() -> None:
    until = at("09:45", "12:00", "10:30", "10:00", "…")
    span = Span(codes(1, 1, 3, 3, 3), at(*["09:00"] * 5), until)
    moved = moved_by_pauses(Clock(None), span, at(*["11:45"] * 5), PAUSES)
    assert texts(moved) == ["05 12:00", "05 12:15", "05 12:15", "05 11:45", ""]


def test_a_point_that_lies_outside_hours_does_not_go_back_for_a_pause_outside_hours() -> None:
    pauses = Pauses(codes(1), at("18:00"), at("19:00"))
    moved = moved_by_pauses(Clock(OFFICE), Span(codes(1), at("09:00"), at("…")), at("20:00"), pauses)
    assert texts(moved) == ["05 20:00"]


def test_the_points_that_were_given_are_left_as_they_are() -> None:
    points = at("11:00")
    moved_by_pauses(Clock(OFFICE), Span(codes(1), at("09:00"), at("…")), points, PAUSES)
    assert texts(points) == ["05 11:00"]


def test_a_due_with_and_without_pauses_stands_side_by_side() -> None:
    span = Span(codes(0, 1, 3), at("09:00", "09:00", "09:00"), at("…", "…", "…"))
    for pauses, due in ((NOBODYS, ["05 13:00"] * 3), (PAUSES, ["05 13:00", "05 14:30", ""])):
        assert texts(due_after(parse_duration("4wh"), OFFICE, span, pauses)) == due
    assert texts(due_after(parse_duration("1wd"), OFFICE, span, NOBODYS)) == ["06 09:00"] * 3
    assert texts(due_after(parse_duration("1wd"), OFFICE, span, NOBODYS, close_of_business=True)) == ["06 17:00"] * 3


def test_a_share_is_of_the_way_from_start_to_the_due_without_pauses() -> None:
    span = Span(codes(0, 1, 3), at("09:00", "09:00", "09:00"), at("…", "…", "…"))
    unpaused = at("13:00", "13:00", "13:00")
    assert texts(share_of(0.5, parse_duration("4wh"), OFFICE, span, PAUSES, unpaused)) == ["05 11:00", "05 11:30", ""]
    assert texts(share_of(0.25, parse_duration("4wh"), OFFICE, span, PAUSES, unpaused)) == ["05 10:00", "05 10:30", "05 10:00"]
    assert texts(share_of(0.25, parse_duration("4h"), OFFICE, span, NOBODYS, unpaused)) == ["05 10:00"] * 3
    assert share_of(0.3, parse_duration("4h"), OFFICE, span, NOBODYS, unpaused).dtype == np.int64


def test_a_share_of_nothing_yet_is_the_start_also_outside_hours() -> None:
    span = Span(codes(0), at("fri 20:00"), at("…"))
    assert texts(share_of(0.0, parse_duration("4wh"), OFFICE, span, NOBODYS, at("13:00"))) == ["02 20:00"]


@pytest.mark.parametrize(
    ("length", "moments"),
    [
        ("2wh", ["06 10:00", "", "05 09:00"]),
        ("4wh", ["05 16:00", "", "05 09:00"]),
        ("4h", ["06 08:00", "", "05 09:00"]),
        ("1wd", ["05 12:00", "", "05 09:00"]),
        ("3wd", ["05 09:00", "", "05 09:00"]),
    ],
)
def test_time_before_due_is_counted_back_and_not_before_the_start(length: str, moments: list[str]) -> None:
    found = before(parse_duration(length), OFFICE, at("tue 12:00", "-", "09:30"), at("09:00", "09:00", "09:00"))
    assert texts(found) == moments


@pytest.mark.parametrize(
    ("length", "last"), [("1wh", "05 09:00"), ("2wh", "05 10:00"), ("1wd", "05 16:00"), ("2h", "02 18:00"), ("90wm", "05 09:30")]
)
def test_the_last_instant_that_is_no_further_lets_closed_hours_cost_nothing(length: str, last: str) -> None:
    assert texts(last_within(parse_duration(length), OFFICE, at("fri 16:00"))) == [last]


def test_a_clock_that_is_asked_beyond_what_was_compiled_reaches_on() -> None:
    rare = Calendar("UTC", {"mon": ["09:00-10:00"]})
    clock = clock_of(parse_duration("1wh"), rare)
    start = at("09:00")
    far = clock.reached(clock.run(start) + 52 * 15 * HOUR, start)
    assert iso(int(far[0]))[:16] == "2040-12-10T10:00"
    fresh = clock_of(parse_duration("1wh"), Calendar("UTC", {"mon": ["09:00-10:00"]}))
    both = fresh.reached(fresh.run(start) + np.array([1, 52 * 15 + 1], np.int64) * HOUR, start)
    assert [iso(int(each))[:16] for each in both] == ["2026-01-05T10:00", "2040-12-17T10:00"]
    assert clock.reached(np.zeros(0, np.int64), np.zeros(0, np.int64)).tolist() == []


def test_the_last_closing_of_all_can_be_reached() -> None:
    twice = Calendar("UTC", {}, special_days={"2026-01-05": ["09:00-17:00"], "2026-01-06": ["09:00-17:00"]})
    clock = clock_of(parse_duration("1wh"), twice)
    assert texts(clock.reached(clock.run(at("tue 17:00")), at("tue 09:00"))) == ["06 17:00"]


def test_a_plain_clock_runs_as_time_does() -> None:
    clock = clock_of(parse_duration("1h"), OFFICE)
    assert clock.calendar is None
    assert clock.run(at("20:00")) == clock.reached(at("20:00"), at("09:00")) == clock.latest(at("20:00"), at("09:00")) == at("20:00")


def test_some_cycles_of_a_span_keep_what_belongs_together() -> None:
    some = Span(codes(1, 2, 3), at("09:00", "10:00", "11:00"), at("12:00", "…", "13:00")).take(np.array([2, 0]))
    assert (some.lead.tolist(), texts(some.start), texts(some.until)) == ([3, 1], ["05 11:00", "05 09:00"], ["05 13:00", "05 12:00"])
    assert PAUSES.any_of(codes(0, 1, 2, 3)).tolist() == [False, True, False, True]


# Imports, event by event.


def test_the_events_of_an_import_have_its_number_and_all_others_none() -> None:
    story = Story().stage("2026-01-05 08:00", "mql", "aaa", actor="rita")
    for actor, hour in (("ops", 9), ("ops", 12)):
        for number in range(3):
            story.stage(f"2026-01-05 {hour:02}:0{number + 1}", "mql", f"{hour:02} {number}", actor=actor)
    story.call("2026-01-05 09:13", "09 0").call("2026-01-05 09:13:00.000001", "09 1").call("2026-01-05 09:02", "aaa")
    facts = judged(story, FOLLOW_UP).facts
    numbers = batch_of(facts, 2, "UTC")
    found = {
        (str(facts.leads[lead]), iso(int(moment))[11:26]): int(number)
        for lead, moment, number in zip(facts.lead, facts.at, numbers, strict=True)
    }
    assert {key: number for key, number in found.items() if key[0] in ("aaa", "09 0", "09 1", "12 2")} == {
        ("aaa", "08:00:00.000000"): -1,
        ("aaa", "09:02:00.000000"): -1,
        ("09 0", "09:01:00.000000"): 0,
        ("09 0", "09:13:00.000000"): 0,
        ("09 1", "09:02:00.000000"): 0,
        ("09 1", "09:13:00.000001"): -1,
        ("12 2", "12:03:00.000000"): 1,
    }
    assert numbers.dtype == np.int64
    assert batch_of(facts, 3, "UTC").tolist() == [-1] * len(facts)


@pytest.mark.parametrize("leads", [1, 2, 3, 50])
def test_the_leads_of_an_import_that_are_judged_some_at_a_time_belong_to_it_all_the_same(leads: int) -> None:
    story = Story().stage("2026-01-05 08:00", "mql", "aaa", actor="rita").stage("2026-01-05 09:01", "mql", "zzz", actor="rita")
    for number in range(4):
        story.stage(f"2026-01-05 09:0{number + 1}", "mql", f"lead {number}", actor="ops")
    history = history_of(columns_of(completed(story.frame())), instant("2026-02-01 00:00"))
    found = [number for facts in history.chunks(leads) for number in batch_of(facts, 2, "UTC").tolist()]
    assert found == [-1, 0, 0, 0, 0, -1]


def test_where_nothing_is_known_of_how_leads_came_in_there_is_no_import() -> None:
    story = Story()
    for number in range(3):
        story.stage(f"2026-01-05 09:0{number + 1}", "mql", f"lead {number}", actor="ops")
    history = history_of(columns_of(completed(story.frame())), instant("2026-02-01 00:00"))
    unsurveyed = replace(history, survey=replace(history.survey, creations=None))
    assert batch_of(history.facts(), 2, "UTC").tolist() == [0, 0, 0]
    assert batch_of(unsurveyed.facts(), 2, "UTC").tolist() == [-1, -1, -1]

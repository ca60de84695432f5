"""A lead with very many pauses is worked out by prefix sums instead of pause by pause: both ways give the same."""

from unittest.mock import patch

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slamon.core import clocks
from slamon.core.clocks import Clock, Pauses, Span, moved_by_pauses, paused_within
from slamon.core.working_time.instants import FOREVER, HOUR
from tests.core.stories import BERLIN, FOLLOW_UP, OFFICE, Story, cycles, instant

MONDAY = instant("2026-03-23 00:00")  # the clocks of Berlin go forward on Sunday
Numbers = npt.NDArray[np.int64]
ON_HOLD = FOLLOW_UP | {"within": "8wh", "debounce": "9d", "pause": {"while": {"stage": "nurture"}}}
HALF_HOURS = st.integers(0, 14 * 48)


@st.composite
def pauses_of_leads(draw: st.DrawFn) -> Pauses:
    """One to three leads, each with up to a dozen pauses that do not touch; the last one may be open."""
    lead: list[int] = []
    begin: list[int] = []
    end: list[int] = []
    for code in range(draw(st.integers(1, 3))):
        cuts = sorted(draw(st.sets(HALF_HOURS, min_size=2, max_size=24)))
        ends: list[int] = [MONDAY + cut * HOUR // 2 for cut in cuts]
        pairs = list(zip(ends[::2], ends[1::2], strict=False))
        lead += [code] * len(pairs)
        begin += [since for since, _ in pairs]
        end += [until for _, until in pairs]
        if draw(st.booleans()):
            end[-1] = FOREVER
    return Pauses(np.array(lead, np.int32), np.array(begin, np.int64), np.array(end, np.int64))


def _instants(draw: st.DrawFn, count: int) -> Numbers:
    return np.array([MONDAY + half * HOUR // 2 for half in draw(st.lists(HALF_HOURS, min_size=count, max_size=count))], np.int64)


@st.composite
def asked(draw: st.DrawFn) -> tuple[Pauses, Span, Numbers]:
    """Pauses, and cycles of their leads: each starts, comes to its point on the clock later or at once, and is perhaps closed."""
    pauses = draw(pauses_of_leads())
    count = draw(st.integers(1, 6))
    lead = np.array(draw(st.lists(st.integers(0, 2), min_size=count, max_size=count)), np.int32)
    start, later = _instants(draw, count), _instants(draw, count) - MONDAY
    open_ = np.array(draw(st.lists(st.booleans(), min_size=count, max_size=count)), bool)
    until = np.where(open_, FOREVER, start + (_instants(draw, count) - MONDAY))
    return pauses, Span(lead, start, until), start + later // 4


@pytest.mark.parametrize("clock", [Clock(None), Clock(OFFICE), Clock(BERLIN)], ids=["plain", "office", "berlin"])
@given(case=asked())
def test_prefix_sums_move_a_point_as_going_from_pause_to_pause_does(clock: Clock, case: tuple[Pauses, Span, Numbers]) -> None:
    pauses, span, point = case
    with patch.object(clocks, "_ROUNDS", 1000):
        one_by_one = moved_by_pauses(clock, span, point, pauses)
    with patch.object(clocks, "_ROUNDS", 0):
        at_once = moved_by_pauses(clock, span, point, pauses)
    assert at_once.tolist() == one_by_one.tolist()


@pytest.mark.parametrize("clock", [Clock(None), Clock(OFFICE), Clock(BERLIN)], ids=["plain", "office", "berlin"])
@given(case=asked())
def test_prefix_sums_count_what_runs_inside_pauses_as_going_from_pause_to_pause_does(
    clock: Clock, case: tuple[Pauses, Span, Numbers]
) -> None:
    pauses, span, point = case
    with patch.object(clocks, "_ROUNDS", 1000):
        one_by_one = paused_within(clock, span.lead, span.start, point, pauses)
    with patch.object(clocks, "_ROUNDS", 0):
        at_once = paused_within(clock, span.lead, span.start, point, pauses)
    assert at_once.tolist() == one_by_one.tolist()


def on_and_off(until: str, assigned: str = "2026-01-05 09:00") -> Story:
    """A lead that came on Monday at nine, on hold from twenty to forty minutes past of every hour of office time."""
    story = Story().stage("2026-01-05 09:00", "mql").owner("2026-01-05 09:00", None).owner(assigned, "rita")
    for day in ("2026-01-05", "2026-01-06", "2026-01-07"):
        for hour in range(9, 17):
            if f"{day} {hour:02}" < until:
                story.stage(f"{day} {hour:02}:20", "nurture").stage(f"{day} {hour:02}:40", "sal")
    return story


def test_a_lead_that_was_on_hold_a_dozen_times_is_due_when_the_time_between_adds_up() -> None:
    (breached,) = cycles(on_and_off("2026-01-08"), ON_HOLD)
    assert (breached["due_at"], breached["state"]) == ("2026-01-06 13:00", "breached")


@pytest.mark.parametrize(("assigned", "cause"), [("13:00", "owner"), ("13:01", "routing")])
def test_holds_by_the_dozen_are_no_time_that_routing_or_the_owner_had(assigned: str, cause: str) -> None:
    (breached,) = cycles(on_and_off("2026-01-08", f"2026-01-06 {assigned}"), ON_HOLD | {"within": "16wh"})
    assert (breached["due_at"], breached["cause"]) == ("2026-01-07 17:00", cause)  # 12 hours of 40 minutes each, then as many again


def test_a_lead_whose_last_hold_of_a_dozen_has_not_ended_is_not_due() -> None:
    story = on_and_off("2026-01-06 12").stage("2026-01-06 12:20", "nurture")
    (standing,) = cycles(story, ON_HOLD)
    assert (standing["due_at"], standing["state"]) == (None, "pending")
    (late,) = cycles(story.call("2026-01-06 12:30"), ON_HOLD)
    assert (late["due_at"], late["state"]) == ("2026-01-06 12:50", "met")


def test_a_hold_of_a_dozen_that_began_after_due_moves_nothing() -> None:
    (cycle,) = cycles(on_and_off("2026-01-08"), ON_HOLD | {"within": "6wh"})
    assert cycle["due_at"] == "2026-01-06 10:00"

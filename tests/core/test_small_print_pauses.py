"""The small print of pauses and patterns: overlaps, what is not told, and who does what."""

from itertools import groupby, pairwise
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest

from slamon.core import clocks, patterns
from slamon.core.clocks import _ROUNDS, Clock, Pauses, Span, moved_by_pauses
from slamon.core.definitions import Pause
from slamon.core.patterns import _by_begin, pauses
from slamon.core.working_time.instants import DAY, FOREVER, HOUR, MINUTE, iso
from tests.core.stories import FOLLOW_UP, Story, cycles, instant, judged

MONDAY = "2026-01-05 09:00"
BEGIN = instant("2026-01-05 00:00")
HOURS = 14 * 24
REPS: list[dict[str, Any]] = [{"id": "rita"}, {"id": "ben"}]
Spans = list[tuple[int, int]]


def clock(hour: int) -> str:
    return f"2026-01-{5 + hour // 24:02} {hour % 24:02}:00"


def spans_of(standing: list[bool]) -> Spans:
    """Hours in which a clock stands as spans; one that stands at the end stands for good."""
    edges = [hour for hour, (was, stands) in enumerate(pairwise([False, *standing])) if was != stands]
    return list(zip(edges[::2], [*edges[1::2], -1] if len(edges) % 2 else edges[1::2], strict=True))


def paused_hours(story: Story, since: Spans, seed: int, lead: str) -> Spans:
    """Tells a lead's random life hour by hour; gives the hours in which it is in nurture, held by nobody, or by somebody away."""
    draw = np.random.default_rng(seed)
    told = sorted(draw.choice(HOURS, 12, replace=False).tolist())
    stage, holder, standing, happens = "", None, [], dict.fromkeys(told[: int(draw.integers(3, 12))])
    for hour in range(HOURS):
        if hour in happens:
            match int(draw.integers(0, 5)):
                case 0 | 1:
                    stage = str(draw.choice(["nurture", "sal"]))
                    story.stage(clock(hour), stage, lead)
                case 2:
                    holder = None
                    story.owner(clock(hour), None, lead)
                case _:
                    holder = str(draw.choice(["rita", "ben"]))
                    story.owner(clock(hour), holder, lead)
        away = holder == "rita" and any(begin <= hour < end for begin, end in since)
        standing.append(stage == "nurture" or away or (holder is None and hour >= told[0]))
    return spans_of(standing)


@pytest.mark.parametrize("packed", [2**62, 0], ids=["few leads", "so many that lead and time are no longer one number"])
def test_pauses_that_overlap_or_touch_are_one_whatever_they_are_of(packed: int) -> None:
    absent = [(40, 60), (50, 90), (90, 95), (150, 152), (200, 260), (210, 220)]
    story = Story().owner(clock(0), "ben", "first").owner(clock(0), "ben", "zoe")
    story.stage(clock(1), "nurture", "first").stage(clock(3), "sal", "first").stage(clock(5), "nurture", "zoe")
    expected: dict[str, Spans] = {"first": [(1, 3)], "zoe": [(5, -1)]}
    for seed in range(60):
        expected[f"lead {seed:02}"] = paused_hours(story, absent, seed, f"lead {seed:02}")
    absences = [{"person": "rita", "since": clock(begin), "until": clock(end)} for begin, end in absent]
    facts = judged(story, people=REPS, absences=absences, as_of="2026-02-01 00:00").facts
    with patch.object(patterns, "MOST_PACKED", packed):
        lead, begin, end = pauses(facts, Pause.model_validate({"while": [{"stage": "nurture"}, "unassigned", "holder away"]}))
    hours = [
        (facts.leads[code], (since - BEGIN) // HOUR, -1 if until == FOREVER else (until - BEGIN) // HOUR)
        for code, since, until in zip(lead.tolist(), begin.tolist(), end.tolist(), strict=True)
    ]
    found = {name: [span[1:] for span in spans] for name, spans in groupby(hours, key=lambda row: row[0])}
    assert found == {name: spans for name, spans in expected.items() if spans}


@pytest.mark.parametrize(
    "leads", [[3, 0, 0, 3, 1], [2**31 - 1, 0, 0, 2**31 - 1, 1], [10**6, 0, 0, 10**6, 1]], ids=["few", "the most there can be", "a million"]
)
@pytest.mark.parametrize("apart", [0, DAY // 40, 3 * DAY])
def test_pauses_are_in_order_of_lead_and_begin_however_many_leads_and_years_there_are(leads: list[int], apart: int) -> None:
    lead, begin = np.array(leads, np.int32), np.array([apart + 2, apart + 1, -3 - apart, apart + 1, 0], np.int64)
    assert _by_begin(lead, begin).tolist() == [2, 1, 4, 3, 0]


# Who did it, and what is not told.


def test_a_stage_that_a_workflow_set_opens_a_cycle_as_one_that_a_person_set_does() -> None:
    (cycle,) = cycles(Story().stage(MONDAY, "mql", automated=True).call("2026-01-05 10:00"), FOLLOW_UP)
    assert cycle["state"] == "met"


@pytest.mark.parametrize("turned", [False, True])
def test_a_lead_that_another_condition_leaves_out_is_not_meant_whatever_nobody_provides(turned: bool) -> None:
    conditions = {"budget": {"not": "none"}, "segment": "smb"}
    terms = FOLLOW_UP | {"targets": [{"when": dict(reversed(conditions.items())) if turned else conditions, "within": "1wh"}]}
    story = Story().stage(MONDAY, "mql", "ada", attributes={"segment": "smb"})
    story.stage(MONDAY, "mql", "bea", attributes={"segment": "enterprise"})
    assert [cycle["due_at"] for cycle in cycles(story, terms)] == ["2026-01-05 10:00", "2026-01-05 11:00"]


# How many there are.


def written(micros: int) -> str:
    return iso(micros)[:16].replace("T", " ")


@pytest.mark.parametrize("many", [1, _ROUNDS - 1, _ROUNDS, _ROUNDS + 1, 3 * _ROUNDS])
def test_every_pause_of_a_minute_moves_due_by_a_minute_and_is_nobodys_delay_however_many_there_are(many: int) -> None:
    start = instant(MONDAY)
    terms = FOLLOW_UP | {"within": "24h", "debounce": "9d", "pause": {"while": [{"stage": "nurture"}]}}
    for late, cause in ((0, "owner"), (MINUTE, "routing")):
        story = Story().owner(MONDAY, None).stage(MONDAY, "mql")
        for each in range(many):
            story.stage(written(start + (2 * each + 1) * MINUTE), "nurture").stage(written(start + (2 * each + 2) * MINUTE), "sal")
        story.owner(written(start + 12 * HOUR + many * MINUTE + late), "rita")
        (cycle,) = cycles(story, terms, people=REPS)
        assert (cycle["due_at"], cycle["cause"]) == (written(start + DAY + many * MINUTE), cause)


@pytest.mark.parametrize("rounds", [0, 1_000])
@pytest.mark.parametrize(
    ("last", "due"),
    [
        (("2026-01-06 10:00", "2026-01-06 11:00"), "2026-01-06 10:00"),
        (("2026-01-06 09:59:59.999999", "2026-01-06 11:00"), "2026-01-06 11:00:00.000001"),
        (("2026-01-06 09:30", "2026-01-06 09:30:00.000001"), "2026-01-06 10:00:00.000001"),
        (("2026-01-06 10:00", None), "2026-01-06 10:00"),
        (("2026-01-06 09:59:59.999999", None), None),
    ],
)
def test_a_pause_counts_if_it_begins_before_due_and_not_at_due(last: tuple[str, str | None], due: str | None, rounds: int) -> None:
    story = Story().stage("2026-01-05 16:00", "mql")
    for minute in range(10, 30, 2):  # while it is closed: nothing moves
        story.stage(f"2026-01-05 20:{minute}", "nurture").stage(f"2026-01-05 20:{minute + 1}", "sal")
    story.stage(last[0], "nurture")
    if last[1]:
        story.stage(last[1], "sal")
    with patch.object(clocks, "_ROUNDS", rounds):
        (cycle,) = cycles(story, FOLLOW_UP | {"debounce": "9d", "pause": {"while": [{"stage": "nurture"}]}})
    assert cycle["due_at"] == due


@pytest.mark.parametrize("rounds", [0, 1_000])
def test_a_pause_counts_if_it_begins_before_where_those_ahead_of_it_move_due(rounds: int) -> None:
    for last, due in (("11:09:59.999999", "11:11:00.000001"), ("11:10", "11:10")):
        story = Story().stage(MONDAY, "mql")
        for minute in range(10, 30, 2):
            story.stage(f"2026-01-05 09:{minute}", "nurture").stage(f"2026-01-05 09:{minute + 1}", "sal")
        story.stage(f"2026-01-05 {last}", "nurture").stage("2026-01-05 11:11", "sal")
        with patch.object(clocks, "_ROUNDS", rounds):
            (cycle,) = cycles(story, FOLLOW_UP | {"debounce": "9d", "pause": {"while": [{"stage": "nurture"}]}})
        assert cycle["due_at"] == f"2026-01-05 {due}"


@pytest.mark.parametrize("rounds", [0, 1_000])
def test_a_point_that_is_the_start_itself_is_moved_by_nothing(rounds: int) -> None:
    start, lead = np.array([BEGIN + HOUR]), np.zeros(1, np.int32)
    stopped = Pauses(lead, np.array([BEGIN]), np.array([BEGIN + 2 * HOUR]))
    with patch.object(clocks, "_ROUNDS", rounds):
        assert moved_by_pauses(Clock(None), Span(lead, start, np.array([FOREVER])), start, stopped).tolist() == start.tolist()

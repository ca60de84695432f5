"""An explanation as text for the terminal, in the time zone of each promise's calendar."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np
from rich.markup import escape

from slamon.core.explain import CycleExplained, Explanation
from slamon.core.explain.arithmetic import Stretch
from slamon.core.instants import DAY, FOREVER, NEVER, SECOND, iso, to_datetime
from slamon.core.zones import offsets_of

MARK = {"met": "[green]✓ met[/]", "breached": "[red]✗ breached[/]", "pending": "… pending", "cancelled": "– cancelled"}
MOST_STRETCHES = 12
MOST_EVENTS = 60


def lines(found: Explanation) -> Iterator[str]:
    """The explanation, line by line, with rich markup; data of the CRM is escaped."""
    attributes = ", ".join(f"{name} {value}" for name, value in found.attributes)
    yield f"[bold]Lead {escape(found.lead)}[/] as of {iso(found.as_of)}" + (f": {escape(attributes)}" if attributes else "")
    if found.merged:
        yield f"{escape(found.merged)} was merged into {escape(found.lead)}: this is the history of both."
    zone = found.cycles[0].timezone if found.cycles else "UTC"
    yield f"\n[bold]What happened[/] ({zone})"
    for event in found.history[:MOST_EVENTS]:
        logged = f"  logged {wall(event.recorded_at, zone)}" if event.recorded_at not in (NEVER, event.at) else ""
        by = f" by {escape(event.who)}" if event.who else ""
        yield f"  {wall(event.at, zone)}  {escape(event.what)}{by}{logged}"
    if len(found.history) > MOST_EVENTS:
        yield f"  and {len(found.history) - MOST_EVENTS} more events"
    for cycle in found.cycles:
        yield ""
        yield from _cycle(cycle)
    if not found.cycles:
        yield "\nNo promise is about this lead: nothing opened a cycle."


def as_data(found: Explanation) -> dict[str, Any]:
    """The same as plain data: instants as text, nothing as null."""
    return {name: _readable(each, name) for name, each in asdict(found).items()}


def _readable(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _readable(each, name) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_readable(each, key) for each in value]
    if isinstance(value, int) and not isinstance(value, bool) and key in _INSTANTS:
        return iso(value) or None
    return value


_INSTANTS = frozenset(
    {
        "as_of",
        "at",
        "recorded_at",
        "started_at",
        "due_at",
        "warnings",
        "answered_at",
        "limits",
        "strict_due_at",
        "raised_at",
        "begin",
        "end",
        "since",
    }
)


def _cycle(cycle: CycleExplained) -> Iterator[str]:
    zone = cycle.timezone
    state = MARK.get(cycle.state, cycle.state)
    yield f"[bold]{escape(cycle.title)}[/]  ({cycle.sla}, version {cycle.version}, cycle {cycle.number})"
    yield f"  {state}" + (f": {escape(cycle.reason)}" if cycle.reason else "") + (f"  cause: {cycle.cause}" if cycle.cause else "")
    yield f"  start    {wall(cycle.started_at, zone)}  {escape(cycle.start)}"
    yield f"  target   {escape(cycle.target)}" + (f": {escape(cycle.target_why)}" if cycle.target_why else "")
    yield f"  clock    {escape(cycle.calendar or 'round the clock')}, {zone}"
    if cycle.kind == "deadline":
        yield from _counted(cycle, zone)
    for number, limit in enumerate(cycle.limits, 1):
        yield f"  attempt {number} of {len(cycle.limits)}: last feasible {wall(limit, zone)}"
    yield f"  due      {wall(cycle.due_at, zone) if cycle.due_at != NEVER else 'not while the clock stands'}"
    if cycle.warnings:
        yield f"  warnings {', '.join(wall(warning, zone) for warning in cycle.warnings)}"
    yield from _answers(cycle, zone)
    if cycle.strict_state:
        yield f"  24x7     from {wall(cycle.raised_at, zone)}, due {wall(cycle.strict_due_at, zone)}: {cycle.strict_state}"
    for holding in cycle.holders:
        yield f"  holder   from {wall(holding.since, zone)}: {escape(holding.name or 'nobody')}"


def _counted(cycle: CycleExplained, zone: str) -> Iterator[str]:
    shown = cycle.counted if len(cycle.counted) <= MOST_STRETCHES else (*cycle.counted[: MOST_STRETCHES - 4], *cycle.counted[-3:])
    for place, stretch in enumerate(shown):
        if len(shown) < len(cycle.counted) and place == MOST_STRETCHES - 4:
            left = cycle.counted[MOST_STRETCHES - 4 : -3]
            yield f"           … {len(left)} more stretches, {length(sum(s.seconds for s in left if s.counted))} of them counted"
        yield f"           {_stretch(stretch, zone)}"
    yield f"           = {length(cycle.run_s)} counted"


def _stretch(stretch: Stretch, zone: str) -> str:
    sign = "+" if stretch.counted else " "
    return f"{sign} {wall(stretch.begin, zone)} to {wall(stretch.end, zone)}  {length(stretch.seconds):>10}  {escape(stretch.why)}"


def _answers(cycle: CycleExplained, zone: str) -> Iterator[str]:
    for candidate in cycle.candidates[:MOST_STRETCHES]:
        by = f" by {escape(candidate.who)}" if candidate.who else ""
        mark = "answer  " if candidate.answers else "seen    "
        yield f"  {mark} {wall(candidate.at, zone)}  {escape(candidate.what)}{by}: {escape(candidate.why)}"
    if len(cycle.candidates) > MOST_STRETCHES:
        yield f"           and {len(cycle.candidates) - MOST_STRETCHES} more"
    if cycle.answered_at == NEVER:
        yield "  answer   none yet"
    elif not any(candidate.answers for candidate in cycle.candidates):
        yield f"  answer   {wall(cycle.answered_at, zone)}"


def wall(instant: int, zone: str) -> str:
    """An instant as the zone's clocks show it, with the offset where it matters: ``Thu 2012-03-01 09:00:00 +01:00``."""
    if instant in (NEVER, FOREVER):
        return "never"
    offset = int(offsets_of(zone, instant // DAY * DAY - DAY, instant // DAY * DAY + 2 * DAY).to_wall(_array(instant))[0]) - instant
    local = to_datetime(instant + offset)
    minutes = offset // (60 * SECOND)
    sign = "-" if minutes < 0 else "+"
    fraction = f".{local.microsecond // 1000:03d}" if local.microsecond else ""
    return f"{local:%a %Y-%m-%d %H:%M:%S}{fraction} {sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def _array(instant: int) -> Any:
    return np.array([instant], np.int64)


def length(seconds: int) -> str:
    """``2 h 05 m 03 s``."""
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours} h {minutes:02d} m {seconds:02d} s" if hours else f"{minutes} m {seconds:02d} s"

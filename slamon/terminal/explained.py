"""An explanation as text for the terminal: the lead, what happened, each promise's arithmetic, its part in quotas and ratios."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from rich.markup import escape

from slamon.core.explain import Explanation
from slamon.core.explain.explanation import Counted
from slamon.core.explain.wording import wall_words
from slamon.core.working_time.instants import DAY, FOREVER, NEVER, SECOND, to_datetime
from slamon.core.working_time.zones import offsets_of
from slamon.terminal.explained_cycle import cycle_lines
from slamon.terminal.explained_history import history_lines

MOST_COUNTED = 8


def lines(found: Explanation, sla: str | None = None) -> Iterator[str]:
    """The explanation, line by line, with rich markup; data of the CRM is escaped. ``sla`` is the promise that was asked for."""
    yield _header(found)
    yield from _merged(found)
    yield "\n[bold]What happened[/]"
    yield from history_lines(found)
    for cycle in found.cycles:
        yield ""
        yield from cycle_lines(cycle, found.timezone, found.as_of)
    if found.counted:
        yield "\n[bold]Counted in[/]"
        yield from _counted(found)
    if not found.cycles and not found.counted:
        what = "No promise is" if sla is None else f"{escape(sla)} is not"
        yield f"\n{what} about this lead: nothing opened a cycle, and nothing was counted."


def _header(found: Explanation) -> str:
    zone, attributes = found.timezone, ", ".join(f"{name} {value}" for name, value in found.attributes)
    said = f": {escape(attributes)}" if attributes else ""
    return f"[bold]Lead {escape(found.lead)}[/] as of {wall_words(found.as_of, zone)} ({zone}){said}"


def _merged(found: Explanation) -> Iterator[str]:
    """Which other records this is the history of."""
    others = sorted({event.record for event in found.history} - {found.lead, found.merged})
    if found.merged:
        more = f"; so are the events of {escape(', '.join(others))}" if others else ""
        yield f"{escape(found.merged)} was merged into {escape(found.lead)}: this is the history of both{more}."
    elif others:
        yield f"{escape(', '.join(others))} was merged into {escape(found.lead)}: this is the history of all of them."


def _counted(found: Explanation) -> Iterator[str]:
    """One line for each part in a quota or a ratio; of many the latest."""
    shown = found.counted[-MOST_COUNTED:]
    if len(shown) < len(found.counted):
        yield f"  … {len(found.counted) - len(shown)} before"
    for each in shown:
        zone = "" if each.timezone == found.timezone else f" ({each.timezone})"
        group = f", {escape(each.group)}" if each.group else ""
        entered = f"{wall_words(each.at, each.timezone)}{zone}  {escape(each.what)}"
        yield f"  {each.sla}, {each.period}{group}: {entered}: {_standing(each, found)}"


def _standing(each: Counted, found: Explanation) -> str:
    """What became of an entry, and why."""
    why = f"; {escape(each.why)}" if each.why else ""
    worth = "" if each.worth == 1 else f" with {each.worth:g}"
    if each.kind == "quota":
        return f"counted{worth}{why}"
    immature = f"; in the cohort from {wall_words(each.matures_at, each.timezone)} on" if each.matures_at > found.as_of else ""
    standing = {"open": "a member, open", "unknown": "a member of which cannot be told whether it counts"}
    return f"{standing.get(each.standing, f'a member that {each.standing}')}{worth}{why}{immature}"


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

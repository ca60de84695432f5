"""The preview of an activation as sentences and a table for the terminal, and as plain data."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from rich import box
from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from slamon.core.verdicts.activation_preview import ActivationPreview, JudgedBy, TakenOver
from slamon.core.working_time.instants import NEVER, iso
from slamon.terminal.explained import wall
from slamon.terminal.exports import plain

MOST_SHOWN = 50


def shown(found: ActivationPreview) -> Iterator[RenderableType]:
    """The preview, part by part; texts of the CRM are never taken for markup."""
    force = "comes into force" if found.effective_at > found.as_of else "is in force since"
    yield f"[bold]{escape(found.title)}[/]  ({found.sla}): version {found.version} {force} {wall(found.effective_at, found.timezone)}"
    yield f"{_cycles(found.open_cycles)} that began under earlier versions {_are(found.open_cycles)} open as of {_short(found.as_of)}."
    taken = found.taken_over
    if not taken:
        yield "The version would judge none of them."
        return
    kept = found.open_cycles - len(taken)
    yield f"Put on open cycles, it judges {len(taken):,} of them from their start; {kept:,} keep their version, for it is not about them."
    yield f"Verdicts that change: {_listed(_changes(found))}"
    yield "Due times: " + ", ".join(f"{count:,} {how}" for how, count in _moves(taken).items())
    yield _table(found)


def as_data(found: ActivationPreview, *, recorded: bool) -> dict[str, Any]:
    """The same as plain data: instants as text, null for none; ``recorded`` says whether it was put on them."""
    told = asdict(found)
    cycles = told.pop("taken_over")
    changes = [{"before": before, "after": after, "cycles": count} for (before, after), count in _changes(found).items()]
    told |= {"taken_over": len(cycles), "changes": changes, "due": _moves(found.taken_over), "cycles": cycles, "recorded": recorded}
    readable: dict[str, Any] = plain(told)
    return readable


def _short(instant: int) -> str:
    return iso(instant).replace(".000000Z", "Z")


def _cycles(count: int) -> str:
    return f"{count:,} {'cycle' if count == 1 else 'cycles'}"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _changes(found: ActivationPreview) -> Counter[tuple[str, str]]:
    states = ((each.before.state, each.after.state) for each in found.taken_over)
    return Counter(sorted(pair for pair in states if pair[0] != pair[1]))


def _listed(changes: Counter[tuple[str, str]]) -> str:
    return ", ".join(f"{count:,} {before} → {after}" for (before, after), count in changes.items()) or "none"


def _moves(taken: tuple[TakenOver, ...]) -> dict[str, int]:
    moves = Counter(_move(each.before.due_at, each.after.due_at) for each in taken)
    return {how: moves[how] for how in ("earlier", "later", "same") if moves[how] or how != "same"}


def _move(before: int, after: int) -> str:
    if before == after:
        return "same"
    return "earlier" if before == NEVER or NEVER != after < before else "later"


def _table(found: ActivationPreview) -> Table:
    taken = found.taken_over
    more = f"the first {MOST_SHOWN} of {len(taken):,}; all: --json" if len(taken) > MOST_SHOWN else None
    table = Table("lead", "began", "before", "after", caption=more, box=box.SIMPLE_HEAD, show_edge=False)
    for each in taken[:MOST_SHOWN]:
        row = (each.lead, wall(each.started_at, found.timezone), _standing(each.before, found), _standing(each.after, found))
        table.add_row(*map(Text, row))
    return table


def _standing(each: JudgedBy, found: ActivationPreview) -> str:
    due = "no due: the clock stands" if each.due_at == NEVER else f"due {wall(each.due_at, found.timezone)}"
    return f"{each.state}, {due}"

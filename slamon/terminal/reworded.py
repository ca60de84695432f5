"""The preview of a rewording as sentences for the terminal, and as plain data."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from slamon.core.working_time.instants import iso
from slamon.jobs.decisions.rewording import RewordingPreview


def shown(found: RewordingPreview) -> Iterator[str]:
    """The preview, line by line."""
    yield f"Version {found.version} of {found.sla} {found.changed}."
    yield f"{_verdicts(found.verdicts)} recorded, judged anew as of {_short(found.as_of)}:"
    for each in found.turned:
        yield f"  {each.period}: {each.verdicts:,} {each.before} → {each.after}"
    yield from () if found.turned else ("  none becomes another.",)
    if found.moved:
        yield f"  {found.moved:,} stay what they are, with another due."


def as_data(found: RewordingPreview, *, recorded: bool) -> dict[str, Any]:
    """The same as plain data; ``recorded`` says whether it was accepted."""
    return asdict(found) | {"as_of": iso(found.as_of), "recorded": recorded}


def _short(instant: int) -> str:
    return iso(instant).replace(".000000Z", "Z")


def _verdicts(count: int) -> str:
    return f"{count:,} {'verdict is' if count == 1 else 'verdicts are'}"

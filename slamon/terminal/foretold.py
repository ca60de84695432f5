"""What a dry run would have said: each message with whom it would go to, and what would wait or not be said, with why."""

from collections.abc import Iterator, Sequence

from slamon.core.explain.wording import on_clock, wall_words
from slamon.core.telling import UNREAD, Withheld
from slamon.jobs.check.foretelling import Foresight, Foretold
from slamon.terminal.checked import messages

MOST_SHOWN = 20
_NAMED = 3


def foresight_lines(found: Foresight, as_of: int, zone: str) -> Iterator[str]:
    """A count and at most twenty lines of messages, and the same of what is withheld; instants as the zone's clocks show."""
    yield f"{messages(len(found.messages))} would be queued{':' if found.messages else '.'}"
    yield from _some([_message(each, as_of, zone) for each in found.messages])
    if found.withheld:
        many = len(found.withheld)
        yield f"{many:,} {'notice' if many == 1 else 'notices'} would wait or not be said (times of {zone}):"
        yield from _some([_unsaid(each, zone) for each in found.withheld])


def _some(lines: Sequence[str]) -> Iterator[str]:
    yield from (f"  {line}" for line in lines[:MOST_SHOWN])
    if len(lines) > MOST_SHOWN:
        yield f"  … and {len(lines) - MOST_SHOWN:,} more."


def _message(each: Foretold, as_of: int, zone: str) -> str:
    later = f", not before {wall_words(each.release_at, zone)} ({zone})" if each.release_at > as_of else ""
    subject = _subject(each)
    return f"{each.kind} to {each.destination}{f': {subject}' if subject else ''}{later}"


def _subject(each: Foretold) -> str:
    """``L-1001 (follow-up)``, ``40 leads (follow-up, booked)``, or the promise alone."""
    slas = ", ".join(each.slas)
    if not each.leads:
        return slas
    named = ", ".join(each.leads) if len(each.leads) <= _NAMED else f"{len(each.leads):,} leads"
    return f"{named} ({slas})"


def _unsaid(row: Withheld, zone: str) -> str:
    of = f"{row.lead} ({row.sla})" if row.lead else row.sla
    to = f" to {row.destination}" if row.destination else ""
    waits = "not said" if row.state == "suppressed" else "waits" if row.rule == UNREAD else f"waits until {wall_words(row.until, zone)}"
    return f"{row.kind} of {of}{to}: {waits}, {on_clock(row.reason, zone)}"

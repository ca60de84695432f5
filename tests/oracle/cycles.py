"""Cycles: which start events open a run of a promise (section 4.1, for deadlines and cadences alike).

While a cycle is open and not past due, further starts change nothing; afterwards the next one opens a new cycle, unless it comes less
than ``debounce`` after the last accepted start and nothing was cancelled in between.

Choices where the rules are silent: a start that is filtered out (``applies_to``) or not in force is no start at all; the debounce is
that of the version that judges the last accepted start; for a deadline any cancelling event since the last accepted start ends the debounce,
also one that came after the answer; for a cadence only a cycle that was cancelled does.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tests.oracle.facts import Event
from tests.oracle.filters import matches as filter_matches
from tests.oracle.history import History, World
from tests.oracle.patterns import matches
from tests.oracle.versions import Version, in_force


@dataclass(frozen=True)
class Opening:
    """A cycle that was opened: its terms, its start, and where in the history it begins and stops looking."""

    version: Version
    history: History
    start: Event
    position: int
    limit: int
    can_tell: bool = True
    used: frozenset[int] = frozenset()

    def window(self) -> Sequence[Event]:
        """The events after the start, until the next cycle's."""
        return self.history.events[self.position + 1 : self.limit]


@dataclass(frozen=True)
class Outcome:
    """What a kind finds for a cycle at an instant."""

    state: str
    due: datetime | None
    answer: Event | None = None
    answer_position: int | None = None
    attempts: int | None = None
    cancelled: bool = False
    reason: str = ""
    strict_state: str | None = None
    strict_due: datetime | None = None
    until: datetime | None = None


Judge = Callable[[Opening, World, datetime], Outcome]


def _accepts(version: Version | None, event: Event, history: History, world: World) -> bool | None:
    """Whether an event is a start of a version; None: it is, but whether the promise applies cannot be told."""
    if version is None or not matches(event, version.terms["start"], history, world):
        return False
    wanted = version.terms.get("applies_to") or {}
    if not set(wanted) <= world.attributes:
        return None
    return filter_matches(history.attributes(event.at), wanted)


def _changes_nothing(current: Opening, event: Event, outcome: Outcome) -> bool:
    return outcome.state == "pending" or (event.at < _settled(current) and not outcome.cancelled)


def _settled(current: Opening) -> datetime:
    """From when on a start is no longer the same start."""
    duration, calendar, since = current.version.duration("debounce", "24h"), current.version.calendar, current.start.at
    if duration is None:
        return since
    if duration.is_days:
        return calendar.advance_days(since, duration.days)
    return calendar.advance(since, duration.span) if duration.is_working else since + duration.span


def openings(among: Sequence[Version], history: History, world: World, judge: Judge) -> list[Opening]:
    """The cycles of one SLA in one lead's history, in order, each with the event that opened it."""
    found: list[Opening] = []
    used: frozenset[int] = frozenset()
    for position, event in enumerate(history.events):
        version = in_force(among, event.at)
        accepted = _accepts(version, event, history, world)
        if version is None or accepted is False:
            continue
        if found:
            current = replace(found[-1], limit=position)
            outcome = judge(current, world, event.at)
            if _changes_nothing(current, event, outcome):
                continue
            found[-1] = current
            used |= {outcome.answer_position} if outcome.answer_position is not None else set()
        found.append(Opening(version, history, event, position, len(history.events), accepted is not None, used))
    return found

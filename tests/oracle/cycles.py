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
    """The cycles of one SLA in one lead's history, in order, each with the event that opened it.

    A version that was put on open cycles judges those that are open when it is in force and that was said, from their start on;
    those whose start is none of its own stay with the version that they began under.
    """
    judging = [in_force(among, event.at) for event in history.events]
    for pivot, version in sorted(_put_on_open_cycles(among, world), key=lambda each: (each[0], each[1].since)):
        begun = [each for each in _openings(judging, history, world, judge) if each.start.at <= pivot]
        if begun and _is_open(begun[-1], history, world, judge, pivot) and begun[-1].version.since < version.since:
            start = begun[-1]
            if _accepts(version, start.start, history, world) is not False:
                judging[start.position :] = [_instead(one, version) for one in judging[start.position :]]
    return _openings(judging, history, world, judge)


def _put_on_open_cycles(among: Sequence[Version], world: World) -> list[tuple[datetime, Version]]:
    """The versions that were put on open cycles by now, each with the instant at which cycles had to be open."""
    named = [(one.at, version) for one in world.activated for version in among if (one.sla, one.version) == (version.sla, version.name)]
    return [(max(at, version.since), version) for at, version in named if max(at, version.since) <= world.as_of]


def _is_open(opening: Opening, history: History, world: World, judge: Judge, now: datetime) -> bool:
    past = sum(1 for event in history.events if event.at <= now)
    return judge(replace(opening, limit=past), world, now).state == "pending"


def _instead(before: Version | None, version: Version) -> Version | None:
    return version if before is not None and before.since < version.since else before


def _openings(judging: Sequence[Version | None], history: History, world: World, judge: Judge) -> list[Opening]:
    """The cycles, where each event, if it is a start, is judged by the version beside it."""
    found: list[Opening] = []
    used: frozenset[int] = frozenset()
    for position, (event, version) in enumerate(zip(history.events, judging, strict=True)):
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

"""``cadence``: at least N attempts, spaced, within a window (section 4.2).

Choices where the rules are silent:

* without ``gap.min`` every attempt counts.
* ``gap.max`` in working dates reaches to the close of that date; in other units to the instant.
* N attempts counted with a channel still missing: any qualifying attempt on another channel, until the end of the window, meets it;
  that one is then the answer, and the count stays N.
* ``answered_at`` is the ending event also where it cancelled the cycle.
* a deletion that was not undone ends the cycle as a cancelling event does; while one that was undone lasted, the window's own time stood:
  an ``L_k`` after it moves on by that time, until the attempt or the ending that it waited for; spacing is not touched.
* an event that is both an attempt and an ending is first the one, then the other; an ending counts whenever it was logged, an attempt
  only in time.
* ``strict_state`` is a deadline's and stays empty.
* ``calendar: owner``: the first human holder's, if there is one before ``L_1`` on the workspace's and before the first attempt or ending.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from tests.oracle.cycles import Opening, Outcome
from tests.oracle.durations import Duration, parse_duration, parse_optional
from tests.oracle.facts import Event
from tests.oracle.history import FOREVER, Interval, World
from tests.oracle.patterns import is_contact, is_late, matches
from tests.oracle.targets import owner_calendar
from tests.oracle.working_time import WorkingTime


@dataclass(frozen=True)
class Rhythm:
    """The terms of a cadence, read, and the window of one cycle."""

    needed: int
    channels: int
    window: Duration
    gap_min: Duration | None
    gap_max: Duration | None
    calendar: WorkingTime
    start: datetime
    deletions: tuple[Interval, ...]

    @property
    def end(self) -> datetime:
        """The end of the window: the close of its last working date (the start's is the first), or the instant W after the start."""
        calendar = self.calendar
        if self.window.is_days:
            _, first = calendar.working_moment(self.start)
            return calendar.close(calendar.go(first, self.window.days - 1))
        return calendar.advance(self.start, self.window.span) if self.window.is_working else self.start + self.window.span

    def last_feasible(self, counted: list[Event], until: datetime = FOREVER) -> datetime:
        """``L_k`` of the next needed attempt, as deletions up to an instant moved it; the window's end once all are counted."""
        moves = max(self.needed - len(counted) - 1, 0)
        latest = self._back(self.end, self.gap_min, moves) if self.gap_min and moves else self.end
        latest = self._moved(latest, self.start, until)
        if not (self.gap_max and counted and len(counted) < self.needed):
            return latest
        return min(latest, self._moved(self._on(counted[-1].at, self.gap_max), counted[-1].at, until))

    def _moved(self, instant: datetime, since: datetime, until: datetime) -> datetime:
        for deleted, restored in self.deletions:
            start, end = max(deleted, since), min(restored, until)
            if start >= end or start >= instant:
                continue
            if not self.window.is_days and not self.window.is_working:
                instant += end - start
            elif stood := self.calendar.elapsed(start, end):
                instant = self.calendar.advance(instant, stood)
        return instant

    def _back(self, instant: datetime, gap: Duration, times: int) -> datetime:
        calendar = self.calendar
        if gap.is_days:
            return calendar.close(calendar.go(self._last_date(instant), -gap.days * times))
        return calendar.retreat(instant, gap.span * times) if gap.is_working else instant - gap.span * times

    def _last_date(self, end: datetime) -> date:
        """The working date whose close is the end; an end that is an instant belongs to the date that it closes, or else the last before."""
        if self.window.is_days:
            _, first = self.calendar.working_moment(self.start)
            return self.calendar.go(first, self.window.days - 1)
        day = self.calendar.date_of(end - timedelta(microseconds=1))
        return day if self.calendar.is_working_date(day) else self.calendar.go(day, -1)

    def _on(self, instant: datetime, gap: Duration) -> datetime:
        calendar = self.calendar
        if gap.is_days:
            return calendar.close(calendar.go(calendar.date_of(instant), gap.days))
        return calendar.advance(instant, gap.span) if gap.is_working else instant + gap.span

    def is_spaced(self, last: Event | None, event: Event) -> bool:
        """Whether an attempt comes late enough after the last counted one."""
        gap, calendar = self.gap_min, self.calendar
        if last is None or gap is None:
            return True
        if gap.is_days:
            return calendar.working_dates_between(calendar.date_of(last.at), calendar.date_of(event.at)) >= gap.days
        elapsed = calendar.elapsed(last.at, event.at) if gap.is_working else event.at - last.at
        return elapsed >= gap.span


@dataclass
class Progress:
    """What was counted so far in one cycle."""

    counted: list[Event] = field(default_factory=list)
    channels: set[str] = field(default_factory=set)


def rhythm_of(opening: Opening, world: World) -> Rhythm:
    """The cadence of one cycle, on the calendar of its owner if it says so."""
    rhythm = _rhythm_on(opening, opening.version.calendar)
    if opening.version.terms.get("calendar") != "owner":
        return rhythm
    touched = (event.at for event in opening.window() if _is_attempt(opening, event, world) or _ends(opening, event, world))
    return _rhythm_on(opening, owner_calendar(opening, world, rhythm.last_feasible([]), next(touched, FOREVER)))


def _rhythm_on(opening: Opening, calendar: WorkingTime) -> Rhythm:
    terms: dict[str, Any] = dict(opening.version.terms)
    gap = terms.get("gap") or {}
    return Rhythm(
        int(terms["attempts"]),
        int(terms.get("channels") or 1),
        parse_duration(terms["within"]),
        parse_optional(gap.get("min")),
        parse_optional(gap.get("max")),
        calendar,
        opening.start.at,
        tuple(deletion for deletion in opening.history.deletions() if deletion[1] != FOREVER),
    )


def _ends(opening: Opening, event: Event, world: World) -> bool:
    if event.kind == "deleted":
        return opening.history.is_for_good(event)
    return event.kind != "merged" and matches(event, opening.version.terms.get("ended_by"), opening.history, world)


def _is_attempt(opening: Opening, event: Event, world: World) -> bool:
    allowed = opening.version.duration("late_logging")
    return matches(event, opening.version.terms["attempt"], opening.history, world) and not is_late(
        event, allowed, opening.version.calendar, world
    )


def was_attempted_unlogged(opening: Opening, world: World, due: datetime) -> bool:
    """Whether there is late evidence, not accepted yet, of an attempt in time."""
    allowed = opening.version.duration("late_logging")
    attempts = (e for e in opening.window() if matches(e, opening.version.terms["attempt"], opening.history, world))
    return any(event.at <= due and is_late(event, allowed, opening.version.calendar, world) for event in attempts)


def _attempt(rhythm: Rhythm, progress: Progress, event: Event) -> bool:
    """Count an attempt; whether it completes what was promised."""
    progress.channels.add(event.name)
    last = progress.counted[-1] if progress.counted else None
    if len(progress.counted) < rhythm.needed and rhythm.is_spaced(last, event):
        progress.counted.append(event)
    return len(progress.counted) >= rhythm.needed and len(progress.channels) >= rhythm.channels


def _ended(due: datetime, count: int, event: Event, position: int) -> Outcome:
    if event.kind != "deleted" and (count or is_contact(event)):
        return Outcome("met", due, event, position, count)
    return Outcome("cancelled", due, event, position, count, cancelled=True, reason=event.name or event.kind)


def judge(opening: Opening, world: World, now: datetime) -> Outcome:
    """What a cadence's cycle is at an instant: one event after the other, until something decides it."""
    rhythm, progress = rhythm_of(opening, world), Progress()
    for position, event in enumerate(opening.window(), opening.position + 1):
        due = rhythm.last_feasible(progress.counted, event.at)
        if event.at > due:
            break
        if _is_attempt(opening, event, world) and _attempt(rhythm, progress, event):
            return Outcome("met", due, event, position, len(progress.counted))
        if _ends(opening, event, world):
            return _ended(rhythm.last_feasible(progress.counted, event.at), len(progress.counted), event, position)
    else:
        due = rhythm.last_feasible(progress.counted)
        if now <= due:
            return Outcome("pending", due, attempts=len(progress.counted))
    return Outcome("breached", due, attempts=len(progress.counted))

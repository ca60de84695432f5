"""A deadline's target: how long it is for a cycle, when it is due, and how pauses move it.

Choices where the rules are silent:

* ``pause: {while: …}`` takes ``{stage: …}``, ``{attribute: …, to: …}``, ``unassigned``, ``holder away`` or a list of these; where the
  source tells nothing of ownership, "unassigned" pauses nothing.
* a cycle that cannot be evaluated runs its course under the first target that is meant for sure, so that it stands in a period's report;
  only its state is unknown.
* a target in ``wd`` may be due at an opening, with no working time left before it; a pause that began before it still holds it: such a
  cycle is due when the pause ends, at the earliest.
* the clock stops for good when the cycle closes: what paused after the answer or the cancellation moves nothing.
* a deletion that was not taken back pauses nothing: it cancels what was open, and a later start says that the lead is back.
* what is planned has not happened: an absence pauses from its beginning on, and while it lasts there is no due.
* the strict clock knows no pauses: the buyer waits anyway. The hand-raise is the latest one at or before the start.
* ``calendar: owner``: the first human holder fixes due if there is one before the workspace's calendar calls it due or the cycle closes.
* a restart on reassignment starts the whole target anew when one human holder follows another before due.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.oracle.cycles import Opening
from tests.oracle.durations import Duration, parse_duration
from tests.oracle.filters import is_any_of
from tests.oracle.filters import matches as filter_matches
from tests.oracle.history import FOREVER, Interval, World
from tests.oracle.patterns import matches
from tests.oracle.working_time import WorkingTime


@dataclass(frozen=True)
class Target:
    """How long, on which clock."""

    within: Duration
    close_of_business: bool
    calendar: WorkingTime

    def due(self, since: datetime) -> datetime:
        """The last instant that keeps the promise, nothing pausing."""
        if self.within.is_days:
            land = self.calendar.close_of_business if self.close_of_business else self.calendar.advance_days
            return land(since, self.within.days)
        return self.move(since, self.within.span)

    def move(self, instant: datetime, span: timedelta) -> datetime:
        """An instant moved on by some of the target's own time."""
        return self.calendar.advance(instant, span) if self.within.is_working else instant + span

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """The target's own time between two instants."""
        return self.calendar.elapsed(start, end) if self.within.is_working else end - start


def _targets(opening: Opening, world: World) -> list[tuple[bool | None, Duration]]:
    """Each target in order, with whether the lead as it was at the start is meant; None: cannot tell."""
    terms = opening.version.terms
    batch = terms.get("batch") or {}
    brought = world.batches.get((batch.get("size", 200), opening.version.calendar.zone), frozenset())
    in_batch = "within" in batch and opening.start.id in brought
    found: list[tuple[bool | None, Duration]] = [(True, parse_duration(batch["within"]))] if in_batch else []
    attributes = opening.history.attributes(opening.start.at)
    for target in terms.get("targets") or []:
        wanted = target["when"]
        answer = filter_matches(attributes, wanted) if set(wanted) <= world.attributes else None
        found.append((answer, parse_duration(target["within"])))
    return [*found, (True, parse_duration(terms["within"]))]


def within(opening: Opening, world: World) -> Duration:
    """The first target that is meant for the lead for sure."""
    return next(length for answer, length in _targets(opening, world) if answer)


def can_tell(opening: Opening, world: World) -> bool:
    """Whether the promise applies, and which target is meant, can be told: nothing undecided comes before the first match."""
    first = next(answer for answer, _ in _targets(opening, world) if answer is not False)
    return opening.can_tell and first is True


def _paused_by(condition: Any, opening: Opening, world: World) -> list[Interval]:
    history = opening.history
    if condition in ("unassigned", {"owner": "unassigned"}):
        spans = history.held() if world.tells_owners else []
        return [(start, end) for start, end, owner in spans if not world.is_human(owner)]
    if condition != "holder away":
        kind, wanted = ("stage", condition["stage"]) if "stage" in condition else ("attribute", condition["to"])
        moves = [event for event in history.events if event.kind == kind and event.name == condition.get("attribute", event.name)]
        ends = [*(event.at for event in moves[1:]), FOREVER]
        values = [event.name if kind == "stage" else event.value for event in moves]
        spans_of = zip(moves, ends, values, strict=False)
        return [(event.at, end) for event, end, value in spans_of if is_any_of(value, wanted)]
    away = [(a.person, a.start, a.end) for a in world.absences]
    return [
        (max(start, since), min(end, until))
        for start, end, owner in history.held()
        for person, since, until in away
        if person == owner and start < until and since < end
    ]


def pauses(opening: Opening, world: World, since: datetime, until: datetime) -> list[Interval]:
    """When the clock stood between two instants: apart, in order."""
    conditions = (opening.version.terms.get("pause") or {}).get("while") or []
    found = [deletion for deletion in opening.history.deletions() if deletion[1] != FOREVER]
    for condition in conditions if isinstance(conditions, list) else [conditions]:
        found += _paused_by(condition, opening, world)
    merged: list[Interval] = []
    for a, b in sorted(found):
        if a > world.as_of:
            continue
        start, end = max(a, since), min(FOREVER if b > world.as_of else b, until)
        if start >= end:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def due_with_pauses(target: Target, since: datetime, standing: list[Interval], now: datetime) -> datetime | None:
    """Due, moved by the target's time inside the pauses before it; None while the clock stands."""
    due = target.due(since)
    for start, end in standing:
        if start >= due:
            break
        if start <= now < end or end == FOREVER:
            return None
        due = max(end, target.move(due, target.elapsed(start, end)))
    return due


def owner_calendar(opening: Opening, world: World, due: datetime, until: datetime) -> WorkingTime:
    """The first human holder's calendar, if there was one before the workspace's ``due`` and before the cycle closed."""
    held = opening.history.first_held(opening.start, world)
    latest = min(max(until, opening.start.at), due)
    return world.calendar_of(held[1]) if held and held[0] <= latest else world.workspace_calendar


def target_of(opening: Opening, world: World, length: Duration, until: datetime) -> Target:
    """The target of a cycle that closed (or not: for ever) at ``until``."""
    terms = opening.version.terms
    calendar = opening.version.calendar
    if terms.get("calendar") == "owner":
        workspace = Target(length, bool(terms.get("close_of_business")), world.workspace_calendar)
        standing = pauses(opening, world, opening.start.at, until)
        due = due_with_pauses(workspace, opening.start.at, standing, FOREVER)
        calendar = owner_calendar(opening, world, due or FOREVER, until)
    return Target(length, bool(terms.get("close_of_business")), calendar)


def clock_start(opening: Opening, world: World, target: Target, until: datetime) -> datetime:
    """The start, or the last reassignment before due where the definition restarts on it."""
    since = opening.start.at
    if not opening.version.terms.get("restart_on_reassignment"):
        return since
    holder = opening.history.holder_when(opening.start, world)
    for event in opening.history.owners:
        if event.order < opening.start.order or event.at >= until or not world.is_human(event.value):
            continue
        due = due_with_pauses(target, since, pauses(opening, world, since, until), event.at)
        if holder not in {None, event.value} and (due is None or event.at <= due):
            since = event.at
        holder = event.value
    return since


def strict_due(opening: Opening, world: World, length: Duration) -> datetime:
    """Due on the buyer's clock: round the clock from the hand-raise, a working day being 24 hours."""
    pattern = opening.version.terms.get("hand_raise")
    earlier = opening.history.events[: opening.position + 1]
    raised = next((event.at for event in reversed(earlier) if matches(event, pattern, opening.history, world)), opening.start.at)
    return raised + length.span

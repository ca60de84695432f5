"""``deadline``: B within T of A (section 4.1).

Choices where the rules are silent:

* an answer at the instant of the start is in time, however the two are ordered (``credit_before`` of nothing reaches back to that instant);
  with credit, the earliest match not used by another cycle is the answer.
* a cancelled cycle has no answer; a deletion that was not undone cancels like any other cancelling event, whether listed or not.
* ``{merged: true}`` cancels nothing here: the union is judged, and a start that the debounce absorbs has no line of its own.
* the strict figure is judged by the same rules against strict due: a cancellation at or after it comes too late, too.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from tests.oracle.cycles import Opening, Outcome
from tests.oracle.facts import Event
from tests.oracle.history import FOREVER, World
from tests.oracle.patterns import is_late, matches
from tests.oracle.targets import clock_start, due_with_pauses, pauses, strict_due, target_of, within


def _answers(opening: Opening, world: World) -> Iterator[tuple[int, Event]]:
    """The matches that may answer, late evidence among them, in order: first those with credit, then those after the start."""
    terms, events = opening.version.terms, opening.history.events
    credit = opening.version.duration("credit_before")
    since = opening.start.at - (credit.span if credit else timedelta())
    if credit and credit.is_working:
        calendar = opening.version.calendar
        since = (
            calendar.retreat(opening.start.at, credit.span) if not credit.is_days else calendar.advance_days(opening.start.at, -credit.days)
        )
    for position, event in enumerate(events[: opening.limit]):
        if position == opening.position or position in opening.used or event.at < since:
            continue
        if matches(event, terms["met_by"], opening.history, world):
            yield position, event


def first_answer(opening: Opening, world: World) -> tuple[int, Event] | None:
    """The first match that counts: logged in time, or accepted."""
    allowed = opening.version.duration("late_logging")
    return next(((n, event) for n, event in _answers(opening, world) if not is_late(event, allowed, world)), None)


def was_answered_unlogged(opening: Opening, world: World, due: datetime) -> bool:
    """Whether there is late evidence, not accepted yet, of an answer in time."""
    allowed = opening.version.duration("late_logging")
    return any(event.at <= due and is_late(event, allowed, world) for _, event in _answers(opening, world))


def _cancellations(opening: Opening, world: World) -> list[tuple[int, Event]]:
    undone = {start for start, end in opening.history.deletions() if end != FOREVER}
    found = []
    for position, event in enumerate(opening.window(), opening.position + 1):
        deleted = event.kind == "deleted" and event.at not in undone
        listed = event.kind not in {"deleted", "merged"} and matches(
            event, opening.version.terms.get("cancelled_by"), opening.history, world
        )
        if deleted or listed:
            found.append((position, event))
    return found


def _closing(answer: tuple[int, Event] | None, cancellation: tuple[int, Event] | None) -> datetime:
    return min((found[1].at for found in (answer, cancellation) if found), default=FOREVER)


def state_at(due: datetime | None, answer: tuple[int, Event] | None, cancellation: tuple[int, Event] | None, now: datetime) -> str:
    """A handful of comparisons: an answer at due is in time, a cancellation at due is too late, ``now`` at due is pending."""
    cancels = cancellation is not None and (due is None or cancellation[1].at < due)
    if cancels and cancellation and (answer is None or cancellation[0] < answer[0]):
        return "cancelled"
    if answer is not None and (due is None or answer[1].at <= due):
        return "met"
    return "breached" if due is not None and now > due else "pending"


def judge(opening: Opening, world: World, now: datetime) -> Outcome:
    """What a deadline's cycle is at an instant, by the events in its window."""
    length = within(opening, world) if opening.can_tell else None
    if length is None:
        return Outcome("unknown", None, reason="an attribute that the definition asks for is not there or no number")
    answer, cancellations = first_answer(opening, world), _cancellations(opening, world)
    cancellation = cancellations[0] if cancellations else None
    until = _closing(answer, cancellation)
    target = target_of(opening, world, length, until)
    since = clock_start(opening, world, target, until)
    due = due_with_pauses(target, since, pauses(opening, world, since, until), now if until == FOREVER else FOREVER)
    state = state_at(due, answer, cancellation, now)
    strict = min(strict_due(opening, world, length), due or FOREVER)
    outcome = Outcome(
        state, due, cancelled=bool(cancellations), strict_due=strict, strict_state=state_at(strict, answer, cancellation, now)
    )
    if answer is not None and state in {"met", "breached"}:
        outcome = replace(outcome, answer=answer[1], answer_position=answer[0])
    return replace(outcome, reason=cancellation[1].name or cancellation[1].kind) if state == "cancelled" and cancellation else outcome

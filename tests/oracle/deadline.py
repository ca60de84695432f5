"""``deadline``: B within T of A (section 4.1).

Choices where the rules are silent:

* an event at the instant of the start that is ordered before it is before it: it answers only with ``credit_before``. With credit, the
  latest match before the start that answered no other cycle is the answer; credit in working time reaches over closed hours.
* a cancelled cycle has no answer; a deletion that was not undone cancels like any other cancelling event, whether listed or not.
* ``{merged: true}`` cancels nothing here: the union is judged, and a start that the debounce absorbs has no line of its own.
* a cancellation takes the cycle out of the count, the strict one too, also where strict due had passed by then.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from tests.oracle.cycles import Opening, Outcome
from tests.oracle.facts import Event
from tests.oracle.history import FOREVER, World
from tests.oracle.patterns import is_late, matches
from tests.oracle.targets import clock_start, due_with_pauses, pauses, strict_due, target_of, within


def _has_credit(opening: Opening, event: Event) -> bool:
    """Whether an event came no longer before the start than ``credit_before`` allows."""
    credit, calendar, start = opening.version.duration("credit_before"), opening.version.calendar, opening.start.at
    if credit is None:
        return False
    if credit.is_days:
        return calendar.advance_days(event.at, credit.days) >= start
    return (calendar.elapsed(event.at, start) if credit.is_working else start - event.at) <= credit.span


def _answers(opening: Opening, world: World) -> Iterator[tuple[int, Event]]:
    """The matches that may answer, late evidence among them: those with credit, the latest first, then those after the start in order."""
    events, met_by = opening.history.events, opening.version.terms["met_by"]
    before = [n for n in reversed(range(opening.position)) if n not in opening.used and _has_credit(opening, events[n])]
    for position in [*before, *range(opening.position + 1, opening.limit)]:
        if matches(events[position], met_by, opening.history, world):
            yield position, events[position]


def first_answer(opening: Opening, world: World) -> tuple[int, Event] | None:
    """The first match that counts: logged in time, or accepted."""
    allowed = opening.version.duration("late_logging")
    return next(((n, event) for n, event in _answers(opening, world) if not is_late(event, allowed, opening.version.calendar, world)), None)


def was_answered_unlogged(opening: Opening, world: World, due: datetime) -> bool:
    """Whether there is late evidence, not accepted yet, of an answer in time."""
    allowed = opening.version.duration("late_logging")
    return any(event.at <= due and is_late(event, allowed, opening.version.calendar, world) for _, event in _answers(opening, world))


def _cancellations(opening: Opening, world: World) -> list[tuple[int, Event]]:
    found = []
    for position, event in enumerate(opening.window(), opening.position + 1):
        deleted = opening.history.is_for_good(event)
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
    length = within(opening, world)
    answer, cancellations = first_answer(opening, world), _cancellations(opening, world)
    cancellation = cancellations[0] if cancellations else None
    until = _closing(answer, cancellation)
    target = target_of(opening, world, length, until)
    since = clock_start(opening, world, target, until)
    standing = pauses(opening, world, since, until)
    due = due_with_pauses(target, since, standing, now if until == FOREVER else FOREVER)
    stood_still = due == until and bool(standing) and standing[-1][1] == until
    state = state_at(None if stood_still else due, answer, cancellation, now)
    strict = min(strict_due(opening, world, length), due or FOREVER)
    strict_state = state if state == "cancelled" else state_at(strict, answer, None, now)
    outcome = Outcome(state, due, cancelled=bool(cancellations), strict_due=strict, strict_state=strict_state, until=until)
    if answer is not None and state in {"met", "breached"}:
        outcome = replace(outcome, answer=answer[1], answer_position=answer[0])
    return replace(outcome, reason=cancellation[1].name or cancellation[1].kind) if state == "cancelled" and cancellation else outcome

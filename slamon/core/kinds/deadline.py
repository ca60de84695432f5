"""The deadline: B within T of A, for each lead."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from slamon.core.batches import batch_of
from slamon.core.clocks import Pauses, before, due_after, last_within, share_of
from slamon.core.definitions import Deadline, DefinitionSet
from slamon.core.facts import Facts, Mask, Rows
from slamon.core.kinds.credit import Answers, Running, accepted, credited_until, due_at_once, logged_late_before
from slamon.core.kinds.cycles import NONE, Candidates, merged_candidates, next_in
from slamon.core.kinds.obligations import Indices, Obligations, Promised, alike, joined
from slamon.core.kinds.starts import (
    Calendars,
    calendars_of,
    chosen_target,
    first_assigned,
    hand_raise,
    lengths_of,
    reasons_untargeted,
    start_rows,
)
from slamon.core.patterns import matching, pauses, taking_out
from slamon.core.working_time.calendars import Calendar
from slamon.core.working_time.durations import Duration
from slamon.core.working_time.instants import FOREVER, NEVER, Instants

_AT_ONCE = 1_000_000  # hand-overs: bounds the memory of a round


def obligations(versions: Sequence[Deadline], definitions: DefinitionSet, facts: Facts, force: Sequence[Mask]) -> Promised:
    """Every cycle of a deadline under all its versions, each judged by the version in ``force`` at its start."""
    names: list[str] = []
    parts, candidates, answers, clocks = [], [], [], []
    for index, definition in enumerate(versions):
        answers.append(answers_of(facts, definition, definitions.calendar_of(definition)))
        part, calendars = _of_version(definition, definitions, facts, answers[-1], force[index])
        earlier = sum(len(lengths_of(version)) for version in versions[:index])
        parts.append(replace(part, version=part.version + index, target=part.target + earlier, calendar=part.calendar + len(names)))
        clocks.append(calendars.calendars)
        names += calendars.names
        settled = definitions.calendar_of(definition).advance_by(part.start, definition.debounce)
        candidates.append(_closing(facts, part, settled))
    whole = joined(parts)
    chain = merged_candidates(candidates)
    lengths = tuple(length for definition in versions for length in lengths_of(definition))
    kept = accepted(facts, versions, answers, whole, chain)
    kept = due_at_once(kept, lengths, clocks, [definition.close_of_business for definition in versions])
    return Promised(_finished(facts, kept), lengths, tuple(names), tuple(each.stopped for each in answers))


def _of_version(
    definition: Deadline, definitions: DefinitionSet, facts: Facts, answers: Answers, force: Mask
) -> tuple[Obligations, Calendars]:
    """What would follow from each start event of one version, if it opened a cycle."""
    rows = start_rows(facts, definition, force)
    answer, cancel = next_in(answers.counting, rows, facts), next_in(answers.cancelling, rows, facts)
    running, assigned, calendars = _running(definition, definitions, facts, rows, answers.stopped, _over_at(facts, answer, cancel))
    since = _clock_starts(facts, definition, running)
    due = _due(definition, running, since)
    part = Obligations(
        version=np.zeros(len(rows), np.int64),
        start_row=rows,
        start=facts.at.take(rows),
        lead=facts.lead.take(rows),
        target=running.target,
        calendar=running.calendar,
        due=due,
        warnings=_warnings(definition, running, since, due),
        met_at=np.full(len(rows), NEVER),
        answer_row=answer,
        cancelled_at=np.full(len(rows), NEVER),
        cancel_row=cancel,
        raised_at=(raised := hand_raise(facts, definition, rows)),
        strict_due=_strict_due(definition, raised, running.target, due),
        attempts=np.full(len(rows), -1),
        late_evidence=_late_evidence(facts, answers, rows, due),
        assigned=assigned,
        unknown=reasons_untargeted(facts, definition, rows, running.target),
    )
    return part, calendars


def _running(
    definition: Deadline, definitions: DefinitionSet, facts: Facts, rows: Rows, stopped: Pauses, until: Instants
) -> tuple[Running, Instants, Calendars]:
    """What the clocks of some starts run by, when each had its first human holder, and the calendars by name."""
    assigned, first_holder = first_assigned(facts, rows)
    calendars, calendar = calendars_of(definition, definitions, facts, first_holder)
    target = _target(facts, definition, definitions, rows)
    running = Running(rows, facts.lead.take(rows), calendars.calendars, calendar, target, stopped, until)
    return _with_first_holders(facts, definition, running, assigned), assigned, calendars


def answers_of(facts: Facts, definition: Deadline, calendar: Calendar) -> Answers:
    """Which events answer, which would but were logged too late, and which cancel."""
    answering = np.flatnonzero(matching(facts, definition.met_by))
    late = logged_late(facts, definition.late_logging, calendar, answering)
    cancelling = taking_out(facts, definition.cancelled_by)
    counting, logged = answering[~late], answering[late]
    until, late_until = (credited_until(facts, definition.credit_before, calendar, rows) for rows in (counting, logged))
    return Answers(counting, until, logged, late_until, np.flatnonzero(cancelling), Pauses(*pauses(facts, definition.pause)))


def logged_late(facts: Facts, allowed: Duration, calendar: Calendar, rows: Rows) -> Mask:
    """Which of some events were recorded later than ``allowed`` (on the calendar, where it is working time) after they happened.

    Those that a person accepted were not.
    """
    at, recorded = facts.at.take(rows), facts.recorded_at.take(rows)
    late: Mask = (recorded != NEVER) & (recorded > at)
    if not allowed.unit.is_working:
        late &= recorded - at > allowed.micros
    late[late] = recorded[late] > last_within(allowed, calendar, at[late])
    if facts.accepted and late.any():
        late[late] = ~np.isin(facts.id[rows[late]].astype(str), list(facts.accepted))
    return late


def _target(facts: Facts, definition: Deadline, definitions: DefinitionSet, rows: Rows) -> Indices:
    target = chosen_target(facts, definition.targets, rows)
    if definition.batch.within is not None:
        zone = definitions.calendar_of(definition).timezone
        target[batch_of(facts, definition.batch.size, zone)[rows] >= 0] = len(definition.targets) + 1
    return target


def _due(definition: Deadline, running: Running, start: Instants) -> Instants:
    """When each cycle is due, if its clock starts at these instants."""
    due = np.full(len(start), NEVER)
    lengths = lengths_of(definition)
    for (cal, length), members in alike(running.calendar, running.target):
        span, chosen = running.span(start, members), running.calendars[cal]
        due[members] = due_after(lengths[length], chosen, span, running.stopped, close_of_business=definition.close_of_business)
    return due


def _warnings(definition: Deadline, running: Running, start: Instants, due: Instants) -> npt.NDArray[np.int64]:
    """When each cycle warns (cycles, moments), if its clock starts at these instants and it is due at those."""
    warnings = np.full((len(start), len(definition.warn_at)), NEVER)
    lengths = lengths_of(definition)
    for (cal, length_index), members in alike(running.calendar, running.target):
        chosen, length = running.calendars[cal], lengths[length_index]
        span, stopped = running.span(start, members), running.stopped
        unpaused = chosen.advance_by(span.start, length, close_of_business=definition.close_of_business)
        for column, moment in enumerate(definition.warn_at):
            if moment.share is not None:
                warnings[members, column] = share_of(moment.share, length, chosen, span, stopped, unpaused)
            elif moment.before is not None:
                warnings[members, column] = before(moment.before, chosen, due[members], span.start)
    return warnings


def _over_at(facts: Facts, answer: Rows, cancel: Rows) -> Instants:
    """When the first answer or cancelling event came; FOREVER for neither."""
    return np.minimum(_at_or_forever(facts, answer), _at_or_forever(facts, cancel))


def _at_or_forever(facts: Facts, rows: Rows) -> Instants:
    return np.where(rows == NONE, FOREVER, facts.at.take(rows)) if len(facts) else np.full(len(rows), FOREVER)


def _with_first_holders(facts: Facts, definition: Deadline, running: Running, assigned: Instants) -> Running:
    """With ``calendar: owner`` the workspace's where the first holder came only after it was due, or over: that verdict stands."""
    if definition.calendar != "owner":
        return running
    unheld = replace(running, calendar=np.zeros_like(running.calendar))
    due = _due(definition, unheld, facts.at[running.rows])
    late = (assigned == NEVER) | (assigned > running.until) | ((due != NEVER) & (assigned > due))
    return replace(running, calendar=np.where(late, 0, running.calendar))


def _clock_starts(facts: Facts, definition: Deadline, running: Running) -> Instants:
    """Where each clock starts: at the start event, or with ``restart_on_reassignment`` at the last hand-over in time, while it was open."""
    rows = running.rows
    since = facts.at.take(rows)
    if not definition.restart_on_reassignment:
        return since
    handed_over = _hand_overs(facts)
    first = np.searchsorted(handed_over, _held_from(facts, rows), side="right")
    last = np.searchsorted(handed_over, facts.rows_from(running.lead, running.until))  # once it is over, nothing starts it anew
    active, most = np.flatnonzero(first < last), 1
    while len(active):
        many = np.minimum(last[active] - first[active], most)
        moved = _hand_overs_in_time(facts.at[handed_over], first[active], many, since[active], definition, running.take(active))
        first[active] += moved
        since[active] = np.where(moved > 0, facts.at[handed_over[first[active] - 1]], since[active])
        active = active[(moved == many) & (first[active] < last[active])]
        most = min(2 * most, _AT_ONCE // max(len(active), 1) + 1)  # few cycles are handed over often: those take longer steps
    return since


def _hand_overs_in_time(
    handed_over: Instants, first: Rows, many: Indices, since: Instants, definition: Deadline, running: Running
) -> Indices:
    """How many hand-overs in a row, of so ``many`` from the ``first`` on, come before each clock that the one ahead started is due."""
    begins = np.cumsum(many) - many
    cycle = np.repeat(np.arange(len(many)), many)
    at = handed_over[np.arange(len(cycle)) - np.repeat(begins - first, many)]
    starts = np.roll(at, 1)
    starts[begins] = since
    due = _due(definition, running.take(cycle), starts)
    late = np.flatnonzero((at > due) & (due != NEVER))
    in_time: Indices = np.minimum(np.append(late, len(cycle))[np.searchsorted(late, begins)] - begins, many)
    return in_time


def _held_from(facts: Facts, rows: Rows) -> Rows:
    """The row from which on somebody held the lead of each start: whoever gets it first, out of a queue, takes it over from nobody."""
    first = next_in(np.flatnonzero(facts.holder_changed & (facts.holder >= 0)), rows, facts)
    return np.where(facts.holder.take(rows) >= 0, rows, np.where(first == NONE, len(facts), first)) if len(rows) else rows


def _hand_overs(facts: Facts) -> Rows:
    """Rows at which the lead came to another person than the one who held it last, also by way of a queue."""
    human = np.flatnonzero(facts.holder_changed & (facts.holder >= 0))
    again = (facts.lead[human[1:]] == facts.lead[human[:-1]]) & (facts.holder[human[1:]] != facts.holder[human[:-1]])
    following: Rows = human[1:][again]
    return following


def _in_time(facts: Facts, row: Rows, due: Instants) -> Mask:
    in_time: Mask = (row != NONE) & ((facts.at.take(row) <= due) | (due == NEVER))
    return in_time


def _late_evidence(facts: Facts, answers: Answers, rows: Rows, due: Instants) -> Rows:
    """An answer in time, before due or as early as credit reaches, that was logged too late."""
    after = next_in(answers.logged_late, rows, facts)
    return np.where(_in_time(facts, after, due), after, logged_late_before(facts, answers, rows))


def _strict_due(definition: Deadline, raised: Instants, target: Indices, due: Instants) -> Instants:
    """The target counted around the clock from the hand-raise; never later than due."""
    strict: Instants = raised + np.array([length.micros for length in lengths_of(definition)], np.int64)[target]
    return np.where(due == NEVER, strict, np.minimum(strict, due))


def _closing(facts: Facts, part: Obligations, settled: Instants) -> Candidates:
    """What closes each cycle in time: its answer, or a cancellation strictly before due."""
    answered = _in_time(facts, part.answer_row, part.due)
    cancelled = (part.cancel_row != NONE) & ((facts.at.take(part.cancel_row) < part.due) | (part.due == NEVER))
    cancels = cancelled & (~answered | (part.cancel_row < part.answer_row))
    closes = np.where(cancels, part.cancel_row, np.where(answered, part.answer_row, NONE))
    return Candidates(part.start_row, closes, cancels, part.cancel_row, part.due, settled)


def _finished(facts: Facts, kept: Obligations) -> Obligations:
    """Met and cancelled instants; a late answer is looked for only until the next cycle starts."""
    next_start = np.append(kept.start_row[1:], len(facts))
    next_start = np.where(np.append(kept.lead[1:], -1) == kept.lead, next_start, len(facts))
    answer = np.where(kept.answer_row < next_start, kept.answer_row, NONE)
    closing = _closing(facts, replace(kept, answer_row=answer), kept.start)  # which starts open cycles is settled by now
    credited = (answer != NONE) & (answer < kept.start_row)
    met = (closing.closes_row != NONE) & ~closing.cancels
    met_at = np.where(met, np.maximum(facts.at.take(closing.closes_row), kept.start), NEVER)
    cancelled = closing.cancels & ~credited
    met_at = np.where(credited, kept.start, met_at)
    return replace(
        kept,
        answer_row=np.where(cancelled, NONE, answer),
        met_at=met_at,
        cancelled_at=np.where(cancelled, facts.at.take(closing.closes_row), NEVER),
        cancel_row=np.where(cancelled, closing.closes_row, NONE),
        late_evidence=np.where(met_at == NEVER, kept.late_evidence, NONE),
    )

"""The cadence: at least N attempts for each lead, spaced, within a window."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from slamon.core.calendars import Calendar
from slamon.core.definitions import AlertMoment, Cadence, DefinitionSet
from slamon.core.facts import Facts, Kind, Mask, Rows
from slamon.core.instants import FOREVER, NEVER, Instants
from slamon.core.kinds.cycles import NONE, Candidates, chained, first_from, following, merged_candidates, next_in
from slamon.core.kinds.deadline import logged_late
from slamon.core.kinds.obligations import Indices, Obligations, Promised, alike, joined
from slamon.core.kinds.starts import Calendars, calendars_of, first_assigned, reasons_unknown, start_rows
from slamon.core.patterns import contacts, matching, taking_out
from slamon.core.spacing import Spacing


@dataclass(frozen=True, slots=True)
class Evidence:
    """Sorted rows: attempts that count, attempts logged too late, events that end a cadence; and which of those cancel."""

    attempts: Rows
    logged_late: Rows
    ending: Rows
    is_contact: Mask
    is_deletion: Mask


@dataclass(frozen=True, slots=True)
class Starts:
    """The start events of one version: their rows, what ends each one's cadence, its calendar, its first human holder's instant."""

    rows: Rows
    end_row: Rows
    calendar: Indices
    assigned: Instants


@dataclass(frozen=True, slots=True)
class SameCalendar:
    """The start events of one calendar: their places among all, their rows, what ends each, and how attempts are spaced."""

    members: Indices
    rows: Rows
    end_row: Rows
    spacing: Spacing


@dataclass(slots=True)
class Progress:
    """Where the counting of each cycle stands; parallel arrays that the rounds below fill."""

    warnings: npt.NDArray[np.int64]
    counted: Indices
    last_row: Rows
    due: Instants
    closes_row: Rows
    ended: Mask
    decided: Mask


def obligations(versions: Sequence[Cadence], definitions: DefinitionSet, facts: Facts, force: Sequence[Mask]) -> Promised:
    """Every cycle of a cadence under all its versions, each judged by the version in ``force`` at its start."""
    parts: list[Obligations] = []
    chains: list[Candidates] = []
    names: list[str] = []
    for index, definition in enumerate(versions):
        part, chain, calendars = _of_version(index, definition, definitions, facts, force[index])
        parts.append(replace(part, calendar=part.calendar + len(names)))
        chains.append(chain)
        names += calendars.names
    chain = merged_candidates(chains)
    whole = joined(parts)
    kept = whole.take(chained(facts, chain.row, following(facts, chain)))
    return Promised(kept, tuple(definition.within for definition in versions), tuple(names))


def evidence_of(facts: Facts, definition: Cadence, calendar: Calendar) -> Evidence:
    """Which events count as attempts and which end the cadence; one that is contact itself keeps the promise."""
    attempts = np.flatnonzero(matching(facts, definition.attempt))
    late = logged_late(facts, definition.late_logging, calendar, attempts)
    ending = np.flatnonzero(taking_out(facts, definition.ended_by))
    return Evidence(
        attempts=attempts[~late],
        logged_late=attempts[late],
        ending=ending,
        is_contact=contacts(facts)[ending],
        is_deletion=facts.kind[ending] == Kind.DELETED,
    )


def _of_version(
    index: int, definition: Cadence, definitions: DefinitionSet, facts: Facts, force: Mask
) -> tuple[Obligations, Candidates, Calendars]:
    rows = start_rows(facts, definition, force)
    evidence = evidence_of(facts, definition, definitions.calendar_of(definition))
    assigned, first_holder = first_assigned(facts, rows)
    calendars, calendar = calendars_of(definition, definitions, facts, first_holder)
    end_row = next_in(evidence.ending, rows, facts)
    calendar = np.where(
        _is_held_in_time(facts, evidence, Spacing(definition, calendars.calendars[0], facts.at[rows]), rows, assigned), calendar, 0
    )
    starts = Starts(rows, end_row, calendar, assigned)
    moments = definition.warn_at or (AlertMoment("warning"),)
    progress = Progress(
        warnings=np.full((len(rows), definition.attempts * len(moments)), NEVER),
        counted=np.zeros(len(rows), np.int64),
        last_row=rows.copy(),
        due=np.full(len(rows), NEVER),
        closes_row=np.full(len(rows), NONE),
        ended=np.zeros(len(rows), bool),
        decided=np.zeros(len(rows), bool),
    )
    for (cal,), members in alike(calendar):
        spacing = Spacing(definition, calendars.calendars[cal], facts.at[rows[members]])
        _count(facts, SameCalendar(members, rows[members], starts.end_row[members], spacing), evidence, progress, moments)
    settled = definitions.calendar_of(definition).advance_by(facts.at[rows], definition.debounce)
    return (*_reduced(index, definition, facts, evidence, starts, progress, settled), calendars)


def _is_held_in_time(facts: Facts, evidence: Evidence, spacing: Spacing, rows: Rows, assigned: Instants) -> Mask:
    """Whether the first holder came before anything was done, and before the first attempt was missed on the workspace's calendar."""
    limit = spacing.last_feasible()[0] if len(rows) else facts.at[rows]
    for marked in (evidence.attempts, evidence.ending):
        first = next_in(marked, rows, facts)
        limit = np.minimum(limit, np.where(first == NONE, FOREVER, facts.at[first]) if len(rows) else limit)
    held: Mask = (assigned != NEVER) & (assigned <= limit)
    return held


def _count(facts: Facts, cycles: SameCalendar, evidence: Evidence, progress: Progress, moments: Sequence[AlertMoment]) -> None:
    """Count attempts round by round for the cycles of one calendar; their warnings are one block of columns a round."""
    members, rows, end_row, spacing = cycles.members, cycles.rows, cycles.end_row, cycles.spacing
    limits = spacing.last_feasible()
    columns = []
    open_ = np.ones(len(rows), bool)
    previous, at = rows, facts.at[rows]
    for turn in range(spacing.definition.attempts):
        limit = limits[turn] if turn == 0 else np.minimum(limits[turn], spacing.latest_next(at))
        from_row = previous + 1 if turn == 0 else facts.rows_from(facts.lead[rows], spacing.counts_from(at))
        attempt = _attempt_from(facts, evidence.attempts, rows, np.maximum(from_row, previous + 1))
        made_at = np.where(attempt == NONE, FOREVER, facts.at[attempt])
        columns += [_still_open(spacing.warning(m.share, m.before, limit), open_, made_at, facts, end_row) for m in moments]
        ends = open_ & (end_row != NONE) & (facts.at[end_row] <= limit) & ((attempt == NONE) | (end_row < attempt))
        counts = open_ & ~ends & (made_at <= limit)
        _settle(progress, members, ends, limit, end_row, ended=True)
        progress.due[members[open_]] = limit[open_]
        progress.counted[members[counts]] += 1
        progress.last_row[members[counts]] = attempt[counts]
        open_ = counts
        previous, at = np.where(counts, attempt, previous), np.where(counts, made_at, at)
    _close(facts, cycles, evidence, progress, open_)
    progress.warnings[members] = np.stack(columns, axis=1)


def _attempt_from(facts: Facts, attempts: Rows, rows: Rows, from_row: Rows) -> Rows:
    found = np.append(attempts, NONE)[first_from(attempts, from_row)]
    return np.where((found != NONE) & (facts.lead[found] == facts.lead[rows]), found, NONE)


def _still_open(warning: Instants, open_: Mask, made_at: Instants, facts: Facts, end_row: Rows) -> Instants:
    """A warning stands only if the attempt was not made, nor the cadence ended, before it."""
    ended_at = np.where(end_row == NONE, FOREVER, facts.at[end_row])
    return np.where(open_ & (made_at >= warning) & (ended_at >= warning), warning, NEVER)


def _settle(progress: Progress, members: Indices, which: Mask, due: Instants, closes: Rows, *, ended: bool) -> None:
    chosen = members[which]
    progress.closes_row[chosen] = closes[which]
    progress.due[chosen] = due[which]
    progress.decided[chosen] = True
    progress.ended[chosen] = ended


def _close(facts: Facts, cycles: SameCalendar, evidence: Evidence, progress: Progress, complete: Mask) -> None:
    """Cycles with all attempts are met by the last one, or once enough different channels were used, if that is later."""
    members, rows, end_row, spacing = cycles.members, cycles.rows, cycles.end_row, cycles.spacing
    end = spacing.window_end()
    last = progress.last_row[members]
    enough = np.maximum(last, _channels_row(facts, spacing.definition, evidence, rows, last))
    waits = complete & (enough > last)
    in_time = enough < facts.rows_from(facts.lead[rows], end, after=True)
    ends = waits & (end_row != NONE) & (facts.at[end_row] <= end) & (end_row < np.where(in_time, enough, len(facts)))
    _settle(progress, members, ends, end, end_row, ended=True)
    _settle(progress, members, complete & ~ends & in_time, progress.due[members], enough, ended=False)
    progress.due[members[waits]] = end[waits]


def _channels_row(facts: Facts, definition: Cadence, evidence: Evidence, rows: Rows, last: Rows) -> Rows:
    """The row at which the demanded number of different channels was reached; a row beyond all facts if it never was.

    All qualifying attempts after the start count for this, also those too close to another one.
    """
    if definition.channels is None:
        return last
    channels = np.unique(facts.name.codes[evidence.attempts])
    firsts = [next_in(evidence.attempts[facts.name.codes[evidence.attempts] == channel], rows, facts) for channel in channels]
    if len(firsts) < definition.channels:
        return np.full(len(rows), len(facts))
    reached = np.where(np.array(firsts) == NONE, len(facts), np.array(firsts))
    result: Rows = np.sort(reached, axis=0)[definition.channels - 1]
    return result


def _cancelled(evidence: Evidence, starts: Starts, progress: Progress) -> Mask:
    """Which cycles ended without an attempt and without contact, or because the lead was deleted."""
    if not len(evidence.ending):
        return np.zeros(len(starts.rows), bool)
    where = np.minimum(np.searchsorted(evidence.ending, starts.end_row), len(evidence.ending) - 1)
    cancels: Mask = progress.ended & (evidence.is_deletion[where] | ((progress.counted == 0) & ~evidence.is_contact[where]))
    return cancels


def _late_evidence(facts: Facts, evidence: Evidence, rows: Rows, progress: Progress) -> Rows:
    """An attempt that was in time but logged too late, for cycles that it might have decided."""
    late = next_in(evidence.logged_late, rows, facts)
    return np.where(~progress.decided & (late != NONE) & (facts.at[late] <= progress.due), late, NONE)


def _reduced(
    index: int, definition: Cadence, facts: Facts, evidence: Evidence, starts: Starts, progress: Progress, settled: Instants
) -> tuple[Obligations, Candidates]:
    """Progress as obligations: met, cancelled, or neither."""
    rows, cancels = starts.rows, _cancelled(evidence, starts, progress)
    met, never = progress.decided & ~cancels, np.full(len(starts.rows), NEVER)
    closes_at = np.where(progress.closes_row == NONE, never, facts.at[np.maximum(progress.closes_row, 0)])
    part = Obligations(
        version=np.full(len(rows), index),
        start_row=rows,
        start=facts.at[rows],
        lead=facts.lead[rows],
        target=np.full(len(rows), index),
        calendar=starts.calendar,
        due=progress.due,
        warnings=progress.warnings,
        met_at=np.where(met, closes_at, NEVER),
        answer_row=np.where(met, progress.closes_row, NONE),
        cancelled_at=np.where(cancels, closes_at, NEVER),
        cancel_row=np.where(cancels, progress.closes_row, NONE),
        raised_at=facts.at[rows],
        strict_due=never,
        attempts=progress.counted,
        late_evidence=_late_evidence(facts, evidence, rows, progress),
        assigned=starts.assigned,
        paused=np.zeros(len(rows), bool),
        unknown=reasons_unknown(facts, definition.applies_to, rows),
    )
    return part, Candidates(rows, progress.closes_row, cancels, part.cancel_row, progress.due, settled)

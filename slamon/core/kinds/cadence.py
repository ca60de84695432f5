"""The cadence: at least N attempts for each lead, spaced, within a window."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt

from slamon.core.clocks import Pauses, Span
from slamon.core.definitions import AlertMoment, Cadence, DefinitionSet
from slamon.core.facts import Codes, Facts, Mask, Rows
from slamon.core.kinds.attempts import Attempts, Evidence, channels_row, evidence_of
from slamon.core.kinds.cycles import NONE, Candidates, chained, first_from, following, merged_candidates, next_in
from slamon.core.kinds.obligations import Indices, Obligations, Promised, alike, joined
from slamon.core.kinds.starts import Calendars, calendars_of, first_assigned, reasons_unknown, start_rows
from slamon.core.patterns import while_deleted
from slamon.core.spacing import Spacing
from slamon.core.working_time.instants import FOREVER, NEVER, Instants


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


@dataclass(frozen=True, slots=True)
class Open:
    """The cycles that are still counting; parallel arrays.

    ``cycle`` and ``member`` are their places among those of their calendar and among all, ``beyond`` is the first row after
    their lead's, ``end_row`` what ends them (beyond all facts for nothing) and ``ended_at`` when (FOREVER), ``place`` the next
    attempt's place.
    """

    cycle: Indices
    member: Indices
    lead: Codes
    beyond: Rows
    end_row: Rows
    ended_at: Instants
    place: Indices

    def take(self, which: Indices) -> "Open":
        """Some of them."""
        return Open(*(getattr(self, each.name)[which] for each in fields(self)))


@dataclass(slots=True)
class Progress:
    """Where the counting of each cycle stands; parallel arrays that the rounds below fill."""

    start_row: Rows
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
    stopped = Pauses(*while_deleted(facts))
    for index, definition in enumerate(versions):
        part, chain, calendars = _of_version(index, definition, definitions, facts, force[index])
        parts.append(replace(part, calendar=part.calendar + len(names)))
        chains.append(chain)
        names += calendars.names
    chain = merged_candidates(chains)
    whole = joined(parts)
    kept = whole.take(chained(facts, chain.row, following(facts, chain)))
    return Promised(kept, tuple(definition.within for definition in versions), tuple(names), (stopped,) * len(versions))


def _of_version(
    index: int, definition: Cadence, definitions: DefinitionSet, facts: Facts, force: Mask
) -> tuple[Obligations, Candidates, Calendars]:
    rows = start_rows(facts, definition, force)
    evidence = evidence_of(facts, definition, definitions.calendar_of(definition))
    assigned, first_holder = first_assigned(facts, rows)
    calendars, calendar = calendars_of(definition, definitions, facts, first_holder)
    end_row = next_in(evidence.ending, rows, facts)
    if definition.calendar == "owner":
        spacing = Spacing(definition, calendars.calendars[0], facts.at[rows])
        calendar = np.where(_is_held_in_time(facts, evidence, spacing, rows, assigned), calendar, 0)
    starts = Starts(rows, end_row, calendar, assigned)
    moments = definition.warn_at or (AlertMoment("warning"),)
    progress = Progress(
        start_row=rows,
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
    limit = spacing.moved_on(limit, Span(facts.lead[rows], facts.at[rows], np.full(len(rows), FOREVER)), evidence.stopped)
    for marked in (evidence.attempts, evidence.ending):
        first = next_in(marked, rows, facts)
        limit = np.minimum(limit, np.where(first == NONE, FOREVER, facts.at[first]) if len(rows) else limit)
    held: Mask = (assigned != NEVER) & (assigned <= limit)
    return held


def _count(facts: Facts, cycles: SameCalendar, evidence: Evidence, progress: Progress, moments: Sequence[AlertMoment]) -> None:
    """Count attempts round by round for the cycles of one calendar that are still open; a round has a warning for each moment."""
    attempts = Attempts(np.append(evidence.attempts, len(facts)), np.append(facts.at[evidence.attempts], FOREVER))
    limits, spacing, still = cycles.spacing.last_feasible(), cycles.spacing, _opened(facts, cycles, attempts)
    since, allowed = spacing.start, np.full(len(still.cycle), FOREVER)
    for turn in range(spacing.definition.attempts):
        attempt = attempts.row.take(still.place)
        made_at = np.where(attempt < still.beyond, attempts.at.take(still.place), FOREVER)
        over_at = np.minimum(made_at, still.ended_at)
        limit = spacing.moved_on(limits[turn].take(still.cycle), Span(still.lead, spacing.start, over_at), evidence.stopped)
        limit = np.minimum(limit, spacing.moved_on(allowed, Span(still.lead, since, over_at), evidence.stopped))
        for column, moment in enumerate(moments, turn * len(moments)):
            _warn(progress, still.member, column, spacing.warning(moment.share, moment.before, limit), over_at)
        progress.due[still.member] = limit
        ends = (still.ended_at <= limit) & (still.end_row < attempt)
        _settle(progress, still, np.flatnonzero(ends), still.end_row, ended=True)
        counts = np.flatnonzero(~ends & (made_at <= limit))
        still, spacing, at = still.take(counts), spacing.take(counts), made_at[counts]
        progress.counted[still.member] += 1
        progress.last_row[still.member] = attempt[counts]
        if turn + 1 < spacing.definition.attempts:
            place = attempts.far_enough(facts, still.lead, still.beyond, still.place + 1, spacing.counts_from(at))
            still, since, allowed = replace(still, place=place), at, spacing.latest_next(at)
    _close(facts, spacing, evidence, progress, still, limits[-1].take(still.cycle))


def _warn(progress: Progress, members: Indices, column: int, warning: Instants, over_at: Instants) -> None:
    """Warnings stand where neither the attempt was made nor the cadence ended before them."""
    stands = over_at >= warning
    progress.warnings[members[stands], column] = warning[stands]


def _opened(facts: Facts, cycles: SameCalendar, attempts: Attempts) -> Open:
    lead, nothing = facts.lead[cycles.rows], cycles.end_row == NONE
    return Open(
        cycle=np.arange(len(cycles.rows)),
        member=cycles.members,
        lead=lead,
        beyond=facts.first[lead + 1],
        end_row=np.where(nothing, len(facts), cycles.end_row),
        ended_at=np.where(nothing, FOREVER, facts.at[cycles.end_row]),
        place=first_from(attempts.row[:-1], cycles.rows + 1),
    )


def _settle(progress: Progress, still: Open, which: Indices, closes: Rows, *, ended: bool) -> None:
    chosen = still.member[which]
    progress.closes_row[chosen] = closes[which]
    progress.decided[chosen] = True
    progress.ended[chosen] = ended


def _close(facts: Facts, spacing: Spacing, evidence: Evidence, progress: Progress, complete: Open, end: Instants) -> None:
    """Cycles with all attempts are met by the last one, or once enough different channels were used, if that is later."""
    last, channels = progress.last_row[complete.member], spacing.definition.channels
    if channels is None:
        _settle(progress, complete, np.arange(len(last)), last, ended=False)
        return
    enough = np.maximum(last, channels_row(facts, channels, evidence, progress.start_row[complete.member]))
    waits = enough > last
    made_at = np.append(facts.at, FOREVER)[np.minimum(np.where(enough < complete.beyond, enough, len(facts)), len(facts))]
    end = spacing.moved_on(end, Span(complete.lead, spacing.start, np.minimum(made_at, complete.ended_at)), evidence.stopped)
    in_time = enough < facts.rows_from(complete.lead, end, after=True)
    ends = waits & (complete.ended_at <= end) & (complete.end_row < np.where(in_time, enough, len(facts)))
    _settle(progress, complete, np.flatnonzero(ends), complete.end_row, ended=True)
    _settle(progress, complete, np.flatnonzero(~ends & in_time), enough, ended=False)
    progress.due[complete.member[waits]] = end[waits]


def _cancelled(evidence: Evidence, starts: Starts, progress: Progress) -> Mask:
    """Which cycles ended without an attempt and without contact, or because the lead was deleted."""
    cancels = np.zeros(len(starts.rows), bool)
    ended = np.flatnonzero(progress.ended)
    where = np.searchsorted(evidence.ending, starts.end_row[ended])
    cancels[ended] = evidence.is_deletion[where] | ((progress.counted[ended] == 0) & ~evidence.is_contact[where])
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
        unknown=reasons_unknown(facts, definition.applies_to, rows),
    )
    return part, Candidates(rows, progress.closes_row, cancels, part.cancel_row, progress.due, settled)

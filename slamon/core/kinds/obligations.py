"""What every per-lead kind reduces its terms and the facts to: instants, one row a cycle."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from slamon.core.clocks import Pauses
from slamon.core.facts import Codes, Mask, Rows
from slamon.core.working_time.durations import Duration
from slamon.core.working_time.instants import Instants

Indices = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Obligations:
    """Parallel arrays, one row a cycle, sorted by lead and start. Instants int64 microseconds UTC, NEVER for none.

    At most one of ``met_at`` and ``cancelled_at`` is set, and only when it happened in time; a cycle with neither is
    pending up to and including ``due`` and breached after it. ``due`` is NEVER while the clock stands. Rows are
    indices into the facts, -1 for none; ``answer_row`` is also a late answer's.
    """

    version: Indices
    """Index into the SLA's versions."""
    start_row: Rows
    start: Instants
    lead: Codes
    target: Indices
    """Index into the durations that were promised."""
    calendar: Indices
    """Index into the calendars that were used."""
    due: Instants
    warnings: npt.NDArray[np.int64]
    """Shape (cycles, most warnings of any version); NEVER where a version has fewer."""
    met_at: Instants
    answer_row: Rows
    cancelled_at: Instants
    cancel_row: Rows
    raised_at: Instants
    """The buyer's hand-raise, from which the strict clock runs."""
    strict_due: Instants
    """NEVER for kinds without a strict clock."""
    attempts: Indices
    """Counted attempts when it was decided, or so far; -1 for kinds that do not count."""
    late_evidence: Rows
    """An answer that came in time but was logged too late and is not accepted."""
    assigned: Instants
    """When the first human holder had it, not before the start; NEVER if nobody did or nobody says."""
    unknown: npt.NDArray[np.object_]
    """Why the cycle cannot be evaluated; the empty text for those that can."""

    def __len__(self) -> int:
        return len(self.start)

    def take(self, rows: Indices | Mask) -> "Obligations":
        """Some of the cycles."""
        if rows.dtype == bool:
            if rows.all():
                return self
            rows = np.flatnonzero(rows)
        return Obligations(**{each.name: getattr(self, each.name).take(rows, axis=0) for each in fields(self)})


def alike(*codes: Indices) -> list[tuple[tuple[int, ...], Indices]]:
    """Cycles by their codes (arrays over the cycles, numbers from 0 on): each combination that occurs, with its cycles in order."""
    if not len(codes[0]):
        return []
    combined = codes[0]
    for other in codes[1:]:
        combined = combined * (int(other.max()) + 1) + other
    narrow = combined.astype(np.min_scalar_type(int(combined.max())))  # numbers of 16 bits are sorted by counting
    order = np.argsort(narrow, kind="stable")
    sorted_codes = narrow[order]
    begins = np.flatnonzero(sorted_codes[1:] != sorted_codes[:-1]) + 1
    return [(tuple(int(code[members[0]]) for code in codes), members) for members in np.split(order, begins)]


@dataclass(frozen=True, slots=True)
class Promised:
    """The obligations of one SLA, and the durations and calendars that they index."""

    obligations: Obligations
    lengths: tuple[Duration, ...]
    calendars: tuple[str, ...]
    stopped: tuple[Pauses, ...] = ()
    """Each version's pauses; none for kinds whose clock does not stand."""
    began: Indices | None = None
    """The version in force at each cycle's start; None where that is the version that judges it, for every cycle."""


def joined(parts: Sequence[Obligations]) -> Obligations:
    """Several versions' obligations as one, in order of the start's row."""
    if len(parts) == 1:
        return parts[0]
    widest = max(part.warnings.shape[1] for part in parts)
    columns = {}
    for each in fields(Obligations):
        arrays = [getattr(part, each.name) for part in parts]
        if each.name == "warnings":
            arrays = [np.pad(array, ((0, 0), (0, widest - array.shape[1])), constant_values=np.iinfo(np.int64).min) for array in arrays]
        columns[each.name] = np.concatenate(arrays)
    whole = Obligations(**columns)
    return whole.take(np.argsort(whole.start_row, kind="stable"))

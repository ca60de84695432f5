"""What happened, as columns: every event of every lead, sorted by lead and time, cut at what was known as of an instant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from slamon.core.instants import FOREVER, Instants
from slamon.core.people import People

Codes = npt.NDArray[np.int32]
Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

NOBODY = -1
UNTOLD = -2
"""Holder codes below zero: nobody (a queue, an integration user), or the source has not said."""


class Kind(IntEnum):
    """What kind of event a row is."""

    STAGE = 0
    ACTIVITY = 1
    TOUCH = 2
    OWNER = 3
    ATTRIBUTE = 4
    MERGED = 5
    DELETED = 6
    RESTORED = 7


@dataclass(frozen=True, slots=True)
class Texts:
    """A column of texts as int32 codes into ``values`` (distinct, object array); -1 is none."""

    codes: Codes
    values: npt.NDArray[np.object_]

    def code(self, text: str) -> int:
        """The code of a text, or -2 if the column never holds it."""
        found = np.flatnonzero(self.values == text)
        return int(found[0]) if len(found) else -2

    def any_of(self, wanted: npt.NDArray[np.bool_]) -> Mask:
        """Rows whose value is marked in ``wanted`` (one bool for each of ``values``); none is never marked."""
        return np.append(wanted, False)[self.codes]

    def is_any(self, wanted: Sequence[str]) -> Mask:
        """Rows whose text is one of ``wanted``."""
        return self.any_of(np.isin(self.values.astype(str), wanted) if len(self.values) else np.zeros(0, bool))

    def texts(self) -> npt.NDArray[np.object_]:
        """The text of every row, None for none."""
        values = np.full(len(self.values) + 1, None, object)
        values[:-1] = self.values
        return values[self.codes]

    def at(self, row: int) -> str:
        """The text of a row; empty for none."""
        code = int(self.codes[row])
        return str(self.values[code]) if code >= 0 else ""


@dataclass(frozen=True, slots=True)
class Findings:
    """Data-quality findings: what was left out or looks wrong, and how often."""

    future: int = 0
    unknown_owners: int = 0
    unnamed_actors: int = 0
    merged: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """Events in order of lead, ``at``, ``recorded_at`` and the source's own order: one row an event, parallel arrays.

    ``first[code]`` to ``first[code + 1]`` are the rows of lead ``leads[code]``. Instants are int64 microseconds UTC.
    ``holder`` is who held the lead after each row (a code of ``people``, NOBODY or UNTOLD); ``attributes`` maps a
    name to the values known after each row. ``home`` is the lead's id at the source, which merges do not change.
    """

    as_of: int
    leads: npt.NDArray[np.object_]
    lead: Codes
    first: Rows
    at: Instants
    recorded_at: Instants
    id: npt.NDArray[np.object_]
    home: npt.NDArray[np.object_]
    kind: npt.NDArray[np.int8]
    name: Texts
    value: Texts
    actor: Codes
    direction: Texts
    outcome: Texts
    automated: Mask
    seconds: npt.NDArray[np.int64]
    holder: Codes
    holder_changed: Mask
    attributes: Mapping[str, Texts]
    attribute_changed: Mapping[str, Mask]
    people: People
    exit_stage: Mask
    """Rows that enter a stage which ends the way through the funnel."""
    accepted: frozenset[str] = field(default_factory=frozenset)
    findings: Findings = Findings()
    packed: "Packed | None" = None

    def __len__(self) -> int:
        return len(self.at)

    @property
    def tells_ownership(self) -> bool:
        """Whether any source says who owns leads; where none does, holders, causes and delays are empty."""
        return bool((self.holder >= NOBODY).any())

    def rows_from(self, lead: Codes, instant: Instants, *, after: bool = False) -> Rows:
        """First row of each lead at or after an instant (with ``after``: strictly after); its end if there is none."""
        assert self.packed is not None  # noqa: S101 - build_facts always sets it
        return self.packed.rows_from(lead, instant, after=after)

    def latest(self, lead: int, attribute: str) -> str:
        """The last known value of a lead's attribute; empty if it has none."""
        texts = self.attributes.get(attribute)
        return texts.at(int(self.first[lead + 1]) - 1) if texts else ""

    def code_of_lead(self, lead: str) -> int | None:
        """The code of a lead's id, or None."""
        index = int(np.searchsorted(self.leads, lead))
        return index if index < len(self.leads) and self.leads[index] == lead else None


@dataclass(frozen=True, slots=True)
class Packed:
    """Lead and time packed into one sortable integer, so that one search finds a row of any lead at any instant."""

    key: npt.NDArray[np.int64]
    first: Rows
    times: Instants

    def rows_from(self, lead: Codes, instant: Instants, *, after: bool) -> Rows:
        """See :meth:`Facts.rows_from`."""
        rank = np.searchsorted(self.times, instant, side="right" if after else "left")
        rows = np.searchsorted(self.key, lead.astype(np.int64) * (len(self.times) + 1) + rank, side="left")
        return np.clip(rows, self.first[lead], self.first[lead + 1])


def pack(lead: Codes, at: Instants, first: Rows) -> Packed:
    """Times are replaced by their ranks, so that the packed key never overflows, whatever the span and the leads."""
    times, rank = np.unique(at, return_inverse=True)
    return Packed(lead.astype(np.int64) * (len(times) + 1) + rank, first, times)


def spans(facts: Facts, opens: Mask, closes: Mask) -> tuple[Codes, Instants, Instants]:
    """Intervals ``[at of an opening row, at of the lead's next closing row)`` as (lead, begin, end); FOREVER if open."""
    marked = np.flatnonzero(opens | closes)
    is_open = opens[marked]
    lead = facts.lead[marked]
    same = np.concatenate(([False], lead[1:] == lead[:-1])) if len(lead) else np.zeros(0, bool)
    begins = is_open & ~(same & np.concatenate(([False], is_open[:-1]))) if len(lead) else is_open
    ends = ~is_open & same & np.concatenate(([False], is_open[:-1])) if len(lead) else ~is_open
    begin_rows, end_rows = marked[begins], marked[ends]
    following = np.searchsorted(end_rows, begin_rows, side="right")
    padded = np.append(end_rows, -1)
    end_row = padded[following]
    matched = (end_row >= 0) & (facts.lead[end_row] == facts.lead[begin_rows])
    end = np.where(matched, facts.at[end_row], FOREVER)
    return facts.lead[begin_rows], facts.at[begin_rows], end

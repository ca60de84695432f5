"""What happened, as columns: every event of every lead, sorted by lead and time, cut at what was known as of an instant."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from slamon.core.columns import Codes, Deferred, Labels, Mask, Rows, Texts
from slamon.core.facts.people import People
from slamon.core.facts.survey import Survey
from slamon.core.working_time.instants import FOREVER, Instants

__all__ = [
    "MOST_PACKED",
    "NOBODY",
    "UNTOLD",
    "Codes",
    "Facts",
    "Findings",
    "Kind",
    "Mask",
    "Packed",
    "Ranked",
    "Rows",
    "Texts",
    "pack",
    "spans",
]

NOBODY = -1
UNTOLD = -2
"""Holder codes below zero: nobody (a queue, an integration user), or the source has not said."""

MOST_PACKED = 2**62


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
    recorded_at: Deferred
    id: Labels
    home: Labels
    kind: npt.NDArray[np.int8]
    name: Texts
    value: Texts
    actor: Deferred
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
    packed: "Packed | Ranked | None" = None
    instant_end: Rows = field(default_factory=lambda: np.zeros(0, np.int64))
    """For each row the last one of the same lead at the same instant."""
    survey: Survey = field(default_factory=Survey)

    def __len__(self) -> int:
        return len(self.at)

    @property
    def tells_ownership(self) -> bool:
        """Whether any source says who owns leads; where none does, holders, causes and delays are empty."""
        return self.survey.tells_ownership

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
    """Lead and time packed into one sortable integer, so that one search finds a row of any lead at any instant.

    The key of a row is ``lead * width + at - low + 1``: below the first instant and above the last there is room for one more.
    """

    key: npt.NDArray[np.int64]
    low: int
    width: int

    def rows_from(self, lead: Codes, instant: Instants, *, after: bool) -> Rows:
        """See :meth:`Facts.rows_from`."""
        moment = np.minimum(instant, self.low + self.width - 2)  # before the subtraction: FOREVER and NEVER overflow
        np.maximum(moment, self.low - 1, out=moment)
        moment -= self.low - 1
        moment += lead.astype(np.int64) * self.width
        return np.searchsorted(self.key, moment, side="right" if after else "left")


@dataclass(frozen=True, slots=True)
class Ranked:
    """The same where the product of leads and microseconds is too large for 64 bits: times are replaced by their ranks."""

    key: npt.NDArray[np.int64]
    times: Instants

    def rows_from(self, lead: Codes, instant: Instants, *, after: bool) -> Rows:
        """See :meth:`Facts.rows_from`."""
        rank = np.searchsorted(self.times, instant, side="right" if after else "left")
        return np.searchsorted(self.key, lead.astype(np.int64) * (len(self.times) + 1) + rank, side="left")


def pack(lead: Codes, at: Instants) -> Packed | Ranked:
    """The keys of events that are sorted by lead and time, whatever the span and the number of leads."""
    low, high = (int(at.min()), int(at.max())) if len(at) else (0, 0)
    width = high - low + 3
    leads = int(lead[-1]) + 1 if len(lead) else 1
    if leads * width < MOST_PACKED:
        return Packed(lead * np.int64(width) + (at - (low - 1)), low, width)
    times, rank = np.unique(at, return_inverse=True)
    return Ranked(lead.astype(np.int64) * (len(times) + 1) + rank, times)


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

"""What happened, as columns: every event of every lead, sorted by lead and time, cut at what was known as of an instant."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
import numpy.typing as npt
import pandas as pd

from slamon.core.attributes import forward_fill, parse_attributes
from slamon.core.instants import FOREVER, MINUTE, NEVER, Instants
from slamon.core.people import People, build_people

Codes = npt.NDArray[np.int32]
Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

SKEW = 5 * MINUTE
"""Events up to this far after as_of are believed: clocks differ. Later ones are findings."""

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


def build_facts(
    events: pd.DataFrame,
    as_of: int,
    people: pd.DataFrame | None = None,
    absences: pd.DataFrame | None = None,
    accepted: Iterable[str] = (),
    exit_stages: Iterable[str] = (),
) -> Facts:
    """Sort an event frame into Facts as of an instant (microseconds UTC).

    ``events`` has the columns id, source, lead, at, recorded_at, seen_at (int64 microseconds UTC, NEVER for none),
    kind, name, value, actor, owner, direction, automated (bool), seconds (-1 for none), outcome, attributes (JSON
    text) and position; texts may be None. Rows seen after ``as_of``, or that happened more than five minutes after
    it, are left out, the latter counted as findings. ``accepted`` are ids of late-logged events
    that a person accepted; ``exit_stages`` are the stages marked ``exit`` in the funnel.
    """
    known = (events["seen_at"].to_numpy(np.int64) <= as_of) if len(events) else np.zeros(0, bool)
    future = known & (events["at"].to_numpy(np.int64) > as_of + SKEW)
    events = events[known & ~future]
    lead_ids, merged = _united(events)
    lead, leads = pd.factorize(lead_ids, sort=True)
    at = events["at"].to_numpy(np.int64)
    recorded = events["recorded_at"].to_numpy(np.int64)
    order = _order(events, lead, at, recorded)
    events, lead, at, recorded = events.iloc[order], lead[order].astype(np.int32), at[order], recorded[order]
    first = np.searchsorted(lead, np.arange(len(leads) + 1)).astype(np.int64)
    crowd = build_people(people, absences, events["actor"], events["owner"])
    kind = events["kind"].map({each.name.lower(): each.value for each in Kind}).to_numpy(np.int8)
    name, value = _texts(events["name"]), _texts(events["value"])
    holder, changed = _holders(events, kind, name, crowd, lead, first)
    attributes, attribute_changed = _attributes(events, kind, name, value, first[lead])
    actor = crowd.codes_of(events["actor"])
    direction = _texts(events["direction"])
    return Facts(
        as_of=as_of,
        leads=np.asarray(leads, object),
        lead=lead,
        first=first,
        at=at,
        recorded_at=recorded,
        id=events["id"].to_numpy(object),
        home=events["lead"].to_numpy(object),
        kind=kind,
        name=name,
        value=value,
        actor=actor,
        direction=direction,
        outcome=_texts(events["outcome"]),
        automated=events["automated"].to_numpy(bool) | crowd.automated_at(actor),
        seconds=events["seconds"].to_numpy(np.int64),
        holder=holder,
        holder_changed=changed,
        attributes=attributes,
        attribute_changed=attribute_changed,
        people=crowd,
        exit_stage=(kind == Kind.STAGE) & name.any_of(np.isin(name.values.astype(str), list(exit_stages))),
        accepted=frozenset(accepted),
        findings=Findings(
            future=int(future.sum()),
            unknown_owners=crowd.unknown_owners,
            unnamed_actors=int(((kind == Kind.ACTIVITY) & (actor < 0) & (direction.codes == direction.code("outbound"))).sum()),
            merged=merged,
        ),
        packed=pack(lead, at, first),
    )


def _united(events: pd.DataFrame) -> tuple[pd.Series, int]:
    """Lead ids after merges: a merged loser's events belong to the survivor, along chains."""
    lead = events["lead"]
    merges = events[(events["kind"] == "merged") & events["value"].notna()]
    if merges.empty:
        return lead, 0
    into = dict(zip(merges["lead"], merges["value"], strict=True))
    survivor = {loser: _survivor(loser, into) for loser in into}
    return lead.map(survivor).fillna(lead), len(survivor)


def _survivor(loser: str, into: Mapping[str, str]) -> str:
    """The end of a chain of merges; a ring of merges ends at its smallest id, so that the answer has no order."""
    seen = [loser]
    while seen[-1] in into:
        following = into[seen[-1]]
        if following in seen:
            return min(seen[seen.index(following) :])
        seen.append(following)
    return seen[-1]


def _order(events: pd.DataFrame, lead: npt.NDArray[np.intp], at: Instants, recorded: Instants) -> Rows:
    """By lead, at, recorded_at (a row without one counts as recorded when it happened), the source's order, id."""
    stored = np.where(recorded == NEVER, at, recorded)
    position = events["position"].to_numpy(np.int64)
    order = np.lexsort((position, stored, at, lead))
    tied = (np.diff(position[order]) == 0) & (np.diff(at[order]) == 0) & (np.diff(lead[order]) == 0)
    if tied.any():  # the same position in two sources: only then is the slow comparison of texts worth it
        ids = pd.factorize(events["source"].astype(str) + "\0" + events["id"].astype(str), sort=True)[0]
        order = np.lexsort((ids, position, stored, at, lead))
    return order.astype(np.int64)


def _texts(column: pd.Series) -> Texts:
    codes, values = pd.factorize(column, use_na_sentinel=True)
    return Texts(codes.astype(np.int32), np.asarray(values, object))


def _holders(events: pd.DataFrame, kind: npt.NDArray[np.int8], name: Texts, people: People, lead: Codes, first: Rows) -> tuple[Codes, Mask]:
    """Who holds the lead after each row, and the rows at which that changed."""
    owner = people.codes_of(events["owner"])
    said = owner >= 0
    owner = np.where(said & people.automated_at(owner), NOBODY, owner).astype(np.int32)
    told = (kind == Kind.OWNER) | said
    unassigned = (kind == Kind.OWNER) & ((name.codes == name.code("unassigned")) | ~said)
    owner = np.where(unassigned, NOBODY, owner).astype(np.int32)
    source = forward_fill(told, first[lead])
    holder = np.where(source >= 0, owner[np.maximum(source, 0)], UNTOLD).astype(np.int32)
    before = np.concatenate(([UNTOLD], holder[:-1])).astype(np.int32) if len(holder) else holder
    before = np.where(np.arange(len(holder)) == first[lead], UNTOLD, before)
    return holder, holder != before


def _attributes(
    events: pd.DataFrame, kind: npt.NDArray[np.int8], name: Texts, value: Texts, begin: Rows
) -> tuple[dict[str, Texts], dict[str, Mask]]:
    """The value of each attribute after each row, and the rows at which it changed."""
    stated = parse_attributes(events["attributes"])
    for code, attribute in enumerate(name.values):
        rows = (kind == Kind.ATTRIBUTE) & (name.codes == code)
        if rows.any():
            texts = stated.get(str(attribute), np.full(len(events), None, object))
            stated[str(attribute)] = np.where(rows, np.append(value.values, None)[value.codes], texts)
    known: dict[str, Texts] = {}
    changed: dict[str, Mask] = {}
    for attribute, texts in stated.items():
        raw, values = pd.factorize(texts, use_na_sentinel=True)
        source = forward_fill(raw >= 0, begin)
        codes = np.where(source >= 0, raw[np.maximum(source, 0)], -1).astype(np.int32)
        before = np.where(np.arange(len(codes)) == begin, -1, np.concatenate(([-1], codes[:-1]))) if len(codes) else codes
        known[attribute] = Texts(codes, np.asarray(values, object))
        changed[attribute] = (raw >= 0) & (codes != before)
    return known, changed


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

"""An event frame becomes facts: cut at what was known, united by merges, sorted, and filled forward in time."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from slamon.core.attributes import forward_fill, numbers_of, parse_attributes
from slamon.core.facts import NOBODY, UNTOLD, Codes, Facts, Findings, Kind, Mask, Rows, Texts, pack
from slamon.core.instants import MINUTE, NEVER, Instants
from slamon.core.people import People, build_people

SKEW = 5 * MINUTE
"""Events up to this far after as_of are believed: clocks differ. Later ones are findings."""


@dataclass(frozen=True, slots=True)
class _Sorted:
    """The known events in the order of the facts, and the columns that others follow from; ``first`` as in the facts."""

    events: pd.DataFrame
    leads: npt.NDArray[np.object_]
    lead: Codes
    first: Rows
    at: Instants
    people: People
    kind: npt.NDArray[np.int8]
    name: Texts
    value: Texts
    actor: Codes
    direction: Texts


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
    known = events["seen_at"].to_numpy(np.int64) <= as_of
    future = known & (events["at"].to_numpy(np.int64) > as_of + SKEW)
    lead, merged = _united(events[known & ~future])
    found = _sorted(events[known & ~future], lead, people, absences)
    return _facts(found, as_of, frozenset(accepted), tuple(exit_stages), Findings(future=int(future.sum()), merged=merged))


def _sorted(events: pd.DataFrame, lead_ids: pd.Series, people: pd.DataFrame | None, absences: pd.DataFrame | None) -> _Sorted:
    codes, leads = pd.factorize(lead_ids, sort=True)
    order = _order(events, codes)
    events, lead = events.iloc[order], codes[order].astype(np.int32)
    crowd = build_people(people, absences, events["actor"], events["owner"])
    return _Sorted(
        events=events,
        leads=np.asarray(leads, object),
        lead=lead,
        first=np.searchsorted(lead, np.arange(len(leads) + 1)).astype(np.int64),
        at=events["at"].to_numpy(np.int64),
        people=crowd,
        kind=np.asarray(events["kind"].map({each.name.lower(): each.value for each in Kind}).to_numpy(np.int8), np.int8),
        name=_texts(events["name"]),
        value=_texts(events["value"]),
        actor=crowd.codes_of(events["actor"]),
        direction=_texts(events["direction"]),
    )


def _by_machine(each: _Sorted) -> Mask:
    """Done by an integration user. What comes in is the buyer's own doing, whoever keyed it into the CRM."""
    return each.people.automated_at(each.actor) & ~each.direction.is_any(("inbound",))


def _facts(each: _Sorted, as_of: int, accepted: frozenset[str], exit_stages: tuple[str, ...], findings: Findings) -> Facts:
    holder, holder_changed = _holders(each)
    attributes, attribute_changed = _attributes(each)
    return Facts(
        as_of=as_of,
        leads=each.leads,
        lead=each.lead,
        first=each.first,
        at=each.at,
        recorded_at=each.events["recorded_at"].to_numpy(np.int64),
        id=each.events["id"].to_numpy(object),
        home=each.events["lead"].to_numpy(object),
        kind=each.kind,
        name=each.name,
        value=each.value,
        actor=each.actor,
        direction=each.direction,
        outcome=_texts(each.events["outcome"]),
        automated=each.events["automated"].to_numpy(bool) | _by_machine(each),
        seconds=each.events["seconds"].to_numpy(np.int64),
        holder=holder,
        holder_changed=holder_changed,
        attributes=attributes,
        attribute_changed=attribute_changed,
        people=each.people,
        exit_stage=_exits(each, exit_stages),
        accepted=accepted,
        findings=replace(findings, unknown_owners=each.people.unknown_owners, unnamed_actors=_unnamed(each)),
        packed=pack(each.lead, each.at, each.first),
    )


def _exits(each: _Sorted, exit_stages: tuple[str, ...]) -> Mask:
    """Rows that enter a stage which ends the way through the funnel."""
    exits: Mask = (each.kind == Kind.STAGE) & each.name.is_any(exit_stages)
    return exits


def _unnamed(each: _Sorted) -> int:
    """How many outbound activities nobody is named for."""
    outbound = each.direction.codes == each.direction.code("outbound")
    return int(((each.kind == Kind.ACTIVITY) & (each.actor < 0) & outbound).sum())


def _united(events: pd.DataFrame) -> tuple[pd.Series, int]:
    """Lead ids after merges: a merged loser's events belong to the survivor, along chains."""
    lead = events["lead"]
    merges = events[(events["kind"] == "merged") & events["value"].notna()]
    if merges.empty:
        return lead, 0
    merges = merges.iloc[_order(merges, np.zeros(len(merges), np.intp))]  # of two merges of one lead the later one holds
    into = {loser: survivor for loser, survivor in zip(merges["lead"], merges["value"], strict=True) if loser != survivor}
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


def _order(events: pd.DataFrame, lead: npt.NDArray[np.intp]) -> Rows:
    """By lead, at, recorded_at (a row without one counts as recorded when it happened), the source's order, id."""
    at, recorded = events["at"].to_numpy(np.int64), events["recorded_at"].to_numpy(np.int64)
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


def _holders(each: _Sorted) -> tuple[Codes, Mask]:
    """Who holds the lead after each row, and the rows at which that changed."""
    owner = each.people.codes_of(each.events["owner"])
    said = owner >= 0
    owner = np.where(said & each.people.automated_at(owner), NOBODY, owner).astype(np.int32)
    told = (each.kind == Kind.OWNER) | said
    unassigned = (each.kind == Kind.OWNER) & ((each.name.codes == each.name.code("unassigned")) | ~said)
    owner = np.where(unassigned, NOBODY, owner).astype(np.int32)
    begin = each.first[each.lead]
    source = forward_fill(told, begin)
    holder = np.where(source >= 0, owner[np.maximum(source, 0)], UNTOLD).astype(np.int32)
    return holder, holder != _before(holder, begin, UNTOLD)


def _attributes(each: _Sorted) -> tuple[dict[str, Texts], dict[str, Mask]]:
    """The value of each attribute after each row, and the rows at which it changed."""
    stated = _stated(each)
    known: dict[str, Texts] = {}
    changed: dict[str, Mask] = {}
    begin = each.first[each.lead]
    for attribute, texts in stated.items():
        raw, values = pd.factorize(texts, use_na_sentinel=True)
        source = forward_fill(raw >= 0, begin)
        codes = np.where(source >= 0, raw[np.maximum(source, 0)], -1).astype(np.int32)
        known[attribute] = Texts(codes, np.asarray(values, object))
        meant = np.append(_meanings(np.asarray(values, object)), -1)[codes].astype(np.int32)
        changed[attribute] = (raw >= 0) & (meant != _before(meant, begin, -1))
    return known, changed


def _meanings(values: npt.NDArray[np.object_]) -> Codes:
    """A code for each text, the same for the same number however it is written: 20000 that becomes 20000.0 has not changed."""
    numbers = numbers_of(values)
    meant = [number if np.isfinite(number) else text for number, text in zip(numbers.tolist(), values.tolist(), strict=True)]
    return pd.factorize(np.array(meant, object))[0].astype(np.int32)


def _stated(each: _Sorted) -> dict[str, npt.NDArray[np.object_]]:
    """What each row itself says of each attribute, in a source's columns or as a change of one; None for nothing."""
    stated = parse_attributes(each.events["attributes"])
    for code, attribute in enumerate(each.name.values):
        rows = (each.kind == Kind.ATTRIBUTE) & (each.name.codes == code)
        if rows.any():
            texts = stated.get(str(attribute), np.full(len(rows), None, object))
            stated[str(attribute)] = np.where(rows, each.value.texts(), texts)
    return stated


def _before(codes: Codes, begin: Rows, nothing: int) -> Codes:
    """Each row's code in the row before it of the same lead; ``nothing`` in the lead's first row."""
    before = np.concatenate(([nothing], codes))[:-1]
    return np.where(np.arange(len(codes)) == begin, nothing, before).astype(np.int32)

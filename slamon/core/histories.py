"""All events that are known at an instant, ready to be taken lead by lead: all at once, or some leads at a time."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from slamon.core.attributes import forward_fill
from slamon.core.columns import Codes, Labels, Mask, Rows, Texts
from slamon.core.event_columns import EventColumns, by_time, recorded, rows_by_code
from slamon.core.facts import NOBODY, UNTOLD, Facts, Findings, Kind, pack
from slamon.core.instants import MINUTE
from slamon.core.known_attributes import AttributeChanges, KnownAttributes, Statements, Vocabulary, codes_before, vocabularies
from slamon.core.people import People, build_people
from slamon.core.survey import Creations, Survey

SKEW = 5 * MINUTE
"""Events up to this far after as_of are believed: clocks differ. Later ones are findings."""

UNSAID = -3
"""Beside the codes of holders: the row says nothing of an owner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Events and what they are put in order by.

    ``order`` are the rows of the events that are known, by lead; those of lead ``leads[code]`` (ids after merges, sorted)
    lie between ``first[code]`` and ``first[code + 1]``. ``actors`` and ``owners`` turn codes of the events' columns into
    people (the last entry stands for none); ``owners`` says NOBODY for a machine and UNSAID for none.
    """

    as_of: int
    events: EventColumns
    leads: npt.NDArray[np.object_]
    order: npt.NDArray[np.int64]
    first: Rows
    people: People
    actors: Codes
    owners: Codes
    vocabularies: Mapping[str, Vocabulary]
    accepted: frozenset[str]
    exit_stages: tuple[str, ...]
    findings: Findings
    survey: Survey

    def __len__(self) -> int:
        return len(self.leads)

    def facts(self, low: int = 0, high: int | None = None) -> Facts:
        """The facts of the leads ``low`` to ``high`` (exclusive; None: all the rest), as codes."""
        return _facts(self, low, len(self) if high is None else high)

    def chunks(self, leads: int) -> Iterator[Facts]:
        """The facts of so many leads at a time, in order."""
        for low in range(0, len(self), leads):
            yield self.facts(low, min(low + leads, len(self)))


def history_of(
    events: EventColumns,
    as_of: int,
    people: pd.DataFrame | None = None,
    absences: pd.DataFrame | None = None,
    accepted: Iterable[str] = (),
    exit_stages: Iterable[str] = (),
    survey: Survey | None = None,
) -> History:
    """Put events in order, cut at an instant (microseconds UTC); see :func:`slamon.core.event_frames.build_facts`."""
    rows, future = _known(events, as_of)
    leads, lead, merged = _united(events, rows)
    order = rows_by_code(lead, rows)
    first = np.concatenate(([0], np.cumsum(np.bincount(lead, minlength=len(leads))))).astype(np.int64)
    actors, owners = _used(events.actor, rows), _used(events.owner, rows)
    crowd = build_people(people, absences, actors, owners)
    stated = vocabularies(events, rows, survey.attributes if survey else ())
    found = History(
        as_of=as_of,
        events=events,
        leads=leads,
        order=order,
        first=first,
        people=crowd,
        actors=crowd.codes_of(_all(events.actor)),
        owners=_owners(crowd, events.owner),
        vocabularies=stated,
        accepted=frozenset(accepted),
        exit_stages=tuple(exit_stages),
        findings=Findings(future=future, merged=merged, unknown_owners=crowd.unknown_owners, unnamed_actors=_unnamed(events, rows)),
        survey=Survey(),
    )
    return replace(found, survey=survey or _surveyed(found, rows))


def _known(events: EventColumns, as_of: int) -> tuple[Rows | None, int]:
    """The rows that were seen by the instant and did not happen well after it (None: all), and how many did."""
    if not len(events) or (events.seen_at.max() <= as_of and events.at.max() <= as_of + SKEW):
        return None, 0
    seen = events.seen_at <= as_of
    future = seen & (events.at > as_of + SKEW)
    return np.flatnonzero(seen & ~future), int(future.sum())


def _united(events: EventColumns, rows: Rows | None) -> tuple[npt.NDArray[np.object_], Codes, int]:
    """Lead ids after merges, sorted; the code of each row's; and how many leads were merged into another.

    A merged loser's events belong to the survivor, along chains.
    """
    lead = events.lead.codes if rows is None else events.lead.codes[rows]
    ids = events.lead.values
    into = _merges(events, rows)
    if into:
        ids = np.array([_survivor(each, into) if each in into else each for each in ids.tolist()] + [None], object)[:-1]
    known = np.bincount(lead, minlength=len(ids)) > 0
    names, leads = pd.factorize(ids[known], sort=True)
    code = np.full(len(ids), -1, np.int32)
    code[known] = names
    if not into and np.array_equal(code, np.arange(len(code))):
        return np.asarray(leads, object), lead, 0
    return np.asarray(leads, object), code[lead], len(into)


def _merges(events: EventColumns, rows: Rows | None) -> dict[str, str]:
    """Which lead was merged into which; of two merges of one lead the later one holds."""
    merged = events.kind == Kind.MERGED
    found = np.flatnonzero(merged & (events.value.codes >= 0)) if rows is None else rows[merged[rows] & (events.value.codes[rows] >= 0)]
    if not len(found):
        return {}
    found = by_time(events, np.zeros(len(found), np.int8), found)
    pairs = zip(events.lead.values[events.lead.codes[found]], events.value.values[events.value.codes[found]], strict=True)
    return {loser: survivor for loser, survivor in pairs if loser != survivor}


def _survivor(loser: str, into: Mapping[str, str]) -> str:
    """The end of a chain of merges; a ring of merges ends at its smallest id, so that the answer has no order."""
    seen = [loser]
    while seen[-1] in into:
        following = into[seen[-1]]
        if following in seen:
            return min(seen[seen.index(following) :])
        seen.append(following)
    return seen[-1]


def _used(column: Texts, rows: Rows | None) -> "pd.Series[str]":
    """The distinct texts that known rows really say."""
    codes = column.codes if rows is None else column.codes[rows]
    used = np.bincount(codes + 1, minlength=len(column.values) + 1)[1:] > 0
    return pd.Series(column.values[used], dtype=object)


def _all(column: Texts) -> "pd.Series[str]":
    """All distinct texts of a column, and none at the end."""
    return pd.Series(np.array([*column.values, None], object), dtype=object)


def _owners(crowd: People, owner: Texts) -> Codes:
    codes = crowd.codes_of(_all(owner))
    codes = np.where((codes >= 0) & crowd.automated_at(codes), NOBODY, codes)
    return np.append(codes[:-1], UNSAID).astype(np.int32)


def _unnamed(events: EventColumns, rows: Rows | None) -> int:
    """How many outbound activities nobody is named for."""
    missing = (events.actor.codes < 0) & (events.kind == Kind.ACTIVITY) & (events.direction.codes == events.direction.code("outbound"))
    return int((missing if rows is None else missing[rows]).sum())


def _surveyed(each: History, rows: Rows | None) -> Survey:
    """What all these events tell, when nobody says that there are more."""
    if not len(each.order):
        return Survey()
    at = each.events.at if rows is None else each.events.at[rows]
    kind = each.events.kind if rows is None else each.events.kind[rows]
    owner = each.events.owner.codes if rows is None else each.events.owner.codes[rows]
    told = bool((owner >= 0).any()) or bool((kind == Kind.OWNER).any())
    return Survey(int(at.min()), told, frozenset(each.vocabularies), _creations(each))


def _creations(each: History) -> Creations:
    """Each lead's first event; where several happened at once, the one that was recorded first."""
    settled = _settled(each.events, each.first, each.order)
    rows = settled[each.first[:-1]]
    return Creations(each.leads, each.events.at[rows], each.actors[each.events.actor.codes[rows]])


def _settled(events: EventColumns, first: Rows, rows: Rows) -> Rows:
    """Rows that are sorted by lead (``first``: where each begins), sorted by time within each lead as well.

    Sources mostly tell events in the order in which they happened: only the leads for which one did not are sorted.
    """
    at = events.at[rows]
    step = np.diff(at)
    starts = np.zeros(len(rows), bool)
    starts[first[:-1]] = True
    wrong = (step <= 0) & ~starts[1:]
    suspects = np.flatnonzero(wrong)
    if not len(suspects):
        return rows
    tied = suspects[step[suspects] == 0]
    before, after = recorded(events, rows[tied]), recorded(events, rows[tied + 1])
    ordered = (before < after) | ((before == after) & (events.position[rows[tied]] < events.position[rows[tied + 1]]))
    wrong[tied[ordered]] = False
    suspects = np.flatnonzero(wrong)
    if not len(suspects):
        return rows
    lead = np.searchsorted(first, suspects, side="right") - 1
    unsorted = np.unique(lead)
    sizes = first[unsorted + 1] - first[unsorted]
    places = np.repeat(first[unsorted] - np.concatenate(([0], np.cumsum(sizes)[:-1])), sizes) + np.arange(sizes.sum())
    settled = rows.copy()
    settled[places] = by_time(events, np.repeat(unsorted, sizes), rows[places])
    return settled


def _facts(each: History, low: int, high: int) -> Facts:
    events = each.events
    first = each.first[low : high + 1] - each.first[low]
    rows = _settled(events, first, each.order[each.first[low] : each.first[high]])
    lead = np.repeat(np.arange(high - low, dtype=np.int32), np.diff(first))
    begin = first[lead]
    kind, name, actor, direction = (
        events.kind[rows],
        events.name.take(rows),
        each.actors[events.actor.codes[rows]],
        events.direction.take(rows),
    )
    at, value = events.at[rows], events.value.take(rows)
    holder, holder_changed = _holders(each, rows, begin, kind, name)
    statements = Statements(each.vocabularies, events.attributes.codes[rows], kind, name.codes, value.codes, begin)
    by_machine = each.people.automated_at(actor) & ~direction.is_any(("inbound",)) if each.people.automated.any() else False
    return Facts(
        as_of=each.as_of,
        leads=each.leads[low:high],
        lead=lead,
        first=first,
        at=at,
        recorded_at=events.recorded_at[rows],
        id=events.id.take(rows),
        home=Labels(events.lead.values, events.lead.codes[rows]),
        kind=kind,
        name=name,
        value=value,
        actor=actor,
        direction=direction,
        outcome=events.outcome.take(rows),
        # What comes in is the buyer's own doing, whoever keyed it into the CRM.
        automated=events.automated[rows] | by_machine,
        seconds=events.seconds[rows],
        holder=holder,
        holder_changed=holder_changed,
        attributes=KnownAttributes(statements),
        attribute_changed=AttributeChanges(statements),
        people=each.people,
        exit_stage=(kind == Kind.STAGE) & name.is_any(each.exit_stages),
        accepted=each.accepted,
        findings=each.findings,
        packed=pack(lead, at),
        survey=each.survey,
    )


def _holders(each: History, rows: Rows, begin: Rows, kind: npt.NDArray[np.int8], name: Texts) -> tuple[Codes, Mask]:
    """Who holds the lead after each row, and the rows at which that changed."""
    owner = each.owners[each.events.owner.codes[rows]]
    about_owner = kind == Kind.OWNER
    unassigned = about_owner & ((name.codes == name.code("unassigned")) | (owner == UNSAID))
    owner = np.where(unassigned, np.int32(NOBODY), owner)
    source = forward_fill(about_owner | (owner != UNSAID), begin)
    holder = np.append(owner, np.int32(UNTOLD))[source]
    return holder, holder != codes_before(holder, begin, UNTOLD)

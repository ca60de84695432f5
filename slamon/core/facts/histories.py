"""All events that are known at an instant, ready to be taken lead by lead: all at once, or some leads at a time."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypedDict, Unpack

import numpy as np
import numpy.typing as npt
import pandas as pd

from slamon.core.columns import Codes, Deferred, Labels, Mask, Rows, Texts, taken
from slamon.core.facts import NOBODY, UNTOLD, Facts, Findings, Kind, pack
from slamon.core.facts.attributes import forward_fill
from slamon.core.facts.event_columns import AT_ONCE, EventColumns, by_time, narrow, recorded, rows_by_code, used_values
from slamon.core.facts.identity import united
from slamon.core.facts.known_attributes import Statements, Vocabulary, attribute_changes, codes_before, known_attributes, vocabularies
from slamon.core.facts.people import People, build_people
from slamon.core.facts.survey import Creations, Survey
from slamon.core.working_time.instants import MINUTE, Instants

SKEW = 5 * MINUTE
"""Events up to this far after as_of are believed: clocks differ. Later ones are findings."""

UNSAID = -3
"""Beside the codes of holders: the row says nothing of an owner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Events and what they are put in order by.

    ``order`` are the rows of the events that are known, by lead; those of lead ``leads[code]`` (ids after merges, sorted)
    lie between ``first[code]`` and ``first[code + 1]``; ``in_time`` says that each lead's are in order of time as well.
    ``actors`` and ``owners`` turn codes of the events' columns into people (the last entry stands for none); ``owners``
    says NOBODY for a machine and UNSAID for none.
    """

    as_of: int
    events: EventColumns
    leads: npt.NDArray[np.object_]
    order: npt.NDArray[np.int64]
    first: Rows
    in_time: bool
    people: People
    actors: Codes
    owners: Codes
    vocabularies: Mapping[str, Vocabulary]
    accepted: frozenset[str]
    exit_stages: tuple[str, ...]
    findings: Findings
    survey: Survey = field(default_factory=Survey)

    def __len__(self) -> int:
        return len(self.leads)

    def facts(self, low: int = 0, high: int | None = None) -> Facts:
        """The facts of the leads ``low`` to ``high`` (exclusive; None: all the rest), as codes."""
        return _facts(self, low, len(self) if high is None else high)

    def homes(self, low: int, high: int) -> list[str]:
        """The ids at the sources of the leads ``low`` to ``high`` (exclusive), those of records merged into them included."""
        rows = self.order[self.first[low] : self.first[high]]
        return list(map(str, self.events.lead.values[np.unique(self.events.lead.codes.take(rows))]))

    def chunks(self, leads: int) -> Iterator[Facts]:
        """The facts of so many leads at a time, in order."""
        for low in range(0, len(self), leads):
            yield self.facts(low, min(low + leads, len(self)))


class Beside(TypedDict, total=False):
    """What is known beside the events; each may be left out.

    ``people`` and ``absences`` are the frames of :func:`slamon.core.facts.people.build_people`. ``accepted`` are ids of late-logged
    events that a person accepted; ``exit_stages`` the stages marked ``exit`` in the funnel. ``survey`` says what the facts of
    all leads tell, when the events are those of some leads only. ``provided`` are attributes that exist whether or not any
    lead has a value yet.
    """

    people: pd.DataFrame | None
    absences: pd.DataFrame | None
    accepted: Iterable[str]
    exit_stages: Iterable[str]
    survey: Survey | None
    provided: Iterable[str]


def history_of(events: EventColumns, as_of: int, **beside: Unpack[Beside]) -> History:
    """Put events in order, cut at an instant (microseconds UTC); see :func:`slamon.core.facts.event_frames.build_facts`."""
    survey = beside.get("survey")
    (rows, future), in_time = _known(events, as_of), _in_time(events)
    leads, lead, merged = united(events, rows)
    crowd = build_people(beside.get("people"), beside.get("absences"), _used(events.actor, rows), _used(events.owner, rows))
    found = History(
        as_of=as_of,
        events=_lighter(events, in_time=in_time),
        leads=leads,
        order=rows_by_code(lead, rows),
        first=np.append(0, np.cumsum(np.bincount(lead, minlength=len(leads)))),
        in_time=in_time,
        people=crowd,
        actors=crowd.codes_of(_all(events.actor)),
        owners=_owners(crowd, events.owner),
        vocabularies=vocabularies(events, rows, {*beside.get("provided", ()), *(survey.attributes if survey else ())}),
        accepted=frozenset(beside.get("accepted", ())),
        exit_stages=tuple(beside.get("exit_stages", ())),
        findings=Findings(future, crowd.unknown_owners, _unnamed(events, rows), merged),
    )
    return replace(found, survey=survey or _surveyed(found, rows))


def _lighter(events: EventColumns, *, in_time: bool) -> EventColumns:
    """The columns without those that are not asked for again once the events are cut, and known to be in order."""
    same = np.broadcast_to(np.int64(0), len(events))
    return replace(events, seen_at=same, position=same if in_time else events.position)


def _known(events: EventColumns, as_of: int) -> tuple[Rows | None, int]:
    """The rows that were seen by the instant and did not happen well after it (None: all), and how many did."""
    if not len(events) or (events.seen_at.max() <= as_of and events.at.max() <= as_of + SKEW):
        return None, 0
    seen = events.seen_at <= as_of
    future = seen & (events.at > as_of + SKEW)
    return narrow(np.flatnonzero(seen & ~future), len(events)), int(future.sum())


def _used(column: Texts, rows: Rows | None) -> "pd.Series[str]":
    """The distinct texts that known rows really say."""
    return pd.Series(column.values[used_values(column, rows)], dtype=object)


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
    return Survey(int(at.min()), told, frozenset(each.vocabularies), Creations(partial(creations_of, each)))


def creations_of(each: History) -> tuple[npt.NDArray[np.object_], Instants, Codes]:
    """Each lead's first event, as (leads, instants, codes of the people); where several happened at once, the one recorded first."""
    rows = (each.order if each.in_time else _settled(each.events, each.first, each.order))[each.first[:-1]]
    return each.leads, each.events.at[rows], each.actors[each.events.actor.codes[rows]]


def _in_time(events: EventColumns) -> bool:
    """Whether all events come in order of time, of when they were recorded, and of the source's own order."""
    return all(_ordered(events, low, min(low + AT_ONCE, len(events) - 1)) for low in range(0, len(events) - 1, AT_ONCE))


def _ordered(events: EventColumns, low: int, high: int) -> bool:
    """Whether each of some rows comes before the one after it."""
    step = np.diff(events.at[low : high + 1])
    if (step < 0).any():
        return False
    tied = np.flatnonzero(step == 0) + low
    before, after = recorded(events, tied), recorded(events, tied + 1)
    ordered = (before < after) | ((before == after) & (events.position[tied] < events.position[tied + 1]))
    return bool(ordered.all())


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
    first = each.first[low : high + 1] - each.first[low]
    rows = each.order[each.first[low] : each.first[high]]
    rows = rows if each.in_time else _settled(each.events, first, rows)
    lead = np.repeat(np.arange(high - low, dtype=np.int32), np.diff(first))
    told, begin, opening = _told(each, rows), first.take(lead), first[:-1][np.diff(first) > 0]
    kind, name, value = told["kind"], told["name"], told["value"]
    holder, holder_changed = _holders(each, rows, begin, opening, kind, name)
    statements = Statements(each.vocabularies, each.events.attributes.codes.take(rows), kind, name.codes, value.codes, begin, opening)
    return Facts(
        **told,
        as_of=each.as_of,
        leads=each.leads[low:high],
        lead=lead,
        first=first,
        holder=holder,
        holder_changed=holder_changed,
        attributes=known_attributes(statements),
        attribute_changed=attribute_changes(statements),
        people=each.people,
        exit_stage=(kind == Kind.STAGE) & name.is_any(each.exit_stages),
        accepted=each.accepted,
        findings=each.findings,
        packed=pack(lead, told["at"]),
        instant_end=_instant_end(lead, told["at"]),
        survey=each.survey,
    )


def _told(each: History, rows: Rows) -> dict[str, Any]:
    """What each row itself says, as columns of the facts."""
    events = each.events
    direction, automated = events.direction.take(rows), taken(events.automated, rows)
    actor = Deferred(each.actors, rows, events.actor.codes)
    if each.people.automated.any():  # what comes in is the buyer's own doing, whoever keyed it into the CRM
        automated = automated | (each.people.automated_at(actor.all()) & ~direction.is_any(("inbound",)))
    return {
        "at": events.at.take(rows),
        "recorded_at": Deferred(events.recorded_at, rows),
        "id": Labels(events.id.values, rows, events.id.place),
        "home": Labels(events.lead.values, rows, events.lead.codes),
        "kind": events.kind.take(rows),
        "name": events.name.take(rows),
        "value": events.value.take(rows),
        "actor": actor,
        "direction": direction,
        "outcome": events.outcome.take(rows),
        "automated": automated,
        "seconds": taken(events.seconds, rows),
    }


def _instant_end(lead: Codes, at: Instants) -> Rows:
    """For each row the last one of the same lead at the same instant."""
    ends = np.arange(len(at))
    ends[:-1][(at[1:] == at[:-1]) & (lead[1:] == lead[:-1])] = len(at)  # not the last: the minimum of those after it is
    last: Rows = np.minimum.accumulate(ends[::-1])[::-1]
    return last


def _holders(each: History, rows: Rows, begin: Rows, opening: Rows, kind: npt.NDArray[np.int8], name: Texts) -> tuple[Codes, Mask]:
    """Who holds the lead after each row, and the rows at which that changed."""
    owner = each.owners.take(each.events.owner.codes.take(rows))
    about_owner = np.flatnonzero(kind == Kind.OWNER)
    unassigned = (name.codes[about_owner] == name.code("unassigned")) | (owner[about_owner] == UNSAID)
    owner[about_owner[unassigned]] = NOBODY
    source = forward_fill(owner != UNSAID, begin)
    holder = np.append(owner, np.int32(UNTOLD)).take(source)
    return holder, holder != codes_before(holder, opening, UNTOLD)

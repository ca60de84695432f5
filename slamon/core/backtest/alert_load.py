"""Who would have heard how much: the messages that a promise would have sent, by hearer and day.

Moments, holders and recipients are those of the live notices. What is asked is not what is due to be said now, but what
each check of the window would have said: a warning while nobody was known to have answered, a breach and its escalations
until somebody was. An answer is known from when it was recorded. Edits of earlier messages are no messages.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from slamon.core.alerts.notices import TO_HOLDER, alerts_of, instants_of, taken_out_at
from slamon.core.alerts.routing import Routing
from slamon.core.backtest.figures import AlertLoad, Hearer, HearerLoad
from slamon.core.backtest.pacing import paced
from slamon.core.backtest.window import Span
from slamon.core.definitions import DefinitionSet
from slamon.core.facts import Facts, Rows
from slamon.core.telling.manners import Manners
from slamon.core.verdicts import CANCELLED, UNKNOWN, Judged
from slamon.core.verdicts.cycle_places import holder_at
from slamon.core.working_time.calendars import Calendar
from slamon.core.working_time.instants import DAY, FOREVER, MINUTE, NEVER, Instants

WARNING, BREACH, ESCALATION = "warning", "breach", "escalation"
USUAL_MOST = 0.95
MOST_NAMED = 5

Days = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Telling:
    """How a workspace tells people: who hears what, how often it checks, and how late the sources' data may be (microseconds).

    What one check has to tell one hearer, of one kind, is one message; with ``manners`` they are paced as alerts are.
    """

    routing: Routing = field(default_factory=lambda: Routing(""))
    every: int = MINUTE
    lag: int = 0
    manners: Manners | None = None


@dataclass(frozen=True, slots=True)
class _Moment:
    """One alert of one version: whom it tells what, and when its moment came for each of some cycles (rows); parallel arrays."""

    kind: str
    to: tuple[str, ...]
    rows: Rows
    instants: Instants


def messages_of(judged: Sequence[Judged], facts: Sequence[Facts], definitions: DefinitionSet, telling: Telling, span: Span) -> pd.DataFrame:
    """A promise's messages in a span, its verdicts and their facts given for some leads after others.

    A frame with ``hearer``, ``is_person``, ``zone``, ``kind``, ``at`` (the check, microseconds UTC).
    """
    parts = [_messages(each, told, definitions, telling, span) for each, told in zip(judged, facts, strict=True)]
    none = pd.DataFrame(
        {
            "hearer": np.array([], object),
            "is_person": np.array([], bool),
            "zone": np.array([], object),
            "kind": np.array([], object),
            "at": np.zeros(0, np.int64),
        }
    )
    told = pd.concat([part for part in parts if len(part)] or [none], ignore_index=True)
    once = told.drop_duplicates(["hearer", "kind", "at"], ignore_index=True)
    return once if telling.manners is None else paced(once, telling.manners, telling.every)


def _messages(judged: Judged, facts: Facts, definitions: DefinitionSet, telling: Telling, span: Span) -> pd.DataFrame:
    closed = _known_closed(judged, facts)
    told = [_told(each, judged, facts, closed, telling, span) for each in _moments(judged, facts, definitions)]
    parts = [_addressed(each, judged, facts, telling) for each in told]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _moments(judged: Judged, facts: Facts, definitions: DefinitionSet) -> Iterator[_Moment]:
    each = judged.obligations
    for version, definition in enumerate(judged.versions):
        rows = np.flatnonzero((each.version == version) & (judged.state != UNKNOWN))
        if definition.alerts is None:
            yield from (_Moment(WARNING, TO_HOLDER, rows, each.warnings[rows, column]) for column in range(each.warnings.shape[1]))
        for alert in alerts_of(judged, version, definitions):
            if alert.to and alert.at.event in (WARNING, BREACH):
                kind = ESCALATION if alert.at.after else alert.at.event
                yield _Moment(kind, alert.to, rows, instants_of(facts, judged, alert.at, rows))


def _known_closed(judged: Judged, facts: Facts) -> Instants:
    """From when on it was known that a cycle was answered or cancelled; FOREVER while it is not."""
    each = judged.obligations
    closing = np.where(judged.state == CANCELLED, each.cancel_row, each.answer_row)
    known = np.append(np.maximum(facts.at, facts.recorded_at.all()), FOREVER)  # NEVER is before every instant
    return known[closing]


def _told(moment: _Moment, judged: Judged, facts: Facts, closed: Instants, telling: Telling, span: Span) -> _Moment:
    """The cycles for which a check in the span had something to say; ``instants`` become those of the checks.

    A check sees a cycle as breached only after due, and says no warning then.
    """
    wait = {WARNING: 0, BREACH: max(telling.lag, 1), ESCALATION: telling.lag}[moment.kind]
    came = moment.instants != NEVER
    rows, instants = moment.rows[came], moment.instants[came]
    over = closed[rows]
    if moment.kind == ESCALATION:
        over = np.minimum(over, taken_out_at(facts, judged, rows))
    elif moment.kind == WARNING:
        over = np.minimum(over, judged.obligations.due[rows] + 1)
        rows, instants, over = _again(rows, instants, over, judged, facts)
    check = -(-(instants + wait) // telling.every) * telling.every
    said = (check >= span.since) & (check < span.until) & (check <= facts.as_of) & (check < over)
    return _Moment(moment.kind, moment.to, rows[said], check[said])


def _again(rows: Rows, instants: Instants, over: Instants, judged: Judged, facts: Facts) -> tuple[Rows, Instants, Instants]:
    """A warning's moments, and after them those at which the lead was handed on: who holds it next hears the warning too."""
    lead, handed = judged.obligations.lead[rows], np.flatnonzero(facts.holder_changed)
    first = np.searchsorted(handed, facts.rows_from(lead, instants, after=True))
    many = np.maximum(np.searchsorted(handed, facts.rows_from(lead, over)) - first, 0)
    which = np.repeat(np.arange(len(rows)), many)
    place = np.arange(len(which)) - np.repeat(np.cumsum(many) - many, many) + first[which]
    moments = (np.concatenate(pair) for pair in ((rows, rows[which]), (instants, facts.at[handed[place]]), (over, over[which])))
    again_rows, again_instants, again_over = moments
    return again_rows, again_instants, again_over


def _addressed(moment: _Moment, judged: Judged, facts: Facts, telling: Telling) -> pd.DataFrame:
    """A row for each recipient of each alert; one address hears an alert of one cycle once."""
    lead = judged.obligations.lead[moment.rows]
    holder = holder_at(facts, lead, moment.instants) if moment.kind == WARNING else judged.holder_at_due[moment.rows]
    can_act = (holder >= 0) & ~facts.people.unavailable(holder, moment.instants)
    cases, place = np.unique(holder * np.int64(2) + can_act, return_inverse=True)
    heard = [_hearers_of(case, moment, facts, telling) for case in cases.tolist()]
    many = np.array([len(each) for each in heard], np.int64)
    hearers = pd.DataFrame([each for case in heard for each in case], columns=["hearer", "is_person", "zone"])
    name, names = pd.factorize(hearers["hearer"])
    alert = np.repeat(np.arange(len(place)), many[place])
    nth = np.arange(len(alert)) - np.repeat(np.cumsum(many[place]) - many[place], many[place])
    recipient = (np.cumsum(many) - many)[place[alert]] + nth
    order = np.argsort(moment.instants[alert], kind="stable")
    alert, recipient = alert[order], recipient[order]
    once = np.unique(moment.rows[alert] * np.int64(len(names) or 1) + name[recipient], return_index=True)[1]
    told = hearers.take(recipient[once])
    return told.assign(at=moment.instants[alert[once]], kind=moment.kind).reset_index(drop=True)


def _hearers_of(case: int, moment: _Moment, facts: Facts, telling: Telling) -> list[tuple[str, bool, str]]:
    """Who hears an alert, and whether that is a person, for a holder who can act or cannot: code and that, in one number."""
    code, able = divmod(case, 2)
    person = facts.people.person(code)
    recipients = telling.routing.recipients(moment.to, person, person.team, facts.people, can_act=bool(able))
    return [(to.address, to.role != "team channel" and not to.address.startswith("#"), to.zone) for to in recipients]


def load(messages: pd.DataFrame, other: pd.DataFrame | None, calendar: Calendar, span: Span) -> AlertLoad:
    """The load of some messages. A hearer of the ``other`` promise's messages counts among the hearers of both.

    Days are the calendar's working dates in the span, and dates beside them on which anybody heard anything.
    """
    both = messages if other is None else pd.concat([messages, other])
    days = np.union1d(_working_days(calendar, span), _local_days(both, calendar))
    counts = messages["kind"].value_counts()
    people, channels = (
        _hearers(messages[messages["is_person"] == person], both.loc[both["is_person"] == person, "hearer"].nunique(), len(days), calendar)
        for person in (True, False)
    )
    told = {kind: int(counts.get(kind, 0)) for kind in (WARNING, BREACH, ESCALATION)}
    return AlertLoad(told[WARNING], told[BREACH], told[ESCALATION], people, channels)


def _hearers(messages: pd.DataFrame, hearers: int, days: int, calendar: Calendar) -> HearerLoad:
    heard = messages.assign(day=_local_days(messages, calendar)).groupby(["hearer", "day"]).size()
    if not hearers or not days:
        return HearerLoad(hearers, days, 0, None, None, 0, "", "")
    hearer, day = _busiest(heard)
    grid = np.zeros(hearers * days, np.int64)  # days without a message count too
    grid[: len(heard)] = heard.to_numpy()
    return HearerLoad(
        hearers=hearers,
        days=days,
        messages=len(messages),
        mean=len(messages) / len(grid),
        p95=int(np.quantile(grid, USUAL_MOST, method="inverted_cdf")),
        busiest=int(grid.max()),
        busiest_hearer=hearer,
        busiest_day=day,
        most_told=_most_told(heard, days),
    )


def _busiest(heard: "pd.Series[int]") -> tuple[str, str]:
    """Who heard most on one day, and which day (a local date); empty when nobody heard anything."""
    if not len(heard):
        return "", ""
    hearer, day = heard.index[int(heard.to_numpy().argmax())]
    return str(hearer), _date(day)


def _most_told(heard: "pd.Series[int]", days: int) -> tuple[Hearer, ...]:
    """Those who heard most, by name where they heard as much as each other."""
    told = heard.groupby("hearer").sum().sort_values(ascending=False, kind="stable").head(MOST_NAMED)
    found = []
    for hearer, messages in told.items():
        mine = heard.xs(hearer, level="hearer")
        found.append(Hearer(str(hearer), int(messages), int(messages) / days, int(mine.max()), _date(mine.idxmax())))
    return tuple(found)


def _date(day: Any) -> str:
    return (date(1970, 1, 1) + timedelta(days=int(day))).isoformat()


def _working_days(calendar: Calendar, span: Span) -> Days:
    if span.since >= span.until:
        return np.array([], np.int64)
    openings = calendar.openings_around(np.array([span.since, span.until - 1], np.int64))
    first, last = openings.offsets.to_wall(np.array([span.since, span.until - 1], np.int64)) // DAY
    days: Days = openings.days[(openings.days >= first) & (openings.days <= last)]
    return days


def _local_days(messages: pd.DataFrame, calendar: Calendar) -> Days:
    instants = messages["at"].to_numpy(np.int64)
    if not len(instants):
        return instants
    days: Days = calendar.openings_around(instants).offsets.to_wall(instants) // DAY
    return days

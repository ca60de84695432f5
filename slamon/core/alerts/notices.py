"""What is due to be said by now about cycles: warnings, breaches, escalations, and what became of what was said."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from slamon.core.alerts import ASKING, MAX_AGE, Notice, NoticeKind
from slamon.core.alerts.bulk_imports import brought_by_imports
from slamon.core.alerts.notice_figures import clock_split, intent, target, touches
from slamon.core.alerts.routing import Routing
from slamon.core.clocks import Pauses, Span, before, share_of
from slamon.core.definitions import Deadline, DefinitionSet
from slamon.core.definitions.alert_terms import Alert, AlertMoment, recalls_of
from slamon.core.facts import Facts, Mask, Rows
from slamon.core.kinds.cycles import next_in
from slamon.core.patterns import taking_out
from slamon.core.verdicts import BREACHED, PENDING, STATES, Judged, Judgement
from slamon.core.verdicts.activation import put_on_at
from slamon.core.working_time.instants import DAY, FOREVER, NEVER, Instants

DEFAULT_ALERTS = (Alert.model_validate({"at": "breach", "to": ["holder", "team channel"]}),)
ALWAYS = tuple(Alert.model_validate({"at": event, "to": [], "update": True}) for event in ("answered late", "corrected"))
"""What was said is brought up to date whatever the definition lists."""
TO_HOLDER = ("holder",)
OF_A_MISS = ("breach", "reminder")
PRESSING = ("escalation", "reminder")
"""What asks somebody to act on a miss that was told already."""
REOPENED_AFTER = DAY
"""A miss that was taken back longer ago and comes again is told in a new message."""


@dataclass(frozen=True, slots=True)
class Said:
    """What was announced of a cycle: the kinds of notices (with sequence) that went out about it, and when the last did.

    A miss that was told may be taken back (``corrected``), and told again: each such turn has the next sequence.
    """

    kinds: frozenset[tuple[str, int]]
    last_at: int = NEVER

    def breach_told(self) -> bool:
        """Whether somebody was told that it was missed."""
        return any(kind in ("breach", "escalation", "reminder") for kind, _ in self.kinds)

    def turns(self) -> int:
        """How often the verdict that was told has turned since the miss was first told; odd: it was taken back."""
        later = {(kind.removesuffix(": reply"), sequence) for kind, sequence in self.kinds}
        return len({sequence for kind, sequence in later if kind == "corrected" or (kind == "breach" and sequence > 0)})


@dataclass(frozen=True, slots=True)
class Due:
    """One alert that has come due for one cycle, before it is put into words."""

    row: int
    kind: NoticeKind
    sequence: int
    instant: int
    to: tuple[str, ...]
    update: bool


def notices(
    judgement: Judgement, definitions: DefinitionSet, routing: Routing, go_live: int, said: Mapping[str, Said], *, lag: int = 0
) -> Iterator[Notice]:
    """Every notice that is due by ``as_of`` and not older than ``go_live`` or 30 days, whether or not it was said.

    A warning is due only while the cycle is pending, a breach only while nobody answered, its escalations and reminders
    only while the lead is there besides, "answered late" or "corrected" only for cycles of which a breach was told
    (``said``, by cycle id), and "cleared" once a cycle is over that somebody was warned of. ``lag`` is how late the
    sources' own data may be (microseconds): so much longer a breach waits, since the answer may be on its way.
    """
    since = max(go_live, judgement.as_of - MAX_AGE)
    for judged in judgement.per_lead:
        due = [*_due(judgement.facts, judged, definitions, since, said, lag), *_cleared(judged, said, since)]
        brought = brought_by_imports(judgement.facts, judged, definitions, [each.row for each in due])
        for each in due:
            yield replace(_in_full(judgement, judged, definitions, routing, each), bulk=brought.get(each.row))


def alerts_of(judged: Judged, version: int, definitions: DefinitionSet) -> tuple[Alert, ...]:
    """A version's alerts: its own, a shared route's, or the default: the holder at each warning, holder and team at breach."""
    definition = judged.versions[version]
    listed = definitions.routes[definition.alerts] if isinstance(definition.alerts, str) else definition.alerts
    chosen = DEFAULT_ALERTS if listed is None else tuple(listed)
    always = tuple(alert for alert in ALWAYS if alert.at.event not in {each.at.event for each in chosen})
    return chosen + always + tuple(recall for alert in chosen for recall in recalls_of(alert))


def _due(facts: Facts, judged: Judged, definitions: DefinitionSet, since: int, said: Mapping[str, Said], lag: int) -> Iterator[Due]:
    recent = _candidates(judged, definitions, since, said)
    for version, definition in enumerate(judged.versions):
        mine = recent[judged.obligations.version[recent] == version]
        if not len(mine):
            continue
        alerts = alerts_of(judged, version, definitions)
        if definition.alerts is None:
            yield from _default_warnings(facts, judged, mine, since)
        for sequence, alert in enumerate(alerts):
            instants = instants_of(facts, judged, alert.at, mine)
            ripe = facts.as_of - (lag if alert.at.event in OF_A_MISS else 0)
            lately = instants >= since
            if alert.at.event == "answered late":  # an old miss is not brought up to date; a wrong one is taken back at any age
                lately = judged.obligations.due[mine] >= facts.as_of - MAX_AGE
            told = (instants != NEVER) & (instants <= ripe) & _applies(judged, alert, mine, lately, said)
            if kind_of(alert.at) in PRESSING and told.any():
                told &= instants < taken_out_at(facts, judged, mine)
            for row, instant in zip(mine[told].tolist(), instants[told].tolist(), strict=True):
                yield _in_turn(Due(row, kind_of(alert.at), sequence, instant, alert.to, alert.update), judged, said, facts.as_of)


def _cleared(judged: Judged, said: Mapping[str, Said], since: int) -> Iterator[Due]:
    """Cycles that somebody was warned of and that are open no more: the warning is brought up to date, once for each state."""
    warned = [cycle for cycle, each in said.items() if any(kind == "warning" for kind, _ in each.kinds)]
    if not warned:
        return
    over = (judged.state != PENDING) & (judged.decided_at >= since) & np.isin(judged.cycle_id.all().astype(str), warned)
    for row in np.flatnonzero(over).tolist():
        state = int(judged.state[row])
        told = said[str(judged.cycle_id[row])].kinds
        if ("cleared", state) not in told or any(kind.startswith(ASKING) for kind, _ in told):  # who was asked is told more later
            yield Due(row, "cleared", state, int(judged.decided_at[row]), (), update=True)


def taken_out_at(facts: Facts, judged: Judged, rows: Rows) -> Instants:
    """When the leads of some cycles were deleted for good, or taken out as their definitions say; FOREVER while they are there.

    Past due that changes no verdict, but nobody can do anything about it any more.
    """
    found = np.full(len(rows), FOREVER)
    for version, definition in enumerate(judged.versions):
        mine = np.flatnonzero(judged.obligations.version[rows] == version)
        patterns = definition.cancelled_by if isinstance(definition, Deadline) else definition.ended_by
        out = next_in(np.flatnonzero(taking_out(facts, patterns)), judged.obligations.start_row[rows[mine]], facts)
        found[mine] = np.append(facts.at, FOREVER)[out]  # NONE is the last
    return found


def kind_of(moment: AlertMoment) -> NoticeKind:
    """What a notice of that moment is called."""
    return "escalation" if moment.event == "breach" and moment.after else moment.event


def _in_turn(due: Due, judged: Judged, said: Mapping[str, Said], as_of: int) -> Due:
    """With the sequence that makes it one notice: of an alert its place, of a turn of the verdict which turn it is.

    A miss that was taken back and turns out to be one after all edits the first message; after a day it is a new one.
    """
    if due.kind in ("warning", "escalation", "reminder"):
        return due
    told = said.get(str(judged.cycle_id[due.row]))
    turns = told.turns() if told else 0
    if due.kind != "breach" or told is None or not turns % 2:
        return replace(due, sequence=turns if due.kind == "corrected" else 0)
    if as_of - told.last_at > REOPENED_AFTER:
        return replace(due, sequence=turns)
    return replace(due, kind="corrected", sequence=turns, to=(), update=True)


def _candidates(judged: Judged, definitions: DefinitionSet, since: int, said: Mapping[str, Said]) -> Rows:
    """Cycles that may have something to say: open ones, those missed lately, and those already spoken of.

    Nobody hears of a cycle that was past due already when its version was put on it: nobody could have kept that promise.
    """
    each = judged.obligations
    lately = (judged.state == BREACHED) & (each.due >= since)
    spoken = np.isin(judged.cycle_id.all().astype(str), list(said)) if said else np.zeros(len(each), bool)
    at_once = (judged.state == BREACHED) & (each.due < put_on_at(judged.promised, judged.versions, definitions, judged.activations))
    return np.flatnonzero(((judged.state == PENDING) | lately | spoken) & ~at_once)


def _default_warnings(facts: Facts, judged: Judged, mine: Instants, since: int) -> Iterator[Due]:
    warnings = judged.obligations.warnings[mine]
    told = (warnings != NEVER) & (warnings <= facts.as_of) & (warnings >= since) & (judged.state[mine] == PENDING)[:, None]
    for index, column in zip(*np.nonzero(told), strict=True):
        yield Due(int(mine[index]), "warning", 100 + int(column), int(warnings[index, column]), TO_HOLDER, update=False)


def instants_of(facts: Facts, judged: Judged, moment: AlertMoment, rows: Instants) -> Instants:
    """When an alert's moment comes for each cycle; NEVER while the clock stands or when it does not come."""
    each = judged.obligations
    if moment.event == "answered late":
        return judged.answered_at[rows]
    if moment.event == "corrected":
        return np.where(judged.decided_at[rows] == NEVER, facts.as_of, judged.decided_at[rows])
    if moment.event == "breach" and moment.after is None:
        return each.due[rows]
    found = np.full(len(rows), NEVER)
    for key in {(int(c), int(t)) for c, t in zip(each.calendar[rows], each.target[rows], strict=True)}:
        members = np.flatnonzero((each.calendar[rows] == key[0]) & (each.target[rows] == key[1]) & (each.due[rows] != NEVER))
        calendar, length, chosen = judged.calendars[key[0]], judged.promised.lengths[key[1]], rows[members]
        if moment.after is not None:
            found[members] = calendar.advance_by(each.due[chosen], moment.after)
        elif moment.before is not None:
            found[members] = before(moment.before, calendar, each.due[chosen], each.start[chosen])
        elif moment.share is not None:
            none = Pauses(each.lead[:0], each.start[:0], each.start[:0])  # due has moved by the pauses already
            span = Span(each.lead[chosen], each.start[chosen], np.full(len(chosen), FOREVER))
            found[members] = share_of(moment.share, length, calendar, span, none, each.due[chosen])
    return found


def _applies(judged: Judged, alert: Alert, rows: Rows, lately: Mask, said: Mapping[str, Said]) -> Mask:
    """For which cycles an alert has something to say once its moment has come (``lately``: it came not too long ago)."""
    state, answered = judged.state[rows], judged.answered_at[rows]
    spoken = [said.get(key) for key in judged.cycle_id[rows].tolist()]
    told = np.array([each is not None and each.breach_told() for each in spoken], bool)
    taken_back = np.array([each is not None and each.turns() % 2 == 1 for each in spoken], bool)
    match alert.at.event:
        case "warning":
            applies: Mask = lately & (state == PENDING)
        case "breach" if alert.at.after is None:
            applies = lately & (state == BREACHED) & ((answered == NEVER) | told)
        case "breach" | "reminder":
            applies = lately & (state == BREACHED) & (answered == NEVER)
        case "answered late":
            applies = lately & told & (state == BREACHED)
        case _:
            applies = told & ~taken_back & (state != BREACHED) & (state != PENDING)
    return applies


def _in_full(judgement: Judgement, judged: Judged, definitions: DefinitionSet, routing: Routing, due: Due) -> Notice:
    """One notice with all that its message shows."""
    facts, row = judgement.facts, due.row
    code = int(judged.holder_at_due[row]) if judged.state[row] == BREACHED else int(judged.holder[row])
    holder = facts.people.person(code)
    can_act = code >= 0 and not bool(facts.people.unavailable(np.array([code]), np.array([facts.as_of]))[0])
    next_at, next_step = _next_step(judgement, judged, definitions, due)
    split = clock_split(facts, judged, row)
    return replace(
        _of_cycle(facts, judged, definitions, due),
        holder=holder.id,
        holder_name=holder.name or holder.id,
        team=holder.team,
        elapsed_s=split.elapsed_s,
        late_by_s=split.late_by_s,
        routing_s=split.routing_s,
        held=split.held,
        closed_s=split.closed_s,
        next_step=next_step,
        next_at=next_at,
        recipients=routing.recipients(due.to, holder, holder.team, facts.people, can_act=can_act),
    )


def _of_cycle(facts: Facts, judged: Judged, definitions: DefinitionSet, due: Due) -> Notice:
    """What a notice says of the cycle itself and of its lead; not yet whose it is, nor where the time went."""
    each, row = judged.obligations, due.row
    lead = int(each.lead[row])
    definition = judged.versions[int(each.version[row])]
    return Notice(
        cycle_id=str(judged.cycle_id[row]),
        kind=due.kind,
        sequence=due.sequence,
        instant=due.instant,
        sla=judged.sla,
        version=definition.version,
        title=definition.title,
        timezone=definitions.calendar_of(definition).timezone,
        state=str(STATES[judged.state[row]]),
        lead=str(facts.leads[lead]),
        lead_name=facts.latest(lead, "name"),
        company=facts.latest(lead, "company"),
        link=facts.latest(lead, "link"),
        intent=intent(facts, int(each.start_row[row])),
        value=facts.latest(lead, "value"),
        target=target(judged, row),
        started_at=int(each.start[row]),
        due_at=int(each.due[row]),
        answered_at=int(judged.answered_at[row]),
        cause=judged.cause.at(row),
        touches=touches(facts, lead),
        updates_only=due.update,
    )


def _next_step(judgement: Judgement, judged: Judged, definitions: DefinitionSet, due: Due) -> tuple[int, str]:
    """The next alert of the cycle that has not come: when, and who hears it."""
    row = np.array([due.row])
    alerts = alerts_of(judged, int(judged.obligations.version[due.row]), definitions)
    coming = []
    for alert in alerts:
        if alert.at.event in ("warning", "breach") and alert.to:
            instant = int(instants_of(judgement.facts, judged, alert.at, row)[0])
            if instant > judgement.as_of:
                coming.append((instant, " and ".join(alert.to)))
    return min(coming, default=(NEVER, ""))

"""What is due to be said by now about cycles: warnings, breaches, escalations, and what became of what was said."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from slamon.core.alert_terms import Alert, AlertMoment
from slamon.core.alerts import BuyerTouch, Notice, NoticeKind
from slamon.core.clocks import Pauses, before, share_of
from slamon.core.definitions import DefinitionSet
from slamon.core.facts import Facts, Kind
from slamon.core.instants import DAY, FOREVER, NEVER, SECOND, Instants
from slamon.core.people import Person
from slamon.core.routing import Routing
from slamon.core.verdicts import BREACHED, PENDING, STATES, Judged, Judgement, event_words

MAX_AGE = 30 * DAY
"""Nothing older is said one by one."""

FRESH = 3 * DAY
"""What the buyer did longer before the start does not say why the lead is here now."""

DEFAULT_ALERTS = (Alert.model_validate({"at": "breach", "to": ["holder", "team channel"]}),)
ALWAYS = tuple(Alert.model_validate({"at": event, "to": [], "update": True}) for event in ("answered late", "corrected"))
"""What was said is brought up to date whatever the definition lists."""
TO_HOLDER = ("holder",)


@dataclass(frozen=True, slots=True)
class Said:
    """What was announced of a cycle: the kinds of notices (with sequence) that went out about it."""

    kinds: frozenset[tuple[str, int]]

    def breach_told(self) -> bool:
        """Whether somebody was told that it was missed."""
        return any(kind in ("breach", "escalation") for kind, _ in self.kinds)


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

    A warning is due only while the cycle is pending, a breach and its escalations only while nobody answered, and
    "answered late" or "corrected" only for cycles of which a breach was told (``said``, by cycle id). ``lag`` is how late
    the sources' own data may be (microseconds): so much longer a breach waits, since the answer may be on its way.
    """
    since = max(go_live, judgement.as_of - MAX_AGE)
    for judged in judgement.per_lead:
        for each in _due(judgement.facts, judged, definitions, since, said, lag):
            yield _in_full(judgement, judged, definitions, routing, each)


def alerts_of(judged: Judged, version: int, definitions: DefinitionSet) -> tuple[Alert, ...]:
    """A version's alerts: its own, a shared route's, or the default: the holder at each warning, holder and team at breach."""
    definition = judged.versions[version]
    listed = definitions.routes[definition.alerts] if isinstance(definition.alerts, str) else definition.alerts
    chosen = DEFAULT_ALERTS if listed is None else tuple(listed)
    return chosen + tuple(alert for alert in ALWAYS if alert.at.event not in {each.at.event for each in chosen})


def _due(facts: Facts, judged: Judged, definitions: DefinitionSet, since: int, said: Mapping[str, Said], lag: int) -> Iterator[Due]:
    recent = _candidates(judged, since, said)
    for version, definition in enumerate(judged.versions):
        mine = recent[judged.obligations.version[recent] == version]
        if not len(mine):
            continue
        alerts = alerts_of(judged, version, definitions)
        if definition.alerts is None:
            yield from _default_warnings(facts, judged, mine, since)
        for sequence, alert in enumerate(alerts):
            instants = _instants(facts, judged, alert.at, mine)
            told = _applies(facts, judged, alert, mine, instants, since, said, lag)
            for row, instant in zip(mine[told].tolist(), instants[told].tolist(), strict=True):
                kind: NoticeKind = "escalation" if alert.at.after else alert.at.event
                yield Due(row, kind, sequence if kind in ("warning", "escalation") else 0, instant, alert.to, alert.update)


def _candidates(judged: Judged, since: int, said: Mapping[str, Said]) -> np.ndarray:  # type: ignore[type-arg]
    """Cycles that may have something to say: open ones, those missed lately, and those already spoken of."""
    each = judged.obligations
    lately = (judged.state == BREACHED) & (each.due >= since)
    spoken = np.isin(judged.cycle_id.astype(str), list(said)) if said else np.zeros(len(each), bool)
    return np.flatnonzero((judged.state == PENDING) | lately | spoken)


def _default_warnings(facts: Facts, judged: Judged, mine: Instants, since: int) -> Iterator[Due]:
    warnings = judged.obligations.warnings[mine]
    told = (warnings != NEVER) & (warnings <= facts.as_of) & (warnings >= since) & (judged.state[mine] == PENDING)[:, None]
    for index, column in zip(*np.nonzero(told), strict=True):
        yield Due(int(mine[index]), "warning", 100 + int(column), int(warnings[index, column]), TO_HOLDER, update=False)


def _instants(facts: Facts, judged: Judged, moment: AlertMoment, rows: Instants) -> Instants:
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
            found[members] = share_of(moment.share, length, calendar, each.lead[chosen], each.start[chosen], none, each.due[chosen])
    return found


def _applies(
    facts: Facts, judged: Judged, alert: Alert, rows: Instants, instants: Instants, since: int, said: Mapping[str, Said], lag: int
) -> np.ndarray:  # type: ignore[type-arg]
    state, answered = judged.state[rows], judged.answered_at[rows]
    come = (instants != NEVER) & (instants <= facts.as_of)
    told = np.array([said[key].breach_told() if key in said else False for key in judged.cycle_id[rows].tolist()], bool)
    match alert.at.event:
        case "warning":
            return come & (instants >= since) & (state == PENDING)
        case "breach":
            ripe = come & (instants <= facts.as_of - lag)
            return ripe & (instants >= since) & (state == BREACHED) & ((answered == NEVER) | told)
        case "answered late":
            return come & (state == BREACHED) & told
    return come & (state != BREACHED) & (state != PENDING) & told


def _in_full(judgement: Judgement, judged: Judged, definitions: DefinitionSet, routing: Routing, due: Due) -> Notice:
    """One notice with all that its message shows."""
    facts, each, row = judgement.facts, judged.obligations, due.row
    lead = int(each.lead[row])
    definition = judged.versions[int(each.version[row])]
    code = int(judged.holder_at_due[row]) if judged.state[row] == BREACHED else int(judged.holder[row])
    holder = facts.people.person(code)
    can_act = code >= 0 and not bool(facts.people.unavailable(np.array([code]), np.array([facts.as_of]))[0])
    next_at, next_step = _next_step(judgement, judged, definitions, due)
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
        **_lead_texts(facts, lead),
        holder=holder.id,
        holder_name=holder.name or holder.id,
        team=holder.team,
        intent=_intent(facts, int(each.start_row[row])),
        target=_target(judged, row),
        started_at=int(each.start[row]),
        due_at=int(each.due[row]),
        answered_at=int(judged.answered_at[row]),
        **_clock_split(facts, judged, row),
        cause=str(judged.cause[row]),
        next_step=next_step,
        next_at=next_at,
        recipients=routing.recipients(due.to, holder, holder.team, facts.people, can_act=can_act),
        touches=_touches(facts, lead),
        updates_only=due.update,
    )


def _lead_texts(facts: Facts, lead: int) -> dict[str, str]:
    names = {"lead_name": "name", "company": "company", "link": "link", "value": "value"}
    return {key: facts.latest(lead, attribute) for key, attribute in names.items()}


def _intent(facts: Facts, start_row: int) -> str:
    """Why this lead: what the buyer did shortly before the start, else the start itself, and how warm it is."""
    since = facts.rows_from(facts.lead[[start_row]], facts.at[[start_row]] - FRESH)[0]
    rows = np.arange(since, start_row + 1)
    touches = rows[facts.kind[rows] == Kind.TOUCH]
    stage = facts.name.at(start_row).upper() if facts.kind[start_row] == Kind.STAGE else event_words(facts, start_row)
    raised = facts.name.at(int(touches[-1])).replace("_", " ") if len(touches) else stage
    intent = facts.attributes["intent"].at(start_row) if "intent" in facts.attributes else ""
    return f"{raised}, {intent} intent" if intent else raised


def _target(judged: Judged, row: int) -> str:
    definition = judged.versions[int(judged.obligations.version[row])]
    if definition.kind == "cadence":
        made = int(judged.obligations.attempts[row])
        return f"attempt {min(made + 1, definition.attempts)} of {definition.attempts}"
    return judged.promised.lengths[int(judged.obligations.target[row])].in_words()


def _clock_split(facts: Facts, judged: Judged, row: int) -> dict[str, int | None]:
    """Where the time went, in whole seconds of the SLA's own clock: routing, owner, closed hours, past due."""
    each = judged.obligations
    clock = judged.clock(row)
    until = facts.as_of if judged.answered_at[row] == NEVER else int(judged.answered_at[row])
    until = max(until, int(each.start[row]))
    due, assigned = int(each.due[row]), int(each.assigned[row])
    moments = np.array([each.start[row], until, due if due != NEVER else until, assigned if assigned != NEVER else until], np.int64)
    began, ended, at_due, at_assigned = clock.run(np.minimum(moments, FOREVER // 2)).tolist()
    elapsed = ended - began
    split: dict[str, int | None] = {
        "elapsed_s": elapsed // SECOND,
        "late_by_s": (ended - at_due) // SECOND if due != NEVER and until > due else None,
        "closed_s": (until - int(each.start[row]) - elapsed) // SECOND,
        "routing_s": None,
        "owner_s": None,
    }
    if facts.tells_ownership:
        routing = max(min(at_assigned, ended) - began, 0)
        split |= {"routing_s": routing // SECOND, "owner_s": (elapsed - routing) // SECOND}
    return split


def _next_step(judgement: Judgement, judged: Judged, definitions: DefinitionSet, due: Due) -> tuple[int, str]:
    """The next alert of the cycle that has not come: when, and who hears it."""
    row = np.array([due.row])
    alerts = alerts_of(judged, int(judged.obligations.version[due.row]), definitions)
    coming = []
    for alert in alerts:
        if alert.at.event in ("warning", "breach") and alert.to:
            instant = int(_instants(judgement.facts, judged, alert.at, row)[0])
            if instant > judgement.as_of:
                coming.append((instant, " and ".join(alert.to)))
    return min(coming, default=(NEVER, ""))


def _touches(facts: Facts, lead: int) -> tuple[BuyerTouch, ...]:
    rows = np.arange(facts.first[lead], facts.first[lead + 1])
    latest = rows[facts.kind[rows] == Kind.TOUCH][-3:][::-1]
    return tuple(BuyerTouch(int(facts.at[row]), facts.name.at(row), facts.value.at(row)) for row in latest.tolist())


def quota_notices(judgement: Judgement, definitions: DefinitionSet, routing: Routing, go_live: int) -> Iterator[Notice]:
    """Quotas that are at risk or missed, and ratios that are missed, by ``sla/period/group``; nothing from before go-live."""
    since = max(go_live, judgement.as_of - MAX_AGE)
    for row in judgement.attained:
        definition = next(each for each in definitions.versions()[row.sla] if each.version == row.version)
        kind: NoticeKind | None = None
        if row.state == "breached" and row.decided_at >= since:
            kind, instant, event = "breach", row.decided_at, "breach"
        elif row.state == "pending" and row.at_risk_since >= since:
            kind, instant, event = "warning", row.at_risk_since, "warning"
        if kind is None:
            continue
        to = _quota_roles(definition.alerts, definitions, event)
        people = judgement.facts.people
        yield Notice(
            cycle_id=f"{row.sla}/{row.period}/{row.group}",
            kind=kind,
            sequence=0,
            instant=instant,
            sla=row.sla,
            version=row.version,
            title=definition.title,
            timezone=definitions.calendar_of(definition).timezone,
            state=row.state,
            lead="",
            lead_name=row.group,
            company="",
            link="",
            holder="",
            holder_name=definition.accountable,
            team="",
            intent=_standing(row.net if row.net is not None else row.share, row.expected_to_date, row.target, row.probability),
            value="",
            target=f"{row.target:g} in {row.period}" if row.cohort is None else f"{(row.target or 0) * 100:g} % in {row.period}",
            started_at=row.starts_at,
            due_at=row.decided_at,
            answered_at=NEVER,
            elapsed_s=None,
            late_by_s=None,
            routing_s=None,
            owner_s=None,
            closed_s=None,
            cause="",
            next_step="",
            next_at=NEVER,
            recipients=routing.recipients(to, Person(""), "", people, can_act=False),
        )


def _quota_roles(alerts: object, definitions: DefinitionSet, event: str) -> tuple[str, ...]:
    chosen = definitions.routes[alerts] if isinstance(alerts, str) else alerts
    if chosen is None:
        return ("team channel",)
    return tuple(role for alert in chosen if alert.at.event == event for role in alert.to)  # type: ignore[attr-defined]


def _standing(actual: float | None, expected: float | None, target: float | None, probability: float | None) -> str:
    words = f"{actual:g} so far" if actual is not None else "nothing so far"
    if expected is not None and target is not None and expected < target:
        words += f", {expected:.0f} expected by now"
    return words if probability is None else f"{words}, P(target) {probability:.0%}"

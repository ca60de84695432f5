"""Who would hear what of some leads, when and why, if nobody answered: every alert's moment with its recipients, unsent."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from slamon.core.alerts import NoticeKind, Recipient
from slamon.core.alerts.notices import TO_HOLDER, alerts_of, instants_of, kind_of
from slamon.core.alerts.routing import Routing
from slamon.core.definitions import DefinitionSet
from slamon.core.definitions.alert_terms import Alert
from slamon.core.verdicts import BREACHED, PENDING, STATES, Judged, Judgement
from slamon.core.working_time.instants import NEVER

DEFAULT_WARNING = 100
"""Warnings that no alert lists are numbered from here."""


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """One notice of an open cycle to one recipient, at its moment (microseconds UTC)."""

    cycle_id: str
    sla: str
    lead: str
    kind: NoticeKind
    sequence: int
    instant: int
    at: str
    """The moment as the definition says it: ``80%``, ``breach + 4wh``."""
    role: str
    """The role that the definition names, which may have led to somebody else."""
    recipient: Recipient
    state: str = "pending"
    holder: str = ""
    holder_name: str = ""
    team: str = ""


@dataclass(frozen=True, slots=True)
class _Cycle:
    """One open cycle: its row among the obligations, and all that says who hears of it."""

    judgement: Judgement
    judged: Judged
    routing: Routing
    row: int


def rehearse(judgement: Judgement, definitions: DefinitionSet, routing: Routing) -> Iterator[Rehearsed]:
    """Every notice of the open cycles of these facts' leads, in order of cycles and instants, by who holds them now."""
    for judged in judgement.per_lead:
        unanswered = (judged.state == BREACHED) & (judged.answered_at == NEVER)
        for row in np.flatnonzero((judged.state == PENDING) | unanswered).tolist():
            cycle = _Cycle(judgement, judged, routing, row)
            found = [each for one in _alerts(judgement, judged, definitions, row) for each in _to_each(cycle, *one)]
            yield from sorted(found, key=lambda each: (each.instant, each.sequence, each.recipient.address))


def _alerts(judgement: Judgement, judged: Judged, definitions: DefinitionSet, row: int) -> Iterator[tuple[Alert, int, int]]:
    """Each alert of a cycle with its sequence and instant; what is not to come has none."""
    version = int(judged.obligations.version[row])
    if judged.versions[version].alerts is None:
        for column, instant in enumerate(judged.obligations.warnings[row].tolist()):
            if instant != NEVER:
                share = Alert.model_validate({"at": "80%", "to": TO_HOLDER})
                yield share, DEFAULT_WARNING + column, instant
    for sequence, alert in enumerate(alerts_of(judged, version, definitions)):
        if alert.at.event in ("warning", "breach", "reminder") and alert.to:
            instant = int(instants_of(judgement.facts, judged, alert.at, np.array([row]))[0])
            if instant != NEVER:
                yield alert, sequence, instant


def _to_each(cycle: _Cycle, alert: Alert, sequence: int, instant: int) -> Iterator[Rehearsed]:
    judgement, judged, row = cycle.judgement, cycle.judged, cycle.row
    people = judgement.facts.people
    code = int(judged.holder_at_due[row]) if judged.state[row] == BREACHED else int(judged.holder[row])
    holder = people.person(code)
    can_act = code >= 0 and not bool(people.unavailable(np.array([code]), np.array([judgement.as_of]))[0])
    kind = kind_of(alert.at)
    for role in alert.to:
        for recipient in cycle.routing.recipients((role,), holder, holder.team, people, can_act=can_act):
            yield Rehearsed(
                cycle_id=str(judged.cycle_id[row]),
                sla=judged.sla,
                lead=str(judgement.facts.leads[int(judged.obligations.lead[row])]),
                kind=kind,
                sequence=sequence if kind in ("warning", "escalation", "reminder") else 0,
                instant=instant,
                at="warning" if sequence >= DEFAULT_WARNING else str(alert.at),
                role=role,
                recipient=recipient,
                state=str(STATES[judged.state[row]]),
                holder=holder.id,
                holder_name=holder.name or holder.id,
                team=holder.team,
            )

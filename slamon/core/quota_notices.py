"""What is due to be said by now about quotas and ratios: at risk, missed."""

from collections.abc import Iterator, Sequence
from typing import Literal

from slamon.core.alert_terms import Alert
from slamon.core.alerts import MAX_AGE, Notice, NoticeKind, Recipient
from slamon.core.definitions import DefinitionSet, Promise
from slamon.core.kinds.attainment import Attained
from slamon.core.people import Person
from slamon.core.routing import Routing
from slamon.core.verdicts import Judgement


def quota_notices(judgement: Judgement, definitions: DefinitionSet, routing: Routing, go_live: int) -> Iterator[Notice]:
    """Quotas that are at risk or missed, and ratios that are missed, by ``sla/period/group``; nothing from before go-live."""
    since = max(go_live, judgement.as_of - MAX_AGE)
    for row in judgement.attained:
        definition = next(each for each in definitions.versions()[row.sla] if each.version == row.version)
        kind: Literal["warning", "breach"]
        if row.state == "breached" and row.decided_at >= since:
            kind, instant = "breach", row.decided_at
        elif row.state == "pending" and row.at_risk_since >= since:
            kind, instant = "warning", row.at_risk_since
        else:
            continue
        to = _roles(definition.alerts, definitions, kind)
        recipients = routing.recipients(to, Person(""), "", judgement.facts.people, can_act=False)
        yield _of_period(row, definition, definitions.calendar_of(definition).timezone, kind, instant, recipients)


def _of_period(
    row: Attained, definition: Promise, timezone: str, kind: NoticeKind, instant: int, recipients: tuple[Recipient, ...]
) -> Notice:
    return Notice(
        cycle_id=f"{row.sla}/{row.period}/{row.group}",
        kind=kind,
        sequence=0,
        instant=instant,
        sla=row.sla,
        version=row.version,
        title=definition.title,
        timezone=timezone,
        state=row.state,
        lead="",
        lead_name=row.group,
        holder_name=definition.accountable,
        intent=_standing(row.net if row.net is not None else row.share, row.expected_to_date, row.target, row.probability),
        target=f"{row.target:g} in {row.period}" if row.cohort is None else f"{(row.target or 0) * 100:g} % in {row.period}",
        started_at=row.starts_at,
        due_at=row.decided_at,
        recipients=recipients,
    )


def _roles(alerts: str | Sequence[Alert] | None, definitions: DefinitionSet, event: str) -> tuple[str, ...]:
    chosen = definitions.routes[alerts] if isinstance(alerts, str) else alerts
    if chosen is None:
        return ("team channel",)
    return tuple(role for alert in chosen if alert.at.event == event for role in alert.to)


def _standing(actual: float | None, expected: float | None, target: float | None, probability: float | None) -> str:
    words = f"{actual:g} so far" if actual is not None else "nothing so far"
    if expected is not None and target is not None and expected < target:
        words += f", {expected:.0f} expected by now"
    return words if probability is None else f"{words}, P(target) {probability:.0%}"

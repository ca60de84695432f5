"""What is due to be said by now about periods: quotas at risk or missed, ratios missed, error budgets that burn too fast."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from slamon.core.alerts import MAX_AGE, Notice, NoticeKind, Recipient
from slamon.core.alerts.routing import Routing
from slamon.core.definitions import DefinitionSet, Promise, Ratio
from slamon.core.definitions.alert_terms import Alert
from slamon.core.definitions.pattern_terms import filter_in_words, tells_origin
from slamon.core.facts.people import People, Person
from slamon.core.kinds.attainment import Attained
from slamon.core.scorecards.burn import FAST, SLOW, Burn, Counted, burnt, counted_in
from slamon.core.verdicts import Judgement
from slamon.core.working_time.instants import NEVER
from slamon.core.working_time.periods import period_containing

TEAM = ("team channel",)
PERSONAL = ("holder", "manager")
"""A budget is nobody's own."""


def quota_notices(judgement: Judgement, definitions: DefinitionSet, routing: Routing, go_live: int) -> Iterator[Notice]:
    """Quotas at risk or missed, ratios missed, and budgets burnt too fast, by ``sla/period/group``; nothing from before go-live."""
    people, as_of = judgement.facts.people, judgement.as_of
    for judged in judgement.per_lead:
        yield from budget_notices(judged.versions[-1], counted_in(judged), definitions, routing, people, as_of, go_live)
    yield from period_notices(judgement.attained, definitions, routing, people, as_of, go_live)


def period_notices(
    attained: Iterable[Attained], definitions: DefinitionSet, routing: Routing, people: People, as_of: int, go_live: int
) -> Iterator[Notice]:
    """Quotas at risk or missed and ratios missed, as of an instant."""
    since = max(go_live, as_of - MAX_AGE)
    for row in attained:
        definition = next(each for each in definitions.versions()[row.sla] if each.version == row.version)
        kind: Literal["warning", "breach"]
        if row.state == "breached" and row.decided_at >= since:
            kind, instant = "breach", row.decided_at
        elif row.state == "pending" and row.at_risk_since >= since:
            kind, instant = "warning", row.at_risk_since
        else:
            continue
        to = _roles(definition.alerts, definitions, kind)
        recipients = routing.recipients(to, Person(""), "", people, can_act=False)
        yield _of_period(row, definition, definitions.calendar_of(definition).timezone, kind, instant, recipients)


def budget_notices(
    definition: Promise, cycles: Counted, definitions: DefinitionSet, routing: Routing, people: People, as_of: int, go_live: int
) -> Iterator[Notice]:
    """The fast burn and the slow one of the running period's budget; a slow one that the fast one has outrun says nothing new.

    ``definition`` is the SLA's last version, ``cycles`` are those of all leads.
    """
    if definition.objective is None:
        return
    since, calendar = max(go_live, as_of - MAX_AGE), definitions.calendar_of(definition)
    period = period_containing(as_of, definition.objective.per, calendar.timezone)
    burn = burnt(cycles, definition.objective.compliance, calendar, period, as_of)
    roles = tuple(role for role in _roles(definition.alerts, definitions, "breach") if role not in PERSONAL) or TEAM
    to = routing.recipients(roles, Person(""), "", people, can_act=False)
    if burn.fast_since >= since:
        yield _of_burn(definition, burn, calendar.timezone, "fast", burn.fast_since, to)
    if burn.slow_since >= since and (burn.fast_since == NEVER or burn.slow_since < burn.fast_since):
        yield _of_burn(definition, burn, calendar.timezone, "slow", burn.slow_since, to)


def _of_burn(definition: Promise, burn: Burn, timezone: str, pace: str, instant: int, recipients: tuple[Recipient, ...]) -> Notice:
    span = f"{FAST[0]} working day" if pace == "fast" else f"{SLOW[0]} working days"
    return Notice(
        cycle_id=f"{definition.sla}/{burn.period.label}/{pace} burn",
        kind="warning",
        sequence=0,
        instant=instant,
        sla=definition.sla,
        version=definition.version,
        title=definition.title,
        timezone=timezone,
        state="pending",
        lead="",
        intent=f"{burn.breaches} past target of a budget of {_leads(burn.budget)}: too many within {span}",
        target=f"{burn.objective * 100:g} % in {burn.period.label}",
        started_at=burn.period.starts_at,
        due_at=burn.period.ends_at,
        recipients=recipients,
    )


def _leads(budget: float) -> str:
    if budget <= 0:
        return "none"
    return "less than one lead" if budget < 1 else f"{budget:.0f}"


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
        intent=_share(row, definition) if isinstance(definition, Ratio) else _standing(row),
        target=f"{row.target:g} in {row.period}" if row.cohort is None else f"{(row.target or 0) * 100:g} % in {row.period}",
        started_at=row.starts_at,
        due_at=row.decided_at,
        recipients=recipients,
    )


def _roles(alerts: str | Sequence[Alert] | None, definitions: DefinitionSet, event: str) -> tuple[str, ...]:
    chosen = definitions.routes[alerts] if isinstance(alerts, str) else alerts
    if chosen is None:
        return TEAM
    return tuple(role for alert in chosen if alert.at.event == event for role in alert.to)


def _share(row: Attained, definition: Ratio) -> str:
    """``sourced 38.2 % of 1,240,000 (source: webinar)``, ``38.2 % of 140``; with more decimals where two would read as kept."""
    share, target = (row.share or 0.0) * 100, (row.target or 0.0) * 100
    told = round(share, 2)
    reads_as_kept = told >= target if definition.at_least is not None else told <= target
    told = round(share, 4) if reads_as_kept else told
    figure = f"{told:g} % of {row.cohort or 0:,.0f}"
    if definition.where is None:
        return figure
    return f"{'sourced ' if tells_origin(definition.where) else ''}{figure} ({filter_in_words(definition.where)})"


def _standing(row: Attained) -> str:
    words = f"{row.net:g} so far" if row.net is not None else "nothing so far"
    if row.expected_to_date is not None and row.target is not None and row.expected_to_date < row.target:
        words += f", {row.expected_to_date:.0f} expected by now"
    return words if row.probability is None else f"{words}, P(target) {row.probability:.0%}"

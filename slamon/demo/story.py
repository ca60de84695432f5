"""How ``slamon demo`` ends: what was found in four lines, where to look, and the next command for one's own data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from slamon.core.scorecards import Attainment, Compliance
from slamon.core.verdicts import BREACHED, PENDING, Judgement
from slamon.core.working_time.instants import NEVER

NEXT = "init my-workspace"
_CAUSES = {"owner": "the owner was late", "routing": "routing was late", "coverage": "the owner was away", "data late": "logged late"}


@dataclass(frozen=True, slots=True)
class Found:
    """What the demo counted, as of its end."""

    reps: int
    leads: int
    events: int
    promises: Sequence[Compliance]
    """Last week's, one a promise made for each lead."""
    causes: Sequence[tuple[str, int]]
    """Why last week's were missed: (cause, how many)."""
    at_risk: int
    past_due: int
    """Leads, as :func:`open_now` counts them."""
    alerts: int
    """Messages written, by all channels."""
    quotas: Sequence[Attainment]
    """This month's, in total and by group."""


def ending(found: Found, files: Mapping[str, Path], command: str = "slamon") -> list[str]:
    """The demo's last lines: four that say what was found, one for each file to look at, the next command as it can be typed."""
    looks = [f"  {what:<{max(map(len, files), default=0)}}  {path}" for what, path in files.items()]
    return [
        _facts(found),
        _last_week(found),
        _now(found),
        _marketing(found),
        "",
        "Look at:",
        *looks,
        "",
        f"Your own data next: {command} {NEXT}",
    ]


def _facts(found: Found) -> str:
    return f"A made-up company: {found.events:,} events of {found.leads:,} leads, worked by {found.reps} reps."


def _last_week(found: Found) -> str:
    met, due = sum(promise.met for promise in found.promises), sum(promise.n for promise in found.promises)
    if not due:
        return "Sales' promises: none fell due last week."
    causes = ", ".join(f"{count} as {_CAUSES.get(cause, cause)}" for cause, count in found.causes if count)
    why = f"; missed: {causes}" if causes else ""
    return f"Sales' promises: {met:,} of the {due:,} that fell due last week were kept ({met / due:.0%}){why}."


def _now(found: Found) -> str:
    return (
        f"Right now: {found.at_risk:,} leads at risk, {found.past_due:,} past target and not answered; {found.alerts:,} messages written."
    )


def _marketing(found: Found) -> str:
    """The quotas that lead and lag most, of the groups with a target (else of the totals)."""
    judged = [quota for quota in found.quotas if quota.target and quota.p50 is not None]
    judged = [quota for quota in judged if quota.group] or judged
    if not judged:
        return "Marketing's promises: no quota is open this month."
    ordered = sorted(judged, key=lambda quota: (quota.p50 or 0) / (quota.target or 1))
    chosen = [ordered[0], ordered[-1]] if len(ordered) > 1 else ordered
    return f"Marketing's promises in {chosen[0].period}: {', '.join(map(_landing, chosen))}."


def _landing(quota: Attainment) -> str:
    return f"{f'{quota.sla} {quota.group}'.strip()} will land near {quota.p50 or 0:,.0f} of {quota.target or 0:,.0f}"


def open_now(judgement: Judgement, go_live: int) -> tuple[int, int]:
    """How many leads are past a warning and not yet due, and how many are past due since ``go_live`` and not answered."""
    at_risk, past_due = set[int](), set[int]()
    for judged in judgement.per_lead:
        each = judged.obligations
        warned = ((each.warnings != NEVER) & (each.warnings <= judgement.as_of)).any(axis=1)
        at_risk |= set(each.lead[(judged.state == PENDING) & warned & (each.due != NEVER)].tolist())
        past_due |= set(each.lead[(judged.state == BREACHED) & (each.due >= go_live) & (judged.answered_at == NEVER)].tolist())
    return len(at_risk), len(past_due)

"""Who would hear what of one lead, when and why: the rehearsal of the core beside what was said, waits or was suppressed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Engine

from slamon.core.alerts import MAX_AGE, Notice
from slamon.core.alerts.rehearsal import Rehearsed, rehearse
from slamon.core.definitions import DefinitionSet
from slamon.core.telling import UNREAD, Silence, Withheld
from slamon.core.telling.pace import after_quiet_hours
from slamon.core.telling.silences import silenced_by
from slamon.core.working_time.instants import NEVER
from slamon.jobs.announcing.audience import Announcements
from slamon.jobs.explain import Telling, judged_alone
from slamon.store.database import reading
from slamon.store.facts.holds import Hold, load_holds
from slamon.store.outbox import Told, told_of
from slamon.store.outbox.silences import standing_silences
from slamon.store.outbox.withheld import withheld_of
from slamon.store.verdicts import first_synced


@dataclass(frozen=True, slots=True)
class Route:
    """One notice to one recipient and what becomes of it: ``said``, ``waiting``, ``suppressed``, ``held``, ``due`` or ``to come``."""

    rehearsed: Rehearsed
    status: str
    at: int
    """When it was said, or will be at the earliest; when it came due, for what is held (microseconds UTC)."""
    why: str


def routes_of(
    engine: Engine,
    definitions: DefinitionSet,
    announcements: Announcements,
    lead: str,
    as_of: int,
    sla: str | None = None,
    telling: Telling | None = None,
) -> list[Route]:
    """What would be said of a lead's open cycles if nobody answered, without saying it; empty when none is open."""
    one = judged_alone(engine, definitions, lead, as_of, sla, telling)
    found = list(rehearse(one.judgement, one.definitions, announcements.routing))
    cycles = sorted({each.cycle_id for each in found})
    with reading(engine) as connection:
        went_live = first_synced(connection) if announcements.go_live is None else announcements.go_live
        announcements = replace(announcements, go_live=went_live)
        told = {(each.cycle_id, each.kind, each.sequence, each.destination): each for each in told_of(connection, cycles)}
        held = {row.key: row for row in withheld_of(connection, cycles)}
        silences = standing_silences(connection, as_of)
        holds = load_holds(connection)
    routes = [_route(each, told, held, silences, announcements, as_of) for each in found]
    return [_unless_held(each, holds, as_of) for each in routes]


Key = tuple[str, str, int, str]


def _route(
    each: Rehearsed,
    told: dict[Key, Told],
    held: dict[Key, Withheld],
    silences: tuple[Silence, ...],
    announcements: Announcements,
    as_of: int,
) -> Route:
    key = (each.cycle_id, each.kind, each.sequence, each.recipient.address)
    said, row = told.get(key), held.get(key)
    if said is not None:
        return Route(each, "said" if said.state == "sent" else f"queued, {said.state}", said.at, _waited_for(row))
    if row is not None and row.state == "waiting":
        return Route(each, "waiting", row.until, row.reason)
    if row is not None and row.state == "suppressed":
        return Route(each, "suppressed", row.until, row.reason)
    at = max(each.instant, as_of)
    past = _past(each, announcements, as_of)
    if past:
        return Route(each, "not said", each.instant, past)
    silence = silenced_by(silences, _as_notice(each), each.recipient, at)
    at = silence.until if silence else at
    quiet = after_quiet_hours(at, announcements.manners, each.recipient.zone)
    why = "; ".join(filter(None, (silence.in_words() if silence else "", "it is quiet hours for them" if quiet > at else "")))
    return Route(each, "due" if each.instant <= as_of else "to come", quiet, why)


def _waited_for(row: Withheld | None) -> str:
    """Why something was said later than it came due; that the CRM was read first is how it always is."""
    return "" if row is None or row.rule == UNREAD else f"it had waited: {row.reason}"


def _unless_held(route: Route, holds: Sequence[Hold], as_of: int) -> Route:
    """What is due and waits for a source that cannot be relied on; whether it is said at all, that source will tell."""
    each = route.rehearsed
    waits = [hold for hold in holds if each.sla in hold.slas and (hold.until is None or hold.until < each.instant <= as_of)]
    if not waits or route.status not in ("due", "not said") or each.instant > as_of:
        return route
    reasons = "; ".join(hold.reason for hold in waits)  # each names its source
    return Route(each, "held", each.instant, f"verdicts wait: {reasons}")


def _past(each: Rehearsed, announcements: Announcements, as_of: int) -> str:
    """Why a moment that has passed is not said any more; empty when it is, or is to come."""
    if each.instant > as_of:
        return ""
    if each.kind == "warning" and each.state == "breached":
        return "its target has passed: the miss is told instead"
    if announcements.go_live is not None and each.instant < announcements.go_live:
        return "it was due before going live"
    return "it is older than 30 days" if each.instant < as_of - MAX_AGE else ""


def _as_notice(each: Rehearsed) -> Notice:
    """As much of a notice as a silence looks at."""
    return Notice(
        cycle_id=each.cycle_id,
        kind=each.kind,
        sequence=each.sequence,
        instant=each.instant,
        sla=each.sla,
        version="",
        title="",
        timezone="UTC",
        state="",
        lead=each.lead,
        holder=each.holder,
        holder_name=each.holder_name,
        team=each.team,
        started_at=NEVER,
        due_at=NEVER,
    )

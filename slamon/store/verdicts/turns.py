"""What changed when a verdict last turned: people's rulings, the lead's facts, the definitions."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, and_, or_, select

from slamon.core.alerts.corrections import Ruled, Turn
from slamon.core.working_time.instants import iso
from slamon.store.schema import checks, event_history, events, rulings, transitions, verdicts
from slamon.store.verdicts.judged_terms import reworded_between


@dataclass(frozen=True, slots=True)
class Turned:
    """A cycle whose verdict is another one than was told."""

    cycle_id: str
    sla: str
    version: str
    lead: str
    state: str


def turns_of(connection: Connection, turned: Iterable[Turned]) -> dict[str, Turn]:
    """What changed between the two checks of each cycle's last recorded change; none for cycles without one."""
    found = ((each.cycle_id, _turn(connection, each)) for each in turned)
    return {cycle: turn for cycle, turn in found if turn is not None}


def _turn(connection: Connection, each: Turned) -> Turn | None:
    mine = select(transitions).where(transitions.c.cycle_id == each.cycle_id).order_by(transitions.c.id.desc()).limit(1)
    last = connection.execute(mine).first()
    if last is None or last.from_state is None:
        return None
    now = connection.execute(select(checks).where(checks.c.id == last.check_id)).first()
    before = connection.execute(select(checks).where(checks.c.id < last.check_id).order_by(checks.c.id.desc()).limit(1)).first()
    since, until = before.as_of if before else 0, last.known_at
    verdict = connection.execute(select(verdicts).where(verdicts.c.cycle_id == each.cycle_id)).first()
    lately = (rulings.c.at > since) & (rulings.c.at <= until)
    kinds = _changed(connection, each.lead, since, until)
    reworded = reworded_between(connection, each.sla, before.finished_at, now.finished_at) if now and before else None
    return Turn(
        excused=_ruled(connection, "excuse", each.cycle_id) if each.state == "excused" else None,
        accepted=_ruled(connection, "accept", verdict.answer_event, lately) if verdict and verdict.answer_event else None,
        put_on=_ruled(connection, "activate", f"{each.sla} {each.version}", lately),
        reworded=Ruled(reworded.by, reworded.reason) if reworded else None,
        reworded_on=iso(reworded.at)[:10] if reworded else "",
        version=each.version,
        merged="merged" in kinds,
        gone=connection.execute(select(events.c.id).where(events.c.lead == each.lead).limit(1)).first() is None,
        facts=bool(kinds),
        terms=bool(now and before and now.definitions_hash != before.definitions_hash),
        what=verdict.reason or "" if verdict and each.state == "cancelled" else "",
    )


def _ruled(connection: Connection, kind: str, subject: str, *where: Any) -> Ruled | None:
    asked = select(rulings.c.by, rulings.c.reason).where(rulings.c.kind == kind, rulings.c.subject == subject, *where)
    row = connection.execute(asked).first()
    return Ruled(*row) if row else None


def _changed(connection: Connection, lead: str, since: int, until: int) -> set[str]:
    """The kinds of events of a lead, or of one merged into it, that were first seen or superseded in ``(since, until]``."""
    present = and_(_of(events, lead), events.c.seen_at > since, events.c.seen_at <= until)
    past = event_history.c
    anew = or_(and_(past.seen_at > since, past.seen_at <= until), and_(past.superseded_at > since, past.superseded_at <= until))
    rows = [
        *connection.execute(select(events.c.kind).where(present).distinct()),
        *connection.execute(select(past.kind).where(_of(event_history, lead), anew).distinct()),
    ]
    return {row[0] for row in rows}


def _of(table: Table, lead: str) -> Any:
    return or_(table.c.lead == lead, and_(table.c.kind == "merged", table.c.value == lead))

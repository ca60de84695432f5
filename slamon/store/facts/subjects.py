"""What a ruling may be about: a cycle by its id or by its lead, an event by its id."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from slamon.store.schema import events, verdicts


@dataclass(frozen=True, slots=True)
class MissedCycle:
    """A cycle as people name it, and how it stands."""

    cycle_id: str
    lead: str
    sla: str
    state: str


def cycles_named(connection: Connection, name: str) -> list[MissedCycle]:
    """The cycle of that id, else the missed cycles of the lead of that id, newest due first."""
    kept = verdicts.c
    named = (kept.cycle_id == name) | ((kept.lead == name) & (kept.state == "breached"))
    asked = select(kept.cycle_id, kept.lead, kept.sla, kept.state).where(named).order_by(kept.due_at.desc(), kept.cycle_id)
    return [MissedCycle(*row) for row in connection.execute(asked)]


def event_named(connection: Connection, event: str) -> tuple[str, str] | None:
    """The lead of an event, and what happened; None when there is none of that id."""
    row = connection.execute(select(events.c.lead, events.c.name, events.c.kind).where(events.c.id == event)).first()
    return (row[0], row[1] or row[2]) if row else None

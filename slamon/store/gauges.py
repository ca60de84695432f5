"""The figures by which a service is watched, read at once in one snapshot: no names, no addresses, only ids and counts."""

import json
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, func, select

from slamon.core.working_time.instants import HOUR
from slamon.store.database import reading
from slamon.store.facts.freshness import SourceRead, refused_rows, sources_read
from slamon.store.facts.holds import Hold, load_holds
from slamon.store.heartbeats import Heartbeat, load_heartbeats
from slamon.store.schema import deliveries, verdicts, withheld
from slamon.store.tallies import Tally, load_tallies
from slamon.store.verdicts import CheckRun, last_check
from slamon.store.verdicts.judged_terms import load_judged_terms
from slamon.store.verdicts.set_aside import load_set_aside

WAITING = ("pending", "dispatching", "unsure", "dead")


@dataclass(frozen=True, slots=True)
class Depth:
    """How many deliveries of a channel are in a state, and when the oldest of them was queued (microseconds UTC)."""

    state: str
    channel: str
    count: int
    oldest_at: int


@dataclass(frozen=True, slots=True)
class Gauges:
    """Everything that is measured from the store."""

    beats: dict[str, Heartbeat]
    check: CheckRun | None
    open_cycles: dict[str, int]
    """By SLA."""
    due_soon: dict[str, int]
    """Open cycles that are due within the next hour, by SLA."""
    outbox: list[Depth]
    tallies: list[Tally]
    sources: dict[str, SourceRead]
    withheld: dict[tuple[str, str], int]
    """Notices that were not said when they came due, by state (waiting, suppressed, released) and rule."""
    holds: list[Hold]
    refused: dict[tuple[str, str], int]
    """Rows that could not be read, by source and table."""
    set_aside: int
    """Leads and promises that could not be judged."""


def load_gauges(engine: Engine, now: int) -> Gauges:
    """The figures as they are now; sent and dropped deliveries are in the tallies, not in the outbox's depth."""
    beats = load_heartbeats(engine)
    with reading(engine) as connection:
        return Gauges(
            beats=beats,
            check=last_check(connection),
            open_cycles=_open(connection),
            due_soon=_due_soon(connection, now),
            outbox=_depths(connection),
            tallies=load_tallies(connection),
            sources=sources_read(connection),
            withheld=_withheld(connection),
            holds=load_holds(connection),
            refused=refused_rows(connection),
            set_aside=len(load_set_aside(connection)),
        )


def _none_of(connection: Connection) -> dict[str, int]:
    """Nothing, for each promise that has cycles: a figure that is not there cannot be told from one that was not measured."""
    judged = load_judged_terms(connection).values()
    return {each.sla: 0 for each in judged if each.text and json.loads(each.text)["kind"] in ("deadline", "cadence")}


def _open(connection: Connection) -> dict[str, int]:
    asked = select(verdicts.c.sla, func.count()).where(verdicts.c.state == "pending").group_by(verdicts.c.sla)
    return _none_of(connection) | {row[0]: row[1] for row in connection.execute(asked)}


def _due_soon(connection: Connection, now: int) -> dict[str, int]:
    soon = verdicts.c.due_at.between(now, now + HOUR) & (verdicts.c.state == "pending")
    asked = select(verdicts.c.sla, func.count()).where(soon).group_by(verdicts.c.sla)
    return _none_of(connection) | {row[0]: row[1] for row in connection.execute(asked)}


def _depths(connection: Connection) -> list[Depth]:
    columns = (deliveries.c.state, deliveries.c.channel)
    asked = select(*columns, func.count(), func.min(deliveries.c.created_at)).where(deliveries.c.state.in_(WAITING))
    return [Depth(*row) for row in connection.execute(asked.group_by(*columns).order_by(*columns))]


def _withheld(connection: Connection) -> dict[tuple[str, str], int]:
    columns = (withheld.c.state, withheld.c.rule)
    return {(row[0], row[1]): row[2] for row in connection.execute(select(*columns, func.count()).group_by(*columns))}

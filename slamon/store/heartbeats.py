"""Whether each job is alive: when it last ended, and when it last ended well."""

from dataclasses import dataclass

from sqlalchemy import Connection, Engine, select

from slamon.store.database import reading
from slamon.store.schema import heartbeats


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """How a job last ended; instants are microseconds UTC."""

    job: str
    at: int
    ok: bool
    succeeded_at: int | None
    detail: str
    took: int | None
    """How long its last run was, in microseconds; None where that says nothing."""


def beat(connection: Connection, job: str, at: int, *, ok: bool, detail: str = "", took: int | None = None) -> None:
    """Record how a job ended; its last good ending is kept when this one was not."""
    before = connection.execute(select(heartbeats.c.succeeded_at).where(heartbeats.c.job == job)).scalar()
    connection.execute(heartbeats.delete().where(heartbeats.c.job == job))
    values = {"job": job, "at": at, "ok": ok, "succeeded_at": at if ok else before, "detail": detail, "took": took}
    connection.execute(heartbeats.insert().values(**values))


def not_well(connection: Connection, beginning: str) -> list[tuple[str, str]]:
    """Of the jobs whose names begin so, those whose last run did not end well: (job, detail)."""
    named = heartbeats.c.job.startswith(beginning, autoescape=True) & heartbeats.c.ok.is_(False)
    rows = connection.execute(select(heartbeats.c.job, heartbeats.c.detail).where(named).order_by(heartbeats.c.job))
    return [(row[0], row[1]) for row in rows]


def load_heartbeats(engine: Engine) -> dict[str, Heartbeat]:
    """The last ending of every job that ever ended, by job."""
    with reading(engine) as connection:
        rows = connection.execute(select(heartbeats)).all()
    return {row.job: Heartbeat(row.job, row.at, row.ok, row.succeeded_at, row.detail, row.took) for row in rows}

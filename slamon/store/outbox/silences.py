"""Silences kept: who asked not to be told what, until when and why; each is in the audit table too."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, func, select

from slamon.core.telling import Silence
from slamon.core.working_time.instants import iso
from slamon.store.schema import audit, silences, verdicts, withheld


@dataclass(frozen=True, slots=True)
class KeptSilence:
    """A silence, who ended it before its time (None: nobody), and how much it has withheld so far."""

    silence: Silence
    ended_by: str | None
    withheld: int


def standing_silences(connection: Connection, as_of: int) -> tuple[Silence, ...]:
    """Those that have not ended at an instant, oldest first."""
    names = [silences.c[name] for name in Silence.__slots__]
    return tuple(Silence(*row) for row in connection.execute(select(*names).where(silences.c.until > as_of).order_by(silences.c.id)))


def kept_silences(connection: Connection) -> list[KeptSilence]:
    """Every silence there ever was, newest first."""
    names = [silences.c[name] for name in Silence.__slots__]
    rows = connection.execute(select(*names, silences.c.ended_by).order_by(silences.c.id.desc())).all()
    return [KeptSilence(Silence(*row[:-1]), row[-1], _withheld_by(connection, row[0])) for row in rows]


def add_silence(connection: Connection, asked: Silence) -> int:
    """Keep a silence (its id is given here) with its audit row; returns the id."""
    values = {name: getattr(asked, name) for name in Silence.__slots__ if name != "id"}
    number = int(connection.execute(silences.insert().values(**values).returning(silences.c.id)).scalar_one())
    _audit(connection, asked.since, asked.by, "silence", f"{asked.scope} {asked.value} until {iso(asked.until)}", asked.reason)
    return number


def end_silence(connection: Connection, number: int, by: str, reason: str, now: int) -> bool:
    """End a silence before its time: what waited for its end may be said at once. False when none of that number stands."""
    stands = (silences.c.id == number) & (silences.c.until > now)
    if connection.execute(silences.update().where(stands).values(until=now, ended_by=by)).rowcount == 0:
        return False
    waits = (withheld.c.state == "waiting") & _is_withheld_by(number)
    connection.execute(withheld.update().where(waits).values(until=now))
    _audit(connection, now, by, "end silence", f"silence {number}", reason)
    return True


def recent_misses(connection: Connection, since: int) -> list[dict[str, str]]:
    """Sla, lead, person and team of each cycle that was missed since an instant (microseconds UTC)."""
    kept = verdicts.c
    names = {"sla": kept.sla, "lead": kept.lead, "person": kept.charged_to, "team": kept.team}
    rows = connection.execute(select(*names.values()).where((kept.state == "breached") & (kept.due_at >= since)))
    return [dict(zip(names, (value or "" for value in row), strict=True)) for row in rows]


def _withheld_by(connection: Connection, number: int) -> int:
    return int(connection.execute(select(func.count()).select_from(withheld).where(_is_withheld_by(number))).scalar_one())


def _is_withheld_by(number: int) -> ColumnElement[bool]:
    return (withheld.c.rule == "silence") & withheld.c.reason.startswith(f"silence {number} by ")


def _audit(connection: Connection, at: int, by: str, action: str, subject: str, reason: str) -> None:
    connection.execute(audit.insert().values(at=at, by=by, action=action, subject=subject, reason=reason))

"""Who works the leads and when they are away, as a source says it now; what it said before is replaced."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, delete, select, update

from slamon.core.working_time.instants import FOREVER
from slamon.store.schema import absences, audit, people

IMPORTED = "imported"
"""The leave list that people import by hand: no source has that name alone, for theirs hold a table's name too."""


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person as a source knows her; ``away`` says that she is away now, until it says otherwise."""

    id: str
    name: str | None = None
    email: str | None = None
    team: str | None = None
    manager: str | None = None
    active: bool = True
    calendar: str | None = None
    automated: bool = False
    away: bool = False


@dataclass(frozen=True, slots=True)
class AbsenceRow:
    """A person's absence ``[since, until)``, microseconds UTC, as one table of a source lists it."""

    table: str
    person: str
    since: int
    until: int


def replace_crew(connection: Connection, source: str, persons: Sequence[PersonRow], absent: Iterable[AbsenceRow], now: int) -> None:
    """Replace what a source said of people and absences, in the caller's transaction.

    An absence that is only told by a person's ``away`` begins when it is first told, ends when it no longer is, and is
    kept from then on: verdicts about that time rest on it.
    """
    connection.execute(delete(people).where(people.c.source == source))
    rows = [{key: value for key, value in asdict(person).items() if key != "away"} | {"source": source} for person in persons]
    if rows:
        connection.execute(people.insert(), rows)
    told = _told_by_flags(source)
    connection.execute(delete(absences).where(absences.c.source.startswith(f"{source}/", autoescape=True), absences.c.source != told))
    listed = {(row.table, row.person, row.since): row.until for row in absent}
    if listed:
        connection.execute(
            absences.insert(),
            [
                {"source": f"{source}/{table}", "person": person, "since": since, "until": until}
                for (table, person, since), until in listed.items()
            ],
        )
    _follow_flags(connection, told, {person.id for person in persons if person.away}, now)


def _told_by_flags(source: str) -> str:
    """The list of absences that no table lists; tables' names hold no star."""
    return f"{source}/*"


def _follow_flags(connection: Connection, told: str, away: set[str], now: int) -> None:
    still_open = (absences.c.source == told) & (absences.c.until == FOREVER)
    open_for = set(connection.execute(select(absences.c.person).where(still_open)).scalars())
    back = open_for - away
    if back:
        ended = still_open & absences.c.person.in_(back)
        connection.execute(delete(absences).where(ended, absences.c.since >= now))
        connection.execute(update(absences).where(ended).values(until=now))
    begun = [{"source": told, "person": person, "since": now, "until": FOREVER} for person in sorted(away - open_for)]
    if begun:
        connection.execute(absences.insert(), begun)


def imported_leave(connection: Connection) -> dict[tuple[str, int], int]:
    """The absences that were imported by hand: (person, since) and until, microseconds UTC."""
    asked = select(absences.c.person, absences.c.since, absences.c.until).where(absences.c.source == IMPORTED)
    return {(row[0], row[1]): row[2] for row in connection.execute(asked)}


def known_people(connection: Connection) -> dict[str, str]:
    """The id of each person, by id and by mail address, both in small letters."""
    rows = connection.execute(select(people.c.id, people.c.email)).all()
    return {row[1].casefold(): row[0] for row in rows if row[1]} | {row[0].casefold(): row[0] for row in rows}


def replace_leave(connection: Connection, listed: Mapping[tuple[str, int], int], by: str, reason: str, now: int) -> None:
    """Make these the absences that were imported by hand, with who did it in the audit table; nothing where they are already."""
    if imported_leave(connection) == dict(listed):
        return
    connection.execute(delete(absences).where(absences.c.source == IMPORTED))
    rows = [{"source": IMPORTED, "person": person, "since": since, "until": until} for (person, since), until in listed.items()]
    if rows:
        connection.execute(absences.insert(), rows)
    connection.execute(audit.insert().values(at=now, by=by, action="import leave", subject=IMPORTED, reason=reason))

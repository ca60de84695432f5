"""Who works the leads and when they are away, as a source says it now; what it said before is replaced."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, delete, select, update

from slamon.core.instants import FOREVER
from slamon.store.schema import absences, people


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

"""A leave list from a file: every row that cannot be used is named with its line and mend, and then nothing is taken."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from slamon.core.working_time.instants import to_micros
from slamon.store.database import writing
from slamon.store.facts.crew import IMPORTED, imported_leave, known_people, replace_leave

COLUMNS = ("person", "from", "to")
MOST_FINDINGS = 20
LONGEST_FILE = 10_000_000


class LeaveError(Exception):
    """A leave list that cannot be used; ``findings`` name the file, the line and the mend."""

    def __init__(self, findings: Sequence[str]) -> None:
        super().__init__(findings[0])
        self.findings = tuple(findings)


@dataclass(frozen=True, slots=True)
class LeaveImported:
    """What an import changed: how many absences, and persons whom the people table does not know."""

    added: int
    changed: int
    withdrawn: int
    same: int
    unknown: tuple[str, ...]


def import_leave(engine: Engine, file: Path, zone: str, by: str, now: int, *, replaces: bool) -> LeaveImported:
    """Take a leave list in one transaction; dates are days of ``zone``, and a last day away counts. ``LeaveError`` with all problems.

    An absence of the same person and beginning takes the place of the one before, so the same file twice changes nothing.
    ``replaces`` forgets what earlier imports said and this one does not.
    """
    told = _read(file, zone)
    with writing(engine) as connection:
        persons = known_people(connection)
        told = {(persons.get(person.casefold(), person), since): until for (person, since), until in told.items()}
        before = imported_leave(connection)
        after = told if replaces else {**before, **told}
        replace_leave(connection, after, by or IMPORTED, f"{len(told)} absences of {file.name}", now)
    return LeaveImported(
        added=len(after.keys() - before.keys()),
        changed=sum(1 for key in after.keys() & before.keys() if after[key] != before[key]),
        withdrawn=len(before.keys() - after.keys()),
        same=sum(1 for key in told.keys() & before.keys() if told[key] == before[key]),
        unknown=tuple(sorted({person for person, _ in told} - set(persons.values()))),
    )


def _read(file: Path, zone: str) -> dict[tuple[str, int], int]:
    """(person, since) and until of each row."""
    if file.stat().st_size > LONGEST_FILE:
        raise LeaveError([f"{file}: larger than {LONGEST_FILE // 1_000_000} MB is no leave list; split it"])
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise LeaveError([f"{file}: byte {error.start} is not UTF-8; save it as UTF-8"]) from None
    rows = csv.DictReader(text.splitlines())
    missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
    if missing:
        raise LeaveError([f"{file}:1: no column {', '.join(missing)}; write the first line as: person,from,to"])
    return _absences(file, rows, zone)


def _absences(file: Path, rows: "csv.DictReader[str]", zone: str) -> dict[tuple[str, int], int]:
    found: dict[tuple[str, int], int] = {}
    findings: list[str] = []
    for row in rows:
        try:
            person, since, until = _absence(row, zone)
        except ValueError as error:
            findings.append(f"{file}:{rows.line_num}: {error}")
        else:
            found[person, since] = max(until, found.get((person, since), until))
    if findings:
        more = [f"and {len(findings) - MOST_FINDINGS} more"] if len(findings) > MOST_FINDINGS else []
        raise LeaveError([*findings[:MOST_FINDINGS], *more])
    return found


def _absence(row: Mapping[str, str | None], zone: str) -> tuple[str, int, int]:
    person = (row["person"] or "").strip()
    if not person:
        raise ValueError("no person; write the person's id or mail address")
    since, until = _instant(row["from"], "from", zone), _instant(row["to"], "to", zone, ends=True)
    if until <= since:
        raise ValueError(f"to {row['to']} is before from {row['from']}; the last day away comes after the first, or is the same")
    return person, since, until


def _instant(value: str | None, column: str, zone: str, *, ends: bool = False) -> int:
    """A date (midnight; as an end, that of the day after: the last day away counts) or an instant with an offset."""
    text = (value or "").strip()
    mend = "write a date such as 2026-12-24, or an instant such as 2026-12-24T12:00+01:00"
    if not text:
        raise ValueError(f"{column} is empty; {mend}")
    try:
        if len(text) == len("2026-12-24"):
            day = date.fromisoformat(text) + timedelta(days=1 if ends else 0)
            return to_micros(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)))
        at = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise ValueError(f"{column} {text[:40]!r} is no date; {mend}") from None
    if at.tzinfo is None:
        raise ValueError(f"{column} {text[:40]!r} has no offset; {mend}")
    return to_micros(at)

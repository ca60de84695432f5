"""Reads a workspace of tabular sources: settings, definitions, rows to events (the first matching rule wins).

Choices where the rules are silent: a row that no rule matches says nothing, not even attributes; an empty cell says nothing of an
attribute; the new owner is in the column that the mapping calls ``owner``, else in ``actor``; two equal rows are one event. Parts of what a rule says
may be taken from a column (``{activity: {column: type}}``; ``to`` of an attribute, ``into`` of a merge).
"""

import csv
import gzip
import hashlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ruamel.yaml import YAML

from tests.oracle.facts import Absence, Event, Person
from tests.oracle.filters import is_any_of, is_empty
from tests.oracle.history import DAWN, FOREVER
from tests.oracle.judge import Settings
from tests.oracle.zones import instant_of

KINDS = ("stage", "activity", "touch", "owner", "attribute", "merged", "deleted", "restored")


@dataclass(frozen=True)
class Workspace:
    """What a folder says."""

    definitions: list[dict[str, Any]]
    calendars: dict[str, Any]
    events: list[Event]
    people: list[Person]
    absences: list[Absence]
    settings: Settings


def _documents(path: Path) -> list[dict[str, Any]]:
    return [document for document in YAML(typ="safe", pure=True).load_all(path) if document]


def rows_of(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a CSV or TSV file, gzip or not."""
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8-sig")
    yield from csv.DictReader(io.StringIO(text), delimiter="\t" if ".tsv" in path.name else ",")


def instant(text: str, zone: str | None) -> datetime:
    """An instant from a cell; one without an offset needs the zone of its column."""
    found = datetime.fromisoformat(text.strip())
    if found.tzinfo is not None:
        return found.astimezone(UTC)
    if zone is None:
        raise ValueError(f"{text} has no offset and its column no timezone")
    return instant_of(ZoneInfo(zone), found)


def _instant_in(row: Mapping[str, str], column: Any) -> datetime | None:
    if column is None:
        return None
    name, zone = (column["column"], column.get("timezone")) if isinstance(column, Mapping) else (column, None)
    return None if is_empty(row[name]) else instant(row[name], zone)


def _rule(row: Mapping[str, str], mapping: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What the first matching rule says the row is."""
    for rule in mapping["events"]:
        if all(is_any_of(row[column], wanted) for column, wanted in (rule.get("when") or {}).items()):
            said: Mapping[str, Any] = rule["is"]
            return said
    return None


def _cell(row: Mapping[str, str], column: str | None) -> str | None:
    return None if column is None or is_empty(row[column]) else row[column].strip()


def _said(row: Mapping[str, str], value: Any) -> Any:
    """What a rule says: written out, or taken from a column."""
    return _cell(row, value["column"]) if isinstance(value, Mapping) else value


def _is_true(value: Any) -> bool:
    return value is not None and str(value).strip().lower() in {"1", "true", "yes", "y"}


def _value(kind: str, said: Mapping[str, Any], row: Mapping[str, str], mapping: Mapping[str, Any]) -> Any:
    if kind == "owner":
        return _cell(row, mapping.get("owner", mapping.get("actor"))) if said["owner"] == "assigned" else None
    return _said(row, said.get("into" if kind == "merged" else "to"))


def event_of(row: Mapping[str, str], mapping: Mapping[str, Any], place: tuple[int, ...]) -> Event | None:
    """The event a row tells of; None when no rule matches."""
    said = _rule(row, mapping)
    at = _instant_in(row, mapping["at"])
    if said is None or at is None:
        return None
    kind = next(name for name in KINDS if name in said)
    stable = hashlib.sha256(repr((place[:-1], *row.items())).encode()).hexdigest()
    seconds = _said(row, said.get("seconds"))
    return Event(
        lead=row[mapping["lead"]].strip(),
        at=at,
        kind=kind,
        name=str(_said(row, said[kind])) if kind in {"stage", "activity", "touch", "attribute"} else "",
        value=_value(kind, said, row, mapping),
        id=_cell(row, mapping.get("id")) or stable,
        actor=_cell(row, mapping.get("actor")),
        direction=_said(row, said.get("direction")),
        automated=_is_true(_said(row, said.get("automated"))),
        seconds=float(seconds) if seconds else None,
        outcome=_said(row, said.get("outcome")),
        asset=_said(row, said.get("asset")),
        recorded_at=_instant_in(row, mapping.get("recorded_at")),
        place=place,
        attributes={name: row[column] for name, column in (mapping.get("attributes") or {}).items() if not is_empty(row[column])},
    )


def _people(path: Path, columns: Mapping[str, Any]) -> list[Person]:
    return [
        Person(
            row[columns["id"]].strip(),
            _cell(row, columns.get("team")),
            _cell(row, columns.get("calendar")),
            active="active" not in columns or _is_true(row[columns["active"]]),
        )
        for row in rows_of(path)
    ]


def _absences(path: Path, columns: Mapping[str, Any]) -> list[Absence]:
    found = []
    for row in rows_of(path):
        start, end = _instant_in(row, columns["from"]), _instant_in(row, columns["to"])
        found.append(Absence(row[columns["person"]].strip(), start or DAWN, end or FOREVER))
    return found


def _settings(found: Mapping[str, Any]) -> Settings:
    sources = (found.get("sources") or {}).values()
    teams = ((found.get("people") or {}).get("teams") or {}).items()
    return Settings(
        found.get("calendar"),
        found.get("timezone", "UTC"),
        tuple((name, team["calendar"]) for name, team in teams if "calendar" in team),
        tuple(str(actor) for source in sources for actor in source.get("automated_actors") or []),
        any(source.get("unknown_actor") == "ignore" for source in sources),
    )


def read_workspace(folder: Path) -> Workspace:
    """Everything a workspace of files says."""
    [found] = _documents(folder / "slamon.yaml")
    files = sorted((folder / found["definitions"]).glob("*.yaml"))
    definitions = [document for file in files for document in _documents(file)]
    calendars = {name: terms for document in definitions for name, terms in (document.get("calendars") or {}).items()}
    facts = Workspace(definitions, calendars, [], [], [], _settings(found))
    for s, source in enumerate((found.get("sources") or {}).values()):
        for t, mapping in enumerate(source.get("tables") or []):
            _read_table(folder / mapping["path"], mapping, (s, t), facts)
    return facts


def _read_table(path: Path, mapping: Mapping[str, Any], place: tuple[int, int], facts: Workspace) -> None:
    """A table of people, of absences, or of events; rows that no rule matches are left out."""
    if "people" in mapping:
        facts.people.extend(_people(path, mapping["people"]))
    elif "away" in mapping:
        facts.absences.extend(_absences(path, mapping["away"]))
    else:
        facts.events.extend(filter(None, (event_of(row, mapping, (*place, r)) for r, row in enumerate(rows_of(path)))))

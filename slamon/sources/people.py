"""Turns a chunk of raw rows into people or absences, as their table's mapping says."""

from typing import Any

import numpy as np

from slamon.core.working_time.instants import FOREVER, NEVER
from slamon.settings import AwayColumns, PeopleColumns
from slamon.sources.cells import objects, switches
from slamon.sources.mapping import refusals, unnamed
from slamon.sources.rows import Chunk, Refused
from slamon.sources.times import parse_instants

_TEXTS = ("name", "email", "team", "manager", "calendar")


def people_of(chunk: Chunk, columns: PeopleColumns) -> tuple[list[dict[str, Any]], list[Refused]]:
    """People as id, name, email, team, manager, calendar (text or None), active and away (bool); and the refused rows.

    Without a column or a value a person is active, and not away.
    """
    ids = objects(chunk.columns[columns.id])
    texts = {use: objects(chunk.columns[name]) for use in _TEXTS if (name := getattr(columns, use)) is not None}
    problems = unnamed(ids, columns.id, "the person's id")
    flags = {}
    for use, otherwise in (("active", True), ("away", False)):
        name = getattr(columns, use)
        told, wrong = switches(objects(chunk.columns[name]), name) if name else (np.full(len(chunk), None, object), {})
        flags[use] = [otherwise if each is None else each for each in told]
        problems |= wrong
    columns_of = {"id": ids, **texts, **flags}
    people = [
        dict(zip(columns_of, values, strict=True))
        for row, values in enumerate(zip(*columns_of.values(), strict=True))
        if row not in problems
    ]
    return people, [*chunk.refused, *refusals(chunk.columns, chunk.line, problems)]


def absences_of(chunk: Chunk, columns: AwayColumns) -> tuple[list[tuple[str, int, int]], list[Refused]]:
    """Absences as (person, since, until), microseconds UTC, half-open: ``to`` is the first instant back, FOREVER when empty."""
    person = objects(chunk.columns[columns.person])
    since, no_since = parse_instants(chunk.columns[columns.from_.column], columns.from_.column, columns.from_.timezone)
    until, no_until = parse_instants(chunk.columns[columns.to.column], columns.to.column, columns.to.timezone)
    until = np.where(until == NEVER, FOREVER, until)
    backwards = {
        int(row): f"{columns.to.column} is not after {columns.from_.column}; it is the first time back, so the day after a last day away"
        for row in np.flatnonzero((since != NEVER) & (until <= since))
    }
    empty = {int(row): f"{columns.from_.column} is empty" for row in np.flatnonzero(since == NEVER)}
    problems = backwards | empty | no_until | no_since | unnamed(person, columns.person, "the person")
    kept = [row for row in range(len(chunk)) if row not in problems]
    absences = [(str(person[row]), int(since[row]), int(until[row])) for row in kept]
    return absences, [*chunk.refused, *refusals(chunk.columns, chunk.line, problems)]

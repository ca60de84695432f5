"""Who and what the made-up funnel knows: people, places, assets and attributes, as the vocabularies of its columns."""

import json
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

NAMES = (
    *("form", "download", "webinar", "visit"),
    *("mql", "on_hold", "sal", "sql", "customer", "recycled", "disqualified"),
    *("call", "email", "meeting", "reply"),
    *("assigned", "unassigned"),
)
DIRECTIONS = ("outbound", "inbound")
OUTCOMES = ("connected", "no answer", "voicemail", "held")
SOURCES = ("crm", "mail")
ASSETS = tuple(f"/{kind}/{number:03d}" for kind in ("demo", "guide", "webinar", "pricing") for number in range(50))

COUNTRIES = ("DE", "AT", "CH", "US", "CA", "MX", "GB", "IE", "FR")
COUNTRY_SHARES = (0.22, 0.05, 0.05, 0.3, 0.06, 0.04, 0.18, 0.04, 0.06)
OFFICE_OF_COUNTRY = np.array([0, 0, 0, 1, 1, 1, 2, 2, 2])
OFFICES = ("berlin", "newyork", "london")
HOURS_FROM_UTC = np.array([1, -5, 0])
"""Roughly: people work by their own clock, and the generator need not know of summer time."""

OWNERS = 200
OWNERS_OF_OFFICE = np.array([[0, 70], [70, 140], [140, 200]])
MACHINES = ("routing", "sequencer", "integration", "queue-emea", "queue-americas")
PERSONS = (*(f"u{number:03d}" for number in range(1, OWNERS + 1)), *MACHINES)
ROUTING, SEQUENCER, INTEGRATION, QUEUE = (OWNERS + number for number in range(4))

SEGMENTS = ("enterprise", "mid-market", "smb", None)
SEGMENT_SHARES = (0.1, 0.3, 0.58, 0.02)
STEPS = 100
"""Distinct amounts of each segment."""
AMOUNT_STEP = np.array([2_000, 500, 100, 100])


def attributes_code(segment: npt.NDArray[Any], country: npt.NDArray[Any], step: npt.NDArray[Any]) -> npt.NDArray[np.int16]:
    """Index into :func:`attribute_texts` of a lead's segment, country and amount, each given by its own index."""
    return ((segment * len(COUNTRIES) + country) * STEPS + step).astype(np.int16)


def attribute_texts() -> list[str]:
    """Every combination of attributes as JSON with sorted keys: a few thousand distinct texts."""
    found = []
    for segment, unit in zip(SEGMENTS, AMOUNT_STEP.tolist(), strict=True):
        for country in COUNTRIES:
            for step in range(STEPS):
                told = {"amount": str(unit * (step + 1)), "country": country} | ({"segment": segment} if segment else {})
                found.append(json.dumps(told, sort_keys=True))
    return found


def people() -> pa.Table:
    """Two hundred owners in three teams, and the machines beside them."""
    teams = [team for team, (low, high) in zip(OFFICES, OWNERS_OF_OFFICE.tolist(), strict=True) for _ in range(low, high)]
    machines = [None] * len(MACHINES)
    return pa.table(
        {
            "id": pa.array(PERSONS, pa.string()),
            "name": pa.array([f"Person {number}" for number in range(1, OWNERS + 1)] + list(MACHINES), pa.string()),
            "email": pa.array([f"{person}@example.com" for person in PERSONS[:OWNERS]] + machines, pa.string()),
            "team": pa.array(teams + machines, pa.string()),
            "manager": pa.array([PERSONS[OWNERS_OF_OFFICE[OFFICES.index(team)][0]] for team in teams] + machines, pa.string()),
            "active": pa.array([number % 50 != 49 for number in range(OWNERS)] + [True] * len(MACHINES), pa.bool_()),
            "calendar": pa.array(teams + machines, pa.string()),
            "automated": pa.array([False] * OWNERS + [True] * len(MACHINES), pa.bool_()),
        }
    )


def absences(rng: np.random.Generator, begin: int, end: int) -> pa.Table:
    """Three absences of some days for each owner, in microseconds UTC, within ``[begin, end)`` in seconds."""
    since = np.sort(rng.integers(begin, end, (OWNERS, 3)), axis=1).ravel() // 86_400 * 86_400
    until = since + rng.integers(1, 11, OWNERS * 3) * 86_400
    person = np.repeat(np.array(PERSONS[:OWNERS], object), 3)
    return pa.table({"person": pa.array(person, pa.string()), "since": since * 1_000_000, "until": until * 1_000_000})

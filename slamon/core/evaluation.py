"""The core as one function of frames: what was promised, what happened, an instant; verdicts come back."""

from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import pandas as pd

from slamon.core.definitions import DefinitionSet
from slamon.core.facts.event_frames import build_facts
from slamon.core.verdicts import Judgement, Rulings, judge_all
from slamon.core.working_time.instants import NEVER, Instants, to_micros

REQUIRED = ("lead", "at", "kind")
TEXTS = ("source", "name", "value", "actor", "owner", "direction", "outcome", "attributes")


@dataclass(frozen=True, slots=True)
class FactFrames:
    """Facts as frames.

    ``events`` needs lead, at and kind; id, source, recorded_at, seen_at, name, value, actor, owner, direction,
    automated, seconds, outcome, attributes (JSON text) and position are filled in where they are missing (``seen_at``
    as ``recorded_at``, else ``at``; ``position`` as the rows come). Instants are aware datetimes, ``datetime64`` in UTC,
    or int64 microseconds. ``people`` has id, name, email, team, manager, calendar, active, automated; ``absences`` has
    person, since, until. ``provides`` are the attributes that exist also where no event tells them: a lead has no value
    of them then; one that is neither told nor provided cannot be asked for.
    """

    events: pd.DataFrame
    people: pd.DataFrame | None = None
    absences: pd.DataFrame | None = None
    rulings: Rulings = field(default_factory=Rulings)
    provides: frozenset[str] = frozenset()


def evaluate(definitions: DefinitionSet, facts: FactFrames | pd.DataFrame, as_of: datetime) -> Judgement:
    """Judge every definition on the facts as of an aware instant; touches nothing else.

    ``.verdicts()`` and ``.attainment()`` of the answer are frames. Raises ``ValueError`` when a column is missing, or
    ``as_of`` or an instant is naive.
    """
    frames = facts if isinstance(facts, FactFrames) else FactFrames(facts)
    built = build_facts(
        completed(frames.events),
        to_micros(as_of),
        people=frames.people,
        absences=frames.absences,
        accepted=frames.rulings.accepted,
        exit_stages=definitions.exit_stages(),
        provided=definitions.provided | frames.provides,
    )
    return judge_all(definitions, built, frames.rulings)


def completed(events: pd.DataFrame) -> pd.DataFrame:
    """An event frame with every column that the core reads, instants as int64 microseconds UTC."""
    missing = [name for name in REQUIRED if name not in events.columns]
    if missing:
        raise ValueError(f"events have no column {', '.join(missing)}; give at least {', '.join(REQUIRED)}")
    at = _micros(events["at"])
    recorded = _micros(events["recorded_at"]) if "recorded_at" in events else np.full(len(events), NEVER)
    seen = _micros(events["seen_at"]) if "seen_at" in events else np.where(recorded == NEVER, at, recorded)
    position = events["position"].to_numpy(np.int64) if "position" in events else np.arange(len(events))
    texts = {name: events[name] if name in events else pd.Series([None] * len(events), dtype=object) for name in TEXTS}
    columns = {
        "id": events["id"].astype(object) if "id" in events else [f"row {number}" for number in range(len(events))],
        "lead": events["lead"].astype(str).astype(object),
        "at": at,
        "recorded_at": recorded,
        "seen_at": seen,
        "kind": events["kind"].astype(str),
        "automated": events["automated"].to_numpy(bool) if "automated" in events else np.zeros(len(events), bool),
        "seconds": events["seconds"].to_numpy(np.int64) if "seconds" in events else np.full(len(events), -1),
        "position": position,
    }
    whole = columns | {name: column.astype(object).where(column.notna(), None).to_numpy() for name, column in texts.items()}
    return pd.DataFrame({name: column.to_numpy() if isinstance(column, pd.Series) else column for name, column in whole.items()})


def _micros(column: pd.Series) -> Instants:
    if pd.api.types.is_integer_dtype(column.dtype):
        return column.to_numpy(np.int64)
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        column = column.dt.tz_convert("UTC").dt.tz_localize(None)
    if pd.api.types.is_datetime64_dtype(column.dtype):
        return column.to_numpy("datetime64[us]").view(np.int64)
    return np.array([NEVER if pd.isna(value) else to_micros(value) for value in column], np.int64)

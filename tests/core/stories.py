"""Short histories in one line an event, so that a test reads as what happened and what follows."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pandas as pd
from pydantic import TypeAdapter

from slamon.core.definitions import Definition, DefinitionSet, Stage
from slamon.core.evaluation import FactFrames, evaluate
from slamon.core.verdicts import Judgement, Rulings
from slamon.core.working_time.calendars import Calendar
from slamon.core.working_time.instants import NEVER, to_micros

DEFINITIONS: TypeAdapter[Definition] = TypeAdapter(Definition)
OFFICE = Calendar("UTC", {"mon-fri": ["09:00-17:00"]})
BERLIN = Calendar("Europe/Berlin", {"mon-fri": ["09:00-17:00"]}, {"country": "DE"})
STAGES = tuple(
    Stage.model_validate({"stage": stage, "means": stage, "exit": stage in ("disqualified", "recycled")})
    for stage in ("mql", "sal", "sql", "opportunity", "customer", "disqualified", "recycled", "nurture")
)
PROMISE = {
    "title": "A promise",
    "promised_by": "sales",
    "promised_to": "marketing",
    "accountable": "Head of Sales",
    "effective_from": "2025-01-01",
    "calendar": "office",
}
FOLLOW_UP = PROMISE | {
    "sla": "follow-up",
    "kind": "deadline",
    "start": {"stage": "mql"},
    "met_by": {"activity": "call", "direction": "outbound"},
    "cancelled_by": {"stage": ["disqualified", "customer"]},
    "within": "2wh",
}


def instant(text: str) -> int:
    """``2026-01-05 09:00`` (UTC) in microseconds."""
    return to_micros(datetime.fromisoformat(text.replace("Z", "") + "+00:00"))


@dataclass
class Story:
    """A history that is told event by event; times are UTC, and 2026-01-05 is a Monday."""

    rows: list[dict[str, Any]] = field(default_factory=list)

    def tell(self, at: str, kind: str, name: str | None = None, lead: str = "ada", **more: Any) -> "Story":
        """One event; ``attributes`` may be a mapping, ``recorded_at`` and ``seen_at`` texts."""
        row: dict[str, Any] = {"lead": lead, "at": instant(at), "kind": kind, "name": name, "id": f"e{len(self.rows)}", **more}
        for key in ("recorded_at", "seen_at"):
            if isinstance(row.get(key), str):
                row[key] = instant(row[key])
        if isinstance(row.get("attributes"), Mapping):
            row["attributes"] = json.dumps(row["attributes"])
        self.rows.append(row)
        return self

    def stage(self, at: str, name: str, lead: str = "ada", **more: Any) -> "Story":
        return self.tell(at, "stage", name, lead, **more)

    def call(self, at: str, lead: str = "ada", **more: Any) -> "Story":
        return self.tell(at, "activity", more.pop("name", "call"), lead, **({"direction": "outbound"} | more))

    def owner(self, at: str, person: str | None, lead: str = "ada") -> "Story":
        return self.tell(at, "owner", "assigned" if person else "unassigned", lead, owner=person)

    def frame(self) -> pd.DataFrame:
        frame = pd.DataFrame(self.rows)
        for name in ("recorded_at", "seen_at"):
            if name in frame:
                frame[name] = frame[name].fillna(NEVER).astype("int64")
        if "seen_at" in frame:
            frame["seen_at"] = frame["seen_at"].where(frame["seen_at"] != NEVER, frame["at"])
        for name in ("automated",):
            if name in frame:
                frame[name] = frame[name].map(lambda value: value is True).astype(bool)
        if "seconds" in frame:
            frame["seconds"] = frame["seconds"].fillna(-1).astype("int64")
        return frame


def promises(*terms: Mapping[str, Any], calendars: Mapping[str, Calendar] | None = None, **more: Any) -> DefinitionSet:
    """A set of definitions over the office calendar."""
    made = tuple(DEFINITIONS.validate_python(dict(each)) for each in terms)
    return DefinitionSet(made, {"office": OFFICE, "berlin": BERLIN, **(calendars or {})}, STAGES, **more)


def judged(
    story: Story,
    *terms: Mapping[str, Any],
    as_of: str = "2026-03-01 00:00",
    people: list[dict[str, Any]] | None = None,
    absences: list[dict[str, Any]] | None = None,
    rulings: Rulings | None = None,
    **more: Any,
) -> Judgement:
    """The judgement of a story under some promises."""
    crowd = None if people is None else pd.DataFrame([{"active": True, "automated": False, **each} for each in people])
    away = None if absences is None else pd.DataFrame([each | {k: instant(each[k]) for k in ("since", "until")} for each in absences])
    facts = FactFrames(story.frame(), crowd, away, rulings or Rulings())
    return evaluate(promises(*terms, **more), facts, datetime.fromisoformat(as_of + "+00:00"))


def cycles(*args: Any, **more: Any) -> list[dict[str, Any]]:
    """The verdicts as dicts, instants as ``2026-01-05 09:00`` texts, None for nothing."""
    rows = judged(*args, **more).verdicts().to_dict("records")
    return [{str(key): _readable(str(key), value) for key, value in row.items()} for row in rows]


def _readable(key: str, value: Any) -> Any:
    if value in (NEVER, ""):
        return None
    if key.endswith("_at"):
        text = str(pd.Timestamp(value, unit="us"))
        return text.removesuffix(":00") if text.endswith(":00") else text
    return value

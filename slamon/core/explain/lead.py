"""A lead's explanation: its history, and for each cycle the start, the target, what counted, the answer, the verdict."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from slamon.core.definitions import DefinitionSet
from slamon.core.explain.candidates import who
from slamon.core.explain.counted import counted_of
from slamon.core.explain.cycle import explain_cycle
from slamon.core.explain.explanation import Explanation, HistoryLine, Said
from slamon.core.explain.one_cycle import Told
from slamon.core.facts import Facts
from slamon.core.facts.event_words import event_words
from slamon.core.verdicts import Judgement
from slamon.core.working_time.instants import NEVER


def explain(
    judgement: Judgement, definitions: DefinitionSet, lead: str, sla: str | None = None, seen: Mapping[str, int] | None = None
) -> Explanation | None:
    """The explanation of a lead, of one SLA or all; None when no event speaks of that lead.

    ``seen`` is when each event (its id) was first seen, microseconds UTC; without it nothing is said of that.
    """
    facts = judgement.facts
    code = _code_of(facts, lead)
    if code is None:
        return None
    rows = np.arange(facts.first[code], facts.first[code + 1])
    first_seen = seen or {}
    cycles = [
        explain_cycle(Told(facts, definitions, judged, rows, first_seen), row)
        for judged in judgement.per_lead
        if sla is None or judged.sla == sla
        for row in np.flatnonzero(judged.obligations.lead == code).tolist()
    ]
    counted = counted_of(facts, definitions, code, [each for each in definitions.versions() if sla in (None, each)])
    last = int(rows[-1])
    return Explanation(
        lead=str(facts.leads[code]),
        merged=lead if facts.leads[code] != lead else "",
        as_of=judgement.as_of,
        timezone=definitions.timezone,
        attributes=tuple((name, texts.at(last)) for name, texts in sorted(facts.attributes.items()) if texts.at(last)),
        history=tuple(_line(facts, row, int(rows[0]), first_seen) for row in rows.tolist()),
        cycles=tuple(cycles),
        counted=tuple(counted),
    )


def as_data(found: Explanation) -> dict[str, Any]:
    """The same as plain data, ready for JSON: instants as text, none as null; ``replay`` computes the verdicts from it."""
    data: dict[str, Any] = _adapter().dump_python(found, mode="json")
    return data


def explanation_schema() -> dict[str, Any]:
    """The JSON Schema of what :func:`as_data` gives."""
    dialect = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": dialect, **_adapter().json_schema(mode="serialization"), "title": "The explanation of one lead"}


def with_said(found: Explanation, said: Mapping[str, tuple[Said, ...]]) -> Explanation:
    """The explanation with what was recorded and told of each cycle (by its id)."""
    return replace(found, cycles=tuple(replace(cycle, said=said.get(cycle.cycle_id, ())) for cycle in found.cycles))


def _adapter() -> TypeAdapter[Explanation]:
    return TypeAdapter(Explanation)


def _line(facts: Facts, row: int, first: int, seen: Mapping[str, int]) -> HistoryLine:
    return HistoryLine(
        line=row - first,
        at=int(facts.at[row]),
        recorded_at=facts.recorded_at[row],
        seen_at=seen.get(str(facts.id[row]), NEVER),
        what=event_words(facts, row),
        who=who(facts, row) if facts.actor[row] >= 0 else "",
        event=str(facts.id[row]),
        record=str(facts.home[row]),
    )


def _code_of(facts: Facts, lead: str) -> int | None:
    """The code of a lead, or of the one that it was merged into."""
    code = facts.code_of_lead(lead)
    if code is not None:
        return code
    rows = facts.home.where(lead)
    return int(facts.lead[rows[0]]) if len(rows) else None

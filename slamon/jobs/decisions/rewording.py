"""Rewording: terms that were wrong from the beginning, seen with the verdicts that change by them, then recorded with who and why."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd
from sqlalchemy import Engine

from slamon.core.definitions import DefinitionSet
from slamon.core.verdicts.judged_terms import ChangedTerms, JudgedTerms, Key, changed_terms, judged_terms
from slamon.core.working_time.instants import NEVER
from slamon.core.working_time.periods import period_containing
from slamon.jobs.check.judging_all import judge
from slamon.jobs.decisions.judged_terms import words_of
from slamon.store.database import reading, writing
from slamon.store.verdicts import last_check, load_attainment, load_verdicts
from slamon.store.verdicts.judged_terms import Rewording, load_judged_terms, record_rewording, standing_on

NONE = "no verdict"


@dataclass(frozen=True, slots=True)
class Turned:
    """So many verdicts of a month, or of a quota's or ratio's period, that a rewording turns from one state to another."""

    period: str
    before: str
    after: str
    verdicts: int


@dataclass(frozen=True, slots=True)
class RewordingPreview:
    """What a rewording would do to recorded verdicts, by the facts of the last check (``as_of``, microseconds UTC)."""

    sla: str
    version: str
    changed: str
    """What is worded otherwise, in words."""
    as_of: int
    verdicts: int
    """How many are recorded of the SLA."""
    turned: tuple[Turned, ...]
    """States that change, by period."""
    moved: int
    """Verdicts that stay what they are, with another due."""


class NothingRewordedError(ValueError):
    """The version needs no rewording; the text says why."""


def preview(engine: Engine, definitions: DefinitionSet, sla: str, version: str) -> RewordingPreview:
    """What accepting the terms of a version as they are written now would change; records nothing.

    ``NothingRewordedError`` when they are those it was judged by, or no recorded verdict follows from them.
    """
    change = _change(engine, definitions, sla, version)
    with reading(engine) as connection:
        run = last_check(connection)
        cycles, periods = load_verdicts(connection), load_attainment(connection)
    as_of = run.as_of if run else 0
    alone = replace(definitions, definitions=tuple(each for each in definitions.definitions if each.sla == sla))
    judgement = judge(engine, alone, as_of)
    before = _cycles(cycles[cycles["sla"] == sla], definitions.timezone) | _periods(periods[periods["sla"] == sla])
    after = _cycles(judgement.verdicts(), definitions.timezone) | _periods(judgement.attainment())
    return RewordingPreview(
        sla, version, words_of(change, definitions), as_of, len(before), tuple(_turned(before, after)), _moved(before, after)
    )


def record(engine: Engine, definitions: DefinitionSet, rewording: Rewording) -> None:
    """Record that a version's terms are those written now; the next check corrects what was told by the old ones.

    ``NothingRewordedError`` as for :func:`preview`.
    """
    _change(engine, definitions, rewording.sla, rewording.version)
    now, key = judged_terms(definitions), (rewording.sla, rewording.version)
    with writing(engine) as connection:
        kept = load_judged_terms(connection)
        record_rewording(connection, rewording, [*_worded(kept, now, key), *_ending_otherwise(kept, now, key)])


def _change(engine: Engine, definitions: DefinitionSet, sla: str, version: str) -> ChangedTerms:
    with reading(engine) as connection:
        changes = changed_terms(load_judged_terms(connection), judged_terms(definitions))
        found = next((each for each in changes if each.key == (sla, version)), None)
        if found is None:
            raise NothingRewordedError(f"version {version} of {sla} says what it was judged by; there is nothing to reword")
        if not standing_on(connection, found).verdicts:
            raise NothingRewordedError(f"no recorded verdict follows from version {version} of {sla}; edit it, the next check uses it")
    return found


def _worded(kept: Mapping[Key, JudgedTerms], now: Mapping[Key, JudgedTerms], key: Key) -> list[JudgedTerms]:
    return [now[key] if key in now else replace(kept[key], text="")]


def _ending_otherwise(kept: Mapping[Key, JudgedTerms], now: Mapping[Key, JudgedTerms], key: Key) -> list[JudgedTerms]:
    """Other versions of the SLA whose end moves by that: their terms stay."""
    others = [each for other, each in now.items() if other[0] == key[0] and other != key and other in kept]
    return [each for each in others if kept[each.key].text == each.text and kept[each.key] != each]


Seen = dict[str, tuple[str, str, int]]
"""By cycle, or by period and group: the period that it is listed in, its state, and its due (microseconds UTC)."""


def _cycles(frame: pd.DataFrame, zone: str) -> Seen:
    rows = zip(*(frame[name].tolist() for name in ("cycle_id", "state", "due_at", "started_at")), strict=True)
    return {
        str(cycle): (period_containing(started if due == NEVER else due, "month", zone).label, str(state), int(due))
        for cycle, state, due, started in rows
    }


def _periods(frame: pd.DataFrame) -> Seen:
    rows = zip(*(frame[name].tolist() for name in ("period", "group", "state", "ends_at")), strict=True)
    return {f"{period}/{group}": (str(period), str(state), int(ends)) for period, group, state, ends in rows if state}


def _turned(before: Seen, after: Seen) -> list[Turned]:
    nothing = ("", NONE, NEVER)
    turns: Counter[tuple[str, str, str]] = Counter()
    for each in {*before, *after}:
        was, becomes = before.get(each, nothing), after.get(each, nothing)
        if was[1] != becomes[1]:
            turns[was[0] or becomes[0], was[1], becomes[1]] += 1
    return [Turned(*turn, count) for turn, count in sorted(turns.items())]


def _moved(before: Seen, after: Seen) -> int:
    return sum(each[1] == after[name][1] and each[2] != after[name][2] for name, each in before.items() if name in after)

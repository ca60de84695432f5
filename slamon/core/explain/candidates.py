"""Every event that might have answered, and why it did or did not."""

from dataclasses import dataclass

import numpy as np

from slamon.core.definitions import Cadence, Deadline, EventPattern
from slamon.core.facts import Facts, Kind, Mask, Rows
from slamon.core.instants import HOUR, NEVER
from slamon.core.patterns import matching
from slamon.core.verdicts import event_words


@dataclass(frozen=True, slots=True)
class Candidate:
    """One event that might have answered: its row's instant, what it was, who did it, and what was made of it."""

    at: int
    what: str
    who: str
    answers: bool
    why: str


def candidates(facts: Facts, definition: Deadline | Cadence, rows: Rows, decided_row: int, due: int) -> list[Candidate]:
    """The activities, and other events the terms name, among some rows of one lead."""
    patterns = definition.met_by if isinstance(definition, Deadline) else definition.attempt
    matched = matching(facts, patterns)
    late_by = facts.recorded_at - facts.at
    late = (facts.recorded_at != NEVER) & (late_by > definition.late_logging.micros)
    accepted = np.isin(facts.id[rows].astype(str), list(facts.accepted)) if facts.accepted else np.zeros(len(rows), bool)
    found = []
    for row, is_accepted in zip(rows.tolist(), accepted.tolist(), strict=True):
        if not (matched[row] or facts.kind[row] == Kind.ACTIVITY):
            continue
        if not matched[row]:
            why, answers = _why_not(facts, patterns, row), False
        elif late[row] and not is_accepted:
            why, answers = f"logged {late_by[row] // HOUR} h after it happened: late evidence, counts once a manager accepts it", False
        else:
            why, answers = _standing(facts, definition, row, decided_row, due), row == decided_row
        found.append(Candidate(int(facts.at[row]), event_words(facts, row), who(facts, row), answers, why))
    return found


def who(facts: Facts, row: int) -> str:
    """Who did it, in words."""
    if facts.actor[row] < 0:
        return "unnamed"
    person = facts.people.person(int(facts.actor[row]))
    return person.name or person.id


def _standing(facts: Facts, definition: Deadline | Cadence, row: int, decided_row: int, due: int) -> str:
    if row == decided_row:
        return "answers" if isinstance(definition, Deadline) else "completes the cadence"
    if decided_row >= 0 and row > decided_row:
        return "after the answer"
    if due != NEVER and facts.at[row] > due:
        return "after due"
    return "an attempt" if isinstance(definition, Cadence) else "before the start, or used by an earlier cycle"


def _why_not(facts: Facts, patterns: tuple[EventPattern, ...], row: int) -> str:
    """The first thing about an activity that keeps it from the pattern that comes nearest."""
    name = facts.name.at(row)
    named = [pattern for pattern in patterns if pattern.activity is not None and name in pattern.activity]
    if not named:
        return f"a {name} is not what the terms ask for"
    pattern = named[0]
    tests: list[tuple[str, Mask | bool]] = [
        ("done by a machine", bool(facts.automated[row]) != bool(pattern.automated)),
        (f"{facts.direction.at(row) or 'no direction'}, not {pattern.direction}", _differs(pattern.direction, facts.direction.at(row))),
        (f"shorter than {pattern.min_seconds} s", pattern.min_seconds is not None and facts.seconds[row] < pattern.min_seconds),
        (f"outcome {facts.outcome.at(row) or 'not given'}", pattern.outcome is not None and facts.outcome.at(row) not in pattern.outcome),
        (f"by {who(facts, row)}, not by the {pattern.by}", pattern.by in ("owner", "team")),
    ]
    return next(words for words, wrong in tests if wrong)


def _differs(wanted: str | None, got: str) -> bool:
    return wanted is not None and wanted != got

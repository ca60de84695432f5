"""Every event that might have answered, and why it did or did not."""

from dataclasses import dataclass

import numpy as np

from slamon.core.definitions import Cadence, Deadline, EventPattern
from slamon.core.facts import Facts, Kind, Mask, Rows
from slamon.core.instants import DAY, HOUR, NEVER, to_datetime
from slamon.core.patterns import contacts, matching, taking_out
from slamon.core.spacing import Spacing
from slamon.core.verdicts import event_words
from slamon.core.zones import offsets_of

COUNTS = ("completes the cadence", "an attempt")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One event that might have answered: its row's instant, what it was, who did it, and what was made of it."""

    at: int
    what: str
    who: str
    answers: bool
    why: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What one cycle asks for and how it ended: rows of the facts (-1 for none), due (NEVER for none), the answer's margin in words."""

    definition: Deadline | Cadence
    answer_row: int
    cancel_row: int
    due: int
    margin: str
    spacing: Spacing | None
    """How attempts are spaced; None for a deadline."""


def candidates(facts: Facts, asked: Asked, rows: Rows) -> list[Candidate]:
    """The activities, further starts, and other events the terms name, among some rows of one lead."""
    definition = asked.definition
    patterns = definition.met_by if isinstance(definition, Deadline) else definition.attempt
    matched, starts = matching(facts, patterns), matching(facts, definition.start)
    ending = taking_out(facts, definition.ended_by) if isinstance(definition, Cadence) else np.zeros(len(facts), bool)
    late = (facts.recorded_at != NEVER) & (facts.recorded_at - facts.at > definition.late_logging.micros)
    if facts.accepted:
        late[late] = ~np.isin(facts.id[np.flatnonzero(late)].astype(str), list(facts.accepted))
    counted, found = NEVER, []
    for row in rows.tolist():
        if ending[row]:
            why = _ending(facts, asked, row)
        elif matched[row] and late[row]:
            hours = (facts.recorded_at[row] - facts.at[row]) // HOUR
            why = f"logged {hours} h after it happened: late evidence, counts once a manager accepts it"
        elif matched[row]:
            why = _standing(facts, asked, row, counted)
            counted = int(facts.at[row]) if why in COUNTS else counted
        elif starts[row]:
            why = "a further start of the same cycle"
        elif facts.kind[row] == Kind.ACTIVITY:
            why = _why_not(facts, patterns, row)
        else:
            continue
        found.append(Candidate(int(facts.at[row]), event_words(facts, row), who(facts, row), row == asked.answer_row, why))
    return found


def who(facts: Facts, row: int) -> str:
    """Who did it, in words."""
    if facts.actor[row] < 0:
        return "unnamed"
    person = facts.people.person(int(facts.actor[row]))
    return person.name or person.id


def _ending(facts: Facts, asked: Asked, row: int) -> str:
    if asked.answer_row >= 0 and row > asked.answer_row:
        return "after the end"
    if row not in {asked.answer_row, asked.cancel_row}:
        return "after due" if asked.due != NEVER and facts.at[row] > asked.due else "before the end"
    return "ends the cadence: contact" if contacts(facts)[row] else "ends the cadence"


def _standing(facts: Facts, asked: Asked, row: int, counted: int) -> str:
    """What became of an event that the terms name; ``counted`` is the instant of the counted attempt before it."""
    if row == asked.answer_row:
        return f"answers{asked.margin}" if asked.spacing is None else COUNTS[0]
    if asked.answer_row >= 0 and row > asked.answer_row:
        return "after the answer"
    if asked.due != NEVER and facts.at[row] > asked.due:
        return "after due"
    if asked.spacing is None:
        return "before the start, or used by an earlier cycle"
    if counted != NEVER and facts.at[row] < asked.spacing.counts_from(np.array([counted], np.int64))[0]:
        return f"too soon after the counted attempt of {_local(counted, asked.spacing.calendar.timezone)}"
    return COUNTS[1]


def _local(instant: int, zone: str) -> str:
    offsets = offsets_of(zone, instant // DAY * DAY - DAY, instant // DAY * DAY + 2 * DAY)
    return f"{to_datetime(int(offsets.to_wall(np.array([instant], np.int64))[0])):%a %Y-%m-%d %H:%M}"


def _why_not(facts: Facts, patterns: tuple[EventPattern, ...], row: int) -> str:
    """The first thing about an activity that keeps it from the pattern that comes nearest."""
    name = facts.name.at(row)
    named = [pattern for pattern in patterns if pattern.activity is not None and name in pattern.activity]
    if not named:
        return f"{'an' if name[:1] in 'aeiou' else 'a'} {name} is not what the terms ask for"
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

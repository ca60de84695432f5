"""Every event that might have answered, and why it did or did not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from slamon.core.definitions import Cadence, Deadline, EventPattern
from slamon.core.explain.explanation import Candidate
from slamon.core.explain.wording import length_words, wall_words, with_article
from slamon.core.facts import Facts, Kind, Mask, Rows
from slamon.core.facts.event_words import event_words
from slamon.core.kinds.credit import credited_until
from slamon.core.kinds.deadline import logged_late
from slamon.core.patterns import contacts, matching, taking_out
from slamon.core.spacing import Spacing
from slamon.core.working_time.calendars import Calendar
from slamon.core.working_time.instants import NEVER

COUNTS = ("completes the cadence", "counts")
ANOTHER_CHANNEL = "brings the last channel that was missing: completes the cadence"
Patterns = tuple[EventPattern, ...]


@dataclass(frozen=True, slots=True)
class Marks:
    """What each event of the facts is to the terms of one version; parallel arrays over the facts."""

    matches: Mask
    late: Mask
    ends: Mask
    starts: Mask
    contact: Mask
    credited_until: Rows


@dataclass(frozen=True, slots=True)
class Asked:
    """What one cycle asks for and how it ended: rows of the facts (-1 for none), instants (NEVER for none), words."""

    definition: Deadline | Cadence
    start_row: int
    answer_row: int
    cancel_row: int
    due: int
    margin: str
    spacing: Spacing | None
    """How attempts are spaced; None for a deadline."""
    used: frozenset[int]
    """Rows that answered earlier cycles."""
    settled: int
    """Up to before this instant a start event is the same start, whatever became of the cycle."""
    debounce: str


def marks_of(facts: Facts, definition: Deadline | Cadence, calendar: Calendar) -> Marks:
    """What each event is to a version's terms; ``calendar`` is the definition's."""
    named = definition.met_by if isinstance(definition, Deadline) else definition.attempt
    ending = definition.cancelled_by if isinstance(definition, Deadline) else definition.ended_by
    matches = matching(facts, named)
    until, late = np.full(len(facts), NEVER), np.zeros(len(facts), bool)
    rows = np.flatnonzero(matches)
    late[rows] = logged_late(facts, definition.late_logging, calendar, rows)
    if isinstance(definition, Deadline):
        until[rows] = credited_until(facts, definition.credit_before, calendar, rows)
    return Marks(
        matches=matches,
        late=late,
        ends=taking_out(facts, ending),
        starts=matching(facts, definition.start),
        contact=contacts(facts),
        credited_until=until,
    )


def candidates(facts: Facts, asked: Asked, marks: Marks, rows: Rows) -> tuple[Candidate, ...]:
    """The activities, further starts, and other events the terms name, among some rows of one lead, in order."""
    found = []
    for row, why in _reasons(facts, asked, marks, rows):
        found.append(
            Candidate(
                line=row - int(facts.first[facts.lead[row]]),
                at=int(facts.at[row]),
                what=event_words(facts, row),
                who=who(facts, row),
                answers=row == asked.answer_row,
                why=why,
                matches=bool(marks.matches[row]),
                logged_late=bool(marks.late[row]),
                ends=bool(marks.ends[row]),
                contact=bool(marks.contact[row]),
                deletes=bool(facts.kind[row] == Kind.DELETED),
                channel=facts.name.at(row),
                credited_until=int(marks.credited_until[row]),
                used=row in asked.used,
            )
        )
    return tuple(found)


def _reasons(facts: Facts, asked: Asked, marks: Marks, rows: Rows) -> Iterator[tuple[int, str]]:
    """Rows that have something to say, and what became of each."""
    counted: list[int] = []
    definition = asked.definition
    named = definition.met_by if isinstance(definition, Deadline) else definition.attempt
    asks_activities = any(pattern.activity is not None for pattern in named)
    for row in rows.tolist():
        if row < asked.start_row:
            yield row, _before(facts, asked, marks, row)
        elif marks.matches[row] and not marks.late[row]:
            why = _standing(facts, asked, row, counted)
            counted += [int(facts.at[row])] if why in COUNTS else []
            yield row, why
        elif marks.ends[row]:
            yield row, _ending(facts, asked, marks, row)
        elif marks.late[row]:
            yield row, _logged_late(facts, row)
        elif marks.starts[row]:
            yield row, _further_start(facts, asked, row)
        elif asks_activities and facts.kind[row] == Kind.ACTIVITY:
            yield row, _why_not(facts, named, row)


def channels_used(definition: Deadline | Cadence, looked_at: Sequence[Candidate], until: int) -> tuple[str, ...]:
    """The different channels of a cadence's attempts up to an instant, in order of use; those too close to count are counted here."""
    if isinstance(definition, Deadline):
        return ()
    made = (each.channel for each in looked_at if each.matches and not each.logged_late and each.at <= until)
    return tuple(dict.fromkeys(made))


def who(facts: Facts, row: int) -> str:
    """Who did it, in words."""
    if facts.actor[row] < 0:
        return "unnamed"
    person = facts.people.person(facts.actor[row])
    return person.name or person.id


def _logged_late(facts: Facts, row: int) -> str:
    later = length_words(int(facts.recorded_at[row] - facts.at[row]), days=True)
    return f"logged {later} after it happened: late evidence, counts once a manager accepts it"


def _before(facts: Facts, asked: Asked, marks: Marks, row: int) -> str:
    """An answer before the start, near enough to be credited."""
    if row == asked.answer_row:
        return (
            f"{length_words(int(facts.at[asked.start_row] - facts.at[row]), days=True)} before the start: the promise is kept as it begins"
        )
    if marks.late[row]:
        return _logged_late(facts, row)
    return "answered an earlier start already" if row in asked.used else "the latest one before the start is what counts"


def _ending(facts: Facts, asked: Asked, marks: Marks, row: int) -> str:
    if isinstance(asked.definition, Deadline):
        return _cancelling(facts, asked, row)
    if asked.answer_row >= 0 and row > asked.answer_row:
        return "after the end"
    if row not in {asked.answer_row, asked.cancel_row}:
        return "after the attempt was missed" if asked.due != NEVER and facts.at[row] > asked.due else "before the end"
    return "ends the cadence: contact" if marks.contact[row] else "ends the cadence"


def _cancelling(facts: Facts, asked: Asked, row: int) -> str:
    if row == asked.cancel_row:
        return "takes the lead out of the count"
    if asked.answer_row >= 0 and row > asked.answer_row:
        return "after the answer"
    return "not before due: the breach stands" if asked.due != NEVER and facts.at[row] >= asked.due else "changes nothing"


def _further_start(facts: Facts, asked: Asked, row: int) -> str:
    """Why a start event opened no cycle of its own: one was open, or it came too soon after the accepted one."""
    record = "" if facts.home[row] == facts.home[asked.start_row] else f", at the merged record {facts.home[row]}"
    closing = [each for each in (asked.answer_row, asked.cancel_row) if each >= 0]
    is_open = all(row < each for each in closing) and (asked.due == NEVER or facts.at[row] <= asked.due)
    if is_open or facts.at[row] >= asked.settled:
        return f"a further start of the same cycle{record}"
    return f"a further start within {asked.debounce} of the accepted one: the same cycle{record}"


def _standing(facts: Facts, asked: Asked, row: int, counted: Sequence[int]) -> str:
    """What became of an event that the terms name; ``counted`` are the instants of the attempts counted before it."""
    if row == asked.answer_row:
        return f"answers{asked.margin}" if asked.spacing is None else _completing(asked.definition, counted)
    if asked.answer_row >= 0 and row > asked.answer_row:
        return "after the answer"
    if asked.cancel_row >= 0 and row > asked.cancel_row:
        return "after the end"
    if asked.due != NEVER and facts.at[row] > asked.due:
        return "after due"
    return "in the next cycle" if asked.spacing is None else _counting(facts, asked.spacing, row, counted)


def _completing(definition: Deadline | Cadence, counted: Sequence[int]) -> str:
    return ANOTHER_CHANNEL if isinstance(definition, Cadence) and len(counted) >= definition.attempts else COUNTS[0]


def _counting(facts: Facts, spacing: Spacing, row: int, counted: Sequence[int]) -> str:
    """Whether an attempt is needed still, and far enough from the counted one before it."""
    if len(counted) >= spacing.definition.attempts:
        return "all attempts are made already: only a further channel is missing"
    if counted and facts.at[row] < spacing.counts_from(np.array(counted[-1:], np.int64))[0]:
        return f"too soon after the counted one of {wall_words(counted[-1], spacing.calendar.timezone)}"
    return COUNTS[1]


def _why_not(facts: Facts, patterns: Patterns, row: int) -> str:
    """The first thing about an activity that keeps it from the pattern that comes nearest."""
    name = facts.name.at(row)
    reasons = [_differences(facts, pattern, row) for pattern in patterns if pattern.activity is not None and name in pattern.activity]
    nearest = min(reasons, key=len, default=[])
    return nearest[0] if nearest else f"{with_article(name)} is not what the terms ask for"


def _differences(facts: Facts, pattern: EventPattern, row: int) -> list[str]:
    """Everything that keeps an activity of the right name from a pattern."""
    direction, outcome, seconds = facts.direction.at(row), facts.outcome.at(row), int(facts.seconds[row])
    machine = "done by a machine" if facts.automated[row] else "done by a person"
    tests: list[tuple[str, Mask | bool]] = [
        (machine, bool(facts.automated[row]) != bool(pattern.automated)),
        (f"{direction or 'no direction'}, not {pattern.direction}", pattern.direction not in (None, direction)),
        (_too_short(seconds, pattern.min_seconds), pattern.min_seconds is not None and seconds < pattern.min_seconds),
        (f"outcome {outcome or 'not given'}", pattern.outcome is not None and outcome not in pattern.outcome),
        (f"not by the {pattern.by}: {_holder(facts, row)} held the lead", pattern.by in ("owner", "team")),
    ]
    return [words for words, wrong in tests if wrong]


def _too_short(seconds: int, least: int | None) -> str:
    return f"how long it took is not told, at least {least} s are asked" if seconds < 0 else f"too short: {seconds} s of at least {least} s"


def _holder(facts: Facts, row: int) -> str:
    person = facts.people.person(int(facts.holder[row]))
    return person.name or person.id or "nobody"

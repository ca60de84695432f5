"""One cycle explained: its start, target, clock, candidates and holders, gathered from the judgement that it belongs to."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from slamon.core.activation import put_on
from slamon.core.calendars import Calendar
from slamon.core.definitions import AlertMoment, Cadence, Deadline, DefinitionSet
from slamon.core.durations import Duration
from slamon.core.event_words import event_words
from slamon.core.explain.arithmetic import counted_between, stretches, working_days
from slamon.core.explain.candidates import Asked, Marks, candidates, marks_of
from slamon.core.explain.causes import cause_words, holders_of, known_later, unknown_words
from slamon.core.explain.explanation import CycleExplained, HandOver, Length, Paused, PutOn, Stretch, Version, Warned, WorkingDay
from slamon.core.explain.pausing import paused, standing_since
from slamon.core.explain.targets import target_why, target_words
from slamon.core.explain.wording import length_words
from slamon.core.facts import Facts, Rows
from slamon.core.instants import DAY, FOREVER, NEVER, SECOND
from slamon.core.spacing import Spacing
from slamon.core.verdicts import STATES, Judged


@dataclass(frozen=True, slots=True)
class Told:
    """Everything that cycles of one lead are explained from; ``rows`` are the lead's, ``seen`` when each event was first seen."""

    facts: Facts
    definitions: DefinitionSet
    judged: Judged
    rows: Rows
    seen: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Cycle:
    """One cycle and its parts as single values; instants in microseconds UTC."""

    told: Told
    row: int
    definition: Deadline | Cadence
    length: Duration
    calendar: Calendar
    marks: Marks
    start_row: int
    start: int
    due: int
    answer_row: int
    mine: Rows
    """Rows from the start on, up to the lead's next cycle of this SLA, without the start's."""

    @property
    def credited(self) -> bool:
        return 0 <= self.answer_row < self.start_row

    @property
    def until(self) -> int:
        """The first answer or cancelling event after the start, FOREVER without one: pauses after it move nothing."""
        marked = (self.marks.matches & ~self.marks.late) | self.marks.ends
        closing = self.mine[marked[self.mine]]
        return int(self.told.facts.at[closing[0]]) if len(closing) else FOREVER


def explain_cycle(told: Told, row: int) -> CycleExplained:
    """One cycle's verdict with what it follows from; ``row`` is its place in the obligations."""
    cycle = _cycle(told, row)
    facts, each = told.facts, told.judged.obligations
    pauses = () if cycle.credited else paused(facts, cycle.definition, int(each.lead[row]), cycle.start, cycle.until)
    handed_over = _hand_overs(cycle)
    counted = _stretches(cycle, pauses)
    margin = _margin(cycle, counted)
    holders = holders_of(facts, cycle.start_row, told.rows)
    return replace(
        _verdict(cycle),
        cause_why=cause_words(facts, told.judged, row, counted, holders),
        margin_s=None if margin is None else margin // SECOND,
        counted=counted,
        run_s=counted_between(counted, _clock_start(cycle, handed_over), cycle.due if cycle.due != NEVER else FOREVER) // SECOND,
        pauses=pauses,
        days=_days(cycle, handed_over),
        hand_overs=handed_over,
        limits=_limits(cycle),
        candidates=candidates(facts, _asked(cycle, margin), cycle.marks, _considered(cycle)),
        ownership_told=facts.tells_ownership,
        holders=holders,
        known=known_later(facts, told.judged, row, told.seen, cycle.calendar.timezone),
    )


def _verdict(cycle: _Cycle) -> CycleExplained:
    """The verdict as it was judged."""
    judged, row, each, definition = cycle.told.judged, cycle.row, cycle.told.judged.obligations, cycle.definition
    return CycleExplained(
        **_terms(cycle),
        cycle_id=str(judged.cycle_id[row]),
        number=int(judged.number[row]),
        state=str(STATES[judged.state[row]]),
        strict_state=str(STATES[judged.strict[row]]) if judged.strict[row] >= 0 else "",
        reason=unknown_words(definition, str(judged.reason[row])),
        cannot_be_evaluated=str(each.unknown[row]),
        excused=bool(STATES[judged.state[row]] == "excused"),
        cause=str(judged.cause[row]),
        calendar=judged.promised.calendars[int(each.calendar[row])],
        start=event_words(cycle.told.facts, cycle.start_row),
        start_line=cycle.start_row - int(cycle.told.rows[0]),
        started_at=cycle.start,
        raised_at=int(each.raised_at[row]),
        target_why=target_why(cycle.told.facts, judged, row),
        due_at=cycle.due,
        strict_due_at=int(each.strict_due[row]),
        warnings=_warnings(cycle),
        answered_at=int(judged.answered_at[row]),
        attempts=int(each.attempts[row]),
    )


def _terms(cycle: _Cycle) -> dict[str, Any]:
    """What was promised."""
    judged, definition = cycle.told.judged, cycle.definition
    return {
        "sla": judged.sla,
        "version": definition.version,
        "versions": _versions(judged),
        "put_on": _put_on(cycle),
        "title": definition.title,
        "kind": definition.kind,
        "timezone": cycle.calendar.timezone,
        "target": target_words(definition, cycle.length),
        "length": length_of(cycle.length),
        "close_of_business": isinstance(definition, Deadline) and definition.close_of_business,
        "gap_min": _gap(definition, "min"),
        "gap_max": _gap(definition, "max"),
        "channels": definition.channels if isinstance(definition, Cadence) else None,
    }


def length_of(length: Duration) -> Length:
    """A duration as data."""
    return Length(length.amount, str(length.unit), length.in_words())


def _cycle(told: Told, row: int) -> _Cycle:
    each = told.judged.obligations
    definition = told.judged.versions[int(each.version[row])]
    start_row = int(each.start_row[row])
    following = row + 1 < len(each) and each.lead[row + 1] == each.lead[row]
    end = int(each.start_row[row + 1]) if following else int(told.rows[-1]) + 1
    return _Cycle(
        told=told,
        row=row,
        definition=definition,
        length=told.judged.promised.lengths[int(each.target[row])],
        calendar=told.judged.calendars[int(each.calendar[row])],
        marks=marks_of(told.facts, definition, told.definitions.calendar_of(definition)),
        start_row=start_row,
        start=int(each.start[row]),
        due=int(each.due[row]),
        answer_row=int(each.answer_row[row]),
        mine=np.arange(start_row + 1, end),
    )


def _put_on(cycle: _Cycle) -> PutOn | None:
    judged = cycle.told.judged
    found = put_on(judged.promised, judged.versions, judged.activations, cycle.row)
    return None if found is None else PutOn(found[0], found[1].at, found[1].by, found[1].reason)


def _versions(judged: Judged) -> tuple[Version, ...]:
    ends = [version.effective_until.isoformat() if version.effective_until else "" for version in judged.versions]
    begins = [version.version for version in judged.versions]
    following = [*begins[1:], ""]
    return tuple(Version(begin, end or later) for begin, end, later in zip(begins, ends, following, strict=True))


def _stretches(cycle: _Cycle, pauses: tuple[Paused, ...]) -> tuple[Stretch, ...]:
    """From the start to due or the answer, whichever is later; to where the clock stands if there is no due."""
    calendar = cycle.calendar if cycle.length.unit.is_working else None
    standing = standing_since(pauses)
    answered = int(cycle.told.facts.at[cycle.answer_row]) if cycle.answer_row >= 0 else NEVER
    end = max(cycle.due, answered) if cycle.due != NEVER else cycle.told.facts.as_of if standing is None else standing
    return stretches(calendar, cycle.calendar.timezone, cycle.start, end, pauses)


def _margin(cycle: _Cycle, counted: tuple[Stretch, ...]) -> int | None:
    """Time on the clock from a deadline's answer to due, in microseconds; negative when the answer was late."""
    if cycle.due == NEVER or cycle.answer_row < 0 or isinstance(cycle.definition, Cadence):
        return None
    at = max(int(cycle.told.facts.at[cycle.answer_row]), cycle.start)
    between = counted_between(counted, min(at, cycle.due), max(at, cycle.due))
    return between if at <= cycle.due else -between


def _asked(cycle: _Cycle, margin: int | None) -> Asked:
    each = cycle.told.judged.obligations
    earlier = (each.lead == each.lead[cycle.row]) & (np.arange(len(each)) < cycle.row) & (each.answer_row >= 0)
    return Asked(
        definition=cycle.definition,
        start_row=cycle.start_row,
        answer_row=cycle.answer_row,
        cancel_row=int(each.cancel_row[cycle.row]),
        due=cycle.due,
        margin=_margin_words(cycle, margin),
        spacing=_spacing(cycle),
        used=frozenset(each.answer_row[earlier].tolist()),
    )


def _margin_words(cycle: _Cycle, margin: int | None) -> str:
    if margin is None:
        return ""
    working = " of working time" if cycle.length.unit.is_working else ""
    if margin == 0 and int(cycle.told.facts.at[cycle.answer_row]) > cycle.due:
        return " after due, before the next working moment"
    return f", {length_words(margin, days=not working)}{working} {'late' if margin < 0 else 'to spare'}"


def _considered(cycle: _Cycle) -> Rows:
    """The rows of the cycle, and those before its start that credit reaches back to."""
    marks = cycle.marks
    near = marks.matches & (marks.credited_until != NEVER) & (marks.credited_until >= cycle.start)
    rows = cycle.told.rows
    earlier = rows[(rows < cycle.start_row) & near[rows]]
    return np.concatenate([earlier, cycle.mine])


def _hand_overs(cycle: _Cycle) -> tuple[HandOver, ...]:
    """Where the terms restart the clock: each coming of the lead to another person than the one who held it last."""
    if not (isinstance(cycle.definition, Deadline) and cycle.definition.restart_on_reassignment) or cycle.credited:
        return ()
    facts, rows = cycle.told.facts, cycle.told.rows
    human = rows[facts.holder_changed[rows] & (facts.holder[rows] >= 0)]
    again = human[1:][facts.holder[human[1:]] != facts.holder[human[:-1]]]
    last = int(cycle.mine[-1]) if len(cycle.mine) else cycle.start_row
    names = facts.people.texts("name"), facts.people.texts("id")
    return tuple(
        HandOver(row - int(rows[0]), int(facts.at[row]), str(names[0][facts.holder[row]] or names[1][facts.holder[row]]))
        for row in again[(again > cycle.start_row) & (again <= last)].tolist()
    )


def _clock_start(cycle: _Cycle, handed_over: tuple[HandOver, ...]) -> int:
    """The start, or the last hand-over in time and before the answer."""
    answer = cycle.answer_row if cycle.answer_row >= 0 else len(cycle.told.facts)
    line = answer - int(cycle.told.rows[0])
    in_time = [each.at for each in handed_over if each.line < line and (cycle.due == NEVER or each.at <= cycle.due)]
    return max([cycle.start, *in_time])


def _days(cycle: _Cycle, handed_over: tuple[HandOver, ...]) -> tuple[WorkingDay, ...]:
    """The working dates that the arithmetic needs: of a target in working days, or around a cadence."""
    definition, calendar = cycle.definition, cycle.calendar
    if isinstance(definition, Deadline):
        if not cycle.length.is_working_days:
            return ()
        since = np.array([_clock_start(cycle, handed_over)], np.int64)
        until = int(calendar.advance_by(since, cycle.length, close_of_business=definition.close_of_business)[0])
        return working_days(calendar, cycle.start, max(until, cycle.due))
    lengths = [length for length in (definition.within, definition.gap.min, definition.gap.max) if length]
    spacing = Spacing(definition, calendar, np.array([cycle.start], np.int64))
    end = spacing.window_end()
    reach = [int(calendar.advance_by(end, length)[0]) for length in lengths]
    return working_days(calendar, min(cycle.start, int(spacing.last_feasible().min())) - DAY, max(reach) + DAY)


def _spacing(cycle: _Cycle) -> Spacing | None:
    if isinstance(cycle.definition, Deadline):
        return None
    return Spacing(cycle.definition, cycle.calendar, np.array([cycle.start], np.int64))


def _limits(cycle: _Cycle) -> tuple[int, ...]:
    spacing = _spacing(cycle)
    return tuple(int(limit) for limit in spacing.last_feasible()[:, 0]) if spacing else ()


def _gap(definition: Deadline | Cadence, side: str) -> Length | None:
    found: Duration | None = None if isinstance(definition, Deadline) else getattr(definition.gap, side)
    return length_of(found) if found else None


def _warnings(cycle: _Cycle) -> tuple[Warned, ...]:
    """Each warning with what it was set to; a cadence's come attempt by attempt."""
    definition = cycle.definition
    moments = definition.warn_at or (AlertMoment("warning"),)
    if isinstance(definition, Cadence):
        moments = moments * definition.attempts
    instants = cycle.told.judged.obligations.warnings[cycle.row].tolist()[: len(moments)]
    return tuple(
        Warned(at, moment.share, length_of(moment.before) if moment.before else None) for at, moment in zip(instants, moments, strict=True)
    )

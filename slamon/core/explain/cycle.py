"""One cycle explained: its start, target, clock, candidates and holders, gathered from the judgement that it belongs to."""

from dataclasses import replace
from typing import Any

import numpy as np

from slamon.core.alerts.notices import alerts_of, instants_of
from slamon.core.definitions import AlertMoment, Cadence, Deadline
from slamon.core.explain.arithmetic import counted_between, stretches, working_days
from slamon.core.explain.candidates import Asked, candidates, channels_used
from slamon.core.explain.causes import cause_words, holders_of, known_later, unknown_words
from slamon.core.explain.explanation import CycleExplained, HandOver, Paused, Stretch, Warned, WorkingDay
from slamon.core.explain.one_cycle import Cycle, Told, cycle_of
from slamon.core.explain.pausing import paused, standing_since
from slamon.core.explain.promised import length_of, put_on_late, terms_of
from slamon.core.explain.spans import spans_of
from slamon.core.explain.targets import target_why
from slamon.core.explain.wording import length_words
from slamon.core.facts import Rows
from slamon.core.facts.event_words import event_words
from slamon.core.spacing import Spacing
from slamon.core.verdicts import STATES
from slamon.core.working_time.instants import DAY, FOREVER, NEVER, SECOND, Instants


def explain_cycle(told: Told, row: int) -> CycleExplained:
    """One cycle's verdict with what it follows from; ``row`` is its place in the obligations."""
    cycle = cycle_of(told, row)
    facts, each = told.facts, told.judged.obligations
    pauses = () if cycle.credited else paused(facts, cycle.definition, int(each.lead[row]), cycle.start, cycle.until)
    handed_over = _hand_overs(cycle)
    counted = _stretches(cycle, pauses)
    margin = _margin(cycle, counted)
    holders = holders_of(facts, cycle.start_row, told.rows)
    looked_at = candidates(facts, _asked(cycle, margin), cycle.marks, _considered(cycle))
    return replace(
        _verdict(cycle),
        **spans_of(told.judged, row, holders, facts.as_of),
        **_moved_by_pauses(cycle, handed_over),
        cause_why=cause_words(facts, told.judged, row, counted, holders),
        margin_s=None if margin is None else margin // SECOND,
        counted=counted,
        run_s=counted_between(counted, _clock_start(cycle, handed_over), cycle.due if cycle.due != NEVER else FOREVER) // SECOND,
        pauses=pauses,
        days=_days(cycle, handed_over),
        hand_overs=handed_over,
        limits=_limits(cycle),
        candidates=looked_at,
        channels_used=channels_used(cycle.definition, looked_at, _asked_until(cycle)),
        ownership_told=facts.tells_ownership,
        known=(*put_on_late(cycle), *known_later(told, row, cycle.calendar.timezone)),
    )


def _verdict(cycle: Cycle) -> CycleExplained:
    """The verdict as it was judged."""
    judged, row, each, definition = cycle.told.judged, cycle.row, cycle.told.judged.obligations, cycle.definition
    return CycleExplained(
        **terms_of(cycle),
        cycle_id=str(judged.cycle_id[row]),
        number=int(judged.number[row]),
        state=str(STATES[judged.state[row]]),
        strict_state=str(STATES[judged.strict[row]]) if judged.strict[row] >= 0 else "",
        reason=unknown_words(definition, str(judged.reason[row])),
        cannot_be_evaluated=str(each.unknown[row]),
        excused=bool(STATES[judged.state[row]] == "excused"),
        cause=judged.cause.at(row),
        calendar=judged.promised.calendars[int(each.calendar[row])],
        start=event_words(cycle.told.facts, cycle.start_row),
        start_line=cycle.start_row - int(cycle.told.rows[0]),
        started_at=cycle.start,
        raised_at=int(each.raised_at[row]),
        target_why=target_why(cycle.told.facts, judged, row),
        due_at=cycle.due,
        strict_due_at=int(each.strict_due[row]),
        warnings=_warnings(cycle),
        warned_at=_warned_at(cycle),
        answered_at=int(judged.answered_at[row]),
        attempts=int(each.attempts[row]),
    )


def _stretches(cycle: Cycle, pauses: tuple[Paused, ...]) -> tuple[Stretch, ...]:
    """From the start to due or the answer, whichever is later; to where the clock stands if there is no due."""
    calendar = cycle.calendar if cycle.length.unit.is_working else None
    standing = standing_since(pauses)
    answered = int(cycle.told.facts.at[cycle.answer_row]) if cycle.answer_row >= 0 else NEVER
    end = max(cycle.due, answered) if cycle.due != NEVER else cycle.told.facts.as_of if standing is None else standing
    return stretches(calendar, cycle.calendar.timezone, cycle.start, end, pauses)


def _margin(cycle: Cycle, counted: tuple[Stretch, ...]) -> int | None:
    """Time on the clock from a deadline's answer to due, in microseconds; negative when the answer was late."""
    if cycle.due == NEVER or cycle.answer_row < 0 or isinstance(cycle.definition, Cadence):
        return None
    at = max(int(cycle.told.facts.at[cycle.answer_row]), cycle.start)
    between = counted_between(counted, min(at, cycle.due), max(at, cycle.due))
    return between if at <= cycle.due else -between


def _asked(cycle: Cycle, margin: int | None) -> Asked:
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
        settled=int(cycle.told.definitions.calendar_of(cycle.definition).advance_by(each.start[[cycle.row]], cycle.definition.debounce)[0]),
        debounce=cycle.definition.debounce.in_words(),
    )


def _margin_words(cycle: Cycle, margin: int | None) -> str:
    if margin is None:
        return ""
    working, answered = " of working time" if cycle.length.unit.is_working else "", int(cycle.told.facts.at[cycle.answer_row])
    if margin == 0 and answered > cycle.due:
        return " after due, before the next working moment"
    if margin == 0:
        return " exactly at due" if answered == cycle.due else f" in time, no{working.removeprefix(' of')} to spare"
    return f", {length_words(margin, days=not working)}{working} {'late' if margin < 0 else 'to spare'}"


def _considered(cycle: Cycle) -> Rows:
    """The rows of the cycle, and those before its start that credit reaches back to."""
    marks = cycle.marks
    near = marks.matches & (marks.credited_until != NEVER) & (marks.credited_until >= cycle.start)
    rows = cycle.told.rows
    earlier = rows[(rows < cycle.start_row) & near[rows]]
    return np.concatenate([earlier, cycle.mine])


def _hand_overs(cycle: Cycle) -> tuple[HandOver, ...]:
    """Where the terms restart the clock: each coming of the lead to another person than the one who held it last."""
    if not (isinstance(cycle.definition, Deadline) and cycle.definition.restart_on_reassignment) or cycle.credited:
        return ()
    facts, rows = cycle.told.facts, cycle.told.rows
    human = rows[facts.holder_changed[rows] & (facts.holder[rows] >= 0)]
    again = human[1:][facts.holder[human[1:]] != facts.holder[human[:-1]]]
    last = int(cycle.mine[-1]) if len(cycle.mine) else cycle.start_row
    names = facts.people.texts("name"), facts.people.texts("id")
    after = human[human > cycle.start_row]  # whoever gets it first, out of a queue, takes it over from nobody
    since = cycle.start_row if facts.holder[cycle.start_row] >= 0 or not len(after) else int(after[0])
    open_ = (again > since) & (again <= last) & (facts.at[again] < cycle.until)  # once it is over, nothing starts it anew
    return tuple(
        HandOver(row - int(rows[0]), int(facts.at[row]), str(names[0][facts.holder[row]] or names[1][facts.holder[row]]))
        for row in again[open_].tolist()
    )


def _clock_start(cycle: Cycle, handed_over: tuple[HandOver, ...]) -> int:
    """The start, or the last hand-over in time."""
    return max([cycle.start, *(each.at for each in handed_over if cycle.due == NEVER or each.at <= cycle.due)])


def _days(cycle: Cycle, handed_over: tuple[HandOver, ...]) -> tuple[WorkingDay, ...]:
    """The working dates that the arithmetic needs: of a target in working days, or around a cadence."""
    definition, calendar = cycle.definition, cycle.calendar
    if isinstance(definition, Deadline):
        if not cycle.length.is_working_days:
            return ()
        since = _since(cycle, handed_over)
        until = int(calendar.advance_by(since, cycle.length, close_of_business=definition.close_of_business)[0])
        return working_days(calendar, cycle.start, max(until, cycle.due))
    lengths = [length for length in (definition.within, definition.gap.min, definition.gap.max) if length]
    spacing = Spacing(definition, calendar, np.array([cycle.start], np.int64))
    end = np.maximum(spacing.window_end(), cycle.due)
    reach = [int(calendar.advance_by(end, length)[0]) for length in lengths]
    return working_days(calendar, min(cycle.start, int(spacing.last_feasible().min())) - DAY, max(reach) + DAY)


def _moved_by_pauses(cycle: Cycle, handed_over: tuple[HandOver, ...]) -> dict[str, Any]:
    """Of a target in working days: when it would have been due without pauses, and how far they moved it."""
    definition, calendar = cycle.definition, cycle.calendar
    if cycle.credited or cycle.due == NEVER or not (isinstance(definition, Deadline) and cycle.length.is_working_days):
        return {}
    due = calendar.advance_by(_since(cycle, handed_over), cycle.length, close_of_business=definition.close_of_business)
    moved = int(calendar.elapsed_micros(due, np.array([cycle.due], np.int64))[0])
    return {"unpaused_due_at": int(due[0]), "paused_s": moved // SECOND} if moved > 0 else {}


def _since(cycle: Cycle, handed_over: tuple[HandOver, ...]) -> Instants:
    return np.array([_clock_start(cycle, handed_over)], np.int64)


def _asked_until(cycle: Cycle) -> int:
    """Up to when attempts count for the channels: the answer or the cancellation, else due."""
    each = cycle.told.judged.obligations
    closing = max(cycle.answer_row, int(each.cancel_row[cycle.row]))
    return int(cycle.told.facts.at[closing]) if closing >= 0 else cycle.due if cycle.due != NEVER else FOREVER


def _spacing(cycle: Cycle) -> Spacing | None:
    if isinstance(cycle.definition, Deadline):
        return None
    return Spacing(cycle.definition, cycle.calendar, np.array([cycle.start], np.int64))


def _limits(cycle: Cycle) -> tuple[int, ...]:
    spacing = _spacing(cycle)
    return tuple(int(limit) for limit in spacing.last_feasible()[:, 0]) if spacing else ()


def _warnings(cycle: Cycle) -> tuple[Warned, ...]:
    """Each warning with what it was set to; a cadence's come attempt by attempt."""
    definition = cycle.definition
    moments = definition.warn_at or (AlertMoment("warning"),)
    if isinstance(definition, Cadence):
        moments = moments * definition.attempts
    instants = cycle.told.judged.obligations.warnings[cycle.row].tolist()[: len(moments)]
    return tuple(
        Warned(at, moment.share, length_of(moment.before) if moment.before else None) for at, moment in zip(instants, moments, strict=True)
    )


def _warned_at(cycle: Cycle) -> tuple[int, ...]:
    """When somebody is warned: at the moments that the promise's alerts list, else at its warnings; in order."""
    judged, rows = cycle.told.judged, np.array([cycle.row])
    version = int(judged.obligations.version[cycle.row])
    if judged.versions[version].alerts is None:
        instants = judged.obligations.warnings[cycle.row].tolist()
    else:
        moments = [alert.at for alert in alerts_of(judged, version, cycle.told.definitions) if alert.at.event == "warning"]
        instants = [int(instants_of(cycle.told.facts, judged, moment, rows)[0]) for moment in moments]
    return tuple(sorted({each for each in instants if each != NEVER}))

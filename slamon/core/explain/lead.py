"""A lead's explanation: its history, and for each cycle the start, the target, what counted, the answer, the verdict."""

from dataclasses import dataclass, replace

import numpy as np

from slamon.core.clocks import Pauses
from slamon.core.definitions import Cadence, Deadline
from slamon.core.explain.arithmetic import Stretch, stretches
from slamon.core.explain.candidates import Asked, Candidate, candidates, who
from slamon.core.facts import UNTOLD, Facts, Rows
from slamon.core.instants import NEVER, SECOND
from slamon.core.kinds.starts import lengths_of
from slamon.core.patterns import pauses
from slamon.core.spacing import Spacing
from slamon.core.verdicts import STATES, Judged, Judgement, event_words


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One event of the lead: when it happened, when it was logged (NEVER if the source does not say), what, by whom."""

    at: int
    recorded_at: int
    what: str
    who: str
    event: str


@dataclass(frozen=True, slots=True)
class Holding:
    """Who held the lead from an instant on; an empty name is nobody."""

    since: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleExplained:
    """One cycle's verdict and everything it follows from. Instants are microseconds UTC, NEVER for none."""

    cycle_id: str
    sla: str
    version: str
    title: str
    kind: str
    number: int
    state: str
    strict_state: str
    reason: str
    timezone: str
    calendar: str
    started_at: int
    start: str
    target: str
    target_why: str
    due_at: int
    warnings: tuple[int, ...]
    answered_at: int
    counted: tuple[Stretch, ...] = ()
    """From the start to due (a deadline's), or to now while the clock stands."""
    run_s: int = 0
    """How much of it counted, whole seconds: the target, when the end is due."""
    limits: tuple[int, ...] = ()
    """A cadence's last feasible instants, attempt by attempt."""
    attempts: int
    candidates: tuple[Candidate, ...] = ()
    holders: tuple[Holding, ...] = ()
    cause: str
    strict_due_at: int
    raised_at: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """One lead as of an instant."""

    lead: str
    merged: str
    """The lead that was asked for, when it was merged into this one; else empty."""
    as_of: int
    attributes: tuple[tuple[str, str], ...]
    history: tuple[HistoryLine, ...]
    cycles: tuple[CycleExplained, ...]


def explain(judgement: Judgement, lead: str, sla: str | None = None) -> Explanation | None:
    """The explanation of a lead, of one SLA or all; None when no event speaks of that lead."""
    facts = judgement.facts
    code = _code_of(facts, lead)
    if code is None:
        return None
    rows = np.arange(facts.first[code], facts.first[code + 1])
    cycles = [
        _cycle(facts, judged, row, rows)
        for judged in judgement.per_lead
        if sla is None or judged.sla == sla
        for row in np.flatnonzero(judged.obligations.lead == code).tolist()
    ]
    last = int(rows[-1])
    return Explanation(
        lead=str(facts.leads[code]),
        merged=lead if facts.leads[code] != lead else "",
        as_of=judgement.as_of,
        attributes=tuple((name, texts.at(last)) for name, texts in sorted(facts.attributes.items()) if texts.at(last)),
        history=tuple(
            HistoryLine(int(facts.at[row]), int(facts.recorded_at[row]), event_words(facts, row), _actor(facts, row), str(facts.id[row]))
            for row in rows.tolist()
        ),
        cycles=tuple(cycles),
    )


def _code_of(facts: Facts, lead: str) -> int | None:
    """The code of a lead, or of the one that it was merged into."""
    code = facts.code_of_lead(lead)
    if code is not None:
        return code
    rows = facts.home.where(lead)
    return int(facts.lead[rows[0]]) if len(rows) else None


def _actor(facts: Facts, row: int) -> str:
    return who(facts, row) if facts.actor[row] >= 0 else ""


def _cycle(facts: Facts, judged: Judged, row: int, rows: Rows) -> CycleExplained:
    """A cycle's verdict with what it follows from: the time that counted, the candidates, the holders."""
    each = judged.obligations
    definition = judged.versions[int(each.version[row])]
    counted = _counted(facts, judged, row)
    mine = _rows_of_cycle(facts, judged, row, rows, definition)
    asked = Asked(
        definition,
        int(each.answer_row[row]),
        int(each.cancel_row[row]),
        int(each.due[row]),
        _margin(facts, judged, row),
        _spacing(definition, judged, row),
    )
    return replace(
        _verdict(facts, judged, row),
        counted=counted,
        run_s=sum(stretch.end - stretch.begin for stretch in counted if stretch.counted) // SECOND,
        limits=_limits(definition, judged, row),
        candidates=tuple(candidates(facts, asked, mine)),
        holders=_holders(facts, mine, int(each.start_row[row])),
    )


def _verdict(facts: Facts, judged: Judged, row: int) -> CycleExplained:
    each = judged.obligations
    definition = judged.versions[int(each.version[row])]
    return CycleExplained(
        cycle_id=str(judged.cycle_id[row]),
        sla=judged.sla,
        version=definition.version,
        title=definition.title,
        kind=definition.kind,
        number=int(judged.number[row]),
        state=str(STATES[judged.state[row]]),
        strict_state=str(STATES[judged.strict[row]]) if judged.strict[row] >= 0 else "",
        reason=str(judged.reason[row]),
        timezone=judged.calendars[int(each.calendar[row])].timezone,
        calendar=judged.promised.calendars[int(each.calendar[row])],
        started_at=int(each.start[row]),
        start=event_words(facts, int(each.start_row[row])),
        target=_target(definition, judged.promised.lengths[int(each.target[row])].in_words()),
        target_why=_target_why(facts, judged, row),
        due_at=int(each.due[row]),
        warnings=tuple(sorted(int(warning) for warning in each.warnings[row] if warning != NEVER)),
        answered_at=int(judged.answered_at[row]),
        attempts=int(each.attempts[row]),
        cause=str(judged.cause[row]),
        strict_due_at=int(each.strict_due[row]),
        raised_at=int(each.raised_at[row]),
    )


def _counted(facts: Facts, judged: Judged, row: int) -> tuple[Stretch, ...]:
    """The stretches from the start to due, or to now while the clock stands."""
    each = judged.obligations
    until = facts.as_of if each.due[row] == NEVER else int(each.due[row])
    return _between(facts, judged, row, int(each.start[row]), until)


def _between(facts: Facts, judged: Judged, row: int, begin: int, end: int) -> tuple[Stretch, ...]:
    """What of a time counts on a cycle's clock."""
    each = judged.obligations
    definition = judged.versions[int(each.version[row])]
    is_working = judged.promised.lengths[int(each.target[row])].unit.is_working
    calendar = judged.calendars[int(each.calendar[row])] if is_working else None
    stopped = Pauses(*pauses(facts, definition.pause if isinstance(definition, Deadline) else None))
    return tuple(stretches(calendar, begin, end, stopped, int(each.lead[row])))


def _margin(facts: Facts, judged: Judged, row: int) -> str:
    """By how much a deadline's answer was early or late on its own clock: ``, 0 h 19 m 01 s late``; empty without answer or due."""
    each = judged.obligations
    due, answer = int(each.due[row]), int(each.answer_row[row])
    if due == NEVER or answer < 0:
        return ""
    at = int(facts.at[answer])
    between = _between(facts, judged, row, min(at, due), max(at, due))
    seconds = sum(stretch.end - stretch.begin for stretch in between if stretch.counted) // SECOND
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    words = f"{hours} h {minutes:02d} m {seconds:02d} s" if hours else f"{minutes} m {seconds:02d} s"
    working = " of working time" if judged.promised.lengths[int(each.target[row])].unit.is_working else ""
    return f", {words}{working} late" if at > due else f", {words}{working} to spare"


def _rows_of_cycle(facts: Facts, judged: Judged, row: int, rows: Rows, definition: Deadline | Cadence) -> Rows:
    """From the start (or what credit before it reaches back to) up to the lead's next cycle of this SLA."""
    each = judged.obligations
    begin = int(each.start_row[row])
    if isinstance(definition, Deadline) and definition.credit_before is not None:
        begin = int(facts.rows_from(each.lead[row : row + 1], each.start[row : row + 1] - definition.credit_before.micros)[0])
    following = row + 1 < len(each) and each.lead[row + 1] == each.lead[row]
    end = int(each.start_row[row + 1]) if following else int(rows[-1]) + 1
    within: Rows = rows[(rows >= begin) & (rows < end) & (rows != each.start_row[row])]
    return within


def _target(definition: Deadline | Cadence, words: str) -> str:
    if isinstance(definition, Deadline):
        return words
    gap = f", at least {definition.gap.min.in_words()} apart" if definition.gap.min else ""
    channels = f", on {definition.channels} channels" if definition.channels else ""
    return f"{definition.attempts} attempts in {words}{gap}{channels}"


def _target_why(facts: Facts, judged: Judged, row: int) -> str:
    """Which of the targets it is, and the attribute values that chose it."""
    each = judged.obligations
    definition = judged.versions[int(each.version[row])]
    if not isinstance(definition, Deadline) or not definition.targets:
        return ""
    start = int(each.start_row[row])
    names = dict.fromkeys(name for target in definition.targets for name in target.when)
    values = ", ".join(f"{name} {facts.attributes[name].at(start) or '(none)'}" for name in names if name in facts.attributes)
    earlier = judged.versions[: int(each.version[row])]
    offset = sum(len(lengths_of(version)) for version in earlier if isinstance(version, Deadline))
    index = int(each.target[row]) - offset
    chosen = (
        f"target {index + 1} of {len(definition.targets)}"
        if index < len(definition.targets)
        else "no target's filter matches, so the general one"
    )
    return f"{chosen} ({values} at the start)"


def _spacing(definition: Deadline | Cadence, judged: Judged, row: int) -> Spacing | None:
    if isinstance(definition, Deadline):
        return None
    each = judged.obligations
    return Spacing(definition, judged.calendars[int(each.calendar[row])], each.start[row : row + 1])


def _limits(definition: Deadline | Cadence, judged: Judged, row: int) -> tuple[int, ...]:
    spacing = _spacing(definition, judged, row)
    return tuple(int(limit) for limit in spacing.last_feasible()[:, 0]) if spacing else ()


def _holders(facts: Facts, rows: Rows, start_row: int) -> tuple[Holding, ...]:
    """Who held the lead at the start, where the source says so, and every change after it."""
    if not facts.tells_ownership:
        return ()
    changes = [row for row in rows[rows > start_row].tolist() if facts.holder_changed[row]]
    told = [start_row] if facts.holder[start_row] != UNTOLD else []
    return tuple(Holding(int(facts.at[row]), _holder_name(facts, row)) for row in told + changes)


def _holder_name(facts: Facts, row: int) -> str:
    person = facts.people.person(int(facts.holder[row]))
    return person.name or person.id

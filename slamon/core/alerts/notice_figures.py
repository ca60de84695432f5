"""What a notice shows of one cycle: why this lead, where its time went, and what the buyer did lately."""

from dataclasses import dataclass

import numpy as np

from slamon.core.alerts import BuyerTouch, Held
from slamon.core.facts import NOBODY, Facts, Kind
from slamon.core.facts.event_words import event_words
from slamon.core.verdicts import Judged
from slamon.core.working_time.instants import DAY, FOREVER, NEVER, SECOND

FRESH = 3 * DAY
"""What the buyer did longer before the start does not say why the lead is here now."""


@dataclass(frozen=True, slots=True)
class ClockSplit:
    """Where a cycle's time went, in whole seconds of the SLA's own clock; None where it does not apply or nobody tells."""

    elapsed_s: int
    late_by_s: int | None
    closed_s: int
    routing_s: int | None
    held: tuple[Held, ...]


def intent(facts: Facts, start_row: int) -> str:
    """Why this lead: what the buyer did shortly before the start, else the start itself, and how warm it is."""
    since = facts.rows_from(facts.lead[[start_row]], facts.at[[start_row]] - FRESH)[0]
    rows = np.arange(since, start_row + 1)
    bought = rows[facts.kind[rows] == Kind.TOUCH]
    stage = facts.name.at(start_row).upper() if facts.kind[start_row] == Kind.STAGE else event_words(facts, start_row)
    raised = facts.name.at(int(bought[-1])).replace("_", " ") if len(bought) else stage
    warmth = facts.attributes["intent"].at(start_row) if "intent" in facts.attributes else ""
    return f"{raised}, {warmth} intent" if warmth else raised


def target(judged: Judged, row: int) -> str:
    """The target in words: ``2 working hours``, or ``attempt 2 of 6``."""
    definition = judged.versions[int(judged.obligations.version[row])]
    if definition.kind == "cadence":
        made = int(judged.obligations.attempts[row])
        return f"attempt {min(made + 1, definition.attempts)} of {definition.attempts}"
    return judged.promised.lengths[int(judged.obligations.target[row])].in_words()


def clock_split(facts: Facts, judged: Judged, row: int) -> ClockSplit:
    """Where the time of one cycle went, up to its answer or ``as_of``."""
    each = judged.obligations
    clock = judged.clock(row)
    until = facts.as_of if judged.answered_at[row] == NEVER else int(judged.answered_at[row])
    until = max(until, int(each.start[row]))
    due, assigned = int(each.due[row]), int(each.assigned[row])
    moments = np.array([each.start[row], until, due if due != NEVER else until, assigned if assigned != NEVER else until], np.int64)
    began, ended, at_due, at_assigned = clock.run(np.minimum(moments, FOREVER // 2)).tolist()
    elapsed = ended - began
    routing = max(min(at_assigned, ended) - began, 0)
    return ClockSplit(
        elapsed_s=elapsed // SECOND,
        late_by_s=(ended - at_due) // SECOND if due != NEVER and until > due else None,
        closed_s=(until - int(each.start[row]) - elapsed) // SECOND,
        routing_s=routing // SECOND if facts.tells_ownership else None,
        held=_held(facts, judged, row, assigned, until) if facts.tells_ownership and NEVER < assigned < until else (),
    )


def _held(facts: Facts, judged: Judged, row: int, assigned: int, until: int) -> tuple[Held, ...]:
    """Each holder's own part of the clock from the first assignment on, those of one person added up."""
    lead = int(judged.obligations.lead[row])
    rows = np.arange(facts.first[lead], facts.first[lead + 1])
    first = rows[facts.at[rows] <= assigned][-1:]
    later = rows[facts.holder_changed[rows] & (facts.at[rows] > assigned) & (facts.at[rows] < until)]
    begins = np.maximum(facts.at[np.concatenate([first, later])], assigned)
    run = judged.clock(row).run(np.append(begins, until))
    spans: dict[int, int] = {}
    for code, ran in zip(facts.holder[np.concatenate([first, later])].tolist(), np.diff(run).tolist(), strict=True):
        spans[max(code, NOBODY)] = spans.get(max(code, NOBODY), 0) + ran
    persons = {code: facts.people.person(code) for code in spans}
    return tuple(Held(persons[code].name or persons[code].id, ran // SECOND) for code, ran in spans.items())


def touches(facts: Facts, lead: int) -> tuple[BuyerTouch, ...]:
    """The last three things the buyer did, newest first."""
    rows = np.arange(facts.first[lead], facts.first[lead + 1])
    latest = rows[facts.kind[rows] == Kind.TOUCH][-3:][::-1]
    return tuple(BuyerTouch(int(facts.at[row]), facts.name.at(row), facts.value.at(row)) for row in latest.tolist())

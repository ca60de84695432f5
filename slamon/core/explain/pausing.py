"""Why a cycle's clock stood: each pause with the lead's state that caused it, as far as it mattered to the cycle."""

from collections.abc import Iterator

import numpy as np

from slamon.core.definitions import Cadence, Deadline
from slamon.core.definitions.clause_terms import ClockState, Pause
from slamon.core.explain.explanation import Paused
from slamon.core.facts import Facts, Kind
from slamon.core.patterns import pauses, while_deleted
from slamon.core.working_time.instants import FOREVER


def paused(facts: Facts, definition: Deadline | Cadence, lead: int, since: int, until: int) -> tuple[Paused, ...]:
    """The pauses of a lead (its code) between two instants, in order; one that has not ended ends FOREVER.

    A pause that goes on at ``until`` ends there, unless that is FOREVER.
    """
    pause = None if isinstance(definition, Cadence) else definition.pause
    reasons = list(_reasons(facts, pause, lead))
    found = []
    for begin, end in _deleted(facts, lead) if isinstance(definition, Cadence) else _of_lead(facts, pause, lead):
        low, high = max(begin, since), min(end, until)
        if low < high:
            why = dict.fromkeys(reason.why for reason in reasons if reason.begin < high and low < reason.end)
            found.append(Paused(low, high, "paused: " + ", ".join(why)))
    return tuple(found)


def _deleted(facts: Facts, lead: int) -> Iterator[tuple[int, int]]:
    leads, begins, ends = while_deleted(facts)
    for row in np.flatnonzero(leads == lead).tolist():
        yield int(begins[row]), int(ends[row])


def _of_lead(facts: Facts, pause: Pause | None, lead: int) -> Iterator[tuple[int, int]]:
    leads, begins, ends = pauses(facts, pause)
    for row in np.flatnonzero(leads == lead).tolist():
        yield int(begins[row]), int(ends[row])


def _reasons(facts: Facts, pause: Pause | None, lead: int) -> Iterator[Paused]:
    """Each state's own stretches; a deletion that was taken back is one of every promise."""
    deleted = list(_of_lead(facts, None, lead))
    yield from (Paused(begin, end, "deleted meanwhile") for begin, end in deleted)
    for state in pause.while_ if pause else ():
        for begin, end in _of_lead(facts, Pause.model_construct(while_=(state,)), lead):
            if (begin, end) not in deleted:
                yield Paused(begin, end, _words(facts, state, lead, begin))


def _words(facts: Facts, state: ClockState, lead: int, begin: int) -> str:
    """``unassigned``, ``Rita away``, ``in stage nurture``."""
    if state == "unassigned":
        return "unassigned"
    row = int(facts.rows_from(np.array([lead], np.int32), np.array([begin], np.int64), after=True)[0]) - 1
    if state == "holder away":
        person = facts.people.person(int(facts.holder[row]))
        return f"{person.name or person.id or 'holder'} away"
    stages = [each for each in range(int(facts.first[lead]), row + 1) if facts.kind[each] == Kind.STAGE]
    return f"in stage {facts.name.at(stages[-1])}" if stages else "in a stage"


def standing_since(found: tuple[Paused, ...]) -> int | None:
    """Since when the clock stands, if a pause has not ended."""
    return next((pause.begin for pause in found if pause.end == FOREVER), None)

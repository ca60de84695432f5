"""Why a promise was missed, who held the lead, and what was known only later than it happened."""

from collections.abc import Iterator, Sequence

import numpy as np

from slamon.core.definitions import Cadence, Deadline
from slamon.core.definitions.pattern_terms import filter_in_words
from slamon.core.explain.arithmetic import counted_between
from slamon.core.explain.explanation import Away, Holding, Stretch
from slamon.core.explain.merging import merge_known
from slamon.core.explain.one_cycle import Told
from slamon.core.explain.wording import length_words, wall_words, with_article
from slamon.core.facts import UNTOLD, Facts, Rows
from slamon.core.facts.event_words import event_words
from slamon.core.verdicts import BREACHED, CANCELLED, MET, Judged
from slamon.core.working_time.instants import FOREVER, NEVER


def holders_of(facts: Facts, start_row: int, rows: Rows) -> tuple[Holding, ...]:
    """Who held the lead at the start, where the source says so, and every change after it."""
    if not facts.tells_ownership:
        return ()
    changes = [row for row in rows[rows > start_row].tolist() if facts.holder_changed[row]]
    told = [start_row] if facts.holder[start_row] != UNTOLD else []
    return tuple(_holding(facts, row) for row in told + changes)


def _holding(facts: Facts, row: int) -> Holding:
    code, people = int(facts.holder[row]), facts.people
    person = people.person(code)
    spans = np.flatnonzero(people.away_code == code).tolist() if code >= 0 else []
    away = tuple(Away(int(people.away_since[span]), int(people.away_until[span])) for span in spans)
    active = bool(people.active[code]) if code >= 0 else True
    return Holding(int(facts.at[row]), person.name or person.id, person.id, active, away)


def holding_at(holders: Sequence[Holding], instant: int) -> Holding | None:
    """Who held the lead at an instant; None when nobody is known to have."""
    before = [each for each in holders if each.since <= instant]
    return before[-1] if before and before[-1].id else None


def cause_words(facts: Facts, judged: Judged, row: int, counted: Sequence[Stretch], holders: Sequence[Holding]) -> str:
    """Why the cause is that one; empty without a cause."""
    each, cause, zone = judged.obligations, judged.cause.at(row), judged.calendars[int(judged.obligations.calendar[row])].timezone
    due, assigned = int(each.due[row]), int(each.assigned[row])
    held = holding_at(holders, due)
    match cause:
        case "data late":
            late = int(each.late_evidence[row])
            what, logged = event_words(facts, late), wall_words(facts.recorded_at[late], zone)
            return f"{with_article(what)} of {wall_words(int(facts.at[late]), zone)} was in time, but logged only {logged}"
        case "routing":
            return _routed_words(counted, held, assigned, due, zone)
        case "coverage":
            return f"{held.name if held else 'the holder'} held the lead at due, and was away or not active any more"
        case "owner":
            return f"{held.name if held else 'nobody'} held the lead at due"
    return ""


def _routed_words(counted: Sequence[Stretch], held: Holding | None, assigned: int, due: int, zone: str) -> str:
    if assigned == NEVER or assigned > due:
        return "nobody held the lead before due"
    if held is None:
        return "nobody held the lead at due: it was back in a queue"
    left = length_words(counted_between(counted, assigned, due))
    return f"first assigned {wall_words(assigned, zone)}, with {left} left: less than half"


def unknown_words(definition: Deadline | Cadence, reason: str) -> str:
    """A reason with the filter that it speaks of, where an attribute keeps the cycle from being evaluated."""
    if "not a number" in reason and definition.applies_to:
        return f"{reason} (this promise is for {filter_in_words(definition.applies_to)})"
    return reason


def known_later(told: Told, row: int, zone: str) -> tuple[str, ...]:
    """What decided the cycle and was first seen, or known to be of this lead, after due: until then the verdict was another one."""
    facts, judged, seen = told.facts, told.judged, told.seen
    each = judged.obligations
    due, state = int(each.due[row]), int(judged.state[row])
    deciding = {MET: int(each.answer_row[row]), CANCELLED: int(each.cancel_row[row])}.get(state, -1)
    found = []
    start_seen = seen.get(str(facts.id[each.start_row[row]]), NEVER)
    if due not in (NEVER, FOREVER) and start_seen > due:
        found.append(f"the start itself was first seen {wall_words(start_seen, zone)}, after due: nobody could be warned")
    if deciding >= 0 and due not in (NEVER, FOREVER):
        found += _deciding_later(told, deciding, int(each.start_row[row]), due, zone)
    if state == BREACHED and each.answer_row[row] < 0 and each.late_evidence[row] >= 0:
        found.append("accepted by a manager, the late evidence would make it kept")
    return tuple(found)


def _deciding_later(told: Told, deciding: int, start_row: int, due: int, zone: str) -> Iterator[str]:
    """Of the event that decided: when it was first seen, or known to be of this lead, if that was after due."""
    facts, start_record, record = told.facts, str(told.facts.home[start_row]), str(told.facts.home[deciding])
    what = f"the {event_words(facts, deciding)} of {wall_words(int(facts.at[deciding]), zone)}"
    first_seen = told.seen.get(str(facts.id[deciding]), NEVER)
    merged = merge_known(facts, told.rows, told.seen, start_record, record)
    if merged > max(due, first_seen):
        words = f"{what} is of the record {record}, the start of {start_record}"
        yield f"{words}; until the merge was known, {wall_words(merged, zone)}, this was a breach"
    elif first_seen > due:
        yield f"{what} was first seen {wall_words(first_seen, zone)}; until then this was a breach"

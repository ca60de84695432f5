"""What a deadline's cycles run by and are answered by, and credit: an answer that came shortly before the start."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from slamon.core.calendars import Calendar
from slamon.core.clocks import Pauses, Span, last_within
from slamon.core.definitions import Deadline
from slamon.core.durations import Duration
from slamon.core.facts import Codes, Facts, Mask, Rows
from slamon.core.instants import NEVER, Instants
from slamon.core.kinds.cycles import NONE, Candidates, chained, firsts, following
from slamon.core.kinds.obligations import Indices, Obligations, alike


@dataclass(frozen=True, slots=True)
class Answers:
    """The rows of an SLA's answers: those that count, those logged too late, and those that cancel; each sorted.

    ``credited_until`` is the last start that each counting answer is credited to, ``late_credited_until`` the same for those
    logged too late, if they are accepted; NEVER where the terms give no credit. ``stopped`` is when the clock stands.
    """

    counting: Rows
    credited_until: Instants
    logged_late: Rows
    late_credited_until: Instants
    cancelling: Rows
    stopped: Pauses


@dataclass(frozen=True, slots=True)
class Running:
    """What each start event's clock runs by: calendar and target by index, and the lead's pauses; parallel arrays."""

    rows: Rows
    lead: Codes
    calendars: tuple[Calendar, ...]
    calendar: Indices
    target: Indices
    stopped: Pauses
    until: Instants
    """When the first answer or cancelling event came (FOREVER for none): pauses after it move nothing."""

    def span(self, start: Instants, members: Indices) -> Span:
        """The clocks of some cycles, if they start at these instants."""
        return Span(self.lead[members], start[members], self.until[members])


def credited_until(facts: Facts, credit: Duration | None, calendar: Calendar, counting: Rows) -> Instants:
    """Up to which start each answer is credited, on the credit's own clock; NEVER where none is."""
    at = facts.at[counting]
    if credit is None or not len(counting):
        return np.full(len(counting), NEVER)
    return last_within(credit, calendar, at)


def logged_late_before(facts: Facts, answers: Answers, rows: Rows) -> Rows:
    """For each start the last match before it that was logged too late and would be credited to it; NONE for none."""
    place = np.searchsorted(answers.logged_late, rows, side="left") - 1
    row = np.append(answers.logged_late, NONE)[place]
    until = np.append(answers.late_credited_until, NEVER)[place]
    near = (place >= 0) & (facts.lead[row] == facts.lead[rows]) & (until >= facts.at[rows])
    return np.where(near, row, NONE)


def accepted(facts: Facts, versions: Sequence[Deadline], answers: Sequence[Answers], whole: Obligations, chain: Candidates) -> Obligations:
    """The cycles that were really opened, each with its answer, an early one credited where the terms allow it."""
    if all(definition.credit_before is None for definition in versions):
        return whole.take(chained(facts, chain.row, following(facts, chain)))
    at_once = replace(chain, closes_row=chain.row, cancels=np.zeros(len(chain.row), bool))
    plain, credited = following(facts, chain), following(facts, at_once)
    credit = np.full(len(whole), NONE)
    kept = np.zeros(len(whole), bool)
    used = np.zeros(len(facts) + 1, bool)  # one event answers one cycle; the last place stands for NONE
    frontier = firsts(facts, chain.row)
    while len(frontier):
        kept[frontier] = True
        credit[frontier] = _early(facts, versions, answers, whole, frontier, used)
        early = credit[frontier] != NONE
        nxt = np.where(early, credited[frontier], plain[frontier])
        answer = np.where(early, credit[frontier], np.where(chain.cancels[frontier], NONE, whole.answer_row[frontier]))
        before_next = answer < np.where(nxt == NONE, len(facts), chain.row[nxt])
        used[answer[before_next]] = True
        frontier = nxt[nxt != NONE]
    return replace(whole, answer_row=np.where(credit == NONE, whole.answer_row, credit)).take(kept)


def _early(facts: Facts, versions: Sequence[Deadline], answers: Sequence[Answers], whole: Obligations, starts: Indices, used: Mask) -> Rows:
    """For some start events the last match before each that is near enough and has answered nothing yet; NONE for none."""
    found = np.full(len(starts), NONE)
    for index in range(len(versions)):
        mine = np.flatnonzero(whole.version[starts] == index)
        rows = whole.start_row[starts[mine]]
        counting, until = np.append(answers[index].counting, NONE), np.append(answers[index].credited_until, NEVER)
        place = np.searchsorted(answers[index].counting, rows, side="left") - 1
        while True:
            row = counting[place]
            near = (place >= 0) & (facts.lead[row] == facts.lead[rows]) & (until[place] >= facts.at[rows])
            taken = near & used[row]
            if not taken.any():
                break
            place = np.where(taken, place - 1, place)
        found[mine] = np.where(near, row, NONE)
    return found


def due_at_once(
    kept: Obligations, lengths: Sequence[Duration], calendars: Sequence[Sequence[Calendar]], close_of_business: Sequence[bool]
) -> Obligations:
    """Cycles that credit closed as they began are due without what came later: no pauses, and only the holder of that instant.

    ``calendars`` and ``close_of_business`` are those of each version; the first of its calendars is the workspace's.
    """
    bases = np.cumsum([0, *(len(each) for each in calendars)])
    credited = (kept.answer_row != NONE) & (kept.answer_row < kept.start_row)
    calendar = np.where(credited & (kept.assigned != kept.start), bases[kept.version], kept.calendar)
    due, strict = kept.due.copy(), kept.strict_due.copy()
    early = np.flatnonzero(credited)
    for (version, cal, target), members in alike(kept.version[early], calendar[early], kept.target[early]):
        mine = early[members]
        chosen, length = calendars[version][cal - bases[version]], lengths[target]
        due[mine] = chosen.advance_by(kept.start[mine], length, close_of_business=close_of_business[version])
        strict[mine] = np.minimum(kept.raised_at[mine] + length.micros, due[mine])
    return replace(kept, calendar=calendar, due=due, strict_due=strict, paused=due == NEVER)

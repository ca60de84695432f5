"""What a deadline's cycles run by and are answered by, and credit: an answer that came shortly before the start."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from slamon.core.clocks import Pauses, Span, last_within
from slamon.core.definitions import Deadline
from slamon.core.facts import Codes, Facts, Rows
from slamon.core.kinds.cycles import FEW, NONE, Candidates, chained, firsts, following
from slamon.core.kinds.obligations import Indices, Obligations, alike
from slamon.core.kinds.unused import Unused
from slamon.core.working_time.calendars import Calendar
from slamon.core.working_time.durations import Duration
from slamon.core.working_time.instants import NEVER, Instants


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

    def take(self, members: Indices) -> "Running":
        """Some of the cycles."""
        return replace(
            self,
            rows=self.rows[members],
            lead=self.lead[members],
            calendar=self.calendar[members],
            target=self.target[members],
            until=self.until[members],
        )

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
    unused = [Unused.of(each.counting, each.credited_until) for each in answers]
    walk = Walk(whole, np.where(chain.cancels, NONE, whole.answer_row), following(facts, chain), following(facts, at_once), unused)
    credit, kept = np.full(len(whole), NONE), np.zeros(len(whole), bool)
    frontier = firsts(facts, chain.row)
    while len(frontier) > FEW:
        kept[frontier] = True
        credit[frontier], frontier = walk.step(facts, frontier)
    for first in frontier.tolist():
        cycles, early = walk.to_the_end(facts, first)
        kept[cycles], credit[cycles] = True, early
    return replace(whole, answer_row=np.where(credit == NONE, whole.answer_row, credit)).take(kept)


@dataclass(frozen=True, slots=True)
class Walk:
    """From cycle to cycle of a lead: what answers each start, and which start follows, plainly or if an answer is credited to it."""

    whole: Obligations
    answer: Rows
    plain: Indices
    credited: Indices
    unused: Sequence[Unused]

    def step(self, facts: Facts, starts: Indices) -> tuple[Rows, Indices]:
        """The answer credited to each start (NONE for none), and the starts that follow; no two starts are of one lead."""
        early = np.full(len(starts), NONE)
        for version, unused in enumerate(self.unused):
            mine = np.flatnonzero(self.whole.version[starts] == version)
            rows = self.whole.start_row[starts[mine]]
            early[mine] = unused.credited(facts, np.searchsorted(unused.rows, rows), rows)
        following = np.where(early == NONE, self.plain[starts], self.credited[starts])
        answer = np.where(early == NONE, self.answer[starts], early)
        before_next = answer < np.where(following == NONE, len(facts), self.whole.start_row[following])
        for unused in self.unused:
            unused.use(answer[before_next])
        return early, following[following != NONE]

    def to_the_end(self, facts: Facts, first: int) -> tuple[list[int], list[int]]:
        """The cycles of one lead from a start on, and the answer credited to each, NONE for none."""
        lead = int(self.whole.lead[first])
        low, high = int(facts.first[lead]), int(facts.first[lead + 1])
        starts = slice(first, int(np.searchsorted(self.whole.start_row, high)))
        row, version, answer, plain, credited = (
            each[starts].tolist() for each in (self.whole.start_row, self.whole.version, self.answer, self.plain, self.credited)
        )
        at = self.whole.start[starts].tolist()
        unused = [each.of_lead(low, high) for each in self.unused]
        place = [np.searchsorted(np.array(each.rows, np.int64), row).tolist() for each in unused]
        cycles: list[int] = []
        credit: list[int] = []
        each = 0
        while each >= 0:
            early = unused[version[each]].credited(place[version[each]][each], at[each])
            following = (plain if early == NONE else credited)[each]
            used = answer[each] if early == NONE else early
            if following == NONE or used < row[following - first]:
                for answers in unused:
                    answers.use(used)
            cycles.append(first + each)
            credit.append(early)
            each = following - first
        return cycles, credit


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
    return replace(kept, calendar=calendar, due=due, strict_due=strict)

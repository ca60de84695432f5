"""What a quota counts: the entries of its leads, what each is worth, and when it was taken back."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from slamon.core.definitions import Quota
from slamon.core.facts import Facts, Kind, Mask, Rows
from slamon.core.kinds.counting import Floats, Groups, groups_of, united, worth_of
from slamon.core.kinds.cycles import NONE, firsts, next_in
from slamon.core.patterns import matching, passing
from slamon.core.working_time.calendars import Calendar
from slamon.core.working_time.instants import FOREVER, NEVER, Instants


@dataclass(frozen=True, slots=True)
class Entries:
    """What was counted: instants, worths and groups, and when each was reversed (NEVER if it was not).

    Parallel arrays; as ``joined`` gives them they are sorted by instant.
    """

    at: Instants
    worth: Floats
    group: Groups
    reversed_at: Instants

    def take(self, rows: Rows | Mask) -> "Entries":
        """Some of the entries."""
        return Entries(self.at[rows], self.worth[rows], self.group.take(rows), self.reversed_at[rows])

    def of_group(self, group: str) -> "Entries":
        """The entries of one group; all for the empty one."""
        return self.take(self.group.are(group)) if group else self

    def known_at(self, instant: int) -> "Entries":
        """What was counted, and reversed, before an instant."""
        mine = self.at < instant
        reversed_at = np.where(self.reversed_at < instant, self.reversed_at, NEVER)
        return Entries(self.at, self.worth, self.group, reversed_at).take(mine)


def entries_of(facts: Facts, definition: Quota, calendar: Calendar) -> Entries:
    """The entries of all leads, in order of time."""
    return joined([entries_in(facts, definition, calendar)])


def entries_in(facts: Facts, definition: Quota, calendar: Calendar) -> Entries:
    """A lead counts at its first entry, and with ``recount`` again when it comes back after an exit stage."""
    rows, reversed_at = entering(facts, definition, calendar)
    return Entries(facts.at[rows], worth_of(facts, definition.value, rows), groups_of(facts, definition.by, rows), reversed_at)


def entering(facts: Facts, definition: Quota, calendar: Calendar) -> tuple[Rows, Instants]:
    """The rows of the events that are counted, and when each was taken back (NEVER if it was not)."""
    rows = np.flatnonzero(matching(facts, definition.counts))
    rows = _first_entries(facts, rows, recount=definition.recount)
    reversed_at = _reversals(facts, definition, calendar, rows)
    meant = passing(facts, definition.applies_to, rows)
    return rows[meant], reversed_at[meant]


def counted_rows(facts: Facts, definition: Quota, calendar: Calendar) -> Rows:
    """The rows of the events that are counted."""
    return entering(facts, definition, calendar)[0]


def joined(parts: Sequence[Entries]) -> Entries:
    """The entries of all parts in order of time; the same whatever the order of the parts."""
    if not parts:
        return Entries(np.zeros(0, np.int64), np.zeros(0), united([]), np.zeros(0, np.int64))
    at, reversed_at = np.concatenate([part.at for part in parts]), np.concatenate([part.reversed_at for part in parts])
    worth = np.concatenate([part.worth for part in parts])
    whole = Entries(at, worth, united([part.group for part in parts]), reversed_at)
    if len(worth) and (worth == worth[0]).all():
        return whole.take(np.argsort(at, kind="stable"))
    return whole.take(np.lexsort((reversed_at, whole.group.codes, worth, at)))  # sums of fractions depend on their order


def _reversals(facts: Facts, definition: Quota, calendar: Calendar, rows: Rows) -> Instants:
    """When each entry was taken back: by the first reversal in time, before the lead was counted again; else NEVER."""
    if definition.reversed_by is None or not len(rows):
        return np.full(len(rows), NEVER)
    reverse = next_in(np.flatnonzero(matching(facts, [definition.reversed_by])), rows, facts)
    again = next_in(rows, rows, facts)
    within = definition.reversed_by.within
    until = calendar.advance_by(facts.at[rows], within) if within else np.full(len(rows), FOREVER)
    taken_back = (reverse != NONE) & (facts.at[reverse] <= until) & ((again == NONE) | (reverse < again))
    return np.where(taken_back, facts.at[reverse], NEVER)


def _first_entries(facts: Facts, rows: Rows, *, recount: bool) -> Rows:
    first = rows[firsts(facts, rows)]
    if not recount or not len(rows):
        return first
    exits = np.flatnonzero((facts.kind == Kind.STAGE) & facts.exit_stage)
    left = next_in(exits, rows, facts)
    came_back = np.zeros(len(rows), bool)
    following = np.append(rows[1:], NONE)
    came_back[1:] = ((left != NONE) & (left < following) & (facts.lead[following] == facts.lead[rows]))[:-1]
    return np.union1d(first, rows[came_back])

"""One cycle of the judgement that it belongs to, its parts as single values."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from slamon.core.definitions import Cadence, Deadline, DefinitionSet
from slamon.core.explain.candidates import Marks, marks_of
from slamon.core.facts import Facts, Rows
from slamon.core.verdicts import Judged
from slamon.core.working_time.calendars import Calendar
from slamon.core.working_time.durations import Duration
from slamon.core.working_time.instants import FOREVER


@dataclass(frozen=True, slots=True)
class Told:
    """Everything that cycles of one lead are explained from; ``rows`` are the lead's, ``seen`` when each event was first seen."""

    facts: Facts
    definitions: DefinitionSet
    judged: Judged
    rows: Rows
    seen: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Cycle:
    """One cycle; instants in microseconds UTC."""

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
        """Whether an answer before the start closed it as it began."""
        return 0 <= self.answer_row < self.start_row

    @property
    def until(self) -> int:
        """The first answer or cancelling event after the start, FOREVER without one: pauses after it move nothing.

        Of a cadence what closed it, else its due.
        """
        if isinstance(self.definition, Cadence):
            closing_row = max(self.answer_row, int(self.told.judged.obligations.cancel_row[self.row]))
            return int(self.told.facts.at[closing_row]) if closing_row >= 0 else self.due
        marked = (self.marks.matches & ~self.marks.late) | self.marks.ends
        closing = self.mine[marked[self.mine]]
        return int(self.told.facts.at[closing[0]]) if len(closing) else FOREVER


def cycle_of(told: Told, row: int) -> Cycle:
    """The cycle at a place in the obligations."""
    each = told.judged.obligations
    definition = told.judged.versions[int(each.version[row])]
    start_row = int(each.start_row[row])
    following = row + 1 < len(each) and each.lead[row + 1] == each.lead[row]
    end = int(each.start_row[row + 1]) if following else int(told.rows[-1]) + 1
    return Cycle(
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

"""Where each cycle stands: its number in its lead's history, its period, and who held the lead at due."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from slamon.core.columns import Texts
from slamon.core.definitions import DefinitionSet
from slamon.core.facts import UNTOLD, Codes, Facts, Rows
from slamon.core.kinds.obligations import Obligations
from slamon.core.working_time.instants import Instants
from slamon.core.working_time.periods import Per, periods_of


def numbers_of(lead: Codes) -> npt.NDArray[np.int64]:
    """Each cycle's place in its lead's history, from 1."""
    rows = np.arange(len(lead))
    begins = np.concatenate(([True], lead[1:] != lead[:-1])) if len(lead) else np.zeros(0, bool)
    return rows - np.maximum.accumulate(np.where(begins, rows, 0)) + 1 if len(lead) else rows


def due_periods(versions: Sequence[Any], definitions: DefinitionSet, each: Obligations) -> Texts:
    """The period that holds due, in the zone of the calendar; empty while there is no due."""
    known: dict[str, int] = {}
    codes = np.full(len(each), -1, np.int32)
    for index, definition in enumerate(versions):
        mine = np.flatnonzero(each.version == index)
        per: Per = definition.objective.per if definition.objective else "month"
        found = periods_of(each.due[mine], per, definitions.calendar_of(definition).timezone)
        places = [known.setdefault(label, len(known)) for label in found.values.tolist()]
        codes[mine] = np.array([*places, -1], np.int32)[found.codes]
    return Texts(codes, np.array([*known, None], object)[:-1])


def holder_at(facts: Facts, lead: Codes, instants: Instants) -> Codes:
    """Who held each lead at an instant; UNTOLD before its first event."""
    rows = facts.rows_from(lead, instants, after=True) - 1
    return np.where(rows >= facts.first.take(lead), facts.holder.take(np.maximum(rows, 0)), np.int32(UNTOLD))


def charged_holders(facts: Facts, each: Obligations, breached: Rows) -> Codes:
    """Who held the lead at due, of the ``breached`` cycles; UNTOLD for the others."""
    charged = np.full(len(each), UNTOLD, np.int32)
    charged[breached] = holder_at(facts, each.lead.take(breached), each.due.take(breached))
    return charged

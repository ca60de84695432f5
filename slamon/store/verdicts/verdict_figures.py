"""Questions about verdicts that the database answers: how many there are, whose they are, what an error budget is counted from."""

from collections.abc import Iterable, Iterator, Sequence

import pandas as pd
from sqlalchemy import Connection, func, select

from slamon.core.scorecards.burn import LEAST_BREACHES
from slamon.store.schema import events, verdicts

_CHUNK = 500


def leads_with_verdicts(connection: Connection) -> Iterator[str]:
    """Every lead that has a verdict."""
    yield from connection.execute(select(verdicts.c.lead).distinct()).scalars()


def count_cycles(connection: Connection) -> int:
    """How many verdicts there are."""
    return int(connection.execute(select(func.count()).select_from(verdicts)).scalar_one())


def count_states(connection: Connection) -> dict[str, dict[str, int]]:
    """How many verdicts of each SLA are in each state."""
    found: dict[str, dict[str, int]] = {}
    columns = (verdicts.c.sla, verdicts.c.state)
    for sla, state, many in connection.execute(select(*columns, func.count()).group_by(*columns)):
        found.setdefault(sla, {})[state] = many
    return found


def leads_of_cycles(connection: Connection, cycle_ids: Iterable[str]) -> set[str]:
    """Whose verdicts some cycles have."""
    asked = (select(verdicts.c.lead).where(verdicts.c.cycle_id.in_(group)) for group in _chunks(sorted(set(cycle_ids))))
    return {lead for each in asked for lead in connection.execute(each).scalars()}


def leads_of_events(connection: Connection, ids: Iterable[str]) -> set[str]:
    """Whom some events speak of."""
    asked = (select(events.c.lead).where(events.c.id.in_(group)) for group in _chunks(sorted(set(ids))))
    return {lead for each in asked for lead in connection.execute(each).scalars()}


def cycles_in_count(connection: Connection, sla: str, period_starts_at: int, since: int) -> pd.DataFrame | None:
    """The dues and states of an SLA's cycles that were met, missed or are open, from an instant on, and the earliest of all.

    None when fewer than ``LEAST_BREACHES`` were missed since the period began: then no budget burns too fast.
    """
    mine = (verdicts.c.sla == sla) & verdicts.c.due_at.is_not(None)
    missed = mine & (verdicts.c.state == "breached") & (verdicts.c.due_at >= period_starts_at)
    if int(connection.execute(select(func.count()).select_from(verdicts).where(missed)).scalar_one()) < LEAST_BREACHES:
        return None
    counted = mine & verdicts.c.state.in_(("met", "breached", "pending"))
    first = connection.execute(select(func.min(verdicts.c.due_at)).where(counted)).scalar()
    rows = connection.execute(select(verdicts.c.due_at, verdicts.c.state).where(counted, verdicts.c.due_at >= since)).all()
    before = [(first, "met")] if first is not None and first < since else []
    return pd.DataFrame([*before, *map(tuple, rows)], columns=["due_at", "state"]).sort_values("due_at", kind="stable")


def _chunks(values: Sequence[str]) -> Iterable[Sequence[str]]:
    return (values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK))

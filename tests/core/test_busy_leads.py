"""Leads with very many events: judged with others or alone, in few steps or one by one, the verdicts are the same."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import TypeAdapter

from slamon.core.definitions import Definition, DefinitionSet
from slamon.core.evaluation import completed
from slamon.core.facts.event_frames import build_facts
from slamon.core.verdicts import judge_all
from slamon.core.working_time.instants import MINUTE
from tests.core.stories import FOLLOW_UP, OFFICE, instant

BEGIN = instant("2026-01-05 09:00")
EVENTS: tuple[dict[str, str], ...] = (
    {"kind": "stage", "name": "mql"},
    {"kind": "stage", "name": "on_hold"},
    {"kind": "stage", "name": "lost"},
    {"kind": "activity", "name": "call", "actor": "ann", "direction": "outbound"},
    {"kind": "owner", "name": "assigned", "owner": "ann"},
    {"kind": "owner", "name": "assigned", "owner": "bob"},
)
OFTEN = {"start": {"stage": "mql"}, "met_by": {"activity": "call"}, "within": "1wh", "debounce": "1m"}
PROMISES: dict[str, dict[str, Any]] = {
    "plain": {"cancelled_by": {"stage": "lost"}},
    "credited": {"credit_before": "3h", "cancelled_by": {"stage": "lost"}},
    "restarted and paused": {"restart_on_reassignment": True, "pause": {"while": [{"stage": "on_hold"}]}},
}


def events_of(leads: int, each: int) -> pd.DataFrame:
    """Leads to whom something happens every few minutes, in any order."""
    chance = np.random.default_rng(3)
    rows = [EVENTS[number] for number in chance.integers(0, len(EVENTS), leads * each)]
    lead = np.repeat([f"lead-{number:03}" for number in range(leads)], each)
    waits = chance.choice([0, 1, 5, 20, 90], (leads, each)) * MINUTE
    return pd.DataFrame(rows).assign(lead=lead, at=BEGIN + np.cumsum(waits, axis=1).reshape(-1), id=[f"e{row}" for row in range(len(rows))])


def verdicts(definitions: DefinitionSet, events: pd.DataFrame) -> pd.DataFrame:
    facts = build_facts(completed(events), instant("2026-03-01 09:00"))
    return judge_all(definitions, facts).verdicts().drop(columns="cycle_id")


@pytest.mark.parametrize("terms", PROMISES.values(), ids=PROMISES.keys())
def test_many_busy_leads_together_get_the_verdicts_that_each_gets_alone(terms: dict[str, Any]) -> None:
    definition = TypeAdapter[Any](Definition).validate_python(FOLLOW_UP | OFTEN | terms)
    definitions = DefinitionSet((definition,), {"office": OFFICE}, default_calendar="office")
    events = events_of(leads=50, each=120)
    alone = [verdicts(definitions, mine) for _, mine in events.groupby("lead")]
    together = verdicts(definitions, events)
    assert len(together) > 500
    pd.testing.assert_frame_equal(together, pd.concat(alone, ignore_index=True))

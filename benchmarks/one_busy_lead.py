"""What one lead with very many events costs among ordinary ones: its events should cost about what everybody's do.

    python benchmarks/one_busy_lead.py [LEADS]

Integrations that run wild write 200,000 calls, qualifications, hand-overs or pauses on one record. Each case judges the ordinary leads
alone and the same leads with such a one among them, and tells what each event of the busy lead costs beside one of the others. The
script fails when any costs more than ten times as much.
"""

import argparse
import gc
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from measuring import cpu_seconds, say
from pydantic import TypeAdapter

from slamon.core.definitions import Definition, DefinitionSet
from slamon.core.evaluation import completed
from slamon.core.facts import Facts
from slamon.core.facts.event_frames import build_facts
from slamon.core.verdicts import judge_all
from slamon.core.working_time.calendars import Calendar
from slamon.core.working_time.instants import DAY, HOUR, MINUTE

MOST = 10
MANY = 200_000
BEGIN = 1_735_689_600_000_000  # 2025-01-01
AS_OF = BEGIN + 400 * DAY
OFFICE = Calendar("Europe/Berlin", {"mon-fri": ["09:00-17:30"]}, {"country": "DE", "subdivision": "BE"})
STAGES = [{"stage": name, "means": name} for name in ("mql", "on_hold", "sal")] + [{"stage": "lost", "means": "lost", "exit": True}]
PROMISE = {
    "title": "A promise",
    "promised_by": "sales",
    "promised_to": "marketing",
    "accountable": "Head of Sales",
    "effective_from": "2024-01-01",
}
MQL, LOST, HOLD = {"kind": "stage", "name": "mql"}, {"kind": "stage", "name": "lost"}, {"kind": "stage", "name": "on_hold"}
CALL = {"kind": "activity", "name": "call", "actor": "ann", "direction": "outbound"}
ANN, BOB = ({"kind": "owner", "name": "assigned", "owner": owner} for owner in ("ann", "bob"))
DEADLINE: dict[str, Any] = {"kind": "deadline", "start": {"stage": "mql"}, "met_by": {"activity": "call"}, "within": "4wh"}
OFTEN: dict[str, Any] = DEADLINE | {"debounce": "1m"}
CADENCE: dict[str, Any] = {"kind": "cadence", "start": {"stage": "mql"}, "attempt": {"activity": "call"}, "attempts": 4}
QUOTA: dict[str, Any] = {"kind": "quota", "counts": {"stage": "mql"}, "per": "month", "target": 1000, "recount": True}


@dataclass(frozen=True, slots=True)
class Case:
    """A promise, and what the busy lead does over and over: the same events in turn, from the begin of the year on."""

    promise: Mapping[str, Any]
    turns: tuple[Mapping[str, str], ...]
    opening: tuple[Mapping[str, str], ...] = (MQL,)


CASES = {
    "deadline, one start and many calls": Case(DEADLINE, (CALL,)),
    "deadline, qualified and called over and over": Case(OFTEN, (MQL, CALL)),
    "deadline, calls, then as many starts they are credited to": Case(
        OFTEN | {"credit_before": "300d"}, (CALL,) * 100_000 + (MQL,) * 100_000
    ),
    "deadline, paused over and over": Case(DEADLINE | {"within": "200wd", "pause": {"while": [{"stage": "on_hold"}]}}, (HOLD, MQL)),
    "deadline, every start on hold at once": Case(OFTEN | {"pause": {"while": [{"stage": "on_hold"}]}}, (MQL, CALL, HOLD, LOST)),
    "deadline, handed over again and again": Case(DEADLINE | {"restart_on_reassignment": True}, (ANN, BOB)),
    "cadence, one start and many calls": Case(CADENCE | {"within": "200wd", "gap": {"min": "2wd"}}, (CALL,)),
    "cadence, calls far enough apart": Case(CADENCE | {"within": "200d", "gap": {"min": "2m"}, "attempts": 20}, (CALL,)),
    "cadence, qualified and lost over and over": Case(
        CADENCE | {"within": "10wd", "debounce": "1m", "ended_by": [{"stage": "lost"}]}, (MQL, LOST)
    ),
    "quota, in and out over and over": Case(QUOTA, (MQL, LOST)),
}


def ordinary(leads: int) -> pd.DataFrame:
    """Leads of ten events each over a year: qualified, assigned, called, put on hold, back, and lost."""
    chance = np.random.default_rng(5)
    since = BEGIN + chance.integers(0, 300 * DAY, leads)
    lead = np.array([f"lead-{number:06}" for number in range(leads)], object)
    told = (MQL, ANN, CALL, HOLD, MQL, CALL, CALL, BOB, CALL, LOST)
    waits = np.cumsum(chance.integers(MINUTE, 2 * DAY, (len(told), leads)), axis=0) - HOUR
    return pd.concat([pd.DataFrame({"lead": lead, "at": since + wait, **event}) for wait, event in zip(waits, told, strict=True)])


def busy(case: Case) -> pd.DataFrame:
    """One lead with an event every two minutes."""
    rows = [*case.opening, *(case.turns * (MANY // len(case.turns)))]
    return pd.DataFrame(rows).assign(lead="lead-000500-busy", at=BEGIN + 2 * MINUTE * np.arange(1, len(rows) + 1))


def facts_of(events: pd.DataFrame) -> Facts:
    """The facts of some events, as of the end."""
    return build_facts(
        completed(events), AS_OF, people=pd.DataFrame({"id": ["ann", "bob"]}).assign(active=True, automated=False), exit_stages=["lost"]
    )


def cost(case: Case, leads: int) -> tuple[float, float]:
    """Nanoseconds that an event of the ordinary leads costs, and one of the busy lead."""
    definition = TypeAdapter[Any](Definition).validate_python(PROMISE | {"sla": "promise"} | dict(case.promise))
    definitions = DefinitionSet((definition,), {"office": OFFICE}, default_calendar="office")
    alone = ordinary(leads)
    plain, both = facts_of(alone), facts_of(pd.concat([alone, busy(case)]))
    gc.collect()
    taken = cpu_seconds({"plain": lambda: judge_all(definitions, plain), "both": lambda: judge_all(definitions, both)}, repeats=3)
    each = taken["plain"] / len(plain)
    return each * 1e9, max(taken["both"] - taken["plain"], 0.0) / (len(both) - len(plain)) * 1e9


def main() -> None:
    """Print the figures; exits with 1 when the busy lead's events cost too much."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("leads", type=int, nargs="?", default=10_000)
    leads = parser.parse_args().leads
    say(f"{leads:,} leads of ten events each, and one with {MANY:,}; nanoseconds of CPU an event, median of 3")
    say(f"  {'':58} {'others':>8} {'busy':>8} {'ratio':>6}")
    worst = 0.0
    for name, case in CASES.items():
        plain, own = cost(case, leads)
        worst = max(worst, own / plain)
        say(f"  {name:58} {plain:8,.0f} {own:8,.0f} {own / plain:6.2f}")
    if worst > MOST:
        raise SystemExit(f"an event of the busy lead costs {worst:.0f} times as much as one of the others")


if __name__ == "__main__":
    main()

"""What it costs to judge a deadline on everybody's own calendar: 200 owners in 12 zones, beside one calendar for all of them.

    python benchmarks/per_owner_calendars.py [STARTS]

Both judge the same facts: each lead becomes an MQL that somebody holds, and two of three are called. Compilation of the calendars is
told apart: calendars are compiled once a process.
"""

import argparse
import random
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
from slamon.core.working_time.instants import DAY, HOUR

OWNERS = 200
PLACES: tuple[tuple[str, str | None, str | None], ...] = (
    ("Europe/Berlin", "DE", "BE"),
    ("Europe/London", "GB", "ENG"),
    ("Europe/Paris", "FR", None),
    ("Europe/Madrid", "ES", "MD"),
    ("Europe/Warsaw", "PL", None),
    ("America/New_York", "US", "NY"),
    ("America/Chicago", "US", "IL"),
    ("America/Los_Angeles", "US", "CA"),
    ("America/Sao_Paulo", "BR", "SP"),
    ("Asia/Tokyo", "JP", None),
    ("Asia/Kolkata", "IN", None),
    ("Australia/Sydney", "AU", "NSW"),
)
BEGIN = 1_735_689_600_000_000  # 2025-01-01
PROMISE: dict[str, Any] = {
    "sla": "follow-up",
    "title": "Follow-up",
    "promised_by": "sales",
    "promised_to": "marketing",
    "accountable": "Head of Sales",
    "effective_from": "2024-01-01",
    "kind": "deadline",
    "start": {"stage": "mql"},
    "met_by": {"activity": "call", "direction": "outbound"},
    "within": "4wh",
}


def calendars() -> dict[str, Calendar]:
    """The office's calendar, and one for each owner: a zone, its holidays, and hours and days off of their own."""
    chance = random.Random(7)
    made = {"office": Calendar("Europe/Berlin", {"mon-fri": ["09:00-17:30"]}, {"country": "DE", "subdivision": "BE"})}
    for owner in range(OWNERS):
        zone, country, subdivision = PLACES[owner % len(PLACES)]
        begin, minutes = chance.randint(7, 10), chance.choice(["00", "15", "30"])
        noon = chance.choice(["12:00", "12:30", "13:00"])
        hours = (
            [f"{begin:02}:{minutes}-{noon}", f"13:45-{begin + 9}:{minutes}"]
            if owner % 2
            else [f"{begin:02}:{minutes}-{begin + 8}:{minutes}"]
        )
        off = [f"2025-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}" for _ in range(20)]
        made[f"rep-{owner}"] = Calendar(zone, {"mon-fri": hours}, {"country": country, "subdivision": subdivision, "add": off})
    return made


def facts_of(starts: int) -> Facts:
    """That many leads over a year, each an MQL that somebody holds; two of three are called within days."""
    chance = np.random.default_rng(7)
    became = BEGIN + chance.integers(0, 365 * DAY, starts)
    called = became + chance.integers(HOUR // 6, 3 * DAY, starts)
    number = np.arange(starts)
    owner = np.array([f"rep-{each}" for each in range(OWNERS)], object)[number % OWNERS]
    lead = np.array([f"lead-{each:07}" for each in range(starts)], object)
    some = number % 3 != 0
    mql = pd.DataFrame({"lead": lead, "at": became, "kind": "stage", "name": "mql", "owner": owner})
    call = pd.DataFrame({"lead": lead[some], "at": called[some], "kind": "activity", "name": "call", "actor": owner[some]})
    events = pd.concat([mql, call.assign(direction="outbound")], ignore_index=True)
    people = pd.DataFrame({"id": [f"rep-{each}" for each in range(OWNERS)], "calendar": [f"rep-{each}" for each in range(OWNERS)]})
    return build_facts(completed(events), BEGIN + 380 * DAY, people=people.assign(active=True, automated=False))


def promised(calendar: str, known: dict[str, Calendar]) -> DefinitionSet:
    """The follow-up promise on one calendar."""
    definition = TypeAdapter[Any](Definition).validate_python(PROMISE | {"calendar": calendar})
    return DefinitionSet((definition,), known, default_calendar="office")


def main() -> None:
    """Print the figures; exits with 1 when owners do not get their own calendars."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("starts", type=int, nargs="?", default=1_000_000)
    starts = parser.parse_args().starts
    facts, known = facts_of(starts), calendars()
    reach = np.array([facts.at.min(), facts.as_of])
    compiling = cpu_seconds({"all": lambda: [each.openings_around(reach) for each in known.values()]}, 1)
    say(f"compiling {len(known)} calendars in {len(PLACES)} zones: {compiling['all']:.2f} s CPU, once")
    one, own = promised("office", known), promised("owner", known)
    (judged,) = judge_all(own, facts).per_lead
    used = judged.obligations.calendar
    taken = cpu_seconds({"one": lambda: judge_all(one, facts), "own": lambda: judge_all(own, facts)}, repeats=3)
    say(f"{starts:,} starts judged, median CPU of 3")
    say(f"  one calendar    {taken['one']:6.2f} s")
    say(f"  {len(np.unique(used))} calendars   {taken['own']:6.2f} s   {taken['own'] / taken['one']:.2f} times as much")
    if len(np.unique(used)) < OWNERS:
        raise SystemExit("owners were not judged on calendars of their own")


if __name__ == "__main__":
    main()

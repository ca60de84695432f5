"""All that verdicts follow from beside the facts of the leads, as one hash: while it is the same, what was judged stands."""

import hashlib
from functools import lru_cache
from importlib.metadata import version

import pandas as pd

from slamon.core.definitions import DefinitionSet
from slamon.core.kinds.starts import in_force
from slamon.core.verdicts import Rulings
from slamon.core.working_time.instants import DAY
from slamon.core.working_time.zones import offsets_of
from slamon.jobs.announcing.audience import Announcements

RULES_FROM, RULES_UNTIL = 14_610 * DAY, 25_567 * DAY
"""2010 to 2040, whose rules of zones are looked at."""
FORMAT = 1
"""Raised when leads that are judged alike are to be judged anew all the same."""


def basis_of(
    definitions: DefinitionSet,
    announcements: Announcements,
    rulings: Rulings,
    crew: tuple[pd.DataFrame, pd.DataFrame],
    go_live: int,
    as_of: int,
) -> str:
    """SHA-256 of the terms, the workspace's word on messages, the people and their absences, and versions put on open cycles."""
    told = [
        str(FORMAT),
        version("slamon"),
        *(f"{zone} {rules_of(zone)}" for zone in sorted(_zones(definitions))),
        definitions_hash(definitions),
        repr(sorted((name, calendar.terms) for name, calendar in definitions.calendars.items())),
        repr([stage.model_dump_json() for stage in definitions.stages]),
        repr(sorted((name, [each.model_dump_json() for each in alerts]) for name, alerts in definitions.routes.items())),
        repr(
            (definitions.default_calendar, definitions.timezone, sorted(definitions.team_calendars.items()), sorted(definitions.provided))
        ),
        *_telling(announcements),
        str(go_live),
        *(repr(sorted(map(repr, frame.itertuples(index=False, name=None)))) for frame in crew),
        repr(_put_on_open_cycles(definitions, rulings, as_of)),
    ]
    return hashlib.sha256("\n".join(told).encode(errors="surrogatepass")).hexdigest()


@lru_cache(maxsize=256)
def rules_of(zone: str) -> str:
    """SHA-256 of a zone's offsets over thirty years, as this process knows them: other rules may mean other due times."""
    known = offsets_of(zone, RULES_FROM, RULES_UNTIL)
    return hashlib.sha256(known.begin.tobytes() + known.offset.tobytes()).hexdigest()


def _zones(definitions: DefinitionSet) -> set[str]:
    return {definitions.timezone, *(calendar.timezone for calendar in definitions.calendars.values())}


def _telling(announcements: Announcements) -> list[str]:
    """Who hears what, and how; not since when nobody looked, which is of one check."""
    routing = announcements.routing
    named = (routing.teams, routing.addresses, routing.zones)
    ways = [repr((routing.default_channel, *(sorted(each.items()) for each in named), sorted(routing.unreachable)))]
    return [*ways, repr(announcements.manners), repr((announcements.timezone, announcements.go_live, announcements.lag))]


def definitions_hash(definitions: DefinitionSet) -> str:
    """SHA-256 of every definition's terms: the same promises have the same hash."""
    terms = sorted(definition.model_dump_json(by_alias=True) for definition in definitions.definitions)
    return hashlib.sha256("\n".join(terms).encode()).hexdigest()


def _put_on_open_cycles(definitions: DefinitionSet, rulings: Rulings, as_of: int) -> list[str]:
    since = {(each.sla, each.version): in_force(each, definitions).since for each in definitions.definitions}
    come = (each for each in rulings.activated if each.judges_from(since.get((each.sla, each.version), as_of)) <= as_of)
    return [repr(each) for each in come]


def rulings_told(rulings: Rulings) -> tuple[str, ...]:
    """Excuses and accepted evidence, one text each, by which a later check sees which of them are new."""
    excuses = (f"excuse {cycle} {reason}" for cycle, reason in rulings.excused.items())
    return tuple(sorted([*excuses, *(f"accept {event}" for event in rulings.accepted)]))

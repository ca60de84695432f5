"""What a lead is to quotas and ratios: when it was counted, in which period, and what became of it."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from slamon.core.definitions import DefinitionSet, Quota, Ratio
from slamon.core.definitions.pattern_terms import filter_in_words
from slamon.core.explain.explanation import Counted
from slamon.core.explain.wording import wall_words
from slamon.core.facts import Facts
from slamon.core.facts.event_words import event_words
from slamon.core.kinds.counting import groups_of, periods_in_force, worth_of
from slamon.core.kinds.entries import entering as entries_into
from slamon.core.kinds.membership import CAN_TELL
from slamon.core.kinds.ratio import Members, members_of, reaching
from slamon.core.kinds.ratio import entering as members_into
from slamon.core.working_time.instants import NEVER
from slamon.core.working_time.periods import Period, period_containing


def counted_of(facts: Facts, definitions: DefinitionSet, lead: int, slas: Sequence[str]) -> Iterator[Counted]:
    """Each entry of a lead (its code) into a period of some quotas and ratios while the version that counts it was in force."""
    for sla in slas:
        for definition in definitions.versions()[sla]:
            if isinstance(definition, Quota):
                yield from _quota(facts, definitions, definition, lead)
            elif isinstance(definition, Ratio):
                yield from _ratio(facts, definitions, definition, lead)


def _quota(facts: Facts, definitions: DefinitionSet, definition: Quota, lead: int) -> Iterator[Counted]:
    zone = definitions.calendar_of(definition).timezone
    rows, reversed_at = entries_into(facts, definition, definitions.calendar_of(definition))
    worth = worth_of(facts, definition.value, rows)
    for place in np.flatnonzero(facts.lead[rows] == lead).tolist():
        row, back = int(rows[place]), int(reversed_at[place])
        period = _period(facts, definitions, definition, int(facts.at[row]))
        if period is not None:
            taken = "" if back == NEVER else f"taken back {wall_words(back, zone)}, out of {_label(definition, back, zone)}"
            yield Counted(
                **_entry(facts, definitions, definition, lead, row),
                period=period.label,
                worth=float(worth[place]),
                standing="counted" if back == NEVER else "reversed",
                why=taken,
                decided_at=back,
                matures_at=NEVER,
            )


def _ratio(facts: Facts, definitions: DefinitionSet, definition: Ratio, lead: int) -> Iterator[Counted]:
    calendar = definitions.calendar_of(definition)
    rows = members_into(facts, definition, calendar)
    members = members_of(facts, definition, calendar)
    reached, until = reaching(facts, definition, calendar, rows)
    for place in np.flatnonzero(facts.lead[rows] == lead).tolist():
        row = int(rows[place])
        period = _period(facts, definitions, definition, int(facts.at[row]))
        if period is not None:
            standing = _standing(members, place, facts.as_of, int(until[place]))
            instants = int(reached[place]), int(until[place])
            yield Counted(
                **_entry(facts, definitions, definition, lead, row),
                period=period.label,
                worth=float(members.worth[place]),
                standing=standing,
                why=_why(definition, members, place, standing, *instants, calendar.timezone),
                decided_at=instants[0] if members.counts[place] and definition.reach else instants[1],
                matures_at=int(members.matures[place]),
            )


def _period(facts: Facts, definitions: DefinitionSet, definition: Quota | Ratio, at: int) -> Period | None:
    """The period that an entry is counted in; None where the version was not in force when that period began."""
    periods = periods_in_force(definition, definitions, at, facts.as_of)
    return next((each for each in periods if each.starts_at <= at < each.ends_at), None)


def _label(definition: Quota | Ratio, at: int, zone: str) -> str:
    return period_containing(at, definition.per, zone, definition.fiscal_year_starts).label


def _entry(facts: Facts, definitions: DefinitionSet, definition: Quota | Ratio, lead: int, row: int) -> dict[str, Any]:
    """What was counted, and under which promise."""
    return {
        "sla": definition.sla,
        "version": definition.version,
        "title": definition.title,
        "kind": definition.kind,
        "group": str(groups_of(facts, definition.by, np.array([row])).texts()[0]) if definition.by else "",
        "timezone": definitions.calendar_of(definition).timezone,
        "line": row - int(facts.first[lead]),
        "at": int(facts.at[row]),
        "what": event_words(facts, row),
    }


def _standing(members: Members, place: int, as_of: int, until: int) -> str:
    if members.open[place]:
        return "unknown"
    if members.counts[place]:
        return "counts"
    return "open" if as_of <= until else "does not count"


def _why(definition: Ratio, members: Members, place: int, standing: str, reached: int, until: int, zone: str) -> str:
    """What the standing follows from."""
    unknown = str(members.why.texts()[place])
    if standing == "unknown" or definition.reach is None:
        asked = filter_in_words(definition.where or {})
        return unknown if unknown != CAN_TELL else f"asked was {asked} at the entry"
    if standing == "counts":
        return f"reached what is asked {wall_words(reached, zone)}, up to {wall_words(until, zone)} counts"
    if standing == "open":
        return f"has not reached it yet; up to {wall_words(until, zone)} counts"
    late = "" if reached == NEVER else f", only {wall_words(reached, zone)}"
    return f"did not reach it by {wall_words(until, zone)}{late}"

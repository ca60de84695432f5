"""What each lead contributes to quotas and ratios, kept lead by lead, so that a period is concluded without judging all leads anew."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from slamon.core.definitions import DefinitionSet, Quota, Ratio
from slamon.core.facts import Facts
from slamon.core.kinds import KINDS, Gathered, PerPeriodKind
from slamon.core.kinds.attainment import Attained
from slamon.core.kinds.counting import Words
from slamon.core.kinds.entries import Entries
from slamon.core.kinds.ratio import Members
from slamon.core.kinds.starts import in_force
from slamon.core.working_time.instants import FOREVER
from slamon.core.working_time.periods import period_containing


@dataclass(frozen=True, slots=True)
class Contributed:
    """What some leads contribute to one version of a quota or a ratio; ``leads`` are their ids, one for each row of ``what``."""

    sla: str
    version: str
    leads: Words
    what: Gathered


def contributions_of(definitions: DefinitionSet, facts: Facts) -> Iterator[Contributed]:
    """What the leads of the facts contribute to each version of each quota and ratio."""
    for sla, versions in definitions.versions().items():
        kind = KINDS[versions[0].kind]
        if isinstance(kind, PerPeriodKind):
            for definition, part in zip(versions, kind.gather(versions, definitions, facts), strict=True):
                rows = kind.entering(facts, definition, definitions.calendar_of(definition))
                yield Contributed(sla, definition.version, facts.leads[facts.lead.take(rows)], part)


def columns_of(part: Gathered) -> dict[str, Any]:
    """A part as plain columns; ``until`` is when an entry was reversed, or when a member is old enough."""
    if isinstance(part, Entries):
        nothing = np.zeros(len(part.at), bool)
        why = np.full(len(part.at), "", object)
        until, counts, still_open, at = part.reversed_at, nothing, nothing, part.at
    else:
        until, counts, still_open, at, why = part.matures, part.counts, part.open, part.entered, part.why.texts()
    return {"at": at, "until": until, "worth": part.worth, "group": part.group.texts(), "counts": counts, "open": still_open, "why": why}


def part_of(definition: Quota | Ratio, columns: dict[str, Any]) -> Gathered:
    """The other way around; ``group`` and ``why`` as codes."""
    if isinstance(definition, Quota):
        return Entries(columns["at"], columns["worth"], columns["group"], columns["until"])
    still_open, group, why = columns["open"], columns["group"], columns["why"]
    return Members(columns["at"], columns["until"], columns["counts"], still_open, columns["worth"], group, why)


def concluded(sla: str, definitions: DefinitionSet, parts: Sequence[Gathered], known_since: int, as_of: int) -> list[Attained]:
    """What a quota or a ratio comes to, by what all leads contribute to each of its versions."""
    versions = definitions.versions()[sla]
    kind = KINDS[versions[0].kind]
    assert isinstance(kind, PerPeriodKind)  # noqa: S101 - only those are asked for
    return kind.conclude(versions, definitions, [tuple(parts)], known_since, as_of)


def next_conclusion(sla: str, definitions: DefinitionSet, parts: Sequence[Gathered], as_of: int) -> int:
    """The first instant after ``as_of`` at which the same contributions come to something else; FOREVER for none.

    A period ends or begins, a version comes into force, a member is old enough; a quota's pace is looked at each morning.
    """
    found = [FOREVER]
    for definition, part in zip(definitions.versions()[sla], parts, strict=True):
        assert isinstance(definition, Quota | Ratio)  # noqa: S101 - only those have periods
        force, calendar = in_force(definition, definitions), definitions.calendar_of(definition)
        found += [each for each in (force.since, force.until) if each > as_of]
        if force.since <= as_of:
            found.append(period_containing(as_of, definition.per, calendar.timezone, definition.fiscal_year_starts).ends_at)
        if isinstance(part, Members):
            later = part.matures[part.matures > as_of]
            found += [int(later.min())] if len(later) else []
        else:
            openings = calendar.openings_around(np.array([as_of], np.int64))
            mornings = openings.begin[openings.first[:-1]]
            found += mornings[mornings > as_of][:1].tolist()
    return min(found)

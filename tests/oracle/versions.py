"""Versions of a promise: from when until when each is in force, and on which calendar (section 6)."""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tests.oracle.durations import Duration, parse_optional
from tests.oracle.history import DAWN, FOREVER, World
from tests.oracle.working_time import WorkingTime
from tests.oracle.zones import midnight


@dataclass(frozen=True)
class Version:
    """One version of one SLA, in force in ``[since, until)``; dates begin at midnight in its calendar's zone."""

    terms: Mapping[str, Any]
    calendar: WorkingTime
    since: datetime
    until: datetime

    @property
    def sla(self) -> str:
        """The promise's name."""
        return str(self.terms["sla"])

    @property
    def name(self) -> str:
        """A version is called by its first day."""
        return str(self.terms["effective_from"])

    def duration(self, key: str, default: str | None = None) -> Duration | None:
        """A duration among the terms, or None."""
        return parse_optional(self.terms.get(key, default))


def _midnight(day: Any, calendar: WorkingTime) -> datetime:
    return midnight(calendar.zone, date.fromisoformat(str(day)))


def versions(definitions: Iterable[Mapping[str, Any]], world: World) -> dict[str, list[Version]]:
    """The versions of each SLA, in order; one without an end lasts until the next begins."""
    found: dict[str, list[Version]] = defaultdict(list)
    for terms in sorted((d for d in definitions if "sla" in d), key=lambda d: str(d["effective_from"])):
        calendar = world.calendar(terms.get("calendar"))
        until = _midnight(terms["effective_until"], calendar) if terms.get("effective_until") else FOREVER
        found[str(terms["sla"])].append(Version(terms, calendar, _midnight(terms["effective_from"], calendar), until))
    for of_one in found.values():
        for n, (earlier, later) in enumerate(itertools.pairwise(of_one)):
            of_one[n] = Version(earlier.terms, earlier.calendar, earlier.since, min(earlier.until, later.since))
    return dict(sorted(found.items()))


def in_force(among: Sequence[Version], instant: datetime) -> Version | None:
    """The version in force at an instant."""
    if instant <= DAWN:
        return None
    return next((version for version in among if version.since <= instant < version.until), None)

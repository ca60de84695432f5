"""Quotas, ratios and error budgets at the end of a check: only those of which something changed, or whose next instant has come."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pandas as pd
from sqlalchemy import Connection

from slamon.core.alerts import Notice
from slamon.core.alerts.quota_notices import budget_notices, period_notices
from slamon.core.definitions import DefinitionSet, Quota, Ratio
from slamon.core.facts.people import People, build_people
from slamon.core.kinds.attainment import Attained, attained_frame
from slamon.core.scorecards.burn import PAST, Counted
from slamon.core.verdicts.contributions import concluded, next_conclusion, part_of
from slamon.core.working_time.instants import FOREVER
from slamon.core.working_time.periods import period_containing
from slamon.jobs.announcing.audience import Announcements
from slamon.jobs.check.setting_aside import Failed, told
from slamon.store.verdicts import replace_attainment
from slamon.store.verdicts.check_notes import CheckNotes
from slamon.store.verdicts.period_columns import columns_from, load_columns
from slamon.store.verdicts.verdict_figures import cycles_in_count


@dataclass(slots=True)
class Concluded:
    """What is due to be said of periods, when each quota or ratio is concluded next, and what could not be."""

    notices: list[Notice] = field(default_factory=list)
    next_at: dict[str, int] = field(default_factory=dict)
    failed: list[Failed] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Concluding:
    """What periods are concluded by; ``known_since`` is the first known event's instant (microseconds UTC, None without any)."""

    definitions: DefinitionSet
    announcements: Announcements
    as_of: int
    go_live: int
    notes: CheckNotes
    known_since: int | None
    crew: tuple[pd.DataFrame, pd.DataFrame]
    whole: bool
    """Whether all leads were judged anew."""
    held: frozenset[str] = frozenset()
    """SLAs that are not concluded, because a source that they need cannot be relied on."""

    def slas(self) -> list[str]:
        """The quotas and ratios."""
        return [sla for sla, versions in self.definitions.versions().items() if isinstance(versions[0], Quota | Ratio)]

    def run(self, connection: Connection, rewritten: Iterable[str]) -> Concluded:
        """Conclude, and write attainment, inside the caller's transaction; ``rewritten`` are the SLAs of which something changed."""
        found, changed = Concluded(), set(rewritten)
        people = cache(self._people)  # most checks have nothing to say of a period
        for sla, versions in self.definitions.versions().items():
            if sla in self.held:
                found.next_at |= {sla: FOREVER} if isinstance(versions[0], Quota | Ratio) else {}
            elif isinstance(versions[0], Quota | Ratio):
                self._period(connection, sla, found, people, is_changed=sla in changed)
            elif versions[-1].objective is not None and (self.whole or sla in changed):
                found.notices += self._budget(connection, sla, people)
        return found

    def _people(self) -> People:
        nobody = pd.Series([], dtype=object)
        return build_people(*self.crew, nobody, nobody)

    def _period(self, connection: Connection, sla: str, found: Concluded, people: Callable[[], People], *, is_changed: bool) -> None:
        planned = self.notes.periods.get(sla, self.as_of)
        if not (self.whole or is_changed or planned <= self.as_of or self.known_since != self.notes.known_since):
            found.next_at[sla] = planned
            return
        try:
            rows, found.next_at[sla] = self._concluded(connection, sla)
            routing = self.announcements.routing
            found.notices += period_notices(rows, self.definitions, routing, people(), self.as_of, self.go_live)
        except Exception as error:  # noqa: BLE001 - it is told, and kept with what it set aside
            found.next_at[sla] = FOREVER
            found.failed.append(Failed("", sla, told(error)))
        else:
            replace_attainment(connection, attained_frame(rows), [sla])

    def _concluded(self, connection: Connection, sla: str) -> tuple[list[Attained], int]:
        kept = load_columns(connection, sla)
        versions = [each for each in self.definitions.versions()[sla] if isinstance(each, Quota | Ratio)]
        parts = [part_of(each, kept.get(each.version) or columns_from([])) for each in versions]
        known_since = self.as_of if self.known_since is None else self.known_since
        rows = concluded(sla, self.definitions, parts, known_since, self.as_of)
        return rows, next_conclusion(sla, self.definitions, parts, self.as_of)

    def _budget(self, connection: Connection, sla: str, people: Callable[[], People]) -> Iterator[Notice]:
        definition = self.definitions.versions()[sla][-1]
        assert definition.objective is not None  # noqa: S101 - only those have a budget
        zone = self.definitions.calendar_of(definition).timezone
        starts_at = period_containing(self.as_of, definition.objective.per, zone).starts_at
        frame = cycles_in_count(connection, sla, starts_at, starts_at - PAST)
        if frame is not None:
            cycles = Counted(frame["due_at"].to_numpy(np.int64), (frame["state"] == "breached").to_numpy(bool))
            routing = self.announcements.routing
            yield from budget_notices(definition, cycles, self.definitions, routing, people(), self.as_of, self.go_live)

"""A store that is told, step by step, what a made-up CRM says, as a sync would tell it, with what people rule meanwhile."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import Engine, select

from slamon.core.alerts.routing import Routing, TeamRoute
from slamon.core.definitions import DefinitionSet
from slamon.core.telling import Manners
from slamon.core.working_time.instants import NEVER
from slamon.jobs.announcing.audience import Announcements
from slamon.jobs.decisions.judged_terms import refused_changes
from slamon.jobs.decisions.rewording import record
from slamon.store.database import reading, writing
from slamon.store.facts.crew import AbsenceRow, PersonRow, replace_crew
from slamon.store.facts.snapshots import TableRead, apply_snapshot
from slamon.store.facts.staging import STAGED_FIELDS, staging
from slamon.store.schema import delivery_members, metadata, transitions
from slamon.store.verdicts import load_attainment, load_verdicts, rule
from slamon.store.verdicts.judged_terms import Rewording, load_judged_terms

SOURCE, TABLE = "crm", "events"
ROUTING = Routing("#sla", {"emea": TeamRoute("boss@example.com", "#emea"), "us": TeamRoute(None, "#us")})
AT_ONCE = Manners(a_day=10**6, window=0, gap=0, longest_gap=0, hold=0, unstable_changes=10**6)
"""Everything is said when it is due: what waits for what is another story."""
FORECASTS = ["expected_to_date", "p10", "p50", "p90", "probability"]
"""What moves with every instant: attainment has it as of when the period was concluded."""


@dataclass(frozen=True)
class Company:
    """A store, and what it is told."""

    engine: Engine

    def is_told(self, rows: Iterable[Mapping[str, Any]], now: int) -> None:
        """All that the CRM says now: what is not among it any more is withdrawn."""
        told = [dict(row) | {"source_table": TABLE} for row in rows]
        for row in told:
            row["recorded_at"] = None if row["recorded_at"] == NEVER else row["recorded_at"]
            row["seconds"] = None if row["seconds"] == -1 else row["seconds"]
        columns = [[row[name] for row in told] for name in STAGED_FIELDS]
        with staging(self.engine) as area:
            if told:
                area.add(columns)
            area.keep_first_of_each()
            with area.connection.begin():
                apply_snapshot(area, SOURCE, [TableRead(TABLE, None, len(told), len(told), now)], [], now)

    def has_people(self, people: Sequence[PersonRow], absences: Sequence[AbsenceRow], now: int) -> None:
        """Who works there, and who is away when."""
        with writing(self.engine) as connection:
            replace_crew(connection, SOURCE, people, absences, now)

    def rules(self, kind: str, subject: str, at: int) -> None:
        """What somebody decided."""
        with writing(self.engine) as connection:
            rule(connection, kind, subject, "ana", "so it is", at)

    def rewords(self, definitions: DefinitionSet, at: int) -> None:
        """Somebody says of every promise that is worded otherwise than it was judged that it is right so."""
        with reading(self.engine) as connection:
            refused = refused_changes(connection, load_judged_terms(connection), definitions)
        for each in refused:
            record(self.engine, definitions, Rewording(*each.change.key, at, "ana", "it was always meant so"))

    def forgets_what_it_judged(self) -> None:
        """As a store would be that was never checked step by step: the next check judges all leads."""
        with writing(self.engine) as connection:
            connection.execute(metadata.tables["check_notes"].delete())

    def is_emptied(self) -> None:
        """As it was before everything."""
        with writing(self.engine) as connection:
            for table in metadata.tables.values():
                connection.execute(table.delete())

    def verdicts(self) -> pd.DataFrame:
        with reading(self.engine) as connection:
            return load_verdicts(connection).sort_values("cycle_id", ignore_index=True)

    def attainment(self) -> pd.DataFrame:
        """Without forecasts."""
        with reading(self.engine) as connection:
            return load_attainment(connection).drop(columns=FORECASTS).astype(object).fillna("")

    def changes(self) -> list[tuple[Any, ...]]:
        columns = [transitions.c[name] for name in ("cycle_id", "from_state", "to_state", "instant", "known_at", "baselined")]
        return self._rows(select(*columns))

    def said(self) -> list[tuple[Any, ...]]:
        columns = [delivery_members.c[name] for name in ("cycle_id", "kind", "sequence", "destination")]
        return self._rows(select(*columns))

    def _rows(self, asked: Any) -> list[tuple[Any, ...]]:
        with reading(self.engine) as connection:
            return sorted((tuple(row) for row in connection.execute(asked)), key=repr)


def announcements(go_live: int, lag: int) -> Announcements:
    """Who hears what."""
    return Announcements(ROUTING, "UTC", go_live, AT_ONCE, None, lag)

"""What a check says beside what is due: of cycles that turned out not to exist, and of all that was due before going live."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from slamon.core.alerts import Notice, Recipient
from slamon.core.definitions import DefinitionSet
from slamon.core.verdicts import STATES
from slamon.jobs.announcing import Announcing, baseline_draft, heard
from slamon.jobs.announcing.audience import Announcements
from slamon.jobs.check.judging import Counts
from slamon.store.outbox import Draft, said_about


def taken_back(connection: Connection, gone: Iterable[Mapping[str, Any]], definitions: DefinitionSet) -> Iterator[Notice]:
    """Corrections for cycles (rows of verdicts) that somebody heard of and that turned out not to exist."""
    rows = {str(row["cycle_id"]): row for row in gone}
    told = heard(connection, said_about(connection, rows)) if rows else {}
    for cycle, row in rows.items():
        if cycle not in told:
            continue
        if told[cycle].breach_told():
            yield _withdrawn_notice(row, definitions)
        if any(kind == "warning" for kind, _ in told[cycle].kinds):
            yield replace(_withdrawn_notice(row, definitions), kind="cleared", sequence=len(STATES))


def baseline_drafts(counts: Sequence[Counts], go_live: int, announcements: Announcements, announcing: Announcing) -> list[Draft]:
    """The one message about what was due before going live (microseconds UTC); none when nothing was."""
    to = Recipient("slack", announcements.routing.default_channel, "team channel")
    return [baseline_draft(counts, go_live, announcements.timezone, to, announcing)] if counts else []


def _withdrawn_notice(row: Mapping[str, Any], definitions: DefinitionSet) -> Notice:
    """The correction for a cycle that was announced and turned out not to exist: its start was changed or withdrawn."""
    definition = next((each for each in definitions.versions().get(str(row["sla"]), ()) if each.version == row["version"]), None)
    return Notice(
        cycle_id=str(row["cycle_id"]),
        kind="corrected",
        sequence=0,
        instant=int(str(row["started_at"])),
        sla=str(row["sla"]),
        version=str(row["version"]),
        title=definition.title if definition else str(row["sla"]),
        timezone=definitions.timezone,
        state="withdrawn",
        lead=str(row["lead"]),
        started_at=int(str(row["started_at"])),
        due_at=int(str(row["due_at"])),
        updates_only=True,
    )

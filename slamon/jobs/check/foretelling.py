"""What a check would say, by the decisions of the check itself, when it only looks: nothing is queued or kept."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
from sqlalchemy import Connection

from slamon.core.alerts import Notice
from slamon.core.alerts.notices import notices
from slamon.core.alerts.quota_notices import quota_notices
from slamon.core.definitions import DefinitionSet
from slamon.core.telling import Withheld
from slamon.core.verdicts import Judgement
from slamon.jobs.announcing import Announcing, announcing_of, decided, heard
from slamon.jobs.announcing.audience import Announcements
from slamon.jobs.check.judging import before_live
from slamon.jobs.check.saying import baseline_drafts, taken_back
from slamon.jobs.sync.holding import Held
from slamon.store.outbox import Draft, Member, said_about, unsaid
from slamon.store.outbox.withheld import load_withheld
from slamon.store.verdicts import CheckRun, compared


@dataclass(frozen=True, slots=True)
class Foretold:
    """One message that a check would queue: of which kind, to whom, about which leads and promises."""

    kind: str
    channel: str
    destination: str
    leads: tuple[str, ...]
    slas: tuple[str, ...]
    release_at: int
    """Not to be sent before (microseconds UTC)."""


@dataclass(frozen=True, slots=True)
class Foresight:
    """What a check would queue, and what waits after it or is not said, with its reason."""

    messages: tuple[Foretold, ...]
    withheld: tuple[Withheld, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """By what a check tells people; ``go_live`` in microseconds UTC."""

    definitions: DefinitionSet
    announcements: Announcements
    go_live: int
    previous: CheckRun | None
    held: Held

    def judged(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The rows of promises that do not wait for a source."""
        return frame[~frame["sla"].isin(self.held.slas)].reset_index(drop=True)


Frames = tuple[pd.DataFrame, pd.DataFrame]
"""Verdicts as they are recorded, and as they were judged now."""


def foretold(connection: Connection, judgement: Judgement, verdicts: Frames, look: Look) -> Foresight:
    """What a check that found this judgement of all leads would say, if it were recorded now."""
    last_look = look.previous.as_of if look.previous else None
    announcing = announcing_of(look.announcements, judgement.as_of, last_look, look.held.told_until)
    found = list(_due(connection, _without(judgement, look.held), verdicts, look))
    now = decided(connection, found, announcing, held=look.held.slas)
    drafts = unsaid(connection, [*_first(judgement, look, announcing), *now.drafts])
    waiting = {row.key: row for row in load_withheld(connection, ())} | {row.key: row for row in now.withheld}
    about = _subjects(found)
    kept = tuple(row for row in waiting.values() if row.state != "released")
    return Foresight(tuple(_message(draft, members, about) for draft, members in drafts), kept)


def _without(judgement: Judgement, held: Held) -> Judgement:
    """A judgement without the promises that wait for a source."""
    per_lead = tuple(each for each in judgement.per_lead if each.sla not in held.slas)
    return replace(judgement, per_lead=per_lead, attained=tuple(each for each in judgement.attained if each.sla not in held.slas))


def _due(connection: Connection, judgement: Judgement, verdicts: Frames, look: Look) -> Iterator[Notice]:
    old, new = verdicts
    routing = look.announcements.routing
    told = heard(connection, said_about(connection, new["cycle_id"].tolist()))
    yield from notices(judgement, look.definitions, routing, look.go_live, told, lag=look.announcements.lag)
    yield from taken_back(connection, _gone(old, new), look.definitions)
    yield from quota_notices(judgement, look.definitions, routing, look.go_live)


def _gone(old: pd.DataFrame, new: pd.DataFrame) -> list[Mapping[str, Any]]:
    gone = old[old["cycle_id"].isin(compared(old, new).gone)]
    return [{str(name): value for name, value in row.items()} for row in gone.to_dict("records")]


def _first(judgement: Judgement, look: Look, announcing: Announcing) -> list[Draft]:
    counts = list(before_live(judgement, look.go_live)) if look.previous is None else []
    return baseline_drafts(counts, look.go_live, look.announcements, announcing)


def _subjects(found: Sequence[Notice]) -> dict[str, set[tuple[str, str]]]:
    """By what a message names its members by: the leads and promises that are meant."""
    about: dict[str, set[tuple[str, str]]] = {}
    for each in found:
        for name in (each.cycle_id, each.told_as):
            about.setdefault(name, set()).add((each.lead, each.sla))
    return about


def _message(draft: Draft, members: Sequence[Member], about: Mapping[str, set[tuple[str, str]]]) -> Foretold:
    meant = sorted(set().union(*(about.get(member.cycle_id, set()) for member in members)))
    leads, slas = tuple(dict.fromkeys(lead for lead, _ in meant if lead)), tuple(dict.fromkeys(sla for _, sla in meant))
    return Foretold(draft.kind, draft.channel, draft.destination, leads, slas, draft.release_at)

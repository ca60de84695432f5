"""Some leads judged: their verdicts, what they contribute to periods, what is due to be said of them, when to look again."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from slamon.core.alerts import Notice
from slamon.core.alerts.next_instants import next_instants
from slamon.core.alerts.notices import Said, notices
from slamon.core.definitions import DefinitionSet
from slamon.core.facts import Codes, Facts
from slamon.core.facts.histories import History
from slamon.core.verdicts import BREACHED, MET, Judgement, Rulings, judge_per_lead
from slamon.core.verdicts.contributions import columns_of, contributions_of
from slamon.core.working_time.instants import FOREVER, NEVER, Instants
from slamon.jobs.announcing.audience import Announcements
from slamon.store.verdicts.judged_leads import JudgedLead
from slamon.store.verdicts.period_columns import Share
from slamon.store.verdicts.period_shares import Shares

Told = Callable[[Sequence[str]], Mapping[str, Said]]
"""What was said of some cycles, by cycle."""
Counts = tuple[str, int, int]
"""An SLA's title, and how many of its cycles due before going live were missed and kept."""


@dataclass(frozen=True, slots=True)
class Judging:
    """What leads are judged by."""

    definitions: DefinitionSet
    rulings: Rulings
    announcements: Announcements
    go_live: int
    told: Told

    def only(self, slas: Iterable[str]) -> "Judging":
        """By some of the SLAs."""
        wanted = set(slas)
        kept = tuple(each for each in self.definitions.definitions if each.sla in wanted)
        return replace(self, definitions=replace(self.definitions, definitions=kept))


@dataclass(frozen=True, slots=True)
class Found:
    """What was found of some leads under some SLAs. ``homes`` are the ids that these leads ever had at the sources."""

    leads: tuple[str, ...]
    homes: tuple[str, ...]
    slas: frozenset[str]
    events: int
    verdicts: pd.DataFrame
    judged: Mapping[str, JudgedLead]
    shares: Shares
    notices: tuple[Notice, ...]
    before_live: tuple[Counts, ...]


Made = tuple[npt.NDArray[np.object_], Instants, Codes]
"""As ``slamon.core.facts.histories.creations_of`` gives it."""


def found_of(judging: Judging, history: History, made: Made, low: int, high: int) -> Found:
    """The leads ``low`` to ``high`` (exclusive) of a history, judged; ``made`` are the creations of all its leads."""
    facts, definitions, said_by = history.facts(low, high), judging.definitions, judging.announcements
    judgement = judge_per_lead(definitions, facts, judging.rulings)
    frame = judgement.verdicts()
    told = judging.told(frame["cycle_id"].tolist())
    soonest = next_instants(judgement, definitions, said_by.lag)
    due = notices(judgement, definitions, said_by.routing, judging.go_live, told, lag=said_by.lag)
    return Found(
        leads=tuple(facts.leads.tolist()),
        homes=tuple(history.homes(low, high)),
        slas=frozenset(each.sla for each in definitions.definitions),
        events=len(facts),
        verdicts=frame,
        judged=_judged(history, made, facts, soonest, low),
        shares=_shares(definitions, facts),
        notices=tuple(due),
        before_live=tuple(before_live(judgement, judging.go_live)),
    )


def _judged(history: History, made: Made, facts: Facts, soonest: Instants, low: int) -> dict[str, JudgedLead]:
    _, created, actor = made
    persons = [person.id for person in history.people.persons]
    high = low + len(facts.leads)
    columns = (facts.leads, soonest, created[low:high], actor[low:high], facts.at.take(facts.first[1:] - 1))
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return {
        lead: JudgedLead(lead, None if soon == FOREVER else soon, at, persons[code] if code >= 0 else None, last)
        for lead, soon, at, code, last in rows
    }


def _shares(definitions: DefinitionSet, facts: Facts) -> Shares:
    """By lead, numbered in the order of the facts."""
    found: Shares = {}
    for each in contributions_of(definitions, facts):
        columns, number = columns_of(each.what), 0
        values = zip(*(columns[name].tolist() for name in ("at", "until", "worth", "group", "counts", "open", "why")), strict=True)
        before = None
        for lead, (at, until, *rest) in zip(each.leads.tolist(), values, strict=True):
            number = number + 1 if lead == before else 0
            before = lead
            share = Share(lead, each.sla, each.version, number, at, None if until == NEVER else until, *rest)
            found.setdefault(lead, []).append(share)
    return {lead: sorted(shares, key=lambda share: share[:4]) for lead, shares in found.items()}


def before_live(judgement: Judgement, go_live: int) -> Iterator[Counts]:
    """By SLA: how many cycles that were due before an instant (microseconds UTC) were missed and kept."""
    for judged in judgement.per_lead:
        due = judged.obligations.due
        earlier = (due != NEVER) & (due < go_live)
        missed, kept = int((earlier & (judged.state == BREACHED)).sum()), int((earlier & (judged.state == MET)).sum())
        if missed or kept:
            yield judged.versions[-1].title, missed, kept

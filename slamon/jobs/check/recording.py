"""What a check found, written: verdicts and their changes, what periods are concluded from, when to look at each lead again."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection

from slamon.core.alerts import Notice
from slamon.core.verdicts import VERDICT_COLUMNS
from slamon.core.working_time.instants import NEVER
from slamon.jobs.check.judging import Counts, Found
from slamon.jobs.check.setting_aside import Failed, Judged
from slamon.store.verdicts import Difference, Transition, compared, load_verdicts_of, write_verdicts
from slamon.store.verdicts.judged_leads import JudgedLead, load_judged, replace_judged
from slamon.store.verdicts.period_shares import Shares, load_shares, replace_shares

MOST_TOLD = 10_000
"""So many changes are listed in a check's result; all are counted, and written."""


@dataclass(slots=True)
class Recording:
    """What a check has written so far, and what it has to say at its end. Instants are microseconds UTC."""

    check_id: int
    as_of: int
    go_live: int
    first: bool
    """Nothing was recorded before: no verdict needs to be looked for."""
    defined: frozenset[str]
    """All SLAs; those that were not judged keep what they have."""
    all_leads: bool
    cycles: int
    """How many verdicts the store holds."""
    held: frozenset[str] = frozenset()
    """SLAs that are not judged: what they have stays, also of leads of which nothing is known any more."""
    events: int = 0
    leads: int = 0
    done: set[str] = field(default_factory=set)
    """The ids of leads that were kept, when it is all leads."""
    changed: Counter[tuple[str | None, str]] = field(default_factory=Counter)
    changes: list[Transition] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    before_live: dict[str, Counts] = field(default_factory=dict)
    missing: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """Verdicts of cycles that were not found where they were, by cycle."""
    moved: set[str] = field(default_factory=set)
    """Cycles that were found with another lead."""
    rewritten: set[str] = field(default_factory=set)
    """SLAs of which any verdict, or any lead's contribution, has changed."""
    failed: dict[tuple[str, str], Failed] = field(default_factory=dict)

    def keep(self, connection: Connection, judged: Judged, homes: Iterable[str], hidden: Mapping[str, int]) -> None:
        """Write what was found of some leads, inside the caller's transaction.

        ``homes`` are all ids that these leads ever had; ``hidden`` says by id when a fact that is not known yet will be.
        """
        self.failed |= {(each.lead, each.sla): each for each in judged.failed}
        ids = set(homes).union(*(found.homes for found in judged.found), *(found.leads for found in judged.found))
        for number, found in enumerate(judged.found):
            theirs = ids if len(judged.found) == 1 and not judged.failed else {*found.leads, *found.homes}
            self._keep_verdicts(connection, found, theirs)
            self._keep_shares(connection, found, theirs)
            self._count(found, is_first=number == 0)
        before = load_judged(connection, ids)
        replace_judged(connection, before, _looked_at(judged, before, ids, hidden, self.as_of))
        self.done |= ids if self.all_leads else set()

    def keep_rest(self, connection: Connection, known: Iterable[str], hidden: Mapping[str, int]) -> None:
        """Once all leads are kept: those of which nothing is known any more, or not yet."""
        failed = {each.lead for each in self.failed.values()}
        rest = sorted({lead for lead in known if lead not in self.done and lead not in failed})
        slas = self.defined - self.held - {each.sla for each in self.failed.values() if not each.lead}
        nothing = pd.DataFrame(columns=list(VERDICT_COLUMNS))
        if rest:
            self.keep(connection, Judged([Found(tuple(rest), (), slas, 0, nothing, {}, {}, (), ())]), rest, hidden)
            self.leads -= len(rest)

    def _keep_verdicts(self, connection: Connection, found: Found, ids: Iterable[str]) -> None:
        old = _empty(found.verdicts) if self.first else load_verdicts_of(connection, ids)
        old = old[~old["sla"].isin(self.defined - found.slas)]
        strange = set(found.verdicts["cycle_id"].tolist()) - set(old["cycle_id"].tolist())
        if strange and not self.first:
            elsewhere = load_verdicts_of(connection, cycle_ids=strange)
            self.moved |= set(elsewhere["cycle_id"].tolist())
            old = pd.concat([old, elsewhere], ignore_index=True)
        difference = compared(old, found.verdicts)
        gone = old[old["cycle_id"].isin(difference.gone)]
        self.missing |= {str(row["cycle_id"]): {str(name): value for name, value in row.items()} for row in gone.to_dict("records")}
        difference = replace(difference, gone=())  # another lead may have it: that is known once all are kept
        changes = list(_transitions(found.verdicts, difference, self.go_live))
        write_verdicts(connection, self.check_id, self.as_of, found.verdicts, difference, changes)
        self.rewritten |= set(found.verdicts.iloc[difference.written]["sla"])
        self.cycles += len(found.verdicts) - len(difference.before)
        self._tell(changes)

    def _keep_shares(self, connection: Connection, found: Found, ids: Iterable[str]) -> None:
        before: Shares = {} if self.first else load_shares(connection, ids)
        apart = self.defined - found.slas
        others = {lead: [share for share in shares if share.sla in apart] for lead, shares in before.items()}
        after = {lead: sorted([*others.get(lead, ()), *found.shares.get(lead, ())]) for lead in {**others, **found.shares}}
        self.rewritten |= replace_shares(connection, before, {lead: shares for lead, shares in after.items() if shares})

    def _count(self, found: Found, *, is_first: bool) -> None:
        self.notices += found.notices
        if is_first:
            self.events += found.events
            self.leads += len(found.leads)
        for title, missed, kept in found.before_live:
            _, earlier_missed, earlier_kept = self.before_live.get(title, (title, 0, 0))
            self.before_live[title] = (title, earlier_missed + missed, earlier_kept + kept)

    def _tell(self, changes: Sequence[Transition]) -> None:
        self.changed.update((change.from_state, change.to_state) for change in changes)
        self.changes += changes[: max(MOST_TOLD - len(self.changes), 0)]

    def gone(self) -> list[Mapping[str, Any]]:
        """The verdicts of cycles that there are no more, once all leads are kept."""
        return [row for cycle, row in self.missing.items() if cycle not in self.moved]

    def withdraw(self, connection: Connection) -> None:
        """Write that those cycles are gone."""
        gone = self.gone()
        changes = _withdrawals(gone)
        difference = Difference(np.zeros(0, np.int64), tuple(str(row["cycle_id"]) for row in gone), {})
        write_verdicts(connection, self.check_id, self.as_of, pd.DataFrame(columns=list(VERDICT_COLUMNS)), difference, changes)
        self.rewritten |= {str(row["sla"]) for row in gone}
        self.cycles -= len(gone)
        self._tell(changes)


def _empty(like: pd.DataFrame) -> pd.DataFrame:
    return like.iloc[:0]


def _looked_at(
    judged: Judged, before: Mapping[str, JudgedLead], ids: Iterable[str], hidden: Mapping[str, int], as_of: int
) -> dict[str, JudgedLead]:
    """When to look at each of some leads again; one that failed is kept as it was, and tried again when its time comes."""
    after: dict[str, JudgedLead] = {}
    for found in judged.found:
        for lead, each in found.judged.items():
            after[lead] = replace(each, next_at=_sooner(each.next_at, after[lead].next_at)) if lead in after else each
    for failure in judged.failed:
        if failure.lead and failure.lead not in after:
            after[failure.lead] = replace(before.get(failure.lead, JudgedLead(failure.lead, None)), next_at=None)
    for lead in set(ids) & hidden.keys():
        known = after.get(lead, JudgedLead(lead, None))
        after[lead] = replace(known, next_at=_sooner(known.next_at, max(hidden[lead], as_of + 1)))
    return after


def _sooner(one: int | None, other: int | None) -> int | None:
    return min((each for each in (one, other) if each is not None), default=None)


def _transitions(new: pd.DataFrame, difference: Difference, go_live: int) -> Iterator[Transition]:
    written = new.iloc[difference.written]
    columns = (written[name].tolist() for name in ("cycle_id", "state", "started_at", "due_at", "decided_at"))
    for cycle, state, started, due, decided in zip(*columns, strict=True):
        before = difference.before.get(cycle)
        if before != state:
            instant = started if decided == NEVER else decided
            yield Transition(cycle, before, state, instant, baselined=before is None and decided != NEVER and due < go_live)


def _withdrawals(gone: Iterable[Mapping[str, Any]]) -> list[Transition]:
    return [Transition(str(row["cycle_id"]), str(row["state"]), "withdrawn", None, baselined=False) for row in gone]


def transitions_between(old: pd.DataFrame, new: pd.DataFrame, go_live: int) -> list[Transition]:
    """All changes between two states of all verdicts."""
    difference = compared(old, new)
    gone = old[old["cycle_id"].isin(difference.gone)].to_dict("records")
    return [*_transitions(new, difference, go_live), *_withdrawals({str(name): value for name, value in row.items()} for row in gone)]

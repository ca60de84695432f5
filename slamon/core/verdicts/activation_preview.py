"""What putting a version on open cycles would change: each cycle that it would judge, with its verdict before and after."""

from dataclasses import dataclass, replace

import numpy as np

from slamon.core.definitions import DefinitionSet
from slamon.core.facts import Facts, Rows
from slamon.core.kinds.starts import in_force
from slamon.core.verdicts import STATES, Judged, Rulings, judge_all
from slamon.core.verdicts.activation import Activation, open_at


@dataclass(frozen=True, slots=True)
class JudgedBy:
    """A cycle's verdict under one version; ``due_at`` in microseconds UTC, NEVER while the clock stands."""

    version: str
    state: str
    due_at: int


@dataclass(frozen=True, slots=True)
class TakenOver:
    """One open cycle that the version would judge."""

    cycle_id: str
    lead: str
    started_at: int
    before: JudgedBy
    after: JudgedBy


@dataclass(frozen=True, slots=True)
class ActivationPreview:
    """What activating a version would do to cycles that are open as of an instant. Instants are microseconds UTC."""

    sla: str
    title: str
    version: str
    effective_at: int
    """When the version comes into force."""
    timezone: str
    as_of: int
    open_cycles: int
    """How many began under earlier versions and are open."""
    taken_over: tuple[TakenOver, ...]
    """Those that the version would judge, by lead; the others keep theirs, for it does not apply to them."""


def activation_preview(definitions: DefinitionSet, facts: Facts, rulings: Rulings, sla: str, version: str) -> ActivationPreview:
    """Judge an SLA as it stands, and with a version put on the cycles that are open now; ``KeyError`` for no such version."""
    versions = definitions.versions()[sla]
    index = {each.version: place for place, each in enumerate(versions)}[version]
    alone = replace(definitions, definitions=tuple(versions))
    trial = Activation(sla, version, facts.as_of, at_once=True)
    before = judge_all(alone, facts, rulings).per_lead[0]
    after = judge_all(alone, facts, replace(rulings, activated=(*rulings.activated, trial))).per_lead[0]
    earlier = np.flatnonzero(open_at(before.obligations, facts.as_of) & (before.obligations.version < index))
    place = np.searchsorted(after.obligations.start_row, before.obligations.start_row[earlier])
    taken = after.obligations.version[place] == index
    return ActivationPreview(
        sla=sla,
        title=versions[index].title,
        version=version,
        effective_at=in_force(versions[index], definitions).since,
        timezone=definitions.calendar_of(versions[index]).timezone,
        as_of=facts.as_of,
        open_cycles=len(earlier),
        taken_over=_beside(facts, before, after, earlier[taken], place[taken]),
    )


def _beside(facts: Facts, before: Judged, after: Judged, old: Rows, new: Rows) -> tuple[TakenOver, ...]:
    each = before.obligations
    return tuple(
        TakenOver(
            cycle_id=str(before.cycle_id[row]),
            lead=str(facts.leads[each.lead[row]]),
            started_at=int(each.start[row]),
            before=_judged_by(before, row),
            after=_judged_by(after, other),
        )
        for row, other in zip(old.tolist(), new.tolist(), strict=True)
    )


def _judged_by(judged: Judged, row: int) -> JudgedBy:
    version = judged.versions[int(judged.obligations.version[row])].version
    return JudgedBy(version, str(STATES[judged.state[row]]), int(judged.obligations.due[row]))

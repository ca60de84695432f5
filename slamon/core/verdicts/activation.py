"""A new version put on open cycles: who said so and when, and which cycles it judges from their start."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from slamon.core.definitions import DefinitionSet
from slamon.core.facts import Facts, Mask, Rows
from slamon.core.kinds import PerLeadKind
from slamon.core.kinds.obligations import Indices, Obligations, Promised
from slamon.core.kinds.starts import in_force, start_rows, while_in_force
from slamon.core.working_time.instants import NEVER, Instants


@dataclass(frozen=True, slots=True)
class Activation:
    """A named person put a version of an SLA on cycles that were open, at an instant (microseconds UTC)."""

    sla: str
    version: str
    at: int
    by: str = ""
    reason: str = ""
    at_once: bool = False
    """Without waiting for the version to be in force: to see beforehand what it would change."""

    def judges_from(self, since: int) -> int:
        """The instant at which cycles have to be open: that of the activation, but not before the version is in force."""
        return self.at if self.at_once else max(self.at, since)


def activated_obligations(
    kind: PerLeadKind, versions: Sequence[Any], definitions: DefinitionSet, facts: Facts, activations: Sequence[Activation]
) -> Promised:
    """The obligations of an SLA, each cycle judged by the version in force at its start, or by one put on it while it was open.

    An activation counts once its instant has come; cycles that are answered, cancelled or past due by then keep their version,
    and so do those whose start is no start of the new version, or whose lead it does not apply to.
    """
    force = while_in_force(versions, definitions, facts)
    promised = kind.obligations(versions, definitions, facts, force)
    own = force
    for since, until, index in _in_order(versions, definitions, facts.as_of, activations):
        taken = _taken_over(facts, promised.obligations, start_rows(facts, versions[index], np.ones(len(facts), bool)), index, until)
        force = _in_force_instead(facts, force, taken, index, since)
        promised = kind.obligations(versions, definitions, facts, force)
    return promised if force is own else replace(promised, began=_versions_of(own, promised.obligations.start_row))


def _in_order(
    versions: Sequence[Any], definitions: DefinitionSet, as_of: int, activations: Sequence[Activation]
) -> list[tuple[int, int, int]]:
    """Activations that have come: when the version came into force, when cycles had to be open, and the version's index."""
    places = {(version.sla, version.version): index for index, version in enumerate(versions)}
    found = []
    for each in activations:
        index = places.get((each.sla, each.version))
        if index is not None:
            since = in_force(versions[index], definitions).since
            found.append((since, each.judges_from(since), index))
    return sorted((each for each in found if each[1] <= as_of), key=lambda each: (each[1], each[2]))


def open_at(each: Obligations, instant: int) -> Mask:
    """Which cycles had begun by an instant and were neither answered, nor cancelled, nor past due."""
    past_due = (each.due != NEVER) & (each.due < instant)
    closed = ((each.met_at != NEVER) & (each.met_at <= instant)) | ((each.cancelled_at != NEVER) & (each.cancelled_at <= instant))
    begun: Mask = (each.start <= instant) & ~past_due & ~closed
    return begun


def _taken_over(facts: Facts, each: Obligations, starts: Rows, index: int, instant: int) -> Rows:
    """For each lead the row from which on a version judges it; beyond all facts for leads without such an open cycle."""
    taken = open_at(each, instant) & (each.version < index) & np.isin(each.start_row, starts, assume_unique=True)
    first = np.full(len(facts.leads), len(facts), np.int64)
    first[each.lead[taken]] = each.start_row[taken]
    return first


def _in_force_instead(facts: Facts, force: Sequence[Mask], first: Rows, index: int, since: int) -> list[Mask]:
    """The masks with one version in force for some leads from the start of their open cycle on, instead of earlier ones."""
    moved = (np.arange(len(facts)) >= first[facts.lead]) & (facts.at < since)
    earlier = [mask & ~moved for mask in force[:index]]
    gained = np.logical_or.reduce([mask & moved for mask in force[:index]]) if index else np.zeros(len(facts), bool)
    return [*earlier, force[index] | gained, *force[index + 1 :]]


def put_on(promised: Promised, versions: Sequence[Any], activations: Sequence[Activation], row: int) -> tuple[str, Activation] | None:
    """The version that one cycle began under, and who put another one on it while it was open; None where nobody did."""
    began, judging = promised.began, int(promised.obligations.version[row])
    if began is None or int(began[row]) == judging:
        return None
    by = next(each for each in activations if each.version == versions[judging].version)
    return str(versions[int(began[row])].version), by


def put_on_at(promised: Promised, versions: Sequence[Any], definitions: DefinitionSet, activations: Sequence[Activation]) -> Instants:
    """When each cycle was put on the version that judges it (microseconds UTC); NEVER where it began under that version."""
    judging = promised.obligations.version
    moved = np.full(len(judging), NEVER)
    for index, version in enumerate(versions) if promised.began is not None else ():
        since = in_force(version, definitions).since
        instants = [each.judges_from(since) for each in activations if (each.sla, each.version) == (version.sla, version.version)]
        if instants:
            moved[(judging == index) & (promised.began != index)] = min(instants)
    return moved


def _versions_of(force: Sequence[Mask], rows: Rows) -> Indices:
    """The index of the version whose mask holds each row."""
    index: Indices = np.argmax(np.stack([mask[rows] for mask in force]), axis=0)
    return index

"""Whether a party keeps its promise: only when it keeps every one of its promises that has a target and was decided."""

from collections.abc import Sequence
from dataclasses import dataclass

from slamon.core.scorecards import Attainment, Compliance
from slamon.core.scorecards.figures import Party
from slamon.messages.footing import judged
from slamon.messages.page import Light
from slamon.messages.wording import of_those_due, plural

WHOSE: dict[Party, str] = {"sales": "Sales' promise", "marketing": "Marketing's promise"}


@dataclass(frozen=True, slots=True)
class Standing:
    """One party's promises of a period: decided and kept ones, those that still run, and how its leads were answered."""

    party: Party
    kept: int
    decided: int
    at_risk: bool
    """A total or a group whose period still runs."""
    on_pace: bool
    missed_groups: int
    met: int
    due: int
    """Cycles of all its promises to single leads, with a target or without."""

    @property
    def missed(self) -> bool:
        """Whether any decided promise was missed."""
        return self.kept < self.decided

    @property
    def kept_of(self) -> str:
        """``1 of 2 promises``."""
        return f"{self.kept} of {plural(self.decided, 'promise')}"

    @property
    def due_leads(self) -> str:
        """``88 % of 2,051 due leads``."""
        return f"{of_those_due(self.met, self.due)} due lead{'' if self.due == 1 else 's'}"


def standing(party: Party, promises: Sequence[Compliance], attainments: Sequence[Attainment]) -> Standing:
    """How a party stands, by its promises to single leads and by its quotas and ratios (totals decide, groups can be at risk)."""
    ours = [promise for promise in promises if promise.promised_by == party]
    counted = [each for each in attainments if each.promised_by == party]
    totals = [each for each in counted if not each.group]
    verdicts = [promise.kept for promise in ours if promise.kept is not None]
    verdicts += [each.state == "met" for each in totals if each.state in ("met", "breached")]
    return Standing(
        party,
        sum(verdicts),
        len(verdicts),
        any(each.at_risk for each in counted),
        any(judged(each)[1] == "on pace" for each in totals),
        sum(bool(each.group) and each.state == "breached" for each in counted),
        sum(promise.met for promise in ours),
        sum(promise.n for promise in ours),
    )


def sales_sentence(stands: Standing) -> str:
    """``Sales kept 1 of 2 promises: 86 % of 2,051 due leads``; without an objective only the leads."""
    if not stands.due and not stands.decided:
        return "Sales had no promise due"
    if not stands.decided:
        return f"Sales kept {stands.due_leads}, no objective agreed"
    return f"Sales kept {stands.kept_of}{f': {stands.due_leads}' if stands.due else ''}"


def light(stands: Standing) -> Light:
    """The party's light: never better than its worst promise, and at risk when a total or one of its groups is."""
    whose = WHOSE[stands.party]
    if stands.missed:
        count = f", {stands.kept_of} kept" if stands.decided > 1 else ""
        return Light("missed", f"{whose}: missed{count}{', more at risk' if stands.at_risk else ''}")
    if stands.at_risk:
        return Light("risk", f"{whose}: at risk")
    if stands.missed_groups:
        return Light("risk", f"{whose}: kept in total, {plural(stands.missed_groups, 'segment')} missed")
    if stands.on_pace:
        return Light("kept", f"{whose}: on pace")
    if stands.decided:
        return Light("kept", f"{whose}: kept{f', {stands.kept_of}' if stands.decided > 1 else ''}")
    return Light("none", f"{whose}: no objective agreed" if stands.due else f"{whose}: nothing due")

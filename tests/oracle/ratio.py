"""``ratio``: at least (or at most) p % of a cohort (section 4.4).

Choices where the rules are silent:

* a cohort is decided at the first instant at which its period is over and its last member has matured; until then it is pending,
  and its figures are those of the members that have matured.
* a member has matured at the instant ``mature_after`` after its entry (as_of at that instant: mature).
* a lead that enters the base stage twice in one period is one member, at its first entry in it.
* fewer than ``min_n`` leads (default 30) are "too few", whatever their value; the groups of ``by`` are shown without a state.
* ``where`` asks what is known of a member at the instant of its entry, and nobody waits for that: members are mature at once.
* what ``where`` asks for and nobody knows (an empty value, unless ``not`` is all that is asked; a text where a number is needed; an
  attribute that no source provides) leaves the member open: it is in no figure, and the verdict is the one that stands whether all open
  members count or none does; where the two differ it is "unknown".
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from tests.oracle.durations import parse_share
from tests.oracle.facts import Attainment
from tests.oracle.filters import is_empty, matches_value, number
from tests.oracle.filters import matches as filter_matches
from tests.oracle.history import History, World
from tests.oracle.patterns import matches
from tests.oracle.periods import Period
from tests.oracle.quota import group_of, judged_periods, latest
from tests.oracle.versions import Version


@dataclass
class Cohort:
    """Members of one group in one period."""

    leads: int = 0
    members: Decimal = Decimal()
    reached: Decimal = Decimal()
    open: Decimal = Decimal()
    immature: int = 0


@dataclass(frozen=True)
class Member:
    """One lead's entry into the base stage."""

    group: str | None
    weight: Decimal
    reached: bool | None
    mature: bool


@dataclass
class Cohorts:
    """The groups of one period; the empty one is all."""

    groups: dict[str, Cohort] = field(default_factory=lambda: defaultdict(Cohort))

    def add(self, member: Member) -> None:
        """Put a member into the whole and into its group."""
        for name in ["", member.group] if member.group else [""]:
            cohort = self.groups[name]
            if not member.mature:
                cohort.immature += 1
                continue
            cohort.leads += 1
            if member.reached is None:
                cohort.open += member.weight
                continue
            cohort.members += member.weight
            cohort.reached += member.weight if member.reached else 0


def mature_after(version: Version) -> Any:
    """How old a member has to be (default 30d)."""
    return version.terms.get("mature_after", "30d")


def _is_known_for(wanted: Mapping[str, Any], known: Mapping[str, Any], world: World) -> bool | None:
    """Whether a member fulfils ``where``; None: cannot be told."""
    if not set(wanted) <= world.attributes:
        return None
    answers = []
    for name, value in wanted.items():
        only_not = isinstance(value, Mapping) and set(value) == {"not"}
        answers.append(None if is_empty(known.get(name)) and not only_not else matches_value(known.get(name), value))
    return False if False in answers else None if None in answers else True


def _has_reached(version: Version, history: History, position: int, world: World) -> bool:
    pattern = dict(version.terms["reach"])
    within = pattern.pop("within", mature_after(version))
    last = latest(version.calendar, history.events[position].at, within)
    return any(event.at <= last and matches(event, pattern, history, world) for event in history.events[position + 1 :])


def _member(version: Version, history: History, position: int, world: World) -> Member:
    terms, at = version.terms, history.events[position].at
    weight = (number(history.attributes(at).get(terms["value"])) or Decimal()) if terms.get("value") else Decimal(1)
    known_for = terms.get("where")
    matures = at if known_for and "mature_after" not in terms else latest(version.calendar, at, mature_after(version))
    counts = _is_known_for(known_for, history.attributes(at), world) if known_for else _has_reached(version, history, position, world)
    return Member(group_of(history, at, terms.get("by")), weight, counts, world.as_of >= matures)


def _entry(version: Version, history: History, period: Period, world: World) -> int | None:
    """Where a lead first entered the base stage in a period."""
    for position, event in enumerate(history.events):
        if period.start <= event.at < period.end and matches(event, version.terms["of"], history, world):
            applies = filter_matches(history.attributes(event.at), version.terms.get("applies_to"))
            if applies is True:
                return position
    return None


def _is_kept(terms: Any, reached: Decimal, members: Decimal) -> bool:
    if "at_least" in terms:
        goal = parse_share(terms["at_least"])
        return bool(reached * goal.denominator >= goal.numerator * members)
    goal = parse_share(terms["at_most"])
    return bool(reached / members * goal.denominator <= goal.numerator)


def _state(terms: Any, cohort: Cohort, period: Period, as_of: datetime) -> str:
    if as_of < period.end or cohort.immature:
        return "pending"
    members = cohort.members + cohort.open
    if cohort.leads < terms.get("min_n", 30) or not members:
        return "too few"
    verdicts = {_is_kept(terms, reached, members) for reached in (cohort.reached, cohort.reached + cohort.open)}
    return "unknown" if len(verdicts) > 1 else "met" if True in verdicts else "breached"


def attainment(versions: Sequence[Version], all_histories: Iterable[History], world: World) -> list[Attainment]:
    """The lines of one ratio."""
    all_histories = list(all_histories)
    rows = []
    for version, period in judged_periods(versions, all_histories, world):
        cohorts = Cohorts()
        for history in all_histories:
            position = _entry(version, history, period, world)
            if position is not None:
                cohorts.add(_member(version, history, position, world))
        goal = float(parse_share(version.terms.get("at_least") or version.terms["at_most"]))
        for group in ["", *sorted(filter(None, cohorts.groups))]:
            cohort = cohorts.groups[group]
            share = float(cohort.reached / cohort.members) if cohort.members else None
            state = "" if group else _state(version.terms, cohort, period, world.as_of)
            figures = (float(cohort.reached), None, None, float(cohort.members), share, None if group else goal)
            rows.append(Attainment(version.sla, version.name, period.name, group, *figures, state))
    return rows

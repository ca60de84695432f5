"""``quota``: N per period (section 4.3), without the forecast.

Choices where the rules are silent:

* a period is judged by the version in force at its beginning; one that begins before any version is not judged, nor one that ended
  before the first fact of all: nobody watched it.
* it is pending until it ends, and decided at the instant at which it ends.
* ``recount``: an entry counts again only if the lead was in an exit stage since its last counted entry.
* one counted entry is reversed at most once, by the first reversal after it, in the group of the original.
* attributes (``by``, ``value``, ``applies_to``) are those at the entry; a value that is no number adds nothing.
* ``share`` is a ratio's, and empty here.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from tests.oracle.durations import parse_duration
from tests.oracle.facts import Attainment, Event
from tests.oracle.filters import is_empty, number, text
from tests.oracle.filters import matches as filter_matches
from tests.oracle.history import FOREVER, History, World
from tests.oracle.patterns import matches
from tests.oracle.periods import Period, periods
from tests.oracle.versions import Version
from tests.oracle.working_time import WorkingTime


@dataclass
class Tally:
    """What a group has in a period."""

    counted: Decimal = Decimal()
    reversed: Decimal = Decimal()


@dataclass
class Ledger:
    """Tallies by period and group; the empty group is the total."""

    tallies: dict[tuple[str, str], Tally] = field(default_factory=lambda: defaultdict(Tally))

    def add(self, period: str, group: str | None, amount: Decimal, *, negative: bool = False) -> None:
        """Book an amount in the total and in its group."""
        for name in ["", group] if group else [""]:
            tally = self.tallies[period, name]
            if negative:
                tally.reversed += amount
            else:
                tally.counted += amount


def group_of(history: History, instant: datetime, by: str | None) -> str | None:
    """The group of a lead at an instant; an empty value is "(none)"."""
    if by is None:
        return None
    value = history.attributes(instant).get(by)
    return "(none)" if is_empty(value) else text(value)


def latest(calendar: WorkingTime, since: datetime, within: Any) -> datetime:
    """The last instant that is within a duration of another."""
    if within is None:
        return FOREVER
    duration = parse_duration(within)
    if duration.is_days:
        return calendar.advance_days(since, duration.days)
    return calendar.advance(since, duration.span) if duration.is_working else since + duration.span


def entries(terms: Any, history: History, world: World) -> list[int]:
    """Where a lead counts: its first entry, and with ``recount`` each entry after it had left by an exit stage."""
    found: list[int] = []
    left = True
    for position, event in enumerate(history.events):
        if event.kind == "stage" and world.is_exit(event.name):
            left = True
        if matches(event, terms["counts"], history, world) and (not found or (left and terms.get("recount"))):
            found.append(position)
            left = False
    return found


def _reversal(version: Version, history: History, position: int, until: int, world: World) -> Event | None:
    pattern = dict(version.terms.get("reversed_by") or {})
    within = pattern.pop("within", None)
    last = latest(version.calendar, history.events[position].at, within)
    found = (event for event in history.events[position + 1 : until] if pattern and matches(event, pattern, history, world))
    return next((event for event in found if event.at <= last), None)


def _amount(terms: Any, history: History, instant: datetime) -> Decimal:
    if not terms.get("value"):
        return Decimal(1)
    return number(history.attributes(instant).get(terms["value"])) or Decimal()


def _book(version: Version, history: History, world: World, ledger: Ledger, period_at: Any) -> None:
    places = entries(version.terms, history, world)
    for position, until in zip(places, [*places[1:], len(history.events)], strict=False):
        at = history.events[position].at
        if filter_matches(history.attributes(at), version.terms.get("applies_to")) is not True:
            continue
        group, amount = group_of(history, at, version.terms.get("by")), _amount(version.terms, history, at)
        ledger.add(period_at(at), group, amount)
        undone = _reversal(version, history, position, until, world)
        if undone is not None:
            ledger.add(period_at(undone.at), group, amount, negative=True)


def judged_periods(versions: Sequence[Version], all_histories: Iterable[History], world: World) -> Iterable[tuple[Version, Period]]:
    """The periods that began while a version was in force, from the one with the first fact to the one with ``as_of``."""
    first = min((history.events[0].at for history in all_histories), default=world.as_of)
    for version in versions:
        terms = version.terms
        zone, per = version.calendar.zone, terms.get("per", "month")
        for period in periods(version.since, world.as_of, per, zone, terms.get("fiscal_year_starts")):
            if version.since <= period.start < version.until and first < period.end:
                yield version, period


def _groups(terms: Any, seen: Iterable[str]) -> list[str]:
    return ["", *sorted({text(name) for name in terms.get("targets") or {}} | set(seen))]


def _row(version: Version, period: Period, group: str, tally: Tally, world: World) -> Attainment:
    terms = version.terms
    targets = {text(name): value for name, value in (terms.get("targets") or {}).items()} | {"": terms.get("target")}
    goal, net = targets.get(group), tally.counted - tally.reversed
    target = number(goal)
    state = ""
    if target is not None:
        state = "pending" if world.as_of < period.end else "met" if net >= target else "breached"
    amounts = (float(tally.counted), float(tally.reversed), float(net))
    return Attainment(
        version.sla, version.name, period.name, group, *amounts, None, None, float(target) if target is not None else None, state
    )


def attainment(versions: Sequence[Version], all_histories: Iterable[History], world: World) -> list[Attainment]:
    """The lines of one quota."""
    all_histories = list(all_histories)
    rows = []
    ledgers: dict[str, Ledger] = {}
    for version, period in judged_periods(versions, all_histories, world):
        if version.name not in ledgers:
            ledgers[version.name] = _ledger(version, all_histories, world)
        tallies = ledgers[version.name].tallies
        seen = [group for name, group in tallies if name == period.name and group]
        rows += [_row(version, period, g, tallies.get((period.name, g), Tally()), world) for g in _groups(version.terms, seen)]
    return rows


def _ledger(version: Version, all_histories: Iterable[History], world: World) -> Ledger:
    ledger = Ledger()
    zone, per, fiscal = version.calendar.zone, version.terms.get("per", "month"), version.terms.get("fiscal_year_starts")
    span = list(periods(min((h.events[0].at for h in all_histories), default=version.since), world.as_of, per, zone, fiscal))

    def period_at(instant: datetime) -> str:
        return next((period.name for period in reversed(span) if period.start <= instant < period.end), "")

    for history in all_histories:
        _book(version, history, world, ledger, period_at)
    return ledger

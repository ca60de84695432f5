"""What one lead's history says at an instant: holder, attributes, deletions, states; and who is who.

Choices where the rules are silent: an owner that no table of people names is a person without a team; the owner and the
attributes of merged leads are those of the latest event among both histories; that the record merged away is deleted deletes nobody;
leads merged in a ring are the one with the smallest id; an event of the future is believed once its time has come (a booked meeting).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.facts import Absence, Activated, Event, Person, Ruling
from tests.oracle.filters import is_empty
from tests.oracle.working_time import WorkingTime

FOREVER = datetime(9999, 1, 1, tzinfo=UTC)
DAWN = datetime(1, 1, 2, tzinfo=UTC)
SKEW = timedelta(minutes=5)
Interval = tuple[datetime, datetime]


@dataclass(frozen=True)
class World:
    """All that is not one lead's history: people, calendars, stages, decisions, and the instant of judgement."""

    as_of: datetime
    calendars: Mapping[str, WorkingTime]
    people: Mapping[str, Person] = field(default_factory=dict)
    absences: tuple[Absence, ...] = ()
    stages: tuple[Mapping[str, Any], ...] = ()
    default_calendar: str | None = None
    timezone: str = "UTC"
    team_calendars: Mapping[str, str] = field(default_factory=dict)
    automated_actors: frozenset[str] = frozenset()
    ignore_unknown_actor: bool = False
    excuses: tuple[Ruling, ...] = ()
    accepted: tuple[Ruling, ...] = ()
    activated: tuple[Activated, ...] = ()
    tells_owners: bool = True
    attributes: frozenset[str] = frozenset()
    batches: Mapping[tuple[int, ZoneInfo], frozenset[str]] = field(default_factory=dict)

    def is_human(self, person: str | None) -> bool:
        """A queue, an integration user or nobody is not."""
        if person is None or person in self.automated_actors:
            return False
        return person not in self.people or self.people[person].human

    def team(self, person: str | None) -> str | None:
        """The team of a person, if known."""
        known = self.people.get(person) if person else None
        return known.team if known else None

    def is_away(self, person: str, instant: datetime) -> bool:
        """Away or inactive at an instant."""
        if person in self.people and not self.people[person].active:
            return True
        return any(a.person == person and a.start <= instant < a.end for a in self.absences)

    @cached_property
    def round_the_clock(self) -> WorkingTime:
        """The calendar of a workspace without calendars: always open."""
        return WorkingTime({"timezone": self.timezone, "hours": {"mon-sun": ["00:00-24:00"]}})

    @property
    def workspace_calendar(self) -> WorkingTime:
        """The default: the one named, else the only one there is, else round the clock."""
        if self.default_calendar is not None:
            return self.calendars[self.default_calendar]
        return next(iter(self.calendars.values())) if len(self.calendars) == 1 else self.round_the_clock

    def calendar(self, name: str | None) -> WorkingTime:
        """The calendar a definition names; ``owner`` and nothing give the workspace's."""
        return self.workspace_calendar if name in {None, "owner"} else self.calendars[str(name)]

    def calendar_of(self, person: str) -> WorkingTime:
        """A person's own calendar, else their team's, else the workspace's."""
        known = self.people.get(person)
        own = known.calendar if known else None
        return self.calendar(own or self.team_calendars.get(self.team(person) or ""))

    def is_accepted(self, event: Event) -> bool:
        """Whether a manager had accepted late evidence."""
        return any(ruling.event == event.id and ruling.at <= self.as_of for ruling in self.accepted)

    def is_exit(self, stage: str) -> bool:
        """Whether the funnel says that a stage leads out of it."""
        return any(entry.get("stage") == stage and entry.get("exit") for entry in self.stages)


@dataclass(frozen=True)
class History:
    """One lead's events in order (section 7), those of the leads merged into it among them."""

    lead: str
    events: tuple[Event, ...]

    @cached_property
    def owners(self) -> list[Event]:
        """The changes of owner."""
        return [event for event in self.events if event.kind == "owner"]

    def owner(self, instant: datetime) -> str | None:
        """Who or what owned the lead at an instant."""
        return next((event.value for event in reversed(self.owners) if event.at <= instant), None)

    def holder(self, instant: datetime, world: World) -> str | None:
        """Who held the lead at an instant; None while it was unassigned."""
        owner = self.owner(instant)
        return owner if world.is_human(owner) else None

    def holder_when(self, event: Event, world: World) -> str | None:
        """Who held the lead as something happened: by the order of events, so an owner given in the same instant but later is not yet."""
        owner = next((one.value for one in reversed(self.owners) if one.order <= event.order), None)
        return owner if world.is_human(owner) else None

    def first_held(self, start: Event, world: World) -> tuple[datetime, str] | None:
        """When, from a start on, the lead first had a human holder, and whom."""
        holder = self.holder_when(start, world)
        if holder is not None:
            return start.at, holder
        return next(((one.at, one.value) for one in self.owners if one.order > start.order and world.is_human(one.value)), None)

    def attributes(self, instant: datetime) -> dict[str, Any]:
        """What was said of the lead up to and including an instant; the latest word on each attribute."""
        said: dict[str, Any] = {}
        for event in self.events:
            if event.at <= instant:
                said |= {name: value for name, value in event.attributes.items() if not is_empty(value)}
                if event.kind == "attribute":
                    said[event.name] = event.value
        return said

    def deletions(self) -> list[Interval]:
        """When the lead was deleted; one not restored since is deleted for ever."""
        found: list[Interval] = []
        for event in (event for event in self.events if event.lead == self.lead):
            if event.kind == "deleted" and (not found or found[-1][1] != FOREVER):
                found.append((event.at, FOREVER))
            elif event.kind == "restored" and found and found[-1][1] == FOREVER:
                found[-1] = (found[-1][0], event.at)
        return found

    def is_for_good(self, event: Event) -> bool:
        """Whether an event deletes the lead and nothing restored it afterwards; told again after a new start it deletes again."""
        restored = (one for one in self.events if one.kind == "restored" and one.lead == self.lead and one.order > event.order)
        return event.kind == "deleted" and event.lead == self.lead and next(restored, None) is None

    def held(self) -> list[tuple[datetime, datetime, str | None]]:
        """Who owned the lead from when to when, from the dawn of time on."""
        starts = [(DAWN, None), *((event.at, event.value) for event in self.owners)]
        ends = [*(start for start, _ in starts[1:]), FOREVER]
        return [(start, end, owner) for (start, owner), end in zip(starts, ends, strict=True)]


def known(events: Iterable[Event], as_of: datetime) -> list[Event]:
    """What was known by ``as_of`` (cut by ``seen_at``), each record once, without what claims to come from the future."""
    unique: dict[tuple[str, str] | int, Event] = {}
    for event in sorted(events, key=lambda event: event.order):
        seen = event.seen_at or event.at
        if seen <= as_of and event.at <= as_of + SKEW:
            unique.setdefault((event.lead, event.id) if event.id else id(event), event)
    return list(unique.values())


def _survivor(lead: str, into: Mapping[str, str]) -> str:
    passed = [lead]
    while lead in into:
        lead = into[lead]
        if lead in passed:
            return min(passed[passed.index(lead) :])
        passed.append(lead)
    return lead


def histories(events: Iterable[Event], as_of: datetime) -> list[History]:
    """Every lead's history as it was known: a merged lead's events are its survivor's, from the merge being known."""
    facts = known(events, as_of)
    into = {event.lead: str(event.value) for event in facts if event.kind == "merged" and event.value and event.value != event.lead}
    leads: dict[str, list[Event]] = defaultdict(list)
    for event in facts:
        leads[_survivor(event.lead, into)].append(event)
    return [History(lead, tuple(sorted(of_lead, key=lambda event: event.order))) for lead, of_lead in sorted(leads.items())]


def attribute_names(events: Iterable[Event]) -> frozenset[str]:
    """The attributes that any source provides."""
    named: set[str] = set()
    for event in events:
        named.update(name for name in event.attributes)
        if event.kind == "attribute" and not is_empty(event.name):
            named.add(event.name)
    return frozenset(named)

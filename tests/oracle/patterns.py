"""Event patterns, and which of the matching events count as evidence (section 5).

Choices where the rules are silent: an activity is asked to come from a person unless the pattern says ``automated``, but who keyed in an
*inbound* activity says nothing about its sender, so there only its own mark counts; a pattern with a direction, a minimum duration or
an outcome is not met by an activity that states none; an attribute or owner that is stated again has not changed, nor has the owner
from one queue to another (nobody has it); an attribute also changes by what a row states beside its event; every answer, attempt and contact can be late evidence, whatever its kind.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Any

from tests.oracle.durations import Duration
from tests.oracle.facts import Event
from tests.oracle.filters import is_any_of, is_empty, same
from tests.oracle.history import History, World
from tests.oracle.working_time import WorkingTime

DAY = timedelta(hours=24)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def is_automated(event: Event, world: World) -> bool:
    """Whether no person did it: marked so, or done by an integration user; the doer of an inbound one is the lead."""
    if event.automated:
        return True
    if event.direction == "inbound":
        return False
    return event.actor is not None and not world.is_human(event.actor)


def _by(event: Event, who: str, history: History, world: World) -> bool:
    holder = history.holder_when(event, world)
    if who == "anyone":
        return True
    if holder is None or event.actor is None:
        return False
    same_team = who == "team" and world.team(holder) is not None and world.team(event.actor) == world.team(holder)
    return event.actor == holder or same_team


def _activity(event: Event, pattern: Mapping[str, Any], history: History, world: World) -> bool:
    if event.name not in _list(pattern["activity"]) or ("direction" in pattern and event.direction != pattern["direction"]):
        return False
    if is_automated(event, world) != bool(pattern.get("automated", False)):
        return False
    if world.ignore_unknown_actor and event.actor is None and not event.automated and event.direction != "inbound":
        return False
    if "min_seconds" in pattern and (event.seconds is None or event.seconds < pattern["min_seconds"]):
        return False
    if "outcome" in pattern and not is_any_of(event.outcome, pattern["outcome"]):
        return False
    return _by(event, pattern.get("by", "anyone"), history, world)


def _touch(event: Event, pattern: Mapping[str, Any]) -> bool:
    assets = [] if is_empty(pattern.get("asset")) else _list(pattern["asset"])
    return event.name in _list(pattern["touch"]) and (not assets or any(fnmatchcase(event.asset or "", asset) for asset in assets))


def _attribute(event: Event, pattern: Mapping[str, Any], history: History) -> bool:
    """An attribute *changed*: an event that repeats the value that was there is none."""
    name = pattern["attribute"]
    value = _stated(event, name)
    if is_empty(value) or ("to" in pattern and not is_any_of(value, pattern["to"])):
        return False
    earlier = reversed(history.events[: history.events.index(event)])
    before = next((_stated(one, name) for one in earlier if _tells(one, name)), None)
    return not same(before, value)


def _tells(event: Event, name: str) -> bool:
    """Whether an event says what an attribute is: an empty column says nothing, a change to nothing does."""
    return (event.kind == "attribute" and event.name == name) or not is_empty(event.attributes.get(name))


def _stated(event: Event, name: str) -> Any:
    """What an event says of an attribute: as its change, or in a column beside what it is about."""
    return event.value if event.kind == "attribute" and event.name == name else event.attributes.get(name)


def _owner(event: Event, pattern: Mapping[str, Any], history: History, world: World) -> bool:
    """The owner *changed*: one who is given the lead again already had it."""
    if event.kind != "owner":
        return False
    earlier = next(([one.value] for one in reversed(history.owners) if one.order < event.order), [])
    before = [owner if world.is_human(owner) else None for owner in earlier]
    now = event.value if world.is_human(event.value) else None
    return before != [now] and (now is not None) == (pattern["owner"] == "assigned")


def _one(event: Event, pattern: Mapping[str, Any], history: History, world: World) -> bool:
    kind = next(name for name in ("stage", "activity", "touch", "owner", "attribute", "merged", "deleted") if name in pattern)
    says: dict[str, Callable[[], bool]] = {
        "stage": lambda: event.name in _list(pattern["stage"]),
        "activity": lambda: _activity(event, pattern, history, world),
        "touch": lambda: _touch(event, pattern),
        "owner": lambda: _owner(event, pattern, history, world),
        "attribute": lambda: _attribute(event, pattern, history),
    }
    return (kind in {event.kind, "attribute"}) and (says[kind]() if kind in says else bool(pattern[kind]))


def matches(event: Event, pattern: Any, history: History, world: World) -> bool:
    """Whether an event is one of those that a pattern, or a list of patterns, means."""
    return pattern is not None and any(_one(event, one, history, world) for one in _list(pattern))


def is_late(event: Event, late_logging: Duration | None, calendar: WorkingTime, world: World) -> bool:
    """Logged more than ``late_logging`` (default 24 h) after it happened, and not accepted by a manager yet."""
    return _took_longer(event, late_logging, calendar) and not world.is_accepted(event)


def _took_longer(event: Event, allowed: Duration | None, calendar: WorkingTime) -> bool:
    if allowed is None:
        return event.recorded - event.at > DAY
    if allowed.is_days:
        return event.recorded > max(event.at, calendar.advance_days(event.at, allowed.days))
    return (calendar.elapsed(event.at, event.recorded) if allowed.is_working else event.recorded - event.at) > allowed.span


def is_contact(event: Event) -> bool:
    """Two-way: a reply, a held meeting, a connected call; what the lead did itself is a reply."""
    if event.kind != "activity":
        return False
    return event.direction == "inbound" or event.name in {"reply", "meeting"} or (event.name == "call" and event.outcome == "connected")

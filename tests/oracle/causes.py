"""Whom a breach is charged to and why, and the delays of a cycle (section 4.1).

Choices where the rules are silent:

* only a breach is charged and has a cause; where no event of any lead tells of ownership, all of this is empty.
* delays are counted in the target's own clock, whole seconds, rounded down; the system's delay is nothing where a person held the lead at
  the start, and empty while nobody did; the human delay is empty without an answer, or when the answer came before anybody was assigned.
* a breach of a lead that lost its holder again before due is ``routing``.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.oracle.cycles import Opening, Outcome
from tests.oracle.deadline import was_answered_unlogged
from tests.oracle.history import FOREVER, World
from tests.oracle.targets import Target, pauses, target_of, within


@dataclass(frozen=True)
class Blame:
    """The columns about people."""

    charged_to: str | None = None
    team: str | None = None
    cause: str | None = None
    system_delay_s: int | None = None
    human_delay_s: int | None = None


def _running(target: Target, opening: Opening, world: World, start: datetime, end: datetime) -> timedelta:
    """The target's own time between two instants, without what was paused."""
    stood = pauses(opening, world, start, end)
    return target.elapsed(start, end) - sum((target.elapsed(a, b) for a, b in stood), timedelta())


def _cause(opening: Opening, world: World, target: Target, due: datetime) -> str:
    if was_answered_unlogged(opening, world, due):
        return "data late"
    start, held = opening.start.at, opening.history.first_held(opening.start.at, world)
    if held is None or held[0] > due:
        return "routing"
    if 2 * _running(target, opening, world, held[0], due) < _running(target, opening, world, start, due):
        return "routing"
    holder = opening.history.holder(due, world)
    if holder is None:
        return "routing"
    return "coverage" if world.is_away(holder, due) else "owner"


def _seconds(span: timedelta) -> int:
    return span // timedelta(seconds=1)


def blame(opening: Opening, outcome: Outcome, world: World) -> Blame:
    """Holder and team at due, cause and delays of a deadline's cycle."""
    length = within(opening, world) if opening.can_tell else None
    if not world.tells_owners or length is None:
        return Blame()
    target = target_of(opening, world, length, outcome.answer.at if outcome.answer else FOREVER)
    start, held = opening.start.at, opening.history.first_held(opening.start.at, world)
    system = human = None
    if held and (opening.limit == len(opening.history.events) or held[0] < opening.history.events[opening.limit].at):
        system = _seconds(target.elapsed(start, held[0]))
        if outcome.answer and outcome.answer.at >= held[0]:
            human = _seconds(target.elapsed(held[0], outcome.answer.at))
    if outcome.state != "breached" or outcome.due is None:
        return Blame(system_delay_s=system, human_delay_s=human)
    holder = opening.history.holder(outcome.due, world)
    return Blame(holder, world.team(holder), _cause(opening, world, target, outcome.due), system, human)


def charged(opening: Opening, outcome: Outcome, world: World) -> Blame:
    """Holder and team at due of any kind's breach."""
    if not world.tells_owners or outcome.state != "breached" or outcome.due is None:
        return Blame()
    holder = opening.history.holder(outcome.due, world)
    return Blame(holder, world.team(holder))

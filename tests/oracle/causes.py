"""Whom a breach is charged to and why, and the delays of a cycle (section 4.1, for deadlines and cadences alike).

Choices where the rules are silent:

* only a breach is charged and has a cause; where no event of any lead tells of ownership, all of this is empty.
* delays are counted in the target's own clock, whole seconds, rounded down. The system's delay is nothing where a person held the lead at
  the start, and ends with the answer where nobody did before it; while there is neither it is empty. The human delay is empty
  without an answer or a holder before it, and nothing where the answer came before the start.
* a breach of a lead that lost its holder again before due is ``routing``, charged to nobody.
* a cadence is answered late when an attempt in time was logged too late; half of its target is half of the time from start to due.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.oracle.cadence import rhythm_of, was_attempted_unlogged
from tests.oracle.cycles import Opening, Outcome
from tests.oracle.deadline import was_answered_unlogged
from tests.oracle.durations import parse_duration
from tests.oracle.history import FOREVER, World
from tests.oracle.targets import Target, pauses, target_of, within

UNLOGGED = {"deadline": was_answered_unlogged, "cadence": was_attempted_unlogged}


@dataclass(frozen=True)
class Blame:
    """The columns about people."""

    charged_to: str | None = None
    team: str | None = None
    cause: str | None = None
    system_delay_s: int | None = None
    human_delay_s: int | None = None


def _clock(opening: Opening, outcome: Outcome, world: World) -> Target:
    """The clock that a cycle runs on."""
    if opening.version.terms["kind"] == "cadence":
        return Target(parse_duration(opening.version.terms["within"]), close_of_business=False, calendar=rhythm_of(opening, world).calendar)
    return target_of(opening, world, within(opening, world), outcome.until or FOREVER)


def _running(clock: Target, opening: Opening, world: World, start: datetime, end: datetime) -> timedelta:
    """The target's own time between two instants, without what was paused."""
    stood = pauses(opening, world, start, end)
    return clock.elapsed(start, end) - sum((clock.elapsed(a, b) for a, b in stood), timedelta())


def _cause(opening: Opening, world: World, clock: Target, due: datetime) -> str:
    if UNLOGGED[opening.version.terms["kind"]](opening, world, due):
        return "data late"
    start, held = opening.start.at, opening.history.first_held(opening.start, world)
    if held is None or held[0] > due:
        return "routing"
    if 2 * _running(clock, opening, world, held[0], due) < _running(clock, opening, world, start, due):
        return "routing"
    holder = opening.history.holder(due, world)
    if holder is None:
        return "routing"
    return "coverage" if world.is_away(holder, due) else "owner"


def _delays(opening: Opening, outcome: Outcome, world: World, clock: Target) -> tuple[int | None, int | None]:
    """The system's and the people's share of the time to the answer."""

    def seconds(start: datetime, end: datetime) -> int:
        return max(clock.elapsed(start, end), timedelta()) // timedelta(seconds=1)

    start, held = opening.start.at, opening.history.first_held(opening.start, world)
    answered, assigned = outcome.answer.at if outcome.answer else None, held[0] if held else None
    if answered is not None and (assigned is None or assigned > max(answered, start)):
        return seconds(start, answered), None
    if assigned is None:
        return None, None
    return seconds(start, assigned), seconds(assigned, answered) if answered is not None else None


def blame(opening: Opening, outcome: Outcome, world: World) -> Blame:
    """Holder and team at due, cause and delays of a cycle."""
    if not world.tells_owners:
        return Blame()
    clock = _clock(opening, outcome, world)
    system, human = _delays(opening, outcome, world, clock)
    if outcome.state != "breached" or outcome.due is None:
        return Blame(system_delay_s=system, human_delay_s=human)
    holder = opening.history.holder(outcome.due, world)
    return Blame(holder, world.team(holder), _cause(opening, world, clock, outcome.due), system, human)

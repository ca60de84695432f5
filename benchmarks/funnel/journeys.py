"""What happens to a block of leads in a year: touches, hand-overs, attempts, answers and decisions, as rows of one array.

Times are seconds since the year began while a journey is made; a row is 36 bytes, so ten million of them stay small.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from funnel import company

from slamon.core.facts import Kind

BEGIN = 1_735_689_600
"""2025-01-01 00:00 UTC, a Wednesday."""
YEAR = 365 * 86_400
MINUTE, HOUR, DAY = 60, 3600, 86_400
UNSAID = -1

EVENT = np.dtype(
    [
        ("at", "i4"),
        ("lead", "i4"),
        ("recorded_after", "i4"),
        ("seen_after", "i4"),
        ("value", "i4"),
        ("seconds", "i4"),
        ("actor", "i2"),
        ("owner", "i2"),
        ("attributes", "i2"),
        ("kind", "i1"),
        ("name", "i1"),
        ("direction", "i1"),
        ("outcome", "i1"),
        ("automated", "?"),
        ("source", "i1"),
    ]
)
Array = npt.NDArray[Any]
NAME = {name: code for code, name in enumerate(company.NAMES)}
OUTBOUND, INBOUND = range(2)


@dataclass(slots=True)
class Block:
    """The leads of a block, what is known of each, and the events so far."""

    rng: np.random.Generator
    lead: Array
    events: list[Array] = field(default_factory=list)

    def some(self, share: float, among: Array | None = None) -> Array:
        """A random share of the leads (or of those marked), as a mask."""
        mask = self.rng.random(len(self.lead)) < share
        return mask if among is None else mask & among

    def after(self, at: Array, mean: float) -> Array:
        """Each instant and an exponential delay, in seconds."""
        return at + self.rng.exponential(mean, len(at)).astype(np.int64)

    def add(self, where: Array, at: Array, kind: Kind, name: str | Array, **said: Any) -> None:
        """Events of the marked leads; what is said is a column over all leads of the block, or one value for all."""
        where = where & (at < YEAR)
        chosen = np.flatnonzero(where)
        rows = np.empty(len(chosen), EVENT)
        rows["lead"], rows["at"], rows["kind"] = self.lead[chosen], at[chosen], kind
        rows["name"] = NAME[name] if isinstance(name, str) else name[chosen]
        defaults = {"value": UNSAID, "seconds": UNSAID, "actor": UNSAID, "owner": UNSAID, "attributes": UNSAID}
        defaults |= {"direction": UNSAID, "outcome": UNSAID, "automated": False, "source": 0}
        for column, value in (defaults | said).items():
            rows[column] = value[chosen] if isinstance(value, np.ndarray) else value
        rows["recorded_after"], rows["seen_after"] = self._known(len(chosen), activity=kind == Kind.ACTIVITY)
        self.events.append(rows)

    def _known(self, count: int, *, activity: bool) -> tuple[Array, Array]:
        """How long after it happened each event was recorded (UNSAID: the source does not say) and seen."""
        recorded = self.rng.exponential(2 * MINUTE, count).astype(np.int64)
        if activity:
            late = self.rng.random(count) < 0.01
            recorded[late] = self.rng.integers(25 * HOUR, 5 * DAY, int(late.sum()))
        seen = recorded + self.rng.integers(0, 15 * MINUTE, count)
        return np.where(self.rng.random(count) < 0.02, UNSAID, recorded), seen


def arrivals(rng: np.random.Generator, count: int, seed: int) -> Array:
    """When leads first show up: by month, weekday and hour, and in the bursts of sixty campaigns that all blocks share."""
    hours = np.arange(YEAR // HOUR)
    weekday, hour = (hours // 24 + 2) % 7, hours % 24
    weight = 1 + 0.3 * hours / len(hours)
    weight *= np.where(weekday == 5, 0.35, np.where(weekday == 6, 0.25, 1.0))
    weight *= 0.15 + np.exp(-(((hour - 14) / 5.0) ** 2))
    campaigns = np.random.default_rng([seed, 60])
    for begin, length, size in zip(
        campaigns.integers(0, len(hours), 60), campaigns.integers(2, 6, 60), campaigns.uniform(5, 30, 60), strict=True
    ):
        weight[begin : begin + length] *= size
    share = np.cumsum(weight) / weight.sum()
    chosen = np.minimum(np.searchsorted(share, rng.random(count), side="right"), len(hours) - 1)
    return chosen * HOUR + rng.integers(0, HOUR, count)


def in_hours(rng: np.random.Generator, at: Array, office: Array) -> Array:
    """Where people do something: nights and weekends move to the next morning, but for one in seven."""
    offset = company.HOURS_FROM_UTC[office] * HOUR
    local = at + offset
    day, second = local // DAY, local % DAY
    day = day + (second >= 18 * HOUR)
    weekday = (day + 2) % 7
    day = day + np.where(weekday == 5, 2, np.where(weekday == 6, 1, 0))
    closed = (day != local // DAY) | (second < 8 * HOUR)
    morning = day * DAY + 8 * HOUR + rng.integers(0, 3 * HOUR, len(at)) - offset
    return np.where(closed & (rng.random(len(at)) < 0.86), np.maximum(morning, at), at)


def journeys(rng: np.random.Generator, lead: Array, seed: int) -> Array:
    """All events of these leads (codes), in the order in which a source would list them; fields as in EVENT."""
    block, count = Block(rng, lead), len(lead)
    country = rng.choice(len(company.COUNTRIES), count, p=company.COUNTRY_SHARES)
    segment = rng.choice(len(company.SEGMENTS), count, p=company.SEGMENT_SHARES)
    office = company.OFFICE_OF_COUNTRY[country]
    owner = rng.integers(*company.OWNERS_OF_OFFICE[office].T)
    last_touch = _touches(block, arrivals(rng, count, seed), country, segment)
    qualified = block.some(0.96)
    mql = np.where(block.some(0.25), last_touch, block.after(last_touch, 10 * MINUTE))
    block.add(qualified, mql, Kind.STAGE, "mql", actor=company.INTEGRATION)
    assigned = _assignment(block, qualified, mql, owner, office)
    first, last, tried = _attempts(block, qualified, np.where(assigned < YEAR, assigned, mql), owner, office)
    _automated_mails(block, qualified, mql, owner)
    _answers(block, tried, first, last, owner, office)
    _holds(block, tried, mql)
    _decisions(block, qualified, tried, (mql, first, last), owner)
    _comes_back(block, qualified, mql, (country, segment), owner, office)
    _merges(block, qualified, mql)
    return np.concatenate(block.events)


def _touches(block: Block, at: Array, country: Array, segment: Array) -> Array:
    """One to six touches; the first says what the lead is. The last one's instant comes back."""
    count = len(block.lead)
    more = block.rng.choice(6, count, p=(0.25, 0.25, 0.2, 0.15, 0.1, 0.05))
    for number in range(6):
        here = more >= number
        names = block.rng.integers(0, 4, count)
        asset = block.rng.integers(0, len(company.ASSETS), count)
        told = company.attributes_code(segment, country, block.rng.integers(0, company.STEPS, count)) if number == 0 else UNSAID
        block.add(here, at, Kind.TOUCH, names, value=asset, attributes=told)
        at = np.where(more > number, block.after(at, 1.5 * DAY), at)
    return at


def _assignment(block: Block, qualified: Array, mql: Array, owner: Array, office: Array) -> Array:
    """Most leads get an owner soon, some by way of a queue, some late, some never; some are taken off again or handed over."""
    count, rng = len(block.lead), block.rng
    fate = rng.random(count)
    at = mql + np.minimum(rng.lognormal(np.log(5 * MINUTE), 1.4, count), 20 * DAY).astype(np.int64)
    at = np.where(fate < 0.08, block.after(mql + DAY, 2 * DAY), at)
    assigned, by_routing = qualified & (fate >= 0.03), company.ROUTING
    queue = company.QUEUE + (office == 1)
    block.add(block.some(0.1, assigned), mql + 5, Kind.OWNER, "assigned", owner=queue, actor=by_routing)
    block.add(assigned, at, Kind.OWNER, "assigned", owner=owner, actor=by_routing)
    dropped = block.some(0.03, assigned)
    off = block.after(at, 2 * DAY)
    block.add(dropped, off, Kind.OWNER, "unassigned", actor=by_routing)
    block.add(block.some(0.8, dropped), block.after(off, DAY), Kind.OWNER, "assigned", owner=_colleague(block, owner), actor=by_routing)
    block.add(block.some(0.08, assigned), block.after(at, 4 * DAY), Kind.OWNER, "assigned", owner=_colleague(block, owner))
    return np.where(assigned, at, YEAR)


def _colleague(block: Block, owner: Array) -> Array:
    low, high = company.OWNERS_OF_OFFICE[np.searchsorted(company.OWNERS_OF_OFFICE[:, 1], owner, side="right")].T
    return block.rng.integers(low, high)


def _attempts(block: Block, qualified: Array, since: Array, owner: Array, office: Array) -> tuple[Array, Array, Array]:
    """Calls and mails of people: none for one lead in eight; the first one's instant, the last one's, and who was tried."""
    rng, count = block.rng, len(block.lead)
    tried = block.some(0.88, qualified)
    times = rng.choice(6, count, p=(0.2, 0.2, 0.2, 0.17, 0.13, 0.1))
    pace = rng.choice([20 * MINUTE, 4 * HOUR, 2 * DAY], count, p=(0.45, 0.35, 0.2))
    first = in_hours(rng, since + (rng.exponential(1.0, count) * pace).astype(np.int64), office)
    at = last = first
    for number in range(6):
        here = tried & (times >= number)
        _attempt(block, here, at, owner)
        last = np.where(here, at, last)
        at = in_hours(rng, block.after(at + 10 * MINUTE, 1.3 * DAY), office)
    return first, last, tried


def _attempt(block: Block, where: Array, at: Array, owner: Array) -> None:
    rng, count = block.rng, len(block.lead)
    call = rng.random(count) < 0.6
    actor = np.where(rng.random(count) < 0.05, _colleague(block, owner), owner)
    outcome = np.where(call, rng.choice(3, count, p=(0.25, 0.5, 0.25)), UNSAID)
    seconds = np.where(call, rng.exponential(90, count).astype(np.int64), UNSAID)
    name = np.where(call, NAME["call"], NAME["email"])
    block.add(
        where, at, Kind.ACTIVITY, name, actor=actor, direction=OUTBOUND, outcome=outcome, seconds=seconds, source=(~call).astype(np.int8)
    )


def _automated_mails(block: Block, qualified: Array, mql: Array, owner: Array) -> None:
    """What goes out by itself: as the sequencer, or in the owner's name and marked."""
    at = mql + block.rng.integers(MINUTE, 10 * MINUTE, len(block.lead))
    for share, later in ((0.6, 0), (0.3, 2 * DAY)):
        by_name = block.some(0.5)
        actor = np.where(by_name, owner, company.SEQUENCER)
        block.add(
            block.some(share, qualified), at + later, Kind.ACTIVITY, "email", actor=actor, direction=OUTBOUND, automated=by_name, source=1
        )


def _answers(block: Block, tried: Array, first: Array, last: Array, owner: Array, office: Array) -> None:
    """Replies of the buyer, some keyed in by a machine, and meetings."""
    between = first + ((last - first) * block.rng.random(len(first))).astype(np.int64)
    actor = np.where(block.some(0.5), company.INTEGRATION, UNSAID)
    block.add(block.some(0.2, tried), block.after(between, 6 * HOUR), Kind.ACTIVITY, "reply", actor=actor, direction=INBOUND, source=1)
    at = in_hours(block.rng, block.after(first, 3 * DAY), office)
    direction = np.where(block.some(0.7), OUTBOUND, INBOUND)
    held = company.OUTCOMES.index("held")
    block.add(block.some(0.16, tried), at, Kind.ACTIVITY, "meeting", actor=owner, direction=direction, outcome=held)


def _holds(block: Block, tried: Array, mql: Array) -> None:
    """Leads that asked for some days; half of them are moved back by hand."""
    held = block.some(0.04, tried)
    at = block.after(mql, DAY)
    block.add(held, at, Kind.STAGE, "on_hold")
    block.add(block.some(0.5, held), block.after(at, 3 * DAY), Kind.STAGE, "mql")


def _decisions(block: Block, qualified: Array, tried: Array, instants: tuple[Array, Array, Array], owner: Array) -> None:
    """Half of those tried are accepted and go on; others go back or out, a few at once; some fall out after all."""
    mql, first, last = instants
    accepted = block.some(0.55, tried)
    sal = block.after(first, 1.5 * DAY)
    real = block.some(0.45, accepted)
    sql = block.after(sal, 6 * DAY)
    block.add(accepted, sal, Kind.STAGE, "sal", actor=owner)
    block.add(real, sql, Kind.STAGE, "sql", actor=owner)
    block.add(block.some(0.2, real), block.after(sql, 30 * DAY), Kind.STAGE, "customer", actor=owner)
    out = np.where(block.some(0.5), NAME["recycled"], NAME["disqualified"])
    block.add(block.some(0.15, accepted), block.after(np.where(real, sql, sal), 20 * DAY), Kind.STAGE, out, actor=owner)
    block.add(block.some(0.6, tried & ~accepted), block.after(last, 3 * DAY), Kind.STAGE, out, actor=owner)
    block.add(block.some(0.03, qualified & ~accepted), block.after(mql, 2 * HOUR), Kind.STAGE, "disqualified")


def _comes_back(block: Block, qualified: Array, mql: Array, lead: tuple[Array, Array], owner: Array, office: Array) -> None:
    """Leads that qualify again, within the day or after weeks, often with another amount, and mostly get a call; a few twice."""
    country, segment = lead
    again, at = block.some(0.08, qualified), mql
    for share in (1.0, 0.12):
        again = block.some(share, again)
        soon = block.rng.integers(0, DAY, len(at))
        at = np.where(block.some(0.5), at + soon, block.after(at + DAY, 30 * DAY))
        told = company.attributes_code(segment, country, block.rng.integers(0, company.STEPS, len(at)))
        block.add(again, at, Kind.TOUCH, "form", value=0, attributes=np.where(block.some(0.5), told, UNSAID))
        block.add(again, at, Kind.STAGE, "mql", actor=company.INTEGRATION)
        _attempt(block, block.some(0.6, again), in_hours(block.rng, block.after(at, 6 * HOUR), office), owner)


def _merges(block: Block, qualified: Array, mql: Array) -> None:
    """One lead in a thousand turns out to be its neighbour: ``value`` is the survivor's code, after the assets."""
    even = (np.arange(len(block.lead)) % 2 == 0) & (np.arange(len(block.lead)) + 1 < len(block.lead))
    at = block.after(mql + 5 * DAY, 10 * DAY)
    block.add(block.some(0.002, qualified & even), at, Kind.MERGED, "assigned", value=len(company.ASSETS) + block.lead + 1)

"""The delivery job: sends what is due, each destination in a lane of its own, so that one dead channel delays no other."""

from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event, Lock

from sqlalchemy import Engine

from slamon.channels import Channel, PreviewChannel
from slamon.core.instants import SECOND
from slamon.jobs.sending import PATIENCE, Patience, outcome_of
from slamon.store.claims import LEASE, Again, Claimed, Dead, Lane, Sent, Unsure, claim, due_lanes, expire, overtake, settle
from slamon.store.rereading import drop_old_news

WORKERS = 3  # a channel that is closed to us is called by no more before they know
BUDGET = 50 * SECOND
FAILURES_IN_A_ROW = 3


@dataclass(frozen=True, slots=True)
class DeliverySummary:
    """What one run of the job came to: how many deliveries, and each reason for those that did not go out, once."""

    sent: int = 0
    again: int = 0
    unsure: int = 0
    dead: int = 0
    overtaken: int = 0
    expired: int = 0
    stale: int = 0
    """Settled by somebody else meanwhile: this process had lost its lease."""
    troubles: tuple[str, ...] = ()

    def __str__(self) -> str:
        names = ("sent", "again", "unsure", "dead", "overtaken", "expired", "stale")
        counts = ", ".join(f"{getattr(self, name)} {name}" for name in names if getattr(self, name))
        return "; ".join((counts or "nothing to send", *self.troubles))


@dataclass(frozen=True, slots=True)
class Rules:
    """How long a lease is (microseconds), and each channel's patience by name; channels without one have the default."""

    lease: int = LEASE
    patience: Mapping[str, Patience] = field(default_factory=lambda: PATIENCE)


@dataclass(slots=True)
class _Round:
    """What one run knows: who it is, what it counted, and which lanes and channels rest until the next run."""

    engine: Engine
    channels: Mapping[str, Channel]
    clock: Callable[[], int]
    owner: str
    until: int
    stop: Event
    rules: Rules
    counts: Counter[str] = field(default_factory=Counter)
    troubles: dict[str, None] = field(default_factory=dict)
    failures: Counter[str] = field(default_factory=Counter)
    resting: set[Lane | str] = field(default_factory=set)
    ready_at: dict[Lane, int] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def over(self) -> bool:
        return self.stop.is_set() or self.clock() >= self.until

    def lanes(self) -> list[Lane]:
        """Where something is due now, without those that rest."""
        return [lane for lane in due_lanes(self.engine, self.clock()) if not self.rests(lane)]

    def rests(self, lane: Lane) -> bool:
        return lane in self.resting or lane.channel in self.resting

    def patience_with(self, channel: str) -> Patience:
        """A channel's patience; a preview that stands in for it is in no hurry to be slow."""
        preview = isinstance(self.channels.get(channel), PreviewChannel)
        return self.rules.patience.get("preview" if preview else channel, Patience())


DEFAULT_RULES = Rules()


def deliver(
    engine: Engine,
    channels: Mapping[str, Channel],
    clock: Callable[[], int],
    *,
    owner: str,
    budget: int = BUDGET,
    stop: Event | None = None,
    rules: Rules = DEFAULT_RULES,
) -> DeliverySummary:
    """Send everything that is due, until nothing is, ``budget`` microseconds have passed or ``stop`` is set.

    ``channels`` by name (slack, email, preview); ``owner`` names this process in its leases; ``stop`` is also what the
    pace of a destination waits on. What fails is settled with its reason, and never stops anything else; only an error
    of the database is raised, after the other lanes have ended.
    """
    run = _Round(engine, channels, clock, owner, clock() + budget, stop or Event(), rules)
    expired, overtaken = expire(engine, clock()), overtake(engine, clock()) + drop_old_news(engine, clock())
    while not run.over() and (lanes := run.lanes()):
        with ThreadPoolExecutor(min(WORKERS, len(lanes)), thread_name_prefix="deliver") as pool:
            futures = [pool.submit(_empty, run, lane) for lane in _in_turn(lanes)]
        for future in futures:
            future.result()
    counts = run.counts
    return DeliverySummary(
        sent=counts["Sent"],
        again=counts["Again"],
        unsure=counts["Unsure"],
        dead=counts["Dead"],
        overtaken=overtaken,
        expired=expired,
        stale=counts["stale"],
        troubles=tuple(run.troubles),
    )


def _in_turn(lanes: list[Lane]) -> list[Lane]:
    """Lanes with the channels taking turns: when Slack hangs in all its lanes, mail is not behind them all."""
    seen: Counter[str] = Counter()
    turns = []
    for lane in lanes:
        turns.append((seen[lane.channel], lane))
        seen[lane.channel] += 1
    return [lane for _, lane in sorted(turns, key=lambda turn: turn[0])]


def _empty(run: _Round, lane: Lane) -> None:
    """Send what is due in one lane, one after the other, until it is empty or has to rest."""
    patience = run.patience_with(lane.channel)
    taken = 0
    while not run.over() and not run.rests(lane):
        claimed = claim(run.engine, run.clock(), run.owner, 1, lane=lane, lease=run.rules.lease)
        if not claimed:
            break
        taken += 1
        early = run.ready_at.get(lane, 0) - run.clock()
        if early > 0:
            run.stop.wait(early / SECOND)
        run.ready_at[lane] = run.clock() + patience.pace
        _one(run, claimed[0], patience)
    if not taken:
        run.resting.add(lane)  # another process empties it


def _one(run: _Round, claimed: Claimed, patience: Patience) -> None:
    if run.clock() >= claimed.lease_until:  # this process slept: the lease may be somebody else's by now
        run.counts["stale"] += 1
        return
    outcome = outcome_of(claimed, run.channels.get(claimed.lane.channel), run.clock, patience)
    kept = settle(run.engine, claimed, outcome)
    with run.lock:
        run.counts[type(outcome).__name__ if kept else "stale"] += 1
        if isinstance(outcome, Sent):
            run.failures[claimed.lane.channel] = 0
        else:
            _rest(run, claimed, outcome)


def _rest(run: _Round, claimed: Claimed, outcome: Again | Unsure | Dead) -> None:
    """Let a lane rest after a failure, and a whole channel after three in a row or when it is closed to us."""
    lane = claimed.lane
    run.troubles[f"{lane.channel}: {outcome.reason}"] = None
    holds = None if isinstance(outcome, Dead) else outcome.holds
    if holds or (isinstance(outcome, Unsure) and not claimed.unsure):
        run.resting.add(lane)
    if holds != "destination" and not claimed.unsure:
        run.failures[lane.channel] += 1
    if holds == "channel" or run.failures[lane.channel] >= FAILURES_IN_A_ROW:
        run.resting.add(lane.channel)

"""The delivery job: sends what is due, each destination in a lane of its own, so that one dead channel delays no other."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Event, Lock, Thread

from sqlalchemy import Engine

from slamon.channels import Channel, PreviewChannel
from slamon.core.working_time.instants import SECOND
from slamon.jobs.deliver.amending import amended
from slamon.jobs.deliver.high_water import HighWater
from slamon.jobs.deliver.mail_log import MailLog
from slamon.jobs.deliver.processes import is_gone
from slamon.jobs.deliver.sending import PATIENCE, Patience, outcome_of
from slamon.store.outbox.abandoned import end_leases
from slamon.store.outbox.claims import LEASE, Again, Claimed, Dead, Lane, Outcome, Sent, Unsure, claim, due_lanes, ending, settle
from slamon.store.outbox.lanes import closed_channels, last_sent, reopen
from slamon.store.outbox.rereading import drop_old_news, overtake
from slamon.store.outbox.restored import claims_made, went_back

WORKERS = 3  # of each channel: one that is closed to us is called by no more before they know
BUDGET = 50 * SECOND
FAILURES_IN_A_ROW = 3
LOOK_EVERY = SECOND // 4
LOOKING = 10
"""What is due is looked at no more often than takes a tenth of the time, however much waits."""
LONGEST_REST = 5 * SECOND
ASK_AGAIN = SECOND
LISTEN_S = 0.2


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
    found: int = 0
    """Of those sent: their answers were lost, and they were found where they had arrived."""
    troubles: tuple[str, ...] = ()

    def __str__(self) -> str:
        names = ("sent", "again", "unsure", "dead", "overtaken", "expired", "stale")
        counts = ", ".join(f"{getattr(self, name)} {name}" for name in names if getattr(self, name))
        return "; ".join((counts or "nothing to send", *self.troubles))


@dataclass(frozen=True, slots=True)
class Rules:
    """How long a lease is (microseconds), each channel's patience by name (else the default), and where claims are counted outside.

    ``tell`` hears of each sending (``Journal.write``): by ids, with its outcome and reason.
    """

    lease: int = LEASE
    patience: Mapping[str, Patience] = field(default_factory=lambda: PATIENCE)
    high_water: HighWater | None = None
    mail_log: MailLog | None = None
    tell: Callable[..., None] | None = None


@dataclass(slots=True)
class _Round:
    """What one run knows: who it is, what it counted, what is due, and which lanes and channels rest until the next run."""

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
    known: list[Lane] = field(default_factory=list)
    closed: dict[str, Lane] = field(default_factory=dict)
    ready_at: dict[Lane, int] = field(default_factory=dict)
    at_work: set[Lane] = field(default_factory=set)
    looked_at: int | None = None
    rest: int = LOOK_EVERY
    """How long the last look is good for."""
    broken: list[BaseException] = field(default_factory=list)
    ended: "SimpleQueue[tuple[Lane, bool, BaseException | None]]" = field(default_factory=SimpleQueue)
    lock: Lock = field(default_factory=Lock)

    def over(self) -> bool:
        return bool(self.broken) or self.stop.is_set() or self.clock() >= self.until

    def idle(self) -> list[Lane]:
        """Lanes with something due that are neither at work nor resting, the channels taking turns; of a closed one, the one that asks."""
        return _in_turn([lane for lane in self.known if lane not in self.at_work and not self.rests(lane)])

    def rests(self, lane: Lane) -> bool:
        asks_again = self.closed.get(lane.channel, lane)
        return lane in self.resting or lane.channel in self.resting or lane != asks_again

    def look(self) -> None:
        """See what is due: at once when nothing is left to do, else a few times a second, so that news are not behind a long queue."""
        now = self.clock()
        fresh = self.looked_at is not None and 0 <= now - self.looked_at < self.rest
        if fresh and (self.at_work or self.idle()):
            return
        first, self.looked_at = self.looked_at is None, now
        if not first and self.known:  # behind a long queue it may have been answered meanwhile
            self.counts["old news"] += drop_old_news(self.engine, now)
        self.known = due_lanes(self.engine, now, lease=self.rules.lease)
        self.rest = min(max(LOOK_EVERY, LOOKING * (self.clock() - now)), LONGEST_REST)
        if self.known:
            self.closed = closed_channels(self.engine)
            if first:
                self.know_the_pace(now)

    def know_the_pace(self, now: int) -> None:
        """What was sent a moment ago, by an earlier run or another process, holds its destination back as well."""
        slowest = max((each.pace for each in self.rules.patience.values()), default=0)
        for lane, at in last_sent(self.engine, now - slowest).items():
            if at <= now:
                self.ready_at[lane] = at + self.patience_with(lane.channel).pace

    def startable(self) -> list[Lane]:
        """Lanes to send one message of now: no more of a channel than its workers."""
        now, busy, chosen = self.clock(), Counter(lane.channel for lane in self.at_work), []
        for lane in self.idle():
            if busy[lane.channel] < WORKERS and self.ready_at.get(lane, 0) <= now:
                busy[lane.channel] += 1
                chosen.append(lane)
        return chosen

    def pause(self) -> float | None:
        """Seconds until a lane's pace lets it go on; None when there is nothing left to do."""
        waiting = [self.ready_at.get(lane, 0) for lane in self.idle()]
        return min(max(min(waiting) - self.clock(), 0), self.rest) / SECOND if waiting else None

    def wait(self, seconds: float) -> None:
        """Wait so long, by whatever clock ``stop`` goes: what the pace held back is nearer then, also by a clock that stands."""
        before = self.clock()
        self.stop.wait(seconds)
        stood = max(round(seconds * SECOND) - (self.clock() - before), 0)
        self.ready_at = {lane: at - stood for lane, at in self.ready_at.items()}
        self.looked_at = self.clock() - 2 * self.rest  # long enough ago to look anew

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
    of the database is raised, after the other lanes have ended. A call that hangs is left behind once its lease is over.
    """
    run = _Round(engine, channels, clock, owner, clock() + budget, stop or Event(), rules)
    if rules.high_water and rules.high_water.seen() > claims_made(engine):
        went_back(engine, rules.high_water.seen(), clock())
    expired, overtaken = end_leases(engine, clock(), is_gone, rules.lease), overtake(engine, clock()) + drop_old_news(engine, clock())
    _send_all(run)
    return DeliverySummary(
        sent=run.counts["Sent"],
        again=run.counts["Again"],
        unsure=run.counts["Unsure"],
        dead=run.counts["Dead"],
        overtaken=overtaken + run.counts["old news"],
        expired=expired,
        stale=run.counts["stale"],
        found=run.counts["found"],
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


def _send_all(run: _Round) -> None:
    """Give each lane that may go on one message at a time, each in a thread that never outlives the process."""
    while True:
        if not run.over():
            run.look()
            for lane in run.startable():
                run.at_work.add(lane)
                Thread(target=_work, args=(run, lane), name=f"deliver {lane.channel}", daemon=True).start()
        if run.at_work:
            _listen(run)
            if run.clock() >= run.until + run.rules.lease:
                break
        elif run.over() or (pause := run.pause()) is None:
            break
        else:
            run.wait(pause)
    if run.broken:
        raise run.broken[0]


def _listen(run: _Round) -> None:
    """Wait a moment for a lane to end its message."""
    try:
        lane, claimed, error = run.ended.get(timeout=LISTEN_S)
    except Empty:
        return
    run.at_work.discard(lane)
    if error is not None:
        run.broken.append(error)
    elif not claimed:  # empty, or another process sends to it
        run.known = [each for each in run.known if each != lane]
        run.ready_at[lane] = run.clock() + ASK_AGAIN


def _work(run: _Round, lane: Lane) -> None:
    try:
        claimed = claim(run.engine, run.clock(), run.owner, 1, lane=lane, lease=run.rules.lease, amend=amended)
        for each in claimed:
            if run.rules.high_water:
                run.rules.high_water.note(each.number)
            _one(run, each, run.patience_with(lane.channel))
    except Exception as error:  # noqa: BLE001 - the dispatching thread raises it once the other lanes have ended
        run.ended.put((lane, False, error))
    else:
        run.ended.put((lane, bool(claimed), None))


def _one(run: _Round, claimed: Claimed, patience: Patience) -> None:
    if run.clock() >= claimed.lease_until:  # this process slept: the lease may be somebody else's by now
        run.counts["stale"] += 1
        return
    log = run.rules.mail_log if claimed.lane.channel == "email" else None
    doubtful = claimed.unsure or claimed.wary_since is not None
    taken = log.find(claimed) if log and doubtful else None
    outcome: Outcome = (
        Sent(run.clock(), taken, found=True)
        if taken is not None
        else outcome_of(claimed, run.channels.get(claimed.lane.channel), run.clock, patience)
    )
    if log and isinstance(outcome, Sent) and not outcome.found:
        log.note(claimed, outcome.reference, outcome.at)
    kept = settle(run.engine, claimed, outcome)
    _tell(run, claimed, outcome, kept=kept)
    with run.lock:
        run.ready_at[claimed.lane] = run.clock() + patience.pace  # from the answer on: the wire may have been slow
        run.counts[type(outcome).__name__ if kept else "stale"] += 1
        if isinstance(outcome, Sent):
            run.counts["found"] += outcome.found and kept
            run.failures[claimed.lane.channel] = 0
        else:
            _rest(run, claimed, outcome)
    if isinstance(outcome, Sent) and claimed.lane.channel in run.closed:
        reopen(run.engine, run.clock(), claimed.lane.channel)
        run.closed = {channel: lane for channel, lane in run.closed.items() if channel != claimed.lane.channel}


def _tell(run: _Round, claimed: Claimed, outcome: Outcome, *, kept: bool) -> None:
    """One line of the journal for each sending, by ids: what is asked when somebody was not told."""
    if run.rules.tell is not None:
        words = {"reason": outcome.reason} if not isinstance(outcome, Sent) else {}
        sending = {"channel": claimed.lane.channel, "kind": claimed.kind, "attempt": claimed.attempts}
        run.rules.tell("delivery", id=claimed.id, **sending, outcome=ending(outcome) if kept else "stale", **words)


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

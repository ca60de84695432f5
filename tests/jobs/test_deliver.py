"""Delivery: whatever a channel answers, everything arrives once or is listed with its reason, and nothing stops the rest."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from threading import Event, Lock
from typing import Any

import pytest
from sqlalchemy import Engine

from slamon.channels import Channel, DeliveryError, Failure, Outgoing, PreviewChannel
from slamon.core.working_time.instants import HOUR, MINUTE, SECOND
from slamon.jobs.deliver import DeliverySummary, Rules, deliver
from slamon.jobs.deliver.sending import MAY_REPEAT
from slamon.store.database import open_database, reading, writing
from slamon.store.migrate import upgrade
from slamon.store.outbox import Draft, Member, depth, load_deliveries, queue
from slamon.store.outbox.claims import claim
from slamon.store.tallies import load_tallies

START = 1_795_000_000_000_000
Fault = Callable[["Wire", Outgoing], None]


class Clock:
    """A clock that moves only when somebody waits."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> int:
        return self.now


class Waiting(Event):
    """What the pace waits on: it moves the clock instead of sleeping."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock

    def wait(self, timeout: float | None = None) -> bool:
        self.clock.now += round((timeout or 0) * SECOND)
        return self.is_set()


@dataclass
class Wire:
    """A channel whose destinations misbehave as told; what landed is what people see."""

    clock: Clock
    faults: dict[str, list[Fault | None]] = field(default_factory=lambda: defaultdict(list))
    landed: list[Outgoing] = field(default_factory=list)
    calls: list[tuple[int, str]] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def send(self, outgoing: Outgoing) -> dict[str, Any]:
        with self.lock:
            self.calls.append((self.clock(), outgoing.destination))
            planned = self.faults[outgoing.destination]
            fault = planned.pop(0) if len(planned) > 1 else planned[0] if planned else None
        if fault is not None:
            fault(self, outgoing)
        self.landed.append(outgoing)
        return {"ts": outgoing.delivery_id}

    @property
    def texts(self) -> list[str]:
        return [each.payload["text"] for each in self.landed]


class Findable(Wire):
    """The same, with a history that can be read."""

    unreadable: DeliveryError | None = None
    looked: int = 0

    def find(self, outgoing: Outgoing) -> dict[str, Any] | None:
        self.looked += 1
        if self.unreadable:
            raise self.unreadable
        return next(({"ts": each.delivery_id} for each in self.landed if each.delivery_id == outgoing.delivery_id), None)


def refuse(failure: Failure, reason: str = "no", retry_after_s: float | None = None) -> Fault:
    def fault(wire: Wire, outgoing: Outgoing) -> None:
        raise DeliveryError(failure, reason, retry_after_s)

    return fault


def lose_the_answer(wire: Wire, outgoing: Outgoing) -> None:
    wire.landed.append(outgoing)
    raise DeliveryError(Failure.AMBIGUOUS, "timeout")


def lose_the_request(wire: Wire, outgoing: Outgoing) -> None:
    raise DeliveryError(Failure.AMBIGUOUS, "timeout")


def crash(wire: Wire, outgoing: Outgoing) -> None:
    raise KeyError(outgoing.payload["text"])


@dataclass
class Desk:
    """A database, a clock and the job, to be run again and again."""

    engine: Engine
    clock: Clock

    def put(self, *texts: str, destination: str = "#sales", channel: str = "slack", kind: str = "breach", **more: Any) -> None:
        drafts = [
            Draft(
                channel,
                destination,
                kind,
                0,
                text,
                {"text": text, "blocks": [], "images": []},
                self.clock(),
                self.clock(),
                (Member(text, kind, 0),),
                **more,
            )
            for text in texts
        ]
        with writing(self.engine) as connection:
            queue(connection, drafts)

    def run(self, channels: Mapping[str, Channel] | Wire, **more: Any) -> DeliverySummary:
        named: Mapping[str, Channel] = {"slack": channels} if isinstance(channels, Wire) else channels
        return deliver(self.engine, named, self.clock, owner="test", stop=more.pop("stop", Waiting(self.clock)), **more)

    def run_for(self, wire: Wire, length: int, *, step: int = 10 * SECOND) -> None:
        """As the service does: a run every ten seconds."""
        until = self.clock() + length
        while self.clock() < until:
            began = self.clock()
            self.run(wire)
            self.clock.now = max(self.clock.now, began + step)

    def states(self) -> dict[str, int]:
        with reading(self.engine) as connection:
            return depth(connection)

    def reasons(self, state: str) -> list[str | None]:
        with reading(self.engine) as connection:
            return [each.error for each in load_deliveries(connection, [state])]


@pytest.fixture
def desk(sqlite_url: str) -> Iterator[Desk]:
    engine = open_database(sqlite_url)
    upgrade(engine)
    yield Desk(engine, Clock())
    engine.dispose()


@pytest.fixture
def wire(desk: Desk) -> Findable:
    return Findable(desk.clock)


def test_everything_that_is_due_is_sent_once_in_the_order_in_which_it_was_queued(desk: Desk, wire: Wire) -> None:
    for text in ("one", "two", "three"):
        desk.put(text)
        desk.clock.now += 1
    summary = desk.run(wire)
    assert (summary.sent, str(summary)) == (3, "3 sent")
    assert wire.texts == ["one", "two", "three"]
    assert desk.run(wire) == DeliverySummary()
    assert str(DeliverySummary()) == "nothing to send"


def test_a_slack_destination_gets_at_most_one_message_a_second(desk: Desk, wire: Wire) -> None:
    desk.put(*[f"text {number}" for number in range(8)])
    desk.run(wire)
    times = [at for at, _ in wire.calls]
    assert len(times) == 8
    assert all(later - earlier >= SECOND for earlier, later in pairwise(times))


def test_a_rate_limit_parks_its_destination_only_and_nothing_is_called_early(desk: Desk, wire: Wire) -> None:
    wire.faults["#sales"] = [refuse(Failure.RATE_LIMITED, "ratelimited", 30), None]
    desk.put("one", "two")
    desk.put("three", destination="#other")
    desk.run(wire)
    assert wire.texts == ["three"]
    desk.put("four")
    desk.run_for(wire, MINUTE)
    calls = [at - START for at, destination in wire.calls if destination == "#sales"]
    assert calls[0] == 0
    assert min(calls[1:]) >= 30 * SECOND
    assert sorted(wire.texts) == ["four", "one", "three", "two"]


@pytest.mark.parametrize(("asked", "expected"), [(None, 60), (0.0, 1), (-5.0, 1), (30.0, 30), (1e9, 3600)])
def test_a_rate_limit_is_waited_for_at_least_a_second_and_at_most_an_hour(
    desk: Desk, wire: Wire, asked: float | None, expected: int
) -> None:
    wire.faults["#sales"] = [refuse(Failure.RATE_LIMITED, "ratelimited", asked)]
    desk.put("one")
    desk.run(wire)
    with reading(desk.engine) as connection:
        (waiting,) = load_deliveries(connection, ["pending"])
    assert waiting.release_at - desk.clock() == expected * SECOND


def test_a_lost_answer_is_found_in_the_history_and_not_sent_again(desk: Desk, wire: Findable) -> None:
    wire.faults["#sales"] = [lose_the_answer, None]
    desk.put("one")
    desk.run_for(wire, 5 * MINUTE)
    assert wire.texts == ["one"]
    assert (desk.states(), len(wire.calls), wire.looked) == ({"sent": 1}, 1, 1)


def test_a_lost_request_is_looked_for_twice_and_then_sent_again_within_three_minutes(desk: Desk, wire: Findable) -> None:
    wire.faults["#sales"] = [lose_the_request, None]
    desk.put("one")
    desk.run_for(wire, 3 * MINUTE)
    assert (wire.texts, len(wire.calls), wire.looked) == (["one"], 2, 2)


def test_what_never_arrives_is_given_up_with_the_reason(desk: Desk, wire: Findable) -> None:
    wire.faults["#sales"] = [lose_the_request]
    desk.put("one")
    desk.run_for(wire, HOUR, step=35 * SECOND)
    assert desk.states() == {"dead": 1}
    assert "may have arrived" in str(desk.reasons("dead"))
    assert len(wire.calls) == 10


def test_an_alert_whose_history_cannot_be_read_is_sent_again_saying_that_it_may_be_a_repeat(desk: Desk, wire: Findable) -> None:
    wire.faults["#sales"] = [lose_the_answer, None]
    wire.unreadable = DeliveryError(Failure.PERMANENT, "missing_scope")
    desk.put("one")
    desk.run_for(wire, 2 * MINUTE)
    assert wire.texts == ["one", f"one {MAY_REPEAT}"]


def test_a_scorecard_whose_history_cannot_be_read_is_held_for_the_operator(desk: Desk, wire: Findable) -> None:
    wire.faults["#sales"] = [lose_the_answer, None]
    wire.unreadable = DeliveryError(Failure.PERMANENT, "missing_scope")
    desk.put("one", kind="report")
    desk.run_for(wire, 2 * MINUTE)
    assert (wire.texts, desk.reasons("dead")) == (["one"], ["may have arrived; cannot be looked for: missing_scope"])


def test_while_the_history_is_away_nothing_is_sent_again(desk: Desk, wire: Findable) -> None:
    wire.faults["#sales"] = [lose_the_answer, None]
    wire.unreadable = DeliveryError(Failure.AMBIGUOUS, "timeout")
    desk.put("one")
    desk.run_for(wire, HOUR, step=5 * MINUTE)
    assert (wire.texts, desk.states()) == (["one"], {"unsure": 1})
    wire.unreadable = None
    desk.run_for(wire, 2 * MINUTE)
    assert (wire.texts, desk.states()) == (["one"], {"sent": 1})


def test_a_mail_whose_answer_was_lost_is_repeated_once_the_same_and_within_a_quarter_of_an_hour(desk: Desk) -> None:
    mail = Wire(desk.clock)
    mail.faults["ana@example.com"] = [lose_the_answer]
    desk.put("one", destination="ana@example.com", channel="email")
    for _ in range(12):
        desk.run({"email": mail})
        desk.clock.now += 5 * MINUTE
    first, second = mail.landed
    assert first == second
    assert mail.calls[1][0] - mail.calls[0][0] <= 15 * MINUTE
    assert desk.states() == {"dead": 1}


def test_an_edit_whose_answer_was_lost_is_repeated_without_looking(desk: Desk, wire: Findable) -> None:
    desk.put("one")
    desk.run(wire)
    first = wire.landed[0].delivery_id
    draft = Draft(
        "slack", "#sales", "corrected", 0, "one", {"text": "edit", "mode": "update"}, START, START, (Member("one", "corrected", 0),), first
    )
    with writing(desk.engine) as connection:
        queue(connection, [draft])
    wire.faults["#sales"] = [lose_the_answer, None]
    desk.run_for(wire, 2 * MINUTE)
    assert (wire.looked, desk.states()) == (0, {"sent": 2})
    assert wire.landed[-1].previous == {"ts": first}


def test_a_passing_refusal_is_tried_again_with_growing_delays_then_each_minute(desk: Desk, wire: Wire) -> None:
    wire.faults["#sales"] = [*[refuse(Failure.DEFINITE, "connection refused")] * 6, None]
    desk.put("one")
    desk.run_for(wire, 10 * MINUTE, step=5 * SECOND)
    gaps = [(later[0] - earlier[0]) // SECOND for earlier, later in pairwise(wire.calls)]
    assert gaps == [15, 30, 60, 60, 60, 60]
    assert wire.texts == ["one"]


def test_after_six_hours_of_outage_the_current_state_is_said_once_within_a_minute(desk: Desk, wire: Wire) -> None:
    wire.faults["#sales"] = [refuse(Failure.DEFINITE, "connection refused")]
    desk.put("opened")
    with reading(desk.engine) as connection:
        (opened,) = load_deliveries(connection, ["pending"])
    desk.run_for(wire, 6 * HOUR, step=10 * MINUTE)
    draft = Draft(
        "slack",
        "#sales",
        "answered late",
        0,
        "opened",
        {"text": "answered", "mode": "update"},
        desk.clock(),
        desk.clock(),
        (Member("opened", "answered late", 0),),
        opened.id,
    )
    with writing(desk.engine) as connection:
        queue(connection, [draft])
    wire.faults["#sales"] = [None]
    desk.run_for(wire, MINUTE)
    assert wire.texts == ["answered"]
    assert desk.states() == {"dropped": 1, "sent": 1}


def test_a_refused_message_is_given_up_after_three_tries_and_the_next_ones_flow(desk: Desk, wire: Wire) -> None:
    wire.faults["#gone"] = [refuse(Failure.PERMANENT, "channel_not_found")]
    desk.put("lost", destination="#gone")
    desk.put("fine")
    desk.run(wire)
    assert wire.texts == ["fine"]
    desk.run_for(wire, 20 * MINUTE, step=MINUTE)
    assert desk.reasons("dead") == ["given up after 3 attempts: channel_not_found"]


def test_a_message_that_crashes_the_channel_is_given_up_after_three_tries_and_its_text_is_not_in_the_reason(desk: Desk, wire: Wire) -> None:
    wire.faults["#poison"] = [crash]
    desk.put("ana@example.com was rude", destination="#poison")
    desk.put("fine")
    summary = desk.run(wire)
    assert (summary.sent, wire.texts) == (1, ["fine"])
    desk.run_for(wire, 10 * MINUTE, step=30 * SECOND)
    assert desk.states() == {"dead": 1, "sent": 1}
    assert "ana@example.com" not in str(desk.reasons("dead"))
    assert "KeyError" in str(desk.reasons("dead"))


def test_a_revoked_token_stops_the_channel_within_three_calls_and_nothing_is_lost(desk: Desk, wire: Wire) -> None:
    for number in range(40):
        wire.faults[f"#c{number}"] = [refuse(Failure.CLOSED, "invalid_auth")]
        desk.put(f"text {number}", destination=f"#c{number}")
    summary = desk.run(wire)
    assert len(wire.calls) <= 3
    assert summary.troubles == ("slack: invalid_auth",)
    before = len(wire.calls)
    desk.clock.now += 30 * SECOND
    desk.run(wire)
    assert len(wire.calls) == before
    desk.run_for(wire, 3 * 24 * HOUR, step=6 * HOUR)
    wire.faults.clear()
    desk.run_for(wire, 2 * MINUTE)
    assert desk.states() == {"sent": 40}
    assert sorted(wire.texts) == sorted(f"text {number}" for number in range(40))


def test_a_channel_that_fails_three_times_in_a_row_is_left_alone_for_this_run(desk: Desk, wire: Wire) -> None:
    for number in range(40):
        wire.faults[f"#c{number}"] = [refuse(Failure.DEFINITE, "connection refused")]
        desk.put(f"text {number}", destination=f"#c{number}")
    desk.run(wire)
    assert len(wire.calls) <= 5  # three, and what the other workers had begun


def test_one_dead_channel_delays_no_other(desk: Desk, wire: Wire) -> None:
    mail = Wire(desk.clock)
    for number in range(20):
        wire.faults[f"#c{number}"] = [lose_the_request]
        desk.put(f"text {number}", destination=f"#c{number}")
    desk.put(*[f"mail {number}" for number in range(5)], destination="ana@example.com", channel="email")
    desk.run({"slack": wire, "email": mail})
    assert len(mail.landed) == 5


def test_a_message_for_a_channel_that_is_not_configured_waits_and_says_why(desk: Desk, wire: Wire) -> None:
    desk.put("one", channel="email")
    assert desk.run(wire).again == 1
    assert desk.reasons("pending") == ["no channel 'email' is configured; add it to slamon.yaml"]


def test_a_process_that_slept_through_its_lease_does_not_send(desk: Desk, wire: Findable, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*arguments: Any, **more: Any) -> Any:
        claimed = claim(*arguments, **more)
        desk.clock.now += 10 * MINUTE  # stopped here, for instance by SIGSTOP, and woken up again
        return claimed

    desk.put("one")
    with monkeypatch.context() as patched:
        patched.setattr("slamon.jobs.deliver.claim", slow)
        assert desk.run(wire, budget=MINUTE).stale == 1
    assert wire.calls == []
    desk.run_for(wire, 3 * MINUTE)
    assert wire.texts == ["one"]


def test_when_asked_to_stop_it_leaves_the_rest_pending(desk: Desk, wire: Wire) -> None:
    stop = Waiting(desk.clock)
    desk.put(*[f"text {number}" for number in range(30)])
    wire.faults["#sales"] = [None, None, lambda _wire, _outgoing: stop.set(), None]
    summary = desk.run(wire, stop=stop)
    assert (summary.sent, desk.states()) == (3, {"sent": 3, "pending": 27})


def test_the_budget_ends_a_run_and_the_next_one_goes_on(desk: Desk, wire: Wire) -> None:
    desk.put(*[f"text {number}" for number in range(30)])
    assert 9 <= desk.run(wire, budget=10 * SECOND).sent <= 11
    desk.run_for(wire, MINUTE)
    assert desk.states() == {"sent": 30}


def test_previews_are_written_at_once_and_from_several_lanes_without_disturbing_each_other(desk: Desk, tmp_path: Path) -> None:
    preview = PreviewChannel(tmp_path / "preview")
    for place in range(6):
        desk.put(*[f"text {place} {number}" for number in range(5)], destination=f"#c{place}")
    began = desk.clock()
    assert desk.run({"slack": preview}).sent == 30
    assert desk.clock() == began
    assert len(list(tmp_path.glob("preview/*.json"))) == 30
    assert (tmp_path / "preview/index.html").read_text(encoding="utf-8").count("<tr><td") == 30


def test_what_was_written_as_a_file_is_not_counted_or_told_as_sent(desk: Desk, wire: Wire, tmp_path: Path) -> None:
    told: list[Any] = []
    rules = Rules(tell=lambda _, **words: told.append(words["outcome"]))
    desk.put("by mail", destination="ana@example.com", channel="email")
    desk.put("as a file")
    desk.run({"slack": PreviewChannel(tmp_path / "preview"), "email": wire}, rules=rules)
    with reading(desk.engine) as connection:
        counted = {(each.channel, each.outcome): each.count for each in load_tallies(connection)}
    assert counted == {("email", "sent"): 1, ("slack", "preview"): 1}
    assert sorted(told) == ["preview", "sent"]

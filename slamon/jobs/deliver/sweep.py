"""The sweep: deletes what a wire delivered late, after its repeat or after something newer took its place, and counts both."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Event

from sqlalchemy import Engine

from slamon.channels import Channel, DeliveryError, Failure, Outgoing, Shown, Sweeper
from slamon.core.working_time.instants import HOUR, MINUTE
from slamon.store.outbox.sweeps import ToSweep, sweep_later, swept, to_sweep

LOOK_AGAIN = MINUTE
GIVE_UP_AFTER = HOUR


@dataclass(frozen=True, slots=True)
class SweepSummary:
    """How many twins were seen and deleted, and each reason why a message could not be looked at, once."""

    seen: int = 0
    deleted: int = 0
    troubles: tuple[str, ...] = ()


def sweep(engine: Engine, channels: Mapping[str, Channel], clock: Callable[[], int], stop: Event | None = None) -> SweepSummary:
    """Look for the twins of what was begun twice and sent lately; deleting again what is gone does no harm."""
    seen = deleted = 0
    troubles: dict[str, None] = {}
    for each in to_sweep(engine, clock()):
        channel = channels.get(each.channel)
        if stop is not None and stop.is_set():
            break
        if channel is None or not isinstance(channel, Sweeper) or (each.reference and "ts" not in each.reference):
            sweep_later(engine, each, None)
            continue
        try:
            found, gone = _swept(channel, each)
        except DeliveryError as error:
            troubles[f"{each.channel}: {error.reason}"] = None
            sweep_later(engine, each, _next_look(each, error, clock()))
            if error.failure is not Failure.PERMANENT:
                break
        else:
            swept(engine, each, clock(), seen=found, deleted=gone)
            seen, deleted = seen + found, deleted + gone
    return SweepSummary(seen, deleted, tuple(troubles))


def _swept(channel: Sweeper, each: ToSweep) -> tuple[int, int]:
    if each.reference:
        twins = channel.twins(Shown(each.id, each.reference, each.created_at))
    else:
        arrived = channel.find(Outgoing(each.id, each.channel, each.destination, "", {}, each.created_at))
        twins = [arrived] if arrived else []
    return len(twins), sum(channel.take_back(twin) for twin in twins)


def _next_look(each: ToSweep, error: DeliveryError, now: int) -> int | None:
    """In a minute, or when Slack said, for an hour; never where we have no right to read."""
    if error.failure is Failure.PERMANENT or now - each.sent_at > GIVE_UP_AFTER:
        return None
    return now + max(LOOK_AGAIN, int((error.retry_after_s or 0) * 1_000_000))

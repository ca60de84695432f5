"""One delivery, from its claim to what became of it: send it, or look for one that may have arrived, and decide what is next."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from slamon.channels import Channel, DeliveryError, Failure, Finder, Outgoing, PreviewChannel
from slamon.core.working_time.instants import MINUTE, SECOND
from slamon.store.outbox.claims import Again, Claimed, Dead, Outcome, Sent, Unsure
from slamon.store.outbox.stuck import LIMITED, REFUSED


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait before what, in microseconds, and how often to try, for one channel."""

    settle: int = 40 * SECOND
    """Before an unsure message is looked for: the call's timeout and half a minute."""
    look_again: int = 30 * SECOND
    looks: int = 2
    """How often it has to be absent before it is sent again."""
    unsure_sendings: int = 10
    """Sendings of which nobody knows, and which were not found, before it is given up."""
    crashes: int = 3
    """Faults of ours while sending it, before it is given up."""
    first_delay: int = 15 * SECOND
    longest_delay: int = 60 * SECOND
    attempts: int = 1440
    """Refusals that may pass by themselves: at one a minute, a day of outage."""
    permanent_delays: tuple[int, ...] = (MINUTE, 15 * MINUTE)
    """Refusals of this one message: tried again after each of these, then given up."""
    closed_delays: tuple[int, ...] = (MINUTE, 15 * MINUTE)
    """How long everything to a channel waits that refuses us altogether, after the first refusal of a message and after each later one."""
    default_limit: int = 60 * SECOND
    longest_limit: int = 3600 * SECOND
    pace: int = 0
    """The least time between two messages to one destination."""


PATIENCE = {
    "slack": Patience(pace=SECOND),
    # Mail servers greylist for an hour, and the lost answer to a mail has one repeat, the same to the byte.
    "email": Patience(settle=10 * MINUTE, looks=1, unsure_sendings=2, longest_delay=15 * MINUTE, attempts=150),
}
MAY_REPEAT = "(We could not find out whether this arrived before; it may be a repeat.)"


def outcome_of(claimed: Claimed, channel: Channel | None, clock: Callable[[], int], patience: Patience) -> Outcome:
    """Send a claimed delivery, or look for it if it may have arrived; what came of it, with the reason when not sent."""
    if channel is None:
        error = DeliveryError(Failure.CLOSED, f"no channel {claimed.lane.channel!r} is configured; add it to slamon.yaml")
        return _refused(claimed, error, clock(), patience)
    if claimed.unsure:
        return _look(claimed, channel, clock, patience)
    try:
        if (known := _known_already(claimed, channel, clock, patience)) is not None:
            return known
        reference = channel.send(outgoing_of(claimed))
    except DeliveryError as error:
        return _refused(claimed, error, clock(), patience)
    except Exception as error:  # noqa: BLE001 - one message that cannot be sent must not stop the others
        return _crashed(claimed, error, clock(), patience)
    return Sent(clock(), reference, preview=isinstance(channel, PreviewChannel))


def outgoing_of(claimed: Claimed) -> Outgoing:
    """The delivery as a channel takes it."""
    return Outgoing(
        delivery_id=claimed.id,
        channel=claimed.lane.channel,
        destination=claimed.lane.destination,
        kind=claimed.kind,
        payload=claimed.payload,
        created_at=claimed.created_at,
        previous=claimed.previous,
        marks=claimed.marks,
    )


def _known_already(claimed: Claimed, channel: Channel, clock: Callable[[], int], patience: Patience) -> Outcome | None:
    """After the database was restored, a message is looked for, back to where its knowledge ends, before it is sent. None: send it."""
    if claimed.wary_since is None or not isinstance(channel, Finder) or claimed.payload["mode"] == "update":
        return None
    back_then = min(claimed.created_at, claimed.wary_since)
    try:
        reference = channel.find(replace(outgoing_of(claimed), created_at=back_then))
    except DeliveryError as error:
        if error.failure is Failure.PERMANENT:  # it can never be told: an alert said twice does less harm than one not said
            return None
        again = _limit(error, patience) if error.failure is Failure.RATE_LIMITED else patience.look_again
        holds = "channel" if error.failure is Failure.CLOSED else None
        return Again(clock() + again, f"cannot be looked for: {error.reason}", holds)
    return None if reference is None else Sent(clock(), reference, found=True)


def _refused(claimed: Claimed, error: DeliveryError, now: int, patience: Patience) -> Outcome:
    match error.failure:
        case Failure.RATE_LIMITED:
            return Again(now + _limit(error, patience), f"{LIMITED}{error.reason}", holds="destination")
        case Failure.CLOSED:
            delay = patience.closed_delays[min(claimed.attempts, len(patience.closed_delays)) - 1]
            return Again(now + delay, error.reason, holds="channel")
        case Failure.AMBIGUOUS:
            return Unsure(now + patience.settle, error.reason, claimed.absences)
        case Failure.PERMANENT:
            delays = patience.permanent_delays
        case Failure.DEFINITE:
            delays = _growing(patience)
    if claimed.attempts > len(delays):
        return Dead(f"given up after {claimed.attempts} attempts: {error.reason}")
    delay = _limit(error, patience) if error.retry_after_s else delays[claimed.attempts - 1]
    return Again(now + delay, (REFUSED if error.failure is Failure.PERMANENT else "") + error.reason)


@lru_cache(maxsize=8)
def _growing(patience: Patience) -> tuple[int, ...]:
    """The delay after each refusal that may pass by itself: doubled each time, up to the longest."""
    return tuple(min(patience.first_delay << min(step, 20), patience.longest_delay) for step in range(patience.attempts - 1))


def _limit(error: DeliveryError, patience: Patience) -> int:
    """How long a channel asked us to wait; a second at least, an hour at most."""
    if error.retry_after_s is None:
        return patience.default_limit
    return int(min(max(error.retry_after_s, 1.0), patience.longest_limit / SECOND) * SECOND)


def _crashed(claimed: Claimed, error: Exception, now: int, patience: Patience) -> Outcome:
    """A fault of ours: it may have arrived all the same. Its text may quote the message, so only its kind is kept."""
    reason = f"{type(error).__name__} while sending it"
    if claimed.attempts >= patience.crashes:
        return Dead(f"given up after {claimed.attempts} attempts, may have arrived: {reason}")
    return Unsure(now + patience.settle, reason, claimed.absences)


def _look(claimed: Claimed, channel: Channel, clock: Callable[[], int], patience: Patience) -> Outcome:
    """Find out whether an earlier sending arrived; absent twice means that it did not."""
    # An edit may be repeated freely; a mail may be repeated because it is the same to the byte.
    if claimed.payload["mode"] == "update" or not isinstance(channel, Finder):
        return _resend(claimed, "its answer was lost: sent once more", clock(), patience)
    try:
        reference = channel.find(outgoing_of(claimed))
    except DeliveryError as error:
        return _cannot_tell(claimed, error, clock(), patience)
    except Exception as error:  # noqa: BLE001 - as in outcome_of
        unknown = DeliveryError(Failure.PERMANENT, f"{type(error).__name__} while looking for it")
        return _cannot_tell(claimed, unknown, clock(), patience)
    if reference is not None:
        return Sent(clock(), reference, found=True)
    absences = claimed.absences + 1
    if absences % patience.looks:
        return Unsure(clock() + patience.look_again, "not found yet", absences)
    return _resend(replace(claimed, absences=absences - patience.looks), "did not arrive: looked for and not found", clock(), patience)


def _resend(claimed: Claimed, reason: str, now: int, patience: Patience, payload: dict[str, Any] | None = None) -> Outcome:
    """One sending is written off as not arrived; after too many of them the delivery is."""
    absences = claimed.absences - claimed.absences % patience.looks + patience.looks
    if absences >= patience.looks * patience.unsure_sendings:
        return Dead(f"given up, may have arrived: {claimed.attempts} attempts, the last answer was lost")
    return Again(now, reason, absences=absences, payload=payload)


def _cannot_tell(claimed: Claimed, error: DeliveryError, now: int, patience: Patience) -> Outcome:
    reason = f"cannot be looked for: {error.reason}"
    if error.failure is Failure.PERMANENT:
        # An alert said twice does less harm than one not said; a scorecard can wait for the operator.
        if claimed.kind == "report":
            return Dead(f"may have arrived; {reason}")
        return _resend(claimed, reason, now, patience, _marked(claimed.payload))
    delay = _limit(error, patience) if error.failure is Failure.RATE_LIMITED else patience.look_again
    return Unsure(now + delay, reason, claimed.absences, "channel" if error.failure is Failure.CLOSED else None)


def _marked(payload: dict[str, Any]) -> dict[str, Any]:
    """The same message, saying that it may be a repeat."""
    if MAY_REPEAT in payload.get("text", ""):
        return payload
    marked = payload | {"text": f"{payload.get('text', '')} {MAY_REPEAT}".strip()}
    if payload.get("blocks"):
        note = {"type": "context", "elements": [{"type": "plain_text", "text": MAY_REPEAT}]}
        marked["blocks"] = [*payload["blocks"], note]
    return marked

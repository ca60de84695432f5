"""What the doctor says of messages that do not go out: given up, refused for good, or waiting since sending fails."""

from collections.abc import Iterable

from sqlalchemy import Connection

from slamon.core.working_time.instants import HOUR
from slamon.jobs.doctor.diagnosis import Diagnosis, span
from slamon.jobs.troubles.refused import is_our_bug
from slamon.store.outbox import depth, errors_of, oldest_waiting
from slamon.store.outbox.stuck import stuck
from slamon.store.outbox.troubles import closed

WAITING_AT_MOST = HOUR


def what_goes_out(connection: Connection, now: int) -> Diagnosis:
    """Whether everything in the outbox goes out, and what to do about what does not; ``now`` in microseconds UTC."""
    counts = depth(connection)
    waiting = sum(counts.get(state, 0) for state in ("pending", "dispatching", "unsure"))
    dead = counts.get("dead", 0)
    told = f"{counts.get('sent', 0)} sent, {waiting} waiting, {dead} given up"
    if dead:
        return Diagnosis("outbox", ok=False, detail=f"{told}: {_reasons(connection, ['dead'])}", mend="look at: slamon outbox list")
    errors = _reasons(connection, ["pending", "unsure"])
    oldest, waits = oldest_waiting(connection), stuck(connection, now)
    if errors and oldest is not None and (now - oldest > WAITING_AT_MOST or closed(connection) or waits):
        detail = f"{told}, the oldest for {span(now - oldest)}: {errors}"
        refused = next((each for each in waits if each.refused), None)
        if refused is None:
            return Diagnosis("outbox", ok=False, detail=detail, mend="mend the reason; slamon run sends them by itself then")
        first, reason = refused.refused[0].id[:8], refused.errors[0]
        what = "report it as a bug of slamon, no other try helps" if is_our_bug(reason) else "mend the reason, then: slamon outbox retry"
        return Diagnosis("outbox", ok=False, detail=detail, mend=f"look at: slamon outbox show {first}; {what}")
    return Diagnosis("outbox", ok=True, detail=told)


def _reasons(connection: Connection, states: Iterable[str]) -> str:
    return "; ".join(f"{count} × {channel}: {error}" for channel, error, count in errors_of(connection, states)[:3])

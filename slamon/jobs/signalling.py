"""The dead man's signal goes out after every good cycle: when any job fails or stops, it does not, and somebody outside notices."""

from collections.abc import Collection, Mapping

from sqlalchemy import Engine

from slamon.channels.dead_man import signal
from slamon.core.working_time.instants import MINUTE
from slamon.store.heartbeats import load_heartbeats

INTERVALS = 3
LEAST_PATIENCE = 2 * MINUTE


def signal_when_well(engine: Engine, url: str, jobs: Mapping[str, int], now: int, inside: Collection[str] = ()) -> str:
    """Call the address if every job (by name, with its interval in microseconds) ended well of late; what was done, in words.

    ``inside`` are the hosts that may lead inside. ``SignalError`` when the address is not reached: that is logged, and changes
    nothing else.
    """
    beats = load_heartbeats(engine)
    for name, every in jobs.items():
        beat = beats.get(name)
        if beat is None:
            return f"not called: {name} has not ended yet"
        if not beat.ok:
            return f"not called: {name} fails"
        if now - beat.at > max(INTERVALS * every, LEAST_PATIENCE):
            return f"not called: {name} has not ended for long"
    signal(url, inside)
    return "called"

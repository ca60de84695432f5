"""The operator is told of sources that take long, cannot be read, or stand still: once, and again after a day while it lasts."""

from collections.abc import Iterator

from sqlalchemy import Connection

from slamon.core.masking import without_people
from slamon.core.working_time.instants import HOUR, iso
from slamon.jobs.sync.source_lanes import SOURCE
from slamon.jobs.troubles.causes import Cause, lasting
from slamon.store.facts.holds import Hold, load_holds
from slamon.store.heartbeats import not_well

MOST_NAMED = 5


def source_causes(connection: Connection, now: int) -> Iterator[Cause]:
    """One for each source that is slow, and one for each that holds verdicts."""
    holds = load_holds(connection)
    for job, reason in not_well(connection, SOURCE):
        name = job.removeprefix(SOURCE)
        yield lasting(
            f"slow/{job}/{reason}",
            "",
            f"The source {name} takes long to be read",
            (f"It is {reason} (its `budget` in slamon.yaml).", "The other sources are read as ever."),
            "Please look at what it reads from; slamon doctor says more. If it takes that long, a larger budget helps. Thank you.",
            now,
        )
    for hold in holds:
        yield lasting(
            # A source that fails again within the hour is the same trouble.
            f"held/{hold.source}/{hold.since // HOUR}",
            "",
            f"Verdicts wait for the source {hold.source}",
            (f"The reason: {without_people(hold.reason)}.", _waiting(hold), "Nobody is told of a miss that it could disprove."),
            f"Please mend it, then run: slamon sync {hold.source}. Verdicts follow by themselves. Thank you.",
            now,
        )


def _waiting(hold: Hold) -> str:
    shown = ", ".join(hold.slas[:MOST_NAMED]) + (f" and {len(hold.slas) - MOST_NAMED} more" if len(hold.slas) > MOST_NAMED else "")
    since = f" since {iso(hold.until)[:16].replace('T', ' ')} UTC" if hold.until is not None else ""
    return f"Waiting{since}: {shown}."

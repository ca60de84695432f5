"""What the web may look at: the store, the clock, and what the running service says of itself."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Engine

from slamon.journal import Journal


@dataclass(frozen=True, slots=True)
class View:
    """Everything that an answer is made of; nothing of it is changed, but for who unsubscribes."""

    engine: Engine
    """An engine of the web's own, so that many who ask never take the jobs' connections."""
    clock: Callable[[], int]
    journal: Journal
    silent_s: Callable[[], float]
    """For how many seconds the ticker, or the loop that watches it, has shown no sign of life."""
    intervals: Callable[[], Mapping[str, int]]
    """How often each job runs that the service is judged by, in microseconds, by the settings in force."""
    definitions: Callable[[], str]
    """Empty while the files are used as they are, else why not: then what was loaded before stays in force."""
    url: str | None = None
    """How others reach it."""
    secret: str | None = None
    """What signs unsubscribe links; without it there are none."""
    held: Callable[[], Collection[str]] = tuple
    """The sources that hold verdicts, as the last check of this process found them; asks no database."""
    sources: Callable[[], Collection[str]] = tuple
    """The sources that the settings in force name; asks no database."""

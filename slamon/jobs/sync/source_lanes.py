"""A lane for each source: it is read in a thread of its own, so that one that hangs or is slow delays no other."""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Engine

from slamon.core.working_time.instants import iso
from slamon.jobs.sync.sync_summary import SyncSummary
from slamon.settings import SourceSettings
from slamon.store.database import writing
from slamon.store.heartbeats import beat, not_well

WAIT_S = 5.0
"""So long a turn waits for what it began; what takes longer is told by a later turn."""
MOST_AT_ONCE = 8
"""Each reading keeps a connection to the store: more at once would take those of the other jobs."""
SOURCE = "source "
"""Begins the name of the heartbeat of a source that takes longer than its budget."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What one turn came to: the readings that ended since the last, and those still at work, with the instant of their begin."""

    ended: tuple[SyncSummary, ...]
    at_work: Mapping[str, int]


@dataclass(slots=True)
class SourceLanes:
    """Which sources are being read by this process; a reading that hangs for ever occupies its own lane and no other."""

    wait_s: float = WAIT_S
    applying: threading.Lock = field(default_factory=threading.Lock)
    """Held while a reading is written to the store, which takes one writer at a time: the others wait in line, not against a timeout."""
    _since: dict[str, int] = field(default_factory=dict)
    _began: dict[str, int] = field(default_factory=dict)
    _ended: list[SyncSummary | BaseException] = field(default_factory=list)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def begin(self, sources: Iterable[str], read: Callable[[str], SyncSummary], clock: Callable[[], int]) -> list[str]:
        """Begin each source that is not being read, the longest unread first, and wait for none; a later turn tells how they ended."""
        with self._changed:
            begun = self.free(sorted(sources, key=lambda name: self._began.get(name, 0)))
            for name in begun:
                self._since[name] = self._began[name] = clock()
        for name in begun:
            threading.Thread(target=self._work, args=(name, read), name=f"source {name}", daemon=True).start()
        return begun

    def turn(self, sources: Iterable[str], read: Callable[[str], SyncSummary], clock: Callable[[], int]) -> Turn:
        """Begin each source that is not being read, the longest unread first, and wait a little for all.

        ``read`` is called with the source's name in a thread of its own. What it raises is raised here, at the turn that
        finds it.
        """
        begun = self.begin(sources, read, clock)
        with self._changed:
            self._changed.wait_for(lambda: not self._since.keys() & set(begun), timeout=self.wait_s)
            ended, self._ended = self._ended, []
            at_work = dict(self._since)
        failures = [each for each in ended if isinstance(each, BaseException)]
        if failures:
            raise failures[0]
        return Turn(tuple(each for each in ended if isinstance(each, SyncSummary)), at_work)

    def free(self, sources: Sequence[str]) -> list[str]:
        """Those of some sources that could be begun now."""
        with self._changed:
            return [name for name in sources if name not in self._since][: max(MOST_AT_ONCE - len(self._since), 0)]

    def begun(self) -> dict[str, int]:
        """When the last reading of each source began in this process (microseconds UTC)."""
        with self._changed:
            return dict(self._began)

    def _work(self, name: str, read: Callable[[str], SyncSummary]) -> None:
        found: SyncSummary | BaseException
        try:
            found = read(name)
        except BaseException as error:  # noqa: BLE001 - the turn that finds it raises it
            found = error
        with self._changed:
            del self._since[name]
            self._ended.append(found)
            self._changed.notify_all()


def note_slow(engine: Engine, sources: Mapping[str, SourceSettings], at_work: Mapping[str, int], now: int) -> list[str]:
    """Keep, for the operator, which sources take longer than their budget; returns them in words. Instants: microseconds UTC."""
    slow = {name: since for name, since in at_work.items() if name in sources and now - since > sources[name].budget.micros}
    words = {name: f"being read since {iso(since)[:16].replace('T', ' ')} UTC, longer than its budget" for name, since in slow.items()}
    with writing(engine) as connection:
        known = dict(not_well(connection, SOURCE))
        for name, said in words.items():
            if known.get(SOURCE + name) != said:
                beat(connection, SOURCE + name, now, ok=False, detail=said)
        for job in known:
            if job.removeprefix(SOURCE) not in slow:
                beat(connection, job, now, ok=True)
    return [f"{name} is {said}" for name, said in words.items()]

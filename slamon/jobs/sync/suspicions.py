"""What looks like an export that is not whole, and when it is believed all the same."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from slamon.core.working_time.instants import MINUTE
from slamon.sources import SourceError

_ENOUGH_TO_HALVE = 100
_ENOUGH_TO_VANISH = 10
"""From so many rows on, a table with less than half of them, or with none, looks like a broken export."""
_LOST_ROWS, _LOST_ONE_IN = 20, 20
"""A table that lost more than so many rows, and more than one in so many, may be cut."""
SETTLED_AFTER = MINUTE
"""A file that was written so recently may still be written; a second look counts when it comes so long after the first."""


class SuspectError(SourceError):
    """A table may be cut; ``looks`` is what is remembered of it for the next reading: how many rows it had, by table."""

    def __init__(self, words: str, looks: Mapping[str, int]) -> None:
        super().__init__(words)
        self.looks = looks


@dataclass(frozen=True, slots=True)
class Look:
    """What one reading of a table found; instants are microseconds UTC."""

    where: str
    table: str
    rows: int
    before: int
    """Rows at the last reading that was believed; 0 for none."""
    started_at: int
    written_at: int | None = None
    """When its file was last written to; None for what is no file."""
    open_end: bool = False
    """Whether its last line does not end."""


@dataclass(slots=True)
class Suspicions:
    """Of one reading of a source: ``seen`` is what the reading before suspected, by table, and how many rows it found."""

    source: str
    seen: Mapping[str, int] = field(default_factory=dict)
    believed: dict[str, int] = field(default_factory=dict)

    def judge(self, look: Look) -> None:
        """``SourceError`` for a table that is not believed; a table that was never read before is."""
        had = f"{look.where} has {look.rows} rows where the last sync read {look.before}"
        if (look.before >= _ENOUGH_TO_HALVE and look.rows * 2 < look.before) or (look.before >= _ENOUGH_TO_VANISH and look.rows == 0):
            raise SourceError(
                f"{had}: it looks like a broken export, and the facts stay as they were; if it is right, run: slamon sync "
                f"{self.source} --full"
            )
        if look.before and _is_fresh(look) and (look.open_end or look.rows < look.before):
            why = "its last line does not end" if look.open_end else f"it has {look.rows} rows where it had {look.before}"
            raise SourceError(f"{look.where} was written less than a minute ago, and {why}: it may still be written, and is read next time")
        lost = look.before - look.rows
        if lost > _LOST_ROWS and lost * _LOST_ONE_IN > look.before:
            if self.seen.get(look.table) != look.rows:
                believed = "it is believed once the next reading finds as many, or with: slamon sync"
                looks = {**self.believed, look.table: look.rows}
                raise SuspectError(f"{had}: it may be cut, and the facts stay as they were; {believed} {self.source} --full", looks)
            self.believed[look.table] = look.rows


def _is_fresh(look: Look) -> bool:
    return look.written_at is not None and 0 <= look.started_at - look.written_at < SETTLED_AFTER

"""What was loaded from files, read anew when one of them changes; a change that cannot be used keeps what was."""

import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Generic, TypeVar

from slamon.journal import Journal, describe
from slamon.schedule import Beat, wall_clock

T = TypeVar("T")


class Reloading(Generic[T]):
    """What was loaded from files, loaded anew when one of them changes; a change that cannot be used keeps what was.

    ``load`` raises at the first loading as it does; later its error goes to the journal and a heartbeat of the job
    ``reload``, once a change.
    """

    def __init__(self, load: Callable[[], T], files: Callable[[], Iterable[Path]], beat: Beat, journal: Journal) -> None:
        self._load, self._files, self._beat, self._journal = load, files, beat, journal
        self._lock = threading.Lock()
        self._seen = self._fingerprint()
        self._current = load()

    def current(self) -> T:
        """The newest usable state."""
        with self._lock:
            seen = self._fingerprint()
            if seen != self._seen:
                self._seen = seen
                self._reload()
            return self._current

    def latest(self) -> T:
        """What is in force, without a look at the files: for those who only watch."""
        return self._current

    def _reload(self) -> None:
        try:
            self._current = self._load()
        except Exception as error:  # noqa: BLE001 - whatever is wrong with the files, the checks go on with the old ones
            told = describe(error)
            self._journal.write("change not used", **told)
            self._beat("reload", wall_clock(), False, " ".join(filter(None, (told["error"], told.get("reason")))), None)  # noqa: FBT003 - its outcome, as in any job's note
        else:
            self._journal.write("change used")
            self._beat("reload", wall_clock(), True, "", None)  # noqa: FBT003 - the same

    def _fingerprint(self) -> tuple[tuple[str, int, int], ...]:
        found = []
        for path in self._files():
            try:
                status = path.stat()
            except OSError:  # gone, or being replaced: that is a change too
                continue
            found.append((str(path), status.st_mtime_ns, status.st_size))
        return tuple(sorted(found))

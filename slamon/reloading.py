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
    ``reload``, once a change. While a change is refused, ``decided`` is asked too: when its answer is another one than
    at the refusal (somebody accepted the change), the files are read again.
    """

    def __init__(
        self,
        load: Callable[[], T],
        files: Callable[[], Iterable[Path]],
        beat: Beat,
        journal: Journal,
        decided: Callable[[], object] = lambda: None,
    ) -> None:
        self._load, self._files, self._beat, self._journal, self._decided = load, files, beat, journal, decided
        self._lock = threading.Lock()
        self._refused, self._refused_at = "", decided()
        self._seen = self._fingerprint()
        self._current = load()

    def current(self) -> T:
        """The newest usable state."""
        with self._lock:
            seen = self._fingerprint()
            if seen != self._seen or (self._refused and self._decided() != self._refused_at):
                self._seen = seen
                self._reload()
            return self._current

    def refused(self) -> str:
        """Why the files as they are now are not used; empty while they are."""
        return self._refused

    def latest(self) -> T:
        """What is in force, without a look at the files: for those who only watch."""
        return self._current

    def _reload(self) -> None:
        try:
            self._refused_at = self._decided()
            self._current = self._load()
        except Exception as error:  # noqa: BLE001 - whatever is wrong with the files, the checks go on with the old ones
            told = describe(error)
            self._refused = told.get("reason") or told["error"]
            self._journal.write("change not used", **told)
            self._beat("reload", wall_clock(), False, self._refused, None)  # noqa: FBT003 - its outcome, as in any job's note
        else:
            self._refused = ""
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

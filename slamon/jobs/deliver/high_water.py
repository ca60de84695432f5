"""How many claims were seen, kept beside the database: when the database counts fewer, it was restored or failed over."""

from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock


@dataclass(slots=True)
class HighWater:
    """The highest number of a claim that this process saw, and, with a ``file``, any process of this workspace before."""

    file: Path | None = None
    highest: int = -1
    lock: Lock = field(default_factory=Lock)

    def seen(self) -> int:
        """The highest number seen; 0 when nothing is known."""
        with self.lock:
            if self.highest < 0:
                self.highest = self._kept()
            return self.highest

    def note(self, number: int) -> None:
        """A claim was made; a file that cannot be written loses only this second look at the database."""
        known = self.seen()
        with self.lock:
            if number <= known or number <= self.highest:
                return
            self.highest = number
            if self.file is not None:
                self._keep(self.file, number)

    def _kept(self) -> int:
        try:
            text = self.file.read_text(encoding="ascii").strip() if self.file else ""
        except (OSError, ValueError):
            return 0
        return int(text) if text.isdecimal() and len(text) <= 18 else 0  # noqa: PLR2004 - what fits the database's integers

    @staticmethod
    def _keep(file: Path, number: int) -> None:
        partial = file.with_name(f"{file.name}.new")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            partial.write_text(f"{number}\n", encoding="ascii")
            partial.replace(file)
        except OSError:
            return

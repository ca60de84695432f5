"""A progress bar while sources are read; nothing at all where no terminal is."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn


class SyncProgress:
    """One line a table: its name, how much of it is read, rows and time. Used as a context; it erases itself at the end."""

    def __init__(self, console: Console) -> None:
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[rows]:,} rows"),
            TimeElapsedColumn(),
        )
        self._bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._bar.stop()

    def begin(self, source: str, table: str) -> None:
        """A table is opened: the one before it is read."""
        self._finish()
        self._task = self._bar.add_task(f"{source}: {table}", total=None, rows=0)

    def advance(self, rows: int, share: float | None) -> None:
        """So many rows of it are read; without a share the bar only shows that something moves."""
        if self._task is not None:
            self._bar.update(self._task, rows=rows, total=None if share is None else 1.0, completed=share or 0.0)

    def apply(self, source: str, rows: int) -> None:
        """The facts are compared with what was read."""
        self._finish()
        self._task = self._bar.add_task(f"{source}: comparing with the facts", total=None, rows=rows)

    def _finish(self) -> None:
        if self._task is not None:
            self._bar.update(self._task, total=1.0, completed=1.0)

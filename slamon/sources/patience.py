"""A source's database cannot hold us up: a query that gives no row for long is ended, and a cell that is no value comes as text."""

import time
from typing import Any

_INSTRUCTIONS = 100_000
"""SQLite's own steps between two looks at the clock: about a hundredth of a second."""
_TIMES = ("date", "time", "timetz", "timestamp", "timestamptz")


class Patience:
    """How long a database may take for its next rows (``budget_s``, in seconds); it is renewed by each block of rows that comes."""

    def __init__(self, budget_s: float) -> None:
        self._budget_s = budget_s
        self.renew()

    def renew(self) -> None:
        """Rows came, or are asked for."""
        self._until = time.monotonic() + self._budget_s

    def is_over(self) -> bool:
        """Whether it is waited no longer."""
        return time.monotonic() > self._until

    def prepare(self, dialect: str, driver: Any) -> None:
        """Prepare a driver's connection that was just opened."""
        if dialect == "postgresql":
            _prepare_postgresql(driver, self._budget_s)
        elif dialect == "sqlite":
            driver.text_factory = lambda data: data.decode("utf-8", "replace")  # a byte that is no text is made visible, as in files
            driver.set_progress_handler(self.is_over, _INSTRUCTIONS)


def _prepare_postgresql(driver: Any, budget_s: float) -> None:
    """The server ends what takes longer: the query itself, and each fetch of rows from it."""
    with driver.cursor() as cursor:
        cursor.execute(f"SET statement_timeout = {round(budget_s * 1000)}")
    driver.commit()
    if hasattr(driver, "adapters"):
        for name in _TIMES:
            oid = driver.adapters.types[name].oid
            driver.adapters.register_loader(oid, _as_text_at_worst(driver.adapters.get_loader(oid, 0)))


def _as_text_at_worst(usual: Any) -> Any:
    """A loader that gives the text of what its usual one cannot give: ``infinity``, and years that no calendar here has."""

    class Loader:
        format = 0

        def __init__(self, oid: int, context: Any = None) -> None:
            self._usual = usual(oid, context)

        def load(self, data: Any) -> Any:
            try:
                return self._usual.load(data)
            except Exception:  # noqa: BLE001 - the driver's own error, whose class is of another room; the row is refused with its text
                return bytes(data).decode("utf-8", "replace")

    return Loader

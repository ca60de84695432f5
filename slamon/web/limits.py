"""How often something may be asked for: a number at once, refilled evenly; bounded memory, and one asker never uses up another's."""

import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

MOST_ASKERS = 10_000


class Limit:
    """``most`` in a minute for each key; by a steady clock in seconds."""

    def __init__(self, most: int, steady: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._steady = steady
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def allows(self, key: str) -> bool:
        """Whether there is one left for the key, which is then used."""
        with self._lock:
            now = self._steady()
            left, since = self._left.pop(key, (float(self._most), now))
            left = min(float(self._most), left + (now - since) * self._most / 60)
            self._left[key] = (left - 1 if left >= 1 else left, now)
            while len(self._left) > MOST_ASKERS:
                self._left.popitem(last=False)
            return left >= 1

"""Which stretch of history a definition is tried on: local dates, and what they are as instants of a promise's zone."""

from dataclasses import dataclass
from datetime import date

from slamon.core.working_time.periods import instant_of, local_date

MONTHS_SHOWN = 12
MONTHS_ADVISED = 3
EVERY_MONTH_HAS = 28
EARLIEST, LATEST = 1970, 2200


@dataclass(frozen=True, slots=True)
class Span:
    """``[since, until)`` as instants, microseconds UTC."""

    since: int
    until: int


@dataclass(frozen=True, slots=True)
class Window:
    """Local dates ``[since, until)``; what is recommended rests on the last three months of them."""

    since: date
    until: date

    @property
    def recent(self) -> date:
        """Where the last three months begin."""
        return max(self.since, months_before(self.until, MONTHS_ADVISED))

    def span(self, zone: str) -> Span:
        """All of it, in a zone."""
        return Span(instant_of(self.since, 0, zone), instant_of(self.until, 0, zone))

    def recent_span(self, zone: str) -> Span:
        """Its last three months, in a zone."""
        return Span(instant_of(self.recent, 0, zone), instant_of(self.until, 0, zone))


def window_of(as_of: int, zone: str, since: date | None = None, until: date | None = None) -> Window:
    """The twelve whole months before an instant, or the dates given; ``ValueError`` for dates in the wrong order."""
    ends = until or local_date(as_of, zone).replace(day=1)
    begins = since or months_before(ends, MONTHS_SHOWN)
    if begins.year < EARLIEST or ends.year > LATEST:
        raise ValueError(f"{begins} to {ends} is no stretch of history; write dates such as 2026-01-01")
    if begins >= ends:
        raise ValueError(f"{begins} is not before {ends}; write an earlier --from, or a later --to")
    return Window(begins, ends)


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier; the 28th for the days that not every month has. Not before year 1."""
    count = max(day.year * 12 + day.month - 1 - months, 12)
    return date(count // 12, count % 12 + 1, min(day.day, EVERY_MONTH_HAS))

"""Business periods: which day, week, month or quarter of a zone an instant belongs to, and where each begins and ends.

A period is ``[starts_at, ends_at)`` and begins at local midnight of its first date; where a clock change skips that
midnight it begins at the first instant after the jump, where midnight comes twice at the first of the two. Labels are
``2026-11-20`` (day), ``2026-W46`` (ISO week), ``2026-11`` (month) and ``2026-Q4`` (quarter).

With ``fiscal_year_starts`` (``"02-01"``: the first of a month) quarters are counted from that month, and a fiscal year
has the name of the calendar year in which it **ends**: with ``02-01``, 2026-Q1 is February to April 2025. Days, weeks
and months keep their calendar names.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from slamon.core.columns import Texts
from slamon.core.working_time.buckets import BULK, Buckets
from slamon.core.working_time.instants import DAY, FOREVER, NEVER, Instants
from slamon.core.working_time.zones import Offsets, offsets_of

Per = Literal["day", "week", "month", "quarter"]
Labels = npt.NDArray[np.object_]
Numbers = npt.NDArray[np.int64]

TEACHING = "write a day 2026-11-20, a week 2026-W46, a month 2026-11 or a quarter 2026-Q4"

_EPOCH_DAY = date(1970, 1, 1)
_MONDAY = 3  # 1970-01-01 was a Thursday: weeks are counted from the Monday three days before
_LABEL = re.compile(r"([0-9]{4})-(?:W([0-9]{2})|Q([1-4])|([0-9]{2})(?:-([0-9]{2}))?)", re.ASCII)
_AROUND = 400 * DAY  # the periods around an instant begin and end in years of which the offsets are known


@dataclass(frozen=True, slots=True)
class Period:
    """One period of one zone: its label and the instants ``[starts_at, ends_at)`` in microseconds UTC."""

    label: str
    starts_at: int
    ends_at: int


def period_of(instants: Instants, per: Per, zone: str, fiscal_year_starts: str | None = None) -> Labels:
    """The label of the period that each instant lies in (int64 microseconds UTC in, text of the same shape out).

    NEVER and FOREVER give the empty text. ``bounds_of`` of a label always holds the instant.
    """
    labels = periods_of(instants, per, zone, fiscal_year_starts)
    texts: Labels = np.append(labels.values, "").take(labels.codes)
    return texts


def periods_of(instants: Instants, per: Per, zone: str, fiscal_year_starts: str | None = None) -> Texts:
    """The same labels as codes, in order of time; none for NEVER and FOREVER."""
    known = (instants != NEVER) & (instants != FOREVER)
    asked = instants if known.all() else instants[known]
    if not len(asked):
        return Texts(np.full(len(instants), -1, np.int32), np.zeros(0, object))
    numbers = _numbers_over(int(asked.min()), int(asked.max()), per, zone, fiscal_year_starts)
    starts = _starts(numbers, per, zone, fiscal_year_starts)
    table = Buckets.between(starts) if len(asked) >= BULK else None
    index = (np.searchsorted(starts, asked, side="right") if table is None else table.ended(asked)) - 1
    told = np.flatnonzero(np.bincount(index, minlength=len(numbers)))
    place = np.full(len(numbers), -1, np.int32)
    place[told] = np.arange(len(told))
    codes = place.take(index)
    if len(asked) < len(instants):
        codes = np.full(len(instants), -1, np.int32)
        codes[known] = place.take(index)
    labels = [_label(int(numbers[each]), per, fiscal_year_starts) for each in told.tolist()]
    return Texts(codes, np.array([*labels, None], object)[:-1])


def bounds_of(label: str, zone: str, fiscal_year_starts: str | None = None) -> tuple[int, int]:
    """The instants ``[from, to)`` of a period in a zone; ``ValueError`` with the mend for a label that names none.

    A date that a zone skipped altogether (Samoa's 2011-12-30) has ``from == to``.
    """
    per, number = _parse(label, fiscal_year_starts)
    starts = _starts(np.array([number, number + 1], np.int64), per, zone, fiscal_year_starts)
    return int(starts[0]), int(starts[1])


def per_of(label: str) -> Per:
    """Whether a label names a day, week, month or quarter; ``ValueError`` with the mend for anything else."""
    return _parse(label, None)[0]


def period_containing(instant: int, per: Per, zone: str, fiscal_year_starts: str | None = None) -> Period:
    """The one period that an instant lies in."""
    return periods_between(instant, instant, per, zone, fiscal_year_starts)[0]


def period_before(label: str, zone: str, fiscal_year_starts: str | None = None, *, steps: int = 1) -> Period:
    """The period that many steps before the labelled one (negative: after it)."""
    per, number = _parse(label, fiscal_year_starts)
    before = _label(number - steps, per, fiscal_year_starts)
    return Period(before, *bounds_of(before, zone, fiscal_year_starts))


def periods_between(first: int, last: int, per: Per, zone: str, fiscal_year_starts: str | None = None) -> list[Period]:
    """Every period from the one that holds instant ``first`` to the one that holds ``last``, in order; none is empty."""
    if last < first:
        return []
    numbers = _numbers_over(first, last, per, zone, fiscal_year_starts)
    starts = _starts(np.append(numbers, numbers[-1] + 1), per, zone, fiscal_year_starts)
    return [
        Period(_label(int(number), per, fiscal_year_starts), int(since), int(until))
        for number, since, until in zip(numbers, starts[:-1], starts[1:], strict=True)
        if since < until and until > first and since <= last
    ]


def instant_of(day: date, since_midnight: int, zone: str) -> int:
    """The one instant of a wall-clock time of a local date; skipped gives the first after the jump, repeated the first."""
    wall = np.array([(day - _EPOCH_DAY).days * DAY + since_midnight], np.int64)
    return int(_offsets(zone, int(wall[0]), int(wall[0])).from_wall(wall)[0])


def local_date(instant: int, zone: str) -> date:
    """The local calendar date of an instant."""
    wall = _offsets(zone, instant, instant).to_wall(np.array([instant], np.int64))
    return _EPOCH_DAY + timedelta(days=int(wall[0]) // DAY)


def _offsets(zone: str, first: int, last: int) -> Offsets:
    return offsets_of(zone, first - _AROUND, last + _AROUND)


def _numbers_over(first: int, last: int, per: Per, zone: str, fiscal_year_starts: str | None) -> Numbers:
    """Numbers of all periods that could hold an instant in ``[first, last]``, one more at each end."""
    wall = _offsets(zone, first, last).to_wall(np.array([first, last], np.int64))
    low, high = _number(wall // DAY, per, fiscal_year_starts)
    return np.arange(low - 1, high + 2, dtype=np.int64)


def _starts(numbers: Numbers, per: Per, zone: str, fiscal_year_starts: str | None) -> Instants:
    wall = _first_day(numbers, per, fiscal_year_starts) * DAY
    return _offsets(zone, int(wall.min()), int(wall.max())).from_wall(wall)


def _number(days: Numbers, per: Per, fiscal_year_starts: str | None) -> Numbers:
    """The running number of the period that holds each local date (days since 1970-01-01)."""
    if per == "day":
        return days
    if per == "week":
        return (days + _MONDAY) // 7
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return months if per == "month" else (months - _offset_months(fiscal_year_starts)) // 3


def _first_day(numbers: Numbers, per: Per, fiscal_year_starts: str | None) -> Numbers:
    """The first local date (days since 1970-01-01) of each period."""
    if per == "day":
        return numbers
    if per == "week":
        return numbers * 7 - _MONDAY
    months = numbers if per == "month" else numbers * 3 + _offset_months(fiscal_year_starts)
    return months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)


def _label(number: int, per: Per, fiscal_year_starts: str | None) -> str:
    if per == "quarter":
        years, quarter = divmod(number, 4)
        return f"{1970 + years + bool(_offset_months(fiscal_year_starts))}-Q{quarter + 1}"
    first = _EPOCH_DAY + timedelta(days=int(_first_day(np.array([number], np.int64), per, None)[0]))
    if per == "week":
        year, week, _ = first.isocalendar()
        return f"{year}-W{week:02d}"
    return first.isoformat() if per == "day" else first.isoformat()[:7]


def _parse(label: str, fiscal_year_starts: str | None) -> tuple[Per, int]:
    """Which kind of period a label names, and its running number."""
    match = _LABEL.fullmatch(label)
    if match is None:
        raise ValueError(f"{label!r} is not a period; {TEACHING}")
    year, week, quarter, month, day = (int(part or 0) for part in match.groups())
    if quarter:
        return "quarter", (year - 1970 - bool(_offset_months(fiscal_year_starts))) * 4 + quarter - 1
    try:
        first = date.fromisocalendar(year, week, 1) if match[2] else date(year, month, day if match[5] else 1)
    except ValueError:
        raise ValueError(f"{label!r} is not on the calendar; {TEACHING}") from None
    per: Per = "week" if match[2] else "day" if match[5] else "month"
    return per, int(_number(np.array([(first - _EPOCH_DAY).days], np.int64), per, None)[0])


def _offset_months(fiscal_year_starts: str | None) -> int:
    """How many months after January the fiscal year starts; 0 for the calendar year."""
    if fiscal_year_starts is None:
        return 0
    if not re.fullmatch(r"(0[1-9]|1[0-2])-01", fiscal_year_starts, re.ASCII):
        raise ValueError(f'{fiscal_year_starts!r} is not the first of a month; write e.g. "02-01"')
    return int(fiscal_year_starts[:2]) - 1


ALL_PER: tuple[Per, ...] = get_args(Per)

"""What a working-time question costs in bulk: beside one binary search, and beside the second-exact packages that can be asked.

    python benchmarks/working_time.py [INSTANTS]

The calendar is Mon-Fri 09:00-17:30 in Berlin with its holidays. The packages are asked about the same instants one by one, as they
want it (they have no bulk form), and their answers are compared with ours; ``pip install --group peers`` brings them. The script
fails when our answers differ from a search in the openings, or from a package's without a reason that is known and printed.
"""

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from importlib import import_module
from importlib.util import find_spec
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from measuring import cpu_seconds, say

from slamon.core.working_time.calendars import Calendar
from slamon.core.working_time.instants import DAY, HOUR, SECOND, Instants, to_datetime
from slamon.core.working_time.openings import Openings

BERLIN = ZoneInfo("Europe/Berlin")
OPENS, CLOSES = time(9), time(17, 30)
OPEN_HOURS = 8.5
BEGIN = 1_735_689_600_000_000  # 2025-01-01
OFFICE = Calendar("Europe/Berlin", {"mon-fri": ["09:00-17:30"]}, {"country": "DE", "subdivision": "BE"})
HOLIDAYS = [day for day in (date(2024, 1, 1) + timedelta(days=number) for number in range(4 * 366)) if OFFICE.holiday_name(day)]
ASKED = 1_000
NOT_ASKED = {
    "numpy busday_offset, workalendar, bizdays, business_calendar": "count whole days",
    "BusinessHours": "counts whole hours, on naive times",
}


@dataclass(frozen=True, slots=True)
class Questions:
    """Starts, targets of whole hours, and ends up to two weeks after the starts; whole seconds, as int64 microseconds."""

    start: Instants
    hours: Instants
    end: Instants

    def due(self) -> Instants:
        """Our answers: when each target is over."""
        return OFFICE.advance_micros(self.start, self.hours * HOUR)

    def elapsed(self) -> Instants:
        """Our answers: the working time between start and end."""
        return OFFICE.elapsed_micros(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Peer:
    """What a package was asked, and its answers in microseconds, made when they are called for."""

    name: str
    question: str
    answers: Callable[[], list[int]]
    differs: str = ""
    """Why some of its answers are others than ours; empty where all have to be the same."""


def questions(many: int) -> Questions:
    """That many questions over two years, the same each time."""
    chance = np.random.default_rng(11)
    start = BEGIN + chance.integers(0, 2 * 365 * DAY // SECOND, many) * SECOND
    return Questions(start, chance.integers(1, 41, many), start + chance.integers(1, 14 * DAY // SECOND, many) * SECOND)


def searched(openings: Openings, asked: Questions) -> tuple[Instants, Instants]:
    """The answers as a search in the openings gives them: due, elapsed."""

    def worked(instants: Instants) -> Instants:
        index = np.searchsorted(openings.begin, instants, side="right") - 1
        return openings.worked[index] + np.minimum(instants, openings.end[index]) - openings.begin[index]

    target = worked(asked.start) + asked.hours * HOUR
    index = np.searchsorted(openings.finished, target, side="left")
    return openings.begin[index] + target - openings.worked[index], worked(asked.end) - worked(asked.start)


def in_bulk(many: int) -> dict[str, float]:
    """Compare with one search of as many instants; nanoseconds an instant of ``advance`` and ``elapsed``."""
    asked = questions(many)
    openings = OFFICE.openings_around(np.append(asked.start, asked.end))
    due, elapsed = searched(openings, asked)
    if not (np.array_equal(asked.due(), due) and np.array_equal(asked.elapsed(), elapsed)):
        raise SystemExit("the tables and the search give different answers")
    other = np.random.default_rng(12).permutation(asked.start)
    start, end, seconds = asked.start.view("datetime64[us]"), other.view("datetime64[us]"), asked.hours * 3600.0
    works: dict[str, Callable[[], object]] = {
        "one np.searchsorted": lambda: np.searchsorted(openings.begin, asked.start, side="right"),
        "advance": lambda: OFFICE.advance(start, seconds),
        "elapsed": lambda: OFFICE.elapsed(start, end),
    }
    taken = {name: seconds * 1e9 / many for name, seconds in cpu_seconds(works, 9).items()}
    say(f"{many:,} random instants, {len(openings.begin):,} openings; median of 9, CPU time")
    for name, cost in taken.items():
        say(f"  {name:22}{cost:8.1f} ns{cost / taken['one np.searchsorted']:8.2f} searches")
    return taken


def _aware(instants: Instants, zone: Any = UTC) -> list[datetime]:
    return [to_datetime(each).astimezone(zone) for each in instants.tolist()]


def _naive(instants: Instants) -> list[datetime]:
    return [each.replace(tzinfo=None) for each in _aware(instants, BERLIN)]


def _micros(moments: Sequence[Any]) -> list[int]:
    return [round(each.timestamp() * SECOND) for each in moments]


def _businesstimedelta(asked: Questions) -> Iterator[Peer]:
    package, zone = import_module("businesstimedelta"), import_module("pytz").timezone("Europe/Berlin")
    hours = package.WorkDayRule(OPENS, CLOSES, [0, 1, 2, 3, 4], tz=zone)
    rules = package.Rules([hours, package.HolidayRule(HOLIDAYS, tz=zone)])
    start, end = _aware(asked.start), _aware(asked.end)
    lengths = [package.BusinessTimeDelta(rules, hours=each) for each in asked.hours.tolist()]
    yield Peer("businesstimedelta", "advance", lambda: _micros([one + length for one, length in zip(start, lengths, strict=True)]))

    def elapsed() -> list[int]:
        found = (rules.difference(one, other) for one, other in zip(start, end, strict=True))
        return [(each.hours * 3600 + each.seconds) * SECOND for each in found]

    yield Peer("businesstimedelta", "elapsed", elapsed)


def _business_duration(asked: Questions) -> Iterator[Peer]:
    ask = import_module("business_duration").businessDuration
    pairs = list(zip(_naive(asked.start), _naive(asked.end), strict=True))
    holidays = dict.fromkeys(HOLIDAYS)
    yield Peer(
        "business-duration",
        "elapsed",
        lambda: [round(ask(one, other, OPENS, CLOSES, holidaylist=holidays, unit="sec") * SECOND) for one, other in pairs],
    )


def _businesstime(asked: Questions) -> Iterator[Peer]:
    package = import_module("businesstime")
    office = package.BusinessTime(business_hours=(OPENS, CLOSES), holidays=HOLIDAYS)
    pairs = list(zip(_naive(asked.start), _naive(asked.end), strict=True))

    def elapsed() -> list[int]:
        found = (office.businesstimedelta(one, other) for one, other in pairs)
        return [round((each.days * OPEN_HOURS * 3600 + each.seconds) * SECOND) for each in found]

    yield Peer("businesstime", "elapsed", elapsed, "finds nothing between the evening of one day and the evening of the next")


def _pandas(asked: Questions) -> Iterator[Peer]:
    starts = [pd.Timestamp(each) for each in _aware(asked.start, BERLIN)]
    days = pd.offsets.CustomBusinessHour(1, start="09:00", end="17:30", holidays=HOLIDAYS)
    lengths = {number: days * number for number in range(1, 41)}
    hours = asked.hours.tolist()

    def due() -> list[int]:
        return _micros([one + lengths[number] for one, number in zip(starts, hours, strict=True)])

    yield Peer("pandas CustomBusinessHour", "advance", due, "what ends with the day ends at the next opening; whole hours only")


PEERS: dict[str, Callable[[Questions], Iterator[Peer]]] = {
    "pandas": _pandas,
    "businesstimedelta": _businesstimedelta,
    "business_duration": _business_duration,
    "businesstime": _businesstime,
}


def beside_packages(ours: dict[str, float]) -> None:
    """Ask each package the same, one by one; print what an answer costs, how often ours that is, and how many answers agree."""
    asked = questions(ASKED)
    expected = {"advance": asked.due().tolist(), "elapsed": asked.elapsed().tolist()}
    say(f"\n{ASKED:,} instants asked one by one; CPU time")
    say(f"  {'package':27}{'question':10}{'an answer':>14}{'times ours':>12}  answers like ours")
    for package, prepared in PEERS.items():
        if find_spec(package) is None:
            say(f"  {package:27}not installed: pip install --group peers")
            continue
        for peer in prepared(asked):
            answers = peer.answers()
            cost = cpu_seconds({"peer": peer.answers}, 3)["peer"] * 1e9 / ASKED
            agree = sum(one == other for one, other in zip(answers, expected[peer.question], strict=True))
            why = f" ({peer.differs})" if agree < ASKED else ""
            say(f"  {peer.name:27}{peer.question:10}{cost:11,.0f} ns{cost / ours[peer.question]:12,.0f}  {agree:,} of {ASKED:,}{why}")
            if agree < ASKED and not peer.differs:
                raise SystemExit(f"{peer.name} answers otherwise than we do, and nobody knows why")
    for names, reason in NOT_ASKED.items():
        say(f"  not asked, no answer to the second: {names} ({reason})")


def main() -> None:
    """Print the figures; exits with 1 when answers differ."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("instants", type=int, nargs="?", default=1_000_000)
    beside_packages(in_bulk(parser.parse_args().instants))


if __name__ == "__main__":
    main()

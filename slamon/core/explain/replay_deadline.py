"""A deadline's due, warnings and answer, from its explanation's data alone."""

from collections.abc import Sequence
from dataclasses import dataclass

from slamon.core.explain.replay_clock import (
    Data,
    Dates,
    Span,
    dates_of,
    in_working_days,
    in_working_time,
    instant,
    micros_of,
    moved,
    passed,
    span,
    walked,
    walked_back,
)
from slamon.core.working_time.instants import FOREVER


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a cycle came to, whatever the time is now: instants in microseconds UTC, None for none."""

    due: int | None
    met_at: int | None
    cancelled_at: int | None
    answered_at: int | None
    attempts: int
    warnings: tuple[int | None, ...]


def deadline_outcome(cycle: Data) -> Outcome:
    """When it was due, and what answered or cancelled it first."""
    start = instant(cycle["started_at"]) or 0
    counting = [each for each in cycle["candidates"] if each["matches"] and not each["logged_late"]]
    credit = _credit(cycle, counting)
    answer = next((each for each in counting if each["line"] > cycle["start_line"]), None)
    clock = _Clock(cycle)
    since = start if credit else _clock_start(cycle, clock, start, answer)
    due = clock.due(since)
    warnings = tuple(_warning(clock, warned, since, due) for warned in cycle["warnings"])
    if credit is not None:
        return Outcome(due, start, None, instant(credit["at"]), -1, warnings)
    cancel = next((each for each in cycle["candidates"] if each["ends"] and each["line"] > cycle["start_line"]), None)
    answered_at, cancelled_at = _at(answer), _at(cancel)
    in_time = answered_at is not None and (due is None or answered_at <= due)
    if cancel and cancelled_at is not None and (due is None or cancelled_at < due) and not (answer and in_time and _first(answer, cancel)):
        return Outcome(due, None, cancelled_at, None, -1, warnings)
    return Outcome(due, answered_at if in_time else None, None, answered_at, -1, warnings)


def _first(answer: Data, cancel: Data) -> bool:
    return bool(answer["line"] <= cancel["line"])


def _at(candidate: Data | None) -> int | None:
    return None if candidate is None else instant(candidate["at"])


def _credit(cycle: Data, counting: Sequence[Data]) -> Data | None:
    """The last answer before the start that is near enough and has answered nothing yet."""
    start = instant(cycle["started_at"]) or 0
    near = [each for each in counting if each["line"] < cycle["start_line"] and not each["used"]]
    near = [each for each in near if (instant(each["credited_until"]) or 0) >= start]
    return near[-1] if near else None


@dataclass(frozen=True, slots=True)
class _Clock:
    """What a target runs on, as the data list it."""

    cycle: Data

    @property
    def stretches(self) -> list[Data]:
        return list(self.cycle["counted"])

    @property
    def counted(self) -> list[Span]:
        return [span(each) for each in self.stretches if each["kind"] == "open"]

    @property
    def dates(self) -> Dates:
        return dates_of(self.cycle)

    @property
    def running(self) -> list[Span]:
        """Open time, whether or not a pause lies on it."""
        if in_working_days(self.cycle["length"]):
            return self.dates.open
        return [span(each) for each in self.stretches if each["kind"] != "closed" and each["end"] is not None]

    @property
    def pauses(self) -> list[Span]:
        return [span(each) for each in self.cycle["pauses"]]

    def due(self, since: int) -> int | None:
        """The instant by which the target has run; None while the clock stands."""
        length = self.cycle["length"]
        if in_working_days(length):
            return moved(self.unpaused(since), self.pauses, self.running, since)
        return walked(self.counted, since, micros_of(length))

    def unpaused(self, since: int) -> int:
        """A target in working days without pauses: so many working dates on, at the same time of day or at its close."""
        dates = self.dates
        place, moment = dates.next_working(since)
        nth = place + int(self.cycle["length"]["amount"])
        if self.cycle["close_of_business"]:
            return dates.close_of(nth)
        return dates.at_time_of_day(nth, dates.since_midnight(moment, place))


def _clock_start(cycle: Data, clock: _Clock, start: int, answer: Data | None) -> int:
    """The start, or each hand-over in turn that came before the answer and not after due."""
    since = start
    for each in cycle["hand_overs"]:
        at, due = instant(each["at"]) or 0, clock.due(since)
        if (answer is not None and each["line"] >= answer["line"]) or (due is not None and at > due):
            break
        since = at
    return since


def _warning(clock: _Clock, warned: Data, since: int, due: int | None) -> int | None:
    """When to warn: a share of the target, or a time before due; as stated where that runs on hours which are not listed."""
    if warned["share"] is not None:
        return _at_share(clock, float(warned["share"]), since)
    if due is None:
        return None
    before = warned["before"]
    if in_working_days(before):
        return _days_before(clock, before, since, due) if in_working_days(clock.cycle["length"]) else instant(warned["at"])
    if in_working_time(before):
        if not in_working_time(clock.cycle["length"]):
            return instant(warned["at"])
        return max(since, walked_back(clock.running, due, micros_of(before)) or since)
    return max(since, due - micros_of(before))


def _at_share(clock: _Clock, share: float, since: int) -> int | None:
    length = clock.cycle["length"]
    target = passed(clock.running, since, clock.unpaused(since)) if in_working_days(length) else micros_of(length)
    run = round(target * share)
    point = walked(clock.running, since, run) if run else since
    return moved(FOREVER if point is None else point, clock.pauses, clock.running, since)


def _days_before(clock: _Clock, before: Data, since: int, due: int) -> int:
    dates = clock.dates
    place = dates.place_of(due)
    earlier = place - int(before["amount"])
    return max(since, dates.at_time_of_day(earlier, dates.since_midnight(due, place))) if earlier >= 0 else since

"""A cadence's limits, counting and ending, from its explanation's data alone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from slamon.core.explain.replay_clock import (
    Data,
    Dates,
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
from slamon.core.explain.replay_deadline import Outcome
from slamon.core.working_time.instants import FOREVER


def cadence_outcome(cycle: Data) -> Outcome:
    """Attempts counted one after the other, each no later than its limit, until one is missed, all are made, or it ends early."""
    spacing = Spacing(cycle, dates_of(cycle), instant(cycle["started_at"]) or 0)
    attempts = [each for each in cycle["candidates"] if each["matches"] and not each["logged_late"]]
    end = next((each for each in cycle["candidates"] if each["ends"]), None)
    limits, counted, warned = spacing.limits(), list[Data](), list[int | None]()
    for turn, plain in enumerate(limits):
        attempt = _next_attempt(attempts, counted, spacing)
        limit = spacing.moved_on(plain, spacing.start, attempt, end)
        if turn:
            limit = min(limit, spacing.moved_on(spacing.latest_next(_at(counted[-1])), _at(counted[-1]), attempt, end))
        warned += _warnings(cycle, spacing, turn, limit, [each for each in (attempt, end) if each is not None])
        found = _decided(attempt, end, limit, len(counted))
        if found is None and attempt is not None:
            counted.append(attempt)
        if found is None and turn == len(limits) - 1:
            found = _complete(cycle, spacing, attempts, counted, end, limit)
        if found is not None:
            return replace(found, warnings=(*warned, *[None] * (len(cycle["warnings"]) - len(warned))))
    raise ValueError("a cadence of no attempts cannot be replayed")


def _decided(attempt: Data | None, end: Data | None, limit: int, counted: int) -> Outcome | None:
    """What decides a turn other than an attempt in time: an end before it, or that none came; None when the attempt counts."""
    if end is not None and _at(end) <= limit and (attempt is None or end["line"] < attempt["line"]):
        return _ended(end, limit, counted)
    if attempt is None or _at(attempt) > limit:
        return Outcome(limit, None, None, None, counted, ())
    return None


def _warnings(cycle: Data, spacing: "Spacing", turn: int, limit: int, ending: Sequence[Data]) -> list[int | None]:
    """The warnings of one attempt; one stands only if neither the attempt nor the end came before it."""
    moments = len(cycle["warnings"]) // len(cycle["limits"])
    asked = cycle["warnings"][turn * moments : (turn + 1) * moments]
    instants = [spacing.warning(each, limit) for each in asked]
    return [at if at is not None and all(_at(each) >= at for each in ending) else None for at in instants]


def _complete(cycle: Data, spacing: "Spacing", attempts: Sequence[Data], counted: Sequence[Data], end: Data | None, limit: int) -> Outcome:
    """All attempts are made; where channels are asked for, the one that completes them may come later."""
    last = counted[-1]
    enough = _enough(attempts, last, cycle["channels"])
    if enough is last:
        return _met(last, limit, len(counted))
    window = spacing.moved_on(spacing.window_end(), spacing.start, enough, end)
    in_time = enough is not None and _at(enough) <= window
    if end is not None and _at(end) <= window and not (enough is not None and in_time and enough["line"] <= end["line"]):
        return _ended(end, window, len(counted))
    if enough is None or not in_time:
        return Outcome(window, None, None, None, len(counted), ())
    return _met(enough, window, len(counted))


def _enough(attempts: Sequence[Data], last: Data, channels: int | None) -> Data | None:
    """The attempt by which all are made on so many channels; those too close to count are counted for this."""
    used = set[str]()
    for each in attempts:
        used.add(each["channel"])
        if len(used) >= (channels or 1):
            return each if each["line"] > last["line"] else last
    return None


def _met(by: Data, due: int, attempts: int) -> Outcome:
    return Outcome(due, _at(by), None, _at(by), attempts, ())


def _ended(end: Data, due: int, attempts: int) -> Outcome:
    """Kept if something was done or it is contact itself, else out of the count; a deletion always is."""
    if end["deletes"] or (attempts == 0 and not end["contact"]):
        return Outcome(due, None, _at(end), _at(end), attempts, ())
    return _met(end, due, attempts)


def _next_attempt(attempts: Sequence[Data], counted: Sequence[Data], spacing: "Spacing") -> Data | None:
    if not counted:
        return attempts[0] if attempts else None
    last, since = counted[-1], spacing.counts_from(_at(counted[-1]))
    return next((each for each in attempts if each["line"] > last["line"] and _at(each) >= since), None)


def _at(candidate: Data) -> int:
    return instant(candidate["at"]) or 0


@dataclass(frozen=True, slots=True)
class Spacing:
    """How attempts are spaced, on the listed working dates; instants in microseconds UTC."""

    cycle: Data
    dates: Dates
    start: int

    def window_end(self) -> int:
        """The close of the last working day, day 1 being the start's own; else the start plus the window."""
        within = self.cycle["length"]
        if not in_working_days(within):
            return self._later(self.start, within)
        place, _ = self.dates.next_working(self.start)
        return self.dates.close_of(place + int(within["amount"]) - 1)

    def limits(self) -> list[int]:
        """The last feasible instant of each attempt: the end moved back by the gap for each attempt still to come."""
        end = self.window_end()
        return [self._back(end, to_come) for to_come in range(len(self.cycle["limits"]) - 1, -1, -1)]

    def moved_on(self, limit: int, since: int, *closing: Data | None) -> int:
        """A limit moved on by the cadence's own time while the lead was deleted, after an instant and until the first that closes."""
        until = min([_at(each) for each in closing if each is not None], default=FOREVER)
        pauses = [(begin, min(end, until)) for begin, end in map(span, self.cycle["pauses"])]
        later = moved(limit, pauses, self.dates.open if in_working_time(self.cycle["length"]) else [(0, FOREVER)], since)
        return FOREVER if later is None else later

    def counts_from(self, previous: int) -> int:
        """The earliest instant at which an attempt is far enough from the counted one before it."""
        gap = self.cycle["gap_min"]
        if gap is None:
            return previous
        if not in_working_days(gap):
            return self._later(previous, gap)
        place = self.dates.place_of(previous) + int(gap["amount"])
        return max(self.dates.midnight_of(place), self.dates.close_of(place - 1))

    def latest_next(self, previous: int) -> int:
        """The last instant at which the largest gap allows the next attempt."""
        gap = self.cycle["gap_max"]
        if gap is None:
            return FOREVER
        if not in_working_days(gap):
            return self._later(previous, gap)
        return self.dates.close_of(self.dates.place_of(previous) + int(gap["amount"]))

    def warning(self, warned: Data, limit: int) -> int | None:
        """When to warn of a limit: at the opening of its day, or so many working days before; a share of the way; a time before."""
        before = warned["before"]
        if warned["share"] is not None:
            return self._at_share(float(warned["share"]), limit)
        if before is None or in_working_days(before):
            place = self.dates.place_of(limit - 1) - (int(before["amount"]) if before else 0)
            return max(self.start, self.dates.open_of(max(place, 0)))
        if in_working_time(before):
            return max(self.start, walked_back(self.dates.open, limit, micros_of(before)) or self.start)
        return max(self.start, limit - micros_of(before))

    def _at_share(self, share: float, limit: int) -> int | None:
        if not in_working_time(self.cycle["length"]):
            return self.start + round((limit - self.start) * share)
        return walked(self.dates.open, self.start, round(passed(self.dates.open, self.start, limit) * share))

    def _back(self, end: int, to_come: int) -> int:
        gap = self.cycle["gap_min"]
        if gap is None or to_come == 0:
            return end
        if in_working_days(gap):
            return min(end, self.dates.close_of(max(0, self.dates.place_of(end - 1) - to_come * int(gap["amount"]))))
        if in_working_time(gap):
            back = walked_back(self.dates.open, end, to_come * micros_of(gap))
            return end if back is None else back
        return end - to_come * micros_of(gap)

    def _later(self, since: int, length: Data) -> int:
        if not in_working_time(length):
            return since + micros_of(length)
        later = walked(self.dates.open, since, micros_of(length))
        return FOREVER if later is None else later

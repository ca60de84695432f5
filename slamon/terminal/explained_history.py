"""What happened to a lead, for the terminal: one line an event, what repeats as one, the middle of a long history left out."""

from collections.abc import Iterator, Sequence

from rich.markup import escape

from slamon.core.explain import Explanation, HistoryLine
from slamon.core.explain.wording import wall_words
from slamon.core.working_time.instants import MINUTE, NEVER

MOST_EVENTS = 24
LATER = 5 * MINUTE
"""What is logged or seen up to so much later than it happened is not worth a word."""


def history_lines(found: Explanation) -> Iterator[str]:
    """Each event, those that repeat without anything between them as one line; the middle of a long history is left out."""
    zone = found.timezone
    runs = _runs(found.history)
    shown = runs if len(runs) <= MOST_EVENTS else [*runs[: MOST_EVENTS - 8], *runs[-7:]]
    for place, (event, last, times) in enumerate(shown):
        if len(shown) < len(runs) and place == MOST_EVENTS - 8:
            yield f"  {'…':<24}and {sum(each[2] for each in runs[MOST_EVENTS - 8 : -7])} more events"
        by = f", by {escape(event.who)}" if event.who else ""
        again = f" ({times} times, until {wall_words(last.at, zone)})" if times > 1 else ""
        yield f"  {wall_words(event.at, zone):<24}{escape(event.what)}{by}{again}{_elsewhere(event, found.lead)}{_told_later(event, zone)}"


def _runs(history: Sequence[HistoryLine]) -> list[tuple[HistoryLine, HistoryLine, int]]:
    """Three and more events of the same thing by the same person, nothing worth a word between them: the first, the last, how many."""
    runs: list[list[HistoryLine]] = []
    for event in history:
        before = runs[-1][0] if runs else None
        same = before is not None and (before.what, before.who, before.record) == (event.what, event.who, event.record)
        if same and not _is_told_later(event) and before is not None and not _is_told_later(before):
            runs[-1].append(event)
        else:
            runs.append([event])
    split = [part for run in runs for part in ([run] if len(run) > 2 else [[event] for event in run])]  # noqa: PLR2004 - two are two lines
    return [(run[0], run[-1], len(run)) for run in split]


def _elsewhere(event: HistoryLine, lead: str) -> str:
    """The record of an event that a merge brought."""
    return "" if event.record == lead else f" [dim](record {escape(event.record)})[/]"


def _is_told_later(event: HistoryLine) -> bool:
    return any(instant != NEVER and instant - event.at > LATER for instant in (event.recorded_at, event.seen_at))


def _told_later(event: HistoryLine, zone: str) -> str:
    """When it was logged and first seen, where that is more than a few minutes later."""
    logged = event.recorded_at != NEVER and event.recorded_at - event.at > LATER
    seen = event.seen_at != NEVER and event.seen_at - max(event.at, event.recorded_at) > LATER
    later = f"; logged {wall_words(event.recorded_at, zone)}" if logged else ""
    return later + (f"; first seen {wall_words(event.seen_at, zone)}" if seen else "")

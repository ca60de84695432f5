"""Bulk imports: which starts belong to one (sections 7 and 8).

A named actor, clock times (not dates at midnight), more than ``batch.size`` (200) creations with gaps of at most 10 minutes.

Choices where the rules are silent: a lead's creation is the first event of its history; a start belongs to the batch of its lead if it
came at most 10 minutes after the batch's last creation; midnight is that of the promise's calendar or of UTC.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta, tzinfo

from tests.oracle.facts import Event
from tests.oracle.history import History

GAP = timedelta(minutes=10)


def _is_date(event: Event, zone: tzinfo) -> bool:
    return any(event.at.astimezone(one).time() == time() for one in (UTC, zone))


def _runs(creations: list[tuple[datetime, int]]) -> list[list[int]]:
    runs: list[list[int]] = []
    last: datetime | None = None
    for at, lead in sorted(creations):
        if last is None or at - last > GAP:
            runs.append([])
        runs[-1].append(lead)
        last = at
    return runs


def batched_starts(histories: Sequence[History], size: int, zone: tzinfo) -> frozenset[str]:
    """The ids of the events that a bulk import brought: those of its leads up to 10 minutes after the last creation."""
    by_actor: dict[str, list[tuple[datetime, int]]] = defaultdict(list)
    for n, history in enumerate(histories):
        first = history.events[0]
        if first.actor is not None and not _is_date(first, zone):
            by_actor[first.actor].append((first.at, n))
    runs = [run for creations in by_actor.values() for run in _runs(creations) if len(run) > size]
    ends = [(run, max(histories[n].events[0].at for n in run) + GAP) for run in runs]
    return frozenset(event.id for run, end in ends for n in run for event in histories[n].events if event.at <= end)

"""What people heard of us, and what came of it: measured, so that notices nobody acts on are noticed by us first."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from slamon.core.definitions import DefinitionSet
from slamon.core.facts import Facts
from slamon.core.scorecards.figures import Heard, Ignored, LeadLine
from slamon.core.scorecards.lead_lines import lead_line
from slamon.core.verdicts import BREACHED, Judged
from slamon.core.working_time.instants import DAY, NEVER
from slamon.core.working_time.periods import Period
from slamon.core.working_time.zones import offsets_of

ACTED_WITHIN = DAY
"""Who answers so soon after a notice acted on it."""
WEEKS = 4
LOOKED_BACK = WEEKS * 7 * DAY
MOST_IGNORED = 0.8
FEWEST = 20
"""Of fewer notices nothing is said."""


@dataclass(frozen=True, slots=True)
class MessageLog:
    """What was said until an instant, instants in microseconds UTC.

    ``posts``: (person, when) of each message to a person. ``notices``: (SLA, when, when its lead was answered or NEVER) of
    each warning, miss and recall that somebody was told. ``unsaid``: how many notices were not said, by rule.
    ``recalled``: missed cycles that were recalled as often as they are, the last time in the period.
    """

    posts: tuple[tuple[str, int], ...] = ()
    notices: tuple[tuple[str, int, int], ...] = ()
    unsaid: Mapping[str, int] = field(default_factory=dict)
    recalled: frozenset[str] = frozenset()


def heard(log: MessageLog, titles: Mapping[str, str], period: Period, zone: str) -> Heard:
    """The figures of a period (days in ``zone``), and the promises whose notices were ignored for the four weeks before its end."""
    posts = [(person, at) for person, at in log.posts if period.starts_at <= at < period.ends_at]
    each_day = Counter(zip((person for person, _ in posts), _local_days([at for _, at in posts], zone), strict=True))
    told = [notice for notice in log.notices if period.starts_at <= notice[1] < period.ends_at - ACTED_WITHIN]
    return Heard(
        messages=len(posts),
        people=len({person for person, _ in posts}),
        days=len({day for _, day in each_day}),
        most=max(each_day.values(), default=0),
        told=len(told),
        acted=sum(map(_acted, told)),
        cleared=log.unsaid.get("cleared", 0) + log.unsaid.get("re-read", 0),
        silenced=log.unsaid.get("silence", 0),
        ignored=tuple(_ignored(log, titles, period.ends_at)),
    )


def titles_of(definitions: DefinitionSet) -> dict[str, str]:
    """The promises' titles, as their newest versions have them."""
    return {sla: versions[-1].title for sla, versions in definitions.versions().items()}


def recalled_in_vain(judgements: Iterable[Judged], facts: Facts, cycles: frozenset[str]) -> tuple[LeadLine, ...]:
    """Those of some cycles that are missed and answered by nobody yet, the longest overdue first."""
    found = [
        lead_line(judged, facts, row)
        for judged in (judgements if cycles else ())
        for row in np.flatnonzero((judged.state == BREACHED) & (judged.answered_at == NEVER)).tolist()
        if str(judged.cycle_id[row]) in cycles
    ]
    return tuple(sorted(found, key=lambda line: (line.due_at, line.cycle_id)))


def _acted(notice: tuple[str, int, int]) -> bool:
    _, at, answered = notice
    return answered != NEVER and at <= answered <= at + ACTED_WITHIN


def _ignored(log: MessageLog, titles: Mapping[str, str], until: int) -> Iterable[Ignored]:
    """Promises of which more than four in five notices led to nothing, in each of the last four weeks."""
    weeks: dict[str, dict[int, list[bool]]] = {}
    for notice in log.notices:
        week = (until - ACTED_WITHIN - 1 - notice[1]) // (7 * DAY)  # the youngest notices may still be acted on
        if 0 <= week < WEEKS:
            weeks.setdefault(notice[0], {}).setdefault(week, []).append(_acted(notice))
    for sla, told in sorted(weeks.items()):
        every = [acted for week in told.values() for acted in week]
        share = [1 - sum(week) / len(week) for week in told.values()]
        if len(told) == WEEKS and len(every) >= FEWEST and min(share) > MOST_IGNORED:
            yield Ignored(sla, titles.get(sla, sla), len(every), len(every) - sum(every))


def _local_days(instants: list[int], zone: str) -> list[int]:
    if not instants:
        return []
    walls = offsets_of(zone, min(instants) - 2 * DAY, max(instants) + 2 * DAY).to_wall(np.array(instants, np.int64))
    return [int(day) for day in walls // DAY]

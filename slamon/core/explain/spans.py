"""How long the way to the answer took: the part of routing, the part of the owners, and how long each of them held the lead."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from slamon.core.explain.explanation import Holding
from slamon.core.verdicts import CANCELLED, Judged
from slamon.core.working_time.instants import NEVER, SECOND


def spans_of(judged: Judged, row: int, holders: Sequence[Holding], as_of: int) -> dict[str, Any]:
    """Values of a cycle's explanation: system_delay_s, human_delay_s, total_s (None where not known), holders with their spans."""
    if not holders:
        return {"holders": ()}
    start, answered = int(judged.obligations.start[row]), int(judged.answered_at[row])
    total = None if answered == NEVER else _run(judged, row, start, max(answered, start))
    end = next((each for each in (answered, _cancelled(judged, row)) if each != NEVER), as_of)
    return {
        "system_delay_s": _seconds(int(judged.system_delay[row])),
        "human_delay_s": _seconds(int(judged.human_delay[row])),
        "total_s": total,
        "holders": _with_spans(judged, row, holders, max(end, start)),
    }


def _cancelled(judged: Judged, row: int) -> int:
    return int(judged.obligations.cancelled_at[row]) if judged.state[row] == CANCELLED else NEVER


def _with_spans(judged: Judged, row: int, holders: Sequence[Holding], end: int) -> tuple[Holding, ...]:
    """Each holding that began by the end with how long it lasted; the later ones as they are."""
    until = [*(each.since for each in holders[1:]), end]
    return tuple(
        replace(each, held_s=_run(judged, row, each.since, min(later, end))) if each.since <= end else each
        for each, later in zip(holders, until, strict=True)
    )


def _run(judged: Judged, row: int, begin: int, end: int) -> int:
    """How far the promise's clock ran between two instants, whole seconds."""
    begun, ended = judged.clock(row).run(np.array([begin, end], np.int64)).tolist()
    return int(ended - begun) // SECOND


def _seconds(micros: int) -> int | None:
    return None if micros == NEVER else micros // SECOND

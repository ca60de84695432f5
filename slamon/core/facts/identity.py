"""Which records are the same lead: merges, along chains."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from slamon.core.columns import Codes, Rows
from slamon.core.facts.event_columns import KINDS, EventColumns, by_time

_MERGED = KINDS.index("merged")


def united(events: EventColumns, rows: Rows | None) -> tuple[npt.NDArray[np.object_], Codes, int]:
    """Lead ids after merges, sorted; the code of each row's; and how many leads were merged into another.

    A merged loser's events belong to the survivor, along chains.
    """
    lead = events.lead.codes if rows is None else events.lead.codes[rows]
    ids = events.lead.values
    into = _merges(events, rows)
    code = np.arange(len(ids), dtype=np.int32)
    if into:
        ids, code = _merged(ids, into)
    told = np.zeros(len(code), bool)
    told[lead] = True
    known = np.zeros(len(ids), bool)
    known[code[told]] = True
    if bool((ids[1:] > ids[:-1]).all()):
        if known.all():
            return ids, code[lead] if into else lead, len(into)
        return ids[known], (np.cumsum(known, dtype=np.int32) - 1)[code].take(lead), len(into)
    names, leads = pd.factorize(ids[known], sort=True)
    united_code = np.full(len(ids), -1, np.int32)
    united_code[known] = names
    return np.asarray(leads, object), united_code[code][lead], len(into)


def _merged(ids: npt.NDArray[np.object_], into: Mapping[str, str]) -> tuple[npt.NDArray[np.object_], Codes]:
    """The ids with those of survivors that no event speaks of, and for each of the old ids the code of the one it became."""
    final = {loser: _survivor(loser, into) for loser in into}
    code = np.arange(len(ids), dtype=np.int32)
    concerned = {*final, *final.values()}
    places = {text: place for place, text in enumerate(ids.tolist()) if text in concerned}
    unheard = sorted(set(final.values()) - places.keys())
    places |= {text: len(ids) + place for place, text in enumerate(unheard)}
    for loser, survivor in final.items():
        code[places[loser]] = places[survivor]
    return np.array([*ids.tolist(), *unheard, None], object)[:-1], code


def _merges(events: EventColumns, rows: Rows | None) -> dict[str, str]:
    """Which lead was merged into which; of two merges of one lead the later one holds."""
    merged = events.kind == _MERGED
    found = np.flatnonzero(merged & (events.value.codes >= 0)) if rows is None else rows[merged[rows] & (events.value.codes[rows] >= 0)]
    if not len(found):
        return {}
    found = by_time(events, np.zeros(len(found), np.int8), found)
    pairs = zip(events.lead.values[events.lead.codes[found]], events.value.values[events.value.codes[found]], strict=True)
    return {loser: survivor for loser, survivor in pairs if loser != survivor}


def _survivor(loser: str, into: Mapping[str, str]) -> str:
    """The end of a chain of merges; a ring of merges ends at its smallest id, so that the answer has no order."""
    seen = [loser]
    while seen[-1] in into:
        following = into[seen[-1]]
        if following in seen:
            return min(seen[seen.index(following) :])
        seen.append(following)
    return seen[-1]

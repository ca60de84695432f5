"""Judging that goes on: a lead or an SLA whose judging fails is set aside, with the reason, and all the others are judged."""

import traceback
from contextlib import suppress
from dataclasses import dataclass, field

from slamon.core.facts.histories import History
from slamon.jobs.check.judging import Found, Judging, Made, found_of

MOST_LEADS = 20
"""When more leads than this fail under one SLA, it is the SLA that is set aside."""


@dataclass(frozen=True, slots=True)
class Failed:
    """What could not be judged: ``lead`` is empty for all leads of the SLA, ``sla`` for all SLAs of the lead."""

    lead: str
    sla: str
    reason: str


@dataclass(slots=True)
class Judged:
    """What was found of some leads, in parts, and what failed."""

    found: list[Found] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)


class _TooManyError(Exception):
    """Too many leads fail: it is not they."""


def judged_safely(judging: Judging, history: History, made: Made, low: int, high: int) -> Judged:
    """The leads ``low`` to ``high`` (exclusive), judged; what fails is found out lead by lead and SLA by SLA."""
    with suppress(Exception):  # whatever fails, the rest is judged; what failed is found out below
        return Judged([found_of(judging, history, made, low, high)])
    slas = sorted({each.sla for each in judging.definitions.definitions})
    alone = [(judging.only([sla]), sla) for sla in slas]
    reasons = {sla: reason for terms, sla in alone if (reason := _reason(terms, history, made, low, high)) is not None}
    if len(reasons) == len(slas):  # no SLA works here: it is some leads' facts, if it can be told at all
        return _by_leads(judging, history, made, low, high, "")
    found = Judged([found_of(judging.only(set(slas) - reasons.keys()), history, made, low, high)])
    for terms, sla in alone:
        if sla in reasons:
            try:
                part = _by_leads(terms, history, made, low, high, sla)
            except _TooManyError:
                part = Judged([], [Failed("", sla, reasons[sla])])
            found.found += part.found
            found.failed += part.failed
    return found


def _reason(judging: Judging, history: History, made: Made, low: int, high: int) -> str | None:
    try:
        found_of(judging, history, made, low, high)
    except Exception as error:  # noqa: BLE001 - it is told, and kept with what it set aside
        return told(error)
    return None


def _by_leads(judging: Judging, history: History, made: Made, low: int, high: int, sla: str) -> Judged:
    """Halves, and halves of halves, until what fails stands alone."""
    judged, waiting = Judged(), [(low, high)]
    while waiting:
        low, high = waiting.pop()
        try:
            judged.found.append(found_of(judging, history, made, low, high))
        except Exception as error:
            if high - low > 1:
                middle = (low + high) // 2
                waiting += [(middle, high), (low, middle)]
            else:
                judged.failed.append(Failed(str(history.leads[low]), sla, told(error)))
            if len(judged.failed) > MOST_LEADS:
                raise _TooManyError from error
    return judged


def told(error: BaseException) -> str:
    """What an error was and where it was raised, without what it may quote."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "slamon" in frame.filename]
    where = f" in {frames[-1].filename.rpartition('slamon/')[2]}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"

"""Where quotas and ratios stand: attainment lines with the period before, and a quota's way through its period."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from slamon.core.definitions import DefinitionSet, Quota, Ratio
from slamon.core.definitions.pattern_terms import filter_in_words, tells_origin
from slamon.core.facts import Facts
from slamon.core.forecast import share_elapsed
from slamon.core.kinds.attainment import Attained
from slamon.core.kinds.entries import entries_of
from slamon.core.kinds.prospects import ledger_of
from slamon.core.kinds.quota import standing_at
from slamon.core.scorecards.figures import Attainment, Pace, PacePoint
from slamon.core.verdicts import Judgement
from slamon.core.working_time.instants import DAY, HOUR, NEVER
from slamon.core.working_time.periods import Period, period_before

ZONES_APART = 20 * HOUR
"""A quota's period that ends this soon after the report's has the same dates, in another zone."""


def quotas_at(judgement: Judgement, definitions: DefinitionSet, holding: int, at: int) -> tuple[Attainment, ...]:
    """Quotas of the periods that hold an instant, as they stood at ``at``: each SLA's total first, then its groups."""
    held = [row for row in judgement.attained if row.starts_at <= holding < row.ends_at]
    lines: list[Attainment] = []
    for definition, row in _with_definition(definitions, held):
        if not isinstance(definition, Quota):
            continue
        if at > judgement.as_of or row.ends_at < at + ZONES_APART:
            lines.append(_line(judgement, definition, row))
        elif not row.group:
            period = Period(row.period, row.starts_at, row.ends_at)
            stood = standing_at(definition, definitions, judgement.facts, period, at)
            lines += [_line(judgement, definition, each) for each in stood]
    return tuple(lines)


def matured_ratios(judgement: Judgement, definitions: DefinitionSet, until: int) -> tuple[Attainment, ...]:
    """Of each ratio the latest cohort that was decided before an instant; one that waits for nobody, with its period that ends there."""
    totals = [row for row in judgement.attained if not row.group and row.cohort is not None]
    latest: dict[str, tuple[Quota | Ratio, Attained]] = {}
    for definition, row in _with_definition(definitions, totals):
        if row.decided_at < until or (_waits_for_nobody(definition) and row.ends_at <= min(until + ZONES_APART, judgement.as_of)):
            known = latest.get(row.sla)
            if known is None or row.decided_at >= known[1].decided_at:
                latest[row.sla] = definition, row
    return tuple(replace(_line(judgement, definition, row), immature=_immature(row, totals, until)) for definition, row in latest.values())


def _waits_for_nobody(definition: Quota | Ratio) -> bool:
    return isinstance(definition, Ratio) and definition.waits is None


def _immature(shown: Attained, totals: Sequence[Attained], until: int) -> int:
    """Members that are not old enough yet: of the cohort shown, and of those that began after it."""
    return sum(row.immature for row in totals if row.sla == shown.sla and shown.starts_at <= row.starts_at < until)


def _with_definition(definitions: DefinitionSet, rows: Sequence[Attained]) -> list[tuple[Quota | Ratio, Attained]]:
    by_version = {(each.sla, each.version): each for each in definitions.definitions if isinstance(each, Quota | Ratio)}
    return [(by_version[row.sla, row.version], row) for row in rows]


def _line(judgement: Judgement, definition: Quota | Ratio, row: Attained) -> Attainment:
    line = Attainment(
        sla=row.sla,
        version=row.version,
        title=definition.title,
        promised_by=definition.promised_by,
        kind=definition.kind,
        period=row.period,
        group=row.group,
        counted=row.counted,
        reversed=row.reversed,
        net=row.net,
        cohort=row.cohort,
        share=row.share,
        target=row.target,
        at_most=False,
        expected_to_date=row.expected_to_date,
        p10=row.p10,
        p50=row.p50,
        p90=row.p90,
        probability=row.probability,
        state=row.state,
        previous=_previous(judgement, definition, row),
        at_risk=row.state == "pending" and row.at_risk_since != NEVER,
        immature=row.immature,
        record=row.record,
        value=definition.value or "",
        reasons=row.reasons,
    )
    return _with_question(line, definition) if isinstance(definition, Ratio) else line


def _previous(judgement: Judgement, definition: Quota | Ratio, row: Attained) -> float | None:
    """What the same group of the period before came to."""
    same = (each for each in judgement.attained if (each.sla, each.group, each.ends_at) == (row.sla, row.group, row.starts_at))
    before = next(same, None)
    return None if before is None else before.net if isinstance(definition, Quota) else before.share


def _with_question(line: Attainment, ratio: Ratio) -> Attainment:
    """A ratio's line with what it asks of its members."""
    where = ratio.where or {}
    return replace(line, at_most=ratio.at_most is not None, where=filter_in_words(where), sourced=tells_origin(where))


def headline_quota(definitions: DefinitionSet) -> Quota | None:
    """The quota that speaks for marketing: the one that counts the stage furthest down the funnel."""
    order = {stage.stage: place for place, stage in enumerate(definitions.stages)}
    quotas = [versions[-1] for versions in definitions.versions().values() if isinstance(versions[-1], Quota)]
    return max(
        quotas, key=lambda quota: (max((order.get(name, -1) for name in quota.counts[0].names), default=-1), quota.sla), default=None
    )


def pace(definition: Quota, definitions: DefinitionSet, facts: Facts, period: Period, last: int) -> Pace:
    """Cumulative actual and expected at the end of each local date of a period; actual is None after the instant ``last``."""
    calendar = definitions.calendar_of(definition)
    ledger = ledger_of(definition, calendar, entries_of(facts, definition, calendar), period)
    openings = ledger.openings
    dates = (openings.offsets.to_wall(np.array([period.starts_at, period.ends_at - 1], np.int64)) // DAY).tolist()
    days = np.arange(dates[0], dates[1] + 1)
    ends = np.minimum(openings.offsets.from_wall((days + 1) * DAY), period.ends_at)
    begins = np.maximum(openings.offsets.from_wall(days * DAY), period.starts_at)
    expected = share_elapsed(period, ends, calendar, ledger.weights(period)) * definition.target
    actual = ledger.net(period.starts_at, np.minimum(ends, last + 1))
    points = [
        PacePoint(str(np.datetime64(int(day), "D")), float(done) if begin <= last else None, round(float(wanted), 3))
        for day, begin, done, wanted in zip(days, begins, actual, expected, strict=True)
    ]
    return Pace(definition.sla, definition.title, period.label, float(definition.target), tuple(points))


def counted_between(definition: Quota, definitions: DefinitionSet, facts: Facts, since: int, until: int) -> float:
    """What a quota counted, gross, in ``[since, until)``."""
    entries = entries_of(facts, definition, definitions.calendar_of(definition))
    return float(entries.worth[(entries.at >= since) & (entries.at < until)].sum())


def earlier(period: Period, zone: str, many: int) -> list[Period]:
    """The periods before one, latest first."""
    return [period_before(period.label, zone, steps=step) for step in range(1, many + 1)]

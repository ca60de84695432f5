"""The report job: judge, put the figures of a period together, keep them, and queue the messages."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from pydantic import TypeAdapter
from sqlalchemy import Connection, Engine

from slamon.core.alerts import wire_of
from slamon.core.alerts.corrections import Ruled, reworded_words
from slamon.core.definitions import DefinitionSet
from slamon.core.facts.data_quality import unmapped_stages
from slamon.core.scorecards import DailyNote, Footing, MonthlyCompliance, WeeklyScorecard
from slamon.core.scorecards.compliance import due_within
from slamon.core.scorecards.daily import daily_note
from slamon.core.scorecards.monthly import monthly_compliance
from slamon.core.scorecards.weekly import weekly_scorecard
from slamon.core.verdicts import STATES, Judgement
from slamon.core.working_time.calendars import Calendar
from slamon.core.working_time.instants import DAY, iso
from slamon.core.working_time.periods import Period, bounds_of, per_of, period_before, period_containing
from slamon.core.working_time.timetables import PER, ReportKind, spread_of
from slamon.jobs.announcing.audience import Edition
from slamon.jobs.check import judge
from slamon.jobs.report.ground import data_findings, held_remarks
from slamon.messages import reports as written
from slamon.store.database import reading, writing
from slamon.store.facts import newest_event
from slamon.store.outbox import Draft, Member, Queued, queue
from slamon.store.outbox.message_log import load_message_log
from slamon.store.outbox.unsubscriptions import unsubscribed
from slamon.store.reports import keep_report, load_report
from slamon.store.verdicts import changed_since
from slamon.store.verdicts.judged_terms import rewordings

Figures = DailyNote | WeeklyScorecard | MonthlyCompliance
Verdicts = Mapping[str, Mapping[str, list[str]]]
MOST_STAGES = 5
LOCK_DAY = 3
"""A month is locked as this working day after its end begins."""

_FIGURES: Mapping[ReportKind, type[Figures]] = {"daily": DailyNote, "weekly": WeeklyScorecard, "monthly": MonthlyCompliance}
_SLACK: Mapping[ReportKind, Callable[[Any], dict[str, Any]]] = {
    "daily": written.daily_slack,
    "weekly": written.weekly_slack,
    "monthly": written.monthly_slack,
}
_EMAIL: Mapping[ReportKind, Callable[[Any], dict[str, Any]]] = {
    "daily": written.daily_email,
    "weekly": written.weekly_email,
    "monthly": written.monthly_email,
}


@dataclass(frozen=True, slots=True)
class Report:
    """One report: its kind, period (in the report's zone) and figures; ``locked`` once they are final."""

    kind: ReportKind
    period: Period
    figures: Figures
    locked: bool
    as_of: int
    verdicts: Verdicts
    """The cycles that were due in the period: ids by SLA and state, so that every figure can be traced."""
    remarks: tuple[str, ...] = ()
    """What this sending says of itself; no part of what is kept."""

    def kept(self) -> dict[str, Any]:
        """What is stored of it: every figure and the verdicts behind them, as plain values."""
        return asdict(self.figures) | {"verdicts": self.verdicts}

    def payload(self, channel: str) -> dict[str, Any]:
        """The message for a channel (slack or email)."""
        shown = replace(self.figures, footing=replace(self.figures.footing, remarks=self.remarks))
        return (_SLACK if channel == "slack" else _EMAIL)[self.kind](shown)


def default_period(kind: ReportKind, as_of: int, zone: str) -> Period:
    """Today for the daily note; the last week, or month, that has ended for the others."""
    current = period_containing(as_of, PER[kind], zone)
    return current if kind == "daily" else period_before(current.label, zone)


def named_period(kind: ReportKind, label: str, zone: str) -> Period:
    """A period by its label; ``ValueError`` with the mend when it is not one of this report's."""
    if per_of(label) != PER[kind]:
        example = {"daily": "2026-11-20", "weekly": "2026-W46", "monthly": "2026-10"}[kind]
        raise ValueError(f"{label!r} is not a {PER[kind]}; a {kind} report takes e.g. --period {example}")
    return Period(label, *bounds_of(label, zone))


def make_report(
    engine: Engine,
    definitions: DefinitionSet,
    kind: ReportKind,
    period: Period,
    edition: Edition,
    as_of: int,
    judgement: Judgement | None = None,
) -> Report:
    """A period's report as of an instant: the kept one when it is locked, else judged now (or from ``judgement``).

    A month whose lock day has come is kept and locked at once, unless it is only looked at: with a judgement that is given.
    """
    with reading(engine) as connection:
        kept, log = load_report(connection, kind, period.label), load_message_log(connection, period.starts_at, period.ends_at)
        changed, reworded = _restated(connection, period.starts_at, max(period.ends_at, as_of))
        held, found = held_remarks(connection), data_findings(connection)
    if kept is not None and kept.locked:
        figures: Figures = TypeAdapter(_FIGURES[kind]).validate_python(kept.figures)
        return Report(kind, period, figures, locked=True, as_of=kept.as_of, verdicts=kept.figures["verdicts"])
    final = judgement is None and kind == "monthly" and as_of >= locks_at(period, definitions.workspace_calendar())
    judgement = judgement or judge(engine, definitions, as_of)
    footing = footing_of(judgement, definitions, edition, newest_event(engine), changed, found, reworded)
    if kind == "daily":
        figures = daily_note(judgement, definitions, period, footing)
    elif kind == "weekly":
        figures = weekly_scorecard(judgement, definitions, period, footing, log)
    else:
        figures = monthly_compliance(judgement, definitions, period, footing, log, locked=final)
    report = Report(kind, period, figures, final, as_of, verdicts_of(judgement, period), held)
    if final:
        with writing(engine) as connection:
            keep_report(connection, kind, period.label, as_of, report.kept(), locked=True)
    return report


def keep_and_queue(engine: Engine, report: Report, destinations: Sequence[str], now: int, *, spread: bool = False) -> list[Queued]:
    """Keep a report's figures and queue it for its destinations, in one transaction; one that was sent is not sent twice.

    ``spread`` puts each destination off by under five minutes, so that reports of one hour do not leave in one second. Who
    has unsubscribed from reports of this kind gets none.
    """
    with reading(engine) as connection:
        gone = unsubscribed(connection, report.kind)
    wanted = [destination for destination in destinations if destination not in gone]
    drafts = [_draft(report, destination, now, spread_of(report.kind, destination) if spread else 0) for destination in wanted]
    with writing(engine) as connection:
        queued = queue(connection, drafts)
        if queued or load_report(connection, report.kind, report.period.label) is None:
            keep_report(connection, report.kind, report.period.label, report.as_of, report.kept(), locked=report.locked)
    return queued


def locks_at(month: Period, calendar: Calendar) -> int:
    """The instant at which a month's figures become final: local midnight of the third working day after it ends."""
    openings = calendar.openings_around(np.array([month.ends_at], np.int64))
    following = np.searchsorted(openings.days, openings.offsets.to_wall(np.array([month.ends_at], np.int64)) // DAY)
    return int(openings.offsets.from_wall(openings.days[following + LOCK_DAY - 1] * DAY)[0])


def verdicts_of(judgement: Judgement, period: Period) -> Verdicts:
    """The ids of the cycles due in a period, by SLA and state."""
    found: dict[str, dict[str, list[str]]] = {}
    for judged in judgement.per_lead:
        within = due_within(judged, period.starts_at, period.ends_at)
        for cycle, state in zip(judged.cycle_id[within].tolist(), STATES[judged.state[within]].tolist(), strict=True):
            found.setdefault(judged.sla, {}).setdefault(state, []).append(cycle)
    return found


def footing_of(
    judgement: Judgement,
    definitions: DefinitionSet,
    edition: Edition,
    newest: int | None,
    changed: Sequence[Mapping[str, Any]],
    found: Sequence[str] = (),
    reworded: Sequence[str] = (),
) -> Footing:
    """What a report says about its own ground; ``found`` is what the store knows against its facts."""
    versions = [versions[-1] for versions in definitions.versions().values()]
    return Footing(
        company=edition.company,
        as_of=judgement.as_of,
        timezone=edition.timezone,
        newest_fact_at=newest,
        definitions=tuple((each.sla, each.version, each.title) for each in versions),
        stages=tuple((stage.stage, stage.means) for stage in definitions.stages),
        restatements=(*reworded, *restatements(judgement, changed)),
        findings=(*found, *findings(judgement, definitions)),
    )


def _restated(connection: Connection, since: int, until: int) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    """Verdicts that turned in ``[since, until)``, and the promises whose text was corrected then, in words."""
    lately = (each for each in rewordings(connection) if since <= each.at < until)
    worded = (f"{each.sla} {each.version}: {reworded_words(iso(each.at)[:10], Ruled(each.by, each.reason))}" for each in lately)
    return changed_since(connection, since, until), tuple(worded)


def restatements(judgement: Judgement, changed: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Verdicts that changed after they were final, in words: how many went from what to what, by SLA."""
    slas = {str(cycle): judged.sla for judged in judgement.per_lead for cycle in judged.cycle_id.all()} if changed else {}
    counts: dict[tuple[str, str, str], int] = {}
    for change in changed:
        key = (slas.get(change["cycle_id"], "an SLA no longer in force"), change["from_state"], change["to_state"])
        counts[key] = counts.get(key, 0) + 1
    return tuple(f"{sla}: {count} from {before} to {after}" for (sla, before, after), count in sorted(counts.items()))


def findings(judgement: Judgement, definitions: DefinitionSet) -> tuple[str, ...]:
    """Data-quality findings of the facts, in words, those that there are."""
    found = judgement.facts.findings
    unmapped = unmapped_stages(judgement.facts, definitions.stages)
    listed = ", ".join([*unmapped][:MOST_STAGES]) + (f" and {len(unmapped) - MOST_STAGES} more" if len(unmapped) > MOST_STAGES else "")
    words = (
        (found.future, "events dated in the future, left out"),
        (found.unknown_owners, "owners that no people table knows"),
        (found.unnamed_actors, "activities that name nobody"),
        (found.merged, "merged leads, counted as one"),
        (sum(unmapped.values()), f"entries of stages that the funnel does not name: {listed}"),
    )
    return tuple(f"{count:,} {what}" for count, what in words if count)


def _draft(report: Report, destination: str, now: int, put_off: int) -> Draft:
    channel = wire_of(destination)
    subject = f"report/{report.kind}/{report.period.label}"
    return Draft(
        channel=channel,
        destination=destination,
        kind="report",
        sequence=0,
        group_key=subject,
        payload=report.payload(channel),
        created_at=now,
        release_at=now + put_off,
        members=(Member(subject, "report", 0),),
    )

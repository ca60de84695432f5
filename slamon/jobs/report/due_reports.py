"""Which reports are due now: the newest period of each is made and queued, older ones are noted as missed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Engine

from slamon.core.definitions import DefinitionSet
from slamon.core.working_time.instants import HOUR
from slamon.core.working_time.timetables import PER, DueReport, ReportKind, due_periods, look_from, newest_and_missed, readiness
from slamon.jobs.announcing.audience import Edition
from slamon.jobs.report import default_period, keep_and_queue, locks_at, make_report
from slamon.messages.footing import remarks
from slamon.settings import ReportSchedule
from slamon.store.database import StoreError, failures_named, reading, writing
from slamon.store.heartbeats import beat, load_heartbeats
from slamon.store.outbox import Queued
from slamon.store.reports import done_periods, load_report, miss_report
from slamon.store.verdicts import all_synced, first_check

PARKED_FOR = HOUR


def lock_last_month(engine: Engine, definitions: DefinitionSet, edition: Edition, now: int) -> bool:
    """Keep and lock the month that ended last, sent or not, once its lock day has come and its facts are read; whether it was now."""
    month = default_period("monthly", now, edition.timezone)
    with reading(engine) as connection:
        began, kept = first_check(connection), load_report(connection, "monthly", month.label)
        synced = all_synced(connection)
    read = began is not None and synced is not None and synced >= month.ends_at
    ripe = read and now >= locks_at(month, definitions.workspace_calendar())
    if not ripe or (kept is not None and kept.locked):
        return False
    return make_report(engine, definitions, "monthly", month, edition, now).locked


@dataclass(frozen=True, slots=True)
class ScheduledReport:
    """A report that goes out by itself: when and to whom, and whose it is."""

    schedule: ReportSchedule
    edition: Edition


def queue_due_reports(
    engine: Engine,
    definitions: DefinitionSet,
    scheduled: Mapping[ReportKind, ScheduledReport],
    now: int,
) -> list[Queued]:
    """Queue what is due and whose data are complete (or late beyond patience); a report that was sent stays sent.

    Nothing that was due before the first check is due: there was nobody to write it. A report that cannot be made stops no
    other: it is parked for an hour, and its heartbeat (``report weekly``) says why.
    """
    queued: list[Queued] = []
    beats = load_heartbeats(engine)
    for kind, report in scheduled.items():
        before = beats.get(f"report {kind}")
        if before is not None and not before.ok and before.at <= now < before.at + PARKED_FOR:  # a clock that was ahead parks nothing
            continue
        try:
            with failures_named():
                queued += _queue_due(engine, definitions, kind, report, now)
        except StoreError:  # the database is away: that is no fault of this report
            raise
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one report, the others go out
            ours = type(error).__module__.startswith("slamon.")  # another's words may quote anything
            _note(engine, kind, now, ok=False, detail=f"{(ours and str(error)) or type(error).__name__}: parked for an hour")
        else:
            if before is not None and not before.ok:
                _note(engine, kind, now, ok=True, detail="")
    return queued


def parked(engine: Engine) -> list[str]:
    """The reports that could not be made when they were tried last, with the reason."""
    beats = load_heartbeats(engine)
    return [f"{kind} {beats[name].detail}" for kind in PER if (name := f"report {kind}") in beats and not beats[name].ok]


def _note(engine: Engine, kind: ReportKind, now: int, *, ok: bool, detail: str) -> None:
    with writing(engine) as connection:
        beat(connection, f"report {kind}", now, ok=ok, detail=detail)


def _queue_due(engine: Engine, definitions: DefinitionSet, kind: ReportKind, report: ScheduledReport, now: int) -> list[Queued]:
    """One kind of report: the newest period that is due, if it is ready; older ones are noted as missed."""
    with reading(engine) as connection:
        since = first_check(connection)
        done = done_periods(connection, kind)
        synced = all_synced(connection)
    if since is None:
        return []
    after = look_from(kind, report.schedule, done, since, now)
    due = due_periods(kind, report.schedule, definitions.workspace_calendar(), after, now)
    newest, missed = newest_and_missed(due, done)
    _note_missed(engine, kind, missed, now)
    standing = readiness(newest, synced, now) if newest else "wait"
    if newest is None or standing == "wait":
        return []
    made = make_report(engine, definitions, kind, newest.period, report.edition, now)
    said = remarks(newest.due_at, report.schedule.timezone, late=newest.is_late(now), partial=standing == "partial")
    return keep_and_queue(engine, replace(made, remarks=(*said, *made.remarks)), report.schedule.to, now, spread=True)


def _note_missed(engine: Engine, kind: ReportKind, missed: list[DueReport], now: int) -> None:
    if missed:
        with writing(engine) as connection:
            for each in missed:
                miss_report(connection, kind, each.period.label, now, "slamon did not run when it was due, and a newer period is due now")

"""Operations: the service, the database, the doctor, the outbox."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table
from sqlalchemy import Engine

from slamon.bootstrap import Shop
from slamon.commands.judging import print_data, process_name
from slamon.commands.session import FINDINGS, HERE, Config, Json, session_of
from slamon.core.instants import MINUTE, SECOND, iso
from slamon.core.timetables import PER
from slamon.jobs.check import check
from slamon.jobs.deliver import deliver
from slamon.jobs.due_reports import ScheduledReport, lock_last_month, parked, queue_due_reports
from slamon.jobs.sync import sync
from slamon.jobs.unsubscribed import tell_of_unsubscriptions
from slamon.journal import Journal, hear_everyone
from slamon.schedule import Job, Reloading, Vitals, run_service, stopped_by_signals
from slamon.sources import SourceError
from slamon.store.database import open_database, reading, writing
from slamon.store.heartbeats import beat
from slamon.store.migrate import is_current, upgrade
from slamon.store.outbox import load_deliveries
from slamon.terminal.checked import messages

AWAY_AFTER = 15 * MINUTE
"""A check that comes so long after the one before sums up what came due meanwhile."""
DELIVER_EVERY_S = 5
REPORTS_EVERY_S = 60
WAITING = ("pending", "dispatching", "unsure", "dead")

db = typer.Typer(no_args_is_help=True, help="The database: bring its tables up to date, or see whether they are.")
outbox = typer.Typer(no_args_is_help=True, help="The messages that wait, and those that were given up.")


def run_command(context: typer.Context, config: Config = HERE) -> None:
    """The service: sync, check, deliver and reports on their schedules, until SIGTERM."""
    session = session_of(context)
    shop = session.shop(config)
    engine = shop.engine
    journal = Journal(session.clock, secrets=shop.workspace.hidden())
    hear_everyone(journal)

    def note(job: str, at: int, ok: bool, detail: str, took: int | None) -> None:
        with writing(engine) as connection:
            beat(connection, job, at, ok=ok, detail=detail, took=took)

    def reopened() -> Shop:
        fresh = session.shop(config)
        _ = fresh.definitions  # a change that cannot be read is not used
        return fresh

    current = Reloading(reopened, lambda: watched_files(config, shop), note, journal)
    stop = threading.Event()
    vitals = Vitals()
    jobs = service_jobs(Service(engine, current.current, session.clock, stop), shop)
    with stopped_by_signals(stop), seen_from_outside(current.latest, vitals, journal, session.clock):
        run_service(jobs, stop, note, journal, clock=session.clock, vitals=vitals)


@contextmanager
def seen_from_outside(latest: Callable[[], Shop], vitals: Vitals, journal: Journal, clock: Callable[[], int]) -> Iterator[None]:
    """While inside, the web answers, if the settings want one; on an engine of its own, so that it takes no job's connections."""
    workspace = latest().workspace
    settings = workspace.settings.web
    if settings is None:
        yield
        return
    from slamon.web import View, serving  # noqa: PLC0415 - half a second that a service without it does not wait for

    def intervals() -> dict[str, int]:
        return {"check": latest().workspace.settings.schedule.check.micros, "deliver": MINUTE}

    def definitions() -> str:
        return "" if latest().definitions.definitions else "no promise is defined"

    engine = open_database(workspace.database_url)
    secret = workspace.secret("SLAMON_WEB_SECRET")
    try:
        with serving(settings, View(engine, clock, journal, vitals.silent_s, intervals, definitions, settings.url, secret)):
            yield
    finally:
        engine.dispose()


def watched_files(config: Path, shop: Shop) -> list[Path]:
    """The files whose change means that the workspace is read anew."""
    settings = config / "slamon.yaml" if config.is_dir() else config
    folder = shop.workspace.folder / shop.workspace.settings.definitions
    return [settings, *sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")])]


@dataclass(frozen=True, slots=True)
class Service:
    """What the service does, each job on the newest usable settings (``current``); jobs meet only in the store."""

    engine: Engine
    current: Callable[[], Shop]
    clock: Callable[[], int]
    stop: threading.Event

    def sync(self) -> str:
        """Read what changed at every source; a source that cannot be read fails the job once the others are read."""
        read = sync(self.engine, self.current().workspace, source=None, full=False, clock=self.clock)
        failed = [each for each in read if not each.ok]
        if failed:
            raise SourceError("; ".join(f"{each.source}: {each.error}" for each in failed))
        return f"{sum(table.added + table.changed + table.withdrawn for each in read for table in each.tables)} events changed"

    def check(self) -> str:
        """Judge every promise and queue what is due to be said."""
        shop = self.current()
        now = self.clock()
        held = shop.judgeable_until(now)
        if held.as_of is None:
            return "held: " + "; ".join(held.reasons)
        away_after = max(AWAY_AFTER, 3 * shop.workspace.settings.schedule.check.micros)
        result = check(self.engine, shop.definitions, replace(shop.announcements(), away_after=away_after), held.as_of, now)
        if held.reasons:
            return "held: " + "; ".join(held.reasons)
        return f"{len(result.changes)} verdicts changed, {messages(len(result.queued))} queued"

    def deliver(self) -> str:
        """Send what is queued."""
        summary = deliver(self.engine, self.current().channels, self.clock, owner=process_name(), stop=self.stop)
        return f"{summary.sent} sent, {summary.again + summary.unsure} to be tried again, {summary.dead} given up"

    def reports(self) -> str:
        """Queue the reports that are due."""
        shop = self.current()
        planned = [(kind, plan) for kind in PER if (plan := shop.report_schedule(kind))]
        scheduled = {kind: ScheduledReport(plan, shop.edition(kind)) for kind, plan in planned}
        locked = lock_last_month(self.engine, shop.definitions, shop.edition("monthly"), self.clock())
        queued = queue_due_reports(self.engine, shop.definitions, scheduled, self.clock())
        owners = {str(kind): plan.owner for kind, plan in planned if plan.owner}
        queued += tell_of_unsubscriptions(self.engine, owners, shop.workspace.settings.slack.default_channel, self.clock())
        told = [f"{messages(len(queued))} queued", *(["last month locked"] if locked else []), *parked(self.engine)]
        return ", ".join(told)


def service_jobs(service: Service, opened: Shop) -> dict[str, Job]:
    """The jobs by name; without sources there is nothing to sync."""
    schedule = opened.workspace.settings.schedule
    jobs = {
        "check": Job(service.check, max(schedule.check.micros // SECOND, 1)),
        "deliver": Job(service.deliver, DELIVER_EVERY_S),
        "reports": Job(service.reports, REPORTS_EVERY_S),
    }
    return {"sync": Job(service.sync, max(schedule.sync.micros // SECOND, 1)), **jobs} if opened.workspace.settings.sources else jobs


@db.command("upgrade")
def db_upgrade(context: typer.Context, config: Config = HERE) -> None:
    """Make the tables, or bring them up to date."""
    session = session_of(context)
    upgrade(open_database(session.shop(config).workspace.database_url))
    session.out.print("The database is up to date.", highlight=False)


@db.command("check")
def db_check(context: typer.Context, config: Config = HERE) -> None:
    """Whether the tables are those of this version."""
    session = session_of(context)
    if not is_current(open_database(session.shop(config).workspace.database_url)):
        session.err.print("The tables are missing or older than this version; run: slamon db upgrade", highlight=False)
        raise typer.Exit(FINDINGS)
    session.out.print("The database is up to date.", highlight=False)


@outbox.command("list")
def outbox_list(
    context: typer.Context,
    config: Config = HERE,
    every: Annotated[bool, typer.Option("--all", help="also those that were sent or dropped")] = False,
    as_json_: Json = False,
) -> None:
    """What waits to be sent and what was given up, newest first."""
    session = session_of(context)
    states = (*WAITING, "sent", "dropped") if every else WAITING
    with reading(session.shop(config).engine) as connection:
        found = load_deliveries(connection, states)
    if as_json_:
        rows = [asdict(each) | {name: iso(getattr(each, name)) for name in ("created_at", "release_at")} for each in found]
        print_data(json.dumps([row | {"sent_at": iso(row["sent_at"]) if row["sent_at"] else None} for row in rows], indent=1))
        return
    table = Table(title="Outbox")
    for heading in ("id", "to", "what", "state", "queued", "tries", "last error"):
        table.add_column(heading)
    for each in found:
        queued = iso(each.created_at)[:19].replace("T", " ")
        table.add_row(
            each.id[:8],
            f"{each.channel} {escape(each.destination)}",
            each.kind,
            each.state,
            queued,
            str(each.attempts),
            escape(each.error or ""),
        )
    session.out.print(table)

"""Operations: the service and the database."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import typer
from sqlalchemy import Engine

from slamon.bootstrap import Shop
from slamon.commands.session import FINDINGS, HERE, Config, Session, session_of
from slamon.core.working_time.instants import MINUTE, SECOND
from slamon.core.working_time.timetables import PER
from slamon.jobs.check import check
from slamon.jobs.check.next_work import next_work, unread_misses
from slamon.jobs.deliver import DEFAULT_RULES, Rules, deliver
from slamon.jobs.deliver.processes import own_name
from slamon.jobs.deliver.reopening import Reopening
from slamon.jobs.deliver.sweep import sweep
from slamon.jobs.deliver.unsubscribed import tell_of_unsubscriptions
from slamon.jobs.report.due_reports import ScheduledReport, lock_last_month, parked, queue_due_reports
from slamon.jobs.signalling import signal_when_well
from slamon.jobs.sync import sync_source
from slamon.jobs.sync.holding import note_holds
from slamon.jobs.sync.rereading import sources_to_reread
from slamon.jobs.sync.source_lanes import SourceLanes, note_slow
from slamon.jobs.sync.sync_summary import SyncSummary
from slamon.jobs.troubles import SaidHere, tell_operator
from slamon.journal import Journal, hear_everyone
from slamon.reloading import Reloading
from slamon.schedule import Beat, Job, Vitals, run_service, stopped_by_signals
from slamon.settings import secret_files
from slamon.sources import SourceError
from slamon.store.alone import alone
from slamon.store.database import open_database, reading, writing
from slamon.store.heartbeats import beat, load_heartbeats
from slamon.store.migrate import is_current, upgrade
from slamon.store.outbox.lanes import has_work, reopen
from slamon.store.verdicts import last_check
from slamon.store.verdicts.judged_terms import last_rewording
from slamon.terminal.checked import messages

AWAY_AFTER = 15 * MINUTE
"""A check that comes so long after the one before sums up what came due meanwhile."""
DELIVER_EVERY_S = 5
REPORTS_EVERY_S = 60

db = typer.Typer(no_args_is_help=True, help="The database: bring its tables up to date, or see whether they are.")


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

    current = _reloading(session, config, shop, note, journal)
    stop = threading.Event()
    vitals = Vitals()
    rules = Rules(high_water=shop.high_water, mail_log=shop.mail_log, tell=journal.write)
    service = Service(engine, current.current, session.clock, stop, rules)
    jobs, outside = service_jobs(service, shop), seen_from_outside(current, vitals, journal, session.clock, service.held)
    with alone(engine), stopped_by_signals(stop), outside:
        run_service(jobs, stop, note, journal, clock=session.clock, vitals=vitals)


def _reloading(session: Session, config: Path, shop: Shop, note: Beat, journal: Journal) -> Reloading[Shop]:
    """The workspace, read anew when a file changes, or when somebody accepted a change that was refused."""

    def reopened() -> Shop:
        fresh = session.shop(config)
        try:
            _ = fresh.definitions  # a change that cannot be read, or that rewrites recorded verdicts, is not used
        except Exception:
            fresh.close()
            raise
        reopen(shop.engine, session.clock())  # a new token may be among it: what a closed channel holds back is tried at once
        return fresh

    def watched() -> list[Path]:
        return [*watched_files(config, shop), *secret_files(session.environment)]

    def reworded() -> int:
        with reading(shop.engine) as connection:
            return last_rewording(connection)

    current = Reloading(reopened, watched, note, journal, reworded)
    if "reload" in load_heartbeats(shop.engine):
        note("reload", session.clock(), True, "", None)  # what an earlier run refused was mended: this one could begin
    return current


@contextmanager
def seen_from_outside(
    current: Reloading[Shop], vitals: Vitals, journal: Journal, clock: Callable[[], int], held: Sequence[str] = ()
) -> Iterator[None]:
    """While inside, the web answers, if the settings want one; on an engine of its own, so that it takes no job's connections."""
    latest, workspace = current.latest, current.latest().workspace
    settings = workspace.settings.web
    if settings is None:
        yield
        return
    from slamon.web import View, serving  # noqa: PLC0415 - half a second that a service without it does not wait for

    def intervals() -> dict[str, int]:
        return {"check": latest().workspace.settings.schedule.check.micros, "deliver": MINUTE}

    def definitions() -> str:
        refused = current.refused()
        return f"change not used: {refused}" if refused else ""

    def sources() -> list[str]:
        return sorted(latest().workspace.settings.sources)

    engine = open_database(workspace.database_url)
    secret = workspace.secret("SLAMON_WEB_SECRET")
    try:
        view = View(engine, clock, journal, vitals.silent_s, intervals, definitions, settings.url, secret, lambda: held, sources)
        with serving(settings, view):
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
    rules: Rules = DEFAULT_RULES
    lanes: SourceLanes = field(default_factory=SourceLanes)
    held: list[str] = field(default_factory=list)
    """The sources that hold verdicts, as the last check found them."""
    reopening: Reopening = field(default_factory=Reopening)
    said_here: SaidHere = field(default_factory=SaidHere)

    def sync(self) -> str:
        """Read what changed at every source, each in its own lane; one that cannot be read fails the job once the others are read."""
        sources = self.current().workspace.settings.sources
        turn = self.lanes.turn(sources, self._read, self.clock)
        slow = note_slow(self.engine, sources, turn.at_work, self.clock())
        failed = [f"{each.source}: {each.error}" for each in turn.ended if not each.ok]
        if failed or slow:
            raise SourceError("; ".join([*failed, *slow]))
        changed = sum(table.added + table.changed + table.withdrawn for each in turn.ended for table in each.tables)
        reading = f", {', '.join(sorted(turn.at_work))} being read" if turn.at_work else ""
        return f"{changed} events changed{reading}"

    def _read(self, source: str) -> SyncSummary:
        return sync_source(self.engine, self.current().workspace, source, clock=self.clock, applying=self.lanes.applying)

    def check(self) -> str:
        """Judge every promise and queue what is due to be said."""
        shop = self.current()
        now = self.clock()
        held = shop.judgeable_until(now)
        note_holds(self.engine, held, now)
        self.held[:] = [each.source for each in held.holds]
        if held.as_of is None or (held.reasons and held.as_of < self._judged_until()):
            return "held: " + "; ".join(held.reasons)
        away_after = max(AWAY_AFTER, 3 * shop.workspace.settings.schedule.check.micros)
        announcements = replace(shop.announcements(), away_after=away_after)
        result = check(self.engine, shop.definitions, announcements, held.as_of, now, held=held)
        found = f"{result.changed.total()} verdicts changed, {messages(len(result.queued))} queued"
        return "; ".join([found, *(f"held: {reason}" for reason in held.reasons)])

    def _judged_until(self) -> int:
        with reading(self.engine) as connection:
            last = last_check(connection)
        return last.as_of if last else 0

    def is_check_due(self) -> bool:
        """Whether something came due, or a sync brought news, that may be judged already."""
        now = self.clock()
        due, unread = next_work(self.engine), unread_misses(self.engine)
        if not unread and (due is None or due > now):
            return False
        held = self.current().judgeable_until(now)
        if any(held.told_until.get(sla, now) >= until for sla, until in unread.items() if sla not in held.slas):
            return True
        if due is None or due > now:
            return False
        if held.as_of is None or (held.slas and (next_work(self.engine, held.slas) or now + 1) > now):
            return False
        return due <= held.as_of

    def reread(self) -> str:
        """Begin to read the sources for which a miss waits, and no other; the next sync tells how that ended."""
        begun = self.lanes.begin(self._to_reread(), self._read, self.clock)
        return f"{', '.join(begun)} being read for what waits to be told" if begun else "nothing waits"

    def is_reread_due(self) -> bool:
        """Whether a miss waits to be told until the CRM is read once more."""
        return bool(self._to_reread())

    def _to_reread(self) -> list[str]:
        shop = self.current()
        sources = shop.workspace.settings.sources
        return self.lanes.free(sources_to_reread(self.engine, sources, shop.needs, self.lanes.begun(), self.clock()))

    def deliver(self) -> str:
        """Send what is queued, take back what arrived twice, and tell the operator of what does not get through."""
        shop = self.current()
        opened = self.reopening.ask(self.engine, shop.channels, self.clock())
        summary = deliver(self.engine, shop.channels, self.clock, owner=own_name(), stop=self.stop, rules=self.rules)
        swept = sweep(self.engine, shop.channels, self.clock, self.stop)
        told = tell_operator(self.engine, shop.operators(), self.clock())
        counts = f"{summary.sent} sent, {summary.again + summary.unsure} to be tried again, {summary.dead} given up"
        mended = f"{' and '.join(opened)} lets us in again" if opened else ""
        twins = f"{swept.deleted} twins deleted" if swept.seen else ""
        untold = self.said_here.news(told.untold, self.clock())
        return "; ".join(filter(None, (counts, mended, twins, *summary.troubles, *swept.troubles, *untold)))

    def has_messages(self) -> bool:
        """Whether a message is due, a second after it was released at most."""
        return has_work(self.engine, self.clock())

    def signal(self) -> str:
        """Call the dead man's address, if all is well."""
        shop = self.current()
        url, schedule = shop.workspace.settings.dead_man_url, shop.workspace.settings.schedule
        needed = {"check": schedule.check.micros, "deliver": DELIVER_EVERY_S * SECOND, "reports": REPORTS_EVERY_S * SECOND}
        needed |= {"sync": schedule.sync.micros} if shop.workspace.settings.sources else {}
        inside = shop.workspace.settings.internal_hosts
        return signal_when_well(self.engine, url, needed, self.clock(), inside) if url else "no address"

    def reports(self) -> str:
        """Queue the reports that are due."""
        shop = self.current()
        planned = [(kind, plan) for kind in PER if (plan := shop.report_schedule(kind))]
        scheduled = {kind: ScheduledReport(plan, shop.edition(kind)) for kind, plan in planned}
        locked = lock_last_month(self.engine, shop.definitions, shop.edition("monthly"), self.clock())
        queued = queue_due_reports(self.engine, shop.definitions, scheduled, self.clock())
        owners = {str(kind): plan.owner for kind, plan in planned if plan.owner}
        settings = shop.workspace.settings
        default = next(iter(settings.operator), settings.slack.default_channel)
        queued += tell_of_unsubscriptions(self.engine, owners, default, self.clock(), settings.timezone)
        told = [f"{messages(len(queued))} queued", *(["last month locked"] if locked else []), *parked(self.engine)]
        return ", ".join(told)


def service_jobs(service: Service, opened: Shop) -> dict[str, Job]:
    """The jobs by name; without sources there is nothing to sync."""
    schedule = opened.workspace.settings.schedule
    jobs = {
        "check": Job(service.check, max(schedule.check.micros // SECOND, 1), service.is_check_due),
        "deliver": Job(service.deliver, DELIVER_EVERY_S, service.has_messages),
        "reports": Job(service.reports, REPORTS_EVERY_S),
    }
    if opened.workspace.settings.dead_man_url:
        jobs["signal"] = Job(service.signal, max(schedule.check.micros // SECOND, 1))
    if not opened.workspace.settings.sources:
        return jobs
    every_s = max(schedule.sync.micros // SECOND, 1)
    return {"sync": Job(service.sync, every_s), "reread": Job(service.reread, every_s, service.is_reread_due), **jobs}


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

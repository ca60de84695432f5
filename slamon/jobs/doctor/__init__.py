"""The doctor: whether everything that slamon leans on is well, and what to do about what is not."""

import shutil
import zoneinfo
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from sqlalchemy import Connection, Engine

from slamon.channels import Channel
from slamon.channels.unsubscribe import SHORTEST_SECRET
from slamon.core.definitions import DefinitionSet
from slamon.core.working_time.instants import DAY, MINUTE, SECOND
from slamon.definition_files import DefinitionError
from slamon.jobs.decisions.judged_terms import refuse_changed_terms
from slamon.jobs.doctor.diagnosis import Diagnosis, span
from slamon.jobs.doctor.doors import destinations_named, doors_to_people, doors_to_sources
from slamon.jobs.doctor.going_out import what_goes_out
from slamon.jobs.doctor.operator_routes import who_is_told
from slamon.jobs.doctor.rights import rights_of_files
from slamon.settings import Workspace
from slamon.store.database import StoreError, UnreadableError, failures_named, masked, open_database, reading
from slamon.store.facts.freshness import Refusal, last_failure, last_refusals, last_seen, server_clock, sources_read
from slamon.store.facts.holds import load_holds
from slamon.store.heartbeats import Heartbeat, load_heartbeats
from slamon.store.migrate import is_current
from slamon.store.reports import verify_reports
from slamon.store.verdicts.set_aside import load_set_aside

ALIVE_WITHIN = 2 * MINUTE
FRESH_WITHIN = 15 * MINUTE
NOT_RUN_SINCE = 7 * DAY
"""Every job of this version ends far more often than that."""
CLOCKS_APART = 5 * SECOND
SKEW = 5 * MINUTE
LEAST_FREE_BYTES = 500_000_000


def examine(
    workspace: Workspace,
    load: Callable[[], DefinitionSet],
    channels: Mapping[str, Channel],
    clock: Callable[[], int],
    *,
    doors: bool = True,
    secrets: Iterable[Path] = (),
) -> list[Diagnosis]:
    """Look at everything once, in the order in which it would be set up; nothing is changed and nothing is sent.

    ``load`` reads the definitions and raises ``DefinitionError``; ``channels`` are those that would deliver. What cannot
    be looked at is a finding like any other: this function raises nothing for what is wrong with the workspace. ``secrets``
    are the files that hold one. Without ``doors`` no file's rights are looked at, and no source, Slack or mail server is
    asked, only the store and what it says of them.
    """
    said, definitions = _definitions(load)
    inside = list(_database(workspace, clock, definitions))
    known = [each.detail for each in inside if not each.ok]
    sources = doors_to_sources(workspace) if doors else ()
    return [
        said,
        *inside,
        *(rights_of_files(workspace, secrets) if doors else ()),
        *(each for each in sources if not any(each.detail in told for told in known)),  # one cause is one finding
        *(doors_to_people(channels, destinations_named(workspace.settings, definitions)) if doors else ()),
        *who_is_told(workspace, channels),
        *_web(workspace),
        _time_zones(),
    ]


def _definitions(load: Callable[[], DefinitionSet]) -> tuple[Diagnosis, DefinitionSet | None]:
    try:
        found = load()
    except DefinitionError as error:
        first, count = error.findings[0], len(error.findings)
        detail = f"{'1 problem' if count == 1 else f'{count} problems, the first'}: {first.file}:{first.line}: {first.problem}"
        mend = f"{first.mend} (all: slamon validate)"
        return Diagnosis("definitions", ok=False, detail=detail, mend=mend), None
    return Diagnosis("definitions", ok=True, detail=f"{len(found.versions())} promises, {len(found.calendars)} calendars"), found


def _web(workspace: Workspace) -> Iterator[Diagnosis]:
    """Whether readers can unsubscribe where a public address says that they could."""
    web, secret = workspace.settings.web, workspace.secret("SLAMON_WEB_SECRET")
    if web is None:
        return
    if web.url and len(secret or "") < SHORTEST_SECRET:
        detail = "web.url is set, but SLAMON_WEB_SECRET is missing or shorter than 32 characters: mails carry no unsubscribe link"
        yield Diagnosis("web", ok=False, detail=detail, mend="make one with: openssl rand -hex 32")
    else:
        yield Diagnosis("web", ok=True, detail=f"slamon run listens at {web.host} port {web.port}")


def _database(workspace: Workspace, clock: Callable[[], int], definitions: DefinitionSet | None) -> Iterator[Diagnosis]:
    """The database, and all that only it knows."""
    shown = masked(workspace.database_url)
    try:
        engine = open_database(workspace.database_url)
    except StoreError as error:
        yield Diagnosis("database", ok=False, detail=str(error), mend="mend what it says, then run slamon doctor again")
        return
    try:
        with failures_named():
            current = is_current(engine)
            mend = "" if current else "run: slamon db upgrade"
            yield Diagnosis("database", current, f"{shown}, tables {'up to date' if current else 'missing or older'}", mend)
            if current:
                yield from _inside(engine, workspace, clock)
                yield from _terms(engine, definitions)
    except UnreadableError as error:
        mend = "see whether it is locked or damaged; restore it from a backup if it is"
        yield Diagnosis("database", ok=False, detail=f"{shown} cannot be read: {error}", mend=mend)
    except StoreError as error:
        yield Diagnosis("database", ok=False, detail=str(error), mend="install the version of slamon that wrote it, or a newer one")
    finally:
        engine.dispose()


def _inside(engine: Engine, workspace: Workspace, clock: Callable[[], int]) -> Iterator[Diagnosis]:
    now = clock()
    with reading(engine) as connection:
        yield _clock(connection, clock)
        yield from _disk(engine)
        yield from _sources(connection, workspace, now)
        yield what_goes_out(connection, now)
        yield _kept_reports(connection)
        yield _judging(connection)
        unread = any(last_failure(connection, name) is not None for name in workspace.settings.sources)
    yield _service(load_heartbeats(engine), workspace, now, unread=unread)


def _clock(connection: Connection, clock: Callable[[], int]) -> Diagnosis:
    """This computer's clock against the database server's, and against what was already seen."""
    newest = last_seen(connection)
    if newest is not None and newest > clock() + SKEW:
        detail = f"facts were read {span(newest - clock())} in the future: the clock was ahead then, or is behind now"
        return Diagnosis("clock", ok=False, detail=detail, mend="set the computer's clock by a time server (NTP)")
    theirs = server_clock(connection)
    if theirs is None:
        return Diagnosis("clock", ok=True, detail="the database is on this computer")
    apart = abs(theirs - clock())
    mend = "" if apart <= CLOCKS_APART else "set both computers' clocks by a time server (NTP)"
    return Diagnosis("clock", apart <= CLOCKS_APART, f"{apart / SECOND:.1f} s from the database server's", mend)


def _disk(engine: Engine) -> Iterator[Diagnosis]:
    if engine.dialect.name == "sqlite":
        free = shutil.disk_usage(Path(str(engine.url.database)).parent).free
        enough = free >= LEAST_FREE_BYTES
        mend = "" if enough else "make room: without it nothing can be recorded, and so nothing is sent"
        yield Diagnosis("disk", enough, f"{free / 1e9:.1f} GB free beside the database", mend)


def _sources(connection: Connection, workspace: Workspace, now: int) -> Iterator[Diagnosis]:
    patience = max(3 * workspace.settings.schedule.sync.micros, FRESH_WITHIN)
    known = sources_read(connection)
    for name in workspace.settings.sources:
        failed = last_failure(connection, name)
        if failed is not None:
            yield Diagnosis(f"source {name}", ok=False, detail=f"the last reading failed: {failed}", mend=_mend(name, failed))
        elif name not in known:
            yield Diagnosis(f"source {name}", ok=False, detail="never read", mend=f"run: slamon sync {name}")
        else:
            read = known[name]
            fresh = f", newest event {span(now - read.newest_at)} ago" if read.newest_at is not None else ", no event"
            refused = last_refusals(connection, name)
            fresh += "".join(map(_refused, refused))
            hold = next((each for each in load_holds(connection) if each.source == name), None)
            if hold is not None:
                held = f"verdicts are held: {hold.reason}{fresh}"
                yield Diagnosis(f"source {name}", ok=False, detail=held, mend=_mend(name, hold.reason))
                continue
            mend = "" if now - read.synced_at <= patience else f"start slamon run, or run: slamon sync {name}"
            yield Diagnosis(f"source {name}", not mend, f"read {span(now - read.synced_at)} ago{fresh}", mend)


def _mend(source: str, reason: str) -> str:
    """What to do about a source; a reading that was not believed says itself what makes it believed."""
    if f"slamon sync {source} --full" in reason:
        return "mend the export, and it is read again by itself; --full only if it is right as it is"
    if reason.endswith("is read next time"):
        return f"wait a minute; if it stays so, mend the export, then run: slamon sync {source}"
    return f"mend it, then run: slamon sync {source}"


def _refused(each: Refusal) -> str:
    """Rows set aside at reading: how many, where the first stands and why, and where all of them are listed."""
    rows = f"{each.count:,} {'row' if each.count == 1 else 'rows'} of {each.table} refused"
    return f", {rows} (line {each.line}: {each.reason}" + (f"; all in {each.file})" if each.file else ")")


def _terms(engine: Engine, definitions: DefinitionSet | None) -> Iterator[Diagnosis]:
    """Whether the files promise what recorded verdicts were judged by."""
    try:
        if definitions is not None:
            refuse_changed_terms(engine, definitions)
    except DefinitionError as error:
        mend = f"{error.findings[0].mend} (all: slamon validate)"
        yield Diagnosis("terms", ok=False, detail=error.findings[0].problem, mend=mend)


def _judging(connection: Connection) -> Diagnosis:
    """Whether every lead and every promise could be judged."""
    aside = load_set_aside(connection)
    if not aside:
        return Diagnosis("judging", ok=True, detail="nothing is set aside")
    first = aside[0]
    what = " of ".join(filter(None, (f"SLA {first.sla}" if first.sla else "", f"lead {first.lead}" if first.lead else "")))
    detail = f"{len(aside)} set aside because judging failed; the first: {what} ({first.reason})"
    return Diagnosis("judging", ok=False, detail=detail, mend="correct that lead or promise; it is tried again by itself")


def _service(beats: Mapping[str, Heartbeat], workspace: Workspace, now: int, *, unread: bool) -> Diagnosis:
    """Whether the service does its work; that sync fails is no finding of its own where the source is (``unread``)."""
    start = "start it with: slamon run"
    tick = beats.get("tick")
    if tick is None and "check" in beats and now - beats["check"].at <= FRESH_WITHIN:
        return Diagnosis("service", ok=True, detail=f"slamon run was never started here, but checked {span(now - beats['check'].at)} ago")
    if tick is None:
        return Diagnosis("service", ok=False, detail="slamon run was never started here", mend=start)
    if now - tick.at > ALIVE_WITHIN:
        return Diagnosis("service", ok=False, detail=f"no sign of life for {span(now - tick.at)}", mend=start)
    gone = sorted(beat.job for beat in beats.values() if now - beat.at > NOT_RUN_SINCE)
    failed = [beat for beat in beats.values() if not beat.ok and beat.job not in gone]
    if failing := [f"{beat.job} ({beat.detail}; {_last_success(beat, now)})" for beat in failed if not (unread and beat.job == "sync")]:
        mend = "mend what it says; it is tried again by itself, and its journal (stderr) has each try"
        return Diagnosis("service", ok=False, detail=f"failing: {', '.join(sorted(failing))}", mend=mend)
    schedule = workspace.settings.schedule
    expected = {"sync": schedule.sync.micros, "check": schedule.check.micros, "deliver": MINUTE}
    late = [name for name, each in expected.items() if name in beats and now - beats[name].at > max(3 * each, FRESH_WITHIN)]
    if late:
        return Diagnosis("service", ok=False, detail=f"it runs, but these jobs hang: {', '.join(late)}", mend="restart slamon run")
    old = f"; not run for long: {', '.join(gone)}" if gone else ""  # of an earlier version, or of settings that are gone
    aside = "; sync as its sources say" if failed else ""
    well = len(beats) - len(gone) - len(failed) - 1
    return Diagnosis("service", ok=True, detail=f"alive {span(now - tick.at)} ago, {well} jobs well{aside}{old}")


def _last_success(beat: Heartbeat, now: int) -> str:
    return "never went well" if beat.succeeded_at is None else f"went well {span(now - beat.succeeded_at)} ago"


def _kept_reports(connection: Connection) -> Diagnosis:
    changed = verify_reports(connection)
    return Diagnosis(
        "kept reports", not changed, "; ".join(changed) or "as they were sent", "restore them from a backup" if changed else ""
    )


def _time_zones() -> Diagnosis:
    """Which rules of time zones are in force: the system's come first, the package's fill in."""
    try:
        package = f"tzdata {version('tzdata')}"
    except PackageNotFoundError:
        package = ""
    system = next((path for path in zoneinfo.TZPATH if (Path(path) / "Europe/Berlin").exists()), "")
    detail = " and ".join(filter(None, (f"the system's in {system}" if system else "", package)))
    return Diagnosis("time zones", bool(detail), detail or "no rules found", "" if detail else "run: pip install tzdata")

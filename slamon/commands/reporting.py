"""Reports by hand: render the daily note, the weekly scorecard or the monthly mail, or send it."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from slamon.channels import Outgoing
from slamon.channels.preview import PreviewChannel
from slamon.commands.judging import print_data, send_what_is_due
from slamon.commands.session import FIRST_YEAR, HERE, LAST_YEAR, AsOf, Config, Json, Session, UsageError, session_of
from slamon.core.working_time.timetables import PER
from slamon.jobs.check import judge
from slamon.jobs.report import Report, default_period, keep_and_queue, make_report, named_period
from slamon.store.database import writing
from slamon.store.outbox import delivery_id
from slamon.store.outbox.unsubscriptions import resubscribe
from slamon.terminal.checked import messages
from slamon.terminal.exports import as_report_json


def report_command(  # noqa: PLR0913, PLR0917 - each option is a parameter
    context: typer.Context,
    kind: Annotated[str, typer.Argument(metavar="daily|weekly|monthly")],
    config: Config = HERE,
    as_of: AsOf = None,
    period: Annotated[str | None, typer.Option("--period", help="e.g. 2026-11-20, 2026-W46 or 2026-10")] = None,
    to: Annotated[Path | None, typer.Option("--to", metavar="DIR", help="write it as files into a folder")] = None,
    send: Annotated[bool, typer.Option("--send", help="send it to those named in slamon.yaml")] = False,
    as_json_: Json = False,
) -> None:
    """Render a report as files, or send it."""
    session = session_of(context)
    report = _report(session, kind, config, as_of, period)
    shop = session.shop(config)
    if as_json_:
        print_data(as_report_json(asdict(report.figures)))
        return
    if send:
        schedule = shop.report_schedule(report.kind)
        if schedule is None:
            raise UsageError(
                f"nobody is named for the {kind} report; write reports: {{{kind}: {{at: …, timezone: …, to: […]}}}} in slamon.yaml"
            )
        now = session.clock()
        queued = keep_and_queue(shop.engine, report, schedule.to, now)
        session.out.print(f"{messages(len(queued))} queued." if queued else "This report was sent already.", highlight=False)
        send_what_is_due(session, shop, instant=now)
        return
    for path in render(report, to or shop.preview_folder):
        session.out.print(escape(path), highlight=False, soft_wrap=True)


def subscribe_command(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(metavar="daily|weekly|monthly")],
    address: Annotated[str, typer.Argument(metavar="ADDRESS")],
    config: Config = HERE,
) -> None:
    """Send a report's mails again to a reader who had unsubscribed."""
    session = session_of(context)
    if kind not in PER:
        raise UsageError(f"{kind!r} is not a report; write daily, weekly or monthly")
    shop = session.shop(config)
    with writing(shop.engine) as connection:
        had = resubscribe(connection, address, kind)
    if not had:
        raise UsageError(f"{address} has not unsubscribed from the {kind} report; readers are named in slamon.yaml under reports")
    session.out.print(f"{address} gets the {kind} report again, from the next one on.", highlight=False)


def render(report: Report, folder: Path) -> list[str]:
    """Write a report's Slack message and mail as files; returns the pages' paths."""
    preview = PreviewChannel(folder)
    written = []
    for channel, destination in (("slack", "#preview"), ("email", "preview@example.com")):
        subject = f"report/{report.kind}/{report.period.label}"
        outgoing = Outgoing(
            delivery_id(destination, "report", 0, subject), channel, destination, "report", report.payload(channel), report.as_of
        )
        pages = (path for path in preview.send(outgoing)["files"] if str(path).endswith(".html"))
        written.append(next(pages))
    return written


def _report(session: Session, kind: str, config: Path, as_of: str | None, label: str | None) -> Report:
    chosen = next((each for each in PER if each == kind), None)
    if chosen is None:
        raise UsageError(f"{kind!r} is not a report; write daily, weekly or monthly")
    shop = session.shop(config)
    edition = shop.edition(chosen)
    instant = session.as_of(as_of)
    if label and label[:4].isdecimal() and not FIRST_YEAR < int(label[:4]) < LAST_YEAR:
        raise UsageError(f"{label} lies outside the years {FIRST_YEAR + 1} to {LAST_YEAR - 1}; choose a --period within them")
    try:
        period = named_period(chosen, label, edition.timezone) if label else default_period(chosen, instant, edition.timezone)
    except ValueError as error:
        raise UsageError(str(error)) from None
    if period.starts_at > instant:
        raise UsageError(f"{period.label} has not begun; choose an earlier --period, or a later --as-of")
    judgement = judge(shop.engine, shop.definitions, instant) if as_of else None  # an instant that is named is only looked at
    return make_report(shop.engine, shop.definitions, chosen, period, edition, instant, judgement)

"""``slamon demo``: a made-up company from beginning to end, as files to look at and in the terminal."""

import tempfile
from pathlib import Path
from typing import Annotated, cast

import typer
from rich.markup import escape

from slamon.bootstrap import Shop
from slamon.channels.preview import PreviewChannel
from slamon.commands.reporting import render
from slamon.commands.session import Session, command_to_type, session_of
from slamon.core.scorecards import DailyNote, WeeklyScorecard
from slamon.core.verdicts import Judgement
from slamon.core.working_time.timetables import PER, ReportKind
from slamon.demo import CompanyFacts, write_company
from slamon.demo.story import Found, ending, open_now
from slamon.jobs.check import check, judge
from slamon.jobs.deliver import deliver
from slamon.jobs.deliver.processes import own_name
from slamon.jobs.report import Report, default_period, make_report
from slamon.jobs.sync import sync
from slamon.terminal.progress import SyncProgress


def demo_command(
    context: typer.Context,
    folder: Annotated[Path | None, typer.Option("--to", metavar="DIR", help="where to write it; default: a temporary folder")] = None,
    leads: Annotated[int, typer.Option("--leads", min=2_000, max=200_000, help="how many leads")] = 20_000,
) -> None:
    """A made-up company: sync, check, alerts and all reports, as files to look at."""
    session = session_of(context)
    folder = folder or Path(tempfile.mkdtemp(prefix="slamon-demo-"))
    say = session.out.print
    now = session.clock()
    say("[bold]1[/] Making up a company: 40 reps, four teams, six months", highlight=False)
    company = write_company(folder, now, leads=leads)
    shop = session.shop(folder)
    say("[bold]2[/] Reading its CRM export: slamon sync", highlight=False)
    _sync(session, shop)
    say("[bold]3[/] Judging every promise and queueing alerts: slamon check", highlight=False)
    check(shop.engine, shop.definitions, shop.announcements(), now, session.clock())
    judgement = judge(shop.engine, shop.definitions, now)
    channels = dict.fromkeys(("slack", "email"), PreviewChannel(shop.preview_folder))
    sent = deliver(shop.engine, channels, session.clock, owner=own_name()).sent
    say("[bold]4[/] Daily note, weekly scorecard, monthly mail: slamon report", highlight=False)
    reports = {kind: _report(shop, kind, now, judgement) for kind in PER}
    pages = {f"{kind} report, by mail": Path(render(report, shop.preview_folder)[1]) for kind, report in reports.items()}
    files = {"all messages": shop.preview_folder / "index.html", **pages, "the workspace": folder / "slamon.yaml"}
    say("")
    for line in ending(_found(company, judgement, reports, sent, shop.announcements().go_live or 0), files, command_to_type()):
        say(escape(line), highlight=False, soft_wrap=True)


def _sync(session: Session, shop: Shop) -> None:
    with SyncProgress(session.err) as progress:
        found = sync(shop.engine, shop.workspace, source=None, full=False, clock=session.clock, progress=progress)
    for each in found:
        if not each.ok:
            raise RuntimeError(each.error)


def _report(shop: Shop, kind: ReportKind, now: int, judgement: Judgement) -> Report:
    edition = shop.edition(kind)
    return make_report(shop.engine, shop.definitions, kind, default_period(kind, now, edition.timezone), edition, now, judgement)


def _found(company: CompanyFacts, judgement: Judgement, reports: dict[ReportKind, Report], sent: int, go_live: int) -> Found:
    weekly, daily = cast(WeeklyScorecard, reports["weekly"].figures), cast(DailyNote, reports["daily"].figures)
    at_risk, past_due = open_now(judgement, go_live)
    return Found(
        reps=company.reps,
        leads=company.leads,
        events=company.events,
        promises=[promise for promise in weekly.promises if promise.promised_by == "sales"],
        causes=weekly.causes,
        at_risk=at_risk,
        past_due=past_due,
        alerts=sent,
        quotas=daily.quotas,
    )

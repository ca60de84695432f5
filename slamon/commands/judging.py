"""Judging: check, verdicts, attainment and explain."""

import getpass
import json
import os
import socket
import sys
from typing import Annotated

import pandas as pd
import typer
from rich.markup import escape
from sqlalchemy import Connection

from slamon.bootstrap import Shop
from slamon.commands.session import FINDINGS, HERE, AsOf, Config, Json, Session, UsageError, session_of
from slamon.core.explain import explain
from slamon.jobs.check import check, judge
from slamon.jobs.deliver import deliver
from slamon.store.database import reading
from slamon.store.verdicts import last_check, load_attainment, load_verdicts
from slamon.terminal.checked import check_lines, delivery_lines, verdict_table
from slamon.terminal.explained import as_data, lines
from slamon.terminal.exports import ATTAINMENT_EXPORT, VERDICT_EXPORT, Format, as_csv, as_json, as_parquet, as_table, printable

MOST_ROWS = 50

Sla = Annotated[str | None, typer.Option("--sla", help="only this SLA")]
AsFormat = Annotated[Format, typer.Option("--format", help="how to print")]


def check_command(
    context: typer.Context,
    config: Config = HERE,
    as_of: AsOf = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="judge and show; record and send nothing")] = False,
    as_json_: Json = False,
) -> None:
    """Judge every promise, record what changed, queue and deliver what is to be said."""
    session = session_of(context)
    shop = session.shop(config)
    now = session.clock()
    instant = session.as_of(as_of)
    result = check(shop.engine, shop.definitions, shop.announcements(), instant, now, dry_run=dry_run)
    if as_json_:
        print_data(as_json(printable(result.judgement.verdicts(), VERDICT_EXPORT)))
    else:
        session.out.print(verdict_table(result))
        for line in check_lines(result, dry_run=dry_run):
            session.out.print(line, highlight=False)
    if result.recorded is not None:
        send_what_is_due(session, shop, quiet=as_json_)


def send_what_is_due(session: Session, shop: Shop, *, quiet: bool = False) -> None:
    """Deliver the outbox, and say where previews are."""
    summary = deliver(shop.engine, shop.channels, session.clock, owner=process_name())
    if quiet:
        return
    for line in delivery_lines(summary):
        session.out.print(escape(line), highlight=False)
    if summary.sent and shop.previews:
        session.out.print(
            f"No {' or '.join(shop.previews)} is configured: see {shop.preview_folder / 'index.html'}", highlight=False, soft_wrap=True
        )


def process_name() -> str:
    """This process in leases: user, host and process id."""
    return f"{getpass.getuser()}@{socket.gethostname()}:{os.getpid()}"


def verdicts_command(
    context: typer.Context,
    config: Config = HERE,
    as_of: AsOf = None,
    sla: Sla = None,
    state: Annotated[str | None, typer.Option("--state", help="only this state")] = None,
    format_: AsFormat = Format.TABLE,
    as_json_: Json = False,
) -> None:
    """The verdict of every cycle, as of the last check, or of an instant."""
    session = session_of(context)
    shop = session.shop(config)
    if as_of is None:
        with reading(shop.engine) as connection:
            _known_check(connection)
            frame = load_verdicts(connection)
    else:
        frame = judge(shop.engine, shop.definitions, session.as_of(as_of)).verdicts()
    frame = _only(_only(frame, "sla", sla), "state", state)
    _emit(session, printable(frame, VERDICT_EXPORT), "Verdicts", Format.JSON if as_json_ else format_)


def attainment_command(
    context: typer.Context,
    config: Config = HERE,
    as_of: AsOf = None,
    sla: Sla = None,
    format_: AsFormat = Format.TABLE,
    as_json_: Json = False,
) -> None:
    """Quotas and ratios by period and group, as of the last check, or of an instant."""
    session = session_of(context)
    shop = session.shop(config)
    if as_of is None:
        with reading(shop.engine) as connection:
            _known_check(connection)
            frame = load_attainment(connection)
    else:
        frame = judge(shop.engine, shop.definitions, session.as_of(as_of)).attainment()
    _emit(session, printable(_only(frame, "sla", sla), ATTAINMENT_EXPORT), "Attainment", Format.JSON if as_json_ else format_)


def explain_command(
    context: typer.Context,
    lead: str,
    config: Config = HERE,
    as_of: AsOf = None,
    sla: Sla = None,
    as_json_: Json = False,
) -> None:
    """One lead's history, and the arithmetic of each of its verdicts."""
    session = session_of(context)
    shop = session.shop(config)
    instant = session.as_of(as_of)
    if as_of is None:
        with reading(shop.engine) as connection:
            run = last_check(connection)
        instant = run.as_of if run else instant
    found = explain(judge(shop.engine, shop.definitions, instant), lead, sla)
    if found is None:
        session.err.print(f"No event speaks of the lead {escape(lead)}; ids are those of the CRM, see: slamon verdicts", highlight=False)
        raise typer.Exit(FINDINGS)
    if as_json_:
        print_data(json.dumps(as_data(found), ensure_ascii=False, indent=1))
        return
    for line in lines(found):
        session.out.print(line, highlight=False, soft_wrap=True)


def print_data(text: str) -> None:
    """Data goes out as it is: no wrapping, no colour."""
    sys.stdout.write(text if text.endswith("\n") else text + "\n")


def _known_check(connection: Connection) -> None:
    if last_check(connection) is None:
        raise UsageError("nothing was judged yet; run slamon check first")


def _only(frame: pd.DataFrame, column: str, value: str | None) -> pd.DataFrame:
    if value is None:
        return frame
    known = sorted(map(str, frame[column].unique()))
    if value not in known:
        raise UsageError(f"no {column} is {value!r}; there are {', '.join(known) or 'none'}")
    return frame[frame[column] == value]


def _emit(session: Session, frame: pd.DataFrame, title: str, format_: Format) -> None:
    match format_:
        case Format.CSV:
            print_data(as_csv(frame))
        case Format.JSON:
            print_data(as_json(frame))
        case Format.PARQUET:
            if sys.stdout.isatty():
                raise UsageError(
                    "Parquet is not for the terminal; write it to a file, e.g. slamon verdicts --format parquet > verdicts.parquet"
                )
            sys.stdout.buffer.write(as_parquet(frame))
        case Format.TABLE:
            session.out.print(as_table(frame, title, MOST_ROWS))

"""Backtests: a proposed or changed definition tried on history before anybody is held to it."""

import json
from pathlib import Path
from typing import Annotated

import typer

from slamon.commands.judging import print_data
from slamon.commands.session import HERE, AsOf, Config, Json, UsageError, session_of
from slamon.core.backtest import Question, UnknownAttributeError, window_of
from slamon.core.definitions.terms import parse_share
from slamon.core.working_time.hours import parse_date
from slamon.definition_files import load_proposal
from slamon.jobs.backtest import try_on_history
from slamon.terminal.backtested import as_data, shown


def backtest_command(  # noqa: PLR0913, PLR0917 - each option is a parameter
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="the proposed definitions")],
    config: Config = HERE,
    as_of: AsOf = None,
    since: Annotated[str | None, typer.Option("--from", metavar="DATE", help="first due date; default: twelve months before --to")] = None,
    until: Annotated[str | None, typer.Option("--to", metavar="DATE", help="the date after the last; default: this month's first")] = None,
    by: Annotated[str | None, typer.Option("--by", metavar="ATTRIBUTE", help="split by this attribute; default: segment")] = None,
    objective: Annotated[str | None, typer.Option("--objective", metavar="SHARE", help="recommend a target for it, e.g. 90%")] = None,
    as_json_: Json = False,
) -> None:
    """Try proposed definitions on history, beside those in force."""
    session = session_of(context)
    shop = session.shop(config)
    instant = session.as_of(as_of)
    proposed = load_proposal(shop.workspace, file)
    question = _question(instant, shop.workspace.settings.timezone, (since, until), by, objective)
    checks = shop.workspace.settings.schedule.check
    try:
        found = try_on_history(shop.engine, shop.definitions, proposed, shop.announcements(), checks, instant, question)
    except UnknownAttributeError as error:
        raise UsageError(str(error)) from None
    if as_json_:
        print_data(json.dumps(as_data(found), ensure_ascii=False, indent=1))
        return
    for part in shown(found):
        session.out.print(part, highlight=False, soft_wrap=isinstance(part, str))


def _question(as_of: int, zone: str, dates: tuple[str | None, str | None], by: str | None, objective: str | None) -> Question:
    try:
        since, until = (None if text is None else parse_date(text) for text in dates)
        return Question(window_of(as_of, zone, since, until), by, None if objective is None else parse_share(objective))
    except ValueError as error:
        raise UsageError(str(error)) from None

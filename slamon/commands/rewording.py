"""Rewording a promise whose text was wrong from the beginning: what it would change, and the word of who says so."""

import json
from typing import Annotated

import typer
from rich.markup import escape

from slamon.bootstrap import Shop
from slamon.commands.judging import named, print_data
from slamon.commands.session import HERE, Config, Json, UsageError, session_of
from slamon.jobs.decisions.rewording import NothingRewordedError, preview, record
from slamon.store.database import reading
from slamon.store.verdicts.judged_terms import Rewording, load_judged_terms
from slamon.terminal.reworded import as_data, shown


def reword_command(  # noqa: PLR0913, PLR0917 - each option is a parameter
    context: typer.Context,
    sla: Annotated[str, typer.Argument(metavar="SLA", help="the id of the promise")],
    version: Annotated[str, typer.Argument(metavar="VERSION", help="its effective_from")],
    config: Config = HERE,
    yes: Annotated[bool, typer.Option("--yes", help="record it; without, it is only shown what would change")] = False,
    by: Annotated[str | None, typer.Option("--by", metavar="NAME", help="who says so")] = None,
    reason: Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="what was wrong")] = None,
    as_json_: Json = False,
) -> None:
    """Show which recorded verdicts change by terms that were written wrong, and with --yes correct them, by whom and why."""
    session = session_of(context)
    shop = session.shop(config)
    _known(shop, sla, version)
    rewording = Rewording(sla, version, session.clock(), (by or "").strip(), (reason or "").strip())
    if yes and not (rewording.by and rewording.reason):
        raise UsageError('say who says so and why: --yes --by NAME --reason "the target was a typing error"')
    try:
        found = preview(shop.engine, shop.written, sla, version)
        if yes:
            record(shop.engine, shop.written, rewording)
    except NothingRewordedError as error:
        raise UsageError(str(error)) from None
    if as_json_:
        print_data(json.dumps(as_data(found, recorded=yes), ensure_ascii=False, indent=1))
        return
    told = "Recorded. The next check judges by the new text, and corrects what was told."
    ask = f"Nothing is recorded. To record it: slamon reword {sla} {version} --yes --by NAME --reason WHY"
    for line in (*shown(found), told if yes else ask):
        session.out.print(escape(line), highlight=False, soft_wrap=True)


def _known(shop: Shop, sla: str, version: str) -> None:
    """``UsageError`` for what is neither written nor was ever judged."""
    with reading(shop.engine) as connection:
        kept = load_judged_terms(connection)
    written = [(each.sla, each.version) for each in shop.written.definitions]
    both = [*written, *kept]
    named("sla", sla, [each for each, _ in both])
    named("version", version, [each for other, each in both if other == sla])

"""Facts: read the CRM."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from slamon.commands.judging import print_data
from slamon.commands.session import FAILED, HERE, UNUSABLE, Config, Json, UsageError, session_of
from slamon.jobs.sync import sync
from slamon.terminal.progress import SyncProgress
from slamon.terminal.sync_summary import sync_table


def sync_command(
    context: typer.Context,
    source: Annotated[str | None, typer.Argument(metavar="SOURCE", help="only this source of slamon.yaml")] = None,
    config: Config = HERE,
    full: Annotated[bool, typer.Option("--full", help="read everything again, and believe it even if most rows are gone")] = False,
    as_json_: Json = False,
) -> None:
    """Read the CRM: what is new, what changed, and what was refused."""
    session = session_of(context)
    shop = session.shop(config)
    sources = shop.workspace.settings.sources
    if not sources:
        raise UsageError("slamon.yaml names no sources; write sources: {crm: {type: files, tables: […]}}")
    if source is not None and source not in sources:
        raise UsageError(f"no source is called {source!r}; there are {', '.join(sources)}")
    with SyncProgress(session.err) as progress:
        found = sync(shop.engine, shop.workspace, source=source, full=full, clock=session.clock, progress=progress)
    if as_json_:
        print_data(json.dumps([asdict(each) for each in found], ensure_ascii=False, indent=1))
    else:
        session.out.print(sync_table(found))
    failed = [each for each in found if not each.ok]
    if failed:
        raise typer.Exit(FAILED if any(sources[each.source].type != "files" for each in failed) else UNUSABLE)

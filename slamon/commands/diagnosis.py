"""The doctor: everything that slamon leans on, whether it is well, and what to do about what is not."""

import json
from collections.abc import Iterable
from dataclasses import asdict, replace
from typing import Annotated

import typer
from rich.markup import escape

from slamon.commands.judging import print_data
from slamon.commands.session import FINDINGS, HERE, Config, Json, session_of
from slamon.core.masking import masked, one_line
from slamon.jobs.doctor import examine
from slamon.jobs.doctor.diagnosis import Diagnosis
from slamon.settings import secret_files


def doctor_command(
    context: typer.Context,
    config: Config = HERE,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="print only what is not well")] = False,
    local: Annotated[bool, typer.Option("--local", help="ask no source, Slack or mail server: for looking every minute")] = False,
    as_json: Json = False,
) -> None:
    """Whether database, definitions, sources, Slack, mail and the service are well; exit code 1 if something is not."""
    session = session_of(context)
    shop = session.shop(config)
    hidden = shop.workspace.hidden()
    secrets = secret_files(session.environment)
    examined = examine(shop.workspace, lambda: shop.written, shop.channels, session.clock, doors=not local, secrets=secrets)
    found = [_shown(each, hidden) for each in examined]
    if as_json:
        print_data(json.dumps([asdict(each) for each in found], ensure_ascii=False, indent=1))
    else:
        for line in _lines(found, quiet=quiet):
            session.out.print(line, highlight=False, soft_wrap=True)
    if not all(each.ok for each in found):
        raise typer.Exit(FINDINGS)


def _shown(each: Diagnosis, hidden: Iterable[str]) -> Diagnosis:
    """Without secrets, and on one line, whatever a source or a server said."""
    return replace(each, detail=one_line(masked(each.detail, hidden)), mend=one_line(masked(each.mend, hidden)))


def _lines(found: Iterable[Diagnosis], *, quiet: bool) -> Iterable[str]:
    for each in found:
        if each.ok and quiet:
            continue
        mark = "[green]✓[/]" if each.ok else "[red]✗[/]"
        yield f"{mark} {each.check}: {escape(each.detail)}"
        if each.mend:
            yield f"    {escape(each.mend)}"

"""A workspace: begin one, check its files, print the schemas for editors."""

import json
import shlex
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from slamon.commands.judging import print_data
from slamon.commands.session import HERE, UNUSABLE, AsOf, Config, Json, Session, UsageError, command_to_type, session_of
from slamon.core.explain import explanation_schema
from slamon.definition_files import DueRow, definition_schema, due_preview, settings_schema, validate_workspace
from slamon.store.database import StoreError
from slamon.terminal.explained import wall
from slamon.workspace_template import write_workspace


def init_command(context: typer.Context, folder: Annotated[Path, typer.Argument(metavar="DIR")]) -> None:
    """Write a commented workspace: slamon.yaml, SLA definitions to start from, and a small export to try them on."""
    session = session_of(context)
    try:
        written = write_workspace(folder)
    except FileExistsError as error:
        raise UsageError(str(error)) from None
    for path in written:
        session.out.print(escape(str(path)), highlight=False, soft_wrap=True)
    slamon = command_to_type()
    if slamon != "slamon":  # it is typed in another folder
        slamon = shlex.quote(str(Path(slamon.strip("'")).absolute()))
    steps = f"cd {shlex.quote(str(folder))} && {slamon} validate && {slamon} sync && {slamon} check"
    session.out.print(f"\nNext: {escape(steps)}", highlight=False, soft_wrap=True)


def validate_command(context: typer.Context, config: Config = HERE, as_of: AsOf = None, as_json_: Json = False) -> None:
    """Every problem of settings and definitions at once; without one, when each promise would be due."""
    session = session_of(context)
    found = validate_workspace(config, session.environment)
    if found:
        for finding in found:
            session.err.print(escape(str(finding)), highlight=False, soft_wrap=True)
        session.err.print(f"{len(found)} {'problem' if len(found) == 1 else 'problems'}.", highlight=False)
        raise typer.Exit(UNUSABLE)
    shop = session.shop(config)
    try:
        promised = shop.definitions
    except StoreError as error:  # files can be looked at where the database is not
        session.err.print(f"Not compared with what was judged: {escape(str(error))}", highlight=False, soft_wrap=True)
        promised = shop.written
    rows = due_preview(promised, session.as_of(as_of))
    if as_json_:
        print_data(json.dumps([_as_data(row) for row in rows], ensure_ascii=False, indent=1))
        return
    _print_preview(session, rows)


def schema_command(
    context: typer.Context, of: Annotated[str, typer.Argument(metavar="definitions|settings|explanation")] = "definitions"
) -> None:
    """The JSON Schema of definition files or of slamon.yaml, for editors to complete and check by; or of what explain prints as JSON."""
    schemas = {"definitions": definition_schema, "settings": settings_schema, "explanation": explanation_schema}
    if of not in schemas:
        raise UsageError(f"{of!r} has no schema; write definitions, settings or explanation")
    del context
    print_data(json.dumps(schemas[of](), ensure_ascii=False, indent=2))


def _print_preview(session: Session, rows: list[DueRow]) -> None:
    table = Table(title="When each promise would be due")
    for heading in ("SLA", "target", "a start on", "is due"):
        table.add_column(heading, no_wrap=heading == "SLA")
    before = ""
    for row in rows:
        name = row.sla if row.sla != before else ""
        before = row.sla
        table.add_row(name, escape(row.target), f"{row.start.label}", _due(row), end_section=False)
    session.out.print(table)
    count = len({row.sla for row in rows})
    session.out.print("1 definition is valid." if count == 1 else f"{count} definitions are valid.", highlight=False)


def _due(row: DueRow) -> str:
    shown = [wall(due, row.timezone)[:20] for due in row.due]
    return shown[0] if len(shown) == 1 else f"1st {shown[0]}, last {shown[-1]}"


def _as_data(row: DueRow) -> dict[str, object]:
    return {
        "sla": row.sla,
        "version": row.version,
        "target": row.target,
        "start": wall(row.start.instant, row.timezone),
        "due": [wall(due, row.timezone) for due in row.due],
    }

"""Judging: check, verdicts, attainment and explain."""

import json
import sys
from collections.abc import Sequence
from typing import Annotated

import pandas as pd
import typer
from rich.markup import escape
from sqlalchemy import Connection

from slamon.bootstrap import Shop
from slamon.commands.session import FAILED, FINDINGS, HERE, AsOf, Config, Json, Session, UsageError, session_of
from slamon.core.explain import as_data, differences
from slamon.core.explain.wording import wall_words
from slamon.core.verdicts import STATES
from slamon.core.working_time.instants import FOREVER, NEVER
from slamon.jobs.check import CheckResult, check, judge
from slamon.jobs.deliver import DeliverySummary, Rules, deliver
from slamon.jobs.deliver.processes import own_name
from slamon.jobs.explain import explained, first_heard_of, telling_of
from slamon.jobs.refused_leads import refused_of
from slamon.jobs.sync.holding import Held
from slamon.store.database import reading
from slamon.store.facts import newest_event
from slamon.store.outbox import load_deliveries
from slamon.store.verdicts import last_check, load_attainment, load_verdicts
from slamon.store.verdicts.verdict_figures import count_states
from slamon.terminal.checked import check_lines, delivery_lines, states_of, verdict_table, waiting_lines
from slamon.terminal.explained import lines
from slamon.terminal.exports import ATTAINMENT_EXPORT, VERDICT_EXPORT, Format, as_csv, as_json, as_parquet, printable
from slamon.terminal.foretold import foresight_lines
from slamon.terminal.tables import attainment_listing, verdict_listing

CHANNELS = ("slack", "email")
UNSENT = ("pending", "dispatching", "unsure")
MOST_WAITING = 10_000

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
    instant, held = (session.as_of(as_of), Held(now)) if as_of else _held_instant(session, shop, now)
    result = check(shop.engine, shop.definitions, shop.announcements(), instant, now, dry_run=dry_run, held=held)
    if as_json_:
        print_data(as_json(printable(_verdicts_of(shop, result), VERDICT_EXPORT)))
    else:
        with reading(shop.engine) as connection:
            states = states_of(result.judgement) if result.judgement else count_states(connection)
        judged = [sla for sla, versions in shop.definitions.versions().items() if versions[0].kind in ("deadline", "cadence")]
        session.out.print(verdict_table(result.as_of, states, judged))
        for line in check_lines(result, dry_run=dry_run, holds=held.holds, zone=shop.definitions.timezone):
            session.out.print(line, highlight=False)
        _say_what_would_be(session, shop, result, now)
    if result.recorded is not None:
        send_what_is_due(session, shop, instant=now, quiet=as_json_)


def _say_what_would_be(session: Session, shop: Shop, result: CheckResult, now: int) -> None:
    """What a dry run would have said, and what waits since before and would go out too."""
    if result.foresight is None:
        return
    lines = foresight_lines(result.foresight, result.as_of, shop.definitions.timezone)
    for line in (*lines, *_waiting_since_before(shop, now)):
        session.out.print(escape(line), highlight=False, soft_wrap=True)


def _waiting_since_before(shop: Shop, instant: int) -> tuple[str, ...]:
    with reading(shop.engine) as connection:
        earlier = [each for each in load_deliveries(connection, UNSENT, MOST_WAITING) if each.created_at < instant]
    return tuple(waiting_lines(earlier))


def _verdicts_of(shop: Shop, result: CheckResult) -> pd.DataFrame:
    if result.judgement is not None:
        return result.judgement.verdicts()
    with reading(shop.engine) as connection:
        return load_verdicts(connection)


def _held_instant(session: Session, shop: Shop, now: int) -> tuple[int, Held]:
    """Now, or the last instant that can be relied on, and what is held; says why when verdicts are."""
    held = shop.judgeable_until(now)
    if held.as_of is None:
        raise UsageError("; ".join(held.reasons))
    whose = f" of {', '.join(sorted(held.slas))}" if held.slas else ""
    for reason in held.reasons:
        session.err.print(
            f"Verdicts{whose} are held: {escape(reason)}. Nobody is told of what came due since.", highlight=False, soft_wrap=True
        )
    return held.as_of, held


def send_what_is_due(session: Session, shop: Shop, *, instant: int, quiet: bool = False) -> None:
    """Deliver the outbox, say what waits since before ``instant`` and where previews are; exit code 3 when a channel failed."""
    summary = deliver(
        shop.engine, shop.channels, session.clock, owner=own_name(), rules=Rules(high_water=shop.high_water, mail_log=shop.mail_log)
    )
    if not quiet:
        _say_what_was_sent(session, shop, summary, instant)
    if summary.again or summary.unsure or summary.dead:
        raise typer.Exit(FAILED)


def _say_what_was_sent(session: Session, shop: Shop, summary: DeliverySummary, instant: int) -> None:
    previews_only = len(shop.previews) == len(CHANNELS)
    for line in (*delivery_lines(summary, previews_only=previews_only), *_waiting_since_before(shop, instant)):
        session.out.print(escape(line), highlight=False)
    if summary.sent and shop.previews:
        session.out.print(
            f"No {' or '.join(shop.previews)} is configured: see {shop.preview_folder / 'index.html'}", highlight=False, soft_wrap=True
        )


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
    frame = _only(_of_sla(frame, shop, sla), "state", state, list(map(str, STATES)))
    if format_ == Format.TABLE and not as_json_:
        session.out.print(verdict_listing(frame, shop.definitions.timezone, session.out.width))
    else:
        _emit(printable(frame, VERDICT_EXPORT), Format.JSON if as_json_ else format_)


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
    newest = min(newest_event(shop.engine) or NEVER, FOREVER if as_of is None else session.as_of(as_of))
    frame = _of_sla(frame, shop, sla)
    if format_ == Format.TABLE and not as_json_:
        session.out.print(attainment_listing(frame, shop.definitions.timezone, session.out.width, newest))
    else:
        _emit(printable(frame, ATTAINMENT_EXPORT), Format.JSON if as_json_ else format_)


def explain_command(
    context: typer.Context,
    lead: str,
    config: Config = HERE,
    as_of: AsOf = None,
    sla: Sla = None,
    as_json_: Json = False,
    replayed: Annotated[
        bool, typer.Option("--replay", help="compute the verdicts again from the explanation; fail if they differ")
    ] = False,
) -> None:
    """One lead's history, and the arithmetic of each of its verdicts."""
    session = session_of(context)
    shop = session.shop(config)
    if sla is not None:
        named("sla", sla, list(shop.definitions.versions()))
    instant = _checked_last(session, shop) if as_of is None else session.as_of(as_of)
    found = explained(shop.engine, shop.definitions, lead, instant, sla, telling_of(shop.workspace.settings.sources))
    if found is None:
        session.err.print(_unknown(shop, lead, instant), highlight=False, soft_wrap=True)
        raise typer.Exit(FINDINGS)
    if as_json_:
        print_data(json.dumps(as_data(found), ensure_ascii=False, indent=1))
    else:
        for line in lines(found, sla):
            session.out.print(line, highlight=False, soft_wrap=True)
    if replayed:
        _replay(session, json.loads(json.dumps(as_data(found))))


def _unknown(shop: Shop, lead: str, instant: int) -> str:
    """That nothing is known of a lead, or was not yet; and of what was refused."""
    heard, zone = first_heard_of(shop.engine, lead), shop.definitions.timezone
    if heard is None or heard <= instant:
        refused = refused_words(shop, lead)
        return f"No event speaks of the lead {escape(lead)}; {refused or 'ids are those of the CRM, see: slamon verdicts'}"
    then, first = wall_words(instant, zone), wall_words(heard, zone)
    return f"Nothing was known of the lead {escape(lead)} by {then} ({zone}); the first that is known of it is of {first}"


def refused_words(shop: Shop, lead: str) -> str:
    """Which rows of a lead were refused, why, and where they are listed; empty when none was."""
    rows = refused_of(shop.engine, shop.workspace, lead)
    told = "; ".join(f"line {each.line} of the source {each.source} was refused ({each.reason}), see {each.file}" for each in rows)
    return escape(told)


def _checked_last(session: Session, shop: Shop) -> int:
    """The instant of the last check; now, if there was none."""
    with reading(shop.engine) as connection:
        run = last_check(connection)
    return run.as_of if run else session.clock()


def _replay(session: Session, data: dict[str, object]) -> None:
    """Whether the explanation, as data, gives the verdicts that it explains; exit code 1 if it does not."""
    wrong = differences(data)
    for words in wrong:
        session.err.print(f"Replayed: {escape(words)}", highlight=False, soft_wrap=True)
    if wrong:
        raise typer.Exit(FINDINGS)
    session.err.print("Replayed: the same verdicts follow from the data of this explanation.", highlight=False)


def print_data(text: str) -> None:
    """Data goes out as it is: no wrapping, no colour."""
    sys.stdout.write(text if text.endswith("\n") else text + "\n")


def _known_check(connection: Connection) -> None:
    if last_check(connection) is None:
        raise UsageError("nothing was judged yet; run slamon check first")


def _of_sla(frame: pd.DataFrame, shop: Shop, sla: str | None) -> pd.DataFrame:
    """The rows of one SLA: one that is defined, or was when the frame was recorded."""
    return _only(frame, "sla", sla, [*shop.definitions.versions(), *map(str, frame["sla"].unique())])


def _only(frame: pd.DataFrame, column: str, value: str | None, known: Sequence[str]) -> pd.DataFrame:
    if value is None:
        return frame
    named(column, value, known)
    return frame[frame[column] == value]


def named(what: str, value: str, known: Sequence[str]) -> None:
    """``UsageError`` with those that there are, unless the value is one of them."""
    if value not in known:
        raise UsageError(f"no {what} is {value!r}; there are {', '.join(dict.fromkeys(known)) or 'none'}")


def _emit(frame: pd.DataFrame, format_: Format) -> None:
    match format_:
        case Format.CSV:
            print_data(as_csv(frame))
        case Format.PARQUET:
            if sys.stdout.isatty():
                raise UsageError(
                    "Parquet is not for the terminal; write it to a file, e.g. slamon verdicts --format parquet > verdicts.parquet"
                )
            sys.stdout.buffer.write(as_parquet(frame))
        case _:
            print_data(as_json(frame))

"""Silences: what somebody asks not to be told, until when and why; verdicts and scorecards count it all the same."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from slamon.bootstrap import Shop
from slamon.commands.judging import named, print_data
from slamon.commands.session import FINDINGS, HERE, Config, Json, Session, UsageError, parse_instant, session_of
from slamon.core.explain.wording import wall_words
from slamon.core.telling import LONGEST_SILENCE, Silence, share_silenced
from slamon.core.working_time.instants import DAY, iso
from slamon.store.database import reading, writing
from slamon.store.outbox.silences import KeptSilence, add_silence, end_silence, kept_silences, recent_misses

LOOKED_BACK = 30 * DAY
MOST_SHARE = 0.5

silence = typer.Typer(no_args_is_help=True, help="What is not to be told for a while; it is counted all the same.")

By = Annotated[str, typer.Option("--by", metavar="NAME", help="who asks for it")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="why")]


@silence.command("add")
def silence_add(  # noqa: PLR0913, PLR0917 - each option is a parameter
    context: typer.Context,
    until: Annotated[str, typer.Option("--until", metavar="INSTANT", help="when it ends, e.g. 2026-11-23T08:00:00+01:00; 30 days at most")],
    by: By,
    reason: Reason,
    config: Config = HERE,
    sla: Annotated[str | None, typer.Option("--sla", help="one promise")] = None,
    lead: Annotated[str | None, typer.Option("--lead", help="one lead")] = None,
    person: Annotated[str | None, typer.Option("--person", help="what a person holds, and what goes to them: id, name or address")] = None,
    team: Annotated[str | None, typer.Option("--team", help="one team")] = None,
    destination: Annotated[str | None, typer.Option("--destination", help="one channel or address")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="also when it covers more than half of the misses")] = False,
) -> None:
    """Ask not to be told of something until an instant; what is still open then is told then."""
    session = session_of(context)
    scopes = {"sla": sla, "lead": lead, "person": person, "team": team, "destination": destination}
    scope, value = _one(scopes)
    asked = _asked(Silence(0, scope, value, session.clock(), parse_instant("--until", until), by.strip(), reason.strip()))
    shop = session.shop(config)
    if scope == "sla":
        named("sla", value, list(shop.definitions.versions()))
    _keep(session, shop, asked, yes=yes)


def _keep(session: Session, shop: Shop, asked: Silence, *, yes: bool) -> None:
    """Keep a silence, unless it covers most misses and nobody confirmed it; say so when it covers none."""
    with reading(shop.engine) as connection:
        covered, misses = share_silenced(asked.scope, asked.value, recent_misses(connection, asked.since - LOOKED_BACK))
    if covered > MOST_SHARE * misses and not yes:
        raise UsageError(f"it would silence {covered:,} of the {misses:,} misses of the last 30 days; if that is meant, add --yes")
    with writing(shop.engine) as connection:
        number = add_silence(connection, asked)
    ends = wall_words(asked.until, shop.workspace.settings.timezone)
    told = f"Silence {number}: {asked.scope} {asked.value} until {ends}. It counts all the same."
    how = f"To end it before: slamon silence end {number} --by NAME --reason WHY"
    session.out.print(escape(f"{told} {how}"), highlight=False, soft_wrap=True)
    if not covered and misses and asked.scope != "destination":
        words = (
            f"None of the {misses:,} misses of the last 30 days would have been silenced by it: is {asked.value} written as the CRM does?"
        )
        session.err.print(escape(words), highlight=False, soft_wrap=True)


def _one(scopes: Mapping[str, str | None]) -> tuple[str, str]:
    """The one scope that was named; ``UsageError`` for none, and for several."""
    named = [(scope, value.strip()) for scope, value in scopes.items() if value and value.strip()]
    if len(named) != 1:
        raise UsageError("say what is to be silent, one of --sla, --lead, --person, --team or --destination")
    return named[0]


def _asked(asked: Silence) -> Silence:
    """The silence, if it can be kept; ``UsageError`` with the mend."""
    if not asked.by or not asked.reason:
        raise UsageError('say who asks and why: --by NAME --reason "trade fair"')
    if asked.until <= asked.since:
        raise UsageError(f"--until {iso(asked.until)} has passed; name an instant ahead")
    if asked.until - asked.since > LONGEST_SILENCE:
        raise UsageError(f"{LONGEST_SILENCE // DAY} days is the most; end it by {iso(asked.since + LONGEST_SILENCE)} and look again")
    return asked


@silence.command("list")
def silence_list(
    context: typer.Context,
    config: Config = HERE,
    every: Annotated[bool, typer.Option("--all", help="also those that have ended")] = False,
    as_json_: Json = False,
) -> None:
    """What is silent now: what, by whom, until when, why, and how much it has withheld."""
    session = session_of(context)
    now, shop = session.clock(), session.shop(config)
    with reading(shop.engine) as connection:
        found = [each for each in kept_silences(connection) if every or each.silence.until > now]
    if as_json_:
        print_data(json.dumps([_as_data(each) for each in found], ensure_ascii=False, indent=1))
        return
    if not found:
        earlier = "" if every else "; those that have ended: slamon silence list --all"
        session.out.print(f"Nothing is silent{earlier}", highlight=False, soft_wrap=True)
        return
    session.out.print(_table(found, shop.workspace.settings.timezone))


def _table(found: Sequence[KeptSilence], zone: str) -> Table:
    table = Table(title=f"Silences ({zone})")
    for heading in ("number", "what", "until", "by", "why", "withheld"):
        table.add_column(heading)
    for each in found:
        kept = each.silence
        until = wall_words(kept.until, zone) + (f" (ended by {each.ended_by})" if each.ended_by else "")
        words = (str(kept.id), f"{kept.scope} {kept.value}", until, kept.by, kept.reason, f"{each.withheld:,}")
        table.add_row(*(escape(word) for word in words))
    return table


def _as_data(each: KeptSilence) -> dict[str, object]:
    kept = asdict(each.silence)
    return kept | {"since": iso(each.silence.since), "until": iso(each.silence.until), "ended_by": each.ended_by, "withheld": each.withheld}


@silence.command("end")
def silence_end(
    context: typer.Context,
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="as in: slamon silence list")],
    by: By,
    reason: Reason,
    config: Config = HERE,
) -> None:
    """End a silence before its time; what it withheld and is still open is told at the next check."""
    session: Session = session_of(context)
    if not by.strip() or not reason.strip():
        raise UsageError('say who ends it and why: --by NAME --reason "fair is over"')
    with writing(session.shop(config).engine) as connection:
        ended = end_silence(connection, number, by.strip(), reason.strip(), session.clock())
    if not ended:
        session.err.print(f"No silence {number} stands; see: slamon silence list", highlight=False)
        raise typer.Exit(FINDINGS)
    session.out.print(f"Silence {number} has ended; what is still open is told at the next check.", highlight=False, soft_wrap=True)

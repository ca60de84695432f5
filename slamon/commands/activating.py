"""Activating a version: what it would change on cycles that are open, and the word of who puts it on them."""

import json
from typing import Annotated

import typer

from slamon.bootstrap import Shop
from slamon.commands.judging import named, print_data
from slamon.commands.session import HERE, AsOf, Config, Json, Session, UsageError, session_of
from slamon.core.verdicts.activation import Activation
from slamon.core.working_time.instants import iso
from slamon.jobs.decisions.activate import StandingActivationError, preview, record, standing
from slamon.terminal.activated import as_data, shown

Version = Annotated[str | None, typer.Option("--version", metavar="DATE", help="its effective_from; default: the newest version")]
OpenCycles = Annotated[bool, typer.Option("--open-cycles", help="put it on open cycles too; else they keep the version of their start")]


def activate_command(  # noqa: PLR0913, PLR0917 - each option is a parameter
    context: typer.Context,
    sla: Annotated[str, typer.Argument(metavar="SLA", help="the id of the promise")],
    config: Config = HERE,
    version: Version = None,
    open_cycles: OpenCycles = False,
    yes: Annotated[bool, typer.Option("--yes", help="record it; without, it is only shown what would change")] = False,
    by: Annotated[str | None, typer.Option("--by", metavar="NAME", help="who decides")] = None,
    reason: Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="why")] = None,
    as_of: AsOf = None,
    as_json_: Json = False,
) -> None:
    """Show which verdicts a new version would change on open cycles, and with --yes record whether it judges them."""
    session = session_of(context)
    shop = session.shop(config)
    chosen = _version(shop, sla, version)
    instant = session.as_of(as_of)
    activation = _decided(Activation(sla, chosen, instant, by or "", reason or ""), looks_only=as_of is not None) if yes else None
    stands = standing(shop.engine, sla, chosen, instant)
    found = preview(shop.engine, shop.definitions, sla, chosen, instant)
    if activation is not None:
        _record(shop, activation, open_cycles=open_cycles)
    if as_json_:
        print_data(json.dumps(as_data(found, recorded=yes and open_cycles), ensure_ascii=False, indent=1))
        return
    for part in shown(found):
        session.out.print(part, highlight=False, soft_wrap=isinstance(part, str))
    if activation is None:
        _say_how_to_record(session, sla, chosen, stands)
    else:
        _say_what_was_recorded(session, open_cycles=open_cycles)


def _version(shop: Shop, sla: str, version: str | None) -> str:
    """The version asked for, or the newest; ``UsageError`` where there is nothing that it could take over."""
    versions = shop.definitions.versions()
    named("sla", sla, list(versions))
    if versions[sla][0].kind in ("quota", "ratio"):
        raise UsageError(f"{sla} has periods, not cycles; the version in force judges each: slamon attainment --sla {sla}")
    later = [each.version for each in versions[sla][1:]]
    if not later:
        raise UsageError(f"{sla} has only the version {versions[sla][0].version}; add one with a later effective_from, then activate it")
    chosen = version or later[-1]
    named("later version", chosen, later)
    return chosen


def _decided(activation: Activation, *, looks_only: bool) -> Activation:
    if looks_only:
        raise UsageError("--as-of only looks, and --yes records as of now; leave one of them out")
    if not activation.by.strip() or not activation.reason.strip():
        raise UsageError('say who decides and why: --yes --by NAME --reason "agreed in the weekly"')
    return activation


def _record(shop: Shop, activation: Activation, *, open_cycles: bool) -> None:
    try:
        record(shop.engine, activation, open_cycles=open_cycles)
    except StandingActivationError as error:
        raise UsageError(str(error)) from None


def _say_how_to_record(session: Session, sla: str, version: str, stands: Activation | None) -> None:
    if stands is None:
        typed = f"slamon activate {sla} --version {version} --open-cycles --yes --by NAME --reason WHY"
        told = f"Nothing is recorded. To put it on open cycles: {typed}"
    else:
        said = f"{stands.by} put it on open cycles on {iso(stands.at).replace('.000000Z', 'Z')} ({stands.reason})"
        told = f"Nothing is recorded. {said}; that stands."
    session.out.print(told, highlight=False, soft_wrap=True, markup=False)


def _say_what_was_recorded(session: Session, *, open_cycles: bool) -> None:
    if open_cycles:
        told = "Recorded: from the next check on it judges these cycles from their start."
    else:
        told = "Recorded: it is for cycles that begin under it; those that are open keep the version of their start."
    session.out.print(told, highlight=False, soft_wrap=True, markup=False)

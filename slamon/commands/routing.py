"""Who would hear what of one lead, when and why, without sending anything."""

import json
from itertools import groupby

import typer
from rich.markup import escape

from slamon.commands.judging import Sla, named, print_data, refused_words
from slamon.commands.session import FINDINGS, HERE, AsOf, Config, Json, session_of
from slamon.core.explain.wording import on_clock, short_words, wall_words
from slamon.core.working_time.instants import SECOND, iso
from slamon.jobs.announcing.rehearse import Route, routes_of
from slamon.jobs.explain import telling_of

TOLD = ("said", "queued")
"""How the status begins of what is on its way or there."""


def route_command(
    context: typer.Context, lead: str, config: Config = HERE, sla: Sla = None, as_of: AsOf = None, as_json_: Json = False
) -> None:
    """Who would hear what of a lead's open cycles, when and why, if nobody answered; nothing is sent."""
    session = session_of(context)
    shop = session.shop(config)
    if sla is not None:
        named("sla", sla, list(shop.definitions.versions()))
    telling = telling_of(shop.workspace.settings.sources)
    found = routes_of(shop.engine, shop.definitions, shop.announcements(), lead, session.as_of(as_of), sla, telling)
    if as_json_:
        print_data(json.dumps([_as_data(each) for each in found], ensure_ascii=False, indent=1))
        return
    if not found:
        refused = refused_words(shop, lead)
        session.out.print(escape(f"Nothing of {lead} is open, so nobody would hear of it; see: slamon explain {lead}"), soft_wrap=True)
        if refused:
            session.out.print(f"What the CRM says of it: {refused}", highlight=False, soft_wrap=True)
        raise typer.Exit(FINDINGS)
    zone = shop.definitions.timezone
    session.out.print(escape(f"Who would hear what of {lead}, if nobody answered ({zone}):"), highlight=False, soft_wrap=True)
    for sla_id, routes in groupby(found, key=lambda each: (each.rehearsed.sla, each.rehearsed.cycle_id)):
        session.out.print(escape(sla_id[0]), highlight=False, style="bold")
        for each in routes:
            session.out.print(escape(f"  {_in_words(each, zone)}"), highlight=False, soft_wrap=True)


def _in_words(each: Route, zone: str) -> str:
    """``Wed 2026-11-25 11:42  breach to #sales (team channel): to come``.

    In front stands the moment when it will be said; of what was said, and of what is not said, when it came due.
    """
    told = each.rehearsed
    role = f"{told.role}: {told.recipient.instead}" if told.recipient.instead else told.role
    what = f"{told.kind} ({told.at})" if told.at != told.kind else told.kind
    over = each.status.startswith(TOLD)
    at = told.instant if over else each.at
    when = [f"{each.status} {short_words(each.at, zone, after=told.instant)}"] if over else [each.status]
    if at // SECOND != told.instant // SECOND:
        due = short_words(told.instant, zone, after=at)
        when = [f"due since {due}"] if each.status == "due" else [each.status, f"due {due}"]
    status = ", ".join(filter(None, (*when, on_clock(each.why, zone))))
    return f"{wall_words(at, zone)}  {what} to {told.recipient.address} ({role}): {status}"


def _as_data(each: Route) -> dict[str, object]:
    told = each.rehearsed
    return {
        "sla": told.sla,
        "cycle": told.cycle_id,
        "kind": told.kind,
        "moment": told.at,
        "due_at": iso(told.instant),
        "at": iso(each.at),
        "to": told.recipient.address,
        "channel": told.recipient.channel,
        "role": told.role,
        "instead": told.recipient.instead,
        "status": each.status,
        "why": each.why,
    }

"""Excusing a cycle and accepting late evidence: what it changes, then who decided and why."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from slamon.bootstrap import Shop
from slamon.commands.judging import Sla, named, print_data
from slamon.commands.session import FINDINGS, HERE, Config, Json, Session, UsageError, session_of
from slamon.jobs.decisions.ruling import Change, Subject, late_evidence, missed_cycles, preview, record
from slamon.jobs.explain import Telling, telling_of

By = Annotated[str | None, typer.Option("--by", metavar="NAME", help="who decides; without, it is only shown what would change")]
Reason = Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="why")]


def excuse_command(
    context: typer.Context,
    subject: Annotated[str, typer.Argument(metavar="CYCLE|LEAD", help="the cycle's id, or the lead that has one missed cycle")],
    config: Config = HERE,
    sla: Sla = None,
    by: By = None,
    reason: Reason = None,
    as_json_: Json = False,
) -> None:
    """Take a missed cycle out of the count, with who decided and why; it stays visible as excused."""
    session = session_of(context)
    shop = _shop(session, config, sla)
    found = missed_cycles(shop.engine, subject, sla)
    if not found:
        raise UsageError(f"no missed cycle is or belongs to {subject!r}; see: slamon verdicts --state breached")
    _rule(session, shop, _one(found, "cycle", subject), by, reason, as_json=as_json_)


def accept_command(
    context: typer.Context,
    subject: Annotated[str, typer.Argument(metavar="EVENT|LEAD", help="the event's id, or the lead that has one event logged too late")],
    config: Config = HERE,
    sla: Sla = None,
    by: By = None,
    reason: Reason = None,
    as_json_: Json = False,
) -> None:
    """Accept evidence that was logged too late to count, with who decided and why."""
    session = session_of(context)
    shop = _shop(session, config, sla)
    found = late_evidence(shop.engine, shop.definitions, subject, session.clock(), sla, _telling(shop))
    if not found:
        raise UsageError(f"nothing of {subject!r} was logged too late to count; see: slamon explain {subject}")
    _rule(session, shop, _one(found, "event", subject), by, reason, as_json=as_json_)


def _shop(session: Session, config: Path, sla: str | None) -> Shop:
    shop = session.shop(config)
    if sla is not None:
        named("sla", sla, list(shop.definitions.versions()))
    return shop


def _telling(shop: Shop) -> Telling:
    return telling_of(shop.workspace.settings.sources)


def _one(found: list[Subject], what: str, asked: str) -> Subject:
    if len(found) == 1:
        return found[0]
    listed = "; ".join(f"{each.id} ({each.words})" for each in found[:10])
    raise UsageError(f"{asked!r} has {len(found)} that may be meant; name the {what}: {listed}")


def _rule(session: Session, shop: Shop, subject: Subject, by: str | None, reason: str | None, *, as_json: bool) -> None:
    """Show what the ruling changes, and record it where somebody decided."""
    decided = bool((by or "").strip() or (reason or "").strip())
    if decided and not ((by or "").strip() and (reason or "").strip()):
        raise UsageError('say who decides and why, both: --by NAME --reason "phone outage"')
    now = session.clock()
    changes = preview(shop.engine, shop.definitions, subject, now, _telling(shop))
    if decided:
        record(shop.engine, subject, str(by).strip(), str(reason).strip(), now)
    if as_json:
        print_data(json.dumps({"subject": asdict(subject), "changes": [asdict(each) for each in changes], "recorded": decided}, indent=1))
    else:
        _show(session, subject, changes, decided=decided)
    if not changes and not decided:
        raise typer.Exit(FINDINGS)


def _show(session: Session, subject: Subject, changes: list[Change], *, decided: bool) -> None:
    words = "excuse" if subject.kind == "excuse" else "accept"
    lines = [f"{words}: {subject.words}"]
    lines += [f"  {each.sla}: {each.before} becomes {each.after} (cycle {each.cycle_id})" for each in changes]
    lines += [] if changes else ["  It changes no verdict."]
    told = "Recorded. The next check takes it as evidence and posts the correction where the miss was told."
    ask = f"Nothing is recorded. To record it: slamon {words} {subject.id} --by NAME --reason WHY"
    for line in (*lines, told if decided else ask):
        session.out.print(escape(line), highlight=False, soft_wrap=True)

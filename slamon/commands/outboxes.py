"""The outbox by hand: what waits, one message's story, try again, drop; and a test message."""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Annotated, Any
from uuid import NAMESPACE_URL, uuid5

import typer
from rich.markup import escape
from rich.table import Table
from sqlalchemy import Connection

from slamon.bootstrap import Shop
from slamon.channels import DeliveryError, Failure, Outgoing, PreviewChannel
from slamon.commands.judging import print_data
from slamon.commands.session import FAILED, HERE, Config, Json, Session, UsageError, session_of
from slamon.core.alerts import wire_of
from slamon.core.masking import masked, one_line, without_people
from slamon.core.working_time.instants import SECOND, iso
from slamon.messages.operator import test_message
from slamon.store.database import reading, writing
from slamon.store.outbox.outbox_hand import Letter, Ruling, called, dropped, held, letters, retried
from slamon.store.outbox.recipients import recipients
from slamon.store.schema import DELIVERY_STATES

WAITING = ("pending", "dispatching", "unsure", "dead")
DATE = 10
"""Letters of a date, which a narrow screen shows above its time of day."""
INSTANTS = ("created_at", "release_at", "sent_at", "lease_until", "sweep_at")

outbox = typer.Typer(no_args_is_help=True, help="The messages that wait, and those that were given up: look, try again, drop.")

By = Annotated[str, typer.Option("--by", metavar="NAME", help="who decides")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="why")]


@outbox.command("list")
def outbox_list(
    context: typer.Context,
    config: Config = HERE,
    every: Annotated[bool, typer.Option("--all", help="also those that were sent or dropped")] = False,
    state: Annotated[str | None, typer.Option("--state", help=f"only these: {', '.join(DELIVERY_STATES)}")] = None,
    to: Annotated[str | None, typer.Option("--to", metavar="DESTINATION", help="only those to one channel or address")] = None,
    as_json_: Json = False,
) -> None:
    """What waits to be sent and what was given up, newest first; people by id, not by address."""
    session = session_of(context)
    if state is not None and state not in DELIVERY_STATES:
        raise UsageError(f"--state {state!r} is none; write one of {', '.join(DELIVERY_STATES)}")
    states = [state] if state else DELIVERY_STATES if every else WAITING
    with reading(session.shop(config).engine) as connection:
        found = _called_by_id(connection, letters(connection, states, to))
    if as_json_:
        print_data(json.dumps([_data(each) for each in found], ensure_ascii=False, indent=1))
        return
    table = Table(title="Outbox (UTC)", padding=0)
    for heading in ("id", "to", "what", "state", "queued", "tries", "next try"):
        table.add_column(
            heading, no_wrap=heading in ("id", "state", "tries"), min_width=DATE if heading in ("queued", "next try") else None
        )
    for each in found:
        queued = iso(each.created_at)[:19].replace("T", " ")
        place = f"{each.channel} {escape(_hidden(each.destination))}"
        table.add_row(each.id[:8], place, each.kind, each.state, queued, str(each.attempts), _next_try(each))
    session.out.print(table)
    for each in found:
        if each.error:
            session.out.print(f"{each.id[:8]}  {_hidden(each.error)}", highlight=False, soft_wrap=True, markup=False)


def _next_try(letter: Letter) -> str:
    """When it is sent or looked for next; nothing of what is being sent, or is not sent any more."""
    return iso(letter.release_at)[:19].replace("T", " ") if letter.state in ("pending", "unsure") else "–"


@outbox.command("show")
def outbox_show(
    context: typer.Context,
    delivery: Annotated[str, typer.Argument(metavar="ID", help="its id, or the beginning of it")],
    config: Config = HERE,
    as_json_: Json = False,
) -> None:
    """One message's story: where it stands, what was tried, which leads' cycles it speaks of; not its text."""
    session = session_of(context)
    with reading(session.shop(config).engine) as connection:
        (found,) = _called_by_id(connection, [_one(called(connection, delivery), delivery)])
    if as_json_:
        print_data(json.dumps(_data(found), ensure_ascii=False, indent=1))
        return
    for name, value in _data(found).items():
        shown = ", ".join(map(str, value)) if isinstance(value, list) else value
        session.out.print(f"{name:>12}  {escape(str('–' if shown in (None, '') else shown))}", highlight=False, soft_wrap=True)
    if found.state == "dead":
        typed = f'slamon outbox retry {found.id[:8]} --by NAME --reason "what was mended"'
        session.out.print(f"To send it: {typed}", highlight=False, soft_wrap=True, markup=False)


@outbox.command("retry")
def outbox_retry(
    context: typer.Context,
    delivery: Annotated[list[str] | None, typer.Argument(metavar="ID…", help="their ids, or the beginnings of them")] = None,
    config: Config = HERE,
    dead: Annotated[bool, typer.Option("--dead", help="all that were given up")] = False,
    waits: Annotated[bool, typer.Option("--held", help="all that wait for a channel that refused us: it is mended")] = False,
    by: By = "",
    reason: Reason = "",
) -> None:
    """Put messages back in line: as if never tried those that were given up, at once those that wait."""
    session = session_of(context)
    if not delivery and not dead and not waits:
        raise UsageError("say which: slamon outbox retry ID, --dead for all that were given up, or --held for what a closed channel holds")
    engine = session.shop(config).engine
    ruling = _ruling(session, by, reason, "what was mended")
    with writing(engine) as connection:
        chosen = [_one(called(connection, each), each).id for each in delivery or ()]
        chosen += [each.id for each in letters(connection, ["dead"], None, limit=None)] if dead else []
        chosen += held(connection) if waits else []
        many = sum(retried(connection, each, ruling) for each in dict.fromkeys(chosen))
    told = "1 message is" if many == 1 else f"{many} messages are"
    session.out.print(f"{told} back in line; slamon run sends them, or: slamon check", highlight=False)


@outbox.command("drop")
def outbox_drop(
    context: typer.Context,
    delivery: Annotated[str, typer.Argument(metavar="ID", help="its id, or the beginning of it")],
    config: Config = HERE,
    by: By = "",
    reason: Reason = "",
) -> None:
    """Take a message out of the line for ever; what it would have said counts as said."""
    session = session_of(context)
    engine = session.shop(config).engine
    ruling = _ruling(session, by, reason, "why it is not to be said")
    with writing(engine) as connection:
        found = _one(called(connection, delivery), delivery)
        gone = dropped(connection, found.id, ruling)
    if not gone:
        raise UsageError(f"{found.id[:8]} is {found.state}; only a message that waits or was given up can be dropped")
    session.out.print(f"{found.id[:8]} is dropped.", highlight=False)


def send_command(
    context: typer.Context,
    test: Annotated[str, typer.Option("--test", metavar="DESTINATION", help="a Slack channel, a Slack user's id or a mail address")],
    config: Config = HERE,
    via: Annotated[
        str, typer.Option("--via", metavar="CHANNEL", help="slack or email: for a person's address, which of both; default: email")
    ] = "",
) -> None:
    """Send a harmless test message past the outbox, and say exactly what became of it; exit code 3 when it did not arrive."""
    session = session_of(context)
    shop = session.shop(config)
    channel = _channel_of(test, via)
    now = session.clock()
    payload = test_message(channel, now, shop.workspace.settings.timezone)
    outgoing = Outgoing(str(uuid5(NAMESPACE_URL, f"slamon test {test} {now}")), channel, test, "test", payload, now)
    try:
        reference = shop.channels[channel].send(outgoing)
    except DeliveryError as error:
        said = f"{_NOT[error.failure]}: {_hidden(error.reason)}. {_mend(channel, error.failure)}"
        session.err.print(said, highlight=False, soft_wrap=True, markup=False)
        raise typer.Exit(FAILED) from None
    took = (session.clock() - now) / SECOND
    session.out.print(_arrived(shop, channel, reference, took), highlight=False, soft_wrap=True, markup=False)
    if isinstance(shop.channels[channel], PreviewChannel):
        raise typer.Exit(FAILED)
    if "@" in test and not via and not isinstance(shop.channels["slack"], PreviewChannel):
        hint = "That was mail. Alerts reach people in Slack; to test that as well, add: --via slack"
        session.out.print(hint, highlight=False, soft_wrap=True, markup=False)


_NOT = {
    Failure.DEFINITE: "Not sent",
    Failure.AMBIGUOUS: "Nobody knows whether it arrived, the answer was lost",
    Failure.RATE_LIMITED: "Not sent, too much was sent just before",
    Failure.PERMANENT: "Not sent, this destination or message is refused",
    Failure.CLOSED: "Not sent, nothing of ours is let in",
}
_MEND = {
    "slack": "See that the app is in that channel and that the token is right; slamon doctor looks at both.",
    "email": "See email.smtp in slamon.yaml and SLAMON_SMTP_PASSWORD; slamon doctor looks at both.",
}


def _mend(channel: str, failure: Failure) -> str:
    if failure in (Failure.DEFINITE, Failure.AMBIGUOUS):
        setting = "slack.api_url" if channel == "slack" else "email.smtp"
        return f"See whether it can be reached from this computer (network, proxy, {setting}); slamon doctor tries it."
    return "Please wait, and try again." if failure is Failure.RATE_LIMITED else _MEND[channel]


def _channel_of(destination: str, via: str = "") -> str:
    """By which channel it is reached: what was named, where a person's address could be either."""
    if via not in ("", "slack", "email") or (via == "email" and "@" not in destination):
        raise UsageError(f"--via {via!r} does not lead to {destination!r}; write slack, or email for a mail address")
    known = destination[:1] in "#CDGUW" and len(destination) > 1 and not any(letter.isspace() for letter in destination)
    if not known and "@" not in destination:
        raise UsageError(f'{destination!r} is no destination; write a channel in quotes ("#sales"), a Slack id or a mail address')
    return via or wire_of(destination)


def _arrived(shop: Shop, channel: str, reference: dict[str, Any], took: float) -> str:
    if isinstance(shop.channels[channel], PreviewChannel):
        return f"Written as a file, since {channel} is not configured: {reference['files'][0]}"
    if channel == "slack":
        return f"Sent: Slack took it as message {reference['ts']} in {reference['channel']}, after {took:.1f} s."
    return f"Sent: the mail server took it as {reference['message_id']}, after {took:.1f} s."


def _ruling(session: Session, by: str, reason: str, why: str) -> Ruling:
    if not by.strip() or not reason.strip():
        raise UsageError(f'say who decides and why: --by NAME --reason "{why}"')
    return Ruling(by.strip(), reason.strip(), session.clock())


def _one(found: Sequence[Letter], asked: str) -> Letter:
    if not found:
        raise UsageError(f"no message has an id that begins with {asked!r}; see: slamon outbox list --all")
    if len(found) > 1:
        raise UsageError(f"{len(found)} messages have ids that begin with {asked!r}; type more of it")
    return found[0]


def _called_by_id(connection: Connection, found: Sequence[Letter]) -> list[Letter]:
    """The messages with those whom they go to as the operator may see them."""
    named = recipients(connection, [each.destination for each in found])
    return [replace(each, destination=named[each.destination]) for each in found]


def _data(letter: Letter) -> dict[str, Any]:
    """A message as data, instants written out; neither secrets nor people's addresses."""
    shown: dict[str, Any] = {name: _hidden(value) if isinstance(value, str) else value for name, value in asdict(letter).items()}
    shown |= {name: None if shown[name] is None else iso(shown[name]) for name in INSTANTS}
    return shown | {"cycles": list(letter.cycles)}


def _hidden(text: str) -> str:
    return without_people(masked(one_line(text)))

"""The operator is told of messages that do not get through: by the other route, once a cause, with the command that mends it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from sqlalchemy import Connection, Engine

from slamon.core.alerts import wire_of
from slamon.core.explain.wording import on_clock
from slamon.core.masking import without_people
from slamon.core.working_time.instants import DAY, MINUTE, iso
from slamon.jobs.troubles.causes import AGAIN_AFTER, NAMES, RETRY, WHO, Cause, lasting, short
from slamon.jobs.troubles.gone_causes import gone_causes
from slamon.jobs.troubles.refused import is_our_bug, not_told_lately, what_helps
from slamon.jobs.troubles.source_troubles import source_causes
from slamon.jobs.troubles.stuck_causes import stuck_causes
from slamon.messages.operator import operator_message
from slamon.store.database import reading, writing
from slamon.store.heartbeats import not_well
from slamon.store.outbox import Draft, Member, queue
from slamon.store.outbox.recipients import recipients
from slamon.store.outbox.troubles import OPERATOR, GivenUp, closed, given_up, last_told, sent_since

STILL_AFTER = DAY
"""And again of one that lasts."""
MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Operators:
    """Who looks after slamon (mail addresses and Slack destinations), which channels really send, and the zone they live in."""

    addresses: tuple[str, ...]
    configured: frozenset[str]
    timezone: str


@dataclass(frozen=True, slots=True)
class Told:
    """How many notices were queued, and the causes of which nobody could be told, in words for the journal."""

    queued: int = 0
    untold: tuple[str, ...] = ()


@dataclass(slots=True)
class SaidHere:
    """What one process has said of late in its journal for want of an operator, so that it is said once an hour; instants by words."""

    at: dict[str, int] = field(default_factory=dict)

    def news(self, words: Iterable[str], now: int) -> list[str]:
        """Those that were not said within the hour before ``now`` (microseconds UTC), which counts as saying them."""
        self.at = {said: at for said, at in self.at.items() if 0 <= now - at < AGAIN_AFTER}
        found = [said for said in words if said not in self.at]
        self.at |= dict.fromkeys(found, now)
        return found


def tell_operator(engine: Engine, operators: Operators, now: int) -> Told:
    """Queue a notice for each cause that the operator does not know of; nothing is written when there is none."""
    with reading(engine) as connection:
        found = [cause for cause in _all_causes(connection, now) if _is_news(connection, cause, now)]
    if not found:
        return Told()
    if not operators.addresses:
        return Told(untold=tuple(f"{cause.headline} (no operator is named in slamon.yaml)" for cause in found))
    drafts = [draft for cause in found for draft in _drafts(cause, operators, now)]
    with writing(engine) as connection:
        return Told(len(queue(connection, drafts)))


def routes(failing: str, operators: Operators) -> Iterator[tuple[str, str]]:
    """(channel, address) for a trouble of one channel: whoever another working channel reaches, else whoever any does."""
    known = [(wire_of(address), address) for address in operators.addresses]
    others = [(channel, address) for channel, address in known if channel != failing and channel in operators.configured]
    # Slack knows people by their mail addresses, so an operator with nothing else is told there when mail is closed.
    by_slack = [("slack", address) for _, address in known if failing == "email" and "slack" in operators.configured]
    yield from others or by_slack or known


def _is_news(connection: Connection, cause: Cause, now: int) -> bool:
    told = last_told(connection, cause.key)
    if told is None:
        return True
    if now - told < cause.rest:
        return False
    return not cause.lasts or now - told >= STILL_AFTER or sent_since(connection, cause.channel, told)


def _drafts(cause: Cause, operators: Operators, now: int) -> Iterator[Draft]:
    lines = [on_clock(line, operators.timezone) for line in cause.lines]
    for channel, address in routes(cause.channel, operators):
        payload = operator_message(channel, cause.headline, lines, cause.ask, now, operators.timezone)
        yield Draft(channel, address, OPERATOR, now // MINUTE, cause.key, payload, now, now, cause.members)


def _all_causes(connection: Connection, now: int) -> Iterator[Cause]:
    yield from _causes(connection, now)
    yield from _parked(connection, now)
    yield from source_causes(connection, now)
    yield from _not_used(connection, now)


def _causes(connection: Connection, now: int) -> Iterator[Cause]:
    shut = closed(connection)
    for each in shut:
        key, name = f"closed/{each.channel}/{short(each.error)}", NAMES.get(each.channel, each.channel)
        waiting = f"{_messages(each.waiting)} wait{'s' if each.waiting == 1 else ''} since {iso(each.since)[:16].replace('T', ' ')} UTC."
        yield lasting(
            key,
            each.channel,
            f"{name} does not let us in",
            (f"{name} answers: {without_people(each.error)}.", f"{waiting} They are kept, and go out once it is mended."),
            f"Please mend it ({_MENDS.get(each.channel, 'slamon doctor says what is wrong')}), then run: {RETRY} --held {WHO}",
            now,
        )
    for (channel, error), group in groupby(
        sorted(not_told_lately(connection, given_up(connection), now), key=_of_one_kind), key=_of_one_kind
    ):
        dead = list(group)
        yield _given_up(channel, error, dead, recipients(connection, [each.destination for each in dead[:MOST_NAMED]]))
    yield from stuck_causes(connection, {each.channel for each in shut}, now)
    yield from gone_causes(connection, now)


def _parked(connection: Connection, now: int) -> Iterator[Cause]:
    """Reports that could not be made when they were tried last."""
    for job, reason in not_well(connection, "report "):
        key = f"parked/{job}/{short(reason)}"
        yield lasting(
            key,
            "",
            f"The {job.removeprefix('report ')} report could not be made",
            (f"The reason: {without_people(reason)}.", "It is tried again each hour; the other reports go out as ever."),
            "Please look at the journal of slamon run, and run: slamon doctor. Thank you.",
            now,
        )


def _not_used(connection: Connection, now: int) -> Iterator[Cause]:
    """A change of settings or definitions that the running service did not take."""
    for job, reason in not_well(connection, "reload"):
        key = f"{job}/{short(reason)}"
        yield lasting(
            key,
            "",
            "A change of slamon's files is not used",
            (f"The reason: {without_people(reason)}.", "What was in force before stays in force; nothing was judged by the change."),
            "Please mend the file; slamon validate says what is wrong, and where. Thank you.",
            now,
        )


_MENDS = {
    "slack": "see SLAMON_SLACK_BOT_TOKEN and the app's scopes; slamon doctor says more",
    "email": "see email.smtp and SLAMON_SMTP_PASSWORD; slamon doctor says more",
}


def _given_up(channel: str, error: str, group: Sequence[GivenUp], called: Mapping[str, str]) -> Cause:
    named = [f"{each.id[:8]} ({each.kind}) to {called[each.destination]}" for each in group[:MOST_NAMED]]
    more = [f"and {len(group) - MOST_NAMED} more: slamon outbox list"] if len(group) > MOST_NAMED else []
    which = group[0].id[:8] if len(group) == 1 else "--dead"
    return Cause(
        f"dead/{channel}/{short(error)}",
        channel,
        f"{_messages(len(group))} could not be delivered",
        (f"The reason: {without_people(error)}.", *named, *more),
        what_helps(error, [group[0].id]) if is_our_bug(error) else f"Once it is mended, please run: {RETRY} {which} {WHO}",
        tuple(Member(f"dead/{each.id}", OPERATOR, each.fence) for each in group),
    )


def _of_one_kind(each: GivenUp) -> tuple[str, str]:
    return (each.channel, each.error)


def _messages(count: int) -> str:
    return "1 message" if count == 1 else f"{count:,} messages"

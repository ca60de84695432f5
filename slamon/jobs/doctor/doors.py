"""Whether the doors are open: each source can be read now, each channel lets us in, each destination that is named takes us."""

from collections.abc import Iterable, Iterator, Mapping

from slamon.channels import Channel, DeliveryError, Examinable, Failure, Surveyable
from slamon.channels.slack_access import ARCHIVED, NO_MEMBER
from slamon.core.definitions import DefinitionSet
from slamon.jobs.doctor.diagnosis import Diagnosis
from slamon.settings import Settings, SourceSettings, Workspace
from slamon.sources import SourceError, SourceTable, tables_of
from slamon.sources.mapped_columns import check_mapping

_MENDS = {
    "slack": "check SLAMON_SLACK_BOT_TOKEN, and that the app is installed with chat:write, files:write and channels:history",
    "email": "check email.smtp in slamon.yaml, and SLAMON_SMTP_PASSWORD",
}

_ADDRESSES = {"slack": "slack.api_url", "email": "email.smtp"}


def doors_to_sources(workspace: Workspace) -> Iterator[Diagnosis]:
    """Each source opened as a sync would, up to its columns; no row is read."""
    for name, settings in workspace.settings.sources.items():
        yield _source(name, settings, workspace)


def _source(name: str, settings: SourceSettings, workspace: Workspace) -> Diagnosis:
    check = f"access to {name}"
    try:
        tables = tables_of(name, settings, workspace.folder)
        for table in tables:
            _opened(table)
    except SourceError as error:
        return Diagnosis(check, ok=False, detail=str(error), mend=f"mend it, then run: slamon sync {name}")
    return Diagnosis(check, ok=True, detail=f"{len(tables)} tables open, with every column that is mapped")


def _opened(table: SourceTable) -> None:
    with table.open() as reading:
        check_mapping(table.mapping, reading.columns, table.where)


def destinations_named(settings: Settings, definitions: DefinitionSet | None) -> list[str]:
    """Every channel and address that settings and definitions name, in order, once."""
    found = [settings.slack.default_channel, *settings.operator]
    found += [address for team in settings.people.teams.values() for address in (team.channel, team.manager) if address]
    for report in (settings.reports.daily, settings.reports.weekly, settings.reports.monthly):
        found += [*report.to, *([report.owner] if report.owner else [])] if report else []
    if definitions is not None:
        own = [each.alerts for each in definitions.definitions if isinstance(each.alerts, tuple)]
        found += [recipient for alerts in (*definitions.routes.values(), *own) for alert in alerts for recipient in alert.to]
    return [each for each in dict.fromkeys(found) if each.startswith(("#", "C", "G", "U")) or "@" in each]


def doors_to_people(channels: Mapping[str, Channel], destinations: Iterable[str]) -> Iterator[Diagnosis]:
    """Each channel that is configured, and what is missing there; nothing is sent."""
    for name, channel in channels.items():
        if name != "preview":
            door = _channel(name, channel)
            yield door
            if door.ok and isinstance(channel, Surveyable):
                yield from _destinations(name, channel, list(destinations))


def _channel(name: str, channel: Channel) -> Diagnosis:
    if not isinstance(channel, Examinable):
        wanted = {"slack": "SLAMON_SLACK_BOT_TOKEN in the environment", "email": "email: in slamon.yaml"}.get(name, "its settings")
        return Diagnosis(name, ok=True, detail=f"preview: messages are written as files (to send them, give {wanted})")
    try:
        return Diagnosis(name, ok=True, detail=channel.examine())
    except DeliveryError as error:
        return _shut(name, error)


def _shut(name: str, error: DeliveryError) -> Diagnosis:
    """A channel that cannot be reached is not mended by another token, and one that refuses us not by another network."""
    if error.failure in (Failure.DEFINITE, Failure.AMBIGUOUS):
        mend = f"see whether it can be reached from this computer (network, proxy, {_ADDRESSES.get(name, 'its address')})"
        return Diagnosis(name, ok=False, detail=f"does not answer: {error.reason}", mend=mend)
    if error.failure is Failure.RATE_LIMITED:
        return Diagnosis(
            name, ok=False, detail=f"too much was asked of it: {error.reason}", mend="wait a minute, then run slamon doctor again"
        )
    return Diagnosis(name, ok=False, detail=f"does not let us in: {error.reason}", mend=_MENDS.get(name, "check its settings"))


def _destinations(name: str, channel: Surveyable, destinations: list[str]) -> Iterator[Diagnosis]:
    try:
        missing = channel.lacks(destinations)
    except DeliveryError as error:
        mend = (
            "give the app the scopes channels:read and groups:read, and install it again"
            if error.reason == "missing_scope"
            else "try again"
        )
        yield Diagnosis(f"{name} channels", ok=False, detail=f"cannot be looked at: {error.reason}", mend=mend)
        return
    for what, reason in missing.items():
        mend = f"give it to the app and install it again ({what})" if what.startswith("scope ") else _opened_by(what, reason)
        yield Diagnosis(f"{name} {what}", ok=False, detail=reason, mend=mend)
    if not missing:
        count = sum(each.startswith(("#", "C", "G")) and "@" not in each for each in destinations)
        yield Diagnosis(f"{name} channels", ok=True, detail=f"{count} named, all of them take us")


def _opened_by(channel: str, reason: str) -> str:
    """What makes a channel take us; nobody can be invited to one that is not there."""
    if reason == NO_MEMBER:
        return f"in {channel}, type: /invite @slamon"
    if reason == ARCHIVED:
        return f"name another channel where {channel} is named, or unarchive it in Slack"
    return f"correct the name where {channel} is named (slamon.yaml, routes, promises); if it is private, type there: /invite @slamon"

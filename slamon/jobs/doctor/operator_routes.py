"""What the doctor says of the operator: whether anybody hears of troubles, also of those of the channel by which one hears."""

from collections.abc import Iterator, Mapping, Sequence

from slamon.channels import Channel, Examinable
from slamon.jobs.doctor.diagnosis import Diagnosis
from slamon.jobs.troubles import Operators, routes
from slamon.jobs.troubles.causes import NAMES
from slamon.settings import Workspace


def who_is_told(workspace: Workspace, channels: Mapping[str, Channel]) -> Iterator[Diagnosis]:
    """Whether somebody is told when messages do not get through, and when slamon itself does not."""
    real = [name for name, channel in channels.items() if name != "preview" and isinstance(channel, Examinable)]
    settings = workspace.settings
    if real and not settings.operator:
        yield Diagnosis(
            "operator",
            ok=False,
            detail="nobody is told of messages that do not get through",
            mend="write operator: [ADDRESS] in slamon.yaml",
        )
    elif alone := _without_another_route(workspace, real):
        detail = f"{len(settings.operator)} named, and none of them hears of it when {alone} is closed"
        mend = "name a mail address (with email.smtp) and a Slack channel under operator in slamon.yaml"
        yield Diagnosis("operator", ok=False, detail=detail, mend=mend)
    elif real:
        signal = "" if settings.dead_man_url else "; dead_man_url is not set: nobody is told when slamon itself stops"
        yield Diagnosis("operator", ok=True, detail=f"{len(settings.operator)} named{signal}")
    elif not settings.operator:
        detail = "nobody is named yet; write operator: [ADDRESS] in slamon.yaml before messages are really sent"
        yield Diagnosis("operator", ok=True, detail=detail)


def _without_another_route(workspace: Workspace, real: Sequence[str]) -> str:
    """The channels whose own troubles would be told by themselves alone, in words; empty when there are none."""
    operators = Operators(workspace.settings.operator, frozenset(real), workspace.settings.timezone)
    alone = [name for name in real if not any(channel in real and channel != name for channel, _ in routes(name, operators))]
    return " or ".join(NAMES.get(name, name) for name in alone)

"""Where messages go out: one file a channel, each only sends and says what kind of failure it met."""

from collections.abc import Callable, Mapping

from slamon.channels.outgoing import Channel, DeliveryError, Examinable, Failure, Finder, Outgoing, Shown, Surveyable, Sweeper
from slamon.channels.preview import PreviewChannel
from slamon.channels.slack import SlackChannel, slack_of
from slamon.channels.smtp import SmtpChannel, smtp_of
from slamon.settings import Workspace

CHANNELS: Mapping[str, Callable[[Workspace], Channel | None]] = {"slack": slack_of, "email": smtp_of}
"""How each channel is made of a workspace's settings and secrets; None where it is not set up, and a preview takes its place."""

__all__ = [
    "CHANNELS",
    "Channel",
    "DeliveryError",
    "Examinable",
    "Failure",
    "Finder",
    "Outgoing",
    "PreviewChannel",
    "Shown",
    "SlackChannel",
    "SmtpChannel",
    "Surveyable",
    "Sweeper",
]

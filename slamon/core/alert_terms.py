"""Who is told what when, as definitions say it: moments, alerts and warnings."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

from slamon.core.durations import Duration, parse_duration
from slamon.core.terms import Flag, OneOrMany, Recipients, Terms, parse_share


@dataclass(frozen=True, slots=True)
class AlertMoment:
    """When an alert is due: a warning share or time before due, or an event of the cycle, plus an offset."""

    event: Literal["warning", "breach", "answered late", "corrected"]
    share: float | None = None
    before: Duration | None = None
    after: Duration | None = None

    def __str__(self) -> str:
        if self.share is not None:
            return f"{self.share * 100:g}%"
        if self.before is not None:
            return f"due - {self.before}"
        return f"{self.event} + {self.after}" if self.after else self.event


def parse_moment(text: object) -> AlertMoment:
    """``80%``, ``due - 15m``, ``breach``, ``breach + 4wh``, ``answered late`` or ``corrected``; ``ValueError`` with the mend."""
    words = text.strip() if isinstance(text, str) else ""
    if words.endswith("%"):
        return AlertMoment("warning", share=parse_share(words))
    if words in ("breach", "answered late", "corrected"):
        return AlertMoment(words)  # type: ignore[arg-type]  # mypy does not narrow `in` to literals
    if words.startswith("breach +"):
        return AlertMoment("breach", after=parse_duration(words.removeprefix("breach +")))
    if words.startswith("due -"):
        return AlertMoment("warning", before=parse_duration(words.removeprefix("due -")))
    raise ValueError(f"{text!r} is not a moment; write 80%, due - 15m, breach, breach + 4wh, answered late or corrected")


Moment = Annotated[
    AlertMoment,
    BeforeValidator(lambda value: value if isinstance(value, AlertMoment) else parse_moment(value)),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "examples": ["80%", "due - 15m", "breach", "breach + 4wh", "answered late"]}),
]


class Alert(Terms):
    """Who hears what when: holder, manager, team channel, a channel, a person's address."""

    at: Moment
    to: Recipients
    update: Flag = False


def _warning_text(moment: AlertMoment) -> str:
    return str(moment).removeprefix("due - ")


def parse_warning(value: object) -> AlertMoment:
    """A share of the target (``80%``) or a time before due (``30wm``); ``ValueError`` with the mend."""
    if isinstance(value, AlertMoment):
        return value
    if isinstance(value, str) and value.strip().endswith("%"):
        return AlertMoment("warning", share=parse_share(value))
    return AlertMoment("warning", before=parse_duration(value))


WarnAt = Annotated[
    tuple[
        Annotated[
            AlertMoment,
            BeforeValidator(parse_warning),
            PlainSerializer(_warning_text),
            WithJsonSchema({"type": "string", "examples": ["80%", "30wm"]}),
        ],
        ...,
    ],
    Field(min_length=1),
    OneOrMany(),
]

"""Who is told what when, as definitions say it: moments, alerts and warnings."""

from dataclasses import dataclass, replace
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator

from slamon.core.definitions.terms import Flag, Length, OneOrMany, Recipients, Terms, parse_share
from slamon.core.working_time.durations import Duration, parse_duration


@dataclass(frozen=True, slots=True)
class AlertMoment:
    """When an alert is due: a warning share or time before due, or an event of the cycle, plus an offset.

    Nobody writes ``reminder``: it is what ``remind`` of a breach stands for.
    """

    event: Literal["warning", "breach", "reminder", "answered late", "corrected"]
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


REMINDERS = 3
"""So often a miss is recalled; then it is escalated once, then the reports list it."""


class Alert(Terms):
    """Who hears what when: holder, manager, team channel, a channel, a person's address.

    ``remind`` after a breach: three times in working time while nobody answers, then once to the manager, then no more.
    """

    at: Moment
    to: Recipients
    update: Flag = False
    remind: Length | None = None

    @model_validator(mode="after")
    def _recalls_a_miss(self) -> "Alert":
        if self.remind is not None and str(self.at) != "breach":
            raise ValueError(f"only a breach is recalled, not {self.at}; leave `remind` out, or write at: breach")
        if self.remind is not None and not self.remind.unit.is_working:
            raise ValueError(f"'{self.remind}' may end at night; write working time, e.g. remind: 4wh or 1wd")
        return self


def recalls_of(alert: Alert) -> tuple[Alert, ...]:
    """The reminders of an alert, and the escalation after them; none without ``remind``."""
    if alert.remind is None:
        return ()
    every = alert.remind
    later = [replace(every, amount=every.amount * number) for number in range(1, REMINDERS + 2)]
    reminders = [Alert(at=AlertMoment("reminder", after=after), to=alert.to) for after in later[:-1]]
    return (*reminders, Alert(at=AlertMoment("breach", after=later[-1]), to=("manager",)))


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

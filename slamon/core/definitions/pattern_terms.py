"""Which events and which leads are meant: the patterns and filters that definitions are written with."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from slamon.core.definitions.terms import Flag, Length, Name, Names, Number, OneOrMany, Terms, Whole


class EventPattern(Terms):
    """Which events are meant: exactly one of stage, activity, touch, owner, attribute, merged or deleted, and details."""

    stage: Names | None = None
    activity: Names | None = None
    touch: Names | None = None
    owner: Literal["assigned", "unassigned"] | None = None
    attribute: Name | None = None
    merged: Literal[True] | None = None
    deleted: Literal[True] | None = None

    direction: Literal["inbound", "outbound"] | None = None
    automated: Flag | None = None
    by: Literal["owner", "team", "anyone"] | None = None
    min_seconds: Annotated[Whole, Field(gt=0, le=86_400)] | None = None
    outcome: Names | None = None
    asset: Name | None = None
    to: Names | None = None

    @model_validator(mode="after")
    def _one_subject(self) -> "EventPattern":
        subjects = [name for name in SUBJECTS if getattr(self, name) is not None]
        if len(subjects) != 1:
            given = " and ".join(subjects) or "none"
            raise ValueError(f"a pattern names one of {', '.join(SUBJECTS)}, here {given}; write e.g. {{stage: mql}}")
        for subject, details in DETAILS.items():
            stray = [name for name in details if getattr(self, name) is not None]
            if stray and getattr(self, subject) is None:
                raise ValueError(f"{stray[0]} belongs to a pattern with {subject}; write e.g. {{{subject}: …, {stray[0]}: …}}")
        return self

    @property
    def subject(self) -> str:
        """Which kind of event is meant, one of SUBJECTS."""
        return next(name for name in SUBJECTS if getattr(self, name) is not None)

    @property
    def names(self) -> tuple[str, ...]:
        """The stages, activities, touches or the attribute meant; empty for owner, merged and deleted."""
        if self.attribute is not None:
            return (self.attribute,)
        return self.stage or self.activity or self.touch or ()


SUBJECTS = ("stage", "activity", "touch", "owner", "attribute", "merged", "deleted")
DETAILS = {
    "activity": ("direction", "automated", "by", "min_seconds", "outcome"),
    "touch": ("asset",),
    "attribute": ("to",),
}
Patterns = Annotated[tuple[EventPattern, ...], Field(min_length=1), OneOrMany()]


class PatternWithin(EventPattern):
    """An event pattern that only counts up to a time after the event it refers to, that time included."""

    within: Length | None = None


class Comparison(Terms):
    """One condition on a lead's attribute, other than plain equality."""

    not_: Names | None = Field(default=None, alias="not")
    at_least: Number | None = None
    at_most: Number | None = None
    above: Number | None = None
    below: Number | None = None
    matches: Name | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "Comparison":
        if not self.model_fields_set:
            raise ValueError("an empty condition; write e.g. {at_least: 20000}, {not: partner} or {matches: 'demo*'}")
        return self


def _is_mapping(value: object) -> str:
    return "as comparison" if isinstance(value, Mapping | Comparison) else "as values"


Condition = Annotated[
    Annotated[Comparison, Tag("as comparison")] | Annotated[Names, Tag("as values")],
    Discriminator(_is_mapping),
]
LeadFilter = Annotated[dict[Name, Condition], Field(min_length=1)]


def filter_in_words(when: LeadFilter) -> str:
    """A lead filter for people: ``amount: at least 20000, intent: hot or warm``."""
    return ", ".join(f"{name}: {_condition_in_words(condition)}" for name, condition in when.items())


def tells_origin(when: LeadFilter) -> bool:
    """Whether a filter asks where leads come from, by an attribute whose name says so: ``source``, ``lead_source``, ``origin``."""
    return any(word in name.lower() for name in when for word in ("source", "origin"))


def _condition_in_words(condition: Comparison | tuple[str, ...]) -> str:
    if isinstance(condition, tuple):
        return " or ".join(condition)
    written = condition.model_dump(exclude_none=True, by_alias=True)
    return " and ".join(
        f"{word.replace('_', ' ')} {' or '.join(value) if isinstance(value, tuple) else value}" for word, value in written.items()
    )

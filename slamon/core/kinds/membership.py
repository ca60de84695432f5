"""Whether members of a cohort are what a ratio asks for, by what was known at their entry; or why that cannot be told."""

from dataclasses import dataclass

import numpy as np

from slamon.core.definitions import Comparison
from slamon.core.facts import Facts, Mask, Rows
from slamon.core.facts.attributes import are_numbers, satisfied_by_none, satisfies
from slamon.core.kinds.counting import Groups, united
from slamon.core.patterns import Filter, same_instant_last

LIMITS = ("at_least", "at_most", "above", "below")
CAN_TELL = ""
"""The reason of members of whom everything is known."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a filter says of members, parallel arrays: ``yes`` fulfils it, ``open`` cannot be told, ``why`` is the reason."""

    yes: Mask
    open: Mask
    why: Groups


def told_by(facts: Facts, conditions: Filter, rows: Rows) -> Told:
    """A filter asked of events' leads, where nothing is guessed: what is not known is neither yes nor no.

    A value that is missing, or is no number where a limit asks for one, leaves the member open, unless another condition
    is not fulfilled. ``not`` is fulfilled without a value, as in every filter. An attribute that no source provides
    leaves all members open.
    """
    absent = [name for name in conditions if name not in facts.attributes]
    if absent:
        everybody = np.ones(len(rows), bool)
        return Told(~everybody, everybody, same_for(f"no source provides the attribute {absent[0]}", len(rows)))
    latest = same_instant_last(facts, rows)
    each = {name: _of_one(facts, name, condition, latest) for name, condition in conditions.items()}
    denied = np.logical_or.reduce([~one.yes & ~one.open for one in each.values()])
    unknown = np.logical_or.reduce([one.open for one in each.values()]) & ~denied
    return Told(~denied & ~unknown, unknown, _first_of([one.why for one in each.values()], unknown))


def worth_missing(facts: Facts, attribute: str | None, rows: Rows) -> Groups:
    """Why members add nothing to a sum of an attribute: it is not known, or no number."""
    if attribute is None:
        return same_for(CAN_TELL, len(rows))
    if attribute not in facts.attributes:
        return same_for(f"no source provides the attribute {attribute}", len(rows))
    texts = facts.attributes[attribute]
    codes = texts.codes[same_instant_last(facts, rows)]
    number = np.append(are_numbers(texts.values), False)[codes]
    return _reasons(attribute, codes < 0, (codes >= 0) & ~number)


def same_for(reason: str, many: int) -> Groups:
    """One reason for all of so many members."""
    return Groups(np.zeros(many, np.int32), (reason,))


def either(first: Groups, second: Groups) -> Groups:
    """The first reason of each member, or else the second."""
    return _first_of([first, second], np.ones(len(first.codes), bool))


def _of_one(facts: Facts, name: str, condition: Comparison | tuple[str, ...], latest: Rows) -> Told:
    texts = facts.attributes[name]
    codes = texts.codes[latest]
    nothing = codes < 0
    missing = nothing & (not satisfied_by_none(condition))
    unread = np.append(_no_number(texts.values, condition), False)[codes]
    fulfils = np.append(satisfies(texts.values, condition), satisfied_by_none(condition))[codes]
    unknown = missing | unread
    return Told(fulfils & ~unknown, unknown, _reasons(name, missing, unread))


def _no_number(values: np.ndarray, condition: Comparison | tuple[str, ...]) -> Mask:
    """Which values a limit cannot be compared with; where the rest of the condition denies them, that decides."""
    if isinstance(condition, tuple) or all(getattr(condition, limit) is None for limit in LIMITS):
        return np.zeros(len(values), bool)
    rest = condition.model_copy(update=dict.fromkeys(LIMITS))
    unread: Mask = ~are_numbers(values) & satisfies(values, rest)
    return unread


def _reasons(name: str, missing: Mask, unread: Mask) -> Groups:
    codes = np.where(missing, 1, np.where(unread, 2, 0)).astype(np.int32)
    return Groups(codes, (CAN_TELL, f"{name} is not known", f"{name} is not a number"))


def _first_of(reasons: list[Groups], wanted: Mask) -> Groups:
    """Each member's first reason, none where it is not ``wanted``."""
    whole = united(reasons)
    by_reason = whole.codes.reshape(len(reasons), len(wanted))
    can_tell = whole.names.index(CAN_TELL) if CAN_TELL in whole.names else -1
    first = np.argmax(by_reason != can_tell, axis=0)
    codes = by_reason[first, np.arange(len(wanted))]
    return _with_none(whole.names, np.where(wanted, codes, -1))


def _with_none(names: tuple[str, ...], codes: np.ndarray) -> Groups:
    """Reasons by code, the code -1 being no reason."""
    place = sorted({CAN_TELL, *names})
    moved = np.array([*(place.index(name) for name in names), place.index(CAN_TELL)], np.int32)
    return Groups(moved[codes], tuple(place))

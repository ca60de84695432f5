"""Lead filters: ``{attribute: value}``, a list means any of, ``{not: …}``, ``{at_least, at_most, above, below}``, ``{matches: "glob"}``.

Choices where the rules are silent: an empty value matches nothing but ``{not: …}``; text where a number is asked for is bad data, so
the answer is "cannot tell" (None), never a silent no; text is compared exactly, numbers as numbers.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from fnmatch import fnmatchcase
from typing import Any

COMPARISONS = {
    "at_least": lambda a, b: a >= b,
    "at_most": lambda a, b: a <= b,
    "above": lambda a, b: a > b,
    "below": lambda a, b: a < b,
}


def is_empty(value: Any) -> bool:
    """Nothing was said: None or blank text."""
    return value is None or (isinstance(value, str) and not value.strip())


def number(value: Any) -> Decimal | None:
    """The number a value says, or None."""
    if isinstance(value, bool) or is_empty(value):
        return None
    try:
        found = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def text(value: Any) -> str:
    """A value as a CRM would write it."""
    return str(value).lower() if isinstance(value, bool) else str(value).strip()


def same(value: Any, wanted: Any) -> bool:
    """Whether two values are one: as numbers if both are, else as text."""
    if is_empty(value) or is_empty(wanted):
        return is_empty(value) and is_empty(wanted)
    a, b = number(value), number(wanted)
    return a == b if a is not None and b is not None else text(value) == text(wanted)


def is_any_of(value: Any, wanted: Any) -> bool:
    """Whether a value is the one wanted, or one of a list."""
    return any(same(value, one) for one in (wanted if isinstance(wanted, list) else [wanted]))


def _compare(value: Any, name: str, bound: Any) -> bool | None:
    if is_empty(value):
        return False
    found, limit = number(value), number(bound)
    return None if found is None or limit is None else COMPARISONS[name](found, limit)


def _condition(value: Any, name: str, wanted: Any) -> bool | None:
    if name == "not":
        inner = matches_value(value, wanted)
        return None if inner is None else not inner
    if name == "matches":
        return not is_empty(value) and any(fnmatchcase(text(value), one) for one in (wanted if isinstance(wanted, list) else [wanted]))
    return _compare(value, name, wanted)


def _all(answers: list[bool | None]) -> bool | None:
    """A no is a no; else one that cannot be told makes the whole so."""
    return False if False in answers else None if None in answers else True


def matches_value(value: Any, wanted: Any) -> bool | None:
    """Whether one attribute's value satisfies what a filter says of it; None: cannot tell."""
    if isinstance(wanted, Mapping):
        return _all([_condition(value, name, bound) for name, bound in wanted.items()])
    return is_any_of(value, wanted)


def matches(attributes: Mapping[str, Any], wanted: Mapping[str, Any] | None) -> bool | None:
    """Whether a lead's attributes satisfy a filter; no filter is satisfied by all."""
    return _all([matches_value(attributes.get(name), value) for name, value in (wanted or {}).items()])

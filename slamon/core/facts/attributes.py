"""What a lead is, from what its events say: attribute columns filled forward in time, and filters on them."""

from collections.abc import Mapping
from fnmatch import translate
from re import compile as compile_pattern
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from slamon.core.definitions import Comparison

Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


def forward_fill(told: Mask, begin: Rows) -> Rows:
    """For each row the last row at or before it, not before ``begin``, that is marked in ``told``; -1 if none is."""
    marked = np.flatnonzero(told)
    latest = np.repeat(np.append(-1, marked), np.diff(marked, prepend=0, append=len(told)))
    latest[latest < begin] = -1
    return latest


def numbers_of(values: npt.NDArray[np.object_]) -> npt.NDArray[np.float64]:
    """Attribute values (texts) as numbers; NaN for a text that is none, and where there is no text."""
    column: pd.Series[Any] = pd.Series(values, dtype=object)
    return pd.to_numeric(column, errors="coerce").to_numpy(np.float64)


def satisfies(values: npt.NDArray[np.object_], condition: Comparison | tuple[str, ...]) -> Mask:
    """Which attribute values (texts) fulfil a condition; numbers compare as numbers, texts as texts."""
    if isinstance(condition, tuple):
        return _equal(values, condition)
    numbers = numbers_of(values)
    result = np.ones(len(values), bool)
    for limit, test in (
        (condition.at_least, np.greater_equal),
        (condition.at_most, np.less_equal),
        (condition.above, np.greater),
        (condition.below, np.less),
    ):
        if limit is not None:
            result &= test(numbers, limit)  # NaN, a text that is no number, compares false
    if condition.not_ is not None:
        result &= ~_equal(values, condition.not_)
    if condition.matches is not None:
        pattern = compile_pattern(translate(condition.matches))
        result &= np.array([pattern.match(str(value)) is not None for value in values], bool)
    return result


def are_numbers(values: npt.NDArray[np.object_]) -> Mask:
    """Which texts are finite numbers."""
    return np.isfinite(numbers_of(values))


def satisfied_by_none(condition: Comparison | tuple[str, ...]) -> bool:
    """Whether a lead without the attribute fulfils the condition: only when nothing but `not` is asked."""
    return isinstance(condition, Comparison) and condition.model_fields_set <= {"not_", "not"}


def numeric_limits(conditions: Mapping[str, Comparison | tuple[str, ...]]) -> list[str]:
    """The attributes that a filter compares as numbers."""
    return [
        name
        for name, condition in conditions.items()
        if isinstance(condition, Comparison)
        and any(limit is not None for limit in (condition.at_least, condition.at_most, condition.above, condition.below))
    ]


def _equal(values: npt.NDArray[np.object_], wanted: tuple[str, ...]) -> Mask:
    texts = np.isin(values.astype(str), list(wanted)) if len(values) else np.zeros(0, bool)
    asked = numbers_of(np.array(wanted, object))
    asked = asked[~np.isnan(asked)]
    return texts | np.isin(numbers_of(values), asked) if len(asked) else texts

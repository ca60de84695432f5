"""mutmut, which also knows what goes wrong in code made of arrays: the wrong side of a search, the wrong end of a clip, swapped arms."""

from collections.abc import Iterable

import libcst as cst
from mutmut.__main__ import cli
from mutmut.mutation.mutators import mutation_operators

SWAPPED = {"maximum": "minimum", "minimum": "maximum", "max": "min", "min": "max", "any": "all", "all": "any"}
SIDES = {'"left"': '"right"', '"right"': '"left"'}
ARMS = 3
"""``np.where`` of a condition and two arms."""


def other_extreme(node: cst.Call) -> Iterable[cst.Call]:
    """``np.maximum`` for ``np.minimum``, ``any`` for ``all``, and the other way round."""
    match node.func:
        case cst.Attribute(attr=cst.Name(value=name)) if name in SWAPPED:
            yield node.with_deep_changes(node.func.attr, value=SWAPPED[name])
        case cst.Name(value=name) if name in SWAPPED:
            yield node.with_deep_changes(node.func, value=SWAPPED[name])


def other_side(node: cst.Arg) -> Iterable[cst.Arg]:
    """``side="right"`` for ``side="left"``, and the other way round."""
    match node:
        case cst.Arg(keyword=cst.Name(value="side"), value=cst.SimpleString(value=side)) if side in SIDES:
            yield node.with_changes(value=cst.SimpleString(SIDES[side]))


def swapped_arms(node: cst.Call) -> Iterable[cst.Call]:
    """``np.where(a, c, b)`` for ``np.where(a, b, c)``."""
    match node.func:
        case cst.Attribute(attr=cst.Name(value="where")) if len(node.args) == ARMS:
            condition, one, other = node.args
            yield node.with_changes(args=[condition, one.with_changes(value=other.value), other.with_changes(value=one.value)])


ARRAYS = ((cst.Call, other_extreme), (cst.Arg, other_side), (cst.Call, swapped_arms))

if __name__ == "__main__":
    if not isinstance(mutation_operators, list):
        raise TypeError("mutmut keeps its operators in another way now; see which mutants it makes, and mend tests/mutation/mutating.py")
    mutation_operators.extend(ARRAYS)
    cli()

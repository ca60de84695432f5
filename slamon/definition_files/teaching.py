"""Pydantic's errors as findings that teach: what is wrong at which line and column, and what to write instead."""

import re
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from slamon.core.definitions.terms import shown
from slamon.definition_files.examples import example_of
from slamon.definition_files.findings import MOST, Finding
from slamon.definition_files.positions import Location, key_of, keys_of, locate, model_at
from slamon.definition_files.yaml_nodes import Mapping, Node, Scalar

Words = tuple[str, str]


def teach(error: ValidationError, model: type[BaseModel], root: Node, file: str, at: Location = ()) -> list[Finding]:
    """One finding for each problem, once for each place; ``at`` is where in ``root`` the model's mapping stands."""
    base = locate(root, at)
    details = error.errors(include_url=False)[: MOST + 1]
    findings = [_finding(detail, model, base, file) for detail in details if not _follows(detail, details)]
    return list(dict.fromkeys(findings))


def _follows(detail: ErrorDetails, details: Sequence[ErrorDetails]) -> bool:
    """A list whose members are all wrong is also said to be too short; that only follows from the rest."""
    location = detail["loc"]
    return detail["type"] == "too_short" and any(
        other["loc"][: len(location)] == location and len(other["loc"]) > len(location) for other in details
    )


def unknown_key(key: str, allowed: Sequence[str]) -> Words:
    """What to say of a key that nothing reads."""
    close = get_close_matches(key[:64].lower(), allowed, n=1, cutoff=0.6)
    guess = f"did you mean {close[0]}? " if close else ""
    return f"unknown key '{key[:64]}'", f"{guess}keys here are {', '.join(allowed)}"


def one_of(value: object, allowed: Sequence[str]) -> Words:
    """What to say of a value that is not among the possible ones."""
    close = get_close_matches(str(value)[:64].lower(), allowed, n=1, cutoff=0.5)
    return f"{shown(value)} is not one of {', '.join(allowed)}", f"write {close[0] if close else allowed[0]}"


def _finding(detail: ErrorDetails, model: type[BaseModel], base: Node, file: str) -> Finding:
    location, kind = detail["loc"], detail["type"]
    node = locate(base, location)
    if kind == "extra_forbidden":
        inner = model_at(model, location[:-1]) or model
        return _at(file, key_of(base, location) or node, unknown_key(str(location[-1]), keys_of(inner)))
    if kind == "missing":
        return _at(file, locate(base, location[:-1]), _missing(str(location[-1]), detail))
    if location and location[-1] == "[key]":
        return _at(file, key_of(base, location[:-1]) or node, _words(detail, str(location[-2]), node))
    words = _words(detail, _name_of(location), node)
    return _at(file, _named_key(node, words[0]) or node, words)


def _at(file: str, node: Node, words: Words) -> Finding:
    return Finding(file, node.line, node.column, *words)


def _named_key(node: Node, problem: str) -> Node | None:
    """A rule of a whole mapping begins with the key that breaks it."""
    word = re.match(r"[a-z_]+", problem)
    return node.key(word[0]) if word and isinstance(node, Mapping) else None


def _name_of(location: Location) -> str:
    """The innermost key on the way: what the value is called in the file."""
    keys = [part for part in location if isinstance(part, str) and re.fullmatch(r"[a-z_]+", part)]
    return keys[-1] if keys else "this"


def _missing(key: str, detail: ErrorDetails) -> Words:
    return f"`{key}` is missing", f"write e.g. {example_of(key, tuple(map(str, detail['loc'])))}"


def _words(detail: ErrorDetails, key: str, node: Node) -> Words:
    if detail["type"] == "value_error":
        problem, _, mend = str(detail["ctx"]["error"]).partition("; ")
        return problem, mend or f"write e.g. {example_of(key)}"
    if detail["type"] == "literal_error":
        return one_of(detail["input"], re.findall(r"'([^']*)'", detail["ctx"]["expected"]) or [detail["ctx"]["expected"].lower()])
    said = _SAID.get(detail["type"])
    problem = said(detail.get("ctx", {})) if said else detail["msg"].lower()
    value = f" {shown(detail['input'])}" if isinstance(node, Scalar) else ""
    return f"`{key}`{value} {problem}", f"write e.g. {example_of(key)}"


_PATTERNS = {
    r"^[a-z0-9][a-z0-9_-]{0,63}$": "is not an id: small letters, digits, - and _, at most 64, beginning with a letter or digit",
    r"^(0[1-9]|1[0-2])-01$": "is not the first day of a month as MM-01",
}
_SAID: dict[str, Callable[[dict[str, Any]], str]] = {
    "string_type": lambda _: "is not text (a number is text when it is quoted)",
    "string_too_short": lambda _: "is empty",
    "string_too_long": lambda ctx: f"is longer than {ctx['max_length']} characters",
    "string_pattern_mismatch": lambda ctx: _PATTERNS.get(ctx["pattern"], "is not written as expected"),
    "greater_than": lambda ctx: f"is not more than {ctx['gt']}",
    "less_than_equal": lambda ctx: f"is more than {ctx['le']}",
    "too_short": lambda _: "is an empty list",
    "dict_type": lambda _: "is not a mapping of keys and values",
    "model_type": lambda _: "is not a mapping of keys and values",
    "model_attributes_type": lambda _: "is not a mapping of keys and values",
    "tuple_type": lambda _: "is not a list",
}

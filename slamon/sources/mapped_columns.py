"""Checks a table's mapping against the columns that are there, before the first row is read."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from slamon.settings import ColumnValue, InstantColumn, TableMapping
from slamon.sources.rows import UNREADABLE, SourceError
from slamon.sources.rules import DIRECTIONS

_SHOWN = 40


def check_mapping(mapping: TableMapping, columns: Sequence[str], where: str) -> None:
    """``SourceError`` that names every mapped column which is not there, or is there twice, and each wrong literal."""
    wanted = dict(mapped_columns(mapping))
    problems = [_missing(name, used_as, columns) for name, used_as in wanted.items() if name not in columns]
    problems += [
        f"column {name!r} ({wanted[name]}) is there {columns.count(name)} times; rename all but one"
        for name in wanted
        if columns.count(name) > 1
    ]
    problems += [f"direction {word!r} is neither inbound nor outbound" for word in _literal_directions(mapping) if word not in DIRECTIONS]
    if problems:
        listed = ", ".join(map(_printable, columns[:_SHOWN])) + (", …" if len(columns) > _SHOWN else "")
        raise SourceError(f"{where}: {'; '.join(problems)}. Its columns are: {listed}{_other_delimiter(columns)}")


def mapped_columns(mapping: TableMapping) -> Iterator[tuple[str, str]]:
    """Every column that a mapping names, with what it is used as."""
    for use in ("lead", "actor", "owner", "id"):
        if getattr(mapping, use) is not None:
            yield getattr(mapping, use), use
    for use in ("at", "recorded_at"):
        if getattr(mapping, use) is not None:
            yield getattr(mapping, use).column, use
    yield from ((column, f"attribute {name}") for name, column in mapping.attributes.items())
    for rule in mapping.events:
        yield from ((column, "when") for column in rule.when)
        for use, value in rule.is_:
            if isinstance(value, ColumnValue):
                yield value.column, use
    for use, value in (*(mapping.people or ()), *(mapping.away or ())):
        if value is not None:
            yield value.column if isinstance(value, InstantColumn) else value, use.rstrip("_")


def _missing(name: str, used_as: str, columns: Sequence[str]) -> str:
    alike = get_close_matches(name, columns, n=1, cutoff=0.6)
    return f"there is no column {name!r} ({used_as})" + (f"; did you mean {alike[0]!r}?" if alike else "")


def _printable(name: str) -> str:
    """A file that is no table at all has control characters where names should be: they must not reach a terminal."""
    return "".join(sign if sign.isprintable() else UNREADABLE for sign in name)


def _literal_directions(mapping: TableMapping) -> list[str]:
    return [rule.is_.direction for rule in mapping.events if isinstance(rule.is_.direction, str)]


def _other_delimiter(columns: Sequence[str]) -> str:
    found = next((sign for sign in ";\t|," if len(columns) == 1 and sign in columns[0]), None)
    return f". It looks as if cells were divided by {found!r}: write delimiter: {found!r}" if found else ""

"""What a report says before it is dressed for Slack or mail: plain lines, tables and pictures, cleaned and not yet escaped."""

from dataclasses import dataclass
from typing import Literal

Mark = Literal["kept", "risk", "missed", "none"]


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart as PNG (twice the size, for sharp screens) and SVG, with the words for those who cannot see it."""

    name: str
    alt: str
    png: bytes
    svg: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line; ``address`` (checked, or empty) is where its ``anchor`` leads."""

    text: str
    address: str = ""
    anchor: str = "Open"


@dataclass(frozen=True, slots=True)
class Row:
    """A table's row: a mark and the word that says the same, one cell a column, and a small remark under the first cell."""

    mark: Mark
    word: str
    cells: tuple[str, ...]
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Columns named so that ``name cell`` reads as a phrase: ``kept 91 % of 120``."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    more: int = 0
    """How many further rows there are that are not shown."""


@dataclass(frozen=True, slots=True)
class Part:
    """A titled part of a report."""

    title: str
    lines: tuple[Line, ...] = ()
    table: Table | None = None


@dataclass(frozen=True, slots=True)
class Light:
    """Whether one party keeps its promise: a mark, and words that say the same."""

    mark: Mark
    words: str


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure of the month, large: its target, its change and its year in a row of bars (empty without history)."""

    label: str
    figure: str
    mark: Mark
    verdict: str
    target: str
    change: str
    bars: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A whole report. ``notes`` is the fine print that every artefact carries."""

    title: str
    subject: str
    verdict: tuple[str, ...]
    parts: tuple[Part, ...]
    notes: tuple[str, ...]
    lights: tuple[Light, ...] = ()
    tiles: tuple[Tile, ...] = ()
    picture: Picture | None = None
    twin: Table | None = None
    """The chart's data as a table, for readers whose mail shows no images; None where a part holds the same table."""

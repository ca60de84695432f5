"""Messages as Slack blocks, within Slack's limits.

What comes from the CRM goes into rich text elements, which Slack shows as they are: no formatting, mention or link can be
made by a name. Only headers, context lines and the fallback text are text objects, and those are escaped once.
"""

import base64
import json
from collections.abc import Sequence
from typing import Any

from slamon.messages.escaping import ELLIPSIS, cut, slack_text
from slamon.messages.page import Line, Page, Part, Picture, Row, Table, Tile
from slamon.messages.wording import MARKS, NOTHING

HEADER_LIMIT = 150
ELEMENT_LIMIT = 2000
FALLBACK_LIMIT = 3900  # above 4,000 Slack splits a text into several messages
MESSAGE_LIMIT = 12_500  # Slack refuses messages above about 13,200 characters of blocks
BLOCKS_LIMIT = 50
CONTEXT_LIMIT = 10

Block = dict[str, Any]
Piece = dict[str, Any]


def header(text: str) -> Block:
    """A header block; plain text, cut to Slack's 150 characters."""
    return {"type": "header", "text": _plain(text, HEADER_LIMIT)}


def _plain(text: str, limit: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": slack_text(text, limit), "emoji": False}


def words(text: str, *, bold: bool = False, strike: bool = False) -> Piece:
    """A run of text that Slack shows as it is; Slack refuses an empty one."""
    piece: Piece = {"type": "text", "text": cut(text, ELEMENT_LIMIT) or NOTHING}
    style = {name: True for name, on in (("bold", bold), ("strike", strike)) if on}
    return piece | {"style": style} if style else piece


def leading_to(address: str, anchor: str) -> Piece:
    """A link; the address has to be checked by ``escaping.link`` before."""
    return {"type": "link", "url": address, "text": anchor}


def mention(user_id: str) -> Piece:
    """Names a person so that Slack tells them."""
    return {"type": "user", "user_id": user_id}


def section(lines: Sequence[Sequence[Piece]]) -> dict[str, Any]:
    """Lines of a rich text block, one below the other."""
    elements: list[Piece] = []
    for number, line in enumerate(lines):
        elements += [words("\n"), *line] if number else line
    return {"type": "rich_text_section", "elements": elements}


def lines_of(written: dict[str, Any]) -> list[list[Piece]]:
    """The lines of a section, as ``section`` took them."""
    lines: list[list[Piece]] = [[]]
    for piece in written["elements"]:
        if piece == words("\n"):
            lines.append([])
        else:
            lines[-1].append(piece)
    return lines


def bullets(lines: Sequence[Sequence[Piece]]) -> dict[str, Any]:
    """A list in a rich text block."""
    return {
        "type": "rich_text_list",
        "style": "bullet",
        "elements": [{"type": "rich_text_section", "elements": list(line)} for line in lines],
    }


def rich(*elements: dict[str, Any]) -> Block:
    """A rich text block of sections and lists."""
    return {"type": "rich_text", "elements": list(elements)}


def context(notes: Sequence[str]) -> Block:
    """Small print; ten lines at most, the last one says how many are left out."""
    kept = list(notes[:CONTEXT_LIMIT])
    if len(notes) > CONTEXT_LIMIT:
        kept[-1] = f"and {len(notes) - CONTEXT_LIMIT + 1} more notes in the mail"
    return {"type": "context", "elements": [_plain(note, 500) for note in kept]}


def image(picture: Picture) -> Block:
    """A picture that the channel uploads and then shows in this place."""
    return {"type": "image", "slamon_image": picture.name, "alt_text": cut(picture.alt, ELEMENT_LIMIT)}


def image_payload(picture: Picture) -> dict[str, str]:
    """A picture as a payload carries it."""
    return {"name": picture.name, "alt": picture.alt, "png": base64.b64encode(picture.png).decode("ascii")}


def payload(text: str, blocks: Sequence[Block], pictures: Sequence[Picture] = (), mode: str = "post") -> dict[str, Any]:
    """A Slack payload as a channel sends it, made to fit Slack's limits; ``text`` is the full sentence that is read aloud."""
    return {
        "mode": mode,
        "text": slack_text(text, FALLBACK_LIMIT),
        "blocks": fitted(blocks),
        "images": [image_payload(picture) for picture in pictures],
    }


def fitted(blocks: Sequence[Block]) -> list[Block]:
    """The blocks, or as many as Slack takes, the last one (the fine print) always among them and a line saying that more exists."""
    kept = list(blocks)
    cutting = False
    while len(kept) > 2 and (len(kept) > BLOCKS_LIMIT or size(kept) > MESSAGE_LIMIT):  # noqa: PLR2004 - header and fine print stay
        kept.pop(-3 if cutting else -2)
        if not cutting:
            kept.insert(-1, rich(section([[words(f"{ELLIPSIS} the rest is in the mail.")]])))
            cutting = True
    return kept


def size(blocks: Sequence[Block]) -> int:
    """Characters of the blocks as Slack receives them."""
    return len(json.dumps(blocks, ensure_ascii=False))


def page_blocks(page: Page) -> list[Block]:
    """A report as blocks: title, verdict and lights, chart, parts, fine print."""
    verdict = [[words(sentence, bold=True)] for sentence in page.verdict]
    lights = [[words(f"{MARKS[light.mark]} {light.words}")] for light in page.lights]
    tiles = [[words(f"{tile.label}: "), words(tile.figure, bold=True), words(f" · {_tile_words(tile)}")] for tile in page.tiles]
    blocks = [header(page.title), rich(section(verdict + lights), *([bullets(tiles)] if tiles else []))]
    blocks += [image(page.picture)] if page.picture else []
    blocks += [_part(part) for part in page.parts]
    return [*blocks, context(page.notes)]


def _tile_words(tile: Tile) -> str:
    return " · ".join(filter(None, (f"{MARKS[tile.mark]} {tile.verdict}" if tile.verdict else "", tile.target, tile.change)))


def _part(part: Part) -> Block:
    title = [section([[words(part.title, bold=True)]])] if part.title else []
    lists = [bullets([_row(part.table, row) for row in part.table.rows] + _more(part.table))] if part.table and part.table.rows else []
    lines = [_line(line) for line in part.lines]
    if not part.title:
        return rich(section(lines), *lists)
    return rich(*title, *lists, *([bullets(lines)] if lines else []))


def _row(table: Table, row: Row) -> list[Piece]:
    """``Demo requests: kept, 93 % of 120 · target 90 %``: the second cell is the result and stands with the verdict."""
    verdict = f"{MARKS[row.mark]} {row.word}, {row.cells[1]}" if row.word else row.cells[1]
    further = zip(table.columns[2:], row.cells[2:], strict=True)
    told = [verdict, *(f"{column} {cell}" for column, cell in further if cell not in ("", NOTHING))]
    remark = [words(f" ({row.remark})")] if row.remark else []
    return [words(row.cells[0], bold=True), words(f": {' · '.join(told)}"), *remark]


def _more(table: Table) -> list[list[Piece]]:
    return [[words(f"and {table.more} more")]] if table.more else []


def _line(line: Line) -> list[Piece]:
    return [words(line.text)] + ([words("  "), leading_to(line.address, line.anchor)] if line.address else [])

"""How Slack would show a message, as an HTML page: a good imitation to look at without a workspace."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape, unescape
from typing import Any

STYLE = """
body { margin: 0; padding: 24px; background: #ffffff; color: #1d1c1d; }
body { font: 15px/1.46 Lato, 'Noto Sans', 'Segoe UI', Arial, sans-serif; }
.to { color: #616061; font-size: 13px; margin: 0 0 16px 0; }
.message { max-width: 640px; display: grid; grid-template-columns: 44px 1fr; }
.face { width: 36px; height: 36px; line-height: 36px; border-radius: 6px; }
.face { background: #1264a3; color: #fff; font-weight: 700; text-align: center; }
.name { font-weight: 900; }
.app { background: #e8e8e8; color: #616061; font-size: 10px; padding: 1px 3px; border-radius: 2px; margin: 0 6px; }
.when { color: #616061; font-size: 12px; }
h3 { font-size: 18px; line-height: 1.34; margin: 6px 0 4px 0; overflow-wrap: anywhere; }
.rich { margin: 4px 0; overflow-wrap: anywhere; } .rich ul { margin: 2px 0; padding-left: 24px; } .line { white-space: pre-wrap; }
.context { color: #616061; font-size: 12px; margin: 6px 0; overflow-wrap: anywhere; } .context p { margin: 1px 0; }
.mention { background: #e8f5fa; color: #1264a3; } a { color: #1264a3; text-decoration: none; }
img { max-width: 100%; width: 520px; border-radius: 8px; border: 1px solid #dddddd; margin: 6px 0; }
s { color: #616061; }
.edited { color: #616061; font-size: 12px; margin: 2px 0; }
.count { max-width: 640px; margin: 12px 0; padding-left: 44px; color: #616061; font-size: 13px; border-bottom: 1px solid #dddddd; }
"""

Pictures = Mapping[str, str]
"""Addresses of the pictures by name."""


@dataclass(frozen=True, slots=True)
class Said:
    """One message: what Slack was sent, when in words, where its pictures are, and whether it was edited since."""

    payload: dict[str, Any]
    written: str
    pictures: Pictures
    edited: bool = False


def slack_page(said: Said, destination: str, replies: Sequence[Said] = ()) -> str:
    """A whole page with a message as Slack would show it, and what was answered in its thread."""
    mode = {"update": "edits the message sent before", "reply": "answers in its thread"}.get(said.payload.get("mode", "post"), "")
    remark = f" ({mode})" if mode and not said.edited else ""
    thread = f'<p class="count">{len(replies)} {"reply" if len(replies) == 1 else "replies"}</p>' if replies else ""
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(destination)}</title><style>{STYLE}</style></head>
<body><p class="to">Slack, to {escape(destination)}{remark}. Notifications and screen readers say:
{plain(said.payload["text"])}</p>
{_message(said)}{thread}{"".join(map(_message, replies))}
</body></html>
"""


def _message(said: Said) -> str:
    body = "\n".join(_SHOWN.get(block["type"], _unknown)(block, said.pictures) for block in said.payload["blocks"])
    edited = '<p class="edited">(edited)</p>' if said.edited else ""
    return f"""<div class="message"><div class="face">S</div><div><span class="name">slamon</span><span class="app">APP</span>
<span class="when">{escape(said.written)}</span>
{body}{edited}
</div></div>"""


def plain(text: str) -> str:
    """Slack's escaped text as HTML: unescaped once, as Slack does, and escaped for the page."""
    return escape(unescape(text) if "&" in text else text)


def _header(block: dict[str, Any], _: Pictures) -> str:
    return f"<h3>{plain(block['text']['text'])}</h3>"


def _context(block: dict[str, Any], _: Pictures) -> str:
    notes = "".join(f"<p>{plain(each['text'])}</p>" for each in block["elements"])
    return f'<div class="context">{notes}</div>'


def _image(block: dict[str, Any], pictures: Pictures) -> str:
    return f'<img src="{escape(pictures[block["slamon_image"]])}" alt="{escape(block["alt_text"])}">'


def _rich(block: dict[str, Any], _: Pictures) -> str:
    parts = "".join(_rich_part(element) for element in block["elements"])
    return f'<div class="rich">{parts}</div>'


def _rich_part(element: dict[str, Any]) -> str:
    if element["type"] == "rich_text_list":
        items = "".join(f"<li>{_pieces(item)}</li>" for item in element["elements"])
        return f"<ul>{items}</ul>"
    return f'<div class="line">{_pieces(element)}</div>'


def _pieces(line: dict[str, Any]) -> str:
    return "".join(_piece(piece) for piece in line["elements"])


def _piece(piece: dict[str, Any]) -> str:
    if piece["type"] == "link":
        return f'<a href="{escape(piece["url"])}">{escape(piece["text"])}</a>'
    if piece["type"] == "user":
        return f'<span class="mention">@{escape(piece["user_id"])}</span>'
    text = escape(piece["text"])
    style = piece.get("style", {})
    text = f"<b>{text}</b>" if style.get("bold") else text
    return f"<s>{text}</s>" if style.get("strike") else text


def _unknown(block: dict[str, Any], _: Pictures) -> str:
    return f"<p>({escape(str(block['type']))})</p>"


_SHOWN: dict[str, Callable[[dict[str, Any], Pictures], str]] = {
    "header": _header,
    "context": _context,
    "image": _image,
    "rich_text": _rich,
    "divider": lambda _block, _pictures: "<hr>",
}

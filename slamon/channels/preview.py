"""Messages as files to look at, for a workspace without Slack or mail: pages, pictures, payloads and an index of them all."""

import base64
import json
import re
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from threading import get_ident
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from slamon.channels.outgoing import Outgoing
from slamon.channels.slack_page import Said, plain, slack_page
from slamon.core.working_time.instants import to_datetime

INDEX = "index.html"
MOST_LISTED = 500

_OWN_NAME = re.compile(r"[0-9a-f-]{36}")
_FRAME = """
body { margin: 0; padding: 20px; background: #e8ebef; color: #1f2933; font: 15px/1.45 'Segoe UI', 'Noto Sans', Arial, sans-serif; }
.envelope { max-width: 680px; margin: 0 auto 12px auto; background: #fff; padding: 14px 18px; border-radius: 8px; overflow-wrap: anywhere; }
.envelope b { font-size: 17px; } .envelope p { margin: 2px 0; color: #52606d; font-size: 13px; }
iframe { display: block; width: 100%; max-width: 716px; height: 400px; margin: 0 auto; border: 0; border-radius: 8px; background: #fff; }
"""
_LIST = """
body { margin: 0; padding: 24px; background: #f2f4f7; color: #1f2933; font: 15px/1.45 'Segoe UI', 'Noto Sans', Arial, sans-serif; }
main { max-width: 900px; margin: 0 auto; background: #fff; padding: 16px 24px; border-radius: 8px; }
table { width: 100%; border-collapse: collapse; } td, th { text-align: left; padding: 8px 10px 8px 0; vertical-align: top; }
tr + tr td { border-top: 1px solid #e8ebef; } td { overflow-wrap: anywhere; } .when { white-space: nowrap; color: #52606d; }
@media (min-width: 700px) { td:nth-child(2) { min-width: 15em; } }
"""
# The frame may not run scripts (allow-same-origin alone); the page outside measures it, so that a mail shows whole.
_GROW = "this.style.height = this.contentDocument.documentElement.scrollHeight + 'px'"


@dataclass(frozen=True, slots=True)
class PreviewChannel:
    """Writes each message into ``folder``; the same delivery written again replaces its own files."""

    folder: Path

    def send(self, outgoing: Outgoing) -> dict[str, Any]:
        """Write the page, the payload, the pictures and the index; returns the paths as ``files``.

        What edits a message or answers in its thread changes that message's page too, which shows what people would see.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        name = _file_name(outgoing)
        pictures = [self._write(f"{name}-{number}.png", base64.b64decode(each["png"])) for number, each in enumerate(_images(outgoing), 1)]
        addresses = {each["name"]: path.name for each, path in zip(_images(outgoing), pictures, strict=True)}
        record = _record(outgoing, addresses)
        first = self._followed(outgoing)
        if first is not None:
            record["first"] = first["first"]
            first["thread"][record["delivery_id"]] = {key: record[key] for key in ("created_at", "payload", "pictures")}
            self._keep(first["first"], first)
        page, kept = self._keep(name, record, shown=first)
        index = self._write(INDEX, _index(self.folder).encode("utf-8", "replace"))
        return {"files": [str(path) for path in (page, kept, *pictures, index)]}

    def _keep(self, name: str, record: dict[str, Any], shown: dict[str, Any] | None = None) -> tuple[Path, Path]:
        """A record and its page, which may show the message that it belongs to."""
        page = self._write(f"{name}.html", _page(shown or record).encode("utf-8", "replace"))
        return page, self._write(f"{name}.json", json.dumps(record, ensure_ascii=False, indent=1).encode("utf-8", "replace"))

    def _followed(self, outgoing: Outgoing) -> dict[str, Any] | None:
        """The record of the message that a Slack message edits or answers, the first of its thread; None when it stands alone."""
        files = (outgoing.previous or {}).get("files") or []
        known = [path for each in files if (path := self.folder / Path(each).name).suffix == ".json" and path.is_file()]
        if outgoing.channel != "slack" or not known:
            return None
        record: dict[str, Any] = json.loads(known[0].read_text(encoding="utf-8"))
        name = record.get("first", known[0].stem)
        if name != known[0].stem:
            record = json.loads((self.folder / f"{name}.json").read_text(encoding="utf-8"))
        return {"thread": {}} | record | {"first": name}

    def _write(self, name: str, content: bytes) -> Path:
        path = self.folder / name
        partial = path.with_name(f".{name}.{get_ident()}")  # destinations are served at once: the index never reads a half page
        partial.write_bytes(content)
        return partial.replace(path)


def _images(outgoing: Outgoing) -> list[dict[str, str]]:
    return outgoing.payload.get("images") or []


def _file_name(outgoing: Outgoing) -> str:
    """When it was written and its delivery's id, which is a UUID; one that is not is turned into one. Nothing else of the input."""
    delivery = outgoing.delivery_id if _OWN_NAME.fullmatch(outgoing.delivery_id) else str(uuid5(NAMESPACE_URL, repr(outgoing.delivery_id)))
    return f"{to_datetime(outgoing.created_at):%Y%m%dT%H%M%S%f}-{delivery}"


def _record(outgoing: Outgoing, pictures: dict[str, str]) -> dict[str, Any]:
    """What was sent, without the pictures' bytes, which lie beside it."""
    payload = {key: value for key, value in outgoing.payload.items() if key != "images"}
    return {
        "delivery_id": outgoing.delivery_id,
        "channel": outgoing.channel,
        "destination": outgoing.destination,
        "kind": outgoing.kind,
        "created_at": to_datetime(outgoing.created_at).isoformat(),
        "images": [image["name"] for image in _images(outgoing)],
        "pictures": pictures,
        "payload": payload,
    }


def _page(record: dict[str, Any]) -> str:
    if record["channel"] != "slack":
        return _mail_page(record)
    first, *later = [_said(each) for each in (record, *record.get("thread", {}).values())]
    edits = [each for each in later if each.payload.get("mode") == "update"]
    shown = replace(first, payload=edits[-1].payload, pictures=edits[-1].pictures, edited=True) if edits else first
    return slack_page(shown, record["destination"], [each for each in later if each.payload.get("mode") == "reply"])


def _said(record: dict[str, Any]) -> Said:
    return Said(record["payload"], _when(record), record["pictures"])


def _when(record: dict[str, Any]) -> str:
    return f"{record['created_at'][:16].replace('T', ' ')} UTC"


def _mail_page(record: dict[str, Any]) -> str:
    body, subject = record["payload"]["html"], escape(record["payload"]["subject"])
    for name, address in record["pictures"].items():
        body = body.replace(f'src="cid:{escape(name)}"', f'src="{escape(address)}"')
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{subject}</title><style>{_FRAME}</style></head>
<body><div class="envelope"><b>{subject}</b>
<p>Mail to {escape(record["destination"])}, {_when(record)}</p></div>
<iframe title="The mail" sandbox="allow-same-origin" onload="{_GROW}" srcdoc="{escape(body)}"></iframe></body></html>
"""


def _index(folder: Path) -> str:
    newest = sorted(folder.glob("*T*-*.json"), reverse=True)
    rows = "\n".join(_index_row(path) for path in newest[:MOST_LISTED])
    more = f"<p>and {len(newest) - MOST_LISTED} older ones in this folder</p>" if len(newest) > MOST_LISTED else ""
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Preview of messages</title><style>{_LIST}</style></head>
<body><main><h1>What would have been sent</h1>
<table><tr><th>When (UTC)</th><th>To</th><th>What</th></tr>
{rows}
</table>{more}</main></body></html>
"""


def _index_row(path: Path) -> str:
    record = json.loads(path.read_text(encoding="utf-8"))
    subject = record["payload"].get("subject") if record["channel"] != "slack" else None
    said = escape(subject) if subject else plain(record["payload"]["text"][:200])
    when = escape(record["created_at"][:16].replace("T", " "))
    return (
        f'<tr><td class="when">{when}</td><td>{escape(record["destination"])}<br><small>{escape(record["channel"])}</small></td>'
        f'<td><a href="{escape(path.with_suffix(".html").name)}">{said}</a><br><small>{escape(record["kind"])}</small></td></tr>'
    )

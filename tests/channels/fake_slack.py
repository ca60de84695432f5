"""A Slack workspace on loopback that speaks the parts of the Web API that we use, keeps Slack's limits, and breaks on request."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from typing import Any

from slack_sdk.models.blocks import Block, HeaderBlock, ImageBlock

from tests.channels.faulty_answers import FaultyAnswers, asked_in

TOKEN = "xoxb-planted-secret"
BOT = "B0OURBOT1"


@dataclass
class Fault:
    """How one coming request of a method goes wrong; ``stored`` says whether Slack took it all the same."""

    method: str
    kind: str
    stored: bool = False
    value: str = ""


@dataclass
class Workspace:
    """What people see, and what was asked for."""

    channels: dict[str, str] = field(default_factory=lambda: {"#sla": "C0DEFAULT1", "#sales-emea": "C0EMEA0001"})
    people: dict[str, str] = field(default_factory=lambda: {"ana@example.com": "U0PERSON1"})
    archived: set[str] = field(default_factory=set)
    strangers: set[str] = field(default_factory=set)
    """Names of channels that we are no member of."""
    scopes: str = ""
    messages: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    undigested_posts: int = 0
    page_size: int = 2
    lock: threading.Lock = field(default_factory=threading.Lock)
    address: str = ""

    def asked(self, method: str) -> int:
        return sum(1 for name, _ in self.requests if name == method)

    def in_channel(self, name: str) -> list[dict[str, Any]]:
        return [message for message in self.messages if message["channel"] == self.channels[name]]

    # --- the methods -------------------------------------------------------------------------------------------

    def answer(self, method: str, asked: dict[str, Any]) -> dict[str, Any]:
        known = {
            "auth.test": self._auth,
            "users.lookupByEmail": self._person,
            "chat.postMessage": self._post,
            "chat.update": self._update,
            "chat.delete": self._delete,
            "conversations.list": self._list,
            "conversations.history": self._history,
            "conversations.replies": self._history,
            "conversations.open": lambda _: {"channel": {"id": "D0PERSON01"}},
            "files.getUploadURLExternal": self._upload_place,
            "files.completeUploadExternal": self._complete,
        }
        return {"ok": True, **known[method](asked)}

    def _auth(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"bot_id": BOT, "user": "slamon", "team": "Northwind"}

    def _person(self, asked: dict[str, Any]) -> dict[str, Any]:
        if asked["email"] not in self.people:
            raise Refused("users_not_found")
        return {"user": {"id": self.people[asked["email"]]}}

    def _place(self, channel: str) -> str:
        found = self.channels.get(channel, channel if channel in self.channels.values() or channel[:1] in "UD" else "")
        if not found:
            raise Refused("channel_not_found")
        if found in self.archived:
            raise Refused("is_archived")
        return "D0PERSON01" if found.startswith("U") else found

    def _post(self, asked: dict[str, Any]) -> dict[str, Any]:
        place = self._place(asked["channel"])
        self._checked(asked)
        ts = f"{1_795_000_000 + len(self.messages)}.000100"
        message = {**asked, "channel": place, "ts": ts, "bot_id": BOT}
        parts = 1 + (len(asked.get("text", "")) - 1) // 4000
        self.messages += [message] * parts  # Slack splits a long text, which looks like duplicates
        return {"channel": place, "ts": ts}

    def _update(self, asked: dict[str, Any]) -> dict[str, Any]:
        self._checked(asked)
        for message in self.messages:
            if (message["channel"], message["ts"]) == (asked["channel"], asked["ts"]):
                message |= {name: asked[name] for name in ("text", "blocks")}
                return {"channel": asked["channel"], "ts": asked["ts"]}
        raise Refused("message_not_found")

    def _delete(self, asked: dict[str, Any]) -> dict[str, Any]:
        for message in self.messages:
            if (message["channel"], message["ts"]) == (asked["channel"], asked["ts"]):
                if message["bot_id"] != BOT:
                    raise Refused("cant_delete_message")
                self.messages.remove(message)
                return {"channel": asked["channel"], "ts": asked["ts"]}
        raise Refused("message_not_found")

    def land_late(self, request: int = 0) -> None:
        """A request to post, whose connection had died, is stored only now."""
        asked = [each for name, each in self.requests if name == "chat.postMessage"][request]
        self._post(asked)

    def _checked(self, asked: dict[str, Any]) -> None:
        blocks = asked.get("blocks") or []
        if len(blocks) > 50 or len(json.dumps(blocks)) > 60_000:
            raise Refused("invalid_blocks")
        if len(json.dumps(blocks, ensure_ascii=False)) > 13_200:
            raise Refused("msg_blocks_too_long")
        for block in blocks:
            if not acceptable(block):
                raise Refused("invalid_blocks")
            if block["type"] == "image":
                self._checked_file(block)

    def _checked_file(self, block: dict[str, Any]) -> None:
        file = self.files.get(block.get("slack_file", {}).get("id", ""))
        if file is None or not file["complete"]:
            raise Refused("invalid_blocks")
        if self.undigested_posts:
            self.undigested_posts -= 1
            raise Refused("invalid_blocks")

    def _list(self, asked: dict[str, Any]) -> dict[str, Any]:
        if self.scopes and "private_channel" in asked.get("types", "") and "groups:read" not in self.scopes:
            return {"ok": False, "error": "missing_scope"}
        return self._paged("channels", [self._shown(name, id_) for name, id_ in self.channels.items()], asked)

    def _shown(self, name: str, id_: str) -> dict[str, Any]:
        return {"name": name[1:], "id": id_, "is_archived": id_ in self.archived, "is_member": name not in self.strangers}

    def _history(self, asked: dict[str, Any]) -> dict[str, Any]:
        thread = asked.get("ts")
        place = self._place(asked["channel"])
        found = [
            each
            for each in reversed(self.messages)
            if each["channel"] == place and each["ts"] >= asked["oldest"] and (each.get("thread_ts") == thread or not thread)
        ]
        shown = [{name: value for name, value in each.items() if name != "metadata" or asked.get("include_all_metadata")} for each in found]
        return self._paged("messages", shown, asked)

    def _paged(self, what: str, everything: list[dict[str, Any]], asked: dict[str, Any]) -> dict[str, Any]:
        start = int(asked.get("cursor") or 0)
        further = start + self.page_size
        cursor = str(further) if further < len(everything) else ""
        return {what: everything[start:further], "response_metadata": {"next_cursor": cursor}}

    def _upload_place(self, asked: dict[str, Any]) -> dict[str, Any]:
        file_id = f"F0FILE{len(self.files):05d}"
        self.files[file_id] = {"name": asked["filename"], "length": int(asked["length"]), "content": b"", "complete": False, "shared": None}
        return {"upload_url": f"{self.address}/upload/{file_id}", "file_id": file_id}

    def _complete(self, asked: dict[str, Any]) -> dict[str, Any]:
        files = asked["files"] if isinstance(asked["files"], list) else json.loads(asked["files"])
        for each in files:
            file = self.files[each["id"]]
            if len(file["content"]) != file["length"]:
                raise Refused("file_upload_size_mismatch")
            file |= {"complete": True, "shared": asked.get("channel_id")}
        return {"files": files}


class Refused(Exception):  # noqa: N818 - an answer, not a fault
    """Slack says no."""


def acceptable(block: dict[str, Any]) -> bool:
    """Slack's own rules for a block, as its SDK states them."""
    if block["type"] == "image":
        return "slack_file" in block and 0 < len(block["alt_text"]) <= ImageBlock.alt_text_max_length
    if block["type"] == "header":
        return block["text"]["type"] == "plain_text" and 0 < len(block["text"]["text"]) <= HeaderBlock.text_max_length
    if block["type"] == "context" and not 0 < len(block["elements"]) <= 10:
        return False
    if block["type"] == "rich_text" and not all(_full(element) for element in block["elements"]):
        return False
    parsed = Block.parse(block)
    if parsed is None:
        return False
    parsed.validate_json()
    return True


def _full(element: dict[str, Any]) -> bool:
    """Rich text without a text, or with an empty list, is refused."""
    if element["type"] == "rich_text_list":
        return bool(element["elements"]) and all(map(_full, element["elements"]))
    return bool(element["elements"]) and all(piece["type"] != "text" or piece["text"] for piece in element["elements"])


def heard(message: dict[str, Any]) -> list[str]:
    """Who is notified by a message: people named in rich text, and whatever unescaped text would raise."""
    found = [piece["user_id"] for piece in _pieces(message.get("blocks") or []) if piece["type"] == "user"]
    texts = [message.get("text", "")] + [text["text"] for text in _texts(message.get("blocks") or [])]
    found += [text for text in texts if "<!" in text or "<@" in text or "<#" in text or "<http" in text]
    return found + (["link_names"] if message.get("link_names") or message.get("parse") == "full" else [])


def _pieces(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if node.get("type") in ("text", "user", "link", "usergroup", "broadcast", "channel"):
            yield node
        for value in node.values():
            yield from _pieces(value)
    elif isinstance(node, list):
        for value in node:
            yield from _pieces(value)


def _texts(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if node.get("type") in ("plain_text", "mrkdwn"):
            yield node
        for value in node.values():
            yield from _texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from _texts(value)


class _Handler(FaultyAnswers):
    workspace: Workspace

    def scopes(self) -> str:
        return self.workspace.scopes

    def do_POST(self) -> None:  # noqa: N802 - the name by which http.server calls it
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.startswith("/upload/"):
            self.workspace.files[self.path.rsplit("/", 1)[1]]["content"] = body
            return self.say(200, b"OK", {})
        method = self.path.rsplit("/", 1)[1]
        with self.workspace.lock:
            asked = asked_in(self.headers.get("Content-Type", ""), body)
            self.workspace.requests.append((method, asked))
            fault = next((each for each in self.workspace.faults if each.method == method), None)
            if fault:
                self.workspace.faults.remove(fault)
            answer = self._result(method, asked) if fault is None or fault.stored else {}
        return self.break_off(fault) if fault else self.say_json(200, answer)

    def _result(self, method: str, asked: dict[str, Any]) -> dict[str, Any]:
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return {"ok": False, "error": "invalid_auth"}
        try:
            return self.workspace.answer(method, asked)
        except Refused as error:
            return {"ok": False, "error": str(error)}


@contextmanager
def slack_workspace() -> Iterator[Workspace]:
    """A workspace that answers at ``address`` while the context is open."""
    workspace, stopping = Workspace(), threading.Event()
    handler = type("Handler", (_Handler,), {"workspace": workspace, "stopping": stopping})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    workspace.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield workspace
    finally:
        stopping.set()
        server.shutdown()
        server.server_close()
        thread.join(5)

"""A Slack workspace over HTTP on loopback: Slack's limits, lags, lies and failures, and what a person sees in it.

By hand: ``python -m tests.faults.fake_slack --port 8055``, with ``api_url: http://127.0.0.1:8055/api/`` in slamon.yaml and
any token that begins with ``xoxb-``; GET / shows every channel as people see it, POST /faults plants one (the fields of
:class:`Fault` as JSON). Time is the virtual clock's in tests, the computer's by hand.
"""

import argparse
import json
import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from html import escape
from http.server import ThreadingHTTPServer
from typing import Any

from slamon.schedule import wall_clock
from tests.channels.fake_slack import acceptable
from tests.channels.faulty_answers import FaultyAnswers, asked_in
from tests.faults.clock import SECOND

TOKEN = "xoxb-planted-secret"
BOT = "B0OURBOT1"
SPLIT_AT = 4_000
CUT_AT = 40_000
MOST_BLOCKS = 50
MOST_CHARACTERS = 13_200
CLIENT_WAITS_S = 10
SCOPES = ("chat:write", "channels:read", "channels:history", "groups:history", "im:history", "im:write", "users:read.email", "files:write")
NEEDED = {
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "chat.delete": "chat:write",
    "conversations.history": "channels:history",
    "conversations.replies": "channels:history",
    "conversations.list": "channels:read",
    "conversations.info": "channels:read",
    "users.lookupByEmail": "users:read.email",
    "files.getUploadURLExternal": "files:write",
    "files.completeUploadExternal": "files:write",
}

METHODS = ("auth.test", "conversations.open", *NEEDED)
KINDS = ("reset", "disconnect", "hang", "half body", "body", "status", "error", "rate limit", "fine")
TYPES = {"stored": (bool,), "late_s": (int, float)}
"""Of a fault's fields as JSON; the others are texts."""
NEED_A_VALUE = {"body": "what is answered instead", "status": "such as 503", "error": "Slack's code, such as token_revoked"}


@dataclass
class Fault:
    """How one coming request of a method goes wrong.

    ``kind``: reset, disconnect, hang, half body, body (``value`` instead of an answer), status (``value``), error (ok:false
    with the code ``value``), rate limit (Retry-After ``value``, none when empty), fine (nothing goes wrong, ``late_s`` may).
    ``stored``: Slack does what was asked all the same; ``late_s``: so many seconds after the request.
    """

    method: str
    kind: str
    stored: bool = False
    value: str = ""
    late_s: float = 0
    channel: str = ""
    """Only a request for this channel, by its name or id."""


@dataclass
class Change:
    """One thing that happened to a message: posted, edited or deleted, when, and what it said then."""

    at: int
    what: str
    message: dict[str, Any]


@dataclass
class Asked:
    """One request: when, of which method, with what, and what it was answered (empty when the line broke)."""

    at: int
    method: str
    content: dict[str, Any]
    answer: str = ""


class Refused(Exception):  # noqa: N818 - an answer, not a fault
    """Slack says no."""


@dataclass
class SlackWorkspace:
    """Channels, people, what they see, and what was asked for."""

    clock: Callable[[], int]
    channels: dict[str, str] = field(default_factory=lambda: {"#sla": "C0DEFAULT1"})
    people: dict[str, str] = field(default_factory=dict)
    archived: set[str] = field(default_factory=set)
    closed: dict[str, str] = field(default_factory=dict)
    """The refusal of each channel (by id) that does not take our posts: is_archived, not_in_channel, restricted_action."""
    scopes: set[str] = field(default_factory=lambda: set(SCOPES))
    token: str = TOKEN
    token_trouble: str = ""
    down: bool = False
    history_lag_s: float = 0
    rate_per_s: float = 1.0
    """Posts a second that one channel takes; 0 takes any number."""
    page_size: int = 100
    messages: list[dict[str, Any]] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    landing: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    requests: list[Asked] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    address: str = ""
    lock: threading.RLock = field(default_factory=threading.RLock)
    on_hang: Callable[[float], object] = lambda _: None
    """Told how many seconds a client will wait in vain, so that a virtual clock can go on."""
    _numbers: int = 0
    _last_post: dict[str, int] = field(default_factory=dict)

    # --- what a test asks ---------------------------------------------------------------------------------------

    def plant(self, *faults: Fault) -> None:
        """Let coming requests go wrong, each fault once."""
        with self.lock:
            self.faults.extend(faults)

    def asked(self, method: str) -> list[Asked]:
        """The requests of one method, in order."""
        return [each for each in self.requests if each.method == method]

    def limited(self) -> int:
        """How many requests were answered 429 by the limit itself."""
        return sum(each.answer == "limited" for each in self.requests)

    def name_of(self, place: str) -> str:
        """The channel's name or the person's mail address behind an id, as a person would say it."""
        people = {f"D{id_[1:]}": address for address, id_ in self.people.items()}
        names = {id_: name for name, id_ in self.channels.items()}
        return names.get(place) or people.get(place) or place

    def seen(self, name: str = "") -> list[dict[str, Any]]:
        """What people see now in a channel or conversation (all when none is named), oldest first, thread answers among them."""
        self.land()
        with self.lock:
            return [dict(each) for each in self.messages if not name or self.name_of(each["channel"]) == name]

    def delete(self, ts: str) -> None:
        """A person deletes a message by hand."""
        with self.lock:
            message = next(each for each in self.messages if each["ts"] == ts)
            self.messages.remove(message)
            self.changes.append(Change(self.clock(), "deleted", dict(message)))

    def land(self) -> None:
        """Messages that Slack took and shows only now."""
        with self.lock:
            now = self.clock()
            for due, message in [each for each in self.landing if each[0] <= now]:
                self.landing.remove((due, message))
                self._show(message, due)

    # --- the methods --------------------------------------------------------------------------------------------

    def answer(self, method: str, asked: dict[str, Any], late_s: float = 0) -> dict[str, Any]:
        """What Slack says to a request that reached it whole; ``Refused`` with its code."""
        self.land()
        if self.token_trouble:
            raise Refused(self.token_trouble)
        if method in NEEDED and NEEDED[method] not in self.scopes:
            raise Refused("missing_scope")
        known: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "auth.test": self._auth,
            "users.lookupByEmail": self._person,
            "chat.postMessage": lambda asked: self._post(asked, late_s),
            "chat.update": self._update,
            "chat.delete": self._delete,
            "conversations.list": self._list,
            "conversations.info": self._info,
            "conversations.open": lambda asked: {"channel": {"id": self._conversation(asked["users"])}},
            "conversations.history": self._history,
            "conversations.replies": self._history,
            "files.getUploadURLExternal": self._upload_place,
            "files.completeUploadExternal": self._complete,
        }
        if method not in known:
            raise Refused("unknown_method")
        return known[method](asked)

    def _auth(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"bot_id": BOT, "user": "slamon", "user_id": "U0SLAMON", "team": "Northwind", "team_id": "T0TEAM", "url": self.address}

    def _list(self, asked: dict[str, Any]) -> dict[str, Any]:
        return self._paged("channels", [{"name": name[1:], **self._channel(id_)} for name, id_ in sorted(self.channels.items())], asked)

    def _info(self, asked: dict[str, Any]) -> dict[str, Any]:
        place = self._place(asked["channel"], reading=True)
        return {"channel": {"name": self.name_of(place).lstrip("#"), **self._channel(place)}}

    def _channel(self, place: str) -> dict[str, Any]:
        return {"id": place, "is_archived": place in self.archived, "is_member": self.closed.get(place) != "not_in_channel"}

    def _person(self, asked: dict[str, Any]) -> dict[str, Any]:
        found = self.people.get(asked["email"].lower())
        if found is None:
            raise Refused("users_not_found")
        return {"user": {"id": found, "deleted": False, "is_bot": False}}

    def _conversation(self, user: str) -> str:
        if user not in self.people.values():
            raise Refused("user_not_found")
        return f"D{user[1:]}"

    def _place(self, channel: str, *, reading: bool = False) -> str:
        known = set(self.channels.values()) | {f"D{id_[1:]}" for id_ in self.people.values()}
        named = channel if channel.startswith("#") else f"#{channel}"
        place = channel if channel in known else self.channels.get(named, "")
        if channel in self.people.values():
            place = self._conversation(channel)
        if not place:
            raise Refused("channel_not_found")
        if reading:
            if self.closed.get(place) == "not_in_channel":
                raise Refused("not_in_channel")
            return place
        if place in self.archived:
            raise Refused("is_archived")
        if place in self.closed:
            raise Refused(self.closed[place])
        return place

    def _post(self, asked: dict[str, Any], late_s: float) -> dict[str, Any]:
        place = self._place(asked["channel"])
        checked(asked, self.files)
        thread = asked.get("thread_ts")
        if thread and not any((each["channel"], each["ts"]) == (place, thread) for each in self.messages):
            raise Refused("thread_not_found")
        self._limit(place)
        first = ""
        for part in _parts(asked.get("text", "")):
            message = {**asked, "text": part, "channel": place, "ts": self._ts(), "bot_id": BOT, "type": "message"}
            first = first or message["ts"]
            due = self.clock() + round(late_s * SECOND)
            if late_s:
                self.landing.append((due, message))
            else:
                self._show(message, due)
        return {"channel": place, "ts": first, "message": {"text": asked.get("text", ""), "bot_id": BOT, "ts": first}}

    def _limit(self, place: str) -> None:
        now = self.clock()
        if self.rate_per_s and now - self._last_post.get(place, -SECOND * 3600) < SECOND / self.rate_per_s:
            raise Refused("limited")
        self._last_post[place] = now

    def _show(self, message: dict[str, Any], at: int) -> None:
        self.messages.append(message)
        self.changes.append(Change(at, "posted", dict(message)))

    def _ts(self) -> str:
        self._numbers += 1
        return f"{self.clock() // SECOND}.{self._numbers % 1_000_000:06d}"

    def _own(self, asked: dict[str, Any], refusal: str) -> dict[str, Any]:
        for message in self.messages:
            if (message["channel"], message["ts"]) == (asked["channel"], asked["ts"]):
                if message.get("bot_id") != BOT:
                    raise Refused(refusal)
                return message
        raise Refused("message_not_found")

    def _update(self, asked: dict[str, Any]) -> dict[str, Any]:
        place = self._place(asked["channel"])
        checked(asked, self.files)
        message = self._own({**asked, "channel": place}, "cant_update_message")
        message |= {name: asked[name] for name in ("text", "blocks", "metadata") if name in asked}
        self.changes.append(Change(self.clock(), "edited", dict(message)))
        return {"channel": place, "ts": asked["ts"], "text": asked.get("text", "")}

    def _delete(self, asked: dict[str, Any]) -> dict[str, Any]:
        place = self._place(asked["channel"], reading=True)
        message = self._own({**asked, "channel": place}, "cant_delete_message")
        self.delete(message["ts"])
        return {"channel": place, "ts": asked["ts"]}

    def _history(self, asked: dict[str, Any]) -> dict[str, Any]:
        """A channel's messages without thread answers, or a thread with its first; what is younger than the lag is not there yet."""
        place, thread = self._place(asked["channel"], reading=True), asked.get("ts")
        horizon = self.clock() - round(self.history_lag_s * SECOND)
        posted = {change.message["ts"]: change.at for change in self.changes if change.what == "posted"}
        found = [
            each
            for each in sorted(self.messages, key=lambda each: float(each["ts"]), reverse=True)
            if each["channel"] == place
            and float(each["ts"]) >= float(asked.get("oldest") or 0)
            and float(each["ts"]) <= float(asked.get("latest") or 1e12)
            and posted.get(each["ts"], 0) <= horizon
            and (thread in (each["ts"], each.get("thread_ts")) if thread else not each.get("thread_ts"))
        ]
        hidden = () if str(asked.get("include_all_metadata", "")).lower() in ("true", "1") else ("metadata",)
        return self._paged("messages", [{k: v for k, v in each.items() if k not in hidden} for each in found], asked)

    def _paged(self, what: str, everything: list[dict[str, Any]], asked: dict[str, Any]) -> dict[str, Any]:
        start = int(asked.get("cursor") or 0)
        further = start + min(self.page_size, int(asked.get("limit") or self.page_size))
        cursor = str(further) if further < len(everything) else ""
        return {what: everything[start:further], "has_more": bool(cursor), "response_metadata": {"next_cursor": cursor}}

    def _upload_place(self, asked: dict[str, Any]) -> dict[str, Any]:
        file_id = f"F0FILE{len(self.files):05d}"
        self.files[file_id] = {"length": int(asked["length"]), "content": b"", "complete": False}
        return {"upload_url": f"{self.address}/upload/{file_id}", "file_id": file_id}

    def _complete(self, asked: dict[str, Any]) -> dict[str, Any]:
        files = asked["files"] if isinstance(asked["files"], list) else json.loads(asked["files"])
        for each in files:
            file = self.files.get(each["id"])
            if file is None or len(file["content"]) != file["length"]:
                raise Refused("file_upload_size_mismatch")
            file["complete"] = True
        return {"files": files}


def _parts(text: str) -> list[str]:
    """Slack shows a text over 4,000 characters as several messages, and cuts one over 40,000."""
    cut = text[:CUT_AT]
    return [cut[start : start + SPLIT_AT] for start in range(0, len(cut), SPLIT_AT)] or [""]


def checked(asked: dict[str, Any], files: dict[str, dict[str, Any]]) -> None:
    """Slack's limits for a message; ``Refused`` when it breaks one."""
    blocks = asked.get("blocks") or []
    if not asked.get("text") and not blocks:
        raise Refused("no_text")
    if len(blocks) > MOST_BLOCKS:
        raise Refused("invalid_blocks")
    if len(json.dumps(blocks, ensure_ascii=False)) > MOST_CHARACTERS:
        raise Refused("msg_blocks_too_long")
    for block in blocks:
        if not _acceptable(block, files):
            raise Refused("invalid_blocks")


def _acceptable(block: dict[str, Any], files: dict[str, dict[str, Any]]) -> bool:
    """Slack's own rules, and pictures only of files that are there."""
    there = block["type"] != "image" or bool(files.get(block.get("slack_file", {}).get("id", ""), {}).get("complete"))
    return there and acceptable(block)


def words_of(message: dict[str, Any]) -> list[str]:
    """The lines of a message as a person reads them: those of its blocks, or its text where it has none."""
    blocks = message.get("blocks")
    blocks = json.loads(blocks) if isinstance(blocks, str) else blocks
    lines = [_plain(line) for block in blocks or [] for line in _lines(block)]
    return [line for line in lines if line.strip()] or [_plain(message.get("text", ""))]


def _plain(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _lines(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for each in node:
            yield from _lines(each)
    elif isinstance(node, dict):
        if node.get("type") in ("plain_text", "mrkdwn"):
            yield from str(node["text"]).splitlines()
        elif node.get("type") in ("rich_text_section", "rich_text_quote", "rich_text_preformatted"):
            yield from "".join(str(piece.get("text", piece.get("url", ""))) for piece in node["elements"]).splitlines()
        elif node.get("type") == "image":
            yield f"[picture: {node['alt_text']}]"
        else:
            for key in ("text", "elements", "fields"):
                yield from _lines(node.get(key))


def planned(body: bytes) -> Fault:
    """A fault as somebody types it; ``ValueError`` for what would never happen, or not as it was meant."""
    asked = json.loads(body)
    names = [each.name for each in fields(Fault)]
    if not isinstance(asked, dict) or not asked.keys() <= set(names) or not {"method", "kind"} <= asked.keys():
        raise ValueError(f"write method and kind, and of the rest what is needed: {', '.join(names)}")
    for name, value in asked.items():
        if type(value) not in TYPES.get(name, (str,)):
            raise ValueError(f"{name} {value!r} is none; stored is true or false, late_s a number of seconds, the rest are texts")
    fault = Fault(**asked)
    if fault.method not in METHODS:
        raise ValueError(f"method {fault.method!r} is never asked for; write one of {', '.join(METHODS)}")
    if fault.kind not in KINDS:
        raise ValueError(f"kind {fault.kind!r} is none; write one of {', '.join(KINDS)}")
    if (fault.kind in NEED_A_VALUE and not fault.value) or (fault.kind == "status" and not fault.value.isdecimal()):
        raise ValueError(f"{fault.kind} takes a value: {NEED_A_VALUE[fault.kind]}")
    return fault


class _Handler(FaultyAnswers):
    workspace: SlackWorkspace

    def scopes(self) -> str:
        return ",".join(sorted(self.workspace.scopes))

    def hang(self) -> None:
        self.workspace.on_hang(CLIENT_WAITS_S)
        super().hang()

    def do_GET(self) -> None:  # noqa: N802 - the name by which http.server calls it
        self.say(200, _page(self.workspace).encode(), {"Content-Type": "text/html; charset=utf-8"})

    def do_POST(self) -> None:  # noqa: N802 - the name by which http.server calls it
        length = int(self.headers.get("Content-Length") or 0)
        try:
            body = self.rfile.read(length)
        except OSError:
            body = b""
        if len(body) < length:  # the client died while it wrote
            self.close_connection = True
            return
        if self.path.startswith("/upload/"):
            self.workspace.files[self.path.rsplit("/", 1)[1]]["content"] = body
            self.say(200, b"OK", {})
        elif self.path == "/faults":
            self._plant(body)
        else:
            self._method(self.path.rsplit("/", 1)[1], body)

    def _plant(self, body: bytes) -> None:
        try:
            self.workspace.plant(planned(body))
        except ValueError as error:
            self.say(400, f"not planted: {error}\n".encode(), {})
        else:
            self.say(200, b"planted\n", {})

    def _method(self, method: str, body: bytes) -> None:
        shop = self.workspace
        with shop.lock:
            asked = asked_in(self.headers.get("Content-Type", ""), body)
            log = Asked(shop.clock(), method, asked)
            shop.requests.append(log)
            fault = self._fault(method, asked)
            if fault is None and shop.down:
                fault = Fault(method, "status", value="503")
            answer = self._result(method, asked, fault.late_s if fault else 0) if fault is None or fault.stored else {}
            log.answer = fault.kind if fault else answer.get("error", "ok")
        try:
            if fault and fault.kind != "fine":
                self.break_off(fault)
            elif answer.get("error") == "limited":
                self.say_json(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": "1"})
            else:
                self.say_json(200, answer)
        except OSError:  # nobody listens any more
            self.close_connection = True

    def _fault(self, method: str, asked: dict[str, Any]) -> Fault | None:
        shop = self.workspace
        for each in shop.faults:
            if each.method == method and each.channel in ("", asked.get("channel"), shop.name_of(str(asked.get("channel")))):
                shop.faults.remove(each)
                return each
        return None

    def _result(self, method: str, asked: dict[str, Any], late_s: float) -> dict[str, Any]:
        if self.headers.get("Authorization") != f"Bearer {self.workspace.token}" and self.workspace.token:
            return {"ok": False, "error": "invalid_auth"}
        try:
            return {"ok": True, **self.workspace.answer(method, asked, late_s)}
        except Refused as error:
            return {"ok": False, "error": str(error)}


def _page(workspace: SlackWorkspace) -> str:
    parts = ["<!DOCTYPE html><meta charset=utf-8><title>Fake Slack</title>"]
    for place in dict.fromkeys(each["channel"] for each in workspace.seen()):
        parts.append(f"<h2>{escape(workspace.name_of(place))}</h2>")
        for each in workspace.seen(workspace.name_of(place)):
            indent = " style='margin-left:3em'" if each.get("thread_ts") else ""
            parts.append(f"<p{indent}>{'<br>'.join(map(escape, words_of(each)))}</p><hr>")
    return "".join(parts)


@contextmanager
def slack_workspace(clock: Callable[[], int], port: int = 0, **more: Any) -> Iterator[SlackWorkspace]:
    """A workspace that answers at ``address`` while the context is open; ``more`` are its own fields."""
    workspace, stopping = SlackWorkspace(clock, **more), threading.Event()
    handler = type("Handler", (_Handler,), {"workspace": workspace, "stopping": stopping})
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
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


class _AnyPlaces(dict[str, str]):
    """Channels or people that exist as soon as somebody names them, for trying by hand."""

    def __init__(self, letter: str) -> None:
        super().__init__()
        self._letter = letter

    def get(self, name: str, default: Any = None) -> Any:
        """The id of what is named; new ones are made for whole names."""
        if name not in self and re.fullmatch(r"#[a-z0-9_-]+|[^@\s]+@[^@\s]+", name):
            self[name] = f"{self._letter}0MADE{len(self):05d}"
        return super().get(name, default)


def main(arguments: list[str] | None = None) -> None:
    """Serve by hand until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.fake_slack", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--port", type=int, default=8055)
    parser.add_argument("--channel", action="append", default=["#sla"], metavar="#NAME", help="there from the start; others once posted to")
    parser.add_argument("--history-lag", type=float, default=0, metavar="SECONDS")
    asked = parser.parse_args(arguments)
    channels = _AnyPlaces("C")
    for name in asked.channel:
        channels.get(f"#{name.lstrip('#')}")
    more = {"channels": channels, "people": _AnyPlaces("U"), "token": "", "history_lag_s": asked.history_lag}
    with slack_workspace(wall_clock, asked.port, **more) as workspace:
        sys.stdout.write(f"A fake Slack at {workspace.address}/ (api_url: {workspace.address}/api/); Ctrl-C ends it.\n")
        sys.stdout.flush()
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()

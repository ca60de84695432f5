"""Slack: posts, edits and thread answers, each one request that is never repeated here, and finding what may have arrived."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

from slamon.channels.outgoing import DeliveryError, Failure, Outgoing, Shown
from slamon.channels.slack_access import closed_channels, missing_scopes
from slamon.channels.slack_answers import GONE, NEVER_READABLE, NOWHERE, UNREADABLE, asked, reference_of
from slamon.channels.slack_client import SlackClient
from slamon.channels.slack_pictures import Pictures
from slamon.core.working_time.instants import MINUTE, SECOND
from slamon.settings import Workspace

TIMEOUT_S = 10
PICTURE_WAIT_S = 5.0
EVENT_TYPE = "slamon_delivery"
LOOK_BACK = 5 * MINUTE
PAGE = 200
MOST_PAGES = 100
MOST_BLOCKS = 50
MOST_PLAIN = 3900  # above 4,000 characters Slack splits a text into several messages


class SlackChannel:
    """Sends to one workspace with a bot token; ``default_channel`` stands in for a destination that no longer exists."""

    def __init__(self, token: str, api_url: str, default_channel: str, inside: Collection[str] = ()) -> None:
        self._client = SlackClient(token, api_url, TIMEOUT_S, inside)
        self._default = default_channel
        self._pictures = Pictures(self._client, api_url)
        self._ids: dict[str, str] = {}
        self._people: dict[str, str] = {}
        self._bot_id = ""

    def send(self, outgoing: Outgoing) -> dict[str, Any]:
        """Post, edit or answer once; returns ``channel`` and ``ts``, and ``instead_of`` when the destination was gone.

        A message that a person deleted before its edit is posted anew. What Slack cannot read as blocks goes out as plain
        text. A picture that Slack has not digested yet is a definite failure, and the next attempt uses the same upload.
        """
        blocks = self._pictures.shown(outgoing)
        if outgoing.payload.get("mode") == "update" and outgoing.previous:
            try:
                return self._edit(outgoing, blocks, outgoing.previous)
            except DeliveryError as error:
                if error.reason not in GONE:
                    raise
        return self._post_somewhere(outgoing, blocks)

    def find(self, outgoing: Outgoing) -> dict[str, Any] | None:
        """The reference of the message that carries the delivery's mark and is our own, None when it is not there.

        Reads back to five minutes before the message was made, in the thread for an answer. ``DeliveryError``: cannot tell,
        and ``PERMANENT`` when we have no right to read there.
        """
        with _unreadable_for_ever():
            return self._found_there(outgoing) or self._found_instead(outgoing)

    def twins(self, shown: Shown) -> list[dict[str, Any]]:
        """Our own messages that carry the same delivery's mark beside the one that is known."""
        place, thread = shown.reference["channel"], shown.reference.get("thread_ts")
        with _unreadable_for_ever():
            told = list(self._own_messages(place, thread, shown.created_at))
        stamps = [ts for ts, said in told if said.get("delivery_id") == shown.delivery_id and ts != shown.reference["ts"]]
        return [{"channel": place, "ts": ts} for ts in stamps]

    def take_back(self, reference: dict[str, Any]) -> bool:
        """Delete a message of ours; False when it is gone."""
        try:
            asked(lambda: self._client.chat_delete(channel=reference["channel"], ts=reference["ts"]))
        except DeliveryError as error:
            if error.reason == "message_not_found":
                return False
            raise
        return True

    def examine(self) -> str:
        """As whom we are known to which workspace."""
        known = asked(self._client.auth_test)
        return f"Slack: {known.get('user', 'a bot')} in {known.get('team', 'a workspace')}"

    def lacks(self, destinations: Iterable[str]) -> dict[str, str]:
        """The rights that the token lacks, and the channels that do not take us."""
        scopes = {f"scope {name}": f"without it, {without}" for name, without in missing_scopes(self._client).items()}
        return scopes | closed_channels(self._client, [self._default, *destinations])

    def _edit(self, outgoing: Outgoing, blocks: list[dict[str, Any]], previous: dict[str, Any]) -> dict[str, Any]:
        """An edit may be repeated freely, and keeps the metadata of the message it edits."""

        def edit(text: str, shown: list[dict[str, Any]]) -> Any:
            return self._client.chat_update(channel=previous["channel"], ts=previous["ts"], text=text, blocks=shown, parse="none")

        text = outgoing.payload["text"]
        try:
            return reference_of(asked(lambda: edit(text, blocks)))
        except DeliveryError as error:
            if error.reason not in UNREADABLE:
                raise
            with _refused_for_ever():
                return reference_of(asked(lambda: edit(text[:MOST_PLAIN], [])))

    def _post_somewhere(self, outgoing: Outgoing, blocks: list[dict[str, Any]]) -> dict[str, Any]:
        destination = outgoing.destination or self._default
        try:
            return self._post_readable(outgoing, self._person(destination), blocks)
        except DeliveryError as error:
            elsewhere = outgoing.payload.get("mode") == "reply" or outgoing.payload.get("only_there")
            if error.reason not in NOWHERE or destination == self._default or elsewhere:
                raise
            note = f"This was meant for {destination}, where Slack does not let us post ({error.reason})."
            said = {"type": "context", "elements": [{"type": "plain_text", "text": note, "emoji": False}]}
            posted = self._post_readable(outgoing, self._default, [*blocks[: MOST_BLOCKS - 1], said])
            return posted | {"instead_of": destination, "reason": error.reason}

    def _post_readable(self, outgoing: Outgoing, destination: str, blocks: list[dict[str, Any]]) -> dict[str, Any]:
        try:
            posted = self._post(outgoing, destination, blocks)
        except DeliveryError as error:
            if error.reason not in UNREADABLE:
                raise
            if self._pictures.undigested(outgoing):
                raise DeliveryError(Failure.DEFINITE, "Slack has not digested the picture yet", PICTURE_WAIT_S) from error
            posted = self._post_plain(outgoing, destination)
        self._pictures.forget(outgoing)
        return posted

    def _post_plain(self, outgoing: Outgoing, destination: str) -> dict[str, Any]:
        """The words alone, short enough for one message."""
        words = {"text": outgoing.payload["text"][:MOST_PLAIN]}
        with _refused_for_ever():
            return self._post(replace(outgoing, payload=outgoing.payload | words), destination, [])

    def _post(self, outgoing: Outgoing, destination: str, blocks: list[dict[str, Any]]) -> dict[str, Any]:
        answers = outgoing.previous if outgoing.payload.get("mode") == "reply" else None
        thread = {"thread_ts": answers["ts"]} if answers else {}
        told = {"delivery_id": outgoing.delivery_id} | ({"says": list(outgoing.marks)} if outgoing.marks else {})
        posted = reference_of(
            asked(
                lambda: self._client.chat_postMessage(
                    channel=answers["channel"] if answers else destination,
                    text=outgoing.payload["text"],
                    blocks=blocks,
                    metadata={"event_type": EVENT_TYPE, "event_payload": told},
                    client_msg_id=outgoing.delivery_id,
                    unfurl_links=False,
                    unfurl_media=False,
                    mrkdwn=False,
                    parse="none",
                    **thread,
                )
            )
        )
        return posted | thread

    def _found_there(self, outgoing: Outgoing) -> dict[str, Any] | None:
        try:
            return self._found(outgoing, outgoing.destination or self._default)
        except DeliveryError as error:
            if error.reason == "user_not_found":  # so it went to the default channel, if anywhere
                return None
            raise

    def _found_instead(self, outgoing: Outgoing) -> dict[str, Any] | None:
        """A message for a destination that was gone lies in the default channel."""
        if outgoing.payload.get("mode") == "reply" or outgoing.destination in ("", self._default):
            return None
        return self._found(outgoing, self._default)

    def _found(self, outgoing: Outgoing, destination: str) -> dict[str, Any] | None:
        answers = outgoing.previous if outgoing.payload.get("mode") == "reply" else None
        channel = answers["channel"] if answers else self._channel_id(destination)
        thread = {"thread_ts": answers["ts"]} if answers else {}
        alike = None
        for ts, told in self._own_messages(channel, thread.get("thread_ts"), outgoing.created_at):
            if told.get("delivery_id") == outgoing.delivery_id:
                return {"channel": channel, "ts": ts} | thread
            if outgoing.marks and told.get("says") == list(outgoing.marks):
                alike = {"channel": channel, "ts": ts} | thread
        return alike

    def _own_messages(self, channel: str, thread: str | None, made_at: int) -> Iterator[tuple[str, dict[str, Any]]]:
        """Our own bot's deliveries since a message was made, and what each says of itself; anybody can forge the mark alone."""
        own, since = self._own_id(), f"{(made_at - LOOK_BACK) / SECOND:.6f}"
        for message in self._messages(channel, thread, since):
            mark = message.get("metadata") or {}
            if message.get("bot_id") == own and mark.get("event_type") == EVENT_TYPE:
                yield message["ts"], mark.get("event_payload") or {}

    def _messages(self, channel: str, thread: str | None, since: str) -> Iterator[dict[str, Any]]:
        asking: dict[str, Any] = {"channel": channel, "oldest": since, "limit": PAGE, "include_all_metadata": True}
        if thread:
            return self._paged(lambda cursor: self._client.conversations_replies(ts=thread, cursor=cursor, **asking), "messages")
        return self._paged(lambda cursor: self._client.conversations_history(cursor=cursor, **asking), "messages")

    def _person(self, destination: str) -> str:
        """The Slack id of a person who is known by mail address; everything else as it is. Who is not found is not asked for again."""
        if "@" not in destination:
            return destination
        if destination not in self._people:
            self._people[destination] = self._looked_up(destination)
        if not self._people[destination]:
            raise DeliveryError(Failure.PERMANENT, "user_not_found")
        return self._people[destination]

    def _looked_up(self, address: str) -> str:
        """Empty for nobody. Nothing is posted yet, so a failure of unknown outcome is a definite one."""
        try:
            return str(asked(lambda: self._client.users_lookupByEmail(email=address)).get("user", {}).get("id", ""))
        except DeliveryError as error:
            if error.reason in ("users_not_found", "missing_scope"):  # without the right to look, the default channel hears it
                return ""
            failure = Failure.DEFINITE if error.failure is Failure.AMBIGUOUS else error.failure
            raise DeliveryError(failure, error.reason, error.retry_after_s) from error

    def _channel_id(self, named: str) -> str:
        """Reading needs an id where posting takes a name; a person's is that of the conversation with them."""
        destination = self._person(named)
        if not destination.startswith("#"):
            return self._conversation(destination) if destination[:1] in ("U", "W") else destination
        if destination not in self._ids:
            listed = self._paged(lambda cursor: self._client.conversations_list(limit=PAGE, cursor=cursor), "channels")
            self._ids |= {f"#{channel['name']}": channel["id"] for channel in listed if "name" in channel and "id" in channel}
        if destination not in self._ids:
            raise DeliveryError(Failure.PERMANENT, "channel_not_found")
        return self._ids[destination]

    def _conversation(self, user: str) -> str:
        if user not in self._ids:
            self._ids[user] = str(asked(lambda: self._client.conversations_open(users=user)).get("channel", {}).get("id", ""))
        return self._ids[user]

    def _own_id(self) -> str:
        self._bot_id = self._bot_id or str(asked(self._client.auth_test).get("bot_id", ""))
        return self._bot_id

    def _paged(self, ask: Any, what: str) -> Iterator[dict[str, Any]]:
        """Everything listed, page by page; too many pages are "cannot tell now", never "not there"."""
        cursor: str | None = None
        for _ in range(MOST_PAGES):
            page = asked(partial(ask, cursor))
            yield from page.get(what, [])
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return
        raise DeliveryError(Failure.DEFINITE, f"more than {MOST_PAGES} pages of {what}")


@contextmanager
def _unreadable_for_ever() -> Iterator[None]:
    """Where we have no right to read, it can never be told."""
    try:
        yield
    except DeliveryError as error:
        if error.reason in NEVER_READABLE:
            raise DeliveryError(Failure.PERMANENT, error.reason) from error
        raise


@contextmanager
def _refused_for_ever() -> Iterator[None]:
    """What Slack refuses as plain text as well, it refuses for ever."""
    try:
        yield
    except DeliveryError as error:
        if error.reason in UNREADABLE:
            raise DeliveryError(Failure.PERMANENT, error.reason) from error
        raise


def slack_of(workspace: Workspace) -> SlackChannel | None:
    """The workspace's Slack channel; None without SLAMON_SLACK_BOT_TOKEN."""
    token = workspace.secret("SLAMON_SLACK_BOT_TOKEN")
    slack = workspace.settings.slack
    return SlackChannel(token, slack.api_url, slack.default_channel, workspace.settings.internal_hosts) if token else None

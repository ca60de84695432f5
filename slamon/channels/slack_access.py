"""What our token may do in Slack, and which of the channels that we are to post in take us: looked at without posting."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from slack_sdk import WebClient

from slamon.channels.outgoing import DeliveryError
from slamon.channels.slack_answers import asked

PAGE = 200
MOST_PAGES = 50
SCOPES = {
    "chat:write": "nothing can be posted",
    "files:write": "reports go out without their charts",
    "channels:read": "a message whose answer was lost cannot be looked for, and may be posted twice",
    "channels:history": "a message whose answer was lost cannot be looked for, and may be posted twice",
    "users:read.email": "people known by their mail address are not found, and their messages go to a channel",
    "im:write": "people cannot be written to",
}
"""The rights that we use, and what is missing without each."""
ARCHIVED = "it is archived"
NO_MEMBER = "slamon is no member: it may not read there, nor post without the scope chat:write.public"
PUBLIC, PRIVATE = "public_channel", "private_channel"


def missing_scopes(client: WebClient) -> dict[str, str]:
    """The scopes that the token lacks, with what is missing without them; none where Slack does not say which it has."""
    headers: dict[str, Any] = {}

    def ask() -> Any:
        answer = client.auth_test()
        headers.update({name.lower(): value for name, value in answer.headers.items()})
        return answer

    asked(ask)
    given = headers.get("x-oauth-scopes")
    if not given:
        return {}
    granted = {scope.strip() for scope in (given[0] if isinstance(given, list) else str(given)).split(",")}
    return {scope: without for scope, without in SCOPES.items() if scope not in granted}


def closed_channels(client: WebClient, destinations: Iterable[str]) -> dict[str, str]:
    """Of the channels named (``#name`` or an id) those that do not take us, with the reason; people are not asked for."""
    wanted = [each for each in dict.fromkeys(destinations) if each.startswith(("#", "C", "G")) and "@" not in each]
    if not wanted:
        return {}
    known: dict[str, dict[str, Any]] = {}
    channels, sees_private = _channels(client)
    for channel in channels:
        known |= {f"#{channel.get('name')}": channel, str(channel.get("id")): channel}
    return {each: reason for each in wanted if (reason := _closed(known.get(each), sees_private=sees_private))}


def _closed(channel: dict[str, Any] | None, *, sees_private: bool) -> str:
    if channel is None and not sees_private:
        return (
            "no public channel is called so, and a private one cannot be looked up without the scope groups:read: give it to the app, "
            "or see whether a message arrives with slamon send --test"
        )
    if channel is None:
        return "there is no such channel, or it is private and slamon was not invited"
    if channel.get("is_archived"):
        return ARCHIVED
    if not channel.get("is_member", True):
        return NO_MEMBER
    return ""


def _channels(client: WebClient) -> tuple[list[dict[str, Any]], bool]:
    """All channels that we can see, and whether private ones that we are in are among them: only with the right to."""
    try:
        return list(_listed(client, f"{PUBLIC},{PRIVATE}")), True
    except DeliveryError as error:
        if error.reason != "missing_scope":
            raise
        return list(_listed(client, PUBLIC)), False


def _listed(client: WebClient, types: str) -> Iterator[dict[str, Any]]:
    cursor: str | None = None
    for _ in range(MOST_PAGES):
        page = asked(partial(client.conversations_list, types=types, limit=PAGE, cursor=cursor))
        yield from page.get("channels") or []
        cursor = (page.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            return

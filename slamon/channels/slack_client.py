"""Slack's own client with our way of calling: no redirect (it would take the token along), a bounded answer, a bounded time."""

from collections.abc import Collection
from typing import Any
from urllib.request import Request

from slack_sdk import WebClient

from slamon.channels.calling import Caller


class SlackClient(WebClient):
    """A client that asks once and repeats nothing."""

    def __init__(self, token: str, api_url: str, timeout_s: int, inside: Collection[str] = ()) -> None:
        super().__init__(token=token, base_url=api_url, timeout=timeout_s, retry_handlers=[])
        self._inside = inside

    def _perform_urllib_http_request_internal(self, url: str, req: Request) -> dict[str, Any]:  # noqa: ARG002 - the package calls it so
        answer = Caller(self.timeout, self._inside, proxy=self.proxy).call(req)
        return {"status": answer.status, "headers": dict(answer.headers.items()), "body": answer.body.decode("utf-8")}

"""What holds for every answer: headers that let a browser do nothing with it, known hosts only, and faults without details."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from slamon.journal import Journal, describe

HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
ENCRYPTED_ONLY = {"strict-transport-security": "max-age=31536000"}


class Guards:
    """Around the application: no answer leaves without its headers, and no error with its text."""

    def __init__(self, inner: ASGIApp, journal: Journal, hosts: frozenset[str] | None, *, encrypted: bool) -> None:
        self._inner = inner
        self._journal = journal
        self._hosts = hosts
        self._headers = HEADERS | (ENCRYPTED_ONLY if encrypted else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await self._inner(scope, receive, send)
        elif scope["type"] == "http":
            await self._guarded(scope, receive, send)

    async def _guarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def sealed(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers[name] = value
            await send(message)

        if self._hosts is not None and _host(scope) not in self._hosts:
            await PlainTextResponse("This is not the host that you asked for.\n", 421)(scope, receive, sealed)
            return
        try:
            await self._inner(scope, receive, sealed)
        except Exception as error:  # noqa: BLE001 - whatever it is, the asker hears nothing of it and the journal does
            self._journal.write("web failed", path=_route(scope), **describe(error))
            if not begun:
                await PlainTextResponse("Something went wrong here; the journal says what.\n", 500)(scope, receive, sealed)


def _host(scope: Scope) -> str:
    """The host that was asked for, without its port."""
    asked = Headers(scope=scope).get("host", "").lower()
    literal, closed, _ = asked.partition("]")
    if asked.startswith("["):
        return literal[1:] if closed else ""
    return asked.partition(":")[0]


def _route(scope: Scope) -> str:
    """Which of our own paths was asked for; what a stranger wrote is not repeated, and never a token."""
    return str(getattr(scope.get("route"), "path", "unknown"))

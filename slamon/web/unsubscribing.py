"""A reader stops a report's mails (`/unsubscribe`, RFC 8058): only a POST with a genuine token and the agreed words does it.

Mail scanners follow links, so a GET shows a button and changes nothing. Who unsubscribed is recorded; the next run of the
reports leaves the address out and tells those who look after the report.
"""

import asyncio
from email import message_from_bytes, policy
from html import escape
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse

from slamon.channels.unsubscribe import delivery_of
from slamon.store.database import writing
from slamon.store.outbox.unsubscriptions import report_mailed, unsubscribe
from slamon.web.health import READING
from slamon.web.limits import Limit
from slamon.web.view import View

WORDS = ("List-Unsubscribe", "One-Click")
LARGEST_BODY = 4096
MOST_FIELDS = 20
PATIENCE_S = 10.0
FORGED_A_MINUTE = 60
GENUINE_A_MINUTE = 10
NOT_VALID = "This link is not valid, or not any more. Please use the link of a newer mail."


def routes(view: View, secret: str) -> APIRouter:
    """The form and what it posts; forged tokens never reach the store, and never use up what is allowed to genuine ones."""
    router = APIRouter()
    forged, genuine = Limit(FORGED_A_MINUTE), Limit(GENUINE_A_MINUTE)

    @router.api_route("/unsubscribe", methods=READING)
    async def form(token: str = "") -> HTMLResponse:
        if delivery_of(secret, token, view.clock()) is None:
            return _refused(forged)
        return _page("Do you want to stop the mails of this report?", _button(token))

    @router.post("/unsubscribe")
    async def stop(request: Request, token: str = "") -> HTMLResponse:
        delivery = delivery_of(secret, token, view.clock())
        if delivery is None:
            return _refused(forged)
        if not genuine.allows(delivery):
            return _too_often()
        body = await _body(request)
        if body is None:
            return _page("This request is too large.", status=413)
        if not says_the_words(body, request.headers.get("content-type", "")):
            return _page("Nothing was changed: the request does not say what it wants.", status=400)
        if not await run_in_threadpool(_stop, view, delivery):
            return _page(NOT_VALID, status=404)
        return _page("You get the mails of this report no more. The report itself is made and kept as before.")

    return router


def says_the_words(body: bytes, content_type: str) -> bool:
    """Whether a form, in either of the encodings that RFC 8058 allows, says ``List-Unsubscribe=One-Click``."""
    name, value = WORDS
    if content_type.lower().startswith("multipart/form-data"):
        header = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1", "replace")
        form = message_from_bytes(header + body, policy=policy.HTTP)
        parts = [part for part in form.walk() if part.get_param("name", header="content-disposition") == name]
        return any(_text(part.get_payload(decode=True)).strip() == value for part in parts)
    return body.count(b"&") < MOST_FIELDS and parse_qs(_text(body)).get(name) == [value]


def _text(raw: object) -> str:
    return raw.decode("utf-8", "replace") if isinstance(raw, bytes) else ""


async def _body(request: Request) -> bytes | None:
    """What was posted; None when it is too large, or takes too long to come."""
    body = b""
    try:
        async with asyncio.timeout(PATIENCE_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > LARGEST_BODY:
                    return None
    except TimeoutError:
        return None
    return body


def _stop(view: View, delivery: str) -> bool:
    """Record it; False when the delivery is no report's mail, or no longer known."""
    with writing(view.engine) as connection:
        mailed = report_mailed(connection, delivery)
        if mailed is None:
            return False
        new = unsubscribe(connection, *mailed, view.clock())
    view.journal.write("unsubscribed", delivery=delivery, report=mailed[1], new=new)
    return True


def _refused(limit: Limit) -> HTMLResponse:
    return _page(NOT_VALID, status=403) if limit.allows("") else _too_often()


def _too_often() -> HTMLResponse:
    answer = _page("Too many requests; please try again in a minute.", status=429)
    answer.headers["retry-after"] = "60"
    return answer


def _button(token: str) -> str:
    name, value = WORDS
    action = f"unsubscribe?token={escape(token, quote=True)}"
    return (
        f'<form method="post" action="{action}"><input type="hidden" name="{name}" value="{value}"><button>Stop these mails</button></form>'
    )


def _page(sentence: str, form: str = "", status: int = 200) -> HTMLResponse:
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Reports by mail</title>'
    return HTMLResponse(f'<!doctype html><html lang="en"><head>{head}</head><body><p>{escape(sentence)}</p>{form}</body></html>\n', status)

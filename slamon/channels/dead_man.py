"""The dead man's signal: an address that is called while all is well, so that whoever watches it notices when calls stop."""

from collections.abc import Collection
from http.client import HTTPException
from urllib.parse import urlsplit
from urllib.request import Request

from slamon.channels.calling import Caller, InsideError

TIMEOUT_S = 10
MOST_BYTES = 100_000
GOOD = range(200, 300)


class SignalError(Exception):
    """The address was not reached; the text never holds it, because it is a secret of its own."""


def signal(url: str, inside: Collection[str] = ()) -> None:
    """Call the address once; ``SignalError`` when it does not answer well. ``inside``: hosts that may lead inside."""
    host = urlsplit(url).hostname
    request = Request(url, method="GET", headers={"User-Agent": "slamon"})  # noqa: S310 - the settings take https only, or loopback
    try:
        status = Caller(TIMEOUT_S, inside, MOST_BYTES).call(request).status
    except (OSError, HTTPException, ValueError) as error:
        cause = getattr(error, "reason", error)  # urllib wraps what happened
        if isinstance(cause, InsideError):
            raise SignalError(f"{host} was not called: {cause}") from None
        raise SignalError(f"{host} was not reached: {type(error).__name__}") from None
    if status not in GOOD:
        raise SignalError(f"{host} answered {status}")

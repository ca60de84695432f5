"""The dead man's signal: an address that is called while all is well, so that whoever watches it notices when calls stop."""

from http.client import HTTPException
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

TIMEOUT_S = 10
GOOD = range(200, 300)


class SignalError(Exception):
    """The address was not reached; the text never holds it, because it is a secret of its own."""


class _NoRedirects(HTTPRedirectHandler):
    """The address that was written is called, and no other."""

    def redirect_request(self, *_: object) -> None:
        """Follow nothing."""


def signal(url: str) -> None:
    """Call the address once; ``SignalError`` when it does not answer well."""
    host = urlsplit(url).hostname
    request = Request(url, method="GET", headers={"User-Agent": "slamon"})  # noqa: S310 - the settings take https only, or loopback
    try:
        with build_opener(_NoRedirects).open(request, timeout=TIMEOUT_S) as answer:
            status = answer.status
            answer.read(1000)
    except HTTPError as error:
        status = error.code
        error.close()
    except (OSError, HTTPException, ValueError) as error:
        raise SignalError(f"{host} was not reached: {type(error).__name__}") from None
    if status not in GOOD:
        raise SignalError(f"{host} answered {status}")

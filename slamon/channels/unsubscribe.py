"""The address at which a reader stops a report's mails: signed, short, and without a word about whom it is for.

A token names a delivery and a last day. Whom and what the delivery was for, the store knows; so the token holds no
personal data, and no one's token says anything of another person's mails.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from uuid import UUID

from slamon.core.working_time.instants import DAY

VALID_FOR = 90 * DAY
SHORTEST_SECRET = 32
_PURPOSE = b"slamon unsubscribe 1\0"
_ID, _DAY, _SIGNATURE = 16, 4, 16
_LENGTH = (_ID + _DAY + _SIGNATURE) * 4 // 3


def token_of(secret: str, delivery_id: str, created_at: int) -> str:
    """The token of a delivery that was made at an instant (microseconds UTC): the same 48 characters whenever it is made."""
    body = UUID(delivery_id).bytes + ((created_at + VALID_FOR) // DAY).to_bytes(_DAY, "big")
    return urlsafe_b64encode(body + _signature(secret, body)).decode("ascii")


def delivery_of(secret: str, token: str, now: int) -> str | None:
    """The id of the delivery that a token was made for; None for a forged, damaged or expired one, compared in constant time."""
    if len(token) != _LENGTH or not token.isascii():
        return None
    try:
        raw = urlsafe_b64decode(token)
    except Error:
        return None
    body, signature = raw[: _ID + _DAY], raw[_ID + _DAY :]
    genuine = hmac.compare_digest(signature, _signature(secret, body))
    if not genuine or now // DAY > int.from_bytes(body[_ID:], "big"):
        return None
    return str(UUID(bytes=body[:_ID]))


def unsubscribe_address(url: str, secret: str, delivery_id: str, created_at: int) -> str:
    """The address for a mail's List-Unsubscribe header; ``url`` is the setting ``web.url``."""
    return f"{url.rstrip('/')}/unsubscribe?token={token_of(secret, delivery_id, created_at)}"


def _signature(secret: str, body: bytes) -> bytes:
    return hmac.digest(secret.encode("utf-8"), _PURPOSE + body, "sha256")[:_SIGNATURE]

"""What Slack's answers, and their absence, mean: refused, closed to us, too fast, or nobody knows."""

import socket
import ssl
from collections.abc import Callable
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError

from slack_sdk.errors import SlackApiError, SlackClientError

from slamon.channels.calling import InsideError
from slamon.channels.outgoing import DeliveryError, Failure

DEFAULT_WAIT_S = 60.0
LONGEST_WAIT_S = 3600.0

GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
"""The message to edit is no longer there, or no longer ours to edit."""
NOWHERE = frozenset({"channel_not_found", "is_archived", "not_in_channel", "restricted_action", "user_not_found", "user_disabled"})
"""The destination does not take our messages."""
UNREADABLE = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_too_long", "msg_blocks_too_long"})
"""Slack does not accept the blocks; plain text may pass."""
NEVER_READABLE = frozenset({"missing_scope", "not_in_channel", "channel_not_found", "no_permission", "not_allowed_token_type"})
"""We may post there, and may not read."""

BROKEN = (OSError, HTTPException, SlackClientError, ValueError, TypeError, AttributeError, RecursionError)
"""Whatever breaks after the request was written, down to an answer that is no JSON object, leaves open whether Slack took it."""

_AMBIGUOUS = frozenset({"fatal_error", "internal_error", "service_unavailable", "request_timeout", "duplicate_message_not_found"})
_PERMANENT = NOWHERE | {"thread_not_found", "cannot_dm_bot", "no_text", "cannot_reply_to_message"}
_CLOSED = frozenset(
    {
        "access_denied",
        "account_inactive",
        "ekm_access_denied",
        "invalid_auth",
        "missing_scope",
        "no_permission",
        "not_allowed_token_type",
        "not_authed",
        "org_login_required",
        "team_access_not_granted",
        "token_expired",
        "token_revoked",
    }
)
_NEVER_CONNECTED = (ConnectionRefusedError, socket.gaierror, ssl.SSLCertVerificationError, InsideError)
_LONGEST_CODE = 80
_MOST_DIGITS = 20
_TOO_MANY_REQUESTS = 429
_SERVER_FAILURE = 500


def asked(ask: Callable[[], Any]) -> dict[str, Any]:
    """Slack's answer to one request; ``DeliveryError`` whose reason is Slack's own code, or the kind of breakage, never a secret."""
    try:
        answer = ask().data
    except SlackApiError as error:
        raise _refused(error) from error
    except HTTPError as error:
        raise DeliveryError(Failure.AMBIGUOUS, f"HTTP {error.code}") from error
    except URLError as error:
        never = isinstance(error.reason, _NEVER_CONNECTED)
        kind = type(error.reason).__name__
        raise DeliveryError(Failure.DEFINITE if never else Failure.AMBIGUOUS, f"no connection to Slack: {kind}") from error
    except BROKEN as error:
        raise DeliveryError(Failure.AMBIGUOUS, f"the answer of Slack broke off: {type(error).__name__}") from error
    if not isinstance(answer, dict):
        raise DeliveryError(Failure.AMBIGUOUS, "Slack's answer is not an object")
    return answer


def reference_of(answer: dict[str, Any]) -> dict[str, Any]:
    """Channel and timestamp by which a message can be edited, answered and found."""
    if not isinstance(answer.get("channel"), str) or not isinstance(answer.get("ts"), str):
        raise DeliveryError(Failure.AMBIGUOUS, "Slack's answer names no message")
    return {"channel": answer["channel"], "ts": answer["ts"]}


def _refused(error: SlackApiError) -> DeliveryError:
    response = error.response
    status = response.status_code
    code = response.data.get("error") if isinstance(response.data, dict) else None
    if status == _TOO_MANY_REQUESTS or code in ("ratelimited", "rate_limited"):
        return DeliveryError(Failure.RATE_LIMITED, "ratelimited", waiting(response.headers))
    if not isinstance(code, str) or not code.isidentifier() or len(code) > _LONGEST_CODE:
        return DeliveryError(Failure.AMBIGUOUS, f"an answer that is none of Slack's (HTTP {status})")
    if status >= _SERVER_FAILURE or code in _AMBIGUOUS:
        return DeliveryError(Failure.AMBIGUOUS, code)
    return DeliveryError(Failure.CLOSED if code in _CLOSED else Failure.PERMANENT if code in _PERMANENT else Failure.DEFINITE, code)


def waiting(headers: dict[str, Any]) -> float:
    """Seconds that Retry-After asks for: whole and positive ones as they are up to an hour, anything else is a minute."""
    value = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    text = str(value[0] if isinstance(value, list) and value else value).strip()
    if not (text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS) or int(text) == 0:
        return DEFAULT_WAIT_S
    return min(float(text), LONGEST_WAIT_S)

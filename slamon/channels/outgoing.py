"""What a channel is given, what it can do, and how it says that a sending failed."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable


class Failure(StrEnum):
    """What a failed sending means for the next attempt."""

    DEFINITE = "definite"
    """It was refused: nobody has it, and it may be tried again or given up."""
    AMBIGUOUS = "ambiguous"
    """Nobody can tell whether it arrived: find out before trying again."""
    RATE_LIMITED = "rate limited"
    """Refused for now: not before ``retry_after_s``."""
    PERMANENT = "permanent"
    """This message is refused for ever as it is: the operator has to mend something."""
    CLOSED = "closed"
    """Every message is refused (token revoked, login refused): nothing goes out here until the operator mends it."""


class DeliveryError(Exception):
    """A sending that failed; the text never holds a secret."""

    def __init__(self, failure: Failure, reason: str, retry_after_s: float | None = None) -> None:
        super().__init__(reason)
        self.failure = failure
        self.reason = reason
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to one destination, as the outbox holds it.

    ``payload`` for Slack: ``text`` (the full-sentence fallback), ``blocks`` and ``images`` (a list of ``{"name", "alt",
    "png"}`` with base64 PNG; an image block refers to one by ``{"type": "image", "slamon_image": name, "alt_text": …}``).
    For mail: ``subject``, ``text``, ``html`` (with ``cid:name`` references) and ``images``.
    ``previous`` is the reference that an earlier message's sending returned, for one that edits it or answers in its thread
    (``payload["mode"]`` is ``post``, ``update`` or ``reply``).
    """

    delivery_id: str
    channel: str
    destination: str
    kind: str
    payload: dict[str, Any]
    created_at: int
    """Microseconds UTC; the mail's Date, so that a repeat is the same bytes."""
    previous: dict[str, Any] | None = None
    marks: tuple[str, ...] = ()
    """What it says, as short digests without personal data, by which the same news under another id is known again."""


class Channel(Protocol):
    """What plugs in: sends one message, returns what is needed to edit or find it later, raises DeliveryError."""

    def send(self, outgoing: Outgoing) -> dict[str, Any]:
        """Send it once, with no retry of its own."""
        ...


@runtime_checkable
class Finder(Protocol):
    """A channel that can tell afterwards whether a message arrived."""

    def find(self, outgoing: Outgoing) -> dict[str, Any] | None:
        """The reference that sending it returned or would have, None when it is not there; DeliveryError: cannot tell.

        ``PERMANENT`` says that it can never be told (no right to read); any other failure, that it cannot be told now.
        """
        ...


@dataclass(frozen=True, slots=True)
class Shown:
    """A message that arrived: its delivery, the reference that its sending returned, and when it was made (microseconds UTC)."""

    delivery_id: str
    reference: dict[str, Any]
    created_at: int


@runtime_checkable
class Sweeper(Finder, Protocol):
    """A channel that can take back what a lost answer made it say twice."""

    def twins(self, shown: Shown) -> list[dict[str, Any]]:
        """References of our own messages that carry a delivery's mark, beside the one that is known; DeliveryError: cannot tell."""
        ...

    def take_back(self, reference: dict[str, Any]) -> bool:
        """Delete one of our own messages; False when it was gone already; DeliveryError."""
        ...


@runtime_checkable
class Examinable(Protocol):
    """A channel that can say whether it would get through, without sending anything."""

    def examine(self) -> str:
        """As whom and where it reaches the service, in words; DeliveryError with what to mend when it does not."""
        ...


@runtime_checkable
class Surveyable(Protocol):
    """A channel that can say of each destination whether it takes us, without sending anything."""

    def lacks(self, destinations: Iterable[str]) -> dict[str, str]:
        """What is missing, by the right (``scope chat:write``) or the destination, with the reason; DeliveryError: cannot tell."""
        ...

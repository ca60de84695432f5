"""What may be shown of a text: no secret, no mail address where only ids belong, and nothing that moves a terminal's cursor."""

import re
from collections.abc import Iterable
from urllib.parse import quote, unquote

HIDDEN = "***"
SHORTEST_SECRET = 6

_SHAPES = re.compile(
    r"xox[a-z](?:\.xox[a-z])?-[\w-]{4,}"  # Slack
    r"|xapp-[\w-]{4,}"
    r"|hooks\.slack\.com/services/[\w/]+"
    r"|(?:gh[a-z]|glpat|github_pat)[_-]\w{16,}"  # GitHub, GitLab
    r"|(?:AKIA|ASIA)[A-Z0-9]{16}"  # AWS
    r"|pat-[a-z0-9]{2,4}-[0-9a-f-]{30,}"  # HubSpot
    r"|00D\w{12,15}![\w.]{20,}"  # Salesforce
    r"|sk[-_](?:live|test|ant|proj)?[-_]?\w{16,}"
    r"|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"  # JSON web tokens
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(?:-----END [A-Z ]*PRIVATE KEY-----)?"
)
_IN_ADDRESS = re.compile(r"(?<=://)([^\s/@:\"']{0,256}):[^\s\"']{1,512}@(?=[\w.\[-])")
_NAMED = re.compile(
    r"\b((?:[\w-]{0,40}[_-])?(?:password|passwd|passphrase|pwd|secret|token|api[_-]?key|authorization)[\"']?\s{0,4}[=:]\s{0,4}[\"']?)"
    r"(?:(?:Bearer|Basic)\s{1,4})?[^\s\"',;&)}\]]+",
    re.IGNORECASE,
)
_BEARER = re.compile(r"\b(Bearer|Basic)\s{1,4}[\w.~+/=-]{8,}", re.IGNORECASE)
_MAIL = re.compile(r"(?<![\w.%+-])[\w.%+-]{1,64}@(?=[\w-]{1,63}\.[\w.-]{1,190})")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


def masked(text: str, secrets: Iterable[str] = ()) -> str:
    """The text with every secret as ``***``: those that are named, as they are and as in an address, and all that looks like one."""
    for secret in secrets:
        if len(secret) >= SHORTEST_SECRET:
            for form in {secret, quote(secret, safe=""), unquote(secret)}:
                text = text.replace(form, HIDDEN)
    text = _IN_ADDRESS.sub(rf"\1:{HIDDEN}@", text)
    text = _NAMED.sub(rf"\1{HIDDEN}", text)
    return _SHAPES.sub(HIDDEN, _BEARER.sub(rf"\1 {HIDDEN}", text))


def without_people(text: str) -> str:
    """The text with the first part of every mail address as ``***``: whose domain it is may be seen, who it is may not."""
    return _MAIL.sub(f"{HIDDEN}@", text)


def one_line(text: str) -> str:
    r"""The text with what ends a line, moves a cursor or turns the writing direction shown, such as ``\n`` and ``\x1b``."""
    return _UNPRINTABLE.sub(lambda found: found[0].encode("unicode_escape", "surrogatepass").decode("ascii"), text)

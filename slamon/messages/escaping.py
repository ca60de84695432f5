"""Untrusted text made safe to show: cleaned of what deceives the eye, cut between whole characters, escaped once."""

import unicodedata
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

ELLIPSIS = "…"
REPLACEMENT = "\ufffd"
LONGEST_READ = 4096  # nothing shown is longer, so a name of ten megabytes costs no more than this
MOST_MARKS = 4  # Vietnamese and Hebrew need up to three on one letter
MOST_JOINED = 12  # the longest family emoji has eleven code points
LONGEST_LINK = 2000

_ZWNJ, _ZWJ, _GRAPHEME_JOINER = "\u200c", "\u200d", "\u034f"
_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # letters and symbols that look like nothing
_VISIBLE_FORMATS = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f")  # Arabic and Syriac signs that are drawn
_SUPPLEMENT = range(0xE0000, 0xE1000)
_NONCHARACTERS = range(0xFDD0, 0xFDF0)
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_REGIONAL = range(0x1F1E6, 0x1F200)
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def shown(text: str, limit: int = 80) -> str:
    """One line of text as a person may see it: control characters visible, invisible ones gone, at most ``limit`` long."""
    return clipped(cleaned(text), limit)


def clipped(text: str, limit: int) -> str:
    """The text, or as many whole words as fit before an ellipsis; a word that alone fills half the room is cut between characters."""
    kept = cut(text, limit)
    if not kept.endswith(ELLIPSIS) or kept == text:
        return kept
    bare = kept.removesuffix(ELLIPSIS)
    words = bare if text[len(bare) : len(bare) + 1] == " " else bare.rpartition(" ")[0]
    words = words.rstrip(" ,;:&·-")
    return words + ELLIPSIS if len(words) > len(bare) // 2 else kept


def cleaned(text: str) -> str:
    """The text on one line, without what cannot be seen or turns the reading direction; control characters become their pictures."""
    read = text[:LONGEST_READ]
    return " ".join("".join(_clean(read, place) for place in range(len(read))).split())


def _clean(text: str, place: int) -> str:
    letter = text[place]
    if letter.isascii():
        return letter if letter.isprintable() else _control_picture(letter)
    code, category = ord(letter), unicodedata.category(letter)
    if category in ("Zs", "Zl", "Zp") or letter in _BLANKS or letter == "\x85":
        return " "
    if category in ("Cc", "Cs") or code & 0xFFFE == 0xFFFE or code in _NONCHARACTERS:  # noqa: PLR2004 - the last two of each plane
        return REPLACEMENT
    if letter in (_ZWJ, _ZWNJ):
        return letter if _joins(text, place) else ""
    if letter == _GRAPHEME_JOINER or code in _SUPPLEMENT:
        return ""
    return "" if category == "Cf" and letter not in _VISIBLE_FORMATS else letter


def _control_picture(letter: str) -> str:
    if letter in "\t\n\v\f\r":
        return " "
    return "\u2421" if letter == "\x7f" else chr(0x2400 + ord(letter))


def _joins(text: str, place: int) -> bool:
    """Joiners shape Persian, Indic scripts and emoji; next to plain letters they only hide."""
    around = text[max(place - 1, 0) : place] + text[place + 1 : place + 2]
    return len(around) == 2 and not any(letter.isascii() or unicodedata.category(letter) == "Cf" for letter in around)  # noqa: PLR2004 - one on each side


def graphemes(text: str) -> Iterator[str]:
    """What a reader calls characters: letters with their marks (four at most), joined emoji, flags.

    A small part of Unicode's annex 29: enough never to cut inside one, and to end a tower of accents.
    """
    cluster, marks = "", 0
    for letter in text:
        if not cluster or not _extends(cluster, letter):
            if cluster:
                yield cluster
            cluster, marks = letter, 0
            continue
        marks = marks + 1 if unicodedata.category(letter).startswith("M") else 0
        if marks <= MOST_MARKS and len(cluster) < MOST_JOINED:
            cluster += letter
    if cluster:
        yield cluster


def _extends(cluster: str, letter: str) -> bool:
    code = ord(letter)
    if letter in (_ZWJ, _ZWNJ) or code in _SKIN_TONES or unicodedata.category(letter).startswith("M"):
        return True
    if code in _REGIONAL:
        return len(cluster) == 1 and ord(cluster) in _REGIONAL
    return cluster.endswith(_ZWJ)


def cut(text: str, limit: int) -> str:
    """The text, or as many whole characters as fit before an ellipsis; lengths in UTF-16 units, which is how Slack may count."""
    return _fitting(text, limit, str)


def slack_text(text: str, limit: int) -> str:
    """Text for a Slack text object: ``&``, ``<`` and ``>`` escaped once, then cut between characters and never inside an entity."""
    return _fitting(text, limit, _escaped)


def _escaped(cluster: str) -> str:
    return "".join(_ENTITIES.get(letter, letter) for letter in cluster)


def _fitting(text: str, limit: int, written: Callable[[str], str]) -> str:
    kept: list[str] = []
    length, room = 0, 0
    for cluster in graphemes(text):
        piece = written(cluster)
        size = len(piece.encode("utf-16-le", "surrogatepass")) // 2
        if length + size > limit:
            return "".join(kept[:room]).rstrip() + ELLIPSIS
        kept.append(piece)
        length += size
        room = len(kept) if length < limit else room
    return "".join(kept)


def link(url: str) -> str:
    """The address if it is a plain http or https one, else empty: no scripts, no credentials, nothing that breaks out of a link."""
    if (
        not url
        or len(url) > LONGEST_LINK
        or not url.isascii()
        or any(letter in "<>|\"'`\\{}^" or not "!" <= letter <= "~" for letter in url)
    ):
        return ""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None and parts.port != 0
    except ValueError:  # not an address at all, such as one with an unclosed bracket
        return ""
    return url if usable else ""

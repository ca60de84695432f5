"""Untrusted text is shown as it is, on one line, within its limit, and never does anything."""

import unicodedata
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slamon.messages.escaping import ELLIPSIS, cleaned, cut, graphemes, link, shown, slack_text
from tests.messages.hostile import LINKS, TEXTS

ANY_TEXT = st.text(st.characters(), max_size=200)


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


@given(ANY_TEXT)
def test_shown_text_is_one_line_without_anything_invisible_that_acts(text: str) -> None:
    for letter in shown(text, 300):
        assert unicodedata.category(letter) not in ("Cc", "Cs", "Zl", "Zp")
        assert letter not in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\u200b\ufeff"


@given(ANY_TEXT, st.integers(1, 60))
def test_a06_escaped_text_fits_and_is_never_cut_inside_an_entity(text: str, limit: int) -> None:
    escaped = slack_text(text, limit)
    assert units(escaped) <= limit
    assert "<" not in escaped
    assert ">" not in escaped
    assert all(rest.startswith(("amp;", "lt;", "gt;")) for rest in escaped.split("&")[1:])


@given(st.text(st.characters(exclude_categories=["Mn", "Me", "Mc", "Cf", "Cs", "So", "Sk"]), max_size=60))
def test_a05_escaping_once_and_reading_once_gives_the_text_back(text: str) -> None:
    escaped = slack_text(text, 1000)
    assert escaped.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") == text


def test_a05_text_that_looks_escaped_is_escaped_all_the_same() -> None:
    assert slack_text("&amp;lt;!channel&gt;", 100) == "&amp;amp;lt;!channel&amp;gt;"
    assert unescape(slack_text("&#60;", 100)) == "&#60;"


@given(ANY_TEXT, st.integers(1, 40))
def test_cutting_keeps_whole_characters_and_says_that_it_cut(text: str, limit: int) -> None:
    kept = cut(text, limit)
    whole = "".join(graphemes(text))
    assert units(kept) <= limit
    assert kept == whole or kept.endswith(ELLIPSIS)


@pytest.mark.parametrize(
    ("text", "characters"),
    [
        ("👩‍👩‍👧‍👦!", ["👩‍👩‍👧‍👦", "!"]),
        ("🇩🇪🇫🇷", ["🇩🇪", "🇫🇷"]),
        ("👍🏽a", ["👍🏽", "a"]),
        ("e\u0301a", ["e\u0301", "a"]),
        ("\u0301a", ["\u0301", "a"]),
        ("", []),
    ],
)
def test_what_a_reader_calls_a_character_stays_together(text: str, characters: list[str]) -> None:
    assert list(graphemes(text)) == characters


def test_a11_a_tower_of_accents_ends_after_four() -> None:
    assert max(len(character) for character in graphemes(TEXTS["a11 zalgo"])) == 5


def test_a09_control_characters_are_seen_and_half_letters_replaced() -> None:
    assert cleaned("Ja\x00ne\x1b[31m\x7f \ud800\x80") == "Ja␀ne␛[31m␡ \ufffd\ufffd"


def test_a10_nothing_turns_the_reading_direction_and_joiners_stay_where_scripts_need_them() -> None:
    assert cleaned("Acme \u202egnp.exe") == "Acme gnp.exe"
    assert cleaned("A\u200dn\u200ca") == "Ana"
    assert cleaned(TEXTS["persian"]) == TEXTS["persian"]
    assert cleaned("👩‍👧") == "👩‍👧"
    assert cleaned(TEXTS["blank"]) == ""


def test_a07_a_name_of_ten_megabytes_costs_no_more_than_its_first_page() -> None:
    assert shown(TEXTS["a07 huge"], 40) == "Ω" * 39 + ELLIPSIS


@pytest.mark.parametrize("name", LINKS)
def test_a15_only_plain_web_addresses_become_links(name: str) -> None:
    assert link(LINKS[name]) == ""


@pytest.mark.parametrize("url", ["https://crm.example.com/lead/1?a=1&b=2#x", "http://127.0.0.1:8080/x", "https://[::1]/x"])
def test_plain_web_addresses_are_kept(url: str) -> None:
    assert link(url) == url

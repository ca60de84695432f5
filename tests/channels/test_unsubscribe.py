"""A token that stops a report's mails says which delivery it belongs to and nothing else, and cannot be made by others."""

from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slamon.channels.unsubscribe import VALID_FOR, delivery_of, token_of, unsubscribe_address
from slamon.core.working_time.instants import DAY

SECRET = "a secret of more than thirty-two characters"
DELIVERY = str(uuid5(UUID(int=0), "a report"))
NOW = 1_795_000_000_000_000


def test_a_token_names_its_delivery_and_is_the_same_whenever_it_is_made() -> None:
    token = token_of(SECRET, DELIVERY, NOW)
    assert token == token_of(SECRET, DELIVERY, NOW)
    assert delivery_of(SECRET, token, NOW) == DELIVERY
    assert len(token) == 48


def test_a_token_is_valid_for_ninety_days() -> None:
    token = token_of(SECRET, DELIVERY, NOW)
    assert delivery_of(SECRET, token, NOW + VALID_FOR) == DELIVERY
    assert delivery_of(SECRET, token, NOW + VALID_FOR + DAY) is None


def test_nobody_makes_a_token_with_another_secret() -> None:
    assert delivery_of(f"{SECRET}!", token_of(SECRET, DELIVERY, NOW), NOW) is None


@given(place=st.integers(0, 47), other=st.sampled_from("ABCabc019-_"))
def test_a_token_with_any_character_changed_is_refused(place: int, other: str) -> None:
    token = token_of(SECRET, DELIVERY, NOW)
    changed = token[:place] + other + token[place + 1 :]
    assert delivery_of(SECRET, changed, NOW) == (DELIVERY if changed == token else None)


@pytest.mark.parametrize("token", ["", "x", "=" * 48, " " * 48, "ä" * 48, "\x00" * 48, "A" * 10_000, "A" * 48, "%" * 48])
def test_what_is_no_token_is_refused_without_an_error(token: str) -> None:
    assert delivery_of(SECRET, token, NOW) is None


def test_the_address_is_short_enough_for_one_line_of_a_header() -> None:
    address = unsubscribe_address("https://sla.example.com/", SECRET, DELIVERY, NOW)
    assert address == f"https://sla.example.com/unsubscribe?token={token_of(SECRET, DELIVERY, NOW)}"
    assert len(address) < 100

"""Instants are read exactly, or refused with the reason; nothing about a zone is ever guessed."""

from datetime import UTC, datetime, timedelta, timezone

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slamon.core.working_time.instants import NEVER, to_micros
from slamon.sources.times import parse_instants

NOON = to_micros(datetime(2026, 3, 2, 12, tzinfo=UTC))


def _read(text: str, zone: str | None = None) -> int | str:
    instants, problems = parse_instants(pa.array([text]), "when", zone)
    return problems[0] if problems else int(instants[0])


@pytest.mark.parametrize(
    "text",
    ["2026-03-02T12:00:00Z", "2026-03-02 12:00:00Z", "2026-03-02T12:00Z", "2026-03-02T13:00:00+01:00", "2026-03-02 13:00:00.000+0100", "2026-03-02 13:00:00+01",
     "2026-03-02 12:00:00 UTC", " 2026-03-02T12:00:00.000000Z ", "2026-03-02T12:00:00.000000999Z", "2026-03-02T06:30:00-05:30"],
)  # fmt: skip
def test_noon_is_read_however_it_is_written(text: str) -> None:
    assert _read(text) == NOON


def test_fractions_are_kept_to_the_microsecond_and_cut_off_beyond_it() -> None:
    assert _read("2026-03-02T12:00:00.123456Z") == NOON + 123_456
    assert _read("2026-03-02T12:00:00.1234567Z") == NOON + 123_456
    assert _read("2026-03-02T12:00:00.1Z") == NOON + 100_000


@pytest.mark.parametrize("text", ["2026-03-02T12:00:00", "2026-03-02 12:00", "2026-03-02"])
def test_times_without_offset_need_a_declared_zone(text: str) -> None:
    assert "has no UTC offset; declare its zone, e.g. {column: when, timezone: Europe/Berlin}" in str(_read(text))
    assert isinstance(_read(text, "Europe/Berlin"), int)


def test_wall_times_follow_the_clocks_of_their_zone() -> None:
    assert _read("2026-03-02 13:00:00", "Europe/Berlin") == NOON
    assert _read("2018-02-01", "America/Sao_Paulo") == to_micros(datetime(2018, 2, 1, 2, tzinfo=UTC))
    assert _read("2026-03-29 02:30:00", "Europe/Berlin") == to_micros(datetime(2026, 3, 29, 1, tzinfo=UTC))
    assert _read("2026-10-25 02:30:00", "Europe/Berlin") == to_micros(datetime(2026, 10, 25, 0, 30, tzinfo=UTC))
    assert _read("2026-03-02T12:00:00Z", "Europe/Berlin") == NOON


@pytest.mark.parametrize(
    ("text", "reason"),
    [("1772452800", "is a number, not a time"), ("1772452800.5", "is a number, not a time"), ("02/03/2026", "is not a time"), ("2026-02-30T00:00:00Z", "is not a time"),
     ("2026-02-30", "is not a time"), ("2026-03-02T24:00:00Z", "is not a time"), ("2026-03-02T12:00:00 CET", "is not a time"), ("yesterday", "is not a time"),
     ("1969-12-31T23:59:59Z", "outside the years 1970 to 2199"), ("9999-12-31T00:00:00Z", "outside the years 1970 to 2199"), ("0001-01-01T00:00:00Z", "outside the years"),
     ("２０26-03-02T12:00:00Z", "is not a time"), ("2026-3-2T12:00:00Z", "is not a time")],
)  # fmt: skip
def test_what_is_no_instant_says_why(text: str, reason: str) -> None:
    assert reason in str(_read(text))
    assert reason in str(_read(text, "Europe/Berlin"))


def test_one_bad_cell_among_many_spoils_only_its_row() -> None:
    texts = ["2026-03-02T12:00:00Z"] * 2000
    texts[777] = "2026-02-30T12:00:00Z"
    instants, problems = parse_instants(pa.array([*texts, None]), "when", None)
    assert list(problems) == [777]
    assert (instants == NOON).sum() == 1999
    assert instants[777] == instants[2000] == NEVER


@given(
    st.datetimes(datetime(1971, 1, 1), datetime(2199, 1, 1)),  # noqa: DTZ001 - the zone is added below
    st.integers(-14 * 60, 14 * 60),
)
def test_any_instant_survives_being_written_and_read(wall: datetime, offset: int) -> None:
    moment = wall.replace(tzinfo=timezone(timedelta(minutes=offset)))
    assert _read(moment.isoformat()) == to_micros(moment)

"""Tables fit the terminal with whole columns: ids and numbers are never shortened."""

import io

import pandas as pd
from rich.console import Console
from rich.table import Table

from slamon.core.working_time.instants import NEVER, to_micros
from slamon.terminal.checked import messages, waiting_lines
from slamon.terminal.tables import attainment_listing, verdict_listing

DUE = to_micros(pd.Timestamp("2026-01-05T08:30Z").to_pydatetime())
LEAD = "L-[red]-123456789"
VERDICT = {
    "sla": "follow-up",
    "lead": LEAD,
    "state": "breached",
    "due_at": DUE,
    "answered_at": NEVER,
    "attempts": 12_345,
    "charged_to": "carla",
    "cause": "owner",
    "period": "2026-01",
}
REACHED = dict.fromkeys(("group", "reversed", "net", "expected_to_date", "p10", "p50", "p90", "probability"), None) | {
    "sla": "rate",
    "period": "2026-01",
    "counted": 123_456,
    "cohort": 234_567,
    "share": 0.526,
    "target": 0.6,
    "state": "pending",
    "starts_at": DUE,
    "at_risk_since": NEVER,
}


def printed(table: Table, width: int) -> str:
    console = Console(file=io.StringIO(), width=width)
    console.print(table)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_eighty_columns_hold_what_matters_most_whole() -> None:
    text = printed(verdict_listing(pd.DataFrame([VERDICT] * 60), "Europe/Berlin", 80), 80)
    assert text.count(LEAD) == 50
    assert "2026-01-05 09:30" in text
    assert "…" not in text
    assert "60 rows, the first 50 shown" in text


def test_a_wide_terminal_shows_every_column_that_says_something() -> None:
    text = printed(verdict_listing(pd.DataFrame([VERDICT]), "UTC", 160), 160)
    assert all(word in text for word in ("12345", "carla", "owner", "2026-01 ", "1 row;"))
    assert "answered" not in text


def attainment(width: int, *rows: dict[str, object]) -> str:
    return printed(attainment_listing(pd.DataFrame([REACHED | row for row in rows]), "Europe/Berlin", width, DUE), width)


def test_attainment_drops_columns_from_the_end_never_digits_and_keeps_the_state() -> None:
    text = attainment(48, {})
    assert all(word in text for word in ("pending", "0.6 ", "234567", "0.526"))
    assert "counted" not in text
    assert "123456" in attainment(80, {})


def test_what_is_at_risk_says_since_when() -> None:
    since = to_micros(pd.Timestamp("2026-11-15T23:30Z").to_pydatetime())
    assert "pending, at risk since Mon 16 Nov" in attainment(120, {"at_risk_since": since})
    narrow = attainment(80, {"at_risk_since": since}, {})
    assert "pending, at risk " in narrow
    assert "since Mon 16 Nov " in narrow
    assert "at risk" not in attainment(120, {"at_risk_since": since, "state": "met"})
    assert "at risk" not in attainment(120, {"at_risk_since": float("nan")})


def test_periods_after_the_newest_fact_are_counted_and_not_shown() -> None:
    text = attainment(80, {}, {"period": "2026-02", "starts_at": DUE + 1})
    assert "2026-02" not in text
    assert "1 row; 1 of periods after the newest fact left out; every row and column: --format csv" in " ".join(text.split())


def test_a_verdict_whose_clock_stands_is_paused() -> None:
    verdicts = pd.DataFrame([VERDICT | {"state": "pending", "due_at": NEVER}, VERDICT | {"state": "pending"}, VERDICT | {"due_at": NEVER}])
    text = printed(verdict_listing(verdicts, "UTC", 120), 120)
    assert (text.count("pending (paused)"), text.count("pending"), text.count("breached")) == (1, 2, 1)


def test_rows_picked_out_of_many_keep_their_own_states() -> None:
    paused, breached = VERDICT | {"state": "pending", "due_at": NEVER}, VERDICT | {"lead": "L-2"}
    every = pd.DataFrame([paused, breached, breached, paused])
    text = printed(verdict_listing(every[every["state"] == "breached"], "UTC", 120), 120)
    assert (text.count("breached"), text.count("pending")) == (2, 0)


def test_no_rows_are_an_empty_table() -> None:
    text = printed(verdict_listing(pd.DataFrame(columns=list(VERDICT)), "UTC", 80), 80)
    assert "0 rows" in text


def test_one_message_is_one_message() -> None:
    assert [messages(0), messages(1), messages(2)] == ["0 messages", "1 message", "2 messages"]
    assert list(waiting_lines([])) == []

"""A query's rows are events like any others, on a real SQLite and a real PostgreSQL."""

import time
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from slamon.settings import TableMapping
from slamon.sources import SourceError
from slamon.sources.sql import QueryTable

MAKE = "CREATE TABLE leads (lead INTEGER, made TIMESTAMP {zone}, note TEXT, worth NUMERIC(9, 2))"


def _fill(url: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(MAKE.format(zone="WITH TIME ZONE" if "postgresql" in url else "")))
        connection.execute(
            text("INSERT INTO leads VALUES (1, '2026-01-02 03:04:05.25+01:00', 'a', 10.50), (2, '2026-01-02 03:04:05+00:00', NULL, NULL)")
        )
    engine.dispose()


def test_a_query_gives_events(folder: Any, database_url: str) -> None:
    _fill(database_url)
    read = folder.query(
        database_url, "SELECT lead, made AS when_made, note, worth FROM leads ORDER BY lead", at="when_made", attributes={"worth": "worth"}
    )
    assert read.leads == ["1", "2"]
    assert [event[3] for event in read.events] == [1_767_319_445_250_000, 1_767_323_045_000_000]
    assert read.notes[0] in ('{"worth":"10.50"}', '{"worth":"10.5"}')
    assert read.refused == []


def test_many_rows_stream_in_chunks(folder: Any, database_url: str) -> None:
    series = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120000) SELECT i AS lead, '2026-01-02T03:04:05Z' AS \"when\", '' AS note FROM n"
    if "sqlite" in database_url:
        create_engine(database_url).connect().close()
        (folder.path / "slamon.db").touch()
    read = folder.query(database_url, series)
    assert len(read.events) == 120_000
    assert read.lines == list(range(1, 120_001))


def test_colons_and_per_cent_signs_in_a_query_are_its_own(folder: Any, database_url: str) -> None:
    _fill(database_url)
    read = folder.query(database_url, "SELECT lead, '2026-01-02 03:04:05Z' AS \"when\", ' :x %s' AS note FROM leads WHERE note LIKE '%a%'")
    assert read.notes == ['{"note":" :x %s"}']


def test_what_the_database_refuses_is_told_in_its_own_words_without_the_password(folder: Any, postgresql_url: str) -> None:
    with pytest.raises(SourceError, match='relation "leads" does not exist') as caught:
        folder.query(postgresql_url, "SELECT * FROM leads")
    assert "not-checked" not in str(caught.value)
    with pytest.raises(SourceError, match=r"[Cc]onnection refused") as caught:
        folder.query("postgresql+psycopg://ana:s3cret-word@127.0.0.1:1/x", "SELECT 1")
    assert "s3cret-word" not in str(caught.value)


def test_urls_that_cannot_be_used_are_named(folder: Any) -> None:
    with pytest.raises(SourceError, match="there is no such file"):
        folder.query("sqlite:///absent.db", "SELECT 1")
    assert not (folder.path / "absent.db").exists()
    with pytest.raises(SourceError, match="the source's url cannot be read"):
        folder.query("s3cret-word", "SELECT 1")
    with pytest.raises(SourceError, match="is not installed"):
        folder.query("mysql+pymysql://host/x", "SELECT 1")


def test_a_query_that_gives_no_row_for_its_budget_is_ended(folder: Any, database_url: str) -> None:
    _fill(database_url)
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) AS lead, '' AS \"when\", '' AS note FROM n"
    asleep = "SELECT pg_sleep(60)::text AS lead, '' AS \"when\", '' AS note"
    began = time.monotonic()
    query = endless if "sqlite" in database_url else asleep
    mapping = TableMapping.model_validate({"query": query, "lead": "lead", "at": "when", "events": [{"is": {"stage": "mql"}}]})
    table = QueryTable("leads", mapping, database_url, budget_s=1.0)
    with pytest.raises(SourceError, match=r"interrupted|statement timeout"), table.open() as reading:
        list(reading.chunks)
    assert time.monotonic() - began < 20


def test_a_cell_that_no_driver_can_turn_into_a_value_costs_its_row_alone(folder: Any, postgresql_url: str) -> None:
    rows = "(VALUES (1, 'infinity'::timestamptz), (2, '2026-01-02 03:04:05Z'), (3, '20260-01-01 00:00:00Z'), (4, '0044-03-15 BC'))"
    read = folder.query(postgresql_url, f"SELECT * FROM (SELECT a AS lead, b AS \"when\", '' AS note FROM {rows} AS n(a, b)) AS m")
    assert read.leads == ["2"]
    assert [line for line, _ in read.refused] == [1, 3, 4]
    assert "'infinity' is not a time" in read.refused[0][1]


def test_bytes_that_are_no_text_cost_no_other_row(folder: Any, sqlite_url: str) -> None:
    _fill(sqlite_url)
    spoilt = "CAST(x'41ff42' AS TEXT)"
    read = folder.query(
        sqlite_url, f"SELECT lead, '2026-01-02T03:04:05Z' AS \"when\", CASE lead WHEN 1 THEN {spoilt} ELSE 'b' END AS note FROM leads"
    )
    assert read.leads == ["1", "2"]
    assert read.notes == ['{"note":"A\N{REPLACEMENT CHARACTER}B"}', '{"note":"b"}']
    assert read.unreadable == 1

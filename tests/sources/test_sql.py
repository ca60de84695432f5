"""A query's rows are events like any others, on a real SQLite and a real PostgreSQL."""

from typing import Any

import pytest
from sqlalchemy import create_engine, text

from slamon.sources import SourceError

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

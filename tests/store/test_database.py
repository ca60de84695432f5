"""A database opens or says why not; a writing unit is whole and alone, a reading sees one snapshot."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from slamon.store.database import StoreError, masked, open_database, reading, writing

INSERT = text("INSERT INTO audit (at, by, action, subject, reason) VALUES (1, 'ana', 'excuse', 'x', 'y')")


def _count(engine: Engine) -> int:
    with reading(engine) as connection:
        return connection.execute(text("SELECT count(*) FROM audit")).scalar_one()


def test_a_writing_unit_that_fails_leaves_nothing(engine: Engine) -> None:
    with pytest.raises(ZeroDivisionError), writing(engine) as connection:  # noqa: PT012
        connection.execute(INSERT)
        raise ZeroDivisionError
    assert _count(engine) == 0


def test_two_writers_never_lose_an_update(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(text("INSERT INTO heartbeats (job, at, ok, detail) VALUES ('sync', 0, true, '')"))

    def raise_it_fifty_times() -> None:
        for _ in range(50):
            with writing(engine) as connection:
                read = connection.execute(text("SELECT at FROM heartbeats")).scalar_one()
                connection.execute(text("UPDATE heartbeats SET at = :at"), {"at": read + 1})

    threads = [threading.Thread(target=raise_it_fifty_times) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    with reading(engine) as connection:
        assert connection.execute(text("SELECT at FROM heartbeats")).scalar_one() == 150


def test_a_reading_sees_one_snapshot_while_others_write(engine: Engine) -> None:
    with reading(engine) as connection:
        before = connection.execute(text("SELECT count(*) FROM audit")).scalar_one()
        with writing(engine) as other:
            other.execute(INSERT)
        assert connection.execute(text("SELECT count(*) FROM audit")).scalar_one() == before
    assert _count(engine) == before + 1


def test_writing_in_a_reading_is_an_error(engine: Engine) -> None:
    with pytest.raises(DBAPIError), reading(engine) as connection:
        connection.execute(INSERT)
    with writing(engine) as connection:
        connection.execute(INSERT)
    assert _count(engine) == 1


def test_sqlite_is_opened_to_survive_a_power_cut(sqlite_url: str) -> None:
    engine = open_database(sqlite_url)
    with engine.connect() as connection:
        settings = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "busy_timeout", "foreign_keys")
        }
    assert settings == {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 30_000, "foreign_keys": 1}
    engine.dispose()


@pytest.mark.parametrize("content", [b"this is no database", b"SQLite format 3\0" + b"\xff" * 4096, b"\x00" * 8192])
def test_a_file_that_is_no_database_is_named_and_kept(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "slamon.db"
    file.write_bytes(content)
    with pytest.raises(StoreError, match=r"slamon\.db does not open: .*restore it from a backup"):
        open_database(f"sqlite:///{file}")
    assert file.read_bytes() == content


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"make the folder .*absent first"):
        open_database(f"sqlite:///{tmp_path}/absent/slamon.db")


def test_a_server_that_does_not_answer_is_named_without_its_password() -> None:
    with pytest.raises(StoreError, match="check that the server runs") as caught:
        open_database("postgresql+psycopg://ana:s3cret-word@127.0.0.1:1/slamon?sslpassword=s3cret-word")
    assert "s3cret-word" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "mysql://ana:s3cret-word@host/x",
        "postgresql+asyncpg://ana:s3cret-word@host/x",
        "sqlite+aiosqlite:///x.db",
        "ana:s3cret-word",
        "",
        "sqlite://",
    ],
)
def test_a_database_of_another_kind_is_refused_with_the_mend(url: str) -> None:
    with pytest.raises(StoreError, match=r"write e\.g\. sqlite:///slamon\.db|write sqlite:///slamon\.db or") as caught:
        open_database(url)
    assert "s3cret-word" not in str(caught.value)


def test_passwords_are_masked_wherever_they_stand() -> None:
    assert masked("postgresql://ana:pw@host/x?sslpassword=pw") == "postgresql://ana:***@host/x?sslpassword=xxx"

"""The tables are made in one step, are those of the schema, and are never guessed at."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, Engine, inspect, text

from slamon.store.database import StoreError, reading, writing
from slamon.store.migrate import is_current, prepare, upgrade
from slamon.store.schema import metadata


def test_migrations_make_exactly_the_schema(engine: Engine) -> None:
    with reading(engine) as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_migrations_make_every_check_constraint(engine: Engine) -> None:
    made = inspect(engine)
    for table in metadata.tables.values():
        wanted = {str(check.name) for check in table.constraints if isinstance(check, CheckConstraint)}
        assert {check["name"] for check in made.get_check_constraints(table.name)} == wanted


def test_an_empty_database_is_prepared_and_then_current(empty_engine: Engine) -> None:
    assert not is_current(empty_engine)
    prepare(empty_engine)
    prepare(empty_engine)
    assert is_current(empty_engine)


def test_upgrading_twice_changes_nothing(engine: Engine) -> None:
    upgrade(engine)
    assert is_current(engine)


def test_a_database_of_a_newer_version_is_refused(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for use in (upgrade, prepare, is_current):
        with pytest.raises(StoreError, match="revision 9999, which this version of slamon does not know"):
            use(engine)


def test_a_stranger_s_tables_are_left_alone(empty_engine: Engine) -> None:
    with writing(empty_engine) as connection:
        connection.execute(text("CREATE TABLE events (id TEXT)"))
    with pytest.raises(StoreError, match="already has a table events that slamon did not make"):
        upgrade(empty_engine)


def test_an_interrupted_migration_leaves_nothing_behind(empty_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object) -> None:
        raise RuntimeError("the power went out")

    with monkeypatch.context() as patch:
        patch.setattr("alembic.runtime.migration.HeadMaintainer.update_to_step", fail)
        with pytest.raises(RuntimeError):
            upgrade(empty_engine)
    assert inspect(empty_engine).get_table_names() == []
    upgrade(empty_engine)
    assert is_current(empty_engine)

"""Brings a database to the tables that this version knows: all steps in one transaction, or none."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, inspect

from slamon.store.database import StoreError, reading, writing
from slamon.store.schema import metadata

_PACKAGE = Path(__file__).parent.parent


def upgrade(engine: Engine) -> None:
    """Make the tables, or bring them up to date; nothing happens when they are. ``StoreError`` when they are newer."""
    with writing(engine) as connection:
        if _standing(connection) != "current":
            command.upgrade(_config(connection), "head")


def is_current(engine: Engine) -> bool:
    """True when the tables are those of this version; ``StoreError`` when they are newer or not ours."""
    with reading(engine) as connection:
        return _standing(connection) == "current"


def prepare(engine: Engine) -> None:
    """Make the tables of an empty database; ``StoreError`` with the mend when it holds older ones, or newer."""
    with reading(engine) as connection:
        standing = _standing(connection)
    if standing == "older":
        raise StoreError("the database has the tables of an earlier version; back it up, then run: slamon db upgrade")
    if standing == "empty":
        upgrade(engine)


def _standing(connection: Connection) -> str:
    """``empty``, ``older`` or ``current``."""
    heads = MigrationContext.configure(connection).get_current_heads()
    if not heads:
        _refuse_strangers(connection)
        return "empty"
    script = ScriptDirectory.from_config(_config(connection))
    for head in heads:
        _refuse_unknown(script, head)
    return "current" if set(heads) == set(script.get_heads()) else "older"


def _refuse_strangers(connection: Connection) -> None:
    taken = sorted(set(inspect(connection).get_table_names()) & set(metadata.tables))
    if taken:
        raise StoreError(f"the database already has a table {taken[0]} that slamon did not make; give it a database of its own")


def _refuse_unknown(script: ScriptDirectory, revision: str) -> None:
    try:
        script.get_revision(revision)
    except CommandError:
        raise StoreError(
            f"the database is at revision {revision}, which this version of slamon does not know; "
            "install the version that wrote it, or a newer one"
        ) from None


def _config(connection: Connection) -> Config:
    shipped = _PACKAGE / "migrations"
    config = Config()
    folder = shipped if shipped.is_dir() else _PACKAGE.parent / "alembic"
    config.set_main_option("script_location", str(folder).replace("%", "%%"))  # Alembic interpolates its options
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config

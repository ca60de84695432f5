"""One service a SQLite file: the second is refused with a sentence, and a killed one leaves no lock behind."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine

from slamon.store.alone import alone
from slamon.store.database import StoreError, open_database

HOLDER = """
import sys, time
from slamon.store.alone import alone
from slamon.store.database import open_database
with alone(open_database(sys.argv[1])):
    print("locked", flush=True)
    time.sleep(60)
"""


@pytest.mark.faults
def test_f39_a_second_service_on_one_file_is_refused_and_a_killed_one_leaves_no_lock(sqlite_url: str) -> None:
    child = subprocess.Popen([sys.executable, "-c", HOLDER, sqlite_url], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2])
    assert child.stdout is not None
    try:
        assert child.stdout.readline() == b"locked\n"
        engine = open_database(sqlite_url)
        with pytest.raises(StoreError, match=r"another slamon run works on .* already; stop that one first"), alone(engine):
            pass
    finally:
        child.kill()
        child.wait(10)
        child.stdout.close()
    with alone(engine):
        pass
    engine.dispose()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_on_postgresql_several_share_the_work(engine: Engine) -> None:
    with alone(engine), alone(engine):
        pass

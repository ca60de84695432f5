"""F37, F38: PostgreSQL restarts, cuts the line, fails over to a server that is behind, or refuses a transaction half-way."""

import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from slamon.store.database import WRITERS_LOCK, open_database, reading, writing
from slamon.store.migrate import upgrade
from tests.faults.clock import MINUTE, SECOND
from tests.faults.rig import Zygote, rig
from tests.faults.story import ELEVEN, Story, later
from tests.postgresql import AT_ONCE, ORDERLY, PostgreSQLServer, postgresql_server

pytestmark = pytest.mark.faults
POST = "chat.postMessage"


@pytest.fixture(scope="module")
def server() -> Iterator[PostgreSQLServer]:
    with postgresql_server() as running:
        if running is None:
            pytest.skip("no PostgreSQL here")
        yield running


@pytest.fixture
def database(server: PostgreSQLServer, request: pytest.FixtureRequest) -> Iterator[str]:
    """The name of an empty database of that server."""
    name = f"trouble_{abs(hash(request.node.nodeid))}"
    server.execute(f'CREATE DATABASE "{name}"')
    yield name
    server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def story(tmp_path: Path, server: PostgreSQLServer, database: str, zygote: Zygote) -> Iterator[Story]:
    with rig(tmp_path, f"{server.url.replace('postgresql:', 'postgresql+psycopg:')}/{database}", zygote) as made:
        yield Story(made)


def cut(server: PostgreSQLServer, database: str) -> None:
    """End every connection to the database, whatever it is at."""
    server.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'")


def test_f37_a_line_that_is_cut_while_it_sends_loses_nothing_and_doubles_nothing(
    story: Story, server: PostgreSQLServer, database: str
) -> None:
    story.queued()
    told = story.while_it_sends(lambda: cut(server, database))
    assert told.killed_at is None, "the service lives on"
    story.clean()


@pytest.mark.parametrize("how", [ORDERLY, AT_ONCE], ids=["orderly", "at once"])
def test_f37_a_server_that_restarts_while_it_sends_loses_nothing_and_doubles_nothing(
    story: Story, server: PostgreSQLServer, how: signal.Signals
) -> None:
    story.queued()
    story.while_it_sends(lambda: server.restart(how))
    story.clean()


def test_f37_a_server_that_takes_over_without_the_last_commits_repeats_nothing(story: Story, server: PostgreSQLServer) -> None:
    made = story.queued().made
    behind = server.standby()
    story.while_it_sends(lambda: None, posts=5)
    posts = len(made.slack.asked(POST))
    server.fail_over(behind)
    made.clock.wait(2 * MINUTE)
    story.clean()
    assert len(made.slack.asked(POST)) == posts, "what the other server did not know of was found in Slack"


def test_f37_a_failover_that_loses_the_breach_itself_says_it_once(story: Story, server: PostgreSQLServer) -> None:
    story.warned()
    behind = server.standby()
    story.reach(ELEVEN + 5 * SECOND)
    story.made.tick()
    server.fail_over(behind)
    story.tick(later(3))
    story.clean()


@pytest.fixture
def engine(server: PostgreSQLServer, database: str) -> Iterator[Engine]:
    engine = open_database(f"{server.url.replace('postgresql:', 'postgresql+psycopg:')}/{database}")
    upgrade(engine)
    with writing(engine) as connection:
        connection.execute(text("INSERT INTO marks (name, value) VALUES ('left', 0), ('right', 0)"))
    yield engine
    engine.dispose()


def both_ways(engine: Engine) -> list[BaseException]:
    """Two writing units at once that touch the same two rows, each in the order that the other does not; what they raised."""
    failed: list[BaseException] = []
    together = threading.Barrier(2)

    def unit(first: str, second: str) -> None:
        try:
            together.wait(10)
            for _ in range(50):
                with writing(engine) as connection:
                    for name in (first, second):
                        (value,) = connection.execute(text("SELECT value FROM marks WHERE name = :name"), {"name": name}).one()
                        connection.execute(text("UPDATE marks SET value = :value WHERE name = :name"), {"name": name, "value": value + 1})
        except DBAPIError as error:
            failed.append(error)

    threads = [threading.Thread(target=unit, args=pair) for pair in (("left", "right"), ("right", "left"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return failed


@pytest.mark.parametrize("isolation", ["read committed", "repeatable read", "serializable"])
def test_f38_no_two_writing_units_deadlock_or_fail_to_serialize_whatever_the_server_s_default_is(
    engine: Engine, server: PostgreSQLServer, database: str, isolation: str
) -> None:
    server.execute(f"ALTER DATABASE \"{database}\" SET default_transaction_isolation TO '{isolation}'")
    engine.dispose()
    assert both_ways(engine) == []
    with reading(engine) as connection:
        values = connection.execute(text("SELECT value FROM marks WHERE name IN ('left', 'right')")).scalars().all()
    assert values == [100, 100], "no update was lost"


def test_f38_a_deadlock_with_somebody_else_s_connection_fails_one_run_loudly_and_loses_and_doubles_nothing(
    story: Story, server: PostgreSQLServer, database: str
) -> None:
    """Somebody works on our tables by hand: without our lock, and in the other order. The server ends our unit, not theirs."""
    server.execute(f"ALTER DATABASE \"{database}\" SET deadlock_timeout TO '1s'")
    story.queued()
    with psycopg.connect(f"{server.url}/{database}") as stranger:
        stranger.execute("SET deadlock_timeout TO '20s'")
        stranger.execute("SELECT id FROM deliveries FOR UPDATE")
        crosswise = threading.Timer(0.3, lambda: stranger.execute(f"SELECT pg_advisory_xact_lock({WRITERS_LOCK})"))
        crosswise.start()
        told = story.made.order("deliver")
        crosswise.join(20)
        stranger.rollback()
    assert "DeadlockDetected" in told.did["deliver"], told.did
    story.clean()

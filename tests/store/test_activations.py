"""Rulings are kept with their instant, so that a look back does not know what was decided later."""

import pytest
from alembic import command
from sqlalchemy import Engine, select

from slamon.core.verdicts.activation import Activation
from slamon.store.database import reading, writing
from slamon.store.migrate import _config, is_current, upgrade
from slamon.store.schema import audit, rulings
from slamon.store.verdicts import StandingActivationError, activate, load_rulings, rule

PUT = Activation("follow-up", "2026-01-06", 1_000, "ana", "agreed in the weekly")


def test_an_activation_comes_back_as_it_was_said(engine: Engine) -> None:
    with writing(engine) as connection:
        activate(connection, PUT, open_cycles=True)
    with reading(engine) as connection:
        assert load_rulings(connection, 1_000).activated == (PUT,)
        assert [tuple(row)[1:] for row in connection.execute(select(audit))] == [
            (1_000, "ana", "activate", "follow-up 2026-01-06", "agreed in the weekly")
        ]


def test_an_activation_for_new_cycles_only_is_in_the_audit_and_no_ruling(engine: Engine) -> None:
    with writing(engine) as connection:
        activate(connection, PUT, open_cycles=False)
    with reading(engine) as connection:
        assert load_rulings(connection, 1_000).activated == ()
        assert [row.action for row in connection.execute(select(audit))] == ["activate for new cycles only"]


def test_a_version_on_open_cycles_is_not_put_on_them_again(engine: Engine) -> None:
    with writing(engine) as connection:
        activate(connection, PUT, open_cycles=True)
    for open_cycles in (True, False):
        with writing(engine) as connection, pytest.raises(StandingActivationError, match="was put on open cycles by ana on 1970-01-01"):
            activate(connection, PUT, open_cycles=open_cycles)


@pytest.mark.parametrize("as_of", [999, 1_000])
def test_what_was_decided_later_than_as_of_does_not_count(engine: Engine, as_of: int) -> None:
    with writing(engine) as connection:
        rule(connection, "excuse", "cycle", "ana", "phone outage", 1_000)
        rule(connection, "accept", "event", "ana", "was in the notebook", 1_000)
        activate(connection, PUT, open_cycles=True)
    with reading(engine) as connection:
        known = load_rulings(connection, as_of)
    assert (len(known.excused), len(known.accepted), len(known.activated)) == ((0, 0, 0) if as_of < PUT.at else (1, 1, 1))


def test_rulings_of_the_first_tables_stay_when_the_tables_are_brought_up_to_date(empty_engine: Engine) -> None:
    with writing(empty_engine) as connection:
        command.upgrade(_config(connection), "0001")
        values = {"kind": "excuse", "subject": "cycle", "by": "ana", "reason": "phone outage", "at": 1}
        connection.execute(rulings.insert().values(**values))
    assert not is_current(empty_engine)
    upgrade(empty_engine)
    assert is_current(empty_engine)
    with writing(empty_engine) as connection:
        activate(connection, PUT, open_cycles=True)
        assert [row.kind for row in connection.execute(select(rulings).order_by(rulings.c.id))] == ["excuse", "activate"]

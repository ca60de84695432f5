"""What quotas and ratios are concluded from is the same lead by lead and as columns, whatever was written before."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from slamon.core.working_time.instants import NEVER
from slamon.store.database import reading, writing
from slamon.store.schema import period_columns, period_shares
from slamon.store.verdicts.period_columns import SPAN, Share, load_columns
from slamon.store.verdicts.period_shares import Shares, load_shares, replace_shares

LEADS = ("ada", "bea", "cid")


@st.composite
def shares(draw: st.DrawFn) -> Shares:
    """What some leads contribute; much of it is the same, as it is in life."""
    found: Shares = {}
    for lead in LEADS:
        for number in range(draw(st.integers(0, 2))):
            at = draw(st.sampled_from([-SPAN, 0, 1, SPAN, 3 * SPAN]))
            until = draw(st.sampled_from([None, at + 5]))
            group, why = draw(st.sampled_from(["emea", "us", "(none)"])), draw(st.sampled_from(["", "no amount", "emea"]))
            worth, counts = draw(st.sampled_from([1.0, 0.1, 250.5])), draw(st.booleans())
            found.setdefault(lead, []).append(Share(lead, "sal", "2026-01-01", number, at, until, worth, group, counts, not counts, why))
    return found


def _as_rows(columns: dict[str, Any]) -> list[tuple[Any, ...]]:
    texts = {name: columns[name].texts() for name in ("group", "why")}
    return sorted(zip(*((texts | {**columns, **texts})[name] for name in Share._fields[4:]), strict=True))


def _said(found: Shares) -> list[tuple[Any, ...]]:
    rows = (share for each in found.values() for share in each)
    return sorted((share.at, NEVER if share.until is None else share.until, *share[6:]) for share in rows)


def _agree(engine: Engine, wanted: Shares) -> None:
    with reading(engine) as connection:
        assert load_shares(connection, LEADS) == wanted
        columns = load_columns(connection, "sal")
    assert _as_rows(columns["2026-01-01"]) == _said(wanted) if columns else not wanted


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(shares(), min_size=1, max_size=5))
def test_after_any_changes_the_columns_say_what_the_leads_say(engine: Engine, states: list[Shares]) -> None:
    with writing(engine) as connection:
        for table in (period_columns, period_shares):
            connection.execute(table.delete())
    before: Shares = {}
    for after in states:
        with writing(engine) as connection:
            replace_shares(connection, before, after)
        _agree(engine, after)
        before = after


@pytest.mark.parametrize("left", [b"", None])
def test_columns_that_do_not_hold_what_goes_are_made_anew_from_what_leads_say(engine: Engine, left: bytes | None) -> None:
    one, other = (Share(lead, "sal", "2026-01-01", 0, 5, None, 1.0, "emea", False, False, "") for lead in ("ada", "bea"))
    both: Shares = {"ada": [one], "bea": [other]}
    after: Shares = {"ada": [one._replace(worth=2.0)], "bea": [other]}
    with writing(engine) as connection:
        replace_shares(connection, {}, both)
        connection.execute(period_columns.delete() if left is None else period_columns.update().values(data=left))
    with writing(engine) as connection:
        assert replace_shares(connection, both, after) == {"sal"}
    _agree(engine, after)

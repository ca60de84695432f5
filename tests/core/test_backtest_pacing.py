"""A backtest counts the messages that people would get: paced as live alerts are, for the same stories."""

import numpy as np
import pandas as pd

from slamon.core.backtest.alert_load import Telling
from slamon.core.backtest.pacing import paced
from slamon.core.telling import Manners
from slamon.core.working_time.instants import HOUR, MINUTE, SECOND
from tests.core.stories import FOLLOW_UP
from tests.core.telling_world import RITA, TEAM, at
from tests.core.test_backtest import answered_after, compared
from tests.core.test_telling import BERLIN, MORNING, breaches, heard, run


def told(instants: list[int], hearer: str = "#emea", *, kind: str = "breach", zone: str = "") -> pd.DataFrame:
    many = len(instants)
    person = "@" in hearer
    return pd.DataFrame(
        {
            "hearer": [hearer] * many,
            "is_person": [person] * many,
            "zone": [zone] * many,
            "kind": [kind] * many,
            "at": np.array(instants, np.int64),
        }
    )


def test_a_steady_stream_becomes_the_messages_that_live_alerts_would_be() -> None:
    live = heard(run(breaches(200, every=MINUTE, to=(TEAM,)), MORNING + 4 * HOUR))
    found = paced(told([MORNING + n * MINUTE for n in range(200)]), Manners(), MINUTE)
    assert [(at_ - MORNING) // SECOND for at_ in found["at"].tolist()] == [second for second, _ in live]


def test_a_person_gets_ten_a_day_and_one_digest_and_a_channel_gets_all() -> None:
    instants = [MORNING + n * 40 * MINUTE for n in range(12)]
    found = paced(pd.concat([told(instants, RITA.address), told(instants)]), Manners(), SECOND)
    assert found.groupby("hearer")["kind"].apply(list).to_dict() == {"#emea": ["breach"] * 12, RITA.address: ["breach"] * 10 + ["digest"]}
    assert found.loc[found["kind"] == "digest", "at"].tolist() == [at("2026-01-05 17:00")]


def test_the_next_day_counts_anew() -> None:
    instants = [MORNING + day * 24 * HOUR + n * 40 * MINUTE for day in range(2) for n in range(3)]
    found = paced(told(instants, RITA.address), Manners(a_day=2), SECOND)
    assert found["kind"].tolist() == ["breach", "breach", "digest"] * 2


def test_what_comes_in_quiet_hours_is_one_message_at_their_end_on_the_hearers_clock() -> None:
    evening = at("2026-01-05 19:30")
    found = paced(
        told([evening + n * MINUTE for n in range(3)], BERLIN.address, zone=BERLIN.zone), Manners(quiet_hours=("20:00", "07:00")), MINUTE
    )
    assert found["at"].tolist() == [at("2026-01-06 06:00")]


def test_kinds_are_told_apart() -> None:
    found = paced(pd.concat([told([MORNING]), told([MORNING + MINUTE], kind="escalation")]), Manners(), MINUTE)
    assert found["kind"].tolist() == ["breach", "escalation"]
    assert len(paced(told([]), Manners(), MINUTE)) == 0


def test_a_backtest_with_manners_counts_paced_messages() -> None:
    story = answered_after(*[None] * 30)
    at_once = compared(story, FOLLOW_UP, telling=Telling()).alerts_proposed
    together = compared(story, FOLLOW_UP, telling=Telling(manners=Manners())).alerts_proposed
    assert (at_once.breaches, together.breaches) == (30, 5)

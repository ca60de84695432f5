"""Killed wherever it may be: nothing lost, nothing seen twice, nothing out of order."""

import os
from collections.abc import Callable

import pytest

from tests.faults.campaign import Campaign
from tests.faults.clock import HOUR, MINUTE, MONDAY, SECOND
from tests.faults.company import Lead
from tests.faults.failpoints import POINTS
from tests.faults.oracle import allowed, compared, expected
from tests.faults.rig import Kill, Rig

pytestmark = pytest.mark.faults

SEED = int(os.environ.get("SEED") or 1)
KILLS = int(os.environ.get("KILLS") or 32)


def test_one_lead_one_breach_one_kill_between_commit_and_post(made: Rig) -> None:
    lead = Lead("L0000001", 0, MONDAY + 9 * HOUR, [(MONDAY + 9 * HOUR, "rep00")])
    made.clock.reach(lead.start)
    made.company.show(list(lead.rows()))
    assert made.tick().did
    made.at(lead.start + HOUR)
    made.clock.reach(lead.start + 2 * HOUR + SECOND)
    made.kill = Kill(3)
    assert made.tick().killed_at == 3
    made.settle()
    made.at(lead.start + 2 * HOUR + 30 * MINUTE)
    verdict = compared(expected([lead], made.clock()), allowed([lead]), made.slack, made.mail)
    assert verdict.clean, verdict.in_full()
    assert made.killed == {3: 1}


def test_f01_killed_at_fifteen_points_and_at_any_moment_nothing_is_lost_doubled_or_reordered(
    made: Rig, database_url: str, record_property: Callable[[str, object], None]
) -> None:
    campaign = Campaign(made, SEED, KILLS)
    verdict = campaign.run()
    database = database_url.partition(":")[0].partition("+")[0]
    record_property("faults", f"{database}: {campaign.said(verdict)}")
    replay = f"replay it with: make faults SEED={SEED} KILLS={KILLS}"
    assert not campaign.failed, f"{campaign.failed}; {replay}"
    assert verdict.clean, f"{verdict.in_full()}\n{replay}"
    assert made.killed.total() == KILLS, f"{campaign.plan.left} were not reached; {replay}"
    assert all(made.killed[point] for point in POINTS), made.killed

"""Killed wherever it may be: nothing lost, nothing seen twice, nothing out of order."""

import pytest

from tests.faults.clock import HOUR, MINUTE, MONDAY, SECOND
from tests.faults.company import Lead
from tests.faults.oracle import allowed, compared, expected
from tests.faults.rig import Kill, Rig

pytestmark = pytest.mark.faults


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
    assert verdict.clean, f"{verdict} {verdict.lost} {verdict.dup} {verdict.unexpected}"
    assert made.killed == {3: 1}

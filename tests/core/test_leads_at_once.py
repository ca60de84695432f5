"""A thousand leads at once, which are worked out in bulk, get the verdicts that a few at a time get, also over a change of the clocks."""

from typing import Any

import pytest

from slamon.core.working_time.buckets import BULK
from tests.core.stories import FOLLOW_UP, PROMISE, Story, cycles

SOON = FOLLOW_UP | {"calendar": "berlin", "within": "2wd", "warn_at": ["1wd", "50%"]}
TRIES = PROMISE | {
    "sla": "attempts",
    "kind": "cadence",
    "calendar": "berlin",
    "start": {"stage": "mql"},
    "attempts": 2,
    "attempt": {"activity": "call", "direction": "outbound"},
    "within": "5wd",
    "gap": {"min": "1wd", "max": "2wd"},
}
LEADS = range(BULK + 100)


def easter(*leads: int) -> Story:
    """Leads that come by day and by night around Easter 2026 (3 to 6 April; the clocks went forward on 29 March), called a day later."""
    story = Story()
    for number in leads:
        day, hour, minute = 27 + number % 13, number * 7 % 24, number % 60
        came, called = (f"2026-{3 + (each > 31):02}-{(each - 1) % 31 + 1:02} {hour:02}:{minute:02}" for each in (day, day + 1))
        story.stage(came, "mql", f"{number:04}").call(called, f"{number:04}")
    return story


def verdicts(story: Story, terms: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {each["lead"]: (each["due_at"], each["state"]) for each in cycles(story, terms, as_of="2026-05-01 00:00")}


@pytest.mark.parametrize("terms", [SOON, TRIES], ids=["deadline", "cadence"])
def test_a_thousand_leads_at_once_get_the_verdicts_that_a_few_at_a_time_get(terms: dict[str, Any]) -> None:
    together = verdicts(easter(*LEADS), terms)
    for first in range(0, len(LEADS), 300):
        few = LEADS[first : first + 300]
        assert {f"{number:04}": together[f"{number:04}"] for number in few} == verdicts(easter(*few), terms)


def test_of_a_thousand_leads_one_from_before_easter_is_due_after_it() -> None:
    together = verdicts(easter(*LEADS), SOON)
    assert together["0005"] == ("2026-04-07 11:05", "met")  # came on Wednesday at 11:05 UTC; Good Friday and Easter Monday are closed

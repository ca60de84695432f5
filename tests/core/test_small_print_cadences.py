"""The small print of cadences: whose attempts and ends count, channels beside gaps, and leads that were deleted and came back."""

from typing import Any

from tests.core.stories import PROMISE, Story, cycles
from tests.core.test_cadence import PERSISTENCE, START, calls

QUICK = PROMISE | {
    "sla": "persistence",
    "kind": "cadence",
    "start": {"stage": "mql"},
    "attempts": 1,
    "attempt": {"activity": ["call", "email"]},
    "within": "2wh",
    "ended_by": [{"activity": "reply"}, {"stage": "disqualified"}],
}
OWN = {"team_calendars": {"emea": "berlin"}, "default_calendar": "office"}
EMEA: list[dict[str, Any]] = [{"id": "rita", "team": "emea"}]


def by_lead(*args: Any, **more: Any) -> dict[str, tuple[str, int]]:
    return {cycle["lead"]: (cycle["state"], cycle["attempts"]) for cycle in cycles(*args, **more)}


def test_the_attempts_on_the_leads_before_and_after_it_are_not_a_leads_own() -> None:
    story = Story().stage(START, "mql", "ada")
    for hour in (10, 11, 12):
        story.call(f"2026-01-05 {hour}:00", "ada")
    story.stage(START, "mql", "bea").call("2026-01-05 09:30", "cleo").stage("2026-01-05 09:40", "mql", "cleo").stage(START, "mql", "dora")
    assert by_lead(story, QUICK) == {"ada": ("met", 1), "bea": ("breached", 0), "cleo": ("breached", 0), "dora": ("breached", 0)}


def test_each_cadence_is_ended_by_what_happened_to_its_own_lead() -> None:
    story = Story().stage(START, "mql", "ada").stage("2026-01-05 10:00", "disqualified", "ada")
    story.stage(START, "mql", "bea").call("2026-01-05 10:00", "bea", name="reply", direction="inbound")
    story.stage(START, "mql", "cleo").call("2026-01-05 10:00", "cleo").stage("2026-01-05 10:30", "disqualified", "cleo")
    story.stage(START, "mql", "dora").stage("2026-01-05 12:00", "disqualified", "dora")
    assert by_lead(story, QUICK) == {"ada": ("cancelled", 0), "bea": ("met", 0), "cleo": ("met", 1), "dora": ("breached", 0)}


def test_where_the_channels_were_used_with_the_last_attempt_it_was_due_by_the_gap() -> None:
    terms = PERSISTENCE | {"attempts": 2, "channels": 2, "gap": {"max": "2wh"}}
    (cycle,) = cycles(calls("05 10:00").call("2026-01-05 11:30", name="email"), terms)
    assert (cycle["state"], cycle["due_at"]) == ("met", "2026-01-05 12:00")


# Deleted, and back again.


def gone(story: Story, since: str, until: str, lead: str = "ada") -> Story:
    return story.tell(f"2026-01-{since}", "deleted", None, lead).tell(f"2026-01-{until}", "restored", None, lead)


def test_what_the_largest_gap_allows_moves_on_by_the_time_in_which_a_lead_was_deleted() -> None:
    for last, state in (("12:30", "met"), ("12:31", "breached")):
        story = gone(calls("05 09:30"), "05 10:00", "05 11:00").call(f"2026-01-05 {last}")
        (cycle,) = cycles(story, PERSISTENCE | {"attempts": 2, "gap": {"max": "2wh"}})
        assert (cycle["state"], cycle["due_at"]) == (state, "2026-01-05 12:30")


def test_a_deletion_before_the_attempt_that_the_gap_counts_from_moves_nothing() -> None:
    story = gone(Story().stage(START, "mql"), "05 09:10", "05 09:20").call("2026-01-05 09:30").call("2026-01-05 11:31")
    (cycle,) = cycles(story, PERSISTENCE | {"attempts": 2, "gap": {"max": "2wh"}})
    assert (cycle["state"], cycle["due_at"]) == ("breached", "2026-01-05 11:30")


def test_a_deletion_after_the_last_channel_moves_nothing_and_one_before_it_moves_the_end_of_the_window() -> None:
    terms = PERSISTENCE | {"attempts": 2, "channels": 2, "within": "8wh", "gap": {"min": "1h"}}
    for since, until, due in (("05 12:00", "05 13:00", "2026-01-06 10:00"), ("05 15:00", "05 16:00", "2026-01-05 17:00")):
        story = gone(calls("05 10:00", "05 11:00").call("2026-01-05 14:00", name="email"), since, until)
        story.stage("2026-01-05 16:30", "disqualified")
        (cycle,) = cycles(story, terms)
        assert (cycle["state"], cycle["answered_at"], cycle["due_at"]) == ("met", "2026-01-05 14:00", due)


def test_a_holder_who_came_before_the_limit_that_a_deletion_moved_on_brings_the_calendar_along() -> None:
    story = gone(Story().stage("2026-01-05 15:00", "mql"), "05 15:10", "05 16:10").owner("2026-01-06 09:30", "rita")
    (cycle,) = cycles(story, QUICK | {"calendar": "owner"}, people=EMEA, **OWN)
    assert cycle["due_at"] == "2026-01-06 09:50"  # the workspace's calendar would say 10:00, and without the deletion 17:00 the day before


def test_the_time_in_which_a_lead_was_deleted_is_nobodys_delay() -> None:
    story = gone(Story().owner("2026-01-05 08:00", None).stage(START, "mql"), "05 09:30", "05 11:30").owner("2026-01-05 12:30", "rita")
    (cycle,) = cycles(story, QUICK | {"within": "4wh"}, people=EMEA)
    assert (cycle["due_at"], cycle["cause"]) == ("2026-01-05 15:00", "owner")

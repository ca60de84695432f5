"""What counts as an answer, whose calendar it is, and what messy data come to."""

from typing import Any

import pytest

from slamon.core.evaluation import completed
from slamon.core.facts.event_frames import build_facts
from slamon.core.working_time.calendars import Calendar
from tests.core.stories import FOLLOW_UP, PROMISE, Story, cycles, instant, judged

REPS = [
    {"id": "rita", "name": "Rita", "team": "emea"},
    {"id": "ben", "name": "Ben", "team": "emea"},
    {"id": "cleo", "name": "Cleo", "team": "us"},
    {"id": "queue", "name": "Inbound queue", "automated": True},
]
CADENCE = PROMISE | {
    "sla": "persistence",
    "kind": "cadence",
    "start": {"stage": "mql"},
    "attempts": 2,
    "attempt": {"activity": "call", "direction": "outbound"},
    "within": "10wd",
    "gap": {"min": "2wd"},
}


def state(story: Story, terms: dict[str, Any], **more: Any) -> str:
    (cycle,) = cycles(story, terms, **more)
    return str(cycle["state"])


@pytest.mark.parametrize(
    ("by", "actor", "expected"),
    [("owner", "rita", "met"), ("owner", "ben", "breached"), ("team", "ben", "met"), ("team", "cleo", "breached")],
)
def test_terms_may_ask_for_the_owner_or_the_owners_team(by: str, actor: str, expected: str) -> None:
    terms = FOLLOW_UP | {"met_by": {"activity": "call", "by": by}}
    story = Story().owner("2026-01-02 09:00", "rita").stage("2026-01-05 09:00", "mql").call("2026-01-05 09:30", actor=actor)
    assert state(story, terms, people=REPS) == expected


def test_an_activity_of_an_integration_user_is_no_persons() -> None:
    story = Story().stage("2026-01-05 09:00", "mql").call("2026-01-05 09:30", actor="queue")
    assert state(story, FOLLOW_UP, people=REPS) == "breached"


def test_an_activity_that_names_nobody_is_a_persons_and_a_finding() -> None:
    found = judged(Story().stage("2026-01-05 09:00", "mql").call("2026-01-05 09:30"), FOLLOW_UP)
    assert (found.verdicts()["state"].tolist(), found.facts.findings.unnamed_actors) == (["met"], 1)


def test_a_one_second_dial_is_too_short_when_the_terms_say_so() -> None:
    terms = FOLLOW_UP | {"met_by": {"activity": "call", "min_seconds": 30}}
    story = Story().stage("2026-01-05 09:00", "mql")
    assert state(Story(story.rows[:1]).call("2026-01-05 09:30", seconds=1), terms) == "breached"
    assert state(Story(story.rows[:1]).call("2026-01-05 09:30", seconds=30), terms) == "met"


def test_an_outcome_can_be_asked_for() -> None:
    terms = FOLLOW_UP | {"met_by": {"activity": "call", "outcome": ["connected"]}}
    story = (
        Story().stage("2026-01-05 09:00", "mql").call("2026-01-05 09:30", outcome="no answer").call("2026-01-05 10:00", outcome="connected")
    )
    (cycle,) = cycles(story, terms)
    assert cycle["answered_at"] == "2026-01-05 10:00"


def test_a_rejection_with_a_reason_is_a_change_of_its_attribute() -> None:
    terms = FOLLOW_UP | {"met_by": [{"stage": "sal"}, {"attribute": "rejection_reason"}]}
    story = Story().stage("2026-01-05 09:00", "mql", attributes={"rejection_reason": "old"})
    assert (
        state(Story(story.rows[:]).stage("2026-01-05 10:00", "disqualified", attributes={"rejection_reason": "old"}), terms) == "cancelled"
    )
    assert state(Story(story.rows[:]).tell("2026-01-05 10:00", "attribute", "rejection_reason", value="no budget"), terms) == "met"


def test_a_clock_pauses_while_nobody_holds_the_lead() -> None:
    terms = FOLLOW_UP | {"pause": {"while": "unassigned"}}
    story = Story().owner("2026-01-02 09:00", "rita").stage("2026-01-05 09:00", "mql")
    story.owner("2026-01-05 10:00", None).owner("2026-01-05 13:00", "ben")
    (cycle,) = cycles(story, terms, people=REPS)
    assert cycle["due_at"] == "2026-01-05 14:00"


def test_a_clock_pauses_while_the_holder_is_away() -> None:
    terms = FOLLOW_UP | {"pause": {"while": "holder away"}}
    story = Story().owner("2026-01-02 09:00", "rita").stage("2026-01-05 09:00", "mql")
    away = [{"person": "rita", "since": "2026-01-05 00:00", "until": "2026-01-07 00:00"}]
    (cycle,) = cycles(story, terms, people=REPS, absences=away)
    assert cycle["due_at"] == "2026-01-07 11:00"


def test_a_target_in_working_days_moves_by_the_working_time_of_its_pauses() -> None:
    terms = FOLLOW_UP | {"within": "2wd", "pause": {"while": [{"stage": "nurture"}]}, "debounce": "9d"}
    story = Story().stage("2026-01-05 12:00", "mql").stage("2026-01-06 09:00", "nurture").stage("2026-01-06 13:00", "mql")
    (cycle,) = cycles(story, terms, as_of="2026-01-07 12:00")
    assert cycle["due_at"] == "2026-01-07 16:00"


def test_a_persons_calendar_comes_before_the_teams_and_the_teams_before_the_workspaces() -> None:
    terms = FOLLOW_UP | {"calendar": "owner"}
    calendars = {"early": Calendar("UTC", {"mon-fri": ["06:00-10:00"]}), "late": Calendar("UTC", {"mon-fri": ["12:00-20:00"]})}
    people = [{"id": "rita", "team": "us", "calendar": "early"}, {"id": "cleo", "team": "us"}]
    due = []
    for owner in ("rita", "cleo", None):
        story = Story().stage("2026-01-05 09:00", "mql")
        if owner:
            story.owner("2026-01-05 09:00", owner)
        (cycle,) = cycles(story, terms, people=people, calendars=calendars, default_calendar="office", team_calendars={"us": "late"})
        due.append(cycle["due_at"])
    assert due == ["2026-01-06 07:00", "2026-01-05 14:00", "2026-01-05 11:00"]


def test_an_attempt_logged_late_is_no_attempt_until_it_is_accepted() -> None:
    story = Story().stage("2026-01-05 09:00", "mql").call("2026-01-05 10:00", recorded_at="2026-01-08 10:00").call("2026-01-07 10:00")
    (cycle,) = cycles(story, CADENCE, as_of="2026-01-08 11:00")
    assert cycle["attempts"] == 1


def test_a_chain_of_merges_ends_at_the_last_survivor_whatever_the_order() -> None:
    story = Story().stage("2026-01-05 09:00", "mql", "a").call("2026-01-05 10:00", "c")
    story.tell("2026-01-06 09:00", "merged", lead="b", value="c").tell("2026-01-07 09:00", "merged", lead="a", value="b")
    (cycle,) = cycles(story, FOLLOW_UP)
    assert (cycle["lead"], cycle["state"]) == ("c", "met")


def test_a_ring_of_merges_ends_all_the_same() -> None:
    story = Story().stage("2026-01-05 09:00", "mql", "b").tell("2026-01-06 09:00", "merged", lead="a", value="b")
    story.tell("2026-01-06 09:00", "merged", lead="b", value="a")
    assert [cycle["lead"] for cycle in cycles(story, FOLLOW_UP)] == ["a"]


def test_a_cycles_identity_outlives_a_merge_and_an_earlier_start_that_arrives_late() -> None:
    story = Story().stage("2026-01-05 09:00", "mql", "a")
    (before,) = cycles(story, FOLLOW_UP)
    story.tell("2026-01-06 09:00", "merged", lead="a", value="z").stage("2025-12-01 09:00", "mql", "a")
    after = {cycle["started_at"]: cycle for cycle in cycles(story, FOLLOW_UP)}
    assert after["2026-01-05 09:00"]["cycle_id"] == before["cycle_id"]
    assert after["2026-01-05 09:00"]["cycle"] == 2


def imported(story: Story, many: int) -> Story:
    for number in range(many):
        story.stage(f"2026-01-05 10:{number % 60:02}:{number // 60:02}", "mql", f"imported {number}", actor="ops")
    return story


def test_a_bulk_import_has_its_own_target() -> None:
    terms = FOLLOW_UP | {"batch": {"size": 20, "within": "2wd"}}
    story = imported(Story().stage("2026-01-05 10:00", "mql", "single", actor="rita"), 30)
    due = {cycle["lead"]: cycle["due_at"] for cycle in cycles(story, terms)}
    assert due["single"] == "2026-01-05 12:00"
    assert due["imported 0"] == "2026-01-07 10:00"


def test_dates_at_midnight_are_no_import() -> None:
    terms = FOLLOW_UP | {"batch": {"size": 20, "within": "2wd"}}
    story = Story()
    for number in range(30):
        story.stage("2026-01-05 00:00", "mql", f"lead {number}", actor="ops")
    assert {cycle["due_at"] for cycle in cycles(story, terms)} == {"2026-01-05 11:00"}


def test_events_at_one_instant_are_ordered_by_when_they_were_recorded_then_by_the_source() -> None:
    story = Story().stage("2026-01-05 09:00", "mql", recorded_at="2026-01-05 09:02", position=0)
    story.call("2026-01-05 09:00", recorded_at="2026-01-05 09:01", position=1)
    assert state(story, FOLLOW_UP) == "breached"  # the call was there first, and nothing credits it
    story.rows[1]["recorded_at"] = story.rows[0]["recorded_at"]
    assert state(story, FOLLOW_UP) == "met"


def test_an_event_more_than_five_minutes_ahead_of_as_of_is_a_finding() -> None:
    frame = completed(Story().stage("2026-01-05 09:00", "mql").call("2026-01-05 09:06", seen_at="2026-01-05 09:00").frame())
    facts = build_facts(frame, instant("2026-01-05 09:00"))
    assert (len(facts), facts.findings.future) == (1, 1)


def test_a_lead_filter_decides_whom_a_promise_is_about() -> None:
    terms = FOLLOW_UP | {"applies_to": {"segment": ["smb", "enterprise"], "country": {"not": "XX"}, "score": {"at_least": 10, "below": 90}}}
    story = Story()
    for lead, attributes in {
        "in": {"segment": "smb", "score": "10"},
        "wrong segment": {"segment": "other", "score": "10"},
        "excluded": {"segment": "smb", "country": "XX", "score": "10"},
        "too low": {"segment": "smb", "score": "9"},
        "too high": {"segment": "smb", "score": "90"},
        "no score": {"segment": "smb"},
    }.items():
        story.stage("2026-01-05 09:00", "mql", lead, attributes=attributes)
    assert [cycle["lead"] for cycle in cycles(story, terms)] == ["in"]


def test_a_score_that_is_no_number_cannot_be_evaluated() -> None:
    terms = FOLLOW_UP | {"applies_to": {"score": {"at_least": 10}}}
    story = (
        Story()
        .stage("2026-01-05 09:00", "mql", attributes={"score": "high"})
        .stage("2026-01-05 09:00", "mql", "bea", attributes={"score": "11"})
    )
    found = {cycle["lead"]: (cycle["state"], cycle["reason"]) for cycle in cycles(story, terms)}
    assert found == {"ada": ("unknown", "score is not a number"), "bea": ("breached", None)}


def test_attributes_may_be_matched_by_a_pattern() -> None:
    terms = FOLLOW_UP | {"applies_to": {"campaign": {"matches": "demo*"}}}
    story = (
        Story()
        .stage("2026-01-05 09:00", "mql", attributes={"campaign": "demo-2026"})
        .stage("2026-01-05 09:00", "mql", "bea", attributes={"campaign": "x demo"})
    )
    assert [cycle["lead"] for cycle in cycles(story, terms)] == ["ada"]


def test_an_empty_cell_says_nothing_and_the_last_known_value_stays() -> None:
    terms = FOLLOW_UP | {"applies_to": {"segment": "smb"}}
    story = Story().tell("2026-01-04 09:00", "touch", "form", attributes={"segment": "smb"}).stage("2026-01-05 09:00", "mql")
    assert len(cycles(story, terms)) == 1

"""Rules of evidence, identity and messy data (sections 5, 7 and 8): what counts, what is one lead, what is listed and not believed."""

from typing import Any

import pytest

from slamon.core.definitions import DefinitionSet
from slamon.core.evaluation import completed
from slamon.core.facts.data_quality import unmapped_stages
from slamon.core.facts.event_frames import build_facts
from slamon.core.verdicts import Rulings
from slamon.core.working_time.durations import parse_duration
from tests.core.stories import FOLLOW_UP, STAGES, Story, cycles, instant, judged
from tests.core.test_cadence import PERSISTENCE

MQL = "2026-01-05 09:00"
ONCE = PERSISTENCE | {"attempts": 1, "gap": {}, "attempt": {"activity": "call", "direction": "outbound"}}


def states(*args: Any, **more: Any) -> list[str]:
    return [cycle["state"] for cycle in cycles(*args, **more)]


# What counts as an answer.


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ({"name": "call", "direction": "outbound"}, "met"),
        ({"name": "email", "direction": "outbound"}, "breached"),
        ({"name": "call", "direction": "inbound"}, "breached"),
        ({"name": "call", "direction": None}, "breached"),
        ({"name": "call", "direction": "outbound", "automated": True}, "breached"),
        ({"name": "call", "direction": "outbound", "actor": "bot"}, "breached"),
        ({"name": "call", "direction": "outbound", "actor": "rita"}, "met"),
    ],
)
def test_an_activity_answers_when_it_is_outbound_by_a_person_and_through_the_channel_that_is_asked_for(
    said: dict[str, Any], state: str
) -> None:
    people = [{"id": "rita"}, {"id": "bot", "automated": True}]
    assert states(Story().stage(MQL, "mql").call("2026-01-05 09:30", **said), FOLLOW_UP, people=people) == [state]


def test_a_roll_up_field_is_an_attribute_and_never_an_answer() -> None:
    story = Story().stage(MQL, "mql").tell("2026-01-05 09:30", "attribute", "last_activity", value="2026-01-05")
    assert states(story, FOLLOW_UP) == ["breached"]


@pytest.mark.parametrize(("recorded", "state"), [("2026-01-06 09:30", "met"), ("2026-01-06 09:30:00.000001", "breached")])
def test_evidence_recorded_up_to_a_day_after_it_happened_counts_and_a_microsecond_later_is_late(recorded: str, state: str) -> None:
    assert states(Story().stage(MQL, "mql").call("2026-01-05 09:30", recorded_at=recorded), FOLLOW_UP) == [state]


def test_late_logging_may_be_set_longer() -> None:
    story = Story().stage(MQL, "mql").call("2026-01-05 09:30", recorded_at="2026-01-08 09:00")
    assert states(story, FOLLOW_UP | {"late_logging": "3d"}) == ["met"]


def test_accepting_one_late_activity_accepts_no_other() -> None:
    story = Story()
    for lead in ("ada", "bea"):
        story.stage(MQL, "mql", lead).call("2026-01-05 09:30", lead, recorded_at="2026-01-08 09:00")
    assert states(story, FOLLOW_UP, rulings=Rulings(accepted=frozenset({"e1"}))) == ["met", "breached"]


def test_new_evidence_changes_the_verdict_from_when_it_was_seen() -> None:
    story = Story().stage(MQL, "mql").call("2026-01-05 09:30", seen_at="2026-01-05 15:00")
    assert states(story, FOLLOW_UP, as_of="2026-01-05 14:59:59") == ["breached"]
    assert states(story, FOLLOW_UP, as_of="2026-01-05 15:00") == ["met"]


def test_an_excuse_takes_a_pending_or_breached_cycle_out_of_the_count_the_strict_one_too() -> None:
    story = Story().stage(MQL, "mql")
    (cycle,) = cycles(story, FOLLOW_UP)
    excused = Rulings(excused={cycle["cycle_id"]: "phone outage (ana)"})
    for as_of in ("2026-01-05 10:00", "2026-01-06 10:00"):
        (found,) = cycles(story, FOLLOW_UP, rulings=excused, as_of=as_of)
        assert (found["state"], found["strict_state"], found["reason"]) == ("excused", "excused", "phone outage (ana)")


# Contact is two-way; an attempt is outbound.


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ({"name": "reply", "direction": "inbound"}, "met"),
        ({"name": "meeting", "direction": "outbound"}, "met"),
        ({"name": "sms", "direction": "inbound"}, "met"),
        ({"name": "email", "direction": "outbound"}, "cancelled"),
        ({"name": "call", "direction": "inbound", "outcome": "connected"}, "met"),
    ],
)
def test_a_cadence_that_ends_before_any_attempt_is_met_by_contact_and_else_cancelled(said: dict[str, Any], state: str) -> None:
    terms = ONCE | {"attempt": {"activity": "letter"}, "ended_by": [{"activity": ["reply", "meeting", "sms", "email", "call"]}]}
    assert states(Story().stage(MQL, "mql").call("2026-01-05 10:00", **said), terms) == [state]


def test_a_call_is_contact_only_when_it_was_connected() -> None:
    terms = ONCE | {"attempt": {"activity": "letter"}, "ended_by": {"activity": "call"}}
    for outcome, state in (("connected", "met"), ("no answer", "cancelled")):
        assert states(Story().stage(MQL, "mql").call("2026-01-05 10:00", outcome=outcome), terms) == [state]


def test_what_was_counted_when_a_cadence_was_decided_stays() -> None:
    terms = PERSISTENCE | {"attempts": 2, "gap": {"min": "1wd"}}
    met = Story().stage(MQL, "mql").call("2026-01-05 10:00").call("2026-01-06 10:00").call("2026-01-07 10:00")
    ended = Story().stage(MQL, "mql").call("2026-01-05 10:00").stage("2026-01-06 11:00", "disqualified").call("2026-01-07 10:00")
    missed = Story().stage(MQL, "mql").call("2026-01-05 10:00").call("2026-01-19 10:00")
    found = [(c["state"], c["attempts"], c["due_at"], c["answered_at"]) for story in (met, ended, missed) for c in cycles(story, terms)]
    assert found == [
        ("met", 2, "2026-01-16 17:00", "2026-01-06 10:00"),
        ("met", 1, "2026-01-16 17:00", "2026-01-06 11:00"),
        ("breached", 1, "2026-01-16 17:00", None),
    ]


def test_an_attempt_after_a_start_in_the_evening_counts_before_day_one() -> None:
    (cycle,) = cycles(Story().stage("2026-01-05 18:00", "mql").call("2026-01-05 19:00"), ONCE | {"within": "1wd"})
    assert (cycle["state"], cycle["due_at"]) == ("met", "2026-01-06 17:00")


# Time and words.


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("30wm", "30 working minutes"),
        ("4wh", "4 working hours"),
        ("2wd", "2 working days"),
        ("15m", "15 minutes"),
        ("1h", "1 hour"),
        ("3d", "3 days"),
    ],
)
def test_durations_are_read_short_and_in_words(short: str, long: str) -> None:
    assert parse_duration(short) == parse_duration(long)


def test_a_plain_day_is_24_hours_whatever_the_calendar_says() -> None:
    (cycle,) = cycles(Story().stage("2026-01-09 16:00", "mql"), FOLLOW_UP | {"within": "1d"})
    assert cycle["due_at"] == "2026-01-10 16:00"


# Identity.


def test_merged_leads_keep_the_earliest_start_and_one_cycle_a_start_within_the_debounce() -> None:
    story = Story().stage("2026-01-05 10:00", "mql", "ada").stage(MQL, "mql", "bea").call("2026-01-05 10:45", "ada")
    assert states(story, FOLLOW_UP) == ["met", "breached"]
    (cycle,) = cycles(story.tell("2026-01-05 15:00", "merged", lead="ada", value="bea"), FOLLOW_UP)
    assert (cycle["started_at"], cycle["due_at"], cycle["state"]) == (MQL, "2026-01-05 11:00", "met")


def test_a_merge_is_judged_once_it_is_known_and_not_before() -> None:
    story = Story().stage(MQL, "mql", "loser").call("2026-01-05 10:30", "survivor")
    story.tell("2026-01-05 15:00", "merged", lead="loser", value="survivor", seen_at="2026-01-05 15:00")
    assert states(story, FOLLOW_UP, as_of="2026-01-05 14:00") == ["breached"]
    assert states(story, FOLLOW_UP, as_of="2026-01-05 15:00") == ["met"]


def test_a_lead_deleted_and_restored_twice_stood_still_both_times() -> None:
    story = Story().stage(MQL, "mql")
    for deleted, restored in (("2026-01-05 09:30", "2026-01-05 10:00"), ("2026-01-05 11:00", "2026-01-05 12:00")):
        story.tell(deleted, "deleted").tell(restored, "restored")
    (cycle,) = cycles(story, FOLLOW_UP)
    assert cycle["due_at"] == "2026-01-05 12:30"


def test_a_lead_that_is_restored_comes_back_with_its_open_cycle() -> None:
    story = Story().stage(MQL, "mql").tell("2026-01-05 10:00", "deleted")
    assert states(story, FOLLOW_UP, as_of="2026-01-05 10:30") == ["cancelled"]
    story.tell("2026-01-07 09:00", "restored")
    (cycle,) = cycles(story, FOLLOW_UP, as_of="2026-01-07 09:30")
    assert (cycle["state"], cycle["due_at"]) == ("pending", "2026-01-07 10:00")


def test_a_deletion_after_a_restoration_that_nothing_took_back_cancels() -> None:
    story = Story().stage(MQL, "mql").tell("2026-01-05 09:30", "deleted").tell("2026-01-05 10:00", "restored")
    assert states(story.tell("2026-01-05 10:30", "deleted"), FOLLOW_UP) == ["cancelled"]


# Messy data.


@pytest.mark.parametrize(("as_of", "believed"), [("2026-01-05 08:55", 1), ("2026-01-05 08:54:59", 0)])
def test_an_event_is_believed_up_to_five_minutes_before_its_time(as_of: str, believed: int) -> None:
    frame = completed(Story().stage(MQL, "mql", seen_at="2026-01-05 08:00").frame())
    facts = build_facts(frame, instant(as_of))
    assert (len(facts), facts.findings.future) == (believed, 1 - believed)


def test_what_happened_before_the_first_start_is_history_and_no_cycle() -> None:
    story = Story().call("2025-12-01 09:00").owner("2025-12-02 09:00", "rita").stage(MQL, "mql")
    (cycle,) = cycles(story, FOLLOW_UP)
    assert (cycle["started_at"], cycle["state"], cycle["holder"]) == (MQL, "breached", "rita")


def test_stages_that_the_funnel_does_not_name_are_listed_and_counted_and_break_nothing() -> None:
    story = Story().stage(MQL, "mql").stage("2026-01-05 09:10", "demo held").stage("2026-01-05 09:20", "demo held", "bea")
    judgement = judged(story.stage("2026-01-05 09:30", "won", "bea"), FOLLOW_UP)
    assert unmapped_stages(judgement.facts, STAGES) == {"demo held": 2, "won": 1}
    assert judgement.verdicts()["state"].tolist() == ["breached"]


def test_where_no_funnel_is_declared_any_stage_may_be_named() -> None:
    judgement = judged(Story().stage(MQL, "mql"), FOLLOW_UP)
    assert unmapped_stages(judgement.facts, DefinitionSet(()).stages) == {}


def test_activities_that_name_nobody_are_counted_and_those_of_the_buyer_are_not() -> None:
    story = (
        Story()
        .stage(MQL, "mql")
        .call("2026-01-05 09:30")
        .call("2026-01-05 09:40", actor="rita")
        .call("2026-01-05 09:50", direction="inbound")
    )
    assert judged(story, FOLLOW_UP).facts.findings.unnamed_actors == 1


# Imports.


def imported(many: int, *, minutes: int = 1, actor: str | None = "ops", start: int = 30) -> Story:
    story = Story()
    for number in range(many):
        total = start + number * minutes
        story.stage(f"2026-01-05 {9 + total // 60:02}:{total % 60:02}", "mql", f"lead{number}", actor=actor)
    return story


@pytest.mark.parametrize(
    ("story", "is_one"),
    [
        (imported(4), True),
        (imported(3), False),
        (imported(4, actor=None), False),
        (imported(4, minutes=10), True),
        (imported(4, minutes=11), False),
    ],
)
def test_more_than_batch_size_leads_by_one_named_actor_with_gaps_of_ten_minutes_at_most_are_an_import(story: Story, is_one: bool) -> None:
    found = cycles(story, FOLLOW_UP | {"within": "1wh", "batch": {"size": 3, "within": "4wd"}})
    assert {cycle["due_at"][:10] for cycle in found} == {"2026-01-09" if is_one else "2026-01-05"}


def test_a_batch_is_two_hundred_leads_unless_the_terms_say_otherwise() -> None:
    for many, day in ((200, "2026-01-05"), (201, "2026-01-09")):
        story = Story()
        for number in range(many):
            story.stage(f"2026-01-05 09:30:{number % 60:02}", "mql", f"lead{number}", actor="ops")
        assert {cycle["due_at"][:10] for cycle in cycles(story, FOLLOW_UP | {"batch": {"within": "4wd"}})} == {day}


def test_an_import_without_a_target_of_its_own_has_the_one_that_its_leads_have() -> None:
    assert {cycle["due_at"] for cycle in cycles(imported(1, start=0), FOLLOW_UP | {"batch": {"size": 3}})} == {"2026-01-05 11:00"}
    found = cycles(imported(5, start=0, minutes=0), FOLLOW_UP | {"batch": {"size": 3}})
    assert {cycle["due_at"] for cycle in found} == {"2026-01-05 11:00"}


# Rulings.


def test_a_meeting_that_the_lead_books_itself_answers_only_if_the_pattern_says_so() -> None:
    story = Story().stage(MQL, "mql").call("2026-01-05 09:30", name="meeting", direction="inbound")
    for pattern, state in (
        ({"activity": "meeting", "direction": "inbound"}, "met"),
        ({"activity": "meeting"}, "met"),
        ({"activity": "meeting", "direction": "outbound"}, "breached"),
    ):
        assert states(story, FOLLOW_UP | {"met_by": pattern}) == [state]


def test_an_attribute_that_some_leads_have_is_not_missing_for_the_others() -> None:
    terms = FOLLOW_UP | {"targets": [{"when": {"region": "us"}, "within": "1wh"}]}
    story = Story().stage(MQL, "mql").stage(MQL, "mql", "bea", attributes={"region": "us"})
    assert {cycle["lead"]: cycle["due_at"] for cycle in cycles(story, terms)} == {"ada": "2026-01-05 11:00", "bea": "2026-01-05 10:00"}

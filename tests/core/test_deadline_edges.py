"""Deadlines at their edges: pauses, hand-overs, credit, causes and delays, the strict clock, and what reasons say."""

from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from slamon.core.evaluation import evaluate
from slamon.core.kinds.obligations import alike
from slamon.core.verdicts import Rulings
from slamon.core.working_time.calendars import Calendar
from slamon.core.working_time.instants import iso
from tests.core.stories import FOLLOW_UP, Story, cycles, instant, judged, promises

REPS: list[dict[str, Any]] = [
    {"id": "rita", "name": "Rita", "team": "emea"},
    {"id": "ben", "name": "Ben", "team": "us"},
    {"id": "cleo"},
    {"id": "queue", "name": "Inbound queue", "automated": True},
]
MONDAY = "2026-01-05 09:00"
PAUSED = FOLLOW_UP | {"within": "4wh", "debounce": "9d", "pause": {"while": {"stage": "nurture"}}}


def by_lead(found: list[dict[str, Any]], key: str) -> dict[str, Any]:
    return {cycle["lead"]: cycle[key] for cycle in found}


def warned(story: Story, terms: dict[str, Any], as_of: str = MONDAY, **more: Any) -> list[list[str]]:
    (found,) = judged(story, terms, as_of=as_of, **more).per_lead
    return [[iso(each)[:16].replace("T", " ") for each in row] for row in found.obligations.warnings.tolist()]


# Why it was missed.


@pytest.mark.parametrize(
    ("at", "cause"), [("10:00", "owner"), ("10:00:00.000001", "routing"), ("11:00", "routing"), ("11:00:01", "routing")]
)
def test_routing_begins_right_after_half_of_the_target(at: str, cause: str) -> None:
    (cycle,) = cycles(Story().stage(MONDAY, "mql").owner(MONDAY, None).owner(f"2026-01-05 {at}", "rita"), FOLLOW_UP, people=REPS)
    assert cycle["cause"] == cause


def test_a_pause_before_the_assignment_is_no_time_that_routing_took() -> None:
    story = Story().stage(MONDAY, "mql").owner(MONDAY, None).stage("2026-01-05 09:30", "nurture").stage("2026-01-05 12:30", "sal")
    (cycle,) = cycles(story.owner("2026-01-05 12:45", "rita"), PAUSED, people=REPS)
    assert (cycle["due_at"], cycle["cause"]) == ("2026-01-05 16:00", "owner")  # 45 minutes for routing, 3:15 for the owner


def test_a_pause_after_the_assignment_is_no_time_that_the_owner_had() -> None:
    story = Story().stage(MONDAY, "mql").owner(MONDAY, None).owner("2026-01-05 11:30", "rita")
    story.stage("2026-01-05 12:00", "nurture").stage("2026-01-05 16:00", "sal")
    (cycle,) = cycles(story, PAUSED, people=REPS)
    assert (cycle["due_at"], cycle["cause"]) == ("2026-01-05 17:00", "routing")  # 2:30 for routing, 1:30 for the owner


def test_the_pauses_of_one_lead_version_and_target_are_not_anothers() -> None:
    hot = {"targets": [{"when": {"intent": "hot"}, "within": "4h"}]}
    first, second = PAUSED | hot | {"effective_until": "2026-01-06"}, PAUSED | {"effective_from": "2026-01-06", "pause": None}
    story = Story()
    for lead, day, intent, assigned in (
        ("busy", 5, "cold", "06 09:00"),  # two of four working hours, never paused
        ("hot", 5, "hot", "05 19:59"),  # 4:59 of plain time, of which three stood
        ("later", 6, "cold", "07 09:01"),  # 2:01, in the version that does not pause
        ("plain", 5, "cold", "06 10:31"),  # 3:31 of working time, of which 1:30 stood
    ):
        at = f"2026-01-0{day}"
        story.stage(f"{at} 15:00", "mql", lead, attributes={"intent": intent}).owner(f"{at} 15:00", None, lead)
        if lead != "busy":
            story.stage(f"{at} 15:30", "nurture", lead).stage(f"{at} 18:30", "sal", lead)
        story.owner(f"2026-01-{assigned}", "rita", lead)
    found = cycles(story, first, second, people=REPS)
    assert by_lead(found, "due_at") == {
        "busy": "2026-01-06 11:00",
        "hot": "2026-01-05 22:00",
        "later": "2026-01-07 11:00",
        "plain": "2026-01-06 12:30",
    }
    assert by_lead(found, "cause") == {"busy": "owner", "hot": "owner", "later": "routing", "plain": "routing"}


def test_a_later_versions_pauses_do_not_excuse_the_routing_of_an_earlier_one() -> None:
    first, second = PAUSED | {"effective_until": "2026-01-06", "pause": None}, PAUSED | {"effective_from": "2026-01-06"}
    story = Story().stage(MONDAY, "mql").owner(MONDAY, None).stage("2026-01-05 09:30", "nurture").stage("2026-01-05 12:30", "sal")
    (cycle,) = cycles(story.owner("2026-01-05 11:30", "rita"), first, second, people=REPS)
    assert (cycle["due_at"], cycle["cause"]) == ("2026-01-05 13:00", "routing")


def test_the_pauses_of_one_lead_do_not_reach_into_those_of_the_next() -> None:
    story = Story().stage(MONDAY, "mql").stage("2026-01-05 10:00", "nurture").stage(MONDAY, "mql", "bea")
    for begin, end in (("10:00", "10:30"), ("11:30", "12:00")):
        story.stage(f"2026-01-05 {begin}", "nurture", "bea").stage(f"2026-01-05 {end}", "sal", "bea")
    assert by_lead(cycles(story, PAUSED), "due_at") == {"ada": None, "bea": "2026-01-05 14:00"}


def test_data_late_comes_before_routing_and_routing_before_coverage() -> None:
    away = [{"person": "rita", "since": "2026-01-05 00:00", "until": "2026-01-09 00:00"}]
    story = Story()
    for lead, assigned in (("late", "10:30"), ("routed", "10:30"), ("away", "09:00")):
        story.stage(MONDAY, "mql", lead).owner(MONDAY, None, lead).owner(f"2026-01-05 {assigned}", "rita", lead)
    story.call("2026-01-05 10:45", "late", recorded_at="2026-01-08 09:00")
    found = cycles(story, FOLLOW_UP, people=REPS, absences=away)
    assert by_lead(found, "cause") == {"away": "coverage", "late": "data late", "routed": "routing"}


# How long it took.


def test_delays_run_from_start_to_assignment_and_on_to_the_answer_on_the_targets_own_clock() -> None:
    terms = FOLLOW_UP | {"targets": [{"when": {"intent": "hot"}, "within": "20h"}]}
    story = Story()
    for lead, intent in (("plain", "cold"), ("hot", "hot")):
        story.stage("2026-01-05 16:00", "mql", lead, attributes={"intent": intent}).owner("2026-01-05 16:00", None, lead)
        story.owner("2026-01-05 16:30", "rita", lead).call("2026-01-06 09:15", lead)
    found = cycles(story, terms, people=REPS)
    assert by_lead(found, "system_delay_s") == {"hot": 1800, "plain": 1800}
    assert by_lead(found, "human_delay_s") == {"hot": 16 * 3600 + 2700, "plain": 1800 + 900}


def test_an_answer_before_the_assignment_was_the_systems_time_only() -> None:
    story = Story().stage(MONDAY, "mql").owner(MONDAY, None).call("2026-01-05 10:00").owner("2026-01-05 10:30", "rita")
    story.stage(MONDAY, "mql", "bea").owner("2026-01-05 09:20", "rita", "bea").stage(MONDAY, "mql", "cid").owner(MONDAY, None, "cid")
    found = cycles(story, FOLLOW_UP, people=REPS)
    assert by_lead(found, "system_delay_s") == {"ada": 3600, "bea": 1200, "cid": None}
    assert by_lead(found, "human_delay_s") == {"ada": None, "bea": None, "cid": None}


def test_an_answer_at_the_instant_of_the_assignment_took_the_human_no_time() -> None:
    story = Story().stage(MONDAY, "mql").owner("2026-01-05 10:00", "rita").call("2026-01-05 10:00")
    (cycle,) = cycles(story, FOLLOW_UP, people=REPS)
    assert (cycle["system_delay_s"], cycle["human_delay_s"]) == (3600, 0)


def test_a_credited_answer_took_nobody_any_time() -> None:
    story = Story().owner("2026-01-02 09:00", "rita").call("2026-01-05 08:30").stage(MONDAY, "mql")
    (cycle,) = cycles(story, FOLLOW_UP | {"credit_before": "1h"}, people=REPS)
    assert (cycle["system_delay_s"], cycle["human_delay_s"]) == (0, 0)


# Pauses.


def test_pauses_that_overlap_touch_or_repeat_move_due_once() -> None:
    terms = PAUSED | {"pause": {"while": [{"stage": "nurture"}, "unassigned"]}}
    story = Story().owner("2026-01-02 09:00", "rita").stage(MONDAY, "mql")
    story.stage("2026-01-05 10:00", "nurture").owner("2026-01-05 10:30", None).stage("2026-01-05 11:00", "sal")
    story.owner("2026-01-05 11:30", "ben").stage("2026-01-05 12:00", "nurture").stage("2026-01-05 12:10", "sal")
    (cycle,) = cycles(story, terms, people=REPS)
    assert cycle["due_at"] == "2026-01-05 14:40"


def test_a_pause_at_exactly_due_comes_too_late_and_one_before_it_moves_it() -> None:
    for at, due in (("13:00", "2026-01-05 13:00"), ("12:59", "2026-01-05 14:01")):
        story = Story().stage(MONDAY, "mql").stage(f"2026-01-05 {at}", "nurture").stage("2026-01-05 14:00", "sal")
        (cycle,) = cycles(story, PAUSED)
        assert cycle["due_at"] == due


def test_a_pause_that_began_before_the_start_counts_from_the_start() -> None:
    terms = PAUSED | {"pause": {"while": "unassigned"}}
    story = Story().tell("2026-01-05 08:00", "touch", "form").stage(MONDAY, "mql").owner("2026-01-05 10:00", "rita")
    (cycle,) = cycles(story, terms, people=REPS)
    assert cycle["due_at"] == "2026-01-05 14:00"


def test_pauses_outside_hours_move_nothing() -> None:
    story = Story().stage("2026-01-05 15:00", "mql").stage("2026-01-05 18:00", "nurture").stage("2026-01-06 08:00", "sal")
    (cycle,) = cycles(story, PAUSED)
    assert cycle["due_at"] == "2026-01-06 11:00"


def test_the_pauses_after_an_answer_or_a_cancellation_move_nothing() -> None:
    story = Story().stage(MONDAY, "mql").call("2026-01-05 10:00").stage("2026-01-05 11:00", "nurture").stage("2026-01-05 12:00", "sal")
    story.stage(MONDAY, "mql", "bea").stage("2026-01-05 10:00", "disqualified", "bea").stage("2026-01-05 11:00", "nurture", "bea")
    assert by_lead(cycles(story, PAUSED), "due_at") == {"ada": "2026-01-05 13:00", "bea": "2026-01-05 13:00"}


def test_an_answer_in_a_pause_ends_it() -> None:
    story = Story().stage(MONDAY, "mql").stage("2026-01-05 10:00", "nurture").call("2026-01-05 10:30")
    (cycle,) = cycles(story, PAUSED, as_of="2026-01-05 12:00")
    assert (cycle["state"], cycle["due_at"]) == ("met", "2026-01-05 13:30")


def test_a_second_pause_moves_on_what_the_first_moved() -> None:
    story = Story().stage(MONDAY, "mql")
    for begin, end in (("10:00", "11:00"), ("13:30", "14:00"), ("14:30", "15:00"), ("15:30", "16:00")):
        story.stage(f"2026-01-05 {begin}", "nurture").stage(f"2026-01-05 {end}", "sal")
    (cycle,) = cycles(story, PAUSED)
    assert cycle["due_at"] == "2026-01-05 14:30"  # at which the third pause begins: too late


def test_a_clock_that_stands_a_second_time_has_no_due() -> None:
    story = Story().stage(MONDAY, "mql").stage("2026-01-05 10:00", "nurture").stage("2026-01-05 11:00", "sal")
    story.stage("2026-01-05 12:00", "nurture").stage(MONDAY, "mql", "bea")
    assert by_lead(cycles(story, PAUSED), "due_at") == {"ada": None, "bea": "2026-01-05 13:00"}


def test_close_of_business_moves_by_the_pauses_working_time() -> None:
    terms = PAUSED | {"within": "1wd", "close_of_business": True}
    story = Story().stage(MONDAY, "mql").stage("2026-01-05 16:00", "nurture").stage("2026-01-06 10:00", "sal")
    (cycle,) = cycles(story, terms)
    assert cycle["due_at"] == "2026-01-07 11:00"


def test_a_clock_stands_from_the_instant_at_which_a_pause_begins_until_right_before_it_ends() -> None:
    story = Story().stage(MONDAY, "mql").stage("2026-01-05 10:00", "nurture").stage("2026-01-05 11:00", "sal")
    due = [cycles(story, PAUSED, as_of=f"2026-01-05 {at}")[0]["due_at"] for at in ("09:59:59", "10:00", "10:59:59", "11:00")]
    assert due == ["2026-01-05 13:00", None, None, "2026-01-05 14:00"]


@pytest.mark.parametrize(("as_of", "due"), [("05 12:00", None), ("06 23:59", None), ("07 00:00", "2026-01-07 13:00")])
def test_an_absence_that_is_planned_to_end_has_not_ended(as_of: str, due: str | None) -> None:
    away = [{"person": "rita", "since": "2026-01-05 00:00", "until": "2026-01-07 00:00"}]
    story = Story().owner("2026-01-02 09:00", "rita").stage(MONDAY, "mql")
    terms = PAUSED | {"pause": {"while": "holder away"}}
    (cycle,) = cycles(story, terms, people=REPS, absences=away, as_of=f"2026-01-{as_of}")
    assert cycle["due_at"] == due


def test_pauses_that_overlap_are_one_for_every_lead() -> None:
    away = [
        {"person": person, "since": f"2026-01-05 {since}", "until": f"2026-01-05 {until}"}
        for person in ("rita", "ben")
        for since, until in (("09:30", "10:00"), ("09:45", "12:00"), ("10:30", "11:30"))
    ]
    story = Story()
    for lead, owner in (("ada", "rita"), ("bea", "ben"), ("cid", "ben")):
        story.owner("2026-01-02 09:00", owner, lead).stage(MONDAY, "mql", lead)
    found = cycles(story, PAUSED | {"pause": {"while": "holder away"}}, people=REPS, absences=away)
    assert by_lead(found, "due_at") == dict.fromkeys(("ada", "bea", "cid"), "2026-01-05 15:30")


def test_a_date_of_1970_that_a_crm_filled_in_moves_the_pauses_of_no_other_lead() -> None:
    terms = PAUSED | {"pause": {"while": [{"stage": "nurture"}, "unassigned"]}}
    story = Story()
    for number in range(5400):
        lead = f"{number:04}"
        story.owner("2026-01-02 09:00", "rita", lead).stage(MONDAY, "mql", lead)
        if number % 100 == 0:
            story.stage(f"2026-01-05 10:{number // 100:02}", "nurture", lead).owner("2026-01-05 11:00", None, lead)
            story.stage("2026-01-05 11:30", "sal", lead).owner("2026-01-05 12:00", "ben", lead)
    expected = by_lead(cycles(story, terms, people=REPS), "due_at")
    assert (expected["0000"], expected["0001"], expected["5300"]) == ("2026-01-05 15:00", "2026-01-05 13:00", "2026-01-05 14:07")
    story.stage("1970-01-01 00:00", "nurture", "0000").stage("1970-01-02 00:00", "mql", "0000")
    assert by_lead(cycles(story, terms, people=REPS), "due_at") == expected


def test_a_target_that_excludes_by_an_attribute_nobody_provides_cannot_be_told() -> None:
    terms = FOLLOW_UP | {"targets": [{"when": {"budget": {"not": "low"}}, "within": "1wh"}]}
    (cycle,) = cycles(Story().stage(MONDAY, "mql"), terms)
    assert (cycle["state"], cycle["reason"]) == ("unknown", "no source provides the attribute budget")


def test_where_no_source_tells_of_owners_nobody_is_unassigned() -> None:
    (cycle,) = cycles(Story().stage(MONDAY, "mql").stage("2026-01-05 10:00", "sal"), PAUSED | {"pause": {"while": "unassigned"}})
    assert cycle["due_at"] == "2026-01-05 13:00"


def test_before_its_first_owner_a_lead_is_unassigned_whatever_others_are() -> None:
    story = Story().owner("2026-01-02 09:00", "rita", "ada").stage(MONDAY, "mql", "ada").stage(MONDAY, "mql", "bea")
    story.owner("2026-01-05 09:00", "ben", "cid").stage(MONDAY, "mql", "cid").owner("2026-01-05 10:00", "ben", "bea")
    story.stage(MONDAY, "mql", "dan").call("2026-01-05 10:00", "dan", direction="inbound").stage(MONDAY, "mql", "eve")
    due = by_lead(cycles(story, PAUSED | {"pause": {"while": "unassigned"}}, people=REPS), "due_at")
    assert due == {"ada": "2026-01-05 13:00", "bea": "2026-01-05 14:00", "cid": "2026-01-05 13:00", "dan": None, "eve": None}


def test_an_absence_pauses_only_while_the_absent_person_holds_the_lead() -> None:
    away = [
        {"person": "rita", "since": "2026-01-05 10:00", "until": "2026-01-05 12:00"},
        {"person": "ben", "since": "2026-01-05 11:00", "until": "2026-01-05 11:30"},
    ]
    story = Story()
    for lead in ("kept", "handed", "other"):
        story.owner("2026-01-02 09:00", "cleo" if lead == "other" else "rita", lead).stage(MONDAY, "mql", lead)
    story.owner("2026-01-05 10:30", "ben", "handed")
    due = by_lead(cycles(story, PAUSED | {"pause": {"while": "holder away"}}, people=REPS, absences=away), "due_at")
    assert due == {"handed": "2026-01-05 14:00", "kept": "2026-01-05 15:00", "other": "2026-01-05 13:00"}


def test_a_lead_that_came_back_from_somebody_else_pauses_for_each_holding() -> None:
    away = [{"person": "rita", "since": "2026-01-05 09:30", "until": "2026-01-05 12:30"}]
    story = Story().owner("2026-01-02 09:00", "rita").stage(MONDAY, "mql")
    story.owner("2026-01-05 10:00", "ben").owner("2026-01-05 12:00", "rita")
    (cycle,) = cycles(story, PAUSED | {"pause": {"while": "holder away"}}, people=REPS, absences=away)
    assert cycle["due_at"] == "2026-01-05 14:00"


# Warnings.


def test_warnings_are_shares_or_times_before_due_on_their_own_clocks() -> None:
    terms = FOLLOW_UP | {"within": "8wh", "warn_at": ["25%", "4wh", "3h", "1wd"]}
    assert warned(Story().stage("2026-01-05 12:00", "mql"), terms, "2026-01-05 12:00") == [
        ["2026-01-05 14:00", "2026-01-05 16:00", "2026-01-06 09:00", "2026-01-05 12:00"]
    ]


def test_a_warning_longer_than_the_target_comes_at_the_start() -> None:
    terms = FOLLOW_UP | {"warn_at": ["4wh", "5h", "2wd"]}
    assert warned(Story().stage("2026-01-05 12:00", "mql"), terms, "2026-01-05 12:00") == [["2026-01-05 12:00"] * 3]


@pytest.mark.parametrize(("within", "warn_at", "expected"), [("3wd", "1wd", "2026-01-07 12:00"), ("2wd", "50%", "2026-01-06 12:00")])
def test_a_warning_on_the_way_through_working_days_keeps_the_time_of_day(within: str, warn_at: str, expected: str) -> None:
    terms = FOLLOW_UP | {"within": within, "warn_at": warn_at}
    assert warned(Story().stage("2026-01-05 12:00", "mql"), terms, "2026-01-05 12:00") == [[expected]]


def test_a_share_of_the_way_to_close_of_business_is_of_that_way() -> None:
    terms = FOLLOW_UP | {"within": "1wd", "close_of_business": True, "warn_at": "50%"}
    assert warned(Story().stage("2026-01-05 12:00", "mql"), terms, "2026-01-05 12:00") == [["2026-01-06 10:30"]]


def test_while_the_clock_stands_no_warning_comes_that_had_not_come_before() -> None:
    terms = PAUSED | {"warn_at": ["25%", "50%", "1wh"]}
    story = Story().stage(MONDAY, "mql").stage("2026-01-05 10:30", "nurture")
    assert warned(story, terms, "2026-01-05 12:00") == [["2026-01-05 10:00", "", ""]]
    story.stage("2026-01-05 12:30", "sal")
    assert warned(story, terms, "2026-01-05 13:00") == [["2026-01-05 10:00", "2026-01-05 13:00", "2026-01-05 14:00"]]


# Hand-overs.


RESTARTS = FOLLOW_UP | {"restart_on_reassignment": True}


@pytest.mark.parametrize(
    ("at", "due"), [("11:00", "2026-01-05 13:00"), ("11:00:00.000001", "2026-01-05 11:00"), ("09:00:01", "2026-01-05 11:00:01")]
)
def test_a_hand_over_up_to_due_restarts_the_clock(at: str, due: str) -> None:
    story = Story().owner("2026-01-02 09:00", "rita").stage(MONDAY, "mql").owner(f"2026-01-05 {at}", "ben")
    (cycle,) = cycles(story, RESTARTS, people=REPS)
    assert cycle["due_at"] == due


def test_every_hand_over_restarts_and_one_after_the_answer_does_not() -> None:
    story = (
        Story().owner("2026-01-02 09:00", "rita").stage(MONDAY, "mql").owner("2026-01-05 10:00", "ben").owner("2026-01-05 11:30", "cleo")
    )
    story.owner("2026-01-02 09:00", "rita", "bea").stage(MONDAY, "mql", "bea").call("2026-01-05 09:30", "bea").owner(
        "2026-01-05 10:00", "ben", "bea"
    )
    story.owner("2026-01-02 09:00", "cleo", "cid").stage(MONDAY, "mql", "cid")
    due = by_lead(cycles(story, RESTARTS, people=REPS), "due_at")
    assert due == {"ada": "2026-01-05 13:30", "bea": "2026-01-05 11:00", "cid": "2026-01-05 11:00"}


def test_a_lead_that_comes_back_to_the_same_person_by_way_of_a_queue_was_not_handed_over() -> None:
    story = (
        Story().owner("2026-01-02 09:00", "rita").stage(MONDAY, "mql").owner("2026-01-05 09:30", "queue").owner("2026-01-05 10:00", "rita")
    )
    story.owner("2026-01-02 09:00", "rita", "bea").stage(MONDAY, "mql", "bea").owner("2026-01-05 09:30", "queue", "bea")
    story.owner("2026-01-05 10:00", "ben", "bea")
    story.owner("2026-01-02 09:00", "ben", "cid").stage(MONDAY, "mql", "cid").owner("2026-01-05 09:30", "rita", "cid")
    found = by_lead(cycles(story, RESTARTS, people=REPS), "due_at")
    assert found == {"ada": "2026-01-05 11:00", "bea": "2026-01-05 12:00", "cid": "2026-01-05 11:30"}


# Credit.


def test_each_answer_before_the_start_is_credited_once_the_latest_first() -> None:
    story = Story().call("2026-01-05 07:00").call("2026-01-05 08:00").call("2026-01-05 08:30")
    for at in ("09:00", "11:00", "13:00", "15:00"):
        story.stage(f"2026-01-05 {at}", "mql")
    found = cycles(story, FOLLOW_UP | {"credit_before": "3d", "debounce": "1h"})
    assert [(c["state"], c["answered_at"]) for c in found] == [
        ("met", "2026-01-05 08:30"),
        ("met", "2026-01-05 08:00"),
        ("met", "2026-01-05 07:00"),
        ("breached", None),
    ]


@pytest.mark.parametrize(("at", "state"), [("08:00", "met"), ("07:59:59.999999", "breached")])
def test_credit_reaches_back_exactly_as_long_as_it_says(at: str, state: str) -> None:
    (cycle,) = cycles(Story().call(f"2026-01-05 {at}").stage(MONDAY, "mql"), FOLLOW_UP | {"credit_before": "1h"})
    assert cycle["state"] == state


def test_each_lead_goes_back_to_its_own_answer_that_is_not_used_yet() -> None:
    story = Story().call("2026-01-05 08:00").call("2026-01-05 08:30").call("2026-01-05 08:00", "bea").call("2026-01-05 10:00", "bea")
    story.call("2026-01-05 08:45", "cid")
    for lead in ("ada", "bea", "cid"):
        story.stage(MONDAY, "mql", lead).stage("2026-01-05 11:00", "mql", lead)
    found = cycles(story, FOLLOW_UP | {"credit_before": "3d", "debounce": "1h"})
    assert [(c["lead"], c["answered_at"]) for c in found] == [
        ("ada", "2026-01-05 08:30"),
        ("ada", "2026-01-05 08:00"),
        ("bea", "2026-01-05 08:00"),
        ("bea", "2026-01-05 10:00"),
        ("cid", "2026-01-05 08:45"),
        ("cid", None),
    ]


def test_a_start_is_no_answer_to_itself() -> None:
    terms = FOLLOW_UP | {"met_by": {"stage": ["mql", "sal"]}, "debounce": "1h"}
    for credit in ({}, {"credit_before": "1d"}):
        assert [c["state"] for c in cycles(Story().stage(MONDAY, "mql"), terms | credit)] == ["breached"]


def test_a_start_that_was_recorded_late_is_no_late_evidence_of_itself() -> None:
    terms = FOLLOW_UP | {"met_by": {"stage": ["mql", "sal"]}, "credit_before": "1d"}
    (cycle,) = cycles(Story().stage(MONDAY, "mql", recorded_at="2026-01-08 09:00"), terms)
    assert (cycle["state"], cycle["reason"]) == ("breached", None)


def test_an_answer_after_the_next_start_is_not_used_up_by_the_cycle_before() -> None:
    first, second = (
        FOLLOW_UP | {"effective_until": "2026-01-06"},
        FOLLOW_UP | {"effective_from": "2026-01-06", "credit_before": "9d", "debounce": "1h"},
    )
    story = Story().call("2026-01-05 08:00").stage(MONDAY, "mql").stage("2026-01-07 09:00", "mql").call("2026-01-07 10:00")
    assert [(c["state"], c["answered_at"]) for c in cycles(story.stage("2026-01-07 12:00", "mql"), first, second)] == [
        ("breached", None),
        ("met", "2026-01-05 08:00"),
        ("met", "2026-01-07 10:00"),
    ]


def test_a_credited_answer_may_be_too_late_for_the_buyers_hand_raise() -> None:
    story = Story().tell("2026-01-04 20:00", "touch", "demo").call("2026-01-05 08:30").stage(MONDAY, "mql")
    (cycle,) = cycles(story, FOLLOW_UP | {"credit_before": "1h", "hand_raise": {"touch": "demo"}})
    assert (cycle["state"], cycle["strict_state"]) == ("met", "breached")


def test_nobody_is_credited_with_what_was_done_for_another_lead() -> None:
    story = Story().call("2026-01-05 08:30", "ada").stage(MONDAY, "mql", "bea").stage("2026-01-05 08:00", "sal", "ada")
    (cycle,) = cycles(story, FOLLOW_UP | {"credit_before": "3d"})
    assert (cycle["lead"], cycle["state"]) == ("bea", "breached")


def test_a_cancellation_does_not_take_a_credited_cycle_out() -> None:
    story = Story().call("2026-01-05 08:30").stage(MONDAY, "mql").stage("2026-01-05 09:30", "disqualified").call("2026-01-05 10:00")
    (cycle,) = cycles(story, FOLLOW_UP | {"credit_before": "3d"})
    assert (cycle["state"], cycle["answered_at"], cycle["due_at"]) == ("met", "2026-01-05 08:30", "2026-01-05 11:00")


def test_versions_give_credit_each_by_its_own_terms() -> None:
    first = FOLLOW_UP | {"effective_until": "2026-01-06"}
    second = FOLLOW_UP | {"effective_from": "2026-01-06", "credit_before": "1h", "within": "1wd", "close_of_business": True}
    story = (
        Story()
        .call("2026-01-05 08:30", "old")
        .stage(MONDAY, "mql", "old")
        .call("2026-01-06 08:30", "new")
        .stage("2026-01-06 09:00", "mql", "new")
    )
    found = cycles(story, first, second)
    assert by_lead(found, "state") == {"new": "met", "old": "breached"}
    assert by_lead(found, "due_at") == {"new": "2026-01-07 17:00", "old": "2026-01-05 11:00"}


def test_an_answer_that_closed_a_cycle_is_not_credited_to_the_next() -> None:
    terms = FOLLOW_UP | {"credit_before": "3d", "debounce": "1h"}
    story = Story().stage(MONDAY, "mql").call("2026-01-05 10:00").stage("2026-01-05 10:30", "mql").call("2026-01-06 12:00")
    story.stage("2026-01-06 12:30", "mql").stage("2026-01-06 12:00", "mql", "bea")
    assert [(c["lead"], c["state"], c["answered_at"]) for c in cycles(story, terms)] == [
        ("ada", "met", "2026-01-05 10:00"),
        ("ada", "breached", "2026-01-06 12:00"),
        ("ada", "breached", None),
        ("bea", "breached", None),
    ]


# The strict clock.


@pytest.mark.parametrize(
    ("raised", "answered", "as_of", "strict"),
    [
        ("2026-01-05 08:00", "2026-01-05 10:00", "2026-01-06 00:00", "met"),
        ("2026-01-05 08:00", "2026-01-05 10:00:01", "2026-01-06 00:00", "breached"),
        ("2026-01-05 08:00", None, "2026-01-05 10:00", "pending"),
        ("2026-01-05 08:00", None, "2026-01-05 10:00:01", "breached"),
        (MONDAY, "2026-01-05 11:00", "2026-01-06 00:00", "met"),
    ],
)
def test_the_strict_clock_runs_from_the_hand_raise(raised: str, answered: str | None, as_of: str, strict: str) -> None:
    story = Story().tell(raised, "touch", "demo").stage(MONDAY, "mql").tell("2026-01-05 08:59", "touch", "demo", lead="aaa")
    if answered:
        story.call(answered)
    (cycle,) = cycles(story, FOLLOW_UP | {"hand_raise": {"touch": "demo"}}, as_of=as_of)
    assert cycle["strict_state"] == strict


def test_of_several_hand_raises_the_latest_up_to_the_start_counts_and_without_one_the_start() -> None:
    story = Story().tell("2026-01-04 20:00", "touch", "demo").tell("2026-01-05 08:30", "touch", "demo").stage(MONDAY, "mql")
    story.tell("2026-01-05 09:30", "touch", "demo").stage(MONDAY, "mql", "bea")
    (found,) = judged(story, FOLLOW_UP | {"hand_raise": {"touch": "demo"}}, as_of="2026-01-05 10:00").per_lead
    assert [iso(each)[11:16] for each in found.obligations.raised_at] == ["08:30", "09:00"]


def test_a_start_that_is_a_hand_raise_itself_is_the_latest() -> None:
    terms = FOLLOW_UP | {"start": {"touch": "demo"}, "hand_raise": {"touch": "demo"}}
    story = Story().tell("2026-01-02 09:00", "touch", "demo").tell(MONDAY, "touch", "demo")
    (found,) = judged(story, terms, as_of="2026-01-05 10:00").per_lead
    assert [iso(each)[:10] for each in found.obligations.raised_at] == ["2026-01-02", "2026-01-05"]


@pytest.mark.parametrize("story", [Story().call(MONDAY), Story().stage(MONDAY, "mql").call(MONDAY)], ids=["no cycle", "one cycle"])
@pytest.mark.parametrize("more", [{}, {"credit_before": "1h"}, {"restart_on_reassignment": True}, {"calendar": "owner"}])
def test_a_deadlines_columns_have_the_types_that_are_promised(story: Story, more: dict[str, Any]) -> None:
    (found,) = judged(story, FOLLOW_UP | more, default_calendar="office").per_lead
    columns = {each.name: getattr(found.obligations, each.name).dtype for each in fields(found.obligations)}
    special = {"lead": np.dtype(np.int32), "paused": np.dtype(bool), "unknown": np.dtype(object)}
    assert columns == {name: special.get(name, np.dtype(np.int64)) for name in columns}


def test_a_target_in_working_days_is_24_hours_each_on_the_strict_clock_and_never_after_due() -> None:
    terms = FOLLOW_UP | {"within": "2wd", "targets": [{"when": {"intent": "hot"}, "within": "2wh"}]}
    story = Story().stage("2026-01-09 16:00", "mql").stage("2026-01-09 16:00", "mql", "hot", attributes={"intent": "hot"})
    (found,) = judged(story, terms, as_of="2026-01-09 16:00").per_lead
    assert [iso(each)[:16] for each in found.obligations.strict_due] == ["2026-01-11T16:00", "2026-01-09T18:00"]


def test_strict_due_is_never_after_due() -> None:
    short = Calendar("UTC", {"mon": ["09:00-17:00"], "tue-fri": ["09:00-12:00"]})
    terms = FOLLOW_UP | {"within": "1wd", "calendar": "short"}
    (found,) = judged(Story().stage("2026-01-05 16:00", "mql"), terms, calendars={"short": short}, as_of="2026-01-05 16:00").per_lead
    assert [iso(each)[:16] for each in (*found.obligations.due, *found.obligations.strict_due)] == ["2026-01-06T12:00"] * 2


def test_the_strict_state_of_what_is_out_of_the_count_is_the_state_itself() -> None:
    story = Story().stage(MONDAY, "mql").stage("2026-01-05 10:00", "disqualified").stage(MONDAY, "mql", "bea")
    (_, bea) = cycles(story, FOLLOW_UP)
    found = cycles(story, FOLLOW_UP, rulings=Rulings(excused={bea["cycle_id"]: "outage"}))
    assert [(c["state"], c["strict_state"], c["charged_to"]) for c in found] == [("cancelled",) * 2 + (None,), ("excused",) * 2 + (None,)]


# What reasons say.


@pytest.mark.parametrize(
    ("pattern", "event", "reason"),
    [
        ({"owner": "unassigned"}, {"kind": "owner", "name": "unassigned"}, "unassigned"),
        ({"owner": "assigned"}, {"kind": "owner", "name": "assigned", "owner": "ben"}, "assigned to Ben"),
        ({"owner": "assigned"}, {"kind": "owner", "name": "assigned", "owner": "cleo"}, "assigned to cleo"),
        ({"stage": "disqualified"}, {"kind": "stage", "name": "disqualified"}, "stage disqualified"),
        ({"activity": "meeting"}, {"kind": "activity", "name": "meeting"}, "meeting"),
        ({"activity": "reply"}, {"kind": "activity", "name": "reply", "direction": "inbound"}, "inbound reply"),
        ({"touch": "form"}, {"kind": "touch", "name": "form"}, "form"),
        ({"touch": "form"}, {"kind": "touch", "name": "form", "value": "opt-out"}, "form opt-out"),
        ({"attribute": "dnc"}, {"kind": "attribute", "name": "dnc", "value": "yes"}, "dnc = yes"),
        ({"deleted": True}, {"kind": "deleted"}, "deleted"),
    ],
)
def test_what_took_a_cycle_out_is_told_in_words(pattern: dict[str, Any], event: dict[str, Any], reason: str) -> None:
    story = Story().owner("2026-01-02 09:00", "rita").stage(MONDAY, "mql").tell("2026-01-05 10:00", **event).call("2026-01-09 09:00", "zoe")
    (cycle,) = cycles(story, FOLLOW_UP | {"cancelled_by": pattern}, people=REPS)
    assert (cycle["state"], cycle["reason"], cycle["decided_at"]) == ("cancelled", reason, "2026-01-05 10:00")


def test_a_cycle_that_cannot_be_judged_says_the_first_reason() -> None:
    terms = FOLLOW_UP | {"applies_to": {"budget": {"at_least": 1}, "score": {"at_least": 1}}}
    (cycle,) = cycles(Story().stage(MONDAY, "mql", attributes={"score": "high"}), terms)
    assert (cycle["state"], cycle["reason"], cycle["due_at"]) == ("unknown", "no source provides the attribute budget", "2026-01-05 11:00")


# Leads, periods, versions.


def test_cycles_are_numbered_within_each_lead() -> None:
    story = Story()
    for lead, days in (("ada", (5, 12)), ("bea", (5,)), ("cid", (5, 12, 19))):
        for day in days:
            story.stage(f"2026-01-{day:02} 09:00", "mql", lead)
    assert [(c["lead"], c["cycle"]) for c in cycles(story, FOLLOW_UP)] == [
        ("ada", 1),
        ("ada", 2),
        ("bea", 1),
        ("cid", 1),
        ("cid", 2),
        ("cid", 3),
    ]


def test_a_period_is_that_of_due_in_the_calendars_zone_as_long_as_the_objective_says() -> None:
    auckland = Calendar("Pacific/Auckland", {"mon-sun": ["00:00-24:00"]})
    story = Story().stage("2026-01-31 10:00", "mql")  # 23:00 in Auckland
    found = []
    for per in ("week", "month", "quarter"):
        terms = FOLLOW_UP | {"calendar": "nz", "objective": {"compliance": "90%", "per": per}}
        found += [cycle["period"] for cycle in cycles(story, terms, calendars={"nz": auckland})]
    assert found == ["2026-W05", "2026-02", "2026-Q1"]
    assert [cycle["period"] for cycle in cycles(story, FOLLOW_UP)] == ["2026-02"]


def test_while_there_is_no_due_there_is_no_period_and_who_holds_it_now_is_asked_for() -> None:
    story = (
        Story().owner("2026-01-02 09:00", "rita").stage(MONDAY, "mql").stage("2026-01-05 10:00", "nurture").owner("2026-01-05 11:00", "ben")
    )
    judgement = judged(story, PAUSED, as_of="2026-01-05 12:00", people=REPS)
    (found,) = judgement.per_lead
    assert (found.period.at(0), judgement.facts.people.person(int(found.holder_at_due[0])).id) == ("", "ben")


def test_who_held_a_lead_at_due_is_asked_of_that_lead_and_instant() -> None:
    story = Story().owner("2026-01-02 09:00", "rita", "ada").stage(MONDAY, "mql", "ada").owner("2026-01-05 11:00", "ben", "ada")
    story.owner("2026-01-02 09:00", "cleo", "bea").stage(MONDAY, "mql", "bea").owner("2026-01-05 11:00:01", "ben", "bea")
    assert by_lead(cycles(story, FOLLOW_UP, people=REPS), "charged_to") == {"ada": "ben", "bea": "cleo"}


def test_versions_of_a_deadline_with_calendars_and_units_of_their_own_stand_side_by_side() -> None:
    early = Calendar("UTC", {"mon-fri": ["06:00-10:00"]})
    first = FOLLOW_UP | {"effective_until": "2026-01-06", "calendar": "early"}
    second = FOLLOW_UP | {"effective_from": "2026-01-06", "effective_until": "2026-01-07", "within": "20h"}
    late = Calendar("UTC", {"mon-fri": ["12:00-20:00"]})
    third = FOLLOW_UP | {"effective_from": "2026-01-07", "calendar": "late", "targets": [{"when": {"intent": "hot"}, "within": "30wm"}]}
    story = Story()
    for lead, day, intent in (("ada", 5, "cold"), ("bea", 6, "cold"), ("cid", 7, "cold"), ("dan", 7, "hot")):
        story.stage(f"2026-01-0{day} 09:00", "mql", lead, attributes={"intent": intent}).owner(f"2026-01-0{day} 09:00", None, lead)
        story.owner(f"2026-01-0{day} 18:00", "rita", lead)
    found = cycles(story, first, second, third, calendars={"early": early, "late": late}, people=REPS)
    assert [(c["lead"], c["due_at"], c["system_delay_s"], c["attempts"]) for c in found] == [
        ("ada", "2026-01-06 07:00", 3600, -1),
        ("bea", "2026-01-07 05:00", 9 * 3600, -1),
        ("cid", "2026-01-07 14:00", 6 * 3600, -1),
        ("dan", "2026-01-07 12:30", 6 * 3600, -1),
    ]


def test_what_was_logged_late_and_is_no_answer_explains_nothing() -> None:
    story = Story().stage(MONDAY, "mql").stage("2026-01-05 10:00", "sal", recorded_at="2026-01-09 09:00")
    (cycle,) = cycles(story, FOLLOW_UP)
    assert (cycle["state"], cycle["reason"]) == ("breached", None)


def test_a_start_in_the_last_instant_of_a_version_is_its_own_and_at_its_end_the_next_ones() -> None:
    berlin = {"calendar": "berlin"}
    first, second = FOLLOW_UP | berlin | {"effective_until": "2026-01-06"}, FOLLOW_UP | berlin | {"effective_from": "2026-01-06"}
    story = Story().stage("2026-01-05 22:59:59.999999", "mql", "old").stage("2026-01-05 23:00", "mql", "new")
    story.stage("2024-12-31 22:59:59", "mql", "never").stage("2024-12-31 23:00", "mql", "first")
    assert by_lead(cycles(story, first, second), "version") == {"first": "2025-01-01", "new": "2026-01-06", "old": "2025-01-01"}


def test_the_start_of_a_cycle_is_the_same_start_until_right_before_the_debounce_ends() -> None:
    for at, many in (("2026-01-06 08:59:59.999999", 1), ("2026-01-06 09:00", 2)):
        assert len(cycles(Story().stage(MONDAY, "mql").stage(at, "mql"), FOLLOW_UP)) == many


def test_a_debounce_in_working_time_runs_on_the_calendar() -> None:
    terms = FOLLOW_UP | {"debounce": "10wh"}
    for at, many in (("2026-01-06 10:59:59", 1), ("2026-01-06 11:00", 2)):
        assert len(cycles(Story().stage(MONDAY, "mql").stage(at, "mql"), terms)) == many


def test_a_start_at_exactly_due_belongs_to_the_open_cycle_and_right_after_it_opens_the_next() -> None:
    terms = FOLLOW_UP | {"debounce": "1m"}
    for at, many in (("11:00", 1), ("11:00:00.000001", 2)):
        assert len(cycles(Story().stage(MONDAY, "mql").stage(f"2026-01-05 {at}", "mql"), terms)) == many


def test_a_start_at_the_instant_of_the_answer_but_after_it_opens_the_next_cycle() -> None:
    terms = FOLLOW_UP | {"debounce": "1m"}
    story = Story().stage(MONDAY, "mql").call("2026-01-05 10:00").stage("2026-01-05 10:00", "mql")
    assert [c["state"] for c in cycles(story, terms)] == ["met", "breached"]


def test_a_late_cancellation_ends_the_debounce_too() -> None:
    story = Story().stage(MONDAY, "mql").stage("2026-01-05 12:00", "disqualified").stage("2026-01-05 13:00", "mql")
    assert [c["state"] for c in cycles(story, FOLLOW_UP)] == ["breached", "breached"]


def test_an_answer_or_cancellation_of_the_next_lead_is_not_this_ones() -> None:
    story = Story().stage(MONDAY, "mql", "ada").call("2026-01-05 09:30", "bea").stage("2026-01-05 09:40", "disqualified", "bea")
    story.stage(MONDAY, "mql", "zoe").call("2026-01-05 10:00", "zoe")
    assert by_lead(cycles(story, FOLLOW_UP), "state") == {"ada": "breached", "zoe": "met"}


def test_a_whole_year_without_any_lead_that_is_meant_has_no_verdicts() -> None:
    found = judged(Story().call(MONDAY), FOLLOW_UP, FOLLOW_UP | {"sla": "other", "pause": {"while": "unassigned"}})
    assert len(found.verdicts()) == 0
    assert np.array_equal(found.per_lead[0].obligations.warnings, np.zeros((0, 1)))


def test_cycles_that_are_alike_are_found_whatever_the_numbers() -> None:
    ones, others = np.array([0, 1, 300, 0, 44, 300, 1]), np.array([1, 0, 2, 1, 2, 2, 70_000])
    found = {key: members.tolist() for key, members in alike(ones, others)}
    assert found == {(0, 1): [0, 3], (1, 0): [1], (44, 2): [4], (300, 2): [2, 5], (1, 70_000): [6]}
    assert alike(np.zeros(0, np.int64), np.zeros(0, np.int64)) == []


@pytest.mark.parametrize(
    "more", [{}, {"calendar": "owner"}, {"credit_before": "1h"}, {"restart_on_reassignment": True}, {"batch": {"size": 2, "within": "1h"}}]
)
def test_where_nothing_happened_at_all_there_are_no_verdicts(more: dict[str, Any]) -> None:
    nothing = pd.DataFrame({"lead": np.array([], object), "at": np.array([], np.int64), "kind": np.array([], object)})
    found = evaluate(promises(FOLLOW_UP | more, default_calendar="office"), nothing, datetime(2026, 1, 5, tzinfo=UTC))
    assert found.verdicts().empty


def test_no_promises_at_all_give_no_verdicts() -> None:
    found = judged(Story().stage(MONDAY, "mql"))
    assert (len(found.verdicts()), len(found.attainment()), found.as_of) == (0, 0, instant("2026-03-01 00:00"))

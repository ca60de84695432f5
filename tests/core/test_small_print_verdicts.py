"""The small print of verdicts: what one frame says of several promises, and which instants stand for what was not decided."""

from typing import Any

import pytest

from slamon.core.explain import explain
from slamon.core.verdicts import VERDICT_COLUMNS, judge_per_lead
from slamon.core.working_time.calendars import Calendar
from slamon.core.working_time.instants import NEVER
from tests.core.stories import FOLLOW_UP, PROMISE, Story, cycles, instant, judged, promises
from tests.core.test_cadence import PERSISTENCE

MONDAY = "2026-01-05 09:00"
REPS: list[dict[str, Any]] = [{"id": "rita"}, {"id": "ben"}]
SECOND_PROMISE = FOLLOW_UP | {"sla": "second", "within": "4wh"}
SQLS = PROMISE | {"sla": "sqls", "kind": "quota", "promised_by": "marketing", "counts": {"stage": "sql"}, "target": 2, "per": "month"}


def test_the_verdicts_of_several_promises_are_one_frame_with_its_rows_counted_through() -> None:
    frame = judged(Story().stage(MONDAY, "mql").stage(MONDAY, "mql", "bea"), FOLLOW_UP, SECOND_PROMISE).verdicts()
    assert (frame.index.tolist(), frame["lead"].tolist()) == ([0, 1, 2, 3], ["ada", "bea", "ada", "bea"])
    assert tuple(frame.columns) == VERDICT_COLUMNS


def test_without_promises_the_frame_has_all_its_columns_and_no_rows() -> None:
    frame = judged(Story().stage(MONDAY, "mql")).verdicts()
    assert (tuple(frame.columns), len(frame)) == (VERDICT_COLUMNS, 0)


def test_one_start_under_two_promises_is_two_cycles_of_different_ids() -> None:
    first, second = cycles(Story().stage(MONDAY, "mql"), FOLLOW_UP, SECOND_PROMISE)
    assert first["cycle_id"] != second["cycle_id"]


def test_every_quota_is_in_the_attainment_and_none_in_what_only_leads_are_asked_for() -> None:
    terms = (SQLS, SQLS | {"sla": "more", "target": 3}, FOLLOW_UP)
    story = Story().stage(MONDAY, "sql")
    found = judged(story, *terms)
    assert set(found.attainment()["sla"]) == {"sqls", "more"}
    assert judge_per_lead(promises(*terms), found.facts).attainment().empty


def test_a_cycle_is_decided_by_its_answer_its_cancellation_or_its_due_and_before_that_by_nothing() -> None:
    story = Story().stage(MONDAY, "mql", "met").call("2026-01-05 10:00", "met")
    story.stage(MONDAY, "mql", "out").stage("2026-01-05 10:30", "disqualified", "out").call("2026-01-05 10:45", "out")
    story.stage(MONDAY, "mql", "late").call("2026-01-05 12:00", "late").stage("2026-01-05 12:30", "mql", "open")
    found = {c["lead"]: (c["state"], c["decided_at"], c["answered_at"]) for c in cycles(story, FOLLOW_UP, as_of="2026-01-05 13:00")}
    assert found == {
        "met": ("met", "2026-01-05 10:00", "2026-01-05 10:00"),
        "out": ("cancelled", "2026-01-05 10:30", None),
        "late": ("breached", "2026-01-05 11:00", "2026-01-05 12:00"),
        "open": ("pending", None, None),
    }


def test_each_cycle_names_the_holder_of_its_own_lead() -> None:
    story = Story()
    for lead, person in (("ada", "rita"), ("bea", "ben"), ("cleo", None), ("dora", "rita")):
        story.stage(MONDAY, "mql", lead).owner("2026-01-05 09:10", "ben", lead).owner("2026-01-05 09:20", person, lead)
    assert [cycle["holder"] for cycle in cycles(story, FOLLOW_UP, people=REPS)] == ["rita", "ben", None, "rita"]


def test_a_promise_without_a_calendar_runs_round_the_clock_where_the_workspace_has_none_and_can_be_explained() -> None:
    terms = {key: value for key, value in FOLLOW_UP.items() if key != "calendar"}
    found = judged(Story().stage("2026-01-05 20:00", "mql"), terms)
    explained = explain(found, promises(terms), "ada")
    assert explained is not None
    assert [cycle.due_at for cycle in explained.cycles] == [instant("2026-01-05 22:00")]


def test_a_frame_of_verdicts_holds_texts_and_whole_numbers_only_and_an_empty_text_where_there_is_nothing_to_say() -> None:
    story = (
        Story().stage(MONDAY, "mql", id="the start").call("2026-01-05 09:20:00.9", id="the answer").owner("2026-01-05 09:10:00.9", "rita")
    )
    frame = judged(story.stage(MONDAY, "mql", "bea"), FOLLOW_UP, PERSISTENCE, people=REPS, as_of="2026-01-05 10:00").verdicts()
    numbers = {name: str(frame[name].dtype) for name in frame if frame[name].dtype != object and not isinstance(frame[name].iloc[0], str)}
    assert numbers == dict.fromkeys(
        ["cycle", "started_at", "due_at", "answered_at", "decided_at", "attempts", "system_delay_s", "human_delay_s"], "int64"
    )
    assert all(type(value) is str for name in frame if name not in numbers for value in frame[name])
    first = frame.iloc[0]
    assert (first["start_event"], first["answer_event"], first["cause"], first["charged_to"]) == ("the start", "the answer", "", "")
    assert frame["attempts"].tolist() == [-1, -1, 1, 0]
    assert (first["system_delay_s"], first["human_delay_s"]) == (600, 600)
    assert (frame["strict_state"].tolist(), frame["human_delay_s"].tolist()) == (["met", "pending", "", ""], [600, NEVER, NEVER, NEVER])


def test_the_very_first_event_of_all_is_named_as_the_answer_where_it_is_credited() -> None:
    (cycle,) = cycles(Story().call("2026-01-05 08:30").stage(MONDAY, "mql"), FOLLOW_UP | {"credit_before": "1h"})
    assert (cycle["state"], cycle["answer_event"]) == ("met", "e0")


# Strictly before due, at due, and the strict clock.


def test_a_cancellation_at_exactly_due_comes_too_late_and_one_that_is_an_answer_too_answers() -> None:
    terms = FOLLOW_UP | {"met_by": {"stage": ["sal", "disqualified"]}, "cancelled_by": {"stage": ["disqualified", "customer"]}}
    story = Story()
    for lead, at, stage in (
        ("ada", "10:59", "customer"),
        ("bea", "11:00", "customer"),
        ("cleo", "11:00", "disqualified"),
        ("dora", "11:01", "disqualified"),
        ("eve", "10:30", "disqualified"),
    ):
        story.stage(MONDAY, "mql", lead).stage(f"2026-01-05 {at}", stage, lead)
    found = {cycle["lead"]: cycle["state"] for cycle in cycles(story, terms)}
    assert found == {"ada": "cancelled", "bea": "breached", "cleo": "met", "dora": "breached", "eve": "met"}


@pytest.mark.parametrize(("as_of", "strict"), [("11:00", "pending"), ("11:01", "breached")])
def test_the_strict_clock_runs_on_while_the_other_stands(as_of: str, strict: str) -> None:
    story = Story().stage(MONDAY, "mql").stage("2026-01-05 09:30", "nurture")
    terms = FOLLOW_UP | {"pause": {"while": [{"stage": "nurture"}]}}
    (cycle,) = cycles(story, terms, as_of=f"2026-01-05 {as_of}")
    assert (cycle["state"], cycle["due_at"], cycle["strict_state"]) == ("pending", None, strict)


def test_the_strict_clock_is_never_due_later_than_the_other() -> None:
    daily = {"daily": Calendar("Europe/Berlin", {"mon-sun": ["09:00-17:00"]})}
    story = Story().stage("2026-03-28 09:00", "mql").call("2026-03-29 08:00")  # the night between them has 23 hours
    (found,) = judged(story, FOLLOW_UP | {"calendar": "daily", "within": "1wd"}, calendars=daily, as_of="2026-04-01 00:00").per_lead
    assert found.obligations.strict_due.tolist() == found.obligations.due.tolist() == [instant("2026-03-29 08:00")]


def test_what_was_met_names_neither_what_would_have_cancelled_it_later_nor_what_was_logged_too_late() -> None:
    story = Story().stage(MONDAY, "mql").call("2026-01-05 09:30", recorded_at="2026-02-05 09:30").call("2026-01-05 10:00")
    (found,) = judged(story.stage("2026-01-05 10:30", "disqualified"), FOLLOW_UP).per_lead
    kept = found.obligations
    assert (kept.answer_row.tolist(), kept.cancel_row.tolist(), kept.late_evidence.tolist()) == ([2], [-1], [-1])


def test_cycles_are_numbered_lead_by_lead_and_belong_to_the_period_of_their_due() -> None:
    story = Story()
    for lead, days in (("ada", ("05", "12", "19")), ("bea", ("06",)), ("cleo", ("07", "30"))):
        for day in days:
            story.stage(f"2026-01-{day} 16:00", "mql", lead)
    story.stage("2026-01-08 09:00", "mql", "dora").stage("2026-01-08 09:30", "nurture", "dora")
    monthly = FOLLOW_UP | {"pause": {"while": [{"stage": "nurture"}]}, "effective_until": "2026-01-12"}
    quarterly = monthly | {"effective_from": "2026-01-12", "objective": {"compliance": "90%", "per": "quarter"}}
    del quarterly["effective_until"]
    found = [(cycle["lead"], cycle["cycle"], cycle["period"]) for cycle in cycles(story, monthly, quarterly)]
    assert found == [
        ("ada", 1, "2026-01"),
        ("ada", 2, "2026-Q1"),
        ("ada", 3, "2026-Q1"),
        ("bea", 1, "2026-01"),
        ("cleo", 1, "2026-01"),
        ("cleo", 2, "2026-Q1"),
        ("dora", 1, None),
    ]

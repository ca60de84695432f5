"""Every explanation can be printed, whatever happened to the lead; what a person reads of some that are hard to follow."""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from rich.text import Text

from slamon.core.explain import explain
from slamon.terminal.explained import lines
from tests.core.stories import FOLLOW_UP, PROMISE, Story, judged, promises
from tests.oracle.cases import Case, definition_set
from tests.oracle.cases import judged as judged_case
from tests.oracle.histories_at_random import looked_at

SLOW_ON_PURPOSE = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)
SIX = PROMISE | {
    "sla": "attempts",
    "kind": "cadence",
    "start": {"stage": "mql"},
    "attempts": 2,
    "attempt": {"activity": "call", "direction": "outbound"},
    "within": "5wd",
    "gap": {"min": "1wd"},
}


def printed(story: Story, terms: dict[str, Any], timezone: str = "UTC", seen: dict[str, int] | None = None, **more: Any) -> str:
    found = explain(judged(story, terms, **more), promises(terms, timezone=timezone), "ada", seen=seen)
    assert found is not None
    return "\n".join(Text.from_markup(line).plain for line in lines(found))


@settings(max_examples=40, suppress_health_check=SLOW_ON_PURPOSE, deadline=timedelta(seconds=20))
@given(looked_at(("deadline", "cadence")))
def test_every_explanation_can_be_printed(looked: tuple[Case, list[datetime]]) -> None:
    case, moments = looked
    judgement, definitions = judged_case(case, moments[0]), definition_set(case)
    for lead in sorted({event.lead for event in case.events}):
        found = explain(judgement, definitions, lead)
        said = [Text.from_markup(line).plain for line in lines(found)] if found else []
        assert all(len(line) < 200 and "never" not in line for line in said), said


def test_an_hour_that_comes_twice_is_named_by_its_offset() -> None:
    story = Story().stage("2026-10-25 00:30", "mql").stage("2026-10-25 01:30", "sal").call("2026-10-26 09:00")
    words = printed(story, FOLLOW_UP | {"calendar": "berlin", "within": "90m"}, "Europe/Berlin", as_of="2026-11-01 00:00")
    assert "Sun 2026-10-25 02:30 (+01:00, the second time)" in words
    assert "clocks went back Sun 25 Oct: 1 h more than they show" in words


def test_a_target_in_working_days_lists_its_dates() -> None:
    words = printed(Story().stage("2026-01-08 15:00", "mql"), FOLLOW_UP | {"within": "2wd"})
    assert "from Thu 08 Jan on: Fri 09 Jan, Mon 12 Jan, the working dates of office" in words
    assert "due       Mon 2026-01-12 15:00" in words


def test_what_is_to_come_round_the_clock_is_due_and_what_has_passed_was() -> None:
    story = Story().stage("2026-01-05 09:00", "mql")
    printed_at = [printed(story, FOLLOW_UP, as_of=f"2026-01-05 {at}") for at in ("10:00", "12:00")]
    due = [line.strip() for words in printed_at for line in words.splitlines() if "24x7" in line]
    assert due == [
        "24x7      pending: round the clock it is due Mon 2026-01-05 11:00",
        "24x7      breached: round the clock it was due Mon 2026-01-05 11:00",
    ]


def test_a_standing_clock_has_no_due() -> None:
    story = Story().stage("2026-01-08 15:00", "mql").stage("2026-01-08 15:30", "nurture")
    words = printed(story, FOLLOW_UP | {"pause": {"while": {"stage": "nurture"}}})
    assert "Thu 2026-01-08 15:30  not: paused: in stage nurture" in words
    assert "due       not while the clock stands" in words


def test_a_missed_attempt_says_when_the_next_one_came() -> None:
    story = Story().stage("2026-01-05 09:00", "mql").call("2026-01-12 10:00")
    assert "attempt 1 of 2, by Thu 2026-01-08 17:00: missed; the next one came Mon 2026-01-12 10:00" in printed(story, SIX)


def test_events_that_repeat_are_one_line() -> None:
    story = Story().stage("2026-01-05 09:00", "mql")
    for day in range(6, 10):
        story.call(f"2026-01-0{day} 10:00", actor="rita")
    assert "outbound call, by rita (4 times, until Fri 2026-01-09 10:00)" in printed(story, FOLLOW_UP)


def test_what_was_logged_later_says_when() -> None:
    story = Story().stage("2026-01-05 09:00", "mql").call("2026-01-05 09:30", recorded_at="2026-01-05 11:00")
    assert "Mon 2026-01-05 09:30    outbound call; logged Mon 2026-01-05 11:00" in printed(story, FOLLOW_UP)


def test_a_section_of_another_zone_than_the_header_names_its_zone() -> None:
    story = Story().stage("2026-01-05 09:00", "mql")
    assert "cycle 1 of this lead, times of Europe/Berlin" in printed(story, FOLLOW_UP | {"calendar": "berlin"})
    assert "times of" not in printed(story, FOLLOW_UP)


def test_a_cancelling_event_is_no_answer() -> None:
    words = printed(Story().stage("2026-01-05 09:00", "mql").stage("2026-01-05 10:00", "disqualified"), FOLLOW_UP)
    assert "  cancelled Mon 2026-01-05 10:00  stage disqualified: takes the lead out of the count" in words
    assert "  answer" not in words


def test_a_cadence_says_how_many_channels_are_missing() -> None:
    story = Story().stage("2026-01-05 09:00", "mql").call("2026-01-05 10:00").call("2026-01-06 10:00")
    assert "  channels  1 of 2 (call): too few when the window ended" in printed(story, SIX | {"channels": 2})


def test_events_of_a_merged_record_name_it() -> None:
    story = Story().stage("2026-01-05 09:00", "mql").call("2026-01-05 10:00", lead="bob")
    words = printed(story.tell("2026-01-05 15:00", "merged", lead="bob", value="ada"), FOLLOW_UP)
    assert "bob was merged into ada" in words
    assert "Mon 2026-01-05 10:00    outbound call (record bob)" in words


def test_a_lead_that_no_promise_is_about_says_so() -> None:
    words = printed(Story().stage("2026-01-05 09:00", "sal"), FOLLOW_UP)
    assert "No promise is about this lead: nothing opened a cycle, and nothing was counted." in words


def test_a_part_in_a_quota_is_one_line() -> None:
    quota = PROMISE | {"sla": "leads", "kind": "quota", "counts": {"stage": "mql"}, "target": 10}
    words = printed(Story().stage("2026-01-05 09:00", "mql"), quota)
    assert "  leads, 2026-01: Mon 2026-01-05 09:00  stage mql: counted" in words

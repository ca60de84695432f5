"""Reports at their edges: a daily note without quotas, who is named and in which order, cohorts that are decided out of turn, too many reports."""

from typing import Any

import pytest

from slamon.core.scorecards import DailyNote
from slamon.core.scorecards.daily import daily_note
from slamon.core.working_time.calendars import Calendar
from slamon.core.working_time.periods import Period, bounds_of
from slamon.core.working_time.timetables import TooManyDueError, due_periods
from tests.core.stories import FOLLOW_UP, Story, instant, judged, promises
from tests.core.test_scorecards import CADENCE, FOOTING, QUOTA, RATIO, arrivals, week
from tests.core.test_timetables import When

MONDAY = "2026-01-05 09:00"
WORKSPACE: dict[str, Any] = {"default_calendar": "office"}


def day(label: str, as_of: str, story: Story, *terms: dict[str, Any]) -> DailyNote:
    found = judged(story, *terms, as_of=as_of, **WORKSPACE)
    return daily_note(found, promises(*terms, **WORKSPACE), Period(label, *bounds_of(label, "UTC")), FOOTING)


def test_a_daily_note_without_quotas_has_no_pace_and_tells_of_sales_all_the_same() -> None:
    story = Story().stage(MONDAY, "mql").call("2026-01-05 10:50").stage(MONDAY, "mql", "bea").stage("2026-01-05 15:00", "mql", "cid")
    note = day("2026-01-05", "2026-01-05 16:00", story, FOLLOW_UP)
    assert (note.pace, note.quotas, note.yesterday) == (None, (), ())
    assert (note.due, note.met, note.past_target, note.open) == (3, 1, 1, 1)
    assert (note.working_day, note.working_days) == (3, 22)


def test_who_is_at_risk_is_named_by_when_it_is_due_and_is_not_late_yet() -> None:
    story = Story()
    for number, time in enumerate(("15:30", "15:00", "15:10", "15:40", "15:50", "15:20")):
        story.stage(f"2026-01-05 {time}", "mql", f"lead{number}")
    note = day("2026-01-05", "2026-01-05 16:00", story, FOLLOW_UP)
    assert [line.lead for line in note.at_risk] == ["lead1", "lead2", "lead5", "lead0", "lead3"]
    assert ([line.late_by_s for line in note.at_risk], note.at_risk_total) == ([None] * 5, 6)


def test_the_oldest_open_lead_is_as_old_as_its_own_clock_says() -> None:
    story = Story().stage(MONDAY, "mql").stage("2026-01-05 11:00", "mql", "bea").call("2026-01-05 12:00", "bea")
    assert day("2026-01-05", "2026-01-05 15:00", story, FOLLOW_UP, CADENCE).oldest_open_s == 6 * 3600
    assert day("2026-01-06", "2026-01-06 10:00", story, FOLLOW_UP | {"within": "20h"}).oldest_open_s == 25 * 3600
    assert day("2026-01-06", "2026-01-06 10:00", story, FOLLOW_UP).oldest_open_s is None
    assert day("2026-01-05", "2026-01-05 15:00", story, CADENCE).oldest_open_s is None


def test_a_save_is_an_answer_after_the_warning_and_the_narrowest_is_named() -> None:
    story = Story()
    for lead, answered in (("early", "10:35"), ("narrow", "10:59"), ("warned", "10:36")):
        story.stage(MONDAY, "mql", lead).call(f"2026-01-05 {answered}", lead)
    saved = day("2026-01-05", "2026-01-05 16:00", story, FOLLOW_UP).saved
    assert saved is not None
    assert (saved.lead, saved.late_by_s) == ("narrow", None)
    found = week("2026-W02", "2026-01-12 00:00", story, FOLLOW_UP)
    assert [line.lead for line in found.saves] == ["narrow", "warned"]


def test_the_three_that_wait_longest_are_named_each_once_with_how_late_they_are() -> None:
    story = Story()
    for number, time in enumerate(("12:00", "10:00", "09:00", "11:00", "13:00")):
        story.stage(f"2026-01-05 {time}", "mql", f"lead{number}")
    story.stage(MONDAY, "mql", "answered").call("2026-01-05 12:00", "answered")
    again = FOLLOW_UP | {"sla": "second-look", "within": "3wh"}
    found = week("2026-W02", "2026-01-06 09:00", story, FOLLOW_UP, again)
    assert [(line.lead, line.sla, line.late_by_s) for line in found.look_at] == [
        ("lead2", "follow-up", 6 * 3600),
        ("lead1", "follow-up", 5 * 3600),
        ("lead3", "follow-up", 4 * 3600),
    ]


def test_of_cohorts_that_are_decided_out_of_turn_the_one_decided_last_is_shown() -> None:
    slow = RATIO | {"mature_after": "40d", "effective_until": "2026-02-01"}
    quick = RATIO | {"mature_after": "1d", "effective_from": "2026-02-01"}
    story = arrivals("2026-01-30", "2026-02-10")
    assert [line.period for line in week("2026-W11", "2026-05-01 00:00", story, slow, quick).ratios] == ["2026-01"]
    assert [line.period for line in week("2026-W10", "2026-05-01 00:00", story, slow, quick).ratios] == ["2026-02"]


def test_a_note_defines_the_stage_that_its_headline_counts_or_else_the_one_that_starts_sales_promise() -> None:
    story = arrivals("2026-01-08")
    assert day("2026-01-08", "2026-01-08 12:00", story, FOLLOW_UP, QUOTA | {"counts": {"stage": "sql"}}).defines == (("sql", "sql"),)
    assert day("2026-01-08", "2026-01-08 12:00", story, FOLLOW_UP).defines == (("mql", "mql"),)
    assert day("2026-01-08", "2026-01-08 12:00", story, QUOTA | {"counts": {"touch": "form"}}).defines == ()


def test_a_note_about_a_closed_day_looks_back_to_the_last_working_day() -> None:
    note = day("2026-01-11", "2026-01-12 00:00", arrivals("2026-01-08", "2026-01-09", "2026-01-10"), QUOTA)
    assert (note.working_day, note.yesterday) == (7, (("mqls", 1.0),))
    assert note.pace is not None
    assert (note.pace.period, note.pace.points[10].actual, note.pace.points[11].actual) == ("2026-01", 3.0, None)


@pytest.mark.parametrize(("last", "many"), [("2026-03-01 12:00", 60), ("2026-03-02 12:00", None)])
def test_more_reports_than_anybody_missed_are_refused(last: str, many: int | None) -> None:
    always = Calendar("UTC", {"mon-sun": ["00:00-24:00"]})
    asked = ("daily", When("08:00", "UTC"), always, instant("2026-01-01 00:00"), instant(last))
    if many is not None:
        assert len(due_periods(*asked)) == many  # type: ignore[arg-type]  # one of each kind of argument
    else:
        with pytest.raises(TooManyDueError):
            due_periods(*asked)  # type: ignore[arg-type]  # the same

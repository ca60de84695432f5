"""Cadences at their edges: how attempts are spaced in every unit, when warnings come, what ends a cadence and what it waits for."""

from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import TypeAdapter

from slamon.core.definitions import Cadence
from slamon.core.evaluation import evaluate
from slamon.core.spacing import Spacing
from slamon.core.working_time.calendars import Calendar
from slamon.core.working_time.instants import FOREVER, iso
from tests.core.stories import OFFICE, Story, cycles, instant, judged, promises
from tests.core.test_cadence import PERSISTENCE, START, calls

NIGHT = Calendar("UTC", {"mon-sun": ["22:00-06:00"]})
CLOCK = Calendar("UTC", {"mon-sun": ["00:00-24:00"]})
TWO_DAYS = Calendar("UTC", {}, special_days={"2026-01-05": ["09:00-17:00"], "2026-01-06": ["09:00-17:00"]})
ONE = PERSISTENCE | {"attempts": 1, "gap": {}}


def spaced(calendar: Calendar = OFFICE, start: str = START, **terms: Any) -> Spacing:
    definition = TypeAdapter(Cadence).validate_python(PERSISTENCE | terms)
    return Spacing(definition, calendar, np.array([instant(start)], np.int64))


def text(micros: Any) -> str:
    return iso(int(micros))[:26].replace("T", " ").removesuffix(".000000").removesuffix(":00")


def limits(spacing: Spacing) -> list[str]:
    return [text(row[0]) for row in spacing.last_feasible()]


def warnings(terms: dict[str, Any], start: str = START, calendar: Calendar = OFFICE) -> list[str]:
    """All warnings of a cadence that nobody began, as of its start."""
    (found,) = judged(Story().stage(start, "mql"), terms | {"calendar": "tried"}, as_of=start, calendars={"tried": calendar}).per_lead
    return [text(warning) for warning in found.obligations.warnings[0] if iso(warning)]


# The last feasible instant of each attempt.


def test_there_is_one_limit_for_each_attempt_and_the_last_is_the_end_of_the_window() -> None:
    spacing = spaced()
    assert limits(spacing) == ["2026-01-08 17:00", "2026-01-12 17:00", "2026-01-14 17:00", "2026-01-16 17:00"]
    assert spacing.last_feasible().shape == (4, 1)


def test_without_a_least_gap_every_attempt_has_until_the_end_of_the_window() -> None:
    spacing = spaced(attempts=3, gap={})
    assert limits(spacing) == ["2026-01-16 17:00"] * 3
    assert [text(each) for each in spacing.counts_from(spacing.start)] == [START]


def test_gaps_in_working_hours_go_back_over_closing() -> None:
    assert limits(spaced(attempts=3, within="16wh", gap={"min": "6wh"})) == ["2026-01-05 13:00", "2026-01-06 11:00", "2026-01-06 17:00"]
    assert limits(spaced(attempts=2, within="16wh", gap={"min": "30wm"})) == ["2026-01-06 16:30", "2026-01-06 17:00"]


def test_gaps_in_plain_hours_go_back_round_the_clock() -> None:
    assert limits(spaced(attempts=3, within="24h", gap={"min": "4h"})) == ["2026-01-06 01:00", "2026-01-06 05:00", "2026-01-06 09:00"]


def test_a_window_in_hours_that_ends_on_a_closed_day_runs_to_its_end() -> None:
    spacing = spaced(start="2026-01-09 12:00", attempts=2, within="24h", gap={"min": "1wd"})
    assert limits(spacing) == ["2026-01-08 17:00", "2026-01-10 12:00"]


def test_a_window_in_hours_that_ends_at_midnight_belongs_to_the_day_before_and_a_microsecond_later_to_the_new_one() -> None:
    for start, first in (("2026-01-05 00:00", "2026-01-06"), ("2026-01-05 00:00:00.000001", "2026-01-07")):
        spacing = spaced(CLOCK, start, attempts=2, within="48h", gap={"min": "1wd"})
        assert limits(spacing)[0] == f"{first} 00:00"


def test_limits_before_the_calendars_first_day_are_the_close_of_that_day() -> None:
    spacing = spaced(TWO_DAYS, attempts=3, within="48h", gap={"min": "1wd"})
    assert limits(spacing) == ["2026-01-05 17:00", "2026-01-05 17:00", "2026-01-07 09:00"]


def test_a_limit_never_lies_after_the_end_of_the_window() -> None:
    spacing = spaced(attempts=2, start="2026-01-05 16:00", within="1h", gap={"min": "1wd"})
    assert limits(spacing) == ["2026-01-02 17:00", "2026-01-05 17:00"]
    assert limits(spaced(attempts=1, start="2026-01-05 10:00", within="1h", gap={"min": "1wd"})) == ["2026-01-05 11:00"]


# From when on an attempt counts.


def test_gaps_in_working_hours_are_counted_over_closing() -> None:
    terms = PERSISTENCE | {"attempts": 2, "gap": {"min": "4wh"}}
    for second, state in (("06 10:59:59", "pending"), ("06 11:00", "met")):
        (cycle,) = cycles(calls("05 15:00", second), terms, as_of="2026-01-06 12:00")
        assert cycle["state"] == state


def test_a_night_shifts_last_hours_are_the_day_befores() -> None:
    terms = PERSISTENCE | {"attempts": 2, "gap": {"min": "1wd"}, "calendar": "night"}
    for second, attempts in (("06 05:59:59", 1), ("06 06:00", 2)):
        (cycle,) = cycles(calls("05 23:00", second), terms, as_of="2026-01-06 07:00", calendars={"night": NIGHT})
        assert cycle["attempts"] == attempts


def test_an_attempt_before_opening_counts_on_the_date_it_was_made() -> None:
    terms = PERSISTENCE | {"attempts": 2, "gap": {"min": "1wd"}}
    (cycle,) = cycles(calls("06 08:00", "06 10:00", "06 16:00"), terms, as_of="2026-01-06 18:00")
    assert cycle["attempts"] == 1
    (cycle,) = cycles(calls("06 08:00", "07 00:00"), terms, as_of="2026-01-07 01:00")
    assert cycle["attempts"] == 2


# The longest gap.


@pytest.mark.parametrize(
    ("gap", "due"), [("48h", "2026-01-08 10:00"), ("8wh", "2026-01-07 10:00"), ("1wd", "2026-01-07 17:00"), ("3wd", "2026-01-09 17:00")]
)
def test_a_longest_gap_runs_from_the_counted_attempt(gap: str, due: str) -> None:
    terms = PERSISTENCE | {"attempts": 2, "gap": {"max": gap}}
    (cycle,) = cycles(calls("06 10:00"), terms, as_of="2026-01-06 10:00")
    assert cycle["due_at"] == due


def test_without_a_longest_gap_the_next_attempt_has_until_its_limit() -> None:
    spacing = spaced(attempts=2, gap={"min": "1wd"})
    assert spacing.latest_next(spacing.start).tolist() == [FOREVER]


# Warnings.


def test_the_default_warning_is_the_opening_of_the_limits_day() -> None:
    assert warnings(ONE) == ["2026-01-16 09:00"]
    assert warnings(ONE | {"within": "1wd"}, "2026-01-05 12:00") == ["2026-01-05 12:00"]  # not before the start


def test_a_limit_at_a_shifts_end_belongs_to_the_shift_and_one_at_midnight_to_the_day_before() -> None:
    assert warnings(ONE | {"within": "1wd"}, "2026-01-05 22:00", NIGHT) == ["2026-01-05 22:00"]
    assert warnings(ONE | {"within": "2wd"}, "2026-01-05 22:00", NIGHT) == ["2026-01-06 22:00"]
    assert warnings(ONE | {"within": "48h"}, "2026-01-05 00:00", CLOCK) == ["2026-01-06 00:00"]
    assert warnings(ONE | {"within": "48h"}, "2026-01-05 00:00:00.000001", CLOCK) == ["2026-01-07 00:00"]


@pytest.mark.parametrize(
    ("within", "share", "expected"),
    [
        ("10wd", "25%", "2026-01-07 13:00"),
        ("10wd", "90%", "2026-01-15 17:00"),
        ("24h", "25%", "2026-01-05 15:00"),
        ("16wh", "75%", "2026-01-06 13:00"),
    ],
)
def test_a_share_of_the_way_runs_on_the_windows_clock(within: str, share: str, expected: str) -> None:
    assert warnings(ONE | {"within": within, "warn_at": share}) == [expected]


def test_instants_are_whole_microseconds() -> None:
    spacing = spaced()
    limit = spacing.window_end()
    found = (spacing.last_feasible(), spacing.warning(0.3, None, limit), spacing.warning(None, None, limit), spacing.counts_from(limit))
    assert {each.dtype for each in found} == {np.dtype(np.int64)}


@pytest.mark.parametrize(
    ("within", "before", "expected"),
    [
        ("10wd", "2wh", "2026-01-16 15:00"),
        ("10wd", "8wh", "2026-01-16 09:00"),
        ("10wd", "3h", "2026-01-16 14:00"),
        ("10wd", "2wd", "2026-01-14 09:00"),
        ("2wd", "20wh", START),
        ("24h", "90m", "2026-01-06 07:30"),
        ("24h", "25h", START),
        ("2wd", "5wd", START),
    ],
)
def test_a_time_before_the_limit_is_counted_in_its_own_unit_and_not_before_the_start(within: str, before: str, expected: str) -> None:
    assert warnings(ONE | {"within": within, "warn_at": before}) == [expected]


@pytest.mark.parametrize(("before", "expected"), [("1wd", "2026-01-05 09:00"), ("2wd", "2026-01-05 09:00"), ("20wd", "2026-01-05 09:00")])
def test_a_warning_before_the_calendars_first_day_comes_at_its_opening(before: str, expected: str) -> None:
    assert warnings(ONE | {"within": "2wd", "warn_at": before}, "2026-01-05 08:00", TWO_DAYS) == [expected]


def test_each_attempt_has_each_warning_once_it_is_the_next() -> None:
    terms = PERSISTENCE | {"attempts": 2, "warn_at": ["1wd", "2wh"]}
    assert warnings(terms) == ["2026-01-13 09:00", "2026-01-14 15:00"]
    (found,) = judged(calls("06 10:00"), terms, as_of="2026-01-06 10:00").per_lead
    assert [text(each) for each in found.obligations.warnings[0] if iso(each)] == ["2026-01-15 09:00", "2026-01-16 15:00"]


@pytest.mark.parametrize(("at", "stands"), [("14 09:00", True), ("14 08:59:59", False)])
def test_a_warning_stands_if_the_attempt_or_the_end_was_not_before_it(at: str, stands: bool) -> None:
    terms = PERSISTENCE | {"attempts": 2}
    attempted = judged(calls(at), terms, as_of="2026-01-14 12:00").per_lead[0]
    ended = judged(Story().stage(START, "mql").stage(f"2026-01-{at}", "disqualified"), terms, as_of="2026-01-14 12:00").per_lead[0]
    for found in (attempted, ended):
        assert ("2026-01-14 09:00" in [text(each) for each in found.obligations.warnings[0]]) is stands


# What ends a cadence.


@pytest.mark.parametrize(("at", "state"), [("08 17:00", "cancelled"), ("08 17:00:00.000001", "breached")])
def test_an_end_at_exactly_the_limit_is_in_time(at: str, state: str) -> None:
    (cycle,) = cycles(Story().stage(START, "mql").stage(f"2026-01-{at}", "disqualified"), PERSISTENCE)
    assert cycle["state"] == state


def test_an_end_after_the_last_attempt_changes_nothing() -> None:
    (cycle,) = cycles(calls("06 10:00").stage("2026-01-06 11:00", "disqualified"), ONE)
    assert (cycle["state"], cycle["answered_at"], cycle["attempts"]) == ("met", "2026-01-06 10:00", 1)


def test_of_an_end_and_an_attempt_at_one_instant_the_first_in_the_source_holds() -> None:
    ended = (
        Story().stage(START, "mql", position=0).stage("2026-01-06 10:00", "disqualified", position=1).call("2026-01-06 10:00", position=2)
    )
    called = (
        Story().stage(START, "mql", position=0).stage("2026-01-06 10:00", "disqualified", position=2).call("2026-01-06 10:00", position=1)
    )
    assert [c["state"] for story in (ended, called) for c in cycles(story, ONE)] == ["cancelled", "met"]


def test_a_deletion_cancels_also_a_cadence_that_was_begun() -> None:
    (cycle,) = cycles(calls("06 10:00").tell("2026-01-07 10:00", "deleted"), PERSISTENCE)
    assert (cycle["state"], cycle["reason"], cycle["attempts"]) == ("cancelled", "deleted", 1)


def test_an_attempt_of_another_lead_counts_for_that_lead_only() -> None:
    story = calls("06 10:00").stage(START, "mql", "bea").call("2026-01-07 10:00", "bea").stage("2026-01-07 11:00", "disqualified", "cid")
    assert {c["lead"]: c["answered_at"] for c in cycles(story, ONE)} == {"ada": "2026-01-06 10:00", "bea": "2026-01-07 10:00"}


def test_leads_without_any_attempt_stand_beside_those_that_were_called() -> None:
    story = calls("06 10:00").stage(START, "mql", "bea").stage(START, "mql", "aaa").stage("2026-01-06 11:00", "disqualified", "bea")
    found = {c["lead"]: (c["state"], c["attempts"]) for c in cycles(story, ONE)}
    assert found == {"aaa": ("breached", 0), "ada": ("met", 1), "bea": ("cancelled", 0)}


# Channels.


def test_an_end_while_the_second_channel_is_waited_for_keeps_it() -> None:
    terms = PERSISTENCE | {"attempts": 2, "channels": 2}
    for at, state, answered in (
        ("15 10:00", "met", "2026-01-15 10:00"),
        ("16 17:00", "met", "2026-01-16 17:00"),
        ("16 17:00:01", "breached", None),
    ):
        (cycle,) = cycles(calls("06 10:00", "08 10:00").stage(f"2026-01-{at}", "disqualified"), terms)
        assert (cycle["state"], cycle["answered_at"], cycle["due_at"]) == (state, answered, "2026-01-16 17:00")


@pytest.mark.parametrize(("at", "state"), [("16 17:00", "met"), ("16 17:00:00.000001", "breached")])
def test_the_last_channel_at_exactly_the_end_of_the_window_is_in_time(at: str, state: str) -> None:
    terms = PERSISTENCE | {"attempts": 2, "channels": 2}
    (cycle,) = cycles(calls("06 10:00", "08 10:00").call(f"2026-01-{at}", name="email"), terms)
    assert cycle["state"] == state


def test_of_a_channel_and_an_end_the_first_decides() -> None:
    terms = PERSISTENCE | {"attempts": 2, "channels": 2}
    story = calls("06 10:00", "08 10:00").call("2026-01-14 10:00", name="email").stage("2026-01-15 10:00", "disqualified")
    (cycle,) = cycles(story, terms)
    assert cycle["answered_at"] == "2026-01-14 10:00"
    story = calls("06 10:00", "08 10:00").stage("2026-01-13 10:00", "disqualified").call("2026-01-14 10:00", name="email")
    (cycle,) = cycles(story, terms)
    assert cycle["answered_at"] == "2026-01-13 10:00"


def test_channels_that_nobody_used_at_all_are_never_reached() -> None:
    terms = PERSISTENCE | {"attempts": 3, "channels": 3, "attempt": {"activity": ["call", "email", "meeting"], "direction": "outbound"}}
    two = calls("06 10:00", "08 10:00", "12 10:00").call("2026-01-06 11:00", name="email")
    (cycle,) = cycles(two, terms, as_of="2026-01-12 12:00")
    assert (cycle["state"], cycle["due_at"]) == ("pending", "2026-01-16 17:00")
    (cycle,) = cycles(two.call("2026-01-07 10:00", name="meeting"), terms)
    assert (cycle["state"], cycle["answered_at"]) == ("met", "2026-01-12 10:00")


def test_channels_are_counted_for_each_lead_in_the_order_in_which_that_lead_was_reached() -> None:
    terms = PERSISTENCE | {"attempts": 2, "channels": 2, "gap": {"min": "1wd"}, "attempt": {"activity": ["call", "email", "meeting"]}}
    story = (
        Story()
        .call("2026-01-02 10:00", "aaa")
        .call("2026-01-02 10:00", "aaa", name="email")
        .call("2026-01-02 10:00", "aaa", name="meeting")
    )
    leads = {"all": ("call", "meeting", "email"), "one": ("call", "call", "call"), "two": ("email", "email", "call")}
    for lead, names in leads.items():
        story.stage(START, "mql", lead)
        for day, name in zip(("06", "07", "12"), names, strict=True):
            story.call(f"2026-01-{day} 10:00", lead, name=name)
    found = {c["lead"]: (c["state"], c["answered_at"]) for c in cycles(story, terms)}
    assert found == {"all": ("met", "2026-01-07 10:00"), "one": ("breached", None), "two": ("met", "2026-01-12 10:00")}


def test_a_third_channel_is_waited_for_until_it_comes() -> None:
    terms = PERSISTENCE | {"attempts": 3, "channels": 3, "attempt": {"activity": ["call", "email", "meeting"]}}
    story = calls("06 10:00", "08 10:00", "12 10:00").call("2026-01-06 11:00", name="email").call("2026-01-14 10:00", name="meeting")
    (cycle,) = cycles(story, terms)
    assert (cycle["state"], cycle["answered_at"]) == ("met", "2026-01-14 10:00")


def test_an_attempt_that_was_missed_was_due_at_its_own_limit_also_where_channels_are_asked_for() -> None:
    (cycle,) = cycles(calls(), PERSISTENCE | {"channels": 2})
    assert (cycle["state"], cycle["due_at"]) == ("breached", "2026-01-08 17:00")


def test_a_kept_cadence_was_due_when_its_last_attempt_was() -> None:
    (cycle,) = cycles(calls("06 10:00", "07 10:00"), PERSISTENCE | {"attempts": 2, "gap": {"max": "2wd"}})
    assert (cycle["state"], cycle["due_at"]) == ("met", "2026-01-08 17:00")


def test_a_deletion_cancels_while_a_channel_is_waited_for_and_not_after_the_last_attempt() -> None:
    terms = PERSISTENCE | {"attempts": 2, "channels": 2}
    (waiting,) = cycles(calls("06 10:00", "08 10:00").tell("2026-01-15 10:00", "deleted"), terms)
    (kept,) = cycles(calls("06 10:00", "08 10:00").tell("2026-01-15 10:00", "deleted"), PERSISTENCE | {"attempts": 2})
    assert (waiting["state"], kept["state"]) == ("cancelled", "met")


def test_an_attempt_that_is_an_end_too_counts_before_it_ends() -> None:
    terms = PERSISTENCE | {"ended_by": {"activity": "email"}}
    (cycle,) = cycles(Story().stage(START, "mql").call("2026-01-06 10:00", name="email"), terms)
    assert (cycle["state"], cycle["attempts"], cycle["answered_at"]) == ("met", 1, "2026-01-06 10:00")
    channels = terms | {"attempts": 2, "channels": 2}
    (cycle,) = cycles(calls("06 10:00", "08 10:00").call("2026-01-14 10:00", name="email"), channels)
    assert (cycle["state"], cycle["answered_at"]) == ("met", "2026-01-14 10:00")


def test_a_cadence_whose_filter_cannot_be_evaluated_is_unknown() -> None:
    terms = PERSISTENCE | {"applies_to": {"score": {"at_least": 10}}}
    (cycle,) = cycles(Story().stage(START, "mql", attributes={"score": "high"}), terms)
    assert (cycle["state"], cycle["reason"]) == ("unknown", "score is not a number")


# Evidence that came late, calendars of holders, versions.


@pytest.mark.parametrize(("at", "reason"), [("08 17:00", "outbound call was in time but logged late"), ("08 17:00:01", None)])
def test_an_attempt_that_was_in_time_but_logged_late_is_told(at: str, reason: str | None) -> None:
    story = Story().owner("2026-01-02 09:00", "rita").stage(START, "mql").call(f"2026-01-{at}", recorded_at="2026-01-20 10:00")
    (cycle,) = cycles(story, PERSISTENCE, people=[{"id": "rita", "team": "emea"}])
    assert (cycle["state"], cycle["reason"]) == ("breached", reason)
    assert cycle["cause"] == ("data late" if reason else "owner")


def test_what_was_logged_late_does_not_matter_once_it_is_decided() -> None:
    story = calls("06 10:00").call("2026-01-06 09:00", recorded_at="2026-01-20 10:00")
    (found,) = judged(story, ONE).per_lead
    assert found.obligations.late_evidence.tolist() == [-1]


EARLY = Calendar("UTC", {"mon-fri": ["06:00-10:00"]})


@pytest.mark.parametrize(
    ("assigned", "due"), [("2026-01-05 17:00", "2026-01-05 10:00"), ("2026-01-05 17:00:01", "2026-01-05 17:00"), (None, "2026-01-05 17:00")]
)
def test_the_first_holders_calendar_holds_if_they_came_before_the_first_limit(assigned: str | None, due: str) -> None:
    story = Story().stage(START, "mql").owner(START, None)
    if assigned:
        story.owner(assigned, "rita")
    terms = ONE | {"calendar": "owner", "within": "1wd"}
    people = [{"id": "rita", "calendar": "early"}]
    (cycle,) = cycles(story, terms, people=people, calendars={"early": EARLY}, default_calendar="office", as_of="2026-01-05 20:00")
    assert cycle["due_at"] == due


@pytest.mark.parametrize(("first", "due"), [("09:30", "2026-01-06 10:00"), ("09:29", "2026-01-06 17:00")])
def test_the_first_holders_calendar_holds_if_nothing_was_done_before(first: str, due: str) -> None:
    story = Story().stage(START, "mql").owner(START, None).call(f"2026-01-05 {first}").owner("2026-01-05 09:30", "rita")
    story.rows[2]["position"], story.rows[3]["position"] = 9, 1
    terms = PERSISTENCE | {"calendar": "owner", "within": "2wd", "attempts": 2, "gap": {}}
    for row in story.rows:
        row.setdefault("position", 0)
    people = [{"id": "rita", "calendar": "early"}]
    (cycle,) = cycles(story, terms, people=people, calendars={"early": EARLY}, default_calendar="office", as_of="2026-01-05 12:00")
    assert cycle["due_at"] == due


def test_versions_of_a_cadence_with_calendars_of_their_own_stand_side_by_side() -> None:
    first = PERSISTENCE | {"effective_until": "2026-01-07", "calendar": "night", "attempts": 1, "within": "1wd", "warn_at": ["1wh", "2wh"]}
    second = PERSISTENCE | {
        "effective_from": "2026-01-07",
        "attempts": 1,
        "within": "2wd",
        "debounce": "1h",
        "effective_until": "2026-01-13",
    }
    third = ONE | {"effective_from": "2026-01-13", "calendar": "clock", "within": "1wd"}
    story = Story().stage("2026-01-06 22:30", "mql").stage("2026-01-07 10:00", "mql", "bea").stage("2026-01-07 10:30", "mql", "bea")
    story.stage("2026-01-09 11:00", "mql", "bea").owner("2026-01-06 23:30", "rita").owner("2026-01-07 12:00", "rita", "bea")
    story.stage("2026-01-13 10:00", "mql", "cid").owner("2026-01-13 20:00", "rita", "cid")
    found = cycles(story, first, second, third, calendars={"night": NIGHT, "clock": CLOCK}, people=[{"id": "rita"}])
    assert [(c["lead"], c["version"], c["due_at"], c["system_delay_s"]) for c in found] == [
        ("ada", "2025-01-01", "2026-01-07 06:00", 3600),
        ("bea", "2026-01-07", "2026-01-08 17:00", 7200),
        ("bea", "2026-01-07", "2026-01-12 17:00", 0),
        ("cid", "2026-01-13", "2026-01-14 00:00", 36000),
    ]


def test_contact_that_ended_one_lead_is_not_contact_with_another() -> None:
    story = Story()
    for lead, reply in (("ada", True), ("bea", False), ("cid", True), ("dan", None), ("eve", False)):
        story.stage(START, "mql", lead)
        if reply:
            story.call("2026-01-06 10:00", lead, name="reply", direction="inbound")
        elif reply is False:
            story.stage("2026-01-06 10:00", "disqualified", lead)
    found = {c["lead"]: (c["state"], c["reason"]) for c in cycles(story, PERSISTENCE)}
    gone = ("cancelled", "stage disqualified")
    assert found == {"ada": ("met", None), "bea": gone, "cid": ("met", None), "dan": ("breached", None), "eve": gone}


def test_why_a_cadence_was_cancelled_is_that_leads_own_event() -> None:
    story = Story().stage(START, "mql").stage("2026-01-06 10:00", "disqualified").stage(START, "mql", "zoe").call("2026-01-06 10:00", "zoe")
    assert [cycle["reason"] for cycle in cycles(story, ONE)] == ["stage disqualified", None]


def test_a_kept_cadence_does_not_end_the_debounce_and_a_cancelled_one_does() -> None:
    kept = calls("05 10:00").stage("2026-01-05 11:00", "mql")
    cancelled = Story().stage(START, "mql").stage("2026-01-05 10:00", "disqualified").stage("2026-01-05 11:00", "mql")
    assert [[c["state"] for c in cycles(story, ONE)] for story in (kept, cancelled)] == [["met"], ["cancelled", "breached"]]


def test_an_attempt_that_counted_is_no_late_evidence_of_the_one_that_is_missing() -> None:
    story = Story().owner("2026-01-02 09:00", "rita").stage(START, "mql").call("2026-01-06 10:00")
    (cycle,) = cycles(story, PERSISTENCE, people=[{"id": "rita"}])
    assert (cycle["state"], cycle["attempts"], cycle["reason"], cycle["cause"]) == ("breached", 1, None, "owner")


def test_a_holders_calendar_does_not_depend_on_what_happened_to_other_leads() -> None:
    story = (
        Story().stage(START, "mql").owner(START, None).owner("2026-01-05 10:00", "rita").tell("2026-01-05 08:00", "touch", "form", "zoe")
    )
    terms = ONE | {"calendar": "owner", "within": "1wd"}
    people = [{"id": "rita", "calendar": "early"}]
    (cycle,) = cycles(story, terms, people=people, calendars={"early": EARLY}, default_calendar="office", as_of="2026-01-05 20:00")
    assert cycle["due_at"] == "2026-01-05 10:00"


@pytest.mark.parametrize("story", [Story().call(START), calls("06 10:00")], ids=["no cycle", "one cycle"])
def test_a_cadences_columns_have_the_types_that_are_promised(story: Story) -> None:
    (found,) = judged(story, PERSISTENCE).per_lead
    columns = {each.name: getattr(found.obligations, each.name).dtype for each in fields(found.obligations)}
    special = {"lead": np.dtype(np.int32), "paused": np.dtype(bool), "unknown": np.dtype(object)}
    assert columns == {name: special.get(name, np.dtype(np.int64)) for name in columns}


def test_where_nothing_happened_at_all_no_cadence_is_judged() -> None:
    nothing = pd.DataFrame({"lead": np.array([], object), "at": np.array([], np.int64), "kind": np.array([], object)})
    for terms in (PERSISTENCE, PERSISTENCE | {"calendar": "owner", "channels": 2}):
        found = evaluate(promises(terms, default_calendar="office"), nothing, datetime(2026, 1, 5, tzinfo=UTC))
        assert found.verdicts().empty

"""Evidence at its edges: which events a pattern means, which leads a filter means, what belongs to an import, whose calendar it is."""

from typing import Any

import pytest

from slamon.core.working_time.calendars import Calendar
from tests.core.stories import BERLIN, FOLLOW_UP, Story, cycles

MONDAY = "2026-01-05 09:00"
REPS: list[dict[str, Any]] = [
    {"id": "rita", "name": "Rita", "team": "emea"},
    {"id": "ben", "name": "Ben", "team": "us"},
    {"id": "cleo"},
    {"id": "dora"},
    {"id": "queue", "name": "Inbound queue", "automated": True},
]


def states(story: Story, terms: dict[str, Any], **more: Any) -> dict[str, str]:
    return {cycle["lead"]: cycle["state"] for cycle in cycles(story, terms, **more)}


def due(story: Story, terms: dict[str, Any], **more: Any) -> dict[str, str]:
    return {cycle["lead"]: cycle["due_at"] for cycle in cycles(story, terms, **more)}


def answered_by(pattern: Any, *, before: dict[str, Any] | None = None, **event: Any) -> str:
    """The state of Rita's lead after one event at half past nine."""
    story = Story().owner("2026-01-02 09:00", "rita").stage(MONDAY, "mql", **(before or {}))
    story.tell("2026-01-05 09:30", **({"kind": "activity", "name": "call"} | event))
    return states(story, FOLLOW_UP | {"met_by": pattern, "cancelled_by": {"stage": "customer"}}, people=REPS)["ada"]


# Patterns.


@pytest.mark.parametrize(
    ("pattern", "event", "state"),
    [
        ({"activity": "call", "direction": "inbound"}, {"direction": "inbound"}, "met"),
        ({"activity": "call", "direction": "inbound"}, {"direction": "outbound"}, "breached"),
        ({"activity": "call", "direction": "inbound"}, {"direction": None}, "breached"),
        ({"activity": "call"}, {"direction": None}, "met"),
        ({"activity": "call", "automated": True}, {"automated": True}, "met"),
        ({"activity": "call", "automated": True}, {}, "breached"),
        ({"activity": "call", "automated": False}, {"automated": True}, "breached"),
        ({"activity": ["email", "call"]}, {}, "met"),
        ({"activity": "email"}, {}, "breached"),
        ({"activity": "call", "min_seconds": 30}, {"seconds": 30}, "met"),
        ({"activity": "call", "min_seconds": 30}, {"seconds": 29}, "breached"),
        ({"activity": "call", "min_seconds": 30}, {}, "breached"),
        ({"activity": "call", "outcome": ["connected", "held"]}, {"outcome": "held"}, "met"),
        ({"activity": "call", "outcome": "connected"}, {"outcome": "busy"}, "breached"),
        ({"activity": "call", "by": "anyone"}, {"actor": "ben"}, "met"),
        ({"activity": "call", "by": "owner"}, {"actor": "rita"}, "met"),
        ({"activity": "call", "by": "owner"}, {"actor": "ben"}, "breached"),
        ({"activity": "call", "by": "owner"}, {}, "breached"),
        ({"activity": "call", "by": "team"}, {}, "breached"),
        ({"activity": "call", "by": "team"}, {"actor": "cleo"}, "breached"),
        ({"touch": "form"}, {"kind": "touch", "name": "form"}, "met"),
        ({"touch": "form", "asset": "demo*"}, {"kind": "touch", "name": "form", "value": "demo request"}, "met"),
        ({"touch": "form", "asset": "demo*"}, {"kind": "touch", "name": "form", "value": "a demo"}, "breached"),
        ({"touch": "form", "asset": "demo*"}, {"kind": "touch", "name": "form"}, "breached"),
        ({"touch": "form", "asset": "demo*"}, {"kind": "touch", "name": "visit", "value": "demo"}, "breached"),
        ({"stage": "sal"}, {"kind": "touch", "name": "sal"}, "breached"),
        ({"owner": "assigned"}, {"kind": "owner", "name": "assigned", "owner": "ben"}, "met"),
        ({"owner": "assigned"}, {"kind": "owner", "name": "assigned", "owner": "rita"}, "breached"),
        ({"owner": "assigned"}, {"kind": "owner", "name": "assigned", "owner": "queue"}, "breached"),
        ({"owner": "unassigned"}, {"kind": "owner", "name": "assigned", "owner": "queue"}, "met"),
        ({"owner": "unassigned"}, {"kind": "owner", "name": "unassigned"}, "met"),
        ({"attribute": "reason"}, {"kind": "attribute", "name": "reason", "value": "budget"}, "met"),
        ({"attribute": "reason", "to": ["budget", "timing"]}, {"kind": "attribute", "name": "reason", "value": "timing"}, "met"),
        ({"attribute": "reason", "to": "budget"}, {"kind": "attribute", "name": "reason", "value": "timing"}, "breached"),
        ({"attribute": "other"}, {"kind": "attribute", "name": "reason", "value": "budget"}, "breached"),
        ([{"stage": "sal"}, {"touch": "form"}], {"kind": "stage", "name": "sal"}, "met"),
        ([{"stage": "sal"}, {"touch": "form"}], {"kind": "touch", "name": "form"}, "met"),
        ({"merged": True}, {"kind": "merged", "value": "ada"}, "met"),
        ({"deleted": True}, {"kind": "restored"}, "breached"),
    ],
)
def test_a_pattern_means_just_what_it_says(pattern: Any, event: dict[str, Any], state: str) -> None:
    assert answered_by(pattern, **event) == state


def test_a_person_without_a_team_is_in_nobodys_team_but_answers_for_leads_of_their_own() -> None:
    terms = FOLLOW_UP | {"met_by": {"activity": "call", "by": "team"}}
    story = Story()
    for lead, actor in (("own", "cleo"), ("other", "dora")):
        story.owner("2026-01-02 09:00", "cleo", lead).stage(MONDAY, "mql", lead).call("2026-01-05 09:30", lead, actor=actor)
    assert states(story, terms, people=REPS) == {"other": "breached", "own": "met"}


def test_nobodys_activity_is_not_the_owners_of_a_lead_that_nobody_holds() -> None:
    terms = FOLLOW_UP | {"met_by": {"activity": "call", "by": "owner"}}
    story = Story().owner("2026-01-02 09:00", None).stage(MONDAY, "mql").call("2026-01-05 09:30")
    assert states(story, terms, people=REPS) == {"ada": "breached"}


def test_the_owner_is_who_held_the_lead_when_it_happened() -> None:
    terms = FOLLOW_UP | {"met_by": {"activity": "call", "by": "owner"}}
    story = (
        Story()
        .owner("2026-01-02 09:00", "rita")
        .stage(MONDAY, "mql")
        .call("2026-01-05 09:30", actor="ben")
        .owner("2026-01-05 09:40", "ben")
    )
    assert states(story, terms, people=REPS) == {"ada": "breached"}
    assert states(story.call("2026-01-05 10:00", actor="ben"), terms, people=REPS) == {"ada": "met"}


# What ends a cycle.


@pytest.mark.parametrize(
    ("pattern", "state"), [({"deleted": True}, "breached"), ({"merged": True}, "breached"), ({"stage": "sal"}, "cancelled")]
)
def test_a_merge_or_a_deletion_that_was_taken_back_takes_nothing_out(pattern: dict[str, Any], state: str) -> None:
    story = Story().stage(MONDAY, "mql").tell("2026-01-05 09:10", "deleted").tell("2026-01-05 09:20", "restored")
    story.tell("2026-01-05 09:30", "merged", lead="old", value="ada").stage("2026-01-05 09:40", "sal")
    assert states(story, FOLLOW_UP | {"cancelled_by": pattern}) == {"ada": state}


def test_a_deletion_cancels_whatever_the_terms_list_and_only_its_own_lead() -> None:
    terms = {key: value for key, value in FOLLOW_UP.items() if key != "cancelled_by"}
    story = Story().stage(MONDAY, "mql").tell("2026-01-05 09:10", "deleted").stage(MONDAY, "mql", "bea").stage(MONDAY, "mql", "cid")
    story.tell("2026-01-05 09:10", "deleted", lead="cid").tell("2026-01-05 09:20", "restored", lead="bea")
    assert states(story, terms) == {"ada": "cancelled", "bea": "breached", "cid": "cancelled"}


def test_a_second_deletion_after_a_restoration_cancels() -> None:
    story = Story().stage(MONDAY, "mql").tell("2026-01-05 09:10", "deleted").tell("2026-01-05 09:20", "restored")
    assert states(story.tell("2026-01-05 10:00", "deleted"), FOLLOW_UP) == {"ada": "cancelled"}


def test_the_deletion_of_a_record_that_was_merged_away_deletes_nobody() -> None:
    story = (
        Story()
        .stage(MONDAY, "mql", "bea")
        .tell("2026-01-05 09:10", "merged", lead="ada", value="bea")
        .tell("2026-01-05 09:20", "deleted", lead="ada")
    )
    assert states(story, FOLLOW_UP) == {"bea": "breached"}
    assert states(story.tell("2026-01-05 09:30", "deleted", lead="bea"), FOLLOW_UP) == {"bea": "cancelled"}


# Contact ends a cadence well.


@pytest.mark.parametrize(
    ("event", "state"),
    [
        ({"name": "reply"}, "met"),
        ({"name": "meeting", "direction": "outbound"}, "met"),
        ({"name": "call", "outcome": "connected", "direction": "outbound"}, "met"),
        ({"name": "call", "outcome": "busy", "direction": "outbound"}, "cancelled"),
        ({"name": "email", "outcome": "connected", "direction": "outbound"}, "cancelled"),
        ({"name": "email", "direction": "inbound"}, "met"),
        ({"kind": "touch", "name": "reply"}, "cancelled"),
    ],
)
def test_what_is_two_way_keeps_a_cadence_that_it_ends(event: dict[str, Any], state: str) -> None:
    terms = FOLLOW_UP | {"kind": "cadence", "attempts": 2, "attempt": {"activity": "visit"}, "within": "5wd"}
    for key in ("met_by", "cancelled_by"):
        terms.pop(key)
    ends = [{"activity": ["reply", "meeting", "call", "email"]}, {"touch": "reply"}]
    story = Story().stage(MONDAY, "mql").tell("2026-01-05 10:00", **({"kind": "activity"} | event))
    assert states(story, terms | {"ended_by": ends}) == {"ada": state}


# Filters.


def test_what_is_known_at_an_instant_has_no_order_within_it() -> None:
    terms = FOLLOW_UP | {"applies_to": {"segment": "smb"}}
    story = Story()
    for number, lead in enumerate(("first", "last", "later")):
        at = "2026-01-05 09:00:01" if lead == "later" else MONDAY
        story.tell(at, "attribute", "segment", lead, value="smb", position=0 if lead == "first" else 9)
        story.stage(MONDAY, "mql", lead, position=number + 1)
    assert states(story, terms) == {"first": "breached", "last": "breached"}


@pytest.mark.parametrize(
    ("condition", "meant"),
    [
        ({"not": "us"}, ["emea", "none"]),
        ({"not": ["us", "emea"]}, ["none"]),
        ("emea", ["emea"]),
        (["emea", "us"], ["emea", "us"]),
        ({"matches": "e*"}, ["emea"]),
        ({"not": "apac", "matches": "u*"}, ["us"]),
    ],
)
def test_a_filter_means_leads_by_what_is_known_of_them(condition: Any, meant: list[str]) -> None:
    story = Story().stage(MONDAY, "mql", "none")
    for region in ("emea", "us"):
        story.stage(MONDAY, "mql", region, attributes={"region": region})
    assert sorted(states(story, FOLLOW_UP | {"applies_to": {"region": condition}})) == meant


def test_all_conditions_of_a_filter_have_to_hold() -> None:
    terms = FOLLOW_UP | {"applies_to": {"region": "emea", "score": {"at_least": 10, "at_most": 20}, "size": {"above": 1, "below": 5}}}
    story = Story()
    leads = {
        "in": ("emea", 10, 2),
        "top": ("emea", 20, 4.9),
        "us": ("us", 10, 2),
        "low": ("emea", 9, 2),
        "big": ("emea", 10, 5),
        "edge": ("emea", 10, 1),
    }
    for lead, (region, score, size) in leads.items():
        story.stage(MONDAY, "mql", lead, attributes={"region": region, "score": str(score), "size": str(size)})
    assert sorted(states(story, terms)) == ["in", "top"]


def test_of_several_targets_the_first_that_matches_wins() -> None:
    targets = [{"when": {"region": "emea"}, "within": "1wh"}, {"when": {"intent": "hot"}, "within": "30wm"}]
    story = Story()
    for lead, attributes in {"both": {"region": "emea", "intent": "hot"}, "hot": {"intent": "hot"}, "none": {"region": "us"}}.items():
        story.stage(MONDAY, "mql", lead, attributes=attributes)
    found = due(story, FOLLOW_UP | {"targets": targets})
    assert found == {"both": "2026-01-05 10:00", "hot": "2026-01-05 09:30", "none": "2026-01-05 11:00"}


def test_a_bad_number_is_told_of_the_leads_that_it_is_about() -> None:
    targets = [
        {"when": {"amount": {"at_least": 10}, "region": "emea"}, "within": "1wh"},
        {"when": {"size": {"at_least": 10}}, "within": "1wh"},
    ]
    story = Story()
    rows = {
        "fine": ("emea", "5", "5"),
        "bad": ("emea", "lots", "5"),
        "other": ("us", "lots", "5"),
        "matched": ("emea", "10", "big"),
        "both": ("emea", "lots", "big"),
    }
    for lead, (region, amount, size) in rows.items():
        story.stage(MONDAY, "mql", lead, attributes={"region": region, "amount": amount, "size": size})
    found = {cycle["lead"]: (cycle["state"], cycle["reason"]) for cycle in cycles(story, FOLLOW_UP | {"targets": targets})}
    assert found == {
        "fine": ("breached", None),
        "bad": ("unknown", "amount is not a number"),
        "other": ("breached", None),
        "matched": ("breached", None),
        "both": ("unknown", "amount is not a number"),
    }


# Imports.


BATCH = FOLLOW_UP | {"batch": {"size": 2, "within": "3wd"}}


def imported(*times: str, actor: str | None = "ops", prefix: str = "lead", story: Story | None = None) -> Story:
    story = story or Story()
    for number, time in enumerate(times):
        story.stage(time, "mql", f"{prefix}{number}", actor=actor)
    return story


def test_more_leads_than_the_size_with_gaps_of_at_most_ten_minutes_are_an_import() -> None:
    assert set(due(imported("2026-01-05 09:00", "2026-01-05 09:10", "2026-01-05 09:20"), BATCH).values()) == {
        "2026-01-08 09:00",
        "2026-01-08 09:10",
        "2026-01-08 09:20",
    }
    apart = imported("2026-01-05 09:00", "2026-01-05 09:10", "2026-01-05 09:20:00.000001")
    assert set(due(apart, BATCH).values()) == {"2026-01-05 11:00", "2026-01-05 11:10", "2026-01-05 11:20:00.000001"}
    assert set(due(imported("2026-01-05 09:01", "2026-01-05 09:02"), BATCH).values()) == {"2026-01-05 11:01", "2026-01-05 11:02"}


def test_imports_of_two_actors_at_once_are_two_and_nobodys_is_none() -> None:
    story = imported("2026-01-05 09:01", "2026-01-05 09:02")
    imported("2026-01-05 09:03", "2026-01-05 09:04", actor="rita", prefix="hers", story=story)
    imported("2026-01-05 09:01", "2026-01-05 09:02", "2026-01-05 09:03", actor=None, prefix="nobodys", story=story)
    assert {at[:10] for at in due(story, BATCH).values()} == {"2026-01-05"}
    imported("2026-01-05 09:05", prefix="more", story=story)
    assert {lead for lead, at in due(story, BATCH).items() if at.startswith("2026-01-08")} == {"lead0", "lead1", "more0"}


def test_two_imports_of_one_day_are_both_imports() -> None:
    story = imported("2026-01-05 09:01", "2026-01-05 09:02", "2026-01-05 09:03")
    imported("2026-01-05 12:01", "2026-01-05 12:02", "2026-01-05 12:03", prefix="noon", story=story)
    assert {at[:10] for at in due(story, BATCH).values()} == {"2026-01-08"}


@pytest.mark.parametrize(
    ("at", "day"),
    [
        ("2026-01-05 00:00", "2026-01-05"),
        ("2026-01-04 23:00", "2026-01-05"),
        ("2026-01-04 23:00:00.000001", "2026-01-08"),
        ("2026-01-05 00:00:01", "2026-01-08"),
    ],
)
def test_dates_at_midnight_in_utc_or_the_promises_zone_are_no_import(at: str, day: str) -> None:
    found = due(imported(at, at, at), BATCH | {"calendar": "berlin"}, calendars={"berlin": BERLIN})
    assert {each[:10] for each in found.values()} == {day}


def test_a_start_up_to_ten_minutes_after_the_last_creation_belongs_to_the_import() -> None:
    story = Story()
    for number in range(3):
        story.tell(f"2026-01-05 09:0{number + 1}", "touch", "list", f"lead{number}", actor="ops")
    story.stage("2026-01-05 09:13", "mql", "lead0").stage("2026-01-05 09:13:00.000001", "mql", "lead1").stage(
        "2026-01-05 09:10", "mql", "single"
    )
    assert due(story, BATCH) == {"lead0": "2026-01-08 09:13", "lead1": "2026-01-05 11:13:00.000001", "single": "2026-01-05 11:10"}


def test_an_import_has_its_own_target_before_all_others() -> None:
    targets = [{"when": {"region": "emea"}, "within": "1wh"}]
    story = imported("2026-01-05 09:01", "2026-01-05 09:02", "2026-01-05 09:03")
    for row in story.rows:
        row["attributes"] = '{"region": "emea"}'
    assert {at[:10] for at in due(story, BATCH | {"targets": targets}).values()} == {"2026-01-08"}


# Whose calendar.


EARLY, LATE = Calendar("UTC", {"mon-fri": ["06:00-10:00"]}), Calendar("UTC", {"mon-fri": ["12:00-20:00"]})


def test_each_leads_first_human_holder_fixes_its_calendar() -> None:
    people: list[dict[str, Any]] = [
        {"id": "rita", "calendar": "early"},
        {"id": "ben", "calendar": "late"},
        {"id": "cleo"},
        {"id": "dora", "calendar": "gone"},
    ]
    people += [{"id": "queue", "automated": True, "calendar": "late"}]
    story = Story()
    for lead, owner in (("a", "rita"), ("b", "ben"), ("c", "cleo"), ("d", "dora"), ("e", "queue"), ("f", None)):
        story.owner("2026-01-02 09:00", owner, lead).stage(MONDAY, "mql", lead)
    story.owner("2026-01-05 09:30", "rita", "e").owner("2026-01-05 09:40", "ben", "e").owner("2026-01-05 11:00", "ben", "f")
    found = due(
        story, FOLLOW_UP | {"calendar": "owner"}, people=people, calendars={"early": EARLY, "late": LATE}, default_calendar="office"
    )
    office, early, late = "2026-01-05 11:00", "2026-01-06 07:00", "2026-01-05 14:00"
    assert found == {"a": early, "b": late, "c": office, "d": office, "e": early, "f": late}


def test_an_owner_after_due_or_after_the_answer_brings_no_calendar() -> None:
    people = [{"id": "rita", "calendar": "late"}]
    story = Story()
    for lead, at in (("late", "11:00:00.000001"), ("answered", "10:00"), ("at due", "11:00"), ("at answer", "09:30")):
        story.owner("2026-01-02 09:00", None, lead).stage(MONDAY, "mql", lead).owner(f"2026-01-05 {at}", "rita", lead)
        if "answer" in lead:
            story.call("2026-01-05 09:30", lead)
    found = due(story, FOLLOW_UP | {"calendar": "owner"}, people=people, calendars={"late": LATE}, default_calendar="office")
    assert found == {
        "answered": "2026-01-05 11:00",
        "at answer": "2026-01-05 14:00",
        "at due": "2026-01-05 14:00",
        "late": "2026-01-05 11:00",
    }


def test_without_a_calendar_of_its_own_a_promise_runs_on_the_workspaces() -> None:
    terms = {key: value for key, value in FOLLOW_UP.items() if key != "calendar"}
    story = Story().stage("2026-01-05 08:00", "mql")
    assert due(story, terms, default_calendar="office") == {"ada": "2026-01-05 11:00"}
    assert due(story, terms) == {"ada": "2026-01-05 10:00"}


# Logged late.


@pytest.mark.parametrize(
    ("allowed", "recorded", "state"),
    [
        ("24h", "2026-01-06 09:30", "met"),
        ("24h", "2026-01-06 09:30:00.000001", "breached"),
        ("4wh", "2026-01-05 13:30", "met"),
        ("4wh", "2026-01-05 13:30:01", "breached"),
        ("1wd", "2026-01-06 09:30", "met"),
        ("1wd", "2026-01-06 09:30:01", "breached"),
        ("24h", "2026-01-05 09:00", "met"),
    ],
)
def test_an_answer_counts_if_it_was_recorded_soon_enough(allowed: str, recorded: str, state: str) -> None:
    story = Story().stage(MONDAY, "mql").call("2026-01-05 09:30", recorded_at=recorded)
    assert states(story, FOLLOW_UP | {"late_logging": allowed}) == {"ada": state}

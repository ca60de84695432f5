"""Rules of versions (section 6): which version judges a cycle, and what activating one does to cycles that are open."""

from collections.abc import Mapping
from typing import Any

import pytest

from slamon.core.alerts.notices import notices
from slamon.core.alerts.routing import Routing
from slamon.core.explain import explain
from slamon.core.verdicts import Rulings
from slamon.core.verdicts.activation import Activation, put_on
from slamon.core.working_time.instants import iso
from slamon.terminal.explained import lines
from tests.core.stories import FOLLOW_UP, Story, cycles, instant, judged, promises

OLD = FOLLOW_UP | {"within": "8wh", "effective_until": "2026-01-07"}
NEW = FOLLOW_UP | {"within": "2wh", "effective_from": "2026-01-07"}
ALERTS = [{"at": "50%", "to": ["holder"]}, {"at": "breach", "to": ["holder"]}, {"at": "breach + 1wh", "to": ["holder"]}]
OPEN = Story().stage("2026-01-06 16:00", "mql")  # by the old version due Wednesday 16:00


def put_on_open_cycles(at: str, version: str = "2026-01-07") -> Rulings:
    return Rulings(activated=(Activation("follow-up", version, instant(at), "ana", "agreed in the weekly"),))


def judged_by(story: Story, *terms: Mapping[str, Any], **more: Any) -> list[tuple[str, str | None, str]]:
    found = cycles(story, *(terms or (OLD, NEW)), **more)
    return [(cycle["version"], cycle["due_at"], cycle["state"]) for cycle in found]


def test_without_an_activation_an_open_cycle_keeps_the_version_in_force_at_its_start() -> None:
    assert judged_by(OPEN, as_of="2026-01-07 12:00") == [("2025-01-01", "2026-01-07 16:00", "pending")]


def test_an_activation_puts_the_new_version_on_an_open_cycle_from_its_start() -> None:
    activated = put_on_open_cycles("2026-01-07 09:30")
    assert judged_by(OPEN, rulings=activated, as_of="2026-01-07 09:30") == [("2026-01-07", "2026-01-07 10:00", "pending")]


def test_an_activation_keeps_the_cycles_identity_so_that_nothing_is_said_twice() -> None:
    (before,), (after,) = cycles(OPEN, OLD, NEW), cycles(OPEN, OLD, NEW, rulings=put_on_open_cycles("2026-01-07 09:30"))
    assert (before["version"], after["version"]) == ("2025-01-01", "2026-01-07")
    assert before["cycle_id"] == after["cycle_id"]


def test_an_activation_recorded_later_than_as_of_does_not_count() -> None:
    activated = put_on_open_cycles("2026-01-07 09:30")
    assert judged_by(OPEN, rulings=activated, as_of="2026-01-07 09:29") == [("2025-01-01", "2026-01-07 16:00", "pending")]


def test_an_activation_before_the_version_is_in_force_waits_for_it() -> None:
    activated = put_on_open_cycles("2026-01-06 17:00")
    assert judged_by(OPEN, rulings=activated, as_of="2026-01-06 23:59") == [("2025-01-01", "2026-01-07 16:00", "pending")]
    assert judged_by(OPEN, rulings=activated, as_of="2026-01-07 00:00") == [("2026-01-07", "2026-01-07 10:00", "pending")]


@pytest.mark.parametrize(("at", "version"), [("2026-01-07 09:30", "2025-01-01"), ("2026-01-07 09:31", "2026-01-07")])
def test_a_cycle_that_is_answered_by_the_activation_keeps_its_version(at: str, version: str) -> None:
    story = Story().stage("2026-01-06 16:00", "mql").call(at)
    assert [row[0] for row in judged_by(story, rulings=put_on_open_cycles("2026-01-07 09:30"))] == [version]


def test_a_cycle_that_is_cancelled_by_the_activation_keeps_its_version() -> None:
    story = Story().stage("2026-01-06 16:00", "mql").stage("2026-01-07 09:15", "disqualified")
    assert [row[0] for row in judged_by(story, rulings=put_on_open_cycles("2026-01-07 09:30"))] == ["2025-01-01"]


@pytest.mark.parametrize(("at", "version"), [("2026-01-07 16:00", "2026-01-07"), ("2026-01-07 16:01", "2025-01-01")])
def test_a_cycle_that_is_past_due_by_the_activation_keeps_its_version(at: str, version: str) -> None:
    assert [row[0] for row in judged_by(OPEN, rulings=put_on_open_cycles(at))] == [version]


def test_a_cycle_whose_lead_the_new_version_is_not_about_keeps_its_version() -> None:
    story = Story().stage("2026-01-06 16:00", "mql", "ada", attributes={"segment": "smb"})
    story.stage("2026-01-06 16:00", "mql", "bea", attributes={"segment": "enterprise"})
    narrower = NEW | {"applies_to": {"segment": "smb"}}
    found = judged_by(story, OLD, narrower, rulings=put_on_open_cycles("2026-01-07 09:30"), as_of="2026-01-07 09:30")
    assert found == [("2026-01-07", "2026-01-07 10:00", "pending"), ("2025-01-01", "2026-01-07 16:00", "pending")]


def test_a_paused_cycle_is_open_and_is_taken_over() -> None:
    pause = {"pause": {"while": [{"stage": "nurture"}]}, "debounce": "9d"}
    story = Story().stage("2026-01-06 16:00", "mql").stage("2026-01-06 16:30", "nurture").stage("2026-01-08 09:00", "mql")
    found = judged_by(story, OLD | pause, NEW | pause, rulings=put_on_open_cycles("2026-01-07 09:30"), as_of="2026-01-08 09:30")
    assert found == [("2026-01-07", "2026-01-08 10:30", "pending")]


def test_the_answers_of_the_new_version_count_on_cycles_it_took_over() -> None:
    story = Story().stage("2026-01-06 16:00", "mql").call("2026-01-06 16:30", name="email")
    wider = NEW | {"met_by": {"activity": ["call", "email"], "direction": "outbound"}}
    assert judged_by(story, OLD, wider) == [("2025-01-01", "2026-01-07 16:00", "breached")]
    assert judged_by(story, OLD, wider, rulings=put_on_open_cycles("2026-01-07 09:30")) == [("2026-01-07", "2026-01-07 10:00", "met")]


def test_a_start_that_the_open_cycle_had_absorbed_is_judged_by_the_new_version_too() -> None:
    story = Story().stage("2026-01-06 09:00", "mql").stage("2026-01-06 14:00", "mql")
    quick = NEW | {"debounce": "1h"}
    found = judged_by(story, OLD, quick, rulings=put_on_open_cycles("2026-01-06 15:00"), as_of="2026-01-07 00:00")
    assert found == [("2025-01-01", "2026-01-06 17:00", "breached")]  # past due before the new version was in force
    longer = OLD | {"within": "16wh"}
    found = judged_by(story, longer, quick, rulings=put_on_open_cycles("2026-01-06 15:00"), as_of="2026-01-07 00:00")
    assert found == [("2026-01-07", "2026-01-06 11:00", "breached"), ("2026-01-07", "2026-01-06 16:00", "breached")]


def test_starts_after_the_activation_are_judged_by_the_version_in_force_as_ever() -> None:
    story = Story().stage("2026-01-06 16:00", "mql").stage("2026-01-09 09:00", "mql")
    found = judged_by(story, rulings=put_on_open_cycles("2026-01-07 09:30"))
    assert [row[0] for row in found] == ["2026-01-07", "2026-01-07"]


def test_an_activation_of_another_promise_or_of_a_version_that_is_gone_changes_nothing() -> None:
    others = (
        Activation("nurture", "2026-01-07", instant("2026-01-07 09:30")),
        Activation("follow-up", "2025-09-09", instant("2026-01-07 09:30")),
    )
    assert judged_by(OPEN, rulings=Rulings(activated=others)) == judged_by(OPEN)


def test_two_activations_take_over_one_after_the_other() -> None:
    middle = NEW | {"within": "24wh", "effective_until": "2026-01-08"}
    last = NEW | {"within": "1wd", "effective_from": "2026-01-08"}
    first = Activation("follow-up", "2026-01-07", instant("2026-01-07 09:30"))
    second = Activation("follow-up", "2026-01-08", instant("2026-01-08 09:30"))
    for activated, expected in (((first,), "2026-01-09 16:00"), ((second,), "2026-01-07 16:00"), ((second, first), "2026-01-07 16:00")):
        (row,) = judged_by(OPEN, OLD, middle, last, rulings=Rulings(activated=activated))
        assert row[1] == expected
    (row,) = judged_by(OPEN, OLD, middle, last, rulings=Rulings(activated=(second, first)))
    assert row[0] == "2026-01-08"  # by then the middle version had kept it open


def test_an_open_cadence_is_taken_over_with_the_attempts_made_so_far() -> None:
    old = FOLLOW_UP | {"sla": "follow-up", "kind": "cadence", "attempts": 4, "attempt": {"activity": "call"}, "within": "10wd"}
    old = {key: value for key, value in old.items() if key not in ("met_by", "cancelled_by")} | {"effective_until": "2026-01-07"}
    new = {key: value for key, value in old.items() if key != "effective_until"} | {"effective_from": "2026-01-07", "attempts": 2}
    story = Story().stage("2026-01-05 09:00", "mql").call("2026-01-05 10:00").call("2026-01-06 10:00")
    assert [cycle["state"] for cycle in cycles(story, old, new, as_of="2026-01-07 12:00")] == ["pending"]
    activated = put_on_open_cycles("2026-01-07 09:30")
    assert [(cycle["version"], cycle["state"]) for cycle in cycles(story, old, new, rulings=activated, as_of="2026-01-07 12:00")] == [
        ("2026-01-07", "met")
    ]


def test_a_verdict_knows_which_version_the_cycle_began_under_and_who_put_another_on_it() -> None:
    story = Story().stage("2026-01-06 16:00", "mql").stage("2026-01-07 09:00", "mql", "bea")
    activated = put_on_open_cycles("2026-01-07 09:30")
    (found,) = judged(story, OLD, NEW, rulings=activated).per_lead
    assert [put_on(found.promised, found.versions, found.activations, row) for row in range(2)] == [
        ("2025-01-01", activated.activated[0]),
        None,
    ]
    (without,) = judged(story, OLD, NEW).per_lead
    assert put_on(without.promised, without.versions, without.activations, 0) is None


# When a version is in force.


@pytest.mark.parametrize(("start", "version"), [("2026-01-06 22:59:59", "2025-01-01"), ("2026-01-06 23:00", "2026-01-07")])
def test_a_version_is_in_force_from_midnight_in_its_calendars_zone(start: str, version: str) -> None:
    old, new = OLD | {"calendar": "berlin"}, NEW | {"calendar": "berlin"}
    assert [row[0] for row in judged_by(Story().stage(start, "mql"), old, new)] == [version]


def test_a_start_that_no_version_is_in_force_at_opens_nothing() -> None:
    early, gap, late = "2025-01-31 09:00", "2026-01-08 09:00", "2026-01-12 09:00"
    old, new = OLD | {"effective_from": "2025-02-01"}, NEW | {"effective_from": "2026-01-12"}
    story = Story().stage(early, "mql").stage(gap, "mql").stage(late, "mql")
    assert [cycle["started_at"] for cycle in cycles(story, old, new)] == [late]


def test_an_explanation_says_who_put_the_version_on_the_cycle_when_and_why() -> None:
    judgement = judged(OPEN, OLD, NEW, rulings=put_on_open_cycles("2026-01-07 09:30"))
    found = explain(judgement, promises(OLD, NEW), "ada")
    assert found is not None
    assert "it began under 2025-01-01: this version was put on it Wed 2026-01-07 09:30 by ana, agreed in the weekly" in "\n".join(
        str(line) for line in lines(found)
    )
    plain = explain(judged(OPEN, OLD, NEW), promises(OLD, NEW), "ada")
    assert plain is not None
    assert [cycle.put_on for cycle in plain.cycles] == [None]


def told_after_activating(within: str, as_of: str, story: Story = OPEN) -> list[tuple[str, str]]:
    terms = (OLD, NEW | {"within": within, "alerts": ALERTS})
    rulings = put_on_open_cycles("2026-01-07 09:30")
    judgement = judged(story, *terms, rulings=rulings, as_of=as_of, people=[{"id": "rita", "email": "rita@example.com"}])
    found = notices(judgement, promises(*terms), Routing("#sla", {}), instant("2026-01-01 00:00"), {})
    return [(each.kind, iso(each.instant)[:16].replace("T", " ")) for each in found]


def test_nobody_hears_of_a_cycle_that_was_past_due_already_when_a_version_was_put_on_it() -> None:
    (at_once,) = cycles(OPEN, OLD, NEW | {"within": "1wh"}, rulings=put_on_open_cycles("2026-01-07 09:30"))
    assert (at_once["due_at"], at_once["state"]) == ("2026-01-06 17:00", "breached")
    for as_of in ("2026-01-07 09:30", "2026-01-07 12:00", "2026-01-08 12:00"):
        assert told_after_activating("1wh", as_of) == []


def test_a_cycle_that_can_still_be_kept_under_the_version_put_on_it_warns_and_breaches_as_ever() -> None:
    assert told_after_activating("2wh", "2026-01-07 09:30") == [("warning", "2026-01-06 17:00")]
    assert told_after_activating("2wh", "2026-01-07 10:30") == [("breach", "2026-01-07 10:00")]
    assert told_after_activating("2wh", "2026-01-07 11:00") == [("breach", "2026-01-07 10:00"), ("escalation", "2026-01-07 11:00")]


def test_a_cycle_that_begins_under_the_new_version_is_not_concerned_by_its_activation() -> None:
    later = Story().stage("2026-01-07 00:30", "mql")
    terms = {"within": "30m", "calendar": "office"}
    (cycle,) = cycles(later, OLD, NEW | terms, rulings=put_on_open_cycles("2026-01-07 09:30"))
    assert (cycle["due_at"], cycle["state"]) == ("2026-01-07 01:00", "breached")
    assert told_after_activating("30m", "2026-01-07 10:00", later)[0] == ("breach", "2026-01-07 01:00")

"""An explanation as data gives the verdict again, on histories and promises at random: nothing else is looked at."""

import json
import os
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from slamon.core.explain import as_data, differences, explain, replay
from slamon.core.working_time.instants import NEVER, iso
from tests.core.stories import PROMISE, Story, promises
from tests.core.stories import judged as judged_story
from tests.oracle.cases import Case, definition_set, judged
from tests.oracle.histories_at_random import looked_at

NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
SLOW_ON_PURPOSE = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)
REPLAYED = ("state", "due_at", "answered_at", "attempts", "strict_state", "cause")


def readable(row: dict[Any, Any]) -> dict[str, Any]:
    """A verdict's figures as an explanation writes them."""
    return {key: (iso(row[key]) if row[key] != NEVER else None) if key.endswith("_at") else row[key] for key in REPLAYED}


def expect_the_same(case: Case, as_of: datetime) -> None:
    judgement, definitions = judged(case, as_of), definition_set(case)
    verdicts = {row["cycle_id"]: row for row in judgement.verdicts().to_dict("records")}
    for lead in sorted({event.lead for event in case.events}):
        found = explain(judgement, definitions, lead)
        if found is None:
            continue
        data = json.loads(json.dumps(as_data(found)))
        assert not differences(data), f"{lead}: {differences(data)}\n{case!r}"
        for cycle in replay(data)["cycles"]:
            assert {key: cycle[key] for key in REPLAYED} == readable(verdicts[cycle["cycle_id"]]), f"{lead}\n{case!r}"


@pytest.mark.no_cover  # the examples are random
@pytest.mark.parametrize("kind", ["deadline", "cadence"])
def test_replaying_an_explanation_of_a_random_history_gives_its_verdicts(kind: str) -> None:
    @settings(max_examples=60 * (20 if NIGHTLY else 1), suppress_health_check=SLOW_ON_PURPOSE, deadline=timedelta(seconds=20))
    @given(looked_at((kind,)))
    def replays(looked: tuple[Case, list[datetime]]) -> None:
        case, moments = looked
        for as_of in moments:
            expect_the_same(case, as_of)

    replays()


WARNED = [["50%", "80%"], ["30m"], ["2wh"], ["1wd"], ["1d", "90%"]]
LENGTHS = ["2wh", "26wh", "3wd", "30h"]


@pytest.mark.parametrize("warn_at", WARNED, ids=str)
@pytest.mark.parametrize("within", LENGTHS)
@pytest.mark.parametrize("kind", ["deadline", "cadence"])
def test_warnings_of_every_unit_are_replayed(kind: str, within: str, warn_at: list[str]) -> None:
    terms: dict[str, Any] = PROMISE | {"sla": "promise", "kind": kind, "start": {"stage": "mql"}, "within": within, "warn_at": warn_at}
    pattern: dict[str, Any] = {"activity": "call", "direction": "outbound"}
    stands: dict[str, Any] = {"pause": {"while": {"stage": "nurture"}}}
    terms |= {"met_by": pattern} | stands if kind == "deadline" else {"attempts": 2, "attempt": pattern, "gap": {"min": "1h"}}
    for answered in (False, True):
        story = Story().stage("2026-01-09 15:00", "mql").stage("2026-01-12 10:00", "nurture").stage("2026-01-12 13:00", "sal")
        if answered:
            story.call("2026-01-14 10:30")
        found = explain(judged_story(story, terms), promises(terms), "ada")
        assert found is not None
        data = json.loads(json.dumps(as_data(found)))
        assert not differences(data)
        assert answered or all(each["at"] for each in data["cycles"][0]["warnings"][: len(warn_at)])


@pytest.mark.parametrize("within", [*LENGTHS, "10d"])
@pytest.mark.parametrize("gap", [{"min": "1h"}, {"min": "1wd", "max": "2wd"}, {"min": "2wh", "max": "1d"}], ids=str)
def test_a_cadence_that_stood_while_its_lead_was_deleted_is_replayed(within: str, gap: dict[str, str]) -> None:
    terms: dict[str, Any] = PROMISE | {"sla": "promise", "kind": "cadence", "start": {"stage": "mql"}, "within": within, "attempts": 2}
    terms |= {"attempt": {"activity": "call", "direction": "outbound"}, "gap": gap, "channels": 1}
    for calls in ((), ("2026-01-09 15:10",), ("2026-01-09 15:10", "2026-01-13 11:00")):
        story = Story().stage("2026-01-09 15:00", "mql")
        story.tell("2026-01-09 15:30", "deleted").tell("2026-01-13 10:00", "restored")
        for at in calls:
            story.call(at)
        found = explain(judged_story(story, terms), promises(terms), "ada")
        assert found is not None
        data = json.loads(json.dumps(as_data(found)))
        assert not differences(data)
        stood = data["cycles"][0]["due_at"] > "2026-01-09T15:30"  # a window shorter than its gap is over before
        assert [each["why"] for each in data["cycles"][0]["pauses"]] == ["paused: deleted meanwhile"] * stood


def test_a_changed_explanation_does_not_replay() -> None:
    terms = PROMISE | {"sla": "promise", "kind": "deadline", "start": {"stage": "mql"}, "within": "2wh", "met_by": {"activity": "call"}}
    found = explain(judged_story(Story().stage("2026-01-09 15:00", "mql").call("2026-01-09 16:00"), terms), promises(terms), "ada")
    assert found is not None
    data = as_data(found)
    data["cycles"][0]["candidates"][0]["logged_late"] = True
    assert differences(data)[0] == "promise, cycle 1: state is met, computed again breached"


def test_a_warning_that_was_moved_is_found() -> None:
    terms = PROMISE | {"sla": "promise", "kind": "deadline", "start": {"stage": "mql"}, "within": "2wh", "met_by": {"activity": "call"}}
    found = explain(judged_story(Story().stage("2026-01-09 14:00", "mql"), terms), promises(terms), "ada")
    assert found is not None
    data = as_data(found)
    data["cycles"][0]["warnings"][0]["at"] = "2026-01-09T14:00:00.000000Z"
    assert differences(data) == [
        "promise, cycle 1: warnings are ['2026-01-09T14:00:00.000000Z'], computed again ['2026-01-09T15:36:00.000000Z']"
    ]


def test_a_cadence_of_no_attempts_is_refused() -> None:
    terms: dict[str, Any] = PROMISE | {"sla": "promise", "kind": "cadence", "start": {"stage": "mql"}, "within": "3wd"}
    terms |= {"attempts": 1, "attempt": {"activity": "call"}}
    found = explain(judged_story(Story().stage("2026-01-09 14:00", "mql"), terms), promises(terms), "ada")
    assert found is not None
    data = as_data(found)
    data["cycles"][0]["limits"] = []
    with pytest.raises(ValueError, match="no attempts"):
        replay(data)

"""A proposal on history: beside the promise in force, by the same rules as live, with proof for what it recommends."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from slamon.core.alerts.notices import notices
from slamon.core.alerts.routing import Routing
from slamon.core.backtest import Backtest, Comparison, Question, Telling, UnknownAttributeError, Window, backtest, window_of
from slamon.core.backtest.advice import ENOUGH
from slamon.core.backtest.response_times import response_times
from slamon.core.backtest.sensible_lengths import next_longer, rounded_up
from slamon.core.definitions import Deadline, DefinitionSet
from slamon.core.evaluation import FactFrames, evaluate
from slamon.core.working_time.durations import Duration, Unit, parse_duration
from slamon.core.working_time.instants import HOUR, MINUTE, to_datetime
from tests.core.stories import FOLLOW_UP, PROMISE, Story, instant, judged, promises

FIRST_QUARTER = Window(date(2026, 1, 1), date(2026, 4, 1))
ANA = {"id": "ana", "name": "Ana", "email": "ana@example.com", "team": "emea", "manager": "mia@example.com"}


def tried(
    story: Story,
    proposed: Mapping[str, Any],
    *in_force: Mapping[str, Any],
    as_of: str = "2026-04-01 00:00",
    people: list[dict[str, Any]] | None = None,
    window: Window = FIRST_QUARTER,
    **asked: Any,
) -> Backtest:
    facts = judged(story, *(in_force or (FOLLOW_UP,)), as_of=as_of, people=people).facts
    return backtest(promises(*(in_force or (FOLLOW_UP,))), promises(proposed), [facts], Question(window, **{"enough": 1, **asked}))


def compared(*args: Any, **more: Any) -> Comparison:
    return tried(*args, **more).promises[0]


def answered_after(*minutes: int | None, **more: Any) -> Story:
    """Leads of successive Mondays at 09:00, each answered after so many minutes, or never."""
    story = Story()
    for number, wait in enumerate(minutes):
        start = datetime(2026, 1, 5, 9, tzinfo=UTC) + timedelta(minutes=number)
        story.stage(f"{start:%Y-%m-%d %H:%M}", "mql", lead=f"lead-{number:03}", **more)
        if wait is not None:
            story.call(f"{start + timedelta(minutes=wait):%Y-%m-%d %H:%M}", lead=f"lead-{number:03}")
    return story


def test_a_shorter_target_shows_which_verdicts_change() -> None:
    found = compared(answered_after(30, 90, 150), FOLLOW_UP | {"within": "1wh"})
    assert (found.whole.in_force.n, found.whole.in_force.kept) == (3, 2)  # type: ignore[union-attr]
    assert (found.whole.proposed.n, found.whole.proposed.kept) == (3, 1)
    assert found.whole.difference == pytest.approx(-1 / 3)
    assert found.whole.proposed.low == pytest.approx(0.0615, abs=1e-4)
    assert found.whole.proposed.high == pytest.approx(0.7923, abs=1e-4)
    assert [(each.in_force, each.proposed, each.cycles) for each in found.changes] == [("met", "breached", 1)]
    assert found.only_in_force == found.only_proposed == ()


def test_the_promise_in_force_against_itself_changes_nothing() -> None:
    found = compared(answered_after(30, 90, 150, None), FOLLOW_UP)
    assert found.changes == ()
    assert found.due is not None
    assert (found.due.earlier, found.due.later, found.due.stay, found.due.median_shift_s) == (0, 0, 4, None)
    assert found.alerts_in_force == found.alerts_proposed
    assert found.whole.difference == 0


def test_months_and_segments_stand_beside_each_other() -> None:
    story = Story()
    story.stage("2026-01-30 16:30", "mql", lead="late", attributes={"segment": "smb"}).call("2026-02-02 09:10", lead="late")
    story.stage("2026-01-12 10:00", "mql", lead="soon", attributes={"segment": "enterprise"}).call("2026-01-12 10:10", lead="soon")
    story.stage("2026-01-13 10:00", "mql", lead="bare").call("2026-01-13 12:30", lead="bare")
    found = compared(story, FOLLOW_UP | {"within": "20wm"})
    months = {row.label: (row.in_force.n, row.in_force.kept, row.proposed.n, row.proposed.kept) for row in found.months}  # type: ignore[union-attr]
    assert months == {"2026-01": (2, 1, 3, 1), "2026-02": (1, 1, 0, 0)}  # the Friday's lead is due on Monday, or still on Friday
    segments = {row.label: (row.in_force.kept, row.proposed.kept) for row in found.segments}  # type: ignore[union-attr]
    assert segments == {"(none)": (0, 0), "enterprise": (1, 1), "smb": (1, 0)}


def test_leads_that_only_one_of_both_is_about_are_counted_apart() -> None:
    story = (
        answered_after(30, 30, attributes={"intent": "hot"})
        .stage("2026-01-06 10:00", "mql", lead="cold")
        .stage("2026-01-07 10:00", "sal", lead="x")
    )
    narrower = compared(story, FOLLOW_UP | {"applies_to": {"intent": "hot"}})
    assert (narrower.only_in_force, narrower.only_proposed) == ((("breached", 1),), ())
    wider = compared(story, FOLLOW_UP | {"start": {"stage": ["mql", "sal"]}})
    assert (wider.only_in_force, wider.only_proposed) == ((), (("breached", 1),))


def test_a_proposal_counts_as_in_force_all_the_time_whatever_its_dates() -> None:
    found = compared(answered_after(30), FOLLOW_UP | {"effective_from": "2027-01-01", "effective_until": "2027-02-01"})
    assert found.whole.proposed.n == 1


def test_a_new_promise_stands_alone() -> None:
    found = compared(answered_after(30), FOLLOW_UP | {"sla": "new"})
    assert (found.replaces, found.whole.in_force, found.alerts_in_force, found.due, found.changes) == ((), None, None, None, ())
    assert found.whole.proposed.kept == 1


def test_due_times_move_on_the_working_clock_and_name_the_leads_that_move_furthest() -> None:
    story = Story().stage("2026-01-09 16:00", "mql", lead="friday").stage("2026-01-07 09:00", "mql", lead="midweek")
    due = compared(story, FOLLOW_UP | {"within": "1wd"}).due
    assert due is not None
    assert (due.earlier, due.later, due.stay) == (0, 2, 0)
    assert due.median_shift_s == 6 * 3600  # a working day is eight hours here; the weekend does not count
    assert {each.lead for each in due.largest} == {"friday", "midweek"}


def test_what_no_lead_has_cannot_split() -> None:
    with pytest.raises(UnknownAttributeError, match="no lead has the attribute 'colour'; there are none"):
        tried(answered_after(30), FOLLOW_UP, by="colour")


def test_quotas_stand_beside_each_other_by_period() -> None:
    quota = PROMISE | {"sla": "sqls", "kind": "quota", "counts": {"stage": "sql"}, "target": 3}
    story = (
        Story()
        .stage("2026-01-07 10:00", "sql", lead="a")
        .stage("2026-01-08 10:00", "sql", lead="b")
        .stage("2026-02-03 10:00", "sql", lead="c")
    )
    found = tried(story, quota | {"target": 2, "effective_from": "2030-01-01"}, quota).quotas[0]
    rows = {
        row.period: (row.in_force.state, row.proposed.state, row.proposed.value) for row in found.periods if row.in_force and row.proposed
    }
    assert rows["2026-01"] == ("breached", "met", 2)
    assert set(rows) == {"2026-01", "2026-02", "2026-03"}


def test_cadences_are_compared_like_deadlines() -> None:
    cadence = PROMISE | {
        "sla": "tries",
        "kind": "cadence",
        "start": {"stage": "mql"},
        "attempts": 2,
        "attempt": {"activity": "call"},
        "within": "5wd",
    }
    found = compared(answered_after(30, 40), cadence | {"attempts": 1}, cadence, objective=0.9)
    assert [(each.in_force, each.proposed, each.cycles) for each in found.changes] == [("breached", "met", 2)]
    assert found.advice is None


class TestMessages:
    """What would have been sent is what checks at every five minutes would have sent."""

    TERMS = FOLLOW_UP | {
        "alerts": [
            {"at": "50%", "to": "holder"},
            {"at": "due - 15m", "to": ["holder", "#desk"]},
            {"at": "breach", "to": ["holder", "team channel"]},
            {"at": "breach + 1wh", "to": "manager"},
            {"at": "answered late", "to": [], "update": True},
        ]
    }
    EVERY = 5 * MINUTE
    ROUTING = Routing("#sla")

    @pytest.fixture
    def story(self) -> Story:
        story = Story()
        for lead, at, wait in (
            ("a", "09:00", 30),
            ("b", "09:02", 70),
            ("c", "09:04", 150),
            ("d", "09:06", None),
            ("e", "11:30", 400),
            ("f", "09:03", 119),
        ):
            story.owner(f"2026-01-05 {at}", "bo" if lead == "e" else "ana", lead=lead).stage(f"2026-01-05 {at}", "mql", lead=lead)
            if wait is not None:
                called = datetime.fromisoformat(f"2026-01-05T{at}+00:00") + timedelta(minutes=wait)
                logged = called + timedelta(minutes=25)  # what was logged later was not known before
                story.call(
                    f"{called:%Y-%m-%d %H:%M}", lead=lead, recorded_at=f"{logged:%Y-%m-%d %H:%M}", seen_at=f"{logged:%Y-%m-%d %H:%M}"
                )
        story.owner("2026-01-05 10:30", "bo", lead="c")
        return story

    def live(self, story: Story, definitions: DefinitionSet, people: list[dict[str, Any]]) -> set[tuple[str, str, int]]:
        """(hearer, kind, instant of the check) of every message, check by check."""
        crowd = pd.DataFrame([{"active": True, "automated": False, **each} for each in people])
        said: set[tuple[str, str, int, str]] = set()
        messages: set[tuple[str, str, int]] = set()
        for now in range(instant("2026-01-05 09:00"), instant("2026-01-05 20:00"), self.EVERY):
            judgement = evaluate(definitions, FactFrames(story.frame(), crowd), to_datetime(now))
            for notice in notices(judgement, definitions, self.ROUTING, 0, {}):
                for to in notice.recipients:
                    key = (notice.cycle_id, notice.kind, notice.sequence, to.address)
                    if key not in said:
                        said.add(key)
                        messages.add((to.address, notice.kind, now))
        return messages

    def test_they_are_those_that_live_checks_would_have_sent(self, story: Story) -> None:
        people = [ANA, {"id": "bo", "name": "Bo", "email": "bo@example.com", "team": "emea", "manager": "mia@example.com"}]
        messages = self.live(story, promises(self.TERMS), people)
        assert {kind for _, kind, _ in messages} == {"warning", "breach", "escalation"}
        telling = Telling(self.ROUTING, self.EVERY)
        load = compared(story, self.TERMS, self.TERMS, people=people, telling=telling, as_of="2026-01-05 20:00").alerts_proposed
        kinds = [kind for _, kind, _ in messages]
        assert (load.warnings, load.breaches, load.escalations) == tuple(map(kinds.count, ("warning", "breach", "escalation")))
        to_people = [hearer for hearer, _, _ in messages if not hearer.startswith("#")]
        assert load.people.messages == len(to_people)
        assert load.people.hearers == len(set(to_people)) == 3
        assert load.people.busiest == max(map(to_people.count, to_people))
        assert load.channels.messages == len(messages) - len(to_people)

    def test_days_without_a_message_count_and_the_busiest_is_named(self, story: Story) -> None:
        window = Window(date(2026, 1, 5), date(2026, 1, 12))
        found = compared(story, self.TERMS, self.TERMS, people=[ANA], telling=Telling(self.ROUTING, self.EVERY), window=window)
        load = found.alerts_proposed.people
        assert load.days == 5
        assert load.mean == pytest.approx(load.messages / (5 * load.hearers))
        assert (load.busiest_hearer, load.busiest_day) == ("ana@example.com", "2026-01-05")
        assert [each.messages for each in load.most_told] == sorted((each.messages for each in load.most_told), reverse=True)
        assert sum(each.messages for each in load.most_told) == load.messages
        ana = load.most_told[0]
        assert (ana.hearer, ana.most, ana.most_on, ana.mean) == ("ana@example.com", load.busiest, "2026-01-05", ana.messages / 5)

    def test_a_breach_waits_for_data_that_lag(self) -> None:
        story = answered_after(125)
        hasty = compared(story, FOLLOW_UP).alerts_proposed
        patient = compared(story, FOLLOW_UP, telling=Telling(lag=10 * MINUTE)).alerts_proposed
        assert (hasty.breaches, patient.breaches) == (1, 0)


class TestAdvice:
    """The target that would have been kept at the objective, proven by judging with it."""

    OBJECTIVE: Mapping[str, Any] = {"objective": {"compliance": "90%"}}

    def advised(self, story: Story, terms: Mapping[str, Any], **more: Any) -> Any:
        found = compared(story, {**FOLLOW_UP, **self.OBJECTIVE, **terms}, **more).advice
        assert found is not None
        return found

    def kept_with(self, story: Story, within: str) -> float:
        states = judged(story, FOLLOW_UP | {"within": within}, as_of="2026-04-01 00:00").verdicts()["state"]
        return float((states == "met").mean())

    def test_it_is_the_shortest_sensible_target_that_keeps_the_objective(self) -> None:
        story = answered_after(11, 22, 33, 44, 55, 66, 77, 88, 93, None)
        target = self.advised(story, {}).targets[0]
        assert (target.recommended, target.quantile_s, target.n, target.answered) == ("95wm", 93 * 60, 10, 9)
        assert (target.would_keep.kept, target.would_keep.n) == (9, 10)
        assert self.kept_with(story, "95wm") >= 0.9 > self.kept_with(story, "90wm")

    def test_it_is_not_reached_when_too_many_are_never_answered(self) -> None:
        target = self.advised(answered_after(10, 20, None, None), {}).targets[0]
        assert (target.recommended, target.would_keep, target.highest_share) == (None, None, pytest.approx(0.5))

    def test_each_target_is_advised_by_the_leads_that_it_is_for(self) -> None:
        story = answered_after(*[20] * 9, attributes={"intent": "hot"})
        for number in range(10):
            story.stage(f"2026-02-02 09:0{number}", "mql", lead=f"cold-{number}").call(f"2026-02-02 13:0{number}", lead=f"cold-{number}")
        found = self.advised(story, {"targets": [{"when": {"intent": "hot"}, "within": "1wh"}]})
        assert [(each.applies_to, each.recommended, each.n) for each in found.targets] == [
            ("intent: hot", "20wm", 9),
            ("all others", "4wh", 10),
        ]
        assert (found.would_keep.kept, found.would_keep.n) == (19, 19)

    def test_it_speaks_of_the_last_three_months_only(self) -> None:
        story = answered_after(*[400] * 5).stage("2026-03-02 09:00", "mql", lead="new").call("2026-03-02 09:20", lead="new")
        window = Window(date(2025, 6, 1), date(2026, 5, 1))
        found = self.advised(story, {}, window=window, as_of="2026-05-01 00:00")
        assert (found.since, found.targets[0].n, found.targets[0].recommended) == ("2026-02-01", 1, "20wm")

    def test_fewer_than_thirty_leads_are_too_few_to_recommend_from(self) -> None:
        (few,) = self.advised(answered_after(*[20] * 29), {}, enough=ENOUGH).targets
        assert (few.recommended, few.would_keep, few.too_few, few.n) == (None, None, True, 29)
        (enough,) = self.advised(answered_after(*[20] * 30), {}, enough=ENOUGH).targets
        assert (enough.recommended, enough.too_few) == ("20wm", False)

    def test_an_objective_may_be_asked_for(self) -> None:
        assert compared(answered_after(10, 20, 30, 40), FOLLOW_UP, objective=0.5).advice.targets[0].recommended == "20wm"  # type: ignore[union-attr]

    def test_without_an_objective_or_cycles_nothing_is_recommended(self) -> None:
        assert compared(answered_after(10), FOLLOW_UP).advice is None
        assert "no lead was due" in self.advised(Story().call("2026-01-05 09:00"), {}).why_not
        assert "restarts" in self.advised(answered_after(10), {"restart_on_reassignment": True}).why_not

    @pytest.mark.parametrize(
        "terms", [{"within": "2wh"}, {"within": "2h"}, {"within": "1wd"}, {"within": "1wd", "close_of_business": True}]
    )
    def test_a_response_time_is_the_shortest_target_that_the_answer_keeps(self, terms: dict[str, Any]) -> None:
        rng = np.random.default_rng(7)
        story = Story()
        for number in range(60):
            start = datetime(2026, 1, 5, tzinfo=UTC) + timedelta(minutes=int(rng.integers(0, 14 * 24 * 60)))
            answer = start + timedelta(minutes=int(rng.integers(1, 9 * 24 * 60)))
            lead, (rest, back) = f"l{number:02}", sorted(start + timedelta(minutes=int(m)) for m in rng.integers(1, 5 * 24 * 60, 2))
            story.stage(f"{start:%Y-%m-%d %H:%M}", "mql", lead=lead).call(f"{answer:%Y-%m-%d %H:%M}", lead=lead)
            if number % 2:
                story.stage(f"{rest:%Y-%m-%d %H:%M}", "nurture", lead=lead).stage(f"{back:%Y-%m-%d %H:%M}", "sal", lead=lead)
        pausing = FOLLOW_UP | terms | {"pause": {"while": {"stage": "nurture"}}}
        judgement = judged(story, pausing)
        mine, definition = judgement.per_lead[0], judgement.per_lead[0].versions[0]
        assert isinstance(definition, Deadline)
        unit = definition.within.unit
        times = response_times(mine, judgement.facts, definition, np.arange(60), definition.within)
        for row, length in enumerate(times.lengths.tolist()):
            amount = length if unit is Unit.WORKING_DAYS else -(-length // MINUTE)
            spelled = {Unit.WORKING_HOURS: "wm", Unit.HOURS: "m", Unit.WORKING_DAYS: "wd"}[unit]
            kept = self._states(story, pausing | {"within": f"{max(amount, 1)}{spelled}"})
            assert kept[row] == "met"
            if amount > 1 and not (unit is Unit.WORKING_DAYS and row % 2):  # with a pause a day may be one too many
                assert self._states(story, pausing | {"within": f"{amount - 1}{spelled}"})[row] == "breached"

    _known: dict[str, list[str]] = {}  # noqa: RUF012 - judged once for each target

    def _states(self, story: Story, terms: Mapping[str, Any]) -> list[str]:
        key = f"{terms['within']} {terms.get('close_of_business')}"
        if key not in self._known:
            self._known[key] = judged(story, terms).verdicts()["state"].tolist()
        return self._known[key]


@pytest.mark.parametrize(
    ("length", "unit", "expected"),
    [
        (0, Unit.WORKING_HOURS, "5wm"),
        (82 * MINUTE, Unit.WORKING_HOURS, "85wm"),
        (120 * MINUTE, Unit.WORKING_HOURS, "2wh"),
        (121 * MINUTE, Unit.WORKING_MINUTES, "150wm"),
        (9 * HOUR, Unit.WORKING_HOURS, "12wh"),
        (23 * HOUR + 31 * MINUTE, Unit.HOURS, "24h"),
        (25 * HOUR, Unit.DAYS, "36h"),
        (37 * HOUR, Unit.DAYS, "2d"),
        (3, Unit.WORKING_DAYS, "3wd"),
    ],
)
def test_targets_are_rounded_up_to_what_people_would_write(length: int, unit: Unit, expected: str) -> None:
    assert str(rounded_up(length, unit)) == expected


@pytest.mark.parametrize(("target", "longer"), [("2wh", "150wm"), ("95wm", "100wm"), ("3wd", "4wd"), ("24h", "36h")])
def test_the_next_longer_target_is_one_step_further(target: str, longer: str) -> None:
    assert str(next_longer(parse_duration(target))) == longer
    assert isinstance(next_longer(parse_duration(target)), Duration)


def test_the_usual_window_is_the_twelve_whole_months_before_now() -> None:
    assert window_of(instant("2026-05-17 12:00"), "UTC") == Window(date(2025, 5, 1), date(2026, 5, 1))
    assert window_of(instant("2026-05-17 12:00"), "UTC", until=date(2026, 3, 31)) == Window(date(2025, 3, 28), date(2026, 3, 31))
    assert Window(date(2025, 5, 1), date(2026, 5, 1)).recent == date(2026, 2, 1)
    with pytest.raises(ValueError, match="is not before"):
        window_of(instant("2026-05-17 12:00"), "UTC", since=date(2026, 6, 1))

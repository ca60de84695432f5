"""Objectives on promises to single leads: compliance over what was due, budgets in leads, warnings when they burn too fast."""

from typing import Any

import pytest
from statsmodels.stats.proportion import proportion_confint

from slamon.core.alerts import Notice
from slamon.core.alerts.quota_notices import quota_notices
from slamon.core.alerts.routing import Routing
from slamon.core.definitions import Objective
from slamon.core.scorecards import Compliance, Footing
from slamon.core.scorecards.burn import Burn, burn_of
from slamon.core.scorecards.weekly import weekly_scorecard
from slamon.core.working_time.calendars import Calendar
from slamon.core.working_time.instants import NEVER, iso
from slamon.core.working_time.periods import Period, bounds_of
from tests.core.stories import FOLLOW_UP, OFFICE, Story, instant, judged, promises

FOOTING = Footing("", 0, "UTC", None, (), (), (), ())
NINETY = FOLLOW_UP | {"objective": {"compliance": "90%", "per": "month"}}
JANUARY = [f"2026-01-{day:02}" for day in (*range(5, 10), *range(12, 17), *range(19, 24), *range(26, 31))]


def leads(story: Story, day: str, many: int, missed: int = 0) -> Story:
    """Leads that come at nine and are due at eleven: the first ones are missed, the others called at once."""
    for number in range(many):
        lead = f"{day} {number}"
        story.stage(f"{day} 09:00", "mql", lead)
        if number >= missed:
            story.call(f"{day} 09:30", lead)
    return story


def autumn(a_day: int = 10) -> Story:
    """Two calm months before January 2026."""
    story = Story()
    for month, days in (("2025-11", range(3, 29)), ("2025-12", range(1, 32))):
        for day in days:
            if instant(f"{month}-{day:02} 00:00") // 86_400_000_000 % 7 not in (2, 3):
                leads(story, f"{month}-{day:02}", a_day)
    return story


def week(label: str, story: Story, as_of: str, terms: dict[str, Any] = NINETY) -> Compliance:
    card = weekly_scorecard(judged(story, terms, as_of=as_of), promises(terms), Period(label, *bounds_of(label, "UTC")), FOOTING)
    return card.promises[0]


def burn(story: Story, as_of: str, terms: dict[str, Any] = NINETY) -> Burn:
    (found,) = judged(story, terms, as_of=as_of).per_lead
    return burn_of(found, Objective.model_validate(terms["objective"]), OFFICE, instant(as_of))


def warned(story: Story, as_of: str, terms: dict[str, Any] = NINETY, go_live: str = "2025-12-01 00:00") -> list[Notice]:
    return list(quota_notices(judged(story, terms, as_of=as_of), promises(terms), Routing("#sla"), instant(go_live)))


def test_compliance_is_met_of_met_and_breached_and_an_open_overdue_lead_is_breached() -> None:
    found = week("2026-W02", leads(Story(), "2026-01-05", 10, missed=2), "2026-01-05 11:00:01")
    assert (found.met, found.breached, found.share, found.pending) == (8, 2, 0.8, 0)


def test_pending_cancelled_excused_and_unknown_stand_beside_it_with_their_reasons() -> None:
    story = leads(Story(), "2026-01-05", 4)
    story.stage("2026-01-05 09:00", "mql", "gone").stage("2026-01-05 09:10", "disqualified", "gone")
    story.stage("2026-01-05 15:30", "mql", "late")
    found = week("2026-W02", story, "2026-01-05 16:00")
    assert (found.n, found.pending, found.cancelled, found.reasons) == (4, 1, 1, (("stage disqualified", 1),))


def test_without_anything_due_compliance_is_not_a_number() -> None:
    found = week("2026-W03", leads(Story(), "2026-01-05", 1), "2026-01-20 00:00")
    assert (found.share, found.low, found.kept) == (None, None, None)


def test_the_interval_is_wilsons() -> None:
    found = week("2026-W02", leads(Story(), "2026-01-05", 20, missed=3), "2026-01-12 00:00")
    assert (found.low, found.high) == pytest.approx(proportion_confint(17, 20, method="wilson"))


def test_the_budget_is_what_the_objective_lets_go_of_the_cycles_expected_in_its_own_period() -> None:
    found = burn(leads(autumn(), "2026-01-01", 10, missed=1), "2026-01-01 12:00")
    assert found.expected == pytest.approx(10 + 10 * 21.625, rel=0.05)  # 22 working days, three hours of them gone, ten leads on each
    assert found.left == pytest.approx(found.expected / 10 - 1)


def test_without_enough_history_the_first_days_are_scaled_up() -> None:
    story = leads(leads(Story(), "2026-02-02", 10), "2026-02-03", 10)
    assert burn(story, "2026-02-03 17:00").expected == pytest.approx(200)  # two of twenty working days have passed


def test_once_the_period_is_over_the_budget_rests_on_what_was_due() -> None:
    story = autumn()
    for day in JANUARY:
        leads(story, day, 5)
    assert burn(story, "2026-01-31 23:59").expected == 100


def test_a_week_shows_the_budget_of_the_objectives_month() -> None:
    story = autumn()
    for day in JANUARY:
        leads(story, day, 10, missed=1)
    found = week("2026-W03", story, "2026-01-19 00:00")
    assert (found.budget_period, found.breached) == ("2026-01", 5)
    assert found.budget is not None
    assert found.budget_left == found.budget - 10  # two weeks of it


def test_three_breaches_in_a_small_team_warn_nobody() -> None:
    story = leads(Story(), "2026-01-05", 3, missed=3)
    found = burn(story, "2026-01-09 17:00")
    assert (found.fast_since, found.slow_since, warned(story, "2026-01-09 17:00")) == (NEVER, NEVER, [])


def test_one_bad_day_burns_fast() -> None:
    story = leads(autumn(), "2026-01-05", 14, missed=14)
    found = burn(story, "2026-01-05 12:00")
    assert iso(found.fast_since).startswith("2026-01-05T11:00")
    assert [notice.cycle_id for notice in warned(story, "2026-01-05 12:00")] == ["follow-up/2026-01/fast burn"]


def test_a_few_too_many_every_day_burn_slowly() -> None:
    story = autumn()
    for day in JANUARY[:5]:
        leads(story, day, 10, missed=3)
    found = burn(story, "2026-01-09 12:00")
    assert found.fast_since == NEVER
    assert iso(found.slow_since).startswith("2026-01-08T11:00")
    assert [notice.cycle_id for notice in warned(story, "2026-01-09 12:00")] == ["follow-up/2026-01/slow burn"]


def test_a_month_without_a_working_day_has_no_pace_at_which_a_budget_burns() -> None:
    shut = Calendar("UTC", {"mon-fri": ["09:00-17:00"]}, special_days={f"2026-01-{day:02}": [] for day in range(1, 32)})
    terms, story = NINETY | {"within": "2h"}, Story()
    for day in JANUARY:
        leads(story, day, 10, missed=10)
    (found,) = judged(story, terms, calendars={"office": shut}).per_lead
    burnt = burn_of(found, Objective.model_validate(terms["objective"]), shut, instant("2026-01-31 00:00"))
    assert (burnt.expected, burnt.breaches, burnt.fast_since, burnt.slow_since) == (200, 200, NEVER, NEVER)


def test_what_the_objective_allows_never_warns() -> None:
    story = autumn()
    for day in JANUARY:
        leads(story, day, 10, missed=1)
    found = burn(story, "2026-01-30 17:00")
    assert (found.fast_since, found.slow_since) == (NEVER, NEVER)


@pytest.mark.parametrize(
    ("objective", "budget"), [("90%", "a budget of 21"), ("99.9%", "a budget of less than one lead"), ("100%", "a budget of none")]
)
def test_a_budget_is_named_as_what_it_is_however_small(objective: str, budget: str) -> None:
    story = leads(autumn(), "2026-01-05", 14, missed=14)
    (notice,) = warned(story, "2026-01-05 12:00", NINETY | {"objective": {"compliance": objective}})
    assert notice.intent == f"14 past target of {budget}: too many within 1 working day"


def test_in_a_period_of_few_leads_each_miss_is_told_and_no_budget_burns() -> None:
    few = leads(Story(), JANUARY[-3], 6, missed=6)
    found = burn(few, "2026-01-30 12:00")
    assert (found.breaches, round(found.budget, 1), found.fast_since, found.slow_since) == (6, 0.6, NEVER, NEVER)
    assert warned(few, "2026-01-30 12:00") == []


def test_a_burn_is_an_instant_that_later_looks_do_not_move() -> None:
    story = leads(autumn(), "2026-01-05", 14, missed=14)
    first = burn(story, "2026-01-05 12:00")
    for day in JANUARY[1:]:
        leads(story, day, 10)
    assert burn(story, "2026-01-30 12:00").fast_since == first.fast_since


def test_a_burn_is_said_to_the_team_never_to_a_person_and_not_from_before_going_live() -> None:
    story = leads(autumn(), "2026-01-05", 14, missed=14)
    terms = NINETY | {"alerts": [{"at": "breach", "to": ["holder", "manager", "#follow-up"]}]}
    assert [each.address for notice in warned(story, "2026-01-05 12:00", terms) for each in notice.recipients] == ["#follow-up"]
    assert [each.address for notice in warned(story, "2026-01-05 12:00") for each in notice.recipients] == ["#sla"]
    assert warned(story, "2026-01-06 12:00", go_live="2026-01-06 00:00") == []


def test_without_an_objective_there_is_no_budget() -> None:
    story = leads(autumn(), "2026-01-05", 14, missed=14)
    assert warned(story, "2026-01-05 12:00", FOLLOW_UP) == []
    assert week("2026-W02", story, "2026-01-12 00:00", FOLLOW_UP).budget is None


def test_response_percentiles_count_the_unanswered_as_waiting_still() -> None:
    story = leads(Story(), "2026-01-05", 10, missed=4)
    found = week("2026-W02", story, "2026-01-12 00:00")
    assert (found.p50_s, found.p95_s) == (1800, None)

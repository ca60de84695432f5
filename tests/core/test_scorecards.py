"""A report about a past period shows that period: its cohorts, its standing, its own next month, and nobody's average target."""

from typing import Any

import pytest

from slamon.core.scorecards import Footing, MonthlyCompliance, WeeklyScorecard
from slamon.core.scorecards.monthly import monthly_compliance
from slamon.core.scorecards.weekly import weekly_scorecard
from slamon.core.working_time.periods import Period, bounds_of
from tests.core.stories import FOLLOW_UP, PROMISE, Story, judged, promises

FOOTING = Footing("", 0, "UTC", None, (), (), (), ())
QUOTA = PROMISE | {
    "sla": "mqls",
    "kind": "quota",
    "promised_by": "marketing",
    "promised_to": "sales",
    "counts": {"stage": "mql"},
    "target": 20,
    "per": "month",
}
RATIO = PROMISE | {
    "sla": "accepted",
    "kind": "ratio",
    "promised_by": "marketing",
    "promised_to": "sales",
    "of": {"stage": "mql"},
    "reach": {"stage": "sal"},
    "mature_after": "20d",
    "at_least": "50%",
    "min_n": 1,
    "per": "month",
}
CADENCE = PROMISE | {
    "sla": "persistence",
    "kind": "cadence",
    "start": {"stage": "mql"},
    "attempt": {"activity": "call", "direction": "outbound"},
    "attempts": 1,
    "within": "2wd",
}


def arrivals(*days: str) -> Story:
    """A lead at nine on each date, called after an hour."""
    story = Story()
    for number, day in enumerate(days):
        story.stage(f"{day} 09:00", "mql", f"lead{number:02d}").call(f"{day} 10:00", f"lead{number:02d}")
    return story


def month(label: str, as_of: str, story: Story, *terms: dict[str, Any]) -> MonthlyCompliance:
    period = Period(label, *bounds_of(label, "UTC"))
    return monthly_compliance(judged(story, *terms, as_of=as_of), promises(*terms), period, FOOTING, locked=False)


def week(label: str, as_of: str, story: Story, *terms: dict[str, Any]) -> WeeklyScorecard:
    period = Period(label, *bounds_of(label, "UTC"))
    return weekly_scorecard(judged(story, *terms, as_of=as_of), promises(*terms), period, FOOTING)


YEAR = ("2026-01-12", "2026-01-13", "2026-02-10", "2026-02-11", "2026-02-12", "2026-03-10", "2026-04-14")


@pytest.mark.parametrize("as_of", ["2026-04-02 00:00", "2026-07-01 00:00"])
def test_a_monthly_report_shows_the_cohort_that_was_decided_by_its_end_however_late_it_is_made(as_of: str) -> None:
    (ratio,) = month("2026-03", as_of, arrivals(*YEAR), RATIO).ratios
    assert (ratio.period, ratio.cohort) == ("2026-02", 3)


def test_the_next_month_is_the_one_after_the_month_reported() -> None:
    assert [line.period for line in month("2026-02", "2026-04-20 00:00", arrivals(*YEAR), QUOTA).next_month] == ["2026-03"]
    assert month("2026-02", "2026-02-20 00:00", arrivals(*YEAR), QUOTA).next_month == ()


def test_an_old_week_shows_where_its_quota_stood_then() -> None:
    then = week("2026-W07", "2026-02-16 00:00", arrivals("2026-02-10", "2026-02-11"), QUOTA)
    later = week("2026-W07", "2026-06-01 00:00", arrivals("2026-02-10", "2026-02-11", "2026-02-18", "2026-03-03"), QUOTA)
    (old,), (new,) = then.quotas, later.quotas
    assert (old.net, old.state) == (new.net, new.state) == (2, "pending")
    assert old.expected_to_date == new.expected_to_date
    assert later.pace is not None
    assert [point.actual for point in later.pace.points if point.date in ("2026-02-15", "2026-02-18")] == [2.0, None]


def test_a_week_that_ends_with_its_month_shows_how_the_quota_ended() -> None:
    (quota,) = week("2026-W09", "2026-06-01 00:00", arrivals(*YEAR), QUOTA | {"per": "week"}).quotas
    assert (quota.period, quota.state) == ("2026-W09", "breached")


def test_24x7_is_about_deadlines_only_and_never_kinder_than_the_promise() -> None:
    story = arrivals(*YEAR).stage("2026-02-13 16:30", "mql", "eve").call("2026-02-16 09:30", "eve")
    point = month("2026-02", "2026-03-01 00:00", story, FOLLOW_UP, CADENCE).months[-1]
    assert (point.sales_n, point.strict_n, point.deadline_share, point.strict_share) == (8, 4, 1.0, 0.75)


def test_sales_have_one_target_only_when_all_their_promises_agree_on_it() -> None:
    ninety, eighty = {"objective": {"compliance": "90%"}}, {"objective": {"compliance": "80%"}}
    assert month("2026-02", "2026-03-01 00:00", arrivals(*YEAR), FOLLOW_UP | ninety, CADENCE | ninety).sales_objective == 0.9
    assert month("2026-02", "2026-03-01 00:00", arrivals(*YEAR), FOLLOW_UP | ninety, CADENCE | eighty).sales_objective is None
    assert month("2026-02", "2026-03-01 00:00", arrivals(*YEAR), FOLLOW_UP | ninety, CADENCE).sales_objective is None


def test_what_a_system_can_mend_is_told_before_what_people_can() -> None:
    story = Story()
    for number, owner in enumerate(["ben", "ben", None]):
        story.stage("2026-02-10 09:00", "mql", f"lead{number}").owner("2026-02-10 09:00", owner, f"lead{number}")
    assert week("2026-W07", "2026-03-01 00:00", story, FOLLOW_UP).causes == (("routing", 1), ("owner", 2))


SOURCED = {key: value for key, value in RATIO.items() if key not in ("reach", "mature_after")} | {
    "sla": "sourced",
    "of": {"stage": "opportunity"},
    "where": {"source": ["marketing", "webinar"]},
    "value": "amount",
    "at_least": "40%",
}


@pytest.mark.parametrize("as_of", ["2026-04-01 00:00", "2026-07-01 00:00"])
def test_the_share_of_pipeline_of_a_month_is_in_the_report_about_that_month(as_of: str) -> None:
    story = Story()
    for day, source, amount in (("2026-02-10", "outbound", "9"), ("2026-03-10", "webinar", "60"), ("2026-03-31", None, "10")):
        known = {"amount": amount} | ({"source": source} if source else {})
        story.stage(f"{day} 09:00", "opportunity", day, attributes=known)
    (ratio,) = month("2026-03", as_of, story, SOURCED).ratios
    assert (ratio.period, ratio.share, ratio.state, ratio.previous) == ("2026-03", 1.0, "met", 0.0)
    assert (ratio.where, ratio.sourced, ratio.value) == ("source: marketing or webinar", True, "amount")
    assert ratio.reasons == (("source is not known", 1),)
    assert [line.period for line in month("2026-03", "2026-03-20 00:00", story, SOURCED).ratios] == ["2026-02"]


def test_leads_of_later_cohorts_that_are_not_old_enough_yet_are_shown_beside_the_one_that_is() -> None:
    (ratio,) = month("2026-02", "2026-03-04 00:00", arrivals(*YEAR[:5], "2026-03-03"), RATIO).ratios
    assert (ratio.period, ratio.cohort, ratio.immature) == ("2026-01", 2, 1)

"""Rules of periods, quotas and ratios (sections 4.3 and 4.4) that no other story tells."""

from typing import Any

import pytest

from tests.core.stories import Story
from tests.core.test_quotas_and_ratios import ACCEPTED, SQLS, attained


def states(story: Story, terms: dict[str, Any], as_of: str = "2026-07-01 00:00") -> dict[tuple[str, str], str]:
    return {key: row["state"] for key, row in attained(story, terms, as_of).items()}


@pytest.mark.parametrize(
    ("more", "period"),
    [
        ({"per": "week"}, "2026-W06"),
        ({"per": "month"}, "2026-02"),
        ({"per": "quarter"}, "2026-Q1"),
        ({"per": "quarter", "fiscal_year_starts": "02-01"}, "2027-Q1"),
    ],
)
def test_a_quota_is_per_week_month_or_quarter_of_the_stated_fiscal_year(more: dict[str, Any], period: str) -> None:
    story = Story().stage("2025-12-01 09:00", "mql", "old").stage("2026-02-03 09:00", "sql").stage("2026-02-04 09:00", "sql", "bea")
    assert states(story, SQLS | more)[period, ""] == "met"


def test_a_value_that_is_taken_back_is_the_value_it_was_counted_with() -> None:
    terms = SQLS | {"value": "amount", "target": 100, "reversed_by": {"stage": "disqualified", "within": "60d"}}
    story = Story().stage("2026-01-20 09:00", "sql", attributes={"amount": "700"})
    story.tell("2026-01-25 09:00", "attribute", "amount", value="900").stage("2026-02-10 09:00", "disqualified")
    found = attained(story, terms)
    assert [(found[month, ""]["counted"], found[month, ""]["net"]) for month in ("2026-01", "2026-02")] == [(700, 700), (0, -700)]


def test_a_reversal_without_an_entry_takes_nothing_back() -> None:
    terms = SQLS | {"reversed_by": {"stage": "disqualified", "within": "30d"}}
    story = Story().stage("2026-01-05 09:00", "sql").stage("2026-01-06 09:00", "disqualified", "bea")
    assert attained(story, terms)["2026-01", ""]["reversed"] == 0


def test_a_quota_is_pending_until_its_end_even_when_the_number_is_reached() -> None:
    story = Story().stage("2026-01-05 09:00", "sql").stage("2026-01-06 09:00", "sql", "bea")
    assert states(story, SQLS, "2026-01-20 12:00")["2026-01", ""] == "pending"
    assert states(story, SQLS, "2026-02-01 00:00")["2026-01", ""] == "met"


@pytest.mark.parametrize(("reached", "counted"), [("2026-01-19 09:00", 1), ("2026-01-19 09:00:00.000001", 0)])
def test_reaching_counts_within_mature_after_unless_a_time_of_its_own_is_stated(reached: str, counted: int) -> None:
    story = Story().stage("2026-01-05 09:00", "mql").stage(reached, "sal")
    assert attained(story, ACCEPTED)["2026-01", ""]["counted"] == counted
    longer = ACCEPTED | {"reach": {"stage": "sal", "within": "20d"}, "mature_after": "20d"}
    assert attained(story, longer)["2026-01", ""]["counted"] == 1


def test_what_was_reached_before_the_entry_does_not_count() -> None:
    story = Story().stage("2026-01-04 09:00", "sal").stage("2026-01-05 09:00", "mql")
    assert attained(story, ACCEPTED)["2026-01", ""]["counted"] == 0


def test_a_ratio_of_value_is_a_share_of_what_its_members_are_worth() -> None:
    terms = ACCEPTED | {"value": "amount", "min_n": 1, "at_least": "70%"}
    story = Story().stage("2026-01-05 09:00", "mql", attributes={"amount": "300"}).stage("2026-01-06 09:00", "sal")
    story.stage("2026-01-05 09:00", "mql", "bea", attributes={"amount": "100"})
    row = attained(story, terms)["2026-01", ""]
    assert (row["counted"], row["cohort"], row["share"], row["state"]) == (300, 400, 0.75, "met")


def test_a_ratio_by_an_attribute_shows_each_group_beside_the_total() -> None:
    terms = ACCEPTED | {"by": "source", "min_n": 1}
    story = Story().stage("2026-01-05 09:00", "mql", attributes={"source": "fair"}).stage("2026-01-06 09:00", "sal")
    story.stage("2026-01-05 09:00", "mql", "bea")
    found = attained(story, terms)
    assert {group: row["share"] for (period, group), row in found.items() if period == "2026-01"} == {"": 0.5, "fair": 1, "(none)": 0}


def test_a_cohort_is_judged_when_its_last_member_matures_and_not_before() -> None:
    story = Story().stage("2026-01-05 09:00", "mql").stage("2026-01-06 09:00", "sal").stage("2026-01-20 09:00", "mql", "bea")
    for as_of, state in (("2026-02-03 08:59:59", "pending"), ("2026-02-03 09:00", "met")):
        assert states(story, ACCEPTED, as_of)["2026-01", ""] == state

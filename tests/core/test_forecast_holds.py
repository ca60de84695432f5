"""Where a quota will land: bands that hold as often as they say, on the customer's own history and nothing later."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from slamon.core.forecast import landing
from slamon.core.kinds.attainment import Attained, Record
from slamon.core.working_time.instants import DAY, HOUR
from tests.core.stories import PROMISE, Story, instant, judged

SQLS = PROMISE | {"sla": "sqls", "kind": "quota", "promised_by": "marketing", "counts": {"stage": "sql"}, "target": 20, "per": "month"}
MONTHS = [f"2025-{month:02}" for month in range(1, 13)]


def monthly(numbers: Sequence[int], **more: Any) -> Story:
    """So many leads in each month from January 2025 on, spread evenly over its working days, each at ten."""
    story = Story()
    for month, many in zip([*MONTHS, "2026-01"], numbers, strict=False):
        days = np.datetime64(f"{month}-01") + np.arange(28)
        days = days[np.is_busday(days)]
        for number, day in enumerate(days[np.arange(many) * len(days) // many]):
            story.stage(f"{day} 10:00", "sql", f"{month} {number}", **more)
    return story


def now(story: Story, as_of: str, **more: Any) -> Attained:
    rows = judged(story, SQLS | more, as_of=as_of).attained
    (row,) = (row for row in rows if row.starts_at <= instant(as_of) < row.ends_at and not row.group)
    return row


@pytest.mark.parametrize(("spread", "mean", "past"), [(0.05, 100, 3), (0.2, 100, 6), (0.3, 1000, 12), (0.2, 10, 12)])
def test_four_of_five_landings_lie_between_p10_and_p90(spread: float, mean: float, past: int) -> None:
    chance, inside, runs = np.random.default_rng(7), 0, 400
    for _ in range(runs):
        rates = chance.gamma(1 / spread**2, mean * spread**2, past + 1)
        totals, share = chance.poisson(rates[:-1]), chance.choice([0.0, 0.3, 0.6])
        so_far = np.array([float(chance.poisson(rates[-1] * share))])
        found = landing(mean, so_far, np.array([share]), totals.tolist())
        inside += found.p10[0] <= so_far[0] + chance.poisson(rates[-1] * (1 - share)) <= found.p90[0]
    assert 0.75 <= inside / runs <= 0.92


def test_the_probability_of_the_target_is_how_often_it_is_reached() -> None:
    chance, said, reached, runs = np.random.default_rng(8), 0.0, 0, 600
    for _ in range(runs):
        rates = chance.gamma(25, 4, 10)
        so_far = np.array([float(chance.poisson(rates[-1] / 2))])
        said += float(landing(105, so_far, np.array([0.5]), chance.poisson(rates[:-1]).tolist()).probability[0])
        reached += so_far[0] + chance.poisson(rates[-1] / 2) >= 105
    assert said / runs == pytest.approx(reached / runs, abs=0.05)


def test_without_a_past_the_target_is_as_likely_reached_as_not() -> None:
    found = landing(100, np.zeros(1), np.zeros(1), [])
    assert float(found.probability[0]) == pytest.approx(0.5, abs=0.02)


def test_a_forecast_says_how_often_forecasts_like_it_held() -> None:
    row = now(monthly([20, 22, 18, 21, 19, 20, 23, 20, 18, 20, 21, 19, 10]), "2026-01-16 12:00")
    assert row.record is not None
    assert row.record.of == 8  # the first month may have begun before the data, and three had too little before them
    assert row.record.inside >= 6
    assert 0 <= row.record.brier <= 1


def test_a_month_unlike_all_others_is_outside_the_band_of_its_forecast() -> None:
    calm = [20, 20, 20, 20, 20, 20, 20, 20]
    plain, odd = (now(monthly([*calm[:-1], last, 5]), "2025-09-10 12:00").record for last in (20, 60))
    assert plain is not None
    assert odd is not None
    assert (odd.inside, odd.of) == (plain.inside - 1, plain.of)


def test_without_enough_past_months_no_record_is_claimed() -> None:
    assert now(monthly([20, 20, 20, 5]), "2025-04-10 12:00").record is None


def test_past_forecasts_know_nothing_of_what_came_later() -> None:
    story = [20, 22, 18, 21, 19, 20]
    one, other = now(monthly([*story, 5]), "2025-07-10 12:00"), now(monthly([*story, 55]), "2025-07-10 12:00")
    assert one.record is not None
    assert other.record is not None
    assert (one.record.inside, one.record.of) == (other.record.inside, other.record.of)


def test_weekdays_weigh_as_arrivals_fell_on_them_in_the_past() -> None:
    story = Story()
    for week in range(26):
        monday = instant("2025-07-07 10:00") + week * 7 * DAY
        for number in range(4):
            day = str(np.datetime64(monday + number * HOUR, "us")).replace("T", " ")
            story.stage(day, "sql", f"{week} {number}")
    row = now(story, "2026-01-12 08:00", target=100, per="week")
    after = now(story, "2026-01-13 08:00", target=100, per="week")
    assert row.expected_to_date == 0
    assert after.expected_to_date == pytest.approx(100)  # all came on Mondays


def test_the_last_week_of_the_month_weighs_as_it_did_in_the_past() -> None:
    story = Story()
    for month in [*MONTHS, "2026-01"]:
        for number in range(10):
            story.stage(f"{month}-{27 if month == '2025-12' else 28} {10 + number // 6}:0{number % 6}", "sql", f"{month} {number}")
    late = now(story, "2026-01-22 00:00", target=10)
    assert late.expected_to_date is not None
    assert late.expected_to_date < 5  # by time alone it would be seven


def test_a_warning_is_an_instant_that_later_looks_do_not_move() -> None:
    story = monthly([20] * 11)
    seen = {now(story, f"2026-01-{day} {hour}:00").at_risk_since for day, hour in ((13, "09"), (14, "17"), (20, "12"))}
    assert len(seen) == 1
    assert now(story, "2026-01-13 09:00").at_risk_since in {instant(f"2026-01-{day:02} 09:00") for day in range(1, 14)}


def test_less_than_one_whole_entry_behind_is_on_pace() -> None:
    quiet = Story().stage("2025-12-31 10:00", "sql", "before")
    assert now(quiet, "2026-01-05 09:00", target=10, warn_below="1%").at_risk_since < 0  # two working days' 0.9 leads are expected
    assert now(quiet, "2026-01-06 09:00", target=10, warn_below="1%").at_risk_since > 0  # and three days' 1.4


def test_a_sum_of_few_large_deals_has_a_wider_band_than_one_of_many_small_ones() -> None:
    story = Story()
    for month in [*MONTHS, "2026-01"]:
        for number in range(20):
            about = {"even": "100", "uneven": "1810" if number == 0 else "10"}
            if month < "2026-01" or number < 10:
                story.stage(f"{month}-{number + 1:02} 10:00", "sql", f"{month} {number}", attributes=about)
    even, uneven = (now(story, "2026-01-16 12:00", value=value, target=2000) for value in ("even", "uneven"))
    assert even.p90 is not None
    assert even.p10 is not None
    assert uneven.p90 is not None
    assert uneven.p10 is not None
    assert uneven.p90 - uneven.p10 > even.p90 - even.p10


def test_a_record_stays_out_of_the_stored_columns() -> None:
    row = now(monthly([20] * 8), "2025-08-15 12:00")
    assert replace(row, record=Record(1, 2, 0.1)).record is not None
    assert "record" not in judged(monthly([20]), SQLS).attainment().columns

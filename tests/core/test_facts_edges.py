"""Finding events by lead and instant however many leads and years there are, and periods to which nobody contributed."""

import numpy as np
import pytest

from slamon.core.definitions import Quota, Ratio
from slamon.core.facts import Packed, Ranked, pack
from slamon.core.kinds import quota, ratio
from slamon.core.working_time.calendars import Calendar
from slamon.core.working_time.instants import DAY, FOREVER, NEVER
from tests.core.stories import Story, instant, judged, promises
from tests.core.test_scorecards import QUOTA, RATIO

CENTURY = 36_525 * DAY


@pytest.mark.parametrize(("last", "kind"), [(2, Packed), (5_000, Ranked)], ids=["a few leads", "too many for one number"])
def test_the_first_row_at_or_after_an_instant_is_found_for_every_lead(last: int, kind: type) -> None:
    lead = np.array([0, 0, 0, 1, last, last], np.int32)
    at = np.array([0, 10, 10, 5, 7, CENTURY], np.int64)
    packed = pack(lead, at)
    assert type(packed) is kind
    for code in (0, 1, last):
        mine = np.flatnonzero(lead == code)
        for moment in (NEVER, -1, 0, 5, 6, 7, 10, 11, CENTURY - 1, CENTURY, CENTURY + 1, FOREVER):
            for after in (False, True):
                later = at[mine] > moment if after else at[mine] >= moment
                expected = mine[later][0] if later.any() else mine[-1] + 1
                (found,) = packed.rows_from(np.array([code], np.int32), np.array([moment], np.int64), after=after)
                assert found == expected


def test_no_events_are_packed_too() -> None:
    packed = pack(np.zeros(0, np.int32), np.zeros(0, np.int64))
    assert packed.rows_from(np.zeros(0, np.int32), np.zeros(0, np.int64), after=False).tolist() == []


def test_a_quota_or_ratio_to_which_no_lead_contributed_is_judged_all_the_same() -> None:
    since, as_of = instant("2026-01-01 00:00"), instant("2026-02-10 00:00")
    definitions = promises(QUOTA, RATIO)
    asked, cohort = definitions.definitions
    assert isinstance(asked, Quota)
    assert isinstance(cohort, Ratio)
    counted = quota.conclude([asked], definitions, [], since, as_of)
    assert [(row.period, row.net, row.state) for row in counted] == [("2026-01", 0.0, "breached"), ("2026-02", 0.0, "pending")]
    first, *_ = ratio.conclude([cohort], definitions, [], since, as_of)
    assert (first.period, first.cohort, first.share) == ("2026-01", 0, None)


def test_the_landing_of_a_period_in_which_nobody_works_is_looked_at_by_the_clock() -> None:
    summer = Calendar("UTC", {"mon-fri": ["09:00-17:00"]}, {"add": [f"2026-02-{day:02}" for day in range(1, 29)]})
    story = Story()
    for month in (*(f"2025-{month:02}" for month in range(1, 13)), "2026-01", "2026-03"):
        story.stage(f"{month}-10 09:00", "mql", month)
    rows = judged(story, QUOTA | {"target": 1, "calendar": "summer"}, as_of="2026-03-20 00:00", calendars={"summer": summer}).attained
    assert [row.net for row in rows if row.period in ("2026-01", "2026-02", "2026-03")] == [1.0, 0.0, 1.0]

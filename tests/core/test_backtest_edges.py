"""Trials of proposals at their edges: targets that are lengthened, imports, nobody answered, and windows that hold no day."""

from datetime import date

from slamon.core.backtest import Window
from tests.core.stories import FOLLOW_UP, Story
from tests.core.test_backtest import answered_after, compared

KEPT = FOLLOW_UP | {"objective": {"compliance": "90%"}}


def test_where_a_shorter_target_brings_more_leads_into_the_window_it_is_lengthened_until_it_holds() -> None:
    story = answered_after(*[20] * 10)
    for number in range(3):
        story.stage("2026-03-31 16:30", "mql", lead=f"last-{number}")  # with 2wh due in April, with 30wm still in March
    found = compared(story, KEPT).advice
    assert found is not None
    (target,) = found.targets
    assert target.would_keep is not None
    assert (target.quantile_s, target.recommended, target.would_keep.kept, target.would_keep.n) == (20 * 60, "35wm", 10, 10)


def test_where_no_target_holds_the_last_one_tried_is_shown_with_what_it_keeps() -> None:
    story = answered_after(*[20] * 10)
    for number in range(3):
        story.stage("2026-03-31 15:01", "mql", lead=f"last-{number}")  # with 2wh due in April
    found = compared(story, KEPT).advice
    assert found is not None
    (target,) = found.targets
    assert target.would_keep is not None
    assert (target.recommended, target.would_keep.kept, target.would_keep.n) == ("60wm", 10, 13)


def test_an_imports_own_target_is_advised_for_imports() -> None:
    story = answered_after(*[20] * 3)
    for number in range(3):
        story.stage(f"2026-02-02 09:0{number}", "mql", lead=f"bulk-{number}", actor="ops").call("2026-02-03 12:00", lead=f"bulk-{number}")
    found = compared(story, KEPT | {"batch": {"size": 2, "within": "3wd"}}).advice
    assert found is not None
    assert [(each.applies_to, each.recommended) for each in found.targets] == [("", "20wm"), ("imports", "2wd")]


def test_nothing_is_recommended_where_nobody_was_answered() -> None:
    found = compared(answered_after(None, None), KEPT).advice
    assert found is not None
    (target,) = found.targets
    assert (target.recommended, target.highest_share, target.quantile_s) == (None, 0.0, None)


def test_a_window_that_has_not_begun_holds_no_days_and_no_messages() -> None:
    found = compared(Story().stage("2026-01-05 09:00", "mql"), KEPT, window=Window(date(2027, 1, 1), date(2027, 2, 1)))
    assert (found.alerts_proposed.people.days, found.alerts_proposed.people.messages) == (0, 0)

"""What the data say that nobody can use is told in every report's fine print, with counts."""

from slamon.jobs.report import findings
from tests.core.stories import FOLLOW_UP, Story, judged, promises


def test_each_finding_is_told_with_its_count_and_those_that_are_none_are_not() -> None:
    story = Story().stage("2026-01-05 09:00", "mql").owner("2026-01-05 09:00", "stranger").call("2026-01-05 09:30")
    story.stage("2026-01-05 10:00", "demo held").tell("2026-01-05 11:00", "merged", lead="bea", value="ada")
    told = findings(judged(story, FOLLOW_UP, people=[{"id": "rita"}]), promises(FOLLOW_UP))
    assert told == (
        "1 owners that no people table knows",
        "1 activities that name nobody",
        "1 merged leads, counted as one",
        "1 entries of stages that the funnel does not name: demo held",
    )
    assert findings(judged(Story().stage("2026-01-05 09:00", "mql"), FOLLOW_UP), promises(FOLLOW_UP)) == ()


def test_of_many_stages_that_the_funnel_does_not_name_the_five_most_frequent_are_listed() -> None:
    story = Story().stage("2026-01-05 09:00", "mql")
    for number in range(7):
        story.stage("2026-01-05 10:00", f"stage {number}")
    (told,) = findings(judged(story, FOLLOW_UP), promises(FOLLOW_UP))
    assert told == "7 entries of stages that the funnel does not name: stage 0, stage 1, stage 2, stage 3, stage 4 and 2 more"

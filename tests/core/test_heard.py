"""We measure ourselves: what people heard, whether they acted on it, and which notices nobody needs."""

from slamon.core.scorecards import Ignored
from slamon.core.scorecards.heard import MessageLog, heard
from slamon.core.scorecards.weekly import weekly_scorecard
from slamon.core.working_time.instants import DAY, HOUR, NEVER
from slamon.core.working_time.periods import Period, bounds_of
from tests.core.stories import FOLLOW_UP, Story, judged, promises
from tests.core.telling_world import at
from tests.core.test_scorecards import FOOTING

WEEK = Period("2026-W06", *bounds_of("2026-W06", "UTC"))
MONDAY = at("2026-02-02 09:00")
TITLES = {"follow-up": "Follow up", "quick": "Quick"}


def test_messages_are_counted_by_person_and_local_day() -> None:
    posts = (
        ("rita@example.com", MONDAY),
        ("rita@example.com", MONDAY + HOUR),
        ("tom@example.com", MONDAY + 14 * HOUR + 1),
        ("tom@example.com", MONDAY - 7 * DAY),
    )
    found = heard(MessageLog(posts=posts), TITLES, WEEK, "UTC")
    assert (found.messages, found.people, found.days, found.most) == (3, 2, 1, 2)
    assert heard(MessageLog(posts=posts), TITLES, WEEK, "Europe/Berlin").days == 2
    assert heard(MessageLog(), TITLES, WEEK, "UTC").messages == 0


def test_a_notice_was_acted_on_when_its_lead_was_answered_within_a_day_of_it() -> None:
    answers = (MONDAY, MONDAY + DAY, MONDAY + DAY + 1, MONDAY - 1, NEVER)
    log = MessageLog(notices=tuple(("follow-up", MONDAY, answered) for answered in answers))
    found = heard(log, TITLES, WEEK, "UTC")
    assert (found.told, found.acted) == (5, 2)


def test_a_notice_of_the_last_day_may_still_be_acted_on_and_is_not_counted() -> None:
    log = MessageLog(notices=(("follow-up", WEEK.ends_at - HOUR, NEVER),))
    assert heard(log, TITLES, WEEK, "UTC").told == 0


def test_what_cleared_and_what_was_silenced_is_said() -> None:
    found = heard(MessageLog(unsaid={"cleared": 3, "re-read": 1, "silence": 2, "inhibited": 9}), TITLES, WEEK, "UTC")
    assert (found.cleared, found.silenced) == (4, 2)


def notices(sla: str, weeks: int, answered: int, many: int = 10) -> tuple[tuple[str, int, int], ...]:
    last = WEEK.ends_at - 2 * DAY
    at_ = [last - week * 7 * DAY for week in range(weeks) for _ in range(many)]
    return tuple((sla, when, when + HOUR if number % many < answered else NEVER) for number, when in enumerate(at_))


def test_notices_that_four_in_five_ignore_for_four_weeks_are_proposed_to_be_quieter() -> None:
    found = heard(MessageLog(notices=notices("quick", 4, answered=1) + notices("follow-up", 4, answered=2)), TITLES, WEEK, "UTC")
    assert found.ignored == (Ignored("quick", "Quick", 40, 36),)


def test_three_weeks_or_a_handful_of_notices_prove_nothing() -> None:
    assert heard(MessageLog(notices=notices("quick", 3, answered=0)), TITLES, WEEK, "UTC").ignored == ()
    assert heard(MessageLog(notices=notices("quick", 4, answered=0, many=4)), TITLES, WEEK, "UTC").ignored == ()
    assert heard(MessageLog(notices=notices("gone", 5, answered=0, many=5)), TITLES, WEEK, "UTC").ignored == (
        Ignored("gone", "gone", 20, 20),
    )


def test_what_was_recalled_in_vain_and_is_still_open_is_listed_in_the_weekly_scorecard() -> None:
    story = (
        Story().stage("2026-02-02 09:00", "mql").stage("2026-02-02 10:00", "mql", lead="bea").stage("2026-02-02 11:00", "mql", lead="cid")
    )
    judgement = judged(story.call("2026-02-04 12:00", lead="bea"), FOLLOW_UP, as_of="2026-02-09 08:00")
    cycles = judgement.verdicts().set_index("lead")["cycle_id"]
    log = MessageLog(recalled=frozenset(cycles[["ada", "bea"]]))
    card = weekly_scorecard(judgement, promises(FOLLOW_UP), WEEK, FOOTING, log)
    assert [line.lead for line in card.recalled] == ["ada"]
    assert card.heard is not None
    assert weekly_scorecard(judgement, promises(FOLLOW_UP), WEEK, FOOTING).heard is None

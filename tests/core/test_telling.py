"""Who hears what when: first now, rest together; quiet hours, a day's messages, silences, inhibition, what has cleared."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slamon.core.alerts import BulkImport, NoticeKind, Recipient
from slamon.core.telling import Manners, Silence, Standing, decide, share_silenced, still_news
from slamon.core.telling.pace import after_quiet_hours, may_mention, next_digest_at, next_post_at
from slamon.core.telling.rereading import why_gone
from slamon.core.working_time.instants import DAY, FOREVER, HOUR, MINUTE, NEVER, SECOND
from tests.core.telling_world import RITA, TEAM, World, at, notice

MORNING = at("2026-01-05 09:00")
BERLIN = replace(RITA, zone="Europe/Berlin")


def breaches(many: int, every: int = SECOND, to: tuple[Recipient, ...] = (TEAM,), kind: NoticeKind = "breach") -> World:
    return World([(notice(f"lead{n:03}", kind, MORNING + n * every, to), MORNING + n * every, FOREVER) for n in range(many)])


def run(world: World, until: int, since: int = MORNING) -> World:
    """Look whenever something comes due or has waited long enough."""
    now = since
    while NEVER < now <= until:
        world.look(now)
        assert world.unexplained(now) == []
        now = world.next_look(now)
    return world


def heard(world: World) -> list[tuple[int, int]]:
    """(seconds after nine, how many notices) of each message."""
    return [((now - MORNING) // SECOND, len(group.notices)) for now, group in world.heard]


def test_the_first_of_a_group_is_said_at_once_and_what_follows_within_half_a_minute_together() -> None:
    assert heard(run(breaches(6, every=5 * SECOND), MORNING + HOUR)) == [(0, 1), (30, 5)]


def test_later_messages_of_a_group_are_five_minutes_apart_then_ten_and_never_more_than_thirty() -> None:
    steady = heard(run(breaches(200, every=MINUTE), MORNING + 4 * HOUR))
    assert [second for second, _ in steady][:7] == [0, 60, 360, 960, 2160, 3960, 5760]
    assert sum(count for _, count in steady) == 200


def test_five_hundred_misses_in_one_minute_are_three_messages_and_each_is_in_one_of_them() -> None:
    world = run(breaches(500, every=120_000), MORNING + HOUR)
    assert len(world.heard) == 3
    assert sorted(each.cycle_id for _, group in world.heard for each in group.notices) == [f"lead{n:03}" for n in range(500)]


def test_nobody_is_accused_before_the_crm_was_read_past_the_miss() -> None:
    world = breaches(1)
    world.told_until = {"follow-up": MORNING - SECOND}
    world.look(MORNING + MINUTE)
    (row,) = world.withheld.values()
    assert (world.heard, row.state, row.rule, row.until) == ([], "waiting", "unread", MORNING)
    assert world.unexplained(MORNING + MINUTE) == []
    world.told_until = {"follow-up": MORNING}
    world.look(MORNING + 2 * MINUTE)
    ((_, group),) = world.heard
    assert group.since == MORNING + 2 * MINUTE, "it is no news that it was read first"


def test_a_warning_and_what_no_source_is_needed_for_are_said_at_once() -> None:
    warned = breaches(1, kind="warning")
    warned.told_until = {"follow-up": MORNING - HOUR}
    other = breaches(1)
    other.told_until = {"another": MORNING - HOUR}
    assert [heard(run(each, MORNING + MINUTE)) for each in (warned, other)] == [[(0, 1)], [(0, 1)]]


def test_an_answer_that_is_read_before_anybody_heard_of_the_miss_is_no_news() -> None:
    world = breaches(1)
    world.told_until = {"follow-up": MORNING - SECOND}
    world.look(MORNING)
    world.due[0] = (*world.due[0][:2], MORNING + SECOND)
    world.told_until = {"follow-up": MORNING + SECOND}
    world.look(MORNING + MINUTE)
    (row,) = world.withheld.values()
    assert (world.heard, row.state, row.reason) == ([], "suppressed", "answered before it was said")


def test_a_group_that_was_quiet_for_half_an_hour_is_new_again() -> None:
    assert next_post_at([MORNING, MORNING + 30 * SECOND], Manners(), MORNING + 31 * MINUTE) == MORNING + 31 * MINUTE
    assert next_post_at([MORNING], Manners(), MORNING + 10 * SECOND) == MORNING + 30 * SECOND
    assert next_post_at([], Manners(), MORNING) == MORNING
    assert next_post_at([MORNING + HOUR], Manners(), MORNING) == MORNING, "what was posted after the instant was not yet said"


def test_what_clears_while_it_waits_is_never_said_and_it_is_kept_why() -> None:
    world = breaches(2, every=5 * SECOND)
    world.due[1] = (*world.due[1][:2], MORNING + 20 * SECOND)
    run(world, MORNING + HOUR)
    world.look(MORNING + HOUR)
    assert heard(world) == [(0, 1)]
    row = world.withheld["lead001", "breach", 0, "#emea"]
    assert (row.state, row.rule, row.reason) == ("suppressed", "cleared", "answered before it was said")


def test_what_had_cleared_and_comes_due_again_is_said() -> None:
    world = breaches(2, every=5 * SECOND)
    again = world.due[1][0]
    world.due[1] = (again, MORNING + 5 * SECOND, MORNING + 20 * SECOND)
    world.due.append((again, MORNING + HOUR, FOREVER))
    run(world, MORNING + 2 * HOUR)
    assert heard(world) == [(0, 1), (3600, 1)]


def test_a_warning_does_not_wait_past_its_target() -> None:
    urgent = notice("urgent", "warning", MORNING + 10 * SECOND, due_at=MORNING + 20 * SECOND)
    world = breaches(1, kind="warning")
    world.due.append((urgent, MORNING + 10 * SECOND, MORNING + 20 * SECOND))
    assert heard(run(world, MORNING + HOUR)) == [(0, 1), (15, 1)]


def test_quiet_hours_are_those_of_the_recipients_zone_and_end_in_one_message() -> None:
    evening = at("2026-01-05 19:30")  # half past eight in Berlin
    world = World([(notice(f"lead{n}", "breach", evening + n * MINUTE, (BERLIN, TEAM)), evening + n * MINUTE, FOREVER) for n in range(3)])
    world.manners = Manners(quiet_hours=("20:00", "07:00"))
    run(world, at("2026-01-06 12:00"), since=evening)
    ritas = [(now, len(group.notices)) for now, group in world.heard if group.destination == RITA.address]
    assert ritas == [(at("2026-01-06 06:00"), 3)]
    assert next(now for now, group in world.heard if group.destination == "#emea") == evening
    assert after_quiet_hours(evening, Manners(), "Europe/Berlin") == evening


def test_a_person_hears_ten_messages_a_day_and_the_rest_in_one_digest_and_a_channel_hears_all() -> None:
    apart = 40 * MINUTE
    world = World([(notice(f"l{n:02}", "breach", MORNING + n * apart, (RITA, TEAM)), MORNING + n * apart, FOREVER) for n in range(12)])
    run(world, at("2026-01-06 00:00"))
    kinds = [group.kind for _, group in world.heard if group.destination == RITA.address]
    assert kinds == ["breach"] * 10 + ["digest"]
    now, digest = next((now, group) for now, group in world.heard if group.kind == "digest")
    assert (now, len(digest.notices), digest.since) == (at("2026-01-05 17:00"), 2, MORNING + 10 * apart)
    assert len([1 for _, group in world.heard if group.destination == "#emea"]) == 12


def test_a_person_is_notified_by_name_in_channels_five_times_on_a_day_of_theirs() -> None:
    night = at("2026-01-04 23:30")  # half past midnight in Berlin
    assert may_mention([night, *[MORNING] * 3], Manners(), "Europe/Berlin", MORNING)
    assert not may_mention([night, *[MORNING] * 4], Manners(), "Europe/Berlin", MORNING)
    assert may_mention([night, *[MORNING] * 4], Manners(), "", MORNING)
    assert may_mention([MORNING + HOUR] * 5, Manners(), "", MORNING)


def test_the_digest_comes_at_the_persons_own_five_o_clock() -> None:
    assert next_digest_at(Manners(), "Europe/Berlin", MORNING) == at("2026-01-05 16:00")
    assert next_digest_at(Manners(), "Europe/Berlin", at("2026-01-05 16:00")) == at("2026-01-06 16:00")
    assert next_digest_at(Manners(digest_at="08:30"), "", MORNING) == at("2026-01-06 08:30")


def test_a_silence_holds_until_it_ends_and_what_is_open_then_is_told_then() -> None:
    world = breaches(2, every=MINUTE)
    world.silences = (Silence(3, "team", "EMEA", MORNING - HOUR, MORNING + HOUR, "ana", "trade fair"),)
    run(world, MORNING + 2 * HOUR)
    assert heard(world) == [(3600, 2)]
    assert world.withheld["lead000", "breach", 0, "#emea"].reason.startswith("silence 3 by ana until 2026-01-05 10:00 UTC: trade fair")


@pytest.mark.parametrize(
    ("scope", "value", "covered"),
    [("sla", "follow-up", True), ("lead", "lead000", True), ("person", "RITA", True), ("person", "rita@example.com", True),
     ("destination", "rita@example.com", True), ("team", "apac", False), ("destination", "#emea", False), ("lead", "", False)],
)  # fmt: skip
def test_a_silence_covers_a_promise_a_lead_a_person_a_team_or_a_destination(scope: str, value: str, covered: bool) -> None:
    silence = Silence(1, scope, value, MORNING, MORNING + HOUR, "ana", "why")
    assert silence.covers(breaches(1).due[0][0], RITA, MORNING) is covered
    assert not silence.covers(breaches(1).due[0][0], RITA, MORNING + HOUR)


def test_a_silence_is_announced_a_day_before_it_ends_unless_it_was_short() -> None:
    long = Silence(1, "sla", "x", MORNING, MORNING + 3 * DAY, "ana", "why")
    assert [long.ends_soon(MORNING + n * DAY) for n in (0, 1, 2, 3)] == [False, False, True, False]
    assert not Silence(1, "sla", "x", MORNING, MORNING + DAY, "ana", "why").ends_soon(MORNING)


def test_how_much_a_silence_would_cover_is_counted_among_the_misses() -> None:
    misses = [{"sla": "a", "team": "emea"}, {"sla": "b", "team": ""}]
    assert share_silenced("sla", "A", misses) == (1, 2)
    assert share_silenced("team", "", misses) == (0, 2)


def test_the_news_that_a_budget_burns_speaks_for_single_misses_in_the_channel_and_not_to_people() -> None:
    burn = notice("follow-up/2026-01/fast burn", "warning", MORNING, lead="")
    world = breaches(1, to=(TEAM, RITA))
    world.due.append((burn, MORNING, FOREVER))
    told = world.look(MORNING)
    assert [(group.destination, group.kind) for group in told.groups] == [("#emea", "warning"), ("rita@example.com", "breach")]
    (row,) = told.withheld
    assert (row.state, row.rule, row.reason) == ("suppressed", "inhibited", f"{burn.cycle_id} was told here, which speaks for it")


def test_after_a_time_away_each_destination_hears_one_summary() -> None:
    world = breaches(3)
    world.due.append((notice("late", "escalation", MORNING), MORNING, FOREVER))
    told = world.look(MORNING + HOUR, away=True)
    assert [(group.kind, len(group.notices)) for group in told.groups] == [("catch-up", 4)]


def test_good_news_is_told_once_it_has_stood_for_an_interval() -> None:
    answered = notice("ada", "answered late", MORNING, ())
    world = World([(answered, MORNING, FOREVER)])
    assert world.look(MORNING + 10 * SECOND).settled == ()
    assert world.look(MORNING + MINUTE).settled == (answered,)
    assert world.withheld["ada", "answered late", 0, ""].state == "released"


def test_a_verdict_that_keeps_changing_is_one_item_until_it_has_held() -> None:
    corrected = notice("ada", "corrected", MORNING, ())
    world = World([(corrected, MORNING, FOREVER)], changes={"ada": tuple(MORNING + n * MINUTE for n in range(4))})
    told = world.look(MORNING + 5 * MINUTE)
    assert ([each.kind for each in told.unstable], told.settled) == (["unstable"], ())
    assert world.withheld["ada", "corrected", 0, ""].until == MORNING + 3 * MINUTE + 6 * HOUR
    assert world.look(MORNING + 3 * MINUTE + 6 * HOUR).settled == (corrected,)


def test_leads_of_one_import_are_spoken_of_once() -> None:
    bulk = BulkImport("import", "Iris", MORNING, 300)
    world = World([(notice(f"l{n}", "breach", MORNING + n * HOUR, bulk=bulk), MORNING + n * HOUR, FOREVER) for n in range(3)])
    run(world, MORNING + 5 * HOUR)
    assert heard(world) == [(0, 1)]


def test_nobody_to_tell_is_a_reason_too() -> None:
    told = breaches(1, to=(Recipient("slack", "", "team channel"),)).look(MORNING)
    assert [(row.state, row.rule) for row in told.withheld] == [("suppressed", "nobody to tell")]


def test_a_lead_that_was_not_judged_keeps_waiting() -> None:
    world = breaches(2, every=5 * SECOND)
    run(world, MORNING + 5 * SECOND)
    later = MORNING + MINUTE
    assert decide([], world.memory(later), Manners(), later, judged={"somebody else"}).withheld == ()
    (row,) = decide([], world.memory(later), Manners(), later, judged={"lead001"}).withheld
    assert row.state == "suppressed"


def test_a_message_is_news_while_any_of_its_cycles_still_stands() -> None:
    open_miss, answered, met = Standing("breached"), Standing("breached", MORNING), Standing("met", MORNING)
    assert still_news([("breach", answered), ("breach", open_miss)])
    assert not still_news([("breach", answered), ("warning", met), ("escalation", answered), ("reminder", met)])
    assert still_news([("warning", None)])
    assert still_news([("answered late", answered)])
    assert not still_news([("warning", open_miss)])


def test_why_something_was_not_said_is_in_words() -> None:
    assert why_gone("warning", Standing("breached")) == "its target passed before it was said: the miss is told instead"
    assert why_gone("breach", Standing("excused")) == "excused before it was said"
    assert why_gone("breach", None) == "no longer due to be said to them"


KINDS: tuple[NoticeKind, ...] = ("warning", "breach", "escalation")
Drawn = tuple[int, NoticeKind, int, int, tuple[Recipient, ...]]
TOLD = st.tuples(
    st.integers(0, 30), st.sampled_from(KINDS), st.integers(0, 36 * 60), st.integers(1, 48 * 60), st.sampled_from([(TEAM,), (BERLIN,), (TEAM, BERLIN)])
)  # fmt: skip
MANNERS = st.builds(Manners, quiet_hours=st.sampled_from([None, ("20:00", "07:00")]), a_day=st.integers(1, 4))


def world_of(told: list[Drawn], manners: Manners, *, clears: bool) -> World:
    due = {}
    for cycle, kind, minute, length, to in told:
        since = MORNING + minute * MINUTE
        made = notice(f"c{cycle}", kind, since, to, due_at=since + 60 * DAY if kind == "warning" else since)
        due[cycle, kind] = (made, since, since + length * MINUTE if clears else FOREVER)
    return World(list(due.values()), manners)


@given(st.lists(TOLD, max_size=40), MANNERS, st.lists(st.integers(0, 90 * 60), min_size=1, max_size=40))
def test_nothing_is_lost_and_nothing_said_twice_whenever_one_looks(told: list[Drawn], manners: Manners, minutes: list[int]) -> None:
    world = world_of(told, manners, clears=True)
    for minute in sorted(minutes):
        world.look(MORNING + minute * MINUTE)
        assert world.unexplained(MORNING + minute * MINUTE) == []
    assert world.twice == []


@given(st.lists(TOLD, max_size=30), MANNERS, st.randoms(use_true_random=False))
def test_the_order_in_which_notices_come_does_not_matter(told: list[Drawn], manners: Manners, dice: Random) -> None:
    now = MORNING + DAY
    one, other = world_of(told, manners, clears=False), world_of(told, manners, clears=False)
    shuffled = other.now_due(now)
    dice.shuffle(shuffled)
    assert one.look(now) == other.look(now, shuffled)


@given(st.lists(TOLD, max_size=30), MANNERS, st.lists(st.integers(0, 60 * 60), max_size=30))
def test_in_the_end_everybody_has_heard_the_same_however_often_one_looked(told: list[Drawn], manners: Manners, minutes: list[int]) -> None:
    often, seldom = world_of(told, manners, clears=False), world_of(told, manners, clears=False)
    end = MORNING + 10 * DAY
    run(often, end)
    for minute in sorted(minutes):
        seldom.look(MORNING + minute * MINUTE)
    run(seldom, end, since=MORNING + 61 * HOUR)
    assert often.said == seldom.said == {(n.cycle_id, n.kind, 0, r.address) for n, _, _ in often.due for r in n.recipients}


@given(st.lists(TOLD, max_size=40), MANNERS)
def test_looking_twice_at_one_instant_says_nothing_more(told: list[Drawn], manners: Manners) -> None:
    world = world_of(told, manners, clears=False)
    world.look(MORNING + DAY)
    again = world.look(MORNING + DAY)
    assert (again.groups, again.withheld) == ((), ())


@given(st.lists(TOLD, max_size=40), st.integers(1, 5))
def test_a_person_never_hears_more_than_the_days_messages_and_one_digest(told: list[Drawn], a_day: int) -> None:
    world = run(world_of(told, Manners(a_day=a_day, timezone="UTC"), clears=False), MORNING + 10 * DAY)
    per_day: dict[tuple[int, bool], int] = {}
    for now, group in world.heard:
        if group.destination == RITA.address:
            key = ((now + HOUR) // DAY, group.kind == "digest")
            per_day[key] = per_day.get(key, 0) + 1
    assert all(count <= (1 if digest else a_day) for (_, digest), count in per_day.items())

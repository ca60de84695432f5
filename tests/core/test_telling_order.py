"""Who hears before whom: a miss before its escalation, misses before warnings, and whoever stands for a holder in any case."""

from dataclasses import replace

import pandas as pd
import pytest

from slamon.core.alerts import BulkImport, NoticeKind, Recipient
from slamon.core.alerts.routing import Routing
from slamon.core.facts.people import Person, build_people
from slamon.core.telling import Manners, Memory, Post, Silence, Withheld, decide
from slamon.core.working_time.instants import DAY, FOREVER, HOUR, MINUTE, NEVER, SECOND
from tests.core.telling_world import RITA, TEAM, World, at, notice

MORNING = at("2026-01-05 09:00")
MANAGER = Recipient("slack", "ines@example.com", "manager")
NAMED = Recipient("email", "head@example.com", "named")
TO_BOTH = (RITA, TEAM)


def missed(lead: str, second: int, to: tuple[Recipient, ...] = TO_BOTH, escalated_after: int = MINUTE) -> World:
    """One lead whose miss is escalated to the manager; its notices come due by themselves."""
    due = MORNING + second * SECOND
    breach = notice(lead, "breach", due, to, next_at=due + escalated_after)
    escalation = notice(lead, "escalation", due + escalated_after, (MANAGER,), sequence=2)
    return World([(breach, due, FOREVER), (escalation, due + escalated_after, FOREVER)])


def all_of(*worlds: World, manners: Manners | None = None) -> World:
    return World([each for world in worlds for each in world.due], manners or Manners())


def run(world: World, until: int, since: int = MORNING) -> World:
    """Look whenever something comes due or has waited long enough."""
    now = since
    while NEVER < now <= until:
        world.look(now)
        now = world.next_look(now)
    return world


def told(world: World, lead: str, destination: str = "") -> list[tuple[str, int]]:
    """Of which kind a lead was spoken of, how many seconds after nine."""
    return [
        (each.kind, (now - MORNING) // SECOND)
        for now, group in world.heard
        for each in group.notices
        if each.cycle_id == lead and destination in ("", group.destination)
    ]


def heard_by(world: World, destination: str) -> list[tuple[str, int, int]]:
    """(kind, seconds after nine, how many notices) of each message to a destination."""
    return [(group.kind, (now - MORNING) // SECOND, len(group.notices)) for now, group in world.heard if group.destination == destination]


def busy(*hearers: str, kind: str = "breach", many: int = 10) -> dict[str, list[Post]]:
    """Each of some hearers had so many messages early that morning."""
    return {hearer: [Post(kind, MORNING - HOUR - n * MINUTE) for n in range(many)] for hearer in hearers}


def test_a_batch_of_misses_goes_before_the_first_of_them_is_escalated() -> None:
    world = run(all_of(*(missed(f"lead{n:02}", 8 * n) for n in range(20))), MORNING + HOUR)
    for number in range(20):
        (breach, first), *_ = told(world, f"lead{number:02}", "#emea")
        assert (breach, first) == ("breach", first)
        assert first < 8 * number + 60
    assert len(heard_by(world, "#emea")) < 10


def test_a_miss_whose_escalation_is_far_waits_for_its_group_as_ever() -> None:
    world = run(all_of(*(missed(f"lead{n:02}", 8 * n, escalated_after=4 * HOUR) for n in range(20))), MORNING + HOUR)
    assert heard_by(world, "#emea") == [("breach", 0, 1), ("breach", 30, 3), ("breach", 330, 16)]


def test_an_escalation_waits_while_its_breach_waits_and_says_why() -> None:
    world = missed("ada", 0)
    world.manners = Manners(quiet_hours=("08:00", "12:00"))
    zoned = replace(MANAGER, zone="Asia/Tokyo")
    world.due[1] = (replace(world.due[1][0], recipients=(zoned,)), *world.due[1][1:])
    run(world, MORNING + 2 * HOUR)
    assert world.heard == []
    row = world.withheld["ada", "escalation", 2, MANAGER.address]
    assert (row.state, row.rule, row.until) == ("waiting", "its breach first", at("2026-01-05 12:00"))
    assert row.reason == "its breach is told first, which waits: it is quiet hours for them"
    run(world, MORNING + 4 * HOUR, since=MORNING + 3 * HOUR)
    assert sorted(told(world, "ada")) == [("breach", 3 * 3600), ("breach", 3 * 3600), ("escalation", 3 * 3600)]
    assert world.withheld["ada", "escalation", 2, MANAGER.address].state == "released"


def test_one_who_can_act_is_enough_for_the_escalation_to_go() -> None:
    world = missed("ada", 0)
    world.posts = busy(RITA.address)
    run(world, MORNING + 5 * MINUTE)
    assert told(world, "ada") == [("breach", 0), ("escalation", 60)]
    assert world.withheld["ada", "breach", 0, RITA.address].reason == "more than 10 messages today: it comes with the digest"


def test_a_miss_that_only_its_holder_hears_comes_before_its_escalation_however_much_they_heard_today() -> None:
    world = all_of(missed("ada", 0, (RITA,)), missed("bea", 10, (RITA,)))
    world.posts = busy(RITA.address)
    run(world, MORNING + 10 * MINUTE)
    assert heard_by(world, RITA.address) == [("breach", 30, 2)]
    assert world.withheld["ada", "breach", 0, RITA.address].rule == "before its escalation"
    assert told(world, "ada", MANAGER.address) == [("escalation", 60)]


def test_a_miss_found_so_late_that_its_escalation_is_near_does_not_wait_for_a_digest() -> None:
    world = missed("ada", 0, (RITA,))
    world.posts = busy(RITA.address)
    world.look(MORNING + 40 * SECOND)
    assert heard_by(world, RITA.address) == [("breach", 40, 1)]


@pytest.mark.parametrize(("kind", "role"), [("escalation", MANAGER), ("reminder", RITA)])
def test_who_hears_of_a_miss_besides_cannot_act_on_it(kind: NoticeKind, role: Recipient) -> None:
    breach = notice("ada", "breach", MORNING, (RITA, MANAGER))
    pressing = notice("ada", kind, MORNING + HOUR, (role,), sequence=3)
    world = World([(breach, MORNING, FOREVER), (pressing, MORNING + HOUR, FOREVER)])
    world.manners = Manners(quiet_hours=("08:00", "12:00"))
    world.due[0] = (replace(breach, recipients=(RITA, replace(MANAGER, zone="Asia/Tokyo"))), MORNING, FOREVER)
    world.said.add(("ada", "breach", 0, MANAGER.address))
    run(world, MORNING + 2 * HOUR)
    assert told(world, "ada") == []
    assert world.withheld["ada", kind, 3, role.address].rule == "its breach first"


def test_where_neither_holder_nor_team_is_named_any_hearer_of_the_breach_will_do() -> None:
    breach = notice("ada", "breach", MORNING, (NAMED, MANAGER), next_at=MORNING + HOUR)
    later = notice("ada", "escalation", MORNING + HOUR, (MANAGER,), sequence=2)
    world = World([(breach, MORNING, FOREVER), (later, MORNING + HOUR, FOREVER)], Manners(a_day=1))
    world.posts = busy(MANAGER.address, many=1)
    run(world, MORNING + 2 * HOUR)
    assert heard_by(world, NAMED.address) == [("breach", 0, 1)]
    assert told(world, "ada", MANAGER.address) == []
    assert world.withheld["ada", "escalation", 2, MANAGER.address].rule == "a day's messages"


def test_who_silenced_the_breach_does_not_hold_its_escalation_back() -> None:
    world = missed("ada", 0, (TEAM,))
    world.silences = (Silence(1, "destination", "#emea", MORNING - HOUR, MORNING + DAY, "ana", "trade fair"),)
    run(world, MORNING + HOUR)
    assert told(world, "ada") == [("escalation", 60)]


def test_an_escalation_of_a_miss_that_nobody_is_to_hear_of_goes_by_itself() -> None:
    world = World([(notice("ada", "escalation", MORNING, (MANAGER,), sequence=2), MORNING, FOREVER)])
    assert [group.kind for group in world.look(MORNING).groups] == ["escalation"]


def test_the_first_of_two_that_wait_says_until_when_the_escalation_does() -> None:
    breach = notice("ada", "breach", MORNING, (replace(RITA, zone="Europe/Berlin"), TEAM))
    pressing = notice("ada", "escalation", MORNING, (NAMED,), sequence=2)
    world = World([(breach, MORNING, FOREVER), (pressing, MORNING, FOREVER)], Manners(quiet_hours=("08:30", "11:00")))
    world.due[1] = (replace(pressing, recipients=(replace(NAMED, zone="Asia/Tokyo"),)), MORNING, FOREVER)
    world.look(MORNING)
    assert world.withheld["ada", "escalation", 2, NAMED.address].until == at("2026-01-05 10:00")


def test_warnings_take_at_most_half_of_a_persons_day_so_that_misses_are_told() -> None:
    apart = 40 * MINUTE
    warnings = [notice(f"w{n}", "warning", MORNING + n * apart, (RITA,), due_at=MORNING + DAY) for n in range(6)]
    breaches = [notice(f"b{n}", "breach", at("2026-01-05 12:30") + n * apart, (RITA,)) for n in range(6)]
    world = World([(each, each.instant, FOREVER) for each in (*warnings, *breaches)])
    run(world, at("2026-01-05 12:29"))
    row = world.withheld["w5", "warning", 0, RITA.address]
    assert row.reason == "more than 5 messages today that are no misses: it comes with the digest"
    run(world, at("2026-01-05 16:59"), since=at("2026-01-05 12:30"))
    kinds = [group.kind for _, group in world.heard]
    assert (kinds.count("warning"), kinds.count("breach")) == (5, 5)
    run(world, at("2026-01-05 18:00"), since=at("2026-01-05 16:59"))
    assert world.heard[-1][1].kind == "digest"


def test_of_one_look_too_warnings_take_at_most_half() -> None:
    bulks = [BulkImport(f"import{n}", "Iris", MORNING, 300) for n in range(4)]
    warnings = [notice(f"w{n}", "warning", MORNING, (RITA,), bulk=bulk, due_at=MORNING + DAY) for n, bulk in enumerate(bulks)]
    world = World([(each, MORNING, FOREVER) for each in warnings], Manners(a_day=4))
    assert [group.kind for group in world.look(MORNING).groups] == ["warning", "warning"]
    assert {Manners(a_day=many).mild_a_day for many in (1, 2)} == {1}


def test_warnings_that_come_one_by_one_shortly_before_their_targets_go_together() -> None:
    warnings = [notice(f"w{n:02}", "warning", MORNING + 4 * n * SECOND, (RITA,), due_at=MORNING + (4 * n + 24) * SECOND) for n in range(15)]
    world = run(World([(each, each.instant, each.due_at) for each in warnings]), MORNING + HOUR)
    assert heard_by(world, RITA.address) == [
        ("warning", 0, 1),
        ("warning", 16, 4),
        ("warning", 32, 4),
        ("warning", 48, 4),
        ("warning", 64, 2),
    ]


def test_a_message_that_has_to_go_now_takes_along_what_waits_of_leads_that_were_not_judged() -> None:
    urgent = notice("urgent", "warning", MORNING - 20 * SECOND, due_at=MORNING + 10 * SECOND)
    waits = Withheld("other", "warning", 0, "#emea", "other", "follow-up", "waiting", "grouping", "with others", MORNING, MORNING + MINUTE)
    memory = Memory(withheld={waits.key: waits}, posts={"#emea": (Post("warning", MORNING - 5 * SECOND),)})
    told_now = decide([urgent], memory, Manners(), MORNING, judged={"urgent"})
    (row,) = told_now.withheld
    assert (told_now.groups, row.rule, row.until) == ((), "grouping", MORNING), "until the next look, which judges both"
    other = notice("other", "warning", MORNING, due_at=MORNING + DAY)
    again = replace(memory, withheld={waits.key: waits, row.key: row})
    (group,) = decide([urgent, other], again, Manners(), MORNING, judged={"urgent", "other"}).groups
    assert sorted(each.cycle_id for each in group.notices) == ["other", "urgent"]
    (alone,) = decide([urgent], again, Manners(), MORNING, judged={"urgent"}).groups
    assert [each.cycle_id for each in alone.notices] == ["urgent"], "it waits for others once"


def test_what_a_channel_hears_in_the_place_of_a_holder_is_never_left_to_the_news_of_a_burning_budget() -> None:
    nobody = Recipient("slack", "#emea", "team channel", instead="nobody holds it yet")
    burn = notice("follow-up/2026-01/fast burn", "warning", MORNING, lead="")
    breach = notice("ada", "breach", MORNING, (nobody, TEAM))
    other = notice("ada", "breach", MORNING, (TEAM,))
    for due in ([breach, burn], [other, breach, burn], [breach, other, burn]):
        told_now = decide(due, Memory(), Manners(), MORNING)
        assert [(group.destination, group.kind) for group in told_now.groups] == [("#emea", "warning"), ("#emea", "breach")]
        assert told_now.groups[1].notices[0].recipients[0] == nobody


def test_a_channel_that_hears_for_itself_and_for_a_holder_hears_it_for_the_holder() -> None:
    people = build_people(None, None, pd.Series([], dtype=object), pd.Series([], dtype=object))
    for roles in (["holder", "team channel"], ["team channel", "holder"], ["holder", "holder", "team channel"]):
        (only,) = Routing("#sla").recipients(roles, Person(""), "", people, can_act=False)
        assert (only.address, only.instead) == ("#sla", "nobody holds it yet")


def test_a_miss_that_is_answered_already_is_told_to_nobody_more() -> None:
    breach = notice("ada", "breach", MORNING, (TEAM, RITA), answered_at=MORNING + MINUTE)
    world = World([(breach, MORNING, FOREVER)])
    world.said.add(("ada", "breach", 0, "#emea"))
    assert world.look(MORNING + HOUR).groups == ()
    row = world.withheld["ada", "breach", 0, RITA.address]
    assert (row.state, row.rule, row.reason) == ("suppressed", "cleared", "answered before it was said")
    assert world.look(MORNING + 2 * HOUR).withheld == (), "why is kept once"

"""The outbox: nothing is said twice, nothing is claimed twice, and nothing is sent before what it follows."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, select

from slamon.core.working_time.instants import MINUTE, SECOND
from slamon.store.database import reading, writing
from slamon.store.outbox import (
    Draft,
    Member,
    Queued,
    delivery_id,
    depth,
    drop,
    errors_of,
    load_deliveries,
    oldest_waiting,
    queue,
    revive,
    said_about,
    told_of,
)
from slamon.store.outbox.claims import Again, Claimed, Dead, Lane, Outcome, Sent, Unsure, claim, due_lanes, expire, settle
from slamon.store.outbox.rereading import overtake
from slamon.store.schema import deliveries

NOW = 1_795_000_000_000_000


def draft(
    group: str = "cycle-1", kind: str = "breach", destination: str = "#sales", members: tuple[str, ...] | None = None, **more: Any
) -> Draft:
    names = (group,) if members is None else members
    return Draft(
        channel=more.pop("channel", "slack"),
        destination=destination,
        kind=kind,
        sequence=more.pop("sequence", 0),
        group_key=group,
        payload={"text": f"{kind} of {group}", "mode": more.pop("mode", "post")},
        created_at=more.pop("created_at", NOW),
        release_at=more.pop("release_at", NOW),
        members=tuple(Member(name, kind, 0) for name in names),
        **more,
    )


def put(engine: Engine, *drafts: Draft) -> list[Queued]:
    with writing(engine) as connection:
        return queue(connection, drafts)


def take(engine: Engine, now: int = NOW, limit: int = 100) -> list[Claimed]:
    return claim(engine, now, "here", limit)


def states(engine: Engine) -> dict[str, int]:
    with reading(engine) as connection:
        return depth(connection)


def finish(engine: Engine, claimed: Claimed, outcome: Outcome | None = None) -> bool:
    return settle(engine, claimed, outcome or Sent(NOW, {"ts": claimed.id}))


def test_what_was_said_to_a_destination_is_not_queued_again(engine: Engine) -> None:
    assert len(put(engine, draft(), draft())) == 1
    assert put(engine, draft()) == []
    assert len(put(engine, draft(destination="#managers"))) == 1
    with reading(engine) as connection:
        assert set(said_about(connection, ["cycle-1"])) == {("cycle-1", "breach", 0, "#sales"), ("cycle-1", "breach", 0, "#managers")}


def test_a_group_says_only_the_members_that_were_not_said(engine: Engine) -> None:
    put(engine, draft("cycle-1"))
    (queued,) = put(engine, draft("ana", members=("cycle-1", "cycle-2")))
    assert [member.cycle_id for member in queued.members] == ["cycle-2"]


def test_new_members_under_an_old_group_become_a_message_of_their_own(engine: Engine) -> None:
    (first,) = put(engine, draft("ana", members=("cycle-1",)))
    (second,) = put(engine, draft("ana", members=("cycle-1", "cycle-2")))
    assert first.id == delivery_id("#sales", "breach", 0, "ana")
    assert second.id != first.id
    with reading(engine) as connection:
        assert said_about(connection, ["cycle-2"])["cycle-2", "breach", 0, "#sales"] == second.id


def test_a_delivery_has_the_same_id_in_every_run() -> None:
    assert delivery_id("#sales", "breach", 0, "cycle-1") == delivery_id("#sales", "breach", 0, "cycle-1")
    assert len({delivery_id("#sales", "breach", number, "cycle-1") for number in range(10)}) == 10


def test_an_abandoned_transaction_queues_nothing(engine: Engine) -> None:
    def a_check_that_fails() -> None:
        with writing(engine) as connection:
            queue(connection, [draft()])
            raise RuntimeError("after it queued")

    with pytest.raises(RuntimeError):
        a_check_that_fails()
    assert states(engine) == {}
    assert len(put(engine, draft())) == 1


def test_a_claim_is_committed_before_the_call_and_nobody_else_gets_it(engine: Engine) -> None:
    put(engine, draft())
    (claimed,) = take(engine)
    assert states(engine) == {"dispatching": 1}
    assert take(engine) == []
    assert (claimed.attempts, claimed.fence, claimed.unsure, claimed.previous) == (1, 1, False, None)
    assert finish(engine, claimed)
    assert states(engine) == {"sent": 1}
    assert not finish(engine, claimed)


def test_of_many_claimers_at_once_each_delivery_has_one(engine: Engine) -> None:
    put(engine, *[draft(f"cycle-{number}") for number in range(30)])
    with ThreadPoolExecutor(4) as pool:
        taken = [each.id for batch in pool.map(lambda owner: claim(engine, NOW, f"owner-{owner}", 10), range(4)) for each in batch]
    assert len(taken) == len(set(taken)) == 30


def test_nothing_is_claimed_before_its_release(engine: Engine) -> None:
    put(engine, draft(release_at=NOW + MINUTE))
    assert take(engine, NOW + MINUTE - 1) == []
    assert due_lanes(engine, NOW + MINUTE - 1) == []
    assert due_lanes(engine, NOW + MINUTE) == [Lane("slack", "#sales")]
    assert len(take(engine, NOW + MINUTE)) == 1


def test_a_lease_that_ran_out_leaves_the_message_unsure_and_the_sleeper_is_refused(engine: Engine) -> None:
    put(engine, draft())
    (sleeper,) = claim(engine, NOW, "sleeper", 1, lease=MINUTE)
    assert expire(engine, NOW + MINUTE) == 0
    assert expire(engine, NOW + MINUTE + 1) == 1
    (heir,) = claim(engine, NOW + MINUTE + 1, "heir", 1)
    assert (heir.unsure, heir.fence, heir.attempts) == (True, 2, 1)
    assert not finish(engine, sleeper)
    assert states(engine) == {"dispatching": 1}
    assert finish(engine, heir)


def test_a_follow_up_waits_for_what_it_follows_and_gets_its_reference(engine: Engine) -> None:
    (first,) = put(engine, draft())
    put(engine, draft(kind="escalation", mode="reply", follows=first.id, created_at=NOW + 1, members=("other",)))
    (claimed,) = take(engine)
    assert claimed.id == first.id
    assert take(engine) == []
    finish(engine, claimed, Sent(NOW, {"channel": "C1", "ts": "1.2"}))
    (follow_up,) = take(engine)
    assert (follow_up.payload["mode"], follow_up.previous) == ("reply", {"channel": "C1", "ts": "1.2"})


def test_an_edit_of_an_edit_edits_the_first_message(engine: Engine) -> None:
    (first,) = put(engine, draft())
    finish(engine, take(engine)[0], Sent(NOW, {"ts": "1.2"}))
    (second,) = put(engine, draft(kind="answered late", mode="update", follows=first.id, created_at=NOW + 1))
    finish(engine, take(engine)[0], Sent(NOW, {"ts": "1.2"}))
    put(engine, draft(kind="corrected", mode="update", follows=second.id, created_at=NOW + 2))
    assert take(engine)[0].previous == {"ts": "1.2"}


def test_what_was_never_sent_is_overtaken_by_its_edit_which_takes_its_place(engine: Engine) -> None:
    (first,) = put(engine, draft())
    put(engine, draft(kind="answered late", mode="update", follows=first.id, created_at=NOW + MINUTE, release_at=NOW + MINUTE))
    assert overtake(engine, NOW) == 0
    assert overtake(engine, NOW + MINUTE) == 1
    (claimed,) = take(engine, NOW + MINUTE)
    assert (claimed.kind, claimed.payload["mode"], claimed.previous) == ("answered late", "post", None)
    with reading(engine) as connection:
        (dropped,) = load_deliveries(connection, ["dropped"])
    assert dropped.error == f"overtaken by {claimed.id} before it was sent"


def test_an_edit_of_an_answer_that_never_went_out_becomes_the_answer(engine: Engine) -> None:
    (first,) = put(engine, draft())
    (answer,) = put(engine, draft("other", kind="escalation", mode="reply", follows=first.id, created_at=NOW + 1))
    finish(engine, take(engine)[0], Sent(NOW, {"ts": "1.2"}))
    put(engine, draft("other", kind="corrected", mode="update", follows=answer.id, created_at=NOW + 2))
    overtake(engine, NOW + 2)
    (claimed,) = take(engine, NOW + 2)
    assert (claimed.kind, claimed.payload["mode"], claimed.previous) == ("corrected", "reply", {"ts": "1.2"})


def test_an_edit_of_a_message_that_was_given_up_is_a_message(engine: Engine) -> None:
    (first,) = put(engine, draft())
    finish(engine, take(engine)[0], Dead("channel_not_found"))
    put(engine, draft(kind="corrected", mode="update", follows=first.id, created_at=NOW + 1))
    assert take(engine)[0].payload["mode"] == "post"


@pytest.mark.parametrize("earlier", ["same group", "same cycle"])
def test_earlier_news_of_a_cycle_goes_first_to_a_destination(engine: Engine, earlier: str) -> None:
    put(engine, draft("group-1" if earlier == "same group" else "ana", kind="warning", members=("cycle-1",), created_at=NOW - 2))
    put(engine, draft("group-1", kind="breach", members=("cycle-2" if earlier == "same group" else "cycle-1",), created_at=NOW - 1))
    put(engine, draft("group-1", kind="breach", destination="#managers", created_at=NOW))
    claimed = {(each.kind, each.lane.destination): each for each in take(engine)}
    assert set(claimed) == {("warning", "#sales"), ("breach", "#managers")}
    finish(engine, claimed["warning", "#sales"], Again(NOW + MINUTE, "refused"))
    assert take(engine) == []
    (again,) = take(engine, NOW + MINUTE)
    finish(engine, again)
    assert [each.kind for each in take(engine, NOW + MINUTE)] == ["breach"]


def test_of_news_found_at_once_the_milder_goes_first(engine: Engine) -> None:
    put(engine, draft(kind="escalation"), draft(kind="breach"), draft(kind="warning"))
    order = []
    while claimed := take(engine):
        order += [each.kind for each in claimed]
        for each in claimed:
            finish(engine, each)
    assert order == ["warning", "breach", "escalation"]


def test_a_rate_limit_holds_its_destination_only_also_for_what_is_queued_later(engine: Engine) -> None:
    put(engine, draft("cycle-1"), draft("cycle-2", destination="#other"))
    claimed = {each.lane.destination: each for each in take(engine)}
    finish(engine, claimed["#sales"], Again(NOW + MINUTE, "rate limited", holds="destination"))
    finish(engine, claimed["#other"])
    put(engine, draft("cycle-3"), draft("cycle-4", destination="#other"))
    assert [each.lane.destination for each in take(engine, NOW + MINUTE - 1)] == ["#other"]
    assert len(take(engine, NOW + MINUTE)) == 2


def test_a_closed_account_holds_its_whole_channel(engine: Engine) -> None:
    put(engine, draft("cycle-1"))
    finish(engine, take(engine)[0], Again(NOW + MINUTE, "invalid_auth", holds="channel"))
    put(engine, draft("cycle-2", destination="#other"), draft("cycle-3", destination="ana@example.com", channel="email"))
    assert due_lanes(engine, NOW + MINUTE - 1) == [Lane("email", "ana@example.com")]
    assert len(take(engine, NOW + MINUTE)) == 3


def test_an_unsure_message_is_looked_for_not_before_its_time(engine: Engine) -> None:
    put(engine, draft())
    finish(engine, take(engine)[0], Unsure(NOW + MINUTE, "timeout", absences=1))
    assert take(engine, NOW + MINUTE - 1) == []
    (claimed,) = take(engine, NOW + MINUTE)
    assert (claimed.unsure, claimed.absences, claimed.attempts) == (True, 1, 1)


def test_dead_letters_are_listed_with_their_reason_and_can_be_revived_or_dropped(engine: Engine) -> None:
    put(engine, draft("cycle-1"), draft("cycle-2"))
    for claimed in take(engine):
        finish(engine, claimed, Dead("channel_not_found"))
    with reading(engine) as connection:
        assert errors_of(connection, ["dead"]) == [("slack", "channel_not_found", 2)]
        first, second = load_deliveries(connection, ["dead"])
        assert oldest_waiting(connection) is None
    with writing(engine) as connection:
        assert revive(connection, [first.id], NOW + SECOND) == 1
        assert drop(connection, second.id, "the channel is gone for good")
        assert not drop(connection, "no such delivery", "")
    (claimed,) = take(engine, NOW + SECOND)
    assert (claimed.id, claimed.attempts) == (first.id, 1)
    with writing(engine) as connection:
        assert not drop(connection, first.id, "too late: it is being sent")
        assert oldest_waiting(connection) == NOW


def test_a_message_of_the_whole_of_unicode_comes_back_as_it_was(engine: Engine) -> None:
    text = "Zoë \x00 \ud800 👩‍👩‍👧 <!channel>"
    put(engine, Draft("slack", "#sales", "breach", 0, "g", {"text": text}, NOW, NOW, (Member("c", "breach", 0),)))
    assert take(engine)[0].payload["text"] == text


def test_a_long_queue_is_claimed_without_reading_it_all_each_time(engine: Engine) -> None:
    put(engine, *[draft(f"cycle-{number}", created_at=NOW + number) for number in range(2000)])
    for _ in range(5):
        (claimed,) = take(engine, NOW + MINUTE, limit=1)
        finish(engine, claimed)
    with reading(engine) as connection:
        order = connection.execute(select(deliveries.c.group_key).where(deliveries.c.state == "sent")).scalars()
        assert sorted(order) == [f"cycle-{number}" for number in range(5)]


def test_what_waits_is_overtaken_by_its_edit_at_the_very_moment_at_which_it_would_be_sent(engine: Engine) -> None:
    (first,) = put(engine, draft())
    put(engine, draft(kind="answered late", mode="update", follows=first.id, created_at=NOW + 1))
    assert take(engine, NOW + 1) == []
    assert [(each.kind, each.payload["mode"]) for each in take(engine, NOW + 1)] == [("answered late", "post")]


def test_of_a_lead_of_which_a_place_was_to_hear_twice_it_hears_once_what_became_of_it(engine: Engine) -> None:
    (breach,) = put(engine, draft())
    (escalation,) = put(engine, draft(kind="escalation", created_at=NOW + 1))
    put(engine, draft(kind="answered late", mode="update", follows=breach.id, created_at=NOW + 2))
    put(engine, draft(kind="answered late: also", mode="update", follows=escalation.id, created_at=NOW + 2))
    assert overtake(engine, NOW + 2) == 2
    assert [each.kind for each in take(engine, NOW + 2)] == ["answered late"]
    assert states(engine) == {"dropped": 3, "dispatching": 1}


def pressing(**more: Any) -> Draft:
    return replace(draft(kind="escalation", destination="#managers", created_at=NOW + MINUTE, release_at=NOW + MINUTE), **more)


def test_nobody_is_pressed_about_a_miss_on_the_wire_before_one_of_those_who_can_act_has_it(engine: Engine) -> None:
    put(engine, draft(), draft(destination="rita@example.com"), pressing())
    first, second = take(engine, NOW + MINUTE)
    assert {first.kind, second.kind} == {"breach"}
    assert take(engine, NOW + MINUTE) == []
    assert finish(engine, first, Again(NOW + 2 * MINUTE, "refused"))
    assert take(engine, NOW + MINUTE) == []
    assert finish(engine, second)
    assert [each.kind for each in take(engine, NOW + MINUTE)] == ["escalation"]


def test_a_miss_that_cannot_be_delivered_holds_no_escalation_back(engine: Engine) -> None:
    put(engine, draft(), pressing())
    (breach,) = take(engine, NOW + MINUTE)
    assert finish(engine, breach, Dead("no such channel"))
    assert [each.kind for each in take(engine, NOW + MINUTE)] == ["escalation"]


def test_an_escalation_waits_neither_for_a_later_miss_nor_for_another_channel(engine: Engine) -> None:
    put(engine, draft(channel="email"), pressing())
    later = NOW + 2 * MINUTE
    put(
        engine,
        draft("cycle-2", created_at=later, release_at=later),
        pressing(group_key="cycle-2", members=(Member("cycle-2", "escalation", 0),)),
    )
    assert [each.kind for each in take(engine, NOW + MINUTE)] == ["breach", "escalation", "escalation"]


def with_later(**more: Any) -> Draft:
    made = draft(**more)
    return replace(made, payload={"text": "25 s past target", "mode": "post", "later": {"text": "due Mon 5 Jan 11:00 UTC"}})


def test_what_waited_longer_than_a_minute_is_sent_with_words_that_hold_at_any_time(engine: Engine) -> None:
    put(engine, with_later(), with_later(group="cycle-2", destination="#other"))
    (soon, _) = take(engine, NOW + MINUTE)
    assert soon.payload == {"text": "25 s past target", "mode": "post"}
    assert finish(engine, soon, Again(NOW + 3 * MINUTE, "Slack is away"))
    (late,) = take(engine, NOW + 3 * MINUTE)
    assert late.payload == {"text": "due Mon 5 Jan 11:00 UTC", "mode": "post"}
    assert finish(engine, late, Again(NOW + 4 * MINUTE, "Slack is away"))
    assert take(engine, NOW + 4 * MINUTE)[0].payload == late.payload


def test_a_mail_that_may_have_arrived_is_repeated_to_the_letter(engine: Engine) -> None:
    put(engine, with_later(channel="email", destination="head@example.com"))
    (first,) = take(engine)
    assert finish(engine, first, Again(NOW + 15 * MINUTE, "its answer was lost", absences=1))
    assert take(engine, NOW + 15 * MINUTE)[0].payload == first.payload


@pytest.mark.parametrize(
    ("stamp", "there_after"),
    [("1795000002.000500", 2 * SECOND + 500), ("1794999000.000100", 42 * SECOND), ("", 42 * SECOND)],
    ids=["posted long before it was known", "an edit of an older message", "no stamp"],
)
def test_a_message_was_told_when_slack_had_it_not_when_its_answer_came(engine: Engine, stamp: str, there_after: int) -> None:
    put(engine, draft())
    finish(engine, take(engine)[0], Sent(NOW + 42 * SECOND, {"channel": "C1", "ts": stamp}))
    with reading(engine) as connection:
        assert [told.at for told in told_of(connection, ["cycle-1"])] == [NOW + there_after]

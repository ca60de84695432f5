"""Counts and unsubscriptions are kept with what they count."""

from sqlalchemy import Engine

from slamon.store.database import reading, writing
from slamon.store.outbox import Draft, Member, queue
from slamon.store.outbox.claims import Again, Sent, claim, settle
from slamon.store.outbox.unsubscriptions import (
    Unsubscription,
    report_mailed,
    resubscribe,
    told,
    unsubscribe,
    unsubscribed,
    untold,
)
from slamon.store.tallies import Tally, load_tallies, tally

NOW = 1_795_000_000_000_000
REPORT = "report/weekly/2026-W46"


def _report(engine: Engine, destination: str, channel: str = "email") -> str:
    draft = Draft(channel, destination, "report", 0, REPORT, {"text": "t"}, NOW, NOW, (Member(REPORT, "report", 0),))
    with writing(engine) as connection:
        return queue(connection, [draft])[0].id


def test_every_sending_that_ends_is_counted_by_its_outcome_and_one_whose_lease_was_taken_is_not(engine: Engine) -> None:
    _report(engine, "ana@example.com")
    (first,) = claim(engine, NOW, "a", 1)
    assert settle(engine, first, Again(NOW, "refused"))
    (second,) = claim(engine, NOW, "b", 1)
    assert not settle(engine, first, Sent(NOW, {}))
    assert settle(engine, second, Sent(NOW, {}))
    with reading(engine) as connection:
        assert load_tallies(connection) == [Tally("sends", "email", "again", 1), Tally("sends", "email", "sent", 1)]


def test_a_count_goes_up_by_as_much_as_it_is_told(engine: Engine) -> None:
    with writing(engine) as connection:
        tally(connection, "twins", "slack", "deleted", 2)
        tally(connection, "twins", "slack", "deleted", 3)
        assert load_tallies(connection) == [Tally("twins", "slack", "deleted", 5)]


def test_an_unsubscription_is_recorded_once_and_told_once(engine: Engine) -> None:
    delivery = _report(engine, "ceo@example.com")
    with writing(engine) as connection:
        assert report_mailed(connection, delivery) == ("ceo@example.com", "weekly")
        assert unsubscribe(connection, "ceo@example.com", "weekly", NOW)
        assert not unsubscribe(connection, "ceo@example.com", "weekly", NOW + 1)
        assert unsubscribed(connection, "weekly") == {"ceo@example.com"}
        assert unsubscribed(connection, "monthly") == frozenset()
        (waiting,) = untold(connection)
        assert waiting == Unsubscription("ceo@example.com", "weekly", NOW)
        told(connection, waiting, NOW)
        assert untold(connection) == []
        assert resubscribe(connection, "ceo@example.com", "weekly")
        assert not resubscribe(connection, "ceo@example.com", "weekly")
        assert unsubscribed(connection, "weekly") == frozenset()


def test_only_a_report_s_mail_can_be_unsubscribed_from(engine: Engine) -> None:
    posted = _report(engine, "#sales", "slack")
    with reading(engine) as connection:
        assert report_mailed(connection, posted) is None
        assert report_mailed(connection, "nobody") is None

"""F01-F55: the faults that the alert path is held to, each played on the rig or named with the tests that hold it."""

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from resource import RLIMIT_FSIZE, prlimit

import psycopg
import pytest

from slamon.jobs.deliver import WORKERS
from tests.faults.clock import DAY, HOUR, MINUTE, SECOND
from tests.faults.company import HEAD, HEADER, REPORT_AT, REPORT_TO, Row
from tests.faults.fake_mail import MailFault
from tests.faults.fake_slack import Fault, words_of
from tests.faults.rig import Kill, Rig
from tests.faults.rows import FAULTS, played
from tests.faults.story import ELEVEN, NINE, NOON, ONE, POST, TEN, Story, later, lead_of

pytestmark = pytest.mark.faults

Scenario = Callable[[Rig], None]
SCENARIOS: dict[str, Scenario] = {}


def scenario(number: str) -> Callable[[Scenario], Scenario]:
    """This function plays that row."""

    def kept(played: Scenario) -> Scenario:
        SCENARIOS[number] = played
        return played

    return kept


@pytest.mark.parametrize("number", played(FAULTS))
def test_fault(number: str, made: Rig) -> None:
    SCENARIOS[number](made)


@scenario("F02")
def killed_between_commit_and_post(made: Rig) -> None:
    story = Story(made).warned()
    story.reach(ELEVEN + 5 * SECOND)
    story.kill_at(3, "sync", "check")
    story.clean()


@scenario("F03")
def killed_after_the_request_which_slack_stored(made: Rig) -> None:
    story = Story(made).queued()
    posts = len(made.slack.asked(POST))
    story.kill_at(7, "deliver")
    story.clean()
    assert len(made.slack.asked(POST)) == posts + 12, "what arrived was found, not posted again"


@scenario("F04")
def killed_after_the_request_which_slack_did_not_store(made: Rig) -> None:
    story = Story(made).queued()
    posts = len(made.slack.asked(POST))
    made.slack.plant(Fault(POST, "disconnect"))
    story.kill_at(7, "deliver")
    story.clean()
    assert len(made.slack.asked(POST)) == posts + 13, "posted once more"


@scenario("F05")
def killed_after_the_request_while_the_history_lags(made: Rig) -> None:
    made.slack.history_lag_s = 10
    killed_after_the_request_which_slack_stored(made)


@scenario("F06")
def a_request_that_lands_late(made: Rig) -> None:
    story = Story(made).queued()
    made.slack.plant(Fault(POST, "disconnect", stored=True, late_s=45), Fault(POST, "reset", stored=True, late_s=100))
    made.settle()
    for minutes in (10, 20):
        story.tick(later(minutes))
    story.clean()


@scenario("F07")
def killed_after_the_answer(made: Rig) -> None:
    story = Story(made).queued()
    story.kill_at(8, "deliver")
    story.clean()


@scenario("F08")
def killed_while_it_looks_for_what_arrived(made: Rig) -> None:
    story = Story(made).queued()
    story.kill_at(7, "deliver")
    for _ in range(2):
        made.clock.wait(3 * MINUTE)
        made.kill = Kill(10)
        while made.kill is not None:
            made.tick()
            made.clock.wait(30 * SECOND)
    assert made.killed[10] == 2
    story.clean()


@scenario("F10")
def answers_that_break_off(made: Rig) -> None:
    story = Story(made).queued()
    broken = [("reset", ""), ("disconnect", ""), ("half body", ""), ("body", '{"ok": tru'), ("body", "<html>hello</html>")]
    made.slack.plant(*(Fault(POST, kind, stored, value) for kind, value in broken for stored in (True, False)))
    posts = len(made.slack.asked(POST))
    story.clean()
    assert len(made.slack.asked(POST)) == posts + 12 + 5, "one request an attempt, and only what was not stored is repeated"


@scenario("F11")
def server_failures(made: Rig) -> None:
    story = Story(made).queued()
    made.slack.plant(*(Fault(POST, "status", stored, str(status)) for status in (500, 502, 503, 504) for stored in (True, False)))
    posts = len(made.slack.asked(POST))
    story.clean()
    assert len(made.slack.asked(POST)) == posts + 12 + 4


@scenario("F12")
def errors_of_slacks_own(made: Rig) -> None:
    story = Story(made).queued()
    made.slack.plant(*(Fault(POST, "error", stored, code) for code in ("fatal_error", "internal_error") for stored in (True, False)))
    posts = len(made.slack.asked(POST))
    story.clean()
    assert len(made.slack.asked(POST)) == posts + 12 + 2


@scenario("F13")
def rate_limits_with_any_retry_after(made: Rig) -> None:
    story = Story(made).queued()
    waits = {"1": 1, "30": 30, "3600": 3600, "": 60, "Wed, 21 Oct 2037 07:28:00 GMT": 60, "-5": 60}
    made.slack.plant(*(Fault(POST, "rate limit", value=value, channel=f"#team-{team}") for team, value in enumerate(waits)))
    story.kill_at(9, "deliver")
    story.clean(90)
    for team, seconds in enumerate(waits.values()):
        asked = [each for each in made.slack.asked(POST) if each.content["channel"] == f"#team-{team}"]
        limited = [each for each in asked if each.answer == "rate limit"]
        assert len(limited) == 1
        assert all(each.at >= limited[0].at + seconds * SECOND for each in asked if each.at > limited[0].at)


@scenario("F14")
def five_hundred_breaches_in_a_minute(made: Rig) -> None:
    story = Story(made, [lead_of(0, number) for number in range(500)]).queued()
    made.settle()
    seen = made.slack.seen("#team-0")
    assert len(seen) <= 12
    assert made.slack.limited() == 0
    words = "\n".join("\n".join(words_of(each)) for each in seen)
    assert [lead.name for lead in story.leads if words.count(lead.name) != 1] == []


@scenario("F15")
def six_hours_without_slack(made: Rig) -> None:
    story = Story(made, [lead_of(team, answered=NOON + HOUR if team % 2 else None) for team in range(6)]).warned()
    made.slack.down = True
    for hour in range(12):
        story.tick(ELEVEN + 5 * SECOND + hour * HOUR // 2)
    made.slack.down = False
    made.settle(120)
    for team in range(6):
        shown = story.shows(f"#team-{team}")
        assert len(shown) == 1, shown
        assert ("Answered late" if team % 2 else "Past target") in shown[0]


@scenario("F16")
def a_token_that_is_revoked(made: Rig) -> None:
    settings = made.company.folder / "slamon.yaml"
    settings.write_text(settings.read_text() + "operator: [ops@example.com]\n")
    story = Story(made).queued()
    for trouble in ("token_revoked", "account_inactive", "invalid_auth"):
        made.slack.token_trouble = trouble
        posts = len(made.slack.asked(POST))
        made.order("deliver")
        assert len(made.slack.asked(POST)) - posts <= 3
        made.clock.wait(90 * SECOND)
    (told,) = made.mail.seen("ops@example.com")[:1]
    assert told.at <= later(5), "the operator is told by mail within five minutes"
    made.slack.token_trouble = ""
    verdict = story.settled()
    assert not verdict.dup
    assert not verdict.reordered
    assert [each for each in verdict.lost if "warning" not in each] == []


@scenario("F17")
def channels_that_are_gone(made: Rig) -> None:
    story = Story(made).queued()
    made.slack.archived.add("C0TEAM0000")
    made.slack.closed |= {"C0TEAM0001": "not_in_channel", "C0TEAM0002": "restricted_action"}
    made.slack.channels["#renamed"] = made.slack.channels.pop("#team-3")
    made.settle()
    instead = ["\n".join(words_of(each)) for each in made.slack.seen("#sla")]
    for team in range(4):
        assert [text for text in instead if f"#team-{team}" in text and f"L{team:03}0000" in text], instead
    for team in (4, 5):
        assert len(story.shows(f"#team-{team}")) == 1


@scenario("F18")
def one_message_that_slack_cannot_read(made: Rig) -> None:
    story = Story(made).queued()
    made.slack.plant(Fault(POST, "error", value="invalid_blocks"), Fault(POST, "error", value="msg_too_long"))
    story.clean()


@scenario("F19")
def a_message_that_a_person_deleted(made: Rig) -> None:
    story = Story(made, [lead_of(0, answered=later(20))])
    story.queued()
    made.settle()
    (told,) = [each for each in made.slack.seen("#team-0") if not each.get("thread_ts")]
    made.slack.delete(told["ts"])
    story.tick(later(20) + SECOND)
    story.tick(later(22))  # good news is told once it has held for a minute
    made.settle()
    assert "Answered late" in story.shows("#team-0")[0]


@scenario("F20")
def an_edit_whose_answer_is_lost(made: Rig) -> None:
    story = Story(made, [lead_of(0, answered=later(20))]).queued()
    made.settle()
    made.slack.plant(Fault("chat.update", "disconnect", stored=True), Fault("chat.update", "reset"))
    story.tick(later(20) + SECOND)
    story.tick(later(22))
    story.clean()


def _until_the_mail(made: Rig) -> Story:
    """One lead that nobody answers, until the mail about it is in the outbox."""
    story = Story(made, [lead_of(0)]).queued()
    made.settle()
    story.tick(NOON + 5 * SECOND)
    story.reach(ONE + 5 * SECOND)
    made.order("sync", "check")
    return story


@scenario("F21")
def mail_that_breaks_before_the_dot(made: Rig) -> None:
    story = _until_the_mail(made)
    verbs = ("EHLO", "MAIL", "RCPT", "DATA")
    for verb in verbs:
        for when in ("before", "after"):
            made.mail.plant(MailFault(verb, when))
            made.order("deliver")
            assert not made.mail.raw
            made.clock.wait(16 * MINUTE)
    story.clean(60)
    assert len(made.mail.raw) == 1


@scenario("F22")
def mail_whose_250_is_lost(made: Rig) -> None:
    story = _until_the_mail(made)
    made.mail.plant(MailFault("DOT", "after"))
    story.clean(60)
    assert 1 <= len(made.mail.raw) <= 2
    assert len({(each.message_id, each.content) for each in made.mail.raw}) == 1


@scenario("F23")
def greylisting_and_one_refused_recipient(made: Rig) -> None:
    story = _until_the_mail(made)
    made.mail.plant(*(MailFault("RCPT", reply="450 4.2.0 greylisted", recipient=HEAD) for _ in range(5)))
    story.clean(90)
    made.mail.plant(*(MailFault("RCPT", reply="550 5.1.1 unknown", recipient=REPORT_TO[0]) for _ in range(3)))
    made.clock.reach(NINE - 9 * HOUR + REPORT_AT + SECOND)
    made.tick()
    told = made.settle(60)
    assert [each.recipient for each in made.mail.seen() if each.recipient in REPORT_TO] == [REPORT_TO[1]]
    assert [(to, "550" in why) for to, why in told.dead] == [(REPORT_TO[0], True)]


@scenario("F26")
def an_export_that_is_half_written(made: Rig) -> None:
    story = Story(made).warned()
    events = made.company.folder / "events.csv"
    whole = events.read_text(encoding="utf-8")
    lines = whole.splitlines(keepends=True)
    events.write_text("".join(lines[: len(lines) // 2]) + '"L00', encoding="utf-8")
    story.made.clock.reach(later(5))
    assert "failed" in made.order("sync").did["sync"]
    assert not made.order("check").waiting, "nobody is accused of what could not be read"
    events.write_text(whole, encoding="utf-8")
    story.clean()


@scenario("F28")
def a_column_that_is_renamed(made: Rig) -> None:
    story = Story(made).warned()
    made.company.write(made.company.rows(), header=(*HEADER[:3], "what_happened", *HEADER[4:]))
    made.clock.reach(later(5))
    assert "what" in made.order("sync").did["sync"]
    assert not made.order("check").waiting
    made.company.write(made.company.rows())
    story.clean()


@scenario("F29")
def an_export_that_is_suddenly_empty(made: Rig) -> None:
    filler = [Row(NINE - 30 * DAY + number * SECOND, f"old{number}", "call") for number in range(3000)]
    made.company.show(filler)
    story = Story(made).queued()
    made.settle()
    made.company.write([])
    made.clock.reach(later(15))
    assert "failed" in made.order("sync").did["sync"]
    made.order("check")
    made.company.write(made.company.rows())
    story.clean()


@scenario("F30")
def a_change_that_becomes_visible_late(made: Rig) -> None:
    settings = made.company.folder / "slamon.yaml"
    settings.write_text(settings.read_text().replace("    type: files\n", "    type: files\n    lag: 2m\n"))
    story = Story(made, [lead_of(0)]).warned()
    story.tick(ELEVEN + 5 * SECOND)
    made.company.show([Row(ELEVEN - 30 * SECOND, story.leads[0].name, "call")])
    made.clock.reach(later(10))
    made.settle()
    assert not made.slack.seen("#team-0")


@scenario("F31")
def rows_three_times_and_shuffled(made: Rig) -> None:
    story = Story(made).queued()
    rows = made.company.rows() * 3
    random.Random(31).shuffle(rows)
    made.company.write(rows)
    story.clean()


@scenario("F32")
def leads_that_are_deleted_restored_merged_reassigned_and_disqualified(made: Rig) -> None:
    """Each in time and too late; merges in both directions and in a chain of three."""
    half, alone = 30 * MINUTE, [lead_of(team, number) for team in range(2) for number in range(4)]
    deleted, deleted_late, restored, twice = alone[:4]
    disqualified, disqualified_late, reassigned, _ = alone[4:]
    deleted.gone, deleted_late.gone = TEN + half, ELEVEN + half
    restored.away = ((TEN + half, ELEVEN - 15 * MINUTE),)
    twice.away = ((NINE + half, TEN - 15 * MINUTE), (TEN + half, ELEVEN - 15 * MINUTE))
    disqualified.goes = disqualified_late.goes = "disqualified"
    disqualified.gone, disqualified_late.gone = TEN + half, ELEVEN + half
    reassigned.holders.append((TEN + half, "rep12"))
    loser, survivor = lead_of(2), lead_of(3, answered=TEN - 15 * MINUTE)
    loser.merged = (later(20), survivor.name)
    answered, unanswered = lead_of(2, 1, answered=TEN - 15 * MINUTE), lead_of(3, 1)
    answered.merged = (later(20), unanswered.name)
    first, second, third = lead_of(4), lead_of(5), lead_of(4, 1, answered=TEN - 15 * MINUTE)
    second.merged, first.merged = (later(20), third.name), (later(20) + SECOND, second.name)
    story = Story(made, [*alone, loser, survivor, answered, unanswered, first, second, third])
    known = sorted({row.at for row in story.rows} | {lead.reaches(step * HOUR) for lead in story.leads for step in (1, 2, 3, 4)})
    for instant in known:
        story.tick(instant + 5 * SECOND)
        made.settle(4)
    story.clean(120)


@scenario("F33")
def a_disk_that_is_full(made: Rig) -> None:
    story = Story(made).warned()
    posts = len(made.slack.asked(POST))
    with no_room(made):
        story.reach(ELEVEN + 5 * SECOND)
        told = made.order("sync", "check")
        assert all(said.startswith("failed") for said in told.did.values()), told.did
    told = made.order("sync", "check")
    assert told.waiting["slack pending"] == 12
    with no_room(made):
        for _ in range(3):
            assert made.order("deliver").did["deliver"].startswith("failed")
            made.clock.wait(5 * SECOND)
    assert len(made.slack.asked(POST)) == posts, "nothing is sent without a claim that was written"
    with ExitStack() as filled:
        told = story.while_it_sends(lambda: filled.enter_context(no_room(made)))
        assert told.did["deliver"].startswith("failed")
        assert len(made.slack.asked(POST)) <= posts + 2 + WORKERS
    story.clean()


@contextmanager
def no_room(made: Rig) -> Iterator[None]:
    """The database takes nothing: no byte of any file of the child's, or whatever PostgreSQL says when its disk is full."""
    if made.database_url.startswith("sqlite"):
        assert made.pid
        before = prlimit(made.pid, RLIMIT_FSIZE)
        prlimit(made.pid, RLIMIT_FSIZE, (1, before[1]))
        yield
        prlimit(made.pid, RLIMIT_FSIZE, before)
        return
    with psycopg.connect(made.database_url.replace("postgresql+psycopg", "postgresql"), autocommit=True) as connection:
        full = "BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END"
        connection.execute(f"CREATE OR REPLACE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ {full} $$")
        tables = [str(row[0]) for row in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        for table in tables:
            connection.execute(f"CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE OR DELETE ON {table} EXECUTE FUNCTION full_disk()")
        yield
        for table in tables:
            connection.execute(f"DROP TRIGGER full_disk ON {table}")


@scenario("F35")
def an_older_database_comes_back(made: Rig) -> None:
    story = Story(made).queued()
    made.end()
    again = _snapshot(made)
    made.order("deliver")
    made.end()
    again()
    made.clock.wait(2 * MINUTE)
    story.clean()


def _snapshot(made: Rig) -> Callable[[], None]:
    """What puts the database back to where it is now."""
    url = made.database_url
    if url.startswith("sqlite"):
        folder = made.company.folder
        kept = {path.name: path.read_bytes() for path in folder.glob("slamon.db*")}

        def put_back() -> None:
            for path in folder.glob("slamon.db*"):
                path.unlink()
            for name, content in kept.items():
                (folder / name).write_bytes(content)

        return put_back
    server, _, name = url.replace("postgresql+psycopg", "postgresql").rpartition("/")
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}_kept" TEMPLATE "{name}"')

    def put_back_postgresql() -> None:
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
            connection.execute(f'ALTER DATABASE "{name}_kept" RENAME TO "{name}"')

    return put_back_postgresql


@scenario("F40")
def a_process_that_sleeps_through_its_lease(made: Rig) -> None:
    story = Story(made).queued()
    made.kill = Kill(4, sleeps=True)
    assert made.order("deliver").killed_at == 4
    made.clock.wait(10 * MINUTE)
    story.clean()
    posts = len(made.slack.asked(POST))
    made.wake()
    assert len(made.slack.asked(POST)) == posts, "who wakes after its lease sends nothing"
    story.clean()


@scenario("F41")
def a_clock_that_jumps(made: Rig) -> None:
    story = Story(made).queued()
    made.settle()
    now = made.clock()
    for jump in (-HOUR, -DAY, 0):
        made.clock.set(now + jump)
        made.tick()
        made.clock.wait(2 * MINUTE)
        made.settle()
    made.clock.set(now + 10 * MINUTE)
    story.clean()


@scenario("F42")
def asleep_over_a_reports_time(made: Rig) -> None:
    story = Story(made, [lead_of(0, answered=TEN - 30 * MINUTE)])
    story.tick(NINE + 5 * SECOND)
    story.tick(NINE - 9 * HOUR + REPORT_AT + 3 * HOUR)
    made.settle()
    assert sorted(each.recipient for each in made.mail.seen()) == sorted(REPORT_TO)
    made.settle()
    assert len(made.mail.raw) == 2


@scenario("F43")
def down_over_several_reports(made: Rig) -> None:
    story = Story(made, [lead_of(0, answered=TEN - 30 * MINUTE)])
    story.tick(NINE + 5 * SECOND)
    story.tick(NINE + 4 * DAY + 9 * HOUR)
    made.settle()
    assert sorted(each.recipient for each in made.mail.seen()) == sorted(REPORT_TO), "the newest, once"

"""Nobody is accused because a sync was down: a live check judges only up to where every source was read."""

import csv
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from slamon.cli import run
from slamon.commands.operations import Service
from slamon.core.working_time.instants import HOUR, MINUTE, iso
from slamon.jobs.report import default_period, make_report
from slamon.jobs.sync import sync
from slamon.jobs.sync.holding import Held, judgeable_until
from slamon.jobs.troubles import Operators, tell_operator
from slamon.store.database import reading, writing
from slamon.store.facts.holds import load_holds
from slamon.store.facts.snapshots import record_run
from slamon.store.schema import delivery_members
from slamon.store.verdicts import load_verdicts
from tests.jobs.test_check import DEFINITIONS, HEADER, SETTINGS, Company, instant

EVERY = 5 * MINUTE


@pytest.fixture
def company(tmp_path: Path, engine: Engine) -> Company:
    return Company(tmp_path, engine)


def held(company: Company, now: str) -> Held:
    shop = company.shop
    return judgeable_until(company.engine, shop.workspace.settings.sources, shop.needs, EVERY, instant(now))


def test_a_source_that_was_just_read_holds_nothing(company: Company) -> None:
    company.happens("2026-01-05 09:00:00", "mql").synced("2026-01-05 10:00:00")
    found = held(company, "2026-01-05 10:14:00")
    assert (found.as_of, found.reasons, found.holds) == (instant("2026-01-05 10:14:00"), (), ())


def test_a_source_that_was_not_read_for_three_intervals_and_a_quarter_of_an_hour_holds_verdicts(company: Company) -> None:
    company.happens("2026-01-05 09:00:00", "mql").synced("2026-01-05 10:00:00")
    found = held(company, "2026-01-05 13:00:00")
    assert (found.as_of, found.reasons) == (instant("2026-01-05 10:00:00"), ("the source crm was not read since 2026-01-05 10:00 UTC",))


def test_a_source_whose_last_reading_failed_holds_verdicts_at_once(company: Company) -> None:
    for number in range(30):
        company.happens("2026-01-05 09:00:00", "mql", f"lead{number}")
    company.synced("2026-01-05 10:00:00")
    (company.folder / "events.csv").write_text("id,lead,at,what,owner,name\n")
    (summary,) = sync(company.engine, company.shop.workspace, source=None, full=False, clock=lambda: instant("2026-01-05 10:05:00"))
    assert "looks like a broken export" in str(summary.error)
    found = held(company, "2026-01-05 10:06:00")
    assert found.as_of == instant("2026-01-05 10:00:00")
    assert "looks like a broken export" in found.reasons[0]


def test_a_source_that_was_never_read_holds_everything(company: Company) -> None:
    found = held(company, "2026-01-05 10:00:00")
    assert (found.as_of, found.reasons) == (None, ("the source crm was never read; run slamon sync",))


def test_whoever_checks_by_hand_while_everything_is_held_is_told_by_which_source_and_until_when(
    company: Company, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    company.happens("2026-01-05 09:00:00", "mql").synced("2026-01-05 10:00:00").checked("2026-01-05 10:10:00")
    monkeypatch.setenv("SLAMON_DATABASE_URL", company.engine.url.render_as_string(hide_password=False))
    monkeypatch.setattr("slamon.cli.wall_clock", lambda: instant("2026-01-05 13:00:00"))
    assert run(["check", "--config", str(company.folder)]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "All promises are held by the source crm: they are judged until Mon 2026-01-05 10:00 (UTC)" in printed
    assert "This instant" not in printed, "nobody named one"


def service(company: Company, now: list[str]) -> Service:
    shop = company.shop
    return Service(company.engine, lambda: shop, lambda: instant(now[0]), threading.Event())


def test_an_answer_that_the_crm_had_before_due_and_was_not_read_yet_accuses_nobody(company: Company) -> None:
    now = ["2026-01-05 10:59:00"]
    company.happens("2026-01-05 09:00:00", "mql").happens("2026-01-05 09:00:00", "owner", owner="rita").synced(now[0])
    running = service(company, now)
    running.check()
    told = company.said()
    company.happens("2026-01-05 10:59:30", "call", owner="rita")
    now[0] = "2026-01-05 11:00:05"
    assert running.is_check_due()
    running.check()
    assert company.said() == told, "the CRM was read before the target had passed"
    assert not running.is_check_due(), "nothing is new until it is read"
    assert running.is_reread_due(), "it is read at once, not at the next interval"
    company.synced("2026-01-05 11:00:06")
    now[0] = "2026-01-05 11:00:07"
    assert running.is_check_due()
    running.check()
    assert (company.said(), running.is_reread_due()) == (told, False)


def test_a_miss_is_told_as_soon_as_the_crm_was_read_past_it(company: Company) -> None:
    now = ["2026-01-05 10:59:00"]
    company.happens("2026-01-05 09:00:00", "mql").happens("2026-01-05 09:00:00", "owner", owner="rita").synced(now[0])
    running = service(company, now)
    now[0] = "2026-01-05 11:00:05"
    running.check()
    company.synced("2026-01-05 11:00:06")
    now[0] = "2026-01-05 11:00:07"
    assert running.is_check_due()
    running.check()
    assert ("#sales-emea", "breach") in company.said()


def read_from(company: Company, began: str, ended: str) -> None:
    times = iter([instant(began), *[instant(ended)] * 9])
    sync(company.engine, company.shop.workspace, source=None, full=False, clock=lambda: next(times))


def test_for_a_miss_that_waits_the_crm_is_read_again_after_twenty_times_as_long_as_its_last_reading_took(company: Company) -> None:
    now = ["2026-01-05 11:00:05"]
    company.happens("2026-01-05 09:00:00", "mql").happens("2026-01-05 09:00:00", "owner", owner="rita").synced("2026-01-05 10:58:00")
    read_from(company, "2026-01-05 10:59:40", "2026-01-05 10:59:58")
    running = service(company, now)
    running.check()
    assert not running.is_reread_due(), "18 seconds of reading, 25 seconds ago"
    now[0] = "2026-01-05 11:05:39"
    assert not running.is_reread_due()
    now[0] = "2026-01-05 11:05:40"
    assert running.is_reread_due(), "six minutes after it began"
    now[0] = "2026-01-05 10:59:00"
    assert not running.is_reread_due(), "by a clock that was set back nothing is due yet"


def test_for_a_miss_that_waits_the_crm_is_read_again_after_fifteen_seconds_at_the_earliest(company: Company) -> None:
    now = ["2026-01-05 11:00:05"]
    company.happens("2026-01-05 09:00:00", "mql").happens("2026-01-05 09:00:00", "owner", owner="rita").synced("2026-01-05 10:59:55")
    running = service(company, now)
    running.check()
    assert not running.is_reread_due()
    now[0] = "2026-01-05 11:00:10"
    assert running.is_reread_due()


def test_what_was_read_counts_from_the_begin_of_the_reading(company: Company) -> None:
    company.happens("2026-01-05 09:00:00", "mql").synced("2026-01-05 10:00:00")
    times = iter([instant("2026-01-05 10:05:00"), *[instant("2026-01-05 10:09:00")] * 9])
    sync(company.engine, company.shop.workspace, source=None, full=False, clock=lambda: next(times))
    assert held(company, "2026-01-05 10:10:00").told_until == {"follow-up": instant("2026-01-05 10:05:00")}


def test_a_source_whose_own_data_is_late_has_told_less(company: Company) -> None:
    settings = company.folder / "slamon.yaml"
    settings.write_text(settings.read_text().replace("    type: files\n", "    type: files\n    lag: 30m\n", 1))
    company.happens("2026-01-05 09:00:00", "mql").synced("2026-01-05 10:00:00")
    assert held(company, "2026-01-05 10:01:00").told_until == {"follow-up": instant("2026-01-05 09:30:00")}


MEETINGS = """\
  calendar:
    type: files
    tables:
      - name: meetings
        path: meetings.csv
        lead: lead
        at: at
        id: id
        events: [{is: {activity: meeting, direction: outbound}}]
"""
MEETING_PROMISE = """\
---
sla: meeting
title: Sales meets every lead within four working hours
kind: deadline
promised_by: sales
promised_to: marketing
accountable: Head of Sales
effective_from: "2025-01-01"
start: {stage: mql}
met_by: {activity: meeting, direction: outbound}
within: 4wh
alerts: [{at: breach, to: holder}]
"""


@pytest.fixture
def two_sources(company: Company) -> Company:
    """Calls come from the CRM, meetings from a calendar: a promise of each."""
    (company.folder / "slamon.yaml").write_text(SETTINGS + MEETINGS)
    (company.folder / "sla_definitions/all.yaml").write_text(DEFINITIONS + MEETING_PROMISE)
    (company.folder / "meetings.csv").write_text("id,lead,at\n")
    return company.happens("2026-01-05 09:00:00", "mql").happens("2026-01-05 09:00:00", "owner", owner="rita")


def read_both(company: Company, now: str) -> None:
    with (company.folder / "events.csv").open("w", newline="") as file:
        csv.writer(file).writerows([HEADER, *company.rows])
    sync(company.engine, company.shop.workspace, source=None, full=False, clock=lambda: instant(now))


def checked(company: Company, now: str) -> str:
    """The service's check, at an instant."""
    shop = company.shop
    return Service(company.engine, lambda: shop, lambda: instant(now), threading.Event()).check()


def states(company: Company) -> dict[str, str]:
    with reading(company.engine) as connection:
        frame = load_verdicts(connection)
    return dict(zip(frame["sla"], frame["state"], strict=True))


def test_only_the_promises_that_need_a_source_wait_for_it_and_are_judged_once_it_is_back(two_sources: Company) -> None:
    read_both(two_sources, "2026-01-05 09:05:00")
    checked(two_sources, "2026-01-05 09:05:30")
    meetings = two_sources.folder / "meetings.csv"
    meetings.rename(meetings.with_suffix(".away"))
    read_both(two_sources, "2026-01-05 14:00:00")
    assert "held: the source calendar could not be read since 2026-01-05 09:05 UTC" in checked(two_sources, "2026-01-05 14:00:30")
    assert states(two_sources) == {"follow-up": "breached", "meeting": "pending"}
    assert "rita@example.com" in dict(two_sources.said())
    with reading(two_sources.engine) as connection:
        (hold,) = load_holds(connection)
    assert (hold.source, hold.slas, hold.until) == ("calendar", ("meeting",), instant("2026-01-05 09:05:00"))
    meetings.with_suffix(".away").rename(meetings)
    read_both(two_sources, "2026-01-05 14:05:00")
    assert "held" not in checked(two_sources, "2026-01-05 14:05:30")
    assert states(two_sources) == {"follow-up": "breached", "meeting": "breached"}
    with reading(two_sources.engine) as connection:
        assert load_holds(connection) == []


def test_an_answer_that_came_while_its_source_was_down_accuses_nobody(two_sources: Company) -> None:
    read_both(two_sources, "2026-01-05 09:05:00")
    checked(two_sources, "2026-01-05 09:05:30")
    meetings = two_sources.folder / "meetings.csv"
    meetings.unlink()
    read_both(two_sources, "2026-01-05 15:00:00")
    checked(two_sources, "2026-01-05 15:00:30")
    meetings.write_text("id,lead,at\n1,ada,2026-01-05T10:00:00Z\n")
    read_both(two_sources, "2026-01-05 15:05:00")
    checked(two_sources, "2026-01-05 15:05:30")
    assert states(two_sources)["meeting"] == "met"
    with reading(two_sources.engine) as connection:
        said = connection.execute(select(delivery_members.c.cycle_id)).scalars().all()
        frame = load_verdicts(connection)
    assert set(frame[frame["sla"] == "meeting"]["cycle_id"]).isdisjoint(said)


def test_what_a_broken_owner_table_could_tell_concerns_every_promise(two_sources: Company) -> None:
    read_both(two_sources, "2026-01-05 09:05:00")
    (two_sources.folder / "people.csv").unlink()
    read_both(two_sources, "2026-01-05 14:00:00")
    shop = two_sources.shop
    found = shop.judgeable_until(instant("2026-01-05 14:00:30"))
    assert (found.as_of, found.slas) == (instant("2026-01-05 09:05:00"), frozenset())


def test_a_promise_of_which_no_source_tells_waits_for_all(two_sources: Company) -> None:
    assert two_sources.shop.needs == {"follow-up": {"crm"}, "meeting": {"crm", "calendar"}}
    strange = MEETING_PROMISE.replace("activity: meeting", "activity: telegram").replace("start: {stage: mql}", "start: {touch: pigeon}")
    (two_sources.folder / "sla_definitions/all.yaml").write_text(DEFINITIONS + strange)
    assert two_sources.shop.needs == {"follow-up": {"crm"}, "meeting": {"crm", "calendar"}}


def hourly(company: Company, begin: int, hours: int) -> None:
    """A lead each hour."""
    for number in range(hours):
        at = iso(begin + number * HOUR)[:19].replace("T", " ")
        company.happens(at, "mql", f"lead{number}")


def test_a_table_that_always_moved_and_stands_still_holds_verdicts_until_it_moves(company: Company) -> None:
    begin = instant("2026-01-05 00:00:00")
    hourly(company, begin, 48)
    read_both(company, "2026-01-07 00:00:00")
    company.happens("2026-01-07 00:30:00", "mql", "last")
    read_both(company, "2026-01-07 01:00:00")
    read_both(company, "2026-01-08 00:00:00")
    assert held(company, "2026-01-08 00:01:00").reasons == ()
    read_both(company, "2026-01-08 01:00:00")
    found = held(company, "2026-01-08 01:01:00")
    assert found.as_of == instant("2026-01-08 00:30:00")
    assert (
        "the newest row of the table events of the source crm is of 2026-01-07 00:30 UTC, and of late it was never older than 1 h"
        in found.reasons[0]
    )
    company.happens("2026-01-08 01:30:00", "mql", "again")
    read_both(company, "2026-01-08 02:00:00")
    assert held(company, "2026-01-08 02:01:00").reasons == ()


def test_an_old_export_that_was_never_seen_to_move_holds_nothing(company: Company) -> None:
    hourly(company, instant("2025-01-05 00:00:00"), 48)
    read_both(company, "2026-01-07 00:00:00")
    assert held(company, "2026-01-07 00:01:00").reasons == ()


def test_a_table_with_few_rows_has_no_rhythm(company: Company) -> None:
    hourly(company, instant("2026-01-05 00:00:00"), 10)
    read_both(company, "2026-01-05 12:00:00")
    company.happens("2026-01-05 12:30:00", "mql", "last")
    read_both(company, "2026-01-05 13:00:00")
    read_both(company, "2026-01-25 12:00:00")
    assert held(company, "2026-01-25 12:01:00").reasons == ()


def test_what_is_declared_of_a_source_counts_instead_of_its_rhythm(company: Company) -> None:
    (company.folder / "slamon.yaml").write_text(SETTINGS.replace("    type: files\n", "    type: files\n    stale_after: 4h\n"))
    company.happens("2026-01-05 09:00:00", "mql")
    read_both(company, "2026-01-05 12:55:00")
    assert held(company, "2026-01-05 12:59:00").reasons == ()
    found = held(company, "2026-01-05 13:01:00")
    assert found.as_of == instant("2026-01-05 13:00:00")
    assert "its stale_after is 4h" in found.reasons[0]


def test_the_operator_hears_once_of_a_source_that_holds_verdicts_and_reports_say_so(company: Company) -> None:
    company.happens("2026-01-05 09:00:00", "mql")
    read_both(company, "2026-01-05 10:00:00")
    operators = Operators(("ops@example.com",), frozenset({"email"}), "UTC")
    assert "held" in checked(company, "2026-01-05 13:00:00")
    assert [tell_operator(company.engine, operators, instant(f"2026-01-05 13:0{minute}:00")).queued for minute in range(3)] == [1, 0, 0]
    shop = company.shop
    now = instant("2026-01-05 13:00:00")
    day = default_period("daily", now, "UTC")
    report = make_report(company.engine, shop.definitions, "daily", day, shop.edition("daily"), now)
    assert "Held: follow-up since 2026-01-05 10:00 UTC, because the source crm was not read since" in str(report.payload("slack"))
    read_both(company, "2026-01-05 13:05:00")
    checked(company, "2026-01-05 13:05:30")
    assert tell_operator(company.engine, operators, instant("2026-01-07 13:06:00")).queued == 0


def test_a_source_that_no_promise_needs_holds_nothing(two_sources: Company) -> None:
    (two_sources.folder / "sla_definitions/all.yaml").write_text(DEFINITIONS)
    read_both(two_sources, "2026-01-05 09:05:00")
    (two_sources.folder / "meetings.csv").unlink()
    read_both(two_sources, "2026-01-05 09:10:00")
    found = two_sources.shop.judgeable_until(instant("2026-01-05 09:11:00"))
    assert (found.as_of, found.reasons, found.slas, found.holds) == (instant("2026-01-05 09:11:00"), (), frozenset(), ())


def waiting_for_calls(company: Company, now: list[str]) -> Service:
    """Of two sources: a lead whose call is missed at eleven, and a check then."""
    read_both(company, "2026-01-05 10:58:00")
    running = service(company, now)
    running.check()
    return running


def test_a_source_that_is_broken_delays_no_miss_that_can_be_told_without_it(two_sources: Company) -> None:
    now = ["2026-01-05 11:00:05"]
    (two_sources.folder / "meetings.csv").rename(two_sources.folder / "away.csv")
    running = waiting_for_calls(two_sources, now)
    assert running.is_reread_due()
    assert running.reread() == "crm being read for what waits to be told"
    until = time.monotonic() + 30
    while not running.lanes.free(["crm"]) and time.monotonic() < until:
        time.sleep(0.01)
    assert not running.is_reread_due()
    now[0] = "2026-01-05 11:00:07"
    running.check()
    assert ("#sales-emea", "breach") in two_sources.said()


def test_a_source_that_takes_long_sets_the_pace_of_no_other(two_sources: Company) -> None:
    now = ["2026-01-05 11:00:05"]
    running = waiting_for_calls(two_sources, now)
    with writing(two_sources.engine) as connection:
        record_run(connection, "calendar", instant("2026-01-05 10:58:01"), instant("2026-01-05 10:59:59"), "{}", ok=True)
    assert running._to_reread() == ["crm"], "the calendar, which took two minutes, is not asked for"


def test_for_a_promise_that_a_broken_source_holds_nothing_is_read_before_its_interval(two_sources: Company) -> None:
    read_both(two_sources, "2026-01-05 12:58:00")
    running = service(two_sources, ["2026-01-05 13:00:05"])
    running.check()
    assert running._to_reread() == ["calendar", "crm"], "the meeting was missed"
    with writing(two_sources.engine) as connection:
        record_run(connection, "calendar", instant("2026-01-05 12:59:00"), instant("2026-01-05 12:59:01"), '{"error": "away"}', ok=False)
    assert running._to_reread() == []


def test_a_source_whose_data_are_late_is_read_again_once_they_may_be_there(company: Company) -> None:
    settings = company.folder / "slamon.yaml"
    settings.write_text(settings.read_text().replace("    type: files\n", "    type: files\n    lag: 10m\n", 1))
    now = ["2026-01-05 11:00:05"]
    company.happens("2026-01-05 09:00:00", "mql").happens("2026-01-05 09:00:00", "owner", owner="rita").synced("2026-01-05 10:58:00")
    running = service(company, now)
    running.check()
    now[0] = "2026-01-05 11:10:01"
    running.check()
    assert running.is_reread_due(), "what had happened by eleven is in the CRM by now"

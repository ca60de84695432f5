"""The check job: what changed is recorded and said once, in one transaction, whatever happens in between."""

import csv
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from slamon.bootstrap import Shop, open_shop
from slamon.core.working_time.instants import to_micros
from slamon.jobs.check import CheckResult, check
from slamon.jobs.check.setting_aside import judged_safely
from slamon.jobs.sync import sync
from slamon.store.database import StoreError, reading, writing
from slamon.store.outbox.withheld import leads_that_waited, load_withheld, next_wait_over
from slamon.store.schema import deliveries, delivery_members, transitions
from slamon.store.verdicts import load_verdicts, rule

SETTINGS = """\
definitions: sla_definitions
calendar: office
go_live: "2026-01-01"
slack: {default_channel: "#sla"}
people:
  teams: {emea: {manager: ana@example.com, channel: "#sales-emea"}}
sources:
  crm:
    type: files
    tables:
      - {name: people, path: people.csv, people: {id: id, name: name, email: email, team: team}}
      - name: events
        path: events.csv
        lead: lead
        at: at
        id: id
        owner: owner
        attributes: {name: name}
        events:
          - {when: {what: mql}, is: {stage: mql}}
          - {when: {what: call}, is: {activity: call, direction: outbound}}
          - {when: {what: owner}, is: {owner: assigned}}
"""
DEFINITIONS = """\
calendars: {office: {timezone: UTC, hours: {mon-fri: ["09:00-17:00"]}}}
stages: [{stage: mql, owned_by: marketing, means: Ready for sales.}]
---
sla: follow-up
title: Sales calls every lead within two working hours
kind: deadline
promised_by: sales
promised_to: marketing
accountable: Head of Sales
effective_from: "2025-01-01"
start: {stage: mql}
met_by: {activity: call, direction: outbound}
within: 2wh
alerts:
  - {at: 50%, to: holder}
  - {at: breach, to: [holder, team channel]}
  - {at: breach + 1wh, to: manager}
"""
HEADER = ("id", "lead", "at", "what", "owner", "name")


def instant(text: str) -> int:
    return to_micros(datetime.fromisoformat(text.replace(" ", "T") + "+00:00"))


class Company:
    """A workspace whose CRM a test writes; the clock stands where the test says."""

    def __init__(self, folder: Path, engine: Engine) -> None:
        self.folder = folder
        (folder / "sla_definitions").mkdir()
        (folder / "sla_definitions/all.yaml").write_text(DEFINITIONS)
        (folder / "slamon.yaml").write_text(SETTINGS)
        (folder / "people.csv").write_text("id,name,email,team\nrita,Rita,rita@example.com,emea\n")
        self.rows: list[tuple[Any, ...]] = []
        self.engine = engine

    @property
    def shop(self) -> Shop:
        shop = open_shop(self.folder, {})
        shop.__dict__["engine"] = self.engine  # the database that the test looks at
        return shop

    def happens(self, at: str, what: str, lead: str = "ada", owner: str = "") -> "Company":
        self.rows.append((f"e{len(self.rows)}", lead, f"{at.replace(' ', 'T')}Z", what, owner, "Ada <&> Co"))
        return self

    def synced(self, now: str) -> "Company":
        with (self.folder / "events.csv").open("w", newline="") as file:
            csv.writer(file).writerows([HEADER, *self.rows])
        (summary,) = sync(self.engine, self.shop.workspace, source=None, full=True, clock=lambda: instant(now))
        assert summary.error is None, summary.error
        return self

    def checked(self, as_of: str, now: str | None = None, **more: Any) -> CheckResult:
        shop = self.shop
        return check(self.engine, shop.definitions, shop.announcements(), instant(as_of), instant(now or as_of), **more)

    def said(self) -> list[tuple[str, str]]:
        """(destination, kind) of everything in the outbox, in order."""
        with reading(self.engine) as connection:
            rows = connection.execute(
                select(deliveries.c.destination, deliveries.c.kind).order_by(deliveries.c.created_at, deliveries.c.kind)
            )
            return sorted((row[0], row[1]) for row in rows)


@pytest.fixture
def company(tmp_path: Path, engine: Engine) -> Company:
    return Company(tmp_path, engine)


def assigned(company: Company) -> Company:
    """A lead that came in on Monday at nine, and Rita has it."""
    return company.happens("2026-01-05 09:00:00", "mql").happens("2026-01-05 09:00:00", "owner", owner="rita")


def test_a_warning_goes_to_the_holder_and_a_breach_to_the_holder_and_the_teams_channel(company: Company) -> None:
    assigned(company).synced("2026-01-05 09:01:00")
    company.checked("2026-01-05 10:00:00")
    assert company.said() == [("rita@example.com", "warning")]
    company.checked("2026-01-05 11:00:01")
    assert company.said() == [("#sales-emea", "breach"), ("rita@example.com", "breach"), ("rita@example.com", "warning")]
    company.checked("2026-01-05 12:00:01")
    assert ("ana@example.com", "escalation") in company.said()


def test_a_second_check_says_nothing_twice(company: Company) -> None:
    assigned(company).synced("2026-01-05 09:01:00")
    first = company.checked("2026-01-05 11:30:00")
    again = company.checked("2026-01-05 11:30:00")
    assert (len(first.queued), len(again.queued), len(again.changes)) == (2, 0, 0)


def test_a_stale_warning_is_not_sent_after_the_breach(company: Company) -> None:
    assigned(company).synced("2026-01-05 09:01:00")
    company.checked("2026-01-05 11:30:00")
    assert not [kind for _, kind in company.said() if kind == "warning"]


def test_what_was_due_before_going_live_is_one_message(company: Company) -> None:
    for number in range(30):
        company.happens("2025-12-01 09:00:00", "mql", f"lead{number}")
    company.synced("2026-01-05 09:00:00").checked("2026-01-05 09:00:00")
    assert company.said() == [("#sla", "baseline")]


def test_without_a_date_going_live_is_the_end_of_the_first_sync(company: Company) -> None:
    (company.folder / "slamon.yaml").write_text(SETTINGS.replace('go_live: "2026-01-01"\n', ""))
    assigned(company).synced("2026-01-05 11:30:00").checked("2026-01-05 11:31:00")
    assert company.said() == [("#sla", "baseline")]


def test_an_answer_that_comes_late_edits_the_message_and_answers_in_its_thread(company: Company) -> None:
    assigned(company).synced("2026-01-05 09:01:00").checked("2026-01-05 11:30:00")
    company.happens("2026-01-05 11:40:00", "call").synced("2026-01-05 11:45:00").checked("2026-01-05 11:46:00")
    news = [kind for destination, kind in company.said() if destination == "#sales-emea"]
    assert news == ["answered late", "answered late: reply", "breach"]
    with reading(company.engine) as connection:
        follows = connection.execute(select(deliveries.c.follows).where(deliveries.c.kind == "answered late")).scalars().all()
        breaches = connection.execute(select(deliveries.c.id).where(deliveries.c.kind == "breach")).scalars().all()
    assert set(follows) == set(breaches)


def test_evidence_that_arrives_late_corrects_what_was_announced(company: Company) -> None:
    assigned(company).synced("2026-01-05 09:01:00").checked("2026-01-05 11:30:00")
    company.happens("2026-01-05 10:30:00", "call").synced("2026-01-05 12:00:00")
    result = company.checked("2026-01-05 12:01:00")
    assert [(change.from_state, change.to_state) for change in result.changes] == [("breached", "met")]
    assert ("#sales-emea", "corrected") in company.said()


def test_a_start_that_is_withdrawn_takes_its_announcement_back(company: Company) -> None:
    assigned(company).happens("2026-01-05 09:00:00", "mql", "bea").synced("2026-01-05 09:01:00").checked("2026-01-05 11:30:00")
    company.rows = [row for row in company.rows if row[1] == "bea"]
    result = company.synced("2026-01-05 12:00:00").checked("2026-01-05 12:01:00")
    assert ("breached", "withdrawn") in [(change.from_state, change.to_state) for change in result.changes]
    assert [kind for destination, kind in company.said() if destination == "rita@example.com"].count("corrected: reply") == 1


def test_a_check_of_an_earlier_instant_judges_and_records_nothing(company: Company) -> None:
    assigned(company).synced("2026-01-05 09:01:00").checked("2026-01-05 11:30:00")
    result = company.checked("2026-01-05 09:30:00", now="2026-01-05 11:31:00")
    assert result.judgement is not None
    assert (result.looked_back, result.recorded, result.judgement.verdicts()["state"].tolist()) == (True, None, ["pending"])
    with reading(company.engine) as connection:
        assert load_verdicts(connection)["state"].tolist() == ["breached"]


def test_a_check_of_a_future_instant_judges_and_records_nothing_and_silences_nobody(company: Company) -> None:
    assigned(company).synced("2026-01-05 09:01:00")
    ahead = company.checked("2026-03-05 11:30:00", now="2026-01-05 10:30:00")
    assert (ahead.looked_ahead, ahead.recorded, [kind for _, kind in company.said()]) == (True, None, [])
    assert company.checked("2026-01-05 11:30:00").recorded is not None
    assert ("#sales-emea", "breach") in company.said()


def test_a_check_that_was_recorded_by_a_wrong_clock_does_not_silence_the_present(company: Company) -> None:
    assigned(company).synced("2026-01-05 09:01:00").checked("2026-03-05 11:30:00")
    company.happens("2026-01-05 10:00:00", "mql", "bea").synced("2026-01-05 10:01:00")
    assert company.checked("2026-01-05 12:30:00").recorded is not None


def test_two_warnings_of_one_cycle_in_one_check_are_one_line(company: Company) -> None:
    text = DEFINITIONS.replace("  - {at: 50%, to: holder}", "  - {at: 50%, to: holder}\n  - {at: 80%, to: holder}")
    (company.folder / "sla_definitions/all.yaml").write_text(text)
    assigned(company).synced("2026-01-05 09:01:00")
    (queued,) = company.checked("2026-01-05 10:50:00").queued
    assert (len(queued.members), "2 leads" in queued.draft.payload["text"]) == (2, False)
    assert company.checked("2026-01-05 10:51:00").queued == ()


def test_a_dry_run_records_nothing(company: Company) -> None:
    assigned(company).synced("2026-01-05 09:01:00")
    result = company.checked("2026-01-05 11:30:00", dry_run=True)
    assert (len(result.changes), result.recorded, company.said()) == (1, None, [])


def test_an_excused_cycle_is_corrected_in_the_open(company: Company) -> None:
    assigned(company).synced("2026-01-05 09:01:00").checked("2026-01-05 11:30:00")
    with reading(company.engine) as connection:
        cycle = load_verdicts(connection)["cycle_id"][0]
    with writing(company.engine) as connection:
        rule(connection, "excuse", cycle, "ana", "phone outage", instant("2026-01-05 12:00:00"))
    company.checked("2026-01-05 12:30:00")
    with reading(company.engine) as connection:
        (state,), (reason,) = (load_verdicts(connection)[name].tolist() for name in ("state", "reason"))
    assert (state, reason) == ("excused", "phone outage (ana)")
    assert ("#sales-emea", "corrected") in company.said()


def test_every_change_is_kept_with_what_it_was_before(company: Company) -> None:
    assigned(company).synced("2026-01-05 09:01:00").checked("2026-01-05 10:00:00")
    company.checked("2026-01-05 11:30:00")
    with reading(company.engine) as connection:
        rows = connection.execute(
            select(transitions.c.from_state, transitions.c.to_state, transitions.c.known_at).order_by(transitions.c.id)
        ).all()
    assert [tuple(row) for row in rows] == [
        (None, "pending", instant("2026-01-05 10:00:00")),
        ("pending", "breached", instant("2026-01-05 11:30:00")),
    ]


def test_two_checks_at_once_do_not_both_record(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    assigned(company).synced("2026-01-05 09:01:00")
    real = judged_safely

    def meanwhile(*args: Any) -> Any:
        monkeypatch.setattr("slamon.jobs.check.checking.judged_safely", real)
        company.checked("2026-01-05 10:00:00")
        return real(*args)

    monkeypatch.setattr("slamon.jobs.check.checking.judged_safely", meanwhile)
    with pytest.raises(StoreError, match="run the check again"):
        company.checked("2026-01-05 10:00:00")


def test_many_breaches_at_once_are_one_message_a_destination_and_every_lead_is_in_it(company: Company) -> None:
    for number in range(40):
        company.happens("2026-01-05 09:00:00", "mql", f"lead{number}").happens("2026-01-05 09:00:00", "owner", f"lead{number}", "rita")
    company.synced("2026-01-05 09:01:00").checked("2026-01-05 11:30:00")
    to_each = [(where, what) for where in ("#sales-emea", "rita@example.com") for what in ("breach", "breach: list")]
    assert company.said() == to_each
    with reading(company.engine) as connection:
        named = [json.loads(row[0])["text"] for row in connection.execute(select(deliveries.c.payload))]
        assert sum(text.count("Ada") for text in named) == 2 * 40
        assert (
            len(connection.execute(select(delivery_members.c.cycle_id).where(delivery_members.c.kind == "breach").distinct()).all()) == 40
        )


def test_quiet_hours_hold_a_message_back_and_do_not_lose_it(company: Company) -> None:
    (company.folder / "slamon.yaml").write_text(SETTINGS + 'quiet_hours: {from: "20:00", to: "07:00"}\n')
    assigned(company).synced("2026-01-05 09:01:00").checked("2026-01-05 22:00:00")
    assert company.said() == []
    with reading(company.engine) as connection:
        assert next_wait_over(connection) == instant("2026-01-06 07:00:00")
        assert leads_that_waited(connection, instant("2026-01-06 06:59:59")) == []
        assert leads_that_waited(connection, instant("2026-01-06 07:00:00")) == ["ada"]
    company.checked("2026-01-06 06:59:59")
    assert company.said() == []
    company.checked("2026-01-06 07:00:00")
    assert ("#sales-emea", "breach") in company.said()
    with reading(company.engine) as connection:
        assert {row.state for row in load_withheld(connection)} == {"released"}

"""The report job: figures that are kept with the verdicts behind them, sent once, and final once a month is locked."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from slamon.core.scorecards import MonthlyCompliance
from slamon.core.working_time.periods import Period, bounds_of
from slamon.core.working_time.timetables import ReportKind
from slamon.jobs.announcing.audience import Edition
from slamon.jobs.report import Report, keep_and_queue, locks_at, make_report
from slamon.jobs.report.due_reports import ScheduledReport, lock_last_month, queue_due_reports
from slamon.settings import ReportSchedule
from slamon.store.database import reading
from slamon.store.reports import load_report, verify_reports
from slamon.store.schema import deliveries
from tests.jobs.test_check import Company, instant

EDITION = Edition("Northwind", "UTC")
LOCKED_FROM = "2026-02-04 00:00:00"
"""The third working day of February 2026 is Wednesday the 4th."""


@pytest.fixture
def company(tmp_path: Path, engine: Engine) -> Company:
    company = Company(tmp_path, engine)
    for number in range(4):
        company.happens("2026-01-05 09:00:00", "mql", f"lead{number}").happens("2026-01-05 09:00:00", "owner", f"lead{number}", "rita")
    return company.happens("2026-01-05 10:00:00", "call", "lead0").synced("2026-01-06 09:00:00")


def month(label: str) -> Period:
    return Period(label, *bounds_of(label, "UTC"))


def made(company: Company, as_of: str, kind: ReportKind = "monthly", label: str = "2026-01") -> Report:
    return make_report(company.engine, company.shop.definitions, kind, month(label), EDITION, instant(as_of))


def share(report: Report) -> float | None:
    assert isinstance(report.figures, MonthlyCompliance)
    return report.figures.months[-1].sales_share


def test_a_month_is_locked_as_the_third_working_day_after_its_end_begins(company: Company) -> None:
    calendar = company.shop.definitions.workspace_calendar()
    assert locks_at(month("2026-01"), calendar) == instant(LOCKED_FROM)
    assert not made(company, "2026-02-03 23:59:59").locked
    assert made(company, LOCKED_FROM).locked


def test_what_becomes_known_after_the_lock_does_not_change_a_locked_month(company: Company) -> None:
    company.checked("2026-02-04 08:00:00")
    keep_and_queue(company.engine, made(company, "2026-02-04 08:00:00"), ["ceo@example.com"], instant("2026-02-04 08:00:00"))
    company.happens("2026-01-05 10:30:00", "call", "lead1").synced("2026-02-10 09:00:00").checked("2026-02-10 09:30:00")
    again = made(company, "2026-02-10 10:00:00")
    assert (share(again), again.locked, again.as_of) == (0.25, True, instant("2026-02-04 08:00:00"))
    following = made(company, "2026-03-10 10:00:00", label="2026-02")
    assert following.figures.footing.restatements == ("follow-up: 1 from breached to met",)


def test_a_month_that_is_looked_at_after_its_lock_day_is_locked_then_sent_or_not(company: Company) -> None:
    assert share(made(company, LOCKED_FROM)) == 0.25
    company.happens("2026-01-05 10:30:00", "call", "lead1").synced("2026-02-10 09:00:00")
    assert share(made(company, "2026-02-10 10:00:00")) == 0.25


def test_the_service_locks_a_month_once_its_facts_are_read_and_sends_it_all_the_same(company: Company) -> None:
    company.checked("2026-02-02 07:00:00")
    definitions = company.shop.definitions
    assert not lock_last_month(company.engine, definitions, EDITION, instant(LOCKED_FROM))
    company.synced("2026-02-03 23:00:00")
    assert not lock_last_month(company.engine, definitions, EDITION, instant("2026-02-03 23:30:00"))
    assert lock_last_month(company.engine, definitions, EDITION, instant(LOCKED_FROM))
    assert not lock_last_month(company.engine, definitions, EDITION, instant(LOCKED_FROM))
    monthly = ReportSchedule.model_validate({"on": "working day 3", "at": "08:00", "timezone": "UTC", "to": ["ceo@example.com"]})
    queued = queue_due_reports(company.engine, definitions, {"monthly": ScheduledReport(monthly, EDITION)}, instant("2026-02-04 08:01:00"))
    assert len(queued) == 1


def test_before_the_lock_a_month_is_judged_anew(company: Company) -> None:
    keep_and_queue(company.engine, made(company, "2026-02-02 08:00:00"), ["ceo@example.com"], instant("2026-02-02 08:00:00"))
    company.happens("2026-01-05 10:30:00", "call", "lead1").synced("2026-02-02 09:00:00")
    assert share(made(company, "2026-02-02 10:00:00")) == 0.5


def test_the_verdicts_behind_the_figures_are_kept_with_a_hash(company: Company) -> None:
    report = made(company, LOCKED_FROM)
    keep_and_queue(company.engine, report, ["ceo@example.com"], instant(LOCKED_FROM))
    with reading(company.engine) as connection:
        kept = load_report(connection, "monthly", "2026-01")
        assert kept is not None
        assert {state: len(ids) for state, ids in kept.figures["verdicts"]["follow-up"].items()} == {"met": 1, "breached": 3}
        assert verify_reports(connection) == []


def test_a_report_goes_to_each_destination_once(company: Company) -> None:
    report = made(company, LOCKED_FROM)
    now = instant(LOCKED_FROM)
    first = keep_and_queue(company.engine, report, ["#smarketing", "ceo@example.com"], now)
    again = keep_and_queue(company.engine, report, ["#smarketing", "ceo@example.com"], now)
    assert (len(first), len(again)) == (2, 0)


def test_the_service_queues_the_newest_due_report_once_its_data_are_there(company: Company) -> None:
    company.checked("2026-01-12 07:00:00")
    weekly = ReportSchedule.model_validate({"on": "monday", "at": "08:00", "timezone": "UTC", "to": ["#smarketing"]})
    scheduled: dict[ReportKind, ScheduledReport] = {"weekly": ScheduledReport(weekly, EDITION)}

    def queued(now: str) -> int:
        return len(queue_due_reports(company.engine, company.shop.definitions, scheduled, instant(now)))

    assert queued("2026-01-12 08:01:00") == 0  # the last sync was on the 6th: it waits for the week's data
    company.synced("2026-01-12 08:02:00")
    assert (queued("2026-01-12 08:03:00"), queued("2026-01-12 08:04:00")) == (1, 0)
    with reading(company.engine) as connection:
        told = connection.execute(select(deliveries.c.group_key).where(deliveries.c.kind == "report")).scalars().all()
    assert told == ["report/weekly/2026-W02"]

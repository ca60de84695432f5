"""Who has unsubscribed gets no report, its owner hears of it, and one report that cannot be made stops no other."""

import json
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import Engine, select

from slamon.core.working_time.instants import HOUR, MINUTE
from slamon.core.working_time.timetables import ReportKind
from slamon.definition_files import DefinitionError, Finding
from slamon.jobs.announcing.audience import Edition
from slamon.jobs.deliver.unsubscribed import tell_of_unsubscriptions
from slamon.jobs.report import due_reports, make_report
from slamon.jobs.report.due_reports import ScheduledReport, parked, queue_due_reports
from slamon.jobs.troubles import Operators, tell_operator
from slamon.settings import ReportSchedule
from slamon.store.database import StoreError, reading, writing
from slamon.store.outbox import Queued
from slamon.store.outbox.unsubscriptions import resubscribe, unsubscribe
from slamon.store.reports import load_report
from slamon.store.schema import deliveries
from tests.jobs.test_check import Company, instant

EDITION = Edition("Northwind", "UTC")
TO = ["ceo@example.com", "cmo@example.com", "#smarketing"]
FIRST, SECOND_WEEK = "2026-01-12 08:10:00", "2026-01-19 08:10:00"


@pytest.fixture
def company(tmp_path: Path, engine: Engine) -> Company:
    company = (
        Company(tmp_path, engine).happens("2026-01-05 09:00:00", "mql", "lead0").happens("2026-01-05 09:00:00", "owner", "lead0", "rita")
    )
    company.happens("2026-01-05 10:00:00", "call", "lead0").synced("2026-01-06 09:00:00").checked("2026-01-06 09:30:00")
    return company


def due(company: Company, at: str, *kinds: ReportKind) -> list[Queued]:
    company.synced(at[:-5] + "00:00")
    schedules = {kind: ReportSchedule.model_validate({"at": "08:00", "timezone": "UTC", "to": TO}) for kind in kinds or ("weekly",)}
    scheduled = {kind: ScheduledReport(plan, EDITION) for kind, plan in schedules.items()}
    return queue_due_reports(company.engine, company.shop.definitions, scheduled, instant(at))


def test_a47_who_unsubscribed_gets_that_report_no_more_everybody_else_does_and_its_figures_are_kept(company: Company) -> None:
    assert {each.draft.destination for each in due(company, FIRST)} == set(TO)
    with writing(company.engine) as connection:
        unsubscribe(connection, "ceo@example.com", "weekly", instant(FIRST))
    assert {each.draft.destination for each in due(company, SECOND_WEEK)} == {"cmo@example.com", "#smarketing"}
    with reading(company.engine) as connection:
        assert load_report(connection, "weekly", "2026-W03") is not None
    with writing(company.engine) as connection:
        resubscribe(connection, "ceo@example.com", "weekly")
    assert {each.draft.destination for each in due(company, "2026-01-26 08:10:00")} == set(TO)


def test_a47_the_report_s_owner_is_told_once_and_how_to_take_it_back(company: Company) -> None:
    with writing(company.engine) as connection:
        unsubscribe(connection, "ceo@example.com", "weekly", instant(FIRST))
        unsubscribe(connection, "cmo@example.com", "monthly", instant(FIRST))
    owners = {"weekly": "owner@example.com"}
    queued = tell_of_unsubscriptions(company.engine, owners, "#sla", instant(FIRST), "UTC")
    assert [(each.draft.channel, each.draft.destination) for each in queued] == [("email", "owner@example.com"), ("slack", "#sla")]
    assert "slamon subscribe weekly ceo@example.com" in queued[0].draft.payload["text"]
    assert "A reader has unsubscribed from the monthly report" in queued[1].draft.payload["text"]
    assert "slamon subscribe monthly cmo@example.com" in json.dumps(queued[1].draft.payload["blocks"])
    assert tell_of_unsubscriptions(company.engine, owners, "#sla", instant(FIRST) + HOUR, "UTC") == []
    with reading(company.engine) as connection:
        assert len(connection.execute(select(deliveries.c.id)).all()) == 2


def test_s22_a_report_that_cannot_be_made_is_parked_for_an_hour_and_stops_no_other(company: Company) -> None:

    def broken(engine: Engine, definitions: Any, kind: ReportKind, *rest: Any) -> Any:
        if kind == "weekly":
            raise KeyError("ana@example.com")
        return make_report(engine, definitions, kind, *rest)

    with patch.object(due_reports, "make_report", side_effect=broken) as making:
        assert {each.draft.group_key for each in due(company, FIRST, "weekly", "daily")} == {"report/daily/2026-01-12"}
        assert parked(company.engine) == ["weekly KeyError: parked for an hour"]
        operators = Operators(("ops@example.com",), frozenset({"email"}), "UTC")
        assert [tell_operator(company.engine, operators, instant(FIRST) + minute * MINUTE).queued for minute in (0, 1, 50)] == [1, 0, 0]
        tries = making.call_count
        due(company, "2026-01-12 08:50:00", "weekly", "daily")
        assert making.call_count == tries
        due(company, "2026-01-12 09:20:00", "weekly", "daily")
        assert making.call_count == tries + 1
    assert {each.draft.group_key for each in due(company, "2026-01-12 10:30:00", "weekly", "daily")} == {"report/weekly/2026-W02"}
    assert parked(company.engine) == []


def test_the_operator_reads_our_own_error_in_words(company: Company) -> None:
    with patch.object(
        due_reports, "make_report", side_effect=DefinitionError([Finding("slamon.yaml", 3, 1, "'emea' is no team", "name one")])
    ):
        due(company, FIRST, "weekly")
    (told,) = parked(company.engine)
    assert told == "weekly slamon.yaml:3:1: 'emea' is no team; name one: parked for an hour"


def shown(queued: list[Queued]) -> list[str]:
    return [json.dumps(each.draft.payload["blocks"] if each.draft.channel == "slack" else each.draft.payload["text"]) for each in queued]


def test_s07_a_report_that_comes_late_says_so_everywhere_and_one_in_time_does_not(company: Company) -> None:
    in_time, late = shown(due(company, FIRST, "weekly", "daily")), shown(due(company, "2026-01-19 11:00:00", "weekly", "daily"))
    assert (len(in_time), len(late)) == (6, 6)
    assert not any("Sent late" in text or "Partial" in text for text in in_time)
    assert all("Sent late: it was due" in text and "Partial" not in text for text in late)


def test_s23_a_report_waits_two_hours_for_its_data_then_goes_out_and_says_that_it_is_partial(company: Company) -> None:
    company.synced("2026-01-11 20:00:00")
    weekly = ReportSchedule.model_validate({"at": "08:00", "timezone": "UTC", "to": TO})
    scheduled: dict[ReportKind, ScheduledReport] = {"weekly": ScheduledReport(weekly, EDITION)}

    def at(now: str) -> list[str]:
        return shown(queue_due_reports(company.engine, company.shop.definitions, scheduled, instant(now)))

    assert at("2026-01-12 08:10:00") == at("2026-01-12 09:59:00") == []
    said = at("2026-01-12 10:00:00")
    assert len(said) == 3
    assert all("Partial: not every source was read to the end of the period" in text for text in said)


def test_s17_a_clock_that_is_set_back_repeats_no_report_and_holds_none_up(company: Company) -> None:
    assert len(due(company, FIRST)) == 3
    for back in ("2026-01-12 07:10:00", "2026-01-11 08:10:00", "2026-01-12 08:20:00"):
        assert due(company, back) == []
    assert len(due(company, SECOND_WEEK)) == 3


def test_s18_a_clock_far_ahead_parks_the_report_with_our_own_words_and_once_it_is_set_right_it_goes_out(company: Company) -> None:
    assert due(company, "2027-06-07 08:10:00", "daily") == []
    (told,) = parked(company.engine)
    assert told.startswith("daily more daily reports are due between 2026-01-06")
    assert due(company, "2026-01-12 18:10:00", "daily")
    assert parked(company.engine) == []


def test_a_database_that_is_away_is_no_fault_of_the_report(company: Company) -> None:
    with patch.object(due_reports, "make_report", side_effect=StoreError("locked")), pytest.raises(StoreError):
        due(company, FIRST)
    assert parked(company.engine) == []
    assert due(company, instant_text(FIRST, MINUTE))


def instant_text(at: str, later: int) -> str:
    return f"{at[:14]}{int(at[14:16]) + later // MINUTE:02d}:00"

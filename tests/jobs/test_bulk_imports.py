"""A bulk import is one alert, not as many as it has leads: said once to each who hears, with how many, by whom and when."""

import csv
import json
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from slamon.jobs.sync import sync
from slamon.store.database import reading
from slamon.store.schema import deliveries
from tests.jobs.test_check import DEFINITIONS, HEADER, SETTINGS, Company, instant


class Importer(Company):
    """A company whose CRM names who made each record."""

    def __init__(self, folder: Path, engine: Engine) -> None:
        super().__init__(folder, engine)
        (folder / "slamon.yaml").write_text(SETTINGS.replace("id: id\n        owner", "id: id\n        actor: actor\n        owner"))
        (folder / "sla_definitions/all.yaml").write_text(DEFINITIONS + "batch: {size: 20}\n")
        self.actors: list[str] = []

    def brings(self, leads: int, *, by: str, at: str = "2026-01-05 09:00", name: str = "lead") -> "Importer":
        """So many leads, one every half minute, all given to Rita."""
        for number in range(leads):
            moment = f"{at[:11]}{at[11:13]}:{int(at[14:]) + number // 2:02}:{10 + number % 2 * 30}"
            self.happens(moment, "mql", f"{name}{number}", "rita")
            self.actors.append(by)
        return self

    def answers(self, at: str, lead: str) -> "Importer":
        self.happens(at, "call", lead)
        self.actors.append("rita")
        return self

    def synced(self, now: str) -> "Importer":
        with (self.folder / "events.csv").open("w", newline="") as file:
            rows = [(*row, actor) for row, actor in zip(self.rows, self.actors, strict=True)]
            csv.writer(file).writerows([(*HEADER, "actor"), *rows])
        (summary,) = sync(self.engine, self.shop.workspace, source=None, full=True, clock=lambda: instant(now))
        assert summary.error is None, summary.error
        return self

    def checked_every_minute(self, hour: str, minutes: range) -> None:
        for minute in minutes:
            self.checked(f"2026-01-05 {hour}:{minute:02}:00")

    def told_of_breaches(self) -> list[str]:
        return [destination for destination, kind in self.said() if kind == "breach"]

    def texts(self, kind: str) -> list[str]:
        with reading(self.engine) as connection:
            rows = connection.execute(select(deliveries.c.payload).where(deliveries.c.kind == kind)).scalars()
            return [json.dumps(json.loads(payload), ensure_ascii=False).replace("\N{NO-BREAK SPACE}", " ") for payload in rows]


@pytest.fixture
def importer(tmp_path: Path, engine: Engine) -> Importer:
    return Importer(tmp_path, engine)


def test_the_breaches_of_one_import_are_one_message_a_destination_however_they_trickle_in(importer: Importer) -> None:
    importer.brings(30, by="ops").synced("2026-01-05 10:00:00")
    importer.checked_every_minute("11", range(20))
    assert importer.told_of_breaches() == ["#sales-emea", "rita@example.com"]


def test_the_warnings_of_one_import_are_one_message_too(importer: Importer) -> None:
    importer.brings(30, by="ops").synced("2026-01-05 09:59:00")
    importer.checked_every_minute("10", range(0, 20, 5))
    assert importer.said() == [("rita@example.com", "warning")]


def test_the_message_says_how_many_by_whom_and_when_and_names_the_first_leads(importer: Importer) -> None:
    importer.brings(30, by="ops").synced("2026-01-05 10:00:00").checked("2026-01-05 11:05:00")
    for text in importer.texts("breach"):
        assert "10 of 30 leads imported by ops" in text
        assert "One import of 30 leads by ops, Mon 5 Jan 09:00 UTC" in text
        assert "and 5 more" in text


def test_what_becomes_of_the_leads_of_an_import_is_left_to_the_reports(importer: Importer) -> None:
    importer.brings(30, by="ops").synced("2026-01-05 10:00:00").checked("2026-01-05 11:30:00")
    importer.answers("2026-01-05 11:40:00", "lead0").synced("2026-01-05 11:45:00").checked("2026-01-05 11:45:00")
    assert importer.said() == [("#sales-emea", "breach"), ("rita@example.com", "breach")]


def test_as_many_leads_as_the_batch_size_are_no_import_and_are_said_as_they_come(importer: Importer) -> None:
    importer.brings(20, by="ops").synced("2026-01-05 10:00:00")
    importer.checked_every_minute("11", range(3))
    assert len(importer.texts("breach")) == 4


def test_a_lead_that_came_by_itself_is_said_beside_an_import(importer: Importer) -> None:
    importer.brings(30, by="ops").brings(1, by="web", name="single").synced("2026-01-05 10:00:00").checked("2026-01-05 11:05:00")
    assert importer.told_of_breaches() == ["#sales-emea"] * 2 + ["rita@example.com"] * 2
    assert sum("imported by" in text for text in importer.texts("breach")) == 2


def test_two_imports_are_two_messages(importer: Importer) -> None:
    importer.brings(30, by="ops").brings(30, by="fair", name="badge").synced("2026-01-05 10:00:00")
    importer.checked_every_minute("11", range(1, 20, 3))
    assert sorted(("by ops" in text, "by fair" in text) for text in importer.texts("breach")) == [(False, True)] * 2 + [(True, False)] * 2

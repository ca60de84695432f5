"""A lead or an SLA whose judging fails stops nobody else: it is set aside with the reason, and tried again later."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from slamon.core.verdicts import judge_per_lead
from slamon.jobs.check import judging
from slamon.store.database import reading
from slamon.store.verdicts import load_verdicts
from slamon.terminal.checked import check_lines
from tests.jobs.test_check import DEFINITIONS, Company

SECOND_PROMISE = DEFINITIONS.split("---\n")[1].replace("sla: follow-up", "sla: sure-follow-up").replace("within: 2wh", "within: 4wh")


@pytest.fixture
def company(tmp_path: Path, engine: Engine) -> Company:
    company = Company(tmp_path, engine)
    (tmp_path / "sla_definitions/all.yaml").write_text(DEFINITIONS + "---\n" + SECOND_PROMISE)
    for number in range(50):
        company.happens("2026-01-05 09:00:00", "mql", f"lead{number:02}")
    return company.synced("2026-01-05 09:01:00")


def states(company: Company) -> dict[tuple[str, str], str]:
    with reading(company.engine) as connection:
        frame = load_verdicts(connection)
    return dict(zip(zip(frame["lead"], frame["sla"], strict=True), frame["state"], strict=True))


def fails_for(monkeypatch: pytest.MonkeyPatch, lead: str, sla: str) -> None:
    """Judging fails wherever that lead (or anybody, for the empty one) meets that SLA."""

    def poisoned(definitions: Any, facts: Any, rulings: Any) -> Any:
        if (not lead or lead in facts.leads.tolist()) and sla in definitions.versions():
            raise ZeroDivisionError(f"secret of {lead}")
        return judge_per_lead(definitions, facts, rulings)

    monkeypatch.setattr(judging, "judge_per_lead", poisoned)


def test_a_poison_lead_is_set_aside_under_its_sla_and_all_others_are_judged(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    fails_for(monkeypatch, "lead07", "follow-up")
    result = company.checked("2026-01-05 11:30:00")
    assert [(each.lead, each.sla) for each in result.set_aside] == [("lead07", "follow-up")]
    found = states(company)
    assert ("lead07", "follow-up") not in found
    assert len(found) == 99
    assert ("#sales-emea", "breach") in company.said() or ("#sla", "breach") in company.said()
    (line,) = [line for line in check_lines(result, dry_run=False) if line.startswith("Set aside")]
    assert "ZeroDivisionError" in line
    assert "secret" not in line


def test_it_is_tried_again_and_judged_once_it_can_be(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as poison:
        fails_for(poison, "lead07", "follow-up")
        company.checked("2026-01-05 11:30:00")
    assert company.checked("2026-01-05 11:31:00").set_aside
    result = company.checked("2026-01-05 11:46:00")
    assert not result.set_aside
    assert not result.all_leads
    assert states(company)["lead07", "follow-up"] == "breached"


def test_an_sla_that_fails_for_everybody_is_set_aside_and_the_other_is_judged(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as poison:
        fails_for(poison, "", "follow-up")
        result = company.checked("2026-01-05 11:30:00")
        assert [(each.lead, each.sla) for each in result.set_aside] == [("", "follow-up")]
        assert {sla for _, sla in states(company)} == {"sure-follow-up"}
    result = company.checked("2026-01-05 11:46:00")
    assert not result.set_aside
    assert len(states(company)) == 100


def test_verdicts_of_what_is_set_aside_stay_as_they_were(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    company.checked("2026-01-05 10:00:00")
    fails_for(monkeypatch, "lead07", "follow-up")
    company.checked("2026-01-05 11:30:00")
    found = states(company)
    assert (found["lead07", "follow-up"], found["lead08", "follow-up"]) == ("pending", "breached")

"""A dry run names the messages that the check then queues, and why others wait; it leaves no trace."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from slamon.cli import run
from slamon.jobs.check.foretelling import Foresight
from slamon.jobs.sync.holding import Held
from slamon.store.database import reading
from slamon.store.facts.holds import Hold
from slamon.store.outbox.withheld import load_withheld
from slamon.store.schema import deliveries
from slamon.terminal.foretold import foresight_lines
from tests.jobs.test_check import DEFINITIONS, SETTINGS, Company, assigned, instant

BUDGET = "objective: {compliance: 95%, per: month}\nalerts:"


@pytest.fixture
def company(tmp_path: Path, engine: Engine) -> Company:
    return Company(tmp_path, engine)


def foreseen(company: Company, as_of: str, **more: Any) -> Foresight:
    """What a dry run says; what the check then queues and keeps is the same."""
    found = company.checked(as_of, dry_run=True, **more).foresight
    assert found is not None
    before = sorted((each.kind, each.destination) for each in found.messages)
    result = company.checked(as_of, **more)
    assert sorted((each.draft.kind, each.draft.destination) for each in result.queued) == before
    with reading(company.engine) as connection:
        rows = load_withheld(connection, [each.cycle_id for each in found.withheld])
    assert {row.key for row in rows if row.state != "released"} >= {row.key for row in found.withheld}
    return found


def told(found: Foresight, as_of: str) -> list[str]:
    return list(foresight_lines(found, instant(as_of), "UTC"))


def test_a_miss_is_foretold_with_its_lead_its_promise_and_whom_it_would_go_to(company: Company) -> None:
    assigned(company).synced("2026-01-05 09:01:00")
    assert told(foreseen(company, "2026-01-05 11:30:00"), "2026-01-05 11:30:00") == [
        "2 messages would be queued:",
        "  breach to #sales-emea: ada (follow-up)",
        "  breach to rita@example.com: ada (follow-up)",
    ]
    assert told(foreseen(company, "2026-01-05 11:31:00"), "2026-01-05 11:31:00") == ["0 messages would be queued."]


def test_news_of_what_was_told_are_foretold_also_of_a_start_that_was_withdrawn(company: Company) -> None:
    assigned(company).happens("2026-01-05 09:00:00", "mql", "bea").synced("2026-01-05 09:01:00").checked("2026-01-05 11:30:00")
    company.happens("2026-01-05 11:45:00", "call")
    company.rows = [row for row in company.rows if row[1] != "bea"]
    found = foreseen(company.synced("2026-01-05 12:00:00"), "2026-01-05 12:01:00")
    assert {"answered late", "corrected"} <= {each.kind for each in found.messages}
    assert {each.leads for each in found.messages if each.kind == "corrected"} == {("bea",)}


def test_what_was_due_before_going_live_and_a_budget_that_burns_are_foretold(company: Company) -> None:
    (company.folder / "sla_definitions/all.yaml").write_text(DEFINITIONS.replace("alerts:", BUDGET))
    (company.folder / "slamon.yaml").write_text(SETTINGS.replace("2026-01-01", "2026-01-06"))
    assigned(company).synced("2026-01-05 09:01:00")
    assert told(foreseen(company, "2026-01-06 11:30:00"), "2026-01-06 11:30:00") == ["1 message would be queued:", "  baseline to #sla"]
    for number in range(30):
        company.happens("2026-01-06 09:00:00", "mql", f"lead{number}").happens("2026-01-06 09:00:00", "owner", f"lead{number}", "rita")
    company.synced("2026-01-06 11:40:00")
    lines = told(foreseen(company, "2026-01-06 11:50:00"), "2026-01-06 11:50:00")
    assert "  warning to #sla: follow-up" in lines
    assert any(line.startswith("  breach to #sales-emea: 30 leads (follow-up)") for line in lines)


def test_what_would_wait_says_until_when_and_why_and_what_is_held_is_not_foretold(company: Company) -> None:
    (company.folder / "slamon.yaml").write_text(SETTINGS + 'quiet_hours: {from: "11:00", to: "13:00"}\n')
    assigned(company).synced("2026-01-05 09:01:00")
    hold = Hold("crm", None, "the source crm was never read", ("follow-up",))
    apart = Held(instant("2026-01-05 11:30:00"), (hold.reason,), frozenset({"follow-up"}), (hold,))
    held = company.checked("2026-01-05 11:30:00", dry_run=True, held=apart)
    assert held.foresight is not None
    assert (held.foresight.messages, held.foresight.withheld, held.changes) == ((), (), ())
    lines = told(foreseen(company, "2026-01-05 11:30:00"), "2026-01-05 11:30:00")
    assert lines[:2] == ["0 messages would be queued.", "2 notices would wait or not be said (times of UTC):"]
    assert all(": waits until Mon 2026-01-05 13:00, " in line for line in lines[2:])
    assert len(told(foreseen(company, "2026-01-05 11:40:00"), "2026-01-05 11:40:00")) == len(lines)


def test_a_check_that_would_say_nothing_foretells_nothing(company: Company) -> None:
    assigned(company).synced("2026-01-05 09:01:00").checked("2026-01-05 11:30:00")
    assert company.checked("2026-01-05 10:00:00", now="2026-01-05 11:31:00", dry_run=True).foresight is None


def test_the_command_lists_what_it_would_say_and_says_nothing(
    company: Company, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLAMON_DATABASE_URL", company.engine.url.render_as_string(hide_password=False))
    reps = [f"rep{number}" for number in range(30)]
    crew = [f"{rep},{rep},{rep}@example.com,emea" for rep in reps]
    (company.folder / "people.csv").write_text("\n".join(["id,name,email,team", *crew, ""]))
    for rep in reps:
        company.happens("2026-01-05 09:00:00", "mql", f"of-{rep}").happens("2026-01-05 09:00:00", "owner", f"of-{rep}", rep)
    company.synced("2026-01-05 11:29:00")
    monkeypatch.setattr("slamon.cli.wall_clock", lambda: instant("2026-01-05 11:30:00"))
    assert run(["check", "--config", str(company.folder), "--dry-run"]) == 0
    printed = capsys.readouterr().out
    assert "Dry run: 30 verdicts would change; nothing was recorded or sent.\n32 messages would be queued:\n" in printed
    assert printed.count("  breach") == 20
    assert "  … and 12 more.\n" in printed
    with reading(company.engine) as connection:
        assert connection.execute(select(deliveries.c.id)).all() == []

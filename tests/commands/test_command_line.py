"""The command line: every command works on a new workspace, and every mistake ends in one sentence and an exit code."""

import csv
import io
import json
import shlex
import sys
from pathlib import Path

import pandas as pd
import pytest

from slamon.cli import COMMANDS, GROUPS, run

AS_OF = "2026-11-20T12:00:00Z"


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace from `slamon init`, synced and checked."""
    folder = tmp_path_factory.mktemp("begun") / "my-workspace"
    assert run(["init", str(folder)]) == 0
    assert run(["sync", "--config", str(folder)]) == 0
    assert run(["check", "--config", str(folder)]) == 0
    return folder


def printed(capsys: pytest.CaptureFixture[str], begun: Path, *arguments: str, code: int = 0) -> str:
    capsys.readouterr()
    assert run([*arguments, "--config", str(begun)]) == code
    return capsys.readouterr().out


def complaint(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 2) -> str:
    capsys.readouterr()
    assert run(list(arguments)) == code
    return " ".join(capsys.readouterr().err.split())


def test_a_new_workspace_is_valid_and_previews_its_due_times(begun: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "definitions are valid" in printed(capsys, begun, "validate")


def test_verdicts_have_the_columns_that_are_documented(begun: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = list(csv.reader(io.StringIO(printed(capsys, begun, "verdicts", "--format", "csv"))))
    assert ",".join(rows[0]) == (
        "sla,version,lead,cycle,state,started_at,due_at,answered_at,attempts,charged_to,team,cause,"
        "system_delay_s,human_delay_s,strict_state,period"
    )
    assert len(rows) > 10
    assert rows[1:] == sorted(rows[1:], key=lambda row: (row[0], row[2], row[5]))


def test_json_and_csv_say_the_same(begun: Path, capsys: pytest.CaptureFixture[str]) -> None:
    objects = json.loads(printed(capsys, begun, "verdicts", "--json"))
    rows = list(csv.DictReader(io.StringIO(printed(capsys, begun, "verdicts", "--format", "csv"))))
    assert [{key: "" if value is None else str(value) for key, value in each.items()} for each in objects] == rows


def test_parquet_is_a_frame_with_the_same_rows(begun: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    capfdbinary.readouterr()
    assert run(["verdicts", "--format", "parquet", "--config", str(begun)]) == 0
    frame = pd.read_parquet(io.BytesIO(capfdbinary.readouterr().out))
    assert frame.columns[0] == "sla"
    assert len(frame) > 10


def test_one_sla_or_one_state_can_be_asked_for(begun: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = json.loads(printed(capsys, begun, "verdicts", "--json"))
    chosen = whole[0]["state"]
    some = json.loads(printed(capsys, begun, "verdicts", "--json", "--state", chosen))
    assert some == [row for row in whole if row["state"] == chosen]


def test_a_state_that_no_verdict_is_in_has_no_rows(begun: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, begun, "verdicts", "--state", "excused", "--format", "csv").startswith("sla,version,lead")
    assert "0 rows" in printed(capsys, begun, "verdicts", "--state", "excused")
    assert json.loads(printed(capsys, begun, "verdicts", "--sla", "monthly-sql", "--json")) == []


def test_a_message_that_cannot_be_delivered_ends_with_three_and_is_not_forgotten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "w"
    assert run(["init", str(folder)]) == 0
    settings = (folder / "slamon.yaml").read_text()
    (folder / "slamon.yaml").write_text(
        f"{settings}\nemail: {{smtp: 'smtp://127.0.0.1:1', from: 'sla@example.com'}}\n"
        "reports: {daily: {at: '17:30', timezone: UTC, to: ['ana@example.com']}}\n"
    )
    said = printed(capsys, folder, "report", "daily", "--send", code=3)
    assert "1 message queued." in said
    assert "1 to be tried again" in said
    assert run(["sync", "--config", str(folder)]) == 0
    assert "1 message from before could not be delivered yet" in printed(capsys, folder, "check")


def test_attainment_and_reports_are_printed_and_written(begun: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(printed(capsys, begun, "attainment", "--json"))
    for kind in ("daily", "weekly", "monthly"):
        figures = json.loads(printed(capsys, begun, "report", kind, "--json"))
        assert figures["footing"]["definitions"]
        paths = printed(capsys, begun, "report", kind).split()
        assert all(Path(path).is_file() for path in paths)


def test_a_lead_is_explained_as_text_and_as_data(begun: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lead = json.loads(printed(capsys, begun, "verdicts", "--json"))[0]["lead"]
    assert "What happened" in printed(capsys, begun, "explain", lead)
    data = json.loads(printed(capsys, begun, "explain", lead, "--json"))
    assert data["lead"] == lead
    assert data["cycles"]


def test_schemas_are_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema", "settings"]) == 0
    assert json.loads(capsys.readouterr().out)["type"] == "object"


def test_the_database_says_whether_it_is_up_to_date(begun: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "up to date" in printed(capsys, begun, "db", "check")
    assert "up to date" in printed(capsys, begun, "db", "upgrade")


def test_the_doctor_says_what_is_not_well_and_ends_with_one(begun: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "start it with: slamon run" in printed(capsys, begun, "doctor", code=1)


def test_the_outbox_shows_what_was_sent(begun: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert isinstance(json.loads(printed(capsys, begun, "outbox", "list", "--all", "--json")), list)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nonsense"], "No such command"),
        (["check", "--as-of", "2026-11-20"], "write it with an offset"),
        (["check", "--as-of", "2026-02-30T00:00:00Z"], "not on the calendar"),
        (["check", "--as-of", "0001-01-01T00:00:00Z"], "lies outside the years 1970 to 2199"),
        (["check", "--as-of", "9999-12-31T23:59:59Z"], "lies outside the years 1970 to 2199"),
        (["report", "weekly", "--period", "9999-W52"], "lies outside the years"),
        (["report", "weekly", "--period", "0001-W01"], "lies outside the years"),
        (["report", "weekly", "--to", __file__], "it is a file; name a folder"),
        (["report", "yearly"], "write daily, weekly or monthly"),
        (["report", "weekly", "--period", "2026-11"], "takes e.g. --period 2026-W46"),
        (["report", "weekly", "--period", "2099-W01"], "has not begun"),
        (["verdicts", "--sla", "follow"], "no sla is 'follow'"),
        (["verdicts", "--state", "late"], "no state is 'late'; there are pending, met, breached, cancelled, excused, unknown"),
        (["attainment", "--sla", "follow"], "no sla is 'follow'"),
        (["explain", "L-1001", "--sla", "follow"], "no sla is 'follow'; there are acceptance-rate, hot-lead-follow-up"),
        (["sync", "salesforce"], "no source is called"),
        (["schema", "nothing"], "write definitions, settings or explanation"),
        (["report", "daily", "--send"], "nobody is named"),
    ],
)
def test_what_cannot_be_used_gets_one_sentence(begun: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str) -> None:
    config = [] if arguments[0] in ("nonsense", "schema") else ["--config", str(begun)]
    assert words in complaint(capsys, *arguments, *config)


def test_a_folder_without_a_workspace_is_named_with_the_mend(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "create a workspace with slamon init" in complaint(capsys, "check", "--config", str(tmp_path))


def test_verdicts_before_any_check_say_what_to_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["init", str(tmp_path / "new")]) == 0
    assert "run slamon check first" in complaint(capsys, "verdicts", "--config", str(tmp_path / "new"))


def test_an_existing_workspace_is_never_written_over(begun: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "choose an empty folder" in complaint(capsys, "init", str(begun))


def test_a_folder_that_cannot_be_made_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert "a part of the path is a file" in complaint(capsys, "init", f"{__file__}/below")


def test_the_next_step_can_be_typed_as_it_is_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert run(["init", str(tmp_path / "new")]) == 0
    typed = shlex.quote(str(Path(sys.executable).with_name("slamon")))  # the folder's name may hold a space
    assert f"{typed} validate" in " ".join(capsys.readouterr().out.split())


def test_a_lead_that_nobody_knows_ends_with_one(begun: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "No event speaks of the lead" in complaint(capsys, "explain", "nobody", "--config", str(begun), code=1)


def test_a_database_that_cannot_be_reached_ends_with_three(
    begun: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLAMON_DATABASE_URL", "postgresql+psycopg://slamon:hunter2@127.0.0.1:1/slamon")
    words = complaint(capsys, "check", "--config", str(begun), code=3)
    assert "does not open" in words
    assert "hunter2" not in words


def test_a_second_sync_still_says_that_rows_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "w"
    assert run(["init", str(folder)]) == 0
    leads = folder / "exports" / "leads.csv"
    header, first, *rest = leads.read_text().splitlines()
    leads.write_text("\n".join([header, "," + first.partition(",")[2], *rest]) + "\n")
    assert "1 row refused" in printed(capsys, folder, "sync")
    assert "the rows refused before still are" in printed(capsys, folder, "sync")


def test_a_formula_from_the_crm_is_inert_in_csv(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "w"
    assert run(["init", str(folder)]) == 0
    exports = next(path for path in (folder / "exports").glob("*.csv") if "lead" in path.name)
    header, first, *rest = exports.read_text().splitlines()
    name = first.split(",")[0]
    exports.write_text("\n".join([header, first.replace(name, "=HYPERLINK(1)", 1), *rest]) + "\n")
    assert run(["sync", "--config", str(folder)]) == 0
    assert run(["check", "--config", str(folder)]) == 0
    assert "'=HYPERLINK(1)" in printed(capsys, folder, "verdicts", "--format", "csv")


def test_every_command_is_where_the_help_says_and_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    for name in (*COMMANDS, *GROUPS):
        capsys.readouterr()
        assert run([name, "--help"]) == 0
        assert f"Usage: slamon {name}" in capsys.readouterr().out


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(f" {name} " in shown for name in (*COMMANDS, *GROUPS))


def test_whoever_asks_while_a_definition_is_broken_hears_that_the_service_goes_on_and_where_to_look(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "my-workspace"
    assert run(["init", str(folder)]) == 0
    assert run(["sync", "--config", str(folder)]) == 0
    assert run(["check", "--config", str(folder)]) == 0
    broken = next((folder / "sla_definitions").glob("hot*.yaml"))
    right = broken.read_text()
    broken.write_text(right + "\nwithin: 2\n")
    goes_on = "A service that is running (slamon run) goes on by what was in force before; what it told, see"
    for asked in (["route", "L-1001"], ["explain", "L-1001"], ["verdicts"], ["check"]):
        told = complaint(capsys, *asked, "--config", str(folder))
        assert told.endswith(f"{goes_on}: slamon outbox list --all"), asked
    assert "Outbox" in printed(capsys, folder, "outbox", "list", "--all")
    assert "goes on" not in complaint(capsys, "run", "--config", str(folder))
    broken.write_text(right)
    (folder / "slamon.yaml").write_text("sources: 1\n")
    assert "once slamon.yaml is mended: slamon outbox list --all" in complaint(capsys, "route", "L-1001", "--config", str(folder))

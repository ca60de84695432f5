"""The doctor says of everything that is not well what to do about it, and raises nothing."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine

from slamon.channels import Channel, PreviewChannel, SlackChannel, SmtpChannel
from slamon.core.definitions import DefinitionSet
from slamon.core.working_time.instants import DAY, HOUR, MINUTE, SECOND
from slamon.definition_files import load_promises
from slamon.jobs.doctor import examine
from slamon.jobs.doctor.diagnosis import Diagnosis
from slamon.jobs.doctor.rights import rights_of_files
from slamon.settings import EmailSettings, Settings, Workspace
from slamon.store.database import open_database, writing
from slamon.store.heartbeats import beat
from slamon.store.migrate import upgrade
from slamon.store.outbox import Draft, Member, queue
from slamon.store.outbox.claims import Again, Dead, claim, settle
from slamon.store.reports import keep_report
from slamon.store.schema import reports, source_tables, sync_runs
from tests.channels.fake_slack import TOKEN, Fault, slack_workspace

NOW = 1_795_000_000_000_000
CRM = {"crm": {"type": "files", "tables": [{"path": "leads.csv", "lead": "id", "at": "at", "events": [{"is": {"stage": "mql"}}]}]}}


def no_definitions() -> DefinitionSet:
    return DefinitionSet(())


def test_a60_settings_that_others_can_change_and_secrets_that_others_can_read_are_told_with_the_mend(tmp_path: Path) -> None:
    settings, token, definitions = tmp_path / "slamon.yaml", tmp_path / "token", tmp_path / "sla_definitions"
    definitions.mkdir(mode=0o755)
    for file in (settings, token, definitions / "all.yaml"):
        file.write_text("x")
        file.chmod(0o644)
    token.chmod(0o600)

    def told(**more: str) -> list[str]:
        workspace = Workspace(settings=Settings.model_validate(more), folder=tmp_path)
        return [f"{each.detail}; {each.mend}" for each in rights_of_files(workspace, [token, tmp_path / "gone"])]

    assert told() == ["nobody else can change the settings or read a secret; "]
    assert told(dead_man_url="https://hc.example.com/key") == [
        f"anybody on this computer can read {settings}, which holds a secret; run: chmod o-r {settings}"
    ]
    token.chmod(0o644)
    (definitions / "all.yaml").chmod(0o646)
    assert told() == [
        f"anybody on this computer can change {definitions / 'all.yaml'}; run: chmod o-w {definitions / 'all.yaml'}",
        f"anybody on this computer can read {token}, which holds a secret; run: chmod o-r {token}",
    ]


class Patient:
    """A workspace on a database, and what the doctor says of it."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine = engine
        url = SecretStr(engine.url.render_as_string(hide_password=False))
        self.workspace = Workspace(settings=Settings.model_validate({"sources": CRM}), folder=folder, secrets={"SLAMON_DATABASE_URL": url})
        self.channels: Mapping[str, Channel] = {
            "slack": PreviewChannel(folder),
            "email": PreviewChannel(folder),
            "preview": PreviewChannel(folder),
        }

    def examine(self, now: int = NOW, load: Callable[[], DefinitionSet] = no_definitions) -> dict[str, Diagnosis]:
        return {each.check: each for each in examine(self.workspace, load, self.channels, lambda: now)}

    def well(self) -> None:
        with writing(self.engine) as connection:
            connection.execute(
                source_tables.insert().values(
                    source="crm",
                    source_table="leads",
                    fingerprint="x",
                    first_synced_at=NOW,
                    synced_at=NOW,
                    newest_at=NOW - HOUR,
                    rows_read=1,
                    events_kept=1,
                )
            )
            for job in ("tick", "sync", "check", "deliver"):
                beat(connection, job, NOW, ok=True)


@pytest.fixture
def patient(engine: Engine, tmp_path: Path) -> Patient:
    return Patient(engine, tmp_path)


def test_a_healthy_service_has_nothing_to_mend(patient: Patient) -> None:
    patient.well()
    found = patient.examine(NOW + 5 * SECOND)
    clock = found.pop("clock")  # this computer's clock is not at NOW, and PostgreSQL's is
    assert clock.ok == (patient.engine.dialect.name == "sqlite")
    assert found.pop("access to crm").mend == "mend it, then run: slamon sync crm"  # there is no such file in this test
    assert [each for each in found.values() if not each.ok or each.mend] == []
    assert found["source crm"].detail == "read 5 s ago, newest event 60 min ago"
    assert found["service"].detail == "alive 5 s ago, 3 jobs well"
    assert found["slack"].detail.startswith("preview")
    assert "tzdata" in found["time zones"].detail
    assert found["operator"].detail.startswith("nobody is named yet; write operator: [ADDRESS]")


def test_whatever_is_not_well_has_a_mend(patient: Patient) -> None:
    found = patient.examine()
    assert {each.check for each in found.values() if not each.ok} >= {"source crm", "service"}
    assert all(bool(each.mend) != each.ok for each in found.values())
    assert (found["source crm"].detail, found["source crm"].mend) == ("never read", "run: slamon sync crm")


def test_a_dead_service_old_facts_and_failing_jobs_are_seen(patient: Patient) -> None:
    patient.well()
    found = patient.examine(NOW + 3 * HOUR)
    assert found["service"].detail == "no sign of life for 3 h"
    assert found["source crm"].detail.startswith("read 3 h ago")
    with writing(patient.engine) as connection:
        beat(connection, "tick", NOW + DAY, ok=True)
        beat(connection, "check", NOW + DAY, ok=False, detail="StoreError")
        connection.execute(
            sync_runs.insert().values(source="crm", started_at=NOW, ended_at=NOW, ok=False, summary='{"error": "no such file leads.csv"}')
        )
    found = patient.examine(NOW + DAY)
    assert found["service"].detail == "failing: check (StoreError; went well 24 h ago)"
    assert found["source crm"].detail == "the last reading failed: no such file leads.csv"
    with writing(patient.engine) as connection:
        beat(connection, "check", NOW + DAY, ok=True)
    assert "these jobs hang: sync, deliver" in patient.examine(NOW + DAY)["service"].detail


def test_dead_letters_and_what_waits_too_long_are_counted_with_their_reasons(patient: Patient) -> None:
    drafts = [
        Draft("slack", "#sales", "breach", 0, f"{number}", {"text": "t"}, NOW, NOW, (Member(f"{number}", "breach", 0),))
        for number in range(3)
    ]
    with writing(patient.engine) as connection:
        queue(connection, drafts)
    assert patient.examine(NOW + 2 * HOUR)["outbox"].ok  # nothing was refused: nobody tried yet
    first, second, _ = claim(patient.engine, NOW, "test", 3)
    settle(patient.engine, first, Again(NOW, "invalid_auth"))
    found = patient.examine(NOW + 2 * HOUR)["outbox"]
    assert (found.ok, found.detail) == (False, "0 sent, 3 waiting, 0 given up, the oldest for 2 h: 1 × slack: invalid_auth")
    settle(patient.engine, second, Dead("channel_not_found"))
    found = patient.examine()["outbox"]
    assert (found.ok, found.detail) == (False, "0 sent, 2 waiting, 1 given up: 1 × slack: channel_not_found")


def test_what_is_refused_for_good_is_looked_at_and_not_mended(patient: Patient) -> None:
    with writing(patient.engine) as connection:
        queue(connection, [Draft("slack", "#sales", "breach", 0, "one", {"text": "t"}, NOW, NOW, (Member("one", "breach", 0),))])
    for _ in range(2):
        (claimed,) = claim(patient.engine, NOW, "test", 1)
        settle(patient.engine, claimed, Again(NOW, "refused for good: invalid_blocks"))
    found = patient.examine(NOW + 5 * MINUTE)["outbox"]
    assert (found.ok, found.detail.partition(": ")[2]) == (False, "1 × slack: refused for good: invalid_blocks")
    assert found.mend == f"look at: slamon outbox show {claimed.id[:8]}; report it as a bug of slamon, no other try helps"


def test_a_changed_report_is_seen(patient: Patient) -> None:
    with writing(patient.engine) as connection:
        keep_report(connection, "monthly", "2026-10", 1, {"met": 3}, locked=True)
        connection.execute(reports.update().values(figures="{}"))
    assert not patient.examine()["kept reports"].ok


def test_slack_is_asked_who_we_are_and_a_wrong_token_is_told_without_showing_it(patient: Patient) -> None:
    with slack_workspace() as slack:
        address = f"{slack.address}/api/"
        patient.channels = {"slack": SlackChannel(TOKEN, address, "#sla")}
        assert patient.examine()["slack"].ok
        patient.channels = {"slack": SlackChannel("xoxb-wrong", address, "#sla")}
        found = patient.examine()["slack"]
    assert not found.ok
    assert "SLAMON_SLACK_BOT_TOKEN" in found.mend
    assert "xoxb" not in f"{found}"
    assert not any(method.startswith("chat.") for method, _ in slack.requests)


def test_every_channel_that_is_named_is_looked_for_and_every_right_that_is_missing_is_told(patient: Patient) -> None:
    teams = {"teams": {"emea": {"channel": "#sales-emea"}, "us": {"channel": "#gone"}}}
    weekly = {"weekly": {"at": "08:00", "timezone": "UTC", "to": ["#reports", "ceo@example.com"]}}
    settings = Settings.model_validate({"people": teams, "reports": weekly})
    patient.workspace = patient.workspace.model_copy(update={"settings": settings})
    with slack_workspace() as slack:
        slack.channels |= {"#reports": "C0REPORTS1", "#old": "C0OLD00001"}
        slack.strangers.add("#sales-emea")
        slack.archived.add("C0REPORTS1")
        slack.scopes = "chat:write,channels:read,channels:history,users:read.email,im:write"
        patient.channels = {"slack": SlackChannel(TOKEN, f"{slack.address}/api/", "#sla")}
        found = patient.examine()
        slack.scopes += ",groups:read"
        seen = patient.examine()
        slack.strangers.clear()
        slack.archived.clear()
        slack.channels["#gone"] = "C0GONE0001"
        slack.scopes += ",files:write"
        well = patient.examine()
    assert {check: each.detail[:30] for check, each in found.items() if check.startswith("slack ")} == {
        "slack scope files:write": "without it, reports go out wit",
        "slack #sales-emea": "slamon is no member: it may no",
        "slack #gone": "no public channel is called so",
        "slack #reports": "it is archived",
    }
    assert "cannot be looked up without the scope groups:read" in found["slack #gone"].detail
    assert seen["slack #gone"].detail == "there is no such channel, or it is private and slamon was not invited"
    assert found["slack #sales-emea"].mend == "in #sales-emea, type: /invite @slamon"
    assert seen["slack #gone"].mend.startswith("correct the name where #gone is named")
    assert found["slack #reports"].mend.startswith("name another channel where #reports is named")
    assert not any(method.startswith("chat.") for method, _ in slack.requests)
    assert well["slack channels"].detail == "4 named, all of them take us"
    assert well["operator"].mend == "write operator: [ADDRESS] in slamon.yaml"


def test_an_operator_who_hears_by_the_channel_in_trouble_alone_has_no_other_route(patient: Patient) -> None:
    patient.workspace = Workspace(settings=Settings.model_validate({"operator": ["#ops"]}), folder=patient.workspace.folder)
    with slack_workspace() as slack:
        patient.channels = {"slack": SlackChannel(TOKEN, f"{slack.address}/api/", "#sla")}
        found = patient.examine()["operator"]
    assert (found.ok, found.detail) == (False, "1 named, and none of them hears of it when Slack is closed")
    assert found.mend.startswith("name a mail address")


def test_when_asked_to_stay_at_home_nobody_outside_is_asked(patient: Patient) -> None:
    patient.well()
    with slack_workspace() as slack:
        patient.channels = {"slack": SlackChannel(TOKEN, f"{slack.address}/api/", "#sla")}
        found = examine(patient.workspace, no_definitions, patient.channels, lambda: NOW, doors=False)
    assert slack.requests == []
    assert {"database", "source crm", "service", "outbox"} <= {each.check for each in found}
    assert not any(each.check.startswith(("slack", "access")) for each in found)


def test_channels_that_cannot_be_listed_are_told_with_the_scope_to_give(patient: Patient) -> None:
    with slack_workspace() as slack:
        slack.faults += [Fault("conversations.list", "error", value="missing_scope") for _ in range(2)]
        patient.channels = {"slack": SlackChannel(TOKEN, f"{slack.address}/api/", "#sla")}
        found = patient.examine()["slack channels"]
    assert (found.ok, found.detail) == (False, "cannot be looked at: missing_scope")
    assert "channels:read" in found.mend


def test_a_source_is_opened_and_its_columns_compared_with_the_mapping(patient: Patient, tmp_path: Path) -> None:
    assert "leads.csv cannot be read" in patient.examine()["access to crm"].detail
    (tmp_path / "leads.csv").write_text("id,when\n1,2026-01-01\n", encoding="utf-8")
    assert "'at'" in patient.examine()["access to crm"].detail
    (tmp_path / "leads.csv").write_text("id,at\n1,2026-01-01\n", encoding="utf-8")
    assert patient.examine()["access to crm"] == Diagnosis(
        "access to crm", ok=True, detail="1 tables open, with every column that is mapped"
    )


def test_rows_that_were_refused_are_counted(patient: Patient) -> None:
    patient.well()
    with writing(patient.engine) as connection:
        first = {"line": 7, "reason": "at 'soon' is not a time"}
        leads = {"table": "leads", "refused": 2, "refused_first": [first], "refused_file": "refused/crm-leads.csv"}
        unchanged = {"table": "leads", "unchanged": True, "refused_file": "refused/crm-leads.csv"}
        for table in (leads, unchanged):
            summary = json.dumps({"tables": [table]})
            connection.execute(sync_runs.insert().values(source="crm", started_at=NOW, ended_at=NOW, ok=True, summary=summary))
    told = "2 rows of leads refused (line 7: at 'soon' is not a time; all in refused/crm-leads.csv)"
    assert told in patient.examine()["source crm"].detail


def test_a_public_address_without_a_secret_is_told(patient: Patient) -> None:
    assert "web" not in patient.examine()
    settings = Settings.model_validate({"web": {"url": "https://sla.example.com"}})
    patient.workspace = patient.workspace.model_copy(update={"settings": settings})
    assert patient.examine()["web"].mend == "make one with: openssl rand -hex 32"
    patient.workspace = patient.workspace.model_copy(
        update={"secrets": {**patient.workspace.secrets, "SLAMON_WEB_SECRET": SecretStr("x" * 32)}}
    )
    assert patient.examine()["web"].ok


def test_a_mail_server_that_is_away_is_told(patient: Patient) -> None:
    settings = EmailSettings.model_validate({"smtp": "smtp://127.0.0.1:9", "from": "SLA <sla@example.com>"})
    patient.channels = {"email": SmtpChannel(settings, None)}
    found = patient.examine()["email"]
    assert (found.ok, found.mend) == (False, "see whether it can be reached from this computer (network, proxy, email.smtp)")


def test_an_export_that_may_still_be_written_is_waited_for(patient: Patient) -> None:
    reason = "leads.csv was written less than a minute ago, and its last line does not end: it may still be written, and is read next time"
    with writing(patient.engine) as connection:
        connection.execute(
            sync_runs.insert().values(source="crm", started_at=NOW, ended_at=NOW, ok=False, summary=json.dumps({"error": reason}))
        )
    assert patient.examine()["source crm"].mend.startswith("wait a minute; if it stays so")


def test_a_slack_that_is_away_is_no_matter_of_the_token(patient: Patient) -> None:
    patient.channels = {"slack": SlackChannel(TOKEN, "http://127.0.0.1:9/api/", "#sla")}
    found = patient.examine()["slack"]
    assert (found.ok, found.detail) == (False, "does not answer: no connection to Slack: ConnectionRefusedError")
    assert found.mend == "see whether it can be reached from this computer (network, proxy, slack.api_url)"


@pytest.mark.parametrize("emptied", ["there but emptied", "gone"])
def test_a_source_that_cannot_be_read_is_one_finding_with_one_advice(patient: Patient, tmp_path: Path, emptied: str) -> None:
    patient.well()
    reason = patient.examine()["access to crm"].detail
    if emptied == "there but emptied":
        (tmp_path / "leads.csv").write_text("id,at\n", encoding="utf-8")
        reason = (
            "leads.csv has 0 rows where the last sync read 9: it looks like a broken export; if it is right, run: slamon sync crm --full"
        )
    with writing(patient.engine) as connection:
        beat(connection, "sync", NOW, ok=False, detail=f"SourceError crm: {reason}")
        connection.execute(
            sync_runs.insert().values(source="crm", started_at=NOW, ended_at=NOW, ok=False, summary=json.dumps({"error": reason}))
        )
    found = patient.examine(NOW + 5 * SECOND)
    found.pop("clock")
    (cross,) = (each for each in found.values() if not each.ok)
    assert (cross.check, cross.detail) == ("source crm", f"the last reading failed: {reason}")
    assert ("slamon sync crm" in cross.mend) == (emptied == "gone")
    assert found["service"].detail == "alive 5 s ago, 2 jobs well; sync as its sources say"


def test_definitions_that_cannot_be_read_are_named_with_place_and_mend(patient: Patient, tmp_path: Path) -> None:
    (tmp_path / "sla_definitions").mkdir()
    (tmp_path / "sla_definitions/bad.yaml").write_text("sla: x\nkind: nothing\n", encoding="utf-8")
    found = patient.examine(load=lambda: load_promises(patient.workspace))["definitions"]
    assert not found.ok
    assert found.detail.startswith(f"1 problem: {tmp_path}/sla_definitions/bad.yaml:2: 'nothing'")
    assert found.mend == "write deadline (all: slamon validate)"


def test_a_database_without_tables_or_that_is_none_is_told(tmp_path: Path) -> None:
    patient = Patient(open_database(f"sqlite:///{tmp_path / 'slamon.db'}"), tmp_path)
    assert patient.examine()["database"].mend == "run: slamon db upgrade"
    upgrade(patient.engine)
    assert patient.examine()["database"].ok
    patient.engine.dispose()
    for left in tmp_path.glob("slamon.db*"):
        left.unlink()
    (tmp_path / "slamon.db").write_bytes(b"this is no database, but it is long enough to look at" * 100)
    found = patient.examine()
    assert not found["database"].ok
    assert "outbox" not in found


def test_a_clock_that_is_behind_the_last_reading_is_told(patient: Patient) -> None:
    patient.well()
    found = patient.examine(NOW - 10 * MINUTE)["clock"]
    assert not found.ok
    assert "10 min in the future" in found.detail

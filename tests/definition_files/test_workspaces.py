"""``slamon.yaml``: what it may say, what it leans on, and where its secrets come from."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from slamon.definition_files import DefinitionError, load_promises, load_workspace, provided_attributes, validate_workspace
from slamon.workspace_template import write_workspace

REAL = os.environ.get("SLAMON_REAL_DATA")
Said = Callable[[str], list[str]]


@pytest.fixture
def said(tmp_path: Path) -> Said:
    """What validate says of a workspace of the starter pack with these settings, as lines without the folder's path."""
    write_workspace(tmp_path)

    def say(settings: str) -> list[str]:
        (tmp_path / "slamon.yaml").write_text(settings, encoding="utf-8")
        return [str(finding).replace(f"{tmp_path}/", "") for finding in validate_workspace(tmp_path, {})]

    return say


SOURCE = """\
sources:
  crm:
    type: files
    tables:
      - path: leads.csv
        lead: id
        at: created_at
        attributes: {segment: segment, intent: intent, value: value}
        events: [{is: {stage: mql}}, {is: {attribute: rejection_reason, to: {column: reason}}}]
"""


def test_the_template_workspace_is_valid_as_it_is_written(tmp_path: Path) -> None:
    write_workspace(tmp_path)
    assert validate_workspace(tmp_path, {}) == []
    workspace = load_workspace(tmp_path, {})
    assert workspace.folder == tmp_path
    assert provided_attributes(workspace.settings) == frozenset({"segment", "source", "intent", "value", "rejection_reason"})
    assert len(load_promises(workspace).definitions) == 8
    assert load_promises(workspace).provided == provided_attributes(workspace.settings)


def test_an_empty_settings_file_means_the_defaults(said: Said) -> None:
    assert [line for line in said("# nothing yet\n") if "needs a calendar" not in line] == []
    assert said("calendar: office\n") == []


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ("databse: x\n", "slamon.yaml:1:1: unknown key 'databse'; did you mean database? "),
        ("database: postgresql://u:hunter2@db/x\n", "slamon.yaml:1:11: a password does not belong in slamon.yaml; put the whole address in the environment as SLAMON_DATABASE_URL"),
        ("database: oracle://db/x\n", "slamon.yaml:1:11: this is not a database; write e.g. sqlite:///slamon.db"),
        ("email: {smtp: smtp://u:hunter2@mail, from: a}\n", "slamon.yaml:1:15: a password does not belong in slamon.yaml; put it in the environment as SLAMON_SMTP_PASSWORD"),
        ("email: {smtp: mail.example.com, from: a}\n", "slamon.yaml:1:15: this is not a mail server; write e.g. smtp+starttls://"),
        ("email: {from: a}\n", "slamon.yaml:1:8: `smtp` is missing; write e.g. smtp: smtp+starttls://"),
        ("slack: {default_channel: #sla}\n", 'slamon.yaml:1:26: #sla is read as a comment, so its bracket never closes; quote it: "#sla"'),
        ("slack:\n", "slamon.yaml:1:1: `slack` has no value; write one, or leave the key out"),
        ("slack: {default_channel: sla}\n", "slamon.yaml:1:26: 'sla' is nobody to tell; write \"#channel\""),
        ("slack: {app_url: http://sla.example.com}\n", "slamon.yaml:1:18: this is not a safe web address; write e.g. https://sla.example.com"),
        ("slack: {app_url: 'https://user@sla.example.com'}\n", "slamon.yaml:1:18: a user name or password does not belong in a web address"),
        ("slack: {api_url: 'file:///etc/passwd'}\n", "slamon.yaml:1:18: this is not a safe web address"),
        ("slack: {app_url: 'https://[oops'}\n", "slamon.yaml:1:18: this is not an address"),
        ("timezone: Berlin\n", "slamon.yaml:1:11: 'Berlin' is not an IANA time zone; "),
        ("timezone: CET\n", "slamon.yaml:1:11: 'CET' is an abbreviation, not a place; "),
        ("calendar: offce\n", "slamon.yaml:1:11: nobody declares the calendar 'offce'; did you mean office?"),
        ("people: {teams: {emea: {calendar: ofice}}}\n", "slamon.yaml:1:35: nobody declares the calendar 'ofice'; did you mean office?"),
        ("people: {teams: {emea: {chanel: '#x'}}}\n", "slamon.yaml:1:25: unknown key 'chanel'; did you mean channel? keys here are manager, channel, calendar"),
        ("people: {teams: {manager: {chanel: '#x'}}}\n", "slamon.yaml:1:28: unknown key 'chanel'; did you mean channel? keys here are manager, channel, calendar"),
        ("people: {teams: {emea: {}, EMEA: {}}}\n", "slamon.yaml:1:34: the team 'EMEA' differs from 'emea' only by case or form"),
        ("schedule: {sync: 5}\n", "slamon.yaml:1:18: 5 has no unit; "),
        ("schedule: {sync: 5wm}\n", "slamon.yaml:1:18: '5wm' runs on no calendar here; write it round the clock"),
        ("schedule: {sync: 10s}\n", "slamon.yaml:1:18: '10s' is not a duration; write it round the clock, in whole minutes, hours or days, e.g. 1m (the shortest)"),
        ("quiet_hours: {from: 20, to: '07:00'}\n", 'slamon.yaml:1:21: 20 is not a time of day; write it quoted, e.g. "08:00"'),
        ("go_live: soon\n", "slamon.yaml:1:10: 'soon' is not a date; "),
        ("reports: {weekly: {at: '08:00', timezone: UTC, to: ['#x'], on: someday}}\n", "slamon.yaml:1:11: weekly cannot go out on 'someday'"),
        ("reports: {monthly: {at: '08:00', timezone: UTC, to: ['#x'], on: day 31}}\n", "slamon.yaml:1:11: monthly cannot go out on 'day 31'; write on: working day 3"),
        ("reports: {daily: {at: '0 9 * * 0', timezone: UTC, to: '#x'}}\n", "slamon.yaml:1:23: '0 9 * * 0' is not a time of day"),
        ("reports: {daily: {at: '09:00', timezone: UTC, to: ['ceo@x.com,b@y.com']}}\n", "slamon.yaml:1:52: 'ceo@x.com,b@y.com' is nobody to tell"),
        ("reports: {daily: {at: '09:00', timezone: UTC, to: -oX@x.com}}\n", "slamon.yaml:1:51: '-oX@x.com' is nobody to tell"),
        ("sources: {crm: {type: hubspot}}\n", "slamon.yaml:1:17: type hubspot is not available yet; export to files"),
        ("sources: {crm: {type: csv, tables: []}}\n", "slamon.yaml:1:23: 'csv' is not one of files, sql; write "),
        ("sources: {crm: {type: files}}\n", "slamon.yaml:1:16: `tables` is missing; write e.g. tables: "),
        (SOURCE.replace("path: leads.csv\n        lead: id", "lead: id"), "slamon.yaml:4:5: tables of a files source each need `path`; write e.g. path: exports/leads.csv"),
        (SOURCE.replace("type: files", "type: sql"), "slamon.yaml:3:5: a sql source needs `url`; write e.g. url: "),
        (SOURCE.replace("        lead: id\n", ""), "slamon.yaml:5:9: a table of events names the columns of `lead` and `at`"),
        (SOURCE.replace("lead: id", "lead: id\n        people: {id: x}"), "slamon.yaml:5:9: a table maps either events, people or away"),
        (SOURCE.replace("{stage: mql}", "{stage: mqll}"), "slamon.yaml:9:31: nobody declares the stage 'mqll'; did you mean mql?"),
        (SOURCE.replace("{stage: mql}", "{merged: true}"), "slamon.yaml:9:23: a merge names the surviving lead"),
        (SOURCE.replace("{stage: mql}", "{stage: {colum: x}}"), "slamon.yaml:9:32: unknown key 'colum'; did you mean column? keys here are column"),
        (SOURCE.replace("at: created_at", "at: {column: x, timezone: UTC+2}"), "slamon.yaml:7:35: 'UTC+2' is not an IANA time zone"),
        (SOURCE.replace("lead: id", "lead: id\n        encoding: utf-99"), "slamon.yaml:7:19: 'utf-99' is not an encoding; write e.g. utf-8"),
        (SOURCE.replace(" intent: intent,", ""), "sla_definitions/hot-lead-follow-up.yaml:10:14: no source provides the attribute 'intent'"),
        ("a: 1\n---\nb: 2\n", "slamon.yaml:3:1: a second document; settings are one document"),
        ("- a\n", "slamon.yaml:1:1: not a mapping of settings; write e.g. definitions: sla_definitions"),
        ("definitions: elsewhere\n", "elsewhere:1:1: no such folder; create it with slamon init"),
    ],
)  # fmt: skip
def test_a_settings_mistake_is_told_at_its_place_with_the_mend(said: Said, settings: str, line: str) -> None:
    told = said(settings)
    assert any(each.startswith(line) for each in told), told
    assert all("hunter2" not in each for each in told)


def test_settings_and_definitions_are_complained_about_together(said: Said, tmp_path: Path) -> None:
    (tmp_path / "sla_definitions" / "broken.yaml").write_text("sla: x\n", encoding="utf-8")
    told = said("timezone: Berlin\nquiet_hours: 1\n")
    assert len([line for line in told if line.startswith("slamon.yaml")]) == 2
    assert any(line.startswith("sla_definitions/broken.yaml:1:1: `kind` is missing") for line in told)


def test_a_missing_workspace_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="no such file; create a workspace with slamon init DIR"):
        load_workspace(tmp_path, {})


def test_a_secret_comes_from_the_environment_or_from_a_file_and_is_never_shown(tmp_path: Path) -> None:
    write_workspace(tmp_path)
    (tmp_path / "token").write_text("xoxb-planted\n", encoding="utf-8")
    environment = {"SLAMON_SMTP_PASSWORD": "hunter2", "SLAMON_SLACK_BOT_TOKEN_FILE": str(tmp_path / "token")}
    workspace = load_workspace(tmp_path / "slamon.yaml", environment)
    assert workspace.secret("SLAMON_SLACK_BOT_TOKEN") == "xoxb-planted"
    assert workspace.secret("SLAMON_SMTP_PASSWORD") == "hunter2"
    assert workspace.secret("SLAMON_DATABASE_URL") is None
    assert "planted" not in repr(workspace)
    assert "hunter2" not in repr(workspace)


def test_a_secret_file_that_is_not_there_is_a_finding(tmp_path: Path) -> None:
    write_workspace(tmp_path)
    environment = {"SLAMON_SMTP_PASSWORD_FILE": str(tmp_path / "nowhere")}
    assert [str(finding).replace(str(tmp_path), "") for finding in validate_workspace(tmp_path, environment)] == [
        "/nowhere:1:1: cannot be read (No such file or directory); point SLAMON_SMTP_PASSWORD_FILE at a file that holds the secret"
    ]
    with pytest.raises(DefinitionError, match="cannot be read"):
        load_workspace(tmp_path, environment)


@pytest.mark.realdata
@pytest.mark.skipif(REAL is None, reason="SLAMON_REAL_DATA is unset: it points at the folder of real examples and data")
@pytest.mark.parametrize(("name", "slas"), [("bank", 4), ("marketplace", 3)])
def test_a_real_workspace_loads_unchanged(name: str, slas: int) -> None:
    path = Path(str(REAL)) / "examples" / name
    assert validate_workspace(path, {}) == []
    assert len(load_promises(load_workspace(path, {})).definitions) == slas


@pytest.mark.faults
@pytest.mark.parametrize("what", ["pipe", "endless device", "folder", "ring of links"])
def test_a60_settings_that_are_no_file_are_refused_at_once(tmp_path: Path, what: str) -> None:
    path = tmp_path / "slamon.yaml"
    if what == "pipe":
        os.mkfifo(path)
    elif what == "folder":
        path.mkdir()
    else:
        path.symlink_to("/dev/zero" if what == "endless device" else path)
    with pytest.raises(DefinitionError) as refused:
        load_workspace(path if what == "folder" else tmp_path, {})
    (finding,) = refused.value.findings
    assert finding.problem in ("this is no file", "no such file")


@pytest.mark.faults
def test_a60_settings_may_be_a_link_to_a_file(tmp_path: Path) -> None:
    (tmp_path / "real.yaml").write_text("company: Northwind\n", encoding="utf-8")
    (tmp_path / "slamon.yaml").symlink_to(tmp_path / "real.yaml")
    assert load_workspace(tmp_path, {}).settings.company == "Northwind"

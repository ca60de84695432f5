"""Silences, routes, excuses, late evidence and leave lists as they are typed: what they refuse, show and record."""

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from slamon.cli import run
from slamon.core.working_time.instants import DAY, MINUTE, iso
from slamon.jobs.sync import sync
from slamon.jobs.sync.holding import Held
from slamon.schedule import wall_clock
from slamon.store.database import reading, writing
from slamon.store.facts.holds import Hold, keep_holds
from slamon.store.outbox.withheld import load_withheld
from slamon.store.schema import absences, audit, deliveries, silences
from slamon.store.verdicts import load_verdicts
from tests.jobs.test_check import SETTINGS, Company, instant

BY = ("--by", "ana", "--reason", "trade fair")


@pytest.fixture
def company(tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Company:
    """A workspace with one missed lead of Rita's; the commands open the database that the test does."""
    monkeypatch.setenv("SLAMON_DATABASE_URL", engine.url.render_as_string(hide_password=False))
    made = Company(tmp_path, engine)
    made.happens("2026-01-05 09:00:00", "mql").happens("2026-01-05 09:00:00", "owner", owner="rita")
    return made


def typed(company: Company, *arguments: str) -> int:
    return run(
        [*arguments[:2], "--config", str(company.folder), *arguments[2:]]
        if arguments[0] in GROUPS
        else [*arguments, "--config", str(company.folder)]
    )


GROUPS = ("silence", "people")


def audited(company: Company) -> list[tuple[str, str, str]]:
    with reading(company.engine) as connection:
        return [tuple(row) for row in connection.execute(select(audit.c.by, audit.c.action, audit.c.reason).order_by(audit.c.id))]


def in_days(days: float) -> str:
    return iso(wall_clock() + round(days * DAY))


def test_a_silence_is_kept_with_author_reason_and_end_listed_and_ended(company: Company, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed(company, "silence", "add", "--team", "emea", "--until", in_days(2), *BY) == 0
    assert "Silence 1: team emea until" in capsys.readouterr().out
    assert typed(company, "silence", "list", "--json") == 0
    (kept,) = json.loads(capsys.readouterr().out)
    assert (kept["scope"], kept["value"], kept["by"], kept["reason"], kept["withheld"]) == ("team", "emea", "ana", "trade fair", 0)
    assert typed(company, "silence", "end", "1", "--by", "bo", "--reason", "over") == 0
    assert audited(company) == [("ana", "silence", "trade fair"), ("bo", "end silence", "over")]
    assert typed(company, "silence", "end", "1", "--by", "bo", "--reason", "over") == 1
    capsys.readouterr()
    assert typed(company, "silence", "list") == 0
    assert capsys.readouterr().out == "Nothing is silent; those that have ended: slamon silence list --all\n"
    assert typed(company, "silence", "list", "--all") == 0
    assert "(ended by bo)" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("more", "mend"),
    [
        (("--until", "2020-01-01T00:00:00Z", "--team", "emea", *BY), "has passed"),
        (("--until", "tomorrow", "--team", "emea", *BY), "--until 'tomorrow' is not an instant"),
        (("--until", "2199-01-01T00:00:00Z", "--team", "emea", *BY), "30 days is the most"),
        (("--until", "2199-01-01T00:00:00Z", *BY), "one of --sla, --lead"),
        (("--until", "2199-01-01T00:00:00Z", "--team", "a", "--lead", "b", *BY), "one of --sla, --lead"),
        (("--until", "2199-01-01T00:00:00Z", "--team", "emea", "--by", "ana", "--reason", " "), "who asks and why"),
    ],
)
def test_a_silence_without_end_scope_author_or_reason_is_refused(
    company: Company, capsys: pytest.CaptureFixture[str], more: tuple[str, ...], mend: str
) -> None:
    assert typed(company, "silence", "add", *more) == 2
    assert mend in " ".join(capsys.readouterr().err.split())


def test_a_silence_that_covers_most_misses_is_confirmed_first(
    company: Company, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("slamon.cli.wall_clock", lambda: instant("2026-01-05 12:00:00"))
    company.synced("2026-01-05 09:01:00").checked("2026-01-05 11:30:00")
    asked = ("silence", "add", "--sla", "follow-up", "--until", "2026-01-06T00:00:00Z", *BY)
    assert typed(company, *asked) == 2
    assert "1 of the 1 misses" in capsys.readouterr().err
    assert typed(company, *asked, "--yes") == 0


def test_what_is_silenced_waits_counts_all_the_same_and_is_told_when_the_silence_is_ended(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("slamon.cli.wall_clock", lambda: instant("2026-01-05 10:30:00"))
    assert typed(company, "silence", "add", "--lead", "ada", "--until", "2026-01-08T00:00:00Z", *BY) == 0
    company.synced("2026-01-05 09:01:00").checked("2026-01-05 11:30:00")
    assert company.said() == []
    with reading(company.engine) as connection:
        assert load_verdicts(connection)["state"].tolist() == ["breached"]
        assert {row.rule for row in load_withheld(connection)} == {"silence"}
    monkeypatch.setattr("slamon.cli.wall_clock", lambda: instant("2026-01-05 12:00:00"))
    assert typed(company, "silence", "end", "1", *BY) == 0
    company.checked("2026-01-05 12:00:01")
    assert ("#sales-emea", "breach") in company.said()


def test_it_is_told_a_day_before_that_a_silence_ends(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("slamon.cli.wall_clock", lambda: instant("2026-01-05 10:30:00"))
    assert typed(company, "silence", "add", "--lead", "ada", "--until", "2026-01-08T00:00:00Z", *BY) == 0
    company.synced("2026-01-05 09:01:00").checked("2026-01-06 23:59:00")
    assert company.said() == []
    company.checked("2026-01-07 00:01:00")
    company.checked("2026-01-07 00:02:00")
    assert company.said() == [("#sla", "silence")]


def test_a_route_says_who_hears_what_when_and_why_and_sends_nothing(company: Company, capsys: pytest.CaptureFixture[str]) -> None:
    company.synced("2026-01-05 09:01:00").checked("2026-01-05 10:00:00")
    assert typed(company, "route", "ada", "--as-of", "2026-01-05T10:00:00Z", "--json") == 0
    found = [(each["kind"], each["at"][11:16], each["to"], each["role"], each["status"]) for each in json.loads(capsys.readouterr().out)]
    assert found == [
        ("warning", "10:00", "rita@example.com", "holder", "queued, pending"),
        ("breach", "11:00", "#sales-emea", "team channel", "to come"),
        ("breach", "11:00", "rita@example.com", "holder", "to come"),
        ("escalation", "12:00", "ana@example.com", "manager", "to come"),
    ]
    assert typed(company, "route", "ada", "--as-of", "2026-01-05T10:00:00Z") == 0
    assert "Who would hear what of ada" in capsys.readouterr().out
    assert typed(company, "route", "nobody") == 1
    capsys.readouterr()
    assert typed(company, "route", "ada", "--as-of", "2026-01-05T11:30:00Z") == 0
    told = capsys.readouterr().out
    assert "warning (50%) to rita@example.com (holder): queued, pending" in told
    assert "Mon 2026-01-05 11:30  breach to #sales-emea (team channel): due since 11:00\n" in told


def test_a_route_says_when_a_miss_came_due_and_when_it_was_told(company: Company, capsys: pytest.CaptureFixture[str]) -> None:
    company.synced("2026-01-05 09:01:00")
    company.checked("2026-01-05 11:00:02", held=Held(None, told_until={"follow-up": instant("2026-01-05 10:59:00")}))
    assert typed(company, "route", "ada", "--as-of", "2026-01-05T11:00:03Z") == 0
    assert "(team channel): waiting, the CRM is read once more" in capsys.readouterr().out
    company.checked("2026-01-05 11:00:40")
    assert typed(company, "route", "ada", "--as-of", "2026-01-05T11:01:00Z") == 0
    told = capsys.readouterr().out
    assert "Mon 2026-01-05 11:00  breach to #sales-emea (team channel): queued, pending 11:00:40\n" in told
    assert typed(company, "explain", "ada", "--as-of", "2026-01-05T11:01:00Z") == 0
    assert "warning   Mon 2026-01-05 10:00\n" in capsys.readouterr().out, "as its alerts list it, not at 80 %"


def test_a_route_says_what_is_not_said_any_more_and_why(company: Company, capsys: pytest.CaptureFixture[str]) -> None:
    company.synced("2026-01-05 09:01:00").checked("2026-01-05 09:02:00")
    assert typed(company, "route", "ada", "--as-of", "2026-01-05T11:30:00Z") == 0
    assert "(holder): not said, its target has passed: the miss is told instead" in capsys.readouterr().out


def test_a_route_says_what_is_held_and_which_source_it_waits_for(company: Company, capsys: pytest.CaptureFixture[str]) -> None:
    company.synced("2026-01-05 09:01:00").checked("2026-01-05 09:02:00")
    hold = Hold("crm", instant("2026-01-05 09:01:00"), "the source crm could not be read", ("follow-up",))
    with writing(company.engine) as connection:
        keep_holds(connection, [hold], instant("2026-01-05 11:29:00"))
    assert typed(company, "route", "ada", "--as-of", "2026-01-05T11:30:00Z") == 0
    told = capsys.readouterr().out
    waits = "held, verdicts wait: the source crm could not be read"
    assert f"10:00  warning (50%) to rita@example.com (holder): {waits}" in told
    assert f"11:00  breach to #sales-emea (team channel): {waits}" in told
    assert "12:00  escalation (breach + 1wh) to ana@example.com (manager): to come" in told
    assert [line.count("the source crm") for line in told.splitlines() if "held" in line] == [1, 1, 1], "named once"


def test_a_route_and_an_explanation_say_until_when_something_waits_on_the_clocks_of_the_rest(
    company: Company, capsys: pytest.CaptureFixture[str]
) -> None:
    (company.folder / "slamon.yaml").write_text(SETTINGS.replace("calendar: office", "calendar: office\ntimezone: Asia/Tokyo"))
    definitions = company.folder / "sla_definitions/all.yaml"
    definitions.write_text(definitions.read_text().replace("{timezone: UTC, hours", "{timezone: Asia/Tokyo, hours"))
    company.rows.clear()
    company.happens("2026-01-05 00:00:00", "mql").happens("2026-01-05 00:00:00", "owner", owner="rita")
    company.synced("2026-01-05 00:01:00")
    with writing(company.engine) as connection:
        values = {
            "id": 1,
            "scope": "team",
            "value": "emea",
            "since": instant("2026-01-05 00:00:00"),
            "until": instant("2026-01-05 22:30:00"),
        }
        connection.execute(silences.insert().values(**values, by="rev", reason="trade fair"))
    company.checked("2026-01-05 02:30:00")
    assert typed(company, "route", "ada", "--as-of", "2026-01-05T02:31:00Z") == 0
    told = capsys.readouterr().out
    assert "Tue 2026-01-06 07:30  breach to #sales-emea (team channel): waiting, due Mon 2026-01-05 11:00, silence 1 by rev until" in told
    assert "silence 1 by rev until Tue 2026-01-06 07:30" in told
    assert typed(company, "explain", "ada", "--as-of", "2026-01-05T02:31:00Z") == 0
    explained = capsys.readouterr().out
    assert "withheld until Tue 2026-01-06 07:30: silence 1 by rev until Tue 2026-01-06 07:30" in explained
    assert "UTC" not in told + explained


def test_of_a_lead_whose_row_was_refused_it_is_said_why_and_where_it_is_listed(
    company: Company, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    unnamed = SETTINGS.replace("      - name: events\n        path: events.csv", "      - path: events.csv")
    (company.folder / "slamon.yaml").write_text(unnamed)
    company.happens("2026-01-05 09:00:00", "mql", "bea").happens("1131-01-05 09:00:00", "mql", "=an")
    company.happens("1131-01-05 09:00:00", "mql", "gus").synced("2026-01-05 09:01:00")
    monkeypatch.chdir(company.folder)
    assert run(["sync", "--full", "--config", "."]) == 0
    monkeypatch.chdir(company.folder.parent)
    capsys.readouterr()
    assert typed(company, "explain", "=an") == 1
    printed = capsys.readouterr().err
    assert "No event speaks of the lead =an; line 5 of the source crm was refused" in printed
    assert f"see {company.folder / 'refused' / 'crm-events.csv'}" in printed
    assert "line 6" not in printed, "that is another lead's"
    assert typed(company, "route", "=an") == 1
    assert "line 5 of the source crm was refused" in capsys.readouterr().out
    (company.folder / "refused" / "crm-events.csv").unlink()
    assert typed(company, "explain", "=an") == 1
    assert "ids are those of the CRM" in capsys.readouterr().err


def test_a_silence_for_a_promise_that_there_is_none_of_is_refused(
    company: Company, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("slamon.cli.wall_clock", lambda: instant("2026-01-05 10:30:00"))
    assert typed(company, "silence", "add", "--sla", "nope", "--until", "2026-01-08T00:00:00Z", *BY) == 2
    assert "no sla is 'nope'" in capsys.readouterr().err


def test_an_excuse_shows_what_it_changes_and_is_recorded_with_who_and_why(company: Company, capsys: pytest.CaptureFixture[str]) -> None:
    company.synced("2026-01-05 09:01:00").checked("2026-01-05 11:30:00")
    assert typed(company, "excuse", "ada") == 0
    told = capsys.readouterr().out
    assert "follow-up: breached becomes excused" in told
    assert "Nothing is recorded" in told
    assert audited(company) == []
    assert typed(company, "excuse", "ada", "--by", "ana") == 2
    assert typed(company, "excuse", "ada", "--sla", "follow-up", "--by", "ana", "--reason", "phone outage") == 0
    assert audited(company) == [("ana", "excuse", "phone outage")]
    company.checked(iso(wall_clock() + 2 * MINUTE)[:19].replace("T", " "))
    assert ("#sales-emea", "corrected") in company.said()
    assert typed(company, "excuse", "bea") == 2
    assert "slamon verdicts --state breached" in capsys.readouterr().err


def test_late_evidence_is_seen_first_and_then_accepted(company: Company, capsys: pytest.CaptureFixture[str]) -> None:
    settings = (company.folder / "slamon.yaml").read_text().replace("        at: at\n", "        at: at\n        recorded_at: logged\n")
    (company.folder / "slamon.yaml").write_text(settings)
    company.happens("2026-01-05 10:00:00", "call")
    with (company.folder / "events.csv").open("w") as file:
        rows = [",".join((*map(str, row), row[2] if row[3] != "call" else "2026-01-08T10:00:00Z")) for row in company.rows]
        file.write("\n".join(["id,lead,at,what,owner,name,logged", *rows]))
    (summary,) = sync(company.engine, company.shop.workspace, source=None, full=True, clock=lambda: instant("2026-01-09 09:00:00"))
    assert summary.error is None
    company.checked("2026-01-09 09:01:00")
    assert typed(company, "accept", "ada") == 0
    told = capsys.readouterr().out
    assert "follow-up: breached becomes met" in told
    assert typed(company, "accept", "ada", "--by", "ana", "--reason", "phone log seen") == 0
    assert [(by, what) for by, what, _ in audited(company)] == [("ana", "accept")]
    assert typed(company, "accept", "nothing") == 2


def leave(company: Company, *lines: str) -> Path:
    file = company.folder / "leave.csv"
    file.write_text("\n".join(["person,from,to", *lines]) + "\n")
    return file


def test_a_leave_list_is_taken_once_however_often_it_is_imported(company: Company, capsys: pytest.CaptureFixture[str]) -> None:
    company.synced("2026-01-05 09:01:00")
    file = leave(company, "Rita@example.com,2026-01-07,2026-01-07", "tom,2026-01-08T12:00+01:00,2026-01-09T12:00+01:00")
    assert typed(company, "people", "import", str(file), "--by", "ana") == 0
    shown = capsys.readouterr()
    assert shown.out == "2 added, 0 changed, 0 withdrawn, 0 as before.\n"
    assert "Nobody in the people table is 'tom'" in shown.err
    assert typed(company, "people", "import", str(file)) == 0
    assert capsys.readouterr().out == "0 added, 0 changed, 0 withdrawn, 2 as before.\n"
    with reading(company.engine) as connection:
        kept = {tuple(row) for row in connection.execute(select(absences.c.person, absences.c.since, absences.c.until))}
    assert ("rita", instant("2026-01-07 00:00:00"), instant("2026-01-08 00:00:00")) in kept
    assert [by for by, _, _ in audited(company)] == ["ana"]
    assert typed(company, "people", "import", str(leave(company, "rita,2026-02-01,2026-02-02")), "--replace") == 0
    assert capsys.readouterr().out == "1 added, 0 changed, 2 withdrawn, 0 as before.\n"


@pytest.mark.parametrize(
    ("line", "mend"),
    [
        ("rita,2026-13-01,2026-01-02", ":3: from '2026-13-01' is no date; write a date such as 2026-12-24"),
        ("rita,2026-01-02,2026-01-01", ":3: to 2026-01-01 is before from 2026-01-02"),
        (",2026-01-02,2026-01-01", ":3: no person"),
        ("rita,2026-01-02T09:00,2026-01-03", ":3: from '2026-01-02T09:00' has no offset"),
        ("rita,2026-01-02,", ":3: to is empty"),
    ],
)
def test_a_leave_list_with_a_wrong_row_is_refused_whole_with_its_line_and_mend(
    company: Company, capsys: pytest.CaptureFixture[str], line: str, mend: str
) -> None:
    assert typed(company, "people", "import", str(leave(company, "rita,2026-01-07,2026-01-07", line))) == 2
    assert mend in capsys.readouterr().err
    with reading(company.engine) as connection:
        assert connection.execute(select(absences)).all() == []


def test_a_leave_list_without_its_columns_is_refused(company: Company, capsys: pytest.CaptureFixture[str]) -> None:
    file = company.folder / "leave.csv"
    file.write_text("who;from;to\n")
    assert typed(company, "people", "import", str(file)) == 2
    assert "write the first line as: person,from,to" in capsys.readouterr().err


def test_tables_of_what_is_not_said_are_empty_at_first(company: Company) -> None:
    with reading(company.engine) as connection:
        assert connection.execute(select(silences)).all() == connection.execute(select(deliveries)).all() == []


def test_a_leave_list_that_is_not_there_is_named(company: Company, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed(company, "people", "import", str(company.folder / "gone.csv")) == 2
    assert "gone.csv is not there; name a CSV file" in capsys.readouterr().err

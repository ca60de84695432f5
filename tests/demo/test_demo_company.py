"""What the synthetic company promises: the same bytes for the same arguments, and every planted story in its place."""

import hashlib
from collections.abc import Callable
from datetime import datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from ruamel.yaml import YAML

from slamon.core.definitions import Quota
from slamon.core.working_time.calendars import Calendar
from slamon.core.working_time.instants import DAY, HOUR, MINUTE, to_micros
from slamon.definition_files import load_definitions, validate_workspace
from slamon.demo import CompanyFacts, write_company
from slamon.demo.company import AUTOMATED, IMPORTER, OFFICES
from slamon.demo.workspace import QUOTAS
from slamon.settings import Settings
from slamon.workspace_template import starter_pack

FRIDAY_AFTERNOON = to_micros(pd.Timestamp("2026-11-20T14:30:00Z").to_pydatetime())
SUNDAY_NIGHT = to_micros(pd.Timestamp("2026-11-22T03:10:07.250Z").to_pydatetime())
CHRISTMAS = to_micros(pd.Timestamp("2026-12-28T06:30:00Z").to_pydatetime())
ENDS = {"friday afternoon": FRIDAY_AFTERNOON, "sunday night": SUNDAY_NIGHT, "christmas": CHRISTMAS}

Read = Callable[[str], pd.DataFrame]


@pytest.fixture(scope="module", params=list(ENDS))
def company(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[CompanyFacts, int]:
    end = ENDS[request.param]
    return write_company(tmp_path_factory.mktemp("company"), end, leads=6_000), end


@pytest.fixture
def read(company: tuple[CompanyFacts, int]) -> Read:
    def table(name: str) -> pd.DataFrame:
        rows = pd.read_csv(company[0].folder / "crm" / name, keep_default_na=False, dtype=str)
        for column in {"at", "recorded_at", "from", "to"} & set(rows.columns):
            rows[column] = pd.to_datetime(rows[column]).dt.as_unit("us").astype("int64")
        return rows

    return table


def digest(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_seed_and_end_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_company(tmp_path / name, FRIDAY_AFTERNOON, leads=1_500)
    assert digest(tmp_path / "one") == digest(tmp_path / "two")


def test_another_seed_gives_other_leads(tmp_path: Path) -> None:
    write_company(tmp_path / "one", FRIDAY_AFTERNOON, leads=800)
    write_company(tmp_path / "two", FRIDAY_AFTERNOON, seed=7, leads=800)
    assert (tmp_path / "one/crm/leads.csv").read_bytes() != (tmp_path / "two/crm/leads.csv").read_bytes()


def test_another_end_moves_the_same_company_to_another_time(tmp_path: Path) -> None:
    who = []
    for name, end in (("now", FRIDAY_AFTERNOON), ("later", FRIDAY_AFTERNOON + 7 * DAY)):
        write_company(tmp_path / name, end, leads=800)
        leads = pd.read_csv(tmp_path / name / "crm/leads.csv")
        who.append(sorted(map(tuple, leads[["name", "company", "segment", "source", "value"]].to_numpy().tolist())))
    assert who[0] == who[1]


def test_forty_reps_work_in_four_teams_and_more_than_two_zones(company: tuple[CompanyFacts, int], read: Read) -> None:
    people = read("people.csv")
    reps = people[people["id"].str.startswith("rep-")]
    assert company[0].reps == len(reps) == 40
    assert reps.groupby("team").size().to_dict() == {office.team: 10 for office in OFFICES}
    assert len({office.timezone for office in OFFICES}) >= 3
    assert set(reps["manager"]) <= set(people["email"])


def test_nothing_is_stored_after_the_end_and_something_shortly_before(company: tuple[CompanyFacts, int], read: Read) -> None:
    facts, end = company
    newest = []
    for name in set(facts.rows) - {"people.csv", "leave.csv"}:
        rows = read(name)
        newest.append(rows[[column for column in ("at", "recorded_at") if column in rows]].max().max())
        assert rows["at"].is_monotonic_increasing
    assert end - 3 * HOUR < max(newest) <= end


def test_every_event_belongs_to_a_lead_that_exists_by_then(company: tuple[CompanyFacts, int], read: Read) -> None:
    created = read("leads.csv").set_index("lead_id")["at"]
    for name in set(company[0].rows) - {"people.csv", "leave.csv", "leads.csv"}:
        rows = read(name)
        assert (rows["at"].to_numpy() >= created.loc[rows["lead_id"]].to_numpy()).all(), name


def test_the_settings_are_valid_and_go_live_some_days_before_the_end(company: tuple[CompanyFacts, int]) -> None:
    facts, end = company
    settings = Settings.model_validate(YAML(typ="safe").load(facts.folder / "slamon.yaml"))
    assert settings.go_live is not None
    gone = end / DAY - (pd.Timestamp(settings.go_live) - pd.Timestamp("1970-01-01")).days
    assert 2.9 <= gone <= 7
    tables = settings.sources["crm"].tables
    assert {Path(table.path or "").name for table in tables} == set(facts.rows)
    assert {team.calendar for team in settings.people.teams.values()} == {office.calendar_name for office in OFFICES}


def test_the_workspace_has_nothing_to_complain_about(company: tuple[CompanyFacts, int]) -> None:
    assert validate_workspace(company[0].folder, {}) == []


def test_the_promises_are_the_starter_packs_with_quotas_of_this_size(company: tuple[CompanyFacts, int]) -> None:
    written = load_definitions(company[0].folder / "sla_definitions", default_calendar="office").versions()
    shipped = load_definitions(starter_pack(), default_calendar="office").versions()
    assert written.keys() == shipped.keys()
    (sal,) = written["monthly-sal"]
    assert isinstance(sal, Quota)
    assert sal.targets == {group: round(target * 0.3) for group, target in QUOTAS["monthly-sal.yaml"].items()}
    assert sal.target == sum(sal.targets.values())
    assert f"{sal.target:,}" in sal.title
    assert sal.effective_from.day == 1


def test_every_mapped_column_is_in_its_file(company: tuple[CompanyFacts, int], read: Read) -> None:
    settings = Settings.model_validate(YAML(typ="safe").load(company[0].folder / "slamon.yaml"))
    for table in settings.sources["crm"].tables:
        columns = set(read(Path(table.path or "").name).columns)
        mapped = {table.lead, table.actor, table.owner, *table.attributes.values(), table.at and table.at.column} - {None}
        assert mapped <= columns, table.name


def test_awkward_names_survive_the_files(read: Read) -> None:
    names = set(read("leads.csv")["company"])
    assert {"<Example & Söhne>", "*Star* Labs", "Rocket 🚀 Freight", '"Quoted" Goods Ltd', "=SUM(A1:A9) Analytics"} <= names


def test_planted_leads_stand_where_they_should_in_their_target(company: tuple[CompanyFacts, int], read: Read) -> None:
    facts, end = company
    leads, mql = read("leads.csv").set_index("lead_id"), first_of(read("stage_history.csv"), "mql")
    answered = read("activities.csv").query("direction == 'outbound' and automated == 'false'").groupby("lead_id")["at"].min()
    calendars = {office.team: office.calendar() for office in OFFICES}
    for story, low, high in (("at risk", 0.8, 1.0), ("just breached", 1.0, 4.0), ("answered late", 1.0, 6.0)):
        assert len(facts.stories[story]) >= 8
        for lead in facts.stories[story]:
            target = {"hot": 30, "warm": 120}[str(leads.loc[lead, "intent"])] * MINUTE
            worked = elapsed(calendars[str(leads.loc[lead, "region"])], mql[lead], end)
            assert low * target < worked < high * target, (story, lead)
            assert (lead in answered.index) == (story == "answered late")


def test_breaches_that_were_planted_fall_after_go_live(company: tuple[CompanyFacts, int], read: Read) -> None:
    facts, _ = company
    leads, mql = read("leads.csv").set_index("lead_id"), first_of(read("stage_history.csv"), "mql")
    settings = Settings.model_validate(YAML(typ="safe").load(facts.folder / "slamon.yaml"))
    assert settings.go_live is not None
    live = to_micros(datetime.combine(settings.go_live, time(), ZoneInfo(settings.timezone)))
    calendars = {office.team: office.calendar() for office in OFFICES}
    for lead in facts.stories["just breached"] + facts.stories["answered late"]:
        target = {"hot": 30, "warm": 120}[str(leads.loc[lead, "intent"])] * MINUTE
        due = calendars[str(leads.loc[lead, "region"])].advance_micros(np.array([mql[lead]]), np.array([target]))[0]
        assert live < due


def test_leads_of_the_outage_waited_until_it_was_over(company: tuple[CompanyFacts, int], read: Read) -> None:
    facts, end = company
    owned, mql = read("owners.csv").groupby("lead_id")["at"].min(), first_of(read("stage_history.csv"), "mql")
    since, until = facts.outage
    assert until - since == 4 * HOUR
    assert end - 14 * DAY < since < end
    assert facts.stories["outage"]
    for lead in facts.stories["outage"]:
        assert since <= mql[lead] < until <= owned[lead]


def test_a_rep_on_leave_keeps_getting_leads(company: tuple[CompanyFacts, int], read: Read) -> None:
    facts, end = company
    leave = read("leave.csv").set_index("person").loc[facts.rep_on_leave]
    assert leave["from"] < end < leave["to"]
    owners = read("owners.csv")
    got = owners[(owners["owner"] == facts.rep_on_leave) & (owners["at"] > leave["from"])]
    assert set(facts.stories["leave"]) <= set(got["lead_id"])
    assert facts.stories["leave"]
    worked = read("activities.csv")
    assert not ((worked["by"] == facts.rep_on_leave) & (worked["at"] > leave["from"])).any()


def test_other_reps_on_leave_get_no_new_leads_from_the_router(company: tuple[CompanyFacts, int], read: Read) -> None:
    routed = read("owners.csv").query("by == 'router'")
    for leave in read("leave.csv").query("person != @company[0].rep_on_leave").itertuples():
        away = (routed["owner"] == leave.person) & (routed["at"] >= leave[2]) & (routed["at"] < leave.to)
        assert not away.any(), leave.person


def test_the_import_is_one_batch_by_one_person(company: tuple[CompanyFacts, int], read: Read) -> None:
    leads = read("leads.csv")
    batch = leads[leads["created_by"] == IMPORTER]
    assert set(batch["lead_id"]) == set(company[0].stories["import"])
    assert len(batch) > 200
    assert np.diff(batch["at"].to_numpy()).max() < 10 * MINUTE


def test_duplicates_are_merged_into_the_lead_they_repeat(company: tuple[CompanyFacts, int], read: Read) -> None:
    leads = read("leads.csv").set_index("lead_id")
    merged = read("lead_changes.csv").query("change == 'merged'")
    assert len(merged) >= 20
    assert set(merged["lead_id"]) <= set(company[0].stories["merged"])
    firm = leads["company"].to_dict()
    for loser, survivor in zip(merged["lead_id"].tolist(), merged["into"].tolist(), strict=True):
        assert firm[loser] == firm[survivor]
        assert loser != survivor


def test_some_activities_are_logged_a_day_late_and_machines_send_mail(read: Read) -> None:
    rows = read("activities.csv")
    late = (rows["recorded_at"] - rows["at"] > DAY).mean()
    assert 0.005 < late < 0.05
    assert set(rows.loc[rows["automated"] == "true", "by"]) <= set(AUTOMATED)
    assert not set(rows.loc[rows["automated"] == "false", "by"]) & set(AUTOMATED)


def test_leads_arrive_at_night_and_at_weekends_but_more_in_office_hours(read: Read) -> None:
    at = pd.to_datetime(read("leads.csv").query("region == 'DACH' and created_by == ''")["at"], unit="us", utc=True).dt.tz_convert(
        "Europe/Berlin"
    )
    weekend, office = (at.dt.day_of_week >= 5).mean(), at.dt.hour.between(9, 16).mean()
    assert 0.05 < weekend < 0.2
    assert 0.4 < office < 0.8


def test_returned_leads_qualify_twice(company: tuple[CompanyFacts, int], read: Read) -> None:
    times = read("stage_history.csv").query("stage == 'mql'").groupby("lead_id").size()
    assert set(times[times > 1].index) == set(company[0].stories["returned"])


def first_of(history: pd.DataFrame, stage: str) -> pd.Series:
    return history[history["stage"] == stage].groupby("lead_id")["at"].min()


def elapsed(calendar: Calendar, start: int, end: int) -> int:
    return int(calendar.elapsed_micros(np.array([start]), np.array([end]))[0])

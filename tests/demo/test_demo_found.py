"""slamon finds what was hidden in the made-up company: read, judged and compared with the truth that is in none of its files."""

from dataclasses import dataclass

import pandas as pd
import pytest

from slamon.bootstrap import open_shop
from slamon.core.verdicts import Judgement
from slamon.core.working_time.instants import DAY, NEVER, to_micros
from slamon.demo import CompanyFacts, write_company
from slamon.demo.company import UNCOVERED_REP
from slamon.demo.story import open_now
from slamon.jobs.check import judge
from slamon.jobs.sync import Silent, sync
from slamon.jobs.sync.sync_summary import SyncSummary

END = to_micros(pd.Timestamp("2026-11-20T14:30:00Z").to_pydatetime())
FOLLOW_UP = ("hot-lead-follow-up", "warm-lead-follow-up")


@dataclass(frozen=True, slots=True)
class Demo:
    company: CompanyFacts
    summaries: list[SyncSummary]
    judgement: Judgement
    verdicts: pd.DataFrame

    def of(self, story: str, *slas: str) -> pd.DataFrame:
        mine = self.verdicts["lead"].isin(self.company.stories[story])
        return self.verdicts[mine & self.verdicts["sla"].isin(slas)] if slas else self.verdicts[mine]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    folder = tmp_path_factory.mktemp("demo")
    company = write_company(folder, END, leads=9_000)
    shop = open_shop(folder, {})
    summaries = sync(shop.engine, shop.workspace, source=None, full=False, clock=lambda: END, progress=Silent())
    judgement = judge(shop.engine, shop.definitions, END)
    shop.engine.dispose()
    return Demo(company, summaries, judgement, judgement.verdicts())


def test_every_row_is_read_and_none_refused_unmatched_or_twice(demo: Demo) -> None:
    (summary,) = demo.summaries
    assert summary.error is None
    events = [table for table in summary.tables if table.table not in ("people", "leave")]
    assert sum(table.kept for table in events) == demo.company.events
    assert all(table.refused == table.unmatched == table.duplicates == table.future == 0 for table in summary.tables)
    assert demo.judgement.facts.findings.unknown_owners == 0


def test_leads_at_risk_are_pending_past_a_warning_and_the_others_missed_their_target(demo: Demo) -> None:
    waiting = demo.of("at risk", *FOLLOW_UP)
    assert set(waiting["state"]) == {"pending"}
    assert set(waiting["lead"]) == set(demo.company.stories["at risk"])
    for story in ("just breached", "answered late"):
        missed = demo.of(story, *FOLLOW_UP)
        assert set(missed["state"]) == {"breached"}
        assert ((missed["answered_at"] == NEVER) == (story == "just breached")).all()
        assert (missed["due_at"] > END - 4 * DAY).all()


def test_the_outage_is_charged_to_routing_and_not_to_whoever_got_the_leads_late(demo: Demo) -> None:
    missed = demo.of("outage", *FOLLOW_UP).query("state == 'breached'")
    assert len(missed) >= 3
    assert (missed["cause"] == "routing").mean() >= 0.7


def test_leads_of_the_rep_on_leave_are_a_gap_in_coverage(demo: Demo) -> None:
    missed = demo.of("leave", *FOLLOW_UP).query("state == 'breached'")
    assert len(missed) >= 3
    assert (missed["cause"] == "coverage").mean() >= 0.7
    assert set(missed.query("cause == 'coverage'")["charged_to"]) == {f"rep-{UNCOVERED_REP + 1:02}"}


def test_the_import_was_answered_worse_than_other_warm_leads(demo: Demo) -> None:
    warm = demo.verdicts[(demo.verdicts["sla"] == "warm-lead-follow-up") & demo.verdicts["state"].isin(["met", "breached"])]
    imported = warm["lead"].isin(demo.company.stories["import"])
    assert kept(warm[imported]) < 0.6
    assert kept(warm[~imported]) > 0.8


def test_compliance_is_like_that_of_a_real_company(demo: Demo) -> None:
    shares = {sla: kept(rows) for sla, rows in demo.verdicts.groupby("sla")}
    assert 0.78 < shares["hot-lead-follow-up"] < 0.92
    assert 0.8 < shares["warm-lead-follow-up"] < 0.95
    assert 0.65 < shares["lead-persistence"] < 0.85
    assert 0.78 < shares["lead-acceptance"] < 0.93
    assert 0.88 < shares["mql-stage-age"] < 0.98


def test_one_team_keeps_fewer_promises_than_the_others(demo: Demo) -> None:
    missed = demo.verdicts.query("state == 'breached' and sla == 'lead-acceptance'").groupby("team").size()
    leads = pd.read_csv(demo.company.folder / "crm/leads.csv").groupby("region").size()
    assert (missed / leads).idxmax() == "US West"


def test_returned_leads_have_a_second_cycle(demo: Demo) -> None:
    cycles = demo.of("returned", "lead-acceptance").groupby("lead")["cycle"].max()
    assert (cycles >= 2).mean() > 0.9


def test_merged_duplicates_have_no_cycles_of_their_own(demo: Demo) -> None:
    merged = pd.read_csv(demo.company.folder / "crm/lead_changes.csv").query("change == 'merged'")["lead_id"]
    assert len(merged) > 20
    assert not demo.verdicts["lead"].isin(merged).any()


def test_late_logged_calls_are_a_cause_of_their_own(demo: Demo) -> None:
    causes = demo.verdicts.query("state == 'breached'").groupby("cause").size()
    assert set(causes.index) == {"owner", "routing", "coverage", "data late"}
    assert causes["owner"] == causes.max()


def kept(rows: pd.DataFrame) -> float:
    return (rows["state"] == "met").sum() / rows["state"].isin(["met", "breached"]).sum()


def test_the_ending_counts_leads_that_are_open_now_as_the_files_have_them(demo: Demo) -> None:
    at_risk, past_due = open_now(demo.judgement, END - 3 * DAY)
    assert at_risk >= len(demo.company.stories["at risk"])
    assert len(demo.company.stories["just breached"]) <= past_due < 200

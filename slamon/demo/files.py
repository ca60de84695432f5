"""Writes the synthetic company's workspace: what its CRM exports, its settings and its definitions."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from slamon.core.working_time.instants import SECOND, Instants, as_datetime64
from slamon.demo.activities import activities, owners, touches
from slamon.demo.company import IMPORTER, OFFICES, UNCOVERED_REP, Company, Ints, found_company
from slamon.demo.histories import changes, rejections, stages, twin_stages
from slamon.demo.journeys import Journeys, first_cycles, second_cycles, travel
from slamon.demo.leads import INTENTS, PLANTS, SEGMENTS, SOURCES, Leads, make_leads, outage
from slamon.demo.workspace import write_definitions, write_settings

CRM = "https://crm.example.com/leads/"


@dataclass(frozen=True, slots=True)
class CompanyFacts:
    """What was written, and what is hidden in it: leads by the story that was planted, none of it in the files."""

    folder: Path
    reps: int
    leads: int
    rows: Mapping[str, int]
    """Rows by file name."""
    stories: Mapping[str, tuple[str, ...]]
    """Lead ids by story: at risk, just breached, answered late, outage, leave, import, merged, returned."""
    outage: tuple[int, int]
    """When routing stood still, as instants: ``[from, to)``."""
    rep_on_leave: str

    @property
    def events(self) -> int:
        """How many things happened, in all files of events."""
        return sum(count for name, count in self.rows.items() if name not in ("people.csv", "leave.csv"))


def write_company(folder: Path, end: int, seed: int = 2026, leads: int = 20_000) -> CompanyFacts:
    """Write a workspace whose history ends at ``end`` (instant); the same arguments give the same bytes.

    ``folder`` is made if it is not there; files of the same names in it are replaced.
    """
    streams = [np.random.default_rng(each) for each in np.random.SeedSequence(seed).spawn(5)]
    company = found_company(end, streams[0])
    everyone = make_leads(company, leads, streams[1])
    first = travel(company, first_cycles(everyone, streams[2]))
    again = travel(company, second_cycles(everyone, first, streams[3]))
    tables = {name: _until(table, end) for name, table in _tables(company, everyone, first, again, streams[4]).items()}
    tables |= {"people.csv": _people(company), "leave.csv": _leave(company)}
    exports = folder / "crm"
    exports.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        table.to_csv(exports / name, index=False, lineterminator="\n")
    write_settings(folder, company)
    write_definitions(folder / "sla_definitions", end, leads)
    return CompanyFacts(
        folder=folder,
        reps=len(company.reps),
        leads=len(tables["leads.csv"]),
        rows={name: len(table) for name, table in tables.items()},
        stories=_stories(company, everyone, first, again),
        outage=outage(company),
        rep_on_leave=company.reps[UNCOVERED_REP].id,
    )


def _tables(company: Company, leads: Leads, first: Journeys, again: Journeys, random: np.random.Generator) -> dict[str, pd.DataFrame]:
    touched = touches(leads, again, random)
    history = pd.concat([stages(company, leads, first), stages(company, leads, again), twin_stages(leads)], ignore_index=True)
    changed = changes(leads)
    changed["into"] = np.where(changed["into"] < 0, "", _ids(changed["into"].to_numpy()))
    return {
        "leads.csv": _lead_rows(leads, touched.iloc[: len(leads.created)]),
        "touches.csv": touched.iloc[len(leads.created) :],
        "stage_history.csv": history,
        "rejections.csv": pd.concat([rejections(leads, first), rejections(leads, again)], ignore_index=True),
        "owners.csv": pd.concat([owners(company, leads, first), owners(company, leads, again)], ignore_index=True),
        "activities.csv": pd.concat([activities(company, leads, first), activities(company, leads, again)], ignore_index=True),
        "lead_changes.csv": changed,
    }


def _lead_rows(leads: Leads, creation: pd.DataFrame) -> pd.DataFrame:
    """One row a lead, as the CRM's lead export has it."""
    return pd.DataFrame(
        {
            "lead": leads.number,
            "at": leads.created,
            "touch": creation["touch"],
            "asset": np.where(leads.imported, "trade-show list", creation["asset"]),
            "created_by": np.where(leads.imported, IMPORTER, ""),
            "name": leads.name,
            "company": leads.company,
            "segment": np.array(SEGMENTS, object)[leads.segment],
            "source": np.array(SOURCES, object)[leads.source],
            "intent": np.array(INTENTS, object)[leads.intent],
            "region": np.array([office.team for office in OFFICES], object)[leads.team],
            "value": leads.value,
            "link": CRM + _ids(leads.number),
        }
    )


def _until(table: pd.DataFrame, end: int) -> pd.DataFrame:
    """The rows that the CRM held at the end, in order of time, with ids and instants as it writes them."""
    stored = table["recorded_at"] if "recorded_at" in table else table["at"]
    known = table[(table["at"] <= end) & (stored <= end)].sort_values(["at", "lead"], kind="stable").reset_index(drop=True)
    written = {name: known[name] for name in known.columns}
    written["lead"] = pd.Series(_ids(known["lead"].to_numpy()))
    for name in ("at", "recorded_at"):
        if name in known:
            written[name] = pd.Series(_instants(known[name].to_numpy()))
    return pd.DataFrame(written).rename(columns={"lead": "lead_id"})


def _ids(number: Ints) -> "np.ndarray[tuple[int], np.dtype[np.object_]]":
    return np.char.add("L-", (100_001 + number).astype(str)).astype(object)


def _instants(at: Instants) -> "np.ndarray[tuple[int], np.dtype[np.object_]]":
    seconds = as_datetime64(at // SECOND * SECOND).astype("datetime64[s]")
    return np.char.add(np.datetime_as_string(seconds), "Z").astype(object)


def _people(company: Company) -> pd.DataFrame:
    columns = ("id", "name", "email", "team", "manager", "active")
    rows = [
        {name: str(getattr(person, name)).lower() if name == "active" else getattr(person, name) for name in columns}
        for person in company.people
    ]
    return pd.DataFrame(rows, columns=list(columns))


def _leave(company: Company) -> pd.DataFrame:
    leave = company.leave
    person = [company.reps[number].id for number in leave.person.tolist()]
    rows = pd.DataFrame({"person": person, "from": _instants(leave.since), "to": _instants(leave.until)})
    return rows.sort_values(["from", "person"], kind="stable")


def _stories(company: Company, leads: Leads, first: Journeys, again: Journeys) -> dict[str, tuple[str, ...]]:
    """Which leads tell which planted story."""
    planted = first.cycles.planted
    stories = {
        name: first.cycles.lead[[PLANTS[each].name == name and each >= 0 for each in planted.tolist()]] for name in {p.name for p in PLANTS}
    }
    away = (first.rep == UNCOVERED_REP) & (company.leave.return_of(first.rep, first.assigned) > first.assigned)
    stories |= {
        "outage": first.cycles.lead[first.outage],
        "leave": first.cycles.lead[away & (first.assigned <= company.end)],
        "import": np.flatnonzero(leads.imported),
        "merged": np.flatnonzero(leads.twin_of >= 0),
        "returned": again.cycles.lead[again.cycles.mql <= company.end],
    }
    return {name: tuple(sorted(_ids(leads.number[rows]).tolist())) for name, rows in sorted(stories.items())}

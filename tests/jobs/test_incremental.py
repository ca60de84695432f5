"""A check that judges few leads leaves the store as one that judges all: verdicts, changes, attainment, and what was said."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from shutil import copy
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from slamon.core.definitions import DefinitionSet
from slamon.core.verdicts.cycle_ids import cycle_ids
from slamon.core.working_time.instants import HOUR, MINUTE, to_micros
from slamon.jobs.check import check
from slamon.jobs.check.judging_all import judge
from slamon.store.database import open_database
from slamon.store.facts.crew import AbsenceRow, PersonRow
from slamon.store.facts.lead_blocks import lead_blocks
from slamon.store.migrate import upgrade
from tests.jobs.retold import FORECASTS, Company, announcements
from tests.oracle.cases import Case, definition_set, event_row, oracle_rows
from tests.oracle.facts import Person
from tests.oracle.histories_at_random import cases

LATER = [timedelta(microseconds=1), timedelta(minutes=4), timedelta(minutes=7), timedelta(hours=1), timedelta(hours=9), timedelta(days=2)]


@dataclass(frozen=True)
class Step:
    """The clock goes on; the CRM says something new or takes something back; somebody rules; the check looks, maybe back a little."""

    now: int
    told: tuple[dict[str, Any], ...] | None
    rulings: tuple[tuple[str, str], ...]
    people: tuple[PersonRow, ...] | None
    versions: int
    held: int


@dataclass(frozen=True, repr=False)
class Life:
    """A case retold in steps."""

    case: Case
    definitions: DefinitionSet
    lag: int
    steps: tuple[Step, ...]

    def __repr__(self) -> str:
        """A story that people can read."""
        return f"{self.case!r}\n lag {self.lag}\n" + "\n".join(map(_told, self.steps))

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))


def _told(step: Step) -> str:
    told = None if step.told is None else [row["id"] for row in step.told]
    return f"  {step.now}: told {told}, ruled {step.rulings}, people {step.people}, versions {step.versions}, held {step.held}"


@st.composite
def _instants(draw: st.DrawFn, case: Case) -> list[datetime]:
    """Instants of the case's own and just after: of events, dues, absences, rulings."""
    final = max(event.at for event in case.events) + timedelta(days=2)
    dues = [datetime.fromisoformat(row["due_at"]) for row in oracle_rows(case, final)[0] if row["due_at"]]
    own = [event.at for event in case.events if not event.id.startswith(("old", "held"))]
    edges = [edge for absence in case.absences for edge in (absence.start, absence.end)]
    moments = st.sampled_from(sorted({*own, *dues, *dues, *edges, final}))
    drawn = draw(st.lists(st.tuples(moments, st.sampled_from([timedelta(), *LATER])), min_size=3, max_size=9))
    return sorted(moment + step for moment, step in drawn)


@st.composite
def _said_by(draw: st.DrawFn, case: Case, now: int) -> tuple[dict[str, Any], ...]:
    """What the CRM says at an instant: what has happened, mostly, some things late, some otherwise than before, some of the future."""
    rows = []
    for event in case.events:
        row = event_row(event)
        chance = draw(st.integers(0, 19))
        if chance == 0 or (row["at"] > now and chance > 2):
            continue
        if chance == 1:
            row["at"] += draw(st.sampled_from([-HOUR, MINUTE, 30 * HOUR]))
        if chance == 2 and event.id != "old":
            row["lead"] = draw(st.sampled_from(["ada", "bea", "cid"]))
        rows.append(row)
    return tuple(row for row in rows if not (row["kind"] == "merged" and row["value"] == row["lead"]))


def _person(person: Person) -> PersonRow:
    return PersonRow(
        person.id, team=person.team, calendar=person.calendar, active=person.active, automated=not person.human, email=f"{person.id}@x.test"
    )


@st.composite
def lives(draw: st.DrawFn) -> Life:
    """A case at random, in steps at random."""
    case = draw(cases())
    home = {event.id: event.lead for event in case.events}
    cycles = [(each, cycle_ids(each.sla, [home[each.event]], [each.event])[0]) for each in case.excuses]
    given_ = [(to_micros(each.at), "excuse", str(cycle)) for each, cycle in cycles]
    given_ += [(to_micros(each.at), "accept", each.event) for each in case.accepted]
    given_ += [(to_micros(each.at), "activate", f"{each.sla} {each.version}") for each in case.activated]
    people = tuple(map(_person, case.people))
    steps, before = [], 0
    for number, instant in enumerate(draw(_instants(case))):
        now = max(to_micros(instant), before + 1)
        crew = people if number == 0 or draw(st.integers(0, 9)) == 9 else None
        if crew and number:
            crew = (replace(crew[0], team=draw(st.sampled_from(["emea", "us", None]))), *crew[1:])
        told = draw(_said_by(case, now)) if number == 0 or draw(st.integers(0, 2)) else None
        ruled = tuple(each[1:] for each in given_ if before < each[0] <= now)
        versions = draw(st.sampled_from([99, 99, 99, 1]))
        held = draw(st.sampled_from([0, 0, 0, 0, MINUTE, HOUR]))
        steps.append(Step(now, told, ruled, crew, versions, held))
        before = now
    return Life(case, definition_set(case), draw(st.sampled_from([0, 0, 10 * MINUTE])), tuple(steps))


def _absences(case: Case) -> list[AbsenceRow]:
    found = {(each.person, each.start): each for each in case.absences}
    return [AbsenceRow("leave", each.person, to_micros(each.start), to_micros(each.end)) for each in found.values()]


def _live(life: Life, step_by_step: Company, anew: Company) -> None:
    """Both stores are told the same; one is checked step by step, the other judges all leads each time."""
    hear = announcements(0, life.lag)
    last = 0
    for step in life.steps:
        for company in (step_by_step, anew):
            if step.people is not None:
                company.has_people(step.people, _absences(life.case), step.now)
            if step.told is not None:
                company.is_told(step.told, step.now)
            for kind, subject in step.rulings:
                company.rules(kind, subject, step.now)
        definitions = replace(life.definitions, definitions=life.definitions.definitions[: step.versions])
        as_of = last = max(step.now - step.held, last)
        for company in (step_by_step, anew):
            company.rewords(definitions, step.now)
        anew.forgets_what_it_judged()
        found, wanted = (check(company.engine, definitions, hear, as_of, step.now) for company in (step_by_step, anew))
        assert wanted.all_leads
        assert found.set_aside == wanted.set_aside == ()
        _agree(step_by_step, anew, definitions, as_of)


def _agree(step_by_step: Company, anew: Company, definitions: DefinitionSet, as_of: int) -> None:
    judgement = judge(step_by_step.engine, definitions, as_of)
    verdicts = judgement.verdicts().sort_values("cycle_id", ignore_index=True)
    pd.testing.assert_frame_equal(step_by_step.verdicts(), verdicts, check_dtype=False)
    pd.testing.assert_frame_equal(anew.verdicts(), verdicts, check_dtype=False)
    assert step_by_step.changes() == anew.changes()
    assert step_by_step.said() == anew.said()
    pd.testing.assert_frame_equal(step_by_step.attainment(), anew.attainment(), check_dtype=False)
    attained = judgement.attainment().drop(columns=FORECASTS)
    assert len(attained) == len(anew.attainment())


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables, to be copied."""
    file = tmp_path_factory.mktemp("empty") / "slamon.db"
    engine = open_database(f"sqlite:///{file}")
    upgrade(engine)
    engine.dispose()
    return file


@pytest.fixture
def stores(empty_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Company, Company]]:
    """Two stores of their own; whoever judges all leads judges them one by one, but for those that were merged."""
    monkeypatch.setattr("slamon.jobs.check.all_leads.lead_blocks", partial(lead_blocks, leads=1))
    engines = [open_database(f"sqlite:///{copy(empty_store, tmp_path / name)}") for name in ("one.db", "other.db")]
    yield Company(engines[0]), Company(engines[1])
    for engine in engines:
        engine.dispose()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large], print_blob=True)
@given(lives())
def test_after_any_steps_the_store_is_as_if_all_leads_had_been_judged(stores: tuple[Company, Company], life: Life) -> None:
    for company in stores:
        company.is_emptied()
    _live(life, *stores)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
    max_examples=8,
    print_blob=True,
)
@given(lives())
def test_on_postgresql_too(postgresql_url: str, stores: tuple[Company, Company], life: Life) -> None:
    engine = open_database(postgresql_url)
    try:
        upgrade(engine)
        company = Company(engine)
        for each in (company, stores[1]):
            each.is_emptied()
        _live(life, company, stores[1])
    finally:
        engine.dispose()

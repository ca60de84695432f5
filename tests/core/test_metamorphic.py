"""What may be done to the facts without changing what follows: order, batches, strangers, whole weeks, smaller steps in time."""

import random
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from slamon.core.definitions import DefinitionSet
from slamon.core.evaluation import FactFrames, evaluate
from slamon.core.working_time.calendars import Calendar
from slamon.core.working_time.instants import DAY, FOREVER, NEVER
from tests.oracle.cases import Case, definition_set, fact_frames, judged
from tests.oracle.facts import Absence, Event, Person, Ruling
from tests.oracle.histories_at_random import cases, looked_at

Looked = tuple[Case, list[datetime]]
PER_LEAD = ("deadline", "cadence")
HEALTH = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)
WEEKS = 3
INSTANTS = ("started_at", "due_at", "answered_at", "decided_at")
LATER = {  # which states a cycle may be in once it was in another, where nothing that is known changes
    "pending": {"pending", "met", "breached", "cancelled", "unknown"},
    "met": {"met"},
    "breached": {"breached"},
    "cancelled": {"cancelled"},
    "unknown": {"unknown"},
}


def both(case: Case, as_of: datetime, definitions: DefinitionSet, facts: FactFrames) -> tuple[pd.DataFrame, pd.DataFrame]:
    judgement = evaluate(definitions, facts, as_of)
    return judgement.verdicts(), judgement.attainment()


def assert_same(case: Case, ours: Any, theirs: Any) -> None:
    for one, other in zip(ours, theirs, strict=True):
        assert one.equals(other), f"{case!r}\n{one.compare(other) if one.shape == other.shape else (one, other)}"


@settings(max_examples=40, suppress_health_check=HEALTH)
@given(looked_at(), st.randoms(use_true_random=False))
def test_rows_may_arrive_in_any_order_and_in_any_batches(looked: Looked, chance: random.Random) -> None:
    case, moments = looked
    definitions, facts = definition_set(case), fact_frames(case, moments[0])
    rows = facts.events.sample(frac=1, random_state=chance.randrange(2**32))
    cut = chance.randrange(len(rows) + 1)
    shuffled = replace(facts, events=pd.concat([rows[cut:], rows[:cut]], ignore_index=True))
    assert_same(case, both(case, moments[0], definitions, facts), both(case, moments[0], definitions, shuffled))


def of_strangers(case: Case) -> tuple[Event, ...]:
    """The same events once more, of leads that nobody knows."""
    return tuple(
        replace(
            event,
            lead=f"{event.lead} the second",
            id=f"{event.id} again",
            value=f"{event.value} the second" if event.kind == "merged" else event.value,
        )
        for event in case.events
    )


@settings(max_examples=30, suppress_health_check=HEALTH)
@given(looked_at(PER_LEAD))
def test_other_leads_change_nothing_for_a_lead(looked: Looked) -> None:
    case, moments = looked
    assume(not any("batch" in terms for terms in case.definitions))
    crowded = replace(case, events=(*case.events, *of_strangers(case)))
    alone, among = judged(case, moments[0]).verdicts(), judged(crowded, moments[0]).verdicts()
    mine = among[~among["lead"].str.endswith(" the second")].reset_index(drop=True)
    assert_same(case, [alone], [mine])
    assert len(among) == 2 * len(alone)


def moved(case: Case, span: timedelta) -> Case:
    """Everything so much later: events, absences, rulings and versions."""

    def on(instant: datetime | None) -> datetime | None:
        return instant + span if instant else None

    def of_event(event: Event) -> Event:
        return replace(event, at=event.at + span, recorded_at=on(event.recorded_at), seen_at=on(event.seen_at))

    def of_ruling(ruling: Ruling) -> Ruling:
        return replace(ruling, at=ruling.at + span)

    def of_day(text: str) -> str:
        return f"{date.fromisoformat(text) + span:%Y-%m-%d}"

    dates = ("effective_from", "effective_until")
    terms = (dict(each) | {key: of_day(each[key]) for key in dates if key in each} for each in case.definitions)
    return replace(
        case,
        definitions=tuple(terms),
        events=tuple(map(of_event, case.events)),
        absences=tuple(Absence(each.person, each.start + span, each.end + span) for each in case.absences),
        excuses=tuple(map(of_ruling, case.excuses)),
        accepted=tuple(map(of_ruling, case.accepted)),
        activated=tuple(replace(each, version=of_day(each.version), at=each.at + span) for each in case.activated),
    )


def on_plain_hours(case: Case) -> Case:
    """The same promises on the one calendar without clock changes and holidays."""
    people = tuple(Person(each.id, each.team, None, each.active, each.human) for each in case.people)
    terms = tuple(dict(each) | {"calendar": "plain"} for each in case.definitions)
    return replace(case, definitions=terms, people=people, default_calendar="plain", team_calendars=())


@settings(max_examples=40, suppress_health_check=HEALTH)
@given(looked_at(PER_LEAD))
def test_weeks_later_everything_happens_weeks_later(looked: Looked) -> None:
    case, as_of = on_plain_hours(looked[0]), looked[1][0]
    span = timedelta(weeks=WEEKS)
    now, later = judged(case, as_of).verdicts(), judged(moved(case, span), as_of + span).verdicts()
    for name in INSTANTS:
        known = ~now[name].isin([NEVER, FOREVER])
        now.loc[known, name] += WEEKS * 7 * DAY
    still = [name for name in now.columns if name not in ("period", "version")]
    assert_same(case, [now[still]], [later[still]])


@settings(max_examples=25, suppress_health_check=HEALTH)
@given(cases(PER_LEAD))
def test_seen_at_once_a_state_once_decided_stays_and_steps_end_where_one_look_does(case: Case) -> None:
    """Whatever is seen as it happens: no merges or restorations, which judge again what was decided, and no rulings."""
    telling = [event for event in case.events if event.kind not in ("merged", "deleted", "restored")]
    seen = tuple(replace(event, recorded_at=None, seen_at=event.at) for event in telling)
    case = replace(case, events=seen, excuses=(), accepted=())
    assume(not any("batch" in terms for terms in case.definitions))
    moments = sorted({event.at for event in seen})
    states: dict[str, str] = {}
    for as_of in [*moments, moments[-1] + timedelta(days=60)]:
        verdicts = judged(case, as_of).verdicts()
        found = dict(zip(verdicts["cycle_id"], verdicts["state"], strict=True))
        assert states.keys() <= found.keys(), f"a cycle went away as of {as_of}\n{case!r}"
        wrong = {cycle: (state, found[cycle]) for cycle, state in states.items() if found[cycle] not in LATER[state]}
        assert not wrong, f"{wrong} as of {as_of}\n{case!r}"
        states = found


@settings(max_examples=10, suppress_health_check=HEALTH)
@given(looked_at(), st.integers(1975, 2060))
def test_a_calendar_that_was_asked_about_other_years_before_answers_the_same(looked: Looked, year: int) -> None:
    case, moments = looked
    definitions, facts = definition_set(case), fact_frames(case, moments[0])
    elsewhere = {name: _fresh(terms) for name, terms in case.calendars.items()}
    for calendar in elsewhere.values():
        calendar.advance(datetime.fromisoformat(f"{year}-06-01T00:00:00+00:00"), 3600)
    travelled = replace(definitions, calendars=elsewhere)
    assert_same(case, both(case, moments[0], definitions, facts), both(case, moments[0], travelled, facts))


def _fresh(terms: Any) -> Calendar:
    return Calendar(terms["timezone"], terms["hours"], terms.get("holidays"), terms.get("special_days"), terms.get("breaks"))

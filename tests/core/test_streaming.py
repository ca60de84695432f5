"""Judged some leads at a time, every lead has the verdicts, and every period the attainment, that all at once give."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid5

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from slamon.core.backtest import Question, backtest, window_of
from slamon.core.evaluation import completed, evaluate
from slamon.core.facts.event_columns import columns_of
from slamon.core.facts.histories import History, history_of
from slamon.core.kinds.attainment import attained_frame
from slamon.core.verdicts.cycle_ids import NAMESPACE, cycle_ids
from slamon.core.verdicts.streaming import Streaming
from slamon.core.working_time.instants import to_micros
from tests.oracle.cases import Case, definition_set, fact_frames
from tests.oracle.histories_at_random import looked_at

HEALTH = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)


def told(case: Case, as_of: datetime) -> History:
    frames, definitions = fact_frames(case, as_of), definition_set(case)
    return history_of(
        columns_of(completed(frames.events)),
        to_micros(as_of),
        people=frames.people,
        absences=frames.absences,
        accepted=frames.rulings.accepted,
        exit_stages=definitions.exit_stages(),
    )


@settings(max_examples=40, suppress_health_check=HEALTH)
@given(looked_at(), st.integers(1, 4))
def test_some_leads_at_a_time_give_what_all_at_once_give(looked: tuple[Case, list[datetime]], leads: int) -> None:
    case, as_of = looked[0], looked[1][0]
    definitions, frames = definition_set(case), fact_frames(case, as_of)
    whole = evaluate(definitions, frames, as_of)
    streaming = Streaming(definitions, frames.rulings)
    parts = [judgement.verdicts() for judgement in streaming.judge(told(case, as_of).chunks(leads))]
    if parts:
        found = pd.concat(parts).astype(object).sort_values("sla", kind="stable", ignore_index=True)
        wanted = whole.verdicts().astype(object).sort_values("sla", kind="stable", ignore_index=True)
        assert found.equals(wanted), f"{case!r}\n{found.compare(wanted) if found.shape == wanted.shape else (found, wanted)}"
        assert attained_frame(list(streaming.attained())).equals(whole.attainment()), repr(case)


@given(st.text(), st.text(), st.text())
def test_a_cycles_id_is_a_uuid_of_its_sla_its_lead_and_the_event_that_opened_it(sla: str, lead: str, event: str) -> None:
    assert cycle_ids(sla, [lead], [event])[0] == str(uuid5(NAMESPACE, f"{sla}\0{lead}\0{event}"))


@settings(max_examples=20, suppress_health_check=HEALTH)
@given(looked_at(), st.integers(1, 4))
def test_a_backtest_over_some_leads_at_a_time_says_what_one_over_all_at_once_says(looked: tuple[Case, list[datetime]], leads: int) -> None:
    case, as_of = looked[0], looked[1][0]
    definitions, history = definition_set(case), told(case, as_of)
    first = {each.sla: each for each in reversed(definitions.definitions)}
    proposed = replace(definitions, definitions=tuple(first.values()))
    question = Question(window_of(history.as_of, definitions.timezone, until=as_of.date() + timedelta(days=400)), objective=0.6)
    at_once, in_parts = (
        backtest(definitions, proposed, facts, question) for facts in ([history.facts()], list(history.chunks(leads)) or [history.facts()])
    )
    assert at_once == in_parts, repr(case)

"""All facts judged from scratch as of an instant; nothing is recorded."""

from sqlalchemy import Engine

from slamon.core.definitions import DefinitionSet
from slamon.core.facts import Facts
from slamon.core.facts.histories import History, history_of
from slamon.core.verdicts import Judgement, Rulings, judge_all
from slamon.store.database import reading
from slamon.store.facts import load_absences, load_people
from slamon.store.facts.fact_cache import known_events
from slamon.store.verdicts import load_rulings


def judge(engine: Engine, definitions: DefinitionSet, as_of: int) -> Judgement:
    """Judge all facts that were known at an instant (microseconds UTC); records nothing."""
    facts, rulings = known_facts(engine, definitions, as_of)
    return judge_all(definitions, facts, rulings)


def known_facts(engine: Engine, definitions: DefinitionSet, as_of: int) -> tuple[Facts, Rulings]:
    """All facts that were known at an instant (microseconds UTC), and what people ruled about them."""
    history, rulings = known_history(engine, definitions, as_of)
    return history.facts(), rulings


def known_history(engine: Engine, definitions: DefinitionSet, as_of: int) -> tuple[History, Rulings]:
    """The same, to be taken some leads at a time."""
    with reading(engine) as connection:
        rulings = load_rulings(connection, as_of)
    history = history_of(
        known_events(engine, as_of),
        as_of,
        people=load_people(engine),
        absences=load_absences(engine),
        accepted=rulings.accepted,
        exit_stages=definitions.exit_stages(),
        provided=definitions.provided,
    )
    return history, rulings

"""The backtest: gather the facts that are known, try the proposed definitions on them; records and sends nothing."""

from dataclasses import replace

from sqlalchemy import Engine

from slamon.core.backtest import Backtest, Question, Telling, backtest
from slamon.core.definitions import DefinitionSet
from slamon.core.durations import Duration
from slamon.jobs.audience import Announcements
from slamon.jobs.check import known_facts


def try_on_history(
    engine: Engine,
    in_force: DefinitionSet,
    proposed: DefinitionSet,
    announcements: Announcements,
    checks: Duration,
    as_of: int,
    question: Question,
) -> Backtest:
    """Compare proposed definitions with those in force over all facts known at ``as_of`` (microseconds UTC).

    ``checks`` is how often the workspace judges and tells. Raises ``UnknownAttributeError`` for a split that no lead has.
    """
    facts, rulings = known_facts(engine, in_force, as_of)
    telling = Telling(announcements.routing, checks.micros, announcements.lag)
    return backtest(in_force, proposed, facts, replace(question, telling=telling), rulings)

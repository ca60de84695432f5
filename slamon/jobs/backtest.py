"""The backtest: gather the facts that are known, try the proposed definitions on them; records and sends nothing."""

from dataclasses import replace

from sqlalchemy import Engine

from slamon.core.backtest import Backtest, Question, Telling, backtest
from slamon.core.definitions import DefinitionSet
from slamon.core.verdicts.streaming import LEADS_AT_ONCE
from slamon.core.working_time.durations import Duration
from slamon.jobs.announcing.audience import Announcements
from slamon.jobs.check import known_history


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
    history, rulings = known_history(engine, in_force, as_of)
    facts = list(history.chunks(LEADS_AT_ONCE)) or [history.facts()]
    telling = Telling(announcements.routing, checks.micros, announcements.lag, announcements.manners)
    return backtest(in_force, proposed, facts, replace(question, telling=telling), rulings)

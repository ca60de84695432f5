"""A proposed definition tried on history: judged on the same facts by the same rules as the one in force, and set beside it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from slamon.core.backtest.advice import Trial, advise
from slamon.core.backtest.alert_load import Telling, load, messages_of
from slamon.core.backtest.figures import (
    Advice,
    AlertLoad,
    AttainmentComparison,
    Backtest,
    Comparison,
    Reached,
    ReachedBeside,
)
from slamon.core.backtest.standings import Side, by_month, by_segment, changes, due_moves, matched, side_of, states_of, whole
from slamon.core.backtest.window import Span, Window
from slamon.core.definitions import Cadence, Deadline, DefinitionSet, Quota, Ratio
from slamon.core.facts import Facts, Kind
from slamon.core.kinds.attainment import Attained
from slamon.core.verdicts import Judged, Judgement, Rulings, judge_all

ALWAYS = date(1970, 1, 1)
"""A proposal is tried as if it had been in force since before the first fact."""
USUAL_SEGMENT = "segment"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a trial: the window, the attribute to split by (None: ``segment`` where leads have it), the objective."""

    window: Window
    by: str | None = None
    objective: float | None = None
    """Instead of each deadline's own."""
    telling: Telling = field(default_factory=Telling)


class UnknownAttributeError(ValueError):
    """No lead has the attribute that was asked for; the text names those that there are."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        super().__init__(f"no lead has the attribute {name!r}; there are {', '.join(sorted(known)) or 'none'}")


@dataclass(frozen=True, slots=True)
class _Both:
    """Both sides' definitions and judgements over the same facts."""

    in_force: DefinitionSet
    proposed: DefinitionSet
    now: Judgement
    then: Judgement
    rulings: Rulings


def backtest(
    in_force: DefinitionSet, proposed: DefinitionSet, facts: Facts, question: Question, rulings: Rulings | None = None
) -> Backtest:
    """Try the definitions of ``proposed`` on history, each beside the versions in force with the same id.

    A proposal is taken as in force over all of history, whatever its dates say. ``proposed`` has one version of each SLA.
    Raises ``UnknownAttributeError`` when no lead has the attribute to split by.
    """
    if question.by is not None and question.by not in facts.attributes:
        raise UnknownAttributeError(question.by, facts.attributes)
    rulings = rulings or Rulings()
    tried = replace(
        proposed,
        definitions=tuple(each.model_copy(update={"effective_from": ALWAYS, "effective_until": None}) for each in proposed.definitions),
    )
    touched = {each.sla for each in tried.definitions}
    stands = replace(in_force, definitions=tuple(each for each in in_force.definitions if each.sla in touched))
    both = _Both(stands, tried, judge_all(stands, facts, rulings), judge_all(tried, _with_exits(facts, tried), rulings), rulings)
    by = question.by or (USUAL_SEGMENT if USUAL_SEGMENT in facts.attributes else None)
    return Backtest(
        as_of=facts.as_of,
        since=question.window.since.isoformat(),
        until=question.window.until.isoformat(),
        by=by,
        events=len(facts),
        leads=len(facts.leads),
        promises=tuple(_compared(both, judged, replace(question, by=by)) for judged in both.then.per_lead),
        quotas=tuple(_attained(both, each, question.window) for each in tried.definitions if isinstance(each, Quota | Ratio)),
    )


def _with_exits(facts: Facts, definitions: DefinitionSet) -> Facts:
    """The facts with the exit stages of a funnel that the proposal may have changed."""
    exits = [stage.stage for stage in definitions.stages if stage.exit]
    return replace(facts, exit_stage=(facts.kind == Kind.STAGE) & facts.name.is_any(exits))


def _compared(both: _Both, judged: Judged, question: Question) -> Comparison:
    definition, facts = judged.versions[0], both.then.facts
    zone = both.proposed.calendar_of(definition).timezone
    span = question.window.span(zone)
    now = next((each for each in both.now.per_lead if each.sla == judged.sla), None)
    old, new = side_of(now, span) if now else None, side_of(judged, span)
    same = matched(old, new) if old else None
    alerts_now, alerts_then = _alerts(both, old, new, question.telling, span)
    return Comparison(
        sla=judged.sla,
        title=definition.title,
        kind=definition.kind,
        timezone=zone,
        replaces=_replaced(both.in_force, judged.sla),
        objective=_objective(definition, question),
        whole=whole(old, new),
        months=by_month(old, new, zone),
        segments=by_segment(old, new, facts, question.by) if question.by else (),
        changes=changes(old, new, same) if old and same else (),
        only_in_force=states_of(old.judged, same.only_in_force) if old and same else (),
        only_proposed=states_of(judged, same.only_proposed) if same else (),
        due=due_moves(old, new, same, facts.leads) if old and same else None,
        alerts_in_force=alerts_now,
        alerts_proposed=alerts_then,
        advice=_advice(both, judged, question),
    )


def _replaced(in_force: DefinitionSet, sla: str) -> tuple[str, ...]:
    return tuple(each.version for each in in_force.versions().get(sla, ()))


def _objective(definition: Deadline | Cadence, question: Question) -> float | None:
    own = definition.objective.compliance if definition.objective else None
    return question.objective if question.objective is not None else own


def _alerts(both: _Both, old: Side | None, new: Side, telling: Telling, span: Span) -> tuple[AlertLoad | None, AlertLoad]:
    """Both loads over the same hearers and days: those since the first fact, up to now."""
    facts, calendar = both.then.facts, both.proposed.calendar_of(new.judged.versions[0])
    known = Span(max(span.since, int(facts.at.min(initial=facts.as_of))), min(span.until, facts.as_of))
    then = messages_of(new.judged, facts, both.proposed, telling, known)
    if old is None:
        return None, load(then, None, calendar, known)
    now = messages_of(old.judged, facts, both.in_force, telling, known)
    return load(now, then, calendar, known), load(then, now, calendar, known)


def _advice(both: _Both, judged: Judged, question: Question) -> Advice | None:
    definition = judged.versions[0]
    objective = _objective(definition, question)
    if not isinstance(definition, Deadline) or objective is None:
        return None
    return advise(Trial(definition, both.proposed, both.then.facts, both.rulings, judged), question.window, objective)


def _attained(both: _Both, definition: Quota | Ratio, window: Window) -> AttainmentComparison:
    span = window.span(both.proposed.calendar_of(definition).timezone)
    now = _by_place(both.now.attained, definition.sla, span)
    then = _by_place(both.then.attained, definition.sla, span)
    places = sorted(now.keys() | then.keys())
    return AttainmentComparison(
        sla=definition.sla,
        title=definition.title,
        kind=definition.kind,
        replaces=_replaced(both.in_force, definition.sla),
        periods=tuple(ReachedBeside(period, group, now.get((period, group)), then.get((period, group))) for period, group in places),
    )


def _by_place(rows: Sequence[Attained], sla: str, span: Span) -> dict[tuple[str, str], Reached]:
    """What a quota or ratio came to in each period that overlaps the window, by period and group."""
    mine = (row for row in rows if row.sla == sla and row.starts_at < span.until and row.ends_at > span.since)
    return {
        (row.period, row.group): Reached(row.share if row.cohort is not None else row.net, row.cohort, row.target, row.state)
        for row in mine
    }

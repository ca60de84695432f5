"""A proposed definition tried on history: judged on the same facts by the same rules as the one in force, and set beside it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from slamon.core.backtest.advice import ENOUGH, Trial, advise
from slamon.core.backtest.alert_load import Telling, load, messages_of
from slamon.core.backtest.due_times import due_moves, moves_of
from slamon.core.backtest.figures import (
    Advice,
    AlertLoad,
    AttainmentComparison,
    Backtest,
    Comparison,
    Reached,
    ReachedBeside,
)
from slamon.core.backtest.standings import Sides, by_month, by_segment, changes, matched, side_of, states_of, whole
from slamon.core.backtest.window import Span, Window
from slamon.core.definitions import Cadence, Deadline, DefinitionSet, Quota, Ratio
from slamon.core.facts import Facts, Kind
from slamon.core.kinds.attainment import Attained
from slamon.core.kinds.starts import PerLead
from slamon.core.verdicts import Judged, Judgement, Rulings
from slamon.core.verdicts.streaming import Streaming

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
    enough: int = ENOUGH
    """A target is recommended where so many leads were due under it, and not where there were fewer."""
    telling: Telling = field(default_factory=Telling)


class UnknownAttributeError(ValueError):
    """No lead has the attribute that was asked for; the text names those that there are."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        super().__init__(f"no lead has the attribute {name!r}; there are {', '.join(sorted(known)) or 'none'}")


@dataclass(frozen=True, slots=True)
class _Judged:
    """What some definitions come to: the verdicts of some leads after others, and the attainment of all."""

    parts: tuple[Judgement, ...]
    attained: tuple[Attained, ...]

    def of(self, sla: str) -> list[Judged]:
        """One promise's verdicts; none if there is no such promise."""
        return [each for part in self.parts for each in part.per_lead if each.sla == sla]


@dataclass(frozen=True, slots=True)
class _Both:
    """Both sides' definitions and what they come to over the same facts."""

    in_force: DefinitionSet
    proposed: DefinitionSet
    now: _Judged
    then: _Judged
    rulings: Rulings

    @property
    def facts(self) -> list[Facts]:
        """The facts of some leads after others, with the proposal's exit stages."""
        return [part.facts for part in self.then.parts]


def backtest(
    in_force: DefinitionSet, proposed: DefinitionSet, facts: Sequence[Facts], question: Question, rulings: Rulings | None = None
) -> Backtest:
    """Try the definitions of ``proposed`` on history, each beside the versions in force with the same id.

    ``facts`` are one history, some leads after others (at least one chunk). A proposal is taken as in force over all of it,
    whatever its dates say. ``proposed`` has one version of each SLA. Raises ``UnknownAttributeError`` when no lead has the
    attribute to split by.
    """
    known = facts[0].attributes
    if question.by is not None and question.by not in known:
        raise UnknownAttributeError(question.by, known)
    rulings = rulings or Rulings()
    tried = replace(
        proposed,
        definitions=tuple(each.model_copy(update={"effective_from": ALWAYS, "effective_until": None}) for each in proposed.definitions),
    )
    touched = {each.sla for each in tried.definitions}
    stands = replace(in_force, definitions=tuple(each for each in in_force.definitions if each.sla in touched))
    changed = [_with_exits(each, tried) for each in facts]
    both = _Both(stands, tried, _judged(stands, facts, rulings), _judged(tried, changed, rulings), rulings)
    by = question.by or (USUAL_SEGMENT if USUAL_SEGMENT in known else None)
    return Backtest(
        as_of=facts[0].as_of,
        since=question.window.since.isoformat(),
        until=question.window.until.isoformat(),
        by=by,
        events=sum(len(each) for each in facts),
        leads=sum(len(each.leads) for each in facts),
        promises=tuple(_compared(both, each, replace(question, by=by)) for each in tried.definitions if isinstance(each, PerLead)),
        quotas=tuple(_attained(both, each, question.window) for each in tried.definitions if isinstance(each, Quota | Ratio)),
    )


def _judged(definitions: DefinitionSet, facts: Sequence[Facts], rulings: Rulings) -> _Judged:
    streaming = Streaming(definitions, rulings)
    return _Judged(tuple(streaming.judge(facts)), streaming.attained())


def _with_exits(facts: Facts, definitions: DefinitionSet) -> Facts:
    """The facts with the exit stages of a funnel that the proposal may have changed."""
    return replace(facts, exit_stage=(facts.kind == Kind.STAGE) & facts.name.is_any(definitions.exit_stages()))


def _compared(both: _Both, definition: Deadline | Cadence, question: Question) -> Comparison:
    facts, zone = both.facts, both.proposed.calendar_of(definition).timezone
    span = question.window.span(zone)
    old, new = ([side_of(judged, span) for judged in side.of(definition.sla)] for side in (both.now, both.then))
    same = [matched(now, then) for now, then in zip(old, new, strict=False)]
    alerts_now, alerts_then = _alerts(both, old, new, question.telling, span)
    moves = [moves_of(now, then, each, told) for now, then, each, told in zip(old, new, same, facts, strict=False)]
    return Comparison(
        sla=definition.sla,
        title=definition.title,
        kind=definition.kind,
        timezone=zone,
        replaces=_replaced(both.in_force, definition.sla),
        objective=_objective(definition, question),
        whole=whole(old, new),
        months=by_month(old, new, zone),
        segments=by_segment(old, new, facts, question.by) if question.by else (),
        changes=changes(old, new, same) if old else (),
        only_in_force=states_of(old, (each.only_in_force for each in same)),
        only_proposed=states_of(new, (each.only_proposed for each in same)) if old else (),
        due=due_moves(moves) if old else None,
        alerts_in_force=alerts_now,
        alerts_proposed=alerts_then,
        advice=_advice(both, definition, question),
    )


def _replaced(in_force: DefinitionSet, sla: str) -> tuple[str, ...]:
    return tuple(each.version for each in in_force.versions().get(sla, ()))


def _objective(definition: Deadline | Cadence, question: Question) -> float | None:
    own = definition.objective.compliance if definition.objective else None
    return question.objective if question.objective is not None else own


def _alerts(both: _Both, old: Sides, new: Sides, telling: Telling, span: Span) -> tuple[AlertLoad | None, AlertLoad]:
    """Both loads over the same hearers and days: those since the first fact, up to now."""
    facts, calendar = both.facts, both.proposed.calendar_of(new[0].judged.versions[0])
    as_of = facts[0].as_of
    first = min(int(each.at.min(initial=as_of)) for each in facts)
    known = Span(max(span.since, first), min(span.until, as_of))
    then = messages_of([side.judged for side in new], facts, both.proposed, telling, known)
    if not old:
        return None, load(then, None, calendar, known)
    now = messages_of([side.judged for side in old], facts, both.in_force, telling, known)
    return load(now, then, calendar, known), load(then, now, calendar, known)


def _advice(both: _Both, definition: Deadline | Cadence, question: Question) -> Advice | None:
    objective = _objective(definition, question)
    if not isinstance(definition, Deadline) or objective is None:
        return None
    trial = Trial(definition, both.proposed, both.facts, both.rulings, both.then.of(definition.sla))
    return advise(trial, question.window, objective, question.enough)


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

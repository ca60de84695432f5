"""What is true of every cycle as of an instant: its state, whose it is, why it was missed; the same comparisons for every kind."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from slamon.core.clocks import Clock, clock_of
from slamon.core.columns import Texts
from slamon.core.definitions import Cadence, Deadline, DefinitionSet
from slamon.core.facts import Codes, Facts, Mask, Rows
from slamon.core.facts.event_words import words_of
from slamon.core.kinds import KINDS, PerLeadKind, PerPeriodKind
from slamon.core.kinds.attainment import Attained, attained_frame
from slamon.core.kinds.obligations import Obligations, Promised
from slamon.core.verdicts.activation import Activation, activated_obligations
from slamon.core.verdicts.cycle_ids import CycleIds
from slamon.core.verdicts.cycle_places import charged_holders, due_periods, holder_at, numbers_of
from slamon.core.verdicts.delays import causes, delays
from slamon.core.working_time.calendars import Calendar
from slamon.core.working_time.instants import NEVER, SECOND, Instants

STATES = np.array(["pending", "met", "breached", "cancelled", "excused", "unknown"], object)
PENDING, MET, BREACHED, CANCELLED, EXCUSED, UNKNOWN = range(6)

Words = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Rulings:
    """What people decided: excused cycles (id -> who and why), accepted late evidence (event ids), versions put on open cycles."""

    excused: Mapping[str, str] = field(default_factory=dict)
    accepted: frozenset[str] = frozenset()
    activated: tuple[Activation, ...] = ()


@dataclass(frozen=True)  # without slots: words are only put together where somebody asks, and kept
class Judged:
    """The verdicts of one SLA: obligations and what follows from them as of an instant, one row a cycle.

    ``state`` indexes STATES. Delays are int64 microseconds on the SLA's own clock, NEVER where they are not known.
    """

    sla: str
    versions: tuple[Deadline | Cadence, ...]
    promised: Promised
    calendars: tuple[Calendar, ...]
    cycle_id: CycleIds
    number: npt.NDArray[np.int64]
    state: npt.NDArray[np.int64]
    strict: npt.NDArray[np.int64]
    """Index into STATES, -1 for kinds without a strict clock."""
    answered_at: Instants
    decided_at: Instants
    holder: Codes
    charged: Codes
    """Who held the lead at due, of a breached cycle; UNTOLD for the others."""
    cause: Texts
    system_delay: npt.NDArray[np.int64]
    human_delay: npt.NDArray[np.int64]
    period: Texts
    tell_holders_at_due: Callable[[], Codes] = field(repr=False)
    tell_reasons: Callable[[], Words] = field(repr=False)
    activations: tuple[Activation, ...] = ()
    """Versions of this SLA that somebody put on open cycles."""

    @cached_property
    def holder_at_due(self) -> Codes:
        """Who held each lead at due, or holds it now while there is no due."""
        return self.tell_holders_at_due()

    @cached_property
    def reason(self) -> Words:
        """Why each cycle was cancelled, excused or cannot be judged, in words; empty for the others."""
        return self.tell_reasons()

    @property
    def obligations(self) -> Obligations:
        """The instants that the states follow from."""
        return self.promised.obligations

    def clock(self, row: int) -> Clock:
        """The clock that one cycle's target runs on."""
        length = self.promised.lengths[int(self.obligations.target[row])]
        return clock_of(length, self.calendars[int(self.obligations.calendar[row])])


@dataclass(frozen=True, slots=True)
class Judgement:
    """Everything that follows from the definitions and the facts as of an instant."""

    as_of: int
    facts: Facts
    per_lead: tuple[Judged, ...]
    attained: tuple[Attained, ...]

    def verdicts(self) -> pd.DataFrame:
        """All cycles as a frame with the columns of VERDICT_COLUMNS, sorted by sla, lead, started_at."""
        frames = [pd.DataFrame(_columns(self.facts, judged))[list(VERDICT_COLUMNS)] for judged in self.per_lead]
        if not frames:
            return pd.DataFrame(columns=list(VERDICT_COLUMNS))
        return pd.concat(frames, ignore_index=True)

    def attainment(self) -> pd.DataFrame:
        """Quotas and ratios as a frame with the fields of Attained as columns."""
        return attained_frame(list(self.attained))


VERDICT_COLUMNS = (
    "cycle_id",
    "sla",
    "version",
    "lead",
    "cycle",
    "state",
    "started_at",
    "due_at",
    "answered_at",
    "decided_at",
    "attempts",
    "holder",
    "charged_to",
    "team",
    "cause",
    "system_delay_s",
    "human_delay_s",
    "strict_state",
    "period",
    "reason",
    "start_event",
    "answer_event",
)


def judge_all(definitions: DefinitionSet, facts: Facts, rulings: Rulings | None = None) -> Judgement:
    """Judge every definition on the facts, as of the instant that the facts were cut at."""
    attained: list[Attained] = []
    for versions in definitions.versions().values():
        kind = KINDS[versions[0].kind]
        if isinstance(kind, PerPeriodKind):
            attained += kind.attain(versions, definitions, facts)
    return replace(judge_per_lead(definitions, facts, rulings), attained=tuple(attained))


def judge_per_lead(definitions: DefinitionSet, facts: Facts, rulings: Rulings | None = None) -> Judgement:
    """The same for the definitions that every lead has verdicts of; no attainment, which may need more than these facts."""
    rulings = rulings or Rulings()
    reach = np.array([facts.at.min(initial=facts.as_of), facts.at.max(initial=facts.as_of)])
    for calendar in definitions.calendars.values():
        calendar.openings_around(reach)  # one compilation that reaches over all facts
    per_lead = []
    for sla, versions in definitions.versions().items():
        kind = KINDS[versions[0].kind]
        if isinstance(kind, PerLeadKind):
            promised = activated_obligations(kind, versions, definitions, facts, rulings.activated)
            per_lead.append(_judge(sla, versions, promised, definitions, facts, rulings))
    return Judgement(facts.as_of, facts, tuple(per_lead), ())


def _judge(sla: str, versions: Sequence[Any], promised: Promised, definitions: DefinitionSet, facts: Facts, rulings: Rulings) -> Judged:
    each = promised.obligations
    ids = CycleIds(sla, facts.home.take(each.start_row), facts.id.take(each.start_row))
    state = _states(each, facts.as_of, _excused(ids, rulings))
    fallback = [definitions.calendar_of(version) for version in versions]
    calendars = tuple(definitions.calendars.get(name, fallback[0]) for name in promised.calendars)
    answered = _answered(facts, each, ends_unanswered=versions[0].kind == "cadence")
    charged = charged_holders(facts, each, np.flatnonzero(state == BREACHED))
    system, human = delays(facts, each, promised, calendars, answered)
    return Judged(
        sla=sla,
        versions=tuple(versions),
        promised=promised,
        calendars=calendars,
        cycle_id=ids,
        number=numbers_of(each.lead),
        state=state,
        strict=_strict(each, state, answered, facts.as_of),
        answered_at=answered,
        decided_at=np.select([state == MET, state == CANCELLED, state != PENDING], [each.met_at, each.cancelled_at, each.due], NEVER),
        holder=facts.holder.take(facts.first.take(each.lead + 1) - 1),
        charged=charged,
        cause=causes(facts, each, promised, calendars, state == BREACHED, charged),
        system_delay=system,
        human_delay=human,
        period=due_periods(versions, definitions, each),
        tell_holders_at_due=partial(holder_at, facts, each.lead, np.where(each.due == NEVER, facts.as_of, each.due)),
        tell_reasons=partial(_reasons, facts, each, ids, state, rulings),
        activations=tuple(each for each in rulings.activated if each.sla == sla),
    )


def _excused(ids: CycleIds, rulings: Rulings) -> Mask:
    return np.isin(ids.all().astype(str), list(rulings.excused)) if rulings.excused else np.zeros(len(ids), bool)


def _answered(facts: Facts, each: Obligations, *, ends_unanswered: bool) -> Instants:
    """When each cycle was answered, in time or late; a cadence that ends without an answer is over when it is cancelled."""
    answered = np.where(each.answer_row >= 0, facts.at.take(each.answer_row), NEVER) if len(facts) else each.due
    return np.where(each.cancelled_at != NEVER, each.cancelled_at, answered) if ends_unanswered else answered


def _states(each: Obligations, as_of: int, excused: Mask) -> npt.NDArray[np.int64]:
    """The comparisons that decide: at exactly due a cycle is still pending, after it breached."""
    met, cancelled = each.met_at != NEVER, each.cancelled_at != NEVER
    overdue = (each.due != NEVER) & (as_of > each.due)
    state = np.select([met, cancelled, overdue], [MET, CANCELLED, BREACHED], PENDING)
    if excused.any():
        state = np.where(excused & np.isin(state, (PENDING, BREACHED)), EXCUSED, state)
    return np.where(each.unknown != "", UNKNOWN, state)


def _strict(each: Obligations, state: npt.NDArray[np.int64], answered: Instants, as_of: int) -> npt.NDArray[np.int64]:
    """The same cycles judged 24x7 from the hand-raise; never better than the verdict itself."""
    answered_in_time = (answered != NEVER) & (answered <= each.strict_due)
    strict = np.select(
        [state == MET, state == BREACHED, state == PENDING],
        [np.where(answered_in_time, MET, BREACHED), BREACHED, np.where(as_of > each.strict_due, BREACHED, PENDING)],
        state,
    )
    return np.where(each.strict_due == NEVER, -1, strict)


def _reasons(facts: Facts, each: Obligations, ids: CycleIds, state: npt.NDArray[np.int64], rulings: Rulings) -> Words:
    reasons: Words = each.unknown.copy()
    cancelled = np.flatnonzero(state == CANCELLED)
    reasons[cancelled] = words_of(facts, each.cancel_row[cancelled])
    for row in np.flatnonzero(state == EXCUSED):
        reasons[row] = rulings.excused[ids[int(row)]]
    late = np.flatnonzero((state == BREACHED) & (each.late_evidence >= 0))
    reasons[late] = words_of(facts, each.late_evidence[late]) + " was in time but logged late"
    return reasons


def _columns(facts: Facts, judged: Judged) -> dict[str, npt.NDArray[Any]]:
    """A column for each of VERDICT_COLUMNS."""
    each, people = judged.obligations, facts.people
    versions = np.array([version.version for version in judged.versions], object)
    return {
        "cycle_id": judged.cycle_id.all(),
        "sla": np.full(len(each), judged.sla, object),
        "version": versions[each.version],
        "lead": facts.leads[each.lead],
        "cycle": judged.number,
        "state": STATES[judged.state],
        "started_at": each.start,
        "due_at": each.due,
        "answered_at": judged.answered_at,
        "decided_at": judged.decided_at,
        "attempts": each.attempts,
        "holder": people.text_at(judged.holder, "id"),
        "charged_to": people.text_at(judged.charged, "id"),
        "team": people.text_at(judged.charged, "team"),
        "cause": _texts_of(judged.cause),
        "system_delay_s": whole_seconds(judged.system_delay),
        "human_delay_s": whole_seconds(judged.human_delay),
        "strict_state": np.append(STATES, "")[judged.strict],
        "period": _texts_of(judged.period),
        "reason": judged.reason,
        "start_event": facts.id[each.start_row],
        "answer_event": _ids_or_empty(facts, each.answer_row),
    }


def whole_seconds(micros: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Whole seconds, NEVER for none."""
    return np.where(micros == NEVER, NEVER, micros // SECOND)


def _texts_of(column: Texts) -> Words:
    """The text of every row, the empty one for none."""
    texts: Words = np.append(column.values, "")[column.codes]
    return texts


def _ids_or_empty(facts: Facts, rows: Rows) -> Words:
    ids = np.full(len(rows), "", object)
    ids[rows >= 0] = facts.id[rows[rows >= 0]]
    return ids

"""The figures of a backtest, as plain values: a proposed promise beside the one in force, over the same facts."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kept:
    """Kept and missed cycles due in a span: ``n`` of them, ``kept`` in time; ``share`` is 0 to 1, None without cycles."""

    n: int
    kept: int
    share: float | None
    low: float | None
    """95 % Wilson interval of ``share``."""
    high: float | None


@dataclass(frozen=True, slots=True)
class Beside:
    """One row of a table: a month, or a segment; ``in_force`` is None where no such promise is in force."""

    label: str
    in_force: Kept | None
    proposed: Kept
    difference: float | None
    """Proposed share minus the one in force; None where either has no cycles."""


@dataclass(frozen=True, slots=True)
class Change:
    """How many cycles have one state under the promise in force and another under the proposed one."""

    in_force: str
    proposed: str
    cycles: int


@dataclass(frozen=True, slots=True)
class DueMove:
    """One lead whose due time moves; instants in microseconds UTC, the shift in seconds of the proposed promise's clock."""

    lead: str
    in_force_due_at: int
    proposed_due_at: int
    shift_s: int


@dataclass(frozen=True, slots=True)
class DueMoves:
    """How due times move, over the cycles that both promises have; those without a due time in one of them stand apart."""

    earlier: int
    later: int
    stay: int
    due_in_one_only: int
    median_shift_s: float | None
    """Over the cycles that move, in seconds of the proposed promise's clock (working time if its target is); negative: earlier."""
    largest: tuple[DueMove, ...]


@dataclass(frozen=True, slots=True)
class Hearer:
    """One hearer's messages: how many, how many a day (over all days of the load), and on which local date most."""

    hearer: str
    messages: int
    mean: float
    most: int
    most_on: str


@dataclass(frozen=True, slots=True)
class HearerLoad:
    """How many messages each hearer gets a day, over all hearers and all working days (and others with a message)."""

    hearers: int
    days: int
    messages: int
    mean: float | None
    """Messages a hearer and day; None without hearers."""
    p95: int | None
    busiest: int
    """The most messages that one hearer got on one day."""
    busiest_hearer: str
    busiest_day: str
    most_told: tuple[Hearer, ...] = ()
    """The five who got most messages, most first."""


@dataclass(frozen=True, slots=True)
class AlertLoad:
    """The messages that one promise would have sent in the window: by what they say, to people and to channels."""

    warnings: int
    breaches: int
    escalations: int
    people: HearerLoad
    channels: HearerLoad


@dataclass(frozen=True, slots=True)
class TargetAdvice:
    """For one of a deadline's targets: what would have been kept at the objective; ``recommended`` is None if nothing would."""

    applies_to: str
    """Which leads, in words; empty for the general target."""
    proposed: str
    n: int
    answered: int
    quantile_s: float | None
    """By when the objective's share had an answer (Kaplan-Meier), in seconds of the target's own clock; None: never, or in days."""
    quantile_days: int | None
    """The same for a target in working days."""
    highest_share: float
    """How far the curve of answers gets: a target at a higher share cannot be kept, however long."""
    recommended: str | None
    would_keep: Kept | None
    """What judging with the recommended targets gives over the same span."""
    too_few: bool = False
    """Whether so few leads were due that nothing is recommended, whatever their answers were."""


@dataclass(frozen=True, slots=True)
class Advice:
    """The targets that the last three months of the window would have kept at the objective, and the proof."""

    objective: float
    since: str
    until: str
    targets: tuple[TargetAdvice, ...]
    would_keep: Kept | None
    """All targets together, judged; None while one of them has no recommendation."""
    why_not: str
    """Why no target can be recommended, or empty."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A proposed deadline or cadence beside the promise in force with the same id."""

    sla: str
    title: str
    kind: str
    timezone: str
    replaces: tuple[str, ...]
    """The versions in force that it stands beside; empty for a new promise."""
    objective: float | None
    whole: Beside
    months: tuple[Beside, ...]
    segments: tuple[Beside, ...]
    changes: tuple[Change, ...]
    only_in_force: tuple[tuple[str, int], ...]
    """(state, cycles) of those that the proposed promise does not open."""
    only_proposed: tuple[tuple[str, int], ...]
    due: DueMoves | None
    alerts_in_force: AlertLoad | None
    alerts_proposed: AlertLoad
    advice: Advice | None


@dataclass(frozen=True, slots=True)
class Reached:
    """What a quota or ratio came to in one period and group; ``value`` is a quota's net count, a ratio's share."""

    value: float | None
    cohort: float | None
    target: float | None
    state: str


@dataclass(frozen=True, slots=True)
class ReachedBeside:
    """One period and group (empty: total) under both promises."""

    period: str
    group: str
    in_force: Reached | None
    proposed: Reached | None


@dataclass(frozen=True, slots=True)
class AttainmentComparison:
    """A proposed quota or ratio beside the one in force with the same id."""

    sla: str
    title: str
    kind: str
    replaces: tuple[str, ...]
    periods: tuple[ReachedBeside, ...]


@dataclass(frozen=True, slots=True)
class Backtest:
    """Proposed promises tried on history; dates are local in each promise's own zone, ``[since, until)``."""

    as_of: int
    since: str
    until: str
    by: str | None
    events: int
    leads: int
    promises: tuple[Comparison, ...]
    quotas: tuple[AttainmentComparison, ...]

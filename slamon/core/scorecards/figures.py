"""The figures of the reports, as plain values: compliance with its interval, percentiles, attainment, pace, causes."""

from dataclasses import dataclass
from typing import Literal

from slamon.core.kinds.attainment import Record

Party = Literal["sales", "marketing"]
Burning = Literal["", "slow", "fast"]


@dataclass(frozen=True, slots=True)
class Footing:
    """What every report says about its own ground."""

    company: str
    as_of: int
    timezone: str
    newest_fact_at: int | None
    definitions: tuple[tuple[str, str, str], ...]
    """(sla, version, title) of every definition that the figures rest on."""
    stages: tuple[tuple[str, str], ...]
    """(stage, the sentence that defines it)."""
    restatements: tuple[str, ...]
    """Verdicts that changed after they were announced, in words."""
    findings: tuple[str, ...]
    """Data-quality findings in words, with counts."""
    remarks: tuple[str, ...] = ()
    """What is to be said of this sending, not of the figures: that it comes late, that data are missing."""


@dataclass(frozen=True, slots=True)
class Compliance:
    """Kept and missed cycles of one per-lead promise among those due in a period; shares are 0 to 1, None for n/a."""

    sla: str
    version: str
    title: str
    promised_by: Party
    kind: str
    objective: float | None
    met: int
    breached: int
    share: float | None
    low: float | None
    high: float | None
    """95 % Wilson interval of ``share``."""
    previous_share: float | None
    previous_n: int
    trailing_share: float | None
    """Of the four periods before this one together."""
    strict_share: float | None
    """Of the same cycles, judged 24x7 from the hand-raise; None where the kind has no strict clock."""
    p50_s: float | None
    p95_s: float | None
    """Response percentiles in seconds of the SLA's own clock, unanswered leads censored (Kaplan-Meier); None: not reached."""
    pending: int
    cancelled: int
    excused: int
    unknown: int
    reasons: tuple[tuple[str, int], ...]
    """Why cycles are not counted: (reason, how many), most first."""
    budget: float | None
    """Error budget in leads: (1 - objective) x the cycles expected in the objective's own period."""
    budget_left: float | None
    budget_period: str = ""
    """The objective's period that the budget is of."""
    burning: Burning = ""
    """Whether the budget was burnt too fast in some days of that period."""

    @property
    def n(self) -> int:
        """How many cycles the share rests on."""
        return self.met + self.breached

    @property
    def kept(self) -> bool | None:
        """Whether the objective is met; None without an objective or without cycles."""
        return None if self.objective is None or self.share is None else self.share >= self.objective


@dataclass(frozen=True, slots=True)
class Attainment:
    """One quota or ratio in one period, for one group (empty: total); as ``slamon attainment`` prints it."""

    sla: str
    version: str
    title: str
    promised_by: Party
    kind: Literal["quota", "ratio"]
    period: str
    group: str
    counted: float
    reversed: float | None
    net: float | None
    cohort: float | None
    share: float | None
    target: float | None
    at_most: bool
    expected_to_date: float | None
    p10: float | None
    p50: float | None
    p90: float | None
    probability: float | None
    state: str
    previous: float | None
    """Net (quota) or share (ratio) of the period before."""
    at_risk: bool = False
    """A quota whose pace or landing says so while its period runs."""
    immature: int = 0
    """Leads of a ratio's cohort, and of those that began after it, that are not old enough yet, and in no figure."""
    record: Record | None = None
    """How past landings of this quota, forecast as far into their periods, compare with what came."""
    where: str = ""
    """Of a ratio that counts members by what they are: the filter in words."""
    sourced: bool = False
    """Whether that filter asks where they come from."""
    value: str = ""
    """The attribute that is added up; empty where leads are counted."""
    reasons: tuple[tuple[str, int], ...] = ()
    """What is not known of a ratio's members, and of how many: (reason, how many), most first."""


@dataclass(frozen=True, slots=True)
class PacePoint:
    """One local date of a quota's period: cumulative actual (None in the future) and cumulative expected."""

    date: str
    actual: float | None
    expected: float


@dataclass(frozen=True, slots=True)
class Pace:
    """A quota's way through its period."""

    sla: str
    title: str
    period: str
    target: float
    points: tuple[PacePoint, ...]


@dataclass(frozen=True, slots=True)
class LeadLine:
    """One lead that a report names."""

    cycle_id: str
    lead: str
    lead_name: str
    company: str
    holder_name: str
    sla: str
    title: str
    due_at: int
    late_by_s: int | None
    cause: str
    link: str


@dataclass(frozen=True, slots=True)
class DailyNote:
    """The daily progress note: both promises today, in at most eight lines."""

    date: str
    working_day: int
    working_days: int
    """Which working day of the month it is, and how many there are."""
    due: int
    met: int
    past_target: int
    open: int
    oldest_open_s: int | None
    """Working-hours age of the oldest open lead."""
    quotas: tuple[Attainment, ...]
    yesterday: tuple[tuple[str, float], ...]
    """(sla, what it counted on the previous working day)."""
    at_risk: tuple[LeadLine, ...]
    """Due within the next four working hours, at most five."""
    at_risk_total: int
    saved: LeadLine | None
    """The day's narrowest save, by the person who made it."""
    pace: Pace | None
    footing: Footing
    defines: tuple[tuple[str, str], ...] = ()
    """(stage, the sentence that defines it) of the stages that the note's first figure counts."""


@dataclass(frozen=True, slots=True)
class Ignored:
    """A promise whose notices nobody acted on, four weeks long: how many were told, and how many led to no answer within a day."""

    sla: str
    title: str
    told: int
    ignored: int


@dataclass(frozen=True, slots=True)
class Heard:
    """What people heard of us in a period, and what came of it."""

    messages: int
    """To persons; channels are not counted."""
    people: int
    days: int
    """On how many local days anybody heard anything."""
    most: int
    """Messages to one person on one day."""
    told: int
    """Notices (one a lead and hearer) that are old enough to have been acted on."""
    acted: int
    """Of those, how many were followed by an answer within a day."""
    cleared: int
    """Not said, because they were settled first."""
    silenced: int
    ignored: tuple[Ignored, ...] = ()


@dataclass(frozen=True, slots=True)
class WeeklyScorecard:
    """The weekly scorecard for both teams."""

    period: str
    starts_at: int
    ends_at: int
    promises: tuple[Compliance, ...]
    quotas: tuple[Attainment, ...]
    ratios: tuple[Attainment, ...]
    causes: tuple[tuple[str, int], ...]
    """Why targets were missed: (data late, routing, coverage, owner or not known, how many), in this order."""
    teams: tuple[tuple[str, int, int], ...]
    """(team, met, breached), alphabetically."""
    look_at: tuple[LeadLine, ...]
    saves: tuple[LeadLine, ...]
    pace: Pace | None
    footing: Footing
    recalled: tuple[LeadLine, ...] = ()
    """Missed, recalled as often as misses are, and still open."""
    heard: Heard | None = None


@dataclass(frozen=True, slots=True)
class MonthPoint:
    """One month of both promises; shares are 0 to 1 (marketing's may exceed 1), None for n/a."""

    period: str
    sales_share: float | None
    sales_n: int
    strict_share: float | None
    """Of the cycles that have a strict clock (deadlines), judged 24x7 from the hand-raise."""
    marketing_share: float | None
    marketing_net: float
    marketing_target: float | None
    strict_n: int = 0
    """How many cycles ``strict_share`` rests on."""
    deadline_share: float | None = None
    """The ordinary share of the same cycles; never below ``strict_share``."""


@dataclass(frozen=True, slots=True)
class MonthlyCompliance:
    """The monthly compliance mail to executives."""

    period: str
    starts_at: int
    ends_at: int
    sales_objective: float | None
    """The one objective that all of sales' promises with leads due have; None where they differ or one has none."""
    months: tuple[MonthPoint, ...]
    """Up to twelve, oldest first; the last is the month reported."""
    promises: tuple[Compliance, ...]
    quotas: tuple[Attainment, ...]
    ratios: tuple[Attainment, ...]
    causes: tuple[tuple[str, int], ...]
    next_month: tuple[Attainment, ...]
    """The quotas of the month after the one reported, once it has begun: with their landing, or how they ended."""
    locked: bool
    footing: Footing
    heard: Heard | None = None

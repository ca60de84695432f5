"""What was promised: the typed terms of every SLA, the funnel's stages, and which version is in force when.

The models mirror what users write, key for key. A model refuses unknown keys and says what to write instead;
``slamon.definition_files`` adds file, line and column. Durations, percentages, dates and patterns arrive here as
written and leave as typed values.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from slamon.core.definitions.alert_terms import Alert, AlertMoment, Moment, WarnAt, parse_moment, parse_warning
from slamon.core.definitions.clause_terms import Batch, Gap, Objective, Pause, Target
from slamon.core.definitions.pattern_terms import (
    DETAILS,
    SUBJECTS,
    Comparison,
    Condition,
    EventPattern,
    LeadFilter,
    Patterns,
    PatternWithin,
)
from slamon.core.definitions.promises import A_DAY, Alerts, Cadence, Deadline, Definition, Promise, Quota, Ratio, type_of_kind
from slamon.core.definitions.terms import (
    EXAMPLE_DURATION,
    IDENTIFIER,
    ROLES,
    Day,
    Flag,
    Identifier,
    Length,
    Name,
    Names,
    Party,
    Sentence,
    Share,
    Terms,
)
from slamon.core.working_time.calendars import Calendar, round_the_clock

__all__ = [
    "A_DAY",
    "DETAILS",
    "EXAMPLE_DURATION",
    "IDENTIFIER",
    "ROLES",
    "SUBJECTS",
    "Alert",
    "AlertMoment",
    "Alerts",
    "Batch",
    "Cadence",
    "Comparison",
    "Condition",
    "Day",
    "Deadline",
    "Definition",
    "DefinitionSet",
    "EventPattern",
    "Gap",
    "Identifier",
    "LeadFilter",
    "Length",
    "Moment",
    "Name",
    "Names",
    "Objective",
    "Party",
    "PatternWithin",
    "Patterns",
    "Pause",
    "Promise",
    "Quota",
    "Ratio",
    "Share",
    "Stage",
    "Target",
    "Terms",
    "WarnAt",
    "parse_moment",
    "parse_warning",
    "type_of_kind",
]


class Stage(Terms):
    """A step of the funnel, the party that owns it and the sentence that defines it."""

    stage: Name
    owned_by: Party | None = None
    means: Sentence
    exit: Flag = False


@dataclass(frozen=True, slots=True)
class DefinitionSet:
    """All that was promised: definitions (every version), calendars by name, stages in funnel order, shared alert routes."""

    definitions: tuple[Deadline | Cadence | Quota | Ratio, ...]
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    stages: tuple[Stage, ...] = ()
    routes: Mapping[str, tuple[Alert, ...]] = field(default_factory=dict)
    default_calendar: str | None = None
    timezone: str = "UTC"
    team_calendars: Mapping[str, str] = field(default_factory=dict)
    """The name of each team's calendar, for ``calendar: owner`` and people who have none of their own."""
    provided: frozenset[str] = frozenset()
    """The lead attributes that the workspace's sources map: known to exist also while no lead has a value."""
    places: Mapping[tuple[str, str], tuple[str, int]] = field(default_factory=dict)
    """The file and line at which each version (SLA, effective_from) is written."""

    def calendar_of(self, definition: Promise) -> Calendar:
        """Its own calendar, else (for ``owner`` too, which is chosen lead by lead) the workspace's, else round the clock in its zone."""
        name = definition.calendar if definition.calendar not in (None, "owner") else self.default_calendar
        return self.calendars[name] if name is not None else round_the_clock(self.timezone)

    def workspace_calendar(self) -> Calendar:
        """The workspace's default calendar: working days of reports are counted on it."""
        return self.calendars[self.default_calendar] if self.default_calendar is not None else round_the_clock(self.timezone)

    def exit_stages(self) -> tuple[str, ...]:
        """The stages that end the way through the funnel."""
        return tuple(stage.stage for stage in self.stages if stage.exit)

    def versions(self) -> dict[str, list[Deadline | Cadence | Quota | Ratio]]:
        """Definitions by SLA id, each one's versions in order of effective_from."""
        found: dict[str, list[Deadline | Cadence | Quota | Ratio]] = {}
        for definition in sorted(self.definitions, key=lambda each: (each.sla, each.effective_from)):
            found.setdefault(definition.sla, []).append(definition)
        return found

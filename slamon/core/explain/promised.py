"""What was promised for a cycle: the terms, the versions, and who put which of them on it."""

from typing import Any

from slamon.core.definitions import Cadence, Deadline
from slamon.core.explain.explanation import Length, PutOn, Version
from slamon.core.explain.one_cycle import Cycle
from slamon.core.explain.targets import target_words
from slamon.core.explain.wording import wall_words
from slamon.core.kinds.starts import in_force
from slamon.core.verdicts import STATES, Judged
from slamon.core.verdicts.activation import put_on
from slamon.core.working_time.durations import Duration
from slamon.core.working_time.instants import NEVER


def terms_of(cycle: Cycle) -> dict[str, Any]:
    """Values of a cycle's explanation: what was promised, and by which version."""
    judged, definition = cycle.told.judged, cycle.definition
    return {
        "sla": judged.sla,
        "version": definition.version,
        "versions": _versions(judged),
        "put_on": _put_on(cycle),
        "title": definition.title,
        "kind": definition.kind,
        "timezone": cycle.calendar.timezone,
        "target": target_words(definition, cycle.length),
        "length": length_of(cycle.length),
        "close_of_business": isinstance(definition, Deadline) and definition.close_of_business,
        "gap_min": _gap(definition, "min"),
        "gap_max": _gap(definition, "max"),
        "channels": definition.channels if isinstance(definition, Cadence) else None,
    }


def length_of(length: Duration) -> Length:
    """A duration as data."""
    return Length(length.amount, str(length.unit), length.in_words())


def _put_on(cycle: Cycle) -> PutOn | None:
    judged = cycle.told.judged
    found = put_on(judged.promised, judged.versions, judged.activations, cycle.row)
    if found is None:
        return None
    began_under, by = found
    since = by.judges_from(in_force(cycle.definition, cycle.told.definitions).since)
    return PutOn(began_under, by.at, by.by, by.reason, since)


def put_on_late(cycle: Cycle) -> tuple[str, ...]:
    """That a version was put on a cycle which was past due by that version's terms already."""
    put, zone = _put_on(cycle), cycle.calendar.timezone
    if put is None or cycle.due == NEVER or cycle.due >= put.since or STATES[cycle.told.judged.state[cycle.row]] != "breached":
        return ()
    since = wall_words(put.since, zone)
    return (f"by version {cycle.definition.version} it was past due already when that version came to judge it, {since}: a breach at once",)


def _versions(judged: Judged) -> tuple[Version, ...]:
    ends = [version.effective_until.isoformat() if version.effective_until else "" for version in judged.versions]
    begins = [version.version for version in judged.versions]
    following = [*begins[1:], ""]
    return tuple(Version(begin, end or later) for begin, end, later in zip(begins, ends, following, strict=True))


def _gap(definition: Deadline | Cadence, side: str) -> Length | None:
    found: Duration | None = None if isinstance(definition, Deadline) else getattr(definition.gap, side)
    return length_of(found) if found else None

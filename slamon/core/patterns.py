"""Event patterns and lead filters as boolean arrays over the facts, and the states in which a clock stands."""

from collections.abc import Iterable, Mapping
from fnmatch import translate
from re import compile as compile_pattern

import numpy as np

from slamon.core.definitions import Comparison, EventPattern, Pause
from slamon.core.facts import MOST_PACKED, NOBODY, Codes, Facts, Kind, Mask, Rows, spans
from slamon.core.facts.attributes import are_numbers, numeric_limits, satisfied_by_none, satisfies
from slamon.core.working_time.instants import FOREVER, Instants

Filter = Mapping[str, Comparison | tuple[str, ...]]


def matching(facts: Facts, patterns: Iterable[EventPattern]) -> Mask:
    """Events that any of the patterns means. Activities are those of a person unless the pattern says ``automated``."""
    found = np.zeros(len(facts), bool)
    for pattern in patterns:
        found |= _matching_one(facts, pattern)
    return found


def _matching_one(facts: Facts, pattern: EventPattern) -> Mask:
    if pattern.owner is not None:
        held: Mask = facts.holder >= 0 if pattern.owner == "assigned" else facts.holder == NOBODY
        told: Mask = facts.holder_changed & held
        return told
    if pattern.attribute is not None:
        changed = facts.attribute_changed.get(pattern.attribute)
        if changed is None:
            return np.zeros(len(facts), bool)
        texts = facts.attributes[pattern.attribute]
        return changed if pattern.to is None else changed & texts.any_of(satisfies(texts.values, pattern.to))
    kinds = {"stage": Kind.STAGE, "activity": Kind.ACTIVITY, "touch": Kind.TOUCH, "merged": Kind.MERGED, "deleted": Kind.DELETED}
    found: Mask = facts.kind == kinds[pattern.subject]
    if pattern.names:
        found &= facts.name.is_any(pattern.names)
    if pattern.asset is not None:
        glob = compile_pattern(translate(pattern.asset))
        found &= facts.value.any_of(np.array([glob.match(str(each)) is not None for each in facts.value.values], bool))
    return found & _activity_details(facts, pattern) if pattern.activity is not None else found


def _activity_details(facts: Facts, pattern: EventPattern) -> Mask:
    found: Mask = facts.automated == bool(pattern.automated)
    if pattern.direction is not None:
        found = found & facts.direction.is_any((pattern.direction,))
    if pattern.min_seconds is not None:
        found = found & (facts.seconds >= pattern.min_seconds)
    if pattern.outcome is not None:
        found = found & facts.outcome.is_any(pattern.outcome)
    if pattern.by == "owner":
        found = found & _by_holder(facts)
    if pattern.by == "team":
        team = facts.people.text_at(facts.actor.all(), "team")
        same_team = (team != "") & (team == facts.people.text_at(facts.holder, "team"))
        found = found & (same_team | _by_holder(facts))
    return found


def _by_holder(facts: Facts) -> Mask:
    """What the lead's holder did."""
    actor = facts.actor.all()
    own: Mask = (actor >= 0) & (actor == facts.holder)
    return own


def passing(facts: Facts, conditions: Filter | None, rows: Rows) -> Mask:
    """Which of these events' leads fulfil a filter, by the attributes known at the event's instant."""
    result = np.ones(len(rows), bool)
    if not conditions:
        return result
    latest = same_instant_last(facts, rows)
    for name, condition in conditions.items():
        texts = facts.attributes.get(name)
        if texts is None:
            result &= satisfied_by_none(condition)
            continue
        marked = np.append(satisfies(texts.values, condition), satisfied_by_none(condition))
        result &= marked.take(texts.codes.take(latest))
    return result


def unjudgeable(facts: Facts, conditions: Filter | None, rows: Rows) -> dict[str, Mask]:
    """Why a filter cannot be evaluated for some events' leads: the reason, and which of ``rows`` it holds for.

    Where another condition of the filter is not fulfilled, the lead is not meant, whatever the bad value is.
    """
    reasons: dict[str, Mask] = {}
    for name in conditions or {}:
        if name not in facts.attributes:
            reasons[f"no source provides the attribute {name}"] = np.ones(len(rows), bool)
    latest = same_instant_last(facts, rows)
    for name in numeric_limits(conditions or {}):
        texts = facts.attributes.get(name)
        if texts is not None:
            others = {other: condition for other, condition in (conditions or {}).items() if other != name}
            bad = texts.any_of(~are_numbers(texts.values))[latest] & passing(facts, others, rows)
            if bad.any():
                reasons[f"{name} is not a number"] = bad
    return reasons


def same_instant_last(facts: Facts, rows: Rows) -> Rows:
    """The last row of the same lead at the same instant: what is known at an instant has no order within it."""
    if not len(rows):
        return rows
    return facts.instant_end.take(rows)


def pauses(facts: Facts, pause: Pause | None) -> tuple[Codes, Instants, Instants]:
    """Intervals (lead, begin, end) in which a clock stands, disjoint and sorted by lead and begin; FOREVER if open.

    A deletion that was taken back is a pause too, whatever the definition says. Only what has happened by ``as_of``
    counts: a pause that is to end later has not ended, and one that is to begin later has not begun.
    """
    parts = [while_deleted(facts)]
    for state in pause.while_ if pause else ():
        if isinstance(state, EventPattern):
            stage = facts.kind == Kind.STAGE
            inside = stage & facts.name.is_any(state.names)
            parts.append(spans(facts, inside, stage & ~inside))
        elif state == "unassigned":
            parts.append(_while_unassigned(facts))
        else:
            parts.append(_while_away(facts))
    lead, begin, end = (np.concatenate(column) for column in zip(*parts, strict=True))
    begun = begin <= facts.as_of
    return _merged(lead[begun], begin[begun], np.where(end > facts.as_of, FOREVER, end)[begun])


def _while_unassigned(facts: Facts) -> tuple[Codes, Instants, Instants]:
    """While nobody holds the lead: also before its first owner, where the source tells of owners at all."""
    if not facts.tells_ownership:
        return facts.lead[:0], facts.at[:0], facts.at[:0]
    held = facts.holder >= 0
    first = np.zeros(len(facts), bool)
    first[facts.first[:-1]] = True
    changed = first | (held != np.concatenate(([False], held[:-1])))
    return spans(facts, changed & ~held, changed & held)


def _own(facts: Facts, kind: Kind) -> Mask:
    """Deletions or restorations of the lead itself: that the record of a merged-away loser is deleted deletes nobody."""
    found: Mask = facts.kind == kind
    rows = np.flatnonzero(found)
    found[rows] = facts.home[rows] == facts.leads[facts.lead[rows]]
    return found


def while_deleted(facts: Facts) -> tuple[Codes, Instants, Instants]:
    """From each deletion that was taken back to its restoration: lead, begin and end, sorted by lead and begin."""
    if not (facts.kind == Kind.DELETED).any():
        return facts.lead[:0], facts.at[:0], facts.at[:0]
    lead, begin, end = spans(facts, _own(facts, Kind.DELETED), _own(facts, Kind.RESTORED))
    restored = end != FOREVER
    return lead[restored], begin[restored], end[restored]


def deleted_for_good(facts: Facts) -> Mask:
    """Deletions that were not taken back."""
    deleted = _own(facts, Kind.DELETED)
    if not deleted.any():
        return deleted
    rows, restored = np.flatnonzero(deleted), np.flatnonzero(_own(facts, Kind.RESTORED))
    following = np.append(restored, -1)[np.searchsorted(restored, rows, side="right")]
    deleted[rows] = (following < 0) | (facts.lead[following] != facts.lead[rows])
    return deleted


def taking_out(facts: Facts, patterns: Iterable[EventPattern] | None) -> Mask:
    """Events that end or cancel a cycle: those that the patterns mean, and deletions that were not taken back.

    A merge and a deletion that was taken back, or that of a record merged away, do not: the lead goes on.
    """
    listed = matching(facts, patterns or ()) & (facts.kind != Kind.MERGED) & (facts.kind != Kind.DELETED)
    out: Mask = listed | deleted_for_good(facts)
    return out


def contacts(facts: Facts) -> Mask:
    """Two-way activities: a reply, a meeting, a connected call, and whatever came in from the buyer."""
    inbound, connected = facts.direction.is_any(("inbound",)), facts.outcome.is_any(("connected",))
    named = facts.name.is_any(("reply", "meeting")) | (facts.name.is_any(("call",)) & connected)
    contact: Mask = (facts.kind == Kind.ACTIVITY) & (inbound | named)
    return contact


def _while_away(facts: Facts) -> tuple[Codes, Instants, Instants]:
    """While the lead's holder is away: each holding cut with each absence of that person."""
    people = facts.people
    changes = np.flatnonzero(facts.holder_changed)
    held = changes[facts.holder[changes] >= 0]
    following = np.append(changes, -1)[np.searchsorted(changes, held, side="right")]
    same = (following >= 0) & (facts.lead[following] == facts.lead[held])
    until = np.where(same, facts.at[following], FOREVER)
    leads, begins, ends = [facts.lead[:0]], [facts.at[:0]], [facts.at[:0]]
    for code, away_since, away_until in zip(people.away_code, people.away_since, people.away_until, strict=True):
        rows = facts.holder[held] == code
        begin = np.maximum(facts.at[held[rows]], away_since)
        end = np.minimum(until[rows], away_until)
        some = begin < end
        leads.append(facts.lead[held[rows]][some])
        begins.append(begin[some])
        ends.append(end[some])
    return np.concatenate(leads), np.concatenate(begins), np.concatenate(ends)


def _merged(lead: Codes, begin: Instants, end: Instants) -> tuple[Codes, Instants, Instants]:
    """Overlapping and touching intervals of one lead joined; sorted by lead and begin."""
    same = np.diff(lead) == 0
    if bool((np.diff(lead) < 0).any()) or bool((same & (np.diff(begin) < 0)).any()):
        order = _by_begin(lead, begin)
        lead, begin, end = lead[order], begin[order], end[order]
        same = np.diff(lead) == 0
    touching = np.flatnonzero(same & (begin[1:] <= end[:-1]))
    if not len(touching):
        return lead, begin, end  # where none touches the one before it, none overlaps any
    several = np.zeros(int(lead[-1]) + 1, bool)
    several[lead[touching]] = True
    mixed = several[lead]
    some = _joined(lead[mixed], begin[mixed], end[mixed])
    lead, begin, end = np.append(lead[~mixed], some[0]), np.append(begin[~mixed], some[1]), np.append(end[~mixed], some[2])
    order = _by_begin(lead, begin)
    return lead[order], begin[order], end[order]


def _by_begin(lead: Codes, begin: Instants) -> Rows:
    """The order by lead and begin. A stable sort of one integer finds that parts are in order already; one by two keys does not."""
    low, width = int(begin.min()), int(begin.max()) - int(begin.min()) + 1
    if width * (int(lead.max()) + 1) >= MOST_PACKED:
        return np.lexsort((begin, lead))
    return np.argsort(lead.astype(np.int64) * width + (begin - low), kind="stable")


def _joined(lead: Codes, begin: Instants, end: Instants) -> tuple[Codes, Instants, Instants]:
    """Sorted intervals, each joined with those of its lead that begin before all so far have ended."""
    ends = np.unique(end)
    above = lead.astype(np.int64) * (len(ends) + 1)  # the ranks of each lead's ends lie above those of the one before it
    reach = np.maximum.accumulate(above + np.searchsorted(ends, end))
    joins = np.zeros(len(lead), bool)
    joins[1:] = (lead[1:] == lead[:-1]) & ((above + np.searchsorted(ends, begin))[1:] <= reach[:-1])
    opens = np.flatnonzero(~joins)
    return lead[opens], begin[opens], np.maximum.reduceat(end, opens)

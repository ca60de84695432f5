"""An explanation as data, computed again: the verdicts follow from the data alone, without facts, definitions or calendars."""

from collections.abc import Mapping
from typing import Any

from slamon.core.explain.replay_cadence import cadence_outcome
from slamon.core.explain.replay_clock import Data, instant, micros_of, passed, span
from slamon.core.explain.replay_deadline import Outcome, deadline_outcome
from slamon.core.working_time.instants import SECOND, iso

COMPARED = ("state", "due_at", "answered_at", "attempts", "strict_state", "strict_due_at", "cause", "margin_s")


def replay(data: Mapping[str, Any]) -> dict[str, Any]:
    """What follows from an explanation's data (see ``as_data``): lead, as_of, and for each cycle its verdict.

    A cycle has its cycle_id and sla, and what was computed again: the keys of COMPARED, and the instants of its warnings.
    Instants are texts as in the data.
    """
    as_of = instant(data["as_of"]) or 0
    return {"lead": data["lead"], "as_of": data["as_of"], "cycles": [_verdict(cycle, as_of) for cycle in data["cycles"]]}


def differences(data: Mapping[str, Any]) -> list[str]:
    """In which figures an explanation and its replay differ, in words; empty when the replay gives the same verdicts."""
    found = []
    for stated, again in zip(data["cycles"], replay(data)["cycles"], strict=True):
        named = f"{stated['sla']}, cycle {stated['number']}"
        found += [f"{named}: {key} is {stated[key]}, computed again {again[key]}" for key in COMPARED if stated[key] != again[key]]
        warned = [each["at"] for each in stated["warnings"]]
        if warned != again["warnings"]:
            found.append(f"{named}: warnings are {warned}, computed again {again['warnings']}")
    return found


def _verdict(cycle: Data, as_of: int) -> dict[str, Any]:
    is_deadline = cycle["kind"] == "deadline"
    found = deadline_outcome(cycle) if is_deadline else cadence_outcome(cycle)
    state = _state(cycle, found, as_of)
    strict_due = _strict_due(cycle, found) if is_deadline else None
    return {
        "cycle_id": cycle["cycle_id"],
        "sla": cycle["sla"],
        "state": state,
        "due_at": _text(found.due),
        "answered_at": _text(found.answered_at),
        "attempts": found.attempts,
        "strict_state": "" if strict_due is None else _strict_state(state, found, strict_due, as_of),
        "strict_due_at": _text(strict_due),
        "cause": _cause(cycle, found) if state == "breached" else "",
        "margin_s": _margin(cycle, found) if is_deadline else None,
        "warnings": [_text(each) for each in found.warnings],
    }


def _text(at: int | None) -> str | None:
    return None if at is None else iso(at)


def _state(cycle: Data, found: Outcome, as_of: int) -> str:
    """The comparisons that decide: at exactly due a cycle is still pending, after it breached."""
    if cycle["cannot_be_evaluated"]:
        return "unknown"
    if found.met_at is not None:
        return "met"
    if found.cancelled_at is not None:
        return "cancelled"
    if cycle["excused"]:
        return "excused"
    return "breached" if found.due is not None and as_of > found.due else "pending"


def _strict_due(cycle: Data, found: Outcome) -> int:
    """The target counted around the clock from the hand-raise; never later than due."""
    strict = (instant(cycle["raised_at"]) or 0) + micros_of(cycle["length"])
    return strict if found.due is None else min(strict, found.due)


def _strict_state(state: str, found: Outcome, strict_due: int, as_of: int) -> str:
    match state:
        case "met":
            return "met" if found.answered_at is not None and found.answered_at <= strict_due else "breached"
        case "pending":
            return "breached" if as_of > strict_due else "pending"
    return state


def _cause(cycle: Data, found: Outcome) -> str:
    """Why it was missed, the first that applies; empty where no source tells of ownership."""
    if not cycle["ownership_told"] or found.due is None:
        return ""
    if _has_late_evidence(cycle, found.due):
        return "data late"
    if _was_routed_late(cycle, found.due):
        return "routing"
    held = [each for each in cycle["holders"] if (instant(each["since"]) or 0) <= found.due]
    if not held or not held[-1]["id"]:
        return "routing"
    return "coverage" if _is_unavailable(held[-1], found.due) else "owner"


def _has_late_evidence(cycle: Data, due: int) -> bool:
    """An answer in time that was logged too late: the first one after the start, or the last one within credit before it."""
    late = [each for each in cycle["candidates"] if each["matches"] and each["logged_late"]]
    after = [each for each in late if each["line"] > cycle["start_line"]]
    if after and (instant(after[0]["at"]) or 0) <= due:
        return True
    start = instant(cycle["started_at"]) or 0
    return any(each["line"] < cycle["start_line"] and (instant(each["credited_until"]) or 0) >= start for each in late)


def _was_routed_late(cycle: Data, due: int) -> bool:
    """Nobody had it by due, or less than half of the target was left when the first one did."""
    assigned = next((instant(each["since"]) for each in cycle["holders"] if each["id"]), None)
    if assigned is None or assigned > due:
        return True
    counted = [span(each) for each in cycle["counted"] if each["kind"] == "open"]
    start = instant(cycle["started_at"]) or 0
    return passed(counted, assigned, due) < passed(counted, start, assigned)


def _is_unavailable(holding: Data, due: int) -> bool:
    away = [span(each, "since", "until") for each in holding["away"]]
    return not holding["active"] or any(since <= due < until for since, until in away)


def _margin(cycle: Data, found: Outcome) -> int | None:
    """Counted time from the answer to due, negative after it; whole seconds, rounded down."""
    if found.due is None or found.answered_at is None or found.cancelled_at is not None:
        return None
    counted = [span(each) for each in cycle["counted"] if each["kind"] == "open"]
    answered = max(found.answered_at, instant(cycle["started_at"]) or 0)
    between = passed(counted, min(answered, found.due), max(answered, found.due))
    return (between if answered <= found.due else -between) // SECOND

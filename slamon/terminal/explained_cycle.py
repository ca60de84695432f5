"""One cycle's verdict as text for the terminal: what decided comes first, noise is folded."""

from collections.abc import Iterator, Sequence

import numpy as np
from rich.markup import escape

from slamon.core.explain import CycleExplained
from slamon.core.explain.explanation import Candidate, PutOn, Stretch
from slamon.core.explain.wording import length_words, short_words, wall_words
from slamon.core.working_time.instants import FOREVER, NEVER, SECOND

MARK = {
    "met": "[green]✓ met[/]",
    "breached": "[red]✗ breached[/]",
    "pending": "… pending",
    "cancelled": "– cancelled",
    "excused": "– excused",
    "unknown": "? cannot be evaluated",
}
MOST_STRETCHES = 10
MOST_CANDIDATES = 8
MOST_FURTHER_STARTS = 2

TOO_LATE = ("after due", "after the attempt was missed")
TAKES_OUT = "takes the lead out of the count"
DECIDING = (TAKES_OUT, "ends the cadence", "ends the cadence: contact")
COUNTED = ("counts", "completes the cadence")
FURTHER_START = "a further start"


def cycle_lines(cycle: CycleExplained, lead_zone: str, as_of: int) -> Iterator[str]:
    """One cycle, in the zone of its calendar; the zone is named where it is not that of the lead's header.

    ``as_of`` (microseconds UTC) is now: what is later is to come.
    """
    zone = cycle.timezone
    yield f"[bold]{escape(cycle.title)}[/]"
    reason = f": {escape(cycle.reason)}" if cycle.reason else ""
    cause = f"; cause {cycle.cause}: {escape(cycle.cause_why)}" if cycle.cause else ""
    yield f"  {MARK.get(cycle.state, cycle.state)}{reason}{cause}"
    yield f"  [dim]{cycle.sla}, version {cycle.version}{_versions(cycle)}, cycle {cycle.number} of this lead{_zone(zone, lead_zone)}[/]"
    if cycle.put_on is not None:
        yield f"  [dim]it began under {cycle.put_on.began_under}: {_decided(cycle.put_on, zone)}[/]"
    yield _row("start", f"{wall_words(cycle.started_at, zone)}  {escape(cycle.start)}")
    yield _row("target", escape(cycle.target) + (f", {escape(cycle.target_why)}" if cycle.target_why else ""))
    yield from _attempts(cycle) if cycle.limits else _deadline(cycle, as_of)
    for stated in cycle.known:
        yield _row("known", escape(stated))
    yield from _holders(cycle)
    for said in cycle.said:
        yield _row("recorded", f"{wall_words(said.at, zone)}  {escape(said.words)}")


def _row(name: str, words: str) -> str:
    return f"  {name:<10}{words}"


def _versions(cycle: CycleExplained) -> str:
    """Which of several versions judged it, and until when that one was in force."""
    if len(cycle.versions) == 1:
        return ""
    mine = next(each for each in cycle.versions if each.version == cycle.version)
    return f" (of {len(cycle.versions)}; in force {f'until {mine.until}' if mine.until else 'since then'})"


def _decided(put: PutOn, zone: str) -> str:
    """By whom, when and why a version was put on a cycle."""
    who = f" by {escape(put.by)}" if put.by else ""
    why = f", {escape(put.why)}" if put.why else ""
    return f"this version was put on it {wall_words(put.at, zone)}{who}{why}"


def _deadline(cycle: CycleExplained, as_of: int) -> Iterator[str]:
    zone = cycle.timezone
    yield from _counted(cycle)
    for each in cycle.hand_overs:
        yield _row("restarts", f"{wall_words(each.at, zone)}  handed over to {escape(each.to)}")
    yield _row("due", _due(cycle))
    if cycle.warned_at:
        yield _row("warning", ", ".join(wall_words(each, zone) for each in cycle.warned_at))
    yield from _answers(cycle)
    if cycle.strict_state:
        raised = f" from {wall_words(cycle.raised_at, zone)}, when the buyer raised a hand" if cycle.raised_at != cycle.started_at else ""
        due = f"{'is' if cycle.strict_due_at > as_of else 'was'} due {wall_words(cycle.strict_due_at, zone)}"
        yield _row("24x7", f"{cycle.strict_state}: round the clock{raised} it {due}")


def _counted(cycle: CycleExplained) -> Iterator[str]:
    """The time up to due: what counted, and what did not where that needs a reason; nights and the like only where there is room."""
    end = cycle.due_at if cycle.due_at != NEVER else FOREVER
    until_due = [_cut(each, end) for each in cycle.counted if each.begin < end]
    noted = until_due if len(until_due) <= MOST_STRETCHES else [each for each in until_due if each.kind != "closed" or each.why != "closed"]
    head, tail = (noted, []) if len(noted) <= MOST_STRETCHES else (noted[: MOST_STRETCHES - 3], noted[-2:])
    if cycle.days and until_due:
        yield _row("counted", _dates(cycle))
        head, tail = [each for each in until_due if each.kind == "paused" or each.why not in ("open", "closed")], []
    for place, stretch in enumerate([*head, *tail]):
        if tail and place == len(head):
            left = noted[len(head) : -2]
            yield _row("", f"… {length_words(sum(each.end - each.begin for each in left if each.counted))} counted meanwhile")
        yield _row("" if cycle.days or place else "counted", _stretch(stretch, cycle.timezone))
    if not cycle.days:
        yield _row("", f"= {length_words(cycle.run_s * SECOND)} on the clock {escape(cycle.calendar or 'round the clock')}")


def _cut(stretch: Stretch, end: int) -> Stretch:
    high = min(stretch.end, end)
    seconds = (high - stretch.begin) // SECOND if high != FOREVER else 0
    return Stretch(stretch.begin, high, stretch.kind, stretch.why, seconds)


def _dates(cycle: CycleExplained) -> str:
    """The working dates that a target in working days goes along."""
    end = cycle.due_at if cycle.due_at != NEVER else FOREVER
    passed = [day for day in cycle.days if day.openings[-1].end > cycle.started_at and day.openings[0].begin <= end]
    first, *names = [f"{np.datetime64(day.date).item():%a %d %b}" for day in passed]
    shown = names if len(names) <= MOST_STRETCHES else [*names[:4], "…", *names[-2:]]
    return f"from {first} on: {', '.join(shown)}, the working dates of {escape(cycle.calendar or 'every day')}"


def _stretch(stretch: Stretch, zone: str) -> str:
    until = "" if stretch.end == FOREVER else f" to {short_words(stretch.end, zone, after=stretch.begin)}"
    if stretch.counted:
        why = "" if stretch.why in ("open", "round the clock") else f"  {stretch.why.removeprefix('open; ')}"
        return f"+ {wall_words(stretch.begin, zone)}{until}  {length_words(stretch.end - stretch.begin)}{why}"
    return f"  {wall_words(stretch.begin, zone)}{until}  not: {escape(stretch.why)}"


def _attempts(cycle: CycleExplained) -> Iterator[str]:
    """Each attempt with the last instant at which it was feasible, and the one that was counted; then what was not."""
    zone = cycle.timezone
    counted = [each for each in cycle.candidates if each.why in COUNTED]
    missing = {"pending": "still to come", "breached": _missed(cycle)}.get(cycle.state, "not needed any more")
    for number, limit in enumerate(cycle.limits[: len(counted) + 1], 1):
        made = _event(counted[number - 1], zone) if number <= len(counted) else missing
        yield _row(f"attempt {number}", f"of {len(cycle.limits)}, by {wall_words(limit, zone)}: {made}")
    yield from _channels(cycle)
    if cycle.due_at not in (NEVER, *cycle.limits):
        yield _row("due", wall_words(cycle.due_at, zone))
    last = next((each.line for each in counted if each.answers), None)
    others = [each for each in cycle.candidates if each not in counted and (last is None or each.line < last or _is_further_start(each))]
    yield from _folded(others, zone, mark="cancelled" if cycle.state == "cancelled" else "ended")


def _missed(cycle: CycleExplained) -> str:
    """That an attempt was missed, and when the next one came."""
    came = next((each.at for each in cycle.candidates if each.why == "after due"), None)
    return "missed" if came is None else f"missed; the next one came {wall_words(came, cycle.timezone)}"


def _answers(cycle: CycleExplained) -> Iterator[str]:
    yield from _folded(cycle.candidates, cycle.timezone, mark="answer")
    if cycle.answered_at == NEVER and cycle.state in ("pending", "breached", "excused"):
        yield _row("answer", "none")


def _folded(candidates: Sequence[Candidate], zone: str, *, mark: str) -> Iterator[str]:
    """What was looked at, one line each; what came after all was decided is only counted."""
    decided = next((each.line for each in candidates if each.answers or each.why in DECIDING), None)
    before = [each for each in candidates if each.why not in TOO_LATE and (decided is None or each.line <= decided)]
    after = [each for each in candidates if each not in before and _is_further_start(each)][:MOST_FURTHER_STARTS]
    shown = before if len(before) <= MOST_CANDIDATES else [*before[: MOST_CANDIDATES - 1], before[-1]]
    for place, each in enumerate(shown):
        if len(shown) < len(before) and place == len(shown) - 1:
            yield _row("", f"… and {len(before) - len(shown)} more")
        named = "cancelled" if each.why == TAKES_OUT else mark if each.line == decided else "seen"
        yield _row(named, f"{_event(each, zone)}: {escape(each.why)}")
    for each in after:
        yield _row("seen", f"{_event(each, zone)}: {escape(each.why)}")
    if len(candidates) > len(before) + len(after):
        yield _row("", f"and {len(candidates) - len(before) - len(after)} later")


def _is_further_start(candidate: Candidate) -> bool:
    return candidate.why.startswith(FURTHER_START)


def _event(candidate: Candidate, zone: str) -> str:
    by = f", by {escape(candidate.who)}" if candidate.who and candidate.who != "unnamed" else ""
    return f"{wall_words(candidate.at, zone)}  {escape(candidate.what)}{by}"


def _holders(cycle: CycleExplained) -> Iterator[str]:
    """Who held the lead since when, and for how long; then what that makes of the way to the answer."""
    zone, clock = cycle.timezone, " of working time" if cycle.length.unit.startswith("w") else ""
    for place, holding in enumerate(cycle.holders[:MOST_CANDIDATES]):
        held = "" if holding.held_s is None else f", {length_words(holding.held_s * SECOND)}{clock}"
        yield _row("" if place else "held by", f"{escape(holding.name or 'nobody')} from {wall_words(holding.since, zone)}{held}")
    if len(cycle.holders) > MOST_CANDIDATES:
        yield _row("", f"and {len(cycle.holders) - MOST_CANDIDATES} more changes")
    if cycle.total_s is not None:
        clocks = {"routing": cycle.system_delay_s, "owner": cycle.human_delay_s, "in all": cycle.total_s}
        said = [f"{name} {length_words(seconds * SECOND) if seconds else '0 s'}" for name, seconds in clocks.items() if seconds is not None]
        yield _row("took", ", ".join(said) + clock)


def _due(cycle: CycleExplained) -> str:
    """When it was due; with pauses of a target in working days, from when to when they moved it."""
    zone = cycle.timezone
    if cycle.due_at == NEVER:
        return "not while the clock stands"
    if cycle.unpaused_due_at == NEVER:
        return wall_words(cycle.due_at, zone)
    paused = length_words(cycle.paused_s * SECOND)
    return f"{wall_words(cycle.due_at, zone)}: {wall_words(cycle.unpaused_due_at, zone)} + {paused} of working time paused"


def _channels(cycle: CycleExplained) -> Iterator[str]:
    """On how many channels attempts were made, of how many that are asked for; which ones only by an attempt that was not counted."""
    if cycle.channels is None:
        return
    counted = {each.channel for each in cycle.candidates if each.why in COUNTED}
    used = ", ".join(f"{escape(name)}{'' if name in counted else ', not counted itself'}" for name in cycle.channels_used)
    few = len(cycle.channels_used) < cycle.channels and cycle.attempts == len(cycle.limits)
    missing = ": too few when the window ended" if few and cycle.state == "breached" else ""
    yield _row("channels", f"{len(cycle.channels_used)} of {cycle.channels}" + (f" ({used})" if used else "") + missing)


def _zone(zone: str, lead_zone: str) -> str:
    return "" if zone == lead_zone else f", times of {escape(zone)}"

"""An explanation as text for the terminal, in the time zone of each promise's calendar: what decided comes first, noise is folded."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from rich.markup import escape

from slamon.core.explain import CycleExplained, Explanation, HistoryLine
from slamon.core.explain.explanation import Candidate, Holding, PutOn, Stretch
from slamon.core.explain.wording import length_words, short_words, wall_words
from slamon.core.instants import DAY, FOREVER, MINUTE, NEVER, SECOND, to_datetime
from slamon.core.zones import offsets_of

MARK = {
    "met": "[green]✓ met[/]",
    "breached": "[red]✗ breached[/]",
    "pending": "… pending",
    "cancelled": "– cancelled",
    "excused": "– excused",
    "unknown": "? cannot be evaluated",
}
MOST_STRETCHES = 10
MOST_EVENTS = 24
MOST_CANDIDATES = 8
LATER = 5 * MINUTE
"""What is logged or seen up to so much later than it happened is not worth a word."""

TOO_LATE = ("after due", "after the attempt was missed")
DECIDING = ("takes the lead out of the count", "ends the cadence", "ends the cadence: contact")


def lines(found: Explanation) -> Iterator[str]:
    """The explanation, line by line, with rich markup; data of the CRM is escaped."""
    zone = found.cycles[0].timezone if found.cycles else "UTC"
    attributes = ", ".join(f"{name} {value}" for name, value in found.attributes)
    yield f"[bold]Lead {escape(found.lead)}[/] as of {wall_words(found.as_of, zone)} ({zone})" + (
        f": {escape(attributes)}" if attributes else ""
    )
    if found.merged:
        yield f"{escape(found.merged)} was merged into {escape(found.lead)}: this is the history of both."
    yield "\n[bold]What happened[/]"
    yield from _history(found.history, zone)
    for cycle in found.cycles:
        yield ""
        yield from _cycle(cycle)
    if not found.cycles:
        yield "\nNo promise is about this lead: nothing opened a cycle."


def _history(history: Sequence[HistoryLine], zone: str) -> Iterator[str]:
    """Each event, those that repeat without anything between them as one line; the middle of a long history is left out."""
    runs = _runs(history)
    shown = runs if len(runs) <= MOST_EVENTS else [*runs[: MOST_EVENTS - 8], *runs[-7:]]
    for place, (event, last, times) in enumerate(shown):
        if len(shown) < len(runs) and place == MOST_EVENTS - 8:
            yield f"  {'…':<24}and {sum(each[2] for each in runs[MOST_EVENTS - 8 : -7])} more events"
        by = f", by {escape(event.who)}" if event.who else ""
        again = f" ({times} times, until {wall_words(last.at, zone)})" if times > 1 else ""
        yield f"  {wall_words(event.at, zone):<24}{escape(event.what)}{by}{again}{_told_later(event, zone)}"


def _runs(history: Sequence[HistoryLine]) -> list[tuple[HistoryLine, HistoryLine, int]]:
    """Three and more events of the same thing by the same person, nothing worth a word between them: the first, the last, how many."""
    runs: list[list[HistoryLine]] = []
    for event in history:
        before = runs[-1][0] if runs else None
        same = before is not None and (before.what, before.who) == (event.what, event.who)
        if same and not _is_told_later(event) and before is not None and not _is_told_later(before):
            runs[-1].append(event)
        else:
            runs.append([event])
    split = [part for run in runs for part in ([run] if len(run) > 2 else [[event] for event in run])]  # noqa: PLR2004 - two are two lines
    return [(run[0], run[-1], len(run)) for run in split]


def _is_told_later(event: HistoryLine) -> bool:
    return any(instant != NEVER and instant - event.at > LATER for instant in (event.recorded_at, event.seen_at))


def _told_later(event: HistoryLine, zone: str) -> str:
    """When it was logged and first seen, where that is more than a few minutes later."""
    logged = event.recorded_at != NEVER and event.recorded_at - event.at > LATER
    seen = event.seen_at != NEVER and event.seen_at - max(event.at, event.recorded_at) > LATER
    later = f"; logged {wall_words(event.recorded_at, zone)}" if logged else ""
    return later + (f"; first seen {wall_words(event.seen_at, zone)}" if seen else "")


def _cycle(cycle: CycleExplained) -> Iterator[str]:
    zone = cycle.timezone
    yield f"[bold]{escape(cycle.title)}[/]"
    reason = f": {escape(cycle.reason)}" if cycle.reason else ""
    cause = f"; cause {cycle.cause}: {escape(cycle.cause_why)}" if cycle.cause else ""
    yield f"  {MARK.get(cycle.state, cycle.state)}{reason}{cause}"
    yield f"  [dim]{cycle.sla}, version {cycle.version}{_versions(cycle)}, cycle {cycle.number} of this lead[/]"
    if cycle.put_on is not None:
        yield f"  [dim]it began under {cycle.put_on.began_under}: {_decided(cycle.put_on, zone)}[/]"
    yield _row("start", f"{wall_words(cycle.started_at, zone)}  {escape(cycle.start)}")
    yield _row("target", escape(cycle.target) + (f", {escape(cycle.target_why)}" if cycle.target_why else ""))
    yield from _attempts(cycle) if cycle.limits else _deadline(cycle)
    for stated in cycle.known:
        yield _row("known", escape(stated))
    yield from _holders(cycle.holders, zone)
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


def _deadline(cycle: CycleExplained) -> Iterator[str]:
    zone = cycle.timezone
    yield from _counted(cycle)
    for each in cycle.hand_overs:
        yield _row("restarts", f"{wall_words(each.at, zone)}  handed over to {escape(each.to)}")
    yield _row("due", wall_words(cycle.due_at, zone) if cycle.due_at != NEVER else "not while the clock stands")
    warned = [each.at for each in cycle.warnings if each.at != NEVER]
    if warned:
        yield _row("warning", ", ".join(wall_words(each, zone) for each in sorted(warned)))
    yield from _answers(cycle)
    if cycle.strict_state:
        raised = f" from {wall_words(cycle.raised_at, zone)}, when the buyer raised a hand" if cycle.raised_at != cycle.started_at else ""
        yield _row("24x7", f"{cycle.strict_state}: round the clock{raised} it was due {wall_words(cycle.strict_due_at, zone)}")


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
    counted = [each for each in cycle.candidates if each.why in ("counts", "completes the cadence")]
    missing = {"pending": "still to come", "breached": _missed(cycle)}.get(cycle.state, "not needed any more")
    for number, limit in enumerate(cycle.limits[: len(counted) + 1], 1):
        made = _event(counted[number - 1], zone) if number <= len(counted) else missing
        yield _row(f"attempt {number}", f"of {len(cycle.limits)}, by {wall_words(limit, zone)}: {made}")
    if cycle.due_at not in (NEVER, *cycle.limits):
        yield _row("due", wall_words(cycle.due_at, zone))
    last = next((each.line for each in counted if each.answers), None)
    others = [each for each in cycle.candidates if each not in counted and (last is None or each.line < last)]
    yield from _folded(others, zone, mark="ended")


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
    shown = before if len(before) <= MOST_CANDIDATES else [*before[: MOST_CANDIDATES - 1], before[-1]]
    for place, each in enumerate(shown):
        if len(shown) < len(before) and place == len(shown) - 1:
            yield _row("", f"… and {len(before) - len(shown)} more")
        yield _row(mark if each.line == decided else "seen", f"{_event(each, zone)}: {escape(each.why)}")
    if len(candidates) > len(before):
        yield _row("", f"and {len(candidates) - len(before)} later")


def _event(candidate: Candidate, zone: str) -> str:
    by = f", by {escape(candidate.who)}" if candidate.who and candidate.who != "unnamed" else ""
    return f"{wall_words(candidate.at, zone)}  {escape(candidate.what)}{by}"


def _holders(holders: Sequence[Holding], zone: str) -> Iterator[str]:
    for place, holding in enumerate(holders[:MOST_CANDIDATES]):
        yield _row("" if place else "held by", f"{escape(holding.name or 'nobody')} from {wall_words(holding.since, zone)}")
    if len(holders) > MOST_CANDIDATES:
        yield _row("", f"and {len(holders) - MOST_CANDIDATES} more changes")


def wall(instant: int, zone: str) -> str:
    """An instant as the zone's clocks show it, with the offset where it matters: ``Thu 2012-03-01 09:00:00 +01:00``."""
    if instant in (NEVER, FOREVER):
        return "never"
    offset = int(offsets_of(zone, instant // DAY * DAY - DAY, instant // DAY * DAY + 2 * DAY).to_wall(_array(instant))[0]) - instant
    local = to_datetime(instant + offset)
    minutes = offset // (60 * SECOND)
    sign = "-" if minutes < 0 else "+"
    fraction = f".{local.microsecond // 1000:03d}" if local.microsecond else ""
    return f"{local:%a %Y-%m-%d %H:%M:%S}{fraction} {sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def _array(instant: int) -> Any:
    return np.array([instant], np.int64)


def length(seconds: int) -> str:
    """``2 h 05 m 03 s``."""
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours} h {minutes:02d} m {seconds:02d} s" if hours else f"{minutes} m {seconds:02d} s"

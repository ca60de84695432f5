"""A backtest as tables and sentences for the terminal, and as plain data."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from rich import box
from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from slamon.core.backtest.figures import (
    Advice,
    AttainmentComparison,
    Backtest,
    Beside,
    Comparison,
    DueMoves,
    Hearer,
    HearerLoad,
    Kept,
    Reached,
    TargetAdvice,
)
from slamon.core.working_time.instants import iso
from slamon.messages.wording import FEW, WIDE
from slamon.terminal.explained import wall
from slamon.terminal.exports import plain
from slamon.terminal.spans import span_words, within_words

MOST_SEGMENTS = 20
_PLAIN: dict[str, Any] = {"box": box.SIMPLE_HEAD, "padding": (0, 1, 0, 0), "show_edge": False}


def shown(found: Backtest) -> Iterator[RenderableType]:
    """The backtest, part by part; texts of the CRM are never taken for markup."""
    as_of = iso(found.as_of).replace(".000000Z", "Z")
    yield f"{found.events:,} events of {found.leads:,} leads as of {as_of}; nothing is recorded or sent."
    yield f"Due from {found.since} to {found.until}. What is proposed is taken as in force all that time, whatever its dates say."
    for promise in found.promises:
        yield from _promise(promise, found.by)
    for quota in found.quotas:
        yield from _quota(quota)


def as_data(found: Backtest) -> dict[str, Any]:
    """The same as plain data: instants as text, nothing as null."""
    return {name: plain(each, name) for name, each in asdict(found).items()}


def _heading(found: Comparison | AttainmentComparison) -> str:
    beside = f"beside version {', '.join(found.replaces)} in force" if found.replaces else "new: no promise with this id is in force"
    return f"\n[bold]{escape(found.title)}[/]  ({found.sla}, {beside})"


def _promise(found: Comparison, by: str | None) -> Iterator[RenderableType]:
    yield _heading(found)
    yield _table("month", [*found.months, found.whole], most=len(found.months) + 1)
    if by is not None:
        yield _table(by, found.segments, most=MOST_SEGMENTS)
    if found.replaces:
        yield "Verdicts that change: " + _listed((each.cycles, f"{each.in_force} → {each.proposed}") for each in found.changes)
        yield "Only in force: " + _listed((count, state) for state, count in found.only_in_force)
        yield "Only proposed: " + _listed((count, state) for state, count in found.only_proposed)
    if found.due is not None:
        yield from _moves(found.due, found.timezone)
    yield from _alerts(found)
    if found.advice is not None:
        yield from _advice(found.advice)


def _listed(counts: Any) -> str:
    return ", ".join(f"{count:,} {what}" for count, what in counts) or "none"


def _table(heading: str, rows: Sequence[Beside], most: int) -> Table:
    table = Table(caption=f"the {most} largest of {len(rows):,}" if len(rows) > most else None, **_PLAIN)
    table.add_column(heading, overflow="fold")
    for name in ("in force", "proposed", "difference"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows[:most]:
        enough = row.in_force is not None and min(row.in_force.n, row.proposed.n) >= FEW
        table.add_row(Text(row.label or "all"), _kept(row.in_force), _kept(row.proposed), _points(row.difference) if enough else "")
    return table


def _kept(found: Kept | None) -> str:
    """``90.4 % of 1,240``; below 200 with its interval, and of few the counts: ``2 of 3 [21–94 %]``."""
    if found is None or not found.n:
        return "–" if found is None else "none due"
    words = f"{found.kept:,} of {found.n:,}" if found.n < FEW else f"{_share(found.share)} of {found.n:,}"
    if found.n >= WIDE or found.low is None or found.high is None:
        return words
    return f"{words} [{round(found.low * 100)}–{round(found.high * 100)} %]"


def _share(share: float | None) -> str:
    return "n/a" if share is None else f"{share * 100:.1f} %"


def _points(difference: float | None) -> str:
    return "" if difference is None else f"{difference * 100:+.1f} pp".replace("-", "−")


def _moves(due: DueMoves, zone: str) -> Iterator[str]:
    shift = "" if due.median_shift_s is None else f"; median of those that move: {_shift(due.median_shift_s)} on the promise's clock"
    one = f"; {due.due_in_one_only:,} have a due time in one of both only" if due.due_in_one_only else ""
    yield f"Due times: {due.earlier:,} earlier, {due.later:,} later, {due.stay:,} stay{shift}{one}"
    for each in due.largest:
        moved = f"{wall(each.in_force_due_at, zone)} → {wall(each.proposed_due_at, zone)}"
        yield f"  lead {escape(each.lead)}: {moved} ({_shift(each.shift_s)})"


def _shift(seconds: float) -> str:
    return f"{span_words(abs(round(seconds)))} {'earlier' if seconds < 0 else 'later'}"


def _alerts(found: Comparison) -> Iterator[RenderableType]:
    """How many messages of each kind, how many each hearer gets a day, and who gets most; all of it fits 80 columns."""
    both = [(side, told) for side, told in (("in force", found.alerts_in_force), ("proposed", found.alerts_proposed)) if told is not None]
    yield "Messages that would have been sent:"
    for side, told in both:
        yield f"  {side}: {told.warnings:,} warnings, {told.breaches:,} breaches, {told.escalations:,} escalations"
    heard = [
        (side, name, each) for side, told in both for name, each in (("people", told.people), ("channels", told.channels)) if each.hearers
    ]
    if heard:
        yield _loads(heard)
    named = [(side, each) for side, told in both for each in told.people.most_told]
    if named:
        yield _most_told(named)


def _loads(heard: Sequence[tuple[str, str, HearerLoad]]) -> Table:
    table = Table("", "to", **_PLAIN)
    for name in ("hearers", "a day\nmean", "95th\npct", "most", "on", "by"):
        left = name in ("on", "by")
        table.add_column(name, justify="left" if left else "right", no_wrap=name == "on", overflow="fold")
    for side, name, each in heard:
        mean = "" if each.mean is None else f"{each.mean:.2f}"
        p95 = "" if each.p95 is None else f"{each.p95:,}"
        table.add_row(side, name, f"{each.hearers:,}", mean, p95, f"{each.busiest:,}", each.busiest_day, Text(each.busiest_hearer))
    return table


def _most_told(named: Sequence[tuple[str, Hearer]]) -> Table:
    table = Table("", **_PLAIN)
    table.add_column("told most", overflow="fold")
    for name in ("messages", "a day\nmean", "most", "on"):
        table.add_column(name, justify="left" if name == "on" else "right", no_wrap=True)
    for side, each in named:
        table.add_row(side, Text(each.hearer), f"{each.messages:,}", f"{each.mean:.2f}", f"{each.most:,}", each.most_on)
    return table


def _advice(advice: Advice) -> Iterator[str]:
    span = f"{advice.since} to {advice.until}"
    if advice.why_not:
        yield f"No target to recommend for {_share(advice.objective)} from {span}: {advice.why_not}"
        return
    yield f"[bold]Kept at {_share(advice.objective)}[/] in what was due from {span}:"
    for each in advice.targets:
        yield f"  {_target(each, advice.objective)}"
    if advice.would_keep is not None and len(advice.targets) > 1:
        yield f"  together, judged with these targets: {_proof(advice.would_keep, advice.objective)}"


def _target(each: TargetAdvice, objective: float) -> str:
    leads = f"{escape(each.applies_to)}: " if each.applies_to else ""
    asked = f"{leads}{within_words(each.proposed)} proposed, {each.answered:,} of {each.n:,} answered"
    if each.too_few:
        return f"{asked}; too few to recommend ({each.n:,})"
    if each.recommended is None or each.would_keep is None:
        return f"{asked}; not reached: answers end at {_share(each.highest_share)}, however long the target"
    span = span_words(round(each.quantile_s or 0))
    if each.quantile_days is not None:
        span = f"{each.quantile_days} working {'day' if each.quantile_days == 1 else 'days'}"
    proof = _proof(each.would_keep, objective)
    return f"{asked} ({_share(objective)} within {span}); [bold]within: {within_words(each.recommended)}[/], judged with it: {proof}"


def _proof(kept: Kept, objective: float) -> str:
    short = ", still short of it" if kept.share is not None and kept.share < objective else ""
    return f"{_kept(kept)} kept{short}"


def _quota(found: AttainmentComparison) -> Iterator[RenderableType]:
    yield _heading(found)
    ratio = found.kind == "ratio"
    table = Table("period", "group", **_PLAIN)
    for name in ("in force", "target", "state", "proposed", "target", "state"):
        table.add_column(name, justify="left" if name == "state" else "right")
    for row in found.periods:
        table.add_row(row.period, Text(row.group or "total"), *_reached(row.in_force, ratio=ratio), *_reached(row.proposed, ratio=ratio))
    yield table


def _reached(found: Reached | None, *, ratio: bool) -> tuple[str, str, str]:
    if found is None:
        return "–", "", ""
    figures = (found.value, found.target)
    value, target = ("n/a" if each is None else _share(each) if ratio else f"{each:,.10g}" for each in figures)
    return value, "" if found.target is None else target, found.state

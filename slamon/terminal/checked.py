"""What a check found, in a few lines."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from rich.table import Table

from slamon.core.explain.wording import wall_words
from slamon.core.verdicts import STATES, Judgement
from slamon.core.working_time.instants import iso
from slamon.jobs.check import CheckResult
from slamon.jobs.deliver import DeliverySummary
from slamon.store.facts.holds import Hold
from slamon.store.outbox import Delivery
from slamon.store.verdicts.set_aside import SetAside

TOLD_ASIDE = 5
_ALWAYS = ("pending", "met", "breached")


def states_of(judgement: Judgement) -> dict[str, dict[str, int]]:
    """How many cycles of each SLA are in each state."""
    counts = {judged.sla: np.bincount(judged.state, minlength=len(STATES)).tolist() for judged in judgement.per_lead}
    return {sla: {str(state): many for state, many in zip(STATES, row, strict=True) if many} for sla, row in counts.items()}


def verdict_table(as_of: int, found: Mapping[str, Mapping[str, int]], slas: Iterable[str]) -> Table:
    """How many cycles of each SLA are in each state, as of an instant."""
    table = Table(title=f"Verdicts as of {iso(as_of).replace('.000000Z', 'Z')}")
    table.add_column("SLA", overflow="fold")
    states = [str(state) for state in STATES]
    counts = {sla: [found.get(sla, {}).get(state, 0) for state in states] for sla in slas}
    kept = [place for place, state in enumerate(states) if state in _ALWAYS or any(row[place] for row in counts.values())]
    for place in kept:
        table.add_column(states[place], justify="right", no_wrap=True)
    for sla, row in counts.items():
        table.add_row(sla, *(f"{row[place]:,}" if row[place] else "" for place in kept))
    return table


def check_lines(result: CheckResult, *, dry_run: bool, holds: Sequence[Hold] = (), zone: str = "UTC") -> Iterator[str]:
    """What changed, what was queued, and how old the newest fact is; ``holds`` are the sources that all promises wait for, if so."""
    newest = "no fact is known yet; run slamon sync first" if result.newest_at is None else f"newest fact {iso(result.newest_at)}"
    yield f"{result.events:,} events of {result.leads:,} leads judged; {newest}"
    if dry_run:
        many = result.changed.total()
        yield f"Dry run: {many:,} {'verdict' if many == 1 else 'verdicts'} would change; nothing was recorded or sent."
    if result.looked_ahead:
        yield "This instant lies in the future: judged and shown, nothing was recorded or sent."
    elif result.looked_back and holds:
        sources = " and ".join(each.source for each in holds)
        until = f"{wall_words(result.as_of, zone)} ({zone})"
        yield f"All promises are held by the source {sources}: they are judged until {until}, which a check recorded before."
        yield "Nothing was recorded or sent; that goes on once it can be relied on again, see: slamon doctor"
    elif result.looked_back:
        yield "This instant lies before the last recorded check: judged and shown, nothing was recorded or sent."
    if result.recorded is None:
        return
    if result.changed:
        told = ((count, f"{before or 'new'} → {after}") for (before, after), count in result.changed.most_common())
        yield "Changed: " + ", ".join(f"{count:,} {what}" for count, what in told)
    for each in result.set_aside[:TOLD_ASIDE]:
        yield aside_line(each)
    if len(result.set_aside) > TOLD_ASIDE:
        yield f"… and {len(result.set_aside) - TOLD_ASIDE:,} more are set aside."
    yield f"{messages(len(result.queued))} queued."


def aside_line(each: SetAside) -> str:
    """What could not be judged, why, and when it is tried again."""
    what = " of ".join(filter(None, (f"SLA {each.sla}" if each.sla else "", f"lead {each.lead}" if each.lead else "")))
    again = iso(each.again_at)[:16].replace("T", " ")
    return f"Set aside: {what} could not be judged ({each.reason}); its verdicts stay as they were. It is tried again at {again} UTC."


def delivery_lines(summary: DeliverySummary, *, previews_only: bool = False) -> Iterator[str]:
    """What became of the messages; previews are files, nobody was sent one."""
    parts = [
        (summary.sent, "written as previews" if previews_only else "sent"),
        (summary.again, "to be tried again"),
        (summary.unsure, "unsure, will be looked up"),
        (summary.dead, "given up"),
    ]
    told = ", ".join(f"{count:,} {what}" for count, what in parts if count)
    if told:
        yield f"Messages: {told}."
    yield from (f"  {trouble}" for trouble in summary.troubles)


def waiting_lines(earlier: Sequence[Delivery]) -> Iterator[str]:
    """How many messages were queued before and are not sent yet, those apart that only wait for their time."""
    failed = [each for each in earlier if each.attempts]
    if failed:
        since = iso(min(each.created_at for each in failed))[:16].replace("T", " ")
        yield f"{messages(len(failed))} from before could not be delivered yet, the oldest since {since}Z; see: slamon outbox list"
    if len(earlier) > len(failed):
        yield f"{messages(len(earlier) - len(failed))} from before {'waits' if len(earlier) - len(failed) == 1 else 'wait'} to be sent."


def messages(count: int) -> str:
    """``1 message``, ``2 messages``."""
    return f"{count:,} {'message' if count == 1 else 'messages'}"

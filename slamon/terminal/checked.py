"""What a check found, in a few lines."""

from collections import Counter
from collections.abc import Iterator

import numpy as np
from rich.table import Table

from slamon.core.instants import iso
from slamon.core.verdicts import STATES
from slamon.jobs.check import CheckResult
from slamon.jobs.deliver import DeliverySummary


def verdict_table(result: CheckResult) -> Table:
    """How many cycles of each SLA are in each state."""
    table = Table(title=f"Verdicts as of {iso(result.judgement.as_of).replace('.000000Z', 'Z')}")
    table.add_column("SLA", no_wrap=True)
    states = [str(state) for state in STATES]
    for state in states:
        table.add_column(state, justify="right")
    for judged in result.judgement.per_lead:
        counts = np.bincount(judged.state, minlength=len(states))
        table.add_row(judged.sla, *(f"{count:,}" if count else "" for count in counts.tolist()))
    return table


def check_lines(result: CheckResult, *, dry_run: bool) -> Iterator[str]:
    """What changed, what was queued, and how old the newest fact is."""
    newest = "no fact is known yet; run slamon sync first" if result.newest_at is None else f"newest fact {iso(result.newest_at)}"
    yield f"{len(result.judgement.facts):,} events of {len(result.judgement.facts.leads):,} leads judged; {newest}"
    if dry_run:
        yield f"Dry run: {len(result.changes):,} verdicts would change; nothing was recorded or sent."
        return
    if result.looked_back:
        yield "This instant lies before the last recorded check: judged and shown, nothing was recorded or sent."
        return
    changed = Counter(f"{change.from_state or 'new'} → {change.to_state}" for change in result.changes)
    if changed:
        yield "Changed: " + ", ".join(f"{count:,} {what}" for what, count in changed.most_common())
    yield f"{len(result.queued):,} messages queued."


def delivery_lines(summary: DeliverySummary) -> Iterator[str]:
    """What became of the messages."""
    parts = [
        (summary.sent, "sent"),
        (summary.again, "to be tried again"),
        (summary.unsure, "unsure, will be looked up"),
        (summary.dead, "given up"),
    ]
    told = ", ".join(f"{count:,} {what}" for count, what in parts if count)
    if told:
        yield f"Messages: {told}."
    yield from (f"  {trouble}" for trouble in summary.troubles)

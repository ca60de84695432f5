"""What is not said because something larger that says it already was: a budget that burns mutes the single misses behind it."""

from collections.abc import Iterable, Mapping

from slamon.core.alerts import Notice
from slamon.core.telling.decisions import Candidate

BURN = "/fast burn"


def burning_now(notices: Iterable[Notice]) -> dict[tuple[str, str], tuple[str, int]]:
    """The fast burns among some notices: their names and instants, by promise and destination."""
    return {
        (notice.sla, recipient.address): (notice.cycle_id, notice.instant)
        for notice in notices
        if notice.cycle_id.endswith(BURN)
        for recipient in notice.recipients
    }


def inhibited_by(candidate: Candidate, burning: Mapping[tuple[str, str], tuple[str, int]], since: int) -> str | None:
    """The burn that speaks for a single miss in a channel; None when none was told since.

    Never for people, who act on each, nor where the channel hears it in somebody's place: then nobody else does.
    """
    notice, recipient = candidate.notice, candidate.recipient
    stands_for_somebody = recipient.role in ("holder", "manager") or bool(recipient.instead)
    if notice.kind != "breach" or not notice.lead or stands_for_somebody or notice.bulk is not None:
        return None
    name, at = burning.get((notice.sla, recipient.address), ("", 0))
    return name if name and at >= since else None

"""What was answered while a message about several leads waited is said in it: each lead's line, and how many are settled."""

from collections.abc import Sequence
from typing import Any

from slamon.core.alerts import Notice, NoticeKind
from slamon.core.working_time.instants import NEVER
from slamon.messages.known_leads import as_called
from slamon.messages.line_edits import is_listed, with_news
from slamon.store.outbox.editions import ZONE
from slamon.store.outbox.rereading import OldNews


def amended(payload: dict[str, Any], settled: Sequence[OldNews], as_of: int) -> dict[str, Any]:
    """The payload with the news of some of its leads, by what was judged as of an instant; it is posted, or edits, as before.

    Why a verdict changed is not said yet: the news of that come with the reason.
    """
    told = [as_called(_news_of(each, payload.get(ZONE, "UTC")), payload) for each in settled]
    told = [notice for notice in told if is_listed(payload, notice)]
    return with_news(payload, told, as_of) | {"mode": payload["mode"]} if told else payload


def _news_of(old: OldNews, zone: str) -> Notice:
    stands = old.standing
    return Notice(
        cycle_id=old.cycle_id,
        kind=_kind_of(old),
        sequence=0,
        instant=NEVER,
        sla="",
        version="",
        title="",
        timezone=zone,
        state=stands.state,
        lead=old.lead,
        started_at=NEVER,
        due_at=NEVER,
        answered_at=stands.answered_at,
    )


def _kind_of(old: OldNews) -> NoticeKind:
    if old.kind == "warning":
        return "cleared"
    return "answered late" if old.standing.state == "breached" else "corrected"

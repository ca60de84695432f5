"""Until when news may wait for what follows them: a warning while it is of use, a miss until it is escalated."""

from collections.abc import Iterable

from slamon.core.alerts import Notice
from slamon.core.telling.manners import Manners
from slamon.core.working_time.instants import NEVER


def goes_at(notices: Iterable[Notice], at: int, manners: Manners, as_of: int) -> int:
    """When a message that may wait until ``at`` goes, all that waits with it; not before ``as_of``.

    A warning whose target would have passed by then waits for half of the time that it gives; a miss that would have
    been escalated by then goes a window earlier.
    """
    earlier = [instant for notice in notices if (instant := _by(notice, at, manners, as_of)) != NEVER]
    return max(min([at, *earlier]), as_of)


def _by(notice: Notice, at: int, manners: Manners, as_of: int) -> int:
    """The instant at which one notice has to go at the latest; NEVER where ``at`` is early enough."""
    if notice.kind == "warning" and as_of < notice.due_at <= at:
        return notice.instant + (notice.due_at - notice.instant) // 2
    if notice.kind == "breach" and notice.next_at != NEVER and notice.next_at <= at:
        return notice.next_at - manners.window
    return NEVER

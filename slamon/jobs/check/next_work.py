"""When a check next has something to do, so that it can be begun then and not at the next interval."""

from collections.abc import Collection

from sqlalchemy import Engine

from slamon.store.database import reading
from slamon.store.facts.changed_leads import first_change
from slamon.store.outbox.withheld import next_wait_over, unread_since
from slamon.store.verdicts.check_notes import load_notes
from slamon.store.verdicts.judged_leads import next_due
from slamon.store.verdicts.set_aside import next_try


def next_work(engine: Engine, held: Collection[str] = ()) -> int | None:
    """The first instant (microseconds UTC) as of which a check may find something new; None while nothing can come of itself.

    A lead's next instant, a period's, that at which a sync brought news, or at which what was set aside is tried again.
    What waits to be said of the SLAs of ``held`` does not count.
    """
    with reading(engine) as connection:
        own = (next_due(connection), first_change(connection), next_try(connection), next_wait_over(connection, held))
        found = [*own, *load_notes(connection).periods.values()]
    return min((each for each in found if each is not None), default=None)


def unread_misses(engine: Engine) -> dict[str, int]:
    """By SLA: the first instant (microseconds UTC) up to which its sources have to be read before a miss that waits is told."""
    with reading(engine) as connection:
        return unread_since(connection)

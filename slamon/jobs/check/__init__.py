"""The check: gather what is to be judged, judge it once, and record verdicts, transitions and messages in one transaction."""

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import Engine

from slamon.core.definitions import DefinitionSet
from slamon.core.facts.histories import SKEW
from slamon.core.verdicts import Judgement
from slamon.jobs.announcing.audience import Announcements
from slamon.jobs.check.checking import Checking
from slamon.jobs.check.foretelling import Foresight, Look, foretold
from slamon.jobs.check.judging_all import judge, known_facts, known_history
from slamon.jobs.check.recording import MOST_TOLD, transitions_between
from slamon.jobs.sync.holding import ALL_TOLD, Held
from slamon.store.database import reading
from slamon.store.facts import newest_event
from slamon.store.outbox import Queued
from slamon.store.verdicts import Transition, first_synced, last_check, load_verdicts
from slamon.store.verdicts.set_aside import SetAside, load_set_aside

__all__ = ["CheckResult", "check", "judge", "known_facts", "known_history"]


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check found; ``recorded`` is None when it only looked (a dry run, or an as_of before the last recorded one)."""

    as_of: int
    newest_at: int | None
    changes: tuple[Transition, ...]
    """The first ten thousand changes; ``changed`` counts all, by state before and after."""
    changed: Counter[tuple[str | None, str]]
    queued: tuple[Queued, ...]
    recorded: int | None
    events: int
    leads: int
    """How many leads were judged, by how many events."""
    judgement: Judgement | None = None
    """All verdicts, of a check that only looked; those of one that was recorded are in the store."""
    looked_back: bool = False
    """True when as_of lies before the last recorded check, so nothing was recorded."""
    looked_ahead: bool = False
    """True when as_of lies in the future: what has not happened is not recorded, and nobody hears of it."""
    all_leads: bool = True
    set_aside: tuple[SetAside, ...] = ()
    """What could not be judged, now or earlier, and waits to be tried again."""
    foresight: Foresight | None = None
    """What a dry run would have said."""


def check(
    engine: Engine,
    definitions: DefinitionSet,
    announcements: Announcements,
    as_of: int,
    finished_at: int,
    *,
    dry_run: bool = False,
    held: Held = ALL_TOLD,
) -> CheckResult:
    """Judge as of an instant, record what changed, and queue what is to be said.

    Only leads are judged of which something may be new; what the store holds afterwards is the same as if all had been.
    The SLAs that are ``held`` are not judged: their verdicts stay as they were until a check comes that does not hold them.
    Nobody is told of a miss that is later than what its sources have told (``held.told_until``; without: all is told by ``as_of``).
    Nothing is recorded or said when the instant lies before the last recorded check, or in the future of ``finished_at``.
    """
    with reading(engine) as connection:
        previous, synced = last_check(connection), first_synced(connection)
    go_live = next(instant for instant in (announcements.go_live, synced, as_of) if instant is not None)
    # A recorded check that lies in the future was recorded by a clock that was wrong: it does not silence the present.
    looked_back = previous is not None and as_of < previous.as_of <= finished_at + SKEW
    looked_ahead = as_of > finished_at + SKEW
    if dry_run or looked_back or looked_ahead:
        look = Look(definitions, announcements, go_live, previous, held)
        return _looked(engine, look, as_of, looked_back=looked_back, looked_ahead=looked_ahead)
    checking = Checking(engine, definitions, announcements, as_of, finished_at, go_live, previous, held.slas, held.told_until)
    kept, queued = checking.run()
    with reading(engine) as connection:
        aside = tuple(load_set_aside(connection))
    changes, counts = tuple(kept.changes), kept.changed
    newest = newest_event(engine)
    return CheckResult(
        as_of, newest, changes, counts, tuple(queued), kept.check_id, kept.events, kept.leads, all_leads=kept.all_leads, set_aside=aside
    )


def _looked(engine: Engine, look: Look, as_of: int, *, looked_back: bool, looked_ahead: bool) -> CheckResult:
    """All facts judged from scratch, beside what the store holds; and what would be said, where a check would say it."""
    judgement = judge(engine, look.definitions, as_of)
    new = look.judged(judgement.verdicts())
    with reading(engine) as connection:
        old = look.judged(load_verdicts(connection))
        changes = transitions_between(old, new, look.go_live)
        foresight = None if looked_back or looked_ahead else foretold(connection, judgement, (old, new), look)
    return CheckResult(
        as_of=as_of,
        newest_at=newest_event(engine),
        changes=tuple(changes[:MOST_TOLD]),
        changed=Counter((change.from_state, change.to_state) for change in changes),
        queued=(),
        recorded=None,
        events=len(judgement.facts),
        leads=len(judgement.facts.leads),
        judgement=judgement,
        looked_back=looked_back,
        looked_ahead=looked_ahead,
        foresight=foresight,
    )

"""A world in which notices come due and clear, looked at again and again; it remembers as the store does."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from slamon.core.alerts import Notice, NoticeKind, Recipient
from slamon.core.telling import UNREAD, Group, Manners, Memory, Post, Silence, Standing, Told, Withheld, decide
from slamon.core.working_time.instants import NEVER, to_micros


def at(text: str) -> int:
    """``2026-01-05 09:00`` (UTC) in microseconds; that day is a Monday."""
    return to_micros(datetime.fromisoformat(text + "+00:00"))


TEAM = Recipient("slack", "#emea", "team channel")
RITA = Recipient("slack", "rita@example.com", "holder")


def notice(cycle: str, kind: NoticeKind, instant: int, to: Iterable[Recipient] = (TEAM,), **more: object) -> Notice:
    """A notice about a cycle of a lead of the same name."""
    made = Notice(
        cycle_id=cycle,
        kind=kind,
        sequence=0,
        instant=instant,
        sla="follow-up",
        version="2026-01-01",
        title="Follow up",
        timezone="UTC",
        state="pending" if kind == "warning" else "breached",
        lead=cycle,
        holder="rita",
        team="emea",
        started_at=instant,
        due_at=instant,
        recipients=tuple(to),
    )
    return replace(made, **more)  # type: ignore[arg-type]  # any field of a notice


@dataclass
class World:
    """What is due from when until when, and all that was said and withheld so far."""

    due: list[tuple[Notice, int, int]]
    """(notice, from, until): until is when it clears."""
    manners: Manners = field(default_factory=Manners)
    silences: tuple[Silence, ...] = ()
    said: set[tuple[str, str, int, str]] = field(default_factory=set)
    twice: list[tuple[str, str, int, str]] = field(default_factory=list)
    withheld: dict[tuple[str, str, int, str], Withheld] = field(default_factory=dict)
    posts: dict[str, list[Post]] = field(default_factory=dict)
    heard: list[tuple[int, Group]] = field(default_factory=list)
    changes: dict[str, tuple[int, ...]] = field(default_factory=dict)
    told_until: dict[str, int] = field(default_factory=dict)
    """By SLA, until when its sources have told what happened."""

    def now_due(self, now: int) -> list[Notice]:
        return [each for each, since, until in self.due if since <= now < until]

    def look(self, now: int, notices: Sequence[Notice] | None = None, *, away: bool = False) -> Told:
        """One check: decide, and remember as the store does."""
        told = decide(
            self.now_due(now) if notices is None else notices, self.memory(now), self.manners, now, away=away, told_until=self.told_until
        )
        for group in told.groups:
            self.posts.setdefault(group.destination, []).append(Post(group.kind, now))
            self.heard.append((now, group))
            for key in dict.fromkeys((each.told_as, each.kind, each.sequence, group.destination) for each in group.notices):
                self.twice += [key] if key in self.said else []
                self.said.add(key)
        self.withheld |= {row.key: row for row in told.withheld}
        return told

    def memory(self, now: int) -> Memory:
        standings = {each.cycle_id: Standing("met", now) for each, _, until in self.due if until <= now}
        posts = {where: tuple(posted) for where, posted in self.posts.items()}
        return Memory(self.said, dict(self.withheld), posts, self.silences, self.changes, {}, standings)

    def unexplained(self, now: int) -> list[tuple[str, str, int, str]]:
        """What is due and neither said, nor waiting for a later instant, nor suppressed with a reason."""
        lost: list[tuple[str, str, int, str]] = []
        for each in self.now_due(now):
            for recipient in each.recipients:
                key = (each.cycle_id, each.kind, each.sequence, recipient.address)
                row = self.withheld.get(key)
                waits = row is not None and row.state == "waiting" and (row.until > now or row.rule == UNREAD) and bool(row.reason)
                suppressed = row is not None and row.state == "suppressed" and bool(row.reason)
                if (each.told_as, *key[1:]) not in self.said and not waits and not suppressed:
                    lost.append(key)
        return lost

    def next_look(self, now: int) -> int:
        """When something that waits may be said, or the next thing comes due; NEVER for none."""
        waits = [row.until for row in self.withheld.values() if row.state == "waiting"]
        return min((instant for instant in (*waits, *(since for _, since, _ in self.due)) if instant > now), default=NEVER)

"""Nobody is pressed before somebody who can act was told: an escalation, or a reminder, waits for its breach."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from slamon.core.telling.decisions import Candidate, Group, Key, Withheld

CAP = "a day's messages"
GROUPING = "grouping"
QUIET = "quiet hours"
BEFORE_ESCALATION = "before its escalation"
BREACH_FIRST = "its breach first"
UNREAD = "unread"
"""What waits by this rule waits until the sources have told what happened up to its instant, which may be over."""
PRESSING = ("escalation", "reminder")
ACTING = ("holder", "team channel")
_PACE = (CAP, GROUPING, QUIET, BEFORE_ESCALATION)
"""Rules by which a breach waits its turn; whoever silenced it asked not to be told first."""


def is_pressing(candidate: Candidate) -> bool:
    """Whether it asks somebody to act on a miss that was told already."""
    return candidate.notice.kind in PRESSING


@dataclass(frozen=True, slots=True)
class Breaches:
    """The misses that are due: who of their hearers can act (all, where none of them is the holder or the team), and what was told."""

    acting: tuple[Candidate, ...]
    told: frozenset[str]
    """Those of which somebody who can act was told before, by what they were told as."""

    def unheard(self, free: Sequence[Candidate]) -> frozenset[str]:
        """Those that only persons hear of, and of which nobody who can act was told."""
        may = {each.key for each in free}
        in_channels = {_name(each) for each in self.acting if not each.recipient.is_person and each.key in may}
        return frozenset({_name(each) for each in self.acting}) - in_channels - self.told

    def first_told_at(self, groups: Sequence[Group], waiting: Sequence[Withheld]) -> Mapping[str, tuple[int, str]]:
        """Those of which nobody who can act has heard, nor hears now: when the first of them does, and why not yet."""
        now = {(each.told_as, group.destination) for group in groups for each in group.notices if each.kind == "breach"}
        told = self.told | {_name(each) for each in self.acting if (_name(each), each.recipient.address) in now}
        rows = {row.key: row for row in waiting if row.rule in _PACE}
        late = [(_name(each), rows[each.key]) for each in self.acting if each.key in rows and _name(each) not in told]
        found: dict[str, tuple[int, str]] = {}
        for name, row in late:
            found[name] = min(found.get(name, (row.until, row.reason)), (row.until, row.reason))
        return found


def breaches_of(everybody: Iterable[Candidate], said: Collection[Key]) -> Breaches:
    """What there is to know of the misses among all that is due."""
    due = [each for each in everybody if each.notice.kind == "breach"]
    with_actors = {_name(each) for each in due if each.recipient.role in ACTING}
    acting = tuple(each for each in due if each.recipient.role in ACTING or _name(each) not in with_actors)
    others = {(_name(each), each.recipient.address) for each in due} - {(_name(each), each.recipient.address) for each in acting}
    told = {name for name, kind, _, destination in said if kind == "breach" and (name, destination) not in others}
    return Breaches(acting, frozenset(told))


def _name(candidate: Candidate) -> str:
    return candidate.notice.told_as

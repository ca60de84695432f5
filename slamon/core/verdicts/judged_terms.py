"""The terms that verdicts follow from, apart from the words around them, and what an edit of a file changes in them.

A promise is judged by its terms and by the hours of its calendar. Its title, its description, who is told and when people
are warned change no verdict, and may be edited at any time. Dates of a calendar (holidays, special days, breaks) and people
are facts, not terms: the world says when somebody was off.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from slamon.core.definitions import DefinitionSet, Promise, Quota
from slamon.core.kinds.starts import in_force
from slamon.core.working_time.calendars import Calendar
from slamon.core.working_time.hours import WEEKDAYS, Block
from slamon.core.working_time.instants import FOREVER, MINUTE

WORDS = frozenset({"sla", "title", "description", "promised_by", "promised_to", "accountable", "alerts", "warn_at", "warn_below", "slack"})
"""Keys of a definition from which no verdict follows."""
SPAN = frozenset({"effective_from", "effective_until", "calendar"})
"""Keys that are kept as what they come to: instants and hours."""
LONGEST = 60
A_DAY = 24 * 60

Key = tuple[str, str]
"""An SLA and its version."""


@dataclass(frozen=True, slots=True)
class JudgedTerms:
    """The terms of one version, and from when until when (microseconds UTC, half-open) it is in force; no text: it is promised no more."""

    sla: str
    version: str
    since: int
    until: int
    text: str
    """Canonical JSON: the same terms have the same text, however they are written in a file."""

    @property
    def key(self) -> Key:
        """The SLA and its version."""
        return (self.sla, self.version)

    @property
    def hash(self) -> str:
        """SHA-256 of the terms."""
        return sha256(self.text.encode(errors="surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class ChangedTerms:
    """One version that a file words otherwise than it was judged; verdicts of cycles from ``since`` on (microseconds UTC) may change."""

    kept: JudgedTerms | None
    """None: it was not there."""
    now: JudgedTerms | None
    """None: it is there no more."""
    since: int
    differences: tuple[str, ...] = ()
    """``within: 2m → 10m``, one for each key."""

    @property
    def key(self) -> Key:
        """The SLA and its version."""
        each = self.now or self.kept
        assert each is not None  # noqa: S101 - one of them is there
        return each.key

    @property
    def only_its_end(self) -> bool:
        """Whether the terms are as they were, and only in force for longer or shorter."""
        return self.kept is not None and self.now is not None and not self.differences


def judged_terms(definitions: DefinitionSet) -> dict[Key, JudgedTerms]:
    """The terms of every version, by SLA and version."""
    found = (_terms_of(definition, definitions) for definition in definitions.definitions)
    return {each.key: each for each in found}


def _terms_of(definition: Promise, definitions: DefinitionSet) -> JudgedTerms:
    terms = json.loads(definition.model_dump_json(by_alias=True, exclude_defaults=True, exclude=set(WORDS | SPAN)))
    if definition.calendar == "owner":
        terms["hours of"] = {name: _hours(calendar) for name, calendar in sorted(definitions.calendars.items())}
    terms["hours"] = _hours(definitions.calendar_of(definition))
    if isinstance(definition, Quota) and definitions.exit_stages():
        terms["exit stages"] = sorted(definitions.exit_stages())
    force = in_force(definition, definitions)
    text = json.dumps(terms, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return JudgedTerms(definition.sla, definition.version, force.since, force.until, text)


def _hours(calendar: Calendar) -> dict[str, object]:
    """The regular hours of a calendar, and whose holidays it keeps; not the dates of its own."""
    zone, weekly, country, subdivision = calendar.terms[:4]
    assert isinstance(weekly, tuple)  # noqa: S101 - for each day its blocks
    hours: dict[str, object] = {day: [_block(block) for block in blocks] for day, blocks in zip(WEEKDAYS, weekly, strict=True) if blocks}
    return hours | {"timezone": zone} | ({"holidays": "/".join(str(each) for each in (country, subdivision) if each)} if country else {})


def _block(block: Block) -> str:
    begin, end = (instant // MINUTE for instant in block)
    return f"{_clock(begin)}-{_clock(end if end <= A_DAY else end - A_DAY)}"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def changed_terms(kept: Mapping[Key, JudgedTerms], now: Mapping[Key, JudgedTerms]) -> list[ChangedTerms]:
    """Where the terms of now are not those that were kept; SLAs of which nothing was kept are new, and change nothing.

    A version whose end moved because another one of its SLA came, went or changed is not named beside that one.
    """
    known = {sla for sla, _ in kept}
    both = sorted(key for key in {*kept, *now} if key[0] in known)
    found = [change for key in both if (change := _change(_there(kept.get(key)), now.get(key)))]
    first: dict[str, int] = {}
    for each in found:
        if not each.only_its_end:
            first[each.key[0]] = min(first.get(each.key[0], FOREVER), each.since)
    return [each for each in found if not each.only_its_end or each.since < first.get(each.key[0], FOREVER)]


def _there(each: JudgedTerms | None) -> JudgedTerms | None:
    return each if each and each.text else None


def _change(kept: JudgedTerms | None, now: JudgedTerms | None) -> ChangedTerms | None:
    if kept is None or now is None:
        each = kept or now
        return ChangedTerms(kept, now, each.since) if each else None
    differences = tuple(_differences(json.loads(kept.text), json.loads(now.text)))
    if differences:
        return ChangedTerms(kept, now, min(kept.since, now.since), differences)
    return ChangedTerms(kept, now, min(kept.until, now.until)) if kept.until != now.until else None


def _differences(kept: Mapping[str, Any], now: Mapping[str, Any], inside: str = "") -> list[str]:
    found: list[str] = []
    for name in sorted({*kept, *now}):
        before, after = kept.get(name), now.get(name)
        if before == after or (inside == "hours of: " and before is None):  # a new calendar is nobody's yet
            continue
        if isinstance(before, dict) and isinstance(after, dict):
            found += _differences(before, after, f"{inside}{name}: ")
        else:
            found.append(f"{inside}{name}: {_shown(before)} → {_shown(after)}")
    return found


def _shown(value: object) -> str:
    if value is None:
        return "not given"
    written = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return written if len(written) <= LONGEST else f"{written[: LONGEST - 1]}…"

"""Checks that need more than one place: names that nobody declared, names declared twice, versions that overlap."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from unicodedata import normalize

from slamon.core.working_time.durations import parse_duration
from slamon.core.working_time.hours import parse_date
from slamon.definition_files.documents import SHARED, Draft, Place, Slot
from slamon.definition_files.findings import Finding
from slamon.definition_files.yaml_nodes import Mapping, Node, Scalar, Sequence

PATTERN_KEYS = ("start", "met_by", "hand_raise", "cancelled_by", "attempt", "ended_by", "counts", "reversed_by", "of", "reach")
SINGULAR = {"calendars": "calendar", "stages": "stage", "routes": "route"}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What definitions may lean on that stands elsewhere; None where it is not known."""

    default_calendar: str | None = None
    attributes: frozenset[str] | None = None


def check(draft: Draft, around: Surroundings) -> list[Finding]:
    """Every problem between documents; the draft stays as it is."""
    return [
        *_alike(draft),
        *_overlapping(draft),
        *(finding for slot in draft.slas for finding in _of_one(draft, slot, around)),
    ]


def _of_one(draft: Draft, slot: Slot, around: Surroundings) -> Iterator[Finding]:
    yield from _unknown(draft, "stages", slot.file, _stages(slot.node))
    yield from _calendar(draft, slot, around)
    alerts = slot.node.get("alerts")
    if isinstance(alerts, Scalar) and isinstance(alerts.value, str):
        yield from _unknown(draft, "routes", slot.file, (alerts,), declared=True)
    if around.attributes is not None:
        for node in _attributes(slot.node):
            if str(node.value) not in around.attributes:
                yield slot.at(node).finding(*unknown_name("attribute", str(node.value), sorted(around.attributes), "no source provides"))


def _unknown(draft: Draft, room: str, file: str, nodes: Iterable[Scalar], *, declared: bool = False) -> Iterator[Finding]:
    """Names that are not among the declared ones; where none are declared, any name may be meant."""
    known = draft.known(room)
    for node in nodes:
        if (known or declared) and isinstance(node.value, str) and node.value not in known:
            yield Place(file, node).finding(*unknown_name(SINGULAR[room], node.value, known, "nobody declares"))


def unknown_name(what: str, name: str, known: Iterable[str], who: str) -> tuple[str, str]:
    """What to say of a name that is not known: the nearest one, and all."""
    names = list(known)
    close = get_close_matches(name[:64], names, n=1, cutoff=0.6)
    plural = f"{what}s"
    listed = f"known {plural} are {', '.join(names[:20])}" if names else f"no {plural} are declared yet"
    return f"{who} the {what} '{name[:80]}'", f"{f'did you mean {close[0]}? ' if close else ''}{listed}"


def _calendar(draft: Draft, slot: Slot, around: Surroundings) -> Iterator[Finding]:
    node = slot.node.get("calendar")
    if isinstance(node, Scalar) and isinstance(node.value, str) and node.value != "owner":
        yield from _unknown(draft, "calendars", slot.file, (node,), declared=True)
    if node is None and around.default_calendar is None:
        for target in _working_targets(slot.node):
            problem = f"'{target.value}' needs a calendar, and neither this SLA nor slamon.yaml names one"
            yield slot.at(target).finding(problem, "write calendar: NAME, with a name from calendars:")


def _working_targets(node: Mapping) -> Iterator[Scalar]:
    target = node.get("within")
    if isinstance(target, Scalar):
        try:
            if parse_duration(target.value).unit.is_working:
                yield target
        except ValueError:
            return  # told already, where terms are read


def _items(node: Node | None) -> tuple[Node, ...]:
    if node is None:
        return ()
    return node.items if isinstance(node, Sequence) else (node,)


def _patterns(node: Mapping) -> Iterator[Mapping]:
    pause = node.get("pause")
    paused = pause.get("while") if isinstance(pause, Mapping) else None
    for written in (*(node.get(key) for key in PATTERN_KEYS), paused):
        yield from (item for item in _items(written) if isinstance(item, Mapping))


def _stages(node: Mapping) -> Iterator[Scalar]:
    for pattern in _patterns(node):
        yield from (item for item in _items(pattern.get("stage")) if isinstance(item, Scalar))


def _attributes(node: Mapping) -> Iterator[Scalar]:
    filters = [node.get("applies_to"), node.get("where")]
    if isinstance(node.get("targets"), Sequence):
        filters += [target.get("when") for target in _items(node.get("targets")) if isinstance(target, Mapping)]
    for written in filters:
        if isinstance(written, Mapping):
            yield from (key for key, _ in written.entries)
    named = [node.get("by"), node.get("value"), *(pattern.get("attribute") for pattern in _patterns(node))]
    yield from (each for each in named if isinstance(each, Scalar))


def _alike(draft: Draft) -> Iterator[Finding]:
    """Names that are the same, or that people cannot tell apart."""
    for room in SHARED:
        seen: dict[str, tuple[str, Place]] = {}
        for name, place in draft.names[room]:
            first = seen.setdefault(normalize("NFKC", name).casefold(), (name, place))
            if first[1] is not place:
                same = "is declared twice" if first[0] == name else f"differs from '{first[0]}' only by case or form"
                yield place.finding(f"the {SINGULAR[room]} '{name[:80]}' {same}, first at {first[1].where}", "keep one, or rename it")


@dataclass(frozen=True, slots=True)
class _Version:
    sla: str
    since: date
    until: date | None
    place: Place


def _versions(draft: Draft) -> Iterator[_Version]:
    for slot in draft.slas:
        sla, since, until = (slot.node.get(key) for key in ("sla", "effective_from", "effective_until"))
        if isinstance(sla, Scalar) and isinstance(since, Scalar):
            try:
                end = parse_date(until.value) if isinstance(until, Scalar) and until.value is not None else None
                yield _Version(str(sla.value), parse_date(since.value), end, slot.at(since))
            except ValueError:
                continue  # told already, where terms are read


def _overlapping(draft: Draft) -> Iterator[Finding]:
    latest: dict[str, _Version] = {}
    for version in sorted(_versions(draft), key=lambda each: (each.sla, each.since)):
        before = latest.get(version.sla)
        if before is not None and before.since == version.since:
            problem = f"version {version.since} of '{version.sla}' is also at {before.place.where}"
            yield version.place.finding(problem, "give one of the two another sla id, or another effective_from")
        elif before is not None and (before.until is None or before.until > version.since):
            problem = f"version {version.since} of '{version.sla}' overlaps the one at {before.place.where}"
            yield version.place.finding(problem, f'write effective_until: "{version.since}" in that one')
        latest[version.sla] = version

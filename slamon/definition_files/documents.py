"""What the documents of a folder say: SLAs, calendars, stages and routes, typed as far as they can be, with their places."""

from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from slamon.core.definitions import Alert, Cadence, Deadline, Identifier, Quota, Ratio, Stage, Terms, type_of_kind
from slamon.core.definitions.calendar_terms import CalendarTerms
from slamon.core.working_time.calendars import Calendar
from slamon.definition_files.findings import MOST, Finding, at_most
from slamon.definition_files.teaching import one_of, teach, unknown_key
from slamon.definition_files.yaml_nodes import Mapping, Node, Scalar, Sequence, compose, plain

AnyDefinition = Deadline | Cadence | Quota | Ratio
SHARED = ("calendars", "stages", "routes")
_IDENTIFIER = TypeAdapter(Identifier)


@dataclass(frozen=True, slots=True)
class Place:
    """A node and the file it stands in."""

    file: str
    node: Node

    def finding(self, problem: str, mend: str) -> Finding:
        """A finding about this place."""
        return Finding(self.file, self.node.line, self.node.column, problem, mend)

    @property
    def where(self) -> str:
        """``file:line``, to point at it from elsewhere."""
        return f"{self.file}:{self.node.line}"


@dataclass(frozen=True, slots=True)
class Slot:
    """One SLA document: its mapping, and its terms unless something is wrong with them."""

    file: str
    node: Mapping
    terms: AnyDefinition | None

    def at(self, node: Node) -> Place:
        """The place of one of its nodes."""
        return Place(self.file, node)


@dataclass(slots=True)
class Draft:
    """All documents read so far: what could be typed, every name with its places, and every problem."""

    slas: list[Slot] = field(default_factory=list)
    calendars: dict[str, Calendar] = field(default_factory=dict)
    stages: list[Stage] = field(default_factory=list)
    routes: dict[str, tuple[Alert, ...]] = field(default_factory=dict)
    names: dict[str, list[tuple[str, Place]]] = field(default_factory=lambda: {room: [] for room in SHARED})
    findings: list[Finding] = field(default_factory=list)

    def known(self, room: str) -> tuple[str, ...]:
        """Names that were declared, well or badly, in order."""
        return tuple(dict.fromkeys(name for name, _ in self.names[room]))


class _Route(Terms):
    """A shared route, so that its alerts are checked like those of a definition."""

    alerts: tuple[Alert, ...]


def read_documents(draft: Draft, text: str, file: str) -> None:
    """Add every document of one file's text to the draft."""
    nodes, findings = compose(text, file)
    known = {(finding.line, finding.column) for finding in findings}
    before = len(draft.findings)
    for node in nodes:
        if len(draft.findings) - before <= MOST:
            _read(draft, node, file)
    # what YAML itself is wrong about needs no second finding from the terms
    terms = [each for each in draft.findings[before:] if (each.line, each.column) not in known]
    draft.findings[before:] = at_most([*terms, *findings], file)


def _read(draft: Draft, node: Node, file: str) -> None:
    place = Place(file, node)
    if not isinstance(node, Mapping):
        draft.findings.append(place.finding(*_not_a_document(node)))
        return
    keys = {str(key.value) for key, _ in node.entries}
    if keys & {"sla", "kind"}:
        _read_sla(draft, node, file)
    elif keys & set(SHARED):
        _read_shared(draft, node, file)
    elif len(keys & {"title", "promised_by", "promised_to", "accountable", "effective_from"}) > 1:
        draft.findings.append(place.finding("`sla` and `kind` are missing", "write e.g. sla: hot-lead-follow-up and kind: deadline"))
    else:
        draft.findings += _unknown_document(node, file)


def _not_a_document(node: Node) -> tuple[str, str]:
    if isinstance(node, Sequence):
        return "a list where a document begins", "write one SLA a document (sla: ..., kind: ...), separated by lines of ---"
    if isinstance(node, Scalar) and node.value is None:
        return "an empty document", "write an SLA into it, or delete the --- line that begins it"
    return "text where a document begins", "write key: value lines, e.g. sla: hot-lead-follow-up"


def _unknown_document(node: Mapping, file: str) -> list[Finding]:
    for key, _ in node.entries:
        close = get_close_matches(str(key.value).lower(), (*SHARED, "sla", "kind"), n=1)
        if close:
            return [Place(file, key).finding(f"unknown key '{key.value}'", f"did you mean {close[0]}?")]
    mend = "write an SLA (sla: ..., kind: ...), or calendars:, stages: or routes:"
    return [Place(file, node).finding("neither an SLA nor calendars, stages or routes", mend)]


def _read_sla(draft: Draft, node: Mapping, file: str) -> None:
    kind = node.get("kind")
    model = type_of_kind.get(str(kind.value)) if isinstance(kind, Scalar) else None
    terms = None
    if kind is None:
        draft.findings.append(Place(file, node).finding("`kind` is missing", f"write one of {', '.join(type_of_kind)}"))
    elif model is None:
        value = kind.value if isinstance(kind, Scalar) else plain(kind)
        draft.findings.append(Place(file, kind).finding(*one_of(value, tuple(type_of_kind))))
    else:
        terms = validated(model, node, file, draft.findings)
    draft.slas.append(Slot(file, node, terms))


def validated(model: type[Any], node: Node, file: str, findings: list[Finding]) -> Any:
    """The model's value, or None with its problems added to the findings."""
    try:
        return model.model_validate(plain(node))
    except ValidationError as error:
        findings += teach(error, model, node, file)
        return None


def _read_shared(draft: Draft, node: Mapping, file: str) -> None:
    readers = {"calendars": _read_calendars, "stages": _read_stages, "routes": _read_routes}
    for key, value in node.entries:
        reader = readers.get(str(key.value))
        if reader is None:
            draft.findings.append(Place(file, key).finding(*unknown_key(str(key.value), SHARED)))
        else:
            reader(draft, value, file)


def _named(draft: Draft, room: str, node: Node, file: str, example: str) -> list[tuple[str, Node]]:
    """The entries of a mapping of names, each name checked and noted."""
    if not isinstance(node, Mapping) or not node.entries:
        draft.findings.append(Place(file, node).finding(f"`{room}` is not a mapping of names", f"write e.g. {example}"))
        return []
    for key, _ in node.entries:
        name = str(key.value)
        draft.names[room].append((name, Place(file, key)))
        if (room, name) == ("calendars", "owner"):
            mend = "choose another name; calendar: owner means that of whoever holds the lead"
            draft.findings.append(Place(file, key).finding("'owner' is not free as a calendar's name", mend))
        try:
            _IDENTIFIER.validate_python(name)
        except ValidationError:
            problem = f"'{name[:80]}' is not an id: small letters, digits, - and _, at most 64"
            draft.findings.append(Place(file, key).finding(problem, f"write e.g. {example}"))
    return [(str(key.value), value) for key, value in node.entries]


def _read_calendars(draft: Draft, node: Node, file: str) -> None:
    example = 'office: {timezone: Europe/Berlin, hours: {mon-fri: ["09:00-17:00"]}}'
    for name, value in _named(draft, "calendars", node, file, example):
        terms = _typed(CalendarTerms, value, file, f"{name}: {example.partition(': ')[2]}", draft.findings)
        if terms is not None:
            _build(draft, name, terms, Place(file, value))


def _typed(model: type[BaseModel], node: Node, file: str, example: str, findings: list[Finding]) -> Any:
    if not isinstance(node, Mapping) or not node.entries:
        findings.append(Place(file, node).finding("nothing is said here", f"write e.g. {example}"))
        return None
    return validated(model, node, file, findings)


def _build(draft: Draft, name: str, terms: CalendarTerms, place: Place) -> None:
    try:
        draft.calendars.setdefault(name, terms.build())
    except ValueError as error:
        problem, _, mend = str(error).partition("; ")
        draft.findings.append(Place(place.file, _culprit(place.node, problem)).finding(problem, mend or "see docs/sla-language.md"))


def _culprit(node: Node, problem: str) -> Node:
    """Of a calendar, the part that its refusal is about."""
    if isinstance(node, Mapping):
        off = node.get("holidays")
        if "subdivision" in problem and isinstance(off, Mapping):
            return off.get("subdivision") or off
        if "country" in problem and isinstance(off, Mapping):
            return off.get("country") or off
        return node.get("hours") or node
    return node


def _read_stages(draft: Draft, node: Node, file: str) -> None:
    if draft.names["stages"]:
        first = draft.names["stages"][0][1].where
        draft.findings.append(Place(file, node).finding(f"stages are declared twice, first at {first}", "keep one list, in funnel order"))
    if not isinstance(node, Sequence) or not node.items:
        mend = "write e.g. - {stage: mql, owned_by: marketing, means: A lead that is handed over.}"
        draft.findings.append(Place(file, node).finding("`stages` is not a list", mend))
        return
    for item in node.items:
        name = item.get("stage") if isinstance(item, Mapping) else None
        if isinstance(name, Scalar):
            draft.names["stages"].append((str(name.value), Place(file, name)))
        stage = _typed(Stage, item, file, "{stage: mql, owned_by: marketing, means: A lead that is handed over.}", draft.findings)
        if stage is not None:
            draft.stages.append(stage)


def _read_routes(draft: Draft, node: Node, file: str) -> None:
    example = "standard: [{at: breach, to: [holder, team channel]}]"
    for name, value in _named(draft, "routes", node, file, example):
        entry = Mapping(((Scalar("alerts", value.line, value.column), value),), value.line, value.column)
        route = validated(_Route, entry, file, draft.findings)
        if route is not None:
            draft.routes.setdefault(name, route.alerts)

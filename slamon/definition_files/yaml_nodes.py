"""YAML text as plain nodes that know their line and column; what makes YAML dangerous or ambiguous is refused here.

The event stream is composed without recursion, so that depth is bounded before anything is built. Tags, anchors,
aliases, directives, duplicate keys, keys that are no text and nesting beyond DEEPEST are findings.
After MOST of them, or LONGEST events, the rest of the file is given up.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ruamel.yaml import YAML
from ruamel.yaml.error import StringMark, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from slamon.definition_files.findings import MOST, Finding
from slamon.definition_files.scalars import Plain, resolve
from slamon.definition_files.yaml_syntax import empty_value, syntax_finding

DEEPEST = 50
LONGEST = 200_000


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value; ``line`` and ``column`` count from 1."""

    value: Plain
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list of nodes."""

    items: tuple["Node", ...]
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys (always text, each once) and their nodes, in the file's order."""

    entries: tuple[tuple[Scalar, "Node"], ...]
    line: int
    column: int

    def get(self, key: str) -> "Node | None":
        """The value of a key, None where the key is not there."""
        return next((value for name, value in self.entries if name.value == key), None)

    def key(self, key: str) -> Scalar | None:
        """The key itself, for its position."""
        return next((name for name, _ in self.entries if name.value == key), None)


Node = Scalar | Sequence | Mapping


def plain(node: Node) -> object:
    """The node as dicts, lists and scalars, without positions."""
    if isinstance(node, Mapping):
        return {str(key.value): plain(value) for key, value in node.entries}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return node.value


@dataclass(slots=True)
class _Open:
    """A collection that has begun and not ended."""

    mapping: bool
    flow: bool
    line: int
    column: int
    nodes: list[Node] = field(default_factory=list)


class _Abandoned(Exception):  # noqa: N818 - the rest of a file is given up, with findings already noted
    """The rest of the file cannot be read."""


@dataclass(slots=True)
class _Composer:
    text: str
    file: str
    findings: list[Finding] = field(default_factory=list)
    documents: list[Node] = field(default_factory=list)
    stack: list[_Open] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def note(self, mark: StringMark | None, problem: str, mend: str) -> None:
        line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
        self.findings.append(Finding(self.file, line, column, problem, mend))

    def compose(self) -> None:
        try:
            for number, event in enumerate(_events(self.text)):
                self._take(event)
                self._bound(event, number)
        except YAMLError as error:
            self.findings.append(syntax_finding(error, self.file, self.lines))
        except _Abandoned:
            return

    def _bound(self, event: Event, number: int) -> None:
        if number > LONGEST:
            self.note(event.start_mark, f"more than {LONGEST} values in one file", "write one SLA a file")
            raise _Abandoned
        if len(self.findings) > MOST:
            raise _Abandoned

    def _take(self, event: Event) -> None:
        if isinstance(event, MappingStartEvent | SequenceStartEvent):
            self._refuse_extras(event)
            self._open(event)
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            self._place(self._close(self.stack.pop()))
        elif isinstance(event, ScalarEvent):
            self._refuse_extras(event)
            self._place(self._scalar(event))
        elif isinstance(event, AliasEvent):
            self._refuse_alias(event)
            self._place(Scalar(None, event.start_mark.line + 1, event.start_mark.column + 1))
        elif isinstance(event, DocumentStartEvent) and (event.version or event.tags):
            self.note(event.start_mark, "a % directive", "leave it out; files are read as YAML 1.2")
        elif isinstance(event, DocumentEndEvent):
            self.stack.clear()

    def _refuse_alias(self, event: AliasEvent) -> None:
        """Told once for each name: a file of aliases to aliases would otherwise bury everything else."""
        problem = f"*{event.anchor} is an alias"
        if all(known.problem != problem for known in self.findings):
            self.note(event.start_mark, problem, "write the value out; alerts can be shared by naming a route")

    def _refuse_extras(self, event: MappingStartEvent | SequenceStartEvent | ScalarEvent) -> None:
        if event.anchor:
            self.note(event.start_mark, f"&{event.anchor} is an anchor", "leave it out and write values where they are used")
        if event.ctag:
            tag = str(event.ctag).replace("tag:yaml.org,2002:", "!!")
            self.note(event.start_mark, f"{tag[:60]} is a tag", "leave it out; write text in quotes and numbers plain")

    def _open(self, event: MappingStartEvent | SequenceStartEvent) -> None:
        if len(self.stack) == DEEPEST:
            self.note(event.start_mark, f"nested more than {DEEPEST} deep", "write it flat; no definition needs more than six levels")
            raise _Abandoned
        mark = event.start_mark
        self.stack.append(_Open(isinstance(event, MappingStartEvent), bool(event.flow_style), mark.line + 1, mark.column + 1))

    def _scalar(self, event: ScalarEvent) -> Scalar:
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        if event.style is not None:
            return Scalar(event.value, line, column)
        if event.value == "" and self.stack:
            self._refuse_nothing(event)
            return Scalar(None, *self._key_position((line, column)))
        try:
            return Scalar(resolve(event.value), line, column)
        except ValueError as error:
            problem, _, mend = str(error).partition("; ")
            self.note(event.start_mark, problem, mend)
            return Scalar(None, line, column)

    def _key_position(self, otherwise: tuple[int, int]) -> tuple[int, int]:
        """An absent value has no place of its own: that of the key before it is the one to look at."""
        inner = self.stack[-1]
        if inner.mapping and len(inner.nodes) % 2:
            return inner.nodes[-1].line, inner.nodes[-1].column
        return otherwise

    def _refuse_nothing(self, event: ScalarEvent) -> None:
        inner = self.stack[-1]
        line, column = self._key_position((event.start_mark.line + 1, event.start_mark.column + 1))
        key = inner.nodes[-1] if inner.mapping and len(inner.nodes) % 2 else None
        before = inner.nodes[-3:-1] if key is not None else []
        problem, mend = empty_value(
            str(key.value) if isinstance(key, Scalar) else None,
            self.lines[line - 1] if line <= len(self.lines) else "",
            column,
            flow=inner.flow,
            before=tuple(str(node.value) if isinstance(node, Scalar) else "…" for node in before),
        )
        self.findings.append(Finding(self.file, line, column, problem, mend))

    def _close(self, done: _Open) -> Node:
        if not done.mapping:
            return Sequence(tuple(done.nodes), done.line, done.column)
        entries: dict[str, tuple[Scalar, Node]] = {}
        for key, value in zip(done.nodes[::2], done.nodes[1::2], strict=True):
            self._enter(entries, key, value)
        return Mapping(tuple(entries.values()), done.line, done.column)

    def _enter(self, entries: dict[str, tuple[Scalar, Node]], key: Node, value: Node) -> None:
        if not isinstance(key, Scalar) or key.value is None or isinstance(key.value, bool):
            if all((known.line, known.column) != (key.line, key.column) for known in self.findings):
                problem = "a key that is no text"
                self.findings.append(Finding(self.file, key.line, key.column, problem, 'write a plain word, or quote it: "true"'))
            return
        name = str(key.value)
        if name in entries:
            first = entries[name][0].line
            problem = f"the key '{name[:80]}' stands twice, on line {first} and on line {key.line}"
            self.findings.append(Finding(self.file, key.line, key.column, problem, "keep one of the two"))
            return
        entries[name] = (Scalar(name, key.line, key.column), value)

    def _place(self, node: Node) -> None:
        if self.stack:
            self.stack[-1].nodes.append(node)
        else:
            self.documents.append(node)


def _events(text: str) -> Iterator[Event]:
    yaml = YAML(typ="safe", pure=True)
    yaml.version = "1.2"
    yield from yaml.parse(text)


def compose(text: str, file: str) -> tuple[list[Node], list[Finding]]:
    """The documents of one file, and all that is wrong with its YAML; documents before a syntax error are still there."""
    composer = _Composer(text, file, lines=text.splitlines())
    composer.compose()
    return composer.documents, composer.findings

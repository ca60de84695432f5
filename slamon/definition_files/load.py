"""A folder of definition files as one DefinitionSet, or every problem of all of them."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from slamon.core.definitions import DefinitionSet
from slamon.core.definitions.terms import parse_zone
from slamon.definition_files.checks import Surroundings, check, unknown_name
from slamon.definition_files.documents import Draft, read_documents
from slamon.definition_files.findings import DefinitionError, Finding
from slamon.definition_files.yaml_bytes import read_yaml

SUFFIXES = (".yaml", ".yml")


def load_definitions(
    folder: Path, *, default_calendar: str | None = None, timezone: str = "UTC", attributes: frozenset[str] | None = None
) -> DefinitionSet:
    """All that a folder's ``*.yaml`` and ``*.yml`` promise (its subfolders are not read).

    ``default_calendar`` serves definitions that name none, ``timezone`` cuts their periods where there is no calendar
    at all, ``attributes`` are what the sources provide (None: not known, nothing is checked). Raises DefinitionError
    with every problem of every file.
    """
    draft, findings = read_folder(Path(folder), Surroundings(default_calendar, attributes))
    findings += _surroundings_findings(draft, str(folder), default_calendar, timezone)
    if findings:
        raise DefinitionError(findings)
    return assemble(draft, default_calendar, timezone)


def read_folder(folder: Path, around: Surroundings) -> tuple[Draft, list[Finding]]:
    """The folder's documents, and all that is wrong in them and between them."""
    draft = Draft()
    if not folder.is_dir():
        return draft, [Finding(str(folder), 1, 1, "no such folder", "create it with slamon init, or mend definitions: in slamon.yaml")]
    for path in sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and not path.name.startswith(".")):
        text = read_yaml(path)
        if isinstance(text, Finding):
            draft.findings.append(text)
        else:
            read_documents(draft, text, str(path))
    findings = [*draft.findings, *without_repeats(check(draft, around), draft.findings)]
    if not draft.slas and not findings:
        findings = [Finding(str(folder), 1, 1, "no SLA is defined here", "write one into a .yaml file, or copy some with slamon init")]
    return draft, findings


def without_repeats(later: list[Finding], known: list[Finding]) -> list[Finding]:
    """What is wrong with a value is said once: the first reason given is the nearest to the cause."""
    places = {(finding.file, finding.line, finding.column) for finding in known}
    return [finding for finding in later if (finding.file, finding.line, finding.column) not in places]


def _surroundings_findings(draft: Draft, folder: str, default_calendar: str | None, timezone: str) -> list[Finding]:
    findings = []
    if default_calendar is not None and default_calendar not in draft.known("calendars"):
        words = unknown_name("calendar", default_calendar, draft.known("calendars"), "nobody declares")
        findings.append(Finding(folder, 1, 1, *words))
    try:
        parse_zone(timezone)
    except ValueError as error:
        problem, _, mend = str(error).partition("; ")
        findings.append(Finding(folder, 1, 1, problem, mend))
    return findings


def assemble(
    draft: Draft,
    default_calendar: str | None,
    timezone: str,
    team_calendars: Mapping[str, str] = MappingProxyType({}),
    provided: frozenset[str] = frozenset(),
) -> DefinitionSet:
    """The set that a draft without findings stands for."""
    return DefinitionSet(
        definitions=tuple(slot.terms for slot in draft.slas if slot.terms is not None),
        calendars=draft.calendars,
        stages=tuple(draft.stages),
        routes=draft.routes,
        default_calendar=default_calendar,
        timezone=timezone,
        team_calendars=team_calendars,
        provided=provided,
        places={(slot.terms.sla, slot.terms.version): (slot.file, slot.node.line) for slot in draft.slas if slot.terms is not None},
    )

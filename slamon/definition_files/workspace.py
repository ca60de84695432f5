"""A workspace's ``slamon.yaml`` with what it leans on: its definitions, its secrets, the attributes its sources provide."""

from collections.abc import Iterator
from collections.abc import Mapping as MappingOf
from pathlib import Path
from unicodedata import normalize

from pydantic import SecretStr

from slamon.core.definitions import DefinitionSet
from slamon.definition_files.checks import Surroundings, unknown_name
from slamon.definition_files.documents import Draft, validated
from slamon.definition_files.findings import DefinitionError, Finding
from slamon.definition_files.load import assemble, read_folder
from slamon.definition_files.positions import locate
from slamon.definition_files.yaml_bytes import read_yaml
from slamon.definition_files.yaml_nodes import Mapping, Node, compose
from slamon.settings import SECRETS, Settings, Workspace, secrets_from

SETTINGS_FILE = "slamon.yaml"


def load_workspace(path: Path, environment: MappingOf[str, str]) -> Workspace:
    """Settings and secrets of the workspace whose ``slamon.yaml``, or whose folder, is given; DefinitionError otherwise.

    Only the settings are read; ``load_promises`` reads the definitions that they point to.
    """
    settings, _, findings = _read_settings(_settings_file(path))
    secrets, unreadable = _read_secrets(environment)
    if settings is None or findings or unreadable:
        raise DefinitionError([*findings, *unreadable])
    return Workspace(settings=settings, folder=_settings_file(path).parent, secrets=secrets)


def load_promises(workspace: Workspace) -> DefinitionSet:
    """The workspace's definitions, checked against its settings; DefinitionError with every problem."""
    path = workspace.folder / SETTINGS_FILE
    draft, findings = _read_promises(workspace.settings, workspace.folder)
    findings += _leaning(workspace.settings, draft, Mapping((), 1, 1), str(path))
    if findings:
        raise DefinitionError(findings)
    settings = workspace.settings
    provided = provided_attributes(settings) or frozenset()
    return assemble(draft, settings.calendar, settings.timezone, team_calendars(settings), provided)


def validate_workspace(path: Path, environment: MappingOf[str, str]) -> list[Finding]:
    """Every problem of settings, secrets, definitions and what is between them, in order of file and line."""
    file = _settings_file(path)
    settings, node, findings = _read_settings(file)
    _, unreadable = _read_secrets(environment)
    findings += unreadable
    if settings is None:
        definitions = node.get("definitions") if isinstance(node, Mapping) else None
        name = str(getattr(definitions, "value", None) or Settings().definitions)
        around = Surroundings(default_calendar="")  # which one, a settings file that is wrong cannot tell
        return sorted({*findings, *read_folder(file.parent / name, around)[1]})
    draft, wrong = _read_promises(settings, file.parent)
    return sorted({*findings, *wrong, *_leaning(settings, draft, node, str(file))})


def provided_attributes(settings: Settings) -> frozenset[str] | None:
    """The lead attributes that the sources' tables map, None while no source is configured."""
    if not settings.sources:
        return None
    tables = [table for source in settings.sources.values() for table in source.tables]
    told = {rule.is_.attribute for table in tables for rule in table.events if rule.is_.attribute is not None}
    return frozenset(told | {name for table in tables for name in table.attributes})


def team_calendars(settings: Settings) -> dict[str, str]:
    """The name of each team's calendar, for those that have one."""
    return {name: team.calendar for name, team in settings.people.teams.items() if team.calendar}


def _settings_file(path: Path) -> Path:
    return Path(path) / SETTINGS_FILE if Path(path).is_dir() else Path(path)


def _read_settings(file: Path) -> tuple[Settings | None, Node, list[Finding]]:
    nothing = Mapping((), 1, 1)
    if not file.exists():
        finding = Finding(str(file), 1, 1, "no such file", "create a workspace with slamon init DIR, or point --config at its slamon.yaml")
        return None, nothing, [finding]
    text = read_yaml(file)
    if isinstance(text, Finding):
        return None, nothing, [text]
    nodes, findings = compose(text, str(file))
    node = nodes[0] if nodes else nothing
    if len(nodes) > 1:
        where = nodes[1].line, nodes[1].column
        findings.append(Finding(str(file), *where, "a second document", "settings are one document; delete the --- line"))
    if not isinstance(node, Mapping):
        findings.append(Finding(str(file), node.line, node.column, "not a mapping of settings", "write e.g. definitions: sla_definitions"))
        return None, node, findings
    known = {(finding.line, finding.column) for finding in findings}
    wrong: list[Finding] = []
    settings = validated(Settings, node, str(file), wrong)
    findings += [finding for finding in wrong if (finding.line, finding.column) not in known]
    return (None if findings else settings), node, findings


def _read_secrets(environment: MappingOf[str, str]) -> tuple[dict[str, SecretStr], list[Finding]]:
    findings = []
    readable = dict(environment)
    for name in SECRETS:
        file = environment.get(f"{name}_FILE")
        if file and not environment.get(name):
            try:
                Path(file).read_bytes().decode("utf-8")
            except (OSError, UnicodeDecodeError, ValueError) as error:
                reason = getattr(error, "strerror", None) or "not UTF-8 text"
                findings.append(Finding(file, 1, 1, f"cannot be read ({reason})", f"point {name}_FILE at a file that holds the secret"))
                del readable[f"{name}_FILE"]
    return secrets_from(readable), findings


def _read_promises(settings: Settings, folder: Path) -> tuple[Draft, list[Finding]]:
    around = Surroundings(settings.calendar, provided_attributes(settings))
    return read_folder(folder / settings.definitions, around)


def _leaning(settings: Settings, draft: Draft, node: Node, file: str) -> Iterator[Finding]:
    """Names in the settings that definitions have to declare, and names that cannot be told apart."""
    calendars, stages = draft.known("calendars"), draft.known("stages")
    for location, name in _calendars_named(settings):
        if name not in calendars:
            yield _at(file, node, location, unknown_name("calendar", name, calendars, "nobody declares"))
    for location, name in _stages_named(settings):
        if stages and name not in stages:
            yield _at(file, node, location, unknown_name("stage", name, stages, "nobody declares"))
    seen: dict[str, str] = {}
    for team in settings.people.teams:
        first = seen.setdefault(normalize("NFKC", team).casefold(), team)
        if first != team:
            words = (f"the team '{team}' differs from '{first}' only by case or form", "keep one, or rename it")
            yield _at(file, node, ("people", "teams", team), words)


def _calendars_named(settings: Settings) -> Iterator[tuple[tuple[int | str, ...], str]]:
    if settings.calendar is not None:
        yield ("calendar",), settings.calendar
    for name, team in settings.people.teams.items():
        if team.calendar is not None:
            yield ("people", "teams", name, "calendar"), team.calendar


def _stages_named(settings: Settings) -> Iterator[tuple[tuple[int | str, ...], str]]:
    for name, source in settings.sources.items():
        for number, table in enumerate(source.tables):
            for place, rule in enumerate(table.events):
                if isinstance(rule.is_.stage, str):
                    yield ("sources", name, "tables", number, "events", place, "is", "stage"), rule.is_.stage


def _at(file: str, root: Node, location: tuple[int | str, ...], words: tuple[str, str]) -> Finding:
    node = locate(root, location)
    return Finding(file, node.line, node.column, *words)

"""A file of proposed definitions, checked against the workspace as if it stood among its definitions."""

from collections.abc import Iterator
from pathlib import Path

from slamon.core.definitions import DefinitionSet
from slamon.definition_files.checks import Surroundings, check
from slamon.definition_files.documents import SHARED, Draft, read_documents
from slamon.definition_files.findings import DefinitionError, Finding
from slamon.definition_files.load import assemble, read_folder, without_repeats
from slamon.definition_files.workspace import provided_attributes, team_calendars
from slamon.definition_files.yaml_bytes import read_yaml
from slamon.settings import Workspace


def load_proposal(workspace: Workspace, path: Path) -> DefinitionSet:
    """The SLAs of one file, one version of each, over the workspace's calendars, stages and routes.

    What the file declares itself goes before what the workspace declares under the same name. Raises DefinitionError with
    every problem of the workspace's definitions or of the file.
    """
    settings = workspace.settings
    provided = provided_attributes(settings)
    around = Surroundings(settings.calendar, provided)
    standing, findings = read_folder(workspace.folder / settings.definitions, around)
    if findings:
        raise DefinitionError(findings)
    text = read_yaml(path)
    if isinstance(text, Finding):
        raise DefinitionError([text])
    own = Draft()
    read_documents(own, text, str(path))
    together = _over(standing, own)
    found = [*own.findings, *_nothing_or_twice(own, str(path))]
    found += without_repeats(check(together, around), found)
    if found:
        raise DefinitionError(found)
    return assemble(together, settings.calendar, settings.timezone, team_calendars(settings), provided or frozenset())


def _over(standing: Draft, own: Draft) -> Draft:
    """The file's SLAs, and its names before the workspace's; a funnel is one list, taken whole from one of them."""
    names = {}
    for room in SHARED:
        said = set(own.known(room))
        hidden = (lambda _: bool(own.stages)) if room == "stages" else said.__contains__
        names[room] = [(name, place) for name, place in standing.names[room] if not hidden(name)] + own.names[room]
    return Draft(
        slas=own.slas,
        calendars={**standing.calendars, **own.calendars},
        stages=own.stages or standing.stages,
        routes={**standing.routes, **own.routes},
        names=names,
    )


def _nothing_or_twice(own: Draft, file: str) -> Iterator[Finding]:
    if not own.slas and not own.findings:
        yield Finding(file, 1, 1, "no SLA is proposed here", "write the definition to be tried, e.g. a changed copy of one in force")
    seen: dict[str, str] = {}
    for slot in own.slas:
        node = slot.node.get("sla")
        if node is None or slot.terms is None:
            continue
        place = slot.at(node)
        if slot.terms.sla in seen:
            mend = "keep the one to be tried: a trial takes it as in force over all of history"
            yield place.finding(f"'{slot.terms.sla}' is proposed twice, first at {seen[slot.terms.sla]}", mend)
        seen.setdefault(slot.terms.sla, place.where)

"""Which sources a promise needs: those whose tables could tell what it asks of a lead; the verdicts of the others need not wait."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from pydantic import BaseModel

from slamon.core.definitions import Definition, DefinitionSet, EventPattern
from slamon.settings import ColumnValue, SourceSettings

NAMED = ("stage", "activity", "touch")
_FILTERS = ("applies_to", "when", "where")
_BY_ATTRIBUTE = ("by", "value")


@dataclass(frozen=True, slots=True)
class Tellings:
    """What a source could tell: (kind, name) of events, None for a name that comes from a column, and names of attributes.

    ``concerns_all``: it tells who holds a lead, who people are or when they are away, or which records are one lead or none:
    no promise can be judged without.
    """

    events: frozenset[tuple[str, str | None]]
    attributes: frozenset[str]
    concerns_all: bool


def sources_needed(definitions: DefinitionSet, sources: Mapping[str, SourceSettings]) -> dict[str, frozenset[str]]:
    """By SLA the sources that it needs, over all of its versions; all of them, where none could tell what it asks."""
    told = {name: tellings(settings) for name, settings in sources.items()}
    ends = {("stage", stage) for stage in definitions.exit_stages()}
    return {sla: _needed(versions, told, ends) for sla, versions in definitions.versions().items()}


def _needed(versions: Iterable[Definition], told: Mapping[str, Tellings], ends: Collection[tuple[str, str]]) -> frozenset[str]:
    asked = {each for version in versions for each in _asked(version)}
    own = {name for name, tells in told.items() if any(_tells(tells, kind, what) for kind, what in asked)}
    if not own:
        return frozenset(told)
    ended = {name for name, tells in told.items() if any(_tells(tells, kind, what) for kind, what in ends)}
    return frozenset(own | ended | {name for name, tells in told.items() if tells.concerns_all})


def tellings(settings: SourceSettings) -> Tellings:
    """What a source's tables could tell, by its mapping."""
    rules = [(table, rule.is_) for table in settings.tables for rule in table.events]
    events = {(kind, _name(getattr(event, kind))) for _, event in rules for kind in NAMED if getattr(event, kind) is not None}
    attributes = {name for table in settings.tables for name in table.attributes}
    attributes |= {event.attribute for _, event in rules if event.attribute is not None}
    crew = any(table.people or table.away or table.owner for table in settings.tables)
    records = any(event.owner or event.merged or event.deleted or event.restored for _, event in rules)
    return Tellings(frozenset(events), frozenset(attributes), crew or records)


def _name(written: object) -> str | None:
    return None if isinstance(written, ColumnValue) else str(written)


def _tells(tells: Tellings, kind: str, what: str) -> bool:
    return what in tells.attributes if kind == "attribute" else bool({(kind, what), (kind, None)} & tells.events)


def _asked(model: BaseModel) -> Iterator[tuple[str, str]]:
    """The events and attributes that a definition names, anywhere in it: (kind, name)."""
    if isinstance(model, EventPattern):
        if model.subject in (*NAMED, "attribute"):
            yield from ((model.subject, name) for name in model.names)
        return
    for name in type(model).model_fields:
        value = getattr(model, name)
        if name in _FILTERS and isinstance(value, Mapping):
            yield from (("attribute", each) for each in value)
        elif name in _BY_ATTRIBUTE and isinstance(value, str):
            yield "attribute", value
        else:
            yield from _inside(value)


def _inside(value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, BaseModel):
        yield from _asked(value)
    elif isinstance(value, Collection) and not isinstance(value, str | Mapping):
        for each in value:
            yield from _inside(each)

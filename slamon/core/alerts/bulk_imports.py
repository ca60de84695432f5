"""Which cycles a bulk import brought, so that its leads are spoken of once, together."""

from collections.abc import Sequence
from uuid import NAMESPACE_URL, uuid5

import numpy as np

from slamon.core.alerts import BulkImport
from slamon.core.batches import batch_of
from slamon.core.definitions import Batch, Cadence, DefinitionSet
from slamon.core.facts import Facts
from slamon.core.facts.survey import Import
from slamon.core.verdicts import Judged

NAMESPACE = uuid5(NAMESPACE_URL, "https://slamon.dev/import")


def brought_by_imports(facts: Facts, judged: Judged, definitions: DefinitionSet, cycles: Sequence[int]) -> dict[int, BulkImport]:
    """For those of some cycles (rows of the obligations) that an import brought, the import."""
    found: dict[int, BulkImport] = {}
    each, creations = judged.obligations, facts.survey.creations
    rows = np.array(sorted(set(cycles)), np.int64)
    for version, definition in enumerate(judged.versions):
        mine = rows[each.version[rows] == version]
        size = Batch().size if isinstance(definition, Cadence) else definition.batch.size
        zone = definitions.calendar_of(definition).timezone
        told = [_told(facts, judged.sla, one) for one in (creations.imports(size, zone) if creations and len(mine) else ())]
        if told:
            numbers = batch_of(facts, size, zone)[each.start_row[mine]]
            found |= {cycle: told[number] for cycle, number in zip(mine.tolist(), numbers.tolist(), strict=True) if number >= 0}
    return found


def _told(facts: Facts, sla: str, one: Import) -> BulkImport:
    """An import as messages name it; its key is who made it and when it began, so that leads which follow do not change it."""
    person = facts.people.person(one.actor)
    key = uuid5(NAMESPACE, f"{sla}\0{person.id}\0{one.since}")
    return BulkImport(str(key), person.name or person.id, one.since, len(one.leads))

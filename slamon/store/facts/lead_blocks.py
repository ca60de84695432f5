"""All leads some thousand at a time, those that may be one lead together, so that no more of their events is held than fits."""

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import Connection

from slamon.store.facts import stream_lead_sizes, stream_merges

LEADS_AT_ONCE = 5_000
EVENTS_AT_ONCE = 50_000
"""So many events and what follows from them take less than 100 MB."""


def lead_blocks(connection: Connection, leads: int = LEADS_AT_ONCE, events: int = EVENTS_AT_ONCE) -> Iterator[list[str]]:
    """The ids of all leads that any version of an event speaks of, in order, in blocks of at most so many leads and events.

    Leads that any event merged, along chains, are in one block; a family that is larger is a block of its own.
    """
    sizes: Counter[str] = Counter()
    for lead, many in stream_lead_sizes(connection):
        sizes[lead] += many
    families = _families(connection)
    block: list[str] = []
    held, taken = 0, set[str]()
    for lead in sorted(sizes):
        if lead in taken:
            continue
        together = families.get(lead, [lead])
        weight = sum(sizes[each] for each in together)
        if block and (len(block) + len(together) > leads or held + weight > events):
            yield block
            block, held = [], 0
        block += together
        held += weight
        taken.update(together if len(together) > 1 else ())
    if block:
        yield block


def _families(connection: Connection) -> dict[str, list[str]]:
    """By lead all that it was ever merged with, along chains, itself included; those that were never merged are not there."""
    beside: dict[str, set[str]] = {}
    for lead, other in stream_merges(connection):
        beside.setdefault(lead, set()).add(other)
        beside.setdefault(other, set()).add(lead)
    families: dict[str, list[str]] = {}
    for lead in beside:
        if lead not in families:
            found, waiting = {lead}, [lead]
            while waiting:
                met = beside[waiting.pop()] - found
                found |= met
                waiting += met
            together = sorted(found)
            families |= dict.fromkeys(together, together)
    return families

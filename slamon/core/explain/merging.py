"""Since when the events of another record are known to be this lead's: the merges between two records, and when each was seen."""

from collections.abc import Iterator, Mapping

from slamon.core.facts import Facts, Kind, Rows
from slamon.core.working_time.instants import NEVER


def merge_known(facts: Facts, rows: Rows, seen: Mapping[str, int], one: str, other: str) -> int:
    """When the last of the merges that unite two records of a lead was first seen; NEVER for the same record, or where nobody says.

    ``rows`` are the lead's.
    """
    ways = [set(_way(facts, rows, record)) for record in (one, other)]
    return max((seen.get(str(facts.id[row]), NEVER) for row in ways[0] ^ ways[1]), default=NEVER)


def _way(facts: Facts, rows: Rows, record: str) -> Iterator[int]:
    """The merges from a record to the one that survives, the later of two merges of one record; a ring is gone round once."""
    merges = {str(facts.home[row]): row for row in rows.tolist() if facts.kind[row] == Kind.MERGED}
    met = set[str]()
    while record in merges and record not in met:
        met.add(record)
        yield merges[record]
        record = facts.value.at(merges[record])

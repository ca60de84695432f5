"""A row that the mapping itself fails at, for whatever reason, is refused like any other; the rest of its table is read."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from slamon.jobs.check.setting_aside import told
from slamon.sources import SourceError
from slamon.sources.mapping import EventMapping, EventRows
from slamon.sources.people import absences_of, people_of
from slamon.sources.rows import Chunk, Refused

MOST_ROWS = 20
"""When the mapping fails at more rows of a chunk than this, it is not the rows."""

Crew = tuple[Sequence[Any], Sequence[Refused]]
"""People or absences, and the refused rows."""
Said = EventRows | Crew


def mapped_safely(mapping: EventMapping, chunk: Chunk) -> Iterator[Said]:
    """What a chunk says, in parts; what fails is found by halves, and halves of halves, until it stands alone.

    ``SourceError`` when too many rows fail.
    """
    waiting, failed = [chunk], 0
    while waiting:
        part = waiting.pop()
        try:
            said = _mapped(mapping, part)
        except Exception as error:
            if len(part) > 1:
                middle = len(part) // 2
                waiting += [_part(part, middle, len(part)), _part(part, 0, middle)]
                continue
            failed += 1
            if failed > MOST_ROWS:
                raise SourceError(f"{mapping.table}: slamon fails at more than {MOST_ROWS} of its rows ({told(error)})") from error
            said = _mapped(mapping, replace(_part(part, 0, 0), refused=[*part.refused, *_refusal(part, error)]))
        yield said


def _mapped(mapping: EventMapping, chunk: Chunk) -> Said:
    if mapping.mapping.people is not None:
        return people_of(chunk, mapping.mapping.people)
    if mapping.mapping.away is not None:
        return absences_of(chunk, mapping.mapping.away)
    return mapping.events_of(chunk)


def _part(chunk: Chunk, begin: int, end: int) -> Chunk:
    """Some rows of a chunk; what could not be split into cells goes with the first of them."""
    columns = {name: column.slice(begin, end - begin) for name, column in chunk.columns.items()}
    return Chunk(columns, chunk.number[begin:end], chunk.line[begin:end], chunk.refused if begin == 0 else (), chunk.share)


def _refusal(chunk: Chunk, error: Exception) -> Iterator[Refused]:
    cells = {name: column[0].as_py() for name, column in chunk.columns.items()} if len(chunk) else {}
    if len(chunk):
        yield Refused(int(chunk.line[0]), f"slamon fails at it ({told(error)})", cells)

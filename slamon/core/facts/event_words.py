"""Events in words: ``call``, ``stage disqualified``, ``assigned to Rita``."""

import numpy as np
import numpy.typing as npt

from slamon.core.facts import Facts, Kind, Rows

Texts = npt.NDArray[np.object_]


def words_of(facts: Facts, rows: Rows) -> Texts:
    """Many events in words: those that say the same are put into words once."""
    kind = facts.kind[rows]
    valued, owned = np.isin(kind, (Kind.TOUCH, Kind.ATTRIBUTE, Kind.MERGED)), kind == Kind.OWNER
    value, holder = np.where(valued, facts.value.codes[rows], -1), np.where(owned, facts.holder[rows], -1)
    columns = (kind, facts.name.codes[rows], value, facts.direction.codes[rows], holder)
    words: dict[tuple[int, ...], str] = {}
    texts = np.empty(len(rows), object)
    for place, (row, *said) in enumerate(zip(rows.tolist(), *(column.tolist() for column in columns), strict=True)):
        key = tuple(said)
        texts[place] = words[key] if key in words else words.setdefault(key, event_words(facts, row))
    return texts


def event_words(facts: Facts, row: int) -> str:
    """One event in words: ``call``, ``stage disqualified``, ``deleted``."""
    name, value = facts.name.at(row), facts.value.at(row)
    person = facts.people.person(int(facts.holder[row]))
    words = {
        Kind.STAGE: f"stage {name}",
        Kind.ACTIVITY: f"{facts.direction.at(row)} {name}".strip(),
        Kind.TOUCH: f"{name} {value}".strip(),
        Kind.OWNER: f"assigned to {person.name or person.id}" if facts.holder[row] >= 0 else "unassigned",
        Kind.ATTRIBUTE: f"{name} = {value}",
        Kind.MERGED: f"merged into {value}",
    }
    kind = Kind(int(facts.kind[row]))
    return words.get(kind, kind.name.lower())

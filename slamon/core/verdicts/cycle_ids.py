"""A cycle's identity: the SLA, the lead at the source, and the event that opened it; worked out only where it is asked for."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, overload
from uuid import NAMESPACE_URL, uuid5

import numpy as np
import numpy.typing as npt

from slamon.core.columns import Labels

NAMESPACE = uuid5(NAMESPACE_URL, "https://slamon.dev/cycle")


@dataclass(frozen=True, slots=True)
class CycleIds:
    """The ids of one SLA's cycles (UUIDv5, RFC 9562), from the labels of each one's lead and opening event."""

    sla: str
    lead: Labels
    event: Labels

    def __len__(self) -> int:
        return len(self.lead)

    @overload
    def __getitem__(self, rows: int) -> str: ...
    @overload
    def __getitem__(self, rows: npt.NDArray[Any]) -> npt.NDArray[np.object_]: ...
    def __getitem__(self, rows: Any) -> Any:
        if isinstance(rows, np.ndarray):
            return cycle_ids(self.sla, self.lead[rows].tolist(), self.event[rows].tolist())
        return str(cycle_ids(self.sla, [self.lead[rows]], [self.event[rows]])[0])

    def all(self) -> npt.NDArray[np.object_]:
        """The ids of all cycles."""
        return self[np.arange(len(self))]


def cycle_ids(sla: str, leads: Sequence[str], events: Sequence[str]) -> npt.NDArray[np.object_]:
    r"""The ids of cycles, the same as ``uuid5(NAMESPACE, f"{sla}\0{lead}\0{event}")`` gives, in a third of its time."""
    known = hashlib.sha1(NAMESPACE.bytes + f"{sla}\0".encode(), usedforsecurity=False)
    ids = np.empty(len(leads), object)
    ids[:] = [_uuid5(known, f"{lead}\0{event}") for lead, event in zip(leads, events, strict=True)]
    return ids


def _uuid5(known: Any, name: str) -> str:
    """The hash that has read what all names begin with goes on with this name: version 5 and the variant are set in its hex."""
    digest = known.copy()
    digest.update(name.encode())
    text = digest.hexdigest()
    variant = "89ab"[int(text[16], 16) & 3]
    return f"{text[:8]}-{text[8:12]}-5{text[13:16]}-{variant}{text[17:20]}-{text[20:32]}"

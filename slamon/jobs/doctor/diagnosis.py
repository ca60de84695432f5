"""What the doctor says of one thing."""

from dataclasses import dataclass

from slamon.core.working_time.instants import DAY, HOUR, MINUTE, SECOND


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One thing that was looked at: whether it is well, what was seen, and what to do if it is not (else empty)."""

    check: str
    ok: bool
    detail: str
    mend: str = ""


def span(length: int) -> str:
    """A length of time (microseconds) as ``3 s``, ``5 min``, ``2 h`` or ``4 days``."""
    for unit, name in ((DAY, "days"), (HOUR, "h"), (MINUTE, "min")):
        if length >= 2 * unit:
            return f"{length // unit} {name}"
    return f"{max(length, 0) // SECOND} s"

"""What the doctor says of one thing."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One thing that was looked at: whether it is well, what was seen, and what to do if it is not (else empty)."""

    check: str
    ok: bool
    detail: str
    mend: str = ""

"""What is wrong in a file, where, and what to write instead."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from unicodedata import category

MOST = 100
"""So many problems of one file are told; a file with more was not written by hand, and nobody reads on."""


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One problem of one file; ``line`` and ``column`` count from 1. ``str()`` is the line that people read."""

    file: str
    line: int
    column: int
    problem: str
    mend: str

    def __str__(self) -> str:
        return _one_line(f"{self.file}:{self.line}:{self.column}: {self.problem}; {self.mend}")


class DefinitionError(ValueError):
    """Definitions or settings that cannot be used, with every problem of every file; nothing of them is loaded."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings: tuple[Finding, ...] = tuple(sorted(set(findings)))
        super().__init__("\n".join(map(str, self.findings)))


def at_most(findings: Sequence[Finding], file: str) -> list[Finding]:
    """The first MOST findings of one file, and if there are more, one that says so."""
    if len(findings) <= MOST:
        return list(findings)
    first = sorted(findings)[:MOST]
    return [*first, Finding(file, first[-1].line, first[-1].column, f"more than {MOST} problems in this file", "mend these first")]


def _one_line(text: str) -> str:
    """The text without line breaks or other control characters: what stood in a file must not forge lines of a log."""
    return "".join(" " if category(sign) in ("Cc", "Zl", "Zp", "Cs") else sign for sign in text)

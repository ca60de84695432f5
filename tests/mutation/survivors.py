"""Reads what a run of mutmut found, and holds docs/mutants.md against it: every survivor is listed there, with why it changes nothing.

``make mutants`` runs both. What is not listed is printed as a row of the table, to be killed by a test or explained; rows that no
survivor needs any more are printed too. The counts in the page are written anew.
"""

import re
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

PAGE = Path("docs/mutants.md")
COUNTS = re.compile(r"(?<=<!-- counts -->\n).*?(?=<!-- end of counts -->)", re.DOTALL)
ROW = re.compile(r"\| `(?P<place>[^`]+)` \| `(?P<line>.*?)` \| `(?P<becomes>.*?)` \|")
KILLED = ("killed", "timeout", "suspicious", "segfault")
UNTRIED = ("not checked", "skipped")


@dataclass(frozen=True, order=True)
class Mutant:
    """One change: in which function, which line, and what becomes of it."""

    place: str
    line: str
    becomes: str

    def row(self) -> str:
        """As it stands in a table of the page."""
        return "| " + " | ".join(f"`{part.replace('|', chr(92) + '|')}`" for part in (self.place, self.line, self.becomes)) + " |"


def place_of(name: str) -> str:
    """``slamon.core.working_time.openings.xǁOpeningsǁreached__mutmut_3`` is in ``openings.Openings.reached``."""
    module, _, function = name.removeprefix("slamon.core.").rpartition(".x")
    return f"{module}.{function.split('__mutmut_')[0].lstrip('ǁ').replace('ǁ', '.').removeprefix('_')}"


def statuses() -> dict[str, str]:
    """What became of each mutant, by its name."""
    lines = _mutmut("results", "--all", "true").splitlines()
    return dict(line.strip().split(": ") for line in lines if ": " in line)


def shown(name: str) -> Mutant:
    """A mutant's change, as mutmut shows it."""
    lines = [line for line in _mutmut("show", name).splitlines() if re.match(r"[-+](?!--|\+\+)", line)]
    removed, added = (" ".join(line[1:].strip() for line in lines if line[0] == sign) for sign in "-+")
    return Mutant(place_of(name), removed, added)


def listed() -> set[Mutant]:
    """The mutants that the page explains."""
    rows = ROW.finditer(PAGE.read_text(encoding="utf-8"))
    return {Mutant(*(part.replace("\\|", "|") for part in row.groups())) for row in rows}


def counts(found: dict[str, str]) -> str:
    """The table of counts: of each module the mutants, those tried so far, the killed, and those that change nothing."""
    total, tried, killed = Counter[str](), Counter[str](), Counter[str]()
    for name, status in found.items():
        module = name.removeprefix("slamon.core.").rpartition(".x")[0]
        for counter, counts_here in ((total, True), (tried, status not in UNTRIED), (killed, status in KILLED)):
            counter[module] += counts_here
            counter["all"] += counts_here
    modules = [*sorted(total.keys() - {"all"}), "all"]
    lines = [f"| {each} | {total[each]} | {tried[each]} | {killed[each]} | {tried[each] - killed[each]} |" for each in modules]
    return "\n".join(["| module | mutants | tried | killed | change nothing |", "|---|---:|---:|---:|---:|", *lines, ""])


def _mutmut(*arguments: str) -> str:
    return subprocess.run([sys.executable, "-m", "mutmut", *arguments], capture_output=True, text=True, check=True).stdout


def main() -> int:
    """0 when every survivor is explained."""
    found = statuses()
    survivors = {shown(name) for name, status in found.items() if status not in KILLED + UNTRIED}
    known = listed()
    PAGE.write_text(COUNTS.sub(lambda _: counts(found), PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    for title, mutants in (("Not explained", survivors - known), ("Explained, but killed or gone", known - survivors)):
        if mutants:
            print(f"{title} ({len(mutants)}):", *(mutant.row() for mutant in sorted(mutants)), sep="\n")  # noqa: T201 - what make shows
    return 1 if survivors - known else 0


if __name__ == "__main__":
    sys.exit(main())

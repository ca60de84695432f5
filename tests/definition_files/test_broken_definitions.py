"""Every file of tests/broken_definitions is refused with exactly the lines of its expected.txt: place, problem and mend."""

import re
from collections import defaultdict
from pathlib import Path

import pytest

from slamon.definition_files import DefinitionError, Finding, load_definitions

BROKEN = Path(__file__).parent.parent / "broken_definitions"
ATTRIBUTES = frozenset({"segment", "source", "intent", "rejection_reason", "value"})
BETWEEN_FILES = re.compile("nobody declares|is also at|overlaps the one at|first at")  # other files change what these say
OWN_STAGES = re.compile(rb"^stages:", re.MULTILINE)


def expectations() -> dict[str, list[str]]:
    told = defaultdict(list)
    for line in (BROKEN / "expected.txt").read_text(encoding="utf-8").splitlines():
        told[line.partition(":")[0]].append(line)
    return dict(told)


EXPECTED = expectations()


def findings(folder: Path) -> list[str]:
    with pytest.raises(DefinitionError) as raised:
        load_definitions(folder, default_calendar="office", attributes=ATTRIBUTES)
    return [str(finding).replace(f"{folder}/", "") for finding in raised.value.findings]


def test_at_least_forty_broken_files_are_told_apart() -> None:
    files = {path.name for path in BROKEN.glob("*.yaml")}
    assert files == set(EXPECTED)
    assert len(files) >= 40


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_broken_file_is_refused_with_place_problem_and_mend(name: str, folder: Path) -> None:
    content = (BROKEN / name).read_bytes()
    if OWN_STAGES.search(content):
        (folder / "funnel.yaml").unlink()
    (folder / name).write_bytes(content)
    assert findings(folder) == EXPECTED[name]


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_every_finding_is_one_line_with_a_mend(name: str) -> None:
    for line in EXPECTED[name]:
        assert re.fullmatch(r"[\w.-]+:[1-9][0-9]*:[1-9][0-9]*: .+; .+", line), line


def test_all_broken_files_together_list_all_problems_at_once(folder: Path) -> None:
    for path in BROKEN.glob("*.yaml"):
        (folder / path.name).write_bytes(path.read_bytes())
    told = set(findings(folder))
    own = {line for lines in EXPECTED.values() for line in lines if not BETWEEN_FILES.search(line)}
    assert own - told == set()
    assert {line.partition(":")[0] for line in told} >= set(EXPECTED)


def test_a_file_of_five_megabytes_is_refused_before_it_is_parsed(folder: Path) -> None:
    (folder / "big.yaml").write_bytes(b"a: b\n" * 1_000_000)
    assert findings(folder) == [
        "big.yaml:1:1: the file is larger than 1 MB; write one SLA a file; data belong in sources, not in definitions"
    ]


def test_a_finding_is_file_line_column_problem_and_mend() -> None:
    finding = Finding("a.yaml", 3, 9, "4 has no unit", "write 4wh")
    assert str(finding) == "a.yaml:3:9: 4 has no unit; write 4wh"


def test_a_finding_cannot_forge_a_second_line() -> None:
    assert "\n" not in str(Finding("a\nb.yaml", 1, 1, "x\r\n2026 ERROR", "y\x1b[31m\u2028z"))

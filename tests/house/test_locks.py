"""What is installed is exactly what was locked: with hashes, without addresses, and the same in all files."""

import re
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCKS = ("build", "runtime", "dev", "proof")


def _locked(root: Path, name: str) -> dict[str, list[Requirement]]:
    text = (root / f"requirements/{name}.txt").read_text(encoding="utf-8").replace("\\\n", " ")
    pins: dict[str, list[Requirement]] = {}
    for line in text.splitlines():
        pin = Requirement(line.split(" --hash=")[0].strip())
        pins.setdefault(canonicalize_name(pin.name), []).append(pin)
    return pins


def _asked(project: dict[str, Any], name: str) -> list[Requirement]:
    groups = project["dependency-groups"]
    runtime = project["project"]["dependencies"] + project["project"]["optional-dependencies"]["postgresql"]
    dev = runtime + groups["test"] + groups["lint"] + groups["bench"]
    texts = {"build": groups["build"], "runtime": runtime, "dev": dev, "proof": groups["proof"]}[name]
    return [Requirement(text) for text in texts]


@pytest.mark.parametrize("name", LOCKS)
def test_every_line_of_a_lock_is_a_version_with_hashes_and_nothing_else(root: Path, name: str) -> None:
    text = (root / f"requirements/{name}.txt").read_text(encoding="utf-8").replace("\\\n", " ")
    line = re.compile(r"[a-z0-9.-]+(\[[a-z]+\])?==[^\s;]+( ; [^#]+?)?(\s+--hash=sha256:[0-9a-f]{64})+")
    assert [bad[:80] for bad in text.splitlines() if not line.fullmatch(bad.strip())] == []


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_all_that_pyproject_asks_for(root: Path, project: dict[str, Any], name: str) -> None:
    pins = _locked(root, name)
    for asked in _asked(project, name):
        versions = [str(pin.specifier).removeprefix("==") for pin in pins.get(canonicalize_name(asked.name), [])]
        assert versions, f"{asked.name} is not in requirements/{name}.txt; run make lock"
        assert all(asked.specifier.contains(version) for version in versions), f"{asked} is locked at {versions}; run make lock"


@pytest.mark.parametrize("name", ["build", "runtime"])
def test_what_runs_is_what_was_tested(root: Path, name: str) -> None:
    tested = _locked(root, "dev")
    for package, pins in _locked(root, name).items():
        assert {pin.specifier for pin in pins} <= {pin.specifier for pin in tested[package]}, f"{package} differs; run make lock"

"""What the documents tell people to type exists, and the version is the same wherever it is written."""

import re
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import typer

import slamon.cli

PROMISED = ("install", "demo", "test", "lint", "bench", "faults", "lock")
FENCE = re.compile(r"^```(?:sh|bash|console|shell|dockerfile|ini)?\n(.*?)^```", re.MULTILINE | re.DOTALL)


def _commands(root: Path, program: str) -> list[tuple[str, list[str]]]:
    """(document, words) of every line in a code block that calls the program, and of every `program …` in the text."""
    found = []
    for document in [root / "README.md", root / "CONTRIBUTING.md", *sorted((root / "docs").rglob("*.md"))]:
        text = document.read_text(encoding="utf-8")
        lines = [line for block in FENCE.findall(text) for line in block.splitlines()] + re.findall(r"`([^`\n]+)`", text)
        calls = [re.split(r"[|&;#<>]", line.removeprefix("$ ").strip())[0].split() for line in lines]
        found += [(document.name, words[1:]) for words in calls if len(words) > 1 and words[0] in (program, f".venv/bin/{program}")]
    return found


def _targets(root: Path) -> set[str]:
    return set(re.findall(r"^([a-z]+):", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def test_the_makefile_has_every_target_that_is_promised(root: Path) -> None:
    assert set(PROMISED) <= _targets(root)


def test_every_make_target_in_the_documents_exists(root: Path) -> None:
    named = {(document, word) for document, words in _commands(root, "make") for word in words if re.fullmatch("[a-z]+", word)}
    assert named
    assert sorted(f"{document}: make {word}" for document, word in named if word not in _targets(root)) == []


@pytest.fixture(scope="module")
def program() -> Any:
    return typer.main.get_command(slamon.cli.command_line())


def _mistake(command: Any, words: list[str]) -> str | None:
    """The first word that the command line does not know: a command, or an option of the command it was given to."""
    for word in words:
        known = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)} | {"--help"}
        if word.startswith("-"):
            if word.split("=")[0] not in known:
                return word
        elif hasattr(command, "commands"):
            if word not in command.commands:
                return word
            command = command.commands[word]
    return None


def test_every_command_and_option_in_the_documents_exists(root: Path, program: Any) -> None:
    written = [(document, words) for document, words in _commands(root, "slamon") if re.fullmatch("-{0,2}[a-z-]+", words[0])]
    assert written
    assert sorted({f"{name}: slamon {' '.join(words)}: {bad}" for name, words in written if (bad := _mistake(program, words))}) == []


def test_the_version_is_the_same_everywhere(root: Path, project: dict[str, Any]) -> None:
    released = re.findall(r"^## \[(\d+\.\d+\.\d+)\]", (root / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    written = project["project"]["version"]
    assert version("slamon") == written
    assert not released or released[0] == written

"""What may not stand in any file of the repository."""

import re
from pathlib import Path

# Written in pieces, so that this file does not hold what it looks for.
REGISTRIES = ("pypi" + ".org", "python" + "hosted", "npm" + "js", "crates" + ".io", "docker" + ".io", "ghcr" + ".io", "conda" + ".anaconda")
MACHINE_PATH = re.compile(r"(?<![\w.}$/~-])/(?:work|home|root|Users|tmp)/[\w.-]")
NOT_COUNTED = re.compile(r"pragma: " + r"no (?:cover|branch)")
SECRET = re.compile(r"xox[abp]-[0-9]{8,}|-----BEGIN [A-Z ]*PRIVATE KEY-----|AKIA[0-9A-Z]{16}")


def _lines(root: Path, tracked: list[Path]) -> list[tuple[str, str]]:
    found = []
    for path in tracked:
        content = (root / path).read_bytes()
        if b"\0" not in content[:8192]:
            found += [(f"{path}:{number}", line) for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1)]
    return found


def test_no_file_names_a_package_registry(root: Path, tracked: list[Path]) -> None:
    assert [where for where, line in _lines(root, tracked) for host in REGISTRIES if host in line.lower()] == []


def test_no_file_names_a_folder_of_somebodys_machine(root: Path, tracked: list[Path]) -> None:
    assert [f"{where}: {line.strip()[:100]}" for where, line in _lines(root, tracked) if MACHINE_PATH.search(line)] == []


def test_no_file_holds_a_secret(root: Path, tracked: list[Path]) -> None:
    assert [where for where, line in _lines(root, tracked) if SECRET.search(line)] == []


def test_no_line_is_left_out_of_what_the_stories_have_to_reach(root: Path, tracked: list[Path]) -> None:
    assert [where for where, line in _lines(root, tracked) if NOT_COUNTED.search(line)] == []


def test_no_file_ends_without_a_newline_or_holds_a_conflict(root: Path, tracked: list[Path]) -> None:
    written = {".py", ".md", ".toml", ".yaml", ".yml", ".txt", ".j2"}
    kept_broken = Path("tests/broken_definitions")
    texts = {path: (root / path).read_bytes() for path in tracked if path.suffix in written and kept_broken not in path.parents}
    assert [str(path) for path, text in texts.items() if text and not text.endswith(b"\n")] == []
    assert [where for where, line in _lines(root, tracked) if line.startswith(("<<<<<<< ", ">>>>>>> "))] == []


def test_no_folder_of_migrations_or_tests_shadows_a_package(root: Path) -> None:
    assert not (root / "alembic/__init__.py").exists(), "it would shadow the package alembic"
    assert [str(path) for path in (root / "tests").rglob("__init__.py")] == []

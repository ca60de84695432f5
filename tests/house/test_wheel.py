"""The wheel holds all that slamon needs, and works without the repository."""

import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hatchling.builders.wheel import WheelBuilder


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(next(iter(WheelBuilder(str(root)).build(directory=str(tmp_path_factory.mktemp("dist"))))))


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_every_file_of_the_package(tracked: list[Path], names: set[str]) -> None:
    assert {path.as_posix() for path in tracked if path.parts[0] == "slamon"} <= names
    assert "slamon/py.typed" in names


def test_the_wheel_holds_the_migrations(root: Path, names: set[str]) -> None:
    steps = {f"slamon/migrations/versions/{path.name}" for path in (root / "alembic/versions").glob("*.py")}
    assert steps
    assert steps | {"slamon/migrations/env.py"} <= names


def test_the_wheel_holds_the_starter_pack(root: Path, names: set[str]) -> None:
    files = {f"slamon/starter_pack/{path.name}" for path in (root / "sla_definitions").glob("*.yaml")}
    assert files
    assert files <= names


def test_the_wheel_holds_the_templates_of_messages(root: Path, names: set[str]) -> None:
    templates = {path.relative_to(root).as_posix() for path in (root / "slamon").rglob("*.j2")}
    assert templates
    assert templates <= names


def test_the_wheel_holds_nothing_else(names: set[str], project: dict[str, Any]) -> None:
    folders = {name.split("/")[0] for name in names}
    assert folders == {"slamon", f"slamon-{project['project']['version']}.dist-info"}
    assert not [name for name in names if name.endswith((".pyc", ".db"))]


def test_an_installed_wheel_makes_a_database_without_the_repository(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path / 'installed')!r})\n"
        "import slamon.store.migrate as migrate\n"
        "from slamon.store.database import open_database\n"
        f"assert migrate.__file__.startswith({str(tmp_path)!r}), migrate.__file__\n"
        f"engine = open_database({f'sqlite:///{tmp_path}/slamon.db'!r})\n"
        "migrate.upgrade(engine)\n"
        "print(migrate.is_current(engine))\n"
    )
    done = subprocess.run([sys.executable, "-I", "-c", program], cwd=tmp_path, check=False, capture_output=True, text=True, timeout=120)
    assert done.stderr == ""
    assert done.stdout == "True\n"

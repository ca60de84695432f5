"""What import-linter does not watch: each package has one home, modules and functions stay small, names say something."""

import ast
import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

# Each third-party package has one home, so that replacing it touches one room. Those of the core's own language
# (numpy, pandas, pydantic and its core) are at home everywhere.
EVERYWHERE = {"numpy", "pandas", "pydantic", "pydantic_core"}
HOMES = {
    "alembic": ("store",),
    "adbc_driver_postgresql": ("store",),
    "altair": ("messages",),
    "apscheduler": ("schedule",),
    "css_inline": ("messages",),
    "fastapi": ("web",),
    "holidays": ("core.working_time.calendars", "core.working_time.holidays"),
    "jinja2": ("messages",),
    "openpyxl": ("sources",),
    "prometheus_client": ("web",),
    "psycopg": ("store",),
    "pyarrow": ("sources", "store"),
    "rich": ("cli", "commands", "terminal"),
    "ruamel": ("definition_files",),
    "scipy": ("core",),
    "slack_sdk": ("channels",),
    "sqlalchemy": ("store", "sources.sql"),
    "statsmodels": ("core",),
    "starlette": ("web",),
    "typer": ("cli", "commands"),
    "uvicorn": ("web",),
    "vl_convert": ("messages",),
}
# What the other rooms may name so as to pass it on, without knowing what is behind it.
HANDLES = {"sqlalchemy": {"Connection", "Engine"}}
LONGEST_MODULE = 300
LONGEST_FUNCTION = 30
SAYS_NOTHING = {"utils", "util", "common", "helpers", "helper", "base", "manager", "managers", "misc"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def _modules(root: Path) -> list[Path]:
    return sorted((root / "slamon").rglob("*.py"))


def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def _room(root: Path, path: Path) -> str:
    return ".".join(path.relative_to(root / "slamon").with_suffix("").parts)


def _imported(tree: ast.Module) -> set[str]:
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    return {name.split(".")[0] for name in names}


def _uses(tree: ast.Module, package: str) -> bool:
    """Whether a module imports more of a package than the handles that every room may pass on."""
    whole = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    parts = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == package]
    whole |= {f"{node.module}.{alias.name}" for node in parts for alias in node.names}
    handles = {f"{package}.{name}" for name in HANDLES.get(package, ())}
    return any(name.split(".")[0] == package for name in whole - handles)


def _functions(tree: ast.Module) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def _length(function: Function) -> int:
    """Lines from ``def`` to the end, without the docstring."""
    lines = (function.end_lineno or 0) - function.lineno + 1
    first = function.body[0]
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    return lines - ((first.end_lineno or 0) - first.lineno + 1 if is_docstring else 0)


@pytest.mark.parametrize("package", sorted(HOMES))
def test_each_package_is_imported_in_its_home_only(root: Path, package: str) -> None:
    users = [_room(root, path) for path in _modules(root) if _uses(_parsed(path), package)]
    homes = HOMES[package]
    assert [user for user in users if not any(user == home or user.startswith(f"{home}.") for home in homes)] == []


def test_every_package_that_is_imported_has_a_home(root: Path) -> None:
    imported = set().union(*(_imported(_parsed(path)) for path in _modules(root)))
    assert imported - sys.stdlib_module_names - EVERYWHERE - set(HOMES) - {"slamon"} == set()


def test_every_package_that_is_imported_is_installed_for_running_not_only_for_testing(root: Path) -> None:
    locked = {line.split("==")[0] for line in (root / "requirements/runtime.txt").read_text("utf-8").splitlines() if "==" in line}
    imported = set().union(*(_imported(_parsed(path)) for path in _modules(root))) - sys.stdlib_module_names - {"slamon"}
    makers = packages_distributions()
    assert [name for name in sorted(imported) if not {canonicalize_name(maker) for maker in makers.get(name, [])} & locked] == []


def test_every_exception_from_a_rule_says_why(root: Path) -> None:
    silent = re.compile(r"# noqa(?!: [A-Z0-9, ]+ - \w)|# type: ignore(?!\[[a-z, -]+\] +# \w)")
    lines = [(path, number, line) for path in _modules(root) for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)]
    assert [f"{_room(root, path)}:{number}" for path, number, line in lines if silent.search(line)] == []


def test_no_module_is_longer_than_300_lines(root: Path) -> None:
    lengths = {_room(root, path): len(path.read_text(encoding="utf-8").splitlines()) for path in _modules(root)}
    assert {name: length for name, length in lengths.items() if length > LONGEST_MODULE} == {}


def test_every_function_fits_a_screen(root: Path) -> None:
    lengths = {f"{_room(root, path)}.{one.name}": _length(one) for path in _modules(root) for one in _functions(_parsed(path))}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FUNCTION} == {}


def test_no_module_has_a_name_that_says_nothing(root: Path) -> None:
    assert [str(path) for path in _modules(root) if path.stem in SAYS_NOTHING] == []


def test_every_module_says_what_it_is_for(root: Path) -> None:
    assert [_room(root, path) for path in _modules(root) if not ast.get_docstring(_parsed(path))] == []

"""A workspace to begin with, for ``slamon init``: commented settings, the starter pack of SLAs, and a small export to try them on."""

from pathlib import Path

FILES = Path(__file__).parent / "files"


def starter_pack() -> Path:
    """The folder of the starter pack: inside an installed package, or at the root of a checkout."""
    installed = Path(__file__).parent.parent / "starter_pack"
    return installed if installed.is_dir() else Path(__file__).parent.parent.parent / "sla_definitions"


def write_workspace(folder: Path) -> list[Path]:
    """Write a new workspace and return its files, in the order in which they are worth reading.

    Nothing is ever overwritten: FileExistsError names what is already there, and then nothing is written at all.
    """
    contents = _contents(Path(folder))
    existing = [str(path) for path in contents if path.exists()]
    if existing:
        raise FileExistsError(f"{', '.join(existing)} exist already; choose an empty folder, nothing was written")
    for path, content in contents.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:  # x: a file that appeared meanwhile is not overwritten either
            file.write(content)
    return list(contents)


def _contents(folder: Path) -> dict[Path, bytes]:
    settings = {folder / "slamon.yaml": (FILES / "slamon.yaml").read_bytes()}
    promises = {folder / "sla_definitions" / path.name: path.read_bytes() for path in sorted(starter_pack().glob("*.yaml"))}
    exports = {folder / "exports" / path.name: path.read_bytes() for path in sorted(FILES.glob("*.csv"))}
    return {**settings, **promises, **exports}

"""Who else on this computer may read the secrets, or change what slamon does."""

import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from slamon.jobs.doctor.diagnosis import Diagnosis
from slamon.settings import Workspace

SUFFIXES = (".yaml", ".yml")


def rights_of_files(workspace: Workspace, secrets: Iterable[Path]) -> Iterator[Diagnosis]:
    """Every file of settings or of a secret (``secrets``) that anybody else may write, or read where it holds one."""
    settings, folder = workspace.folder / "slamon.yaml", workspace.folder / workspace.settings.definitions
    secret = [*secrets, *([settings] if workspace.settings.dead_man_url else [])]
    definitions = [path for path in sorted(folder.glob("*")) if path.suffix in SUFFIXES]
    written = [path for path in (*secret, settings, folder, *definitions) if _allows(path, stat.S_IWOTH)]
    read = [path for path in secret if _allows(path, stat.S_IROTH)]
    for path in dict.fromkeys(written):
        yield Diagnosis("files", ok=False, detail=f"anybody on this computer can change {path}", mend=f"run: chmod o-w {path}")
    for path in dict.fromkeys(read):
        yield Diagnosis(
            "files", ok=False, detail=f"anybody on this computer can read {path}, which holds a secret", mend=f"run: chmod o-r {path}"
        )
    if not written and not read:
        yield Diagnosis("files", ok=True, detail="nobody else can change the settings or read a secret")


def _allows(path: Path, right: int) -> bool:
    """Whether anybody has a right on what a path leads to; what is not there gives no rights."""
    try:
        return bool(path.stat().st_mode & right)
    except OSError:
        return False

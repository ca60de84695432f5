"""Which process holds a lease, and whether it is certain that it is gone."""

import getpass
import os
import socket
from pathlib import Path

PROC = Path("/proc")
_GONE = ("Z", "X")


def own_name() -> str:
    """This process in leases: user, host, process id and, where the system tells, its namespace and when it began."""
    told = _identity(os.getpid())
    return f"{getpass.getuser()}@{socket.gethostname()}:{os.getpid()}" + (f":{told}" if told else "")


def is_gone(owner: str) -> bool:
    """Whether the process of that name certainly ended: one of this computer whose id is nobody's, or somebody else's by now.

    Of a process elsewhere, or of one that the system says nothing about, nobody can tell: False.
    """
    name, _, told = owner.partition(f"@{socket.gethostname()}:")
    pid, _, identity = told.partition(":")
    if not name or not pid.isdecimal() or not identity or identity.partition(":")[0] != _namespace():
        return False
    return _identity(int(pid)) != identity


def _identity(pid: int) -> str:
    """The namespace of process ids and the instant of a process's beginning; empty when it ended or nobody tells."""
    try:
        fields = (PROC / str(pid) / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return ""
    namespace = _namespace()
    return f"{namespace}:{fields[19]}" if namespace and len(fields) > 19 and fields[0] not in _GONE else ""  # noqa: PLR2004 - starttime, see proc(5)


def _namespace() -> str:
    """Within which the process ids of this process mean anything: two containers both have a 1."""
    try:
        return f"{(PROC / 'self/ns/pid').stat().st_ino}.{(PROC / 'sys/kernel/random/boot_id').read_text(encoding='ascii')[:8]}"
    except OSError:
        return ""

"""Where a database file lies: may it be written, and does its file system keep WAL's promises."""

from __future__ import annotations

import os
from pathlib import Path

_NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "lustre", "vboxsf"}
    | {"virtiofs", "prl_fs", "vmhgfs"}
)
_NETWORK_PREFIXES = ("fuse.sshfs", "fuse.rclone", "fuse.gvfs", "fuse.davfs", "fuse.s3", "fuse.vmh")
_ESCAPES = (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\"))


def is_writable(path: Path) -> bool:
    """Say whether the file can be written, and its journal made beside it."""
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK | os.X_OK)


def is_full(path: Path) -> bool:
    """Say whether the disk has no room left at all for this user."""
    try:
        disk = os.statvfs(path.parent)
    except OSError:
        return False
    return disk.f_blocks > 0 and (disk.f_bavail if os.geteuid() else disk.f_bfree) == 0


def is_at_rest(path: Path) -> bool:
    """Say whether the file alone is the whole database: no log beside it, nobody at work."""
    log, shared = (path.with_name(f"{path.name}-{end}") for end in ("wal", "shm"))
    try:
        return not shared.exists() and (not log.exists() or log.stat().st_size == 0)
    except OSError:
        return False


def network_file_system(path: Path) -> str:
    """Return the kind of network file system that a file lies on, "" if it lies on none.

    SQLite's write-ahead log needs memory shared between all who use the file, which machines
    do not share (sqlite.org/wal.html). Where there is no /proc the answer is "".
    """
    try:
        mounts = Path("/proc/self/mountinfo").read_text("utf-8", "surrogateescape")
    except OSError:
        return ""
    kind = mounted_kind(os.path.realpath(path), mounts)
    return kind if kind in _NETWORK or kind.startswith(_NETWORK_PREFIXES) else ""


def mounted_kind(path: str, mounts: str) -> str:
    """Return the file system's type of an absolute path, from the text of proc_pid_mountinfo(5)."""
    best, kind = -1, ""
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        columns = before.split(" ")
        if len(columns) < 5 or not after:
            continue
        point = columns[4]
        for escape, character in _ESCAPES:
            point = point.replace(escape, character)
        point = point.rstrip("/")
        # Of two mounts on one place the later one is seen.
        if (path == point or path.startswith(f"{point}/")) and len(point) >= best:
            best, kind = len(point), after.split(" ")[0]
    return kind

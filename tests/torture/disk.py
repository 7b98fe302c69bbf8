"""A disk that loses what was not synced, or fails: what disk.c recorded, replayed up to a cut."""

from __future__ import annotations

import os
import random
import shutil
import struct
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

SECTOR = 512

_SOURCE = Path(__file__).with_name("disk.c")
_HEAD = struct.Struct("=c3xIqQ")


def build_shim(folder: Path) -> Path | None:
    """Return the library to be preloaded, or None where none can be built."""
    compiler = shutil.which("cc")
    library = folder / "disk.so"
    if compiler is None or not Path("/proc/self/fd").exists():
        return None
    command = [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(_SOURCE), "-ldl"]
    done = subprocess.run(command, capture_output=True, check=False)
    return library if done.returncode == 0 else None


def preloaded(
    library: Path, database: Path, *, log: Path | None = None, fail: str = ""
) -> dict[str, str]:
    """Return the environment of a process whose database is on a watched disk."""
    env = {**os.environ, "LD_PRELOAD": str(library), "DISK_FILES": str(database)}
    if log is not None:
        env["DISK_LOG"] = str(log)
    if fail:
        env["DISK_FAIL"] = fail
    return env


class Call(NamedTuple):
    """A write, truncation, sync or removal of a file."""

    kind: str
    name: str
    offset: int
    data: bytes


def read_log(log: Path) -> list[Call]:
    recorded = log.read_bytes()
    calls = []
    position = 0
    while position < len(recorded):
        kind, path_length, offset, length = _HEAD.unpack_from(recorded, position)
        position += _HEAD.size
        path = recorded[position : position + path_length].decode()
        position += path_length
        size = length if kind == b"w" else 0
        calls.append(
            Call(kind.decode(), Path(path).name, offset, recorded[position : position + size])
        )
        position += size
    return calls


@dataclass
class _File:
    synced: bytearray = field(default_factory=bytearray)
    pending: list[Call] = field(default_factory=list)
    is_durable: bool = False
    """Its name was synced with it."""

    def sync(self) -> None:
        for call in self.pending:
            _apply(self.synced, call)
        self.pending.clear()
        self.is_durable = True

    def after_cut(self, chance: random.Random, share: float) -> bytes:
        """Return what a disk may hold that was writing when the power went."""
        content = bytearray(self.synced)
        for call in self.pending:
            for part in _sectors(call):
                if chance.random() < share:
                    _apply(content, part)
        return bytes(content)


def cut_power(
    before: Iterable[tuple[str, bytes]], calls: Iterable[Call], seed: int, folder: Path
) -> None:
    """Write the files that are left when the power goes after these calls.

    `before` is what was there in the beginning. Of what was not synced, sectors survive
    or not by chance, in any order; so do the names of new files and removals.
    """
    chance = random.Random(seed)
    files = {name: _File(bytearray(data), is_durable=True) for name, data in before}
    removed: dict[str, _File] = {}
    for call in calls:
        if call.name.endswith("-shm"):
            continue  # memory, which is noise afterwards
        if call.kind == "u":
            removed[call.name] = files.pop(call.name, _File())
            continue
        file = files.setdefault(call.name, _File())
        if call.kind == "s":
            file.sync()
            removed.pop(call.name, None)
        else:
            file.pending.append(call)
    share = chance.choice((0.0, 0.1, 0.5, 0.9, 1.0))
    left = {name: file for name, file in files.items() if file.is_durable or chance.random() < 0.5}
    left |= {
        name: file for name, file in removed.items() if file.is_durable and chance.random() < 0.5
    }
    folder.mkdir(parents=True)
    for name, file in left.items():
        (folder / name).write_bytes(file.after_cut(chance, share))
    if chance.random() < 0.5:
        database = min(left, key=len)
        (folder / f"{database}-shm").write_bytes(chance.randbytes(32768))


def _apply(content: bytearray, call: Call) -> None:
    if call.kind == "t":
        del content[call.offset :]
        content.extend(bytes(call.offset - len(content)))
        return
    end = call.offset + len(call.data)
    content.extend(bytes(max(0, end - len(content))))
    content[call.offset : end] = call.data


def _sectors(call: Call) -> Iterable[Call]:
    if call.kind == "t":
        yield call
        return
    start = call.offset
    end = start + len(call.data)
    while start < end:
        stop = min(end, (start // SECTOR + 1) * SECTOR)
        yield call._replace(offset=start, data=call.data[start - call.offset : stop - call.offset])
        start = stop

"""What a command costs, all its processes together; and how such figures are written down."""

from __future__ import annotations

import ctypes
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
PYTHON = sys.executable
FEEDREADER = str(Path(sys.executable).with_name("feedreader"))

_SAMPLE_S = 0.05
_SET_PDEATHSIG, _SET_CHILD_SUBREAPER = 1, 36  # prctl(2)


@dataclass(frozen=True)
class Cost:
    """What one run took; `peak_mb` is of all its processes at one time, 0 if nobody watched."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    output: str = ""


def run(
    command: Sequence[str], env: Mapping[str, str] | None = None, *, watch: bool = True
) -> Cost:
    """Run a command to its end and return what it cost; raises if it fails.

    If it is watched: memory is the sum of the proportional set sizes (pages that processes
    share count once), looked at 20 times a second, or the first process's own peak if that is
    more. To look takes time of its own, the more the more memory there is.
    """
    _adopt_orphans()
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        env={**clean_environment(), **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    sampler = _Sampler(process.pid)
    if watch:
        sampler.start()
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall_s = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    peak_kb = max(sampler.stop(), usage.ru_maxrss) if watch else 0
    cpu_s = usage.ru_utime + usage.ru_stime + _cpu_of_orphans(process.pid)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}\nended with {process.returncode}:\n{output[-2000:]}")
    return Cost(wall_s, cpu_s, peak_kb / 1024, output)


def clean_environment() -> dict[str, str]:
    """Return the environment as users have it: bytecode is cached, output is buffered."""
    unusual = ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED")
    return {name: value for name, value in os.environ.items() if name not in unusual}


class _Sampler(threading.Thread):
    """Watches the memory of a process and all that descend from it."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid = pid
        self._ended = threading.Event()
        self._peak_kb = 0

    def run(self) -> None:
        while not self._ended.wait(_SAMPLE_S):
            self._peak_kb = max(self._peak_kb, sum(map(_pss_kb, _family(self._pid))))

    def stop(self) -> int:
        """Return the most there was, in kilobytes."""
        self._ended.set()
        self.join()
        return self._peak_kb


def _family(pid: int) -> Iterator[int]:
    yield pid
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from _family(int(child))


def _pss_kb(pid: int) -> int:
    with suppress(OSError, StopIteration):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("Pss:")).split()[1])
    return 0


def _cpu_of_orphans(group: int) -> float:
    """Return the CPU seconds of what outlived the process that led this group, once it ends."""
    cpu_s = 0.0
    with suppress(ChildProcessError):
        while True:
            _, _, usage = os.wait4(-group, 0)
            cpu_s += usage.ru_utime + usage.ru_stime
    return cpu_s


def _adopt_orphans() -> None:
    ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def die_with_parent() -> None:
    """Let this process end when the one that started it does: for `preexec_fn`."""
    ctypes.CDLL(None).prctl(_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(command: Sequence[str], host: str, port: int) -> Iterator[None]:
    """Run a server on loopback while the block runs; it ends with us whatever happens."""
    server = subprocess.Popen(command, preexec_fn=die_with_parent, env=clean_environment())
    try:
        for _ in range(200):
            with suppress(OSError), socket.create_connection((host, port), timeout=1):
                break
            time.sleep(0.05)
        else:
            raise SystemExit(f"the server did not start: {' '.join(command)}")
        yield
    finally:
        server.terminate()
        server.wait()


# --- writing it down --------------------------------------------------------


def spread(values: Sequence[float]) -> str:
    """Return "1.23 (1.20–1.31)": the median, the least and the most."""
    return f"{median(values):.2f} ({min(values):.2f}–{max(values):.2f})"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def verdict(value: float, goal: float, unit: str = "") -> str:
    """Return the value with the goal and whether it holds."""
    held = "met" if value <= goal else f"**missed by {(value / goal - 1) * 100:.0f}%**"
    return f"{value:.2f}{unit} (goal {goal:g}{unit}: {held})"


def verdict_at_least(value: float, goal: float) -> str:
    """Return a share with its goal and whether it holds."""
    held = "met" if value >= goal else f"**missed by {(1 - value / goal) * 100:.0f}%**"
    return f"{value:.4f} (goal {goal:g}: {held})"


def describe_machine() -> str:
    """Return processor, cores, memory and versions in one line."""
    cpu = platform.processor() or platform.machine()
    with suppress(OSError, StopIteration):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        cpu = next(line for line in lines if line.startswith("model name")).split(":")[1].strip()
    # Distributions' interpreters are optimised; many that are compiled on the spot are not.
    is_optimised = "--enable-optimizations" in (sysconfig.get_config_var("CONFIG_ARGS") or "")
    build = "" if is_optimised else " (built without profile-guided optimisation)"
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{cpu}, {os.cpu_count()} cores, {memory_gb:.0f} GB, {platform.system()}"
        f" {platform.release()}, Python {platform.python_version()}{build}"
    )


def commit() -> str:
    """Return the commit that is measured, with a plus if files differ from it."""
    git = shutil.which("git")
    if git is None:
        return "unknown"

    def ask(*words: str) -> str:
        return subprocess.run(
            [git, "-C", str(ROOT), *words], capture_output=True, text=True, check=False
        ).stdout.strip()

    return ask("rev-parse", "--short", "HEAD") + (
        "+" if ask("status", "--porcelain", "src") else ""
    )

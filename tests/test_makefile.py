"""`make` sets itself up, and finds out when what it set up is of no use any more."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

MAKEFILE = Path(__file__).parent.parent / "Makefile"

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


def make(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    # `make test` hands its own options down.
    environment = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    command = ["make", "-f", str(MAKEFILE), *words]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def set_up(folder: Path, python: str) -> None:
    """Make what `make run` leaves, with this script for a Python."""
    (folder / "pyproject.toml").touch()
    (folder / ".venv" / "bin").mkdir(parents=True)
    write_script(folder / ".venv" / "bin" / "python", python)
    (folder / ".venv" / ".installed").touch()


def write_script(path: Path, words: str) -> None:
    path.write_text(f"#!/bin/sh\n{words}\n")
    path.chmod(0o755)


@pytest.mark.parametrize("name", ["clone", "a clone"])
def test_what_is_set_up_is_used(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    set_up(folder, 'echo "$PWD/src/feedreader/__init__.py"')
    assert make(folder, "-n", "run").stdout == ".venv/bin/feedreader start --opml feeds.opml\n"


@pytest.mark.parametrize(
    "python",
    ["exit 1", "echo /elsewhere/src/feedreader/__init__.py"],
    ids=["half-made", "moved"],
)
def test_what_leads_nowhere_is_made_anew(tmp_path: Path, python: str) -> None:
    set_up(tmp_path, python)
    done = make(tmp_path, "-n", "run")
    assert "-m venv --clear .venv" in done.stdout
    assert "pip install" in done.stdout
    assert done.stderr == ""


def test_python_that_is_too_old_is_named_and_nothing_is_left_of_it(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    old = tmp_path / "python3"
    write_script(old, f"""exec {sys.executable} -c "import sys; sys.version_info = (3, 10)\n$2\"""")
    done = make(tmp_path, "run", f"PYTHON={old}")
    assert done.stderr.startswith(f"feedreader needs Python 3.11 or later, and {old} is 3.10: ")
    assert not (tmp_path / ".venv").exists()


def test_packages_that_cannot_be_had_are_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    set_up(tmp_path, "exit 1")
    maker = tmp_path / "python3"
    write_script(
        maker,
        "[ $1 = -c ] || printf '#!/bin/sh\\nexit 1\\n' > .venv/bin/python\n"
        "chmod -f +x .venv/bin/python; true",
    )
    done = make(tmp_path, "run", f"PYTHON={maker}")
    assert "packages are missing. They come from the network" in done.stderr

"""Everything the command line prints of a database, and what no output may hold."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from pseudo_terminal import run_on_pty

OWN_SEQUENCES = re.compile(
    r"\x1b\[[0-9;]*m"  # colours
    r"|\x1b\[\?25[lh]|\x1b\[[12]?K|\x1b\[\d*A|\r"  # a progress bar draws over itself
)
ACTING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""What a terminal acts on: controls, line separators, direction overrides."""


_KEEP = (
    "import json, os, pathlib, sys; data = sys.stdin.read();"
    " told = {'arguments': sys.argv[1:], 'environment': dict(os.environ), 'data': data};"
    " pathlib.Path(os.environ['HOME'], 'told.json').write_text(json.dumps(told))"
)
"""What a hook does that keeps all that it is told, and how."""
_FAIL = "import sys; sys.exit('\\x1b]0;hook\\x07 \\u202e failed')"


def acting(text: str) -> list[str]:
    """Return what is left in an output that a terminal would act on, with what is around it."""
    plain = OWN_SEQUENCES.sub("", text)
    return [
        repr(plain[max(0, found.start() - 20) : found.end() + 20])
        for found in ACTING.finditer(plain)
    ][:5]


def environment(database: Path) -> dict[str, str]:
    config = database.with_name("config.toml")
    config.write_text(
        '[refresh]\nhost_pause = "0s"\n'
        f"[hooks.keep]\ncommand = {json.dumps([sys.executable, '-c', _KEEP, '{count}'])}\n"
        f"[hooks.bad]\ncommand = {json.dumps([sys.executable, '-c', _FAIL])}\n"
    )
    return {
        **os.environ,
        "FEEDREADER_DB": str(database),
        "FEEDREADER_CONFIG": str(config),
        "HOME": str(database.parent),
        "TERM": "xterm-256color",
        "COLUMNS": "100",
        "PAGER": "cat",
        "PYTHONPATH": str(Path(__file__).parents[2] / "src"),
    }


def on_pipe(database: Path, *words: str) -> str:
    """Run the program; return what came on stdout and stderr."""
    done = subprocess.run(
        [sys.executable, "-m", "feedreader", *words],
        capture_output=True, env=environment(database), timeout=120, check=False,
    )  # fmt: skip
    text = done.stdout.decode() + done.stderr.decode()
    assert "Traceback" not in text, text
    return text


def on_terminal(database: Path, *words: str) -> str:
    """Run the program on a pseudo-terminal; return the bytes that it got, as text."""
    _, text = run_on_pty(words, environment(database))
    assert "Traceback" not in text, text
    return text

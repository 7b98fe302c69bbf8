"""Fuzzes one target with atheris for a time: `python tests/fuzz/run.py feed 60`.

Starts from seeds/TARGET; what is new and interesting stays in the folder named third, if one
is. Input that breaks the target is written to `crash-…` there: it becomes a seed.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

HERE = Path(__file__).parent


def main(target: str, seconds: str, folder: str) -> None:
    sys.path.insert(0, str(HERE))
    # The language has no part in other targets, nor they in it: to instrument takes seconds.
    watched = "feedreader.core.query" if target == "query" else "feedreader.core"
    with atheris.instrument_imports(include=[watched]):
        from targets import TARGETS

    arguments = [
        sys.argv[0], f"-max_total_time={seconds}", "-timeout=20", "-rss_limit_mb=2048",
        f"-artifact_prefix={folder}/", "-verbosity=0", "-print_final_stats=1", folder,
        str(HERE / "seeds" / target),
    ]  # fmt: skip
    atheris.Setup(arguments, TARGETS[target])
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:4])

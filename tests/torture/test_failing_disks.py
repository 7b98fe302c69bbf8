"""A disk that fails under the program: one line, exit code 1, and nothing spoilt but the moment."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from disk import build_shim, preloaded
from scenes import (
    IS_FULL,
    Tally,
    contents,
    follow,
    marks,
    problems,
    publisher,
    reader_at,
    run_refresh,
)

ENTRIES = 60
CALLS = {
    "read": (1, 2, 3, 5, 8, 12, 20, 60),
    "write": (1, 2, 3, 5, 8, 20, 40, 60, 150, 400),
    "sync": (1, 2, 3, 4),
}
FAILURES = (
    [f"{kind}:{number}" for kind, numbers in CALLS.items() for number in numbers]
    if IS_FULL
    else ["read:12", "write:40", "sync:1"]
)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    library = build_shim(tmp_path_factory.mktemp("disk"))
    if library is None:
        pytest.skip("needs a C compiler and /proc")
    return library


@pytest.mark.parametrize("fail", FAILURES)
def test_disk_error_is_told_in_one_line_and_spoils_nothing(
    fail: str, library: Path, tmp_path: Path, tally: Tally
) -> None:
    database = tmp_path / "feeds.db"
    with publisher(entries=ENTRIES) as scene:
        follow(database, scene)
        before = marks(database)
        failed = 0
        for words in (["refresh", "--force"], ["mark", "read", "1"], ["list", ""], ["status"]):
            done = subprocess.run(
                [sys.executable, "-m", "feedreader", "--db", str(database), *words],
                capture_output=True, text=True, check=False, timeout=120,
                env=preloaded(library, database, fail=fail)
                | {"FEEDREADER_CONFIG": str(Path(__file__).with_name("no_pause.toml"))},
            )  # fmt: skip
            assert done.returncode in (0, 1), (words, done.stderr)
            assert "Traceback" not in done.stderr
            if done.returncode:
                failed += 1
                assert done.stderr.count("\n") == 1, done.stderr
                assert done.stderr.startswith("feedreader: "), done.stderr
                assert str(database) in done.stderr
                assert "the disk reports an error" in done.stderr
        # What cannot be synced when the program ends stays in the log, and nobody need know.
        assert failed or fail.startswith("sync"), f"no command came to {fail}"
        assert problems(database) == ()
        assert {row[:2] for row in before} <= {row[:2] for row in marks(database)}
        with reader_at(database) as reader:
            run_refresh(reader, force=True)
        kept = len(contents(database)["entries"])
    assert problems(database) == ()
    assert kept == 5 * ENTRIES + 24
    tally("disk error (EIO)", tries=1, lost=5 * ENTRIES + 24 - kept, words="")

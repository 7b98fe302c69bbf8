"""SIGTERM, SIGINT, SIGHUP, closed and full outputs: an end in order, and soon."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scenes import IS_FULL, Tally, contents, copy_database, follow, problems, publisher
from servers import Behaviour, Exchange, silence

_CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}


def start(
    database: Path, *words: str, stdout: int = subprocess.PIPE, prefix: tuple[str, ...] = ()
) -> subprocess.Popen[str]:
    config = database.with_name("config.toml")
    config.write_text('[refresh]\nhost_pause = "0s"\n')
    command = [sys.executable, "-m", "feedreader", "--db", str(database), "--config", str(config)]
    return subprocess.Popen(
        [*prefix, *command, *words], stdout=stdout, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("number", list(_CODES) if IS_FULL else [signal.SIGHUP])
def test_signal_ends_a_refresh_soon_and_keeps_what_came(
    number: signal.Signals, tmp_path: Path, tally: Tally
) -> None:
    with publisher(entries=40) as scene:
        follow(tmp_path / "feeds.db", scene)
        scene.server.answers["/feed/3"] = silence
        database = copy_database(tmp_path / "feeds.db", tmp_path / "run" / "feeds.db")
        before = len(contents(database)["entries"])
        process = start(database, "refresh", "--force", "--json")
        assert process.stdout is not None
        first = process.stdout.readline()
        assert '"new"' in first
        started = time.monotonic()
        process.send_signal(number)
        _, errors = process.communicate(timeout=20)
        took_s = time.monotonic() - started
    assert process.returncode == _CODES[number], errors
    assert "Traceback" not in errors
    assert took_s < 15  # the server would be silent for twice as long
    assert problems(database) == ()
    # Each feed came wholly or not at all; the first one was stored before it was told.
    new = len(contents(database)["entries"]) - before
    assert new > 0
    per_feed = {row[0]: row[1] for row in contents(database)["counts"]}
    assert set(per_feed.values()) <= {12, 20, 24, 40}
    tally(f"{number.name} during a refresh", tries=1, lost=0, words=f"ended in {took_s:.1f} s")


def test_refresh_under_nohup_heeds_no_hang_up(tmp_path: Path) -> None:
    with publisher(entries=40) as scene:
        follow(tmp_path / "feeds.db", scene)
        usual = scene.server.answers["/feed/3"]
        process: subprocess.Popen[str]

        async def hang_up(exchange: Exchange) -> None:
            process.send_signal(signal.SIGHUP)
            assert callable(usual)
            await usual(exchange)

        behaviour: Behaviour = hang_up
        scene.server.answers["/feed/3"] = behaviour
        process = start(tmp_path / "feeds.db", "refresh", "--force", prefix=("nohup",))
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 0, errors
    assert len(contents(tmp_path / "feeds.db")["entries"]) == 224


_COMMANDS = (["status"], ["list", ""], ["feeds"], ["list", "--json"], ["export"], ["check"])


@pytest.mark.parametrize("words", _COMMANDS if IS_FULL else _COMMANDS[1:2], ids=" ".join)
@pytest.mark.parametrize("redirection", [">&-", "2>&-", ">&- 2>&- <&-", ">/dev/full"])
def test_closed_or_full_output_ends_without_a_traceback(
    words: list[str], redirection: str, tmp_path: Path
) -> None:
    if "full" in redirection and not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    database = tmp_path / "feeds.db"
    with publisher(entries=40) as scene:
        follow(database, scene)
    command = [sys.executable, "-m", "feedreader", "--db", str(database), *words]
    done = subprocess.run(
        ["sh", "-c", f'"$@" {redirection}', "sh", *command],
        capture_output=True, text=True, check=False, timeout=30,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    if "full" in redirection:
        assert (done.returncode, done.stderr.count("\n")) == (1, 1)
        assert "No space left" in done.stderr
    else:
        assert done.returncode == 0, done.stderr
    assert problems(database) == ()


def test_reader_of_the_output_that_leaves_ends_the_program_quietly(tmp_path: Path) -> None:
    database = tmp_path / "feeds.db"
    with publisher(entries=40) as scene:
        follow(database, scene)
    read_end, write_end = os.pipe()
    os.close(read_end)
    process = start(database, "list", "", stdout=write_end)
    os.close(write_end)
    _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (141, "")

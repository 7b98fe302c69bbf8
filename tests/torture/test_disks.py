"""Disks that are full, read-only, forbidden or far away: one line, exit code 1, nothing spoilt."""

from __future__ import annotations

import ctypes
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from feedreader.reader import Reader
from feedreader.store import place
from feedreader.store.place import mounted_kind
from scenes import (
    IS_FULL,
    Tally,
    contents,
    follow,
    problems,
    publisher,
    reader_at,
    rss,
    run_refresh,
)
from servers import Answer, LoopbackServer

_KEEPS_TO_PERMISSIONS = (1, 2)  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
_PR_CAPBSET_DROP = 24


def as_ordinary_user() -> None:
    """Let permissions hold for root too; runs in the child before the program."""
    if os.geteuid() == 0:
        prctl = ctypes.CDLL(None).prctl
        for capability in _KEEPS_TO_PERMISSIONS:
            prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)


def run(
    database: Path | None,
    *words: str,
    before: Callable[[], None] = as_ordinary_user,
    env: dict[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-m", "feedreader"]
    if database is not None:
        program += ["--db", str(database)]
    return subprocess.run(
        [*program, *words],
        capture_output=True, text=True, check=False, timeout=120, preexec_fn=before,
        env=os.environ | {"FEEDREADER_CONFIG": _config()} if env is None else env,
    )  # fmt: skip


def _config() -> str:
    return str(Path(__file__).with_name("no_pause.toml"))


def is_one_line(text: str) -> bool:
    return text.count("\n") == 1 and text.startswith("feedreader: ") and "Traceback" not in text


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MiB; it needs to be mounted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    if os.geteuid() != 0 or mount is None:
        pytest.skip("only root can mount a small disk")
    done = subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=2048k", "tmpfs", str(folder)],
        capture_output=True, check=False,
    )  # fmt: skip
    if done.returncode:
        pytest.skip("no disk can be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


# --- full -------------------------------------------------------------------


def fill(folder: Path, *, leave: int) -> Path:
    """Fill a disk but for so many bytes."""
    ballast = folder / "ballast"
    room = os.statvfs(folder).f_bavail * os.statvfs(folder).f_bsize
    ballast.write_bytes(bytes(max(0, room - leave)))
    return ballast


@pytest.mark.parametrize("leave", [n * 65536 for n in range(30)] if IS_FULL else [300_000])
def test_refresh_on_a_full_disk_says_so_and_the_next_one_loses_nothing(
    small_disk: Path, leave: int, tally: Tally
) -> None:
    feeds, entries = 3, 500
    with LoopbackServer(host="0.0.0.0") as server:
        database = small_disk / "feeds.db"
        with reader_at(database) as reader:
            for number in range(1, feeds + 1):
                server.answers[f"/{number}"] = Answer(
                    body=rss(*range(entries, 0, -1)), headers={"ETag": f'"{number}"'}
                )
                reader.subscribe(server.url(f"/{number}", host=f"127.0.1.{number}"))
        ballast = fill(small_disk, leave=leave)
        done = run(database, "refresh", "--force")
        assert (done.returncode, done.stdout) == (1, ""), done.stderr
        assert is_one_line(done.stderr)
        assert f"{database}: the disk is full" in done.stderr
        assert run(database, "status").returncode == 0
        assert run(database, "list", "").returncode == 0
        ballast.unlink()
        subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
        for _ in range(3):
            assert run(database, "refresh", "--force").returncode == 0
        kept = len(contents(database)["entries"])
    assert kept == feeds * entries
    assert problems(database) == ()
    tally("disk full during a refresh, then freed", tries=1, lost=feeds * entries - kept)


@pytest.mark.parametrize("size", [200_000, 400_000, 900_000] if IS_FULL else [400_000])
def test_file_size_limit_is_told_and_spoils_nothing(
    size: int, tmp_path: Path, tally: Tally
) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    with publisher(entries=200) as scene:
        database = tmp_path / "feeds.db"
        follow(database, scene)
        done = run(database, "refresh", "--force", before=limit)
        assert done.returncode == 1
        assert is_one_line(done.stderr), done.stderr
        assert str(database) in done.stderr
        assert problems(database) == ()
        with reader_at(database) as reader:
            run_refresh(reader, force=True)
    assert len(contents(database)["entries"]) == 5 * 200 + 24
    tally("file size limit during a refresh", tries=1, lost=0)


def test_backup_that_does_not_fit_leaves_nothing_behind(small_disk: Path, tmp_path: Path) -> None:
    with publisher(entries=100) as scene:
        follow(tmp_path / "feeds.db", scene)
        with reader_at(tmp_path / "feeds.db") as reader:
            run_refresh(reader)
    fill(small_disk, leave=200_000)
    done = run(tmp_path / "feeds.db", "backup", str(small_disk / "copy.db"))
    assert done.returncode == 1
    assert is_one_line(done.stderr), done.stderr
    assert [one.name for one in small_disk.iterdir()] == ["ballast"]


# --- read-only --------------------------------------------------------------


@pytest.fixture
def followed(tmp_path: Path) -> Path:
    with publisher(entries=40) as scene:
        follow(tmp_path / "data" / "feeds.db", scene)
    return tmp_path / "data" / "feeds.db"


READING = (
    ["status"], ["list", ""], ["list", "--json", "ships"], ["show", "1"], ["feeds"],
    ["export"], ["searches", "list"], ["check"], ["open", "1", "--print"],
)  # fmt: skip
WRITING = (
    ["mark", "read", "1"], ["refresh"], ["add", "http://127.0.0.1:9/feed"], ["vacuum"],
    ["remove", "1"], ["tag", "add", "x", "1"], ["searches", "save", "x", "ships"],
)  # fmt: skip


@pytest.mark.parametrize("protected", ["file", "folder", "both"] if IS_FULL else ["both"])
def test_read_only_database_is_read_and_says_why_it_keeps_nothing(
    protected: str, followed: Path, tally: Tally
) -> None:
    before = followed.read_bytes()
    followed.chmod(0o400 if protected in ("file", "both") else 0o600)
    followed.parent.chmod(0o500 if protected in ("folder", "both") else 0o700)
    try:
        reading = READING if IS_FULL else READING[:3]
        for words in reading:
            done = run(followed, *words)
            assert done.returncode == 0, (words, done.stderr)
        assert "read-only" in run(followed, "status").stdout
        writing = WRITING if IS_FULL else WRITING[:2]
        for words in writing:
            done = run(followed, *words)
            assert done.returncode == 1, (words, done.stdout, done.stderr)
            assert is_one_line(done.stderr), (words, done.stderr)
            assert "read-only" in done.stderr, words
            assert str(followed) in done.stderr
    finally:
        followed.parent.chmod(0o700)
        followed.chmod(0o600)
    assert followed.read_bytes() == before
    tries = len(reading) + len(writing)
    tally(f"read-only {protected}: commands that read or write", tries=tries, lost=0)


def test_refresh_of_a_read_only_database_asks_no_server(tmp_path: Path) -> None:
    database = tmp_path / "data" / "feeds.db"
    with publisher(entries=40) as scene:
        follow(database, scene)
        asked = len(scene.server.requests)
        database.chmod(0o400)
        assert run(database, "refresh", "--force").returncode == 1
        assert len(scene.server.requests) == asked


def test_database_left_by_a_crash_is_read_from_a_read_only_place(tmp_path: Path) -> None:
    database = tmp_path / "data" / "feeds.db"
    script = (
        "import os, sys\nfrom pathlib import Path\nfrom feedreader.reader import Reader\n"
        "reader = Reader(Path(sys.argv[1]))\nreader.subscribe('https://late.example/feed')\n"
        "os._exit(0)\n"
    )
    with Reader(database):
        pass
    subprocess.run([sys.executable, "-c", script, str(database)], check=True)
    assert database.with_name("feeds.db-wal").stat().st_size > 0
    database.parent.chmod(0o500)
    try:
        done = run(database, "feeds", "--json")
    finally:
        database.parent.chmod(0o700)
    assert "late.example" in done.stdout, done.stderr


def test_empty_or_missing_database_in_a_read_only_place_is_one_line(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "empty.db").touch()
    folder.chmod(0o500)
    try:
        for name in ("missing.db", "empty.db", "missing/feeds.db"):
            done = run(folder / name, "status")
            assert done.returncode == 1
            assert is_one_line(done.stderr), done.stderr
            assert str(folder / name) in done.stderr
    finally:
        folder.chmod(0o700)


# --- forbidden --------------------------------------------------------------


def test_database_without_permission_is_one_line(followed: Path) -> None:
    for target, mode in ((followed, 0), (followed.parent, 0)):
        usual = target.stat().st_mode
        target.chmod(mode)
        try:
            done = run(followed, "status")
        finally:
            target.chmod(usual)
        assert done.returncode == 1
        assert is_one_line(done.stderr), done.stderr
        assert str(followed) in done.stderr


@pytest.mark.parametrize("home", [None, "", "/nonexistent/home", "/dev/null"])
def test_home_that_is_no_home_is_one_line(home: str | None) -> None:
    env = {"PATH": os.environ["PATH"]} | ({} if home is None else {"HOME": home})
    done = run(None, "status", env=env)
    if home == "/nonexistent/home" and os.geteuid() == 0:
        shutil.rmtree("/nonexistent", ignore_errors=True)
        assert done.returncode in (0, 1)
    else:
        assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.returncode == 0 or is_one_line(done.stderr), done.stderr


@pytest.mark.parametrize("place", ["/dev/null", "/proc/self/status", "/dev/full"])
def test_thing_that_is_no_file_is_one_line(place: str) -> None:
    done = run(Path(place), "status")
    assert done.returncode == 1
    assert is_one_line(done.stderr), done.stderr


# --- what the user owns is the user's ---------------------------------------


def test_all_files_of_the_user_are_for_the_user_alone(tmp_path: Path) -> None:
    data = tmp_path / "new" / "folder"
    database = data / "feeds.db"
    old = os.umask(0o000)
    try:
        with publisher(entries=40) as scene:
            follow(database, scene)
            with reader_at(database) as reader:
                run_refresh(reader)
                reader.back_up()
                reader.back_up(data / "copy.db")
                open_now = [one for one in data.rglob("*") if one.is_file()]
                modes = {one.name: one.stat().st_mode & 0o777 for one in open_now}
            config = tmp_path / "config" / "config.toml"
            env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "EDITOR": "true"}
            run(None, "--config", str(config), "config", "edit", env=env)
            run(database, "export", str(data / "list.opml"), env=env)
    finally:
        os.umask(old)
    assert {"feeds.db", "feeds.db-wal", "copy.db"} <= set(modes)
    assert set(modes.values()) == {0o600}, modes
    assert data.stat().st_mode & 0o777 == 0o700
    assert (data / "backups").stat().st_mode & 0o777 == 0o700
    assert config.stat().st_mode & 0o777 == 0o600


# --- far away ---------------------------------------------------------------

MOUNTS = r"""22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
30 22 0:26 / /home rw,relatime shared:1 - ext4 /dev/sda2 rw
31 30 0:27 / /home/ann/far rw,relatime shared:2 - nfs4 server:/export rw
32 30 0:28 / /home/ann/my\040share rw - cifs //nas/share rw
33 31 0:29 / /home/ann/far/near rw - tmpfs tmpfs rw
34 22 0:30 / /mnt/host rw - 9p host rw
35 22 0:31 / /mnt/sshfs rw - fuse.sshfs ann@host:/ rw
nonsense
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/feeds.db", "ext4"),
        ("/home/ann/feeds.db", "ext4"),
        ("/home/ann/far/feeds.db", "nfs4"),
        ("/home/ann/farther/feeds.db", "ext4"),
        ("/home/ann/my share/feeds.db", "cifs"),
        ("/home/ann/far/near/feeds.db", "tmpfs"),
        ("/mnt/host/feeds.db", "9p"),
        ("/mnt/sshfs/feeds.db", "fuse.sshfs"),
    ],
)
def test_file_system_is_the_one_mounted_nearest(path: str, kind: str) -> None:
    assert mounted_kind(path, MOUNTS) == kind


def test_network_file_system_gets_no_write_ahead_log(
    followed: Path, monkeypatch: pytest.MonkeyPatch, tally: Tally
) -> None:
    monkeypatch.setattr("feedreader.store.connection.network_file_system", lambda path: "nfs4")
    with reader_at(followed) as reader, reader_at(followed) as other:
        assert reader._store.connection.value("PRAGMA journal_mode") == "delete"
        assert not followed.with_name("feeds.db-wal").exists()
        assert any("nfs4" in words for words in reader.caveats())
        reader.star("", False)
        assert other.count("is:starred") == 0
        other.mark_read("")
        assert reader.count("is:unread") == 0
    monkeypatch.undo()
    with reader_at(followed) as reader:
        assert reader._store.connection.value("PRAGMA journal_mode") == "wal"
        assert reader.caveats() == ()
    tally("network file system: journal without shared memory", tries=1, lost=0)


def test_log_from_elsewhere_is_taken_in_on_a_network_file_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = tmp_path / "feeds.db"
    with Reader(database):
        pass
    script = (
        "import os, sys\nfrom pathlib import Path\nfrom feedreader.reader import Reader\n"
        "reader = Reader(Path(sys.argv[1]))\nreader.subscribe('https://late.example/feed')\n"
        "os._exit(0)\n"
    )
    subprocess.run([sys.executable, "-c", script, str(database)], check=True)
    monkeypatch.setattr("feedreader.store.connection.network_file_system", lambda path: "nfs4")
    with Reader(database) as reader:
        assert [one.url for one in reader.subscriptions()] == ["https://late.example/feed"]


def test_place_of_this_test_is_told_without_an_error(tmp_path: Path) -> None:
    assert isinstance(place.network_file_system(tmp_path / "feeds.db"), str)

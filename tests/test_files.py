"""Files that the user names."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from feedreader import files
from feedreader.errors import ImportFailed, NotWritten
from feedreader.files import read_list, write_file


def test_list_is_read_from_a_path_or_from_what_is_open(tmp_path: Path) -> None:
    (tmp_path / "a.opml").write_bytes(b"<opml/>")
    assert read_list(str(tmp_path / "a.opml")) == b"<opml/>"
    assert read_list("-", io.BytesIO(b"<opml/>")) == b"<opml/>"


def test_list_of_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "a.opml").write_bytes(b"<opml/>")
    assert read_list("~/a.opml") == b"<opml/>"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("nothing.opml", "nothing.opml cannot be read: No such file"),
        ("~nobody-here/a.opml", "~nobody-here/a.opml cannot be read"),
        ("a\0b", "cannot be read: embedded null byte"),
    ],
)
def test_list_that_cannot_be_read_is_named(source: str, reason: str) -> None:
    with pytest.raises(ImportFailed) as caught:
        read_list(source)
    assert reason in str(caught.value)


def test_list_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_MAX_LIST_BYTES", 2**20)
    assert len(read_list("-", io.BytesIO(bytes(2**20)))) == 2**20
    with pytest.raises(ImportFailed, match="larger than 1 MiB"):
        read_list("-", io.BytesIO(bytes(2**20 + 1)))


def test_file_is_for_the_user_alone_and_leaves_no_draft(tmp_path: Path) -> None:
    target = tmp_path / "feeds.opml"
    write_file(target, b"one")
    write_file(target, b"two")
    assert target.read_bytes() == b"two"
    assert target.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["feeds.opml"]


def test_name_of_a_file_may_be_as_long_as_names_can_be(tmp_path: Path) -> None:
    target = tmp_path / ("猫" * 83 + ".epub")
    write_file(target, b"paper")
    assert target.read_bytes() == b"paper"


def test_folders_are_made_only_where_that_is_wanted(tmp_path: Path) -> None:
    target = tmp_path / "a" / "b" / "feeds.opml"
    with pytest.raises(NotWritten, match=r"feeds\.opml cannot be written: No such file"):
        write_file(target, b"one")
    write_file(target, b"one", makes_folders=True)
    assert target.read_bytes() == b"one"


def test_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "file")
    write_file(tmp_path / "link", b"one")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_bytes() == b"one"


def test_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reading_end = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_file(pipe, b"one")
        assert os.read(reading_end, 10) == b"one"
    finally:
        os.close(reading_end)
    assert pipe.is_fifo()


def test_what_was_there_stays_if_the_new_file_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "feeds.opml"
    target.write_bytes(b"one")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(NotWritten, match="No space left on device"):
        write_file(target, b"two")
    assert target.read_bytes() == b"one"
    assert [one.name for one in tmp_path.iterdir()] == ["feeds.opml"]

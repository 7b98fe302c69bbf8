"""Passwords and tokens stay out of all that is printed, logged, stored as a reason or exported."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from feedreader.reader import Reader
from outputs import on_pipe
from scenes import SETTINGS, Tally
from servers import Answer, LoopbackServer

PASSWORD, TOKEN = "s3cr3t-password", "t0k3n-in-the-query"


@pytest.fixture(scope="module")
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer() as server:
        yield server


@pytest.fixture(scope="module")
def database(server: LoopbackServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with feeds behind passwords, most of which fail."""
    path = tmp_path_factory.mktemp("secrets") / "feeds.db"
    body = (
        b"<rss version='2.0'><channel><title>F</title><item><guid>1</guid></item></channel></rss>"
    )
    loop = {"Location": f"/loop?auth={TOKEN}", "Content-Length": "0"}
    server.answers["/good"] = server.answers[f"/named?token={TOKEN}"] = Answer(body=body)
    server.answers["/no-feed"] = Answer(body=b"<html></html>")
    server.answers[f"/loop?auth={TOKEN}"] = Answer(302, headers=loop)
    address = f"http://ann:{PASSWORD}@127.0.0.1:{server.port}"
    with Reader(path, refresh_settings=SETTINGS) as reader:
        for end in ("/good", "/no-feed", f"/named?token={TOKEN}", f"/loop?auth={TOKEN}"):
            reader.subscribe(address + end)
        reader.subscribe(f"http://ann:{PASSWORD}@no-such-host.invalid/f?api_key={TOKEN}")
        list(reader.refresh())
    return path


COMMANDS = (
    ("feeds",), ("feeds", "--json"), ("list", ""), ("list", "", "--json"), ("list", "", "--csv"),
    ("refresh", "--force"), ("refresh", "--force", "--json"), ("-vv", "refresh", "--force"),
    ("status",), ("check",), ("export",), ("set", "1"), ("set", "5"), ("config", "show"),
)  # fmt: skip


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_output_holds_no_secret(database: Path, words: tuple[str, ...], tally: Tally) -> None:
    text = on_pipe(database, *words)
    assert PASSWORD not in text
    assert TOKEN not in text
    tally("secrets in outputs", tries=1, lost=0)


def test_reasons_in_the_database_hold_no_secret(database: Path) -> None:
    with Reader(database) as reader:
        errors = [one.poll.error for one in reader.subscriptions()]
    assert len([error for error in errors if error]) >= 3
    assert not [error for error in errors if PASSWORD in error or TOKEN in error]


def test_password_is_sent_all_the_same(database: Path, server: LoopbackServer) -> None:
    asked = server.asked("/good")
    assert asked
    assert all(one.headers["authorization"].startswith("Basic ") for one in asked)


def test_export_has_passwords_only_if_asked_for(database: Path) -> None:
    with Reader(database) as reader:
        assert PASSWORD.encode() not in reader.export_list()
        assert PASSWORD.encode() in reader.export_list(with_secrets=True)


def test_error_on_the_command_line_masks_what_was_typed(database: Path) -> None:
    text = on_pipe(database, "add", f"http://ann:{PASSWORD}@127.0.0.1:9/f?token={TOKEN}")
    assert PASSWORD not in text
    assert TOKEN not in text

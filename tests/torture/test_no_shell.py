"""Nothing that a feed says reaches a shell, an option of a program, or a path outside."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import feedreader
from feedreader.core.addresses import read_address
from feedreader.core.links import safe_link
from feedreader.core.text import safe_filename
from feedreader.reader import Reader
from outputs import environment, on_pipe
from scenes import IS_FULL, SETTINGS, Tally
from servers import Answer, LoopbackServer

SOURCES = sorted(Path(feedreader.__file__).parent.rglob("*.py"))
SHELLS = {"os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput"}
RUNNERS = {"eval", "exec", "compile", "__import__"}
UNPICKLERS = {"pickle.load", "pickle.loads", "marshal.loads", "shelve.open", "yaml.load"}


def dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_source_calls_no_shell_and_runs_no_text(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            name = dotted(node.func)
            assert name not in SHELLS | RUNNERS | UNPICKLERS, (path, node.lineno)
            assert "subprocess_shell" not in name, (path, node.lineno)
            for keyword in node.keywords:
                assert keyword.arg != "shell", (path, node.lineno)
        if isinstance(node, ast.ImportFrom) and node.module == "os":
            assert not {one.name for one in node.names} & {"system", "popen"}, path


HOSTILE_LINKS = (
    "javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "-flag", "--help",
    "vbscript:x", "feed:javascript:x", "ftp://x.example/", "smb://x/", "exec:touch /tmp/x",
    "http://", "https:///x", "http://[::1", "\x1b]0;x\x07", " ", "ssh://-oProxyCommand=x/",
    "steam://run/1", "ms-msdt:x", "about:config", "view-source:http://x.example/",
)  # fmt: skip


@pytest.mark.parametrize("link", HOSTILE_LINKS)
def test_link_that_is_no_web_page_is_not_opened(link: str) -> None:
    assert safe_link(link) == ""


@pytest.mark.parametrize(
    "link",
    [
        "http://x.example/$(touch pwned)", "http://x.example/`touch pwned`", "https://x.example/;ls",
        "http://x.example/a b|c&d", "http://x.example/'\"\\", "http://x.example/%0a--flag",
    ],
)  # fmt: skip
def test_link_with_a_shells_marks_is_one_word_to_the_browser(
    link: str, tmp_path: Path, tally: Tally
) -> None:
    opened = tmp_path / "opened"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\nprintf \'%s\\n\' "$#" "$@" > {opened}\n')
    browser.chmod(0o755)
    item = f"<item><guid>1</guid><title>$(touch pwned)</title><link>{link.replace('&', '&amp;')}"
    body = f"<rss version='2.0'><channel>{item}</link></item></channel></rss>".encode()
    database = tmp_path / "feeds.db"
    with (
        LoopbackServer(answers={"/": Answer(body=body)}) as server,
        Reader(database, refresh_settings=SETTINGS) as reader,
    ):
        reader.subscribe(server.url("/"))
        list(reader.refresh())
        (entry,) = reader.entries("")
    env = environment(database)
    Path(env["FEEDREADER_CONFIG"]).write_text(
        f'[open]\nbrowser = ["{browser}", "--title={{title}}", "{{url}}"]\n'
    )
    subprocess.run(
        [sys.executable, "-m", "feedreader", "open", str(entry.id)],
        env=env, cwd=tmp_path, check=False, capture_output=True, timeout=60,
    )  # fmt: skip
    assert not (tmp_path / "pwned").exists()
    if entry.link:
        count, title, url = opened.read_text().splitlines()
        assert (count, title) == ("2", "--title=$(touch pwned)")
        assert url.startswith(("http://x.example/", "https://x.example/"))
    tally("link with a shell's marks", tries=1, lost=0)


NAMES = (
    "../../etc/passwd", "/etc/passwd", "..", ".", "", "a/b\\c", "con", "nul.txt", "~root", "-rf",
    "x" * 5000, "é" * 300, "a\x00b", "a\nb", "\u202egnp.exe", "....//....//x", "$(touch x)",
    "  .  ", "C:\\Windows\\x", "\ud800", "name.", "*?<>|:\"",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_file_name_stays_in_its_folder(name: str, tmp_path: Path) -> None:
    safe = safe_filename(name, "story")
    path = tmp_path / safe
    assert path.resolve().parent == tmp_path.resolve()
    assert len(safe.encode()) <= 255
    assert not safe.startswith(("-", "."))
    path.write_text("x")
    assert [one.name for one in tmp_path.iterdir()] == [safe]


ADDRESSES = (
    "exec:touch /tmp/x", "|touch /tmp/x", "filter:sort:http://x.example/", "file:///etc/passwd",
    "query:x:y", "javascript:x", "ftp://x.example/f", "-x", "gopher://127.0.0.1:9/", "/etc/passwd",
)  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
def test_list_adds_neither_commands_nor_local_files(address: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"it runs|it is|its address|no web address"):
        read_address(address)
    opml = (
        '<opml version="2.0"><body><outline text="x" type="rss" xmlUrl="'
        + address
        + '"/><outline text="y" type="rss" xmlUrl="https://fine.example/f"/></body></opml>'
    )
    file = tmp_path / "list.opml"
    file.write_text(opml)
    database = tmp_path / "feeds.db"
    if IS_FULL or address.startswith("exec"):
        on_pipe(database, "import", "--allow-commands", str(file))
    with Reader(database) as reader:
        reader.import_list(opml.encode())
        reader.import_list(opml.encode(), allow_commands=True)
        assert {one.kind for one in reader.subscriptions()} <= {"http"}
        assert [one.url for one in reader.subscriptions()] == ["https://fine.example/f"]

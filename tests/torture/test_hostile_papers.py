"""The same hostile strings through what is made of entries: rules, papers, hooks, statistics."""

from __future__ import annotations

import email
import email.policy
import json
import re
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from lxml import etree

from feedreader.core.notice import notice_of
from feedreader.reader import Reader
from outputs import acting, environment, on_pipe, on_terminal
from scenes import IS_FULL, Tally
from test_hostile_text import MARKS, database, server

__all__ = ["database", "server"]  # fixtures

NAME = "[/] paper [@click=app.quit]"
RULE = (
    'when mark0 or mark1 or mark5 then tag:"x\x1b]0;rule\x07[/]", highlight:red, notify, run:keep'
)
_ACTIVE = re.compile(
    r"<(?:script|iframe|object|embed|form)\b|\son\w+\s*=|(?:href|src)=[\"']?(?!https?:|mailto:|#)\w+:",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def papers(database: Path) -> Path:
    """The database with a rule that has acted, an edition that was made and hooks to be told."""
    on_pipe(database, "rules", "add", "--apply", "--name", "\x1b[2J[@click=app.quit]", RULE)
    on_pipe(
        database, "edition", "define", NAME, "--section", "[/] section", "is:unread",
        "--most", "all", "--per-section", "500",
    )  # fmt: skip
    on_pipe(database, "edition", "make", NAME)
    with Reader(database) as reader:
        ids = reader.entry_ids("")
        for hook in ("keep", "bad", "\x1b]0;hook\x07"):
            reader.hooks.put(hook, ids)
    on_pipe(database, "hooks", "retry")
    return database


COMMANDS: tuple[tuple[str, ...], ...] = (
    ("rules", "list"), ("rules", "list", "--json"), ("rules", "preview", RULE),
    ("rules", "preview", RULE, "--json"), ("rules", "add", "when \x1b]0;x\x07:y then mute"),
    ("rules", "preview", "when mark then \x1b[31mnonsense"), ("rules", "edit", "1", "\u202e"),
    ("hooks", "list"), ("hooks", "queue"), ("hooks", "queue", "--json"), ("hooks", "test", "bad"),
    ("hooks", "test", "\x1b]0;x\x07"), ("hooks", "drop", "\x1b]0;x\x07"), ("hooks", "retry"),
    ("edition", "plans"), ("edition", "list"), ("edition", "list", "--json"), ("edition", "show"),
    ("edition", "show", "--json"), ("edition", "show", "\x1b[2J"), ("edition", "make", "\x9b2J"),
    ("edition", "section", NAME, "[/]", "\x1b[31m:"), ("edition", "define", "\x1b]0;paper\x07"),
    ("edition", "define", NAME, "--section", "\x1b[2J", "mark"),
    ("edition", "export", "--format", "markdown"), ("edition", "export", "--format", "html"),
    ("export", "--stories", "", "--as", "json"), ("export", "--stories", "", "--as", "markdown"),
    ("export", "--stories", "", "--as", "html"),
    ("doctor",), ("doctor", "--json"), ("doctor", "mark"), ("doctor", "1"), ("doctor", "\x1b[2J"),
    ("stats",), ("stats", "--json"), ("stats", "--feed", "1"), ("stats", "--feed", "\x1b[2J"),
    ("list", "", "--copies"), ("copies", "1"), ("copies", "1", "--json"),
    ("copies", "1", "--changes"), ("copies", "\x1b[2J"), ("searches", "save", "x", "(\x1b[2J"),
)  # fmt: skip


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: ascii(" ".join(words))[:50])
def test_output_of_a_command_holds_nothing_that_acts(
    papers: Path, words: tuple[str, ...], tally: Tally
) -> None:
    text = on_pipe(papers, "--color", "always", *words)
    assert text
    found = acting(text)
    tally("hostile text on a pipe: rules, papers, hooks …", tries=1, lost=len(found))
    assert found == []
    if "html" in words:
        assert not _ACTIVE.search(text)
        assert "Content-Security-Policy" in text


@pytest.mark.parametrize(
    "words",
    [("edition", "show"), ("rules", "list"), ("stats",), ("doctor",)][: 4 if IS_FULL else 2],
    ids=" ".join,
)
def test_terminal_gets_no_sequence_but_our_own(papers: Path, words: tuple[str, ...]) -> None:
    printed = on_terminal(papers, "--color", "always", *words)
    assert acting(printed.replace("\r\n", "\n")) == []


@pytest.mark.parametrize("of", ["edition", "stories"])
def test_book_is_well_formed_and_holds_nothing_active(
    papers: Path, of: str, tmp_path: Path, tally: Tally
) -> None:
    file = tmp_path / "book.epub"
    if of == "edition":
        on_pipe(papers, "edition", "export", "-o", str(file))
    else:
        on_pipe(papers, "export", "--stories", "", str(file))
    with ZipFile(BytesIO(file.read_bytes())) as book:
        assert book.testzip() is None
        names = book.namelist()
        assert all(re.fullmatch(r"[\w./-]+", name) and ".." not in name for name in names), names
        pages = {name: book.read(name).decode() for name in names}
    assert len(pages) > 12
    for name, text in pages.items():
        assert acting(text) == [], name
        if name.endswith((".xhtml", ".opf", ".ncx", ".xml")):
            etree.fromstring(text.encode())
        if name.endswith(".xhtml"):
            assert not _ACTIVE.search(text), name
            assert re.findall(r'<img src="([^"]*)"', text) in ([], ["cover.svg"]), name
    everything = "".join(pages.values())
    assert all(mark in everything for mark in MARKS.values()) or of == "edition"
    tally("hostile text in a book", tries=len(pages), lost=0)


def test_mail_of_a_paper_has_its_own_headers_alone(papers: Path, tmp_path: Path) -> None:
    file = tmp_path / "paper.eml"
    on_pipe(papers, "edition", "export", "--to", "ann@example.org", "-o", str(file))
    message = email.message_from_bytes(file.read_bytes(), policy=email.policy.SMTP)
    own = {"subject", "date", "from", "to", "message-id", "mime-version", "content-type"}
    own |= {"auto-submitted"}
    assert {name.lower() for name in message.keys()} <= own  # noqa: SIM118 (repeats count)
    assert len(message.keys()) == len(set(message.keys()))
    for part in message.walk():
        if part.get_content_maintype() == "text":
            text = part.get_content().replace("\r\n", "\n")
            assert acting(text) == []
            if part.get_content_subtype() == "html":
                assert not _ACTIVE.search(text)
    assert acting(str(message["subject"])) == []


def test_hook_gets_what_feeds_say_as_data_alone(papers: Path) -> None:
    with Reader(papers) as reader:
        reader.hooks.put("keep", reader.entry_ids(""))
    on_pipe(papers, "hooks", "retry")
    on_pipe(papers, "refresh", "999999")
    told = json.loads((papers.parent / "told.json").read_text())
    records = json.loads(told["data"])
    assert told["arguments"] == [str(len(records))]
    before = environment(papers)
    added = {name: value for name, value in told["environment"].items() if name not in before}
    assert set(added) <= {"FEEDREADER_HOOK", "FEEDREADER_COUNT", "LC_CTYPE"}, added
    assert len(records) > len(MARKS)
    strings = [text for one in records for text in _strings(one)]
    assert [text for text in strings if acting(text) or "\n" in text] == []


def _strings(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for one in value.values() for text in _strings(one)]
    if isinstance(value, list):
        return [text for one in value for text in _strings(one)]
    return [value] if isinstance(value, str) else []


def test_notice_of_any_entry_is_plain_and_no_option(papers: Path, tally: Tally) -> None:
    with Reader(papers) as reader:
        entries = list(reader.entries(""))
    for start in range(len(entries)):
        for count in (1, 2, 5):
            notice = notice_of(entries[start : start + count])
            assert acting(notice.title + notice.text) == []
            assert not notice.title.startswith("-")
            assert "\n" not in notice.title
            assert notice.text.count("\n") <= 4
    tally("hostile text in notifications", tries=3 * len(entries), lost=0)


def test_no_shell_was_reached() -> None:
    assert not Path("/tmp/PWNED").exists()

"""Every string of every format, full of what terminals act on, through every output."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from lxml import etree

from feedreader.reader import Reader
from outputs import acting, on_pipe, on_terminal
from scenes import IS_FULL, SETTINGS, Tally
from servers import Answer, LoopbackServer, raw

PAYLOADS = {
    "clipboard": "\x1b]52;c;UFdORUQ=\x07",
    "window title": "\x1b]0;PWNED\x1b\\",
    "link": "\x1b]8;;http://evil.example/\x1b\\here\x1b]8;;\x1b\\",
    "device control": '\x1bP$q"p\x1b\\',
    "clear screen": "\x1b[2J\x1b[H\x1b[31m",
    "C1": "\x9b31m\x9d52;c;UFdORUQ=\x9c\x90\x85",
    "C0": "a\x00\x07\x08\x08\x0b\x0c\x0e\x0f\x7f\rb",
    "direction": "\u202eabc\u2066def\u2069\u200f\u061c",
    "invisible": "z\u200be\u2060r\ufefft\u00ad\U000e0041",
    "lone surrogate": "x\ud800y\udfffz",
    "marks": "e" + "\u0301" * 10_000,
    "markup": "[/] [@click=app.quit]x[/] [b]y[/b] [link=file:///etc/passwd]z[/link] [#888]",
    "shell": "$(touch /tmp/PWNED) `touch /tmp/PWNED` ; | & -rf --help",
    "lines": "one\ntwo\r\nthree\u2028four\x85five",
    "formula": "=cmd|' /c calc'!A1",
    "template": "{0.__class__} %s %(password)s {{7*7}} ${HOME}",
    "references": "&#27;]52;c;UFdORUQ=&#7; &amp;#27;[31m &#x9b;31m &#x202e;",
}
MARKS = {name: f"mark{number}" for number, name in enumerate(PAYLOADS)}
"""A word beside each payload, by which its entry is found again."""


def xml_text(text: str) -> str:
    """Return text for a document whose publisher does not care what XML allows."""
    return escape(text).encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def hostile_rss(name: str, *, host: str) -> bytes:
    text = xml_text(PAYLOADS[name])
    mark = MARKS[name]
    item = (
        f"<item><title>{mark} {text}</title><link>{host}/a?{text}</link><guid>{mark}{text}</guid>"
        f"<author>{text}</author><dc:creator>{text}</dc:creator><category>{text}</category>"
        f"<comments>{host}/c?{text}</comments><description>{mark} {text}</description>"
        f"<content:encoded>{xml_text(f'<p>{mark} {text} <a href=x>{text}</a></p>')}"
        f"{xml_text(f'<pre><code class=x>{text}</code></pre><img src=x alt={text!r}>')}"
        f"</content:encoded><enclosure url='{host}/e.mp3' type='{escape(text, {chr(39): ''})}'"
        f" length='{escape(text, {chr(39): ''})}'/><pubDate>{text}</pubDate></item>"
    )
    return (
        "<?xml version='1.0' encoding='utf-8'?><rss version='2.0'"
        " xmlns:dc='http://purl.org/dc/elements/1.1/'"
        " xmlns:content='http://purl.org/rss/1.0/modules/content/'>"
        f"<channel><title>rss {mark} {text}</title><description>{text}</description>"
        f"<link>{host}/?{text}</link><language>{text}</language><managingEditor>{text}"
        f"</managingEditor><image><url>{text}</url></image>{item}</channel></rss>"
    ).encode()


def hostile_atom(name: str, *, host: str) -> bytes:
    text = xml_text(PAYLOADS[name])
    mark = MARKS[name]
    return (
        "<?xml version='1.0'?><feed xmlns='http://www.w3.org/2005/Atom'>"
        f"<title type='html'>atom {mark} {xml_text(text)}</title><id>{mark}</id>"
        f"<subtitle>{text}</subtitle><author><name>{text}</name><uri>{text}</uri></author>"
        f"<entry><title type='html'>{mark} {xml_text(text)}</title><id>{mark}{text}</id>"
        f"<link href='{host}/b'/><author><name>{text}</name></author><summary>{text}</summary>"
        f"<category term='{escape(text, {chr(39): ''})}'/><published>{text}</published>"
        f"<content type='html'>{xml_text(f'<h1>{text}</h1><ul><li>{text}</ul>')}</content>"
        f"<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>{text}</div></content>"
        "</entry></feed>"
    ).encode()


def hostile_json(name: str, *, host: str) -> bytes:
    text = PAYLOADS[name]
    mark = MARKS[name]
    person = {"name": text, "url": text, "avatar": text}
    entry = {
        "id": f"{mark}{text}",
        "url": f"{host}/j",
        "title": f"{mark} {text}",
        "content_html": f"<p>{mark} {text}</p><table><tr><td>{text}</table>",
        "content_text": text,
        "summary": text,
        "image": text,
        "banner_image": text,
        "date_published": text,
        "language": text,
        "authors": [person],
        "tags": [text, f"{mark}"],
        "attachments": [
            {"url": f"{host}/e.mp3", "mime_type": text, "title": text, "duration_in_seconds": text}
        ],
    }
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": f"json {mark} {text}",
        "home_page_url": text,
        "description": text,
        "icon": text,
        "language": text,
        "authors": [person],
        "items": [entry],
    }
    return json.dumps(feed).encode()


FORMATS = {"rss": hostile_rss, "atom": hostile_atom, "json": hostile_json}


def hostile_page(name: str) -> bytes:
    text = xml_text(PAYLOADS[name])
    story = "".join(
        f"<p>Paragraph {n} {text} says what the summary had to leave out, in clauses.</p>"
        for n in range(8)
    )
    return (
        f"<html lang='x'><head><title>{text}</title><meta name=author content='{text}'></head>"
        f"<body><article><h1>{MARKS[name]} {text}</h1>{story}</article></body></html>"
    ).encode()


def hostile_answers(text: str) -> dict[str, bytes]:
    sent = text.encode("latin-1", "replace")
    head = b"Content-Length: 0\r\n\r\n"
    return {
        "reason": b"HTTP/1.1 500 " + sent.replace(b"\r", b"").replace(b"\n", b"") + b"\r\n" + head,
        "location": b"HTTP/1.1 302 Found\r\nLocation: ftp://x/" + sent[:200] + b"\r\n" + head,
        "retry": b"HTTP/1.1 429 No\r\nRetry-After: " + sent[:200] + b"\r\n" + head,
        "coding": b"HTTP/1.1 200 OK\r\nContent-Encoding: " + sent[:200] + b"\r\n" + head,
        "type": b"HTTP/1.1 200 OK\r\nContent-Type: " + sent[:200] + b"\r\n" + head,
        "no feed": b"HTTP/1.1 200 OK\r\nContent-Length: 20000\r\nConnection: close\r\n\r\n"
        b"<html><title>" + text.encode("utf-8", "replace")[:9000] + b"</title>".ljust(20000),
    }


@pytest.fixture(scope="module")
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer(host="0.0.0.0") as server:
        for number, name in enumerate(PAYLOADS):
            for form, make in FORMATS.items():
                host = server.url("", host="127.0.7.1")
                server.answers[f"/{form}/{number}"] = Answer(body=make(name, host=host))
            for what, answer in hostile_answers(PAYLOADS[name]).items():
                server.answers[f"/{what.replace(' ', '-')}/{number}"] = raw(answer)
            server.answers[f"/page/{number}"] = Answer(
                body=hostile_page(name), headers={"Content-Type": "text/html"}
            )
        yield server


@pytest.fixture(scope="module")
def database(server: LoopbackServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that has read all of it: feeds, failures, pages, lists."""
    path = tmp_path_factory.mktemp("hostile") / "feeds.db"
    with Reader(path, refresh_settings=replace(SETTINGS, full_text="never")) as reader:
        host = 0
        for target in server.answers:
            if not target.startswith("/page/"):
                host += 1
                reader.subscribe(server.url(target, host=f"127.0.8.{host}"))
        list(reader.refresh())
        for number, text in enumerate(PAYLOADS.values()):
            outline = {"text": text, "title": text, "category": text, "description": text}
            attributes = " ".join(
                f'{name}="{xml_text(value).replace(chr(34), "")}"'
                for name, value in outline.items()
            )
            opml = (
                f'<opml version="2.0"><head><title>x</title></head><body><outline {attributes}>'
                f'<outline {attributes} type="rss" xmlUrl="http://o{number}.example/f"/>'
                "</outline></body></opml>"
            )
            reader.import_list(opml.encode())
        for number in range(len(PAYLOADS) if IS_FULL else 4):
            reader.add_page(server.url(f"/page/{number}"))
        reader.rename(1, "\x1b]0;renamed\x07[/]")
        reader.save_search("\x1b]0;search\x07[/]", "ships")
        reader.tag("", "\x1b]0;tag\x07[/]")
        assert reader.find_problems() == ()
    return path


def test_all_of_it_came_in(database: Path) -> None:
    with Reader(database) as reader:
        found = [
            name
            for name, mark in MARKS.items()
            if len({one.feed_id for one in reader.entries(f'intitle:"{mark}"')}) >= 3
        ]
    # XML has no NUL and no lone surrogates, but nothing else is to stop an entry.
    assert set(found) == set(PAYLOADS)


COMMANDS: tuple[tuple[str, ...], ...] = (
    ("list", ""), ("list", "", "--json"), ("list", "", "--csv"),
    ("list", "", "--format", "{title}\t{authors}\t{tags}\t{summary}\t{feed_title:20}\t{link}"),
    ("feeds",), ("feeds", "--json"), ("export",), ("searches", "list"), ("status",), ("check",),
    ("list", "\x1b]0;query\x07:x"), ("list", "no\x1b[31msuch:\u202efield"),
    ("refresh", "no\x1b]0;feed\x07"), ("add", "http://\x1b]0;x\x07.example/"),
    ("open", "1", "--print"), ("show", "999999"), ("mark", "\x1b[2J"), ("\x1b]0;command\x07",),
    ("set", "1"), ("import", "/no/\x1b]0;file\x07.opml"), ("config", "show", "\x1b[31m"),
)  # fmt: skip


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: ascii(" ".join(words))[:40])
def test_output_of_a_command_holds_nothing_that_acts(
    database: Path, words: tuple[str, ...], tally: Tally
) -> None:
    words = tuple(word.replace("\x00", "") for word in words)
    found = acting(on_pipe(database, "--color", "always", *words))
    if IS_FULL:
        found += acting(on_pipe(database, *words))
    tally("hostile text on a pipe", tries=1 + IS_FULL, lost=len(found))
    assert found == []


def test_stories_in_every_form_hold_nothing_that_acts(database: Path, tally: Tally) -> None:
    with Reader(database) as reader:
        ids = [str(one) for one in reader.entry_ids("")]
    for form in ((), ("--json",), ("--markdown",), ("--html",)):
        text = on_pipe(database, "show", *ids, *form)
        assert acting(text) == [], form
        if form == ("--html",):
            assert "<script" not in text
            assert not re.search(r"(?:href|src)=[\"']?(?:javascript|file|data|vbscript):", text)
            assert "Content-Security-Policy" in text
        if form == ("--json",):
            assert len([json.loads(line) for line in text.splitlines()]) == len(ids)
    tally("hostile text in stories", tries=4 * len(ids), lost=0)


def test_terminal_gets_no_sequence_but_our_own(
    database: Path, server: LoopbackServer, tally: Tally
) -> None:
    with Reader(database) as reader:
        ids = [str(one) for one in reader.entry_ids("")]
    commands = [("list", ""), ("show", *ids), ("feeds",), ("refresh", "--force"), ("status",)]
    for words in commands if IS_FULL else commands[:4]:
        printed = on_terminal(database, "--color", "always", *words)
        assert acting(printed.replace("\r\n", "\n")) == [], words
        assert "\x1b[" in printed
    tally("hostile text on a terminal, progress included", tries=len(commands), lost=0)


def test_one_entry_is_one_line_whatever_it_is_called(database: Path) -> None:
    with Reader(database) as reader:
        count = reader.count("")
        feeds = len(reader.subscriptions())
    assert len(on_pipe(database, "list", "", "--copies").splitlines()) == count
    assert (
        len(on_pipe(database, "list", "", "--copies", "--format", "{title}").splitlines()) == count
    )
    assert len(on_pipe(database, "list", "", "--copies", "--json").splitlines()) == count
    assert len(on_pipe(database, "feeds").splitlines()) == feeds
    rows = list(csv.reader(io.StringIO(on_pipe(database, "list", "", "--copies", "--csv"))))
    assert len(rows) == count + 1
    assert {len(row) for row in rows} == {len(rows[0])}
    assert not [cell for row in rows[1:] for cell in row if cell[:1] in ("=", "@", "\t", "\r")]


def test_export_is_well_formed_and_comes_back_with_the_same_names(
    database: Path, tmp_path: Path
) -> None:
    exported = on_pipe(database, "export").encode()
    etree.fromstring(exported)
    with Reader(tmp_path / "again.db") as reader:
        reader.import_list(exported)
        again = reader.export_list()
        assert reader.subscriptions()
    # Lists escape twice so often that import unescapes what is left of it.
    names = {url: name for url, name in named_feeds(exported).items() if "&" not in "".join(name)}
    assert len(names) > len(PAYLOADS) * 4
    assert {url: named_feeds(again)[url] for url in names} == names


def named_feeds(opml: bytes) -> dict[str, tuple[str, ...]]:
    """Return the feeds of a list: by address the names of the folders above and their own."""
    return {
        outline.get("xmlUrl", ""): (
            *(above.get("text", "") for above in outline.iterancestors("outline")),
            outline.get("text", ""),
        )
        for outline in etree.fromstring(opml).iter("outline")
        if outline.get("xmlUrl")
    }


def test_log_holds_nothing_that_acts(database: Path) -> None:
    text = on_pipe(
        database, "-vv", "refresh", "--force", *([] if IS_FULL else ["1", "2", "60", "61"])
    )
    assert acting(text) == []


def test_no_shell_was_reached() -> None:
    assert not Path("/tmp/PWNED").exists()

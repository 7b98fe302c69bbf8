"""The corpus's attacks end as its index says: read by a refresh, printed by every command."""

from __future__ import annotations

import csv
import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from corpus_place import CORPUS
from feedreader.core.extract import extract_article
from feedreader.core.text import clean_line
from feedreader.errors import ExtractionFailed, ImportFailed
from feedreader.model import FetchLimits, ImportReport, RefreshOutcome
from feedreader.reader import Reader
from outputs import acting, on_pipe, on_terminal
from scenes import IS_FULL, SETTINGS, Tally
from servers import Answer, Behaviour, Exchange, LoopbackServer, raw

FOLDER = CORPUS / "attacks"
PWNED = (Path("/tmp/pwned"), Path("/tmp/pwned.db"))


def read_index() -> list[dict[str, str]]:
    if not FOLDER.is_dir():
        return []
    with (FOLDER / "index.tsv").open(newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


ROWS = read_index()
FILES = {row["file"]: row for row in ROWS if "recipe" not in row["file"]}
LISTS = sorted(name for name in FILES if name.endswith(".opml"))
PAGES = sorted(name for name in FILES if name.endswith(".html"))
FEEDS = sorted(FILES.keys() - {*LISTS, *PAGES})
NO_FEED = ("empty_0_bytes", "rich_markup_error_text", "gzip_truncated")
"""These must end as an error of their feed; so may what declares a codec, or an entity."""

pytestmark = pytest.mark.skipif(not ROWS, reason=f"the test corpus is not at {CORPUS}")


@dataclass
class Scene:
    """What a refresh made of all feeds of the index."""

    database: Path
    reader: Reader
    server: LoopbackServer
    outcomes: dict[str, RefreshOutcome]
    seconds: float

    def ids(self, name: str) -> list[int]:
        feed_id = self.outcomes[name].feed_id
        return [one.id for one in self.reader.entries("") if one.feed_id == feed_id]


def answer_of(name: str) -> Answer | Behaviour:
    body = (FOLDER / name).read_bytes()
    served_as = FILES[name]["served_as"]
    if "closed early" in served_as:
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {2 * len(body)}\r\n\r\n"
        return raw(head.encode() + body)
    headers: dict[str, str | bytes] = {}
    if "no Content-Type" not in served_as:
        headers["Content-Type"] = served_as.partition(" + ")[0].partition(" (")[0]
    if "Content-Encoding: gzip" in served_as:
        headers["Content-Encoding"] = "gzip"
    return Answer(body=body, headers=headers)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    database = tmp_path_factory.mktemp("attacks") / "feeds.db"
    with LoopbackServer(host="0.0.0.0") as server:
        urls = {}
        for number, name in enumerate(FEEDS, 1):
            server.answers[f"/{name}"] = answer_of(name)
            urls[server.url(f"/{name}", host=f"127.0.9.{number}")] = name
        with Reader(database, refresh_settings=replace(SETTINGS, full_text="never")) as reader:
            for url in urls:
                reader.subscribe(url)
            started = time.monotonic()
            outcomes = {
                urls[one.url]: one for one in reader.refresh() if isinstance(one, RefreshOutcome)
            }
            yield Scene(database, reader, server, outcomes, time.monotonic() - started)


@pytest.mark.parametrize("name", FEEDS)
def test_feed_comes_in_or_fails_in_words(scene: Scene, name: str, tally: Tally) -> None:
    row = FILES[name]
    outcome = scene.outcomes[name]
    assert outcome.outcome in ("new", "unchanged", "failed"), outcome
    ids = scene.ids(name)
    if outcome.outcome == "failed":
        assert outcome.reason
        assert outcome.reason.isprintable()
        may_fail = (
            name.startswith(NO_FEED)
            or row["items_in_file"] in ("", "0")
            or "clean error" in row["must_happen"]
            or "closed early" in row["served_as"]
        )
        assert may_fail, outcome
    else:
        assert ids or not row["items_in_file"]
    if row["items_in_file"].isdecimal() and outcome.outcome == "new":
        assert len(ids) <= int(row["items_in_file"])
    for entry_id in ids:
        entry = scene.reader.entry(entry_id)
        strings = (entry.summary.title, entry.text, entry.best_html, *entry.categories)
        for text in (*strings, *entry.summary.authors, entry.summary.link):
            assert acting(text) == []
        for url in (entry.summary.link, entry.comments_url, *(e.url for e in entry.enclosures)):
            assert re.match(r"https?://|mailto:|$", url), url
        assert "<script" not in entry.best_html
        assert "root:x:" not in entry.text + entry.best_html + entry.summary.title
    tally("attacks of the corpus: feeds", tries=1, lost=0)


def test_refresh_of_all_attacks_is_quick_and_asks_nothing_else(scene: Scene) -> None:
    assert scene.seconds < 150
    assert len(scene.outcomes) == len(FEEDS)
    assert len(scene.server.requests) == len(FEEDS)
    assert scene.reader.find_problems() == ()


@pytest.mark.parametrize("name", [n for n in FEEDS if FILES[n]["kind"] in ("identity", "size")])
def test_second_poll_adds_nothing(scene: Scene, name: str) -> None:
    before = len(scene.ids(name))
    feed_id = scene.outcomes[name].feed_id
    answer = scene.server.answers[f"/{name}"]
    assert isinstance(answer, Answer)
    scene.server.answers[f"/{name}"] = replace(answer, body=answer.body + b"\n")
    list(scene.reader.refresh([feed_id], force=True))
    assert len(scene.ids(name)) == before


@pytest.mark.parametrize(
    "name", [n for n in FEEDS if FILES[n]["kind"] in ("markup-injection", "sql") and "rss" in n]
)
def test_titles_are_shown_as_written(scene: Scene, name: str) -> None:
    tree = etree.parse(FOLDER / name, etree.XMLParser(recover=True))
    wanted = sorted(clean_line("".join(one.itertext())) for one in tree.iterfind(".//item/title"))
    shown = sorted(scene.reader.entry(one).summary.title for one in scene.ids(name))
    plain = [title for title in wanted if "<" not in title and "&" not in title]
    assert set(plain) <= set(shown)


@pytest.mark.parametrize(
    "words",
    [
        ("list", ""), ("list", "", "--json"), ("list", "", "--csv"), ("feeds",),
        ("feeds", "--json"), ("export",), ("refresh", "--force", "--json"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_nothing_of_an_attack_acts_in_an_output(scene: Scene, words: tuple[str, ...]) -> None:
    text = on_pipe(scene.database, *words)
    assert acting(text) == []
    assert "root:x:" not in text


def test_stories_of_all_attacks_are_printed(scene: Scene, tally: Tally) -> None:
    ids = [str(one) for one in scene.reader.entry_ids("")]
    forms = ((), ("--html",), ("--markdown",), ("--json",))[: 4 if IS_FULL else 2]
    for form in forms:
        for start in range(0, len(ids), 400):
            text = on_pipe(scene.database, "show", *ids[start : start + 400], *form)
            assert acting(text) == []
            assert "root:x:" not in text
    for words in (("list", ""), ("show", *ids[:: 1 if IS_FULL else 40])):
        printed = on_terminal(scene.database, "--color", "always", *words)
        assert acting(printed.replace("\r\n", "\n")) == []
    tally("attacks of the corpus: stories in their forms", tries=len(forms) * len(ids), lost=0)


def test_each_hostile_title_can_be_searched_for_as_typed(scene: Scene) -> None:
    titles = {one.title for one in scene.reader.entries("") if one.title}
    for title in sorted(titles):
        words = re.sub(r'["\\]', " ", title)
        if words.strip():
            assert isinstance(scene.reader.entry_ids(f'"{words}"'), list)


def test_nothing_was_run_or_written_elsewhere(scene: Scene) -> None:
    assert [path for path in PWNED if path.exists()] == []


def test_no_document_made_a_connection_of_its_own(scene: Scene) -> None:
    """Parsing, rendering and exporting once more, with an ear where the attacks call."""
    calls: list[object] = []
    ear = socket.socket()
    ear.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        ear.bind(("127.0.0.1", 9))
    except OSError:
        pytest.skip("port 9 cannot be listened on")
    ear.listen()

    def listen() -> None:
        while True:
            try:
                calls.append(ear.accept())
            except OSError:
                return

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    try:
        feed_ids = [one.feed_id for one in scene.outcomes.values()]
        for name in FEEDS:
            answer = scene.server.answers[f"/{name}"]
            if isinstance(answer, Answer):
                scene.server.answers[f"/{name}"] = replace(answer, body=answer.body + b" ")
        list(scene.reader.refresh(feed_ids, force=True))
        ids = [str(one) for one in scene.reader.entry_ids("")]
        on_pipe(scene.database, "show", *ids[:300], "--html")
    finally:
        ear.shutdown(socket.SHUT_RDWR)
        ear.close()
        thread.join(5)
    assert calls == []


# --- lists ------------------------------------------------------------------


def imported(path: Path, name: str) -> tuple[ImportReport | None, str]:
    with Reader(path) as reader:
        started = time.monotonic()
        try:
            report = reader.import_list((FOLDER / name).read_bytes())
        except ImportFailed as error:
            assert reader.subscriptions() == ()
            return None, str(error)
        assert time.monotonic() - started < 40
        for one in reader.subscriptions():
            assert re.match(r"https?://", one.url), one.url
            assert acting(one.title + "".join(sum(one.folders, ()))) == []
        return report, ""


@pytest.mark.parametrize("name", LISTS)
def test_list_is_imported_or_refused_in_words(name: str, tmp_path: Path, tally: Tally) -> None:
    report, refusal = imported(tmp_path / "feeds.db", name)
    if report is None:
        assert refusal
        assert FILES[name]["items_in_file"] in ("", "0")
    else:
        told = " ".join(text for pair in report.skipped for text in pair)
        assert acting(told) == []
        assert "root:x:" not in told
        with Reader(tmp_path / "feeds.db") as reader:
            exported = reader.export_list()
        again, _ = imported(tmp_path / "again.db", name)
        assert again is not None
        with Reader(tmp_path / "feeds.db") as reader:
            assert reader.import_list(exported).added == ()
        assert b"root:x:" not in exported
    printed = on_pipe(tmp_path / "cli.db", "import", str(FOLDER / name))
    assert acting(printed) == []
    assert [path for path in PWNED if path.exists()] == []
    tally("attacks of the corpus: lists", tries=1, lost=0)


@pytest.mark.parametrize("count", [100_000 if IS_FULL else 5_000])
def test_list_of_very_many_feeds_is_imported(count: int, tmp_path: Path, tally: Tally) -> None:
    outlines = "".join(
        f'<outline type="rss" text="Feed {n}" xmlUrl="https://h{n % 500}.example/feed/{n}"/>'
        for n in range(count)
    )
    opml = f'<opml version="2.0"><body>{outlines}</body></opml>'
    with Reader(tmp_path / "feeds.db") as reader:
        started = time.monotonic()
        report = reader.import_list(opml.encode())
        took_s = time.monotonic() - started
        assert len(report.added) == count
    assert took_s < 200
    tally(f"list of {count:,} feeds", tries=count, lost=0, words=f"{took_s:.1f} s")


# --- pages ------------------------------------------------------------------


@pytest.mark.parametrize("name", PAGES)
def test_page_gives_a_clean_article_or_a_reason(name: str, tally: Tally) -> None:
    started = time.monotonic()
    try:
        page = extract_article(
            (FOLDER / name).read_bytes(),
            url="https://site.example/page",
            content_type="text/html; charset=utf-8",
        )
    except ExtractionFailed as error:
        assert str(error)  # noqa: PT017
    else:
        assert acting(page.text + page.html + page.title) == []
        canary = FILES[name]["canary_or_recipe"]
        if "prompt" in name:
            assert canary not in page.text
    assert time.monotonic() - started < 60
    tally("attacks of the corpus: pages", tries=1, lost=0)


# --- recipes ----------------------------------------------------------------


def stream_of(form: str, entries: int) -> Behaviour:
    """Send a feed of very many entries as fast as it is taken."""

    async def behave(exchange: Exchange) -> None:
        heads = {
            "rss": '<rss version="2.0"><channel>',
            "atom": '<feed xmlns="http://www.w3.org/2005/Atom">',
            "json": '{"version":"https://jsonfeed.org/version/1.1","title":"x","items":[',
        }
        items = {
            "rss": "<item><title>Entry {0}</title><link>https://big.example/{0}</link>"
            "<guid>{0}</guid></item>",
            "atom": "<entry><title>Entry {0}</title><id>{0}</id></entry>",
            "json": '{{"id":"{0}","title":"Entry {0}","content_text":"x"}},',
        }
        await exchange.send(b"HTTP/1.1 200 OK\r\n\r\n" + heads[form].encode())
        for start in range(0, entries, 1000):
            text = "".join(items[form].format(n) for n in range(start, start + 1000))
            await exchange.send(text.encode())

    return behave


async def title_without_an_end(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\n\r\n<rss version='2.0'><channel><item><title>")
    for _ in range(100):
        await exchange.send(b"A" * 2**20)


RECIPES: dict[str, tuple[Behaviour, str]] = {
    "content_length_lie, short": (
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n" + b"<rss>" * 200_000), ""
    ),
    "content_length_lie, long": (
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n" + b"x" * 1000),
        "larger than",
    ),
    "header_flood": (
        raw(b"HTTP/1.1 200 OK\r\n" + b"X-Flood: y\r\n" * 10_000 + b"\r\n<rss/>"), "headers"
    ),
    "ETag of a megabyte": (
        raw(b'HTTP/1.1 200 OK\r\nETag: "' + b"e" * 2**20 + b'"\r\n\r\n<rss/>'), "headers"
    ),
    "title_100mb": (title_without_an_end, "larger than"),
    "entries_1000000, RSS": (stream_of("rss", 1_000_000), "larger than"),
    "entries_1000000, Atom": (stream_of("atom", 1_000_000), "larger than"),
    "entries_1000000, JSON": (stream_of("json", 1_000_000), "larger than"),
}  # fmt: skip


@pytest.mark.parametrize("recipe", RECIPES)
def test_recipe_ends_in_words(recipe: str, tmp_path: Path, tally: Tally) -> None:
    behaviour, words = RECIPES[recipe]
    settings = replace(SETTINGS, limits=FetchLimits(total_s=20))
    with (
        LoopbackServer(answers={"/": behaviour}) as server,
        Reader(tmp_path / "feeds.db", refresh_settings=settings) as reader,
    ):
        reader.subscribe(server.url("/"))
        (outcome,) = [one for one in reader.refresh() if isinstance(one, RefreshOutcome)]
        assert outcome.outcome == "failed", outcome
        assert words in outcome.reason
        assert reader.status().entries == 0
    tally("attacks of the corpus: recipes", tries=1, lost=0)


def test_validator_that_would_inject_a_header_is_not_sent_back(tmp_path: Path) -> None:
    now = datetime(2026, 11, 25, tzinfo=UTC)
    body = b"<rss version='2.0'><channel><item><guid>1</guid></item></channel></rss>"
    answer = (
        b'HTTP/1.1 200 OK\r\nETag: "a\rX-Injected: 1"\r\nLast-Modified: not a date\r\n'
        b"Content-Length: %d\r\n\r\n" % len(body)
    )
    settings: Any = SETTINGS
    with LoopbackServer(answers={"/": raw(answer + body)}) as server:
        for days in range(2):
            with Reader(
                tmp_path / "feeds.db",
                refresh_settings=settings,
                clock=lambda days=days: now + timedelta(days=2 * days),
            ) as reader:
                reader.subscribe(server.url("/"))
                list(reader.refresh())
        assert len(server.requests) == 2
        assert b"X-Injected" not in b"".join(one.raw for one in server.requests)


def test_index_is_covered() -> None:
    """Each recipe has a test: here, among the faults of servers, or of the network."""
    elsewhere = {"dns_rebind_local", "redirect_loop", "redirect_to_file", "slow_loris"}
    here = {name.partition(",")[0] for name in RECIPES} | {"opml_100000_feeds"}
    wanted = {row["file"].partition(" (")[0] for row in ROWS if "recipe" in row["file"]}
    assert wanted <= elsewhere | here
    assert json.dumps(sorted(FILES))

"""The query language: what it reads, what it refuses, and that SQL and matcher agree."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
import time
import unicodedata
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedreader.core.query import (
    Context,
    FeedName,
    Sort,
    compile_regex,
    compile_sql,
    complete,
    describe_fields,
    parse,
    point_at,
    regexp,
    to_text,
)
from feedreader.core.query.patterns import MAX_PATTERN_CHARS, MAX_TEXT_CHARS
from feedreader.core.query.tree import (
    Age,
    And,
    Date,
    Ids,
    Name,
    Not,
    Number,
    Or,
    Pattern,
    Query,
    State,
    Words,
)
from feedreader.core.query.unicode61 import split_words
from feedreader.core.text import reading_minutes
from feedreader.errors import QueryError
from query_matcher import MatchableEntry, compile_matcher

DOCS = Path(__file__).parent.parent / "docs" / "query.md"
NOW = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)
FEEDS = (
    FeedName(1, "LWN.net", "https://lwn.net/headlines/rss", (("Tech", "Linux"),), ("news",)),
    FeedName(2, "The Verge", "https://theverge.example/rss", (("Tech",),), ("News", "gadgets")),
    FeedName(3, "朝日新聞デジタル", "https://asahi.example/feed", (("Technik",), ("日本",)), ()),
    FeedName(4, "404 Media", "https://404media.example/", (), ("Économie",)),
)

SEARCHES = {
    "Long": "words:>800 sort:-words limit:3",
    "Unread long": 'is:unread search:"long"',
    "Loop": "search:again",
    "Again": "kernel OR search:Loop",
    "Broken": "kernel (",
    "Laughs": " ".join(["search:Laughs2"] * 50),
    "Laughs2": " ".join(["search:Laughs3"] * 50),
    "Laughs3": " ".join(["search:Long"] * 50),
    "Everything": "",
}
CONTEXT = Context(now=NOW, feeds=FEEDS, searches=SEARCHES, tags=("to cite", "x"))

SCHEMA = """
CREATE TABLE feeds (id INTEGER PRIMARY KEY, url TEXT, title TEXT, user_title TEXT);
CREATE TABLE entries (
    id INTEGER PRIMARY KEY, feed_id INTEGER NOT NULL, title TEXT NOT NULL, link TEXT NOT NULL,
    authors TEXT NOT NULL, language TEXT NOT NULL, categories TEXT NOT NULL,
    received_at INTEGER NOT NULL, sort_at INTEGER NOT NULL, is_read INTEGER NOT NULL,
    is_starred INTEGER NOT NULL, is_later INTEGER NOT NULL, is_muted INTEGER NOT NULL,
    is_edited INTEGER NOT NULL, word_count INTEGER NOT NULL, enclosure_count INTEGER NOT NULL,
    has_image INTEGER NOT NULL, has_code INTEGER NOT NULL, full_text_source INTEGER NOT NULL,
    score INTEGER NOT NULL, copy_count INTEGER NOT NULL, deleted_at INTEGER);
CREATE TABLE entry_bodies (entry_id INTEGER PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE rule_hits (entry_id INTEGER, rule_id INTEGER, PRIMARY KEY (entry_id, rule_id));
CREATE TABLE entry_tags (entry_id INTEGER, tag TEXT, PRIMARY KEY (entry_id, tag));
CREATE VIEW entries_text AS
    SELECT e.id, e.title, e.authors, b.text
    FROM entries e LEFT JOIN entry_bodies b ON b.entry_id = e.id;
CREATE VIRTUAL TABLE entries_fts USING fts5(title, authors, text,
    content='entries_text', content_rowid='id', tokenize='unicode61 remove_diacritics 2');
CREATE INDEX unread ON entries (sort_at, id) WHERE is_read = 0;
CREATE INDEX of_feed ON entries (feed_id, sort_at, id);
"""


def make_database(path: str = ":memory:") -> sqlite3.Connection:
    connection = sqlite3.connect(path)
    connection.create_function("regexp", 2, regexp, deterministic=True)
    connection.executescript(SCHEMA)
    connection.executemany(
        "INSERT INTO feeds VALUES (?, ?, ?, '')", [(f.id, f.url, f.title) for f in FEEDS]
    )
    return connection


def insert(connection: sqlite3.Connection, *entries: MatchableEntry) -> None:
    for e in entries:
        seconds = int(e.sorted_at.timestamp() // 1)
        source = {"none": 0, "feed": 1, "page": 2}[e.full_text_source]
        authors, categories = "\n".join(e.authors), "\n".join(e.categories)
        row = (e.id, e.feed_id, e.title, e.link, authors, e.language, categories, seconds, seconds)
        row += (e.is_read, e.is_starred, e.is_later, e.is_muted, e.is_edited, e.word_count)
        row += (e.enclosure_count, e.has_image, e.has_code, source, e.score, e.copy_count, None)
        connection.execute(f"INSERT INTO entries VALUES ({', '.join('?' * len(row))})", row)
        connection.execute("INSERT INTO entry_bodies VALUES (?, ?)", (e.id, e.text))
        connection.executemany(
            "INSERT INTO entry_tags VALUES (?, ?)", [(e.id, tag) for tag in set(e.tags)]
        )
        connection.executemany(
            "INSERT INTO rule_hits VALUES (?, ?)", [(e.id, rule) for rule in set(e.rule_ids)]
        )
        connection.execute(
            "INSERT INTO entries_fts (rowid, title, authors, text) VALUES (?, ?, ?, ?)",
            (e.id, e.title, authors, e.text),
        )


def run_sql(
    connection: sqlite3.Connection,
    query: Query,
    context: Context = CONTEXT,
    *,
    ids: str = "",
    is_walk: bool = False,
    words_beginning: Callable[[str], Sequence[str] | None] = lambda _: None,
) -> list[int]:
    sql = compile_sql(query, context, ids=ids, is_walk=is_walk, words_beginning=words_beginning)
    text = f"SELECT e.id FROM entries e WHERE {sql.where}"
    if sql.order_by:
        text += f" ORDER BY {sql.order_by}"
    if sql.limit is not None:
        text += f" LIMIT {sql.limit}"
    return [row[0] for row in connection.execute(text, sql.params)]


def entry(**fields: object) -> MatchableEntry:
    defaults: dict[str, object] = {"id": 1, "feed_id": 1, "sorted_at": NOW}
    return MatchableEntry(**(defaults | fields))  # type: ignore[arg-type]


def finds(text: str, one: MatchableEntry, context: Context = CONTEXT) -> bool:
    """Ask both backends, which must agree."""
    query = parse(text)
    by_matcher = compile_matcher(query, context)(one)
    connection = make_database()
    insert(connection, one)
    by_sql = run_sql(connection, query, context) == [one.id]
    connection.close()
    assert by_matcher == by_sql
    return by_sql


def failure(text: str, context: Context = CONTEXT) -> QueryError:
    with pytest.raises(QueryError) as caught:
        compile_sql(parse(text), context)
    return caught.value


# --- reading ----------------------------------------------------------------

KT, LT = Words("intitle", "k"), Words("intitle", "l")
K, L, M = Words("", "k"), Words("", "l"), Words("", "m")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", And()),
        ("  \t\n ", And()),
        ("k", K),
        ("k l", And((K, L))),
        ("k AND l", And((K, L))),
        ("k OR l m", Or((K, And((L, M))))),
        ("k l OR m", Or((And((K, L)), M))),
        ("(k OR l) m", And((Or((K, L)), M))),
        ("(k l) m", And((K, L, M))),
        ("-k", Not(K)),
        ("!k", Not(K)),
        ("NOT k", Not(K)),
        ("NOT -k", K),
        ("-(k OR l)", Not(Or((K, L)))),
        ("NOT k l", And((Not(K), L))),
        ("and or not", And((Words("", "and"), Words("", "or"), Words("", "not")))),
        ('"AND"', Words("", "AND")),
        ("ANDROID", Words("", "ANDROID")),
        ('"merge window"', Words("", "merge window")),
        (r'"a \"b\" \\ \c"', Words("", r'a "b" \ \c')),
        ("kern*", Words("", "kern", is_prefix=True)),
        ('"merge win"*', Words("", "merge win", is_prefix=True)),
        ("INTITLE:k", Words("intitle", "k")),
        ('author:"jon corbet"', Words("author", "jon corbet")),
        ("feed:12,3", Ids("feed", (3, 12))),
        ('feed:"404"', Words("feed", "404")),
        ("feed:404media", Words("feed", "404media")),
        ("folder:A/B", Name("folder", "A/B")),
        ("is:UNREAD", State("is", "unread")),
        ("before:2026-11", Date("before", "2026-11")),
        ("rule:3", Ids("rule", (3,))),
        ('unread = "yes"', State("is", "unread")),
        ('title =~ "k" or title # "l" and age < 2', And((Or((KT, LT)), Age("newer", 2, "d")))),
        ("on:2026-11-01..2026-11-15", Date("on", "2026-11-01", "2026-11-15")),
        ("newer:3d", Age("newer", 3, "d")),
        ("words:>800", Number("words", 801, None)),
        ("words:<=800", Number("words", None, 800)),
        ("words:100..500", Number("words", 100, 500)),
        ("score:=-5", Number("score", -5, -5)),
        ("intitle:/a\\/b c/mi", Pattern("intitle", "a/b c", "im")),
        ("/^Lo+l/", Pattern("", "^Lo+l")),
        ("http://example.org/x", Words("", "http://example.org/x")),
        ("std::vector", Words("", "std::vector")),
        ("10:30", Words("", "10:30")),
        ("don't", Words("", "don't")),
        ("foo-bar!", Words("", "foo-bar!")),
        ("标题:x", Words("", "标题:x")),
    ],
)
def test_text_reads_as_tree(text: str, tree: object) -> None:
    assert parse(text).tree == tree


def test_sort_and_limit_stand_outside_of_the_tree() -> None:
    assert parse("k sort:-date OR l limit:20") == Query(Or((K, L)), Sort("date", True), 20)


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("kernel -", 7, "- must stand directly before"),
        ("a - b", 2, "- must stand directly before"),
        ("!", 0, "! must stand directly before"),
        ("-)", 0, "- must stand"),
        ("AND k", 0, "AND needs something on both sides"),
        ("k AND", 2, "AND needs"),
        ("k AND AND l", 6, "AND needs"),
        ("OR k", 0, "OR needs"),
        ("k OR", 2, "OR needs"),
        ("k OR OR l", 2, "OR needs"),
        ("k OR sort:date", 2, "OR needs"),
        ("k NOT", 2, "NOT needs something after it"),
        ("NOT OR k", 0, "NOT needs"),
        ("(k", 0, "this ( is never closed"),
        ("k)", 1, "this ) closes nothing"),
        ("k ()", 2, "nothing stands between these parentheses"),
        ('k "abc', 2, 'this " is never closed'),
        ('""', 0, "nothing stands between these quotes"),
        ("*", 0, "a lone * finds everything"),
        ("intitle:", 8, "intitle: needs a value"),
        ("intitle: k", 8, "intitle: needs a value"),
        ("is:unraed", 3, "is: does not know 'unraed'"),
        ("on:2026-13", 3, "on: does not know"),
        ("on:2026-02-30", 3, "on: does not know"),
        ("before:2026..2027", 7, "before: does not know"),
        ("a on:2026-11-15..2026-11-01", 2, "on: ends before it begins"),
        ("on:2026-11-24T10:00Z..2026-11-24T09:59Z", 0, "on: ends before it begins"),
        ("newer:3", 6, "newer: does not know"),
        ("words:many", 6, "words: does not know"),
        ("words:500..100", 6, "words: does not know"),
        ("words:>99999999999999999999", 6, "words: does not know"),
        ("id:1,x", 3, "id: does not know"),
        ("sort:size", 5, "sort: does not know"),
        ("limit:0", 6, "limit: needs a number"),
        ("limit:1 limit:2", 8, "limit: is given twice"),
        ("(sort:date)", 1, "sort: must stand outside"),
        ("-sort:date", 1, "sort: cannot be excluded"),
        ("/abc", 0, "without a closing /"),
        ("/usr/bin", 5, "unknown regular expression flags 'bin'"),
        ("//", 0, "this regular expression is empty"),
        ("/(/", 0, "regular expression:"),
        ("intitle:/(a+)+b/", 8, "regular expression: a repeat inside of a repeat"),
        ("a \ud800", 2, "half a character"),
        ("(" * 11 + "k" + ")" * 11, 10, "more than 10 parentheses"),
        ("k " * 401, 800, "more than 400 terms"),
        ("k" * 10_001, 10_000, "longer than 10000"),
        ("k search:Nothing", 2, "no saved search is called 'Nothing'"),
        ("k search:Broken", 2, "in the saved search 'Broken': this ( is never closed"),
    ],
)
def test_error_says_what_and_where(text: str, position: int, message: str) -> None:
    error = failure(text)
    assert message in error.message
    assert (error.position, error.query) == (position, text)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("autor:x", "did you mean author:?"),
        ("title:x", "did you mean intitle:?"),
        ("url:x", "did you mean inurl:?"),
        ("zzz:x", 'to search for the text itself, write it in quotes: "zzz:x"'),
        ("is:unraed", "did you mean is:unread?"),
        ("has:images", "did you mean has:image?"),
        ("sort:-dat", "did you mean sort:-date?"),
        ("newer:3", "a number of h(ours), d(ays), w(eeks), m(onths) or y(ears), as in 3d"),
        ("search:Nix", "known are: "),
        ("OR", 'write it in quotes: "OR"'),
    ],
)
def test_error_suggests_what_was_meant(text: str, hint: str) -> None:
    assert hint in failure(text).hint


def test_caret_stands_under_the_spot() -> None:
    assert point_at(failure("kernel is:unraed")) == "kernel is:unraed\n          ^"


def test_caret_counts_wide_characters_as_two_cells_and_marks_as_none() -> None:
    assert point_at(failure("日本 is:x")) == "日本 is:x\n        ^"
    assert point_at(failure("e\u0301 is:x")).splitlines()[1] == "     ^"


def test_pointing_at_an_error_prints_no_control_characters() -> None:
    lines = point_at(failure("\x1b[31m\u202e\n is:x")).splitlines()
    assert len(lines) == 2
    assert not any(unicodedata.category(char)[0] == "C" for line in lines for char in line)


def test_pointing_at_an_error_cuts_a_long_query_around_the_spot() -> None:
    shown, caret = point_at(failure("k " * 150 + "is:unraed" + " k" * 100)).splitlines()
    assert len(shown) < 100
    assert shown[caret.index("^") :].startswith("unraed")
    assert shown.startswith("…")
    assert shown.endswith("…")


# --- saved searches ---------------------------------------------------------


def test_saved_searches_nest_whatever_the_case_of_their_names() -> None:
    assert finds('search:"unread long"', entry(word_count=900))
    assert not finds('search:"unread long"', entry(word_count=700))
    assert not finds('search:"unread long"', entry(word_count=900, is_read=True))
    assert finds("search:everything", entry())


def test_saved_search_that_contains_itself_is_an_error_at_the_spot() -> None:
    error = failure("is:unread search:Loop")
    assert "contains itself" in error.message
    assert error.position == len("is:unread ")


def test_saved_searches_that_multiply_are_stopped() -> None:
    started = time.process_time()
    assert "more than 400 terms" in failure("search:Laughs").message
    assert time.process_time() - started < 1


def test_sort_and_limit_of_a_nested_search_do_not_count() -> None:
    sql = compile_sql(parse("search:Long"), CONTEXT)
    assert (sql.order_by, sql.limit) == ("", None)


# --- words ------------------------------------------------------------------


def test_words_split_and_fold_as_fts5_does_for_every_code_point() -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute(
        "CREATE VIRTUAL TABLE f USING fts5(t, tokenize='unicode61 remove_diacritics 2')"
    )
    connection.execute("CREATE VIRTUAL TABLE v USING fts5vocab(f, instance)")
    # Beyond the assigned planes nothing changes any more; the last planes are private use.
    codes = [c for c in (*range(1, 0x32000), *range(0xE0000, 0xF0010)) if not 0xD800 <= c < 0xE000]
    for first in range(0, len(codes), 4096):
        text = "".join(f"a{chr(code)}b {chr(code)} " for code in codes[first : first + 4096])
        connection.execute("DELETE FROM f")
        connection.execute("INSERT INTO f VALUES (?)", (text,))
        words = [row[0] for row in connection.execute("SELECT term FROM v ORDER BY offset")]
        assert split_words(text) == words


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("kernel", "The Kernel: a story"),
        ("ecole", "L'École française"),
        ("ÉCOLE", "ecole"),
        ("kern*", "kernels"),
        ("foo-bar", "foo / bar"),
        ('"merge win"*', "A merge window"),
        ("東京", "今日の東京は晴れ"),
        ("iphone手机", "新iPhone手机上市"),
        ("ภาษา", "เรียนภาษาไทย"),
        ("서울", "서울에서"),
        ("🎉", "It is done 🎉🎉"),
        ("100%", "100 things"),
        ("東京%", "東京%"),
        ('"a\x00b"', "a b"),
    ],
)
def test_word_finds_title(text: str, title: str) -> None:
    assert finds(text, entry(title=title))


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("kern", "kernel"),
        ('"window merge"', "merge window"),
        ("東京%", "東京は"),
        ("東_", "東京"),
        ("🎉", "done"),
        ('"kernel OR x"', "kernel"),
        ('"title: x"', "x"),
        ("NEAR", "kernel"),
    ],
)
def test_word_does_not_find_title(text: str, title: str) -> None:
    assert not finds(text, entry(title=title))


def test_words_are_sought_in_title_authors_and_text_but_phrases_not_across() -> None:
    one = entry(title="alpha", authors=("Beta Gamma", "Delta"), text="epsilon")
    assert all(finds(word, one) for word in ("alpha", "gamma", "delta", "epsilon"))
    assert not finds('"alpha beta"', one)
    assert finds('author:"beta gamma"', one)
    assert not finds("intitle:beta", one)
    assert finds("intext:epsilon", one)


def test_exclusion_may_stand_alone() -> None:
    assert finds("-kernel", entry(title="x"))
    assert not finds("-kernel", entry(title="x", text="kernel"))


# --- fields -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "feeds"),
    [
        ("feed:1,4", {1, 4}),
        ("feed:verge", {2}),
        ("feed:lwn.net", {1}),
        ("feed:https://lwn.net/headlines/rss", {1}),
        ("feed:theverg*", {2}),
        ("feed:asahi", {3}),
        ("feed:新聞", {3}),
        ('feed:"404"', {4}),
        ("feed:net", {1}),
        ("feed:404", set()),
        ("feed:nothing", set()),
        ("-feed:nothing", {1, 2, 3, 4}),
        ("folder:Tech", {1, 2}),
        ("folder:tech/linux", {1}),
        ("folder:/Tech/", {1, 2}),
        (r"folder:Tech\/Linux", {1}),
        ("folder:Linux", set()),
        ("folder:日本", {3}),
        ("folder:/", {4}),
        ("tag:news", {1, 2}),
        ("tag:économie", {4}),
        ("tag:ÉCONOMIE", {4}),
        ("has:tag", set()),
    ],
)
def test_query_finds_the_entries_of_feeds(text: str, feeds: set[int]) -> None:
    assert {feed.id for feed in FEEDS if finds(text, entry(feed_id=feed.id))} == feeds


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ('tag:"to cite"', {"tags": ("a", "To Cite")}),
        ("category:security", {"categories": ("Web", "Security")}),
        ("category:ÉTÉ", {"categories": ("été",)}),
        ("lang:de", {"language": "de"}),
        ("lang:DE", {"language": "de-AT"}),
        ("lang:pt-br", {"language": "pt_BR"}),
        ("inurl:/2026/11x", {"link": "https://example.org/2026/11x"}),
        ("inurl:EXAMPLE", {"link": "https://example.org/"}),
        ('inurl:"a_b%"', {"link": "https://example.org/a_b%"}),
        ("inurl:/2026", {"link": "https://example.org/2026/"}),
        ("inurl:/e.a/", {"link": "https://example.org/"}),
        ("is:read", {"is_read": True}),
        ("is:starred", {"is_starred": True}),
        ("is:later", {"is_later": True}),
        ("is:edited", {"is_edited": True}),
        ("is:muted", {"is_muted": True}),
        ("is:full", {"full_text_source": "page"}),
        ("is:full", {"full_text_source": "feed"}),
        ("has:enclosure", {"enclosure_count": 2}),
        ("has:image", {"has_image": True}),
        ("has:code", {"has_code": True}),
        ("has:tag", {"tags": ("x",)}),
        ("has:link", {"link": "https://example.org/"}),
        ("words:>800", {"word_count": 801}),
        ("minutes:5", {"word_count": 881}),
        ("minutes:5", {"word_count": 1100}),
        ("minutes:>5", {"word_count": 1101}),
        ("copies:>1", {"copy_count": 2}),
        ("score:>0", {"score": 1}),
        ("id:7,8", {"id": 8}),
        ("intitle:/^lo+l$/i", {"title": "LOOOL"}),
        ("/b.d/s", {"text": "b\nd"}),
        ("/^b$/m", {"text": "a\nb\nc"}),
        (r"/\bреклама\b/", {"title": "тут реклама!"}),
        ("author:/^Ann/", {"authors": ("Ann", "Bob")}),
    ],
)
def test_field_finds_the_entry_that_has_it_and_not_one_without(
    text: str, fields: dict[str, object]
) -> None:
    assert finds(text, entry(**fields))
    assert not finds(text, entry(id=9, feed_id=3))


@pytest.mark.parametrize("words", [0, 1, 220, 221, 440, 441, 2200])
def test_minutes_are_those_that_are_shown(words: int) -> None:
    minutes = reading_minutes(words)
    for test, is_found in (
        (f"{minutes}", True),
        (f">={minutes}", True),
        (f"<={minutes}", True),
        (f"0..{minutes}", True),
        (f"<{minutes}", False),
        (f">{minutes}", False),
        (f"0..{minutes - 1}", False),
    ):
        assert finds(f"minutes:{test}", entry(word_count=words)) is is_found


def test_unread_and_unstarred_are_what_an_entry_begins_as() -> None:
    assert finds("is:unread is:unstarred", entry())
    assert not finds("is:unread", entry(is_read=True))
    assert not finds("is:unstarred", entry(is_starred=True))


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("category:secur", "Security"),
        ('category:"a b"', "a"),
        ("lang:d", "de"),
        ("lang:de-AT", "de"),
    ],
)
def test_categories_and_languages_are_compared_whole(text: str, category: str) -> None:
    assert not finds(text, entry(categories=(category, "b"), language=category))


def test_line_break_in_a_category_does_not_reach_over_two() -> None:
    assert not finds('category:"a\nb"', entry(categories=("a", "b")))
    assert finds('category:"a\nb"', entry(categories=("a b",)))


def test_reading_and_compiling_a_query_loads_no_slow_library() -> None:
    script = (
        "import sys, datetime as d; from feedreader.core import query as q;"
        "c = q.Context(now=d.datetime.now(d.UTC));"
        "q.compile_sql(q.parse('is:unread kernel feed:x newer:3d'), c);"
        "print(*sorted({'regex', 'sqlite3', 'difflib', 'lxml', 'httpx'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.stdout, done.returncode) == ("\n", 0), done.stderr


# --- dates ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("on:2026", "2026-01-01T00:00:00", "2026-12-31T23:59:59"),
        ("on:2026-11", "2026-11-01T00:00:00", "2026-11-30T23:59:59"),
        ("on:2026-12", "2026-12-01T00:00:00", "2026-12-31T23:59:59"),
        ("on:2026-11-24", "2026-11-24T00:00:00", "2026-11-24T23:59:59"),
        ("on:2026-11-24T10", "2026-11-24T10:00:00", "2026-11-24T10:59:59"),
        ("on:2026-11-24t10:05", "2026-11-24T10:05:00", "2026-11-24T10:05:59"),
        ("on:2026-11-24T10:05:07z", "2026-11-24T10:05:07", "2026-11-24T10:05:07"),
        ("on:2026-11-24T10:05+02:00", "2026-11-24T08:05:00", "2026-11-24T08:05:59"),
        ("on:today", "2026-11-24T00:00:00", "2026-11-24T23:59:59"),
        ("on:yesterday", "2026-11-23T00:00:00", "2026-11-23T23:59:59"),
        ("on:2026-11-01..2026-11-15", "2026-11-01T00:00:00", "2026-11-15T23:59:59"),
        ("after:2026-11 before:yesterday", "2026-11-01T00:00:00", "2026-11-22T23:59:59"),
        ("newer:3h", "2026-11-24T12:30:00", "2027-01-01T00:00:00"),
        ("newer:3d older:2h", "2026-11-21T15:30:00", "2026-11-24T13:29:59"),
        ("newer:9m older:1w", "2026-02-24T15:30:00", "2026-11-17T15:29:59"),
    ],
)
def test_stretch_of_time_holds_its_ends_and_nothing_beyond(
    text: str, first: str, last: str
) -> None:
    start, end = (datetime.fromisoformat(x).replace(tzinfo=UTC) for x in (first, last))
    assert finds(text, entry(sorted_at=start))
    assert finds(text, entry(sorted_at=end + timedelta(milliseconds=999)))
    assert not finds(text, entry(sorted_at=start - timedelta(seconds=1)))
    if end.year == 2026:
        assert not finds(text, entry(sorted_at=end + timedelta(seconds=1)))


def test_days_begin_in_the_readers_timezone_even_where_the_clocks_change() -> None:
    berlin = Context(now=NOW, timezone=ZoneInfo("Europe/Berlin"))
    # 2026-10-25 has 25 hours: from 22:00 UTC the day before to 23:00 UTC.
    day = "on:2026-10-25"
    assert finds(day, entry(sorted_at=datetime(2026, 10, 24, 22, tzinfo=UTC)), berlin)
    assert finds(day, entry(sorted_at=datetime(2026, 10, 25, 22, 59, tzinfo=UTC)), berlin)
    assert not finds(day, entry(sorted_at=datetime(2026, 10, 25, 23, tzinfo=UTC)), berlin)


def test_month_ago_is_the_last_day_of_a_shorter_month() -> None:
    march = Context(now=datetime(2026, 3, 31, tzinfo=UTC))
    assert finds("newer:1m", entry(sorted_at=datetime(2026, 2, 28, tzinfo=UTC)), march)
    assert not finds("newer:1m", entry(sorted_at=datetime(2026, 2, 27, tzinfo=UTC)), march)


@pytest.mark.parametrize("text", ["newer:9999y", "newer:9999m", "before:9998", "after:0001"])
@pytest.mark.parametrize("hours", [-14, 0, 14])
def test_times_at_the_edge_of_the_calendar_hold_everything(text: str, hours: int) -> None:
    far = Context(now=NOW, timezone=timezone(timedelta(hours=hours)))
    assert finds(text, entry(), far)


# --- regular expressions ----------------------------------------------------


@pytest.mark.parametrize(
    "pattern",
    [
        *("(a+)+", "(a*)*b", "((a|b)*)+", "(?:x{5,})*", "(a+b?){20,}"),
        *(r"(a)\1", r"(?P<n>a)(?P=n)", "(?R)", "(?1)", r"\g<0>", "(?(1)a|b)"),
        *("(a{e<=1})", "a{x}", "(", "[", "*", "x" * (MAX_PATTERN_CHARS + 1)),
    ],
)
def test_pattern_that_is_wrong_or_can_explode_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        compile_regex(pattern)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"(?i)^(new|old)s?\b", "OLD story"),
        (r"[(+*]+[^]]", "(+x"),
        (r"(ab){2,3}c+", "ababcc"),
        (r"\\1", r"\1"),
        (r"(a?b)+", "bab"),
        (r"a{3}", "aaa"),
        (r"(?<!x)y+?", "zy"),
        (r"[\d+]{2}\(", "1+("),
    ],
)
def test_ordinary_pattern_is_found(pattern: str, text: str) -> None:
    assert compile_regex(pattern)(text)


@pytest.mark.parametrize(
    "pattern", ["(?:a|aa)+$", "(?:a|a)*c", "(?:a?){60}a{60}b", "a*a*a*a*[bc]$"]
)
def test_pattern_that_explodes_all_the_same_is_stopped(pattern: str) -> None:
    started = time.process_time()
    assert not compile_regex(pattern)("a" * (MAX_TEXT_CHARS - 1) + "!")
    assert time.process_time() - started < 2


def test_pattern_sees_only_the_beginning_of_a_huge_text() -> None:
    assert compile_regex("b$")("a" * (MAX_TEXT_CHARS - 1) + "b" + "c")
    assert not compile_regex("c")("a" * MAX_TEXT_CHARS + "c")


def test_sql_function_takes_null_for_no_match() -> None:
    assert not regexp(".*", None)


@given(st.text(alphabet="ab(){}[]*+?|\\^$.,:<>=!&-012PRLgkiK/ \n", max_size=25))
def test_no_pattern_fails_in_other_ways(pattern: str) -> None:
    with warnings.catch_warnings(), suppress(ValueError):
        warnings.simplefilter("error")
        compile_regex(pattern)("aabab((")


# --- order ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("sort:date", [2, 3, 1]),
        ("sort:-date limit:2", [1, 3]),
        ("sort:received", [2, 3, 1]),
        ("sort:title", [3, 1, 2]),
        ("sort:-title", [2, 1, 3]),
        ("sort:feed", [2, 1, 3]),
        ("sort:-words", [3, 1, 2]),
        ("sort:score", [1, 2, 3]),
    ],
)
def test_list_is_sorted_and_limited(text: str, ids: list[int]) -> None:
    connection = make_database()
    insert(
        connection,
        entry(id=1, feed_id=1, title="b", word_count=5),
        entry(id=2, feed_id=4, title="C", sorted_at=NOW - timedelta(days=2)),
        entry(id=3, feed_id=2, title="A", word_count=9, sorted_at=NOW - timedelta(days=1)),
    )
    assert run_sql(connection, parse(text)) == ids


# --- SQL --------------------------------------------------------------------


def test_words_of_one_query_are_sought_in_one_match() -> None:
    sql = compile_sql(parse("is:unread linux (kernel OR intitle:bsd) -windows -mac"), CONTEXT)
    assert sql.where.count("MATCH") == 1
    assert sql.params == ('(("linux" AND ("kernel" OR {title} : "bsd")) NOT ("windows" OR "mac"))',)


def test_query_asks_the_cheap_things_first() -> None:
    where = compile_sql(parse("/x+/ 東京 linux feed:1 is:unread"), CONTEXT).where
    spots = [where.index(piece) for piece in ("feed_id", "MATCH", "instr", "regexp")]
    assert spots == sorted(spots)


@pytest.mark.parametrize(
    ("text", "index"),
    [("is:unread", "unread"), ("is:unread kernel", "unread"), ("feed:1", "of_feed")],
)
def test_list_uses_the_index_made_for_it(text: str, index: str) -> None:
    connection = make_database()
    sql = compile_sql(parse(f"{text} sort:-date"), CONTEXT)
    plan = connection.execute(
        f"EXPLAIN QUERY PLAN SELECT e.id FROM entries e WHERE {sql.where}"
        f" ORDER BY {sql.order_by} LIMIT 200",
        sql.params,
    ).fetchall()
    assert any(f"INDEX {index}" in row[3] for row in plan)
    assert not any("ORDER BY" in row[3] for row in plan)


def test_thousands_of_feeds_fit_into_one_query() -> None:
    many = Context(
        now=NOW, feeds=[FeedName(i, f"Feed {i}", f"https://x{i}") for i in range(10_000)]
    )
    assert finds("feed:feed", entry(feed_id=9999), many)


def test_query_says_that_it_asks_for_muted_entries() -> None:
    assert compile_sql(parse("is:unread OR is:muted"), CONTEXT).mentions_muted
    assert not compile_sql(parse('"is_muted" e.is_muted'), CONTEXT).mentions_muted


def nest(levels: int, core: str = "東deep", joint: str = "a OR b ({})") -> str:
    for _ in range(levels):
        core = joint.format(core)
    return core


@pytest.mark.parametrize(
    ("joint", "levels"),
    [
        ("a OR b ({})", 10),
        ("is:read OR is:later ({})", 10),
        ("is:read OR /b/ -({})", 6),
        ("-(is:read {})", 10),
        ("(a OR (b {}))", 5),
    ],
)
def test_deepest_nesting_passes_both_parsers_of_sqlite(joint: str, levels: int) -> None:
    query = parse(nest(levels, joint=joint))
    sql = compile_sql(query, CONTEXT)
    connection = make_database()
    inner = f"SELECT e.id FROM entries e WHERE e.deleted_at IS NULL AND ({sql.where})"
    assert connection.execute(f"SELECT * FROM ({inner})", sql.params).fetchall() == []


def test_deeper_nesting_is_an_error_at_the_deepest_group() -> None:
    text = nest(10, joint="is:read OR /b/ -({})")
    error = failure(text)
    assert "too much inside" in error.message
    assert text[error.position :].startswith("(東deep")


def test_nesting_through_saved_searches_is_bounded() -> None:
    searches = {f"s{i}": nest(4, f"search:s{i + 1}") for i in range(50)} | {"s50": "x"}
    error = failure("k search:s0", Context(now=NOW, searches=searches))
    assert "inside of each other" in error.message
    assert error.position == 2
    chain = Context(now=NOW, searches={f"s{i}": f"search:s{i + 1}" for i in range(2000)})
    assert "inside of each other" in failure("search:s0", chain).message


@pytest.mark.parametrize("joint", [" ", " OR ", " -", " OR -"])
@pytest.mark.parametrize("term", ["w{}", "東{}", "inurl:{}", "intext:/{}/", "tag:t{}", "words:{}"])
def test_longest_queries_pass_sqlite(joint: str, term: str) -> None:
    text = joint.join(term.format(number) for number in range(400))
    connection = make_database()
    insert(connection, entry(title="東1 w1", text="2"))
    query = parse(text)
    assert run_sql(connection, query) in ([], [1])
    assert bool(run_sql(connection, query)) == compile_matcher(query, CONTEXT)(
        entry(title="東1 w1", text="2")
    )


# --- both backends ----------------------------------------------------------

WORDS = [
    "kernel",
    "Linux",
    "École",
    "ecole",
    "東京",
    "東京は",
    "手机iPhone",
    "🎉",
    "a_b%",
    "a",
    "ﬁ",
]
WORDS += ["'", '"', "O'Neil", "\x00", "NEAR", "Straße", "STRASSE", "ภาษา", "हिन्दी", "C++", "\\"]
TEXTS = st.lists(st.sampled_from(WORDS), max_size=4).map(" ".join) | st.text(
    st.characters(exclude_categories=["Cs"]), max_size=12
)
LINES = TEXTS.map(lambda text: " ".join(text.split()))
ENTRIES = st.builds(
    MatchableEntry,
    id=st.integers(1, 5),
    feed_id=st.integers(1, 5),
    sorted_at=st.datetimes(datetime(2026, 11, 20), datetime(2026, 11, 26), timezones=st.just(UTC)),
    title=LINES,
    link=st.sampled_from(["", "https://example.org/a_b%25", "HTTPS://EXAMPLE.ORG/École"]),
    authors=st.lists(LINES, max_size=2).map(tuple),
    text=TEXTS,
    language=st.sampled_from(["", "de", "de-AT", "DE_ch", "den", "zh"]),
    categories=st.lists(LINES, max_size=2).map(tuple),
    tags=st.lists(LINES, max_size=2).map(tuple),
    is_read=st.booleans(),
    is_starred=st.booleans(),
    is_later=st.booleans(),
    is_muted=st.booleans(),
    is_edited=st.booleans(),
    word_count=st.integers(0, 1500),
    enclosure_count=st.integers(0, 1),
    has_image=st.booleans(),
    has_code=st.booleans(),
    full_text_source=st.sampled_from(["none", "feed", "page"]),
    score=st.integers(-2, 2),
    copy_count=st.integers(1, 2),
    rule_ids=st.lists(st.integers(1, 3), max_size=2).map(tuple),
)
VALUES = (st.sampled_from(WORDS) | TEXTS).filter(lambda text: bool(text.strip()))
TERMS = st.one_of(
    st.builds(
        Words, st.sampled_from(["", "intitle", "intext", "author", "feed"]), VALUES, st.booleans()
    ),
    st.builds(
        Pattern,
        st.sampled_from(["", "intitle", "intext", "author", "inurl"]),
        st.sampled_from(["e", "^k", "京", "[A-Z]", "a/b", r"\w+\s", "(a|b)$"]),
        st.sampled_from(["", "i", "im", "s"]),
    ),
    st.builds(Name, st.sampled_from(["inurl", "folder", "tag", "lang", "category"]), VALUES),
    st.builds(Name, st.sampled_from(["lang"]), st.sampled_from(["de", "DE-at", "zh", "d"])),
    st.builds(Name, st.just("search"), st.sampled_from(["Long", "unread long", "Everything"])),
    st.builds(
        Ids,
        st.sampled_from(["id", "feed", "rule"]),
        st.sets(st.integers(0, 5), min_size=1).map(sorted).map(tuple),
    ),
    st.sampled_from(
        [
            State(field.name, value.value)  # type: ignore[arg-type]
            for field in describe_fields()
            if field.kind == "state"
            for value in field.values
        ]
    ),
    st.builds(
        Date,
        st.sampled_from(["before", "after", "on"]),
        st.sampled_from(["today", "yesterday", "2026-11-24", "2026-11-23t12", "2026"]),
    ),
    st.just(Date("on", "2026-11-22", "yesterday")),
    st.builds(
        Age, st.sampled_from(["newer", "older"]), st.integers(0, 40), st.sampled_from("hdwmy")
    ),
    st.builds(
        Number,
        st.sampled_from(["words", "minutes", "copies", "score"]),
        st.integers(-3, 5),
        st.none() | st.integers(5, 1200),
    ),
)
TREES = st.recursive(
    TERMS,
    lambda nodes: st.one_of(
        st.builds(Not, nodes),
        st.lists(nodes, min_size=2, max_size=4).map(tuple).map(And),
        st.lists(nodes, min_size=2, max_size=4).map(tuple).map(Or),
    ),
    max_leaves=8,
)


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(ENTRIES, min_size=1, max_size=5, unique_by=lambda e: e.id),
    st.lists(TREES, min_size=1, max_size=8),
)
def test_sql_and_matcher_find_the_same_entries(entries: list[MatchableEntry], trees: list) -> None:  # type: ignore[type-arg]
    connection = make_database()
    insert(connection, *entries)
    connection.execute("CREATE VIRTUAL TABLE known USING fts5vocab (entries_fts, row)")
    known = [row[0] for row in connection.execute("SELECT term FROM known")]

    def words_beginning(start: str) -> list[str]:
        return [word for word in known if word.startswith(start)]

    for tree in trees:
        query = Query(tree)
        test = compile_matcher(query, CONTEXT)
        found = sorted(e.id for e in entries if test(e))
        assert sorted(run_sql(connection, query)) == found
        assert sorted(run_sql(connection, query, ids="> 2")) == [one for one in found if one > 2]
        walked = run_sql(
            connection, query, ids="> 2", is_walk=True, words_beginning=words_beginning
        )
        assert sorted(walked) == [one for one in found if one > 2]
    connection.close()


def examples_of_every_field() -> list[str]:
    """Return a query for each field, and for each of its values where they are fixed."""
    fields = [field for field in describe_fields() if field.kind != "directive"]
    values = [f"{field.name}:{value.value}" for field in fields for value in field.values]
    regexes = [f"{field.name}:/[a-e]/i" for field in fields if field.takes_regex]
    bounds = [
        f"{field.name}:{bound}"
        for field in fields
        if field.kind == "number"
        for bound in (">1", ">=1", "<2", "<=2", "1", "0..1")
    ]
    examples = [field.example.replace('"Long reads"', "Long") for field in fields]
    return examples + values + regexes + bounds


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(ENTRIES, min_size=1, max_size=5, unique_by=lambda e: e.id))
def test_every_field_and_value_means_the_same_to_sql_and_matcher(
    entries: list[MatchableEntry],
) -> None:
    connection = make_database()
    insert(connection, *entries)
    for text in examples_of_every_field():
        query = parse(text)
        test = compile_matcher(query, CONTEXT)
        assert sorted(run_sql(connection, query)) == sorted(e.id for e in entries if test(e)), text
    connection.close()


@settings(max_examples=500, deadline=None)
@given(TREES)
def test_tree_survives_being_written_and_read(tree: object) -> None:
    read = parse(to_text(Query(tree)))  # type: ignore[arg-type]
    assert parse(to_text(read)) == read
    if not isinstance(tree, And | Or | Not):
        assert read.tree == tree


PIECES = [
    "AND",
    "OR",
    "NOT",
    "(",
    ")",
    '"',
    "-",
    "!",
    "*",
    "/",
    "\\",
    ":",
    " ",
    "  ",
    "\n",
    "..",
    "'",
]
PIECES += [
    "k",
    "東京",
    "sort:date",
    "limit:5",
    "is:unread",
    "on:2026",
    "newer:3d",
    "words:>5",
    "id:1",
]
PIECES += [f"{field.name}:" for field in describe_fields()] + [
    "\x00",
    "\ud800",
    "🎉",
    "/a+/i",
    "%",
    ";--",
]


@settings(max_examples=1500, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join) | st.text(max_size=40))
def test_every_text_gives_a_query_that_runs_or_an_error_that_points(text: str) -> None:
    error = None
    try:
        query = parse(text)
        sql = compile_sql(query, CONTEXT)
    except QueryError as caught:
        error = caught
    if error:
        assert error.query == text
        assert 0 <= error.position <= len(text)
        assert len(point_at(error).splitlines()) == 2
        return
    connection = make_database()
    insert(connection, entry(title="k 東京"))
    found = run_sql(connection, query)
    assert bool(found) == compile_matcher(query, CONTEXT)(entry(title="k 東京"))
    connection.close()
    assert sql.where.count("?") == len(sql.params)
    assert parse(to_text(query)) == query


# --- completion -------------------------------------------------------------


def completed(text: str, cursor: int | None = None) -> list[str]:
    cursor = len(text) if cursor is None else cursor
    return [
        text[: c.start] + c.text + text[c.end :] for c in islice(complete(text, cursor, CONTEXT), 6)
    ]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("inti", "intitle:"),
        ("kernel -aut", "kernel -author:"),
        ("(is:unr", "(is:unread"),
        ("has:c", "has:code"),
        ("feed:ver", 'feed:"The Verge"'),
        ('feed:"the v', 'feed:"The Verge"'),
        ("feed:404", 'feed:"404 Media"'),
        ("folder:lin", "folder:Tech/Linux"),
        ("tag:to", 'tag:"to cite"'),
        ("search:long", "search:Long"),
        ("sort:-d", "sort:-date"),
        ("on:y", "on:yesterday"),
        ("newer:", "newer:1h"),
        ("category:x", None),
        ("nosuch:x", None),
    ],
)
def test_word_at_the_end_is_completed(text: str, first: str | None) -> None:
    assert next(iter(completed(text)), None) == first


def test_word_inside_is_completed_and_the_rest_stays() -> None:
    assert completed("a is:unrXX b", cursor=8)[0] == "a is:unread b"


def test_all_fields_are_offered_where_no_word_stands() -> None:
    assert [c.text for c in complete("k ", 2, CONTEXT)] == [f"{f.name}:" for f in describe_fields()]


def test_completed_names_can_be_read() -> None:
    for field in ("feed", "folder", "tag", "search"):
        for completion in complete(f"{field}:", len(field) + 1, CONTEXT):
            assert parse(completion.text)


@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join), st.integers(-3, 60))
def test_completion_never_fails_and_replaces_a_piece_around_the_cursor(text: str, at: int) -> None:
    for completion in complete(text, at, CONTEXT):
        assert 0 <= completion.start <= max(0, min(at, len(text))) <= completion.end <= len(text)


# --- documentation ----------------------------------------------------------


def documented_rows() -> dict[str, str]:
    """Return the rows of the page's tables: first cell -> the rest."""
    rows = [line.strip("| ").split(" | ") for line in DOCS.read_text().splitlines() if "|" in line]
    return {cells[0]: " | ".join(cells[1:]) for cells in rows if len(cells) > 1}


def test_page_lists_each_field_with_its_meaning_and_example() -> None:
    rows = documented_rows()
    for field in describe_fields():
        assert rows[f"`{field.name}:`"] == f"{field.meaning} | `{field.example}`"


def test_page_lists_each_value_with_its_meaning() -> None:
    rows = documented_rows()
    for field in describe_fields():
        for value in field.values:
            assert rows[f"`{field.name}:{value.value}`"] == value.meaning


def documented_queries() -> list[str]:
    blocks = re.findall(r"```query\n(.*?)```", DOCS.read_text(), re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def test_each_example_can_be_read() -> None:
    examples = documented_queries()
    assert len(examples) > 10
    for example in examples + [field.example for field in describe_fields()]:
        assert parse(example) != Query()


def test_each_field_named_in_running_text_can_be_read() -> None:
    prose = re.sub(r"```.*?```", "", DOCS.read_text(), flags=re.DOTALL)
    names = "|".join(field.name for field in describe_fields())
    codes = [code for code in re.findall(r"`([^`]+)`", prose) if re.match(rf"-?({names}):.", code)]
    assert len(codes) > 50
    for code in codes:
        assert parse(code)


def test_error_shown_on_the_page_is_the_real_one() -> None:
    error = failure("is:unread autor:corbet")
    shown = f"{point_at(error)}\n{error.message}: {error.hint.split(' Otherwise')[0]}"
    assert f"```text\n{shown}\n```" in DOCS.read_text()

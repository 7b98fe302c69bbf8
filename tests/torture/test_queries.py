"""Queries, searches, patterns and templates of any form: an answer or an error in words."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedreader.cli.records import ENTRY_KEYS
from feedreader.cli.template import TemplateError, compile_template
from feedreader.errors import QueryError
from feedreader.reader import Reader
from outputs import acting
from scenes import IS_FULL, Tally, follow, publisher, reader_at

EXAMPLES = 5_000 if IS_FULL else 250
many = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
BITS = st.sampled_from(
    [
        '"', "'", "(", ")", "-", "OR", "AND", "NOT", "*", "^", ":", "/", "\\", "=", "<", ">", "%",
        "_", "?", "NEAR(", "{", "}", "[", "]", "title:", "intitle:", "feed:", "folder:", "tag:",
        "is:", "is:unread", "newer:", "older:3d", "before:", "after:2026-01-01", "words:>", "sort:",
        "limit:", "/(a+)+$/", "/a{1000000}/", "/(?<=x)/", "ships", "'; DROP TABLE entries;--",
        "\x00", "\x1b", "é", "字", "\u202e", "\ud800", "9" * 40, "-1", "\n", "\t", " ", " ", " ",
    ]
)  # fmt: skip
QUERIES = st.lists(BITS | st.text(max_size=4), max_size=14).map("".join)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    path = tmp_path_factory.mktemp("queries") / "feeds.db"
    with publisher(entries=40) as scene:
        follow(path, scene)
    with reader_at(path) as reader:
        yield reader
        assert reader.find_problems() == ()
        assert reader.status().entries == 112


@contextmanager
def in_words() -> Iterator[None]:
    try:
        yield
    except QueryError as error:
        assert error.message  # noqa: PT017
        assert 0 <= error.position <= len(error.query) + 1  # noqa: PT017


@many
@given(QUERIES)
def test_any_query_is_answered_or_refused_in_words(reader: Reader, query: str) -> None:
    with in_words():
        ids = reader.entry_ids(query)
        assert reader.count(query) >= len(ids) or "limit" in query
        list(reader.entries(query, limit=3))


@many
@given(QUERIES)
def test_any_text_in_quotes_can_be_searched_for(reader: Reader, text: str) -> None:
    with in_words():
        reader.entry_ids('"' + text.replace('"', " ") + '"')


@many
@given(QUERIES)
def test_any_query_can_be_kept_or_is_refused(reader: Reader, query: str) -> None:
    with in_words():
        reader.save_search("probe", query)
        reader.entry_ids("search:probe")


EVIL_PATTERNS = (
    "(a+)+$", "(a|a)*b", "(.*)*x", "(x+x+)+y", "(?:a{1,40}){1,40}", "a{100000}", "(?=(a+))\\1",
    "^(([a-z])+.)+[A-Z]([a-z])+$", "(" * 200 + "a" + ")" * 200, "[" * 50, "(?P<x>a)(?P=x)",
    "\\p{Greek}", "(?i:É)", "(?u)x", "(?#", "\\", "*", "a**", "(?R)", "(?1)",
)  # fmt: skip


@pytest.mark.parametrize("pattern", EVIL_PATTERNS)
def test_pattern_takes_no_time_without_end(reader: Reader, pattern: str, tally: Tally) -> None:
    started = time.monotonic()
    with in_words():
        reader.entry_ids(f"/{pattern.replace('/', '.')}/")
        reader.entry_ids(f"intitle:/{pattern.replace('/', '.')}/")
    assert time.monotonic() - started < 30
    tally("patterns that never end elsewhere", tries=1, lost=0)


def test_tables_are_intact_after_all_that(reader: Reader, tally: Tally) -> None:
    reader.entry_ids('"\'; DROP TABLE entries; --"')
    assert reader.status().entries == 112
    tally("queries of any form", tries=3 * EXAMPLES, lost=0)


TEMPLATE_BITS = st.sampled_from(
    ["{", "}", "{{", "}}", "{title}", "{id:>5}", "{title:9}", "{published_at:%Y}", "{0}", "{}",
     "{title.__class__}", "{title!r}", "{title[0]}", "{id:{id}}", "%", "\\t", "\\", "\x1b", "{:",
     "{summary:99999999}", "{published_at:%", "{published_at:%Q%-}", "{tags:<3}"]
)  # fmt: skip
RECORD = dict.fromkeys(ENTRY_KEYS, "\x1b]0;x\x07value") | {
    "id": 7, "published_at": "2026-11-25T09:14:00Z", "updated_at": None, "tags": ["a"],
    "enclosures": [], "read": True,
}  # fmt: skip


@many
@given(st.lists(TEMPLATE_BITS | st.text(max_size=4), max_size=10).map("".join))
def test_any_template_is_filled_or_refused_in_words(template: str) -> None:
    try:
        filled = compile_template(template, ENTRY_KEYS)(RECORD)
    except TemplateError as error:
        assert str(error)  # noqa: PT017
        return
    assert "class" not in filled.replace(template, "") or "class" in template
    if not acting(template):
        assert acting(filled) == []


def test_database_of_this_test_is_whole(reader: Reader, tmp_path: Path) -> None:
    copy = reader.back_up(tmp_path / "copy.db")
    with Reader(copy) as other:
        assert other.find_problems() == ()

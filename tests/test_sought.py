"""Words that a query looks for, found where they stand in titles and texts."""

from __future__ import annotations

import sqlite3
import time
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedreader.core.query import Context, parse
from feedreader.core.query.sought import Column, compile_sought
from feedreader.core.query.tree import Query, Words
from feedreader.core.query.words import find_words
from feedreader.core.width import cell_width
from feedreader.errors import QueryError

CONTEXT = Context(
    now=datetime(2026, 11, 25, tzinfo=UTC),
    searches={"Sea": "harbour OR tide", "Loop": "search:Loop"},
)


def marked(query: str, text: str, column: Column = "title") -> list[str]:
    """Return the pieces of a text that a query marks."""
    sought = compile_sought(parse(query), CONTEXT)
    return [text[start:end] for start, end in sought.find(text, column)] if sought else []


@pytest.mark.parametrize(
    ("query", "text", "pieces"),
    [
        ("harbour", "Harbour, harbours, HARBOUR-wall", ["Harbour", "HARBOUR"]),
        ("harb*", "Harbour, harbours, unharboured", ["Harbour", "harbours"]),
        ("harbour", "Hárbour, ha\u0301rbour", ["Hárbour", "ha\u0301rbour"]),
        ("cafe", "one cafe\u0301.", ["cafe\u0301"]),
        ("HÁRBOUR", "a harbour", ["harbour"]),
        ("straße", "Straße, Strasse", ["Straße"]),
        (
            '"new york"',
            "New York, New  York, New-York, York new",
            ["New York", "New  York", "New-York"],
        ),
        ('"new york" new', "new New York", ["new", "New York"]),
        ('"a b" OR "b c"', "a b c", ["a b c"]),
        ('"sea wal"*', "sea walls, sea, walls", ["sea walls", "sea, walls"]),
        ("tide (ebb OR flow)", "ebb and flow of the tide", ["ebb", "flow", "tide"]),
        ("東京", "きょう東京は東京都", ["東京", "東京"]),
        ("école東", "ÉCOLE東", ["ÉCOLE東"]),
        ("👍", "x 👍🏽 y", ["👍🏽"]),
        ("हिन्दी", "यह हिन्दी है", ["हिन्दी"]),
        ("שלום", "הוא אמר שלום לכולם", ["שלום"]),
        ("/d.g/i", "DOG, dig, dg", ["DOG", "dig"]),
        ("/b*/", "abba", ["bb"]),
        ("search:Sea", "the tide", ["tide"]),
    ],
)
def test_words_are_marked_as_they_are_found(query: str, text: str, pieces: list[str]) -> None:
    assert marked(query, text) == pieces


@pytest.mark.parametrize(
    "query",
    [
        "-tide",
        "NOT (tide OR ebb)",
        "author:tide",
        "inurl:tide",
        "feed:tide",
        "tag:tide",
        "is:unread",
        "author:/tide/",
        "-/tide/",
        "id:3",
        "newer:3d",
        "-search:Sea",
        "",
    ],
)
def test_what_is_excluded_or_asked_of_other_fields_is_nothing_to_mark(query: str) -> None:
    assert compile_sought(parse(query), CONTEXT) is None


def test_exclusion_of_an_exclusion_is_marked() -> None:
    assert marked("NOT (NOT tide OR ebb)", "tide and ebb") == ["tide"]


def test_words_of_one_field_are_marked_there_alone() -> None:
    query = "intitle:tide intext:ebb intext:/flo+d/"
    assert marked(query, "tide, ebb, flood", "title") == ["tide"]
    assert marked(query, "tide, ebb, flood", "text") == ["ebb", "flood"]


def test_words_go_on_behind_the_end_of_a_wrapped_line() -> None:
    assert marked('"new york"', "in new\nyork", "text") == ["new\nyork"]
    assert marked("東京都", "は東\n京都", "text") == ["東\n京都"]
    assert marked("/in new york/", "in new\nyork", "text") == ["in new\nyork"]
    assert marked("/new york/", "new\n\nyork", "text") == []


def test_unknown_saved_search_is_refused() -> None:
    for name in ("Nothing", "Loop"):
        with pytest.raises(QueryError):
            compile_sought(parse(f"search:{name}"), CONTEXT)


def test_regex_that_takes_too_long_is_given_up_after_one_text() -> None:
    sought = compile_sought(parse("/x{0,9}x{0,9}x{0,9}x{0,9}x{0,9}y/ wall"), CONTEXT)
    assert sought is not None
    text = ("x" * 100 + " y ") * 3000 + "wall"
    began = time.process_time()
    found = [sought.find(text, "title") for _ in range(20)]
    assert time.process_time() - began < 1
    assert found[-1] == [(len(text) - 4, len(text))]


def test_long_text_full_of_the_word_is_marked_in_a_moment() -> None:
    sought = compile_sought(parse("tide 潮 /e/"), CONTEXT)
    assert sought is not None
    began = time.process_time()
    ranges = sought.find("tïde 潮 tide " * 100_000, "text")
    assert time.process_time() - began < 2
    assert 2_000 <= len(ranges) <= 6_000


# --- as FTS5 does it ---

# Letters with and without case, with diacritics in one character and in two, and what parts words.
CHARS = "aAbBàÀéße\u0301\u0300\u0327çÇжЖάΑσς9 ٣-_.,'’\u00a0\n東ſK"
TEXTS = st.text(CHARS, max_size=30)


@pytest.fixture(scope="module")
def index() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute(
        "CREATE VIRTUAL TABLE f USING fts5 (title, tokenize = 'unicode61 remove_diacritics 2')"
    )
    return connection


def highlighted(index: sqlite3.Connection, text: str, words: str, star: str) -> str | None:
    index.execute("DELETE FROM f")
    index.execute("INSERT INTO f VALUES (?)", (text,))
    row = index.execute(
        "SELECT highlight(f, 0, '«', '»') FROM f WHERE f MATCH ?", (f'"{words}"{star}',)
    ).fetchone()
    return row[0] if row else None


def shown(text: str, ranges: list[tuple[int, int]]) -> str:
    for start, end in reversed(ranges):
        text = f"{text[:start]}«{text[start:end]}»{text[end:]}"
    return text


@settings(max_examples=600, deadline=None)
@given(TEXTS, st.text(CHARS.replace("東", ""), min_size=1, max_size=4), st.booleans())
def test_marks_stand_where_fts5_highlights(
    index: sqlite3.Connection, text: str, words: str, is_prefix: bool
) -> None:
    sought = compile_sought(Query(Words("intitle", words, is_prefix)), CONTEXT)
    folded = find_words(words)
    if folded and sought:
        ranges = sought.find(text, "title")
        expected = highlighted(index, text, " ".join(folded), "*" if is_prefix else "")
        assert (shown(text, ranges) if ranges else None) == expected


@settings(max_examples=400, deadline=None)
@given(st.data(), st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_word_is_marked_in_any_title_that_fts5_finds_by_it(
    index: sqlite3.Connection, data: st.DataObject, text: str
) -> None:
    words = [word for piece in text.split() for word in find_words(piece)]
    word = data.draw(st.sampled_from([*words, "a", "Ä"]))
    sought = compile_sought(Query(Words("intitle", word)), CONTEXT)
    assert sought is not None
    folded = find_words(word)
    if folded:
        is_found = highlighted(index, text, " ".join(folded), "") is not None
        ranges = sought.find(text, "title")
        assert bool(ranges) == is_found
        assert ranges == sorted(ranges)
        assert all(0 <= start < end <= len(text) for start, end in ranges)


@settings(max_examples=300, deadline=None)
@given(
    st.text(CHARS.replace("\n", ""), min_size=1, max_size=12),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20),
)
def test_marks_part_no_character(word: str, text: str) -> None:
    sought = compile_sought(Query(Words("intitle", word)), CONTEXT)
    assert sought is not None
    title = f"{text} {word}"
    edges = [0, *(edge for place in sought.find(title, "title") for edge in place), len(title)]
    pieces = [title[start:end] for start, end in pairwise(edges)]
    assert sum(map(cell_width, pieces)) == cell_width(title)

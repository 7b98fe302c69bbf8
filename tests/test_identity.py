"""Keys of entries within one feed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedreader.core.identity import identify, normalise_link
from feedreader.model import Entry


def keys(*entries: Entry) -> list[bytes]:
    return [one.key for one in identify(entries)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://a.example/x", "https://a.example/x"),
        ("https://www.a.example/x", "https://a.example/x"),
        ("https://a.example/x/", "https://a.example/x"),
        ("https://A.example/x", "https://a.example/x"),
        ("https://a.example:443/x", "https://a.example/x"),
        ("https://a.example/x?utm_source=rss&utm_medium=feed", "https://a.example/x"),
        ("https://a.example/x?id=1&fbclid=z", "https://a.example/x?id=1"),
        ("https://a.example/x#utm_source=feed", "https://a.example/x"),
    ],
)
def test_links_to_one_page_are_equal(one: str, other: str) -> None:
    assert normalise_link(one) == normalise_link(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a.example/x", "https://a.example/y"),
        ("https://a.example/x?id=1", "https://a.example/x?id=2"),
        ("https://a.example/log#1.0", "https://a.example/log#1.1"),
        ("https://a.example/x", "https://b.example/x"),
        ("https://a.example:8080/x", "https://a.example/x"),
        ("https://a.example/X", "https://a.example/x"),
    ],
)
def test_links_to_two_pages_differ(one: str, other: str) -> None:
    assert normalise_link(one) != normalise_link(other)


@given(st.text())
def test_any_link_can_be_normalised(url: str) -> None:
    assert normalise_link(normalise_link(url)) is not None


def test_guid_decides_before_link_and_title() -> None:
    entry = Entry(guid="1", link="https://a.example/x", title="x")
    assert keys(entry) == keys(Entry(guid=" 1\n", link="https://b.example/", title="y"))


def test_one_guid_on_many_entries_tells_them_apart_by_link() -> None:
    entries = [Entry(guid="g", link=f"https://a.example/{n}") for n in range(10)]
    assert len(set(keys(*entries))) == 10
    assert set(keys(*entries)) == set(keys(*reversed(entries)))


def test_one_link_without_guids_tells_entries_apart_by_title_then_date() -> None:
    link = "https://a.example/"
    by_title = [Entry(link=link, title=f"t{n}") for n in range(10)]
    by_date = [
        Entry(link=link, title="t", published=datetime(2026, 1, n, tzinfo=UTC))
        for n in range(1, 11)
    ]
    assert len(set(keys(*by_title))) == 10
    assert len(set(keys(*by_date))) == 10


def test_entries_of_nothing_but_text_are_told_apart() -> None:
    assert len(set(keys(*[Entry(title=f"t{n}") for n in range(10)]))) == 10
    assert len(set(keys(*[Entry(summary_html=f"s{n}") for n in range(10)]))) == 10


def test_exact_copies_are_one_entry() -> None:
    entry = Entry(guid="g", link="https://a.example/", title="t", summary_html="s")
    assert len(keys(entry, entry, entry)) == 1


def test_date_is_no_part_of_a_key_that_is_alone() -> None:
    entry = Entry(link="https://a.example/x", published=datetime(2026, 1, 1, tzinfo=UTC))
    later = Entry(link="https://a.example/x", published=datetime(2026, 2, 2, tzinfo=UTC))
    assert keys(entry) == keys(later)


def test_keys_are_short_whatever_the_guid() -> None:
    (key,) = keys(Entry(guid="g" * 1_000_000))
    assert len(key) == 16

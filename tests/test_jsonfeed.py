"""JSON Feed: the fields of both versions, and publishers who get types wrong."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedreader.core import fields
from feedreader.core.parse import parse_feed
from feedreader.errors import NotAFeed
from feedreader.model import Enclosure, ParsedFeed

URL = "https://site.example/feeds/feed.json"
VERSION = "https://jsonfeed.org/version/1.1"


def parse(document: object) -> ParsedFeed:
    return parse_feed(json.dumps(document).encode(), url=URL)


def parse_items(*items: object) -> ParsedFeed:
    return parse({"version": VERSION, "title": "T", "items": list(items)})


def test_all_fields_of_version_1_1_are_read() -> None:
    parsed = parse(
        {
            "version": VERSION,
            "title": "A site",
            "home_page_url": "https://site.example/",
            "description": "About",
            "icon": "/icon.png",
            "language": "en-GB",
            "authors": [{"name": "Ann"}, {"name": "Bo"}],
            "items": [
                {
                    "id": "1",
                    "url": "/one",
                    "title": "One",
                    "content_html": "<p>Body</p>",
                    "summary": "Short & <plain>",
                    "image": "/one.png",
                    "date_published": "2024-03-05T12:30:45+01:00",
                    "date_modified": "2024-03-06T00:00:00Z",
                    "authors": [{"name": "Cy"}],
                    "tags": ["x", "y", "x"],
                    "language": "fr",
                    "attachments": [
                        {
                            "url": "/one.mp3",
                            "mime_type": "audio/mpeg",
                            "title": "Sound",
                            "size_in_bytes": 123,
                            "duration_in_seconds": 60.9,
                        }
                    ],
                }
            ],
        }
    )
    assert parsed.format == "JSON Feed 1.1"
    assert parsed.feed.title == "A site"
    assert parsed.feed.link == "https://site.example/"
    assert parsed.feed.image_url == "https://site.example/icon.png"
    assert parsed.feed.authors == ("Ann", "Bo")
    entry = parsed.entries[0]
    assert (entry.guid, entry.title, entry.language) == ("1", "One", "fr")
    assert entry.link == "https://site.example/one"
    assert entry.content_html == "<p>Body</p>"
    assert entry.summary_html == "Short &amp; &lt;plain&gt;"
    assert entry.image_url == "https://site.example/one.png"
    assert entry.published == datetime(2024, 3, 5, 11, 30, 45, tzinfo=UTC)
    assert entry.updated == datetime(2024, 3, 6, tzinfo=UTC)
    assert entry.authors == ("Cy",)
    assert entry.categories == ("x", "y")
    assert entry.enclosures == (
        Enclosure("https://site.example/one.mp3", "audio/mpeg", 123, "Sound", 60),
    )


def test_item_without_authors_has_those_of_the_feed() -> None:
    parsed = parse({"version": VERSION, "author": {"name": "Ann"}, "items": [{"id": "1"}]})
    assert parsed.entries[0].authors == ("Ann",)


def test_plain_text_body_becomes_html_that_shows_it() -> None:
    parsed = parse_items({"id": "1", "content_text": "a <b> c\nd\n\ne"})
    assert parsed.entries[0].content_html == "<p>a &lt;b&gt; c<br>\nd</p>\n<p>e</p>"


def test_external_url_is_the_link_of_an_item_without_url() -> None:
    parsed = parse_items({"id": "1", "external_url": "https://else.example/x"})
    assert parsed.entries[0].link == "https://else.example/x"


def test_numeric_id_is_read_as_a_string() -> None:
    parsed = parse_items({"id": 2}, {"id": 3.25}, {"id": 10**17})
    assert [entry.guid for entry in parsed.entries] == ["2", "3.25", "1" + "0" * 17]


def test_long_numeric_ids_stay_apart() -> None:
    numbers = [1234567890123456789, 1234567890123456788, 10**30]
    parsed = parse_items(*({"id": number} for number in numbers))
    assert [entry.guid for entry in parsed.entries] == [*map(str, numbers)]


WRONG_VALUES: list[Any] = [None, True, 5, -1.5, "x", [], ["x"], [None], {}, {"name": 5}, [[]], [{}]]


@pytest.mark.parametrize("value", WRONG_VALUES, ids=repr)
def test_value_of_a_wrong_type_costs_only_itself(value: Any) -> None:
    names = "url title content_html summary image date_published authors author tags attachments"
    item = dict.fromkeys(names.split(), value)
    parsed = parse_items(value, {"id": "kept", **item}, {"id": "last", "title": "Last"})
    assert [entry.guid for entry in parsed.entries][-2:] == ["kept", "last"]
    assert parsed.entries[-1].title == "Last"


def test_feed_fields_of_wrong_types_are_passed_over() -> None:
    parsed = parse({"version": VERSION, "title": {"a": 1}, "icon": 3, "items": {"id": "1"}})
    assert parsed.feed.title == ""
    assert parsed.entries == ()


def test_version_may_be_missing_where_the_items_are_plain() -> None:
    parsed = parse({"items": [{"id": "1", "title": "One"}]})
    assert parsed.entries[0].title == "One"


@pytest.mark.parametrize(
    "document", [[], {}, {"items": []}, {"items": [1]}, {"title": "x"}, [{"id": 1}]], ids=repr
)
def test_other_json_is_no_feed(document: object) -> None:
    with pytest.raises(NotAFeed, match="JSON, but no JSON Feed"):
        parse(document)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"id', "cut short"),
        (b'{"a":' + b"[" * 500_000, "too deeply"),
        (b"[" * 500_000, "too deeply"),
        (b"{,}", "damaged"),
    ],
    ids=["cut", "deep object", "deep list", "no JSON"],
)
def test_json_that_cannot_be_read_is_no_feed(body: bytes, reason: str) -> None:
    with pytest.raises(NotAFeed, match=reason):
        parse_feed(body, url=URL)


def test_integer_of_a_million_digits_is_read() -> None:
    digits = b"1" * 1_000_000
    body = b'{"version":"https://jsonfeed.org/version/1","items":[{"id":"a","x":' + digits + b"}]}"
    assert parse_feed(body, url=URL).entries[0].guid == "a"


def test_of_repeated_keys_the_last_counts() -> None:
    body = b'{"version":"jsonfeed.org/version/1","items":[],"items":[{"id":"1","id":"2"}]}'
    assert [entry.guid for entry in parse_feed(body, url=URL).entries] == ["2"]


def test_no_control_character_or_half_of_one_survives() -> None:
    body = (
        r'{"version":"jsonfeed.org/version/1","items":[{"id":"a\u0000b","title":"x\u001b[31m\u0000y",'
        r'"content_html":"<p>\u0000\u001bz\ud800</p>","tags":["t\u0007"]}]}'
    )
    entry = parse_feed(body.encode(), url=URL).entries[0]
    assert entry.guid == "ab"
    assert entry.title == "x[31my"
    assert entry.content_html == "<p>z\ufffd</p>"
    assert entry.categories == ("t",)


def test_lists_are_capped() -> None:
    item = {
        "id": "1",
        "tags": [f"tag {number}" for number in range(500)],
        "authors": [{"name": f"author {number}"} for number in range(500)],
        "attachments": [{"url": f"https://a.example/{number}"} for number in range(500)],
        "content_html": "x" * (fields.MAX_TEXT + 5),
    }
    parsed = parse_items(item, *[{"id": "x"}] * fields.MAX_ENTRIES)
    entry = parsed.entries[0]
    assert len(parsed.entries) == fields.MAX_ENTRIES
    assert len(entry.categories) == fields.MAX_CATEGORIES
    assert len(entry.authors) == fields.MAX_AUTHORS
    assert len(entry.enclosures) == fields.MAX_ENCLOSURES
    assert len(entry.content_html) == fields.MAX_TEXT


@pytest.mark.parametrize("url", ["javascript:alert(1)", "file:///etc/passwd", "http://[", "//["])
def test_address_that_may_not_be_opened_is_dropped(url: str) -> None:
    entry = parse_items({"id": "1", "url": url, "image": url, "attachments": [{"url": url}]})
    assert (entry.entries[0].link, entry.entries[0].image_url) == ("", "")
    assert entry.entries[0].enclosures == ()


KEY_NAMES = """
    version items id url title content_html content_text summary tags authors author name
    attachments date_published duration_in_seconds size_in_bytes language image icon
    home_page_url
"""
KEYS = st.sampled_from(KEY_NAMES.split())
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(VERSION),
    lambda children: st.lists(children) | st.dictionaries(KEYS, children),
    max_leaves=20,
)


@given(st.dictionaries(KEYS, VALUES), st.lists(st.dictionaries(KEYS, VALUES), max_size=4))
def test_any_json_object_gives_a_feed_or_not_a_feed(
    document: dict[str, Any], items: list[dict[str, Any]]
) -> None:
    assert isinstance(parse({**document, "version": VERSION, "items": items}), ParsedFeed)
    with contextlib.suppress(NotAFeed):
        assert isinstance(parse(document), ParsedFeed)

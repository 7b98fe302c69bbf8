"""The expectations of the corpus' small hard cases, one test for each.

`path` is worded in feedparser's terms; `VIEWS` says where the model holds it. What does not
hold stands in tricky_exceptions.toml with its reason; a test fails as well when something
listed there holds after all. `LEFT_TO` names the expectations that belong to other tests.
"""

from __future__ import annotations

import codecs
import html
import json
import re
import tomllib
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import nh3
import pytest

from corpus_place import CORPUS
from feedreader.core.encoding import decode_document
from feedreader.core.parse import parse_feed
from feedreader.errors import NotAFeed
from feedreader.model import Entry, ParsedFeed

TRICKY = CORPUS / "feeds" / "tricky"
FEED_URL = "https://feed.example/folder/feed.xml"
LEAST_SHARE = 0.97

LEFT_TO = {
    "@discover": "tests/test_discover.py",
    "stable-ids": "tests/test_identity.py and tests/test_plan.py",
    "identity": "tests/test_identity.py and tests/test_plan.py",
}
"""By path or operation."""

VERSIONS = {"rss20": "RSS 2.0", "rss10": "RDF (RSS 1.0)", "rss": "RSS", "atom10": "Atom 1.0"}
SUPERSETS = {"gb2312": "gb18030", "tis-620": "cp874", "iso8859-1": "cp1252", "euc_kr": "cp949"}


# --- where the model holds what feedparser's paths name -----------------------


def media_links(entry: Entry) -> list[dict[str, str]]:
    """Return what a reader lists below a story: its files, and its picture if none of them."""
    links = [
        {"link": one.url, "type": one.type.split("/")[0], "description": one.title}
        for one in entry.enclosures
    ]
    if entry.image_url and entry.image_url not in [one["link"] for one in links]:
        links.append({"link": entry.image_url, "type": "image", "description": ""})
    return links


def media_urls(entry: Entry) -> list[str]:
    return [one["link"] for one in media_links(entry)]


View = Callable[[ParsedFeed, list[int]], Any]


def of_entry(view: Callable[[Entry], Any]) -> View:
    return lambda parsed, at: view(parsed.entries[at[0]])


VIEWS: dict[str, View] = {
    "bozo": lambda parsed, at: bool(parsed.defect),
    "encoding": lambda parsed, at: parsed.encoding,
    "version": lambda parsed, at: parsed.format,
    "entries": lambda parsed, at: parsed.entries,
    "feed.title": lambda parsed, at: parsed.feed.title,
    "feed.title_detail.value": lambda parsed, at: parsed.feed.title,
    "feed.link": lambda parsed, at: parsed.feed.link,
    "feed.links[].href": lambda parsed, at: parsed.feed.link,
    "feed.image.href": lambda parsed, at: parsed.feed.image_url,
    "feed.published_parsed": lambda parsed, at: parsed.feed.updated,
    "feed.authors[].name": lambda parsed, at: parsed.feed.authors[at[0]],
    "entries[].title": of_entry(lambda entry: entry.title),
    "entries[].title_detail.value": of_entry(lambda entry: entry.title),
    "entries[].title_detail.base": of_entry(lambda entry: entry.base_url),
    "entries[].links[].rel": of_entry(lambda entry: "alternate" if entry.link else ""),
    "entries[].media_player.url": of_entry(lambda entry: entry.link),
    "entries[].link": of_entry(lambda entry: entry.link),
    "entries[].id": of_entry(lambda entry: entry.guid),
    "entries[].guid": of_entry(lambda entry: entry.guid),
    "entries[].author": of_entry(lambda entry: entry.authors),
    "entries[].author_detail.name": of_entry(lambda entry: entry.authors[0]),
    "entries[].authors[].name": lambda parsed, at: parsed.entries[at[0]].authors[at[1]],
    "entries[].date": of_entry(lambda entry: entry.published or entry.updated),
    "entries[].published_parsed": of_entry(lambda entry: entry.published),
    "entries[].created_parsed": of_entry(lambda entry: entry.published),
    # feedparser repeats the body as summary where there is no other; the model does not.
    "entries[].summary": of_entry(lambda entry: entry.summary_html or entry.content_html),
    "entries[].description": of_entry(lambda entry: entry.summary_html or entry.content_html),
    "entries[].body": of_entry(lambda entry: entry.content_html or entry.summary_html),
    "entries[].content[].value": of_entry(lambda entry: entry.content_html),
    "entries[].content[].src": of_entry(lambda entry: entry.enclosures[0].url),
    "entries[].enclosures[].href": lambda parsed, at: parsed.entries[at[0]].enclosures[at[1]].url,
    "entries[].image.href": of_entry(lambda entry: entry.image_url),
    "entries[].media_thumbnail[].url": of_entry(lambda entry: entry.image_url),
    "entries[].tags": of_entry(lambda entry: entry.categories),
    "len(entries[].tags)": of_entry(lambda entry: len(entry.categories)),
    "entries[].tags[].term": lambda parsed, at: parsed.entries[at[0]].categories[at[1]],
    "entries[].media": of_entry(media_urls),
    "entries[].enclosures+media": of_entry(media_urls),
    "entries[].media_links": of_entry(media_links),
    "entries[].media_links[].link": lambda parsed, at: media_links(parsed.entries[at[0]])[at[1]][
        "link"
    ],
    "entries[].media_links[].type": lambda parsed, at: media_links(parsed.entries[at[0]])[at[1]][
        "type"
    ],
    "entries[].media_links[].description": lambda parsed, at: media_links(parsed.entries[at[0]])[
        at[1]
    ]["description"],
}
BODIES = {"summary", "description", "body", "content[].value"}


# --- comparing ----------------------------------------------------------------


def visible_text(markup: str) -> str:
    """Return the words of HTML without any white space."""
    bare = re.sub(r"(?is)<(script|style)\b.*?</\1>", "", markup)
    return "".join(html.unescape(re.sub(r"</?[a-zA-Z][^<>]*>", "", bare)).split())


def canonical_html(markup: str, base_url: str) -> str:
    """Return HTML as one sanitiser writes it, links resolved, Atom's wrapping div taken off."""
    clean = nh3.clean(markup, url_relative=("rewrite_with_base", base_url), link_rel=None)
    clean = " ".join(clean.split())
    while wrapped := re.fullmatch(r"<div>((?:(?!</?div>).)*)</div>", clean):
        clean = wrapped[1].strip()
    return clean


def is_same_line(actual: str, expected: str) -> bool:
    """Say whether a plain line shows what feedparser gives as HTML."""
    is_markup = bool(re.search(r"</\w|/>|&#?\w+;", expected))
    if actual == " ".join(expected.split()):
        return True
    return is_markup and visible_text(expected) == "".join(actual.split())


def is_same_body(actual: str, expected: str, base_url: str) -> bool:
    """Say whether two bodies have one structure, or plain text shows each of its characters."""
    as_text = html.unescape(re.sub(r"<[^<>]*>", "", actual))
    return as_text == expected or canonical_html(actual, base_url) == canonical_html(
        expected, base_url
    )


def is_same_charset(actual: str, expected: str) -> bool:
    names = [codecs.lookup(one).name for one in (actual, expected)]
    return len({SUPERSETS.get(name, name) for name in names}) == 1


def is_equal(row: dict[str, Any], actual: Any, base_url: str) -> bool:
    expected = row["value"]
    place = row["path"].rpartition("].")[2] if "entries" in row["path"] else row["path"]
    if row["path"].endswith("content[0].value") or place in BODIES:
        return is_same_body(actual, expected, base_url)
    if isinstance(actual, datetime):
        return actual == datetime(*expected[:6], tzinfo=UTC)
    if row["path"] == "encoding":
        return is_same_charset(actual, expected)
    if row["path"] == "version":
        return actual == VERSIONS[expected]
    if "title" in row["path"] and not row["path"].endswith("base"):
        return is_same_line(actual, expected)
    return actual == expected


def is_same_url(actual: str, expected: str) -> bool:
    def fold(url: str) -> str:
        parts = urlsplit(urljoin(FEED_URL, url))
        return parts._replace(netloc=parts.netloc.lower(), path=parts.path or "/").geturl()

    return fold(actual) == fold(expected)


def names_its_author(names: tuple[str, ...], expected: str) -> bool:
    """Say whether a name of the model is the whole of what remains without the address."""
    name = re.sub(r"\(?(?:mailto:)?[\w.]+@[\w.]+\)?", "", expected).strip(" ()")
    return name in ", ".join(names)


def holds(row: dict[str, Any]) -> bool:
    """Say whether an expectation holds."""
    url = row.get("base_url") or FEED_URL
    headers = {name.lower(): value for name, value in (row.get("headers") or {}).items()}
    body = (TRICKY / row["file"]).read_bytes()
    operation, expected = row["op"], row["value"]
    if row["path"] == "@document":
        return expected in decode_document(body, headers.get("content-type", "")).text
    try:
        parsed = parse_feed(
            body,
            url=url,
            content_type=headers.get("content-type", ""),
            content_location=headers.get("content-location", ""),
        )
    except NotAFeed:
        if operation == "count":
            return expected == 0
        return operation in ("not-a-feed", "no-crash") or (row["path"], expected) == ("bozo", True)
    if operation == "not-a-feed":
        return False
    if operation == "no-crash":
        return True
    path = re.sub(r"\[\d+\]", "[]", row["path"])
    at = [int(index) for index in re.findall(r"\[(\d+)\]", row["path"])]
    view = VIEWS.get(path)
    if view is None:
        return False
    try:
        actual = view(parsed, at)
    except IndexError:
        return False
    base_url = parsed.entries[at[0]].base_url if "entries[" in row["path"] else url
    return check(row, actual, base_url)


def check(row: dict[str, Any], actual: Any, base_url: str) -> bool:
    expected = row["value"]
    match row["op"]:
        case "eq":
            return is_equal(row, actual, base_url)
        case "eq-url":
            return is_same_url(actual, expected)
        case "truthy":
            return bool(actual) == expected
        case "count":
            return len(actual) == expected
        case "text":
            return visible_text(actual) == "".join(html.unescape(expected).split())
        case "shown-text":
            return bool(actual == expected)
        case "date_utc":
            return bool(actual == datetime.fromisoformat(expected))
        case "date_local":
            # The clock time as written, its zone not told: zones lie quarters of an hour apart.
            away_s = abs((actual - datetime.fromisoformat(expected)).total_seconds())
            return away_s % 900 == 0 and away_s <= 14 * 3600
        case "has" if row["path"].endswith(".author"):
            return names_its_author(actual, expected)
        case "has":
            return expected in canonical_html(actual, base_url)
        case "has-url" | "has-text":
            return expected in actual
        case "absent":
            return not actual
        case "tags":
            return list(actual) == expected
        case "ids":
            return [entry.guid for entry in actual] == expected
        case "count-distinct-urls":
            return len(actual) == len(set(actual)) == expected
        case "between":
            return expected[0] <= len(actual) <= expected[1]
        case "every-entry-has-visible-label":
            return all(entry.title or entry.link for entry in actual)
    raise ValueError(f"no such operation: {row['op']}")


# --- the tests ------------------------------------------------------------------


def row_key(row: dict[str, Any]) -> str:
    return f"{row['file']} {row['path']} {row['op']}"


def owner(row: dict[str, Any]) -> str:
    """Return which other test an expectation is left to, "" if it is checked here."""
    return LEFT_TO.get(row["path"], "") or LEFT_TO.get(row["op"], "")


def load_rows() -> list[dict[str, Any]]:
    path = TRICKY / "expectations.jsonl"
    if not path.is_file():
        return []
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


ROWS = load_rows()
CHECKED = [row for row in ROWS if not owner(row)]
EXCEPTIONS: dict[str, str] = tomllib.loads(
    Path(__file__).with_name("tricky_exceptions.toml").read_text("utf-8")
)["exceptions"]


@pytest.mark.skipif(not ROWS, reason=f"the test corpus is not at {CORPUS}")
@pytest.mark.parametrize("row", CHECKED, ids=row_key)
def test_expectation_holds_unless_it_is_a_listed_exception(row: dict[str, Any]) -> None:
    reason = EXCEPTIONS.get(row_key(row))
    if reason is None:
        assert holds(row), f"{row['value']!r} was expected: {row.get('note', '')}"
    else:
        assert not holds(row), f"it holds now, strike it from the list: {reason}"


@pytest.mark.skipif(not ROWS, reason=f"the test corpus is not at {CORPUS}")
def test_nearly_all_expectations_hold() -> None:
    excepted = [row for row in CHECKED if row_key(row) in EXCEPTIONS]
    assert 1 - len(excepted) / len(CHECKED) >= LEAST_SHARE
    unknown = EXCEPTIONS.keys() - {row_key(row) for row in CHECKED}
    assert not unknown, "the corpus has no such expectation"


@pytest.mark.skipif(not ROWS, reason=f"the test corpus is not at {CORPUS}")
def test_each_expectation_is_checked_here_or_left_to_a_named_test() -> None:
    left = Counter(owner(row) for row in ROWS if owner(row))
    assert len(CHECKED) + left.total() == len(ROWS)
    assert left == {
        "tests/test_discover.py": 11,
        "tests/test_identity.py and tests/test_plan.py": 15,
    }

"""The quick reading of feeds against the reference: field by field, on real and made documents."""

from __future__ import annotations

import dataclasses
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from feedparser.api import StrictFeedParser
from feedparser.sanitizer import _HTMLSanitizer
from feedparser.util import FeedParserDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedreader.core.encoding import decode_document
from feedreader.core.feedparser_repaired import _Strict
from feedreader.core.fields import split_author
from feedreader.core.parse import _find_root, parse_fast, parse_feed
from feedreader.core.quick import read_quickly
from feedreader.core.quick.names import MEANINGFUL, PREFIXES
from feedreader.core.quick.tables import ENTRY, FEED
from feedreader.core.quick.text import CERTAIN_TAGS
from feedreader.core.reference import read_reference
from feedreader.errors import NotAFeed
from feedreader.model import Entry, Feed, ParsedFeed

URL = "https://feed.example/folder/feed.xml"
LEAST_AGREEMENT = 0.999
LEAST_SHARE_TAKEN = 0.95

EXPLAINED: dict[tuple[str, str], str] = {}
"""(file, field) -> why the tiers may differ there; none is known."""


def read_both(text: str, language: str = "") -> tuple[ParsedFeed | None, ParsedFeed]:
    root = _find_root(text)
    quick = read_quickly(text, root=root.name, root_start=root.start, url=URL, language=language)
    return quick, read_reference(text, root=root.name, url=URL, language=language)


def list_fields(parsed: ParsedFeed) -> Iterator[tuple[str, Any]]:
    for one in dataclasses.fields(ParsedFeed):
        if one.name not in ("feed", "entries"):
            yield one.name, getattr(parsed, one.name)
    for one in dataclasses.fields(Feed):
        yield f"feed.{one.name}", getattr(parsed.feed, one.name)
    for number, entry in enumerate(parsed.entries):
        for one in dataclasses.fields(Entry):
            yield f"entries[{number}].{one.name}", getattr(entry, one.name)


def list_differences(quick: ParsedFeed, reference: ParsedFeed) -> dict[str, tuple[Any, Any]]:
    found, expected = dict(list_fields(quick)), dict(list_fields(reference))
    return {
        name: (found.get(name), expected.get(name))
        for name in {**found, **expected}
        if found.get(name) != expected.get(name)
    }


def assert_tiers_agree(text: str, language: str = "") -> None:
    quick, reference = read_both(text, language)
    if quick is not None:
        assert not list_differences(quick, reference)


# --- the corpus ---------------------------------------------------------------


def documents(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield name and text of all documents in XML that have a feed's root."""
    for path in sorted(folder.iterdir()):
        if path.suffix in (".tsv", ".jsonl", ".md"):
            continue
        text = decode_document(path.read_bytes()).text
        if _find_root(text).name in ("rss", "rdf", "feed"):
            yield path.name, text


@pytest.mark.parametrize("folder", ["real", "tricky"])
def test_tiers_agree_on_the_corpus(corpus: Path, folder: str) -> None:
    fields = 0
    unexplained = {}
    for name, text in documents(corpus / "feeds" / folder):
        quick, reference = read_both(text)
        if quick is None:
            continue
        fields += sum(1 for _ in list_fields(reference))
        for field, values in list_differences(quick, reference).items():
            if (name, field) not in EXPLAINED:
                unexplained[name, field] = values
    assert not unexplained
    assert len(EXPLAINED) <= fields * (1 - LEAST_AGREEMENT)


def test_quick_tier_takes_nearly_all_real_feeds(corpus: Path) -> None:
    taken = [
        read_quickly(
            text, root=(root := _find_root(text)).name, root_start=root.start, url=URL, language=""
        )
        is not None
        for _, text in documents(corpus / "feeds" / "real")
    ]
    assert sum(taken) / len(taken) >= LEAST_SHARE_TAKEN


def test_quick_tier_is_safe_on_attacks(corpus: Path) -> None:
    for path in sorted((corpus / "attacks").iterdir()):
        if path.is_file() and path.stat().st_size < 4_000_000:
            body = path.read_bytes()
            try:
                parse_fast(body, url=URL)
            except NotAFeed:
                with pytest.raises(NotAFeed):
                    parse_feed(body, url=URL)


# --- what the tiers share -----------------------------------------------------


def test_every_element_that_feedparser_acts_upon_is_known() -> None:
    handlers = {
        name.split("_", 2)[2]
        for cls in (StrictFeedParser, _Strict)
        for name in dir(cls)
        if name.startswith(("_start_", "_end_")) and name == name.lower()
    }
    renamed = set(FeedParserDict.keymap) - {"channel", "items"}
    assert handlers <= MEANINGFUL
    assert renamed <= MEANINGFUL | set(handlers)
    assert ENTRY.keys() | FEED.keys() <= MEANINGFUL


def test_namespaces_are_feedparsers() -> None:
    known = {uri.lower(): prefix.lower() for uri, prefix in _Strict.namespaces.items()}
    assert {uri: known[uri.lower()] for uri in PREFIXES} == PREFIXES


def test_certain_tags_are_feedparsers() -> None:
    assert _HTMLSanitizer.acceptable_elements >= CERTAIN_TAGS


# --- made documents -------------------------------------------------------------

TEXTS = st.one_of(
    st.sampled_from(
        [
            "",
            " ",
            "Plain words",
            "a &lt;b&gt;bold&lt;/b&gt; word",
            "AT&amp;amp;T",
            "1 &lt; 2 &amp;&amp; 3",
            "&lt;p&gt;One&lt;/p&gt;\n\n&lt;p&gt;Two&lt;/p&gt;",
            "Two lines\n\nand a half",
            "<![CDATA[<p>In <em>CDATA</em> &amp; more</p>]]>",
            "<![CDATA[a]]> and <![CDATA[b]]>",
            "be<!-- hidden -->fore",
            "be<?php echo?>fore",
            "caf\u00e9",
            "caf\u00c3\u00a9",
            "it\u0092s",
            "&#8217;&#233;&#195;&#169;",
            "日本語",
            "&lt;unknown&gt;x&lt;/unknown&gt; &amp;nbsp;",
            "&lt;script&gt;x&lt;/script&gt;",
            "x &amp;copy; y",
            "x &amp;nonsense; y",
            "<b>inline</b>",
            "&nbsp;",
            "tab\there",
        ]
    ),
    st.text(st.sampled_from("ab <>&;/#é\u0091\n\tp1"), max_size=12).map(
        lambda text: text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    ),
)
ADDRESSES = st.sampled_from(
    [
        "https://site.example/a",
        "http://SITE.example/A?b=1&amp;c=2",
        "/relative",
        "relative?x=1&amp;y;z",
        "//host.example/x",
        "feed://site.example/x",
        "www.site.example/x",
        "http:///three.example/x",
        "mailto:a@site.example",
        "javascript:alert(1)",
        "tag:site.example,2024:1",
        "urn:uuid:1",
        "https://site.example/ä b",
        "https://site.example/?a=1&amp;amp;b=2",
        "http://[bad",
        "",
        " https://site.example/spaces ",
    ]
)
DATES = st.sampled_from(
    [
        "Mon, 02 Jan 2006 15:04:05 GMT",
        "2 Jan 2006 15:04:05 -0700",
        "Mon, 02 Jan 2006 15:04 EST",
        "2006-01-02T15:04:05Z",
        "2006-01-02T15:04:05.123+01:00",
        "2006-01-02",
        "1136214245",
        "Mon, 31 Feb 2006 15:04:05 GMT",
        "yesterday",
        "",
        "Lun, 02 ene 2006 15:04:05 +0100",
    ]
)
PEOPLE = st.sampled_from(
    [
        "Ann",
        "ann@site.example",
        "ann@site.example (Ann)",
        "Ann (ann@site.example)",
        "Ann &lt;ann@site.example&gt;",
        "ann@site.museum",
        "@ann",
        "Ann, Bob (mailto:bob@site.example)",
        "",
        "ann@site.example?subject=x y",
        "(Ann)",
        "Ann () bob@site.example bob@site.example",
    ]
)


def attribute(name: str, values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return values.map(lambda value: f' {name}="{value}"' if '"' not in value else "")


def maybe(strategy: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(st.just(""), strategy)


def element(
    names: str, body: st.SearchStrategy[str], *attributes: st.SearchStrategy[str]
) -> st.SearchStrategy[str]:
    """Make an element of one of these names; each attribute stands or not."""
    return st.builds(
        lambda name, written, text: f"<{name}{''.join(written)}>{text}</{name}>",
        st.sampled_from(names.split()),
        st.tuples(*map(maybe, attributes)),
        body,
    )


PLAIN_VALUES = st.sampled_from(["", "a", "1", "Text", "é"])
TYPES = attribute(
    "type",
    st.sampled_from(
        ["text", "html", "text/html", "TEXT/HTML", "text/plain", "image/png", "audio/mpeg", "x"]
    ),
)
RELATIONS = attribute(
    "rel",
    st.sampled_from(
        [
            *("alternate", "self", "enclosure", "replies", "Alternate", "via", "", " alternate "),
            "http://www.iana.org/assignments/relation/alternate",
        ]
    ),
)
PERMALINK = st.sampled_from(["true", "false", " True"])
XML_BASE = attribute("xml:base", st.sampled_from(["https://base.example/b/", "sub/", "bad:x"]))
XML_LANG = attribute("xml:lang", st.sampled_from(["de", "en_US", ""]))
XHTML = st.sampled_from(
    [
        '<div xmlns="http://www.w3.org/1999/xhtml"><p class="x">A &amp; <br/>b</p></div>',
        '<h:p xmlns:h="http://www.w3.org/1999/xhtml">x <h:a REL="R" title="&quot;">l</h:a></h:p>',
        '<p xmlns="http://www.w3.org/1999/xhtml">one</p><p xmlns="http://www.w3.org/1999/xhtml"/>',
        "<div>no namespace</div>",
        "just text &amp; more",
        ' <div xmlns="http://www.w3.org/1999/xhtml">a</div> b',
    ]
)
PERSON_PARTS = st.lists(
    st.one_of(
        element("name atom:name", PEOPLE),
        element("email", PEOPLE),
        element("uri url", ADDRESSES),
        element("title", TEXTS),
        st.just("<x:other x:a='1'/>"),
    ),
    max_size=3,
).map("".join)
CATEGORY_ATTRIBUTES = (
    attribute("term", PLAIN_VALUES),
    attribute("scheme", PLAIN_VALUES),
    attribute("domain", PLAIN_VALUES),
    attribute("label", PLAIN_VALUES),
)
MEDIA = st.one_of(
    element(
        "media:content",
        st.lists(
            st.one_of(
                element("media:title media:description", TEXTS, TYPES),
                element("media:thumbnail", st.just(""), attribute("url", ADDRESSES)),
                element("media:category media:keywords media:credit", TEXTS),
            ),
            max_size=2,
        ).map("".join),
        attribute("url", ADDRESSES),
        TYPES,
        attribute("medium", st.sampled_from(["image", "Video"])),
        attribute("fileSize", st.sampled_from(["12", "x"])),
        attribute("duration", st.sampled_from(["12", "1:02"])),
    ),
    element("media:thumbnail", maybe(ADDRESSES), attribute("url", ADDRESSES)),
    element("media:title media:description", TEXTS, TYPES),
    element("media:player", st.just(""), attribute("url", ADDRESSES)),
    element("media:category", TEXTS, *CATEGORY_ATTRIBUTES),
    element("media:keywords", TEXTS, TYPES),
)
SHARED = [
    element("title dc:title atom:title TITLE", TEXTS, TYPES),
    element("link atom:link", ADDRESSES),
    element("link atom:link", st.just(""), RELATIONS, TYPES, attribute("href", ADDRESSES)),
    element(
        "guid id", ADDRESSES, attribute("isPermaLink", st.sampled_from(["true", "false", " True"]))
    ),
    element("description", TEXTS),
    element("description dc:description subtitle summary itunes:summary", TEXTS, TYPES, XML_BASE),
    element("itunes:subtitle tagline", TEXTS),
    element("author dc:creator itunes:author managingEditor", PEOPLE),
    element("author atom:author", PERSON_PARTS),
    element("contributor", PERSON_PARTS),
    element("category dc:subject keywords itunes:keywords", TEXTS, *CATEGORY_ATTRIBUTES),
    element("pubDate published issued dcterms:issued", DATES),
    element("updated modified dc:date lastBuildDate dcterms:modified date", DATES, TYPES),
    element("created dcterms:created", DATES),
    element("language dc:language", st.sampled_from(["en", "de_AT", ""])),
    element("itunes:image", st.just(""), attribute("href", ADDRESSES)),
    element("rights copyright generator itunes:explicit x:foreign georss:point", TEXTS, TYPES),
    element(
        "x:foreign x:other", st.sampled_from(["<x:a>b</x:a>", "<title>t</title>", "<id>i</id>"])
    ),
    element("og", st.just("<description>d</description><url>u</url>")),
    element(
        "comments ttl logo icon itunes:duration itunes:title sy:updatePeriod", ADDRESSES, TYPES
    ),
]
ENTRY_PARTS = st.one_of(
    *SHARED,
    MEDIA,
    element("media:group", st.lists(MEDIA, max_size=3).map("".join)),
    element("content:encoded content", TEXTS, TYPES, XML_BASE),
    element(
        "enclosure",
        st.just(""),
        attribute("url", ADDRESSES),
        TYPES,
        attribute("length", PLAIN_VALUES),
    ),
    XHTML.map(lambda body: f'<content type="xhtml">{body}</content>'),
    XHTML.map(lambda body: f'<summary type="xhtml" xml:base="https://b.example/">{body}</summary>'),
    XHTML.map(lambda body: f'<title type="xhtml">{body}</title>'),
    XHTML,
    element("content", st.just(""), attribute("src", ADDRESSES), TYPES),
    element("source", st.sampled_from(["", "Words", "<title>S</title><id>i</id>"])),
    element("image", st.sampled_from(["", "x", "<url>u</url>"])),
    element("itunes:category", st.just(""), attribute("text", PLAIN_VALUES)),
    element("podcast:chapters", st.just(""), attribute("url", ADDRESSES)),
    element("wfw:commentRss slash:comments", TEXTS),
)
FEED_PARTS = st.one_of(
    *SHARED,
    element("image", element("url title link", ADDRESSES), attribute("rdf:resource", PLAIN_VALUES)),
    element("itunes:owner", element("itunes:name itunes:email", PEOPLE)),
    element("textinput textInput", element("title link name", TEXTS)),
    element("skipHours", st.sampled_from(["<hour>1</hour><hour>24</hour>", "<hour>x</hour>"])),
    element("skipDays", st.just("<day>Monday</day>")),
    element("sy:updateFrequency", st.sampled_from(["2", "x"])),
    element("content:encoded", TEXTS),
    element(
        "itunes:category", st.just("<itunes:category text='b'/>"), attribute("text", PLAIN_VALUES)
    ),
)
NAMESPACES = """ xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:x="urn:x"
 xmlns:media="http://search.yahoo.com/mrss/" xmlns:podcast="https://podcastindex.org/namespace/1.0"
 xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:georss="http://www.georss.org/georss"
 xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" xmlns:wfw="http://wellformedweb.org/CommentAPI/"
 xmlns:slash="http://purl.org/rss/1.0/modules/slash/" xmlns:dcterms="http://purl.org/dc/terms/"
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" """


@st.composite
def feeds(draw: st.DrawFn) -> str:
    """Make a document of RSS, RDF or Atom of anything that may stand in one."""
    kind = draw(st.sampled_from(["rss", "rdf", "atom", "atom03"]))
    scope = draw(maybe(XML_BASE)) + draw(maybe(XML_LANG))
    name = "entry" if kind.startswith("atom") else "item"
    entries = [
        "<{0}{1}>{2}</{0}>".format(
            name,
            draw(maybe(XML_BASE)) + draw(maybe(XML_LANG)),
            "".join(draw(st.lists(ENTRY_PARTS, max_size=7))),
        )
        for _ in range(draw(st.integers(0, 3)))
    ]
    parts = draw(st.lists(FEED_PARTS, max_size=6))
    head = draw(
        st.sampled_from(["", "<!-- a -->", "<?xml-stylesheet href='x'?>\n", "<!DOCTYPE rss>"])
    )
    if kind == "rdf":
        about = [
            entry.replace("<item", f'<item rdf:about="urn:{n}"', 1)
            for n, entry in enumerate(entries)
        ]
        return (
            f'{head}<rdf:RDF xmlns="http://purl.org/rss/1.0/"{NAMESPACES}{scope}>'
            f"<channel>{''.join(parts)}</channel>{''.join(about)}</rdf:RDF>"
        )
    content = "".join(draw(st.permutations([*parts, *entries])))
    if kind == "rss":
        version = draw(st.sampled_from(["2.0", "0.91", "0.92", "", "3"]))
        return (
            f'{head}<rss version="{version}"{NAMESPACES}{scope}><channel>{content}</channel></rss>'
        )
    if kind == "atom03":
        spaces = NAMESPACES.replace("http://www.w3.org/2005/Atom", "http://purl.org/atom/ns#")
        return f'{head}<feed version="0.3" xmlns="http://purl.org/atom/ns#"{spaces}{scope}>{content}</feed>'
    return f'{head}<feed xmlns="http://www.w3.org/2005/Atom"{NAMESPACES}{scope}>{content}</feed>'


@given(feeds(), st.sampled_from(["", "fr"]))
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
def test_tiers_agree_on_made_documents(text: str, language: str) -> None:
    assert_tiers_agree(text, language)


ATOM = (
    '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:c="http://purl.org/rss/1.0/modules/content/">'
)


@pytest.mark.parametrize(
    "text",
    [
        f"{ATOM}<c:encoded>&lt;p&gt;x</c:encoded></feed>",
        f"{ATOM}<c:encoded>a</c:encoded><entry/><c:encoded/></feed>",
        f"{ATOM}<author>A</author><author><email>e</email><name>B</name></author></feed>",
        f"{ATOM}<title>a</title><entry><title>b</title></entry><title>c</title></feed>",
        f"{ATOM}<entry><source><title>s</title></source><title>a</title><title>b</title></entry></feed>",
        f"{ATOM}<entry><summary>a</summary><summary>b</summary><summary>c</summary></entry></feed>",
    ],
)
def test_tiers_agree_on_elements_in_rare_order(text: str) -> None:
    assert_tiers_agree(text)


@pytest.mark.parametrize(
    "author",
    ["Ann", "a@b.com (Ann)", "Ann <a@b.com>", "a@[1.2.3.4] x", "a@b.co?subject=d e", "()a@b.org"],
)
def test_authors_are_split_as_feedparser_does_where_it_knows_the_domain(author: str) -> None:
    parser = StrictFeedParser("", None, "utf-8")
    parser.feeddata["author"] = author
    parser.feeddata["authors"] = [FeedParserDict()]
    parser._sync_author_detail()
    expected = parser.feeddata["authors"][-1]
    assert split_author(author) == (expected.get("name", ""), expected.get("email", ""))


# --- the wiring -----------------------------------------------------------------

RSS = """<?xml version="1.0"?><rss version="2.0"><channel><title>Feed</title>
<link>https://site.example/</link><item><title>One</title><link>/1</link></item></channel></rss>"""


def test_parse_fast_gives_what_parse_feed_gives() -> None:
    body = RSS.encode()
    headers = {
        "url": URL,
        "content_type": "text/xml; charset=iso-8859-2",
        "content_language": "de, en",
        "content_location": "https://moved.example/feed",
    }
    parsed = parse_fast(body, **headers)
    assert parsed is not None
    assert parsed == parse_feed(body, **headers)
    assert parsed.entries[0].link == "https://site.example/1"
    assert parsed.feed.language == "de"


@pytest.mark.parametrize(
    "document",
    [
        RSS.replace("</item>", ""),
        RSS.replace("<title>", "<title>&nbsp;"),
        '<!DOCTYPE rss [<!ENTITY a "b">]>' + RSS.partition("?>")[2],
        '{"version": "https://jsonfeed.org/version/1.1", "items": [' + "{}," * 200_000 + "{}]}",
    ],
)
def test_what_is_in_doubt_is_left_to_the_reference(document: str) -> None:
    assert parse_fast(document.encode(), url=URL) is None


@pytest.mark.parametrize("start", ["", "\ufeff", " \n"])
def test_json_feed_is_read_as_the_reference_does(start: str) -> None:
    entries = '{"id": 1, "url": "/1", "content_html": "<p>a</p>"}, {"id": "2", "title": "\xe9"}'
    text = f'{start}{{"version": "https://jsonfeed.org/version/1.1", "items": [{entries}]}}'
    quick = parse_fast(text.encode(), url=URL, content_location="http://site.example/b/")
    assert quick is not None
    assert quick == parse_feed(text.encode(), url=URL, content_location="http://site.example/b/")
    assert [entry.guid for entry in quick.entries] == ["1", "2"]


@pytest.mark.parametrize(
    "document",
    ["", "\0 \n", "<html><body>no feed</body></html>", "[1]", '{"a": ' * 50_000, '{"items": [{'],
)
def test_what_plainly_is_no_feed_is_refused_in_the_words_of_the_reference(document: str) -> None:
    with pytest.raises(NotAFeed) as refusal:
        parse_fast(document.encode(), url=URL)
    with pytest.raises(NotAFeed, match=re.escape(str(refusal.value))):
        parse_feed(document.encode(), url=URL)


@pytest.mark.parametrize(
    "inside",
    [
        "<a>" * 100_000,
        "<a/>" * 900_000,
        "<item/>" * 500_000,
        "<item>" + "<category>a</category>" * 150_000 + "</item>",
        "<item><title>" + " " * 3_000_000 + "x</title></item>",
        "<item><title>" + "&lt;a " * 500_000 + "</title></item>",
        "<item><description>" + " \n" * 1_500_000 + "x</description></item>",
        "<item><description>" + "\n" + " " * 3_000_000 + "x</description></item>",
        "<item><summary>" + "&amp;a" * 400_000 + "</summary></item>",
        "<item><author>" + "a@" * 1_000_000 + "</author></item>",
        "<item><pubDate>" + "1 " * 1_000_000 + "</pubDate></item>",
        "<item><link>" + "/" * 3_000_000 + "</link></item>",
        "<item " + " ".join(f'a{number}="1"' for number in range(150_000)) + "/>",
        "<item " + " ".join(f'xmlns:a{number}="b{number}"' for number in range(80_000)) + "/>",
    ],
    ids=range(14),
)
def test_hostile_documents_cost_little(inside: str) -> None:
    body = f"<rss version='2.0'><channel>{inside}</channel></rss>".encode()
    start = time.process_time()
    parse_fast(body, url=URL)
    assert time.process_time() - start < 3.0

"""Responses' bodies into feeds: formats, encodings, repairs, limits and hostile input."""

from __future__ import annotations

import csv
import gzip
import html
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from feedreader.core import fields
from feedreader.core.encoding import decode_document
from feedreader.core.parse import parse_feed
from feedreader.core.sanitize import clean_html
from feedreader.errors import NotAFeed
from feedreader.model import Enclosure, Entry, FeedHints, ParsedFeed

URL = "https://site.example/feeds/feed.xml"
NAMESPACES = (
    'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/"'
    ' xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
    ' xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'
    ' xmlns:podcast="https://podcastindex.org/namespace/1.0"'
    ' xmlns:xhtml="http://www.w3.org/1999/xhtml"'
)


def rss(items: str, channel: str = "<link>https://site.example/</link>") -> str:
    return (
        f'<rss version="2.0" {NAMESPACES}><channel><title>Feed</title>{channel}{items}'
        "</channel></rss>"
    )


def atom(inner: str, attributes: str = "") -> str:
    return f'<feed xmlns="http://www.w3.org/2005/Atom" {attributes}><title>F</title>{inner}</feed>'


def parse(document: str, **headers: str) -> ParsedFeed:
    return parse_feed(document.encode(), url=URL, **headers)


def parse_item(inner: str) -> Entry:
    return parse(rss(f"<item>{inner}</item>")).entries[0]


def parse_atom_entry(inner: str) -> Entry:
    return parse(atom(f"<entry>{inner}</entry>")).entries[0]


# --- formats ------------------------------------------------------------------


def test_rss_item_is_read_with_all_its_fields() -> None:
    entry = parse_item(
        """<title>One &amp; two</title><link>/one</link><guid isPermaLink="false">g1</guid>
        <pubDate>Tue, 05 Mar 2024 12:30:45 GMT</pubDate><dc:creator>Ann</dc:creator>
        <category>x</category><category>y</category><comments>/one#comments</comments>
        <description>&lt;p&gt;Short&lt;/p&gt;</description>
        <content:encoded><![CDATA[<p>Long</p>]]></content:encoded>
        <enclosure url="/one.mp3" type="audio/mpeg" length="77"/>
        <itunes:duration>1:02:03</itunes:duration><itunes:image href="/one.png"/>
        <podcast:chapters url="/one.json" type="application/json+chapters"/>"""
    )
    assert entry == Entry(
        guid="g1",
        title="One & two",
        link="https://site.example/one",
        authors=("Ann",),
        published=datetime(2024, 3, 5, 12, 30, 45, tzinfo=UTC),
        summary_html="<p>Short</p>",
        content_html="<p>Long</p>",
        base_url="https://site.example/",
        categories=("x", "y"),
        enclosures=(Enclosure("https://site.example/one.mp3", "audio/mpeg", 77, "", 3723),),
        image_url="https://site.example/one.png",
        comments_url="https://site.example/one#comments",
        chapters_url="https://site.example/one.json",
    )


def test_atom_entry_is_read_with_all_its_fields() -> None:
    parsed = parse(
        atom(
            """<author><name>Ann</name></author><link href="https://site.example/"/>
            <entry><id>urn:1</id><title type="html">A &lt;b&gt;c&lt;/b&gt;</title>
            <link rel="alternate" href="/a"/><updated>2024-03-06T00:00:00Z</updated>
            <published>2024-03-05T00:00:00Z</published><summary>1 &lt; 2</summary>
            <category term="t" label="Label"/>
            <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>B</p></div></content>
            <link rel="enclosure" href="/a.mp4" type="video/mp4" length="9" title="Film"/>
            </entry>"""
        )
    )
    assert parsed.format == "Atom 1.0"
    assert parsed.entries[0] == Entry(
        guid="urn:1",
        title="A c",
        link="https://site.example/a",
        authors=("Ann",),
        published=datetime(2024, 3, 5, tzinfo=UTC),
        updated=datetime(2024, 3, 6, tzinfo=UTC),
        summary_html="1 &lt; 2",
        content_html="<p>B</p>",
        base_url="https://site.example/",
        categories=("Label",),
        enclosures=(Enclosure("https://site.example/a.mp4", "video/mp4", 9, "Film"),),
    )


RDF = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    ' xmlns:a="http://www.w3.org/2005/Atom" xmlns="http://purl.org/rss/1.0/">'
    "<channel><title>F</title></channel><item><title>T</title></item></rdf:RDF>"
)
ATOM_03 = (
    '<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry><title>T</title></entry></feed>'
)


@pytest.mark.parametrize(
    ("document", "format_name"),
    [
        (rss("<item><title>T</title></item>"), "RSS 2.0"),
        ('<rss version="0.92"><channel><item><title>T</title></item></channel></rss>', "RSS 0.92"),
        (RDF, "RDF (RSS 1.0)"),
        (atom("<entry><title>T</title></entry>"), "Atom 1.0"),
        (ATOM_03, "Atom 0.3"),
        ('<channel href="/"><title>F</title><item><title>T</title></item></channel>', "CDF"),
    ],
)
def test_format_is_named(document: str, format_name: str) -> None:
    parsed = parse(document)
    assert parsed.format == format_name
    assert parsed.entries[0].title == "T"
    assert parsed.defect == ""


def test_title_of_an_rdf_channel_is_found_after_the_items() -> None:
    document = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" {}>'
        '<item rdf:about="https://a.example/1"><title>One</title></item>'
        "<channel><title>Feed</title></channel></rdf:RDF>"
    )
    for namespace in ('xmlns="http://purl.org/rss/1.0/"', ""):
        parsed = parse(document.format(namespace))
        assert parsed.feed.title == "Feed"
        assert parsed.entries[0].title == "One"
        assert parsed.format == ("RDF (RSS 1.0)" if namespace else "RDF")


def test_update_hints_are_read() -> None:
    parsed = parse(
        rss(
            "",
            "<ttl>90</ttl><sy:updatePeriod>daily</sy:updatePeriod>"
            "<sy:updateFrequency>4</sy:updateFrequency>"
            "<skipHours><hour>0</hour><hour>23</hour><hour>24</hour><hour>99</hour></skipHours>"
            "<skipDays><day>Sunday</day><day>monday</day><day>Someday</day></skipDays>",
        )
    )
    assert parsed.hints == FeedHints(
        ttl_s=5400,
        update_period_s=21_600,
        skip_hours=frozenset({0, 23}),
        skip_days=frozenset({0, 6}),
    )


# --- what is no feed ----------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b" \n\x00", "empty"),
        (b"<!DOCTYPE html><html><body>x</body></html>", "an HTML page"),
        (b"<html><body><rss version='2.0'></rss></body></html>", "an HTML page"),
        (b'<opml version="2.0"><body/></opml>', "OPML"),
        (b"<urlset/>", "sitemap"),
        (b"<foo><item><title>x</title></item></foo>", "root element is “foo”"),
        (b'<rdf:RDF xmlns:rdf="urn:rdf"><foaf:Person xmlns:foaf="urn:foaf"/></rdf:RDF>', "blank"),
        (b"just words", "no XML and no JSON"),
        (b'{"a": 1}', "JSON, but no JSON Feed"),
        (b"\x1f\x8b\x08garbage", "gzip"),
        (gzip.compress(rss("<item/>").encode())[:-12], "cut short"),
    ],
)
def test_what_is_no_feed_is_named_in_one_line(body: bytes, reason: str) -> None:
    with pytest.raises(NotAFeed, match=reason) as caught:
        parse_feed(body, url=URL)
    assert str(caught.value).startswith("not a feed: ")
    assert str(caught.value).isprintable()


def test_body_that_names_a_file_opens_none(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_text(rss("<item><title>from disk</title></item>"))
    with pytest.raises(NotAFeed):
        parse_feed(str(path).encode(), url=URL)


def test_media_type_is_not_believed() -> None:
    assert parse(rss("<item/>"), content_type="text/html; charset=klingon").entries


def test_warnings_of_a_server_before_the_feed_are_passed_over() -> None:
    parsed = parse("<br />\n<b>Warning</b>: oops<br/>\n" + rss("<item><title>T</title></item>"))
    assert parsed.entries[0].title == "T"
    assert parsed.defect == "something else stands before the feed"


def test_feed_that_is_cut_keeps_what_came() -> None:
    document = rss("<item><title>One</title></item><item><title>Two</title></item>")
    parsed = parse(document[: document.index("</item></channel>")])
    assert [entry.title for entry in parsed.entries] == ["One", "Two"]
    assert parsed.defect


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("</channel>", "</chanel>"),
        ("</channel></rss>", ""),
        ("</rss>", "</rss><!-- 0.1 s --><script>count()</script><br>"),
        ("<enclosure", "<poll:open>1</poll:open><enclosure"),
        ("<enclosure", "<br><enclosure"),
    ],
)
def test_references_are_decoded_once_in_malformed_feeds_too(old: str, new: str) -> None:
    address = "https://a.example/x?a=1&amp;b=2&amp;copy=3"
    body = """<p title="&quot;A&quot; &amp;amp; &#34;B&#34;">It&#39;s &amp;lt; &lt;b&gt;</p>"""
    document = rss(
        f"""<item xml:base="{address}"><title>A &amp;lt; B</title><link>{address}</link>
        <guid isPermaLink="false">{address}</guid><dc:creator>Ann &amp; Bob</dc:creator>
        <description>&lt;a title="&amp;quot;q&amp;quot;"&gt;l&lt;/a&gt;&#13;</description>
        <content:encoded><![CDATA[{body}]]></content:encoded>
        <enclosure url="{address}" type="image/png" /><comments>{address}</comments>
        <category>R&amp;amp;D</category></item>""",
        f"<link>{address}</link><image><url>{address}</url></image>",
    )
    whole, broken = parse(document), parse(document.replace(old, new))
    assert broken.defect
    assert broken.feed == whole.feed
    content_html = html.unescape(broken.entries[0].content_html)
    assert content_html == html.unescape(whole.entries[0].content_html)
    for one in (whole, broken):
        assert "&quot;A&quot; &amp;amp; &#" in one.entries[0].content_html
    assert replace(broken.entries[0], content_html="") == replace(whole.entries[0], content_html="")


# --- encodings ----------------------------------------------------------------

WORDS = "Grüße, naïve café, señor – 25 €"


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"])
def test_wide_encodings_are_seen_with_and_without_a_byte_order_mark(codec: str) -> None:
    parsed = parse_feed(rss(f"<item><title>{WORDS}</title></item>").encode(codec), url=URL)
    assert parsed.entries[0].title == WORDS


@pytest.mark.parametrize(
    ("declared", "header", "codec", "words"),
    [
        ("utf-8", "", "utf-8", WORDS),
        ("windows-1252", "", "cp1252", WORDS),
        ("iso-8859-1", "", "cp1252", WORDS),
        ("iso-8859-1", "", "utf-8", WORDS),
        ("utf-8", "", "cp1252", "é " * 30),
        ("utf-8", "gb2312", "gb18030", "新闻联播"),
        ("big5", "utf-8", "big5", "新聞聯播"),
        ("klingon", "", "utf-8", WORDS),
        ("punycode", "undefined", "utf-8", WORDS),
        ("utf-16", "", "utf-8", WORDS),
        ("koi8-r", "", "koi8-r", "Новости дня"),
        ("win-1251", "", "cp1251", "ёж"),
        ("x-sjis", "", "shift_jis", "毎日"),
        ("ks_c_5601-1989", "", "cp949", "뉴스"),
        ("iso-8859-8-i", "", "iso8859-8", "שלום"),
        ("windows-1253", "iso-8859-1", "cp1253", "Ειδήσεις"),
        ("cp500", "", "cp500", "é!"),
        ("IBM1026", "", "cp1026", "ğ"),
    ],
)
def test_text_is_right_whatever_is_announced(
    declared: str, header: str, codec: str, words: str
) -> None:
    document = f'<?xml version="1.0" encoding="{declared}"?>' + rss(
        f"<item><title>{words}</title></item>"
    )
    content_type = f"text/xml; charset={header}" if header else ""
    parsed = parse_feed(document.encode(codec), url=URL, content_type=content_type)
    assert parsed.entries[0].title == words.strip()


@pytest.mark.parametrize(
    "name",
    ["punycode", "undefined", "rot13", "zlib_codec", "idna", "mbcs", "utf-7", "unicode_escape"],
)
def test_codec_that_is_no_charset_decodes_nothing(name: str) -> None:
    title = r"\x1b +ADw-b+AD4-"
    document = f'<?xml version="1.0" encoding="{name}"?>' + rss(
        f"<item><title>{title}</title></item>"
    )
    parsed = parse(document, content_type=f"text/xml; charset={name}")
    assert parsed.entries[0].title == title
    assert parsed.defect == "it names an encoding that does not exist"


@pytest.mark.parametrize(
    "start",
    [
        "<!-- made by hand -->\n<?xml version='1.0' encoding='windows-1253'?>",
        "<b>Warning</b>: cannot open cache<br />\n<?xml version='1.0' encoding='windows-1253'?>",
        "<?XML VERSION='1.0' ENCODING='windows-1253'?>",
        "<?xml version=1.0 encoding=windows-1253?>",
    ],
)
def test_declaration_counts_wherever_and_however_it_is_written(start: str) -> None:
    document = start + rss("<item><title>ΩΕ</title></item>")
    assert parse_feed(document.encode("cp1253"), url=URL).entries[0].title == "ΩΕ"


@pytest.mark.parametrize(
    "content_type",
    [
        "text/xml; charset=windows-1253",
        'text/xml;CHARSET = "windows-1253"',
        "text/xml, charset=windows-1253",
        "text/xml charset='windows-1253'; x=y",
    ],
)
def test_charset_of_the_header_counts_however_it_is_written(content_type: str) -> None:
    body = rss("<item><title>ΩΕ</title></item>").encode("cp1253")
    parsed = parse_feed(body, url=URL, content_type=content_type)
    assert parsed.entries[0].title == "ΩΕ"


def test_declaration_that_a_feed_quotes_says_nothing_of_the_feed() -> None:
    quoted = '<![CDATA[<?xml version="1.0" encoding="shift_jis"?> éè]]>'
    assert (
        "éè"
        in parse(rss(f"<item><description>{quoted}</description></item>")).entries[0].summary_html
    )


def test_byte_order_mark_of_utf8_is_not_believed_against_the_bytes() -> None:
    document = '<?xml version="1.0" encoding="windows-1252"?>' + rss(
        f"<item><title>{WORDS}</title></item>"
    )
    parsed = parse_feed(b"\xef\xbb\xbf" + document.encode("cp1252"), url=URL)
    assert (parsed.entries[0].title, bool(parsed.defect)) == (WORDS, True)


@pytest.mark.parametrize("content_type", ["", "text/xml; charset=iso-8859-1"])
@pytest.mark.parametrize(
    ("good", "bad"), [(" – Olá", b"\xe9"), (" – Olá", b"\xe6\x97"), ("あ", b"\xff")]
)
def test_byte_order_mark_of_utf8_is_believed_where_a_byte_of_it_is_broken(
    good: str, bad: bytes, content_type: str
) -> None:
    head, tail = rss(f"<item><title>{good} @</title></item>").encode().split(b"@")
    body = b"\xef\xbb\xbf" + head + bad + tail
    parsed = parse_feed(body, content_type=content_type, url=URL)
    assert parsed.entries[0].title == f"{good.strip()} \ufffd"


def test_blanks_before_a_charset_cost_next_to_nothing() -> None:
    started = time.perf_counter()
    decode_document(b"<rss>\xe9", "text/xml; charset=" + " " * 30_000)
    assert time.perf_counter() - started < 1


def test_one_foreign_byte_spoils_no_short_text() -> None:
    body = rss("<item><title>Olá, você não é João? @</title></item>").encode()
    title = parse_feed(body.replace(b"@", b"\xe9"), url=URL).entries[0].title
    assert title == "Olá, você não é João? \ufffd"


def test_body_that_is_gzip_inside_is_unpacked() -> None:
    document = rss("<item><title>T</title></item>").encode()
    packed = gzip.compress(document)
    in_two = gzip.compress(document[:50]) + gzip.compress(document[50:])
    for body in (packed, gzip.compress(packed), in_two, packed + b"\0\0"):
        assert parse_feed(body, url=URL).entries[0].title == "T"


def test_gzip_bomb_is_refused_without_unpacking_it() -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    members = gzip.compress(b" " * 5_000_000) * 10
    for body in (bomb, gzip.compress(bomb), members):
        with pytest.raises(NotAFeed, match="too large"):
            parse_feed(body, url=URL)


def test_characters_that_xml_forbids_are_dropped() -> None:
    entry = parse_item("<title>a\x00b\x1bc&#27;d&#x0;e&#xD800;f\ufffeg</title>")
    assert entry.title == "abcdefg"


def test_overlong_utf8_never_becomes_markup() -> None:
    body = rss("<item><title>@b@</title></item>").encode().replace(b"@", b"\xc0\xbc")
    assert "<" not in parse_feed(body, url=URL).entries[0].title


# --- text ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("AT&amp;T", "AT&T"),
        ("AT&amp;amp;T", "AT&T"),
        ("1 &lt; 2", "1 < 2"),
        ("Vec&lt;T&gt; and &lt;stdio.h&gt;", "Vec<T> and <stdio.h>"),
        ("The &lt;blink&gt; tag", "The <blink> tag"),
        ("&lt;b&gt;Bold&lt;/b&gt; word", "Bold word"),
        ("<![CDATA[One<br>two]]>", "One two"),
        ("<![CDATA[Caf&eacute; &#8217;n]]>", "Café ’n"),
        ("<![CDATA[<script>alert(1)</script>Hi]]>", "Hi"),
        ("<![CDATA[<p>x</p>&#27;[31m]]>", "x [31m"),
        ("<![CDATA[<b>x</b> <link> y<link rel='z' href='/z'>]]>", "x <link> y"),
        ("<![CDATA[a<applet code='b'></applet> <i>c</i> </body>]]>", "a c </body>"),
        ("[bold]x[/]", "[bold]x[/]"),
        ("two\n   lines", "two lines"),
    ],
)
def test_rss_title_shows_what_its_author_meant(written: str, shown: str) -> None:
    assert parse_item(f"<title>{written}</title>").title == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("AT&T and R&D", "AT&T and R&D"),
        ("alpha&omega", "alpha&omega"),
        ("a < b &mdash; c&nbsp;d &#X41;", "a < b — c d A"),
        ("&copy 2024, &unknown; &", "© 2024, &unknown; &"),
        ("&<![CDATA[<b>x</b> & y &amp; z]]>", "&x & y & z"),
    ],
)
def test_ampersands_that_xml_forbids_mean_themselves(written: str, shown: str) -> None:
    link = "https://a.example/?a=1&copy=2&amp;b=3&reg"
    parsed = parse(rss(f"<item><title>{written}</title><link>{link}</link></item>"))
    assert parsed.entries[0].title == shown
    assert parsed.entries[0].link == "https://a.example/?a=1&copy=2&b=3&reg"
    assert parsed.defect


def test_entities_that_a_document_declares_outlive_its_bare_ampersands() -> None:
    declared = '<!DOCTYPE rss [<!ENTITY who "Ann">]>'
    document = declared + rss("<item><title>&who; & co</title></item>")
    assert parse(document).entries[0].title == "Ann & co"


def test_atom_title_of_type_text_is_verbatim() -> None:
    assert parse_atom_entry("<title>&lt;b&gt;x&lt;/b&gt; &amp;amp;</title>").title == (
        "<b>x</b> &amp;"
    )


def test_body_of_type_text_is_no_markup_and_no_summary() -> None:
    entry = parse_atom_entry("<content>&lt;p&gt; makes a paragraph &lt;/p&gt;</content>")
    assert entry.content_html == "&lt;p&gt; makes a paragraph &lt;/p&gt;"
    assert entry.summary_html == ""


def test_break_in_xhtml_is_one_break() -> None:
    div = '<div xmlns="http://www.w3.org/1999/xhtml">a<br/>b<br class="x" /><i/></div>'
    for beside in ("", "<x:y/>"):  # the loose parser reads the second
        entry = parse_atom_entry(f'<content type="xhtml">{div}</content>{beside}')
        assert clean_html(entry.content_html, "").count("<br>") == 2


def test_type_of_a_body_may_name_its_charset() -> None:
    entry = parse_atom_entry('<content type="text/html; charset=utf-8">&lt;p&gt;x</content>')
    assert entry.content_html == "<p>x"


def test_itunes_title_stands_in_for_a_missing_one_only() -> None:
    own = "<itunes:title>Two</itunes:title>"
    assert parse_item(own).title == "Two"
    assert parse_item(f"<title>One</title>{own}").title == "One"


def test_media_title_stands_in_for_a_missing_one_only() -> None:
    media = "<media:content url='/a.jpg'><media:title>Picture</media:title></media:content>"
    group = "<media:group><media:title>Group</media:title></media:group>"
    assert parse_item(f"<title>Own</title>{media}{group}").title == "Own"
    assert parse_item(f"{media}{group}").title == "Group"


def test_summary_and_body_are_kept_apart_in_either_order() -> None:
    body = "<content:encoded>&lt;p&gt;Body&lt;/p&gt;</content:encoded>"
    summary = "<description>Summary</description>"
    for entry in (parse_item(body + summary), parse_item(summary + body)):
        assert (entry.summary_html, entry.content_html) == ("Summary", "<p>Body</p>")


def test_body_without_summary_is_not_repeated_as_one() -> None:
    entry = parse_item("<content:encoded>&lt;p&gt;Body&lt;/p&gt;</content:encoded>")
    assert (entry.summary_html, entry.content_html) == ("", "<p>Body</p>")


def test_itunes_summary_is_no_body() -> None:
    entry = parse_item("<description>D</description><itunes:summary>S</itunes:summary>")
    assert (entry.summary_html, entry.content_html) == ("D", "")


def test_media_description_is_the_summary_where_there_is_no_other() -> None:
    group = "<media:group><media:description>a &lt; b\nc</media:description></media:group>"
    assert parse_item(group).summary_html == "a &lt; b<br>\nc"
    assert parse_item(f"<description>D</description>{group}").summary_html == "D"


def test_xhtml_in_an_rss_item_is_its_body() -> None:
    entry = parse_item(
        "<description>D</description>"
        "<xhtml:div><p>One</p><div>Two</div><p>Three</p></xhtml:div><author>Ann</author>"
    )
    assert entry.content_html.replace(" ", "") == "<p>One</p><div>Two</div><p>Three</p>"
    assert (entry.summary_html, entry.authors) == ("D", ("Ann",))


# --- people -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("ann@paper.example (Ann Bell)", "Ann Bell"),
        ("Ann Bell &lt;ann@news.photography&gt;", "Ann Bell"),
        ("Ann Bell (mailto:ann@paper.example)", "Ann Bell"),
        ("ann@paper.museum", "ann@paper.museum"),
        ("@ann", "@ann"),
    ],
)
def test_author_is_named_without_the_mail_address(written: str, name: str) -> None:
    assert parse_item(f"<author>{written}</author>").authors == (name,)


def test_owner_of_a_podcast_is_its_author_only_if_it_names_none() -> None:
    owner = "<itunes:owner><itunes:name>Ann</itunes:name></itunes:owner>"
    author = "<itunes:author>Radio</itunes:author>"
    assert parse(rss("", author + owner)).feed.authors == ("Radio",)
    assert parse(rss("", owner + author)).feed.authors == ("Radio",)
    assert parse(rss("", owner)).feed.authors == ("Ann",)


# --- links and bases ------------------------------------------------------------


def test_rss_link_is_not_lost_to_an_atom_link() -> None:
    own, other = "<link>https://a.example/1</link>", '<atom:link href="https://a.example/2"/>'
    for entry in (parse_item(own + other), parse_item(other + own)):
        assert entry.link == "https://a.example/1"


def test_guid_is_the_link_only_if_it_is_a_permalink() -> None:
    guid = "https://a.example/1"
    assert parse_item(f"<guid>{guid}</guid>").link == guid
    assert parse_item(f'<guid isPermaLink="false">{guid}</guid>').link == ""
    assert parse_item(f'<guid isPermaLink=" TRUE">{guid}</guid>').link == guid
    assert parse_item("<guid>abc</guid>").link == ""


def test_guid_is_kept_as_written() -> None:
    assert parse_item("<guid>  /posts/1 </guid>").guid == "/posts/1"


def test_typed_html_alternate_comes_before_others() -> None:
    entry = parse_atom_entry(
        '<link href="/untyped"/><link rel="self" href="/self"/>'
        '<link rel="alternate" type="text/html" href="/html"/>'
        '<link rel="alternate" type="application/json" href="/json"/>'
    )
    assert entry.link == "https://site.example/html"


def test_link_inside_of_another_element_is_not_the_entrys() -> None:
    inner, own = "https://else.example/", "https://a.example/1"
    for name in ("author", "media:content", "category"):
        item = f"<{name}><link>{inner}</link></{name}><link>{own}</link>"
        assert parse_item(item).link == own
    typed = f'<author><name>A</name><link type="text/html" href="{inner}"/></author>'
    assert parse_atom_entry(f'{typed}<link href="{own}"/>').link == own
    assert parse_item(f"<author><link>{inner}</link></author>").link == inner


def test_empty_relation_is_none() -> None:
    assert parse_atom_entry('<link rel="" href="/x"/>').link == "https://site.example/x"


def test_xml_base_counts_for_its_element_alone() -> None:
    item = "<link>x</link><description>d</description>"
    parsed = parse(
        rss(f'<item xml:base="https://base.example/dir/">{item}</item><item>{item}</item>')
    )
    first, second = parsed.entries
    assert (first.link, first.base_url) == (
        "https://base.example/dir/x",
        "https://base.example/dir/",
    )
    assert (second.link, second.base_url) == ("https://site.example/x", "https://site.example/")


def test_xml_base_survives_stray_divs_in_escaped_content() -> None:
    entry = "<content type='html'><div>x</div><div>y</div></content><link href='z'/>"
    parsed = parse(
        atom(f"<entry xml:base='https://b.example/'>{entry}</entry><entry>{entry}</entry>")
    )
    assert [one.base_url for one in parsed.entries] == ["https://b.example/", URL]


@pytest.mark.parametrize("base", ["javascript:alert(1)//", "file:///etc/", "http://[", "data:x,"])
def test_hostile_base_is_ignored(base: str) -> None:
    entry = "<link href='x'/><content type='html'>c</content>"
    parsed = parse(atom(f"<entry xml:base='{base}'>{entry}</entry>", f'xml:base="{base}"'))
    assert parsed.entries[0].link == "https://site.example/feeds/x"
    assert parsed.entries[0].base_url == URL


def test_base_is_the_feed_link_else_content_location_else_the_url() -> None:
    item = "<item><link>x</link></item>"
    location = "https://other.example/dir/feed"
    assert parse(rss(item), content_location=location).entries[0].link == "https://site.example/x"
    assert parse(rss(item, ""), content_location=location).entries[0].link == (
        "https://other.example/dir/x"
    )
    assert parse(rss(item, "")).entries[0].link == "https://site.example/feeds/x"


@pytest.mark.parametrize(
    "url",
    [
        *("javascript:alert(1)", "vbscript:x", "file:///etc/passwd", "data:text/html,x"),
        *("http://[::1", "http://a.example:99999999/", "http://\u2100.example/"),
    ],
)
def test_address_that_may_not_be_opened_is_dropped(url: str) -> None:
    entry = parse_item(
        f"<link>{url}</link><guid>{url}</guid><comments>{url}</comments>"
        f'<enclosure url="{url}"/><media:thumbnail url="{url}"/><podcast:chapters url="{url}"/>'
    )
    assert (entry.link, entry.comments_url, entry.image_url, entry.chapters_url) == ("",) * 4
    assert entry.enclosures == ()


def test_script_is_seen_through_the_line_break_in_its_scheme() -> None:
    assert parse_item("<link>java\nscript:alert(1)</link>").link == ""


# --- media ----------------------------------------------------------------------


def test_enclosure_and_media_content_of_one_address_are_one() -> None:
    entry = parse_item(
        '<enclosure url="/a.mp3" length="0"/>'
        '<media:content url="/a.mp3" type="audio/mpeg" fileSize="5" duration="61">'
        "<media:description>Talk</media:description></media:content>"
        '<media:content url="/b.jpg" medium="image"/>'
    )
    assert entry.enclosures == (
        Enclosure("https://site.example/a.mp3", "audio/mpeg", 5, "Talk", 61),
        Enclosure("https://site.example/b.jpg", "image/*"),
    )
    assert entry.image_url == "https://site.example/b.jpg"


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        *(("90", 90), ("1:30", 90), ("0:01:30", 90), ("01:01:30", 3690), ("90.7", 90)),
        *(("0", None), ("x", None), ("-5", None), ("1:2:3:4", None), ("9" * 50, None)),
    ],
)
def test_duration_is_read_in_all_its_spellings(written: str, seconds: int | None) -> None:
    assert fields.parse_duration(written) == seconds


def test_length_fits_the_database_or_is_unknown() -> None:
    for length in ("-1", "0", "x", str(2**64), "1e3", ""):
        assert parse_item(f'<enclosure url="/a" length="{length}"/>').enclosures[0].length is None


# --- limits and hostile input -----------------------------------------------------


@pytest.mark.parametrize("end", ["", "<item>&undefined; <"], ids=["well formed", "malformed"])
def test_first_entries_are_kept_up_to_the_limit(end: str) -> None:
    items = "".join(f"<item><title>{n}</title></item>" for n in range(fields.MAX_ENTRIES + 10))
    entries = parse(rss(items + end)).entries
    assert len(entries) == fields.MAX_ENTRIES
    assert (entries[0].title, entries[-1].title) == ("0", str(fields.MAX_ENTRIES - 1))


def test_fields_are_capped() -> None:
    entry = parse_item(
        "".join(
            f"<category>c{n}</category><dc:creator>a{n}</dc:creator><enclosure url='/{n}'/>"
            for n in range(200)
        )
        + f"<description>{'d' * (fields.MAX_TEXT + 9)}</description>"
        + f"<title>{'t' * (fields.MAX_LINE + 9)}</title>"
    )
    assert len(entry.categories) == fields.MAX_CATEGORIES
    assert len(entry.authors) == fields.MAX_AUTHORS
    assert len(entry.enclosures) == fields.MAX_ENCLOSURES
    assert len(entry.summary_html) == fields.MAX_TEXT
    assert len(entry.title) == fields.MAX_LINE


@pytest.mark.parametrize(
    "flood",
    [
        "<title><![CDATA[</b>" + "<!--" * 250_000 + "]]></title>",
        "<title><![CDATA[</b>" + "<script>" * 100_000 + "]]></title>",
        "<title><![CDATA[</b>" + '<a "' * 250_000 + "]]></title>",
        "<title><![CDATA[" + "&a" * 500_000 + "]]></title>",
        "<author>" + "a" * 1_000_000 + "</author>",
        "<description>" + "\n " * 200_000 + "x</description>",
        "<pubDate>" + "1 " * 500_000 + "</pubDate>",
        "".join(f"<category>c{number}</category>" for number in range(20_000)),
        "<title " + " ".join(f"a{number}=''" for number in range(20_000)) + ">t</title>",
        '<x xml:base="a/">' * 5_000 + "</x>" * 5_000,
    ],
    ids=[
        *("comments", "scripts", "quotes", "references", "author", "lines", "date", "categories"),
        *("attributes", "bases"),
    ],
)
def test_flood_in_a_field_costs_little(flood: str) -> None:
    started = time.perf_counter()
    assert len(parse(rss(f"<item>{flood}</item>")).entries) == 1
    assert time.perf_counter() - started < 3


@pytest.mark.parametrize(
    "body",
    [
        b"<!DOCTYPE rss [" + b"<!ENTITY" * 100_000,
        b"<!--" * 250_000,
        b"x<?xml " * 100_000,
        b"<br><feed " * 100_000,
        b"\n" * 1_000_000 + b"<!DOCTYPE a>x",
        b"\xff" * 1_000_000,
    ],
    ids=["entities", "comments", "declarations", "roots", "blank lines", "high bytes"],
)
def test_flood_before_the_root_costs_little(body: bytes) -> None:
    started = time.perf_counter()
    with pytest.raises(NotAFeed):
        parse_feed(body, url=URL)
    assert time.perf_counter() - started < 3


def test_deeply_nested_xhtml_is_read() -> None:
    depth = 20_000
    content = f"<content type='xhtml'>{'<div>' * depth}core{'</div>' * depth}</content>"
    assert "core" in parse_atom_entry(content).content_html


@pytest.mark.parametrize("is_cut", [False, True], ids=["well formed", "malformed"])
def test_entity_bomb_grows_to_nothing(is_cut: bool) -> None:
    doctype = '<!DOCTYPE rss [\n<!ENTITY a "' + "x" * 1000 + '">\n]>'
    document = doctype + rss(f"<item><title>{'&a;' * 100_000}</title></item>")
    try:
        parsed = parse(document[:-6] if is_cut else document)
    except NotAFeed:
        return
    assert all(len(entry.title) <= fields.MAX_LINE for entry in parsed.entries)


def test_external_entities_and_includes_are_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("s3cret")
    uri = secret.as_uri()
    document = f'<!DOCTYPE rss [<!ENTITY x SYSTEM "{uri}">]>' + rss(
        "<item><title>T &x;</title><description>"
        f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{uri}" parse="text"/>'
        "</description></item>"
    )
    parsed = parse(document)
    assert parsed.entries[0].title.startswith("T")
    assert "s3cret" not in repr(parsed)


# --- any bytes at all ---------------------------------------------------------------

SEED = (
    '<?xml version="1.0" encoding="utf-8"?>'
    + rss(
        '<item xml:base="b/"><title>T &amp; U</title><link>/x</link><guid>g</guid>'
        "<pubDate>Tue, 05 Mar 2024 12:30:45 GMT</pubDate><category>c</category>"
        "<description><![CDATA[<p>d</p>]]></description><author>a@b.example (Ann)</author>"
        '<media:group><media:content url="/m.mp4"><media:title>m</media:title></media:content>'
        '<media:thumbnail url="/t.png"/></media:group><xhtml:div><p>x</p></xhtml:div>'
        "<source url='/s'>S</source><image><url>/i.png</url></image></item>"
    )
).encode()
PIECES = st.sampled_from(
    b"""<item> </item> < > & &#x &#99999999; <![CDATA[ ]]> \0 \xff\xfe <media:content> <category>
    </category> </title> <source> </media:text> <link> <link/> </xhtml:div> <image> <author>
    <psc:chapter> <entry><content\ttype='xhtml'> <svg> <!DOCTYPE <gml:pos> <itunes:name>""".split(
        b" "
    )
)


def assert_feed_or_not(body: bytes) -> None:
    try:
        parsed = parse_feed(body, url=URL)
    except NotAFeed:
        return
    assert isinstance(parsed, ParsedFeed)
    assert all("\x00" not in entry.title + entry.content_html for entry in parsed.entries)


@given(st.binary(max_size=200))
@example(b"{")
@example(b"<rss")
@example(b"\xff\xfe<\x00")
def test_any_bytes_give_a_feed_or_not_a_feed(body: bytes) -> None:
    assert_feed_or_not(body)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, len(SEED)), st.integers(0, 40), PIECES), max_size=6),
    st.sampled_from([b"rss", b"feed", b"rdf:RDF", b"channel"]),
)
def test_damaged_feed_gives_a_feed_or_not_a_feed(
    edits: list[tuple[int, int, bytes]], root: bytes
) -> None:
    body = SEED.replace(b"<rss", b"<" + root).replace(b"</rss", b"</" + root)
    for start, length, piece in edits:
        body = body[:start] + piece + body[start + length :]
    assert_feed_or_not(body)


# --- the corpus -----------------------------------------------------------------------


def read_index(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def test_real_feeds_have_as_many_entries_as_their_index_says(corpus: Path) -> None:
    folder = corpus / "feeds" / "real"
    rows = read_index(folder / "index.tsv")
    counts = {
        row["file"]: len(
            parse_feed((folder / row["file"]).read_bytes(), url=row["feed_url"] or URL).entries
        )
        for row in rows
    }
    assert len(rows) > 300
    assert counts == {
        row["file"]: int(row["entries_feedparser"] or 0) + int(row["entries_json"] or 0)
        for row in rows
    }


NO_FEEDS = {"empty_0_bytes.rss", "gzip_truncated.rss.gz"}


def test_attacks_show_all_their_items_and_none_of_their_canaries(corpus: Path) -> None:
    folder = corpus / "attacks"
    rows = [
        row
        for row in read_index(folder / "index.tsv")
        if (folder / row["file"]).is_file() and Path(row["file"]).suffix not in (".opml", ".html")
    ]
    assert len(rows) > 50
    for row in rows:
        body = (folder / row["file"]).read_bytes()
        started = time.perf_counter()
        try:
            parsed = parse_feed(body, url=URL, content_type=row["served_as"])
        except NotAFeed:
            assert row["file"] in NO_FEEDS
            continue
        assert time.perf_counter() - started < 2, row["file"]
        if row["items_in_file"]:
            assert len(parsed.entries) == int(row["items_in_file"]), row["file"]
        lines = [parsed.feed.title, parsed.feed.description, parsed.defect]
        for entry in parsed.entries:
            lines += [entry.title, *entry.authors, *entry.categories, entry.link]
            assert entry.link.startswith(("http://", "https://", "mailto:")) or not entry.link
            assert "\x00" not in entry.summary_html + entry.content_html + entry.guid
        assert all(line.isprintable() or "\xa0" in line for line in lines), row["file"]
        assert "root:x:" not in repr(parsed), row["file"]

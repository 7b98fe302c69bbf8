"""Feeds of a page: announced, linked, guessed, and known by the site's rules."""

from __future__ import annotations

import base64
import gzip
import json
import random
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedreader.core.discover import (
    FeedLink,
    find_feeds,
    guess_feed_urls,
    known_feed_urls,
    looks_like_feed,
)

PAGE = "https://a.example/blog/post.html"


def urls_in(html: str, url: str = PAGE) -> list[str]:
    return [link.url for link in find_feeds(html.encode(), url=url)]


# --- announced --------------------------------------------------------------


def test_announced_feeds_come_in_the_pages_order_with_title_and_type() -> None:
    page = """<html><head>
        <link rel="alternate" type="application/atom+xml" title=" All\n posts " href="/atom.xml">
        <link rel="alternate" type="application/rss+xml; charset=utf-8" href="rss.xml">
        <link rel="alternate" type="application/feed+json" href="//b.example/feed.json">
        </head>"""
    assert find_feeds(page.encode(), url=PAGE) == (
        FeedLink("https://a.example/atom.xml", "All posts", "application/atom+xml"),
        FeedLink("https://a.example/blog/rss.xml", "", "application/rss+xml"),
        FeedLink("https://b.example/feed.json", "", "application/feed+json"),
    )


@pytest.mark.parametrize(
    "link",
    [
        "<LINK REL=ALTERNATE TYPE=application/rss+xml HREF=/f>",
        "<link href='/f' type='Application/RSS+XML' rel='home Alternate'>",
        "<link rel=feed href=/f>",
        "<link rel=alternate type=text/xml href=x><link rel=alternate type=text/xml href=/rss.xml>",
        "<link rel=alternate type=application/rss+xml title=Bob's href=/f><p title='x'>",
        "<p title='<link rel=feed href=/no>'><link rel=feed href=/f>",
        "<!--><link rel=feed href=/f>",
        "<!---><link rel=feed href=/f>",
        "<!-- <link rel=feed href=/no> --!><link rel=feed href=/f>",
    ],
)
def test_link_is_read_however_it_is_written(link: str) -> None:
    expected = "https://a.example/rss.xml" if "rss.xml" in link else "https://a.example/f"
    assert urls_in(f"<head>{link}</head>") == [expected]


@pytest.mark.parametrize(
    "link",
    [
        '<link rel="stylesheet" type="application/rss+xml" href="/f">',
        '<link rel="alternate stylesheet" type="application/rss+xml" href="/f">',
        '<link rel="alternates" type="application/rss+xml" href="/f">',
        '<link rel="alternate" hreflang="de" href="/de/">',
        '<link rel="alternate" type="application/json" href="/wp-json/wp/v2/posts/1">',
        '<link rel="alternate" type="application/json+oembed" href="/oembed?format=json">',
        '<link rel="alternate" type="text/xml+oembed" href="/oembed?format=xml">',
        '<link rel="alternate" type="application/atom+xml;type=entry" href="/entry">',
        '<link rel="alternate" type="application/rss+xml" href="">',
        '<link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">',
        '<link rel="alternate" type="application/rss+xml" href="file:///etc/passwd">',
        '<link rel="alternate" type="application/rss+xml" href="mailto:a@b.example">',
        '<!-- <link rel="alternate" type="application/rss+xml" href="/f"> -->',
        "<?php <link rel=feed href=/f> ?>",
        "<![CDATA[<link rel=feed href=/f>]]>",
        '<script>"<link rel=alternate type=application/rss+xml href=/f>"</script>',
    ],
)
def test_other_links_are_no_feeds(link: str) -> None:
    assert urls_in(f"<html><head>{link}</head><body>x</body></html>") == []


def test_base_element_counts_unless_it_leads_nowhere() -> None:
    link = '<link rel="alternate" type="application/rss+xml" href="f.xml">'
    assert urls_in(f'<base href="https://b.example/x/">{link}') == ["https://b.example/x/f.xml"]
    assert urls_in(f'<base href="/y/">{link}') == ["https://a.example/y/f.xml"]
    assert urls_in(f'<base href="javascript:x">{link}') == ["https://a.example/blog/f.xml"]
    assert urls_in(f'<base target="_top">{link}') == ["https://a.example/blog/f.xml"]


def test_feeds_of_comments_come_last_and_repeats_once() -> None:
    link = '<link rel="alternate" type="application/rss+xml" title="{}" href="{}">'
    page = "".join(
        link.format(title, href)
        for title, href in [
            ("Post Comments", "/post/feed"),
            ("", "/comments/feed/"),
            ("Blog", "/feed"),
            ("Blog again", "/feed"),
        ]
    )
    assert urls_in(page) == [
        "https://a.example/feed",
        "https://a.example/post/feed",
        "https://a.example/comments/feed/",
    ]


def test_links_that_plainly_are_feeds_follow_the_announced_ones() -> None:
    page = """<link rel="alternate" type="application/rss+xml" href="/announced">
        <a href="/about">About</a> <a href="/feed/">Subscribe</a> <a href="x.rss">RSS</a>
        <a href="feed://b.example/all">old</a> <a href="feed:https://c.example/f">old</a>
        <a href="?feed=rss2">query</a> <a href="feed.json">JSON</a> <a href="rss.xml#top">x</a>
        <a href="/feedback">Feedback</a> <a href="https://feedly.com/i/feed">Feedly</a>
        <a href="/atomic">Atomic</a> <a href="http://[broken/feed">broken</a>"""
    assert urls_in(page) == [
        "https://a.example/announced",
        "https://a.example/feed/",
        "https://a.example/blog/x.rss",
        "http://b.example/all",
        "https://c.example/f",
        "https://a.example/blog/post.html?feed=rss2",
        "https://a.example/blog/feed.json",
        "https://a.example/blog/rss.xml",
    ]


def test_titles_are_safe_to_print() -> None:
    page = '<link rel=alternate type=application/rss+xml href=/f title="a&#27;[31m\u202eb\nc">'
    assert find_feeds(page.encode(), url=PAGE)[0].title == "a[31mb c"


def test_page_of_another_encoding_is_read() -> None:
    page = '<link rel="alternate" type="application/rss+xml" title="Ünïcode" href="/f">'
    assert find_feeds(page.encode("utf-16"), url=PAGE)[0].title == "Ünïcode"


@pytest.mark.parametrize(
    ("charset", "title"), [("gbk", "新闻"), ("euc-kr", "뉴스"), ("iso-8859-2", "Zprávy š")]
)
def test_titles_are_read_as_the_page_names_its_encoding(charset: str, title: str) -> None:
    page = (
        f'<meta charset="{charset}"><link rel="alternate" type="application/rss+xml"'
        f' href="/rss" title="{title}">'
    )
    assert find_feeds(page.encode(charset), url=PAGE)[0].title == title


def test_endless_and_deep_pages_take_little_time() -> None:
    flood = "<link rel=alternate type=application/rss+xml href=/{}>"
    start = time.monotonic()
    assert len(urls_in("".join(flood.format(n) for n in range(20_000)))) == 50
    assert urls_in("<div>" * 200_000 + "<a href=/feed>") == ["https://a.example/feed"]
    for piece in ["<a ", '<a href="', "<a href=/feed>", "<!--", "<script>", "<", "=' ", "<b a="]:
        urls_in("<a b=" + piece * (500_000 // len(piece)))
        urls_in(piece * (500_000 // len(piece)))
    assert time.monotonic() - start < 20


def test_link_without_title_is_named_by_its_text() -> None:
    page = b"<a href=/feed><img src=x alt=y> <b>All</b> &amp; more</a> and <a href=/rss></a>"
    assert [link.title for link in find_feeds(page, url=PAGE)] == ["All & more", ""]


@settings(deadline=None)
@given(st.text(alphabet="<>ahref=linkrelfeed/.:\"' @[]", max_size=80), st.text(max_size=20))
def test_any_page_gives_only_web_addresses(html: str, url: str) -> None:
    page = f'<base href="{html}"><link rel=feed href="{html}"><a href="{html}/feed">x</a>{html}'
    for address in (url, PAGE):
        for link in find_feeds(page.encode(), url=address):
            assert link.url.startswith(("http://", "https://"))


def test_pages_of_the_autodiscovery_suite_give_their_feed(corpus: Path) -> None:
    folder = corpus / "feeds" / "tricky"
    lines = (folder / "expectations.jsonl").read_text(encoding="utf-8").splitlines()
    checks = [check for check in map(json.loads, lines) if check["path"] == "@discover"]
    assert checks
    for check in checks:
        body = (folder / check["file"]).read_bytes()
        links = find_feeds(body, url=check.get("base_url") or PAGE)
        wanted = check["value"]
        if check["op"] == "equals-any":
            assert links, check["file"]
            assert links[0].url in wanted, check["file"]
        else:
            assert links, check["file"]
            assert links[0].url.endswith(wanted), check["file"]
        assert not any("404" in link.url.rpartition("/")[2] for link in links), check["file"]
        assert not looks_like_feed(body, "text/html"), check["file"]


# --- guessed ----------------------------------------------------------------


def test_guesses_begin_below_the_page_and_end_at_the_root() -> None:
    guesses = guess_feed_urls("https://A.example:8080/team/blog/index.html?x#y")
    assert guesses[:2] == (
        "https://A.example:8080/team/blog/feed",
        "https://A.example:8080/team/blog/feed/",
    )
    assert "https://A.example:8080/feed.json" in guesses
    assert len(guesses) == len(set(guesses)) <= 20
    assert guess_feed_urls("http://a.example")[0] == "http://a.example/feed"
    assert guess_feed_urls("http://a.example") == guess_feed_urls("http://a.example/index.php")


@pytest.mark.parametrize("url", ["", "a.example", "ftp://a.example/", "http://[::1", "http://"])
def test_nothing_is_guessed_for_what_is_no_web_address(url: str) -> None:
    assert guess_feed_urls(url) == ()
    assert known_feed_urls(url) == ()


# --- known sites ------------------------------------------------------------

CHANNEL = "UC" + "x-_4567890123456789012"


@pytest.mark.parametrize(
    ("page", "feeds"),
    [
        (
            f"https://www.youtube.com/channel/{CHANNEL}/videos",
            f"https://www.youtube.com/feeds/videos.xml?channel_id={CHANNEL}",
        ),
        (
            "https://m.youtube.com/playlist?list=PL123&x=1",
            "https://www.youtube.com/feeds/videos.xml?playlist_id=PL123",
        ),
        (
            "https://youtube.com/user/Someone",
            "https://www.youtube.com/feeds/videos.xml?user=Someone",
        ),
        ("https://www.youtube.com/@handle", ""),
        ("https://old.reddit.com/r/linux/top/?t=week", "https://www.reddit.com/r/linux/top/.rss"),
        ("https://www.reddit.com/u/name", "https://www.reddit.com/user/name/.rss"),
        ("https://www.reddit.com/r/linux/.rss", ""),
        ("https://github.com/someone", "https://github.com/someone.atom"),
        (
            "https://github.com/a/b.git",
            " ".join(
                f"https://github.com/a/b/{page}.atom" for page in ("releases", "tags", "commits")
            ),
        ),
        ("https://github.com/a/b/tags", "https://github.com/a/b/tags.atom"),
        ("https://github.com/a/b/tree/dev/src", "https://github.com/a/b/commits/dev/src.atom"),
        ("https://github.com/topics/rss", ""),
        (
            "https://gitlab.com/g/s/p/-/tags",
            "https://gitlab.com/g/s/p/-/tags?format=atom",
        ),
        (
            "https://gitlab.com/g/p/-/commits/main",
            "https://gitlab.com/g/p/-/commits/main?format=atom",
        ),
        ("https://gitlab.com/someone", "https://gitlab.com/someone.atom"),
        ("https://social.example/@user", "https://social.example/@user.rss"),
        ("http://social.example:8080/@user/media", "http://social.example:8080/@user.rss"),
        ("https://social.example/@user@other.example", "https://other.example/@user.rss"),
        ("@user@Social.example", "https://social.example/@user.rss"),
        ("user@social.example", ""),
        ("https://social.example/@user/113", ""),
        ("https://bsky.app/profile/a.example", "https://bsky.app/profile/a.example/rss"),
        ("https://medium.com/@user", "https://medium.com/feed/@user"),
        ("https://medium.com/publication/story-1", "https://medium.com/feed/publication"),
        ("https://user.medium.com/story", "https://user.medium.com/feed"),
        ("https://name.substack.com/p/post", "https://name.substack.com/feed"),
        ("https://substack.com/@name", ""),
        ("https://name.wordpress.com/2026/", "https://name.wordpress.com/feed/"),
        (
            "https://name.wordpress.com/tag/x/",
            "https://name.wordpress.com/tag/x/feed/ https://name.wordpress.com/feed/",
        ),
        ("https://name.tumblr.com/post/1", "https://name.tumblr.com/rss"),
        ("https://www.tumblr.com/name/1/title", "https://name.tumblr.com/rss"),
        ("https://name.blogspot.com/2026/", "https://name.blogspot.com/feeds/posts/default"),
        (
            "https://stackoverflow.com/questions/tagged/python?tab=Newest",
            "https://stackoverflow.com/feeds/tag/python",
        ),
        ("https://tex.stackexchange.com/users/7/x", "https://tex.stackexchange.com/feeds/user/7"),
        ("https://news.ycombinator.com/", "https://news.ycombinator.com/rss"),
        (
            "https://de.wikipedia.org/wiki/Fo%C3%B6_(Band)",
            "https://de.wikipedia.org/w/index.php?title=Fo%C3%B6_(Band)&action=history&feed=atom",
        ),
        ("https://arxiv.org/list/cs.AI/recent", "https://rss.arxiv.org/rss/cs.AI"),
        ("https://lemmy.example/c/linux", "https://lemmy.example/feeds/c/linux.xml?sort=New"),
        (
            "https://lemmy.example/c/linux@other.example",
            "https://lemmy.example/feeds/c/linux@other.example.xml?sort=New",
        ),
        ("https://vimeo.com/someone", "https://vimeo.com/someone/videos/rss"),
        ("https://vimeo.com/12345", ""),
        ("https://podcasts.apple.com/de/podcast/x/id1", ""),
        ("https://evilgithub.com/a/b", ""),
        ("https://github.com.evil.example/a/b", ""),
        ("javascript://github.com/a/b", ""),
    ],
)
def test_feeds_of_known_sites(page: str, feeds: str) -> None:
    assert " ".join(known_feed_urls(page)) == feeds


@settings(deadline=None)
@given(
    st.sampled_from(["https://github.com/", "https://gitlab.com/", "https://x.example/", "@", ""]),
    st.text(alphabet="@a/.-?#: \n%é<", max_size=20),
)
def test_known_feeds_are_web_addresses_without_spaces(site: str, rest: str) -> None:
    for url in known_feed_urls(site + rest):
        assert url.startswith(("http://", "https://"))
        assert not any(char.isspace() or char in "<>" for char in url)


# --- sniffed ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "is_feed"),
    [
        (b'<?xml version="1.0"?><rss version="2.0"><channel/></rss>', True),
        (b'\n<!-- x -->\n<?xml-stylesheet href="a"?><!DOCTYPE rss [<!ENTITY a "b">]><RSS>', True),
        (b'<a:feed xmlns:a="http://www.w3.org/2005/Atom">', True),
        (b'<rdf:RDF xmlns="http://purl.org/rss/1.0/">', True),
        (b'<rdf:RDF xmlns:foaf="http://xmlns.com/foaf/0.1/">', False),
        (b"<CHANNEL HREF='x'><ITEM/></CHANNEL>", True),
        (b'{"version": "https://jsonfeed.org/version/1.1", "items": []}', True),
        (b'{"version": "https:\\/\\/jsonfeed.org\\/version\\/1", "items": []}', True),
        (b'{"items": []}', False),
        ('<?xml version="1.0"?><rss>'.encode("utf-16"), True),
        (b"<!doctype html><html><body><rss></body></html>", False),
        (b"<!-- <rss> --><html>", False),
        (b"<opml><body/></opml>", False),
        (b"plain text", False),
        (b"", False),
        (b"\x1f\x8bbroken", False),
    ],
)
def test_feed_is_known_by_how_it_begins(body: bytes, is_feed: bool) -> None:
    assert looks_like_feed(body, "text/html") is is_feed


def test_media_type_decides_where_the_body_does_not() -> None:
    assert looks_like_feed(b'{"items": []}', "application/feed+json; charset=utf-8")
    assert not looks_like_feed(b"<html></html>", "application/rss+xml")


def test_large_feed_is_known_through_its_compression() -> None:
    noise = base64.b64encode(random.Random(1).randbytes(300_000))
    body = b"<rss version='2.0'><channel><title>T</title><!--" + noise + b"--></channel></rss>"
    assert looks_like_feed(gzip.compress(body))
    assert not looks_like_feed(gzip.compress(b"<html>" + noise))
    assert not looks_like_feed(b"\x1f\x8b" + noise)


def test_sniffing_a_large_body_reads_only_its_head() -> None:
    start = time.monotonic()
    assert looks_like_feed(b"<rss>" + "ü".encode() * 10_000_000, "")
    assert not looks_like_feed(b"<!--" * 5_000_000, "")
    assert not looks_like_feed(b"<!DOCTYPE [" * 2_000_000, "")
    assert time.monotonic() - start < 2


def test_captured_feeds_look_like_feeds_and_pages_do_not(corpus: Path) -> None:
    feeds = [path for path in (corpus / "feeds" / "real").iterdir() if path.suffix != ".tsv"]
    assert feeds
    assert [path.name for path in feeds if not looks_like_feed(path.read_bytes(), "")] == []
    pages = list((corpus / "pages" / "html").iterdir())
    assert pages
    assert [path.name for path in pages if looks_like_feed(path.read_bytes(), "text/html")] == []

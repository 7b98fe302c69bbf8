"""The demonstration site: what it serves is sound, whole and polite."""

from __future__ import annotations

import gzip
import http.client
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

import feedparser
import lxml.html
import pytest
from lxml import etree

from feedreader.demo import DemoSite

START = datetime(2026, 4, 3, 8, 30, tzinfo=UTC)
FURNITURE = (
    "cookies",
    "Advertisement",
    "Share this story",
    "unsubscribe at any time",
    "You may also like",
    "Most read",
    "Our Latest Articles",
    "gullwatcher",
    "All rights reserved",
)


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Clock:
    now: datetime = START

    def __call__(self) -> datetime:
        return self.now


def fetch(url: str, method: str = "GET", **headers: str) -> Answer:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=5)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        connection.request(method, parts.path + f"?{parts.query}" * bool(parts.query), headers=sent)
        answer = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, found, answer.read())
    finally:
        connection.close()


def outlines(site: DemoSite) -> list[etree._Element]:
    return etree.fromstring(site.opml()).xpath("//outline[@xmlUrl]")


def feed_urls(site: DemoSite) -> dict[str, str]:
    return {outline.get("title", ""): outline.get("xmlUrl", "") for outline in outlines(site)}


@dataclass
class Item:
    guid: str
    title: str
    link: str
    html: str
    summary: str
    enclosures: list[str]


def items(url: str) -> list[Item]:
    body = fetch(url).body
    if url.endswith(".json"):
        return [
            Item(i["id"], i["title"], i["url"], i["content_html"], i["summary"], [])
            for i in json.loads(body)["items"]
        ]
    parsed = feedparser.parse(io.BytesIO(body))
    assert not parsed.bozo, f"{url}: {parsed.get('bozo_exception')}"
    return [
        Item(
            entry.get("id") or entry.link,
            entry.title,
            entry.link,
            entry.content[0].value if "content" in entry else "",
            entry.get("summary", ""),
            [enclosure.href for enclosure in entry.enclosures],
        )
        for entry in parsed.entries
    ]


@pytest.fixture(scope="module")
def site() -> Iterator[DemoSite]:
    with DemoSite(clock=Clock()) as running:
        yield running


def test_site_listens_on_loopback_only(site: DemoSite) -> None:
    assert urlsplit(site.url).hostname == "127.0.0.1"
    assert fetch(site.url + "/").status == 200


def test_opml_lists_every_feed_of_the_front_page_in_nested_folders(site: DemoSite) -> None:
    front = lxml.html.fromstring(fetch(site.url + "/").body)
    announced = {urljoin(site.url, link) for link in front.xpath("//link[@rel='alternate']/@href")}
    assert announced == set(feed_urls(site).values())
    assert len(announced) >= 8
    depths = {len(outline.xpath("ancestor::outline")) for outline in outlines(site)}
    assert {1, 2} <= depths


def test_feeds_are_well_formed_and_hold_enough_to_read(site: DemoSite) -> None:
    entries = [item for url in feed_urls(site).values() for item in items(url)]
    assert 35 <= len(entries) <= 50
    assert all(item.title and item.link.startswith(site.url) for item in entries)
    guids = [item.guid for item in entries]
    assert len(set(guids)) == len(guids)


def test_feeds_come_in_every_common_format(site: DemoSite) -> None:
    versions = set()
    for url in feed_urls(site).values():
        body = fetch(url).body
        versions.add(
            json.loads(body)["version"]
            if url.endswith(".json")
            else feedparser.parse(io.BytesIO(body)).version
        )
    assert versions == {"rss20", "rss10", "atom10", "https://jsonfeed.org/version/1.1"}


def test_entry_ids_are_the_same_on_another_port(site: DemoSite) -> None:
    def ids(of: DemoSite) -> list[str]:
        rdf = feed_urls(of).pop("The Slow Kitchen")  # RSS 1.0 knows no id but the link
        return [i.guid for url in feed_urls(of).values() if url != rdf for i in items(url)]

    with DemoSite(clock=Clock()) as other:
        assert other.url != site.url
        assert ids(other) == ids(site)


@pytest.mark.parametrize(
    ("title", "content_type"),
    [
        ("The Harbour Dispatch", "application/rss+xml; charset=utf-8"),
        ("Tidewater Lab Notes", "application/atom+xml; charset=utf-8"),
        ("The Slow Kitchen", "application/rdf+xml; charset=utf-8"),
        ("Small Programs", "application/feed+json"),
    ],
)
def test_feeds_have_the_media_type_of_their_format(
    site: DemoSite, title: str, content_type: str
) -> None:
    assert fetch(feed_urls(site)[title]).headers["content-type"] == content_type


def test_every_link_to_the_site_resolves(site: DemoSite) -> None:
    waiting = [site.url + "/"]
    for url in feed_urls(site).values():
        for item in items(url):
            waiting += [item.link, *item.enclosures, *links(item.html, item.link)]
    seen: set[str] = set()
    while waiting:
        url = waiting.pop().partition("#")[0]
        if url in seen:
            continue
        seen.add(url)
        if not url.startswith(site.url):
            assert url.startswith("https://"), url
            continue
        answer = fetch(url)
        assert answer.status == 200, url
        if answer.headers["content-type"].startswith("text/html"):
            waiting += links(answer.body.decode(), url)
    assert len([url for url in seen if url.endswith(".png")]) >= 5
    assert len([url for url in seen if url.endswith(".mp3")]) == 4


def links(html: str, base_url: str) -> list[str]:
    if not html.strip():
        return []
    tree = lxml.html.fromstring(f"<div>{html}</div>" if "<html" not in html else html)
    return [urljoin(base_url, str(link)) for link in tree.xpath("//@href | //@src | //@action")]


def test_fragment_links_lead_to_an_element_of_their_story(site: DemoSite) -> None:
    checked = 0
    for url in feed_urls(site).values():
        for item in items(url):
            for fragment in re.findall(r'href="#([^"]+)"', item.html):
                assert f'id="{fragment}"' in item.html, item.title
                checked += 1
    assert checked >= 3


def test_chapters_of_an_episode_start_within_it(site: DemoSite) -> None:
    feed = etree.fromstring(fetch(feed_urls(site)["Rain Check"]).body)
    spaces = {
        "p": "https://podcastindex.org/namespace/1.0",
        "i": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    }
    for episode in feed.iter("item"):
        duration_s = int(episode.xpath("string(i:duration)", namespaces=spaces))
        url = episode.xpath("string(p:chapters/@url)", namespaces=spaces)
        starts = [chapter["startTime"] for chapter in json.loads(fetch(url).body)["chapters"]]
        assert starts == sorted(starts)
        assert starts[0] == 0
        assert starts[-1] < duration_s


def test_enclosure_is_an_mp3_of_the_announced_length(site: DemoSite) -> None:
    feed = etree.fromstring(fetch(feed_urls(site)["Rain Check"]).body)
    enclosure = feed.find("channel/item/enclosure")
    assert enclosure is not None
    answer = fetch(enclosure.get("url", ""))
    assert answer.headers["content-type"] == enclosure.get("type") == "audio/mpeg"
    assert len(answer.body) == int(enclosure.get("length", "0"))
    assert answer.body.startswith(b"\xff\xfb")  # an MPEG-1 layer III frame


# --- the summary-only feed -------------------------------------------------------------------


def test_summary_feed_leaves_the_story_to_its_page(site: DemoSite) -> None:
    for item in items(feed_urls(site)["The Harbour Dispatch"]):
        assert not item.html
        assert 0 < len(item.summary) < 150
        assert len(lxml.html.fromstring(fetch(item.link).body).text_content()) > 1000


def test_story_with_a_link_inside_its_sentence_stands_amid_furniture(site: DemoSite) -> None:
    page = lxml.html.fromstring(fetch(site.url + "/harbour/liaison-office").body)
    sentence = page.xpath("//p[a[text()='Dave DeCamp']]")[0]
    assert " ".join(sentence.text_content().split()).startswith(
        "Dave DeCamp of Antiwar.com noted that"
    )
    assert [urlsplit(link).hostname for link in sentence.xpath("a/@href")][:2] == [
        "news.antiwar.com",
        "www.antiwar.com",
    ]
    text, story = page.text_content(), page.xpath("//div[@class='story-body']")[0].text_content()
    for furniture in FURNITURE:
        assert furniture in text
        assert furniture not in story


def test_two_feeds_carry_the_same_story_under_one_canonical_address(site: DemoSite) -> None:
    urls = feed_urls(site)
    mine = {i.title: i for i in items(urls["Tidewater Lab Notes"])}
    theirs = {i.title: i for i in items(urls["Morning Digest"])}
    (title,) = mine.keys() & theirs.keys()
    assert mine[title].link != theirs[title].link
    assert mine[title].guid != theirs[title].guid

    def canonical(url: str) -> str:
        page = lxml.html.fromstring(fetch(url).body)
        return str(page.xpath("string(//link[@rel='canonical']/@href)"))

    assert canonical(mine[title].link) == canonical(theirs[title].link) == mine[title].link


# --- what changes ----------------------------------------------------------------------------


def test_dates_are_before_the_start_and_newest_first(site: DemoSite) -> None:
    for title, url in feed_urls(site).items():
        if url.endswith(".json"):
            stated = [i["date_published"] for i in json.loads(fetch(url).body)["items"]]
            dates = [datetime.fromisoformat(date) for date in stated]
        else:
            entries = feedparser.parse(io.BytesIO(fetch(url).body)).entries
            parsed = [entry.get("published_parsed") or entry.updated_parsed for entry in entries]
            dates = [datetime(*date[:6], tzinfo=UTC) for date in parsed]
        assert dates == sorted(dates, reverse=True), title
        assert START - timedelta(days=30) < dates[-1] <= dates[0] < START, title


def test_edited_story_changes_once_after_the_first_fetch() -> None:
    with DemoSite(clock=Clock()) as site:
        url = feed_urls(site)["The Slow Kitchen"]
        first = fetch(url)
        second = fetch(url, If_None_Match=first.headers["etag"])
        third = fetch(url, If_None_Match=second.headers["etag"])
    assert [first.status, second.status, third.status] == [200, 200, 304]
    assert b"350 g water" in first.body
    assert b"370 g water" in second.body
    assert first.body.count(b"<item ") == second.body.count(b"<item ")
    assert parsedate_to_datetime(second.headers["last-modified"]) > parsedate_to_datetime(
        first.headers["last-modified"]
    )


def test_live_site_publishes_further_stories_as_time_passes() -> None:
    clock = Clock()
    with DemoSite(live=True, clock=clock) as site:
        titles = {i.title for url in feed_urls(site).values() for i in items(url)}
        clock.now = START + timedelta(hours=1)
        later = {i.title for url in feed_urls(site).values() for i in items(url)}
        new = [i for url in feed_urls(site).values() for i in items(url) if i.title not in titles]
        assert all(fetch(i.link).status == 200 for i in new)
        assert fetch(site.url + "/harbour/feed.xml").headers["cache-control"] == "max-age=60"
    assert len(new) >= 5
    assert titles < later


def test_site_that_is_not_live_stays_as_it_is() -> None:
    clock = Clock()
    with DemoSite(clock=clock) as site:
        url = feed_urls(site)["Morning Digest"]
        first = fetch(url)
        clock.now = START + timedelta(hours=5)
        assert fetch(url, If_None_Match=first.headers["etag"]).status == 304
        assert fetch(url).body == first.body


# --- HTTP ------------------------------------------------------------------------------------


def test_current_validators_get_304_without_a_body(site: DemoSite) -> None:
    for url in [*feed_urls(site).values(), site.url + "/harbour/night-ferry"]:
        fetch(url)  # past the edit
        first = fetch(url)
        by_tag = fetch(url, If_None_Match=f'"other", W/{first.headers["etag"]}')
        by_date = fetch(url, If_Modified_Since=first.headers["last-modified"])
        assert (by_tag.status, by_tag.body) == (304, b"")
        assert (by_date.status, by_date.body) == (304, b"")
        assert by_tag.headers["etag"] == first.headers["etag"]


@pytest.mark.parametrize(
    "headers",
    [
        {"If_None_Match": '"stale"'},
        {"If_Modified_Since": "Thu, 01 Jan 2026 00:00:00 GMT"},
        {"If_Modified_Since": "yesterday"},
        {"If_Modified_Since": "Fri, 01 Jan 2100 00:00:00 -0000"},
        # RFC 9110 13.1.3: the date is ignored beside If-None-Match
        {"If_None_Match": '"stale"', "If_Modified_Since": "Fri, 01 Jan 2100 00:00:00 GMT"},
    ],
)
def test_other_validators_get_the_whole_body(site: DemoSite, headers: dict[str, str]) -> None:
    answer = fetch(feed_urls(site)["Morning Digest"], **headers)
    assert answer.status == 200
    assert answer.body


def test_gzip_is_sent_to_those_who_accept_it(site: DemoSite) -> None:
    url = feed_urls(site)["The Window Garden"]
    plain, zipped = fetch(url), fetch(url, Accept_Encoding="br;q=1.0, gzip;q=0.8")
    assert "content-encoding" not in plain.headers
    assert zipped.headers["content-encoding"] == "gzip"
    assert gzip.decompress(zipped.body) == plain.body


def test_head_has_the_headers_and_no_body(site: DemoSite) -> None:
    url = feed_urls(site)["The Window Garden"]
    head, get = fetch(url, "HEAD"), fetch(url)
    assert head.body == b""
    assert head.headers["content-length"] == get.headers["content-length"]
    assert head.headers["etag"] == get.headers["etag"]


@pytest.mark.parametrize(
    "path", ["/nowhere", "/harbour/nothing", "/images/../server.py", "/images/silence.mp3", "//["]
)
def test_unknown_paths_are_404(site: DemoSite, path: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(site.url).port, timeout=5)
    connection.request("GET", path)
    assert connection.getresponse().status == 404
    connection.close()


def test_client_that_hangs_up_leaves_no_trace_on_the_terminal(
    site: DemoSite, capfd: pytest.CaptureFixture[str]
) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(site.url).port, timeout=5)
    connection.connect()
    connection.sock.setsockopt(1, 13, b"\x01\0\0\0\0\0\0\0")  # SO_LINGER 0: reset on close
    connection.sock.sendall(b"GET /harbour/ HTTP/1.1\r\nHost: x\r\n\r\nGET / HT")
    connection.close()
    assert fetch(site.url + "/").status == 200
    assert capfd.readouterr().err == ""


def test_port_is_free_again_after_the_block() -> None:
    with DemoSite() as first:
        port = urlsplit(first.url).port or 0
    with DemoSite(port=port) as second:
        assert second.url == first.url
        assert fetch(second.url + "/about").status == 200

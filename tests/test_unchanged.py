"""Items that are what they were: what is left out of a reading must change nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from corpus_place import CORPUS
from feedreader.core.reading import Reading, read_at_once, read_elsewhere
from feedreader.core.unchanged import Items
from feedreader.errors import NotAFeed
from feedreader.model import Fetched, RefreshSettings
from feedreader.refresh.polls import Polls
from feedreader.rules import Rules
from feedreader.selecting import Selector
from feedreader.store import Store
from feedreader.workers import WorkerPool

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
URL = "https://a.example/feed"
FEEDS = CORPUS / "feeds"


def clock() -> datetime:
    return NOW


def item(number: int, text: str = "text", extra: str = "") -> str:
    return (
        f"<item><guid isPermaLink='false'>{number}</guid><title>Title {number}</title>"
        f"<link>/{number}</link><description>{text}</description>{extra}</item>"
    )


def rss(*items: str, head: str = "<link>https://a.example/</link>", root: str = "") -> bytes:
    return f"<rss version='2.0'{root}><channel>{head}{''.join(items)}</channel></rss>".encode()


def read(body: bytes, before: Reading | None = None, url: str = URL) -> Reading:
    reading = read_at_once(body, before.items if before else b"", url=url)
    assert reading is not None
    return reading


def titles(reading: Reading) -> list[str]:
    return [entry.title for entry in reading.parsed.entries]


def test_only_what_is_new_is_read() -> None:
    first = read(rss(item(2), item(1)))
    assert titles(first) == ["Title 2", "Title 1"]
    assert first.unchanged == frozenset()
    second = read(
        rss(item(3), item(2), item(1), head="<link>https://a.example/</link><ttl>9</ttl>"), first
    )
    assert titles(second) == ["Title 3"]
    assert second.unchanged == {one.key for one in first.identified}
    assert second.parsed.feed.link == "https://a.example/"
    assert second.parsed.hints.ttl_s == 540
    third = read(rss(item(4), item(3), item(1)), second)
    assert titles(third) == ["Title 4"]
    assert read(rss(item(4), item(3), item(1)), third).identified == ()


def test_items_that_differ_in_a_byte_are_read() -> None:
    first = read(rss(item(2), item(1)))
    assert titles(read(rss(item(2, extra="<comments>3</comments>"), item(1)), first)) == ["Title 2"]
    assert titles(read(rss(item(2, "other"), item(1)), first)) == ["Title 2"]


def test_atom_and_rdf_are_read_alike() -> None:
    entry = "<entry><id>{0}</id><title>Title {0}</title><link href='/{0}'/></entry>"
    feed = "<feed xmlns='http://www.w3.org/2005/Atom'><id>a</id><title>A</title>{}</feed>"
    first = read(feed.format(entry.format(1)).encode())
    assert titles(read(feed.format(entry.format(2) + entry.format(1)).encode(), first)) == [
        "Title 2"
    ]
    rdf = (
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'"
        " xmlns='http://purl.org/rss/1.0/'><channel><title>A</title></channel>{}</rdf:RDF>"
    )
    thing = "<item rdf:about='/{0}'><title>Title {0}</title><link>/{0}</link></item>"
    first = read(rdf.format(thing.format(1)).encode())
    assert titles(read(rdf.format(thing.format(2) + thing.format(1)).encode(), first)) == [
        "Title 2"
    ]


@pytest.mark.parametrize(
    ("body", "url"),
    [
        (rss(item(2), item(1), head="<link>https://b.example/</link>"), URL),
        (rss(item(2), item(1), head="<link>https://a.example/</link><language>de</language>"), URL),
        (rss(item(2), item(1), root=" xml:base='https://b.example/'"), URL),
        (rss(item(2), item(1)).replace(b"<channel>", b"<channel xml:lang='de'>"), URL),
        (rss(item(2), item(1)).replace(b"<channel>", b"<channel LANG='de'>"), URL),
        (rss(item(2), item(1)), "https://b.example/feed"),
        # The id of an unchanged item once more: neither is what it would be alone.
        (rss(item(1, "other"), item(1)), URL),
    ],
)
def test_all_is_read_where_something_bears_on_the_unchanged_items(body: bytes, url: str) -> None:
    reading = read(body, read(rss(item(1))), url)
    assert len(reading.parsed.entries) == 2
    assert reading.unchanged == frozenset()


@pytest.mark.parametrize(
    "body",
    [
        rss(item(1), item(1, "other")),  # one id twice
        rss(item(1), item(1)),
        rss(item(1, "<![CDATA[ </item> ]]>"), item(2)),
        rss(item(1), "<!-- <item><guid>9</guid></item> -->", item(2)),
        rss(item(1), f"<!-- {item(2)}", "<item/> -->", item(3)),
        rss(item(1, "<![CDATA[ </item><item>2</item> ]]>"), item(3)),
        rss(item(1, extra="<?x </item> ?>"), item(3)),
        rss(item(1), head=f"<description><![CDATA[{item(2)}]]></description>"),
        rss("<item><guid>1</guid></item ><item><guid>2</guid></item>"),
        rss("<x:item xmlns:x='http://purl.org/rss/1.0/modules/slash/'/>", item(1), "<item/>"),
    ],
)
def test_nothing_is_remembered_of_items_that_do_not_stand_by_themselves(body: bytes) -> None:
    first = read_elsewhere(body, all_new=False, url=URL)
    again = read_elsewhere(body, first.items, all_new=False, url=URL)
    assert again.identified == first.identified


def test_html_with_comments_in_it_is_no_hindrance() -> None:
    text = "<![CDATA[<!-- wp:more --><p>a</p><!-- /wp:more --> <item>]]>"
    first = read(rss(item(1, text), item(2)))
    assert titles(read(rss(item(3), item(1, text), item(2)), first)) == ["Title 3"]
    arrow = "<![CDATA[a --> b <? c]]>"
    first = read(rss("<!-- head -->", item(1, arrow, "<!-- own -->"), item(2)))
    assert titles(read(rss(item(3), item(1, arrow, "<!-- own -->"), item(2)), first)) == ["Title 3"]


def test_document_that_the_reference_reads_is_read_whole_each_time() -> None:
    body = rss(item(2, "a &eacute; b"), item(1))
    first = read_elsewhere(body, all_new=False, url=URL)
    assert first.items == b""
    assert len(read_elsewhere(body, first.items, all_new=False, url=URL).identified) == 2
    # It was understood before, and is not any more.
    before = read(rss(item(1)))
    assert len(read_elsewhere(body, before.items, all_new=False, url=URL).identified) == 2


def test_rubbish_that_was_remembered_does_no_harm() -> None:
    first = read(rss(item(1)))
    for remembered in (b"x", first.items[:20], b"\0" * 48, first.items[16:]):
        reading = read_at_once(rss(item(1)), remembered, url=URL)
        assert reading is not None
        assert titles(reading) == ["Title 1"]


# --- all of a poll, against one that remembers nothing -------------------------


class TwoFeeds:
    """The same documents polled twice: as they are, and as if nothing were remembered."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._numbers = count()
        items = store.feeds.items
        self._forgetful: set[int] = set()
        store.feeds.items = (  # type: ignore[method-assign]
            lambda feed_id: b"" if feed_id in self._forgetful else items(feed_id)
        )

    def add(self) -> tuple[int, int]:
        with self.store.transaction():
            both = [self.store.feeds.add(f"{URL}/{next(self._numbers)}", now=NOW)[0] for _ in "ab"]
        self._forgetful.add(both[1])
        return both[0], both[1]

    def poll(self, feed_id: int, body: bytes) -> tuple[str, int, int]:
        store = self.store
        subscription = store.feeds.subscription(feed_id)
        rules = Rules(store, Selector(store, clock), clock)
        with WorkerPool() as workers:
            polls = Polls(store, workers, RefreshSettings(), clock, rules, [subscription])
            result = Fetched(URL, 200, body)
            work = polls.start_reading(subscription, result)
            outcome = polls.finish(subscription, result, work)
            polls.save()
        return outcome.outcome, outcome.new, outcome.changed

    def entries(self, feed_id: int) -> list[tuple[object, ...]]:
        batches = self.store.connection.batches(
            """SELECT key, alt_key, content_hash, title, link, text, is_edited, is_read, authors
               FROM entries JOIN entry_bodies ON entry_id = id WHERE feed_id = ? ORDER BY id""",
            (feed_id,),
        )
        return [row for rows in batches for row in rows]


@pytest.fixture(scope="module")
def two_feeds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoFeeds]:
    with Store(tmp_path_factory.mktemp("store") / "feeds.db") as store:
        yield TwoFeeds(store)


@st.composite
def an_item(draw: st.DrawFn, number: int) -> str:
    """Mostly an item of its own, sometimes one that has something of another."""
    own = st.sampled_from([number] * 9 + [0, 1, 2])
    guid = draw(st.sampled_from(["<guid>{}</guid>", "<guid isPermaLink='false'>{}</guid>", ""]))
    link = draw(st.sampled_from(["<link>/{}</link>", "<link>https://b.example/{}</link>", ""]))
    text = draw(st.sampled_from(["<description>words {}</description>", ""]))
    date = draw(st.sampled_from(["", "<pubDate>{} Nov 2026 10:00 GMT</pubDate>"]))
    noise = draw(st.sampled_from(["", "<slash:comments>1</slash:comments>", "<!-- a -->", "<x/>"]))
    title = f"<title>Title {draw(own)}</title>"
    numbered = [part.format(draw(own) + 1) for part in (guid, link, text, date)]
    return f"<item>{title}{''.join(numbered)}{noise}</item>"


HEADS = st.sampled_from(
    [
        *("<link>https://a.example/</link>", "<link>https://a.example/</link><title>A</title>"),
        *("<link>https://c.example/</link>", "<managingEditor>Ann</managingEditor>", ""),
    ]
)


@st.composite
def some_documents(draw: st.DrawFn) -> list[bytes]:
    pool = [draw(an_item(number)) for number in range(draw(st.integers(1, 8)))]
    slash = " xmlns:slash='http://purl.org/rss/1.0/modules/slash/'"
    head = draw(HEADS)
    return [
        rss(
            *draw(st.lists(st.sampled_from(pool), max_size=6, unique=draw(st.integers(0, 9)) > 0)),
            head=draw(HEADS) if draw(st.integers(0, 5)) == 0 else head,
            root=slash,
        )
        for _ in range(draw(st.integers(2, 5)))
    ]


@given(documents=some_documents())
@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@example(
    documents=[
        rss(item(1)),
        rss(item(2), item(3), item(4), item(5).replace("Title 5", "Title 1")),
        rss(item(1)),
        rss(item(1), item(5).replace("Title 5", "Title 1")),
    ]
)
def test_polls_come_to_the_same_as_if_all_were_read(
    two_feeds: TwoFeeds, documents: list[bytes]
) -> None:
    one, other = two_feeds.add()
    for body in documents:
        assert two_feeds.poll(one, body) == two_feeds.poll(other, body)
        assert two_feeds.entries(one) == two_feeds.entries(other)


@pytest.mark.skipif(not FEEDS.is_dir(), reason=f"there are no captured feeds at {FEEDS}")
def test_of_captured_feeds_the_rest_is_read_as_in_the_whole() -> None:
    seen = left_out = 0
    for file in sorted(one for one in FEEDS.rglob("*") if one.is_file()):
        body = file.read_bytes()
        try:
            whole = read_at_once(body, url=URL)
        except NotAFeed:
            continue
        if whole is None or not whole.items:
            continue
        seen += 1
        # As if every second item had not been there at the poll before.
        pairs = [whole.items[at : at + 32] for at in range(16, len(whole.items), 32)]
        rest = read_at_once(body, whole.items[:16] + b"".join(pairs[::2]), url=URL)
        assert rest is not None, file
        by_key = {one.key: one for one in whole.identified}
        assert {*rest.unchanged, *(one.key for one in rest.identified)} == by_key.keys(), file
        assert all(by_key[one.key] == one for one in rest.identified), file
        assert rest.parsed.feed == whole.parsed.feed, file
        assert rest.items == whole.items, file
        left_out += len(rest.unchanged)
    assert seen > 300
    assert left_out > 2_000


@given(
    pieces=st.lists(
        st.sampled_from(
            [
                "<item>",
                "</item>",
                "<item",
                "<![CDATA[",
                "]]>",
                "<!--",
                "-->",
                "<?",
                "?>",
                "<!",
                ">",
                "a",
            ]
        )
    )
)
def test_all_items_that_are_known_are_left_out_and_all_else_stays(pieces: list[str]) -> None:
    text = "".join(pieces)
    items = Items()
    assert items.leave_out(text, "item", 0) == text
    known = Items(b"\0" * 16 + b"".join(digest + digest for digest in items._digests))
    rest = known.leave_out(text, "item", 0)
    assert len(known.unchanged) == len(set(items._digests))
    assert len(rest) < len(text) if items._digests else rest == text
    assert "<item>a</item>" not in rest or not items._digests

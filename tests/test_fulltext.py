"""Which feeds give summaries only."""

from __future__ import annotations

import pytest

from feedreader.core.fulltext import is_summary_only
from feedreader.model import Enclosure, Entry

TEASERS = (
    "The council met on Tuesday to decide about the ferry and its timetable for the coming year",
    "After eleven years without a light, the lamp on the pier burns again, and nobody knows why",
    "Two schools share one gymnasium, which their pupils have learned to heat with their own bikes",
    "A map of all the wells in the district has been found behind a wardrobe in the town hall",
)
ARTICLE = " ".join(TEASERS) * 5


def entry(number: int, **more: object) -> Entry:
    said: dict[str, object] = {
        "title": f"Title number {number}",
        "link": f"https://site.example/story/{number}",
    }
    return Entry(**{**said, **more})  # type: ignore[arg-type]


def feed(end: str = ".", **more: object) -> list[Entry]:
    return [entry(i, summary_html=f"<p>{t}{end}</p>", **more) for i, t in enumerate(TEASERS)]


@pytest.mark.parametrize(
    "end",
    [
        "…",
        "...",
        " [&#8230;]",
        " […]",
        ' <a href="/x">Read more</a>',
        ' <a href="/x">Continue reading →</a>',
        ' <a href="/x">Weiterlesen</a>',
        " (more...)",
    ],
)
def test_texts_that_break_off_are_summaries(end: str) -> None:
    assert is_summary_only(feed(end))


def test_break_off_is_seen_before_the_line_that_wordpress_adds() -> None:
    assert is_summary_only(feed(" [&#8230;]</p><p>The post X appeared first on <a>Site</a>."))


def test_short_descriptions_without_content_are_summaries() -> None:
    assert is_summary_only(feed())


def test_titles_alone_need_their_pages() -> None:
    assert is_summary_only([entry(i) for i in range(4)])


def test_one_entry_that_breaks_off_is_enough() -> None:
    assert is_summary_only(feed(" […]")[:1])


def test_one_short_entry_is_no_proof() -> None:
    assert is_summary_only(feed()[:1]) is None


def test_whole_articles_are_no_summaries() -> None:
    assert not is_summary_only([entry(i, content_html=f"<p>{ARTICLE}</p>") for i in range(4)])


def test_whole_articles_with_short_summaries_beside_are_no_summaries() -> None:
    assert not is_summary_only(feed(content_html=f"<p>{ARTICLE}</p>"))


def test_long_article_that_ends_in_read_more_is_whole() -> None:
    entries = [entry(i, content_html=f"<p>{ARTICLE} Read more</p>") for i in range(4)]
    assert not is_summary_only(entries)


def test_podcast_notes_are_whole() -> None:
    enclosure = Enclosure("https://site.example/1.mp3", type="audio/mpeg")
    assert not is_summary_only(feed(enclosures=(enclosure,)))


def test_video_channel_has_no_articles() -> None:
    entries = [
        entry(i, link=f"https://www.youtube.com/watch?v={i}", summary_html=f"<p>{t}…</p>")
        for i, t in enumerate(TEASERS)
    ]
    assert not is_summary_only(entries)


def test_link_posts_are_whole() -> None:
    entries = [
        entry(i, link=f"https://site{i}.example/x", summary_html=f"<p>{t}.</p>")
        for i, t in enumerate(TEASERS)
    ]
    assert not is_summary_only(entries)


def test_notes_without_titles_are_whole() -> None:
    assert not is_summary_only(feed(title=""))


def test_notes_whose_title_is_their_beginning_are_whole() -> None:
    entries = [
        entry(i, title=f"{t[:40].rsplit(' ', 1)[0]}…", summary_html=f"<p>{t}.</p>")
        for i, t in enumerate(TEASERS)
    ]
    assert not is_summary_only(entries)


def test_rows_of_figures_are_no_summaries() -> None:
    entries = [
        entry(i, summary_html="<p>Epicenter at 32.41 N 116.29 W, depth 8.9 km, magnitude 4.1</p>")
        for i in range(4)
    ]
    assert not is_summary_only(entries)


def test_feed_without_entries_or_links_is_none() -> None:
    assert not is_summary_only([])
    assert not is_summary_only(feed(link=""))

"""Demonstration stories -> the web pages they stand on, plain or full of furniture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape
from string import Template

from feedreader.demo.content import CONTENT, DemoEntry, DemoFeed
from feedreader.demo.feeds import CONTENT_TYPES, feed_path, published


def write_story(
    feed: DemoFeed,
    entry: DemoEntry,
    others: Iterable[DemoEntry],
    *,
    site_url: str,
    started_at: datetime,
) -> bytes:
    """Return the page of a story; `others` are what a cluttered page advertises."""
    template = "cluttered.html" if feed.is_cluttered else "page.html"
    by = escape(entry.author or feed.author)
    at = published(entry, started_at)
    return _filled(
        template,
        language=entry.language or feed.language,
        title=escape(entry.title),
        summary=escape(entry.summary),
        byline=f'By {by} · <time datetime="{at.isoformat()}">{at:%d %B %Y}</time>',
        story=entry.html.strip(),
        canonical=f"{site_url}/{feed.slug}/{entry.slug}",
        feed_title=escape(feed.title),
        feed_slug=feed.slug,
        feed_url=feed_path(feed),
        feed_type=CONTENT_TYPES[feed.format].partition(";")[0],
        others=_list_items((f"/{feed.slug}/{e.slug}", e.title) for e in others),
    )


def write_home(feed: DemoFeed, entries: Sequence[DemoEntry]) -> bytes:
    """Return a feed's home page, which lists its stories and names its feed."""
    return _filled(
        "list.html",
        title=escape(feed.title),
        description=escape(feed.description),
        feed_links=_feed_link(feed),
        items=_list_items((f"/{e.home or feed.slug}/{e.slug}", e.title) for e in entries),
    )


def write_index(feeds: Sequence[DemoFeed]) -> bytes:
    """Return the site's front page, which names all feeds."""
    return _filled(
        "list.html",
        title="A small web",
        description="A few made-up sites with feeds, served by feedreader on this machine only.",
        feed_links="\n".join(_feed_link(feed) for feed in feeds),
        items=_list_items((f"/{feed.slug}/", feed.title) for feed in feeds),
    )


def write_about() -> bytes:
    """Return the page that says what this site is."""
    return _filled(
        "list.html",
        title="About this site",
        description=(
            "These pages belong to feedreader's demonstration. They were written for it, "
            "under the same MIT licence, and they are gone when the reader ends."
        ),
        feed_links="",
        items="",
    )


def _filled(name: str, **values: str) -> bytes:
    return Template((CONTENT / name).read_text("utf-8")).substitute(values).encode()


def _feed_link(feed: DemoFeed) -> str:
    media_type = CONTENT_TYPES[feed.format].partition(";")[0]
    title = escape(feed.title)
    return f'<link rel="alternate" type="{media_type}" title="{title}" href="{feed_path(feed)}">'


def _list_items(links: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f'<li><a href="{path}">{escape(title)}</a></li>' for path, title in links)

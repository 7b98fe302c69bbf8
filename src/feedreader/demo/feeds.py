"""A demonstration feed -> the bytes of its document, in RSS, Atom, RDF or JSON Feed."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from email.utils import format_datetime
from html import escape

from feedreader.demo.content import CONTENT, DemoEntry, DemoFeed

CONTENT_TYPES = {
    "rss": "application/rss+xml; charset=utf-8",
    "rss-summary": "application/rss+xml; charset=utf-8",
    "podcast": "application/rss+xml; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
    "atom-xhtml": "application/atom+xml; charset=utf-8",
    "rdf": "application/rdf+xml; charset=utf-8",
    "json": "application/feed+json",
}

SILENCE = "silence.mp3"


def write_feed(
    feed: DemoFeed, entries: Sequence[DemoEntry], *, site_url: str, started_at: datetime
) -> bytes:
    """Return the document of a feed that shows these entries."""
    writer = _Writer(feed, site_url, started_at)
    write: Callable[[Sequence[DemoEntry]], str] = {
        "rss": writer.rss,
        "rss-summary": writer.rss,
        "podcast": writer.rss,
        "atom": writer.atom,
        "atom-xhtml": writer.atom,
        "rdf": writer.rdf,
        "json": writer.json_feed,
    }[feed.format]
    return write(entries).encode()


def feed_path(feed: DemoFeed) -> str:
    """Return where on the site the feed's document is."""
    return f"/{feed.slug}/feed.json" if feed.format == "json" else f"/{feed.slug}/feed.xml"


def published(entry: DemoEntry, started_at: datetime) -> datetime:
    """Return when the entry was, or will be, published."""
    return (started_at - timedelta(hours=entry.hours_ago)).replace(microsecond=0)


class _Writer:
    def __init__(self, feed: DemoFeed, site_url: str, started_at: datetime) -> None:
        self.feed = feed
        self.site_url = site_url
        self.started_at = started_at
        self.home_url = f"{site_url}/{feed.slug}/"

    def link(self, entry: DemoEntry) -> str:
        if entry.home:
            return f"{self.site_url}/{entry.home}/{entry.slug}?utm_source={self.feed.slug}"
        return f"{self.home_url}{entry.slug}"

    def guid(self, entry: DemoEntry) -> str:
        # The port differs from run to run: only ids without it stay the same.
        return f"tag:demo.feedreader.example,2026:{self.feed.slug}/{entry.slug}"

    def absolute(self, html: str) -> str:
        return html.strip().replace('="/', f'="{self.site_url}/')

    def rss(self, entries: Sequence[DemoEntry]) -> str:
        items = "".join(self.rss_item(entry) for entry in entries)
        image = (
            f'<itunes:image href="{self.site_url}/images/dunes.png"/>'
            if self.feed.format == "podcast"
            else ""
        )
        return f"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom"
 xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"
 xmlns:podcast="https://podcastindex.org/namespace/1.0">
<channel>
<title>{escape(self.feed.title)}</title>
<link>{self.home_url}</link>
<description>{escape(self.feed.description)}</description>
<language>{self.feed.language}</language>
<atom:link rel="self" href="{self.site_url}{feed_path(self.feed)}"/>{image}
{items}</channel>
</rss>
"""

    def rss_item(self, entry: DemoEntry) -> str:
        author = entry.author or self.feed.author
        parts = [
            f"<title>{escape(entry.title)}</title>",
            f"<link>{escape(self.link(entry))}</link>",
            f'<guid isPermaLink="false">{self.guid(entry)}</guid>',
            f"<pubDate>{format_datetime(published(entry, self.started_at))}</pubDate>",
            f"<dc:creator>{escape(author)}</dc:creator>" if author else "",
            *(f"<category>{escape(category)}</category>" for category in entry.categories),
        ]
        if entry.summary:
            parts.append(f"<description>{escape(entry.summary)}</description>")
        if self.feed.format != "rss-summary":
            html = self.absolute(entry.html)
            parts.append(f"<content:encoded><![CDATA[{html}]]></content:encoded>")
        if self.feed.format == "podcast":
            length = len((CONTENT / "media" / SILENCE).read_bytes())
            url = f"{self.home_url}{entry.slug}"
            parts += [
                f'<enclosure url="{url}.mp3" type="audio/mpeg" length="{length}"/>',
                f"<itunes:duration>{entry.duration_s}</itunes:duration>",
                f'<podcast:chapters url="{url}.chapters.json" type="application/json+chapters"/>',
            ]
        return "<item>" + "\n".join(filter(None, parts)) + "</item>\n"

    def atom(self, entries: Sequence[DemoEntry]) -> str:
        updated = max(published(entry, self.started_at) for entry in entries)
        written = "".join(self.atom_entry(entry) for entry in entries)
        return f"""<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{self.feed.language}"
 xml:base="{self.site_url}/">
<title>{escape(self.feed.title)}</title>
<subtitle>{escape(self.feed.description)}</subtitle>
<id>tag:demo.feedreader.example,2026:{self.feed.slug}</id>
<link rel="self" href="{self.site_url}{feed_path(self.feed)}"/>
<link rel="alternate" type="text/html" href="{self.home_url}"/>
<author><name>{escape(self.feed.author)}</name></author>
<updated>{updated.isoformat()}</updated>
{written}</feed>
"""

    def atom_entry(self, entry: DemoEntry) -> str:
        at = published(entry, self.started_at).isoformat()
        author = f"<author><name>{escape(entry.author)}</name></author>\n" if entry.author else ""
        categories = "".join(f'<category term="{escape(name)}"/>' for name in entry.categories)
        summary = f"<summary>{escape(entry.summary)}</summary>\n" if entry.summary else ""
        if self.feed.format == "atom-xhtml":
            # Links stay relative here: xml:base of the feed resolves them.
            content = (
                '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">'
                f"{entry.html.strip()}</div></content>"
            )
        else:
            content = f'<content type="html">{escape(self.absolute(entry.html))}</content>'
        language = f' xml:lang="{entry.language}"' if entry.language else ""
        return f"""<entry{language}>
<title>{escape(entry.title)}</title>
<id>{self.guid(entry)}</id>
<link rel="alternate" type="text/html" href="{escape(self.link(entry))}"/>
<published>{at}</published><updated>{at}</updated>
{author}{categories}{summary}{content}
</entry>
"""

    def rdf(self, entries: Sequence[DemoEntry]) -> str:
        listed = "".join(f'<rdf:li rdf:resource="{self.link(entry)}"/>' for entry in entries)
        items = "".join(
            f"""<item rdf:about="{self.link(entry)}">
<title>{escape(entry.title)}</title>
<link>{self.link(entry)}</link>
<description>{escape(entry.summary)}</description>
<dc:date>{published(entry, self.started_at).isoformat()}</dc:date>
<dc:creator>{escape(entry.author or self.feed.author)}</dc:creator>
<content:encoded>{escape(self.absolute(entry.html))}</content:encoded>
</item>
"""
            for entry in entries
        )
        return f"""<?xml version="1.0" encoding="UTF-8"?>
<rdf:RDF xmlns="http://purl.org/rss/1.0/"
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/">
<channel rdf:about="{self.home_url}">
<title>{escape(self.feed.title)}</title>
<link>{self.home_url}</link>
<description>{escape(self.feed.description)}</description>
<items><rdf:Seq>{listed}</rdf:Seq></items>
</channel>
{items}</rdf:RDF>
"""

    def json_feed(self, entries: Sequence[DemoEntry]) -> str:
        document = {
            "version": "https://jsonfeed.org/version/1.1",
            "title": self.feed.title,
            "home_page_url": self.home_url,
            "feed_url": self.site_url + feed_path(self.feed),
            "description": self.feed.description,
            "language": self.feed.language,
            "authors": [{"name": self.feed.author}],
            "items": [
                {
                    "id": self.guid(entry),
                    "url": self.link(entry),
                    "title": entry.title,
                    "summary": entry.summary,
                    "content_html": self.absolute(entry.html),
                    "date_published": published(entry, self.started_at).isoformat(),
                    "tags": list(entry.categories),
                }
                for entry in entries
            ],
        }
        return json.dumps(document, ensure_ascii=False, indent=1)

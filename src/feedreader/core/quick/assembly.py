"""Drafts of a feed and its entries -> the model, by the rules that all formats share."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from feedreader.core import fields
from feedreader.core.dates import parse_date
from feedreader.core.quick.draft import Body, Draft
from feedreader.core.quick.elements import HTML_TYPES
from feedreader.core.quick.names import Doubt
from feedreader.core.quick.text import looks_like_html
from feedreader.model import Entry, Feed, FeedHints, ParsedFeed


class Assembly:
    """What is made of one document's drafts."""

    def __init__(self, *, is_atom: bool, url: str) -> None:
        self._is_atom = is_atom
        self._url = url
        # Most entries of a feed have the same authors and categories.
        self._lines: dict[tuple[str, ...], tuple[str, ...]] = {}

    def make(self, feed_draft: Draft, entries: list[Draft], format_name: str) -> ParsedFeed:
        """Return the document; raise Doubt."""
        feed = self._make_feed(feed_draft)
        default_base = feed.link or self._url
        return ParsedFeed(
            feed=feed,
            entries=tuple(self._make_entry(draft, feed, default_base) for draft in entries),
            format=format_name,
            hints=_make_hints(feed_draft),
        )

    def _make_feed(self, draft: Draft) -> Feed:
        link = self._choose_link(draft, self._url)
        subtitle = draft.subtitle or ("", "text", "")
        itunes_summary = draft.itunes_summary or ("", "text", "")
        base_url = link or self._url
        return Feed(
            title=self._line(draft.title or "", draft.title_type)
            or self._line(draft.itunes_title, "guess"),
            link=link,
            description=self._line(subtitle[0], subtitle[1] if self._is_atom else "guess")
            or self._line(itunes_summary[0], "guess")
            or self._line(draft.copied_summary or "", "text" if self._is_atom else "guess"),
            authors=self._make_authors(draft.authors) or self._make_authors([draft.owner]),
            language=_make_language(draft.language),
            image_url=_first_url([draft.image, draft.logo, draft.icon], base_url),
            updated=_first_date(draft.updated, draft.published),
        )

    def _make_entry(self, draft: Draft, feed: Feed, default_base: str) -> Entry:
        base = draft.base or default_base
        content_html, content_base = self._best_content(draft)
        summary_html, summary_base = self._best_summary(draft)
        published = _first_date(draft.published, draft.created)
        updated = _first_date(draft.updated)
        if published is None and not self._is_atom:
            published, updated = updated, None
        media = list(_iter_media(draft, base)) if draft.has_media else []
        return Entry(
            guid=draft.guid.strip()[: fields.MAX_TEXT],
            title=self._line(draft.title or "", draft.title_type)
            or self._line(draft.media_title, "guess")
            or self._line(draft.itunes_title, "guess"),
            link=self._choose_link(draft, base),
            authors=self._make_authors(draft.authors) or (feed.authors if self._is_atom else ()),
            published=published,
            updated=updated,
            summary_html="" if summary_html == content_html else summary_html,
            content_html=content_html,
            base_url=content_base or summary_base or base,
            categories=self._make_categories(draft),
            enclosures=fields.merge_enclosures(media, draft.duration) if media else (),
            image_url=_first_url(_list_images(draft, media), base),
            comments_url=_first_link([draft.comments, *draft.replies], base),
            chapters_url=_first_url([draft.chapters], base),
            language=_make_language(draft.language) or feed.language,
        )

    def _line(self, text: str, text_type: fields.TextType) -> str:
        if len(text) > fields.MAX_LINE:
            raise Doubt("a long line")
        return fields.to_line(text, text_type) if text else ""

    def _distinct(self, texts: tuple[str, ...], limit: int) -> tuple[str, ...]:
        lines = self._lines.get(texts)
        if lines is None:
            if any(len(text) > fields.MAX_LINE for text in texts):
                raise Doubt("a long line")
            lines = self._lines[texts] = fields.distinct_lines(texts, limit)
        return lines

    def _make_authors(self, authors: list[list[str]]) -> tuple[str, ...]:
        names = tuple([name or address for name, address in authors])
        return self._distinct(names, fields.MAX_AUTHORS) if names else ()

    def _make_categories(self, draft: Draft) -> tuple[str, ...]:
        names = tuple([label or term for term, _, label in draft.tags])
        return self._distinct(names, fields.MAX_CATEGORIES) if names else ()

    def _choose_link(self, draft: Draft, base_url: str) -> str:
        if draft.link_texts and not self._is_atom:
            link = fields.to_link(draft.link_texts[0], base_url)
            if link:
                return link
        addresses = [url for _, url in sorted(draft.links, key=_distance_from_html)]
        permalinks = (
            [draft.permalink] if draft.permalink and fields.to_web_url(draft.permalink, "") else []
        )
        if self._is_atom:
            candidates = [*addresses, *draft.link_texts, *permalinks, draft.player]
        else:
            candidates = [*draft.link_texts, *permalinks, *addresses, draft.player]
        return _first_link(candidates, base_url)

    def _best_content(self, draft: Draft) -> tuple[str, str]:
        best = ("", "")
        for body in draft.contents:
            html = self._html(body)
            if len(html) > len(best[0]):
                best = (html, body[2])
        return best

    def _best_summary(self, draft: Draft) -> tuple[str, str]:
        if draft.summary is not None:
            html, base = self._html(draft.summary), draft.summary[2]
        elif draft.contents:
            # feedparser copies the first body.
            html, base = self._html(draft.contents[0]), ""
        else:
            html, base = "", ""
        for body in (draft.media_description, draft.itunes_summary, draft.subtitle):
            if html:
                break
            if body is not None:
                html, base = self._html(body), body[2]
        return (html, base) if html else ("", "")

    def _html(self, body: Body) -> str:
        text, text_type, _ = body
        is_html = text_type != "text" or (not self._is_atom and looks_like_html(text))
        return fields.to_html(text, "html" if is_html else "text")


def _make_language(language: str | None) -> str:
    return fields.to_line(language[:40].replace("_", "-"), "text") if language else ""


def _make_hints(draft: Draft) -> FeedHints:
    return FeedHints(
        ttl_s=fields.parse_ttl(draft.ttl),
        update_period_s=fields.parse_update_period(draft.update_period, draft.update_frequency),
        skip_hours=fields.parse_skip_hours(draft.skip_hours),
        skip_days=fields.parse_skip_days(draft.skip_days),
    )


def _distance_from_html(link: tuple[str, str]) -> int:
    media_type = link[0]
    return 0 if media_type in HTML_TYPES else 2 if media_type else 1


def _iter_media(draft: Draft, base_url: str) -> Iterator[fields.Media]:
    for one in draft.enclosures:
        yield fields.Media(
            url=one["url"],
            base_url=base_url,
            type=one.get("type", ""),
            length=one.get("length", ""),
            title=one.get("title", ""),
        )
    for one in draft.media:
        yield fields.Media(
            url=one.get("url", ""),
            base_url=base_url,
            type=one.get("type", ""),
            medium=one.get("medium", ""),
            length=one.get("filesize", ""),
            title=one.get("title", "") or one.get("description", ""),
            duration=one.get("duration", ""),
        )
    for media_type, url in draft.sources:
        yield fields.Media(url=url, base_url=base_url, type=media_type)


def _list_images(draft: Draft, media: list[fields.Media]) -> list[str]:
    from_media = [
        one.url for one in media if one.medium.lower() == "image" or one.type.startswith("image/")
    ]
    return [draft.image, *draft.thumbnails, *from_media]


def _first_date(*texts: str) -> datetime | None:
    for text in texts:
        if text and (date := parse_date(text)) is not None:
            return date
    return None


def _first_link(urls: list[str], base_url: str) -> str:
    for url in urls:
        if url and (link := fields.to_link(url, base_url)):
            return link
    return ""


def _first_url(urls: list[str], base_url: str) -> str:
    for url in urls:
        if url and (link := fields.to_web_url(url, base_url)):
            return link
    return ""

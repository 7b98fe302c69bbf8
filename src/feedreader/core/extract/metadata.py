"""What a page says of its article: JSON-LD first, then Open Graph and other `<meta>`.

Text comes out as safe plain text of one line, addresses absolute and safe to open.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lxml.html import HtmlElement

from feedreader.core.dates import parse_date
from feedreader.core.links import resolve_link
from feedreader.core.sanitize import clean_html, html_to_text
from feedreader.core.text import clean_line

_MAX_JSON_CHARS = 500_000
_MAX_JSON_NODES = 5_000
_ARTICLE_TYPE = re.compile(r"Article|Posting|Report|NewsArticle|Blog|Review|Recipe|HowTo")
# What once hid scripts from XML and from old browsers.
_JSON_START = re.compile(r"\s*(?:(?://|/\*)?\s*<!(?:\[CDATA\[|--)\s*(?:\*/)?\s*)?")
_JSON = json.JSONDecoder(strict=False)
_AUTHOR_PREFIX = re.compile(r"\A(?:(?:written |posted )?by|von|par|por|di|door)\s+", re.IGNORECASE)
_TITLE_PARTS = re.compile(r"\s+[|–—·»•-]\s+|\s+::\s+")
_MAX_TITLE_CHARS = 400


@dataclass(frozen=True, slots=True)
class PageMetadata:
    """What the page says of its article; "" and () where it says nothing."""

    title: str = ""
    description: str = ""
    authors: tuple[str, ...] = ()
    published: datetime | None = None
    image_url: str = ""
    canonical_url: str = ""
    body: str = ""
    """The whole text, where structured data hold it: paragraphs between blank lines."""


def read_metadata(root: HtmlElement, base_url: str) -> PageMetadata:
    """The metadata of a parsed, untouched page."""
    metas = _read_metas(root)
    article = _find_article(root)
    link = next(
        (
            e.get("href") or ""
            for e in root.iter("link")
            if (e.get("rel") or "").lower() == "canonical"
        ),
        "",
    )
    canonical = link or metas.get("og:url", "")
    return PageMetadata(
        title=_title(root, metas, article),
        description=clean_line(metas.get("og:description") or metas.get("description", "")),
        authors=_authors(root, metas, article),
        published=_published(root, metas, article),
        image_url=_web_address(
            metas.get("og:image") or metas.get("twitter:image") or _image_of(article), base_url
        ),
        canonical_url=_web_address(canonical, base_url) if canonical else "",
        body=_body_of(article),
    )


def _web_address(url: str, base_url: str) -> str:
    resolved = resolve_link(url, base_url) if url else ""
    return resolved if resolved.startswith("http") else ""


def _read_metas(root: HtmlElement) -> dict[str, str]:
    metas: dict[str, str] = {}
    for meta in root.iter("meta"):
        content = (meta.get("content") or "").strip()
        for key in ("property", "name", "itemprop"):
            for name in (meta.get(key) or "").lower().split():
                if content:
                    metas.setdefault(name, content)
    return metas


def _find_article(root: HtmlElement) -> Mapping[str, Any]:
    """The JSON-LD object that describes an article, best the one with its text."""
    best: Mapping[str, Any] = {}
    best_rank = -1
    for script in root.iter("script"):
        text = script.text or ""
        if "ld+json" not in (script.get("type") or "") or len(text) > _MAX_JSON_CHARS:
            continue
        try:
            start = _JSON_START.match(text)
            data, _ = _JSON.raw_decode(text, start.end() if start else 0)
        except (ValueError, RecursionError):
            continue
        for node in _objects(data):
            kind = node.get("@type")
            kinds = " ".join(map(str, kind)) if isinstance(kind, list) else str(kind)
            if _ARTICLE_TYPE.search(kinds):
                rank = 2 * bool(node.get("articleBody")) + bool(node.get("headline"))
                if rank > best_rank:
                    best, best_rank = node, rank
    return best


def _objects(data: Any) -> Iterator[Mapping[str, Any]]:
    stack, seen = [data], 0
    while stack and seen < _MAX_JSON_NODES:
        seen += 1
        node = stack.pop()
        if isinstance(node, dict):
            yield node
            stack.extend(reversed(list(node.values())))
        elif isinstance(node, list):
            stack.extend(reversed(node[:200]))


def _plain(value: Any) -> str:
    """One safe line of a JSON string, which may hold HTML or entities."""
    if not isinstance(value, str):
        return ""
    value = value[:5_000]
    return clean_line(
        html_to_text(clean_html(value, "")) if "<" in value or "&" in value else value
    )


def _title(root: HtmlElement, metas: Mapping[str, str], article: Mapping[str, Any]) -> str:
    whole = clean_line(root.findtext(".//title") or "")
    headings = [clean_line(h.text_content()) for h in root.iter("h1")]
    # A heading that the <title> repeats is what a reader calls the title.
    for heading in headings:
        if len(heading) > 8 and heading.lower() in whole.lower():
            return heading[:_MAX_TITLE_CHARS]
    said = (
        clean_line(metas.get("og:title", ""))
        or _plain(article.get("headline"))
        or clean_line(metas.get("twitter:title", "") or metas.get("dc.title", ""))
        or whole
        or (headings[0] if headings else "")
    )
    parts = _TITLE_PARTS.split(said)
    if len(parts) > 1 and said == whole:
        longest = max(parts, key=len)
        if len(longest.split()) > 2:
            said = longest
    else:
        site = clean_line(metas.get("og:site_name", ""))
        if site and len(parts) > 1 and parts[-1].lower() == site.lower():
            said = said[: said.rindex(parts[-1])].rstrip(" |–—·»•:-")
    return said[:_MAX_TITLE_CHARS]


def _authors(
    root: HtmlElement, metas: Mapping[str, str], article: Mapping[str, Any]
) -> tuple[str, ...]:
    said = article.get("author")
    people = said if isinstance(said, list) else [said]
    names = [_plain(p.get("name") if isinstance(p, dict) else p) for p in people[:10]]
    if not any(names):
        by_meta = (
            metas.get(k, "")
            for k in (
                "author",
                "article:author_name",
                "dc.creator",
                "parsely-author",
                "sailthru.author",
                "byl",
            )
        )
        names = [clean_line(next(filter(None, by_meta), ""))]
    if not any(names):
        for element in root.xpath(
            "//*[@itemprop='author' or @rel='author' or contains(@class,'author-name')"
            " or contains(@class,'byline')]"
        )[:3]:
            name = clean_line(element.text_content())
            if 2 < len(name) < 60 and len(name.split()) <= 6:
                names = [name]
                break
    found: list[str] = []
    for name in names:
        short = _AUTHOR_PREFIX.sub("", name).strip(" ,;|")
        if (
            short
            and len(short) <= 100
            and not short.startswith(("http", "@"))
            and short not in found
        ):
            found.append(short)
    return tuple(found)


def _published(
    root: HtmlElement, metas: Mapping[str, str], article: Mapping[str, Any]
) -> datetime | None:
    said = [article.get("datePublished"), article.get("dateCreated")]
    said += [
        metas.get(name)
        for name in (
            "article:published_time",
            "datepublished",
            "og:published_time",
            "parsely-pub-date",
            "sailthru.date",
            "dc.date",
            "dc.date.issued",
            "pubdate",
            "publishdate",
            "date",
        )
    ]
    said += [
        e.get("datetime") or e.get("content")
        for e in root.xpath(
            "//*[@itemprop='datePublished'] | //time[@pubdate] | //time[@datetime]"
        )[:3]
    ]
    for text in said:
        if isinstance(text, str) and (moment := parse_date(text)):
            return moment
    return None


def _image_of(article: Mapping[str, Any]) -> str:
    image = article.get("image")
    if isinstance(image, list):
        image = image[0] if image else None
    if isinstance(image, dict):
        image = image.get("url")
    return image if isinstance(image, str) else ""


def _body_of(article: Mapping[str, Any]) -> str:
    body = article.get("articleBody")
    if not isinstance(body, str):
        return ""
    if re.search(r"<(?:p|br|div)\b", body):
        return html_to_text(clean_html(body, ""))
    return body

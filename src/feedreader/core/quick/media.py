"""Media RSS: files, pictures, their titles and descriptions."""

from __future__ import annotations

from typing import Final

from lxml import etree

from feedreader.core.quick.draft import Draft, Reader, read_attributes
from feedreader.core.quick.elements import Handler, add_tag, add_text_tag, read_keywords
from feedreader.core.quick.names import MEANINGFUL, Doubt
from feedreader.core.quick.skipped import skip, skip_foreign

_SCHEME: Final = "http://search.yahoo.com/mrss/category_schema"


def read_media_group(reader: Reader, draft: Draft, element: etree._Element) -> None:
    if reader.depth:
        raise Doubt("media in media")
    reader.depth = 1
    for child in element:
        _read_media_child(reader, draft, child)
    reader.depth = 0


def _read_media_child(reader: Reader, draft: Draft, child: etree._Element) -> None:
    name = reader.names.name(child)
    handler = MEDIA.get(name)
    if handler is not None:
        handler(reader, draft, child)
    elif name in MEANINGFUL:
        raise Doubt("an unusual element in media")
    else:
        skip_foreign(reader, draft, child)


def read_media_content(reader: Reader, draft: Draft, element: etree._Element) -> None:
    attributes = read_attributes(element)
    if "xml:base" in attributes:
        raise Doubt("media with a base of its own")
    if attributes.get("url"):
        attributes["url"] = reader.resolve(draft, attributes["url"])
    draft.media.append(attributes)
    for child in element:
        name = reader.names.name(child)
        if name in ("media_title", "media_description"):
            text, _, _ = reader.body(draft, child, "text")
            if text:
                attributes.setdefault(name.removeprefix("media_"), text)
        elif name in ("media_content", "media_group"):
            raise Doubt("media in media")
        else:
            _read_media_child(reader, draft, child)


def _check_depth(reader: Reader, draft: Draft) -> None:
    depth = reader.depth + 1
    if draft.text_depth not in (0, depth):
        raise Doubt("texts of media at two depths")
    draft.text_depth = depth


def read_media_title(reader: Reader, draft: Draft, element: etree._Element) -> None:
    _check_depth(reader, draft)
    draft.media_title = reader.body(draft, element, "text")[0]


def read_media_description(reader: Reader, draft: Draft, element: etree._Element) -> None:
    _check_depth(reader, draft)
    draft.media_description = reader.body(draft, element, "text")


def read_media_thumbnail(reader: Reader, draft: Draft, element: etree._Element) -> None:
    attributes = read_attributes(element)
    text = reader.text(element)
    if "href" in attributes or "xml:base" in attributes:
        raise Doubt("a thumbnail in an unusual shape")
    draft.thumbnails.append(reader.resolve(draft, attributes.get("url", text)))


def read_media_player(reader: Reader, draft: Draft, element: etree._Element) -> None:
    reader.text(element)
    draft.player = read_attributes(element).get("url", "")


def read_media_category(reader: Reader, draft: Draft, element: etree._Element) -> None:
    text = reader.text(element)
    attributes = read_attributes(element)
    scheme = attributes.get("scheme", _SCHEME)
    add_tag(draft, attributes.get("term", ""), scheme, attributes.get("label", ""))
    add_text_tag(draft, text)


MEDIA: Final[dict[str, Handler]] = {
    "media_content": read_media_content,
    "media_group": read_media_group,
    "media_title": read_media_title,
    "media_description": read_media_description,
    "media_thumbnail": read_media_thumbnail,
    "media_player": read_media_player,
    "media_category": read_media_category,
    "media_keywords": read_keywords,
    **dict.fromkeys(("media_credit", "media_license", "media_rating", "media_restriction"), skip),
}

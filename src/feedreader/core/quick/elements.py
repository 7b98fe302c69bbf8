"""One function for each element of a feed or an entry: it notes in a draft what is said.

The rules are the reference's, with its order of precedence where elements repeat; an
element in an unusual shape raises Doubt. Media RSS has its own module.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from lxml import etree

from feedreader.core import fields
from feedreader.core.quick.draft import BODY_TYPES, MEDIA_TYPES, Draft, Reader, read_attributes
from feedreader.core.quick.names import MEANINGFUL, PERSON, Doubt

Handler = Callable[[Reader, Draft, etree._Element], None]

HTML_TYPES: Final = frozenset({"text/html", "html", "xhtml", "application/xhtml+xml"})
_RELATIONS: Final = "http://www.iana.org/assignments/relation/"
_AMPERSAND: Final = re.compile("&([A-Za-z0-9_]+);")
_MAX_HINTS: Final = 50
_IMAGE: Final = frozenset({"title", "link", "description", "width", "height"})
_TEXT_INPUT: Final = frozenset({"title", "link", "description", "name"})


# --- text -------------------------------------------------------------------


def read_title(reader: Reader, draft: Draft, element: etree._Element) -> None:
    text, text_type, _ = reader.body(draft, element, "text")
    if draft.title_depth != 1:
        draft.title = text
        draft.title_type = text_type if reader.is_atom else "guess"
    if text:
        draft.title_depth = 1


def read_deep_title(draft: Draft, element: etree._Element) -> None:
    """Read a title that stands in another element, where feedparser finds it too late."""
    if not 1 <= draft.title_depth <= 2 or len(element):
        raise Doubt("a title in another element")
    if (element.text or "").strip():
        draft.title_depth = 2


def read_description(reader: Reader, draft: Draft, element: etree._Element) -> None:
    if draft.summary is None:
        draft.summary = reader.body(draft, element, "html")
    else:
        read_second_description(reader, draft, element)


def read_summary(reader: Reader, draft: Draft, element: etree._Element) -> None:
    if draft.summary is None:
        draft.summary = reader.body(draft, element, "text")
    else:
        read_second_description(reader, draft, element)


def read_second_description(reader: Reader, draft: Draft, element: etree._Element) -> None:
    """Read a description beside another one as feedparser does: as content."""
    if draft.contents or draft.sources or reader.has_feed_content:
        raise Doubt("two descriptions beside content")
    draft.contents.append(reader.body(draft, element, "text"))


def read_content(reader: Reader, draft: Draft, element: etree._Element) -> None:
    attributes = read_attributes(element)
    source = attributes.get("src")
    if source:
        if len(element) or (element.text or "").strip() or "xml:base" in attributes:
            raise Doubt("content that stands here and elsewhere")
        media_type = attributes.get("type", "text/plain")
        text_type = BODY_TYPES.get(media_type)
        if text_type is not None:
            draft.contents.append(("", text_type, draft.base))
            media_type = MEDIA_TYPES[text_type]
        draft.sources.append((media_type, source))
    else:
        draft.contents.append(reader.body(draft, element, "text"))


def read_encoded_content(reader: Reader, draft: Draft, element: etree._Element) -> None:
    draft.contents.append(reader.body(draft, element, "html"))


def read_subtitle(reader: Reader, draft: Draft, element: etree._Element) -> None:
    draft.subtitle = reader.body(draft, element, "text")


def read_itunes_summary(reader: Reader, draft: Draft, element: etree._Element) -> None:
    draft.itunes_summary = reader.body(draft, element, "text")


def read_guid(reader: Reader, draft: Draft, element: etree._Element) -> None:
    text = reader.text(element)
    is_permalink = True
    if element.keys():
        is_permalink = read_attributes(element).get("ispermalink", "true").strip().lower() == "true"
    if text and is_permalink and not draft.permalink:
        draft.permalink = reader.resolve(draft, text)
    draft.guid = text


def read_language(reader: Reader, draft: Draft, element: etree._Element) -> None:
    draft.language = reader.text(element)


def read_published(reader: Reader, draft: Draft, element: etree._Element) -> None:
    draft.published = reader.text(element)


def read_updated(reader: Reader, draft: Draft, element: etree._Element) -> None:
    draft.updated = reader.text(element)


def read_created(reader: Reader, draft: Draft, element: etree._Element) -> None:
    draft.created = reader.text(element)


def plain_reader(attribute: str, *, is_address: bool = False) -> Handler:
    """Return a reader of an element that counts only where it has no attributes."""

    def read(reader: Reader, draft: Draft, element: etree._Element) -> None:
        text = reader.text(element)
        if element.keys():
            read_attributes(element)
            text = ""
        setattr(draft, attribute, reader.resolve(draft, text) if is_address else text)

    return read


# --- people and categories ----------------------------------------------------


def read_author(reader: Reader, draft: Draft, element: etree._Element) -> None:
    if not len(element):
        text = reader.text(element)
        draft.authors.append([*fields.split_author(text)])
        draft.has_author_line = draft.has_author_line or bool(text)
        return
    if (element.text or "").strip():
        raise Doubt("an author in words and elements")
    author = ["", ""]
    is_first = not draft.authors
    if draft.has_author_line:
        # feedparser would write this one over the first.
        raise Doubt("an author in elements after one in words")
    for child in element:
        name = reader.names.name(child)
        text = (child.text or "").strip()
        if len(child) or has_tail(child):
            raise Doubt("an author in words and elements")
        if name in ("name", "itunes_name"):
            author[0] = text
        elif name in ("email", "itunes_email"):
            author[1] = text
        elif name == "title":
            read_deep_title(draft, child)
        elif name in MEANINGFUL and name not in PERSON:
            raise Doubt("an unusual element in an author")
        elif text and child.keys() and name not in PERSON:
            # feedparser would add the text to the author's own.
            raise Doubt("an unusual element in an author")
    if not author[0] and not is_first:
        raise Doubt("an author without a name after others")
    draft.authors.append(author)


def read_owner(reader: Reader, draft: Draft, element: etree._Element) -> None:
    for child in element:
        name = reader.names.name(child)
        if len(child):
            raise Doubt("an unusual element in an owner")
        if name in ("itunes_name", "name", "itunes_email", "email"):
            text = (child.text or "").strip()
            draft.owner[0 if name.endswith("name") else 1] = text
        elif name in MEANINGFUL:
            raise Doubt("an unusual element in an owner")


def read_category(reader: Reader, draft: Draft, element: etree._Element) -> None:
    text = reader.text(element)
    scheme = ""
    if element.keys():
        attributes = read_attributes(element)
        scheme = attributes.get("scheme", attributes.get("domain", ""))
        add_tag(draft, attributes.get("term", ""), scheme, attributes.get("label", ""))
    add_text_tag(draft, text)


def read_itunes_category(reader: Reader, draft: Draft, element: etree._Element) -> None:
    add_tag(draft, read_attributes(element).get("text", ""), "http://www.itunes.com/", "")
    if not len(element):
        add_text_tag(draft, reader.text(element))
        return
    if (element.text or "").strip():
        raise Doubt("a category in words and elements")
    for child in element:
        # Deeper than that, Apple's directory has no categories.
        if reader.names.name(child) != "itunes_category" or len(child) or has_tail(child):
            raise Doubt("an unusual element in a category")
        read_itunes_category(reader, draft, child)


def read_keywords(reader: Reader, draft: Draft, element: etree._Element) -> None:
    text = reader.text(element)
    if element.keys():
        read_attributes(element)
        return
    scheme = "http://www.itunes.com/" if reader.names.name(element)[0] == "i" else ""
    for term in text.split(","):
        add_tag(draft, term.strip(), scheme, "")


def add_tag(draft: Draft, term: str, scheme: str, label: str) -> None:
    tag = (term, scheme, label)
    if any(tag) and len(draft.tags) < fields.MAX_CATEGORIES and tag not in draft.tags:
        draft.tags.append(tag)


def add_text_tag(draft: Draft, text: str) -> None:
    if not text:
        return
    if draft.tags and not draft.tags[-1][0]:
        draft.tags[-1] = (text, *draft.tags[-1][1:])
    else:
        add_tag(draft, text, "", "")


# --- links ------------------------------------------------------------------


def read_link(reader: Reader, draft: Draft, element: etree._Element) -> None:
    attributes = read_attributes(element) if element.keys() else {}
    relation = attributes.get("rel", "").strip().removeprefix(_RELATIONS) or "alternate"
    if "href" not in attributes:
        if "url" in attributes or "uri" in attributes:
            raise Doubt("a link in an unusual attribute")
        text = reader.text(element)
        if text and relation == "alternate":
            text = reader.resolve(draft, text)
            if "&" in text:
                if not draft.is_feed:
                    text = text.replace("&amp;", "&")
                text = _AMPERSAND.sub(r"&\1", text)
            draft.link_texts.append(text)
        elif text and relation in ("enclosure", "replies"):
            raise Doubt("a link that is text, with a relation")
        return
    if len(element) or "url" in attributes or "uri" in attributes or "xml:base" in attributes:
        raise Doubt("a link in an unusual shape")
    if relation == "alternate":
        url = reader.resolve(draft, attributes["href"])
        draft.links.append((attributes.get("type", ""), url))
    elif relation == "enclosure":
        attributes.setdefault("type", "text/html")
        attributes["url"] = reader.resolve(draft, attributes["href"])
        draft.enclosures.append(attributes)
    elif relation == "replies" and attributes.get("type", "text/html") in HTML_TYPES:
        draft.replies.append(reader.resolve(draft, attributes["href"]))


def read_enclosure(reader: Reader, draft: Draft, element: etree._Element) -> None:
    attributes = read_attributes(element)
    if len(element) or not {"href", "uri", "xml:base"}.isdisjoint(attributes):
        raise Doubt("an enclosure in an unusual shape")
    attributes["url"] = reader.resolve(draft, attributes.get("url", ""))
    draft.enclosures.append(attributes)


def read_itunes_image(reader: Reader, draft: Draft, element: etree._Element) -> None:
    reader.text(element)
    attributes = read_attributes(element)
    url = attributes.get("href") or attributes.get("url")
    if url:
        draft.image = url


def read_chapters(reader: Reader, draft: Draft, element: etree._Element) -> None:
    reader.text(element)
    draft.chapters = read_attributes(element).get("url", "")


# --- feeds only -------------------------------------------------------------


def read_feed_description(reader: Reader, draft: Draft, element: etree._Element) -> None:
    if draft.copied_summary is not None and not reader.has_feed_content:
        raise Doubt("a description after a body")
    draft.subtitle = reader.body(draft, element, "html")


def read_feed_content(reader: Reader, draft: Draft, element: etree._Element) -> None:
    if draft.copied_summary is not None:
        raise Doubt("two bodies of a feed")
    reader.has_feed_content = True
    draft.copied_summary = reader.body(draft, element, "html")[0]


def read_feed_image(reader: Reader, draft: Draft, element: etree._Element) -> None:
    draft.title_depth = 0
    for child in element:
        name = reader.names.name(child)
        if name == "url":
            draft.image = reader.resolve(draft, reader.text(child))
        elif name not in _IMAGE or len(child) or child.keys():
            raise Doubt("an unusual element in an image")
        elif name == "title" and (child.text or "").strip():
            draft.title_depth = 2


def skip_text_input(reader: Reader, draft: Draft, element: etree._Element) -> None:
    draft.title_depth = 0
    for child in element:
        name = reader.names.name(child)
        if len(child) or child.keys() or (name in MEANINGFUL and name not in _TEXT_INPUT):
            raise Doubt("an unusual element in a text input")
        if name == "title" and (child.text or "").strip():
            draft.title_depth = 2


def read_skip_hours(reader: Reader, draft: Draft, element: etree._Element) -> None:
    draft.skip_hours += _read_hints(reader, element, "hour", len(draft.skip_hours))


def read_skip_days(reader: Reader, draft: Draft, element: etree._Element) -> None:
    draft.skip_days += _read_hints(reader, element, "day", len(draft.skip_days))


def _read_hints(
    reader: Reader, element: etree._Element, name: str, known_count: int
) -> tuple[str, ...]:
    if any(reader.names.name(child) != name for child in element):
        raise Doubt("an unusual element among the hints")
    texts = [text for child in element if (text := reader.text(child))]
    return tuple(texts[: _MAX_HINTS - known_count])


def has_tail(element: etree._Element) -> bool:
    return bool((element.tail or "").strip())

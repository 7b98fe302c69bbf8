"""Elements that no field needs: passed over once it is sure that the reference does so too."""

from __future__ import annotations

from typing import Final

from lxml import etree

from feedreader.core.quick.draft import Draft, Reader
from feedreader.core.quick.elements import read_deep_title, read_second_description
from feedreader.core.quick.names import IGNORED, MEANINGFUL, PERSON, Doubt
from feedreader.core.quick.text import xhtml_name

_MAX_DESCENDANTS: Final = 10_000
_SOURCE: Final = frozenset(
    {"title", "id", "link", "updated", "published", "subtitle", "rights", "category"}
    | {"generator", "icon", "logo"}
)


def skip(reader: Reader, draft: Draft, element: etree._Element) -> None:
    """Pass over an element that must hold text only."""
    if len(element):
        raise Doubt("an element where text belongs")


def skip_image(reader: Reader, draft: Draft, element: etree._Element) -> None:
    skip(reader, draft, element)
    draft.title_depth = 0


def skip_markup(reader: Reader, draft: Draft, element: etree._Element) -> None:
    """Pass over an element that may hold XHTML."""
    for node in element.iterdescendants():
        xhtml_name(node)


def skip_person(reader: Reader, draft: Draft, element: etree._Element) -> None:
    for child in element:
        name = reader.names.name(child)
        if len(child) or (name in MEANINGFUL and name not in PERSON):
            raise Doubt("an unusual element in a contributor")


def skip_source(reader: Reader, draft: Draft, element: etree._Element) -> None:
    draft.title_depth = 0
    for child in element:
        name = reader.names.name(child)
        if name == "title" and (child.text or "").strip():
            draft.title_depth = 2
        if name in ("author", "contributor"):
            skip_person(reader, draft, child)
        elif len(child) or (name in MEANINGFUL and name not in _SOURCE):
            raise Doubt("an unusual element in a source")


def skip_categories(reader: Reader, draft: Draft, element: etree._Element) -> None:
    for node in element.iterdescendants():
        if reader.names.name(node) != "itunes_category":
            raise Doubt("an unusual element in a category")


def skip_chapters(reader: Reader, draft: Draft, element: etree._Element) -> None:
    for child in element:
        if len(child) or reader.names.name(child) != "psc_chapter" or not child.get("start"):
            raise Doubt("an unusual chapter")


def skip_place(reader: Reader, draft: Draft, element: etree._Element) -> None:
    for node in element.iterdescendants():
        if reader.names.name(node) not in ("gml_point", "gml_pos") or node.keys():
            raise Doubt("an unusual place")


def skip_foreign(reader: Reader, draft: Draft, element: etree._Element) -> None:
    """Pass over an element of no meaning, with all that it holds.

    feedparser reads what stands in there as if it stood outside; that may be harmless too.
    """
    if not len(element):
        return
    for count, node in enumerate(element.iterdescendants()):
        if count > _MAX_DESCENDANTS:
            raise Doubt("an element of many elements")
        name = reader.names.name(node)
        if name in MEANINGFUL and (len(node) or not _is_harmless(reader, draft, node, name)):
            raise Doubt("an element in an unusual place")


def _is_harmless(reader: Reader, draft: Draft, element: etree._Element, name: str) -> bool:
    """Say whether an element that stands too deep is outweighed by what was read before."""
    if name == "textinput":
        draft.title_depth = 0
        return True
    if name == "title":
        read_deep_title(draft, element)
        return True
    if name in ("description", "summary") and draft.summary is not None:
        read_second_description(reader, draft, element)
        return True
    return name in IGNORED or (name == "id" and bool(draft.guid and draft.permalink))


def doubt(reader: Reader, draft: Draft, element: etree._Element) -> None:
    raise Doubt("an unusual element")

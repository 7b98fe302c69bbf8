"""One function for each element of a feed or an entry: it notes in a draft what is said.

The rules are the reference's, with its order of precedence where elements repeat; an
element in an unusual shape raises Doubt.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from lxml import etree

from feedreader.core import fields
from feedreader.core.quick.names import RDF, XML, Doubt, Names
from feedreader.core.quick.text import repair, split_author, write_xhtml, xhtml_name

_BODY_TYPES: Final[dict[str, fields.TextType]] = {
    "text": "text",
    "plain": "text",
    "text/plain": "text",
    "html": "html",
    "text/html": "html",
    "xhtml": "xhtml",
    "application/xhtml+xml": "xhtml",
}
_RELATIONS: Final = "http://www.iana.org/assignments/relation/"
_HTML_TYPES: Final = frozenset({"text/html", "html", "xhtml", "application/xhtml+xml"})
# feedparser takes these for the element's own, whatever namespace they are of.
_READ_ATTRIBUTES: Final = frozenset(
    """base description domain duration filesize href ispermalink label lang length medium mode
    rel scheme src term text title type uri url version""".split()
)
_AMPERSAND: Final = re.compile("&([A-Za-z0-9_]+);")
_MAX_DESCENDANTS: Final = 10_000
_MAX_HINTS: Final = 50
_XML_BASE: Final = f"{{{XML}}}base"

Body = tuple[str, fields.TextType, str]
"""Text, its type, and the base that XML declares for it."""


class Draft:
    """What has been read of a feed or an entry: addresses unresolved, dates unread.

    None stands for an element that has not been seen.
    """

    base = ""
    """What XML declares; "" without any."""
    title: str | None = None
    title_type: fields.TextType = "guess"
    has_resets = False
    """Something stands here after which feedparser lets a second title win."""
    guid = ""
    permalink = ""
    summary: Body | None = None
    media_description: Body | None = None
    itunes_summary: Body | None = None
    subtitle: Body | None = None
    media_title = ""
    text_depth = 0
    """How deep the texts of Media RSS stand; two depths would need feedparser's ranking."""
    published = ""
    updated = ""
    created = ""
    comments = ""
    duration = ""
    language: str | None = None
    image = ""
    player = ""
    chapters = ""
    # Feeds only.
    logo = ""
    icon = ""
    ttl = ""
    update_period = ""
    update_frequency = ""
    skip_hours: tuple[str, ...] = ()
    skip_days: tuple[str, ...] = ()

    def __init__(self, *, is_feed: bool = False) -> None:
        self.is_feed = is_feed
        self.authors: list[list[str]] = []
        """Name and address."""
        self.link_texts: list[str] = []
        self.links: list[tuple[str, str]] = []
        """Media type and address of alternates."""
        self.replies: list[str] = []
        self.enclosures: list[dict[str, str]] = []
        self.media: list[dict[str, str]] = []
        self.thumbnails: list[str] = []
        self.contents: list[Body] = []
        self.sources: list[tuple[str, str]] = []
        """Media type and address of content that stands elsewhere."""
        self.tags: list[tuple[str, str, str]] = []
        """Term, scheme and label of categories."""

    @property
    def has_media(self) -> bool:
        return bool(self.enclosures or self.media or self.sources)


Handler = Callable[["Reader", Draft, etree._Element], None]


class Reader:
    """What the functions below must know of the document."""

    def __init__(self, names: Names, *, is_atom: bool, is_atom_10: bool, is_pure: bool) -> None:
        """`is_pure` says that no text can need a repair."""
        self.names = names
        self.is_atom = is_atom
        self.is_atom_10 = is_atom_10
        self.is_pure = is_pure
        self.depth = 0
        self.bases_seen = 0

    def text(self, element: etree._Element) -> str:
        """Return the text of an element that holds nothing else."""
        if len(element):
            raise Doubt("an element where text belongs")
        text = element.text
        if not text:
            return ""
        text = text.strip()
        return text if self.is_pure else repair(text)

    def resolve(self, draft: Draft, url: str) -> str:
        """Return an address as `xml:base` makes it."""
        if not draft.base or not url:
            return url
        return fields.to_web_url(url, draft.base) or url

    def enter_base(self, element: etree._Element, base: str, url: str) -> str:
        """Return the base inside of an element, `base` being the one outside."""
        declared = element.get(_XML_BASE)
        if declared is None:
            return base
        self.bases_seen += 1
        return fields.to_web_url(declared, base or url) or base

    def body(self, draft: Draft, element: etree._Element, default_type: str) -> Body:
        """Return a text construct."""
        base = draft.base
        media_type = default_type
        if element.keys():
            attributes = read_attributes(element)
            media_type = attributes.get("type", default_type)
            if "xml:base" in attributes:
                base = self.enter_base(element, base, self.url)
            if attributes.get("mode") == "base64":
                raise Doubt("text in base64")
        text_type = _BODY_TYPES.get(media_type)
        if text_type == "xhtml":
            if not self.is_atom:
                raise Doubt("XHTML outside of Atom")
            text = write_xhtml(element, is_wrapped=self.is_atom_10)
            return text if self.is_pure else repair(text), "xhtml", base
        if text_type is None:
            raise Doubt("text of an unusual type")
        return self.text(element), text_type, base

    url = ""
    """The document's own; what a relative base resolves against."""


def read_attributes(element: etree._Element) -> dict[str, str]:
    """Return attributes by name in lower case; media types and relations are in lower case."""
    attributes: dict[str, str] = {}
    for name, value in element.items():
        if name[0] == "{":
            uri, _, local = name[1:].rpartition("}")
            if uri == XML:
                name = f"xml:{local}"
            elif local.lower() in _READ_ATTRIBUTES:
                raise Doubt("an attribute of another namespace")
            else:
                continue
        name = name.lower()
        if name in attributes:
            raise Doubt("an attribute in two spellings")
        attributes[name] = value.lower() if name in ("rel", "type") else value
    return attributes


# --- text -------------------------------------------------------------------


def read_title(reader: Reader, draft: Draft, element: etree._Element) -> None:
    text, text_type, _ = reader.body(draft, element, "text")
    if draft.title:
        # The first title that says something counts.
        if text and draft.has_resets:
            raise Doubt("titles around an element that has one")
        return
    draft.title = text
    draft.title_type = text_type if reader.is_atom else "guess"


def read_description(reader: Reader, draft: Draft, element: etree._Element) -> None:
    if draft.summary is not None:
        raise Doubt("two descriptions")
    draft.summary = reader.body(draft, element, "html")


def read_summary(reader: Reader, draft: Draft, element: etree._Element) -> None:
    if draft.summary is not None:
        raise Doubt("two descriptions")
    draft.summary = reader.body(draft, element, "text")


def read_content(reader: Reader, draft: Draft, element: etree._Element) -> None:
    attributes = read_attributes(element)
    source = attributes.get("src")
    if source:
        if len(element) or (element.text or "").strip() or "xml:base" in attributes:
            raise Doubt("content that stands here and elsewhere")
        media_type = attributes.get("type", "text/plain")
        if media_type in _BODY_TYPES:
            raise Doubt("a page as content")
        draft.sources.append((media_type, source))
    else:
        draft.contents.append(reader.body(draft, element, "text"))


def read_encoded_content(reader: Reader, draft: Draft, element: etree._Element) -> None:
    draft.contents.append(reader.body(draft, element, "html"))


def read_subtitle(reader: Reader, draft: Draft, element: etree._Element) -> None:
    draft.subtitle = reader.body(draft, element, "text")


def read_feed_description(reader: Reader, draft: Draft, element: etree._Element) -> None:
    draft.subtitle = reader.body(draft, element, "html")


def read_itunes_summary(reader: Reader, draft: Draft, element: etree._Element) -> None:
    draft.itunes_summary = reader.body(draft, element, "text")


def read_guid(reader: Reader, draft: Draft, element: etree._Element) -> None:
    text = reader.text(element)
    is_permalink = True
    if element.keys():
        is_permalink = read_attributes(element).get("ispermalink", "true") == "true"
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


def _plain(attribute: str, *, is_address: bool = False) -> Handler:
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
        draft.authors.append([*split_author(reader.text(element))])
        return
    if (element.text or "").strip():
        raise Doubt("an author in words and elements")
    author = ["", ""]
    is_first = not draft.authors
    for child in element:
        name = reader.names.name(child)
        text = (child.text or "").strip()
        if len(child) or (child.tail or "").strip():
            raise Doubt("an author in words and elements")
        if name in ("name", "itunes_name"):
            author[0] = text
        elif name in ("email", "itunes_email"):
            author[1] = text
        elif name == "title" and draft.title and not draft.has_resets:
            draft.has_resets = True
        elif name in MEANINGFUL and name not in _PERSON:
            raise Doubt("an unusual element in an author")
        elif text and child.keys() and name not in _PERSON:
            # feedparser would add the text to the author's own.
            raise Doubt("an unusual element in an author")
    if not author[0] and not is_first:
        raise Doubt("an author without a name after others")
    draft.authors.append(author)


def read_owner(reader: Reader, draft: Draft, element: etree._Element) -> None:
    # feedparser gives the owner's name to the author that was named last.
    for child in element:
        name = reader.names.name(child)
        if len(child):
            raise Doubt("an unusual element in an owner")
        if name in ("itunes_name", "name", "itunes_email", "email"):
            if not draft.authors:
                draft.authors.append(["", ""])
            text = (child.text or "").strip()
            draft.authors[-1][0 if name.endswith("name") else 1] = text
        elif name in MEANINGFUL:
            raise Doubt("an unusual element in an owner")


def read_category(reader: Reader, draft: Draft, element: etree._Element) -> None:
    text = reader.text(element)
    scheme = ""
    if element.keys():
        attributes = read_attributes(element)
        scheme = attributes.get("scheme", attributes.get("domain", ""))
        _add_tag(draft, attributes.get("term", ""), scheme, attributes.get("label", ""))
    _add_text_tag(draft, text)


def read_media_category(reader: Reader, draft: Draft, element: etree._Element) -> None:
    text = reader.text(element)
    attributes = read_attributes(element)
    scheme = attributes.get("scheme", "http://search.yahoo.com/mrss/category_schema")
    _add_tag(draft, attributes.get("term", ""), scheme, attributes.get("label", ""))
    _add_text_tag(draft, text)


def read_itunes_category(reader: Reader, draft: Draft, element: etree._Element) -> None:
    text = reader.text(element)
    _add_tag(draft, read_attributes(element).get("text", ""), "http://www.itunes.com/", "")
    _add_text_tag(draft, text)


def read_keywords(reader: Reader, draft: Draft, element: etree._Element) -> None:
    text = reader.text(element)
    if element.keys():
        read_attributes(element)
        return
    scheme = "http://www.itunes.com/" if reader.names.name(element)[0] == "i" else ""
    for term in text.split(","):
        _add_tag(draft, term.strip(), scheme, "")


def _add_tag(draft: Draft, term: str, scheme: str, label: str) -> None:
    tag = (term, scheme, label)
    if any(tag) and len(draft.tags) < fields.MAX_CATEGORIES and tag not in draft.tags:
        draft.tags.append(tag)


def _add_text_tag(draft: Draft, text: str) -> None:
    if not text:
        return
    if draft.tags and not draft.tags[-1][0]:
        draft.tags[-1] = (text, *draft.tags[-1][1:])
    else:
        _add_tag(draft, text, "", "")


# --- links and media ------------------------------------------------------------


def read_link(reader: Reader, draft: Draft, element: etree._Element) -> None:
    attributes = read_attributes(element)
    relation = attributes.get("rel", "alternate").removeprefix(_RELATIONS)
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
    elif relation == "replies" and attributes.get("type", "text/html") in _HTML_TYPES:
        draft.replies.append(reader.resolve(draft, attributes["href"]))


def read_enclosure(reader: Reader, draft: Draft, element: etree._Element) -> None:
    attributes = read_attributes(element)
    if len(element) or not {"href", "uri", "xml:base"}.isdisjoint(attributes):
        raise Doubt("an enclosure in an unusual shape")
    attributes["url"] = reader.resolve(draft, attributes.get("url", ""))
    draft.enclosures.append(attributes)


def read_media_group(reader: Reader, draft: Draft, element: etree._Element) -> None:
    if reader.depth:
        raise Doubt("media in media")
    reader.depth = 1
    _read_media_children(reader, draft, element)
    reader.depth = 0


def _read_media_children(reader: Reader, draft: Draft, element: etree._Element) -> None:
    for child in element:
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
        elif name in MEDIA:
            MEDIA[name](reader, draft, child)
        elif name in MEANINGFUL:
            raise Doubt("an unusual element in media")
        else:
            skip_foreign(reader, draft, child)


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


def read_feed_image(reader: Reader, draft: Draft, element: etree._Element) -> None:
    draft.has_resets = True
    for child in element:
        name = reader.names.name(child)
        if name == "url":
            draft.image = reader.resolve(draft, reader.text(child))
        elif (
            name not in ("title", "link", "description", "width", "height")
            or len(child)
            or child.keys()
        ):
            raise Doubt("an unusual element in an image")


def skip_text_input(reader: Reader, draft: Draft, element: etree._Element) -> None:
    draft.has_resets = True
    for child in element:
        if len(child) or child.keys():
            raise Doubt("an unusual element in a text input")
        if reader.names.name(child) not in ("title", "link", "description", "name"):
            raise Doubt("an unusual element in a text input")


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


# --- what no field needs ------------------------------------------------------


def skip(reader: Reader, draft: Draft, element: etree._Element) -> None:
    """Pass over an element that must hold text only."""
    if len(element):
        raise Doubt("an element where text belongs")


def skip_image(reader: Reader, draft: Draft, element: etree._Element) -> None:
    skip(reader, draft, element)
    draft.has_resets = True


def skip_markup(reader: Reader, draft: Draft, element: etree._Element) -> None:
    """Pass over an element that may hold XHTML."""
    for node in element.iterdescendants():
        xhtml_name(node)


def skip_person(reader: Reader, draft: Draft, element: etree._Element) -> None:
    for child in element:
        name = reader.names.name(child)
        if len(child) or (name in MEANINGFUL and name not in _PERSON):
            raise Doubt("an unusual element in a contributor")


def skip_source(reader: Reader, draft: Draft, element: etree._Element) -> None:
    draft.has_resets = True
    for child in element:
        name = reader.names.name(child)
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


def skip_foreign(reader: Reader, draft: Draft, element: etree._Element) -> None:
    """Pass over an element of no meaning, if all that it holds is as meaningless."""
    if not len(element):
        return
    for count, node in enumerate(element.iterdescendants()):
        name = reader.names.name(node)
        is_harmless = _COMMON.get(name) is skip and not len(node)
        if (name in MEANINGFUL and not is_harmless) or count > _MAX_DESCENDANTS:
            raise Doubt("an element in an unusual place")


def doubt(reader: Reader, draft: Draft, element: etree._Element) -> None:
    raise Doubt("an unusual element")


# --- tables -----------------------------------------------------------------

_PERSON: Final = frozenset({"name", "email", "uri", "url", "homepage"})
_SOURCE: Final = frozenset(
    {"title", "id", "link", "updated", "published", "subtitle", "rights", "category"}
    | {"generator", "icon", "logo"}
)

_COMMON: Final[dict[str, Handler]] = {
    **dict.fromkeys(("title", "dc_title"), read_title),
    "link": read_link,
    **dict.fromkeys(("guid", "id"), read_guid),
    **dict.fromkeys(("pubdate", "published", "issued", "dcterms_issued"), read_published),
    **dict.fromkeys(
        ("updated", "modified", "lastbuilddate", "dc_date", "dcterms_modified"), read_updated
    ),
    **dict.fromkeys(("created", "dcterms_created"), read_created),
    **dict.fromkeys(
        ("author", "dc_author", "dc_creator", "itunes_author", "managingeditor"), read_author
    ),
    **dict.fromkeys(("subtitle", "tagline", "itunes_subtitle"), read_subtitle),
    "itunes_summary": read_itunes_summary,
    **dict.fromkeys(("language", "dc_language"), read_language),
    **dict.fromkeys(("itunes_image", "itunes_link"), read_itunes_image),
    **dict.fromkeys(("contributor", "dc_contributor"), skip_person),
    **dict.fromkeys(
        ("rights", "copyright", "dc_rights", "info", "feedburner_browserfriendly"), skip_markup
    ),
    "date": _plain("updated"),
    **dict.fromkeys(
        [
            "cc_license",
            "cloud",
            "creativecommons_license",
            "dc_publisher",
            "dcterms_valid",
            "expirationdate",
            "feedburner_browserfriendly",
            "generator",
            "geom",
            "georss_box",
            "georss_line",
            "georss_point",
            "georss_polygon",
            "georssgeom",
            "info",
            "itunes_block",
            "itunes_explicit",
            "newlocation",
            "webmaster",
        ],
        skip,
    ),
    "psc_chapters": skip_chapters,
}
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
ENTRY: Final[dict[str, Handler]] = {
    **_COMMON,
    **MEDIA,
    **dict.fromkeys(("description", "dc_description"), read_description),
    "summary": read_summary,
    "content": read_content,
    **dict.fromkeys(("content_encoded", "fullitem"), read_encoded_content),
    **dict.fromkeys(("category", "keywords", "dc_subject"), read_category),
    "itunes_category": read_itunes_category,
    "itunes_keywords": read_keywords,
    "enclosure": read_enclosure,
    "comments": _plain("comments", is_address=True),
    "itunes_duration": _plain("duration"),
    "podcast_chapters": read_chapters,
    "source": skip_source,
    "image": skip_image,
    **dict.fromkeys(("ttl", "sy_updateperiod", "sy_updatefrequency", "logo", "icon"), skip),
}
FEED: Final[dict[str, Handler]] = {
    **_COMMON,
    **dict.fromkeys(("description", "dc_description"), read_feed_description),
    **dict.fromkeys(("category", "keywords", "dc_subject", "itunes_keywords"), skip),
    "itunes_category": skip_categories,
    "itunes_owner": read_owner,
    "image": read_feed_image,
    "textinput": skip_text_input,
    "skiphours": read_skip_hours,
    "skipdays": read_skip_days,
    "logo": _plain("logo", is_address=True),
    "icon": _plain("icon", is_address=True),
    "ttl": _plain("ttl"),
    "sy_updateperiod": _plain("update_period"),
    "sy_updatefrequency": _plain("update_frequency"),
    **dict.fromkeys(("comments", "itunes_duration", "podcast_chapters"), skip),
}
# What feedparser acts upon wherever it stands, and the keys of its dictionaries.
MEANINGFUL: Final = frozenset(
    [
        "abstract",
        "base_in_scope",
        "body",
        "channel",
        "day",
        "dc_author",
        "dcterms_created",
        "email",
        "entry",
        "feed",
        "gml_exterior",
        "gml_linearring",
        "gml_linestring",
        "gml_point",
        "gml_polygon",
        "gml_pos",
        "gml_poslist",
        "guidislink",
        "height",
        "homepage",
        "hour",
        "item",
        "itunes_email",
        "itunes_name",
        "links",
        "authors",
        "tags",
        "name",
        "permalink",
        "psc_chapter",
        "rss",
        "summary_detail",
        "title_detail",
        "subtitle_detail",
        "itunes_summary_detail",
        "media_description_detail",
        "media_title_detail",
        "author_detail",
        "publisher_detail",
        "publisher",
        "contributors",
        "skip_hours",
        "skip_days",
        "textinput",
        "uri",
        "url",
        "where",
        "georss_where",
        "width",
        "xhtml_body",
        "xhtml_div",
        "href",
    ]
) | frozenset({*ENTRY, *FEED})

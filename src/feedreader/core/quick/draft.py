"""What has been read of a feed or an entry, and how its elements are read."""

from __future__ import annotations

from typing import Final

from lxml import etree

from feedreader.core import fields
from feedreader.core.quick.names import XML, Doubt, Names
from feedreader.core.quick.text import repair, write_xhtml

BODY_TYPES: Final[dict[str, fields.TextType]] = {
    "text": "text",
    "plain": "text",
    "text/plain": "text",
    "html": "html",
    "text/html": "html",
    "xhtml": "xhtml",
    "application/xhtml+xml": "xhtml",
}
MEDIA_TYPES: Final = {"text": "text/plain", "html": "text/html", "xhtml": "application/xhtml+xml"}
# feedparser takes these for the element's own, whatever namespace they are of.
_READ_ATTRIBUTES: Final = frozenset(
    {"base", "description", "domain", "duration", "filesize", "href", "ispermalink", "label"}
    | {"lang", "length", "medium", "mode", "rel", "scheme", "src", "term", "text", "title"}
    | {"type", "uri", "url", "version"}
)
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
    title_depth = 0
    """Of the last title that said something, 1 for a child of the feed or entry; 0 for none.
    A title counts only above that depth; some elements set it back."""
    guid = ""
    permalink = ""
    summary: Body | None = None
    copied_summary: str | None = None
    """feedparser's copy of the feed's body."""
    media_description: Body | None = None
    itunes_summary: Body | None = None
    subtitle: Body | None = None
    media_title = ""
    itunes_title = ""
    has_author_line = False
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
        self.owner = ["", ""]
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


class Reader:
    """What the functions below must know of the document."""

    def __init__(
        self, names: Names, url: str, *, is_atom: bool, is_atom_10: bool, is_pure: bool
    ) -> None:
        """`url` is the document's own; `is_pure` says that no text can need a repair."""
        self.names = names
        self.url = url
        self.is_atom = is_atom
        self.is_atom_10 = is_atom_10
        self.is_pure = is_pure
        self.depth = 0
        """Within Media RSS groups."""
        self.bases_seen = 0
        self.has_feed_content = False
        """The feed gave a body of its own; until the next entry ends, this bends feedparser's
        rule for descriptions."""

    def text(self, element: etree._Element) -> str:
        """Return the text of an element that holds nothing else."""
        if len(element):
            raise Doubt("an element where text belongs")
        text = element.text
        if not text:
            return ""
        text = text.strip()
        return text if self.is_pure or text.isascii() else repair(text)

    def resolve(self, draft: Draft, url: str) -> str:
        """Return an address as `xml:base` makes it."""
        if not draft.base or not url:
            return url
        return fields.to_web_url(url, draft.base) or url

    def enter_base(self, element: etree._Element, base: str) -> str:
        """Return the base inside of an element, `base` being the one outside."""
        declared = element.get(_XML_BASE)
        if declared is None:
            return base
        self.bases_seen += 1
        return fields.to_web_url(declared, base or self.url) or base

    def body(self, draft: Draft, element: etree._Element, default_type: str) -> Body:
        """Return a text construct."""
        base = draft.base
        media_type = default_type
        if element.keys():
            attributes = read_attributes(element)
            media_type = attributes.get("type", default_type)
            if "xml:base" in attributes:
                base = self.enter_base(element, base)
            if attributes.get("mode") == "base64":
                raise Doubt("text in base64")
        text_type = BODY_TYPES.get(media_type)
        if text_type == "xhtml":
            if not self.is_atom:
                raise Doubt("XHTML outside of Atom")
            text = write_xhtml(element, is_wrapped=self.is_atom_10)
            return text if self.is_pure else repair(text), "xhtml", base
        if text_type is None:
            raise Doubt("text of an unusual type")
        return self.text(element), text_type, base


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

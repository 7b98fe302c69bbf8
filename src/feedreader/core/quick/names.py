"""What the elements of a feed are called, whatever prefixes their document uses.

A name is worded as feedparser words its handlers: `dc_creator`, `media_content`, in lower
case, without prefix for what belongs to RSS and Atom. So the quick reading and the
reference can be held against each other name by name.
"""

from __future__ import annotations

import re
from typing import Final, cast

from lxml import etree

ATOM: Final = "http://www.w3.org/2005/Atom"
ATOM_03: Final = "http://purl.org/atom/ns#"
RSS_10: Final = "http://purl.org/rss/1.0/"
RSS_090: Final = "http://my.netscape.com/rdf/simple/0.9/"
RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XHTML: Final = "http://www.w3.org/1999/xhtml"
XML: Final = "http://www.w3.org/XML/1998/namespace"

PREFIXES: Final = {
    ATOM: "",
    ATOM_03: "",
    RSS_10: "",
    RSS_090: "",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://search.yahoo.com/mrss/": "media",
    "http://search.yahoo.com/mrss": "media",
    "http://purl.org/rss/1.0/modules/syndication/": "sy",
    "https://podcastindex.org/namespace/1.0": "podcast",
    "https://github.com/podcastindex-org/podcast-namespace/blob/main/docs/1.0.md": "podcast",
    "http://podlove.org/simple-chapters": "psc",
    "http://www.georss.org/georss": "georss",
    "http://www.opengis.net/gml": "gml",
    "http://creativecommons.org/ns#license": "cc",
    "http://web.resource.org/cc/": "cc",
    "http://backend.userland.com/creativecommonsrssmodule": "creativecommons",
    "http://cyber.law.harvard.edu/rss/creativecommonsrssmodule.html": "creativecommons",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner",
    RDF: "rdf",
    XHTML: "xhtml",
    XML: "xml",
}
"""By namespace."""

_BY_LOWER_URI: Final = {uri.lower(): prefix for uri, prefix in PREFIXES.items()}
_OWN_PREFIXES: Final = frozenset(PREFIXES.values())
_PREFIX_DECLARATION: Final = re.compile(r"""xmlns:([\w.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
# Namespaces that feedparser takes for RSS or Atom, or reads in a way of its own.
_ODD_NAMESPACE: Final = re.compile(
    r"//example\.com/|purl\.org/(?:echo|pie)/|uri/of/echo|rss/1\.0/modules/rss091", re.IGNORECASE
)

PERSON: Final = frozenset({"name", "email", "uri", "url", "homepage"})
IGNORED: Final = PERSON | {
    *("cc_license", "cloud", "creativecommons_license", "dc_publisher", "dcterms_valid"),
    *("expirationdate", "generator", "geom", "georss_box", "georss_line", "georss_point"),
    *("georss_polygon", "georssgeom", "height", "itunes_block", "itunes_email"),
    *("itunes_explicit", "itunes_name", "newlocation", "webmaster", "width"),
}
"""Elements of which no field needs the text, wherever they stand."""
MEANINGFUL: Final = IGNORED | {
    *("abstract", "author", "body", "category", "channel", "comments", "content"),
    *("content_encoded", "contributor", "copyright", "created", "date", "day", "dc_author"),
    *("dc_contributor", "dc_creator", "dc_date", "dc_description", "dc_language", "dc_rights"),
    *("dc_subject", "dc_title", "dcterms_created", "dcterms_issued", "dcterms_modified"),
    *("description", "enclosure", "entry", "feed", "feedburner_browserfriendly", "fullitem"),
    *("georss_where", "gml_exterior", "gml_linearring", "gml_linestring", "gml_point"),
    *("gml_polygon", "gml_pos", "gml_poslist", "guid", "hour", "icon", "id", "image", "info"),
    *("issued", "item", "itunes_author", "itunes_category", "itunes_duration", "itunes_image"),
    *("itunes_keywords", "itunes_link", "itunes_owner", "itunes_subtitle", "itunes_summary"),
    "itunes_title",
    *("keywords", "language", "lastbuilddate", "link", "logo", "managingeditor"),
    *("media_category", "media_content", "media_credit", "media_description", "media_group"),
    *("media_keywords", "media_license", "media_player", "media_rating", "media_restriction"),
    *("media_thumbnail", "media_title", "modified", "podcast_chapters", "psc_chapter"),
    *("psc_chapters", "pubdate", "published", "rights", "rss", "skipdays", "skiphours"),
    *("source", "subtitle", "summary", "sy_updatefrequency", "sy_updateperiod", "tagline"),
    *("tags", "textinput", "title", "ttl", "updated", "where", "xhtml_body", "xhtml_div"),
    # Keys of feedparser's dictionaries, which an element of that name would overwrite.
    *("author_detail", "authors", "base_in_scope", "contributors", "copyright_detail"),
    *("date_parsed", "description_detail", "guidislink", "href", "info_detail", "issued_parsed"),
    *("itunes_summary_detail", "links", "media_description_detail", "media_title_detail"),
    "itunes_owner_detail",
    *("modified_parsed", "permalink", "publisher", "publisher_detail", "rights_detail"),
    *("skip_days", "skip_hours", "subtitle_detail", "summary_detail", "tagline_detail"),
    *("title_detail",),
}
"""Elements that feedparser acts upon, and that must not stand where they are not expected."""

_RSS_NAMESPACE: Final = re.compile(
    r"backend\.userland\.com/rss|^http://blogs\.law\.harvard\.edu/tech/rss$", re.IGNORECASE
)


class Doubt(Exception):
    """The document holds something that only the reference understands."""


class Names:
    """The names of one document's elements."""

    def __init__(self, text: str, root: etree._Element) -> None:
        """`text` is the document; raise Doubt where its prefixes mislead."""
        declared = {prefix: uri for prefix, uri in root.nsmap.items() if prefix}
        pairs = set(declared.items())
        if text.count("xmlns:") != len(pairs):
            for prefix, quoted, apostrophed in _PREFIX_DECLARATION.findall(text):
                pairs.add((prefix, quoted or apostrophed))
        prefix_counts: dict[str, int] = {}
        for prefix, uri in pairs:
            prefix_counts[uri] = prefix_counts.get(uri, 0) + 1
            if prefix.lower() in _OWN_PREFIXES and not _is_own(prefix.lower(), uri):
                raise Doubt("a common prefix stands for something else")
            if "&" in uri or _ODD_NAMESPACE.search(uri):
                raise Doubt("an uncommon namespace")
        self._prefix_counts = prefix_counts

    def name(self, element: etree._Element) -> str:
        """Return an element's name."""
        uri, mark, local = cast("str", element.tag).rpartition("}")
        if not mark:
            return local.lower()
        uri = uri[1:]
        prefix = _BY_LOWER_URI.get(uri.lower())
        if prefix is None and _RSS_NAMESPACE.search(uri):
            return local.lower()
        if prefix is None:
            if self._prefix_counts.get(uri, 0) > 1 or _ODD_NAMESPACE.search(uri):
                raise Doubt("an uncommon namespace")
            prefix = (element.prefix or "").lower()
            if not prefix and uri in self._prefix_counts:
                raise Doubt("a namespace with and without a prefix")
        return f"{prefix}_{local}".lower() if prefix else local.lower()


def _is_own(prefix: str, uri: str) -> bool:
    """Say whether feedparser reads a prefix as it is commonly meant; unknown URIs leave it be."""
    return _BY_LOWER_URI.get(uri.lower(), prefix) in (prefix, "creativecommons")

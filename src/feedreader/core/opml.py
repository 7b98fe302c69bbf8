"""OPML 1.0, 1.1 and 2.0 (opml.org/spec2.opml): bytes <-> outlines, and outlines -> feeds.

Reading takes documents as they are found. An outline without an address is a folder,
whatever its type says; a document that is no XML is read tag by tag; what was repaired is
told in `notes`, and what is no subscription in `skipped`. Entities that a document declares
are never expanded, other lists are never followed, and only http(s) addresses become feeds.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from xml.parsers import expat

from feedreader.core.addresses import clean_address, read_address
from feedreader.core.encoding import decode_document
from feedreader.core.opml_tags import scan_tags, unescape
from feedreader.core.opml_write import FIELD_OF_ATTRIBUTE, UNDECLARED_PREFIX, write_opml
from feedreader.core.text import clean_line
from feedreader.core.urls import mask_secrets
from feedreader.errors import ImportFailed, NotAFeed
from feedreader.model import FolderPath, Outline

__all__ = [
    "MAX_BYTES",
    "MAX_FOLDER_DEPTH",
    "FeedList",
    "FeedOutline",
    "OpmlDocument",
    "Skipped",
    "list_feeds",
    "read_opml",
    "write_opml",
]

MAX_BYTES: Final = 64 * 1024 * 1024
MAX_FOLDER_DEPTH: Final = 32
"""Deeper folders are merged into their ancestor at this depth."""


@dataclass(frozen=True, slots=True)
class OpmlDocument:
    """An OPML document, read."""

    title: str
    outlines: tuple[Outline, ...]
    notes: tuple[str, ...] = ()
    """What had to be repaired, for humans."""


@dataclass(frozen=True, slots=True)
class FeedOutline:
    """A feed of a list, merged from all outlines with its address. Texts are safe to print."""

    url: str
    """As to be fetched: http or https. It may hold a user and a password."""
    title: str = ""
    """The list's name for it; "" if that is just its address."""
    html_url: str = ""
    description: str = ""
    folders: tuple[FolderPath, ...] = ((),)
    """Every folder it stands in, by place or by a `category` with slashes."""
    categories: tuple[str, ...] = ()
    """Tags: the `category` items without slashes."""
    type: str = "rss"
    attributes: tuple[tuple[str, str], ...] = ()
    """All others, for the export."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """An outline that gives no subscription; both texts are one safe line without secrets."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class FeedList:
    """What a document holds for a subscriber."""

    feeds: tuple[FeedOutline, ...]
    folders: tuple[FolderPath, ...]
    """All folders, empty ones too, each after its parent."""
    skipped: tuple[Skipped, ...]


# --- reading ----------------------------------------------------------------


def read_opml(data: bytes) -> OpmlDocument:
    """Return the document's outlines; raises ImportFailed ("no OPML: …") if it has none to read.

    Texts are one clean line each; attributes that are not ours stay as they are, with the
    namespaces that they use.
    """
    if len(data) > MAX_BYTES:
        raise ImportFailed(f"no OPML: more than {MAX_BYTES >> 20} MB")
    try:
        decoded = decode_document(data)
    except NotAFeed as error:
        raise ImportFailed(f"no OPML: {str(error).removeprefix('not a feed: ')}") from None
    text = _without_doctype(decoded.text)
    if not decoded.text.strip():
        raise ImportFailed("no OPML: the file is empty")
    notes = [decoded.defect] if decoded.defect else []
    tree = _Tree()
    try:
        _parse_strictly(text, tree)
    except expat.ExpatError as error:
        tree = _Tree()
        _parse_tags(text, tree)
        notes.append(f"not well-formed XML (line {error.lineno}: {expat.ErrorString(error.code)})")
        written = _count_addresses(text)
        if written > tree.address_count:
            lost = written - tree.address_count
            notes.append(f"{lost} of {written} feed addresses could not be read")
    outlines = tree.close()
    if not tree.has_opml:
        if not outlines:
            raise ImportFailed(f"no OPML: {_guess_kind(text, tree.root)}")
        notes.append("there is no opml element")
    if not outlines:
        notes.append("there are no outlines")
    return OpmlDocument(title=clean_line(tree.title), outlines=outlines, notes=tuple(notes))


_ADDRESS_ATTRIBUTE = re.compile(r"\sxmlurl\s*+=", re.IGNORECASE)
_PROLOG = re.compile(r"(?>[^<]++|<\?(?>[^?]++|\?(?!>))*+\?>|<!--(?>[^-]++|-(?!->))*+-->)*+")


_ROOT = re.compile(r"<[A-Za-z_]")


def _count_addresses(text: str) -> int:
    first, *others = text.split("<!--")
    shown = [first] + [other.partition("-->")[2] or other for other in others]
    return sum(len(_ADDRESS_ATTRIBUTE.findall(part)) for part in shown)


def _without_doctype(text: str) -> str:
    prolog = _PROLOG.match(text)
    start = prolog.end() if prolog else 0
    if text[start : start + 9].upper() != "<!DOCTYPE":
        return text
    root = _ROOT.search(text, start)
    end = root.start() if root else len(text)
    # The text of an entity may hold "<opml"; its declaration stands before it all the same.
    if "<!ENTITY" in text[start:end].upper():
        raise ImportFailed("no OPML: it declares entities, which are never expanded")
    return "\n" * text.count("\n", 0, end) + text[end:]


def _parse_strictly(text: str, tree: _Tree) -> None:
    parser = expat.ParserCreate("utf-8")
    parser.ordered_attributes = True
    parser.buffer_text = True
    parser.StartElementHandler = lambda name, flat: tree.start(
        name, zip(flat[::2], flat[1::2], strict=True)
    )
    parser.EndElementHandler = tree.end
    parser.CharacterDataHandler = tree.add_text
    parser.Parse(text, True)


def _parse_tags(text: str, tree: _Tree) -> None:
    tags = list(scan_tags(text))
    # HTML-like lists leave their feeds open: as many ends as folders, or none.
    ends = sum(tag.is_end and _local(tag.name) == "outline" for tag in tags)
    starts = [
        tag
        for tag in tags
        if not tag.is_end and not tag.is_closed and _local(tag.name) == "outline"
    ]
    folders = sum(all(name.lower() != "xmlurl" for name, _ in tag.attributes) for tag in starts)
    feeds_have_no_end = ends <= folders
    for tag in tags:
        if tag.is_end:
            tree.end(tag.name)
        else:
            found_addresses = tree.address_count
            tree.start(tag.name, tag.attributes)
            is_open_feed = tree.address_count > found_addresses and feeds_have_no_end
            if tag.is_closed or is_open_feed:
                tree.end(tag.name)
        tree.add_text(unescape(tag.text))


def _local(name: str) -> str:
    return name.rpartition(":")[2].lower()


def _guess_kind(text: str, root: str) -> str:
    if root == "html":
        return "this is a web page"
    if root in ("rss", "feed", "rdf"):
        return "this is a feed"
    if text.startswith(("{", "[")):
        return "this looks like JSON"
    name = clean_line(root)[:40]
    return f"the root element is <{name}>" if name else "there are no tags in it"


@dataclass(slots=True)
class _Frame:
    """An element that is open."""

    name: str
    hidden: tuple[tuple[str, str], ...]
    """Namespaces, by prefix, that its own declarations hide."""
    outline: tuple[tuple[str, str], ...] | None = None
    children: list[Outline] = field(default_factory=list)


class _Tree:
    """Outlines as their tags come in; needs no stack of calls, however deep they nest."""

    def __init__(self) -> None:
        self.root = ""
        self.has_opml = False
        self.address_count = 0
        self._title: list[str] = []
        self._open = [_Frame("", ())]
        self._open_names: Counter[str] = Counter()
        self._namespaces: dict[str, str] = {}

    def start(self, name: str, attributes: Iterable[tuple[str, str]]) -> None:
        local = _local(name)
        pairs = tuple(attributes)
        self.root = self.root or local
        self.has_opml = self.has_opml or local == "opml"
        has_address = any(key.lower() == "xmlurl" and value.strip() for key, value in pairs)
        self.address_count += has_address
        declared = {key[6:]: value for key, value in pairs if key.startswith("xmlns:")}
        hidden = tuple((prefix, self._namespaces.get(prefix, "")) for prefix in declared)
        self._namespaces.update(declared)
        is_outline = has_address or local == "outline"
        self._open.append(_Frame(local, hidden, pairs if is_outline else None))
        self._open_names[local] += 1

    def end(self, name: str) -> None:
        local = _local(name)
        if not self._open_names[local]:
            return
        while self._open[-1].name != local:
            self._close_last()
        self._close_last()

    def add_text(self, text: str) -> None:
        if self._open[-1].name == "title" and self._open_names["head"]:
            self._title.append(text)

    @property
    def title(self) -> str:
        return "".join(self._title)

    def close(self) -> tuple[Outline, ...]:
        while len(self._open) > 1:
            self._close_last()
        return tuple(self._open[0].children)

    def _close_last(self) -> None:
        frame = self._open.pop()
        self._open_names[frame.name] -= 1
        siblings = self._open[-1].children
        if frame.outline is None:
            siblings.extend(frame.children)
        else:
            siblings.append(_read_outline(frame.outline, self._namespaces, frame.children))
        self._namespaces.update(frame.hidden)


_FEED_TYPES: Final = frozenset({"rss", "rss1", "rss2", "rdf", "atom", "feed", "json", "jsonfeed"})


def _read_outline(
    pairs: Sequence[tuple[str, str]], namespaces: dict[str, str], children: Sequence[Outline]
) -> Outline:
    known: dict[str, str] = {}
    others: dict[str, str] = {}
    for name, value in pairs:
        meaning = FIELD_OF_ATTRIBUTE.get(name.lower())
        if meaning is None:
            if name != "xmlns" and not name.startswith("xmlns:"):
                others.setdefault(name, value)
        elif not known.get(meaning):
            known[meaning] = clean_line(value) if meaning[-4:] != "_url" else clean_address(value)
    if not known.get("xml_url"):
        is_feed = known.get("type", "").lower() in _FEED_TYPES
        for name in list(others):
            if name.lower() in ("xmluri", "feedurl") or (is_feed and name.lower() == "url"):
                known["xml_url"] = clean_address(others.pop(name))
                break
    for prefix in [name.partition(":")[0] for name in others if ":" in name]:
        uri = namespaces.get(prefix, "")
        if uri and not uri.startswith(UNDECLARED_PREFIX):
            others.setdefault(f"xmlns:{prefix}", uri)
    return Outline(
        text=known.get("text", ""),
        xml_url=known.get("xml_url", ""),
        html_url=known.get("html_url", ""),
        title=known.get("title", ""),
        description=known.get("description", ""),
        type=known.get("type", ""),
        categories=tuple(
            filter(None, (item.strip() for item in known.get("categories", "").split(",")))
        ),
        children=tuple(children),
        attributes=tuple(others.items()),
    )


# --- feeds ------------------------------------------------------------------

_SEARCH_TYPES: Final = frozenset({"vfolder", "rule", "search", "smart"})
_COMMENTED_OUT: Final = "it is commented out"
_NAMELESS: Final = "(no name)"


def list_feeds(document: OpmlDocument) -> FeedList:
    """Return what a subscriber takes from a document: feeds, folders, and what is left out.

    A feed that stands in several folders is one feed with several folders. Outlines within
    a feed's outline go into a folder of that feed's name beside it. A document without any
    feed address is an outline of something else and gives no folders.
    """
    found: dict[str, list[FeedOutline]] = {}
    folders: dict[FolderPath, None] = {}
    skipped: list[Skipped] = []
    has_addresses = False
    # With what makes all outlines below one skipped.
    todo = [(outline, FolderPath(), "") for outline in reversed(document.outlines)]
    while todo:
        outline, folder, why_inherited = todo.pop()
        has_addresses = has_addresses or bool(outline.xml_url)
        why = why_inherited or _why_skipped(outline)
        if not why and outline.xml_url:
            try:
                feed = _read_feed(outline, folder)
            except ValueError as refusal:
                why = str(refusal)
            else:
                found.setdefault(feed.url, []).append(feed)
                for path in feed.folders:
                    folders.update((path[: depth + 1], None) for depth in range(len(path)))
        if why and outline.type.lower() != "rule":
            skipped.append(Skipped(_label(outline), why))
        if any(name.lower() == "filtercmd" for name, _ in outline.attributes):
            skipped.append(Skipped(f"filter of {_label(outline)}", "it runs a command"))
        is_folder = bool(outline.children) if outline.xml_url else not why
        if is_folder and len(folder) < MAX_FOLDER_DEPTH:
            folder = (*folder, _label(outline))
            folders.setdefault(folder)
        below = why if why == _COMMENTED_OUT else ""
        todo.extend((child, folder, below) for child in reversed(outline.children))
    return FeedList(
        feeds=tuple(map(_merge, found.values())),
        folders=tuple(folders) if has_addresses else (),
        skipped=tuple(skipped),
    )


def _why_skipped(outline: Outline) -> str:
    """Return why an outline is neither feed nor folder, "" if it is one."""
    kind = outline.type.lower()
    others = {name.lower(): value for name, value in outline.attributes}
    if kind in _SEARCH_TYPES:
        return "it is a saved search"
    if others.get("iscomment", "").lower() == "true":
        return _COMMENTED_OUT
    if outline.xml_url:
        return ""
    if kind == "include" or others.get("url", "").lower().endswith(".opml"):
        return "it includes another list, which is not followed"
    if any(name.endswith(":opmlurl") for name in others):
        return "it is another list's folder, which is not followed"
    if kind == "link" or "url" in others:
        return "it is a link, not a feed"
    if outline.children:
        return ""
    if outline.html_url:
        return "it has a page but no feed address"
    return "it has no feed address" if kind in _FEED_TYPES else ""


def _read_feed(outline: Outline, folder: FolderPath) -> FeedOutline:
    url = read_address(outline.xml_url)
    title = _shown(outline.text) or _shown(outline.title)
    paths = [
        path
        for item in outline.categories
        if "/" in item and "://" not in item
        if (path := tuple(filter(None, map(_shown, re.split(r"\s*/\s*", item))))[:MAX_FOLDER_DEPTH])
    ]
    return FeedOutline(
        url=url,
        title="" if title in (url, outline.xml_url) else title,
        html_url=outline.html_url,
        description=_shown(outline.description),
        folders=tuple(dict.fromkeys(([folder] if folder or not paths else []) + paths)),
        categories=tuple(
            item for item in map(clean_line, outline.categories) if "/" not in item or "://" in item
        ),
        type=outline.type or "rss",
        attributes=outline.attributes,
    )


def _merge(feeds: Sequence[FeedOutline]) -> FeedOutline:
    """Return one feed for all outlines of one address; the first that says something counts."""
    if len(feeds) == 1:
        return feeds[0]
    return replace(
        feeds[0],
        title=next(filter(None, (feed.title for feed in feeds)), ""),
        html_url=next(filter(None, (feed.html_url for feed in feeds)), ""),
        description=next(filter(None, (feed.description for feed in feeds)), ""),
        folders=tuple(dict.fromkeys(path for feed in feeds for path in feed.folders)),
        categories=tuple(dict.fromkeys(tag for feed in feeds for tag in feed.categories)),
        attributes=tuple(
            dict(pair for feed in reversed(feeds) for pair in feed.attributes).items()
        ),
    )


def _label(outline: Outline) -> str:
    name = _shown(outline.text) or _shown(outline.title) or clean_line(outline.xml_url)
    return mask_secrets(name) or _NAMELESS


_INLINE_TAG = re.compile(
    r"</?(?:a|abbr|b|big|br|cite|code|em|font|i|img|p|q|s|small|span|strong|sub|sup|tt|u)"
    r"(?:\s[^<>]*+)?/?>",
    re.IGNORECASE,
)


def _shown(text: str) -> str:
    """Return a text as read: OPML 2.0 lets `text` hold HTML, which many lists escape twice."""
    if "<" not in text and "&" not in text:
        return text
    return clean_line(unescape(_INLINE_TAG.sub("", text))) or clean_line(text)

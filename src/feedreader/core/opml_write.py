"""Outlines -> OPML 2.0 (opml.org/spec2.opml)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
from typing import Final
from xml.parsers import expat

from feedreader.core.opml_tags import drop_illegal
from feedreader.model import Outline

FIELD_OF_ATTRIBUTE: Final = {
    "text": "text",
    "title": "title",
    "type": "type",
    "description": "description",
    "category": "categories",
    "xmlurl": "xml_url",
    "htmlurl": "html_url",
}
"""The attributes, in lower case, that have a field of `Outline`."""

UNDECLARED_PREFIX: Final = "urn:undeclared-prefix:"
"""Begins the URI that stands for a namespace which is used but nowhere declared."""

_MOST_INDENTS: Final = 32
"""Deeper, the indentation would be most of the file."""


def write_opml(title: str, outlines: Sequence[Outline], *, created_at: datetime) -> bytes:
    """Return OPML 2.0 in UTF-8, well-formed whatever the strings hold, two spaces a level.

    Characters that XML forbids and attributes whose names it forbids are left out; a comma
    within a category becomes a space, for commas separate categories.
    """
    date = format_datetime(created_at.astimezone(UTC), usegmt=True)
    namespaces = _collect_namespaces(outlines)
    declarations = "".join(
        f" xmlns:{prefix}={_quote(next(iter(uris), UNDECLARED_PREFIX + prefix))}"
        for prefix, uris in sorted(namespaces.items())
        if len(uris) < 2
    )
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<opml version="2.0"{declarations}>',
        "  <head>",
        f"    <title>{_escape(title)}</title>",
        f"    <dateCreated>{date}</dateCreated>",
        "  </head>",
        "  <body>",
    ]
    # An outline to open with its depth, or the depth of an outline to close.
    todo: list[tuple[Outline | None, int]] = [(outline, 2) for outline in reversed(outlines)]
    while todo:
        outline, depth = todo.pop()
        indent = "  " * min(depth, _MOST_INDENTS)
        if outline is None:
            lines.append(f"{indent}</outline>")
            continue
        attributes = "".join(
            f" {name}={_quote(value)}" for name, value in _attributes(outline, namespaces)
        )
        lines.append(f"{indent}<outline{attributes}{'' if outline.children else '/'}>")
        if outline.children:
            todo.append((None, depth))
            todo.extend((child, depth + 1) for child in reversed(outline.children))
    lines += ["  </body>", "</opml>", ""]
    return "\n".join(lines).encode()


def _collect_namespaces(outlines: Sequence[Outline]) -> dict[str, set[str]]:
    """Return the URIs of each prefix in use; one that is nowhere declared has none."""
    namespaces: dict[str, set[str]] = {}
    todo = list(outlines)
    while todo:
        outline = todo.pop()
        todo.extend(outline.children)
        for name, value in outline.attributes:
            prefix, _, local = name.partition(":")
            if not local or prefix == "xml" or not _is_name(name):
                continue
            uris = namespaces.setdefault(local if prefix == "xmlns" else prefix, set())
            if prefix == "xmlns" and _is_namespace(value):
                uris.add(value)
    return namespaces


def _attributes(outline: Outline, namespaces: dict[str, set[str]]) -> Iterator[tuple[str, str]]:
    if outline.text or not outline.title:
        yield "text", outline.text
    for name, value in (
        ("title", outline.title),
        ("type", outline.type),
        ("xmlUrl", outline.xml_url),
        ("htmlUrl", outline.html_url),
        ("description", outline.description),
        ("category", ",".join(item.replace(",", " ") for item in outline.categories)),
    ):
        if value:
            yield name, value
    written = set()
    for name, value in outline.attributes:
        prefix, _, local = name.partition(":")
        is_elsewhere = name.lower() in FIELD_OF_ATTRIBUTE or name == "xmlns" or name in written
        if prefix == "xmlns" and local:
            is_on_root = len(namespaces.get(local, ())) < 2
            is_elsewhere = is_elsewhere or is_on_root or not _is_namespace(value)
        if not is_elsewhere and _is_name(name):
            written.add(name)
            yield name, value
    for prefix in sorted({name.partition(":")[0] for name in written if ":" in name}):
        # Two outlines mean different things by this prefix, so the root declares neither.
        if len(namespaces.get(prefix, ())) > 1 and f"xmlns:{prefix}" not in written:
            yield f"xmlns:{prefix}", UNDECLARED_PREFIX + prefix


@lru_cache(maxsize=1024)
def _is_name(name: str) -> bool:
    """Whether an attribute may have that name (Namespaces in XML 1.0, QName)."""
    if not re.fullmatch(r"[^\s=<>\"'/&:]+(:[^\s=<>\"'/&:]+)?", name) or name in (
        "xmlns:xmlns",
        "xmlns:xml",
    ):
        return False
    try:
        expat.ParserCreate("utf-8").Parse(f'<x {name}="" {name.rpartition(":")[2]}0=""/>', True)
    except (expat.ExpatError, UnicodeEncodeError):
        return False
    return True


def _is_namespace(uri: str) -> bool:
    """Whether a prefix may stand for that (Namespaces in XML 1.0, sections 2.2 and 3)."""
    is_reserved = uri.startswith(("http://www.w3.org/XML/1998/", "http://www.w3.org/2000/xmlns/"))
    return bool(re.fullmatch(r"\S+", drop_illegal(uri))) and not is_reserved


_ESCAPES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
    | {"\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
)


def _escape(text: str) -> str:
    return drop_illegal(text).translate(_ESCAPES)


def _quote(value: str) -> str:
    return f'"{_escape(value)}"'

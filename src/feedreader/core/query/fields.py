"""The fields of the query language: the table that parsing, completion and docs share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FieldKind = Literal["words", "name", "state", "date", "age", "number", "ids", "directive"]


@dataclass(frozen=True, slots=True)
class ValueDoc:
    """One of the fixed values of a field."""

    value: str
    meaning: str


@dataclass(frozen=True, slots=True)
class FieldDoc:
    """A field as documented; `values` lists them all where they are fixed."""

    name: str
    kind: FieldKind
    meaning: str
    example: str
    values: tuple[ValueDoc, ...] = ()
    takes_regex: bool = False


_FIELDS = (
    FieldDoc("intitle", "words", "words of the title", "intitle:kernel", takes_regex=True),
    FieldDoc(
        "intext", "words", "words of the story's text", 'intext:"merge window"', takes_regex=True
    ),
    FieldDoc("author", "words", "words of the authors' names", "author:corbet", takes_regex=True),
    FieldDoc("inurl", "name", "a piece of the story's address", "inurl:/2026/11", takes_regex=True),
    FieldDoc("feed", "words", "a feed by number, or by words of its title or address", "feed:lwn"),
    FieldDoc(
        "folder",
        "name",
        "the feeds of a folder and its subfolders; / for none",
        "folder:Tech/Linux",
    ),
    FieldDoc("tag", "name", "a tag of the story or of its feed", 'tag:"to cite"'),
    FieldDoc("category", "name", "a category that the publisher gave", "category:security"),
    FieldDoc("lang", "name", "the language; de covers de-AT", "lang:de"),
    FieldDoc(
        "is",
        "state",
        "a state of the story",
        "is:unread",
        (
            ValueDoc("unread", "not read yet"),
            ValueDoc("read", "read"),
            ValueDoc("starred", "starred"),
            ValueDoc("unstarred", "not starred"),
            ValueDoc("later", "put aside to read later"),
            ValueDoc("edited", "changed by its publisher since it came"),
            ValueDoc("muted", "muted by a rule"),
            ValueDoc("full", "its full text is here, from the feed or from the page"),
        ),
    ),
    FieldDoc(
        "has",
        "state",
        "something that the story has",
        "has:enclosure",
        (
            ValueDoc("enclosure", "an attached file, such as a podcast episode"),
            ValueDoc("image", "an image"),
            ValueDoc("code", "a code listing"),
            ValueDoc("tag", "a tag of its own"),
            ValueDoc("link", "an address"),
        ),
    ),
    FieldDoc(
        "before", "date", "dated before the start of a day, month or moment", "before:2026-11"
    ),
    FieldDoc("after", "date", "dated from the start of it on", "after:yesterday"),
    FieldDoc("on", "date", "dated within it, or within a range", "on:2026-11-24"),
    FieldDoc("newer", "age", "younger than hours, days, weeks, months or years", "newer:3d"),
    FieldDoc("older", "age", "at least as old as that", "older:2w"),
    FieldDoc("words", "number", "words of the text", "words:>800"),
    FieldDoc("minutes", "number", "minutes that reading takes", "minutes:<5"),
    FieldDoc("copies", "number", "how many feeds carry the story", "copies:>1"),
    FieldDoc("score", "number", "the score that rules gave", "score:>0"),
    FieldDoc("id", "ids", "stories by number", "id:123,124"),
    FieldDoc("rule", "ids", "what a rule did something to, by the rule's number", "rule:3"),
    FieldDoc("search", "name", "what a saved search finds", 'search:"Long reads"'),
    FieldDoc(
        "sort",
        "directive",
        "the order of the list; a leading - reverses it",
        "sort:-date",
        (
            ValueDoc("date", "oldest first"),
            ValueDoc("-date", "newest first"),
            ValueDoc("received", "first received first"),
            ValueDoc("-received", "last received first"),
            ValueDoc("title", "titles from A to Z"),
            ValueDoc("-title", "titles from Z to A"),
            ValueDoc("feed", "titles of the feeds from A to Z"),
            ValueDoc("-feed", "titles of the feeds from Z to A"),
            ValueDoc("words", "shortest first"),
            ValueDoc("-words", "longest first"),
            ValueDoc("score", "lowest score first"),
            ValueDoc("-score", "highest score first"),
        ),
    ),
    FieldDoc("limit", "directive", "how many stories at most", "limit:50"),
)

FIELDS = {field.name: field for field in _FIELDS}

ELSEWHERE = {
    "age": "newer",
    "attachment": "has",
    "body": "intext",
    "by": "author",
    "content": "intext",
    "date": "on",
    "domain": "inurl",
    "f": "feed",
    "feedtitle": "feed",
    "from": "author",
    "guid": "id",
    "in": "folder",
    "label": "tag",
    "labels": "tag",
    "language": "lang",
    "length": "words",
    "link": "inurl",
    "order": "sort",
    "pubdate": "on",
    "rules": "rule",
    "since": "after",
    "site": "inurl",
    "star": "is",
    "subject": "intitle",
    "text": "intext",
    "title": "intitle",
    "until": "before",
    "url": "inurl",
}
"""What other programs call our fields; errors suggest ours."""


def describe_fields() -> tuple[FieldDoc, ...]:
    """Return every field with its meaning, an example, and its values where they are fixed."""
    return _FIELDS

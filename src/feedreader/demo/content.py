"""The demonstration site's feeds and stories, as written in `content/*.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any, Literal

Format = Literal["rss", "rss-summary", "podcast", "atom", "atom-xhtml", "rdf", "json"]

CONTENT = files("feedreader.demo") / "content"


@dataclass(frozen=True, slots=True)
class DemoEntry:
    """A story. `html` links to its own site with paths that begin with "/"."""

    slug: str
    title: str
    hours_ago: float
    """Published so long before the site started; negative: appears only later, if it is live."""
    html: str
    summary: str = ""
    author: str = ""
    categories: tuple[str, ...] = ()
    language: str = ""
    image: str = ""
    duration_s: int = 0
    """Of a podcast's episode."""
    chapters: tuple[tuple[int, str], ...] = ()
    """(second, title)."""
    home: str = ""
    """Slug of the feed whose page this is; "" for the feed it stands in."""
    edited_html: str = ""
    """What the story says from the second fetch of its feed on; "" if it stays."""


@dataclass(frozen=True, slots=True)
class DemoFeed:
    """A feed and its stories, newest first."""

    slug: str
    title: str
    description: str
    format: Format
    folders: tuple[str, ...]
    entries: tuple[DemoEntry, ...] = field(repr=False)
    author: str = ""
    language: str = "en"
    is_cluttered: bool = False
    """Its pages are full of furniture around the story."""


def load_feeds() -> tuple[DemoFeed, ...]:
    """Return all feeds, in the order of their file names."""
    documents = {
        file.name.removesuffix(".toml"): tomllib.loads(file.read_text("utf-8"))
        for file in sorted(CONTENT.iterdir(), key=lambda file: file.name)
        if file.name.endswith(".toml")
    }
    return tuple(_feed(name.partition("-")[2], documents) for name in documents)


def _feed(slug: str, documents: dict[str, dict[str, Any]]) -> DemoFeed:
    by_slug = {name.partition("-")[2]: document for name, document in documents.items()}
    document = by_slug[slug]
    entries = []
    for stated in document["entry"]:
        entry = dict(stated)
        if copied := entry.pop("copy_of", ""):
            home, _, wanted = copied.partition("/")
            original = next(e for e in by_slug[home]["entry"] if e["slug"] == wanted)
            entry = {"author": by_slug[home].get("author", ""), **original, **entry, "home": home}
        entry["categories"] = tuple(entry.get("categories", ()))
        entry["chapters"] = tuple((at, title) for at, title in entry.get("chapters", ()))
        entries.append(DemoEntry(**entry))
    entries.sort(key=lambda entry: entry.hours_ago)
    stated_feed = {key: value for key, value in document.items() if key != "entry"}
    stated_feed["folders"] = tuple(stated_feed["folders"])
    return DemoFeed(slug=slug, entries=tuple(entries), **stated_feed)

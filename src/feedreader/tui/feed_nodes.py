"""Subscriptions, tags and saved searches -> the nodes of the feed tree, counts rolled up."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from feedreader.core.query.tree import Name
from feedreader.core.query.unparse import to_text
from feedreader.model import Edition, FolderPath, SavedSearch, Subscription

NodeKind = Literal["view", "edition", "folder", "feed", "heading", "tag", "search"]


@dataclass(frozen=True, slots=True)
class Node:
    """A line of the tree. `query` is what it lists; a heading lists nothing."""

    key: str
    """The same from day to day: "feed:12@Tech/Linux"."""
    kind: NodeKind
    label: str
    query: str
    depth: int = 0
    count: int | None = None
    """Unread entries; of starred, later, tags and searches all. None: not known yet."""
    counts_unread: bool = True
    feed_id: int = 0
    folder: FolderPath = ()
    """Of a folder its own path, of a feed the folder that it stands in here."""
    trouble: str = ""
    """Why the feed, or one in the folder, could not be fetched."""
    has_children: bool = False
    edition_id: int = 0


@dataclass(frozen=True, slots=True)
class FeedFacts:
    """All that the tree shows."""

    subscriptions: tuple[Subscription, ...] = ()
    folders: tuple[FolderPath, ...] = ()
    searches: tuple[SavedSearch, ...] = ()
    starred_count: int = 0
    tag_counts: tuple[tuple[str, int], ...] | None = None
    later_count: int | None = None
    muted_count: int = 0
    search_counts: Mapping[str, int] = field(default_factory=dict)
    """Unread entries by name; the dear figures may be missing."""
    editions: tuple[Edition, ...] = ()
    """The last paper of each name."""
    shared_unread: tuple[tuple[frozenset[int], int], ...] = ()
    """Which feeds have unread stories in common, and how many: these count once."""

    def unread_of(self, feeds: Iterable[Subscription]) -> int:
        """Return how many unread stories some feeds have, each counted once."""
        unread = {feed.id: feed.unread_count for feed in feeds}
        surplus = sum(
            count * (len(telling) - 1)
            for sharing, count in self.shared_unread
            if (telling := sharing & unread.keys())
        )
        return sum(unread.values()) - surplus


@dataclass(slots=True)
class _Folder:
    name: str
    path: FolderPath
    folders: dict[str, _Folder] = field(default_factory=dict)
    feeds: list[Subscription] = field(default_factory=list)

    def everything(self) -> dict[int, Subscription]:
        """Return each feed of the folder and those below it once."""
        feeds = {feed.id: feed for feed in self.feeds}
        for folder in self.folders.values():
            feeds.update(folder.everything())
        return feeds


def build_nodes(facts: FeedFacts, collapsed: Collection[str] = ()) -> list[Node]:
    """Return the nodes that can be seen, from the top down."""
    unread = facts.unread_of(facts.subscriptions)
    nodes = [
        Node("all", "view", "All entries", "", count=unread),
        Node(
            "starred", "view", "Starred", "is:starred",
            count=facts.starred_count, counts_unread=False,
        ),
        Node(
            "later", "view", "Read later", "is:later",
            count=facts.later_count, counts_unread=False,
        ),
    ]  # fmt: skip
    if facts.muted_count:
        nodes.append(
            Node(
                "muted", "view", "Muted", "is:muted",
                count=facts.muted_count, counts_unread=False,
            )
        )  # fmt: skip
    if facts.editions:
        nodes.append(_heading("editions", "Editions"))
        if "editions" not in collapsed:
            nodes.extend(edition_node(one) for one in facts.editions)
    if facts.subscriptions or facts.folders:
        nodes.append(_heading("feeds", "Feeds"))
        if "feeds" not in collapsed:
            root = _root(facts)
            nodes.extend(_folder_nodes(root, 0, collapsed, facts))
    if facts.searches:
        nodes.append(_heading("searches", "Searches"))
        if "searches" not in collapsed:
            nodes.extend(
                Node(
                    f"search:{one.name}", "search", one.name,
                    to_text(Name("search", one.name)), count=facts.search_counts.get(one.name),
                )
                for one in facts.searches
            )  # fmt: skip
    if facts.tag_counts:
        nodes.append(_heading("tags", "Tags"))
        if "tags" not in collapsed:
            nodes.extend(
                Node(
                    f"tag:{tag}", "tag", tag, to_text(Name("tag", tag)),
                    count=count, counts_unread=False,
                )
                for tag, count in facts.tag_counts
            )  # fmt: skip
    return nodes


def edition_node(edition: Edition, *, is_latest: bool = True) -> Node:
    """Return the node of a paper; its query is made of what stands in it when it is listed."""
    key = f"edition:{edition.name}" + ("" if is_latest else f"@{edition.day}")
    return Node(key, "edition", edition.name, "", count=edition.unread_count, edition_id=edition.id)


def _heading(key: str, label: str) -> Node:
    return Node(key, "heading", label, "", has_children=True)


def _root(facts: FeedFacts) -> _Folder:
    root = _Folder("", ())
    for path in facts.folders:
        _reach(root, path)
    for feed in facts.subscriptions:
        for path in feed.folders or ((),):
            _reach(root, path).feeds.append(feed)
    return root


def _reach(root: _Folder, path: FolderPath) -> _Folder:
    folder = root
    for depth, name in enumerate(path, 1):
        folder = folder.folders.setdefault(name, _Folder(name, path[:depth]))
    return folder


def _folder_nodes(
    folder: _Folder, depth: int, collapsed: Collection[str], facts: FeedFacts
) -> Iterable[Node]:
    for name in sorted(folder.folders, key=str.casefold):
        inner = folder.folders[name]
        key = f"folder:{'/'.join(inner.path)}"
        feeds = inner.everything().values()
        yield Node(
            key,
            "folder",
            inner.name,
            to_text(Name("folder", "/".join(inner.path))),
            depth,
            count=facts.unread_of(feeds),
            folder=inner.path,
            trouble=next(filter(None, map(_trouble, feeds)), ""),
            has_children=True,
        )
        if key not in collapsed:
            yield from _folder_nodes(inner, depth + 1, collapsed, facts)
    for feed in folder.feeds:
        yield Node(
            f"feed:{feed.id}@{'/'.join(folder.path)}",
            "feed",
            feed.title,
            f"feed:{feed.id}",
            depth,
            count=feed.unread_count,
            feed_id=feed.id,
            folder=folder.path,
            trouble=_trouble(feed),
        )


def feeds_of(node: Node, subscriptions: Iterable[Subscription]) -> tuple[int, ...]:
    """Return the feeds that a node stands for: itself, or all of a folder and those below."""
    if node.kind == "feed":
        return (node.feed_id,)
    if node.kind != "folder":
        return ()
    length = len(node.folder)
    return tuple(
        one.id for one in subscriptions if any(path[:length] == node.folder for path in one.folders)
    )


def _trouble(feed: Subscription) -> str:
    """Return why a feed fails; who archived it knows."""
    return "" if feed.settings.is_archived else feed.poll.error

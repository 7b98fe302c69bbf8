"""Subscriptions, folders, tags and polling state."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from feedreader import model
from feedreader.errors import AlreadyFollowed, NotFound
from feedreader.store.connection import Connection, from_json, to_json, to_moment, to_timestamp

if TYPE_CHECKING:
    from feedreader.core.query import FeedName
    from feedreader.model import (
        Feed,
        FeedHints,
        FeedSettings,
        FolderPath,
        PollState,
        SavedSearch,
        Subscription,
        SubscriptionKind,
    )

_FEED_ROWS = """
    SELECT feeds.*, polls.*, entries AS entry_count, unread AS unread_count,
        starred AS starred_count
    FROM feeds JOIN polls ON polls.feed_id = feeds.id
        JOIN feed_counts ON feed_counts.feed_id = feeds.id
"""

_ROOT_ID = 0


class FeedStore:
    """The tables about feeds."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._read: tuple[tuple[int, int], tuple[Subscription, ...]] | None = None
        """All subscriptions, and the state of the database in which they were so."""

    # --- reading ---

    def subscriptions(self, feed_ids: Iterable[int] | None = None) -> tuple[Subscription, ...]:
        """Return the subscriptions, all or those asked for, by title.

        All are read once for each state of the database: a command asks for them before a
        refresh does.
        """
        if feed_ids is not None:
            ids = ",".join(str(int(one)) for one in feed_ids)
            return self._subscriptions(f"removed_at IS NULL AND id IN ({ids})")
        state = self._connection.state()
        if self._read is not None and self._read[0] == state:
            return self._read[1]
        subscriptions = self._subscriptions("removed_at IS NULL")
        self._read = None if state is None else (state, subscriptions)
        return subscriptions

    def _subscriptions(self, which: str) -> tuple[Subscription, ...]:
        with self._connection.snapshot():
            rows = list(self._connection.rows(f"{_FEED_ROWS} WHERE {which}"))
            folders, tags = self._folders_of(which), self._tags_of(which)
        # A row of sqlite3 compares names one by one: with so many columns, a dict is faster.
        columns = rows[0].keys() if rows else ()
        named = [dict(zip(columns, row, strict=True)) for row in rows]
        subscriptions = [_subscription(row, folders[row["id"]], tags[row["id"]]) for row in named]
        return tuple(sorted(subscriptions, key=lambda one: one.title.casefold()))

    def names(self) -> tuple[FeedName, ...]:
        """Return what queries may call the feeds."""
        from feedreader.core.query import FeedName

        which = "removed_at IS NULL"
        with self._connection.snapshot():
            rows = list(
                self._connection.rows(
                    f"""SELECT id, url, coalesce(nullif(user_title, ''), title) AS title
                        FROM feeds WHERE {which}"""
                )
            )
            folders, tags = self._folders_of(which), self._tags_of(which)
        return tuple(
            FeedName(
                row["id"],
                row["title"] or shown_url(row["url"]),
                row["url"],
                tuple(folders[row["id"]]),
                tuple(tags[row["id"]]),
            )
            for row in rows
        )

    def own_keep_days(self) -> dict[int, int]:
        """Return for how many days those feeds are kept that have a rule of their own."""
        rows = self._connection.rows(
            """SELECT id, json_extract(settings, '$.keep_days') AS days FROM feeds
               WHERE removed_at IS NULL AND days IS NOT NULL"""
        )
        return {row["id"]: row["days"] for row in rows}

    def subscription(self, feed_id: int) -> Subscription:
        """Return one subscription, or raise `NotFound`."""
        for subscription in self.subscriptions([feed_id]):
            return subscription
        raise NotFound(f"there is no feed {feed_id}")

    def feed_id_of(self, url: str) -> int | None:
        """Return the id of the feed at a URL, or None."""
        found: int | None = self._connection.value(
            "SELECT id FROM feeds WHERE url = ? AND removed_at IS NULL", (url,)
        )
        return found

    def folders(self) -> tuple[FolderPath, ...]:
        """Return the paths of all folders, parents before children."""
        return tuple(sorted(path for path in self._folder_paths().values() if path))

    def removed_ids(self) -> tuple[int, ...]:
        """Return the feeds that were removed and not yet forgotten."""
        return tuple(
            row["id"]
            for row in self._connection.rows("SELECT id FROM feeds WHERE removed_at IS NOT NULL")
        )

    def host_holds(self, now: datetime) -> dict[str, datetime]:
        """Return the hosts that asked to be left alone, until when.

        No hold is longer than a day: one that seems so was set by a clock that ran ahead.
        """
        from feedreader.core.intervals import LONGEST_ASKED_S

        latest = now + timedelta(seconds=LONGEST_ASKED_S)
        return {
            row["host"]: datetime.fromtimestamp(row["until_at"], UTC)
            for row in self._connection.rows(
                "SELECT host, until_at FROM host_holds WHERE until_at > ? AND until_at <= ?",
                (to_timestamp(now), to_timestamp(latest)),
            )
        }

    def saved_searches(self) -> tuple[SavedSearch, ...]:
        """Return the saved searches, in the order they were made."""
        rows = self._connection.rows("SELECT id, name, query FROM saved_searches ORDER BY id")
        return tuple(model.SavedSearch(row["id"], row["name"], row["query"]) for row in rows)

    # --- writing; the caller holds the transaction ---

    def add(
        self,
        url: str,
        *,
        kind: SubscriptionKind = "http",
        user_title: str = "",
        feed: Feed | None = None,
        settings: FeedSettings | None = None,
        outline_attributes: Sequence[tuple[str, str]] = (),
        now: datetime,
    ) -> tuple[int, bool]:
        """Return the id of the feed at `url` and whether it is new.

        A feed that was removed and not yet forgotten comes back with all it had.
        """
        row = self._connection.row("SELECT id, removed_at FROM feeds WHERE url = ?", (url,))
        if row is not None:
            self._connection.execute(
                "UPDATE feeds SET removed_at = NULL WHERE id = ?", (row["id"],)
            )
            return row["id"], row["removed_at"] is not None
        feed, settings = feed or model.Feed(), settings or model.FeedSettings()
        cursor = self._connection.execute(
            """INSERT INTO feeds (url, kind, user_title, title, link, description, settings,
                   outline_attributes, added_at)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            (
                url,
                kind,
                user_title,
                feed.title,
                feed.link,
                feed.description,
                _settings_to_json(settings),
                to_json(list(outline_attributes)),
                to_timestamp(now),
            ),
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid, True

    def remove(self, feed_id: int, now: datetime) -> None:
        """Hide a feed with its entries; `forget_removed` ends it."""
        self._connection.execute(
            "UPDATE feeds SET removed_at = ? WHERE id = ?", (to_timestamp(now), feed_id)
        )

    def restore(self, feed_id: int) -> None:
        """Take a removal back."""
        self._connection.execute("UPDATE feeds SET removed_at = NULL WHERE id = ?", (feed_id,))

    def change_kind(self, feed_id: int, kind: SubscriptionKind) -> None:
        """Let a feed be read in another way."""
        self._connection.execute("UPDATE feeds SET kind = ? WHERE id = ?", (kind, feed_id))

    def rename(self, feed_id: int, user_title: str) -> None:
        """Give a feed the user's own name; "" goes back to the publisher's."""
        self._connection.execute(
            "UPDATE feeds SET user_title = ? WHERE id = ?", (user_title, feed_id)
        )

    def change_url(self, feed_id: int, url: str) -> None:
        """Give a feed another address; what was known of the old one's answers is dropped.

        A removed feed that still holds the address is forgotten. Raises `AlreadyFollowed`.
        """
        holder = self.feed_id_of(url)
        if holder is not None and holder != feed_id:
            raise AlreadyFollowed(f"feed {holder} has the address {shown_url(url)} already")
        self._forget("removed_at IS NOT NULL AND url = ?", (url,))
        counted = self.subscription(feed_id).poll
        self._connection.execute("UPDATE feeds SET url = ? WHERE id = ?", (url, feed_id))
        self.save_poll(
            feed_id,
            model.PollState(
                requests=counted.requests,
                not_modified=counted.not_modified,
                bytes_received=counted.bytes_received,
            ),
        )

    def configure(self, feed_id: int, settings: FeedSettings) -> None:
        """Replace a feed's settings.

        Where another answer may come of them, the next one is to be whole.
        """
        before = self.subscription(feed_id).settings
        self._connection.execute(
            "UPDATE feeds SET settings = ? WHERE id = ?", (_settings_to_json(settings), feed_id)
        )
        if _what_shapes_answers(before) != _what_shapes_answers(settings):
            self._connection.execute(
                "UPDATE polls SET etag = '', last_modified = '' WHERE feed_id = ?", (feed_id,)
            )

    def describe(self, feed_id: int, feed: Feed, *, format: str, is_summary_only: bool) -> None:  # noqa: A002
        """Keep what the publisher says of a feed."""
        self._connection.execute(
            """UPDATE feeds SET title = ?, link = ?, description = ?, authors = ?, language = ?,
                   image_url = ?, updated_at = ?, format = ?, is_summary_only = ?
               WHERE id = ?""",
            (
                feed.title,
                feed.link,
                feed.description,
                "\n".join(feed.authors),
                feed.language,
                feed.image_url,
                to_timestamp(feed.updated),
                format,
                is_summary_only,
                feed_id,
            ),
        )

    def items(self, feed_id: int) -> bytes:
        """Return what is remembered of the items of a feed's last document; see unchanged.py."""
        found = self._connection.value("SELECT items FROM documents WHERE feed_id = ?", (feed_id,))
        return bytes(found or b"")

    def keep_items(self, feed_id: int, items: bytes) -> None:
        """Remember the items of a feed's last document."""
        self._connection.execute(
            "INSERT OR REPLACE INTO documents (feed_id, items) VALUES (?, ?)", (feed_id, items)
        )

    def place(self, feed_id: int, folders: Iterable[FolderPath]) -> None:
        """Let a feed stand in these folders and no others; none is the root."""
        self._connection.execute("DELETE FROM feed_folders WHERE feed_id = ?", (feed_id,))
        for path in folders:
            self.add_to_folder(feed_id, path)

    def add_to_folder(self, feed_id: int, path: FolderPath) -> bool:
        """Let a feed stand in a folder too; say whether it did not before."""
        cursor = self._connection.execute(
            """INSERT OR IGNORE INTO feed_folders (feed_id, folder_id, position)
               VALUES (?, ?, (SELECT count(*) FROM feed_folders WHERE feed_id = ?))""",
            (feed_id, self.ensure_folder(path), feed_id),
        )
        return cursor.rowcount > 0

    def ensure_folder(self, path: FolderPath) -> int:
        """Return a folder's id, made with its parents if need be."""
        folder_id = _ROOT_ID
        for name in path:
            self._connection.execute(
                "INSERT OR IGNORE INTO folders (parent_id, name) VALUES (?, ?)", (folder_id, name)
            )
            folder_id = self._connection.value(
                "SELECT id FROM folders WHERE parent_id = ? AND name = ?", (folder_id, name)
            )
        return folder_id

    def rename_folder(self, path: FolderPath, name: str) -> None:
        """Rename a folder; one of that name beside it takes its contents in."""
        target = self.ensure_folder((*path[:-1], name))
        source = self._folder_id(path)
        self._merge_folder(source, target)

    def remove_folder(self, path: FolderPath) -> None:
        """Remove a folder; its feeds and folders move up to its parent."""
        source = self._folder_id(path)
        self._merge_folder(source, self._folder_id(path[:-1]))

    def tag(self, feed_id: int, tags: Iterable[str]) -> None:
        """Give a feed tags, beside those it has."""
        self._connection.execute_many(
            "INSERT OR IGNORE INTO feed_tags (feed_id, tag) VALUES (?, ?)",
            [(feed_id, tag) for tag in tags],
        )

    def untag(self, feed_id: int, tags: Iterable[str]) -> None:
        """Take tags from a feed."""
        self._connection.execute_many(
            "DELETE FROM feed_tags WHERE feed_id = ? AND tag = ?",
            [(feed_id, tag) for tag in tags],
        )

    def save_poll(self, feed_id: int, poll: PollState) -> None:
        """Keep what a poll learnt."""
        self._connection.execute(
            """UPDATE polls SET etag = ?, last_modified = ?, body_hash = ?, checked_at = ?,
                   succeeded_at = ?, unconditional_at = ?, next_check_at = ?, failures = ?,
                   status = ?, error = ?, gone_at = ?, moved_to = ?, moved_seen = ?,
                   is_local = ?, hints = ?, server_interval_s = ?, next_check_reason = ?,
                   requests = ?, not_modified = ?, bytes_received = ?, overruns = ?,
                   overrun_at = ?, defect = ?
               WHERE feed_id = ?""",
            (
                poll.etag,
                poll.last_modified,
                poll.body_hash,
                to_timestamp(poll.checked_at),
                to_timestamp(poll.succeeded_at),
                to_timestamp(poll.unconditional_at),
                to_timestamp(poll.next_check_at),
                poll.failures,
                poll.status,
                poll.error,
                to_timestamp(poll.gone_at),
                poll.moved_to,
                poll.moved_seen,
                poll.is_local,
                _hints_to_json(poll.hints),
                poll.server_interval_s,
                poll.next_check_reason,
                poll.requests,
                poll.not_modified,
                poll.bytes_received,
                poll.overruns,
                to_timestamp(poll.overrun_at),
                poll.defect,
                feed_id,
            ),
        )

    def hold_host(self, host: str, until: datetime) -> None:
        """Remember that a host asked to be left alone."""
        self._connection.execute(
            "INSERT OR REPLACE INTO host_holds (host, until_at) VALUES (?, ?)",
            (host, to_timestamp(until)),
        )

    def forget_removed(self, before: datetime) -> int:
        """Delete for good the feeds that were removed before a time; return how many."""
        return self._forget("removed_at < ?", (to_timestamp(before),))

    def save_search(self, name: str, query: str) -> None:
        """Keep a query under a name, in place of another one of that name, in capitals or not."""
        # Queries name searches without regard to case: of two such one could not be reached.
        folded = name.casefold()
        same = [one.id for one in self.saved_searches() if one.name.casefold() == folded]
        self._connection.execute_many(
            "DELETE FROM saved_searches WHERE id = ?", [(one,) for one in same[1:]]
        )
        if same:
            self._connection.execute(
                "UPDATE saved_searches SET name = ?, query = ? WHERE id = ?", (name, query, same[0])
            )
        else:
            self.add_search(name, query)

    def add_search(self, name: str, query: str) -> None:
        """Keep a query under a name that no other has, in capitals or not."""
        self._connection.execute(
            "INSERT INTO saved_searches (name, query) VALUES (?, ?)", (name, query)
        )

    def remove_search(self, name: str) -> None:
        """Forget a saved search."""
        self._connection.execute("DELETE FROM saved_searches WHERE name = ?", (name,))

    def _forget(self, condition: str, params: Sequence[object]) -> int:
        """Delete the feeds that a condition selects, with their entries; return how many."""
        self._connection.execute(
            f"""INSERT INTO entries_fts (entries_fts, rowid, title, authors, text)
                SELECT 'delete', source.id, source.title, source.authors, text
                FROM entries_fts_source AS source JOIN entries USING (id)
                WHERE feed_id IN (SELECT id FROM feeds WHERE {condition})""",
            params,
        )
        return self._connection.execute(f"DELETE FROM feeds WHERE {condition}", params).rowcount

    def _folders_of(self, which: str) -> Mapping[int, list[FolderPath]]:
        """Return the folders of the feeds that a condition selects, by feed."""
        paths = self._folder_paths()
        folders: dict[int, list[FolderPath]] = defaultdict(list)
        for row in self._connection.rows(
            f"""SELECT feed_id, folder_id FROM feed_folders JOIN feeds ON feeds.id = feed_id
                WHERE {which} ORDER BY position, folder_id"""
        ):
            folders[row["feed_id"]].append(paths[row["folder_id"]])
        return folders

    def _tags_of(self, which: str) -> Mapping[int, list[str]]:
        """Return the tags of the feeds that a condition selects, by feed."""
        tags: dict[int, list[str]] = defaultdict(list)
        for row in self._connection.rows(
            f"""SELECT feed_id, tag FROM feed_tags JOIN feeds ON feeds.id = feed_id
                WHERE {which} ORDER BY tag"""
        ):
            tags[row["feed_id"]].append(row["tag"])
        return tags

    def _folder_paths(self) -> dict[int, FolderPath]:
        """Return the path of each folder by id."""
        rows = {row["id"]: row for row in self._connection.rows("SELECT * FROM folders")}
        paths: dict[int, FolderPath] = {_ROOT_ID: ()}
        for folder_id in rows:
            chain = []
            walk = folder_id
            while walk not in paths:
                chain.append(walk)
                walk = rows[walk]["parent_id"]
            for step in reversed(chain):
                paths[step] = (*paths[rows[step]["parent_id"]], rows[step]["name"])
        return paths

    def _folder_id(self, path: FolderPath) -> int:
        for folder_id, known in self._folder_paths().items():
            if known == path:
                return folder_id
        raise NotFound(f"there is no folder {'/'.join(path)}")

    def _merge_folder(self, source: int, target: int) -> None:
        """Move all that a folder holds into another one, then delete it."""
        if source == target:
            return
        pairs = [(source, target)]
        while pairs:
            source, target = pairs.pop()
            self._connection.execute(
                "UPDATE OR IGNORE feed_folders SET folder_id = ? WHERE folder_id = ?",
                (target, source),
            )
            for child in list(
                self._connection.rows("SELECT id, name FROM folders WHERE parent_id = ?", (source,))
            ):
                twin = self._connection.value(
                    "SELECT id FROM folders WHERE parent_id = ? AND name = ?",
                    (target, child["name"]),
                )
                if twin is None:
                    self._connection.execute(
                        "UPDATE folders SET parent_id = ? WHERE id = ?", (target, child["id"])
                    )
                elif twin != source:
                    pairs.append((child["id"], twin))
        self._connection.execute("DELETE FROM folders WHERE id = ?", (source,))


def _subscription(
    row: Mapping[str, Any], folders: list[FolderPath], tags: list[str]
) -> Subscription:
    return model.Subscription(
        id=row["id"],
        url=row["url"],
        kind=row["kind"],
        feed=model.Feed(
            title=row["title"],
            link=row["link"],
            description=row["description"],
            authors=tuple(row["authors"].split("\n")) if row["authors"] else (),
            language=row["language"],
            image_url=row["image_url"],
            updated=to_moment(row["updated_at"]),
        ),
        user_title=row["user_title"],
        folders=tuple(folders),
        tags=tuple(tags),
        settings=_settings(row["settings"]),
        poll=_poll(row),
        added_at=datetime.fromtimestamp(row["added_at"], UTC),
        entry_count=row["entry_count"],
        unread_count=row["unread_count"],
        starred_count=row["starred_count"],
        format=row["format"],
        is_summary_only=bool(row["is_summary_only"]),
        outline_attributes=_pairs(row["outline_attributes"]),
        shown_url="" if row["user_title"] or row["title"] else shown_url(row["url"]),
    )


def shown_url(url: str) -> str:
    """Return an address without its secrets."""
    # Most feeds have a name, and most commands do without the handling of addresses.
    from feedreader.core.urls import mask_secrets

    return mask_secrets(url)


def _poll(row: Mapping[str, Any]) -> PollState:
    return model.PollState(
        etag=row["etag"],
        last_modified=row["last_modified"],
        body_hash=row["body_hash"],
        checked_at=to_moment(row["checked_at"]),
        succeeded_at=to_moment(row["succeeded_at"]),
        unconditional_at=to_moment(row["unconditional_at"]),
        next_check_at=to_moment(row["next_check_at"]),
        failures=row["failures"],
        status=row["status"],
        error=row["error"],
        gone_at=to_moment(row["gone_at"]),
        moved_to=row["moved_to"],
        moved_seen=row["moved_seen"],
        is_local=bool(row["is_local"]),
        hints=_hints(row["hints"]),
        server_interval_s=row["server_interval_s"],
        next_check_reason=row["next_check_reason"],
        requests=row["requests"],
        not_modified=row["not_modified"],
        bytes_received=row["bytes_received"],
        overruns=row["overruns"],
        overrun_at=to_moment(row["overrun_at"]),
        defect=row["defect"],
    )


# Most feeds hold the same in these: read once, the value serves them all.
@lru_cache(maxsize=256)
def _settings(json_text: str) -> FeedSettings:
    stored: Mapping[str, Any] = from_json(json_text)
    known = model.FeedSettings.__dataclass_fields__
    values = {name: value for name, value in stored.items() if name in known}
    values["headers"] = tuple((name, value) for name, value in values.get("headers", ()))
    return model.FeedSettings(**values)


@lru_cache(maxsize=256)
def _pairs(json_text: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in from_json(json_text))


@lru_cache(maxsize=256)
def _hints(json_text: str) -> FeedHints:
    stored: Mapping[str, Any] = from_json(json_text)
    return model.FeedHints(
        ttl_s=stored.get("ttl_s"),
        update_period_s=stored.get("update_period_s"),
        skip_hours=frozenset(stored.get("skip_hours", ())),
        skip_days=frozenset(stored.get("skip_days", ())),
    )


def _what_shapes_answers(settings: FeedSettings) -> tuple[object, ...]:
    login = (settings.username, settings.password, settings.bearer_token)
    return settings.command, settings.user_agent, settings.headers, *login


def _settings_to_json(settings: FeedSettings) -> str:
    # Lists and figures do without: the import takes as long as all of this module.
    from dataclasses import asdict

    return to_json(asdict(settings))


def _hints_to_json(hints: FeedHints) -> str:
    if hints == model.FeedHints():
        return "{}"
    return to_json(
        {
            "ttl_s": hints.ttl_s,
            "update_period_s": hints.update_period_s,
            "skip_hours": sorted(hints.skip_hours),
            "skip_days": sorted(hints.skip_days),
        }
    )

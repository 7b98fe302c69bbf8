"""Entries: what polls bring, lists of them, one of them, and the user's marks on them."""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from feedreader import model
from feedreader.errors import NotFound
from feedreader.store.connection import (
    Connection,
    from_json,
    in_batches,
    to_json,
    to_moment,
    to_timestamp,
)
from feedreader.store.stories import VISIBLE

if TYPE_CHECKING:
    from feedreader.core.identity import IdentifiedEntry
    from feedreader.core.plan import KnownEntries
    from feedreader.model import (
        CleanEntry,
        EntryChange,
        EntryKeys,
        EntrySummary,
        EntryVersion,
        FeedUpdate,
        FullText,
        FullTextSource,
        KnownEntry,
        StoredEntry,
    )

Flag = Literal["is_read", "is_starred", "is_later", "is_muted"]

_SOURCES: tuple[FullTextSource, ...] = ("none", "feed", "page")
_MOST_VERSIONS = 20  # of one entry: some feeds change each hour
_MOST_VERSIONS_CHARS = 2_000_000  # of one entry; the first version and the latest stay anyway
_PAGE_TRIES = 3
_GUID_LENGTH_KEPT = 2_000

# Read by place: by name, each column of a row is looked for among all the others.
_SUMMARY_ROWS = """
    SELECT e.id, e.feed_id, coalesce(nullif(feeds.user_title, ''), nullif(feeds.title, ''),
            shown_url(feeds.url)),
        e.title, e.link, e.authors, published_at, e.updated_at, received_at, sort_at,
        is_read, is_starred, is_later, is_edited, summary, word_count, enclosure_count,
        full_text_source,
        (SELECT group_concat(tag, char(10)) FROM entry_tags WHERE entry_id = e.id),
        is_muted,
        iif(is_muted, (SELECT coalesce(nullif(name, ''), text)
            FROM rule_hits JOIN rules ON rules.id = rule_id
            WHERE entry_id = e.id AND instr(char(10) || effects || char(10),
                char(10) || 'mute' || char(10))
            ORDER BY position LIMIT 1), ''),
        score,
        iif(EXISTS (SELECT 1 FROM rule_hits
                WHERE entry_id = e.id AND instr(effects, 'highlight:')),  -- few have any
            (SELECT group_concat(effects, char(10)) FROM
                (SELECT effects FROM rule_hits JOIN rules ON rules.id = rule_id
                 WHERE entry_id = e.id ORDER BY position)), NULL),
        read_at, story_id, copy_count
    FROM entries AS e JOIN feeds ON feeds.id = e.feed_id
"""
WAS_READ = """(e.is_read AND e.read_at IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM rule_hits WHERE entry_id = e.id AND hit_at = e.read_at
            AND instr(char(10) || effects || char(10), char(10) || 'read' || char(10))))"""
"""A condition on `e`: the user has read it. What came as read, or a rule marked so, nobody has."""
_KNOWN_COLUMNS = f"""e.id, e.key, e.alt_key, e.content_hash, e.title, e.published_at,
    {WAS_READ} AS was_read"""


def among(ids: Iterable[int]) -> tuple[str, Sequence[Any]]:
    """Return the condition on `e` that selects these entries, and its parameters."""
    return f"e.id IN ({','.join(str(int(one)) for one in ids)})", ()


class EntryStore:
    """The tables about entries."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # --- what planning asks ---

    def known(
        self, feed_id: int, identified: Sequence[IdentifiedEntry], *, unchanged: int = 0
    ) -> KnownEntries:
        """Return what may match the entries of a document; cost grows with the document only.

        `unchanged` is how many more entries it has, all of them as they were.
        """
        # Planning brings the sanitiser with it, which lists do without.
        from feedreader.core.identity import normalise_title
        from feedreader.core.plan import KnownEntries, find_unknown, may_have_moved

        keys = {key for one in identified for key in (one.key, one.plain_key, one.linked_key)}
        by_key: dict[bytes, KnownEntry] = {}
        with self._connection.snapshot():
            has_entries, has_aliases = self._has_any(feed_id)
            if not has_entries:
                return KnownEntries()
            for row in self._rows_by_key(
                f"""SELECT {_KNOWN_COLUMNS}, a.key AS found_by FROM entry_aliases AS a
                    JOIN entries AS e ON e.id = a.entry_id WHERE a.feed_id = ? AND a.key""",
                feed_id,
                keys if has_aliases else (),
            ):
                *columns, found_by = row
                by_key[found_by] = _known(columns)
            for row in self._rows_by_key(
                f"SELECT {_KNOWN_COLUMNS} FROM entries AS e WHERE feed_id = ? AND key",
                feed_id,
                keys,
            ):
                entry = _known(row)
                by_key[entry.key] = entry
            unknown = find_unknown(identified, by_key)
            by_alt_key: dict[bytes, list[KnownEntry]] = {}
            for row in self._rows_by_key(
                f"SELECT {_KNOWN_COLUMNS} FROM entries AS e WHERE feed_id = ? AND alt_key",
                feed_id,
                {one.alt_key for one in unknown},
            ):
                entry = _known(row)
                by_alt_key.setdefault(entry.alt_key, []).append(entry)
            recent: list[KnownEntry] = []
            if may_have_moved(unknown, len(identified) + unchanged):
                recent = [
                    _known(row)
                    for row in self._connection.rows(
                        f"""SELECT {_KNOWN_COLUMNS} FROM entries AS e
                            WHERE feed_id = ? AND deleted_at IS NULL
                            ORDER BY sort_at DESC, id DESC LIMIT ?""",
                        (feed_id, 2 * len(identified)),
                    )
                ]
            titles = {normalise_title(one.entry.title) for one in unknown}
            may_match = [
                *by_key.values(),
                *(one for some in by_alt_key.values() for one in some),
                *(one for one in recent if normalise_title(one.title) in titles),
            ]
            hashes = {one.content_hash for one in identified}
            changed = {one.id for one in may_match if one.content_hash not in hashes}
            return KnownEntries(by_key, by_alt_key, recent, self._feed_html_of(changed))

    def keys_of(self, ids: Iterable[int]) -> set[bytes]:
        """Return the keys that some entries have or had."""
        keys: set[bytes] = set()
        for some in in_batches(ids, 250):
            marks = ",".join("?" * len(some))
            rows = self._connection.rows(
                f"""SELECT key FROM entries WHERE id IN ({marks})
                    UNION ALL SELECT key FROM entry_aliases WHERE entry_id IN ({marks})""",
                some * 2,
            )
            keys.update(row["key"] for row in rows)
        return keys

    def _has_any(self, feed_id: int) -> tuple[bool, bool]:
        """Say whether a feed has entries, deleted ones included, and former keys of them."""
        row = self._connection.row(
            """SELECT EXISTS (SELECT 1 FROM entries WHERE feed_id = ?1) AS entries,
                   EXISTS (SELECT 1 FROM entry_aliases WHERE feed_id = ?1) AS aliases""",
            (feed_id,),
        )
        assert row is not None, "a row without a table is always there"
        return bool(row["entries"]), bool(row["aliases"])

    def _feed_html_of(self, ids: Iterable[int]) -> dict[int, str]:
        found: dict[int, str] = {}
        for some in in_batches(ids, 500):
            marks = ",".join("?" * len(some))
            rows = self._connection.rows(
                f"SELECT entry_id, feed_html FROM entry_bodies WHERE entry_id IN ({marks})", some
            )
            found.update((row["entry_id"], row["feed_html"]) for row in rows)
        return found

    def recent_times(self, feed_id: int, count: int) -> tuple[datetime, ...]:
        """Return when a feed's newest entries were posted, newest first."""
        rows = self._connection.rows(
            """SELECT sort_at FROM entries WHERE feed_id = ? AND deleted_at IS NULL
               ORDER BY sort_at DESC, id DESC LIMIT ?""",
            (feed_id, count),
        )
        return tuple(datetime.fromtimestamp(row["sort_at"], UTC) for row in rows)

    # --- what polls bring; the caller holds the transaction ---

    def apply(self, update: FeedUpdate, now: datetime) -> list[tuple[int, int, CleanEntry]]:
        """Store the new and changed entries of one poll; return the new: id, `sort_at`, entry."""
        new = self._insert(update, now) if update.new else []
        for change in update.changed:
            self._change(update.subscription_id, change, now)
        return new

    def _insert(self, update: FeedUpdate, now: datetime) -> list[tuple[int, int, CleanEntry]]:
        moments = [_sort_moment(clean, now) for clean in update.new]
        unread = _choose_unread(moments, update.unread_limit)
        # Documents begin with the newest: stored last, it has the highest id.
        positions = range(len(moments) - 1, -1, -1)
        first_id = self._next_id()
        new = [
            (entry_id, update.new[position], moments[position], position in unread)
            for entry_id, position in enumerate(positions, first_id)
        ]
        received_at = to_timestamp(now)
        inserted = self._connection.execute_many(
            """INSERT INTO entries (id, feed_id, sort_at, received_at, published_at, updated_at,
                   is_read, full_text_source, page_wanted, word_count, enclosure_count,
                   has_image, has_code, key, alt_key, content_hash, title, link, authors,
                   summary, language, categories)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
               ON CONFLICT (feed_id, key) DO NOTHING""",
            (
                (
                    entry_id,
                    update.subscription_id,
                    sort_at,
                    received_at,
                    to_timestamp(clean.entry.published),
                    to_timestamp(clean.entry.updated),
                    not is_unread,
                    1 if clean.content_text else 0,
                    update.pages_wanted and is_unread and bool(clean.entry.link),
                    clean.word_count,
                    len(clean.entry.enclosures),
                    clean.has_image,
                    clean.has_code,
                    clean.key,
                    clean.alt_key,
                    clean.content_hash,
                    clean.entry.title,
                    clean.entry.link,
                    "\n".join(clean.entry.authors),
                    clean.summary_text,
                    clean.entry.language,
                    "\n".join(clean.entry.categories),
                )
                for entry_id, clean, sort_at, is_unread in new
            ),
        )
        if inserted < len(new):  # others were stored meanwhile
            there = {
                row["id"]
                for row in self._connection.rows(
                    "SELECT id FROM entries WHERE id >= ?", (first_id,)
                )
            }
            new = [one for one in new if one[0] in there]
        self._connection.execute_many(
            "INSERT INTO entry_bodies (entry_id, text, feed_html, details) VALUES (?, ?, ?, ?)",
            (
                (entry_id, clean.content_text, clean.content_html, _details(clean))
                for entry_id, clean, _, _ in new
            ),
        )
        # One statement for all: SQLite is left to itself, and the fetching thread to Python.
        self._connection.execute(
            """INSERT INTO entries_fts (rowid, title, authors, text)
               SELECT id, title, authors, text FROM entries_fts_source WHERE id >= ?""",
            (first_id,),
        )
        return [(entry_id, moment, clean) for entry_id, clean, moment, _ in new]

    def _next_id(self) -> int:
        """Return the id that the next entry would get; ids are never used twice."""
        last = self._connection.value("SELECT seq FROM sqlite_sequence WHERE name = 'entries'")
        return int(last or 0) + 1

    def _change(self, feed_id: int, change: EntryChange, now: datetime) -> None:
        clean = change.clean
        self._connection.execute(
            "UPDATE entries SET alt_key = ?, content_hash = ? WHERE id = ?",
            (clean.alt_key, clean.content_hash, change.id),
        )
        if change.former_key:
            self._connection.execute(
                "INSERT OR REPLACE INTO entry_aliases (feed_id, key, entry_id) VALUES (?, ?, ?)",
                (feed_id, change.former_key, change.id),
            )
            self._connection.execute(
                "UPDATE entries SET key = ? WHERE id = ?", (clean.key, change.id)
            )
        old = self._connection.row(
            """SELECT title, authors, feed_html, text, full_text_source FROM entries
               JOIN entry_bodies ON entry_id = id WHERE id = ? AND deleted_at IS NULL""",
            (change.id,),
        )
        if old is None or not change.is_changed:
            return
        entry = clean.entry
        has_page = old["full_text_source"] == _SOURCES.index("page")
        text = old["text"] if has_page else clean.content_text
        is_unread_again = change.is_unread_again and not self._has_version(change)
        if change.is_edited:
            self._keep_version(change.id, old["title"], old["feed_html"], now)
        authors = "\n".join(entry.authors)
        self._connection.execute(
            """UPDATE entries SET title = ?, link = ?, authors = ?, summary = ?, language = ?,
                   categories = ?, enclosure_count = ?, updated_at = ?,
                   published_at = coalesce(?, published_at),
                   is_edited = is_edited OR ?,
                   is_read = is_read AND NOT ?,
                   page_wanted = page_wanted OR (? AND ?),
                   word_count = iif(?, word_count, ?),
                   has_image = iif(?, has_image, ?), has_code = iif(?, has_code, ?),
                   full_text_source = max(full_text_source, ?)
               WHERE id = ?""",
            (
                entry.title,
                entry.link,
                authors,
                clean.summary_text,
                entry.language,
                "\n".join(entry.categories),
                len(entry.enclosures),
                to_timestamp(entry.updated),
                to_timestamp(entry.published),
                change.is_edited,
                is_unread_again,
                is_unread_again,
                has_page,
                has_page,
                clean.word_count,
                has_page,
                clean.has_image,
                has_page,
                clean.has_code,
                1 if clean.content_text else 0,
                change.id,
            ),
        )
        self._connection.execute(
            "UPDATE entry_bodies SET feed_html = ?, details = ? WHERE entry_id = ?",
            (clean.content_html, _details(clean), change.id),
        )
        self._replace_text(
            change.id,
            old=(old["title"], old["authors"], old["text"]),
            new=(entry.title, authors, text),
        )

    def save_page(self, entry_id: int, page: FullText) -> None:
        """Keep the full text that an article page gave."""
        old = self._connection.row(
            """SELECT title, authors, text FROM entries JOIN entry_bodies ON entry_id = id
               WHERE id = ? AND deleted_at IS NULL""",
            (entry_id,),
        )
        if old is None:
            return
        self._connection.execute(
            """UPDATE entries SET full_text_source = 2, page_wanted = 0, word_count = ?,
                   has_image = ?, has_code = ? WHERE id = ?""",
            (
                page.word_count,
                "<img" in page.html,
                "<pre" in page.html or "<code" in page.html,
                entry_id,
            ),
        )
        self._connection.execute(
            """UPDATE entry_bodies SET page_html = ?, page_method = ?, page_error = ''
               WHERE entry_id = ?""",
            (page.html, page.method, entry_id),
        )
        self._replace_text(
            entry_id,
            old=(old["title"], old["authors"], old["text"]),
            new=(old["title"], old["authors"], page.text),
        )

    def save_page_error(self, entry_id: int, reason: str, *, is_final: bool) -> None:
        """Keep why an article page gave no text; ask again later unless that is final."""
        self._connection.execute(
            """UPDATE entries SET page_tries = page_tries + 1,
                   page_wanted = page_wanted AND NOT ? AND page_tries + 1 < ?
               WHERE id = ?""",
            (is_final, _PAGE_TRIES, entry_id),
        )
        self._connection.execute(
            "UPDATE entry_bodies SET page_error = ? WHERE entry_id = ?", (reason, entry_id)
        )

    def pages_wanted(self) -> tuple[tuple[int, int, str], ...]:
        """Return (entry id, feed id, link) of the entries whose pages are still to be fetched."""
        rows = self._connection.rows(
            """SELECT id, feed_id, link FROM entries
               WHERE page_wanted = 1 AND deleted_at IS NULL AND feed_id IN
                   (SELECT id FROM feeds WHERE removed_at IS NULL)
               ORDER BY sort_at DESC"""
        )
        return tuple((row["id"], row["feed_id"], row["link"]) for row in rows)

    def _replace_text(
        self, entry_id: int, *, old: tuple[str, str, str], new: tuple[str, str, str]
    ) -> None:
        """Keep body and full-text index in step: the index must be told what it holds."""
        if old == new:
            return
        self._connection.execute(
            """INSERT INTO entries_fts (entries_fts, rowid, title, authors, text)
               VALUES ('delete', ?, ?, ?, ?)""",
            (entry_id, *old),
        )
        self._connection.execute(
            "UPDATE entry_bodies SET text = ? WHERE entry_id = ?", (new[2], entry_id)
        )
        self._connection.execute(
            "INSERT INTO entries_fts (rowid, title, authors, text) VALUES (?, ?, ?, ?)",
            (entry_id, *new),
        )

    def _keep_version(self, entry_id: int, title: str, html: str, now: datetime) -> None:
        self._connection.execute(
            "INSERT INTO entry_versions (entry_id, replaced_at, title, html) VALUES (?, ?, ?, ?)",
            (entry_id, to_timestamp(now), title, html),
        )
        self._connection.execute(
            """DELETE FROM entry_versions WHERE id IN (
                   SELECT id FROM (
                       SELECT id, row_number() OVER newest_first AS place,
                           sum(length(html)) OVER newest_first AS chars
                       FROM entry_versions WHERE entry_id = ?1
                       WINDOW newest_first AS (ORDER BY id DESC)
                   )
                   WHERE place > 1 AND (place >= ?2 OR chars > ?3)
                       AND id > (SELECT min(id) FROM entry_versions WHERE entry_id = ?1))""",
            (entry_id, _MOST_VERSIONS, _MOST_VERSIONS_CHARS),
        )

    def _has_version(self, change: EntryChange) -> bool:
        """Say whether an entry was once what it is now: some feeds go back and forth."""
        return bool(
            self._connection.value(
                """SELECT EXISTS (SELECT 1 FROM entry_versions
                   WHERE entry_id = ? AND title = ? AND html = ?)""",
                (change.id, change.clean.entry.title, change.clean.content_html),
            )
        )

    # --- lists ---

    def ids(self, where: str, params: Sequence[Any], order: str, limit: int = -1) -> list[int]:
        """Return the ids of the entries that a condition on `e` selects, in order."""
        return [
            row["id"]
            for row in self._connection.rows(
                f"SELECT e.id FROM entries AS e WHERE {where} ORDER BY {order} LIMIT ?",
                (*params, limit),
            )
        ]

    def keys(self, where: str, params: Sequence[Any], order: str, limit: int = -1) -> EntryKeys:
        """Return the columns that a list of any length needs, in order."""
        keys = model.EntryKeys(array("q"), array("q"), array("q"), bytearray())
        batches = self._connection.batches(
            f"""SELECT e.id, e.feed_id, e.sort_at, e.is_read = 0 FROM entries AS e
                WHERE {where} ORDER BY {order} LIMIT ?""",
            (*params, limit),
        )
        for some in batches:
            ids, feed_ids, moments, unread = zip(*some, strict=True)
            keys.ids.extend(ids)
            keys.feed_ids.extend(feed_ids)
            keys.sorted_at.extend(moments)
            keys.unread.extend(unread)
        return keys

    def edge(self, count: int, *, oldest_first: bool) -> tuple[int, int] | None:
        """Return the last `sort_at` and the farthest id among the first so many entries of all.

        None if there are no more than those. All entries within both bounds are the beginning
        of the list of all.
        """
        far = "max" if oldest_first else "min"
        order = "sort_at, id" if oldest_first else "sort_at DESC, id DESC"
        row = self._connection.row(
            f"""SELECT count(*) AS found, {far}(sort_at) AS moment, {far}(id) AS id
                FROM (SELECT sort_at, id FROM entries ORDER BY {order} LIMIT ?)""",
            (count,),
        )
        if row is None or row["found"] < count:
            return None
        return row["moment"], row["id"]

    def last_id(self) -> int:
        """Return the highest id that there is; 0 if there are no entries."""
        return int(self._connection.value("SELECT coalesce(max(id), 0) FROM entries"))

    def count(self, where: str, params: Sequence[Any]) -> int:
        """Return how many entries a condition on `e` selects."""
        return int(
            self._connection.value(f"SELECT count(*) FROM entries AS e WHERE {where}", params)
        )

    def summaries(self, ids: Iterable[int]) -> Iterator[EntrySummary]:
        """Return the rows of a list for these ids, in their order, without deleted ones."""
        for some in in_batches(ids, 200):
            wanted = ",".join(str(int(one)) for one in some)
            rows = {
                row["id"]: row
                for row in self._connection.rows(
                    f"{_SUMMARY_ROWS} WHERE e.id IN ({wanted}) AND e.deleted_at IS NULL"
                )
            }
            for entry_id in some:
                if entry_id in rows:
                    yield _summary(rows[entry_id])

    def entry(self, entry_id: int) -> StoredEntry:
        """Return one entry with its bodies, deleted lately or not, or raise `NotFound`."""
        found = self._connection.row(f"{_SUMMARY_ROWS} WHERE e.id = ?", (entry_id,))
        if found is None:
            raise NotFound(f"there is no entry {entry_id}")
        row = self._connection.row(
            """SELECT entry_bodies.*, categories, entries.language, url AS feed_url
               FROM entry_bodies JOIN entries ON entries.id = entry_id
                   JOIN feeds ON feeds.id = feed_id
               WHERE entry_id = ?""",
            (entry_id,),
        )
        if row is None:
            raise NotFound(f"entry {entry_id} was deleted")
        details = from_json(row["details"])
        return model.StoredEntry(
            summary=_summary(found),
            feed_url=row["feed_url"],
            guid=details.get("guid", ""),
            text=row["text"],
            feed_html=row["feed_html"],
            page_html=row["page_html"],
            page_method=row["page_method"],
            page_error=row["page_error"],
            categories=_lines(row["categories"]),
            enclosures=tuple(model.Enclosure(**one) for one in details.get("enclosures", ())),
            image_url=details.get("image_url", ""),
            comments_url=details.get("comments_url", ""),
            chapters_url=details.get("chapters_url", ""),
            language=row["language"],
        )

    def versions(self, entry_id: int) -> tuple[EntryVersion, ...]:
        """Return the earlier states of an entry, newest first."""
        rows = self._connection.rows(
            """SELECT replaced_at, title, html FROM entry_versions
               WHERE entry_id = ? ORDER BY id DESC""",
            (entry_id,),
        )
        return tuple(
            model.EntryVersion(
                datetime.fromtimestamp(row["replaced_at"], UTC), row["title"], row["html"]
            )
            for row in rows
        )

    # --- the user's marks; the caller holds the transaction ---

    def set_flag(
        self, flag: Flag, value: bool, where: str, params: Sequence[Any], now: datetime | None
    ) -> tuple[int, ...]:
        """Set a flag on the entries that a condition on `e` selects; return those it changed."""
        also = ", read_at = ?" if flag == "is_read" else ""
        moment = (to_timestamp(now) if value else None,) if also else ()
        return tuple(
            row["id"]
            for row in self._connection.rows(
                f"""UPDATE entries AS e SET {flag} = {int(value)}{also}
                    WHERE e.{flag} = {int(not value)} AND {where} RETURNING id""",
                (*moment, *params),
            )
        )

    def read_moments(
        self, where: str, params: Sequence[Any], *, is_read: bool
    ) -> list[tuple[int, int]]:
        """Return when those were read that a condition on `e` selects, of the read or unread ones.

        Those of which that is not known are left out.
        """
        rows = self._connection.rows(
            f"""SELECT e.id, e.read_at FROM entries AS e
                WHERE e.is_read = {int(is_read)} AND e.read_at IS NOT NULL AND {where}""",
            params,
        )
        return [(row["id"], row["read_at"]) for row in rows]

    def set_read_moments(self, ids: Iterable[int], moments: Mapping[int, int]) -> None:
        """Say when some entries were read, of those of which that is known."""
        self._connection.execute_many(
            "UPDATE entries SET read_at = ? WHERE id = ?",
            [(moments[one], one) for one in ids if one in moments],
        )

    def tag(self, tag: str, where: str, params: Sequence[Any]) -> tuple[int, ...]:
        """Give the selected entries a tag; return those that did not have it."""
        return tuple(
            row["entry_id"]
            for row in self._connection.rows(
                f"""INSERT INTO entry_tags (entry_id, tag)
                    SELECT e.id, ? FROM entries AS e WHERE {where}
                    ON CONFLICT DO NOTHING RETURNING entry_id""",
                (tag, *params),
            )
        )

    def untag(self, tag: str, where: str, params: Sequence[Any]) -> tuple[int, ...]:
        """Take a tag from the selected entries; return those that had it."""
        return tuple(
            row["entry_id"]
            for row in self._connection.rows(
                f"""DELETE FROM entry_tags WHERE tag = ? AND entry_id IN
                        (SELECT e.id FROM entries AS e WHERE {where}) RETURNING entry_id""",
                (tag, *params),
            )
        )

    def tags(self) -> tuple[tuple[str, int], ...]:
        """Return the tags of entries with how many carry each, by name."""
        rows = self._connection.rows(
            f"""SELECT tag, count(*) AS uses FROM entry_tags JOIN entries ON id = entry_id
                WHERE {VISIBLE} GROUP BY tag ORDER BY tag"""
        )
        return tuple((row["tag"], row["uses"]) for row in rows)

    def delete(self, where: str, params: Sequence[Any], now: datetime) -> tuple[int, ...]:
        """Delete the selected entries; their keys stay, so that they do not come back."""
        return tuple(
            row["id"]
            for row in self._connection.rows(
                f"""UPDATE entries AS e SET deleted_at = ?
                    WHERE e.deleted_at IS NULL AND {where} RETURNING id""",
                (to_timestamp(now), *params),
            )
        )

    def undelete(self, ids: Iterable[int]) -> None:
        """Take a deletion back; the texts are there until `blank_deleted` has run."""
        self._connection.execute_many(
            """UPDATE entries SET deleted_at = NULL WHERE id = ?1
                   AND EXISTS (SELECT 1 FROM entry_bodies WHERE entry_id = ?1)""",
            [(one,) for one in ids],
        )

    def forget_blanked(self, entry_id: int) -> bool:
        """Let an entry never have been if `blank_deleted` has dropped its text; say whether."""
        cursor = self._connection.execute(
            """DELETE FROM entries WHERE id = ?1 AND deleted_at IS NOT NULL
                   AND NOT EXISTS (SELECT 1 FROM entry_bodies WHERE entry_id = ?1)""",
            (entry_id,),
        )
        return cursor.rowcount > 0

    def blank_deleted(self, before: datetime) -> int:
        """Drop the texts of entries deleted before a time; return how many. The keys stay."""
        condition = """deleted_at < ? AND EXISTS
            (SELECT 1 FROM entry_bodies WHERE entry_id = entries.id)"""
        moment = (to_timestamp(before),)
        self._connection.execute(
            f"""INSERT INTO entries_fts (entries_fts, rowid, title, authors, text)
                SELECT 'delete', id, title, authors, text FROM entries_fts_source
                WHERE id IN (SELECT id FROM entries WHERE {condition})""",
            moment,
        )
        ids = [
            (row["id"],)
            for row in self._connection.rows(
                f"""UPDATE entries SET title = '', link = '', authors = '', summary = '',
                        categories = '' WHERE {condition} RETURNING id""",
                moment,
            )
        ]
        self._connection.execute_many("DELETE FROM entry_bodies WHERE entry_id = ?", ids)
        self._connection.execute_many("DELETE FROM entry_versions WHERE entry_id = ?", ids)
        return len(ids)

    def trim_versions(self, keep: int) -> None:
        """Drop all but `keep` earlier states of each entry: the first and the newest."""
        self._connection.execute(
            """DELETE FROM entry_versions WHERE id IN (
                   SELECT id FROM (
                       SELECT id, row_number() OVER (PARTITION BY entry_id ORDER BY id DESC)
                               AS place, id = min(id) OVER (PARTITION BY entry_id) AS is_first
                       FROM entry_versions
                   )
                   WHERE iif(is_first, ?1 < 1, place > ?1 - 1))""",
            (keep,),
        )

    def _rows_by_key(
        self, select: str, feed_id: int, keys: Iterable[bytes]
    ) -> Iterator[tuple[Any, ...]]:
        for some in in_batches(keys, 500):
            marks = ",".join("?" * len(some))
            for rows in self._connection.batches(f"{select} IN ({marks})", (feed_id, *some)):
                yield from rows


def _known(row: Sequence[Any]) -> KnownEntry:
    """Return an entry of `_KNOWN_COLUMNS`."""
    entry_id, key, alt_key, content_hash, title, published_at, was_read = row
    return model.KnownEntry(
        entry_id, key, alt_key, content_hash, title, to_moment(published_at), bool(was_read)
    )


def _summary(row: sqlite3.Row) -> EntrySummary:
    (entry_id, feed_id, feed_title, title, link, authors, published_at, updated_at, received_at,
     sort_at, is_read, is_starred, is_later, is_edited, summary, word_count, enclosure_count,
     source, tags, is_muted, muted_by, score, effects, read_at, story_id, copy_count,
    ) = row  # fmt: skip
    return model.EntrySummary(
        entry_id,
        feed_id,
        feed_title,
        title,
        link,
        _lines(authors),
        to_moment(published_at),
        to_moment(updated_at),
        datetime.fromtimestamp(received_at, UTC),
        datetime.fromtimestamp(sort_at, UTC),
        bool(is_read),
        bool(is_starred),
        bool(is_later),
        bool(is_edited),
        summary,
        word_count,
        enclosure_count,
        _SOURCES[source],
        tags=_lines(tags or ""),
        is_muted=bool(is_muted),
        muted_by=muted_by or "",
        score=score,
        highlight=_highlight(effects) if effects else "",
        is_unread_again=read_at is not None and not is_read,
        story_id=story_id,
        copy_count=copy_count,
    )


def _highlight(effects: str) -> str:
    """Return the colour that the first rule gave which gives one."""
    colours = (one.partition(":")[2] for one in _lines(effects) if one.startswith("highlight:"))
    return next(colours, "")


def _sort_moment(clean: CleanEntry, now: datetime) -> int:
    """Return when an entry was posted; a date in the future would pin it to the top."""
    moment = clean.entry.published or clean.entry.updated or now
    return int(min(moment, now).timestamp())


def _choose_unread(moments: Sequence[int], limit: int | None) -> set[int]:
    """Return the positions of the newest `limit` entries, of all if there is no limit."""
    newest_first = sorted(range(len(moments)), key=lambda position: -moments[position])
    return set(newest_first[:limit])


def _details(clean: CleanEntry) -> str:
    entry = clean.entry
    details: dict[str, object] = {
        "guid": entry.guid[:_GUID_LENGTH_KEPT],
        "enclosures": [
            {name: getattr(one, name) for name in one.__dataclass_fields__}
            for one in entry.enclosures
        ],
        "image_url": entry.image_url,
        "comments_url": entry.comments_url,
        "chapters_url": entry.chapters_url,
    }
    return to_json({name: value for name, value in details.items() if value})


def _lines(text: str) -> tuple[str, ...]:
    return tuple(text.split("\n")) if text else ()

"""A damaged database: what can still be read of it, in a new file. The old one is kept.

Rows are copied table by table out of the damaged file, then, for the tables that lost some,
out of the newest intact backup. Nothing is written to the damaged file; it stands beside the
new one as `NAME.damaged-DATE`.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import get_args

from feedreader.errors import DatabaseDamaged, StoreError
from feedreader.model import SubscriptionKind
from feedreader.store.connection import APPLICATION_ID, SCHEMA_VERSION, Connection
from feedreader.store.lock import RefreshLock
from feedreader.store.upkeep import find_problems, repair_derived

# Parents before children. Counts and full-text index are made anew.
_TABLES = (
    *("folders", "feeds", "polls", "feed_folders", "feed_tags", "host_holds", "saved_searches"),
    *("meta", "entries", "entry_aliases", "entry_bodies", "entry_versions", "entry_tags"),
    *("edition_plans", "editions", "edition_entries", "hook_queue", "hook_states"),
    *("arrival_days", "reading_hours", "rules", "rule_hits"),
)
_JSON_DEFAULTS = {
    "settings": "{}",
    "hints": "{}",
    "details": "{}",
    "outline_attributes": "[]",
    "plan": '{"sections": []}',
}
_TYPES = {"INTEGER": int, "TEXT": str, "BLOB": bytes, "": object}
_KINDS = frozenset(get_args(SubscriptionKind))
_HEADER_BYTES = 100
_MAGIC = b"SQLite format 3\0"


@dataclass(frozen=True, slots=True)
class Salvage:
    """What became of a damaged database."""

    old_file: Path
    """The damaged file, kept."""
    backup: Path | None
    """The backup that filled the gaps, if one did."""
    feeds: int
    entries: int
    lost_tables: tuple[str, ...]
    """The tables of which rows may be lost; what a backup knew of them is there."""
    without_text: int
    """Entries whose text was lost; the next refresh brings it if their feed still has it."""


def salvage(path: Path, now: datetime) -> Salvage:
    """Put a new database with all that can be read in the place of a damaged one.

    Raises `DatabaseDamaged` if nothing of a feedreader database can be read, `StoreError` if
    the new file cannot be written; the old one stands as it was in both cases.
    """
    workshop = path.with_name(f".{path.name}.{os.getpid()}.salvage")
    try:
        with RefreshLock(path).acquire():
            workshop.mkdir(mode=0o700)
            draft = workshop / "new.db"
            backup = newest_intact_backup(path)
            report = _fill(draft, path, backup, workshop)
            with draft.open("rb") as file:
                os.fsync(file.fileno())
            old_file = _put_aside(path, now)
            draft.replace(path)
    except OSError as error:
        raise StoreError(f"cannot repair {path}: {error.strerror}") from error
    finally:
        shutil.rmtree(workshop, ignore_errors=True)
    feeds, entries, lost, without_text, used = report
    return Salvage(old_file, backup if used else None, feeds, entries, lost, without_text)


def newest_intact_backup(path: Path) -> Path | None:
    """Return the newest of the dated backups beside a database that is sound, or None."""
    for candidate in sorted(path.parent.glob(f"backups/{path.stem}-*.db"), reverse=True):
        with suppress(StoreError, sqlite3.Error):
            source = _open(candidate)
            try:
                if source.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok":
                    return candidate
            finally:
                source.close()
    return None


def _fill(
    draft: Path, path: Path, backup: Path | None, workshop: Path
) -> tuple[int, int, tuple[str, ...], int, bool]:
    target = Connection(draft)
    try:
        target.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # its header is looked at
        sources = list(_readable_copies(path, draft, workshop))
        if backup is not None:
            sources.append(_open(backup))
        if not sources:
            raise DatabaseDamaged(f"nothing of a feedreader database can be read in {path}")
        target.execute("PRAGMA foreign_keys = OFF")
        with target.transaction():
            lost, used = _copy_tables(sources, target, has_backup=backup is not None)
            without_text = _mend(target, is_incomplete=bool(lost) or used)
        for source in sources:
            source.close()
        target.execute("PRAGMA foreign_keys = ON")
        repair_derived(target)
        if problems := find_problems(target):
            raise StoreError(f"{path} cannot be repaired: {problems[0]}")
        feeds = target.value("SELECT count(*) FROM feeds WHERE removed_at IS NULL")
        entries = target.value("SELECT count(*) FROM entries WHERE deleted_at IS NULL")
    finally:
        target.close()
    return feeds, entries, lost, without_text, used


# --- reading ----------------------------------------------------------------


def _readable_copies(path: Path, sound: Path, workshop: Path) -> Iterator[sqlite3.Connection]:
    """Open copies of the damaged file: with its log, without it, with a schema of ours."""
    log = path.with_name(f"{path.name}-wal")
    if log.exists():
        copy = workshop / "logged.db"
        shutil.copyfile(path, copy)
        shutil.copyfile(log, copy.with_name("logged.db-wal"))
        with suppress(sqlite3.Error, DatabaseDamaged):
            yield _open(copy)
    copy = workshop / "plain.db"
    shutil.copyfile(path, copy)
    with suppress(sqlite3.Error, DatabaseDamaged):
        yield _open(copy)
        return
    if not _may_be_ours(path):
        return
    # Where tables begin in a file depends on whether it was ever vacuumed.
    vacuumed = workshop / "vacuumed.db"
    with closing(sqlite3.connect(sound)) as fresh:
        fresh.execute("VACUUM INTO ?", (str(vacuumed),))
    for model in sorted((sound, vacuumed), key=lambda model: _count_misfits(path, model)):
        shutil.copyfile(path, copy)  # a schema that did not fit was written over its rows
        _graft_schema(copy, model)
        with suppress(sqlite3.Error, DatabaseDamaged):
            yield _open(copy, has_foreign_schema=True)
            return


def _may_be_ours(path: Path) -> bool:
    """Say whether a file has our mark or none at all; another program's has its own."""
    with path.open("rb") as file:
        header = file.read(_HEADER_BYTES)
    has_mark = header[68:72] == APPLICATION_ID.to_bytes(4, "big")
    version = int.from_bytes(header[60:64], "big")
    return not header.startswith(_MAGIC) or (has_mark and version <= SCHEMA_VERSION)


def _open(path: Path, *, has_foreign_schema: bool = False) -> sqlite3.Connection:
    """Open a file that may be damaged; raises unless it is a feedreader database."""
    source = sqlite3.connect(path, isolation_level=None)
    # Bytes that are no text any more must not hide the rest of their row.
    source.text_factory = lambda data: data.decode("utf-8", "replace")
    try:
        # Rows are wanted even where page counts or freelists contradict each other.
        source.execute("PRAGMA writable_schema = ON")
        source.execute("PRAGMA query_only = ON")
        tables = {row[0] for row in source.execute("SELECT name FROM sqlite_master")}
        application = source.execute("PRAGMA application_id").fetchone()[0]
        version = source.execute("PRAGMA user_version").fetchone()[0]
        if application != APPLICATION_ID or version > SCHEMA_VERSION or "feeds" not in tables:
            raise DatabaseDamaged(f"{path} is no feedreader database")  # noqa: TRY301
        if not _fits_schema(source, must_be_readable=has_foreign_schema):
            raise DatabaseDamaged(f"{path} has another layout")  # noqa: TRY301
    except BaseException:
        source.close()
        raise
    return source


def _fits_schema(source: sqlite3.Connection, *, must_be_readable: bool) -> bool:
    """Say whether the feeds are where the schema has them; its own may have them damaged."""
    try:
        kinds = [kind for (kind,) in source.execute("SELECT kind FROM feeds LIMIT 1")]
    except sqlite3.DatabaseError:
        return not must_be_readable
    return _KINDS.issuperset(kinds)


def _count_misfits(damaged: Path, model: Path) -> int:
    """Return how many tables and indexes of a model begin where a file has something else.

    The first byte of a b-tree page tells the two apart (section 1.6).
    """
    sound = model.read_bytes()
    page_bytes = int.from_bytes(sound[16:18], "big")
    with closing(sqlite3.connect(model)) as connection:
        roots = connection.execute("SELECT rootpage FROM sqlite_master WHERE rootpage > 1")
        places = [(root - 1) * page_bytes for (root,) in roots]
    misfits = 0
    with damaged.open("rb") as file:
        for place in places:
            file.seek(place)
            found = file.read(1)
            misfits += not found or _is_table_page(found[0]) is not _is_table_page(sound[place])
    return misfits


def _is_table_page(mark: int) -> bool | None:
    """Say whether a page belongs to a table with rowids or to an index; None: to neither."""
    return {5: True, 13: True, 2: False, 10: False}.get(mark)


def _graft_schema(damaged: Path, model: Path) -> None:
    """Give a file the header and the schema's pages of a new database.

    See sqlite.org/fileformat2.html, sections 1.3 and 1.6. The page size never varies. Only the
    first page is written over: where the others of the schema were depends on what was stored
    before them, so ours come after the last page.
    """
    sound = model.read_bytes()
    page_bytes = int.from_bytes(sound[16:18], "big")
    header = bytearray(sound[:_HEADER_BYTES])
    first = bytearray(sound[:page_bytes])
    cells = int.from_bytes(first[103:105], "big")
    offsets = [int.from_bytes(first[n : n + 2], "big") for n in range(112, 112 + 2 * cells, 2)]
    count = -(-damaged.stat().st_size // page_bytes)
    with damaged.open("r+b") as file:
        for offset in (*offsets, 108):
            child = (int.from_bytes(first[offset : offset + 4], "big") - 1) * page_bytes
            file.seek(count * page_bytes)
            file.write(sound[child : child + page_bytes])
            count += 1
            first[offset : offset + 4] = count.to_bytes(4, "big")
        header[28:32] = count.to_bytes(4, "big")
        header[32:40] = bytes(8)  # no free pages: which ones were free is not known
        header[92:96] = header[24:28]  # so that the page count counts
        file.seek(0)
        file.write(bytes(header) + first[_HEADER_BYTES:])


def _columns(source: sqlite3.Connection, table: str) -> list[tuple[str, type]]:
    return [(row[1], _TYPES[row[2]]) for row in source.execute(f"PRAGMA main.table_info({table})")]


def _copy_tables(
    sources: Sequence[sqlite3.Connection], target: Connection, *, has_backup: bool
) -> tuple[tuple[str, ...], bool]:
    """Fill the tables; return those that are not whole, and whether the backup was needed."""
    incomplete, needed_backup = [], False
    for table in _TABLES:
        if table == "polls":  # a trigger made empty ones
            target.execute("DELETE FROM polls")
        is_whole = False
        for number, source in enumerate(sources):
            is_backup = has_backup and number == len(sources) - 1
            needed_backup |= is_backup
            is_whole = _copy_table(source, target, table)
            if is_whole:
                # What the backup cannot know came after it.
                if is_backup and number:
                    incomplete.append(table)
                break
        if not is_whole:
            incomplete.append(table)
    return tuple(incomplete), needed_backup


def _copy_table(source: sqlite3.Connection, target: Connection, table: str) -> bool:
    """Copy what can be read of a table and is not there yet; say whether that was all."""
    try:
        known = dict(_columns(source, table))
        wanted = [
            (row["name"], _TYPES[row["type"]])
            for row in target.rows(f"PRAGMA main.table_info({table})")
            if row["name"] in known
        ]
        if not wanted:
            return False
        names = ", ".join(name for name, _ in wanted)
        reading = _Reading(source, table, names, target)
    except sqlite3.Error:
        return False
    marks = ", ".join("?" * len(wanted))
    for row in reading.rows():
        values = [
            _mended(name, value) if value is not None else None
            for (name, _), value in zip(wanted, row, strict=True)
        ]
        if all(
            value is None or isinstance(value, kind)
            for (_, kind), value in zip(wanted, values, strict=True)
        ):
            target.execute(f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({marks})", values)
        else:
            reading.is_whole = False
    return reading.is_whole


def _mended(name: str, value: object) -> object:
    if name in _JSON_DEFAULTS and isinstance(value, str):
        try:
            json.loads(value)
        except ValueError:
            return _JSON_DEFAULTS[name]
    return value


class _Reading:
    """Reads a table from both ends and, where pages are unreadable, around them."""

    def __init__(
        self, source: sqlite3.Connection, table: str, names: str, target: Connection
    ) -> None:
        self._source = source
        self._table = table
        self._names = names
        self.is_whole = True
        ddl = target.value("SELECT sql FROM sqlite_master WHERE name = ?", (table,))
        self._has_row_ids = "WITHOUT ROWID" not in ddl

    def rows(self) -> Iterator[tuple[object, ...]]:
        """Yield the rows; some come twice."""
        key = "rowid" if self._has_row_ids else self._first_key()
        low = high = None
        try:
            for found in self._scan(f"ORDER BY {key}"):
                low = found[0]
                yield found[1:]
        except sqlite3.Error:
            self.is_whole = False
        if self.is_whole:
            return
        with suppress(sqlite3.Error):
            for found in self._scan(f"ORDER BY {key} DESC"):
                high = found[0]
                yield found[1:]
        if self._has_row_ids:
            first = low + 1 if isinstance(low, int) else 1
            last = high - 1 if isinstance(high, int) else self._highest()
            yield from self._between(first, last)

    def _first_key(self) -> str:
        return next(
            str(row[1])
            for row in self._source.execute(f"PRAGMA table_info({self._table})")
            if row[5]
        )

    def _scan(self, tail: str, *values: int) -> Iterator[tuple[object, ...]]:
        key = "rowid" if self._has_row_ids else "0"
        # NOT INDEXED: an index may be damaged where the table is not, and the other way round.
        yield from self._source.execute(
            f"SELECT {key}, {self._names} FROM {self._table} NOT INDEXED {tail}", values
        )

    def _between(self, first: int, last: int) -> Iterator[tuple[object, ...]]:
        """Halve a range until each part can be read or is a single row."""
        ranges = [(first, last)]
        while ranges:
            first, last = ranges.pop()
            if first > last:
                continue
            try:
                found = list(self._scan("WHERE rowid BETWEEN ? AND ? ORDER BY rowid", first, last))
            except sqlite3.Error:
                if first < last:
                    middle = (first + last) // 2
                    ranges += [(first, middle), (middle + 1, last)]
                continue
            yield from (row[1:] for row in found)

    def _highest(self) -> int:
        """Return a row id that no row of the table is beyond, as well as can be told."""
        with suppress(sqlite3.Error):
            for (number,) in self._source.execute(
                "SELECT max(seq) FROM sqlite_sequence WHERE name IN (?, 'entries')", (self._table,)
            ):
                if isinstance(number, int):
                    return number
        return 0


# --- making whole -----------------------------------------------------------


def _mend(target: Connection, *, is_incomplete: bool) -> int:
    """Make the rows fit together again; return how many entries have lost their text."""
    target.execute("INSERT OR IGNORE INTO folders (id, parent_id, name) VALUES (0, NULL, '')")
    target.execute(
        "UPDATE folders SET parent_id = 0 WHERE id <> 0"
        " AND (parent_id IS NULL OR parent_id NOT IN (SELECT id FROM folders))"
    )
    target.execute("DELETE FROM polls WHERE feed_id NOT IN (SELECT id FROM feeds)")
    # Entries and their marks outlive a feed of which nothing is known but its number.
    target.execute(
        """INSERT INTO feeds (id, url, kind, title, added_at)
           SELECT DISTINCT feed_id, 'feedreader:lost-' || feed_id, 'pages',
               'Saved from lost feed ' || feed_id, min(received_at)
           FROM entries WHERE feed_id NOT IN (SELECT id FROM feeds) GROUP BY feed_id"""
    )
    target.execute("INSERT OR IGNORE INTO polls (feed_id) SELECT id FROM feeds")
    target.execute("INSERT OR IGNORE INTO feed_counts (feed_id) SELECT id FROM feeds")
    for table in _TABLES:
        for row in list(target.rows(f"PRAGMA foreign_key_list({table})")):
            target.execute(
                f"""DELETE FROM {table} WHERE "{row["from"]}" IS NOT NULL AND "{row["from"]}"
                    NOT IN (SELECT "{row["to"]}" FROM "{row["table"]}")"""
            )
    lost = "id NOT IN (SELECT entry_id FROM entry_bodies) AND deleted_at IS NULL"
    without_text = target.value(f"SELECT count(*) FROM entries WHERE {lost}")
    # No digest: the next poll takes the entry for edited and brings the text again.
    target.execute(f"UPDATE entries SET content_hash = x'' WHERE {lost}")
    target.execute(f"INSERT INTO entry_bodies (entry_id) SELECT id FROM entries WHERE {lost}")
    if is_incomplete:  # no server is to say that nothing changed
        target.execute("UPDATE polls SET etag = '', last_modified = '', body_hash = x''")
    return int(without_text)


# --- the files --------------------------------------------------------------


def _put_aside(path: Path, now: datetime) -> Path:
    """Give the damaged file a second name and its log that name alone; return it."""
    kept = path.with_name(f"{path.name}.damaged-{now:%Y%m%d-%H%M%S}")
    try:
        os.link(path, kept)
    except OSError:  # a file system without links
        shutil.copy2(path, kept)
    # Beside the new file the old log would be taken for its own.
    for end in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            path.with_name(f"{path.name}{end}").replace(kept.with_name(f"{kept.name}{end}"))
    return kept

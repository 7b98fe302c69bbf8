"""Backups, checks and clean-up of the database file."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from feedreader.errors import StoreError
from feedreader.store.connection import Connection
from feedreader.store.stories import VISIBLE

_BACKUPS_KEPT = 7

_COUNTS = """
    SELECT feed_id, count(*) AS entries,
        sum(NOT is_read AND NOT is_muted) AS unread, sum(is_starred) AS starred
    FROM entries WHERE deleted_at IS NULL GROUP BY feed_id
"""
_HITS = "(SELECT count(*) FROM rule_hits WHERE rule_id = rules.id)"
_WRONG_STORIES = f"""
    SELECT story_id FROM entries WHERE story_id IS NOT NULL AND {VISIBLE} GROUP BY story_id
        HAVING min(copy_count) <> count(*) OR max(copy_count) <> count(*) OR sum(is_copy = 0) <> 1
    UNION ALL SELECT id FROM entries WHERE story_id IS NULL AND (copy_count <> 1 OR is_copy)
    UNION ALL SELECT story_id FROM entries WHERE story_id IS NOT NULL
        GROUP BY story_id, feed_id HAVING count(*) > 1
"""


def back_up(connection: Connection, target: Path) -> None:
    """Write a checked, consistent copy of the database to `target`.

    It stands under its name only when it is whole. Raises `StoreError`, also where it would
    take the place of the database or of a device.
    """
    try:
        if target.exists() and not target.is_file():
            raise StoreError(f"cannot write the backup {target}: it is no file")
        if target.exists() and target.samefile(connection.path):
            raise StoreError(f"cannot write the backup {target}: it is the database itself")
        target = Path(os.path.realpath(target))  # a link stays
    except OSError as error:
        raise StoreError(f"cannot write the backup {target}: {error.strerror}") from error
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        _remove_abandoned(target.parent, f".{target.name}.*.part")
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        connection.execute("VACUUM INTO ?", (str(draft),))
        problems = _integrity_problems(draft)
        if problems:
            raise StoreError(f"the backup {target} came out damaged: {problems[0]}")
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.replace(target)
    except OSError as error:
        raise StoreError(f"cannot write the backup {target}: {error.strerror}") from error
    finally:
        draft.unlink(missing_ok=True)


def back_up_beside(connection: Connection, now: datetime) -> Path:
    """Write a dated backup beside the database, keep the newest seven, return its path."""
    folder = connection.path.parent / "backups"
    folder.mkdir(mode=0o700, exist_ok=True)
    stem = connection.path.stem
    target = folder / f"{stem}-{now:%Y%m%d-%H%M%S}.db"
    back_up(connection, target)
    _remove_abandoned(folder, f".{stem}-*.part")
    for old in sorted(folder.glob(f"{stem}-*.db"))[:-_BACKUPS_KEPT]:
        old.unlink()
    return target


def _remove_abandoned(folder: Path, pattern: str) -> None:
    """Remove the drafts of backups whose processes died over them."""
    for draft in folder.glob(pattern):
        writer = draft.name.split(".")[-2]
        if writer.isdecimal() and not _is_running(int(writer)):
            draft.unlink(missing_ok=True)


def _is_running(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return process_id != os.getpid()


def caveats(connection: Connection) -> tuple[str, ...]:
    """Return in words what is special about where the database lies; usually nothing."""
    words = []
    if connection.is_read_only:
        words.append("the database is read-only: it can be read, nothing is kept")
    if kind := connection.network_file_system:
        words.append(
            f"the database lies on a network file system ({kind}): a slower journal is used"
            " there, and two computers should not use it at once"
        )
    return tuple(words)


def find_problems(connection: Connection) -> tuple[str, ...]:
    """Return what is wrong with the database, in words; nothing if it is sound."""
    problems = [row[0] for row in connection.rows("PRAGMA integrity_check(20)") if row[0] != "ok"]
    if problems:  # what follows might stumble over them
        return tuple(problems)
    problems += [
        f"row {row[1]} of {row[0]} refers to a missing row of {row[2]}"
        for row in connection.rows("PRAGMA foreign_key_check")
    ]
    if not connection.is_read_only:  # the full-text index is checked by a kind of INSERT
        try:
            connection.execute(
                "INSERT INTO entries_fts (entries_fts, rank) VALUES ('integrity-check', 1)"
            )
        except StoreError:
            problems.append("the search index does not match the entries")
    problems += _find_garbled(connection)
    missing = connection.value(
        """SELECT count(*) FROM entries WHERE deleted_at IS NULL
               AND id NOT IN (SELECT entry_id FROM entry_bodies)"""
    )
    if missing:
        problems.append(f"{missing} entries have lost their text")
    wrong = connection.value(
        f"""SELECT count(*) FROM feed_counts LEFT JOIN ({_COUNTS}) AS c USING (feed_id)
            WHERE feed_counts.entries <> coalesce(c.entries, 0)
               OR feed_counts.unread <> coalesce(c.unread, 0)
               OR feed_counts.starred <> coalesce(c.starred, 0)"""
    )
    if wrong:
        problems.append(f"the counts of {wrong} feeds are wrong")
    if wrong := connection.value(f"SELECT count(*) FROM rules WHERE hit_count <> {_HITS}"):
        problems.append(f"what {wrong} rules did is counted wrongly")
    if wrong := connection.value(f"SELECT count(*) FROM ({_WRONG_STORIES})"):
        problems.append(f"the copies of {wrong} stories are counted wrongly")
    return tuple(problems)


def _find_garbled(connection: Connection) -> list[str]:
    """Return in words which values no feedreader wrote: SQLite keeps no checksums of them."""
    connection.register_function("is_text", 1, _is_text)
    questions = (
        ("feeds", "NOT (json_valid(settings) AND json_valid(outline_attributes))"),
        ("polls", "NOT json_valid(hints)"),
        ("entry_bodies", "NOT json_valid(details)"),
        ("feeds", "NOT is_text(CAST(url || title || user_title || description AS BLOB))"),
        (
            "entries",
            "NOT is_text(CAST(title || link || authors || summary || categories AS BLOB))",
        ),
        ("entry_bodies", "NOT is_text(CAST(text || feed_html || page_html AS BLOB))"),
    )
    return [
        f"{count} rows of {table} hold garbled text"
        for table, is_garbled in questions
        if (count := connection.value(f"SELECT count(*) FROM {table} WHERE {is_garbled}"))
    ]


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


class _StillDamaged(Exception):
    """Takes back what was repaired."""


def repair_in_place(connection: Connection) -> tuple[str, ...]:
    """Repair what is derived; return the problems that are left: then nothing was written."""
    problems: tuple[str, ...] = ()
    connection.register_function("is_text", 1, _is_text)
    with suppress(_StillDamaged), connection.transaction():
        repair_derived(connection)
        if problems := find_problems(connection):
            raise _StillDamaged
    return problems


def repair_derived(connection: Connection) -> None:
    """Make search index, counts and what is known of copies anew from the entries."""
    from feedreader.store.grouping import Grouping  # it compares texts, which lists do without

    with connection.transaction():
        connection.execute("INSERT INTO entries_fts (entries_fts) VALUES ('rebuild')")
        connection.execute("UPDATE feed_counts SET entries = 0, unread = 0, starred = 0")
        connection.execute(
            f"""UPDATE feed_counts SET entries = c.entries, unread = c.unread, starred = c.starred
                FROM ({_COUNTS}) AS c WHERE c.feed_id = feed_counts.feed_id"""
        )
        connection.execute(f"UPDATE rules SET hit_count = {_HITS} WHERE hit_count <> {_HITS}")
        Grouping(connection).rebuild()


def compact(connection: Connection) -> tuple[int, int]:
    """Give unused space back to the disk; return the size in bytes before and after."""
    before = connection.path.stat().st_size
    connection.execute("INSERT INTO entries_fts (entries_fts) VALUES ('optimize')")
    connection.execute("VACUUM")
    connection.execute("PRAGMA optimize")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return before, connection.path.stat().st_size


Condition = tuple[str, Sequence[object]]
"""A condition on `e`, and its parameters."""


def expired_entries(
    *,
    before: datetime | None,
    keep_per_feed: int | None,
    own_keep: dict[int, datetime],
    spared: Sequence[Condition] = (),
    dropped: Sequence[tuple[Condition, datetime]] = (),
) -> Condition:
    """Return the condition of the entries that retention drops.

    `before` and `keep_per_feed` are the general rules, `own_keep` the time of each feed that
    has one of its own. What is `dropped` goes if it was received before a time, what is
    `spared` never. Starred, tagged and read-later entries are never among them, nor pages
    that the user added, nor unread ones unless the condition of those dropped asks for them.
    """
    rules: list[str] = []
    params: list[object] = []
    for feed_id, moment in own_keep.items():
        rules.append(f"e.feed_id = {int(feed_id)} AND e.received_at < ?")
        params.append(int(moment.timestamp()))
    if before is not None:
        own = ",".join(str(int(feed_id)) for feed_id in own_keep)
        rules.append(f"e.feed_id NOT IN ({own}) AND e.received_at < ?")
        params.append(int(before.timestamp()))
    if keep_per_feed is not None:
        rules.append(
            """e.id NOT IN (SELECT id FROM (SELECT id, row_number() OVER
                   (PARTITION BY feed_id ORDER BY sort_at DESC, id DESC) AS place
                   FROM entries WHERE deleted_at IS NULL) WHERE place <= ?)"""
        )
        params.append(keep_per_feed)
    is_dull = "(e.is_read = 1 OR e.is_muted = 1)"
    rules = [f"{is_dull} AND ({rule})" for rule in rules]
    for (condition, own_params), moment in dropped:
        which = condition if "e.is_read = 0" in condition else f"{is_dull} AND {condition}"
        rules.append(f"{which} AND e.received_at < ?")
        params += [*own_params, int(moment.timestamp())]
    kept = """e.is_starred = 0 AND e.is_later = 0
        AND e.id NOT IN (SELECT entry_id FROM entry_tags)
        AND e.feed_id NOT IN (SELECT id FROM feeds WHERE kind = 'pages')"""
    any_rule = " OR ".join(f"({rule})" for rule in rules) or "0"
    where = f"{kept} AND ({any_rule})"
    for condition, own_params in spared:
        where += f" AND NOT {condition}"
        params += own_params
    return where, tuple(params)


def remember(connection: Connection, key: str, value: object) -> None:
    """Keep a value under a key."""
    connection.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", (key, value))


def _integrity_problems(path: Path) -> list[str]:
    copy = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
    try:
        return [row[0] for row in copy.execute("PRAGMA integrity_check(5)") if row[0] != "ok"]
    finally:
        copy.close()

"""One connection to the database file: opened safely, transactions, errors in words."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from feedreader.errors import DatabaseDamaged, DatabaseTooNew, StoreError
from feedreader.store.place import is_at_rest, is_full, is_writable, network_file_system

APPLICATION_ID = 0x66656564  # "feed", so that no other program's file is taken for ours
SCHEMA_VERSION = 2

Item = TypeVar("Item")
Params = Sequence[Any] | Mapping[str, Any]

_READ_ONLY = "it cannot be written (read-only)"
_FULL = "the disk is full"

_BUSY_TIMEOUT_MS = 15_000
_BATCH_ROWS = 2_000
_CHECKPOINT_PAGES = 4000  # 16 MB: each checkpoint waits for the disk twice


class Connection:
    """A connection for one thread. Reads see a consistent state; writes wait for each other."""

    def __init__(self, path: Path, *, create: bool = True) -> None:
        """Open the database at `path`, made or migrated if need be.

        A file that cannot be written is opened for reading alone, also where a full disk has
        no room for a log. Raises `StoreError` or one of its kinds; nothing is written before
        the file has been recognised as ours.
        """
        self.path = path
        if not _exists(path):
            if not create:
                raise StoreError(f"there is no database at {path}")
            _create_private(path)
        self.is_read_only = not is_writable(path) or (is_full(path) and is_at_rest(path))
        self.network_file_system = "" if self.is_read_only else network_file_system(path)
        self._sqlite = _connect(path, read_only=self.is_read_only)
        self._functions: dict[str, Any] = {}
        try:
            with self._in_words():
                if self.network_file_system:
                    # A log that is there from elsewhere is read without shared memory.
                    self._sqlite.execute("PRAGMA locking_mode = EXCLUSIVE")
                version = self._recognise()
                if self.network_file_system:
                    self._sqlite.execute("PRAGMA journal_mode = DELETE")
                    self._sqlite.execute("PRAGMA locking_mode = NORMAL")
                    self._sqlite.execute("SELECT count(*) FROM sqlite_master").fetchone()
                elif not self.is_read_only:
                    self._sqlite.execute("PRAGMA journal_mode = WAL")
                    self._sqlite.execute("PRAGMA synchronous = NORMAL")
                self._sqlite.execute("PRAGMA foreign_keys = ON")
                self._sqlite.execute("PRAGMA temp_store = MEMORY")
                self._sqlite.execute("PRAGMA journal_size_limit = 67108864")
                self._sqlite.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
                if version < SCHEMA_VERSION:
                    self._migrate(version)
        except BaseException:
            self._sqlite.close()
            raise

    @property
    def why_read_only(self) -> str:
        """Words for `is_read_only`."""
        return _FULL if is_full(self.path) else _READ_ONLY

    def rows(self, sql: str, params: Params = ()) -> Iterator[sqlite3.Row]:
        """Return the rows of a query, read as they are asked for."""
        with self._in_words():
            yield from self._sqlite.execute(sql, params)

    def batches(self, sql: str, params: Params = ()) -> Iterator[list[tuple[Any, ...]]]:
        """Return the rows of a query as tuples, many at a time: for lists of a million.

        That takes half as long, and does not keep other threads from their work.
        """
        with self._in_words():
            cursor = self._sqlite.execute(sql, params)
            cursor.row_factory = None
            while rows := cursor.fetchmany(_BATCH_ROWS):
                yield rows

    def row(self, sql: str, params: Params = ()) -> sqlite3.Row | None:
        """Return the first row of a query, or None."""
        with self._in_words():
            found: sqlite3.Row | None = self._sqlite.execute(sql, params).fetchone()
            return found

    def value(self, sql: str, params: Params = ()) -> Any:
        """Return the first column of the first row, or None."""
        found = self.row(sql, params)
        return None if found is None else found[0]

    def execute(self, sql: str, params: Params = ()) -> sqlite3.Cursor:
        """Run one statement."""
        with self._in_words():
            return self._sqlite.execute(sql, params)

    def execute_many(self, sql: str, params: Iterable[Params]) -> int:
        """Run one statement with each of the parameters; return how many rows that changed."""
        with self._in_words():
            return self._sqlite.executemany(sql, params).rowcount

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run a block as one transaction; inside another one, as a part of that.

        It takes the write lock at once: a read that turns into a write can fail where
        waiting would have helped.
        """
        if self._sqlite.in_transaction:
            yield
            return
        with self._in_words():
            self._sqlite.execute("BEGIN IMMEDIATE")
        try:
            yield
            with self._in_words():
                self._sqlite.execute("COMMIT")
        finally:
            self._roll_back()

    def state(self) -> tuple[int, int] | None:
        """Return what differs once anything that this connection sees may have changed.

        None within a transaction, which may yet be taken back.
        """
        if self._sqlite.in_transaction:
            return None
        # The first counts what others commit, the second what we write.
        return self.value("PRAGMA data_version"), self._sqlite.total_changes

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let all reads of a block see one state of the database."""
        if self._sqlite.in_transaction:
            yield
            return
        with self._in_words():
            self._sqlite.execute("BEGIN")
        try:
            yield
        finally:
            self._roll_back()

    def register_function(self, name: str, parameters: int, function: Any) -> None:
        """Give SQL a deterministic function; one that it has is not given again.

        SQLite refuses that while a statement is under way, as the search index always has one
        in a transaction that changed it.
        """
        if self._functions.get(name) is not function:
            self._sqlite.create_function(name, parameters, function, deterministic=True)
            self._functions[name] = function

    def interrupt(self) -> None:
        """Let the statement that runs in another thread fail now with `StoreError`."""
        with suppress(sqlite3.ProgrammingError):  # closed meanwhile
            self._sqlite.interrupt()

    def close(self) -> None:
        """Close the connection; a second time does nothing."""
        self._sqlite.close()

    def _recognise(self) -> int:
        """Return the file's schema version; 0 for an empty file."""
        version = int(self._sqlite.execute("PRAGMA user_version").fetchone()[0])
        application = self._sqlite.execute("PRAGMA application_id").fetchone()[0]
        tables = self._sqlite.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if tables and application != APPLICATION_ID:
            raise DatabaseDamaged(f"{self.path} is a database of another program")
        if version > SCHEMA_VERSION:
            raise DatabaseTooNew(
                f"{self.path} was written by a later feedreader"
                f" (schema {version}, this one knows {SCHEMA_VERSION})"
            )
        return version

    def _migrate(self, version: int) -> None:
        if self.is_read_only:
            raise StoreError(
                f"{self.path} must be written once before it can be read: "
                + ("it is empty" if not version else "an earlier feedreader made it")
            )
        from sqlite_utils import Database

        from feedreader.store.schema import migrate
        from feedreader.store.upkeep import back_up

        if version:
            backup = self.path.with_name(f"{self.path.name}.schema-{version}.backup")
            if not backup.exists():
                back_up(self, backup)
        # Another process may be doing the same: the first one to get the lock does it.
        with self.transaction():
            if self.value("PRAGMA user_version") < SCHEMA_VERSION:
                migrate(Database(self._sqlite))

    def _roll_back(self) -> None:
        """Drop a transaction that is still open: after COMMIT there is none."""
        if self._sqlite.in_transaction:
            self._sqlite.execute("ROLLBACK")

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise _explain(error, self.path) from error
        except OverflowError as error:
            raise StoreError("a number is larger than any that the database can hold") from error
        except UnicodeEncodeError as error:  # it may hold a password, so it is not quoted
            raise StoreError("a text is not UTF-8: the database cannot hold it") from error


def to_timestamp(moment: datetime | None) -> int | None:
    """Return Unix seconds."""
    return None if moment is None else int(moment.timestamp())


def to_moment(timestamp: int | None) -> datetime | None:
    """Return the aware UTC time of Unix seconds."""
    return None if timestamp is None else datetime.fromtimestamp(timestamp, UTC)


def from_json(text: str) -> Any:
    """Return a stored JSON value; raises `DatabaseDamaged`."""
    import json

    try:
        return json.loads(text)
    except ValueError as error:
        raise DatabaseDamaged(f"the database holds garbled values: {error}") from error


def to_json(value: object) -> str:
    """Return a value as it is stored."""
    # Lists and figures do without: the import takes longer than all of this module.
    import json

    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def in_batches(items: Iterable[Item], size: int) -> Iterator[tuple[Item, ...]]:
    """Return the items in tuples of at most `size`: SQLite bounds its parameters."""
    iterator = iter(items)
    while batch := tuple(islice(iterator, size)):
        yield batch


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError as error:
        raise StoreError(f"cannot look for the database {path}: {error.strerror}") from error


def _create_private(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StoreError(f"cannot create the database {path}: {error.strerror}") from error


def _connect(path: Path, *, read_only: bool) -> sqlite3.Connection:
    name: str | Path = path.absolute()  # ":memory:" would be no file
    if read_only:
        # "ro" needs the log's shared memory, which may not be made in a folder for reading.
        option = "immutable=1" if is_at_rest(path) else "mode=ro"
        name = f"{path.absolute().as_uri()}?{option}"
    try:
        connection = sqlite3.connect(
            name,
            uri=read_only,
            timeout=_BUSY_TIMEOUT_MS / 1000,
            isolation_level=None,
            cached_statements=256,
        )
    except sqlite3.OperationalError as error:
        raise _explain(error, path) from error
    connection.row_factory = sqlite3.Row
    return connection


def _explain(error: sqlite3.DatabaseError, path: Path) -> StoreError:
    code = getattr(error, "sqlite_errorname", "")
    if code.startswith("SQLITE_CORRUPT") and _has_unreadable_parts(path):
        return DatabaseDamaged(f"cannot read {path}: the disk reports an error")
    if code.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
        return DatabaseDamaged(f"{path} is damaged or no database: {error}")
    if "Could not decode" in str(error):  # sqlite3 goes on to quote the text
        return DatabaseDamaged(f"{path} holds garbled text")
    if code.startswith(("SQLITE_IOERR_SHMSIZE", "SQLITE_READONLY")) and is_full(path):
        code = "SQLITE_FULL"
    words = {
        "SQLITE_FULL": _FULL,
        "SQLITE_READONLY": _READ_ONLY,
        "SQLITE_CANTOPEN": "it cannot be opened (permission, or no such folder)",
        "SQLITE_BUSY": "another process holds it for too long",
        "SQLITE_IOERR": "the disk reports an error",
    }
    for prefix, word in words.items():
        if code.startswith(prefix):
            return StoreError(f"cannot use the database {path}: {word}")
    return StoreError(f"cannot use the database {path}: {error}")


def _has_unreadable_parts(path: Path) -> bool:
    """Say whether the disk fails to give the file, which SQLite calls damage of the database."""
    try:
        with path.open("rb", buffering=0) as file:
            while file.read(1024 * 1024):
                pass
    except OSError:
        return True
    return False

"""Records what a schema's own version wrote, for the tests of every later one.

    python tests/torture/recording.py    # writes schemas/N.sql for the schema of today

A recording is made once, when a schema is released, and never again.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from pathlib import Path

SCHEMAS = Path(__file__).with_name("schemas")
_HELPERS = ("sqlite_", "entries_fts_")
"""Tables that SQLite or its full-text index make and fill by themselves."""


def record(database: Path) -> str:
    """Return a database as SQL that makes it anew."""
    connection = sqlite3.connect(database)
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        rows = connection.execute("SELECT type, name, sql FROM sqlite_master ORDER BY rowid")
        tables, others = [], []
        for kind, name, sql in rows.fetchall():
            if sql and not name.startswith(_HELPERS):
                (tables if kind == "table" and name != "entries_fts" else others).append(
                    (name, sql)
                )
            elif name == "entries_fts_source":
                others.append((name, sql))
        lines = [f"PRAGMA application_id = {application}", f"PRAGMA user_version = {version}"]
        lines += [sql for _, sql in tables]
        for name, _ in tables:
            # Every value by SQLite's own quote(): what it writes it reads.
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({name})")]
            quoted = " || ', ' || ".join(f"quote({column})" for column in columns)
            for (values,) in connection.execute(f"SELECT {quoted} FROM {name}"):
                lines.append(f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({values})")
        lines += [sql for _, sql in others]
        lines.append("INSERT INTO entries_fts (entries_fts) VALUES ('rebuild')")
    finally:
        connection.close()
    return ";\n".join(lines) + ";\n"


def replay(recording: str, database: Path) -> None:
    """Make the database of a recording."""
    database.touch(0o600)
    connection = sqlite3.connect(database)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(recording)
    finally:
        connection.close()


def main() -> None:
    here = Path(__file__).parent
    sys.path[:0] = [str(here), str(here.parent)]
    from scenes import follow, publisher, reader_at, run_refresh

    with tempfile.TemporaryDirectory() as folder, publisher(entries=22) as scene:
        database = Path(folder) / "feeds.db"
        # Recordings are read by people too: one port, as if it were always that.
        follow(database, scene)
        with reader_at(database) as reader:
            run_refresh(reader)
            reader.rename(2, "Named by hand")
            reader.tag_feed(3, add=["sea"])
            reader.save_search("Harbours", "harbour")
            reader.delete('intitle:"Story 9"')
            reader.unsubscribe(5)
            version = reader._store.connection.value("PRAGMA user_version")
        text = record(database).replace(f":{scene.server.port}/", ":8080/")
    SCHEMAS.mkdir(exist_ok=True)
    (SCHEMAS / f"{version}.sql").write_text(text)


if __name__ == "__main__":
    main()

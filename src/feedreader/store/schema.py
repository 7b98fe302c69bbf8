"""The database's schema as migrations, each complete in itself.

What is where:

- `feeds` with `polls` (polling state) and `feed_counts` (kept by triggers, so that no
  figure on a screen needs a scan); `folders`, `feed_folders`, `feed_tags`;
- `entries`: a narrow row per entry with the user's state beside the sort key, so that
  partial indexes serve the lists. A row outlives the entry's text (`deleted_at`): nothing
  comes back as unread. `entry_aliases` holds former keys, `entry_bodies` the long texts,
  `entry_versions` what edits replaced;
- `entries_fts`: full-text index over title, authors and text, external content.
"""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from feedreader.store.connection import APPLICATION_ID, SCHEMA_VERSION

migrations = Migrations("feedreader")

_FIRST_SCHEMA = (
    """
    CREATE TABLE folders (
        id INTEGER PRIMARY KEY,
        parent_id INTEGER REFERENCES folders (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        UNIQUE (parent_id, name)
    )""",
    "INSERT INTO folders (id, parent_id, name) VALUES (0, NULL, '')",
    """
    CREATE TABLE feeds (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        url TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        title TEXT NOT NULL DEFAULT '',
        user_title TEXT NOT NULL DEFAULT '',
        link TEXT NOT NULL DEFAULT '',
        description TEXT NOT NULL DEFAULT '',
        authors TEXT NOT NULL DEFAULT '',
        language TEXT NOT NULL DEFAULT '',
        image_url TEXT NOT NULL DEFAULT '',
        updated_at INTEGER,
        format TEXT NOT NULL DEFAULT '',
        is_summary_only INTEGER NOT NULL DEFAULT 0,
        settings TEXT NOT NULL DEFAULT '{}',
        outline_attributes TEXT NOT NULL DEFAULT '[]',
        added_at INTEGER NOT NULL,
        removed_at INTEGER
    )""",
    """
    CREATE TABLE polls (
        feed_id INTEGER PRIMARY KEY REFERENCES feeds (id) ON DELETE CASCADE,
        etag TEXT NOT NULL DEFAULT '',
        last_modified TEXT NOT NULL DEFAULT '',
        body_hash BLOB NOT NULL DEFAULT x'',
        checked_at INTEGER,
        succeeded_at INTEGER,
        unconditional_at INTEGER,
        next_check_at INTEGER,
        failures INTEGER NOT NULL DEFAULT 0,
        status INTEGER,
        error TEXT NOT NULL DEFAULT '',
        gone_at INTEGER,
        moved_to TEXT NOT NULL DEFAULT '',
        moved_seen INTEGER NOT NULL DEFAULT 0,
        is_local INTEGER NOT NULL DEFAULT 0,
        hints TEXT NOT NULL DEFAULT '{}',
        server_interval_s INTEGER,
        next_check_reason TEXT NOT NULL DEFAULT ''
    )""",
    """
    CREATE TABLE feed_counts (
        feed_id INTEGER PRIMARY KEY REFERENCES feeds (id) ON DELETE CASCADE,
        entries INTEGER NOT NULL DEFAULT 0,
        unread INTEGER NOT NULL DEFAULT 0,
        starred INTEGER NOT NULL DEFAULT 0
    )""",
    """
    CREATE TABLE feed_folders (
        feed_id INTEGER NOT NULL REFERENCES feeds (id) ON DELETE CASCADE,
        folder_id INTEGER NOT NULL REFERENCES folders (id) ON DELETE CASCADE,
        position INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (feed_id, folder_id)
    ) WITHOUT ROWID""",
    """
    CREATE TABLE feed_tags (
        feed_id INTEGER NOT NULL REFERENCES feeds (id) ON DELETE CASCADE,
        tag TEXT NOT NULL,
        PRIMARY KEY (feed_id, tag)
    ) WITHOUT ROWID""",
    """
    CREATE TABLE host_holds (
        host TEXT PRIMARY KEY,
        until_at INTEGER NOT NULL
    ) WITHOUT ROWID""",
    """
    CREATE TABLE entries (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        feed_id INTEGER NOT NULL REFERENCES feeds (id) ON DELETE CASCADE,
        sort_at INTEGER NOT NULL,
        received_at INTEGER NOT NULL,
        published_at INTEGER,
        updated_at INTEGER,
        deleted_at INTEGER,
        read_at INTEGER,
        is_read INTEGER NOT NULL DEFAULT 0,
        is_starred INTEGER NOT NULL DEFAULT 0,
        is_later INTEGER NOT NULL DEFAULT 0,
        is_muted INTEGER NOT NULL DEFAULT 0,
        is_edited INTEGER NOT NULL DEFAULT 0,
        full_text_source INTEGER NOT NULL DEFAULT 0,
        page_wanted INTEGER NOT NULL DEFAULT 0,
        page_tries INTEGER NOT NULL DEFAULT 0,
        word_count INTEGER NOT NULL DEFAULT 0,
        enclosure_count INTEGER NOT NULL DEFAULT 0,
        has_image INTEGER NOT NULL DEFAULT 0,
        has_code INTEGER NOT NULL DEFAULT 0,
        score INTEGER NOT NULL DEFAULT 0,
        copy_count INTEGER NOT NULL DEFAULT 1,
        key BLOB NOT NULL,
        alt_key BLOB NOT NULL,
        content_hash BLOB NOT NULL,
        title TEXT NOT NULL DEFAULT '',
        link TEXT NOT NULL DEFAULT '',
        authors TEXT NOT NULL DEFAULT '',
        summary TEXT NOT NULL DEFAULT '',
        language TEXT NOT NULL DEFAULT '',
        categories TEXT NOT NULL DEFAULT '',
        UNIQUE (feed_id, key)
    )""",
    "CREATE INDEX entries_alt_key ON entries (feed_id, alt_key)",
    # SQLite takes a partial index for smaller than a whole one, but not than another partial
    # one: this one must not be partial, or lists of the few starred entries would walk it.
    "CREATE INDEX entries_sorted ON entries (sort_at, id)",
    """CREATE INDEX entries_unread ON entries (sort_at, id, feed_id, is_muted)
       WHERE is_read = 0 AND deleted_at IS NULL""",
    """CREATE INDEX entries_starred ON entries (sort_at, id, feed_id, is_muted)
       WHERE is_starred = 1 AND deleted_at IS NULL""",
    """CREATE INDEX entries_later ON entries (sort_at, id, feed_id, is_muted)
       WHERE is_later = 1 AND deleted_at IS NULL""",
    "CREATE INDEX entries_deleted ON entries (deleted_at) WHERE deleted_at IS NOT NULL",
    "CREATE INDEX entries_of_feed ON entries (feed_id, sort_at, id) WHERE deleted_at IS NULL",
    "CREATE INDEX entries_page_wanted ON entries (feed_id, id) WHERE page_wanted = 1",
    """
    CREATE TABLE entry_aliases (
        feed_id INTEGER NOT NULL,
        key BLOB NOT NULL,
        entry_id INTEGER NOT NULL REFERENCES entries (id) ON DELETE CASCADE,
        PRIMARY KEY (feed_id, key)
    ) WITHOUT ROWID""",
    "CREATE INDEX entry_aliases_of ON entry_aliases (entry_id)",
    """
    CREATE TABLE entry_bodies (
        entry_id INTEGER PRIMARY KEY REFERENCES entries (id) ON DELETE CASCADE,
        text TEXT NOT NULL DEFAULT '',
        feed_html TEXT NOT NULL DEFAULT '',
        page_html TEXT NOT NULL DEFAULT '',
        page_method TEXT NOT NULL DEFAULT '',
        page_error TEXT NOT NULL DEFAULT '',
        details TEXT NOT NULL DEFAULT '{}'
    )""",
    """
    CREATE TABLE entry_versions (
        id INTEGER PRIMARY KEY,
        entry_id INTEGER NOT NULL REFERENCES entries (id) ON DELETE CASCADE,
        replaced_at INTEGER NOT NULL,
        title TEXT NOT NULL,
        html TEXT NOT NULL
    )""",
    "CREATE INDEX entry_versions_of ON entry_versions (entry_id, replaced_at)",
    """
    CREATE TABLE entry_tags (
        entry_id INTEGER NOT NULL REFERENCES entries (id) ON DELETE CASCADE,
        tag TEXT NOT NULL,
        PRIMARY KEY (entry_id, tag)
    ) WITHOUT ROWID""",
    "CREATE INDEX entry_tags_by_tag ON entry_tags (tag, entry_id)",
    """
    CREATE TABLE saved_searches (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        query TEXT NOT NULL
    )""",
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID",
    """
    CREATE VIEW entries_fts_source AS
        SELECT entries.id, title, authors, text
        FROM entries JOIN entry_bodies ON entry_id = entries.id
    """,
    """
    CREATE VIRTUAL TABLE entries_fts USING fts5 (
        title, authors, text,
        content = 'entries_fts_source', content_rowid = 'id',
        tokenize = 'unicode61 remove_diacritics 2'
    )""",
    """
    CREATE TRIGGER feeds_inserted AFTER INSERT ON feeds BEGIN
        INSERT INTO feed_counts (feed_id) VALUES (new.id);
        INSERT INTO polls (feed_id) VALUES (new.id);
    END""",
    """
    CREATE TRIGGER entries_counted_insert AFTER INSERT ON entries BEGIN
        UPDATE feed_counts SET
            entries = entries + (new.deleted_at IS NULL),
            unread = unread + (NOT new.is_read AND NOT new.is_muted AND new.deleted_at IS NULL),
            starred = starred + (new.is_starred AND new.deleted_at IS NULL)
        WHERE feed_id = new.feed_id;
    END""",
    """
    CREATE TRIGGER entries_counted_update
    AFTER UPDATE OF is_read, is_starred, is_muted, deleted_at ON entries BEGIN
        UPDATE feed_counts SET
            entries = entries + (new.deleted_at IS NULL) - (old.deleted_at IS NULL),
            unread = unread
                + (NOT new.is_read AND NOT new.is_muted AND new.deleted_at IS NULL)
                - (NOT old.is_read AND NOT old.is_muted AND old.deleted_at IS NULL),
            starred = starred
                + (new.is_starred AND new.deleted_at IS NULL)
                - (old.is_starred AND old.deleted_at IS NULL)
        WHERE feed_id = new.feed_id;
    END""",
    """
    CREATE TRIGGER entries_counted_delete AFTER DELETE ON entries BEGIN
        UPDATE feed_counts SET
            entries = entries - (old.deleted_at IS NULL),
            unread = unread - (NOT old.is_read AND NOT old.is_muted AND old.deleted_at IS NULL),
            starred = starred - (old.is_starred AND old.deleted_at IS NULL)
        WHERE feed_id = old.feed_id;
    END""",
)


@migrations()
def m001_first_schema(database: Database) -> None:
    for statement in _FIRST_SCHEMA:
        database.execute(statement)
    database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    database.execute("PRAGMA user_version = 1")


def migrate(database: Database) -> None:
    """Bring the schema to `SCHEMA_VERSION`: each step is one transaction."""
    migrations.apply(database)
    version = database.execute("PRAGMA user_version").fetchone()[0]
    assert version == SCHEMA_VERSION, f"migrations end at {version}, not {SCHEMA_VERSION}"

"""The database's schema as migrations, each complete in itself.

What is where:

- `feeds` with `polls` (polling state) and `feed_counts` (kept by triggers, so that no
  figure on a screen needs a scan); `folders`, `feed_folders`, `feed_tags`;
- `documents`: which items a feed's last document had, to read only those that are new;
- `entries`: a narrow row per entry with the user's state beside the sort key, so that
  partial indexes serve the lists. A row outlives the entry's text (`deleted_at`): nothing
  comes back as unread. `entry_aliases` holds former keys, `entry_bodies` the long texts,
  `entry_versions` what edits replaced;
- `entries_fts`: full-text index over title, authors and text, external content.
- `arrival_days` and `reading_hours`: what came and what was read, as figures;
- `edition_plans`, `editions` with `edition_entries`: finite papers and how they are made;
- `rules` with `rule_hits`: what the user wants done with new entries, and what was done;
- `story_keys`: by what copies of a story in other feeds are found, for a month or two; the
  columns `copy_count` and `is_copy` of entries are kept by triggers;
- `hook_queue` with `hook_states`: what hooks are still to be told, and how they fare.
"""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from feedreader.store.connection import APPLICATION_ID, SCHEMA_VERSION

migrations = Migrations("feedreader")

_COPIES = """FROM entries AS o WHERE o.story_id = entries.story_id AND o.deleted_at IS NULL
    AND o.feed_id NOT IN (SELECT id FROM feeds WHERE removed_at IS NOT NULL)"""
_SETTLED = f"""copy_count = max(1, (SELECT count(*) {_COPIES})),
    is_copy = id <> coalesce((SELECT o.id {_COPIES}
        ORDER BY o.word_count * iif(o.is_copy, 4, 5) DESC, o.id LIMIT 1), id)"""

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
    "CREATE INDEX feeds_removed ON feeds (id) WHERE removed_at IS NOT NULL",
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
        next_check_reason TEXT NOT NULL DEFAULT '',
        requests INTEGER NOT NULL DEFAULT 0,
        not_modified INTEGER NOT NULL DEFAULT 0,
        bytes_received INTEGER NOT NULL DEFAULT 0,
        overruns INTEGER NOT NULL DEFAULT 0,
        overrun_at INTEGER,
        defect TEXT NOT NULL DEFAULT ''
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
        story_id INTEGER,
        copy_count INTEGER NOT NULL DEFAULT 1,
        is_copy INTEGER NOT NULL DEFAULT 0,
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
    # one: these two must not be partial, or lists and counts of the few starred or muted
    # entries would walk them.
    "CREATE INDEX entries_sorted ON entries (sort_at, id)",
    "CREATE INDEX entries_of_feed ON entries (feed_id, sort_at, id)",
    """CREATE INDEX entries_unread ON entries (sort_at, id, feed_id, is_muted)
       WHERE is_read = 0 AND deleted_at IS NULL""",
    """CREATE INDEX entries_starred ON entries (sort_at, id, feed_id, is_muted)
       WHERE is_starred = 1 AND deleted_at IS NULL""",
    """CREATE INDEX entries_later ON entries (sort_at, id, feed_id, is_muted)
       WHERE is_later = 1 AND deleted_at IS NULL""",
    """CREATE INDEX entries_muted ON entries (sort_at, id, feed_id)
       WHERE is_muted = 1 AND deleted_at IS NULL""",
    "CREATE INDEX entries_deleted ON entries (deleted_at) WHERE deleted_at IS NOT NULL",
    "CREATE INDEX entries_page_wanted ON entries (feed_id, id) WHERE page_wanted = 1",
    "CREATE INDEX entries_of_story ON entries (story_id) WHERE story_id IS NOT NULL",
    """CREATE INDEX entries_unread_copies ON entries (story_id, feed_id, is_muted)
       WHERE is_read = 0 AND deleted_at IS NULL AND story_id IS NOT NULL""",
    """
    CREATE TABLE story_keys (
        period INTEGER NOT NULL,
        key INTEGER NOT NULL,
        entry_id INTEGER NOT NULL,
        PRIMARY KEY (period, key, entry_id)
    ) WITHOUT ROWID""",
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
    """
    CREATE TABLE rules (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        position INTEGER NOT NULL,
        name TEXT NOT NULL DEFAULT '',
        text TEXT NOT NULL,
        is_active INTEGER NOT NULL DEFAULT 1,
        hit_count INTEGER NOT NULL DEFAULT 0,
        created_at INTEGER NOT NULL,
        removed_at INTEGER
    )""",
    """
    CREATE TABLE rule_hits (
        entry_id INTEGER NOT NULL REFERENCES entries (id) ON DELETE CASCADE,
        rule_id INTEGER NOT NULL REFERENCES rules (id) ON DELETE CASCADE,
        hit_at INTEGER NOT NULL,
        effects TEXT NOT NULL,
        is_spared INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (entry_id, rule_id)
    ) WITHOUT ROWID""",
    "CREATE INDEX rule_hits_of ON rule_hits (rule_id, hit_at)",
    """
    CREATE TABLE edition_plans (
        name TEXT PRIMARY KEY,
        plan TEXT NOT NULL
    ) WITHOUT ROWID""",
    """
    CREATE TABLE editions (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL,
        day TEXT NOT NULL,
        made_at INTEGER NOT NULL,
        UNIQUE (name, day)
    )""",
    """
    CREATE TABLE edition_entries (
        edition_id INTEGER NOT NULL REFERENCES editions (id) ON DELETE CASCADE,
        place INTEGER NOT NULL,
        entry_id INTEGER NOT NULL REFERENCES entries (id) ON DELETE CASCADE,
        section TEXT NOT NULL,
        is_carried INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (edition_id, place)
    ) WITHOUT ROWID""",
    "CREATE INDEX edition_entries_of ON edition_entries (entry_id)",
    """
    CREATE TABLE hook_queue (
        id INTEGER PRIMARY KEY,
        entry_id INTEGER NOT NULL REFERENCES entries (id) ON DELETE CASCADE,
        hook TEXT NOT NULL,
        queued_at INTEGER NOT NULL
    )""",
    "CREATE INDEX hook_queue_entry ON hook_queue (entry_id)",
    """
    CREATE TABLE hook_states (
        hook TEXT PRIMARY KEY,
        failures INTEGER NOT NULL DEFAULT 0,
        next_try_at INTEGER,
        busy_until INTEGER,
        error TEXT NOT NULL DEFAULT ''
    ) WITHOUT ROWID""",
    """
    CREATE TABLE arrival_days (
        day INTEGER NOT NULL,
        feed_id INTEGER NOT NULL,
        received INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (day, feed_id)
    ) WITHOUT ROWID""",
    """
    CREATE TABLE reading_hours (
        hour INTEGER NOT NULL,
        feed_id INTEGER NOT NULL,
        read INTEGER NOT NULL DEFAULT 0,
        skipped INTEGER NOT NULL DEFAULT 0,
        seconds INTEGER NOT NULL DEFAULT 0,
        words INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (hour, feed_id)
    ) WITHOUT ROWID""",
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
    CREATE TRIGGER rule_hits_counted_insert AFTER INSERT ON rule_hits BEGIN
        UPDATE rules SET hit_count = hit_count + 1 WHERE id = new.rule_id;
    END""",
    """
    CREATE TRIGGER rule_hits_counted_delete AFTER DELETE ON rule_hits BEGIN
        UPDATE rules SET hit_count = hit_count - 1 WHERE id = old.rule_id;
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
    # The face of a story is its fullest copy; another must be a quarter longer to take its place.
    # A face that changes with each poll would make lists jump.
    f"""
    CREATE TRIGGER entries_story_changed
    AFTER UPDATE OF story_id, word_count, deleted_at ON entries
    WHEN coalesce(old.story_id, new.story_id) IS NOT NULL
        AND old.copy_count = new.copy_count  -- else the statement itself has settled it
        AND (old.story_id IS NOT new.story_id OR old.word_count <> new.word_count
            OR (old.deleted_at IS NULL) <> (new.deleted_at IS NULL))
    BEGIN
        UPDATE entries SET copy_count = 1, is_copy = 0 WHERE id = new.id AND new.story_id IS NULL;
        UPDATE entries SET {_SETTLED} WHERE story_id IN (old.story_id, new.story_id);
    END""",
    f"""
    CREATE TRIGGER feeds_stories_changed AFTER UPDATE OF removed_at ON feeds
    WHEN (old.removed_at IS NULL) <> (new.removed_at IS NULL)
    BEGIN
        UPDATE entries SET {_SETTLED} WHERE story_id IN
            (SELECT story_id FROM entries WHERE feed_id = new.id AND story_id IS NOT NULL);
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


@migrations()
def m002_items_of_documents(database: Database) -> None:
    database.execute(
        """CREATE TABLE documents (
               feed_id INTEGER PRIMARY KEY REFERENCES feeds (id) ON DELETE CASCADE,
               items BLOB NOT NULL
           )"""
    )
    database.execute("PRAGMA user_version = 2")


def migrate(database: Database) -> None:
    """Bring the schema to `SCHEMA_VERSION`: each step is one transaction."""
    migrations.apply(database)
    version = database.execute("PRAGMA user_version").fetchone()[0]
    assert version == SCHEMA_VERSION, f"migrations end at {version}, not {SCHEMA_VERSION}"

"""The search index: which words it knows, and how many entries have some."""

from __future__ import annotations

from feedreader.store.connection import Connection

_WORDS = """CREATE VIRTUAL TABLE IF NOT EXISTS temp.indexed_words
    USING fts5vocab (main, entries_fts, instance)"""
_BEFORE_LETTERS = " "
"""Added to a word it stands behind the word itself and before all that go on."""


class SearchIndex:
    """The full-text index, apart from what conditions on entries ask of it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def words_beginning(self, start: str, most: int) -> tuple[str, ...] | None:
        """Return the words that begin so, in order; None if they are more than `most`.

        Each costs one look into the index, however many entries have it: of a table of
        instances SQLite reads no more than the first one of each word.
        """
        self._connection.execute(_WORDS)
        words: list[str] = []
        word = start
        while True:
            word = self._connection.value(
                "SELECT term FROM temp.indexed_words WHERE term >= ? LIMIT 1", (word,)
            )
            if word is None or not word.startswith(start):
                return tuple(words)
            if len(words) == most:
                return None
            words.append(word)
            word += _BEFORE_LETTERS

    def count(self, expression: str, ids: str) -> int:
        """Return how many entries FTS5 finds among ids such as "> 123"."""
        return int(
            self._connection.value(
                f"SELECT count(*) FROM entries_fts WHERE entries_fts MATCH ? AND rowid {ids}",
                (expression,),
            )
        )

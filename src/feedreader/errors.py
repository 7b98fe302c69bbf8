"""Every error that feedreader raises on purpose.

    FeedreaderError
    ├── ConfigError            the configuration cannot be used
    ├── StoreError             the database cannot be used
    │   ├── DatabaseDamaged    the file is no intact feedreader database
    │   └── DatabaseTooNew     a later feedreader wrote this file
    ├── NotFound               no such feed, entry or folder
    ├── AlreadyFollowed        another feed has that address
    ├── RefreshRunning         another process holds the refresh lock
    ├── QueryError             a query cannot be read; points at the spot
    ├── SearchInUse            a saved search is named by a rule or another search
    ├── ImportFailed           a subscription list cannot be read at all
    ├── NotWritten             a file that the user named cannot be written
    ├── NotAFeed               a document is no feed
    ├── ExtractionFailed       no article was found on a page
    └── FetchError             an address typed by the user cannot be fetched

A feed that fails during a refresh is data (`RefreshOutcome.reason`), not an
exception. Messages say what, which and why, in one line.
"""

from __future__ import annotations


class FeedreaderError(Exception):
    """Root of the tree; front ends show its message and exit with 1."""


class ConfigError(FeedreaderError):
    """The configuration cannot be used; names file, key and reason."""


class StoreError(FeedreaderError):
    """The database cannot be used; names the file and the reason."""


class DatabaseDamaged(StoreError):
    """The file is not an intact feedreader database; nothing was written to it."""


class DatabaseTooNew(StoreError):
    """A later feedreader wrote this file; nothing was written to it."""


class NotFound(FeedreaderError):
    """No feed, entry or folder answers to what was asked for."""


class AlreadyFollowed(FeedreaderError):
    """Another feed has that address; names it."""


class RefreshRunning(FeedreaderError):
    """Another process is refreshing this database."""


class QueryError(FeedreaderError):
    """A query cannot be read.

    `position` is the 0-based character offset of the spot, `hint` a suggestion or "".
    """

    def __init__(self, message: str, *, query: str, position: int, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.query = query
        self.position = position
        self.hint = hint


class SearchInUse(FeedreaderError):
    """A saved search cannot be removed: a rule or another search names it."""


class ImportFailed(FeedreaderError):
    """A subscription list cannot be read at all; nothing was imported."""


class NotWritten(FeedreaderError):
    """A file that the user named cannot be written; says why. What was there stays."""


class NotAFeed(FeedreaderError):
    """A document is no feed; says what it seems to be instead."""


class ExtractionFailed(FeedreaderError):
    """No article was found on a page; says why."""


class FetchError(FeedreaderError):
    """An address that the user asked for cannot be fetched; says why."""

"""Words that stand for a choice, and other names for plain types."""

from __future__ import annotations

from typing import Literal

FullTextMode = Literal["auto", "always", "never"]
SubscriptionKind = Literal["http", "file", "exec", "filter", "pages"]
FullTextSource = Literal["feed", "page", "none"]
Outcome = Literal["new", "unchanged", "not_modified", "skipped", "failed", "gone", "moved"]

ChangeAction = Literal["read", "starred", "later", "tag", "deleted", "subscribed", "muted", "ruled"]

COLOURS = ("red", "orange", "yellow", "green", "blue", "violet")
"""What rules can highlight entries with."""

FolderPath = tuple[str, ...]
"""Folder names from the root down; the root itself is `()`."""

"""The values that pass between layers: frozen, without behaviour beyond properties.

Times are aware UTC datetimes. Words are the specifications': feed, entry, enclosure,
subscription, outline. What the publisher said (`Feed`, `Entry`) is wrapped by what we
know about it (`Subscription`, `StoredEntry`), never repeated.

Each name is imported from its module when it is first used: to make all of these classes
takes longer than to say what is unread.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from feedreader.model.editions import (
        Edition,
        EditionEntry,
        EditionPlan,
        EditionSection,
        Leftovers,
        Schedule,
    )
    from feedreader.model.entries import EntryKeys, EntryVersion, StoredEntry
    from feedreader.model.fetching import (
        Fetched,
        FetchFailed,
        FetchResult,
        NotAsked,
        NotModified,
        Request,
    )
    from feedreader.model.hooks import Hook, HookOutcome, HookQueue, QuietHours
    from feedreader.model.outcomes import Change, ImportReport, PageOutcome, RefreshOutcome
    from feedreader.model.planning import CleanEntry, EntryChange, FeedUpdate, FullText, KnownEntry
    from feedreader.model.publishers import Enclosure, Entry, Feed, FeedHints, ParsedFeed
    from feedreader.model.rules import Rule, RuleHit, RulePreview
    from feedreader.model.settings import (
        FeedSettings,
        FetchLimits,
        RefreshSettings,
        RetentionSettings,
        SiteRule,
    )
    from feedreader.model.status import Status
    from feedreader.model.subscriptions import Outline, PollState, SavedSearch, Subscription
    from feedreader.model.summaries import EntrySummary
    from feedreader.model.words import (
        ChangeAction,
        FolderPath,
        FullTextMode,
        FullTextSource,
        Outcome,
        SubscriptionKind,
    )

__all__ = [
    "Change",
    "ChangeAction",
    "CleanEntry",
    "Edition",
    "EditionEntry",
    "EditionPlan",
    "EditionSection",
    "Enclosure",
    "Entry",
    "EntryChange",
    "EntryKeys",
    "EntrySummary",
    "EntryVersion",
    "Feed",
    "FeedHints",
    "FeedSettings",
    "FeedUpdate",
    "FetchFailed",
    "FetchLimits",
    "FetchResult",
    "Fetched",
    "FolderPath",
    "FullText",
    "FullTextMode",
    "FullTextSource",
    "Hook",
    "HookOutcome",
    "HookQueue",
    "ImportReport",
    "KnownEntry",
    "Leftovers",
    "NotAsked",
    "NotModified",
    "Outcome",
    "Outline",
    "PageOutcome",
    "ParsedFeed",
    "PollState",
    "QuietHours",
    "RefreshOutcome",
    "RefreshSettings",
    "Request",
    "RetentionSettings",
    "Rule",
    "RuleHit",
    "RulePreview",
    "SavedSearch",
    "Schedule",
    "SiteRule",
    "Status",
    "StoredEntry",
    "Subscription",
    "SubscriptionKind",
]

_NAMES = {
    "editions": "Edition EditionEntry EditionPlan EditionSection Leftovers Schedule",
    "entries": "EntryKeys EntryVersion StoredEntry",
    "fetching": "FetchFailed FetchResult Fetched NotAsked NotModified Request",
    "hooks": "Hook HookOutcome HookQueue QuietHours",
    "outcomes": "Change ImportReport PageOutcome RefreshOutcome",
    "planning": "CleanEntry EntryChange FeedUpdate FullText KnownEntry",
    "publishers": "Enclosure Entry Feed FeedHints ParsedFeed",
    "rules": "Rule RuleHit RulePreview",
    "settings": "FeedSettings FetchLimits RefreshSettings RetentionSettings SiteRule",
    "status": "Status",
    "subscriptions": "Outline PollState SavedSearch Subscription",
    "summaries": "EntrySummary",
    "words": "ChangeAction FolderPath FullTextMode FullTextSource Outcome SubscriptionKind",
}
_HOMES = {name: module for module, names in _NAMES.items() for name in names.split()}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value

"""Feeds that may be the same one twice, and which of two may go."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Final

from feedreader.model import Subscription

_MOST_ALIKE: Final = 40
"""Feeds of one site or name; where there are more, that says nothing."""
_SHARE_TO_BE_ONE: Final = 0.9
_FEWEST_ENTRIES: Final = 3
_ADDRESS: Final = re.compile(
    r"\s*https?://(?:[^/?#@]*@)?(?:www\.)?([^/?#\s]+)([^?#\s]*?)(?:/(?:index\.\w+)?)?(\?[^#\s]*|)(?:#|\s|$)",
    re.IGNORECASE,
)


def find_candidates(subscriptions: Sequence[Subscription]) -> tuple[Collection[int], ...]:
    """Return groups of feeds with one address, one site or one title, small differences aside.

    Whether they are the same only their entries can say.
    """
    groups: dict[tuple[str, str], set[int]] = defaultdict(set)
    for one in subscriptions:
        if one.kind == "pages" or one.settings.is_archived:
            continue
        groups["url", _without_frills(one.url)].add(one.id)
        groups["link", _without_frills(one.feed.link)].add(one.id)
        groups["title", one.feed.title.casefold().strip()].add(one.id)
    found = {
        frozenset(ids) for (_, key), ids in groups.items() if key and 1 < len(ids) <= _MOST_ALIKE
    }
    return tuple(sorted(found, key=sorted))


def may_go(one: Subscription, other: Subscription, share: float) -> Subscription | None:
    """Return which of two feeds with a share of entries in common may go; None if neither.

    The better one stays: it answers, is encrypted, has stars, has more entries, came first.
    """
    if share < _SHARE_TO_BE_ONE or min(one.entry_count, other.entry_count) < _FEWEST_ENTRIES:
        return None
    return min(one, other, key=_worth)


def _worth(one: Subscription) -> tuple[object, ...]:
    is_well = not one.poll.error and one.poll.gone_at is None
    return (
        is_well,
        one.starred_count > 0,
        one.url.startswith("https:"),
        one.entry_count,
        -one.added_at.timestamp(),
        -one.id,
    )


def _without_frills(url: str) -> str:
    """Return what is left of a web address without scheme, www, index file and last slash."""
    found = _ADDRESS.match(url)
    return f"{found[1].lower()}{found[2]}{found[3]}" if found else ""

"""What a probe would ask the network, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from feedreader.core.urls import host_key
from feedreader.model.health import Question

_NAMES: Final = {
    "moved": ("new address", "new addresses"),
    "site": ("site", "sites"),
    "https": ("encrypted address", "encrypted addresses"),
}


def questions_in_words(questions: Sequence[Question]) -> str:
    """Return whom a probe asks, and for what: "12 servers: 3 sites, 9 encrypted addresses"."""
    parts = []
    for purpose, (one, many) in _NAMES.items():
        if count := sum(question.purpose == purpose for question in questions):
            parts.append(f"{count:,} {one if count == 1 else many}")
    servers = len({host_key(one.url) for one in questions})
    return f"{servers:,} server{'s' * (servers != 1)}: {', '.join(parts)}"

"""Copies of a story: how the text of one differs from that of the fullest, in words and shown."""

from __future__ import annotations

import re
from collections import Counter
from html import escape
from typing import Final

from feedreader.core.document import Document
from feedreader.core.edit_page import State, lay_out_edits
from feedreader.core.likeness import find_words
from feedreader.model import StoredEntry

_SENTENCE_ENDS: Final = re.compile(r"(?<=[.!?…])\s+|(?<=[.!?…][)\"”’])\s+|(?<=[。！？])|\n")


def tell_difference(fullest: str, other: str) -> str:
    """Return in words how a copy's text differs from the fullest: "same words", "42 fewer" …"""
    most, some = Counter(find_words(fullest)), Counter(find_words(other))
    fewer, own = (most - some).total(), (some - most).total()
    told = [f"{fewer:,} fewer"] * bool(fewer) + [f"{own:,} of its own"] * bool(own)
    return ", ".join(told) or "same words"


def lay_out_difference(
    fullest: StoredEntry, other: StoredEntry, *, width: int, has_signs: bool = False
) -> Document:
    """Return what a copy leaves out of the fullest and what it has of its own, as lines."""
    label = f"{fullest.summary.feed_title} → {other.summary.feed_title}"
    states = [
        State(other.summary.title, _by_sentences(other.text), ""),
        State(fullest.summary.title, _by_sentences(fullest.text), label),
    ]
    return lay_out_edits(states, width=width, has_signs=has_signs)


def _by_sentences(text: str) -> str:
    """Return a text as HTML with a paragraph for each sentence: feeds cut paragraphs anyhow."""
    sentences = filter(None, _SENTENCE_ENDS.split(text))
    return "".join(f"<p>{escape(sentence)}</p>" for sentence in sentences)

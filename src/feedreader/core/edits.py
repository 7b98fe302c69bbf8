"""Whether what a publisher changed of an entry is an edit, and how large it is.

An edit changes words. Markup, pictures, addresses, white space, and whatever changes by itself
(incidental.py) are no edit; nor is what several entries of one document gained or lost alike:
that is the site's, not their authors'. A corrected figure is an edit. The cost grows with the
texts alone, whatever is in them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from feedreader.core.sanitize import html_to_text

_ENTRIES_OF_FURNITURE: Final = 3
"""In so many entries of a document a paragraph comes or goes alike if it is the site's."""
_LEAST_NEW_WORDS: Final = 25
"""Fewer are no reason to read a story again, whatever their share."""
_LEAST_FLOOD: Final = 3


@dataclass(frozen=True, slots=True)
class Edit:
    """What changed of an entry's words; `is_edit` is false if nothing did that counts."""

    has_new_title: bool = False
    gone: tuple[str, ...] = ()
    came: tuple[str, ...] = ()
    """The paragraphs that were not there before, in their order; `gone` those that are no more."""
    words_before: int = 0
    words_after: int = 0

    @property
    def is_edit(self) -> bool:
        return self.has_new_title or bool(self.gone or self.came)

    @property
    def new_words(self) -> int:
        """How many words came, those left out that only moved."""
        return _count(_words(self.came) - _words(self.gone))

    @property
    def share(self) -> float:
        """How much of the text is other than it was, from 0 to 1; titles do not count."""
        lost = _count(_words(self.gone) - _words(self.came))
        return max(lost, self.new_words) / max(self.words_before, self.words_after, 1)

    def is_worth_rereading(self, least_share: float) -> bool:
        """Say whether so much changed that who has read the story may want to again.

        `least_share` 0 means never.
        """
        return (
            0 < least_share <= self.share and bool(self.came) and self.new_words >= _LEAST_NEW_WORDS
        )


def compare(former_title: str, former_html: str, title: str, html: str) -> Edit:
    """Return what changed between two states of an entry; the HTML is `clean_html`'s."""
    if former_title == title and former_html == html:
        return Edit()
    # Its patterns cost every refresh milliseconds, and few have an edit.
    from feedreader.core.incidental import lasting_paragraphs, lasting_title

    has_new_title = former_title != title and lasting_title(former_title) != lasting_title(title)
    if former_html == html:
        return Edit(has_new_title)
    former_text, text = html_to_text(former_html), html_to_text(html)
    if former_text == text:
        return Edit(has_new_title)
    before, after = lasting_paragraphs(former_text), lasting_paragraphs(text)
    words_before, words_after = " ".join(before).split(), " ".join(after).split()
    if words_before == words_after:  # paragraphs may be cut otherwise
        return Edit(has_new_title)
    gone, came = _missing(before, after), _missing(after, before)
    if _flat(gone) == _flat(came):
        return Edit(has_new_title)
    return Edit(has_new_title, gone, came, len(words_before), len(words_after))


def without_furniture(edits: Sequence[Edit]) -> list[Edit]:
    """Return the edits of one document without what several entries gained or lost alike."""
    if len(edits) < _ENTRIES_OF_FURNITURE:
        return list(edits)
    gains = Counter(words for edit in edits for words in set(edit.came))
    losses = Counter(words for edit in edits for words in set(edit.gone))

    def own(edit: Edit) -> Edit:
        came = tuple(words for words in edit.came if gains[words] < _ENTRIES_OF_FURNITURE)
        gone = tuple(words for words in edit.gone if losses[words] < _ENTRIES_OF_FURNITURE)
        if len(came) + len(gone) == len(edit.came) + len(edit.gone):
            return edit
        if _flat(came) == _flat(gone):
            return Edit(edit.has_new_title)
        return replace(edit, came=came, gone=gone)

    return [own(edit) for edit in edits]


def is_flood(rereading: int, known: int) -> bool:
    """Say whether so many entries of a document changed at once that it was the feed that did.

    A feed that goes from summaries to whole stories must not bring back all that was read.
    """
    return rereading >= _LEAST_FLOOD and rereading * 2 > known


def _missing(paragraphs: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    """Return the paragraphs that are not among the others, in order, each as often as that."""
    left = Counter(others)
    missing = []
    for words in paragraphs:
        if left[words]:
            left[words] -= 1
        else:
            missing.append(words)
    return tuple(missing)


def _flat(paragraphs: Sequence[str]) -> list[str]:
    return " ".join(paragraphs).split()


def _words(paragraphs: Sequence[str]) -> Counter[str]:
    return Counter(_flat(paragraphs))


def _count(words: Counter[str]) -> int:
    return words.total()

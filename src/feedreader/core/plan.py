"""What one poll changes: a parsed document against what the store knows of its feed.

Entries are matched in three rounds, each over what the round before left:

1. by key, or by a key that the entry had before;
2. by link, where a publisher gave the entry a new id. Only if the old id has left the
   document, and title, date or text are the same: title and date, if several known entries
   have the link;
3. by title and date, else by title alone, when most of the document is unknown: a feed that
   moved its site rewrites ids and links at once, and must not flood the user. Entries that have
   neither are looked for by title and date whenever their text is unknown.

What stays unmatched is new. Nothing is ever removed: feeds show a window of their entries.
Whether a change of a known entry counts as an edit, edits.py decides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain
from types import MappingProxyType
from typing import TypeVar

from feedreader.core.edits import Edit, compare, is_flood, without_furniture
from feedreader.core.identity import IdentifiedEntry, normalise_title
from feedreader.core.likeness import story_keys
from feedreader.core.sanitize import clean_with_text, count_words, summarise
from feedreader.model import CleanEntry, EntryChange, KnownEntry

_Item = TypeVar("_Item")
_Label = TypeVar("_Label", bound=Hashable)
_NONE_CLEANED: Mapping[bytes, CleanEntry] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class KnownEntries:
    """What the store knows that may match a document."""

    by_key: Mapping[bytes, KnownEntry] = field(default_factory=dict)
    """For each known key or former key of the document."""
    by_alt_key: Mapping[bytes, Sequence[KnownEntry]] = field(default_factory=dict)
    """For the entries whose key is unknown."""
    recent: Sequence[KnownEntry] = ()
    """The feed's newest, given only when `may_have_moved`."""
    former_html: Mapping[int, str] = field(default_factory=dict)
    """By entry id: what the feed gave before, of those that may have changed."""

    @property
    def ids(self) -> frozenset[int]:
        """Of the entries that have a key in common with the document."""
        entries = (*self.by_key.values(), *chain(*self.by_alt_key.values()))
        return frozenset(one.id for one in entries)


@dataclass(frozen=True, slots=True)
class Plan:
    """New entries and changed ones, in the document's order."""

    new: tuple[CleanEntry, ...]
    changed: tuple[EntryChange, ...]


def find_unknown(
    identified: Sequence[IdentifiedEntry], by_key: Mapping[bytes, KnownEntry]
) -> tuple[IdentifiedEntry, ...]:
    """Return the entries that no key finds."""
    return tuple(
        one
        for one in identified
        if one.key not in by_key and one.plain_key not in by_key and one.linked_key not in by_key
    )


def may_have_moved(unknown: Sequence[IdentifiedEntry], document_count: int) -> bool:
    """Say whether unknown entries may be known ones of which neither id nor link is left."""
    return _is_mass_change(len(unknown), document_count) or any(map(_is_nameless, unknown))


def _is_mass_change(unknown_count: int, document_count: int) -> bool:
    """Say whether so much is unknown that the feed may have rewritten its ids."""
    return unknown_count >= 3 and unknown_count * 2 > document_count


def _is_nameless(one: IdentifiedEntry) -> bool:
    """Say whether an entry's key is that of its text, and another one after each edit."""
    return not one.entry.link and not one.entry.guid.strip()


def find_uncleaned(
    identified: Sequence[IdentifiedEntry], by_key: Mapping[bytes, KnownEntry]
) -> tuple[IdentifiedEntry, ...]:
    """Return the entries that `plan_entries` makes safe unless that was done before."""
    return tuple(
        one
        for one in identified
        if one.key not in by_key
        or any(
            by_key[key].content_hash != one.content_hash
            for key in (one.key, one.plain_key, one.linked_key)
            if key in by_key
        )
    )


def plan_entries(
    identified: Sequence[IdentifiedEntry],
    known: KnownEntries,
    cleaned: Mapping[bytes, CleanEntry] = _NONE_CLEANED,
    *,
    unread_again: float = 0,
    unchanged: int = 0,
) -> Plan:
    """Decide which entries are new and which known ones changed.

    `cleaned` holds by key what `clean_entry` gave before. `unread_again` is the share of its
    words that must be new for an entry to count as unread once more; 0: no edit does that.
    `unchanged` is how many more entries the document has, all of them as they were.
    """
    matches = _match(identified, known, len(identified) + unchanged)
    new: list[CleanEntry] = []
    changed: list[tuple[KnownEntry, EntryChange]] = []
    for one in identified:
        match = matches.get(one.key)
        if match is None:
            new.append(cleaned.get(one.key) or clean_entry(one))
            continue
        is_changed = match.content_hash != one.content_hash
        has_new_key = one.key not in known.by_key
        if is_changed or has_new_key:
            former_key = match.key if has_new_key else b""
            clean = cleaned.get(one.key) or clean_entry(one)
            changed.append((match, EntryChange(match.id, clean, is_changed, former_key=former_key)))
    return Plan(tuple(new), _weigh(changed, known, len(matches) + unchanged, unread_again))


def _weigh(
    changed: Sequence[tuple[KnownEntry, EntryChange]],
    known: KnownEntries,
    known_count: int,
    unread_again: float,
) -> tuple[EntryChange, ...]:
    """Return the changes with what each is to the reader: nothing, an edit, a story anew."""
    edits = without_furniture([_compare(match, change, known) for match, change in changed])
    are_large = [edit.is_worth_rereading(unread_again) for edit in edits]
    if is_flood(sum(are_large), known_count):
        are_large = [False] * len(edits)
    return tuple(
        replace(change, is_edited=edit.is_edit, is_unread_again=is_large and match.was_read)
        for (match, change), edit, is_large in zip(changed, edits, are_large, strict=True)
    )


def _compare(match: KnownEntry, change: EntryChange, known: KnownEntries) -> Edit:
    former_html = known.former_html.get(match.id)
    if not change.is_changed or former_html is None:
        return Edit()
    clean = change.clean
    return compare(match.title, former_html, clean.entry.title, clean.content_html)


def clean_entry(identified: IdentifiedEntry) -> CleanEntry:
    """Make an entry safe for the store: sanitised, absolute, with its text."""
    entry = identified.entry
    html, text = clean_with_text(entry.content_html or entry.summary_html, entry.base_url)
    summary = entry.summary_html if entry.content_html and entry.summary_html else ""
    summary_text = clean_with_text(summary, entry.base_url)[1] if summary else text
    return CleanEntry(
        entry=entry,
        key=identified.key,
        alt_key=identified.alt_key,
        content_hash=identified.content_hash,
        summary_text=summarise(summary_text),
        content_html=html,
        content_text=text,
        word_count=count_words(text),
        has_image="<img" in html,
        has_code="<pre" in html or "<code" in html,
        story_keys=story_keys((entry.link,), text),
    )


def _match(
    identified: Sequence[IdentifiedEntry], known: KnownEntries, document_count: int
) -> dict[bytes, KnownEntry]:
    matches: dict[bytes, KnownEntry] = {}
    if not (known.by_key or known.by_alt_key or known.recent):
        return matches
    taken: set[int] = set()

    def take(one: IdentifiedEntry, match: KnownEntry | None) -> None:
        if match is not None and match.id not in taken and one.key not in matches:
            matches[one.key] = match
            taken.add(match.id)

    for one in identified:
        if one.key in (one.plain_key, one.linked_key):
            # Alone in this document, it may have had to share its guid in an earlier one.
            take(one, known.by_key.get(one.linked_key))
        match = known.by_key.get(one.key)
        if match is not None and match.key == one.key:
            take(one, match)
    for one in identified:
        # What an entry was called before, another one may be called now.
        take(one, known.by_key.get(one.key))
    rest = [one for one in identified if one.key not in matches]
    for is_same in (_is_alike, _may_be):
        for one in rest:
            # A guid that this document repeats belongs to the copy whose link it had before; of
            # copies with one link, to that which looks like it.
            for key in (one.linked_key, one.plain_key):
                match = known.by_key.get(key)
                if match is not None and match.alt_key == one.alt_key and is_same(one, match):
                    take(one, match)

    alt_counts = Counter(one.alt_key for one in identified)
    for one in identified:
        candidates = known.by_alt_key.get(one.alt_key, ())
        if len(candidates) == 1 and alt_counts[one.alt_key] == 1:
            candidate = candidates[0]
            if _is_alike(one, candidate):
                take(one, candidate)
    linked = _single(
        (entry for some in known.by_alt_key.values() for entry in some if entry.id not in taken),
        lambda entry: (entry.alt_key, *_known_label(entry)),
    )
    if linked:
        # How copies of one link are told apart hangs on which others the document has.
        rest = [one for one in identified if one.key not in matches]
        for label, one in _single(rest, lambda one: (one.alt_key, *_label(one))).items():
            take(one, linked.get(label))

    if not known.recent:
        return matches
    unknown_count = len(find_unknown(identified, known.by_key))
    is_mass_change = _is_mass_change(unknown_count, document_count)
    rest = [one for one in identified if one.key not in matches]
    recent = _single((entry for entry in known.recent if entry.id not in taken), _known_label)
    for (title, published), one in _single(rest, _label).items():
        if published is not None and (is_mass_change or (title and _is_nameless(one))):
            take(one, recent.get((title, published)))
    if not is_mass_change:
        return matches
    title_counts = Counter(normalise_title(entry.title) for entry in known.recent)
    by_title = {normalise_title(entry.title): entry for entry in known.recent}
    for one in identified:
        title = normalise_title(one.entry.title)
        if title and title_counts[title] == 1 and _has_same_title(one, by_title[title]):
            take(one, by_title[title])
    return matches


def _single(items: Iterable[_Item], label: Callable[[_Item], _Label]) -> dict[_Label, _Item]:
    """Return by their labels the items that share theirs with no other."""
    pairs = [(label(item), item) for item in items]
    counts = Counter(name for name, _ in pairs)
    return {name: item for name, item in pairs if counts[name] == 1}


def _label(one: IdentifiedEntry) -> tuple[str, datetime | None]:
    return normalise_title(one.entry.title), _published(one)


def _known_label(entry: KnownEntry) -> tuple[str, datetime | None]:
    return normalise_title(entry.title), entry.published


def _published(one: IdentifiedEntry) -> datetime | None:
    """Return an entry's date as the store keeps it: in whole seconds."""
    published = one.entry.published
    return None if published is None else published.replace(microsecond=0)


def _has_same_title(one: IdentifiedEntry, candidate: KnownEntry) -> bool:
    """Say whether titles are equal and no dates speak against it, or all content is equal."""
    if one.content_hash == candidate.content_hash:
        return True
    published = _published(one)
    return normalise_title(one.entry.title) == normalise_title(candidate.title) and (
        published is None or candidate.published is None or published == candidate.published
    )


def _has_same_date(one: IdentifiedEntry, candidate: KnownEntry) -> bool:
    published = _published(one)
    return published is not None and published == candidate.published


def _is_alike(one: IdentifiedEntry, candidate: KnownEntry) -> bool:
    return _has_same_title(one, candidate) or _has_same_date(one, candidate)


def _may_be(one: IdentifiedEntry, candidate: KnownEntry) -> bool:
    """Say whether an entry of a known one's id and link may be that: no two dates deny it."""
    return one.entry.published is None or candidate.published is None or _is_alike(one, candidate)

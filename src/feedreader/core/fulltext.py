"""Whether a feed gives summaries only, so that its entries' pages are worth fetching."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from statistics import median
from typing import Final
from urllib.parse import urlsplit

from feedreader.core.sanitize import count_words, html_to_text
from feedreader.core.urls import host_of
from feedreader.model import CleanEntry, Entry

SAMPLE: Final = 12
"""So many of a feed's newest entries are looked at."""
TRUNCATED_MAX_WORDS: Final = 250
"""A longer text is an article, even if it ends in "Read more"."""
SUMMARY_MAX_WORDS: Final = 90
"""A text that is shorter and is announced as a summary is none but that."""
CONTENT_MAX_WORDS: Final = 60
"""The same for what the feed calls content."""
TEASER_MIN_WORDS: Final = 8
"""Shorter texts than this are titles, notes or nothing."""
_CHARS_TO_TELL: Final = 3_000
_LAST_LINE: Final = 400
_TAG: Final = re.compile(r"<[^>]*>")

_ENDS_CUT: Final = re.compile(
    r"(?:…|\.{3}|\[\s*(?:…|\.{3}|&hellip;)\s*\]|\(\s*(?:…|\.{3}|more)\s*\)|»|→|>>)\s*$"
)
_READ_MORE: Final = re.compile(
    r"(?:read\s(?:more|on|the\s(?:rest|full|whole|entire)\b.{0,40}|full\s(?!topic).{0,30}|article"
    r"|post|story)|continue\sreading\b.{0,120}|keep\sreading|view\s(?:article|post|full\b.{0,20})|more\s*"
    r"|full\s(?:story|article)|the\spost\b.{1,200}\b(?:appeared\sfirst\son|first\sappeared\son)\b.{0,80}"
    r"|weiterlesen|mehr\slesen|lire\s(?:la\ssuite|plus)|leer\smás|seguir\sleyendo|leia\smais"
    r"|continua\sa\sleggere|leggi\stutto|lees\s(?:meer|verder)|läs\smer|czytaj\s(?:więcej|dalej)"
    r"|читать\s(?:далее|дальше|полностью)|続きを読む|阅读(?:全文|更多)|閱讀全文)"
    r"[\s.…»→>)\]]*$",
    re.IGNORECASE,
)
_CUT_SIGNS: Final = ("…", "...", "]", ")", "»", "→", ">>")
"""One of these ends what `_ENDS_CUT` finds."""
_MORE_WORDS: Final = (
    *("read", "view", "more", "full", "post", "weiterlesen", "mehr", "lire", "leer", "seguir"),
    *("leia", "continua", "leggi", "lees", "läs", "czytaj", "читать", "続きを読む", "阅读", "閱讀"),
)
"""One of these stands in what `_READ_MORE` finds."""
_APPEARED_FIRST: Final = re.compile(
    r"\bthe\spost\s.{1,250}\s(?:appeared\sfirst\son|first\sappeared\son)\s.{1,80}$", re.IGNORECASE
)
# Hosts whose entries are whole as they are, or whose pages hold no article.
_NO_ARTICLES: Final = re.compile(
    r"(?:^|\.)(?:youtube\.com|youtu\.be|vimeo\.com|twitch\.tv|soundcloud\.com|rutube\.ru|twitter\.com|x\.com"
    r"|bsky\.app|instagram\.com|flickr\.com|pinterest\.[a-z]+|imgur\.com|reddit\.com|tiktok\.com"
    r"|github\.com|gitlab\.com|pypi\.org|npmjs\.com|crates\.io|stackoverflow\.com"
    r"|stackexchange\.com|news\.ycombinator\.com|lobste\.rs|spotify\.com|anchor\.fm"
    r"|buzzsprout\.com|arxiv\.org)$"
)


def is_summary_only(entries: Sequence[Entry], cleaned: Iterable[CleanEntry] = ()) -> bool | None:
    """Tell from a feed's parsed entries whether it gives only the beginning of its articles.

    Feeds of media, notes, links and pictures are no summary feeds: their pages say no more.
    `cleaned` are those of them that were made safe already, with their texts. None: a single
    short text is no sign.
    """
    sample = [entry for entry in entries if entry.link][:SAMPLE]
    hosts = [host_of(entry.link) for entry in sample]
    if not sample or sum(map(_is_media, sample, hosts)) * 2 >= len(sample) or _is_link_blog(hosts):
        return False
    short = cut = full = notes = 0
    lengths = []
    # By identity: to hash an entry is to hash all of its HTML.
    clean_ones = {id(clean.entry): clean for clean in cleaned}
    for entry in sample:
        text, words = _read_text(entry, clean_ones.get(id(entry)))
        lengths.append(words)
        notes += _is_note(entry, text, words)
        if words < TRUNCATED_MAX_WORDS and _is_cut(text):
            cut += 1
        elif words <= (CONTENT_MAX_WORDS if entry.content_html else SUMMARY_MAX_WORDS):
            short += not _is_data(text)
        elif words > SUMMARY_MAX_WORDS:
            full += 1
        if max(full, notes) * 2 > len(sample):
            return False
    if cut * 2 >= len(sample):
        return True
    # Descriptions without an end mark: prose of even length, far from an article's.
    if len(sample) == 1:
        return None
    return (
        (cut + short) * 5 >= len(sample) * 4
        and median(lengths) >= TEASER_MIN_WORDS
        and max(lengths) < TRUNCATED_MAX_WORDS
    ) or max(lengths) == 0


def _read_text(entry: Entry, clean: CleanEntry | None) -> tuple[str, int]:
    """Return an entry's text and number of words, as exactly as it matters here.

    To sanitise what is known already would make a poll many times dearer.
    """
    if clean is not None:
        text = clean.content_text
        if clean.word_count >= TRUNCATED_MAX_WORDS:
            return text, clean.word_count  # an article, however it ends
    else:
        html = entry.content_html or entry.summary_html
        beginning = _TAG.sub(" ", html[:_CHARS_TO_TELL])
        if len(beginning.split()) >= TRUNCATED_MAX_WORDS:
            return beginning, TRUNCATED_MAX_WORDS
        text = html_to_text(html)
    # WordPress adds this line to whole articles and to summaries alike.
    text = text[:-_LAST_LINE] + _APPEARED_FIRST.sub("", text[-_LAST_LINE:]).rstrip()
    return text, count_words(text)


def _is_cut(text: str) -> bool:
    last_line = text.rsplit("\n", 1)[-1][-300:]
    # The patterns try every place of the line; most lines hold nothing that they could find.
    if last_line.rstrip().endswith(_CUT_SIGNS) and _ENDS_CUT.search(last_line):
        return True
    folded = last_line.casefold()
    return any(word in folded for word in _MORE_WORDS) and bool(_READ_MORE.search(last_line))


def _is_data(text: str) -> bool:
    """Is it a row of figures: measurements, tickets, weather?"""
    words = text.split()
    return sum(1 for word in words if any(map(str.isdigit, word))) * 5 > len(words)


def _is_media(entry: Entry, host: str) -> bool:
    if any(e.type.startswith(("audio/", "video/")) or e.duration_s for e in entry.enclosures):
        return True
    return _NO_ARTICLES.search(host) is not None


def _is_link_blog(hosts: Sequence[str]) -> bool:
    """Do the entries lead to many other sites? Their notes are the content."""
    return len(hosts) >= 4 and len({host.removeprefix("www.") for host in hosts}) * 2 > len(hosts)


def _is_note(entry: Entry, text: str, words: int) -> bool:
    """Does it lack a title of its own? Then it is whole as it is."""
    if not entry.title or urlsplit(entry.link).path in ("", "/"):
        return True
    if words >= 60:
        return False
    title = " ".join(entry.title.split()).rstrip("…. ").lower()
    return len(title.split()) > 4 and " ".join(text.split()).lower().startswith(title)

"""Real entries: what republishing does to them is no edit; any word of theirs changed is one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from feedreader.core.edits import compare
from feedreader.core.identity import identify
from feedreader.core.incidental import lasting_paragraphs
from feedreader.core.parse import parse_feed
from feedreader.core.plan import clean_entry
from feedreader.core.sanitize import clean_html, html_to_text
from feedreader.errors import NotAFeed

_FEEDS = 60
_ENTRIES = 5


def real_bodies(corpus: Path) -> Iterator[str]:
    files = sorted((corpus / "feeds" / "real").iterdir())
    for file in files[:: max(1, len(files) // _FEEDS)]:
        try:
            parsed = parse_feed(file.read_bytes(), content_type="", url="https://a.example/feed")
        except NotAFeed:
            continue
        for one in identify(parsed.entries[:_ENTRIES]):
            if html := clean_entry(one).content_html:
                yield html


def test_republishing_real_entries_makes_no_edit(corpus: Path) -> None:
    seen = 0
    for html in real_bodies(corpus):
        for again in (
            clean_html(html, ""),
            re.sub(r' (?:width|height)="\d+"', ' width="333"', html),
            re.sub(r'(src="https?://)[^/"]+', r"\1cdn7.example", html),
            re.sub(r'(href="https?://[^"?#]+)"', r'\1?utm_source=rss&amp;utm_id=77"', html),
            html.replace("’", "'").replace("–", "-"),
            f"<div>{html}</div><p>14 comments · 3 min read</p>",
        ):
            edit = compare("t", html, "t", again)
            assert not edit.is_edit, (edit.gone, edit.came)
            seen += 1
    assert seen > 300


def test_a_changed_word_or_figure_of_real_prose_is_an_edit(corpus: Path) -> None:
    changed = missed = 0
    for html in real_bodies(corpus):
        paragraphs = lasting_paragraphs(html_to_text(html))
        prose = [line for line in paragraphs if len(line.split()) > 15 and line.isascii()]
        for line in prose[:3]:
            word = line.split()[7]
            if not word.isalnum() or html.count(f" {word} ") != 1:
                continue
            other = str(int(word) + 1) if word.isdecimal() else f"{word}x"
            changed += 1
            missed += not compare("t", html, "t", html.replace(f" {word} ", f" {other} ")).is_edit
    assert changed > 30
    assert missed == 0

"""Markup that is short to send and dear to parse: never in the main process, never without end."""

from __future__ import annotations

import os
from datetime import timedelta
from html import escape
from pathlib import Path

import pytest

from feedreader.core import reading
from feedreader.core.encoding import decode_document
from feedreader.core.identity import IdentifiedEntry
from feedreader.core.nesting import MAX_DEPTH, tame
from feedreader.core.parse import parse_feed
from feedreader.core.plan import clean_entry
from feedreader.core.sanitize import clean_html, html_to_text
from feedreader.model import CleanEntry, RefreshOutcome
from feedreader.reader import Reader
from feedreader.refresh import polls
from scenes import BEFORE, NOW, SETTINGS, Tally, reader_at, rss, run_refresh
from servers import Answer, LoopbackServer

PARAGRAPHS = "</p><p>word" * 6_000
MANY = range(1_000)
EXPLOSIVE = {
    "bold left open": "<p>" + "".join(f"<b id={n}>" for n in MANY) + PARAGRAPHS,
    "quoted": "<p>" + "".join(f"<b id='{n}'>" for n in MANY) + PARAGRAPHS,
    "capital": "<p>" + "".join(f'<FONT color="{n}">' for n in MANY) + PARAGRAPHS,
    "closed in comments": "<p>" + "".join(f"<i id={n}><!--</i>-->" for n in MANY) + PARAGRAPHS,
    "closed in values": "<p>" + "".join(f"<i id={n} a='</i>'>" for n in MANY) + PARAGRAPHS,
    "closed out of scope": "<p>"
    + "".join(f"<i id={n}><object></i></object>" for n in MANY)
    + PARAGRAPHS,
    "slashes": "<p>" + "".join(f"<b/id={n}/>" for n in MANY) + PARAGRAPHS,
    "long values": "<p>" + "".join(f"<b id={n}{'x' * 2_000}>" for n in range(20)) + PARAGRAPHS,
    "bracket in a value": "<p>" + "".join(f"<b id='>{n}'>" for n in MANY) + PARAGRAPHS,
    "line feeds": "<p>" + "".join(f"<b\nid\n=\n{n}\n>" for n in MANY) + PARAGRAPHS,
    "cells": "<table><tr>"
    + "<td><p>" * 9
    + "".join(f"<code title={n}>" for n in MANY)
    + PARAGRAPHS,
}
DEEP = {
    "plain": "<div>{}" * 20_000,
    "another tag closed": "<div></span>{}" * 20_000,
    "closed in comments": "<div><!--</div>-->{}" * 20_000,
    "bracket in a value": "<div title='<'>{}" * 20_000,
    "lists": "<ul><li>{}" * 20_000,
}


@pytest.mark.parametrize("name", EXPLOSIVE)
def test_open_formatting_does_not_multiply(name: str) -> None:
    html = EXPLOSIVE[name]
    clean = clean_html(html, "https://site.example/")
    # 5,000,000 characters of formatting at the most, and what was there.
    assert len(clean) < 5_500_000
    assert html_to_text(clean).count("word") == 6_000


@pytest.mark.parametrize("name", DEEP)
def test_depth_is_bounded_and_words_are_kept(name: str) -> None:
    html = DEEP[name].format(*("word " if n % 100 == 0 else "" for n in range(20_000)))
    assert (
        max_depth(tame(html)) <= 2 * MAX_DEPTH + 2
    )  # items of lists are not counted, nor html, body
    assert html_to_text(clean_html(html, "")).count("word") == 200


def max_depth(html: str) -> int:
    from selectolax.lexbor import LexborHTMLParser

    deepest = 0
    body = LexborHTMLParser(html).body
    assert body is not None
    for node in body.traverse():
        if node.tag in ("div", "ul", "li") and node.first_child is None:
            depth, above = 0, node.parent
            while above is not None:
                depth, above = depth + 1, above.parent
            deepest = max(deepest, depth)
    return deepest


def test_rich_documents_keep_their_formatting() -> None:
    styled = "".join(
        f"<p>Of <b>ships</b>, <i>harbours</i> and <code class='language-c'>int {n};</code></p>"
        for n in range(2_000)
    )
    clean = clean_html(styled, "https://site.example/")
    assert clean.count("<b>") == clean.count("<i>") == 2_000
    assert clean.count('<code class="language-c">') == 2_000


# --- fields without an end ---------------------------------------------------

MEGABYTE = 2**20
ENDLESS = {
    "title": ("<title>", "A" * 9 * MEGABYTE, "</title>"),
    "section": ("<description><![CDATA[", "A" * 9 * MEGABYTE, "]]></description>"),
    "tag in a section": (
        "<description><![CDATA[<p>",
        "A > " * 3 * MEGABYTE,
        "</p>]]></description>",
    ),
    "end of a section": ("<description><![CDATA[a<br>", "A" * 9 * MEGABYTE, "]]></description>"),
    "references": ("<title>", "&amp;" * 2 * MEGABYTE, "</title>"),
    "beyond ASCII": ("<title>", "é€" * 3 * MEGABYTE, "</title>"),
    "attribute": ("<enclosure url='http://x/", "a" * 9 * MEGABYTE, "'/>"),
    "comment": ("<!--", "a" * 9 * MEGABYTE, "-->"),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_field_without_an_end_is_cut_and_what_follows_is_read(name: str) -> None:
    start, text, end = ENDLESS[name]
    body = (
        f"<rss version='2.0'><channel><title>F</title><item><guid>1</guid>{start}{text}{end}"
        "</item><item><guid>2</guid><title>Two &amp; more</title></item></channel></rss>"
    ).encode()
    document = decode_document(body)
    is_text = name not in ("attribute", "comment")
    assert len(document.text) < (4.1 * MEGABYTE if is_text else len(body) + 1)
    parsed = parse_feed(body, url="https://site.example/feed")
    assert [one.guid for one in parsed.entries] == ["1", "2"]
    assert parsed.entries[1].title == "Two & more"
    assert parsed.defect == ""


def test_long_text_in_json_is_left_to_its_own_limits() -> None:
    text = f'{{"title": "<b>{"A" * 5 * MEGABYTE}"}}'
    assert decode_document(text.encode()).text == text


# --- who does it ------------------------------------------------------------


@pytest.fixture
def cleaned_here(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many characters of HTML the main process made safe, entry by entry."""
    chars: list[int] = []

    def watched(one: IdentifiedEntry) -> CleanEntry:
        chars.append(len(one.entry.content_html) + len(one.entry.summary_html))
        return clean_entry(one)

    monkeypatch.setattr("feedreader.core.plan.clean_entry", watched)
    return chars


def large_rss(entries: int, word: str) -> bytes:
    story = escape(f"<p>{word}</p>" * 4_000)
    return rss(*range(entries, 0, -1), story=story)


@pytest.mark.parametrize("is_known", [False, True])
def test_much_html_is_made_safe_by_a_worker(
    is_known: bool, cleaned_here: list[int], tmp_path: Path, tally: Tally
) -> None:
    with LoopbackServer() as server:
        url = server.url("/feed")
        server.answers["/feed"] = Answer(body=rss(1, 2) if is_known else large_rss(8, "ship"))
        with reader_at(tmp_path / "feeds.db", BEFORE) as reader:
            reader.subscribe(url)
            run_refresh(reader)
            before = reader.status().entries
        server.answers["/feed"] = Answer(body=large_rss(12, "harbour"))
        with reader_at(tmp_path / "feeds.db", NOW) as reader:
            (outcome,) = run_refresh(reader, force=True)
            assert isinstance(outcome, RefreshOutcome)
            assert outcome.outcome == "new", outcome.reason
            assert reader.status().entries == 12 > before
            assert "harbour" in reader.entry(reader.entry_ids("")[0]).text
    assert sum(cleaned_here) <= polls._MOST_CLEANED_HERE
    tally("much HTML, made safe by workers", tries=1, lost=0)


def test_usual_entries_of_a_known_feed_are_made_safe_at_once(
    cleaned_here: list[int], tmp_path: Path
) -> None:
    with LoopbackServer() as server:
        server.answers["/feed"] = Answer(body=rss(2, 1))
        with Reader(tmp_path / "feeds.db", refresh_settings=SETTINGS, clock=lambda: NOW) as reader:
            reader.subscribe(server.url("/feed"))
            run_refresh(reader)
        server.answers["/feed"] = Answer(body=rss(4, 3, 2, 1))
        later = NOW + timedelta(days=1)
        with reader_at(tmp_path / "feeds.db", later) as reader:
            run_refresh(reader, force=True)
    assert len(cleaned_here) == 4


def test_html_that_takes_too_long_costs_its_own_feed_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tally: Tally
) -> None:
    """A worker that does not come back stands for markup that no one has thought of."""
    monkeypatch.setattr(polls, "READ_TIMEOUT_S", 1.0)
    with LoopbackServer(host="0.0.0.0") as server:
        urls = [server.url(f"/{n}", host=f"127.0.11.{n}") for n in range(1, 4)]
        for number in range(1, 4):
            server.answers[f"/{number}"] = Answer(body=rss(1))
        with reader_at(tmp_path / "feeds.db", BEFORE) as reader:
            for url in urls:
                reader.subscribe(url)
            run_refresh(reader)
        for number in range(1, 4):
            body = large_rss(12, "ship") if number == 2 else rss(2, 1)
            server.answers[f"/{number}"] = Answer(body=body, headers={"ETag": '"new"'})
        monkeypatch.setattr(reading, "clean_elsewhere", _never_ends)
        with reader_at(tmp_path / "feeds.db", NOW) as reader:
            outcomes = {
                one.url: one
                for one in run_refresh(reader, force=True)
                if isinstance(one, RefreshOutcome)
            }
            states = {one.url: one.poll for one in reader.subscriptions()}
            assert reader.find_problems() == ()
    assert [outcomes[url].outcome for url in urls] == ["new", "failed", "new"]
    assert "it took too long" in outcomes[urls[1]].reason
    # What was not read is asked for again: its validators are not kept.
    assert states[urls[1]].etag == ""
    assert states[urls[0]].etag == '"new"'
    tally("markup that takes too long", tries=1, lost=0)


def _never_ends(identified: object) -> None:
    os.read(os.pipe()[0], 1)

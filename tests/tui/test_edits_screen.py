"""A person looks at what a publisher changed: the sign, `D`, from change to change, and back."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from feedreader.core.edit_page import State, lay_out_edits
from feedreader.core.identity import identify
from feedreader.core.plan import plan_entries
from feedreader.core.width import cell_width
from feedreader.model import Entry, Feed, FeedUpdate, PollState
from feedreader.store import Store
from seed import NOW

STATES = (
    ("Ferry strikes mole, 12 missing", "<p>Twelve people are missing.</p>"),
    ("Ferry strikes mole, 14 missing", "<p>Fourteen people are missing.</p>"),
    ("Ferry strikes mole, 14 missing", "<p>Fourteen people are missing.</p><p>Call us.</p>"),
)


@pytest.fixture
def edited_database(tmp_path: Path) -> Path:
    path = tmp_path / "edited.db"
    with Store(path) as store:
        with store.transaction():
            feed_id, _ = store.feeds.add("https://harbour.example/feed", now=NOW)
        for hours, (title, html) in zip((30, 20, 3), STATES, strict=True):
            entries = identify([Entry(guid="1", title=title, content_html=html)])
            plan = plan_entries(entries, store.entries.known(feed_id, entries))
            update = FeedUpdate(
                feed_id, PollState(checked_at=NOW), feed=Feed(title="Harbour Post"),
                new=plan.new, changed=plan.changed,
            )  # fmt: skip
            store.apply([update], NOW - timedelta(hours=hours))
    return path


async def test_an_edited_entry_is_signed_and_d_shows_how(
    open_screen: Any, edited_database: Path
) -> None:
    async with open_screen(path=edited_database, size=(80, 48)) as screen:
        assert "✎" in screen.text
        await screen.press("enter")
        assert "✎ edited" in screen.text
        await screen.press("D")
        assert "Edited 2 times by its publisher" in screen.text
        assert "Today, 09:00 · 2 new" in screen.text
        assert "+ Call us." in screen.text
        assert "~ Title: Ferry strikes mole, 12 14 missing" in screen.text
        assert "~ Twelve Fourteen people are missing." in screen.text
        await screen.press("D")
        assert "Edited 2 times" not in screen.text


async def test_braces_lead_from_change_to_change(open_screen: Any, edited_database: Path) -> None:
    async with open_screen(path=edited_database, size=(60, 12)) as screen:
        await screen.press("enter", "D")
        assert not any("Yesterday, 16:00" in line for line in screen.lines())
        await screen.press("right_curly_bracket", "right_curly_bracket")
        assert any("Yesterday, 16:00" in line for line in screen.lines())
        await screen.press("left_curly_bracket")
        assert any("Today, 09:00" in line for line in screen.lines())


async def test_without_colours_the_words_carry_signs(
    open_screen: Any, edited_database: Path
) -> None:
    async with open_screen(path=edited_database, size=(80, 48)) as screen:
        screen.app.no_color = True
        await screen.press("enter", "D")
        assert "[-Twelve-] {+Fourteen+} people" in screen.text


async def test_an_entry_without_edits_says_so(open_screen: Any) -> None:
    async with open_screen() as screen:
        await screen.press("enter", "D")
        assert "has not changed it" in screen.status


def page_of(before: str, after: str, **options: Any) -> str:
    states = [State("T", after, ""), State("T", before, "Monday")]
    lines = lay_out_edits(states, width=70, **options).lines
    return "\n".join(line.text for line in lines)


def test_long_passages_that_stayed_are_folded() -> None:
    middle = " ".join(f"w{number}" for number in range(300))
    text = page_of(f"<p>old {middle} end</p>", f"<p>new {middle} end</p>")
    assert "old new w0 w1" in text
    assert "… 289 words …" in text
    assert "w150" not in text
    text = page_of(f"<p>a</p><p>{middle}</p><p>b</p>", f"<p>x</p><p>{middle}</p><p>y</p>")
    assert "… 276 words …" in text


def test_what_changes_by_itself_is_not_shown() -> None:
    before = "<p>The text.</p><p>5 comments</p>"
    text = page_of(before, "<p>The new text.</p><p>9 comments</p>", has_signs=True)
    assert "The {+new+} text." in text
    assert "comments" not in text


def test_words_do_not_stick_together_where_some_went() -> None:
    text = page_of("<p>It left. It sank.</p>", "<p>It left.</p>", has_signs=True)
    assert "It left. [-It sank.-]" in text


def test_chinese_is_compared_letter_by_letter() -> None:
    text = page_of("<p>地震で12人が死亡した</p>", "<p>地震で14人が死亡した</p>", has_signs=True)
    assert "地震で[-12-]{+14+}人が死亡した" in text.replace(" ", "")


def test_a_paragraph_that_is_quite_another_went_and_came() -> None:
    text = page_of("<p>One thing.</p><p>Stays.</p>", "<p>Else entirely.</p><p>Stays.</p>")
    assert "~" in text, "one for one is a change"
    text = page_of(
        "<p>The spokesman said nothing.</p><p>s</p>",
        "<p>Call the office.</p><p>Ask for Ann.</p><p>s</p>",
    )
    assert "- The spokesman" in text
    assert "+ Call the office." in text


@pytest.mark.parametrize(
    "html",
    [
        "<p>" + "a b " * 50_000 + "</p>",
        "<p>x</p>" * 30_000,
        "".join(f"<p>{n} same words all over again {n % 7}</p>" for n in range(8_000)),
        "<p>" + "a b a c " * 370 + "</p>",
    ],
    ids=["one long line", "equal paragraphs", "like paragraphs", "like words"],
)
def test_hostile_edits_are_laid_out_in_seconds(html: str) -> None:
    import time

    began = time.process_time()
    other = html.replace("a", "e").replace("7", "8")[3:-10]
    document = lay_out_edits(
        [State("T", html, ""), State("T", f"<p>{other}", "1"), State("T", html, "2")], width=60
    )
    assert time.process_time() - began < 8
    assert all(cell_width(line.text) <= 60 for line in document.lines)


def test_versions_beyond_a_bound_are_counted_not_shown() -> None:
    html = "<p>" + "word " * 150_000 + "</p>"
    states = [State("T", f"{html}<p>{number}</p>", str(number)) for number in range(6)]
    document = lay_out_edits(states, width=60)
    assert "older versions are too long to show" in document.lines[-1].text

"""Stories for the story view, and an app that shows nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from textual import events
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.theme import Theme

from feedreader.core.sanitize import clean_html, html_to_text
from feedreader.core.text import count_words
from feedreader.model import Enclosure, EntrySummary, StoredEntry
from feedreader.tui.story_view import StoryView
from feedreader.tui.theme import DARK, OWN_THEMES, own_variables

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)

RICH_HTML = """
<p>Terminals draw <strong>cells</strong>, not pixels. A reader that forgets this
<em>misaligns</em> every line with <a href="https://unicode.example/tr11">wide characters</a> in
it, as the <a href="https://history.example/vt100">history of terminals</a> shows.<sup><a
href="#fn1" id="ref1">1</a></sup></p>
<h2>How wide is a word?</h2>
<p>Call <code>cell_width(text)</code> and never <code>len(text)</code>:</p>
<pre><code class="language-python">def pad(text: str, width: int) -> str:
    # Spaces, as many as cells are left.
    return text + " " * (width - cell_width(text))
</code></pre>
<blockquote><p>The terminal is the last honest interface: it shows what it is given, and
nothing else.</p></blockquote>
<h3>Three rules</h3>
<ol><li>Measure in cells.</li><li>Wrap between clusters.</li><li>Trust nobody's <kbd>ESC</kbd>.
<ul><li>not even in titles</li></ul></li></ol>
<table><tr><th>Text</th><th>Letters</th><th>Cells</th></tr>
<tr><td>cell</td><td>4</td><td>4</td></tr><tr><td>漢字</td><td>2</td><td>4</td></tr></table>
<figure><img src="https://img.example/vt.jpg" alt="A terminal from 1978">
<figcaption>Eighty columns, amber.</figcaption></figure>
<hr>
<p id="fn1">1. The manual of 1978 has 24 lines of 80. <a href="#ref1">↩</a></p>
"""


def story(html: str = RICH_HTML, *, page_html: str = "", **fields: Any) -> StoredEntry:
    """Return an entry as the store would give it."""
    feed = clean_html(html, "https://blog.example/")
    page = clean_html(page_html, "https://blog.example/")
    names = EntrySummary._fields
    of_summary = {name: fields.pop(name) for name in list(fields) if name in names}
    entry = StoredEntry(
        summary=EntrySummary(
            id=1,
            feed_id=1,
            feed_title="Cells & Columns",
            title="Measuring text in a grid",
            link="https://blog.example/grid",
            authors=("Ada Example",),
            published=datetime(2026, 11, 24, 14, 5, tzinfo=UTC),
            updated=None,
            received_at=NOW,
            sorted_at=NOW,
            is_read=False,
            is_starred=False,
            is_later=False,
            is_edited=False,
            summary="",
            word_count=count_words(html_to_text(page or feed)),
            enclosure_count=0,
            full_text_source="page" if page else "feed",
            tags=("terminals",),
        ),
        feed_url="https://blog.example/feed",
        guid="1",
        text="",
        feed_html=feed,
        page_html=page,
        page_method="readability" if page else "",
        page_error="",
        categories=(),
        enclosures=(),
        image_url="",
        comments_url="",
        chapters_url="",
        language="en",
    )
    return replace(entry, summary=entry.summary._replace(**of_summary), **fields)


EPISODE = Enclosure(
    "https://audio.example/12.mp3", "audio/mpeg", 48_200_000, "Episode 12", duration_s=3130
)


class StoryApp(App[None]):
    """Shows one story; collects what the view says."""

    CSS = "StoryView { width: 1fr; height: 1fr; }"

    def __init__(self, *, theme: str = DARK, width: int = 80) -> None:
        super().__init__()
        self._theme_wanted, self._width = theme, width
        self.chosen: list[str] = []
        self.shares: list[float] = []
        self.keys_left: list[str] = []

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return own_variables(self._theme_now())

    def _theme_now(self) -> Theme:
        return self.get_theme(self.theme) or OWN_THEMES[0]

    def compose(self) -> ComposeResult:
        yield StoryView(width=self._width, clock=lambda: NOW, zone=UTC, id="story")

    def on_mount(self) -> None:
        for theme in OWN_THEMES:
            self.register_theme(theme)
        self.theme = self._theme_wanted
        self.story.focus()

    @property
    def story(self) -> StoryView:
        return self.query_one(StoryView)

    def on_story_view_link_chosen(self, event: StoryView.LinkChosen) -> None:
        self.chosen.append(event.url)

    def on_story_view_scrolled(self, event: StoryView.Scrolled) -> None:
        self.shares.append(event.share)

    def on_key(self, event: events.Key) -> None:
        self.keys_left.append(event.key)


async def settle(pilot: Pilot[None]) -> None:
    """Wait until all is laid out, coloured and drawn."""
    await pilot.pause()
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


def screen_lines(app: App[None]) -> list[str]:
    """Return the text on the screen, without blanks at the ends of lines."""
    strips = app.screen._compositor.render_strips()
    return [strip.text.rstrip() for strip in strips]

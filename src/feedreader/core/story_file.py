"""A story as a file of its own: Markdown or a page, with title, origin and date above it."""

from __future__ import annotations

from feedreader.core.html_page import to_html_page
from feedreader.core.markdown import escape_markdown, to_markdown
from feedreader.model import StoredEntry


def to_markdown_file(story: StoredEntry) -> str:
    """Return a story as Markdown."""
    summary = story.summary
    lines = [f"# {escape_markdown(summary.title or '(no title)')}", ""]
    lines.append(" · ".join(map(escape_markdown, _origin(story))))
    if summary.link:
        lines += ["", f"<{summary.link}>"]
    return "\n".join([*lines, "", to_markdown(story.best_html)])


def to_html_file(story: StoredEntry) -> str:
    """Return a story as a page that loads nothing."""
    summary = story.summary
    return to_html_page(summary.title, _origin(story), story.best_html, link=summary.link)


def _origin(story: StoredEntry) -> list[str]:
    summary = story.summary
    moment = summary.published or summary.received_at
    return [summary.feed_title, *summary.authors, f"{moment:%Y-%m-%d %H:%M} UTC"]

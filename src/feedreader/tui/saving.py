"""A story as a file: Markdown or HTML with its title, origin and date above it."""

from __future__ import annotations

from html import escape

from feedreader.core.markdown import to_markdown
from feedreader.model import StoredEntry


def story_file(entry: StoredEntry, *, as_html: bool) -> str:
    """Return the text of a file that holds the whole story."""
    summary = entry.summary
    origin = [summary.feed_title, *summary.authors, f"{summary.sorted_at:%Y-%m-%d %H:%M} UTC"]
    if as_html:
        link = f'<p><a href="{escape(summary.link)}">{escape(summary.link)}</a></p>\n'
        return (
            f'<!doctype html>\n<html lang="{escape(entry.language)}">\n<meta charset="utf-8">\n'
            f"<title>{escape(summary.title)}</title>\n<h1>{escape(summary.title)}</h1>\n"
            f"<p>{escape(' · '.join(origin))}</p>\n{link if summary.link else ''}"
            f"{entry.best_html}\n</html>\n"
        )
    link = f"<{summary.link}>\n\n" if summary.link else ""
    return f"# {summary.title}\n\n{' · '.join(origin)}\n\n{link}{to_markdown(entry.best_html)}\n"

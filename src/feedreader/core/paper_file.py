"""A paper as the bytes of a file, in a format that has a name and an ending."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from feedreader.core.paper import Paper, StoryOf, to_html, to_markdown_paper

ENDINGS: Final[Mapping[str, str]] = {
    ".epub": "epub",
    ".htm": "html",
    ".html": "html",
    ".markdown": "markdown",
    ".md": "markdown",
}
"""The format that a file's name asks for by its ending."""


def to_file(paper: Paper, story_of: StoryOf, form: str) -> bytes:
    """Return a paper in the format of a name: epub, html or markdown."""
    match form:
        case "epub":
            from feedreader.core.epub import to_epub

            return to_epub(paper, story_of)
        case "html":
            return to_html(paper, story_of).encode()
        case "markdown":
            return to_markdown_paper(paper, story_of).encode()
    raise ValueError(f"there is no format {form!r}")

"""A paper as an EPUB 3 book: cover, contents by section, one chapter a story, nothing loaded.

Written by hand on zipfile: the one library for it (EbookLib) is under the AGPL, and what a
paper needs of the format is a page. https://www.w3.org/TR/epub-33/
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC
from html import escape
from io import BytesIO
from typing import Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from feedreader.core.paper import (
    Paper,
    StoryOf,
    day_in_words,
    language_attribute,
    link_line,
    origin_of,
    story_body,
    title_of,
)
from feedreader.core.text import clean_line
from feedreader.core.width import wrap
from feedreader.core.xhtml import language_tag

_CONTAINER: Final = """<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles>
<rootfile full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/>
</rootfiles>
</container>
"""
_STYLE: Final = """body { margin: 0 4%; line-height: 1.5 }
h1, h2, h3, h4, h5, h6 { line-height: 1.25; hyphens: none; text-align: left }
h1 { font-size: 1.5em; margin: 1em 0 .4em }
p { margin: .7em 0 }
.soft { font-size: .85em; margin: .2em 0; opacity: .75 }
.section { font-size: .8em; letter-spacing: .08em; text-transform: uppercase }
.cover { margin: 0; text-align: center }
.cover img { height: 95vh; max-width: 100% }
blockquote { border-left: 2px solid; margin: 1em 0; padding-left: 1em }
pre { font-size: .8em; white-space: pre-wrap }
table { border-collapse: collapse; font-size: .9em }
td, th { border: 1px solid; padding: .2em .5em; text-align: left; vertical-align: top }
.term { font-weight: bold; margin-bottom: 0 }
.meaning { margin-left: 1.5em }
.caption { font-size: .85em; font-style: italic }
nav ol { list-style: none; padding-left: .5em }
nav li { margin: .5em 0 }
"""
_NAMESPACES: Final = (
    'xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"'
)
# Zip knows no time zones and no seconds before 1980; the book says when it was made itself.
_FILE_TIME: Final = (1980, 1, 1, 0, 0, 0)
_COVER_LETTERS: Final = 13
_COVER_LINES: Final = 5


@dataclass(frozen=True, slots=True)
class _Chapter:
    name: str
    title: str
    origin: str


def to_epub(paper: Paper, story_of: StoryOf) -> bytes:
    """Return the book. The same paper gives the same bytes."""
    file = BytesIO()
    languages: Counter[str] = Counter()
    sections: list[tuple[str, list[_Chapter]]] = []
    with ZipFile(file, "w", ZIP_DEFLATED) as book:
        # Readers recognise the format by this file: first, and not compressed (OCF 4.3).
        _put(book, "mimetype", "application/epub+zip", is_stored=True)
        _put(book, "META-INF/container.xml", _CONTAINER)
        for section in paper.sections:
            chapters = []
            for entry in section.entries:
                story = story_of(entry.id)
                name = f"s{entry.id}.xhtml"
                origin = " · ".join(origin_of(entry))
                chapters.append(_Chapter(name, title_of(entry), origin))
                if language := language_tag(story.language):
                    languages[language] += 1
                body = (
                    f'<p class="section">{escape(clean_line(section.title))}</p>\n'
                    if section.title
                    else ""
                ) + (
                    f'<h1 dir="auto">{escape(title_of(entry))}</h1>\n'
                    f'<p class="soft">{escape(origin)}</p>\n{link_line(entry)}'
                    f"{story_body(story, top=2)}\n"
                    '<p class="soft"><a href="contents.xhtml">Contents</a></p>'
                )
                attributes = language_attribute(story, "lang", "xml:lang")
                _put(book, f"EPUB/{name}", _page(title_of(entry), body, attributes))
            sections.append((clean_line(section.title), chapters))
        language = languages.most_common(1)[0][0] if languages else "und"
        cover = '<p class="cover"><img src="cover.svg" alt="Cover"/></p>'
        _put(book, "EPUB/style.css", _STYLE)
        _put(book, "EPUB/cover.svg", _cover(paper))
        _put(book, "EPUB/cover.xhtml", _page(paper.title, cover))
        _put(book, "EPUB/contents.xhtml", _contents(paper, sections))
        _put(book, "EPUB/package.opf", _package(paper, sections, language))
    return file.getvalue()


def _put(book: ZipFile, name: str, text: str, *, is_stored: bool = False) -> None:
    info = ZipInfo(name, _FILE_TIME)
    info.compress_type = ZIP_STORED if is_stored else ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    book.writestr(info, text.encode())


def _page(title: str, body: str, attributes: str = "") -> str:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html>
<html {_NAMESPACES}{attributes}>
<head>
<title>{escape(clean_line(title)) or "Untitled"}</title>
<link rel="stylesheet" type="text/css" href="style.css"/>
</head>
<body>
{body}
</body>
</html>
"""


def _contents(paper: Paper, sections: Sequence[tuple[str, list[_Chapter]]]) -> str:
    """Return the navigation document, which is also the page of contents (EPUB 3.3, 7)."""
    items = "".join(_contents_items(sections)) or '<li><a href="cover.xhtml">Cover</a></li>\n'
    body = f"""<h1 dir="auto">{escape(clean_line(paper.title))}</h1>
<p class="soft">{day_in_words(paper.day)} · {paper.words}</p>
<nav epub:type="toc" id="toc">
<h2>Contents</h2>
<ol>
{items}</ol>
</nav>"""
    return _page(paper.title, body)


def _contents_items(sections: Sequence[tuple[str, list[_Chapter]]]) -> Iterator[str]:
    for title, chapters in sections:
        items = "".join(
            f'<li><a href="{one.name}">{escape(one.title)}</a></li>\n' for one in chapters
        )
        if title and chapters:
            yield f"<li><span>{escape(title)}</span>\n<ol>\n{items}</ol>\n</li>\n"
        else:
            yield items


def _package(paper: Paper, sections: Sequence[tuple[str, list[_Chapter]]], language: str) -> str:
    names = [one.name for _, chapters in sections for one in chapters]
    manifest = "".join(
        f'<item id="{name.removesuffix(".xhtml")}" href="{name}"'
        ' media-type="application/xhtml+xml"/>\n'
        for name in names
    )
    spine = "".join(f'<itemref idref="{name.removesuffix(".xhtml")}"/>\n' for name in names)
    title = escape(f"{clean_line(paper.title)} – {day_in_words(paper.day)}")
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier id="id">{escape(paper.identifier)}</dc:identifier>
<dc:title>{title}</dc:title>
<dc:language>{language}</dc:language>
<dc:creator>feedreader</dc:creator>
<dc:date>{paper.day.isoformat()}</dc:date>
<meta property="dcterms:modified">{paper.made_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}</meta>
</metadata>
<manifest>
<item id="contents" href="contents.xhtml" media-type="application/xhtml+xml" properties="nav"/>
<item id="cover" href="cover.xhtml" media-type="application/xhtml+xml"/>
<item id="cover-image" href="cover.svg" media-type="image/svg+xml" properties="cover-image"/>
<item id="style" href="style.css" media-type="text/css"/>
{manifest}</manifest>
<spine>
<itemref idref="cover"/>
<itemref idref="contents"/>
{spine}</spine>
</package>
"""


def _cover(paper: Paper) -> str:
    """Return a picture of the masthead: shelves of readers show it."""
    name = clean_line(paper.title) or "Untitled"
    lines = [name[start:end].strip() for start, end in wrap(name, _COVER_LETTERS)]
    if len(lines) > _COVER_LINES:
        lines = [*lines[: _COVER_LINES - 1], lines[_COVER_LINES - 1] + "…"]
    titles = "".join(
        f'<text x="300" y="{230 + 74 * at}" font-size="64" font-weight="bold">'
        f"{escape(line)}</text>\n"
        for at, line in enumerate(lines)
    )
    foot = 230 + 74 * len(lines)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 800" width="600" height="800">
<rect width="600" height="800" fill="#fbfaf7"/>
<rect x="36" y="36" width="528" height="728" fill="none" stroke="#1c1b19" stroke-width="2"/>
<g font-family="Georgia, serif" text-anchor="middle" fill="#1c1b19">
{titles}<path d="M200 {foot} H400" stroke="#1a5a96" stroke-width="4"/>
<text x="300" y="{foot + 60}" font-size="28">{escape(f"{paper.day:%A}")}</text>
<text x="300" y="{foot + 100}" font-size="28">{paper.day.day} {paper.day:%B} {paper.day.year}</text>
<text x="300" y="720" font-size="24" fill="#6b675f">{escape(paper.words)}</text>
</g>
</svg>
"""

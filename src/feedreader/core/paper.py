"""A paper: sections of whole stories, as one HTML file, as Markdown, as a mail."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from email.message import EmailMessage
from email.policy import SMTP
from html import escape
from typing import Final

from feedreader.core.html_page import BLOCKS, POLICY, SHEET
from feedreader.core.links import link_host, safe_link
from feedreader.core.markdown import escape_markdown, to_markdown
from feedreader.core.text import clean_line, reading_minutes
from feedreader.core.xhtml import address, language_tag, to_xhtml
from feedreader.model import EntrySummary, StoredEntry

StoryOf = Callable[[int], StoredEntry]
"""Gives the whole story of an entry id: they are asked for one by one, as they are written."""


@dataclass(frozen=True, slots=True)
class PaperSection:
    """A part of a paper under its own heading; "" has none."""

    title: str
    entries: tuple[EntrySummary, ...]


@dataclass(frozen=True, slots=True)
class Paper:
    """What is to be exported; text fields may come from anywhere."""

    title: str
    day: date
    made_at: datetime
    sections: tuple[PaperSection, ...]
    identifier: str
    """The same for the same paper, however often it is exported: an URN."""

    @property
    def entries(self) -> Iterator[EntrySummary]:
        """All entries in their order."""
        return (entry for section in self.sections for entry in section.entries)

    @property
    def words(self) -> str:
        """How much it is: "14 stories, 48 minutes"."""
        entries = list(self.entries)
        return amount_in_words(
            len(entries), sum(reading_minutes(one.word_count) for one in entries)
        )


def amount_in_words(stories: int, minutes: int) -> str:
    """Return "1 story, 3 minutes" or "14 stories, 1 h 48 min"."""
    counted = f"{stories:,} {'story' if stories == 1 else 'stories'}"
    if minutes >= 90:
        return f"{counted}, {minutes // 60:,} h {minutes % 60} min"
    return f"{counted}, {minutes} minute{'s' * (minutes != 1)}"


def day_in_words(day: date) -> str:
    """Return "Tuesday 24 November 2026"."""
    return f"{day:%A} {day.day} {day:%B} {day.year}"


def title_of(entry: EntrySummary) -> str:
    """Return what a story is called, on one safe line."""
    return clean_line(entry.title) or clean_line(entry.summary)[:120] or "Untitled"


def origin_of(entry: EntrySummary) -> list[str]:
    """Return where a story comes from: feed, authors, day, minutes."""
    moment = entry.published or entry.received_at
    minutes = reading_minutes(entry.word_count)
    parts = [entry.feed_title, ", ".join(entry.authors), f"{moment.day} {moment:%b %Y}"]
    return [text for part in (*parts, f"{minutes} min") if (text := clean_line(part))]


# --- HTML ---------------------------------------------------------------------

_STYLE: Final = (
    SHEET
    + """\
a { color: var(--link) }
h1, h2, h3, h4, h5, h6 { line-height: 1.25; margin: 1.8em 0 .6em }
.masthead { border-bottom: 3px double var(--line); padding-bottom: 1.5rem; text-align: center }
.masthead h1 { font-size: 2.6rem; letter-spacing: -.01em; margin: 0 0 .3em }
.soft, .term + .meaning, .caption { color: var(--soft) }
.soft { font-size: .9rem; margin: .2em 0 }
nav h2, .section { border-bottom: 1px solid var(--line); color: var(--soft); font-size: 1rem;
  letter-spacing: .08em; padding-bottom: .4em; text-transform: uppercase }
nav ol { list-style: none; margin: 0; padding: 0 }
nav li { margin: .5em 0 }
nav li a { text-decoration: none }
nav li .soft { display: block }
article { border-top: 1px solid var(--line); margin-top: 3rem; padding-top: 1.5rem }
.section + article { border: 0; margin-top: 1rem; padding-top: 0 }
article header h3 { font-size: 1.7rem; margin: 0 0 .3em }
article header { margin-bottom: 1.5rem }
"""
    + BLOCKS
    + """\
.term { font-weight: bold; margin-bottom: 0 } .meaning { margin-left: 1.5em }
hr { border: 0; border-top: 1px solid var(--line); margin: 2.5em auto; width: 33% }
@page { margin: 18mm 16mm }
@media print {
  :root { --ink: #000; --paper: #fff; --soft: #444; --line: #bbb; --link: #000; --code: #f4f4f4 }
  body { font-size: 10.5pt; max-width: none; padding: 0 }
  article { break-before: page; border: 0; margin: 0; padding: 0 }
  h1, h2, h3, h4, h5, h6 { break-after: avoid }
  pre, table, blockquote, li { break-inside: avoid-page }
  pre { white-space: pre-wrap }
  p { orphans: 3; widows: 3 }
  .back { display: none }
}
"""
)


def to_html(paper: Paper, story_of: StoryOf) -> str:
    """Return a paper as one page that loads nothing, runs nothing and prints well."""
    title = escape(clean_line(paper.title)) or "Untitled"
    contents, stories = [], []
    for number, section in enumerate(paper.sections, 1):
        heading = escape(clean_line(section.title))
        if heading:
            contents.append(f"<h2>{heading}</h2>\n")
        items = "".join(
            f'<li><a href="#s{entry.id}">{escape(title_of(entry))}</a>\n'
            f'<span class="soft">{escape(" · ".join(origin_of(entry)))}</span></li>\n'
            for entry in section.entries
        )
        contents.append(f"<ol>\n{items}</ol>\n")
        if heading:
            stories.append(f'<h2 class="section" id="section{number}">{heading}</h2>\n')
        stories += [_article(story_of(entry.id)) for entry in section.entries]
    return f"""<!doctype html>
<html>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} – {day_in_words(paper.day)}</title>
<style>{_STYLE}</style>
</head>
<body>
<header class="masthead" id="top">
<h1 dir="auto">{title}</h1>
<p class="soft">{day_in_words(paper.day)} · {paper.words}</p>
</header>
<nav>
{"".join(contents)}</nav>
<main>
{"".join(stories)}</main>
</body>
</html>
"""


def _article(story: StoredEntry) -> str:
    entry = story.summary
    return f"""<article id="s{entry.id}" dir="auto"{language_attribute(story, "lang")}>
<header>
<h3>{escape(title_of(entry))}</h3>
<p class="soft">{escape(" · ".join(origin_of(entry)))}</p>
{link_line(entry)}</header>
{story_body(story, prefix=f"s{entry.id}-", top=4)}
<p class="soft back"><a href="#top">Contents</a></p>
</article>
"""


def story_body(story: StoredEntry, *, prefix: str = "", top: int) -> str:
    """Return the whole text of a story as XHTML."""
    written = to_xhtml(story.best_html, prefix=prefix, top=top)
    return written or "<p>This story has no text here.</p>"


def link_line(entry: EntrySummary) -> str:
    """Return a line with the link to the story's page, or ""."""
    url = address(entry.link)
    if not url:
        return ""
    return f'<p class="soft"><a href="{url}">{escape(link_host(entry.link))}</a></p>\n'


def language_attribute(story: StoredEntry, *names: str) -> str:
    """Return the story's language as attributes of these names, or ""."""
    language = language_tag(story.language)
    return "".join(f' {name}="{language}"' for name in names) if language else ""


# --- Markdown -----------------------------------------------------------------


def to_markdown_paper(paper: Paper, story_of: StoryOf) -> str:
    """Return a paper as CommonMark."""
    return "\n\n".join(_markdown_parts(paper, story_of)) + "\n"


def _markdown_parts(paper: Paper, story_of: StoryOf) -> Iterable[str]:
    yield f"# {escape_markdown(paper.title) or 'Untitled'}"
    yield f"{day_in_words(paper.day)} · {paper.words}"
    for section in paper.sections:
        if section.title:
            yield f"## {escape_markdown(section.title)}"
        for entry in section.entries:
            yield f"### {escape_markdown(title_of(entry))}"
            yield " · ".join(map(escape_markdown, origin_of(entry)))
            if link := safe_link(entry.link):
                yield f"<{link}>"
            if text := to_markdown(story_of(entry.id).best_html).strip():
                yield text
            yield "---"


# --- mail ---------------------------------------------------------------------


def to_mail(paper: Paper, story_of: StoryOf, *, sender: str, recipient: str) -> bytes:
    """Return a paper as a mail (RFC 5322) of text and HTML, for `sendmail -t`.

    Raises ValueError if an address is none.
    """
    mail = EmailMessage(SMTP)
    for name, addresses in (("From", sender), ("To", recipient)):
        if not addresses:
            continue
        # The parser takes nearly anything for an address; line ends would begin other headers.
        if not addresses.isprintable() or "@" not in addresses:
            raise ValueError(f"{addresses!r} is no mail address")
        mail[name] = addresses
    mail["Subject"] = f"{clean_line(paper.title)} – {day_in_words(paper.day)}"
    mail["Date"] = paper.made_at
    mail["Message-ID"] = f"<{paper.identifier.rpartition(':')[2]}@feedreader.invalid>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(to_markdown_paper(paper, story_of), cte="quoted-printable")
    mail.add_alternative(to_html(paper, story_of), subtype="html", cte="quoted-printable")
    return mail.as_bytes()

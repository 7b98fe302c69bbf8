"""A story as one HTML file that loads nothing, runs nothing and reads well."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import Final

from feedreader.core.links import link_host, safe_link
from feedreader.core.text import clean_line

# What the files of one story and of many have in common.
SHEET: Final = """
:root { color-scheme: light dark; --ink: #1c1b19; --paper: #fbfaf7; --soft: #6b675f;
  --line: #dcd8cf; --link: #1a5a96; --code: #f1eee7 }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e1da; --paper: #191816; --soft: #9c978c;
  --line: #38352f; --link: #8bb9e8; --code: #24221f } }
body { margin: 0 auto; max-width: 42rem; padding: 3rem 1.25rem 5rem; color: var(--ink);
  background: var(--paper); font: 1.125rem/1.65 Charter, "Iowan Old Style", Georgia, serif;
  overflow-wrap: break-word }
"""
BLOCKS: Final = """\
blockquote { border-left: 3px solid var(--line); color: var(--soft); margin: 1.5em 0;
  padding-left: 1.2em }
pre, code, kbd, samp { font-family: ui-monospace, Menlo, Consolas, monospace; font-size: .88em }
pre { background: var(--code); line-height: 1.5; overflow-x: auto; padding: 1em }
table { border-collapse: collapse; display: block; overflow-x: auto }
td, th { border-bottom: 1px solid var(--line); padding: .4em .8em .4em 0; text-align: left;
  vertical-align: top }
"""
# No scripts, no fonts, no frames, no forms, and no request at all: not even for images.
POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

_STYLE: Final = (
    SHEET
    + """\
h1, h2, h3, h4, h5, h6 { line-height: 1.25; margin: 2em 0 .6em }
header h1 { font-size: 2rem; margin: 0 0 .4em }
header { border-bottom: 1px solid var(--line); margin-bottom: 2rem; padding-bottom: 1.2rem }
header p, figcaption, footer { color: var(--soft); font-size: .9rem; margin: .2em 0 }
a { color: var(--link) }
img { max-width: 100%; height: auto }
figure { margin: 1.5em 0 }
"""
    + BLOCKS
    + """\
hr { border: 0; border-top: 1px solid var(--line); margin: 2.5em auto; width: 33% }
"""
)
_IMAGE: Final = re.compile(r"<img((?: [^>]*)?)>")
_ATTRIBUTE: Final = re.compile(r' (src|alt)="([^"]*)"')


def to_html_page(title: str, meta: Sequence[str], html: str, *, link: str = "") -> str:
    """Return a whole page of HTML that `clean_html` gave.

    `meta` are lines of plain text under the title (feed, author, date); `link` is where the
    story comes from. Pictures become links: opening the file asks no server for anything.
    """
    title = clean_line(title) or "Untitled"
    lines = [f"<p>{escape(clean_line(line))}</p>" for line in meta]
    if url := safe_link(link):
        lines.append(f'<p><a href="{escape(url)}">{escape(link_host(url))}</a></p>')
    return f"""<!doctype html>
<html>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>{_STYLE}</style>
</head>
<body>
<header>
<h1 dir="auto">{escape(title)}</h1>
{"".join(lines)}
</header>
<main dir="auto">
{_IMAGE.sub(_picture_link, html)}
</main>
</body>
</html>
"""


def _picture_link(image: re.Match[str]) -> str:
    attributes = dict(_ATTRIBUTE.findall(image[1]))
    src, alt = attributes.get("src", ""), attributes.get("alt", "")
    words = f"[image: {alt}]" if alt else "[image]"
    return f'<a href="{src}">{words}</a>' if src else words

"""Article pages -> full text: `extract_article`.

page.py makes a tidy tree of the bytes, metadata.py reads what the page says of itself,
blocks.py lists its pieces of text with what speaks for and against each, judge.py weighs
that, assemble.py makes HTML of what is kept. trafilatura's opinion is one of the signs; it
never writes the text itself.
"""

from __future__ import annotations

import html as html_module
import re
from collections.abc import Sequence
from dataclasses import replace

from lxml import etree
from lxml.html import HtmlElement
from selectolax.lexbor import LexborHTMLParser

from feedreader.core.extract.assemble import assemble, choose_blocks, choose_media, drop_title
from feedreader.core.extract.blocks import Block, read_blocks, squeeze
from feedreader.core.extract.features import Evidence, describe_blocks
from feedreader.core.extract.judge import judge
from feedreader.core.extract.metadata import PageMetadata, read_metadata
from feedreader.core.extract.page import base_url_of, parse_page, tidy_page
from feedreader.core.sanitize import clean_html, count_words, html_to_text
from feedreader.core.text import clean_line
from feedreader.core.urls import host_of
from feedreader.errors import ExtractionFailed
from feedreader.model import FullText, SiteRule

__all__ = ["extract_article", "rule_for"]

_MAX_OPINION_CHARS = 1_500_000
_IMAGE = re.compile(r"<img\b[^>]*>")
_PLAYER_LINK = re.compile(r"<a [^>]*>▶ [^<]*</a>")
_TITLE_WORD = re.compile(r"\w{4,}")


def extract_article(
    page: bytes,
    *,
    url: str,
    content_type: str = "",
    hint_html: str = "",
    hint_title: str = "",
    rules: Sequence[SiteRule] = (),
) -> FullText:
    """The main text of an article page, sanitised, with what the page says of it.

    `url` is the page's address, `hint_html` and `hint_title` what the feed gave for the entry.
    A rule for the page's host decides alone; if it finds nothing, the general way is tried.
    Raises `ExtractionFailed` with one line saying why there is no text.
    """
    root = parse_page(page, content_type)
    base_url = base_url_of(root, url)
    said = read_metadata(root, base_url)
    html, method = "", ""
    rule = rule_for(url, rules)
    if rule is not None:
        found, title = _apply_rule(root, rule)
        html, method = clean_html(found, base_url), f"site rule {rule.host}"
        said = replace(said, title=title or said.title)
    if not _holds_something(html):
        html, method = _extract(root, said, base_url, hint_html, hint_title)
    text = _text_of(html)
    return FullText(
        html=html,
        text=text,
        word_count=count_words(text),
        title=said.title,
        authors=said.authors,
        published=said.published,
        image_url=said.image_url,
        canonical_url=said.canonical_url,
        method=method,
    )


def _extract(
    root: HtmlElement, said: PageMetadata, base_url: str, hint_html: str, hint_title: str
) -> tuple[str, str]:
    """The article's HTML, sanitised, and the name of the method that found it."""
    html = clean_html(_find_article(root, said, hint_html, hint_title), base_url)
    words, method = count_words(_text_of(html)), ""
    words_said = count_words(said.body)
    if words_said > max(60, 2 * words):
        # Pages that write their text by script often hold it in their structured data.
        html = clean_html(_paragraphs(said.body), base_url)
        words, method = words_said, "structured data"
    if not _holds_something(html):
        raise ExtractionFailed("no article text was found on the page")
    hint_words = count_words(html_to_text(clean_html(hint_html, base_url)))
    if words < hint_words:
        raise ExtractionFailed(
            f"the page gives less than the feed ({words} words, the feed {hint_words})"
        )
    return html, method


def rule_for(url: str, rules: Sequence[SiteRule]) -> SiteRule | None:
    """The rule that names the page's host most exactly; the last of equals."""
    host = host_of(url).removeprefix("www.")
    fitting = [
        rule
        for rule in rules
        if host == rule.host.removeprefix("www.")
        or host.endswith("." + rule.host.removeprefix("www."))
    ]
    return max(reversed(fitting), key=lambda rule: len(rule.host)) if fitting else None


def _holds_something(html: str) -> bool:
    return "<img" in html or bool(_text_of(html))


def _text_of(html: str) -> str:
    """The words to read: without pictures' alternative texts and names of players."""
    return html_to_text(_PLAYER_LINK.sub("", _IMAGE.sub("", html)))


def _paragraphs(text: str) -> str:
    parts = re.split(r"\n\s*\n|\r\n|\n", text)
    return "".join(f"<p>{html_module.escape(part)}</p>" for part in parts if part.strip())


def _apply_rule(root: HtmlElement, rule: SiteRule) -> tuple[str, str]:
    """The HTML and the title that a rule's selectors find; "" for what they do not find."""
    tree = LexborHTMLParser(etree.tostring(root, encoding="unicode", method="html"))
    title = ""
    if rule.title and (found := tree.css_first(rule.title)) is not None:
        title = clean_line(found.text())
    for node in tree.css(rule.remove) if rule.remove else ():
        node.decompose()
    pieces: list[str] = []
    taken: list[object] = []
    for node in tree.css(rule.content):
        above = node.parent
        while above is not None and above not in taken:
            above = above.parent
        if above is None:
            taken.append(node)
            pieces.append(node.html or "")
    return "".join(pieces), title


def _find_article(root: HtmlElement, said: PageMetadata, hint_html: str, hint_title: str) -> str:
    evidence = gather_evidence(root, said, hint_html, hint_title)
    body = tidy_page(root)
    blocks, media = read_blocks(body)
    describe_blocks(blocks, evidence)
    kept = choose_blocks(blocks, judge(blocks))
    if not kept:
        kept = _second_choice(blocks)
    pictures = choose_media(media, blocks, kept)
    drop_title(blocks, kept, {t for t in (evidence.title, squeeze(said.title)) if t})
    return assemble(body, blocks, kept, pictures)


def gather_evidence(
    root: HtmlElement, said: PageMetadata, hint_html: str, hint_title: str
) -> Evidence:
    """All that is known of the article before its page is read block by block."""
    title = hint_title or said.title
    hint = squeeze(html_to_text(clean_html(hint_html, ""))) if hint_html else ""
    return Evidence(
        title=squeeze(title),
        title_words=frozenset(_TITLE_WORD.findall(title.lower())),
        description=squeeze(said.description),
        body=squeeze(said.body) if len(said.body) > 300 else "",
        hint=hint,
        opinions={"trafilatura": squeeze(_ask_trafilatura(root))},
    )


def _ask_trafilatura(root: HtmlElement) -> str:
    """What trafilatura takes for the text; "" where it finds none or fails."""
    # 270 ms, and only pages need it.
    import trafilatura

    page = etree.tostring(root, encoding="unicode", method="html")
    if len(page) > _MAX_OPINION_CHARS:
        return ""
    try:
        return trafilatura.extract(page, favor_recall=True, include_comments=False) or ""
    except Exception:  # a third party on hostile input: without its opinion it works too
        return ""


def _second_choice(blocks: Sequence[Block]) -> set[int]:
    """Where no block is likely: what trafilatura takes, else what reads like prose."""
    taken = {i for i, b in enumerate(blocks) if b.features.get("trafilatura_takes")}
    prose = {i for i, b in enumerate(blocks) if b.prose}
    return {i for i in taken if blocks[i].link_share < 0.8} or prose

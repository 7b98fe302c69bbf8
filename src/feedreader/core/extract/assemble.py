"""The blocks that were chosen, as the HTML of one article in the page's own order.

What structures text stays (headings, lists, tables, quotes, code, figures); the page's
scaffolding of `<div>`s goes. Blocks are kept or dropped whole.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from statistics import mean

from lxml import etree
from lxml.html import HtmlElement

from feedreader.core.extract.blocks import Block, Media
from feedreader.core.extract.features import HEADINGS
from feedreader.core.extract.page import LINKED, OPAQUE, is_inline
from feedreader.core.extract.signs import names_of

_CONTAINER_NAMES = """
    ul ol li dl dt dd table thead tbody tfoot tr td th caption blockquote figure figcaption
    details summary pre
"""
_TABLE_PARTS = ("table", "thead", "tbody", "tfoot", "tr", "td", "th")
_KEPT_CONTAINERS = frozenset(_CONTAINER_NAMES.split())
_KEPT_LEAVES = _KEPT_CONTAINERS | frozenset((*HEADINGS, "p", "hr", "address", *OPAQUE))
_SITE_PICTURE = re.compile(
    r"logo|icon|avatar|gravatar|emoji|badge|spacer|pixel|spinner|sprite|1x1|doubleclick|/ads?[/.]"
    r"|adserv|button|rating|stars?\b|counter|/watch/\d|beacon|analytics",
    re.IGNORECASE,
)
_FURNITURE_NAMES = frozenset(("advert", "share", "related", "footer", "comment", "appeal", "side"))


def choose_blocks(blocks: Sequence[Block], probabilities: Sequence[float]) -> set[int]:
    """The indices of the blocks to keep; a data table stays whole or goes."""
    kept = {
        i
        for i, p in enumerate(probabilities)
        if p > 0.5 and not blocks[i].features.get("in_one_of_other_articles")
    }
    groups: dict[int, list[int]] = {}
    is_whole: dict[int, bool] = {}
    for i, block in enumerate(blocks):
        for part in block.part.and_outwards():
            if part.element.tag == "table":
                if id(part) not in is_whole:
                    is_whole[id(part)] = is_data_table(part.element)
                if is_whole[id(part)]:
                    groups.setdefault(id(part), []).append(i)
    for members in groups.values():
        mass = sum(blocks[i].words + 1 for i in members)
        likely = sum(probabilities[i] * (blocks[i].words + 1) for i in members)
        if likely * 2 > mass or _is_amid_text(members, blocks, kept):
            kept.update(members)
        else:
            kept.difference_update(members)
    # A heading at the end heads nothing of the article: "Our latest stories".
    for i in sorted(kept, reverse=True):
        if blocks[i].element.tag not in HEADINGS and not blocks[i].features.get("is_bold_heading"):
            break
        if len(kept) == 1:
            break
        kept.discard(i)
    # Links alone are a menu.
    return kept if any(blocks[i].link_share < 0.8 for i in kept) else set()


def _is_amid_text(members: Sequence[int], blocks: Sequence[Block], kept: Collection[int]) -> bool:
    """Does a table without many links stand between two kept blocks of one element?"""
    before, after = members[0] - 1, members[-1] + 1
    if before not in kept or after not in kept or blocks[before].part is not blocks[after].part:
        return False
    if not any(part is blocks[before].part for part in blocks[members[0]].part.and_outwards()):
        return False
    return mean(blocks[i].link_share for i in members) < 0.4


def is_data_table(table: HtmlElement) -> bool:
    """Does it hold data, not the page's layout?"""
    if next(table.iterdescendants("table"), None) is not None:
        return False
    if next(table.iter("th", "caption"), None) is not None:
        return True
    rows = list(table.iter("tr"))
    cells = sum(1 for _ in table.iter("td"))
    if len(rows) < 2 or cells < 2 * len(rows):
        return False
    return len(table.text_content()) < 200 * cells


def drop_title(blocks: Sequence[Block], kept: set[int], titles: Collection[str]) -> None:
    """Leave out headings before the text that repeat a title. `titles` are squeezed."""
    for i in sorted(kept)[:4]:
        block = blocks[i]
        is_heading = block.element.tag in HEADINGS
        if block.squeezed in titles and (is_heading or block.words < 30):
            kept.discard(i)
        elif block.words > 20 and not is_heading:
            return


def choose_media(
    media: Sequence[Media], blocks: Sequence[Block], kept: Collection[int]
) -> list[HtmlElement]:
    """Pictures and players that stand within the kept text, or lead it."""
    if not kept:
        return []
    first, last = min(kept), max(kept)
    words_kept: dict[int, int] = {}
    for i in kept:
        for part in blocks[i].part.and_outwards():
            words_kept[id(part)] = words_kept.get(id(part), 0) + blocks[i].words
    total = max(words_kept.values())
    chosen = []
    for item in media:
        if item.position > last + 1 or not _is_content_picture(item.element):
            continue
        # The innermost element around it that has text besides a caption tells whose it is.
        is_furniture = bool(names_of(item.element) & _FURNITURE_NAMES)
        for part in item.part.and_outwards():
            if part.words and part.element.tag != "figure":
                break
            is_furniture |= bool(part.names & _FURNITURE_NAMES)
        if is_furniture or not part.words:
            continue
        share = words_kept.get(id(part), 0) / part.words
        leads = item.position <= first and words_kept.get(id(part), 0) == total
        if share >= 0.5 or (leads and share >= 0.25):
            chosen.append(item.element)
    return chosen


def _is_content_picture(element: HtmlElement) -> bool:
    for item in [element] if element.tag in ("iframe", "video", "audio") else element.iter("img"):
        size = [item.get("width") or "", item.get("height") or ""]
        if any(s.isdigit() and int(s) < 60 for s in size):
            return False
        about = f"{item.get('src') or ''} {item.get('class') or ''} {item.get('alt') or ''}"
        if item.tag == "img" and _SITE_PICTURE.search(about[:500]):
            return False
        if item.tag == "iframe" and not _is_player(item.get("src") or item.get("data-src") or ""):
            return False
    return True


_PLAYER = re.compile(
    r"(?:https?:)?//[^/]*(?:youtube|youtu\.be|vimeo|dailymotion|twitch|soundcloud|spotify|bandcamp"
    r"|ted\.com|archive\.org|datawrapper|flourish|codepen|jsfiddle|podcast|player|embed)",
    re.IGNORECASE,
)


def _is_player(src: str) -> bool:
    return _PLAYER.match(src[:300]) is not None


def assemble(
    body: HtmlElement, blocks: Sequence[Block], kept: Collection[int], media: Sequence[HtmlElement]
) -> str:
    """The article's HTML, not yet sanitised; the tree is consumed."""
    wanted = {blocks[i].element for i in kept}
    wanted.update(media)
    _keep_captions(blocks, wanted, media)
    holders: set[HtmlElement] = {body}
    for element in wanted:
        holder = element.getparent()
        while holder is not None and holder not in holders:
            holders.add(holder)
            holder = holder.getparent()
    for element in list(body.iter(etree.Element)):
        if element is body or element in holders:
            continue
        if element in wanted:
            continue
        parent = element.getparent()
        if parent is not None and parent in holders:
            parent.remove(element)
    _tidy(body, wanted, holders)
    return "".join(
        etree.tostring(child, encoding="unicode", method="html", with_tail=False) for child in body
    )


def _keep_captions(
    blocks: Sequence[Block], wanted: set[HtmlElement], media: Sequence[HtmlElement]
) -> None:
    """A figure's caption goes where its picture goes."""
    with_picture = {figure for element in media for figure in element.iterancestors("figure")}
    for block in blocks:
        if block.element.tag == "figcaption" or block.part.element.tag == "figcaption":
            figure = next(block.element.iterancestors("figure"), None)
            if figure is None:
                continue
            if figure in with_picture:
                wanted.add(block.element)


def _nearest_table(element: HtmlElement) -> HtmlElement | None:
    return element if element.tag == "table" else next(element.iterancestors("table"), None)


def _tidy(body: HtmlElement, wanted: set[HtmlElement], holders: set[HtmlElement]) -> None:
    """Only tags that mean something to a reader stay."""
    layout_tables = {table for table in body.iter("table") if not is_data_table(table)}
    layout = {part for part in body.iter(*_TABLE_PARTS) if _nearest_table(part) in layout_tables}
    for element in list(body.iter(etree.Element)):
        if element is body or (element not in holders and element not in wanted):
            continue
        is_layout = element in layout
        if element in wanted:
            if (element.tag not in _KEPT_LEAVES or is_layout) and not is_inline(element):
                element.tag = "p"
            element.attrib.pop(LINKED, None)
        elif "footnotes" in (element.get("class") or "").split():
            element.tag = element.tag if element.tag in _KEPT_CONTAINERS else "section"
        elif element.tag not in _KEPT_CONTAINERS or is_layout:
            element.drop_tag()

"""What speaks for and against each block's being article, as named numbers from 0 to about 1.

Of its text (length, links, punctuation, wording), of its place (elements around, class names,
how much of the page's prose stands beside it) and of other witnesses (see `Evidence`).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from lxml.html import HtmlElement

from feedreader.core.extract.blocks import WORD, Block, Part
from feedreader.core.extract.signs import WORDINGS, is_aside, names_of


@dataclass(frozen=True, slots=True)
class Evidence:
    """What else is known of the article; all texts squeezed."""

    title: str = ""
    title_words: frozenset[str] = frozenset()
    description: str = ""
    body: str = ""
    """The article's text as the page's own structured data give it."""
    hint: str = ""
    """What the feed gave."""
    opinions: Mapping[str, str] = field(default_factory=dict)
    """Other extractors' texts, by feature name."""


ENOUGH_PROSE = 20
"""Words that make a text by themselves."""
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_SENTENCE_END = re.compile(r"[.!?。！？](?:\s|$)|。")
_COMMA = re.compile("[,;，、；]")
_TAG_FEATURES = {
    "p": "is_paragraph",
    "li": "is_item",
    "h1": "is_heading_1",
    "h2": "is_heading_2",
    "h3": "is_heading_3",
    "h4": "is_heading_4",
    "h5": "is_heading_4",
    "h6": "is_heading_4",
    "td": "is_cell",
    "th": "is_cell",
    "pre": "is_code",
    "figcaption": "is_caption",
    "caption": "is_caption",
    "dd": "is_definition",
    "dt": "is_definition",
    "blockquote": "is_quote",
    "div": "is_loose",
    "span": "is_loose",
}
_ANCESTOR_FEATURES = {
    "article": "in_article",
    "main": "in_main",
    "aside": "in_aside",
    "footer": "in_footer",
    "header": "in_header",
    "form": "in_form",
    "figure": "in_figure",
    "table": "in_table",
    "ul": "in_list",
    "ol": "in_ordered_list",
    "blockquote": "in_quote",
    "dl": "in_definitions",
    "section": "in_section",
}


@dataclass(frozen=True, slots=True)
class _Overview:
    """What must be known of the whole page before one block can be described."""

    words: int
    prose: float
    prose_of_kind: Counter[str]
    words_of_kind: Counter[str]
    count_of_kind: Counter[str]
    copies: Counter[str]
    heart: Part
    """The innermost element that holds most of the page's prose."""
    around_heart: frozenset[int]
    """The ids of the heart and the parts around it."""
    title_at: int | None
    """Which block is the title."""
    articles: Mapping[int, tuple[int, float]]
    title_article: int
    others_are_stories: bool
    """Are there several more articles, and is the one that bears the title whole?"""


def describe_blocks(blocks: Sequence[Block], evidence: Evidence) -> None:
    """Fill the `features` of a page's blocks."""
    if not blocks:
        return
    page = _survey(blocks, evidence)
    inherited: dict[int, tuple[frozenset[str], frozenset[str]]] = {}
    under: dict[int, frozenset[str]] = {}
    words_before = 0
    for index, block in enumerate(blocks):
        f = block.features
        _describe_text(block, page)
        _describe_names(block, page, inherited)
        _describe_place(block, page)
        _describe_heading(block, under)
        f["position"] = words_before / page.words
        f["is_at_end"] = float(words_before > 0.9 * page.words)
        if page.title_at is None:
            f["no_title_seen"] = 1.0
        else:
            f["after_title"] = float(index > page.title_at)
            f["just_after_title"] = float(0 < index - page.title_at <= 4)
            f["is_title"] = float(index == page.title_at)
        words_before += block.words
        _describe_evidence(block, evidence)
        for name in [name for name, value in f.items() if not value]:
            del f[name]


def _survey(blocks: Sequence[Block], evidence: Evidence) -> _Overview:
    title_at = _title_position(blocks, evidence.title)
    outermost_articles = _articles(blocks)
    title_article = 0
    if title_at is not None:
        title_article = _outermost(blocks[title_at].part, outermost_articles)
    others_are_stories = False
    if title_article and len(outermost_articles) > 1:
        has_text = outermost_articles[title_article].prose >= ENOUGH_PROSE
        others_are_stories = has_text and len(outermost_articles) > 2
        # Where one of many articles bears the title, the others are other stories.
        _discount(
            blocks, lambda b: _outermost(b.part, outermost_articles) not in (0, title_article)
        )
    _discount(blocks, _is_comment)
    prose_in_articles = sum(part.prose for part in outermost_articles.values()) or 1.0
    prose = sum(b.prose for b in blocks) or 1.0
    prose_of_kind: Counter[str] = Counter()
    words_of_kind: Counter[str] = Counter()
    for block in blocks:
        # Counter is typed for whole numbers; thousandths of a word are exact enough.
        prose_of_kind[block.kind] += round(block.prose * 1000)
        words_of_kind[block.kind] += block.words
    heart = _heart(blocks, prose)
    return _Overview(
        words=sum(b.words for b in blocks) or 1,
        prose=prose,
        prose_of_kind=prose_of_kind,
        words_of_kind=words_of_kind,
        count_of_kind=Counter(b.kind for b in blocks),
        copies=Counter(b.squeezed for b in blocks),
        heart=heart,
        around_heart=frozenset(id(part) for part in heart.and_outwards()),
        title_at=title_at,
        articles={
            key: (nth, part.prose / prose_in_articles)
            for nth, (key, part) in enumerate(outermost_articles.items())
        },
        title_article=title_article,
        others_are_stories=others_are_stories,
    )


def _describe_text(block: Block, page: _Overview) -> None:
    f, text, words, element = block.features, block.text, block.words, block.element
    length = math.log1p(words) / 5
    f["bias"] = 1.0
    f["length"] = length
    f["is_short"] = float(words < 6)
    f["is_long"] = float(words > 25)
    f["link_share"] = block.link_share
    f["is_all_link"] = float(block.link_share > 0.9)
    f["long_unlinked"] = length * (1 - block.link_share)
    f["ends_sentence"] = float(text[-1] in '.!?。！？…"”’»)]:')
    f["ends_full_stop"] = float(text[-1] in '.!?。！？"”')
    f["ends_colon"] = float(text[-1] in ":：")
    f["sentences"] = min(1.0, len(_SENTENCE_END.findall(text)) / 4)
    f["commas"] = min(1.0, len(_COMMA.findall(text)) / 5)
    tokens = text.split()
    f["lower_share"] = sum(1 for t in tokens if t[:1].islower()) / len(tokens)
    f["digit_share"] = sum(1 for t in tokens if t[:1].isdigit()) / len(tokens)
    is_upper = sum(map(str.isupper, text)) * 2 > len(block.squeezed)
    f["is_upper"] = float(is_upper)
    f["is_upper_link"] = float(is_upper and block.link_share > 0.6)
    f["is_repeated"] = float(page.copies[block.squeezed] > 1)
    f["has_bold_only"] = float(_is_wholly(element, ("b", "strong")))
    f["has_italic_only"] = float(_is_wholly(element, ("i", "em")))
    f["is_parenthesis"] = float(text[0] in "([（" and text[-1] in ")].）")
    f["starts_rights"] = float(text[0] == "©")
    f["has_shortcode"] = float(text[0] == "[" and "]" in text)
    f["is_aside"] = float(is_aside(text, is_upper, block.link_share))
    f[_TAG_FEATURES.get(str(element.tag), "is_other")] = 1.0
    start = text[:200]
    for name, pattern in WORDINGS.items():
        if pattern.match(start):
            f[name] = 1.0 if words < 30 else 0.4
    if f.get("says_see") or f.get("says_more"):
        f["sees_link"] = float(block.link_share > 0.3)


def _describe_names(
    block: Block, page: _Overview, inherited: dict[int, tuple[frozenset[str], frozenset[str]]]
) -> None:
    """What tags and class names say; of elements that hold most of the page they say nothing."""
    f, element, part = block.features, block.element, block.part
    names, tags = _inherit(part, page.words, inherited)
    for tag in tags & _ANCESTOR_FEATURES.keys():
        f[_ANCESTOR_FEATURES[tag]] = 1.0
    own = names_of(element)
    if part.words * 2 < page.words:
        own |= part.names
    for child in element:
        has_name = child.get("class") or child.get("id")
        if has_name and len(child.text_content()) * 1.3 > len(block.text):
            own |= names_of(child)
    for name in own:
        f[f"own_{name}"] = 1.0
    for name in names:
        f[f"around_{name}"] = 1.0


def _inherit(
    part: Part, words_total: int, inherited: dict[int, tuple[frozenset[str], frozenset[str]]]
) -> tuple[frozenset[str], frozenset[str]]:
    """Names and tags of a part and all around it; `inherited` remembers them."""
    chain: list[Part] = []
    names: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    for link in part.and_outwards():
        if id(link) in inherited:
            names, tags = inherited[id(link)]
            break
        chain.append(link)
    for link in reversed(chain):
        if link.parent is not None and link.words * 2 < words_total:
            names |= link.names
        tags |= {str(link.element.tag)}
        inherited[id(link)] = (names, tags)
    return names, tags


def _describe_place(block: Block, page: _Overview) -> None:
    f, part, kind = block.features, block.part, block.kind
    outer = part.parent or part
    outermost = outer.parent or outer
    f["prose_in_part"] = part.prose / page.prose
    f["prose_in_outer"] = outer.prose / page.prose
    f["prose_in_outermost"] = outermost.prose / page.prose
    prose_of_kind = page.prose_of_kind[kind] / 1000
    f["prose_of_kind"] = prose_of_kind / page.prose
    f["prose_in_kind"] = prose_of_kind / max(1, page.words_of_kind[kind])
    f["many_of_kind"] = min(1.0, math.log1p(page.count_of_kind[kind]) / 4)
    f["part_density"] = part.prose / max(1, part.words)
    f["outer_density"] = outer.prose / max(1, outer.words)
    for steps_up, above in enumerate(part.and_outwards()):
        if id(above) in page.around_heart:
            if above is page.heart:
                f["in_heart"] = 1.0
                f["heart_steps"] = min(1.0, steps_up / 6)
            else:
                f["heart_gap"] = min(1.0, (page.heart.depth - above.depth) / 6)
            break
    if article := _outermost(part, page.articles):
        nth, share = page.articles[article]
        f["in_first_article"] = float(nth == 0)
        f["in_later_article"] = float(nth > 0)
        f["article_share"] = share
        if page.title_article and len(page.articles) > 1:
            is_titled = article == page.title_article
            f["in_title_article" if is_titled else "in_other_article"] = 1.0
            if not is_titled and page.others_are_stories:
                f["in_one_of_other_articles"] = 1.0


def _describe_heading(block: Block, under: dict[int, frozenset[str]]) -> None:
    """Is it a heading, or what does the last heading in the same part say of it?"""
    f, element, part = block.features, block.element, block.part
    is_bold_line = bool(f["has_bold_only"]) and block.words < 12
    if element.tag in HEADINGS or is_bold_line:
        said = frozenset(n for n in f if n.startswith("says_") and block.words < 15)
        under[id(part)] = said & _HEADING_SPEECH
        f["is_bold_heading"] = float(element.tag == "p")
        return
    for holder in (part, part.parent):
        if holder is not None and under.get(id(holder)):
            for name in under[id(holder)]:
                f[f"under_{name}"] = 1.0
            return


_HEADING_SPEECH = frozenset(
    (
        "says_more",
        "says_about",
        "says_comment",
        "says_share",
        "says_appeal",
        "says_author",
        "says_tags",
    )
)


def _is_wholly(element: HtmlElement, tags: tuple[str, ...]) -> bool:
    """Does all of its text stand in these inline elements?"""
    node = element
    for _ in range(4):
        if (node.text or "").strip() or len(node) == 0:
            return False
        outside = [c for c in node if c.tag in tags]
        if outside:
            return all(c.tag in (*tags, "br") and not (c.tail or "").strip() for c in node)
        if len(node) != 1 or (node[0].tail or "").strip():
            return False
        node = node[0]
    return False


def _discount(blocks: Sequence[Block], is_other: Callable[[Block], bool]) -> None:
    """Let some blocks' prose not count, if enough is left without them."""
    others = [block for block in blocks if block.prose and is_other(block)]
    if sum(b.prose for b in blocks) - sum(b.prose for b in others) < ENOUGH_PROSE:
        return
    for block in others:
        for part in block.part.and_outwards():
            part.prose -= block.prose
        block.prose = 0.0


def _is_comment(block: Block) -> bool:
    return any("comment" in part.names for part in block.part.and_outwards())


def _articles(blocks: Sequence[Block]) -> dict[int, Part]:
    """The page's outermost `<article>`s by their id, in order."""
    found: dict[int, Part] = {}
    for block in blocks:
        around = [part for part in block.part.and_outwards() if part.element.tag == "article"]
        if around:
            found.setdefault(id(around[-1]), around[-1])
    return found


def _outermost(part: Part, articles: Mapping[int, object]) -> int:
    """The id of the outermost article around, 0 if there is none."""
    return next((id(above) for above in part.and_outwards() if id(above) in articles), 0)


def _heart(blocks: Sequence[Block], prose_total: float) -> Part:
    best = next(part for part in blocks[0].part.and_outwards() if part.parent is None)
    for block in blocks:
        for part in block.part.and_outwards():
            if part.depth <= best.depth:
                break
            if part.prose >= 0.6 * prose_total:
                best = part
                break
    return best


def _title_position(blocks: Sequence[Block], title: str) -> int | None:
    first_heading = None
    for index, block in enumerate(blocks):
        is_title = len(block.squeezed) > 8 and block.squeezed == title
        if is_title and (block.element.tag in ("h1", "h2", "h3") or block.link_share < 0.5):
            return index
        if first_heading is None and block.element.tag == "h1" and block.words > 3:
            first_heading = index
    return first_heading


def _describe_evidence(block: Block, evidence: Evidence) -> None:
    f, squeezed = block.features, block.squeezed
    if evidence.title_words and block.words > 15:
        mine = set(WORD.findall(block.text.lower()))
        f["mentions_title"] = len(mine & evidence.title_words) / len(evidence.title_words)
    probe = squeezed[:120]
    if evidence.title and squeezed and evidence.title == squeezed:
        f["equals_title"] = 1.0
    if (
        len(squeezed) > 30
        and evidence.description
        and (squeezed in evidence.description or evidence.description[:80] in squeezed)
    ):
        f["in_description"] = 1.0
    if (
        len(squeezed) > 30
        and evidence.hint
        and (probe in evidence.hint or evidence.hint[:60] in squeezed)
    ):
        f["in_hint"] = 1.0
    if evidence.body:
        f["in_body" if probe and probe in evidence.body else "not_in_body"] = 1.0
    for name, opinion in evidence.opinions.items():
        if opinion:
            f[f"{name}_{'takes' if probe and probe in opinion else 'leaves'}"] = 1.0

"""The text blocks of a tidied page, each with what speaks for and against its being article.

`read_blocks` gives one `Block` per piece of text (see page.py) in reading order. Its `features`
are named numbers between about 0 and 1; `judge.py` weighs them.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from lxml import etree
from lxml.html import HtmlElement

from feedreader.core.extract.page import LINKED, OPAQUE, is_inline

WORD = re.compile(r"\w+")
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\u0e00-\u0e7f]")
_NOT_WORD = re.compile(r"[\W_]+")

# What class, id and role names say of a part of a page.
_NAME_GROUPS: Mapping[str, re.Pattern[str]] = {
    name: re.compile(pattern)
    for name, pattern in {
        "comment": r"comment|disqus|respond|\breply|replies|discussion|kommentar",
        "related": r"relat|recommend|more-|-more|readmore|also|popular|trending|latest|recent|teaser"
        r"|outbrain|taboola|next|prev|carousel|suggest|most|card|headlines|\blist|items?\b|grid",
        "embed": r"twitter-tweet|instagram-media|tiktok-embed|fb-post|bluesky-embed|mastodon|embed",
        "share": r"shar(?:e|ing)|social|follow|facebook|twitter(?!-tweet)|\bsns|addthis|bookmark|tool",
        "advert": r"\bads?\b|advert|sponsor|banner|\bdfp|adsense|promo|affiliate|commerce|shop|buy",
        "navigation": r"nav|menu|breadcrumb|crumb|pagin|pager|header|masthead|\btop\b|\bskip|search"
        r"|\btoc\b|\btabs?\b",
        "footer": r"foot|copyright|legal|disclaimer|colophon|bottom|impressum",
        "side": r"sidebar|side|widget|rail|aside|secondary|module|right|left|\bbox",
        "appeal": r"newsletter|subscri|sign-?up|login|log-in|register|cookie|consent|modal|popup"
        r"|overlay|paywall|donat|\bcta|gdpr|notice|alert|message|form",
        "meta": r"meta|byline|author|\bbio\b|date|time|\btags?\b|categor|posted|info|publish|keyword"
        r"|topic|contrib|profile|vcard|source",
        "caption": r"caption|credit|photo|gallery|image|media|slide|video|player|\bimg|thumb|figure",
        "title": r"title|headline|heading|subtitle|standfirst|\bdek\b|deck|lede|lead|summary|excerpt"
        r"|intro|teaser",
        "body": r"(?:article|entry|post|story|content|page|body|blog|news)[-_]*(?:body|content|text"
        r"|copy|main|inner|article|wrap)|articlebody|prose|markdown|richtext|rich-text|wysiwyg|text",
        "article": r"article|entry|post|story|content|main|hentry|blog|body",
    }.items()
}
_TEXT_GROUPS: Mapping[str, re.Pattern[str]] = {
    name: re.compile(pattern, re.IGNORECASE)
    for name, pattern in {
        "says_more": r"\W*(?:read|see|learn|find out|view|show|load|watch|click)\b.{0,30}?\b(?:more|also"
        r"|next|here|all|comments?)\b|\W*(?:more (?:from|on|about|stories|news|in|posts?)|related|you"
        r" (?:may|might|could)|recommended|recent|popular|trending|latest|most|our latest|up next"
        r"|don.t miss|also read|read this|next|previous|lire aussi|mehr|leia|lee|siehe|weiter|もっと|関連)\b",
        "says_share": r"\W*(?:share|tweet|pin|email|e-mail|print|follow|like|whatsapp|facebook|twitter"
        r"|linkedin|reddit|save|copy link|teilen|drucken|partager|compart|シェア)\b",
        "says_appeal": r".{0,60}\b(?:subscribe|sign[ -]?up|newsletter|log ?in|register|cookies?|donat"
        r"|support us|download (?:the|our)|app store|inbox|abonn|anmeld|registr|inscri)",
        "says_comment": r"\W*(?:\d+\s+)?(?:comments?|replies|reply|leave a|post a|kommentar|comentário"
        r"|join the (?:conversation|discussion)|コメント)",
        "says_rights": r".{0,80}(?:©|\(c\)|copyright|all rights reserved|alle rechte|terms of|privacy"
        r"|may not be (?:published|reproduced)|affiliate|disclaimer|disclosure)",
        "says_credit": r".{0,90}\b(?:getty|reuters|photo(?:graph)?s?(?: by| credit|:|/)|image (?:credit"
        r"|source|via|courtesy)|courtesy of|shutterstock|afp|/ap|foto|file photo|credit:|via\b)",
        "says_author": r"\W*(?:(?:written |posted |published |reported |updated )?by\b|von\b|por\b|par\b"
        r"|about the author|author\b|editor|follow (?:him|her|us|the)|contact)|.{0,60}\b(?:is an? (?:"
        r"\w+[ -]){0,4}(?:writer|editor|reporter|journalist|author|contributor|correspondent|freelance))",
        "says_date": r"\W*(?:(?:posted|published|updated|last (?:updated|modified)|on)\b.{0,20})?(?:\w{3,9}"
        r"[. ]*)?\d{1,4}[.,/: -]+(?:\w{1,9}[.,/: -]+)?\d{2,4}",
        "says_tags": r"\W*(?:tags?|tagged|filed|topics?|categor|labels?|schlag|posted in|etiquetas|キーワード"
        r"|タグ)\b",
        "says_advert": r"\W*(?:advert|sponsor|promoted|anzeige|publicidad|publicité|werbung|story"
        r" continues|article continues|continue reading|広告)",
        "says_media": r"\W*(?:video|watch|listen|play|gallery|photos?|image|slideshow|caption|close|open"
        r"|click|enlarge|loading|media)\b",
        "says_report": r".{0,120}\b(?:contributed to th|reporting by|editing by|written by|writers? .{0,150}"
        r"contribut|correspondent|staff writer|associated press|traduzido|übersetzt)",
        "says_about": r"\W*(?:about|über (?:uns|den|die)|à propos|sobre|acerca|media contact|contacts?\b"
        r"|press contact|for more information|notes? to editors)",
        "says_see": r"\W*(?:related|read (?:more|also|next)|see also|more:|also:|watch|video:|leggi|lire|lesen"
        r"|leia|lee|mehr|\w{2,20} on [\w.]{4,30}:|on [\w.]{4,30}:)",
    }.items()
}
# Lines that speak of the site, of its staff or of other stories: alone in a block, whatever
# other signs say. `_LINKING` counts only where much of it is a link.
_ASIDE = re.compile(
    r"""\W*(?:
      (?:additional\s)?(?:reporting|editing|writing|research|compiled|edited|reported)\sby\b.{0,200}
    | .{0,160}\bcontributed\sto\s(?:this|the)\s(?:report|story|article|post).{0,40}
    | adverts?(?:isements?)?|anzeige|werbung|publicidade?|publicité|sponsored(?:\scontent)?
    | (?:story|article)\scontinues\s(?:below|after).{0,30}|continue\sreading(?:\sbelow|\s.{0,20})?
    | (?:this|the)\s\w+(?:\s\w+)?\srequires\sjavascript.{0,30}|.{0,40}enable\sjavascript.{0,60}
    | \d*\s*comments?|[\d.,]+k?(?:\s(?:shares?|comments?|views?|likes?))?
    | (?:tags?|tagged|topics?|filed\sunder|posted\sin|categor(?:y|ies|ia)|labels?)\s*:.{0,200}
    | (?:estimated\sread(?:ing)?\stime|reading\stime|tempo\sde\sleitura)\b.{0,20}
    | \d+\smin(?:ute)?s?\sread
    | (?:click|tap)\s(?:here\s)?(?:to|for)\b.{0,40}\b(?:app|newsletters?|subscri\w+|sign\sup|download)
      \b.{0,60}
    | get\s.{0,40}\b(?:app|newsletter|inbox|letterbox|on\sthe\sgo)\b.{0,120}
    | (?:subscribe|sign\sup|follow\s(?:us|@|\w+\son))\b.{0,160}
    | (?:have|got)\sa\s(?:news\s)?(?:tip|story|question)\b.{0,200}
    | tell\sus\s(?:what|your)\b.{0,60}|let\sus\sknow\sin\sthe\scomments.{0,60}
    | share\s(?:this|on|your)\b.{0,60}|leave\sa\s(?:comment|reply).{0,30}
    | last\supdated?\b.{0,40}|updated\s(?:at|on)\b.{0,40}
    | \[\w+\s.{0,200}
    )\W*\Z""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_LINKING = re.compile(
    r"""\W*(?:read|related|see|also|more|watch|listen|recommended|don.t\smiss|click|follow|next|mehr
    |lesen|lire|leggi|leia|lee|veja|ver|on\s\S{4,40}:)\b""",
    re.IGNORECASE | re.VERBOSE,
)


def _is_aside(text: str, is_upper: bool, link_share: float) -> bool:
    if len(text) > 320:
        return False
    if _ASIDE.match(text):
        return True
    if link_share > 0.5 and len(text) > 12 and is_upper:
        return True
    return link_share > 0.45 and _LINKING.match(text) is not None


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


def squeeze(text: str) -> str:
    """Only letters and digits, in lower case: equal for texts that read the same."""
    return _NOT_WORD.sub("", text).lower()


def count_words(text: str) -> int:
    """Words; of scripts without spaces two characters count as one."""
    return len(WORD.findall(text)) + len(_CJK.findall(text)) // 2


@dataclass(slots=True)
class Part:
    """What is known of an element that holds blocks."""

    element: HtmlElement
    parent: Part | None
    depth: int
    names: frozenset[str] = frozenset()
    """Groups of `_NAME_GROUPS` that its class, id or role is in."""
    kind: str = ""
    words: int = 0
    prose: float = 0.0
    """Words outside links, in blocks that read like sentences."""


@dataclass(slots=True)
class Block:
    """One piece of text. `part` is the element that holds it."""

    element: HtmlElement
    part: Part
    text: str
    squeezed: str
    words: int
    link_share: float
    """Of its characters."""
    prose: float
    kind: str
    """Tag and class names of it and the next elements outwards: alike in alike blocks."""
    features: dict[str, float] = field(default_factory=dict)


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


@dataclass(frozen=True, slots=True)
class Media:
    """Pictures or players between text blocks. `position` is the number of blocks before."""

    element: HtmlElement
    part: Part
    position: int


def read_blocks(body: HtmlElement, evidence: Evidence) -> tuple[list[Block], list[Media]]:
    """The page's text blocks in reading order, features filled, and what stands between them."""
    blocks, media = _collect(body)
    _describe(blocks, evidence)
    return blocks, media


def names_of(element: HtmlElement) -> frozenset[str]:
    """What the element's class, id and role say of it."""
    get = element.get
    label = f"{get('class') or ''} {get('id') or ''} {get('role') or ''}".lower()
    if get("itemprop") == "articleBody":
        label += " article-body"
    if label == "  ":
        return frozenset()
    label = label.replace("_", "-")[:300]
    return frozenset(name for name, pattern in _NAME_GROUPS.items() if pattern.search(label))


def _kind_of(element: HtmlElement) -> str:
    classes = (element.get("class") or "").split()
    return f"{element.tag}.{classes[0] if classes else ''}"


_MEDIA_TAGS = ("img", "iframe", "video", "audio")


def _collect(body: HtmlElement) -> tuple[list[Block], list[Media]]:
    blocks: list[Block] = []
    media: list[Media] = []
    part = Part(body, None, 0, kind="body")
    skip_until: HtmlElement | None = None
    for event, element in etree.iterwalk(body, events=("start", "end")):
        if event == "end":
            if element is skip_until:
                skip_until = None
            elif skip_until is None and element is part.element and part.parent is not None:
                part = part.parent
            continue
        if skip_until is not None or element is body:
            continue
        if element.tag in OPAQUE or not any(not is_inline(child) for child in element):
            skip_until = element
            text = " ".join(element.text_content().split())
            if text and element.tag not in _MEDIA_TAGS:
                blocks.append(_block(element, part, text))
            elif element.tag in _MEDIA_TAGS or next(element.iter(*_MEDIA_TAGS), None) is not None:
                media.append(Media(element, part, len(blocks)))
        else:
            part = Part(element, part, part.depth + 1, names_of(element), _kind_of(element))
    return blocks, media


def _block(element: HtmlElement, part: Part, text: str) -> Block:
    words = count_words(text)
    holder: Part | None = part
    linked = 0
    while holder is not None:
        if holder.element.get(LINKED) is not None:
            linked = len(text)
            break
        holder = holder.parent
    else:
        linked = sum(len(" ".join(a.text_content().split())) for a in element.iter("a"))
    link_share = min(1.0, linked / len(text))
    prose = words * (1 - link_share) if words >= 8 and link_share < 0.6 else 0.0
    kind = "/".join((part.kind, _kind_of(element)))
    holder = part
    while holder is not None:
        holder.words += words
        holder.prose += prose
        holder = holder.parent
    return Block(element, part, text, squeeze(text), words, link_share, prose, kind)


def _describe(blocks: Sequence[Block], evidence: Evidence) -> None:
    if not blocks:
        return
    title_at = _title_position(blocks, evidence.title)
    articles = _articles(blocks)
    title_article = _outermost(blocks[title_at].part, articles) if title_at is not None else 0
    if title_article and len(articles) > 1:
        # Where one of many articles bears the title, the others are other stories.
        _discount(blocks, lambda b: _outermost(b.part, articles) not in (0, title_article))
    _discount(blocks, _is_comment)
    words_total = sum(b.words for b in blocks) or 1
    prose_total = sum(b.prose for b in blocks) or 1.0
    prose_of_kind: Counter[str] = Counter()
    words_of_kind: Counter[str] = Counter()
    count_of_kind: Counter[str] = Counter()
    copies: Counter[str] = Counter()
    for block in blocks:
        prose_of_kind[block.kind] += block.prose
        words_of_kind[block.kind] += block.words
        count_of_kind[block.kind] += 1
        copies[block.squeezed] += 1
    heart = _heart(blocks, prose_total)
    heart_parts: set[int] = set()
    inner: Part | None = heart
    while inner is not None:
        heart_parts.add(id(inner))
        inner = inner.parent
    under: dict[int, frozenset[str]] = {}
    inherited: dict[int, tuple[frozenset[str], frozenset[str]]] = {}

    def inherit(part: Part) -> tuple[frozenset[str], frozenset[str]]:
        """Names and tags of the ancestors, without those that hold most of the page."""
        chain: list[Part] = []
        walker: Part | None = part
        while walker is not None and id(walker) not in inherited:
            chain.append(walker)
            walker = walker.parent
        names, tags = inherited[id(walker)] if walker else (frozenset(), frozenset())
        for link in reversed(chain):
            if link.parent is not None and link.words * 2 < words_total:
                names = names | link.names
            tags = tags | {link.element.tag}
            inherited[id(link)] = (names, tags)
        return names, tags

    words_before = 0
    for index, block in enumerate(blocks):
        f = block.features
        f["bias"] = 1.0
        text, words = block.text, block.words
        length = math.log1p(words)
        f["length"] = length / 5
        f["is_short"] = float(words < 6)
        f["is_long"] = float(words > 25)
        f["link_share"] = block.link_share
        f["is_all_link"] = float(block.link_share > 0.9)
        f["long_unlinked"] = length / 5 * (1 - block.link_share)
        f["ends_sentence"] = float(text[-1] in '.!?。！？…"”’»)]:')
        f["ends_full_stop"] = float(text[-1] in '.!?。！？"”')
        f["ends_colon"] = float(text[-1] in ":：")
        f["sentences"] = min(1.0, len(re.findall(r"[.!?。！？](?:\s|$)|。", text)) / 4)
        f["commas"] = min(1.0, len(re.findall("[,;，、；]", text)) / 5)
        tokens = text.split()
        lower = sum(1 for t in tokens if t[:1].islower())
        f["lower_share"] = lower / len(tokens)
        f["digit_share"] = min(1.0, sum(1 for t in tokens if t[:1].isdigit()) / len(tokens))
        is_upper = sum(map(str.isupper, text)) * 2 > len(block.squeezed)
        f["is_upper"] = float(is_upper)
        f["is_repeated"] = float(copies[block.squeezed] > 1)
        element = block.element
        f[_TAG_FEATURES.get(element.tag, "is_other")] = 1.0
        names, tags = inherit(block.part)
        for tag in tags:
            if tag in _ANCESTOR_FEATURES:
                f[_ANCESTOR_FEATURES[tag]] = 1.0
        own = names_of(element) | (
            block.part.names if block.part.words * 2 < words_total else frozenset()
        )
        for child in element:
            if (child.get("class") or child.get("id")) and len(child.text_content()) * 1.3 > len(
                text
            ):
                own |= names_of(child)
        for name in own:
            f[f"own_{name}"] = 1.0
        for name in names:
            f[f"around_{name}"] = 1.0
        for name, pattern in _TEXT_GROUPS.items():
            if pattern.match(text[:200]):
                f[name] = 1.0 if words < 30 else 0.4
        # Where it stands.
        part = block.part
        outer = part.parent or part
        outermost = outer.parent or outer
        f["prose_in_part"] = part.prose / prose_total
        f["prose_in_outer"] = outer.prose / prose_total
        f["prose_in_outermost"] = outermost.prose / prose_total
        f["prose_of_kind"] = prose_of_kind[block.kind] / prose_total
        f["prose_in_kind"] = prose_of_kind[block.kind] / max(1, words_of_kind[block.kind])
        f["many_of_kind"] = min(1.0, math.log1p(count_of_kind[block.kind]) / 4)
        f["part_density"] = part.prose / max(1, part.words)
        f["outer_density"] = outer.prose / max(1, outer.words)
        above: Part | None = part
        steps_up = 0
        while above is not None and id(above) not in heart_parts:
            above = above.parent
            steps_up += 1
        is_inside = above is heart
        f["in_heart"] = float(is_inside)
        f["heart_steps"] = min(1.0, steps_up / 6) if is_inside else 0.0
        if not is_inside and above is not None:
            f["heart_gap"] = min(1.0, (heart.depth - above.depth) / 6)
        f["position"] = words_before / words_total
        f["is_at_end"] = float(words_before > 0.9 * words_total)
        if title_at is None:
            f["no_title_seen"] = 1.0
        else:
            f["after_title"] = float(index > title_at)
            f["just_after_title"] = float(0 < index - title_at <= 4)
            f["is_title"] = float(index == title_at)
        f["has_bold_only"] = float(_is_wholly(element, ("b", "strong")))
        f["has_italic_only"] = float(_is_wholly(element, ("i", "em")))
        f["is_upper_link"] = float(is_upper and block.link_share > 0.6)
        f["is_aside"] = float(_is_aside(text, is_upper, block.link_share))
        f["is_parenthesis"] = float(text[0] in "([（" and text[-1] in ")].）")
        f["starts_rights"] = float(text[0] in "©")
        f["has_shortcode"] = float(text[0] == "[" and "]" in text)
        if f.get("says_see") or f.get("says_more"):
            f["sees_link"] = float(block.link_share > 0.3)
        # The last heading in the same part may speak for what follows it.
        is_heading = element.tag in ("h1", "h2", "h3", "h4", "h5", "h6") or (
            f["has_bold_only"] and words < 12
        )
        speech = frozenset(n for n in f if n.startswith("says_") and words < 15)
        if is_heading:
            under[id(part)] = speech
        else:
            heading_says = under.get(id(part)) or under.get(id(outer)) or frozenset()
            for name in heading_says & _HEADING_SPEECH:
                f[f"under_{name}"] = 1.0
        f["is_bold_heading"] = float(is_heading and element.tag == "p")
        if article := _outermost(part, articles):
            nth, share, _ = articles[article]
            f["in_first_article"] = float(nth == 0)
            f["in_later_article"] = float(nth > 0)
            f["article_share"] = share
            if title_article and len(articles) > 1:
                name = "in_title_article" if article == title_article else "in_other_article"
                f[name] = 1.0
        if evidence.title_words and words > 15:
            mine = set(WORD.findall(text.lower()))
            f["mentions_title"] = len(mine & evidence.title_words) / len(evidence.title_words)
        words_before += words
        _weigh_evidence(block, evidence)
        for name in [name for name, value in f.items() if not value]:
            del f[name]


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
    if sum(b.prose for b in blocks) - sum(b.prose for b in others) < 20:
        return
    for block in others:
        walker: Part | None = block.part
        while walker is not None:
            walker.prose -= block.prose
            walker = walker.parent
        block.prose = 0.0


def _is_comment(block: Block) -> bool:
    walker: Part | None = block.part
    while walker is not None and walker.parent is not None:
        if "comment" in walker.names and walker.element.tag != "body":
            return True
        walker = walker.parent
    return False


def _articles(blocks: Sequence[Block]) -> dict[int, tuple[int, float, float]]:
    """Of each outermost `<article>` by its part's id: number, share of their prose, prose."""
    found: dict[int, Part] = {}
    for block in blocks:
        outermost: Part | None = None
        walker: Part | None = block.part
        while walker is not None:
            if walker.element.tag == "article":
                outermost = walker
            walker = walker.parent
        if outermost is not None:
            found.setdefault(id(outermost), outermost)
    total = sum(p.prose for p in found.values()) or 1.0
    return {k: (nth, p.prose / total, p.prose) for nth, (k, p) in enumerate(found.items())}


def _outermost(part: Part, articles: Mapping[int, object]) -> int:
    """The id of the outermost article around, 0 if there is none."""
    walker: Part | None = part
    while walker is not None:
        if id(walker) in articles:
            return id(walker)
        walker = walker.parent
    return 0


def _heart(blocks: Sequence[Block], prose_total: float) -> Part:
    """The innermost element that holds most of the page's prose."""
    best = blocks[0].part
    while best.parent is not None:
        best = best.parent
    for block in blocks:
        walker: Part | None = block.part
        while walker is not None and walker.depth > best.depth:
            if walker.prose >= 0.6 * prose_total:
                best = walker
                break
            walker = walker.parent
    return best


def _title_position(blocks: Sequence[Block], title: str) -> int | None:
    first_heading = None
    for index, block in enumerate(blocks):
        if title and len(block.squeezed) > 8 and block.squeezed == title:
            if block.element.tag in ("h1", "h2", "h3") or block.link_share < 0.5:
                return index
        if first_heading is None and block.element.tag == "h1" and block.words > 3:
            first_heading = index
    return first_heading


def _weigh_evidence(block: Block, evidence: Evidence) -> None:
    f, squeezed = block.features, block.squeezed
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

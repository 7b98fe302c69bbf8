"""The words by which parts of a page give themselves away: class names and turns of phrase.

They are signs, not verdicts: judge.py weighs each with all others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from lxml.html import HtmlElement

NAME_GROUPS: Mapping[str, re.Pattern[str]] = {
    name: re.compile(pattern)
    for name, pattern in {
        "comment": r"comment|disqus|respond|\breply|replies|discussion|kommentar",
        "related": r"relat|recommend|more-|-more|readmore|also|popular|trending|latest|recent|"
        r"teaser|outbrain|taboola|next|prev|carousel|suggest|most|card|headlines|\blist|"
        r"items?\b|grid",
        "embed": r"twitter-tweet|instagram-media|tiktok-embed|fb-post|bluesky-embed|mastodon|"
        r"embed",
        "share": r"shar(?:e|ing)|social|follow|facebook|twitter(?!-tweet)|\bsns|addthis|"
        r"bookmark|tool",
        "advert": r"\bads?\b|advert|sponsor|banner|\bdfp|adsense|promo|affiliate|commerce|shop|"
        r"buy",
        "navigation": r"nav|menu|breadcrumb|crumb|pagin|pager|header|masthead|\btop\b|\bskip|"
        r"search|\btoc\b|\btabs?\b",
        "footer": r"foot|copyright|legal|disclaimer|colophon|bottom|impressum",
        "side": r"sidebar|side|widget|rail|aside|secondary|module|right|left|\bbox",
        "appeal": r"newsletter|subscri|sign-?up|login|log-in|register|cookie|consent|modal|"
        r"popup|overlay|paywall|donat|\bcta|gdpr|notice|alert|message|form",
        "meta": r"meta|byline|author|\bbio\b|date|time|\btags?\b|categor|posted|info|publish|"
        r"keyword|topic|contrib|profile|vcard|source",
        "caption": r"caption|credit|photo|gallery|image|media|slide|video|player|\bimg|thumb|"
        r"figure",
        "title": r"title|headline|heading|subtitle|standfirst|\bdek\b|deck|lede|lead|summary|"
        r"excerpt|intro|teaser",
        "body": r"(?:article|entry|post|story|content|page|body|blog|news)[-_]*(?:body|content|"
        r"text|copy|main|inner|article|wrap)|articlebody|prose|markdown|richtext|rich-text|"
        r"wysiwyg|text",
        "article": r"article|entry|post|story|content|main|hentry|blog|body",
    }.items()
}
WORDINGS: Mapping[str, re.Pattern[str]] = {
    name: re.compile(pattern, re.IGNORECASE)
    for name, pattern in {
        "says_more": r"\W*(?:read|see|learn|find out|view|show|load|watch|"
        r"click)\b.{0,30}?\b(?:more|also|next|here|all|comments?)\b|\W*(?:more (?:from|on|about|"
        r"stories|news|in|posts?)|related|you (?:may|might|could)|recommended|recent|popular|"
        r"trending|latest|most|our latest|up next|don.t miss|also read|read this|next|previous|"
        r"lire aussi|mehr|leia|lee|siehe|weiter|もっと|関連)\b",
        "says_share": r"\W*(?:share|tweet|pin|email|e-mail|print|follow|like|whatsapp|facebook|"
        r"twitter|linkedin|reddit|save|copy link|teilen|drucken|partager|compart|シェア)\b",
        "says_appeal": r".{0,60}\b(?:subscribe|sign[ -]?up|newsletter|log ?in|register|cookies?|"
        r"donat|support us|download (?:the|our)|app store|inbox|abonn|anmeld|registr|inscri)",
        "says_comment": r"\W*(?:\d+\s+)?(?:comments?|replies|reply|leave a|post a|kommentar|"
        r"comentário|join the (?:conversation|discussion)|コメント)",
        "says_rights": r".{0,80}(?:©|\(c\)|copyright|all rights reserved|alle rechte|terms of|"
        r"privacy|may not be (?:published|reproduced)|affiliate|disclaimer|disclosure)",
        "says_credit": r".{0,90}\b(?:getty|reuters|photo(?:graph)?s?(?: by| credit|:|/)|"
        r"image (?:credit|source|via|courtesy)|courtesy of|shutterstock|afp|/ap|foto|file photo|"
        r"credit:|via\b)",
        "says_author": r"\W*(?:(?:written |posted |published |reported |updated )?by\b|von\b|"
        r"por\b|par\b|about the author|author\b|editor|follow (?:him|her|us|the)|contact)|"
        r".{0,60}\b(?:is an? (?:\w+[ -]){0,4}(?:writer|editor|reporter|journalist|author|"
        r"contributor|correspondent|freelance))",
        "says_date": r"\W*(?:(?:posted|published|updated|last (?:updated|modified)|"
        r"on)\b.{0,20})?(?:\w{3,9}[. ]*)?\d{1,4}[.,/: -]+(?:\w{1,9}[.,/: -]+)?\d{2,4}",
        "says_tags": r"\W*(?:tags?|tagged|filed|topics?|categor|labels?|schlag|posted in|"
        r"etiquetas|キーワード|タグ)\b",
        "says_advert": r"\W*(?:advert|sponsor|promoted|anzeige|publicidad|publicité|werbung|"
        r"story continues|article continues|continue reading|広告)",
        "says_media": r"\W*(?:video|watch|listen|play|gallery|photos?|image|slideshow|caption|"
        r"close|open|click|enlarge|loading|media)\b",
        "says_report": r".{0,120}\b(?:contributed to th|reporting by|editing by|written by|"
        r"writers? .{0,150}contribut|correspondent|staff writer|associated press|traduzido|"
        r"übersetzt)",
        "says_about": r"\W*(?:about|über (?:uns|den|die)|à propos|sobre|acerca|media contact|"
        r"contacts?\b|press contact|for more information|notes? to editors)",
        "says_see": r"\W*(?:related|read (?:more|also|next)|see also|more:|also:|watch|video:|"
        r"leggi|lire|lesen|leia|lee|mehr|\w{2,20} on [\w.]{4,30}:|on [\w.]{4,30}:)",
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
    | (?:click|tap)\s(?:here\s)?(?:to|for)\b.{0,40}
      \b(?:app|newsletters?|subscri\w+|sign\sup|download)\b.{0,60}
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


def is_aside(text: str, is_upper: bool, link_share: float) -> bool:
    """Is this a line about the site, its staff or other stories? `is_upper`: mostly capitals."""
    if len(text) > 320:
        return False
    if _ASIDE.match(text):
        return True
    if link_share > 0.5 and len(text) > 12 and is_upper:
        return True
    return link_share > 0.45 and _LINKING.match(text) is not None


def names_of(element: HtmlElement) -> frozenset[str]:
    """The groups of `NAME_GROUPS` that the element's class, id and role belong to."""
    get = element.get
    label = f"{get('class') or ''} {get('id') or ''} {get('role') or ''}"
    if get("itemprop") == "articleBody":
        label += " article-body"
    return frozenset() if label == "  " else _groups_of(label[:300])


@lru_cache(maxsize=4096)
def _groups_of(label: str) -> frozenset[str]:
    label = label.lower().replace("_", "-")
    return frozenset(name for name, pattern in NAME_GROUPS.items() if pattern.search(label))

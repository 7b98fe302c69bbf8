"""The border where untrusted text and HTML become safe to store, print and export.

`clean_line` and `clean_text` make text that any terminal can be given; `clean_html` makes
HTML that holds no script, no remote trickery and no control characters, with absolute
links; `html_to_text` gives its words. links.py judges addresses.

nh3 decides which elements and attributes live. What it cannot do (lazy images, players,
formulas, check boxes, relative links) is rewritten on its output, whose form is normal: every
attribute is in double quotes, and `<`, `>` and `"` are escaped in values and text. So one
regular expression finds exactly the tags.
"""

from __future__ import annotations

import html as html_module
import re
from typing import Final

import nh3

from feedreader.core.formula import ELEMENTS, formula_as_html
from feedreader.core.links import link_host, resolve_link, safe_link
from feedreader.core.nesting import tame
from feedreader.core.text import clean_line, clean_text, count_words, safe_filename, summarise

__all__ = [
    "clean_html",
    "clean_line",
    "clean_text",
    "clean_with_text",
    "count_words",
    "html_to_text",
    "link_host",
    "safe_filename",
    "safe_link",
    "summarise",
]

MAX_HTML_CHARS: Final = 1_048_576
CUT_NOTE: Final = "[The rest of this text is left out: it is too long.]"

# --- HTML -------------------------------------------------------------------

_MEDIA: Final = frozenset({"iframe", "video", "audio", "source", "embed", "object"}) | ELEMENTS
_TAG_NAMES: Final = """
    a abbr acronym address article aside b bdi big blockquote br caption center cite code col
    colgroup data dd del details dfn dir div dl dt em figcaption figure footer h1 h2 h3 h4 h5 h6
    header hgroup hr i img ins kbd li main mark nav ol p pre q rp rt ruby s samp section small
    span strike strong sub summary sup table tbody td tfoot th thead time tr tt u ul var wbr
"""
_TAGS: Final = frozenset(_TAG_NAMES.split())
# What stands in these is not the author's words.
_DROPPED_NAMES: Final = """
    script style template title head select option datalist button textarea noembed noframes
    svg canvas applet frameset
"""
_DROPPED: Final = frozenset(_DROPPED_NAMES.split())
_ATTRIBUTES: Final = {
    "*": {"id", "dir", "lang"},
    "a": {"href", "title", "name"},
    "abbr": {"title"},
    "acronym": {"title"},
    "blockquote": {"cite"},
    "code": {"class"},
    "col": {"span"},
    "del": {"datetime"},
    "details": {"open"},
    "dfn": {"title"},
    "div": {"class"},
    "figure": {"class"},
    "img": {"src", "alt", "title", "width", "height"},
    "ins": {"datetime"},
    "li": {"value"},
    "ol": {"start", "type", "reversed"},
    "pre": {"class"},
    "q": {"cite"},
    "section": {"class"},
    "td": {"colspan", "rowspan", "align"},
    "th": {"colspan", "rowspan", "align", "scope"},
    "time": {"datetime"},
}
_LAZY: Final = (
    "data-src",
    "data-original",
    "data-lazy-src",
    "data-srcset",
    "srcset",
    "data-lazy-srcset",
)
_RAW_ATTRIBUTES: Final = {
    **_ATTRIBUTES,
    "img": _ATTRIBUTES["img"] | {"style", *_LAZY},
    "iframe": {"src", "data-src", "title"},
    "video": {"src", "data-src", "title"},
    "audio": {"src", "data-src", "title"},
    "source": {"src"},
    "embed": {"src", "title"},
    "object": {"data", "title"},
    "input": {"type", "checked"},
    "math": {"alttext"},
}
_KEPT_CLASS: Final = re.compile(
    r"(?:lang(?:uage)?-|highlight-source-|brush:)([\w+#.-]{1,30})|footnotes?|footnote-(?:ref|back\w*)"
)


def _filter_attribute(tag: str, name: str, value: str) -> str | None:
    if name != "class":
        return value
    return (
        " ".join(match[0] for match in map(_KEPT_CLASS.fullmatch, value.split()) if match) or None
    )


# Addresses are judged below, once they are absolute.
_PARSER: Final = nh3.Cleaner(
    tags=_TAGS | _MEDIA | {"input"},
    clean_content_tags=_DROPPED,
    attributes=_RAW_ATTRIBUTES,
    attribute_filter=_filter_attribute,
    link_rel=None,
    url_schemes={"http", "https", "mailto"},
)
_STRICT: Final = nh3.Cleaner(
    tags=_TAGS,
    clean_content_tags=_DROPPED | {"iframe"},
    attributes=_ATTRIBUTES,
    attribute_filter=_filter_attribute,
    link_rel=None,
    url_schemes={"http", "https", "mailto"},
)

# Most links are absolute and plain, and need no look.
_PLAIN_HREF: Final = r""" href="https?://[a-z0-9][a-z0-9.-]*[a-z0-9](?:[/?#](?:[!#-%'-;=?-\[\]_a-z~]|&amp;){0,2000})?">"""
_REWRITTEN: Final = re.compile(
    f"""<(a(?!{_PLAIN_HREF})|img|input|blockquote|q)((?: [a-z-]+="[^"]*")*)>"""
)
_ATTRIBUTE: Final = re.compile(r' ([a-z-]+)="([^"]*)"')
_PLAYER: Final = re.compile(
    r"<(iframe|video|audio|object)((?: [^>]*)?)>(.*?)</\1>|<(embed)((?: [^>]*)?)>", re.DOTALL
)
_SOURCE: Final = re.compile(r'<source(?: [^>]*)? src="([^"]*)"')
_FORMULA: Final = re.compile(r"<math((?: [^>]*)?)>(.*?)</math>", re.DOTALL)
_ANY_TAG: Final = re.compile(r"<[^>]*>")
_HAS_MEDIA: Final = re.compile(f"<(?:{'|'.join(sorted(_MEDIA))})[ >]")
# What a parser would change: without any of these, HTML is its own text.
_MARKED_UP: Final = re.compile("[<>&\r\x00\xa0]")
_INLINE_DATA: Final = re.compile(r"data:[\w/+.-]{1,80};base64,[\w+/=%-]*")
_NOSCRIPT: Final = re.compile(r"</?noscript\b[^<>]*+>", re.IGNORECASE)
# HTML knows no empty elements but its own: what follows such a tag would be inside of it.
_EMPTY: Final = re.compile(
    r"""(?x) < ( applet | audio | b | blockquote | button | canvas | code | del | em | h[1-6] | i
    | iframe | ins | kbd | mark | noembed | noframes | object | pre | q | s | samp | script | select
    | small | span | strike | strong | style | su[bp] | template | textarea | title | tt | u | var
    | video | xmp )
    ( \s [^<>]* (?<=["'\s]) | \s (?: [^<>]* \s )? [\w-]+ | ) />"""
)
_PRE_START: Final = re.compile(r"(<pre\b[^>]*>)\n+")
_PLACEHOLDER: Final = re.compile(
    r"data:|about:|[^?#]*(?:placeholder|blank|spacer|spinner|load(?:er|ing)|lazy|1x1|transparent)"
)
_CANDIDATE: Final = re.compile(r"([^\s,]\S*[^\s,])(?:\s+([\d.]+[wx]))?\s*(?:,|$)")
_LEADING_NUMBER: Final = re.compile(r"\s*(\d{1,6})")
_STYLE_SIZE: Final = re.compile(r"(?:^|;)\s*(?:width|height)\s*:\s*(\d{1,6})px")
_HIDDEN_STYLE: Final = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden")
_TRACKER: Final = re.compile(
    r"""(?xi) https?://(?:
      (?:[^/]*\.)?(?:doubleclick\.net|google-analytics\.com|scorecardresearch\.com|quantserve\.com
        |statcounter\.com|feedsportal\.com|pheedo\.com|feedblitz\.com/t[^a-z]|omtrdc\.net
        |chartbeat\.(?:com|net)|hubspot\.com/__ptq)
      | (?:pixel|stats)\.(?:wp|wordpress)\.com/ | pi?xel\.[^/]+/ | feeds\.feedburner\.com/~
      | www\.facebook\.com/tr\b | [^?\#]*/(?:__ptq|pixel|track(?:ing)?[-_]?pixel|count|1x1|b)\.gif\b
    )"""
)
_VIDEO_HOST: Final = re.compile(
    r"(?:^|\.)(?:youtube(?:-nocookie)?\.com|youtu\.be|vimeo\.com|dailymotion\.com|twitch\.tv)$"
)
_PLAYER_START: Final = re.compile("<iframe", re.IGNORECASE)


def clean_html(html: str, base_url: str) -> str:
    """Return HTML that is safe to store, to show and to open in a browser.

    Links and images are absolute, against `base_url` where that is an http(s) address, or
    gone; their words stay. Players become links, tracking pixels vanish. Input beyond
    `MAX_HTML_CHARS` is cut, with a note.
    """
    if len(html) <= MAX_HTML_CHARS and _MARKED_UP.search(html) is None:
        return clean_text(html)
    if "base64," in html:
        html = _INLINE_DATA.sub("data:,", html)
    if "<noscript" in html or "<NOSCRIPT" in html:
        # The parser takes the content for raw text; it is what shows without scripts.
        html = _NOSCRIPT.sub("", html)
    if "/>" in html:
        html = _EMPTY.sub(r"<\1\2></\1>", html)
    note = ""
    if len(html) > MAX_HTML_CHARS:
        html, note = html[:MAX_HTML_CHARS], f"<p>{CUT_NOTE}</p>"
    if _PLAYER_START.search(html):
        # A player's content is raw text: a control character that is dropped from it later
        # must not close a tag there.
        html = clean_text(html)
    html = tame(html)
    try:
        html = _PARSER.clean(html)
    except UnicodeEncodeError:
        # Without its lone surrogates it may hold other tags than those looked at so far.
        return clean_html(clean_text(html), base_url) + note
    html = clean_text(html)
    if "<pre" in html:
        # A parser drops one line feed there; with none, reading it again changes nothing.
        html = _PRE_START.sub(r"\1", html)
    base_url = safe_link(base_url)
    html = _REWRITTEN.sub(lambda tag: _rewrite(tag, base_url), html)
    if _HAS_MEDIA.search(html):
        html = _FORMULA.sub(_formula_as_text, html)
        html = _PLAYER.sub(lambda player: _player_as_link(player, base_url), html)
        # Read again, a reference that was raw text may have become a control character.
        html = clean_text(_STRICT.clean(html))
    return html + note


def _rewrite(tag: re.Match[str], base_url: str) -> str:
    name = tag[1]
    attributes = {key: html_module.unescape(value) for key, value in _ATTRIBUTE.findall(tag[2])}
    if name == "input":
        if attributes.get("type", "").lower() != "checkbox":
            return ""
        return "☑ " if "checked" in attributes else "☐ "
    if name == "img":
        return _rewrite_image(attributes, base_url)
    key = "href" if name == "a" else "cite"
    url = attributes.get(key)
    if url is not None and not (name == "a" and url.startswith("#")):
        url = resolve_link(url, base_url)
        if url:
            attributes[key] = url
        else:
            del attributes[key]
    return _write_tag(name, attributes)


def _rewrite_image(attributes: dict[str, str], base_url: str) -> str:
    sources = [attributes.get(key, "") for key in _LAZY if not key.endswith("srcset")]
    sources += [_best_of_srcset(attributes.get(key, "")) for key in _LAZY if key.endswith("srcset")]
    src = attributes.get("src", "")
    sources.insert(0 if src and not _PLACEHOLDER.match(src) else len(sources), src)
    url = next(
        (url for source in sources if source and (url := resolve_link(source, base_url))), ""
    )
    if _is_tracking_pixel(url, attributes):
        return ""
    if not url or url.startswith("mailto:"):
        alt = attributes.get("alt", "")
        return f" {_escape(alt)} " if alt else ""
    kept = {key: value for key, value in attributes.items() if key in _ATTRIBUTES["img"]}
    kept.update({key: attributes[key] for key in ("id", "dir", "lang") if key in attributes})
    return _write_tag("img", kept | {"src": url})


def _best_of_srcset(srcset: str) -> str:
    """Return the largest candidate; see HTML, "srcset attribute"."""
    best, best_size = "", -1.0
    for url, size in _CANDIDATE.findall(srcset):
        width = float(size[:-1]) if size else 1.0
        if width > best_size:
            best, best_size = url, width
    return best


def _is_tracking_pixel(url: str, attributes: dict[str, str]) -> bool:
    sizes = [
        int(match[0])
        for key in ("width", "height")
        if (match := _LEADING_NUMBER.match(attributes.get(key, "")))
    ]
    sizes += [int(size) for size in _STYLE_SIZE.findall(attributes.get("style", ""))]
    if sizes and (min(sizes) <= 1 or (len(sizes) > 1 and max(sizes) <= 3)):
        return True
    return bool(_HIDDEN_STYLE.search(attributes.get("style", "")) or (url and _TRACKER.match(url)))


def _player_as_link(player: re.Match[str], base_url: str) -> str:
    name = player[1] or player[4]
    fallback = player[3] or ""
    attributes = {
        key: html_module.unescape(value)
        for key, value in _ATTRIBUTE.findall(player[2] or player[5] or "")
    }
    sources = [attributes.get(key, "") for key in ("src", "data", "data-src")]
    if name != "iframe":  # the content of an iframe is raw text, not markup
        sources += [html_module.unescape(src) for src in _SOURCE.findall(fallback)]
    url = next(
        (url for source in sources if source and (url := resolve_link(source, base_url))), ""
    )
    if not url:
        return "" if name == "iframe" else fallback
    kind = {"video": "Video", "audio": "Audio"}.get(name, "Embedded")
    if name == "iframe" and _VIDEO_HOST.search(link_host(url)):
        kind = "Video"
    title = attributes.get("title", "").strip()
    label = f"{kind}: {title}" if title else f"{kind} at {link_host(url).removeprefix('www.')}"
    return f'<a href="{_escape(url)}">▶ {_escape(label)}</a>'


def _formula_as_text(formula: re.Match[str]) -> str:
    alttext = dict(_ATTRIBUTE.findall(formula[1])).get("alttext")
    return formula_as_html(formula[2]) if alttext is None else alttext


def _write_tag(name: str, attributes: dict[str, str]) -> str:
    written = "".join(f' {key}="{_escape(value)}"' for key, value in attributes.items())
    return f"<{name}{written}>"


def _escape(text: str) -> str:
    # As nh3 writes it, so that cleaning twice changes nothing.
    return html_module.escape(text, quote=False).replace('"', "&quot;").replace("\xa0", "&nbsp;")


# --- plain text -------------------------------------------------------------

_RAW_HTML: Final = re.compile(r"<(?:[!?]|script|style|template|title|head|svg)", re.IGNORECASE)
_PRE: Final = re.compile(r"<pre\b[^>]*>((?:[^<]++|<(?!/pre>))*+)</pre>")
_CODE_LINE: Final = re.compile(
    r"<br\b[^>]*>|</(?:div|p|li|tr)>\n?|(?<=[^\n>])<(?:div|p|li|tr)\b[^>]*>"
)
_BLOCK: Final = re.compile(
    r"</?(?:p|div|h[1-6]|blockquote|ul|ol|dl|table|caption|figure|figcaption|hr|details|article"
    r"|section|header|footer|aside|main|nav|address|center|hgroup|summary)\b[^>]*>"
)
_ITEM: Final = re.compile(r"<li\b[^>]*>\s*(?:<(?:p|div)\b[^>]*>\s*)*")
_LINE: Final = re.compile(r"<(?:br\b[^>]*|/tr|/dt|/dd)>")
_CELL: Final = re.compile(r"</t[dh]>")
_IMAGE: Final = re.compile(r'<img\b(?:[^>]*? alt="([^"]*)")?[^>]*>')
_EXTRA_LINES: Final = re.compile(r"\n{3,}")


def html_to_text(html: str) -> str:
    """Return the words of HTML that `clean_html` gave: paragraphs stand between blank lines.

    List items and table rows stand on lines of their own, cells are apart, `pre` is kept.
    Images give their alternative text.
    """
    if _RAW_HTML.search(html):
        html = clean_html(html, "")
    return clean_text(_to_text(html))


def clean_with_text(html: str, base_url: str) -> tuple[str, str]:
    """Return what `clean_html` gives, and what `html_to_text` makes of that."""
    html = clean_html(html, base_url)
    return html, _to_text(html)  # what is safe needs no second look


def _to_text(html: str) -> str:
    if "<pre" in html:
        pieces = _PRE.split(html)
        pieces[::2] = map(_flow_text, pieces[::2])
        pieces[1::2] = [f"\n\n{_code_text(code)}\n\n" for code in pieces[1::2]]
        text = "".join(pieces)
    else:
        text = _flow_text(html)
    if "&" in text:
        text = html_module.unescape(text)
    if "\n\n\n" in text:
        text = _EXTRA_LINES.sub("\n\n", text)
    return text.strip()


def _code_text(html: str) -> str:
    return _ANY_TAG.sub("", _CODE_LINE.sub("\n", html))


def _flow_text(html: str) -> str:
    text = " ".join(html.split())
    if "<" not in text:
        return text
    text = _BLOCK.sub("\n\n", text)
    if "<li" in text:
        text = _ITEM.sub("\n- ", text)
    text = _LINE.sub("\n", text)
    if "</t" in text:
        text = _CELL.sub("\t", text)
    if "<img" in text:
        text = _IMAGE.sub(lambda image: f" {image[1] or ''} ", text)
        while "  " in text:
            text = text.replace("  ", " ")
    paragraphs = _ANY_TAG.sub("", text).split("\n\n")
    return "\n\n".join(filter(None, map(_strip_lines, paragraphs)))


def _strip_lines(text: str) -> str:
    return "\n".join(map(str.strip, text.split("\n"))).strip("\n") if "\n" in text else text.strip()

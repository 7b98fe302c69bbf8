"""The bytes of a web page as a tidy lxml tree: decoded, hidden parts gone, images resolved.

After `tidy_page` each piece of text stands in exactly one *text block*: an element that holds
only inline content. Text loose between blocks and lines parted by `<br><br>` have been wrapped
in `<p>`, so that later steps keep or drop whole blocks and never part of a sentence.
"""

from __future__ import annotations

import re
from urllib.parse import urljoin

from lxml import etree
from lxml.html import HtmlElement, HTMLParser

from feedreader.core.encoding import GZIP, decode_page
from feedreader.errors import ExtractionFailed, NotAFeed

MAX_PAGE_BYTES = 5 * 1024 * 1024
MAX_ELEMENTS = 100_000

# What no text holds (WHATWG MIME Sniffing, "binary data byte"), and where to look for it.
_BINARY = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
_SNIFFED = 1445
_BEFORE_MARKUP = b"\x00\xef\xbb\xbf\xfe\xff \t\r\n\f"
_HTML_START = re.compile(rb"(?i)<(?:!doctype|html|head|body)\b")

_INLINE_NAMES = """
    a abbr acronym b bdi bdo big br cite code data del dfn em font i img ins kbd label mark
    math math-field nobr picture q rb rp rt ruby s samp small source span strike strong sub
    sup time tt u var wbr
"""
INLINE = frozenset(_INLINE_NAMES.split())
"""Elements that do not part text, unless they hold one that does."""
OPAQUE = ("pre", "math", "iframe", "video", "audio")
"""Elements whose inside is left as it is."""
LINKED = "data-linked"
"""Marks a block that was a link around blocks."""
_KEPT = ("class", "id", "itemprop", "role", LINKED)
"""Attributes of a block that was an inline element."""

_DROPPED_NAMES = """
    script style template svg canvas object applet embed button input select textarea
    datalist dialog nav menu frame frameset map area meta link base title head noframes
"""
_DROPPED = _DROPPED_NAMES.split()
_HIDING_STYLE = re.compile(
    r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?:[a-z%]*\s*(?:;|$|!)))",
    re.IGNORECASE,
)
# Class names for text that only screen readers or a hovering mouse bring out.
_UNSEEN_CLASS = re.compile(
    r"(?:^|[\s_-])(?:sr-only|visually-?hidden|screen-reader(?:-text)?|assistive-text|tooltip(?:-?text)?"
    r"|hover-?card|rollover-[a-z]+-block|print-only|noprint-hidden|d-none)(?:$|[\s_])",
    re.IGNORECASE,
)


def parse_page(page: bytes, content_type: str = "") -> HtmlElement:
    """The document as parsed, nothing removed yet.

    Raises `ExtractionFailed` for pages that are too large, empty, or no HTML.
    """
    if len(page) > MAX_PAGE_BYTES:
        raise ExtractionFailed(
            f"the page has {len(page) // 1_000_000} MB, more than the {MAX_PAGE_BYTES >> 20} MB"
            " that are read"
        )
    if kind := _binary_kind(page):
        raise ExtractionFailed(f"the page is {kind}, no HTML")
    try:
        text = decode_page(page, content_type).text
    except NotAFeed as error:
        raise ExtractionFailed("the page is compressed, and broken") from error
    if "<" not in text:
        raise ExtractionFailed("the page is no HTML" if text.strip() else "the page is empty")
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(text.encode("utf-8"), parser)
    except etree.LxmlError:
        root = None
    if root is None:
        raise ExtractionFailed("the page holds no HTML elements")
    return root


def _binary_kind(page: bytes) -> str:
    """What a page is that is no text, "" if it may be one; servers' words for it are no proof."""
    if page.startswith(GZIP):
        return ""  # decoding opens it
    start = page[:_SNIFFED].lstrip(_BEFORE_MARKUP)
    if start.startswith(b"%PDF-"):
        return "a PDF document"
    if start.startswith(b"<") or _HTML_START.search(start) or not _BINARY.search(start):
        return ""
    return "binary data"


def base_url_of(root: HtmlElement, url: str) -> str:
    """The URL that the page's relative links start from (HTML, `base` element)."""
    for base in root.iter("base"):
        if href := (base.get("href") or "").strip():
            try:
                joined = urljoin(url, href)
            except ValueError:
                return url
            return joined if joined.startswith(("http://", "https://")) else url
    return url


def tidy_page(root: HtmlElement) -> HtmlElement:
    """The `<body>`, changed in place: only what a person reads, each text in one block."""
    body = root.find("body")
    if body is None:
        body = root
    if sum(1 for _ in body.iter()) > MAX_ELEMENTS:
        raise ExtractionFailed(f"the page has more than {MAX_ELEMENTS} elements")
    _resolve_noscript(body)
    for template in list(body.iter("template")):
        if template.get("shadowrootmode"):  # HTML, "declarative shadow roots": it shows
            template.drop_tag()
    etree.strip_elements(body, *_DROPPED, with_tail=False)
    _drop_hidden(body)
    _resolve_images(body)
    _wrap_loose_text(body)
    return body


def _resolve_noscript(body: HtmlElement) -> None:
    """Let a lazy image's `<noscript>` twin take its place; drop all other `<noscript>`."""
    total = len(body.text_content())
    for noscript in list(body.iter("noscript")):
        parent = noscript.getparent()
        if parent is None:
            continue
        said = noscript.text_content()
        if len(said) * 2 > total:
            # One that was never closed has swallowed the page.
            noscript.drop_tag()
            continue
        image = next(noscript.iter("img", "iframe"), None)
        if image is None or len(said.split()) > 40:
            noscript.drop_tree()
            continue
        previous = noscript.getprevious()
        if previous is not None and not (previous.tail or "").strip():
            twins = [previous] if previous.tag == "img" else list(previous.iter("img"))
            if 0 < len(twins) <= 3 and not previous.text_content().strip():
                for name in ("width", "height", "class", "alt"):
                    if twins[0].get(name) and not image.get(name):
                        image.set(name, twins[0].get(name, ""))
                for twin in twins:
                    twin.drop_tree()
        noscript.drop_tag()


def _is_hidden(element: HtmlElement) -> bool:
    get = element.get
    if get("hidden") is not None and get("hidden") != "until-found":
        return True
    style = get("style")
    if style and _HIDING_STYLE.search(style):
        return True
    names = get("class") or ""
    if get("aria-hidden") == "true":
        return "fallback-image" not in names and element.tag not in ("img", "a")
    return bool(names) and _UNSEEN_CLASS.search(names) is not None


def _drop_hidden(body: HtmlElement) -> None:
    hidden = [e for e in body.iter(etree.Element) if e is not body and _is_hidden(e)]
    if not hidden:
        return
    # Pages that show their text by script only hide all of it: then hiding means nothing.
    total = len(body.text_content())
    for element in hidden:
        if element.getparent() is not None and len(element.text_content()) * 2 < total:
            element.drop_tree()


_MORE_LAZY_NAMES = (
    "data-orig-file",
    "data-large-file",
    "data-hi-res-src",
    "data-image",
    "data-url",
)
_LAZY_NAME = re.compile(r"-\w*(?:src|url|echo|image|lazyload|original)$")
# What may stand in an address is looked at once, not after each ending.
_PICTURE_FILE = re.compile(
    r"(?=[^\s{}\"'<>]+\Z).+?\.(?:avif|gif|jpe?g|png|webp)(?:[?#]|\Z)", re.IGNORECASE
)
_HAS_SOURCE = ("src", "data-src", "data-original", "data-lazy-src", "data-srcset", "srcset")


def _resolve_images(body: HtmlElement) -> None:
    """Leave of `<picture>` and its kin a plain `<img>`; sanitize.py picks among its sources."""
    for image in list(body.iter("amp-img")):
        image.tag = "img"
    for picture in list(body.iter("picture")):
        if next(picture.iter("img"), None) is None:
            picture.append(picture.makeelement("img"))
        image = next(picture.iter("img"))
        src = image.get("src") or ""
        if (not src or src.startswith("data:")) and not any(map(image.get, _HAS_SOURCE[1:])):
            for source in picture.iter("source"):
                if srcset := source.get("srcset") or source.get("data-srcset"):
                    image.set("srcset", srcset)
                    break
        # The parser knows no empty <source>: the image stands inside it.
        etree.strip_tags(picture, "source")
        if picture.getparent() is not None:
            picture.drop_tag()
    for image in list(body.iter("img")):
        if not any(map(image.get, _HAS_SOURCE[1:])) and (lazy := _lazy_source(image)):
            image.set("data-src", lazy)
        if not any(map(image.get, _HAS_SOURCE)):
            image.drop_tree()


def _lazy_source(image: HtmlElement) -> str:
    """The address that an image's script would load; each such script has its own attribute."""
    known = next(filter(None, map(image.get, _MORE_LAZY_NAMES)), None)
    if known:
        return known
    return next(
        (
            value
            for name, value in image.items()
            if _LAZY_NAME.search(str(name)) and _PICTURE_FILE.match(value)
        ),
        "",
    )


def is_inline(element: HtmlElement) -> bool:
    """Does it stand within a line? Names with a colon are Word's and Facebook's inline tags."""
    return element.tag in INLINE or ":" in str(element.tag)


def _wrap_loose_text(body: HtmlElement) -> None:
    """Give each run of inline content a block of its own."""
    is_container: set[HtmlElement] = set()
    within = {d for whole in body.iter(*OPAQUE) for d in whole.iterdescendants()}
    for _, element in etree.iterwalk(body, events=("end",)):
        if element in within:
            continue
        if element in is_container or not is_inline(element):
            parent = element.getparent()
            if parent is not None:
                is_container.add(parent)
    for element in list(body.iter(etree.Element)):
        if element in within or element.tag in OPAQUE:
            continue
        if element is body or element in is_container:
            if is_inline(element) or element.tag == "p":
                # An inline element cannot hold blocks, nor can a paragraph.
                if element.tag == "a":
                    element.set(LINKED, "")
                element.tag = "div"
                # One by one lxml does not delete attributes whose names are none in XML.
                kept = {name: element.attrib[name] for name in _KEPT if name in element.attrib}
                element.attrib.clear()
                element.attrib.update(kept)
            _wrap_runs(element, is_container)
        elif not is_inline(element) and element.tag != "p":
            if _has_double_break(element):
                _wrap_runs(element, is_container)
        elif element.tag == "p" and _has_double_break(element):
            element.tag = "div"
            _wrap_runs(element, is_container)


def _has_double_break(element: HtmlElement) -> bool:
    return any(
        br.tag == "br" and not (br.tail or "").strip() and after is not None and after.tag == "br"
        for br in element
        for after in [br.getnext()]
    )


def _wrap_runs(element: HtmlElement, is_container: set[HtmlElement]) -> None:
    run: HtmlElement | None = None
    children = list(element)

    def add_text(text: str | None, before: HtmlElement | None) -> None:
        nonlocal run
        if not text or (run is None and not text.strip()):
            return
        if run is None:
            run = element.makeelement("p")
            if before is None:
                element.append(run)
            else:
                before.addprevious(run)
        if len(run):
            run[-1].tail = (run[-1].tail or "") + text
        else:
            run.text = (run.text or "") + text

    text, element.text = element.text, None
    add_text(text, children[0] if children else None)
    for index, child in enumerate(children):
        following = children[index + 1] if index + 1 < len(children) else None
        tail, child.tail = child.tail, None
        if child.tag == "br":
            double = following is not None and following.tag == "br" and not (tail or "").strip()
            if double or run is None:
                run = None
                element.remove(child)
            else:
                run.append(child)
        elif is_inline(child) and child not in is_container:
            if run is None:
                run = element.makeelement("p")
                child.addprevious(run)
            run.append(child)
        else:
            run = None
        add_text(tail, following)

"""Which entry an entry is: its keys within one feed, and whether its content changed.

An entry's key comes from its guid, else its link, else its title and text; never from a
date or the feed's address alone, so a feed that moves keeps its entries. Keys are 16-byte
digests: a guid may be a megabyte. Where one document repeats a key, the link, then the
title, the date and the text tell the copies apart; what is equal in all of these is one
entry.

The `alt_key` (link, else title and text) finds an entry again whose publisher has
rewritten all ids; see plan.py for when it counts.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

from feedreader.model import Entry

DIGEST_BYTES = 16

# Parameters that say how a reader came to a page, not which page it is.
_TRACKING = re.compile(
    r"""(?xi) utm_\w+ | fbclid | gclid | yclid | gclsrc | dclid | msclkid | twclid | igshid
    | mc_[ce]id | mkt_tok | _hs(enc|mi) | at_(medium|campaign|custom\d) | xtor | cmpid | ocid | smid
    | s_cid | ns_\w+ | wt\.\w+ | pk_\w+ | piwik_\w+ | mtm_\w+ | ga_\w+ | vero_(id|conv)
    | oly_(anon|enc)_id | spm | scid | trk | rss | __twitter_impression
    | guccounter | ref_src | ref_url"""
)
# Most links have neither a port nor a query nor a fragment: what is left is host and path.
_USUAL_LINK = re.compile(r"https?://([a-z0-9][a-z0-9.-]*)((?:/[!-\"$->@-~]*)?)")


@dataclass(frozen=True, slots=True)
class IdentifiedEntry:
    """An entry of a document with its keys."""

    entry: Entry
    key: bytes
    plain_key: bytes
    """Of the guid, link or text alone; `key` differs from it in repeats only."""
    linked_key: bytes
    """With the link: what `key` is, or was, while another entry of the document shares it."""
    alt_key: bytes
    content_hash: bytes


def identify(entries: Iterable[Entry]) -> tuple[IdentifiedEntry, ...]:
    """Give each entry of one document its keys, in order; exact copies are left out."""
    drafts = [(entry, digest(*_plain_parts(entry))) for entry in entries]
    keys = _tell_apart(drafts)
    identified: dict[bytes, IdentifiedEntry] = {}
    for (entry, plain_key), key in zip(drafts, keys, strict=True):
        if key not in identified:
            link = normalise_link(entry.link)
            identified[key] = IdentifiedEntry(
                entry=entry,
                key=key,
                plain_key=plain_key,
                linked_key=digest(plain_key.hex(), link),
                alt_key=_alt_key(entry, link),
                content_hash=hash_content(entry),
            )
    return tuple(identified.values())


def normalise_link(url: str) -> str:
    """Return what of a link says which page it is: no scheme, `www.`, tracking or last slash.

    Fragments stay: some feeds tell their entries apart by nothing else.
    """
    if usual := _USUAL_LINK.fullmatch(url):
        return usual[1].removeprefix("www.") + usual[2].rstrip("/")
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").removeprefix("www.")
        port = parts.port
    except ValueError:
        return url.strip()
    if port not in (None, 80, 443):
        host = f"{host}:{port}"
    query = parts.query
    if query and _TRACKING.search(query):
        pairs = parse_qsl(query, keep_blank_values=True)
        query = urlencode([pair for pair in pairs if not _TRACKING.fullmatch(pair[0])])
    fragment = "" if _TRACKING.match(parts.fragment) else parts.fragment
    return "".join(
        (
            host,
            parts.path.rstrip("/"),
            f"?{query}" if query else "",
            f"#{fragment}" if fragment else "",
        )
    )


def normalise_title(title: str) -> str:
    """Return a title as it compares: case and white space do not count."""
    return " ".join(title.casefold().split())


def hash_content(entry: Entry) -> bytes:
    """Return a digest of what a reader sees of an entry; dates are not content."""
    return digest(
        entry.title,
        entry.link,
        entry.summary_html,
        entry.content_html,
        *entry.authors,
        *(enclosure.url for enclosure in entry.enclosures),
    )


def _plain_parts(entry: Entry) -> tuple[str, ...]:
    guid = " ".join(entry.guid.split())
    if guid:
        return ("guid", guid)
    if entry.link:
        return ("link", normalise_link(entry.link))
    return ("text", *_text_parts(entry))


def _text_parts(entry: Entry) -> Sequence[str]:
    enclosures = [enclosure.url for enclosure in entry.enclosures]
    return (normalise_title(entry.title), entry.content_html or entry.summary_html, *enclosures)


def _tell_apart(drafts: Sequence[tuple[Entry, bytes]]) -> list[bytes]:
    """Return a key for each draft, adding one distinction at a time where keys repeat."""
    keys = [plain_key for _, plain_key in drafts]
    for distinguish in (
        lambda entry: [normalise_link(entry.link)],
        lambda entry: [normalise_title(entry.title)],
        lambda entry: [str(entry.published or entry.updated or "")],
        _text_parts,
    ):
        counts = Counter(keys)
        if len(counts) == len(keys):
            break
        keys = [
            digest(key.hex(), *distinguish(entry)) if counts[key] > 1 else key
            for key, (entry, _) in zip(keys, drafts, strict=True)
        ]
    return keys


def _alt_key(entry: Entry, link: str) -> bytes:
    """`link` is the entry's, normalised."""
    if entry.link:
        return digest("link", link)
    return digest("text", *_text_parts(entry))


def digest(*parts: str) -> bytes:
    """Return a digest of some texts, `DIGEST_BYTES` long."""
    # Lengths in front keep ("ab", "c") and ("a", "bc") apart.
    data = [part.encode("utf-8", "surrogatepass") for part in parts]
    framed = b"".join([b"%d:%b" % (len(one), one) for one in data])
    return hashlib.blake2b(framed, digest_size=DIGEST_BYTES).digest()

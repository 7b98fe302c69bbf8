"""Bytes of a feed -> its text, whatever the server and the document say of the encoding.

The order follows RFC 7303 (byte order mark, header, declaration) with two exceptions that
real feeds force: a body that is valid UTF-8 beyond ASCII is UTF-8 although a single-byte
charset is announced, and an announced charset that does not fit the bytes is set aside.
UTF-7 and Python's codecs that are no character sets are never used.
"""

from __future__ import annotations

import codecs
import re
import zlib
from dataclasses import dataclass

from feedreader.errors import NotAFeed

MAX_DOCUMENT_BYTES = 32 * 1024 * 1024
"""Of a body that came compressed inside."""

GZIP = b"\x1f\x8b"
_MAX_WRAPS = 2
"""Times that a body may be compressed inside; some servers do it once more than they say."""
_MAX_MEMBERS = 256

_MAX_RUN = 4 * 1024 * 1024
"""Characters of text between two tags: four times what any field holds, for references."""
_LONG_RUN = re.compile(f"(?<=<)[^<]{{{_MAX_RUN},}}+")
_CUT_REFERENCE = re.compile(r"&[^;&]{0,40}\Z")

_CHARDET_BYTES = 16 * 1024
_CHARDET_CONFIDENCE = 0.7
_GOOD_PER_BAD = 4
"""Characters beyond ASCII for each broken one that show an encoding to be the right one."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# XML 1.0 appendix F, widened to any ASCII character in front: zero bytes tell the width.
_ZERO_PATTERNS = (
    (re.compile(rb"\x00\x00\x00[\x09-\x7e]"), "utf-32-be"),
    (re.compile(rb"[\x09-\x7e]\x00\x00\x00"), "utf-32-le"),
    (re.compile(rb"\x00[\x09-\x7e]\x00[\x09-\x7e]"), "utf-16-be"),
    (re.compile(rb"[\x09-\x7e]\x00[\x09-\x7e]\x00"), "utf-16-le"),
)
_EBCDIC_XML = b"\x4c\x6f\xa7\x94"
_EBCDIC_ENCODING = re.compile(r"encoding\s*=\s*\S\s*([A-Za-z0-9._:+-]{1,40})")

_CHARSET_PARAMETER = re.compile(r"(?i)[;,\s]charset\s*=\s*+[\"']?\s*+([^\s;\"',]+)")
_DECLARATION = re.compile(r"(?i)\s*<\?xml\s[^>]{0,200}?\?>")
# Something may stand before a declaration, but no feed.
_DECLARATION_OR_ROOT = re.compile(
    r"(<\?xml\s[^>]{0,200}?\?>)|<(?:rss|rdf:rdf|feed|channel)[\s>]", re.I
)
_MAX_JUNK = 4096
_DECLARED_ENCODING = re.compile(r"(?i)encoding\s*=\s*+[\"']?\s*+([A-Za-z0-9._:+-]{1,40})")
_META_CHARSET = re.compile(rb"<meta[^>]{0,300}?charset\s*=\s*+[\"']?\s*+([a-z0-9_:.-]{2,40})", re.I)
_CHARSETS = re.compile(
    r"utf-8|ascii|iso8859-\d+|iso2022_\w+|cp\d+|koi8-\w|gb\w+|big5\w*|euc_\w+|shift_\w+"
    r"|mac-\w+|tis-620|hz|johab|ptcp154|kz1048"
)
# Names that the WHATWG Encoding Standard knows and Python does not, or that were seen in feeds.
_CODE_PAGE = re.compile(r"^(?:x-)?(?:windows|win|dos|cp)[-_]?(?=\d)")
_NAMES = {
    name: charset
    for charset, names in {
        "utf-8": "unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8",
        "cp932": "cp31j x-sjis",
        "cp949": "cseuckr csksc56011987 iso-ir-149 ks_c_5601-1989 ksc_5601",
        "cp1252": "iso88591 iso-latin-1",
        "big5": "cn-big5 x-x-big5",
        "euc_jp": "cseucpkdfmtjapanese x-euc-jp",
        "gb18030": "csgb2312 gb_2312 gb_2312-80 x-gbk",
        "iso8859-2": "iso88592",
        "iso8859-5": "iso88595",
        "iso8859-6": "csiso88596e csiso88596i iso-8859-6-e iso-8859-6-i",
        "iso8859-7": "sun_eu_greek",
        "iso8859-8": "csiso88598e csiso88598i iso-8859-8-e iso-8859-8-i logical visual",
        "iso8859-15": "csisolatin9 iso885915",
        "koi8-r": "koi koi8",
        "koi8-u": "koi8-ru",
        "mac-cyrillic": "x-mac-cyrillic x-mac-ukrainian",
        "mac-roman": "csmacintosh mac x-mac-roman",
    }.items()
    for name in names.split()
}
# Supersets that the names mean in practice (WHATWG Encoding Standard).
_SUPERSETS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
}
# What servers announce for any document: a charset that the document itself names is likelier.
_DEFAULTS = ("ascii", "iso8859-1")
_MULTI_BYTE = re.compile(r"gb|big5|euc_|shift_|cp9[345]\d|johab")
_STATEFUL = re.compile(r"iso2022_|hz$")

# XML 1.0 section 2.2 allows none of these, and no terminal should see them.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# In an encoding that keeps ASCII these bytes are these characters, and quick to look for.
_FORBIDDEN_BYTES = bytes(code for code in range(0x20) if code not in b"\t\n\r")
# References to them, and few others besides.
_DOUBTFUL_REFERENCE = re.compile(
    r"""(?x) &\# (?: [xX] 0* ( [0-9a-fA-F] | 1[0-9a-fA-F] | [dD][89a-fA-F][0-9a-fA-F]{2}
    | [fF]{3}[eEfF] | [0-9a-fA-F]{6,8} ) | 0* ( [0-9] | [12][0-9] | 3[01] | 5[567][0-9]{3}
    | 65[0-9]{3} | [0-9]{7,9} ) );"""
)


@dataclass(frozen=True, slots=True)
class Document:
    """A body as text that holds no character that XML forbids, without its XML declaration."""

    text: str
    encoding: str
    """The charset that was used, by its common name."""
    defect: str = ""


def decode_document(body: bytes, content_type: str = "") -> Document:
    """Return the text of a body; raise NotAFeed if it is compressed and broken."""
    for _ in range(_MAX_WRAPS):
        if body.startswith(GZIP):
            body = _gunzip(body)
    text, encoding, defect = _decode(body, content_type)
    text = text.removeprefix("\ufeff")
    is_large = len(text) > _MAX_RUN
    if is_large and text.lstrip()[:1] not in ("{", "["):
        text = _LONG_RUN.sub(_cut_run, text)  # before anything copies it
    declaration = _DECLARATION.match(text)
    if declaration:
        text = text[declaration.end() :]
    # A large body is not copied for a quicker look.
    clean = _FORBIDDEN.sub("", text) if is_large or _may_hold_forbidden(body, text) else text
    if "&#" in clean:
        clean = _DOUBTFUL_REFERENCE.sub(_drop_forbidden_reference, clean)
    if len(clean) != len(text):
        defect = defect or "it holds characters that XML forbids"
    return Document(clean, encoding, defect)


def decode_page(body: bytes, content_type: str = "") -> Document:
    """Return the text of a web page as `decode_document` does.

    What its `<meta charset>` says counts where the header says nothing.
    """
    if "charset" not in content_type.lower() and (meta := _META_CHARSET.search(body[:8192])):
        label = meta[1].decode("ascii")
        # A page whose <meta> can be read as ASCII is no UTF-16.
        label = "utf-8" if label.lower().startswith("utf-16") else label
        content_type = f"text/html; charset={label}"
    return decode_document(body, content_type)


def _may_hold_forbidden(body: bytes, text: str) -> bool:
    """Say whether a forbidden character may stand in a text, at a hundredth of the regex' cost.

    Codecs give surrogates from none but zero bytes (UTF-16, UTF-32) or escapes, which count.
    """
    if len(body.translate(None, _FORBIDDEN_BYTES)) != len(body):
        return True
    return not text.isascii() and ("\ufffe" in text or "\uffff" in text)


def _cut_run(run: re.Match[str]) -> str:
    """Return what stands between one `<` and the next, its text cut, the end of CDATA kept."""
    start = len("![CDATA[") if run[0].startswith("![CDATA[") else run[0].find(">") + 1
    end = start + _MAX_RUN
    if not start or len(run[0]) <= end:
        return run[0]
    section_end = run[0].find("]]>", start)
    tail = run[0][section_end:][:_MAX_RUN] if section_end >= end else ""
    return _CUT_REFERENCE.sub("", run[0][:end]) + tail


def _gunzip(body: bytes) -> bytes:
    """Return what a gzip file holds, all its members (RFC 1952, 2.2)."""
    data = bytearray()
    for _ in range(_MAX_MEMBERS):
        inflater = zlib.decompressobj(wbits=31)
        try:
            data += inflater.decompress(body, MAX_DOCUMENT_BYTES + 1 - len(data))
        except zlib.error:
            raise NotAFeed("not a feed: a damaged gzip file") from None
        if len(data) > MAX_DOCUMENT_BYTES:
            raise NotAFeed("not a feed: a gzip file that is far too large")
        if not inflater.eof:
            raise NotAFeed("not a feed: a gzip file that is cut short")
        body = inflater.unused_data
        if not body.startswith(GZIP):
            break
    return bytes(data)


def _decode(body: bytes, content_type: str) -> tuple[str, str, str]:
    """Return text, encoding and defect."""
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            text, _, defect = _decode_as(encoding, body[len(mark) :])
            if defect and encoding == "utf-8":
                bad, good = _count_beyond_ascii(text)
                if bad > good:  # who wrote the mark did not write the rest
                    text, encoding, _ = _decode(body.lstrip(mark), content_type)
            return text, encoding, defect
    for pattern, encoding in _ZERO_PATTERNS:
        if pattern.match(body):
            return _decode_as(encoding, body)
    if body.startswith(_EBCDIC_XML):
        return _decode_as(_find_ebcdic(body), body)

    header = _CHARSET_PARAMETER.search(content_type)
    named = [header[1]] if header else []
    start = _DECLARATION_OR_ROOT.search(body[:_MAX_JUNK].decode("latin-1"))
    declared = _DECLARED_ENCODING.search(start[1] or "") if start else None
    if declared:
        named.append(declared[1])
    charsets = [charset for charset in map(_find_charset, named) if charset]
    defect = "" if len(charsets) == len(named) else "it names an encoding that does not exist"

    if body.isascii():
        stateful = [one for one in charsets if _STATEFUL.match(one)]
        if stateful:
            return _decode_as(stateful[0], body)
        # RFC 2046, 4.1.2: text is ASCII where nothing else is said.
        default = "ascii" if content_type.lower().startswith("text/") else "utf-8"
        label = charsets[0] if charsets else default
        return body.decode("ascii"), "us-ascii" if label == "ascii" else label, defect

    multi_byte = [one for one in charsets if _MULTI_BYTE.match(one)]
    single_byte = [one for one in charsets if one not in multi_byte and one != "utf-8"]
    single_byte.sort(key=_DEFAULTS.__contains__)
    for charset in (*multi_byte, "utf-8", *single_byte):
        codec = _SUPERSETS.get(charset, charset)
        try:
            return body.decode(codec), codec, defect
        except UnicodeError:
            if charset in charsets:
                defect = "its bytes do not fit the encoding that it names"
    for charset in (*multi_byte, "utf-8", *single_byte):
        codec = _SUPERSETS.get(charset, charset)
        text = body.decode(codec, "replace")
        bad, good = _count_beyond_ascii(text)
        if bad * _GOOD_PER_BAD <= good:
            return text, codec, defect or f"some of its bytes are no {codec}"
    return _decode_by_guess(body)


def _decode_as(encoding: str, body: bytes) -> tuple[str, str, str]:
    try:
        return body.decode(encoding), encoding, ""
    except UnicodeError:
        return body.decode(encoding, "replace"), encoding, f"it is no valid {encoding}"


def _count_beyond_ascii(text: str) -> tuple[int, int]:
    """Return how many characters beyond ASCII are broken, and how many are whole."""
    bad = text.count("\ufffd")
    return bad, sum(1 for char in text if char > "\x7f") - bad


def _decode_by_guess(body: bytes) -> tuple[str, str, str]:
    """Decode bytes that no announced charset fits and that are not nearly UTF-8."""
    import chardet

    # Markup tells nothing: only what stands around the high bytes.
    sample = b" ".join(re.findall(rb"[^\x00-\x1f<>]*[\x80-\xff][^\x00-\x1f<>]*", body))
    guess = chardet.detect(sample[:_CHARDET_BYTES])
    charset = _find_charset(guess["encoding"] or "")
    if charset and guess["confidence"] >= _CHARDET_CONFIDENCE:
        codec = _SUPERSETS.get(charset, charset)
        try:
            return body.decode(codec), codec, "it does not name its encoding"
        except UnicodeError:
            pass
    return body.decode("cp1252", "replace"), "cp1252", "its bytes fit no encoding that it names"


def _find_ebcdic(body: bytes) -> str:
    """Return the code page that a declaration in EBCDIC names; letters are alike in all."""
    declared = _EBCDIC_ENCODING.search(body[:400].decode("cp037"))
    try:
        codec = codecs.lookup(declared[1]).name if declared else ""
    except (LookupError, ValueError):
        codec = ""
    is_ebcdic = re.fullmatch(r"cp\d+", codec) and _EBCDIC_XML.decode(codec) == "<?xm"
    return codec if is_ebcdic else "cp037"


def _find_charset(name: str) -> str:
    """Return the canonical name of a charset that keeps ASCII, or "" if there is none such."""
    name = _CODE_PAGE.sub("cp", name.lower())
    name = _NAMES.get(name) or name
    try:
        charset = codecs.lookup(name).name
    except (LookupError, ValueError):
        return ""
    if not _CHARSETS.fullmatch(charset) or b"<?xml".decode(charset, "replace") != "<?xml":
        return ""
    return charset


def _drop_forbidden_reference(match: re.Match[str]) -> str:
    code = int(match[1], 16) if match[1] else int(match[2])
    is_allowed = (code >= 0x20 or code in (9, 10, 13)) and not (
        0xD800 <= code <= 0xDFFF or code in (0xFFFE, 0xFFFF) or code > 0x10FFFF
    )
    return match[0] if is_allowed else ""

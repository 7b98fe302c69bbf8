"""MathML -> a line of HTML: fractions with a slash, roots with a sign, powers raised.

Works on the normal form that nh3 writes, without attributes, from the innermost elements out.
"""

from __future__ import annotations

import re
from typing import Final

ELEMENTS: Final = frozenset(
    {"math", "annotation", "mfrac", "mi", "mn", "mo", "mover", "mroot", "mrow", "ms", "msqrt"}
    | {"msub", "msubsup", "msup", "mtable", "mtd", "mtext", "mtr", "munder", "munderover"}
)
_INNERMOST: Final = re.compile(r"<(m[a-z]+)>([^<]*)</\1>")
_ANNOTATION: Final = re.compile(r"<annotation>.*?</annotation>", re.DOTALL)
_ANY_TAG: Final = re.compile(r"<[^>]*>")
_SPACED: Final = re.compile(r"\s*([=≈≡≠≤≥<>∼≃∝→←⇒⇔↦±∈⊂⊆∪∩∧∨+]|&lt;|&gt;)\s*")
# No control character is left in what comes in, so these can stand for structure.
_END, _RAISE, _LOWER, _LEVEL = "\x1f", "\x01", "\x02", "\x03"
_MAX_DEPTH: Final = 60


def formula_as_html(content: str) -> str:
    """Return what stands inside a `math` element as text with `sup` and `sub`.

    A TeX annotation is left out: it says the same once more.
    """
    text = " ".join(_ANNOTATION.sub("", content).split())
    for _ in range(_MAX_DEPTH):
        text, count = _INNERMOST.subn(_reduce, text)
        if not count:
            break
    text = _ANY_TAG.sub(" ", text).replace(_END, "")
    text = " ".join(_SPACED.sub(r" \1 ", text).split())
    for mark, tag in ((_RAISE, "sup"), (_LOWER, "sub")):
        text = re.sub(f"{mark}([^\x01-\x03]*){_LEVEL}", rf"<{tag}>\1</{tag}>", text)
    return re.sub("[\x01-\x03]", "", text)


def _reduce(element: re.Match[str]) -> str:
    name = element[1]
    if _END not in element[2]:
        return element[2].strip() + _END
    parts = [part.strip() for part in element[2].split(_END)]
    parts = parts[:-1] if not parts[-1] else parts
    return _write(name, parts) + _END


def _write(name: str, parts: list[str]) -> str:
    match name, parts:
        case "mfrac", [above, below]:
            return f"{_grouped(above)}/{_grouped(below)}"
        case "msqrt", _:
            return f"√{_grouped(''.join(parts))}"
        case "mroot", [base, index]:
            return f"{_RAISE}{index}{_LEVEL}√{_grouped(base)}"
        case "msup" | "mover", [base, above]:
            return f"{base}{_RAISE}{above}{_LEVEL}"
        case "msub" | "munder", [base, below]:
            return f"{base}{_LOWER}{below}{_LEVEL}"
        case "msubsup" | "munderover", [base, below, above]:
            return f"{base}{_LOWER}{below}{_LEVEL}{_RAISE}{above}{_LEVEL}"
        case "mtr", _:
            return " ".join(parts)
        case "mtable", _:
            return "; ".join(parts)
        case _:
            return "".join(parts)


def _grouped(text: str) -> str:
    return text if len(text) == 1 or text.isdigit() else f"({text})"

"""What a publisher changed -> lines of styled text: the words that went and those that came.

Long passages that stayed are folded. What changes by itself (incidental.py) is not shown as a
change. A sign at the left says what became of a paragraph; with `has_signs` each change carries
signs too, for those who see no colours: `[-gone-]{+new+}`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Final, NamedTuple

from feedreader.core.document import Document, Heading, Line, Span, Style
from feedreader.core.flow import Flow
from feedreader.core.incidental import lasting_lines, lasting_title
from feedreader.core.sanitize import html_to_text
from feedreader.core.text import UNSPACED, clean_line

_WORDS_COMPARED: Final = 1_500
"""Of one changed paragraph; in longer ones, and after `_WORDS_IN_ALL`, no words are compared."""
_WORDS_IN_ALL: Final = 20_000
_PARAGRAPHS_COMPARED: Final = 2_000
_CHARS_IN_ALL: Final = 1_500_000
"""Of HTML; versions before these are not shown."""
_CONTEXT: Final = 12
"""Words that are shown on either side of a change."""
_LEAST_FOLDED: Final = 2 * _CONTEXT + 10
_ALIKE: Final = 0.35
"""Paragraphs that share so much of their words are one, changed."""
_GUTTER: Final = 2
_WORD: Final = re.compile(rf"{UNSPACED}\s*|(?:(?!{UNSPACED})\S)+\s*")


class State(NamedTuple):
    """An entry as it was for a while."""

    title: str
    html: str
    """As `clean_html` gave it."""
    ended: str
    """When it was replaced, in words; "" for what it is now."""


def lay_out_edits(states: Sequence[State], *, width: int, has_signs: bool = False) -> Document:
    """Return what changed from state to state as lines of at most `width` cells.

    `states` are newest first; the headings are the moments of the changes.
    """
    page = _Page(max(12, width), has_signs)
    paragraphs: dict[int, list[tuple[str, str]]] = {}
    chars = 0
    for number, (after, before) in enumerate(pairwise(states)):
        chars += len(before.html) + len(after.html)
        if chars > _CHARS_IN_ALL and number:
            left = len(states) - 1 - number
            page.add_wrapped([Span(f"{left} older versions are too long to show.", Style.DIM)])
            break
        old = paragraphs.pop(number, None) or _paragraphs(after.html)
        new, old = old, _paragraphs(before.html)
        paragraphs[number + 1] = old
        page.add_change(before, after, old, new)
    return Document(page.width, tuple(page.lines), headings=tuple(page.headings))


class _Page:
    """Lines as they grow, and how many words may still be compared."""

    def __init__(self, width: int, has_signs: bool) -> None:
        self.width = width
        self.lines: list[Line] = []
        self.headings: list[Heading] = []
        self._has_signs = has_signs
        self._words_left = _WORDS_IN_ALL

    def add_change(
        self,
        before: State,
        after: State,
        old: Sequence[tuple[str, str]],
        new: Sequence[tuple[str, str]],
    ) -> None:
        """Add a heading, and all that one change changed."""
        if self.lines:
            self.lines.append(Line())
        self.headings.append(Heading(len(self.lines), 2, before.ended))
        changes = list(self._changes(old, new))
        gone = sum(
            _count(span) for _, spans in changes for span in spans if Style.GONE & span.style
        )
        came = sum(
            _count(span) for _, spans in changes for span in spans if Style.CAME & span.style
        )
        told = [f"{gone:,} gone"] * bool(gone) + [f"{came:,} new"] * bool(came)
        amount = f" · {', '.join(told)}" if told else ""
        self.add_wrapped([Span(before.ended, Style.HEADING), Span(amount, Style.DIM)])
        self.lines.append(Line())
        has_new_title = lasting_title(before.title) != lasting_title(after.title)
        if has_new_title:
            words = self._compare_words(clean_line(before.title), clean_line(after.title))
            self._add("~", [Span("Title: ", Style.DIM), *words])
        for sign, spans in changes:
            self._add(sign, spans)
        if not changes and not has_new_title:
            self._add(
                " ", [Span("No words changed: only links, pictures or their order.", Style.DIM)]
            )

    def add_wrapped(self, spans: Sequence[Span], sign: str = "") -> None:
        """Add words, wrapped; a sign stands before the first line."""
        flow = Flow()
        for span in spans:
            flow.add(*span)
        gutter = _GUTTER if sign else 0
        for number, (_, pieces) in enumerate(flow.wrap(self.width - gutter)):
            front = (Span((sign if not number else " ").ljust(gutter), Style.TAG),)
            self.lines.append(Line((*(front if sign else ()), *pieces)))

    def _add(self, sign: str, spans: Sequence[Span]) -> None:
        self.add_wrapped(self._with_signs(spans) if self._has_signs else spans, sign)
        self.lines.append(Line())

    def _with_signs(self, spans: Sequence[Span]) -> list[Span]:
        signed = []
        for span in spans:
            left, right = (
                ("[-", "-]") if span.style & Style.GONE else
                ("{+", "+}") if span.style & Style.CAME else ("", "")
            )  # fmt: skip
            signed.append(span._replace(text=f"{left}{span.text}{right}"))
        return signed

    # --- paragraphs ---

    def _changes(
        self, old: Sequence[tuple[str, str]], new: Sequence[tuple[str, str]]
    ) -> Iterator[tuple[str, list[Span]]]:
        """Yield (sign, words) of each changed paragraph and of the ends of what stands between."""
        blocks = _blocks([words for _, words in old], [words for _, words in new])
        for number, (action, first, last, new_first, new_last) in enumerate(blocks):
            gone = [line for line, _ in old[first:last]]
            came = [line for line, _ in new[new_first:new_last]]
            if action == "equal":
                folded = _fold(came, keeps_start=number > 0, keeps_end=number < len(blocks) - 1)
                if folded:
                    yield " ", [Span(folded, Style.DIM)]
                continue
            for before, after in _paired(gone, came):
                if before and after:
                    yield "~", self._compare_words(before, after)
                else:
                    style = Style.GONE if before else Style.CAME
                    yield "-" if before else "+", [Span(before or after, style)]

    # --- words ---

    def _compare_words(self, before: str, after: str) -> list[Span]:
        # A blank at the end, or the last word would stick to what went behind it.
        old, new = _WORD.findall(f"{before} "), _WORD.findall(f"{after} ")
        start, end = _ends_alike(old, new)
        old_middle, new_middle = old[start : len(old) - end], new[start : len(new) - end]
        size = len(old_middle) + len(new_middle)
        if size > min(2 * _WORDS_COMPARED, self._words_left):
            blocks = [("replace", 0, len(old_middle), 0, len(new_middle))]
        else:
            self._words_left -= size
            blocks = _joined(
                SequenceMatcher(None, _keys(old_middle), _keys(new_middle)).get_opcodes(),
                new_middle,
            )
        spans = _equal("".join(new[:start]), keeps_start=False, keeps_end=bool(size))
        for number, (action, first, last, new_first, new_last) in enumerate(blocks):
            came = "".join(new_middle[new_first:new_last])
            if action == "equal":
                is_last = number == len(blocks) - 1 and not end
                spans += _equal(came, keeps_start=True, keeps_end=not is_last)
                continue
            gone = "".join(old_middle[first:last])
            for text, style in ((gone, Style.GONE), (came, Style.CAME)):
                if text:
                    spans.append(Span(text.rstrip(), style))
                    spans.append(Span(" " if text[-1].isspace() or text is gone else ""))
        tail = "".join(new[len(new) - end :]) if end else ""
        return [span for span in (*spans, *_equal(tail, keeps_end=False)) if span.text]


def _paragraphs(html: str) -> list[tuple[str, str]]:
    return [(clean_line(line), words) for line, words in lasting_lines(html_to_text(html))]


def _blocks(old: Sequence[str], new: Sequence[str]) -> list[tuple[str, int, int, int, int]]:
    """Return what is equal and what not, as `SequenceMatcher` does, in bounded time."""
    start, end = _ends_alike(old, new)
    middle = (old[start : len(old) - end], new[start : len(new) - end])
    if max(map(len, middle)) > _PARAGRAPHS_COMPARED:
        blocks = [("replace", start, len(old) - end, start, len(new) - end)]
    else:
        blocks = [
            (action, first + start, last + start, new_first + start, new_last + start)
            for action, first, last, new_first, new_last in SequenceMatcher(
                None, *middle
            ).get_opcodes()
        ]
    head = [("equal", 0, start, 0, start)] if start else []
    tail = [("equal", len(old) - end, len(old), len(new) - end, len(new))] if end else []
    return [*head, *blocks, *tail] if blocks else []


def _ends_alike(old: Sequence[str], new: Sequence[str]) -> tuple[int, int]:
    """Return how many items are equal at the start, and at the end of what is left."""
    most = min(len(old), len(new))
    start = next((at for at in range(most) if old[at].strip() != new[at].strip()), most)
    end = next(
        (at for at in range(most - start) if old[-1 - at].strip() != new[-1 - at].strip()),
        most - start,
    )
    return start, end


def _paired(gone: Sequence[str], came: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield (before, after) in order; "" where a paragraph has no like on the other side."""
    counts = [Counter(line.split()) for line in came] if len(gone) * len(came) <= 400 else []
    at = 0
    for before in gone:
        mate = at if not counts and at < len(came) else None
        if counts:
            words = Counter(before.split())
            likeness = [
                (
                    2 * (words & counts[place]).total() / (words.total() + counts[place].total()),
                    -place,
                )
                for place in range(at, len(came))
            ]
            best, place = max(likeness, default=(0.0, 0))
            mate = -place if best >= _ALIKE or len(gone) == len(came) == 1 else None
        if mate is None:
            yield before, ""
            continue
        for after in came[at:mate]:
            yield "", after
        yield before, came[mate]
        at = mate + 1
    for after in came[at:]:
        yield "", after


def _joined(
    blocks: Sequence[tuple[str, int, int, int, int]], new: Sequence[str]
) -> list[tuple[str, int, int, int, int]]:
    """Return the blocks with lone little words between two changes taken into the change."""
    joined: list[tuple[str, int, int, int, int]] = []
    for number, block in enumerate(blocks):
        action, _, last, new_first, new_last = block
        is_between = 0 < number < len(blocks) - 1
        is_little = len("".join(new[new_first:new_last])) <= 4
        if action == "equal" and not (is_between and is_little):
            joined.append(block)
        elif joined and joined[-1][0] != "equal":
            joined[-1] = ("replace", joined[-1][1], last, joined[-1][3], new_last)
        else:
            joined.append(("replace", *block[1:]))
    return joined


def _equal(text: str, *, keeps_start: bool = True, keeps_end: bool = True) -> list[Span]:
    """Return words that stayed; a long passage is folded but for its ends by a change."""
    words = _WORD.findall(text)
    if len(words) < _LEAST_FOLDED:
        return [Span(text)]
    start = "".join(words[:_CONTEXT]) if keeps_start else ""
    end = "".join(words[-_CONTEXT:]) if keeps_end else ""
    count = len(words) - _CONTEXT * (keeps_start + keeps_end)
    return [Span(start), Span(f"… {count:,} words …", Style.FRAME), Span(f" {end}" if end else "")]


def _fold(paragraphs: Sequence[str], *, keeps_start: bool, keeps_end: bool) -> str:
    """Return what is shown of paragraphs that stayed."""
    words = [word for line in paragraphs for word in _WORD.findall(f"{line} ")]
    if len(words) < _LEAST_FOLDED:
        return "".join(words).strip()
    start = "".join(words[:_CONTEXT]) if keeps_start else ""
    end = "".join(words[-_CONTEXT:]) if keeps_end else ""
    count = len(words) - _CONTEXT * (keeps_start + keeps_end)
    return f"{start}… {count:,} words … {end}".strip()


def _keys(words: Sequence[str]) -> list[str]:
    return [word.strip() for word in words]


def _count(span: Span) -> int:
    return len(_WORD.findall(span.text))

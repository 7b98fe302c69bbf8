"""One feed as the doctor sees it: activity, what was found, what helps, vital signs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from textual import events
from textual.content import Content
from textual.widgets import Static

from feedreader.core.charts import bar, sparkline
from feedreader.core.text import clean_line
from feedreader.core.vitals import activity_words, describe
from feedreader.core.width import cell_width, wrap
from feedreader.model.health import ACTIVITY_WEEKS, Finding
from feedreader.tui.health_list import SIGNS, Line

_HIGH = 30
"""Lines of a terminal from which there is room for a blank one."""


class FoundView(Static):
    """One feed: its activity, what was found, what helps, and its vital signs."""

    DEFAULT_CSS = "FoundView { height: auto; }"

    def __init__(self, now: datetime, *, id: str) -> None:  # noqa: A002 - Textual's name for it
        super().__init__(id=id)
        self._now = now
        self._line: Line | None = None
        self._is_asked = False

    def show(self, line: Line | None, *, is_asked: bool) -> None:
        """Show another line."""
        self._line, self._is_asked = line, is_asked
        self._draw()

    def on_resize(self, event: events.Resize) -> None:
        self._draw()

    def _draw(self) -> None:
        width = max(20, self.size.width)
        self.update(Content("\n").join(self._lines(width)))

    def _lines(self, width: int) -> Iterator[Content]:
        line = self._line
        if line is None or line.checkup is None:
            return
        checkup = line.checkup
        health = checkup.health
        title = clean_line(health.subscription.title)
        yield Content.styled(title, "bold")
        words = activity_words(health)
        blocks = sparkline(health.weeks, ACTIVITY_WEEKS) + "  " if any(health.weeks) else ""
        if width < len(blocks) + len(words):
            words = ""
        yield Content.assemble((blocks, "$secondary"), (words, "$muted"))
        if self._is_asked:
            yield Content.styled("… being asked", "$muted")
        for finding in _first(line.finding, checkup.findings):
            yield from self._finding(finding, width, is_current=finding is line.finding)
        if self.app.size.height >= _HIGH:
            yield Content("")
        for name, words in describe(health, now=self._now):
            if name == "Read" and health.read_share is not None and width > 60:
                words = f"{bar(health.read_share, 8)} {words}"
            yield from _wrapped(words, width, name.ljust(10), "$muted", "")

    def _finding(self, finding: Finding, width: int, *, is_current: bool) -> Iterator[Content]:
        colour = {"trouble": "$error", "advice": "$warning", "note": "$muted"}[finding.severity]
        yield from _wrapped(finding.words, width, f"{SIGNS[finding.severity]} ", colour, "")
        if finding.evidence:
            yield from _wrapped(finding.evidence, width, "  ", "", "$muted")
        if finding.remedy is not None:
            key = "y" if is_current else "→"
            yield from _wrapped(f"{finding.remedy.words}.", width, f"{key} ", "$accent bold",
                                "$success")  # fmt: skip
        if finding.advice:
            yield from _wrapped(finding.advice, width, "  ", "", "$muted")


def _first(finding: Finding | None, findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings with the one under the cursor in front."""
    return sorted(findings, key=lambda one: one is not finding)


def _wrapped(text: str, width: int, mark: str, mark_style: str, style: str) -> Iterator[Content]:
    text = clean_line(text)
    indent = cell_width(mark)
    for number, (start, end) in enumerate(wrap(text, width - indent)):
        lead = mark if not number else " " * indent
        yield Content.assemble((lead, mark_style), (text[start:end].rstrip(), style))

"""Feeds in a list by how they fare: a sign, what was found, and their activity as blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final, Literal

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType

from feedreader.core.charts import sparkline
from feedreader.core.diagnosis import GROUPS
from feedreader.core.text import clean_line
from feedreader.core.vitals import short_span
from feedreader.model.health import Checkup, Finding, Severity
from feedreader.tui.line_list import MOVES, LineList, put

Order = Literal["finding", "silence", "loudness", "reading"]

SIGNS: Final[dict[Severity, str]] = {"trouble": "✗", "advice": "!", "note": "·"}
_CAPTIONS: Final = f"{'a month':>8}{'read':>5}  {'26 weeks':<26}{'last':>5} "
_FEW_WORDS: Final = 12
_ROOMY: Final = 90
"""Cells of a row from which it has all columns."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the list: a heading, or a feed with one of its findings."""

    heading: str = ""
    checkup: Checkup | None = None
    finding: Finding | None = None


def order_lines(checkups: Sequence[Checkup], order: Order) -> list[Line]:
    """Return the lines of the list: findings under headings, or all feeds in an order."""
    if order == "finding":
        return list(_grouped(checkups))
    if order == "silence":
        ordered = sorted(
            checkups,
            key=lambda one: one.health.last_post_at or one.health.subscription.added_at,
        )
    elif order == "loudness":
        ordered = sorted(checkups, key=lambda one: -one.health.posts_per_month)
    else:
        ordered = sorted(checkups, key=lambda one: _read_order(one))
    lines = [Line(checkup=one, finding=next(iter(one.findings), None)) for one in ordered]
    return [Line(heading=f"All feeds  {len(lines):,}"), *lines]


def _read_order(checkup: Checkup) -> tuple[float, int]:
    share = checkup.health.read_share
    return (2.0 if share is None else share), -checkup.health.posted_count


def _grouped(checkups: Sequence[Checkup]) -> Iterator[Line]:
    for name, kinds in GROUPS:
        members = [
            Line(checkup=checkup, finding=finding)
            for checkup in checkups
            for finding in checkup.findings
            if finding.kind in kinds
        ]
        if members:
            yield Line(heading=f"{name}  {len(members):,}")
            yield from members
    well = [Line(checkup=one) for one in checkups if not one.findings]
    if well:
        yield Line(heading=f"Well  {len(well):,}")
        yield from well


class HealthList(LineList):
    """Feeds with their activity: a sign, a name, what was found, blocks for 26 weeks."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "health--heading", "health--trouble", "health--advice", "health--muted", "health--spark",
    }  # fmt: skip
    DEFAULT_CSS = """
    HealthList {
        height: 1fr;
        background: $background;
        & > .health--heading { color: $accent; text-style: bold; }
        & > .health--trouble { color: $error; }
        & > .health--advice { color: $warning; }
        & > .health--muted { color: $muted; }
        & > .health--spark { color: $secondary; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        *MOVES,
        Binding("right_square_bracket", "group(1)", show=False),
        Binding("left_square_bracket", "group(-1)", show=False),
        Binding("enter", "choose", show=False),
    ]

    def __init__(self, now: datetime) -> None:
        super().__init__()
        self.now = now
        self.lines: Sequence[Line] = ()

    def show(self, lines: Sequence[Line], *, cursor: int | None = None) -> None:
        """Show other lines; the cursor stays on its feed and finding if it can."""
        if cursor is None:
            cursor = self._place_of(self.current, lines)
        self.lines = lines
        self.rows_changed()
        self.set_reactive(LineList.cursor, 0)
        self.move_to(cursor)
        self.post_message(self.Highlighted(self, self.cursor))

    def _place_of(self, line: Line | None, lines: Sequence[Line]) -> int:
        if line is None or line.checkup is None:
            return 0
        feed_id, kind = line.checkup.health.subscription.id, line.finding and line.finding.kind
        for is_same_kind in (True, False):
            for at, one in enumerate(lines):
                if one.checkup is None or one.checkup.health.subscription.id != feed_id:
                    continue
                if not is_same_kind or (one.finding and one.finding.kind) == kind:
                    return at
        return self.cursor

    @property
    def current(self) -> Line | None:
        """The line under the cursor."""
        line = self.lines[self.cursor] if self.cursor < len(self.lines) else None
        return line if line is not None and not line.heading else None

    @property
    def row_count(self) -> int:
        return len(self.lines)

    def takes_cursor(self, row: int) -> bool:
        return not self.lines[row].heading

    def render_row(self, row: int, width: int, base: Style) -> list[Segment]:
        line = self.lines[row]
        if line.checkup is None:
            captions = _CAPTIONS if row == 0 and width >= _ROOMY else ""
            return [
                put(f" {line.heading}", width - len(captions),
                    self.part_style("health--heading", base)),
                put(captions, len(captions), self.part_style("health--muted", base)),
            ]  # fmt: skip
        health, finding = line.checkup.health, line.finding
        muted = self.part_style("health--muted", base)
        sign, sign_ink = "✓", muted
        if finding is not None:
            sign = SIGNS[finding.severity]
            if finding.severity != "note":
                sign_ink = self.part_style(f"health--{finding.severity}", base)
        is_roomy = width >= _ROOMY
        spark_width = 26 if is_roomy else 13
        figures = ""
        if is_roomy:
            share = health.read_share
            read = "" if share is None else f"{share:.0%}"
            figures = f"{health.posts_per_month:6.0f}{read:>6}  "
        age = short_span(self.now - health.last_post_at) if health.last_post_at else "–"
        left = width - 3 - 2 - len(figures) - spark_width - 6
        title_width = min(max(left * 2 // 5, 12), 36)
        if left - title_width < _FEW_WORDS:
            title_width = left
        words_width = left - title_width
        words = finding.words if finding is not None else ""
        return [
            Segment(" ", base),
            put(sign, 2, sign_ink),
            put(clean_line(health.subscription.title), title_width, base),
            Segment("  ", base),
            put(clean_line(words), words_width, muted),
            put(figures, len(figures), muted),
            put(sparkline(health.weeks, spark_width), spark_width,
                self.part_style("health--spark", base)),
            put(age, 5, muted, right=True),
            Segment(" ", base),
        ]  # fmt: skip

    def action_group(self, step: int) -> None:
        """Go to the first line of the next group, or of the one before."""
        starts = [at + 1 for at, line in enumerate(self.lines) if line.heading]
        ahead = [at for at in starts if at > self.cursor]
        behind = [at for at in starts if at < self.cursor]
        if step > 0 and ahead:
            self.move_to(ahead[0])
        elif step < 0 and behind:
            self.move_to(behind[-1])

    def action_choose(self) -> None:
        """Open the line under the cursor."""
        self.choose()

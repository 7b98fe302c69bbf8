"""The pane of entries: any number of them, in columns that suit the width."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.message import Message
from textual.strip import Strip

from feedreader.core.text import clean_line
from feedreader.core.width import cell_width, cut_to_width, pad
from feedreader.model import EntrySummary
from feedreader.model.words import COLOURS
from feedreader.tui.dates import DATE_WIDTH, long_day, short_date
from feedreader.tui.line_list import LineList, put
from feedreader.tui.listing import Listing, no_keys

if TYPE_CHECKING:
    from feedreader.tui.words_sought import Part

_ROWS_KEPT = 3_000
_STRIPS_KEPT = 1_000
_UNREAD, _STARRED, _LATER = "●", "★", "◷"
_EDITED, _ENCLOSED, _TAGGED = "✎", "♪", "#"
_COPIES = "⧉"
_MUTED, _HIGHLIGHTED = "⊘", "◆"
_LOOKED_BEYOND = 500
"""Letters of a title behind those that there is room for: a word that begins there may go on."""
_REASON_WIDTH = 30
"""Cells of the rule that muted an entry, at most."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Cells of the parts of a row; 0 leaves a part out."""

    feed: int
    date: int

    @classmethod
    def fitting(cls, width: int, *, shows_feed: bool, date: int) -> Columns:
        """Return what suits a width; the title has the rest."""
        feed = 0
        if shows_feed and width >= 38 + date:
            feed = min(24, max(10, (width - 20) // 4))
        return cls(feed, date if width >= 18 + date else 0)


class EntryList(LineList):
    """Entries, one in a row, with headings where groups begin."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "entry--unread",
        "entry--read",
        "entry--mark",
        "entry--dim",
        "entry--group",
        "entry--rule",
        "entry--found",
        "entry--ruled",
        *(f"entry--{colour}" for colour in COLOURS),
    }
    DEFAULT_CSS = """
    EntryList {
        & > .entry--unread { text-style: bold; }
        & > .entry--read { color: $muted; }
        & > .entry--mark { color: $accent; }
        & > .entry--dim { color: $muted; }
        & > .entry--group { color: $secondary; text-style: bold; }
        & > .entry--rule { color: $faint; }
        & > .entry--found { color: $accent; text-style: underline; }
        & > .entry--ruled { text-style: underline; }
        & > .entry--red { color: $highlight-red; }
        & > .entry--orange { color: $highlight-orange; }
        & > .entry--yellow { color: $highlight-yellow; }
        & > .entry--green { color: $highlight-green; }
        & > .entry--blue { color: $highlight-blue; }
        & > .entry--violet { color: $highlight-violet; }
    }
    """

    @dataclass
    class Moved(Message):
        """The cursor stands on another entry, or on none."""

        entry_id: int | None

    def __init__(
        self,
        fetch: Callable[[Sequence[int]], Iterable[EntrySummary]],
        *,
        clock: Callable[[], datetime],
        zone: tzinfo | None,
        date_format: str = "auto",
        **options: Any,
    ) -> None:
        """`fetch` gives the rows for ids; it is asked for those in sight only."""
        super().__init__(**options)
        self._fetch = fetch
        self._clock = clock
        self._zone = zone
        self._date_format = date_format
        self._rows: OrderedDict[int, EntrySummary | None] = OrderedDict()
        self._strips: dict[int, Strip] = {}
        """Rows as drawn, the one under the cursor apart: scrolling draws few new ones."""
        self.listing = Listing(no_keys())
        self.shows_feed = True
        self.find_sought: Callable[[str], Sequence[Part]] = lambda colour: ()
        """What to mark in a row that rules gave a colour, or "" for none."""
        self.empty_words: tuple[str, str] = ("", "")
        """What to say if there is nothing: what is the case, and what to do."""

    # --- what it lists ---

    def show(self, listing: Listing, *, entry_id: int = 0) -> None:
        """List other entries, with the cursor on this one if it is there, else on the first."""
        self.listing = listing
        self._rows.clear()
        place = self.find(entry_id)
        with self.prevent(LineList.Highlighted):
            self.rows_changed()
            self.cursor = listing.row_of(place or 0)
        if place is None:
            self.scroll_to(y=0, animate=False, immediate=True)
        self.scroll_to_row(self.cursor)
        self.post_message(self.Moved(self.entry_id))

    def swap(self, listing: Listing) -> None:
        """List the same and more: the entry under the cursor stays where it is on the screen."""
        entry_id = self.entry_id
        offset = self.cursor - round(self.scroll_y)
        self.listing = listing
        self._rows.clear()
        place = self.find(entry_id or 0)
        with self.prevent(LineList.Highlighted):
            self.rows_changed()
            if place is None:
                self.cursor = self._nearest(min(self.cursor, max(0, self.row_count - 1)), -1)
            else:
                self.cursor = listing.row_of(place)
        if place is not None:
            self.scroll_to(y=self.cursor - offset, animate=False, immediate=True)
        if self.entry_id != entry_id:
            self.post_message(self.Moved(self.entry_id))

    def find(self, entry_id: int) -> int | None:
        """Return the place of an entry."""
        try:
            return self.listing.keys.ids.index(entry_id)
        except ValueError:
            return None

    @property
    def place(self) -> int | None:
        """The place of the entry under the cursor."""
        if self.cursor >= self.row_count:
            return None
        return self.listing.place_of(self.cursor)

    @property
    def entry_id(self) -> int | None:
        """The id of the entry under the cursor."""
        place = self.place
        return None if place is None else self.listing.keys.ids[place]

    @property
    def is_on_read(self) -> bool:
        """Whether the entry under the cursor is read."""
        place = self.place
        return place is not None and not self.listing.keys.unread[place]

    @property
    def current(self) -> EntrySummary | None:
        """The entry under the cursor."""
        place = self.place
        return None if place is None else self.summary(place)

    def move_to_place(self, place: int) -> None:
        """Put the cursor on an entry."""
        self.move_to(self.listing.row_of(place))

    def move_off(self) -> None:
        """Go on to the next entry, or to the one before where this one is the last."""
        row = self.cursor
        self.move_by(1)
        if self.cursor == row:
            self.move_by(-1)

    # --- unread or not ---

    def next_unread(self, step: int) -> int | None:
        """Return the place of the next unread entry below, or above, the cursor."""
        unread = self.listing.keys.unread
        place = self.place
        if place is None:
            place = -1 if step > 0 else len(unread)
        found = unread.find(1, place + 1) if step > 0 else unread.rfind(1, 0, place)
        return None if found < 0 else found

    def first_unread(self, step: int) -> int | None:
        """Return the place of the first unread entry, or the last if `step` is negative."""
        unread = self.listing.keys.unread
        found = unread.find(1) if step > 0 else unread.rfind(1)
        return None if found < 0 else found

    def change(self, entry_ids: Iterable[int], **fields: Any) -> None:
        """Let entries look different at once; the database is told by others."""
        for entry_id in entry_ids:
            known = self._rows.get(entry_id)
            if known is not None:
                self._rows[entry_id] = known._replace(**fields)
            if "is_read" in fields and (place := self.find(entry_id)) is not None:
                self.listing.keys.unread[place] = not fields["is_read"]
        self.rows_changed()

    def forget(self, entry_ids: Iterable[int]) -> None:
        """Ask for entries anew when they are drawn."""
        for entry_id in entry_ids:
            self._rows.pop(entry_id, None)
        self.rows_changed()

    def look_again(self) -> None:
        """Ask for all rows anew when they are drawn: another process may have marked them."""
        self._rows.clear()
        self.rows_changed()

    # --- rows ---

    def rows_changed(self) -> None:
        self._strips.clear()
        super().rows_changed()

    def notify_style_update(self) -> None:
        self._strips.clear()
        super().notify_style_update()

    def render_line(self, y: int) -> Strip:
        row = round(self.scroll_y) + y
        if row == self.cursor or row >= self.row_count:
            return super().render_line(y)
        strip = self._strips.get(row)
        if strip is None:
            if len(self._strips) > _STRIPS_KEPT:
                self._strips.clear()
            strip = self._strips[row] = super().render_line(y)
        return strip

    @property
    def row_count(self) -> int:
        return self.listing.row_count

    def render_empty_line(self, y: int, width: int, base: Style) -> Strip:
        line = y - max(1, self.size.height // 4)
        if self.row_count or line not in (0, 2):
            return Strip.blank(width, base)
        words = cut_to_width(clean_line(self.empty_words[line // 2]), width - 2)
        style = self.part_style("entry--dim", base) if line else base
        left = " " * max(1, (width - cell_width(words)) // 2)
        return Strip([Segment(left, base), Segment(words, style)]).adjust_cell_length(width, base)

    def takes_cursor(self, row: int) -> bool:
        return self.listing.place_of(row) is not None

    def summary(self, place: int) -> EntrySummary | None:
        """Return an entry; None if it is gone. Its neighbours are fetched with it."""
        ids = self.listing.keys.ids
        entry_id = ids[place]
        if entry_id not in self._rows:
            height = max(20, self.size.height)
            first = max(0, place - height)
            near = ids[first : place + height]
            missing = [one for one in near if one not in self._rows]
            self._rows.update(dict.fromkeys(missing))
            self._rows.update((one.id, one) for one in self._fetch(missing))
            for at, one in enumerate(near, first):
                row = self._rows[one]
                self.listing.keys.unread[at] = row is not None and not row.is_read
            while len(self._rows) > _ROWS_KEPT:
                self._rows.popitem(last=False)
        return self._rows.get(entry_id)

    def render_row(self, row: int, width: int, base: Style) -> list[Segment]:
        place = self.listing.place_of(row)
        if place is None:
            return self._render_heading(row, width, base)
        summary = self.summary(place)
        if summary is None:
            return [put("   (deleted)", width, self.part_style("entry--dim", base))]
        return list(self._render_entry(summary, width, base))

    def _render_heading(self, row: int, width: int, base: Style) -> list[Segment]:
        group = self.listing.group_of(row)
        if self.listing.days:
            day = self.listing.days[group]
            label = long_day(day, self._clock().astimezone(self._zone).date())
        elif self.listing.labels:
            label = clean_line(self.listing.labels[group])
        else:
            first = self.summary(self.listing.starts[group])
            label = clean_line(first.feed_title) if first else ""
        label = cut_to_width(label, max(1, width - 10))
        count = f"{self.listing.size_of(group):,}"
        rule = "─" * max(0, width - cell_width(label) - len(count) - 4)
        return [
            Segment(" ", base),
            Segment(label, self.part_style("entry--group", base)),
            Segment(" " + rule + " ", self.part_style("entry--rule", base)),
            Segment(count, self.part_style("entry--dim", base)),
        ]

    def _render_entry(self, entry: EntrySummary, width: int, base: Style) -> Iterator[Segment]:
        date = self._date(entry)
        is_by_feed = self.listing.starts and not (self.listing.days or self.listing.labels)
        shows_feed = self.shows_feed and not is_by_feed
        columns = Columns.fitting(
            width, shows_feed=shows_feed, date=max(DATE_WIDTH, cell_width(date))
        )
        mark = self.part_style("entry--mark", base)
        dim = self.part_style("entry--dim", base)
        is_dull = entry.is_read or entry.is_muted
        title_style = self.part_style("entry--read" if is_dull else "entry--unread", base)
        highlight = base
        if entry.highlight:
            highlight = self.part_style(f"entry--{entry.highlight}", base)
            title_style += Style.from_color(highlight.color)
        yield Segment(" ", base)
        yield Segment(_MUTED if entry.is_muted else " " if entry.is_read else _UNREAD, mark)
        own = _STARRED if entry.is_starred else _LATER if entry.is_later else ""
        sign = _HIGHLIGHTED if entry.highlight else " "
        yield Segment(own or sign, mark if own else highlight)
        yield Segment(sign if own else " ", highlight)
        used = 4
        if columns.feed:
            yield put(clean_line(entry.feed_title), columns.feed, dim)
            yield Segment("  ", base)
            used += columns.feed + 2
        if columns.date:
            used += columns.date + 2
        flags = "".join(self._flags(entry)).rstrip()
        if entry.muted_by:
            flags = f"{_reason(entry, min(_REASON_WIDTH, width // 4))} {flags}".rstrip()
        room = max(1, width - used - (cell_width(flags) + 1 if flags else 0))
        if sought := self.find_sought(entry.highlight):
            yield from self._marked_title(entry, room, title_style, sought)
        else:
            yield put(name_of(entry), room, title_style)
        if flags:
            yield Segment(" " + flags, dim)
        if columns.date:
            yield Segment(" ", base)
            yield put(date, columns.date, dim, right=True)
            yield Segment(" ", base)

    def _marked_title(
        self, entry: EntrySummary, room: int, style: Style, sought: Sequence[Part]
    ) -> Iterator[Segment]:
        title = clean_line(entry.title)
        words = name_of(entry)
        shown = cut_to_width(words, room)
        seen = len(shown) - (shown != words)
        shown = pad(shown, room)
        looked_in = words[: seen + _LOOKED_BEYOND]
        marks = [
            (start, min(end, seen), self.part_style(part, style))
            for part, one in sought
            for start, end in one.find(looked_in, "title" if title else "text")
            if start < seen
        ]
        edges = sorted({0, len(shown), *(at for start, end, _ in marks for at in (start, end))})
        for left, right in pairwise(edges):
            # Of marks that overlap the last is the one to be seen.
            over = [looks for start, end, looks in marks if start <= left < end]
            yield Segment(shown[left:right], over[-1] if over else style)

    @staticmethod
    def _flags(entry: EntrySummary) -> Iterator[str]:
        if entry.copy_count > 1:
            yield f"{_COPIES}{entry.copy_count} "
        if entry.score:
            yield f"{entry.score:+} "
        if entry.is_edited:
            yield _EDITED
        if entry.enclosure_count:
            yield _ENCLOSED
        if entry.tags:
            yield _TAGGED

    def _date(self, entry: EntrySummary) -> str:
        if self._date_format == "auto" and self.listing.days:
            return f"{entry.sorted_at.astimezone(self._zone):%H:%M}"
        if self._date_format == "auto":
            return short_date(entry.sorted_at, self._clock(), self._zone)
        return clean_line(entry.sorted_at.astimezone(self._zone).strftime(self._date_format))


def _reason(entry: EntrySummary, width: int) -> str:
    """Return the rule that muted an entry, in so many cells."""
    from feedreader.core.rules import short_title

    return cut_to_width(short_title(clean_line(entry.muted_by)), width)


def name_of(entry: EntrySummary) -> str:
    """Return what an entry is called: its title, else its first words."""
    return (
        clean_line(entry.title)
        or clean_line(entry.summary)[:200]
        or clean_line(entry.link)
        or "(untitled)"
    )


def short_name(entry: EntrySummary) -> str:
    """Return what an entry is called, short enough for a message about it."""
    name = name_of(entry)
    return name if len(name) <= 40 else name[:39].rstrip() + "…"

"""What keys mean for a moment in a story: digits, hints, words to find, the way back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from feedreader.core.links import link_host
from feedreader.core.text import clean_line
from feedreader.tui.finding import Match, StoryText
from feedreader.tui.hints import Target, find_targets, make_labels
from feedreader.tui.story_drawing import Overlay
from feedreader.tui.story_lines import ORIGIN

if TYPE_CHECKING:
    from textual.timer import Timer

    from feedreader.tui.story_view import StoryView

_PENDING_S: Final = 1.2
"""A link's number may go on; after so long it is taken as it stands."""
_LONGEST_QUERY: Final = 200

Foot = list[tuple[str, str]]
"""(text, component class) of what stands in the last line."""

_WORDS: Final = "story--foot"
_KEY: Final = "story--foot-key"
_WARNING: Final = "story--foot-warning"


class StoryModes:
    """The passing states of a story view; at most one of them takes keys at a time."""

    def __init__(self, view: StoryView) -> None:
        self._view = view
        self._digits = ""
        self._timer: Timer | None = None
        self._hints: dict[str, Target] = {}
        self._typed_hint = ""
        self._is_typing = False
        self._query = ""
        self._text: StoryText | None = None
        self._matches: list[Match] = []
        self._here = 0
        self._found_in: dict[int, list[tuple[int, int, int]]] = {}
        """Row -> (start, end, number of the match)."""
        self._before_finding = 0
        self._jumps: list[int] = []
        self._told = ""
        self._hovered = ""

    def leave(self) -> None:
        """Forget all: another story is shown."""
        self._forget_digits()
        self._hints, self._typed_hint = {}, ""
        self._is_typing, self._query, self._matches, self._found_in = False, "", [], {}
        self._jumps.clear()
        self._told = self._hovered = ""

    def page_changed(self) -> None:
        """Look anew in other lines: another width, another text."""
        self._text = None
        self._hints, self._typed_hint = {}, ""
        self._jumps.clear()
        if self._query:
            self._look()

    def lines_moved(self, row_now: Callable[[int], int]) -> None:
        """Keep up with lines that came between the others: a picture is there."""
        self._text = None
        self._hints = {
            label: target._replace(row=row_now(target.row)) for label, target in self._hints.items()
        }
        self._jumps = [row_now(row) for row in self._jumps]
        self._before_finding = row_now(self._before_finding)
        if self._query:
            self._look()

    def scrolled(self) -> None:
        """Hints stand on what is in sight."""
        self._hovered = ""
        if self._hints:
            self._hints, self._typed_hint = {}, ""
            self._view.redraw()

    # --- keys ---

    def take_key(self, key: str, character: str | None) -> bool:
        """Do what a key means here; say False if it means nothing here."""
        if self._told:
            self._tell("")
        if self._is_typing:
            return self._type(key, character)
        if self._hints:
            self._take_hint(key, character)
            return True
        if self._digits and self._edit_digits(key):
            return True
        if character is not None and character in "0123456789" and self._view.entry is not None:
            self._take_digit(character)
            return True
        if self._query and key in ("n", "N", "escape"):
            if key == "escape":
                self._leave_finding()
            else:
                self._step(1 if key == "n" else -1)
            return True
        if self._jumps and key == "backspace":
            self._view.move_by(self._jumps.pop() - self._view.top)
            self._view.redraw()
            return True
        if self._view.shows_edits and key == "escape":
            self._view.hide_edits()
            return True
        return False

    # --- links by number ---

    def _take_digit(self, digit: str) -> None:
        typed = self._digits + digit
        if typed == "0":
            self._forget_digits()
            self.follow(ORIGIN, "")
            return
        numbers = [str(link.number) for link in self._view.links]
        longer = [number for number in numbers if number.startswith(typed) and number != typed]
        if typed not in numbers and not longer:
            self._forget_digits()
            self._tell(f"There is no link {typed}.")
            return
        self._forget_digits()
        if longer:
            self._digits = typed
            self._timer = self._view.set_timer(_PENDING_S, self._open_pending)
            self._view.redraw_foot()
        else:
            self.follow(int(typed), "")

    def _edit_digits(self, key: str) -> bool:
        """Take a key while a number is pending; any other key ends it and means itself."""
        if key == "enter":
            self._open_pending()
            return True
        if key in ("escape", "backspace"):
            rest = self._digits[:-1] if key == "backspace" else ""
            self._forget_digits()
            if rest:
                self._take_digit(rest)
            return True
        if not key.isdigit():
            self._forget_digits()
        return False

    def _open_pending(self) -> None:
        typed = self._digits
        self._forget_digits()
        if not typed:
            return
        if self._view.page_shown.url_of(int(typed)):
            self.follow(int(typed), "")
        else:
            self._tell(f"There is no link {typed}.")

    def _forget_digits(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if self._digits:
            self._digits = ""
            self._view.redraw_foot()

    # --- hints ---

    def show_hints(self) -> None:
        """Put letters on the links in sight; say so if there are none."""
        view = self._view
        rows = range(view.top, view.top + view.scrollable_content_region.height - 1)
        lines = view.page_shown.lines
        targets = find_targets((row, lines[row]) for row in rows if row < len(lines))
        if not targets:
            self._tell("No link is in sight.")
            return
        self._forget_digits()
        self._hints = dict(zip(make_labels(len(targets)), targets, strict=True))
        self._typed_hint = ""
        view.redraw()

    def _take_hint(self, key: str, character: str | None) -> None:
        if key == "backspace" and self._typed_hint:
            self._typed_hint = self._typed_hint[:-1]
        else:
            typed = self._typed_hint + (character or " ").lower()
            target = self._hints.get(typed)
            if target is None and any(label.startswith(typed) for label in self._hints):
                self._typed_hint = typed
            else:
                self._hints, self._typed_hint = {}, ""
                if target is not None:
                    self.follow(target.link, target.anchor)
        self._view.redraw()

    def follow(self, link: int, anchor: str) -> None:
        """Open a link, or go to a place in the story and know the way back."""
        view = self._view
        if link:
            if url := view.page_shown.url_of(link):
                view.post_message(view.LinkChosen(url))
            else:
                self._tell("This entry has no page that may be opened.")
        elif (row := view.page_shown.anchors.get(anchor)) is not None:
            self._jumps.append(view.top)
            view.bring_into_sight(row)
            view.redraw()

    # --- finding ---

    @property
    def has_words(self) -> bool:
        """Whether words to find were typed."""
        return bool(self._query)

    def find(self) -> None:
        """Ask for words, and go to them while they are typed."""
        if self._view.entry is None:
            return
        self._forget_digits()
        self._is_typing = True
        self._query = ""
        self._before_finding = self._view.top
        self._look()

    def _type(self, key: str, character: str | None) -> bool:
        if key == "escape" or (key == "backspace" and not self._query):
            self._leave_finding()
            self._view.move_by(self._before_finding - self._view.top)
        elif key == "enter":
            self._is_typing = False
            if not self._matches:
                self._leave_finding()
            self._view.redraw()
        elif key == "backspace":
            self._query = self._query[:-1]
            self._look(self._before_finding)
        elif key in ("down", "ctrl+n"):
            self._step(1)
        elif key in ("up", "ctrl+p"):
            self._step(-1)
        elif character is not None and character.isprintable():
            self._query = clean_typed(self._query + character)[:_LONGEST_QUERY]
            self._look(self._before_finding)
        else:
            return False
        return True

    def _look(self, near: int | None = None) -> None:
        """Find the words; `near` is the row from which the first match is wanted."""
        if self._text is None:
            self._text = StoryText(self._view.page_shown.lines)
        self._matches = self._text.find(self._query)
        self._found_in = {}
        for number, match in enumerate(self._matches):
            for row, start, end in match.pieces:
                self._found_in.setdefault(row, []).append((start, end, number))
        self._here = min(self._here, max(0, len(self._matches) - 1))
        if near is not None and self._matches:
            after = (n for n, match in enumerate(self._matches) if match.row >= near)
            self._here = next(after, 0)
            self._view.bring_into_sight(self._matches[self._here].row)
        self._view.redraw()

    def _step(self, step: int) -> None:
        if self._matches:
            self._here = (self._here + step) % len(self._matches)
            self._view.bring_into_sight(self._matches[self._here].row)
        self._view.redraw()

    def _leave_finding(self) -> None:
        self._is_typing, self._query, self._matches, self._found_in = False, "", [], {}
        self._view.redraw()

    # --- what is to be seen of it ---

    def overlays(self, row: int) -> list[Overlay]:
        """Return what a line looks like under the hints and the words found."""
        laid = [
            Overlay(start, end, "story--match-here" if number == self._here else "story--match")
            for start, end, number in self._found_in.get(row, ())
        ]
        for label, target in self._hints.items():
            if target.row == row and label.startswith(self._typed_hint):
                rest = label[len(self._typed_hint) :]
                end = target.start + len(rest)
                laid.append(Overlay(target.start, end, "story--hint", rest))
        return laid

    def foot(self) -> Foot | None:
        """Return what the last line says, if anything."""
        if self._is_typing or self._query:
            return self._finding_foot()
        if self._hints:
            return [("letters ", _KEY), ("open a link   ", _WORDS), ("esc ", _KEY), ("no", _WORDS)]
        if self._digits:
            url = self._view.page_shown.url_of(int(self._digits))
            told = f"  {link_host(url)}   " if url else "   "
            return [
                (f"Link {self._digits}▏", _KEY),
                (told, _WORDS),
                ("↵ ", _KEY),
                ("opens it, more digits go on", _WORDS),
            ]
        if self._told:
            return [(self._told, _WARNING)]
        if self._hovered:
            return [(f"{link_host(self._hovered)}  ", _KEY), (clean_line(self._hovered), _WORDS)]
        if self._jumps:
            return [("bksp ", _KEY), ("back to where you were", _WORDS)]
        return None

    def _finding_foot(self) -> Foot:
        cursor = "▏" if self._is_typing else ""
        foot = [("/", _KEY), (f"{self._query}{cursor}   ", _WORDS)]
        if self._matches:
            foot.append((f"{self._here + 1} of {len(self._matches):,}   ", _WORDS))
        elif self._query.strip():
            foot.append(("not found   ", _WARNING))
        if not self._is_typing:
            foot += [("n ", _KEY), ("next  ", _WORDS), ("N ", _KEY), ("before  ", _WORDS)]
        return [*foot, ("esc ", _KEY), ("ends", _WORDS)]

    def hover(self, url: str) -> None:
        """Say where the link under the mouse leads."""
        if url != self._hovered:
            self._hovered = url
            self._view.redraw_foot()

    def _tell(self, words: str) -> None:
        self._told = words
        self._view.redraw_foot()


def clean_typed(text: str) -> str:
    """Return typed text without what no terminal should draw; a blank at its end stays."""
    return clean_line(text) + (" " if text.endswith(" ") and text.strip() else "")

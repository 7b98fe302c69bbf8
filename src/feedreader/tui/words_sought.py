"""What is to be marked: the words that a list was filtered by, and those of rules that colour."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from feedreader.core.query.parse import parse
from feedreader.core.query.resolve import Context
from feedreader.core.query.sought import Sought, compile_sought
from feedreader.core.query.tree import Query
from feedreader.errors import QueryError

if TYPE_CHECKING:
    from feedreader.reader import Reader

Part = tuple[str, Sought]
"""(component class, what looks so)."""

_SEARCH_CHARS: Final = 20_000
"""A longer query is a list of numbers."""


class WordsSought:
    """What is sought in the rows of the list, and in the story that was opened from it."""

    def __init__(self, reader: Callable[[], Reader], context: Callable[[], Context]) -> None:
        """`context` says which saved searches there are; it needs no feeds."""
        self._reader = reader
        self._context = context
        self._by_list: Sought | None = None
        self._in_rows: tuple[Part, ...] = ()
        self._rules: list[tuple[int, str, Sought]] | None = None
        """(number, colour, words) of the rules that colour; None: not looked up yet."""

    def follow(self, query: str) -> None:
        """Take what a list is about to show; the rules may be others since the last one."""
        self._rules = None
        self._by_list = None
        if len(query) <= _SEARCH_CHARS:
            self._by_list = self._compile(parse(query))
        self._in_rows = (("entry--found", self._by_list),) if self._by_list else ()

    def in_row(self, colour: str) -> Sequence[Part]:
        """Return what to mark in a row that rules gave a colour, or "" for none."""
        if not colour:
            return self._in_rows
        ruled = (("entry--ruled", words) for _, one, words in self._known_rules() if one == colour)
        return (*ruled, *self._in_rows)

    def in_story(self, entry_id: int, *, is_coloured: bool) -> tuple[Part, ...]:
        """Return what to mark in a story; the later over the earlier."""
        parts: list[Part] = []
        if is_coloured and (rules := self._known_rules()):
            hits = self._reader().rules.hits(entry_id)
            did = {(hit.rule_number, effect) for hit in hits for effect in hit.effects}
            parts += [
                (f"story--found-{colour}", words)
                for number, colour, words in reversed(rules)
                if (number, f"highlight:{colour}") in did
            ]
        if self._by_list is not None:
            parts.append(("story--match", self._by_list))
        return tuple(parts)

    def _known_rules(self) -> list[tuple[int, str, Sought]]:
        if self._rules is None:
            self._rules = [
                (number, colour, words)
                for number, colour, query in self._reader().rules.colours()
                if (words := self._compile(query)) is not None
            ]
        return self._rules

    def _compile(self, query: Query) -> Sought | None:
        try:
            return compile_sought(query, self._context())
        except QueryError:  # a rule may name a saved search that is gone
            return None

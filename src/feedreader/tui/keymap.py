"""Keys of the registry and of the configuration -> which command a key means in a pane."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from feedreader.errors import ConfigError
from feedreader.tui.commands import CONTEXTS, Command, Context

Chord = tuple[str, ...]
"""Keys pressed one after the other; mostly one."""

_NAMED: Final = frozenset(
    (
        *("enter", "escape", "tab", "space", "backspace", "delete", "insert", "home", "end"),
        *("pageup", "pagedown", "up", "down", "left", "right"),
        *(f"f{number}" for number in range(1, 25)),
    )
)
_MODIFIERS: Final = ("alt", "ctrl", "shift")
_SAME_IN_TERMINALS: Final = {
    "ctrl+i": "tab",
    "ctrl+m": "enter",
    "ctrl+h": "backspace",
    "ctrl+[": "escape",
}
_SHOWN: Final = {
    "enter": "enter",
    "escape": "esc",
    "space": "space",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "pageup": "pgup",
    "pagedown": "pgdn",
    "backspace": "bksp",
    "delete": "del",
}


class Keymap:
    """Which command each chord means in each pane."""

    def __init__(
        self, commands: Sequence[Command], own_keys: Sequence[tuple[str, tuple[str, ...]]] = ()
    ) -> None:
        """`own_keys` are the user's (command, keys); they win over the defaults of others.

        Raises `ConfigError` in words for unknown commands, for keys that no terminal sends,
        and for two of the user's own keys that mean two things in one pane.
        """
        self.commands = tuple(commands)
        by_name = {command.name: command for command in commands}
        own: dict[str, tuple[Chord, ...]] = {}
        for name, keys in own_keys:
            if name not in by_name:
                raise ConfigError(f"keys: there is no command {name!r}{_meant(name, by_name)}")
            own[name] = tuple(read_chord(key, name) for key in keys)
        self._chords: dict[str, tuple[Chord, ...]] = dict(own)
        self._meanings: dict[Context, dict[Chord, Command]] = {one: {} for one in CONTEXTS}
        for name, chords in own.items():
            for chord in chords:
                self._bind_own(by_name[name], chord)
        for command in commands:
            if command.name not in own:
                self._bind_default(command)

    def _bind_own(self, command: Command, chord: Chord) -> None:
        for context in command.contexts:
            for other_chord, other in self._meanings[context].items():
                if other is not command and _clash(chord, other_chord):
                    raise ConfigError(
                        f"keys: {' '.join(chord)!r} for {command.name} clashes with"
                        f" {' '.join(other_chord)!r} for {other.name}"
                    )
            self._meanings[context][chord] = command

    def _bind_default(self, command: Command) -> None:
        bound = []
        for chord in (tuple(key.split(" ")) for key in command.keys):
            free = [
                context
                for context in command.contexts
                if not any(_clash(chord, other) for other in self._meanings[context])
            ]
            for context in free:
                self._meanings[context][chord] = command
            if free:
                bound.append(chord)
        self._chords[command.name] = tuple(bound)

    def find(self, context: Context, chord: Chord) -> Command | None:
        """Return what a chord means, if anything."""
        return self._meanings[context].get(chord)

    def is_prefix(self, context: Context, chord: Chord) -> bool:
        """Say whether a longer chord begins like this."""
        length = len(chord)
        return any(
            len(other) > length and other[:length] == chord for other in self._meanings[context]
        )

    def following(self, context: Context, chord: Chord) -> tuple[tuple[str, Command], ...]:
        """Return what may follow the beginning of a chord: (the keys left, command)."""
        length = len(chord)
        return tuple(
            (show_chord(other[length:]), command)
            for other, command in self._meanings[context].items()
            if len(other) > length and other[:length] == chord
        )

    def keys(self, command: Command) -> tuple[str, ...]:
        """Return the keys of a command as people read them."""
        return tuple(show_chord(chord) for chord in self._chords[command.name])

    def first_key(self, name: str) -> str:
        """Return one key of a command for a sentence; "" if it has none."""
        chords = self._chords.get(name, ())
        return show_chord(chords[0]) if chords else ""


def check_macros(macros: Iterable[tuple[str, Sequence[str]]], commands: Iterable[Command]) -> None:
    """Raise `ConfigError` in words if a macro names a command that there is not."""
    names = [command.name for command in commands]
    for name, steps in macros:
        for step in steps:
            if step not in names:
                raise ConfigError(
                    f"macros: {name}: there is no command {step!r}{_meant(step, names)}"
                )


def read_chord(text: str, command: str) -> Chord:
    """Return the keys of "g g", "ctrl+d" or "?"; raises `ConfigError` for what is no key."""
    return tuple(_read_key(key, text, command) for key in (text.split() or [text]))


def _read_key(key: str, text: str, command: str) -> str:
    if len(key) == 1 and key.isprintable() and key != " ":
        return key
    *modifiers, name = re.split(r"\+(?=.)", key.lower())
    modified = "+".join([*(one for one in _MODIFIERS if one in modifiers), name])
    if set(modifiers) <= set(_MODIFIERS) and len(set(modifiers)) == len(modifiers):
        if same := _SAME_IN_TERMINALS.get(modified):
            raise ConfigError(f"keys: {command}: terminals send {key!r} as {same!r}: name that")
        if name in _NAMED:
            return modified
        if len(name) == 1 and modifiers == ["shift"]:
            raise ConfigError(f"keys: {command}: {text!r} is written {name.upper()!r}")
        if len(name) == 1 and name.isprintable() and modifiers:
            return modified
    hint = _meant(key.lower(), _NAMED)
    if not hint and key.isalpha() and len(key) < 4:
        hint = f"; one key after the other is written {' '.join(key)!r}"
    raise ConfigError(f"keys: {command}: {key!r} is no key{hint}")


def show_chord(chord: Chord) -> str:
    """Return a chord as people read it: "gg", "ctrl+d", "↵"."""
    shown = [_SHOWN.get(key, key) for key in chord]
    return ("" if all(len(key) == 1 for key in shown) else " ").join(shown)


def _clash(one: Chord, other: Chord) -> bool:
    """Say whether one is the other, or its beginning."""
    length = min(len(one), len(other))
    return one[:length] == other[:length]


def _meant(word: str, known: object) -> str:
    from difflib import get_close_matches  # only for messages

    near = get_close_matches(word, list(known), n=1)  # type: ignore[call-overload]
    return f"; did you mean {near[0]!r}?" if near else ""

"""Kinds of values that a key may hold: the words for it, and the check."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeGuard

from feedreader.config.settings import Command


class UnfitError(ValueError):
    """A value is not of its kind; the message says why if `Kind.allowed` does not."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a key may hold: in words, and as a function that raises UnfitError for all else."""

    allowed: str
    read: Callable[[object], Any]
    is_secret: bool = False
    """Values may hold passwords: messages leave them out."""


def _is_line(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and value.isprintable()


def flag() -> Kind:
    def read(value: object) -> bool:
        if not isinstance(value, bool):
            raise UnfitError
        return value

    return Kind("true or false", read)


def whole(low: int, high: int, *, unlimited: str = "") -> Kind:
    def read(value: object) -> int | None:
        if unlimited and value == unlimited:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise UnfitError
        return value

    return Kind(
        f"a whole number from {low} to {high}" + f', or "{unlimited}"' * bool(unlimited), read
    )


def share() -> Kind:
    """From 0 to 1; "off" is 0."""

    def read(value: object) -> float:
        if value == "off":
            return 0.0
        found = re.fullmatch(r"(\d{1,3})\s?%", value, re.ASCII) if isinstance(value, str) else None
        if found is None or not 1 <= int(found[1]) <= 100:
            raise UnfitError
        return int(found[1]) / 100

    return Kind('a share such as "20%", from 1% to 100%, or "off"', read)


def choice(*names: str) -> Kind:
    def read(value: object) -> str:
        if value not in names:
            raise UnfitError(meant(str(value), names))
        return str(value)

    return Kind("one of " + ", ".join(f'"{name}"' for name in names), read)


def text(allowed: str, pattern: str, *, is_secret: bool = False) -> Kind:
    def read(value: object) -> str:
        if not _is_line(value) or not re.fullmatch(pattern, value):
            raise UnfitError
        return value

    return Kind(allowed, read, is_secret)


_HOST_NAME = r"(?:[^\W_][\w-]{0,62}\.)*[^\W_][\w-]{0,62}"


def host() -> Kind:
    kind = text('a host name such as "example.org"', _HOST_NAME)
    return Kind(kind.allowed, lambda value: str(kind.read(value)).lower())


def hosts() -> Kind:
    one = host()

    def read(value: object) -> frozenset[str]:
        if not isinstance(value, list):
            raise UnfitError
        return frozenset(one.read(name) for name in value)

    return Kind('a list of host names such as ["nas.example.org"]', read)


_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_BYTES = {"kB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}


def _amount(
    what: str,
    units: Mapping[str, int],
    low: str,
    high: str,
    examples: str,
    number: type[int] | type[float],
) -> Kind:
    unit = "|".join(units)
    part = re.compile(rf"\s*(\d{{1,9}}(?:\.\d{{1,9}})?)\s*({unit})\s*", re.ASCII)

    def amount(value: str) -> float:
        at, total = 0, 0.0
        while match := part.match(value, at):
            at, total = match.end(), total + float(match[1]) * units[match[2]]
        if not value or at < len(value):
            raise UnfitError
        return total

    def read(value: object) -> int | float:
        if not isinstance(value, str) or not amount(low) <= amount(value) <= amount(high):
            raise UnfitError
        return number(amount(value))

    return Kind(f"{what} from {low} to {high}, written like {examples}", read)


def duration(low: str, high: str, number: type[int] | type[float] = float) -> Kind:
    return _amount("a time", _SECONDS, low, high, '"45s", "90m", "1h 30m" or "2d"', number)


def size(low: str, high: str) -> Kind:
    return _amount("a size", _BYTES, low, high, '"500kB" or "20MiB"', int)


_SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ksh", "fish"})


def command(*placeholders: str) -> Kind:
    names = " and ".join(f"{{{name}}}" for name in placeholders)

    def read(value: object) -> Command:
        argv = shlex.split(value) if isinstance(value, str) else value
        if not isinstance(argv, list) or not all(map(_is_line, argv)):
            raise UnfitError
        used = [name for word in argv for name in re.findall(r"\{(\w*)\}", word)]
        for name in used:
            if name not in placeholders:
                raise UnfitError(f"there is no {{{name[:30]}}}")
        # Text from the network inside shell text runs as commands (CVE-2017-12904).
        if argv and Path(argv[0]).name in _SHELLS and used:
            for flag, script in pairwise(argv[1:]):
                if re.fullmatch(r"-\w*c", flag) and re.search(r"\{\w+\}", script):
                    raise UnfitError(
                        "shell text may not hold what comes from the network: "
                        'write ["sh", "-c", "… \\"$1\\"", "sh", "{url}"]'
                    )
        adds_url = argv and not used and "url" in placeholders
        return (*argv, "{url}") if adds_url else tuple(argv)

    return Kind(
        f"a list of words: a program and its arguments, with {names} where they belong", read
    )


def web_address() -> Kind:
    # Many hold a token: messages leave them out.
    return text(
        'an address such as "https://example.org/hook"', r"https?://[^\s/]+\S*", is_secret=True
    )


def hours() -> Kind:
    """From and to, as minutes after midnight."""
    clock = r"([01]?\d|2[0-3]):([0-5]\d)"
    pattern = re.compile(rf"{clock} *[-–] *{clock}", re.ASCII)

    def read(value: object) -> tuple[int, int]:
        found = pattern.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            raise UnfitError
        return int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])

    return Kind('hours of the day such as "22:00-07:30"', read)


def date_format() -> Kind:
    pattern = r"auto|(?=.*%)(?:[^%]|%-?[aAbBdeFHIjmMpRSTuVyYzZ%]){1,40}"
    return text('"auto" or a strftime pattern such as "%d %b %H:%M"', pattern)


def selector(*, may_be_empty: bool) -> Kind:
    def read(value: object) -> str:
        if value == "" and may_be_empty:
            return ""
        if not _is_line(value):
            raise UnfitError
        # The library that will use it; 13 ms, only for users with site rules.
        from selectolax.lexbor import LexborHTMLParser, SelectolaxError

        try:
            LexborHTMLParser("<p>").css(value)
        except SelectolaxError:
            raise UnfitError from None
        return value

    return Kind('CSS selectors such as "article .body, .intro"', read)


def queries() -> Kind:
    def read(value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(_is_line(one) and one.strip() for one in value):
            raise UnfitError
        for one in value:
            check_query(one)
        return tuple(value)

    return Kind('a list of queries such as ["author:corbet", "feed:lwn words:>1000"]', read)


def check_query(text: str) -> None:
    """Raise UnfitError if a query cannot be read."""
    from feedreader.core.query import parse  # 30 ms: only for users with queries
    from feedreader.errors import QueryError

    try:
        parse(text)
    except QueryError as error:
        hint = f", {error.hint}" if error.hint else ""
        raise UnfitError(f"{error.message}{hint}") from None


def key_names() -> Kind:
    def read(value: object) -> tuple[str, ...]:
        names = [value] if isinstance(value, str) else value
        if not isinstance(names, list) or not all(_is_line(name) and name for name in names):
            raise UnfitError
        return tuple(names)

    return Kind('a key such as "ctrl+d", a list of keys, or [] for none', read)


def command_names() -> Kind:
    def read(value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or not value or not all(map(_is_line, value)):
            raise UnfitError
        return tuple(value)

    return Kind('a list of the names of commands, such as ["entry.star", "read.next"]', read)


def meant(word: str, known: Iterable[str]) -> str:
    """Return "did you mean …?" if a known word is near, else ""."""
    from difflib import get_close_matches  # 5 ms: only for messages

    near = get_close_matches(word[:60].lower(), list(known), n=1)
    return f"did you mean {near[0]}?" if near else ""

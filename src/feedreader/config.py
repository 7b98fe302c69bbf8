"""TOML and the environment -> where the files are (`Paths`) and how to behave (`Config`).

Imported at every start: nothing heavier than tomllib, and that only if there is a file.
`config_template.toml` beside this module is the file that users start from.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from feedreader.errors import ConfigError
from feedreader.model import FetchLimits, FullTextMode, RefreshSettings, SiteRule

Command = tuple[str, ...]
"""A program and its arguments, run without a shell; `{url}`, `{title}` and `{file}` stand for
the story's. Empty: the reader chooses."""


@dataclass(frozen=True, slots=True)
class Paths:
    """Where things are kept (XDG Base Directory Specification 0.8, on macOS too)."""

    config_file: Path
    database: Path
    state_dir: Path
    cache_dir: Path
    log_file: Path


@dataclass(frozen=True, slots=True)
class RetentionSettings:
    """What may be dropped; never entries that are unread, starred or tagged. None: keep all."""

    keep_days: int | None = None
    keep_entries: int | None = None
    """Per feed."""
    keep_versions: int = 5
    """Earlier states kept of one edited entry."""


@dataclass(frozen=True, slots=True)
class OpenSettings:
    """What opens, plays, saves and shares."""

    browser: Command = ()
    player: Command = ()
    downloader: Command = ("curl", "--location", "--fail", "--output", "{file}", "{url}")
    download_folder: str = "~/Downloads"
    share: tuple[tuple[str, Command], ...] = ()


@dataclass(frozen=True, slots=True)
class UiSettings:
    """How the terminal screen looks and behaves; `theme` is checked by its home, the TUI."""

    theme: str = "default"
    layout: Literal["auto", "three", "two", "one"] = "auto"
    story_width: int = 80
    """Columns."""
    date_format: str = "auto"
    """"auto", or a strftime pattern."""
    order: Literal["newest", "oldest"] = "newest"
    show: Literal["unread", "all"] = "unread"
    mark_read: Literal["on_open", "at_end", "by_key"] = "on_open"
    mouse: bool = True
    background_refresh: bool = True


@dataclass(frozen=True, slots=True)
class Config:
    """All that the configuration file says, checked. `Config()` is what no file says."""

    refresh: RefreshSettings = RefreshSettings()
    full_text: FullTextMode = "auto"
    site_rules: tuple[SiteRule, ...] = ()
    retention: RetentionSettings = RetentionSettings()
    open: OpenSettings = OpenSettings()
    ui: UiSettings = UiSettings()
    keys: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """(command, keys), names unchecked; no keys: the command has none."""
    log_level: Literal["debug", "info", "warning", "error"] = "warning"


def default_paths(env: Mapping[str, str]) -> Paths:
    """Return where a user with this environment keeps things; nothing is created.

    Raises ConfigError if neither HOME nor the variables that make it unneeded are set.
    """

    def folder(variable: str, below_home: str) -> Path:
        # XDG: "all paths must be absolute; if relative, consider the path invalid and ignore it".
        if (named := Path(env.get(variable, ""))).is_absolute():
            return named / "feedreader"
        home = Path(env.get("HOME", ""))
        if not home.is_absolute():
            raise ConfigError(
                f"HOME is {'not an absolute path' if env.get('HOME') else 'not set'}, "
                f"so there is no {below_home}: set HOME or {variable}"
            )
        return home / below_home / "feedreader"

    config_file, database = env.get("FEEDREADER_CONFIG"), env.get("FEEDREADER_DB")
    state_dir = folder("XDG_STATE_HOME", ".local/state")
    return Paths(
        config_file=Path(config_file)
        if config_file
        else folder("XDG_CONFIG_HOME", ".config") / "config.toml",
        database=Path(database)
        if database
        else folder("XDG_DATA_HOME", ".local/share") / "feedreader.db",
        state_dir=state_dir,
        cache_dir=folder("XDG_CACHE_HOME", ".cache"),
        log_file=state_dir / "feedreader.log",
    )


Place = tuple[str | int, ...]
"""A key below the root of a file; numbers count the tables of an array from 0."""


# --- kinds of values: each returns what it read, or raises ValueError ---------------------


@dataclass(frozen=True, slots=True)
class Kind:
    """What a key may hold: in words, and as a function that raises ValueError for all else."""

    allowed: str
    read: Callable[[object], Any]
    is_secret: bool = False
    """Values may hold passwords: messages leave them out."""


def _flag() -> Kind:
    def read(value: object) -> bool:
        if not isinstance(value, bool):
            raise ValueError
        return value

    return Kind("true or false", read)


def _whole(low: int, high: int, *, unlimited: str = "") -> Kind:
    def read(value: object) -> int | None:
        if unlimited and value == unlimited:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError
        return value

    return Kind(f"a whole number from {low} to {high}" + f', or "{unlimited}"' * bool(unlimited), read)


def _choice(*names: str) -> Kind:
    def read(value: object) -> str:
        if value not in names:
            raise ValueError(_meant(str(value), names))
        return str(value)

    return Kind("one of " + ", ".join(f'"{name}"' for name in names), read)


def _text(allowed: str, pattern: str, *, is_secret: bool = False) -> Kind:
    def read(value: object) -> str:
        if not isinstance(value, str) or not value.isprintable() or not re.fullmatch(pattern, value):
            raise ValueError
        return value

    return Kind(allowed, read, is_secret)


_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_BYTES = {"kB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}


def _amount(what: str, units: Mapping[str, int], low: str, high: str, examples: str) -> Kind:
    unit = "|".join(units)
    part = re.compile(rf"\s*(\d{{1,9}}(?:\.\d{{1,9}})?)\s*({unit})\s*", re.ASCII)

    def amount(value: str) -> float:
        at, total = 0, 0.0
        while match := part.match(value, at):
            at, total = match.end(), total + float(match[1]) * units[match[2]]
        if not value or at < len(value):
            raise ValueError
        return total

    def read(value: object) -> float:
        if not isinstance(value, str) or not amount(low) <= amount(value) <= amount(high):
            raise ValueError
        return amount(value)

    return Kind(f"{what} from {low} to {high}, written like {examples}", read)


def _duration(low: str, high: str) -> Kind:
    return _amount("a time", _SECONDS, low, high, '"45s", "90m", "1h 30m" or "2d"')


_SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ksh", "fish"})


def _command(*placeholders: str) -> Kind:
    names = " and ".join(f"{{{name}}}" for name in placeholders)

    def read(value: object) -> Command:
        argv = shlex.split(value) if isinstance(value, str) else value
        if not isinstance(argv, list) or not all(
            isinstance(word, str) and word.isprintable() for word in argv
        ):
            raise ValueError
        used = [name for word in argv for name in re.findall(r"\{(\w*)\}", word)]
        for name in used:
            if name not in placeholders:
                raise ValueError(_meant(name, placeholders) or f"there is no {{{name}}}")
        # Text from the network inside shell text runs as commands (CVE-2017-12904).
        if argv and Path(argv[0]).name in _SHELLS and used:
            for flag, script in zip(argv[1:], argv[2:], strict=False):
                if re.fullmatch(r"-\w*c", flag) and re.search(r"\{\w+\}", script):
                    raise ValueError("what stands for the story may not be inside shell text: "
                                     "write \"$1\" there, and after it the words sh {url}")
        return (*argv, "{url}") if argv and not used else tuple(argv)

    return Kind(f"a list of words: a program and its arguments, with {names} where they belong", read)


def _date_format() -> Kind:
    pattern = r"auto|(?=.*%)(?:[^%]|%-?[aAbBdeFHIjmMpRSTuVyYzZ%]){1,40}"
    return _text('"auto" or a strftime pattern such as "%d %b %H:%M"', pattern)


def _selector(*, may_be_empty: bool) -> Kind:
    def read(value: object) -> str:
        if value == "" and may_be_empty:
            return ""
        if not isinstance(value, str) or not value.isprintable():
            raise ValueError
        from cssselect import SelectorError, parse  # 10 ms: only for users with site rules

        try:
            parse(value)
        except SelectorError as error:
            raise ValueError(str(error)) from None
        return value

    return Kind('CSS selectors such as "article .body, .intro"', read)


def _key_names() -> Kind:
    def read(value: object) -> tuple[str, ...]:
        names = [value] if isinstance(value, str) else value
        if not isinstance(names, list) or not all(
            isinstance(name, str) and name and name.isprintable() for name in names
        ):
            raise ValueError
        return tuple(names)

    return Kind('a key such as "ctrl+d", a list of keys, or [] for none', read)


SETTINGS: Mapping[str, Mapping[str, Kind]] = {
    "refresh": {
        "interval": _duration("10m", "30d"),
        "max_interval": _duration("10m", "30d"),
        "concurrency": _whole(1, 64),
        "host_pause": _duration("0s", "60s"),
        "connect_timeout": _duration("1s", "5m"),
        "read_timeout": _duration("1s", "5m"),
        "total_timeout": _duration("1s", "30m"),
        "max_size": _amount("a size", _BYTES, "100kB", "1GiB", '"500kB" or "20MiB"'),
        "user_agent": _text("one line of ASCII text", r"[\x20-\x7e]{0,300}"),
        "proxy": _text(
            'an address such as "http://localhost:8118" or "socks5://localhost:9050"',
            r"|(?:https?|socks5h?)://[^\s/]+/?",
            is_secret=True,
        ),
        "http2": _flag(),
        "allow_private_networks": _flag(),
        "unread_on_first_fetch": _whole(0, 100_000, unlimited="all"),
    },
    "full_text": {"mode": _choice("auto", "always", "never")},
    "retention": {
        "keep_days": _whole(1, 36_500, unlimited="forever"),
        "keep_entries": _whole(10, 10_000_000, unlimited="all"),
        "keep_versions": _whole(0, 1000),
    },
    "open": {
        "browser": _command("url", "title"),
        "player": _command("url", "title"),
        "downloader": _command("url", "title", "file"),
        "download_folder": _text('an absolute folder, or one below "~/"', r"(?:/|~/|~$).*"),
    },
    "ui": {
        "theme": _text("the name of a theme", r"[\w-]{1,60}"),
        "layout": _choice("auto", "three", "two", "one"),
        "story_width": _whole(20, 400),
        "date_format": _date_format(),
        "order": _choice("newest", "oldest"),
        "show": _choice("unread", "all"),
        "mark_read": _choice("on_open", "at_end", "by_key"),
        "mouse": _flag(),
        "background_refresh": _flag(),
    },
    "log": {"level": _choice("debug", "info", "warning", "error")},
}
"""Section -> key -> what it may hold, apart from the tables below."""

SITE_RULE: Mapping[str, Kind] = {
    "host": _text('a host name such as "example.org"', r"(?:[^\W_][\w-]*\.)*[^\W_][\w-]*"),
    "content": _selector(may_be_empty=False),
    "remove": _selector(may_be_empty=True),
    "title": _selector(may_be_empty=True),
}
"""Each `[[full_text.site]]`."""

NAMED: Mapping[str, Kind] = {
    "open.share": _command("url", "title"),
    "keys": _key_names(),
}
"""Tables whose keys are the user's own names."""


# --- reading a file -----------------------------------------------------------------------


def load_config(path: Path | None, env: Mapping[str, str]) -> Config:
    """Return what the file says, with defaults for the rest.

    `path` None means where `default_paths` puts the file; there it may be missing, unless
    FEEDREADER_CONFIG names it. Raises ConfigError with file, line, key and what is allowed.
    """
    may_be_missing = path is None and not env.get("FEEDREADER_CONFIG")
    path = path or default_paths(env).config_file
    try:
        source = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        if may_be_missing:
            return Config()
        raise ConfigError(f"{path}: there is no such file") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 text (byte {error.start})") from error
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    return parse_config(source, name=str(path))


def parse_config(source: str, *, name: str) -> Config:
    """Return what TOML text says; `name` is what messages call it."""
    import tomllib  # 10 ms: only for users with a file

    try:
        document = tomllib.loads(source)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{name}: not TOML: {error}") from error
    return _Document(name, source).config(document)


@dataclass(frozen=True, slots=True)
class _Document:
    """One file under its name: knows how to say what is wrong, and where."""

    name: str
    source: str

    def config(self, document: dict[str, Any]) -> Config:
        sections = (*SETTINGS, "keys")
        read: dict[str, dict[str, Any]] = {section: {} for section in sections}
        share: dict[str, Command] = {}
        site_rules: tuple[SiteRule, ...] = ()
        for section, content in document.items():
            if section not in sections:
                raise self.unknown((section,), sections)
            table = dict(self.table((section,), content))
            if section == "open":
                share = self.named(("open", "share"), table.pop("share", {}))
            if section == "full_text":
                site_rules = self.site_rules(table.pop("site", []))
            if section == "keys":
                read["keys"] = self.named(("keys",), table)
            else:
                read[section] = self.values((section,), table, SETTINGS[section])
        default = Config()
        return Config(
            refresh=self.refresh_settings(read["refresh"]),
            full_text=read["full_text"].get("mode", default.full_text),
            site_rules=site_rules,
            retention=RetentionSettings(**read["retention"]),
            open=OpenSettings(**read["open"], share=tuple(share.items())),
            ui=UiSettings(**read["ui"]),
            keys=tuple(read["keys"].items()),
            log_level=read["log"].get("level", default.log_level),
        )

    def refresh_settings(self, values: dict[str, Any]) -> RefreshSettings:
        limits = {
            field: values.pop(key)
            for key, field in _LIMIT_FIELDS.items()
            if key in values
        }
        settings = RefreshSettings(
            limits=replace(FetchLimits(), **limits),
            **{_REFRESH_FIELDS[key]: value for key, value in values.items()},
        )
        if settings.max_interval_s < settings.min_interval_s:
            raise self.error(("refresh", "max_interval"), "is shorter than refresh.interval")
        return settings

    def site_rules(self, tables: object) -> tuple[SiteRule, ...]:
        if not isinstance(tables, list):
            raise self.error(("full_text", "site"), "must be written as [[full_text.site]]")
        rules = []
        for number, content in enumerate(tables):
            at = ("full_text", "site", number)
            values = self.values(at, self.table(at, content), SITE_RULE)
            for key in ("host", "content"):
                if key not in values:
                    raise self.error(at, f"has no {key}")
            rules.append(SiteRule(**values))
        return tuple(rules)

    def table(self, at: Place, content: object) -> dict[str, Any]:
        if not isinstance(content, dict):
            raise self.error(at, f"must be a table: write [{_dotted(at)}] above its keys")
        return content

    def named(self, at: Place, content: object) -> dict[str, Any]:
        """Read a table whose keys are the user's own names."""
        kind = NAMED[_dotted(at)]
        table = self.table(at, content)
        for name in table:
            if not name or not name.isprintable():
                raise self.error((*at, name), "is no name: use letters, digits, - and _")
        return self.values(at, table, dict.fromkeys(table, kind))

    def values(self, at: Place, table: dict[str, Any], kinds: Mapping[str, Kind]) -> dict[str, Any]:
        for key in table:
            if key not in kinds:
                raise self.unknown((*at, key), kinds)
        return {key: self.value((*at, key), value, kinds[key]) for key, value in table.items()}

    def value(self, at: Place, value: object, kind: Kind) -> Any:
        try:
            return kind.read(value)
        except ValueError as error:
            shown = "the value" if kind.is_secret else _shortened(value)
            hint = f" ({error})" if str(error) else ""
            raise self.error(at, f"cannot be {shown}{hint}; allowed: {kind.allowed}") from None

    def unknown(self, at: Place, known: Iterable[str]) -> ConfigError:
        key = str(at[-1])
        elsewhere = [f"{section}.{key}" for section, kinds in SETTINGS.items() if key in kinds]
        hint = (
            f"did you mean {elsewhere[0]}?"
            if elsewhere
            else _meant(key, known) or f"known are: {', '.join(known)}"
        )
        return self.error(at, f"is unknown; {hint}")

    def error(self, at: Place, what: str) -> ConfigError:
        line = _line_of(at, self.source)
        where = f"{self.name}, line {line}" if line else self.name
        return ConfigError(f"{where}: {_dotted(at)} {what}")


def _dotted(at: Place) -> str:
    """Return a key as users write it; tables of an array are counted from 1."""
    written = ""
    for part in at:
        if isinstance(part, int):
            written += f" no. {part + 1}"
        else:
            plain = re.fullmatch(r"[\w-]+", part, re.ASCII)
            written += ("." if written else "") + (part if plain else _shortened(part))
    return written


def _line_of(at: Place, source: str) -> int:
    """Return the line (from 1) that sets this key or the nearest table around it; 0: none found.

    A look at the text, as tomllib keeps no positions; good enough to lead the eye.
    """
    best, best_depth = 0, 0
    table: Place = ()
    counts: dict[Place, int] = {}
    for number, line in enumerate(source.splitlines(), 1):
        key: Place = ()
        if header := re.match(r"\s*(\[\[?)([^\[\]]+)\]", line):
            table = _key_parts(header[2])
            if header[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
        elif assignment := re.match(r"\s*([\w.\"' -]+?)\s*=", line):
            key = _key_parts(assignment[1])
        place = (*table, *key)
        if best_depth < len(place) and at[: len(place)] == place:
            best, best_depth = number, len(place)
    return best


def _key_parts(dotted: str) -> Place:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))


def _shortened(value: object) -> str:
    """Return a value as TOML would have it, as far as it helps, on one safe line."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        shown = repr(value)[1:-1]
        return f'"{shown[:60]}…"' if len(shown) > 61 else f'"{shown}"'
    shown = repr(value)
    return f"{shown[:60]}…" if len(shown) > 61 else shown


def _meant(word: str, known: Iterable[str]) -> str:
    """Return "did you mean …?" if a known word is near, else ""."""
    from difflib import get_close_matches  # 5 ms: only for messages

    near = get_close_matches(word.lower(), list(known), n=1)
    return f"did you mean {near[0]}?" if near else ""


# --- writing the first file ---------------------------------------------------------------


def config_template() -> str:
    """Return the commented file that users start from; it says nothing but the defaults."""
    return Path(__file__).with_name("config_template.toml").read_text("utf-8")


def write_template(path: Path) -> None:
    """Write `config_template()` for the user alone (0600, new folders 0700).

    Raises ConfigError if there is a file already, or none can be written.
    """
    try:
        for folder in reversed(path.parents):
            if not folder.exists():
                folder.mkdir(mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(config_template())
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}") from error

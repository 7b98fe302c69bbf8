"""A configuration file -> `Config`, or one line that says what is wrong with it and where."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from feedreader.config.kinds import Kind, check_query, meant
from feedreader.config.paths import default_paths
from feedreader.config.schema import HOOK, NAMED, SETTINGS, SITE_RULE
from feedreader.config.settings import Command, Config, OpenSettings, UiSettings
from feedreader.errors import ConfigError
from feedreader.model import FetchLimits, Hook, RefreshSettings, RetentionSettings, SiteRule

Place = tuple[str | int, ...]
"""A key below the root of a file; numbers count the tables of an array from 0."""

_LIMIT_FIELDS = {
    "connect_timeout": "connect_s",
    "read_timeout": "read_s",
    "total_timeout": "total_s",
    "max_size": "max_bytes",
}
_REFRESH_FIELDS = {
    "interval": "min_interval_s",
    "max_interval": "max_interval_s",
    "concurrency": "concurrency",
    "host_pause": "host_pause_s",
    "user_agent": "user_agent",
    "proxy": "proxy",
    "mode": "full_text",
    "http2": "http2",
    "allow_private_hosts": "allow_private_hosts",
    "private_hosts": "private_hosts",
    "unread_on_first_fetch": "unread_on_first_fetch",
    "unread_again": "unread_again",
}


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
        sections = (*SETTINGS, "keys", "macros", "hooks")
        read: dict[str, dict[str, Any]] = {section: {} for section in sections}
        share: dict[str, Command] = {}
        drop: dict[str, int] = {}
        site_rules: tuple[SiteRule, ...] = ()
        hooks: tuple[Hook, ...] = ()
        for section, content in document.items():
            if section not in sections:
                raise self.unknown((section,), sections)
            table = dict(self.table((section,), content))
            if section == "open":
                share = self.named(("open", "share"), table.pop("share", {}))
            if section == "retention":
                drop = self.drop(table.pop("drop", {}))
            if section == "full_text":
                site_rules = self.site_rules(table.pop("site", []))
            if section == "hooks":
                hooks = tuple(self.hook(name, values) for name, values in table.items())
            elif section in ("keys", "macros"):
                read[section] = self.named((section,), table)
            else:
                read[section] = self.values((section,), table, SETTINGS[section])
        return Config(
            refresh=self.refresh_settings(
                {**read["refresh"], **read["full_text"], **read["reading"]}
            ),
            site_rules=site_rules,
            retention=RetentionSettings(**read["retention"], drop=tuple(drop.items())),
            open=OpenSettings(**read["open"], share=tuple(share.items())),
            ui=UiSettings(**read["ui"]),
            hooks=hooks,
            keys=tuple(read["keys"].items()),
            macros=tuple(read["macros"].items()),
        )

    def refresh_settings(self, values: Mapping[str, Any]) -> RefreshSettings:
        def fields(names: Mapping[str, str]) -> dict[str, Any]:
            return {field: values[key] for key, field in names.items() if key in values}

        settings = RefreshSettings(
            limits=FetchLimits(**fields(_LIMIT_FIELDS)), **fields(_REFRESH_FIELDS)
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

    def drop(self, content: object) -> dict[str, int]:
        """Read the table of what is dropped: its keys are queries."""
        at = ("retention", "drop")
        days = self.named(at, content)
        for query in days:
            try:
                check_query(query)
            except ValueError as error:
                raise self.error((*at, query), f"is no query: {error}") from None
        return days

    def hook(self, name: str, content: object) -> Hook:
        at = ("hooks", name)
        if not re.fullmatch(r"[\w.-]{1,60}", name):
            raise self.error(at, "is no name: use letters, digits, - and _")
        values = self.values(at, self.table(at, content), HOOK)
        ways = [key for key in ("command", "webhook", "notification") if values.get(key)]
        if len(ways) != 1:
            raise self.error(at, "needs one of command, webhook and notification = true")
        if "timeout" in values:
            values["timeout_s"] = values.pop("timeout")
        return Hook(name, **values)

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
            else meant(key, known) or f"known are: {', '.join(known)}"
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
        shown = repr(value[:61])[1:-1]
        return f'"{shown[:60]}…"' if len(shown) > 60 else f'"{shown}"'
    shown = repr(value)
    return f"{shown[:60]}…" if len(shown) > 61 else shown

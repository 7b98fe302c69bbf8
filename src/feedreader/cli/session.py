"""What all commands share: the database, the configuration and the output of one call."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import cached_property, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from feedreader.cli.output import Output

if TYPE_CHECKING:
    # Not every command needs click: see plain.py.
    import click

    from feedreader.config import Config
    from feedreader.model import Subscription
    from feedreader.reader import Reader

Command = TypeVar("Command", bound=Callable[..., object])
Args = ParamSpec("Args")
Result = TypeVar("Result")


class Session:
    """The global options, resolved as late as each of them is needed."""

    def __init__(self, *, database: Path | None, config_file: Path | None, out: Output) -> None:
        self._database = database
        self.config_file = config_file
        self.out = out

    @cached_property
    def config(self) -> Config:
        """The configuration; raises `ConfigError`."""
        from feedreader.config import load_config

        return load_config(self.config_file, os.environ)

    @cached_property
    def database(self) -> Path:
        """Where the database is: `--db`, else FEEDREADER_DB, else the XDG data folder."""
        if self._database is not None:
            return self._database
        from feedreader.config import default_paths

        return default_paths(os.environ).database

    def open_reader(self) -> Reader:
        """Return a Reader for what asks nothing of the network; raises `StoreError`.

        It works, and starts faster, without the configuration.
        """
        from feedreader.reader import Reader

        return Reader(self.database)

    def open_online_reader(self, *, host_pause_s: float | None = None) -> Reader:
        """Return a Reader with the user's settings; raises `StoreError` or `ConfigError`.

        `host_pause_s` overrules the pause between two requests to one server.
        """
        from dataclasses import replace

        from feedreader.cli.logs import keep_log_silent
        from feedreader.reader import Reader

        keep_log_silent()
        settings = self.config.refresh
        if host_pause_s is not None:
            settings = replace(settings, host_pause_s=host_pause_s)
        return Reader(self.database, refresh_settings=settings, site_rules=self.config.site_rules)


def pass_session(command: Callable[Concatenate[Session, Args], Result]) -> Callable[Args, Result]:
    """Give a command the session as its first argument."""

    @wraps(command)
    def run(*args: Args.args, **options: Args.kwargs) -> Result:
        import click

        return command(click.get_current_context().obj, *args, **options)

    return run


def is_interactive() -> bool:
    """Say whether there is a person to answer a question."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def query_argument(name: str = "query") -> Callable[[Command], Command]:
    """Words that make up a query, "-not" among them; only "--word" is taken for an option."""
    import click

    def check(_: click.Context, __: click.Parameter, words: tuple[str, ...]) -> tuple[str, ...]:
        for word in words:
            if word.startswith("--"):
                raise click.NoSuchOption(word)
        return words

    return click.argument(name, nargs=-1, type=click.UNPROCESSED, callback=check)


_MOST_DIGITS = 100
"""Of an id; Python refuses to read numbers of some thousands."""

QUERY_SETTINGS = {"ignore_unknown_options": True}
"""Context settings that leave "-not" to `query_argument`: such commands have no short options."""


def selection_of(
    words: tuple[str, ...], *, everything: bool = False, has_all: bool = False
) -> str | list[int]:
    """Return the ids if all words are numbers, else the words as a query.

    Nothing at all is an error of use, unless `everything` is meant; `has_all` says whether the
    command has an option for that.
    """
    import click

    if words and all(word.isdecimal() and word.isascii() for word in words):
        if too_long := next((word for word in words if len(word) > _MOST_DIGITS), ""):
            raise click.UsageError(f"{too_long[:_MOST_DIGITS]}… is no id")
        return [int(word) for word in words]
    query = " ".join(words).strip()
    if not query and not everything:
        raise click.UsageError("which entries? give a query or ids" + ", or --all" * has_all)
    if query and everything:
        raise click.UsageError("--all goes without a query")
    return query


def one_feed(reader: Reader, text: str) -> Subscription:
    """Return the one feed that the text means; raises `NotFound` if it may be several."""
    from feedreader.errors import NotFound

    found = reader.find_subscriptions(text)
    if len(found) > 1:
        named = ", ".join(f"{one.id} ({one.title})" for one in found[:5])
        more = f" and {len(found) - 5} more" if len(found) > 5 else ""
        raise NotFound(f"{text!r} may be several feeds: {named}{more}; give the id")
    return found[0]


def folder_path(text: str) -> tuple[str, ...]:
    r"""Return the path that "News/World" means; "\/" is a slash of a name."""
    import re

    from feedreader.core.text import clean_line

    names = (clean_line(name.replace("\\/", "/")) for name in re.split(r"(?<!\\)/", text))
    return tuple(name for name in names if name)

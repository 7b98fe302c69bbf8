"""`set`: the user's choices for one feed. Secrets go in, and never come out."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from feedreader.cli.session import Session, one_feed, pass_session
from feedreader.core.urls import mask_secrets, split_userinfo
from feedreader.model import FeedSettings

if TYPE_CHECKING:
    from feedreader.model import Subscription

SECRET_KEYS = frozenset({"username", "password", "bearer_token"})
_SHOWN_SECRET = "***"  # noqa: S105 - what stands for one
_DAY_S = 86_400
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": _DAY_S, "w": 7 * _DAY_S}


def _choose(*names: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in names:
            raise ValueError(f"must be {', '.join(names[:-1])} or {names[-1]}")
        return text

    return read


def _read_flag(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError("must be true or false")
    return text == "true"


def _read_duration(text: str) -> int:
    number, unit = text.rstrip("smhdw"), text[len(text.rstrip("smhdw")) :]
    if not number.isdecimal() or unit not in _UNITS:
        raise ValueError('must be a time such as "90m", "6h" or "2d"')
    seconds = int(number) * _UNITS[unit]
    if not 60 <= seconds <= 30 * _DAY_S:
        raise ValueError("must be a time from 1m to 30d")
    return seconds


def _read_days(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 36_500:
        raise ValueError("must be a number of days from 1 to 36500")
    return int(text)


def _read_share(text: str) -> float:
    if text == "off":
        return 0.0
    number = text.removesuffix("%")
    if not number.isdecimal() or not text.endswith("%") or not 1 <= int(number) <= 100:
        raise ValueError('must be a share such as "20%", or off')
    return int(number) / 100


def _read_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must be one line of printable text")
    return text


def _read_proxy(text: str) -> str:
    from feedreader.config.kinds import UnfitError
    from feedreader.config.schema import SETTINGS

    kind = SETTINGS["refresh"]["proxy"]
    try:
        return str(kind.read(text))
    except UnfitError:
        raise ValueError(f"must be {kind.allowed}") from None


_KEYS: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "full_text": ("full_text", _choose("auto", "always", "never")),
    "min_interval": ("min_interval_s", _read_duration),
    "keep_days": ("keep_days", _read_days),
    "unread_again": ("unread_again", _read_share),
    "archived": ("is_archived", _read_flag),
    "user_agent": ("user_agent", _read_line),
    "proxy": ("proxy", _read_proxy),
    "verify_tls": ("verify_tls", _read_flag),
    "username": ("username", _read_line),
    "password": ("password", _read_line),
    "bearer_token": ("bearer_token", _read_line),
    "command": ("command", _read_line),
}
"""Key -> field of `FeedSettings`, and what reads its value."""


@click.command("set")
@click.argument("text", metavar="FEED")
@click.argument("assignments", metavar="[KEY=VALUE]...", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print the settings as JSON.")
@pass_session
def set_feed(session: Session, text: str, assignments: tuple[str, ...], as_json: bool) -> None:
    """See and change the settings of one feed.

    Without KEY=VALUE the settings are printed; secrets show as ***. An empty value goes
    back to the general setting. "-" as a value is read from standard input, so that no
    secret stands in the shell's history.

    \b
    Keys:
      url           the address; the entries stay
      full_text     auto, always or never fetch the story from its page
      min_interval  least time between two requests, such as 30m, 6h or 2d
      keep_days     drop read entries after so many days
      unread_again  share of new words, such as 20%, that makes an edited entry unread; or off
      archived      true: it is asked only when you name it; its entries stay
      user_agent    what the server is told
      header.NAME   one more header of the request
      proxy         a proxy for this feed
      verify_tls    false accepts a certificate that cannot be checked
      username, password, bearer_token
                    how to log in
      command       of exec and filter feeds

    \b
    Examples:
      feedreader set 12
      feedreader set lwn full_text=always min_interval=6h
      feedreader set 12 username=ann password=-
      feedreader set 12 header.X-Token=- < token.txt
    """
    with session.open_reader() as reader:
        feed = one_feed(reader, text)
        settings = feed.settings
        url: str | None = None
        for assignment in assignments:
            key, equals, value = assignment.partition("=")
            if not equals:
                raise click.UsageError(f"{key!r} has no value: write {key}=VALUE")
            if value == "-":
                value = sys.stdin.readline().rstrip("\r\n")
            if key == "url":
                url = value
            else:
                settings = _changed(settings, key, value)
        if url is not None:
            url, username, password = split_userinfo(_read_url(feed, url))
            if username or password:
                settings = replace(settings, username=username, password=password)
            reader.change_url(feed.id, url)
        if settings != feed.settings:
            reader.configure(feed.id, settings)
        feed = reader.subscription(feed.id)
    shown = settings_record(feed)
    if as_json:
        session.out.json(shown)
    elif not assignments:
        _print_settings(session, shown)


def settings_record(feed: Subscription) -> dict[str, object]:
    """Return a feed's settings without its secrets."""
    record: dict[str, object] = {"url": mask_secrets(feed.url)}
    for key, (field, _) in _KEYS.items():
        value = getattr(feed.settings, field)
        if key in SECRET_KEYS or key in ("proxy", "command"):
            value = _SHOWN_SECRET if value and key in SECRET_KEYS else mask_secrets(value)
        record[key] = value if value != "" else None
    for name, _ in feed.settings.headers:
        record[f"header.{name}"] = _SHOWN_SECRET
    return record


def _print_settings(session: Session, shown: dict[str, object]) -> None:
    width = max(map(len, shown))
    for key, value in shown.items():
        if value is None:
            written = "(general setting)" if key not in SECRET_KEYS | {"command"} else "(none)"
        elif isinstance(value, bool):
            written = str(value).lower()
        elif key == "min_interval":
            written = f"{value} s"
        elif isinstance(value, float):
            written = f"{value:.0%}" if value else "off"
        else:
            written = str(value)
        style = "dim" if value is None else ""
        session.out.line((key.ljust(width), "key"), "  ", (written, style) if style else written)


def _changed(settings: FeedSettings, key: str, value: str) -> FeedSettings:
    if key.startswith("header.") and len(key) > len("header."):
        name = key.removeprefix("header.")
        if not name.replace("-", "").replace("_", "").isalnum() or not name.isascii():
            raise click.UsageError(f"{name!r} is no name of a header")
        headers = [one for one in settings.headers if one[0].lower() != name.lower()]
        return replace(
            settings, headers=(*headers, (name, _value(key, value, _read_line))) if value else
            tuple(headers),
        )  # fmt: skip
    if key not in _KEYS:
        known = ", ".join(["url", *_KEYS, "header.NAME"])
        raise click.UsageError(f"there is no setting {key!r}; settings are: {known}")
    field, read = _KEYS[key]
    if not value:
        return replace(settings, **{field: getattr(FeedSettings(), field)})
    return replace(settings, **{field: _value(key, value, read)})


def _value(key: str, text: str, read: Callable[[str], Any]) -> Any:
    try:
        return read(text)
    except ValueError as error:
        raise click.UsageError(f"{key} {error}") from None


def _read_url(feed: Subscription, text: str) -> str:
    if feed.kind not in ("http", "filter"):
        raise click.UsageError("only feeds of the web have an address to change")
    from feedreader.core.addresses import read_address

    try:
        return read_address(text)
    except ValueError as error:
        raise click.UsageError(f"url: {error}") from None

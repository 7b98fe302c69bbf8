"""Every key of the configuration file, with the kind of its value."""

from __future__ import annotations

from collections.abc import Mapping

from feedreader.config.kinds import (
    Kind,
    choice,
    command,
    command_names,
    date_format,
    duration,
    flag,
    host,
    hosts,
    hours,
    key_names,
    queries,
    selector,
    share,
    size,
    text,
    web_address,
    whole,
)

SETTINGS: Mapping[str, Mapping[str, Kind]] = {
    "refresh": {
        "interval": duration("10m", "30d", int),
        "max_interval": duration("10m", "30d", int),
        "concurrency": whole(1, 64),
        "host_pause": duration("0s", "60s"),
        "connect_timeout": duration("1s", "5m"),
        "read_timeout": duration("1s", "5m"),
        "total_timeout": duration("1s", "30m"),
        "max_size": size("100kB", "1GiB"),
        "user_agent": text("one line of ASCII text", r"[\x20-\x7e]{0,300}"),
        "proxy": text(
            'an address such as "http://localhost:8118" or "socks5://localhost:9050"',
            r"|(?:https?|socks5h?)://[^\s/]+/?",
            is_secret=True,
        ),
        "http2": flag(),
        "allow_private_hosts": flag(),
        "private_hosts": hosts(),
        "unread_on_first_fetch": whole(0, 100_000),
    },
    "full_text": {"mode": choice("auto", "always", "never")},
    "reading": {"unread_again": share()},
    "retention": {
        "keep_days": whole(1, 36_500, unlimited="forever"),
        "keep_entries": whole(10, 10_000_000, unlimited="all"),
        "keep_versions": whole(0, 1000),
        "keep": queries(),
    },
    "open": {
        "browser": command("url", "title"),
        "player": command("url", "title"),
        "downloader": command("url", "title", "file"),
        "download_folder": text('an absolute folder, or one below "~/"', r"(?:/|~/|~$).*"),
    },
    "ui": {
        "theme": text("the name of a theme", r"[\w-]{1,60}"),
        "layout": choice("auto", "three", "two", "one"),
        "story_width": whole(20, 400),
        "date_format": date_format(),
        "order": choice("newest", "oldest"),
        "show": choice("unread", "all"),
        "mark_read": choice("on_open", "at_end", "by_key"),
        "mouse": flag(),
        "background_refresh": flag(),
        "pictures": choice("ask", "inline"),
        "stories": flag(),
    },
}
"""Section -> key -> what it may hold, apart from the tables below."""

SITE_RULE: Mapping[str, Kind] = {
    "host": host(),
    "content": selector(may_be_empty=False),
    "remove": selector(may_be_empty=True),
    "title": selector(may_be_empty=True),
}
"""Each `[[full_text.site]]`."""

HOOK: Mapping[str, Kind] = {
    "command": command("count", "hook"),
    "webhook": web_address(),
    "notification": flag(),
    "secret": text("one line of text", r".{0,500}", is_secret=True),
    "timeout": duration("1s", "5m"),
    "quiet": hours(),
}
"""Each `[hooks.NAME]`."""

NAMED: Mapping[str, Kind] = {
    "retention.drop": whole(1, 36_500),
    "open.share": command("url", "title"),
    "keys": key_names(),
    "macros": command_names(),
}
"""Tables whose keys are the user's own names."""

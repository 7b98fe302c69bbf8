"""`[hooks.NAME]` of the configuration: what it can say, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedreader.config import HOOK, parse_config
from feedreader.errors import ConfigError
from feedreader.model import Hook

DOCS = Path(__file__).parent.parent / "docs" / "hooks.md"


def hooks(source: str) -> tuple[Hook, ...]:
    return parse_config(source, name="config.toml").hooks


def test_a_hook_is_read_whole() -> None:
    source = """
        [hooks.kitchen]
        webhook = "https://home.example/hook?token=1"
        secret = "env:KITCHEN"
        timeout = "5s"
        quiet = "22:00-7:30"
        [hooks.log]
        command = ["log-stories", "--count={count}", "{hook}"]
        [hooks.notify]
        notification = true
    """
    kitchen, log, notify = hooks(source)
    assert kitchen == Hook(
        "kitchen", webhook="https://home.example/hook?token=1", secret="env:KITCHEN",
        timeout_s=5.0, quiet=(1320, 450),
    )  # fmt: skip
    assert log.command == ("log-stories", "--count={count}", "{hook}")
    assert notify == Hook("notify", notification=True)


def test_nothing_is_added_to_a_command() -> None:
    assert hooks('[hooks.a]\ncommand = "prog --flag"')[0].command == ("prog", "--flag")


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("", "needs one of command, webhook and notification"),
        ("notification = false", "needs one of"),
        ('command = ["a"]\nwebhook = "https://a.example/"', "needs one of"),
        ('command = ["a", "{title}"]', "there is no {title}"),
        ('command = ["sh", "-c", "echo {count}"]', "shell text"),
        ('webhook = "ftp://a.example/"', "allowed: an address"),
        ('webhook = "https://"', "allowed: an address"),
        ('notification = true\nquiet = "22-7"', 'such as "22:00-07:30"'),
        ('notification = true\nquiet = "24:00-07:00"', "hours of the day"),
        ('notification = true\ntimeout = "1h"', "a time from 1s to 5m"),
        ("notification = true\nquite = 1", "did you mean quiet?"),
    ],
)
def test_what_is_no_hook_is_refused_with_a_reason(lines: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        hooks(f"[hooks.mine]\n{lines}")
    assert words in str(caught.value)
    assert "hooks.mine" in str(caught.value)


def test_messages_hold_no_secrets() -> None:
    for line in ('webhook = "https//a.example/s3cret"', 'secret = ["s3cret"]'):
        with pytest.raises(ConfigError) as caught:
            hooks(f"[hooks.mine]\n{line}")
        assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("name", ["a b", "ünï!", "", "a\\nb"])
def test_names_are_plain(name: str) -> None:
    with pytest.raises(ConfigError):
        hooks(f'[hooks."{name}"]\nnotification = true')


def test_each_key_is_documented() -> None:
    text = DOCS.read_text()
    for key in HOOK:
        assert f"| `{key}` |" in text, key

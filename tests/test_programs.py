"""Commands that hold what feeds say: words stay words."""

from __future__ import annotations

import pytest

from feedreader.programs import browser_for, fill


def test_placeholders_are_filled_once() -> None:
    command = ("save", "--title={title}", "{url}", "{file}")
    filled = fill(command, title="{url} and {file}", url="https://a.example/", file="x")
    assert filled == ("save", "--title={url} and {file}", "https://a.example/", "x")


def test_value_cannot_become_an_option() -> None:
    assert fill(("say", "{title}"), title="--help") == ("say", "help")
    assert fill(("say", "--title={title}"), title="--help") == ("say", "--title=--help")


def test_unknown_placeholder_stays_as_it_is() -> None:
    assert fill(("awk", "{print}"), title="t") == ("awk", "{print}")


@pytest.mark.parametrize("url", ["javascript:alert(1)", "file:///etc/passwd", "-x", "", "data:,x"])
def test_only_web_addresses_open(url: str) -> None:
    assert browser_for(url, "t", ("browser", "{url}"), {}) is None


def test_shell_signs_in_an_address_are_one_argument() -> None:
    url = "https://a.example/$(touch%20x);`id`"
    launch = browser_for(url, "t", ("browser", "{url}"), {})
    assert launch is not None
    assert launch.argv[0] == "browser"
    assert len(launch.argv) == 2

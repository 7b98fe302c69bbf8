"""Commands that hold what feeds say: words stay words."""

from __future__ import annotations

import signal
import sys

import pytest

from feedreader.programs import browser_for, fill, run_in_terminal, wait_for_enter


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


def test_a_browser_that_cannot_be_read_is_none() -> None:
    assert browser_for("https://a.example/", "t", (), {"BROWSER": "it's"}) is None


def test_an_interrupt_is_for_the_program_that_has_the_terminal() -> None:
    before = signal.getsignal(signal.SIGINT)
    interrupt = "import os, signal; os.kill(os.getppid(), signal.SIGINT)"
    assert run_in_terminal([sys.executable, "-c", interrupt]) == 0
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize("leaves_by", [EOFError, KeyboardInterrupt])
def test_waiting_for_enter_ends_by_other_keys_too(
    monkeypatch: pytest.MonkeyPatch, leaves_by: type[BaseException]
) -> None:
    def interrupted(words: str) -> str:
        raise leaves_by

    monkeypatch.setattr("builtins.input", interrupted)
    wait_for_enter("[Enter]")

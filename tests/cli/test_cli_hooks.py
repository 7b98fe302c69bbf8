"""`hooks`, and hooks after a refresh, from the command line."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from feedreader.reader import Reader
from runs import Result
from servers import Answer, LoopbackServer

Run = Callable[..., Result]


@pytest.fixture
def configured(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration with a hook that keeps what it is told, and one that fails."""
    config = home / "config.toml"
    keep = f"import sys; open({str(home / 'told')!r}, 'w').write(sys.stdin.read())"
    config.write_text(
        f"""
        [hooks.keep]
        command = {json.dumps([sys.executable, "-c", keep])}
        quiet = "03:00-03:00"
        [hooks.bad]
        command = ["false"]
        [hooks.kitchen]
        webhook = "https://home.example/hook?token=s3cret"
        """
    )
    monkeypatch.setenv("FEEDREADER_CONFIG", str(config))
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(home))
    return home


def test_hooks_are_listed_without_secrets(configured: Path, run: Run) -> None:
    out = run("hooks", "list").out
    assert "s3cret" not in out
    assert "kitchen  webhook       home.example" in out
    assert "notify   notification  the desktop" in out
    records = run("hooks", "list", "--json").records
    assert [one["name"] for one in records] == ["notify", "keep", "bad", "kitchen"]


def test_after_a_refresh_hooks_are_told(configured: Path, seeded: Reader, run: Run) -> None:
    seeded.hooks.put("keep", seeded.entry_ids(""))
    result = run("refresh", "--quiet")
    assert (result.out, result.err) == ("", "")
    assert len(json.loads((configured / "told").read_text())) == 7
    assert run("hooks", "queue").out == ""


def test_cron_hears_nothing_of_a_hook_that_will_be_tried_again(
    configured: Path, seeded: Reader, run: Run
) -> None:
    seeded.hooks.put("bad", seeded.entry_ids("", limit=2))
    result = run("refresh", "--quiet")
    assert (result.out, result.err) == ("", "")
    assert run("hooks", "queue", "--json").record["failures"] == 1
    out = run("hooks", "queue").out
    assert "bad  2 stories" in out
    assert "failed 1×, tried again in" in out
    retried = run("hooks", "retry", "bad")
    assert retried.code == 1
    assert "it will be tried again" in retried.err
    assert run("hooks", "drop", "bad").out == "2 stories dropped\n"


def test_a_hook_can_be_tried(configured: Path, seeded: Reader, run: Run) -> None:
    assert run("hooks", "test", "keep").out == "keep was told.\n"
    failed = run("hooks", "test", "bad")
    assert (failed.code, "failed with code 1" in failed.err) == (1, True)
    for action in ("test", "retry", "drop"):
        result = run("hooks", action, "nobody")
        assert (result.code, result.out) == (1, "")
        assert "no hook 'nobody'" in result.err


def test_what_waits_for_a_hook_that_is_no_more_can_be_dropped(
    configured: Path, seeded: Reader, run: Run
) -> None:
    seeded.hooks.put("removed", seeded.entry_ids("", limit=2))
    assert run("hooks", "retry", "removed").code == 1
    assert run("hooks", "drop", "removed").out == "2 stories dropped\n"


def test_without_a_desktop_it_says_so(configured: Path, seeded: Reader, run: Run) -> None:
    result = run("hooks", "test", "notify")
    assert result.code == 1
    assert "desktop" in result.err


def test_a_wrong_hook_is_an_error_of_the_configuration(
    home: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    (home / "c.toml").write_text("[hooks.a]\n")
    monkeypatch.setenv("FEEDREADER_CONFIG", str(home / "c.toml"))
    result = run("hooks", "list")
    assert result.code == 1
    assert "line 1: hooks.a needs one of" in result.err


def test_what_a_rule_chose_in_a_refresh_is_told_after_it(configured: Path, run: Run) -> None:
    items = "".join(
        f"<item><title>{title}</title><guid>{title}</guid><description>x</description></item>"
        for title in ("A kernel $(id)", "A cake", "Kernel two")
    )
    feed = f"<rss version='2.0'><channel><title>F</title>{items}</channel></rss>".encode()
    with LoopbackServer(answers={"/feed": Answer(body=feed)}) as server:
        assert run("rules", "add", "when intitle:kernel then run:keep").code == 0
        assert run("add", server.url("/feed")).code == 0
        result = run("refresh", "--quiet")
    assert (result.code, result.err) == (0, "")
    told = json.loads((configured / "told").read_text())
    assert sorted(one["title"] for one in told) == ["A kernel $(id)", "Kernel two"]

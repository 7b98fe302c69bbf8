"""The screen in a browser: who is let in, what the page loads, and that it draws."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest

from feedreader.reader import Reader

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture
def served(seeded: Reader) -> Iterator[str]:
    """The address that `feedreader serve` prints, as long as it runs."""
    pytest.importorskip("textual_serve", reason="the extra web (textual-serve) is not installed")
    process = subprocess.Popen(
        [sys.executable, "-m", "feedreader", "serve", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address, process.communicate(timeout=10)[1]
        assert status_of(address) == 200
        yield address
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=15)
        assert (process.returncode, out, err) == (0, "", "Ctrl-C ends it.\n")
    finally:
        process.kill()
        process.wait()


def status_of(address: str, **headers: str) -> int:
    try:
        with urlopen(Request(address, headers=headers), timeout=10) as answer:
            status: int = answer.status
            return status
    except HTTPError as error:
        return error.code


def test_missing_extra_is_named_with_the_way_to_get_it(
    run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feedreader.cli.serving.find_spec", lambda _: None)
    result = run("serve")
    assert result.code == 1
    assert "pip install 'feedreader[web]'" in result.err
    assert "pipx inject feedreader textual-serve" in result.err


def test_address_for_other_computers_needs_to_be_wanted(run) -> None:
    pytest.importorskip("textual_serve")
    result = run("serve", "--host", "0.0.0.0", "--port", "0")
    assert (result.code, result.out) == (2, "")
    assert "--expose" in result.err


def test_exposed_screen_is_served_with_a_warning(run, monkeypatch: pytest.MonkeyPatch) -> None:
    web = pytest.importorskip("feedreader.cli.web")
    calls: list[tuple[Any, ...]] = []
    monkeypatch.setattr(web, "serve_screen", lambda *given: calls.append(given))
    result = run("serve", "--host", "0.0.0.0", "--port", "0", "--expose")
    assert result.code == 0
    assert "other computers" in result.err
    assert urlsplit(result.out).hostname == socket.gethostname().lower()
    assert len(calls) == 1


def test_port_in_use_is_said_in_words(run, served: str) -> None:
    port = urlsplit(served).port
    result = run("serve", "--port", str(port))
    assert result.code == 1
    assert result.err == f"feedreader: cannot serve on 127.0.0.1:{port}: Address already in use\n"


@pytest.mark.parametrize("host", ["a..b", "nowhere.invalid", "203.0.113.1", ""])
def test_address_that_is_not_of_this_computer_is_said_in_words(run, host: str) -> None:
    pytest.importorskip("textual_serve")
    result = run("serve", "--host", host, "--port", "0")
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith(f"feedreader: cannot serve on {host}")
    assert "None" not in result.err


def test_only_the_key_leads_to_the_screen(served: str) -> None:
    page, key = urlsplit(served), urlsplit(served).path.strip("/")
    root = f"http://{page.netloc}"
    assert len(key) >= 20
    assert status_of(served) == 200
    for path in ("/", "/ws", "/x/", f"/{key[:-1]}/", "/x/ws"):
        assert status_of(root + path) == 404, path
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    assert status_of(f"{root}/{key[:-1]}/ws", **upgrade) == 404


def test_page_loads_nothing_remote_and_tells_nobody_its_key(served: str) -> None:
    with urlopen(served, timeout=10) as answer:
        text, headers = answer.read().decode(), answer.headers
    addresses = re.findall(r"""(?<![-\w])(?:src|href|url)\s*[=(]\s*["']([^"']*)""", text)
    assert len(addresses) >= 5
    assert all(not one or one.startswith(("/static/", "data:")) for one in addresses)
    assert re.findall(r"https?://", text) == []
    root = f"http://{urlsplit(served).netloc}"
    for address in addresses:
        if address.startswith("/"):
            assert status_of(root + address) == 200, address
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in headers["Content-Security-Policy"]


class Tab:
    """A page of a headless browser, by the DevTools protocol."""

    def __init__(self, channel: Any) -> None:
        self._channel = channel
        self._number = 0
        self.requested: list[str] = []
        self.received = ""

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        self._number += 1
        await self._channel.send_json({"id": self._number, "method": method, "params": params})
        while True:
            message = await self._next()
            if message.get("id") == self._number:
                return message["result"]

    async def until_received(self, text: str) -> None:
        async with asyncio.timeout(30):
            while text not in self.received:
                await self._next()

    async def _next(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads((await self._channel.receive()).data)
        params = message.get("params", {})
        if message.get("method") == "Network.requestWillBeSent":
            self.requested.append(params["request"]["url"])
        elif message.get("method") == "Network.webSocketFrameReceived":
            frame = params["response"]
            if frame["opcode"] == 2:
                data = base64.b64decode(frame["payloadData"]).decode(errors="replace")
                self.received += re.sub(r"\x1b\[[0-9;?$]*[a-zA-Z]", "", data)
        return message

    async def picture(self) -> bytes:
        return base64.b64decode((await self.call("Page.captureScreenshot"))["data"])


@asynccontextmanager
async def open_tab(profile: Path) -> AsyncIterator[Tab]:
    from aiohttp import ClientSession

    assert CHROMIUM is not None
    browser = await asyncio.create_subprocess_exec(
        CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--window-size=1200,700", "--remote-debugging-port=0", f"--user-data-dir={profile}",
        "about:blank",
        stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert browser.stderr is not None
        async with asyncio.timeout(40):
            line = ""
            while not (found := re.search(r"ws://([\d.:]+)/", line)):
                line = (await browser.stderr.readline()).decode()
                assert line, "the browser did not start"
        drain = asyncio.create_task(browser.stderr.read())
        async with ClientSession() as session:
            async with session.get(f"http://{found[1]}/json/list") as answer:
                (target,) = [one for one in await answer.json() if one["type"] == "page"]
            async with session.ws_connect(
                target["webSocketDebuggerUrl"], max_msg_size=0
            ) as channel:
                tab = Tab(channel)
                for domain in ("Network", "Page", "Runtime"):
                    await tab.call(f"{domain}.enable")
                yield tab
    finally:
        browser.kill()
        await browser.wait()
    await drain


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
async def test_browser_shows_the_reader_and_asks_nobody_else(served: str, tmp_path: Path) -> None:
    async with open_tab(tmp_path / "profile") as tab:
        blank = await tab.picture()
        await tab.call("Page.navigate", url=served)
        await tab.until_received("Kernel 7.1 released")
        shown = b""
        async with asyncio.timeout(20):
            while len(shown) < 5 * len(blank):  # a screen full of letters packs badly
                shown = await tab.picture()
                await asyncio.sleep(0.1)
        origin = f"//{urlsplit(served).netloc}/"
        asked = [address for address in tab.requested if not address.startswith("data:")]
        assert [address for address in asked if origin not in address] == []
        assert any(address.endswith(".ttf") for address in asked)
        await tab.call("Input.dispatchKeyEvent", type="keyDown", text="?", key="?")
        await tab.until_received("Next unread entry")

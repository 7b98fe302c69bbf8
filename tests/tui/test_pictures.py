"""Pictures of a story: asked for one by one, decoded within bounds, drawn over the panes."""

from __future__ import annotations

import io
import struct
import sys
import zlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from feedreader.core.document import Image
from feedreader.core.identity import identify
from feedreader.core.plan import plan_entries
from feedreader.errors import FetchError
from feedreader.model import Entry, Feed, FeedUpdate, PollState
from feedreader.reader import Reader
from feedreader.store import Store
from feedreader.tui.picture_drawing import decode_picture, drawing_widget
from feedreader.tui.pictures import PictureDialog
from seed import NOW, add
from servers import Answer, LoopbackServer

pytest.importorskip("textual_image", reason="the extra `images` is not installed")


def png(width: int = 4, height: int = 4) -> bytes:
    """A red picture; of any announced size, with no more rows than fit a test."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    rows = b"".join(b"\0" + b"\xff\0\0" * min(width, 64) for _ in range(min(height, 64)))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


class TestDecoding:
    def test_pixels_come_out(self) -> None:
        assert decode_picture(png()).pixels.getpixel((1, 1)) == (255, 0, 0, 255)

    def test_a_huge_picture_is_refused_before_it_is_unpacked(self) -> None:
        with pytest.raises(FetchError, match="too large"):
            decode_picture(png(9_000, 9_000))

    @pytest.mark.parametrize(
        "data",
        [b"", b"<html>", b"%!PS-Adobe-3.0 EPSF-3.0\n", png()[:40], png(64, 64)[:-40], b"GIF89a"],
    )
    def test_what_is_no_whole_picture_is_refused_in_words(self, data: bytes) -> None:
        with pytest.raises(FetchError):
            decode_picture(data)


class TestDrawing:
    @pytest.mark.parametrize(
        ("env", "name"),
        [
            ({"TERM": "xterm-kitty"}, "TGPImage"),
            ({"TERM": "foot"}, "SixelImage"),
            ({"TERM_PROGRAM": "WezTerm"}, "SixelImage"),
            ({"TERM": "xterm-kitty", "TMUX": "/tmp/x"}, "HalfcellImage"),
            ({"TERM": "xterm-256color"}, "HalfcellImage"),
            ({}, "HalfcellImage"),
        ],
    )
    def test_the_terminal_decides_how(self, env: dict[str, str], name: str) -> None:
        from textual_image import widget

        assert drawing_widget(env) is getattr(widget, name)

    def test_stdout_is_as_before(self) -> None:
        before = sys.__stdout__
        drawing_widget({})
        assert sys.__stdout__ is before


@pytest.fixture
def entry_of(tmp_path: Path) -> Any:
    """A database with one entry of a feed at an address: (path, entry id)."""

    def make(url: str) -> tuple[Path, int]:
        path = tmp_path / "pictures.db"
        with Store(path) as store:
            with store.transaction():
                feed_id, _ = store.feeds.add(url, now=NOW)
            entries = identify([Entry(guid="1", title="t", content_html="<p>x</p>")])
            plan = plan_entries(entries, store.entries.known(feed_id, entries))
            poll = PollState(checked_at=NOW)
            store.apply([FeedUpdate(feed_id, poll, feed=Feed(), new=plan.new)], NOW)
        with Reader(path) as reader:
            return path, reader.entry_ids()[0]

    return make


class TestFetching:
    def test_a_picture_comes_from_where_the_feed_stands(self, entry_of: Any) -> None:
        with LoopbackServer() as server:
            server.answers["/a.png"] = Answer(body=png(), headers={"Content-Type": "image/png"})
            path, entry_id = entry_of(server.url("/feed"))
            with Reader(path) as reader:
                assert reader.fetch_image(entry_id, server.url("/a.png")) == png()
            assert server.requests[0].headers["accept"].startswith("image/")
            assert "referer" not in server.requests[0].headers
            assert "cookie" not in server.requests[0].headers

    def test_a_feed_elsewhere_leads_to_no_local_picture(self, entry_of: Any) -> None:
        with LoopbackServer() as server:
            server.answers["/a.png"] = Answer(body=png(), headers={"Content-Type": "image/png"})
            path, entry_id = entry_of("https://feeds.example/feed")
            with Reader(path) as reader, pytest.raises(FetchError, match=r"private|local"):
                reader.fetch_image(entry_id, server.url("/a.png"))
            assert server.requests == []

    def test_a_page_in_place_of_a_picture_is_refused(self, entry_of: Any) -> None:
        with LoopbackServer() as server:
            server.answers["/a.png"] = Answer(body=b"<p>", headers={"Content-Type": "text/html"})
            path, entry_id = entry_of(server.url("/feed"))
            with Reader(path) as reader, pytest.raises(FetchError, match="is no picture but text"):
                reader.fetch_image(entry_id, server.url("/a.png"))

    def test_a_picture_beyond_five_megabytes_is_refused(self, entry_of: Any) -> None:
        with LoopbackServer() as server:
            body = b"\x89PNG" + bytes(5 * 1024 * 1024)
            server.answers["/a.png"] = Answer(body=body, headers={"Content-Type": "image/png"})
            path, entry_id = entry_of(server.url("/feed"))
            with Reader(path) as reader, pytest.raises(FetchError, match=r"large|MB|MiB"):
                reader.fetch_image(entry_id, server.url("/a.png"))


IMAGES = (
    Image(1, "https://img.example/a.png", "[red] A field", 3),
    Image(2, "https://img.example/b.png", "A wall", 9),
)


class TestDialog:
    async def test_it_shows_one_picture_and_goes_on_to_the_next(
        self, open_screen: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[str] = []

        def fetch(self: Reader, entry_id: int, url: str) -> bytes:
            asked.append(url)
            return png(40, 40)

        monkeypatch.setattr(Reader, "fetch_image", fetch)
        async with open_screen(size=(80, 24)) as screen:
            dialog = PictureDialog(1, IMAGES, 1)
            screen.app.push_screen(dialog)
            await screen.until(lambda: len(dialog.query("#picture > *")) == 1)
            assert asked == ["https://img.example/b.png"]
            assert "Picture 2 of 2" in screen.text
            assert "A wall · img.example" in screen.text
            reds = [
                segment
                for strip in screen.app.screen._compositor.render_strips()
                for segment in strip
                if segment.style and segment.style.bgcolor and segment.text.strip()
                if segment.style.bgcolor.get_truecolor() == (255, 0, 0)
            ]
            assert reds
            await screen.pilot.press("n")
            await screen.until(lambda: len(asked) == 2)
            await screen.until(lambda: len(dialog.query("#picture > *")) == 1)
            assert "[red] A field" in screen.text
            await screen.pilot.press("escape")
            await screen.until(lambda: screen.app.screen is not dialog)

    async def test_i_begins_with_the_picture_in_sight(
        self, open_screen: Any, database: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[str] = []

        def fetch(self: Reader, entry_id: int, url: str) -> bytes:
            asked.append(url)
            return png()

        monkeypatch.setattr(Reader, "fetch_image", fetch)
        html = "".join(
            f'<p>{"word " * 400}</p><img src="https://img.example/{name}.png" alt="{name}">'
            for name in "ab"
        )
        entry = Entry(
            guid="1", title="With pictures", link="https://x.example/1",
            published=NOW - timedelta(minutes=1), content_html=html,
        )  # fmt: skip
        with Store(database) as store:
            add(store, "https://x.example/feed", (), Feed(title="X"), (entry,))
        async with open_screen(size=(80, 24)) as screen:
            await screen.press("enter", "i")
            await screen.until(lambda: asked == ["https://img.example/a.png"])
            await screen.press("escape", "G", "i")
            await screen.until(lambda: asked[1:] == ["https://img.example/b.png"])
            await screen.press("q", "J", "i")
            assert "no pictures in this story" in screen.status

    async def test_what_cannot_be_shown_is_told_in_words(
        self, open_screen: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fetch(self: Reader, entry_id: int, url: str) -> bytes:
            return b"no picture"

        monkeypatch.setattr(Reader, "fetch_image", fetch)
        answers: list[str | None] = []
        async with open_screen(size=(80, 24)) as screen:
            screen.app.push_screen(PictureDialog(1, IMAGES), answers.append)
            await screen.until(lambda: "no picture that can be drawn" in screen.text)
            await screen.pilot.press("o")
            await screen.until(lambda: answers == ["https://img.example/a.png"])

    async def test_without_the_extra_nothing_is_fetched_and_it_is_named(
        self, open_screen: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[str] = []
        monkeypatch.setattr(Reader, "fetch_image", lambda *args: asked.append("x"))
        monkeypatch.setattr("feedreader.tui.pictures.can_show_pictures", lambda: False)
        async with open_screen(size=(80, 24)) as screen:
            screen.app.push_screen(PictureDialog(1, IMAGES))
            await screen.until(lambda: "pip install 'feedreader[images]'" in screen.text)
            assert asked == []


def test_png_of_the_tests_is_one() -> None:
    from PIL import Image as Decoder

    assert Decoder.open(io.BytesIO(png())).size == (4, 4)

"""Pictures between the lines of a story: asked for, fetched when near, drawn in text cells."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from rich.cells import cell_len
from textual.geometry import Offset
from textual.selection import Selection

from feedreader.core.document import Line, Span, Style
from feedreader.core.render import render
from feedreader.errors import FetchError
from feedreader.model import Entry, Feed
from feedreader.reader import Reader
from feedreader.store import Store
from feedreader.tui.picture_drawing import HalfBlocks, Picture, Placeholders, decode_picture
from feedreader.tui.picture_rooms import RoomyPage, Shown, caption_rows, make_rooms, moved
from feedreader.tui.story_lines import StoryPage, make_page
from seed import NOW, add

pytest.importorskip("textual_image", reason="the extra `images` is not installed")

PARAGRAPH = f"<p>{'word ' * 60}</p>"


def encoded(
    width: int, height: int, colour: tuple[int, ...] = (255, 0, 0), kind: str = "PNG"
) -> bytes:
    from PIL import Image

    kept = io.BytesIO()
    Image.new("RGBA" if len(colour) == 4 else "RGB", (width, height), colour).save(kept, kind)
    return kept.getvalue()


def page_of(html: str, width: int = 40) -> StoryPage:
    return make_page(width, [Line((Span("Title"),)), Line()], render(html, width=width))


class TestDecoding:
    def test_the_size_is_the_one_sent_though_fewer_pixels_are_kept(self) -> None:
        picture = decode_picture(encoded(900, 300), most_pixels=100)
        assert picture.pixels.size == (100, 33)
        assert (picture.width, picture.height) == (900, 297)

    def test_a_picture_that_was_turned_has_the_size_it_is_seen_in(self) -> None:
        from PIL import Image

        turned, kept = Image.Exif(), io.BytesIO()
        turned[0x0112] = 6
        Image.new("RGB", (800, 200)).save(kept, "JPEG", exif=turned)
        picture = decode_picture(kept.getvalue())
        assert (picture.width, picture.height) == (200, 800)

    @pytest.mark.parametrize(
        ("size", "room", "cells"),
        [
            ((1200, 500), (40, 20), (40, 8)),
            ((400, 400), (80, 10), (20, 10)),
            ((40, 40), (80, 20), (4, 2)),
            ((5, 5), (80, 20), (1, 1)),
            ((1, 30_000), (80, 14), (1, 14)),
            ((30_000, 1), (80, 14), (80, 1)),
            ((90_000, 90_000), (9_000, 9_000), (250, 125)),
        ],
    )
    def test_it_keeps_its_proportions_within_the_room_and_never_grows(
        self, size: tuple[int, int], room: tuple[int, int], cells: tuple[int, int]
    ) -> None:
        pixels = decode_picture(encoded(4, 4)).pixels
        assert Picture(pixels, *size).fit(*room) == cells


class TestDrawing:
    def test_half_blocks_have_two_pixels_to_a_cell(self) -> None:
        from PIL import Image

        pixels = Image.new("RGBA", (3, 4), (255, 0, 0, 255))
        pixels.paste((0, 0, 255, 255), (0, 1, 3, 2))
        drawn = HalfBlocks(Picture(pixels, 3, 4), 3, 2, (0, 0, 0))
        (segment,) = drawn.draw_row(0)
        assert segment.text == "▀▀▀"
        assert segment.style is not None
        assert segment.style.color is not None
        assert segment.style.bgcolor is not None
        assert segment.style.color.triplet == (255, 0, 0)
        assert segment.style.bgcolor.triplet == (0, 0, 255)

    def test_what_is_clear_has_the_ground_of_the_page(self) -> None:
        picture = decode_picture(encoded(20, 20, (255, 0, 0, 0)))
        (segment,) = HalfBlocks(picture, 2, 1, (10, 20, 30)).draw_row(0)
        assert segment.style is not None
        assert segment.style.bgcolor is not None
        assert segment.style.bgcolor.triplet == (10, 20, 30)

    def test_kittys_cells_are_text_and_its_pixels_go_the_way_they_are_told(
        self, capfd: pytest.CaptureFixture[str]
    ) -> None:
        sent: list[str] = []
        drawn = Placeholders(decode_picture(encoded(60, 40)), 6, 2, sent.append)
        for row in range(2):
            strip = drawn.draw_row(row)
            text = "".join(segment.text for segment in strip)
            assert strip.cell_length == cell_len(text) == 6
            assert text.count("\U0010eeee") == 6
            assert "\n" not in text
        (words,) = sent
        assert words.startswith("\x1b_G")
        assert words.endswith("\x1b\\")
        assert "c=6,r=2,U=1" in words
        assert "d=I" in drawn.forget()
        sys.__stdout__.flush()  # type: ignore[union-attr]
        assert "\x1b_G" not in capfd.readouterr().out


class TestRooms:
    def test_a_picture_stands_above_its_caption_with_its_links_and_letters_kept(self) -> None:
        page = page_of(f'{PARAGRAPH}<img src="https://x.example/a.png" alt="A">{PARAGRAPH}')
        (caption,) = caption_rows(page)
        assert page.lines[caption].text.startswith("[image: A]")
        roomy = make_rooms(page, (caption,), {0: Shown(10, 3)}).page
        assert [len(roomy.lines), *(one.text for one in roomy.lines[caption : caption + 3])] == [
            len(page.lines) + 3, *[" " * 10] * 3,
        ]  # fmt: skip
        assert roomy.lines[roomy.images[0].line].text.startswith("[image: A]")
        assert roomy.letters[-1] == page.letters[-1]
        assert roomy.share_at(caption + 3) == page.share_at(caption)

    def test_in_the_midst_of_words_a_line_stays_blank_above_it(self) -> None:
        page = page_of(f'<p>{"word " * 40}<img src="https://x.example/a.png" alt="A"> on</p>')
        (caption,) = caption_rows(page)
        roomy = make_rooms(page, (caption,), {0: Shown(10, 3)})
        assert roomy.page.lines[caption].text == ""
        assert "[image" in roomy.page.lines[caption + 4].text
        assert [(one.gap, one.height) for one in roomy.rooms] == [(1, 4)]

    def test_two_of_one_line_have_a_blank_line_between_them(self) -> None:
        page = page_of('<p><img src="https://x.example/a.png"><img src="https://x.example/b.png">')
        captions = caption_rows(page)
        assert captions[0] == captions[1]
        roomy = make_rooms(page, captions, {0: Shown(10, 2), 1: Shown(8, 3)})
        assert [(one.row, one.gap, one.height) for one in roomy.rooms] == [
            (captions[0], 0, 2), (captions[0] + 2, 1, 4),
        ]  # fmt: skip
        assert "[image" in roomy.page.lines[captions[0] + 6].text

    def test_in_a_quote_its_bars_go_on_beside_it(self) -> None:
        page = page_of(
            '<blockquote><p>words</p><img src="https://x.example/a.png" alt="A"></blockquote>'
        )
        roomy = make_rooms(page, caption_rows(page), {0: Shown(10, 2)}).page
        assert [one.text.rstrip() for one in roomy.lines].count("│") >= 2

    def test_a_bullet_stands_at_the_caption_alone(self) -> None:
        page = page_of('<ul><li>one<li><img src="https://x.example/a.png" alt="A"></ul>')
        roomy = make_rooms(page, caption_rows(page), {0: Shown(10, 2)}).page
        assert sum(line.text.startswith("•") for line in roomy.lines) == 2

    def test_a_table_is_not_broken_in_two(self) -> None:
        page = page_of(
            f"{PARAGRAPH}<table><tr><th>a<th>b</tr><tr><td>x<td>y</tr><tr><td>"
            '<img src="https://x.example/a.png" alt="A"><td>b</table><p>end</p>'
        )
        (caption,) = caption_rows(page)
        assert page.lines[caption].text.startswith("a")

    def test_a_linked_picture_whose_caption_is_long_stands_above_all_of_it(self) -> None:
        page = page_of(
            f'<p>words</p><a href="https://x.example/page"><img src="https://x.example/a.png"'
            f' alt="{"long words " * 12}"></a>'
        )
        (caption,) = caption_rows(page)
        assert page.lines[caption].text.startswith("[image: long")

    def test_one_picture_shown_twice_has_two_captions(self) -> None:
        image = '<img src="https://x.example/a.png" alt="A">'
        page = page_of(f"{image}{PARAGRAPH}<img src='https://x.example/b.png'>{PARAGRAPH}{image}")
        rows = caption_rows(page)
        assert len(set(rows)) == 3
        assert all("[image" in page.lines[row].text for row in rows)

    def test_code_and_headings_move_with_their_lines(self) -> None:
        page = page_of(
            '<img src="https://x.example/a.png" alt="A"><h2>Heading</h2><pre>code\nmore</pre>'
        )
        roomy = make_rooms(page, caption_rows(page), {0: Shown(10, 5)}).page
        assert roomy.lines[roomy.headings[0].line].text == "Heading"
        block = roomy.code_blocks[0]
        assert [line.text.strip() for line in roomy.lines[block.start : block.end]] == [
            "code", "more",
        ]  # fmt: skip

    def test_every_line_is_found_again_when_pictures_come_and_go(self) -> None:
        image = '<p>one</p><img src="https://x.example/{}.png" alt="{}">'
        page = page_of("".join(image.format(name, name) for name in "abcd"))
        captions = caption_rows(page)
        states = [
            {}, {1: Shown(words=(Span("loading", Style.TAG),))}, {1: Shown(8, 6)},
            {0: Shown(8, 3), 1: Shown(8, 6), 3: Shown(9, 2)}, {3: Shown(9, 2)},
        ]  # fmt: skip
        before = RoomyPage(page)
        for shown in states:
            after = make_rooms(page, captions, shown)
            to_row = moved(before, after)
            for row, line in enumerate(before.page.lines):
                now = to_row(row)
                assert 0 <= now < len(after.page.lines)
                if before.room_at(row) is None:
                    assert after.page.lines[now] == line
                elif (room := after.room_at(now)) is not None:
                    assert room.image == before.room_at(row).image  # type: ignore[union-attr]
            assert after.count_lines(len(after.page.lines)) == len(page.lines)
            before = after

    def test_alternative_text_that_looks_like_captions_harms_nothing(self) -> None:
        alt = "[image: x] [image [image: y] " * 20
        page = page_of(f'<img src="https://x.example/a.png" alt="{alt}">' * 30)
        rows = caption_rows(page)
        assert make_rooms(page, rows, {n: Shown(3, 2) for n in range(len(rows))}).page.lines

    def test_ten_thousand_pictures_are_placed_in_a_moment(self) -> None:
        import time

        html = "".join(f'<p><img src="https://x.example/{n}.png">' for n in range(10_000))
        page = page_of(html)
        began = time.process_time()
        rows = caption_rows(page)
        make_rooms(page, rows, {n: Shown(20, 9) for n in range(40)})
        assert len(rows) == 10_000
        assert time.process_time() - began < 3


HTML = (
    PARAGRAPH
    + '<img src="https://img.example/a.png" alt="First">'
    + PARAGRAPH * 2
    + '<img src="https://img.example/b.png" alt="Second">'
    + f'<p>A <a href="https://x.example/away">way out</a> and needle.</p>{PARAGRAPH * 3}'
    + '<img src="https://img.example/c.png" alt="Third">'
)

Open = Callable[..., AbstractAsyncContextManager[Any]]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses of pictures that were fetched; each is a red one."""
    urls: list[str] = []

    def fetch(self: Reader, entry_id: int, url: str) -> bytes:
        urls.append(url.rpartition("/")[2])
        return encoded(600, 300)

    monkeypatch.setattr(Reader, "fetch_image", fetch)
    return urls


@pytest.fixture
def open_story(open_screen: Open, database: Path) -> Open:
    """Open the reader with one story with pictures above all others."""
    with Store(database) as store:
        entries = (
            Entry(guid="1", title="With pictures", link="https://x.example/1",
                  published=NOW - timedelta(minutes=1), content_html=HTML),
            Entry(guid="2", title="Next", published=NOW - timedelta(minutes=2),
                  content_html='<img src="https://img.example/next.png" alt="N">'),
        )  # fmt: skip
        add(store, "https://x.example/feed", (), Feed(title="X"), entries)
    return open_screen


def red_rows(screen: Any) -> list[int]:
    """The rows of the screen that have cells of the red picture."""
    strips = screen.app.screen._compositor.render_strips()
    return [
        row
        for row, strip in enumerate(strips)
        if any(
            "▀" in segment.text
            and segment.style is not None
            and segment.style.color is not None
            and segment.style.color.triplet == (255, 0, 0)
            for segment in strip
        )
    ]


def top_line(screen: Any) -> str:
    view = screen.main.story
    return str(view.page_shown.lines[view.top].text)


class TestReading:
    async def test_nothing_is_fetched_before_the_user_asks_and_then_what_is_near(
        self, open_story: Open, asked: list[str], snapshot: Callable[[str, str], None]
    ) -> None:
        async with open_story(size=(80, 48)) as screen:
            await screen.press("enter")
            assert asked == []
            await screen.press("I")
            await screen.until(lambda: len(asked) == 2)
            await screen.until(lambda: bool(red_rows(screen)))
            assert asked == ["a.png", "b.png"]
            snapshot("pictures-80x48", screen.text)
            await screen.press("I")
            assert red_rows(screen) == []
            await screen.press("I")
            assert red_rows(screen)
            assert asked == ["a.png", "b.png"]

    async def test_a_picture_is_no_higher_than_its_share_of_the_pane(
        self, open_story: Open, asked: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Reader, "fetch_image", lambda *_: encoded(900, 3000))
        async with open_story(size=(80, 48)) as screen:
            await screen.press("enter", "I")
            view = screen.main.story
            await screen.until(lambda: view.pictures.room_at(view.images[0].line - 1) is not None)
            room = view.pictures.room_at(view.images[0].line - 1)
            await screen.until(lambda: view.pictures.room_at(view.images[0].line - 1).columns > 0)
            room = view.pictures.room_at(view.images[0].line - 1)
            height = view.scrollable_content_region.height
            assert room.height - room.gap == int(height * 0.6)

    async def test_the_first_line_in_sight_stays_when_a_picture_comes_above_it(
        self, open_story: Open, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        may_come = Event()

        def fetch(self: Reader, entry_id: int, url: str) -> bytes:
            may_come.wait(20)
            return encoded(600, 300)

        monkeypatch.setattr(Reader, "fetch_image", fetch)
        async with open_story(size=(80, 48)) as screen:
            await screen.press("enter", "I")
            view = screen.main.story
            assert "Loading the picture from img.example" in "\n".join(
                line.text for line in view.page_shown.lines
            )
            view.move_by(view.images[0].line + 2)
            before, top, share = top_line(screen), view.top, view.share
            assert before.startswith("word")
            may_come.set()
            await screen.until(lambda: view.top > top)
            await screen.until(lambda: bool(view.pictures.room_at(view.images[0].line - 1)))
            assert top_line(screen) == before
            assert view.share == share
            await screen.press("I")
            assert top_line(screen) == before
            assert view.share == share

    async def test_the_picture_at_the_top_stays_there_in_another_width(
        self, open_story: Open, asked: list[str]
    ) -> None:
        async with open_story(size=(80, 48)) as screen:
            await screen.press("enter", "I")
            await screen.until(lambda: bool(red_rows(screen)))
            view = screen.main.story
            room = view.pictures.room_at(view.images[0].line - 1)
            view.move_by(room.row + 2 - view.top)
            await screen.rest()
            await screen.pilot.resize_terminal(60, 20)
            await screen.rest()
            assert view.pictures.room_at(view.top).image == 0
            assert red_rows(screen)

    async def test_words_links_and_progress_are_those_of_the_text(
        self, open_story: Open, asked: list[str]
    ) -> None:
        async with open_story(size=(80, 48)) as screen:
            await screen.press("enter", "I")
            await screen.until(lambda: asked[:2] == ["a.png", "b.png"])
            await screen.press("/", *"needle", "enter")
            assert "needle" in screen.text
            assert "1 of 1" in screen.text
            await screen.press("escape", "F")
            view = screen.main.story
            hinted = [
                view.page_shown.lines[target.row].text for target in view.modes._hints.values()
            ]
            assert any("way out" in text for text in hinted)
            await screen.press("escape", "G")
            await screen.until(lambda: asked == ["a.png", "b.png", "c.png"])
            await screen.press("G")
            assert view.progress == 1.0
            assert screen.main.story.is_at_end

    async def test_letters_on_links_stay_when_a_picture_comes(
        self, open_story: Open, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        may_come = Event()

        def fetch(self: Reader, entry_id: int, url: str) -> bytes:
            may_come.wait(20)
            return encoded(200, 60)

        monkeypatch.setattr(Reader, "fetch_image", fetch)
        async with open_story(size=(80, 48)) as screen:
            view = screen.main.story
            await screen.press("enter", "I")
            view.move_by(view.images[1].line - 6)
            await screen.rest()
            await screen.press("F")
            labels = set(view.modes._hints)
            lines = len(view.page_shown.lines)
            assert labels
            may_come.set()
            await screen.until(lambda: len(view.page_shown.lines) > lines + 3)
            assert set(view.modes._hints) == labels
            for target in view.modes._hints.values():
                assert any(
                    span.link == target.link for span in view.page_shown.lines[target.row].spans
                )

    async def test_what_was_selected_is_no_longer_when_the_lines_move(
        self, open_story: Open, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        may_come = Event()

        def fetch(self: Reader, entry_id: int, url: str) -> bytes:
            may_come.wait(20)
            return encoded(600, 300)

        monkeypatch.setattr(Reader, "fetch_image", fetch)
        async with open_story(size=(80, 48)) as screen:
            await screen.press("enter", "I")
            view = screen.main.story
            selection = Selection(Offset(2, view.images[0].line + 2), None)
            screen.app.screen.selections = {view: selection}
            await screen.rest()
            assert view.text_selection is not None
            may_come.set()
            await screen.until(lambda: bool(red_rows(screen)))
            assert view.text_selection is None

    async def test_another_story_is_without_pictures_and_the_place_is_kept(
        self, open_story: Open, asked: list[str]
    ) -> None:
        async with open_story(size=(80, 48)) as screen:
            await screen.press("enter", "I")
            await screen.until(lambda: asked[:2] == ["a.png", "b.png"])
            view = screen.main.story
            await screen.until(lambda: len(view.pictures._found) == 2)
            view.move_by(view.images[0].line + 2)
            await screen.rest()
            before = top_line(screen)
            assert before.startswith("word")
            await screen.press("J")
            assert view.entry.summary.title == "Next"
            await screen.press("K")
            assert top_line(screen) == before
            assert "next.png" not in asked

    async def test_a_click_on_a_picture_leads_where_its_caption_leads(
        self, open_story: Open, asked: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with open_story(size=(80, 48)) as screen:
            await screen.press("enter", "I")
            await screen.until(lambda: bool(red_rows(screen)))
            opened: list[str] = []
            monkeypatch.setattr(screen.main, "open_url", lambda url, *_: opened.append(url))
            await screen.pilot.click(offset=(8, red_rows(screen)[0]))
            await screen.rest()
            assert opened == ["https://img.example/a.png"]

    async def test_in_kitty_the_pixels_are_sent_once_and_dropped_with_the_story(
        self, open_story: Open, asked: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("COLORTERM", "truecolor")
        async with open_story(size=(80, 48), env={"TERM": "xterm-kitty"}) as screen:
            sent: list[str] = []
            monkeypatch.setattr(screen.app._driver, "write", sent.append)
            await screen.press("enter", "I")
            await screen.until(lambda: "\U0010eeee" in screen.text)
            await screen.press("j", "j", "k")
            begun = [words for words in sent if ",U=1" in words]
            assert len(begun) == len(set(begun)) <= 2
            assert not any("a=d" in words for words in sent)
            await screen.press("J")
            assert sum("a=d,d=I" in words for words in sent) == len(begun) > 0

    async def test_in_other_colours_what_is_clear_is_clear_again(
        self, open_story: Open, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Reader, "fetch_image", lambda *_: encoded(200, 60, (0, 0, 0, 0)))

        def grounds() -> set[Any]:
            return {
                segment.style.bgcolor.triplet
                for strip in screen.app.screen._compositor.render_strips()
                for segment in strip
                if "▀▀▀" in segment.text
            }

        async with open_story(size=(80, 48)) as screen:
            await screen.press("enter", "I")
            await screen.until(lambda: bool(grounds()))
            dark = screen.main.story.ground
            assert grounds() == {dark}
            screen.app.theme = "feedreader-light"
            await screen.rest()
            assert screen.main.story.ground != dark
            assert grounds() == {screen.main.story.ground}

    async def test_without_colours_kitty_gets_half_blocks(
        self, open_story: Open, asked: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("COLORTERM", "truecolor")
        async with open_story(size=(80, 48), env={"TERM": "xterm-kitty"}) as screen:
            screen.app.no_color = True
            await screen.press("enter", "I")
            await screen.until(lambda: "▀▀▀" in screen.text)
            assert "\U0010eeee" not in screen.text

    async def test_colours_of_code_stay_when_a_picture_comes(
        self, open_screen: Open, database: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        may_come = Event()

        def fetch(self: Reader, entry_id: int, url: str) -> bytes:
            may_come.wait(20)
            return encoded(600, 300)

        monkeypatch.setattr(Reader, "fetch_image", fetch)
        html = (
            '<p>one</p><img src="https://img.example/a.png" alt="A"><p>two</p>'
            '<pre><code class="language-python">def f(x):\n    return "x"\n</code></pre>'
        )
        entry = Entry(guid="1", title="Code", published=NOW, content_html=html)
        with Store(database) as store:
            add(store, "https://x.example/feed", (), Feed(title="X"), (entry,))
        async with open_screen(size=(80, 48)) as screen:
            await screen.press("enter", "I")
            view = screen.main.story
            before = {view.page_shown.lines[row].text: view._colours[row] for row in view._colours}
            assert before
            may_come.set()
            await screen.until(lambda: "▀▀▀" in screen.text)
            await screen.rest()
            assert before == {
                view.page_shown.lines[row].text: view._colours[row] for row in view._colours
            }


class TestSetUp:
    async def test_inline_fetches_for_the_story_that_is_opened_not_for_the_one_in_sight(
        self, open_story: Open, asked: list[str]
    ) -> None:
        async with open_story(size=(120, 40), pictures="inline") as screen:
            assert screen.main.story.entry is not None
            assert asked == []
            await screen.press("enter")
            await screen.until(lambda: bool(asked) and bool(red_rows(screen)))
            assert asked[0] == "a.png"
            await screen.press("I")
            assert red_rows(screen) == []
            await screen.press("space")
            assert red_rows(screen) == []

    async def test_reading_on_opens_what_was_only_in_sight(
        self, open_story: Open, asked: list[str]
    ) -> None:
        async with open_story(size=(120, 40), pictures="inline") as screen:
            await screen.press("space")
            await screen.until(lambda: "a.png" in asked)

    async def test_without_the_extra_it_is_named_and_nothing_is_fetched(
        self, open_story: Open, asked: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("feedreader.tui.picture_actions.can_show_pictures", lambda: False)
        async with open_story(size=(120, 24), pictures="inline") as screen:
            await screen.press("enter", "I")
            assert "pip install 'feedreader[images]'" in screen.status
            assert asked == []

    async def test_a_story_without_pictures_says_so(
        self, open_screen: Open, asked: list[str]
    ) -> None:
        async with open_screen(size=(80, 48)) as screen:
            await screen.press("enter", "I")
            assert "no pictures in this story" in screen.status

    async def test_in_the_list_the_key_still_imports(self, open_story: Open) -> None:
        async with open_story(size=(80, 48)) as screen:
            await screen.press("I")
            assert "Import a list of feeds" in screen.text


class TestHostilePictures:
    @pytest.mark.parametrize(
        ("data", "words"),
        [
            (b"<html>", "no picture that can be drawn"),
            (encoded(64, 64)[:60], "damaged"),
            (encoded(1, 1), "no more than 1 × 1 pixels"),
        ],
    )
    async def test_the_caption_stays_with_the_reason_above_it(
        self, open_story: Open, monkeypatch: pytest.MonkeyPatch, data: bytes, words: str
    ) -> None:
        monkeypatch.setattr(Reader, "fetch_image", lambda *_: data)
        async with open_story(size=(80, 48)) as screen:
            await screen.press("enter", "I")
            await screen.until(lambda: words in screen.text)
            assert "[image: First]" in screen.text
            assert "Loading" not in screen.text

    async def test_a_host_that_is_not_there_is_told_without_the_address(
        self, open_story: Open, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fetch(self: Reader, entry_id: int, url: str) -> bytes:
            raise FetchError(f"cannot fetch {url}: there is no host named img.example")

        monkeypatch.setattr(Reader, "fetch_image", fetch)
        async with open_story(size=(80, 48)) as screen:
            await screen.press("enter", "I")
            await screen.until(
                lambda: "! Not shown: there is no host named img.example" in screen.text
            )

    async def test_what_a_server_says_is_no_sequence_for_the_terminal(
        self, open_story: Open, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fetch(*_: object) -> bytes:
            raise FetchError("HTTP 500 \x1b]0;title\x07[bold]x")

        monkeypatch.setattr(Reader, "fetch_image", fetch)
        async with open_story(size=(80, 48)) as screen:
            await screen.press("enter", "I")
            await screen.until(lambda: "HTTP 500" in screen.text)
            assert "\x1b" not in screen.text
            assert "[bold]x" in screen.text

    async def test_no_more_than_so_many_are_fetched_for_one_story(
        self, open_story: Open, asked: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("feedreader.tui.story_pictures._MOST_PICTURES", 1)
        async with open_story(size=(80, 48)) as screen:
            await screen.press("enter", "I")
            await screen.until(lambda: len(screen.main.story.pictures._found) >= 2)
            assert asked == ["a.png"]
            await screen.press("G")
            assert "Not shown: there are more than 1 pictures" in "\n".join(
                line.text for line in screen.main.story.page_shown.lines
            )

    async def test_a_slow_host_holds_up_no_other_story(
        self, open_story: Open, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        may_come = Event()
        fetched: list[str] = []

        def fetch(self: Reader, entry_id: int, url: str) -> bytes:
            if not url.endswith("next.png"):
                may_come.wait(20)
            fetched.append(url)
            return encoded(600, 300)

        monkeypatch.setattr(Reader, "fetch_image", fetch)
        async with open_story(size=(80, 48)) as screen:
            await screen.press("enter", "I", "J", "I")
            await screen.until(lambda: bool(red_rows(screen)))
            assert fetched == ["https://img.example/next.png"]
            may_come.set()

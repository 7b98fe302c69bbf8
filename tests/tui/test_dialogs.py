"""Dialogs as a user walks through them, on a real database and the demonstration site."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.widgets import Input

from conftest import OpenScreen, Screen
from feedreader.config import Config, OpenSettings
from feedreader.core.advice import advise
from feedreader.demo import DemoSite
from feedreader.model import Enclosure, PollState
from feedreader.reader import Reader, utc_now
from feedreader.store import Store
from feedreader.store.lock import RefreshLock
from feedreader.tui.app import ReaderApp, run_app
from feedreader.tui.commands import COMMANDS
from feedreader.tui.dialogs.edit_feed import EditFeedDialog
from feedreader.tui.dialogs.fields import Choice, Field, complete_path
from feedreader.tui.dialogs.lists import ImportDialog
from feedreader.tui.dialogs.rows import Row, RowList
from feedreader.tui.dialogs.start import sample_feeds
from feedreader.tui.dialogs.subscribe import SubscribeDialog
from feedreader.tui.dialogs.values import (
    read_folders,
    read_interval,
    write_folders,
    write_interval,
)
from feedreader.tui.downloads import Downloads, file_name, free_path
from feedreader.tui.keymap import Keymap
from feedreader.tui.main_screen import MainScreen
from feedreader.tui.playing import player_for
from seed import NOW
from servers import LoopbackServer, silence


@pytest.fixture(scope="module")
def site() -> Iterator[DemoSite]:
    with DemoSite() as served:
        yield served


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """A new database without feeds."""
    path = tmp_path / "empty.db"
    Reader(path).close()
    return path


async def paste(screen: Screen, text: str) -> None:
    """Put text where the focus is, in place of what stands there."""
    focused = screen.app.screen.focused
    assert isinstance(focused, Input)
    focused.value = ""
    focused.post_message(events.Paste(text))
    await screen.pilot.pause()


def rows(screen: Screen) -> list[Row]:
    return list(screen.app.screen.query_one(RowList).rows)


def is_open(screen: Screen, kind: type[object]) -> bool:
    return isinstance(screen.app.screen, kind)


async def go_to_feed(screen: Screen, title: str) -> None:
    screen.main.focus_pane("tree")
    node = next(one for one in screen.main.feeds.nodes if one.label == title)
    screen.main.feeds.select(node.key)
    await screen.rest()


# --- follow a feed ---


async def test_site_with_several_feeds_leads_to_a_choice_a_look_and_the_first_entries(
    open_screen: OpenScreen, site: DemoSite
) -> None:
    async with open_screen() as screen:
        await screen.press("a")
        await paste(screen, f"{site.url}/")
        await screen.press("enter")
        await screen.until(lambda: "Which shall it be?" in screen.text)
        assert "The Slow Kitchen" in screen.text
        (number,) = (row.lead for row in rows(screen) if row.text == "The Slow Kitchen")
        await screen.press(number)
        await screen.until(lambda: "follow it" in screen.text)
        assert "Sourdough, one year on" in screen.text
        assert "RDF (RSS 1.0), 4 entries" in screen.text
        await paste(screen, "Food/Bread")
        await screen.press("tab")
        await paste(screen, "Kitchen again")
        await screen.press("tab")
        await paste(screen, "slow, bread")
        await screen.press("tab", "right", "enter")
        await screen.until(lambda: is_open(screen, MainScreen))
        url = f"{site.url}/kitchen/feed.xml"
        await screen.until(
            lambda: screen.ask(lambda reader: reader.find_subscriptions(url)[0].entry_count > 0)
        )
        (feed,) = screen.ask(lambda reader: reader.find_subscriptions(url))
        assert feed.title == "Kitchen again"
        assert feed.folders == (("Food", "Bread"),)
        assert set(feed.tags) == {"slow", "bread"}
        assert feed.settings.full_text == "always"
        await screen.until(lambda: not screen.main.refresher.is_running)
        await screen.press("U")
        await screen.until(
            lambda: screen.ask(lambda r: all(one.url != url for one in r.subscriptions()))
        )


async def test_address_that_is_none_or_followed_already_is_told_in_place(
    open_screen: OpenScreen,
) -> None:
    async with open_screen() as screen:
        known = screen.ask(lambda reader: reader.subscriptions()[0])
        await screen.press("a", "enter")
        assert "An address is needed" in screen.text
        await paste(screen, "mailto:ann@example.org")
        await screen.press("enter")
        assert "it is a mail address" in screen.text
        await paste(screen, known.url)
        await screen.press("enter")
        assert f"followed already, as “{known.title}”" in screen.text
        await screen.press("escape")
        assert is_open(screen, MainScreen)


async def test_site_that_does_not_answer_is_explained_and_can_be_followed_all_the_same(
    open_screen: OpenScreen, site: DemoSite
) -> None:
    async with open_screen(size=(80, 24)) as screen:
        await screen.press("a")
        await paste(screen, f"{site.url}/nothing-here")
        await screen.press("enter")
        await screen.until(lambda: "(404)" in screen.text)
        assert "The address may have changed" in screen.text
        await screen.press("ctrl+f")
        assert "It could not be looked at" in screen.text
        await screen.press("enter")
        await screen.until(lambda: is_open(screen, MainScreen))
        url = f"{site.url}/nothing-here"
        assert (
            screen.ask(lambda reader: [one.url for one in reader.subscriptions()].count(url)) == 1
        )


async def test_escape_leaves_a_look_under_way_and_nothing_comes_of_it(
    open_screen: OpenScreen,
) -> None:
    with LoopbackServer(default=silence) as server:
        async with open_screen() as screen:
            before = screen.ask(lambda reader: len(reader.subscriptions()))
            await screen.press("a")
            await paste(screen, server.url())
            await screen.press("enter")
            assert "Looking for feeds at 127.0.0.1" in screen.text
            await screen.press("escape")
            assert is_open(screen, MainScreen)
            await screen.pilot.pause(0.5)
            assert is_open(screen, MainScreen)
            assert screen.ask(lambda reader: len(reader.subscriptions())) == before


def test_preview_stores_nothing(empty: Path, site: DemoSite) -> None:
    with Reader(empty) as reader:
        parsed = reader.preview(f"{site.url}/kitchen/feed.xml")
        assert parsed.feed.title == "The Slow Kitchen"
        assert parsed.entries
        assert reader.subscriptions() == ()
        assert reader.count("") == 0


# --- change a feed ---


async def test_form_changes_a_feed_and_undo_puts_all_of_it_back(open_screen: OpenScreen) -> None:
    async with open_screen(size=(80, 24)) as screen:
        before = screen.ask(lambda reader: reader.find_subscriptions("The Slow Kitchen")[0])
        await go_to_feed(screen, "The Slow Kitchen")
        await screen.press("e")
        await paste(screen, "Slow food")
        dialog = screen.app.screen
        assert isinstance(dialog, EditFeedDialog)
        dialog.query_one("#folders", Field).text = "Home, News/Abroad"
        dialog.query_one("#tags", Field).text = "cooking"
        dialog.query_one("#interval", Field).text = "6h"
        dialog.query_one("#keep-days", Field).text = "30"
        dialog.query_one("#unread-again", Field).text = "20%"
        dialog.query_one("#password", Field).text = "secret words"
        dialog.query_one("#full-text", Choice).value = "never"
        await screen.pilot.pause()
        assert "secret words" not in screen.text
        await screen.press("enter")
        await screen.until(lambda: is_open(screen, MainScreen))
        after = screen.ask(lambda reader: reader.subscription(before.id))
        assert after.title == "Slow food"
        assert after.folders == (("Home",), ("News", "Abroad"))
        assert after.tags == ("cooking",)
        assert after.settings.min_interval_s == 6 * 3600
        assert after.settings.keep_days == 30
        assert after.settings.unread_again == 0.2
        assert after.settings.password == "secret words"
        assert after.settings.full_text == "never"
        await screen.press("U")
        back = screen.ask(lambda reader: reader.subscription(before.id))
        assert replace(back, poll=before.poll) == before


async def test_form_tells_what_is_wrong_with_its_fields_and_keeps_the_feed(
    open_screen: OpenScreen,
) -> None:
    async with open_screen() as screen:
        before = screen.ask(lambda reader: reader.find_subscriptions("Rain Check")[0])
        other = screen.ask(lambda reader: reader.find_subscriptions("Morning Digest")[0])
        await go_to_feed(screen, "Rain Check")
        await screen.press("e")
        for field, text, words in (
            ("interval", "soon", "must be a time from 10m to 30d"),
            ("keep-days", "many", "whole number from 1 to 36500"),
            ("unread-again", "half", 'share such as "20%"'),
            ("address", "javascript:alert(1)", "it is a script"),
            ("address", other.url, "Another feed has this address"),
            ("user-agent", "ä", "plain ASCII"),
        ):
            line = screen.app.screen.query_one(f"#{field}", Field)
            right, line.text = line.text, text
            await screen.pilot.press("enter")
            await screen.pilot.pause()
            assert words in screen.text
            assert is_open(screen, EditFeedDialog)
            line.text = right
        assert screen.ask(lambda reader: reader.subscription(before.id)) == before


async def test_form_removes_a_feed_and_undo_brings_it_back(open_screen: OpenScreen) -> None:
    async with open_screen() as screen:
        await go_to_feed(screen, "Rain Check")
        await screen.press("e", "ctrl+t")
        assert screen.ask(lambda r: "Rain Check" not in [one.title for one in r.subscriptions()])
        await screen.press("U")
        assert screen.ask(lambda r: "Rain Check" in [one.title for one in r.subscriptions()])


async def test_title_that_looks_like_markup_is_shown_as_it_is(
    open_screen: OpenScreen, database: Path
) -> None:
    title = "[/oops] [b]bold[/] [@click=app.bell]x[/]"
    with Reader(database) as reader:
        reader.rename(reader.find_subscriptions("Rain Check")[0].id, title)
    async with open_screen() as screen:
        await go_to_feed(screen, title)
        await screen.press("e")
        assert title in screen.text
        await screen.press("escape", "m")
        assert f"Move “{title}”" in screen.text


# --- folders and tags ---


async def test_typing_finds_a_folder_and_enter_moves_the_feed_there(
    open_screen: OpenScreen,
) -> None:
    async with open_screen() as screen:
        await go_to_feed(screen, "Rain Check")
        await screen.press("m")
        await screen.press(*"abroad")
        assert rows(screen)[0].value == ("News", "Abroad")
        await screen.press("enter")
        (feed,) = screen.ask(lambda reader: reader.find_subscriptions("Rain Check"))
        assert feed.folders == (("News", "Abroad"),)
        await screen.press("U")
        (feed,) = screen.ask(lambda reader: reader.find_subscriptions("Rain Check"))
        assert feed.folders == (("Science", "Listening"),)


async def test_tab_marks_several_folders_and_a_new_one_is_made(open_screen: OpenScreen) -> None:
    async with open_screen() as screen:
        await go_to_feed(screen, "Rain Check")
        await screen.press("m")
        await paste(screen, "Audio/Weather")
        await screen.press("tab", "enter")
        (feed,) = screen.ask(lambda reader: reader.find_subscriptions("Rain Check"))
        assert set(feed.folders) == {("Science", "Listening"), ("Audio", "Weather")}


async def test_tags_are_given_taken_and_undone(open_screen: OpenScreen) -> None:
    async with open_screen() as screen:
        entry_id = screen.main.entries.entry_id

        def tags() -> Any:
            return screen.ask(lambda reader: set(reader.entry(entry_id).summary.tags))

        await screen.press("t")
        await paste(screen, "to quote")
        await screen.press("enter")
        assert tags() == {"to quote"}
        await screen.press("t")
        # Each Tab leaves an empty line for the next tag.
        await screen.press(*"asia", "tab", *"quote", "tab", "enter")
        assert tags() == {"asia"}
        await screen.press("U")
        assert tags() == {"to quote"}


# --- lists in and out ---


async def test_import_tells_what_was_added_known_and_skipped_and_why(
    open_screen: OpenScreen, tmp_path: Path
) -> None:
    path = tmp_path / "list.opml"
    async with open_screen(size=(80, 24)) as screen:
        known = screen.ask(lambda reader: reader.subscriptions()[0])
        path.write_text(
            '<opml version="2.0"><body>'
            '<outline text="New" xmlUrl="https://new.example/feed"/>'
            f'<outline text="Known" xmlUrl="{known.url}"/>'
            '<outline text="Bad" xmlUrl="javascript:alert(1)"/></body></opml>',
            encoding="utf-8",
        )
        await screen.press("I")
        await paste(screen, str(path))
        await screen.press("enter")
        await screen.until(lambda: "1 feed added" in screen.text)
        assert "1 followed already" in screen.text
        assert "1 skipped" in screen.text
        assert "it is a script" in screen.text
        assert "https://new.example/feed" in screen.text
        await screen.press("escape")
        assert "New" in [node.label for node in screen.main.feeds.nodes]


async def test_import_completes_a_path_and_tells_of_one_that_is_none(
    open_screen: OpenScreen, tmp_path: Path
) -> None:
    (tmp_path / "subscriptions.opml").write_text("<opml/>", encoding="utf-8")
    async with open_screen() as screen:
        await screen.press("I")
        await paste(screen, f"{tmp_path}/subs")
        line = screen.app.screen.focused
        assert isinstance(line, Input)
        await screen.until(lambda: bool(line._suggestion))
        await screen.press("right")
        assert line.value == f"{tmp_path}/subscriptions.opml"
        await paste(screen, f"{tmp_path}/missing.opml")
        await screen.press("enter")
        wrong = next(line for line in screen.lines() if "There is no such file" in line)
        other = next(line for line in screen.lines() if "as the list says" in line)
        assert wrong.index("There") == other.index("as the list says")


async def test_file_that_is_no_list_is_refused_in_words(
    open_screen: OpenScreen, tmp_path: Path
) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    async with open_screen() as screen:
        before = screen.ask(lambda reader: len(reader.subscriptions()))
        await screen.press("I")
        await paste(screen, str(path))
        await screen.press("enter")
        error = screen.app.screen.query_one(".dialog--error")
        await screen.until(lambda: error.display)
        assert screen.ask(lambda reader: len(reader.subscriptions())) == before


async def test_export_writes_a_list_and_asks_before_it_writes_over_one(
    open_screen: OpenScreen, tmp_path: Path
) -> None:
    path = tmp_path / "out.opml"
    async with open_screen() as screen:
        await screen.press("X")
        await paste(screen, str(path))
        await screen.press("enter")
        await screen.until(path.exists)
        assert b"The Slow Kitchen" in path.read_bytes()
        assert path.stat().st_mode & 0o077 == 0
        path.write_text("mine")
        await screen.press("X")
        await paste(screen, str(path))
        await screen.press("enter")
        assert "There is such a file" in screen.text
        await screen.press("escape")
        assert path.read_text() == "mine"
        await screen.press("enter", "enter")
        await screen.until(lambda: path.read_bytes().startswith(b"<?xml"))


async def test_story_is_saved_as_markdown_or_as_a_page(
    open_screen: OpenScreen, tmp_path: Path
) -> None:
    async with open_screen() as screen:
        for name, begin in (("story.md", "# NATO Plans"), ("story.html", "<!doctype html>")):
            await screen.press("S")
            await paste(screen, str(tmp_path / name))
            await screen.press("enter")
            assert (tmp_path / name).read_text("utf-8").startswith(begin)


# --- help ---


async def test_help_holds_every_command_of_the_registry(open_screen: OpenScreen) -> None:
    async with open_screen() as screen:
        await screen.press("?")
        shown = {row.value.name: row for row in rows(screen) if not row.is_heading}
        assert set(shown) >= {command.name for command in COMMANDS}
        keymap: Keymap = screen.app.keymap
        for command in COMMANDS:
            assert shown[command.name].lead == "  ".join(keymap.keys(command))
            assert shown[command.name].text == command.help


async def test_typing_in_help_finds_a_command_and_enter_does_it(open_screen: OpenScreen) -> None:
    async with open_screen() as screen:
        await screen.press("?")
        await screen.press(*"later")
        assert "Read later, or no longer" in screen.text
        assert "Half a page down" not in screen.text
        await screen.press("enter")
        assert is_open(screen, MainScreen)
        assert screen.ask(lambda reader: reader.count("is:later")) == 1


async def test_help_says_when_nothing_is_called_so(open_screen: OpenScreen) -> None:
    async with open_screen(size=(80, 24)) as screen:
        await screen.press("?", *"zzz")
        assert "No command is called so" in screen.text
        await screen.press("enter")
        await screen.press("escape")
        assert is_open(screen, MainScreen)


# --- links and enclosures ---


def _go_to(screen: Screen, query: str) -> None:
    entry_id = screen.ask(lambda reader: reader.entry_ids(query)[0])
    screen.main.entries.move_to_place(screen.main.entries.listing.keys.ids.index(entry_id))


async def test_links_show_the_true_host_and_a_number_opens_one(
    open_screen: OpenScreen, tmp_path: Path
) -> None:
    log = tmp_path / "opened"
    config = _config(browser=_writes(log, "{url}"))
    async with open_screen(config=config) as screen:
        _go_to(screen, '"sleeper comes back"')
        await screen.rest()
        links = screen.main.story.links
        assert links
        await screen.press("u")
        numbers = [str(link.number) for link in links]
        assert [row.lead for row in rows(screen)] == [*numbers, "0"], "0 is the story's own page"
        assert "demo.example" in screen.text
        await screen.press(*str(links[-1].number), "enter")
        await screen.until(log.exists)
        await screen.until(lambda: log.read_text() == links[-1].url)


def _writes(path: Path, *words: str) -> tuple[str, ...]:
    """Return a command that writes its words into a file at once, and prints much."""
    script = (
        "import sys,os;print('noise');print('noise',file=sys.stderr);"
        "t=sys.argv[1]+'.t';open(t,'w').write(' '.join(sys.argv[2:]));os.rename(t,sys.argv[1])"
    )
    return (sys.executable, "-c", script, str(path), *words)


def _config(**options: Any) -> Config:
    return replace(Config(), open=replace(OpenSettings(), **options))


async def _open_enclosures(screen: Screen) -> None:
    _go_to(screen, "feed:rain")
    await screen.rest()
    await screen.press("E")


async def test_enclosure_is_played_by_the_configured_program(
    open_screen: OpenScreen, tmp_path: Path
) -> None:
    log = tmp_path / "played"
    async with open_screen(config=_config(player=_writes(log, "{url}"))) as screen:
        await _open_enclosures(screen)
        assert "audio/mpeg" in screen.text
        assert "demo.example" in screen.text
        await screen.press("enter")
        await screen.until(log.exists)
        assert log.read_text().endswith(".mp3")


async def test_download_writes_a_whole_file_beside_one_of_that_name(
    open_screen: OpenScreen, tmp_path: Path
) -> None:
    script = "import sys;open(sys.argv[1],'wb').write(b'sound' * 100)"
    config = _config(
        downloader=(sys.executable, "-c", script, "{file}"), download_folder=str(tmp_path / "in")
    )
    async with open_screen(config=config) as screen:
        for number in (1, 2):
            await _open_enclosures(screen)
            await screen.press("d")
            await screen.until(
                lambda number=number: len(list((tmp_path / "in").glob("*.mp3"))) == number
            )
        assert {file.read_bytes() for file in (tmp_path / "in").iterdir()} == {b"sound" * 100}
        await screen.until(lambda: "Downloaded to" in screen.main.status.message)
        await screen.press("g", "D")
        assert [row.lead for row in rows(screen)] == ["✓", "✓"]


async def test_download_that_fails_says_why_and_leaves_nothing(
    open_screen: OpenScreen, tmp_path: Path
) -> None:
    script = (
        "import sys;open(sys.argv[1],'wb').write(b'half');"
        "sys.exit('curl: (22) \x1b[31mno such file')"
    )
    config = _config(
        downloader=(sys.executable, "-c", script, "{file}"), download_folder=str(tmp_path / "in")
    )
    async with open_screen(config=config) as screen:
        await _open_enclosures(screen)
        await screen.press("d")
        await screen.until(lambda: "Not downloaded: " in screen.main.status.message)
        assert "no such file" in screen.main.status.message
        assert "\x1b" not in screen.main.status.message
        assert screen.main.status.message.endswith(" – Episode 14: Clouds with edges")
        assert list((tmp_path / "in").iterdir()) == []


async def test_quitting_asks_about_downloads_and_then_stops_them(
    open_screen: OpenScreen, tmp_path: Path
) -> None:
    script = "import sys,time;open(sys.argv[1],'wb').write(b'half');time.sleep(60)"
    config = _config(
        downloader=(sys.executable, "-c", script, "{file}"), download_folder=str(tmp_path / "in")
    )
    async with open_screen(config=config) as screen:
        await _open_enclosures(screen)
        await screen.press("d")
        await screen.until(lambda: bool(list((tmp_path / "in").glob("*.part"))))
        await screen.press("Q")
        assert "A download is under way" in screen.text
        (download,) = screen.main.downloads.running
        await screen.pilot.press("enter")
        assert download.process is not None
        assert download.process.wait(timeout=5) != 0
    assert list((tmp_path / "in").iterdir()) == []


async def test_share_command_on_a_key_runs_beside_the_screen(
    open_screen: OpenScreen, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "shared"
    config = _config(share=(("notes", _writes(log, "{title}", "{url}")),))
    async with open_screen(config=config, keys=[("share.notes", ("g n",))]) as screen:
        await screen.press("g", "n")
        await screen.until(log.exists)
        assert log.read_text().startswith("NATO Plans a Liaison Office in Japan https://")
        assert "Handed to notes." in screen.status
    assert "noise" not in "".join(capfd.readouterr())


async def test_share_command_that_cannot_be_run_is_told(open_screen: OpenScreen) -> None:
    config = _config(share=(("notes", ("/no/such/program", "{url}")),))
    async with open_screen(config=config, keys=[("share.notes", ("g n",))]) as screen:
        await screen.press("g", "n")
        assert "✗ /no/such/program cannot be run: No such file or directory" in screen.status


@pytest.mark.parametrize(
    ("url", "type_", "title", "name"),
    [
        ("https://a.example/x/talk.mp3?token=1", "", "../../etc/passwd", "etc passwd.mp3"),
        ("https://a.example/listen", "audio/mpeg", "A talk: one/two", "A talk one two.mp3"),
        ("https://a.example/x.%2e%2e%2f", "", "", "enclosure"),
        ("https://a.example/a.ogg", "audio/mpeg", "\x1b[31m\u202eevil", "[31mevil.ogg"),
    ],
)
def test_download_is_named_by_its_title_and_stays_in_its_folder(
    url: str, type_: str, title: str, name: str
) -> None:
    assert file_name(Enclosure(url, type_), title) == name


def test_download_never_takes_the_place_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "talk.mp3").touch()
    assert free_path(tmp_path, "talk.mp3", {tmp_path / "talk (2).mp3"}) == (
        tmp_path / "talk (3).mp3"
    )


def test_address_that_is_not_of_the_web_is_not_downloaded(tmp_path: Path) -> None:
    downloads = Downloads((sys.executable, "-c", ""), tmp_path, lambda _: None)
    for url in ("file:///etc/passwd", "javascript:alert(1)", "-o /etc/passwd", "mailto:a@b.c"):
        with pytest.raises(ValueError, match="not of the web"):
            downloads.start(Enclosure(url), "title")


def test_mpv_keeps_the_place_and_addresses_never_become_options(tmp_path: Path) -> None:
    mpv = tmp_path / "mpv"
    mpv.touch(mode=0o755)
    url = "https://a.example/talk.mp3"
    in_terminal = player_for(url, "Talk", (), {"PATH": str(tmp_path)})
    assert in_terminal is not None
    assert in_terminal.keeps_position
    assert in_terminal.launch.needs_terminal
    assert in_terminal.launch.argv[-2:] == ("--", url)
    in_window = player_for(url, "Talk", (), {"PATH": str(tmp_path), "DISPLAY": ":0"})
    assert in_window is not None
    assert not in_window.launch.needs_terminal
    assert player_for("--script=evil", "Talk", (), {"PATH": str(tmp_path)}) is None


# --- what is typed ---


def test_what_is_shown_in_a_form_reads_back_as_the_same() -> None:
    folders = (("News", "AC/DC"), ("Rock, Pop",), ("Plain",))
    assert read_folders(write_folders(folders)) == folders
    for seconds in (600, 5400, 21_600, 90_000, 2_592_000):
        assert read_interval(write_interval(seconds)) == seconds
    assert read_interval("") is None
    assert read_folders(" , / ,") == ()


def test_path_is_completed_as_far_as_it_is_known(tmp_path: Path) -> None:
    (tmp_path / "lists").mkdir()
    (tmp_path / ".hidden").touch()
    assert complete_path(f"{tmp_path}/l") == f"{tmp_path}/lists/"
    assert complete_path(f"{tmp_path}/") == f"{tmp_path}/lists/"
    assert complete_path(f"{tmp_path}/.h") == f"{tmp_path}/.hidden"
    assert complete_path(f"{tmp_path}/zzz") is None
    assert complete_path("") is None
    assert complete_path("nowhere\0/x") is None


# --- trouble ---


def _fail(database: Path, title: str, error: str, status: int | None = None) -> int:
    with Store(database) as store, store.transaction():
        feed = next(one for one in store.feeds.subscriptions() if one.title == title)
        store.feeds.save_poll(
            feed.id,
            PollState(
                checked_at=NOW,
                succeeded_at=NOW - timedelta(days=3),
                next_check_at=NOW + timedelta(hours=3),
                next_check_reason="it failed 4 times in a row",
                failures=4,
                status=status,
                error=error,
            ),
        )
    return feed.id


@pytest.mark.parametrize(
    ("reason", "status", "words"),
    [
        ("the server asks for a password (401)", 401, "user name and a password"),
        ("cannot fetch x: there is nothing at this address (404)", None, "look for its feed"),
        ("the server has an internal error (500)", 500, "server's own fault"),
        ("the server's certificate is self-signed", None, "verify_tls"),
        ("the proxy cannot be reached", None, "proxy's address"),
        ("the trusted authorities in /x.pem cannot be read", None, "SSL_CERT_FILE"),
        ("a.example leads to 10.0.0.7 in the local network, which …", None, "private_hosts"),
        ("the network of the server cannot be reached", None, "is connected"),
        ("there is no host named a.example", None, "how the address is spelt"),
        ("the address that it redirects to for now is gone (410)", 410, "look for its feed"),
        ("some other reason", None, "asked again by itself"),
    ],
)
def test_advice_follows_from_the_reason(reason: str, status: int | None, words: str) -> None:
    assert words in advise(reason, status)


# --- the refresh ---


async def test_refresh_is_shown_feed_by_feed(
    open_screen: OpenScreen, empty: Path, site: DemoSite
) -> None:
    with Reader(empty) as reader:
        reader.subscribe(f"{site.url}/kitchen/feed.xml")
        reader.subscribe(f"{site.url}/nothing.xml")
    async with open_screen(path=empty) as screen:
        await screen.press("g", "r")
        assert "Nothing has been refreshed" in screen.text
        await screen.press("escape", "R", "g", "r")
        await screen.until(lambda: "2 of 2 feeds" in screen.text and "done" in screen.text)
        assert [row.lead for row in rows(screen)] == ["✗", "+"]
        assert "(404)" in screen.text
        assert "1 failed" in screen.text


async def test_feeds_that_are_being_asked_are_told_from_those_whose_turn_will_come(
    open_screen: OpenScreen, empty: Path
) -> None:
    with LoopbackServer(default=silence) as server, Reader(empty) as reader:
        for name in ("one", "two"):  # one host: one after the other
            reader.subscribe(server.url(f"/{name}"), title=name.title())
        async with open_screen(path=empty, clock=utc_now) as screen:
            await screen.press("g", "r")
            screen.main.action_feed_refresh_all()
            await screen.until(lambda: [row.lead for row in rows(screen)] == ["→", "…"])
            assert [(row.text, row.note) for row in rows(screen)] == [
                ("One", "being asked …"), ("Two", "waits for its turn"),
            ]  # fmt: skip
            assert "0 of 2 feeds" in screen.text
            await screen.press("x")
            await screen.until(lambda: not screen.main.refresher.is_running)
            await screen.until(lambda: "stopped" in screen.text)
            assert {row.note for row in rows(screen)} == {"not asked: it was stopped"}


async def test_a_refresh_that_could_not_begin_says_why(
    open_screen: OpenScreen, empty: Path
) -> None:
    with Reader(empty) as reader:
        reader.subscribe("https://quiet.example/feed", title="Quiet")
    lock = RefreshLock(empty).acquire()
    try:
        async with open_screen(path=empty) as screen:
            await screen.press("r")
            await screen.until(lambda: not screen.main.refresher.is_running)
            await screen.press("g", "r")
            assert "another refresh of this database is running" in screen.text
            assert [row.note for row in rows(screen)] == ["not asked"]
    finally:
        lock.release()


# --- large changes ---


async def test_marking_a_thousand_entries_read_is_asked_about(
    open_screen: OpenScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feedreader.tui.dialog_actions._ASK_FROM", 39)
    async with open_screen() as screen:
        await screen.press("A")
        assert "Mark 39 entries read?" in screen.text
        await screen.press("escape")
        assert screen.ask(lambda reader: reader.count("is:unread")) == 40
        await screen.press("A", "enter")
        assert screen.ask(lambda reader: reader.count("is:unread")) == 0
        await screen.press("U")
        assert screen.ask(lambda reader: reader.count("is:unread")) == 40


# --- the first run ---


async def test_first_run_offers_four_ways_and_escape_leads_to_the_panes(
    open_screen: OpenScreen, empty: Path
) -> None:
    async with open_screen(path=empty, size=(80, 24)) as screen:
        for words in ("Add a feed", "Import your list", "sample feeds", "Look around first"):
            assert words in screen.text
        await screen.press("escape")
        assert is_open(screen, MainScreen)
        await screen.press("a", "escape")
        assert is_open(screen, MainScreen)


async def test_first_run_takes_the_sample_feeds(
    open_screen: OpenScreen, empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def start(_: object, feed_ids: object, **options: object) -> bool:
        asked.append(feed_ids)
        return True

    monkeypatch.setattr("feedreader.tui.refreshing.Refresher.start", start)
    async with open_screen(path=empty) as screen:
        await screen.press("s")
        with Reader(empty) as reader:
            titles = [one.title for one in reader.subscriptions()]
        assert "LWN.net" in titles
        assert asked == [None]
        assert "LWN.net" in screen.text


async def test_first_run_goes_to_the_demonstration_when_asked(
    open_screen: OpenScreen, empty: Path
) -> None:
    async with open_screen(path=empty) as screen:
        await screen.pilot.press("d")
        await screen.pilot.pause()
        assert screen.app.return_value == "demo"


async def test_first_run_adds_by_address_and_imports(open_screen: OpenScreen, empty: Path) -> None:
    async with open_screen(path=empty) as screen:
        await screen.press("a")
        assert is_open(screen, SubscribeDialog)
    async with open_screen(path=empty) as screen:
        await screen.press("i")
        assert is_open(screen, ImportDialog)


def test_demonstration_is_read_from_its_own_site_and_leads_back_to_the_start(
    empty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[tuple[Path, int]] = []

    def run(app: ReaderApp, **options: object) -> str | None:
        shown.append((app.reader.path, len(app.reader.subscriptions())))
        app.reader.close()
        return "demo" if len(shown) == 1 else None

    monkeypatch.setattr(ReaderApp, "run", run)
    run_app(lambda: Reader(empty), Config(), state_file=tmp_path / "screen.json")
    own, demo, own_again = shown
    assert own == own_again == (empty, 0)
    assert demo[1] == 9
    assert not demo[0].exists()


def test_sample_list_of_a_checkout_is_the_one_of_the_project() -> None:
    top = Path(__file__).parents[2] / "feeds.opml"
    assert sample_feeds() == top.read_bytes()


# --- every dialog ---


@pytest.mark.parametrize("size", [(80, 24), (40, 12)])
async def test_every_dialog_fits_the_terminal_shows_its_way_out_and_takes_it(
    open_screen: OpenScreen, database: Path, size: tuple[int, int]
) -> None:
    _fail(database, "Rain Check", "the server refuses us (403)", 403)
    async with open_screen(size=size) as screen:
        _go_to(screen, "feed:rain")
        await screen.rest()
        for keys in ("a", "e", "t", "I", "X", "S", "?", "!", "u", "E", "gr", "gD"):
            await screen.pilot.press(*keys)
            await screen.pilot.pause()
            assert not is_open(screen, MainScreen), keys
            box = screen.app.screen.query_one(".dialog--box").region
            assert box.width <= size[0], keys
            assert box.height <= size[1], keys
            assert "esc close" in screen.text, keys
            await screen.pilot.press("escape")
            assert is_open(screen, MainScreen), keys


async def test_clicking_a_key_of_the_last_line_does_what_the_key_does(
    open_screen: OpenScreen,
) -> None:
    async with open_screen() as screen:
        await screen.press("?")
        bar = screen.app.screen.query_one(".dialog--hints").region
        line = screen.lines()[bar.y]
        at = line.index("esc")
        await screen.pilot.click(offset=(at + 1, bar.y))
        await screen.rest()
        assert is_open(screen, MainScreen)


# --- help ---


async def test_what_commands_do_is_told_whole_where_there_is_room(
    open_screen: OpenScreen,
) -> None:
    async with open_screen(size=(100, 60)) as screen:
        await screen.press("?")
        assert "Show or hide the pictures in the text" in screen.text
        assert "…" not in "".join(line for line in screen.lines() if "(list, story)" in line)


# --- choices ---


async def test_choices_that_do_not_fit_beside_their_name_stand_below_it(
    open_screen: OpenScreen,
) -> None:
    async with open_screen(size=(40, 24)) as screen:
        await screen.press("I")
        shown = screen.text
        assert "○ take: they run at each refresh " in shown
        assert "● leave out" in shown
        choice = screen.app.screen.query_one(Choice)
        assert choice.size.height == 3
        await screen.pilot.click(Choice, offset=(4, 2))
        assert choice.value == "yes"
        await screen.pilot.click(Choice, offset=(4, 1))
        assert choice.value == "no"
        await screen.press("escape", "X")
        assert "● leave out" in screen.text
        assert "○ write too" in screen.text


async def test_choices_that_fit_stand_in_one_line(open_screen: OpenScreen) -> None:
    async with open_screen(size=(80, 24)) as screen:
        await screen.press("X")
        assert "Passwords          ● leave out   ○ write too " in screen.text
        await screen.pilot.click(Choice, offset=(40, 0))
        assert screen.app.screen.query_one(Choice).value == "yes"

"""The feed doctor on the screen, as a user walks through it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from conftest import OpenScreen, Screen, Snapshot
from feedreader.demo import DemoSite
from feedreader.model import PollState
from feedreader.reader import Reader
from feedreader.store import Store
from feedreader.tui.dialogs.dialog import Confirm
from feedreader.tui.dialogs.doctor import DoctorDialog
from feedreader.tui.dialogs.edit_feed import EditFeedDialog
from feedreader.tui.main_screen import MainScreen
from seed import NOW
from servers import Answer, LoopbackServer


def set_poll(path: Path, title: str, **fields: object) -> int:
    poll = PollState(
        checked_at=NOW, succeeded_at=NOW - timedelta(days=3), next_check_at=NOW + timedelta(hours=9)
    )
    with Store(path) as store, store.transaction():
        feed = next(one for one in store.feeds.subscriptions() if one.title == title)
        store.feeds.save_poll(feed.id, replace(poll, **fields))  # type: ignore[arg-type]
    return feed.id


def fail(path: Path, title: str, error: str, status: int | None = None) -> int:
    return set_poll(path, title, failures=4, error=error, status=status)


def dialog(screen: Screen) -> DoctorDialog:
    shown = screen.app.screen
    assert isinstance(shown, DoctorDialog)
    return shown


def names(screen: Screen) -> list[str]:
    """The lines of the list: headings, and the titles of feeds."""
    return [
        one.heading or one.checkup.health.subscription.title  # type: ignore[union-attr]
        for one in dialog(screen).list.lines
    ]


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    path = tmp_path / "empty.db"
    Reader(path).close()
    return path


@pytest.fixture
def mover(empty: Path) -> Iterator[LoopbackServer]:
    """A server with a feed that moved for good, and is followed at its former address."""
    item = "<item><guid>urn:1</guid><title>One</title></item>"
    body = f"<rss version='2.0'><channel><title>Mover</title>{item}</channel></rss>".encode()
    with LoopbackServer(answers={"/old": Answer(body=body)}) as server:
        with Reader(empty, clock=lambda: NOW) as reader:
            feed, _ = reader.subscribe(server.url("/old"))
            list(reader.refresh(pages=False))
            server.answers["/old"] = Answer(301, headers={"Location": "/new"})
            server.answers["/new"] = Answer(body=body)
            list(reader.refresh([feed.id], force=True, pages=False))
        yield server


@pytest.mark.parametrize("keys", [("!",), ("g", "h")], ids=["!", "g h"])
async def test_failing_feeds_come_first_with_reason_and_what_to_do(
    open_screen: OpenScreen, database: Path, keys: tuple[str, ...]
) -> None:
    fail(database, "Morning Digest", "the server refuses us (403)", 403)
    fail(database, "Rain Check", "[b]the server's certificate has expired[/oops]")
    async with open_screen(size=(80, 24)) as screen:
        await screen.press(*keys)
        assert names(screen)[:3] == ["Not answering  2", "Morning Digest", "Rain Check"]
        assert "failed 4 times in a row; the last good answer was 3 days ago" in screen.text
        assert "another user agent" in screen.text
        await screen.press("j")
        assert "[b]the server's certificate has expired[/oops]" in screen.text
        await screen.press("e")
        assert isinstance(screen.app.screen, EditFeedDialog)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)], ids=lambda size: f"{size[0]}")
async def test_doctor_looks_as_it_did(
    open_screen: OpenScreen, database: Path, snapshot: Snapshot, size: tuple[int, int]
) -> None:
    fail(database, "Morning Digest", "there is nothing at this address (404)", 404)
    set_poll(database, "Rain Check", status=410, failures=3, gone_at=NOW, error="gone (410)")
    async with open_screen(size=size) as screen:
        await screen.press("!", "j")
        snapshot(f"doctor-{size[0]}x{size[1]}", screen.text)


async def test_sound_feeds_are_shown_with_their_activity(
    open_screen: OpenScreen, database: Path
) -> None:
    set_poll(database, "Rain Check")  # posts weekly, was asked every two hours
    async with open_screen() as screen:
        await screen.press("!")
        assert "all is well" in screen.text
        assert "entries in 26 weeks" in screen.text


async def test_what_helps_is_done_by_y_and_taken_back_by_u(
    open_screen: OpenScreen, database: Path
) -> None:
    feed_id = set_poll(database, "Rain Check", status=410, failures=3, gone_at=NOW, error="(410)")
    before = None
    async with open_screen(size=(80, 24)) as screen:
        before = screen.ask(lambda reader: reader.subscription(feed_id))
        await screen.press("!")
        assert names(screen)[:2] == ["Not answering  1", "Rain Check"]
        await screen.press("y")
        assert "“Rain Check” is archived · U takes it back" in screen.text
        assert screen.ask(lambda reader: reader.subscription(feed_id).settings.is_archived)
        assert "Archived  1" in names(screen)
        assert all(not node.trouble for node in screen.main.feeds.nodes)
        await screen.press("U")
        assert names(screen)[:2] == ["Not answering  1", "Rain Check"]
        assert screen.ask(lambda reader: reader.subscription(feed_id)) == before


async def test_step_can_be_taken_back_after_the_doctor_has_gone(
    open_screen: OpenScreen, database: Path
) -> None:
    feed_id = set_poll(database, "Rain Check", status=410, failures=3, gone_at=NOW, error="(410)")
    async with open_screen() as screen:
        await screen.press("!", "y", "escape", "U")
        assert not screen.ask(lambda reader: reader.subscription(feed_id).settings.is_archived)


async def test_feed_that_nothing_helps_says_so(open_screen: OpenScreen, database: Path) -> None:
    fail(database, "Rain Check", "the server asks for a password (401)", 401)
    async with open_screen() as screen:
        await screen.press("!", "y")
        assert "nothing that can be done for you" in screen.text


async def test_feed_is_unfollowed_in_place_and_comes_back(
    open_screen: OpenScreen, database: Path
) -> None:
    feed_id = fail(database, "Rain Check", "there is nothing at this address (404)", 404)
    async with open_screen() as screen:
        await screen.press("!", "x")
        assert screen.ask(lambda r: feed_id not in [one.id for one in r.subscriptions()])
        assert "Rain Check" not in names(screen)
        await screen.press("U")
        assert screen.ask(lambda r: r.subscription(feed_id).title) == "Rain Check"
        assert "Rain Check" in names(screen)


async def test_feeds_are_sorted_by_silence_loudness_and_reading(open_screen: OpenScreen) -> None:
    async with open_screen() as screen:
        await screen.press("!", "s")
        healths = {
            one.health.subscription.title: one.health
            for one in screen.ask(lambda reader: reader.doctor.examine())
        }
        assert "the most silent first" in screen.text
        silent = [healths[name].last_post_at for name in names(screen)[1:]]
        assert silent == sorted(silent)
        await screen.press("s")
        loud = [healths[name].posts_per_month for name in names(screen)[1:]]
        assert loud == sorted(loud, reverse=True)
        await screen.press("s")
        shares = [
            2.0 if (share := healths[name].read_share) is None else share
            for name in names(screen)[1:]
        ]
        assert shares == sorted(shares)
        await screen.press("s")
        assert "by what was found" in screen.text


async def test_failing_feed_that_is_tried_again_and_answers_is_well(
    open_screen: OpenScreen, empty: Path
) -> None:
    with DemoSite() as site:
        with Reader(empty) as reader:
            reader.subscribe(f"{site.url}/kitchen/feed.xml")
            (feed,) = reader.subscriptions()
        fail(empty, feed.title, "the server has an internal error (500)", 500)
        async with open_screen(path=empty) as screen:
            await screen.press("!")
            assert names(screen)[0] == "Not answering  1"
            await screen.press("r")
            await screen.until(lambda: "Not answering  1" not in names(screen))
            with Reader(empty) as reader:
                assert reader.subscription(feed.id).poll.error == ""


async def test_network_is_asked_only_after_it_was_said_what_for(
    open_screen: OpenScreen, empty: Path, mover: LoopbackServer
) -> None:
    asked = len(mover.requests)
    async with open_screen(path=empty) as screen:
        await screen.press("!", "p")
        assert isinstance(screen.app.screen, Confirm)
        assert "1 server: 1 new address" in screen.text
        await screen.press("escape")
        assert len(mover.requests) == asked
        await screen.press("p", "enter")
        await screen.until(lambda: "1 better address" in screen.text)
        assert [one.target for one in mover.requests[asked:]] == ["/new"]
        assert "it gives 1 entry that we know" in " ".join(screen.text.split())


async def test_moved_feed_is_followed_at_its_new_address_by_y(
    open_screen: OpenScreen, empty: Path, mover: LoopbackServer
) -> None:
    async with open_screen(path=empty) as screen:
        await screen.press("!", "y")
        await screen.until(lambda: "is followed at" in screen.text)
        with Reader(empty) as reader:
            assert reader.subscriptions()[0].url == mover.url("/new")
        await screen.press("U")
        with Reader(empty) as reader:
            assert reader.subscriptions()[0].url == mover.url("/old")


async def test_address_that_is_not_the_same_feed_is_refused_with_the_reason(
    open_screen: OpenScreen, empty: Path, mover: LoopbackServer
) -> None:
    mover.answers["/new"] = Answer(404)
    async with open_screen(path=empty) as screen:
        await screen.press("!", "y")
        await screen.until(lambda: "(404)" in screen.text)
        with Reader(empty) as reader:
            assert reader.subscriptions()[0].url == mover.url("/old")


async def test_groups_are_reached_by_brackets(open_screen: OpenScreen, database: Path) -> None:
    fail(database, "Morning Digest", "the server refuses us (403)", 403)
    fail(database, "Rain Check", "the server refuses us (403)", 403)
    async with open_screen() as screen:
        await screen.press("!")
        lines = dialog(screen).list
        assert lines.cursor == 1
        await screen.press("]")
        assert lines.lines[lines.cursor - 1].heading.startswith("Well")
        await screen.press("[")
        assert lines.cursor == 1
        await screen.press("q")
        assert isinstance(screen.app.screen, MainScreen)

"""The parts of the screen that need no screen: state, listings, dates, nodes, themes."""

from __future__ import annotations

import json
from array import array
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import OpenScreen
from feedreader.config import Config, UiSettings
from feedreader.errors import ConfigError
from feedreader.model import EntryKeys
from feedreader.reader import Reader
from feedreader.tui.app import ReaderApp
from feedreader.tui.dates import DATE_WIDTH, age, long_day, short_date
from feedreader.tui.entry_list import Columns
from feedreader.tui.feed_nodes import FeedFacts, build_nodes, feeds_of
from feedreader.tui.listing import group_keys
from feedreader.tui.state import ScreenState, load_state, save_state
from feedreader.tui.undo import Step, UndoStack
from seed import NOW

DATABASE = Path("/somewhere/feeds.db")


# --- columns ---


@pytest.mark.parametrize("width", [20, 40, 60, 90])
@pytest.mark.parametrize("date", [DATE_WIDTH, 36])
def test_a_title_has_room_whatever_stands_beside_it(width: int, date: int) -> None:
    columns = Columns.fitting(width, shows_feed=True, date=date)
    beside = sum(cells + 2 for cells in (columns.feed, columns.date) if cells)
    assert width - 4 - beside >= 12


# --- state ---


def test_state_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    state = ScreenState(
        tree_width=31, group="day", database=str(DATABASE), node="feed:3@A/B",
        shows_read=True, collapsed=["tags"], positions={"12": 0.25},
    )  # fmt: skip
    save_state(tmp_path / "new" / "screen.json", state)
    assert load_state(tmp_path / "new" / "screen.json", DATABASE) == state
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["screen.json"]


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "7", '{"tree_width": "wide", "positions": [1]}', '{"group": "colour"}',
     '{"positions": {"1": 7, "2": "x"}, "collapsed": [1, null]}', "[" * 100_000, "\xff"],
)  # fmt: skip
def test_a_damaged_state_file_says_nothing(tmp_path: Path, text: str) -> None:
    path = tmp_path / "screen.json"
    path.write_bytes(text.encode("latin-1"))
    assert load_state(path, DATABASE) == ScreenState(database=str(DATABASE))


def test_another_database_keeps_widths_but_not_the_place(tmp_path: Path) -> None:
    path = tmp_path / "screen.json"
    save_state(path, ScreenState(theme="nord", tree_width=33, database="/other", node="feed:1@"))
    known = load_state(path, DATABASE)
    assert (known.theme, known.tree_width, known.node) == ("nord", 33, "")


def test_a_state_that_cannot_be_written_is_no_harm(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    save_state(tmp_path / "file" / "screen.json", ScreenState())


def test_only_the_latest_positions_are_kept() -> None:
    state = ScreenState()
    for number in range(1, 800):
        state.remember_position(number, 0.5)
    state.remember_position(799, 0.0)
    assert "1" not in state.positions
    assert state.position(798) == 0.5
    assert state.position(799) == 0.0
    assert len(json.dumps(state.positions)) < 20_000


# --- listings ---


@given(
    st.lists(st.integers(0, 10_000_000), max_size=60),
    st.sampled_from(["", "day", "feed"]),
    st.booleans(),
)
def test_rows_and_places_belong_together_in_every_grouping(
    ages: list[int], group: str, oldest_first: bool
) -> None:
    moments = sorted((1_790_000_000 - one for one in ages), reverse=not oldest_first)
    keys = EntryKeys(
        array("q", range(len(moments))),
        array("q", (moment % 3 for moment in moments)),
        array("q", moments),
        bytearray(moment % 2 for moment in moments),
    )
    listing = group_keys(keys, group, ZoneInfo("Europe/Vienna"))  # type: ignore[arg-type]
    rows = [listing.place_of(row) for row in range(listing.row_count)]
    assert [place for place in rows if place is not None] == list(range(len(moments)))
    for place in range(len(moments)):
        assert listing.place_of(listing.row_of(place)) == place
    assert sum(map(listing.size_of, range(len(listing.starts)))) in (0, len(moments))
    zone = ZoneInfo("Europe/Vienna")
    for place, moment in enumerate(listing.keys.sorted_at):
        if group == "day":
            shown = listing.days[listing.group_of(listing.row_of(place))]
            assert shown == datetime.fromtimestamp(moment, zone).date()
    if group == "feed":
        assert len(listing.starts) == len(set(keys.feed_ids))


# --- dates ---


@pytest.mark.parametrize(
    ("ago", "shown"),
    [
        (timedelta(hours=2), "10:00"),
        (timedelta(hours=13), "Tue"),
        (timedelta(days=6), "Thu"),
        (timedelta(days=7), "18 Nov"),
        (timedelta(days=200), "9 May"),
        (timedelta(days=400), "2025"),
        (timedelta(days=-3), "28 Nov"),
        (timedelta(days=-400), "2027"),
    ],
)
def test_dates_are_as_short_as_they_can_be_understood(ago: timedelta, shown: str) -> None:
    assert short_date(NOW - ago, NOW, UTC) == shown


@given(st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=st.just(UTC)))
def test_no_short_date_is_wider_than_its_column(moment: datetime) -> None:
    assert len(short_date(moment, NOW, UTC)) <= DATE_WIDTH


def test_days_are_those_of_the_readers_time_zone() -> None:
    late = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
    assert short_date(late, NOW, ZoneInfo("Europe/Vienna")) == "00:30"
    assert short_date(late, NOW, UTC) == "Tue"


def test_days_have_names() -> None:
    today = NOW.date()
    assert long_day(today, today) == "Today"
    assert long_day(today - timedelta(days=1), today) == "Yesterday"
    assert long_day(today - timedelta(days=2), today) == "Monday 23 November"
    assert long_day(today - timedelta(days=300), today) == "29 January 2026"
    assert age(NOW - timedelta(minutes=5), NOW) == "5 min ago"
    assert age(NOW - timedelta(days=1), NOW) == "1 day ago"


# --- the tree ---


def facts(database: Path) -> FeedFacts:
    with Reader(database, clock=lambda: NOW) as reader:
        return FeedFacts(reader.subscriptions(), reader.folders())


def test_counts_roll_up_and_a_feed_in_two_folders_counts_once(database: Path) -> None:
    with Reader(database, clock=lambda: NOW) as reader:
        (feed,) = reader.find_subscriptions("Rain Check")
        reader.move(feed.id, [("Science", "Listening"), ("Science", "Weather")])
    nodes = build_nodes(facts(database))
    counts = {node.label: node.count for node in nodes if node.kind == "folder"}
    assert counts["Science"] == 8
    assert counts["Listening"] == counts["Weather"] == 4
    assert [node.label for node in nodes].count("Rain Check") == 2
    assert next(node for node in nodes if node.key == "all").count == 40


def test_a_closed_folder_hides_what_is_in_it_but_stands_for_it(database: Path) -> None:
    known = facts(database)
    nodes = build_nodes(known, {"folder:Science"})
    assert "Rain Check" not in [node.label for node in nodes]
    folder = next(node for node in nodes if node.key == "folder:Science")
    assert len(feeds_of(folder, known.subscriptions)) == 2
    with Reader(database, clock=lambda: NOW) as reader:
        assert reader.count(folder.query) == 8


@pytest.mark.parametrize("name", ['we "quote"', "a OR b", "ünï cödé", "x:y", "-minus", "a\\b", "*"])
def test_any_folder_name_makes_a_query_that_finds_it(database: Path, name: str) -> None:
    with Reader(database, clock=lambda: NOW) as reader:
        (feed,) = reader.find_subscriptions("Rain Check")
        reader.move(feed.id, [(name,)])
        nodes = build_nodes(FeedFacts(reader.subscriptions(), reader.folders()))
        node = next(one for one in nodes if one.kind == "folder" and one.label == name)
        assert reader.count(node.query) == 4


# --- undo ---


def test_steps_that_changed_nothing_are_not_remembered() -> None:
    stack = UndoStack()
    stack.push(Step("nothing"))
    assert stack.pop() is None


# --- themes ---


@pytest.mark.parametrize(
    ("env", "theme"),
    [({}, "feedreader-dark"), ({"COLORFGBG": "0;15"}, "feedreader-light"),
     ({"COLORFGBG": "15;0"}, "feedreader-dark"), ({"COLORFGBG": "x"}, "feedreader-dark")],
)  # fmt: skip
async def test_colours_follow_the_terminal(
    open_screen: OpenScreen, env: dict[str, str], theme: str
) -> None:
    async with open_screen(env=env) as screen:
        assert screen.app.theme == theme


async def test_every_theme_can_be_drawn(open_screen: OpenScreen) -> None:
    async with open_screen(size=(80, 24)) as screen:
        for name in screen.app.available_themes:
            screen.app.theme = name
            await screen.pilot.pause()
            assert "NATO" in screen.text


def test_an_unknown_theme_is_refused_in_words(database: Path, tmp_path: Path) -> None:
    config = Config(ui=UiSettings(theme="pink"))
    with pytest.raises(ConfigError, match="there is no theme 'pink'; known are default"):
        ReaderApp(lambda: Reader(database), config, state_file=tmp_path / "s.json")

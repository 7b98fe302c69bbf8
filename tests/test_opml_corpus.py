"""Real and hostile subscription lists: nothing is lost, nothing runs, nothing is fetched."""

from __future__ import annotations

import csv
import html
import re
import time
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feedreader.core.addresses import read_address
from feedreader.core.opml import FeedList, list_feeds, read_opml, write_opml
from feedreader.core.text import clean_line
from feedreader.errors import ImportFailed
from feedreader.model import Outline

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
ADDRESS = re.compile(r"""\s(?:xmlurl|feedurl)\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)


def read_index(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.fixture(scope="module")
def lists(corpus: Path) -> dict[str, tuple[dict[str, str], bytes]]:
    """Each list's row of the index and its bytes, by file name."""
    folder = corpus / "opml"
    rows = read_index(folder / "index.tsv")
    assert rows
    return {row["file"]: (row, (folder / row["file"]).read_bytes()) for row in rows}


@pytest.fixture(scope="module")
def attacks(corpus: Path) -> Path:
    return corpus / "attacks"


def walk(outlines: tuple[Outline, ...]) -> Iterator[Outline]:
    todo = list(reversed(outlines))
    while todo:
        outline = todo.pop()
        yield outline
        todo.extend(reversed(outline.children))


def addresses_written_in(data: bytes) -> list[str]:
    text = re.sub(r"<!--.*?-->", "", data.decode("utf-8", "replace"), flags=re.DOTALL)
    found = (html.unescape(match[1] or match[2] or "").strip() for match in ADDRESS.finditer(text))
    return [address for address in found if address]


def test_every_list_gives_each_address_that_is_written_in_it(
    lists: dict[str, tuple[dict[str, str], bytes]],
) -> None:
    for name, (row, data) in lists.items():
        document = read_opml(data)
        found = [outline.xml_url for outline in walk(document.outlines) if outline.xml_url]
        assert found == addresses_written_in(data), name
        # Where the index has fewer, the parser that counted for it lost some.
        assert len(found) >= int(row["feeds"]), name
        if row["well_formed"] == "1" and b"feedUrl" not in data:
            assert len(found) == int(row["feeds"]), name
        assert not any("could not be read" in note for note in document.notes), name


def test_every_list_gives_at_least_the_outlines_of_the_index(
    lists: dict[str, tuple[dict[str, str], bytes]],
) -> None:
    for name, (row, data) in lists.items():
        found = sum(1 for _ in walk(read_opml(data).outlines))
        assert found >= int(row["outlines"]), name


def test_every_address_becomes_a_feed_or_is_reported(
    lists: dict[str, tuple[dict[str, str], bytes]],
) -> None:
    for name, (_, data) in lists.items():
        document = read_opml(data)
        feeds = list_feeds(document)
        urls = {feed.url for feed in feeds.feeds}
        refused = 0
        for outline in walk(document.outlines):
            if not outline.xml_url:
                continue
            try:
                assert read_address(outline.xml_url) in urls, name
            except ValueError:
                refused += 1
        assert refused <= len(feeds.skipped), name
        assert all(url.startswith(("http://", "https://")) for url in urls), name
        for skip in feeds.skipped:
            assert skip.what == clean_line(skip.what) != "", name
            assert skip.why.isprintable(), name
        for feed in feeds.feeds:
            assert feed.folders, name
            assert all(path == () or path in feeds.folders for path in feed.folders), name


def test_every_list_is_the_same_after_export_and_import(
    lists: dict[str, tuple[dict[str, str], bytes]],
) -> None:
    for name, (_, data) in lists.items():
        document = read_opml(data)
        exported = write_opml(document.title, document.outlines, created_at=NOW)
        again = read_opml(exported)
        assert again.outlines == document.outlines, name
        assert again.title == document.title, name
        assert list_feeds(again) == list_feeds(document), name
        assert not again.notes or not document.outlines, name


def test_repaired_lists_say_so(lists: dict[str, tuple[dict[str, str], bytes]]) -> None:
    for name, (row, data) in lists.items():
        if row["well_formed"] == "0":
            assert read_opml(data).notes, name


def test_lists_cut_anywhere_keep_the_feeds_before_the_cut(
    lists: dict[str, tuple[dict[str, str], bytes]],
) -> None:
    for name, (row, data) in lists.items():
        if row["well_formed"] == "0" or b"<outline" not in data:
            continue
        cut = data[: len(data) * 2 // 3]
        if b"<outline" not in cut:
            continue
        document = read_opml(cut)
        found = [outline.xml_url for outline in walk(document.outlines) if outline.xml_url]
        # A list of one line's comments may be cut as well; addresses in those do not count.
        assert found == addresses_written_in(re.sub(rb"<!--(?!.*-->).*", b"", cut, flags=re.S)), (
            name
        )


# --- attacks ----------------------------------------------------------------


def import_attack(attacks: Path, name: str) -> FeedList:
    return list_feeds(read_opml((attacks / name).read_bytes()))


@pytest.mark.parametrize("name", ["billion_laughs.opml", "opml_xxe.opml"])
def test_entity_attack_is_refused_quickly(attacks: Path, name: str) -> None:
    data = (attacks / name).read_bytes()
    tracemalloc.start()
    start = time.monotonic()
    with pytest.raises(ImportFailed, match="declares entities"):
        read_opml(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert time.monotonic() - start < 2
    assert peak < 20_000_000


def test_feed_served_as_opml_is_no_opml(attacks: Path) -> None:
    with pytest.raises(ImportFailed, match="no OPML: this is a feed"):
        import_attack(attacks, "rss_as_opml.opml")


def test_five_thousand_outlines_of_three_addresses_are_three_feeds(attacks: Path) -> None:
    assert len(import_attack(attacks, "opml_5000_feeds_same_url.opml").feeds) == 3


def test_attributes_in_every_spelling_are_read_once_each(attacks: Path) -> None:
    feeds = import_attack(attacks, "opml_all_attributes.opml")
    assert [feed.url[-1] for feed in feeds.feeds] == ["1", "2", "3", "4", "5"]
    assert [skip.what for skip in feeds.skipped] == ["html only"]


def test_only_web_addresses_become_feeds_and_all_others_are_listed(attacks: Path) -> None:
    feeds = import_attack(attacks, "opml_exec_urls.opml")
    assert [feed.title for feed in feeds.feeds] == ["u9", "u13", "u14", "u15", "u16", "u17", "u19"]
    assert len(feeds.feeds) + len(feeds.skipped) == 20
    assert not re.search("secret|pwned|passwd", repr(feeds.skipped))


def test_odd_folder_names_keep_their_feeds_and_get_a_label(attacks: Path) -> None:
    feeds = import_attack(attacks, "opml_folder_names.opml")
    assert len(feeds.feeds) == 20
    assert all(name and name.isprintable() for path in feeds.folders for name in path)
    assert all(len(path) == 1 for path in feeds.folders)


def test_includes_are_not_followed(attacks: Path) -> None:
    feeds = import_attack(attacks, "opml_include_loop.opml")
    assert feeds.feeds == ()
    assert [skip.what for skip in feeds.skipped] == ["me", "me2"]


def test_sql_in_names_and_addresses_comes_through_verbatim(attacks: Path) -> None:
    document = read_opml((attacks / "sql_strings.opml").read_bytes())
    feeds = list_feeds(document)
    assert len(feeds.feeds) == 18
    assert len(feeds.folders) == 18
    for number, feed in enumerate(feeds.feeds):
        assert feed.url == f"https://a.example/{number}?q={feed.title}"
        assert feed.folders == ((feed.title,),)
    exported = write_opml(document.title, document.outlines, created_at=NOW)
    assert list_feeds(read_opml(exported)) == feeds

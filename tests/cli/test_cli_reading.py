"""`list`, `show`, `open`, `mark`, `tag` and `searches` on a real database."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
import sys
from pathlib import Path

import pytest
from wcwidth import wcswidth

from feedreader.reader import Reader
from runs import HOSTILE, on_terminal, seed

CONTRACT_KEYS = [
    "id", "feed_id", "feed_url", "feed_title", "title", "link", "authors", "published_at",
    "updated_at", "received_at", "read", "starred", "tags", "summary", "enclosures",
    "muted", "muted_by", "score", "highlight", "story_id", "copies", "edited",
]  # fmt: skip


# --- list ---


def test_list_without_query_lists_unread_newest_first(run, seeded: Reader) -> None:
    result = run("list")
    titles = [line.split("\t")[3] for line in result.lines]
    assert titles[0] == "Kernel 7.1 released"
    assert titles[-1] == "Old words"
    assert "Harbour at dawn" not in titles
    assert len(titles) == 6
    assert (result.code, result.err) == (0, "")


def test_list_on_a_pipe_has_id_date_feed_title_link(run, seeded: Reader, ids) -> None:
    fields = run("list", "kernel", "intitle:released").lines[0].split("\t")
    assert fields[0] == str(ids["Kernel"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", fields[1])
    assert fields[2:] == ["Linux 週報", "Kernel 7.1 released", "https://site.example/1"]


def test_count_is_that_of_what_would_be_listed(run, seeded: Reader) -> None:
    for words in (["", "--limit", "2"], ["limit:2"], ["limit:2", "--limit", "4", "--copies"]):
        listed = run("list", *words).lines
        assert run("list", "--count", *words).out == f"{len(listed)}\n" == "2\n"


def test_list_json_has_exactly_the_promised_keys(run, seeded: Reader) -> None:
    records = run("list", "", "--json").records
    assert len(records) == 7
    assert all(list(record) == CONTRACT_KEYS for record in records)


def test_list_json_tells_marks_media_and_times(run, seeded: Reader) -> None:
    podcast = run("list", "tag:audio", "--json").record
    assert podcast["tags"] == ["audio"]
    assert podcast["feed_url"] == "https://world.example/rss"
    assert podcast["enclosures"] == [
        {"url": "https://world.example/1.mp3", "type": "audio/mpeg", "length": 12_000_000,
         "title": "", "duration_s": 3723}
    ]  # fmt: skip
    harbour = run("list", "is:starred", "--json").record
    assert (harbour["read"], harbour["starred"], harbour["updated_at"]) == (True, True, None)


def test_words_with_a_minus_are_part_of_the_query(run, seeded: Reader) -> None:
    titles = [record["title"] for record in run("list", "-kernels", "-podcast", "--json").records]
    assert titles == ["Harbour at dawn"]
    assert len(run("list", "--json", "kernels", "-feed:world").records) == 4


def test_list_limit_and_count(run, seeded: Reader) -> None:
    assert len(run("list", "--limit", "2").lines) == 2
    assert run("list", "--count").out == "6\n"
    assert run("list", "is:starred", "--count").out == "1\n"


def test_list_format_prints_a_template(run, seeded: Reader) -> None:
    result = run("list", "is:starred", "--format", r"{title}\t{published_at:%Y}\t{starred}")
    assert re.fullmatch(r"Harbour at dawn\t\d{4}\ttrue\n", result.out)


def test_list_format_with_an_unknown_field_is_wrong_use(run, seeded: Reader) -> None:
    result = run("list", "--format", "{body}")
    assert result.code == 2
    assert "fields are: id, feed_id, feed_url" in result.err


def test_list_csv_is_safe_for_spreadsheets(run, seeded: Reader) -> None:
    rows = list(csv.DictReader(io.StringIO(run("list", "--csv").out)))
    assert [row["title"] for row in rows if "calc" in row["title"]] == ["'=cmd|' /c calc'!A1"]
    assert len(rows) == 6


def test_invalid_query_points_at_the_spot(run, seeded: Reader) -> None:
    result = run("list", "kernel", "nosuch:thing")
    message, query, caret, *rest = result.err.splitlines()
    assert result.code == 2
    assert "nosuch" in message
    assert query[caret.index("^") :].startswith("nosuch")
    assert (rest, result.out) == ([], "")


def test_unknown_option_is_no_query(run, seeded: Reader) -> None:
    result = run("list", "--jsno")
    assert (result.code, result.out) == (2, "")
    assert "--jsno" in result.err


def test_forms_exclude_each_other(run, seeded: Reader) -> None:
    assert run("list", "--json", "--format", "{id}").code == 2


@pytest.mark.parametrize("columns", [60, 80, 200])
def test_list_on_a_terminal_fits_its_width_and_is_aligned(seeded: Reader, columns: int) -> None:
    printed = on_terminal("--color", "never", "list", "", "--no-pager", columns=columns)
    lines = printed.splitlines()
    assert len(lines) == 7
    assert all(wcswidth(line) <= columns for line in lines)
    starts = {
        wcswidth(line[: line.index(feed)])
        for line in lines
        for feed in ("Linux", "World")
        if feed in line
    }
    assert len(starts) == 1


def test_list_on_a_terminal_shows_marks_without_colour(seeded: Reader) -> None:
    printed = on_terminal("list", "", "--no-pager", NO_COLOR="1")
    assert "\x1b" not in printed
    marks = {line.split("  ")[-1].strip(): line[2:6] for line in printed.splitlines()}
    podcast = next(marks[key] for key in marks if "A podcast" in key)
    harbour = next(marks[key] for key in marks if "Harbour" in key)
    assert (podcast, harbour) == ("N  @", " *  ")


def test_list_is_coloured_on_a_terminal_only(run, seeded: Reader) -> None:
    assert "\x1b[1m" in on_terminal("list", "--no-pager")
    assert "\x1b" not in run("list").out


def test_list_on_a_terminal_goes_through_the_pager(seeded: Reader, home: Path) -> None:
    pager = home / "pager"
    pager.write_text("#!/bin/sh\nexec sed 's/^/PAGED /'\n")
    pager.chmod(0o755)
    printed = on_terminal("list", FEEDREADER_PAGER=str(pager))
    assert all(line.startswith("PAGED ") for line in printed.splitlines())
    assert "PAGED" not in on_terminal("list", "--no-pager", FEEDREADER_PAGER=str(pager))


def test_missing_pager_is_done_without(seeded: Reader) -> None:
    assert "Kernel 7.1" in on_terminal("list", FEEDREADER_PAGER="/nonexistent/pager -x")


# --- show ---


def test_show_prints_header_text_and_numbered_links(run, seeded: Reader, ids) -> None:
    result = run("show", str(ids["Harbour"]))
    assert result.code == 0
    assert result.lines[0] == "Harbour at dawn"
    assert "World news" in result.out
    assert "https://site.example/6" in result.out
    assert "from its page (readability)" in result.out
    assert "Whole story with a list" in result.out
    assert "[1] https://ships.example/list" in result.out


def test_show_json_adds_the_bodies(run, seeded: Reader, ids) -> None:
    record = run("show", str(ids["Harbour"]), "--json").record
    extra = ["content_html", "content_text", "full_text_source", "word_count"]
    assert list(record) == CONTRACT_KEYS + extra
    assert "<a href=" in str(record["content_html"])
    assert record["content_text"] == "Whole story with a list."
    assert (record["full_text_source"], record["word_count"]) == ("page", 5)


def test_show_markdown_and_html(run, seeded: Reader, ids) -> None:
    markdown = run("show", str(ids["Harbour"]), "--markdown").out
    assert markdown.startswith("# Harbour at dawn\n")
    assert "[list](https://ships.example/list)" in markdown
    page = run("show", str(ids["Harbour"]), "--html").out
    assert page.startswith("<!doctype html>")
    assert '<a href="https://ships.example/list">' in page


def test_show_does_not_mark_read_unless_asked(run, seeded: Reader, ids) -> None:
    run("show", str(ids["Kernel"]))
    assert not seeded.entry(ids["Kernel"]).summary.is_read
    run("show", str(ids["Kernel"]), "--mark-read")
    assert seeded.entry(ids["Kernel"]).summary.is_read


def test_show_takes_several_ids(run, seeded: Reader, ids) -> None:
    out = run("show", str(ids["Kernel"]), str(ids["Old"])).out
    assert out.index("Kernel 7.1 released") < out.index("Old words")


def test_show_of_an_unknown_id_fails_in_one_line(run, seeded: Reader) -> None:
    result = run("show", "999")
    assert (result.code, result.out) == (1, "")
    assert result.err == "feedreader: there is no entry 999\n"


def test_show_of_no_number_is_wrong_use(run, seeded: Reader) -> None:
    assert run("show", "abc").code == 2
    assert run("show").code == 2


# --- open ---


def test_open_runs_the_configured_browser_without_a_shell(
    run, seeded: Reader, ids, home: Path
) -> None:
    log = home / "opened"
    browser = home / "browser"
    browser.write_text(
        f"#!{sys.executable}\nimport sys\n"
        f"open({str(log)!r}, 'a').write(repr(sys.argv[1:]) + chr(10))\n"
    )
    browser.chmod(0o755)
    config = home / "config.toml"
    config.write_text(f'[open]\nbrowser = ["{browser}", "--new", "{{url}}", "{{title}}"]\n')
    title_id = ids["=cmd|'"]
    assert run("--config", str(config), "open", str(title_id), "--mark-read").code == 0
    assert log.read_text() == repr(["--new", "https://site.example/3", "=cmd|' /c calc'!A1"]) + "\n"
    assert seeded.entry(title_id).summary.is_read


def test_open_without_a_browser_prints_the_address(run, seeded: Reader, ids) -> None:
    result = run("open", str(ids["Kernel"]))
    assert (result.code, result.out) == (0, "https://site.example/1\n")
    assert "no browser" in result.err


def test_open_enclosure_and_print(run, seeded: Reader, ids) -> None:
    result = run("open", "--enclosure", "--print", str(ids["A"]))
    assert (result.out, result.err) == ("https://world.example/1.mp3\n", "")


def test_open_fails_where_there_is_nothing_to_open(run, seeded: Reader, ids) -> None:
    result = run("open", "--enclosure", str(ids["Kernel"]))
    assert result.code == 1
    assert "no media" in result.err


# --- mark, tag, searches ---


def test_mark_by_ids_and_by_query(run, seeded: Reader, ids) -> None:
    assert run("mark", "read", str(ids["Kernel"]), str(ids["Old"])).out == "2 entries read\n"
    assert run("mark", "read", "feed:world").out == "1 entry read\n"
    assert run("mark", "unread", "feed:world", "-intitle:harbour").out == "2 entries unread\n"
    assert run("mark", "starred", "intitle:kernel").out == "1 entry starred\n"
    assert run("mark", "unstarred", "is:starred").out == "2 entries unstarred\n"
    assert run("mark", "later", str(ids["A"])).out == "1 entry later\n"
    assert seeded.count("is:starred") == 0


def test_mark_json_tells_what_changed(run, seeded: Reader, ids) -> None:
    record = run("mark", "read", str(ids["Kernel"]), str(ids["Harbour"]), "--json").record
    assert record == {
        "action": "read", "value": True, "tag": None, "changed": 1, "ids": [ids["Kernel"]],
    }  # fmt: skip


def test_mark_deleted_can_be_taken_back(run, seeded: Reader, ids) -> None:
    entry_id = str(ids["Old"])
    assert run("mark", "deleted", entry_id).code == 0
    assert run("list", "", "--count").out == "6\n"
    assert run("mark", "restored", entry_id).code == 0
    assert run("list", "", "--count").out == "7\n"


@pytest.mark.parametrize("words", [("read",), ("read", ""), ("read", "x", "--all"), ("gone", "1")])
def test_mark_without_a_clear_selection_changes_nothing(run, seeded: Reader, words) -> None:
    assert run("mark", *words).code == 2
    assert seeded.status().unread == 6


def test_mark_all_needs_the_word(run, seeded: Reader) -> None:
    assert run("mark", "read", "--all").out == "6 entries read\n"


def test_mark_with_one_unknown_id_changes_nothing(run, seeded: Reader, ids) -> None:
    result = run("mark", "read", str(ids["Kernel"]), "999")
    assert (result.code, result.err) == (1, "feedreader: there is no entry 999\n")
    assert seeded.status().unread == 6


def test_tags_are_added_listed_and_removed(run, seeded: Reader, ids) -> None:
    assert run("tag", "add", "os", "feed:linux").out == "4 entries tagged os\n"
    assert run("tag", "list").lines == ["audio\t1", "os\t4"]
    assert run("tag", "list", "--json").records[1] == {"tag": "os", "entries": 4}
    removed = run("tag", "remove", "os", str(ids["Kernel"]), "--json").record
    assert (removed["changed"], removed["value"], removed["tag"]) == (1, False, "os")
    assert seeded.count("tag:os") == 3
    assert "--all" not in run("tag", "add", "os").err, "it has no such option"
    assert run("tag", "add", "os").code == 2
    assert run("tag", "add", "os", "999").code == 1


def test_searches_are_saved_listed_and_removed(run, seeded: Reader) -> None:
    assert run("searches", "save", "kernel", "feed:linux", "-calc").code == 0
    assert run("searches", "list").out == "kernel\tfeed:linux -calc\n"
    assert run("searches", "list", "--json").record == {
        "name": "kernel",
        "query": "feed:linux -calc",
    }
    assert run("searches", "save", "bad", "(x").code == 2
    assert run("searches", "save", "", "x").code == 2
    assert run("searches", "save", "two\nlines", "x").code == 0
    assert run("searches", "remove", "two lines").code == 0
    assert run("searches", "remove", "kernel").code == 0
    assert run("searches", "remove", "kernel").code == 1


def test_search_is_replaced_by_one_of_its_name_in_capitals(run, seeded: Reader) -> None:
    run("searches", "save", "kernel", "feed:linux")
    run("searches", "save", "ships", "harbour")
    assert run("searches", "save", "Kernel", "intitle:kernel").code == 0
    assert run("searches", "list").lines == ["Kernel\tintitle:kernel", "ships\tharbour"]
    assert run("list", "search:kernel", "--count").out == "1\n"
    assert run("searches", "save", "KERNEL", "search:kernel").code == 2
    assert run("searches", "remove", "KERNEL").code == 0
    assert run("searches", "list").lines == ["ships\tharbour"]


def test_hostile_titles_reach_no_terminal(run, database: Path) -> None:
    seed(database)
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE entries SET title = ?, summary = ?", (HOSTILE, HOSTILE))
        connection.execute("UPDATE feeds SET title = ?", (HOSTILE,))
    for words in (["list"], ["list", "--csv"], ["list", "--format", "{title}"], ["show", "1"],
                  ["show", "1", "--markdown"], ["feeds"], ["feeds", "--tree"], ["list", "--json"],
                  ["show", "1", "--json"], ["feeds", "--json"],
                  ["show", "1", "--html"]):  # fmt: skip
        out = run(*words).out
        assert out
        assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e]", out), words
    for line in run("list", "--json").lines:
        assert json.loads(line)["title"] == HOSTILE

"""`edition`: papers defined, made, listed and exported from the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from feedreader.reader import Reader
from papers import read_book
from runs import Result, on_terminal

Run = Callable[..., Result]


@pytest.fixture
def defined(seeded: Reader, run: Run) -> Reader:
    result = run(
        "edition", "define", "Morning", "--section", "News", "folder:News",
        "--section", "Tech", "folder:Technology", "--per-feed", "2", "--at", "06:30",
    )  # fmt: skip
    assert result.code == 0, result.err
    return seeded


def test_a_plan_is_told_as_it_was_kept(defined: Reader, run: Run) -> None:
    out = run("edition", "plans").out
    assert "Morning  daily at 06:30, at most 30 stories; leftovers stay unread" in out
    assert "News  folder:News  8 stories, 2 a feed" in out
    record = run("edition", "plans", "--json").record
    assert record["sections"][1] == {  # type: ignore[index]
        "title": "Tech", "query": "folder:Technology", "most": 8, "per_feed": 2,
    }  # fmt: skip
    assert (record["at"], record["leftovers"], record["most_entries"]) == ("06:30", "keep", 30)


def test_options_change_only_what_they_name(defined: Reader, run: Run) -> None:
    run("edition", "define", "Morning", "--when", "saturday", "--minutes", "45", "--most", "all",
        "--leftovers", "carry")  # fmt: skip
    record = run("edition", "plans", "--json").record
    assert (record["schedule"], record["weekday"]) == ("weekly", "saturday")
    assert (record["most_entries"], record["most_minutes"]) == (None, 45)
    assert (record["at"], record["leftovers"]) == ("06:30", "carry")
    assert len(record["sections"]) == 2  # type: ignore[arg-type]


def test_sections_are_added_changed_and_taken_out(defined: Reader, run: Run) -> None:
    run("edition", "section", "Morning", "Audio", "has:enclosure", "--most", "1")
    run("edition", "section", "Morning", "News", "--per-feed", "1")
    run("edition", "section", "Morning", "Tech", "--remove")
    sections = run("edition", "plans", "--json").record["sections"]
    assert [(one["title"], one["most"], one["per_feed"]) for one in sections] == [  # type: ignore
        ("News", 8, 1), ("Audio", 1, 3),
    ]  # fmt: skip
    assert run("edition", "section", "Morning", "Nobody", "--remove").code == 1


def test_a_plan_without_sections_takes_what_is_new(seeded: Reader, run: Run) -> None:
    result = run("edition", "define", "Plain")
    assert "Today  newer:3d" in result.out
    assert "It would have 4 stories now." in result.out


@pytest.mark.parametrize(
    "words",
    [
        ["--when", "sometimes"],
        ["--at", "25:00"],
        ["--most", "0"],
        ["--minutes", "many"],
        ["--section", "A", "is:nothing"],
        ["--section", "", "x"],
        ["--leftovers", "burn"],
    ],
)
def test_plans_that_mean_nothing_are_errors_of_use(
    seeded: Reader, run: Run, words: list[str]
) -> None:
    result = run("edition", "define", "Morning", *words)
    assert result.code == 2, result.err
    assert run("edition", "plans").out == ""


def test_a_paper_is_made_once_a_day(defined: Reader, run: Run) -> None:
    first = run("edition", "make", "Morning")
    assert first.out.startswith("Morning of ")
    assert first.out.endswith("4 stories, 4 minutes\n")
    assert "(made before)" in run("edition", "make", "Morning").out
    (line,) = run("edition", "list").lines
    assert line.split("\t")[0::2] == ["Morning", "4"]


def test_what_is_due_is_made_quietly_for_cron(defined: Reader, run: Run) -> None:
    result = run("edition", "make", "--quiet")
    assert (result.code, result.out, result.err) == (0, "", "")
    assert len(run("edition", "list").lines) == 1
    assert run("edition", "make").out == ""


def test_a_dry_run_makes_nothing(defined: Reader, run: Run) -> None:
    out = run("edition", "make", "Morning", "--dry-run").out
    assert "Kernel 7.1 released" in out
    assert run("edition", "list").out == ""


def test_nothing_to_print_is_said(defined: Reader, run: Run) -> None:
    defined.mark_read("")
    result = run("edition", "make", "Morning")
    assert (result.code, result.out) == (0, "")
    assert "nothing to put into" in result.err


def test_a_refresh_makes_what_is_due(defined: Reader, run: Run) -> None:
    assert run("refresh", "--quiet").code in (0, 3)
    assert len(run("edition", "list").lines) == 1


def test_a_paper_is_shown_by_name_and_day(defined: Reader, run: Run) -> None:
    run("edition", "make", "Morning")
    record = run("edition", "list", "--json").record
    day = str(record["day"])
    out = run("edition", "show", "Morning", day).out
    assert out.index("News") < out.index("A podcast") < out.index("Tech") < out.index("Kernel")
    records = run("edition", "show", "--json").records
    assert [one["section"] for one in records] == ["News", "News", "Tech", "Tech"]
    assert run("edition", "show", "Nobody").code == 1
    assert run("edition", "show", "a", "b", "c").code == 2


def test_progress_is_drawn_on_a_terminal(defined: Reader, run: Run, ids: dict[str, int]) -> None:
    run("edition", "make", "Morning")
    defined.mark_read([ids["Kernel"], ids["A"]])
    assert "█████░░░░░  2/4  2 min left" in on_terminal("--color", "never", "edition", "list")


def test_reading_without_a_terminal_lists_the_paper(defined: Reader, run: Run) -> None:
    run("edition", "make", "Morning")
    assert "Kernel 7.1 released" in run("edition", "read").out


@pytest.mark.parametrize(
    ("name", "begin"),
    [("p.epub", b"PK"), ("p.html", b"<!doctype"), ("p.md", b"# Morning"), ("p.eml", b"To: ")],
)
def test_the_name_of_the_file_says_the_format(
    defined: Reader, run: Run, tmp_path: Path, name: str, begin: bytes
) -> None:
    run("edition", "make", "Morning")
    target = tmp_path / name
    result = run("edition", "export", "Morning", "-o", str(target), "--to", "me@a.example")
    assert result.out == f"4 stories written to {target}\n", result.err
    assert target.read_bytes().startswith(begin)
    assert target.stat().st_mode & 0o777 == 0o600


def test_a_book_of_a_query_is_whole(seeded: Reader, run: Run, tmp_path: Path) -> None:
    target = tmp_path / "all.epub"
    run("edition", "export", "--query", "", "--title", "All of it", "-o", str(target))
    files = read_book(target.read_bytes())
    assert sum(name.startswith("EPUB/s") and name.endswith(".xhtml") for name in files) == 7
    assert b"Whole story with a" in b"".join(files.values())


def test_a_mail_goes_to_standard_output(defined: Reader, run: Run) -> None:
    run("edition", "make", "Morning")
    result = run(
        "edition", "export", "--format", "eml", "--to", "a@b.example", "--from", "c@d.example"
    )
    assert "From: c@d.example" in result.out
    assert "multipart/alternative" in result.out
    assert run("edition", "export", "--format", "eml").code == 2
    assert run("edition", "export", "--format", "eml", "--to", "nobody").code == 2


@pytest.mark.parametrize(
    "words",
    [["-o", "paper.pdf"], ["Morning", "--query", "x"], ["--query", "is:nothing"]],
)
def test_exports_that_mean_nothing_are_errors_of_use(
    defined: Reader, run: Run, words: list[str]
) -> None:
    run("edition", "make", "Morning")
    assert run("edition", "export", *words).code == 2


def test_nothing_is_exported_from_nothing(seeded: Reader, run: Run) -> None:
    assert run("edition", "export").code == 1
    assert run("edition", "export", "--query", "nosuchword").code == 1


def test_removing_forgets_plan_and_papers(defined: Reader, run: Run) -> None:
    run("edition", "make", "Morning")
    assert run("edition", "remove", "Morning").code == 0
    assert run("edition", "list").out + run("edition", "plans").out == ""
    assert run("edition", "remove", "Morning").code == 1
    assert defined.count("is:unread") == 6


def test_json_lines_can_be_read(defined: Reader, run: Run) -> None:
    run("edition", "make", "Morning")
    for line in run("edition", "list", "--json").lines:
        record = json.loads(line)
        assert record.keys() >= {"id", "name", "day", "entries", "unread", "minutes_left"}

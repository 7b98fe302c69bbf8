"""`rules`, and muted entries in the other commands, as their users see them."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

from feedreader.reader import Reader
from runs import on_terminal


def test_rule_is_added_applied_listed_and_undone(run, seeded: Reader) -> None:
    added = run("rules", "add", "--name", "Old", "when", "intitle:old", "then", "mute")
    assert added.lines == ["  1        0  Old: when intitle:old then mute"]
    assert run("list", "is:muted").out == ""
    assert run("rules", "apply", "1").out == "acted on 1 entry\n"
    assert run("rules", "apply", "1").out == "acted on 0 entries\n"
    assert run("rules", "list").lines == ["1\ton\t1\tOld\twhen intitle:old then mute"]
    assert len(run("list", "").lines) == 6
    assert run("rules", "undo", "1").out == "taken back for 1 entry\n"
    assert len(run("list", "").lines) == 7


def test_rules_are_listed_as_json(run, seeded: Reader) -> None:
    run("rules", "add", "when intitle:old then mute", "--apply")
    record = run("rules", "list", "--json").record
    assert record.pop("created_at") is not None
    assert record.pop("last_hit_at") is not None
    assert record == {
        "number": 1, "name": None, "text": "when intitle:old then mute", "active": True,
        "hits": 1, "error": None,
    }  # fmt: skip


def test_preview_says_what_a_rule_would_have_done(run, seeded: Reader) -> None:
    result = run("rules", "preview", "when kernels -intitle:podcast then mute, tag:x")
    head, total, *titles = result.lines
    assert head == "would have hidden and tagged “x” 5 of 7 entries of the last 90 days"
    assert total == "and 5 of all there are"
    assert any("Kernel 7.1 released" in line for line in titles)
    assert run("rules", "list").out == ""
    record = run("rules", "preview", "--json", "when intitle:kernel then star").record
    assert (record["count"], record["of"], record["in_all"]) == (1, 7, 1)


def test_error_points_at_the_spot_in_the_rule(run, seeded: Reader) -> None:
    result = run("rules", "add", "when autor:x then mute")
    assert result.code == 2
    assert result.err.splitlines()[1:] == ["  when autor:x then mute", "       ^"]
    result = run("rules", "add", "when kernel then mutt")
    assert "unknown action 'mutt' (did you mean mute?)" in result.err


def test_rule_is_edited_moved_turned_off_and_removed(run, seeded: Reader) -> None:
    run("rules", "add", "when intitle:old then star", "--apply")
    run("rules", "add", "when intitle:kernel then read")
    run("rules", "move", "2", "1")
    run("rules", "off", "2")
    assert [line.split("\t")[:2] for line in run("rules", "list").lines] == [
        ["2", "off"],
        ["1", "on"],
    ]
    run("rules", "on", "2")
    edited = run("rules", "edit", "1", "--again", "when intitle:old then mute")
    assert edited.lines[-1] == "acted on 1 entry"
    assert run("list", "--count", "is:starred intitle:old").out == "0\n"
    assert run("list", "--count", "is:muted").out == "1\n"
    assert (
        run("rules", "edit", "1", "--name", "Old").lines[0].endswith("when intitle:old then mute")
    )
    assert run("rules", "edit", "1").code == 2
    assert run("rules", "remove", "1").out == "rule 1 removed\n"
    assert seeded.count("is:muted") == 1
    assert run("rules", "remove", "2", "--undo").lines[0] == "rule 2 removed"
    assert run("rules", "remove", "2").err == "feedreader: there is no rule 2\n"


def test_muted_entries_name_their_rule_wherever_they_are_shown(
    run, seeded: Reader, ids, database: Path
) -> None:
    run("rules", "add", "--name", "Old stuff", "--apply", "when intitle:old then mute")
    record = run("list", "--json", "is:muted").record
    assert (record["muted"], record["muted_by"]) == (True, "Old stuff")
    shown = run("show", str(ids["Old"])).out
    assert "muted by the rule “Old stuff”" in shown
    table = on_terminal("list", "is:muted", "--no-pager", FEEDREADER_DB=str(database), NO_COLOR="1")
    assert "Old words (Old stuff)" in " ".join(table.split())
    assert run("mark", "unmuted", str(ids["Old"])).out == "1 entry unmuted\n"
    assert run("rules", "apply", "1").out == "acted on 0 entries\n"
    assert run("mark", "muted", "intitle:old").out == "1 entry muted\n"
    assert run("mark", "unmuted", "--all").out == "1 entry unmuted\n"


def test_score_and_colour_are_in_the_records(run, seeded: Reader) -> None:
    run("rules", "add", "--apply", "when intitle:kernel then score:+5, highlight:blue")
    record = run("list", "--json", "score:>0").record
    assert (record["score"], record["highlight"], record["muted"]) == (5, "blue", False)


def test_kill_file_of_newsboat_becomes_rules(run, seeded: Reader, home: Path) -> None:
    config = home / "config"
    config.write_text(
        'auto-reload yes\nignore-article "*" "title =~ \\"old\\""\n'
        'highlight-article "author =~ \\"ann\\"" red default\n'
        'ignore-article "*" "unread_count > 3"\n'
        'define-filter "Unread" "unread = \\"yes\\""\n'
    )
    result = run("import", "--newsboat-config", str(config))
    assert result.lines[0] == "2 rules added, 1 skipped"
    assert [line.split("\t")[4] for line in run("rules", "list").lines] == [
        "when intitle:old then mute",
        "when author:ann then highlight:red",
    ]
    assert [one.query for one in seeded.saved_searches()] == ["is:unread"]
    assert run("import", "--newsboat-config", str(config)).lines[0] == (
        "0 rules added, 3 already there, 1 skipped"
    )


def test_stories_of_a_query_are_exported(run, seeded: Reader, home: Path) -> None:
    book, page, lines = home / "k.epub", home / "k.html", home / "k.jsonl"
    for file in (book, page, lines):
        result = run("export", "--stories", "intitle:kernel OR intitle:harbour", str(file))
        assert result.out == f"2 stories written to {file}\n"
    with zipfile.ZipFile(book) as archive:
        assert archive.testzip() is None
    assert "Kernel 7.1 released" in page.read_text()
    records = [json.loads(line) for line in lines.read_text().splitlines()]
    assert [record["title"] for record in records] == ["Kernel 7.1 released", "Harbour at dawn"]
    assert records[1]["content_text"] == "Whole story with a list."
    markdown = run("export", "--stories", "intitle:kernel", "--as", "markdown").out
    assert markdown.startswith("# intitle:kernel\n")
    assert run("export", "--stories", "nosuchword", "--as", "html").code == 1
    assert run("export", "--stories", "kernel", str(home / "k.txt")).code == 2
    assert run("export", "--as", "html").code == 2


def test_newsboat_expression_is_a_query_on_the_command_line(run, seeded: Reader) -> None:
    assert run("list", "--count", 'title =~ "kernel" or title =~ "old" and age < 2').out == "1\n"

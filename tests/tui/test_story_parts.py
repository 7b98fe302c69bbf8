"""Parts of the story view by themselves: code colours, words found, edits, hints."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedreader.core.document import Style
from feedreader.core.render import render
from feedreader.model import EntryVersion
from feedreader.tui.code_colours import colour_block, guess_language
from feedreader.tui.edit_view import lay_out_edits
from feedreader.tui.finding import StoryText
from feedreader.tui.hints import find_targets, make_labels
from feedreader.tui.story_lines import lay_out
from stories import NOW, story


class TestCodeColours:
    def coloured(self, html: str, width: int = 60) -> list[tuple[str, str]]:
        """(part, text) of all that has a colour."""
        document = render(html, width=width)
        colours = colour_block(document.code_blocks[0], document.lines)
        return [
            (part, document.lines[row].text[start:end])
            for row, places in sorted(colours.items())
            for start, end, part in places
        ]

    def test_a_named_language_is_coloured_where_its_words_stand(self) -> None:
        html = '<pre><code class="language-python">if x:\n\treturn "a"  # b</code></pre>'
        assert self.coloured(html) == [
            ("keyword", "if"),
            ("keyword", "return"),
            ("string", '"'),
            ("string", "a"),
            ("string", '"'),
            ("comment", "# b"),
        ]

    def test_colours_go_on_where_a_long_line_is_broken(self) -> None:
        html = f'<pre><code class="language-python">x = "{"long " * 12}end"</code></pre>'
        words = [text for part, text in self.coloured(html, 24) if part == "string"]
        assert "".join(words) == f'"{"long " * 12}end"'

    def test_code_in_a_quote_in_a_list_is_coloured_behind_its_bars(self) -> None:
        html = "<ul><li><blockquote><pre class='language-c'>int x;</pre></blockquote></li></ul>"
        assert ("keyword", "int") in self.coloured(html)

    def test_an_unknown_language_and_prose_stay_plain(self) -> None:
        assert self.coloured('<pre class="language-nonesuch">if x: return</pre>') == []
        assert self.coloured("<pre>if you return, do not wait for me</pre>") == []

    def test_huge_code_stays_plain(self) -> None:
        assert self.coloured(f'<pre class="language-python">{"return 1" * 8_000}</pre>') == []

    @pytest.mark.parametrize(
        ("language", "code"),
        [
            ("python", "import re\nprint(1)"),
            ("python", "def f(x):\n    pass"),
            ("rust", "fn main() {\n    let mut x = 1;"),
            ("go", "package main\n"),
            ("c", "#include <stdio.h>"),
            ("javascript", "const x = 1;"),
            ("sql", "SELECT a FROM b"),
            ("html", "<div class=x>"),
            ("json", '{\n  "a": 1\n}'),
            ("console", "$ ls -l"),
            ("bash", "#!/bin/sh\nls"),
            ("diff", "@@ -1,2 +1,2 @@"),
            ("", "Roses are red;\nviolets are blue."),
        ],
    )
    def test_a_language_is_guessed_from_a_sure_sign(self, language: str, code: str) -> None:
        assert guess_language(code) == language

    @settings(deadline=None)
    @given(st.text(max_size=200), st.sampled_from(["python", "html", "c", "diff", "js"]))
    def test_colours_of_anything_stay_inside_its_lines(self, code: str, language: str) -> None:
        escaped = code.replace("&", "&amp;").replace("<", "&lt;")
        document = render(f'<pre class="language-{language}">{escaped}</pre>', width=30)
        for block in document.code_blocks:
            for row, places in colour_block(block, document.lines).items():
                assert block.start <= row < block.end
                assert all(0 <= a < b <= len(document.lines[row].text) for a, b, _ in places)


class TestFinding:
    def places(self, html: str, words: str, width: int = 20) -> list[str]:
        lines = render(html, width=width).lines
        return [
            "|".join(lines[row].text[start:end] for row, start, end in match.pieces)
            for match in StoryText(lines).find(words)
        ]

    def test_small_letters_find_any_case_and_capitals_only_themselves(self) -> None:
        html = "<p>Ada and ada</p>"
        assert self.places(html, "ada") == ["Ada", "ada"]
        assert self.places(html, "Ada") == ["Ada"]

    def test_words_are_found_across_lines_styles_and_quote_bars(self) -> None:
        html = "<blockquote>twelve letters <b>and</b> some more</blockquote>"
        assert self.places(html, "letters and some") == ["letters |and|some"]

    def test_a_link_number_does_not_part_words(self) -> None:
        html = '<p>see <a href="https://x.example">here</a> now</p>'
        assert self.places(html, "here now", 40) == ["here| now"]

    def test_signs_of_patterns_are_just_signs(self) -> None:
        assert self.places("<p>a.c (abc)</p>", "a.c") == ["a.c"]
        assert self.places("<p>a.c (abc)</p>", "(") == ["("]

    def test_blanks_alone_find_nothing(self) -> None:
        assert self.places("<p>a b</p>", "  ") == []


class TestHints:
    def test_labels_are_of_one_length_and_differ(self) -> None:
        for count in (0, 1, 15, 16, 225, 226):
            labels = make_labels(count)
            assert len(set(labels)) == count
            assert len({len(label) for label in labels}) <= 1
        assert make_labels(15)[-1].isalpha()
        assert len(make_labels(15)[0]) == 1

    def test_each_address_has_one_hint_where_it_first_stands(self) -> None:
        html = '<p><a href="https://x.example">a</a> <a href="https://x.example">b</a></p>'
        lines = render(html, width=40).lines
        assert [target.link for target in find_targets(enumerate(lines))] == [1]


class TestEdits:
    def texts(self, before: str, after: str) -> list[tuple[str, str]]:
        """(style name, text) of what went and came."""
        version = EntryVersion(
            datetime(2026, 11, 25, tzinfo=UTC), "Measuring text in a grid", before
        )
        page = lay_out_edits(story(after), [version], width=60, now=NOW, zone=UTC)
        names = {Style.GONE: "gone", Style.CAME: "came"}
        return [
            (names[span.style], span.text)
            for line in page.lines[4:]
            for span in line.spans
            if span.style in names
        ]

    def test_only_the_changed_words_are_marked(self) -> None:
        before, after = "<p>One two three.</p>", "<p>One five three.</p>"
        assert self.texts(before, after) == [("gone", "two"), ("came", "five")]

    def test_whole_paragraphs_come_and_go(self) -> None:
        before, after = "<p>a</p><p>gone</p><p>b</p>", "<p>a</p><p>b</p><p>new</p>"
        assert self.texts(before, after) == [("gone", "gone"), ("came", "new")]

    def test_unchanged_passages_far_from_a_change_are_left_out(self) -> None:
        middle = "".join(f"<p>same {n}</p>" for n in range(40))
        version = EntryVersion(NOW, "Measuring text in a grid", f"<p>a</p>{middle}<p>b</p>")
        page = lay_out_edits(
            story(f"<p>x</p>{middle}<p>y</p>"), [version], width=60, now=NOW, zone=UTC
        )
        text = "\n".join(line.text for line in page.lines)
        assert "same 0" in text
        assert "… 56 words …" in text
        assert "same 20" not in text

    def test_each_version_is_compared_with_the_one_after_it(self) -> None:
        versions = [
            EntryVersion(NOW, "Measuring text in a grid", "<p>two</p>"),
            EntryVersion(datetime(2026, 11, 20, tzinfo=UTC), "Old title", "<p>one</p>"),
        ]
        page = lay_out_edits(story("<p>three</p>"), versions, width=60, now=NOW, zone=UTC)
        text = " ".join(line.text for line in page.lines if line.text)
        assert "Today, 12:00 · 1 gone, 1 new ~ two three" in text
        assert text.index("one two") > text.index("two three")
        assert "Title: Old title Measuring text in a grid" in text

    def test_a_very_long_passage_is_shown_whole(self) -> None:
        before, after = "a " * 3_000, "b " * 3_000
        marks = self.texts(f"<p>{before}</p>", f"<p>{after}</p>")
        assert {name for name, _ in marks} == {"gone", "came"}


def test_a_name_as_long_as_a_story_has_one_line() -> None:
    entry = story("<p>Words.</p>", feed_title="宽" * 500, authors=("Ada " * 300,))
    page = lay_out(entry, "feed", width=60, now=NOW, zone=UTC, key_of=lambda name: "")
    assert page.head_rows <= 10

"""What a story looks like in a terminal, and that nothing in it can look like anything else."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from feedreader.core.document import Document, Style
from feedreader.core.html_page import to_html_page
from feedreader.core.markdown import escape_markdown, to_markdown
from feedreader.core.render import render, to_ansi, to_plain
from feedreader.core.sanitize import clean_html, clean_line, html_to_text
from feedreader.core.width import cell_width, cut_to_width, pad, wrap
from hostile import CONTROLS, HTML, bodies

BASE = "https://site.example/blog/post/"
OWN_SGR = re.compile("\x1b\\[[0-9;]*m")


def show(html: str, width: int = 40) -> list[str]:
    """The lines of a story as plain text."""
    return [line.text for line in render(html, width=width).lines]


def style_of(document: Document, text: str) -> Style:
    """The style of the first span that holds the text."""
    return next(span.style for line in document.lines for span in line.spans if text in span.text)


class TestBlocks:
    def test_paragraphs_stand_apart_and_divisions_do_not(self) -> None:
        assert show("<p>a</p><p>b</p><div>c</div><div>d</div><p></p>e") == [
            *("a", "", "b", "", "c", "d", "", "e")
        ]

    def test_white_space_collapses_across_elements(self) -> None:
        assert show("<p> a <b> b </b> c\n\td </p>") == ["a b c d"]

    def test_headings_differ_without_colour(self) -> None:
        assert show("<h1>One</h1><h2>Two</h2><h3>Three</h3><h4>Four</h4><p>x</p>") == [
            *("One", "═══", "", "", "Two", "───", "", "── Three", "", "─ Four", "", "x")
        ]

    @pytest.mark.parametrize(
        "heading",
        [
            '<h2 id="how">How it works <a href="#how">#</a></h2>',
            '<h2 id="how"><a href="#how">¶</a> How it works</h2>',
            '<h2 id="how"><a href="#how">How it works</a></h2>',
            '<h2><a name="how" href="https://x.example/p#how">How it works</a></h2>',
            '<h2 id="how">How it works <a href="#how">Permalink to “How it works”</a></h2>',
            '<h2 id="how">How it works</h2><a href="https://x.example/p#how">🔗\ufe0f</a>',
        ],
    )
    def test_a_heading_does_not_offer_its_own_address(self, heading: str) -> None:
        document = render(f"{heading}<p>By steam.</p>", width=40)
        assert [line.text.strip() for line in document.lines if line.text.strip()] == [
            "How it works", "────────────", "By steam.",
        ]  # fmt: skip
        assert document.links == ()

    def test_other_links_and_notes_in_a_heading_stay(self) -> None:
        html = (
            '<h2 id="a">On <a href="https://x.example/#b">steam</a><a href="#n">1</a></h2>'
            '<p id="n">1. A note on <a href="https://x.example/c">#</a></p>'
        )
        document = render(html, width=40)
        assert [link.url for link in document.links] == [
            "https://x.example/#b", "https://x.example/c",
        ]  # fmt: skip
        assert any(span.anchor == "n" for span in document.lines[0].spans)

    def test_headings_are_listed_with_their_lines(self) -> None:
        document = render("<p>a</p><h2>T <i>x</i></h2><h3>U</h3>")
        assert [(h.level, h.text, document.lines[h.line].text) for h in document.headings] == [
            (2, "T x", "T x"),
            (3, "U", "── U"),
        ]

    def test_list_items_hang_and_nest(self) -> None:
        html = "<ul><li>one two three four<ul><li>in</li></ul></li><li><p>b</p></li></ul>x"
        assert show(html, 12) == ["• one two", "  three four", "  ◦ in", "• b", "", "x"]

    def test_list_of_paragraphs_is_loose(self) -> None:
        assert show("<ul><li><p>a</p><p>b</p></li><li>c</li></ul>") == [
            *("• a", "", "  b", "", "• c")
        ]

    @pytest.mark.parametrize(
        ("html", "lines"),
        [
            ('<ol start="9"><li>a<li>b</ol>', [" 9. a", "10. b"]),
            ('<ol type="a"><li>a<li value="28">b</ol>', [" a. a", "ab. b"]),
            ('<ol type="I" reversed><li>a<li>b</ol>', ["II. a", " I. b"]),
            ('<ol start="junk"><li>a</ol>', ["1. a"]),
            ("<li>stray", ["• stray"]),
            ("<ul><li>☑ done</li><li>☐ open</li></ul>", ["☑ done", "☐ open"]),
        ],
    )
    def test_list_markers(self, html: str, lines: list[str]) -> None:
        assert show(html) == lines

    def test_quotes_have_a_bar_that_bridges_their_paragraphs(self) -> None:
        html = "a<blockquote><p>b</p><p>c</p><blockquote>d</blockquote></blockquote>e"
        assert show(html) == ["a", "", "│ b", "│", "│ c", "│", "│ │ d", "", "e"]

    def test_code_keeps_lines_and_language_and_is_marked_where_it_is_wrapped(self) -> None:
        document = render(
            '<pre><code class="language-python">if x:\n\treturn 1234567890</code></pre>', width=16
        )
        assert [line.text for line in document.lines] == [
            "  if x:",
            "      return 123",
            "  ↪ 4567890",
        ]
        (block,) = document.code_blocks
        assert (block.start, block.end, block.language) == (0, 3, "python")
        assert block.code == "if x:\n\treturn 1234567890"

    @pytest.mark.parametrize(
        "html",
        [
            "<pre><div>a</div><div>  b</div></pre>",
            "<pre><code><div>a</div>\n<div>  b</div>\n</code></pre>",
            "<pre><ol><li><b>a</b></li><li>  b</li></ol></pre>",
            "<pre>a<div>  b</div></pre>",
            "<pre><p>a</p>  b</pre>",
            "<pre><table><tr><td>a</td></tr><tr><td>  b</td></tr></table></pre>",
            "<pre>a<br>  b</pre>",
        ],
    )
    def test_code_whose_lines_are_elements_keeps_its_lines(self, html: str) -> None:
        html = clean_html(html, BASE)
        assert show(html) == ["  a", "    b"]
        assert html_to_text(html) == "a\n  b"
        assert to_markdown(html) == "```\na\n  b\n```\n"

    def test_empty_line_of_code_that_is_an_element_stays(self) -> None:
        html = "<pre><div>a</div><div><br></div><div>b</div></pre>"
        assert show(html) == ["  a", "", "  b"]

    def test_summary_without_details_is_shown(self) -> None:
        assert show("a<summary>S</summary>b") == ["a", "▾ S", "", "b"]

    def test_links_in_code_lead_on_and_leave_it_as_it_is(self) -> None:
        document = render(
            '<pre>\n\nsee\t<a href="https://x.example/a"><b>the</b>\nlong page</a>!\n'
            '<a href="javascript:x">no</a> <a href="https://x.example/b">b</a></pre>',
            width=9,
        )
        assert [line.text for line in document.lines] == [
            "  see the", "  long pa", "  ↪ ge!", "  no b",
        ]  # fmt: skip
        linked = [(span.text, span.link) for line in document.lines for span in line.spans
                  if span.link]  # fmt: skip
        assert linked == [("the", 1), ("long pa", 1), ("ge", 1), ("b", 2)]
        assert [(link.number, link.url, link.text) for link in document.links] == [
            (1, "https://x.example/a", "the long page"), (2, "https://x.example/b", "b"),
        ]  # fmt: skip
        assert document.code_blocks[0].code == "see\tthe\nlong page!\nno b"

    @pytest.mark.parametrize("between", ["\n", "\t"])
    def test_many_links_in_code_cost_no_more_than_their_letters(self, between: str) -> None:
        link = f'<a href="https://x.example/">x</a>{between}'
        lines = render(f"<pre>{link * 20_000}</pre>", width=80).lines
        assert sum(span.link for line in lines for span in line.spans) == 20_000

    def test_definitions_figures_details_and_rules(self) -> None:
        assert show("<dl><dt>T<dd>d</dl>") == ["T", "    d"]
        assert show('<figure><img src="https://a.example/i.png" alt="A"><figcaption>c') == [
            *("[image: A][1]", "c")
        ]
        assert show("<details><summary>S</summary><p>d</p></details>") == ["▾ S", "", "  d"]
        assert show("a<hr>b", 9) == ["a", "", "   ───", "", "b"]

    def test_line_breaks(self) -> None:
        assert show("a<br>b<br><br><br>c<br>") == ["a", "b", "", "c"]


class TestTables:
    HTML = "<table><tr><th>Name<th>Sum</tr><tr><td>Ä<td>1.5</tr><tr><td>日本<td>100</tr></table>"

    def test_columns_are_aligned_by_cells(self) -> None:
        assert show(self.HTML) == ["Name │ Sum", "─────┼────", "Ä    │ 1.5", "日本 │ 100"]

    def test_wrapped_rows_are_ruled(self) -> None:
        html = "<table><tr><td>a<td>one two three four</tr><tr><td>b<td>c</tr></table>"
        assert show(html, 14) == [*("a │ one two", "  │ three four", "──┼───────────", "b │ c")]

    def test_table_too_wide_becomes_rows_of_named_values(self) -> None:
        html = (
            "<table><tr><th>Country<th>Capital<th>Population</tr>"
            "<tr><td>Iceland<td>Reykjavik<td>380,000</tr></table>"
        )
        assert show(html, 24) == ["Country: Iceland", "Capital: Reykjavik", "Population: 380,000"]

    def test_long_head_of_a_table_too_wide_is_shown_once(self) -> None:
        head = "how much of it is left in the spring of the third year after that"
        cells = "<tr><td>x<td>incomprehensible</tr>"
        html = f"<table><tr><th>{head}<th>b</tr>{cells * 2}</table>"
        words = [*head.split(), "b", *("x", "incomprehensible") * 2]
        assert " ".join(show(html, 20)).split() == words

    def test_layout_table_is_read_in_order(self) -> None:
        html = "<table><tr><td><h2>A</h2><p>x</p></td><td><table><tr><td>y</table></td></table>"
        assert show(html) == ["A", "─", "", "x", "", "y"]

    def test_spanning_cells_keep_the_columns(self) -> None:
        html = "<table><tr><td colspan=2>ab<td>c</tr><tr><td>d<td>e<td>f</tr></table>"
        assert show(html) == ["ab │   │ c", "d  │ e │ f"]

    def test_cells_that_reach_into_rows_below_keep_the_columns(self) -> None:
        html = (
            "<table><tr><td rowspan=2>a<td>b<td rowspan=0>c</tr><tr><td>d</tr>"
            "<tr><td>e<td>f</tr></table>"
        )
        assert show(html) == ["a │ b │ c", "  │ d │", "e │ f │"]
        assert "|  | d |  |" in to_markdown(html)

    def test_foot_of_a_table_comes_last_wherever_it_is_written(self) -> None:
        html = (
            "<table><thead><tr><th>N<th>S</thead><tfoot><tr><td>all<td>3</tfoot>"
            "<tbody><tr><td>a<td>3</tbody></table>"
        )
        assert show(html) == ["N   │ S", "────┼──", "a   │ 3", "all │ 3"]

    @pytest.mark.parametrize("rows", ["2", "0", "99"])
    def test_cells_below_one_that_spans_rows_keep_their_columns(self, rows: str) -> None:
        html = (
            f"<table><tr><th>a<th>b<th>c</tr><tr><td rowspan={rows} colspan=2>x<td>1</tr>"
            "<tr><td>2</tr></table>"
        )
        assert show(html)[2:] == ["x │   │ 1", "  │   │ 2"]

    def test_many_cells_that_span_all_rows_below_cost_no_more_than_others(self) -> None:
        rows = "<tr><td rowspan=0>a<td rowspan=0>b</tr>" * 3000
        assert len(show(f"<table><tr><th>c<th>d</tr>{rows}</table>")) < 10_000

    def test_line_numbers_beside_code_are_left_out(self) -> None:
        html = "<table><tr><td><pre>1\n2\n</pre></td><td><pre>a\nb</pre></td></tr></table>"
        assert show(html) == ["  a", "  b"]


class TestInline:
    def test_each_address_has_one_number(self) -> None:
        document = render(
            '<p><a href="https://a.example/">x</a> <a href="https://b.example/">y</a> '
            '<a href="https://a.example/">z</a></p>'
        )
        assert document.lines[0].text == "x[1] y[2] z[1]"
        assert [(link.number, link.url, link.text) for link in document.links] == [
            (1, "https://a.example/", "x"),
            (2, "https://b.example/", "y"),
        ]

    def test_link_around_a_block_shows_its_number_once(self) -> None:
        html = '<a href="https://a.example/"><h3>Title</h3><p>words</p></a>'
        assert show(html) == ["── Title[1]", "", "words"]

    def test_empty_and_unsafe_links_have_no_number(self) -> None:
        document = render('<a href="https://a.example/"></a><a href="javascript:x">w</a>')
        assert document.lines[0].text == "w"
        assert document.links == ()

    def test_links_and_pictures_are_numbered_in_one_row(self) -> None:
        html = '<a href="https://a.example/">x</a><img src="https://a.example/i.png" alt="A">'
        assert show(html) == ["x[1] [image: A][2]"]

    def test_footnotes_lead_inside_the_story(self) -> None:
        document = render(
            '<p>a<sup id="r"><a href="#n">1</a></sup></p><p>b</p>'
            '<ol><li id="n">note <a href="https://a.example/p#r">↩</a></li></ol>'
        )
        spans = [span for line in document.lines for span in line.spans if span.anchor]
        assert [(span.text, span.anchor) for span in spans] == [("¹", "n")]
        assert document.anchors == {"r": 0, "n": 4}

    def test_id_inside_a_long_paragraph_leads_to_its_line(self) -> None:
        document = render(f'<p>{"word " * 20}<b id="x">here</b></p>', width=20)
        assert "here" in document.lines[document.anchors["x"]].text

    @pytest.mark.parametrize(
        ("html", "line"),
        [
            ("E=mc<sup>2</sup>", "E=mc²"),
            ("H<sub>2</sub>O", "H₂O"),
            ("2<sup>ab</sup> 2<sup>x</sup>", "2^(ab) 2^x"),
            ("1<sup>st</sup>", "1st"),
            ("<sup>[citation needed]</sup>", "[citation needed]"),
            ("<del>1</del> <ins>2</ins>", "~~1~~ 2"),
            ("<q>a</q>", "“a”"),
            ("<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>", "漢(kan)"),
            ('<abbr title="Long">L</abbr> <abbr title="Long">L</abbr>', "L (Long) L"),
            ('<img src="https://a.example/x.png" alt="🙂" width=12>', "🙂"),
            ('<img src="https://a.example/a%20cat.png">', "[image: a cat.png][1]"),
            ("a&nbsp;b", "a b"),
            ("[/b] [@click=app.quit]x", "[/b] [@click=app.quit]x"),
        ],
    )
    def test_inline_forms(self, html: str, line: str) -> None:
        assert show(f"<p>{html}</p>") == [line]

    def test_thumbnail_of_a_picture_has_the_number_of_the_large_one(self) -> None:
        html = '<a href="https://a.example/l.jpg"><img src="https://a.example/s.jpg" alt="A"></a>'
        document = render(html)
        assert document.lines[0].text == "[image: A][1]"
        assert document.links[0].url == "https://a.example/l.jpg"
        assert [(image.link, image.alt, image.line) for image in document.images] == [(1, "A", 0)]

    def test_players_and_pictures_side_by_side_are_told_apart(self) -> None:
        html = (
            '<p><img src="https://a.example/i.png" alt="A"><img src="https://a.example/j.png">'
            '<a href="https://a.example/v">▶ Video at a.example</a>'
            '<a href="https://a.example/w">w</a></p>'
        )
        assert show(html, 80) == ["[image: A][1] [image: j.png][2] ▶ Video at a.example[3]w[4]"]

    def test_pictures_in_cells_are_found_where_their_table_begins(self) -> None:
        cells = "".join(f'<td><img src="https://a.example/{n}.png" alt="{n}"></td>' for n in "AB")
        document = render(f"<p>Before</p><table><tr>{cells}</tr><tr><td>a<td>b</tr></table>")
        (first,) = [n for n, line in enumerate(document.lines) if "A" in line.text]
        assert [(image.alt, image.line) for image in document.images] == [
            ("A", first),
            ("B", first),
        ]

    def test_same_picture_twice_in_a_row_shows_once(self) -> None:
        image = '<img src="https://a.example/i.png" alt="A">'
        assert show(f"<p>{image}</p><p>{image}</p>") == ["[image: A][1]"]

    def test_styles_add_up(self) -> None:
        document = render("<p><b>x<i>y</i></b> <code>z</code></p><blockquote><s>q</s></blockquote>")
        assert style_of(document, "x") == Style.BOLD
        assert style_of(document, "y") == Style.BOLD | Style.ITALIC
        assert style_of(document, "z") == Style.CODE
        assert style_of(document, "q") == Style.QUOTE | Style.STRIKE


class TestWidths:
    @pytest.mark.parametrize(
        ("text", "cells"),
        [("abc", 3), ("日本", 4), ("e\u0301", 1), ("👩‍👩‍👧‍👦", 2), ("❤️", 2), ("", 0), ("שלום", 4)],
    )
    def test_cells(self, text: str, cells: int) -> None:
        assert cell_width(text) == cells

    def test_cut_and_pad_by_cells(self) -> None:
        assert cut_to_width("日本語", 5) == "日本…"
        assert cut_to_width("日本語", 6) == "日本語"
        assert cut_to_width("abc", 0) == ""
        assert pad("日本", 6) == "日本  "
        assert pad("日本", 6, right=True) == "  日本"

    @pytest.mark.parametrize(
        ("text", "width", "lines"),
        [
            ("one two three", 7, ["one two", "three"]),
            ("https://a.example/path/x", 12, ["https://", "a.example/", "path/x"]),
            ("これは、日本語です。", 8, ["これは、", "日本語で", "す。"]),
            ("彼は「犬」と言う（笑）", 10, ["彼は「犬」", "と言う", "（笑）"]),
            ("👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 3, ["👩‍👩‍👧‍👦", "👩‍👩‍👧‍👦"]),
            ("e\u0301e\u0301e\u0301", 2, ["e\u0301e\u0301", "e\u0301"]),
        ],
    )
    def test_lines_break_where_they_may(self, text: str, width: int, lines: list[str]) -> None:
        assert [text[start:end] for start, end in wrap(text, width)] == lines

    @settings(deadline=None)
    @given(st.text() | st.text(alphabet="abc -/字、。「」é\u0301👩\u200d👧ก"), st.integers(2, 30))
    def test_wrapping_loses_nothing_but_spaces(self, text: str, width: int) -> None:
        text = clean_line(text)
        pieces = [text[start:end] for start, end in wrap(text, width)]
        assert all(cell_width(piece) <= width for piece in pieces)
        assert "".join(pieces).replace(" ", "") == text.replace(" ", "")


class TestPrinting:
    HTML = (
        '<h2>T</h2><p><b>x</b> <a href="https://a.example/">y</a> '
        '<a href="https://bank.example@evil.example/">z</a></p>'
    )

    def test_plain_text_lists_the_addresses_and_the_true_host(self) -> None:
        assert to_plain(render(self.HTML)).splitlines() == [
            *("T", "─", "", "x y[1] z[2]", "", "Links", ""),
            "[1] https://a.example/",
            "[2] https://bank.example@evil.example/  (evil.example)",
        ]

    def test_ansi_is_plain_text_with_own_sequences(self) -> None:
        document = render(self.HTML)
        ansi = to_ansi(document)
        assert OWN_SGR.sub("", ansi) == to_plain(document)
        assert "\x1b[4;34m" in ansi
        assert "\x1b[1mx\x1b[0m" in ansi


class TestMarkdown:
    def test_structure(self) -> None:
        html = (
            "<h2>T</h2><p>a <b> b </b>c<br>d</p><ul><li>x<ol><li>y</li></ol></li></ul>"
            '<blockquote><p>q</p></blockquote><pre><code class="language-c">`x`\n</code></pre>'
            "<table><tr><th>h</th><th>i</th></tr><tr><td>1|2</td><td><code>a|b</code></td></tr>"
            '</table><p><img src="https://a.example/i.png" alt="A"></p>'
        )
        assert to_markdown(html) == (
            "## T\n\na **b** c\\\nd\n\n- x\n  1. y\n\n> q\n\n```c\n`x`\n```\n\n"
            "| h | i |\n| --- | --- |\n| 1\\|2 | `a\\|b` |\n\n![A](https://a.example/i.png)\n"
        )

    @pytest.mark.parametrize(
        "text",
        [
            "# no heading", "1. no item", "- no item", "+ no item", "> no quote", "a * b * c *d*",
            "_x_ snake_case", "[x](y) ![z]", "<b>no tag</b> a < b", "&amp; &#27; &", "`code`",
            "\\ backslash\\", "~~no~~ ~", "===", "---", "***", "~~~", "1) x", "a|b",
        ],
    )  # fmt: skip
    def test_text_that_looks_like_markup_is_escaped(self, text: str) -> None:
        html = MarkdownIt("gfm-like", {"linkify": False}).render(escape_markdown(text))
        escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        assert html == f"<p>{escaped}</p>\n"

    def test_link_with_brackets_stays_one_link(self) -> None:
        html = '<a href="https://a.example/x_(y)">[a] b</a>'
        markdown = to_markdown(html)
        assert markdown == "[\\[a\\] b](<https://a.example/x_(y)>)\n"

    @settings(deadline=None)
    @given(HTML)
    def test_markdown_of_anything_is_safe(self, html: str) -> None:
        markdown = to_markdown(clean_html(html, BASE))
        assert not CONTROLS.search(markdown)
        assert "<script" not in MarkdownIt("commonmark").render(markdown)


class TestHtmlPage:
    def test_page_loads_nothing_and_escapes_what_is_text(self) -> None:
        story = '<p>x</p><img src="https://t.example/i.png" alt="A &amp; B">'
        page = to_html_page("<T>", ["Feed & Co", "2024"], story, link="https://a.example/x")
        assert "default-src 'none'" in page
        assert "&lt;T&gt;" in page
        assert "<T>" not in page
        assert "<p>Feed &amp; Co</p>" in page
        assert "<img" not in page
        assert '<a href="https://t.example/i.png">[image: A &amp; B]</a>' in page
        assert '<a href="https://a.example/x">a.example</a>' in page

    def test_unsafe_link_is_left_out(self) -> None:
        assert "javascript" not in to_html_page("t", [], "<p>x</p>", link="javascript:x")


class TestHostile:
    @settings(deadline=None)
    @given(HTML, st.integers(4, 90))
    def test_lines_fit_and_hold_no_control(self, html: str, width: int) -> None:
        for given_html in (html, clean_html(html, BASE)):
            document = render(given_html, width=width)
            for line in document.lines:
                assert cell_width(line.text) <= width
                assert not CONTROLS.search(line.text)
                assert not set("\n\t\r") & set(line.text)
            assert not CONTROLS.search(to_plain(document))
            assert not CONTROLS.search(OWN_SGR.sub("", to_ansi(document)))
            count = max(1, len(document.lines))
            assert all(0 <= line < count for line in document.anchors.values())
            assert all(document.lines[heading.line].text for heading in document.headings)
            assert [link.number for link in document.links] == [*range(1, len(document.links) + 1)]

    def test_deep_nesting_leaves_half_of_the_width_to_the_text(self) -> None:
        html = "<div><blockquote><ul><li>" * 5_000 + "core text of some length"
        for given_html in (html[:30_000] + "core text", clean_html(html, BASE)):
            lines = show(given_html, 40)
            assert any("core text" in line for line in lines)

    def test_deep_lists_keep_a_readable_column(self) -> None:
        html = "<ul><li>" * 60 + "one two three four five six seven eight"
        assert max(map(len, show(html, 40))) > 30
        assert len(show(html, 40)) < 70

    @pytest.mark.parametrize(
        "html",
        [
            "<table><tr>" + "<td>x</td>" * 20_000 + "</tr><tr><td>y</table>",
            "<table>" + "<tr><td>a</td><td>b</td></tr>" * 4_000 + "</table>",
            "<table><tr>" + "<td>x" * 20_000 + "<tr><td>y" * 6_000,
            "<table><tr><td colspan=-99999>" + "<td>x" * 20_000 + "<tr><td>y" * 6_000,
            "<table>" + "<tr><td colspan=9999>x<td>y" * 10_000,
            "<table>" + ("<tr>" + "<td rowspan=9999>x" * 20) * 500,
            "<table><tr>" + ("<th>" + "n" * 3_000) * 24 + ("<tr>" + "<td>x" * 24) * 1_000,
            "<p>" + "日" * 100_000,
            "<p>" + "x" * 500_000,
            "<p>" + "a&nbsp;" * 100_000,
            "<br>" * 50_000,
            "<pre>" + "x\n" * 50_000,
            '<a href="https://a.example/">' * 20_000,
            "<table><tr><td>" * 5_000 + "x",
            "<ruby><rt>" * 20_000,
        ],
        ids=lambda html: str(html)[:25],
    )
    def test_floods_render_in_time(self, html: str) -> None:
        started = time.process_time()
        render(html, width=80)
        assert time.process_time() - started < 3

    def test_attacks_bring_no_control_to_the_terminal(self, corpus: Path) -> None:
        stories = [
            (path.name, body)
            for path in sorted((corpus / "attacks").glob("*.*"))
            if path.suffix in (".rss", ".atom")
            and path.stat().st_size < 300_000
            and "codec" not in path.name
            for _, body in bodies(path)
        ]
        page = corpus / "attacks" / "page_ansi.html"
        stories.append((page.name, page.read_text(errors="replace")))
        assert len(stories) > 100
        for name, body in stories:
            document = render(clean_html(body, "https://a.example/"), width=60)
            assert not CONTROLS.search(to_plain(document)), name
            assert not CONTROLS.search(OWN_SGR.sub("", to_ansi(document))), name
            assert all(cell_width(line.text) <= 60 for line in document.lines), name

    def test_core_of_deep_attacks_shows(self, corpus: Path) -> None:
        for name in (
            "deep_html_10000_divs.rss",
            "deep_html_mixed_unclosed.rss",
            "deep_atom_xhtml.atom",
        ):
            ((_, body),) = bodies(corpus / "attacks" / name)
            started = time.process_time()
            lines = show(clean_html(body, "https://a.example/"), 80)
            assert any("core text" in line for line in lines), name
            assert time.process_time() - started < 1, name

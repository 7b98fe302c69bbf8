"""What goes to the terminal is clean, aligned, and coloured only when wanted."""

from __future__ import annotations

import io
import json
import re

import pytest
from wcwidth import wcswidth

from feedreader.cli.output import Output, cell, to_json, wants_colour
from feedreader.cli.template import TemplateError, compile_template, spreadsheet_safe

UNSAFE = "a\x1b[31mb\x1b]52;c;QQ==\x07c\x9b5md\u202ee\u2066f\x00g\r\x08h\ud800i"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def printed(*, has_colour: bool = False) -> tuple[Output, io.StringIO]:
    stream = io.StringIO()
    return Output(stream, has_colour=has_colour), stream


def has_controls(text: str) -> bool:
    return (
        re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800]", text) is not None
    )


def test_line_holds_no_control_character_of_its_text() -> None:
    out, stream = printed()
    out.line(UNSAFE, (UNSAFE, "title"))
    assert not has_controls(stream.getvalue())
    assert stream.getvalue().count("\n") == 1


def test_line_of_two_lines_is_printed_as_one() -> None:
    out, stream = printed()
    out.line("a\nb\u2028c")
    assert stream.getvalue() == "a b c\n"


def test_colours_are_the_only_escape_sequences() -> None:
    out, stream = printed(has_colour=True)
    out.line((UNSAFE, "bad"))
    assert re.sub(r"\x1b\[31m(.*)\x1b\[0m\n", r"\1", stream.getvalue()).find("\x1b") < 0


def test_rendered_text_keeps_sgr_and_loses_other_sequences() -> None:
    out, stream = printed(has_colour=True)
    out.rendered("\x1b[1;34mx\x1b[0m\x1b]0;title\x07\x1b[2Jy")
    assert stream.getvalue() == "\x1b[1;34mx\x1b[0m]0;title[2Jy"


def test_rendered_text_loses_colours_that_are_not_wanted() -> None:
    out, stream = printed()
    out.rendered("\x1b[1;34mx\x1b[0m")
    assert stream.getvalue() == "x"


def test_fields_hold_no_tab_of_their_own() -> None:
    out, stream = printed()
    out.fields(("a\tb", "c\nd", UNSAFE))
    assert stream.getvalue().count("\t") == 2
    assert stream.getvalue().count("\n") == 1


def test_json_escapes_what_a_terminal_acts_on_and_keeps_the_value() -> None:
    value = {"title": UNSAFE + "\u2028\U000e0041é日"}
    written = to_json(value)
    assert not has_controls(written)
    assert "\u2028" not in written
    assert "\U000e0041" not in written
    assert "é日" in written
    assert json.loads(written) == value


@pytest.mark.parametrize(
    ("named", "width"), [("120", 120), ("0", 80), ("wide", 80), ("9" * 20, 80), ("9" * 5000, 80)]
)
def test_width_is_the_named_one_within_reason(
    monkeypatch: pytest.MonkeyPatch, named: str, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", named)
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    assert Output(terminal, has_colour=False).width == width


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("plain", 8),
        ("日本語のタイトル", 7),
        ("e\u0301te\u0301", 4),
        ("👩‍👩‍👧 family", 8),
        (UNSAFE, 5),
    ],
)
def test_cell_is_exactly_as_wide_as_asked(text: str, width: int) -> None:
    assert wcswidth(cell(text, width)) == wcswidth(cell(text, width, right=True)) == width


@pytest.mark.parametrize(
    ("choice", "is_terminal", "env", "wanted"),
    [
        ("auto", True, {}, True),
        ("auto", False, {}, False),
        ("auto", True, {"NO_COLOR": "1"}, False),
        ("auto", True, {"NO_COLOR": ""}, True),
        ("auto", False, {"FORCE_COLOR": "1"}, True),
        ("auto", True, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        ("auto", True, {"TERM": "dumb"}, False),
        ("always", False, {"NO_COLOR": "1"}, True),
        ("never", True, {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colour_follows_option_then_environment_then_terminal(
    choice: str, is_terminal: bool, env: dict[str, str], wanted: bool
) -> None:
    assert wants_colour(choice, Terminal() if is_terminal else io.StringIO(), env) is wanted


NAMES = ("id", "title", "published_at", "read", "tags", "enclosures")
RECORD = {
    "id": 7,
    "title": "{id} {0.__class__} \\n %s" + UNSAFE,
    "published_at": "2026-11-25T09:14:00Z",
    "read": True,
    "tags": ["a", "b"],
    "enclosures": [{"url": "https://a.example/1.mp3"}],
}


@pytest.mark.parametrize(
    ("template", "written"),
    [
        ("{id}", "7"),
        (r"{id}\t{read}\n\\", "7\ttrue\n\\"),
        ("{{id}}", "{id}"),
        ("{id:>4}|{id:4}|", "   7|7   |"),
        ("{title:4}", "{id…"),
        ("{published_at:%Y}", "2026"),
        ("{tags} {enclosures}", "a, b https://a.example/1.mp3"),
        ("no fields, 100%", "no fields, 100%"),
    ],
)
def test_template_writes_fields(template: str, written: str) -> None:
    assert compile_template(template, NAMES)(RECORD) == written


def test_value_is_never_read_as_a_template() -> None:
    written = compile_template("{title}", NAMES)(RECORD)
    assert written.startswith("{id} {0.__class__} \\n %s")
    assert not has_controls(written)


@pytest.mark.parametrize(
    "template",
    ["{nope}", "{id.__class__}", "{title[0]}", "{title!r}", "{}", "{0}", "{title", "a}", "{id:%Y}",
     "{title:{id}}", "{title:99999}"],
)  # fmt: skip
def test_template_with_anything_but_fields_is_refused(template: str) -> None:
    with pytest.raises(TemplateError):
        compile_template(template, NAMES)


def test_unknown_field_is_told_with_the_known_ones() -> None:
    with pytest.raises(TemplateError, match=r"nope.*id, title, published_at"):
        compile_template("{nope}", NAMES)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(1)"])
def test_formula_is_no_formula_in_a_spreadsheet(text: str) -> None:
    assert spreadsheet_safe(text) == f"'{text}"
    assert spreadsheet_safe(f"x{text}") == f"x{text}"

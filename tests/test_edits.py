"""Which changes of an entry are edits, how large they are, and in what time that is said."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedreader.core.edits import Edit, compare, is_flood, without_furniture
from feedreader.core.incidental import lasting_title
from feedreader.core.sanitize import clean_html

BASE = "https://a.example/"
STORY = "<p>The council met on Tuesday. It voted for the bridge by nine to four.</p>"


def edit_of(before: str, after: str, *, title: str = "T", new_title: str = "T") -> Edit:
    return compare(title, clean_html(before, BASE), new_title, clean_html(after, BASE))


UNTOUCHED = {
    "nothing": (STORY, STORY),
    "white space": (STORY, STORY.replace(" on ", "\n   on\t")),
    "no-break spaces": (STORY, STORY.replace(" on ", "&nbsp;on ")),
    "markup": (STORY, STORY.replace("council", "<b>council</b>").replace("p>", "div>")),
    "paragraphs cut otherwise": (STORY, STORY.replace("Tuesday. ", "Tuesday.</p><p>")),
    "line breaks for paragraphs": ("<p>a</p><p>b c</p>", "a<br><br>b c"),
    "a list for paragraphs": ("<p>one</p><p>two</p>", "<ul><li>one</li><li>two</li></ul>"),
    "order of attributes": (
        '<img src="https://c.example/a.png" alt="x" width="9">',
        '<img width="9" alt="x" src="https://c.example/a.png">',
    ),
    "size of a picture": (
        '<img src="https://c.example/a-640.jpg" width="640" height="480" alt="A">',
        '<img src="https://c.example/a-800.jpg" width="800" height="600" alt="A">',
    ),
    "host of a picture": (
        '<img src="https://cdn1.example/a.jpg" alt="A boat">',
        '<img src="https://cdn2.example/a.jpg?v=2" alt="A boat">',
    ),
    "name of a picture as its words": (
        '<p><img src="https://c.example/1.jpg" alt="IMG-640x480.jpg"></p>',
        '<p><img src="https://c.example/2.jpg" alt="IMG-800x600.jpg"></p>',
    ),
    "tracking in a link": (
        '<a href="https://b.example/x?utm_source=rss&id=1">x</a>',
        '<a href="https://b.example/x?utm_source=app&id=1">x</a>',
    ),
    "tracking in a written address": (
        "<p>See https://b.example/x?token=8f3a</p>",
        "<p>See https://www.b.example/x?token=77c1.</p>",
    ),
    "curly quotes and dashes": ("<p>It’s “so” – now…</p>", '<p>It\'s "so" - now...</p>'),
    "accents composed otherwise": ("<p>caf\u00e9</p>", "<p>cafe\u0301</p>"),
    "the order of paragraphs": ("<p>a b</p><p>c d</p>", "<p>c d</p><p>a b</p>"),
}

COUNTING = [
    ("5 comments", "7 comments"),
    ("No comments", "1 comment"),
    ("Comments (3)", "Comments (14)"),
    ("# Comments: 45", "# Comments: 46"),
    ("Points: 123", "Points: 130"),
    ("1,234 views", "1.5k views"),
    ("12 shares · 3 likes", "13 shares · 9 likes"),
    ("By Ann Smith · 3 min read · 5 comments", "By Ann Smith · 4 min read · 6 comments"),
    ("Reading time: 3 minutes", "Reading time: 4 minutes"),
    ("3 Min. Lesezeit", "4 Min. Lesezeit"),
    ("▲ 12", "▲ 19"),
    ("👍 3 | 💬 4", "👍 8 | 💬 9"),
    ("2 hours ago", "5 hours ago"),
    ("Posted 2 hours ago by Ann", "Posted 3 days ago by Ann"),
    ("just now", "4 minutes ago"),
    ("vor 2 Stunden", "vor 3 Tagen"),
    ("il y a 2 heures", "il y a 3 jours"),
    ("hace 2 horas", "hace 3 días"),
    ("2 часа назад", "5 часов назад"),
    ("3分前", "2時間前"),
    ("3 kommentarer", "5 kommentarer"),
    ("Served at 10:00:01.", "Served at 17:31:59."),
    ("Last updated: Nov 25, 2026 at 10:04 am", "Last updated: Nov 26, 2026 at 1:10 pm"),
    ("Advertisement", ""),
    ("Sponsored by Acme Rockets", "Sponsored by Bolt Hammers"),
    ("Read more: A bridge too far", "Read more: The ferry is late"),
    ("See also: A bridge too far", ""),
]
RELATED = (
    f"{STORY}<h3>Related stories</h3><ul><li>A bridge too far</li><li>Ferry late</li></ul>",
    f"{STORY}<h3>Related stories</h3><ul><li>Nine things to know</li></ul>",
)


@pytest.mark.parametrize("case", UNTOUCHED)
def test_what_changes_no_words_is_no_edit(case: str) -> None:
    before, after = UNTOUCHED[case]
    assert not edit_of(before, after).is_edit
    assert not edit_of(after, before).is_edit


@pytest.mark.parametrize(("before", "after"), COUNTING)
def test_what_changes_by_itself_is_no_edit(before: str, after: str) -> None:
    def page(line: str) -> str:
        return f"{STORY}<p>{line}</p><p>The work begins in May.</p>"

    assert not edit_of(page(before), page(after)).is_edit
    assert not edit_of(page(after), page(before)).is_edit
    inline = STORY.replace("</p>", f" {before}</p>"), STORY.replace("</p>", f" {after}</p>")
    if not before.startswith(("Read", "See", "Adv", "Spons", "By", "12 shares", "👍")):
        assert not edit_of(*inline).is_edit


def test_other_stories_below_a_heading_are_no_edit() -> None:
    assert not edit_of(*RELATED).is_edit


def test_text_that_goes_on_below_other_stories_counts() -> None:
    end = "<p>The mayor said that the vote was final.</p>"
    assert edit_of(RELATED[0], RELATED[1] + end).came == (
        "The mayor said that the vote was final.",
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<p>The quake left 12 dead.</p>", "<p>The quake left 14 dead.</p>"),
        ("<p>12 dead</p>", "<p>14 dead</p>"),
        ("<p>It has 5 million views.</p>", "<p>It has 6 million views.</p>"),
        ("<p>He got 5 comments on it.</p>", "<p>He got 7 comments on it.</p>"),
        ("<p>The law passed 2 years ago.</p>", "<p>The law passed 3 years ago.</p>"),
        ("<p>The price is $5.</p>", "<p>The price is $6.</p>"),
        ("<p>A beat B.</p>", "<p>B beat A.</p>"),
        ("<p>地震で12人が死亡</p>", "<p>地震で14人が死亡</p>"),
        ("<p>see https://a.example/x</p>", "<p>see https://a.example/y</p>"),
        (STORY, f"{STORY}<p>Correction: it was on Monday.</p>"),
        (f"{STORY}<p>It will be red.</p>", STORY),
        (
            "<table><tr><td>Dead</td><td>12</td></tr></table>",
            "<table><tr><td>Dead</td><td>14</td></tr></table>",
        ),
        ("<pre>x = 1\n</pre>", "<pre>x = 2\n</pre>"),
        ("<p>They can come.</p>", "<p>They cannot come.</p>"),
        ("<p>The advertisement cost 5 pounds.</p>", "<p>The advertisement cost 6 pounds.</p>"),
        ("<p>Updated rules apply to 5 cities.</p>", "<p>Updated rules apply to 6 cities.</p>"),
    ],
)
def test_a_word_or_figure_of_the_story_is_an_edit(before: str, after: str) -> None:
    assert edit_of(before, after).is_edit
    assert edit_of(after, before).is_edit


@pytest.mark.parametrize(
    ("before", "after", "counts"),
    [
        ("12 dead in quake", "14 dead in quake", True),
        ("Arsenal 5 points clear", "Arsenal 6 points clear", True),
        ("It’s here", "It's  here", False),
        ("A story (5 comments)", "A story (7 comments)", False),
        ("A story | 3 min read", "A story | 4 min read", False),
        ("Video with 3 views", "Video with 4 views", True),
    ],
)
def test_titles_count_unless_only_a_counter_in_them_moves(
    before: str, after: str, counts: bool
) -> None:
    assert edit_of(STORY, STORY, title=before, new_title=after).has_new_title is counts


# --- how large ------------------------------------------------------------------------------


def words(count: int, name: str = "word") -> str:
    return " ".join(f"{name}{number}" for number in range(count))


def test_share_is_that_of_the_words_that_are_other_than_they_were() -> None:
    before = f"<p>{words(90)}</p><p>{words(10, 'old')}</p>"
    after = f"<p>{words(90)}</p><p>{words(10, 'new')}</p>"
    assert edit_of(before, after).share == pytest.approx(0.1)
    assert edit_of(f"<p>{words(10)}</p>", f"<p>{words(40)}</p>").share == pytest.approx(0.75)
    assert edit_of(f"<p>{words(40)}</p>", f"<p>{words(10)}</p>").share == pytest.approx(0.75)


def test_moved_and_recut_paragraphs_do_not_make_an_edit_larger() -> None:
    before = f"<p>{words(50)}</p><p>{words(50, 'b')}</p>"
    after = f"<p>{words(50, 'b')} {words(49)} other</p>"
    assert edit_of(before, after).share == pytest.approx(0.01)


def test_one_changed_letter_of_a_text_without_spaces_is_a_small_edit() -> None:
    text = "東京都は今日新しい橋の計画を発表した" * 10
    assert edit_of(f"<p>{text}</p>", f"<p>{text[:-1]}て</p>").share < 0.01


def test_an_edit_is_worth_rereading_from_the_share_and_some_words_on() -> None:
    stub, story = f"<p>{words(20)}</p>", f"<p>{words(20)} {words(100, 'more')}</p>"
    assert edit_of(stub, story).is_worth_rereading(0.5)
    assert not edit_of(stub, story).is_worth_rereading(0.9)
    assert not edit_of(stub, story).is_worth_rereading(0)
    assert not edit_of(story, stub).is_worth_rereading(0.5), "nothing is new"
    assert not edit_of("<p>Soon.</p>", "<p>Now it is here.</p>").is_worth_rereading(0.5)
    assert not edit_of(story, story, new_title="Other").is_worth_rereading(0.01)


def test_what_three_entries_gain_alike_is_the_sites() -> None:
    plea = "<p>Support us with a small gift.</p>"
    stories = [f"<p>{words(30, name)}</p>" for name in ("a", "b", "c", "d")]
    edits = [edit_of(story, story + plea) for story in stories[:3]]
    edits.append(edit_of(stories[3], f"{stories[3]}{plea}<p>And this.</p>"))
    assert [edit.is_edit for edit in without_furniture(edits[:2])] == [True, True]
    assert [edit.is_edit for edit in without_furniture(edits)] == [False, False, False, True]
    assert without_furniture(edits)[3].came == ("And this.",)


@pytest.mark.parametrize(("large", "known", "is_one"), [(2, 2, False), (3, 5, True), (3, 6, False)])
def test_a_flood_is_three_and_more_than_half(large: int, known: int, is_one: bool) -> None:
    assert is_flood(large, known) is is_one


# --- whatever comes -------------------------------------------------------------------------

PIECES = st.sampled_from(
    ["<p>", "</p>", "<b>", "<ul><li>", "12", " dead", "5 comments", "|", " ago ", "·", "Related",
     "<pre>", "\n", "漢字", "é", "http://a.example/?x=", "(", ".", " ", "word", "▲", "updated 1:2"]
)  # fmt: skip
HTML = st.lists(PIECES | st.text(max_size=5), max_size=40).map("".join)


@given(HTML)
def test_a_text_is_no_edit_of_itself(html: str) -> None:
    assert edit_of(html, html) == Edit()


@given(HTML, HTML)
def test_an_edit_is_one_both_ways_and_of_equal_size(before: str, after: str) -> None:
    there, back = edit_of(before, after), edit_of(after, before)
    assert there.is_edit == back.is_edit
    assert there.share == back.share
    assert 0 <= there.share <= 1
    assert (there.gone, there.came) == (back.came, back.gone)


@given(HTML)
def test_white_space_never_makes_an_edit(html: str) -> None:
    clean = clean_html(html, BASE)
    if "<pre" not in clean:
        assert not compare("t", clean, "t", re.sub(r" (?=[^<>]*(?:<|$))", " \n ", clean)).is_edit


@given(st.lists(st.sampled_from(["ship", "sea", "wind", "sail", "port"]), min_size=1, max_size=30))
def test_an_added_word_always_makes_an_edit(story: list[str]) -> None:
    assert edit_of(f"<p>{' '.join(story)}</p>", f"<p>{' '.join([*story, 'mast'])}</p>").is_edit


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_figures_in_prose_count_whatever_they_are(first: int, second: int) -> None:
    text = "<p>The storm left {} people without a roof over their heads.</p>"
    assert edit_of(text.format(first), text.format(second)).is_edit is (first != second)


HOSTILE = {
    "one word": "a " * 500_000,
    "separators": "| " * 500_000,
    "figures": "1 " * 500_000,
    "counters": "5 comments " * 90_000,
    "short lines of figures": ("<p>" + "1 " * 55 + "</p>") * 8_000,
    "stamps": ("<p>updated " + "1,:" * 37 + "x</p>") * 8_000,
    "ages": ("<p>" + "about " * 18 + "1</p>") * 9_000,
    "headings of other stories": "<p>Related</p>" * 70_000,
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_megabyte_takes_no_more_than_seconds(case: str) -> None:
    html = clean_html(HOSTILE[case], BASE)
    began = time.process_time()
    compare("t", html, "t", html + "x")
    assert time.process_time() - began < 5


def test_a_counter_that_stands_alone_in_a_title_is_left_out() -> None:
    assert lasting_title("Foo [12 comments]") == lasting_title("Foo [13 comments]") == "Foo"

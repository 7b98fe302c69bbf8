"""The story view as a user meets it: what is shown, where reading stays, what opens."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from textual.geometry import Offset
from textual.pilot import Pilot
from textual.selection import Selection

from feedreader.core.width import cell_width
from feedreader.model import EntryVersion, StoredEntry
from feedreader.tui.story_lines import lay_out, source_words
from feedreader.tui.story_view import StoryView, default_key
from feedreader.tui.theme import CONTRAST, DARK, LIGHT, SIXTEEN
from hostile import CONTROLS, HTML
from stories import EPISODE, NOW, RICH_HTML, StoryApp, screen_lines, settle, story

WORDS = "".join(f"<p>Paragraph {n} " + f"word{n} " * 60 + "</p>" for n in range(60))


@asynccontextmanager
async def shown(
    entry: StoredEntry | None = None,
    *,
    share: float = 0.0,
    size: tuple[int, int] = (80, 24),
    theme: str = DARK,
) -> AsyncIterator[tuple[StoryApp, Pilot[None]]]:
    """An app that shows one story."""
    app = StoryApp(theme=theme)
    async with app.run_test(size=size) as pilot:
        if entry is not None:
            app.story.show(entry, share)
        await settle(pilot)
        yield app, pilot


def text_of(view: StoryView) -> list[str]:
    """All lines of what is shown."""
    return [line.text for line in view.page_shown.lines]


def foot_of(app: StoryApp) -> str:
    return screen_lines(app)[-1]


def style_at(app: StoryApp, words: str) -> object:
    """The style of the segment on the screen that holds some words."""
    for strip in app.screen._compositor.render_strips():
        for segment in strip:
            if words in segment.text:
                return segment.style
    raise AssertionError(f"{words!r} is not on the screen")


class TestHead:
    async def test_it_says_what_where_who_when_and_how_long(self) -> None:
        async with shown(story()) as (app, _):
            lines = screen_lines(app)
            assert lines[1].strip() == "Measuring text in a grid"
            assert lines[3].strip() == "Cells & Columns · Ada Example · Yesterday, 14:05"
            assert lines[4].strip() == "blog.example ↗ · 108 words · 1 min · #terminals"

    async def test_an_entry_without_a_date_says_when_it_was_received(self) -> None:
        async with shown(story(published=None)) as (app, _):
            assert "received today, 12:00" in screen_lines(app)[3]

    async def test_the_link_shows_its_true_host(self) -> None:
        entry = story(link="https://bank.example@evil.example/login")
        async with shown(entry) as (app, _):
            assert screen_lines(app)[4].strip().startswith("evil.example ↗")

    async def test_a_long_title_is_wrapped_not_cut(self) -> None:
        title = "One of the longest titles that anybody ever wrote " * 3
        async with shown(story(title=title)) as (app, _):
            assert " ".join(" ".join(text_of(app.story)).split()).count("anybody ever") == 3

    def test_each_state_of_the_text_is_named_with_its_reason(self) -> None:
        both, only_feed = story(page_html="<p>x</p>"), story()
        failed = replace(only_feed, page_error="404, no such page")
        assert "from the page (readability)" in source_words(both, "page", default_key)
        assert "v: the full text from the page" in source_words(both, "feed", default_key)
        assert "f: fetch the full story" in source_words(only_feed, "feed", default_key)
        assert "404, no such page" in source_words(failed, "feed", default_key)


class TestBody:
    async def test_the_column_is_centred_where_there_is_room(self) -> None:
        async with shown(story(WORDS), size=(160, 40)) as (app, _):
            text = next(line for line in screen_lines(app) if "Paragraph 0" in line)
            assert len(text) - len(text.lstrip()) == (159 - 80) // 2
            assert len(text.strip()) <= 80

    async def test_code_gets_colours_and_a_ground_of_its_own(self) -> None:
        async with shown(story(), size=(80, 50)) as (app, _):
            keyword, plain = style_at(app, "return"), style_at(app, "Terminals draw")
            assert keyword.color != plain.color
            assert keyword.bgcolor != plain.bgcolor

    async def test_code_without_a_known_language_stays_plain(self) -> None:
        entry = story("<pre>What, return if else none</pre>")
        async with shown(entry) as (app, _):
            strips = app.screen._compositor.render_strips()
            texts = [segment.text for strip in strips for segment in strip]
            assert "What, return if else none" in texts

    async def test_enclosures_and_comments_stand_at_the_end_with_numbers(self) -> None:
        entry = story("<p>x</p>", enclosures=(EPISODE,), comments_url="https://blog.example/c")
        async with shown(entry) as (app, pilot):
            lines = "\n".join(screen_lines(app))
            assert "♪ Episode 12[1]" in lines
            assert "audio/mpeg · 52:10 · 48.2 MB · audio.example" in lines
            await pilot.press("2")
            assert app.chosen == ["https://blog.example/c"]

    @pytest.mark.parametrize(("length", "told"), [(1, "1 B"), (200_000, "200 kB")])
    async def test_an_enclosure_is_as_large_as_its_dialog_says(
        self, length: int, told: str
    ) -> None:
        entry = story("<p>x</p>", enclosures=(replace(EPISODE, length=length),))
        async with shown(entry) as (app, _):
            assert f"52:10 · {told} · audio.example" in "\n".join(screen_lines(app))

    async def test_an_enclosure_that_may_not_be_opened_is_left_out(self) -> None:
        entry = story("<p>x</p>", enclosures=(replace(EPISODE, url="javascript:alert(1)"),))
        async with shown(entry) as (app, _):
            assert app.story.links == ()

    async def test_an_entry_without_text_says_what_to_do(self) -> None:
        async with shown(story("")) as (app, _):
            lines = "\n".join(screen_lines(app))
            assert "This entry has no text." in lines
            assert "f fetches the full story, o opens it in the browser." in lines

    async def test_a_very_long_body_begins_at_once_and_is_whole_soon(self) -> None:
        app = StoryApp()
        async with app.run_test(size=(80, 24)) as pilot:
            await settle(pilot)
            app.story.show(story(WORDS * 20))
            assert not app.story.page_shown.is_whole
            assert "Paragraph 0" in "\n".join(text_of(app.story))
            assert not app.story.is_at_end
            await settle(pilot)
            assert app.story.page_shown.is_whole
            assert sum("Paragraph 59" in line for line in text_of(app.story)) == 20

    async def test_leaving_while_a_long_body_is_laid_out_ends_in_peace(self) -> None:
        app = StoryApp()
        async with app.run_test(size=(80, 24)) as pilot:
            await settle(pilot)
            app.story.show(story(WORDS * 40))
            app.exit()
        assert app.return_code == 0


class TestPlace:
    async def test_pages_end_with_a_no(self) -> None:
        async with shown(story(WORDS)) as (app, _):
            pages = 0
            while app.story.page(1):
                pages += 1
                assert pages < 100
            assert app.story.is_at_end
            assert app.story.progress == 1.0
            assert pages > 5

    async def test_a_page_leaves_lines_in_sight(self) -> None:
        async with shown(story(WORDS)) as (app, pilot):
            before = screen_lines(app)
            app.story.page(1)
            await pilot.pause()
            assert screen_lines(app)[0] == before[-2]

    async def test_the_place_is_kept_when_the_width_changes(self) -> None:
        async with shown(story(WORDS)) as (app, pilot):
            row = next(i for i, text in enumerate(text_of(app.story)) if "Paragraph 30" in text)
            app.story.move_by(row)
            for width in (50, 120, 33, 80):
                await pilot.resize_terminal(width, 24)
                await settle(pilot)
                assert "Paragraph 30" in screen_lines(app)[0], width

    async def test_a_share_brings_back_the_place_in_another_width(self) -> None:
        async with shown(story(WORDS)) as (app, _):
            row = next(i for i, text in enumerate(text_of(app.story)) if "Paragraph 41" in text)
            app.story.move_by(row)
            share = round(app.story.share, 4)
        async with shown(story(WORDS), share=share, size=(60, 30)) as (app, _):
            assert "Paragraph 41" in "\n".join(screen_lines(app)[:3])

    async def test_scrolling_is_told_with_the_share(self) -> None:
        async with shown(story(WORDS)) as (app, pilot):
            app.story.move_by(10)
            await pilot.pause()
            assert app.shares == [app.story.share]
            assert 0 < app.shares[0] < 1

    async def test_headings_are_jumped_to_and_back(self) -> None:
        html = "".join(f"<h2>Part {n}</h2>{'<p>text</p>' * 20}" for n in range(4))
        async with shown(story(html)) as (app, pilot):
            assert app.story.go_heading(1)
            assert app.story.go_heading(1)
            await pilot.pause()
            assert any("Part 1" in line for line in screen_lines(app)[:3])
            assert app.story.go_heading(-1)
            await pilot.pause()
            assert any("Part 0" in line for line in screen_lines(app)[:3])
            app.story.go_bottom()
            assert not app.story.go_heading(1)


class TestTexts:
    async def test_v_goes_round_the_texts_and_says_which(self) -> None:
        entry = story("<p>Only the summary.</p>", page_html="<p>All of the story.</p>")
        async with shown(entry) as (app, _):
            assert "All of the story." in "\n".join(text_of(app.story))
            assert app.story.cycle_text() == "Text of the feed"
            assert "Only the summary." in "\n".join(text_of(app.story))
            assert app.story.cycle_text() == "Full text from the page (readability)"

    async def test_v_says_why_there_is_no_other_text(self) -> None:
        async with shown(story()) as (app, _):
            assert app.story.cycle_text() == "Its page has not been fetched: f fetches it."
            app.story.replace(story(page_error="a login is needed"))
            assert app.story.cycle_text() == "Its page gave no story: a login is needed"

    async def test_the_words_in_sight_stay_when_the_text_is_another(self) -> None:
        entry = story(WORDS, page_html="<p>An introduction.</p>" * 30 + WORDS)
        async with shown(entry) as (app, pilot):
            row = next(i for i, text in enumerate(text_of(app.story)) if "Paragraph 20" in text)
            app.story.move_by(row)
            app.story.cycle_text()
            await pilot.pause()
            assert "Paragraph 20" in screen_lines(app)[0]

    async def test_the_words_in_sight_stay_in_a_very_long_text_too(self) -> None:
        entry = story(WORDS, page_html="<p>An introduction.</p>" * 30_000 + WORDS)
        async with shown(entry) as (app, pilot):
            app.story.cycle_text()
            row = next(i for i, text in enumerate(text_of(app.story)) if "Paragraph 20" in text)
            app.story.move_by(row)
            app.story.cycle_text()
            await settle(pilot)
            assert "Paragraph 20" in screen_lines(app)[0]

    async def test_fetching_is_shown_in_place_and_then_the_full_text(self) -> None:
        async with shown(story("<p>Short.</p>")) as (app, pilot):
            app.story.fetch_began()
            await pilot.pause()
            assert "Fetching the full story from blog.example …" in screen_lines(app)[5]
            turning = {screen_lines(app)[5].strip()[0]}
            await pilot.pause(0.3)
            turning.add(screen_lines(app)[5].strip()[0])
            assert len(turning) == 2
            app.story.replace(story("<p>Short.</p>", page_html="<p>At length.</p>"))
            await pilot.pause()
            assert "At length." in "\n".join(screen_lines(app))
            assert "Fetching" not in "\n".join(screen_lines(app))

    async def test_a_failed_fetch_says_why_and_what_to_do(self) -> None:
        async with shown(story()) as (app, pilot):
            app.story.fetch_began()
            app.story.fetch_failed("the server answered 503.")
            await pilot.pause()
            told = " ".join(" ".join(screen_lines(app)[5:7]).split())
            assert told.startswith(
                "! No full story: the server answered 503 · f tries again · o opens the page"
            )

    async def test_another_story_forgets_the_fetch_of_the_one_before(self) -> None:
        async with shown(story()) as (app, pilot):
            app.story.fetch_began()
            app.story.show(story(title="Another"))
            await pilot.pause()
            assert "Fetching" not in "\n".join(screen_lines(app))


class TestLinks:
    async def test_a_number_opens_its_link(self) -> None:
        async with shown(story()) as (app, pilot):
            await pilot.press("2")
            assert app.chosen == ["https://history.example/vt100"]

    async def test_a_number_waits_while_more_digits_make_sense(self) -> None:
        html = "".join(f'<a href="https://h.example/{n}">x{n}</a> ' for n in range(1, 13))
        async with shown(story(html)) as (app, pilot):
            await pilot.press("1")
            assert app.chosen == []
            assert "Link 1▏" in foot_of(app)
            await pilot.press("2")
            assert app.chosen == ["https://h.example/12"]
            await pilot.press("1", "enter")
            assert app.chosen[1:] == ["https://h.example/1"]
            await pilot.press("1", "escape", "5")
            assert app.chosen[2:] == ["https://h.example/5"]

    async def test_a_pending_number_opens_by_itself(self) -> None:
        html = "".join(f'<a href="https://h.example/{n}">x{n}</a> ' for n in range(1, 13))
        async with shown(story(html)) as (app, pilot):
            await pilot.press("1")
            await pilot.pause(1.4)
            assert app.chosen == ["https://h.example/1"]

    async def test_a_number_without_a_link_says_so(self) -> None:
        async with shown(story()) as (app, pilot):
            await pilot.press("9")
            assert "There is no link 9." in foot_of(app)
            assert app.chosen == []

    async def test_zero_opens_the_page_of_the_entry(self) -> None:
        async with shown(story()) as (app, pilot):
            await pilot.press("0")
            assert app.chosen == ["https://blog.example/grid"]

    async def test_hints_open_links_and_footnotes_in_sight(self) -> None:
        async with shown(story(RICH_HTML + WORDS)) as (app, pilot):
            app.story.show_hints()
            await pilot.pause()
            assert "letters" in foot_of(app)
            await pilot.press("s")
            assert app.chosen == ["https://unicode.example/tr11"]
            app.story.show_hints()
            await pilot.press("f")  # the footnote
            await pilot.pause()
            assert "1. The manual of 1978" in "\n".join(screen_lines(app))
            await pilot.press("backspace")
            assert app.story.top == 0
            assert app.keys_left == []

    async def test_other_keys_end_the_hints_and_open_nothing(self) -> None:
        async with shown(story()) as (app, pilot):
            app.story.show_hints()
            await pilot.press("escape")
            assert app.chosen == []
            assert "letters" not in foot_of(app)

    async def test_a_click_opens_what_is_under_it(self) -> None:
        async with shown(story()) as (app, pilot):
            row = next(i for i, line in enumerate(screen_lines(app)) if "wide char" in line)
            column = screen_lines(app)[row].index("wide char")
            await pilot.click(StoryView, offset=(column + 2, row))
            await pilot.click(StoryView, offset=(3, row))
            assert app.chosen == ["https://unicode.example/tr11"]

    async def test_the_link_under_the_mouse_names_its_true_host(self) -> None:
        entry = story('<p><a href="https://good.example@evil.example/">good.example</a></p>')
        async with shown(entry) as (app, pilot):
            row = next(i for i, line in enumerate(screen_lines(app)) if "good.example" in line)
            await pilot.hover(StoryView, offset=(4, row))
            await pilot.pause()
            assert foot_of(app).strip().startswith("evil.example")
            await pilot.hover(StoryView, offset=(4, row + 1))
            await pilot.pause()
            assert "evil.example" not in foot_of(app)

    async def test_wide_characters_before_a_link_do_not_move_where_it_is_clicked(self) -> None:
        entry = story('<p>漢字漢字 <a href="https://x.example/">見る</a></p>')
        async with shown(entry) as (app, pilot):
            row = next(i for i, line in enumerate(screen_lines(app)) if "見る" in line)
            await pilot.click(StoryView, offset=(2 + 9 + 3, row))
            assert app.chosen == ["https://x.example/"]


class TestFinding:
    async def test_words_are_found_while_typed_and_n_goes_on(self) -> None:
        async with shown(story(WORDS)) as (app, pilot):
            app.story.find()
            await pilot.press(*"word33")
            await pilot.pause()
            assert "word33" in "\n".join(screen_lines(app)[:-1])
            assert "1 of 60" in foot_of(app)
            await pilot.press("enter", "n", "n")
            assert "3 of 60" in foot_of(app)
            await pilot.press("N")
            assert "2 of 60" in foot_of(app)
            await pilot.press("escape")
            assert "of 60" not in foot_of(app)
            assert app.keys_left == []

    async def test_words_are_found_over_the_end_of_a_line(self) -> None:
        async with shown(story("<p>" + "filler " * 30 + "needle in hay</p>"), size=(40, 24)) as (
            app,
            _,
        ):
            app.story.find()
            for char in "filler needle IN":
                app.story.modes.take_key(char, char)
            assert "not found" in "".join(text for text, _ in app.story.modes.foot() or ())
            for _ in range(2):
                app.story.modes.take_key("backspace", None)
            app.story.modes.take_key("i", "i")
            assert "1 of 1" in "".join(text for text, _ in app.story.modes.foot() or ())

    async def test_leaving_goes_back_to_where_finding_began(self) -> None:
        async with shown(story(WORDS)) as (app, pilot):
            app.story.move_by(5)
            app.story.find()
            await pilot.press(*"word50", "escape")
            assert app.story.top == 5

    async def test_what_is_found_is_marked_without_colour_too(self) -> None:
        async with shown(story()) as (app, pilot):
            app.story.find()
            await pilot.press(*"wide", "enter")
            await pilot.pause()
            assert style_at(app, "wide").bold

    async def test_keys_that_mean_nothing_here_are_left_to_the_screen(self) -> None:
        async with shown(story()) as (app, pilot):
            await pilot.press("j", "n", "s", "escape")
            assert app.keys_left == ["j", "n", "s", "escape"]


class TestEdits:
    versions = (
        EntryVersion(
            datetime(2026, 11, 25, 9, 0, tzinfo=UTC),
            "Measuring text",
            RICH_HTML.replace("the last honest", "a fairly honest"),
        ),
    )

    async def test_gone_and_new_words_differ_without_colour(self) -> None:
        async with shown(story(is_edited=True)) as (app, pilot):
            app.story.show_edits(self.versions)
            await pilot.pause()
            lines = "\n".join(screen_lines(app))
            assert "Edited 1 time by its publisher, received today, 12:00" in lines
            assert "Today, 09:00" in lines
            assert style_at(app, "a fairly").strike
            assert style_at(app, "the last").underline
            assert not style_at(app, "honest interface").strike

    async def test_escape_and_v_lead_back_to_the_story(self) -> None:
        async with shown(story()) as (app, pilot):
            app.story.show_edits(self.versions)
            await pilot.press("escape")
            assert not app.story.shows_edits
            app.story.show_edits(self.versions)
            app.story.cycle_text()
            assert not app.story.shows_edits

    async def test_an_edit_without_words_says_so(self) -> None:
        entry = story()
        version = EntryVersion(NOW, entry.summary.title, entry.feed_html.replace("tr11", "tr12"))
        async with shown(entry) as (app, pilot):
            app.story.show_edits([version])
            await pilot.pause()
            assert "No words changed" in "\n".join(screen_lines(app))


class TestSelecting:
    async def test_selected_words_are_copied_without_the_margin(self) -> None:
        async with shown(story("<p>First line.</p><p>Second line.</p>")) as (app, _):
            rows = text_of(app.story)
            first, second = rows.index("First line."), rows.index("Second line.")
            selection = Selection(Offset(2 + 6, first), Offset(2 + 6, second))
            app.screen.selections = {app.story: selection}
            assert app.story.get_selection(selection) == ("line.\n\nSecond", "\n")

    async def test_the_mouse_selects_and_opens_nothing_by_it(self) -> None:
        async with shown(story()) as (app, pilot):
            row = next(i for i, line in enumerate(screen_lines(app)) if "wide char" in line)
            column = screen_lines(app)[row].index("wide char")
            await pilot.mouse_down(StoryView, offset=(column, row))
            await pilot.hover(StoryView, offset=(column + 3, row))
            await pilot.mouse_up(StoryView, offset=(column + 3, row))
            await pilot.pause()
            assert app.screen.get_selected_text() == "wide"
            assert app.chosen == []


class TestSafety:
    async def test_markup_in_every_field_is_just_letters(self) -> None:
        bomb = "[/oops] [b]x[/b] [@click=app.bell]y[/]"
        entry = story(
            f"<p>{bomb}</p><pre>{bomb}</pre>",
            title=bomb,
            feed_title=bomb,
            authors=(bomb,),
            tags=(bomb,),
            enclosures=(replace(EPISODE, title=bomb, type=bomb),),
            categories=(bomb,),
            page_error=bomb,
        )
        async with shown(entry, size=(120, 50)) as (app, pilot):
            app.story.fetch_failed(bomb)
            await pilot.pause()
            assert " ".join(" ".join(screen_lines(app)).split()).count("[/oops]") == 9

    async def test_no_control_character_reaches_the_screen(self) -> None:
        bomb = "a\x1b]52;c;eA==\x07b\x9b31m\u202ec\x00\n\td"
        entry = story(
            f"<p>{bomb}</p><pre>{bomb}&#27;[2J</pre>",
            title=bomb,
            feed_title=bomb,
            authors=(bomb,),
            tags=(bomb,),
            link=f"https://x.example/{bomb}",
            enclosures=(replace(EPISODE, title=bomb, type=bomb),),
            categories=(bomb,),
            page_error=bomb,
        )
        async with shown(entry, size=(100, 50)) as (app, pilot):
            app.story.show_edits([EntryVersion(NOW, bomb, f"<p>{bomb}</p>")])
            await pilot.pause()
            edits = "".join(screen_lines(app))
            app.story.hide_edits()
            app.story.fetch_failed(bomb)
            await pilot.pause()
            assert not CONTROLS.search(edits + "".join(screen_lines(app)))

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(HTML)
    def test_any_body_fits_its_column(self, html: str) -> None:
        page = lay_out(story(html), "feed", width=38, now=NOW, zone=UTC, key_of=default_key)
        assert all(cell_width(line.text) <= 38 for line in page.lines)
        assert len(page.letters) == len(page.lines) + 1


class TestEmpty:
    async def test_nothing_open_shows_three_keys(self) -> None:
        async with shown() as (app, _):
            lines = "\n".join(screen_lines(app))
            assert "Nothing is open." in lines
            assert "space  read on" in lines
            assert app.story.share == 0.0
            assert not app.story.links


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
@pytest.mark.parametrize("theme", [DARK, LIGHT])
async def test_the_screen_is_as_it_was(
    size: tuple[int, int], theme: str, snapshot: Callable[[str, str], None]
) -> None:
    entry = story(page_html=RICH_HTML, enclosures=(EPISODE,), comments_url="https://blog.example/c")
    async with shown(entry, size=size, theme=theme) as (app, _):
        text = "\n".join(screen_lines(app)) + "\n"
    snapshot(f"story_{size[0]}x{size[1]}", text)


@pytest.mark.parametrize("theme", [CONTRAST, SIXTEEN, "nord", "textual-light"])
async def test_every_kind_of_theme_draws_a_story(theme: str) -> None:
    async with shown(story(), theme=theme) as (app, _):
        heading, plain = style_at(app, "How wide is a word?"), style_at(app, "Terminals draw")
        assert heading.color != plain.color
        assert heading.bold

"""Addresses and texts: what makes two entries copies, and what does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedreader.core.canonical import canonical_address, fragments_differ
from feedreader.core.copies import tell_difference
from feedreader.core.likeness import (
    find_words,
    is_copy,
    is_of_address,
    make_telling,
    story_keys,
)
from newsroom import BAKERS, BRIDGE, OWLS

ONE = "example.org/2026/bridge"


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/2026/bridge",
        "http://www.example.org/2026/bridge/",
        "https://example.org:443/2026/bridge?utm_source=rss&utm_medium=feed",
        "https://EXAMPLE.org/2026/bridge#comments",
        "https://example.org/2026/bridge?fbclid=abc",
        "https://example.org/2026/bridge?ref=hn",
        "https://example.org/2026/bridge/amp/",
        "https://example.org/amp/2026/bridge",
        "https://example.org/2026/bridge.amp",
        "https://example.org/2026/bridge?amp=1",
        "https://example.org/2026/bridge?outputType=amp",
        "https://amp.example.org/2026/bridge",
        "https://m.example.org/2026/bridge",
        "https://www.google.com/amp/s/www.example.org/2026/bridge",
        "https://www-example-org.cdn.ampproject.org/c/s/www.example.org/2026/bridge",
        "https://example.org/2026/bridge/index.html",
    ],
)
def test_forms_of_one_address_are_one(url: str) -> None:
    assert canonical_address(url) == ONE


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/2026/bridges",
        "https://news.example.org/2026/bridge",
        "https://example.org/2026/bridge?page=2",
        "https://example.org/guitar/amp/2026/bridge",
        "https://example.org:8080/2026/bridge",
        "https://example.org/2026/Bridge",
    ],
)
def test_other_pages_stay_others(url: str) -> None:
    assert canonical_address(url) not in ("", ONE)


@pytest.mark.parametrize(
    "url", ["", "https://example.org/", "http://www.example.org", "https://[::1", "no address", "#"]
)
def test_front_page_or_no_address_names_no_story(url: str) -> None:
    assert canonical_address(url) == ""


def test_parameters_that_name_the_page_count_in_any_order() -> None:
    one = canonical_address("https://example.org/?id=3&lang=de")
    assert one == canonical_address("http://example.org?lang=de&id=3&utm_source=x")
    assert one != canonical_address("https://example.org/?id=4&lang=de")


def test_places_of_one_page_differ_only_if_both_name_one() -> None:
    page = "https://example.org/changes"
    assert fragments_differ(f"{page}#1.2", f"{page}#1.3")
    assert not fragments_differ(f"{page}#1.2", page)
    assert not fragments_differ(f"{page}#1.2", f"{page}#1.2")


@given(st.text())
def test_any_address_and_text_give_keys_that_sqlite_can_hold(text: str) -> None:
    for key in story_keys((text, f"https://example.org/{text}"), text * 20):
        assert 0 < key < 2**63


@given(st.text(max_size=80), st.sampled_from(["http://", "https://", "https://www."]))
def test_scheme_and_www_never_say_which_page_it_is(path: str, start: str) -> None:
    path = path.replace("#", "").replace("?", "")
    assert canonical_address(f"{start}example.org/a/{path}") == canonical_address(
        f"https://example.org/a/{path}"
    )


def test_words_compare_without_case_quotes_and_punctuation() -> None:
    words = ["dont", "said", "he"]
    assert find_words("“Don’t” — said  he!") == find_words('"don\'t", SAID HE') == words


def test_signs_of_scripts_without_spaces_are_words() -> None:
    assert find_words("橋は高い ok") == ["橋", "は", "高", "い", "ok"]


def test_short_text_has_no_keys_of_its_own() -> None:
    keys = story_keys(("https://example.org/a",), "Comments")
    assert len(keys) == 1
    assert is_of_address(keys[0])


def test_keys_of_texts_are_none_of_addresses() -> None:
    keys = story_keys((), BRIDGE)
    assert keys
    assert not any(map(is_of_address, keys))


VERSIONS = {
    "other headline and dateline": ("Steel is dear", f"HARBOURTON (Agency) — {BRIDGE}"),
    "beginning": ("Bridge", " ".join(BRIDGE.split()[:30]) + " […]"),
    "template around it": (
        "Bridge",
        f"{BRIDGE} The post Bridge appeared first on Harbour News. Share this: mail, print.",
    ),
    "other marks": ("BRIDGE", BRIDGE.replace(". ", ".\n\n• ").replace("'", "’").upper()),
    "updated": ("Bridge", BRIDGE.replace("a third", "40 per cent").replace("March", "May")),
}


@pytest.mark.parametrize("kind", VERSIONS)
def test_copy_is_met_and_recognised(kind: str) -> None:
    title, text = VERSIONS[kind]
    assert set(story_keys((), text)) & set(story_keys((), BRIDGE))
    assert is_copy(make_telling("Bridge to be built", BRIDGE), make_telling(title, text))


def test_other_stories_are_no_copies() -> None:
    tellings = [make_telling("News", text) for text in (BRIDGE, OWLS, BAKERS)]
    assert not any(is_copy(a, b) for a in tellings for b in tellings if a is not b)


NOTES = (
    " Thanks for listening! Support the show and get episodes a day early. Follow us wherever you"
    " get your podcasts. Our sponsor this week is the Example Mattress, use the code SHOW for ten"
    " per cent off. Music by the Examples. Privacy policy and opt-out are on our site."
)


def test_episodes_with_the_same_notes_are_no_copies() -> None:
    first = make_telling("Episode 41: Owls", OWLS[:120] + NOTES)
    second = make_telling("Episode 42: Flour", BAKERS[:120] + NOTES)
    assert not is_copy(first, second)


def test_digest_is_no_copy_of_a_story_in_its_midst() -> None:
    digest = make_telling("This week", f"{OWLS} {BAKERS} {BRIDGE}")
    assert not is_copy(digest, make_telling("Flour", BAKERS))
    assert is_copy(digest, make_telling("Owls", OWLS))


def test_what_other_entries_of_the_feed_say_too_is_left_out() -> None:
    siblings = [f"Something else {number}.{NOTES}" for number in range(4)]
    first = make_telling("Notes", NOTES + " Owls in the mill.", siblings)
    second = make_telling("Notes", NOTES + " Flour by wind.", siblings)
    assert not is_copy(first, second)
    assert is_copy(make_telling("Notes", NOTES), make_telling("Notes", NOTES))


def test_releases_that_differ_by_number_alone_are_no_copies() -> None:
    text = "We are glad to announce version {} of the program, which brings fixes. " + NOTES
    first = make_telling("Version 1.2 is out", text.format("1.2"))
    second = make_telling("Version 1.3 is out", text.format("1.3"))
    assert not is_copy(first, second)
    assert is_copy(first, make_telling("Version 1.2 is out", text.format("1.2")))


def test_difference_is_told_in_words() -> None:
    assert tell_difference(BRIDGE, BRIDGE.upper()) == "same words"
    assert tell_difference("one two three four", "one two") == "2 fewer"
    assert tell_difference("one two three", "one two four five") == "1 fewer, 2 of its own"

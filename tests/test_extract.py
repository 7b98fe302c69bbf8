"""Article pages become full text: the sentences whole, the site's furniture gone."""

from __future__ import annotations

import csv
import json
import re
import socket
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean

import pytest

from feedreader.core.extract import extract_article, rule_for
from feedreader.core.extract.page import MAX_PAGE_BYTES
from feedreader.errors import ExtractionFailed
from feedreader.model import FullText, SiteRule

PAGE = Path(__file__).parent / "pages" / "article_with_furniture.html"
URL = "https://estuary.example/news/night-ferry?utm_source=feed"
SENTENCES = (
    "The lamp at the end of the pier was lit again last week, after eleven dark winters.",
    "Its keeper, a retired teacher, climbs the ladder twice a day and writes down what she sees.",
    "Nobody asked her to begin, she says, and nobody has yet found a reason to ask her to stop.",
    "The town, which owns the tower, has promised to pay for the paint, the bulbs and the ladder.",
)
STORY = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES)


@pytest.fixture(scope="module")
def ferry() -> FullText:
    return extract_article(PAGE.read_bytes(), url=URL)


def extract(body: str, head: str = "", **more: object) -> FullText:
    html = f"<!doctype html><html><head>{head}</head><body>{body}</body></html>"
    return extract_article(html.encode(), url="https://site.example/a/b", **more)  # type: ignore[arg-type]


# --- a page full of furniture --------------------------------------------------------------


def test_link_in_a_sentence_keeps_its_words(ferry: FullText) -> None:
    assert "Marta Lindqvist of the River Crews Union noted that" in ferry.text
    assert '<a href="https://estuary.example/people/marta-lindqvist">Marta Lindqvist</a> of' in (
        ferry.html
    )


@pytest.mark.parametrize(
    "furniture",
    [
        "Our Latest Articles",
        "Oyster beds",
        "cookie",
        "Culture",
        "Share this story",
        "Mastodon",
        "Read more",
        "never finished",
        "newsletter",
        "inbox",
        "staff writer",
        "Tags",
        "Comments",
        "gull_watcher",
        "should have been a bridge",
        "Leave a comment",
        "Most read",
        "Tide tables",
        "All rights reserved",
        "Privacy",
        "Accept all",
    ],
)
def test_furniture_of_the_site_is_gone(ferry: FullText, furniture: str) -> None:
    assert furniture.encode() in PAGE.read_bytes()
    assert furniture not in ferry.html


def test_structure_stays_in_reading_order(ferry: FullText) -> None:
    marks = [
        "<figure>",
        "<figcaption>The ferry Lapwing",
        "On Monday the people",
        "<h2>What it will cost</h2>",
        "<table>",
        "<th>Month</th>",
        "<td>412</td>",
        "<ul><li>the crew contract",
        "<blockquote>",
        '<code class="language-python">for boat in timetable:\n    if boat.hour',
        "https://www.youtube.com/embed/abc123",
        "The first late boat",
        '<li id="fn1">',
    ]
    places = [ferry.html.find(mark) for mark in marks]
    assert -1 not in places
    assert places == sorted(places)


def test_lazy_image_is_resolved_once_and_absolute(ferry: FullText) -> None:
    assert re.findall(r'<img src="([^"]*)"', ferry.html) == [
        "https://estuary.example/img/ferry.jpg"
    ]


def test_title_is_not_repeated_as_a_heading(ferry: FullText) -> None:
    assert ferry.title == "Harbour town votes to keep its night ferry"
    assert ferry.title not in ferry.text


def test_metadata_is_read_from_the_page(ferry: FullText) -> None:
    assert ferry.authors == ("Ines Okafor", "Tom Brandt")
    assert ferry.published == datetime(2024, 3, 5, 6, 30, tzinfo=UTC)
    assert ferry.image_url == "https://estuary.example/img/ferry-1200.jpg"
    assert ferry.canonical_url == "https://estuary.example/news/night-ferry"


def test_words_are_counted_in_the_text_without_pictures_and_players(ferry: FullText) -> None:
    assert "white ferry at dusk" not in ferry.text
    assert "Video" not in ferry.text
    assert 240 < ferry.word_count < 280


# --- structure -------------------------------------------------------------------------------


def test_lines_parted_by_double_breaks_become_paragraphs() -> None:
    page = extract("<div>" + "<br><br>".join(SENTENCES) + "</div>")
    assert page.html == STORY


def test_text_loose_beside_paragraphs_stays_in_order() -> None:
    page = extract(f"<article><p>{SENTENCES[0]}</p>{SENTENCES[1]}<p>{SENTENCES[2]}</p></article>")
    assert [page.text.find(s) for s in SENTENCES[:3]] == sorted(
        page.text.find(s) for s in SENTENCES[:3]
    )
    assert all(s in page.text for s in SENTENCES[:3])


def test_base_element_moves_relative_links() -> None:
    body = STORY + f'<p>{SENTENCES[0]} See <a href="map.html">the map</a> too.</p>'
    page = extract(body, head='<base href="https://other.example/x/">')
    assert 'href="https://other.example/x/map.html"' in page.html


def test_base_element_with_a_script_address_is_ignored() -> None:
    body = STORY + f'<p>{SENTENCES[0]} See <a href="map.html">the map</a> too.</p>'
    page = extract(body, head='<base href="javascript:alert(1)//">')
    assert 'href="https://site.example/a/map.html"' in page.html


def test_picture_element_becomes_an_image() -> None:
    body = (
        f"<article>{STORY}<figure><picture><source srcset='/s.webp 400w, /l.webp 900w'>"
        f"<img alt='A pier'></picture><figcaption>The pier.</figcaption></figure>{STORY}</article>"
    )
    page = extract(body)
    assert 'src="https://site.example/l.webp"' in page.html
    assert "The pier." in page.html


@pytest.mark.parametrize(
    "image",
    [
        '<img data-lazyload="/pier.jpg" src="">',
        '<img data-delayed-url="/pier.jpg?w=9" data-pin-url="/post">',
        '<img nitro-lazy-src="/pier.jpg" src="data:image/gif;base64,R0lGOD">',
        '<img data-ezsrc="/pier.jpg" src="/loader.gif">',
    ],
)
def test_image_that_a_script_would_load_shows(image: str) -> None:
    page = extract(f"<article>{STORY}<p>{image}</p>{STORY}</article>")
    assert 'src="https://site.example/pier.jpg' in page.html


@pytest.mark.parametrize("flood", [".gif?" * 30_000 + "{}", ".gif" * 30_000 + " {}"])
def test_long_address_of_a_lazy_image_costs_next_to_nothing(flood: str) -> None:
    started = time.process_time()
    extract(f"<article>{STORY}<img data-delayed-url='{flood}'></article>")
    assert time.process_time() - started < 5


def test_layout_table_is_taken_apart_and_data_table_is_not() -> None:
    data = "<table><tr><th>Year</th><th>Ships</th></tr><tr><td>1998</td><td>31</td></tr></table>"
    home = "<td><a href='/'>Home</a></td>"
    page = extract(f"<table><tr>{home}<td><div>{STORY}{data}{STORY}</div></td></tr></table>")
    assert page.html.count("<table>") == 1
    assert "<td>1998</td>" in page.html


def test_footnotes_stay_marked() -> None:
    note = '<li id="fn1">In a letter to the town, of 1987.</li>'
    notes = f'<section class="footnotes"><ol>{note}</ol></section>'
    mark = "<sup><a href='#fn1'>1</a></sup>"
    page = extract(f"<article>{STORY}<p>{SENTENCES[0]}{mark}</p>{notes}</article>")
    assert '<section class="footnotes">' in page.html
    assert 'href="#fn1"' in page.html


# --- evidence --------------------------------------------------------------------------------


def test_structured_data_serve_where_the_page_is_written_by_script() -> None:
    text = "\n\n".join(SENTENCES * 4)
    script = json.dumps({"@type": "NewsArticle", "headline": "The lamp", "articleBody": text})
    page = extract(
        "<div id=app><p>Loading the page, please wait for it.</p></div>",
        head=f'<script type="application/ld+json">{script}</script>',
    )
    assert page.method == "structured data"
    assert page.html == STORY * 4


@pytest.mark.parametrize(
    ("start", "end"), [("//<![CDATA[\n", "\n//]]>"), ("<!--", "-->"), ("/*<![CDATA[*/", "/*]]>*/;")]
)
def test_structured_data_are_read_inside_what_hides_them(start: str, end: str) -> None:
    script = json.dumps({"@type": "NewsArticle", "articleBody": "\n\n".join(SENTENCES * 4)})
    head = f'<script type="application/ld+json">{start}{script}{end}</script>'
    page = extract("<div id=app></div>", head=head)
    assert page.method == "structured data"


def test_declared_shadow_root_is_part_of_the_page() -> None:
    page = extract(f'<x-story><template shadowrootmode="open">{STORY * 4}</template></x-story>')
    assert page.html == STORY * 4


def test_article_that_bears_the_title_wins_over_longer_ones() -> None:
    other = (
        "<p>A much longer story about the market hall, its roof and all who ever repaired it.</p>"
    )
    page = extract(
        f"<article><h1>The lamp on the pier is lit again</h1>{STORY}</article>"
        + f"<article><h2>The market hall</h2>{other * 9}</article>" * 3,
        head="<title>The lamp on the pier is lit again</title>",
    )
    assert all(sentence in page.text for sentence in SENTENCES)
    assert "market hall" not in page.text


def test_page_that_gives_less_than_the_feed_is_refused() -> None:
    with pytest.raises(ExtractionFailed, match="less than the feed"):
        extract(STORY, hint_html=STORY * 3)


def test_what_the_feed_gave_saves_its_text_from_a_suspicious_place() -> None:
    rival = "<p>The market hall has a new roof, and the traders say that it no longer rains in.</p>"
    body = f"<div class='comment'>{STORY}</div><main>{rival * 4}</main>"
    assert SENTENCES[0] not in extract(body).text
    assert SENTENCES[0] in extract(body, hint_html=f"<p>{SENTENCES[0]}</p>").text


def test_page_of_a_title_alone_has_no_text() -> None:
    nav = "<div class=links><a href=/a>Home</a> <a href=/b>About</a></div>"
    with pytest.raises(ExtractionFailed, match="no article text"):
        extract(f"{nav}<h1>A lamp for the pier</h1>", hint_title="A lamp for the pier")


def test_hinted_title_is_not_repeated() -> None:
    page = extract(
        f"<article><h2>A lamp for the pier</h2>{STORY}</article>", hint_title="A lamp for the pier"
    )
    assert "A lamp for the pier" not in page.text


# --- site rules ------------------------------------------------------------------------------


RULE = SiteRule("site.example", content="#odd, #odd p", remove=".no", title="h3")


def test_site_rule_decides_content_removal_and_title() -> None:
    page = extract(
        f"{STORY}<h3>The real title</h3>"
        "<div id=odd><p>Only this.</p><p class=no>Not this.</p></div>",
        rules=[RULE],
    )
    assert page.html == '<div id="odd"><p>Only this.</p></div>'
    assert page.title == "The real title"
    assert page.method == "site rule site.example"


def test_site_rule_outweighs_what_page_and_feed_say() -> None:
    said = json.dumps({"@type": "Article", "articleBody": "\n".join(SENTENCES * 4)})
    page = extract(
        f"<div id=odd><p>Only this.</p></div>{STORY}",
        head=f'<script type="application/ld+json">{said}</script>',
        hint_html=STORY,
        rules=[RULE],
    )
    assert page.text == "Only this."


def test_site_rule_that_finds_nothing_gives_way() -> None:
    page = extract(STORY, rules=[RULE])
    assert page.html == STORY
    assert page.method == ""


def test_most_exact_rule_of_a_host_is_taken() -> None:
    wide, exact = SiteRule("site.example", "p"), SiteRule("news.site.example", "div")
    assert rule_for("https://news.site.example/x", [exact, wide]) is exact
    assert rule_for("https://www.site.example/x", [exact, wide]) is wide
    assert rule_for("https://notsite.example/x", [exact, wide]) is None


# --- bytes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("codec", "content_type", "meta"),
    [
        ("utf-8", "", ""),
        ("windows-1251", "text/html; charset=windows-1251", ""),
        ("windows-1251", "text/html", "<meta charset=windows-1251>"),
        ("koi8-r", "", '<meta http-equiv=content-type content="text/html; charset=koi8-r">'),
        ("utf-16", "", ""),
        ("utf-8", "", "<meta charset=utf-16>"),
    ],
)
def test_encoding_is_found(codec: str, content_type: str, meta: str) -> None:
    sentence = "Маяк на конце пирса снова горит, и никто не знает, кто его зажигает по вечерам."
    html = f"<html><head>{meta}</head><body><p>{sentence}</p><p>{sentence * 2}</p></body></html>"
    page = extract_article(
        html.encode(codec), url="https://site.example/", content_type=content_type
    )
    assert sentence in page.text


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (b"", "empty"),
        (b"   \n", "empty"),
        (b"no markup here", "no HTML"),
        (b"<html><body></body></html>", "no article text"),
        (b"<p>" + b"x" * MAX_PAGE_BYTES, "more than the 5 MB"),
        (b"\x1f\x8b\x08\x00broken", "broken"),
        (b"%PDF-1.7\n%\xe2\xe3\n1 0 obj\n<</Title (words <p>to read</p>)>>", "a PDF document"),
        (b"\x89PNG\r\n\x1a\n\x00\x00 <b>words of a picture", "binary data"),
        (b"PK\x03\x04\x14\x00 <a>words of an archive", "binary data"),
    ],
)
def test_page_without_text_is_refused_with_a_reason(page: bytes, reason: str) -> None:
    with pytest.raises(ExtractionFailed, match=reason) as caught:
        extract_article(page, url="https://site.example/")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "start", ["\x00\x00", "\ufeff \n", "Notice: \x01\x02 in line 3\n", "\x0e<p>"]
)
def test_page_with_stray_bytes_at_its_start_is_read(start: str) -> None:
    page = f"{start}<!DOCTYPE html><html><body>{STORY}</body></html>"
    assert SENTENCES[0] in extract_article(page.encode(), url="https://site.example/").text


# --- hostile pages ---------------------------------------------------------------------------


def test_hidden_text_and_comments_are_not_shown() -> None:
    page = extract(
        f"{STORY}<div style='display: none'>hidden one</div><p hidden>hidden two</p>"
        "<p style='font-size:0'>hidden three</p><!-- hidden four --><span class=sr-only>hidden"
        f" five</span><p aria-hidden=true>hidden six</p>{STORY}"
    )
    assert "hidden" not in page.html


def test_page_that_hides_all_its_text_is_read_all_the_same() -> None:
    assert extract(f"<div style='visibility:hidden'>{STORY}</div>").html == STORY


def test_no_script_and_no_control_character_survives() -> None:
    page = extract(
        f"{STORY}<p onclick='x()'>{SENTENCES[0]} <a href='javascript:x()'>the link</a> &#27;[2J"
        f"\x9b31m</p><script>alert(1)</script>{STORY}",
        head="<title>Lamp &#27;]0;x&#7;</title><meta name=author content='A &#x9b;31m B'>",
    )
    assert "script" not in page.html
    assert "onclick" not in page.html
    everything = f"{page.html}{page.text}{page.title}{''.join(page.authors)}"
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", everything)


@pytest.mark.parametrize(
    "body",
    [
        "<div>" * 60_000 + "deep",
        "<span>" * 100_000 + "deep",
        "<ul><li>x" * 30_000,
        "<table><tr><td>cell" * 3_000,
        "<p>Some words here, and more of them.</p>" * 30_000,
        "<img src=a.jpg>" * 60_000,
        "<noscript><img src=a.jpg></noscript>" * 20_000,
        "word<br><br>" * 30_000,
        "<p>" + "word, and more. " * 300_000,
        "<a href=x>" * 50_000,
    ],
    ids=[
        "divs",
        "spans",
        "lists",
        "tables",
        "paragraphs",
        "images",
        "noscripts",
        "breaks",
        "long",
        "links",
    ],
)
def test_flood_ends_in_text_or_a_reason_within_ten_seconds_of_work(body: str) -> None:
    started = time.process_time()
    try:
        ending = extract(body).text
    except ExtractionFailed as failure:
        ending = str(failure)
    assert ending
    assert time.process_time() - started < 10


def test_hostile_pages_of_the_corpus_end_safely(
    corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Refused(socket.socket):  # a class still: libraries name it in their types
        def __init__(self, *_: object, **__: object) -> None:
            raise AssertionError("extraction opened a socket")

    monkeypatch.setattr(socket, "socket", Refused)
    pages = [*(corpus / "attacks").glob("page_*.html"), corpus / "attacks" / "deep_page_50000.html"]
    assert len(pages) > 2
    for path in pages:
        started = time.process_time()
        try:
            page = extract_article(path.read_bytes(), url="https://site.example/")
        except ExtractionFailed:
            assert path.name.startswith("deep_page")
        else:
            assert "plain words to look like prose" in page.text
            assert "CANARY" not in page.html
            assert not re.search(
                "[\x00-\x08\x0b-\x1f\x7f-\x9f]", page.html + page.text + page.title
            )
        assert time.process_time() - started < 10


# --- the corpus ------------------------------------------------------------------------------


def word_f1(text: str, truth: str) -> float:
    mine, wanted = (Counter(re.findall(r"\w+", t.lower())) for t in (text, truth))
    return 2 * sum((mine & wanted).values()) / ((sum(mine.values()) + sum(wanted.values())) or 1)


def extracted_text(corpus: Path, row: dict[str, str]) -> str:
    page = (corpus / "pages" / row["html_file"]).read_bytes()
    try:
        return extract_article(page, url=row["url"] or "https://site.example/").text
    except ExtractionFailed:
        return ""


def corpus_rows(corpus: Path, kind: str) -> list[dict[str, str]]:
    with (corpus / "pages" / "index.tsv").open(encoding="utf-8", newline="") as index:
        return [r for r in csv.DictReader(index, delimiter="\t") if r["truth_kind"] == kind]


def test_corpus_articles_are_found_whole(corpus: Path) -> None:
    scores = {
        row["id"]: word_f1(
            extracted_text(corpus, row),
            (corpus / "pages" / row["truth_file"]).read_text(encoding="utf-8"),
        )
        for row in corpus_rows(corpus, "fulltext")
    }
    assert mean(scores.values()) >= 0.95
    assert mean(score for key, score in scores.items() if key.startswith("sh-")) >= 0.97
    assert not {key for key, score in scores.items() if score < 0.5}


def test_corpus_strings_are_held(corpus: Path) -> None:
    held = []
    for row in corpus_rows(corpus, "snippets"):
        text = " ".join(extracted_text(corpus, row).split())
        truth = json.loads((corpus / "pages" / row["truth_file"]).read_text(encoding="utf-8"))
        held += [" ".join(s.split()) in text for s in truth.get("with", ())]
        held += [" ".join(s.split()) not in text for s in truth.get("without", ())]
    assert mean(held) >= 0.89

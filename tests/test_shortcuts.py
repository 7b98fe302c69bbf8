"""Shortcuts for the usual case give what the long way gives."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedreader.core import dates, encoding, fields, fulltext, identity, sanitize, text
from feedreader.core.quick.text import is_pure, repair

USUAL_DATES = st.one_of(
    st.builds(
        "{}{} {} {} {}:{}:{} {}".format,
        st.sampled_from(["", "Mon, ", "Sat, ", "Foo, "]),
        st.integers(0, 32),
        st.sampled_from(["Jan", "Feb", "May", "Jun", "Sep", "Dec", "Mai", "Foo", "JAN"]),
        st.sampled_from(["0000", "0999", "1970", "2024", "3000", "3001", "9999"]),
        st.sampled_from(["00", "09", "23", "24"]),
        st.sampled_from(["00", "59", "60"]),
        st.sampled_from(["00", "59", "60"]),
        st.sampled_from(
            ["GMT", "UTC", "+0000", "-0000", "+0530", "-2359", "+2400", "+0060", "EST"]
        ),
    ),
    st.builds(
        "{}-{}-{}{}{}:{}:{}{}{}".format,
        st.sampled_from(["0000", "0001", "1999", "2024", "9999"]),
        st.sampled_from(["00", "02", "12", "13"]),
        st.sampled_from(["00", "28", "29", "31"]),
        st.sampled_from(["T", " ", "t"]),
        st.sampled_from(["00", "23", "24"]),
        st.sampled_from(["00", "59", "60"]),
        st.sampled_from(["00", "59", "60"]),
        st.sampled_from(["", ".1", ".123456", ".1234567", ","]),
        st.sampled_from(["Z", "z", "", "+01:00", "-23:59", "+24:00", "+01:60", "+0100"]),
    ),
)


@given(USUAL_DATES)
def test_usual_dates_mean_what_the_general_reading_says(date: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dates, "_read_usual", lambda text: None)
        expected = dates.parse_date(date)
    assert dates.parse_date(date) == expected


@given(st.text(st.sampled_from("ab \t\n\x7f\x00\u00a0\u00ad\u0301\u200b"), max_size=8))
def test_ascii_lines_are_cleaned_as_others_are(line: str) -> None:
    cleaned = " ".join(text.clean_text(line).split())
    assert text.clean_line(line) == re.sub(text._LEADING_MARKS, "", cleaned)


REFERENCES = st.builds(
    "&#{}{};".format,
    st.sampled_from(["", "x", "X", "x0", "0", "00"]),
    st.one_of(
        st.integers(0, 0x11_0100).map(str),
        st.integers(0, 0x11_0100).map("{:x}".format),
        st.sampled_from(["fffe", "FFFF", "dfff", "D800", "65534", "57343", "55296", "8", "9", "d"]),
    ),
)


@given(
    st.lists(st.one_of(REFERENCES, st.text("a\x00\x08\n\ufffe\uffff\x85", max_size=3))).map("".join)
)
def test_forbidden_characters_are_found_by_the_shortcut(document: str) -> None:
    document = f"text {document}"  # zero bytes in front would tell of UTF-16
    reference = re.compile(r"&#(?:[xX]0*([0-9a-fA-F]{1,8})|0*([0-9]{1,9}));")
    expected = reference.sub(
        encoding._drop_forbidden_reference, encoding._FORBIDDEN.sub("", document)
    )
    assert encoding.decode_document(document.encode()).text == expected


@given(st.text(st.sampled_from("ab <>&;\n\r\t"), max_size=12), st.sampled_from(["text", "html"]))
def test_bodies_of_one_line_are_those_without_paragraphs(body: str, kind: fields.TextType) -> None:
    blank_lines = re.compile(r"[ \t]*(?:\r\n?|\n)[ \t]*(?:\r\n?|\n)\s*")
    expected = len(blank_lines.split(body.strip()))
    html = fields.to_html(body, kind)
    assert html.count("<p>") == (
        expected if expected > 1 and ("<" not in body or kind == "text") else 0
    )


@given(st.text(st.sampled_from("a\xc3\xa9\xc2\x85\x92\xe9日"), max_size=6))
def test_pure_documents_need_no_repair(document: str) -> None:
    if is_pure(document, document.encode()):
        assert repair(document) == document


@given(st.text(st.sampled_from("htps:/.w-e?=&#%_~ABfd1é\n"), max_size=20))
def test_plain_links_are_what_the_long_way_makes_of_them(url: str) -> None:
    for address in (url, f"https://a{url}", f"http://a.example/{url}"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(fields, "is_plain_link", lambda url: False)
            expected = fields.to_link(address, "https://base.example/")
        assert fields.to_link(address, "https://base.example/") == expected


@given(st.text(st.sampled_from("ab_1é日-&/—– \t\n\x1c\u2003²½"), max_size=16))
def test_words_are_counted_as_the_pattern_counts_them(words: str) -> None:
    unspaced = words.count("日")
    spaced = len(re.findall(r"\w[^\s—–/]*", words.replace("日", " ")))
    assert text.count_words(words) == spaced + (unspaced + 1) // 2


@given(
    st.text("htps:/w.exam-pl3@?#%&=+~ \t[]ÄW", max_size=40).map("https://".__add__)
    | st.from_regex(r"https?://(www\.)?[a-z0-9.-]{1,12}(:80|:8080)?(/[!-~ ]{0,9})?", fullmatch=True)
)
def test_usual_link_is_normalised_as_any_other(link: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(identity, "_USUAL_LINK", re.compile(r"(?!)"))
        by_the_long_way = identity.normalise_link(link)
    assert identity.normalise_link(link) == by_the_long_way


@given(st.text("ab1_ -/.\t\n\x1c\x85\xa0—–é日ก·²½٣…\u0301\u2028", max_size=30))
def test_words_are_counted_as_one_would_by_hand(line: str) -> None:
    unspaced = sum(re.match(text.UNSPACED, char) is not None for char in line)
    spaced = "".join(" " if re.match(f"{text.UNSPACED}|[/—–]", char) else char for char in line)
    words = [word for word in spaced.split() if any(re.match(r"\w", char) for char in word)]
    assert text.count_words(line) == len(words) + (unspaced + 1) // 2


@given(
    st.text(
        "ab ;'\"\t\n\x0c\x0b\x01\u200b\ud800é\ufeff\U0001f600x=/-\x85\u2028\xa0<>&\r\0", max_size=20
    )
)
def test_text_without_markup_is_cleaned_as_html_is(html: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sanitize, "_MARKED_UP", re.compile(""))
        by_the_parser = sanitize.clean_html(html, "")
    assert sanitize.clean_html(html, "") == by_the_parser


@given(st.lists(st.text("readmo viwful…[]().>»→\n ſKpost", max_size=24), max_size=3).map(" ".join))
def test_cut_text_is_told_as_the_patterns_tell_it(line: str) -> None:
    last = line.rsplit("\n", 1)[-1][-300:]
    wanted = bool(fulltext._ENDS_CUT.search(last) or fulltext._READ_MORE.search(last))
    assert fulltext._is_cut(line) == wanted

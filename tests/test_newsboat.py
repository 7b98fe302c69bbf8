"""Newsboat's `urls` file, its cache rows, and its filter expressions in our language."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedreader.core.newsboat import (
    NewsboatCommand,
    NewsboatFeed,
    NewsboatItem,
    NewsboatSearch,
    looks_like_urls_file,
    map_cache_row,
    read_config,
    read_urls,
    tokenize,
)
from feedreader.core.query.newsboat import translate_query
from feedreader.core.query.parse import parse
from feedreader.core.rules import read_rule
from feedreader.core.text import clean_line
from feedreader.errors import QueryError

# --- tokens -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "tokens"),
    [
        ("https://a.example/ news tech", ["https://a.example/", "news", "tech"]),
        ('https://a.example/ "two words"\ttab\r', ["https://a.example/", "two words", "tab"]),
        (r'"a \"b\" \\ \n \t \x \`"', ['a "b" \\ \n \t x `']),
        ('"never closed tag', ["never closed tag"]),
        ('"a""b"c', ["a", "b", "c"]),
        ('a"b c"d', ['a"b', 'c"d']),
        (r"a\ b", ["a\\", "b"]),
        ("# comment", []),
        ("   # comment after space", []),
        ("https://a.example/#fragment # comment tag", ["https://a.example/#fragment"]),
        ('https://a.example/ "# no comment"', ["https://a.example/", "# no comment"]),
        ('""', [""]),
        ('"ends in a backslash\\', ["ends in a backslash"]),
        ("", []),
    ],
)
def test_line_is_split_as_newsboat_splits_it(line: str, tokens: list[str]) -> None:
    assert tokenize(line) == tokens


# --- urls -------------------------------------------------------------------


def test_feed_line_gives_address_title_tags_and_whether_it_is_hidden() -> None:
    urls = read_urls(
        b"# my feeds\n\n"
        b'https://a.example/feed news "long reads" "~My title" news\n'
        b"http://b.example/feed !hidden\n"
        b"https://c.example/feed\n"
    )
    assert urls.feeds == (
        NewsboatFeed("https://a.example/feed", "My title", ("news", "long reads")),
        NewsboatFeed("http://b.example/feed", is_hidden=True),
        NewsboatFeed("https://c.example/feed"),
    )
    assert (urls.searches, urls.commands, urls.skipped) == ((), (), ())


def test_query_line_is_a_saved_search_with_its_expression_as_written() -> None:
    urls = read_urls(rb'"query:Unread: age between 0:7 and title =~ \"a b\"" tag "~x"')
    assert urls.searches == (
        NewsboatSearch("Unread", 'age between 0:7 and title =~ "a b"', ("tag",)),
    )


def test_lines_that_run_or_read_something_come_out_apart() -> None:
    urls = read_urls(
        b'"exec:~/bin/feed.sh a:b" news ~Mine\n'
        b'"filter:~/bin/f.py -x:https://a.example/feed" !\n'
        b"file:///home/me/feed.xml\n"
    )
    assert urls.feeds == ()
    assert urls.commands == (
        NewsboatCommand("exec", "~/bin/feed.sh a:b", title="Mine", tags=("news",)),
        NewsboatCommand("filter", "~/bin/f.py -x", "https://a.example/feed", is_hidden=True),
        NewsboatCommand("file", "file:///home/me/feed.xml"),
    )


def test_lines_of_no_use_are_reported_without_secrets() -> None:
    urls = read_urls(b'gopher://user:secret@a.example/\n"query:Nameless"\nnonsense\n""\n')
    assert urls.feeds == ()
    assert urls.skipped == (
        ("gopher://***@a.example/", "gopher: is no web address"),
        ("query:Nameless", "a query needs a name and an expression"),
        ("nonsense", "its address has no host"),
        ("", "it has no feed address"),
    )


def test_tags_and_titles_are_safe_to_print() -> None:
    urls = read_urls('https://a.example/ "~a\x1b[31m\u202eb" "t\x07ag"'.encode())
    assert urls.feeds == (NewsboatFeed("https://a.example/", "a[31mb", ("tag",)),)


def test_urls_file_in_an_old_encoding_is_read() -> None:
    assert read_urls("https://a.example/ caf\xe9".encode("latin-1")).feeds[0].tags == ("café",)


@pytest.mark.parametrize(
    ("data", "is_urls_file"),
    [
        (b"# comment\n\n  https://a.example/feed tag\n", True),
        (b'"query:Name:unread = \\"yes\\""\n', True),
        (b'"exec:x"\n', True),
        (b"filter:x:https://a.example/\n", True),
        (b"\xef\xbb\xbfHTTP://a.example/\r\n", True),
        (b"a.example/feed news\n", True),
        (b'"localhost:8080/feed"\n', True),
        (b"Node.js is a runtime and/or a trap\n", False),
        (b"/etc/passwd\n", False),
        (b'<?xml version="1.0"?><opml/>', False),
        (b'  <outline xmlUrl="https://a.example/"/>', False),
        (b"{}", False),
        (b"", False),
        (b"# only a comment\n", False),
        (b"dear reader,\nhttps://a.example/\n", False),
    ],
)
def test_urls_file_is_known_by_its_first_line(data: bytes, is_urls_file: bool) -> None:
    assert looks_like_urls_file(data) is is_urls_file


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_and_only_web_addresses_are_feeds(data: bytes) -> None:
    for urls in (read_urls(data), read_urls(b"https://" + data)):
        assert all(feed.url.startswith(("http://", "https://")) for feed in urls.feeds)
        assert all(what == clean_line(what) and len(what) <= 80 for what, _ in urls.skipped)


# --- config -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        (r'ignore-article "*" "title =~ \"ad\""', "when intitle:ad then mute"),
        (
            r'ignore-article "https://a.example/rss" "age > 7 or unread = \"no\""',
            'when feed:"https://a.example/rss" (older:8d OR is:read) then mute',
        ),
        (
            r'ignore-article "regex:https://nitter\\.net/.*" "title =~ \"RT by\""',
            'when feed:"https://nitter.net/" (intitle:"RT by") then mute',
        ),
        (
            'ignore-article "*" \\\n  "title # \\"shorts\\""',
            "when intitle:shorts then mute",
        ),
        (
            r'highlight-article "author =~ \"corbet\"" magenta default bold',
            "when author:corbet then highlight:violet",
        ),
        (
            'highlight articlelist "^New" color208 default',
            "when intitle:/^New/i then highlight:orange",
        ),
    ],
)
def test_line_of_a_config_becomes_a_rule(line: str, rule: str) -> None:
    config = read_config(f"auto-reload yes\n# no rule\n{line}\n".encode())
    assert (config.rules, config.skipped) == ((rule,), ())
    assert read_rule(rule).actions


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('ignore-article "*"', "something is missing in it"),
        (r'ignore-article "regex:(a|b)" "unread = \"yes\""', "feeds cannot be found"),
        ('ignore-article "*" "unread_count > 3"', "has no counterpart"),
        ('highlight articlelist "(" red default', "regular expression"),
        ("include ~/more", "import ~/more by itself"),
    ],
)
def test_line_of_a_config_that_cannot_be_a_rule_is_told_with_its_reason(
    line: str, why: str
) -> None:
    config = read_config(line.encode())
    assert config.rules == ()
    ((what, reason),) = config.skipped
    assert what.startswith(line[:8])
    assert why in reason


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_as_a_config(data: bytes) -> None:
    for config in (read_config(data), read_config(b'ignore-article "*" ' + data)):
        assert all(read_rule(rule).actions for rule in config.rules)
        assert all(what == clean_line(what) and why for what, why in config.skipped)


# --- cache ------------------------------------------------------------------


def test_cache_row_says_read_and_keeps_flags_as_tags() -> None:
    item = map_cache_row(
        feed_url="https://a.example/feed",
        guid="g",
        url="https://a.example/1",
        unread=0,
        flags="sab1s",
    )
    assert item == NewsboatItem(
        "https://a.example/feed", "g", "https://a.example/1", True, ("flag:s", "flag:a", "flag:b")
    )
    unread = map_cache_row(feed_url="", guid="g", url="", unread=1, flags=None)
    assert (unread.is_read, unread.tags) == (False, ())


# --- filter expressions -----------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "query"),
    [
        ('unread = "yes"', "is:unread"),
        ('unread == "no"', "is:read"),
        ('unread != "yes"', "-is:unread"),
        ('tags # "news"', "tag:news"),
        ('tags !# "news"', "-tag:news"),
        ('title =~ "linux"', "intitle:linux"),
        ('title=~"two words"', 'intitle:"two words"'),
        ('title !~ "a|b"', "-(intitle:a OR intitle:b)"),
        ('title = "Exactly / (this)"', r"intitle:/^Exactly\ \/\ \(this\)$/"),
        ('title =~ "^Re: [0-9]+/"', r"intitle:/^Re: [0-9]+\//i"),
        ('author =~ "corbet"', "author:corbet"),
        ('author != "Me"', "-author:Me"),
        ('content =~ "kernel"', "intext:kernel"),
        ('link =~ "lwn.net"', "inurl:lwn.net"),
        ('feedtitle = "LWN.net"', "feed:LWN.net"),
        ('feedtitle =~ "42"', 'feed:"42"'),
        ('rssurl =~ "lwn\\.net"', "feed:lwn.net"),
        ('flags =~ "s"', 'tag:"flag:s"'),
        ('enclosure_url != ""', "has:enclosure"),
        ("age < 3", "newer:3d"),
        ("age <= 3", "-older:4d"),
        ("age > 3", "older:4d"),
        ("age >= 3", "-newer:3d"),
        ("age = 0", "newer:1d"),
        ("age == 2", "newer:3d older:2d"),
        ("age between 0:7", "newer:8d"),
        ("age between 7:2", "newer:8d older:2d"),
        ('age < "3"', "newer:3d"),
        ('title =~ "OR"', 'intitle:"OR"'),
        ('((unread = "yes"))', "is:unread"),
    ],
)
def test_condition_is_translated(expression: str, query: str) -> None:
    assert translate_query(expression) == query
    parse(query)


A, B, C, D = ('title =~ "a"', 'title =~ "b"', 'title =~ "c"', 'title =~ "d"')


@pytest.mark.parametrize(
    ("expression", "query"),
    [
        (f"{A} and {B} and {C}", "intitle:a intitle:b intitle:c"),
        (f"{A} or {B} or {C}", "intitle:a OR intitle:b OR intitle:c"),
        (f"{A} and {B} or {C}", "(intitle:a intitle:b) OR intitle:c"),
        (f"{A} or {B} and {C}", "(intitle:a OR intitle:b) intitle:c"),
        (f"{A} or ({B} and {C})", "intitle:a OR (intitle:b intitle:c)"),
        (f"{A} or {B} and {C} or {D}", "((intitle:a OR intitle:b) intitle:c) OR intitle:d"),
        (f"({A} or {B}) and ({C} or {D})", "(intitle:a OR intitle:b) (intitle:c OR intitle:d)"),
    ],
)
def test_and_and_or_bind_equally_from_the_left(expression: str, query: str) -> None:
    assert translate_query(expression) == query
    parse(query)


@pytest.mark.parametrize(
    ("expression", "position", "message"),
    [
        ("", 0, "the expression is empty"),
        ('unread = "yes" and', 18, "expected the name of an attribute"),
        ('unread = "yes" title', 15, 'expected "and" or "or"'),
        ('(unread = "yes"', 15, '")" is missing'),
        ("unread", 6, "expected an operator"),
        ("unread =", 8, "expected a value"),
        ('title =~ "a', 9, "this is no Newsboat filter expression"),
        ('unread = "yes" and unread_count > 3', 19, '"unread_count >" has no counterpart'),
        ('content = "x"', 0, '"content =" has no counterpart'),
        ('feedtitle =~ "^a"', 0, "feeds cannot be found by regular expressions"),
        ("age < 0", 0, '"age < 0" has no counterpart'),
        ('age < "soon"', 0, "an age is a number of days"),
        ("(" * 200 + 'unread = "yes"' + ")" * 200, 101, "parentheses nest too deep"),
    ],
)
def test_what_cannot_be_said_is_refused_at_its_place(
    expression: str, position: int, message: str
) -> None:
    with pytest.raises(QueryError) as refused:
        translate_query(expression)
    assert refused.value.message == message
    assert refused.value.position == position
    assert refused.value.query == expression


def test_regular_expression_that_our_language_refuses_is_refused() -> None:
    with pytest.raises(QueryError):
        translate_query('title =~ "(a"')


words = st.text(alphabet='ab "\\/|()[]*.:-0é#', max_size=8).map(lambda text: text.replace('"', ""))
conditions = st.builds(
    lambda attribute, operator, value: f'{attribute} {operator} "{value}"',
    st.sampled_from(["title", "author", "link", "content", "feedtitle", "tags", "flags", "age"]),
    st.sampled_from(["=", "!=", "=~", "!~", "#", "!#", "<", ">="]),
    words,
)


@settings(deadline=None)
@given(st.lists(conditions, min_size=1, max_size=4), st.sampled_from([" and ", " or "]))
def test_any_expression_gives_a_query_that_parses_or_a_query_error(
    parts: list[str], join: str
) -> None:
    try:
        query = translate_query(join.join(parts))
    except QueryError as error:
        assert 0 <= error.position <= len(error.query)  # noqa: PT017
        return
    parse(query)

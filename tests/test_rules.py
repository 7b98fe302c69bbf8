"""Rules: their language, what they do to new entries, and how all of it is taken back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedreader.core.query import Context, FeedName, parse
from feedreader.core.rules import (
    Action,
    complete_rule,
    describe_actions,
    in_words,
    read_action,
    read_rule,
    short_title,
    write_action,
)
from feedreader.errors import NotFound, QueryError, SearchInUse
from feedreader.model import FeedSettings, FetchLimits, RefreshSettings, RetentionSettings, Rule
from feedreader.model.words import COLOURS
from feedreader.reader import Reader
from servers import Answer, LoopbackServer

DOCS = Path(__file__).parent.parent / "docs" / "rules.md"
SETTINGS = RefreshSettings(
    host_pause_s=0.0, limits=FetchLimits(connect_s=2, read_s=2, total_s=4), unread_on_first_fetch=3
)
CONTEXT = Context(
    now=datetime(2026, 11, 25, tzinfo=UTC),
    feeds=(FeedName(1, "LWN.net", tags=("news",)),),
    tags=("to cite",),
)


# --- the language -----------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "query", "actions"),
    [
        ("when a then mute", "a", [Action("mute")]),
        ("When a THEN Mute", "a", [Action("mute")]),
        ("  when  a b   then  star ,read ", "a b", [Action("star"), Action("read")]),
        ("when (a OR b) then later", "(a OR b)", [Action("later")]),
        ('when "if then else" then mute', '"if then else"', [Action("mute")]),
        ("when a then b then mute", "a then b", [Action("mute")]),
        ("when /a then b/ then mute", "/a then b/", [Action("mute")]),
        ('when /"/ then mute', '/"/', [Action("mute")]),
        ('when a then tag:"then what, b"', "a", [Action("tag", "then what, b")]),
        ("when a then score:5", "a", [Action("score", "+5")]),
        ("when a then score:-5,score:-5", "a", [Action("score", "-5")]),
        ("when a then highlight:RED", "a", [Action("highlight", "red")]),
        ("when a then run:my-hook, notify", "a", [Action("run", "my-hook"), Action("notify")]),
        ('when unread = "yes" then mute', 'unread = "yes"', [Action("mute")]),
    ],
)
def test_rule_is_read(text: str, query: str, actions: list[Action]) -> None:
    rule = read_rule(text)
    assert (rule.query, list(rule.actions)) == (parse(query), actions)


@pytest.mark.parametrize(
    ("text", "position", "message", "hint"),
    [
        ("", 0, "a rule begins with `when`", "such as"),
        ("mute sponsored", 0, "a rule begins with `when`", "such as"),
        ("when", 0, "a rule begins with `when`", "such as"),
        ("when a", 6, "`then` is missing", "then mute"),
        ("when then mute", 5, "which entries?", ""),
        ("when a then", 11, "what shall be done with them?", "one of mute"),
        ("when a then mute,", 17, "an action is missing", ""),
        ("when a then , mute", 12, "an action is expected here", "one of mute"),
        ("when a then mut", 12, "unknown action 'mut'", "did you mean mute?"),
        ("when a then hide", 12, "unknown action 'hide'", "did you mean mute?"),
        ("when a then tag", 15, "tag: needs a value", "tag:physics"),
        ("when a then mute:x", 16, "mute takes no value", ""),
        ("when a then score:x", 18, "score: needs a number", "score:+5"),
        ("when a then score:99999999", 18, "score: needs a number up to 1,000,000", ""),
        ("when a then highlight:pink", 22, "highlight: does not know 'pink'", "red, orange"),
        ("when a then run:a/b", 16, "run: needs the name of a hook", "[hooks.NAME]"),
        ("when autor:x then mute", 5, "unknown field 'autor'", "did you mean author:?"),
        ("when a (b then mute", 7, "this ( is never closed", ""),
        ("when a sort:date then mute", 7, "sort: has no meaning in a rule", ""),
        ("when a limit:3 then mute", 7, "limit: has no meaning in a rule", ""),
    ],
)
def test_error_points_at_its_spot_in_the_rule(
    text: str, position: int, message: str, hint: str
) -> None:
    with pytest.raises(QueryError) as caught:
        read_rule(text)
    error = caught.value
    assert (error.query, error.position) == (text, position)
    assert error.message.startswith(message)
    assert hint in error.hint


@given(
    st.builds(Action, st.sampled_from(["mute", "read", "star", "later", "notify"]))
    | st.builds(
        Action,
        st.just("tag"),
        st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=12),
    )
    | st.builds(Action, st.just("score"), st.integers(-1000, 1000).map("{:+}".format))
    | st.builds(Action, st.just("highlight"), st.sampled_from(COLOURS))
    | st.builds(Action, st.just("run"), st.from_regex(r"\A[A-Za-z0-9_-]{1,20}\Z"))
)
def test_action_that_is_written_is_read_as_the_same(action: Action) -> None:
    written = write_action(action)
    if write_action(read_action(written)) == written:
        assert read_action(written).kind == action.kind
    assert read_rule(f"when a then {written}, star").actions[0] == read_action(written)


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["when", "then", " ", ",", '"', "\\", "/", "(", ")", "tag:", "mute", "a", "score:", ":",
             "-", "is:unread", "\x1b", "字", "\u202e", "9" * 30, "OR", "'", "\n"]
        ),
        max_size=12,
    ).map("".join),
    st.integers(-2, 80),
)  # fmt: skip
def test_any_text_is_a_rule_or_an_error_in_words_and_completion_never_fails(
    text: str, cursor: int
) -> None:
    try:
        rule = read_rule(text)
    except QueryError as error:
        assert error.message  # noqa: PT017
        assert 0 <= error.position <= len(text)  # noqa: PT017
    else:
        assert rule.actions
        assert in_words(rule)
    for offer in complete_rule(text, cursor, CONTEXT, ("archive",)):
        assert 0 <= offer.start <= offer.end <= len(text)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("wh", "when "),
        ("when inti", "when intitle:"),
        ("when a th", "when a then "),
        ("when feed:lw", "when feed:LWN.net"),
        ("when a then mu", "when a then mute"),
        ("when a then mute, ta", "when a then mute, tag:"),
        ("when a then tag:to", 'when a then tag:"to cite"'),
        ("when a then run:ar", "when a then run:archive"),
        ("when a then highlight:v", "when a then highlight:violet"),
        ("when a then nosuch", None),
    ],
)
def test_word_at_the_end_of_a_rule_is_completed(text: str, first: str | None) -> None:
    offers = complete_rule(text, len(text), CONTEXT, ("archive",))
    completed = [text[: one.start] + one.text + text[one.end :] for one in offers]
    assert next(iter(completed), None) == first


def test_little_room_leaves_the_query_of_a_rule_as_its_name() -> None:
    assert short_title("when intitle:x then mute") == "intitle:x"
    assert short_title("Sponsored") == "Sponsored"


def test_page_has_each_action_with_its_meaning_and_its_examples_can_be_read() -> None:
    page = DOCS.read_text("utf-8")
    for action, meaning in describe_actions().items():
        assert f"| `{action}` | {meaning} |" in page
    examples = re.findall(r"```rule\n(.*?)```", page, re.DOTALL)[0].splitlines()
    examples += re.findall(r"`(when [^`]+ then [^`]+)`", page)
    assert len(examples) > 9
    for example in examples:
        assert read_rule(example).actions
    for colour in COLOURS:
        assert colour in page


# --- on new entries ---------------------------------------------------------


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 25, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer() as server:
        yield server


@pytest.fixture
def reader(tmp_path: Path, clock: Clock) -> Iterator[Reader]:
    with Reader(tmp_path / "feeds.db", refresh_settings=SETTINGS, clock=clock) as reader:
        yield reader
        assert reader.find_problems() == ()


LONG = "It is a long text about harbours. " * 60


def rss(*titles: str, body: str = LONG, feed: str = "Morning News") -> bytes:
    items = "".join(
        f"<item><title>{title}</title><guid isPermaLink='false'>{title}</guid>"
        f"<description>{body}</description></item>"
        for title in titles
    )
    return f"<rss version='2.0'><channel><title>{feed}</title>{items}</channel></rss>".encode()


def follow(reader: Reader, server: LoopbackServer, *titles: str) -> None:
    server.answers["/feed"] = Answer(body=rss(*titles))
    reader.subscribe(server.url(), settings=FeedSettings())
    list(reader.refresh())


def publish(reader: Reader, server: LoopbackServer, clock: Clock, *titles: str) -> None:
    clock.now += timedelta(days=1)
    server.answers["/feed"] = Answer(body=rss(*titles))
    list(reader.refresh(force=True))


def titles(reader: Reader, query: str) -> set[str]:
    return {entry.title for entry in reader.entries(query)}


def test_muted_entries_are_never_seen_and_name_their_rule(
    reader: Reader, server: LoopbackServer, clock: Clock
) -> None:
    reader.rules.add("when intitle:sponsored then mute", name="Ads")
    follow(reader, server, "Harbour", "Sponsored ships")
    assert titles(reader, "") == {"Harbour"}
    assert reader.status().unread == 1
    (hidden,) = reader.entries("is:muted")
    assert (hidden.title, hidden.muted_by, hidden.is_muted) == ("Sponsored ships", "Ads", True)
    (hit,) = reader.rules.hits(hidden.id)
    assert (hit.rule_title, hit.effects, hit.hit_at) == ("Ads", ("mute",), clock.now)


def test_each_action_does_what_it_says(reader: Reader, server: LoopbackServer) -> None:
    reader.rules.add("when intitle:a then read, star, later, tag:x")
    reader.rules.add("when intitle:a then score:+5, highlight:green")
    reader.rules.add("when harbours then score:-2, highlight:red")
    follow(reader, server, "a", "b")
    a, b = sorted(reader.entries(""), key=lambda entry: entry.title)
    assert (a.is_read, a.is_starred, a.is_later, a.tags) == (True, True, True, ("x",))
    assert (a.score, a.highlight) == (3, "green")
    assert (b.is_read, b.is_starred, b.is_later, b.tags) == (False, False, False, ())
    assert (b.score, b.highlight) == (-2, "red")
    assert [one.title for one in reader.entries("sort:-score")] == ["a", "b"]


def test_rules_act_in_their_order_and_later_ones_see_what_earlier_ones_did(
    reader: Reader, server: LoopbackServer
) -> None:
    reader.rules.add("when intitle:ship then score:+5, tag:ship")
    reader.rules.add("when score:>4 tag:ship then star")
    reader.rules.add("when intitle:ad then mute")
    reader.rules.add("when harbours then tag:seen")
    reader.rules.add("when is:muted harbours then tag:hidden")
    follow(reader, server, "ship", "ad")
    assert titles(reader, "is:starred") == {"ship"}
    assert titles(reader, "tag:seen") == {"ship"}
    assert titles(reader, "is:muted tag:hidden") == {"ad"}


def test_moved_rule_acts_in_its_new_place(reader: Reader, server: LoopbackServer) -> None:
    first = reader.rules.add("when harbours then tag:seen")
    second = reader.rules.add("when intitle:ad then mute")
    reader.rules.move(second.number, 1)
    assert [rule.number for rule in reader.rules.all()] == [second.number, first.number]
    follow(reader, server, "ad", "ship")
    assert titles(reader, "tag:seen") == {"ship"}
    assert titles(reader, "is:muted tag:seen") == set()


def test_rule_acts_on_what_is_new_only(
    reader: Reader, server: LoopbackServer, clock: Clock
) -> None:
    follow(reader, server, "Sponsored one")
    reader.rules.add("when intitle:sponsored then mute")
    publish(reader, server, clock, "Sponsored one", "Sponsored two", "Ship")
    assert titles(reader, "is:muted") == {"Sponsored two"}


def test_rule_that_is_off_does_nothing(reader: Reader, server: LoopbackServer) -> None:
    rule = reader.rules.add("when harbours then mute")
    reader.rules.switch(rule.number, False)
    follow(reader, server, "a")
    assert titles(reader, "") == {"a"}
    assert [one.is_active for one in reader.rules.all()] == [False]


def test_rule_knows_a_feed_by_the_title_that_its_first_fetch_brings(
    reader: Reader, server: LoopbackServer
) -> None:
    reader.rules.add('when feed:"Morning News" then tag:morning')
    follow(reader, server, "a")
    assert titles(reader, "tag:morning") == {"a"}


def test_hooks_are_told_of_unread_entries_but_not_of_the_past_of_a_feed(
    reader: Reader, server: LoopbackServer, clock: Clock
) -> None:
    rule = reader.rules.add("when harbours then notify, run:archive")
    follow(reader, server, *"abcdef")
    assert {one.hook: one.waiting for one in reader.hooks.queues()} == {"archive": 3, "notify": 3}
    reader.rules.take_back(rule.number)
    assert reader.hooks.queues() == ()
    reader.rules.apply(rule.number)
    assert reader.hooks.queues() == ()
    publish(reader, server, clock, "g")
    assert {one.hook: one.waiting for one in reader.hooks.queues()} == {"archive": 1, "notify": 1}


def test_hooks_are_told_of_one_copy_of_a_story(
    reader: Reader, server: LoopbackServer, clock: Clock
) -> None:
    story = (
        "<rss version='2.0'><channel><title>Feed</title><item><title>Harbours</title>"
        "<link>https://paper.example/{0}</link><guid>{0}</guid></item></channel></rss>"
    )
    reader.rules.add("when intitle:harbours then notify")
    for path in "/one", "/two", "/three":
        server.answers[path] = Answer(body=story.format("a").encode())
    for path in "/one", "/two":
        reader.subscribe(server.url(path))
    list(reader.refresh(force=True))
    reader.subscribe(server.url("/three"))
    list(reader.refresh(force=True))
    (queue,) = reader.hooks.queues()
    assert [one.copy_count for one in reader.entries("")] == [3, 3, 3]
    assert queue.waiting == 1
    server.answers["/three"] = Answer(body=story.format("b").encode())
    list(reader.refresh(force=True))
    assert reader.hooks.queues()[0].waiting == 2


def test_hooks_are_told_of_one_copy_of_a_story_whichever_rules_choose_them(
    reader: Reader, server: LoopbackServer
) -> None:
    for name in "one", "two":
        server.answers[f"/{name}"] = Answer(
            body=f"""<rss version='2.0'><channel><title>Feed</title><item><title>Harbours</title>
                <link>https://paper.example/a?utm_source={name}</link><guid>{name}</guid>
                </item></channel></rss>""".encode()
        )
        reader.subscribe(server.url(f"/{name}"))
        reader.rules.add(f"when feed:{name} then notify")
    list(reader.refresh(force=True))
    assert [one.copy_count for one in reader.entries("")] == [2, 2]
    assert [one.waiting for one in reader.hooks.queues()] == [1]


def test_rule_whose_search_is_gone_is_passed_over_and_says_so(
    reader: Reader, server: LoopbackServer
) -> None:
    reader.save_search("Ads", "intitle:ad")
    rule = reader.rules.add("when search:Ads then mute")
    reader.rules.add("when intitle:ad then tag:x")
    with pytest.raises(SearchInUse, match="rule 1"):
        reader.remove_search("Ads")
    assert reader.rules.users_of_search("Ads") == (f"rule {rule.number}",)
    with reader._store.transaction():
        reader._store.feeds.remove_search("Ads")
    follow(reader, server, "ad")
    assert titles(reader, "tag:x") == {"ad"}
    broken, sound = reader.rules.all()
    assert "no saved search is called 'Ads'" in broken.error
    assert sound.error == ""


def test_search_that_another_search_names_cannot_be_removed(reader: Reader) -> None:
    reader.save_search("Ads", "intitle:ad")
    reader.save_search("Dull", "search:Ads OR words:<50")
    with pytest.raises(SearchInUse, match="Dull"):
        reader.remove_search("Ads")
    reader.remove_search("Dull")
    reader.remove_search("Ads")
    assert reader.saved_searches() == ()


def test_search_that_would_contain_itself_is_not_kept(reader: Reader) -> None:
    reader.save_search("A", "kernel")
    reader.save_search("B", "search:A")
    with pytest.raises(QueryError, match="contains itself"):
        reader.save_search("A", "search:B")
    assert [one.query for one in reader.saved_searches()] == ["kernel", "search:A"]


def test_unreadable_rule_is_refused_and_nothing_is_kept(reader: Reader) -> None:
    for text in ("when a then", "when search:None then mute", "mute"):
        with pytest.raises(QueryError):
            reader.rules.add(text)
    rule = reader.rules.add("when a then mute")
    with pytest.raises(QueryError):
        reader.rules.change(rule.number, text="when autor:x then mute")
    assert [one.text for one in reader.rules.all()] == ["when a then mute"]
    for act in (reader.rules.rule, reader.rules.apply, reader.rules.remove):
        with pytest.raises(NotFound, match="there is no rule 99"):
            act(99)


# --- what it would do, and did ----------------------------------------------


def test_preview_counts_the_last_days_and_changes_nothing(
    reader: Reader, server: LoopbackServer, clock: Clock
) -> None:
    follow(reader, server, "old ad", "old ship")
    clock.now += timedelta(days=100)
    publish(reader, server, clock, "new ad", "new ship", "ad again")
    text = "when intitle:ad then mute"
    found = reader.rules.preview(text)
    assert (found.count, found.of_count) == (2, 3)
    assert {one.title for one in reader.summaries(found.entry_ids)} == {"new ad", "ad again"}
    assert reader.rules.preview(text, days=365).count == 3
    assert reader.rules.count(text) == 3
    assert (reader.count("is:muted"), reader.rules.all()) == (0, ())


def test_preview_of_a_rule_counts_what_it_hid_already(
    reader: Reader, server: LoopbackServer
) -> None:
    rule = reader.rules.add("when intitle:ad then mute")
    follow(reader, server, "ad", "ship")
    assert reader.rules.preview(rule.text).count == 1
    assert reader.rules.preview(rule.text).of_count == 2


def hits(reader: Reader, rule: Rule) -> int:
    return reader.rules.rule(rule.number).hit_count


def test_rule_is_applied_to_what_is_here_and_taken_back(
    reader: Reader, server: LoopbackServer
) -> None:
    follow(reader, server, "ad one", "ad two", "ship")
    rule = reader.rules.add("when intitle:ad then mute, read, star, later, tag:x, score:+3")
    assert reader.rules.count_left(rule.number) == 2
    change = reader.rules.apply(rule.number)
    assert (change.count, hits(reader, rule)) == (2, 2)
    assert reader.rules.count_left(rule.number) == 0
    assert reader.rules.apply(rule.number).count == 0
    assert titles(reader, f"rule:{rule.number}") == {"ad one", "ad two"}
    assert titles(reader, "is:muted is:read is:starred is:later tag:x score:3") == {
        "ad one",
        "ad two",
    }
    reader.undo(change)
    assert (hits(reader, rule), reader.status().unread) == (0, 3)
    assert titles(reader, "is:muted OR is:read OR is:starred OR is:later OR tag:x OR score:>0") == (
        set()
    )


def test_what_was_so_before_the_rule_stays_so_when_it_is_taken_back(
    reader: Reader, server: LoopbackServer
) -> None:
    follow(reader, server, "ad one", "ad two")
    starred = [entry.id for entry in reader.entries('intitle:"ad one"')]
    reader.star(starred)
    reader.tag(starred, "x")
    rule = reader.rules.add("when intitle:ad then star, tag:x")
    reader.rules.apply(rule.number)
    assert titles(reader, "is:starred tag:x") == {"ad one", "ad two"}
    reader.rules.take_back(rule.number)
    assert titles(reader, "is:starred") == titles(reader, "tag:x") == {"ad one"}


def test_undo_of_taking_back_does_it_again(reader: Reader, server: LoopbackServer) -> None:
    follow(reader, server, "ad", "ship")
    rule = reader.rules.add("when intitle:ad then mute, score:+1")
    reader.rules.apply(rule.number)
    change = reader.rules.take_back(rule.number)
    reader.undo(change)
    assert titles(reader, "is:muted score:1") == {"ad"}


def test_undo_of_taking_back_does_nothing_twice(reader: Reader, server: LoopbackServer) -> None:
    follow(reader, server, "ad", "ship")
    rule = reader.rules.add("when harbours then score:+1")
    reader.rules.apply(rule.number)
    change = reader.rules.take_back(rule.number)
    (ship,) = reader.entry_ids("intitle:ship")
    reader.rules.change(rule.number, text="when intitle:ad then score:+1")
    reader.rules.apply(rule.number)
    reader.undo(change)
    assert titles(reader, "score:1") == {"ad", "ship"}
    assert [hit.effects for hit in reader.rules.hits(ship)] == [("score:+1",)]


def test_entry_shown_again_by_hand_is_hidden_by_no_rule(
    reader: Reader, server: LoopbackServer
) -> None:
    rule = reader.rules.add("when intitle:ad then mute")
    follow(reader, server, "ad")
    other = reader.rules.add("when harbours then mute, tag:x")
    change = reader.mute("is:muted", False)
    assert (change.action, change.count) == ("muted", 1)
    assert reader.status().unread == 1
    reader.rules.apply(rule.number)
    reader.rules.apply(other.number)
    assert titles(reader, "tag:x") == {"ad"}
    assert titles(reader, "is:muted") == set()
    reader.undo(change)
    assert titles(reader, "is:muted") == {"ad"}


@pytest.mark.parametrize("is_hit", [True, False])
def test_word_of_the_hand_outlives_what_rules_did_and_had_taken_back(
    reader: Reader, server: LoopbackServer, is_hit: bool
) -> None:
    follow(reader, server, "ad")
    rule = reader.rules.add("when intitle:ad then mute, tag:x")
    if is_hit:
        reader.rules.apply(rule.number)
    else:
        reader.mute("intitle:ad")
    reader.mute("is:muted", False)
    reader.rules.take_back(rule.number)
    reader.rules.apply(rule.number)
    assert titles(reader, "tag:x") == {"ad"}
    (entry,) = reader.entries("")
    assert [hit.rule_number for hit in reader.rules.hits(entry.id)] == [rule.number]
    reader.rules.remove(rule.number, takes_back=True)
    reader.rules.apply(reader.rules.add("when intitle:ad then mute").number)
    assert titles(reader, "") == {"ad"}


def test_rules_are_numbered_from_one_whatever_was_shown_by_hand(
    reader: Reader, server: LoopbackServer
) -> None:
    follow(reader, server, "ad")
    reader.undo(reader.mute("intitle:ad"))
    reader.mute("intitle:ad")
    reader.mute("is:muted", False)
    assert reader.rules.all() == ()
    rule = reader.rules.add("when intitle:ad then star")
    assert [(one.number, one.text) for one in reader.rules.all()] == [(1, rule.text)]


def test_undone_slip_of_the_hand_does_not_spare_an_entry(
    reader: Reader, server: LoopbackServer
) -> None:
    reader.rules.add("when intitle:ad then star")
    follow(reader, server, "ad")
    reader.undo(reader.mute("intitle:ad"))
    rule = reader.rules.add("when intitle:ad then mute")
    reader.rules.apply(rule.number)
    assert titles(reader, "is:muted") == {"ad"}
    shown = reader.mute("is:muted", False)
    hidden = reader.mute("intitle:ad")
    reader.undo(hidden)
    reader.rules.take_back(rule.number)
    reader.rules.apply(rule.number)
    assert titles(reader, "is:muted") == set()
    reader.undo(shown)
    assert titles(reader, "is:muted") == {"ad"}


def test_entry_muted_by_hand_names_no_rule(reader: Reader, server: LoopbackServer) -> None:
    follow(reader, server, "ad", "ship")
    change = reader.mute([entry.id for entry in reader.entries("intitle:ad")])
    (entry,) = reader.entries("is:muted")
    assert (entry.title, entry.muted_by) == ("ad", "")
    reader.undo(change)
    assert titles(reader, "") == {"ad", "ship"}


def test_removed_rule_acts_no_longer_but_what_it_hid_still_names_it(
    reader: Reader, server: LoopbackServer, clock: Clock
) -> None:
    rule = reader.rules.add("when intitle:ad then mute", name="Ads")
    follow(reader, server, "ad one")
    reader.rules.remove(rule.number)
    publish(reader, server, clock, "ad two")
    assert reader.rules.all() == ()
    (hidden,) = reader.entries("is:muted")
    assert (hidden.title, hidden.muted_by) == ("ad one", "Ads")
    reader.rules.restore(rule.number)
    assert [one.hit_count for one in reader.rules.all()] == [1]


def test_removed_rule_takes_back_what_it_did_if_asked_to(
    reader: Reader, server: LoopbackServer
) -> None:
    rule = reader.rules.add("when intitle:ad then mute")
    follow(reader, server, "ad")
    change = reader.rules.remove(rule.number, takes_back=True)
    assert (change.count, titles(reader, "")) == (1, {"ad"})


def test_changed_rule_leaves_what_it_did(
    reader: Reader, server: LoopbackServer, clock: Clock
) -> None:
    rule = reader.rules.add("when intitle:ad then star")
    follow(reader, server, "ad one")
    changed = reader.rules.change(rule.number, text="when intitle:ad then mute", name="Ads")
    assert (changed.number, changed.title) == (rule.number, "Ads")
    publish(reader, server, clock, "ad two")
    assert titles(reader, "is:starred") == {"ad one"}
    assert titles(reader, "is:muted") == {"ad two"}


def test_changed_rule_leaves_the_colours_it_gave(reader: Reader, server: LoopbackServer) -> None:
    rule = reader.rules.add("when intitle:ad then highlight:green")
    follow(reader, server, "ad one")
    reader.rules.change(rule.number, text="when intitle:ad then star")
    (entry,) = reader.entries("")
    assert entry.highlight == "green"


def test_full_text_of_a_page_is_judged_when_it_comes(
    reader: Reader, server: LoopbackServer
) -> None:
    reader.rules.add("when words:>400 then tag:long, notify")
    reader.rules.add("when teaser then score:+1")
    page = "<p>" + "Whole sentences about harbours and their ships stand here. " * 12 + "</p>"
    server.answers["/story"] = Answer(
        body=f"<html><body><article><h1>Ships</h1>{page * 8}</article></body></html>".encode(),
        headers={"Content-Type": "text/html"},
    )
    server.answers["/feed"] = Answer(
        body=b"<rss version='2.0'><channel><title>F</title><item><title>Ships</title>"
        b"<link>/story</link><description>A teaser.</description></item></channel></rss>"
    )
    reader.subscribe(server.url(), settings=FeedSettings(full_text="always"))
    list(reader.refresh())
    (entry,) = reader.entries("")
    assert entry.full_text_source == "page"
    assert (entry.tags, entry.score) == (("long",), 1)
    assert [one.waiting for one in reader.hooks.queues()] == [1]


# --- retention by query -----------------------------------------------------


def test_retention_keeps_and_drops_by_query(
    reader: Reader, server: LoopbackServer, clock: Clock
) -> None:
    reader.rules.add("when intitle:muted then mute")
    follow(reader, server, "a muted", "b kept", "c read")
    publish(reader, server, clock, "d unread headline", "e headline", "f starred headline")
    reader.mark_read('intitle:c OR intitle:b OR intitle:"e headline"')
    reader.star('intitle:"f starred"')
    clock.now += timedelta(days=20)
    kept = RetentionSettings(keep_days=10, keep=("intitle:kept", "headline"))
    assert reader.apply_retention(kept).count == 2
    assert titles(reader, "is:muted") == set()
    assert "b kept" in titles(reader, "")
    dull = RetentionSettings(drop=(("intitle:headline", 7), ("intitle:kept", 99)))
    assert reader.apply_retention(dull).count == 1
    assert titles(reader, "") == {"b kept", "d unread headline", "f starred headline"}
    even_unread = RetentionSettings(drop=(("intitle:headline is:unread", 7),))
    assert reader.apply_retention(even_unread).count == 1
    assert titles(reader, "") == {"b kept", "f starred headline"}

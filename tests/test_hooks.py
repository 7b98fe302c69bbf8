"""Hooks: told once of all that waits, tried again, given up; whatever stands in the titles."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import os
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from desk import Desk
from feedreader.core.notice import Notice, notice_of
from feedreader.hooks import Hooks, is_quiet
from feedreader.hooks.desktop import NoDesktop, show
from feedreader.hooks.running import HookFailed, run
from feedreader.model import EntrySummary, Hook, HookOutcome, RefreshSettings
from feedreader.reader import Reader
from papers import story
from servers import LoopbackServer, make_certificate

START = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
HOSTILE = (
    "$(touch {folder}/pwned)", "`touch {folder}/pwned`", "'; touch {folder}/pwned #", '"quoted"',
    "--flag", "-e", "line\nbreak", "esc \x1b]0;x\x07", "{{count}} %s {hook}", "<b>bold</b> & co",
    "\u202eback",
)  # fmt: skip


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def reader(tmp_path: Path, clock: Clock) -> Iterator[Reader]:
    """Seven entries with the titles of hostile feeds."""
    desk = Desk(tmp_path / "feeds.db", now=START)
    desk.bring("evil", *(title.replace("{folder}", str(tmp_path)) for title in HOSTILE[:7]))
    desk.reader.close()
    with Reader(desk.path, clock=clock) as reader:
        yield reader


def queue(reader: Reader, hook: str, count: int = 7) -> list[int]:
    ids = reader.entry_ids("sort:received")[:count]
    reader.hooks.put(hook, ids)
    return ids


def deliver(reader: Reader, *hooks: Hook) -> list[HookOutcome]:
    return list(reader.hooks.deliver(hooks))


def waiting(reader: Reader) -> int:
    return sum(one.waiting for one in reader.hooks.queues())


@pytest.fixture
def spy(tmp_path: Path) -> Callable[..., Hook]:
    """A hook whose program writes down its arguments, input and environment for each call."""

    def make(name: str = "spy", *arguments: str, then: str = "") -> Hook:
        script = tmp_path / "spy.py"
        script.write_text(
            "import json, os, sys, time\n"
            f"with open({str(tmp_path / 'calls')!r}, 'a') as file:\n"
            "    names = ('FEEDREADER_HOOK', 'FEEDREADER_COUNT')\n"
            "    call = [sys.argv[1:], sys.stdin.read(), [os.environ[name] for name in names]]\n"
            "    file.write(json.dumps(call) + '\\n')\n"
            f"{then}\n"
        )
        return Hook(name, command=(sys.executable, str(script), *arguments), timeout_s=10)

    return make


def calls(tmp_path: Path) -> list[tuple[list[str], list[dict[str, object]], list[str]]]:
    path = tmp_path / "calls"
    lines = path.read_text().splitlines() if path.exists() else []
    return [
        (arguments, json.loads(data), environment)
        for arguments, data, environment in map(json.loads, lines)
    ]


# --- commands -------------------------------------------------------------------------------


def test_a_command_is_called_once_with_all_stories_on_its_input(
    reader: Reader, spy: Callable[..., Hook], tmp_path: Path
) -> None:
    ids = queue(reader, "spy")
    reader.hooks.put("spy", ids[:2])  # two rules chose the same
    assert deliver(reader, spy("spy", "--count={count}", "{hook}", "{title}")) == [
        HookOutcome("spy", told=7)
    ]
    ((arguments, data, environment),) = calls(tmp_path)
    assert arguments == ["--count=7", "spy", "{title}"]
    assert environment == ["spy", "7"]
    assert [one["id"] for one in data] == ids
    assert waiting(reader) == 0
    assert deliver(reader, spy()) == []


def test_a_story_that_was_deleted_meanwhile_is_not_told(
    reader: Reader, spy: Callable[..., Hook], tmp_path: Path
) -> None:
    first, *others = queue(reader, "spy", 3)
    reader.delete([first])
    assert deliver(reader, spy()) == [HookOutcome("spy", told=2)]
    ((_, data, _),) = calls(tmp_path)
    assert [one["id"] for one in data] == others
    assert waiting(reader) == 0


def test_titles_end_as_data_and_run_nothing(
    reader: Reader, spy: Callable[..., Hook], tmp_path: Path
) -> None:
    ids = queue(reader, "spy")
    deliver(reader, spy())
    ((arguments, data, _),) = calls(tmp_path)
    assert arguments == []
    assert [one["title"] for one in data] == [reader.entry(one).summary.title for one in ids]
    assert not (tmp_path / "pwned").exists()
    raw = json.loads((tmp_path / "calls").read_text().splitlines()[0])[1]
    assert raw.isascii()
    assert raw.isprintable(), "no control character reaches a terminal that shows the input"


def test_a_command_that_fails_is_tried_again_later_and_later(
    reader: Reader, spy: Callable[..., Hook], tmp_path: Path, clock: Clock
) -> None:
    queue(reader, "spy")
    bad = spy(then="print('no\\x1b[31m luck', file=sys.stderr); sys.exit(3)")
    (outcome,) = deliver(reader, bad)
    assert outcome.told == 0
    assert outcome.error.endswith("failed with code 3: no[31m luck")
    assert outcome.next_try_at == START + timedelta(minutes=1)
    assert deliver(reader, bad) == []
    clock.now += timedelta(minutes=1)
    (outcome,) = deliver(reader, bad)
    assert outcome.next_try_at == clock.now + timedelta(minutes=2)
    (line,) = reader.hooks.queues()
    assert (line.waiting, line.failures) == (7, 2)
    clock.now += timedelta(minutes=2)
    assert deliver(reader, spy()) == [HookOutcome("spy", told=7)]
    assert len(calls(tmp_path)) == 3


def test_it_is_tried_at_once_when_the_user_says_so(
    reader: Reader, spy: Callable[..., Hook]
) -> None:
    queue(reader, "spy")
    deliver(reader, spy(then="sys.exit(1)"))
    reader.hooks.retry(["spy"])
    assert deliver(reader, spy()) == [HookOutcome("spy", told=7)]


def test_after_many_failures_it_is_given_up_with_a_word(
    reader: Reader, spy: Callable[..., Hook], clock: Clock
) -> None:
    queue(reader, "spy")
    bad = spy(then="sys.exit(1)")
    outcomes = []
    for _ in range(20):
        outcomes += deliver(reader, bad)
        clock.now += timedelta(hours=4)
    assert sum(outcome.dropped for outcome in outcomes) == 7
    assert outcomes[-1].dropped == 7
    assert "failed with code 1" in outcomes[-1].error
    assert reader.hooks.queues() == ()


def test_what_is_two_days_old_is_given_up(
    reader: Reader, spy: Callable[..., Hook], clock: Clock
) -> None:
    queue(reader, "spy", 3)
    clock.now += timedelta(days=1)
    queue(reader, "spy", 7)
    clock.now += timedelta(days=1, hours=1)
    dropped, told = deliver(reader, spy())
    assert (dropped.dropped, told.told) == (3, 7)


def test_a_hook_that_hangs_is_ended_with_all_that_it_started(
    reader: Reader, spy: Callable[..., Hook], tmp_path: Path
) -> None:
    queue(reader, "spy")
    beacon = tmp_path / "beacon"
    child = f"import time; time.sleep(1.5); open({str(beacon)!r}, 'w')"
    then = f"import subprocess; subprocess.Popen([sys.executable, '-c', {child!r}]); time.sleep(60)"
    hook = Hook("spy", command=spy(then=then).command, timeout_s=0.7)
    started = time.monotonic()
    (outcome,) = deliver(reader, hook)
    assert time.monotonic() - started < 5
    assert "took longer than 0.7 s" in outcome.error
    assert waiting(reader) == 7
    time.sleep(1.5)
    assert not beacon.exists()


def test_a_child_that_lives_on_does_not_hold_up_what_succeeded(
    reader: Reader, spy: Callable[..., Hook]
) -> None:
    queue(reader, "spy")
    then = (
        "import subprocess; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(5)'])"
    )
    started = time.monotonic()
    assert deliver(reader, spy(then=then)) == [HookOutcome("spy", told=7)]
    assert time.monotonic() - started < 4


def test_a_command_need_not_read_its_input(reader: Reader) -> None:
    queue(reader, "deaf")
    assert deliver(reader, Hook("deaf", command=("true",))) == [HookOutcome("deaf", told=7)]


def test_a_program_that_is_not_there_is_a_failure_in_words(reader: Reader) -> None:
    queue(reader, "gone")
    (outcome,) = deliver(reader, Hook("gone", command=("/no/such/program",)))
    assert outcome.error == "/no/such/program cannot be started: no such file or directory"


def test_a_crash_between_telling_and_forgetting_tells_again(
    reader: Reader, spy: Callable[..., Hook], monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    clock: Clock,
) -> None:  # fmt: skip
    queue(reader, "spy")

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("feedreader.store.hooks.HookStore.succeeded", crash)
        with pytest.raises(KeyboardInterrupt):
            deliver(reader, spy())
    assert waiting(reader) == 7
    assert deliver(reader, spy()) == [], "its claim still holds"
    clock.now += timedelta(minutes=2)
    assert deliver(reader, spy()) == [HookOutcome("spy", told=7)]
    assert len(calls(tmp_path)) == 2


def test_two_processes_do_not_tell_twice(
    reader: Reader, spy: Callable[..., Hook], tmp_path: Path, clock: Clock
) -> None:
    queue(reader, "spy")
    with Reader(reader.path, clock=clock) as other:
        seen: list[list[HookOutcome]] = []

        def meanwhile(hooks: Hooks, *_: object) -> None:
            seen.append(list(other.hooks.deliver([spy()])))

        original = Hooks._tell
        try:
            Hooks._tell = lambda self, *a: (meanwhile(self), original(self, *a))[1]  # type: ignore
            deliver(reader, spy())
        finally:
            Hooks._tell = original  # type: ignore[method-assign]
    assert seen == [[]]
    assert len(calls(tmp_path)) == 1


def test_a_name_that_the_configuration_lacks_is_told_and_kept(
    reader: Reader, clock: Clock, spy: Callable[..., Hook]
) -> None:
    queue(reader, "nobody")
    queue(reader, "spy")
    missing, told = deliver(reader, spy())
    assert missing.error == "the configuration has no hook of this name"
    assert told.told == 7
    assert deliver(reader) == [], "not at every refresh"
    clock.now += timedelta(minutes=1)
    assert deliver(reader, spy("nobody"))[0].told == 7


def test_entries_that_are_gone_hold_up_nothing(
    reader: Reader, spy: Callable[..., Hook], tmp_path: Path
) -> None:
    queue(reader, "spy", 2)
    connection = sqlite3.connect(reader.path)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("DELETE FROM entries")
    connection.commit()
    connection.close()
    assert deliver(reader, spy()) == []
    assert calls(tmp_path) == []


def test_a_queue_can_be_dropped(reader: Reader) -> None:
    queue(reader, "spy")
    assert reader.hooks.drop("spy") == 7
    assert reader.hooks.queues() == ()


# --- quiet hours ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hours", "at", "quiet"),
    [
        (None, "03:00", False),
        ((22 * 60, 7 * 60), "03:00", True),
        ((22 * 60, 7 * 60), "22:00", True),
        ((22 * 60, 7 * 60), "07:00", False),
        ((13 * 60, 14 * 60), "13:59", True),
        ((13 * 60, 14 * 60), "12:00", False),
        ((600, 600), "10:00", False),
    ],
)
def test_quiet_hours_may_go_past_midnight(
    hours: tuple[int, int] | None, at: str, quiet: bool
) -> None:
    assert is_quiet(hours, datetime.strptime(at, "%H:%M")) is quiet


def test_what_came_in_quiet_hours_is_told_after_them(
    reader: Reader, spy: Callable[..., Hook], clock: Clock
) -> None:
    queue(reader, "spy")
    hook = Hook("spy", command=spy().command, quiet=(11 * 60, 13 * 60))
    assert deliver(reader, hook) == []
    clock.now += timedelta(hours=1)
    assert deliver(reader, hook) == [HookOutcome("spy", told=7)]


# --- webhooks -------------------------------------------------------------------------------


class Webhook:
    """A server that keeps what is posted to it, and answers what it is told to."""

    def __init__(self, answer: bytes = b"HTTP/1.1 204 None\r\n\r\n") -> None:
        self.answer = answer
        self.posts: list[tuple[str, dict[str, str], bytes]] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.strip().split("\r\n")
        headers = {
            name.lower(): value for name, _, value in (line.partition(": ") for line in lines)
        }
        body = await reader.readexactly(int(headers["content-length"]))
        self.posts.append((first, headers, body))
        if self.answer == b"silence":
            await asyncio.sleep(30)
        writer.write(self.answer)
        await writer.drain()


def test_a_webhook_gets_one_signed_post(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KITCHEN_SECRET", "s3cret")
    ids = queue(reader, "web")
    seen = Webhook()
    with LoopbackServer(on_connect=seen) as server:
        hook = Hook("web", webhook=server.url("/in?token=1"), secret="env:KITCHEN_SECRET")
        assert deliver(reader, hook) == [HookOutcome("web", told=7)]
    ((first, headers, body),) = seen.posts
    assert first == "POST /in?token=1 HTTP/1.1"
    assert headers["content-type"] == "application/json"
    document = json.loads(body)
    assert (document["hook"], document["count"]) == ("web", 7)
    assert [one["id"] for one in document["entries"]] == ids
    signature = hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()
    assert headers["x-feedreader-signature"] == f"sha256={signature}"
    assert headers["x-feedreader-hook"] == "web"
    assert re_hex(headers["x-feedreader-delivery"])


def re_hex(text: str) -> bool:
    return len(text) == 32 and set(text) <= set("0123456789abcdef")


def test_a_second_try_has_the_same_delivery_id(reader: Reader, clock: Clock) -> None:
    queue(reader, "web")
    seen = Webhook(b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n")
    with LoopbackServer(on_connect=seen) as server:
        hook = Hook("web", webhook=server.url("/"))
        (outcome,) = deliver(reader, hook)
        assert outcome.error == "the server answered 500"
        clock.now += timedelta(hours=1)
        deliver(reader, hook)
    first, second = (headers["x-feedreader-delivery"] for _, headers, _ in seen.posts)
    assert first == second


def test_a_webhook_that_asks_for_time_gets_it(reader: Reader) -> None:
    queue(reader, "web")
    seen = Webhook(b"HTTP/1.1 429 Slow\r\nRetry-After: 1800\r\nContent-Length: 0\r\n\r\n")
    with LoopbackServer(on_connect=seen) as server:
        (outcome,) = deliver(reader, Hook("web", webhook=server.url("/")))
    assert outcome.next_try_at == START + timedelta(minutes=30)


def test_a_redirect_is_not_followed(reader: Reader) -> None:
    queue(reader, "web")
    elsewhere = Webhook()
    with LoopbackServer(on_connect=elsewhere) as target:
        answer = f"HTTP/1.1 307 There\r\nLocation: {target.url('/x')}\r\nContent-Length: 0\r\n\r\n"
        with LoopbackServer(on_connect=Webhook(answer.encode())) as server:
            (outcome,) = deliver(reader, Hook("web", webhook=server.url("/")))
    assert "which is not followed" in outcome.error
    assert elsewhere.posts == []
    assert waiting(reader) == 7


def test_a_webhook_that_never_answers_is_left_at_its_time(reader: Reader) -> None:
    queue(reader, "web")
    with LoopbackServer(on_connect=Webhook(b"silence")) as server:
        started = time.monotonic()
        (outcome,) = deliver(reader, Hook("web", webhook=server.url("/"), timeout_s=0.5))
    assert time.monotonic() - started < 5
    assert "0.5 s" in outcome.error


def test_a_webhook_behind_a_certificate_of_nobody_is_refused(
    reader: Reader, tmp_path: Path
) -> None:
    queue(reader, "web")
    certificate = make_certificate(tmp_path, "self", host="127.0.0.1")
    seen = Webhook()
    with LoopbackServer(on_connect=seen, tls=certificate.server_context()) as server:
        (outcome,) = deliver(reader, Hook("web", webhook=server.url("/")))
    assert "certificate" in outcome.error
    assert seen.posts == []


def test_nobody_answering_is_a_failure_without_secrets(reader: Reader) -> None:
    queue(reader, "web")
    with LoopbackServer() as server:
        port = server.port
    hook = Hook("web", webhook=f"http://user:pass@127.0.0.1:{port}/in?token=hidden")
    (outcome,) = deliver(reader, hook)
    assert outcome.error == "the server refuses connections"


def test_user_and_password_of_the_address_log_in(reader: Reader) -> None:
    queue(reader, "web")
    seen = Webhook()
    with LoopbackServer(on_connect=seen) as server:
        url = server.url("/").replace("http://", "http://ann:p%40ss@")
        assert deliver(reader, Hook("web", webhook=url))[0].told == 7
    ((_, headers, _),) = seen.posts
    assert headers["authorization"] == "Basic YW5uOnBAc3M="
    assert "@" not in headers["host"]


def test_a_secret_that_is_missing_posts_nothing(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_SUCH_SECRET", raising=False)
    queue(reader, "web")
    seen = Webhook()
    with LoopbackServer(on_connect=seen) as server:
        hook = Hook("web", webhook=server.url("/"), secret="env:NO_SUCH_SECRET")
        (outcome,) = deliver(reader, hook)
    assert "NO_SUCH_SECRET" in outcome.error
    assert seen.posts == []


# --- the desktop ----------------------------------------------------------------------------


@pytest.fixture
def desktop(tmp_path: Path) -> dict[str, str]:
    """An environment with a message bus by name and one program that writes its arguments."""
    programs = tmp_path / "bin"
    programs.mkdir()
    return {"PATH": f"{programs}:/usr/bin:/bin", "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere"}


def pretend(tmp_path: Path, name: str, then: str = "") -> Path:
    log = tmp_path / f"{name}.json"
    program = tmp_path / "bin" / name
    program.write_text(
        f"#!{sys.executable}\nimport json, sys\n"
        f"json.dump(sys.argv[1:], open({str(log)!r}, 'w'))\n{then}\n"
    )
    program.chmod(0o755)
    return log


def summaries(*titles: str) -> list[EntrySummary]:
    return [story(number, title, "").summary for number, title in enumerate(titles, 1)]


def test_one_notice_stands_for_many() -> None:
    notice = notice_of(summaries("One", "Two", "Three", "Four", "Five"))
    assert notice == Notice("5 new stories", "One\nTwo\nThree\n… and 2 more")
    assert notice_of(summaries("1", "2", "3", "4")).text == "1\n2\n3\n4"
    assert notice_of(summaries("Alone")) == Notice("New in A feed", "Alone")


def test_a_notice_is_plain_and_short_whatever_the_titles_hold() -> None:
    for titles in (HOSTILE, HOSTILE[:1], ("x" * 500,), ("",)):
        notice = notice_of(summaries(*titles))
        assert not notice.title.startswith("-")
        assert len(notice.text) < 400
        for line in (notice.title, *notice.text.split("\n")):
            assert line.isprintable()


def test_notify_send_gets_titles_as_escaped_data(tmp_path: Path, desktop: dict[str, str]) -> None:
    log = pretend(tmp_path, "notify-send")
    show(notice_of(summaries("--urgency=critical", "<b>a</b> & b", "$(id)")), desktop)
    *options, dashes, title, text = json.loads(log.read_text())
    assert options == ["--app-name=feedreader"]
    assert (dashes, title) == ("--", "3 new stories")
    assert text == "--urgency=critical\n&lt;b&gt;a&lt;/b&gt; &amp; b\n$(id)"


def test_gdbus_gets_strings_that_cannot_become_anything_else(
    tmp_path: Path, desktop: dict[str, str]
) -> None:
    log = pretend(tmp_path, "gdbus")
    desktop["PATH"] = str(tmp_path / "bin")
    show(notice_of(summaries("'], uint32 9, [\"", "back\\slash", "Ünï 😀")), desktop)
    arguments = json.loads(log.read_text())
    assert arguments[:3] == ["call", "--session", "--dest"]
    text = arguments[-4]
    assert json.loads(text) == "'], uint32 9, [\"\nback\\slash\nÜnï 😀"


@pytest.mark.skipif(not Path("/usr/bin/gdbus").exists(), reason="gdbus is not installed")
def test_the_real_gdbus_reads_our_arguments(desktop: dict[str, str]) -> None:
    # There is no bus: it gets as far as looking for one, past reading what it was given.
    desktop["PATH"] = "/usr/bin"
    if Path("/usr/bin/notify-send").exists():
        pytest.skip("notify-send is asked first")
    with pytest.raises((NoDesktop, HookFailed)) as caught:
        show(notice_of(summaries("'\"\\ <b>", "$(id)")), desktop)
    assert "parsing" not in str(caught.value).lower()


def test_without_a_desktop_stories_wait_for_one(
    reader: Reader, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setattr(sys, "platform", "linux")
    queue(reader, "notify")
    assert deliver(reader) == []
    (line,) = reader.hooks.queues()
    assert (line.waiting, line.failures) == (7, 0)
    seen: list[Notice] = []

    def elsewhere(notice: Notice) -> bool:
        seen.append(notice)
        return True

    assert list(reader.hooks.deliver([], elsewhere=elsewhere)) == [HookOutcome("notify", told=7)]
    assert [notice.title for notice in seen] == ["7 new stories"]


def test_a_service_that_is_not_there_is_no_desktop(tmp_path: Path, desktop: dict[str, str]) -> None:
    pretend(
        tmp_path,
        "notify-send",
        "sys.exit('The name org.freedesktop.Notifications was not provided by any .service files')",
    )
    with pytest.raises(NoDesktop):
        show(Notice("a", "b"), desktop)


def test_on_a_mac_the_text_is_an_argument_of_a_fixed_script(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    log = pretend(tmp_path, "osascript")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setattr(sys, "platform", "darwin")
    show(notice_of(summaries('" & (do shell script "id") & "', "-e")), {})
    arguments = json.loads(log.read_text())
    script = [arguments[at + 1] for at, word in enumerate(arguments[:6]) if word == "-e"]
    assert "do shell" not in " ".join(script)
    assert arguments[-2:] == ["2 new stories", '" & (do shell script "id") & "\n-e']


# --- programs -------------------------------------------------------------------------------


def test_words_of_a_failing_program_are_one_safe_line() -> None:
    words = "x" * 1000 + "\\033]0;t\\007"
    with pytest.raises(HookFailed) as caught:
        run(("sh", "-c", f"printf '{words}' >&2; exit 1"), timeout_s=5)
    said = str(caught.value)
    assert said.isprintable()
    assert len(said) <= 300


def test_a_hook_can_be_tried(reader: Reader, spy: Callable[..., Hook], tmp_path: Path) -> None:
    assert reader.hooks.test(spy()) == ""
    ((_, data, _),) = calls(tmp_path)
    assert data[0]["title"] == "A test of this hook"
    assert "failed with code 1" in reader.hooks.test(Hook("bad", command=("false",)))


def test_large_queues_go_in_few_calls(
    reader: Reader, spy: Callable[..., Hook], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feedreader.hooks._MOST_TOLD", 3)
    queue(reader, "spy")
    assert deliver(reader, spy()) == [HookOutcome("spy", told=7)]
    assert [len(data) for _, data, _ in calls(tmp_path)] == [3, 3, 1]


def test_settings_of_the_network_hold_for_webhooks_too(tmp_path: Path, clock: Clock) -> None:
    desk = Desk(tmp_path / "feeds.db", now=START)
    desk.bring("feed", "One")
    seen = Webhook()
    with LoopbackServer(on_connect=seen) as server:
        settings = RefreshSettings(user_agent="own/1")
        with Reader(desk.path, clock=clock, refresh_settings=settings) as reader:
            queue(reader, "web", 1)
            assert deliver(reader, Hook("web", webhook=server.url("/")))[0].told == 1
    ((_, headers, _),) = seen.posts
    assert headers["user-agent"] == "own/1"

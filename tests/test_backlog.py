"""Bodies that wait to be read, and who reads them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest

from feedreader.core.reading import Reading, read_at_once
from feedreader.errors import NotAFeed
from feedreader.refresh.backlog import WORTH_A_WORKER, Backlog
from feedreader.workers import WorkerPool, hand_on


class Desk(WorkerPool):
    """A pool whose one worker does what it has been given when it is told to."""

    def __init__(self) -> None:
        super().__init__(most=1)
        self.is_started = False
        self.given: list[tuple[Callable[[], Any], Future[Any]]] = []

    def start(self) -> None:
        self.is_started = True

    def submit(
        self, function: Callable[..., Any], *args: Any, timeout_s: float, **named: Any
    ) -> Future[Any]:
        future: Future[Any] = Future()
        self.given.append((lambda: function(*args, **named), future))
        return future

    def work(self) -> None:
        do, future = self.given.pop(0)
        try:
            future.set_result(do())
        except NotAFeed as error:
            future.set_exception(error)


def body(number: int) -> bytes:
    return b"<rss version='2.0'><channel><title>Feed %d</title></channel></rss>" % number


def read(backlog: Backlog, number: int, *, is_costly: bool = False) -> Future[Reading]:
    response = {"url": f"https://a.example/{number}"}
    return backlog.read(body(number), response, all_new=True, is_costly=is_costly)


def title(future: Future[Reading]) -> str:
    return future.result(timeout=0).parsed.feed.title


MANY = WORTH_A_WORKER + 1


def test_few_bodies_are_read_at_once_without_a_worker() -> None:
    desk = Desk()
    backlog = Backlog(desk, asked=WORTH_A_WORKER, unread=WORTH_A_WORKER)
    for number in range(WORTH_A_WORKER):
        backlog.note_answer()
        assert title(read(backlog, number)) == f"Feed {number}"
    assert desk.given == []
    assert not desk.is_started
    assert not backlog.read_one_here()


def test_a_worker_is_started_at_once_for_many_feeds_that_were_never_read() -> None:
    desk = Desk()
    Backlog(desk, asked=MANY, unread=MANY)
    assert desk.is_started


def test_the_first_answers_tell_whether_a_worker_will_be_worth_its_start() -> None:
    desk = Desk()
    backlog = Backlog(desk, asked=10 * MANY, unread=0)
    done = []
    for number in range(20):
        backlog.note_answer()
        done.append(read(backlog, number).done())
    assert 1 < done.count(True) < 20
    assert done == sorted(done, reverse=True)
    assert desk.is_started


def test_answers_without_news_call_for_no_worker() -> None:
    desk = Desk()
    backlog = Backlog(desk, asked=10 * MANY, unread=0)
    for _ in range(20 * MANY):
        backlog.note_answer()
    assert read(backlog, 1).done()
    assert not desk.is_started


def test_bodies_of_which_little_is_new_call_for_no_worker() -> None:
    desk = Desk()
    backlog = Backlog(desk, asked=10 * MANY, unread=0)
    items = b"".join(b"<item><guid>%d</guid></item>" % n for n in range(3))
    document = b"<rss version='2.0'><channel>%b</channel></rss>" % items
    remembered = read_at_once(document, url="").items
    for _ in range(20):
        backlog.note_answer()
        reading = backlog.read(document, {"url": ""}, remembered, all_new=False, is_costly=False)
        assert len(reading.result(timeout=0).unchanged) == 3
    assert not desk.is_started


def test_of_many_bodies_the_main_thread_reads_what_no_worker_has_taken() -> None:
    desk = Desk()
    backlog = Backlog(desk, asked=MANY, unread=MANY)
    late = [read(backlog, 100 + n) for n in range(8)]
    taken = len(desk.given)
    assert 1 < taken < len(late)
    assert not any(one.done() for one in late)

    desk.work()
    assert title(late[0]) == "Feed 100"
    assert len(desk.given) == taken  # it has got the next one already

    while backlog.read_one_here():
        pass
    assert [one.done() for one in late] == [True, *[False] * taken, *[True] * (7 - taken)]
    for _ in range(taken):
        desk.work()
    assert [title(one) for one in late] == [f"Feed {100 + n}" for n in range(8)]
    assert desk.given == []


def test_what_may_take_long_is_never_read_here() -> None:
    desk = Desk()
    backlog = Backlog(desk, asked=1, unread=1)
    costly = read(backlog, 1, is_costly=True)
    doubtful = backlog.read(
        b"<rss><channel><title>A</wrong></channel>", {"url": ""}, all_new=True, is_costly=False
    )
    assert not costly.done()
    assert not doubtful.done()
    assert len(desk.given) == 2
    desk.work()
    assert title(costly) == "Feed 1"


def test_a_body_that_is_no_feed_fails_wherever_it_is_read() -> None:
    desk = Desk()
    backlog = Backlog(desk, asked=MANY, unread=MANY)
    waiting = [backlog.read(b"{}", {"url": ""}, all_new=True, is_costly=False) for _ in range(6)]
    while backlog.read_one_here():
        pass
    while desk.given:
        desk.work()
    for one in waiting:
        with pytest.raises(NotAFeed):
            one.result(timeout=0)


def test_what_was_cancelled_calls_for_no_more_work() -> None:
    desk = Desk()
    backlog = Backlog(desk, asked=MANY, unread=MANY)
    late = [read(backlog, n) for n in range(8)]
    given = list(desk.given)
    for _, future in given:
        future.cancel()
    assert desk.given == given
    assert late[0].cancelled()
    assert not late[-1].done()


def test_a_pool_that_is_closed_starts_nothing() -> None:
    with WorkerPool() as pool:
        pass
    future = pool.submit(sum, [1, 2], timeout_s=5)
    assert not future.done()
    assert pool._pool is None
    assert pool._starter is None


def test_a_future_ends_as_its_task_did() -> None:
    ended: Future[int] = Future()
    ended.set_exception(NotAFeed("no"))
    future: Future[int] = Future()
    hand_on(ended, future)
    with pytest.raises(NotAFeed):
        future.result(timeout=0)

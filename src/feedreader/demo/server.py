"""The demonstration site, served on 127.0.0.1 with validators and gzip."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Self

from feedreader.demo.content import DemoFeed
from feedreader.demo.feeds import feed_path
from feedreader.demo.site import Document, Site


def _now() -> datetime:
    return datetime.now(UTC)


class DemoSite:
    """The site while the `with` block runs, in daemon threads.

    A live site publishes a further story every few minutes. The story "Sourdough, one year
    on" is edited once its feed has been fetched. `port` 0 takes a free one.
    """

    def __init__(
        self, *, live: bool = False, port: int = 0, clock: Callable[[], datetime] = _now
    ) -> None:
        self._server = _Server(port, clock, is_live=live)
        self._thread = Thread(target=self._server.serve_forever, name="demo-site", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """The site's address, without a slash at the end."""
        return self._server.site.url

    def opml(self) -> bytes:
        """Return the subscription list of all feeds, in their folders (OPML 2.0)."""
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n<opml version="2.0">\n'
            f"<head><title>A small web</title></head>\n<body>\n"
            f"{_outlines(self._server.site.feeds, 0, self.url)}</body>\n</opml>\n"
        ).encode()


def _outlines(feeds: tuple[DemoFeed, ...], depth: int, url: str) -> str:
    """Return the outlines of feeds that share their first `depth` folders."""
    folders = dict.fromkeys(feed.folders[depth] for feed in feeds if len(feed.folders) > depth)
    written = "".join(
        f'<outline text="{escape(folder)}" title="{escape(folder)}">\n'
        + _outlines(
            tuple(feed for feed in feeds if feed.folders[depth : depth + 1] == (folder,)),
            depth + 1,
            url,
        )
        + "</outline>\n"
        for folder in folders
    )
    return written + "".join(
        f'<outline type="rss" text="{escape(feed.title)}" title="{escape(feed.title)}" '
        f'xmlUrl="{url}{feed_path(feed)}" htmlUrl="{url}/{feed.slug}/"/>\n'
        for feed in feeds
        if len(feed.folders) == depth
    )


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int, clock: Callable[[], datetime], *, is_live: bool) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.clock = clock
        self.site = Site(f"http://127.0.0.1:{self.server_port}", clock(), is_live=is_live)

    def handle_error(self, request: object, client_address: object) -> None:
        """Pass over clients that hang up: the terminal belongs to the reader."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    server_version = "feedreader-demo"
    sys_version = ""
    timeout = 30

    def do_GET(self) -> None:
        now = self.server.clock()
        path = self.path.partition("?")[0]
        document = self.server.site.document(path, now)
        if document is None:
            missing = b"<!DOCTYPE html><title>Not found</title><p>There is no such page."
            document = Document(missing, "text/html; charset=utf-8", now)
            self._answer(HTTPStatus.NOT_FOUND, document)
        elif self._has_current(document):
            self._answer(HTTPStatus.NOT_MODIFIED, document)
        else:
            self._answer(HTTPStatus.OK, document)
            if self.command == "GET" and path.endswith(("/feed.xml", "/feed.json")):
                self.server.site.edit(path, now)

    do_HEAD = do_GET  # noqa: N815 - http.server finds methods by these names

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _has_current(self, document: Document) -> bool:
        # RFC 9110 13.2.2: If-None-Match is looked at first, and alone if it is there.
        if tags := self.headers.get("If-None-Match"):
            wanted = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
            return document.etag in wanted or "*" in wanted
        try:
            since = parsedate_to_datetime(self.headers.get("If-Modified-Since", ""))
        except ValueError:
            return False
        # A date without a zone is no HTTP date (RFC 9110 5.6.7).
        return since.tzinfo is not None and document.modified_at <= since

    def _answer(self, status: HTTPStatus, document: Document) -> None:
        body = document.body
        accepted = [
            name.partition(";")[0].strip()
            for name in self.headers.get("Accept-Encoding", "").split(",")
        ]
        is_zipped = "gzip" in accepted and not document.content_type.startswith(("image", "audio"))
        if is_zipped:
            body = gzip.compress(body, mtime=0)
        self.send_response(status)
        if status != HTTPStatus.NOT_FOUND:
            self.send_header("ETag", document.etag)
            self.send_header("Last-Modified", format_datetime(document.modified_at, usegmt=True))
            self.send_header("Vary", "Accept-Encoding")
            if document.max_age_s is not None:
                self.send_header("Cache-Control", f"max-age={document.max_age_s}")
        if status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Type", document.content_type)
            self.send_header("Content-Length", str(len(body)))
            if is_zipped:
                self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        if status != HTTPStatus.NOT_MODIFIED and self.command == "GET":
            self.wfile.write(body)

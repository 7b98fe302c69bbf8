"""How fast it can be at all: raw sockets, the least parsing, plain inserts, FTS5, one commit.

    python bench/limit.py DATABASE URLS

It asks with validators where it has them, knows a body again by its digest, and stores of
each entry what the search index needs. It is no reader: no redirects, no encodings, no
identity beyond the guid, no sanitising, no errors, no politeness, nothing lost safely.
"""

from __future__ import annotations

import hashlib
import socket
import sqlite3
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

from lxml import etree

_SCHEMA = """
    CREATE TABLE IF NOT EXISTS feeds (
        url TEXT PRIMARY KEY, etag TEXT, last_modified TEXT, digest BLOB, checked_at INTEGER);
    CREATE TABLE IF NOT EXISTS entries (
        id INTEGER PRIMARY KEY, feed TEXT, guid TEXT, title TEXT, link TEXT, posted TEXT,
        text TEXT, UNIQUE (feed, guid));
    CREATE VIRTUAL TABLE IF NOT EXISTS search USING fts5 (
        title, text, content = 'entries', content_rowid = 'id');
"""
_FIELDS = {
    "guid": "guid",
    "id": "guid",
    "title": "title",
    "link": "link",
    "pubDate": "posted",
    "updated": "posted",
    "published": "posted",
    "description": "text",
    "summary": "text",
    "content": "text",
    "encoded": "text",
}
_PARSER = etree.XMLParser(recover=True, resolve_entities=False, no_network=True)


class Line:
    """One connection to one server."""

    def __init__(self, host: str, port: int) -> None:
        self._socket = socket.create_connection((host, port))
        self._file = self._socket.makefile("rb", buffering=1 << 18)
        self._host = f"{host}:{port}".encode()

    def ask(self, path: str, etag: str, last_modified: str) -> None:
        request = b"GET %s HTTP/1.1\r\nHost: %s\r\n" % (path.encode(), self._host)
        if etag:
            request += b"If-None-Match: %s\r\n" % etag.encode()
        if last_modified:
            request += b"If-Modified-Since: %s\r\n" % last_modified.encode()
        self._socket.sendall(request + b"\r\n")

    def hear(self) -> tuple[int, dict[str, str], bytes]:
        status = int(self._file.readline().split()[1])
        headers = {}
        while (line := self._file.readline()) != b"\r\n":
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        return status, headers, self._file.read(int(headers.get("content-length", 0)))


def entries_of(body: bytes) -> list[dict[str, str]]:
    try:
        tree = etree.fromstring(body, _PARSER)
    except etree.XMLSyntaxError:
        tree = None
    if tree is None:
        return []
    entries = []
    for element in tree.iter("{*}item", "{*}entry"):
        entry = dict.fromkeys(("guid", "title", "link", "posted", "text"), "")
        for child in element.iterchildren("{*}*"):
            name = _FIELDS.get(child.tag.rpartition("}")[2])
            if name is not None:
                entry[name] = child.text or child.get("href") or entry[name]
        entry["guid"] = entry["guid"] or entry["link"] or entry["title"]
        entries.append(entry)
    return entries


def refresh(path: str, urls: list[str]) -> int:
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = NORMAL")
    database.executescript(_SCHEMA)
    known = {row[0]: row[1:] for row in database.execute("SELECT * FROM feeds")}
    last_id = database.execute("SELECT coalesce(max(id), 0) FROM entries").fetchone()[0]
    places = [urlsplit(url) for url in urls]
    line = Line(places[0].hostname or "", places[0].port or 80)

    def ask(index: int) -> None:
        if index < len(urls):
            line.ask(places[index].path, *known.get(urls[index], ("", ""))[:2])

    database.execute("BEGIN")
    ask(0)
    for index, url in enumerate(urls):
        status, headers, body = line.hear()
        ask(index + 1)  # the server works while we do
        digest = hashlib.blake2b(body, digest_size=16).digest()
        if status == 200 and digest != known.get(url, (None, None, None))[2]:
            database.executemany(
                "INSERT OR IGNORE INTO entries (feed, guid, title, link, posted, text)"
                " VALUES (:feed, :guid, :title, :link, :posted, :text)",
                ({"feed": url, **entry} for entry in entries_of(body)),
            )
            database.execute(
                "REPLACE INTO feeds VALUES (?, ?, ?, ?, ?)",
                (
                    url,
                    headers.get("etag", ""),
                    headers.get("last-modified", ""),
                    digest,
                    int(time.time()),
                ),
            )
        else:
            database.execute(
                "UPDATE feeds SET checked_at = ? WHERE url = ?", (int(time.time()), url)
            )
    database.execute(
        "INSERT INTO search (rowid, title, text) SELECT id, title, text FROM entries WHERE id > ?",
        (last_id,),
    )
    database.execute("COMMIT")
    count: int = database.execute("SELECT count(*) FROM entries").fetchone()[0]
    return count


if __name__ == "__main__":
    print(refresh(sys.argv[1], Path(sys.argv[2]).read_text().split()), "entries")

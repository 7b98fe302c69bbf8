"""`export --stories`: the stories that a query selects, in one file."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import click

from feedreader.cli.output import plural, to_json
from feedreader.cli.records import story_record
from feedreader.cli.session import Session
from feedreader.errors import NotFound

if TYPE_CHECKING:
    from feedreader.reader import Reader


_JSON_ENDINGS = (".json", ".jsonl", ".ndjson")


def export_stories(session: Session, query: str, target: Path | None, form: str | None) -> None:
    """Write whole stories to a file, or to standard output; raises `NotFound` if there are none.

    Without a form the file's ending says it.
    """
    from feedreader.cli.exchanging import hand_over

    form = form or _form_of(target)
    with session.open_reader() as reader:
        ids = reader.entry_ids(query)
        if not ids:
            raise NotFound(f"nothing is found by {query or 'the empty query'}")
        if form == "json":
            lines = (to_json(story_record(reader.entry(one))) + "\n" for one in ids)
            data = "".join(lines).encode()
        else:
            data = _to_paper(reader, query, ids, form)
    hand_over(session.out, target, data, plural(len(ids), "story", "stories"))


def _form_of(target: Path | None) -> str:
    from feedreader.core.paper_file import ENDINGS

    ending = target.suffix.lower() if target else ""
    form = "json" if ending in _JSON_ENDINGS else ENDINGS.get(ending)
    if form is None:
        known = ", ".join([*ENDINGS, *_JSON_ENDINGS])
        raise click.UsageError(f"as what? give --as, or a file that ends in one of {known}")
    return form


def _to_paper(reader: Reader, query: str, ids: list[int], form: str) -> bytes:
    from feedreader.core.paper import Paper, PaperSection
    from feedreader.core.paper_file import to_file

    now = datetime.now(UTC)
    digest = sha256(",".join(map(str, ids)).encode()).hexdigest()[:32]
    paper = Paper(
        title=query or "All stories",
        day=now.astimezone().date(),
        made_at=now,
        sections=(PaperSection("", tuple(reader.summaries(ids))),),
        identifier=f"urn:feedreader:stories:{digest}",
    )
    return to_file(paper, reader.entry, form)

"""The whole way on real feeds: a list of them, two refreshes, reading and searching."""

from __future__ import annotations

import csv
from pathlib import Path

from feedreader.core.opml import write_opml
from feedreader.model import Outline, RefreshOutcome, RefreshSettings
from feedreader.reader import Reader, utc_now
from servers import Answer, LoopbackServer


def test_real_feeds_come_in_once_and_can_be_read(corpus: Path, tmp_path: Path) -> None:
    folder = corpus / "feeds" / "real"
    with (folder / "index.tsv").open() as index:
        rows = list(csv.DictReader(index, delimiter="\t"))
    with LoopbackServer() as server:
        expected: dict[str, int] = {}
        for number, row in enumerate(rows):
            path = f"/{number}"
            server.answers[path] = Answer(body=(folder / row["file"]).read_bytes())
            expected[server.url(path)] = int(row["entries_feedparser"] or 0) + int(
                row["entries_json"] or 0
            )
        outlines = [Outline(text=url, xml_url=url) for url in expected]
        settings = RefreshSettings(host_pause_s=0.0, full_text="never")
        with Reader(tmp_path / "feeds.db", refresh_settings=settings) as reader:
            report = reader.import_list(write_opml("real", outlines, created_at=utc_now()))
            assert len(report.added) == len(rows)
            first = [one for one in reader.refresh() if isinstance(one, RefreshOutcome)]
            assert {one.url for one in first if one.outcome == "failed"} == set()
            for one in first:
                # Exact copies within one document are one entry, so a few may be fewer.
                assert one.new <= expected[one.url], one.url
                assert bool(one.new) == bool(expected[one.url]), one.url
            came = sum(one.new for one in first)
            assert came >= 0.99 * sum(expected.values())

            for path, answer in server.answers.items():
                # The same feed in other bytes, so that it is parsed and planned once more.
                assert isinstance(answer, Answer)
                server.answers[path] = Answer(body=answer.body + b"\n")
            second = [one for one in reader.refresh(force=True) if isinstance(one, RefreshOutcome)]
            assert sum(one.new for one in second) == 0
            assert sum(one.changed for one in second) == 0
            assert reader.status().entries == came
            assert reader.find_problems() == ()

            listed = list(reader.entries(""))
            assert len(listed) == came
            for summary in listed[:: came // 50]:
                entry = reader.entry(summary.id)
                if words := entry.text.split():
                    longest = max((word for word in words if word.isalpha()), key=len, default="")
                    if longest:
                        assert summary.id in reader.entry_ids(f'"{longest}"'), longest

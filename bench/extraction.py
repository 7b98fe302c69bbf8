"""Article extraction: this project's, readability-lxml's and trafilatura's, in one run.

    python bench/extraction.py [--set sh] [--worst 10]

Scores are bag-of-words F1 of the text against the truth of the corpus; "strings" is the share
of the strings held that must, or must not, come out. Times are per page, of this machine. A
report: it always exits with 0.
"""

from __future__ import annotations

import argparse
import csv
import json
import logging
import re
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean, median

from feedreader.core.extract import extract_article
from feedreader.core.sanitize import clean_html, html_to_text
from feedreader.errors import ExtractionFailed

CORPUS = Path(__file__).parent.parent.parent / "shared" / "corpus" / "pages"
SETS = ("sh", "mz", "np")


@dataclass(frozen=True)
class Page:
    """A captured page with its truth: the whole text, or strings that say how to tell."""

    id: str
    url: str
    html: bytes
    truth: str = ""
    with_strings: tuple[str, ...] = ()
    without_strings: tuple[str, ...] = ()


@dataclass
class Result:
    """What one extractor made of the pages, by page id."""

    f1: dict[str, float] = field(default_factory=dict)
    held: list[bool] = field(default_factory=list)
    times_s: list[float] = field(default_factory=list)


def read_pages(only: str = "") -> list[Page]:
    pages = []
    with (CORPUS / "index.tsv").open(encoding="utf-8", newline="") as index:
        for row in csv.DictReader(index, delimiter="\t"):
            if not row["id"].startswith(only):
                continue
            html = (CORPUS / row["html_file"]).read_bytes()
            truth = (CORPUS / row["truth_file"]).read_text(encoding="utf-8")
            url = row["url"] or "https://example.org/"
            if row["truth_kind"] == "fulltext":
                pages.append(Page(row["id"], url, html, truth))
            else:
                said = json.loads(truth)
                pages.append(
                    Page(
                        row["id"],
                        url,
                        html,
                        with_strings=tuple(said.get("with", ())),
                        without_strings=tuple(said.get("without", ())),
                    )
                )
    return pages


def word_f1(text: str, truth: str) -> float:
    mine, wanted = (Counter(re.findall(r"\w+", t.lower())) for t in (text, truth))
    if not mine and not wanted:
        return 1.0
    common = sum((mine & wanted).values())
    return 2 * common / (sum(mine.values()) + sum(wanted.values()))


def strings_held(page: Page, text: str) -> list[bool]:
    line = " ".join(text.split())
    return [" ".join(s.split()) in line for s in page.with_strings] + [
        " ".join(s.split()) not in line for s in page.without_strings
    ]


def ours(page: Page) -> str:
    try:
        return extract_article(page.html, url=page.url).text
    except ExtractionFailed:
        return ""


def readability(page: Page) -> str:
    from readability import Document

    try:
        html = Document(page.html).summary(html_partial=True, keep_all_images=True)
    except Exception:
        return ""
    return html_to_text(clean_html(re.sub(r"<img\b[^>]*>", "", html), page.url))


def trafilatura(page: Page) -> str:
    import trafilatura

    return trafilatura.extract(page.html, include_comments=False) or ""


OURS = "this project"
EXTRACTORS: dict[str, Callable[[Page], str]] = {
    OURS: ours,
    "readability-lxml": readability,
    "trafilatura": trafilatura,
}


def run(extract: Callable[[Page], str], pages: list[Page]) -> Result:
    extract(pages[0])  # imports do not count
    result = Result()
    for page in pages:
        started = time.perf_counter()
        text = extract(page)
        result.times_s.append(time.perf_counter() - started)
        if page.truth:
            result.f1[page.id] = word_f1(text, page.truth)
        else:
            result.held += strings_held(page, text)
    return result


def peak_mb(extract: Callable[[Page], str], pages: list[Page]) -> float:
    """Of Python's own memory, over the largest pages; lxml's trees are not in it."""
    tracemalloc.start()
    for page in sorted(pages, key=lambda p: -len(p.html))[:5]:
        extract(page)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def print_table(results: dict[str, Result], memory: dict[str, float]) -> None:
    print(
        f"{'':18}{'all':>8}{'sh':>8}{'mz':>8}{'np':>8}{'strings':>9}{'<.6':>5}"
        f"{'ms med':>8}{'ms p95':>8}{'peak MB':>9}"
    )
    for name, result in results.items():
        cells = [f"{name:18}"]
        for only in ("", *SETS):
            scores = [v for k, v in result.f1.items() if k.startswith(only)]
            cells.append(f"{mean(scores):8.4f}" if scores else f"{'-':>8}")
        cells.append(f"{mean(result.held):9.4f}" if result.held else f"{'-':>9}")
        cells.append(f"{sum(v < 0.6 for v in result.f1.values()):5}")
        times = sorted(result.times_s)
        cells.append(f"{median(times) * 1000:8.1f}{times[int(len(times) * 0.95)] * 1000:8.1f}")
        cells.append(f"{memory[name]:9.1f}")
        print("".join(cells))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", default="", choices=("", *SETS, "tf", "pl"))
    parser.add_argument("--worst", type=int, default=0, help="list so many of our worst pages")
    arguments = parser.parse_args()
    if not CORPUS.is_dir():
        print(f"no report: the corpus is not at {CORPUS}")
        return
    logging.disable(logging.CRITICAL)
    pages = read_pages(arguments.set)
    results = {name: run(extract, pages) for name, extract in EXTRACTORS.items()}
    memory = {name: peak_mb(extract, pages) for name, extract in EXTRACTORS.items()}
    print(f"{len(pages)} pages of {CORPUS}")
    print_table(results, memory)
    for page_id, score in sorted(results[OURS].f1.items(), key=lambda i: i[1])[: arguments.worst]:
        print(f"{score:.3f}  {page_id}")


if __name__ == "__main__":
    main()

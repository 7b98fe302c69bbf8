"""Learn the weights of core/extract/judge.py from pages whose article text is known.

    python bench/train_extraction.py            report only: each fold judged by the others
    python bench/train_extraction.py --write    learn from all pages, write weights.py

Needs numpy. The split into folds is by site, so that no site is both learned and judged.
Quality is bag-of-words F1 of the chosen blocks against the truth.
"""

from __future__ import annotations

import argparse
import difflib
import hashlib
import math
import re
import sys
from collections import Counter
from pathlib import Path
from statistics import mean

import numpy as np

from extraction import CORPUS, Page, read_pages, word_f1
from feedreader.core.extract import gather_evidence
from feedreader.core.extract.assemble import choose_blocks
from feedreader.core.extract.blocks import Block, read_blocks, squeeze
from feedreader.core.extract.features import describe_blocks
from feedreader.core.extract.judge import describe_context
from feedreader.core.extract.metadata import read_metadata
from feedreader.core.extract.page import parse_page, tidy_page

WEIGHTS = Path(__file__).parent.parent / "src/feedreader/core/extract/weights.py"
PENALTY = 0.25
"""Of the squared weights: the larger, the smaller the weights of rare signs."""
RARE = 15
"""Signs that fewer blocks show are left out."""
# How far each set's truth is to be believed: by hand, or by another program.
TRUST = {"sh": 1.0, "np": 0.7, "mz": 0.6}

Vector = np.ndarray[tuple[int], np.dtype[np.float64]]


class Example:
    """A page with its blocks and, of each, the share of its words that the truth holds."""

    def __init__(self, page: Page) -> None:
        root = parse_page(page.html)
        evidence = gather_evidence(root, read_metadata(root, "https://example.org/"), "", "")
        self.id = page.id
        self.truth = page.truth
        self.blocks: list[Block] = read_blocks(tidy_page(root))[0]
        describe_blocks(self.blocks, evidence)
        self.wanted = np.array(label(self.blocks, page.truth))
        mass = np.array([b.words + 2.0 for b in self.blocks]) ** 0.8
        words = sum(b.words * y for b, y in zip(self.blocks, self.wanted, strict=True)) + 20
        self.weight = TRUST[page.id[:2]] * mass / max(words, mass.sum() * 0.3)

    def fold(self, seed: str, count: int) -> int:
        site = re.sub(r"^(sh-[0-9a-f]{10}-|[a-z]{2}-)", "", self.id).split("-")[0]
        return int(hashlib.sha256((seed + site).encode()).hexdigest(), 16) % count


def label(blocks: list[Block], truth: str) -> list[float]:
    """Of each block the share of its words that stand in the truth, in order."""
    words: list[str] = []
    owners: list[int] = []
    for i, block in enumerate(blocks):
        for word in re.findall(r"\w+", block.text.lower()):
            words.append(word)
            owners.append(i)
    matcher = difflib.SequenceMatcher(
        None, re.findall(r"\w+", truth.lower()), words, autojunk=False
    )
    hits = Counter(
        owners[k] for m in matcher.get_matching_blocks() for k in range(m.b, m.b + m.size)
    )
    totals = Counter(owners)
    squeezed_truth = squeeze(truth)
    shares = []
    for i, block in enumerate(blocks):
        share = hits[i] / totals[i] if totals[i] else 0.0
        if share < 0.7 and len(block.squeezed) > 40 and block.squeezed in squeezed_truth:
            share = 1.0
        shares.append(share)
    return shares


def fit(rows: list[dict[str, float]], wanted: Vector, weight: Vector) -> dict[str, float]:
    """Logistic regression by Adam on the whole batch."""
    counts = Counter(name for row in rows for name in row)
    names = sorted(name for name, count in counts.items() if count >= RARE)
    columns = {name: i for i, name in enumerate(names)}
    x = np.zeros((len(rows), len(names)))
    for i, row in enumerate(rows):
        for name, value in row.items():
            if name in columns:
                x[i, columns[name]] = value
    theta = np.zeros(len(names))
    momentum, square = np.zeros_like(theta), np.zeros_like(theta)
    for step in range(1, 401):
        error = 1 / (1 + np.exp(-(x @ theta))) - wanted
        gradient = x.T @ (weight * error) + PENALTY * theta
        momentum = 0.9 * momentum + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient * gradient
        rate = 0.1 if step < 240 else 0.03
        theta -= rate * (momentum / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-9)
    return {name: round(float(theta[i]), 3) for name, i in columns.items()}


def weigh(row: dict[str, float], weights: dict[str, float]) -> float:
    total = sum(weights.get(name, 0.0) * value for name, value in row.items())
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def fit_pages(examples: list[Example], rows: list[list[dict[str, float]]]) -> dict[str, float]:
    return fit(
        [row for page in rows for row in page],
        np.concatenate([e.wanted for e in examples]),
        np.concatenate([e.weight for e in examples]),
    )


def train(examples: list[Example]) -> tuple[dict[str, float], dict[str, float]]:
    """Both weighings; the second learns from first ones of pages that the first did not see."""
    features = [[b.features for b in e.blocks] for e in examples]
    in_context: list[list[dict[str, float]]] = [[] for _ in examples]
    for fold in range(3):
        seen = [i for i, e in enumerate(examples) if e.fold("inner", 3) != fold]
        weights = fit_pages([examples[i] for i in seen], [features[i] for i in seen])
        for i, example in enumerate(examples):
            if i not in set(seen):
                first = [weigh(row, weights) for row in features[i]]
                contexts = describe_context(example.blocks, first)
                in_context[i] = [
                    {**row, **context} for row, context in zip(features[i], contexts, strict=True)
                ]
    return fit_pages(examples, features), fit_pages(examples, in_context)


def predict(example: Example, alone: dict[str, float], in_context: dict[str, float]) -> float:
    first = [weigh(b.features, alone) for b in example.blocks]
    second = [
        weigh({**b.features, **context}, in_context)
        for b, context in zip(example.blocks, describe_context(example.blocks, first), strict=True)
    ]
    kept = choose_blocks(example.blocks, second)
    return word_f1("\n".join(example.blocks[i].text for i in kept), example.truth)


def report(examples: list[Example], folds: int, seed: str) -> None:
    scores: dict[str, list[float]] = {}
    for fold in range(folds):
        weights = train([e for e in examples if e.fold(seed, folds) != fold])
        for example in examples:
            if example.fold(seed, folds) == fold:
                score = predict(example, *weights)
                scores.setdefault("all", []).append(score)
                scores.setdefault(example.id[:2], []).append(score)
    print(f"{folds} folds, seed {seed}:", {k: round(mean(v), 4) for k, v in scores.items()})


def write(alone: dict[str, float], in_context: dict[str, float]) -> None:
    lines = [
        '"""The weights that judge.py applies, learned by bench/train_extraction.py.',
        "",
        "Above 0 speaks for the article. `ALONE` weighs a block for itself, `IN_CONTEXT` with what",
        'the first weighing says of the blocks around it."""',
        "",
        "from typing import Final",
        "",
    ]
    for name, table in (("ALONE", alone), ("IN_CONTEXT", in_context)):
        lines.append(f"{name}: Final[dict[str, float]] = {{")
        lines += [f'    "{key}": {value},' for key, value in sorted(table.items())]
        lines += ["}", ""]
    WEIGHTS.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--folds", type=int, default=2)
    parser.add_argument("--seed", default="s")
    arguments = parser.parse_args()
    if not CORPUS.is_dir():
        sys.exit(f"the corpus is not at {CORPUS}")
    examples = [Example(p) for p in read_pages() if p.truth]
    if arguments.write:
        write(*train(examples))
    else:
        report(examples, arguments.folds, arguments.seed)


if __name__ == "__main__":
    main()

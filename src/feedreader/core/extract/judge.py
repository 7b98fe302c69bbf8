"""Which blocks of a page belong to the article: two weighings of their features.

The first weighs each block for itself; the second adds what the first says of its
neighbours, of the other blocks in the same element, and of its kind. Both are logistic
regressions whose weights `bench/train_extraction.py` has learned; weights.py lists them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from feedreader.core.extract.blocks import Block
from feedreader.core.extract.weights import ALONE, IN_CONTEXT

Features = Mapping[str, float]


HINTED = 0.95
"""What a block is worth at least that stands in what the feed gave; no page taught that."""


def judge(blocks: Sequence[Block]) -> list[float]:
    """The probability of each block that it belongs to the article."""
    hinted = [HINTED if b.features.get("in_hint") and b.link_share < 0.5 else 0.0 for b in blocks]
    alone = (_weigh(block.features, ALONE) for block in blocks)
    first = [max(p, least) for p, least in zip(alone, hinted, strict=True)]
    in_context = (
        _weigh({**block.features, **context}, IN_CONTEXT)
        for block, context in zip(blocks, describe_context(blocks, first), strict=True)
    )
    return [max(p, least) for p, least in zip(in_context, hinted, strict=True)]


def _weigh(features: Features, weights: Mapping[str, float]) -> float:
    total = sum(weights.get(name, 0.0) * value for name, value in features.items())
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def describe_context(blocks: Sequence[Block], first: Sequence[float]) -> list[dict[str, float]]:
    """What the first weighing of the blocks around says of each block."""
    mass = [block.words + 1.0 for block in blocks]
    likely = [p * m for p, m in zip(first, mass, strict=True)]
    groups: list[list[object]] = []
    sums: dict[object, tuple[float, float]] = {}
    for block, p, m in zip(blocks, likely, mass, strict=True):
        outer = block.part.parent or block.part
        keys: list[object] = [("part", id(block.part)), ("outer", id(outer)), ("kind", block.kind)]
        groups.append(keys)
        for key in keys:
            before = sums.get(key, (0.0, 0.0))
            sums[key] = (before[0] + p, before[1] + m)
    total = sum(likely) + 1e-9
    contexts = []
    seen = 0.0
    for i, p in enumerate(first):
        clipped = min(1 - 1e-4, max(1e-4, p))
        after = max(0.0, total - seen - likely[i]) / total
        before_share = seen / total
        context = {
            "first": p,
            "first_logit": math.log(clipped / (1 - clipped)) / 5,
            "previous": first[i - 1] if i else 0.0,
            "next": first[i + 1] if i + 1 < len(first) else 0.0,
            "previous_three": _share(likely, mass, max(0, i - 3), i),
            "next_three": _share(likely, mass, i + 1, i + 4),
            "is_between": 2 * min(before_share, after),
            "is_before_all": float(before_share < 0.01),
            "is_after_all": float(after < 0.01),
        }
        for name, key in zip(
            ("in_same_part", "in_same_outer", "of_same_kind"), groups[i], strict=True
        ):
            likely_sum, mass_sum = sums[key]
            context[name] = (likely_sum - likely[i] + 0.3 * p) / (mass_sum - mass[i] + 0.3)
        contexts.append(context)
        seen += likely[i]
    return contexts


def _share(likely: Sequence[float], mass: Sequence[float], start: int, end: int) -> float:
    return sum(likely[start:end]) / max(1.0, sum(mass[start:end]))

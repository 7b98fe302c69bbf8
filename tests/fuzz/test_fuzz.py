"""All seeds, once broken ones among them, and mutations of them; in full by atheris for minutes."""

from __future__ import annotations

import importlib.util
import os
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from targets import TARGETS

HERE = Path(__file__).parent
IS_FULL = os.environ.get("FEEDREADER_TORTURE") == "full"
SECONDS = int(os.environ.get("FEEDREADER_FUZZ_S", "60")) if IS_FULL else 1
HAS_ATHERIS = importlib.util.find_spec("atheris") is not None
MUTATIONS = (20_000 if not HAS_ATHERIS else 2_000) if IS_FULL else 80
SEEDS = {name: sorted((HERE / "seeds" / name).iterdir()) for name in TARGETS}


@pytest.mark.parametrize("target", TARGETS)
def test_every_seed_is_withstood(target: str) -> None:
    assert len(SEEDS[target]) >= 2
    for seed in SEEDS[target]:
        TARGETS[target](seed.read_bytes())


def mutate(data: bytes, chance: random.Random, words: list[bytes]) -> bytes:
    """Return data with a few bytes flipped, cut out, doubled, or replaced by what means much."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        place = chance.randrange(len(changed) + 1)
        length = chance.choice((1, 1, 2, 8, 64))
        match chance.randrange(5):
            case 0 if place < len(changed):
                changed[place] ^= 1 << chance.randrange(8)
            case 1:
                del changed[place : place + length]
            case 2:
                changed[place:place] = changed[place : place + length] * chance.choice((1, 2, 50))
            case 3:
                changed[place:place] = chance.choice(words)
            case _:
                changed[place : place + length] = chance.choice(words)
    return bytes(changed)


WORDS = [
    b"<", b">", b"]]>", b"<![CDATA[", b"<!--", b"-->", b"&#27;", b"&#x9b;", b"&amp;#27;", b"\x00",
    b"\xff\xfe", b"\xef\xbb\xbf", b"<?xml version='1.0' encoding='utf-7'?>", b"<!DOCTYPE x [",
    b"<!ENTITY x 'y'>", b"&x;", b"javascript:", b"\x1b]0;x\x07", "\u202e".encode(), b"\xed\xa0\x80",
    b"<script>", b"</p>", b"<table><tr><td colspan=999999>", b'"', b"'", b"{", b"[", b"null",
    b"1e999", b"-1", b"99999999999999999999", b"xml:base='//x'", b"<svg>", b"<math>",
    b"<div>" * 300, b"\\u0000", b"\\ud800", b" OR ", b"(", b"/a*/", b"newer:", b"9999-99-99",
    b"Thu, 01 Jan 0000 00:00:00 +9999",
]  # fmt: skip


@pytest.mark.parametrize("target", TARGETS)
def test_mutations_of_seeds_are_withstood(target: str) -> None:
    chance = random.Random(f"{target}-20261125")
    for _ in range(MUTATIONS):
        seed = chance.choice(SEEDS[target]).read_bytes()
        data = mutate(seed, chance, WORDS)
        try:
            TARGETS[target](data)
        except Exception as error:
            raise AssertionError(f"{target} breaks on {data!r}") from error


@settings(
    max_examples=3_000 if IS_FULL else 40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(
    st.sampled_from(sorted(TARGETS)),
    st.binary(max_size=300) | st.text(max_size=200).map(lambda text: text.encode(errors="replace")),
)
def test_any_bytes_are_withstood(target: str, data: bytes) -> None:
    TARGETS[target](data)


@pytest.mark.parametrize("target", TARGETS if IS_FULL else ["query"])
def test_minutes_of_atheris_find_nothing(target: str, tmp_path: Path) -> None:
    if not HAS_ATHERIS:
        pytest.skip("atheris is not installed (extra `torture`)")
    done = subprocess.run(
        [sys.executable, str(HERE / "run.py"), target, str(SECONDS), str(tmp_path)],
        capture_output=True, check=False, timeout=SECONDS + 300,
    )  # fmt: skip
    errors = done.stderr.decode("utf-8", "replace")
    broken = sorted(tmp_path.glob("*-*"))
    crashes = [one for one in broken if re.match(r"(?:crash|timeout|oom)-", one.name)]
    assert crashes == [], errors[-4000:] + repr(crashes[0].read_bytes())
    assert done.returncode == 0, errors[-4000:]

"""Fixtures that many tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpus_place import CORPUS


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of captured feeds and pages; tests that need it are skipped without it."""
    if not CORPUS.is_dir():
        pytest.skip(f"the test corpus is not at {CORPUS}")
    return CORPUS

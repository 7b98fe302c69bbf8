"""Where the corpus of captured feeds and pages stands, beside the checkout."""

from __future__ import annotations

from pathlib import Path

CORPUS = Path(__file__).parent.parent.parent / "shared" / "corpus"

"""Each promise of the documents names tests, and they exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = ("docs/durability.md", "docs/security.md")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_promise_names_tests_that_exist(document: str) -> None:
    files: dict[str, str] = {}
    for path in (ROOT / "tests").rglob("test_*.py"):  # two folders may have a file of one name
        files[path.name] = files.get(path.name, "") + path.read_text("utf-8")
    rows = [
        line
        for line in (ROOT / document).read_text("utf-8").splitlines()
        if line.startswith("| ") and not line.startswith(("| promise", "| ---"))
    ]
    assert len(rows) > 10
    for row in rows:
        named = re.findall(r"`(test_\w+\.py)`|`(test_\w+)`", row.split(" | ")[-1])
        assert named, row
        assert named[0][0], row
        file = ""
        for in_file, test in named:
            file = in_file or file
            assert file in files, file
            if test:
                assert re.search(rf"def {test}\(", files[file]), (file, test)

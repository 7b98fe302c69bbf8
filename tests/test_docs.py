"""The documents name what there is, and what they name is there."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import pytest

from feedreader.cli.program import COMMANDS
from feedreader.core.query import parse

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_documents_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_in_documents_exist(page: Path) -> None:
    known = {name for section in COMMANDS.values() for name in section}
    for block in re.findall(r"^```\w*\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL):
        for line in re.findall(r"^feedreader .*$", block.replace("\\\n", ""), re.MULTILINE):
            words = shlex.split(line, comments=True)[1:]
            commands = [word for word in words if re.fullmatch(r"[a-z][a-z-]*", word)]
            assert not words or set(commands) & known, f"{page.name}: {line}"


def test_each_dependency_is_accounted_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = {re.split(r"[\[<>=]", needed)[0] for needed in project["dependencies"]}
    # What justext, and so trafilatura, needs: `lxml[html_clean]` is not enough for pip 23.
    assert "lxml-html-clean" in names
    table = re.findall(r"^\| ([^|]+) \|", (ROOT / "docs/dependencies.md").read_text(), re.MULTILINE)
    told = {name for cell in table for name in re.findall(r"[\w-]+", cell)}
    assert names <= told


def test_source_package_has_what_make_and_documents_need() -> None:
    hatch = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
    included = set(hatch["targets"]["sdist"]["include"])
    assert {"Makefile", "SECURITY.md", "bench", "docs", "requirements", "tests"} <= included


def test_queries_of_the_guide_can_be_read() -> None:
    text = (ROOT / "docs" / "guide.md").read_text() + (ROOT / "README.md").read_text()
    lines = [line for line in text.splitlines() if line.startswith("feedreader list '")]
    assert len(lines) >= 5
    for line in lines:
        parse(shlex.split(line, comments=True)[2])

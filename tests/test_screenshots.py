"""The pictures of the documents are small, load nothing, and are shown somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from lxml import etree

ROOT = Path(__file__).parent.parent
PICTURES = sorted((ROOT / "docs" / "screenshots").glob("*.svg"))


def test_there_are_pictures() -> None:
    assert {"main", "main-light", "zen", "search", "small"} <= {one.stem for one in PICTURES}


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.stem)
def test_picture_is_small_and_loads_nothing(picture: Path) -> None:
    text = picture.read_text("utf-8")
    assert len(text.encode()) < 200_000
    assert re.findall(r"url\((?!#)[^)]*\)|@import[^;]*|@font-face", text) == []
    root = etree.fromstring(text.encode())
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    names = {etree.QName(element).localname for element in root.iter(etree.Element)}
    assert names <= {"svg", "style", "defs", "clipPath", "rect", "circle", "g", "text"}
    assert root.xpath("//@*[contains(name(), 'href')]") == []


def test_every_picture_is_shown_in_a_document() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    shown = {
        Path(name).stem
        for page in pages
        for name in re.findall(r"!\[[^\]]+\]\(([^)]+\.svg)\)", page.read_text("utf-8"))
    }
    assert {picture.stem for picture in PICTURES} == shown

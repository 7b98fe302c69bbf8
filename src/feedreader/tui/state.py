"""What the screen remembers from one day to the next, in a small JSON file."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

Group = Literal["", "day", "feed"]

_POSITIONS_KEPT = 500
_LONGEST_FILE = 1_000_000


@dataclass(slots=True)
class ScreenState:
    """Where the user was. All of it may be missing: then the defaults hold."""

    theme: str = ""
    tree_width: int = 0
    list_width: int = 0
    """Of the list beside the story, 0 for what suits the width; `list_height` above it."""
    list_height: int = 0
    is_tree_hidden: bool = False
    group: Group = ""
    database: str = ""
    """The rest is about the feeds of this database."""
    node: str = ""
    entry_id: int = 0
    shows_read: bool | None = None
    is_oldest_first: bool | None = None
    collapsed: list[str] = field(default_factory=list)
    positions: dict[str, float] = field(default_factory=dict)
    """How far a story was read, from 0 to 1, by entry id; the latest last."""

    def remember_position(self, entry_id: int, share: float) -> None:
        """Keep how far a story was read; its beginning needs no keeping."""
        self.positions.pop(str(entry_id), None)
        if share > 0:
            self.positions[str(entry_id)] = round(share, 4)
        while len(self.positions) > _POSITIONS_KEPT:
            del self.positions[next(iter(self.positions))]

    def position(self, entry_id: int) -> float:
        """Return how far a story was read."""
        return self.positions.get(str(entry_id), 0.0)


def load_state(path: Path, database: Path) -> ScreenState:
    """Return what was remembered; a file that is missing or damaged says nothing."""
    try:
        with path.open("rb") as file:
            document = json.loads(file.read(_LONGEST_FILE))
        known = ScreenState(**_fitting(document))
    except (OSError, ValueError, TypeError, RecursionError):
        return ScreenState(database=str(database))
    if known.database == str(database):
        return known
    return ScreenState(
        theme=known.theme,
        tree_width=known.tree_width,
        list_width=known.list_width,
        list_height=known.list_height,
        is_tree_hidden=known.is_tree_hidden,
        group=known.group,
        database=str(database),
    )


def save_state(path: Path, state: ScreenState) -> None:
    """Write the file, whole or not at all; a place that cannot be written is no harm."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError:
        return
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(asdict(state), file)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)


def _fitting(document: Any) -> dict[str, Any]:
    """Return the values of a document that are of their kind; people edit files."""
    if not isinstance(document, dict):
        return {}
    kinds: dict[str, type] = {
        name: type(value) for name, value in asdict(ScreenState()).items()
    } | {"shows_read": bool, "is_oldest_first": bool}
    fitting: dict[str, Any] = {
        name: document[name]
        for name, kind in kinds.items()
        if type(document.get(name)) is kind  # a bool is no int here
    }
    if fitting.get("group") not in get_args(Group):
        fitting.pop("group", None)
    fitting["collapsed"] = [one for one in fitting.get("collapsed", ()) if isinstance(one, str)]
    fitting["positions"] = {
        key: float(value)
        for key, value in fitting.get("positions", {}).items()
        if isinstance(value, int | float) and 0 <= value <= 1
    }
    return fitting

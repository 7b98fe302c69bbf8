"""Editions in the database: their plans, and which entries stand in each."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any

from feedreader.core.edition import Candidate, Leftover
from feedreader.core.identity import normalise_link
from feedreader.core.text import WORDS_PER_MINUTE, reading_minutes
from feedreader.errors import NotFound
from feedreader.model import Edition, EditionEntry, EditionPlan, EditionSection
from feedreader.store.connection import Connection, from_json, to_timestamp

_KEPT = 60
"""Editions of one name that are remembered."""
_SPARE, _SPARE_FEEDS = 20, 60
"""Candidates beyond what a feed may give, and feeds beyond those that have a turn: for those
that turn out to be copies or too long."""
_THERE = """e.deleted_at IS NULL AND e.is_muted = 0
    AND e.feed_id IN (SELECT id FROM feeds WHERE removed_at IS NULL)"""
_MINUTES = f"max(1, (e.word_count + {WORDS_PER_MINUTE - 1}) / {WORDS_PER_MINUTE})"
_EDITIONS = f"""
    SELECT editions.id, name, day, made_at, count(e.id) AS entries,
        coalesce(sum(e.is_read = 0), 0) AS unread, coalesce(sum({_MINUTES}), 0) AS minutes,
        coalesce(sum(iif(e.is_read = 0, {_MINUTES}, 0)), 0) AS minutes_left
    FROM editions LEFT JOIN edition_entries ON edition_id = editions.id
        LEFT JOIN entries AS e ON e.id = entry_id AND {_THERE}
"""


class EditionStore:
    """The tables about editions. Who writes holds the transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # --- plans ---

    def plans(self) -> tuple[EditionPlan, ...]:
        """Return the plans, by name."""
        rows = self._connection.rows("SELECT name, plan FROM edition_plans ORDER BY name")
        return tuple(_plan(row) for row in rows)

    def plan(self, name: str) -> EditionPlan:
        """Return the plan of a name, in capitals or not, or raise `NotFound`."""
        folded = name.casefold()
        meant = [one for one in self.plans() if one.name.casefold() == folded]
        if not meant:
            raise NotFound(f"no edition is called {name!r}")
        return next((one for one in meant if one.name == name), meant[0])

    def save_plan(self, plan: EditionPlan) -> None:
        """Keep a plan; an earlier one of its name is replaced."""
        values = asdict(plan)
        del values["name"]
        self._connection.execute(
            """INSERT INTO edition_plans (name, plan) VALUES (?, ?)
               ON CONFLICT (name) DO UPDATE SET plan = excluded.plan""",
            (plan.name, json.dumps(values, ensure_ascii=False)),
        )

    def remove_plan(self, name: str) -> None:
        """Forget a plan and the papers made by it; their entries stay in their feeds."""
        self._connection.execute("DELETE FROM edition_plans WHERE name = ?", (name,))
        self._connection.execute("DELETE FROM editions WHERE name = ?", (name,))

    # --- making ---

    def candidates(
        self,
        name: str,
        where: str,
        params: Sequence[Any],
        order: str,
        *,
        feeds: int,
        per_feed: int,
        without_id: int = 0,
    ) -> list[Candidate]:
        """Return unread entries that a condition on `e` selects and no paper of a name held.

        Nor a copy of them.

        In order, so many of each feed and some to spare, until there are so many feeds and
        some to spare: where feeds take turns, no more than these come to theirs. `without_id`
        is a paper that does not count.
        """
        rows = self._connection.rows(
            f"""WITH held AS (SELECT entry_id, story_id FROM edition_entries
                    JOIN editions ON editions.id = edition_id JOIN entries ON entries.id = entry_id
                    WHERE editions.name = ? AND editions.id <> ?)
                SELECT {_CANDIDATE} FROM entries AS e
                WHERE e.is_read = 0 AND {where} AND e.id NOT IN (SELECT entry_id FROM held)
                    AND (e.story_id IS NULL OR e.story_id NOT IN
                        (SELECT story_id FROM held WHERE story_id IS NOT NULL))
                ORDER BY {order}""",
            (name, without_id, *params),
        )
        found: list[Candidate] = []
        given: Counter[int] = Counter()
        for row in rows:
            feed_id = row["feed_id"]
            if given[feed_id] >= per_feed + _SPARE:
                continue
            if feed_id not in given and len(given) >= feeds + _SPARE_FEEDS:
                break
            given[feed_id] += 1
            found.append(_candidate(row))
        return found

    def leftovers(self, edition_id: int) -> list[Leftover]:
        """Return what nobody read of a paper and it had first, in its order."""
        rows = self._connection.rows(
            f"""SELECT {_CANDIDATE}, section FROM edition_entries
                JOIN entries AS e ON e.id = entry_id
                WHERE edition_id = ? AND is_carried = 0 AND e.is_read = 0 AND {_THERE}
                ORDER BY place""",
            (edition_id,),
        )
        return [Leftover(row["section"], _candidate(row)) for row in rows]

    def unread(self, edition_id: int) -> list[int]:
        """Return what nobody read of a paper and nobody put aside."""
        rows = self._connection.rows(
            f"""SELECT e.id FROM edition_entries JOIN entries AS e ON e.id = entry_id
                WHERE edition_id = ? AND e.is_read = 0 AND e.is_later = 0 AND {_THERE}""",
            (edition_id,),
        )
        return [row["id"] for row in rows]

    def add(self, name: str, day: date, made_at: datetime, entries: Sequence[EditionEntry]) -> int:
        """Keep a paper and return its id; one of that name and day must not be there."""
        cursor = self._connection.execute(
            "INSERT INTO editions (name, day, made_at) VALUES (?, ?, ?)",
            (name, day.isoformat(), to_timestamp(made_at)),
        )
        edition_id = cursor.lastrowid
        assert edition_id is not None
        self._connection.execute_many(
            """INSERT INTO edition_entries (edition_id, place, entry_id, section, is_carried)
               VALUES (?, ?, ?, ?, ?)""",
            (
                (edition_id, place, one.entry_id, one.section, one.is_carried)
                for place, one in enumerate(entries)
            ),
        )
        self._connection.execute(
            """DELETE FROM editions WHERE name = ?1 AND id NOT IN
                   (SELECT id FROM editions WHERE name = ?1 ORDER BY id DESC LIMIT ?2)""",
            (name, _KEPT),
        )
        return edition_id

    def remove(self, edition_id: int) -> None:
        """Forget a paper; its entries stay in their feeds."""
        self._connection.execute("DELETE FROM editions WHERE id = ?", (edition_id,))

    # --- reading ---

    def latest(self) -> tuple[Edition, ...]:
        """Return the last paper of each name."""
        return self._editions(
            "WHERE editions.id IN (SELECT max(id) FROM editions GROUP BY name)", ()
        )

    def latest_of(self, name: str, *, without_id: int = 0) -> Edition | None:
        """Return the last paper of a name, or the one before the paper of an id."""
        found = self._editions(
            """WHERE editions.id =
                   (SELECT max(id) FROM editions WHERE name = ? AND id <> ?)""",
            (name, without_id),
        )
        return found[0] if found else None

    def all(self) -> tuple[Edition, ...]:
        """Return all papers, newest first."""
        return self._editions("", ())

    def of_day(self, name: str, day: date) -> Edition | None:
        """Return the paper of a name and day, if there is one."""
        found = self._editions("WHERE name = ? AND day = ?", (name, day.isoformat()))
        return found[0] if found else None

    def edition(self, edition_id: int) -> Edition:
        """Return one paper, or raise `NotFound`."""
        found = self._editions("WHERE editions.id = ?", (edition_id,))
        if not found:
            raise NotFound("that edition is gone")
        return found[0]

    def entries(self, edition_id: int) -> tuple[EditionEntry, ...]:
        """Return what stands in a paper, in its order; what is gone is left out."""
        rows = self._connection.rows(
            f"""SELECT e.id, section, is_carried FROM edition_entries
                JOIN entries AS e ON e.id = entry_id
                WHERE edition_id = ? AND {_THERE} ORDER BY place""",
            (edition_id,),
        )
        return tuple(
            EditionEntry(row["id"], row["section"], bool(row["is_carried"])) for row in rows
        )

    def _editions(self, where: str, params: Sequence[Any]) -> tuple[Edition, ...]:
        rows = self._connection.rows(
            f"{_EDITIONS} {where} GROUP BY editions.id ORDER BY day DESC, name", params
        )
        return tuple(_edition(row) for row in rows)


_CANDIDATE = "e.id, e.feed_id, e.word_count, e.link, e.story_id"


def _candidate(row: sqlite3.Row) -> Candidate:
    return Candidate(
        row["id"], row["feed_id"], reading_minutes(row["word_count"]), frozenset(_copy_keys(row))
    )


def _copy_keys(row: sqlite3.Row) -> Iterator[str]:
    if row["story_id"] is not None:
        yield f"story {row['story_id']}"
    if row["link"]:
        yield f"link {normalise_link(row['link'])}"


def _plan(row: sqlite3.Row) -> EditionPlan:
    values = from_json(row["plan"])
    sections = tuple(EditionSection(**one) for one in values.pop("sections"))
    return EditionPlan(row["name"], sections, **values)


def _edition(row: sqlite3.Row) -> Edition:
    return Edition(
        id=row["id"],
        name=row["name"],
        day=date.fromisoformat(row["day"]),
        made_at=datetime.fromtimestamp(row["made_at"], UTC),
        entry_count=row["entries"],
        unread_count=row["unread"],
        minutes=row["minutes"],
        minutes_left=row["minutes_left"],
    )

"""Rules, and what each of them did to which entries."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from feedreader.errors import NotFound
from feedreader.model import Rule, RuleHit
from feedreader.store.connection import Connection, to_moment, to_timestamp

AMONG = "e.id IN (SELECT value FROM json_each(?))"
"""A condition on `e` with one parameter: `among(ids)`."""

_BY_HAND = 0
"""The number of a rule that is in no list: it stands for the user, whose word outlives what other
rules did and had taken back."""

NOT_SPARED = "NOT EXISTS (SELECT 1 FROM rule_hits AS h WHERE h.entry_id = e.id AND h.is_spared)"
"""Leaves alone what the user took out of the hands of rules."""

_RULES = """
    SELECT id, text, name, is_active, created_at, hit_count,
        (SELECT max(hit_at) FROM rule_hits WHERE rule_id = rules.id) AS last_hit_at
    FROM rules
"""


def not_hit_by(number: int) -> str:
    """Return the condition on `e` of the entries that a rule has not acted on."""
    return f"NOT EXISTS (SELECT 1 FROM rule_hits WHERE entry_id = e.id AND rule_id = {number})"


def among(ids: Iterable[int]) -> str:
    """Return the parameter for `AMONG`; the SQL is the same for any number of ids."""
    return json.dumps(list(ids))


class RuleStore:
    """The tables about rules. Who writes holds the transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # --- rules ---

    def all(self) -> tuple[Rule, ...]:
        """Return the rules in the order in which they are applied."""
        rows = self._connection.rows(f"{_RULES} WHERE removed_at IS NULL ORDER BY position, id")
        return tuple(map(_rule, rows))

    def rule(self, number: int) -> Rule:
        """Return one rule, or raise `NotFound`."""
        row = self._connection.row(f"{_RULES} WHERE removed_at IS NULL AND id = ?", (number,))
        if row is None:
            raise NotFound(f"there is no rule {number}")
        return _rule(row)

    def active(self) -> tuple[tuple[int, str], ...]:
        """Return number and text of the rules that are applied, in their order."""
        rows = self._connection.rows(
            """SELECT id, text FROM rules WHERE is_active AND removed_at IS NULL
               ORDER BY position, id"""
        )
        return tuple((row["id"], row["text"]) for row in rows)

    def add(self, text: str, name: str, now: datetime) -> int:
        """Put a rule behind the others; return its number."""
        cursor = self._connection.execute(
            """INSERT INTO rules (position, name, text, created_at)
               VALUES ((SELECT coalesce(max(position), 0) + 1 FROM rules), ?, ?, ?)""",
            (name, text, to_timestamp(now)),
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def change(self, number: int, text: str, name: str) -> None:
        """Let a rule say something else."""
        self._connection.execute(
            "UPDATE rules SET text = ?, name = ? WHERE id = ?", (text, name, number)
        )

    def switch(self, number: int, is_active: bool) -> None:
        """Let a rule be applied, or not."""
        self._connection.execute("UPDATE rules SET is_active = ? WHERE id = ?", (is_active, number))

    def place(self, numbers: Sequence[int]) -> None:
        """Apply the rules in this order."""
        self._connection.execute_many(
            "UPDATE rules SET position = ? WHERE id = ?",
            ((position, number) for position, number in enumerate(numbers, 1)),
        )

    def remove(self, number: int, now: datetime) -> None:
        """Take a rule out of the list; what it did still knows its name."""
        self._connection.execute(
            "UPDATE rules SET removed_at = ? WHERE id = ?", (to_timestamp(now), number)
        )

    def restore(self, number: int) -> None:
        """Take a removal back."""
        self._connection.execute("UPDATE rules SET removed_at = NULL WHERE id = ?", (number,))

    # --- what they find and did ---

    def find(self, where: str, params: Sequence[Any]) -> dict[int, bool]:
        """Return the entries that a condition on `e` selects, by id, with whether each is unread.

        It names the ids in question: no index shall lead to entries that are none of them.
        """
        rows = self._connection.rows(
            f"SELECT e.id, e.is_read FROM entries AS e NOT INDEXED WHERE {where}", params
        )
        return {row["id"]: not row["is_read"] for row in rows}

    def untold(self, effect: str, ids: Sequence[int]) -> list[int]:
        """Return those of some entries whose stories no other copy told: of each story the first.

        `effect` is the action by which a rule tells of it, whichever rule that is.
        """
        rows = self._connection.rows(
            f"""SELECT e.id FROM entries AS e WHERE {AMONG} AND NOT EXISTS (
                    SELECT 1 FROM entries AS o
                    WHERE o.story_id = e.story_id AND o.id <> e.id AND (
                        o.id < e.id AND o.{AMONG.removeprefix("e.")}
                        OR EXISTS (SELECT 1 FROM rule_hits WHERE entry_id = o.id
                            AND instr(char(10) || effects || char(10), char(10) || ? || char(10)))))
                ORDER BY e.id""",
            (among(ids), among(ids), effect),
        )
        return [row["id"] for row in rows]

    def add_hits(self, number: int, effects: Mapping[int, Sequence[str]], now: datetime) -> None:
        """Remember what a rule did to entries: for each id the actions that changed it."""
        moment = to_timestamp(now)
        self._connection.execute_many(
            """INSERT INTO rule_hits (entry_id, rule_id, hit_at, effects)
               VALUES (?, ?, ?, ?)""",
            ((entry_id, number, moment, "\n".join(some)) for entry_id, some in effects.items()),
        )

    def effects(self, number: int, ids: Sequence[int] | None) -> dict[tuple[str, ...], list[int]]:
        """Return what a rule did, to all entries or to some of them: effects with their ids."""
        which, params = ("", ()) if ids is None else (f"AND {AMONG}", (among(ids),))
        found: dict[tuple[str, ...], list[int]] = {}
        for row in self._connection.rows(
            f"""SELECT e.entry_id AS id, effects FROM rule_hits AS e
                WHERE rule_id = ? {which.replace("e.id", "e.entry_id")}""",
            (number, *params),
        ):
            found.setdefault(_lines(row["effects"]), []).append(row["id"])
        return found

    def forget_hits(self, number: int, ids: Sequence[int]) -> None:
        """Let a rule have done nothing to entries."""
        self._connection.execute(
            """DELETE FROM rule_hits WHERE rule_id = ?
               AND entry_id IN (SELECT value FROM json_each(?))""",
            (number, among(ids)),
        )

    def take_in_hand(self, ids: Sequence[int], now: datetime) -> None:
        """Let there be a place for the user's word on these entries; see `spare`."""
        self._connection.execute(
            """INSERT OR IGNORE INTO rules (id, position, text, is_active, created_at, removed_at)
               VALUES (?1, 0, '', 0, ?2, ?2)""",
            (_BY_HAND, to_timestamp(now)),
        )
        self._connection.execute(
            """INSERT OR IGNORE INTO rule_hits (entry_id, rule_id, hit_at, effects)
               SELECT value, ?, ?, '' FROM json_each(?)""",
            (_BY_HAND, to_timestamp(now), among(ids)),
        )

    def spare(self, ids: Sequence[int], value: bool) -> None:
        """Let rules not mute these entries, as far as the user took them in hand, or again."""
        self._connection.execute(
            """UPDATE rule_hits SET is_spared = ?1
               WHERE (NOT ?1 OR rule_id = ?2) AND entry_id IN (SELECT value FROM json_each(?3))""",
            (value, _BY_HAND, among(ids)),
        )

    def hits(self, entry_id: int) -> tuple[RuleHit, ...]:
        """Return what rules did to an entry, in the order of the rules."""
        rows = self._connection.rows(
            """SELECT rules.id, coalesce(nullif(name, ''), text) AS title, effects, hit_at
               FROM rule_hits JOIN rules ON rules.id = rule_id
               WHERE entry_id = ? AND rule_id <> ? ORDER BY position, rules.id""",
            (entry_id, _BY_HAND),
        )
        return tuple(
            RuleHit(
                row["id"],
                row["title"],
                _lines(row["effects"]),
                datetime.fromtimestamp(row["hit_at"], UTC),
            )
            for row in rows
        )

    def add_points(self, points: int, ids: Sequence[int]) -> None:
        """Raise the scores of entries, or lower them."""
        self._connection.execute(
            f"UPDATE entries AS e SET score = score + ? WHERE {AMONG}", (points, among(ids))
        )

    def take_off_queue(self, hook: str, ids: Sequence[int]) -> None:
        """Let a hook not be told of entries that still wait for it."""
        self._connection.execute(
            """DELETE FROM hook_queue WHERE hook = ?
               AND entry_id IN (SELECT value FROM json_each(?))""",
            (hook, among(ids)),
        )

    def first_id_since(self, moment: datetime) -> int:
        """Return the first entry that was received from a time on, without a scan.

        Entries are numbered as they come. A clock that was set back makes it a little wrong.
        """
        low, high = 0, int(self._connection.value("SELECT coalesce(max(id), 0) FROM entries")) + 1
        wanted = to_timestamp(moment)
        while low + 1 < high:
            middle = (low + high) // 2
            row = self._connection.row(
                "SELECT id, received_at FROM entries WHERE id >= ? ORDER BY id LIMIT 1", (middle,)
            )
            if row is None or row["received_at"] >= wanted:
                high = middle
            else:
                low = row["id"]
        return high


def _rule(row: sqlite3.Row) -> Rule:
    return Rule(
        number=row["id"],
        text=row["text"],
        name=row["name"],
        is_active=bool(row["is_active"]),
        created_at=datetime.fromtimestamp(row["created_at"], UTC),
        hit_count=row["hit_count"],
        last_hit_at=to_moment(row["last_hit_at"]),
    )


def _lines(text: str) -> tuple[str, ...]:
    return tuple(text.split("\n")) if text else ()

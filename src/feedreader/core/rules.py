"""Rules: text -> what is sought and what its entries undergo.

    rule    := "when" query "then" action ("," action)*
    action  := "mute" | "read" | "star" | "later" | "notify"
             | "tag:" name | "run:" name | "score:" number | "highlight:" colour

docs/rules.md is its manual.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, NoReturn

from feedreader.core.query import Completion, Context, Query, complete, parse
from feedreader.core.query.resolve import resolve
from feedreader.core.text import clean_line
from feedreader.errors import QueryError
from feedreader.model.words import COLOURS

ActionKind = Literal["mute", "read", "star", "later", "notify", "tag", "run", "score", "highlight"]

MAX_RULE_CHARS = 10_000
MAX_SCORE = 1_000_000

_PLAIN: dict[str, str] = {
    "mute": "hide it from all lists that do not ask for it",
    "read": "count it as read",
    "star": "star it",
    "later": "put it aside to read later",
    "notify": "tell the desktop of it",
}
_WITH_VALUE: dict[str, str] = {
    "tag": "give it a tag",
    "run": "hand it to a hook of the configuration",
    "score": "raise its score, or lower it",
    "highlight": "show it in a colour",
}
_EXAMPLES = {
    "tag": 'tag:physics or tag:"to cite"',
    "run": "run:archive",
    "score": "score:+5 or score:-10",
    "highlight": f"highlight:{COLOURS[0]}; the colours are {', '.join(COLOURS)}",
}
_DONE: dict[ActionKind, str] = {
    "mute": "hidden",
    "read": "marked read",
    "star": "starred",
    "later": "put aside",
    "notify": "told you of",
    "tag": "tagged “{}”",
    "run": "told “{}” of",
    "score": "given {} points to",
    "highlight": "coloured {}",
}
_WHEN = re.compile(r"\s*when(?=[\s(\"])\s*", re.IGNORECASE)
_THEN = re.compile(r"(?<![^\s)\"])then(?!\S)", re.IGNORECASE)
_SPACE = re.compile(r"\s*")
_ACTION = re.compile(r"[^\s,:\"]+")
_VALUE = re.compile(r'"(?:\\.|[^"\\])*"|[^\s,"]+')
_NUMBER = re.compile(r"[+-]?\d{1,9}", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9_-]{1,60}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that a rule does to the entries that it finds."""

    kind: ActionKind
    value: str = ""
    """The tag, the hook, the colour, or the points with their sign."""

    @property
    def points(self) -> int:
        """What it adds to the score."""
        return int(self.value) if self.kind == "score" else 0

    @property
    def hook(self) -> str:
        """The hook that is told; "" for none."""
        return "notify" if self.kind == "notify" else self.value if self.kind == "run" else ""


@dataclass(frozen=True, slots=True)
class ReadRule:
    """A rule, read."""

    query: Query
    actions: tuple[Action, ...]
    text: str
    query_at: int
    """Where the query begins in the text."""

    def does(self, kind: ActionKind) -> bool:
        """Say whether one of the actions is of a kind."""
        return any(action.kind == kind for action in self.actions)


def read_rule(text: str) -> ReadRule:
    """Return what a rule says; raises QueryError, which points into the rule's text."""
    if len(text) > MAX_RULE_CHARS:
        _fail(text, f"longer than {MAX_RULE_CHARS} characters", MAX_RULE_CHARS)
    when = _WHEN.match(text)
    if when is None:
        at = len(text) - len(text.lstrip())
        _fail(text, "a rule begins with `when`", at, "such as: when intitle:sponsored then mute")
    then = _find_then(text, when.end())
    if then is None:
        _fail(text, "`then` is missing", len(text), "such as: then mute")
    written = text[when.end() : then.start()].rstrip()
    if not written:
        _fail(text, "which entries? A query stands between `when` and `then`", when.end())
    try:
        query = parse(written)
    except QueryError as error:
        raise _moved(error, text, when.end()) from None
    if query.sort or query.limit is not None:
        name = "sort:" if query.sort else "limit:"
        at = when.end() + max(0, written.lower().find(name))
        _fail(text, f"{name} has no meaning in a rule: it looks at each entry by itself", at)
    return ReadRule(query, _read_actions(text, then.end()), text, when.end())


def check_rule(rule: ReadRule, context: Context) -> None:
    """Raise QueryError if the query names what is not there, such as a saved search."""
    try:
        resolve(rule.query, context)
    except QueryError as error:
        raise _moved(error, rule.text, rule.query_at) from None


def write_action(action: Action) -> str:
    """Return an action as it is written."""
    if action.kind not in _WITH_VALUE:
        return action.kind
    plain = _NAME.fullmatch(action.value) or action.kind == "score"
    value = action.value if plain else _quoted(action.value)
    return f"{action.kind}:{value}"


def read_action(text: str) -> Action:
    """Return what `write_action` wrote."""
    (action,) = _read_actions(text, 0)
    return action


def short_title(title: str) -> str:
    """Return what a rule is called where there is little room: of its text the query alone."""
    when, then = _WHEN.match(title), _find_then(title, 0)
    return title[when.end() : then.start()].rstrip() if when and then else title


def in_words(rule: ReadRule) -> str:
    """Return what a rule has done, to be followed by how many: "starred and told you of"."""
    words = [_DONE[action.kind].format(action.value) for action in rule.actions]
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]


def complete_rule(
    text: str, cursor: int, context: Context, hooks: tuple[str, ...] = ()
) -> tuple[Completion, ...]:
    """Return what the word before the cursor could become; `hooks` are those that there are.

    Never raises.
    """
    cursor = max(0, min(cursor, len(text)))
    when = _WHEN.match(text)
    if when is None or cursor < when.end():
        begun = text[:cursor].strip().lower()
        if begun and "when".startswith(begun):
            return (Completion("when ", 0, len(text), "begins a rule"),)
        return ()
    then = _find_then(text, when.end())
    if then is None or cursor <= then.start():
        start = when.end()
        end = then.start() if then else len(text)
        offers = complete(text[start:end], cursor - start, context)
        moved = tuple(
            Completion(one.text, one.start + start, one.end + start, one.meaning) for one in offers
        )
        word = text[start:cursor].rpartition(" ")[2].lower()
        if then is None and word and "then".startswith(word) and text[start:cursor].strip() != word:
            return (Completion("then ", cursor - len(word), cursor, "ends the query"), *moved)
        return moved
    return _complete_action(text, cursor, then.end(), context, hooks)


def describe_actions() -> dict[str, str]:
    """Return what can stand behind `then`, each with its meaning."""
    return _PLAIN | {f"{kind}:": meaning for kind, meaning in _WITH_VALUE.items()}


def _complete_action(
    text: str, cursor: int, start: int, context: Context, hooks: tuple[str, ...]
) -> tuple[Completion, ...]:
    start = max(start, text.rfind(",", start, cursor) + 1)
    while start < cursor and text[start].isspace():
        start += 1
    end = cursor
    while end < len(text) and not text[end].isspace() and text[end] != ",":
        end += 1
    kind, colon, typed = text[start:cursor].partition(":")
    kind, typed = kind.lower(), typed.strip('"').casefold()
    if not colon:
        offers = describe_actions()
    elif kind == "tag":
        known = {*context.tags, *(tag for feed in context.feeds for tag in feed.tags)}
        offers = dict.fromkeys(
            (write_action(Action("tag", tag)) for tag in sorted(known, key=str.casefold)), "tag"
        )
    elif kind == "run":
        offers = {f"run:{hook}": "hook" for hook in hooks}
    elif kind == "score":
        offers = {"score:+5": _WITH_VALUE["score"], "score:-5": _WITH_VALUE["score"]}
    elif kind == "highlight":
        offers = {f"highlight:{colour}": "colour" for colour in COLOURS}
    else:
        offers = {}
    begun = f"{kind}:{typed}" if colon else kind
    return tuple(
        Completion(offer, start, end, meaning)
        for offer, meaning in offers.items()
        if offer.replace('"', "").casefold().startswith(begun)
    )


def _find_then(text: str, start: int) -> re.Match[str] | None:
    """Return the last `then` that has whole quotes behind it: others are words of the query."""
    found = [
        match
        for match in _THEN.finditer(text, start)
        if re.sub(r"\\.", "", text[match.end() :]).count('"') % 2 == 0
    ]
    return found[-1] if found else None


def _read_actions(text: str, start: int) -> tuple[Action, ...]:
    actions: list[Action] = []
    at = _skip_space(text, start)
    if at >= len(text):
        _fail(text, "what shall be done with them?", at, f"one of {', '.join(_PLAIN)}, tag: …")
    while True:
        action, at = _read_action(text, at)
        if action not in actions:
            actions.append(action)
        at = _skip_space(text, at)
        if at >= len(text):
            return tuple(actions)
        if text[at] == ",":
            at = _skip_space(text, at + 1)
            if at >= len(text):
                _fail(text, "an action is missing behind the comma", at)


def _read_action(text: str, at: int) -> tuple[Action, int]:
    match = _ACTION.match(text, at)
    if match is None:
        _fail(text, "an action is expected here", at, f"one of {', '.join(_PLAIN)}, tag: …")
    kind, end = match[0].lower(), match.end()
    if kind in _PLAIN:
        if text[end : end + 1] == ":":
            _fail(text, f"{kind} takes no value", end)
        return Action(kind), end  # type: ignore[arg-type]
    if kind not in _WITH_VALUE:
        near = _nearest(kind)
        hint = f"did you mean {near}?" if near else "one of " + ", ".join(describe_actions())
        _fail(text, f"unknown action '{match[0]}'", at, hint)
    example = f"such as {_EXAMPLES[kind]}"
    value = _VALUE.match(text, end + 1) if text[end : end + 1] == ":" else None
    if value is None:
        _fail(text, f"{kind}: needs a value", end, example)
    written = value[0]
    if written.startswith('"'):
        written = re.sub(r"\\(.)", r"\1", written[1:-1])
    written = clean_line(written)
    match kind:
        case "score":
            if not _NUMBER.fullmatch(written) or abs(int(written)) > MAX_SCORE:
                _fail(text, f"score: needs a number up to {MAX_SCORE:,}", end + 1, example)
            written = f"{int(written):+}"
        case "highlight":
            written = written.lower()
            if written not in COLOURS:
                _fail(text, f"highlight: does not know '{written}'", end + 1, example)
        case "run":
            if not _NAME.fullmatch(written):
                hint = "the name of a [hooks.NAME] of the configuration"
                _fail(text, "run: needs the name of a hook", end + 1, hint)
        case "tag":
            if not written:
                _fail(text, "tag: needs a name", end + 1, example)
    return Action(kind, written), value.end()  # type: ignore[arg-type]


def _moved(error: QueryError, text: str, by: int) -> QueryError:
    """Return the error of a query as one of the rule that it stands in."""
    return QueryError(error.message, query=text, position=error.position + by, hint=error.hint)


def _skip_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    assert match
    return match.end()


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _nearest(word: str) -> str:
    # Only errors need it, and the import is slow.
    import difflib

    close = difflib.get_close_matches(word, [*_PLAIN, *_WITH_VALUE], n=1)
    aliases = {"hide": "mute", "ignore": "mute", "kill": "mute", "delete": "mute", "label": "tag",
               "colour": "highlight", "color": "highlight", "unread": "read", "exec": "run",
               "favourite": "star", "favorite": "star", "command": "run"}  # fmt: skip
    return aliases.get(word) or next(iter(close), "")


def _fail(text: str, message: str, position: int, hint: str = "") -> NoReturn:
    raise QueryError(message, query=text, position=min(position, len(text)), hint=hint)

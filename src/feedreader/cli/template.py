r"""`list --format`: a template whose fields are looked up in a flat record, and nothing else.

`{title}`, `{title:40}` (cut and padded to 40 cells, `{id:>6}` to the right),
`{published_at:%d %b %H:%M}` (local time), `{{` and `}}`, and `\t`, `\n`, `\\`. What feeds
say is only ever a value: it is never read as a template.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from feedreader.cli.output import cell
from feedreader.core.text import clean_line

_TOKEN = re.compile(r"(\{\{|\}\}|\\[tn\\]|\{[^{}]*\}|[{}])")
_LITERALS = {"{{": "{", "}}": "}", "\\t": "\t", "\\n": "\n", "\\\\": "\\"}
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_FIELD = re.compile(r"\{(\w+)(?::(?:(>?)(\d{1,4})|(%.*)))?\}", re.DOTALL)

Part = Callable[[Mapping[str, object]], str]


class TemplateError(ValueError):
    """A template cannot be used; the message says why."""


def compile_template(template: str, names: Sequence[str]) -> Callable[[Mapping[str, object]], str]:
    """Return what writes a record; raises `TemplateError` for a field not in `names`."""
    parts = [_compile_part(token, names) for token in _TOKEN.split(template) if token]
    return lambda record: "".join(part(record) for part in parts)


def _compile_part(token: str, names: Sequence[str]) -> Part:
    if token in _LITERALS:
        literal = _LITERALS[token]
        return lambda _: literal
    if token[0] not in "{}":
        return lambda _: token
    field = _FIELD.fullmatch(token)
    if field is None:
        raise TemplateError(f"{token} is no field: write {{title}}, {{title:40}} or {{{{")
    name, right, width, pattern = field.groups()
    if name not in names:
        raise TemplateError(f"there is no field {name!r}; fields are: {', '.join(names)}")
    if pattern and not name.endswith("_at"):
        raise TemplateError(f"{name} is no time: {pattern} does not fit it")
    if pattern and _LONE_SURROGATE.search(pattern):
        raise TemplateError(f"{pattern} is not UTF-8")

    def write(record: Mapping[str, object]) -> str:
        text = _written(record[name], pattern or "")
        return cell(text, int(width), right=bool(right)) if width else text

    return write


def _written(value: object, pattern: str) -> str:
    if isinstance(value, str) and pattern:
        value = datetime.fromisoformat(value).astimezone().strftime(pattern)
    return flat(value)


def flat(value: object) -> str:
    """Return a value of a record as one clean line: lists by commas, media by their address."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case list():
            return ", ".join(map(flat, value))
        case dict():
            return flat(value.get("url"))
        case _:
            return clean_line(str(value))


def spreadsheet_safe(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula (OWASP, "CSV injection")."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text

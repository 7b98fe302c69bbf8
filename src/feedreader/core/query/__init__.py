"""The one query language: text -> tree -> SQL.

The same text serves search bar, saved searches, rules, `list`, `mark` and export;
docs/query.md is its manual.

    query = parse("is:unread kernel -intitle:sponsored newer:3d")
    sql = compile_sql(query, context)
"""

from feedreader.core.query.complete import Completion, complete
from feedreader.core.query.fields import FieldDoc, ValueDoc, describe_fields
from feedreader.core.query.parse import parse
from feedreader.core.query.patterns import compile_regex, regexp
from feedreader.core.query.resolve import Context, FeedName
from feedreader.core.query.sql import CompiledQuery, compile_sql
from feedreader.core.query.tree import Query, Sort
from feedreader.core.query.unparse import point_at, to_text

__all__ = [
    "CompiledQuery",
    "Completion",
    "Context",
    "FeedName",
    "FieldDoc",
    "Query",
    "Sort",
    "ValueDoc",
    "compile_regex",
    "compile_sql",
    "complete",
    "describe_fields",
    "parse",
    "point_at",
    "regexp",
    "to_text",
]

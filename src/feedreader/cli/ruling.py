"""`rules`: what is done with new entries, tried out before, taken back after."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from feedreader.cli.groups import Group
from feedreader.cli.moments import rfc3339
from feedreader.cli.output import cell, plural
from feedreader.cli.session import QUERY_SETTINGS, Session, is_interactive, pass_session

if TYPE_CHECKING:
    from feedreader.model import Change, Rule

_TITLES = 20


@click.group("rules", cls=Group, context_settings=QUERY_SETTINGS)
def rules() -> None:
    """Say what is done with new entries.

    A rule is a line: `when QUERY then ACTION, ...`. The query is one as `feedreader list`
    takes it; the actions are mute, read, star, later, notify, tag:NAME, run:HOOK,
    score:+5 and highlight:COLOUR. Rules act on each entry once, in their order, when it
    is stored; what one has muted the following do not see. docs/rules.md tells all.

    \b
    Examples:
      feedreader rules add 'when intitle:sponsored then mute'
      feedreader rules preview 'when feed:lwn words:>2000 then later, tag:long'
      feedreader rules list
      feedreader rules apply 3
      feedreader rules undo 3
    """


@rules.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@pass_session
def list_rules(session: Session, as_json: bool) -> None:
    """List the rules in their order, and on how many entries each acted."""
    out = session.out
    with session.open_reader() as reader:
        found = reader.rules.all()
    for rule in found:
        if as_json:
            out.json(_record(rule))
        elif out.is_terminal:
            _tell(session, rule)
        else:
            state = "on" if rule.is_active else "off"
            out.fields((str(rule.number), state, str(rule.hit_count), rule.name, rule.text))
        if rule.error and out.is_terminal and not as_json:
            out.line("       ", (f"cannot be applied: {rule.error}", "bad"))


@rules.command("add", context_settings=QUERY_SETTINGS)
@click.argument("rule", nargs=-1, required=True, type=click.UNPROCESSED)
@click.option("--name", default="", help="What to call it; otherwise it is called what it says.")
@click.option("--apply", "is_applied", is_flag=True, help="Apply it to what is here already, too.")
@pass_session
def add(session: Session, rule: tuple[str, ...], name: str, is_applied: bool) -> None:
    """Add a rule, behind the others."""
    with session.open_reader() as reader:
        added = reader.rules.add(" ".join(rule), name=name)
        change = reader.rules.apply(added.number) if is_applied else None
    _tell(session, added)
    if change is not None:
        _tell_change(session, change, "acted on")


@rules.command("edit", context_settings=QUERY_SETTINGS)
@click.argument("number", type=int)
@click.argument("rule", nargs=-1, type=click.UNPROCESSED)
@click.option("--name", help="What to call it.")
@click.option(
    "--again", is_flag=True, help="Take back what it did, and apply it to what is here anew."
)
@pass_session
def edit(
    session: Session, number: int, rule: tuple[str, ...], name: str | None, again: bool
) -> None:
    """Let a rule say something else.

    What it did before stays as it is unless --again is given.
    """
    text = " ".join(rule)
    if not text and name is None:
        raise click.UsageError("what is to change? give the rule's new text, or --name")
    with session.open_reader() as reader:
        if again:
            reader.rules.check(text or reader.rules.rule(number).text)
            reader.rules.take_back(number)
        changed = reader.rules.change(number, text=text or None, name=name)
        change = reader.rules.apply(number) if again else None
    _tell(session, changed)
    if change is not None:
        _tell_change(session, change, "acted on")


@rules.command("remove")
@click.argument("number", type=int)
@click.option(
    "--undo/--keep",
    "takes_back",
    default=None,
    help="Take back what it did, or let it stay; without either you are asked.",
)
@pass_session
def remove(session: Session, number: int, takes_back: bool | None) -> None:
    """Remove a rule.

    What it did can be taken back with it. If it stays, muted entries still name the rule.
    Where nobody can be asked, it stays.
    """
    with session.open_reader() as reader:
        rule = reader.rules.rule(number)
        if takes_back is None and rule.hit_count and is_interactive():
            words = plural(rule.hit_count, "entry", "entries")
            takes_back = click.confirm(f"Take back what it did to {words}?", err=True)
        change = reader.rules.remove(number, takes_back=bool(takes_back))
    session.out.line(f"rule {number} removed")
    if takes_back:
        _tell_change(session, change, "taken back for")


@rules.command("preview", context_settings=QUERY_SETTINGS)
@click.argument("rule", nargs=-1, required=True, type=click.UNPROCESSED)
@click.option(
    "--days", metavar="N", type=click.IntRange(1, 36_500), default=90, show_default=True,
    help="Look back so far.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@pass_session
def preview(session: Session, rule: tuple[str, ...], days: int, as_json: bool) -> None:
    """Show what a rule would have done to the entries of the last days.

    RULE is the text of a rule, or the number of one. Nothing is changed.
    """
    out = session.out
    text = " ".join(rule)
    with session.open_reader() as reader:
        if text.isdecimal():
            text = reader.rules.rule(int(text)).text
        read = reader.rules.check(text)
        found = reader.rules.preview(text, days=days)
        total = reader.rules.count(text)
        titles = list(reader.summaries(found.entry_ids[:_TITLES]))
    if as_json:
        out.json(
            {
                "count": found.count,
                "of": found.of_count,
                "days": days,
                "in_all": total,
                "ids": list(found.entry_ids),
            }
        )
        return
    from feedreader.core.rules import in_words

    words = plural(found.of_count, "entry", "entries")
    period = "day" if days == 1 else f"{days} days"
    out.line(f"would have {in_words(read)} {found.count:,} of {words} of the last {period}")
    out.line((f"and {total:,} of all there are", "dim"))
    for entry in titles:
        out.line("  ", (cell(entry.feed_title, 20), "feed"), " ", entry.title or entry.summary)
    if found.count > len(titles):
        out.line((f"  and {found.count - len(titles):,} more", "dim"))


@rules.command("apply")
@click.argument("number", type=int)
@pass_session
def apply(session: Session, number: int) -> None:
    """Apply a rule to the entries that are here already.

    Entries that it acted on before are left alone; nobody is notified of old ones.
    """
    with session.open_reader() as reader:
        change = reader.rules.apply(number)
    _tell_change(session, change, "acted on")


@rules.command("undo")
@click.argument("number", type=int)
@click.argument("ids", nargs=-1, type=int)
@pass_session
def undo(session: Session, number: int, ids: tuple[int, ...]) -> None:
    """Take back all that a rule did, or what it did to the entries of some IDS."""
    with session.open_reader() as reader:
        reader.rules.rule(number)
        change = reader.rules.take_back(number, ids or None)
    _tell_change(session, change, "taken back for")


@rules.command("move")
@click.argument("number", type=int)
@click.argument("place", type=click.IntRange(min=1))
@pass_session
def move(session: Session, number: int, place: int) -> None:
    """Put a rule at a place of the order: 1 is the first."""
    with session.open_reader() as reader:
        reader.rules.move(number, place)


@rules.command("on")
@click.argument("number", type=int)
@pass_session
def switch_on(session: Session, number: int) -> None:
    """Apply a rule to what comes from now on."""
    with session.open_reader() as reader:
        reader.rules.switch(number, True)


@rules.command("off")
@click.argument("number", type=int)
@pass_session
def switch_off(session: Session, number: int) -> None:
    """Apply a rule no longer; what it did stays."""
    with session.open_reader() as reader:
        reader.rules.switch(number, False)


def _record(rule: Rule) -> dict[str, object]:
    return {
        "number": rule.number,
        "name": rule.name or None,
        "text": rule.text,
        "active": rule.is_active,
        "hits": rule.hit_count,
        "last_hit_at": rfc3339(rule.last_hit_at),
        "created_at": rfc3339(rule.created_at),
        "error": rule.error or None,
    }


def _tell(session: Session, rule: Rule) -> None:
    name = f"{rule.name}: " if rule.name else ""
    session.out.line(
        (f"{rule.number:>3}", "key"),
        "  " if rule.is_active else " -",
        (f"{rule.hit_count:>7,}", "dim"),
        "  ",
        (name, "title"),
        rule.text,
        ("" if rule.is_active else "  (off)", "dim"),
    )


def _tell_change(session: Session, change: Change, words: str) -> None:
    session.out.line(f"{words} {plural(change.count, 'entry', 'entries')}")

"""`edition`: finite papers of what is unread: defined, made, read and exported."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from feedreader.cli.exchanging import dash_is_stdout, hand_over
from feedreader.cli.groups import Group
from feedreader.cli.moments import rfc3339
from feedreader.cli.output import Output, cells, note, plural
from feedreader.cli.session import Session, pass_session
from feedreader.errors import NotFound
from feedreader.model import Edition, EditionEntry, EditionPlan, EditionSection

if TYPE_CHECKING:
    from feedreader.core.paper import Paper
    from feedreader.editions import Made
    from feedreader.reader import Reader

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_FORMATS = ("epub", "html", "markdown", "eml")
_DEFAULT_SECTIONS = {
    "weekly": EditionSection("This week", "newer:10d", most=30),
    "by_hand": EditionSection("Unread", "", most=30),
}
_DEFAULT_SECTION = EditionSection("Today", "newer:3d", most=30)
_MOST_EXPORTED = 500


@click.group("edition", cls=Group)
def edition() -> None:
    """Make finite papers and read them to the end.

    A paper has sections, each with a query; so many stories of each feed, so many in all. It
    is made once a day from what is unread and has not been in one of its papers before. What
    nobody read of it when the next is made stays unread, counts as read, or stands in the
    next, as you say.

    \b
    Examples:
      feedreader edition define Morning --section World 'folder:News newer:2d' \\
          --section Tech 'folder:Technology newer:2d' --per-feed 2 --most 20 --at 06:30
      feedreader edition make Morning
      feedreader edition read
      feedreader edition export Morning -o morning.epub
    """


# --- plans ----------------------------------------------------------------------------------


def _read_time(_: click.Context, __: click.Parameter, text: str | None) -> int | None:
    if text is None:
        return None
    try:
        moment = datetime.strptime(text, "%H:%M")  # noqa: DTZ007 - a time of every day
    except ValueError:
        raise click.BadParameter("a time is written like 06:30") from None
    return moment.hour * 60 + moment.minute


@edition.command("define")
@click.argument("name")
@click.option(
    "--section",
    "sections",
    nargs=2,
    multiple=True,
    metavar="TITLE QUERY",
    help="A section; as often as there are sections. All that are given replace all before.",
)
@click.option("--per-section", type=click.IntRange(1), metavar="N", help="Stories of each section.")
@click.option(
    "--per-feed", type=click.IntRange(1), metavar="N", help="Stories of one feed in a section."
)
@click.option("--most", metavar="N|all", help="Stories in all; 30 at first.")
@click.option("--minutes", metavar="N|all", help="Minutes of reading in all.")
@click.option(
    "--when",
    metavar="WHEN",
    help="daily, weekdays, the name of a day, or by-hand.",
)
@click.option("--at", metavar="HH:MM", callback=_read_time, help="When it is made; 07:00 at first.")
@click.option(
    "--leftovers",
    type=click.Choice(["keep", "read", "carry"]),
    help="What nobody read stays unread, counts as read, or comes again, once.",
)
@pass_session
def define(
    session: Session,
    name: str,
    sections: tuple[tuple[str, str], ...],
    per_section: int | None,
    per_feed: int | None,
    most: str | None,
    minutes: str | None,
    when: str | None,
    at: int | None,
    leftovers: str | None,
) -> None:
    """Say how an edition is made, or change that.

    What an option does not name stays as it was. Without sections there is one of all that is
    unread of the last days. Queries may have an order of their own: `sort:-score`.

    \b
    Examples:
      feedreader edition define Morning
      feedreader edition define Weekend --when saturday --minutes 90 \\
          --section 'Long reads' 'words:>1500 newer:10d' --section Rest 'newer:10d'
      feedreader edition define Morning --leftovers carry --most 12
    """
    with session.open_reader() as reader:
        try:
            plan = reader.editions.plan(name)
        except NotFound:
            plan = EditionPlan(name)
        if when is not None:
            plan = _scheduled(plan, when)
        if sections:
            plan = replace(plan, sections=tuple(EditionSection(*one) for one in sections))
        elif not plan.sections:
            first = _DEFAULT_SECTIONS.get(plan.schedule, _DEFAULT_SECTION)
            plan = replace(plan, sections=(first,))
        if per_section is not None:
            plan = replace(
                plan, sections=tuple(replace(one, most=per_section) for one in plan.sections)
            )
        if per_feed is not None:
            plan = replace(
                plan, sections=tuple(replace(one, per_feed=per_feed) for one in plan.sections)
            )
        if most is not None:
            plan = replace(plan, most_entries=_limit("--most", most))
        if minutes is not None:
            plan = replace(plan, most_minutes=_limit("--minutes", minutes))
        if at is not None:
            plan = replace(plan, at_minute=at)
        if leftovers is not None:
            plan = replace(plan, leftovers=leftovers)  # type: ignore[arg-type]
        _define(reader, plan)
        count = len(reader.editions.sketch(plan))
        _write_plan(session.out, plan)
        session.out.line(f"It would have {plural(count, 'story', 'stories')} now.")


def _define(reader: Reader, plan: EditionPlan) -> None:
    try:
        reader.editions.define(plan)
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def _scheduled(plan: EditionPlan, when: str) -> EditionPlan:
    word = when.lower().replace("-", "_")
    if word in ("daily", "weekdays", "by_hand"):
        return replace(plan, schedule=word)  # type: ignore[arg-type]
    if word in _WEEKDAYS:
        return replace(plan, schedule="weekly", weekday=_WEEKDAYS.index(word))
    raise click.BadParameter(
        "it is daily, weekdays, the name of a day such as saturday, or by-hand",
        param_hint="--when",
    )


def _limit(option: str, text: str) -> int | None:
    if text == "all":
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and int(text)):
        raise click.BadParameter('it is a number from 1, or "all"', param_hint=option)
    return int(text)


@edition.command("section")
@click.argument("name")
@click.argument("title")
@click.argument("query", required=False)
@click.option("--most", type=click.IntRange(1), metavar="N", help="Stories of this section.")
@click.option("--per-feed", type=click.IntRange(1), metavar="N", help="Of one feed in it.")
@click.option("--remove", "is_removed", is_flag=True, help="Take it out.")
@pass_session
def section(
    session: Session,
    name: str,
    title: str,
    query: str | None,
    most: int | None,
    per_feed: int | None,
    is_removed: bool,
) -> None:
    """Add a section to an edition, change one, or take it out.

    \b
    Examples:
      feedreader edition section Morning Comics 'feed:xkcd' --most 1
      feedreader edition section Morning World --per-feed 1
      feedreader edition section Morning Comics --remove
    """
    with session.open_reader() as reader:
        plan = reader.editions.plan(name)
        sections = {one.title: one for one in plan.sections}
        if title not in sections and (query is None or is_removed):
            raise NotFound(f"{name!r} has no section {title!r}")
        one = sections.get(title, EditionSection(title, ""))
        one = replace(
            one,
            query=one.query if query is None else query,
            most=most or one.most,
            per_feed=per_feed or one.per_feed,
        )
        sections[title] = one
        if is_removed:
            del sections[title]
        plan = replace(plan, sections=tuple(sections.values()))
        _define(reader, plan)
        _write_plan(session.out, plan)


@edition.command("plans")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@pass_session
def list_plans(session: Session, as_json: bool) -> None:
    """Say how each edition is made, and when the next is due."""
    with session.open_reader() as reader:
        for plan in reader.editions.plans():
            if as_json:
                session.out.json(_plan_record(plan, reader.editions.next_due(plan)))
            else:
                _write_plan(session.out, plan)


def _plan_record(plan: EditionPlan, next_due: datetime | None) -> dict[str, object]:
    return {
        "name": plan.name,
        "sections": [
            {"title": one.title, "query": one.query, "most": one.most, "per_feed": one.per_feed}
            for one in plan.sections
        ],
        "most_entries": plan.most_entries,
        "most_minutes": plan.most_minutes,
        "schedule": plan.schedule,
        "weekday": _WEEKDAYS[plan.weekday] if plan.schedule == "weekly" else None,
        "at": f"{plan.at_minute // 60:02}:{plan.at_minute % 60:02}",
        "leftovers": plan.leftovers,
        "next_due_at": rfc3339(next_due),
    }


def _write_plan(out: Output, plan: EditionPlan) -> None:
    from feedreader.core.edition import schedule_in_words

    limits = [f"{plan.most_entries} stories"] if plan.most_entries else []
    limits += [f"{plan.most_minutes} minutes"] if plan.most_minutes else []
    after = {"keep": "stay unread", "read": "count as read", "carry": "come again, once"}
    out.line(
        (plan.name, "title"),
        f"  {schedule_in_words(plan)}, at most {' and '.join(limits) or 'what the sections take'};"
        f" leftovers {after[plan.leftovers]}",
    )
    width = max((cells(one.title) for one in plan.sections), default=0)
    for one in plan.sections:
        out.line(
            "  ", (one.title, "key"), " " * (width - cells(one.title) + 2),
            one.query or "(everything)",
            (f"  {one.most} stories, {one.per_feed} a feed", "dim"),
        )  # fmt: skip


@edition.command("remove")
@click.argument("name")
@pass_session
def remove(session: Session, name: str) -> None:
    """Forget an edition and its papers; the stories stay in their feeds."""
    with session.open_reader() as reader:
        reader.editions.remove(name)


# --- making ---------------------------------------------------------------------------------


@edition.command("make")
@click.argument("name", required=False)
@click.option("--again", is_flag=True, help="Make today's anew, from what is unread now.")
@click.option("--dry-run", is_flag=True, help="List what it would hold, and make nothing.")
@click.option("--quiet", is_flag=True, help="Say nothing of what was made.")
@pass_session
def make(session: Session, name: str | None, again: bool, dry_run: bool, quiet: bool) -> int:
    """Make today's paper, or all whose time has come.

    A second time on a day changes nothing. `feedreader refresh` and the open reader make the
    papers that are due, so cron is needed only for other times.

    \b
    Examples:
      feedreader edition make Morning
      feedreader edition make Morning --dry-run
      feedreader edition make --quiet      # in a crontab
    """
    out = session.out
    with session.open_reader() as reader:
        if name is None:
            if again or dry_run:
                raise click.UsageError("which edition? give its name")
            return tell_made(out, reader.editions.make_due(), is_quiet=quiet)
        if dry_run:
            _write_entries(out, reader, reader.editions.sketch(reader.editions.plan(name)))
            return 0
        made = reader.editions.make(name, again=again)
        if made.edition is None:
            if not quiet:
                note(f"feedreader: there is nothing to put into {name!r}")
            return 0
        return tell_made(out, [made], is_quiet=quiet)


def tell_made(out: Output, made: list[Made] | tuple[Made, ...], *, is_quiet: bool) -> int:
    """Say which papers were made; return the exit code: 1 if one could not be."""
    from feedreader.core.paper import amount_in_words

    for one in made:
        if one.error:
            note(f"feedreader: the edition {one.name!r} cannot be made: {one.error}")
        elif one.edition is not None and not is_quiet:
            paper = one.edition
            words = amount_in_words(paper.entry_count, paper.minutes)
            kept = "" if one.is_new else " (made before)"
            read = f"; {one.leftovers_read} leftovers count as read" if one.leftovers_read else ""
            out.line((paper.name, "title"), f" of {paper.day}: {words}{kept}{read}")
    return int(any(one.error for one in made))


# --- reading --------------------------------------------------------------------------------


@edition.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@pass_session
def list_editions(session: Session, as_json: bool) -> None:
    """List the papers that were made, newest first, and how far they are read."""
    out = session.out
    with session.open_reader() as reader:
        papers = reader.editions.all()
        width = max((cells(one.name) for one in papers), default=0)
        for one in papers:
            if as_json:
                out.json(_edition_record(one))
            elif out.is_terminal:
                out.line(
                    (f"{one.day:%a} {one.day}", "dim"), "  ",
                    (one.name, "" if one.is_done else "title"),
                    " " * (width - cells(one.name) + 2),
                    *_progress(one),
                )  # fmt: skip
            else:
                out.fields((one.name, str(one.day), str(one.entry_count), str(one.unread_count)))


def _progress(paper: Edition) -> list[str | tuple[str, str]]:
    read = paper.entry_count - paper.unread_count
    full = 10 * read // paper.entry_count if paper.entry_count else 10
    left = f"{paper.minutes_left} min left" if paper.unread_count else "done"
    return [
        ("█" * full, "good"), ("░" * (10 - full), "dim"),
        f"  {read}/{paper.entry_count}", (f"  {left}", "dim"),
    ]  # fmt: skip


def _edition_record(one: Edition) -> dict[str, object]:
    return {
        "id": one.id,
        "name": one.name,
        "day": one.day.isoformat(),
        "made_at": rfc3339(one.made_at),
        "entries": one.entry_count,
        "unread": one.unread_count,
        "minutes": one.minutes,
        "minutes_left": one.minutes_left,
    }


@edition.command("show")
@click.argument("which", metavar="[NAME] [DATE]", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each story.")
@pass_session
def show(session: Session, which: tuple[str, ...], as_json: bool) -> None:
    """List what stands in a paper: the newest of a name, of a day, or of all.

    \b
    Examples:
      feedreader edition show
      feedreader edition show Morning
      feedreader edition show Morning 2026-11-24 --json
    """
    out = session.out
    with session.open_reader() as reader:
        paper = _find(reader, which)
        entries = reader.editions.entries(paper.id)
        if as_json:
            for one in entries:
                out.json({"entry_id": one.entry_id, "section": one.section})
            return
        out.line((paper.name, "title"), f"  {paper.day:%A} {paper.day}  ", *_progress(paper))
        _write_entries(out, reader, entries)


def _write_entries(out: Output, reader: Reader, entries: tuple[EditionEntry, ...]) -> None:
    from feedreader.cli.plain import write_table

    for title in dict.fromkeys(one.section for one in entries):
        ids = [one.entry_id for one in entries if one.section == title]
        out.line((title, "heading"))
        write_table(out, reader.summaries(ids), id_width=len(str(max(ids))))


def _find(reader: Reader, which: tuple[str, ...]) -> Edition:
    if len(which) > 2:
        raise click.UsageError("a paper has a name and a day: put names of several words in quotes")
    return reader.editions.find(which)


@edition.command("read")
@click.argument("which", metavar="[NAME] [DATE]", nargs=-1)
@pass_session
def read(session: Session, which: tuple[str, ...]) -> None:
    """Open the reader on a paper, the newest unless you say which."""
    from feedreader.cli.starting import has_screen, open_screen

    with session.open_reader() as reader:
        paper = _find(reader, which)
        if not has_screen():
            _write_entries(session.out, reader, reader.editions.entries(paper.id))
            return
        is_latest = paper in reader.editions.latest()
    day = "" if is_latest else f"@{paper.day}"
    open_screen(session, node=f"edition:{paper.name}{day}")


# --- exporting ------------------------------------------------------------------------------


@edition.command("export")
@click.argument("which", metavar="[NAME] [DATE]", nargs=-1)
@click.option("--query", metavar="QUERY", help="Export what a query selects instead of a paper.")
@click.option("--title", metavar="TEXT", help="What it is called.")
@click.option("--format", "form", type=click.Choice(_FORMATS), help="Else as the file's name ends.")
@click.option(
    "-o", "--output", "target", type=click.Path(dir_okay=False, path_type=Path),
    callback=dash_is_stdout, help="The file; else standard output.",
)  # fmt: skip
@click.option(
    "--limit", type=click.IntRange(1, 20_000), default=_MOST_EXPORTED, metavar="N",
    help=f"Stories of a query, {_MOST_EXPORTED} unless told.",
)  # fmt: skip
@click.option("--to", "recipient", default="", metavar="ADDRESS", help="Of a mail.")
@click.option("--from", "sender", default="", metavar="ADDRESS", help="Of a mail.")
@pass_session
def export(
    session: Session,
    which: tuple[str, ...],
    query: str | None,
    title: str | None,
    form: str | None,
    target: Path | None,
    limit: int,
    recipient: str,
    sender: str,
) -> None:
    """Write a paper with its whole stories, for an e-reader, a browser, print or mail.

    EPUB 3, one HTML page, Markdown, or a mail (eml) that `sendmail -t` takes. None of them
    loads anything: pictures become links.

    \b
    Examples:
      feedreader edition export Morning -o morning.epub
      feedreader edition export --query 'is:later' --title 'To read' -o later.epub
      feedreader edition export Morning --format markdown | less
      feedreader edition export Morning --format eml --to me@example.org | sendmail -t
    """
    from feedreader.core.paper_file import ENDINGS

    form = form or {**ENDINGS, ".eml": "eml"}.get(target.suffix.lower() if target else ".md", "")
    if not form:
        raise click.UsageError(f"--format is needed: {', '.join(_FORMATS)}")
    if form == "epub" and target is None and sys.stdout.isatty():
        raise click.UsageError("a book is nothing for a terminal: -o names a file")
    if form == "eml" and not recipient:
        raise click.UsageError("a mail needs --to")
    if query is not None and which:
        raise click.UsageError("--query goes without the name of a paper")
    with session.open_reader() as reader:
        if query is not None:
            paper = reader.editions.paper_of(title or query or "Stories", query, limit=limit)
        else:
            paper = reader.editions.paper(_find(reader, which))
            paper = replace(paper, title=title or paper.title)
        count = sum(1 for _ in paper.entries)
        if not count:
            raise NotFound("there are no stories to export")
        data = _written(paper, reader, form, sender=sender, recipient=recipient)
    hand_over(session.out, target, data, plural(count, "story", "stories"))


def _written(paper: Paper, reader: Reader, form: str, *, sender: str, recipient: str) -> bytes:
    from feedreader.core.paper import to_mail
    from feedreader.core.paper_file import to_file

    if form != "eml":
        return to_file(paper, reader.entry, form)
    try:
        return to_mail(paper, reader.entry, sender=sender, recipient=recipient)
    except ValueError as error:
        raise click.UsageError(str(error)) from None

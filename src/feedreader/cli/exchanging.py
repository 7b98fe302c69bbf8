"""`import` and `export`: subscription lists, OPML and Newsboat's."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from feedreader.cli.output import Output, plural
from feedreader.cli.session import Session, folder_path, pass_session
from feedreader.files import read_list, write_file

if TYPE_CHECKING:
    from feedreader.model import ImportReport
    from feedreader.reader import Reader


def dash_is_stdout(_: click.Context, __: click.Parameter, target: Path | None) -> Path | None:
    """Let "-" mean standard output, as no file does."""
    return None if target == Path("-") else target


@click.command("import")
@click.argument("source", metavar="[FILE|URL|-]", required=False)
@click.option("--folder", metavar="A/B", default="", help="Put all of it into this folder.")
@click.option(
    "--allow-commands",
    is_flag=True,
    help="Take exec: and filter: lines of a Newsboat file too; they will run.",
)
@click.option(
    "--newsboat-cache",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Take over what Newsboat's cache.db says is read.",
)
@click.option(
    "--newsboat-config",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Take over kill rules, highlights and filters of Newsboat's config as rules.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was taken as JSON.")
@pass_session
def import_list(
    session: Session,
    source: str | None,
    folder: str,
    allow_commands: bool,
    newsboat_cache: Path | None,
    newsboat_config: Path | None,
    as_json: bool,
) -> None:
    """Take in a subscription list.

    OPML as programs write it, or the `urls` file of Newsboat, from a file, a web address or
    standard input ("-"). A second time changes nothing. Nothing is fetched: that is what
    `feedreader refresh` does.

    Read state is taken over for entries that are here: import the list, refresh, and then
    import the cache.

    \b
    Examples:
      feedreader import subscriptions.opml
      feedreader import https://example.org/blogroll.opml --folder Blogroll
      feedreader import ~/.newsboat/urls --allow-commands
      feedreader import --newsboat-config ~/.newsboat/config
      feedreader import --newsboat-cache ~/.newsboat/cache.db
    """
    if source is None and newsboat_cache is None and newsboat_config is None:
        raise click.UsageError("which list? give a file, a URL or -")
    with session.open_online_reader() as reader:
        if source is not None:
            report = reader.import_list(
                _read(reader, source), folder=folder_path(folder), allow_commands=allow_commands
            )
            _tell(session.out, report, as_json=as_json)
        if newsboat_config is not None:
            report = reader.import_newsboat_config(_read(reader, str(newsboat_config)))
            _tell(session.out, report, as_json=as_json, what="rule")
        if newsboat_cache is not None:
            report = reader.import_newsboat_cache(newsboat_cache)
            if as_json:
                session.out.json({"entries": len(report.known), "notes": list(report.notes)})
            else:
                words = plural(len(report.known), "entry", "entries")
                session.out.line(f"read state taken over for {words}")


@click.command("export")
@click.argument(
    "target",
    metavar="[FILE]",
    required=False,
    type=click.Path(dir_okay=False, path_type=Path),
    callback=dash_is_stdout,
)
@click.option("--with-secrets", is_flag=True, help="Include passwords and tokens.")
@click.option("--stories", metavar="QUERY", help="Write stories instead: all that a query selects.")
@click.option(
    "--as",
    "form",
    type=click.Choice(["epub", "html", "markdown", "json"]),
    help="With --stories: the format, unless the name of the file says it.",
)
@pass_session
def export_list(
    session: Session,
    target: Path | None,
    with_secrets: bool,
    stories: str | None,
    form: str | None,
) -> None:
    """Write subscriptions as OPML, or stories.

    All subscriptions, or with --stories what a query selects as a book, a page, Markdown or
    JSON. To FILE, or to standard output ("-"). Names, folders, tags, settings and saved searches
    come back with `feedreader import`.

    \b
    Examples:
      feedreader export subscriptions.opml
      feedreader export | ssh server feedreader import -
      feedreader export --stories 'is:starred sort:date' stars.epub
      feedreader export --stories 'tag:"to cite"' --as markdown > notes.md
    """
    if stories is not None:
        from feedreader.cli.story_export import export_stories

        export_stories(session, stories, target, form)
        return
    if form is not None:
        raise click.UsageError("--as goes with --stories")
    with session.open_online_reader() as reader:
        data = reader.export_list(with_secrets=with_secrets)
        count = sum(feed.kind != "pages" for feed in reader.subscriptions())
    hand_over(session.out, target, data, plural(count, "feed"))


def _read(reader: Reader, source: str) -> bytes:
    if source.lower().startswith(("http://", "https://")):
        return reader.fetch_list(source)
    return read_list(source, sys.stdin.buffer if source == "-" else None)


def hand_over(out: Output, target: Path | None, data: bytes, what: str) -> None:
    """Write to a file and say so, or without one to standard output."""
    if target is None:
        out.data(data)
        return
    write_file(target, data)
    if target.is_file():  # else it may be our own output
        out.line(f"{what} written to {target}")


def _tell(out: Output, report: ImportReport, *, as_json: bool, what: str = "feed") -> None:
    if as_json:
        out.json(
            {
                "added": list(report.added),
                "known": list(report.known),
                "skipped": [{"what": what, "why": why} for what, why in report.skipped],
                "folders": report.folders,
                "notes": list(report.notes),
            }
        )
        return
    words = [f"{plural(len(report.added), what)} added"]
    if report.known:
        words.append(f"{len(report.known):,} already there")
    if report.skipped:
        words.append(f"{len(report.skipped):,} skipped")
    out.line(", ".join(words))
    for item, why in report.skipped:
        out.line(("- ", "bad"), item or "(no address)", (f": {why}", "dim"))
    for remark in report.notes:
        out.line((f"  {remark}", "dim"))

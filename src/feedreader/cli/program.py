"""The program `feedreader`: its commands by name, its global options, its exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import click

from feedreader import __version__
from feedreader.cli.ending import DONE, FAILED, INTERRUPTED, USAGE, run_to_the_end
from feedreader.cli.output import Output, note, prepare_streams, wants_colour
from feedreader.cli.session import Session

_GLOBAL_OPTIONS = frozenset({"--db", "--config", "--color", "--verbose", "-v", "--version"})


class Place(NamedTuple):
    """Where a command is (module and function), and its help in one line.

    The line stands here so that `--help` imports no command.
    """

    module: str
    function: str
    help: str


COMMANDS: Mapping[str, Mapping[str, Place]] = {
    "Reading": {
        "list": Place("listing", "list_entries", "List entries: unread ones, or what you ask for."),
        "show": Place("story", "show", "Print whole stories."),
        "copies": Place("copies", "copies", "List the copies of a story in other feeds."),
        "open": Place("opening", "open_entries", "Open entries in the browser."),
        "mark": Place("marking", "mark", "Mark entries read, unread, starred and so on."),
        "tag": Place("marking", "tag", "Give entries tags, and take them away."),
        "searches": Place("searching", "searches", "Keep queries under names."),
        "edition": Place("editions", "edition", "Make finite papers and read them to the end."),
        "add-page": Place("adding", "add_page", "Make any web page a story to read later."),
    },
    "Feeds": {
        "add": Place("adding", "add", "Follow a feed, or find the feeds of a site."),
        "feeds": Place("feeds", "feeds", "List the feeds and how they fare."),
        "refresh": Place("refreshing", "refresh", "Fetch what is new in the feeds that are due."),
        "doctor": Place("doctoring", "doctor", "Say what is wrong with feeds, and put it right."),
        "remove": Place("feeds", "remove", "Stop following feeds."),
        "rename": Place("feeds", "rename", "Call a feed by a name of your own."),
        "move": Place("feeds", "move", "Put a feed into folders."),
        "set": Place("feed_settings", "set_feed", "See and change the settings of one feed."),
        "import": Place("exchanging", "import_list", "Take in a subscription list."),
        "export": Place("exchanging", "export_list", "Write subscriptions as OPML, or stories."),
    },
    "Upkeep": {
        "status": Place(
            "upkeep", "status", "Say how many are unread, failing, and when more come."
        ),
        "stats": Place("statistics", "stats", "Show what came and what you read of it."),
        "rules": Place("ruling", "rules", "Say what is done with new entries."),
        "hooks": Place("hooking", "hooks", "See and try whom rules tell of new stories."),
        "backup": Place("upkeep", "backup", "Write a checked copy of the database."),
        "check": Place("upkeep", "check", "Look for damage in the database."),
        "vacuum": Place("upkeep", "vacuum", "Give unused space back to the disk."),
        "config": Place("configuring", "config", "See, check and edit the configuration."),
        "start": Place("starting", "start", "Import a list if there is none, refresh, and read."),
        "demo": Place("starting", "demo", "Try the reader on a small web site of its own."),
        "serve": Place("serving", "serve", "Show the reader in a web browser."),
        "completion": Place("shell", "completion", "Print the completion script of a shell."),
        "manual": Place("shell", "manual", "Print the manual page."),
    },
}
HIDDEN = frozenset({"manual"})


class _Program(click.Group):
    """A group that imports a command's module when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for commands in COMMANDS.values() for name in commands if name not in HIDDEN]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        for commands in COMMANDS.values():
            if place := commands.get(cmd_name):
                module = import_module(f"feedreader.cli.{place.module}")
                command: click.Command = getattr(module, place.function)
                return command
        return None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(name, self.list_commands(ctx), n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise click.UsageError(f"there is no command {name!r}{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for section, commands in COMMANDS.items():
            with formatter.section(section):
                formatter.write_dl(
                    [(name, place.help) for name, place in commands.items() if name not in HIDDEN]
                )

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_paragraph()
        formatter.write_text("`feedreader COMMAND --help` has the options and examples of each.")


def _print_version(ctx: click.Context, _: click.Parameter, is_wanted: bool) -> None:
    if is_wanted:
        click.echo(f"feedreader {__version__}")
        ctx.exit()


@click.group(
    cls=_Program,
    name="feedreader",
    invoke_without_command=True,
    context_settings={"max_content_width": 100},
)
@click.option(
    "--db",
    "database",
    type=click.Path(dir_okay=False, readable=False, path_type=Path),
    help="The database, instead of FEEDREADER_DB or the usual place.",
)
@click.option(
    "--config",
    "config_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The configuration file, instead of FEEDREADER_CONFIG or the usual place.",
)
@click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    help="When to use colours; auto heeds NO_COLOR and FORCE_COLOR.",
)
@click.option("-v", "--verbose", count=True, help="Log to stderr; twice for details.")
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version,
    help="Show the version and exit.",
)  # fmt: skip
@click.pass_context
def program(
    ctx: click.Context,
    database: Path | None,
    config_file: Path | None,
    color: str,
    verbose: int,
) -> None:
    """Read RSS, Atom and JSON feeds in the terminal: full stories, no duplicates.

    Without a command the reader opens.
    """
    if verbose:
        from feedreader.cli.logs import start_log

        start_log(in_detail=verbose > 1)
    has_colour = wants_colour(color, sys.stdout, os.environ)
    ctx.color = has_colour
    ctx.obj = Session(
        database=database,
        config_file=config_file,
        out=Output(sys.stdout, has_colour=has_colour),
    )
    if ctx.invoked_subcommand is None:
        from feedreader.cli.starting import open_screen

        open_screen(ctx.obj)


def run(words: Sequence[str]) -> int:
    """Run the program with these arguments; return its exit code."""
    if "_FEEDREADER_COMPLETE" in os.environ:
        prepare_streams()
        program.main(list(words), prog_name="feedreader")
    return run_to_the_end(lambda: _invoke(list(words)))


def _invoke(words: list[str]) -> int:
    try:
        with program.make_context("feedreader", words) as ctx:
            result: Any = program.invoke(ctx)
            return result if isinstance(result, int) else DONE
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.UsageError as error:
        _explain_usage(error)
        return USAGE
    except click.ClickException as error:
        note(f"feedreader: {error.format_message()}")
        return FAILED
    except click.Abort:
        note("")
        return INTERRUPTED


def _explain_usage(error: click.UsageError) -> None:
    message = error.format_message()
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(message, err=True)
        return
    if isinstance(error, click.NoSuchOption) and error.option_name in _GLOBAL_OPTIONS:
        message = f"{error.option_name} goes before the command"
    # click puts choices on lines of their own, and calls a number by the name of its type.
    message = " ".join(message.split()).replace("a valid integer range", "a whole number")
    command = error.ctx.command_path if error.ctx else "feedreader"
    note(f"feedreader: {message}")
    note(f"`{command} --help` tells more.")

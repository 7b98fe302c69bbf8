"""The reference of all commands, written from the commands themselves: man page and Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import click

from feedreader import __version__
from feedreader.cli.program import COMMANDS, HIDDEN, program

EXIT_CODES = (
    (0, "Done. Single feeds that failed are part of the result."),
    (1, "Failed; the reason is on stderr. `check`, `config check` or `doctor` found something."),
    (2, "Wrong use, or a query that cannot be read."),
    (3, "Every feed that was asked failed."),
    (75, "Another refresh is running; `--wait` waits for it."),
    (129, "Stopped because the terminal was closed (SIGHUP); what was fetched is kept."),
    (130, "Stopped by Ctrl-C; what was fetched is kept."),
    (141, "Whoever read the output closed it, as `head` does."),
    (143, "Stopped by SIGTERM; what was fetched is kept."),
)
ENVIRONMENT = (
    ("FEEDREADER_DB", "The database."),
    ("FEEDREADER_CONFIG", "The configuration file."),
    ("FEEDREADER_PAGER, PAGER", "What shows long output; `cat` or nothing for none."),
    ("VISUAL, EDITOR", "What `config edit` opens."),
    ("BROWSER", "What `open` starts, unless the configuration names a browser."),
    ("NO_COLOR, FORCE_COLOR", "Never or always use colours; `--color` overrules both."),
    ("XDG_CONFIG_HOME, XDG_DATA_HOME, XDG_STATE_HOME", "Where files are kept."),
    ("HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY", "Proxies, unless the configuration has one."),
)


class Section(NamedTuple):
    """What the reference says of one command; `name` as it is typed."""

    name: str
    usage: str
    text: str
    options: tuple[tuple[str, str], ...]


def sections() -> Iterator[Section]:
    """Return the commands in the order of the help, each subcommand after its group."""
    root = program.make_context("feedreader", [], resilient_parsing=True)
    for commands in COMMANDS.values():
        for name in commands:
            if name not in HIDDEN:
                command = program.get_command(root, name)
                assert command is not None
                yield from _sections_of(command, click.Context(command, root, name))


def options_of(command: click.Command, ctx: click.Context) -> tuple[tuple[str, str], ...]:
    """Return (how it is typed, what it does) of each option, `--help` left out."""
    records = (
        param.get_help_record(ctx)
        for param in command.get_params(ctx)
        if isinstance(param, click.Option) and "--help" not in param.opts
    )
    return tuple(record for record in records if record is not None)


def write_markdown() -> str:
    """Return the commands' part of docs/cli.md."""
    parts = []
    for section in sections():
        parts += [f"### {section.name}", "", f"```\n{section.usage}\n```", ""]
        parts.append(_markdown_text(section.text))
        if section.options:
            parts += ["", "| Option | |", "| --- | --- |"]
            parts += [f"| `{typed}` | {_in_table(does)} |" for typed, does in section.options]
        parts.append("")
    return "\n".join(parts)


def write_manual() -> str:
    """Return the manual page in the macros of man(7)."""
    root = program.make_context("feedreader", [], resilient_parsing=True)
    lines = [
        f'.TH FEEDREADER 1 "" "feedreader {__version__}" "User Commands"',
        ".SH NAME",
        "feedreader \\- read RSS, Atom and JSON feeds in the terminal",
        ".SH SYNOPSIS",
        ".B feedreader",
        "[\\fIOPTIONS\\fR] [\\fICOMMAND\\fR [\\fIARGS\\fR]...]",
        ".SH DESCRIPTION",
        *_roff_text(_help_text(program)),
        ".SH OPTIONS",
        *_roff_options(options_of(program, root)),
        ".SH COMMANDS",
    ]
    for section in sections():
        lines += [f".SS {_roff(section.usage)}", *_roff_text(section.text)]
        lines += _roff_options(section.options)
    lines += [".SH EXIT STATUS"]
    for code, meaning in EXIT_CODES:
        lines += [".TP", f".B {code}", _roff(meaning.replace("`", ""))]
    lines += [".SH ENVIRONMENT"]
    for names, meaning in ENVIRONMENT:
        lines += [".TP", f".B {_roff(names)}", _roff(meaning.replace("`", ""))]
    lines += [
        ".SH FILES",
        *(".TP", ".I ~/.config/feedreader/config.toml", "The configuration."),
        *(".TP", ".I ~/.local/share/feedreader/feedreader.db", "The database; its backups beside."),
    ]
    return "\n".join(lines) + "\n"


def _sections_of(command: click.Command, ctx: click.Context) -> Iterator[Section]:
    usage = f"{ctx.command_path} {' '.join(command.collect_usage_pieces(ctx))}"
    name = ctx.command_path.removeprefix("feedreader ")
    yield Section(name, usage, _help_text(command), options_of(command, ctx))
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            yield from _sections_of(inner, click.Context(inner, ctx, inner.name))


def _help_text(command: click.Command) -> str:
    import inspect

    return inspect.cleandoc(command.help or "")


def _paragraphs(text: str) -> Iterator[tuple[bool, str]]:
    r"""Return (is preformatted, paragraph); "\b" marks the former, as in click."""
    for paragraph in re.split(r"\n\s*\n", text):
        is_kept = paragraph.lstrip("\n").startswith("\b")
        yield is_kept, paragraph.replace("\b\n", "").replace("\b", "").strip("\n")


def _markdown_text(text: str) -> str:
    parts = []
    for is_kept, paragraph in _paragraphs(text):
        if not is_kept:
            parts.append(paragraph)
            continue
        title, _, body = paragraph.partition("\n")
        if not body:
            parts.append(title)
        elif title.startswith(" ") or not title.endswith(":"):
            parts.append(paragraph)
        else:
            block = "\n".join(line.removeprefix("  ") for line in body.splitlines())
            parts.append(f"{title}\n\n```sh\n{block}\n```")
    return "\n\n".join(parts)


def _in_table(text: str) -> str:
    return text.replace("|", "\\|")


def _roff(text: str) -> str:
    """Escape what roff would act on."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    text = "".join(char if char.isascii() else f"\\[u{ord(char):04X}]" for char in text)
    return f"\\&{text}" if text.startswith((".", "'")) else text


def _roff_text(text: str) -> Iterator[str]:
    for is_kept, paragraph in _paragraphs(text):
        yield ".PP"
        if is_kept:
            yield from (".nf", *map(_roff, paragraph.splitlines()), ".fi")
        else:
            yield _roff(" ".join(paragraph.split()))


def _roff_options(options: tuple[tuple[str, str], ...]) -> Iterator[str]:
    for typed, does in options:
        yield from (".TP", f".B {_roff(typed)}", _roff(does))

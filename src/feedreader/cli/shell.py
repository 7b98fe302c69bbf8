"""`completion` and `manual`: what shells and man know of the program."""

from __future__ import annotations

import sys

import click

from feedreader.cli.session import Session, pass_session


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@pass_session
def completion(session: Session, shell: str) -> None:
    """Print the completion script of a shell.

    \b
    Examples:
      feedreader completion bash > ~/.local/share/bash-completion/completions/feedreader
      feedreader completion zsh > "${fpath[1]}/_feedreader"
      feedreader completion fish > ~/.config/fish/completions/feedreader.fish
    """
    from click.shell_completion import get_completion_class

    from feedreader.cli.program import program

    kind = get_completion_class(shell)
    assert kind is not None
    source = kind(program, {}, "feedreader", "_FEEDREADER_COMPLETE")
    # `source()` would ask the shell itself for its version, which need not be installed here.
    session.out.text(source.source_template % source.source_vars())


@click.command("manual")
@click.option("--markdown", is_flag=True, help="As the commands' part of docs/cli.md.")
def manual(markdown: bool) -> None:
    """Print the manual page.

    \b
    Examples:
      feedreader manual > feedreader.1
    """
    from feedreader.cli.manual import write_manual, write_markdown

    sys.stdout.write(write_markdown() if markdown else write_manual())

"""Commands of several words, such as `tag add`."""

from __future__ import annotations

import click

_WHOLE = 500
"""Letters of a help line: more than any has, so that none is cut."""


class Group(click.Group):
    """A group whose help has the help lines of its commands whole, as that of the program has."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(
                [
                    (name, self.commands[name].get_short_help_str(_WHOLE))
                    for name in self.list_commands(ctx)
                ]
            )

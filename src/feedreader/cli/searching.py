"""`searches`: queries under names."""

from __future__ import annotations

import click

from feedreader.cli.groups import Group
from feedreader.cli.output import cells
from feedreader.cli.session import QUERY_SETTINGS, Session, pass_session, query_argument
from feedreader.errors import NotFound


@click.group("searches", cls=Group)
def searches() -> None:
    """Keep queries under names.

    \b
    Examples:
      feedreader searches save kernel 'feed:lwn (kernel OR "device driver")'
      feedreader searches list
      feedreader searches remove kernel
    """


@searches.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@pass_session
def list_searches(session: Session, as_json: bool) -> None:
    """List the saved searches."""
    out = session.out
    with session.open_reader() as reader:
        saved = reader.saved_searches()
        width = max((cells(one.name) for one in saved), default=0)
        for one in saved:
            if as_json:
                out.json({"name": one.name, "query": one.query})
            elif out.is_terminal:
                out.line((one.name, "key"), " " * (width - cells(one.name) + 2), one.query)
            else:
                out.fields((one.name, one.query))


@searches.command("save", context_settings=QUERY_SETTINGS)
@click.argument("name")
@query_argument()
@pass_session
def save_search(session: Session, name: str, query: tuple[str, ...]) -> None:
    """Keep a query under a name; an earlier one of that name is replaced."""
    from feedreader.core.text import clean_line

    text = " ".join(query).strip()
    if not text:
        raise click.UsageError("which query is to be kept?")
    name = clean_line(name)
    if not name:
        raise click.UsageError("a search needs a name")
    with session.open_reader() as reader:
        reader.save_search(name, text)


@searches.command("remove")
@click.argument("name")
@pass_session
def remove_search(session: Session, name: str) -> None:
    """Forget a saved search."""
    with session.open_reader() as reader:
        # In capitals or not, as queries name it; one that is called exactly so goes first.
        called = [one.name for one in reader.saved_searches()]
        meant = [one for one in called if one.casefold() == name.casefold()]
        if not meant:
            raise NotFound(f"no search is called {name!r}")
        reader.remove_search(name if name in meant else meant[0])

"""The progress bar of a refresh; the only part of the command line that imports rich."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.text import Text

from feedreader.cli.output import plural
from feedreader.cli.polling import Tally
from feedreader.core.text import clean_line
from feedreader.model import PageOutcome, RefreshOutcome

_NAME_WIDTH = 24
_BAR_WIDTH, _WIDE = 40, 100


@contextmanager
def show_progress(
    total: int, tally: Tally, *, has_colour: bool
) -> Iterator[Callable[[RefreshOutcome | PageOutcome], None]]:
    """Show how far a refresh of `total` feeds is, on stderr; give what to call after each.

    What the bar says is read from the tally.
    """
    console = Console(stderr=True, no_color=not has_colour, highlight=False, markup=False)
    is_wide = console.width > _WIDE
    bar = Progress(
        SpinnerColumn(),
        BarColumn(bar_width=_BAR_WIDTH if is_wide else None),
        MofNCompleteColumn(),
        _Figures(tally),
        console=console,
        transient=True,
        expand=not is_wide,
    )
    with bar:
        feeds = bar.add_task("", total=total, name="")

        def advance(event: RefreshOutcome | PageOutcome) -> None:
            if isinstance(event, PageOutcome):
                bar.update(feeds, name=f"story {tally.pages}")
            else:
                bar.update(feeds, advance=1, name=event.title)

        yield advance


class _Figures(TextColumn):
    """New entries, feeds a second, failures, and who answered last."""

    def __init__(self, tally: Tally) -> None:
        super().__init__("")
        self._tally = tally

    def render(self, task: object) -> Text:
        from rich.progress import Task

        assert isinstance(task, Task)
        tally = self._tally
        figures = Text(f"{tally.new:,} new", style="bold" if tally.new else "")
        if task.elapsed and tally.asked:
            figures.append(f"  {len(tally.asked) / task.elapsed:.1f}/s", style="dim")
        if tally.failed:
            figures.append(f"  {len(tally.failed):,} failed", style="red")
        if tally.pages:
            figures.append(f"  {plural(tally.pages, 'story', 'stories')}", style="cyan")
        name = Text(clean_line(str(task.fields["name"])), style="dim")
        name.truncate(_NAME_WIDTH, overflow="ellipsis", pad=True)
        return figures.append("  ").append_text(name)

"""`stats`: what came, what was read of it and when, and what never is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from feedreader.cli.session import Session, one_feed, pass_session

if TYPE_CHECKING:
    from feedreader.cli.records import Record
    from feedreader.model.statistics import FeedFigures, Figures, Statistics


@click.command("stats")
@click.option(
    "--days", metavar="N", type=click.IntRange(1, 3660), default=30, show_default=True,
    help="So many, today among them.",
)  # fmt: skip
@click.option("--feed", "feed_text", metavar="FEED", help="Of one feed alone.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--no-pager", is_flag=True, help="Print straight to the terminal.")
@pass_session
def stats(
    session: Session, days: int, feed_text: str | None, as_json: bool, no_pager: bool
) -> None:
    """Show what came and what you read of it.

    Charts of each day, of the hours of the week and of the feeds; how long you read; the feeds
    of which you never read anything, with their ids; what has been unread the longest. Entries
    count as read when they are marked one by one, as reading them does; what is marked
    together counts as marked unopened. Time counts while a story is on the screen of the
    reader and a key was pressed within the last minutes.

    \b
    Examples:
      feedreader stats
      feedreader stats --days 365 --feed lwn
      feedreader stats --json | jq '.feeds[] | select(.read == 0) | .title'
    """
    out = session.out
    now = datetime.now(UTC)
    with session.open_reader() as reader:
        feed = one_feed(reader, feed_text) if feed_text is not None else None
        statistics = reader.statistics.over(days, None if feed is None else feed.id)
    if as_json:
        out.json(statistics_record(statistics))
        return
    from feedreader.core.document import to_ansi
    from feedreader.core.statistics_page import lay_out_statistics

    page = lay_out_statistics(
        statistics, width=out.width, now=now, of_feed="" if feed is None else feed.title
    )
    with out.paged(wanted=not no_pager):
        out.rendered(to_ansi(page))
        if statistics.never_read and feed is None:
            out.line("")
            ids = " ".join(str(one.feed_id) for one in statistics.never_read[:5])
            out.line(("To stop following what you never read:", "dim"))
            out.line((f"  feedreader remove {ids}", "key"))


def statistics_record(statistics: Statistics) -> Record:
    """Return what `stats --json` prints."""
    return {
        "first_day": statistics.first_day.isoformat(),
        "total": _figures_record(statistics.total),
        "days": [
            {
                "day": (statistics.first_day + timedelta(days=at)).isoformat(),
                **_figures_record(figures),
            }
            for at, figures in enumerate(statistics.days)
        ],
        "feeds": [_feed_record(one) for one in statistics.feeds],
        "hours": [list(hours) for hours in statistics.hours],
        "hours_count": "seconds" if statistics.is_timed else "entries",
        "streak_days": statistics.streak_days,
        "never_read": [one.feed_id for one in statistics.never_read],
        "longest_unread": [one.id for one in statistics.longest_unread],
    }


def _feed_record(one: FeedFigures) -> Record:
    return {
        "id": one.feed_id,
        "title": one.title,
        "unread": one.unread,
        **_figures_record(one.figures),
    }


def _figures_record(figures: Figures) -> Record:
    return {
        "received": figures.received,
        "read": figures.read,
        "skipped": figures.skipped,
        "seconds": figures.seconds,
        "words": figures.words,
    }

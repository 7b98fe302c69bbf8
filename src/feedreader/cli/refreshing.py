"""`refresh`: what is new in the feeds that are due."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from feedreader.cli.ending import ALL_FAILED, DONE
from feedreader.cli.output import Output, note
from feedreader.cli.polling import NO_NETWORK, Tally, calls_for_a_person, poll
from feedreader.cli.records import outcome_record
from feedreader.cli.session import Session, pass_session
from feedreader.cli.stopping import Stoppable
from feedreader.errors import ConfigError, QueryError
from feedreader.model import RefreshOutcome

if TYPE_CHECKING:
    from feedreader.reader import Reader


@click.command("refresh")
@click.argument("texts", metavar="[FEED]...", nargs=-1)
@click.option("--force", is_flag=True, help="Ask also feeds that are not due.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a feed, then the sum.")
@click.option("--quiet", is_flag=True, help="Say only what needs a person.")
@click.option("--wait", is_flag=True, help="Wait for another refresh instead of giving up.")
@click.option("--no-pages", is_flag=True, help="Fetch feeds only, no article pages.")
@pass_session
def refresh(
    session: Session,
    texts: tuple[str, ...],
    force: bool,
    as_json: bool,
    quiet: bool,
    wait: bool,
    no_pages: bool,
) -> int:
    """Fetch what is new in the feeds that are due.

    FEED is an id, an address, or words of a title; without one all feeds are looked at.
    Each feed has a time of its own when it is asked next; --force does not wait for it.
    Article pages of feeds that give summaries only come after all feeds.

    Without a terminal nothing is printed unless something needs a person: a feed is gone
    or has moved, has failed for a week, or all feeds failed. Ctrl-C stops within a second;
    what was fetched is kept.

    \b
    Exit codes: 0 done (feeds that failed included), 3 every feed that was asked failed,
    75 another refresh is running.

    \b
    Examples:
      feedreader refresh
      feedreader refresh --quiet --wait
      feedreader refresh lwn --force
      feedreader refresh --json | jq 'select(.outcome == "failed")'
    """
    with session.open_online_reader() as reader:
        feed_ids = (
            {one.id for text in texts for one in reader.find_subscriptions(text)} if texts else None
        )
        tally = refresh_and_tell(
            session,
            reader,
            feed_ids=feed_ids,
            force=force,
            wait=wait,
            pages=not no_pages,
            as_json=as_json,
            is_quiet=quiet or not session.out.is_terminal,
        )
    return ALL_FAILED if tally.has_only_failures() else DONE


def refresh_and_tell(
    session: Session,
    reader: Reader,
    *,
    feed_ids: set[int] | None = None,
    force: bool = False,
    wait: bool = False,
    pages: bool = True,
    as_json: bool = False,
    is_quiet: bool = False,
) -> Tally:
    """Refresh, show how it goes and what came of it, drop what retention drops."""
    out = session.out
    before = [feed for feed in reader.subscriptions() if feed.kind != "pages"]
    total = len(before) if feed_ids is None else len(feed_ids)
    tally = Tally()
    with Stoppable() as stoppable:
        with ExitStack() as stack:
            advance = None
            if not (as_json or is_quiet) and total:
                from feedreader.cli.progress import show_progress

                advance = stack.enter_context(
                    show_progress(total, tally, has_colour=out.has_colour)
                )
            for event in poll(
                reader, stoppable, feed_ids=feed_ids, force=force, wait=wait, pages=pages
            ):
                tally.count(event)
                if advance is not None:
                    advance(event)
                if as_json and isinstance(event, RefreshOutcome):
                    out.json(outcome_record(event))
                    out.stream.flush()
        if as_json:
            out.json(tally.summary(is_stopped=stoppable.is_stopped()))
        elif is_quiet:
            for call in calls_for_a_person(tally, before):
                note(f"feedreader: {call}")
        else:
            _tell(out, tally, total, is_named=feed_ids is not None)
        if not stoppable.is_stopped():
            failure = apply_retention(session, reader)
            tell_of_new(session, reader, is_quiet=is_quiet or as_json)
            if failure is not None:
                raise failure
    return tally


def tell_of_new(session: Session, reader: Reader, *, is_quiet: bool) -> None:
    """Make the editions whose time has come, and tell hooks of what rules chose for them."""
    # Most refreshes have neither, and what makes and tells takes longer to load than to ask
    # a hundred feeds.
    if reader.has_edition_plans:
        from feedreader.cli.editions import tell_made

        tell_made(session.out, reader.editions.make_due(), is_quiet=is_quiet)
    if reader.has_hooks_to_tell:
        from feedreader.cli.hooking import deliver

        deliver(session, reader, is_quiet=is_quiet)


def apply_retention(session: Session, reader: Reader) -> ConfigError | None:
    """Drop what the user's rules drop; return why nothing could be dropped.

    A query may have lost the saved search that it names: editions and hooks do not wait for that.
    """
    try:
        reader.apply_retention(session.config.retention)
    except QueryError as error:
        words = f"{error.message} ({error.query})"
        return ConfigError(f"nothing was dropped: retention cannot be applied: {words}")
    return None


def _tell(out: Output, tally: Tally, total: int, *, is_named: bool) -> None:
    if not total:
        out.line("There are no feeds yet: `feedreader add ADDRESS` or `feedreader import FILE`.")
        return
    out.line(tally.in_words())
    if tally.seems_offline():
        out.line(("! ", "bad"), NO_NETWORK)
        return
    for outcome in tally.outcomes:
        if outcome.outcome in ("failed", "gone", "moved"):
            out.line(
                ("! ", "bad"), (outcome.title, "feed"), f" ({outcome.feed_id}): {outcome.reason}"
            )
        elif is_named and outcome.outcome == "skipped":
            out.line("- ", (outcome.title, "feed"), f" was not asked: {outcome.reason}")
    if tally.failed_pages:
        out.line((f"{tally.failed_pages:,} article pages gave no story", "dim"))

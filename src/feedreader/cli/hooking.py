"""`hooks`: whom rules tell of new stories, what waits for them, and whether it works."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from feedreader.cli.groups import Group
from feedreader.cli.moments import from_now, rfc3339
from feedreader.cli.output import cell, cells, note, plural
from feedreader.cli.session import Session, pass_session
from feedreader.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from feedreader.model import Hook, HookOutcome
    from feedreader.reader import Reader


@click.group("hooks", cls=Group)
def hooks() -> None:
    """See and try whom rules tell of new stories.

    Rules choose the stories (`then notify`, `then run:NAME`), the configuration says what a
    name means ([hooks.NAME]): a command, a webhook or a notification of the desktop. After a
    refresh each hook is told once of all that is new to it.

    \b
    Examples:
      feedreader hooks list
      feedreader hooks test notify
      feedreader hooks queue
    """


@hooks.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@pass_session
def list_hooks(session: Session, as_json: bool) -> None:
    """List the hooks of the configuration, and `notify`, which is always there."""
    out = session.out
    known = _hooks(session)
    width = max(cells(hook.name) for hook in known)
    for hook in known:
        kind, what = _kind(hook)
        quiet = _hours(hook)
        if as_json:
            out.json(
                {
                    "name": hook.name,
                    "kind": kind,
                    "timeout_s": hook.timeout_s,
                    "quiet": quiet or None,
                }
            )
            continue
        told = f"{what}{f', quiet {quiet}' if quiet else ''}"
        out.line((cell(hook.name, width), "key"), "  ", f"{kind:12}", "  ", (told, "dim"))


@hooks.command("test")
@click.argument("name")
@pass_session
def test(session: Session, name: str) -> int:
    """Tell a hook of a made-up story, now, quiet hours or not."""
    hook = next((one for one in _hooks(session) if one.name == name), None)
    if hook is None:
        raise NotFound(f"the configuration has no hook {name!r}")
    with session.open_online_reader() as reader:
        error = reader.hooks.test(hook)
    if error:
        note(f"feedreader: hook {name}: {error}")
        return 1
    session.out.line(f"{name} was told.")
    return 0


@hooks.command("queue")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@pass_session
def queue(session: Session, as_json: bool) -> None:
    """List what waits for hooks, and why."""
    out, now = session.out, datetime.now(UTC)
    with session.open_reader() as reader:
        for one in reader.hooks.queues():
            if as_json:
                out.json(
                    {
                        "hook": one.hook,
                        "waiting": one.waiting,
                        "oldest_at": rfc3339(one.oldest_at),
                        "failures": one.failures,
                        "next_try_at": rfc3339(one.next_try_at),
                        "error": one.error,
                    }
                )
                continue
            since = f"since {from_now(one.oldest_at, now)}".replace("since now", "just now")
            line = f"  {plural(one.waiting, 'story', 'stories')}, {since}"
            if one.error:
                again = f", tried again {from_now(one.next_try_at, now)}" if one.next_try_at else ""
                line += f"; failed {one.failures}×{again}: {one.error}"
            out.line((one.hook, "key"), line)


@hooks.command("retry")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@pass_session
def retry(session: Session, names: tuple[str, ...]) -> int:
    """Tell hooks now of what waits for them, whatever failed before.

    Quiet hours hold.
    """
    with session.open_online_reader() as reader:
        _require_known(session, reader, names)
        reader.hooks.retry(names)
        return deliver(session, reader, is_quiet=False)


@hooks.command("drop")
@click.argument("name")
@pass_session
def drop(session: Session, name: str) -> None:
    """Let a hook not be told of what waits for it."""
    with session.open_reader() as reader:
        _require_known(session, reader, (name,))
        count = reader.hooks.drop(name)
    session.out.line(f"{plural(count, 'story', 'stories')} dropped")


def deliver(session: Session, reader: Reader, *, is_quiet: bool) -> int:
    """Tell the hooks of what waits for them; return 1 if one of them failed.

    Who is quiet says only what is lost for good.
    """
    code = 0
    for outcome in _deliver(session, reader):
        if outcome.told and not is_quiet:
            session.out.line(f"{plural(outcome.told, 'story', 'stories')} told to {outcome.hook}")
        if not outcome.error:
            continue
        code = 1
        if outcome.dropped:
            words = plural(outcome.dropped, "story", "stories")
            note(f"feedreader: hook {outcome.hook}: {words} given up: {outcome.error}")
        elif not is_quiet:
            note(f"feedreader: hook {outcome.hook}: {outcome.error}; it will be tried again")
    return code


def _deliver(session: Session, reader: Reader) -> Iterable[HookOutcome]:
    if not reader.hooks.queues():
        return ()
    return reader.hooks.deliver(session.config.hooks)


def _require_known(session: Session, reader: Reader, names: Sequence[str]) -> None:
    """Raise `NotFound` for a name that the configuration has not, and that nothing waits for."""
    waiting = {one.hook for one in reader.hooks.queues()}
    for name in names:
        if name not in waiting and all(hook.name != name for hook in _hooks(session)):
            raise NotFound(f"the configuration has no hook {name!r}")


def _hooks(session: Session) -> list[Hook]:
    from feedreader.hooks import NOTIFY

    named = {hook.name: hook for hook in (NOTIFY, *session.config.hooks)}
    return list(named.values())


def _kind(hook: Hook) -> tuple[str, str]:
    if hook.command:
        return "command", " ".join(hook.command)
    if hook.webhook:
        # The path of many a webhook is its password.
        from feedreader.core.urls import host_of

        return "webhook", host_of(hook.webhook)
    return "notification", "the desktop"


def _hours(hook: Hook) -> str:
    if hook.quiet is None:
        return ""
    return "-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in hook.quiet)

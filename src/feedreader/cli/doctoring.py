"""`doctor`: how feeds fare, what is wrong with them, and what can be done about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from feedreader.cli.moments import rfc3339
from feedreader.cli.output import Output, Piece, cell, cells, note, plural
from feedreader.cli.session import Session, is_interactive, pass_session
from feedreader.core.urls import mask_secrets
from feedreader.errors import FeedreaderError

if TYPE_CHECKING:
    from feedreader.cli.records import Record
    from feedreader.model.health import Checkup, Finding
    from feedreader.reader import Reader

_SPARK_WIDTH, _AGE_WIDTH = 13, 5
_SIGNS = {"trouble": ("✗", "bad"), "advice": ("!", "star"), "note": ("·", "dim")}
_QUIET_GROUPS = ("Worth knowing", "Archived")
_FOUND = 1


@click.command("doctor")
@click.argument("texts", metavar="[FEED]...", nargs=-1)
@click.option("--probe", is_flag=True, help="Ask the network: better addresses, lost feeds.")
@click.option("--apply", "wants_to_apply", is_flag=True, help="Offer each remedy, and do it.")
@click.option("--yes", "says_yes", is_flag=True, help="With --apply: do all, without asking.")
@click.option("--all", "everything", is_flag=True, help="Tell also what is only worth knowing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each feed.")
@click.option("--no-pager", is_flag=True, help="Print straight to the terminal.")
@pass_session
def doctor(
    session: Session,
    texts: tuple[str, ...],
    probe: bool,
    wants_to_apply: bool,
    says_yes: bool,
    everything: bool,
    as_json: bool,
    no_pager: bool,
) -> int:
    """Say what is wrong with feeds, and put it right.

    FEED is an id, an address, or words of a title; then all that is known of it is told.
    Without one all feeds are looked at, and what was found is listed by kind: feeds that do
    not answer, have moved, are dead, loud, never read or here twice, are asked too often or
    too seldom. The line of blocks shows the entries of each of the last 26 weeks.

    Nothing is asked of the network unless you say --probe, or apply a remedy that gives a feed
    another address. An address is changed only if the new one gives entries that are known.

    --apply asks about each remedy: y does it, n leaves it, q ends. --yes does all but what is
    a matter of taste, such as to stop following a feed that you never read. --probe goes first.

    Without a terminal each finding is a line: feed id, kind, severity, title, what was found,
    what would help, separated by tabs.

    \b
    Exit codes: 0 all is well, 1 something was found and is still so. What is only worth
    knowing does not count.

    \b
    Examples:
      feedreader doctor
      feedreader doctor lwn
      feedreader doctor --probe --apply
      feedreader doctor --json | jq 'select(.read_share == 0) | .title'
    """
    if says_yes and not wants_to_apply:
        raise click.UsageError("--yes goes with --apply")
    if as_json and wants_to_apply:
        raise click.UsageError("--json goes without --apply")
    if wants_to_apply and not says_yes and not is_interactive():
        raise click.UsageError("--apply asks you; where nobody can be asked, add --yes")
    out = session.out
    is_online = probe or wants_to_apply
    with session.open_online_reader() if is_online else session.open_reader() as reader:
        checkups = _examine(reader, texts)
        if probe:
            checkups = _probe(reader, checkups)
        if wants_to_apply:
            checkups = _apply(out, reader, checkups, is_asked=not says_yes)
        elif as_json:
            for one in checkups:
                out.json(checkup_record(one))
        elif not out.is_terminal:
            for one in checkups:
                _write_fields(out, one)
        else:
            with out.paged(wanted=not no_pager):
                if texts:
                    for one in checkups:
                        kept_bytes = reader.doctor.kept_bytes(one.health.subscription.id)
                        _write_card(out, one, kept_bytes)
                else:
                    _write_groups(out, checkups, everything=everything)
    return _FOUND if any(_asks_for_something(one) for one in _findings(checkups)) else 0


def _examine(reader: Reader, texts: Sequence[str]) -> tuple[Checkup, ...]:
    if not texts:
        return reader.doctor.examine()
    ids = dict.fromkeys(one.id for text in texts for one in reader.find_subscriptions(text))
    return tuple(one for feed_id in ids for one in reader.doctor.examine(feed_id))


# --- the network ----------------------------------------------------------------------------


def _probe(reader: Reader, checkups: tuple[Checkup, ...]) -> tuple[Checkup, ...]:
    """Return what is known of feeds when the network has been asked."""
    from feedreader.cli.stopping import Stoppable
    from feedreader.core.probe_words import questions_in_words

    questions = reader.doctor.questions(checkups)
    if not questions:
        note("feedreader: there is nothing to ask the network")
        return checkups
    note(f"feedreader: asking {questions_in_words(questions)} …")
    probed = {one.health.subscription.id: one for one in checkups}
    with Stoppable() as stoppable:
        for one in reader.doctor.probe(checkups, is_cancelled=stoppable.is_stopped):
            probed[one.health.subscription.id] = one
    return tuple(probed.values())


# --- remedies -------------------------------------------------------------------------------


def _apply(
    out: Output, reader: Reader, checkups: tuple[Checkup, ...], *, is_asked: bool
) -> tuple[Checkup, ...]:
    """Do what helps, asking first if so wanted; return how the feeds fare then."""
    done: dict[int, tuple[Checkup, ...]] = {}
    left = 0
    for checkup, finding in _by_group(checkups):
        feed = checkup.health.subscription
        remedy = finding.remedy
        if remedy is None or feed.id in done:
            continue
        if not is_asked and remedy.is_matter_of_taste:
            left += _asks_for_something(finding)
            continue
        if is_asked:
            _write_finding(out, checkup, finding)
            match _answer():
                case "q":
                    break
                case "n":
                    continue
        try:
            treatment = reader.doctor.treat(feed.id, remedy)
        except FeedreaderError as error:
            out.line("  ", ("✗ ", "bad"), f"{feed.title}: nothing was changed: {error}")
            continue
        out.line("  ", ("✓ ", "good"), treatment.words)
        done[feed.id] = () if remedy.action == "unfollow" else reader.doctor.examine(feed.id)
    if left:
        out.line(((f"{plural(left, 'remedy', 'remedies')} left to your taste: "
                  "feedreader doctor --apply"), "dim"))  # fmt: skip
    return tuple(
        after for one in checkups for after in done.get(one.health.subscription.id, (one,))
    )


def _answer() -> str:
    while True:
        answer = click.prompt("  [y]es, [n]o, [q]uit", default="n", show_default=False, err=True)
        if answer.strip().lower()[:1] in ("y", "n", "q"):
            return str(answer.strip().lower()[:1])


# --- on a terminal --------------------------------------------------------------------------


def _by_group(checkups: Iterable[Checkup]) -> Iterator[tuple[Checkup, Finding]]:
    for _, members in _grouped(checkups):
        yield from members


def _grouped(
    checkups: Iterable[Checkup],
) -> Iterator[tuple[str, list[tuple[Checkup, Finding]]]]:
    from feedreader.core.diagnosis import GROUPS

    found = [(checkup, finding) for checkup in checkups for finding in checkup.findings]
    for name, kinds in GROUPS:
        if members := [pair for pair in found if pair[1].kind in kinds]:
            yield name, members


def _findings(checkups: Iterable[Checkup]) -> Iterator[Finding]:
    return (finding for checkup in checkups for finding in checkup.findings)


def _asks_for_something(finding: Finding) -> bool:
    return finding.severity != "note"


def _write_groups(out: Output, checkups: Sequence[Checkup], *, everything: bool) -> None:
    untold = 0
    for name, members in _grouped(checkups):
        if name in _QUIET_GROUPS and not everything:
            untold += len(members)
            continue
        out.line((name, "heading"), (f"  {len(members):,}", "dim"))
        for checkup, finding in members:
            _write_finding(out, checkup, finding)
        out.line()
    findings = [one for one in _findings(checkups) if _asks_for_something(one)]
    remedies = sum(one.remedy is not None for one in findings)
    well = sum(not any(map(_asks_for_something, one.findings)) for one in checkups)
    words = f"{plural(len(checkups), 'feed')}, {well:,} well"
    if remedies:
        words += f"; {plural(remedies, 'remedy', 'remedies')}: feedreader doctor --apply"
    out.line(words)
    if untold:
        out.line((f"{plural(untold, 'thing')} worth knowing: feedreader doctor --all", "dim"))


def _write_finding(out: Output, checkup: Checkup, finding: Finding) -> None:
    """Print a feed with its activity, and below it what was found."""
    from feedreader.core.charts import sparkline

    health = checkup.health
    feed = health.subscription
    width = min(out.width, 110)
    sign, style = _SIGNS[finding.severity]
    number = f" ({feed.id})"
    room = width - 2 - _SPARK_WIDTH - _AGE_WIDTH - 4
    title_width = min(cells(feed.title), room - len(number))
    out.line(
        (f"{sign} ", style),
        (cell(feed.title, title_width), "feed"),
        (number, "dim"),
        " " * (room - title_width - len(number) + 2),
        (sparkline(health.weeks, _SPARK_WIDTH), "key"),
        "  ",
        (_age(health.last_post_at).rjust(_AGE_WIDTH), "dim"),
    )
    said = f"{finding.words}; {finding.evidence}" if finding.evidence else finding.words
    _write_wrapped(out, said, width)
    if finding.remedy is not None:
        _write_wrapped(out, f"{finding.remedy.words}.", width, mark="→ ", style="good")
    elif finding.advice:
        _write_wrapped(out, finding.advice, width, style="dim")


def _age(moment: datetime | None) -> str:
    from feedreader.core.vitals import short_span

    return short_span(datetime.now(UTC) - moment) if moment is not None else "–"


def _write_wrapped(out: Output, text: str, width: int, *, mark: str = "", style: str = "") -> None:
    from feedreader.core.text import clean_line
    from feedreader.core.width import wrap

    text, indent = clean_line(text), " " * 4
    for start, end in wrap(text, width - len(indent) - len(mark)):
        line = text[start:end]
        out.line(indent, mark, (line, style) if style else line)
        mark = " " * len(mark)


def _write_card(out: Output, checkup: Checkup, kept_bytes: int) -> None:
    """Print all that is known of one feed."""
    from feedreader.core.charts import bar, sparkline
    from feedreader.core.vitals import activity_words, describe

    health = checkup.health
    feed = health.subscription
    out.line((feed.title, "title"), (f" ({feed.id})", "dim"))
    line: list[Piece] = ["  ", (cell("Activity", 10), "dim"), (sparkline(health.weeks, 26), "key")]
    out.line(*line, f"  {activity_words(health)}")
    for name, words in describe(health, now=datetime.now(UTC), kept_bytes=kept_bytes):
        if name == "Read" and health.read_share is not None:
            words = f"{bar(health.read_share, 10)}  {words}"
        out.line("  ", (cell(name, 10), "dim"), words)
    for finding in checkup.findings:
        sign, style = _SIGNS[finding.severity]
        out.line("  ", (sign, style), " ", finding.words)
        for said, mark, tone in (
            (finding.evidence, "", "dim"),
            (f"{finding.remedy.words}." if finding.remedy else "", "→ ", "good"),
            (finding.advice, "", "dim"),
        ):
            if said:
                _write_wrapped(out, said, out.width, mark=mark, style=tone)
    if not checkup.findings:
        out.line("  ", ("✓", "good"), " all is well")
    out.line()


# --- for programs ---------------------------------------------------------------------------


def _write_fields(out: Output, checkup: Checkup) -> None:
    feed = checkup.health.subscription
    for one in checkup.findings:
        helps = one.remedy.words if one.remedy is not None else one.advice
        out.fields((str(feed.id), one.kind, one.severity, feed.title, one.words, helps))


def checkup_record(checkup: Checkup) -> Record:
    """Return a line of `doctor --json`; it holds no secrets."""
    health = checkup.health
    feed, poll = health.subscription, health.subscription.poll
    return {
        "feed_id": feed.id,
        "url": mask_secrets(feed.url),
        "title": feed.title,
        "succeeded_at": rfc3339(poll.succeeded_at),
        "status": poll.status,
        "error": poll.error,
        "last_post_at": rfc3339(health.last_post_at),
        "gap_s": health.gap_s,
        "weeks": list(health.weeks),
        "posts_per_month": round(health.posts_per_month, 1),
        "posted": health.posted_count,
        "read": health.read_count,
        "read_share": None if health.read_share is None else round(health.read_share, 4),
        "entries": feed.entry_count,
        "requests": poll.requests,
        "not_modified": poll.not_modified,
        "bytes_received": poll.bytes_received,
        "archived": feed.settings.is_archived,
        "findings": [_finding_record(one) for one in checkup.findings],
    }


def _finding_record(one: Finding) -> Record:
    remedy = one.remedy
    return {
        "kind": one.kind,
        "severity": one.severity,
        "words": one.words,
        "evidence": one.evidence,
        "advice": one.advice,
        "remedy": None
        if remedy is None
        else {
            "action": remedy.action,
            "words": remedy.words,
            "url": mask_secrets(remedy.url) or None,
            "interval_s": remedy.interval_s or None,
            "full_text": remedy.full_text if remedy.action == "full_text" else None,
            "asks_network": remedy.asks_network,
            "matter_of_taste": remedy.is_matter_of_taste,
        },
    }

"""The program as a whole: how light it starts, how it ends, and that its manuals are true."""

from __future__ import annotations

import configparser
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest

from feedreader import __version__
from feedreader.cli import manual
from feedreader.cli.program import COMMANDS, program
from feedreader.reader import Reader
from runs import run_process
from servers import Answer, LoopbackServer

DOCS = Path(__file__).parents[2] / "docs"
HEAVY = {
    "httpx", "feedparser", "textual", "rich", "lxml", "trafilatura", "readability", "nh3",
    "sqlite_utils", "asyncio", "pebble", "multiprocessing",
}  # fmt: skip


def imported_by(*words: str) -> set[str]:
    """Return the names of all modules that a command imports."""
    script = (
        "import json, sys\nfrom feedreader.cli import main\n"
        f"try:\n    main({list(words)!r})\nexcept SystemExit as end:\n    assert not end.code\n"
        "print(json.dumps(list(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    return set(json.loads(done.stderr.splitlines()[-1]))


# --- start ---


def test_version_imports_no_click() -> None:
    modules = imported_by("--version")
    assert "click" not in modules
    assert {name for name in modules if name.startswith("feedreader.")} == {"feedreader.cli"}


@pytest.mark.parametrize("command", ["status", "status --json", "list", "list --limit 2"])
def test_frequent_command_answers_without_click(seeded: Reader, command: str) -> None:
    slow = {"click", "dataclasses", "json", "feedreader.core.query", "feedreader.cli.program"}
    assert imported_by(*command.split()) & slow == {"json"}  # by this test itself


FREQUENT = [
    "status",
    "status --json",
    "list",
    *(f"list --limit {n}" for n in ("2", "0", "02", "-1", "²", "9" * 30)),
]


@pytest.mark.parametrize("command", FREQUENT)
@pytest.mark.parametrize(
    "options",
    [(), ("--db", "there.db"), ("--db", "garbled.db"), ("--db", "."), ("--db", "")],
    ids=" ".join,
)
def test_frequent_command_is_the_same_with_click_and_without(
    seeded: Reader, home: Path, monkeypatch: pytest.MonkeyPatch, command: str, options: list[str]
) -> None:
    monkeypatch.chdir(home)
    seeded.back_up(home / "there.db")
    (home / "garbled.db").write_bytes(b"no database at all" * 100)
    plain = run_process(*options, *command.split())
    clicked = run_process("--color", "auto", *options, *command.split())
    assert (plain.code, plain.out, plain.err) == (clicked.code, clicked.out, clicked.err)


@pytest.mark.parametrize(
    "words",
    [("--help",), ("status",), ("status", "--json"), ("list",), ("list", "kernel", "--json"),
     ("show", "1"), ("mark", "read", "1"), ("feeds",), ("tag", "list"), ("searches", "list")],
    ids=" ".join,
)  # fmt: skip
def test_command_that_only_reads_imports_nothing_heavy(
    seeded: Reader, words: tuple[str, ...]
) -> None:
    assert {name.partition(".")[0] for name in imported_by(*words)} & HEAVY == set()


def test_refresh_that_finds_nothing_new_imports_no_workers_and_no_rules(home: Path) -> None:
    needless = {"pebble", "multiprocessing", "feedparser", "feedreader.core.query"}
    assert imported_by("refresh") & needless == set()


@pytest.mark.parametrize("words", ["copies", "rules remove", "rules apply"])
def test_number_beyond_what_the_database_holds_is_an_error_in_words(
    run, seeded: Reader, words: str
) -> None:
    result = run(*words.split(), "9" * 20)
    assert result.code == 1
    assert len(result.err.splitlines()) == 1
    assert "larger than any" in result.err


@pytest.mark.parametrize(
    "words",
    [
        ("rules", "add", "when kernel then tag:a\udcff"),
        ("add", "--exec", "echo a\udcff"),
        ("list", "--format", "{received_at:%d\udcff}"),
    ],
)
def test_bytes_that_are_no_text_are_an_error_in_words(
    run, seeded: Reader, words: tuple[str, ...]
) -> None:
    result = run(*words)
    assert result.code in (1, 2)
    assert "not UTF-8" in result.err


def test_secret_that_is_no_text_is_an_error_in_words(seeded: Reader) -> None:
    result = run_process(
        "set", "1", "password=-", stdin=b"hunter\xff\n", PYTHONIOENCODING="utf-8:strict"
    )
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("feedreader: password must be one line of printable text\n")


@pytest.mark.parametrize(
    "words", [("mark", "read"), ("tag", "add", "x"), ("edition", "define", "x", "--most")]
)
def test_number_that_python_refuses_to_read_is_an_error_in_words(
    run, seeded: Reader, words: tuple[str, ...]
) -> None:
    result = run(*words, "9" * 5000)
    assert result.code == 2
    assert result.err.startswith("feedreader: ")


def test_help_imports_no_command() -> None:
    modules = {place.module for commands in COMMANDS.values() for place in commands.values()}
    assert imported_by("--help") & {f"feedreader.cli.{module}" for module in modules} == set()


def test_version_is_printed_alike_wherever_it_stands(run) -> None:
    assert run("--version").out == run("--color", "never", "--version").out
    assert run("--version").out == f"feedreader {__version__}\n"


def test_help_line_of_each_command_is_the_first_line_of_its_help() -> None:
    root = click.Context(program)
    for commands in COMMANDS.values():
        for name, place in commands.items():
            command = program.get_command(root, name)
            assert command is not None
            assert (command.help or "").splitlines()[0].strip() == place.help, name
            assert command.name == name


def test_help_of_each_command_has_examples(run) -> None:
    for commands in COMMANDS.values():
        for name in commands:
            result = run(name, "--help")
            assert (result.code, result.err) == (0, "")
            assert "\nExamples:\n" in result.out.replace("  Examples:", "Examples:"), name
            assert "\b" not in result.out, name
            assert "\\b" not in result.out, name


@pytest.mark.parametrize("group", ["tag", "searches", "edition", "rules", "hooks", "config"])
def test_help_of_a_group_cuts_no_line(run, group: str) -> None:
    assert "..." not in run(group, "--help").out.partition("Commands:")[2]


# --- errors and ends ---


@pytest.mark.parametrize(("options", "logged"), [((), ""), (("-v",), "feedreader: [31mfault\n")])
def test_log_is_silent_unless_it_is_asked_for(
    home: Path, options: tuple[str, ...], logged: str
) -> None:
    code = (
        "import logging, sys; from feedreader.cli.program import run; run(sys.argv[1:]);"
        r"logging.getLogger('feedreader').warning('\x1b[31mfault')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *options, "refresh", "--quiet"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stderr[24 * bool(logged) :] == logged


def test_unknown_command_is_wrong_use_with_a_suggestion(run) -> None:
    result = run("lsit")
    assert (result.code, result.out) == (2, "")
    assert "did you mean 'list'?" in result.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("show abc", "Invalid value for 'ID...': 'abc' is not a whole number."),
        ("list --limit x", "Invalid value for '--limit': 'x' is not a whole number."),
        (
            "completion",
            "Missing argument '{bash|zsh|fish}'. Choose from: bash, zsh, fish",
        ),
    ],
)
def test_wrong_use_is_told_in_one_line_of_plain_words(run, words: str, told: str) -> None:
    result = run(*words.split())
    assert result.code == 2
    assert result.err.splitlines()[0] == f"feedreader: {told}"


def test_global_option_after_the_command_is_explained(run) -> None:
    result = run("list", "--db", "x")
    assert result.code == 2
    assert "--db goes before the command" in result.err


def test_without_a_terminal_unread_entries_are_listed(run, seeded: Reader) -> None:
    result = run()
    assert result.code == 0
    assert "no terminal" in result.err
    assert len(result.lines) == 6


def test_db_option_goes_before_the_environment(run, seeded: Reader, home: Path) -> None:
    other = home / "other.db"
    assert run("--db", str(other), "status", "--json").record["feeds"] == 0
    assert other.exists()


@pytest.mark.parametrize("words", ["list ''", "list '' --json", "feeds --json", "--help"])
def test_closed_pipe_ends_in_silence(seeded: Reader, words: str) -> None:
    command = f"{shlex.quote(sys.executable)} -m feedreader {words} | true; echo ${{PIPESTATUS[0]}}"
    # Long before anything is printed the reader is gone.
    command = command.replace("-m feedreader", "-c 'import time, sys; time.sleep(0.2);"
                              " from feedreader.cli import main; main(sys.argv[1:])'")  # fmt: skip
    done = subprocess.run(["bash", "-c", command], capture_output=True, check=True, timeout=30)
    assert done.stderr == b""
    assert done.stdout == b"141\n"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signal_ends_any_command_without_a_traceback(number: int, code: int) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "feedreader", "import", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    time.sleep(1.5)
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err.strip()) == (code, b"", b"")


def test_encoding_without_the_letters_ends_nothing(seeded: Reader) -> None:
    result = run_process("list", PYTHONIOENCODING="ascii")
    assert result.code == 0
    assert "Linux ??" in result.out
    written = run_process("list", "--json", PYTHONIOENCODING="ascii").out
    assert written.isascii()
    assert json.loads(written.splitlines()[0])["feed_title"] == "Linux 週報"


# --- completion and manuals ---


@pytest.mark.parametrize("zone", ["UTC+25", "UTC-24"])
@pytest.mark.parametrize("command", ["list", "stats"])
def test_zone_a_day_or_more_from_utc_is_named(seeded: Reader, command: str, zone: str) -> None:
    told = run_process(command, TZ=zone)
    assert told.code == 0
    assert told.out == run_process(command, TZ="UTC").out
    assert told.err == f"feedreader: TZ={zone} is a day or more from UTC: times are told in UTC\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script_asks_the_program(run, shell: str) -> None:
    result = run("completion", shell)
    assert result.code == 0
    assert "_FEEDREADER_COMPLETE" in result.out
    assert f"{shell}_complete" in result.out


def test_completion_of_an_unknown_shell_is_wrong_use(run) -> None:
    assert run("completion", "tcsh").code == 2


def test_bash_takes_the_script_and_completes_commands_and_options() -> None:
    script = run_process("completion", "bash").out
    subprocess.run(["bash", "-n"], input=script.encode(), check=True)
    words = {"COMP_WORDS": "feedreader re", "COMP_CWORD": "1"}
    found = run_process(_FEEDREADER_COMPLETE="bash_complete", **words).out
    assert {"plain,refresh", "plain,remove", "plain,rename"} <= set(found.splitlines())
    words = {"COMP_WORDS": "feedreader refresh --w", "COMP_CWORD": "2"}
    assert "plain,--wait" in run_process(_FEEDREADER_COMPLETE="bash_complete", **words).out


def test_manual_page_names_every_command_and_exit_code(run) -> None:
    page = run("manual").out
    assert page.startswith(".TH FEEDREADER 1")
    for section in manual.sections():
        assert f".SS feedreader {section.name}".replace("-", "\\-") in page
    for code, _ in manual.EXIT_CODES:
        assert f".B {code}\n" in page


def test_manual_page_is_sound_roff() -> None:
    page = run_process("manual").out
    try:
        done = subprocess.run(
            ["groff", "-man", "-ww", "-Tutf8"], input=page.encode(), capture_output=True, check=True
        )
    except FileNotFoundError:
        pytest.skip("groff is not installed")
    assert done.stderr == b""
    assert b"feedreader" in done.stdout


def test_reference_holds_every_command_as_it_is(run) -> None:
    reference = (DOCS / "cli.md").read_text("utf-8")
    assert run("manual", "--markdown").out.strip() in reference, (
        "write the output of `feedreader manual --markdown` into docs/cli.md"
    )


def test_reference_tells_exit_codes_environment_and_keys(run, seeded: Reader) -> None:
    from feedreader.cli.records import ENTRY_KEYS

    feed = run("feeds", "--json").records[0]
    outcome = run("refresh", "--json").records[0]
    reference = (DOCS / "cli.md").read_text("utf-8")
    for code, meaning in manual.EXIT_CODES:
        assert f"| {code} | {meaning} |" in reference
    for names, meaning in manual.ENVIRONMENT:
        assert f"| `{names}` | {meaning} |" in reference
    for key in (*ENTRY_KEYS, *feed, *outcome):
        assert f"`{key}`" in reference


# --- cron and systemd, as texts ---


def parse_command(words: list[str]) -> None:
    """Parse a command line as the program would; raises `click.UsageError`."""
    assert Path(words[0]).name == "feedreader", words
    root = program.make_context("feedreader", words[1:])
    rest = [*root._protected_args, *root.args]
    name, command, arguments = program.resolve_command(root, rest)
    assert command is not None
    command.make_context(name, list(arguments), parent=root)


_BLOCK = re.compile(r"^```(?:sh|crontab)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def documented_commands() -> list[tuple[str, str]]:
    found = [
        (file.name, line.strip())
        for file in sorted(DOCS.glob("*.md"))
        for block in re.findall(
            r"^```(?:sh|crontab)\n(.*?)^```", file.read_text("utf-8"), re.M | re.S
        )
        for line in block.replace("\\\n", "").splitlines()
        if re.match(r"\s*(?:[\d*/@,-]+\s+){0,5}(?:\S+/)?feedreader\b", line)
    ]
    assert len(found) > 10
    return found


@pytest.mark.parametrize(("file", "line"), documented_commands())
def test_command_in_the_docs_is_one_that_the_program_takes(
    file: str, line: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home)
    for name in ("feeds.opml", "cache.db", "config"):
        (home / name).touch()
    line = re.sub(r"^(?:@\w+|(?:[\d*/,-]+\s+){5})\s*", "", line)
    line = line.replace("~/.newsboat/", "")
    command = re.split(r"\s(?:\||>|<|&&|;|2>)\s?", line)[0]
    parse_command(shlex.split(command, comments=True))


@pytest.mark.parametrize("page", [DOCS / "cron.md", DOCS.parent / "README.md"])
def test_crontab_line_runs_quietly_within_an_hour(page: Path) -> None:
    (block,) = re.findall(r"^```crontab\n(.*?)^```", page.read_text(), re.M | re.S)
    (line,) = [line for line in block.splitlines() if "feedreader" in line]
    minute, hour, *_ = line.split()
    assert hour == "*"
    assert minute != "*"
    assert not minute.startswith(("*/", "0")), "all the world asks at :00"
    parse_command(shlex.split(line.split(maxsplit=5)[5]))


def unit(name: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=True, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string((DOCS / "systemd" / name).read_text("utf-8"))
    return parser


def test_systemd_service_runs_a_command_of_ours() -> None:
    service = unit("feedreader-refresh.service")["Service"]
    assert service["Type"] == "oneshot"
    command = service["ExecStart"].replace("%h", "/home/ann")
    assert command.startswith("/")
    parse_command(shlex.split(command))
    # Another refresh under way is no failure of the unit, nor is being offline or being stopped.
    assert set(service["SuccessExitStatus"].split()) == {"3", "75", "143"}


def test_systemd_timer_starts_the_service() -> None:
    timer = unit("feedreader-refresh.timer")
    assert timer["Timer"]["Unit"] == "feedreader-refresh.service"
    assert timer["Timer"]["Persistent"] == "true"
    assert timer["Install"]["WantedBy"] == "timers.target"


def test_units_pass_systemd_s_own_check(tmp_path: Path) -> None:
    command = ["systemd-analyze", "--user", "verify"]
    for name in ("feedreader-refresh.service", "feedreader-refresh.timer"):
        text = (DOCS / "systemd" / name).read_text("utf-8")
        (tmp_path / name).write_text(text.replace("%h/.local/bin/feedreader", sys.executable))
        command.append(str(tmp_path / name))
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)}
    try:
        done = subprocess.run(command, capture_output=True, check=False, env=environment)
    except FileNotFoundError:
        pytest.skip("systemd-analyze is not installed")
    assert done.returncode == 0, done.stderr.decode()


def test_refresh_that_finds_nothing_new_loads_nothing_that_reads_or_tells(seeded: Reader) -> None:
    body = b"<rss version='2.0'><channel><item><title>a</title></item></channel></rss>"
    with LoopbackServer(default=Answer(body=body)) as server:
        for feed in seeded.subscriptions():
            seeded.unsubscribe(feed.id)
        seeded.subscribe(server.url())
        assert run_process("refresh", "--quiet").code == 0
        modules = imported_by("refresh", "--force", "--quiet")
        assert len(server.requests) == 2
    slow = {"httpx", "httpcore", "h11", "lxml", "nh3", "rensa", "pebble", "multiprocessing"}
    ours = {"core.parse", "core.plan", "core.paper", "editions", "hooks", "store.grouping"}
    assert modules & (slow | {f"feedreader.{name}" for name in ours}) == set()

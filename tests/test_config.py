"""Configuration: defaults, paths, and messages that say what is wrong and where."""

from __future__ import annotations

import json
import re
import stat
import subprocess
import sys
import tomllib
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedreader.config import (
    NAMED,
    SETTINGS,
    SITE_RULE,
    Config,
    OpenSettings,
    config_template,
    default_paths,
    load_config,
    parse_config,
    write_template,
)
from feedreader.errors import ConfigError
from feedreader.model import FetchLimits, RefreshSettings, SiteRule

DOCS = Path(__file__).parent.parent / "docs" / "configuration.md"
EVERY_KEY = {f"{section}.{key}" for section, kinds in SETTINGS.items() for key in kinds}


def parse(source: str) -> Config:
    return parse_config(source, name="config.toml")


def message(source: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse(source)
    return str(caught.value)


def uncommented_template() -> str:
    return re.sub(r"(?m)^# (?=\[\[[\w.]+\]\]$|[\w.\"]+ = )", "", config_template())


# --- the template and the documentation ------------------------------------------------------


def test_template_says_nothing_but_the_defaults() -> None:
    assert parse(config_template()) == Config()


def test_each_value_in_the_template_is_the_default() -> None:
    stated = tomllib.loads(uncommented_template())
    assert stated["open"].pop("share")
    assert stated["retention"].pop("drop")
    assert stated.pop("keys")
    assert stated.pop("macros")
    assert stated.pop("hooks")
    assert stated["full_text"].pop("site")
    for section, table in stated.items():
        for key, value in table.items():
            assert parse(f"[{section}]\n{key} = {json.dumps(value)}") == Config(), (
                f"{section}.{key}"
            )


def test_template_names_every_key_once() -> None:
    stated = tomllib.loads(uncommented_template())
    tables = {*NAMED, "full_text.site"}
    named = {f"{section}.{key}" for section, table in stated.items() for key in table}
    own_names = ("keys.", "macros.", "hooks.")
    assert {
        key for key in named if key not in tables and not key.startswith(own_names)
    } == EVERY_KEY
    assert set(stated["full_text"]["site"][0]) == set(SITE_RULE)


def test_examples_in_the_template_can_be_used() -> None:
    config = parse(uncommented_template())
    assert config.site_rules == (
        SiteRule("example.org", "article .body", ".share, .related", "h1"),
    )
    assert config.keys == (("read.next_unread", ("n", "right")),)
    assert config.macros == (("later", ("entry.later", "entry.open", "read.next_unread")),)
    assert config.open.share[0][0] == "mail"
    assert config.retention.drop == (("advertisement", 7),)


def documented() -> dict[str, str]:
    """Key -> default as the tables of docs/configuration.md have it."""
    found = {}
    section = ""
    for line in DOCS.read_text("utf-8").splitlines():
        if heading := re.fullmatch(r"## `\[+([\w.]+)\]+`.*", line):
            section = heading[1]
        elif row := re.match(r"\| `(\w+)` \| (.+?) \| .{10,} \|$", line):
            found[f"{section}.{row[1]}"] = row[2].strip("`")
    return found


def test_every_key_is_documented_with_its_default() -> None:
    stated = tomllib.loads(uncommented_template())
    for key, default in documented().items():
        section, _, name = key.rpartition(".")
        if key in EVERY_KEY:
            assert tomllib.loads(f"x = {default}")["x"] == stated[section][name], key
    assert set(documented()) == EVERY_KEY | {f"full_text.site.{key}" for key in SITE_RULE}
    for table in NAMED:
        assert f"`[{table}]`" in DOCS.read_text("utf-8")


def test_examples_in_the_documentation_can_be_used() -> None:
    examples = re.findall(r"```toml\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    assert len(examples) >= 3
    for example in examples:
        assert parse(example) != Config()


def test_config_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        Config().ui.mouse = False  # type: ignore[misc]


# --- values ----------------------------------------------------------------------------------


def test_refresh_section_gives_refresh_settings() -> None:
    config = parse(
        """
        [refresh]
        interval = "90m"
        max_interval = "1d 12h"
        concurrency = 8
        host_pause = "0.5s"
        connect_timeout = "5s"
        read_timeout = "10s"
        total_timeout = "1m"
        max_size = "20MB"
        user_agent = "mine/1.0 (+https://example.org)"
        http2 = true
        allow_private_hosts = true
        private_hosts = ["NAS.example.org", "192.168.1.4"]
        unread_on_first_fetch = 0
        """
    )
    assert config.refresh == RefreshSettings(
        min_interval_s=5400,
        max_interval_s=129_600,
        concurrency=8,
        host_pause_s=0.5,
        limits=FetchLimits(connect_s=5, read_s=10, total_s=60, max_bytes=20_000_000),
        user_agent="mine/1.0 (+https://example.org)",
        http2=True,
        allow_private_hosts=True,
        private_hosts=frozenset({"nas.example.org", "192.168.1.4"}),
        unread_on_first_fetch=0,
    )
    assert type(config.refresh.min_interval_s) is type(config.refresh.limits.max_bytes) is int


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("10m", 600),
        ("1.5h", 5400),
        ("2h", 7200),
        ("1h30m", 5400),
        (" 1d ", 86_400),
        ("1w", 604_800),
    ],
)
def test_times_are_read_with_their_units(written: str, seconds: int) -> None:
    config = parse(f'[refresh]\ninterval = "{written}"\nmax_interval = "30d"')
    assert config.refresh.min_interval_s == seconds


@pytest.mark.parametrize(
    "written",
    [
        "60",
        '"60"',
        '""',
        '"m"',
        '"1 parsec"',
        '"-1h"',
        '"1h,2m"',
        '"9m"',
        '"31d"',
        '"1e3s"',
        '"١h"',
    ],
)
def test_times_without_unit_or_out_of_range_are_refused(written: str) -> None:
    said = message(f"[refresh]\nmax_interval = {written}")
    assert said.startswith("config.toml, line 2: refresh.max_interval cannot be ")
    assert 'allowed: a time from 10m to 30d, written like "45s", "90m"' in said


def test_retention_without_bounds_is_none() -> None:
    unbounded = parse('[retention]\nkeep_days = "forever"\nkeep_entries = "all"').retention
    assert (unbounded.keep_days, unbounded.keep_entries) == (None, None)
    bounded = parse("[retention]\nkeep_days = 90\nkeep_entries = 500\nkeep_versions = 0").retention
    assert (bounded.keep_days, bounded.keep_entries, bounded.keep_versions) == (90, 500, 0)


def test_nothing_is_dropped_by_default() -> None:
    queries = parse(
        "[retention]\nkeep = ['author:\"jon c\"']\n[retention.drop]\n'feed:x is:unread' = 3"
    ).retention
    assert queries.keep == ('author:"jon c"',)
    assert queries.drop == (("feed:x is:unread", 3),)
    assert (Config().retention.keep_days, Config().retention.keep_entries) == (None, None)


def test_command_may_be_words_or_one_line() -> None:
    as_words = parse('[open]\nbrowser = ["my browser", "--tab", "{url}"]').open.browser
    as_line = parse("[open]\nbrowser = \"'my browser' --tab {url}\"").open.browser
    assert as_words == as_line == ("my browser", "--tab", "{url}")


def test_command_without_placeholder_gets_the_address_at_its_end() -> None:
    assert parse('[open]\nplayer = "mpv --no-video"').open.player == ("mpv", "--no-video", "{url}")
    assert parse("[open]\nplayer = []").open.player == ()


def test_share_commands_keep_their_names_and_order() -> None:
    config = parse('[open.share]\n"Read later" = ["later", "{url}"]\nmail = "mail {title} {url}"')
    assert config.open == OpenSettings(
        share=(("Read later", ("later", "{url}")), ("mail", ("mail", "{title}", "{url}")))
    )


@pytest.mark.parametrize("shell", ["sh", "/bin/bash", "zsh"])
def test_shell_text_may_not_hold_what_comes_from_the_network(shell: str) -> None:
    assert "shell text" in message(f'[open]\nbrowser = ["{shell}", "-c", "xdg-open {{url}} &"]')
    assert "shell text" in message(f"[open.share]\nx = \"{shell} -ec 'echo {{title}}'\"")
    safe = f'[open]\nbrowser = ["{shell}", "-c", "xdg-open \\"$1\\"", "sh", "{{url}}"]'
    assert parse(safe).open.browser[-1] == "{url}"


def test_keys_may_be_one_several_or_none() -> None:
    config = parse('[keys]\nnext = ["j", "down"]\nquit = "q"\nundo = []')
    assert config.keys == (("next", ("j", "down")), ("quit", ("q",)), ("undo", ()))


def test_site_rules_keep_their_order_and_lower_their_hosts() -> None:
    config = parse(
        """
        [[full_text.site]]
        host = "News.Example.ORG"
        content = "#story > .text"
        [[full_text.site]]
        host = "example.net"
        content = "main"
        remove = ""
        """
    )
    assert config.site_rules == (
        SiteRule("news.example.org", "#story > .text"),
        SiteRule("example.net", "main"),
    )


@pytest.mark.parametrize("proxy", ["", "http://localhost:8118", "socks5://u:p@10.0.0.1:9050/"])
def test_proxy_is_an_address(proxy: str) -> None:
    assert parse(f'[refresh]\nproxy = "{proxy}"').refresh.proxy == proxy


def test_message_about_a_proxy_keeps_its_password_to_itself() -> None:
    said = message('[refresh]\nproxy = "ftp://me:hunter2@example.org"')
    assert "refresh.proxy" in said
    assert "hunter2" not in said


# --- messages --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('[ui]\nthemee = "x"', "config.toml, line 2: ui.themee is unknown; did you mean theme?"),
        ("\n[uii]\n", "config.toml, line 2: uii is unknown; did you mean ui?"),
        ('theme = "x"', "config.toml, line 1: theme is unknown; did you mean ui.theme?"),
        ('[open]\ntheme = "x"', "open.theme is unknown; did you mean ui.theme?"),
        ("[full_text]\nzzz = 1", "full_text.zzz is unknown; known are: mode"),
        ("ui = 3", "config.toml, line 1: ui must be a table: write [ui] above its keys"),
        ("ui = {mouse = 1}", "line 1: ui.mouse cannot be 1; allowed: true or false"),
        ("ui.mouse = 1", "line 1: ui.mouse cannot be 1; allowed: true or false"),
        ("[ui]\nmouse = 'yes'", 'ui.mouse cannot be "yes"; allowed: true or false'),
        ("[ui]\n\nstory_width = true", "line 3: ui.story_width cannot be true; allowed: a whole"),
        ("[ui]\nstory_width = 80.0", "cannot be 80.0; allowed: a whole number from 20 to 400"),
        ("[ui]\nstory_width = 19", "cannot be 19; allowed: a whole number from 20 to 400"),
        ('[ui]\norder = "newst"', 'cannot be "newst" (did you mean newest?); allowed: one of'),
        ('[ui]\ndate_format = "%Q"', 'a strftime pattern such as "%d %b %H:%M"'),
        ('[ui]\ndate_format = "today"', 'a strftime pattern such as "%d %b %H:%M"'),
        ('[ui]\ntheme = "a b"', "allowed: the name of a theme"),
        ('[refresh]\nconcurrency = "8"', 'cannot be "8"; allowed: a whole number from 1 to 64'),
        ('[refresh]\ninterval = "2d"', "refresh.max_interval is shorter than refresh.interval"),
        ('[refresh]\nprivate_hosts = "nas"', "allowed: a list of host names"),
        ('[refresh]\nprivate_hosts = ["http://nas/"]', "allowed: a list of host names"),
        ('[refresh]\nuser_agent = "a\\r\\nX-Evil: 1"', "allowed: one line of ASCII text"),
        ("[retention]\nkeep = ['autor:x']", "unknown field 'autor', did you mean author:?"),
        ("[retention.drop]\n'feed:x is:unraed' = 3", "is no query: is: does not know 'unraed'"),
        ("[retention.drop]\n'feed:x' = 0", "a whole number from 1 to 36500"),
        ("[retention]\nkeep_days = 0", 'a whole number from 1 to 36500, or "forever"'),
        ('[open]\nbrowser = "firefox {urll}"', "(there is no {urll})"),
        ('[open]\nbrowser = "firefox {file}"', "(there is no {file})"),
        ('[open]\nbrowser = "a \'b"', "(No closing quotation)"),
        ('[open]\nbrowser = ["a", 1]', "allowed: a list of words"),
        ('[open]\nbrowser = ["a\\u0000b"]', "allowed: a list of words"),
        ('[open]\ndownload_folder = "files"', 'an absolute folder, or one below "~/"'),
        ("[open.share]\nx = 3", "line 2: open.share.x cannot be 3"),
        ('[keys]\nnext = [""]', 'allowed: a key such as "ctrl+d"'),
        ('[keys]\n"a\\u001bb" = "x"', 'keys."a\\x1bb" is no name'),
        ("[full_text]\nsite = 3", "full_text.site must be written as [[full_text.site]]"),
        ('[[full_text.site]]\nhost = "a.org"', "line 1: full_text.site no. 1 has no content"),
        ('[ui]\npictures = "inlin"', "did you mean inline?"),
        ("x = ", "config.toml: not TOML: Invalid value"),
        ("[ui]\n[ui]", "config.toml: not TOML:"),
        ("a = " + "[" * 5000, "config.toml: not TOML:"),
        ("a = " + "9" * 5000, "config.toml"),
    ],
)
def test_message_names_the_key_and_what_is_allowed(source: str, expected: str) -> None:
    assert expected in message(source)


def test_message_names_the_line_of_the_rule_among_several() -> None:
    said = message(
        '[[full_text.site]]\nhost = "a.org"\ncontent = "p"\n\n'
        '[[full_text.site]]\nhost = "b.org"\ncontent = "p {"\n'
    )
    assert said.startswith("config.toml, line 7: full_text.site no. 2.content cannot be")


def test_message_shortens_long_values() -> None:
    assert len(message(f'[ui]\ntheme = "{"x y" * 10_000}"')) < 200
    assert len(message(f"[open]\nbrowser = [{'1,' * 10_000}]")) < 300


toml_values = st.recursive(
    st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=6,
)


def refusal(source: str) -> str:
    """Why the text is refused; "" if it is not."""
    try:
        parse(source)
    except ConfigError as error:
        return str(error)
    return ""


@given(st.sampled_from(sorted({*EVERY_KEY, "keys.x", "open.share.x"})), toml_values)
def test_any_value_is_taken_or_refused_on_one_safe_line(key: str, value: object) -> None:
    written = json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    section, _, name = key.rpartition(".")
    assert refusal(f"[{section}]\n{name} = {written}").isprintable()


@given(st.text())
def test_any_text_is_read_or_refused_under_the_name_of_its_file(source: str) -> None:
    why = refusal(source)
    assert not why or why.startswith("config.toml")


# --- files -----------------------------------------------------------------------------------


def test_paths_follow_xdg_below_home() -> None:
    paths = default_paths({"HOME": "/home/ada"})
    assert paths.config_file == Path("/home/ada/.config/feedreader/config.toml")
    assert paths.database == Path("/home/ada/.local/share/feedreader/feedreader.db")
    assert paths.state_dir == Path("/home/ada/.local/state/feedreader")


def test_xdg_variables_and_our_own_override_home() -> None:
    env = {
        "XDG_CONFIG_HOME": "/c",
        "XDG_DATA_HOME": "/d",
        "XDG_STATE_HOME": "/s",
    }
    paths = default_paths(env)
    assert paths.config_file == Path("/c/feedreader/config.toml")
    assert paths.database == Path("/d/feedreader/feedreader.db")
    assert paths.state_dir == Path("/s/feedreader")
    ours = default_paths({**env, "FEEDREADER_CONFIG": "/my.toml", "FEEDREADER_DB": "feeds.db"})
    assert (ours.config_file, ours.database) == (Path("/my.toml"), Path("feeds.db"))


def test_relative_xdg_variable_is_ignored() -> None:
    paths = default_paths({"HOME": "/h", "XDG_DATA_HOME": "data", "XDG_CONFIG_HOME": ""})
    assert paths.database == Path("/h/.local/share/feedreader/feedreader.db")
    assert paths.config_file == Path("/h/.config/feedreader/config.toml")


@pytest.mark.parametrize("env", [{}, {"HOME": ""}, {"HOME": "relative"}])
def test_missing_home_is_said_in_words(env: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match=r"HOME is not .*: set HOME or XDG_CONFIG_HOME"):
        default_paths(env)


def test_missing_file_at_its_usual_place_means_the_defaults(tmp_path: Path) -> None:
    assert load_config(None, {"HOME": str(tmp_path)}) == Config()


def test_missing_file_that_was_named_is_an_error(tmp_path: Path) -> None:
    missing = tmp_path / "missing.toml"
    with pytest.raises(ConfigError, match=r"missing\.toml: there is no such file"):
        load_config(missing, {})
    with pytest.raises(ConfigError, match=r"missing\.toml: there is no such file"):
        load_config(None, {"HOME": str(tmp_path), "FEEDREADER_CONFIG": str(missing)})


def test_file_is_read_from_the_place_that_holds_it(tmp_path: Path) -> None:
    file = tmp_path / ".config" / "feedreader" / "config.toml"
    file.parent.mkdir(parents=True)
    file.write_bytes(b'\xef\xbb\xbf[ui]\r\npictures = "inline"\r\n')
    assert load_config(None, {"HOME": str(tmp_path)}).ui.pictures == "inline"
    assert load_config(file, {}).ui.pictures == "inline"


def test_unreadable_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load_config(tmp_path, {})
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b'# caf\xe9\n[log]\nlevel = "debug"')
    with pytest.raises(ConfigError, match=r"latin\.toml: not UTF-8 text \(byte 5\)"):
        load_config(latin, {})


def test_template_is_written_for_the_user_alone(tmp_path: Path) -> None:
    file = tmp_path / "new" / "deeper" / "config.toml"
    write_template(file)
    assert file.read_text("utf-8") == config_template()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(file.parent.parent.stat().st_mode) == 0o700
    assert load_config(file, {}) == Config()


def test_template_never_replaces_a_file(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("# mine")
    with pytest.raises(ConfigError, match=r"config\.toml: cannot be written: File exists"):
        write_template(file)
    assert file.read_text() == "# mine"


def test_starting_without_a_file_imports_nothing_heavy(tmp_path: Path) -> None:
    heavy = {"tomllib", "selectolax", "difflib", "lxml", "httpx", "sqlite3"}
    code = (
        "import sys, os; from feedreader.config import load_config; load_config(None, os.environ);"
        f"print(sorted(set(sys.modules) & {heavy!r}))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code],
        env={"HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.strip() == "[]"

"""`config`: the configuration file."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import click

from feedreader.cli.groups import Group
from feedreader.cli.output import note
from feedreader.cli.session import Session, pass_session
from feedreader.config import config_template, default_paths, write_template
from feedreader.core.urls import mask_secrets
from feedreader.errors import ConfigError

if TYPE_CHECKING:
    from feedreader.config import Config

_SHOWN_SECRET = "***"  # noqa: S105 - what stands for one
_STRING = r"""(?s:\"{3}.*?\"{3}|'{3}.*?'{3}|"(?:\\.|[^"\\])*"|'[^']*')"""
_SECRET = rf"""(\bsecret["']?\s*=\s*)(?!["']+env:){_STRING}"""
_ADDRESS = r"""(https?://[^/?#"'\s]+)[^"'\s]*"""
_WEBHOOK = rf"""(\bwebhook["']?\s*=\s*["']+){_ADDRESS}"""


@click.group("config", cls=Group)
def config() -> None:
    """See, check and edit the configuration.

    \b
    Examples:
      feedreader config edit
      feedreader config show
      feedreader --config other.toml config check
    """


@config.command("path")
@click.option("--all", "everything", is_flag=True, help="Also database and screen.")
@pass_session
def path(session: Session, everything: bool) -> None:
    """Print where the configuration file is."""
    out = session.out
    if not everything:
        out.line(str(_file(session)))
        return
    for name, where in (
        ("config", _file(session)),
        ("database", session.database),
        ("screen", default_paths(os.environ).state_dir / "screen.json"),
    ):
        out.line((name.ljust(8), "key"), "  ", str(where))


@config.command("show")
@click.option("--defaults", is_flag=True, help="Print all keys with their defaults.")
@click.option("--json", "as_json", is_flag=True, help="Print what holds now as JSON.")
@pass_session
def show(session: Session, defaults: bool, as_json: bool) -> None:
    """Print the configuration file; without one, the defaults."""
    out = session.out
    if as_json:
        out.json(_record(session.config))
        return
    file = _file(session)
    if defaults or not file.exists():
        if not defaults:
            note(f"feedreader: there is no {file}; these are the defaults")
        out.text(config_template())
    else:
        out.text(_masked(_text(file)))


@config.command("edit")
@pass_session
def edit(session: Session) -> int:
    """Open the configuration file in $VISUAL or $EDITOR, made first if need be."""
    file = _file(session)
    if not file.exists():
        write_template(file)
    named = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    try:
        editor = shlex.split(named)
        code = subprocess.run([*editor, str(file)], check=False).returncode
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ConfigError(
            f"cannot run the editor {named!r}: {reason}; $VISUAL or $EDITOR names another"
        ) from error
    if code:
        raise ConfigError(f"the editor {named!r} ended with exit code {code}")
    return _check(session, file)


@config.command("check")
@pass_session
def check(session: Session) -> int:
    """Say whether the configuration file can be used."""
    return _check(session, _file(session))


@config.command("themes")
@pass_session
def themes(session: Session) -> None:
    """List the colours that `ui.theme` may name."""
    from feedreader.tui.choices import theme_names

    for name in theme_names():
        session.out.line(name)


def _check(session: Session, file: Path) -> int:
    if not file.exists() and session.config_file is None and "FEEDREADER_CONFIG" not in os.environ:
        session.out.line(f"there is no {file}: the defaults hold")
        return 0
    settings = session.config  # read, or `ConfigError`
    from feedreader.tui.choices import check_choices

    try:
        check_choices(settings)
    except ConfigError as error:
        raise ConfigError(f"{file}: {error}") from error
    session.out.line((f"{file} is fine", "good"))
    return 0


def _file(session: Session) -> Path:
    return session.config_file or default_paths(os.environ).config_file


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8", errors="replace")
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from error


def _masked(text: str) -> str:
    """Return a configuration without its secrets; the path of many a webhook is its password."""
    text = re.sub(_SECRET, rf'\1"{_SHOWN_SECRET}"', text)
    return mask_secrets(re.sub(_WEBHOOK, rf"\1\2/{_SHOWN_SECRET}", text))


def _record(config: Config) -> dict[str, object]:
    """Return the settings as they hold, without secrets."""
    from dataclasses import asdict

    record = asdict(config)
    for hook in record["hooks"]:
        hook["webhook"] = mask_secrets(re.sub(_ADDRESS, rf"\1/{_SHOWN_SECRET}", hook["webhook"]))
        if hook["secret"] and not hook["secret"].startswith("env:"):
            hook["secret"] = _SHOWN_SECRET
    record["refresh"]["proxy"] = mask_secrets(config.refresh.proxy)
    record["refresh"]["private_hosts"] = sorted(config.refresh.private_hosts)
    return record

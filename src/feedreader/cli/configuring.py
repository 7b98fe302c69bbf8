"""`config`: the configuration file."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import click

from feedreader.cli.output import note
from feedreader.cli.session import Session, pass_session
from feedreader.config import config_template, default_paths, write_template
from feedreader.core.urls import mask_secrets
from feedreader.errors import ConfigError

if TYPE_CHECKING:
    from feedreader.config import Config


@click.group("config")
def config() -> None:
    """See, check and edit the configuration.

    \b
    Examples:
      feedreader config edit
      feedreader config show
      feedreader --config other.toml config check
    """


@config.command("path")
@click.option("--all", "everything", is_flag=True, help="Also database, log and cache.")
@pass_session
def path(session: Session, everything: bool) -> None:
    """Print where the configuration file is."""
    out = session.out
    if not everything:
        out.line(str(_file(session)))
        return
    paths = default_paths(os.environ)
    for name, where in (
        ("config", _file(session)),
        ("database", session.database),
        ("log", paths.log_file),
        ("cache", paths.cache_dir),
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
        out.text(mask_secrets(_text(file)))


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
        raise ConfigError(f"cannot run the editor {named!r}: {error}") from error
    if code:
        raise ConfigError(f"the editor {named!r} ended with exit code {code}")
    return _check(session, file)


@config.command("check")
@pass_session
def check(session: Session) -> int:
    """Say whether the configuration file can be used."""
    return _check(session, _file(session))


def _check(session: Session, file: Path) -> int:
    if not file.exists() and session.config_file is None and "FEEDREADER_CONFIG" not in os.environ:
        session.out.line(f"there is no {file}: the defaults hold")
        return 0
    assert session.config is not None  # read, or `ConfigError`
    session.out.line((f"{file} is fine", "good"))
    return 0


def _file(session: Session) -> Path:
    return session.config_file or default_paths(os.environ).config_file


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8", errors="replace")
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from error


def _record(config: Config) -> dict[str, object]:
    """Return the settings as they hold, without secrets."""
    from dataclasses import asdict

    record = asdict(config)
    record["refresh"]["proxy"] = mask_secrets(config.refresh.proxy)
    record["refresh"]["private_hosts"] = sorted(config.refresh.private_hosts)
    return record

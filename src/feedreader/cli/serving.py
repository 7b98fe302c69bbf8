"""`serve`: the reader's screen in a web browser, on this computer."""

from __future__ import annotations

import ipaddress
import secrets
import shlex
import socket
import sys
from importlib.util import find_spec

import click

from feedreader.cli.output import note
from feedreader.cli.session import Session, pass_session

_NOT_INSTALLED = (
    "the screen in a browser needs an extra: pip install 'feedreader[web]'"
    " (or: pipx inject feedreader textual-serve)"
)
_EXPOSED = (
    "feedreader: {host} can be reached from other computers. Whoever has the address below"
    " reads, marks and starts programs as you; nothing on the way is encrypted."
)


@click.command("serve")
@click.option(
    "--port", metavar="N", type=click.IntRange(0, 65535), default=8000, show_default=True,
    help="0 takes a free one.",
)  # fmt: skip
@click.option(
    "--host", metavar="ADDRESS", default="127.0.0.1", show_default=True,
    help="Where to listen; what others can reach needs --expose.",
)  # fmt: skip
@click.option("--expose", is_flag=True, help="Let other computers in, with a warning.")
@pass_session
def serve(session: Session, port: int, host: str, expose: bool) -> None:
    """Show the reader in a web browser.

    The address that is printed holds a key, made anew each time; without it nothing is
    shown. Each browser window is a reader of its own on the same database. Ctrl-C ends it.

    \b
    Examples:
      feedreader serve
      feedreader serve --port 0
    """
    if find_spec("textual_serve") is None:
        raise click.ClickException(_NOT_INSTALLED)
    from feedreader.cli.web import serve_screen

    session.open_online_reader().close()  # what is wrong is said here, not in the browser
    with _listen(host, port) as listener:
        address, bound_port = listener.getsockname()[:2]
        at = ipaddress.ip_address(address)
        if not at.is_loopback:
            if not expose:
                raise click.UsageError(
                    f"{host} can be reached from other computers; --expose says that it may be"
                )
            note(_EXPOSED.format(host=host))
        key = secrets.token_urlsafe(16)
        name = socket.gethostname() if at.is_unspecified else host
        shown = f"[{name}]" if ":" in name else name
        session.out.line(f"http://{shown}:{bound_port}/{key}/")
        note("Ctrl-C ends it.")
        sys.stdout.flush()
        serve_screen(listener, key, _reader_command(session))


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, *_, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server((str(place[0]), port), family=family)
    except UnicodeError as error:
        raise click.ClickException(f"cannot serve on {host}: it is no name of a host") from error
    except OSError as error:
        # create_server() tells the place once more, as a tuple.
        reason = str(error.strerror).partition(" (while ")[0]
        raise click.ClickException(f"cannot serve on {host}:{port}: {reason}") from error


def _reader_command(session: Session) -> str:
    """Return the shell command that opens the same reader as this one would."""
    words = [sys.executable, "-m", "feedreader", "--db", str(session.database.absolute())]
    if session.config_file is not None:
        words += ["--config", str(session.config_file.absolute())]
    return f"exec {shlex.join(words)}"

"""The web server behind `serve`: textual-serve's terminal on a page that loads nothing remote."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from importlib.resources import files
from string import Template
from typing import Any
from urllib.parse import quote

from aiohttp import web
from aiohttp.typedefs import Handler
from textual_serve.server import Server

_POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline';"
    " font-src 'self';"
    " img-src 'self' data:; connect-src 'self' {websocket}; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)
_PATIENCE_S = 2.0


def serve_screen(listener: socket.socket, key: str, command: str) -> None:
    """Serve the program that `command` starts, once per window, until a signal ends it.

    Only paths that begin with `key` lead to it: a page of another site, or another user of
    this computer, cannot know them.
    """
    web.run_app(
        make_app(key, command),
        sock=listener,
        print=None,
        access_log=None,
        shutdown_timeout=_PATIENCE_S,
    )


def make_app(key: str, command: str) -> web.Application:
    """Return the application: the page, its websocket, and the files of textual-serve."""
    terminal = Server(command)
    page = Template((files(__package__) / "page.html").read_text("utf-8"))

    def check(request: web.Request) -> None:
        given = request.match_info["key"].encode()
        if not secrets.compare_digest(given, key.encode()):
            raise web.HTTPNotFound

    async def show(request: web.Request) -> web.Response:
        check(request)
        websocket = f"ws://{quote(request.host, safe=':[]')}/{key}/ws"
        nonce = secrets.token_urlsafe(16)
        policy = _POLICY.format(websocket=websocket, nonce=nonce)
        return web.Response(
            text=page.substitute(websocket=websocket, nonce=nonce),
            content_type="text/html",
            headers={"Content-Security-Policy": policy},
        )

    windows: set[asyncio.Task[Any]] = set()

    async def connect(request: web.Request) -> web.WebSocketResponse:
        check(request)
        window = asyncio.current_task()
        assert window is not None
        windows.add(window)
        try:
            return await terminal.handle_websocket(request)
        finally:
            windows.discard(window)

    async def close_windows(closing: web.Application) -> None:
        for window in windows:
            window.cancel()
        if windows:
            await asyncio.wait(windows, timeout=_PATIENCE_S)
        for _ in range(100):
            if not _has_children():
                break
            await asyncio.sleep(_PATIENCE_S / 100)

    app = web.Application(middlewares=[_discreet])
    app.on_shutdown.append(close_windows)
    app.add_routes(
        [
            web.get("/{key}/", show),
            web.get("/{key}/ws", connect),
            web.static("/static", terminal.statics_path),
        ]
    )
    return app


def _has_children() -> bool:
    """Say whether a reader is still ending; textual-serve does not wait for them."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


@web.middleware
async def _discreet(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Keep the key out of Referer headers and caches."""
    response = await handler(request)
    if not response.prepared:
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cache-Control"] = "no-store"
    return response

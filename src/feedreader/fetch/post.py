"""One message to an address of the user's own choice: a webhook.

Sent once, never redirected: a webhook that points elsewhere could lead the message, with its
signature, into another network. The host may be a private one, as the user typed it; the
address that was checked is the one connected to, and certificates are always verified.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping

import httpcore
import httpx

from feedreader.core.urls import split_userinfo
from feedreader.fetch.exchange import parse_url
from feedreader.fetch.fetcher import DEFAULT_USER_AGENT
from feedreader.fetch.headers import decode_headers, encode, keep_headers
from feedreader.fetch.network import (
    Connections,
    NameNotFound,
    environment_proxies,
    find_proxy,
    resolve,
)
from feedreader.fetch.words import FetchRefused, describe_exchange_error, say, says_offline
from feedreader.model import FetchFailed, RefreshSettings

_MOST_ANSWER_BYTES = 64 * 1024


def post(
    url: str,
    body: bytes,
    *,
    headers: Mapping[str, str],
    settings: RefreshSettings,
    timeout_s: float,
) -> FetchFailed | None:
    """Post JSON to an address; None: a server took it (2xx).

    A user name and password in the address are sent as Basic authentication (RFC 7617).
    """
    return asyncio.run(_post(url, body, headers, settings, timeout_s))


async def _post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    settings: RefreshSettings,
    timeout_s: float,
) -> FetchFailed | None:
    bare, username, password = split_userinfo(url)
    connections = Connections(resolve, http2=False)
    is_offline = False
    try:
        target = parse_url(bare).copy_with(fragment=None)
        fields = {
            "Host": target.netloc.decode("ascii"),
            "User-Agent": settings.user_agent or DEFAULT_USER_AGENT,
            "Accept": "*/*",
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            **headers,
        }
        if username or password:
            token = base64.b64encode(f"{username}:{password}".encode()).decode("ascii")
            fields["Authorization"] = f"Basic {token}"
        async with asyncio.timeout(timeout_s):
            return await _send(target, fields, body, settings, timeout_s, connections)
    except TimeoutError:
        reason = f"the server took longer than {timeout_s:g} s"
    except FetchRefused as refusal:
        reason = str(refusal)
    except httpcore.TimeoutException:
        reason = f"the server sent nothing for {timeout_s:g} s"
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError, OSError) as error:
        reason = str(error) if isinstance(error, NameNotFound) else describe_exchange_error(error)
        is_offline = says_offline(error)
    finally:
        await connections.close()
    return FetchFailed(say(bare), say(reason), is_offline=is_offline)


async def _send(
    target: httpx.URL,
    fields: Mapping[str, str],
    body: bytes,
    settings: RefreshSettings,
    timeout_s: float,
    connections: Connections,
) -> FetchFailed | None:
    proxy = find_proxy(target.scheme, target.host, settings.proxy, environment_proxies())
    pool = connections.pool(
        proxy=proxy, uses_tls=target.scheme == "https", verify_tls=True, allow_private=True
    )
    message = httpcore.Request(
        b"POST",
        httpcore.URL(
            scheme=target.raw_scheme,
            host=target.raw_host,
            port=target.port,
            target=target.raw_path,
        ),
        headers=[(encode(name), encode(value)) for name, value in fields.items()],
        content=body,
        extensions={
            "timeout": dict.fromkeys(("connect", "read", "write", "pool"), timeout_s),
        },
    )
    response = await pool.handle_async_request(message)
    try:
        status, answer = response.status, decode_headers(response.headers)
        size = 0
        async for part in response.aiter_stream():
            size += len(part)
            if size > _MOST_ANSWER_BYTES:
                break
    finally:
        await response.aclose()
    if 200 <= status < 300:
        return None
    if 300 <= status < 400 and answer.get("location"):
        reason = f"it redirects to {answer['location'][:200]} ({status}), which is not followed"
    else:
        reason = f"the server answered {status}"
    return FetchFailed(say(str(target)), say(reason), status, keep_headers(answer))

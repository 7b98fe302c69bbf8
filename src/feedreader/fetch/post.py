"""One message to an address of the user's own choice: a webhook.

Sent once, never redirected: a webhook that points elsewhere could lead the message, with its
signature, into another network. The host may be a private one, as the user typed it; the
address that was checked is the one connected to, and certificates are always verified.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from feedreader.core.urls import split_userinfo
from feedreader.fetch.addresses import Address, parse_url
from feedreader.fetch.faults import ConnectTimeout, ExchangeFault, LineTimeout
from feedreader.fetch.fetcher import DEFAULT_USER_AGENT
from feedreader.fetch.headers import basic_login, decode_headers, encode, keep_headers
from feedreader.fetch.messages import Message
from feedreader.fetch.network import (
    Connections,
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
        target = parse_url(bare)
        fields = {
            "Host": target.authority,
            "User-Agent": settings.user_agent or DEFAULT_USER_AGENT,
            "Accept": "*/*",
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            **headers,
        }
        if username or password:
            fields["Authorization"] = basic_login(username, password)
        async with asyncio.timeout(timeout_s):
            return await _send(target, fields, body, settings, timeout_s, connections)
    except TimeoutError:
        reason = f"the server took longer than {timeout_s:g} s"
    except FetchRefused as refusal:
        reason = str(refusal)
    except (ConnectTimeout, LineTimeout):
        reason = f"the server sent nothing for {timeout_s:g} s"
    except (ExchangeFault, OSError) as error:
        reason = describe_exchange_error(error)
        is_offline = says_offline(error)
    finally:
        await connections.close()
    return FetchFailed(say(bare), say(reason), is_offline=is_offline)


async def _send(
    target: Address,
    fields: Mapping[str, str],
    body: bytes,
    settings: RefreshSettings,
    timeout_s: float,
    connections: Connections,
) -> FetchFailed | None:
    proxy = find_proxy(target.scheme, target.host, settings.proxy, environment_proxies())
    way = connections.way(
        proxy=proxy, uses_tls=target.scheme == "https", verify_tls=True, allow_private=True
    )
    encoded = [(encode(name), encode(value)) for name, value in fields.items()]
    answer = await way.ask(Message("POST", target, encoded, timeout_s, timeout_s, body))
    try:
        status, headers = answer.status, decode_headers(answer.fields)
        size = 0
        async for part in answer.parts():
            size += len(part)
            if size > _MOST_ANSWER_BYTES:
                break
    finally:
        await answer.aclose()
    if 200 <= status < 300:
        return None
    if 300 <= status < 400 and headers.get("location"):
        reason = f"it redirects to {headers['location'][:200]} ({status}), which is not followed"
    else:
        reason = f"the server answered {status}"
    return FetchFailed(say(target.text), say(reason), status, keep_headers(headers))

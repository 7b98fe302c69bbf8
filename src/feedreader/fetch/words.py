"""Why a fetch failed, in words that a person understands."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator

from feedreader.core.text import clean_line
from feedreader.core.urls import mask_secrets
from feedreader.fetch.faults import (
    AnswerFault,
    ConnectFault,
    ExchangeFault,
    NameNotFound,
    NameUnanswered,
    ProxyFault,
    RequestFault,
)

_LONGEST_REASON = 300


class FetchRefused(Exception):
    """Ends one fetch with a reason; becomes `FetchFailed`."""


def say(reason: str) -> str:
    """Return the reason as one short, safe line without secrets."""
    line = clean_line(mask_secrets(reason))
    return line if len(line) <= _LONGEST_REASON else line[: _LONGEST_REASON - 1] + "…"


_STATUS_WORDS = {
    204: "the server answered with nothing (204)",
    205: "the server answered with nothing (205)",
    206: "the server sent only a part, which we did not ask for (206)",
    226: "the server sent only the changes, which we did not ask for (226)",
    300: "the server offers several documents to choose from (300)",
    304: "the server says that nothing changed, but we have nothing yet (304)",
    400: "the server does not understand our request (400)",
    401: "the server asks for a password (401)",
    402: "the server asks for payment (402)",
    403: "the server refuses us (403)",
    404: "there is nothing at this address (404)",
    406: "the server has no feed in a form that we read (406)",
    407: "the proxy asks for a password (407)",
    408: "the server grew tired of waiting (408)",
    410: "the feed is gone for good (410)",
    418: "the server says that it is a teapot (418)",
    421: "the server does not answer for this host (421)",
    429: "the server says that we ask too often (429)",
    431: "the server finds our request too long (431)",
    451: "the server may not show this for legal reasons (451)",
    500: "the server has an internal error (500)",
    502: "the server's gateway has no answer (502)",
    503: "the server is overloaded or closed for maintenance (503)",
    504: "the server's gateway got no answer in time (504)",
    508: "the server runs in circles (508)",
    511: "the network asks to log in first (511)",
    # What Cloudflare says of the server behind it.
    520: "the server behind Cloudflare has an error (520)",
    521: "the server behind Cloudflare is down (521)",
    522: "the server behind Cloudflare does not answer (522)",
    523: "the server behind Cloudflare cannot be reached (523)",
    524: "the server behind Cloudflare answers too slowly (524)",
    525: "the server behind Cloudflare has broken encryption (525)",
    526: "the server behind Cloudflare has a bad certificate (526)",
}


def describe_status(status: int, headers: dict[str, str]) -> str:
    """Return what an answer without a usable body means. `headers` have lower-case names."""
    if status in (403, 429, 503) and "challenge" in headers.get("cf-mitigated", ""):
        return f"the server lets only browsers in: a Cloudflare check stands before it ({status})"
    if status in _STATUS_WORDS:
        return _STATUS_WORDS[status]
    if 400 <= status < 500:
        return f"the server refuses the request ({status})"
    if 500 <= status < 600:
        return f"the server has an error ({status})"
    return f"the server's answer makes no sense here ({status})"


_CERTIFICATE_WORDS = {
    9: "is not valid yet; is this computer's clock right?",
    10: "has expired",
    18: "is self-signed",
    19: "comes from an authority that signed itself",
    20: "comes from an unknown authority",
    21: "comes without the chain that would prove it",
    23: "was revoked",
    62: "is for another host",
    64: "is for another host",
}

_ERRNO_WORDS = {
    errno.ECONNREFUSED: "the server refuses connections",
    errno.ECONNRESET: "the server broke the connection off",
    errno.EPIPE: "the server broke the connection off",
    errno.ENETUNREACH: "the network of the server cannot be reached",
    errno.EHOSTUNREACH: "the server cannot be reached",
    errno.ETIMEDOUT: "the server does not answer",
    errno.ENETDOWN: "the network is down",
    errno.EADDRNOTAVAIL: "the address cannot be used",
    errno.EMFILE: "too many files are open on this computer",
}


def describe_exchange_error(error: ExchangeFault | OSError) -> str:
    """Return what went wrong between us and a server."""
    if isinstance(error, NameNotFound):
        return str(error)
    chain = tuple(_chain(error))
    for link in chain:
        if isinstance(link, FetchRefused):
            return str(link)
        if isinstance(link, ssl.SSLCertVerificationError):
            words = _CERTIFICATE_WORDS.get(link.verify_code)
            return f"the server's certificate {words or 'is not valid: ' + link.verify_message}"
    if isinstance(error, ProxyFault):
        return f"the proxy {error}"
    if isinstance(error, AnswerFault):
        return _describe_protocol_error(str(error))
    if isinstance(error, RequestFault):
        return f"this request cannot be sent; look at the feed's own headers ({error})"
    for link in chain:
        if isinstance(link, ssl.SSLError):
            words = getattr(link, "reason", None) or str(link)  # OpenSSL gives reasons, Python none
            return f"no secure connection: {words.replace('_', ' ').lower()}"
    for link in chain:
        if isinstance(link, OSError) and link.errno in _ERRNO_WORDS:
            return _ERRNO_WORDS[link.errno]
    if isinstance(error, ConnectFault):
        return "the connection could not be made"
    return "the server broke the connection off"


def says_offline(error: Exception) -> bool:
    """Tell whether an error may be this computer's lack of a network, not a server's doing."""
    return any(
        isinstance(link, socket.gaierror | NameUnanswered)
        or (isinstance(link, OSError) and link.errno in (errno.ENETUNREACH, errno.ENETDOWN))
        for link in _chain(error)
    )


def _describe_protocol_error(message: str) -> str:
    if "without sending a response" in message:
        return "the server closed the connection without an answer"
    if message.startswith(("Server disconnected", "<")):  # httpcore's words, h2's events
        return "the server broke the connection off"
    if "Transfer-Encoding" in message:
        return "the server sends its body in a form that we do not read (Transfer-Encoding)"
    if "incomplete" in message or "chunk" in message or "closed connection" in message:
        return "the body was cut: the server closed the connection too soon or miscounted"
    if "too long" in message or "too many" in message.lower():
        return "the server sent too many or too long headers"
    # h11 quotes the offending bytes after a colon.
    return f"the server does not speak proper HTTP ({message.partition(':')[0]})"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Give the error, what caused it, and the members of groups among these."""
    waiting: list[BaseException] = [error]
    seen: set[int] = set()
    while waiting:
        link = waiting.pop(0)
        if id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        if isinstance(link, BaseExceptionGroup):
            waiting += link.exceptions
        waiting += [other for other in (link.__cause__, link.__context__) if other is not None]

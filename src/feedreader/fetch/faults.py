"""What goes wrong between us and a server, in words of our own, whichever library saw it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class ExchangeFault(Exception):
    """Something between us and a server went wrong."""


class ConnectFault(ExchangeFault):
    """No connection was made."""


class NameNotFound(ConnectFault):
    """A host name leads to no address; the message says so in words."""


class NameUnanswered(NameNotFound):
    """Whoever knows names did not answer in time."""


class ConnectTimeout(ExchangeFault):
    """No connection was made in time."""


class LineFault(ExchangeFault):
    """A connection broke."""


class LineTimeout(ExchangeFault):
    """A connection was there, and nothing came or went for too long."""


class AnswerFault(ExchangeFault):
    """What the server says is not proper HTTP, or ends too soon."""


class RequestFault(ExchangeFault):
    """What we were to say cannot be said in HTTP."""


class ProxyFault(ExchangeFault):
    """The proxy gives no way; the message says how, after the words "the proxy"."""


@contextmanager
def as_faults(late: type[ExchangeFault], failed: type[ExchangeFault]) -> Iterator[None]:
    """Turn a timeout and an error of the system into faults of these kinds."""
    try:
        yield
    except TimeoutError as error:
        raise late(str(error)) from error
    except OSError as error:
        raise failed(str(error)) from error

"""What a person can do about a feed that fails: one sentence for each kind of reason."""

from __future__ import annotations

import re
from typing import Final

_STATUS: Final = re.compile(r"\((\d{3})\)")

_LOGIN = "It needs a user name and a password: set them in the feed's settings."
_REFUSED = (
    "Sites that refuse programs often let them in under another user agent, which the feed's "
    "settings hold; or the site has another address for its feed."
)
_GONE = "The address may have changed: open the site, look for its feed, and set the new address."
_WAIT = "There is nothing to do: it is asked again by itself, less often."
_CERTIFICATE = (
    "Somebody may be listening in. If you know the reason and trust the server, "
    "`feedreader set FEED verify_tls=false` accepts it."
)
_PROXY = "Look at the proxy's address, user name and password in the configuration."
_SERVER = "That is the server's own fault; it is asked again by itself."

_BY_STATUS: Final = {
    401: _LOGIN,
    402: _REFUSED,
    403: _REFUSED,
    404: _GONE,
    406: _GONE,
    407: _PROXY,
    410: _GONE,
    429: _WAIT,
    451: _REFUSED,
    503: _WAIT,
    511: "Log in to the network with a browser; then refresh.",
}
_BY_WORDS: Final = (
    ("proxy", _PROXY),
    ("trusted authorities", "Look at SSL_CERT_FILE and SSL_CERT_DIR in the environment."),
    ("certificate", _CERTIFICATE),
    ("secure connection", _SERVER),
    ("local network", "If it is a machine of yours, name it in private_hosts of the settings."),
    ("name", "Look at how the address is spelt, and whether the network is up."),
    ("network", "See whether this computer is connected; it is asked again by itself."),
    ("no feed", "Open the site in a browser and look for an RSS or Atom link; paste that here."),
    ("not a feed", _GONE),
    ("could not be read", "The publisher should repair it; what came before stays."),
    ("too large", "max_size in the configuration says how large a feed may be."),
    ("command", "Look at the command in the feed's settings, and try it in a shell."),
)  # fmt: skip


def advise(reason: str, status: int | None = None) -> str:
    """Return what can be done about a failure, from its words and the answer's status."""
    if status is None and (found := _STATUS.search(reason)):
        status = int(found[1])
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status is not None and status >= 500:
        return _SERVER
    folded = reason.casefold()
    for words, advice in _BY_WORDS:
        if words in folded:
            return advice
    return _WAIT

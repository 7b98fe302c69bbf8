"""Request -> FetchResult: feeds and pages from the network, files and commands.

The only home of h11, httpx and httpcore, which are loaded when an answer, an address or a
proxy calls for them. `Fetcher` asks many hosts at once, and each of them one thing at a time.
"""

import sys

# httpx brings a command line of its own along where click and rich are installed. To import
# these takes longer than all that fetches need; without them httpx does without, too.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]

from feedreader.fetch.fetcher import DEFAULT_USER_AGENT, Fetcher  # noqa: E402

__all__ = ["DEFAULT_USER_AGENT", "Fetcher"]

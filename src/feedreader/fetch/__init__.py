"""Request -> FetchResult: feeds and pages from the network, files and commands.

The only home of httpx and httpcore. `Fetcher` asks many hosts at once, and each of them one
thing at a time.
"""

from feedreader.fetch.fetcher import DEFAULT_USER_AGENT, Fetcher

__all__ = ["DEFAULT_USER_AGENT", "Fetcher"]

"""The address of a page on a well-known site -> the addresses of its feeds, by rule.

Only rules that the sites document or have kept for years; none needs a look at the page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final
from urllib.parse import SplitResult, parse_qs, quote, urlsplit

_Segments = tuple[str, ...]
_Rule = Callable[[str, _Segments, SplitResult], Iterable[str]]

_FEDIVERSE_HANDLE = re.compile(r"@?([\w.-]+)@((?:[\w-]+\.)+[a-z]{2,24})", re.IGNORECASE)
_USER = re.compile(r"@[\w.-]+(?:@(?:[\w-]+\.)+[\w-]+)?")


def known_feed_urls(url: str) -> tuple[str, ...]:
    """Return the feeds of a page on a site whose rules are known, best first; () otherwise.

    `@user@host` is taken as well: a Mastodon account. Only http(s) addresses come out.
    """
    url = url.strip()
    if handle := _FEDIVERSE_HANDLE.fullmatch(url):
        # Without the "@" in front it is a mail address.
        return (f"https://{handle[2].lower()}/@{handle[1]}.rss",) if url[0] == "@" else ()
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removeprefix("www.").removeprefix("m.")
        is_usual_port = parts.port is None
    except ValueError:
        return ()
    if parts.scheme.lower() not in ("http", "https") or not host:
        return ()
    segments = tuple(
        quote(part, safe="%@:+.~!$&'()*,;=-") for part in parts.path.split("/") if part
    )
    if is_usual_port:
        for suffix, rule in _RULES.items():
            if host == suffix or (suffix.startswith(".") and host.endswith(suffix)):
                return tuple(rule(host, segments, parts))
    origin = f"{parts.scheme.lower()}://{parts.netloc.rpartition('@')[2].lower()}"
    return tuple(_any_host(origin, segments))


# --- sites ------------------------------------------------------------------


def _youtube(host: str, path: _Segments, parts: SplitResult) -> Iterable[str]:
    feed = "https://www.youtube.com/feeds/videos.xml?"
    playlist = parse_qs(parts.query).get("list", [""])[0]
    match path:
        case ("channel", channel, *_) if re.fullmatch(r"UC[\w-]{22}", channel):
            yield f"{feed}channel_id={channel}"
        case ("user", user, *_):
            yield f"{feed}user={user}"
        # "WL", "LL" and mixes ("RD…") are private or made up for one viewer.
        case ("playlist" | "watch", *_) if re.fullmatch(r"(?:PL|UU|OL|FL)[\w-]+", playlist):
            yield f"{feed}playlist_id={playlist}"


def _reddit(host: str, path: _Segments, parts: SplitResult) -> Iterable[str]:
    match path:
        case ():
            yield "https://www.reddit.com/.rss"
        case (*_, last) if last.endswith(".rss"):
            pass
        case ("u", user, *rest):
            yield "/".join(("https://www.reddit.com/user", user, *rest, ".rss"))
        case ("r" | "user" | "domain", _, *_):
            yield "/".join(("https://www.reddit.com", *path, ".rss"))


_GITHUB_PAGES: Final = frozenset(
    {"about", "apps", "collections", "contact", "customer-stories", "enterprise", "events"}
    | {"explore", "features", "issues", "join", "login", "marketplace", "new", "notifications"}
    | {"orgs", "pricing", "pulls", "search", "security", "settings", "signup", "site", "sponsors"}
    | {"team", "topics", "trending"}
)


def _github(host: str, path: _Segments, parts: SplitResult) -> Iterable[str]:
    if not path or path[0] in _GITHUB_PAGES:
        return
    if len(path) == 1:
        yield f"https://github.com/{path[0].removesuffix('.atom')}.atom"
        return
    repository = f"https://github.com/{path[0]}/{path[1].removesuffix('.git')}"
    match path[2:]:
        case ("releases" | "tags" | "wiki" | "discussions" as page, *_):
            yield f"{repository}/{page}.atom"
        case ("commits" | "tree" | "blob", *branch) if branch:
            yield f"{repository}/commits/{'/'.join(branch)}.atom"
        case ("commits",):
            yield f"{repository}/commits.atom"
        case ():
            yield from (f"{repository}/{page}.atom" for page in ("releases", "tags", "commits"))


def _gitlab(host: str, path: _Segments, parts: SplitResult) -> Iterable[str]:
    project = path[: path.index("-")] if "-" in path else path
    address = "/".join((f"https://{host}", *project))
    match path[len(project) + 1 :]:
        case ("tags" | "releases" as page, *_):
            yield (
                f"{address}/-/{page}?format=atom" if page == "tags" else f"{address}/-/{page}.atom"
            )
        case ("commits" | "tree", branch, *_):
            yield f"{address}/-/commits/{branch}?format=atom"
        case () if len(project) == 1 and project[0] not in ("explore", "users"):
            yield f"{address}.atom"
        case () if len(project) > 1:
            yield from (f"{address}/-/releases.atom", f"{address}/-/tags?format=atom")
            yield f"{address}.atom"


def _forgejo(host: str, path: _Segments, parts: SplitResult) -> Iterable[str]:
    match path:
        case ("explore" | "user" | "org", *_):
            pass
        case (owner,):
            yield f"https://{host}/{owner}.rss"
        case (owner, repository, *rest):
            address = f"https://{host}/{owner}/{repository}"
            if rest[:1] != ["tags"]:
                yield f"{address}/releases.rss"
            yield f"{address}/tags.rss"
            if not rest:
                yield f"{address}.rss"


def _bluesky(host: str, path: _Segments, parts: SplitResult) -> Iterable[str]:
    match path:
        case ("profile", handle, *_):
            yield f"https://bsky.app/profile/{handle}/rss"


def _medium(host: str, path: _Segments, parts: SplitResult) -> Iterable[str]:
    if host != "medium.com":
        yield f"https://{host}/feed"
        return
    match path:
        case ("tag", tag, *_):
            yield f"https://medium.com/feed/tag/{tag}"
        case (name, *_) if name not in ("m", "me", "search", "feed", "membership"):
            yield f"https://medium.com/feed/{name}"


def _substack(host: str, path: _Segments, parts: SplitResult) -> Iterable[str]:
    yield f"https://{host}/feed"


def _wordpress(host: str, path: _Segments, parts: SplitResult) -> Iterable[str]:
    match path:
        case ("category" | "tag" | "author" as kind, name, *_):
            yield f"https://{host}/{kind}/{name}/feed/"
    yield f"https://{host}/feed/"


def _tumblr(host: str, path: _Segments, parts: SplitResult) -> Iterable[str]:
    if host == "tumblr.com":
        match path:
            case (blog, *_) if blog not in ("dashboard", "explore", "login", "search", "tagged"):
                name = path[1] if blog == "blog" and len(path) > 1 else blog
                yield f"https://{name}.tumblr.com/rss"
        return
    match path:
        case ("tagged", tag, *_):
            yield f"https://{host}/tagged/{tag}/rss"
    yield f"https://{host}/rss"


def _blogger(host: str, path: _Segments, parts: SplitResult) -> Iterable[str]:
    match path:
        case ("search", "label", label, *_):
            yield f"https://{host}/feeds/posts/default/-/{label}"
    yield f"https://{host}/feeds/posts/default"


def _stack_exchange(host: str, path: _Segments, parts: SplitResult) -> Iterable[str]:
    match path:
        case ("questions", "tagged", tag, *_):
            yield f"https://{host}/feeds/tag/{tag}"
        case ("users", number, *_) if number.isdigit():
            yield f"https://{host}/feeds/user/{number}"
        case ("questions" | "q", number, *_) if number.isdigit():
            yield f"https://{host}/feeds/question/{number}"
        case () | ("questions",):
            yield f"https://{host}/feeds"


def _hacker_news(host: str, path: _Segments, parts: SplitResult) -> Iterable[str]:
    if path in ((), ("news",)):
        yield "https://news.ycombinator.com/rss"


def _wikipedia(host: str, path: _Segments, parts: SplitResult) -> Iterable[str]:
    match path:
        case ("wiki", *title) if title and ":" not in title[0]:
            page = "/".join(title)
            yield f"https://{host}/w/index.php?title={page}&action=history&feed=atom"


def _arxiv(host: str, path: _Segments, parts: SplitResult) -> Iterable[str]:
    match path:
        case ("list", subject, *_):
            yield f"https://rss.arxiv.org/rss/{subject}"


def _vimeo(host: str, path: _Segments, parts: SplitResult) -> Iterable[str]:
    match path:
        case ("channels" | "groups" as kind, name, *_):
            yield f"https://vimeo.com/{kind}/{name}/videos/rss"
        case (user, *_) if not user.isdigit() and user not in ("categories", "watch", "ondemand"):
            yield f"https://vimeo.com/{user}/videos/rss"


def _lobsters(host: str, path: _Segments, parts: SplitResult) -> Iterable[str]:
    match path:
        case ():
            yield "https://lobste.rs/rss"
        case ("t", tag, *_):
            yield f"https://lobste.rs/t/{tag.removesuffix('.rss')}.rss"


def _dev_community(host: str, path: _Segments, parts: SplitResult) -> Iterable[str]:
    match path:
        case ():
            yield "https://dev.to/feed"
        case ("t", tag, *_):
            yield f"https://dev.to/feed/tag/{tag}"
        case (user, *_) if user not in ("feed", "search", "top", "latest"):
            yield f"https://dev.to/feed/{user}"


def _pypi(host: str, path: _Segments, parts: SplitResult) -> Iterable[str]:
    match path:
        case ("project", name, *_):
            yield f"https://pypi.org/rss/project/{name}/releases.xml"


def _none(host: str, path: _Segments, parts: SplitResult) -> Iterable[str]:
    """Sites whose addresses look like Mastodon's or Lemmy's but have no such feeds."""
    return ()


_RULES: Final[dict[str, _Rule]] = {
    "youtube.com": _youtube,
    "youtu.be": _none,
    "reddit.com": _reddit,
    ".reddit.com": _reddit,
    "github.com": _github,
    "gitlab.com": _gitlab,
    "codeberg.org": _forgejo,
    "bsky.app": _bluesky,
    "medium.com": _medium,
    ".medium.com": _medium,
    "substack.com": _none,
    ".substack.com": _substack,
    "wordpress.com": _none,
    ".wordpress.com": _wordpress,
    "tumblr.com": _tumblr,
    ".tumblr.com": _tumblr,
    ".blogspot.com": _blogger,
    "stackoverflow.com": _stack_exchange,
    ".stackexchange.com": _stack_exchange,
    "superuser.com": _stack_exchange,
    "serverfault.com": _stack_exchange,
    "askubuntu.com": _stack_exchange,
    "mathoverflow.net": _stack_exchange,
    "news.ycombinator.com": _hacker_news,
    ".wikipedia.org": _wikipedia,
    "arxiv.org": _arxiv,
    "vimeo.com": _vimeo,
    "lobste.rs": _lobsters,
    "dev.to": _dev_community,
    "pypi.org": _pypi,
    "tiktok.com": _none,
    "threads.net": _none,
    "threads.com": _none,
    "twitch.tv": _none,
    "soundcloud.com": _none,
    "podcasts.apple.com": _none,
}


# --- software that runs anywhere ---------------------------------------------


def _any_host(origin: str, path: _Segments) -> Iterable[str]:
    match path:
        # Mastodon and its kin; an account of another server is followed there.
        case (user, *rest) if _USER.fullmatch(user) and rest[:1] in (
            [],
            ["media"],
            ["with_replies"],
        ):
            name, _, home = user[1:].partition("@")
            yield f"https://{home}/@{name}.rss" if home else f"{origin}/@{name}.rss"
        # Lemmy.
        case ("c" | "u" as kind, name):
            yield f"{origin}/feeds/{kind}/{name}.xml?sort=New"

"""Addresses, requests and heads of answers that are plain: read as httpx and h11 read them."""

from __future__ import annotations

import h11
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedreader.fetch.addresses import Address, parse_url
from feedreader.fetch.messages import Message, read_plain_head, write_plain_request
from feedreader.fetch.words import FetchRefused

_HOSTS = st.sampled_from(
    [
        "example.org",
        "a.b-c.example",
        "127.0.0.1",
        "nas",
        "1.2.3.256",
        "01.2.3.4",
        "x_y.example.org",
        "EXAMPLE.org",
        "xn--bcher-kva.example",
        "bücher.example",
        "[::1]",
        "1.2.3",
        "a..b",
        "-a.b",
        "example.org.",
        "user:pw@example.org",
        "example.1",
        "0x7f.1",
        "a.1b",
        "",
    ]
)
_PORTS = st.sampled_from(["", ":80", ":443", ":8080", ":0", ":65536", ":99999", ":", ":08"])
_PATHS = st.text(
    st.sampled_from("abcXYZ019-._~!$&'()*+,;=:@/?#%[]{}|\\^\"<>` é\t\n"), max_size=12
).map(lambda text: "/" + text)


def _by_httpx(text: str) -> tuple[str, str, str] | None:
    try:
        url = httpx.URL("".join(text.strip().split("\t")))
        if url.scheme not in ("http", "https") or not url.raw_host or b"%" in url.raw_host:
            return None
        if url.port is not None and not 0 < url.port < 65536:
            return None
        url = url.copy_with(userinfo=b"", fragment=None)
    except (httpx.InvalidURL, ValueError, TypeError):
        return None
    return str(url), url.netloc.decode(), url.raw_path.decode()


@given(st.sampled_from(["http", "https", "HTTP", "ftp"]), _HOSTS, _PORTS, _PATHS)
def test_address_is_what_httpx_makes_of_it(scheme: str, host: str, port: str, path: str) -> None:
    text = f"{scheme}://{host}{port}{path}"
    known = _by_httpx(text)
    try:
        address = parse_url(text)
    except FetchRefused:
        assert known is None
    else:
        assert (address.text, address.authority, address.target) == known


@given(_HOSTS, _PATHS)
def test_redirect_leads_where_httpx_would_go(host: str, path: str) -> None:
    base = parse_url("https://example.org/blog/feed?x=1")
    for location in (f"http://{host}{path}", f"//{host}{path}", path, path[1:]):
        cleaned = "".join(char for char in location.strip() if char not in "\t\r\n")
        head, mark, rest = cleaned.partition("?")
        cleaned = head.replace("\\", "/") + mark + rest
        try:
            known = _by_httpx(str(httpx.URL(base.text).join(cleaned)))
        except (httpx.InvalidURL, ValueError, TypeError):
            known = None
        try:
            address = parse_url(location, base)
        except FetchRefused:
            assert known is None
        else:
            assert (address.text, address.authority, address.target) == known


def test_address_has_no_credentials_and_no_fragment() -> None:
    address = parse_url("https://me:p%40ss@example.org/feed#top")
    assert address.text == "https://example.org/feed"
    assert not any("p@ss" in str(part) or "p%40ss" in str(part) for part in address)


def test_usual_port_is_not_named_in_the_host_header() -> None:
    assert parse_url("https://example.org:443/").authority == "example.org"
    assert parse_url("https://example.org:8443/").authority == "example.org:8443"
    assert parse_url("https://example.org/").port == 443


def test_ipv6_address_has_no_brackets_but_its_host_header_has() -> None:
    address = parse_url("http://[2001:db8::1]:8080/")
    assert (address.host, address.authority) == ("2001:db8::1", "[2001:db8::1]:8080")


# --- requests ---------------------------------------------------------------

_ADDRESS = parse_url("http://example.org/feed?a=b")


def _message(*fields: tuple[bytes, bytes], address: Address = _ADDRESS) -> Message:
    return Message("GET", address, [(b"Host", b"example.org"), *fields], 1.0, 1.0)


def _by_h11(message: Message) -> bytes | None:
    connection = h11.Connection(h11.CLIENT)
    try:
        sent = connection.send(
            h11.Request(
                method=message.method, target=message.address.target, headers=message.fields
            )
        )
    except h11.LocalProtocolError:
        return None
    return sent


@given(
    st.lists(
        st.tuples(
            st.sampled_from([b"X-A", b"x b", b"", b"X:A", b"X-\xe9", b"If-None-Match"]),
            st.text(st.sampled_from('ab \t\r\n\x00\x01\x0b\x7f\xe9:"'), max_size=5).map(
                lambda text: text.encode("latin-1")
            ),
        ),
        max_size=3,
    )
)
def test_plain_request_is_sent_as_h11_would(fields: list[tuple[bytes, bytes]]) -> None:
    message = _message(*fields)
    plain = write_plain_request(message)
    assert plain is None or plain == _by_h11(message)


def test_usual_request_is_plain() -> None:
    message = _message((b"If-None-Match", b'W/"caf\xe9"'), (b"Accept", b"a/b, */*;q=0.1"))
    assert write_plain_request(message) == (
        b"GET /feed?a=b HTTP/1.1\r\nHost: example.org\r\n"
        b'If-None-Match: W/"caf\xe9"\r\nAccept: a/b, */*;q=0.1\r\n\r\n'
    )


def test_message_with_a_body_is_not_plain() -> None:
    message = Message("POST", _ADDRESS, [(b"Host", b"example.org")], 1.0, 1.0, b"{}")
    assert write_plain_request(message) is None


# --- heads of answers -------------------------------------------------------

_LINES = st.sampled_from(
    [
        b"HTTP/1.1 200 OK",
        b"HTTP/1.1 304 Not Modified",
        b"HTTP/1.1 204",
        b"HTTP/1.1 100 Continue",
        b"HTTP/1.0 200 OK",
        b"HTTP/1.1 2000 OK",
        b"http/1.1 200 OK",
        b"HTTP/1.1 404 \xe9",
        b"\r\n",
    ]
)
_FIELD_LINES = st.sampled_from(
    [
        b"Content-Length: 3",
        b"content-length:0",
        b"Content-Length: +3",
        b"Content-Length: 3, 3",
        b"Content-Length: 4",
        b"Content-Length: \xb2",
        b"Content-Length: 0x3",
        b"Content-Length:",
        b"Transfer-Encoding: chunked",
        b"Transfer-Encoding: identity",
        b"Connection: close",
        b"Connection: keep-alive",
        b"Connection: Upgrade",
        b"Upgrade: h2c",
        b'ETag:\t"a b" \t',
        b" folded",
        b"\tfolded",
        b"no colon",
        b"Name : value",
        b": nameless",
        b"X: a\nb",
        b"X: a\rb",
        b"X: \x00",
        b"X: \x0b",
        b"X: \xe9",
        b"X:",
        b'Etag: "1"\nX-Y: 2',
        b"Content-Length : 3",
    ]
)


@given(
    _LINES,
    st.lists(_FIELD_LINES, max_size=4),
    st.sampled_from([b"\r\n", b"\n"]),
    st.sampled_from([b"", b"abc", b"abcd", b"HTTP/1.1 200 OK\r\n\r\n", b"3\r\nabc\r\n0\r\n\r\n"]),
)
def test_plain_head_is_what_h11_reads(
    line: bytes, fields: list[bytes], end: bytes, rest: bytes
) -> None:
    received = end.join([line, *fields, b"", b""]) + rest
    plain = read_plain_head(received)
    if plain is None:
        return
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method="GET", target="/", headers=[("Host", "a")]))
    connection.send(h11.EndOfMessage())
    connection.receive_data(received)
    head = connection.next_event()
    assert isinstance(head, h11.Response)
    assert (plain.status, plain.fields) == (head.status_code, list(head.headers))
    body = b""
    while isinstance(event := connection.next_event(), h11.Data):
        body += event.data
    assert body == received[plain.head_bytes :][: plain.body_bytes]
    is_whole = len(received) - plain.head_bytes >= plain.body_bytes
    assert isinstance(event, h11.EndOfMessage) == is_whole
    if is_whole:
        assert connection.their_state is h11.DONE, "h11 too would use the connection again"


@pytest.mark.parametrize(
    "received",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
        b"HTTP/1.1 304 Not Modified\r\nETag: x\r\nContent-Length: 900\r\n\r\n",
        b"HTTP/1.1 404\r\ncontent-length:0\r\nConnection: Keep-Alive\r\n\r\n",
    ],
)
def test_usual_answer_is_plain(received: bytes) -> None:
    assert read_plain_head(received) is not None


@pytest.mark.parametrize(
    "received",
    [
        b"HTTP/1.1 200 OK\r\n\r\nuntil it closes",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nX: a\r\n folded\r\n\r\nabc",
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nX: " + b"a" * 20_000 + b"\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nContent-Le",
    ],
    ids=["endless", "two lengths", "both", "folded", "informational", "long", "not whole"],
)
def test_unusual_answer_is_left_to_h11(received: bytes) -> None:
    assert read_plain_head(received) is None

"""Fetches what stands at an address, with a limit on all that a stranger's server decides."""

import asyncio
import socket
import ssl
import zlib
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from http import HTTPStatus
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Self

import httpcore
import httpx

from core.sources import Marks, SourceError, SourceGone
from core.sources.headers import max_age, retry_after
from core.sources.links import web_address
from core.sources.public import is_public

USER_AGENT = "themata-bot (+https://themata.ai/)"
MOST_BYTES = 2_000_000
_MOST_REDIRECTS = 3
_FOR_GOOD = frozenset({HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.PERMANENT_REDIRECT})
_BUSY = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_PORTS = frozenset({80, 443})
_CONNECT_SECONDS = 5.0
_PLAIN = frozenset({"", "identity"})
_GZIP = frozenset({"gzip", "x-gzip"})
_PLAIN_ERRORS: tuple[tuple[type[Exception], str], ...] = (
    (httpx.TimeoutException, "did not answer in time"),
    (httpx.ConnectError, "could not be reached"),
    (httpx.InvalidURL, "is no address of a page"),
    (httpx.HTTPError, "broke off its answer"),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What stands at an address. `unchanged` means: nothing new since the marks; no body then."""

    url: str
    """Where it was found, after redirects."""
    body: bytes = b""
    marks: Marks = field(default_factory=Marks)
    unchanged: bool = False
    moved_to: str = ""
    """Where the address that was asked has moved for good, if it said so."""
    rest: timedelta = timedelta(0)
    """How long the server says that the answer stays as it is."""


@dataclass(frozen=True, slots=True)
class _SentOn:
    """An address sends on to another, for good or for now."""

    to: str
    for_good: bool


class Fetcher:
    """Fetches pages over HTTP, within the public internet unless `allow_private`.

    Close it when done, or use it in `async with`.
    """

    def __init__(
        self,
        *,
        allow_private: bool = False,
        seconds: float = 15.0,
        most_bytes: int = MOST_BYTES,
        user_agent: str = USER_AGENT,
    ) -> None:
        self._allow_private = allow_private
        self._seconds = seconds
        self._most_bytes = most_bytes
        self._client = httpx.AsyncClient(
            transport=_Transport(allow_private=allow_private),
            headers={"User-Agent": user_agent, "Accept-Encoding": "gzip, identity"},
            timeout=httpx.Timeout(seconds, connect=min(seconds, _CONNECT_SECONDS)),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            trust_env=False,
        )

    async def get(self, url: str, marks: Marks | None = None) -> Answer:
        """Return what stands at `url`, or that it is unchanged since `marks`.

        Raises `SourceError` that names the address, after 15 s at the latest; `SourceGone` where
        the server says that nothing will ever stand there again.
        """
        try:
            async with asyncio.timeout(self._seconds):
                return await self._follow(url, marks or Marks())
        except TimeoutError as error:
            raise SourceError(f"{_shown(url)} did not answer in {self._seconds:g} s") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise SourceError(f"{_shown(url)} {_in_words(error)}") from error
        except _NotPublic as error:
            raise SourceError(f"{_shown(url)} leads to {error}, not the public internet") from error

    async def aclose(self) -> None:
        """Close every connection."""
        await self._client.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def _follow(self, url: str, marks: Marks) -> Answer:
        asked, moved_to, is_for_good = [url], "", True
        while len(asked) <= _MOST_REDIRECTS + 1:
            found = await self._ask(self._allowed(asked[-1]), marks)
            if isinstance(found, Answer):
                return replace(found, moved_to=moved_to)
            # Behind a step that is only for now, nothing is for good.
            is_for_good = is_for_good and found.for_good
            moved_to = found.to if is_for_good else moved_to
            if found.to in asked:
                raise SourceError(f"{_shown(url)} sends in a circle")
            asked.append(found.to)
        raise SourceError(f"{_shown(url)} sends from page to page")

    def _allowed(self, url: str) -> str:
        """Return `url` if it may be asked for."""
        try:
            parts = httpx.URL(url)
        except httpx.InvalidURL as error:
            raise SourceError(f"{_shown(url)} is no address of a page") from error
        if parts.scheme not in {"http", "https"} or not parts.host:
            raise SourceError(f"{_shown(url)} is no http or https address")
        if parts.userinfo:
            raise SourceError(f"{_shown(url)} holds a name or password, which is not allowed")
        if not self._allow_private and parts.port not in {None, *_PORTS}:
            raise SourceError(f"{_shown(url)} is on port {parts.port}; only 80 and 443 are allowed")
        return url

    async def _ask(self, url: str, marks: Marks) -> Answer | _SentOn:
        """Return the answer of `url`, or the address that it sends on to."""
        async with self._client.stream("GET", url, headers=_conditions(marks)) as response:
            status, rest = response.status_code, max_age(response.headers)
            if status == HTTPStatus.NOT_MODIFIED and marks != Marks():
                return Answer(url, marks=marks, unchanged=True, rest=rest)
            if response.has_redirect_location:
                to = str(response.url.join(response.headers["Location"]))
                return _SentOn(to, for_good=status in _FOR_GOOD)
            if status != HTTPStatus.OK:
                raise _refusal(url, response)
            return Answer(url, await self._body(url, response), _marks(response), rest=rest)

    async def _body(self, url: str, response: httpx.Response) -> bytes:
        encoding = response.headers.get("Content-Encoding", "").strip().lower()
        if encoding not in _PLAIN | _GZIP:
            raise SourceError(f"{_shown(url)} answered in an encoding that was not asked for")
        body = bytearray()
        async for chunk in _decoded(response, self._most_bytes, gzip=encoding in _GZIP):
            body += chunk
            if len(body) > self._most_bytes:
                raise SourceError(f"{_shown(url)} is larger than {self._most_bytes:,} bytes")
        return bytes(body)


class _NotPublic(Exception):
    """An address outside the public internet; its text is the address."""


class _Transport(httpx.AsyncHTTPTransport):
    """Connects only where `_PublicNetwork` does."""

    def __init__(self, *, allow_private: bool) -> None:
        context = _trusted()
        super().__init__(verify=context, trust_env=False)
        if not allow_private:
            self._pool = httpcore.AsyncConnectionPool(
                ssl_context=context, network_backend=_PublicNetwork()
            )


@cache
def _trusted() -> ssl.SSLContext:
    """Return what tells whom to trust: to read the list of authorities takes long, so once."""
    return httpx.create_ssl_context(trust_env=False)


class _PublicNetwork(httpcore.AsyncNetworkBackend):
    """Looks a host up and connects to just the addresses that it checked.

    A second look-up, a redirect or an address in figures has no other way in.
    """

    def __init__(self) -> None:
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (httpcore's own signature)
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address of `host` that answers, if all of them are public."""
        failed: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in await _public_addresses(host, port):
            try:
                return await self._inner.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await self._inner.sleep(seconds)


async def _public_addresses(host: str, port: int) -> list[str]:
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(f"{host} is not known") from error
    addresses = list(dict.fromkeys(str(place[0]) for *_, place in found))
    # One private address among public ones is a trap, not a mirror.
    for address in addresses:
        if not is_public(address):
            raise _NotPublic(address)
    return addresses


async def _decoded(response: httpx.Response, most: int, *, gzip: bool) -> AsyncIterator[bytes]:
    """Yield the body in pieces, each at most a byte larger than `most`, however it was packed."""
    unpack = zlib.decompressobj(16 + zlib.MAX_WBITS)
    async for chunk in response.aiter_raw():
        if not gzip:
            yield chunk
            continue
        packed = chunk
        while packed:
            yield _unpacked(unpack, packed, most)
            packed = unpack.unconsumed_tail
    if gzip and not unpack.eof:
        raise httpx.ReadError("the packed body ended early")


def _unpacked(unpack: "zlib._Decompress", packed: bytes, most: int) -> bytes:
    try:
        return unpack.decompress(packed, most + 1)
    except zlib.error as error:
        raise httpx.ReadError("the packed body is broken") from error


def _conditions(marks: Marks) -> dict[str, str]:
    given = {"If-None-Match": marks.etag, "If-Modified-Since": marks.last_modified}
    return {name: value for name, value in given.items() if value}


def _marks(response: httpx.Response) -> Marks:
    headers = response.headers
    return Marks(headers.get("ETag", ""), headers.get("Last-Modified", ""))


def _refusal(url: str, response: httpx.Response) -> SourceError:
    said = f"{_shown(url)} answered {_status(response)}"
    if response.status_code == HTTPStatus.GONE:
        return SourceGone(said)
    is_busy = response.status_code in _BUSY
    return SourceError(said, rest=retry_after(response.headers) if is_busy else timedelta(0))


def _status(response: httpx.Response) -> str:
    return f"{response.status_code} {response.reason_phrase}".strip()


def _in_words(error: Exception) -> str:
    return next(words for kind, words in _PLAIN_ERRORS if isinstance(error, kind))


def _shown(url: str) -> str:
    """Return `url` as a sentence may show it: without a user's name and password."""
    return web_address(url) or url.rpartition("@")[2]

"""Discord's HTTP API, as far as the bot speaks it itself."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from types import TracebackType
from typing import Self

import aiohttp
from multidict import CIMultiDict, CIMultiDictProxy
from pydantic_core import from_json
from yarl import URL

from bots.discord.components import Json

API_URL = "https://discord.com/api/v10"
_TIMEOUT = aiohttp.ClientTimeout(total=15, sock_connect=5)
_HOME = "https://themata.ai"


@dataclass(frozen=True, slots=True)
class File:
    """A picture or a text that is sent with a message."""

    name: str
    content: bytes
    kind: str = "image/png"


@dataclass(frozen=True, slots=True)
class Answer:
    """What Discord answered."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes

    @property
    def succeeded(self) -> bool:
        """Whether Discord did what it was asked."""
        return 200 <= self.status < 300  # noqa: PLR2004 (HTTP's own numbers)

    def json(self) -> Json:
        """Return the body as an object, empty if it is none."""
        value = self._value()
        return value if isinstance(value, dict) else {}

    def items(self) -> list[object] | None:
        """Return the body as a list, None if it is none."""
        value = self._value()
        return value if isinstance(value, list) else None

    @property
    def code(self) -> int:
        """Discord's own code of the error, 0 if there is none."""
        code = 0 if self.succeeded else self.json().get("code")
        return code if isinstance(code, int) else 0

    @property
    def retry_after(self) -> timedelta | None:
        """How long Discord asked to wait, None if it did not ask."""
        asked = self.json().get("retry_after", self.headers.get("Retry-After"))
        try:
            return None if asked is None else timedelta(seconds=float(asked))
        except (TypeError, ValueError, OverflowError):
            return None

    def _value(self) -> object:
        # Three times as quick as Python's own, which reads some bodies that it does not.
        with suppress(ValueError):
            value: object = from_json(self.body)
            return value
        try:
            return json.loads(self.body)
        # A body may be nested deeper than Python reads.
        except (ValueError, RecursionError):
            return None


class Rest:
    """A client of Discord's HTTP API: one request, one answer, no retries of its own.

    It makes a session of its own, closed by `close`, unless it is given one to share.
    """

    def __init__(
        self, token: str, api_url: str = API_URL, session: aiohttp.ClientSession | None = None
    ) -> None:
        self._api_url = api_url.rstrip("/")
        self._own_session = session is None
        # Kept connections are shared by all requests; cookies are not ours to keep.
        self._session = session or aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        self._form_headers = CIMultiDict(
            {
                "Authorization": f"Bot {token}",
                "User-Agent": f"DiscordBot ({_HOME}, {version('themata-bot')})",
            }
        )
        self._headers = CIMultiDict({**self._form_headers, "Content-Type": "application/json"})

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def request(
        self, method: str, path: str, body: bytes | None = None, files: Sequence[File] = ()
    ) -> Answer:
        """Send `body` (JSON), with files if there are any, and return the answer of any status.

        `path` holds our own words and ids only. Raises `aiohttp.ClientError` or `TimeoutError`
        without an answer; the whole takes at most 15 s.
        """
        if self._session.closed:
            # Someone may still type while the bot leaves; aiohttp calls that a bug of ours.
            raise aiohttp.ClientConnectionError("the client is closed")
        url = URL(self._api_url + path, encoded=True)
        sent, headers = (_form(body, files), self._form_headers) if files else (body, self._headers)
        async with self._session.request(
            method, url, data=sent, headers=headers, timeout=_TIMEOUT, allow_redirects=False
        ) as response:
            return Answer(response.status, response.headers, await response.read())

    async def close(self) -> None:
        """Close the session if it is our own."""
        if self._own_session:
            await self._session.close()


def _form(body: bytes | None, files: Sequence[File]) -> aiohttp.FormData:
    # Discord reads `files[0]` as it is, and not with its brackets encoded.
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("payload_json", (body or b"{}").decode(), content_type="application/json")
    for at, file in enumerate(files):
        form.add_field(f"files[{at}]", file.content, filename=file.name, content_type=file.kind)
    return form

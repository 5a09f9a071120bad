"""A web server on loopback that serves what a test puts there."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web


@dataclass(frozen=True, slots=True)
class Served:
    """What stands at a path: a body, or with `hangs` only its beginning."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    hangs: bool = False
    breaks_off: bool = False


@dataclass(slots=True)
class NewsServer:
    """The server: `pages` by path and query, and the requests it had."""

    url: str = ""
    pages: dict[str, Served] = field(default_factory=dict)
    requests: list[web.BaseRequest] = field(default_factory=list)
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, path: str, body: str | bytes, **headers: str) -> str:
        """Let `body` stand at `path`, and return its address."""
        data = body.encode() if isinstance(body, str) else body
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = Served(data, headers=named)
        return f"{self.url}{path}"

    def send_on(self, path: str, to: str, status: int = 302) -> str:
        """Let `path` send on to the address `to`, and return its own."""
        self.pages[path] = Served(status=status, headers={"Location": to})
        return f"{self.url}{path}"

    @property
    def asked(self) -> list[str]:
        """The paths that were asked for, in order."""
        return [request.path_qs for request in self.requests]

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request as a plain web server does."""
        self.requests.append(request)
        served = self.pages.get(request.path_qs, Served(b"nothing here", 404))
        etag = served.headers.get("ETag")
        if etag and request.headers.get("If-None-Match") == etag:
            return web.Response(status=304)
        response = web.StreamResponse(status=served.status, headers=dict(served.headers))
        if served.breaks_off:
            response.content_length = len(served.body) + 1
        await response.prepare(request)
        await response.write(served.body)
        if served.breaks_off and request.transport:
            request.transport.close()
        if served.hangs:
            await self.closing.wait()
        return response


@asynccontextmanager
async def news_server() -> AsyncIterator[NewsServer]:
    """Run a server until the block ends."""
    news = NewsServer()
    runner = web.ServerRunner(web.Server(news.answer), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    news.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield news
    finally:
        news.closing.set()
        await runner.cleanup()

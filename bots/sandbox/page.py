"""The scene on a page: both sides, live, with people to type and press as."""

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web

from bots.sandbox.said import body_of, needed, who_and_where
from bots.sandbox.scene import PEOPLE, PLACES, Listening, Pick, Press, Scene, SideName
from bots.sandbox.viewing import Viewing

PORT = 8025
OWN_HEADER = "X-Sandbox-Page"
"""Every request that does something carries it: pages of other sites cannot send it."""

NewArticle = Callable[[], Awaitable[str | None]]
"""Lets a new article arrive; returns a sentence to show if there is something to say."""

_HOST = "127.0.0.1"
_STATIC = Path(__file__).parent / "static"
_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
_SAFE = {"GET", "HEAD"}
_MOST_BODY = 32 * 1024
_BEAT = 15.0  # seconds between signs of life, by which a page that is gone is noticed
_GOODBYE = 0.5  # seconds for answers that are under way when the page closes
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
        " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


class Page:
    """A page for one person at this machine; open inside `async with`, at `url`.

    It answers on loopback only, only under its own name, and does nothing for pages of other
    sites. `port` 0 means any free one.
    """

    def __init__(
        self, scene: Scene, new_article: NewArticle | None = None, *, port: int = PORT
    ) -> None:
        self.url = ""
        self._scene = scene
        self._new_article = new_article
        self._port = port
        self._hosts: set[str] = set()
        self._streams: set[Listening] = set()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        listener = socket.create_server((_HOST, self._port))
        port = listener.getsockname()[1]
        self._hosts = {f"{_HOST}:{port}", f"localhost:{port}"}
        self._runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=_GOODBYE)
        await self._runner.setup()
        await web.SockSite(self._runner, listener).start()
        self.url = f"http://{_HOST}:{port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for stream in self._streams:
            stream.tell(None)
        if self._runner is not None:
            await self._runner.cleanup()

    def _app(self) -> web.Application:
        app = web.Application(client_max_size=_MOST_BODY, middlewares=[self._guard])
        app.on_response_prepare.append(_add_headers)
        app.add_routes(
            [
                web.get("/", _front),
                web.get("/static/{name}", _static),
                web.get("/api/scene", self._cast),
                web.get("/api/events", self._events),
                web.get("/api/{side}/messages", self._messages),
                web.get("/api/discord/files/{id}", self._file),
                web.post("/api/{side}/words", self._words),
                web.post("/api/{side}/press", self._press),
                web.post("/api/{side}/pick", self._pick),
                web.post("/api/discord/form", self._form),
                web.post("/api/{side}/suggestions", self._suggestions),
                web.post("/api/article", self._article),
                *Viewing(self._scene).routes(),
            ]
        )
        return app

    @web.middleware
    async def _guard(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        # A name of someone else's that leads to this machine is still not this page's name.
        if request.host not in self._hosts:
            raise web.HTTPForbidden(text="This page answers to 127.0.0.1 and localhost only.")
        origin = request.headers.get("Origin", f"http://{request.host}")
        is_own = OWN_HEADER in request.headers and origin == f"http://{request.host}"
        if request.method not in _SAFE and not is_own:
            raise web.HTTPForbidden(text="Only the page itself may do this.")
        return await handler(request)

    # What is there.

    async def _cast(self, _request: web.Request) -> web.Response:
        roles = {name: side.directory.roles for name, side in self._scene.sides.items()}
        return web.json_response(
            {
                "people": PEOPLE,
                "places": PLACES,
                "roles": {name: dict(of_side) for name, of_side in roles.items()},
                "takes_articles": self._new_article is not None,
            }
        )

    async def _messages(self, request: web.Request) -> web.Response:
        side = self._side(request)
        person, place = who_and_where(dict(request.query))
        shown = [asdict(one) for one in self._scene.shown(side, person, place)]
        known, menu = self._scene.sides[side].directory, list(self._scene.sides[side].menu(place))
        lists = {"groups": known.groups, "channels": known.channels}
        told = {"messages": shown, "names": dict(known.names), "menu": menu, **lists}
        form = self._scene.discord_side.form(person, place) if side == "discord" else None
        return web.json_response(told | ({"form": form} if form else {}))

    async def _file(self, request: web.Request) -> web.Response:
        """Show a picture that was sent with a message of Discord's."""
        sent = self._scene.discord.file(request.match_info["id"])
        if sent is None or not sent.is_png:
            raise web.HTTPNotFound(text="There is no such picture.")
        return web.Response(body=sent.content, content_type="image/png")

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """Tell where something changed, as server-sent events, until the page is left."""
        headers = {"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"}
        response = web.StreamResponse(headers=headers)
        stream = self._scene.listen()
        self._streams.add(stream)
        try:
            await response.prepare(request)
            await response.write(b"retry: 1000\n\n")
            await _tell_of(stream, response)
        except ConnectionError:
            pass  # the page was closed
        finally:
            self._streams.discard(stream)
            self._scene.forget(stream)
        return response

    # What people do.

    async def _words(self, request: web.Request) -> web.Response:
        side, body = self._side(request), await body_of(request)
        person, place = who_and_where(body)
        remark = await self._scene.type_words(side, person, place, needed(body, "words"))
        return web.json_response({"remark": remark})

    async def _press(self, request: web.Request) -> web.Response:
        side, body = self._side(request), await body_of(request)
        person, place = who_and_where(body)
        message, button = needed(body, "message"), needed(body, "button")
        option, block = body.get("option"), str(body.get("block") or "")
        chosen = [str(it) for it in option] if isinstance(option, list) else str(option or "")
        press = Press(message, button, chosen, block)
        remark = await self._scene.press(side, person, place, press)
        return web.json_response({"remark": remark})

    async def _pick(self, request: web.Request) -> web.Response:
        side, body = self._side(request), await body_of(request)
        person, place = who_and_where(body)
        pick = Pick(needed(body, "message"), needed(body, "entry"))
        return web.json_response({"remark": await self._scene.pick(side, person, place, pick)})

    async def _form(self, request: web.Request) -> web.Response:
        """Send the form that somebody on Discord has before them, or close it."""
        body = await body_of(request)
        person, place = who_and_where(body)
        said = body.get("typed")
        typed = {str(name): str(it) for name, it in said.items()} if said else None
        remark = await self._scene.send_form(person, place, typed)
        return web.json_response({"remark": remark})

    async def _suggestions(self, request: web.Request) -> web.Response:
        side, body = self._side(request), await body_of(request)
        person, place = who_and_where(body)
        found = await self._scene.suggestions(side, person, place, needed(body, "words"))
        return web.json_response({"suggestions": [asdict(one) for one in found]})

    async def _article(self, _request: web.Request) -> web.Response:
        if self._new_article is None:
            raise web.HTTPNotFound(text="No articles arrive here.")
        said = await self._new_article()
        return web.json_response({"remark": said or ""})

    def _side(self, request: web.Request) -> SideName:
        for name in self._scene.sides:
            if name == request.match_info["side"]:
                return name
        raise web.HTTPNotFound(text="There is no such side.")


async def _tell_of(stream: Listening, response: web.StreamResponse) -> None:
    notices = aiter(stream)
    while True:
        try:
            async with asyncio.timeout(_BEAT):
                notice = await anext(notices)
        except TimeoutError:
            await response.write(b": still here\n\n")
        except StopAsyncIteration:
            return
        else:
            await response.write(f"data: {json.dumps(asdict(notice))}\n\n".encode())


async def _front(_request: web.Request) -> web.Response:
    return _file("index.html")


async def _static(request: web.Request) -> web.Response:
    return _file(request.match_info["name"])


def _file(name: str) -> web.Response:
    # Only what is listed can be asked for, so no name leads out of the folder.
    found = next((path for path in _STATIC.iterdir() if path.name == name), None)
    if found is None or found.suffix not in _TYPES:
        raise web.HTTPNotFound(text="There is no such file.")
    kind = _TYPES[found.suffix]
    return web.Response(body=found.read_bytes(), content_type=kind, charset="utf-8")


async def _add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)

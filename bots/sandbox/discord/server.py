"""The stand-in on the wire: who may ask how often, and how the answers look."""

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from aiohttp import web

from bots.sandbox.discord.api import Api, Call
from bots.sandbox.discord.errors import ApiError, TooSoon, plain_refusal, refusal
from bots.sandbox.discord.faults import Faults, Reply, as_reply
from bots.sandbox.discord.gateway import Gateway
from bots.sandbox.discord.limits import Meter, Refused
from bots.sandbox.discord.routes import Map, Route
from bots.sandbox.discord.uploads import MOST_OF_REQUEST, Upload, read_form
from bots.sandbox.discord.values import Request

PREFIX = "/api/v10"
GATEWAY = "/gateway"
# The form that Discord asks for; discord.py leaves the comma out, and is let in.
_AGENT = re.compile(r"DiscordBot \(https?://\S+ \S+\)")
_NO_CONTENT = Reply(204, b"", {})
_BANNED = b"error code: 1015"


@dataclass(frozen=True, slots=True)
class _Sent:
    body: object
    files: Mapping[int, Upload] = field(default_factory=dict)


_NOTHING = _Sent(None)


@dataclass(frozen=True, slots=True)
class Wire:
    """What stands between the bot and the API."""

    gateway: Gateway
    meter: Meter
    faults: Faults
    token: str
    clock: Callable[[], float]
    note: Callable[[Request], None]
    """Is told of every answered request."""


class Server:
    """Answers on the wire."""

    def __init__(self, api: Api, wire: Wire) -> None:
        self._api = api
        self._gateway = wire.gateway
        self._meter = wire.meter
        self._faults = wire.faults
        self._authorization = f"Bot {wire.token}"
        self._clock = wire.clock
        self._note = wire.note
        self._map = Map()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        path = request.path
        if path.startswith(GATEWAY):
            return await self._gateway.serve(request)
        short = path.removeprefix(PREFIX) if path.startswith(PREFIX) else ""
        line = f"{request.method} {short or path}"
        sent, refused = await _body(request)
        fate = self._faults.fate(line)
        if fate.is_dropped:
            _cut(request)
        await asyncio.sleep(fate.lag)
        await self._faults.keep_back(line, before_commit=True)
        reply = self._with_faults(request, line, sent, refused) if fate.is_carried_out else None
        status = reply.status if reply else 0
        self._note(Request(request.method, short or path, status, sent.body, self._clock()))
        await self._faults.keep_back(line)
        if reply is None or fate.is_dropped:
            _cut(request)
            return web.Response()
        return web.Response(status=reply.status, body=reply.body, headers=reply.headers)

    def _with_faults(
        self, request: web.BaseRequest, line: str, sent: _Sent, refused: ApiError | None
    ) -> Reply | None:
        """Return the answer, None if the connection is to be dropped."""
        fault = self._faults.take(line)
        if fault is not None and not fault.after_commit:
            if fault.reply is not None and not fault.reply.is_shared:
                self._meter.count_answer(fault.reply.status, self._clock())
            return fault.reply
        reply = self._answer(request, sent, refused)
        return reply if fault is None else fault.reply

    def _answer(self, request: web.BaseRequest, sent: _Sent, refused: ApiError | None) -> Reply:
        now = self._clock()
        wait = self._meter.banned_for(now)
        if wait > 0:
            headers = {"Content-Type": "text/plain", "Retry-After": str(int(wait) + 1)}
            return Reply(429, _BANNED, headers)
        reply = self._try(request, sent, refused, now)
        self._meter.count_answer(reply.status, now)
        return reply

    def _try(
        self, request: web.BaseRequest, sent: _Sent, refused: ApiError | None, now: float
    ) -> Reply:
        try:
            route, ids = self._find(request)
        except ApiError as error:
            return as_reply(error.status, error.body())
        if not route.is_open and (late := self._meter.take_request(now)):
            return _too_soon(late)
        headers: dict[str, str] = {}
        if route.is_metered:
            metered = self._meter.take_message(ids[0], now)
            if isinstance(metered, Refused):
                return _too_soon(metered)
            headers = metered
        query = dict(request.query) if request.query_string else {}
        return self._carry_out(route, Call(ids, query, sent.body, sent.files), refused, headers)

    def _find(self, request: web.BaseRequest) -> tuple[Route, tuple[str, ...]]:
        """Return the route of a request that may be made at all."""
        if not request.path.startswith(PREFIX):
            raise plain_refusal(404, "Not Found")
        route, ids = self._map.find(request.method, request.path[len(PREFIX) :])
        if route.is_open:
            return route, ids
        if not _AGENT.match(request.headers.get("User-Agent", "")):
            raise refusal(40333)
        if request.headers.get("Authorization") != self._authorization:
            raise plain_refusal(401, "Unauthorized")
        return route, ids

    def _carry_out(
        self, route: Route, call: Call, refused: ApiError | None, headers: dict[str, str]
    ) -> Reply:
        try:
            if refused is not None:
                raise refused
            answer = route.answer(self._api, call)
        except ApiError as error:
            return as_reply(error.status, error.body(), headers)
        except TooSoon as error:
            return _too_soon(error.late, {"message": error.message, "code": error.code})
        return _NO_CONTENT if answer is None else as_reply(route.status, answer, headers)


def _cut(request: web.BaseRequest) -> None:
    if request.transport is not None:
        request.transport.abort()


async def _body(request: web.BaseRequest) -> tuple[_Sent, ApiError | None]:
    """Return what was sent, and why it cannot be read."""
    try:
        if request.content_type == "multipart/form-data":
            content = await _large(request)
            return _Sent(*read_form(content, request.headers["Content-Type"])), None
        content = await request.read()
        return _Sent(json.loads(content) if content else None), None
    except web.HTTPRequestEntityTooLarge:
        return _NOTHING, refusal(40005)
    except ValueError:
        return _NOTHING, refusal(50109)
    except ApiError as error:
        return _NOTHING, error


async def _large(request: web.BaseRequest) -> bytes:
    """Return the content of a request with files, which may be larger than any other."""
    content = bytearray()
    async for chunk in request.content.iter_any():
        content += chunk
        if len(content) > MOST_OF_REQUEST:
            raise refusal(40005)
    return bytes(content)


def _too_soon(late: Refused, more: Mapping[str, object] = MappingProxyType({})) -> Reply:
    body = {
        "message": "You are being rate limited.",
        "retry_after": round(late.wait, 3),
        "global": late.everywhere,
        **more,
    }
    return as_reply(429, body, late.headers)

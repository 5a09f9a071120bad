"""The HTTP server on loopback: every request goes through its faults, holds and log."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from aiohttp import web

from bots.sandbox.slack.api import Api
from bots.sandbox.slack.faults import Fault, Faults
from bots.sandbox.slack.interactions import Interactions
from bots.sandbox.slack.sockets import Sockets
from bots.sandbox.slack.wire import Args, Json, Refusal, Reply, read_args
from bots.sandbox.slack.world import World

_Run = Callable[[Args], Reply]
_NOTHING = Reply(None)


@dataclass(frozen=True, slots=True)
class Request:
    """A call that was answered: when (seconds since 1970), with what, and how."""

    method: str
    args: Json
    status: int
    answer: Json | None
    at: float


class Front:
    """Takes requests and sends answers; keeps a log of them if `record`."""

    def __init__(
        self, world: World, api: Api, sockets: Sockets, interactions: Interactions, *, record: bool
    ) -> None:
        self._world = world
        self._api = api
        self._sockets = sockets
        self._interactions = interactions
        self._record = record
        self._runner: web.ServerRunner | None = None
        self.faults = Faults()
        self.requests: list[Request] = []

    async def open(self, port: int) -> int:
        """Listen on loopback; return the port."""
        server = web.Server(self._serve, access_log=None)
        self._runner = web.ServerRunner(server, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        return int(self._runner.addresses[0][1])

    async def close(self) -> None:
        """Answer what is open and stop."""
        await self.faults.end_holds()
        await self._sockets.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        top, _, name = request.path[1:].partition("/")
        match top:
            case "api":
                return await self._answer(request, name, partial(self._api.call, name, request))
            case "respond":
                return await self._answer(request, "response_url", partial(self._respond, name))
            case "link":
                return await self._link(request)
            case _:
                return web.Response(status=404)

    async def _answer(self, request: web.BaseRequest, name: str, run: _Run) -> web.Response:
        fault, fate = self.faults.take(name), self.faults.fate(name)
        args, refusal = await _read(request)
        if fate.is_dropped:
            _cut(request)
        await asyncio.sleep(fate.lag)
        await self.faults.keep_back(name, before_commit=True)
        reply = _reply(run, args, refusal, fault) if fate.is_carried_out else _NOTHING
        if self._record:
            told = {key: value for key, value in args.values.items() if key != "token"}
            now = self._world.clock()
            self.requests.append(Request(name, told, reply.status, reply.body, now))
        await self.faults.keep_back(name)
        if fate.is_dropped or (fault is not None and fault.drop):
            _cut(request)
        return reply.response()

    def _respond(self, interaction_id: str, args: Args) -> Reply:
        return Reply(self._interactions.respond(interaction_id, args))

    async def _link(self, request: web.BaseRequest) -> web.StreamResponse:
        fault = self.faults.take("link")
        if fault is None:
            return await self._sockets.connect(request)
        if fault.drop:
            _cut(request)
        return fault.reply().response()


async def _read(request: web.BaseRequest) -> tuple[Args, Refusal | None]:
    """Return the arguments of a call, and why they cannot be read."""
    try:
        return await read_args(request), None
    except Refusal as refusal:
        return Args({}), refusal


def _reply(run: _Run, args: Args, refusal: Refusal | None, fault: Fault | None) -> Reply:
    reply = refusal.reply() if refusal else _NOTHING
    if refusal is None and (fault is None or fault.after_commit):
        try:
            reply = run(args)
        except Refusal as refused:
            reply = refused.reply()
    return reply if fault is None else fault.reply()


def _cut(request: web.BaseRequest) -> None:
    transport = request.transport
    if isinstance(transport, asyncio.Transport):
        transport.abort()

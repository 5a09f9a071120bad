"""A Discord on loopback."""

import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Self

from aiohttp import web

from bots.sandbox.discord.api import Api, Identity
from bots.sandbox.discord.faults import Fault, Faults, Hold, as_reply, fits
from bots.sandbox.discord.hands import Hands
from bots.sandbox.discord.limits import Limits
from bots.sandbox.discord.listening import Listening
from bots.sandbox.discord.places import OWNER_ID
from bots.sandbox.discord.server import GATEWAY, PREFIX, Server, Wire
from bots.sandbox.discord.threads import Threads
from bots.sandbox.discord.values import Change, Request
from bots.sandbox.disturbance import Disturbance

_HOST = "127.0.0.1"
_GOODBYE = 0.5  # seconds for answers that are under way when the stand-in closes


class DiscordStandIn(Hands):
    """A Discord for one bot: its REST API and gateway, its people, and its faults.

    `async with DiscordStandIn() as discord:` serves it. `clock` gives the seconds since 1970 by
    which it counts limits, nonces and tokens; `patience` is how many real seconds people wait for
    a deferred answer. With `record=False` no request is kept in `requests`.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        limits: Limits | None = None,
        clock: Callable[[], float] | None = None,
        record: bool = True,
        patience: float = 30.0,
    ) -> None:
        super().__init__(limits or Limits(), clock, patience)
        self.requests: list[Request] = []
        """Every answered request, in order."""
        self.api_url = ""
        self.faults = Faults()
        self._port = port
        self._record = record
        self._listening: list[Listening] = []
        self._runner: web.ServerRunner | None = None

    async def __aenter__(self) -> Self:
        listener = socket.create_server((_HOST, self._port), reuse_port=False)
        server = web.Server(self._serving(listener.getsockname()[1]).handle)
        self._runner = web.ServerRunner(server, access_log=None, shutdown_timeout=_GOODBYE)
        await self._runner.setup()
        await web.SockSite(self._runner, listener).start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for listening in list(self._listening):
            listening.close()
        await self.gateway.close()
        if self._runner is not None:
            await self._runner.cleanup()

    # What goes wrong on the wire.

    def fail_next(
        self,
        matching: str,
        *,
        status: int,
        body: object = None,
        headers: dict[str, str] | None = None,
        times: int = 1,
    ) -> None:
        """Answer the next requests so in the place of Discord; nothing is carried out.

        `matching` is how the request begins, such as `POST /channels/1/messages`; `*` stands for
        anything.
        """
        words: object = {"message": f"{status}: made to fail", "code": 0} if body is None else body
        self.faults.add(Fault(matching, as_reply(status, words, headers), False, times))

    def drop_next(self, matching: str, *, after_commit: bool, times: int = 1) -> None:
        """Close the connection of the next requests, before or after they are carried out."""
        self.faults.add(Fault(matching, None, after_commit, times))

    def disturb(
        self, matching: str, *, drops: float = 0.0, lag: float = 0.0, seed: int = 0
    ) -> None:
        """From now on break a share of the connections, and carry requests out late, by chance.

        `drops` from 0 to 1 is the share that breaks, half of it though the request is carried
        out; `lag` is the most seconds that this takes, also when nobody waits any more.
        """
        self.faults.disturb(matching, Disturbance(drops=drops, lag=lag, seed=seed))

    @asynccontextmanager
    async def held(self, matching: str, *, before_commit: bool = False) -> AsyncIterator[Hold]:
        """Carry requests out, but keep their answers back until the block ends.

        `before_commit` keeps the requests themselves, which are carried out when the block ends.
        """
        hold = Hold(matching, before_commit=before_commit)
        self.faults.holds.append(hold)
        try:
            yield hold
        finally:
            self.faults.holds.remove(hold)
            hold.released.set()

    # What is seen from outside.

    def requested(self, matching: str = "") -> list[Request]:
        """Return the recorded requests that are meant, such as `POST /channels`, in order."""
        return [r for r in self.requests if fits(matching, f"{r.method} {r.path}")]

    async def until(self, happened: Callable[[], bool]) -> None:
        """Wait until something about this Discord is true, however long it takes."""
        await self.news.until(happened)

    async def connected(self) -> None:
        """Wait until a bot is logged in."""
        await self.until(lambda: self.gateway.is_connected)

    def watch(self, told: Callable[[Change], None]) -> None:
        """Tell of every change of a message as it happens."""
        self.world.watchers.append(told)

    def listen(self) -> Listening:
        """Return what changes from now on, as it comes."""
        listening = Listening(self._listening.remove)
        self._listening.append(listening)
        return listening

    def _serving(self, port: int) -> Server:
        self.api_url = f"http://{_HOST}:{port}{PREFIX}"
        self.gateway_url = f"ws://{_HOST}:{port}{GATEWAY}"
        identity = Identity(self.token, self.application_id, OWNER_ID, self.gateway_url)
        threads = Threads(self.world, self.start_thread, self.start_post, self.unarchive)
        api = Api(
            self.world,
            self.registrations,
            self._replies,
            identity,
            threads,
            lambda channel: self._meter.take_crosspost(channel, self.clock()),
        )
        wire = Wire(self.gateway, self._meter, self.faults, self.token, self.clock, self._note)
        return Server(api, wire)

    def _note(self, request: Request) -> None:
        if self._record:
            self.requests.append(request)
            self.news.stir()

    def _pass_on(self, change: Change) -> None:
        super()._pass_on(change)
        for listening in self._listening:
            listening.tell(change)

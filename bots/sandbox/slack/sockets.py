"""Socket Mode: the connections an app holds, and the envelopes it gets through them."""

import asyncio
import json
import time
from dataclasses import dataclass
from typing import Literal
from uuid import uuid4

from aiohttp import WSMsgType, web

from bots.sandbox.slack.wire import Json
from bots.sandbox.slack.world import World

Kind = Literal["slash_commands", "interactive", "events_api"]

_TICKET_SECONDS = 30


class Unacknowledged(Exception):
    """An envelope that the app did not acknowledge in time, or could not be given."""


@dataclass(frozen=True, slots=True)
class _Sent:
    """An envelope on its way: by which connection, and what comes with its acknowledgement."""

    link: web.WebSocketResponse
    said: asyncio.Future[Json]
    at: float


class Sockets:
    """The connections of the app; each envelope goes to one of them."""

    def __init__(self, world: World, ping_seconds: float | None) -> None:
        self._world = world
        self._ping_seconds = ping_seconds
        self._tickets: dict[str, float] = {}
        self._links: list[web.WebSocketResponse] = []
        self._told: set[web.WebSocketResponse] = set()
        self._sent: dict[str, _Sent] = {}
        self._changed = asyncio.Condition()
        self.base = ""
        self.copies = 1
        self.acknowledged_after: list[float] = []
        """How many seconds each envelope waited that was acknowledged."""

    def open_url(self) -> str:
        """Return an address for one new connection, good for half a minute."""
        ticket = uuid4().hex
        self._tickets[ticket] = self._world.clock() + _TICKET_SECONDS
        return f"{self.base}/link?ticket={ticket}&app_id={self._world.app_id}"

    def expire_links(self) -> None:
        """Make every address that was given out stale."""
        self._tickets.clear()

    async def connected(self, count: int = 1) -> None:
        """Return when the app holds `count` connections."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self._links) == count)

    async def connect(self, request: web.BaseRequest) -> web.StreamResponse:
        """Take a connection and serve it until it ends; a stale address is not found."""
        ticket = request.query.get("ticket", "")
        if self._tickets.pop(ticket, 0) <= self._world.clock():
            return web.Response(status=404)
        link = web.WebSocketResponse(heartbeat=self._ping_seconds)
        await link.prepare(request)
        if len(self._links) >= self._world.limits.connections:
            await self._dismiss(link, "too_many_websockets", close=True)
        else:
            await self._serve(link)
        return link

    async def deliver(self, kind: Kind, payload: Json, **more: object) -> Json:
        """Give an envelope to a connection; return what came with the acknowledgement.

        Of several `copies`, each travels in an envelope of its own, as retries do.
        """
        copies = (self._deliver(kind, payload, more) for _ in range(self.copies))
        first, *_ = await asyncio.gather(*copies)
        return first

    async def disconnect(self, reason: str, *, close: bool) -> None:
        """Tell every connection that it will end, and end it if `close`."""
        for link in tuple(self._links):
            await self._dismiss(link, reason, close=close)

    async def end_told(self) -> None:
        """End the connections that were told that they will."""
        for link in tuple(self._told):
            await self._end(link)

    async def close(self) -> None:
        """End every connection."""
        for link in tuple(self._links):
            await link.close()

    async def _deliver(self, kind: Kind, payload: Json, more: Json) -> Json:
        envelope_id = str(uuid4())
        envelope = {"envelope_id": envelope_id, "type": kind, "payload": payload, **more}
        text, said = json.dumps(envelope), asyncio.get_running_loop().create_future()
        sent = _Sent(self._next_link(), said, time.perf_counter())
        self._sent[envelope_id] = sent
        try:
            await sent.link.send_str(text)
            return await asyncio.wait_for(sent.said, self._world.limits.ack_seconds)
        except (TimeoutError, ConnectionError):
            raise Unacknowledged("operation_timeout") from None
        finally:
            del self._sent[envelope_id]

    def _next_link(self) -> web.WebSocketResponse:
        """Return the connection whose turn it is: one that will end only if there is no other."""
        staying = [link for link in self._links if link not in self._told]
        if not (staying or self._links):
            raise Unacknowledged("dispatch_failed")
        link = (staying or self._links)[0]
        self._links.remove(link)
        self._links.append(link)
        return link

    async def _serve(self, link: web.WebSocketResponse) -> None:
        await link.send_json(self._hello())
        await self._change(link, add=True)
        try:
            async for frame in link:
                if frame.type is WSMsgType.TEXT:
                    self._acknowledge(frame.data)
        finally:
            await self._change(link, add=False)

    async def _change(self, link: web.WebSocketResponse, *, add: bool) -> None:
        (self._links.append if add else self._links.remove)(link)
        self._told.discard(link)
        async with self._changed:
            self._changed.notify_all()

    def _acknowledge(self, text: str) -> None:
        try:
            frame = json.loads(text)
        except ValueError:
            return
        envelope_id = frame.get("envelope_id") if isinstance(frame, dict) else None
        sent = self._sent.get(envelope_id) if isinstance(envelope_id, str) else None
        if sent is not None and not sent.said.done():
            self.acknowledged_after.append(time.perf_counter() - sent.at)
            sent.said.set_result(frame.get("payload") or {})

    async def _dismiss(self, link: web.WebSocketResponse, reason: str, *, close: bool) -> None:
        about = {"host": "applink-stand-in"}
        self._told.add(link)
        await link.send_json({"type": "disconnect", "reason": reason, "debug_info": about})
        if close:
            await self._end(link)

    async def _end(self, link: web.WebSocketResponse) -> None:
        """Close a connection when all that was sent by it is acknowledged, or never will be."""
        if said := [sent.said for sent in self._sent.values() if sent.link is link]:
            await asyncio.wait(said)
        await link.close()

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self._links) + 1,
            "connection_info": {"app_id": self._world.app_id},
            "debug_info": {"host": "applink-stand-in", "approximate_connection_time": 18060},
        }

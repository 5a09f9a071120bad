"""The connections of Socket Mode: the next one stands before the last one goes."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bots.slack.client import TIME_OUT
from bots.slack.errors import BROKEN, failure
from bots.slack.underway import UnderWay
from core.posting import PlatformClosed, TryLater

log = logging.getLogger(__name__)

Json = dict[str, Any]

_APP_WANTED = "set THEMATA_SLACK_APP_TOKEN to an app-level token of the app with connections:write"
# A bot that leaves cannot wait for long until Slack has said goodbye, too.
_CLOSING = aiohttp.ClientWSTimeout(ws_close=2)


class Connections:
    """Takes what Slack sends, by one connection after another.

    Slack ends a connection every few hours and says so a little before. What still comes by the
    last one is taken and acknowledged while the next one stands already.
    """

    def __init__(
        self,
        client: AsyncWebClient,
        app_token: str,
        take: Callable[[Json], Awaitable[Json | None]],
        under_way: UnderWay,
        *,
        ping_interval: float,
    ) -> None:
        """Hand each payload to `take`, which returns what is said with its acknowledgement.

        Nothing is acknowledged for which it returns None.

        A connection that leaves a ping unanswered is given up. One that has a successor is kept
        for as long as `ping_interval`, in seconds.
        """
        self._client = client
        self._app_token = app_token
        self._take = take
        self._under_way = under_way
        self._ping_interval = ping_interval
        self._http = aiohttp.ClientSession()
        self._links: list[_Link] = []
        self._leaving: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Open a connection that takes the place of the last. Raises as a post would."""
        try:
            answer = await self._client.apps_connections_open(app_token=self._app_token)
            link = _Link(await self._greeted(str(answer["url"])), self._heard)
        except (SlackApiError, *BROKEN) as error:
            failed = failure(error)
            if isinstance(failed, PlatformClosed):
                raise PlatformClosed(_APP_WANTED) from error
            raise failed from error
        for last in self._links:
            task = asyncio.create_task(self._see_off(last))
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)
        self._links = [link]

    async def ending(self) -> None:
        """Return when the last connection that was opened ends, or soon will."""
        for link in self._links:
            await link.ending.wait()

    async def close(self) -> None:
        """End every connection."""
        for task in self._leaving:
            task.cancel()
        await asyncio.gather(*(link.close() for link in self._links))
        await asyncio.gather(*self._leaving, return_exceptions=True)
        await self._http.close()

    async def _greeted(self, url: str) -> aiohttp.ClientWebSocketResponse:
        async with asyncio.timeout(TIME_OUT):
            socket = await self._http.ws_connect(
                url, heartbeat=self._ping_interval, proxy=self._client.proxy, timeout=_CLOSING
            )
            said = _read(await socket.receive())
        if said.get("type") != "hello":
            await socket.close()
            raise TryLater(f"Slack took no connection ({said.get('reason')})")
        return socket

    def _heard(self, link: "_Link", said: Json) -> None:
        if "envelope_id" in said:
            self._under_way.begin(self._answer(link, said))

    async def _answer(self, link: "_Link", envelope: Json) -> None:
        said = await self._take(envelope.get("payload") or {})
        if said is None:
            return
        taken = {"envelope_id": envelope["envelope_id"], **({"payload": said} if said else {})}
        # Its own connection may have ended meanwhile: Slack takes the word by any.
        for standing in (link, *self._links):
            if await standing.said(taken):
                return
        log.warning("could not acknowledge to slack what was sent")

    async def _see_off(self, link: "_Link") -> None:
        """Take what still comes by a connection that has a successor, then end it."""
        try:
            await asyncio.wait({link.reading}, timeout=self._ping_interval)
        finally:
            await link.close()


class _Link:
    """One connection, from its greeting to its end."""

    def __init__(
        self,
        socket: aiohttp.ClientWebSocketResponse,
        heard: "Callable[[_Link, Json], None]",
    ) -> None:
        self.ending = asyncio.Event()
        self._socket = socket
        self.reading = asyncio.create_task(self._listen(heard))

    async def said(self, word: Mapping[str, object]) -> bool:
        """Say something to Slack; return whether it left."""
        if self._socket.closed:
            return False
        try:
            await self._socket.send_json(word)
        except ConnectionError:
            return False
        return True

    async def close(self) -> None:
        """End the connection."""
        await self._socket.close()
        await self.reading

    async def _listen(self, heard: "Callable[[_Link, Json], None]") -> None:
        try:
            async for frame in self._socket:
                said = _read(frame)
                if said.get("type") == "disconnect":
                    self.ending.set()
                heard(self, said)
        finally:
            self.ending.set()


def _read(frame: aiohttp.WSMessage) -> Json:
    """Return what Slack says in a frame; nothing if it cannot be read."""
    if frame.type is not aiohttp.WSMsgType.TEXT:
        return {}
    try:
        said = json.loads(frame.data)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}

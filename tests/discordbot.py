"""A plain HTTP client of Discord's API, and a Discord stand-in whose time stands still."""

import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from bots.sandbox.discord import Channel, DiscordStandIn, Limits

AGENT = "DiscordBot (https://themata.org, 0.1.0)"
TEXT = {"flags": 1 << 15, "components": [{"type": 10, "content": "words"}]}
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x08\0\0\0\x04"
"""The beginning of a picture of 8 by 4 dots."""


class Clock:
    """A time that stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        """Return the seconds since 1970."""
        return self.now


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    body: Any
    headers: Any

    @property
    def code(self) -> tuple[int, int]:
        """The status, and Discord's code of the error."""
        return self.status, self.body["code"]


class Bot:
    """A plain client of one stand-in."""

    def __init__(self, session: aiohttp.ClientSession, discord: DiscordStandIn) -> None:
        self.discord = discord
        self.lines: list[Line] = []
        self._session = session

    async def connect(self) -> "Line":
        """Open the gateway, and be greeted."""
        url = f"{self.discord.gateway_url}?v=10&encoding=json"
        line = Line(await self._session.ws_connect(url))
        self.lines.append(line)
        assert (await line.hear())["op"] == 10
        return line

    async def log_in(self, intents: int = 1, shard: tuple[int, int] = (0, 1)) -> "Line":
        """Open the gateway and log in; all guilds have been told when this returns."""
        line = await self.connect()
        data = {"token": self.discord.token, "intents": intents, "properties": {}, "shard": shard}
        await line.tell(2, data)
        line.ready = (await line.hear_of("READY"))["d"]
        for _ in line.ready["guilds"]:
            await line.hear_of("GUILD_CREATE")
        return line

    async def ask(self, method: str, path: str, body: object = None, **headers: str) -> Reply:
        """Make one request as the bot; `headers` replace the usual ones."""
        usual = {"Authorization": f"Bot {self.discord.token}", "User-Agent": AGENT}
        url = f"{self.discord.api_url}{path}"
        more = {key.replace("_", "-"): value for key, value in headers.items()}
        data = None if body is None else io.BytesIO(json.dumps(body).encode())
        async with self._session.request(method, url, data=data, headers=usual | more) as got:
            text = await got.text()
            is_json = got.headers.get("Content-Type") == "application/json"
            return Reply(got.status, json.loads(text) if is_json else text, got.headers)

    async def send(self, method: str, path: str, form: aiohttp.FormData) -> Reply:
        """Make one request with files as the bot."""
        usual = {"Authorization": f"Bot {self.discord.token}", "User-Agent": AGENT}
        url = f"{self.discord.api_url}{path}"
        async with self._session.request(method, url, data=form, headers=usual) as got:
            return Reply(got.status, json.loads(await got.text()), got.headers)

    async def post(self, channel: Channel, body: object) -> Reply:
        """Post a message."""
        return await self.ask("POST", f"/channels/{channel.id}/messages", body)

    async def register(self, commands: object) -> Reply:
        """Overwrite the application's commands."""
        path = f"/applications/{self.discord.application_id}/commands"
        return await self.ask("PUT", path, commands)


class Line:
    """One connection to the gateway."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.ready: Any = {}
        self.seq = 0

    async def tell(self, op: int, data: object) -> None:
        """Send one payload."""
        await self.socket.send_json({"op": op, "d": data})

    async def hear(self) -> Any:
        """Return the next payload."""
        payload = await self.socket.receive_json()
        self.seq = payload["s"] or self.seq
        return payload

    async def hear_of(self, event: str) -> Any:
        """Return the next payload, which must be this event."""
        payload = await self.hear()
        assert payload["t"] == event
        return payload

    async def closed_with(self) -> int | None:
        """Wait until the connection is closed, and return the code."""
        async for _ in self.socket:
            pass
        return self.socket.close_code


@asynccontextmanager
async def plain_bot(
    clock: Clock, limits: Limits | None = None, *, record: bool = True
) -> AsyncIterator[Bot]:
    """Give a client and its own stand-in."""
    async with (
        DiscordStandIn(clock=clock, limits=limits, record=record) as discord,
        aiohttp.ClientSession() as session,
    ):
        bot = Bot(session, discord)
        yield bot
        for line in bot.lines:
            await line.socket.close()

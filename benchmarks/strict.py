"""Stand-ins that keep to the vendors' limits and answer late, in a process of their own.

    python -m benchmarks.strict discord|slack WORKSPACES CHANNELS LATENCY

serves until its input ends. It first prints one line of JSON, a list of `Place`, and at the end
another, the fields of `Seen`. On Discord a person types a command again and again meanwhile.
"""

import asyncio
import gc
import json
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field

from benchmarks.standins import Child, Place, child, end_of_input
from bots.sandbox.discord import DiscordStandIn, NoAnswer
from bots.sandbox.discord.faults import Faults as DiscordFaults
from bots.sandbox.discord.interactions import Interaction
from bots.sandbox.slack import SlackStandIn
from bots.sandbox.slack.faults import Faults as SlackFaults
from core.posting import Platform

COMMAND = "tags"
_TYPED_EVERY = 0.1
_TOO_MANY_REQUESTS = 429
_OK = 200


@dataclass(frozen=True, slots=True)
class Seen:
    """What the stand-ins saw."""

    posted_at: list[float] = field(default_factory=list)
    """When each post came that was taken: seconds since 1970."""
    too_many: int = 0
    """How many requests came too soon."""
    standing: int = 0
    """How many messages stand in the channels."""
    acknowledged: list[float] = field(default_factory=list)
    """How many seconds each command waited to be acknowledged."""


class Strict:
    """Stand-ins that were started."""

    def __init__(self, places: list[Place], process: Child) -> None:
        self.places = places
        self._process = process

    async def seen(self) -> Seen:
        """End them, and return what they saw."""
        self._process.end()
        return Seen(**json.loads(await self._process.read()))


@asynccontextmanager
async def strict(
    platform: Platform, *, workspaces: int, channels: int, latency: float
) -> AsyncIterator[Strict]:
    """Start stand-ins with so many channels each, whose answers take `latency` seconds."""
    numbers = (str(workspaces), str(channels), str(latency))
    async with child("benchmarks.strict", platform, *numbers) as process:
        yield Strict([Place(**each) for each in json.loads(await process.read())], process)


class _LateDiscord(DiscordFaults):
    def __init__(self, latency: float) -> None:
        super().__init__()
        self._latency = latency

    async def keep_back(self, line: str, *, before_commit: bool = False) -> None:
        """Wait before every answer."""
        if not before_commit:
            await asyncio.sleep(self._latency)
        await super().keep_back(line, before_commit=before_commit)


class _LateSlack(SlackFaults):
    def __init__(self, latency: float) -> None:
        super().__init__()
        self._latency = latency

    async def keep_back(self, method: str, *, before_commit: bool = False) -> None:
        """Wait before every answer."""
        if not before_commit:
            await asyncio.sleep(self._latency)
        await super().keep_back(method, before_commit=before_commit)


class _TimedDiscord(DiscordStandIn):
    def __init__(self) -> None:
        super().__init__()
        self.acknowledged_after: list[float] = []

    async def _acknowledged(self, interaction: Interaction) -> None:
        began = time.perf_counter()
        try:
            await super()._acknowledged(interaction)
        finally:
            self.acknowledged_after.append(time.perf_counter() - began)

    @property
    def posted_at(self) -> list[float]:
        """When each post came that was taken."""
        return [r.at for r in self.requested("POST /channels") if r.status == _OK]


async def _discord(_workspaces: int, channels: int, latency: float) -> None:
    discord = _TimedDiscord()
    discord.faults = _LateDiscord(latency)
    async with discord:
        guild = discord.add_guild("Acme")
        ids = [discord.add_channel(guild, f"news-{number}").id for number in range(channels)]
        place = Place("discord", discord.api_url, discord.token, guild.id, ids, discord.gateway_url)
        typing = asyncio.create_task(_type(discord))
        await _serve([place], lambda: _seen_of_discord(discord, ids))
        typing.cancel()


async def _type(discord: _TimedDiscord) -> None:
    """Type a command again and again once the first post is there."""
    mia = discord.add_user("mia")
    channel = discord.add_channel(discord.guilds[0], "commands")
    await discord.until(lambda: bool(discord.posted_at))
    while True:
        with suppress(NoAnswer):
            await discord.type_command(mia, channel, COMMAND)
        await asyncio.sleep(_TYPED_EVERY)


def _seen_of_discord(discord: _TimedDiscord, channels: list[str]) -> Seen:
    return Seen(
        discord.posted_at,
        sum(request.status == _TOO_MANY_REQUESTS for request in discord.requests),
        sum(len(discord.messages(channel)) for channel in channels),
        discord.acknowledged_after,
    )


async def _slack(workspaces: int, channels: int, latency: float) -> None:
    async with AsyncExitStack() as stack:
        slacks = [await _workspace(stack, latency) for _ in range(workspaces)]
        places = []
        for number, slack in enumerate(slacks):
            ids = [slack.add_channel(f"news-{n}").id for n in range(channels)]
            # Each stand-in believes that its workspace is the only one.
            places.append(Place("slack", slack.api_url, slack.bot_token, f"T{number}", ids))
        await _serve(places, lambda: _seen_of_slack(slacks, places))


async def _workspace(stack: AsyncExitStack, latency: float) -> SlackStandIn:
    slack = SlackStandIn()
    slack._front.faults = _LateSlack(latency)  # noqa: SLF001 (tests have no use for late answers)
    return await stack.enter_async_context(slack)


def _seen_of_slack(slacks: list[SlackStandIn], places: list[Place]) -> Seen:
    requests = [request for slack in slacks for request in slack.requests]
    posts = [r for r in requests if r.method == "chat.postMessage" and r.status == _OK]
    return Seen(
        sorted(post.at for post in posts),
        sum(request.status == _TOO_MANY_REQUESTS for request in requests),
        sum(
            len(slack.messages(channel))
            for slack, place in zip(slacks, places, strict=True)
            for channel in place.channels
        ),
    )


async def _serve(places: list[Place], seen: Callable[[], Seen]) -> None:
    print(json.dumps([asdict(place) for place in places]), flush=True)
    await end_of_input()
    print(json.dumps(asdict(seen())), flush=True)


def main() -> None:
    """Serve what the command line names."""
    # All that is posted is kept, and looking through it again and again would make answers late.
    gc.disable()
    serve = {"discord": _discord, "slack": _slack}[sys.argv[1]]
    asyncio.run(serve(int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])))


if __name__ == "__main__":
    main()

"""A stand-in platform in a process of its own, so that its CPU is not counted with the bot's.

    python -m benchmarks.standins discord|slack CHANNELS [told]

serves until its input ends, and first prints one line of JSON: the fields of `Place`.
"""

import asyncio
import gc
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from bots.sandbox.discord import DiscordStandIn
from bots.sandbox.discord import Limits as DiscordLimits
from bots.sandbox.slack import Limits as SlackLimits
from bots.sandbox.slack import SlackStandIn
from core.posting import Address, Platform

_ROOT = Path(__file__).parent.parent
_LONGEST_LINE = 1 << 24


@dataclass(frozen=True, slots=True)
class Place:
    """Where a stand-in is, and the channels that the bot may post to."""

    platform: Platform
    api_url: str
    token: str
    workspace: str
    channels: list[str]
    gateway_url: str = ""
    app_token: str = ""

    def addresses(self) -> list[Address]:
        """Return the channels as the core knows them."""
        return [Address(self.platform, self.workspace, channel) for channel in self.channels]


@asynccontextmanager
async def stand_in(
    platform: Platform, channels: int, *, tells_limits: bool = False
) -> AsyncIterator[Place]:
    """Start a stand-in with so many channels and without limits, and end it at the end.

    With `tells_limits` Discord says after each message that its channel has to rest, for so short
    a time that nothing ever has to wait.
    """
    more = ["told"] if tells_limits else []
    async with child("benchmarks.standins", platform, str(channels), *more) as process:
        yield Place(**json.loads(await process.read()))


class Child:
    """A module of ours that runs in a process of its own, until its input ends."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._input = process.stdin
        self._output = process.stdout

    async def read(self) -> bytes:
        """Return the next line that it prints."""
        return await self._output.readline()

    def end(self) -> None:
        """Ask it to end. It may print some more."""
        self._input.close()


@asynccontextmanager
async def child(module: str, *arguments: str) -> AsyncIterator[Child]:
    """Run a module, and wait at the end until it has ended."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=_LONGEST_LINE,
        cwd=_ROOT,
    )
    started = Child(process)
    try:
        yield started
    finally:
        started.end()
        await process.wait()


async def end_of_input() -> None:
    """Return when whoever started this process wants it to end, or has ended in whatever way."""
    await asyncio.to_thread(sys.stdin.buffer.read)


async def _discord(channels: int, *, tells_limits: bool) -> None:
    limits = DiscordLimits.off()
    if tells_limits:
        limits = replace(limits, messages_per_channel=1, channel_window=0.001)
    async with DiscordStandIn(limits=limits, record=False) as discord:
        guild = discord.add_guild("Acme")
        ids = [discord.add_channel(guild, f"news-{number}").id for number in range(channels)]
        await _serve(Place("discord", discord.api_url, discord.token, guild.id, ids))


async def _slack(channels: int, *, tells_limits: bool) -> None:
    del tells_limits  # Slack tells nothing before it is too late
    async with SlackStandIn(limits=SlackLimits.off(), record=False) as slack:
        ids = [slack.add_channel(f"news-{number}").id for number in range(channels)]
        await _serve(Place("slack", slack.api_url, slack.bot_token, slack.team_id, ids))


async def _serve(place: Place) -> None:
    print(json.dumps(asdict(place)), flush=True)
    await end_of_input()


def main() -> None:
    """Serve what the command line names."""
    # All that is posted is kept, and looking through it again and again would slow the server.
    gc.disable()
    serve = {"discord": _discord, "slack": _slack}[sys.argv[1]]
    asyncio.run(serve(int(sys.argv[2]), tells_limits="told" in sys.argv[3:]))


if __name__ == "__main__":
    main()

"""The whole program as a process of its own, between two stand-ins in this one."""

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bots.sandbox.discord import DiscordStandIn
from bots.sandbox.slack import SlackStandIn
from tests.forks import Fork, fork

ROOT = Path(__file__).parent.parent
PATIENCE = 40.0
"""Seconds after which what is waited for will not come."""

_CONFIG = """\
sources = []
[database]
url = "sqlite:///{folder}/themata.db"
[discord]
api_url = "{discord.api_url}"
gateway_url = "{discord.gateway_url}"
requests_per_second = 0
[slack]
api_url = "{slack.api_url}"
seconds_between_posts = 0
settle_seconds = 1
"""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended, and what it said."""

    code: int | None
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Program:
    """How `themata` is run: with this configuration and these variables of its own."""

    config: Path
    secrets: dict[str, str]

    @asynccontextmanager
    async def running(self, *words: str, configured: bool = True) -> AsyncIterator[Fork]:
        """Start `themata` with these words, and kill it when the block ends, if it still runs."""
        more = ("-c", str(self.config)) if configured else ()
        process = await self._start(*words, *more)
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            # What it said is read to its end: an open pipe would outlive the test.
            await process.communicate()

    async def ended(self, *words: str) -> Ended:
        """Run `themata` with these words until it ends."""
        process = await self._start(*words, "-c", str(self.config))
        async with asyncio.timeout(PATIENCE):
            out, err = await process.communicate()
        return Ended(process.returncode, out.decode(), err.decode())

    def environment(self) -> dict[str, str]:
        """Return the variables that it runs with."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("THEMATA_")}
        return inherited | self.secrets

    async def _start(self, *words: str) -> Fork:
        return await fork(words, self.environment(), ROOT)


def program(folder: Path, discord: DiscordStandIn, slack: SlackStandIn) -> Program:
    """Return the program that keeps its database in `folder` and talks to these two, unpaced."""
    config = folder / "config.toml"
    config.write_text(_CONFIG.format(folder=folder, discord=discord, slack=slack), encoding="utf-8")
    secrets = {
        "THEMATA_DISCORD_TOKEN": discord.token,
        "THEMATA_SLACK_BOT_TOKEN": slack.bot_token,
        "THEMATA_SLACK_APP_TOKEN": slack.app_token,
    }
    return Program(config, secrets)


@contextmanager
def log_as_before() -> Iterator[None]:
    """Undo what a command that runs in the test's own process sets up for the log."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


async def slack_until(slack: SlackStandIn, happened: Callable[[], bool]) -> None:
    """Wait until something about the messages of this Slack is true."""
    changes = slack.listen()
    while not happened():
        await anext(changes)

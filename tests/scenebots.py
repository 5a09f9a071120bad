"""The real adapters at a scene, with a desk that says what it was asked."""

import asyncio
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bots.sandbox.discord import Limits as DiscordLimits
from bots.sandbox.scene import Scene, open_scene
from bots.sandbox.slack import Limits as SlackLimits
from bots.slack.bot import SlackBot
from bots.slack.client import web_client
from core.commands import Caller, Command
from core.desk import Suggestion
from core.messages import Buttons, Message, Text, WordsButton
from tests.fakes import SharesNothing
from tests.reachability import FakeReachability

with warnings.catch_warnings():
    # discord.py can speak too, by a module that Python 3.13 no longer has.
    warnings.simplefilter("ignore", DeprecationWarning)
    from bots.discord.bot import DiscordBot

TAGS = ("llms", "llama", "ai-agents")
USAGE = {"/themata": "help", "/subscribe": "llms privacy"}


class NamingDesk(SharesNothing):
    """Answers with the name of the command, and a button that subscribes."""

    def __init__(self) -> None:
        self.asked: list[tuple[Command, Caller]] = []

    async def answer(self, command: Command, caller: Caller) -> Message:
        """Name the command."""
        self.asked.append((command, caller))
        buttons = Buttons((WordsButton("Follow #meta", "subscribe meta"),))
        return Message((Text(f"This is {type(command).__name__}"), buttons))

    async def suggest(self, typed: str) -> tuple[Suggestion, ...]:
        """Return the tags that begin so."""
        return tuple(Suggestion(tag, f"{tag} (3)") for tag in TAGS if tag.startswith(typed))


class ForgetfulNotes:
    """Notes that keep nothing."""

    async def recall(self, _name: str) -> str | None:
        """Return nothing."""
        return None

    async def remember(self, name: str, value: str) -> None:
        """Keep nothing."""


@asynccontextmanager
async def unhurried_scene() -> AsyncIterator[Scene]:
    """Open a scene in which nobody types too fast."""
    async with open_scene(
        slack_usage=USAGE, discord_limits=DiscordLimits.off(), slack_limits=SlackLimits.off()
    ) as scene:
        yield scene


@asynccontextmanager
async def bots_at(scene: Scene, desk: NamingDesk) -> AsyncIterator[None]:
    """Run both bots until the block ends."""
    discord, slack = scene.discord, scene.slack
    on_discord = DiscordBot(
        discord.token,
        desk,
        ForgetfulNotes(),
        reachability=FakeReachability(),
        api_url=discord.api_url,
        gateway_url=discord.gateway_url,
    )
    async with web_client(slack.bot_token, api_url=slack.api_url) as client:
        on_slack = SlackBot(client, slack.app_token, desk)
        runs = [asyncio.create_task(on_discord.run()), asyncio.create_task(on_slack.run())]
        await asyncio.gather(on_discord.ready(), on_slack.connected())
        yield
        await asyncio.gather(on_discord.close(), on_slack.close())
        await asyncio.gather(*runs)

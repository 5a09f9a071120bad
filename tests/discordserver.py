"""A Discord server with the whole bot at work on it, its desk and database included."""

import asyncio
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bots.discord.menus import RELATED
from bots.discord.poster import DiscordPoster
from bots.sandbox.discord import Answer, Channel, DiscordStandIn, Limits, Message, User
from core.db import Database
from core.desk import Desk
from core.posting import Address
from tests.newsroom import Newsroom, newsroom
from tests.reachability import FakeReachability
from tests.scenebots import ForgetfulNotes

with warnings.catch_warnings():
    # discord.py can speak too, by a module that Python 3.13 no longer has.
    warnings.simplefilter("ignore", DeprecationWarning)
    from bots.discord.bot import DiscordBot


@dataclass
class Server:
    """A server with a channel, a member, and the bot at work."""

    discord: DiscordStandIn
    room: Newsroom
    news: Channel
    mia: User

    @property
    def address(self) -> Address:
        """The channel, as the core knows it."""
        return Address("discord", self.news.guild_id, self.news.id)

    async def post(self, *titles: str) -> Message:
        """Post these articles in the channel."""
        number = await self.room.post(self.address, *titles)
        return self.standing(number)

    def standing(self, number: str, channel: Channel | None = None) -> Message:
        """Return a message of the channel."""
        found = self.discord.world.find((channel or self.news).id, number)
        assert found is not None
        return found

    async def pick(self, message: Message, channel: Channel | None = None) -> Answer:
        """Choose Related stories in the menu of a message."""
        return await self.discord.pick(self.mia, channel or self.news, message, RELATED)

    async def press(self, message: Message, label: str) -> Answer:
        """Press the button with this label."""
        [button] = [it for it in message.buttons if it.get("label") == label]
        return await self.discord.press(self.mia, self.news, message, button["custom_id"])

    async def share(self, answer: Answer) -> Message:
        """Press Share in channel below a private answer, and return what then stands."""
        assert answer.message
        before = len(self.said())
        await self.press(answer.message, "Share in channel")
        return (await self.until_said(before + 1))[-1]

    async def shares_nothing(self, answer: Answer) -> str:
        """Press Share in channel, and return why nothing stands."""
        assert answer.message
        public, private = len(self.said()), len(privately(self))
        await self.press(answer.message, "Share in channel")
        await self.discord.until(lambda: len(privately(self)) > private)
        kept, refusal = privately(self)[0], privately(self)[-1]
        assert len(self.said()) == public
        assert labels(kept) == ["Share in channel"]
        assert refusal.ephemeral
        return refusal.text

    def said(self, channel: Channel | None = None) -> list[Message]:
        """Return what the bot said in a channel for everyone."""
        standing = self.discord.messages(channel or self.news)
        return [it for it in standing if it.author_id == self.discord.bot_user_id]

    async def until_said(self, many: int, channel: Channel | None = None) -> list[Message]:
        """Return what the bot said in a channel, as soon as it is so much."""
        await self.discord.until(lambda: len(self.said(channel)) >= many)
        return self.said(channel)

    async def is_quiet(self) -> None:
        """Wait until the bot has heard all that was said, and find that it says nothing."""
        before = len(self.said())
        lounge = self.discord.add_channel(self.discord.guilds[0], "lounge")
        self.discord.say(self.mia, lounge, f"<@{self.discord.bot_user_id}> related lounges")
        await self.until_said(1, lounge)
        assert len(self.said()) == before


@asynccontextmanager
async def open_server(database: Database) -> AsyncIterator[Server]:
    """Open a server on which the bot is connected, and its commands are registered."""
    async with (
        DiscordStandIn(limits=Limits.off()) as discord,
        DiscordPoster(discord.token, api_url=discord.api_url, requests_per_second=0) as poster,
    ):
        news = discord.add_channel(discord.add_guild("Acme"), "ai-news")
        room = await newsroom(database, poster, "discord")
        async with bot_on(discord, room.desk):
            yield Server(discord, room, news, discord.add_user("mia"))


@asynccontextmanager
async def bot_on(discord: DiscordStandIn, desk: Desk) -> AsyncIterator[None]:
    """Run a bot that answers by this desk, until the block ends."""
    bot = DiscordBot(
        discord.token,
        desk,
        ForgetfulNotes(),
        reachability=FakeReachability(),
        api_url=discord.api_url,
        gateway_url=discord.gateway_url,
    )
    run = asyncio.create_task(bot.run())
    await bot.ready()
    await discord.until(lambda: bool(discord.commands))
    yield
    await bot.close()
    await run


def labels(message: Message | None) -> list[str]:
    """Return what stands on the buttons of a message, which must be there."""
    assert message is not None
    return [str(button.get("label")) for button in message.buttons]


def privately(server: Server) -> list[Message]:
    """Return what only the member sees in the channel."""
    return server.discord.private(server.mia, server.news)

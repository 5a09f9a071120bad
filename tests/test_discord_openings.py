"""Servers and channels that open and close: what the bot tells of them, heard at the gateway."""

import asyncio
from collections.abc import AsyncIterator, Collection

import pytest

from bots.sandbox.discord import Channel, DiscordStandIn, Guild, permissions
from core.posting import Platform
from tests.gatewaybot import DiscordBot, LastingNotes, quiet_bot
from tests.reachability import FakeReachability

Told = tuple[str, ...]


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bots.discord.bot._GUILDS_WITHIN", 0.1)
    monkeypatch.setattr("bots.discord.bot._FIRST_WAIT", 0.01)


@pytest.fixture
async def discord() -> AsyncIterator[DiscordStandIn]:
    async with DiscordStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def acme(discord: DiscordStandIn) -> Guild:
    return discord.add_guild("Acme")


@pytest.fixture
def news(discord: DiscordStandIn, acme: Guild) -> Channel:
    return discord.add_channel(acme, "ai-news")


@pytest.fixture
def heard() -> FakeReachability:
    return FakeReachability()


@pytest.fixture
async def bot(discord: DiscordStandIn, heard: FakeReachability) -> AsyncIterator[DiscordBot]:
    """Give a bot that is not yet connected, and that leaves after the test."""
    started = quiet_bot(discord, LastingNotes(), heard)
    yield started
    await started.close()


async def begin(bot: DiscordBot, heard: FakeReachability) -> None:
    """Run the bot until it has told where it is; what it tells then is forgotten."""
    running = asyncio.ensure_future(bot.run())
    running.add_done_callback(lambda run: run.exception())
    await heard.until(1)
    heard.told.clear()


def opened(place: Channel) -> Told:
    return ("opened", "discord", place.guild_id, place.id)


GONE = "the channel is gone"
BLIND = permissions.VIEW_CHANNEL


async def test_at_the_start_it_tells_which_servers_it_is_on_and_nothing_for_each(
    discord: DiscordStandIn, bot: DiscordBot, heard: FakeReachability
) -> None:
    guilds = [discord.add_guild(f"guild {n}") for n in range(5)]
    left = discord.add_guild("Left")
    discord.kick(left)

    running = asyncio.ensure_future(bot.run())
    await heard.until(1)
    discord.kick(guilds[0])
    told = await heard.until(2)
    await bot.close()
    await running

    assert [told[0][:3], told[1]] == [
        ("present", "discord", "@me"),
        ("left", "discord", guilds[0].id),
    ]
    assert set(told[0][3:]) == {guild.id for guild in guilds}


async def test_p4_a_server_that_removed_the_bot_is_left_and_one_that_asks_it_back_is_joined(
    discord: DiscordStandIn, bot: DiscordBot, heard: FakeReachability, acme: Guild
) -> None:
    await begin(bot, heard)

    discord.kick(acme)
    discord.bring_back(acme)
    other = discord.add_guild("Other")
    discord.kick(other)

    assert await heard.until(3) == [
        ("left", "discord", acme.id),
        ("joined", "discord", acme.id),
        ("left", "discord", other.id),
    ]


async def test_p5_a_server_with_an_outage_is_away_until_it_is_back(
    discord: DiscordStandIn, bot: DiscordBot, heard: FakeReachability, acme: Guild
) -> None:
    await begin(bot, heard)

    discord.kick(acme, unavailable=True)
    discord.bring_back(acme)
    discord.bring_back(acme)
    discord.kick(acme)

    assert await heard.until(3) == [
        ("away", "discord", acme.id),
        ("joined", "discord", acme.id),
        ("left", "discord", acme.id),
    ]


async def test_p5_a_server_that_is_away_at_the_start_is_present_and_away(
    discord: DiscordStandIn, bot: DiscordBot, heard: FakeReachability, acme: Guild
) -> None:
    discord.kick(acme, unavailable=True)
    running = asyncio.ensure_future(bot.run())
    await heard.until(2)

    discord.bring_back(acme)

    assert await heard.until(3) == [
        ("present", "discord", "@me", acme.id),
        ("away", "discord", acme.id),
        ("joined", "discord", acme.id),
    ]
    await bot.close()
    await running


async def test_p2_a_channel_whose_permissions_come_back_is_open(
    discord: DiscordStandIn, bot: DiscordBot, heard: FakeReachability, news: Channel
) -> None:
    thread = discord.add_thread(news, "gemma")
    await begin(bot, heard)

    discord.permit(news, permissions.BOT | permissions.MANAGE_MESSAGES)
    discord.permit(news, BLIND)
    discord.permit(news, permissions.BOT)

    assert await heard.until(2) == [opened(news), opened(thread)]


async def test_p2_a_role_that_is_given_what_it_lacked_opens_channels(
    discord: DiscordStandIn, bot: DiscordBot, heard: FakeReachability, acme: Guild
) -> None:
    free = discord.add_channel(acme, "free", bot_permissions=None)
    discord.add_channel(acme, "shut", bot_permissions=BLIND)
    discord.permit_everyone(acme, BLIND)
    await begin(bot, heard)

    discord.permit_everyone(acme, permissions.MEMBER)
    discord.kick(acme)

    assert await heard.until(2) == [opened(free), ("left", "discord", acme.id)]


async def test_a_role_that_is_given_something_else_opens_nothing(
    discord: DiscordStandIn, bot: DiscordBot, heard: FakeReachability, acme: Guild
) -> None:
    discord.add_channel(acme, "free", bot_permissions=None)
    await begin(bot, heard)

    discord.permit_everyone(acme, permissions.MEMBER | permissions.MANAGE_MESSAGES)
    discord.kick(acme)

    assert await heard.until(1) == [("left", "discord", acme.id)]


async def test_p2_a_role_that_is_given_to_the_bot_opens_channels(
    discord: DiscordStandIn, bot: DiscordBot, heard: FakeReachability, acme: Guild, news: Channel
) -> None:
    free = discord.add_channel(acme, "free", bot_permissions=None)
    discord.permit_everyone(acme, BLIND)
    await begin(bot, heard)

    discord.give_role(acme, permissions.BOT)
    discord.kick(acme)

    assert news.id != free.id
    assert await heard.until(2) == [opened(free), ("left", "discord", acme.id)]


async def test_p1_a_deleted_channel_or_thread_is_closed(
    discord: DiscordStandIn, bot: DiscordBot, heard: FakeReachability, news: Channel
) -> None:
    thread = discord.add_thread(news, "gemma")
    await begin(bot, heard)

    discord.close_channel(thread)
    discord.close_channel(news)

    assert await heard.until(2) == [
        ("closed", "discord", news.guild_id, thread.id, GONE),
        ("closed", "discord", news.guild_id, news.id, GONE),
    ]


async def test_p3_a_thread_that_is_unlocked_is_open(
    discord: DiscordStandIn, bot: DiscordBot, heard: FakeReachability, news: Channel
) -> None:
    thread = discord.add_thread(news, "gemma")
    await begin(bot, heard)

    discord.lock(thread)
    discord.unlock(thread)

    assert await heard.until(1) == [opened(thread)]


async def test_n8_what_happened_before_a_session_was_resumed_is_told_afterwards(
    discord: DiscordStandIn, bot: DiscordBot, heard: FakeReachability, news: Channel
) -> None:
    await begin(bot, heard)

    discord.gateway.drop()
    discord.close_channel(news)

    assert await heard.until(1) == [("closed", "discord", news.guild_id, news.id, GONE)]
    assert (discord.gateway.identified, discord.gateway.resumed) == (1, 1)


async def test_n8_a_server_left_during_a_lost_session_is_no_longer_present(
    discord: DiscordStandIn,
    bot: DiscordBot,
    heard: FakeReachability,
    acme: Guild,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def at_once(*_: object, **__: object) -> None:
        """Log in without the seconds that Discord wants between logins."""

    monkeypatch.setattr("discord.Client.before_identify_hook", at_once)
    other = discord.add_guild("Other")
    await begin(bot, heard)

    discord.gateway._sessions.clear()
    discord.gateway.drop()
    discord.kick(acme)

    assert await heard.until(1) == [("present", "discord", "@me", other.id)]
    assert (discord.gateway.identified, discord.gateway.resumed) == (2, 0)


class SlowReachability(FakeReachability):
    """Takes its time with what it is told first."""

    def __init__(self) -> None:
        super().__init__()
        self.may_end = asyncio.Event()

    async def workspaces_present(self, platform: Platform, present: Collection[str]) -> None:
        """Keep it, and end later."""
        await super().workspaces_present(platform, present)
        await self.may_end.wait()
        await self._keep("ended")


async def test_closing_waits_until_what_was_heard_is_passed_on(discord: DiscordStandIn) -> None:
    heard = SlowReachability()
    bot = quiet_bot(discord, LastingNotes(), heard)
    await begin(bot, heard)

    closing = asyncio.ensure_future(bot.close())
    closed, _ = await asyncio.wait([closing], timeout=0.2)
    heard.may_end.set()
    await closing

    assert not closed
    assert heard.told == [("ended",)]

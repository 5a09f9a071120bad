"""The Discord stand-in: its limits, its faults on demand, and what it shows of itself."""

import asyncio
import json
from collections.abc import AsyncIterator

import aiohttp
import pytest

from bots.sandbox.discord import Channel, DiscordStandIn, Limits, User
from tests.discordbot import TEXT, Bot, Clock, plain_bot


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def bot(clock: Clock) -> AsyncIterator[Bot]:
    async with plain_bot(clock) as client:
        yield client


@pytest.fixture
def discord(bot: Bot) -> DiscordStandIn:
    return bot.discord


@pytest.fixture
def channel(discord: DiscordStandIn) -> Channel:
    return discord.add_channel(discord.add_guild("Acme"), "ai-news")


@pytest.fixture
def mia(discord: DiscordStandIn) -> User:
    return discord.add_user("mia")


# Limits.


async def test_a_channel_takes_five_messages_in_five_seconds(
    bot: Bot, discord: DiscordStandIn, channel: Channel, clock: Clock
) -> None:
    replies = [await bot.post(channel, TEXT) for _ in range(6)]
    late = replies[-1]

    assert [r.headers.get("X-RateLimit-Remaining") for r in replies] == [*"43210", "0"]
    assert late.status == 429
    assert late.body["retry_after"] == 5.0
    assert late.body["global"] is False
    assert late.headers["X-RateLimit-Scope"] == "user"
    assert late.headers["Retry-After"] == "5"
    assert late.headers["Via"]
    assert replies[0].headers["X-RateLimit-Reset-After"] == "5.000"
    assert replies[0].headers["X-RateLimit-Bucket"]
    other = discord.add_channel(discord.guilds[0], "other")
    assert (await bot.post(other, TEXT)).status == 200
    clock.now += 5
    assert (await bot.post(channel, TEXT)).status == 200


async def test_the_bot_may_make_fifty_requests_a_second(bot: Bot, clock: Clock) -> None:
    statuses = [(await bot.ask("GET", "/users/@me")).status for _ in range(50)]
    clock.now += 0.5
    late = await bot.ask("GET", "/users/@me")

    assert set(statuses) == {200}
    assert late.status == 429
    assert late.body == {
        "message": "You are being rate limited.",
        "retry_after": 0.5,
        "global": True,
    }
    assert late.headers["X-RateLimit-Global"] == "true"
    assert late.headers["X-RateLimit-Scope"] == "global"
    clock.now += 0.5
    assert (await bot.ask("GET", "/users/@me")).status == 200


async def test_too_many_invalid_requests_are_banned_by_cloudflare(clock: Clock) -> None:
    async with plain_bot(clock, Limits(invalid_requests=3)) as bot:
        for _ in range(3):
            await bot.ask("GET", "/users/@me", Authorization="Bot wrong")

        banned = await bot.ask("GET", "/users/@me")

        assert banned.status == 429
        assert "Via" not in banned.headers
        assert banned.body == "error code: 1015"
        clock.now += 601
        assert (await bot.ask("GET", "/users/@me")).status == 200


async def test_a_limit_that_others_used_up_is_not_held_against_the_bot(clock: Clock) -> None:
    async with plain_bot(clock, Limits(invalid_requests=1)) as bot:
        shared = {"X-RateLimit-Scope": "shared", "Via": "1.1 google"}
        bot.discord.fail_next("GET /users", status=429, headers=shared)

        assert (await bot.ask("GET", "/users/@me")).status == 429
        assert (await bot.ask("GET", "/users/@me")).status == 200


async def test_limits_can_be_off(clock: Clock) -> None:
    async with plain_bot(clock, Limits.off(), record=False) as bot:
        discord = bot.discord
        channel = discord.add_channel(discord.add_guild("Acme"), "ai-news")

        replies = [await bot.post(channel, TEXT) for _ in range(60)]

        assert {reply.status for reply in replies} == {200}
        assert "X-RateLimit-Limit" not in replies[0].headers
        assert discord.requests == []


# Faults on demand.


async def test_the_next_request_can_be_made_to_fail(
    bot: Bot, discord: DiscordStandIn, channel: Channel
) -> None:
    discord.fail_next(f"POST /channels/{channel.id}", status=502, body="bad gateway", times=2)

    statuses = [(await bot.post(channel, TEXT)).status for _ in range(3)]

    assert statuses == [502, 502, 200]
    assert len(discord.messages(channel)) == 1


@pytest.mark.parametrize(("after_commit", "standing"), [(False, 0), (True, 1)])
async def test_a_connection_can_be_dropped_before_or_after_the_message_is_stored(
    bot: Bot, discord: DiscordStandIn, channel: Channel, *, after_commit: bool, standing: int
) -> None:
    discord.drop_next("POST /channels/*/messages", after_commit=after_commit)

    with pytest.raises(aiohttp.ClientConnectionError):
        await bot.post(channel, TEXT)

    assert len(discord.messages(channel)) == standing
    assert discord.requests[-1].status == 0


async def test_answers_can_be_kept_back(
    bot: Bot, discord: DiscordStandIn, channel: Channel
) -> None:
    async with discord.held("POST /channels") as hold:
        asked = asyncio.create_task(bot.post(channel, TEXT))
        await hold.arrived()

        assert len(discord.messages(channel)) == 1
        assert not asked.done()

    assert (await asked).status == 200


async def test_requests_are_recorded(bot: Bot, discord: DiscordStandIn, channel: Channel) -> None:
    await bot.post(channel, {"content": "x"})
    await bot.ask("GET", "/users/@me")

    (request,) = discord.requested("POST /channels")
    assert request.path == f"/channels/{channel.id}/messages"
    assert (request.status, request.body, request.at) == (200, {"content": "x"}, 1_800_000_000.0)


async def test_changes_can_be_listened_to(
    bot: Bot, discord: DiscordStandIn, channel: Channel
) -> None:
    listening = discord.listen()
    posted = await bot.post(channel, TEXT)
    path = f"/channels/{channel.id}/messages/{posted.body['id']}"
    await bot.ask("PATCH", path, {"components": [{"type": 10, "content": "new"}]})
    await bot.ask("DELETE", path)
    listening.close()

    changes = [change async for change in listening]

    assert [change["kind"] for change in changes] == ["created", "edited", "deleted"]
    assert json.loads(json.dumps(changes))[0]["message"]["id"] == posted.body["id"]

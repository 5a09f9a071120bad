"""The Discord stand-in: the gateway's protocol."""

from collections.abc import AsyncIterator

import pytest

from bots.sandbox.discord import Channel, DiscordStandIn, User, permissions
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


@pytest.mark.parametrize(
    ("op", "data", "closed_with"),
    [
        (2, {"token": "wrong", "intents": 1}, 4004),
        (2, {"intents": 1 << 15}, 4014),
        (2, {"intents": 1 << 40}, 4013),
        (2, {"intents": 1, "shard": [3, 2]}, 4010),
        (3, {}, 4003),
    ],
)
async def test_a_login_against_the_rules_is_closed(
    bot: Bot, op: int, data: dict[str, object], closed_with: int
) -> None:
    line = await bot.connect()

    await line.tell(op, {"token": bot.discord.token, **data})

    assert await line.closed_with() == closed_with
    assert bot.discord.gateway.closed_with == [closed_with]


async def test_what_is_no_payload_closes_the_line(bot: Bot) -> None:
    line = await bot.connect()

    await line.socket.send_str("hello")

    assert await line.closed_with() == 4002


@pytest.mark.parametrize(("op", "closed_with"), [(2, 4005), (99, 4001)])
async def test_a_line_that_is_logged_in_keeps_to_the_protocol(
    bot: Bot, op: int, closed_with: int
) -> None:
    line = await bot.log_in()

    await line.tell(op, {"token": bot.discord.token, "intents": 1})

    assert await line.closed_with() == closed_with


async def test_more_than_120_events_a_minute_close_the_line(bot: Bot) -> None:
    line = await bot.log_in()

    for _ in range(120):
        await line.tell(1, None)

    assert await line.closed_with() == 4008


async def test_a_heartbeat_is_acknowledged(bot: Bot) -> None:
    line = await bot.connect()

    await line.tell(1, None)

    assert (await line.hear())["op"] == 11


async def test_a_login_is_told_of_its_guilds(
    bot: Bot, discord: DiscordStandIn, channel: Channel
) -> None:
    line = await bot.connect()
    await line.tell(2, {"token": discord.token, "intents": 1})

    ready = (await line.hear_of("READY"))["d"]
    guild = (await line.hear_of("GUILD_CREATE"))["d"]

    assert ready["user"]["id"] == discord.bot_user_id
    assert ready["application"]["id"] == discord.application_id
    assert ready["guilds"] == [{"id": guild["id"], "unavailable": True}]
    assert ready["resume_gateway_url"] == discord.gateway_url
    assert [c["id"] for c in guild["channels"]] == [channel.id]
    assert guild["members"][0]["user"]["id"] == discord.bot_user_id


async def test_a_shard_is_told_of_its_own_guilds_only(bot: Bot, discord: DiscordStandIn) -> None:
    guilds = [discord.add_guild(f"guild {i}") for i in range(2)]
    index = (int(guilds[0].id) >> 22) % 2
    line = await bot.log_in(shard=(index, 2))

    told = [guild["id"] for guild in line.ready["guilds"]]

    assert told == [g.id for g in guilds if (int(g.id) >> 22) % 2 == index]


async def test_what_was_missed_is_told_on_resume(
    bot: Bot, discord: DiscordStandIn, channel: Channel
) -> None:
    line = await bot.log_in()
    discord.gateway.drop()
    await line.closed_with()
    discord.close_channel(channel)

    again = await bot.connect()
    session = line.ready["session_id"]
    await again.tell(6, {"token": discord.token, "session_id": session, "seq": line.seq})

    missed = await again.hear_of("CHANNEL_DELETE")
    assert (missed["s"], missed["d"]["id"]) == (line.seq + 1, channel.id)
    await again.hear_of("RESUMED")
    assert discord.gateway.resumed == 1


async def test_an_unknown_session_is_invalid(bot: Bot, discord: DiscordStandIn) -> None:
    line = await bot.connect()

    await line.tell(6, {"token": discord.token, "session_id": "none", "seq": 1})

    assert await line.hear() == {"op": 9, "d": False, "s": None, "t": None}


async def test_a_session_cannot_be_resumed_from_the_future(
    bot: Bot, discord: DiscordStandIn
) -> None:
    session = (await bot.log_in()).ready["session_id"]
    line = await bot.connect()

    await line.tell(6, {"token": discord.token, "session_id": session, "seq": 99})

    assert await line.closed_with() == 4007


async def test_a_bot_that_says_goodbye_has_no_session_left(
    bot: Bot, discord: DiscordStandIn
) -> None:
    line = await bot.log_in()
    await line.socket.close(code=1000)
    await discord.until(lambda: not discord.gateway.is_connected)

    again = await bot.connect()
    session = line.ready["session_id"]
    await again.tell(6, {"token": discord.token, "session_id": session, "seq": line.seq})

    assert (await again.hear())["op"] == 9


async def test_the_bot_is_told_what_becomes_of_its_guilds(
    bot: Bot, discord: DiscordStandIn
) -> None:
    guild = discord.add_guild("Acme")
    line = await bot.log_in()

    discord.kick(guild, unavailable=True)
    assert (await line.hear_of("GUILD_DELETE"))["d"] == {"id": guild.id, "unavailable": True}
    discord.bring_back(guild)
    assert (await line.hear_of("GUILD_CREATE"))["d"]["id"] == guild.id
    discord.kick(guild)
    assert (await line.hear_of("GUILD_DELETE"))["d"] == {"id": guild.id}


async def test_messages_are_told_only_to_those_who_ask(
    bot: Bot, discord: DiscordStandIn, channel: Channel, mia: User
) -> None:
    quiet, curious = await bot.log_in(intents=1), await bot.log_in(intents=1 | 1 << 9)

    said = discord.say(mia, channel, "hello")
    discord.kick(discord.guilds[0])

    assert (await curious.hear_of("MESSAGE_CREATE"))["d"]["id"] == said.id
    await quiet.hear_of("GUILD_DELETE")


async def test_a_guild_that_is_new_to_the_bot_is_told_without_a_word_of_outages(
    bot: Bot, discord: DiscordStandIn
) -> None:
    guild = discord.add_guild("Acme")
    line = await bot.log_in()

    discord.kick(guild, unavailable=True)
    discord.bring_back(guild)
    await line.hear_of("GUILD_DELETE")
    back = await line.hear_of("GUILD_CREATE")
    discord.kick(guild)
    discord.bring_back(guild)
    await line.hear_of("GUILD_DELETE")
    joined = await line.hear_of("GUILD_CREATE")

    assert back["d"]["unavailable"] is False
    assert "unavailable" not in joined["d"]


async def test_a_guild_with_an_outage_is_named_at_the_login_but_not_told_of(
    bot: Bot, discord: DiscordStandIn
) -> None:
    away = discord.add_guild("Acme")
    discord.kick(away, unavailable=True)
    line = await bot.connect()
    await line.tell(2, {"token": discord.token, "intents": 1, "properties": {}})
    ready = await line.hear_of("READY")
    there = discord.add_guild("Other")

    assert [guild["id"] for guild in ready["d"]["guilds"]] == [away.id]
    assert (await line.hear_of("GUILD_CREATE"))["d"]["id"] == there.id


async def test_the_bot_is_told_what_it_may_do(bot: Bot, discord: DiscordStandIn) -> None:
    guild = discord.add_guild("Acme")
    channel = discord.add_channel(guild, "open", bot_permissions=None)
    line = await bot.log_in()

    discord.permit_everyone(guild, 0)
    closed = await line.hear_of("GUILD_ROLE_UPDATE")
    refused = await bot.post(channel, TEXT)
    discord.give_role(guild, permissions.BOT)
    role = await line.hear_of("GUILD_ROLE_CREATE")
    member = await line.hear_of("GUILD_MEMBER_UPDATE")

    assert closed["d"]["role"]["permissions"] == "0"
    assert refused.code == (403, 50001)
    assert role["d"]["role"]["permissions"] == str(permissions.BOT)
    assert member["d"]["roles"] == [role["d"]["role"]["id"]]
    assert (await bot.post(channel, TEXT)).status == 200


async def test_a_locked_thread_takes_no_posts_until_it_is_opened(
    bot: Bot, discord: DiscordStandIn, channel: Channel
) -> None:
    thread = discord.add_thread(channel, "gemma")
    line = await bot.log_in()

    discord.lock(thread)
    locked = await line.hear_of("THREAD_UPDATE")
    refused = await bot.post(thread, TEXT)
    discord.unlock(thread)
    opened = await line.hear_of("THREAD_UPDATE")
    discord.close_channel(thread)

    assert refused.code == (400, 160005)
    assert [told["d"]["thread_metadata"]["locked"] for told in (locked, opened)] == [True, False]
    assert (await line.hear_of("THREAD_DELETE"))["d"]["id"] == thread.id

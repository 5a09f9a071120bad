"""The Discord stand-in: commands and clicks, answered by hand."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bots.sandbox.discord import (
    Answer,
    Channel,
    DiscordStandIn,
    Limits,
    NoAnswer,
    NotPossible,
    User,
    permissions,
)
from tests.discordbot import TEXT, Bot, Clock, Line, Reply, plain_bot

DEFER = {"type": 5, "data": {"flags": 64}}
COMMANDS = [
    {
        "name": "channel",
        "description": "This channel",
        "default_member_permissions": "32",
        "contexts": [0],
        "options": [
            {
                "type": 1,
                "name": "follow",
                "description": "Follow tags",
                "options": [
                    {
                        "type": 3,
                        "name": "tags",
                        "description": "Tags",
                        "required": True,
                        "autocomplete": True,
                    },
                    {"type": 4, "name": "heat", "description": "Heat", "max_value": 100},
                ],
            }
        ],
    },
    {"name": "help", "description": "Help"},
]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def bot(clock: Clock) -> AsyncIterator[Bot]:
    async with plain_bot(clock) as client:
        await client.register(COMMANDS)
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


# What an interaction holds.


async def begin(
    bot: Bot, line: Line, user: User, channel: Channel, words: str = "help", **options: str
) -> tuple[Any, asyncio.Task[Answer]]:
    """Type a command, and return what the bot is told of it beside the person who waits."""
    waiting = asyncio.create_task(bot.discord.type_command(user, channel, words, options))
    return (await line.hear_of("INTERACTION_CREATE"))["d"], waiting


async def call_back(bot: Bot, told: Any, body: object, query: str = "") -> Reply:
    """Answer as discord.py does: without a token and without a bot's User-Agent."""
    path = f"/interactions/{told['id']}/{told['token']}/callback{query}"
    return await bot.ask("POST", path, body, Authorization="", User_Agent="aiohttp")


def original(bot: Bot, told: Any, message: str = "@original") -> str:
    return f"/webhooks/{bot.discord.application_id}/{told['token']}/messages/{message}"


async def test_an_interaction_of_a_guild_is_complete(
    bot: Bot, discord: DiscordStandIn, channel: Channel, mia: User
) -> None:
    discord.allow(mia, channel, permissions.MANAGE_CHANNELS)
    line = await bot.log_in()

    told, waiting = await begin(bot, line, mia, channel, "channel follow", tags="llms")
    await call_back(bot, told, {"type": 4, "data": TEXT})
    await waiting

    leaf = {"name": "tags", "type": 3, "value": "llms"}
    assert told["type"] == 2
    assert told["application_id"] == discord.application_id
    assert told["data"]["name"] == "channel"
    assert told["data"]["options"] == [{"name": "follow", "type": 1, "options": [leaf]}]
    assert told["guild_id"] == channel.guild_id
    assert told["channel"]["name"] == "ai-news"
    assert told["member"]["user"]["id"] == mia.id
    assert int(told["member"]["permissions"]) & permissions.MANAGE_CHANNELS
    assert not int(told["member"]["permissions"]) & permissions.MANAGE_GUILD
    assert int(told["app_permissions"]) == permissions.BOT
    assert told["context"] == 0
    assert told["authorizing_integration_owners"] == {"0": channel.guild_id}
    assert told["entitlements"] == []
    assert told["locale"] == told["guild_locale"] == "en-US"


async def test_an_interaction_of_direct_messages_names_the_person(
    bot: Bot, discord: DiscordStandIn, mia: User
) -> None:
    line = await bot.log_in()
    direct = discord.open_dm(mia)

    told, waiting = await begin(bot, line, mia, direct)
    await call_back(bot, told, {"type": 4, "data": TEXT})
    await waiting

    assert told["user"]["id"] == mia.id
    assert told["channel"]["type"] == 1
    assert told["context"] == 1
    assert not {"guild_id", "member"} & set(told)


async def test_administrators_may_do_everything(
    bot: Bot, discord: DiscordStandIn, channel: Channel, mia: User
) -> None:
    discord.allow(mia, discord.guilds[0], permissions.ADMINISTRATOR)
    line = await bot.log_in()

    told, waiting = await begin(bot, line, mia, channel)
    await call_back(bot, told, {"type": 4, "data": TEXT})
    await waiting

    assert int(told["member"]["permissions"]) == permissions.ALL


# How it is answered.


async def test_a_private_answer_is_seen_by_one_person(
    bot: Bot, discord: DiscordStandIn, channel: Channel, mia: User
) -> None:
    line = await bot.log_in()
    told, waiting = await begin(bot, line, mia, channel)

    reply = await call_back(
        bot, told, {"type": 4, "data": {**TEXT, "flags": 1 << 15 | 64}}, "?with_response=true"
    )

    answer = await waiting
    assert (answer.text, answer.ephemeral, answer.is_deferred) == ("words", True, False)
    assert answer.message is not None
    assert reply.body["resource"]["message"] == answer.message.data
    assert discord.messages(channel) == []
    assert discord.private(mia, channel) == [answer.message]
    assert discord.private(discord.add_user("leo"), channel) == []
    path = f"/channels/{channel.id}/messages/{answer.message.id}"
    assert (await bot.ask("GET", path)).code == (404, 10008)


async def test_a_deferral_keeps_only_that_it_is_private(
    bot: Bot, discord: DiscordStandIn, channel: Channel, mia: User
) -> None:
    line = await bot.log_in()
    told, waiting = await begin(bot, line, mia, channel)

    await call_back(bot, told, {"type": 5, "data": {"flags": 1 << 15 | 64}})
    (thinking,) = discord.private(mia, channel)
    edited = await bot.ask("PATCH", original(bot, told), TEXT)

    answer = await waiting
    assert thinking.data["flags"] == 64 | 128
    assert edited.body["flags"] == 64 | 1 << 15
    assert (answer.text, answer.ephemeral, answer.is_deferred) == ("words", True, True)


async def test_a_first_follow_up_fills_the_deferred_answer(
    bot: Bot, discord: DiscordStandIn, channel: Channel, mia: User
) -> None:
    line = await bot.log_in()
    told, waiting = await begin(bot, line, mia, channel)
    await call_back(bot, told, DEFER)
    path = original(bot, told).removesuffix("/messages/@original")

    await bot.ask("POST", path, {"content": "first"})
    await bot.ask("POST", path, {"content": "second"})

    assert (await waiting).text == "first"
    assert [m.text for m in discord.private(mia, channel)] == ["first"]
    assert [m.text for m in discord.messages(channel)] == ["second"]


async def test_an_interaction_is_answered_once(bot: Bot, channel: Channel, mia: User) -> None:
    line = await bot.log_in()
    told, waiting = await begin(bot, line, mia, channel)
    await call_back(bot, told, {"type": 4, "data": TEXT})

    assert (await call_back(bot, told, DEFER)).code == (400, 40060)
    await waiting


async def test_an_answer_after_three_seconds_is_unknown(
    bot: Bot, channel: Channel, mia: User, clock: Clock
) -> None:
    line = await bot.log_in()
    told, waiting = await begin(bot, line, mia, channel)
    waiting.cancel()

    clock.now += 3.1

    assert (await call_back(bot, told, DEFER)).code == (404, 10062)


async def test_a_person_who_gets_no_answer_sees_so(clock: Clock) -> None:
    async with plain_bot(clock, Limits(answer_within=0.05)) as bot:
        await bot.register(COMMANDS)
        channel = bot.discord.add_channel(bot.discord.add_guild("Acme"), "ai-news")
        line = await bot.log_in()
        told, waiting = await begin(bot, line, bot.discord.add_user("mia"), channel)

        with pytest.raises(NoAnswer, match="The application did not respond"):
            await waiting

        assert (await call_back(bot, told, DEFER)).code == (404, 10062)


async def test_a_token_lives_fifteen_minutes(
    bot: Bot, channel: Channel, mia: User, clock: Clock
) -> None:
    line = await bot.log_in()
    told, waiting = await begin(bot, line, mia, channel)
    await call_back(bot, told, {"type": 4, "data": TEXT})
    await waiting

    clock.now += 899
    assert (await bot.ask("PATCH", original(bot, told), TEXT)).status == 200
    clock.now += 2
    assert (await bot.ask("PATCH", original(bot, told), TEXT)).code == (401, 50027)


async def test_an_answer_can_be_taken_away(
    bot: Bot, discord: DiscordStandIn, channel: Channel, mia: User
) -> None:
    line = await bot.log_in()
    told, waiting = await begin(bot, line, mia, channel)
    await call_back(bot, told, {"type": 4, "data": TEXT})
    await waiting

    assert (await bot.ask("GET", original(bot, told))).body["flags"] == 1 << 15
    assert (await bot.ask("DELETE", original(bot, told))).status == 204
    assert (await bot.ask("GET", original(bot, told))).code == (404, 10008)
    assert discord.messages(channel) == []


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"type": 1}, "type"),
        ({"type": 7, "data": TEXT}, "type"),
        ({"type": 8}, "type"),
        ({"type": 4, "data": {"content": "a" * 2001}}, "data"),
        ({"type": 9, "data": {"title": ""}}, "data"),
    ],
)
async def test_a_wrong_answer_is_refused_and_can_be_put_right(
    bot: Bot, channel: Channel, mia: User, body: object, path: str
) -> None:
    line = await bot.log_in()
    told, waiting = await begin(bot, line, mia, channel)

    wrong = await call_back(bot, told, body)

    assert wrong.code == (400, 50035)
    assert path in wrong.body["errors"]
    assert (await call_back(bot, told, {"type": 4, "data": TEXT})).status == 204
    await waiting


async def test_answers_do_not_count_against_the_bots_fifty(
    bot: Bot, channel: Channel, mia: User
) -> None:
    line = await bot.log_in()
    told, waiting = await begin(bot, line, mia, channel)
    while (await bot.ask("GET", "/users/@me")).status == 200:
        pass

    assert (await call_back(bot, told, DEFER)).status == 204
    assert (await bot.ask("PATCH", original(bot, told), TEXT)).status == 200
    await waiting


async def test_answers_ping_only_people_unless_told_otherwise(
    bot: Bot, discord: DiscordStandIn, channel: Channel, mia: User
) -> None:
    line = await bot.log_in()
    told, waiting = await begin(bot, line, mia, channel)

    content = f"@everyone <@{mia.id}> <@&5>"
    await call_back(bot, told, {"type": 4, "data": {"content": content}})
    await waiting

    (message,) = discord.messages(channel)
    assert message.pings == (f"<@{mia.id}>",)


# What people can do.


@pytest.mark.parametrize(
    ("words", "options"),
    [
        ("nothing", {}),
        ("channel", {}),
        ("channel unfollow", {}),
        ("channel follow", {}),
        ("channel follow", {"tags": 5}),
        ("channel follow", {"tags": ""}),
        ("channel follow", {"tags": "llms", "mood": "x"}),
        ("channel follow", {"tags": "llms", "heat": "hot"}),
        ("channel follow", {"tags": "llms", "heat": 101}),
    ],
)
async def test_only_what_is_registered_can_be_typed(
    discord: DiscordStandIn, channel: Channel, mia: User, words: str, options: Any
) -> None:
    with pytest.raises(NotPossible):
        await discord.type_command(mia, channel, words, options)


async def test_commands_of_guilds_are_not_offered_in_direct_messages(
    discord: DiscordStandIn, mia: User
) -> None:
    with pytest.raises(NotPossible, match="not offered here"):
        await discord.type_command(mia, discord.open_dm(mia), "channel follow", {"tags": "llms"})


async def test_commands_are_offered_to_those_with_permission(
    discord: DiscordStandIn, channel: Channel, mia: User
) -> None:
    assert [c["name"] for c in discord.offered(mia, channel)] == ["help"]

    discord.allow(mia, discord.guilds[0], permissions.MANAGE_GUILD)

    assert [c["name"] for c in discord.offered(mia, channel)] == ["channel", "help"]


async def test_only_buttons_that_stand_can_be_pressed(
    bot: Bot, discord: DiscordStandIn, channel: Channel, mia: User
) -> None:
    row = {"type": 1, "components": [{"type": 2, "style": 2, "label": "x", "custom_id": "a"}]}
    posted = await bot.post(channel, {"content": "x", "components": [row]})

    with pytest.raises(NotPossible, match="no button b"):
        await discord.press(mia, channel, posted.body["id"], "b")
    with pytest.raises(NotPossible, match="sees no message"):
        await discord.press(mia, channel, "1", "a")

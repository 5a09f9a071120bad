"""The stand-ins: menus of messages, replies, and of whose words the bot is told."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bots.sandbox.discord import Channel, DiscordStandIn, NotPossible, User
from bots.sandbox.discord.gateway import GUILD_MESSAGES, GUILDS
from bots.sandbox.slack import Limits, NoAnswer, SlackStandIn
from tests.discordbot import TEXT, Bot, Clock, Line, plain_bot

MENU = {"name": "Related stories", "type": 3}


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    async with plain_bot(Clock()) as client:
        await client.register([MENU])
        yield client


@pytest.fixture
def discord(bot: Bot) -> DiscordStandIn:
    return bot.discord


@pytest.fixture
def news(discord: DiscordStandIn) -> Channel:
    return discord.add_channel(discord.add_guild("Acme"), "ai-news")


@pytest.fixture
def mia(discord: DiscordStandIn) -> User:
    return discord.add_user("mia")


@pytest.fixture
async def line(bot: Bot, news: Channel) -> Line:
    """Log in when the channel is there."""
    assert news.guild_id
    return await bot.log_in(GUILDS | GUILD_MESSAGES)


async def test_a_menu_tells_the_bot_which_message_and_all_of_it(
    discord: DiscordStandIn, news: Channel, mia: User, bot: Bot, line: Line
) -> None:
    said = discord.say(mia, news, "what do you think of it")
    await line.hear_of("MESSAGE_CREATE")
    picking = asyncio.create_task(discord.pick(mia, news, said, "Related stories"))
    told = (await line.hear_of("INTERACTION_CREATE"))["d"]
    await bot.ask(
        "POST",
        f"/interactions/{told['id']}/{told['token']}/callback",
        {"type": 4, "data": TEXT | {"flags": TEXT["flags"] | 64}},  # type: ignore[operator]  # a number
    )
    answer = await picking

    assert (told["type"], told["data"]["type"], told["data"]["target_id"]) == (2, 3, said.id)
    assert told["data"]["resolved"]["messages"][said.id]["content"] == said.text
    assert "message" not in told
    assert answer.ephemeral
    assert answer.message
    assert answer.message.data["type"] == 23
    assert answer.message.data["interaction_metadata"]["target_message_id"] == said.id


async def test_only_what_is_registered_stands_in_the_menu(
    discord: DiscordStandIn, news: Channel, mia: User
) -> None:
    said = discord.say(mia, news, "hello")

    with pytest.raises(NotPossible):
        await discord.pick(mia, news, said, "Translate")
    discord.world.delete(said)
    with pytest.raises(NotPossible):
        await discord.pick(mia, news, said, "Related stories")


async def test_the_bot_hears_what_is_said_to_it_and_of_the_rest_only_that_it_was_said(
    discord: DiscordStandIn, news: Channel, mia: User, line: Line
) -> None:
    first = discord.say(mia, news, "between us")
    discord.say(mia, news, "me too", reply_to=first)
    discord.say(mia, news, f"<@{discord.bot_user_id}> this", reply_to=first)

    told = [(await line.hear_of("MESSAGE_CREATE"))["d"] for _ in range(3)]

    assert [it["content"] for it in told] == ["", "", f"<@{discord.bot_user_id}> this"]
    assert [it.get("type") for it in told] == [0, 19, 19]
    assert [it["referenced_message"]["content"] for it in told[1:]] == ["", ""]
    assert all("user" not in it["member"] for it in told)
    # What stands there is not touched by what the bot is told.
    assert discord.messages(news)[0].text == "between us"


async def test_a_reply_names_its_author_unless_it_says_otherwise(
    discord: DiscordStandIn, news: Channel, mia: User, bot: Bot
) -> None:
    said = discord.say(mia, news, "hello")
    reference = {"message_reference": {"message_id": said.id}}

    loud = (await bot.post(news, TEXT | reference)).body
    quiet = (await bot.post(news, TEXT | reference | {"allowed_mentions": {"parse": []}})).body

    assert [it["id"] for it in loud["mentions"]] == [mia.id]
    assert quiet["mentions"] == []
    assert quiet["referenced_message"]["id"] == said.id


async def test_slack_has_no_menu_that_the_app_did_not_name() -> None:
    async with SlackStandIn(limits=Limits.off()) as slack:
        mia, channel = slack.add_user("mia"), slack.add_channel("ai-news")
        with pytest.raises(LookupError):
            await slack.choose(mia, channel, "1.1", "related_stories")
        slack.shortcuts = {"related_stories": "Related stories"}
        with pytest.raises(LookupError):
            await slack.choose(mia, channel, "1.1", "related_stories")


async def test_nobody_answers_a_menu_of_slack_without_a_bot() -> None:
    async with SlackStandIn(limits=Limits.off()) as slack:
        slack.shortcuts = {"related_stories": "Related stories"}
        mia, channel = slack.add_user("mia"), slack.add_channel("ai-news")
        with pytest.raises(NoAnswer):
            await slack.mention(mia, channel, "hello")
        [said] = slack.messages(channel.id)
        with pytest.raises(NoAnswer):
            await slack.choose(mia, channel, said.ts, "related_stories")

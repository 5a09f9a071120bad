"""A forum is set up in one of its posts, whose buttons do what they say."""

from collections.abc import AsyncIterator

import pytest

from bots.sandbox.discord import Channel, permissions
from core import compose, subscriptions
from core.compose import Form
from core.db import Database
from core.posting import Address
from tests.discordserver import Server, open_server
from tests.samples import REAL

pytestmark = pytest.mark.mostly_one_database


@pytest.fixture
async def server(database: Database) -> AsyncIterator[Server]:
    async with open_server(database) as opened:
        yield opened


def forum_of(server: Server, may: int = permissions.BOT) -> tuple[Channel, Channel]:
    """Return a forum of which the member is a mod, and a post in it."""
    discord = server.discord
    forum = discord.add_forum(discord.guilds[0], "stories", "openai", bot_permissions=may)
    discord.allow(server.mia, forum, permissions.MANAGE_CHANNELS)
    return forum, discord.add_thread(forum, "How this forum works")


async def test_what_mods_type_in_a_post_is_about_the_forum(
    server: Server, database: Database
) -> None:
    forum, post = forum_of(server)

    said = await server.discord.type_command(server.mia, post, "channel follow", {"tags": "openai"})

    assert "openai" in said.text
    for channel, follows in ((forum, ["openai"]), (post, [])):
        async with database.read() as db:
            has = await subscriptions.following(db, Address("discord", forum.guild_id, channel.id))
        assert list(has.rules) == follows


@pytest.mark.parametrize("lacks", [permissions.SEND_MESSAGES, permissions.SEND_MESSAGES_IN_THREADS])
async def test_what_the_bot_lacks_in_a_forum_is_named(server: Server, lacks: int) -> None:
    _, post = forum_of(server, permissions.BOT & ~lacks)

    said = await server.discord.type_command(server.mia, post, "channel follow", {"tags": "openai"})

    assert "I cannot post in this channel yet" in said.text
    assert "Send Messages, Send Messages in Threads" in said.text
    assert "in this forum's permissions" in said.text


async def test_a_button_of_a_post_does_what_it_says(server: Server) -> None:
    forum, _ = forum_of(server)
    address = Address("discord", forum.guild_id, forum.id)
    article = compose.told([REAL], Form("card"))
    receipt = await server.room.poster.post(address, article, key="k")
    [post] = [it for it in server.discord.channels if it.id == receipt.message_id]
    message = server.standing(receipt.message_id, post)

    [button] = [it for it in message.buttons if it.get("label") == "Follow #meta"]
    answer = await server.discord.press(server.mia, post, message, button["custom_id"])

    assert "does nothing" not in answer.text
    assert "belongs to another channel" not in answer.text
    assert "meta" in answer.text

"""On Discord a mention under a post, with a link or with words is answered for everyone."""

from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from bots.sandbox.discord import permissions
from bots.sandbox.discord.hearing import heard
from core.db import Database
from core.tables import deliveries
from tests.discordserver import Server, labels, open_server
from tests.newsroom import BANKS, IPO, PAGES

pytestmark = pytest.mark.mostly_one_database


@pytest.fixture
async def server(database: Database) -> AsyncIterator[Server]:
    async with open_server(database) as opened:
        yield opened


@pytest.mark.parametrize("words", ["", "related", "Related?"])
async def test_a_mention_in_a_reply_to_a_post_is_answered_below_it(
    server: Server, words: str
) -> None:
    post = await server.post(IPO)

    asked = server.discord.say(server.mia, server.news, at_bot(server, words), reply_to=post)

    _, answer = await server.until_said(2)
    assert f"Related to “{IPO}”" in answer.text
    assert answer.data["message_reference"]["message_id"] == asked.id
    assert answer.pings == ()
    assert "Share in channel" not in labels(answer)


async def test_a_reply_to_a_post_whose_delivery_is_forgotten_is_answered_by_its_button(
    server: Server,
) -> None:
    post = await server.post(IPO)
    async with server.room.database.write() as db:
        await db.execute(sa.delete(deliveries))

    server.discord.say(server.mia, server.news, at_bot(server, ""), reply_to=post)

    _, answer = await server.until_said(2)
    assert f"Related to “{IPO}”" in answer.text


def at_bot(server: Server, words: str) -> str:
    return f"<@{server.discord.bot_user_id}> {words}"


async def test_a_mention_in_a_posts_thread_is_answered_in_that_thread(server: Server) -> None:
    post = await server.post(IPO)
    thread = server.discord.start_thread(server.news, post.id, "IPO")

    server.discord.say(server.mia, thread, at_bot(server, ""))

    [answer] = await server.until_said(1, thread)
    assert f"Related to “{IPO}”" in answer.text


async def test_a_mention_with_a_link_or_words_is_answered_about_these(server: Server) -> None:
    server.discord.say(server.mia, server.news, at_bot(server, f"and <{PAGES[BANKS]}>?"))
    await server.until_said(1)
    server.discord.say(server.mia, server.news, at_bot(server, "related openai ipo"))

    by_link, by_words = await server.until_said(2)
    assert f"Related to “{BANKS}”" in by_link.text
    assert "Related to “openai ipo”" in by_words.text


async def test_a_mention_of_another_command_is_told_what_mentions_are_for(server: Server) -> None:
    server.discord.say(server.mia, server.news, at_bot(server, "subscribe llms"))

    [answer] = await server.until_said(1)
    assert "mention me in a reply to a post" in answer.text
    assert server.room.desk.asked == []


async def test_who_only_speaks_of_the_bot_is_not_answered(server: Server) -> None:
    post = await server.post(IPO)
    server.discord.say(server.mia, server.news, f"I like {at_bot(server, '')}a lot")
    server.discord.say(server.mia, server.news, "openai ipo")
    # Every reply names whom it replies to, as Discord sends it.
    replied = server.discord.say(server.mia, server.news, "openai ipo", reply_to=post)

    await server.is_quiet()
    assert replied.data["mentions"][0]["id"] == server.discord.bot_user_id


async def test_bots_are_not_answered(server: Server) -> None:
    other = server.discord.add_user("relay", is_bot=True)
    itself = server.discord.world.bot
    post = await server.post(IPO)

    server.discord.say(other, server.news, at_bot(server, "related openai"))
    server.discord.say(other, server.news, at_bot(server, ""), reply_to=post)
    server.discord.say(itself, server.news, at_bot(server, "related openai"))

    await server.is_quiet()


async def test_an_event_that_comes_twice_is_answered_once(server: Server) -> None:
    asked = server.discord.say(server.mia, server.news, at_bot(server, "related openai ipo"))
    await server.until_said(1)

    again = heard(asked.data, server.discord.world) | {"guild_id": server.news.guild_id}
    server.discord.gateway.dispatch("MESSAGE_CREATE", again, guild_id=server.news.guild_id)

    await server.is_quiet()


async def test_where_the_bot_may_not_write_a_mention_is_let_be(server: Server) -> None:
    server.discord.permit(server.news, permissions.VIEW_CHANNEL)
    server.discord.say(server.mia, server.news, at_bot(server, "related openai ipo"))

    await server.is_quiet()


async def test_of_other_messages_the_bot_is_told_no_words(server: Server) -> None:
    told: list[str] = []
    server.discord.gateway.before_sending = told.append

    server.discord.say(server.mia, server.news, "between us")
    await server.is_quiet()

    assert any("MESSAGE_CREATE" in text for text in told)
    assert not any("between us" in text for text in told)


@pytest.mark.parametrize("link", ["{}", "<{}>", "**{}**", "[the banks]({})", "{}."])
async def test_a_link_is_read_in_any_markup(server: Server, link: str) -> None:
    said = at_bot(server, f"related {link.format(PAGES[BANKS])}")
    server.discord.say(server.mia, server.news, said)

    [answer] = await server.until_said(1)
    assert f"Related to “{BANKS}”" in answer.text

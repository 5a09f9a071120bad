"""Why something was posted, asked by people on both platforms: typed, in a menu, by a button."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bots.discord.menus import WHY
from bots.sandbox.discord import permissions
from bots.sandbox.slack import Message
from bots.slack import shortcuts
from core.db import Database
from tests.discordserver import Server, labels, open_server
from tests.newsroom import BANKS, IPO, PAGES
from tests.test_slack_sharing import Workplace, only
from tests.test_slack_sharing import labels as on_slack
from tests.test_slack_sharing import work as work  # noqa: PLC0414 (a fixture)

pytestmark = pytest.mark.mostly_one_database


@pytest.fixture
async def server(database: Database) -> AsyncIterator[Server]:
    async with open_server(database) as opened:
        yield opened


async def ask(server: Server, link: str) -> Any:
    return await server.discord.type_command(server.mia, server.news, "why", {"link": link})


async def test_on_discord_the_menu_of_a_post_tells_its_member_alone_why(server: Server) -> None:
    post = await server.post(IPO)

    answer = await server.discord.pick(server.mia, server.news, post, WHY)

    assert answer.ephemeral
    assert "Why this was posted" in answer.text
    assert "Brought by #openai" in answer.text
    assert labels(answer.message) == ["Show the post"]


async def test_on_discord_a_link_to_the_post_or_the_article_is_typed(server: Server) -> None:
    post = await server.post(IPO)
    there = f"https://discord.com/channels/{server.news.guild_id}/{server.news.id}/{post.id}"

    for link in (there, PAGES[IPO]):
        answer = await ask(server, link)
        assert "Brought by #openai" in answer.text
        [button] = answer.message.buttons
        assert button["url"] == there


async def test_on_discord_the_post_of_another_server_is_told_nothing_of(server: Server) -> None:
    post = await server.post(IPO)
    elsewhere = server.discord.add_channel(server.discord.guilds[0], "elsewhere")
    there = f"https://discord.com/channels/{server.news.guild_id}/{server.news.id}/{post.id}"

    typed = {"link": there}
    answer = await server.discord.type_command(server.mia, elsewhere, "why", typed)

    assert "I never saw an article at this link" in answer.text


async def test_on_discord_a_message_of_somebody_is_no_post(server: Server) -> None:
    said = server.discord.say(server.mia, server.news, "hello")

    answer = await server.discord.pick(server.mia, server.news, said, WHY)

    assert "no post of mine" in answer.text


async def test_on_discord_why_is_one_press_from_related(server: Server) -> None:
    post = await server.post(IPO)
    related = await server.press(post, "Related")
    assert related.message

    answer = await server.press(related.message, "Show why")

    assert "Brought by #openai" in answer.text


async def test_on_discord_who_may_manage_sees_what_mends_it(server: Server) -> None:
    await server.post(IPO)
    await server.room.save("Whales sing", "https://themata.ai/news/whales", "whales")
    typed = {"link": "https://themata.ai/news/whales"}

    hers = await server.discord.type_command(server.mia, server.news, "why", typed)
    server.discord.allow(server.mia, server.news, permissions.MANAGE_CHANNELS)
    mine = await server.discord.type_command(server.mia, server.news, "why", typed)

    assert labels(mine.message) == ["Follow #whales"]
    assert labels(hers.message) == []
    assert "To change that you need the Manage Channels" in hers.text


async def choose(work: Workplace, ts: str) -> Message:
    return only(await work.slack.choose(work.mia, work.channel, ts, shortcuts.WHY))


async def test_on_slack_the_menu_of_a_post_tells_its_member_alone_why(work: Workplace) -> None:
    answer = await choose(work, await work.post(IPO))

    assert answer.seen_by == work.mia.id
    assert "Why this was posted" in answer.text
    assert "Brought by #openai" in answer.text
    assert on_slack(answer) == ["Show the post"]


async def test_on_slack_a_link_to_the_post_or_the_article_is_typed(work: Workplace) -> None:
    post = await work.post(IPO)
    there = f"https://acme.slack.com/archives/{work.channel.id}/p{post.replace('.', '')}"

    for link in (there, PAGES[IPO]):
        words = f"why {link}"
        answer = only(await work.slack.type_command(work.mia, work.channel, "/themata", words))
        assert "Brought by #openai" in answer.text


async def test_on_slack_a_message_of_somebody_is_no_post(work: Workplace) -> None:
    assert "no post of mine" in (await choose(work, work.say("hello"))).text


async def test_on_slack_one_of_several_is_chosen(work: Workplace) -> None:
    answer = await choose(work, await work.post(IPO, BANKS))

    assert "Why which of these?" in answer.text
    assert on_slack(answer) == ["1", "2"]

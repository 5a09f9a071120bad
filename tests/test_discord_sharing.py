"""On Discord related stories are asked in a message's menu, and shared."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bots.sandbox.discord import Channel, NotPossible, permissions
from bots.sandbox.discord.objects import member_object
from bots.sandbox.discord.world import fields_of
from core.db import Database
from core.posting import Address
from tests.discordserver import Server, labels, open_server, privately
from tests.newsroom import BANKS, IPO, PAGES
from tests.sealing import discord_id

pytestmark = pytest.mark.mostly_one_database


@pytest.fixture
async def server(database: Database) -> AsyncIterator[Server]:
    async with open_server(database) as opened:
        yield opened


async def test_the_menu_of_a_post_tells_its_member_alone_what_is_related(server: Server) -> None:
    post = await server.post(IPO)

    answer = await server.pick(post)

    assert answer.ephemeral
    assert f"Related to “{IPO}”" in answer.text
    assert BANKS in answer.text
    assert labels(answer.message) == ["Share in channel", "Show why"]


async def test_what_is_shared_is_a_reply_to_the_post_and_pings_nobody(server: Server) -> None:
    post = await server.post(IPO)

    shared = await server.share(await server.pick(post))

    assert BANKS in shared.text
    assert f"Shared by <@{server.mia.id}>" in shared.text
    assert shared.data["message_reference"]["message_id"] == post.id
    assert (shared.pings, shared.data["mentions"]) == ((), [])
    assert shared.allowed_mentions == {"parse": []}
    assert labels(shared) == []
    await server.discord.until(lambda: not labels(privately(server)[0]))
    [private] = privately(server)
    assert private.text.startswith("Shared in this channel")


async def test_the_button_below_a_post_leads_there_too(server: Server) -> None:
    post = await server.post(IPO)

    shared = await server.share(await server.press(post, "Related"))

    assert shared.data["message_reference"]["message_id"] == post.id


async def test_what_was_typed_is_shared_as_a_message_of_its_own(server: Server) -> None:
    typed = {"query": "openai ipo"}
    answer = await server.discord.type_command(server.mia, server.news, "related", typed)

    shared = await server.share(answer)

    assert "Related to “openai ipo”" in shared.text
    assert "message_reference" not in shared.data


async def test_a_share_below_a_post_that_is_gone_stands_alone(server: Server) -> None:
    post = await server.post(IPO)
    answer = await server.pick(post)
    server.discord.world.delete(post)

    shared = await server.share(answer)

    assert "message_reference" not in shared.data


async def test_two_presses_at_once_share_once(server: Server) -> None:
    answer = await server.pick(await server.post(IPO))
    assert answer.message

    await asyncio.gather(*(server.press(answer.message, "Share in channel") for _ in range(3)))
    await server.discord.until(lambda: len(privately(server)) == 3)
    await server.discord.until(lambda: len(server.said()) == 2)

    assert all("within the last minute" in it.text for it in privately(server)[1:])


@pytest.mark.parametrize(
    "may",
    [
        permissions.VIEW_CHANNEL,
        permissions.VIEW_CHANNEL | permissions.SEND_MESSAGES_IN_THREADS,
        permissions.SEND_MESSAGES,
    ],
)
async def test_who_may_not_write_is_offered_nothing_and_an_old_button_does_nothing(
    server: Server, may: int
) -> None:
    post = await server.post(IPO)
    before = await server.pick(post)
    server.discord.permit_everyone(server.discord.guilds[0], may)

    after = await server.pick(post)

    assert BANKS in after.text
    assert labels(after.message) == ["Show why"]
    assert "You may not write in this channel" in await server.shares_nothing(before)


async def test_a_member_who_is_muted_for_a_time_shares_nothing(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = await server.pick(await server.post(IPO))
    muted = {"communication_disabled_until": "2100-01-01T00:00:00+00:00"}
    told = "bots.sandbox.discord.interactions.member_object"
    monkeypatch.setattr(told, lambda user, *more: member_object(user, *more) | muted)

    assert "You may not write" in await server.shares_nothing(answer)


async def test_where_the_bot_may_not_post_the_step_is_told(server: Server) -> None:
    answer = await server.pick(await server.post(IPO))
    server.discord.permit(server.news, permissions.VIEW_CHANNEL)

    said = await server.shares_nothing(answer)

    assert "I cannot post in this channel" in said
    assert "Allow the bot Send Messages and Embed Links in" in said


async def test_a_locked_thread_refuses_and_says_so(server: Server) -> None:
    thread = server.discord.add_thread(server.news, "talk")
    said = server.discord.say(server.mia, thread, "openai ipo")
    answer = await server.pick(said, thread)
    server.discord.lock(thread)
    assert answer.message
    share = answer.message.buttons[0]["custom_id"]

    await server.discord.press(server.mia, thread, answer.message, share)
    await server.discord.until(lambda: len(server.discord.private(server.mia, thread)) == 2)

    refusal = server.discord.private(server.mia, thread)[-1]
    assert "Nothing was shared: the thread is locked" in refusal.text


async def test_in_direct_messages_nothing_is_offered(server: Server) -> None:
    direct = server.discord.open_dm(server.mia)
    post = await server.room.post(Address("discord", "@me", server.mia.id), IPO)

    answer = await server.pick(server.standing(post, direct), direct)

    assert BANKS in answer.text
    assert labels(answer.message) == ["Show why"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("share below:1/../2 article:1", "Nothing related"),
        ("share below:99999999999 article:1", ""),
        ("share article:999999999999999999999", "No article stands"),
        ("share article:1; DROP TABLE articles", "No article stands"),
        ("share", "Related to what?"),
        ("share https://nowhere.example/", "No article stands"),
    ],
)
async def test_a_forged_button_gets_nobody_further_than_typing(
    server: Server, words: str, said: str
) -> None:
    # Another message of the bot on which someone made Discord believe in this button.
    row = {"type": 1, "components": [forged(words, server.news)]}
    body = {"flags": 1 << 15, "components": [row]}
    made = await server.room.poster._rest.request(  # type: ignore[attr-defined]  # a test's way in
        "POST", f"/channels/{server.news.id}/messages", _json(body)
    )
    pressed = await server.discord.press(
        server.mia, server.news, made.json()["id"], forged(words, server.news)["custom_id"]
    )

    assert pressed.ephemeral
    assert said in pressed.text
    shared = [it for it in server.said() if "Shared by" in it.text]
    assert all(f"Shared by <@{server.mia.id}>" in it.text for it in shared)
    assert all(it.pings == () for it in shared)
    assert bool(shared) == (not said)


def forged(words: str, channel: Channel) -> dict[str, Any]:
    return {"type": 2, "style": 2, "label": "Win", "custom_id": discord_id(words, channel)}


def _json(body: object) -> bytes:
    return json.dumps(body).encode()


async def test_a_hostile_title_is_shared_as_mere_words(server: Server) -> None:
    hostile = "OpenAI IPO in New York @everyone <@&1> [x](https://evil.example) `**"
    await server.room.save(hostile, "https://themata.ai/news/hostile", "openai")
    answer = await server.pick(await server.post(IPO))

    shared = await server.share(answer)

    assert "OpenAI IPO in New York" in shared.text
    assert shared.pings == ()
    assert "(https://evil.example)" not in shared.text


async def test_a_persons_message_is_about_its_first_known_link_or_its_words(
    server: Server,
) -> None:
    by_link = f"**look** https://nowhere.example/x and <{PAGES[BANKS]}?utm_source=x>, great"
    linked = server.discord.say(server.mia, server.news, by_link)
    worded = server.discord.say(server.mia, server.news, "> what of the **OpenAI** ipo, <@12>?")
    empty = server.discord.say(server.mia, server.news, "<:ok:123>")

    assert f"Related to “{BANKS}”" in (await server.pick(linked)).text
    assert "Related to “what of the OpenAI ipo, ?”" in (await server.pick(worded)).text
    assert "That is no post of mine" in (await server.pick(empty)).text


async def test_a_post_whose_delivery_is_forgotten_is_known_by_its_button(server: Server) -> None:
    other = server.discord.add_channel(server.discord.guilds[0], "elsewhere")
    post = await server.post(IPO)
    moved = server.discord.world.post(other, server.discord.world.bot, fields_of(post), frozenset())

    assert f"Related to “{IPO}”" in (await server.pick(moved, other)).text


async def test_the_menu_is_registered_for_all_places(server: Server) -> None:
    menus = [it for it in server.discord.commands if it["type"] == 3]

    assert [it["name"] for it in menus] == ["Related stories", "Why was this posted?"]
    assert [it["contexts"] for it in menus] == [[0, 1, 2], [0, 1, 2]]
    with pytest.raises(NotPossible):
        await server.discord.pick(server.mia, server.news, await server.post(IPO), "Something else")

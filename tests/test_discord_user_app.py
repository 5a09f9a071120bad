"""People who installed Themata for themselves: in direct messages, anywhere."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import sqlalchemy as sa

from bots.discord.menus import RELATED
from bots.discord.poster import DIRECT
from bots.sandbox.discord import Answer, Channel, NotPossible, permissions
from core import subscriptions
from core.db import Database
from core.posting import Address
from core.tables import addresses, deliveries
from core.tables import subscriptions as subscribed
from tests.discordserver import Server, labels, open_server
from tests.newsroom import IPO

ELSEWHERE = ("server", "private", "group")

pytestmark = pytest.mark.mostly_one_database


@pytest.fixture
async def server(database: Database) -> AsyncIterator[Server]:
    async with open_server(database) as opened:
        opened.discord.install_for(opened.mia)
        yield opened


def elsewhere(server: Server, kind: str) -> Channel:
    """Return a place that the bot is not in."""
    discord, friends = server.discord, [server.discord.add_user(name) for name in ("bo", "cy")]
    if kind == "server":
        guild = discord.add_guild("Elsewhere", has_bot=False)
        return discord.add_channel(guild, "lounge", bot_permissions=None)
    return discord.add_private(server.mia, *friends[: 1 if kind == "private" else 2])


async def typed(server: Server, place: Channel, verb: str, /, **options: str | bool) -> Answer:
    """Type a command as the one who installed the bot."""
    return await server.discord.type_command(server.mia, place, verb, options)


async def rows(database: Database, workspace: str) -> int:
    """Return how many addresses stand in a workspace."""
    where = sa.select(sa.func.count()).where(addresses.c.workspace == workspace)
    async with database.read() as db:
        return int(await db.scalar(where.select_from(addresses)) or 0)


READING: tuple[tuple[str, dict[str, str], str], ...] = (
    ("tags", {}, "Tags"),
    ("latest", {}, IPO),
    ("search", {"words": "bankers"}, "Bankers"),
    ("trending", {}, "stor"),
    ("help", {}, "What you can type"),
    ("subscriptions", {}, "follow"),
)
"""What reads, with its options and a word of its answer."""
ABOUT_A_CHANNEL: tuple[tuple[str, dict[str, str | bool]], ...] = (
    ("catchup", {}),
    ("subscribe", {"tags": "openai", "here": True}),
    ("unsubscribe", {"tags": "here"}),
)


@pytest.mark.parametrize("kind", ELSEWHERE)
async def test_what_reads_is_answered_anywhere_to_one_alone(server: Server, kind: str) -> None:
    place = elsewhere(server, kind)

    for words, options, says in READING:
        answer = await typed(server, place, words, **options)

        assert says.lower() in answer.text.lower(), words
        assert answer.ephemeral, words
        assert server.discord.messages(place) == [], words


@pytest.mark.parametrize("kind", ELSEWHERE)
async def test_who_follows_a_tag_elsewhere_gets_it_by_direct_message(
    server: Server, database: Database, kind: str
) -> None:
    place = elsewhere(server, kind)

    answer = await typed(server, place, "subscribe", tags="openai")

    assert "openai" in answer.text
    async with database.read() as db:
        has = await subscriptions.following(db, Address("discord", DIRECT, server.mia.id))
    assert list(has.rules) == ["openai"]
    assert await rows(database, place.guild_id) == 0
    assert await rows(database, DIRECT) == 1


@pytest.mark.parametrize("kind", ELSEWHERE)
async def test_what_is_about_a_channel_explains_itself_where_the_bot_is_not(
    server: Server, database: Database, kind: str
) -> None:
    place = elsewhere(server, kind)

    for words, options in ABOUT_A_CHANNEL:
        answer = await typed(server, place, words, **options)

        assert "I am not in this one" in answer.text, words
        assert "Manage Server" in answer.text, words
        assert await rows(database, place.guild_id) == 0, words
        async with database.read() as db:
            assert await db.scalar(sa.select(sa.func.count()).select_from(subscribed)) == 0
            assert await db.scalar(sa.select(sa.func.count()).select_from(deliveries)) == 0


@pytest.mark.parametrize("kind", ELSEWHERE)
async def test_nothing_is_shared_where_the_bot_is_not(server: Server, kind: str) -> None:
    place = elsewhere(server, kind)

    answer = await typed(server, place, "related", query="openai ipo")

    assert answer.ephemeral
    assert labels(answer.message) == []
    assert server.discord.messages(place) == []


async def test_an_admin_of_a_server_without_the_bot_sets_nothing_up_there(
    server: Server, database: Database
) -> None:
    place = elsewhere(server, "server")
    server.discord.allow(server.mia, place, permissions.ADMINISTRATOR)

    with pytest.raises(NotPossible):
        await typed(server, place, "channel follow", tags="openai")

    assert await rows(database, place.guild_id) == 0


@pytest.mark.parametrize("kind", ELSEWHERE)
async def test_related_stories_stand_in_the_menu_of_a_message_anywhere(
    server: Server, kind: str
) -> None:
    place = elsewhere(server, kind)
    message = server.discord.say(server.discord.add_user("dee"), place, IPO)

    answer = await server.discord.pick(server.mia, place, message, RELATED)

    assert answer.ephemeral
    assert "Related to" in answer.text
    assert labels(answer.message) == []


async def test_on_a_server_with_the_bot_an_own_installation_changes_nothing(
    server: Server,
) -> None:

    answer = await typed(server, server.news, "related", query="openai ipo")

    assert labels(answer.message) == ["Share in channel"]


async def test_who_did_not_install_the_bot_has_no_commands_where_it_is_not(server: Server) -> None:
    server.discord.registrations.installed_by.clear()

    for kind in ELSEWHERE:
        with pytest.raises(NotPossible):
            await typed(server, elsewhere(server, kind), "help")

    assert "What you can type" in (await typed(server, server.news, "help")).text


async def test_only_what_is_for_channels_needs_a_server(server: Server) -> None:
    installs = {
        command["name"]: (command["integration_types"], command["contexts"])
        for command in server.discord.commands
    }

    assert installs.pop("channel") == ([0], [0])
    assert set(map(str, installs.values())) == {str(([0, 1], [0, 1, 2]))}


async def test_the_stand_in_says_for_whom_the_bot_is_installed(server: Server) -> None:
    private = elsewhere(server, "private")
    told: list[tuple[int, dict[str, str]]] = []
    dispatch = server.discord.gateway.dispatch

    def noted(event: str, data: dict[str, Any], **more: Any) -> None:
        told.append((data["context"], data["authorizing_integration_owners"]))
        dispatch(event, data, **more)

    server.discord.gateway.dispatch = noted  # type: ignore[method-assign]  # to look on
    for place in (server.news, server.discord.open_dm(server.mia), private):
        await typed(server, place, "help")

    mine = {"1": server.mia.id}
    assert told == [(0, {"0": server.news.guild_id, **mine}), (1, {"0": "0", **mine}), (2, mine)]


async def test_on_a_server_with_the_bot_what_only_a_person_installed_is_there_too(
    server: Server,
) -> None:
    """An admin may take the commands of the server away; those of a person stay."""
    for command in server.discord.commands:
        command["integration_types"] = [1]

    answer = await typed(server, server.news, "related", query="openai ipo")

    assert labels(answer.message) == ["Share in channel"]

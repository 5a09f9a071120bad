"""The Discord stand-in: which commands can be registered."""

from collections.abc import AsyncIterator

import pytest

from bots.sandbox.discord import Channel, DiscordStandIn, User
from tests.discordbot import Bot, Clock, plain_bot


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


def command(name: str = "tags", **more: object) -> dict[str, object]:
    return {"name": name, "description": "Shows the tags", **more}


async def test_commands_are_registered_all_at_once_and_keep_their_ids(
    bot: Bot, discord: DiscordStandIn
) -> None:
    first = await bot.register([command("tags"), command("help")])
    second = await bot.register([command("tags", description="New")])

    assert [c["name"] for c in first.body] == ["tags", "help"]
    assert second.body[0]["id"] == first.body[0]["id"]
    listed = await bot.ask("GET", f"/applications/{discord.application_id}/commands")
    assert listed.body == discord.commands == second.body
    assert discord.registrations.times == 2


OPTION = {"type": 3, "name": "tag", "description": "A tag"}
SUBCOMMAND = {"type": 1, "name": "follow", "description": "Follows"}


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        (command("Tags"), "name"),
        (command("two words"), "name"),
        (command("a" * 33), "name"),
        (command(description=""), "description"),
        (command(description="a" * 101), "description"),
        (command(options=[OPTION] * 26), "options"),
        (command(options=[OPTION] * 2), "options"),
        (command(options=[{**OPTION, "type": 12}]), "options"),
        (command(options=[OPTION, SUBCOMMAND]), "options"),
        (command(options=[OPTION, {**OPTION, "name": "b", "required": True}]), "options"),
        (command(options=[{**SUBCOMMAND, "options": [SUBCOMMAND]}]), "options"),
        (command(options=[{**SUBCOMMAND, "type": 2, "options": [OPTION]}]), "options"),
        (command(options=[{**OPTION, "choices": [{"name": "", "value": "a"}]}]), "options"),
        (command(contexts=[5]), "contexts"),
    ],
)
async def test_a_command_against_the_rules_is_refused(
    bot: Bot, discord: DiscordStandIn, wrong: object, path: str
) -> None:
    reply = await bot.register([wrong])

    assert reply.code == (400, 50035)
    assert path in reply.body["errors"]["0"]
    assert discord.commands == []


async def test_two_hundred_new_commands_a_day_are_the_most(bot: Bot, clock: Clock) -> None:
    for day in ("a", "b"):
        names = [command(f"{day}{i}") for i in range(100)]
        assert (await bot.register(names)).status == 200

    assert (await bot.register([command("one-more")])).code == (400, 30034)
    clock.now += 86_401
    assert (await bot.register([command("one-more")])).status == 200

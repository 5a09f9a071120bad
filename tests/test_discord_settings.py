"""The settings of a channel on Discord: set up, changed and stopped by what a mod can press."""

from collections.abc import AsyncIterator

import pytest

from bots.sandbox.discord import Answer, Channel, Message, User, permissions
from core import subscriptions
from core.db import Database
from core.posting import Address
from core.rules import Rules, Terms
from tests.discordserver import Server, open_server

pytestmark = pytest.mark.mostly_one_database
MANAGES = permissions.MANAGE_CHANNELS


class Mod:
    """A mod at the settings, who counts what it takes."""

    def __init__(self, server: Server, ada: User) -> None:
        self.server = server
        self.ada = ada
        self.actions = 0
        self.answer: Answer | None = None

    @property
    def shown(self) -> Message:
        """The settings as they stand now."""
        private = self.server.discord.private(self.ada, self.server.news)
        return private[-1]

    async def type(self, words: str, channel: Channel | None = None) -> Message:
        """Type a command, perhaps about another channel."""
        self.actions += 1
        options = {"channel": channel.id} if channel else {}
        news, discord = self.server.news, self.server.discord
        self.answer = await discord.type_command(self.ada, news, words, options)
        return self.shown

    async def press(self, label: str) -> Answer:
        """Press the button with this label."""
        self.actions += 1
        [button] = [it for it in self.shown.buttons if it.get("label") == label]
        discord, news = self.server.discord, self.server.news
        return await discord.press(self.ada, news, self.shown, button["custom_id"])

    async def choose(self, begin: str, *values: str) -> None:
        """Choose these values from the list that offers the first of them."""
        self.actions += 1
        [listed] = [
            it for it in self.shown.lists if begin in {option["value"] for option in it["options"]}
        ]
        discord, news = self.server.discord, self.server.news
        await discord.choose(self.ada, news, self.shown, listed["custom_id"], values or (begin,))

    async def send(self, label: str, typed: str) -> None:
        """Press a button that asks, type that, and send it."""
        form = await self.press(label)
        self.actions += 1
        discord, news = self.server.discord, self.server.news
        await discord.send_form(self.ada, news, form, {"typed": typed})

    async def until(self, words: str) -> Message:
        """Return the settings as soon as they say this."""
        await self.server.discord.until(lambda: self.shown.says(words))
        return self.shown

    async def rules(self, address: Address | None = None) -> Rules:
        """Return what a channel follows, by the database."""
        async with self.server.room.database.read() as db:
            return (await subscriptions.following(db, address or self.server.address)).rules


@pytest.fixture
async def server(database: Database) -> AsyncIterator[Server]:
    async with open_server(database) as opened:
        yield opened


@pytest.fixture
def mod(server: Server) -> Mod:
    ada = server.discord.add_user("ada")
    server.discord.allow(ada, server.news, MANAGES)
    return Mod(server, ada)


async def test_a_channel_is_set_up_in_two_actions_and_stopped_in_two(mod: Mod) -> None:
    await mod.type("channel settings")
    await mod.press("Start")
    await mod.until("Started: #openai.")

    assert (mod.actions, await mod.rules()) == (2, {"openai": Terms(most_a_day=8)})
    [said] = await mod.server.until_said(1)
    assert said.says(f"Set up by <@{mod.ada.id}>")
    assert said.pings == ()

    mod.actions = 0
    await mod.type("channel settings")
    await mod.press("Stop all")
    await mod.until("Took out #openai.")
    assert (mod.actions, await mod.rules()) == (2, {})
    assert len(mod.server.said()) == 1


async def test_what_is_chosen_and_typed_is_saved_and_shown_in_its_place(mod: Mod) -> None:
    await mod.type("channel settings")
    await mod.press("Start")
    await mod.until("Started: #openai.")

    await mod.choose("daily 09:00 most:off")
    await mod.until("in a digest every day at 09:00")
    await mod.send("Set quiet hours", "22:00-07:00")
    await mod.until("quiet from 22:00 to 07:00")

    [terms] = (await mod.rules()).values()
    assert (terms.rhythm is not None, terms.quiet is not None) == (True, True)
    assert len(mod.server.discord.private(mod.ada, mod.server.news)) == 1
    await mod.press("Undo last change")
    await mod.until("Taken back: ")
    [terms] = (await mod.rules()).values()
    assert (terms.rhythm is not None, terms.quiet) == (True, None)


async def test_who_is_no_mod_changes_nothing(mod: Mod) -> None:
    mod.ada = mod.server.mia

    said = await mod.type("channel settings")

    assert said.says("Manage Channels")
    assert said.buttons == []


async def test_another_channel_takes_the_rights_that_one_has_there(mod: Mod) -> None:
    discord = mod.server.discord
    lounge = discord.add_channel(discord.guilds[0], "lounge")
    secret = discord.add_channel(discord.guilds[0], "secret")
    discord.allow(mod.ada, lounge, MANAGES)

    assert (await mod.type("channel settings", secret)).buttons == []
    await mod.type("channel settings", lounge)
    assert mod.shown.says(f"<#{lounge.id}>")
    await mod.press("Start")
    await mod.until("Started: #openai.")

    there = Address("discord", lounge.guild_id, lounge.id)
    assert await mod.rules(there) == {"openai": Terms(most_a_day=8)}
    assert await mod.rules() == {}
    assert [said.channel_id for said in await mod.server.until_said(1, lounge)] == [lounge.id]


async def test_a_button_about_another_channel_does_nothing_for_who_lost_the_rights(
    mod: Mod,
) -> None:
    discord = mod.server.discord
    lounge = discord.add_channel(discord.guilds[0], "lounge")
    discord.allow(mod.ada, lounge, MANAGES)
    await mod.type("channel settings", lounge)

    discord.allow(mod.ada, lounge, 0)
    await mod.press("Start")
    await mod.until("Manage Channels")

    assert await mod.rules(Address("discord", lounge.guild_id, lounge.id)) == {}


async def test_the_right_that_the_bot_lacks_is_named_and_checked_again(mod: Mod) -> None:
    discord, news = mod.server.discord, mod.server.news
    discord.permit(news, permissions.BOT & ~permissions.EMBED_LINKS)
    await mod.type("channel settings")
    assert mod.shown.says("Allow the bot Embed Links in this channel's permissions.")

    await mod.press("Start")
    await mod.until("nothing was saved")
    assert await mod.rules() == {}

    discord.permit(news, permissions.BOT)
    await mod.press("Check again")
    await mod.until("Started: #openai.")


async def test_the_right_that_the_bot_lacks_elsewhere_is_named(mod: Mod) -> None:
    discord = mod.server.discord
    allowed = permissions.BOT & ~permissions.SEND_MESSAGES
    lounge = discord.add_channel(discord.guilds[0], "lounge", bot_permissions=allowed)
    discord.allow(mod.ada, lounge, MANAGES)

    await mod.type("channel settings", lounge)

    assert mod.shown.says("Allow the bot Send Messages in this channel's permissions.")
    await mod.press("Start")
    await mod.until("nothing was saved")

"""The second page of the settings on Discord: roles are chosen from the server's own list."""

import pytest

from bots.sandbox.discord import permissions
from bots.sandbox.discord.values import ANNOUNCEMENTS, Channel, Role
from core.crossposts import are_chosen
from core.managers import managers
from core.posting import Address
from core.rules import Terms
from tests.discordserver import Server
from tests.test_discord_settings import Mod, mod, server

__all__ = ["mod", "server"]

pytestmark = pytest.mark.mostly_one_database
PING, BESIDE = "Nobody", "None"


async def open_page(mod: Mod, channel: Channel | None = None) -> None:
    """Let a mod start in a channel, and turn to the second page."""
    await mod.type("channel settings", channel)
    await mod.press("Start")
    await mod.until("Started: #openai.")
    await mod.press("Show more settings")
    await mod.until("More settings")


async def choose_role(mod: Mod, hint: str, *roles: Role) -> None:
    """Choose this role or none from the list that says this while nothing is chosen."""
    [listed] = [it for it in mod.shown.role_lists if it["placeholder"] == hint]
    discord, news = mod.server.discord, mod.server.news
    ids = [it.id for it in roles]
    await discord.choose(mod.ada, news, mod.shown, listed["custom_id"], ids)


def chosen_roles(mod: Mod) -> list[list[str]]:
    """Return what each list of roles shows as chosen."""
    lists = mod.shown.role_lists
    return [[role["id"] for role in it.get("default_values", ())] for it in lists]


async def who_may(mod: Mod, address: Address | None = None) -> str:
    async with mod.server.room.database.read() as db:
        return (await managers(db, address or mod.server.address)).who


async def test_a_role_is_pinged_as_soon_as_it_is_chosen(mod: Mod) -> None:
    discord = mod.server.discord
    role = discord.add_role(discord.guilds[0], "news")
    await open_page(mod)

    await choose_role(mod, PING, role)
    await mod.until(f"Posts here mention <@&{role.id}>")

    assert await mod.rules() == {"openai": Terms(most_a_day=8, mention=role.id)}
    assert chosen_roles(mod) == [[role.id], []]
    assert mod.shown.pings == ()
    assert len(discord.private(mod.ada, mod.server.news)) == 1
    await choose_role(mod, PING)
    await discord.until(lambda: not mod.shown.says("Posts here mention"))
    assert await mod.rules() == {"openai": Terms(most_a_day=8)}


async def test_a_role_lets_others_change_the_channel_and_none_takes_it_back(
    mod: Mod, server: Server
) -> None:
    discord, mia = server.discord, Mod(server, server.mia)
    role = discord.add_role(discord.guilds[0], "editors")
    discord.hold(server.mia, role)
    await open_page(mod)
    assert not (await mia.type("channel settings")).buttons

    await choose_role(mod, BESIDE, role)
    await mod.until(f"Beside its mods: <@&{role.id}>")

    assert await who_may(mod) == role.id
    assert chosen_roles(mod) == [[], [role.id]]
    await mia.type("channel settings")
    await mia.choose("full")
    await mia.until("in full")
    await mod.press("Undo last change")
    await mod.until("Taken back: ")
    await choose_role(mod, BESIDE)
    await mod.until("From now on only mods can change this channel.")
    assert await who_may(mod) == ""


async def test_whom_mods_let_in_does_not_choose_who_else_may(mod: Mod, server: Server) -> None:
    discord = server.discord
    role = discord.add_role(discord.guilds[0], "editors")
    await open_page(mod)
    await choose_role(mod, BESIDE, role)
    await mod.until("Beside its mods: ")

    # What a mod's message still offers does nothing for who is no mod any more.
    discord.allow(mod.ada, server.news, 0)
    discord.hold(mod.ada, role)
    await mod.choose("anyone")
    await mod.until("To choose who may change this channel you need")

    assert await who_may(mod) == role.id
    assert [it["placeholder"] for it in mod.shown.role_lists] == [PING]
    assert not any("anyone" in str(it["options"]) for it in mod.shown.lists)


async def test_every_member_is_let_in_and_the_last_change_taken_back(mod: Mod) -> None:
    await open_page(mod)

    await mod.choose("anyone")
    await mod.until("every member can change this channel")

    assert await who_may(mod) == "anyone"
    await mod.press("Undo last change")
    await mod.until("Taken back: ")
    assert await who_may(mod) == ""


async def test_passing_on_is_offered_in_an_announcement_channel_alone(mod: Mod) -> None:
    discord = mod.server.discord
    told = discord.add_channel(discord.guilds[0], "told", kind=ANNOUNCEMENTS)
    discord.allow(mod.ada, told, permissions.MANAGE_CHANNELS)
    await open_page(mod)
    assert not mod.shown.says("Posts of this channel")
    await open_page(mod, told)
    assert mod.shown.says("Posts of this channel")

    await mod.choose("on")
    await mod.until("each post here is passed on")

    there = Address("discord", told.guild_id, told.id)
    async with mod.server.room.database.read() as db:
        assert await are_chosen(db, there)
        assert not await are_chosen(db, mod.server.address)


async def test_the_page_leads_back(mod: Mod) -> None:
    await open_page(mod)

    await mod.press("Back to settings")

    await mod.until("This channel follows #openai")
    assert len(mod.server.discord.private(mod.ada, mod.server.news)) == 1


@pytest.mark.parametrize("typed", ["mention:{everyone}", "mention:<@&{everyone}>"])
async def test_the_role_of_everyone_typed_into_a_form_is_not_pinged(mod: Mod, typed: str) -> None:
    await mod.type("channel settings")
    await mod.press("Start")
    await mod.until("Started: #openai.")

    await mod.send("Add tags", "openai " + typed.format(everyone=mod.server.news.guild_id))
    await mod.until("Everyone at once cannot be mentioned")

    assert await mod.rules() == {"openai": Terms(most_a_day=8)}


async def test_a_role_typed_into_a_form_is_pinged(mod: Mod) -> None:
    discord = mod.server.discord
    role = discord.add_role(discord.guilds[0], "news")
    await mod.type("channel settings")
    await mod.press("Start")
    await mod.until("Started: #openai.")

    await mod.send("Add tags", f"openai mention:<@&{role.id}>")
    await mod.until(f"Their posts mention <@&{role.id}>")

    assert await mod.rules() == {"openai": Terms(most_a_day=8, mention=role.id)}

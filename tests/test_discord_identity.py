"""Asking Discord who the bot is."""

import pytest

from bots.discord.identity import identify
from bots.sandbox.discord import DiscordStandIn
from core.posting import PlatformClosed, TryLater, Unknown


async def test_a_token_has_the_name_of_its_bot() -> None:
    async with DiscordStandIn() as discord:
        assert await identify(discord.token, api_url=discord.api_url) == "Themata"


async def test_a_wrong_token_is_said_to_be_wrong() -> None:
    async with DiscordStandIn() as discord:
        with pytest.raises(PlatformClosed, match="THEMATA_DISCORD_TOKEN"):
            await identify("wrong.token", api_url=discord.api_url)


async def test_a_discord_in_trouble_is_no_wrong_token() -> None:
    async with DiscordStandIn() as discord:
        discord.fail_next("GET", status=503)
        discord.fail_next("GET", status=200, body="<html>soon</html>")

        with pytest.raises(Unknown):
            await identify(discord.token, api_url=discord.api_url)
        with pytest.raises(TryLater):
            await identify(discord.token, api_url=discord.api_url)

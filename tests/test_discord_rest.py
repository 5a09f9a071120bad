"""Our client of Discord's HTTP API."""

import aiohttp
import pytest

from bots.discord.rest import Rest
from bots.sandbox.discord import DiscordStandIn


async def test_what_is_asked_of_a_closed_client_is_as_lost_as_a_connection() -> None:
    async with DiscordStandIn() as discord:
        async with Rest(discord.token, discord.api_url) as rest:
            assert (await rest.request("GET", "/users/@me")).succeeded

        with pytest.raises(aiohttp.ClientError):
            await rest.request("GET", "/users/@me")
        assert len(discord.requests) == 1

"""Who the bot is, by its token."""

import aiohttp

from bots.discord import errors
from bots.discord.rest import API_URL, Rest
from core.posting import TryLater


async def identify(token: str, *, api_url: str = API_URL) -> str:
    """Return the name of the bot that `token` belongs to.

    Raises `PlatformClosed` if Discord does not accept the token, and a `PostError` if Discord
    cannot be asked.
    """
    async with Rest(token, api_url) as rest:
        try:
            answer = await rest.request("GET", "/users/@me")
        except (aiohttp.ClientError, TimeoutError) as error:
            raise errors.broken(error) from error
    if not answer.succeeded:
        raise errors.refusal(answer.status, answer.code, answer.retry_after)
    name = answer.json().get("username")
    if not isinstance(name, str):
        raise TryLater("Discord did not say who the bot is")
    return name

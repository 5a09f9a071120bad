"""The bare calls of the vendors' SDKs that posting is compared with."""

import asyncio
import logging
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from benchmarks.standins import Place
from bots.discord.render import payload
from bots.slack.poster import body
from core.messages import Message

with warnings.catch_warnings():
    # discord.py imports audioop, which Python 3.13 no longer has and 3.11 warns of.
    warnings.simplefilter("ignore", DeprecationWarning)
    import discord
    from discord import ui
    from discord.http import Route

FEW = 100
"""Channels that discord.py posts to in turn. From 256 on its limiter would scan its whole table."""

_silent = logging.getLogger("benchmarks.slack_sdk")
_silent.setLevel(logging.WARNING)


async def in_lanes(posts: Iterable[Awaitable[object]], lanes: int) -> None:
    """Await them all, so many at a time."""
    left = iter(posts)

    async def lane() -> None:
        for post in left:
            await post

    async with asyncio.TaskGroup() as group:
        for _ in range(lanes):
            group.create_task(lane())


class DiscordSdk:
    """discord.py's `send`, in channels of which it knows all that it would know from a gateway."""

    def __init__(self, channels: Sequence[discord.TextChannel]) -> None:
        self._channels = channels
        self._nobody = discord.AllowedMentions.none()

    async def post_shared(self, message: Message, count: int, lanes: int) -> None:
        """Post the same view each time: the best that one can do with discord.py."""
        view = view_of(message)
        await in_lanes((self._send(view, number) for number in range(count)), lanes)

    async def post_built(self, message: Message, count: int, lanes: int) -> None:
        """Post a new view each time, as its users do."""
        await in_lanes((self._send(view_of(message), number) for number in range(count)), lanes)

    async def _send(self, view: ui.LayoutView, number: int) -> object:
        channel = self._channels[number % len(self._channels)]
        return await channel.send(view=view, allowed_mentions=self._nobody)


@asynccontextmanager
async def discord_sdk(place: Place) -> AsyncIterator[DiscordSdk]:
    """Log discord.py in."""
    usual, Route.BASE = Route.BASE, place.api_url
    try:
        async with discord.Client(intents=discord.Intents(guilds=True)) as client:
            await client.login(place.token)
            few = place.channels[:FEW]
            found = [await client.fetch_channel(int(channel)) for channel in few]
            yield DiscordSdk([c for c in found if isinstance(c, discord.TextChannel)])
    finally:
        Route.BASE = usual


def view_of(message: Message) -> ui.LayoutView:
    """Return the layout of `message` as discord.py's view."""
    view = ui.LayoutView(timeout=None)
    for component in payload(message)["components"]:
        view.add_item(_item(component))
    return view


def _item(component: dict[str, Any]) -> ui.Item[ui.LayoutView]:
    inside = [_item(child) for child in component.get("components", ())]
    match component:
        case {"type": 17, "accent_color": colour}:
            return ui.Container(*inside, accent_colour=colour)
        case {"type": 10, "content": content}:
            return ui.TextDisplay(content)
        case {"type": 1}:
            return ui.ActionRow(*inside)
        case {"type": 2, "label": label, "style": style}:
            custom_id, url = component.get("custom_id"), component.get("url")
            how = discord.ButtonStyle(style)
            return ui.Button(label=label, style=how, custom_id=custom_id, url=url)
        case _:
            raise ValueError(f"the card of the article has a new component: {component['type']}")


class SlackSdk:
    """slack_sdk's `chat_postMessage` with blocks as dicts, over one session, without retries."""

    def __init__(self, session: aiohttp.ClientSession, place: Place) -> None:
        self._client = AsyncWebClient(
            place.token, base_url=place.api_url, session=session, retry_handlers=[]
        )
        self._silent = AsyncWebClient(
            place.token, base_url=place.api_url, session=session, retry_handlers=[], logger=_silent
        )
        self._addresses = place.addresses()

    async def post(self, message: Message, count: int, lanes: int) -> None:
        """Post the message in one channel after the other."""
        await self._post(self._client, message, count, lanes)

    async def post_silently(self, message: Message, count: int, lanes: int) -> None:
        """Post likewise, by a client that does not prepare each call for a log nobody keeps."""
        await self._post(self._silent, message, count, lanes)

    async def _post(self, client: AsyncWebClient, message: Message, count: int, lanes: int) -> None:
        fields = body(self._addresses[0], message, "posted")
        del fields["channel"]
        addresses = (self._addresses[number % len(self._addresses)] for number in range(count))
        posts = (client.chat_postMessage(channel=at.channel, **fields) for at in addresses)
        await in_lanes(posts, lanes)


@asynccontextmanager
async def slack_sdk(place: Place) -> AsyncIterator[SlackSdk]:
    """Open slack_sdk's session."""
    async with aiohttp.ClientSession() as session:
        yield SlackSdk(session, place)


Post = Callable[[Message, int, int], Awaitable[None]]
"""Posts a message so often, in so many lanes."""

"""The stand-ins on a bad network: broken connections, and requests that are carried out late."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import pytest

from bots.sandbox.discord import DiscordStandIn
from bots.sandbox.discord import Limits as DiscordLimits
from bots.sandbox.disturbance import Disturbance, Fate
from bots.sandbox.slack import Limits as SlackLimits
from bots.sandbox.slack import SlackStandIn

AGENT = "DiscordBot (https://example.org, 1)"


@dataclass(frozen=True, slots=True)
class Side:
    """A stand-in with one channel, as these tests use both kinds."""

    line: str
    """What a post is called in its faults."""
    stand_in: DiscordStandIn | SlackStandIn
    post: Callable[[], Awaitable[int]]
    """Post a message, and return the status of the answer."""
    standing: Callable[[], int]
    """Return how many messages stand in the channel."""


@pytest.fixture(params=["discord", "slack"])
async def side(request: pytest.FixtureRequest) -> AsyncIterator[Side]:
    opened = {"discord": on_discord, "slack": on_slack}[request.param]
    async with aiohttp.ClientSession() as http, opened(http) as made:
        yield made


@asynccontextmanager
async def on_discord(http: aiohttp.ClientSession) -> AsyncIterator[Side]:
    async with DiscordStandIn(limits=DiscordLimits.off()) as discord:
        channel = discord.add_channel(discord.add_guild("Acme"), "news")
        headers = {"Authorization": f"Bot {discord.token}", "User-Agent": AGENT}
        url = f"{discord.api_url}/channels/{channel.id}/messages"

        async def post() -> int:
            async with http.post(url, json={"content": "news"}, headers=headers) as answer:
                return answer.status

        line = "POST /channels/*/messages"
        yield Side(line, discord, post, lambda: len(discord.messages(channel)))


@asynccontextmanager
async def on_slack(http: aiohttp.ClientSession) -> AsyncIterator[Side]:
    async with SlackStandIn(limits=SlackLimits.off()) as slack:
        channel = slack.add_channel("news").id
        headers = {"Authorization": f"Bearer {slack.bot_token}"}
        body = {"channel": channel, "text": "news"}

        async def post() -> int:
            url = f"{slack.api_url}chat.postMessage"
            async with http.post(url, json=body, headers=headers) as answer:
                return answer.status

        yield Side("chat.postMessage", slack, post, lambda: len(slack.messages(channel)))


async def posted(side: Side, times: int) -> tuple[int, int]:
    """Post so often, and return how many were answered and how many connections broke."""
    answered = broken = 0
    for _ in range(times):
        try:
            assert await side.post() == 200
            answered += 1
        except aiohttp.ClientError:
            broken += 1
    return answered, broken


async def test_a_share_of_the_connections_breaks_half_of_them_after_the_post(side: Side) -> None:
    side.stand_in.disturb(side.line, drops=0.5, seed=3)

    answered, broken = await posted(side, 100)

    assert 30 <= broken <= 70
    assert answered + broken / 5 < side.standing() < answered + broken * 4 / 5


async def test_every_connection_can_break(side: Side) -> None:
    side.stand_in.disturb(side.line, drops=1.0)

    assert await posted(side, 20) == (0, 20)


async def test_without_a_disturbance_nothing_breaks(side: Side) -> None:
    side.stand_in.disturb(side.line, drops=1.0)
    side.stand_in.disturb(side.line)

    assert await posted(side, 20) == (20, 0)
    assert side.standing() == 20


async def test_what_is_held_is_carried_out_though_the_sender_is_gone(side: Side) -> None:
    seen = asyncio.Event()
    side.stand_in.watch(lambda _: seen.set())

    async with side.stand_in.held(side.line, before_commit=True) as hold:
        post = asyncio.ensure_future(side.post())
        await hold.arrived()
        post.cancel()
        await asyncio.wait([post])
        before = side.standing()
    await seen.wait()

    assert (before, side.standing()) == (0, 1)


async def test_a_lag_is_real_time_and_loses_nothing(side: Side) -> None:
    side.stand_in.disturb(side.line, lag=0.02)

    assert await posted(side, 5) == (5, 0)
    assert side.standing() == 5


def test_the_same_seed_decides_the_same() -> None:
    first, again, other = (Disturbance(drops=0.3, lag=0.5, seed=seed) for seed in (1, 1, 2))

    fates = [first.fate() for _ in range(50)]

    assert [again.fate() for _ in range(50)] == fates
    assert [other.fate() for _ in range(50)] != fates


def test_a_server_in_order_carries_out_everything_at_once() -> None:
    disturbance = Disturbance(drops=0, lag=0, seed=1)

    assert {disturbance.fate() for _ in range(50)} == {Fate()}

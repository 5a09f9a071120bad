"""How the bot keeps from being shut out by Discord's outer wall, and what it does when it is."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from multidict import CIMultiDict, CIMultiDictProxy

from bots.discord.pacing import Held
from bots.discord.poster import DiscordPoster
from bots.discord.rest import Answer
from bots.discord.wall import Wall, shut_for
from bots.sandbox.discord import Channel, DiscordStandIn
from core.messages import Message, Text
from core.posting import Address, TryLater, Unreachable

HELLO = Message((Text("Hello"),))
VIA = {"Via": "1.1 google"}


class Clock:
    """A time that goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 5000.0

    def __call__(self) -> float:
        """Return the seconds of a clock that only goes forward."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def wall(clock: Clock) -> Wall:
    return Wall(clock)


def answer(status: int, headers: dict[str, str] | None = None, code: int = 0) -> Answer:
    body = json.dumps({"code": code}).encode()
    return Answer(status, CIMultiDictProxy(CIMultiDict(headers or {})), body)


FORBIDDEN = answer(403, VIA, 50013)
FINE = answer(200, VIA)
SHUT = answer(429)


def held_for(wall: Wall) -> float:
    with pytest.raises(Held) as raised:
        wall.enter()
    return raised.value.seconds


@pytest.mark.parametrize("refusal", [answer(401, VIA), FORBIDDEN, answer(429, VIA)])
def test_after_500_refusals_in_ten_minutes_nothing_is_asked(
    wall: Wall, clock: Clock, refusal: Answer
) -> None:
    for _ in range(500):
        wall.learn(refusal, wall.enter())
        clock.now += 1

    assert held_for(wall) == 100.0
    clock.now += 100
    wall.learn(FINE, wall.enter())


@pytest.mark.parametrize(
    "other",
    [FINE, answer(404, VIA), answer(500), answer(429, VIA | {"X-RateLimit-Scope": "shared"})],
)
def test_other_answers_do_not_count(wall: Wall, other: Answer) -> None:
    for _ in range(600):
        wall.learn(other, wall.enter())

    assert wall.enter()


def test_refusals_that_are_spread_out_do_not_stop_anything(wall: Wall, clock: Clock) -> None:
    for _ in range(2000):
        wall.learn(FORBIDDEN, wall.enter())
        clock.now += 1.25

    assert wall.enter()


def test_the_operator_is_told_once_that_all_rests(
    wall: Wall, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(500):
        wall.learn(FORBIDDEN, wall.enter())

    for _ in range(3):
        held_for(wall)

    assert [(r.levelno, r.getMessage()) for r in caplog.records] == [
        (logging.ERROR, "was refused 500 times by discord in 10 min: rested for 600 s")
    ]


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        (answer(429), 3600.0),
        (answer(429, {"Retry-After": "120"}), 120.0),
        (answer(403, VIA, 40333), 3600.0),
        (answer(429, VIA), None),
        (FORBIDDEN, None),
        (FINE, None),
    ],
)
def test_the_walls_answers_are_told_from_discords(said: Answer, seconds: float | None) -> None:
    shut = shut_for(said)

    assert (shut.total_seconds() if shut else None) == seconds


def test_after_an_hour_one_request_finds_out_for_all(wall: Wall, clock: Clock) -> None:
    wall.learn(SHUT, wall.enter())
    clock.now += 3599
    assert held_for(wall) == 1.0

    clock.now += 1
    probe = wall.enter()
    assert held_for(wall) == 20.0
    wall.learn(FINE, probe)

    assert [wall.enter() for _ in range(3)] == [clock.now] * 3


def test_a_probe_that_is_shut_out_too_waits_another_hour(wall: Wall, clock: Clock) -> None:
    wall.learn(SHUT, wall.enter())
    clock.now += 3600

    wall.learn(SHUT, wall.enter())

    assert held_for(wall) == 3600.0


def test_a_probe_without_an_answer_is_followed_by_another(wall: Wall, clock: Clock) -> None:
    wall.learn(SHUT, wall.enter())
    clock.now += 3600
    wall.enter()

    clock.now += 20

    wall.enter()
    assert held_for(wall) == 20.0


def test_an_answer_from_before_does_not_open_the_wall(wall: Wall, clock: Clock) -> None:
    slow = wall.enter()
    clock.now += 1
    wall.learn(SHUT, wall.enter())

    wall.learn(FINE, slow)

    assert held_for(wall) == 3600.0


@pytest.fixture
async def discord() -> AsyncIterator[DiscordStandIn]:
    async with DiscordStandIn() as stand_in:
        yield stand_in


@pytest.fixture
async def poster(discord: DiscordStandIn, wall: Wall) -> AsyncIterator[DiscordPoster]:
    async with DiscordPoster(discord.token, api_url=discord.api_url) as posting:
        posting._wall = wall
        yield posting


def channels(discord: DiscordStandIn, count: int) -> list[Channel]:
    guild = discord.add_guild("Acme")
    return [discord.add_channel(guild, f"news-{n}") for n in range(count)]


async def outcomes(poster: DiscordPoster, places: list[Channel]) -> list[object]:
    """Post at all of them at once, and return what became of it."""
    addresses = (Address("discord", place.guild_id, place.id) for place in places)
    posts = (poster.post(address, HELLO, key="1") for address in addresses)
    return list(await asyncio.gather(*posts, return_exceptions=True))


async def test_n6_while_the_wall_is_shut_nothing_is_posted_and_then_one_goes_first(
    discord: DiscordStandIn, poster: DiscordPoster, clock: Clock
) -> None:
    places = channels(discord, 6)
    discord.fail_next("POST", status=429, body="<html>error 1015</html>")
    await outcomes(poster, places[:1])

    clock.now += 3590
    shut = await outcomes(poster, places)
    clock.now += 10
    async with discord.held("POST") as hold:
        probe = asyncio.ensure_future(outcomes(poster, places[:1]))
        await hold.arrived()
        meanwhile = await outcomes(poster, places[1:])
    afterwards = [*await probe, *await outcomes(poster, places[1:])]

    assert [type(one) for one in (*shut, *meanwhile)] == [TryLater] * 11
    assert not any(isinstance(one, Exception) for one in afterwards)
    assert len(discord.requested("POST")) == 1 + 6


async def test_n6_a_probe_that_breaks_lets_no_others_out(
    discord: DiscordStandIn, poster: DiscordPoster, clock: Clock
) -> None:
    places = channels(discord, 3)
    discord.fail_next("POST", status=403, body={"message": "no", "code": 40333}, headers=VIA)
    await outcomes(poster, places[:1])
    clock.now += 3600
    discord.drop_next("POST", after_commit=False)

    probing = await outcomes(poster, places)
    held = await outcomes(poster, places)

    assert sorted(type(one).__name__ for one in probing) == ["TryLater", "TryLater", "Unknown"]
    assert {type(one) for one in held} == {TryLater}
    assert len(discord.requested("POST")) == 2


async def test_closed_channels_stop_the_bot_long_before_the_wall_does(
    discord: DiscordStandIn, poster: DiscordPoster, wall: Wall
) -> None:
    places = channels(discord, 3)
    for _ in range(499):
        wall.learn(FORBIDDEN, wall.enter())
    discord.close_channel(places[0], 50013)

    (closed,) = await outcomes(poster, places[:1])
    (held,) = await outcomes(poster, places[1:2])

    assert isinstance(closed, Unreachable)
    assert isinstance(held, TryLater)
    assert held.after == timedelta(minutes=10)
    assert len(discord.requested("POST")) == 1

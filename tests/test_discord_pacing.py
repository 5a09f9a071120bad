"""How fast the bot asks Discord, told in virtual time."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from itertools import count, pairwise

import pytest
from multidict import CIMultiDict, CIMultiDictProxy

from bots.discord.limits import Limits, Turns
from bots.discord.pacing import Held, Pace, Schedule
from bots.discord.poster import DiscordPoster
from bots.discord.rest import Answer
from bots.sandbox.discord import DiscordStandIn
from bots.sandbox.discord import Limits as StandInLimits
from bots.sandbox.discord.limits import Meter
from core.messages import Message, Text
from core.posting import Address, TryLater
from tests.virtualtime import now, run


def starts(limit: int, count: int, lateness: Callable[[int], float]) -> list[float]:
    """Return when `count` requests start that all want to at once; each wakes up late."""
    schedule, now, started = Schedule(limit), 1000.0, []
    for n in range(count):
        now = schedule.next_start(now) + lateness(n)
        now = max(now, schedule.next_start(now))
        schedule.start(now)
        started.append(now)
    return started


def most_in_a_second(started: list[float]) -> int:
    return max(sum(at <= other < at + 1 for other in started) for at in started)


LATENESS: dict[str, Callable[[int], float]] = {
    "never late": lambda _: 0.0,
    "a little late": lambda n: (n * 7 % 5) / 1000,
    "a stall now and then": lambda n: 0.2 if n % 97 == 0 else 0.0,
    "a long stall": lambda n: 3.0 if n == 200 else 0.0,
}


@pytest.mark.parametrize("limit", [1, 5, 49, 50])
@pytest.mark.parametrize("lateness", LATENESS)
def test_no_second_holds_more_than_the_limit(limit: int, lateness: str) -> None:
    started = starts(limit, 600, LATENESS[lateness])

    assert most_in_a_second(started) <= limit


@pytest.mark.parametrize("lateness", ["never late", "a little late", "a stall now and then"])
def test_nearly_all_of_the_limit_is_used(lateness: str) -> None:
    started = starts(50, 2000, LATENESS[lateness])

    used = (len(started) - 1) / (started[-1] - started[0]) / 50

    assert 0.97 <= used <= 1.0


def test_discord_still_counts_no_more_than_its_limit_when_the_network_wavers() -> None:
    started = starts(49, 1000, lambda _: 0.0)

    arrived = [at + (n * 7919 % 20) / 1000 for n, at in enumerate(started)]

    assert most_in_a_second(sorted(arrived)) <= 50


def test_starts_are_spread_over_the_second() -> None:
    started = starts(50, 200, lambda _: 0.0)

    assert max(late - early for early, late in pairwise(started)) < 0.03


def test_a_limit_of_zero_is_none() -> None:
    assert starts(0, 100, lambda _: 0.0) == [1000.0] * 100


class Clock:
    """A time that passes only while someone sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Let time pass, and others run."""
        self.now += seconds
        await asyncio.sleep(0)


async def test_requests_start_in_the_order_they_came() -> None:
    clock = Clock()
    pace = Pace(5, clock=clock, sleep=clock.sleep)
    order: list[int] = []

    async def start(n: int) -> None:
        await pace.wait()
        order.append(n)

    await asyncio.gather(*map(start, range(30)))

    assert order == list(range(30))


async def test_one_who_gives_up_takes_no_start_from_others() -> None:
    clock = Clock()
    pace = Pace(1, clock=clock, sleep=clock.sleep)
    await pace.wait()
    waiting = [asyncio.ensure_future(pace.wait()) for _ in range(3)]
    await asyncio.sleep(0)

    waiting[1].cancel()
    await asyncio.wait(waiting)

    assert clock.now == pytest.approx(1002.0, abs=0.1)


async def test_a_short_hold_is_waited_for() -> None:
    clock = Clock()
    pace = Pace(49, clock=clock, sleep=clock.sleep)
    pace.hold(2.0)

    await pace.wait()

    assert clock.now == 1002.0


async def test_a_long_hold_lets_go_of_all_who_wait() -> None:
    clock = Clock()
    pace = Pace(49, clock=clock, sleep=clock.sleep)
    pace.hold(600.0)

    answers = await asyncio.gather(*(pace.wait() for _ in range(3)), return_exceptions=True)

    assert [isinstance(answer, Held) and answer.seconds for answer in answers] == [600.0] * 3


def test_a_refusal_makes_it_more_careful_for_a_while() -> None:
    schedule = Schedule(50)
    usual = schedule.margin

    schedule.widen(1000.0)
    schedule.widen(1000.5)
    wider = schedule.margin
    schedule.start(1029.0)
    still = schedule.margin
    schedule.start(1031.0)

    assert usual < wider == still
    assert schedule.margin == pytest.approx(usual)


def test_however_often_it_is_refused_most_of_the_limit_is_used() -> None:
    schedule = Schedule(50)

    for refusal in range(100):
        schedule.widen(1000.0 + 2 * refusal)

    assert 1 / (1 + schedule.margin) > 0.94


class Loaded:
    """The queue and the lanes of a bot, before the meter of the stand-in, in virtual time."""

    def __init__(self, jitter: float, lanes: int = 32) -> None:
        self.meter = Meter(StandInLimits())
        self.pace = Pace(50, clock=now)
        self.turns = Turns()
        self.limits = Limits(now)
        self.arrived: dict[str, list[float]] = defaultdict(list)
        self.too_many = 0
        self._jitter = jitter
        self._numbers = count()
        self._lanes = lanes
        self._due: asyncio.Queue[str] = asyncio.Queue()
        self._left: dict[str, int] = {}

    async def deliver(self, channels: list[str], each: int = 1) -> None:
        """Post so often to each of `channels`, one after the other; return when all stand."""
        for channel in channels:
            self._left[channel] = each
            self._due.put_nowait(channel)
        lanes = [asyncio.ensure_future(self._run_lane()) for _ in range(self._lanes)]
        await self._due.join()
        for lane in lanes:
            lane.cancel()

    @property
    def used(self) -> float:
        """How much of 50 a second was used."""
        arrived = sorted(at for times in self.arrived.values() for at in times)
        return (len(arrived) - 1) / (arrived[-1] - arrived[0]) / 50

    async def _run_lane(self) -> None:
        while True:
            channel = await self._due.get()
            try:
                wait = await self._post(channel)
            except Held as held:
                wait = held.seconds
            self._left[channel] -= not wait
            asyncio.get_running_loop().call_later(wait, self._end, channel)

    def _end(self, channel: str) -> None:
        if self._left[channel]:
            self._due.put_nowait(channel)
        self._due.task_done()

    async def _post(self, channel: str) -> float:
        """Post in the poster's way; return 0, or the seconds that Discord asked to wait."""
        async with self.turns.of(channel):
            await self.limits.rest(f"POST {channel}")
            await self.pace.wait()
            await asyncio.sleep(next(self._numbers) * 7919 % 100 / 99 * self._jitter)
            late, headers = self._arrive(channel)
            await asyncio.sleep(0.1)
            self.limits.learn(f"POST {channel}", answer(headers))
            return late

    def _arrive(self, channel: str) -> tuple[float, dict[str, str]]:
        taken = self.meter.take_request(now()) or self.meter.take_message(channel, now())
        if isinstance(taken, dict):
            self.arrived[channel].append(now())
            return 0.0, taken
        self.too_many += 1
        return taken.wait, {}


def answer(headers: dict[str, str], status: int = 200, body: bytes = b"{}") -> Answer:
    return Answer(status, CIMultiDictProxy(CIMultiDict(headers)), body)


@pytest.mark.parametrize(("channels", "each"), [(2000, 1), (100, 10), (400, 3)])
def test_the_whole_limit_is_used_without_one_refusal(channels: int, each: int) -> None:
    async def work() -> Loaded:
        loaded = Loaded(jitter=0.015)
        await loaded.deliver([f"{n}" for n in range(channels)], each)
        return loaded

    loaded = run(work())

    assert {len(times) for times in loaded.arrived.values()} == {each}
    assert len(loaded.arrived) == channels
    assert loaded.too_many == 0
    assert loaded.used >= 0.97


def test_the_limit_of_a_channel_is_used_without_one_refusal() -> None:
    async def work() -> tuple[Loaded, float]:
        loaded = Loaded(jitter=0.015)
        began = now()
        await loaded.deliver([f"{n}" for n in range(20)], 50)
        return loaded, now() - began

    loaded, took = run(work())

    assert loaded.too_many == 0
    assert took <= 1.15 * 45


@pytest.mark.parametrize("rest", ["0.9", "60"])
def test_channels_that_must_rest_do_not_slow_the_others(rest: str) -> None:
    spent = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": rest}
    resting = [f"resting-{n}" for n in range(200)]

    async def work() -> Loaded:
        loaded = Loaded(jitter=0.0)
        for channel in resting:
            loaded.limits.learn(f"POST {channel}", answer(spent))
        await loaded.deliver(resting + [f"{n}" for n in range(1000)])
        return loaded

    loaded = run(work())

    others = [at for name, times in loaded.arrived.items() for at in times if name not in resting]
    assert max(others) - 1000.0 <= (1000 + 200 * (rest == "0.9")) / 50 * 1.03
    assert len(loaded.arrived) == 1200


def test_routes_of_one_bucket_rest_together_in_a_channel() -> None:
    limits = Limits(lambda: 1000.0)
    bucket = {"X-RateLimit-Bucket": "b1"}
    spent = bucket | {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": "4"}

    limits.learn("PATCH 1", answer(bucket))
    limits.learn("POST 1", answer(spent))

    routes = ("POST 1", "PATCH 1", "PATCH 2", "GET 1")
    assert [limits.wait_for(route) for route in routes] == [4.0, 4.0, 0.0, 0.0]


@pytest.mark.parametrize("scope", ["user", "shared"])
def test_a_refusal_rests_its_own_route_only(scope: str) -> None:
    limits = Limits(lambda: 1000.0)
    headers = {"X-RateLimit-Scope": scope, "Via": "1.1 google"}

    limits.learn("POST 1", answer(headers, 429, b'{"retry_after": 2.5, "global": false}'))

    assert [limits.wait_for(route) for route in ("POST 1", "POST 2")] == [2.5, 0.0]


async def test_a_post_gives_its_place_back_when_its_channel_must_rest() -> None:
    async with (
        DiscordStandIn() as discord,
        DiscordPoster(discord.token, api_url=discord.api_url) as poster,
    ):
        channel = discord.add_channel(discord.add_guild("Acme"), "news")
        address = Address("discord", channel.guild_id, channel.id)
        message = Message((Text("a"),))
        for number in range(5):
            await poster.post(address, message, key=f"{number}")

        with pytest.raises(TryLater) as caught:
            await poster.post(address, message, key="5")

        assert caught.value.after is not None
        assert 1 < caught.value.after.total_seconds() <= 5
        assert len(discord.requested("POST /channels")) == 5

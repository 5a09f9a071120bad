"""One message at a time into each channel."""

import asyncio
import heapq
from collections.abc import Coroutine
from datetime import timedelta
from itertools import count, pairwise
from typing import Any

import pytest

from bots.sandbox.slack import Limits
from bots.sandbox.slack.limits import Meter
from bots.slack.pacing import Pacer
from core.posting import TryLater
from tests import virtualtime

POST = "chat.postMessage"


class VirtualTime:
    """A clock that jumps to the next moment someone waits for once everyone waits."""

    def __init__(self) -> None:
        self.now = 0.0
        self._order = count()
        self._sleepers: list[tuple[float, int, asyncio.Event]] = []

    def clock(self) -> float:
        """Return the seconds since the test began."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Return when that much of this time has passed."""
        woken = asyncio.Event()
        heapq.heappush(self._sleepers, (self.now + seconds, next(self._order), woken))
        await woken.wait()

    async def run(self, *works: Coroutine[Any, Any, None]) -> None:
        """Do all of `works` at once, and let the time pass that they take."""
        tasks = [asyncio.create_task(work) for work in works]
        while not all(task.done() for task in tasks):
            for _ in range(2 * len(tasks) + 10):
                await asyncio.sleep(0)
            if self._sleepers:
                self.now, _, woken = heapq.heappop(self._sleepers)
                woken.set()
        await asyncio.gather(*tasks)


@pytest.fixture
def time() -> VirtualTime:
    return VirtualTime()


def pacer(time: VirtualTime, spacing: float) -> Pacer:
    return Pacer(spacing, clock=time.clock, sleep=time.sleep)


async def test_the_posts_of_a_channel_keep_their_distance(time: VirtualTime) -> None:
    paced, started = pacer(time, 1.02), []

    async def post() -> None:
        async with paced.turn("C1", POST):
            started.append(time.now)
            await time.sleep(0.15)

    await time.run(*(post() for _ in range(20)))

    gaps = [later - earlier for earlier, later in pairwise(started)]
    assert min(gaps) >= 1.02 - 1e-9
    assert 19 / (started[-1] - started[0]) >= 0.95


async def test_a_slow_post_is_not_overtaken(time: VirtualTime) -> None:
    paced, log = pacer(time, 1), []

    async def post(name: str, seconds: float) -> None:
        async with paced.turn("C1", POST):
            log.append(f"{name} starts")
            await time.sleep(seconds)
            log.append(f"{name} ends")

    await time.run(post("first", 5), post("second", 0.1))

    assert log == ["first starts", "first ends", "second starts", "second ends"]
    assert time.now == pytest.approx(6.1)


async def test_a_post_that_was_slow_on_its_way_is_not_followed_too_soon(time: VirtualTime) -> None:
    paced, came = pacer(time, 1.01), []

    async def post(slow: float) -> None:
        async with paced.turn("C1", POST):
            await time.sleep(slow)
            came.append(time.now)
            await time.sleep(0.1)

    await time.run(*(post(slow) for slow in (0.5, 0.0, 0.0, 0.3, 0.0)))

    assert min(later - earlier for earlier, later in pairwise(came)) >= 1.0


async def test_channels_do_not_wait_for_each_other(time: VirtualTime) -> None:
    paced, started = pacer(time, 1), []

    async def post(channel: str) -> None:
        async with paced.turn(channel, POST):
            started.append(time.now)

    await time.run(*(post(f"C{n}") for n in range(50)))

    assert started == [0.0] * 50


async def test_without_spacing_posts_still_go_one_by_one(time: VirtualTime) -> None:
    paced, under_way, most = pacer(time, 0), 0, 0

    async def post() -> None:
        nonlocal under_way, most
        async with paced.turn("C1", POST):
            under_way += 1
            most = max(most, under_way)
            await time.sleep(0.1)
            under_way -= 1

    await time.run(*(post() for _ in range(5)))

    assert most == 1
    assert time.now == pytest.approx(0.5)


async def test_channels_are_forgotten_once_they_are_rested(time: VirtualTime) -> None:
    paced = pacer(time, 1)

    async def post(number: int) -> None:
        await time.sleep(number * 0.1)
        async with paced.turn(f"C{number}", POST):
            pass

    await time.run(*(post(number) for number in range(100)))

    assert paced.remembered <= 11


async def test_a_post_that_is_given_up_leaves_the_channel_free(time: VirtualTime) -> None:
    paced = pacer(time, 1)

    async def post() -> None:
        async with paced.turn("C1", POST):
            await time.sleep(1)

    given_up = asyncio.create_task(post())
    await asyncio.sleep(0)
    given_up.cancel()
    await asyncio.gather(given_up, return_exceptions=True)
    await time.run(post())

    assert time.now >= 1


class Workspace:
    """The posts to one workspace, before the meter of the stand-in, in virtual time."""

    def __init__(self) -> None:
        self._pacer = Pacer(clock=virtualtime.now)
        self._meter = Meter(Limits())
        self._numbers = count()
        self.too_many = 0
        self.posted = 0

    async def post(self, channel: str, times: int) -> None:
        """Post so often, one after the other; what has to wait for long waits elsewhere."""
        while times:
            try:
                async with self._pacer.turn(channel, POST):
                    await asyncio.sleep(next(self._numbers) * 7919 % 100 / 99 * 0.015)
                    self.too_many += self._meter.message(channel, virtualtime.now()) > 0
                    await asyncio.sleep(0.1)
            except TryLater as busy:
                await asyncio.sleep((busy.after or timedelta()).total_seconds())
            else:
                times -= 1
                self.posted += 1


async def post_to_all(workspaces: int, channels: int, each: int) -> tuple[list[Workspace], float]:
    """Return the workspaces, posted to, and how many seconds that took."""
    began = virtualtime.now()
    made = [Workspace() for _ in range(workspaces)]
    async with asyncio.TaskGroup() as group:
        for workspace in made:
            for channel in range(channels):
                group.create_task(workspace.post(f"C{channel}", each))
    return made, virtualtime.now() - began


@pytest.mark.parametrize(
    ("workspaces", "channels", "each", "allowed"),
    # The first 300 messages at once, and 300 in each minute that follows.
    [(50, 1, 20, 19.0), (1, 50, 20, 180.0 + 6.0), (1, 400, 1, 60.0)],
)
def test_all_that_slack_takes_is_used_without_one_refusal(
    workspaces: int, channels: int, each: int, allowed: float
) -> None:
    made, took = virtualtime.run(post_to_all(workspaces, channels, each))

    assert sum(workspace.posted for workspace in made) == workspaces * channels * each
    assert sum(workspace.too_many for workspace in made) == 0
    assert took <= 1.1 * allowed


async def test_a_post_gives_its_place_back_when_the_minute_is_full(time: VirtualTime) -> None:
    paced = Pacer(per_minute={POST: 1}, clock=time.clock, sleep=time.sleep)
    async with paced.turn("C1", POST):
        pass

    with pytest.raises(TryLater) as caught:
        async with paced.turn("C2", POST):
            pass

    assert caught.value.after is not None
    assert 60 < caught.value.after.total_seconds() < 61
    assert time.now == 0


async def test_a_full_minute_of_posts_leaves_edits_free(time: VirtualTime) -> None:
    paced = Pacer(per_minute={POST: 1, "chat.update": 1}, clock=time.clock, sleep=time.sleep)
    async with paced.turn("C1", POST):
        pass

    async with paced.turn("C2", "chat.update"):
        assert time.now == 0


def test_few_posts_wait_for_their_channels_at_a_time() -> None:
    async def work() -> list[object]:
        paced = Pacer(clock=virtualtime.now)

        async def post(channel: int) -> None:
            async with paced.turn(f"C{channel}", POST):
                pass

        await asyncio.gather(*map(post, range(100)))
        return await asyncio.gather(*map(post, range(100)), return_exceptions=True)

    ended = virtualtime.run(work())

    assert sum(isinstance(result, TryLater) for result in ended) == 84

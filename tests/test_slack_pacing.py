"""One message at a time into each channel."""

import asyncio
import heapq
from collections.abc import Coroutine
from itertools import count, pairwise
from typing import Any

import pytest

from bots.slack.pacing import Pacer


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
        async with paced.turn("C1"):
            started.append(time.now)
            await time.sleep(0.15)

    await time.run(*(post() for _ in range(20)))

    gaps = [later - earlier for earlier, later in pairwise(started)]
    assert min(gaps) >= 1.02 - 1e-9
    assert 19 / (started[-1] - started[0]) >= 0.95


async def test_a_slow_post_is_not_overtaken(time: VirtualTime) -> None:
    paced, log = pacer(time, 1), []

    async def post(name: str, seconds: float) -> None:
        async with paced.turn("C1"):
            log.append(f"{name} starts")
            await time.sleep(seconds)
            log.append(f"{name} ends")

    await time.run(post("first", 5), post("second", 0.1))

    assert log == ["first starts", "first ends", "second starts", "second ends"]
    assert time.now == pytest.approx(5.1)


async def test_channels_do_not_wait_for_each_other(time: VirtualTime) -> None:
    paced, started = pacer(time, 1), []

    async def post(channel: str) -> None:
        async with paced.turn(channel):
            started.append(time.now)

    await time.run(*(post(f"C{n}") for n in range(50)))

    assert started == [0.0] * 50


async def test_without_spacing_posts_still_go_one_by_one(time: VirtualTime) -> None:
    paced, under_way, most = pacer(time, 0), 0, 0

    async def post() -> None:
        nonlocal under_way, most
        async with paced.turn("C1"):
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
        async with paced.turn(f"C{number}"):
            pass

    await time.run(*(post(number) for number in range(100)))

    assert paced.remembered <= 11


async def test_a_post_that_is_given_up_leaves_the_channel_free(time: VirtualTime) -> None:
    paced = pacer(time, 1)

    async def post() -> None:
        async with paced.turn("C1"):
            await time.sleep(1)

    given_up = asyncio.create_task(post())
    await asyncio.sleep(0)
    given_up.cancel()
    await asyncio.gather(given_up, return_exceptions=True)
    await time.run(post())

    assert time.now >= 1

"""How fast the bot asks Discord, told in virtual time."""

import asyncio
from collections.abc import Callable
from itertools import pairwise

import pytest

from bots.discord.pacing import Held, Pace, Schedule


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

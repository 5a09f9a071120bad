"""A worker is killed at every await of its way in turn, and the next one keeps the promise."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Literal

import pytest

from core.posting import Platform
from tests.promise import Verdict
from tests.victims import Victims
from tests.worlds import FIRST, HOUR, MINUTE, SECOND, World, world

LEAST_AWAITS = 20
SAMPLED = 23
"""Unless all are asked for, a worker is killed at every so many awaits."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a worker is killed."""

    platform: Platform
    before: Literal["nothing", "stands", "does not stand"] = "nothing"
    """What became of a try minutes ago whose answer was lost, so that it has to be found out."""
    restarted_after: float = 1.0
    """How many seconds later the next one starts."""
    offset: int = 1
    """The first await of a sample, so that each way's is of other awaits."""


async def killed(way: Way, victims: Victims, here: World, at: int) -> tuple[bool, Verdict]:
    """Kill a worker at this await; say whether it came so far, and what the checker finds."""
    tag = f"tag-{at}"
    channel = await here.followed(tag)
    await here.take_in(FIRST, tag)
    if way.before != "nothing":
        here.stand_in.drop_next(here.line, after_commit=way.before == "stands")
        await here.try_once()
        here.clock.later += 4 * MINUTE
    came_so_far = await victims.are_killed(here, at)
    here.clock.later += way.restarted_after
    await here.take_in(SECOND, tag)
    await here.finish()
    return came_so_far, here.verdict(channel)


async def broken_by_kills(
    here: World,
    victims: Victims,
    ats: Iterable[int],
    begin: Callable[[str], Awaitable[Callable[[], object]]],
    *,
    stands: object,
    restarted_after: float,
) -> dict[int, object]:
    """Kill a worker at these awaits in turn, until it does not come so far.

    `begin` lets something happen by which a tag is told of, and gives how to look what stands of
    it. Returns what stood where that was not as it should be.
    """
    broken: dict[int, object] = {}
    for at in ats:
        look = await begin(f"tag-{at}")
        came_so_far = await victims.are_killed(here, at)
        here.clock.later += restarted_after
        await here.finish()
        here.clock.later += MINUTE
        if (found := look()) != stands:
            broken[at] = found
        if not came_so_far:
            break
    assert at > LEAST_AWAITS
    return broken


@pytest.mark.parametrize(
    "way",
    [
        Way("discord", offset=1),
        Way("discord", restarted_after=HOUR, offset=6),
        Way("discord", "does not stand", offset=10),
        Way("slack", offset=14),
        Way("slack", "stands", offset=18),
    ],
    ids=str,
)
@pytest.mark.parametrize("every", [SAMPLED, pytest.param(1, marks=pytest.mark.long)])
async def test_k7_killed_at_any_await_it_loses_and_repeats_nothing(
    way: Way, every: int, victims: Victims, database_file: Path
) -> None:
    broken: dict[int, str] = {}
    async with world(way.platform, database_file) as here:
        for at in count(way.offset if every > 1 else 1, every):
            came_so_far, verdict = await killed(way, victims, here, at)
            if not verdict.is_kept:
                broken[at] = str(verdict)
            if not came_so_far:
                break

    assert at > LEAST_AWAITS
    assert broken == {}

"""A worker is killed at its awaits in turn: everybody is mentioned once all the same."""

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Literal

import pytest

from core import subscriptions
from core.posting import Address, Platform, beside
from tests.test_kill_every_await import broken_by_kills
from tests.victims import Victims
from tests.worlds import FIRST, HOUR, World, world

SAMPLED = 41  # `test_kill_every_await.py` covers the same awaits more closely
PEOPLE = {"discord": ("80351110224678912", "80351110224678913"), "slack": ("U0MIA", "U0LEE")}

Stage = Literal["the post", "the mention"]


async def followed(here: World, tag: str) -> Address:
    """Return a new channel that follows a tag, beside which two people follow it too."""
    address = here.new_channel_with_threads(tag)
    async with here.database.write() as db:
        for at in (address, *(beside(address, one) for one in PEOPLE[address.platform])):
            await subscriptions.follow(db, at, [tag], by="ada", now=here.clock.time)
    return address


@pytest.mark.parametrize(
    ("platform", "stage", "restarted_after", "offset"),
    [
        ("discord", "the post", 1.0, 1),
        ("discord", "the mention", 1.0, 2),
        ("discord", "the mention", HOUR, 3),
        ("slack", "the post", HOUR, 4),
        ("slack", "the mention", 1.0, 5),
    ],
)
@pytest.mark.parametrize("every", [SAMPLED, pytest.param(1, marks=pytest.mark.long)])
async def test_k7_killed_at_any_await_it_mentions_everybody_once(  # noqa: PLR0913 (a row of the table)
    platform: Platform,
    stage: Stage,
    restarted_after: float,
    offset: int,
    every: int,
    victims: Victims,
    database_file: Path,
) -> None:
    async with world(platform, database_file) as here:

        async def begin(tag: str) -> Callable[[], object]:
            address = await followed(here, tag)
            await here.take_in(FIRST, tag)
            if stage == "the mention":
                await here.try_once()
            return lambda: here.posts_and_pings(address)

        broken = await broken_by_kills(
            here,
            victims,
            count(offset if every > 1 else 1, every),
            begin,
            stands=(1, [tuple(f"<@{one}>" for one in PEOPLE[platform])]),
            restarted_after=restarted_after,
        )

    assert broken == {}

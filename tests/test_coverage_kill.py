"""A worker is killed at its awaits in turn: a story is posted once, and its coverage told once."""

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Literal

import pytest

from core import subscriptions
from core.intake import Intake
from core.posting import Address, Platform
from core.sources import Draft
from tests.test_kill_every_await import broken_by_kills
from tests.victims import Victims
from tests.worlds import HOUR, World, world

SAMPLED = 41  # `test_kill_every_await.py` covers the same awaits more closely

Stage = Literal["the post", "the line"]


async def followed(here: World, tag: str) -> Address:
    """Return a new channel that follows a tag."""
    address = here.new_channel_with_threads(tag)
    async with here.database.write() as db:
        await subscriptions.follow(db, address, [tag], by="ada", now=here.clock.time)
    return address


async def told_by(here: World, outlet: str, tag: str) -> None:
    """Let an outlet tell the story of a tag."""
    draft = Draft(
        f"{outlet} has it",
        f"https://{outlet}.example/{tag}",
        original_url=f"https://original.example/{tag}",
        source_domain=f"{outlet}.example",
        tags=(tag,),
    )
    assert await Intake(here.database).take_in(draft, source="test", now=here.clock.time)


async def told_by_two(here: World, tag: str, *, between: bool) -> None:
    """Let two outlets tell the story of a tag, and what is due be posted `between` them."""
    await told_by(here, "first", tag)
    if between:
        await here.try_once()
    await told_by(here, "second", tag)


def posts_and_lines(here: World, address: Address) -> tuple[int, int]:
    """Return how many posts stand in a channel, and how many lines below them."""
    posts, lines = here.posts_and_pings(address)
    return posts, len(lines)


@pytest.mark.parametrize(
    ("platform", "stage", "restarted_after", "offset"),
    [
        ("discord", "the post", 1.0, 1),
        ("discord", "the line", 1.0, 2),
        ("discord", "the line", HOUR, 3),
        ("slack", "the post", HOUR, 4),
        ("slack", "the line", 1.0, 5),
    ],
)
@pytest.mark.parametrize("every", [SAMPLED, pytest.param(1, marks=pytest.mark.long)])
async def test_k7_killed_at_any_await_a_story_and_its_coverage_stand_once(  # noqa: PLR0913 (a row of the table)
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
            await told_by_two(here, tag, between=stage == "the line")
            return lambda: posts_and_lines(here, address)

        broken = await broken_by_kills(
            here,
            victims,
            count(offset if every > 1 else 1, every),
            begin,
            stands=(1, 1),
            restarted_after=restarted_after,
        )

    assert broken == {}

"""A worker is killed at its awaits in turn: in a forum, too, a story is one post, told once."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Literal

import pytest

from bots.sandbox.discord import DiscordStandIn
from core import subscriptions
from core.posting import Address
from tests.test_coverage_kill import SAMPLED, told_by_two
from tests.test_kill_every_await import broken_by_kills
from tests.victims import Victims
from tests.worlds import HOUR, World, world

Stage = Literal["the post", "the line"]


async def followed(here: World, tag: str) -> Address:
    """Return a new forum that follows a tag."""
    assert isinstance(here.stand_in, DiscordStandIn)
    guild = here.stand_in.guilds[0]
    forum = here.stand_in.add_forum(guild, tag, tag)
    address = Address("discord", guild.id, forum.id)
    async with here.database.write() as db:
        await subscriptions.follow(db, address, [tag], by="ada", now=here.clock.time)
    return address


def posts_and_lines(here: World, forum: Address) -> tuple[int, int]:
    """Return how many posts stand in a forum, and how many lines below them."""
    assert isinstance(here.stand_in, DiscordStandIn)
    posts = [it for it in here.stand_in.channels if it.parent_id == forum.channel]
    return len(posts), sum(len(here.stand_in.messages(post)) - 1 for post in posts)


@pytest.mark.parametrize(
    ("stage", "restarted_after", "offset"),
    [("the post", 1.0, 1), ("the post", HOUR, 2), ("the line", 1.0, 3), ("the line", HOUR, 4)],
)
@pytest.mark.parametrize("every", [SAMPLED, pytest.param(1, marks=pytest.mark.long)])
async def test_k8_killed_at_any_await_a_story_is_one_post_of_a_forum(
    stage: Stage,
    restarted_after: float,
    offset: int,
    every: int,
    victims: Victims,
    database_file: Path,
) -> None:
    async with world("discord", database_file) as one:
        here = replace(one, line="POST /channels/*/threads")

        async def begin(tag: str) -> Callable[[], object]:
            forum = await followed(here, tag)
            await told_by_two(here, tag, between=stage == "the line")
            return lambda: posts_and_lines(here, forum)

        broken = await broken_by_kills(
            here,
            victims,
            count(offset if every > 1 else 1, every),
            begin,
            stands=(1, 1),
            restarted_after=restarted_after,
        )

    assert broken == {}

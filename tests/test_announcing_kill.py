"""Who sets a channel up or tells of it is killed at its awaits in turn: each is said once."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Literal

import pytest

from core import history, subscriptions, workspaces
from core.posting import Address, Platform
from tests.killed_worker import MOD, poster_of
from tests.test_kill_every_await import broken_by_kills
from tests.victims import Victims
from tests.worlds import HOUR, MINUTE, World, world

SAMPLED = 19
Before = Literal["nothing", "stands", "does not stand"]


def said_in(here: World, channel: Address, words: str) -> int:
    """Return how many messages of a channel have these words."""
    standing = here.stand_in.messages(channel.channel)
    return sum(words in str(message) for message in standing)


async def lost(here: World, before: Before) -> None:
    """Let the answer to a first try be lost, so that it has to be found out."""
    if before == "nothing":
        return
    here.stand_in.drop_next(here.line, after_commit=before == "stands")
    async with poster_of(here.orders) as poster:
        await replace(here.orders, later=here.clock.later).announce(here.database, poster)
    here.clock.later += 6 * MINUTE


@pytest.mark.parametrize(
    ("platform", "before", "restarted_after", "offset"),
    [
        ("discord", "nothing", 1.0, 1),
        ("discord", "nothing", HOUR, 5),
        ("discord", "does not stand", 1.0, 9),
        ("slack", "nothing", 1.0, 13),
        ("slack", "stands", HOUR, 17),
    ],
)
@pytest.mark.parametrize("every", [SAMPLED, pytest.param(1, marks=pytest.mark.long)])
async def test_k7_killed_at_any_await_each_line_is_told_once(  # noqa: PLR0913 (a row of the table)
    platform: Platform,
    before: Before,
    restarted_after: float,
    offset: int,
    every: int,
    victims: Victims,
    database_file: Path,
) -> None:
    async with world(platform, database_file) as one:
        here = replace(one, orders=replace(one.orders, announces=True))

        async def begin(tag: str) -> Callable[[], object]:
            now = here.clock.time
            log, channel = here.new_channel(f"log-{tag}"), here.new_channel(tag)
            async with here.database.write() as db:
                await workspaces.choose_log(db, log)
                for topic in (tag, f"{tag}-too"):
                    async with history.noted(db, channel, by=MOD, now=now):
                        await subscriptions.follow(db, channel, [topic], by=MOD, now=now)
            await lost(here, before)
            return lambda: (said_in(here, log, f"{tag} added"), said_in(here, log, "-too added"))

        broken = await broken_by_kills(
            here,
            victims,
            count(offset if every > 1 else 1, every),
            begin,
            stands=(1, 1),
            restarted_after=restarted_after,
        )

    assert broken == {}


@pytest.mark.parametrize(
    ("platform", "restarted_after", "offset"),
    [("discord", 1.0, 1), ("discord", HOUR, 7), ("slack", 1.0, 13)],
)
@pytest.mark.parametrize("every", [SAMPLED, pytest.param(1, marks=pytest.mark.long)])
async def test_k7_killed_at_any_await_a_channel_is_introduced_once_and_follows(
    platform: Platform,
    restarted_after: float,
    offset: int,
    every: int,
    victims: Victims,
    database_file: Path,
) -> None:
    found: set[tuple[int, int]] = set()
    for at in count(offset if every > 1 else 1, every):
        file = Path(shutil.copyfile(database_file, database_file.with_name(f"{at}.db")))
        async with world(platform, file) as one:
            channel = one.new_channel("llms")
            typed = f"{channel.workspace} {channel.channel} channel follow llms"
            here = replace(one, orders=replace(one.orders, announces=True, typed=typed))

            came_so_far = await victims.are_killed(here, at)

            here.clock.later += restarted_after
            here = replace(here, orders=replace(here.orders, typed=""))
            await here.finish()
            async with here.database.read() as db:
                follows = (await subscriptions.following(db, channel)).rules
            found.add((len(follows), said_in(here, channel, "New stories are posted here about")))
        if not came_so_far:
            break

    # Before anything is stored nothing is said either.
    assert found == {(0, 0), (1, 1)}

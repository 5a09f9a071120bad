"""Articles queued for channels, claimed and recorded: what tests of the outbox share."""

import re
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core import claims, outcomes, queueing, rules, subscriptions
from core.claims import Post
from core.db import Database
from core.messages import as_text
from core.outcomes import Outcome
from core.posting import Address
from core.rules import Facts
from core.sources import Draft
from core.stories import save_new
from core.tables import deliveries
from tests.conftest import NOW
from tests.fakes import FakePoster


def channel(number: int) -> Address:
    """Return a channel of Discord."""
    return Address("discord", "1", f"{number:03}")


async def queue(database: Database, *, channels: int, stories: int, now: datetime = NOW) -> None:
    """Let channels 1 to n follow a tag, and queue articles that carry it."""
    async with database.write() as db:
        for number in range(1, channels + 1):
            await subscriptions.follow(db, channel(number), ["llms"], by="ada", now=now)
        last = await subscriptions.last_address(db)
        for number in range(stories):
            await _queue_story(db, number, last, now)


def tagged(*tags: str) -> Facts:
    """Return what decides over an article of which only the tags are known."""
    return rules.facts(Draft(title="A", url="https://themata.ai/news/a", tags=tags))


async def _queue_story(db: AsyncConnection, number: int, last: int, now: datetime) -> int:
    told = Draft(title=f"Story {number}", url=f"https://themata.ai/news/{number}")
    saved = await save_new(db, told, source="site", now=now)
    assert saved is not None
    everyone = range(last + 1)
    await queueing.enqueue(db, queueing.Part(saved.id, tagged("llms"), everyone, now))
    return saved.id


async def claim(
    database: Database, *, now: datetime = NOW, most: int = 250, name: str = "c1"
) -> list[Post]:
    """Claim what is due on Discord."""
    async with database.write() as db:
        return await claims.claim_due(db, "discord", now=now, most=most, claim=name)


async def states(database: Database) -> list[str]:
    """Return the states of all deliveries, in the order they were queued."""
    async with database.read() as db:
        return list((await db.scalars(sa.select(deliveries.c.state).order_by("id"))).all())


async def record(database: Database, *ends: Outcome, now: datetime = NOW) -> None:
    """Write down how posts ended."""
    async with database.write() as db:
        await outcomes.record(db, ends, now=now)


async def add_story(database: Database, number: int, *, now: datetime = NOW) -> int:
    """Queue one more article for all that follow the tag, and return its id."""
    async with database.write() as db:
        last = await subscriptions.last_address(db)
        return await _queue_story(db, number, last, now)


async def reclaim(
    database: Database,
    *,
    now: datetime = NOW,
    settled_at: datetime = NOW,
    all_of_them: bool = True,
) -> int:
    """Take over what a claimer left."""
    async with database.write() as db:
        return await claims.reclaim(
            db, "discord", now=now, settled_at=settled_at, all_of_them=all_of_them
        )


def stories(poster: FakePoster, address: Address) -> list[int]:
    """Return the numbers of the stories that a channel got, in the order it got them."""
    said = "".join(as_text(message) for where, message, _ in poster.posts if where == address)
    return [int(number) for number in re.findall(r"Story (\d+)", said)]

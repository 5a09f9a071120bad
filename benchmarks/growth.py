"""What posts cost, and how much memory they leave behind, as the channels become many.

Two bots work in turn: one posts to 200 channels again and again, the other to another 200 each
time. Each has a worker, a poster and a database of its own. Used by `benchmarks/posting.py`.
"""

import gc
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import psutil
import sqlalchemy as sa

from benchmarks.standins import Place, stand_in
from bots.discord.poster import DiscordPoster
from bots.slack.client import web_client
from bots.slack.poster import SlackPoster
from core.db import Database, open_database
from core.delivery import DeliveryWorker
from core.intake import Intake
from core.posting import Platform, Poster
from core.sources import Draft
from core.tables import addresses, rules, subscriptions

GROUP = 200
"""How many channels get the same article."""
WARM_UP = 510
"""Articles before anything is counted: more than are kept to be posted again."""
MOST_COST, MOST_GROWTH = 1.1, 5.0
_WARM = "warm"
_FEW_TO_WARM = 4
_MEGABYTE = 1 << 20


@dataclass(slots=True)
class Grown:
    """What was measured. Costs are CPU microseconds for each post, one for each article."""

    few: list[float] = field(default_factory=list)
    many: list[float] = field(default_factory=list)
    posts: int = 0
    megabytes: float = 0.0
    """How much more memory this process holds after all posts than before."""

    @property
    def ratio(self) -> float:
        """Return the cost with many channels over that with few, both posted in turn.

        Of the second half of the run: by then the many are many.
        """
        later = slice(len(self.few) // 2, None)
        both = zip(self.many[later], self.few[later], strict=True)
        return statistics.median(many / few for many, few in both)


async def measure(
    platform: Platform, channels: int, posts: int, draft: Draft, *, warm_up: int = WARM_UP
) -> Grown:
    """Return what so many posts cost and leave behind, half of them to so many channels in turn."""
    grown = Grown()
    async with (
        stand_in(platform, channels, tells_limits=True) as place,
        _bot(place, channels, draft) as many,
        _bot(place, GROUP, draft) as few,
    ):
        for bot in (many, few):
            for _ in range(warm_up):
                await bot.post_once(_WARM)
        before = _held()
        while grown.posts < posts:
            grown.few.append(await few.cost())
            grown.many.append(await many.cost())
            grown.posts += 2 * GROUP
        grown.megabytes = _held() - before
    return grown


class Bot:
    """A worker with its poster and its database, whose channels follow in groups."""

    def __init__(
        self, database: Database, worker: DeliveryWorker, draft: Draft, groups: int
    ) -> None:
        self._intake = Intake(database)
        self._worker = worker
        self._draft = draft
        self._groups = groups
        self._articles = 0

    async def cost(self) -> float:
        """Post an article to the next group, and return the CPU microseconds of each post."""
        await self._queue(_tag(self._articles % self._groups))
        before = time.process_time()
        assert await self._worker.post_due() == GROUP
        return (time.process_time() - before) * 1e6 / GROUP

    async def post_once(self, tag: str) -> None:
        """Post an article to those who follow `tag`."""
        await self._queue(tag)
        await self._worker.post_due()

    async def _queue(self, tag: str) -> None:
        url = f"https://themata.ai/news/{self._articles}"
        self._articles += 1
        title = f"{self._draft.title} {self._articles}"
        draft = replace(self._draft, url=url, title=title, tags=(tag,))
        assert await self._intake.take_in(draft, source="saved", now=datetime.now(UTC))


@asynccontextmanager
async def _bot(place: Place, channels: int, draft: Draft) -> AsyncIterator[Bot]:
    with tempfile.TemporaryDirectory() as folder:
        async with (
            open_database(f"sqlite:///{Path(folder) / 'themata.db'}") as database,
            _poster(place) as poster,
        ):
            await _follow(database, place, channels)
            worker = DeliveryWorker(database, poster, place.platform)
            yield Bot(database, worker, draft, channels // GROUP)


@asynccontextmanager
async def _poster(place: Place) -> AsyncIterator[Poster]:
    if place.platform == "discord":
        async with DiscordPoster(
            place.token, api_url=place.api_url, requests_per_second=0
        ) as poster:
            yield poster
    else:
        async with web_client(place.token, api_url=place.api_url) as client:
            yield SlackPoster(client, spacing=0)


async def _follow(database: Database, place: Place, channels: int) -> None:
    """Let the channels follow the tag of their group, and the first few another one."""
    follows = [(number, _tag(number // GROUP)) for number in range(channels)]
    follows += [(number, _WARM) for number in range(_FEW_TO_WARM)]
    async with database.write() as db:
        await db.execute(sa.insert(addresses), _addresses(place, channels))
        await db.execute(sa.insert(rules), [_rule(number) for number in range(channels)])
        await db.execute(sa.insert(subscriptions), [_subscription(*each) for each in follows])


def _addresses(place: Place, channels: int) -> Sequence[dict[str, object]]:
    where = {"platform": place.platform, "workspace": place.workspace}
    named = enumerate(place.channels[:channels])
    return [{"id": number + 1, **where, "channel": channel} for number, channel in named]


def _subscription(number: int, tag: str) -> dict[str, object]:
    return {"topic": tag, "address_id": number + 1, "rule_id": number + 1}


def _rule(number: int) -> dict[str, object]:
    set_at = datetime.now(UTC)
    return {"id": number + 1, "address_id": number + 1, "set_by": "1", "set_at": set_at}


def _tag(group: int) -> str:
    return f"group-{group}"


def _held() -> float:
    """Return the megabytes that this process holds."""
    gc.collect()
    return float(psutil.Process().memory_info().rss) / _MEGABYTE


def report(platform: Platform, channels: int, grown: Grown) -> bool:
    """Print what was measured, and say whether it is within the bounds."""
    few, many = statistics.median(grown.few), statistics.median(grown.many)
    print(f"{platform:<8} {few:.0f} µs a post at {GROUP} channels, {many:.0f} at {channels:,}")
    print(f"{platform} channels ratio {grown.ratio:.2f} (at most {MOST_COST})")
    print(
        f"{platform} memory grew by {grown.megabytes:.1f} MB over {grown.posts:,} posts"
        f" (at most {MOST_GROWTH:.0f})"
    )
    return grown.ratio <= MOST_COST and grown.megabytes <= MOST_GROWTH

"""Measures what a post costs, from claim to mark, over the bare calls of the vendors' SDKs.

Ours is the whole of `DeliveryWorker.post_due` on SQLite: claim, compose, render, post and mark,
each post in another channel. The SDKs post the same card of a real article to the same server on
loopback, in turn with ours and as many at a time. Counted is the CPU of this process; the server
is another one. On a machine that others use too, a comparison holds only within a round: so
there are many, and the ratio is their median.

    python benchmarks/posting.py [--messages 2000] [--rounds 8] [--only discord|slack]
    python benchmarks/posting.py --channels 60000 [--posts 120000] [--only discord|slack]

The second measures instead what a post costs with so many channels over few, and what so many
posts leave behind in memory.
"""

import argparse
import asyncio
import gc
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import growth
from benchmarks.sdks import Post, discord_sdk, slack_sdk
from benchmarks.standins import Place, stand_in
from bots.discord.poster import DiscordPoster
from bots.slack.client import web_client
from bots.slack.poster import SlackPoster
from core import compose, subscriptions
from core.db import Database, open_database
from core.delivery import DeliveryWorker
from core.intake import Intake
from core.messages import Message
from core.posting import Address, Platform, Poster
from core.sources import Draft
from core.sources.page import read_text, with_known_tags

LANES = 32
TAG = "meta"
ARTICLE = Path(__file__).parent.parent / "bots/sandbox/articles/meta-pauses-ai-training-program.txt"
BASE: Mapping[Platform, str] = {
    "discord": "discord.py, shared view",
    "slack": "slack_sdk",
}
BOUNDS: Mapping[Platform, float] = {"discord": 1.0, "slack": 1.15}
"""How much ours may cost over the SDK."""
_TAGS = ("meta", "ai-training", "data-privacy", "employee-monitoring")


@dataclass(slots=True)
class Measured:
    """What a post cost in each round, in CPU microseconds."""

    ours: list[float] = field(default_factory=list)
    sdk: dict[str, list[float]] = field(default_factory=dict)
    """By the name of the way to use the SDK."""

    def ratio(self, name: str) -> float:
        """Return ours over the SDK's, the median of the rounds."""
        both = zip(self.ours, self.sdk[name], strict=True)
        return statistics.median(ours / sdk for ours, sdk in both)


@dataclass(frozen=True, slots=True)
class Bench:
    """All that a round needs, open."""

    platform: Platform
    database: Database
    poster: Poster
    bare: Mapping[str, Post]
    """The SDK's ways, by name."""
    messages: int


async def measure(platform: Platform, messages: int, rounds: int) -> Measured:
    """Return what posts cost on `platform`, each round in as many channels as messages."""
    measured = Measured()
    async with stand_in(platform, messages) as place, _open(place, messages) as bench:
        # The first round opens connections, fills caches and compiles statements.
        await one_round(bench, 0, Measured())
        for number in range(1, rounds + 1):
            await one_round(bench, number, measured)
    return measured


@asynccontextmanager
async def _open(place: Place, messages: int) -> AsyncIterator[Bench]:
    with tempfile.TemporaryDirectory() as folder:
        async with (
            open_database(f"sqlite:///{Path(folder) / 'themata.db'}") as database,
            _platform(place) as (poster, bare),
        ):
            await follow(database, place.addresses())
            yield Bench(place.platform, database, poster, bare, messages)


@asynccontextmanager
async def _platform(place: Place) -> AsyncIterator[tuple[Poster, Mapping[str, Post]]]:
    name = BASE[place.platform]
    if place.platform == "discord":
        async with (
            DiscordPoster(place.token, api_url=place.api_url, requests_per_second=0) as poster,
            discord_sdk(place) as sdk,
        ):
            yield poster, {name: sdk.post_shared, "discord.py, a view per post": sdk.post_built}
    else:
        async with (
            web_client(place.token, api_url=place.api_url) as client,
            slack_sdk(place) as slack,
        ):
            bare = {name: slack.post, "slack_sdk, silent logger": slack.post_silently}
            yield SlackPoster(client, spacing=0), bare


async def follow(database: Database, addresses: Sequence[Address]) -> None:
    """Let these channels follow what the article is about."""
    now = datetime.now(UTC)
    async with database.write() as db:
        for address in addresses:
            await subscriptions.follow(db, address, [TAG], by="1", now=now)


async def one_round(bench: Bench, number: int, measured: Measured) -> None:
    """Post as much by each way, in another order each time."""
    message = await queue(bench, number)
    count = bench.messages

    async def ours() -> None:
        measured.ours.append(await cpu_of(post_queued(bench), count))

    async def bare(name: str) -> None:
        cost = await cpu_of(bench.bare[name](message, count, LANES), count)
        measured.sdk.setdefault(name, []).append(cost)

    ways = [ours(), *(bare(name) for name in bench.bare)]
    for way in ways if number % 2 else reversed(ways):
        await way


async def queue(bench: Bench, number: int) -> Message:
    """Take the real article in from a source and an address of this round; return its card."""
    source = f"round-{number}"
    draft = article(f"https://themata.ai/news/{source}")
    taken = await Intake(bench.database).take_in(draft, source=source, now=datetime.now(UTC))
    assert taken is not None
    assert taken[1] == bench.messages
    return compose.post([taken[0]], "card")


def article(url: str) -> Draft:
    """Return the real article, as if it stood at `url`."""
    draft, leftovers = with_known_tags(read_text(ARTICLE.read_bytes(), url), _TAGS)
    assert not leftovers
    return replace(draft, url=url)


async def post_queued(bench: Bench) -> None:
    """Post what is queued, as the running bot does."""
    worker = DeliveryWorker(bench.database, bench.poster, bench.platform, lanes=LANES)
    assert await worker.post_due() == bench.messages


async def cpu_of(work: Awaitable[None], count: int) -> float:
    """Return the CPU microseconds that each of `count` posts took."""
    gc.collect()
    before = time.process_time()
    await work
    return (time.process_time() - before) * 1e6 / count


def report(platform: Platform, measured: Measured) -> bool:
    """Print what was measured, and say whether it is within the bound."""
    print(f"{platform:<8} ours {statistics.median(measured.ours):.0f} µs a post, claim to mark")
    for name, costs in measured.sdk.items():
        median = statistics.median(costs)
        print(f"{platform:<8} {name} {median:.0f} µs, ours is {measured.ratio(name):.2f} of it")
    ratio, bound = measured.ratio(BASE[platform]), BOUNDS[platform]
    print(f"{platform} ratio {ratio:.2f} (at most {bound})")
    return ratio <= bound


async def growing(platform: Platform, channels: int, posts: int) -> bool:
    """Measure how the costs grow, and say whether they are within their bounds."""
    draft = article("https://themata.ai/news/grows")
    return growth.report(platform, channels, await growth.measure(platform, channels, posts, draft))


async def main() -> int:
    """Measure on both platforms; exit with 1 if a bound is not held."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--only", choices=list(BOUNDS))
    parser.add_argument("--channels", type=int, help="measure growth, over so many channels")
    parser.add_argument("--posts", type=int, default=120_000)
    asked = parser.parse_args()
    platforms = [p for p in BOUNDS if asked.only in {None, p}]
    if asked.channels:
        return 0 if all([await growing(p, asked.channels, asked.posts) for p in platforms]) else 1
    held = [report(p, await measure(p, asked.messages, asked.rounds)) for p in platforms]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))

"""Feeds that a test writes: items as RSS and JSON, and the channel that a bot's reader follows."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from xml.sax.saxutils import escape

import sqlalchemy as sa

from core import articles, subscriptions
from core.db import Database
from core.intake import Intake, Taken
from core.posting import Address
from core.sources.feed import Feed
from core.sources.fetch import Fetcher
from core.sources.reader import Read, T
from core.tables import deliveries
from tests.conftest import NOW
from tests.newsserver import NewsServer, news_server

CHANNEL = Address("discord", "1", "2")


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a feed."""

    guid: str
    link: str
    title: str
    published_at: datetime
    summary: str = ""


def item(number: int, published_at: datetime) -> Item:
    """Return an item that is unlike all with other numbers."""
    link = f"http://news.example/story/{number}"
    summary = f"What happened in story {number}, told in a sentence."
    return Item(f"id-{number}", link, f"Story {number}", published_at, summary)


def backlog(most: int = 20, before: datetime = NOW) -> list[Item]:
    """Return items of the last hours, the newest first as feeds have them."""
    return [item(number, before - timedelta(hours=number + 1)) for number in range(most)]


def rss(items: Sequence[Item], extra: str = "") -> str:
    """Return these items as RSS, each with the tag that the channel follows."""
    told = "".join(
        f"<item><guid isPermaLink='false'>{escape(i.guid)}</guid><link>{escape(i.link)}</link>"
        f"<title>{escape(i.title)}</title><description>{escape(i.summary)}</description>"
        f"<category>llms</category><pubDate>{format_datetime(i.published_at)}</pubDate></item>"
        for i in items
    )
    return f'<rss version="2.0"><channel><title>AI news</title>{extra}{told}</channel></rss>'


def json_feed(items: Sequence[Item]) -> str:
    """Return these items as a JSON Feed."""
    told = [
        {
            "id": i.guid,
            "url": i.link,
            "title": i.title,
            "summary": i.summary,
            "date_published": i.published_at.isoformat(),
            "tags": ["llms"],
        }
        for i in items
    ]
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": told})


@dataclass(frozen=True, slots=True)
class Received:
    """What a channel gets: posts, and articles that come together in one catch-up."""

    posts: int = 0
    caught_up: int = 0


@dataclass(slots=True)
class Scene:
    """A feed on a server, and a bot with one channel that reads it."""

    database: Database
    news: NewsServer
    intake: Intake
    fetcher: Fetcher
    feeds: dict[str, Feed] = field(default_factory=dict)

    def feed(self, path: str = "/feed") -> Feed:
        """Return the feed at this path, always the same."""
        return self.feeds.setdefault(path, Feed(path, f"{self.news.url}{path}", self.fetcher))

    async def poll(self, now: datetime = NOW, path: str = "/feed") -> Taken:
        """Look at the feed, however long it was to rest."""
        return await self.intake.poll(self.feed(path), now, at_once=True)

    async def show(self, items: Sequence[Item], now: datetime = NOW, path: str = "/feed") -> Taken:
        """Let these items stand in the feed, and look at it."""
        self.news.put(path, rss(items))
        return await self.poll(now, path)

    async def received(self) -> Received:
        """Return what is queued for the channel."""
        async with self.database.read() as db:
            flags = (await db.scalars(sa.select(deliveries.c.catch_up))).all()
        return Received(flags.count(False), flags.count(True))

    async def titles(self) -> list[str]:
        """Return the titles of what the channel gets, in that order."""
        async with self.database.read() as db:
            query = sa.select(deliveries.c.article_id).order_by(
                deliveries.c.due_at, deliveries.c.id
            )
            ids = (await db.scalars(query)).all()
            found = await articles.by_ids(db, ids)
        return [found[article].title for article in ids]


async def read_here(read: Read[T], body: bytes, address: str, **_: float) -> T:
    """Return what `read` makes of `body`, in this process: starting another takes a second."""
    return read(body, address)


@asynccontextmanager
async def scene(database: Database) -> AsyncIterator[Scene]:
    """Give a scene with a channel that follows what the feeds bring."""
    async with database.write() as db:
        await subscriptions.follow(db, CHANNEL, ["llms"], by="ada", now=NOW)
    async with news_server() as news, Fetcher(allow_private=True) as fetcher:
        yield Scene(database, news, Intake(database), fetcher)

"""Related articles that are stored and posted, and a desk that shares them: on either platform."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from core import articles, claims, compose, outcomes, queueing, stories, subscriptions
from core.commands import Caller, Command
from core.db import Database
from core.desk import Desk
from core.messages import Message
from core.posting import Address, Platform, Poster
from core.sources import Draft
from tests.arranged import arranged
from tests.conftest import NOW
from tests.queued import tagged

IPO = "OpenAI files for an IPO in New York"
BANKS = "Bankers line up for the OpenAI IPO in New York"
PAGES = {IPO: "https://themata.ai/news/ipo", BANKS: "https://themata.ai/news/banks_and~ipo"}


class AskedDesk(Desk):
    """A desk that keeps who asked what."""

    def __init__(self, database: Database, posters: Mapping[Platform, Poster]) -> None:
        super().__init__(database, {"openai": []}, posters=posters)
        self.asked: list[tuple[Command, Caller]] = []

    async def answer(self, command: Command, caller: Caller) -> Message:
        """Keep what is asked, and answer."""
        self.asked.append((command, caller))
        return await super().answer(command, caller)


@dataclass
class Newsroom:
    """A database with two related articles, and the poster of a platform."""

    database: Database
    poster: Poster
    platform: Platform
    desk: AskedDesk
    numbers: dict[str, int] = field(default_factory=dict)

    async def post(self, address: Address, *titles: str) -> str:
        """Post these articles in one message, and return its id."""
        async with self.database.write() as db:
            await subscriptions.follow(db, address, ["openai"], by="8", now=NOW)
            for title in titles:
                part = queueing.Part(self.numbers[title], tagged("openai"), range(99), NOW)
                await queueing.enqueue(db, part)
            due = await claims.claim_due(db, self.platform, now=NOW, most=9, claim="c")
            found = await articles.by_ids(db, [it for post in due for it in post.articles])
        message = compose.post(list(found.values()), "card")
        receipt = await self.poster.post(address, message, key=f"post {titles}")
        async with self.database.write() as db:
            ends = [outcomes.Posted(post, receipt.message_id) for post in due]
            await outcomes.record(db, ends, now=NOW)
        return receipt.message_id

    async def save(self, title: str, url: str, *tags: str) -> int:
        """Store one more article."""
        told = Draft(title=title, url=url, tags=tags)
        async with self.database.write() as db:
            saved = await stories.save_new(db, told, source="site", now=NOW)
        assert saved is not None
        return saved.id


async def newsroom(database: Database, poster: Poster, platform: Platform) -> Newsroom:
    """Return a newsroom whose desk shares by `poster`, in a database with nothing else."""
    await arranged(database, save_pages)
    room = Newsroom(database, poster, platform, AskedDesk(database, {platform: poster}))
    async with database.read() as db:
        for title, page in PAGES.items():
            article = await articles.by_url(db, page)
            assert article
            room.numbers[title] = article.id
    return room


async def save_pages(database: Database) -> None:
    """Store the related articles."""
    async with database.write() as db:
        for title, page in PAGES.items():
            told = Draft(title=title, url=page, tags=("openai",))
            await stories.save_new(db, told, source="site", now=NOW)

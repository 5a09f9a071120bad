"""A source whose articles change, and a poster that keeps its edits apart."""

import asyncio
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from core import articles, subscriptions
from core.db import Database
from core.delivery import DeliveryWorker
from core.editing import EditWorker
from core.intake import Intake
from core.messages import Message, as_text
from core.posting import Address, Platform, Poster, Receipt
from core.sources import Draft
from core.tables import deliveries, edits
from tests.conftest import NOW
from tests.fakes import FakePoster

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
CHANNEL = Address("discord", "1", "news")


class EditPoster(FakePoster):
    """Keeps edits apart from posts. The given errors come first, one for each edit."""

    def __init__(self, *errors: Exception | None) -> None:
        super().__init__()
        self.edit_errors = list(errors)
        self.edits: list[tuple[Receipt, Message]] = []
        self.may_edit = asyncio.Event()
        self.may_edit.set()
        self.calls = 0
        self.is_editing = asyncio.Event()

    async def edit(self, receipt: Receipt, message: Message) -> None:
        """Keep the edit, or fail as told."""
        self.calls += 1
        self.is_editing.set()
        await self.may_edit.wait()
        if self.edit_errors and (error := self.edit_errors.pop(0)):
            raise error
        self.edits.append((receipt, message))

    @property
    def titles(self) -> list[str]:
        """The first line of every edit."""
        return [as_text(message).splitlines()[0] for _, message in self.edits]


class News:
    """A source, its followers, and what is at work for them, at a time that a test sets."""

    def __init__(self, database: Database, poster: Poster, platform: Platform = "discord") -> None:
        self.database = database
        self.now = NOW
        self.posting = DeliveryWorker(database, poster, platform, clock=self.clock, lanes=2)
        self.editing = EditWorker(database, poster, platform, clock=self.clock)

    def clock(self) -> datetime:
        """Return the time that was set."""
        return self.now

    async def follow(self, *channels: Address) -> None:
        """Let these channels follow the tag of every story."""
        async with self.database.write() as db:
            for channel in channels:
                await subscriptions.follow(db, channel, ["llms"], by="ada", now=self.now)

    async def tell(self, *drafts: Draft, source: str = "site", by_hand: bool = False) -> None:
        """Let a source tell these."""
        intake = Intake(self.database)
        for draft in drafts:
            await intake.take_in(draft, source=source, now=self.now, by_hand=by_hand)

    async def post(self, *drafts: Draft, to: Address = CHANNEL) -> None:
        """Let a source tell these, and post them in a channel."""
        await self.follow(to)
        await self.tell(*drafts)
        await self.posting.post_due()

    async def pass_by(self, time: timedelta) -> int:
        """Let this time pass, and edit what is due then."""
        self.now += time
        return await self.editing.edit_due()

    async def states(self) -> list[tuple[str, str | None]]:
        """Return the state of every edit, with its reason."""
        async with self.database.read() as db:
            rows = await db.execute(sa.select(edits.c.state, edits.c.reason))
            return [(row.state, row.reason) for row in rows]

    async def delivered(self) -> list[tuple[str, str | None]]:
        """Return the state of every delivery, with its reason."""
        query = sa.select(deliveries.c.state, deliveries.c.reason).order_by(deliveries.c.id)
        async with self.database.read() as db:
            return [(row.state, row.reason) for row in await db.execute(query)]

    async def latest(self) -> list[str]:
        """Return the titles of the latest articles."""
        async with self.database.read() as db:
            return [article.title for article in await articles.latest(db, most=10)]


@pytest.fixture
def poster() -> EditPoster:
    """Give a poster that keeps its edits apart."""
    return EditPoster()


@pytest.fixture
def news(database: Database, poster: EditPoster) -> News:
    """Give a source, its followers, and what is at work for them."""
    return News(database, poster)


def told(  # noqa: PLR0913 (a field each)
    title: str = "Gemma 4 runs on phones",
    summary: str = "Weights are open.",
    *,
    number: int = 1,
    query: str = "",
    heat: int | None = None,
    tags: tuple[str, ...] = ("llms",),
    retracted: bool = False,
) -> Draft:
    """Return a story as a source tells it."""
    return Draft(
        title,
        f"https://themata.ai/news/{number}{query}",
        summary=summary,
        heat=heat,
        tags=tags,
        retracted=retracted,
    )

"""People who follow something beside a channel, and whom messages mention there."""

from core import subscriptions
from core.messages import Mention
from core.posting import Address, beside
from core.rules import Changes
from tests.changes import CHANNEL, SECOND, EditPoster, News


async def follow(
    news: News,
    *people: str,
    at: Address = CHANNEL,
    topic: str = "llms",
    terms: Changes | None = None,
) -> None:
    """Let these people follow a topic beside a channel."""
    async with news.database.write() as db:
        for person in people:
            where = beside(at, person)
            await subscriptions.follow(db, where, [topic], terms, by=person, now=news.now)


def calls(poster: EditPoster, at: Address = CHANNEL) -> list[tuple[str, tuple[str, ...]]]:
    """Return below which message of a channel who was mentioned, in order."""
    return [
        (where.thread, message.parts[0].ids)
        for where, message, _ in poster.posts
        if where.channel == at.channel and isinstance(message.parts[0], Mention)
    ]


async def work(news: News, times: int = 3) -> None:
    """Post what is due, and what is due after that."""
    for _ in range(times):
        await news.posting.post_due()
        news.now += SECOND
